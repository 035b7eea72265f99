//! Why not, as people read it.

use core::fmt;

use super::{Asked, Missing, NearMiss, Obstacle, ObstacleCode, RuleMiss, WhyNot};
use crate::explain::Verdict;
use crate::text::Brief;

impl fmt::Display for WhyNot {
    /// A line for each thing in the way, then what each rule misses, then what comes near.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.asked {
            Asked::Target(target) => write!(f, "why not {target}")?,
            Asked::Rule(rule) => write!(f, "why not rule `{}`", Brief(rule))?,
        }
        if self.obstacles.is_empty() {
            return f.write_str(match &self.asked {
                Asked::Target(_) => ": nothing stands in the way, the person has it or gets it",
                Asked::Rule(_) => ": it is true",
            });
        }
        self.obstacles.iter().try_for_each(|obstacle| write!(f, "\n  {obstacle}"))?;
        if !self.rules.is_empty() {
            f.write_str("\n\nWhat is missing")?;
        }
        self.rules.iter().try_for_each(|rule| write!(f, "\n  {rule}"))?;
        if !self.near_misses.is_empty() {
            f.write_str("\n\nWhat comes near")?;
        }
        self.near_misses.iter().try_for_each(|miss| write!(f, "\n  {miss}"))?;
        if let Some(smallest) = &self.smallest_change {
            write!(f, "\n\nSmallest change: {smallest}")?;
        }
        if self.is_cut { f.write_str("\n\nNot everything was looked at: there is too much of it.") } else { Ok(()) }
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if let Some(rule) = &self.rule {
            write!(f, " rule `{}`", Brief(rule))?;
        }
        write!(f, ": {}", self.message)?;
        if let Some(target) = &self.target {
            write!(f, ": {target}")?;
        }
        match &self.setting {
            Some(setting) => write!(f, " (see {setting})"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for ObstacleCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for RuleMiss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rule `{}` ({})", Brief(&self.rule), self.path)?;
        match (self.condition, self.is_template) {
            (Verdict::True, true) => f.write_str(" is true, but fills its placeholders with nothing like this target"),
            (Verdict::True, false) => f.write_str(" is true"),
            (Verdict::Unknown, _) => f.write_str(" is undecided"),
            (Verdict::False, _) => f.write_str(" is not met"),
        }?;
        if !self.enabled {
            f.write_str(", and switched off")?;
        }
        self.missing.iter().try_for_each(|missing| write!(f, "\n      {missing}"))
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match (self.must_not, self.truth) {
            (false, Verdict::Unknown) => "perhaps missing",
            (false, _) => "missing",
            (true, Verdict::Unknown) => "must not be there, and may be",
            (true, _) => "must not be there, and is",
        };
        write!(f, "{word}: {}", Brief(&self.wanted))?;
        if let Some(label) = &self.label {
            write!(f, " ({})", Brief(label))?;
        }
        write!(f, " at {}", self.path)
    }
}

impl fmt::Display for NearMiss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.seen, &self.claim) {
            (Some(seen), Some(claim)) => write!(f, "`{}` in the claim `{claim}`", Brief(seen))?,
            (Some(seen), None) => write!(f, "`{}`", Brief(seen))?,
            (None, Some(claim)) => write!(f, "a value of the claim `{claim}`")?,
            (None, None) => f.write_str("the groups that were sent")?,
        }
        write!(f, " for {}: {} (see {})", Brief(&self.wanted), self.message, self.setting)
    }
}
