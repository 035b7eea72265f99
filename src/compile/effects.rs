//! What rules grant and deny: checked against the catalog, with placeholders resolved to what they can reach.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::conditions::Condensed;
use super::reach::Reach;
use crate::catalog::{Catalog, OrganizationId, TargetId};
use crate::config::{self, Catalogued, Choose, Config, Rule};
use crate::matching::LeafId;
use crate::problem::{Path, ProblemCode, Report, nearest};
use crate::resolution::SlotRule;
use crate::rules::{Effect, Piece, Template};
use crate::target::Target;

/// Compiles the effects of all rules, one after the other.
pub(super) struct Effects<'c> {
    config: &'c Config,
    catalog: &'c Catalog,
    slots: &'c [SlotRule],
    pub(super) reach: Reach<'c>,
    /// For each slot that chooses by priority, by its first target, and each priority, what rules so far grant there.
    by_priority: BTreeMap<(TargetId, i64), Granted>,
}

/// An effect while its targets are being added.
#[derive(Default)]
struct Lists {
    targets: Vec<TargetId>,
    organizations: Vec<OrganizationId>,
    templates: Vec<Template>,
}

/// What rules of one priority grant in one slot.
#[derive(Clone, Copy)]
enum Granted {
    One(TargetId),
    Several,
}

impl<'c> Effects<'c> {
    pub(super) fn new(config: &'c Config, catalog: &'c Catalog, slots: &'c [SlotRule]) -> Self {
        Self { config, catalog, slots, reach: Reach::new(catalog), by_priority: BTreeMap::new() }
    }

    pub(super) fn compile(
        &mut self,
        rule: &Rule,
        path: &Path<'_>,
        condition: &Condensed,
        report: &mut Report,
    ) -> Effect {
        let (denies, word) = match rule.effect {
            config::Effect::Grant(_) => (false, "grant"),
            config::Effect::Deny(_) => (true, "deny"),
        };
        if rule.effect.targets().is_empty() {
            report.add(ProblemCode::NoEffect, path, "the rule grants and denies nothing");
        }
        let mut effect = Lists::default();
        let mut granted: Vec<TargetId> = Vec::new();
        let effects = path.key(word);
        for (place, target) in rule.effect.targets().iter().enumerate() {
            let path = effects.at(place);
            let reach = self.one((target, denies), &path, condition, &mut effect, report);
            if !denies {
                self.check_grant(rule, &reach, &path, condition, report);
                granted.extend(reach);
            }
        }
        if !denies {
            self.check_priority(rule, granted, path, report);
        }
        let Lists { mut targets, organizations, templates } = effect;
        targets.sort_unstable();
        targets.dedup();
        Effect { denies, targets: targets.into(), organizations: organizations.into(), templates: templates.into() }
    }

    /// Adds one target to an effect, and says which targets of the catalog it can be.
    fn one(
        &mut self,
        (target, denies): (&Target, bool),
        path: &Path<'_>,
        condition: &Condensed,
        effect: &mut Lists,
        report: &mut Report,
    ) -> Vec<TargetId> {
        let organization = target.organization_name().map(Piece::parse);
        let name = Piece::parse(target.name());
        let captures: Vec<&str> =
            Piece::captures(organization.as_deref().unwrap_or_default()).chain(Piece::captures(&name)).collect();
        if !captures.is_empty() {
            let leaves = leaves_for(&captures, path, condition, report).unwrap_or_default();
            let mut template = Template { written: target.clone(), organization, name, leaves, shape: 0 };
            let reach = self.reach.of(&mut template, denies).targets.clone();
            effect.templates.push(template);
            return reach;
        }
        if denies && target.is_organization() {
            let name = target.organization_name().unwrap_or_default();
            let organization = self.catalog.organization(name);
            if organization.is_none() {
                report.add_with_guess(
                    ProblemCode::UnknownTarget,
                    path,
                    format!("the catalog lists nothing in `{target}`"),
                    nearest(name, self.catalog.organizations()),
                );
            }
            effect.organizations.extend(organization);
            return Vec::new();
        }
        match find(target, self.catalog, path, report) {
            Some(id) => {
                effect.targets.push(id);
                [id].into()
            }
            None => Vec::new(),
        }
    }

    /// Privileged targets need an exact condition or an acknowledgement; exempting ones are not granted at all.
    fn check_grant(
        &self,
        rule: &Rule,
        reach: &[TargetId],
        path: &Path<'_>,
        condition: &Condensed,
        report: &mut Report,
    ) {
        if let Some(target) = exempting(reach, self.config, self.catalog) {
            report.add_with_help(
                ProblemCode::ExemptGranted,
                path,
                format!("the rule can grant `{target}`, whose holders are exempt"),
                "who were granted it would be out of the mapping's reach for ever; take it from `accounts.exempt` or from \
                 the rule",
            );
        }
        let is_exact = condition.is_exact && condition.captures.is_empty();
        if is_exact || rule.acknowledge_privileged {
            return;
        }
        if let Some(target) = privileged(reach, self.catalog) {
            report.add_with_help(
                ProblemCode::PrivilegedPattern,
                path,
                format!("the rule can grant the privileged `{target}` by a condition that is not exact"),
                "name the groups one by one, or state `acknowledge_privileged = true` if whoever can name a group may \
                 have it",
            );
        }
    }

    /// Rules of equal priority must not grant different targets of a slot that chooses by it.
    fn check_priority(&mut self, rule: &Rule, mut granted: Vec<TargetId>, path: &Path<'_>, report: &mut Report) {
        if !self.slots.iter().any(|slot| slot.choose == Choose::Priority) {
            return;
        }
        granted.sort_unstable();
        granted.dedup();
        let mut conflict = None;
        for id in granted {
            let kind = self.catalog.target(id).kind();
            if !self.slots.iter().any(|slot| slot.choose == Choose::Priority && slot.kind == *kind) {
                continue;
            }
            let before = self.by_priority.entry((self.catalog.siblings(id).start, rule.priority));
            before
                .and_modify(|granted| match *granted {
                    Granted::One(other) if other == id => {}
                    Granted::One(_) | Granted::Several => {
                        conflict = Some(id);
                        *granted = Granted::Several;
                    }
                })
                .or_insert(Granted::One(id));
        }
        if let Some(id) = conflict {
            let target = self.catalog.target(id);
            report.add_with_help(
                ProblemCode::AmbiguousPriority,
                path,
                format!("priority {} grants `{target}` and another target of its slot", rule.priority),
                "give the rules of the slot priorities of their own",
            );
        }
    }
}

/// The patterns that capture every placeholder of a target, each on its own and under no `not`.
fn leaves_for(captures: &[&str], path: &Path<'_>, condition: &Condensed, report: &mut Report) -> Option<Vec<LeafId>> {
    let captures_all = |names: &[Box<str>]| captures.iter().all(|capture| names.iter().any(|name| **name == **capture));
    let fitting = || condition.captures.iter().filter(|captures| captures_all(&captures.names));
    let mut leaves: Vec<LeafId> =
        fitting().filter(|captures| !captures.under_not).map(|captures| captures.leaf).collect();
    leaves.sort_unstable();
    leaves.dedup();
    if !leaves.is_empty() {
        return Some(leaves);
    }
    if let Some(under_not) = fitting().next() {
        report.add_with_help(
            ProblemCode::CaptureUnderNot,
            &under_not.path,
            "a pattern under a `not` captures nothing when the rule is true",
            "capture in a pattern under no `not`",
        );
        return None;
    }
    let known = condition.captures.iter().flat_map(|captures| captures.names.iter().map(|name| &**name));
    let missing = captures.iter().find(|capture| !known.clone().any(|name| name == **capture));
    let (message, guess) = match missing {
        Some(capture) => (format!("no pattern of the rule captures `{capture}`"), nearest(capture, known)),
        None => ("the placeholders of one target must come from one pattern".to_string(), None),
    };
    report.add_with_guess(ProblemCode::UnknownCapture, path, message, guess);
    None
}

/// These targets and the organizations they imply: whoever is granted a target becomes a member of its organization.
fn with_implied<'c>(reach: &'c [TargetId], catalog: &'c Catalog) -> impl Iterator<Item = &'c Catalogued> {
    let implied = reach.iter().filter_map(|id| catalog.implied(*id));
    reach.iter().copied().chain(implied).map(|id| catalog.entry(id))
}

/// A privileged target among these.
pub(super) fn privileged<'c>(reach: &'c [TargetId], catalog: &'c Catalog) -> Option<&'c Target> {
    if !catalog.has_privileged() {
        return None;
    }
    with_implied(reach, catalog).find(|entry| entry.privileged).map(|entry| &entry.target)
}

/// A target among these whose holders are exempt.
pub(super) fn exempting<'c>(reach: &'c [TargetId], config: &Config, catalog: &'c Catalog) -> Option<&'c Target> {
    if config.accounts.exempt.is_empty() {
        return None;
    }
    let mut targets = with_implied(reach, catalog).map(|entry| &entry.target);
    targets.find(|target| config.accounts.exempt.contains(target))
}

/// The target's place in the catalog, or a problem with the nearest that is there.
pub(super) fn find(target: &Target, catalog: &Catalog, path: &Path<'_>, report: &mut Report) -> Option<TargetId> {
    let found = catalog.id(target);
    if found.is_none() {
        report.add_with_guess(
            ProblemCode::UnknownTarget,
            path,
            format!("the catalog does not list `{target}`"),
            suggestion(target, catalog),
        );
    }
    found
}

fn suggestion(target: &Target, catalog: &Catalog) -> Option<String> {
    let siblings = catalog.of_kind(target.organization_name(), target.kind()).map(|id| catalog.target(id));
    if let Some(name) = nearest(target.name(), siblings.map(Target::name)) {
        let organization = target.organization_name().map(Into::into);
        return Some(target.with_texts(organization, name).to_string());
    }
    let same = catalog.entries().map(|(_, entry)| &entry.target).find(|other| {
        other.name() == target.name()
            && (other.kind() == target.kind() || other.organization_name() == target.organization_name())
    });
    same.filter(|_| !target.name().is_empty()).map(ToString::to_string)
}
