//! The digest that ties a plan to everything it was made from.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::config::{Config, Effect};
use crate::identity::Identity;
use crate::plan::Plan;
use crate::snapshot::{Host, Snapshot};

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

/// The digest of a plan, or what it is to be made from.
#[derive(Clone)]
pub(crate) struct Seal(Origin);

#[derive(Clone)]
enum Origin {
    /// As it stood in a document.
    Stated(String),
    Inputs(Arc<Inputs>),
}

/// Everything that a plan was made from.
pub(crate) struct Inputs {
    pub(crate) config: Arc<str>,
    pub(crate) identity: Identity,
    pub(crate) snapshot: Snapshot,
    pub(crate) host: Arc<Host>,
}

#[derive(Serialize)]
struct Sealed<'a, E: Serialize, A: Serialize, P: Serialize> {
    config: &'a str,
    issuer: Option<&'a str>,
    subject: &'a str,
    email: Option<&'a str>,
    email_verified: bool,
    evidence: E,
    attributes: A,
    snapshot: Snapshot,
    auto_join: bool,
    default_targets: Vec<&'a crate::target::Target>,
    plan: P,
}

impl Seal {
    pub(crate) fn of(inputs: Inputs) -> Self {
        Self(Origin::Inputs(Arc::new(inputs)))
    }

    pub(crate) fn stated(digest: String) -> Option<Self> {
        let whole = digest.len() == 64 && digest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        whole.then_some(Self(Origin::Stated(digest)))
    }

    pub(crate) fn digest(&self, plan: &Plan) -> String {
        let inputs = match &self.0 {
            Origin::Stated(digest) => return digest.to_owned(),
            Origin::Inputs(inputs) => inputs,
        };
        let identity = &inputs.identity;
        let mut default_targets: Vec<_> = inputs.host.default_targets.iter().collect();
        default_targets.sort();
        digest_of(&Sealed {
            config: &inputs.config,
            issuer: identity.issuer(),
            subject: identity.subject(),
            email: identity.email(),
            email_verified: identity.email_verified(),
            evidence: identity.evidence().record(),
            attributes: identity.attributes().without_groups(identity.reading()),
            snapshot: inputs.snapshot.canonical(),
            auto_join: inputs.host.auto_join,
            default_targets,
            plan: plan.record(None),
        })
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seal(..)")
    }
}
