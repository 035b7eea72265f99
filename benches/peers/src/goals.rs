//! What groupmap is to reach, and whether it does.

use std::fmt;

use crate::engines::groupmap::Costs;
use crate::engines::{BORROWING_PARSE, CASBIN, CEDAR, FLOOR, GROUPMAP, PLAIN, REGORUS, TOKEN_TO_PLAN, WARM_MEMO};
use crate::preview::Preview;
use crate::report::rounded;
use crate::sampling::Figures;
use crate::world::Shape;

/// Where the goals are set, but for the growth.
const MANY: usize = 10_000;
const FEW: usize = 100;
pub(crate) const MEGABYTE: f64 = 1_000_000.0;

/// All that the goals are judged by.
pub(crate) struct Measured {
    pub(crate) figures: Figures,
    /// Of 10,000 typical rules.
    pub(crate) typical: Costs,
    /// Of 10,000 regexes.
    pub(crate) regexes: Costs,
    /// How many more allocations a plan makes for each group more, none of which meets a rule.
    pub(crate) allocations_per_group: f64,
    pub(crate) preview: Preview,
}

/// The line that must not be crossed.
#[derive(Clone, Copy)]
enum Limit {
    AtMost(f64),
    AtLeast(f64),
}
use Limit::{AtLeast, AtMost};

/// A goal and what was measured; none if its feature does not exist yet.
pub(crate) struct Goal {
    name: &'static str,
    limit: Limit,
    /// The limit's; the measured figure has its first word.
    unit: &'static str,
    measured: Option<f64>,
}

impl Goal {
    /// Whether it is reached; none if that cannot be said yet.
    pub(crate) fn met(&self) -> Option<bool> {
        self.measured.map(|measured| match self.limit {
            AtMost(limit) => measured <= limit,
            AtLeast(limit) => measured >= limit,
        })
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, limit) = match self.limit {
            AtMost(limit) => ('≤', limit),
            AtLeast(limit) => ('≥', limit),
        };
        let unit = |unit: &str| if unit.is_empty() { String::new() } else { format!(" {unit}") };
        write!(f, "goal: {} {sign} {limit}{}  measured: ", self.name, unit(self.unit))?;
        let short = unit(self.unit.split(' ').next().unwrap_or_default());
        match (self.measured, self.met()) {
            (Some(measured), Some(true)) => write!(f, "{}{short}  met", rounded(measured)),
            (Some(measured), _) => write!(f, "{}{short}  missed", rounded(measured)),
            (None, _) => write!(f, "–  not built"),
        }
    }
}

/// Every goal, in the order of the report.
pub(crate) fn goals(measured: &Measured) -> Vec<Goal> {
    let Measured { figures, typical, regexes, allocations_per_group, preview } = measured;
    let time = |shape, name, rules| figures.get(shape, name, rules);
    let ratio = |one: Option<f64>, other: Option<f64>| Some(one? / other?);
    let to_floor = |shape, name| ratio(time(shape, name, MANY), time(shape, FLOOR, MANY));
    let growth = |shape, name| {
        let grown = ratio(time(shape, name, MANY), time(shape, name, FEW))?;
        Some(grown.ln() / (MANY as f64 / FEW as f64).ln())
    };
    let by_groupmap = |shape, name| ratio(time(shape, name, MANY), time(shape, GROUPMAP, MANY));
    let typical_time = |name| time(Shape::Typical, name, MANY);
    let least_way = typical_time(BORROWING_PARSE).zip(typical_time(GROUPMAP)).map(|(parse, plan)| parse + plan);
    let goal = |name, limit, unit, measured| Goal { name, limit, unit, measured };
    let milliseconds = |costs: &Costs| Some(costs.compile.as_secs_f64() * 1e3);
    let megabytes = |costs: &Costs| Some((costs.used - costs.config.live) as f64 / MEGABYTE);
    vec![
        goal("plan, warm memo", AtMost(2.0), "× floor", to_floor(Shape::Typical, WARM_MEMO)),
        goal("plan, no memo, anchored regexes", AtMost(6.0), "× floor", to_floor(Shape::Typical, GROUPMAP)),
        goal("plan, no memo, inner literals and none", AtMost(16.0), "× floor", to_floor(Shape::Mixed, GROUPMAP)),
        goal("growth from 100 to 10,000 rules, exact, exponent", AtMost(0.1), "", growth(Shape::ExactOnly, GROUPMAP)),
        goal(
            "growth from 100 to 10,000 rules, warm memo, exponent",
            AtMost(0.1),
            "",
            growth(Shape::Typical, WARM_MEMO),
        ),
        goal(
            "growth from 100 to 10,000 rules, anchored regexes, exponent",
            AtMost(0.25),
            "",
            growth(Shape::Typical, GROUPMAP),
        ),
        goal(
            "growth from 100 to 10,000 rules, mixed regexes, exponent",
            AtMost(0.25),
            "",
            growth(Shape::Mixed, GROUPMAP),
        ),
        goal("10,000 regex rules, faster than the loop", AtLeast(5_000.0), "×", by_groupmap(Shape::AllRegex, PLAIN)),
        goal("10,000 regex rules, compile", AtMost(500.0), "ms", milliseconds(regexes)),
        goal("10,000 regex rules, memory beside the config", AtMost(10.0), "MB", megabytes(regexes)),
        goal("10,000 typical rules, compile", AtMost(30.0), "ms", milliseconds(typical)),
        goal("10,000 typical rules, memory beside the config", AtMost(3.0), "MB", megabytes(typical)),
        goal("allocations in a plan, reused buffers", AtMost(0.0), "", Some(typical.reused.calls as f64)),
        goal("allocations in a plan, fresh", AtMost(5.0), "", Some(typical.fresh.calls as f64)),
        goal("allocations for each group more", AtMost(0.0), "", Some(*allocations_per_group)),
        goal(
            "token bytes to plan",
            AtMost(1.5),
            "× borrowing parse + plan",
            ratio(typical_time(TOKEN_TO_PLAN), least_way),
        ),
        goal("preview of 1,000,000 people", AtLeast(0.5), "× the floor's rate", Some(preview.rate)),
        goal("preview, more memory for 1,000 times the people", AtMost(0.0), "bytes", Some(preview.more_memory)),
        goal("faster than the plain loop", AtLeast(200.0), "×", by_groupmap(Shape::Typical, PLAIN)),
        goal("faster than casbin", AtLeast(250.0), "×", by_groupmap(Shape::ExactOnly, CASBIN)),
        goal("faster than Cedar", AtLeast(500.0), "×", by_groupmap(Shape::ExactOnly, CEDAR)),
        goal(
            "faster than regorus, each rule with each group",
            AtLeast(10_000.0),
            "×",
            by_groupmap(Shape::ExactOnly, REGORUS),
        ),
    ]
}
