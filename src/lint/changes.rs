//! What two configs make different, whoever logs in, as it is told.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::Serialize;

use super::finding::Witness;
use crate::target::Target;
use crate::text::Brief;

/// What two configs make different, whoever logs in.
///
/// As a document: `{ "settings": [ … ], "targets": [ … ] }`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RuleChanges {
    /// What differs beside the rules, such as `accounts.link`, `slots: role` or `catalog: flag:staff`. What it does to people
    /// is not examined.
    pub settings: Vec<String>,
    /// The targets that the rules give to other people, or perhaps do; privileged ones first, then in target order.
    pub targets: Vec<TargetChange>,
}

/// What differs in one target.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TargetChange {
    /// The target.
    pub target: Target,
    /// Whether either catalog calls it privileged.
    pub privileged: bool,
    /// By what the second config grants it to somebody to whom the first does not; rules in the order of their ids.
    pub gained: Vec<RuleChange>,
    /// By what the first config grants it to somebody to whom the second does not; rules in the order of their ids.
    pub lost: Vec<RuleChange>,
    /// Where nobody gains or loses it for certain, somebody about whom the rules say something else all the same: on
    /// incomplete evidence, or in what is granted and denied at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doubt: Option<Witness>,
    /// Where nobody gains or loses it for certain, somebody for whom it weighs otherwise in its slot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<Witness>,
    /// Whether something about it was not decided, so that there may be more.
    pub undecided: bool,
}

/// One way in which a rule gives a target to somebody to whom the other config does not give it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RuleChange {
    /// The id of the rule.
    pub rule: String,
    /// Such a person: their groups and claims are those that the rule asks for.
    pub witness: Witness,
}

impl RuleChanges {
    /// Whether it is proven that no plan differs, whoever logs in and whatever they hold; but for the reasons that plans
    /// give, and for the note `outside-catalog`, which is about what captured text names beside the catalog.
    pub fn is_none(&self) -> bool {
        self.settings.is_empty() && self.targets.is_empty()
    }

    /// Whether something differs for certain. Where this is false and [`RuleChanges::is_none`] is false too, what is listed
    /// was not decided.
    pub fn is_certain(&self) -> bool {
        !self.settings.is_empty() || self.targets.iter().any(TargetChange::is_certain)
    }
}

impl TargetChange {
    pub(super) fn new(target: Target, privileged: bool) -> Self {
        let (gained, lost) = (Vec::new(), Vec::new());
        Self { target, privileged, gained, lost, doubt: None, weight: None, undecided: false }
    }

    /// Whether somebody gains or loses it for certain.
    pub(super) fn is_moved(&self) -> bool {
        !self.gained.is_empty() || !self.lost.is_empty()
    }

    /// Whether something differs for certain.
    fn is_certain(&self) -> bool {
        self.is_moved() || self.doubt.is_some() || self.weight.is_some()
    }

    /// Whether there is anything to tell.
    pub(super) fn is_any(&self) -> bool {
        self.is_certain() || self.undecided
    }
}

impl fmt::Display for RuleChanges {
    /// A line for each thing that changes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_none() {
            return f.write_str("no difference, whoever logs in");
        }
        let mut lines = Lines { f, first: true };
        for setting in &self.settings {
            lines.write(format_args!("* {setting} differs"))?;
        }
        for change in &self.targets {
            change.write(&mut lines)?;
        }
        Ok(())
    }
}

impl TargetChange {
    fn write(&self, lines: &mut Lines<'_, '_>) -> fmt::Result {
        let (target, privileged) = (&self.target, if self.privileged { " (privileged)" } else { "" });
        for (sign, ways) in [('+', &self.gained), ('-', &self.lost)] {
            for RuleChange { rule, witness } in ways {
                lines.write(format_args!("{sign} {target}{privileged} by rule `{}`: {witness}", Brief(rule)))?;
            }
        }
        if let Some(witness) = &self.doubt {
            let what = "is judged otherwise, though nobody gains or loses it for certain";
            lines.write(format_args!("~ {target}{privileged} {what}: {witness}"))?;
        }
        if let Some(witness) = &self.weight {
            lines.write(format_args!("~ {target}{privileged} weighs otherwise in its slot: {witness}"))?;
        }
        if self.undecided {
            lines.write(format_args!("? {target}{privileged}: not decided"))?;
        }
        Ok(())
    }
}

/// Lines with nothing after the last.
struct Lines<'l, 'f> {
    f: &'l mut fmt::Formatter<'f>,
    first: bool,
}

impl Lines<'_, '_> {
    fn write(&mut self, line: fmt::Arguments<'_>) -> fmt::Result {
        if !core::mem::take(&mut self.first) {
            self.f.write_str("\n")?;
        }
        self.f.write_fmt(line)
    }
}
