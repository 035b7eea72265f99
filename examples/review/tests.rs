//! Pages of small directories: nothing from outside becomes markup, and nothing is dropped in silence.

#![expect(clippy::indexing_slicing, reason = "a test that indexes nothing fails")]

use groupmap::{ReviewAnswer, ReviewRequest};
use serde_json::{Value, json};

use crate::findings::MOST_PEOPLE;
use crate::markup::{Text, cut, number};
use crate::page::page;
use crate::picture::MOST_BOXES;
use crate::table::MOST_ROWS;

type Outcome = Result<(), Box<dyn std::error::Error>>;

const DIRECTORY: &str = include_str!("../data/review/directory.json");

const HOSTILE: [&str; 6] = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\u{202e}txt.exe\u{202c}",
    "'\"><b>&amp;",
    "bell\u{7}\u{1b}[31m\u{200b}",
    "</style></title><svg onload=alert(1)>",
];

fn shown(request: &Value) -> Result<(String, ReviewAnswer), Box<dyn std::error::Error>> {
    let request: ReviewRequest = serde_json::from_value(request.clone())?;
    let answer = request.clone().answer();
    Ok((page(Some(&request), &answer)?, answer))
}

/// Everybody in these groups, with accounts that hold the flag, under one rule that grants it and is met by `Staff`.
fn directory(people: impl IntoIterator<Item = (String, &'static str)>) -> Value {
    let person = |(id, group): (String, &str)| {
        json!({
            "id": id,
            "login": { "id_token": { "sub": id, "groups": [group] } },
            "snapshot": {
                "account": { "status": "active" },
                "memberships": [{ "flag": "staff", "managed_by": "s" }],
            },
        })
    };
    json!({
        "config": {
            "version": 1,
            "source": { "id": "s", "provider": "okta" },
            "catalog": [{ "flag": "staff", "privileged": true }],
            "rules": [{ "id": "r", "when": { "name": "Staff" }, "grant": [{ "flag": "staff" }] }],
        },
        "people": people.into_iter().map(person).collect::<Vec<_>>(),
    })
}

/// What no page may hold outside its own style and script.
fn assert_harmless(page: &str) {
    for tag in ["<script>", "<style>", "<title>Review of s</title>"] {
        assert_eq!(page.matches(tag).count(), 1, "{tag}");
    }
    for raw in ["<script>alert", "<img", "<b>&amp;", "<svg onload", "onerror=alert(1)>", "</style></title>"] {
        assert!(!page.contains(raw), "{raw}");
    }
    let invisible = |c: char| {
        (c.is_control() && c != '\n') || matches!(c, '\u{200b}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert!(!page.chars().any(invisible));
}

#[test]
fn hostile_names_are_text_and_nothing_else() -> Outcome {
    let mut request = directory([("u1".into(), "Staff")]);
    for (index, name) in HOSTILE.into_iter().enumerate() {
        let target = json!({ "group": name });
        request["config"]["catalog"].as_array_mut().ok_or("catalog")?.push(target.clone());
        let person = json!({
            "id": name,
            "login": { "id_token": { "sub": format!("h{index}"), "groups": [name, "Staff"] } },
            "snapshot": { "account": { "status": "active" }, "memberships": [{ "group": name, "managed_by": "s" }] },
        });
        request["people"].as_array_mut().ok_or("people")?.push(person);
        // Conditions and ids of rules must be readable; markup is.
        if name.is_ascii() && !name.contains('\u{7}') {
            let rule = json!({ "id": format!("r{index}"), "when": { "name": name }, "grant": [{ "flag": "staff" }], "description": name });
            request["config"]["rules"].as_array_mut().ok_or("rules")?.push(rule);
        }
    }
    let (page, answer) = shown(&request)?;
    assert!(matches!(answer, ReviewAnswer::Review(_)), "{answer:?}");
    assert_harmless(&page);
    for told in
        ["&lt;script&gt;alert(1)&lt;/script&gt;", "&lt;img src=x", "\\u{202e}txt.exe\\u{202c}", "bell\\u{7}\\u{1b}"]
    {
        assert!(page.contains(told), "{told}");
    }
    Ok(())
}

#[test]
fn every_finding_and_everybody_with_changes_is_shown() -> Outcome {
    let (page, answer) = shown(&serde_json::from_str(DIRECTORY)?)?;
    let ReviewAnswer::Review(review) = answer else { return Err("no review".into()) };
    assert!(review.blocked && page.contains("<strong>Blocked.</strong>"));
    assert_eq!(page.matches("<article class=\"finding ").count(), review.findings.len());
    for finding in &review.findings {
        assert!(page.contains(&format!("<code>{}</code>", finding.code)), "{}", finding.code);
        for id in &finding.people {
            assert!(page.contains(&format!("<bdi class=\"name\">{}</bdi>", Text(id))), "{id}");
        }
    }
    // By hand, from the file: u3, u9 and u10 stay as they are.
    for number in 1..=12 {
        let row = format!("<tr data-find><th scope=\"row\"><bdi class=\"name\">u{number}@example.com</bdi>");
        assert_eq!(page.matches(&row).count(), usize::from(![3, 9, 10].contains(&number)), "u{number}");
    }
    assert!(page.contains("Nothing changes for 3 people; of these 1 left alone as exempt."));
    Ok(())
}

#[test]
fn a_reason_names_the_rule_and_the_group() -> Outcome {
    let (page, _) = shown(&serde_json::from_str(DIRECTORY)?)?;
    let reason = "rule <bdi class=\"name\">admins</bdi> matched <bdi class=\"name\">NetBox-Admins</bdi>";
    assert!(page.contains(reason));
    assert!(page.contains(
        "denied by rule <bdi class=\"name\">contractors</bdi> matched <bdi class=\"name\">Contractors</bdi>"
    ));
    assert!(page.contains("no rule grants it"));
    Ok(())
}

#[test]
fn what_is_past_a_cap_is_counted() -> Outcome {
    let many = MOST_ROWS + 1_234;
    let (page, answer) = shown(&directory((0..many).map(|index| (format!("u{index}"), "Other"))))?;
    let ReviewAnswer::Review(review) = answer else { return Err("no review".into()) };
    assert_eq!(review.preview.lose_access.len(), many);
    assert_eq!(page.matches("<tr data-find><th scope=\"row\"><bdi class=\"name\">u").count(), MOST_ROWS);
    assert!(page.contains("1,234 more people are not shown on this page."));
    let of_a_finding = format!("{} more people are not shown on this page.", number(many - MOST_PEOPLE));
    assert_eq!(page.matches(&of_a_finding).count(), review.findings.iter().filter(|f| f.people.len() == many).count());
    Ok(())
}

#[test]
fn a_picture_counts_what_does_not_fit() -> Outcome {
    let mut request = directory([("u1".into(), "Staff")]);
    let rules = (0..MOST_BOXES + 6).map(|index| {
        json!({ "id": format!("more-{index}"), "when": { "name": format!("G{index}") }, "grant": [{ "flag": "staff" }] })
    });
    request["config"]["rules"].as_array_mut().ok_or("rules")?.extend(rules);
    let (page, _) = shown(&request)?;
    assert!(page.contains("7 more rules would not fit into the picture."));
    assert!(page.contains("7 more conditions would not fit into the picture."));
    assert!(page.contains("<title>G0</title>") && page.contains("<title>privileged flag:staff</title>"));
    Ok(())
}

#[test]
fn a_long_name_is_whole_in_the_markup() -> Outcome {
    let long = "N".repeat(1_024);
    let (page, _) = shown(&directory([(long.clone(), "Other")]))?;
    assert!(page.contains(&format!("<bdi class=\"name long\" tabindex=\"0\">{long}</bdi>")));
    assert_eq!(cut(&long, 36).chars().count(), 37);
    Ok(())
}

#[test]
fn a_page_needs_nothing_else() -> Outcome {
    let (page, _) = shown(&serde_json::from_str(DIRECTORY)?)?;
    for reference in ["http:", "https:", "//", " src=", "url(", "@import", "<link", " style=", " onclick="] {
        let found = page.lines().find(|line| line.contains(reference) && !line.trim_start().starts_with("// "));
        assert_eq!(found, None, "{reference}");
    }
    assert!(page.contains("default-src 'none'") && page.contains("script-src 'sha256-"));
    Ok(())
}

#[test]
fn an_acknowledged_review_says_so() -> Outcome {
    let mut request: Value = serde_json::from_str(DIRECTORY)?;
    let (_, answer) = shown(&request)?;
    let ReviewAnswer::Review(review) = answer else { return Err("no review".into()) };
    let codes: Vec<_> = review.findings.iter().map(|finding| finding.code).collect();
    request["acknowledge"] = json!({ "codes": codes, "digest": review.digest });
    let (page, _) = shown(&request)?;
    assert!(page.contains("<strong>Acknowledged.</strong>") && !page.contains("<strong>Blocked.</strong>"));
    Ok(())
}

#[test]
fn without_a_review_the_page_says_why() -> Outcome {
    let mut request = directory([("u1".into(), "Staff")]);
    request["config"]["rules"][0]["grant"] = json!([{ "flag": "<img>" }]);
    let (page, _) = shown(&request)?;
    assert!(page.contains("The config does not compile") && page.contains("unknown-target"), "{page}");
    assert!(!page.contains("<img"));
    let unread = crate::page::page(None, &ReviewAnswer::invalid_request("missing field `config`"))?;
    assert!(unread.contains("There is no review") && unread.contains("missing field"));
    Ok(())
}

#[test]
fn numbers_are_read_in_threes() {
    assert_eq!([0, 999, 1_000, 1_234_567].map(number), ["0", "999", "1,000", "1,234,567"]);
}
