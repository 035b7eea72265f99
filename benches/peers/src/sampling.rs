//! Interleaved sampling: every row gets its turn in every round, so that what slows the machine slows all of them.

use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::allocations::counted;
use crate::engines::{Answer, Entrant, FLOOR, PLAIN, Peer, ROSTER};
use crate::world::{Shape, World};

/// How many groups a login has.
pub(crate) const GROUPS: usize = 150;
/// How many rules there are.
pub(crate) const RULES: [usize; 4] = [10, 100, 1_000, 10_000];

/// A run that takes longer warms its own caches, and is not run for nothing.
const SLOW: Duration = Duration::from_millis(20);

/// How much time goes into a figure.
#[derive(Clone, Copy)]
pub(crate) struct Effort {
    /// The most samples that a row gets.
    pub(crate) samples: usize,
    /// How long a sample takes at the least: as many runs as that needs are timed as one.
    pub(crate) sample: Duration,
    /// How long all samples of a row may take; a slow row gets fewer, but one in any case.
    pub(crate) row: Duration,
}

impl Effort {
    pub(crate) const FULL: Self =
        Self { samples: 101, sample: Duration::from_micros(500), row: Duration::from_millis(1_500) };
    pub(crate) const QUICK: Self =
        Self { samples: 5, sample: Duration::from_micros(100), row: Duration::from_millis(20) };
}

/// The median time of a row.
pub(crate) struct Figure {
    pub(crate) shape: Shape,
    pub(crate) name: &'static str,
    pub(crate) rules: usize,
    pub(crate) seconds: f64,
}

/// All that was measured.
#[derive(Default)]
pub(crate) struct Figures(Vec<Figure>);

impl Figures {
    /// Measures every entrant of a shape with every number of rules, all of them in turns.
    pub(crate) fn measure(&mut self, shape: Shape, effort: Effort) {
        let mut rows: Vec<Row> = RULES.into_iter().flat_map(|rules| Row::all(shape, rules)).collect();
        for row in &mut rows {
            row.calibrate(effort);
        }
        let rounds = rows.iter().map(|row| row.wanted).max().unwrap_or_default();
        for round in 0..rounds {
            for row in &mut rows {
                // A row that gets fewer samples gets them spread over the whole time.
                if (round + 1) * row.wanted / rounds > round * row.wanted / rounds {
                    row.sample();
                }
            }
        }
        self.0.extend(rows.into_iter().map(|row| row.figure(shape)));
    }

    /// The median time of a row, in seconds.
    pub(crate) fn get(&self, shape: Shape, name: &str, rules: usize) -> Option<f64> {
        let wanted = |figure: &&Figure| figure.shape == shape && figure.name == name && figure.rules == rules;
        self.0.iter().find(wanted).map(|figure| figure.seconds)
    }
}

/// An engine that is ready to run, and what it took so far.
struct Row {
    name: &'static str,
    rules: usize,
    peer: Box<dyn Peer>,
    /// How many runs are timed as one.
    batch: u32,
    /// Whether a run takes so long that none is made before a sample.
    is_slow: bool,
    /// How many samples it gets.
    wanted: usize,
    /// In seconds.
    samples: Vec<f64>,
}

impl Row {
    /// Every entrant with so many rules, once all of them were found to give the plain loop's answer.
    fn all(shape: Shape, rules: usize) -> Vec<Self> {
        let world = Rc::new(World::new(shape, rules, GROUPS));
        let taking_part = ROSTER.iter().filter(|entrant| entrant.takes_part(shape));
        let mut rows: Vec<Self> = taking_part.map(|entrant| Self::new(entrant, rules, &world)).collect();
        for row in &mut rows {
            row.peer.run();
            let ((), again) = counted(|| row.peer.run());
            assert!(row.name != FLOOR || again.calls == 0, "the floor allocates nothing: {again:?}");
        }
        let plain = rows.iter().find(|row| row.name == PLAIN).and_then(|row| row.peer.answer());
        let plain = plain.expect("the plain loop takes part in every world");
        check_world(shape, &plain);
        for row in &rows {
            check(row, shape, &plain);
        }
        rows
    }

    fn new(entrant: &Entrant, rules: usize, world: &Rc<World>) -> Self {
        let Entrant { name, prepare, .. } = entrant;
        Self { name, rules, peer: prepare(world), batch: 1, is_slow: false, wanted: 1, samples: Vec::new() }
    }

    /// Finds out roughly how long a run takes, and sets how often it is to run.
    fn calibrate(&mut self, effort: Effort) {
        let sample = loop {
            let mut sample = self.time(self.batch) * f64::from(self.batch);
            self.is_slow = sample > SLOW.as_secs_f64();
            if !self.is_slow {
                // The scheduler may have taken a turn: the least of three counts.
                for _ in 0..2 {
                    sample = sample.min(self.time(self.batch) * f64::from(self.batch));
                }
            }
            if sample >= effort.sample.as_secs_f64() {
                break sample;
            }
            self.batch *= 2;
        };
        let fitting =
            (1..effort.samples).take_while(|samples| (samples + 1) as f64 * sample <= effort.row.as_secs_f64());
        self.wanted = 1 + fitting.count();
    }

    fn sample(&mut self) {
        if !self.is_slow {
            // The others have taken the caches meanwhile.
            self.time(self.batch / 4 + 1);
        }
        let seconds = self.time(self.batch);
        self.samples.push(seconds);
    }

    /// How long one of so many runs takes, in seconds.
    fn time(&mut self, runs: u32) -> f64 {
        let start = Instant::now();
        for _ in 0..runs {
            self.peer.run();
        }
        start.elapsed().as_secs_f64() / f64::from(runs)
    }

    fn figure(mut self, shape: Shape) -> Figure {
        self.samples.sort_by(f64::total_cmp);
        let seconds = self.samples[self.samples.len() / 2];
        Figure { shape, name: self.name, rules: self.rules, seconds }
    }
}

/// The world is what it says: something changes, or nothing is desired.
fn check_world(shape: Shape, plain: &Answer) {
    let desired = !plain.add.is_empty() && !plain.keep.is_empty();
    assert!(desired != (shape == Shape::NothingMatches), "{shape:?}: {plain:?}");
    assert!(!plain.remove.is_empty(), "{shape:?}: {plain:?}");
}

/// A row's answer is the plain loop's, as far as it can say.
fn check(row: &Row, shape: Shape, plain: &Answer) {
    let Some(answer) = row.peer.answer() else { return };
    let place = || format!("{}, {shape:?}, {} rules", row.name, row.rules);
    let diff = |answer: &Answer| (answer.add.clone(), answer.remove.clone(), answer.keep.clone());
    assert_eq!(diff(&answer), diff(plain), "{}", place());
    if answer.reasons.is_some() {
        assert_eq!(answer.reasons, plain.reasons, "{}", place());
    }
}
