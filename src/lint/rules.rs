//! Rules beside the other rules: which never matter, never win or never hold.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::code::LintCode;
use super::examination::Examination;
use super::finding::{Lint, Witness};
use super::formula::Formula;
use super::solver::{Answer, Want};
use crate::catalog::{OrganizationId, TargetId};
use crate::config::{self, Choose};
use crate::problem::Path;
use crate::rules::{Rule, RuleId};
use crate::text::Brief;

/// Examines one enabled rule.
pub(super) fn examine(exam: &mut Examination<'_>, place: usize, id: RuleId, path: &Path<'_>) {
    let Some(rule) = exam.config_rule(id) else { return };
    let formula = exam.formula(id);
    let when = path.key("when");
    let person = match exam.somebody(&formula) {
        Answer::Person(person) => person,
        Answer::Nobody => {
            return exam.report(
                Lint::new(LintCode::NeverTrue, when, "the condition is true of nobody, so that the rule gives and denies nothing")
                    .with_help("look for a `not` that takes back what another part asks for, or for a name that no provider can send")
                    .of_rule(&rule.id),
            );
        }
        Answer::Undecided => return undecided(exam, rule, &when),
    };
    let sample = exam.witness(person);
    if formula != Formula::Everyone && exam.solver.ask([(formula.clone(), Want::NotTrue)].into()) == Answer::Nobody {
        exam.report(
            Lint::new(LintCode::AlwaysTrue, when, "the condition is true of everybody, whatever their groups")
                .with_help("if everybody is meant, write `when = \"everyone\"`, so that it can be seen")
                .of_rule(&rule.id),
        );
    }
    negation(exam, rule, &formula, &when);
    let mut comparison = Comparison { exam, id, place, formula, others: Vec::new(), open: false };
    if comparison.duplicate(rule, path) {
        return;
    }
    match comparison.exam.rules_for(&sample) {
        Some(others) => comparison.others = others,
        None => comparison.open = true,
    }
    comparison.never_matters(rule, path, &sample);
    comparison.always_denied(rule, path, &sample);
    comparison.never_wins(rule, path, &sample);
    if comparison.open {
        undecided(exam, rule, &when);
    }
}

fn undecided(exam: &mut Examination<'_>, rule: &config::Rule, when: &Path<'_>) {
    let message = "whether other rules make this one needless is not decided: its condition is too large to compare";
    exam.report(
        Lint::new(LintCode::NotDecided, when, message)
            .with_help("`[A-Za-z0-9_]` is far smaller than `\\w`; `\\b` cannot be compared at all")
            .of_rule(&rule.id),
    );
}

/// A grant to somebody in no group at all.
fn negation(exam: &mut Examination<'_>, rule: &config::Rule, formula: &Formula, when: &Path<'_>) {
    if !matches!(rule.effect, config::Effect::Grant(_)) || !formula.has_negated_group() {
        return;
    }
    let mut goals = Vec::from([(formula.clone(), Want::True)]);
    formula.each_group(&mut |atom| goals.push((Formula::Group(atom), Want::NotTrue)));
    if let Answer::Person(person) = exam.solver.ask(goals) {
        let witness = exam.witness(person);
        exam.report(
            Lint::new(LintCode::GrantThroughNot, when, "the rule grants to people for what they are not in")
                .with_help("grant to the groups that are meant, and take out who is not by a `deny` rule")
                .with_witness(witness)
                .of_rule(&rule.id),
        );
    }
}

/// One rule beside others.
struct Comparison<'x, 'e> {
    exam: &'x mut Examination<'e>,
    id: RuleId,
    place: usize,
    formula: Formula,
    /// The rules that are true for somebody for whom this one is: whatever covers it is among them.
    others: Vec<RuleId>,
    /// Whether something could not be decided.
    open: bool,
}

/// What a rule grants or denies.
#[derive(Clone, Copy)]
enum Word {
    Target(TargetId),
    Organization(OrganizationId),
}

impl<'e> Comparison<'_, 'e> {
    fn rule(&self) -> &'e Rule {
        self.exam.compiled_rule(self.id)
    }

    fn name(&self, id: RuleId) -> String {
        self.exam.config_rule(id).map_or_else(String::new, |rule| format!("`{}`", Brief(&rule.id)))
    }

    fn duplicate(&mut self, rule: &config::Rule, path: &Path<'_>) -> bool {
        let mut targets = rule.effect.targets().to_vec();
        targets.sort();
        targets.dedup();
        let key = (self.formula.clone(), targets, self.rule().effect.denies);
        let Some(first) = self.exam.same.get(&key).copied() else {
            self.exam.same.insert(key, self.place);
            return false;
        };
        let Some(other) = self.exam.by_place.get(first).copied().flatten() else { return false };
        let targets = self.rule().effect.targets.clone();
        // A higher priority may be what it is there for.
        if self.rule().effect.templates.iter().any(|_| self.exam.compiled_rule(other).priority != self.rule().priority)
            || !targets.iter().all(|target| self.scores(other, *target) >= self.scores(self.id, *target))
        {
            return false;
        }
        let message =
            format!("the rule has the condition and the effect of rule {} at `rules[{first}]`", self.name(other));
        self.exam.report(
            Lint::new(LintCode::DuplicateRule, path, message).with_help("delete one of the two").of_rule(&rule.id),
        );
        true
    }

    /// What a rule counts for in the slot of a target.
    fn scores(&self, id: RuleId, target: TargetId) -> i64 {
        let rule = self.exam.compiled_rule(id);
        match self.choose(target) {
            Some(Choose::Priority) => rule.priority,
            Some(Choose::Specificity) => i64::from(rule.specificity),
            _ => 0,
        }
    }

    fn choose(&self, target: TargetId) -> Option<Choose> {
        let kind = self.exam.compiled.catalog.target(target).kind();
        self.exam.compiled.slots.iter().find(|slot| slot.kind == *kind).map(|slot| slot.choose)
    }

    /// Whether a rule says of something all that this one says; if the question is open, it is noted.
    fn covers(&mut self, other: RuleId, word: Word) -> bool {
        let (this, that) = (self.rule(), self.exam.compiled_rule(other));
        let catalog = &self.exam.compiled.catalog;
        let whole = |organization| that.effect.denies && that.effect.organizations.contains(&organization);
        let says = match word {
            Word::Target(target) => {
                that.effect.targets.contains(&target) || catalog.organization_of(target).is_some_and(whole)
            }
            Word::Organization(organization) => whole(organization),
        };
        if other == self.id || this.effect.denies != that.effect.denies || !says {
            return false;
        }
        let (mine, theirs) = match word {
            Word::Target(target) if !this.effect.denies => (self.scores(self.id, target), self.scores(other, target)),
            _ => (0, 0),
        };
        if theirs < mine {
            return false;
        }
        let outer = self.exam.formula(other);
        match self.exam.solver.is_within(&self.formula, &outer) {
            Answer::Nobody => {}
            Answer::Person(_) => return false,
            Answer::Undecided => {
                self.open = true;
                return false;
            }
        }
        // Of two that say the same of each other the later one is needless, and so no two are because of each other.
        let earlier = (that.place as usize) < self.place;
        earlier || theirs > mine || matches!(self.exam.solver.is_within(&outer, &self.formula), Answer::Person(_))
    }

    fn never_matters(&mut self, rule: &config::Rule, path: &Path<'_>, sample: &Witness) {
        let effect = &self.rule().effect;
        if !effect.templates.is_empty() {
            return;
        }
        let targets = effect.targets.iter().copied().map(Word::Target);
        let words: Vec<Word> = targets.chain(effect.organizations.iter().copied().map(Word::Organization)).collect();
        let mut covering: Vec<RuleId> = Vec::new();
        for word in words {
            let known = covering.iter().copied().find(|known| self.covers(*known, word));
            let others = self.others.clone();
            let Some(other) = known.or_else(|| others.into_iter().find(|other| self.covers(*other, word))) else {
                return;
            };
            if !covering.contains(&other) {
                covering.push(other);
            }
        }
        self.open = false;
        let names: Vec<String> = covering.iter().map(|id| self.name(*id)).collect();
        let does = match (names.len(), self.rule().effect.denies) {
            (1, false) => "matches too and grants",
            (1, true) => "matches too and denies",
            (_, false) => "match too and grant",
            (_, true) => "match too and deny",
        };
        let rules = if names.len() == 1 { "rule" } else { "rules" };
        let message =
            format!("the rule never matters: whoever it matches, {rules} {} {does} the same", names.join(" and "));
        self.exam.report(
            Lint::new(LintCode::NeverMatters, path, message)
                .with_help("delete it, or narrow the wider rule if this one was meant to do something else")
                .with_witness(sample.clone())
                .of_rule(&rule.id),
        );
    }

    /// The targets of the rule with their paths in the config.
    fn written(&self, rule: &config::Rule) -> Vec<(usize, TargetId)> {
        let targets = rule.effect.targets().iter().enumerate();
        targets.filter_map(|(at, target)| Some((at, self.exam.compiled.catalog.id(target)?))).collect()
    }

    fn always_denied(&mut self, rule: &config::Rule, path: &Path<'_>, sample: &Witness) {
        if self.rule().effect.denies {
            return;
        }
        for (at, target) in self.written(rule) {
            let others = self.others.clone();
            let Some(deny) = others.into_iter().find(|other| self.denies(*other, target)) else { continue };
            let shown = self.exam.compiled.catalog.target(target);
            let message =
                format!("`{shown}` is never granted: whoever the rule matches, rule {} denies it", self.name(deny));
            self.exam.report(
                Lint::new(LintCode::AlwaysDenied, path.key("grant").at(at), message)
                    .with_help("a deny beats every grant; narrow the deny, or delete the grant")
                    .with_witness(sample.clone())
                    .of_rule(&rule.id),
            );
        }
    }

    /// Whether another rule denies a target to everybody for whom this one is true.
    fn denies(&mut self, other: RuleId, target: TargetId) -> bool {
        let effect = &self.exam.compiled_rule(other).effect;
        let organization = self.exam.compiled.catalog.organization_of(target);
        let says = effect.targets.contains(&target)
            || organization.is_some_and(|organization| effect.organizations.contains(&organization));
        effect.denies && says && self.implies(other)
    }

    /// Whether another rule is true whenever this one is.
    fn implies(&mut self, other: RuleId) -> bool {
        let outer = self.exam.formula(other);
        other == self.id
            || match self.exam.solver.ask([(outer, Want::NotTrue), (self.formula.clone(), Want::True)].into()) {
                Answer::Nobody => true,
                Answer::Person(_) => false,
                Answer::Undecided => {
                    self.open = true;
                    false
                }
            }
    }

    fn never_wins(&mut self, rule: &config::Rule, path: &Path<'_>, sample: &Witness) {
        if self.rule().effect.denies {
            return;
        }
        for (at, target) in self.written(rule) {
            let Some(choose) = self.choose(target) else { continue };
            let Some((rival, by)) = self.rival(target, choose) else { continue };
            let catalog = &self.exam.compiled.catalog;
            let why = match choose {
                Choose::Highest => "ranks higher",
                Choose::Priority => "comes by a higher priority",
                Choose::Specificity => "comes by a more specific rule",
                Choose::Unambiguous => "is in the same slot, where neither then wins",
            };
            let by = if by == self.id { String::from("the same rule") } else { format!("rule {}", self.name(by)) };
            let message = format!(
                "`{}` never wins by this rule: whoever it matches, {by} grants `{}` too, which {why}",
                catalog.target(target),
                catalog.target(rival),
            );
            self.exam.report(
                Lint::new(LintCode::NeverWins, path.key("grant").at(at), message)
                    .with_help("narrow the condition of the rule that wins, or change rank or priority")
                    .with_witness(sample.clone())
                    .of_rule(&rule.id),
            );
        }
    }

    /// A target of the same slot that beats this one whenever the rule is true, and the rule that grants it.
    fn rival(&mut self, target: TargetId, choose: Choose) -> Option<(TargetId, RuleId)> {
        let siblings = self.exam.compiled.catalog.siblings(target);
        for other in self.others.clone() {
            let that = self.exam.compiled_rule(other);
            if that.effect.denies {
                continue;
            }
            for rival in that.effect.targets.iter().copied().filter(|rival| siblings.contains(rival)) {
                let rank = |id| self.exam.compiled.catalog.entry(id).rank;
                let beats = rival != target
                    && match choose {
                        Choose::Highest => rank(rival) > rank(target),
                        Choose::Priority => that.priority > self.rule().priority,
                        Choose::Specificity => that.specificity > self.rule().specificity,
                        Choose::Unambiguous => true,
                    };
                if beats && !self.is_deniable(rival) && self.implies(other) {
                    return Some((rival, other));
                }
            }
        }
        None
    }

    /// Whether some rule could deny a target.
    fn is_deniable(&self, target: TargetId) -> bool {
        let rules = &self.exam.compiled.rules;
        let filled = |id: &RuleId| rules.rule(*id).effect.denies;
        !rules.denies_of.of(target).is_empty()
            || !rules.denying_organizations.is_empty()
            || rules.templated.iter().any(filled)
    }
}
