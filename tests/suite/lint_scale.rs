//! Many rules: that an examination stays within reason, and what it costs.

use std::collections::BTreeMap;
use std::time::Instant;

use groupmap::lint::LintCode;
use groupmap::{Catalogued, Condition, Config, Engine, Provider, Rule, Source, Target};

/// One rule in twenty is a pattern; rules share targets, or all grant the same one.
fn config(rules: usize, shared: bool) -> Config {
    let catalog = (0..rules / 10).map(|n| Catalogued::new(Target::team(&format!("t{n}"))));
    let target = |n: usize| Target::team(&format!("t{}", if shared { 0 } else { n % (rules / 10) }));
    let rule = |n: usize| {
        let department = n / 20 % (rules / 40);
        let when = match (n % 20, n % 3) {
            (0, 0) => Condition::regex(format!("dept-{department:03}-[a-z]+-(admins|members)")),
            (0, 1) => Condition::regex(format!("dept-{department:03}-.*")),
            (0, _) => Condition::glob(format!("*-{department:03}-members")),
            _ => Condition::name(format!("dept-{:03}-team{n}-members", n % (rules / 20))),
        };
        Rule::grant(&format!("r{n}"), when, [target(n)])
    };
    let source = Source::new("s", Provider::Okta);
    Config::new(source).with_catalog(catalog).with_rules((0..rules).map(rule))
}

#[expect(clippy::print_stdout, reason = "the measurement is what it prints")]
fn examine(rules: usize, shared: bool) -> BTreeMap<LintCode, usize> {
    let engine = Engine::compile(config(rules, shared)).unwrap();
    let start = Instant::now();
    let mut counts = BTreeMap::new();
    let mut examination = engine.lint();
    let mut done = 0;
    while let Some(lint) = examination.next() {
        assert!(examination.progress().done >= done);
        done = examination.progress().done;
        *counts.entry(lint.code).or_insert(0) += 1;
    }
    assert_eq!(examination.progress().done, examination.progress().total);
    println!("{rules} rules, shared target: {shared}: {:?}", start.elapsed());
    counts
}

#[test]
fn a_thousand_rules_are_examined_and_what_is_covered_is_found() {
    let counts = examine(1_000, true);
    // Of the names in every department that a wide pattern covers, all are needless, and nothing is left open.
    assert!(counts[&LintCode::NeverMatters] > 100, "{counts:?}");
    assert!(!counts.contains_key(&LintCode::NotDecided), "{counts:?}");
}

/// With `--release -- --ignored --nocapture`: the figures in the manual.
#[test]
#[ignore = "a measurement"]
fn ten_thousand_rules_of_which_five_hundred_are_patterns() {
    for shared in [false, true] {
        examine(10_000, shared);
    }
}

/// What comparing two configs costs, with a change of so many rules.
#[expect(clippy::print_stdout, reason = "the measurement is what it prints")]
fn compare(rules: usize, shared: bool, change: &str, alter: impl Fn(&mut Config)) -> groupmap::lint::RuleChanges {
    let before = config(rules, shared);
    let mut after = before.clone();
    alter(&mut after);
    let (before, after) = (Engine::compile(before).unwrap(), Engine::compile(after).unwrap());
    let start = Instant::now();
    let changes = before.compare(&after);
    println!("{rules} rules, shared target: {shared}, {change}: {:?}", start.elapsed());
    changes
}

fn rename(config: &mut Config, every: usize) {
    for (place, rule) in config.rules.iter_mut().enumerate().filter(|(place, _)| place % every == 7) {
        rule.when = Condition::name(format!("new-{place}"));
    }
}

fn deny(config: &mut Config) {
    config.rules.push(Rule::deny("ext", Condition::name("ext"), [Target::team("t0")]));
}

#[test]
fn two_sets_of_a_thousand_rules_are_compared_and_each_change_is_told() {
    let nothing = compare(1_000, true, "nothing", |config| config.rules.reverse());
    assert!(nothing.is_none(), "{nothing}");
    let some = compare(1_000, true, "ten rules", |config| rename(config, 100));
    // Those that a wide pattern covers are missed by nobody.
    assert_eq!(some.targets.len(), 1);
    assert!(some.targets[0].gained.len() == 10 && !some.targets[0].undecided, "{some}");
    let denied = compare(1_000, false, "a deny", deny);
    assert_eq!((denied.targets.len(), denied.targets[0].lost.len()), (1, 10), "{denied}");
}

/// With `--release -- --ignored --nocapture`: the figures in the manual.
#[test]
#[ignore = "a measurement"]
fn two_sets_of_ten_thousand_rules() {
    for shared in [false, true] {
        compare(10_000, shared, "nothing", |config| config.rules.reverse());
        compare(10_000, shared, "a hundred rules", |config| rename(config, 100));
        compare(10_000, shared, "a deny", deny);
    }
}
