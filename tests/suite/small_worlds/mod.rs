//! Every small world there is: up to three rules over three groups and three targets, every authority, every way to
//! choose in a slot, everything that may be held and by whom, every state of the account, what becomes of those whom
//! nothing matches, every number of holders, and evidence of every completeness.
//!
//! Each plan is held against the model, and each plan on missing evidence against every way in which the evidence could
//! be completed. What the model makes of a login depends on the rules by what each is worth alone, so that logins and
//! rules that come to the same share its answer: it is asked once for each answer that could differ.
//!
//! Worlds that differ by the names of groups alone are one. A test looks at a share of the configs and at all their
//! worlds; `cargo test --release --test suite small_worlds -- --ignored --nocapture` looks at all, or with
//! `GROUPMAP_SETTINGS=30..45` at some of the 90 settings.

mod judge;
mod told;
mod world;

use std::ops::{AddAssign, Range};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fmt, thread};

use groupmap::{Condition, Effect};

use crate::agreement::count;
use judge::Judge;
use world::{RULES, Settings, Shape, Small, rule_sets};

/// 64 holdings of an active or inactive person and somebody new, with three counts of holders each.
const PEOPLE: usize = (2 * 64 + 1) * 3;
/// Five completenesses of each set of groups, and no groups at all.
const LOGINS: usize = 5 * 8 + 1;
/// For each of the four that are not complete the sets with the supersets of each, and every set for no groups at all.
const COMPLETIONS: usize = 4 * 27 + 8;

/// How much of everything is looked at.
#[derive(Clone, Copy)]
struct Share {
    /// One config in so many.
    configs: usize,
    /// Of their people one in so many is held against the model; all are held against completions.
    people: usize,
    /// One answer of the model in so many is compared word for word, as a document.
    documents: usize,
    threads: usize,
}

#[derive(Clone, Copy, Default)]
struct Counts {
    configs: usize,
    plans: usize,
    /// Plans on missing evidence held against a completion.
    completions: usize,
    /// Plans held against the model.
    compared: usize,
    /// How often the model was asked, and the checker, for as many.
    asked: usize,
    documents: usize,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        self.configs += other.configs;
        self.plans += other.plans;
        self.completions += other.completions;
        self.compared += other.compared;
        self.asked += other.asked;
        self.documents += other.documents;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { configs, plans, completions, compared, asked, documents } = self;
        write!(f, "{configs} configs, {plans} plans, {completions} completions, {compared} held against the model, ")?;
        write!(f, "which answered {asked} times, {documents} of them compared as documents")
    }
}

/// Looks at a share of all worlds, and tells of all configs of the same settings when it is through with them.
fn look(share: Share, settings: Range<usize>, tell: fn(&Settings, &Counts)) -> Counts {
    let (all, sets) = (Settings::all(), rule_sets());
    let next = AtomicUsize::new(settings.start);
    let work = || {
        let mut counts = Counts::default();
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(settings) = all.get(place).filter(|_| place < settings.end) else { return counts };
            let mut judge = Judge::new(settings, share);
            // As if all configs stood in one row, so that each of the settings has others of the rules.
            let rows = (0..sets.len()).filter(|row| (row * all.len() + place).is_multiple_of(share.configs));
            rows.for_each(|row| judge.config(&sets[row]));
            tell(settings, &judge.counts);
            counts += judge.counts;
        }
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..share.threads).map(|_| scope.spawn(work)).collect();
        let mut sum = Counts::default();
        workers
            .into_iter()
            .for_each(|worker| sum += worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        sum
    })
}

#[test]
fn p15_p16_p21_no_completion_contradicts_a_plan_in_a_share_of_all_small_worlds() {
    // Odd numbers, so that shapes and settings take turns.
    let share = if count() < 20_000 {
        Share { configs: 12_821, people: 13, documents: 5, threads: 1 }
    } else {
        Share { configs: 641, people: 3, documents: 11, threads: 1 }
    };
    let counts = look(share, 0..Settings::all().len(), |_, _| ());
    let worlds = counts.configs * PEOPLE;
    assert!(counts.configs >= 100_000 / share.configs, "{counts}");
    assert_eq!((counts.plans, counts.completions), (worlds * LOGINS, worlds * COMPLETIONS), "{counts}");
    assert!(counts.compared >= counts.configs * (PEOPLE / share.people) * LOGINS, "{counts}");
    assert!(
        counts.asked >= worlds / share.people && counts.documents >= counts.asked / share.documents / 2,
        "{counts}"
    );
}

/// The settings that are asked for: `GROUPMAP_SETTINGS=30..45`, or all.
fn settings() -> Range<usize> {
    let asked = std::env::var("GROUPMAP_SETTINGS").ok();
    let asked = asked.map(|asked| {
        let (start, end) = asked.split_once("..").unwrap();
        start.parse().unwrap()..end.parse().unwrap()
    });
    asked.unwrap_or(0..Settings::all().len())
}

#[test]
#[ignore = "takes an hour, and is meant for a release build"]
#[expect(clippy::print_stdout, reason = "how many there were is what is asked for")]
fn p15_p16_p21_p60_no_completion_and_no_word_of_the_model_contradicts_a_plan_in_any_small_world() {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let share = Share { configs: 1, people: 1, documents: 997, threads };
    let settings = settings();
    let counts = look(share, settings.clone(), |settings, counts| println!("{settings:?}: {counts}"));
    println!("{settings:?} of the settings: {counts}");
    assert_eq!(counts.configs, rule_sets().len() * settings.len());
    let worlds = counts.configs * PEOPLE;
    assert_eq!((counts.plans, counts.compared), (worlds * LOGINS, worlds * LOGINS));
}

#[test]
fn there_is_one_set_of_rules_for_each_renaming_of_groups() {
    let sets = rule_sets();
    assert!(sets.iter().all(|set| set.iter().all(|code| Small::of(*code).code() == *code)));
    // Burnside: the sets that each renaming leaves alone, over six.
    let fixed = |names: [usize; 3]| {
        let rename = |code: usize| {
            let rule = Small::of(code);
            Small { group: names[rule.group], ..rule }.code()
        };
        let kept = |set: &[usize]| set.iter().all(|code| set.contains(&rename(*code)));
        let mut count = 0;
        for a in 0..RULES {
            count += usize::from(kept(&[a]));
            for b in a + 1..RULES {
                count += usize::from(kept(&[a, b]));
                count += (b + 1..RULES).filter(|c| kept(&[a, b, *c])).count();
            }
        }
        count
    };
    let all = [[0, 1, 2], [0, 2, 1], [2, 1, 0], [1, 0, 2], [1, 2, 0], [2, 0, 1]];
    assert_eq!(sets.len(), all.map(fixed).iter().sum::<usize>() / 6);
}

/// The effect of a rule is what its number says.
#[test]
fn small_rules_are_what_they_are_numbered() {
    let targets = Shape::Apart.targets();
    let rule = Small::of(12 + 6 + 3 + 2).rule(0, &targets);
    assert_eq!(rule.when, Condition::not(Condition::name("c")));
    assert_eq!(rule.effect, Effect::Deny(vec![targets[1].clone()]));
}
