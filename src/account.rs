//! What becomes of the account: provisioned, linked, reactivated, deactivated, refused or left as it is.

use crate::config::{Accounts, Link, Unmatched};
use crate::identity::Identity;
use crate::plan::{AccountChange, NoteCode};
use crate::snapshot::{Account, AccountStatus};

/// What the evidence says of a person as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    /// Something is desired.
    Desired,
    /// Nothing is desired, but something is unknown.
    Undecided,
    /// Nothing is desired, and nothing unknown. Where a deny rule met a grant, or perhaps met one, the person is refused
    /// whatever `unmatched` says: neither let in nor deactivated.
    Nothing { denied: bool },
}

/// What is to happen to the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// The person is let in, with this change of the account.
    Admit(AccountChange),
    /// The person has an active account and is no longer let in; with `deactivate` the account is switched off.
    /// A safeguard may still prevent it.
    Expel { deactivate: bool },
    /// The person has no active account and gets none.
    Refuse(NoteCode),
}

/// The table of accounts.
pub(crate) fn decide(
    column: Column,
    account: &Account,
    accounts: &Accounts,
    unmatched: &Unmatched,
    identity: &Identity,
) -> Decision {
    let admitted = match column {
        Column::Desired => true,
        Column::Undecided => false,
        Column::Nothing { denied } => !denied && *unmatched == Unmatched::Admit,
    };
    match (account.status, column) {
        (AccountStatus::Absent, _) if admitted => join(account, accounts, identity),
        (AccountStatus::Inactive, _) if admitted && accounts.reactivate => Decision::Admit(AccountChange::Reactivate),
        (AccountStatus::Inactive, _) if admitted => Decision::Refuse(NoteCode::ReactivationDisabled),
        (AccountStatus::Active, _) if admitted => Decision::Admit(AccountChange::None),
        (AccountStatus::Active, Column::Undecided) => Decision::Admit(AccountChange::None),
        (AccountStatus::Active, Column::Nothing { denied }) => {
            Decision::Expel { deactivate: *unmatched == Unmatched::Deactivate && !denied }
        }
        (_, Column::Undecided) => Decision::Refuse(NoteCode::Undecided),
        (_, _) => Decision::Refuse(NoteCode::Unmatched),
    }
}

/// A person without an account gets one, or the local account that is theirs.
fn join(account: &Account, accounts: &Accounts, identity: &Identity) -> Decision {
    let Some(candidate) = &account.candidate else {
        return if accounts.provision {
            Decision::Admit(AccountChange::Provision)
        } else {
            Decision::Refuse(NoteCode::ProvisioningDisabled)
        };
    };
    let same_address = identity.email().is_some_and(|email| email.eq_ignore_ascii_case(&candidate.email));
    let linked = match accounts.link {
        Link::Never => false,
        Link::VerifiedEmail => same_address && identity.email_verified(),
        Link::AnyEmail => same_address,
    };
    if linked { Decision::Admit(AccountChange::Link) } else { Decision::Refuse(NoteCode::LinkNeeded) }
}
