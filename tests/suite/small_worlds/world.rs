//! What a small world is made of: rules, settings, people and logins.

use groupmap::{
    Account, Accounts, AtLimit, Authority, Catalogued, Choose, Completeness, Condition, Config, GroupLimit,
    GroupSettings, Holders, Membership, OverLimit, Provider, Rule, Slot, Snapshot, Source, Target, Unmatched,
};
use serde_json::{Value, json};

const GROUPS: [&str; 3] = ["a", "b", "c"];
/// Groups that no rule names: with one of these there can be as many groups as the limit, or more.
const OTHERS: [&str; 5] = ["o1", "o2", "o3", "o4", "o5"];
/// One more than there are groups that rules name, so that a list without others is complete.
const LIMIT: usize = 4;
const CONDITIONS: usize = 6;
pub const RULES: usize = CONDITIONS * 2 * 3;

/// A rule by its number: a group or its absence, grant or deny, a target.
#[derive(Clone, Copy)]
pub struct Small {
    pub group: usize,
    pub negated: bool,
    pub denies: bool,
    pub target: usize,
}

impl Small {
    pub fn of(code: usize) -> Small {
        Small { group: code % 3, negated: code / 3 % 2 == 1, denies: code / 6 % 2 == 1, target: code / 12 }
    }

    pub fn code(self) -> usize {
        self.group + 3 * usize::from(self.negated) + 6 * usize::from(self.denies) + 12 * self.target
    }

    pub fn rule(self, at: usize, targets: &[Target; 3]) -> Rule {
        let name = Condition::name(GROUPS[self.group]);
        let when = if self.negated { Condition::not(name) } else { name };
        let (id, target) = (format!("r{at}"), [targets[self.target].clone()]);
        let rule = if self.denies { Rule::deny(&id, when, target) } else { Rule::grant(&id, when, target) };
        rule.priority(i64::try_from(at).unwrap())
    }
}

/// Sets of up to three rules, one for each class of sets that differ by the names of groups.
pub fn rule_sets() -> Vec<Vec<usize>> {
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
pub enum Shape {
    Apart,
    Slot(Choose),
    /// An organization and two targets in it.
    Organization,
}

impl Shape {
    pub fn targets(self) -> [Target; 3] {
        match self {
            Shape::Organization => {
                let inside = |name| Target::role(name).in_organization("acme");
                [Target::organization("acme"), inside("x"), inside("y")]
            }
            _ => ["x", "y", "z"].map(Target::role),
        }
    }
}

/// All of a config but its rules.
#[derive(Clone, Debug)]
pub struct Settings {
    pub shape: Shape,
    pub authority: Authority,
    pub unmatched: Unmatched,
}

impl Settings {
    pub fn all() -> Vec<Settings> {
        let choices = [Choose::Highest, Choose::Priority, Choose::Specificity, Choose::Unambiguous];
        let shapes = [Shape::Apart, Shape::Organization].into_iter().chain(choices.map(Shape::Slot));
        let mut all = Vec::new();
        for shape in shapes {
            let grant = |count| Unmatched::Grant(shape.targets()[..count].to_vec());
            for unmatched in [Unmatched::Refuse, Unmatched::Deactivate, Unmatched::Admit, grant(1), grant(2)] {
                for authority in [Authority::Managed, Authority::Exclusive, Authority::Additive] {
                    all.push(Settings { shape, authority, unmatched: unmatched.clone() });
                }
            }
        }
        all
    }

    pub fn config(&self, rules: &[usize]) -> Config {
        let targets = self.shape.targets();
        let catalog = targets.iter().zip([2, 1, 3]).enumerate().map(|(at, (target, rank))| {
            let entry = Catalogued::new(target.clone()).rank(rank);
            if at == 1 { entry.keep_at_least(1) } else { entry }
        });
        let mut accounts = Accounts::default();
        accounts.reactivate = true;
        let slots = match self.shape {
            Shape::Slot(choose) => vec![Slot::new("role", choose)],
            _ => Vec::new(),
        };
        let limit = GroupLimit::At { count: LIMIT as u64, at: AtLimit::Suspect, over: OverLimit::Incomplete };
        let source = Source::new("idp", Provider::Okta).with_groups(GroupSettings::default().limit(limit));
        Config::new(source)
            .with_authority(self.authority)
            .with_unmatched(self.unmatched.clone())
            .with_accounts(accounts)
            .with_catalog(catalog)
            .with_slots(slots)
            .with_rules(rules.iter().enumerate().map(|(at, code)| Small::of(*code).rule(at, &targets)))
    }
}

/// A login in which some of the groups are seen.
pub struct Login {
    /// A bit for each group.
    pub seen: usize,
    pub completeness: Completeness,
    pub claims: Value,
}

impl Login {
    /// Every set of groups, seen in full and in each way that is not in full.
    pub fn all() -> Vec<Login> {
        let mut all = Vec::new();
        for completeness in [
            Completeness::Complete,
            Completeness::Suspect,
            Completeness::OverLimit,
            Completeness::Malformed,
            Completeness::Overage,
        ] {
            all.extend((0..8).map(|seen| Login::new(seen, completeness)));
        }
        all.push(Login::new(0, Completeness::Absent));
        all
    }

    fn new(seen: usize, completeness: Completeness) -> Login {
        let mut groups: Vec<Value> =
            (0..3).filter(|group| seen >> group & 1 == 1).map(|group| json!(GROUPS[group])).collect();
        let others = |count: usize| OTHERS[..count].iter().map(|other| json!(other));
        match completeness {
            Completeness::Suspect => groups.extend(others(LIMIT - groups.len())),
            Completeness::OverLimit => groups.extend(others(LIMIT + 1 - groups.len())),
            Completeness::Malformed => groups.push(json!(7)),
            _ => {}
        }
        let mut token = json!({ "sub": "u1", "groups": groups });
        match completeness {
            Completeness::Overage => token["hasgroups"] = json!(true),
            Completeness::Absent => drop(token.as_object_mut().unwrap().remove("groups")),
            _ => {}
        }
        Login { seen, completeness, claims: json!({ "id_token": token }) }
    }

    /// Whether the groups of the person can be these.
    pub fn can_be(&self, groups: usize) -> bool {
        groups & self.seen == self.seen
    }
}

/// Everything that an active or inactive person could hold, and somebody new, with every count of the protected target.
pub fn snapshots(shape: Shape) -> Vec<Snapshot> {
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
