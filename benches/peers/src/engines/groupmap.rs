//! groupmap, through its public API. Everything that this crate says of groupmap stands here.

use std::hint::black_box;
use std::rc::Rc;
use std::time::{Duration, Instant};

use groupmap::{Claims, Config, Draft, Engine, Identity, Plan, Reason, Scratch, Snapshot, Status, Target, Token};
use serde_json::json;

use super::token::token;
use super::{Answer, Peer, Reasons, note};
use crate::allocations::{Count, counted};
use crate::world::{Condition, World};

const SOURCE: &str = "acme-idp";

/// How many groups a memo may hold.
const MEMO: usize = 10_000;

/// One login, read before the clock starts. Timed: the plan, with everything that is part of it but its text.
pub(super) struct Groupmap {
    engine: Engine,
    identity: Identity,
    snapshot: Snapshot,
    scratch: Scratch,
    status: Option<Status>,
}

impl Groupmap {
    /// In memory that is used again.
    pub(super) fn prepare(world: &Rc<World>) -> Self {
        Self::within(world, Scratch::new())
    }

    /// The same, remembering the groups of the run before.
    pub(super) fn with_memo(world: &Rc<World>) -> Self {
        Self::within(world, Scratch::with_memo(MEMO))
    }

    fn within(world: &Rc<World>, scratch: Scratch) -> Self {
        let engine = compile(config(world));
        let identity = identify(&engine, &token(world));
        Self { engine, identity, snapshot: snapshot(world), scratch, status: None }
    }

    fn draft<'a>(&'a self, scratch: &'a mut Scratch) -> Draft<'a> {
        self.engine.draft(&self.identity, &self.snapshot, scratch).expect("the login can be planned")
    }
}

impl Peer for Groupmap {
    fn run(&mut self) {
        let draft = self.engine.draft(&self.identity, &self.snapshot, &mut self.scratch);
        self.status = draft.ok().map(|draft| black_box(draft).status());
    }

    /// Of a draft in a copy of the memory, which the runs before have filled.
    fn answer(&self) -> Option<Answer> {
        let mut scratch = self.scratch.clone();
        let draft = self.draft(&mut scratch);
        assert_eq!(self.status, Some(draft.status()));
        Some(answer(&draft.to_plan()))
    }
}

/// The same, with the plan written down: reasons, targets, what it was made from for its digest; nothing is used again.
pub(super) struct Written {
    login: Groupmap,
    plan: Option<Plan>,
}

impl Written {
    pub(super) fn prepare(world: &Rc<World>) -> Self {
        Self { login: Groupmap::prepare(world), plan: None }
    }
}

impl Peer for Written {
    fn run(&mut self) {
        self.plan = self.login.engine.plan(&self.login.identity, &self.login.snapshot).ok();
    }

    fn answer(&self) -> Option<Answer> {
        Some(answer(self.plan.as_ref().expect("the login can be planned")))
    }
}

/// Many people under one config, read before the clock starts.
pub(crate) struct Directory {
    engine: Engine,
    people: Vec<(Identity, Snapshot)>,
}

impl Directory {
    /// For people with these groups; each holds nine tenths of what is desired.
    pub(crate) fn prepare(world: &World, people: &[Vec<String>]) -> Self {
        let engine = compile(config(world));
        let people = people.iter().enumerate().map(|(place, groups)| {
            let token = json!({ "sub": format!("u{place}"), "groups": groups }).to_string();
            let identity = identify(&engine, token.as_bytes());
            let nothing = Snapshot::new(groupmap::Account::active()).with_revision("1");
            let desired = engine.plan(&identity, &nothing).expect("the login can be planned");
            let held = desired.add.into_iter().enumerate().filter(|(index, _)| (index + place) % 10 != 0);
            let held = held.map(|(_, added)| groupmap::Membership::managed(added.target, SOURCE));
            (identity, nothing.with_memberships(held))
        });
        let people = people.collect();
        Self { engine, people }
    }

    /// What each person holds, by name.
    pub(crate) fn held(&self) -> impl Iterator<Item = Vec<String>> + '_ {
        self.people.iter().map(|(_, snapshot)| {
            snapshot.memberships.iter().map(|membership| membership.target.name().to_owned()).collect()
        })
    }

    /// Plans for so many people, of whom these are all there are: what is added, removed and kept in all.
    pub(crate) fn preview(&self, people: usize, scratch: &mut Scratch) -> [usize; 3] {
        let mut totals = [0; 3];
        for (identity, snapshot) in self.people.iter().cycle().take(people) {
            let draft = self.engine.draft(identity, snapshot, scratch).expect("the login can be planned");
            for (total, more) in totals.iter_mut().zip([draft.add().len(), draft.remove().len(), draft.keep().len()]) {
                *total += more;
            }
        }
        totals
    }
}

/// Memory for a preview.
pub(crate) fn preview_memory() -> Scratch {
    Scratch::with_memo(MEMO)
}

/// From the bytes of a token: reading it is timed too.
pub(super) struct FromToken {
    token: Vec<u8>,
    login: Groupmap,
}

impl FromToken {
    pub(super) fn prepare(world: &Rc<World>) -> Self {
        Self { token: token(world), login: Groupmap::prepare(world) }
    }
}

impl Peer for FromToken {
    fn run(&mut self) {
        self.login.identity = identify(&self.login.engine, &self.token);
        self.login.run();
    }

    fn answer(&self) -> Option<Answer> {
        self.login.answer()
    }
}

/// What compiling a config and planning with it take, beside the time of a plan.
pub(crate) struct Costs {
    /// The median of a few.
    pub(crate) compile: Duration,
    /// What the config alone holds.
    pub(crate) config: Count,
    /// The config and what is compiled of it: `live` is what an engine holds.
    pub(crate) engine: Count,
    /// How many bytes it holds once it has planned.
    pub(crate) used: i64,
    /// One plan, without buffers from an earlier one.
    pub(crate) fresh: Count,
    /// One plan with the buffers of an earlier one.
    pub(crate) reused: Count,
    /// One plan, written down.
    pub(crate) written: Count,
}

impl Costs {
    pub(crate) fn of(world: &World, repetitions: usize) -> Self {
        let (config, alone) = counted(|| config(world));
        let mut times: Vec<Duration> = (0..repetitions)
            .map(|_| {
                let config = config.clone();
                let start = Instant::now();
                let engine = compile(config);
                let taken = start.elapsed();
                drop(engine);
                taken
            })
            .collect();
        times.sort();
        drop(config);
        let (engine, both) = counted(|| compile(self::config(world)));
        let identity = identify(&engine, &token(world));
        let snapshot = snapshot(world);
        let ((), first) = counted(|| drop(engine.plan(&identity, &snapshot)));
        let (_plan, written) = counted(|| engine.plan(&identity, &snapshot));
        let mut scratch = Scratch::new();
        let mut draft = || counted(|| engine.draft(&identity, &snapshot, &mut scratch).map(|draft| draft.status())).1;
        let (fresh, reused) = (draft(), draft());
        Self {
            compile: times[times.len() / 2],
            config: alone,
            engine: both,
            used: both.live + first.live,
            fresh,
            reused,
            written,
        }
    }
}

fn config(world: &World) -> Config {
    let target = |name: &String| json!({ "group": name });
    let rules = world.rules.iter().map(|rule| {
        let when = match &rule.condition {
            Condition::Name(name) => json!({ "name": name }),
            Condition::Id(id) => json!({ "id": id }),
            Condition::Regex(pattern) => json!({ "regex": pattern }),
        };
        json!({ "id": rule.id, "when": when, "grant": [target(&rule.target)] })
    });
    let document = json!({
        "version": 1,
        "unmatched": "admit",
        "source": { "id": SOURCE, "provider": "custom", "groups": { "claims": ["groups"], "identified_by": "auto" } },
        "catalog": world.catalog.iter().map(target).collect::<Vec<_>>(),
        "rules": rules.collect::<Vec<_>>(),
    });
    serde_json::from_value(document).expect("the config has the documented form")
}

fn compile(config: Config) -> Engine {
    Engine::compile(config).expect("the config is without mistakes")
}

fn identify(engine: &Engine, token: &[u8]) -> Identity {
    let token = Token::from_json(token).expect("the token is JSON");
    engine.normalize(&Claims::oidc(token)).expect("the token names a subject")
}

fn snapshot(world: &World) -> Snapshot {
    let held = world.held.iter().map(|held| groupmap::Membership::managed(Target::group(held), SOURCE));
    Snapshot::new(groupmap::Account::active()).with_revision("1").with_memberships(held)
}

fn answer(plan: &Plan) -> Answer {
    assert!(plan.replace.is_empty() && plan.withheld.is_empty() && plan.notes.is_empty(), "nothing is in doubt");
    let names = |targets: &mut dyn Iterator<Item = &Target>| {
        let mut names: Vec<String> = targets.map(|target| target.name().to_owned()).collect();
        names.sort();
        names
    };
    let mut reasons = Reasons::new();
    let added = plan.add.iter().map(|change| (&change.target, &change.because));
    let kept = plan.keep.iter().map(|change| (&change.target, &change.because));
    for (target, because) in added.chain(kept) {
        for reason in because {
            match reason {
                Reason::Rule { rule, group: Some(group), .. } => note(&mut reasons, target.name(), rule, group),
                other => panic!("only rules grant here, and groups meet them: {other:?}"),
            }
        }
    }
    Answer {
        add: names(&mut plan.add.iter().map(|change| &change.target)),
        remove: names(&mut plan.remove.iter().map(|change| &change.target)),
        keep: names(&mut plan.keep.iter().map(|change| &change.target)),
        reasons: Some(reasons),
    }
}
