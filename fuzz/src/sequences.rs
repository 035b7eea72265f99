//! What happens to three people over time: logins, edits of the rules, batches, and hosts that crash in the middle.

mod company;
mod setting;

use groupmap::{BatchTerms, Change, Earlier, Engine, Ledger, Person, Plan};

use crate::checked::Checked;
use crate::worlds::Tape;
use company::{Company, PEOPLE};
use setting::{config, login};

/// A tape of logins, edits, batches and crashes.
pub fn sequences(data: &[u8]) {
    let mut tape = Tape::new(super::numbers(data));
    let mut company = Company::new(&mut tape);
    let Ok(mut engine) = Engine::compile(config(&mut tape)) else { return };
    for _ in 0..1 + tape.below(6) {
        if tape.chance(40)
            && let Ok(edited) = Engine::compile(config(&mut tape))
        {
            engine = edited;
        }
        let before = company.counts();
        let plans = if tape.chance(50) {
            let who = tape.below(PEOPLE);
            vec![(who, log_in(&engine, &person(who, &company, &mut tape, false), &company))]
        } else {
            batch(&engine, &company, &mut tape)
        };
        carry_out(&plans, &mut company, &mut tape);
        company.check(&before, &plans);
    }
    (0..PEOPLE).for_each(|who| settle(&engine, &mut company, who, &mut tape));
}

/// Somebody as the source would have them, with a login of theirs.
fn person(who: usize, company: &Company, tape: &mut Tape, may_be_off: bool) -> Person {
    let person = Person::new(format!("u{who}"), login(tape, who), company.snapshot(who));
    person.switched_off(may_be_off && tape.chance(25))
}

/// What a login of one person comes to.
fn log_in(engine: &Engine, person: &Person, company: &Company) -> Plan {
    let snapshot = Ledger::new(company.holders()).unwrap().seen_by(&person.snapshot);
    engine.checked_plan(&engine.normalize(&person.login).unwrap(), &snapshot).unwrap()
}

/// Plans for some of the people together, in some order.
fn batch(engine: &Engine, company: &Company, tape: &mut Tape) -> Vec<(usize, Plan)> {
    let order = shuffled((0..PEOPLE).collect(), tape);
    let order: Vec<usize> = order.into_iter().filter(|_| tape.chance(80)).collect();
    let people: Vec<Person> = order.iter().map(|who| person(*who, company, tape, true)).collect();
    let earlier = Earlier { people: tape.below(3) as u64, removals: tape.below(3) as u64 };
    let mut terms = BatchTerms::default().after(earlier);
    if tape.chance(20) {
        terms = terms.holding();
    }
    let mut batch = engine.checked_batch(&people, &company.holders(), &terms).unwrap();
    if batch.mass_removal && tape.chance(50) {
        let held_back = batch;
        batch = engine.checked_batch(&people, &company.holders(), &terms.permitting(&held_back.digest)).unwrap();
        assert!(!batch.mass_removal && batch.removals == held_back.removals && batch.digest == held_back.digest);
    }
    order.into_iter().zip(batch.plans.into_iter().map(|planned| planned.plan.unwrap())).collect()
}

/// Carries plans out in any order, each as far as its host comes before it crashes.
fn carry_out(plans: &[(usize, Plan)], company: &mut Company, tape: &mut Tape) {
    for place in shuffled((0..plans.len()).collect(), tape) {
        let most = if tape.chance(30) { tape.below(4) } else { usize::MAX };
        let (who, plan) = &plans[place];
        company.apply(*who, plan, most);
    }
}

fn shuffled(mut items: Vec<usize>, tape: &mut Tape) -> Vec<usize> {
    for end in (1..items.len()).rev() {
        items.swap(end, tape.below(end + 1));
    }
    items
}

/// A crash leaves nothing that the next login does not mend, and then there is nothing more to do.
fn settle(engine: &Engine, company: &mut Company, who: usize, tape: &mut Tape) {
    let login = login(tape, who);
    let plan = |company: &Company| {
        let person = Person::new(format!("u{who}"), login.clone(), company.snapshot(who));
        log_in(engine, &person, company)
    };
    let mut last = plan(company);
    company.apply(who, &last, usize::MAX);
    // This host counts active people as holders. Of somebody who was not, what is protected may only now be taken.
    if last.changes().any(|change| matches!(change, Change::Reactivate)) {
        last = plan(company);
        company.apply(who, &last, usize::MAX);
    }
    let again = plan(company);
    assert!(again.add.is_empty() && again.replace.is_empty() && again.remove.is_empty(), "{again} after {last}");
}
