//! Why a person does not get a target and what they come nearest to.
//!
//! Read off the judgement that the plan was made from, as an explanation is.

mod change;
mod display;
mod misses;
mod obstacles;
mod rules;
mod texts;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize, Serializer};

pub use self::change::{Alteration, AlterationKind, ChangeOutcome, SmallestChange};
use self::obstacles::Asker;
use crate::engine::Engine;
use crate::error::Error;
use crate::explain::{Verdict, judgement};
use crate::identity::Identity;
use crate::rules::Findings;
use crate::scratch::Scratch;
use crate::snapshot::Snapshot;
use crate::target::Target;
use crate::text::escaped;

/// Why a person does not get a target, or why a rule is not true of them.
///
/// Made by [`Engine::why_not`] and [`Engine::why_not_rule`]. `Display` prints it for a ticket. What the login carries in
/// claims beside the groups is in it only after [`WhyNot::with_personal_data`]; `Debug` shows no text of the login.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct WhyNot {
    /// What was asked for.
    pub asked: Asked,
    /// What the rules say of it.
    pub verdict: Verdict,
    /// What stands in the way, the first thing to look at first. Nothing where the person has it, gets it, or the rule is
    /// true.
    pub obstacles: Vec<Obstacle>,
    /// The rules that could grant it and are not true, each with what is missing; the first 64.
    pub rules: Vec<RuleMiss>,
    /// What the login carries that comes near to what is missing, nearest first; the first 32.
    pub near_misses: Vec<NearMiss>,
    /// The smallest change of groups and attributes with which the person would get it, or the rule be true. Nothing
    /// where that is so already, where the catalog does not list it, and for a rule that is switched off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub smallest_change: Option<SmallestChange>,
    /// Whether rules, groups or near misses were left out for their number.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub is_cut: bool,
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "there are two questions")]
pub enum Asked {
    /// Why not this target.
    Target(Target),
    /// Why not this rule.
    Rule(String),
}

/// One thing that stands in the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Obstacle {
    /// What kind of thing.
    pub code: ObstacleCode,
    /// The rule that it is about, or that would change it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The setting, host fact or place in the config that would change it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub setting: Option<String>,
    /// The other target that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    /// What it means and what to do, in one line.
    pub message: String,
}

/// What can stand in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ObstacleCode {
    /// A deny rule is true.
    Denied,
    /// The person is left alone.
    Exempt,
    /// The login is refused.
    LoginRefused,
    /// The mapping is not active.
    MappingInactive,
    /// No rule that could grant it is true.
    NotMet,
    /// The catalog does not list the target.
    NotInCatalog,
    /// No rule grants the target.
    NoRule,
    /// A deny rule is undecided.
    PerhapsDenied,
    /// A rule that could grant it is switched off.
    RuleDisabled,
    /// Several targets of the slot are granted and none may be preferred.
    SlotAmbiguous,
    /// Another target of the slot is held and cannot go.
    SlotHeld,
    /// Another target of the slot won.
    SlotLost,
    /// An undecided target could win the slot.
    SlotUndecided,
    /// No rule of this id.
    UnknownRule,
    /// The evidence does not say.
    Undecided,
}

/// A rule that could grant the target and is not true.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RuleMiss {
    /// Its id.
    pub rule: String,
    /// Its place in the config, such as `rules[3]`.
    pub path: String,
    /// Whether it is enabled; what follows is said of it as if it were.
    pub enabled: bool,
    /// What its condition is, in three values: false or unknown, or true where no captured text names the target.
    pub condition: Verdict,
    /// The conditions that keep it from being true.
    pub missing: Vec<Missing>,
    /// Whether the text that the target is filled with is what is missing.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub is_template: bool,
}

/// A condition that keeps a rule from being true.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Missing {
    /// Where it stands, such as `rules[0].when.any[1].name`.
    pub path: String,
    /// What it asks for, as the rule's author wrote it.
    pub wanted: String,
    /// What the author calls it, where it is an id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Whether it is known not to be met, or undecided; under a `not`, whether it is met.
    pub truth: Verdict,
    /// Whether it must not be met, since it stands under a `not`.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub must_not: bool,
}

/// Something in the login that comes near to a condition.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct NearMiss {
    /// The rule.
    pub rule: String,
    /// The condition.
    pub path: String,
    /// What it asks for.
    pub wanted: String,
    /// What the login carries, as sent; nothing where it stands in a claim beside the groups and nobody asked for
    /// personal data. Escaped where it is shown or written.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "write_escaped")]
    pub seen: Option<String>,
    /// Where it stands, if not in the groups: the claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<String>,
    /// In what they differ, and in nothing else.
    pub differences: Vec<Difference>,
    /// The setting or place in the config that would make them meet.
    pub setting: String,
    /// What to do, in one line.
    pub message: String,
    /// What is shown once somebody asks for personal data.
    #[serde(skip)]
    hidden: Option<String>,
}

/// In what a text of the login differs from what a rule asks for; in the order of how near that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Difference {
    /// Upper and lower case.
    Case,
    /// Blanks at the ends.
    OuterSpace,
    /// The canonical form of Unicode: one character or several for the same letter (NFC, NFD).
    UnicodeForm,
    /// The compatibility form of Unicode: a letter that is drawn otherwise, such as a full-width one (NFKC).
    Compatibility,
    /// It is a part of one text with a delimiter in it.
    Delimiter,
    /// A path against a name, or a path that is written otherwise.
    PathForm,
    /// A distinguished name against a name, or one that does not parse.
    DnForm,
    /// A name with a prefix or suffix that says where it comes from, such as `DOMAIN\name`.
    Qualifier,
    /// The same text is sent as another kind of group.
    Kind,
    /// Ids are sent where a name is asked for.
    IdForName,
    /// A name is sent where an id is asked for: the one that the rule gives as its label.
    NameForId,
    /// The type of a value: 7 is not "7".
    Type,
    /// The same stands in another claim.
    OtherClaim,
    /// The pattern meets a part of the text, not the whole.
    PartOfValue,
    /// A letter or two.
    Spelling,
}

#[expect(clippy::ref_option, reason = "serde passes a reference")]
fn write_escaped<S: Serializer>(text: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    text.as_deref().map(escaped).serialize(serializer)
}

impl Engine {
    /// Why a person does not get a target: what stands in the way, what each rule that could grant it misses, and what
    /// the login carries that comes near.
    ///
    /// # Errors
    ///
    /// Those of [`Engine::plan`].
    ///
    /// # Examples
    ///
    /// ```
    /// use groupmap::{
    ///     Account, Catalogued, Claims, Condition, Config, Difference, Engine, Provider, Rule, Snapshot, Source, Target,
    /// };
    ///
    /// let config = Config::new(Source::new("acme-okta", Provider::Okta))
    ///     .with_catalog([Catalogued::new(Target::flag("staff"))])
    ///     .with_rules([Rule::grant("staff", Condition::name("Staff"), [Target::flag("staff")])]);
    /// let engine = Engine::compile(config)?;
    /// let claims: Claims = serde_json::from_str(r#"{ "id_token": { "sub": "u1", "groups": ["staff"] } }"#)?;
    /// let identity = engine.normalize(&claims)?;
    ///
    /// let why = engine.why_not(&identity, &Snapshot::new(Account::absent()), &Target::flag("staff"))?;
    /// assert_eq!(why.near_misses[0].differences, [Difference::Case]);
    /// assert_eq!(why.near_misses[0].setting, "source.groups.case");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn why_not(&self, identity: &Identity, snapshot: &Snapshot, target: &Target) -> Result<WhyNot, Error> {
        let mut scratch = Scratch::new();
        let draft = self.draft(identity, snapshot, &mut scratch)?;
        let mut findings = Findings::default();
        let judgement = judgement(&draft, &mut findings);
        Ok(Asker { engine: self, draft: &draft, judgement: &judgement }.of_target(target))
    }

    /// The same for one rule: what keeps it from being true. A rule that is switched off is looked at as if it were on.
    ///
    /// # Errors
    ///
    /// Those of [`Engine::plan`].
    pub fn why_not_rule(&self, identity: &Identity, snapshot: &Snapshot, rule: &str) -> Result<WhyNot, Error> {
        let mut scratch = Scratch::new();
        let draft = self.draft(identity, snapshot, &mut scratch)?;
        let mut findings = Findings::default();
        let judgement = judgement(&draft, &mut findings);
        Ok(Asker { engine: self, draft: &draft, judgement: &judgement }.of_rule(rule))
    }
}

impl WhyNot {
    /// Shows what was seen in claims beside the groups, too.
    #[must_use]
    pub fn with_personal_data(mut self) -> Self {
        for miss in &mut self.near_misses {
            if let Some(hidden) = miss.hidden.take() {
                miss.seen = Some(hidden);
            }
        }
        self.smallest_change.iter_mut().flat_map(|smallest| &mut smallest.changes).for_each(Alteration::reveal);
        self
    }
}

impl ObstacleCode {
    /// The code as documents spell it, such as `slot-lost`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Exempt => "exempt",
            Self::LoginRefused => "login-refused",
            Self::MappingInactive => "mapping-inactive",
            Self::NotMet => "not-met",
            Self::NotInCatalog => "not-in-catalog",
            Self::NoRule => "no-rule",
            Self::PerhapsDenied => "perhaps-denied",
            Self::RuleDisabled => "rule-disabled",
            Self::SlotAmbiguous => "slot-ambiguous",
            Self::SlotHeld => "slot-held",
            Self::SlotLost => "slot-lost",
            Self::SlotUndecided => "slot-undecided",
            Self::UnknownRule => "unknown-rule",
            Self::Undecided => "undecided",
        }
    }
}

impl fmt::Debug for WhyNot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WhyNot")
            .field("asked", &self.asked)
            .field("verdict", &self.verdict)
            .field("obstacles", &self.obstacles)
            .field("near_misses", &self.near_misses)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for NearMiss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NearMiss")
            .field("path", &self.path)
            .field("differences", &self.differences)
            .field("setting", &self.setting)
            .finish_non_exhaustive()
    }
}
