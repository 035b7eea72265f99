//! Many people planned together: one ledger of holders, and one limit on what may go at once.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::config::MaxRemovals;
use crate::digest::digest_of;
use crate::engine::Engine;
use crate::error::{Error, ErrorDocument};
use crate::ledger::Ledger;
use crate::person::Person;
use crate::plan::{AccountChange, Plan, Status, WithheldCode};
use crate::planner::Removals;
use crate::scratch::Scratch;
use crate::snapshot::{AccountStatus, Holders, Snapshot};
use crate::target::Target;

/// How many groups are remembered from one person to the next.
const MEMO: usize = 10_000;

/// The plans for many people, made in order against one [`Ledger`], as [`Engine::batch`] makes them.
///
/// As a document: `{ "plans": [ { "id", "plan" } | { "id", "error" } ], "removals", "mass_removal", "digest", "holders" }`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Batch {
    /// One for each person, in the order in which they were given.
    pub plans: Vec<PersonPlan>,
    /// How many removals the batch comes to, held back or not: memberships that go, by themselves or for others, and
    /// accounts that are switched off or refused.
    #[serde(default)]
    pub removals: u64,
    /// Whether the removals reached `safeguards.max_removals` and all of them are held back.
    pub mass_removal: bool,
    /// The digest of exactly this batch: of config, host, holders, people and plans, in order, with the removals in
    /// them. Whoever gives it as the override lets those removals happen, and no others.
    pub digest: String,
    /// The ledger after the last plan, in target order: how many eligible holders there are at least, whatever of the
    /// batch gets applied. What plans give is not counted.
    pub holders: Vec<Holders>,
}

/// Under which terms a batch is planned. By default it stands alone, and no removals are permitted beyond the limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BatchTerms {
    /// The digest of the batch whose removals are to happen although they are many. Default: none.
    pub permitted: Option<String>,
    /// How many people and removals the batches before this one came to that belong with it, such as those of the same
    /// hour, those that were held back aside. The limit is reached if this batch reaches it alone, or would as one batch
    /// with them: many people before make no batch smaller than it is. Default: none.
    pub earlier: Earlier,
    /// Whether removals are held back in any case, be they few and be there no limit: for people whose removals were held
    /// back before, and of whom nobody has decided yet. Default: no.
    pub hold: bool,
}

/// What some batches came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "these are the two numbers that a limit looks at")]
pub struct Earlier {
    /// How many people were planned for.
    pub people: u64,
    /// How many removals were carried out.
    pub removals: u64,
}

impl BatchTerms {
    /// The same terms, with the removals of the batch of this digest permitted.
    #[must_use]
    pub fn permitting(self, digest: impl Into<String>) -> Self {
        Self { permitted: Some(digest.into()), ..self }
    }

    /// The same terms, after batches that belong with this one.
    #[must_use]
    pub fn after(self, earlier: Earlier) -> Self {
        Self { earlier, ..self }
    }

    /// The same terms, with removals held back in any case but that of the permitted digest.
    #[must_use]
    pub fn holding(self) -> Self {
        Self { hold: true, ..self }
    }
}

/// The plan for one person of a batch, or why there is none.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct PersonPlan {
    /// What the host calls the person.
    pub id: String,
    /// What is to change; or the error of the login or of the snapshot, or `repeated-person` for somebody who stands in
    /// the batch more than once. With an error nothing changes for the person.
    pub plan: Result<Plan, ErrorDocument>,
}

impl Engine {
    /// Plans for many people in order, against one count of the holders of protected targets, which replaces that of
    /// their snapshots. Whoever is [`Person::switched_off`] is planned for as [`Engine::plan_deactivation`] does, against
    /// the same count and the same limit. The plans can be applied in any order, in part or at once: no protected target gets below its
    /// minimum.
    ///
    /// Where the removals in all plans together reach `safeguards.max_removals`, all of them are held back as
    /// `mass-removal`, and everything else goes on; unless `permitted` is the digest of exactly this batch.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidSnapshot`]: a target stands twice in `holders`. The errors of one person are in the batch and keep
    /// nobody else from being planned for.
    ///
    /// # Examples
    ///
    /// ```
    /// use groupmap::{
    ///     Account, Catalogued, Claims, Condition, Config, Engine, MaxRemovals, Membership, Person, Provider, Rule, Snapshot,
    ///     Source, Target,
    /// };
    ///
    /// let staff = Target::flag("staff");
    /// let config = Config::new(Source::new("acme-okta", Provider::Okta))
    ///     .with_catalog([Catalogued::new(staff.clone())])
    ///     .with_rules([Rule::grant("staff", Condition::name("Staff"), [staff.clone()])])
    ///     .with_max_removals(MaxRemovals::new(None, Some(50), 0));
    /// let engine = Engine::compile(config)?;
    ///
    /// let login: Claims = serde_json::from_str(r#"{ "id_token": { "sub": "u1", "groups": [] } }"#)?;
    /// let held = Snapshot::new(Account::active()).with_memberships([Membership::managed(staff, "acme-okta")]);
    /// let people = [Person::new("u1", login, held)];
    ///
    /// let batch = engine.batch(&people, [], None)?;
    /// assert!(batch.mass_removal);
    /// let batch = engine.batch(&people, [], Some(&batch.digest))?;
    /// assert!(!batch.mass_removal);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn batch(
        &self,
        people: &[Person],
        holders: impl IntoIterator<Item = Holders>,
        permitted: Option<&str>,
    ) -> Result<Batch, Error> {
        self.batch_on(people, holders, &BatchTerms { permitted: permitted.map(Into::into), ..BatchTerms::default() })
    }

    /// A batch as [`Engine::batch`] makes it, under terms: as one of several that belong together, or with the removals
    /// held back whatever they come to.
    ///
    /// A source that pushes one change a request may remove everybody in a thousand requests. A host that plans for each
    /// request adds up what the batches of the last hour came to, and says so here.
    ///
    /// # Errors
    ///
    /// Those of [`Engine::batch`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use groupmap::{Account, Catalogued, Claims, Condition, Config, Engine, MaxRemovals, Membership, Person, Provider,
    /// #     Rule, Snapshot, Source, Target};
    /// use groupmap::{BatchTerms, Earlier};
    /// # let staff = Target::flag("staff");
    /// # let config = Config::new(Source::new("acme-scim", Provider::Okta))
    /// #     .with_catalog([Catalogued::new(staff.clone())])
    /// #     .with_rules([Rule::grant("staff", Condition::name("Staff"), [staff.clone()])])
    /// #     .with_max_removals(MaxRemovals::new(Some(3), None, 0));
    /// # let engine = Engine::compile(config)?;
    /// # let held = Snapshot::new(Account::active()).with_memberships([Membership::managed(staff, "acme-scim")]);
    ///
    /// // Three people are switched off, one a request; the limit is three removals.
    /// let mut earlier = Earlier::default();
    /// let mut held_back = Vec::new();
    /// for id in ["u1", "u2", "u3"] {
    ///     let login: Claims = serde_json::from_str(&format!(r#"{{ "id_token": {{ "sub": "{id}" }} }}"#))?;
    ///     let person = Person::new(id, login, held.clone()).switched_off(true);
    ///     let batch = engine.batch_on(&[person], [], &BatchTerms::default().after(earlier))?;
    ///     if batch.mass_removal {
    ///         held_back.push(id);
    ///     } else {
    ///         earlier.people += 1;
    ///         earlier.removals += batch.removals;
    ///     }
    /// }
    /// assert_eq!(held_back, ["u3"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn batch_on(
        &self,
        people: &[Person],
        holders: impl IntoIterator<Item = Holders>,
        terms: &BatchTerms,
    ) -> Result<Batch, Error> {
        let BatchTerms { permitted, earlier, hold } = terms;
        let mut ledger = Ledger::new(holders)?;
        let start = ledger.clone();
        let repeated = repeated(people.iter().map(|person| &*person.id));
        let mut scratch = Scratch::with_memo(MEMO);
        let may_hold = *hold || self.config().safeguards.max_removals.is_some();
        let outcomes = people.iter().map(|person| {
            if repeated.contains(&*person.id) {
                return Err(repeated_person());
            }
            let judged = self.judge(person, &mut ledger, &mut scratch, may_hold);
            judged.map_err(|error| ErrorDocument::from(&error))
        });
        let outcomes: Vec<Result<Judged, ErrorDocument>> = outcomes.collect();
        let digest = self.digest_of_batch(people, &start, &outcomes);
        let removals = outcomes.iter().flatten().fold(0_u64, |sum, judged| sum.saturating_add(judged.removals));
        let limit = self.config().safeguards.max_removals.as_ref();
        let alone = u64::try_from(people.len()).unwrap_or(u64::MAX);
        let in_scope = alone.saturating_add(earlier.people);
        let summed = removals.saturating_add(earlier.removals);
        // Whoever was in scope before makes no batch smaller than it is alone.
        let is_reached = |limit: &MaxRemovals| limit.is_reached(removals, alone) || limit.is_reached(summed, in_scope);
        let reached = *hold || limit.is_some_and(is_reached);
        let mass_removal = removals > 0 && reached && permitted.as_deref() != Some(&*digest);
        let plans = people.iter().zip(outcomes).map(|(person, outcome)| PersonPlan {
            id: person.id.clone(),
            plan: outcome.map(|judged| if mass_removal { judged.spared.unwrap_or(judged.plan) } else { judged.plan }),
        });
        let holders = if mass_removal { start } else { ledger }.holders();
        Ok(Batch { plans: plans.collect(), removals, mass_removal, digest, holders })
    }

    /// Plans for one person, and counts off what the plan takes away.
    fn judge(
        &self,
        person: &Person,
        ledger: &mut Ledger,
        scratch: &mut Scratch,
        may_hold: bool,
    ) -> Result<Judged, Error> {
        let identity = self.identify(&person.login, &person.snapshot)?;
        let snapshot = ledger.seen_by(&person.snapshot);
        let plan = self.draft_for(person, &identity, &snapshot, scratch, Removals::Allowed)?.to_plan();
        ledger.count_off(&plan);
        let removals = removals(&plan, &snapshot);
        let spared = if removals > 0 && may_hold {
            let held_back = Removals::HeldBack(WithheldCode::MassRemoval);
            Some(self.draft_for(person, &identity, &snapshot, scratch, held_back)?.to_plan())
        } else {
            None
        };
        Ok(Judged { plan, removals, spared })
    }

    fn digest_of_batch(&self, people: &[Person], start: &Ledger, outcomes: &[Result<Judged, ErrorDocument>]) -> String {
        let plans = people.iter().zip(outcomes).map(|(person, outcome)| match outcome {
            Ok(judged) => (&*person.id, judged.plan.digest()),
            Err(error) => (&*person.id, error.code.clone()),
        });
        let mut default_targets: Vec<&Target> = self.host().default_targets.iter().collect();
        default_targets.sort();
        digest_of(&Sealed {
            batch_of: &self.compiled().digest,
            auto_join: self.host().auto_join,
            default_targets,
            holders: start.holders(),
            plans: plans.collect(),
        })
    }
}

/// What the digest of a batch is made over.
#[derive(Serialize)]
struct Sealed<'a> {
    batch_of: &'a str,
    auto_join: bool,
    default_targets: Vec<&'a Target>,
    holders: Vec<Holders>,
    plans: Vec<(&'a str, String)>,
}

/// The plan for one person, before it is known whether removals are held back.
struct Judged {
    plan: Plan,
    removals: u64,
    /// The plan with its removals held back, where that may come to be.
    spared: Option<Plan>,
}

/// How many removals a plan counts for: memberships that go, by themselves or for others, and an account that is switched
/// off or refused.
fn removals(plan: &Plan, snapshot: &Snapshot) -> u64 {
    let refused = plan.status == Status::Refused && snapshot.account.status == AccountStatus::Active;
    let account = refused || plan.account == AccountChange::Deactivate;
    let memberships = plan.remove.len().saturating_add(plan.replace.len());
    u64::try_from(memberships).unwrap_or(u64::MAX).saturating_add(u64::from(account))
}

impl MaxRemovals {
    /// Whether so many removals among so many people are too many: there are any, and they reach `count`, or `percent` of
    /// the people once `floor` of them are in scope.
    ///
    /// ```
    /// use groupmap::MaxRemovals;
    ///
    /// let limit = MaxRemovals::new(Some(500), Some(20), 100);
    /// assert!(!limit.is_reached(19, 99) && !limit.is_reached(19, 100));
    /// assert!(limit.is_reached(20, 100) && limit.is_reached(500, 10_000));
    /// ```
    pub fn is_reached(&self, removals: u64, people: u64) -> bool {
        let share = |percent: u64| {
            let (removals, people) = (u128::from(removals), u128::from(people));
            removals.saturating_mul(100) >= u128::from(percent).saturating_mul(people)
        };
        let by_count = self.count.is_some_and(|count| removals >= count);
        let by_share = people >= self.floor && self.percent.is_some_and(share);
        removals > 0 && (by_count || by_share)
    }
}

/// The ids that stand more than once.
pub(crate) fn repeated<'p>(ids: impl Iterator<Item = &'p str>) -> BTreeSet<&'p str> {
    let mut times: BTreeMap<&str, bool> = BTreeMap::new();
    for id in ids {
        times.entry(id).and_modify(|again| *again = true).or_insert(false);
    }
    times.into_iter().filter(|(_, again)| *again).map(|(id, _)| id).collect()
}

/// Somebody who stands more than once: which of what is said of them holds, nobody knows.
pub(crate) fn repeated_person() -> ErrorDocument {
    ErrorDocument::new("repeated-person", "the id stands more than once among the people")
}

impl fmt::Debug for PersonPlan {
    /// Hides who it is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PersonPlan").field("plan", &self.plan).finish_non_exhaustive()
    }
}

impl Serialize for PersonPlan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shape<'p> {
            id: &'p str,
            #[serde(skip_serializing_if = "Option::is_none")]
            plan: Option<&'p Plan>,
            #[serde(skip_serializing_if = "Option::is_none")]
            error: Option<&'p ErrorDocument>,
        }
        let Self { id, plan } = self;
        Shape { id, plan: plan.as_ref().ok(), error: plan.as_ref().err() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for PersonPlan {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Shape {
            id: String,
            #[serde(default)]
            plan: Option<Plan>,
            #[serde(default)]
            error: Option<ErrorDocument>,
        }
        let Shape { id, plan, error } = Shape::deserialize(deserializer)?;
        match (plan, error) {
            (Some(plan), None) => Ok(Self { id, plan: Ok(plan) }),
            (None, Some(error)) => Ok(Self { id, plan: Err(error) }),
            _ => Err(D::Error::custom("there is either a `plan` or an `error`")),
        }
    }
}
