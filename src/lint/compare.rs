//! What changes between two configs, whoever logs in: target by target, with somebody who shows it.
//!
//! What rules say of a target is three formulas: when it is granted, by rules of what weight, and when it is denied. Two
//! configs of equal settings make the same plans if no person exists for whom one of these comes out otherwise, in three
//! values. Each way of one config that the other has too needs no question; of every other one it is asked whether it
//! gives anybody what the other config does not. Whoever is found is judged by both engines before anything is claimed.

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use super::changes::{RuleChange, RuleChanges, TargetChange};
use super::finding::Witness;
use super::formula::Formula;
use super::settings::settings;
use super::side::{Said, Side, Way};
use super::solver::{Answer, Goal, Solver, Want};
use crate::compile::{Compiled, kinds_sent};
use crate::config::Choose;
use crate::engine::Engine;
use crate::identity::Identity;
use crate::matching::Memo;
use crate::rules::{Findings, Judgement, RuleId, Truth, Weight};
use crate::target::Target;

/// How many questions are asked about one target.
const MAX_QUESTIONS: usize = 20_000;

impl Engine {
    /// What would change if another config took the place of this one, whoever logs in; no directory is needed. Each way
    /// in which a rule gives or takes something comes with a made-up person who shows it. No difference is claimed only
    /// where it is proven, and what is too large to be decided is listed as such.
    ///
    /// Settings beside the rules are listed where they differ; what they do to people is not examined.
    ///
    /// # Examples
    ///
    /// ```
    /// use groupmap::{Catalogued, Condition, Config, Engine, Provider, Rule, Source, Target};
    ///
    /// let with = |pattern: &str| {
    ///     let config = Config::new(Source::new("acme-okta", Provider::Okta))
    ///         .with_catalog([Catalogued::new(Target::flag("staff"))])
    ///         .with_rules([Rule::grant("staff", Condition::regex(pattern), [Target::flag("staff")])]);
    ///     Engine::compile(config)
    /// };
    /// let now = with("eng-(a|b)")?;
    /// assert!(now.compare(&with("eng-[ab]")?).is_none());
    /// let changes = now.compare(&with("eng-[bc]")?);
    /// assert_eq!(
    ///     changes.to_string(),
    ///     "+ flag:staff by rule `staff`: somebody in `eng-c` (name)\n\
    ///      - flag:staff by rule `staff`: somebody in `eng-a` (name)"
    /// );
    /// # Ok::<(), groupmap::Problems>(())
    /// ```
    pub fn compare(&self, after: &Engine) -> RuleChanges {
        let (one, other) = (self.compiled(), after.compiled());
        let mut solver = Solver::new(&one.reading, &kinds_sent(&one.reading));
        let sides = [Side::new(one, &mut solver), Side::new(other, &mut solver)];
        let targets: BTreeSet<&Target> =
            [one, other].iter().flat_map(|side| side.catalog.entries().map(|(_, entry)| &entry.target)).collect();
        let reads_alike = one.reading.absent_attribute == other.reading.absent_attribute
            && one.reading.claims == other.reading.claims;
        let mut comparison = Comparison { solver, sides, findings: Findings::default(), reads_alike, questions: 0 };
        let mut changes: Vec<TargetChange> =
            targets.into_iter().filter_map(|target| comparison.target(target)).collect();
        changes.sort_by_key(|change| !change.privileged);
        RuleChanges { settings: settings(self, after), targets: changes }
    }
}

/// What the engine of one config says of one person and one target.
#[derive(PartialEq)]
struct Seen {
    /// An organization with what is granted in it.
    allow: Truth,
    deny: Truth,
    /// What it weighs in its slot by the rules that are true, and by those that are not false.
    weight: [Option<i64>; 2],
    /// Whether the rule in question is true.
    by_rule: bool,
}

impl Seen {
    fn verdict(&self) -> Truth {
        self.allow.and(self.deny.not())
    }
}

/// What a person is to show.
#[derive(Clone, Copy)]
enum Shows {
    /// That a rule of one side grants them what the other side does not.
    Granted { side: usize, rule: RuleId },
    /// That something else is said of them.
    Judged,
    /// That something weighs otherwise for them.
    Weighed,
}

struct Comparison<'c> {
    solver: Solver,
    sides: [Side<'c>; 2],
    findings: Findings,
    /// Whether both find the same claims in a login, so that conditions on them mean the same.
    reads_alike: bool,
    /// How many questions were asked about this target.
    questions: usize,
}

impl Comparison<'_> {
    /// What differs in a target; nothing where it is proven that nothing does.
    fn target(&mut self, target: &Target) -> Option<TargetChange> {
        let said = self.sides.each_ref().map(|side| side.said(target));
        let mut change = TargetChange::new(target.clone(), self.sides.iter().any(|side| side.is_privileged(target)));
        self.questions = 0;
        if !self.reads_alike && said.iter().any(asks_for_claims) {
            change.undecided = true;
        }
        let [one, other] = &said;
        if one.weighed() != other.weighed() || one.denies != other.denies {
            change.gained = self.moved(&mut change, (other, one), 1);
            change.lost = self.moved(&mut change, (one, other), 0);
            if !change.is_moved() {
                self.doubt(&mut change, &said);
                self.weigh(&mut change, &said);
            }
        }
        change.is_any().then_some(change)
    }

    /// Asks for a person, who must show by both engines what is looked for.
    fn ask(&mut self, change: &mut TargetChange, goals: Vec<Goal>, shows: Shows) -> Option<Witness> {
        self.questions = self.questions.saturating_add(1);
        let answer = if self.questions > MAX_QUESTIONS { Answer::Undecided } else { self.solver.ask(goals) };
        let witness = match answer {
            Answer::Nobody => return None,
            Answer::Undecided => None,
            Answer::Person(person) => {
                let as_read = self.sides.each_ref().map(|side| &*side.compiled.reading);
                let [one, other] = as_read.map(|reading| Witness::new(person.clone(), &self.solver, reading));
                self.shows(&change.target, [&one, &other], shows).then_some(match shows {
                    Shows::Granted { side: 1, .. } => other,
                    _ => one,
                })
            }
        };
        change.undecided |= witness.is_none();
        witness
    }

    /// Whether a person shows it; a login of theirs as each side reads it.
    fn shows(&mut self, target: &Target, logins: [&Witness; 2], shows: Shows) -> bool {
        let rule_of = |side: usize| match shows {
            Shows::Granted { side: granting, rule } if granting == side => Some(rule),
            _ => None,
        };
        let [one, other] = logins;
        let seen = [self.seen(0, one, target, rule_of(0)), self.seen(1, other, target, rule_of(1))];
        let [Some(one), Some(other)] = seen else { return false };
        match shows {
            Shows::Granted { side, .. } => {
                let (granting, else_) = if side == 0 { (one, other) } else { (other, one) };
                granting.by_rule && granting.verdict() == Truth::True && else_.verdict() != Truth::True
            }
            Shows::Judged => (one.allow, one.deny) != (other.allow, other.deny),
            Shows::Weighed => one.weight != other.weight,
        }
    }

    /// What the engine of a side says; nothing where no login says all that a person is.
    fn seen(&mut self, side: usize, witness: &Witness, target: &Target, rule: Option<RuleId>) -> Option<Seen> {
        let side = self.sides.get(side)?;
        let Compiled { reading, rules, catalog, .. } = side.compiled;
        let identity = Identity::normalize(reading, witness.claims()?).ok()?;
        self.findings.gather(rules, catalog, &identity, &mut Memo::default());
        let (findings, evidence) = (&self.findings, identity.evidence());
        let judgement = Judgement { rules, catalog, findings, evidence, given: (Truth::False, &[]) };
        let by_rule = rule.is_some_and(|rule| judgement.truth(rule) == Truth::True);
        let Some(id) = catalog.id(target) else {
            return Some(Seen { allow: Truth::False, deny: Truth::False, weight: [None; 2], by_rule });
        };
        let mut allow = judgement.allow(id);
        if catalog.is_organization(id) {
            allow = allow.or(judgement.verdict_within(id));
        }
        let weight = [true, false].map(|certain| match side.choose(target) {
            Some(Choose::Priority) => judgement.best(id, certain, Weight::Priority),
            Some(Choose::Specificity) => judgement.best(id, certain, Weight::Specificity),
            Some(Choose::Highest | Choose::Unambiguous) | None => None,
        });
        Some(Seen { allow, deny: judgement.deny(id), weight, by_rule })
    }

    /// The ways of one side by which somebody has a target to whom the other side does not give it.
    fn moved(&mut self, change: &mut TargetChange, (own, other): (&Said, &Said), side: usize) -> Vec<RuleChange> {
        let known: BTreeSet<&Formula> = other.ways.iter().map(|way| &way.formula).collect();
        let (deny, verdict) = (own.deny(), other.verdict());
        let mut moved = Vec::new();
        for way in &own.ways {
            if own.denies == other.denies && known.contains(&way.formula) {
                continue;
            }
            let goals =
                [(verdict.clone(), Want::NotTrue), (deny.clone(), Want::False), (way.formula.clone(), Want::True)];
            let shows = Shows::Granted { side, rule: way.rule };
            if let Some(witness) = self.ask(change, goals.into(), shows) {
                moved.push(RuleChange { rule: self.rule_id(side, way.rule), witness });
            }
        }
        moved
    }

    fn rule_id(&self, side: usize, rule: RuleId) -> String {
        self.sides.get(side).map_or_else(String::new, |side| side.compiled.rule_id(rule).into())
    }

    /// Whether anything else differs: what is open on incomplete evidence, and what is granted and denied at once.
    fn doubt(&mut self, change: &mut TargetChange, [one, other]: &[Said; 2]) {
        for (own, outer) in [(one, other), (other, one)] {
            let known: BTreeSet<&Formula> = outer.ways.iter().map(|way| &way.formula).collect();
            let allow = outer.allow(i64::MIN);
            for way in own.ways.iter().filter(|way| !known.contains(&way.formula)) {
                self.look(change, (&way.formula, &allow), None);
            }
        }
        // A deny says nothing where nothing is granted.
        let is_given = self.sides.iter().any(|side| side.is_given(&change.target));
        let allow = (!is_given).then(|| one.allow(i64::MIN));
        for (own, outer) in [(one, other), (other, one)] {
            let deny = outer.deny();
            for formula in own.denies.iter().filter(|formula| outer.denies.binary_search(formula).is_err()) {
                self.look(change, (formula, &deny), allow.as_ref());
            }
        }
    }

    /// Looks for somebody of whom one formula is truer than another, and for whom a third is not false.
    fn look(&mut self, change: &mut TargetChange, (inner, outer): (&Formula, &Formula), beside: Option<&Formula>) {
        for (low, high) in [(Want::NotTrue, Want::True), (Want::False, Want::NotFalse)] {
            if change.doubt.is_some() {
                return;
            }
            let mut goals = Vec::from([(outer.clone(), low), (inner.clone(), high)]);
            goals.extend(beside.map(|beside| (beside.clone(), Want::NotFalse)));
            change.doubt = self.ask(change, goals, Shows::Judged);
        }
    }

    /// Whether rules count for more or less, in a slot that chooses by rules.
    fn weigh(&mut self, change: &mut TargetChange, said: &[Said; 2]) {
        let choose = self.sides.each_ref().map(|side| side.choose(&change.target));
        let [one, other] = said;
        if !matches!(choose, [Some(Choose::Priority | Choose::Specificity), _]) || choose[0] != choose[1] {
            return;
        }
        for (own, outer) in [(one, other), (other, one)] {
            let known = outer.weighed();
            let deny = own.deny();
            for way in own.ways.iter().filter(|way| !known.contains(&(&way.formula, way.score))) {
                let Way { formula, score, .. } = way;
                let allow = outer.allow(*score);
                // What is denied for certain is no candidate, and of what is perhaps denied only what it could weigh counts.
                for ((low, high), denied) in
                    [((Want::NotTrue, Want::True), Want::False), ((Want::False, Want::NotFalse), Want::NotTrue)]
                {
                    if change.weight.is_some() {
                        return;
                    }
                    let goals = [(allow.clone(), low), (formula.clone(), high), (deny.clone(), denied)];
                    change.weight = self.ask(change, goals.into(), Shows::Weighed);
                }
            }
        }
    }
}

/// Whether a condition on claims beside the groups has a part in it.
fn asks_for_claims(said: &Said) -> bool {
    said.ways.iter().map(|way| &way.formula).chain(&said.denies).any(Formula::has_claim)
}
