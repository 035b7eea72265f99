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
