//! Digests over the canonical bytes of documents.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::config::{Accounts, Authority, Catalogued, Config, Effect, Rule, Safeguards, Slot, Source, Unmatched};

/// SHA-256 over the compact JSON of a document, in lower-case hex.
///
/// Compact JSON with the keys in the order that the documents of this crate have is something that any auditor can make
/// again.
pub(crate) fn digest_of(document: &impl Serialize) -> String {
    // A document that JSON cannot hold has the digest of its error. A config that compiles holds no number that is not
    // finite, which JSON would write as null.
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

/// The digest of a config in one order, whatever order its lists came in. Its tests are no part of it: they change no
/// plan.
pub(crate) fn digest_of_config(config: &Config) -> String {
    let Config { version, authority, unmatched, source, accounts, catalog, slots, rules, safeguards, tests: _ } =
        config;
    let (mut unmatched, mut accounts) = (unmatched.clone(), accounts.clone());
    let granted = match &mut unmatched {
        Unmatched::Grant(targets) => Some(targets),
        _ => None,
    };
    for targets in [&mut accounts.new_grant, &mut accounts.exempt].into_iter().chain(granted) {
        targets.sort();
        targets.dedup();
    }
    let mut catalog: Vec<_> = catalog.iter().collect();
    catalog.sort_by(|a, b| a.target.cmp(&b.target));
    let mut slots: Vec<_> = slots.iter().collect();
    slots.sort_by(|a, b| a.kind.cmp(&b.kind));
    let mut rules: Vec<Cow<'_, Rule>> = rules.iter().map(with_targets_in_order).collect();
    rules.sort_by(|a, b| a.id.cmp(&b.id));
    digest_of(&CanonicalConfig { version, authority, unmatched, source, accounts, catalog, slots, rules, safeguards })
}

/// A config with its lists in order.
#[derive(Serialize)]
struct CanonicalConfig<'c> {
    version: &'c u64,
    authority: &'c Authority,
    unmatched: Unmatched,
    source: &'c Source,
    accounts: Accounts,
    catalog: Vec<&'c Catalogued>,
    slots: Vec<&'c Slot>,
    rules: Vec<Cow<'c, Rule>>,
    safeguards: &'c Safeguards,
}

fn with_targets_in_order(rule: &Rule) -> Cow<'_, Rule> {
    if rule.effect.targets().is_sorted() {
        return Cow::Borrowed(rule);
    }
    let mut rule = rule.clone();
    match &mut rule.effect {
        Effect::Grant(targets) | Effect::Deny(targets) => targets.sort(),
    }
    Cow::Owned(rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_lists_and_what_stands_twice_change_nothing() -> Result<(), serde_json::Error> {
        let digest = |targets: &str| -> Result<String, serde_json::Error> {
            let config = alloc::format!(
                r#"{{ "version": 1, "source": {{ "id": "idp", "provider": "okta" }}, "unmatched": {{ "grant": {targets} }},
                      "accounts": {{ "new_grant": {targets}, "exempt": {targets} }}, "catalog": [], "rules": [] }}"#
            );
            Ok(digest_of_config(&serde_json::from_str(&config)?))
        };
        let in_order = digest(r#"[{ "flag": "a" }, { "team": "b" }]"#)?;
        assert_eq!(digest(r#"[{ "team": "b" }, { "flag": "a" }]"#)?, in_order);
        assert_eq!(digest(r#"[{ "team": "b" }, { "flag": "a" }, { "team": "b" }]"#)?, in_order);
        assert_ne!(digest(r#"[{ "team": "b" }]"#)?, in_order);
        Ok(())
    }
}
