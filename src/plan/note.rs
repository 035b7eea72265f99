//! Notes: what an operator should know about a plan.

use alloc::format;
use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::identity::{Completeness, Doubts, Evidence, Reading};

/// What a note is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum NoteCode {
    /// Several targets of a slot are granted and none may be preferred.
    Ambiguous,
    /// The host does not add people automatically, so the mapping is not active.
    AutoJoinOff,
    /// The host hands out targets by itself, so the mapping is not active.
    DefaultTargetsConflict,
    /// The person is left alone.
    Exempt,
    /// No groups claim.
    GroupsAbsent,
    /// A groups claim or some of its elements cannot be read.
    GroupsMalformed,
    /// More groups than the provider sends at most.
    GroupsOverLimit,
    /// The provider says that there are more groups than it sends.
    GroupsOverage,
    /// As many groups as the provider sends at most.
    GroupsSuspect,
    /// Ids come where names are expected.
    KindDrift,
    /// A local account waits for a person to link it.
    LinkNeeded,
    /// No rule is enabled, so the mapping is not active.
    NoRules,
    /// Memberships of this source that no rule can speak of.
    Orphaned,
    /// Captured text named something that the catalog does not list.
    OutsideCatalog,
    /// The person would get an account, but provisioning is off.
    ProvisioningDisabled,
    /// The account would be switched on, but reactivation is off.
    ReactivationDisabled,
    /// The source has switched the person off.
    SwitchedOff,
    /// What the person is to have cannot be told for certain.
    Undecided,
    /// Nothing is granted to the person.
    Unmatched,
}

/// Something that an operator should know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Note {
    /// What it is about.
    pub code: NoteCode,
    /// What it says, in one line, without personal data.
    pub message: String,
}

impl NoteCode {
    /// The code as documents spell it, such as `groups-absent`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ambiguous => "ambiguous",
            Self::AutoJoinOff => "auto-join-off",
            Self::DefaultTargetsConflict => "default-targets-conflict",
            Self::Exempt => "exempt",
            Self::GroupsAbsent => "groups-absent",
            Self::GroupsMalformed => "groups-malformed",
            Self::GroupsOverLimit => "groups-over-limit",
            Self::GroupsOverage => "groups-overage",
            Self::GroupsSuspect => "groups-suspect",
            Self::KindDrift => "kind-drift",
            Self::LinkNeeded => "link-needed",
            Self::NoRules => "no-rules",
            Self::Orphaned => "orphaned",
            Self::OutsideCatalog => "outside-catalog",
            Self::ProvisioningDisabled => "provisioning-disabled",
            Self::ReactivationDisabled => "reactivation-disabled",
            Self::SwitchedOff => "switched-off",
            Self::Undecided => "undecided",
            Self::Unmatched => "unmatched",
        }
    }

    /// The note with its usual message.
    pub(crate) fn note(self) -> Note {
        let message = match self {
            Self::Ambiguous => {
                "several targets of one slot are granted and none may be preferred; none is added, none taken away"
            }
            Self::AutoJoinOff => "the host does not add people automatically, so the mapping is not active",
            Self::DefaultTargetsConflict => {
                "the host hands out targets by itself, so the mapping is not active; take its default targets away first"
            }
            Self::Exempt => "the person is exempt from the mapping; nothing changes",
            Self::GroupsAbsent => "the claims hold no groups claim",
            Self::GroupsMalformed => "a groups claim cannot be read in full",
            Self::GroupsOverLimit => "the claims hold more groups than the limit",
            Self::GroupsOverage => "the provider says that there are more groups than it sends",
            Self::GroupsSuspect => "the claims hold exactly as many groups as the limit, so that some may be missing",
            Self::KindDrift => {
                "every group of a list has the shape of an object id where names are expected; check what the provider \
                 sends and `source.groups.identified_by`"
            }
            Self::LinkNeeded => "a local account may be this person's; a person has to link it",
            Self::NoRules => "no rule is enabled, so the mapping is not active",
            Self::Orphaned => "memberships of this source are left that the mapping cannot speak of",
            Self::OutsideCatalog => "captured text names something that the catalog does not list; it grants nothing",
            Self::ProvisioningDisabled => "the person would get an account, but `accounts.provision` is off",
            Self::ReactivationDisabled => "the account would be switched on, but `accounts.reactivate` is off",
            Self::SwitchedOff => {
                "the source has switched the person off; the memberships stay with the account until it is switched on again"
            }
            Self::Undecided => "what the person is to have cannot be told for certain from what the provider sent",
            Self::Unmatched => "no rule grants the person anything",
        };
        Note { code: self, message: message.into() }
    }
}

impl core::fmt::Display for NoteCode {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.as_str())
    }
}

fn unreadable(doubts: &Doubts) -> String {
    match doubts.unread.len() {
        0 => "the groups claims hold something other than what is expected".into(),
        1 => "one element of the groups claims cannot be read".into(),
        count => format!("{count} elements of the groups claims cannot be read"),
    }
}

/// The notes about evidence that is not complete: what was found, what it means, and what to do about it.
pub(crate) fn evidence_notes<'e>(evidence: &'e Evidence, reading: &'e Reading) -> impl Iterator<Item = Note> + 'e {
    let doubts = evidence.doubts();
    let count = doubts.at_limit.unwrap_or_default();
    let preset = &reading.preset;
    let found = doubts.found.iter().filter_map(move |doubt| match doubt {
        Completeness::Complete => None,
        Completeness::Suspect => Some((
            NoteCode::GroupsSuspect,
            "a list holds exactly as many groups as `source.groups.limit`, so that some may be missing".into(),
            preset.when_cut,
        )),
        Completeness::OverLimit => Some((
            NoteCode::GroupsOverLimit,
            format!("a list holds {count} groups, more than `source.groups.limit`, so that some may be missing"),
            preset.when_cut,
        )),
        Completeness::Malformed => Some((NoteCode::GroupsMalformed, unreadable(doubts), preset.when_unreadable)),
        Completeness::Overage => Some((
            NoteCode::GroupsOverage,
            format!("the list is not whole ({})", doubts.marker.unwrap_or("a marker says so")),
            preset.when_cut,
        )),
        Completeness::Absent => Some((
            NoteCode::GroupsAbsent,
            "no configured groups claim is there, which `source.groups.absent = \"unknown\"` takes for no evidence \
             (\"empty\" would take it for no groups)"
                .into(),
            preset.when_absent,
        )),
    });
    let drift = doubts.kind_drift.then(|| NoteCode::KindDrift.note());
    let found = found.map(|(code, what, remedy)| Note {
        code,
        message: format!("{what}: groups that were not seen are unknown, nothing is removed for them; {remedy}"),
    });
    found.chain(drift)
}

/// The codes of those notes.
pub(crate) fn evidence_codes(evidence: &Evidence) -> impl Iterator<Item = NoteCode> + '_ {
    let doubts = evidence.doubts();
    let found = doubts.found.iter().filter_map(|doubt| match doubt {
        Completeness::Complete => None,
        Completeness::Suspect => Some(NoteCode::GroupsSuspect),
        Completeness::OverLimit => Some(NoteCode::GroupsOverLimit),
        Completeness::Malformed => Some(NoteCode::GroupsMalformed),
        Completeness::Overage => Some(NoteCode::GroupsOverage),
        Completeness::Absent => Some(NoteCode::GroupsAbsent),
    });
    found.chain(doubts.kind_drift.then_some(NoteCode::KindDrift))
}
