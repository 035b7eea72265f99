//! Why not: what users ask for, each with the thing that is to be said.

use groupmap::*;
use serde_json::{Value as Json, json};

use crate::agreement::{count, runner};
use crate::checked::Checked;
use crate::explain::Asked;
use crate::worlds;

/// A request in which one rule could grant `flag:staff`.
fn request(provider: &str, groups: Json, when: Json, token: Json) -> Json {
    let mut id_token = token;
    id_token["sub"] = "u1".into();
    json!({ "config": { "version": 1,
                        "source": { "id": "s", "provider": provider, "groups": groups },
                        "catalog": [{ "flag": "staff" }],
                        "rules": [{ "id": "staff", "when": when, "grant": [{ "flag": "staff" }] }] },
            "login": { "id_token": id_token },
            "snapshot": { "account": { "status": "active" }, "memberships": [] } })
}

fn why_not(request: &Json, target: &Target) -> WhyNot {
    let asked = Asked::read(request).unwrap_or_else(|| panic!("no plan: {}", crate::comparison::answer(request)));
    asked.engine.why_not(&asked.identity, &asked.snapshot, target).unwrap()
}

fn staff(request: &Json) -> WhyNot {
    why_not(request, &Target::flag("staff"))
}

/// The nearest miss: in what it differs, and what would change it.
fn nearest(why: &WhyNot) -> (&[Difference], &str) {
    let miss = why.near_misses.first().unwrap_or_else(|| panic!("nothing near: {why}"));
    (&miss.differences, &miss.setting)
}

fn codes(why: &WhyNot) -> Vec<ObstacleCode> {
    why.obstacles.iter().map(|obstacle| obstacle.code).collect()
}

fn names(when: Json, sent: Json) -> Json {
    request("okta", json!({}), when, json!({ "groups": sent }))
}

// Case, format, kind.

#[test]
fn opensearch_security_709_only_case_differs() {
    let why = staff(&names(json!({ "name": "NetBox-Admins" }), json!(["netbox-admins"])));
    assert_eq!(nearest(&why), (&[Difference::Case][..], "source.groups.case"));
    assert_eq!(why.near_misses[0].seen.as_deref(), Some("netbox-admins"));
    assert_eq!(why.near_misses[0].path, "rules[0].when.name");
    assert_eq!(codes(&why), [ObstacleCode::NotMet]);
}

#[test]
fn teleport_6016_a_pattern_that_only_case_keeps_from_matching() {
    let why = staff(&names(json!({ "regex": "netbox-.*" }), json!(["NetBox-Admins"])));
    assert_eq!(nearest(&why), (&[Difference::Case][..], "source.groups.case"));
    let dn = json!({ "identified_by": "dn" });
    let below =
        request("custom", dn, json!({ "dn_under": "OU=Groups,DC=x" }), json!({ "groups": ["CN=a,ou=groups,DC=x"] }));
    assert_eq!(nearest(&staff(&below)).0, [Difference::Case]);
}

#[test]
fn vault_jwt_377_one_letter_or_two_code_points() {
    let why = staff(&names(json!({ "name": "\u{e9}quipe" }), json!(["e\u{301}quipe"])));
    assert_eq!(nearest(&why), (&[Difference::UnicodeForm][..], "rules[0].when.name"));
    let drawn = staff(&names(json!({ "name": "BIG" }), json!(["\u{ff22}\u{ff29}\u{ff27}"])));
    assert_eq!(nearest(&drawn).0, [Difference::Compatibility]);
}

#[test]
fn openbao_blanks_at_the_ends_are_told_and_not_trimmed() {
    let why = staff(&names(json!({ "name": "ops" }), json!([" ops"])));
    assert_eq!(nearest(&why), (&[Difference::OuterSpace][..], "rules[0].when.name"));
    let both = staff(&names(json!({ "name": "ops" }), json!(["OPS "])));
    assert_eq!(nearest(&both).0, [Difference::Case, Difference::OuterSpace]);
}

#[test]
fn paralus_244_a_text_that_nobody_splits() {
    let why = staff(&names(json!({ "name": "ops" }), json!("dev, ops")));
    assert_eq!(nearest(&why), (&[Difference::Delimiter][..], "source.groups.delimiter"));
}

#[test]
fn keycloak_full_paths_beside_names() {
    let why = staff(&names(json!({ "name": "ops" }), json!(["/org/ops"])));
    assert_eq!(nearest(&why), (&[Difference::PathForm][..], "source.groups.identified_by"));
}

#[test]
fn elasticsearch_48120_a_dn_beside_a_name() {
    let why = staff(&names(json!({ "name": "ops" }), json!(["CN=ops,OU=groups,DC=example"])));
    assert_eq!(nearest(&why), (&[Difference::DnForm][..], "source.groups.identified_by"));
    let reverse = request("ldap", json!({}), json!({ "dn": "CN=ops,DC=example" }), json!({ "memberOf": ["ops"] }));
    assert_eq!(nearest(&staff(&reverse)), (&[Difference::DnForm][..], "source.groups.identified_by"));
}

#[test]
fn fess_3299_a_domain_before_the_name_is_told_and_never_cut() {
    let why = staff(&names(json!({ "name": "ops" }), json!(["ACME\\ops"])));
    assert_eq!(nearest(&why), (&[Difference::Qualifier][..], "rules[0].when.name"));
}

#[test]
fn flowfuse_8474_the_label_is_sent_where_the_id_is_asked_for() {
    let when = json!({ "id": "3e5b7c1f-20aa-4d6e-9b34-81f0c9d2e6b5", "label": "Net Ops" });
    let why = staff(&request("entra", json!({}), when, json!({ "groups": ["Net Ops"] })));
    assert_eq!(nearest(&why), (&[Difference::NameForId][..], "source.groups.identified_by"));
    assert_eq!(why.rules[0].missing[0].label.as_deref(), Some("Net Ops"));
}

#[test]
fn teleport_69776_ids_where_logins_gave_names() {
    let sent = json!(["3e5b7c1f-20aa-4d6e-9b34-81f0c9d2e6b5", "4e5b7c1f-20aa-4d6e-9b34-81f0c9d2e6b5"]);
    let why = staff(&names(json!({ "name": "ops" }), sent));
    assert_eq!(nearest(&why), (&[Difference::IdForName][..], "source.groups.identified_by"));
    assert_eq!(codes(&why), [ObstacleCode::Undecided]);
    assert_eq!(why.obstacles[0].setting.as_deref(), Some("source.groups.identified_by"));
}

#[test]
fn a_group_that_is_named_like_an_id_is_no_id() {
    let id = "3e5b7c1f-20aa-4d6e-9b34-81f0c9d2e6b5";
    let fetched = json!({ "complete": true, "groups": [{ "name": id }] });
    let mut asked = request("entra", json!({}), json!({ "id": id }), json!({}));
    asked["login"]["fetched_groups"] = fetched;
    assert_eq!(nearest(&staff(&asked)), (&[Difference::Kind][..], "source.groups.identified_by"));
}

#[test]
fn user_oidc_1017_the_groups_stand_in_another_claim() {
    let token = json!({ "groups": [], "realm_access": { "roles": ["ops"] } });
    let why = staff(&request("okta", json!({}), json!({ "name": "ops" }), token));
    assert_eq!(nearest(&why), (&[Difference::OtherClaim][..], "source.groups.claims"));
    assert_eq!(why.near_misses[0].claim.as_deref(), Some("realm_access → roles"));
    // What other claims hold is personal data.
    assert_eq!(why.near_misses[0].seen, None);
    assert_eq!(why.with_personal_data().near_misses[0].seen.as_deref(), Some("ops"));
}

#[test]
fn a_letter_that_is_missing() {
    let why = staff(&names(json!({ "name": "Circuit Managers" }), json!(["Circuit Manager", "other"])));
    assert_eq!(nearest(&why), (&[Difference::Spelling][..], "rules[0].when.name"));
    assert_eq!(why.near_misses.len(), 1);
}

#[test]
fn grafana_22111_attributes_of_another_type_or_name() {
    let attribute = |test: Json| names(json!({ "attribute": test }), json!([]));
    let mut typed = attribute(json!({ "name": "level", "equals": 7 }));
    typed["login"]["id_token"]["level"] = json!("7");
    let why = staff(&typed);
    assert_eq!(nearest(&why), (&[Difference::Type][..], "rules[0].when.attribute"));
    assert!(!why.to_string().contains("`\"7\"`"), "{why}");
    assert!(why.with_personal_data().to_string().contains("`\"7\"` in the claim `level`"));
    let mut named = attribute(json!({ "name": "department", "equals": "eng" }));
    named["login"]["id_token"]["Department"] = json!("eng");
    let why = staff(&named);
    assert_eq!(nearest(&why), (&[Difference::OtherClaim][..], "rules[0].when.attribute.name"));
    assert_eq!(why.obstacles[0].setting.as_deref(), Some("source.attributes.absent"));
}

// Patterns.

#[test]
fn keycloak_30405_a_pattern_that_meets_a_part_alone() {
    let why = staff(&names(json!({ "regex": "admin" }), json!(["netbox-admins"])));
    assert_eq!(nearest(&why), (&[Difference::PartOfValue][..], "rules[0].when.regex"));
}

#[test]
fn keycloak_30405_captured_text_that_names_nothing_in_the_catalog() {
    let mut request = names(json!({ "regex": "team-(?P<team>.*)" }), json!(["team-red"]));
    request["config"]["rules"][0]["grant"] = json!([{ "team": "{team}" }]);
    request["config"]["catalog"] = json!([{ "team": "blue" }]);
    let red = why_not(&request, &Target::team("red"));
    assert_eq!(codes(&red), [ObstacleCode::NotInCatalog; 2]);
    assert_eq!(red.obstacles[1].rule.as_deref(), Some("staff"));
    assert_eq!(red.obstacles[0].setting.as_deref(), Some("catalog"));
    let blue = why_not(&request, &Target::team("blue"));
    assert_eq!(codes(&blue), [ObstacleCode::NotMet]);
    assert!(blue.rules[0].is_template);
}

#[test]
fn a_target_that_is_misspelled_is_told_with_the_one_that_is_meant() {
    let why = why_not(&names(json!({ "name": "a" }), json!([])), &Target::flag("stuff"));
    assert_eq!(codes(&why), [ObstacleCode::NotInCatalog]);
    assert_eq!(why.obstacles[0].target, Some(Target::flag("staff")));
}

// Missing, cut, malformed.

#[test]
fn librechat_12187_evidence_that_is_not_complete_names_its_setting() {
    for (token, setting) in [
        (json!({}), "source.groups.absent"),
        (json!({ "groups": ["x"], "_claim_names": { "groups": "src1" } }), "login.fetched_groups"),
        (json!({ "groups": ["x", 7] }), "source.groups"),
        (json!({ "groups": (0..100).map(|n| format!("g{n}")).collect::<Vec<_>>() }), "source.groups.limit"),
    ] {
        let why = staff(&request("okta", json!({}), json!({ "name": "ops" }), token));
        assert_eq!(why.verdict, Verdict::Unknown);
        assert_eq!(codes(&why), [ObstacleCode::Undecided], "{why}");
        assert_eq!(why.obstacles[0].setting.as_deref(), Some(setting), "{why}");
        assert_eq!(why.obstacles[0].rule.as_deref(), Some("staff"));
    }
}

#[test]
fn what_is_granted_may_still_lose_its_slot_by_a_group_that_was_not_seen() {
    let mut request = names(json!({ "name": "eng" }), json!(["eng", "red", 7]));
    request["config"]["catalog"] = json!([{ "role": "owner" }, { "role": "member" }]);
    request["config"]["slots"] = json!([{ "kind": "role", "choose": "priority" }]);
    let rule = |id: &str, priority: i64, name: &str, role: &str| json!({ "id": id, "priority": priority, "when": { "name": name }, "grant": [{ "role": role }] });
    request["config"]["rules"] =
        json!([rule("a", 3, "red", "member"), rule("b", 6, "ops", "owner"), rule("c", 2, "eng", "owner")]);
    for (role, other) in [("owner", "member"), ("member", "owner")] {
        let why = why_not(&request, &Target::role(role));
        assert_eq!(why.verdict, Verdict::True);
        assert_eq!(codes(&why), [ObstacleCode::SlotUndecided], "{why}");
        assert_eq!(why.obstacles[0].target, Some(Target::role(other)));
    }
}

#[test]
fn a_not_over_an_incomplete_list_grants_nothing_and_says_so() {
    let why = staff(&names(json!({ "not": { "name": "ext" } }), json!(["x", 7])));
    assert_eq!(codes(&why), [ObstacleCode::Undecided]);
    assert_eq!(why.rules[0].missing[0].path, "rules[0].when.not.name");
    assert!(why.rules[0].missing[0].must_not);
}

// Precedence.

#[test]
fn aap_docs_2579_a_deny_that_beats_the_grant() {
    let mut request = names(json!({ "name": "Staff" }), json!(["Staff", "ext-1"]));
    let deny = json!({ "id": "no-ext", "when": { "glob": "ext-*" }, "deny": [{ "flag": "staff" }] });
    request["config"]["rules"].as_array_mut().unwrap().push(deny);
    let why = staff(&request);
    assert_eq!(codes(&why), [ObstacleCode::Denied]);
    assert_eq!(
        (why.obstacles[0].rule.as_deref(), why.obstacles[0].setting.as_deref()),
        (Some("no-ext"), Some("rules[1]"))
    );
    request["login"]["id_token"]["groups"] = json!(["Staff", 7]);
    assert_eq!(codes(&staff(&request)), [ObstacleCode::PerhapsDenied]);
}

fn two_roles(choose: &str, memberships: Json) -> Json {
    json!({ "config": { "version": 1, "source": { "id": "s", "provider": "okta" },
                        "catalog": [{ "role": "a", "rank": 1 }, { "role": "b", "rank": 2 }],
                        "slots": [{ "kind": "role", "choose": choose }],
                        "rules": [{ "id": "ra", "when": { "name": "A" }, "grant": [{ "role": "a" }] },
                                  { "id": "rb", "when": { "name": "B" }, "grant": [{ "role": "b" }], "priority": 1 }] },
            "login": { "id_token": { "sub": "u1", "groups": ["A", "B"] } },
            "snapshot": { "account": { "status": "active" }, "memberships": memberships } })
}

#[test]
fn grafana_2421_the_slot_was_lost_to_another() {
    for (choose, code, setting) in [
        ("highest", ObstacleCode::SlotLost, "catalog.rank"),
        ("priority", ObstacleCode::SlotLost, "rules.priority"),
        ("unambiguous", ObstacleCode::SlotAmbiguous, "slots.choose"),
    ] {
        let why = why_not(&two_roles(choose, json!([])), &Target::role("a"));
        assert_eq!(codes(&why), [code], "{why}");
        assert_eq!(why.obstacles[0].setting.as_deref(), Some(setting));
        assert_eq!(why.obstacles[0].target, Some(Target::role("b")));
    }
}

// Manual and managed, lockouts, accounts.

#[test]
fn grafana_24289_what_was_given_by_hand_holds_the_slot() {
    let why = why_not(&two_roles("highest", json!([{ "role": "a" }])), &Target::role("b"));
    assert_eq!(codes(&why), [ObstacleCode::SlotHeld]);
    assert_eq!(why.obstacles[0].setting.as_deref(), Some("authority"));
    assert_eq!(why.obstacles[0].target, Some(Target::role("a")));
}

#[test]
fn appsmith_27846_mappings_that_are_off_and_people_who_are_left_alone() {
    let mut off = names(json!({ "name": "Staff" }), json!(["Staff"]));
    off["host"] = json!({ "auto_join": false });
    let why = staff(&off);
    assert_eq!(codes(&why), [ObstacleCode::MappingInactive]);
    assert_eq!(why.obstacles[0].setting.as_deref(), Some("host.auto_join"));
    let mut exempt = names(json!({ "name": "Staff" }), json!(["Staff"]));
    exempt["snapshot"]["account"]["exempt"] = json!(true);
    assert_eq!(codes(&staff(&exempt)), [ObstacleCode::Exempt]);
    let mut none = names(json!({ "name": "Staff" }), json!(["Staff"]));
    none["snapshot"]["account"]["status"] = json!("absent");
    none["config"]["accounts"] = json!({ "provision": false });
    let why = staff(&none);
    assert_eq!(codes(&why), [ObstacleCode::LoginRefused]);
    assert_eq!(why.obstacles[0].setting.as_deref(), Some("accounts.provision"));
}

#[test]
fn a_rule_that_is_switched_off_and_one_that_is_not_there() {
    let mut request = names(json!({ "name": "Staff" }), json!(["Staff"]));
    request["config"]["rules"][0]["enabled"] = json!(false);
    request["config"]["rules"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "id": "other", "when": { "name": "x" }, "deny": [{ "flag": "staff" }] }));
    let why = staff(&request);
    assert_eq!(codes(&why), [ObstacleCode::RuleDisabled]);
    assert_eq!(why.obstacles[0].setting.as_deref(), Some("rules[0].enabled"));
    assert!(why.obstacles[0].message.ends_with("it would be met"), "{why}");
    let asked = Asked::read(&request).unwrap();
    let rule = |id: &str| asked.engine.why_not_rule(&asked.identity, &asked.snapshot, id).unwrap();
    assert_eq!(codes(&rule("staff")), [ObstacleCode::RuleDisabled]);
    assert_eq!(codes(&rule("stuff")), [ObstacleCode::UnknownRule]);
    assert!(rule("stuff").to_string().contains("did you mean `staff`?"));
    request["config"]["rules"].as_array_mut().unwrap().remove(0);
    assert_eq!(codes(&staff(&request)), [ObstacleCode::NoRule]);
}

#[test]
fn who_has_it_is_told_that_nothing_is_in_the_way() {
    let why = staff(&names(json!({ "name": "Staff" }), json!(["Staff"])));
    assert!(why.obstacles.is_empty() && why.near_misses.is_empty());
    assert_eq!(why.verdict, Verdict::True);
}

#[test]
fn nothing_of_a_login_disturbs_a_terminal_or_a_log() {
    let why = staff(&names(json!({ "name": "ops" }), json!(["o\u{200b}ps", "OPS\u{202e}"])));
    let shown = format!("{why} {} {why:?}", serde_json::to_string(&why).unwrap());
    assert!(!shown.contains(['\u{200b}', '\u{202e}']), "{shown}");
}

#[test]
fn every_question_about_every_world_is_answered() {
    let result = runner(count() / 2).run(&worlds::world(), |request| {
        let Some(asked) = Asked::read(&request) else { return Ok(()) };
        let config = asked.engine.config().clone();
        let plan = asked.engine.checked_plan(&asked.identity, &asked.snapshot).unwrap();
        for entry in &config.catalog {
            let why = asked.engine.why_not(&asked.identity, &asked.snapshot, &entry.target).unwrap();
            let given = plan.add.iter().any(|add| add.target == entry.target)
                || plan.replace.iter().any(|replace| replace.target == entry.target);
            proptest::prop_assert_eq!(
                why.obstacles.is_empty(),
                given || is_kept(&plan, &entry.target, &why),
                "{} in {}",
                why,
                request
            );
            proptest::prop_assert!(!why.to_string().chars().any(|c| c.is_control() && c != '\n'), "{}", why);
            let named = why.near_misses.iter().all(|miss| !miss.setting.is_empty() && !miss.differences.is_empty());
            proptest::prop_assert!(named, "{}", why);
        }
        for rule in &config.rules {
            let why = asked.engine.why_not_rule(&asked.identity, &asked.snapshot, &rule.id).unwrap();
            let is_true = why.verdict == Verdict::True && rule.enabled;
            proptest::prop_assert_eq!(why.obstacles.is_empty(), is_true, "{} in {}", why, request);
        }
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

fn is_kept(plan: &Plan, target: &Target, why: &WhyNot) -> bool {
    why.verdict == Verdict::True && plan.keep.iter().any(|keep| keep.target == *target)
}
