//! Everything of a config but the rules: source, catalog, slots, accounts and what is given to the unmatched.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::vec::Vec;

use super::effects::{exempting, find, privileged};
use crate::catalog::{Catalog, TargetId};
use crate::config::{Choose, Condition, Config, IdentifiedBy, Unmatched};
use crate::identity::Reading;
use crate::problem::{Path, ProblemCode, Report, nearest};
use crate::resolution::SlotRule;
use crate::target::{Target, TargetKind};
use crate::text::Brief;

/// What settings give, as places in the catalog, in target order.
pub(super) struct Settings {
    pub(super) unmatched: Vec<TargetId>,
    pub(super) new_grant: Vec<TargetId>,
}

/// A source needs an id, and a delimiter that occurs in DNs would cut them.
pub(super) fn check_source(reading: &Reading, config: &Config, report: &mut Report) {
    if reading.source.is_empty() {
        let message = "the id of a source must not be empty; memberships are managed in its name";
        report.add(ProblemCode::EmptyId, "source.id", message);
    }
    if reading.identified_by != IdentifiedBy::Dn {
        return;
    }
    let Some(delimiter) = reading.delimiter.as_deref() else {
        if reading.bracketed {
            report.add_with_help(
                ProblemCode::DelimiterWithDn,
                "source.groups.bracketed",
                "a list in brackets is split at `, `, which occurs in distinguished names",
                "let the provider send a list, or state a delimiter that no distinguished name holds",
            );
        }
        return;
    };
    let structural = delimiter.contains([',', ';', '+', '=', '\\', '#', '"', '<', '>', ' ']);
    if structural || config.rules.iter().any(|rule| names_dn_with(&rule.when, delimiter)) {
        report.add_with_help(
            ProblemCode::DelimiterWithDn,
            "source.groups.delimiter",
            format!("the delimiter `{}` occurs in distinguished names", Brief(delimiter)),
            "leave it out and let the provider send a list",
        );
    }
}

fn names_dn_with(condition: &Condition, delimiter: &str) -> bool {
    match condition {
        Condition::Dn(dn) | Condition::DnUnder(dn) => dn.contains(delimiter),
        Condition::Any(conditions) | Condition::All(conditions) => {
            conditions.iter().any(|condition| names_dn_with(condition, delimiter))
        }
        Condition::Not(condition) => names_dn_with(condition, delimiter),
        _ => false,
    }
}

pub(super) fn check_catalog(config: &Config, report: &mut Report) {
    let mut seen: BTreeMap<&Target, usize> = BTreeMap::new();
    for (place, entry) in config.catalog.iter().enumerate() {
        if let Some(first) = seen.get(&entry.target) {
            let message = format!("`{}` stands at `catalog[{first}]` already", entry.target);
            report.add(ProblemCode::DuplicateTarget, Path::of("catalog").at(place), message);
        } else {
            seen.insert(&entry.target, place);
        }
    }
}

pub(super) fn compile_slots(config: &Config, catalog: &Catalog, report: &mut Report) -> Vec<SlotRule> {
    let mut slots: Vec<SlotRule> = Vec::new();
    let mut seen: BTreeSet<TargetKind> = BTreeSet::new();
    let all = Path::of("slots");
    for (place, slot) in config.slots.iter().enumerate() {
        let path = all.at(place);
        let kind = TargetKind::from_word(&slot.kind);
        if kind == TargetKind::Organization {
            report.add_with_help(
                ProblemCode::SlotOfOrganizations,
                path,
                "organizations themselves cannot be a slot",
                "a slot is a kind of which a person has one in each organization",
            );
            continue;
        }
        if !seen.insert(kind.clone()) {
            let message = format!("there is a slot of `{}` already", Brief(&slot.kind));
            report.add(ProblemCode::DuplicateSlot, path, message);
            continue;
        }
        let defaults = match &slot.default {
            Some(name) => slot_defaults(name, &kind, config, catalog, &path, report),
            None => Vec::new(),
        };
        slots.push(SlotRule { kind, choose: slot.choose, defaults });
    }
    slots.sort_by(|a, b| a.kind.cmp(&b.kind));
    slots
}

/// A slot's default serves in every organization that has it.
fn slot_defaults(
    name: &str,
    kind: &TargetKind,
    config: &Config,
    catalog: &Catalog,
    path: &Path<'_>,
    report: &mut Report,
) -> Vec<TargetId> {
    let path = path.key("default");
    let of_kind = || catalog.entries().filter(|(_, entry)| entry.target.kind() == kind);
    let found: Vec<TargetId> = of_kind().filter(|(_, entry)| entry.target.name() == name).map(|(id, _)| id).collect();
    if found.is_empty() {
        report.add_with_guess(
            ProblemCode::UnknownSlotDefault,
            path,
            format!("no organization has the {} `{}`", Brief(kind.as_str()), Brief(name)),
            nearest(name, of_kind().map(|(_, entry)| entry.target.name())),
        );
    }
    check_given(&found, config, catalog, &path, report);
    found
}

/// What a setting gives must not be privileged and must not exempt its holders.
fn check_given(given: &[TargetId], config: &Config, catalog: &Catalog, path: &Path<'_>, report: &mut Report) {
    if let Some(target) = privileged(given, catalog) {
        let message = format!("the setting would grant the privileged `{target}` to people whom no rule names");
        report.add_with_help(
            ProblemCode::PrivilegedPattern,
            path,
            message,
            "grant it by a rule with an exact condition",
        );
    }
    if let Some(target) = exempting(given, config, catalog) {
        let message = format!("the setting would grant `{target}`, whose holders are exempt");
        report.add(ProblemCode::ExemptGranted, path, message);
    }
}

/// In a slot that chooses the highest every target needs a rank of its own.
pub(super) fn check_ranks(config: &Config, slots: &[SlotRule], report: &mut Report) {
    let mut seen: BTreeMap<(Option<&str>, &TargetKind, i64), &Target> = BTreeMap::new();
    let mut known: BTreeSet<&Target> = BTreeSet::new();
    let catalog = Path::of("catalog");
    for (place, entry) in config.catalog.iter().enumerate() {
        let target = &entry.target;
        // One that stands twice is a problem of its own.
        if !known.insert(target)
            || !slots.iter().any(|slot| slot.choose == Choose::Highest && slot.kind == *target.kind())
        {
            continue;
        }
        let path = catalog.at(place);
        match entry.rank {
            None => report.add_with_help(
                ProblemCode::MissingRank,
                path,
                format!("`{target}` is in a slot that chooses the highest and has no rank"),
                "add `rank = …`",
            ),
            Some(rank) => {
                let before = seen.insert((target.organization_name(), target.kind(), rank), target);
                if let Some(other) = before {
                    let message = format!("`{target}` has the rank {rank} of `{other}`");
                    report.add(ProblemCode::AmbiguousRank, path, message);
                }
            }
        }
    }
}

pub(super) fn compile_settings(
    config: &Config,
    catalog: &Catalog,
    slots: &[SlotRule],
    report: &mut Report,
) -> Settings {
    let unmatched = match &config.unmatched {
        Unmatched::Grant(targets) => given(targets, &Path::of("unmatched").key("grant"), config, catalog, report),
        _ => Vec::new(),
    };
    let new_grant = given(&config.accounts.new_grant, &Path::of("accounts").key("new_grant"), config, catalog, report);
    for (place, target) in config.accounts.new_grant.iter().enumerate() {
        if slots.iter().any(|slot| slot.kind == *target.kind()) {
            report.add_with_help(
                ProblemCode::NewGrantInSlot,
                format!("accounts.new_grant[{place}]"),
                format!("`{target}` is in a slot"),
                "use the slot's `default`",
            );
        }
    }
    for (place, target) in config.accounts.exempt.iter().enumerate() {
        find(target, catalog, &Path::of("accounts").key("exempt").at(place), report);
    }
    Settings { unmatched, new_grant }
}

fn given(
    targets: &[Target],
    path: &Path<'_>,
    config: &Config,
    catalog: &Catalog,
    report: &mut Report,
) -> Vec<TargetId> {
    let mut ids = Vec::new();
    for (place, target) in targets.iter().enumerate() {
        let path = path.at(place);
        if let Some(id) = find(target, catalog, &path, report) {
            check_given(&[id], config, catalog, &path, report);
            ids.push(id);
        }
    }
    ids.sort_unstable();
    ids.dedup();
    ids
}
