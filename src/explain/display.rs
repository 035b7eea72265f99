//! An explanation as people read it, to be pasted into a ticket.

use alloc::vec::Vec;
use core::fmt::{self, Display as _};

use super::account::sentence;
use super::{
    Explanation, Happening, PersonExplained, RuleWord, SlotExplained, SlotResult, TargetExplained, Verdict,
    WithheldExplained, WonBy,
};
use crate::plan::{Access, AccountChange, Setting, WithheldCode};
use crate::snapshot::AccountStatus;
use crate::text::Brief;

/// How many targets are named where the rest is summed up.
const NAMED: usize = 8;

impl fmt::Display for Explanation {
    /// First how the login and the account fare and what was known of the person; then each target that changes, stays or
    /// was held back, with the rules and the contest behind it; then those that were not given, in short; then the notes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_head(f)?;
        self.fmt_section("Changes", &[Happening::Add, Happening::Replace, Happening::Remove, Happening::MakeRoom], f)?;
        self.fmt_section("Stays", &[Happening::Keep, Happening::Untouched], f)?;
        self.fmt_not_given(f)?;
        if !self.notes.is_empty() {
            f.write_str("\n\nNotes")?;
        }
        self.notes.iter().try_for_each(|note| write!(f, "\n  {}: {}", note.code, note.message))
    }
}

impl Explanation {
    fn fmt_head(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let access = match self.access {
            Access::Granted => "granted",
            Access::Refused => "refused",
        };
        write!(f, "access     {access} ({})", self.status)?;
        let before = match self.account.before {
            AccountStatus::Absent => "absent",
            AccountStatus::Active => "active",
            AccountStatus::Inactive => "inactive",
        };
        let change = match self.account.change {
            AccountChange::None => "",
            AccountChange::Provision => ", provisioned",
            AccountChange::Link => ", linked",
            AccountChange::Reactivate => ", reactivated",
            AccountChange::Deactivate => ", deactivated",
        };
        write!(f, "\naccount    {before}{change}: {}", sentence(&self.account))?;
        if let Some(setting) = &self.account.setting {
            write!(f, " (see {setting})")?;
        }
        let groups = if self.groups.count == 1 { "group" } else { "groups" };
        write!(f, "\ngroups     {} {groups} seen, {}", self.groups.count, self.groups.completeness)?;
        for unread in &self.groups.unread {
            write!(f, "\n           {} not read: {}", unread.count, unread.reason)?;
        }
        for attribute in &self.attributes {
            let there = match attribute.present {
                Verdict::True => "is there",
                Verdict::False => "is not there, which counts as having none (source.attributes.absent)",
                Verdict::Unknown => "is not there, so that its tests are undecided (source.attributes.absent)",
            };
            write!(f, "\nattribute  `{}` {there}", attribute.name)?;
        }
        match &self.person {
            Some(person) => person.fmt(f),
            None => Ok(()),
        }
    }

    /// The targets to which one of these happens.
    fn fmt_section(&self, title: &str, happens: &[Happening], f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = true;
        for happening in happens {
            for target in self.targets.iter().filter(|target| target.happens == *happening) {
                if core::mem::take(&mut first) {
                    write!(f, "\n\n{title}")?;
                }
                target.fmt(f)?;
            }
        }
        Ok(())
    }

    /// What is neither held nor given: in full where a rule grants it or something was held back, else summed up.
    fn fmt_not_given(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let not_given = || self.targets.iter().filter(|target| target.happens == Happening::Nothing);
        let (told, rest): (Vec<_>, Vec<_>) =
            not_given().partition(|target| target.allow == Verdict::True || !target.withheld.is_empty());
        if !told.is_empty() || !rest.is_empty() {
            f.write_str("\n\nNot given")?;
        }
        told.into_iter().try_for_each(|target| target.fmt(f))?;
        let (undecided, denied): (Vec<_>, Vec<_>) =
            rest.into_iter().partition(|target| target.verdict == Verdict::Unknown);
        let named = |title: &str, targets: &[&TargetExplained], f: &mut fmt::Formatter<'_>| {
            if targets.is_empty() {
                return Ok(());
            }
            write!(f, "\n  {title}: ")?;
            for (index, target) in targets.iter().take(NAMED).enumerate() {
                f.write_str(if index > 0 { ", " } else { "" })?;
                target.target.fmt(f)?;
            }
            match targets.len().saturating_sub(NAMED) {
                0 => Ok(()),
                more => write!(f, " and {more} more"),
            }
        };
        named(
            "? undecided, since no group or attribute that was seen grants it and one that was not seen may",
            &undecided,
            f,
        )?;
        named("x denied, and no rule grants it", &denied, f)
    }
}

impl fmt::Display for TargetExplained {
    /// A line that says what happens, and one for each thing that was said of the target.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { target, other, .. } = self;
        match (self.happens, other) {
            (Happening::Add, _) => write!(f, "\n  + {target}")?,
            (Happening::Replace, Some(other)) => write!(f, "\n  ~ {target}, in place of {other}")?,
            (Happening::Replace, None) => write!(f, "\n  ~ {target}")?,
            (Happening::MakeRoom, Some(other)) => write!(f, "\n  - {target}, to make room for {other}")?,
            (Happening::Remove | Happening::MakeRoom, _) => write!(f, "\n  - {target}")?,
            (Happening::Keep, _) => write!(f, "\n  = {target}")?,
            (Happening::Untouched, _) => write!(f, "\n  . {target}")?,
            (Happening::Nothing, _) => write!(f, "\n  x {target}")?,
        }
        self.fmt_held(f)?;
        self.fmt_granted(f)?;
        self.denied_by.iter().try_for_each(|word| word.fmt_line("denied", f))?;
        if self.unlisted > 0 {
            write!(f, "\n      and {} more undecided", self.unlisted)?;
        }
        if let Some(slot) = &self.slot {
            write!(f, "\n      {slot}")?;
        }
        self.withheld.iter().try_for_each(|withheld| write!(f, "\n      ! {withheld}"))
    }
}

impl TargetExplained {
    fn fmt_held(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(held) = &self.held else { return Ok(()) };
        match &held.managed_by {
            Some(source) => write!(f, "  (held, given by `{}`", Brief(source))?,
            None => f.write_str("  (held, given by hand")?,
        }
        f.write_str(if held.removable { ")" } else { ", so that this mapping does not take it)" })
    }

    fn fmt_granted(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.granted_by.iter().try_for_each(|word| word.fmt_line("granted", f))?;
        for setting in &self.settings {
            let why = match setting {
                Setting::NewGrant => "once, with the new account",
                Setting::SlotDefault => "as no rule decides its slot",
                Setting::UnmatchedGrant => "as no rule grants anything",
            };
            write!(f, "\n      granted by the setting {setting}, {why}")?;
        }
        if let Some(first) = self.implied_by.first() {
            let word = if self.verdict == Verdict::Unknown { "perhaps implied" } else { "implied" };
            write!(f, "\n      {word} by {first}")?;
            match self.implied_by.len().saturating_sub(1) {
                0 => {}
                more => write!(f, " and {more} more")?,
            }
        }
        if self.allow == Verdict::False {
            f.write_str("\n      no rule grants it")?;
        }
        Ok(())
    }
}

impl RuleWord {
    fn fmt_line(&self, verb: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let perhaps = if self.truth == Verdict::True { "" } else { "perhaps " };
        write!(f, "\n      {perhaps}{verb} by rule `{}` ({})", Brief(&self.rule), self.path)?;
        match (&self.group, &self.label, &self.attribute) {
            (Some(group), Some(label), _) => write!(f, ", which matched `{}` ({})", Brief(label), Brief(group))?,
            (Some(group), None, _) => write!(f, ", which matched `{}`", Brief(group))?,
            (None, _, Some(attribute)) => write!(f, ", which matched the attribute `{attribute}`")?,
            (None, _, None) => {}
        }
        if self.whole_organization {
            f.write_str(", as part of the organization")?;
        }
        if self.truth == Verdict::Unknown { f.write_str(": the evidence does not say") } else { Ok(()) }
    }
}

impl fmt::Display for SlotExplained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(other) = &self.other else {
            return f.write_str(match self.result {
                SlotResult::Default => "slot: it is the default, and no rule grants another",
                SlotResult::Open => "slot: nothing in it is granted for certain",
                _ => "slot: nothing else in it is granted",
            });
        };
        match self.result {
            SlotResult::Won => write!(f, "slot: won over {other}")?,
            SlotResult::Lost => write!(f, "slot: lost to {other}")?,
            SlotResult::Ambiguous => write!(f, "slot: {other} is granted too, and none may be preferred")?,
            SlotResult::Undecided => write!(f, "slot: granted, but {other} is undecided and could beat it")?,
            SlotResult::Rival => write!(f, "slot: undecided, and could matter beside {other}")?,
            SlotResult::Alone | SlotResult::Default | SlotResult::Open => write!(f, "slot: beside {other}")?,
        }
        let by = match self.by {
            Some(WonBy::Priority) => " by priority",
            Some(WonBy::Rank) => " by rank",
            Some(WonBy::Specificity) => " by the more specific condition",
            Some(WonBy::Order) => " as the earlier of two alike",
            None => "",
        };
        f.write_str(by)?;
        match (self.by, self.weight, self.other_weight) {
            (Some(WonBy::Order) | None, ..) => Ok(()),
            (_, Some(own), Some(others)) if own != others => write!(f, " ({own} to {others})"),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for WithheldExplained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} withheld, {}: ", self.change, self.code)?;
        match (self.code, self.holders, self.keep_at_least) {
            (WithheldCode::LastHolder, Some(holders), Some(least)) => {
                let holder = if holders == 1 { "holder" } else { "holders" };
                write!(f, "{holders} eligible {holder}, and {least} must remain (keep_at_least)")
            }
            (WithheldCode::LastHolder, ..) => f.write_str("too few eligible holders would remain (keep_at_least)"),
            (WithheldCode::HoldersUnknown, ..) => {
                f.write_str("it must keep holders, and the snapshot does not say how many there are")
            }
            (WithheldCode::InUse, ..) => f.write_str("something in the organization stays held"),
            (WithheldCode::MassRemoval, ..) => f.write_str("the removals of its batch reach safeguards.max_removals"),
            (WithheldCode::SlotHeld, ..) => f.write_str("another target of its slot is held and cannot go"),
            (WithheldCode::Undecided, ..) => f.write_str("the evidence does not say"),
        }?;
        match &self.other {
            Some(other) => write!(f, ": {other}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for PersonExplained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\nsubject    {}", Brief(&self.subject))?;
        if let Some(issuer) = &self.issuer {
            write!(f, " of {}", Brief(issuer))?;
        }
        if let Some(email) = &self.email {
            let verified = if self.email_verified { "verified" } else { "not verified" };
            write!(f, "\ne-mail     {} ({verified})", Brief(email))?;
        }
        for (name, values) in &self.attributes {
            write!(f, "\nvalues     `{name}`:")?;
            for value in values {
                write!(f, " {}", Brief(value))?;
            }
        }
        Ok(())
    }
}
