//! The config's own tests, and which rules they reach.

mod display;

use alloc::borrow::ToOwned;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde::de::value::{Error as WordError, StrDeserializer};
use serde::de::{Deserialize, IntoDeserializer as _};
use serde::{Deserialize as DeriveDeserialize, Serialize};

use crate::config::{Expectation, MappingTest};
use crate::draft::Draft;
use crate::engine::Engine;
use crate::error::Error;
use crate::explain::{of_draft, sentence};
use crate::identity::Identity;
use crate::plan::{Access, AccountChange, NoteCode, Status, WithheldChange, WithheldCode};
use crate::scratch::Scratch;
use crate::snapshot::Snapshot;
use crate::target::Target;
use crate::text::Brief;

/// What came of a config's own tests.
///
/// Made by [`Engine::self_test`]. `Display` prints it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, DeriveDeserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SelfTest {
    /// The ids of the tests that passed, in the order of the config.
    pub passed: Vec<String>,
    /// The tests that failed, in the order of the config.
    pub failed: Vec<FailedTest>,
    /// Which rules the tests reached.
    pub coverage: Coverage,
}

/// A test that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, DeriveDeserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct FailedTest {
    /// Its id.
    pub id: String,
    /// Its place in the config, such as `tests[3]`.
    pub path: String,
    /// What came otherwise than expected, a line each.
    pub differences: Vec<String>,
}

/// Which rules somebody reached: for whom they were true.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, DeriveDeserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Coverage {
    /// How many rules are enabled.
    pub rules: u64,
    /// How many of them were true for somebody.
    pub reached: u64,
    /// The ids of those that never were, in order.
    pub never: Vec<String>,
}

impl Engine {
    /// Runs the tests that stand in the config, and says which rules none of them reaches.
    ///
    /// # Examples
    ///
    /// ```
    /// use groupmap::{Config, Engine};
    ///
    /// let config: Config = toml::from_str(r#"
    ///     version = 1
    ///     source  = { id = "acme-okta", provider = "okta" }
    ///     catalog = [{ flag = "staff" }, { flag = "ops" }]
    ///     rules   = [{ id = "staff", when = { name = "Staff" }, grant = [{ flag = "staff" }] },
    ///                { id = "ops", when = { name = "Ops" }, grant = [{ flag = "ops" }] }]
    ///
    ///     [[tests]]
    ///     id     = "staff come in"
    ///     login  = { id_token = { sub = "u1", groups = ["Staff"] } }
    ///     expect = { access = "granted", holds = [{ flag = "staff" }] }
    ///
    ///     [[tests]]
    ///     id     = "strangers do not"
    ///     login  = { id_token = { sub = "u2", groups = ["Guests"] } }
    ///     expect = { access = "granted" }
    /// "#)?;
    /// let tested = Engine::compile(config)?.self_test();
    /// assert_eq!(tested.passed, ["staff come in"]);
    /// assert_eq!(tested.failed[0].differences, ["access: expected granted, came refused: nothing is granted: the login is refused"]);
    /// assert_eq!(tested.coverage.never, ["ops"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn self_test(&self) -> SelfTest {
        let mut seen = BTreeSet::new();
        let mut reached = BTreeSet::new();
        let (mut passed, mut failed) = (Vec::new(), Vec::new());
        for (place, test) in self.config().tests.iter().enumerate() {
            let mut differences = self.run(test, &mut reached);
            if !seen.insert(&*test.id) {
                differences.insert(0, "another test has this id already".to_owned());
            }
            if differences.is_empty() {
                passed.push(test.id.clone());
            } else {
                failed.push(FailedTest { id: test.id.clone(), path: format!("tests[{place}]"), differences });
            }
        }
        SelfTest { passed, failed, coverage: self.coverage(&reached) }
    }

    /// Which rules are true for somebody of a directory. People for whom there is no plan reach none.
    pub fn coverage_of<'p>(&self, people: impl IntoIterator<Item = (&'p Identity, &'p Snapshot)>) -> Coverage {
        let mut reached = BTreeSet::new();
        let mut scratch = Scratch::new();
        for (identity, snapshot) in people {
            if let Ok(draft) = self.draft(identity, snapshot, &mut scratch) {
                reach(&draft, &mut reached);
            }
        }
        self.coverage(&reached)
    }

    fn coverage(&self, reached: &BTreeSet<String>) -> Coverage {
        let enabled: BTreeSet<&str> =
            self.config().rules.iter().filter(|rule| rule.enabled).map(|rule| &*rule.id).collect();
        let never: Vec<String> =
            enabled.iter().filter(|id| !reached.contains(**id)).map(|id| (*id).to_owned()).collect();
        let rules = enabled.len() as u64;
        Coverage { rules, reached: rules.saturating_sub(never.len() as u64), never }
    }

    /// Runs one test; says what came otherwise than expected.
    fn run(&self, test: &MappingTest, reached: &mut BTreeSet<String>) -> Vec<String> {
        let expect = &test.expect;
        let mut found = Vec::new();
        check_words(expect, &mut found);
        self.check_targets(expect, &mut found);
        if *expect == Expectation::default() {
            found.push("it expects nothing, so that it can not fail".to_owned());
        }
        let engine = self.clone().with_host(test.host.clone());
        let mut scratch = Scratch::new();
        let identity = match engine.normalize(&test.login) {
            Ok(identity) => identity,
            Err(error) => {
                judge_error(expect, &error, &mut found);
                return found;
            }
        };
        match engine.draft(&identity, &test.snapshot, &mut scratch) {
            Ok(draft) => {
                reach(&draft, reached);
                judge(expect, &draft, &mut found);
            }
            Err(error) => judge_error(expect, &error, &mut found),
        }
        found
    }

    /// That what is expected to be held can be.
    fn check_targets(&self, expect: &Expectation, found: &mut Vec<String>) {
        let withheld = expect.withheld.iter().flatten().filter_map(|withheld| withheld.target.as_ref());
        let named = expect.holds.iter().flatten().chain(&expect.includes).chain(&expect.lacks).chain(withheld);
        for target in named.filter(|target| self.compiled().catalog.id(target).is_none()) {
            found.push(format!("the catalog does not list {target}"));
        }
    }
}

/// The rules that are true for the person of a draft.
fn reach(draft: &Draft<'_>, reached: &mut BTreeSet<String>) {
    if let Some(judgement) = draft.outcome.judgement {
        reached.extend(judgement.true_rules().map(|rule| draft.compiled.rule_id(rule).to_owned()));
    }
}

/// Whether a word is one of an enumeration's.
fn check_word<'w, T: Deserialize<'w>>(field: &str, word: &'w str, found: &mut Vec<String>) {
    let word: StrDeserializer<'w, WordError> = word.into_deserializer();
    if let Err(error) = T::deserialize(word) {
        found.push(format!("{field}: {error}"));
    }
}

fn check_words(expect: &Expectation, found: &mut Vec<String>) {
    let Expectation { access, account, status, withheld, notes, .. } = expect;
    if let Some(word) = access {
        check_word::<Access>("access", word, found);
    }
    if let Some(word) = account {
        check_word::<AccountChange>("account", word, found);
    }
    if let Some(word) = status {
        check_word::<Status>("status", word, found);
    }
    for word in notes {
        check_word::<NoteCode>("notes", word, found);
    }
    for withheld in withheld.iter().flatten() {
        check_word::<WithheldChange>("withheld.change", &withheld.change, found);
        check_word::<WithheldCode>("withheld.code", &withheld.code, found);
    }
}

fn judge_error(expect: &Expectation, error: &Error, found: &mut Vec<String>) {
    match &expect.error {
        Some(expected) if expected == error.code() => {}
        Some(expected) => found.push(format!("error: expected {}, came {}", Brief(expected), error.code())),
        None => found.push(format!("there is no plan: {error} ({})", error.code())),
    }
}

/// A word of a document, as it is written there.
fn written(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(ToOwned::to_owned)).unwrap_or_default()
}

/// Compares a plan with what is expected of it.
fn judge(expect: &Expectation, draft: &Draft<'_>, found: &mut Vec<String>) {
    if let Some(error) = &expect.error {
        found.push(format!("error: expected {}, came a plan", Brief(error)));
    }
    let explanation = of_draft(draft);
    let why = sentence(&explanation.account);
    let words = [
        ("access", &expect.access, written(&draft.access())),
        ("account", &expect.account, written(&draft.account())),
        ("status", &expect.status, written(&draft.status())),
    ];
    for (field, expected, came) in words {
        if let Some(expected) = expected.as_ref().filter(|expected| **expected != came) {
            found.push(format!("{field}: expected {}, came {came}: {why}", Brief(expected)));
        }
    }
    let held = held_after(draft);
    let missing = expect.holds.iter().flatten().chain(&expect.includes).filter(|target| !held.contains(*target));
    let missing: BTreeSet<&Target> = missing.collect();
    found.extend(missing.into_iter().map(|target| format!("expected to be held, and is not: {target}")));
    let surplus = held.iter().filter(|target| match &expect.holds {
        Some(holds) => !holds.contains(target) || expect.lacks.contains(target),
        None => expect.lacks.contains(target),
    });
    for target in surplus {
        let explained = explanation.targets.iter().find(|explained| explained.target == *target);
        let rules: Vec<String> = explained
            .into_iter()
            .flat_map(|explained| &explained.granted_by)
            .map(|word| format!("`{}`", Brief(&word.rule)))
            .collect();
        let by =
            if rules.is_empty() { String::new() } else { format!(" (rules that speak for it: {})", rules.join(", ")) };
        found.push(format!("held, and not expected to be: {target}{by}"));
    }
    if let Some(expected) = &expect.withheld {
        let line = |change: &str, target: Option<&Target>, code: &str| match target {
            Some(target) => format!("{change} of {target}, {code}"),
            None => format!("{change}, {code}"),
        };
        let expected: BTreeSet<String> =
            expected.iter().map(|held| line(&held.change, held.target.as_ref(), &held.code)).collect();
        let came: BTreeSet<String> =
            draft.withheld().map(|(change, target, code)| line(&written(&change), target, &written(&code))).collect();
        found.extend(expected.difference(&came).map(|line| format!("expected to be withheld, and is not: {line}")));
        found.extend(came.difference(&expected).map(|line| format!("withheld, and not expected to be: {line}")));
    }
    let notes: BTreeSet<&str> = draft.notes().map(NoteCode::as_str).collect();
    let missing = expect.notes.iter().filter(|note| !notes.contains(note.as_str()));
    found.extend(missing.map(|note| format!("expected to be noted, and is not: {}", Brief(note))));
}

/// What the person holds of the catalog once the plan is applied.
fn held_after(draft: &Draft<'_>) -> BTreeSet<Target> {
    let catalog = &draft.compiled.catalog;
    let held = draft.snapshot.memberships.iter().map(|membership| &membership.target);
    let mut held: BTreeSet<Target> = held.filter(|target| catalog.id(target).is_some()).cloned().collect();
    for target in draft.remove().chain(draft.replace().map(|(_, old)| old)) {
        held.remove(target);
    }
    held.extend(draft.add().chain(draft.replace().map(|(new, _)| new)).cloned());
    held
}

impl SelfTest {
    /// Whether every test passed.
    pub fn is_passed(&self) -> bool {
        self.failed.is_empty()
    }
}

impl Coverage {
    /// What neither these nor those reach: for tests and a directory together.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.never.retain(|rule| other.never.contains(rule));
        self.reached = self.rules.saturating_sub(self.never.len() as u64);
        self
    }
}

impl Draft<'_> {
    /// The ids of the rules that are true for the person, in order; none where nothing changes whatever the rules say.
    pub fn true_rules(&self) -> impl Iterator<Item = &str> {
        let judged = self.outcome.judgement.iter().flat_map(crate::rules::Judgement::true_rules);
        judged.map(|rule| self.compiled.rule_id(rule))
    }
}
