//! What becomes of the account, read off the table of accounts.

use alloc::string::String;

use super::{AccountExplained, AccountReason};
use crate::account::{Column, Decision};
use crate::draft::Draft;
use crate::plan::{Access, AccountChange, NoteCode, Status, WithheldChange, WithheldCode};
use crate::rules::Truth;
use crate::snapshot::AccountStatus;

/// What becomes of the account, and the setting that decides it.
pub(super) fn explained(draft: &Draft<'_>) -> AccountExplained {
    let (because, setting) = reason(draft);
    AccountExplained {
        before: draft.snapshot.account.status,
        change: draft.account(),
        because,
        setting: setting.map(String::from),
    }
}

fn reason(draft: &Draft<'_>) -> (AccountReason, Option<&'static str>) {
    let Some((column, decision)) = draft.outcome.cell else {
        return match draft.status() {
            Status::Exempt if draft.snapshot.account.exempt => (AccountReason::Exempt, Some("snapshot.account.exempt")),
            Status::Exempt => (AccountReason::Exempt, Some("accounts.exempt")),
            _ => (AccountReason::Inactive, inactive_setting(draft)),
        };
    };
    let by_setting = draft.outcome.judgement.is_some_and(|judgement| judgement.given.0 == Truth::True);
    let unmatched = |denied: bool| {
        if denied { (AccountReason::Denied, None) } else { (AccountReason::Unmatched, Some("unmatched")) }
    };
    match (decision, column) {
        (Decision::Admit(_), Column::Undecided) | (Decision::Refuse(NoteCode::Undecided), _) => {
            (AccountReason::Undecided, None)
        }
        (Decision::Admit(_), Column::Nothing { .. }) => (AccountReason::Admitted, Some("unmatched")),
        (Decision::Admit(_), Column::Desired) if by_setting => (AccountReason::UnmatchedGrant, Some("unmatched.grant")),
        (Decision::Admit(change), Column::Desired) => (AccountReason::Granted, granted_setting(change)),
        (Decision::Refuse(NoteCode::ProvisioningDisabled), _) => {
            (AccountReason::ProvisioningDisabled, Some("accounts.provision"))
        }
        (Decision::Refuse(NoteCode::ReactivationDisabled), _) => {
            (AccountReason::ReactivationDisabled, Some("accounts.reactivate"))
        }
        (Decision::Refuse(NoteCode::LinkNeeded), _) => (AccountReason::LinkNeeded, Some("accounts.link")),
        (Decision::Expel { .. }, _) if draft.access() == Access::Granted && draft.account() == AccountChange::None => {
            (AccountReason::Protected, Some(protecting_setting(draft)))
        }
        (Decision::Refuse(_) | Decision::Expel { .. }, Column::Nothing { denied }) => unmatched(denied),
        (Decision::Refuse(_) | Decision::Expel { .. }, _) => unmatched(false),
    }
}

/// The safeguard that keeps the account: a limit on its batch, or the last holder.
fn protecting_setting(draft: &Draft<'_>) -> &'static str {
    let of_account = |change| matches!(change, WithheldChange::Deactivate | WithheldChange::Refuse);
    let held_back = |(change, _, code)| of_account(change) && code == WithheldCode::MassRemoval;
    if draft.withheld().any(held_back) { "safeguards.max_removals" } else { "catalog.keep_at_least" }
}

fn granted_setting(change: AccountChange) -> Option<&'static str> {
    match change {
        AccountChange::Provision => Some("accounts.provision"),
        AccountChange::Link => Some("accounts.link"),
        AccountChange::Reactivate => Some("accounts.reactivate"),
        AccountChange::None | AccountChange::Deactivate => None,
    }
}

/// What keeps the mapping from being active.
fn inactive_setting(draft: &Draft<'_>) -> Option<&'static str> {
    draft.notes().find_map(|code| match code {
        NoteCode::NoRules => Some("rules"),
        NoteCode::AutoJoinOff => Some("host.auto_join"),
        NoteCode::DefaultTargetsConflict => Some("host.default_targets"),
        _ => None,
    })
}

/// The sentence behind the account's state.
pub(crate) fn sentence(account: &AccountExplained) -> &'static str {
    let absent = account.before == AccountStatus::Absent;
    match (account.because, account.change) {
        (AccountReason::Granted, AccountChange::Provision) => "there is none, and something is granted: one is made",
        (AccountReason::Granted, AccountChange::Link) => {
            "something is granted: the local account becomes this person's"
        }
        (AccountReason::Granted, AccountChange::Reactivate) => "something is granted: it is switched on again",
        (AccountReason::Granted, _) => "something is granted: it stays as it is",
        (AccountReason::UnmatchedGrant, _) => "no rule grants anything; what every such person gets is given",
        (AccountReason::Admitted, _) => "no rule grants anything, and such people are let in with nothing",
        (AccountReason::Denied, _) => {
            "what was granted is denied, or perhaps is, and nothing is left: the login is refused"
        }
        (AccountReason::Exempt, _) => "the person is exempt from the mapping: nothing changes",
        (AccountReason::Inactive, _) => "the mapping is not active: nothing changes",
        (AccountReason::LinkNeeded, _) => "a local account may be this person's: somebody has to link it first",
        (AccountReason::Protected, _) => "access would end, and a safeguard prevents it: it stays as it is",
        (AccountReason::ProvisioningDisabled, _) => "there is none, and none is made: the login is refused",
        (AccountReason::ReactivationDisabled, _) => "it is switched off, and stays so: the login is refused",
        (AccountReason::Undecided, _) if absent => {
            "there is none, and it cannot be told whether anything is granted: the login is refused, nothing is changed"
        }
        (AccountReason::Undecided, _) if account.before == AccountStatus::Inactive => {
            "it is switched off, and it cannot be told whether anything is granted: the login is refused"
        }
        (AccountReason::Undecided, _) => "it cannot be told whether anything is granted: it stays as it is",
        (AccountReason::Unmatched, AccountChange::Deactivate) => "nothing is granted: it is switched off",
        (AccountReason::Unmatched, _) => "nothing is granted: the login is refused",
    }
}
