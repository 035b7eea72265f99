//! Two configs over the same people: who gains and loses what, and by which rule.

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::draft::Draft;
use crate::engine::Engine;
use crate::error::{Error, ErrorDocument};
use crate::ledger::Ledger;
use crate::person::Person;
use crate::plan::{Access, AccountChange, Reason, Setting};
use crate::planner::Removals;
use crate::scratch::Scratch;
use crate::snapshot::{Holders, Snapshot};
use crate::target::Target;

/// How many groups are remembered from one person to the next, for each config.
const MEMO: usize = 10_000;

/// What becomes different for whom when one config takes the place of another, as a [`Comparer`] finds it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Comparison {
    /// How many people were looked at.
    pub people: u64,
    /// Those for whom something becomes different, in the order in which they came.
    pub changed: Vec<PersonComparison>,
}

/// What becomes different for one person. `Debug` hides who it is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PersonComparison {
    /// What the host calls the person.
    pub id: String,
    /// Where they stand once the first config's plan is carried out.
    pub before: Standing,
    /// Where they stand once the second config's plan is carried out instead.
    pub after: Standing,
    /// What they hold under the second config alone, in target order.
    pub gains: Vec<TargetComparison>,
    /// What they hold under the first config alone, in target order.
    pub loses: Vec<TargetComparison>,
}

/// Where a person stands under one config.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Standing {
    /// Whether they are let in. Whoever cannot be planned for is not.
    pub access: Access,
    /// What becomes of the account.
    pub account: AccountChange,
    /// Why they cannot be planned for, where that is so. Then they hold what they hold now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorDocument>,
}

/// A target that a person holds under one of two configs, with what each has to do with it.
///
/// Under the config by which it is held, the reasons are those for it: rules with the groups that met them, and settings;
/// none where it is only not taken away. Under the other they are the rules that deny it; none where no rule grants it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TargetComparison {
    /// The target.
    pub target: Target,
    /// The reasons under the first config.
    pub before: Vec<Reason>,
    /// The reasons under the second config.
    pub after: Vec<Reason>,
}

/// Compares two configs over people, one at a time.
///
/// ```
/// use groupmap::{
///     Account, Catalogued, Claims, Comparer, Condition, Config, Engine, Person, Provider, Rule, Snapshot, Source, Target,
/// };
///
/// let engine = |group: &str| {
///     let config = Config::new(Source::new("acme-okta", Provider::Okta))
///         .with_catalog([Catalogued::new(Target::flag("staff"))])
///         .with_rules([Rule::grant("staff", Condition::name(group), [Target::flag("staff")])]);
///     Engine::compile(config)
/// };
/// let login: Claims = serde_json::from_str(r#"{ "id_token": { "sub": "u1", "groups": ["Contractors"] } }"#)?;
///
/// let mut comparer = Comparer::new(&engine("Employees")?, &engine("Contractors")?, [])?;
/// comparer.add(&Person::new("u1", login, Snapshot::new(Account::active())));
/// let comparison = comparer.finish();
/// assert_eq!(comparison.changed[0].gains[0].target, Target::flag("staff"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Comparer {
    engines: [Engine; 2],
    start: Ledger,
    scratches: [Scratch; 2],
    comparison: Comparison,
}

impl Comparer {
    /// Compares what plans come to when `after` takes the place of `before`; each for the host that it knows. All plans
    /// are made against the same holders, as in a review.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidSnapshot`]: a target stands twice in `holders`.
    pub fn new(before: &Engine, after: &Engine, holders: impl IntoIterator<Item = Holders>) -> Result<Self, Error> {
        Ok(Self {
            engines: [before.clone(), after.clone()],
            start: Ledger::new(holders)?,
            scratches: [Scratch::with_memo(MEMO), Scratch::with_memo(MEMO)],
            comparison: Comparison::default(),
        })
    }

    /// Compares what becomes of one person.
    pub fn add(&mut self, person: &Person) {
        let Self { engines: [before, after], start, scratches: [first, second], comparison } = self;
        comparison.people = comparison.people.saturating_add(1);
        let snapshot = start.seen_by(&person.snapshot);
        let identified = |engine: &Engine| engine.identify(&person.login, &person.snapshot);
        let (old, new) = (identified(before), identified(after));
        let (old, new) = (old.as_ref().map_err(Clone::clone), new.as_ref().map_err(Clone::clone));
        let allowed = Removals::Allowed;
        let old = old.and_then(|identity| before.draft_for(person, identity, &snapshot, first, allowed));
        let new = new.and_then(|identity| after.draft_for(person, identity, &snapshot, second, allowed));
        comparison.changed.extend(compared(&person.id, &snapshot, &old, &new));
    }

    /// The comparison over everybody who was added.
    pub fn finish(self) -> Comparison {
        self.comparison
    }
}

type Drafted<'d> = Result<Draft<'d>, Error>;

/// What becomes different, if anything does.
fn compared(id: &str, snapshot: &Snapshot, old: &Drafted<'_>, new: &Drafted<'_>) -> Option<PersonComparison> {
    let (held_before, held_after) = (held(snapshot, old), held(snapshot, new));
    let gains = held_after.difference(&held_before).map(|target| TargetComparison {
        target: (*target).clone(),
        before: reasons_against(old, target),
        after: reasons_for(new, target),
    });
    let loses = held_before.difference(&held_after).map(|target| TargetComparison {
        target: (*target).clone(),
        before: reasons_for(old, target),
        after: reasons_against(new, target),
    });
    let (gains, loses): (Vec<_>, Vec<_>) = (gains.collect(), loses.collect());
    let (before, after) = (standing(old), standing(new));
    let differs = before != after || !gains.is_empty() || !loses.is_empty();
    differs.then(|| PersonComparison { id: id.into(), before, after, gains, loses })
}

/// What a person holds once the plan is carried out.
fn held<'d>(snapshot: &'d Snapshot, drafted: &Drafted<'d>) -> BTreeSet<&'d Target> {
    let mut held: BTreeSet<&Target> = snapshot.memberships.iter().map(|membership| &membership.target).collect();
    if let Ok(draft) = drafted {
        for gone in draft.remove().chain(draft.replace().map(|(_, old)| old)) {
            held.remove(gone);
        }
        held.extend(draft.add().chain(draft.replace().map(|(new, _)| new)));
    }
    held
}

fn standing(drafted: &Drafted<'_>) -> Standing {
    match drafted {
        Ok(draft) => Standing { access: draft.access(), account: draft.account(), error: None },
        Err(error) => {
            Standing { access: Access::Refused, account: AccountChange::None, error: Some(ErrorDocument::from(error)) }
        }
    }
}

fn reasons_for(drafted: &Drafted<'_>, target: &Target) -> Vec<Reason> {
    let Ok(draft) = drafted else { return Vec::new() };
    if draft.is_given_once(target) { [Reason::Setting(Setting::NewGrant)].into() } else { draft.because(target) }
}

fn reasons_against(drafted: &Drafted<'_>, target: &Target) -> Vec<Reason> {
    drafted.as_ref().map(|draft| draft.because_not(target)).unwrap_or_default()
}

impl fmt::Debug for PersonComparison {
    /// Hides who it is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id: _, before, after, gains, loses } = self;
        f.debug_struct("PersonComparison")
            .field("before", before)
            .field("after", after)
            .field("gains", gains)
            .field("loses", loses)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Comparer {
    /// Hides who was compared.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Comparer").field("people", &self.comparison.people).finish_non_exhaustive()
    }
}
