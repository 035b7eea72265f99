//! A directory that is made up: any person of it can be made from a number, so that nothing is kept.

use groupmap::{
    Account, Catalogued, Claims, Condition, Config, Membership, Provider, Rule, Snapshot, Source, Target, Token, Value,
};

pub(crate) const RULES: u64 = 10_000;
pub(crate) const GROUPS_EACH: u64 = 20;
/// Rules give these many teams.
const TEAMS: u64 = 500;
/// How many groups the directory has: no rule names half of them.
const GROUPS: u64 = 2 * RULES;

/// Rules by exact names, and a pattern in every hundred.
pub(crate) fn config() -> Config {
    let teams = (0..TEAMS).map(|team| Catalogued::new(self::team(team)));
    let admin = Catalogued::new(Target::role("admin")).privileged().keep_at_least(1);
    let rules = (0..RULES).map(|rule| {
        let when = match rule % 100 {
            99 => Condition::glob(format!("*-{rule}-*")),
            _ => Condition::name(group(rule)),
        };
        let target = if rule == 0 { Target::role("admin") } else { team(rule % TEAMS) };
        Rule::grant(&format!("rule-{rule}"), when, [target])
    });
    Config::new(Source::new("directory", Provider::Okta)).with_catalog(teams.chain([admin])).with_rules(rules)
}

fn team(team: u64) -> Target {
    Target::team(&format!("team-{team}"))
}

fn group(group: u64) -> String {
    format!("Group-{group}-Members")
}

/// The person of this number: most are active, and hold something already.
pub(crate) fn person(person: u64) -> (Claims, Snapshot) {
    let groups = (0..GROUPS_EACH).map(|index| group(scattered(person * GROUPS_EACH + index) % GROUPS));
    // Of one in a hundred the provider says nothing.
    let groups = (person % 100 != 7).then(|| ("groups", groups.map(|group| Value::from(&*group)).collect::<Value>()));
    let claims = [("sub", Value::from(&*format!("u{person}")))].into_iter().chain(groups);
    // The keys differ, so there is a token.
    let claims = Claims::oidc(Token::new(claims).unwrap());
    let held =
        [person % TEAMS, scattered(person) % TEAMS].map(|team| Membership::managed(self::team(team), "directory"));
    let different = usize::from(held[0].target != held[1].target) + 1;
    let snapshot = match person % 10 {
        0 => Snapshot::new(Account::absent()),
        _ => Snapshot::new(Account::active()).with_memberships(held.into_iter().take(different)),
    };
    (claims, snapshot)
}

/// A number that looks as if it had nothing to do with this one.
fn scattered(number: u64) -> u64 {
    let mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (mixed ^ (mixed >> 29)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 16
}
