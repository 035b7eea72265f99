//! One of two configs that are compared: for each target the ways to be granted it, and when it is denied.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::atom::Written;
use super::formula::Formula;
use super::solver::Solver;
use crate::catalog::TargetId;
use crate::compile::Compiled;
use crate::config::{Choose, Condition, TestKind};
use crate::rules::{Piece, Rule, RuleId, Template};
use crate::target::Target;

/// One way to be granted a target: a rule, or one member of a rule's `any`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Way {
    pub(super) rule: RuleId,
    pub(super) formula: Formula,
    /// What it counts for in a slot that chooses by rules.
    pub(super) score: i64,
}

/// One of two configs.
pub(super) struct Side<'c> {
    pub(super) compiled: &'c Compiled,
    grants: BTreeMap<TargetId, Vec<Way>>,
    /// INVARIANT: sorted, each once.
    denies: BTreeMap<TargetId, Vec<Formula>>,
    /// What settings may grant, and the organizations that this implies.
    given: BTreeSet<TargetId>,
}

/// What the rules of one config say of one target.
pub(super) struct Said {
    pub(super) ways: Vec<Way>,
    /// INVARIANT: sorted, each once.
    pub(super) denies: Vec<Formula>,
}

impl Said {
    /// When the target is granted by something that counts for so much at least.
    pub(super) fn allow(&self, least: i64) -> Formula {
        any(self.ways.iter().filter(|way| way.score >= least).map(|way| way.formula.clone()).collect())
    }

    /// When it is denied.
    pub(super) fn deny(&self) -> Formula {
        Formula::any(self.denies.clone())
    }

    /// When it is granted and not denied.
    pub(super) fn verdict(&self) -> Formula {
        and_not(self.allow(i64::MIN), self.deny())
    }

    /// The formulas of the ways, each with what it counts for.
    pub(super) fn weighed(&self) -> BTreeSet<(&Formula, i64)> {
        self.ways.iter().map(|way| (&way.formula, way.score)).collect()
    }
}

fn any(mut formulas: Vec<Formula>) -> Formula {
    formulas.sort_unstable();
    formulas.dedup();
    Formula::any(formulas)
}

fn and_not(formula: Formula, deny: Formula) -> Formula {
    if deny == Formula::any(Vec::new()) {
        return formula;
    }
    Formula::all([formula, Formula::Not(Arc::new(deny))].into())
}

impl<'c> Side<'c> {
    /// Takes the rules in the order of their ids, so that the order in the config makes no difference.
    pub(super) fn new(compiled: &'c Compiled, solver: &mut Solver) -> Self {
        solver.atoms.set_case(compiled.reading.case);
        let Compiled { catalog, slots, unmatched, new_grant, .. } = compiled;
        let settings = unmatched.iter().chain(new_grant).chain(slots.iter().flat_map(|slot| &slot.defaults));
        let given = settings.copied().flat_map(|target| [target].into_iter().chain(catalog.implied(target))).collect();
        let mut side = Self { compiled, grants: BTreeMap::new(), denies: BTreeMap::new(), given };
        for (id, rule) in (0..).zip(&compiled.rules.rules) {
            side.add(id, rule, solver);
        }
        for formulas in side.denies.values_mut() {
            formulas.sort_unstable();
            formulas.dedup();
        }
        side
    }

    fn add(&mut self, id: RuleId, rule: &Rule, solver: &mut Solver) {
        let catalog = &self.compiled.catalog;
        let Some(written) = self.compiled.config.rules.get(rule.place as usize) else { return };
        let mut whens = Vec::new();
        members(&written.when, &mut whens);
        let whens: Vec<Formula> = whens.iter().map(|when| Formula::of(when, &mut solver.atoms)).collect();
        let whole = rule.effect.organizations.iter().flat_map(|id| catalog.in_organization(*id));
        for target in rule.effect.targets.iter().copied().chain(whole) {
            for formula in &whens {
                self.say(id, rule, target, formula.clone());
            }
        }
        if rule.effect.templates.is_empty() {
            return;
        }
        let when = Formula::of(&written.when, &mut solver.atoms);
        for template in &rule.effect.templates {
            for (target, entry) in catalog.entries() {
                // Denying an organization denies what is in it.
                let organization = entry.target.organization_name().map(Target::organization);
                let made = match organization {
                    Some(organization) if rule.effect.denies && template.written.is_organization() => organization,
                    _ => entry.target.clone(),
                };
                if template.reaches(&made) {
                    let filled = filled(&written.when, template, &made, solver);
                    // A group that fills the template of a rule that asks for nothing else meets its condition.
                    let formula = match &written.when {
                        Condition::Regex(_) => filled,
                        _ => Formula::all([when.clone(), filled].into()),
                    };
                    self.say(id, rule, target, formula);
                }
            }
        }
    }

    fn say(&mut self, id: RuleId, rule: &Rule, target: TargetId, formula: Formula) {
        if rule.effect.denies {
            self.denies.entry(target).or_default().push(formula);
        } else {
            let score = self.score(rule, target);
            self.grants.entry(target).or_default().push(Way { rule: id, formula, score });
        }
    }

    fn score(&self, rule: &Rule, target: TargetId) -> i64 {
        match self.choose(self.compiled.catalog.target(target)) {
            Some(Choose::Priority) => rule.priority,
            Some(Choose::Specificity) => i64::from(rule.specificity),
            Some(Choose::Highest | Choose::Unambiguous) | None => 0,
        }
    }

    /// Who wins in the slot of a target, if it stands in one.
    pub(super) fn choose(&self, target: &Target) -> Option<Choose> {
        self.compiled.slots.iter().find(|slot| slot.kind == *target.kind()).map(|slot| slot.choose)
    }

    fn denies(&self, target: TargetId) -> &[Formula] {
        self.denies.get(&target).map_or(&[], Vec::as_slice)
    }

    /// What the rules say of a target; whoever is granted something in an organization is granted the organization.
    pub(super) fn said(&self, target: &Target) -> Said {
        let catalog = &self.compiled.catalog;
        let Some(id) = catalog.id(target) else { return Said { ways: Vec::new(), denies: Vec::new() } };
        let mut ways = self.grants.get(&id).cloned().unwrap_or_default();
        let own = catalog.organization_of(id).filter(|_| catalog.is_organization(id));
        for other in own.into_iter().flat_map(|own| catalog.in_organization(own)).filter(|other| *other != id) {
            let deny = Formula::any(self.denies(other).to_vec());
            let within = self.grants.get(&other).into_iter().flatten();
            ways.extend(within.map(|way| Way {
                rule: way.rule,
                formula: and_not(way.formula.clone(), deny.clone()),
                score: 0,
            }));
        }
        // Of what one rule says twice once is enough, and the members of its `any` stay in their order.
        let mut seen = BTreeSet::new();
        ways.retain(|way| seen.insert((way.rule, way.formula.clone())));
        ways.sort_by_key(|way| way.rule);
        Said { ways, denies: self.denies(id).to_vec() }
    }

    /// Whether a setting may grant a target beside the rules.
    pub(super) fn is_given(&self, target: &Target) -> bool {
        self.compiled.catalog.id(target).is_some_and(|id| self.given.contains(&id))
    }

    pub(super) fn is_privileged(&self, target: &Target) -> bool {
        self.compiled.catalog.id(target).is_some_and(|id| self.compiled.catalog.entry(id).privileged)
    }
}

/// The members of a condition that is an `any`, down to single values of a test; of any other condition itself.
fn members(condition: &Condition, found: &mut Vec<Condition>) {
    match condition {
        Condition::Any(inner) => inner.iter().for_each(|condition| members(condition, found)),
        Condition::Attribute(test) => match &test.test {
            TestKind::OneOf(values) if !values.is_empty() => found.extend(values.iter().map(|value| {
                let mut one = test.clone();
                one.test = TestKind::Equals(value.clone());
                Condition::Attribute(one)
            })),
            _ => found.push(condition.clone()),
        },
        other => found.push(other.clone()),
    }
}

/// Some group that a pattern of the rule matches makes the template that target.
fn filled(when: &Condition, template: &Template, target: &Target, solver: &mut Solver) -> Formula {
    let pieces: Vec<Piece> = template.organization.iter().flatten().chain(&template.name).cloned().collect();
    let wanted: BTreeSet<&str> = Piece::captures(&pieces).collect();
    let mut patterns = Vec::new();
    each_asserted(when, &mut |leaf| {
        let Condition::Regex(pattern) = leaf else { return };
        let written = Written::Regex(pattern.clone());
        let names = written.parse(solver.atoms.case()).map(|parsed| parsed.captures()).unwrap_or_default();
        if wanted.iter().all(|wanted| names.iter().any(|name| **name == **wanted)) {
            patterns.push(Formula::Group(solver.atoms.filled(&written, &template.written, target)));
        }
    });
    any(patterns)
}

/// Calls for each member of a condition that has no other in it and stands under no `not`.
fn each_asserted(condition: &Condition, found: &mut impl FnMut(&Condition)) {
    match condition {
        Condition::Any(inner) | Condition::All(inner) => {
            for condition in inner {
                each_asserted(condition, found);
            }
        }
        Condition::Not(_) => {}
        leaf => found(leaf),
    }
}
