//! What one config would change in another, whoever logs in: small configs, and random ones.

use groupmap::lint::{RuleChanges, Witness};
use groupmap::{Account, Config, Engine, Snapshot};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::checked::Checked;
use crate::lint::{STAFF, engine as of_text, roles};
use crate::lint_worlds::{engine, of_worlds, without_reasons, worlds_or};
use crate::reference;
use crate::worlds::{self, Tape};

const NONE: &str = "no difference, whoever logs in";

/// What one rule set would change in another, as text.
fn changes(head: &str, before: &str, after: &str) -> String {
    let of = |rules: &str| of_text(&format!("version = 1\n{head}\n{rules}"));
    of(before).compare(&of(after)).to_string()
}

fn staff(when: &str) -> String {
    format!(r#"rules = [{{ id = "r", when = {when}, grant = [{{ flag = "staff" }}] }}]"#)
}

fn one(before: &str, after: &str) -> String {
    changes(STAFF, &staff(before), &staff(after))
}

#[test]
fn what_says_the_same_in_other_words_is_no_difference() {
    let same = [
        (r#"{ regex = "a|b" }"#, r#"{ any = [{ regex = "b" }, { glob = "a" }] }"#),
        (
            r#"{ not = { any = [{ name = "a" }, { name = "b" }] } }"#,
            r#"{ all = [{ not = { name = "b" } }, { not = { name = "a" } }] }"#,
        ),
        (
            r#"{ attribute = { name = "d", one_of = ["x", 7] } }"#,
            r#"{ any = [{ attribute = { name = "d", equals = 7.0 } }, { attribute = { name = "d", equals = "x" } }] }"#,
        ),
        (
            r#"{ all = [{ name = "x" }, { any = [{ name = "y" }, { name = "z" }] }] }"#,
            r#"{ any = [{ all = [{ name = "z" }, { name = "x" }] }, { all = [{ name = "x" }, { name = "y" }] }] }"#,
        ),
    ];
    for (before, after) in same {
        assert_eq!(one(before, after), NONE, "{before} {after}");
    }
}

#[test]
fn changes_are_told_by_the_group_or_claim_with_somebody_who_shows_them() {
    assert_eq!(
        one(r#"{ name = "a" }"#, r#"{ name = "b" }"#),
        "+ flag:staff by rule `r`: somebody in `b` (name)\n- flag:staff by rule `r`: somebody in `a` (name)"
    );
    // Each group that comes or goes has a line.
    assert_eq!(
        one(
            r#"{ any = [{ name = "a" }, { name = "b" }] }"#,
            r#"{ any = [{ name = "c" }, { name = "b" }, { name = "d" }] }"#
        ),
        "+ flag:staff by rule `r`: somebody in `c` (name)\n\
         + flag:staff by rule `r`: somebody in `d` (name)\n\
         - flag:staff by rule `r`: somebody in `a` (name)"
    );
    assert_eq!(
        one(r#"{ attribute = { name = "d", one_of = ["x", 7] } }"#, r#"{ attribute = { name = "d", equals = "x" } }"#),
        "- flag:staff by rule `r`: somebody in no group, with d = 7"
    );
    // Where nobody has both groups that are asked for, one group is not enough.
    assert!(
        one(r#"{ all = [{ glob = "a*" }, { glob = "*b" }] }"#, r#"{ glob = "a*b" }"#)
            .starts_with("- flag:staff by rule `r`: somebody in `a` (name) and `b` (name)")
    );
    // Nobody gains or loses: it is unknown whether somebody is in a group, and so what follows from it either way.
    let tautology = one(r#"{ any = [{ name = "a" }, { not = { name = "a" } }] }"#, r#""everyone""#);
    assert_eq!(tautology, "+ flag:staff by rule `r`: somebody in no group, while the list of groups is not complete");
    assert_eq!(one(r#"{ regex = '\bops\b' }"#, r#"{ regex = "ops" }"#), "? flag:staff: not decided");
}

#[test]
fn denies_count_where_something_is_granted() {
    let denied = r#"rules = [{ id = "r", when = { glob = "a*" }, grant = [{ flag = "staff" }] }, { id = "d", when = { name = "ab" }, deny = [{ flag = "staff" }] }]"#;
    assert_eq!(
        changes(STAFF, &staff(r#"{ glob = "a*" }"#), denied),
        "- flag:staff by rule `r`: somebody in `a` (name) and `ab` (name)"
    );
    let dead = r#"rules = [{ id = "r", when = { name = "a" }, grant = [{ flag = "staff" }] }, { id = "d", when = { name = "x" }, deny = [{ team = "red" }] }]"#;
    assert_eq!(changes(STAFF, &staff(r#"{ name = "a" }"#), dead), NONE);
    // Where a setting grants it, it does count.
    let given = format!("unmatched = {{ grant = [{{ team = \"red\" }}] }}\n{STAFF}");
    assert_eq!(
        changes(&given, &staff(r#"{ name = "a" }"#), dead),
        "~ team:red is judged otherwise, though nobody gains or loses it for certain: somebody in `x` (name)"
    );
    // And where a setting grants what is in an organization that a rule denies.
    let within = "unmatched = { grant = [{ organization = \"o\", team = \"red\" }] }\nsource = { id = \"s\", provider = \"okta\" }\ncatalog = [{ flag = \"staff\" }, { organization = \"o\" }, { organization = \"o\", team = \"red\" }]";
    let whole = r#"rules = [{ id = "r", when = { name = "a" }, grant = [{ flag = "staff" }] }, { id = "d", when = { name = "x" }, deny = [{ organization = "o" }] }]"#;
    let text = changes(within, &staff(r#"{ name = "a" }"#), whole);
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(
        text.starts_with("~ o is judged otherwise") && text.contains("\n~ o/team:red is judged otherwise"),
        "{text}"
    );
}

#[test]
fn privileged_changes_come_first_and_weights_count() {
    let head = "source = { id = \"s\", provider = \"okta\" }\ncatalog = [{ flag = \"a\" }, { flag = \"z\", privileged = true }]";
    let rules = |name: &str| {
        format!(
            r#"rules = [{{ id = "r", when = {{ name = "{name}" }}, grant = [{{ flag = "a" }}, {{ flag = "z" }}] }}]"#
        )
    };
    let text = changes(head, &rules("x"), &rules("y"));
    assert!(text.starts_with("+ flag:z (privileged) by rule `r`: somebody in `y` (name)\n- flag:z"), "{text}");

    let weighed = |priority: u8| {
        format!(
            r#"rules = [{{ id = "r", when = {{ name = "x" }}, grant = [{{ organization = "a", role = "own" }}], priority = {priority} }}, {{ id = "v", when = {{ name = "y" }}, grant = [{{ organization = "a", role = "view" }}], priority = 5 }}]"#
        )
    };
    let priority = roles("priority");
    assert_eq!(
        changes(&priority, &weighed(1), &weighed(9)),
        "~ a/role:own weighs otherwise in its slot: somebody in `x` (name)"
    );
    let highest = roles("highest");
    assert_eq!(changes(&highest, &weighed(1), &weighed(9)), NONE);
    // By specificity `name` is more than `glob`, whatever else matches.
    let own = |when: &str| {
        format!(r#"rules = [{{ id = "r", when = {when}, grant = [{{ organization = "a", role = "own" }}] }}]"#)
    };
    let by = |choose: &str| {
        changes(&roles(choose), &own(r#"{ any = [{ name = "x" }, { glob = "x" }] }"#), &own(r#"{ glob = "x" }"#))
    };
    assert_eq!(by("specificity"), "~ a/role:own weighs otherwise in its slot: somebody in `x` (name)");
    assert_eq!(by("unambiguous"), NONE);
}

#[test]
fn an_organization_comes_with_what_is_in_it() {
    let head = roles("highest");
    let rules = |target: &str| format!(r#"rules = [{{ id = "r", when = {{ name = "x" }}, grant = [{target}] }}]"#);
    let view = rules(r#"{ organization = "a", role = "view" }"#);
    let both = rules(r#"{ organization = "a", role = "view" }, { organization = "a" }"#);
    assert_eq!(changes(&head, &view, &both), NONE);
    let own = rules(r#"{ organization = "a" }"#);
    assert_eq!(changes(&head, &both, &own), "- a/role:view by rule `r`: somebody in `x` (name)");
}

#[test]
fn templates_are_compared_target_by_target() {
    let head = "source = { id = \"s\", provider = \"okta\" }\ncatalog = [{ team = \"red\" }, { team = \"x1\" }]";
    let filled = |pattern: &str, target: &str, more: &str| {
        format!(
            r#"rules = [{{ id = "t", when = {{ regex = "{pattern}" }}, grant = [{{ team = "{target}" }}] }}{more}]"#
        )
    };
    let by = |pattern: &str| filled(pattern, "{t}", "");
    let between = |one: &str, other: &str| changes(head, &by(one), &by(other));
    assert_eq!(between("team-(?<t>[a-z]+)", "team-(?<t>[a-z]+)"), NONE);
    // Of what the catalog lists, both patterns capture the same.
    assert_eq!(between("team-(?<t>[a-z]+)", "team-(?<t>[a-r]*)"), NONE);
    assert_eq!(
        between("team-(?<t>[a-z]+)", "team-(?<t>[a-z]+[0-9]*)"),
        "+ team:x1 by rule `t`: somebody in `team-x1` (name)"
    );
    assert_eq!(
        between("team-(?<t>[a-z]+)", "t-(?<t>[a-z]+)"),
        "+ team:red by rule `t`: somebody in `t-red` (name)\n- team:red by rule `t`: somebody in `team-red` (name)"
    );
    // A template and the rules that say the same one by one.
    let one_by_one = r#"rules = [{ id = "a", when = { regex = "team-red" }, grant = [{ team = "red" }] }]"#;
    let only_red = head.replace(", { team = \"x1\" }", "");
    assert_eq!(changes(&only_red, &by("team-(?<t>[a-z]+)"), one_by_one), NONE);
    // While the list is not complete, a template could reach whatever its fixed text allows.
    assert_eq!(
        changes(head, &by("team-(?<t>[a-z]+)"), one_by_one),
        "~ team:x1 is judged otherwise, though nobody gains or loses it for certain: somebody in no group, while the list of \
         groups is not complete"
    );
    // Where a text can be taken apart in two ways, what is captured is not decided; what is not captured at all is.
    assert_eq!(between("(?<t>[a-z]+)-?(?<r>.*)", "(?<t>[a-z]*)-?(?<r>.*)"), "? team:red: not decided");
    assert_eq!(
        between("(?<t>[a-z]+)-?(?<r>[a-z]*)", "(?<t>[0-9]+)-?(?<r>.*)"),
        "- team:red by rule `t`: somebody in `red` (name)"
    );
    // A rule for the same people that adds nothing, and one that takes something.
    let denied =
        filled("team-(?<t>[a-z]+)", "{t}", r#", { id = "d", when = { name = "ext" }, deny = [{ team = "red" }] }"#);
    assert_eq!(
        changes(head, &by("team-(?<t>[a-z]+)"), &denied),
        "- team:red by rule `t`: somebody in `ext` (name) and `team-red` (name)"
    );
}

/// What differs beside the rules, by a change of a config as JSON.
fn told(change: impl Fn(&mut Value)) -> Vec<String> {
    let before = json!({
        "version": 1, "source": { "id": "s", "provider": "okta" },
        "catalog": [{ "flag": "staff" }, { "team": "red" }, { "role": "a", "rank": 1 }, { "role": "b", "rank": 2 }],
        "slots": [{ "kind": "role", "choose": "highest" }],
        "rules": [{ "id": "r", "when": { "name": "x" }, "grant": [{ "flag": "staff" }] }],
    });
    let mut after = before.clone();
    change(&mut after);
    let of = |config: Value| Engine::compile(serde_json::from_value::<Config>(config).unwrap()).unwrap();
    let changes = of(before).compare(&of(after));
    assert_eq!(changes.targets, [], "{changes}");
    assert_eq!(changes.is_none(), changes.settings.is_empty());
    changes.settings
}

#[test]
fn settings_are_told_by_their_names() {
    let none: [&str; 0] = [];
    assert_eq!(told(|_| {}), none);
    assert_eq!(told(|config| config["authority"] = "exclusive".into()), ["authority"]);
    assert_eq!(told(|config| config["unmatched"] = "admit".into()), ["unmatched"]);
    assert_eq!(told(|config| config["accounts"] = json!({ "link": "any-email" })), ["accounts.link"]);
    assert_eq!(told(|config| config["accounts"] = json!({ "provision": false })), ["accounts.provision"]);
    assert_eq!(told(|config| config["accounts"] = json!({ "reactivate": true })), ["accounts.reactivate"]);
    assert_eq!(told(|config| config["accounts"] = json!({ "new_grant": [{ "team": "red" }] })), ["accounts.new_grant"]);
    assert_eq!(told(|config| config["accounts"] = json!({ "exempt": [{ "team": "red" }] })), ["accounts.exempt"]);
    assert_eq!(told(|config| config["source"]["id"] = "t".into()), ["source.id"]);
    assert_eq!(told(|config| config["source"]["issuer"] = "https://x".into()), ["source.issuer"]);
    assert_eq!(
        told(|config| config["source"]["attributes"] = json!({ "absent": "empty" })),
        ["source.attributes.absent"]
    );
    for (key, value) in [("absent", json!("empty")), ("claims", json!(["roles"])), ("delimiter", json!(";"))] {
        let text = told(|config| config["source"]["groups"] = json!({ key: value }));
        assert_eq!(text, [format!("source.groups.{key}")]);
    }
    assert_eq!(told(|config| config["catalog"][1]["keep_at_least"] = 1.into()), ["catalog: team:red"]);
    assert_eq!(told(|config| config["catalog"][2]["rank"] = 3.into()), ["catalog: role:a"]);
    assert_eq!(told(|config| config["slots"][0]["choose"] = "unambiguous".into()), ["slots: role"]);
    assert_eq!(told(|config| config["safeguards"] = json!({ "max_removals": { "count": 1 } })), ["safeguards"]);
    // What is written out as the preset has it, and what stands in another order, is the same.
    assert_eq!(told(|config| config["source"]["groups"] = json!({ "case": "sensitive" })), none);
    assert_eq!(told(|config| config["catalog"].as_array_mut().unwrap().reverse()), none);
}

#[test]
fn a_mapping_without_rules_is_another_thing_than_one_whose_rules_do_nothing() {
    let nothing = r#"rules = [{ id = "r", when = { not = "everyone" }, grant = [{ flag = "staff" }] }]"#;
    assert_eq!(changes(STAFF, nothing, "rules = []"), "* rules: whether any is enabled differs");
}

/// One small change of a config, which may say the same in other words.
fn mutate(tape: &mut Tape, config: &mut Value) {
    let count = config["rules"].as_array().map_or(0, Vec::len);
    if count == 0 {
        return;
    }
    let at = tape.below(count);
    let other = tape.below(count);
    let other = config["rules"][other].clone();
    let catalog = config["catalog"].as_array().unwrap().clone();
    let setting = tape.below(40);
    if setting < 6 {
        match setting {
            0 => config["authority"] = tape.pick(&["managed", "exclusive", "additive"]).into(),
            1 => config["unmatched"] = tape.pick(&["refuse", "admit", "deactivate"]).into(),
            2 => config["accounts"]["reactivate"] = tape.chance(50).into(),
            3 => config["source"]["groups"]["case"] = tape.pick(&["sensitive", "ascii", "unicode"]).into(),
            4 => drop(config.as_object_mut().unwrap().remove("slots")),
            _ => config["source"]["attributes"] = json!({ "absent": tape.pick(&["empty", "unknown"]) }),
        }
        return;
    }
    let rules = config["rules"].as_array_mut().unwrap();
    let effect = if rules[at].get("grant").is_some() { "grant" } else { "deny" };
    let when = rules[at]["when"].clone();
    match tape.below(18) {
        0 => drop(rules.remove(at)),
        1 => rules.reverse(),
        2 => rules[at]["when"] = json!({ "not": { "not": when } }),
        3 => {
            let mut copy = rules[at].clone();
            copy["id"] = "copy".into();
            rules.push(copy);
        }
        4 => rules[at]["priority"] = json!(tape.below(20)),
        5 => rules[at]["when"] = other["when"].clone(),
        6 => rules[at]["when"] = json!({ "any": [when, other["when"]] }),
        7 => rules[at]["when"] = json!({ "all": [when, other["when"]] }),
        8 => rules[at]["when"] = json!({ "all": [when, { "any": [when, other["when"]] }] }),
        9 => rules[at]["when"] = json!({ "any": [{ "all": [other["when"], when] }, when] }),
        10 => {
            let targets = rules[at][effect].as_array_mut().unwrap();
            if targets.len() > 1 {
                targets.pop();
            }
        }
        11 => {
            let target = worlds::target_of(&tape.pick(&catalog));
            let targets = rules[at][effect].as_array_mut().unwrap();
            if !targets.contains(&target) {
                targets.push(target);
            }
        }
        12 => rules[at]["enabled"] = tape.chance(50).into(),
        13 => {
            let targets = rules[at].as_object_mut().unwrap().remove(effect).unwrap();
            rules[at][if effect == "grant" { "deny" } else { "grant" }] = targets;
        }
        // Members one by one, each in a rule of its own.
        14 => {
            if let Some(members) = when["any"].as_array() {
                for (place, member) in members.iter().enumerate() {
                    let mut part = rules[at].clone();
                    part["id"] = format!("part{place}").into();
                    part["when"] = member.clone();
                    rules.push(part);
                }
                rules.remove(at);
            }
        }
        // De Morgan.
        15 => {
            for (key, dual) in [("any", "all"), ("all", "any")] {
                if let Some(members) = when[key].as_array() {
                    let denied: Vec<Value> = members.iter().rev().map(|member| json!({ "not": member })).collect();
                    rules[at]["when"] = json!({ "not": { dual: denied } });
                }
            }
        }
        16 => {
            if let Some(Value::String(pattern)) = when.get("regex") {
                rules[at]["when"] = json!({ "regex": format!("(?:{pattern}|{pattern})") });
            }
        }
        _ => {
            for key in ["any", "all"] {
                let members = rules[at]["when"].get_mut(key).and_then(Value::as_array_mut);
                if let Some(members) = members
                    && members.len() > 1
                {
                    members.remove(0);
                }
            }
        }
    }
}

fn certain(changes: &RuleChanges) -> Value {
    serde_json::to_value(changes).unwrap()
}

/// What the naive model says of a target, and the rules that are true for it.
fn said(config: &Value, login: &Value) -> Vec<reference::verdict::Word> {
    reference::said(&json!({ "config": config, "login": login })).unwrap()
}

/// That a witness is granted the target by the rule in one config, and is not granted it in the other.
fn check_witness(
    witness: &Witness,
    (target, rule): (&Value, &str),
    (granting, other): (&Value, &Value),
) -> Result<bool, TestCaseError> {
    let login = serde_json::to_value(witness.claims().unwrap()).unwrap();
    let of = |config: &Value| {
        let words = said(config, &login);
        words.into_iter().find(|word| word.target.write() == *target)
    };
    let has = of(granting);
    let has_not = of(other);
    prop_assert!(
        has.as_ref().is_some_and(|word| word.verdict == reference::kleene::Kleene::True),
        "{} is not granted to {} by {}",
        target,
        login,
        granting
    );
    prop_assert!(
        has_not.is_none_or(|word| word.verdict != reference::kleene::Kleene::True),
        "{} is granted to {} by {}",
        target,
        login,
        other
    );
    let is_organization = target.as_object().unwrap().len() == 1 && target.get("organization").is_some();
    prop_assert!(is_organization || has.is_some_and(|word| word.grants.contains(rule)), "{} not by {}", target, rule);
    Ok(true)
}

/// The targets that a login adds to an active account that holds nothing; none where something comes between rules and
/// plans.
fn added(config: &Value, witness: &Witness) -> Option<Vec<Value>> {
    let mut config = config.clone();
    // Who wins in a slot, and what comes beside the rules, is another question.
    config.as_object_mut().unwrap().remove("slots");
    config["unmatched"] = "admit".into();
    config.as_object_mut().unwrap().remove("accounts");
    let config: Config = serde_json::from_value(config).ok()?;
    let engine = Engine::compile(config).ok()?;
    let identity = engine.normalize(witness.claims()?).ok()?;
    let plan = engine.checked_plan(&identity, &Snapshot::new(Account::active())).ok()?;
    Some(plan.add.iter().map(|line| serde_json::to_value(&line.target).unwrap()).collect())
}

#[test]
fn what_is_told_holds_and_where_nothing_is_told_plans_are_the_same() {
    let worlds = worlds_or(80);
    let judged = of_worlds(worlds, |tape, mut request, counts| {
        let Some(before) = engine(&request) else { return Ok(()) };
        let mut other = request.clone();
        for _ in 0..1 + tape.below(2) {
            mutate(tape, &mut other["config"]);
        }
        let Some(after) = engine(&other) else { return Ok(()) };
        let mut count = |name: &str| *counts.entry(name.into()).or_default() += 1;
        count("pairs");
        let changes = before.compare(&after);
        let document = certain(&changes);

        // The same again, whatever order the rules are in; and nothing between a config and itself.
        prop_assert_eq!(&document, &certain(&before.compare(&after)));
        let reversed = |request: &Value| {
            let mut request = request.clone();
            request["config"]["rules"].as_array_mut().unwrap().reverse();
            engine(&request)
        };
        if let (Some(one), Some(two)) = (reversed(&request), reversed(&other)) {
            prop_assert_eq!(&document, &certain(&one.compare(&two)), "{} {}", request, other);
        }
        prop_assert!(!before.compare(&before).is_certain(), "{}", request);

        // There and back.
        let back = after.compare(&before);
        let moved = |changes: &RuleChanges, gained: bool| -> Vec<String> {
            let lists = changes.targets.iter().filter(|change| {
                let list = if gained { &change.gained } else { &change.lost };
                !list.is_empty()
            });
            lists.map(|change| change.target.to_string()).collect()
        };
        if changes.targets.iter().chain(&back.targets).all(|change| !change.undecided) {
            prop_assert_eq!(moved(&changes, true), moved(&back, false), "{} {}", request, other);
            prop_assert_eq!(moved(&changes, false), moved(&back, true), "{} {}", request, other);
            prop_assert_eq!(changes.is_none(), back.is_none());
        }

        for change in &changes.targets {
            let target = serde_json::to_value(&change.target).unwrap();
            let sides = (&request["config"], &other["config"]);
            for (list, granting, lacking) in [(&change.lost, sides.0, sides.1), (&change.gained, sides.1, sides.0)] {
                for way in list {
                    check_witness(&way.witness, (&target, &way.rule), (granting, lacking))?;
                    count("witnesses");
                    if let (Some(has), Some(has_not)) = (added(granting, &way.witness), added(lacking, &way.witness)) {
                        prop_assert!(has.contains(&target), "{} {} {}", target, way.witness, granting);
                        prop_assert!(!has_not.contains(&target), "{} {} {}", target, way.witness, lacking);
                        count("planned");
                    }
                }
            }
            for (name, there) in [
                ("doubt", change.doubt.is_some()),
                ("weight", change.weight.is_some()),
                ("undecided", change.undecided),
            ] {
                if there {
                    count(name);
                }
            }
        }
        if !changes.settings.is_empty() {
            count("settings");
            return Ok(());
        }

        // What is not told of is the same for everybody.
        if changes.is_none() {
            count("none");
        }
        let told: Vec<Value> =
            changes.targets.iter().map(|change| serde_json::to_value(&change.target).unwrap()).collect();
        for place in 0..5 {
            if place > 0 {
                request = worlds::somebody(tape, &request);
            }
            let words = said(&request["config"], &request["login"]);
            let others = said(&other["config"], &request["login"]);
            for (one, two) in words.iter().zip(&others) {
                let name = one.target.write();
                prop_assert_eq!(&name, &two.target.write());
                if !told.contains(&name) {
                    prop_assert_eq!(one.verdict, two.verdict, "{}: {} {}", name, request, other["config"]);
                    count("verdicts");
                }
            }
            if changes.is_none() {
                let mut there = request.clone();
                there["config"] = other["config"].clone();
                let plans = [plan(&request), plan(&there)];
                prop_assert_eq!(&plans[0], &plans[1], "{} {}", request, other["config"]);
                count("plans");
            }
        }
        Ok(())
    });
    let few: Vec<_> = [
        ("pairs", 2),
        ("none", 6),
        ("plans", 1),
        ("verdicts", 1),
        ("witnesses", 5),
        ("planned", 10),
        ("doubt", 60),
        ("weight", 400),
        ("settings", 20),
    ]
    .into_iter()
    .filter(|(name, share)| judged.get(*name).copied().unwrap_or_default() < worlds / share)
    .collect();
    assert!(few.is_empty(), "too few of {few:?}: {judged:?} of {worlds}");
}

/// A plan without its reasons, and without the note on what captured text names beside the catalog.
fn plan(request: &Value) -> Value {
    let mut plan = without_reasons(request);
    if let Some(notes) = plan["plan"]["notes"].as_array_mut() {
        notes.retain(|note| note["code"] != "outside-catalog");
    }
    plan
}
