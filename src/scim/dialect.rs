//! What clients do otherwise than RFC 7644, as a table.

use serde::{Deserialize, Serialize};

/// Who speaks: which deviations from the RFC are understood.
///
/// Each is a set of [`Quirks`]; whatever is not in it is as the RFC says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Dialect {
    /// The RFC to the letter.
    #[default]
    Rfc7644,
    /// Microsoft Entra ID, with and without the flag `aadOptscim062020`.
    Entra,
    /// Okta, templates of the integration network and of the app integration wizard.
    Okta,
}

/// Which of a group's ids its entry in a person's evidence has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GroupId {
    /// The `id` that the host gave the resource.
    #[default]
    Id,
    /// The `externalId` that the client gave it; a group without one goes by its name alone.
    ExternalId,
}

/// The deviations of one dialect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "it is a table of yes and no")]
#[non_exhaustive]
pub struct Quirks {
    /// `Add`, `Replace` and `Remove` are operations (Microsoft, *Known issues and resolutions with SCIM 2.0 compliance*).
    pub op_case: bool,
    /// `"True"` and `"False"` in any case are booleans where a boolean belongs (the same page; `active`).
    pub text_booleans: bool,
    /// Keys of a path-less `add` or `replace` are paths: `name.givenName`, `urn:…:User:department` (the same page, flag
    /// `aadOptscim062020`).
    pub keys_are_paths: bool,
    /// A text stands for `{ "value": text }` where an object belongs (`manager`: SCIM-SDK,
    /// `MsAzurePatchComplexValueRebuilder`).
    pub scalar_objects: bool,
    /// `replace` below a filter that picks nothing adds what it describes (scim-patch, `treatMissingAsAdd`). Never a
    /// member.
    pub replace_adds: bool,
    /// Read-only attributes within a path-less operation are passed over (Okta, *SCIM 2.0 reference*: the `id` in a
    /// rename).
    pub read_only_ignored: bool,
    /// Groups are found by `displayName`, so that no two may have the same (Microsoft, *Use SCIM to provision users and
    /// groups*; Okta, *SCIM 2.0 reference*: `displayName eq`).
    pub unique_group_names: bool,
    /// Which id of a group its rules name: for Entra the object id, which arrives as `externalId` (Microsoft, *Use SCIM
    /// to provision users and groups*).
    pub group_id: GroupId,
}

const RFC7644: Quirks = Quirks {
    op_case: false,
    text_booleans: false,
    keys_are_paths: false,
    scalar_objects: false,
    replace_adds: false,
    read_only_ignored: false,
    unique_group_names: false,
    group_id: GroupId::Id,
};

const ENTRA: Quirks = Quirks {
    op_case: true,
    text_booleans: true,
    keys_are_paths: true,
    scalar_objects: true,
    replace_adds: true,
    read_only_ignored: true,
    unique_group_names: true,
    group_id: GroupId::ExternalId,
};

const OKTA: Quirks = Quirks { read_only_ignored: true, unique_group_names: true, ..RFC7644 };

impl Dialect {
    /// All dialects.
    pub const ALL: [Self; 3] = [Self::Rfc7644, Self::Entra, Self::Okta];

    /// Its name in documents: `rfc7644`, `entra`, `okta`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rfc7644 => "rfc7644",
            Self::Entra => "entra",
            Self::Okta => "okta",
        }
    }

    /// Its deviations.
    pub fn quirks(self) -> &'static Quirks {
        match self {
            Self::Rfc7644 => &RFC7644,
            Self::Entra => &ENTRA,
            Self::Okta => &OKTA,
        }
    }

    /// What a value says where a boolean belongs; nothing where it says neither. Only `true` and `false` do, and in some
    /// dialects the texts `"true"` and `"false"` in any ASCII case; never a number, an empty text or `null`.
    pub(super) fn boolean(self, value: &serde_json::Value) -> Option<bool> {
        match value {
            serde_json::Value::Bool(value) => Some(*value),
            serde_json::Value::String(text) if self.quirks().text_booleans => {
                let is = |word: &str| text.eq_ignore_ascii_case(word);
                if is("true") { Some(true) } else { is("false").then_some(false) }
            }
            _ => None,
        }
    }
}
