//! How tests ask for plans: each plan goes past the checker, which has nothing to say against it.

use groupmap::{
    Answer, Batch, BatchAnswer, BatchRequest, BatchTerms, Change, Engine, Error, Holders, Identity, Ledger, Person,
    Plan, Request, Snapshot, Violation, WithheldCode, verify, verify_deactivation, verify_deactivation_held_back,
    verify_held_back,
};

pub trait Checked {
    /// [`Engine::plan`], checked.
    fn checked_plan(&self, identity: &Identity, snapshot: &Snapshot) -> Result<Plan, Error>;

    /// [`Engine::plan_deactivation`], checked.
    fn checked_deactivation(&self, identity: &Identity, snapshot: &Snapshot) -> Result<Plan, Error>;

    /// [`Engine::batch_on`], every plan of it checked.
    fn checked_batch(&self, people: &[Person], holders: &[Holders], terms: &BatchTerms) -> Result<Batch, Error>;
}

impl Checked for Engine {
    fn checked_plan(&self, identity: &Identity, snapshot: &Snapshot) -> Result<Plan, Error> {
        let plan = self.plan(identity, snapshot)?;
        check(&plan, self, false, identity, snapshot);
        Ok(plan)
    }

    fn checked_deactivation(&self, identity: &Identity, snapshot: &Snapshot) -> Result<Plan, Error> {
        let plan = self.plan_deactivation(identity, snapshot)?;
        check(&plan, self, true, identity, snapshot);
        Ok(plan)
    }

    fn checked_batch(&self, people: &[Person], holders: &[Holders], terms: &BatchTerms) -> Result<Batch, Error> {
        let batch = self.batch_on(people, holders.iter().cloned(), terms)?;
        check_batch(&batch, self, people, holders);
        Ok(batch)
    }
}

fn check(plan: &Plan, engine: &Engine, switched_off: bool, identity: &Identity, snapshot: &Snapshot) {
    let judge = if switched_off { verify_deactivation } else { verify };
    none(&judge(plan, engine, identity, snapshot), plan);
}

/// The same of a plan whose batch was held back.
fn check_held_back(plan: &Plan, engine: &Engine, switched_off: bool, identity: &Identity, snapshot: &Snapshot) {
    let judge = if switched_off { verify_deactivation_held_back } else { verify_held_back };
    none(&judge(plan, engine, identity, snapshot), plan);
    // What a plan says of itself is not believed.
    let held_back = plan.withheld.iter().any(|line| line.code == WithheldCode::MassRemoval);
    let judge = if switched_off { verify_deactivation } else { verify };
    assert_eq!(judge(plan, engine, identity, snapshot).is_empty(), !held_back);
}

fn none(violations: &[Violation], plan: &Plan) {
    assert!(violations.is_empty(), "{violations:?}\nof {}", serde_json::to_string(plan).unwrap());
}

/// [`Request::answer`], a plan checked.
pub fn checked_answer(request: Request) -> Answer {
    let answer = request.clone().answer();
    if let Answer::Plan(plan) = &answer {
        let engine = Engine::compile(request.config).unwrap().with_host(request.host);
        check(plan, &engine, false, &engine.normalize(&request.login).unwrap(), &request.snapshot);
    }
    answer
}

/// [`BatchRequest::answer`], every plan checked.
pub fn checked_batch_answer(request: BatchRequest) -> BatchAnswer {
    let answer = request.clone().answer();
    if let BatchAnswer::Batch(batch) = &answer {
        let engine = Engine::compile(request.config).unwrap().with_host(request.host);
        check_batch(batch, &engine, &request.people, &request.holders);
    }
    answer
}

/// A batch is what planning one by one against one count comes to, or that without its removals.
fn check_batch(batch: &Batch, engine: &Engine, people: &[Person], holders: &[Holders]) {
    let mut ledger = Ledger::new(holders.iter().cloned()).unwrap();
    assert_eq!(batch.plans.len(), people.len());
    for (person, planned) in people.iter().zip(&batch.plans) {
        assert_eq!(planned.id, person.id);
        let Ok(plan) = &planned.plan else { continue };
        let identity = engine.normalize(&person.login).unwrap();
        let snapshot = ledger.seen_by(&person.snapshot);
        let alone = if person.switched_off {
            engine.checked_deactivation(&identity, &snapshot).unwrap()
        } else {
            engine.checked_plan(&identity, &snapshot).unwrap()
        };
        if batch.mass_removal {
            check_held_back(plan, engine, person.switched_off, &identity, &snapshot);
            let takes = |change| matches!(change, Change::Remove(_) | Change::Replace(_) | Change::Deactivate);
            assert!(!plan.changes().any(takes), "{}", serde_json::to_string(plan).unwrap());
        } else {
            assert_eq!(*plan, alone);
        }
        // Counted off is what the plan takes away, or would take away.
        ledger.count_off(&alone);
    }
    let left = if batch.mass_removal { Ledger::new(holders.iter().cloned()).unwrap() } else { ledger };
    assert_eq!(batch.holders, left.holders());
}
