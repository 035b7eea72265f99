//! The index of patterns and one `Regex` for each rule find the same, over as many pairs of pattern and value as asked
//! for.

use std::fmt::Write as _;

use groupmap::{
    Account, CasePolicy, Catalogued, Claims, Condition, Config, Engine, GroupSettings, IdentifiedBy, ProblemCode,
    Provider, Rule, Scratch, Snapshot, Source, Target, Token,
};
use serde_json::json;

use crate::checked::Checked;
use crate::reference::pattern::Pattern;
use crate::reference::text::Case;

const RULES: usize = 200;
const VALUES: usize = 100;

/// How many pairs are tried: `GROUPMAP_PAIRS`, or 200,000.
fn pairs() -> usize {
    std::env::var("GROUPMAP_PAIRS").ok().and_then(|count| count.parse().ok()).unwrap_or(200_000)
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }

    fn pick<'a, T: ?Sized>(&mut self, choices: &[&'a T]) -> &'a T {
        choices[self.below(choices.len())]
    }
}

/// A pattern, as text and as something that values can be drawn from.
enum Part {
    Text(&'static str),
    /// A class, and some of what it holds.
    Class(&'static str, &'static [&'static str]),
    Anchor(&'static str),
    Sequence(Vec<Part>),
    Choice(Vec<Part>),
    Capture(Box<Part>),
    /// A part in any case.
    AnyCase(Box<Part>),
    Repeated(Box<Part>, &'static str, &'static [usize]),
}

const TEXTS: [&str; 16] =
    ["team-", "-admins", "eng", "Ops", "-", "a", "b", "k", "K", "é", "ÉQ", "\u{212A}", "ſ", "ß", "/", "x.y"];
const CLASSES: [(&str, &[&str]); 12] = [
    ("[a-z]", &["a", "k", "z"]),
    ("[A-C]", &["A", "B"]),
    ("[^a]", &["b", "A", "é", "-"]),
    (r"\w", &["a", "Z", "é", "7", "_"]),
    (r"\d", &["0", "9", "٣"]),
    (".", &["-", "q", "ß"]),
    (r"\p{Lu}", &["A", "É"]),
    ("[0-9a-f]", &["0", "c"]),
    ("[abc]", &["a", "c"]),
    (r"[\w.-]", &["-", ".", "b"]),
    ("[^-]", &["e", "4"]),
    (r"\W", &["-", "/"]),
];
const REPETITIONS: [(&str, &[usize]); 8] = [
    ("*", &[0, 1, 2, 5]),
    ("+", &[1, 2, 3]),
    ("?", &[0, 1]),
    ("{2}", &[2]),
    ("{1,3}", &[1, 2, 3]),
    ("{0,2}", &[0, 1, 2]),
    ("{2,}", &[2, 4]),
    ("*?", &[0, 3]),
];

impl Part {
    fn any(dice: &mut Dice, case: Case, depth: usize) -> Part {
        let some = |dice: &mut Dice, most: usize| {
            (0..1 + dice.below(most)).map(|_| Part::any(dice, case, depth + 1)).collect::<Vec<_>>()
        };
        match dice.below(if depth > 3 { 8 } else { 16 }) {
            0..=4 => Part::Text(TEXTS[dice.below(TEXTS.len())]),
            5..=6 => {
                let (class, samples) = CLASSES[dice.below(CLASSES.len())];
                // The model folds more than ASCII in it.
                let class = if case == Case::Ascii && class == r"\p{Lu}" { "[A-C]" } else { class };
                Part::Class(class, samples)
            }
            7 => match dice.below(8) {
                0 => Part::Anchor(dice.pick(&["^", "$", r"\b", r"\B", r"\A", r"\z"])),
                _ => Part::Text("-"),
            },
            8..=11 => Part::Sequence(some(dice, 4)),
            12 => Part::Choice(some(dice, 3)),
            13 => Part::Capture(Box::new(Part::any(dice, case, depth + 1))),
            // What the flag means beside the policy for ASCII is a matter of its own.
            14 if case != Case::Ascii => Part::AnyCase(Box::new(Part::any(dice, case, depth + 1))),
            _ => {
                let (sign, counts) = REPETITIONS[dice.below(REPETITIONS.len())];
                Part::Repeated(Box::new(Part::any(dice, case, depth + 1)), sign, counts)
            }
        }
    }

    fn write(&self, text: &mut String) {
        match self {
            Part::Text(literal) => text.push_str(&regex::escape(literal)),
            Part::Class(class, _) | Part::Anchor(class) => text.push_str(class),
            Part::Sequence(parts) => parts.iter().for_each(|part| part.write(text)),
            Part::Choice(parts) => {
                for (place, part) in parts.iter().enumerate() {
                    text.push_str(if place == 0 { "(?:" } else { "|" });
                    part.write(text);
                }
                text.push(')');
            }
            Part::Capture(part) => {
                write!(text, "(?P<c{}>", text.len()).unwrap();
                part.write(text);
                text.push(')');
            }
            Part::AnyCase(part) => {
                text.push_str("(?i:");
                part.write(text);
                text.push(')');
            }
            Part::Repeated(part, sign, _) => {
                text.push_str("(?:");
                part.write(text);
                text.push(')');
                text.push_str(sign);
            }
        }
    }

    /// A value that the pattern matches, mostly.
    fn draw(&self, dice: &mut Dice, value: &mut String) {
        match self {
            Part::Text(literal) => value.push_str(literal),
            Part::Class(_, samples) => value.push_str(dice.pick(samples)),
            Part::Anchor(_) => {}
            Part::Sequence(parts) => parts.iter().for_each(|part| part.draw(dice, value)),
            Part::Choice(parts) => parts[dice.below(parts.len())].draw(dice, value),
            Part::Capture(part) => part.draw(dice, value),
            Part::AnyCase(part) => {
                let mut inner = String::new();
                part.draw(dice, &mut inner);
                value.push_str(&if dice.below(2) == 0 { inner.to_uppercase() } else { inner.to_lowercase() });
            }
            Part::Repeated(part, _, counts) => {
                for _ in 0..counts[dice.below(counts.len())] {
                    part.draw(dice, value);
                }
            }
        }
    }
}

/// A value that some pattern matches, or nearly.
fn value(dice: &mut Dice, parts: &[Part]) -> String {
    let mut value = String::new();
    parts[dice.below(parts.len())].draw(dice, &mut value);
    match dice.below(8) {
        0 => value = value.to_uppercase(),
        1 => value = value.to_lowercase(),
        2 => value.push_str(TEXTS[dice.below(TEXTS.len())]),
        3 => value.insert_str(0, TEXTS[dice.below(TEXTS.len())]),
        4 => drop(value.pop()),
        _ => {}
    }
    if value.is_empty() { "x".to_owned() } else { value.chars().take(200).collect() }
}

fn target(place: usize) -> Target {
    Target::group(&format!("t{place:03}"))
}

fn config_of(rules: impl IntoIterator<Item = Rule>, policy: CasePolicy) -> Config {
    let groups = GroupSettings::default().claims(["groups"]).identified_by(IdentifiedBy::Name).case(policy);
    Config::new(Source::new("s", Provider::Custom).with_groups(groups))
        .with_catalog((0..RULES).map(|place| Catalogued::new(target(place))))
        .with_rules(rules)
}

/// Whether the engine takes the pattern for small enough: it counts before it compiles, a little more than is used.
fn is_small(text: &str, policy: CasePolicy) -> bool {
    let rule = Rule::grant("r", Condition::regex(text), [target(0)]);
    match Engine::compile(config_of([rule], policy)) {
        Ok(_) => true,
        Err(problems) => {
            assert!(problems.iter().all(|problem| problem.code == ProblemCode::RegexTooLarge), "`{text}`: {problems}");
            false
        }
    }
}

/// Tries so many values on so many patterns; says how many matched.
fn try_world(dice: &mut Dice, case: Case, policy: CasePolicy) -> usize {
    let mut parts = Vec::new();
    let mut patterns: Vec<(String, Pattern)> = Vec::new();
    while patterns.len() < RULES {
        let part = Part::any(dice, case, 0);
        let mut text = String::new();
        part.write(&mut text);
        let pattern = Pattern::regex(&text, case);
        if text.len() < 300 && pattern.problem().is_none() && is_small(&text, policy) {
            patterns.push((text, pattern));
            parts.push(part);
        }
    }
    let rules = patterns
        .iter()
        .enumerate()
        .map(|(place, (text, _))| Rule::grant(&format!("r{place}"), Condition::regex(text.as_str()), [target(place)]));
    let engine = Engine::compile(config_of(rules, policy)).unwrap();
    let snapshot = Snapshot::new(Account::active());
    let mut scratch = Scratch::with_memo(50);
    let mut matched = 0;
    for _ in 0..VALUES {
        let value = value(dice, &parts);
        let token = Token::from_json(json!({ "sub": "u1", "groups": [value] }).to_string().as_bytes()).unwrap();
        let identity = engine.normalize(&Claims::oidc(token)).unwrap();
        let mut wanted: Vec<Target> = Vec::new();
        wanted.extend((0..RULES).filter(|place| patterns[*place].1.matches(&value)).map(target));
        matched += wanted.len();
        for scratch in [&mut Scratch::new(), &mut scratch] {
            let draft = engine.draft(&identity, &snapshot, scratch).unwrap();
            let found: Vec<Target> = draft.add().cloned().collect();
            for (place, (text, _)) in patterns.iter().enumerate() {
                let (found, wanted) = (found.contains(&target(place)), wanted.contains(&target(place)));
                assert_eq!(found, wanted, "`{text}` on {value:?} under {policy:?}");
            }
        }
    }
    matched
}

#[test]
fn the_index_finds_what_one_regex_for_each_rule_finds() {
    let mut dice = Dice(1);
    let policies = [
        (Case::Sensitive, CasePolicy::Sensitive),
        (Case::Ascii, CasePolicy::Ascii),
        (Case::Unicode, CasePolicy::Unicode),
    ];
    let worlds = pairs().div_ceil(RULES * VALUES);
    let mut matched = 0;
    for (case, policy) in policies.into_iter().cycle().take(worlds) {
        matched += try_world(&mut dice, case, policy);
    }
    // Were nearly all pairs misses, agreement would mean little.
    assert!(matched * 100 > worlds * RULES * VALUES, "{matched} of {} match", worlds * RULES * VALUES);
}

/// Patterns with few values are looked up as texts, and then too they see a path and a name as it was sent.
#[test]
fn patterns_with_few_values_see_paths_and_names_as_sent() {
    let matched = |kind: &str, case: &str, pattern: &str, group: &str| {
        let config = serde_json::json!({
            "version": 1,
            "source": { "id": "idp", "provider": "custom", "groups": { "claims": ["groups"], "identified_by": kind, "case": case } },
            "catalog": [{ "flag": "staff" }],
            "rules": [{ "id": "r", "when": { "regex": pattern }, "grant": [{ "flag": "staff" }] }]
        });
        let engine = groupmap::Engine::compile(serde_json::from_value(config).unwrap()).unwrap();
        let login = serde_json::json!({ "id_token": { "sub": "u1", "groups": [group] } });
        let identity = engine.normalize(&serde_json::from_value(login).unwrap()).unwrap();
        let snapshot = groupmap::Snapshot::new(groupmap::Account::active());
        !engine.checked_plan(&identity, &snapshot).unwrap().add.is_empty()
    };
    let names = "CN=ops,DC=x|CN=dev,DC=x";
    for (kind, case, pattern, group, expected) in [
        ("dn", "sensitive", names, "CN=dev,DC=x", true),
        ("dn", "sensitive", names, "cn=dev,dc=x", false),
        ("dn", "ascii", names, "cn=DEV,dc=x", true),
        ("dn", "ascii", names, "CN=dev, DC=x", false),
        ("dn", "unicode", names, "cn=ops,dc=X", true),
        ("path", "sensitive", "/ops|/dev", "/dev", true),
        ("path", "sensitive", "/ops|/dev", "dev", false),
        ("path", "sensitive", "ops|dev", "/dev", false),
        ("path", "ascii", "/ops|/dev", "/DEV", true),
        ("name", "sensitive", "ops|dev", "dev", true),
        ("name", "ascii", "ops|dev", "DEV", true),
        ("name", "sensitive", "ops|dev", "DEV", false),
    ] {
        assert_eq!(matched(kind, case, pattern, group), expected, "{kind} {case} {pattern} {group}");
    }
}
