//! Goes through a config one step at a time.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use super::code::{LintCode, Severity};
use super::finding::{Lint, Witness};
use super::formula::Formula;
use super::person::Person;
use super::solver::{Answer, Solver, Want};
use super::{names, patterns, privileges, rules, slots, targets};
use crate::compile::{Compiled, kinds_sent};
use crate::config;
use crate::engine::Engine;
use crate::identity::Identity;
use crate::matching::Memo;
use crate::problem::Path;
use crate::rules::{Findings, Rule, RuleId};

/// Goes through a config and yields what it finds.
///
/// Made by [`Engine::lint`]. It holds what it has learnt about patterns, within fixed bounds of memory.
pub struct Examination<'e> {
    pub(super) compiled: &'e Compiled,
    engine: &'e Engine,
    pub(super) solver: Solver,
    /// The conditions of the rules, by their places in the config.
    pub(super) formulas: Vec<Formula>,
    /// The enabled rules by their places in the config.
    pub(super) by_place: Vec<Option<RuleId>>,
    /// The rules that fill each kind of thing they were asked about, for those who ask again.
    pub(super) same: BTreeMap<(Formula, Vec<crate::target::Target>, bool), usize>,
    findings: Findings,
    memo: Memo,
    found: VecDeque<Lint>,
    step: usize,
    severities: BTreeMap<LintCode, Option<Severity>>,
}

/// How far an examination is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// How many steps are done.
    pub done: usize,
    /// How many there are: one for each rule, and a few more.
    pub total: usize,
}

/// What comes after the rules.
const LAST_STEPS: usize = 3;

impl fmt::Debug for Examination<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Examination").field("progress", &self.progress()).finish_non_exhaustive()
    }
}

impl<'e> Examination<'e> {
    pub(super) fn new(engine: &'e Engine) -> Self {
        let compiled = engine.compiled();
        let mut solver = Solver::new(&compiled.reading, &kinds_sent(&compiled.reading));
        let rules = &compiled.config.rules;
        let formulas = rules.iter().map(|rule| Formula::of(&rule.when, &mut solver.atoms)).collect();
        let mut by_place = alloc::vec![None; rules.len()];
        for (id, rule) in (0..).zip(&compiled.rules.rules) {
            if let Some(slot) = by_place.get_mut(rule.place as usize) {
                *slot = Some(id);
            }
        }
        Self {
            compiled,
            engine,
            solver,
            formulas,
            by_place,
            same: BTreeMap::new(),
            findings: Findings::default(),
            memo: Memo::default(),
            found: VecDeque::new(),
            step: 0,
            severities: BTreeMap::new(),
        }
    }

    /// Gives findings of a kind another severity.
    #[must_use]
    pub fn with_severity(mut self, code: LintCode, severity: Severity) -> Self {
        self.severities.insert(code, Some(severity));
        self
    }

    /// Leaves findings of a kind out.
    #[must_use]
    pub fn without(mut self, code: LintCode) -> Self {
        self.severities.insert(code, None);
        self
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        Progress { done: self.step, total: self.formulas.len().saturating_add(LAST_STEPS) }
    }

    /// Does one step, and says whether there was one left to do. What it finds is what [`Iterator::next`] yields next.
    pub fn step(&mut self) -> bool {
        let (step, rules) = (self.step, self.formulas.len());
        if step >= rules.saturating_add(LAST_STEPS) {
            return false;
        }
        self.step = step.saturating_add(1);
        match step.checked_sub(rules) {
            None => self.rule(step),
            Some(0) => targets::examine(self),
            Some(1) => slots::examine(self),
            Some(_) => names::examine(self),
        }
        true
    }

    fn rule(&mut self, place: usize) {
        let Some(rule) = self.compiled.config.rules.get(place) else { return };
        let all = Path::of("rules");
        let path = all.at(place);
        let Some(id) = self.by_place.get(place).copied().flatten() else {
            return self.report(
                Lint::new(LintCode::DisabledRule, path, "the rule is switched off and does nothing")
                    .with_help("delete it, or enable it")
                    .of_rule(&rule.id),
            );
        };
        patterns::examine(self, rule, &path.key("when"));
        names::examine_rule(self, rule, &path.key("when"));
        privileges::examine(self, place, id, &path);
        rules::examine(self, place, id, &path);
    }

    /// Notes a finding, with the severity that the caller gives it.
    pub(super) fn report(&mut self, mut lint: Lint) {
        match self.severities.get(&lint.code) {
            Some(None) => return,
            Some(Some(severity)) => lint.severity = *severity,
            None => {}
        }
        self.found.push_back(lint);
    }

    pub(super) fn config_rule(&self, id: RuleId) -> Option<&'e config::Rule> {
        self.compiled.config.rules.get(self.compiled.rules.rule(id).place as usize)
    }

    pub(super) fn compiled_rule(&self, id: RuleId) -> &'e Rule {
        self.compiled.rules.rule(id)
    }

    /// The condition of an enabled rule.
    pub(super) fn formula(&self, id: RuleId) -> Formula {
        let place = self.compiled.rules.rule(id).place as usize;
        self.formulas.get(place).cloned().unwrap_or(Formula::Everyone)
    }

    /// The person as a witness.
    pub(super) fn witness(&self, person: Person) -> Witness {
        Witness::new(person, &self.solver, &self.compiled.reading)
    }

    /// Somebody for whom a condition is true.
    pub(super) fn somebody(&mut self, formula: &Formula) -> Answer {
        self.solver.ask([(formula.clone(), Want::True)].into())
    }

    /// The rules that are true for a person; nothing where no login says all that.
    pub(super) fn rules_for(&mut self, witness: &Witness) -> Option<Vec<RuleId>> {
        let identity: Identity = self.engine.normalize(witness.claims()?).ok()?;
        let Compiled { rules, catalog, .. } = self.compiled;
        self.findings.gather(rules, catalog, &identity, &mut self.memo);
        Some(self.findings.true_rules().collect())
    }
}

impl Iterator for Examination<'_> {
    type Item = Lint;

    fn next(&mut self) -> Option<Lint> {
        loop {
            if let Some(lint) = self.found.pop_front() {
                return Some(lint);
            }
            if !self.step() {
                return None;
            }
        }
    }
}

impl Lint {
    pub(super) fn new(code: LintCode, path: impl fmt::Display, message: impl Into<String>) -> Self {
        let (severity, message) = (code.severity(), message.into());
        Self { code, severity, path: path.to_string(), rule: None, message, help: None, witness: None }
    }

    pub(super) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(super) fn with_witness(mut self, witness: Witness) -> Self {
        self.witness = Some(witness);
        self
    }

    pub(super) fn of_rule(mut self, rule: &str) -> Self {
        self.rule = Some(rule.into());
        self
    }
}
