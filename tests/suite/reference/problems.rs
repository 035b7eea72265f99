//! What fails to compile (section 1): everything wrong at once, by path, then code.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::condition::{Condition, Leaf, Test, is_certain};
use super::config::{Choose, Config, Rule};
use super::selector::Selector;
use super::source::{Object, Source};
use super::target::{Kind as TargetKind, Target};
use super::text::{Kind, is_guid};
use super::verdict::{can_cover, capturing_patterns};

type Found = BTreeSet<(String, &'static str)>;

pub fn problems(config: &Config) -> Vec<Value> {
    let mut found = Found::new();
    if config.version != 1 {
        found.insert(("version".into(), "unsupported-version"));
    }
    if config.source.identified_by == Some(Kind::Dn) && delimiter_is_in_dns(config) {
        found.insert(("source.groups.delimiter".into(), "delimiter-with-dn"));
    }
    if config.source.identified_by == Some(Kind::Dn) && config.source.bracketed && config.source.delimiter.is_none() {
        found.insert(("source.groups.bracketed".into(), "delimiter-with-dn"));
    }
    check_catalog(config, &mut found);
    check_slots(config, &mut found);
    check_settings(config, &mut found);
    let mut ids = BTreeSet::new();
    for (at, rule) in config.rules.iter().enumerate() {
        if !ids.insert(&rule.id) {
            found.insert((format!("rules[{at}].id"), "duplicate-rule-id"));
        }
        check_rule(config, rule, &format!("rules[{at}]"), &mut found);
    }
    check_priorities(config, &mut found);
    found.into_iter().map(|(path, code)| json!({ "code": code, "path": path })).collect()
}

/// A delimiter that DNs are made of, or that a DN of a rule holds.
fn delimiter_is_in_dns(config: &Config) -> bool {
    let Some(delimiter) = &config.source.delimiter else { return false };
    let leaves = config.rules.iter().flat_map(|rule| rule.when.leaves(""));
    let mut dns = leaves.filter_map(|leaf| match leaf.condition {
        Condition::Exact { kind: Kind::Dn, written, .. } | Condition::Under { kind: Kind::Dn, written, .. } => {
            Some(written)
        }
        _ => None,
    });
    delimiter.contains([',', ';', '+', '=', '\\', '#', '"', '<', '>', ' '])
        || dns.any(|written| written.contains(delimiter.as_str()))
}

fn check_catalog(config: &Config, found: &mut Found) {
    let highest =
        |kind: &TargetKind| config.slots.iter().any(|slot| slot.kind == *kind && slot.choose == Choose::Highest);
    let mut targets = BTreeSet::new();
    let mut ranks = BTreeSet::new();
    for (at, item) in config.catalog.iter().enumerate() {
        let target = &item.target;
        if !targets.insert(target) {
            found.insert((format!("catalog[{at}]"), "duplicate-target"));
            continue;
        }
        if !target.is_organization() && highest(&target.kind) {
            match item.rank {
                None => drop(found.insert((format!("catalog[{at}]"), "missing-rank"))),
                Some(rank) => {
                    if !ranks.insert((&target.kind, &target.organization, rank)) {
                        found.insert((format!("catalog[{at}]"), "ambiguous-rank"));
                    }
                }
            }
        }
    }
}

fn check_slots(config: &Config, found: &mut Found) {
    let mut kinds = BTreeSet::new();
    for (at, slot) in config.slots.iter().enumerate() {
        if slot.kind == TargetKind::Organization {
            found.insert((format!("slots[{at}]"), "slot-of-organizations"));
            continue;
        }
        if !kinds.insert(&slot.kind) {
            found.insert((format!("slots[{at}]"), "duplicate-slot"));
        }
        let Some(name) = &slot.default else { continue };
        let path = format!("slots[{at}].default");
        let defaults: Vec<Target> = config
            .catalog
            .iter()
            .map(|item| item.target.clone())
            .filter(|target| target.kind == slot.kind && target.name == *name)
            .collect();
        if defaults.is_empty() {
            found.insert((path.clone(), "unknown-slot-default"));
        }
        for target in &defaults {
            check_handed_out(config, target, &path, found);
        }
    }
}

fn check_settings(config: &Config, found: &mut Found) {
    let unmatched = config.unmatched_grant();
    for (at, target) in unmatched.iter().enumerate() {
        let path = format!("unmatched.grant[{at}]");
        check_known(config, target, &path, found);
        check_handed_out(config, target, &path, found);
    }
    for (at, target) in config.accounts.new_grant.iter().enumerate() {
        let path = format!("accounts.new_grant[{at}]");
        check_known(config, target, &path, found);
        check_handed_out(config, target, &path, found);
        // A slot of organizations is no slot, and a problem of its own.
        let in_slot = config.slots.iter().any(|slot| slot.kind == target.kind);
        if in_slot && target.kind != TargetKind::Organization {
            found.insert((path, "new-grant-in-slot"));
        }
    }
    for (at, target) in config.accounts.exempt.iter().enumerate() {
        check_known(config, target, &format!("accounts.exempt[{at}]"), found);
    }
}

fn check_known(config: &Config, target: &Target, path: &str, found: &mut Found) {
    if config.item(target).is_none() {
        found.insert((path.to_owned(), "unknown-target"));
    }
}

/// A setting hands out nothing privileged and nothing that exempts.
fn check_handed_out(config: &Config, target: &Target, path: &str, found: &mut Found) {
    // What the catalog does not list is handed out to nobody.
    let reached = with_organizations(config, config.item(target).map(|item| item.target.clone()).into_iter().collect());
    if is_privileged(config, &reached) {
        found.insert((path.to_owned(), "privileged-pattern"));
    }
    if is_exempting(config, &reached) {
        found.insert((path.to_owned(), "exempt-granted"));
    }
}

/// These targets and the organizations of the catalog that they imply.
fn with_organizations(config: &Config, mut targets: BTreeSet<Target>) -> BTreeSet<Target> {
    let implied = config.catalog.iter().map(|item| &item.target);
    let implied = implied.filter(|other| targets.iter().any(|target| target.is_in(other)));
    let implied: Vec<Target> = implied.cloned().collect();
    targets.extend(implied);
    targets
}

fn is_privileged(config: &Config, targets: &BTreeSet<Target>) -> bool {
    config.catalog.iter().any(|item| item.privileged && targets.contains(&item.target))
}

fn is_exempting(config: &Config, targets: &BTreeSet<Target>) -> bool {
    config.accounts.exempt.iter().any(|target| targets.contains(target))
}

/// The targets of the catalog that one written target can be.
fn reachable(config: &Config, written: &Target) -> BTreeSet<Target> {
    let targets = config.catalog.iter().map(|item| &item.target);
    targets.filter(|target| written.can_become(target)).cloned().collect()
}

fn check_rule(config: &Config, rule: &Rule, path: &str, found: &mut Found) {
    if rule.grant.is_empty() && rule.deny.is_empty() {
        found.insert((path.to_owned(), "no-effect"));
    }
    let leaves = rule.when.leaves(&format!("{path}.when"));
    for leaf in &leaves {
        check_leaf(config, leaf, found);
    }
    for (at, target) in rule.grant.iter().enumerate() {
        let path = format!("{path}.grant[{at}]");
        check_written(config, rule, target, &path, &leaves, false, found);
        let reached = with_organizations(config, reachable(config, target));
        let loose = leaves.iter().any(|leaf| is_loose(&config.source, leaf));
        if is_privileged(config, &reached) && loose && !rule.acknowledge_privileged {
            found.insert((path.clone(), "privileged-pattern"));
        }
        if is_exempting(config, &reached) {
            found.insert((path, "exempt-granted"));
        }
    }
    for (at, target) in rule.deny.iter().enumerate() {
        let path = format!("{path}.deny[{at}]");
        check_written(config, rule, target, &path, &leaves, true, found);
    }
}

/// A target of a rule: in the catalog, its placeholders out of one regex under no `not`.
fn check_written(
    config: &Config,
    rule: &Rule,
    written: &Target,
    path: &str,
    leaves: &[Leaf<'_>],
    denies: bool,
    found: &mut Found,
) {
    let names = written.placeholders();
    if names.is_empty() {
        if !config.catalog.iter().any(|item| can_cover(written, &item.target, denies)) {
            found.insert((path.to_owned(), "unknown-target"));
        }
        return;
    }
    if !capturing_patterns(&rule.when, &names).is_empty() {
        return;
    }
    let mut negated = false;
    for leaf in leaves {
        if let (Condition::Regex(pattern), true) = (leaf.condition, leaf.under_not)
            && names.is_subset(&pattern.capture_names())
        {
            negated = true;
            found.insert((leaf.path.clone(), "capture-under-not"));
        }
    }
    if !negated {
        found.insert((path.to_owned(), "unknown-capture"));
    }
}

/// Any leaf but an exact one, or an attribute that people can't choose, under no `not`.
fn is_loose(source: &Source, leaf: &Leaf<'_>) -> bool {
    let exact = match leaf.condition {
        Condition::Exact { .. } => true,
        Condition::Attribute { name: Selector::AnyCase(_) | Selector::FriendlyName(_), .. } => false,
        Condition::Attribute { name, test: Test::Equals(_) | Test::OneOf(_), .. } => {
            *name != Selector::key("email")
                && *name != Selector::key(source.saml_email)
                && !may_be_address(source.email.as_ref(), name)
        }
        _ => false,
    };
    leaf.under_not || !exact
}

/// Whether an exact name can be that of what the config calls the address. A friendly name goes with any name.
fn may_be_address(email: Option<&Selector>, name: &Selector) -> bool {
    let Selector::Path(keys) = name else { return false };
    match email {
        None => false,
        Some(Selector::Path(email)) => email == keys,
        Some(Selector::AnyCase(email)) => keys.len() == 1 && email.eq_ignore_ascii_case(&keys[0]),
        Some(Selector::FriendlyName(_)) => keys.len() == 1,
    }
}

fn check_leaf(config: &Config, leaf: &Leaf<'_>, found: &mut Found) {
    let path = leaf.path.clone();
    match leaf.condition {
        Condition::Everyone | Condition::Not(_) => {}
        Condition::Any(_) | Condition::All(_) => drop(found.insert((path, "empty-condition"))),
        Condition::Exact { kind, written, key } => {
            if written.is_empty() {
                found.insert((path.clone(), "empty-condition"));
            } else if !kind_fits(config, *kind) {
                found.insert((path.clone(), "kind-mismatch"));
            } else if *kind == Kind::Id {
                let spaced = written.contains(|c: char| c.is_whitespace() || c.is_control());
                let invalid = if config.source.ids_are_guids { !is_guid(written) } else { spaced };
                if invalid {
                    found.insert((path.clone(), "invalid-id"));
                }
            }
            check_key(*kind, written, key.is_none(), path, found);
        }
        Condition::Under { kind, written, key } => {
            if written.is_empty() {
                found.insert((path.clone(), "empty-condition"));
            } else if config.source.identified_by != Some(*kind) {
                found.insert((path.clone(), "kind-mismatch"));
            }
            check_key(*kind, written, key.is_none(), path, found);
        }
        Condition::Regex(pattern) | Condition::Glob(pattern) => {
            let has_names = matches!(config.source.object, Some(Object::Group { name: Some(_), .. }));
            if config.source.identified_by == Some(Kind::Id) && !has_names {
                found.insert((path.clone(), "kind-mismatch"));
            }
            if let Some(code) = pattern.problem() {
                found.insert((path, code));
            }
        }
        Condition::Attribute { test, .. } => {
            check_numbers(test, &path, found);
            let (member, code) = match test {
                Test::Equals(value) => ("equals", (*value == "").then_some("empty-condition")),
                Test::OneOf(values) => ("one_of", values.is_empty().then_some("empty-condition")),
                Test::Regex(pattern) => ("regex", pattern.problem()),
                Test::Glob(pattern) => ("glob", pattern.problem()),
                Test::Present(_) => ("present", None),
            };
            if let Some(code) = code {
                found.insert((format!("{path}.{member}"), code));
            }
        }
    }
}

/// No test asks for a number that cannot be told from others.
fn check_numbers(test: &Test, path: &str, found: &mut Found) {
    let is_uncertain = |value: &Value| value.as_number().is_some_and(|number| !is_certain(number));
    match test {
        Test::Equals(value) if is_uncertain(value) => drop(found.insert((format!("{path}.equals"), "invalid-number"))),
        Test::OneOf(values) => {
            for (at, _) in values.iter().enumerate().filter(|(_, value)| is_uncertain(value)) {
                found.insert((format!("{path}.one_of[{at}]"), "invalid-number"));
            }
        }
        _ => {}
    }
}

/// A DN that does not parse, or a path with an empty segment.
fn check_key(kind: Kind, written: &str, unparsed: bool, path: String, found: &mut Found) {
    if unparsed && !written.is_empty() {
        found.insert((path, if kind == Kind::Dn { "invalid-dn" } else { "empty-condition" }));
    }
}

/// Exact kinds: the one that the source identifies groups by; `auto`: id and name.
fn kind_fits(config: &Config, kind: Kind) -> bool {
    // Objects name what their keys name, whatever a string would be.
    let named = match (&config.source.object, kind) {
        (Some(Object::Group { id, .. }), Kind::Id) => id.is_some(),
        (Some(Object::Group { name, .. }), Kind::Name) => name.is_some(),
        _ => false,
    };
    named
        || match config.source.identified_by {
            None => kind == Kind::Id || kind == Kind::Name,
            Some(identified_by) => kind == identified_by,
        }
}

/// In a slot that chooses by priority, equal ones grant the same target; the later rule is named.
fn check_priorities(config: &Config, found: &mut Found) {
    for slot in config.slots.iter().filter(|slot| slot.choose == Choose::Priority) {
        let mut granted: BTreeMap<(i64, Option<String>), BTreeSet<Target>> = BTreeMap::new();
        for (at, rule) in config.rules.iter().enumerate() {
            for target in rule.grant.iter().flat_map(|written| reachable(config, written)) {
                if target.kind != slot.kind {
                    continue;
                }
                let key = (rule.priority, target.organization.clone());
                let targets = granted.entry(key).or_default();
                targets.insert(target);
                if targets.len() > 1 {
                    found.insert((format!("rules[{at}]"), "ambiguous-priority"));
                }
            }
        }
    }
}
