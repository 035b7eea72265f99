//! All worlds of one config: every person with every login.

use std::collections::HashMap;

use groupmap::{AccountStatus, Choose, Claims, Completeness, Engine, Identity, Scratch, Snapshot, Target};
use serde_json::{Value, json};

use super::told::Told;
use super::world::{Login, Settings, Shape, Small, snapshots};
use super::{Counts, Share};
use crate::checked::Checked;
use crate::comparison::bare;
use crate::reference::Model;
use crate::reference::kleene::Kleene;

/// What the rules come to for the model: of each that is not false its effect, its worth, and whether it is specific
/// where that counts.
type Worth = Vec<(usize, bool, Kleene, bool)>;

/// What stays the same for all configs of the same settings.
pub struct Judge<'s> {
    settings: &'s Settings,
    share: Share,
    targets: [Target; 3],
    documents: [Value; 3],
    people: Vec<(Snapshot, Value)>,
    logins: Vec<(Login, Claims)>,
    scratch: Scratch,
    /// The model's answers: for each worth of the rules one for each person, once asked.
    answers: Vec<Vec<Option<Told>>>,
    rows: HashMap<Worth, usize>,
    pub counts: Counts,
}

/// One config.
struct Mapping {
    engine: Engine,
    model: Model,
    document: Value,
    logins: Vec<Judged>,
}

/// What a config makes of a login.
struct Judged {
    identity: Identity,
    /// The notes about its evidence.
    notes: u32,
    /// The rules that are not false.
    rules: Vec<usize>,
    /// Where the model's answers are.
    row: usize,
}

impl<'s> Judge<'s> {
    pub fn new(settings: &'s Settings, share: Share) -> Judge<'s> {
        let targets = settings.shape.targets();
        let document = |snapshot: Snapshot| {
            let document = serde_json::to_value(&snapshot).unwrap();
            (snapshot, document)
        };
        let read = |login: Login| {
            let claims = serde_json::from_value(login.claims.clone()).unwrap();
            (login, claims)
        };
        Judge {
            settings,
            share,
            documents: targets.clone().map(|target| serde_json::to_value(target).unwrap()),
            targets,
            people: snapshots(settings.shape).into_iter().map(document).collect(),
            logins: Login::all().into_iter().map(read).collect(),
            scratch: Scratch::new(),
            answers: Vec::new(),
            rows: HashMap::new(),
            counts: Counts::default(),
        }
    }

    /// All worlds of a config with these rules.
    pub fn config(&mut self, rules: &[usize]) {
        let mapping = self.mapping(rules);
        self.counts.configs += 1;
        for person in 0..self.people.len() {
            let told: Vec<Told> = (0..self.logins.len()).map(|login| self.told(&mapping, person, login)).collect();
            self.check_completions(&mapping, person, &told);
            if (person + self.counts.configs).is_multiple_of(self.share.people) {
                (0..told.len()).for_each(|login| self.check_model(&mapping, person, login, told[login]));
            }
        }
    }

    fn mapping(&mut self, rules: &[usize]) -> Mapping {
        let config = self.settings.config(rules);
        let document = serde_json::to_value(&config).unwrap();
        let engine = Engine::compile(config).unwrap_or_else(|problems| panic!("{problems}\n{document}"));
        let model = Model::compile(&document).unwrap();
        let mut mapping = Mapping { engine, model, document, logins: Vec::new() };
        for login in 0..self.logins.len() {
            let (Login { claims, completeness, .. }, read) = &self.logins[login];
            let identity = mapping.engine.normalize(read).unwrap();
            assert_eq!(identity.evidence().completeness(), *completeness);
            // What the model makes of the evidence does not depend on the person.
            let plan = mapping.model.plan(claims, &self.people[0].1, &Value::Null);
            let groups = json!({ "completeness": completeness, "count": identity.evidence().count() });
            assert_eq!(plan["plan"]["groups"], groups, "{claims}");
            let notes = Told::by_model(&plan["plan"], &self.documents).of_evidence();
            let values = mapping.model.worth_of_rules(claims);
            let worth = self.worth(rules, &values);
            let row = *self.rows.entry(worth).or_insert_with(|| {
                self.answers.push(vec![None; self.people.len()]);
                self.answers.len() - 1
            });
            let rules = (0..values.len()).filter(|rule| values[*rule] != Kleene::False).collect();
            mapping.logins.push(Judged { identity, notes, rules, row });
        }
        mapping
    }

    fn worth(&self, rules: &[usize], values: &[Kleene]) -> Worth {
        assert_eq!(rules.len(), values.len());
        let by_specificity = self.settings.shape == Shape::Slot(Choose::Specificity);
        let rule = |(code, value): (&usize, &Kleene)| {
            let rule = Small::of(*code);
            let is_specific = by_specificity && !rule.denies && !rule.negated;
            (*value != Kleene::False).then_some((rule.target, rule.denies, *value, is_specific))
        };
        rules.iter().zip(values).filter_map(rule).collect()
    }

    fn told(&mut self, mapping: &Mapping, person: usize, login: usize) -> Told {
        self.counts.plans += 1;
        let (snapshot, identity) = (&self.people[person].0, &mapping.logins[login].identity);
        Told::by_engine(&mapping.engine.draft(identity, snapshot, &mut self.scratch).unwrap(), &self.targets)
    }

    fn world(&self, mapping: &Mapping, person: usize, login: usize) -> String {
        format!("{}\n{}\n{}", self.logins[login].0.claims, self.people[person].1, mapping.document)
    }

    /// No plan on missing evidence is contradicted by what the evidence could turn out to be.
    fn check_completions(&mut self, mapping: &Mapping, person: usize, told: &[Told]) {
        let is_in = self.people[person].0.account.status == AccountStatus::Active;
        let complete = |login: &(Login, Claims)| login.0.completeness == Completeness::Complete;
        for (at, (login, _)) in self.logins.iter().enumerate().filter(|(_, login)| !complete(login)) {
            let open = told[at];
            for (then, _) in
                self.logins.iter().enumerate().filter(|(_, then)| complete(then) && login.can_be(then.0.seen))
            {
                self.counts.completions += 1;
                let (closed, world) = (told[then], || self.world(mapping, person, at));
                let completion = || &self.logins[then].0.claims;
                // Nothing goes that some completion wants.
                let lost = open.taken() & closed.wanted();
                assert!(lost == 0, "{lost:b} goes, and {} would keep it: {}", completion(), world());
                // Who is in is refused and switched off only where every completion says so, and who is not in comes
                // in only then.
                let agreed = if is_in {
                    (open.is_let_in || !closed.is_let_in) && (!open.is_switched_off() || closed.is_switched_off())
                } else {
                    (!open.is_let_in || closed.is_let_in) && !open.is_switched_off()
                };
                assert!(agreed, "access is not what it is with {}: {}", completion(), world());
                // Nothing comes that some completion does not want, but in a slot a certain candidate that an undecided
                // one may only outrank.
                let stand_in = matches!(self.settings.shape, Shape::Slot(_)) && open.is_undecided();
                let rash = open.given() & !closed.wanted();
                assert!(rash == 0 || stand_in, "{rash:b} comes, and {} would not give it: {}", completion(), world());
            }
        }
    }

    /// The plan is what the model says.
    fn check_model(&mut self, mapping: &Mapping, person: usize, login: usize, told: Told) {
        let judged = &mapping.logins[login];
        let answer = match self.answers[judged.row][person] {
            Some(answer) => answer,
            None => self.ask(mapping, person, login),
        };
        self.counts.compared += 1;
        let (told, answer) = (told.among(&judged.rules), answer.with_evidence(judged.notes));
        assert_eq!(told, answer, "the engine and the model: {}", self.world(mapping, person, login));
    }

    /// Asks the model; and the checker, which has nothing to say against the plan.
    fn ask(&mut self, mapping: &Mapping, person: usize, login: usize) -> Told {
        let (snapshot, snapshot_document) = &self.people[person];
        let Judged { identity, rules, row, .. } = &mapping.logins[login];
        let model = mapping.model.plan(&self.logins[login].0.claims, snapshot_document, &Value::Null);
        let plan = mapping.engine.checked_plan(identity, snapshot).unwrap();
        let requires = serde_json::to_value(&plan.requires).unwrap();
        assert_eq!(model["plan"]["requires"], requires, "{}", self.world(mapping, person, login));
        self.counts.asked += 1;
        if self.counts.asked.is_multiple_of(self.share.documents) {
            let engine = json!({ "plan": plan });
            assert_eq!(bare(&model), bare(&engine), "{}", self.world(mapping, person, login));
            self.counts.documents += 1;
        }
        let told = Told::by_model(&model["plan"], &self.documents).among(rules);
        self.answers[*row][person] = Some(told);
        told
    }
}
