//! Plans as people read them.

use core::fmt::{self, Display as _};

use super::{Access, AccountChange, Change, Plan, Reason, Setting, Status, Withheld, WithheldChange, WithheldCode};
use crate::text::Brief;

impl fmt::Display for Plan {
    /// First a line that sums it up, then a line for each change, each thing held back and each note:
    ///
    /// ```text
    /// ready: access granted, account provisioned; 2 groups seen (complete)
    ///   + flag:staff  because rule `circuit-managers` matched `NetBox-Circuit-Mgrs`
    /// ```
    ///
    /// Group names are escaped and cut after 80 characters.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_summary(f)?;
        for change in self.changes() {
            match change {
                Change::Provision(additions) => additions.iter().try_for_each(|add| {
                    write!(f, "\n  + {}", add.target)?;
                    fmt_because(&add.because, f)
                })?,
                Change::Add(add) => {
                    write!(f, "\n  + {}", add.target)?;
                    fmt_because(&add.because, f)?;
                }
                Change::Replace(replace) => {
                    write!(f, "\n  ~ {} in place of {}", replace.target, replace.replaces)?;
                    fmt_because(&replace.because, f)?;
                }
                Change::Remove(remove) => {
                    write!(f, "\n  - {}", remove.target)?;
                    if remove.because.is_empty() {
                        f.write_str("  because no rule grants it")?;
                    }
                    fmt_reasons("denied by", &remove.because, f)?;
                }
                // Said in the first line.
                Change::Link | Change::Reactivate | Change::Deactivate => {}
            }
        }
        for keep in &self.keep {
            write!(f, "\n  = {}", keep.target)?;
            if keep.because.is_empty() {
                f.write_str("  kept, since it is not known whether it should go")?;
            }
            fmt_because(&keep.because, f)?;
        }
        for withheld in &self.withheld {
            write!(f, "\n  ! {withheld}")?;
        }
        for note in &self.notes {
            write!(f, "\n  note {}: {}", note.code, note.message)?;
        }
        self.requires.holders.iter().try_for_each(|required| {
            write!(f, "\n  requires at least {} holders of {}", required.at_least, required.target)
        })
    }
}

impl Plan {
    fn fmt_summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let access = match self.access {
            Access::Granted => "access granted",
            Access::Refused => "access refused",
        };
        let account = match self.account {
            AccountChange::None => "account unchanged",
            AccountChange::Provision => "account provisioned",
            AccountChange::Link => "account linked",
            AccountChange::Reactivate => "account reactivated",
            AccountChange::Deactivate => "account deactivated",
        };
        let unchanged = self.is_empty() && matches!(self.status, Status::Ready | Status::Withheld);
        write!(f, "{}: {access}, {account}", self.status)?;
        let groups = if self.groups.count == 1 { "group" } else { "groups" };
        write!(f, "; {} {groups} seen ({})", self.groups.count, self.groups.completeness)?;
        if unchanged { f.write_str("; nothing to change") } else { Ok(()) }
    }
}

fn fmt_because(because: &[Reason], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    fmt_reasons("because", because, f)
}

fn fmt_reasons(word: &str, reasons: &[Reason], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (index, reason) in reasons.iter().enumerate() {
        match index {
            0 => write!(f, "  {word} ")?,
            _ => f.write_str(" and ")?,
        }
        reason.fmt(f)?;
    }
    Ok(())
}

impl fmt::Display for Reason {
    /// ``rule `admins` matched `NetBox-Admins` ``, or `` setting `unmatched.grant` ``.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule { rule, group, label } => {
                write!(f, "rule `{}`", Brief(rule))?;
                match (group, label) {
                    (Some(group), Some(label)) => write!(f, " matched `{}` ({})", Brief(label), Brief(group)),
                    (Some(group), None) => write!(f, " matched `{}`", Brief(group)),
                    (None, _) => Ok(()),
                }
            }
            Self::Setting(setting) => write!(f, "setting `{setting}`"),
        }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NewGrant => "accounts.new_grant",
            Self::SlotDefault => "slots.default",
            Self::UnmatchedGrant => "unmatched.grant",
        })
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ready => "ready",
            Self::Withheld => "withheld",
            Self::Inactive => "inactive",
            Self::Exempt => "exempt",
            Self::Refused => "refused",
        })
    }
}

impl fmt::Display for Withheld {
    /// `remove of acme/role:owner withheld: last-holder`, or `refuse withheld: mass-removal` where it is about the account
    /// as a whole.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.target {
            Some(target) => write!(f, "{} of {target} withheld: {}", self.change, self.code),
            None => write!(f, "{} withheld: {}", self.change, self.code),
        }
    }
}

impl fmt::Display for WithheldChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Add => "add",
            Self::Deactivate => "deactivate",
            Self::Refuse => "refuse",
            Self::Remove => "remove",
            Self::Replace => "replace",
        })
    }
}

impl fmt::Display for WithheldCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HoldersUnknown => "holders-unknown",
            Self::InUse => "in-use",
            Self::LastHolder => "last-holder",
            Self::MassRemoval => "mass-removal",
            Self::SlotHeld => "slot-held",
            Self::Undecided => "undecided",
        })
    }
}

impl fmt::Display for crate::identity::Completeness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Complete => "complete",
            Self::Suspect => "suspect",
            Self::OverLimit => "over-limit",
            Self::Malformed => "malformed",
            Self::Overage => "overage",
            Self::Absent => "absent",
        })
    }
}
