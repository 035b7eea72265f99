//! What came of tests, as people read it.

use core::fmt;

use super::{Coverage, FailedTest, SelfTest};
use crate::text::Brief;

impl fmt::Display for SelfTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.failed.iter().try_for_each(|failed| writeln!(f, "{failed}"))?;
        writeln!(f, "tests: {} passed, {} failed", self.passed.len(), self.failed.len())?;
        self.coverage.fmt(f)
    }
}

impl fmt::Display for FailedTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: test `{}` failed", self.path, Brief(&self.id))?;
        self.differences.iter().try_for_each(|difference| write!(f, "\n  {difference}"))
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "coverage: {} of {} rules reached", self.reached, self.rules)?;
        for (index, rule) in self.never.iter().enumerate() {
            let before = if index == 0 { "; never: " } else { ", " };
            write!(f, "{before}`{}`", Brief(rule))?;
        }
        Ok(())
    }
}
