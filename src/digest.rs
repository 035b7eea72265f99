//! Digests over the canonical bytes of documents.

use alloc::string::String;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::config::{Config, Effect};

/// SHA-256 over the compact JSON of a document, in lower-case hex.
///
/// Compact JSON with the keys in the order that the documents of this crate have is something that any auditor can make
/// again.
pub(crate) fn digest_of(document: &impl Serialize) -> String {
    // A document that JSON cannot hold (a number of the config that is not finite) has the digest of its error.
    let bytes = serde_json::to_vec(document).unwrap_or_else(|error| alloc::format!("{error}").into_bytes());
    let hash = Sha256::digest(&bytes);
    let mut hex = String::with_capacity(64);
    for byte in hash {
        for half in [byte >> 4, byte & 0xf] {
            hex.extend(char::from_digit(u32::from(half), 16));
        }
    }
    hex
}

/// A config in one order, whatever order its lists came in.
pub(crate) fn canonical_config(config: &Config) -> Config {
    let mut canonical = config.clone();
    canonical.catalog.sort_by(|a, b| a.target.cmp(&b.target));
    canonical.slots.sort_by(|a, b| a.kind.cmp(&b.kind));
    canonical.rules.sort_by(|a, b| a.id.cmp(&b.id));
    for rule in &mut canonical.rules {
        match &mut rule.effect {
            Effect::Grant(targets) | Effect::Deny(targets) => targets.sort(),
        }
    }
    canonical.accounts.new_grant.sort();
    canonical.accounts.exempt.sort();
    canonical
}
