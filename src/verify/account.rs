//! What is to become of the account and of the login, by the table of accounts.

use super::bounds::Bounds;
use super::facts::Facts;
use super::verdicts::{Verdicts, unmatched_grant, verdicts};
use super::wanted::Wanted;
use crate::config::{Config, Link, Unmatched};
use crate::identity::Identity;
use crate::plan::{AccountChange, NoteCode, WithheldChange};
use crate::snapshot::{Account, AccountStatus, Snapshot};
use crate::target::Target;

/// What is to happen, safeguards aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Let in, with this change of the account.
    In(AccountChange),
    /// An active account that is let in no more: refused or deactivated.
    Out(WithheldChange),
    /// No active account, and none to come.
    Stranger(NoteCode),
}

/// How far the evidence decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Something,
    Open,
    Nothing {
        /// A deny rule has met a grant, or perhaps has.
        denied: bool,
    },
}

pub(super) struct Judged<'a> {
    pub(super) verdicts: Verdicts<'a>,
    pub(super) wanted: Wanted<'a>,
    pub(super) fate: Fate,
    /// Whether it is open what the person is to have.
    pub(super) is_open: bool,
}

impl Judged<'_> {
    /// Somebody whom the source has switched off, whatever the rules say.
    pub(super) fn switched_off(snapshot: &Snapshot) -> Self {
        let is_active = snapshot.account.status == AccountStatus::Active;
        let fate =
            if is_active { Fate::Out(WithheldChange::Deactivate) } else { Fate::Stranger(NoteCode::SwitchedOff) };
        Self { verdicts: Verdicts::new(), wanted: Wanted::default(), fate, is_open: false }
    }
}

/// Judges a person whom the mapping speaks of.
pub(super) fn judge<'a>(config: &'a Config, facts: &Facts<'_>, identity: &Identity, snapshot: &Snapshot) -> Judged<'a> {
    let holds = |target: &Target| snapshot.memberships.iter().any(|held| held.target == *target);
    let with = |unmatched: Bounds| {
        let verdicts = verdicts(config, facts, unmatched);
        let wanted = Wanted::of(config, &verdicts, &holds);
        (verdicts, wanted)
    };
    let (verdicts, wanted) = with(Bounds::NO);
    let ((verdicts, wanted), column) = if wanted.is_something() {
        ((verdicts, wanted), Column::Something)
    } else {
        match unmatched(config, &verdicts, &wanted) {
            Some(Unlisted::Given) => {
                let (verdicts, wanted) = with(Bounds::YES);
                let column = if wanted.is_something() { Column::Something } else { Column::Open };
                ((verdicts, wanted), column)
            }
            Some(Unlisted::Nothing { denied }) => ((verdicts, wanted), Column::Nothing { denied }),
            None => (with(Bounds::OPEN), Column::Open),
        }
    };
    let fate = fate(config, column, &snapshot.account, identity);
    let is_open = column == Column::Open || wanted.is_contested;
    Judged { verdicts, wanted, fate, is_open }
}

/// What is done where no rule gives anything for certain.
enum Unlisted {
    /// `unmatched.grant` gives.
    Given,
    Nothing {
        denied: bool,
    },
}

/// What `unmatched` makes of a person to whom no rule gives anything for certain; nothing where that is open.
fn unmatched(config: &Config, verdicts: &Verdicts<'_>, wanted: &Wanted<'_>) -> Option<Unlisted> {
    let certainly_denied = || verdicts.values().filter(|verdict| verdict.deny.certain);
    let denied = certainly_denied().any(|verdict| verdict.allow.certain);
    let perhaps_denied = certainly_denied().any(|verdict| verdict.allow.possible);
    let survivors = unmatched_grant(config).iter().filter_map(|target| verdicts.get(target));
    let survives = Bounds::any(survivors.map(|verdict| verdict.deny.not()));
    let admits = config.unmatched == Unmatched::Admit || survives.certain;
    let is_open = !wanted.ambiguous.is_empty()
        || verdicts.values().any(|verdict| verdict.value.is_open())
        || (!denied && perhaps_denied && admits)
        || (!denied && survives.is_open());
    if is_open {
        return None;
    }
    let gives = !perhaps_denied && survives.certain;
    Some(if gives { Unlisted::Given } else { Unlisted::Nothing { denied: perhaps_denied } })
}

fn fate(config: &Config, column: Column, account: &Account, identity: &Identity) -> Fate {
    let is_active = account.status == AccountStatus::Active;
    match column {
        Column::Open if is_active => return Fate::In(AccountChange::None),
        Column::Open => return Fate::Stranger(NoteCode::Undecided),
        Column::Nothing { denied } if denied || config.unmatched != Unmatched::Admit => {
            if !is_active {
                return Fate::Stranger(NoteCode::Unmatched);
            }
            let deactivates = !denied && config.unmatched == Unmatched::Deactivate;
            return Fate::Out(if deactivates { WithheldChange::Deactivate } else { WithheldChange::Refuse });
        }
        Column::Something | Column::Nothing { .. } => {}
    }
    let accounts = &config.accounts;
    match (account.status, &account.candidate) {
        (AccountStatus::Active, _) => Fate::In(AccountChange::None),
        (AccountStatus::Inactive, _) if accounts.reactivate => Fate::In(AccountChange::Reactivate),
        (AccountStatus::Inactive, _) => Fate::Stranger(NoteCode::ReactivationDisabled),
        (AccountStatus::Absent, None) if accounts.provision => Fate::In(AccountChange::Provision),
        (AccountStatus::Absent, None) => Fate::Stranger(NoteCode::ProvisioningDisabled),
        (AccountStatus::Absent, Some(candidate)) => {
            let is_same = identity.email().is_some_and(|email| email.eq_ignore_ascii_case(&candidate.email));
            let may = match accounts.link {
                Link::Never => false,
                Link::VerifiedEmail => identity.email_verified(),
                Link::AnyEmail => true,
            };
            if may && is_same { Fate::In(AccountChange::Link) } else { Fate::Stranger(NoteCode::LinkNeeded) }
        }
    }
}
