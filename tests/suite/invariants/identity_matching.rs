//! P29 to P42: who somebody is, and which group meets which condition.

use serde_json::{Value, json};

use super::*;
use crate::comparison::answer_text;

/// Whether a rule of this condition is met by these fetched groups of a source that knows groups by this kind.
fn meets(kind: &str, case: &str, when: &Value, group: &Value) -> Option<bool> {
    let source = json!({ "id": "idp", "provider": "custom", "groups": { "claims": ["groups"], "identified_by": kind, "case": case } });
    let mut request = small(
        json!({ "source": source, "rules": [{ "id": "r", "when": when, "grant": [{ "group": "ops" }] }] }),
        json!([]),
        active(json!([])),
    );
    request["login"]["fetched_groups"] = json!({ "complete": true, "groups": [group] });
    answer(&request).get("plan").map(|plan| !lines(plan, "add").is_empty())
}

fn by_name(when: Value, groups: Value) -> Value {
    let config = json!({ "rules": [{ "id": "r", "when": when, "grant": [{ "group": "ops" }] }] });
    answer(&small(config, groups, active(json!([]))))
}

#[test]
fn p29_another_issuer_or_subject_is_another_person() {
    let mut request = small(
        json!({ "source": { "id": "idp", "provider": "okta", "issuer": "https://a.example" } }),
        json!(["ops"]),
        active(json!([])),
    );
    for issuer in
        [json!("https://b.example"), json!("https://a.example/"), json!("HTTPS://A.EXAMPLE"), json!(null), json!(7)]
    {
        request["login"]["id_token"]["iss"] = issuer.clone();
        assert_eq!(answer(&request)["error"]["code"], "wrong-issuer", "{issuer}");
    }
    request["login"]["id_token"]["iss"] = json!("https://a.example");
    assert!(answer(&request).get("plan").is_some());
    request["login"]["userinfo"] = json!({ "sub": "u2" });
    assert_eq!(answer(&request)["error"]["code"], "subject-mismatch");
    // Parts are never joined: what differs in one place only differs.
    let long = |end: &str| format!("{}{end}", "x".repeat(4_096));
    let digest = |subject: &str| {
        let mut request = small(json!({}), json!([]), active(json!([])));
        request["login"]["id_token"]["sub"] = json!(subject);
        answer(&request)["plan"]["digest"].clone()
    };
    assert_ne!(digest(&long("a")), digest(&long("b")));
    let path =
        |when: Value, group: &str| meets("path", "sensitive", &json!({ "path": when }), &json!({ "path": group }));
    assert_eq!(path(json!(["a", "b-c"]), "/a-b/c"), Some(false));
    assert_eq!(path(json!(["a-b", "c"]), "/a-b/c"), Some(true));
}

/// The table of `accounts.link`, whole.
#[test]
fn p29_local_accounts_are_joined_only_as_link_says() {
    for link in ["never", "verified-email", "any-email"] {
        for verified in [json!(true), json!(false), json!("true"), json!(1), json!(null)] {
            for (address, same) in
                [("u1@x.example", true), ("U1@X.EXAMPLE", true), ("u2@x.example", false), ("u1@x.example ", false)]
            {
                let mut request = small(
                    json!({ "accounts": { "link": link } }),
                    json!(["ops"]),
                    json!({ "account": { "status": "absent", "candidate": { "email": address } }, "memberships": [] }),
                );
                request["login"]["id_token"]["email"] = json!("u1@x.example");
                request["login"]["id_token"]["email_verified"] = verified.clone();
                let plan = &answer(&request)["plan"];
                let may = same && (link == "any-email" || (link == "verified-email" && verified == json!(true)));
                assert_eq!(plan["account"], if may { "link" } else { "none" }, "{link} {verified} {address}: {plan}");
                assert_eq!(plan["access"], if may { "granted" } else { "refused" });
            }
        }
    }
}

/// One text as a group of each kind, against a condition of each kind.
#[test]
fn p30_kinds_never_compare_equal() {
    let text = "CN=ops";
    let conditions = [
        ("id", json!({ "id": text })),
        ("name", json!({ "name": text })),
        ("path", json!({ "path": [text] })),
        ("dn", json!({ "dn": text })),
        ("email", json!({ "email": text })),
    ];
    for (kind, when) in &conditions {
        for (other, _) in &conditions {
            assert_eq!(
                meets(kind, "unicode", when, &json!({ *other: text })),
                Some(kind == other),
                "{kind} and {other}"
            );
        }
    }
    // Neither does a group meet a test of an attribute, nor an attribute a condition on groups.
    let attribute = json!({ "attribute": { "name": "preferred_username", "equals": "ops" } });
    assert_eq!(by_name(attribute, json!(["ops"]))["plan"]["add"], json!([]));
    let mut request = small(json!({}), json!([]), active(json!([])));
    request["login"]["id_token"]["preferred_username"] = json!("ops");
    request["login"]["id_token"]["sub"] = json!("ops");
    assert_eq!(answer(&request)["plan"]["add"], json!([]));
}

#[test]
fn p31_ids_ignore_ascii_case_and_patterns_see_every_kind_but_id() {
    let id = "3E5B7C1F-20aa-4d6e-9b34-81f0c9d2e6b5";
    for case in ["sensitive", "ascii", "unicode"] {
        for (when, meets_id) in [(id.to_lowercase(), true), (id.to_uppercase(), true), (id.replace("3E", "4e"), false)]
        {
            assert_eq!(meets("auto", case, &json!({ "id": when }), &json!({ "id": id })), Some(meets_id));
            assert_eq!(meets("auto", case, &json!({ "name": when }), &json!({ "id": id })), Some(false));
            // A group that is named like an id is no id.
            assert_eq!(meets("auto", case, &json!({ "id": when }), &json!({ "name": id })), Some(false));
        }
        for pattern in [json!({ "regex": ".*" }), json!({ "glob": "*" })] {
            for kind in ["name", "path", "dn", "email"] {
                assert_eq!(meets(kind, case, &pattern, &json!({ kind: "CN=x" })), Some(true), "{kind}");
            }
            assert_eq!(meets("auto", case, &pattern, &json!({ "id": id })), Some(false));
        }
    }
}

/// Every pair out of characters that fold in some way; that canonical forms are idempotent over all scalar values is
/// tried where they are made.
#[test]
fn p32_one_canonical_form_for_rules_claims_and_patterns() {
    let letters = [
        "k", "K", "\u{212A}", "s", "S", "ſ", "é", "É", "e\u{301}", "ß", "ẞ", "ss", "i", "I", "ı", "İ", "µ", "μ", "Σ",
        "σ", "ς", " k", "k ", "ǆ", "ǅ",
    ];
    for case in ["sensitive", "ascii", "unicode"] {
        let same = |a: &str, b: &str| meets("name", case, &json!({ "name": a }), &json!({ "name": b })).unwrap();
        let matched = |a: &str, b: &str| meets("name", case, &json!({ "regex": a }), &json!({ "name": b })).unwrap();
        for a in letters {
            assert!(same(a, a));
            for b in letters {
                assert_eq!(same(a, b), same(b, a), "{a:?} {b:?} under {case}");
                assert_eq!(same(a, b), matched(a, b), "an exact rule and a pattern disagree: {a:?} {b:?} under {case}");
                assert!(case != "sensitive" || same(a, b) == (a == b));
                let ascii = a.eq_ignore_ascii_case(b);
                assert!(case != "ascii" || same(a, b) == ascii);
            }
        }
    }
}

#[test]
fn p33_spellings_that_are_equal_are_one_entry() {
    for (case, count) in [("sensitive", 3), ("ascii", 1), ("unicode", 1)] {
        let mut digests = std::collections::BTreeSet::new();
        for groups in [["ops", "Ops", "OPS"], ["OPS", "ops", "Ops"], ["Ops", "OPS", "ops"]] {
            let mut request = small(json!({}), json!(groups), active(json!([])));
            request["config"]["source"]["groups"] = json!({ "case": case });
            let plan = &answer(&request)["plan"];
            assert_eq!(plan["groups"]["count"], count, "{case}");
            digests.insert(plan["digest"].to_string());
        }
        assert_eq!(digests.len(), 1, "{case}");
    }
    // Long names that are equal at the start are two.
    let long = |end: &str| format!("{}{end}", "n".repeat(200));
    assert_eq!(by_name(json!({ "name": long("a") }), json!([long("b")]))["plan"]["add"], json!([]));
}

#[test]
fn p34_what_is_checked_is_what_comes_out() {
    let config = json!({
        "catalog": [{ "role": "root" }, { "role": "dev" }],
        "rules": [{ "id": "r", "when": { "regex": "r-(?<role>.*)" }, "grant": [{ "role": "{role}" }] }]
    });
    for (captured, given) in [
        ("root", 1),
        ("ROOT", 0),
        (" root ", 0),
        ("root\u{a0}", 0),
        ("ro\u{200b}ot", 0),
        ("{role}", 0),
        ("$role", 0),
        ("ｒoot", 0),
        ("root/", 0),
        ("", 0),
    ] {
        let plan = &answer(&small(config.clone(), json!([format!("r-{captured}")]), active(json!([]))))["plan"];
        assert_eq!(lines(plan, "add").len(), given, "{captured:?}: {plan}");
        let noted = lines(plan, "notes").iter().any(|note| note["code"] == "outside-catalog");
        assert_eq!(noted, given == 0, "{captured:?}: {plan}");
    }
    // The check for privilege comes before: what the pattern could reach is refused when it is written.
    let mut privileged = config;
    privileged["catalog"][0]["privileged"] = json!(true);
    assert!(answer(&small(privileged, json!([]), active(json!([])))).to_string().contains("privileged-pattern"));
    // Claims that are named like what the engine decides are claims.
    let mut request = small(json!({}), json!(["ops", null]), active(json!([{ "team": "red", "managed_by": "idp" }])));
    for key in ["completeness", "complete", "managed_by", "issuer", "subject", "exempt", "fetched_groups"] {
        request["login"]["id_token"][key] = json!(true);
    }
    assert_eq!(answer(&request)["plan"]["groups"]["completeness"], "malformed");
}

#[test]
fn p35_a_pattern_matches_whole_values_alone() {
    let mut dice = Dice::new();
    let pieces = ["a", "b", "a|b", "(?:ab)+", "[ab]", "a*", ".", "^a", "b$", "(?<x>a)?", "a{2}", "\\d", "x"];
    let mut matched = 0;
    for _ in 0..2_000 {
        let pattern: String = (0..1 + dice.below(3)).map(|_| pieces[dice.below(pieces.len())]).collect();
        let value: String = (0..1 + dice.below(4)).map(|_| ["a", "b", "x", "1", "\u{e9}"][dice.below(5)]).collect();
        let Ok(plain) = regex::Regex::new(&format!("^(?s:{pattern})$")) else { continue };
        let answer = by_name(json!({ "regex": pattern }), json!([value]));
        let Some(plan) = answer.get("plan") else { continue };
        assert_eq!(!lines(plan, "add").is_empty(), plain.is_match(&value), "{pattern} on {value}");
        matched += usize::from(plain.is_match(&value));
    }
    assert!(matched > 50, "{matched} matched");
}

/// Every character that a group may not hold, and what else makes one unreadable.
#[test]
fn p36_unreadable_values_satisfy_no_allow_and_leave_a_deny_open() {
    let forbidden =
        (0..=0x1F_u32).chain(0x7F..=0x9F).chain(0x202A..=0x202E).chain(0x2066..=0x2069).chain(0x2028..=0x2029);
    let mut values: Vec<String> = forbidden.map(|code| format!("deny-{}", char::from_u32(code).unwrap())).collect();
    values.extend([String::new(), "x".repeat(1_025)]);
    assert_eq!(values.len(), 32 + 33 + 5 + 4 + 2 + 2);
    let config = json!({ "rules": [
        { "id": "any", "when": { "glob": "*" }, "grant": [{ "team": "red" }] },
        { "id": "all", "when": "everyone", "grant": [{ "group": "ops" }] },
        { "id": "deny", "when": { "regex": "deny-.*" }, "deny": [{ "group": "ops" }] }
    ] });
    for value in values {
        let held = json!([{ "flag": "staff" }]);
        let plan = &answer(&small(config.clone(), json!([value]), active(held)))["plan"];
        assert_eq!((&plan["add"], &plan["remove"]), (&json!([]), &json!([])), "{value:?}: {plan}");
        assert_eq!(
            plan["withheld"],
            json!([{ "change": "add", "target": { "group": "ops" }, "code": "undecided" }]),
            "{value:?}"
        );
    }
}

#[test]
fn p37_one_element_is_one_group_unless_a_delimiter_is_set() {
    let mut dice = Dice::new();
    for delimiter in [";", ",", "||", " "] {
        for _ in 0..50 {
            let parts: Vec<String> = (0..1 + dice.below(4))
                .map(|_| ["ops", " ops", "a-b", "x", "OPS"][dice.below(5)].replace(delimiter, ""))
                .collect();
            let joined = parts.join(delimiter);
            let mut split = small(json!({}), json!(joined), active(json!([])));
            split["config"]["source"]["groups"] = json!({ "delimiter": delimiter });
            let listed = small(json!({}), json!(parts), active(json!([])));
            let without = small(json!({}), json!(joined), active(json!([])));
            let (split, listed, without) = (answer(&split), answer(&listed), answer(&without));
            assert_eq!(split["plan"]["groups"], listed["plan"]["groups"], "{joined}");
            assert_eq!(split["plan"]["add"], listed["plan"]["add"], "{joined}");
            assert_eq!(without["plan"]["groups"]["count"], 1, "{joined}");
        }
    }
}

#[test]
fn p38_a_slash_in_a_segment_is_no_separator() {
    let under = |when: Value, path: &str| meets("path", "sensitive", &when, &json!({ "path": path })).unwrap_or(false);
    assert!(under(json!({ "path": ["a", "b"] }), "/a/b") && under(json!({ "path": ["a", "b"] }), "a/b"));
    assert!(!under(json!({ "path": ["a/b"] }), "/a/b") && !under(json!({ "path_under": ["a/b"] }), "/a/b/c"));
    assert!(under(json!({ "path_under": ["a"] }), "/a/b") && !under(json!({ "path_under": ["a"] }), "/ab"));
    let dn = |when: &str, dn: &str| meets("dn", "sensitive", &json!({ "dn": when }), &json!({ "dn": dn }));
    assert_eq!(dn(r"CN=Testing group\, City,DC=c", r"cn=Testing group\2C City, dc=c"), Some(true));
    assert_eq!(dn("CN=a+OU=b,DC=c", "OU=b+CN=a,DC=c"), Some(true));
    assert_eq!(dn("CN=a,DC=c", "CN=a\\,DC\\=c"), Some(false));
    for broken in ["", "/", "//a", "a//b", "a/"] {
        let source = json!({ "id": "idp", "provider": "keycloak" });
        let plan = &answer(&small(
            json!({ "source": source, "rules": [{ "id": "r", "when": { "path": ["a"] }, "grant": [{ "group": "ops" }] }] }),
            json!([broken]),
            active(json!([])),
        ))["plan"];
        assert_eq!(plan["groups"]["completeness"], "malformed", "{broken:?}");
    }
}

#[test]
fn p39_nothing_matches_the_empty_and_nobody_is_the_empty() {
    for pattern in [json!({ "regex": ".*" }), json!({ "glob": "*" }), json!({ "regex": "" })] {
        let answer = by_name(pattern, json!([""]));
        assert!(answer.get("problems").is_some() || answer["plan"]["add"] == json!([]), "{answer}");
    }
    for subject in [json!(""), json!(null), json!(7), json!([]), json!(true)] {
        let mut request = small(json!({}), json!(["ops"]), active(json!([])));
        request["login"]["id_token"]["sub"] = subject.clone();
        assert_eq!(answer(&request)["error"]["code"], "empty-subject", "{subject}");
    }
    let text = small(json!({}), json!([]), active(json!([{ "group": "" }]))).to_string();
    assert_eq!(answer_text(&text)["error"]["code"], "invalid-request", "a target has a name");
}

#[test]
fn p40_captures_choose_among_the_catalog_once() {
    let config = json!({
        "catalog": [{ "team": "red" }, { "team": "{team}" }, { "organization": "acme", "team": "red" }],
        "rules": [{ "id": "r", "when": { "regex": "(?<org>[a-z]+)/(?<team>.*)" }, "grant": [{ "organization": "{org}", "team": "{team}" }] }]
    });
    for (group, given) in [("acme/red", 1), ("acme/{team}", 0), ("{org}/red", 0), ("acme/red/red", 0), ("beta/red", 0)]
    {
        let plan = &answer(&small(config.clone(), json!([group]), active(json!([]))))["plan"];
        assert_eq!(lines(plan, "add").len(), given, "{group}: {plan}");
    }
}

/// Every sort of condition against a privileged target.
#[test]
fn p41_what_is_wide_reaches_nothing_privileged_unasked() {
    let exact = [
        json!({ "name": "a" }),
        json!({ "any": [{ "name": "a" }, { "name": "b" }] }),
        json!({ "attribute": { "name": "dep", "equals": "x" } }),
        json!({ "attribute": { "name": "dep", "one_of": ["x", "y"] } }),
    ];
    let wide = [
        json!({ "all": [{ "name": "a" }, { "not": { "name": "b" } }] }),
        json!("everyone"),
        json!({ "regex": "a" }),
        json!({ "glob": "a*" }),
        json!({ "any": [{ "name": "a" }, { "glob": "b*" }] }),
        json!({ "attribute": { "name": "dep", "regex": "x" } }),
        json!({ "attribute": { "name": "dep", "glob": "x" } }),
        json!({ "attribute": { "name": "email", "equals": "u1@x.example" } }),
    ];
    let mut tried = 0;
    for (when, refused) in exact.iter().map(|when| (when, false)).chain(wide.iter().map(|when| (when, true))) {
        for acknowledged in [false, true] {
            for organization in [false, true] {
                // The organization itself is privileged, and a target in it implies it.
                let catalog = if organization {
                    json!([{ "organization": "acme", "privileged": true }, { "organization": "acme", "team": "red" }])
                } else {
                    json!([{ "organization": "acme", "team": "red", "privileged": true }])
                };
                let rule = json!({ "id": "r", "when": when, "grant": [{ "organization": "acme", "team": "red" }], "acknowledge_privileged": acknowledged });
                let answer =
                    answer(&small(json!({ "catalog": catalog, "rules": [rule] }), json!([]), active(json!([]))));
                let found = answer["problems"].to_string().contains("privileged-pattern");
                assert_eq!(found, refused && !acknowledged, "{when} {acknowledged} {organization}: {answer}");
                tried += 1;
            }
        }
    }
    assert_eq!(tried, 48);
}

#[test]
fn p42_one_bad_rule_fails_the_config_and_all_problems_are_listed() {
    of_every(5, |request, _| {
        let mut spoiled = request.clone();
        let at = rules(request).len();
        let rules = spoiled["config"]["rules"].as_array_mut().unwrap();
        rules.push(
            json!({ "id": "bad-1", "when": { "regex": "(" }, "deny": [{ "organization": "nowhere", "role": "x" }] }),
        );
        rules.push(
            json!({ "id": "bad-2", "when": { "any": [] }, "grant": [{ "flag": "no such flag" }], "enabled": false }),
        );
        let answer = answer(&spoiled);
        let paths: Vec<&str> =
            answer["problems"].as_array().unwrap().iter().map(|problem| problem["path"].as_str().unwrap()).collect();
        for path in [
            format!("rules[{at}].when.regex"),
            format!("rules[{at}].deny[0]"),
            format!("rules[{}].when.any", at + 1),
            format!("rules[{}].grant[0]", at + 1),
        ] {
            assert!(paths.contains(&&*path), "{path} is not among {paths:?}");
        }
        true
    });
}
