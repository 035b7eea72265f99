//! Worlds to measure in: a config, a login and what the person holds, made from numbers, so that each run measures the
//! same; each found to have the reference model's answer before it is timed.

use groupmap::{Claims, Config, Engine, Identity, Snapshot};
use serde_json::{Value, json};

#[expect(dead_code, reason = "a bench asks for no answers")]
#[path = "../../tests/suite/checked.rs"]
mod checked;
#[path = "../../tests/suite/comparison.rs"]
mod comparison;
#[path = "../../tests/suite/reference/mod.rs"]
mod reference;

pub use reference::Model;

/// How many groups a login has, of which a tenth meets a rule.
pub const GROUPS: usize = 150;

/// What the rules and the login are like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// 80 % exact names, 15 % object ids, 5 % regular expressions that begin with a text of their own.
    Typical,
    /// The same, but of the regular expressions some end with such a text, some hold it within, and a few hold none.
    Mixed,
    /// Nothing but regular expressions.
    AllRegex,
    /// Nothing but regular expressions that begin and end alike.
    SharedAffixes,
    /// Typical rules, of which every group meets one.
    EverythingMatches,
    /// Typical rules, of which no group meets one.
    NothingMatches,
    /// Typical conditions, each with another one under a `not`.
    NotEverywhere,
    /// Typical rules, and ten thousand memberships.
    ManyHeld,
    /// Typical rules, and the provider says that it left groups out.
    Incomplete,
}

impl Shape {
    pub const ALL: [Self; 9] = [
        Self::Typical,
        Self::Mixed,
        Self::AllRegex,
        Self::SharedAffixes,
        Self::EverythingMatches,
        Self::NothingMatches,
        Self::NotEverywhere,
        Self::ManyHeld,
        Self::Incomplete,
    ];

    /// What rule `number` asks for, and a group that meets it.
    fn condition(self, number: usize) -> (Value, String) {
        let regex = |pattern: String, group: String| (json!({ "regex": pattern }), group);
        let begins = || regex(format!("team-{number:05}-[a-z]+"), format!("team-{number:05}-engineering"));
        match (self, number % 20) {
            (Self::AllRegex, _) => begins(),
            (Self::SharedAffixes, _) => {
                regex(format!("team-[a-z]+-{number:05}-[a-z]+-members"), format!("team-blue-{number:05}-night-members"))
            }
            (Self::Mixed, 0) => match number / 20 % 10 {
                1 | 2 => regex(format!("[a-z]+-{number:05}-admins"), format!("operations-{number:05}-admins")),
                3..=5 => regex(format!(".*-{number:05}-.*"), format!("emea-{number:05}-night")),
                6 if number < 2_000 => {
                    let letters = 3 + number / 200;
                    regex(format!("[a-z]{{{letters}}}[0-9]{{4}}x?"), format!("{}0815", "z".repeat(letters)))
                }
                _ => begins(),
            },
            (_, 0) => begins(),
            (_, 1..=3) => (json!({ "id": guid(number) }), guid(number)),
            _ => (json!({ "name": format!("department-{number:05}-staff") }), format!("department-{number:05}-staff")),
        }
    }

    /// A request with so many rules.
    pub fn request(self, rules: usize) -> Value {
        let targets = if self == Self::ManyHeld { 10_000 } else { rules.min(997) };
        let target = |number: usize| json!({ "group": format!("target-{:05}", number % targets) });
        let rule = |number: usize| {
            let mut when = self.condition(number).0;
            if self == Self::NotEverywhere {
                when = json!({ "all": [when, { "not": self.condition(number + 1).0 }] });
            }
            json!({ "id": format!("r{number:05}"), "when": when, "grant": [target(number)] })
        };
        let matching = match self {
            Self::EverythingMatches => GROUPS.min(rules),
            Self::NothingMatches => 0,
            _ => (GROUPS / 10).min(rules),
        };
        let met: Vec<usize> = (0..matching).map(|index| index * rules / matching).collect();
        let mut groups: Vec<String> = met.iter().map(|number| self.condition(*number).1).collect();
        groups.extend((groups.len()..GROUPS).map(|number| format!("unmapped-{:06}-everybody", scattered(number))));
        let mut held: Vec<usize> = met.iter().skip(matching.div_ceil(10)).map(|number| number % targets).collect();
        if self == Self::ManyHeld {
            held = (1..targets).collect();
        }
        held.sort_unstable();
        held.dedup();
        let held = held.into_iter().map(|number| {
            let mut held = target(number);
            held["managed_by"] = "acme-idp".into();
            held
        });
        let mut token = json!({ "sub": "u1", "groups": groups });
        if self == Self::Incomplete {
            token["hasgroups"] = true.into();
        }
        json!({
            "config": {
                "version": 1,
                "unmatched": "admit",
                "source": {
                    "id": "acme-idp", "provider": "custom",
                    "groups": { "claims": ["groups"], "identified_by": "auto" },
                },
                "catalog": (0..targets).map(target).collect::<Vec<_>>(),
                "rules": (0..rules).map(rule).collect::<Vec<_>>(),
            },
            "login": { "id_token": token },
            "snapshot": {
                "revision": "1", "account": { "status": "active" },
                "memberships": held.collect::<Vec<_>>(), "holders": [],
            },
        })
    }
}

/// A request that is ready to be planned.
pub struct World {
    pub request: Value,
    pub engine: Engine,
    pub identity: Identity,
    pub snapshot: Snapshot,
}

impl World {
    /// Reads a request, and finds the model's answer to be the engine's.
    pub fn new(shape: Shape, rules: usize) -> Self {
        let request = shape.request(rules);
        let engine = Engine::compile(part::<Config>(&request, "config")).unwrap();
        let identity = engine.normalize(&part::<Claims>(&request, "login")).unwrap();
        let snapshot: Snapshot = part(&request, "snapshot");
        let world = Self { request, engine, identity, snapshot };
        let plan = world.engine.plan(&world.identity, &world.snapshot).unwrap();
        let model = Model::compile(&world.request["config"]).unwrap();
        assert_eq!(comparison::bare(&json!({ "plan": plan })), comparison::bare(&world.modelled(&model)), "{shape:?}");
        world
    }

    /// The reference model's answer.
    pub fn modelled(&self, model: &Model) -> Value {
        model.plan(&self.request["login"], &self.request["snapshot"], &Value::Null)
    }
}

/// A part of a request.
pub fn part<T: serde::de::DeserializeOwned>(request: &Value, name: &str) -> T {
    serde_json::from_value(request[name].clone()).unwrap()
}

/// A number that looks random and is the same in every run.
pub fn scattered(seed: usize) -> usize {
    (seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20) & 0xF_FFFF
}

fn guid(number: usize) -> String {
    format!("{:08x}-0000-4000-8000-{number:012x}", scattered(number))
}
