//! Every small world there is: up to three rules over three groups and three targets, every authority, every way to
//! choose in a slot, everything that may be held and by whom, every state of the account, what becomes of those whom
//! nothing matches, every number of holders, and evidence that is complete or not. Plans on missing evidence are held
//! against every way in which the evidence could be completed.
//!
//! Worlds that differ by the names of groups alone are one. A test looks at every so many configs and at all their
//! worlds; `cargo test --release --test suite small_worlds -- --ignored --nocapture` looks at all.

use std::collections::BTreeSet;

use groupmap::{
    Account, AccountChange, AccountStatus, Accounts, Authority, Catalogued, Choose, Claims, Condition, Config, Draft,
    Effect, Engine, Holders, Identity, Membership, NoteCode, Provider, Rule, Scratch, Slot, Snapshot, Source, Target,
    Token, Unmatched, Value as Claim, verify,
};
use serde_json::{Value, json};

use crate::agreement::count;
use crate::comparison::bare;
use crate::reference::Model;

const GROUPS: [&str; 3] = ["a", "b", "c"];
const CONDITIONS: usize = 6;
const RULES: usize = CONDITIONS * 2 * 3;

/// A rule by its number: a group or its absence, grant or deny, a target.
#[derive(Clone, Copy)]
struct Small {
    group: usize,
    negated: bool,
    denies: bool,
    target: usize,
}

impl Small {
    fn of(code: usize) -> Small {
        Small { group: code % 3, negated: code / 3 % 2 == 1, denies: code / 6 % 2 == 1, target: code / 12 }
    }

    fn code(self) -> usize {
        self.group + 3 * usize::from(self.negated) + 6 * usize::from(self.denies) + 12 * self.target
    }

    fn rule(self, at: usize, targets: &[Target; 3]) -> Rule {
        let name = Condition::name(GROUPS[self.group]);
        let when = if self.negated { Condition::not(name) } else { name };
        let (id, target) = (format!("r{at}"), [targets[self.target].clone()]);
        let rule = if self.denies { Rule::deny(&id, when, target) } else { Rule::grant(&id, when, target) };
        rule.priority(i64::try_from(at).unwrap())
    }
}

/// Sets of up to three rules, one for each class of sets that differ by the names of groups.
fn rule_sets() -> Vec<Vec<usize>> {
    let mut sets: Vec<Vec<usize>> = (0..RULES).map(|a| vec![a]).collect();
    for a in 0..RULES {
        for b in a + 1..RULES {
            sets.push(vec![a, b]);
            sets.extend((b + 1..RULES).map(|c| vec![a, b, c]));
        }
    }
    assert_eq!(sets.len(), 36 + 630 + 7_140);
    sets.retain(|set| is_least(set));
    sets
}

fn is_least(set: &[usize]) -> bool {
    [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]].iter().all(|names| {
        let mut renamed: Vec<usize> = set
            .iter()
            .map(|code| {
                let rule = Small::of(*code);
                Small { group: names[rule.group], ..rule }.code()
            })
            .collect();
        renamed.sort_unstable();
        set <= &*renamed
    })
}

/// How the three targets stand to each other.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Shape {
    Apart,
    Slot(Choose),
    /// An organization and two targets in it.
    Organization,
}

const SHAPES: [Shape; 5] = [
    Shape::Apart,
    Shape::Slot(Choose::Highest),
    Shape::Slot(Choose::Priority),
    Shape::Slot(Choose::Unambiguous),
    Shape::Organization,
];

impl Shape {
    fn targets(self) -> [Target; 3] {
        match self {
            Shape::Organization => {
                let inside = |name| Target::role(name).in_organization("acme");
                [Target::organization("acme"), inside("x"), inside("y")]
            }
            _ => ["x", "y", "z"].map(Target::role),
        }
    }
}

fn config(rules: &[usize], shape: Shape, authority: Authority, unmatched: Unmatched) -> Config {
    let targets = shape.targets();
    let catalog = targets.iter().zip([2, 1, 3]).enumerate().map(|(at, (target, rank))| {
        let entry = Catalogued::new(target.clone()).rank(rank);
        if at == 1 { entry.keep_at_least(1) } else { entry }
    });
    let mut accounts = Accounts::default();
    accounts.reactivate = true;
    let slots = match shape {
        Shape::Slot(choose) => vec![Slot::new("role", choose)],
        _ => Vec::new(),
    };
    Config::new(Source::new("idp", Provider::Okta))
        .with_authority(authority)
        .with_unmatched(unmatched)
        .with_accounts(accounts)
        .with_catalog(catalog)
        .with_slots(slots)
        .with_rules(rules.iter().enumerate().map(|(at, code)| Small::of(*code).rule(at, &targets)))
}

/// What becomes of those whom no rule gives anything.
fn unmatched(which: usize, shape: Shape) -> Unmatched {
    match which {
        0 => Unmatched::Refuse,
        1 => Unmatched::Deactivate,
        2 => Unmatched::Admit,
        _ => Unmatched::Grant(shape.targets()[..1].to_vec()),
    }
}

fn seen(mask: usize) -> Vec<&'static str> {
    (0..3).filter(|group| mask >> group & 1 == 1).map(|group| GROUPS[group]).collect()
}

fn claims(mask: usize, complete: bool) -> Claims {
    let groups: Claim = seen(mask).into_iter().collect();
    let mut token = vec![("sub", Claim::from("u1")), ("groups", groups)];
    if !complete {
        token.push(("hasgroups", Claim::from(true)));
    }
    Claims::oidc(Token::new(token).unwrap())
}

/// Everything that an active or inactive person could hold, and somebody new, with every count of the protected target.
fn snapshots(shape: Shape) -> Vec<Snapshot> {
    let targets = shape.targets();
    let mut snapshots = Vec::new();
    let people = (0..64_usize).flat_map(|code| [(Account::active(), code), (Account::inactive(), code)]);
    for (account, code) in people.chain([(Account::absent(), 0)]) {
        let held = targets.iter().enumerate().filter_map(|(at, target)| match code >> (2 * at) & 3 {
            0 => None,
            1 => Some(Membership::managed(target.clone(), "idp")),
            2 => Some(Membership::manual(target.clone())),
            _ => Some(Membership::managed(target.clone(), "other")),
        });
        let person = Snapshot::new(account).with_revision("1").with_memberships(held);
        snapshots.push(person.clone());
        snapshots.extend([1, 2].map(|count| person.clone().with_holders([Holders::new(targets[1].clone(), count)])));
    }
    snapshots
}

/// What one plan comes to.
struct Outcome {
    given: BTreeSet<Target>,
    wanted: BTreeSet<Target>,
    taken: BTreeSet<Target>,
    is_let_in: bool,
    is_switched_off: bool,
    is_undecided: bool,
}

impl Outcome {
    fn of(draft: &Draft<'_>) -> Outcome {
        let replaced = || draft.replace().map(|(new, _)| new);
        let given: BTreeSet<Target> = draft.add().chain(replaced()).cloned().collect();
        Outcome {
            wanted: given.iter().cloned().chain(draft.keep().cloned()).collect(),
            taken: draft.remove().chain(draft.replace().map(|(_, old)| old)).cloned().collect(),
            is_let_in: draft.access() == groupmap::Access::Granted,
            is_switched_off: draft.account() == AccountChange::Deactivate,
            is_undecided: draft.notes().any(|code| code == NoteCode::Undecided),
            given,
        }
    }
}

#[derive(Default)]
struct Counts {
    configs: usize,
    plans: usize,
    completions: usize,
    compared: usize,
}

/// Looks at the worlds of every so many configs; every so many plans are compared with the model.
fn look(stride: usize, model_stride: usize) -> Counts {
    let mut counts = Counts::default();
    let mut scratch = Scratch::new();
    let authorities = [Authority::Managed, Authority::Exclusive, Authority::Additive];
    let everybody: Vec<(Shape, Vec<Snapshot>)> = SHAPES.map(|shape| (shape, snapshots(shape))).into();
    let sets = rule_sets();
    let worlds = sets.iter().flat_map(|set| everybody.iter().map(move |shape| (set, shape)));
    let worlds = worlds.flat_map(|world| (0..4).map(move |unmatched| (world, unmatched)));
    for ((set, (shape, snapshots)), which) in worlds.step_by(stride) {
        for authority in authorities {
            let config = config(set, *shape, authority, unmatched(which, *shape));
            let document = serde_json::to_value(&config).unwrap();
            let engine = Engine::compile(config).unwrap_or_else(|problems| panic!("{problems}\n{document}"));
            counts.configs += 1;
            judge(&engine, &document, *shape, snapshots, &mut scratch, (&mut counts, model_stride));
        }
    }
    counts
}

/// All worlds of one config.
fn judge(
    engine: &Engine,
    document: &Value,
    shape: Shape,
    snapshots: &[Snapshot],
    scratch: &mut Scratch,
    (counts, model_stride): (&mut Counts, usize),
) {
    let identities =
        |complete| -> Vec<Identity> { (0..8).map(|mask| engine.normalize(&claims(mask, complete)).unwrap()).collect() };
    let (complete, cut) = (identities(true), identities(false));
    for (place, snapshot) in snapshots.iter().enumerate() {
        let is_in = snapshot.account.status == AccountStatus::Active;
        let outcome = |identity: &Identity, scratch: &mut Scratch| {
            Outcome::of(&engine.draft(identity, snapshot, scratch).unwrap())
        };
        let certain: Vec<Outcome> = complete.iter().map(|identity| outcome(identity, scratch)).collect();
        for mask in 0..8 {
            let open = outcome(&cut[mask], scratch);
            let world = || format!("{shape:?}, {:?} seen, {snapshot:?}\n{document}", seen(mask));
            for completion in (0..8).filter(|completion| completion & mask == mask) {
                let then = &certain[completion];
                counts.completions += 1;
                // Nothing goes that some completion wants.
                let lost = open.taken.iter().find(|target| then.wanted.contains(target));
                assert!(lost.is_none(), "{lost:?} goes, and {:?} would keep it: {}", seen(completion), world());
                // Who is in is refused and switched off only where every completion says so, and who is not in comes
                // in only then.
                let agreed = if is_in {
                    (open.is_let_in || !then.is_let_in) && (!open.is_switched_off || then.is_switched_off)
                } else {
                    (!open.is_let_in || then.is_let_in) && !open.is_switched_off
                };
                assert!(agreed, "access is not what it is with {:?}: {}", seen(completion), world());
                // Nothing comes that some completion does not want, but in a slot a certain candidate that an undecided
                // one may only outrank.
                let stand_in = matches!(shape, Shape::Slot(_)) && open.is_undecided;
                let rash = open.given.iter().find(|target| !then.wanted.contains(target) && !stand_in);
                assert!(rash.is_none(), "{rash:?} comes, and {:?} would not give it: {}", seen(completion), world());
            }
            counts.plans += 2;
            if (counts.plans / 2 + place) % model_stride == 0 {
                for (identity, is_complete) in [(&complete[mask], true), (&cut[mask], false)] {
                    compare(engine, document, identity, snapshot, &claims_document(mask, is_complete));
                    counts.compared += 1;
                }
            }
        }
    }
}

fn claims_document(mask: usize, complete: bool) -> Value {
    let mut token = json!({ "sub": "u1", "groups": seen(mask) });
    if !complete {
        token["hasgroups"] = json!(true);
    }
    json!({ "id_token": token })
}

/// The plan is what the model says, and the checker has nothing to say.
fn compare(engine: &Engine, document: &Value, identity: &Identity, snapshot: &Snapshot, login: &Value) {
    let plan = engine.plan(identity, snapshot).unwrap();
    let violations = verify(&plan, engine, identity, snapshot);
    assert!(violations.is_empty(), "{violations:?}\n{plan}\n{document}");
    let snapshot = serde_json::to_value(snapshot).unwrap();
    let model = Model::compile(document).unwrap().plan(login, &snapshot, &Value::Null);
    let engine = json!({ "plan": serde_json::to_value(&plan).unwrap() });
    assert_eq!(bare(&model), bare(&engine), "{document}\n{login}\n{snapshot}");
}

#[test]
fn there_is_one_set_of_rules_for_each_renaming_of_groups() {
    let sets = rule_sets();
    assert!(sets.iter().all(|set| set.iter().all(|code| Small::of(*code).code() == *code)));
    // Burnside: the sets that each renaming leaves alone, over six.
    let fixed = |names: [usize; 3]| {
        let rename = |code: usize| {
            let rule = Small::of(code);
            Small { group: names[rule.group], ..rule }.code()
        };
        let kept = |set: &[usize]| set.iter().all(|code| set.contains(&rename(*code)));
        let mut count = 0;
        for a in 0..RULES {
            count += usize::from(kept(&[a]));
            for b in a + 1..RULES {
                count += usize::from(kept(&[a, b]));
                count += (b + 1..RULES).filter(|c| kept(&[a, b, *c])).count();
            }
        }
        count
    };
    let all = [[0, 1, 2], [0, 2, 1], [2, 1, 0], [1, 0, 2], [1, 2, 0], [2, 0, 1]];
    assert_eq!(sets.len(), all.map(fixed).iter().sum::<usize>() / 6);
}

#[test]
fn p15_p16_p21_no_completion_contradicts_a_plan_in_a_share_of_all_small_worlds() {
    // One config in 641 where as many worlds are tried as before a change lands, else one in 6,411: odd numbers, so that
    // shapes and settings take turns.
    let fewer = if count() < 20_000 { 10 } else { 1 };
    let counts = look(640 * fewer + 1, 211);
    assert!(
        counts.configs > 100 / fewer && counts.plans > 300_000 / fewer && counts.compared > 500 / fewer,
        "{} plans",
        counts.plans
    );
}

#[test]
#[ignore = "takes minutes, and is meant for a release build"]
#[expect(clippy::print_stdout, reason = "how many there were is what is asked for")]
fn p15_p16_p21_p60_no_completion_contradicts_a_plan_in_any_small_world() {
    let counts = look(1, 1_009);
    let Counts { configs, plans, completions, compared } = counts;
    println!("{configs} configs, {plans} plans, {completions} completions, {compared} compared with the model");
    assert!(plans > 50_000_000, "{plans} plans");
}

/// The effect of a rule is what its number says.
#[test]
fn small_rules_are_what_they_are_numbered() {
    let targets = Shape::Apart.targets();
    let rule = Small::of(12 + 6 + 3 + 2).rule(0, &targets);
    assert_eq!(rule.when, Condition::not(Condition::name("c")));
    assert_eq!(rule.effect, Effect::Deny(vec![targets[1].clone()]));
}
