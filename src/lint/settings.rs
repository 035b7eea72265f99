//! What differs between two configs beside their rules.

use alloc::borrow::ToOwned;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::config::{Catalogued, Config, Slot, Unmatched};
use crate::engine::Engine;
use crate::identity::Reading;
use crate::target::Target;
use crate::text::Brief;

/// The names of what differs, in the order of the config reference; the tests beside the rules change no plan.
pub(super) fn settings(before: &Engine, after: &Engine) -> Vec<String> {
    let mut found = Vec::new();
    let (one, other) = (before.config(), after.config());
    let mut note = |name: &str, differs: bool| {
        if differs {
            found.push(name.to_owned());
        }
    };
    note("host", before.host() != after.host());
    note("authority", one.authority != other.authority);
    note("unmatched", !same_unmatched(&one.unmatched, &other.unmatched));
    readings(&before.compiled().reading, &after.compiled().reading, &mut note);
    let (accounts, others) = (&one.accounts, &other.accounts);
    note("accounts.provision", accounts.provision != others.provision);
    note("accounts.reactivate", accounts.reactivate != others.reactivate);
    note("accounts.link", accounts.link != others.link);
    note("accounts.new_grant", set(&accounts.new_grant) != set(&others.new_grant));
    note("accounts.exempt", set(&accounts.exempt) != set(&others.exempt));
    for target in catalogs(one, other) {
        note(&format!("catalog: {target}"), true);
    }
    for kind in slots(one, other) {
        note(&format!("slots: {}", Brief(kind)), true);
    }
    note("safeguards", one.safeguards != other.safeguards);
    // A mapping without one is not active.
    let any = |config: &Config| config.rules.iter().any(|rule| rule.enabled);
    note("rules: whether any is enabled", any(one) != any(other));
    found
}

/// How claims are read; where a key is left out, it is as its preset says.
fn readings(one: &Reading, other: &Reading, note: &mut impl FnMut(&str, bool)) {
    let differs = [
        ("source.id", one.source != other.source),
        ("source.provider", one.provider != other.provider),
        ("source.issuer", one.issuer != other.issuer),
        ("source.identity", one.identity != other.identity),
        ("source.attributes.absent", one.absent_attribute != other.absent_attribute),
        ("source.groups.claims", one.claims != other.claims),
        ("source.groups.identified_by", one.identified_by != other.identified_by),
        ("source.groups.delimiter", one.delimiter != other.delimiter),
        ("source.groups.bracketed", one.bracketed != other.bracketed),
        ("source.groups.case", one.case != other.case),
        ("source.groups.absent", one.absent != other.absent),
        ("source.groups.limit", one.limit != other.limit),
        ("source.groups.object", one.object != other.object),
    ];
    for (name, differs) in differs {
        note(name, differs);
    }
    note("source", one != other && differs.iter().all(|(_, differs)| !differs));
}

fn set(targets: &[Target]) -> BTreeSet<&Target> {
    targets.iter().collect()
}

fn same_unmatched(one: &Unmatched, other: &Unmatched) -> bool {
    match (one, other) {
        (Unmatched::Grant(one), Unmatched::Grant(other)) => set(one) == set(other),
        _ => one == other,
    }
}

/// The targets that one catalog alone lists, or that stand otherwise in the other.
fn catalogs<'c>(one: &'c Config, other: &'c Config) -> Vec<&'c Target> {
    let entries = |config: &'c Config| -> BTreeMap<&Target, &Catalogued> {
        config.catalog.iter().map(|entry| (&entry.target, entry)).collect()
    };
    let (one, other) = (entries(one), entries(other));
    let all: BTreeSet<&Target> = one.keys().chain(other.keys()).copied().collect();
    all.into_iter().filter(|target| one.get(target) != other.get(target)).collect()
}

/// The kinds of which the slots differ.
fn slots<'c>(one: &'c Config, other: &'c Config) -> Vec<&'c str> {
    let slots =
        |config: &'c Config| -> BTreeMap<&str, &Slot> { config.slots.iter().map(|slot| (&*slot.kind, slot)).collect() };
    let (one, other) = (slots(one), slots(other));
    let all: BTreeSet<&str> = one.keys().chain(other.keys()).copied().collect();
    all.into_iter().filter(|kind| one.get(kind) != other.get(kind)).collect()
}
