//! P52 to P60: plans explain themselves, and nothing that comes in can do harm. That every line has a witness which a
//! second implementation confirms (P52) is what `checker.rs` is about: every plan of every test goes past it.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::agreement::runner;
use crate::comparison::answer_text;

#[test]
fn p52_each_line_has_a_witness() {
    of_every(1, |request, plan| {
        let ids: Vec<String> = rules(request).iter().map(|rule| rule["id"].as_str().unwrap().to_owned()).collect();
        for list in ["add", "replace", "keep", "remove"] {
            for reason in lines(plan, list).iter().flat_map(|line| line["because"].as_array().into_iter().flatten()) {
                let rule = reason["rule"].as_str();
                assert!(rule.is_none_or(|rule| ids.iter().any(|id| id == rule)), "{plan}");
                assert!(rule.is_some() || reason["setting"].is_string(), "{plan}");
            }
        }
        !kept_and_given(plan).is_empty()
    });
}

#[test]
fn p53_no_operation_without_a_reason() {
    of_every(1, |_, plan| {
        for line in lines(plan, "add").iter().chain(lines(plan, "replace")) {
            assert!(!line["because"].as_array().unwrap().is_empty(), "{plan}");
        }
        let notes = !lines(plan, "notes").is_empty();
        assert!(plan["status"] != "refused" || notes, "a refusal says why: {plan}");
        assert!(plan["account"] != "deactivate" || notes, "{plan}");
        assert_eq!(
            plan["status"] == "withheld",
            plan["status"] != "refused" && !lines(plan, "withheld").is_empty(),
            "{plan}"
        );
        true
    });
}

/// Puts a key that nobody knows into every object of a document in turn.
fn with_unknown_key(value: &Value, skip: &mut usize) -> Option<Value> {
    match value {
        Value::Object(map) => {
            if *skip == 0 {
                let mut map = map.clone();
                map.insert("zz_unknown".into(), json!(1));
                return Some(Value::Object(map));
            }
            *skip -= 1;
            map.iter().find_map(|(key, inner)| {
                let mut value = value.clone();
                value[key] = with_unknown_key(inner, skip)?;
                Some(value)
            })
        }
        Value::Array(list) => list.iter().enumerate().find_map(|(at, inner)| {
            let mut list = list.clone();
            list[at] = with_unknown_key(inner, skip)?;
            Some(Value::Array(list))
        }),
        _ => None,
    }
}

#[test]
fn p54_documents_survive_a_round_trip_and_unknown_fields_are_refused() {
    of_every(4, |request, plan| {
        let read: groupmap::Plan = serde_json::from_value(plan.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), *plan);
        let config: groupmap::Config = serde_json::from_value(request["config"].clone()).unwrap();
        let again = plan_of(request, |request| request["config"] = serde_json::to_value(&config).unwrap());
        assert_eq!(again.as_ref(), Some(plan), "{request}");
        for at in 0.. {
            let Some(unknown) = with_unknown_key(plan, &mut { at }) else { break };
            assert!(serde_json::from_value::<groupmap::Plan>(unknown.clone()).is_err(), "{unknown}");
        }
        true
    });
    of_every(60, |request, _| {
        for at in 0.. {
            let Some(unknown) = with_unknown_key(&request["config"], &mut { at }) else { break };
            assert!(serde_json::from_value::<groupmap::Config>(unknown.clone()).is_err(), "{unknown}");
            let Some(unknown) = with_unknown_key(&request["snapshot"], &mut { at }) else { continue };
            assert!(serde_json::from_value::<groupmap::Snapshot>(unknown.clone()).is_err(), "{unknown}");
        }
        true
    });
    for version in [json!(0), json!(2), json!(u64::MAX)] {
        let answer = answer(&small(json!({ "version": version }), json!([]), active(json!([]))));
        assert_eq!(answer["problems"][0]["code"], "unsupported-version");
    }
}

/// Requests with a few bytes changed, and bytes that are no request at all.
#[test]
fn p55_no_bytes_make_it_panic() {
    let mut dice = Dice::new();
    for (request, _) in pool().iter().step_by(5) {
        let mut bytes = request.to_string().into_bytes();
        for _ in 0..1 + dice.below(4) {
            let at = dice.below(bytes.len());
            bytes[at] = b"{}[]\",:0ez\\\xc3\xff\x00"[dice.below(14)];
        }
        let text = String::from_utf8_lossy(&bytes);
        assert_eq!(answer_text(&text).as_object().map(serde_json::Map::len), Some(1));
        let _ = serde_json::from_slice::<groupmap::Token>(&bytes);
    }
    let run = runner(1_000).run(&prop::collection::vec(any::<u8>(), 0..64), |bytes| {
        let read = [
            serde_json::from_slice::<groupmap::Token>(&bytes).is_ok(),
            serde_json::from_slice::<groupmap::Config>(&bytes).is_ok(),
            serde_json::from_slice::<groupmap::Snapshot>(&bytes).is_ok(),
            serde_json::from_slice::<groupmap::Plan>(&bytes).is_ok(),
        ];
        prop_assert!(!read[1] && !read[3], "{:?} is neither a config nor a plan", bytes);
        Ok(())
    });
    if let Err(error) = run {
        panic!("{error}");
    }
}

/// What a plan says is bounded by the catalog, what it holds and the rules: counted in lines and bytes.
#[test]
fn p56_a_plan_is_no_larger_than_catalog_and_rules_make_it() {
    of_every(1, |request, plan| {
        let catalog = catalog(request).len();
        let count = ["add", "replace", "keep", "remove"].iter().map(|list| lines(plan, list).len()).sum::<usize>();
        assert!(count <= catalog && lines(plan, "withheld").len() <= 3 * catalog, "{plan}");
        for line in lines(plan, "add").iter().chain(lines(plan, "keep")) {
            assert!(line["because"].as_array().unwrap().len() <= rules(request).len() + 3, "{plan}");
        }
        true
    });
    // Ten times the groups that meet a rule are not ten times the reasons.
    let size = |groups: usize| {
        let groups: Vec<String> = (0..groups).map(|n| format!("g{n:06}")).collect();
        let rules: Vec<Value> = (0..100)
            .map(|n| json!({ "id": format!("r{n:03}"), "when": { "regex": "g.*" }, "grant": [{ "group": "ops" }] }))
            .collect();
        answer(&small(json!({ "rules": rules }), json!(groups), active(json!([]))))["plan"].to_string().len()
    };
    let (some, many) = (size(1_000), size(10_000));
    assert!(many <= some + 16, "{some} bytes for 1,000 groups, {many} for 10,000");
}

#[test]
fn p57_raising_a_limit_changes_nothing_that_did_not_report_it() {
    of_plans(1, |request, plan| {
        let limited = request["config"]["source"]["groups"].get("limit").is_some();
        let reported = lines(plan, "notes")
            .iter()
            .any(|note| note["code"] == "groups-suspect" || note["code"] == "groups-over-limit");
        if !limited || reported {
            return false;
        }
        let raised =
            plan_of(request, |request| request["config"]["source"]["groups"]["limit"]["count"] = json!(1_000_000))
                .unwrap();
        assert_eq!(without_digest(&raised), without_digest(plan), "{request}");
        true
    });
}

/// Whether a text could disturb a terminal, a log or a reader.
fn is_raw(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}' | '\u{200B}'..='\u{200F}' | '\u{FEFF}')
}

/// One hostile text in every place of a request that can hold one, and everything that is shown of it.
#[test]
fn p58_rendered_text_is_escaped_and_bounded() {
    let long = "x".repeat(900);
    for hostile in [
        "a\u{1b}[31m",
        "a\rb",
        "a\nFAKE LOG LINE",
        "\u{202e}nimda",
        "ad\u{200b}min",
        "\u{2028}x",
        "\u{feff}y",
        "\u{9b}z",
        &long,
    ] {
        let text = format!("t{hostile}");
        let config = json!({
            "version": 1,
            "source": { "id": text, "provider": "custom", "groups": { "claims": ["groups"], "identified_by": "name" } },
            "catalog": [{ "group": text }, { "organization": text, "role": text, "keep_at_least": 1 }, { "kind": text, "name": text }],
            "rules": [{ "id": text, "description": text, "when": { "any": [{ "glob": "*" }, "everyone"] }, "grant": [{ "group": text }, { "kind": text, "name": text }] }]
        });
        let held = json!([{ "organization": text, "role": text, "managed_by": text }]);
        let request = json!({
            "config": config,
            "login": { "id_token": { "sub": text, "email": text, "groups": ["ad\u{200b}min", text] } },
            "snapshot": { "account": { "status": "active", "subject": text }, "memberships": held, "revision": text }
        });
        let mut shown = Vec::new();
        let read: groupmap::Request = serde_json::from_value(request.clone()).unwrap();
        let groupmap::Answer::Plan(plan) = crate::checked::checked_answer(read) else { panic!("no plan") };
        shown.push(plan.to_string());
        let mut spoiled = plan.clone();
        spoiled.add.clear();
        shown.extend(spoiled.add.iter().map(|line| line.target.to_string()));
        // What is wrong with configs, claims and snapshots is shown too.
        let mut unknown = request.clone();
        unknown["config"]["catalog"] = json!([{ "group": "another" }]);
        shown.push(
            answer(&unknown)["problems"]
                .as_array()
                .unwrap()
                .iter()
                .map(|p| format!("{} {}", p["message"].as_str().unwrap(), p["help"].as_str().unwrap_or("")))
                .collect(),
        );
        let mut twice = request.clone();
        twice["snapshot"]["memberships"] = json!([{ "group": text }, { "group": text }]);
        shown.push(answer(&twice)["error"]["message"].as_str().unwrap().to_owned());
        let mut shapeless = request.clone();
        shapeless["config"][&text] = json!(text);
        shown.push(answer(&shapeless)["error"]["message"].as_str().unwrap().to_owned());
        let key = request.to_string().replacen("\"sub\"", &format!("{}:1,{}:2,\"sub\"", json!(text), json!(text)), 1);
        shown.push(answer_text(&key)["error"]["message"].as_str().unwrap().to_owned());
        for text in shown {
            assert!(!text.contains(is_raw), "{hostile:?}: {text:?}");
            assert!(!text.contains("\nFAKE"), "{text:?}");
            assert!(text.lines().all(|line| line.chars().count() < 8_000), "{text:?}");
        }
    }
}

/// `layering.rs` holds that no source names a clock, an environment, I/O or anything global: here that the same engine
/// says the same whatever it was asked before.
#[test]
fn p59_no_answer_depends_on_an_earlier_one() {
    let (requests, plans): (Vec<&Value>, Vec<&Value>) = pool().iter().step_by(10).map(|(r, p)| (r, p)).unzip();
    for (request, plan) in requests.iter().zip(&plans).rev() {
        assert_eq!(answer(request)["plan"], **plan);
    }
    assert!(requests.len() > 50 || pool().len() < 500);
}

/// The text of a document with one key repeated, of every object in turn.
fn with_repeated_key(value: &Value, skip: &mut usize) -> Option<String> {
    match value {
        Value::Object(map) => {
            let mut parts = Vec::new();
            let mut done = false;
            for (key, inner) in map {
                let entry = |inner: String| format!("{}:{inner}", json!(key));
                if !done && *skip == 0 {
                    parts.push(entry(inner.to_string()));
                    parts.push(entry(inner.to_string()));
                    done = true;
                    continue;
                }
                *skip = skip.saturating_sub(usize::from(!done));
                let changed = if done { None } else { with_repeated_key(inner, skip) };
                done |= changed.is_some();
                parts.push(entry(changed.unwrap_or_else(|| inner.to_string())));
            }
            done.then(|| format!("{{{}}}", parts.join(",")))
        }
        Value::Array(list) => {
            let mut done = false;
            let parts: Vec<String> = list
                .iter()
                .map(|inner| {
                    let changed = if done { None } else { with_repeated_key(inner, skip) };
                    done |= changed.is_some();
                    changed.unwrap_or_else(|| inner.to_string())
                })
                .collect();
            done.then(|| format!("[{}]", parts.join(",")))
        }
        _ => None,
    }
}

#[test]
fn p60_repeated_keys_are_refused_at_any_depth() {
    let mut repeated = 0;
    for (request, _) in pool().iter().step_by(pool().len().div_ceil(12)) {
        for at in 0.. {
            let Some(text) = with_repeated_key(request, &mut { at }) else { break };
            assert_eq!(answer_text(&text)["error"]["code"], "invalid-request", "{text}");
            repeated += 1;
        }
    }
    assert!(repeated > 300, "{repeated} keys were repeated");
    // By an escape as well.
    let text = small(json!({}), json!([]), active(json!([]))).to_string();
    for (key, escaped) in
        [("\"groups\"", "\"gr\\u006fups\""), ("\"sub\"", "\"\\u0073ub\""), ("\"version\"", "\"versi\\u006fn\"")]
    {
        let twice = text.replacen(&format!("{key}:"), &format!("{escaped}:1,{key}:"), 1);
        assert_ne!(twice, text);
        assert_eq!(answer_text(&twice)["error"]["code"], "invalid-request", "{twice}");
    }
}
