//! The admin's document, as plain serde data without logic.
//!
//! A [`Config`] is read with any serde format that describes itself (TOML, JSON, YAML, …) or built in Rust. It means
//! nothing until [`Engine::compile`](crate::Engine::compile) has checked it. Every key, with default, meaning and
//! example, is in [the config reference](crate::manual::config).

mod condition;
mod groups;
mod provider;
mod rule;
mod selector;
mod source;
mod test;

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::SerializeMap};

pub use self::condition::{AttributeTest, Condition, Scalar, TestKind};
pub use self::groups::{Absent, AtLimit, GroupLimit, GroupSettings, IdentifiedBy, ObjectShape, OverLimit};
pub use self::provider::{Preset, PresetObject, Provider};
pub use self::rule::{Effect, Rule};
pub(crate) use self::selector::Form;
pub use self::selector::Selector;
pub use self::source::{AbsentAttribute, AttributeSettings, IdentitySettings, Source};
pub use self::test::{Expectation, ExpectedWithheld, MappingTest};
use crate::target::{Target, target_document};

/// The version of the config document that this crate reads.
pub const VERSION: u64 = 1;

/// What an admin writes: where groups come from, what can be handed out, and which rules hand it out.
///
/// # Examples
///
/// ```
/// use groupmap::{Catalogued, Condition, Config, Engine, Provider, Rule, Source, Target};
///
/// let config = Config::new(Source::new("acme-okta", Provider::Okta))
///     .with_catalog([Catalogued::new(Target::group("Circuit Manager")), Catalogued::new(Target::flag("staff"))])
///     .with_rules([Rule::grant(
///         "circuit-managers",
///         Condition::name("NetBox-Circuit-Mgrs"),
///         [Target::group("Circuit Manager"), Target::flag("staff")],
///     )]);
/// let engine = Engine::compile(config)?;
/// # let _ = engine;
/// # Ok::<(), groupmap::Problems>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Config {
    /// The version of the document: [`VERSION`].
    #[cfg_attr(feature = "schema", schemars(description = "The version of the document: 1.", extend("const" = VERSION)))]
    pub version: u64,
    /// Which memberships the mapping may take away. Default: `managed`.
    #[serde(default)]
    pub authority: Authority,
    /// What happens to a person to whom nothing is granted. Default: `refuse`.
    #[serde(default)]
    pub unmatched: Unmatched,
    /// Where claims come from.
    pub source: Source,
    /// When accounts are made, joined, switched on and left alone.
    #[serde(default)]
    pub accounts: Accounts,
    /// Everything the host can hand out; rules reach nothing else.
    #[serde(default)]
    pub catalog: Vec<Catalogued>,
    /// Kinds of which a person has at most one in each organization.
    #[serde(default)]
    pub slots: Vec<Slot>,
    /// What is granted and denied to whom.
    #[serde(default)]
    pub rules: Vec<Rule>,
    /// Limits on what many plans together may take away.
    #[serde(default)]
    pub safeguards: Safeguards,
    /// Logins and what is to come of them. They change no plan and no digest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<MappingTest>,
}

impl Config {
    /// A config with no catalog and no rules yet, and every other setting at its default.
    pub fn new(source: Source) -> Self {
        Self {
            version: VERSION,
            authority: Authority::default(),
            unmatched: Unmatched::default(),
            source,
            accounts: Accounts::default(),
            catalog: Vec::new(),
            slots: Vec::new(),
            rules: Vec::new(),
            safeguards: Safeguards::default(),
            tests: Vec::new(),
        }
    }

    /// Adds what the host can hand out.
    #[must_use]
    pub fn with_catalog(mut self, entries: impl IntoIterator<Item = Catalogued>) -> Self {
        self.catalog.extend(entries);
        self
    }

    /// Adds slots.
    #[must_use]
    pub fn with_slots(mut self, slots: impl IntoIterator<Item = Slot>) -> Self {
        self.slots.extend(slots);
        self
    }

    /// Adds rules.
    #[must_use]
    pub fn with_rules(mut self, rules: impl IntoIterator<Item = Rule>) -> Self {
        self.rules.extend(rules);
        self
    }

    /// Sets which memberships the mapping may take away.
    #[must_use]
    pub fn with_authority(mut self, authority: Authority) -> Self {
        self.authority = authority;
        self
    }

    /// Sets what happens to a person to whom nothing is granted.
    #[must_use]
    pub fn with_unmatched(mut self, unmatched: Unmatched) -> Self {
        self.unmatched = unmatched;
        self
    }

    /// Sets how many removals a batch may hold.
    #[must_use]
    pub fn with_max_removals(mut self, limit: MaxRemovals) -> Self {
        self.safeguards.max_removals = Some(limit);
        self
    }

    /// Adds tests.
    #[must_use]
    pub fn with_tests(mut self, tests: impl IntoIterator<Item = MappingTest>) -> Self {
        self.tests.extend(tests);
        self
    }

    /// Sets the account settings.
    #[must_use]
    pub fn with_accounts(mut self, accounts: Accounts) -> Self {
        self.accounts = accounts;
        self
    }
}

/// Which memberships the mapping may take away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Authority {
    /// None: it only adds.
    Additive,
    /// Those that this source gave.
    #[default]
    Managed,
    /// Those that this source gave and those given by hand; never another source's.
    Exclusive,
}

/// What happens to a person to whom nothing is granted, once the evidence is certain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Unmatched {
    /// The login is refused; the account stays.
    #[default]
    Refuse,
    /// The login is refused and the account switched off.
    Deactivate,
    /// The login is let in with nothing.
    Admit,
    /// The login is let in with these targets.
    Grant(Vec<Target>),
}

/// When accounts are made, joined, switched on and left alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Accounts {
    /// Whether an unknown user who is granted something gets an account. Default: true.
    pub provision: bool,
    /// Whether an inactive account of someone who is granted something is switched on again. Default: false.
    pub reactivate: bool,
    /// Whether an existing local account with the same address is joined. Default: `never`.
    pub link: Link,
    /// What a new account gets once, by hand as it were: nobody manages it afterwards. Default: nothing.
    pub new_grant: Vec<Target>,
    /// Who holds one of these otherwise than through this source is left alone. Default: nothing.
    pub exempt: Vec<Target>,
}

impl Default for Accounts {
    fn default() -> Self {
        Self { provision: true, reactivate: false, link: Link::Never, new_grant: Vec::new(), exempt: Vec::new() }
    }
}

impl Accounts {
    /// Sets whether unknown users get accounts.
    #[must_use]
    pub fn provision(mut self, provision: bool) -> Self {
        self.provision = provision;
        self
    }

    /// Sets whether inactive accounts are switched on again.
    #[must_use]
    pub fn reactivate(mut self, reactivate: bool) -> Self {
        self.reactivate = reactivate;
        self
    }

    /// Sets when local accounts are joined.
    #[must_use]
    pub fn link(mut self, link: Link) -> Self {
        self.link = link;
        self
    }

    /// Adds targets that a new account gets once.
    #[must_use]
    pub fn with_new_grant(mut self, targets: impl IntoIterator<Item = Target>) -> Self {
        self.new_grant.extend(targets);
        self
    }

    /// Adds targets whose holders are left alone.
    #[must_use]
    pub fn with_exempt(mut self, targets: impl IntoIterator<Item = Target>) -> Self {
        self.exempt.extend(targets);
        self
    }
}

/// Whether an existing local account with the same e-mail address is joined to the identity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Link {
    /// Never: the login is refused with `link-needed`, and a person decides.
    #[default]
    Never,
    /// When the identity provider says that the address is verified.
    VerifiedEmail,
    /// When the addresses are equal. Whoever can choose an address at the provider can take over an account.
    AnyEmail,
}

/// One entry of the catalog: a target and what the host knows of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Catalogued {
    /// The target.
    pub target: Target,
    /// How high it stands among the targets of its slot. Default: none.
    pub rank: Option<i64>,
    /// Whether only exact conditions may grant it. Default: false.
    pub privileged: bool,
    /// How many eligible holders must remain whatever a plan takes away. Default: none need to.
    pub keep_at_least: Option<u64>,
}

impl Catalogued {
    /// An entry for an ordinary target.
    pub fn new(target: Target) -> Self {
        Self { target, rank: None, privileged: false, keep_at_least: None }
    }

    /// Sets how high it stands among the targets of its slot.
    #[must_use]
    pub fn rank(mut self, rank: i64) -> Self {
        self.rank = Some(rank);
        self
    }

    /// Lets only exact conditions grant it.
    #[must_use]
    pub fn privileged(mut self) -> Self {
        self.privileged = true;
        self
    }

    /// Sets how many eligible holders must remain.
    #[must_use]
    pub fn keep_at_least(mut self, holders: u64) -> Self {
        self.keep_at_least = Some(holders);
        self
    }
}

target_document!(CataloguedShape {
    #[serde(default)]
    rank: Option<i64>,
    #[serde(default)]
    privileged: bool,
    #[serde(default)]
    keep_at_least: Option<u64>,
});

impl<'de> Deserialize<'de> for Catalogued {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut shape = CataloguedShape::deserialize(deserializer)?;
        let target = shape.target().map_err(D::Error::custom)?;
        let CataloguedShape { rank, privileged, keep_at_least, .. } = shape;
        Ok(Self { target, rank, privileged, keep_at_least })
    }
}

impl Serialize for Catalogued {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.target.serialize_into(&mut map)?;
        if let Some(rank) = self.rank {
            map.serialize_entry("rank", &rank)?;
        }
        if self.privileged {
            map.serialize_entry("privileged", &true)?;
        }
        if let Some(holders) = self.keep_at_least {
            map.serialize_entry("keep_at_least", &holders)?;
        }
        map.end()
    }
}

/// A kind of which a person has at most one target in each organization, and one outside any.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Slot {
    /// The kind: `role`, `group`, `team`, `flag` or one of the host's own.
    pub kind: String,
    /// Who wins when rules grant several.
    pub choose: Choose,
    /// The name of the target that a person with something else there gets when no rule decides. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
}

impl Slot {
    /// A slot without a default.
    pub fn new(kind: impl Into<String>, choose: Choose) -> Self {
        Self { kind: kind.into(), choose, default: None }
    }

    /// Sets what a person with something else there gets when no rule decides.
    #[must_use]
    pub fn with_default(mut self, name: impl Into<String>) -> Self {
        self.default = Some(name.into());
        self
    }
}

/// Who wins when rules grant several targets of one slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Choose {
    /// The target with the highest rank.
    Highest,
    /// The target with the highest priority of its rules.
    Priority,
    /// The target with the most specific condition of its rules: id 3, other exact kinds 2, patterns and `*_under` 1,
    /// everything else 0.
    Specificity,
    /// Nobody: several are held back, and the plan says so.
    Unambiguous,
}

/// Limits on what many plans together may take away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Safeguards {
    /// How many removals a batch may hold. Default: no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_removals: Option<MaxRemovals>,
}

/// How many removals a batch may hold before all of them are held back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct MaxRemovals {
    /// This many removals are too many. Default: no such limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// Removals of this share of the people in scope, in percent, are too many. Default: no such limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<u64>,
    /// The share counts once this many people are in scope. Default: 0.
    #[serde(default)]
    pub floor: u64,
}

impl MaxRemovals {
    /// This many removals are too many, and so are removals of this share of the people, in percent, once `floor` of
    /// them are in scope.
    pub fn new(count: Option<u64>, percent: Option<u64>, floor: u64) -> Self {
        Self { count, percent, floor }
    }
}

/// Reads a key that, where it stands, must have a value: null is no way to leave it out.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Catalogued {
    fn schema_name() -> alloc::borrow::Cow<'static, str> {
        "Catalogued".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let others = serde_json::json!({
            "rank": {
                "type": ["integer", "null"],
                "description": "How high it stands among the targets of its slot. Default: none.",
            },
            "privileged": {
                "type": "boolean",
                "default": false,
                "description": "Whether only exact conditions may grant it. Default: false.",
            },
            "keep_at_least": {
                "type": ["integer", "null"],
                "minimum": 0,
                "description": "How many eligible holders must remain whatever a plan takes away. Default: none need to.",
            },
        });
        crate::target::target_schema("A target and what the host knows of it.", others, &[])
    }
}
