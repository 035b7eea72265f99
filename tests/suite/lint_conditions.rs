//! What lints say of conditions that are not plain: templates, other claims, and claims that are the groups.

use groupmap::lint::LintCode::{self, *};

use crate::lint::with;

/// A config around rules; `claims` are the groups claims, as TOML.
fn codes(claims: &str, absent: &str, rules: &str) -> Vec<LintCode> {
    let head = format!(
        r#"source = {{ id = "s", provider = "okta", groups = {{ claims = {claims} }}, attributes = {{ absent = "{absent}" }} }}
catalog = [{{ flag = "staff" }}, {{ team = "red" }}, {{ team = "blue" }}, {{ organization = "o", team = "red" }}]"#
    );
    let interesting =
        [NeverMatters, DuplicateRule, NeverTrue, AlwaysTrue, AlwaysDenied, GrantThroughNot, DenyWithoutGrant];
    let found = with(&head, rules).into_iter().map(|lint| lint.code);
    found.filter(|code| interesting.contains(code)).collect()
}

fn of(rules: &str) -> Vec<LintCode> {
    codes(r#"["groups"]"#, "unknown", rules)
}

const NOTHING: [LintCode; 0] = [];

/// Two rules that grant a flag, by these conditions.
fn two(one: &str, other: &str) -> Vec<LintCode> {
    of(&format!(
        r#"rules = [{{ id = "a", when = {one}, grant = [{{ flag = "staff" }}] }}, {{ id = "b", when = {other}, grant = [{{ flag = "staff" }}, {{ team = "red" }}, {{ team = "blue" }}] }}]"#
    ))
}

#[test]
fn templates_are_duplicates_of_themselves_and_claimed_of_nothing_else() {
    let rules = |one: &str, other: &str| of(&format!("rules = [{one}, {other}]"));
    let template = |id: &str, pattern: &str, target: &str| {
        format!(r#"{{ id = "{id}", when = {{ regex = "{pattern}" }}, grant = [{target}] }}"#)
    };
    let (pattern, team) = ("t-(?<t>[a-z]+)", r#"{ team = "{t}" }"#);
    assert_eq!(rules(&template("a", pattern, team), &template("b", pattern, team)), [DuplicateRule]);
    // Another place for the captured text, another pattern, another weight: no duplicates, whatever else they are.
    let within = r#"{ organization = "o", team = "{t}" }"#;
    assert_eq!(rules(&template("a", pattern, team), &template("b", pattern, within)), NOTHING);
    assert_eq!(rules(&template("a", pattern, team), &template("b", "t-(?<t>.+)", team)), NOTHING);
    let weighed = template("b", pattern, team).replace("{ id = \"b\"", "{ id = \"b\", priority = 1");
    assert_eq!(rules(&template("a", pattern, team), &weighed), NOTHING);
    // A plain rule that a template covers, and a template that a plain rule covers: neither is claimed.
    let plain = r#"{ id = "p", when = { name = "t-red" }, grant = [{ team = "red" }] }"#;
    assert_eq!(rules(&template("a", pattern, team), plain), NOTHING);
    let wide = r#"{ id = "p", when = { glob = "t-*" }, grant = [{ team = "red" }, { team = "blue" }] }"#;
    assert_eq!(rules(&template("a", pattern, team), wide), NOTHING);
    // What a template could grant is granted.
    let denied = r#"{ id = "d", when = { name = "x" }, deny = [{ team = "red" }] }"#;
    assert_eq!(rules(&template("a", pattern, team), denied), NOTHING);
    let never = template("a", pattern, team).replace(
        &format!(r#"{{ regex = "{pattern}" }}"#),
        &format!(r#"{{ all = [{{ regex = "{pattern}" }}, {{ not = {{ glob = "t*" }} }}] }}"#),
    );
    assert_eq!(rules(&never, plain), [NeverTrue]);
}

#[test]
fn tests_of_claims_are_compared_by_their_values() {
    let attribute = |test: &str| format!(r#"{{ attribute = {{ name = "d", {test} }} }}"#);
    let covered = [
        (r#"equals = "eng""#, r#"one_of = ["eng", "it"]"#),
        ("equals = 7", "one_of = [7.0, 8]"),
        (r#"one_of = ["eng", "it"]"#, r#"regex = "[a-z]+""#),
        (r#"glob = "e*g""#, r#"regex = "e.*""#),
        ("equals = 7", "present = true"),
        (r#"regex = "a""#, "present = true"),
    ];
    for (narrow, wide) in covered {
        assert_eq!(two(&attribute(narrow), &attribute(wide)), [NeverMatters], "{narrow} {wide}");
    }
    let apart = [
        ("equals = 7", r#"equals = "7""#),
        (r#"equals = "true""#, "equals = true"),
        (r#"one_of = ["eng", 7]"#, r#"regex = ".*""#),
        (r#"regex = "[a-z]*""#, r#"regex = "[a-z]+""#),
    ];
    for (one, other) in apart {
        assert_eq!(two(&attribute(one), &attribute(other)), NOTHING, "{one} {other}");
    }
    // A claim that is missing is not known to be missing, unless the source says that it is.
    let missing = |absent: &str| {
        let when = attribute("present = false");
        let rules = r#"rules = [{ id = "a", when = WHEN, grant = [{ flag = "staff" }] }]"#;
        codes(r#"["groups"]"#, absent, &rules.replace("WHEN", &when))
    };
    assert_eq!(missing("unknown"), [NeverTrue]);
    assert_eq!(missing("empty"), NOTHING);
    // Another claim is another thing, and so is a group.
    assert_eq!(two(&attribute(r#"equals = "x""#), r#"{ attribute = { name = "e", equals = "x" } }"#), NOTHING);
    assert_eq!(two(&attribute(r#"equals = "x""#), r#"{ name = "x" }"#), NOTHING);
}

#[test]
fn united_conditions_are_compared_member_by_member() {
    let d = r#"{ attribute = { name = "d", equals = "eng" } }"#;
    let wide = format!(r#"{{ any = [{{ name = "y" }}, {d}, {{ name = "x" }}] }}"#);
    assert_eq!(two(&format!(r#"{{ any = [{{ name = "x" }}, {d}] }}"#), &wide), [NeverMatters]);
    assert_eq!(two(&format!(r#"{{ all = [{{ name = "z" }}, {d}] }}"#), &wide), [NeverMatters]);
    assert_eq!(two(&format!(r#"{{ any = [{{ name = "z" }}, {d}] }}"#), &wide), NOTHING);
    // Two values of one claim can meet two tests at once.
    let both =
        r#"{ all = [{ attribute = { name = "d", equals = "a" } }, { attribute = { name = "d", equals = "b" } }] }"#;
    assert_eq!(two(both, r#"{ name = "x" }"#), NOTHING);
    let contradiction =
        r#"{ all = [{ attribute = { name = "d", equals = "a" } }, { attribute = { name = "d", present = false } }] }"#;
    assert_eq!(two(contradiction, r#"{ name = "x" }"#), [NeverTrue]);
    // Whoever lacks a claim is in no group for it, which is not what `grant-through-not` is about.
    assert_eq!(two(r#"{ not = { attribute = { name = "d", equals = "a" } } }"#, r#"{ name = "x" }"#), NOTHING);
    assert_eq!(
        two(&format!(r#"{{ all = [{d}, {{ not = {{ name = "ext" }} }}] }}"#), r#"{ name = "x" }"#),
        [GrantThroughNot]
    );
    // There or not, and still unknown where the token is silent.
    let either = r#"{ any = [{ attribute = { name = "d", present = true } }, { attribute = { name = "d", present = false } }] }"#;
    assert_eq!(two(either, r#"{ name = "x" }"#), NOTHING);
}

#[test]
fn groups_claims_are_no_other_claims() {
    let rules = |name: &str| {
        format!(
            r#"rules = [{{ id = "a", when = {{ attribute = {{ name = {name}, equals = "x" }} }}, grant = [{{ flag = "staff" }}] }}]"#
        )
    };
    let nested = r#"["groups", ["realm_access", "roles"]]"#;
    for (name, never) in [
        (r#""groups""#, true),
        (r#"["realm_access", "roles"]"#, true),
        (r#"["realm_access", "roles", "x"]"#, true),
        (r#"["realm_access", "other"]"#, false),
        (r#""roles""#, false),
        (r#""Groups""#, false),
        (r#"{ name = "groups", case = "ascii" }"#, false),
    ] {
        let found = codes(nested, "unknown", &rules(name));
        assert_eq!(found, if never { vec![NeverTrue] } else { Vec::new() }, "{name}");
    }
    let any_case = r#"[{ name = "groups", case = "ascii" }]"#;
    for (name, never) in [
        (r#""GROUPS""#, true),
        (r#"{ name = "gRoups", case = "ascii" }"#, true),
        (r#"{ friendly_name = "groups" }"#, false),
    ] {
        let found = codes(any_case, "empty", &rules(name));
        assert_eq!(found, if never { vec![NeverTrue] } else { Vec::new() }, "{name}");
    }
    let friendly = r#"[{ friendly_name = "memberOf" }]"#;
    assert_eq!(codes(friendly, "empty", &rules(r#"{ friendly_name = "memberOf" }"#)), [NeverTrue]);
    assert_eq!(codes(friendly, "empty", &rules(r#"{ friendly_name = "other" }"#)), NOTHING);
}
