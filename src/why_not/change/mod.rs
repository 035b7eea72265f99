//! The smallest change of what a login carries that would grant a target, or make a rule true.
//!
//! A search by the number of steps, where each step is a group joined or left, a value of an attribute, or the knowledge
//! that a list is whole. What a state comes to is asked of the planner. From a state that does not give the target, one
//! thing that must change is taken (a deny rule that is not false; a grant that is not true; who wins the slot), and each
//! way to change it is a step: whatever gives the target must take one of them. So the first state that does has the fewest steps,
//! among those that the search could think of; for patterns it thinks of a few texts alone.

mod repairs;
mod state;

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize, Serializer};

use self::repairs::Repairs;
use self::state::{State, Step};
use super::obstacles::Asker;
use crate::catalog::TargetId;
use crate::config::Selector;
use crate::draft::Draft;
use crate::explain::judgement;
use crate::identity::GroupKind;
use crate::rules::{Findings, Judgement, RuleId, Truth};
use crate::scratch::Scratch;
use crate::text::{Brief, escaped};

/// How many steps are tried at most.
const MOST_STEPS: usize = 6;
/// How many states are judged at most, for a login of few groups.
const MOST_STATES: usize = 1_500;

/// The smallest change of what a login carries that would grant a target, or make a rule true.
///
/// A change that is found has been tried: the login was planned for with it, and the plan gives the target. Where none was
/// found, it is tried whether the rules would grant it: see [`is_of_rules_alone`](Self::is_of_rules_alone).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SmallestChange {
    /// What came of the search.
    pub outcome: ChangeOutcome,
    /// What has to change, all of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Alteration>,
    /// Whether it is known that no fewer would do. Where a pattern is among the rules, a smaller change may exist.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub is_minimal: bool,
    /// Whether the rules would grant the target and no more is known: an account, a setting or what is held stands in the
    /// way all the same, and is among the obstacles.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub is_of_rules_alone: bool,
}

/// What came of a search for a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ChangeOutcome {
    /// A change that grants.
    Found,
    /// Nothing that a login could carry would.
    Impossible,
    /// The search has ended without an answer.
    NotDecided,
}

/// One thing that has to change.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Alteration {
    /// What.
    pub change: AlterationKind,
    /// What kind of group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<GroupKind>,
    /// The group, as it is or would be sent; escaped where it is shown or written.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "write_escaped")]
    pub group: Option<String>,
    /// What the rules' author calls that group, where it is an id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The attribute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribute: Option<Selector>,
    /// The value, as JSON; of one that the login carries only after
    /// [`WhyNot::with_personal_data`](crate::WhyNot::with_personal_data).
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "write_escaped")]
    pub value: Option<String>,
    #[serde(skip)]
    hidden: Option<String>,
}

/// What has to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AlterationKind {
    /// To be in the group.
    Join,
    /// Not to be in the group.
    Leave,
    /// The attribute has the value.
    AttributeHas,
    /// The attribute has not the value.
    AttributeLacks,
    /// The attribute is there, if only as an empty list.
    AttributePresent,
    /// The attribute is not there.
    AttributeMissing,
    /// The list of groups is known to be whole.
    WholeList,
}

#[expect(clippy::ref_option, reason = "serde passes a reference")]
fn write_escaped<S: Serializer>(text: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    text.as_deref().map(escaped).serialize(serializer)
}

/// What is to be reached.
#[derive(Clone, Copy, Debug)]
pub(super) enum Goal {
    /// The plan gives the target, or keeps it for good.
    Given(TargetId),
    /// The rules grant the target.
    Granted(TargetId),
    /// The rule is true.
    Met(RuleId),
}

impl Goal {
    fn is_reached(self, draft: &Draft<'_>, judgement: &Judgement<'_>) -> bool {
        match self {
            Self::Given(target) => draft.gives(target) || (draft.keeps(target) && is_true(judgement.verdict(target))),
            Self::Granted(target) => is_true(judgement.with_given(Truth::False, &[]).verdict(target)),
            Self::Met(rule) => is_true(judgement.truth(rule)),
        }
    }
}

fn is_true(truth: Truth) -> bool {
    truth == Truth::True
}

/// Looks for the smallest change with which the plan gives a target; where none was found, since something stands in the
/// way that no login changes, for the smallest with which the rules grant it.
pub(super) fn smallest_for_target(asker: Asker<'_>, target: TargetId) -> SmallestChange {
    let given = smallest(asker, Goal::Given(target));
    if given.outcome == ChangeOutcome::Found {
        return given;
    }
    let granted = smallest(asker, Goal::Granted(target));
    // Where the rules grant it as it is, they are not what has to change.
    if granted.changes.is_empty() { given } else { SmallestChange { is_of_rules_alone: true, ..granted } }
}

/// Looks for the smallest change that reaches a goal.
pub(super) fn smallest(asker: Asker<'_>, goal: Goal) -> SmallestChange {
    let draft = asker.draft;
    let mut repairs = Repairs::new(draft, goal);
    let entries = usize::try_from(draft.identity.evidence().count()).unwrap_or(usize::MAX);
    let most = MOST_STATES.checked_div(entries.checked_div(256).unwrap_or(0).saturating_add(1)).unwrap_or(0).max(64);
    let mut scratch = Scratch::new();
    let mut level: Vec<State> = [State::default()].into();
    let mut seen: BTreeSet<State> = BTreeSet::new();
    let mut judged = 0_usize;
    for _ in 0..=MOST_STEPS {
        let mut next: Vec<State> = Vec::new();
        for state in level {
            judged = judged.saturating_add(1);
            if judged > most {
                return none(ChangeOutcome::NotDecided);
            }
            let further = with_supposed(asker, &state, &mut scratch, |supposed, judgement| {
                if goal.is_reached(supposed, judgement) { None } else { Some(repairs.of(judgement, &state)) }
            });
            match further {
                // Such a login would be refused, and another change beside it might prevent that.
                None => repairs.miss_some(),
                Some(None) => {
                    let state = reduced(asker, goal, &state, &mut scratch);
                    let changes: Vec<Alteration> = state.steps().iter().map(|step| alteration(draft, step)).collect();
                    let is_minimal = changes.len() <= 1 || repairs.are_all();
                    return SmallestChange { changes, is_minimal, ..none(ChangeOutcome::Found) };
                }
                Some(Some(steps)) => {
                    for step in steps {
                        let further = state.with(step);
                        if further.steps().len() > state.steps().len() && seen.insert(further.clone()) {
                            next.push(further);
                        }
                    }
                }
            }
        }
        if next.is_empty() {
            return none(if repairs.are_all() { ChangeOutcome::Impossible } else { ChangeOutcome::NotDecided });
        }
        level = next;
    }
    none(ChangeOutcome::NotDecided)
}

/// Plans for a login as it would be, and looks at that; nothing where there could be no such login or no plan for it.
fn with_supposed<T>(
    asker: Asker<'_>,
    state: &State,
    scratch: &mut Scratch,
    look: impl FnOnce(&Draft<'_>, &Judgement<'_>) -> T,
) -> Option<T> {
    let identity = state.suppose(asker.draft)?;
    let supposed = asker.engine.draft(&identity, asker.draft.snapshot, scratch).ok()?;
    let mut findings = Findings::default();
    let judgement = judgement(&supposed, &mut findings);
    Some(look(&supposed, &judgement))
}

/// The same without steps that turned out to be needless: one that was taken first may be part of a later one, as being
/// there is of having a value.
fn reduced(asker: Asker<'_>, goal: Goal, state: &State, scratch: &mut Scratch) -> State {
    let mut least = state.clone();
    for step in state.steps() {
        let fewer = least.without(step);
        let reaches = |supposed: &Draft<'_>, judgement: &Judgement<'_>| goal.is_reached(supposed, judgement);
        if with_supposed(asker, &fewer, scratch, reaches) == Some(true) {
            least = fewer;
        }
    }
    least
}

fn none(outcome: ChangeOutcome) -> SmallestChange {
    SmallestChange { outcome, changes: Vec::new(), is_minimal: false, is_of_rules_alone: false }
}

fn alteration(draft: &Draft<'_>, step: &Step) -> Alteration {
    let compiled = draft.compiled;
    let selector = |attribute: u32| compiled.rules.index.selector(attribute).cloned();
    let bare = |change| Alteration {
        change,
        kind: None,
        group: None,
        label: None,
        attribute: None,
        value: None,
        hidden: None,
    };
    let group = |change, kind: GroupKind, text: &str| {
        let label = (kind == GroupKind::Id).then(|| compiled.label(&crate::identity::id_key(text))).flatten();
        Alteration { kind: Some(kind), group: Some(text.into()), label: label.map(Into::into), ..bare(change) }
    };
    match step {
        Step::Join(kind, text) => group(AlterationKind::Join, *kind, text),
        Step::Leave(kind, text) => group(AlterationKind::Leave, *kind, text),
        Step::Has(attribute, value) => Alteration {
            attribute: selector(*attribute),
            value: Some(value.clone()),
            ..bare(AlterationKind::AttributeHas)
        },
        Step::Lacks(attribute, value) => Alteration {
            attribute: selector(*attribute),
            hidden: Some(value.clone()),
            ..bare(AlterationKind::AttributeLacks)
        },
        Step::Present(attribute) => {
            Alteration { attribute: selector(*attribute), ..bare(AlterationKind::AttributePresent) }
        }
        Step::Missing(attribute) => {
            Alteration { attribute: selector(*attribute), ..bare(AlterationKind::AttributeMissing) }
        }
        Step::Whole => bare(AlterationKind::WholeList),
    }
}

impl Alteration {
    pub(super) fn reveal(&mut self) {
        if let Some(hidden) = self.hidden.take() {
            self.value = Some(hidden);
        }
    }
}

impl fmt::Debug for Alteration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Alteration").field("change", &self.change).finish_non_exhaustive()
    }
}

impl fmt::Display for SmallestChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.outcome {
            ChangeOutcome::Impossible => {
                f.write_str("no group and no attribute would change it: a rule or a setting has to")
            }
            ChangeOutcome::NotDecided => write!(f, "none found within {MOST_STEPS} steps; there may be one"),
            ChangeOutcome::Found => {
                f.write_str(match (self.is_minimal, self.is_of_rules_alone) {
                    (true, false) => "the least that would change it",
                    (false, false) => "what would change it; less may do",
                    (true, true) => "the least with which the rules grant it; what stands in the way above stays",
                    (false, true) => {
                        "with this the rules grant it, and with less perhaps; what stands in the way above stays"
                    }
                })?;
                self.changes.iter().try_for_each(|change| write!(f, "\n  {change}"))
            }
        }
    }
}

impl fmt::Display for Alteration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let group = self.group.as_deref().unwrap_or_default();
        let attribute = self.attribute.as_ref();
        let named = |f: &mut fmt::Formatter<'_>| match attribute {
            Some(attribute) => write!(f, "the attribute `{attribute}`"),
            None => f.write_str("an attribute"),
        };
        match self.change {
            AlterationKind::Join => write!(f, "member of `{}`", Brief(group))?,
            AlterationKind::Leave => write!(f, "not member of `{}`", Brief(group))?,
            AlterationKind::WholeList => f.write_str("a list of groups that is known to be whole (see the notes)")?,
            _ => named(f)?,
        }
        if let Some(label) = &self.label {
            write!(f, " ({})", Brief(label))?;
        }
        match (self.change, &self.value) {
            (AlterationKind::AttributeHas, Some(value)) => write!(f, " with the value {}", Brief(value)),
            (AlterationKind::AttributeLacks, Some(value)) => write!(f, " without the value {}", Brief(value)),
            (AlterationKind::AttributeLacks, None) => f.write_str(" without the value that matches"),
            (AlterationKind::AttributePresent, _) => f.write_str(" being there, if only as an empty list"),
            (AlterationKind::AttributeMissing, _) => f.write_str(" not being there"),
            _ => Ok(()),
        }
    }
}
