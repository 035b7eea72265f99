//! How many eligible holders protected targets have, while plans for many people are made.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::vec::Vec;

use crate::error::Error;
use crate::plan::Plan;
use crate::snapshot::{Holders, Snapshot};
use crate::target::Target;

/// One count of the eligible holders of protected targets, for all people who are planned for together.
///
/// Only what is taken away changes it: a plan that gives a target may be applied last or never, so no removal counts on
/// it. Therefore the plans that are made with one ledger can be applied in any order, in part, at once or not at all:
/// no protected target gets below its minimum.
///
/// [`Engine::batch`](crate::Engine::batch) keeps one. A host that plans in a loop of its own does three things for each
/// person:
///
/// ```
/// # use groupmap::{Account, Catalogued, Claims, Condition, Config, Engine, Holders, Membership, Provider, Rule, Snapshot,
/// #     Source, Target};
/// use groupmap::Ledger;
/// # let owner = Target::role("owner");
/// # let config = Config::new(Source::new("acme-okta", Provider::Okta))
/// #     .with_catalog([Catalogued::new(owner.clone()).keep_at_least(1)])
/// #     .with_rules([Rule::grant("owners", Condition::name("Owners"), [owner.clone()])]);
/// # let engine = Engine::compile(config)?;
/// # let login: Claims = serde_json::from_str(r#"{ "id_token": { "sub": "u1", "groups": ["Staff"] } }"#)?;
/// # let held = Snapshot::new(Account::active()).with_memberships([Membership::managed(owner.clone(), "acme-okta")]);
///
/// let mut ledger = Ledger::new([Holders::new(owner.clone(), 2)])?;
/// let mut removed = 0;
/// for snapshot in [&held, &held] {
///     let snapshot = ledger.seen_by(snapshot);
///     let plan = engine.plan(&engine.normalize(&login)?, &snapshot)?;
///     ledger.count_off(&plan);
///     removed += plan.remove.len();
/// }
/// assert_eq!((removed, ledger.count(&owner)), (1, Some(1)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    counts: BTreeMap<Target, u64>,
}

impl Ledger {
    /// The state that all people start from. A target that is missing has an unknown number of holders: nobody loses it.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidSnapshot`]: a target stands twice.
    pub fn new(holders: impl IntoIterator<Item = Holders>) -> Result<Self, Error> {
        let mut counts = BTreeMap::new();
        for Holders { target, count } in holders {
            if counts.contains_key(&target) {
                return Err(Error::InvalidSnapshot { message: format!("`{target}` stands twice in `holders`") });
            }
            counts.insert(target, count);
        }
        Ok(Self { counts })
    }

    /// How many eligible holders a target still has, whatever of the plans made so far is applied.
    pub fn count(&self, target: &Target) -> Option<u64> {
        self.counts.get(target).copied()
    }

    /// The whole of it, in target order.
    pub fn holders(&self) -> Vec<Holders> {
        self.counts.iter().map(|(target, count)| Holders::new(target.clone(), *count)).collect()
    }

    /// A person's snapshot with the counts of this ledger for what they hold, in place of its own. What they do not hold
    /// cannot be taken from them.
    #[must_use]
    pub fn seen_by(&self, snapshot: &Snapshot) -> Snapshot {
        let counts = snapshot.memberships.iter().filter_map(|membership| {
            let count = self.count(&membership.target)?;
            Some(Holders::new(membership.target.clone(), count))
        });
        let holders = counts.collect();
        let Snapshot { revision, account, memberships, holders: _ } = snapshot.clone();
        Snapshot { revision, account, memberships, holders }
    }

    /// Counts off what a plan takes away, be it by an operation or by a refusal: everything that it requires holders of.
    pub fn count_off(&mut self, plan: &Plan) {
        for required in &plan.requires.holders {
            if let Some(count) = self.counts.get_mut(&required.target) {
                *count = count.saturating_sub(1);
            }
        }
    }
}
