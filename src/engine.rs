//! The engine: a compiled config, and what can be asked of it.

use alloc::sync::Arc;

use crate::claims::Claims;
use crate::compile::{Compiled, compile};
use crate::config::Config;
use crate::cost::RuleCost;
use crate::draft::Draft;
use crate::error::Error;
use crate::identity::{Identity, subject};
use crate::plan::Plan;
use crate::planner::{Planner, Removals};
use crate::problem::Problems;
use crate::scratch::Scratch;
use crate::snapshot::{Host, Snapshot};

/// A compiled config: immutable, `Send + Sync`, cheap to clone and to share.
///
/// # Examples
///
/// ```
/// use groupmap::{Account, Catalogued, Claims, Condition, Config, Engine, Provider, Rule, Snapshot, Source, Target};
///
/// let config = Config::new(Source::new("acme-okta", Provider::Okta))
///     .with_catalog([Catalogued::new(Target::flag("staff"))])
///     .with_rules([Rule::grant("staff", Condition::name("Staff"), [Target::flag("staff")])]);
/// let engine = Engine::compile(config)?;
///
/// let claims: Claims = serde_json::from_str(r#"{ "id_token": { "sub": "u1", "groups": ["Staff"] } }"#)?;
/// let identity = engine.normalize(&claims)?;
/// let plan = engine.plan(&identity, &Snapshot::new(Account::absent()))?;
/// assert_eq!(
///     plan.to_string(),
///     "ready: access granted, account provisioned; 1 group seen (complete)\n  \
///        + flag:staff  because rule `staff` matched `Staff`"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Engine {
    compiled: Arc<Compiled>,
    host: Arc<Host>,
}

impl Engine {
    /// Checks a config and prepares it for use, for a host that adds people automatically and hands out nothing by
    /// itself; see [`Engine::with_host`].
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the config, at once. One bad rule fails the whole: there is no partly active rule
    /// set.
    pub fn compile(config: Config) -> Result<Self, Problems> {
        Ok(Self { compiled: Arc::new(compile(config)?), host: Arc::new(Host::default()) })
    }

    /// The same engine for a host of which these facts hold. They decide whether the mapping is active.
    #[must_use]
    pub fn with_host(mut self, host: Host) -> Self {
        self.host = Arc::new(host);
        self
    }

    /// The config that was compiled.
    pub fn config(&self) -> &Config {
        &self.compiled.config
    }

    /// The host that plans are made for.
    pub(crate) fn host(&self) -> &Host {
        &self.host
    }

    /// Whether an identity was read under the settings of the config's source.
    pub(crate) fn reads_like(&self, identity: &Identity) -> bool {
        *self.compiled.reading == **identity.reading()
    }

    /// Reads verified claims as the config's source says.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`], [`Error::WrongIssuer`], [`Error::EmptySubject`], [`Error::TransientSubject`] and
    /// [`Error::SubjectMismatch`]. Groups that
    /// are missing, cut or unreadable are no error here: they are part of the identity.
    pub fn normalize(&self, claims: &Claims) -> Result<Identity, Error> {
        Identity::normalize(&self.compiled.reading, claims)
    }

    /// Reads the claims of a person of whom there is a snapshot, which is judged first.
    pub(crate) fn identify(&self, claims: &Claims, snapshot: &Snapshot) -> Result<Identity, Error> {
        snapshot.check()?;
        if claims.excess().is_none() {
            // As far as a subject can be made of them.
            snapshot.check_subject(&subject(&self.compiled.reading, claims).unwrap_or_default())?;
        }
        self.normalize(claims)
    }

    /// Plans what is to change for one person. Pure: the same arguments give the same plan, byte for byte.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidSnapshot`] for a snapshot that contradicts itself or is of another subject,
    /// [`Error::ForeignIdentity`] for an identity that was normalised under other source settings, and
    /// [`Error::GroupsAbsent`] and [`Error::GroupsOverLimit`] where the source is set to refuse such logins. Then there
    /// is no plan, and the host changes nothing.
    pub fn plan(&self, identity: &Identity, snapshot: &Snapshot) -> Result<Plan, Error> {
        Ok(self.draft(identity, snapshot, &mut Scratch::new())?.to_plan())
    }

    /// Plans for somebody whom the source has switched off or deleted, such as by SCIM's `active = false`.
    ///
    /// Whatever the rules say, an active account is deactivated and access refused, unless that would take the last holder
    /// of something: then the account stays and the plan says so. The memberships stay with the account, so that `keep` and
    /// all other lists are empty but `withheld`; when the person is switched on again, [`Engine::plan`] goes over them.
    /// Exempt people and mappings that are not active are left alone, as ever. The checker of these plans is
    /// [`verify_deactivation`](crate::verify_deactivation).
    ///
    /// # Errors
    ///
    /// [`Error::InvalidSnapshot`] and [`Error::ForeignIdentity`], as [`Engine::plan`].
    ///
    /// # Examples
    ///
    /// ```
    /// use groupmap::{
    ///     Account, AccountChange, Catalogued, Claims, Config, Engine, Holders, Membership, Provider, Snapshot, Source, Target,
    ///     Rule, Condition,
    /// };
    ///
    /// let owner = Target::role("owner");
    /// let config = Config::new(Source::new("acme-scim", Provider::Okta))
    ///     .with_catalog([Catalogued::new(owner.clone()).keep_at_least(1)])
    ///     .with_rules([Rule::grant("owners", Condition::name("Owners"), [owner.clone()])]);
    /// let engine = Engine::compile(config)?;
    /// let claims: Claims = serde_json::from_str(r#"{ "id_token": { "sub": "u1", "groups": [] } }"#)?;
    /// let identity = engine.normalize(&claims)?;
    /// let held = Snapshot::new(Account::active()).with_memberships([Membership::managed(owner.clone(), "acme-scim")]);
    ///
    /// let two = held.clone().with_holders([Holders::new(owner.clone(), 2)]);
    /// assert_eq!(engine.plan_deactivation(&identity, &two)?.account, AccountChange::Deactivate);
    /// let one = held.with_holders([Holders::new(owner, 1)]);
    /// assert_eq!(engine.plan_deactivation(&identity, &one)?.account, AccountChange::None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn plan_deactivation(&self, identity: &Identity, snapshot: &Snapshot) -> Result<Plan, Error> {
        Ok(self.deactivation_with(identity, snapshot, &mut Scratch::new(), Removals::Allowed)?.to_plan())
    }

    /// A draft for somebody who is switched off, with the account spared or not.
    pub(crate) fn deactivation_with<'a>(
        &'a self,
        identity: &'a Identity,
        snapshot: &'a Snapshot,
        scratch: &'a mut Scratch,
        removals: Removals,
    ) -> Result<Draft<'a>, Error> {
        let Self { compiled, host } = self;
        Planner { compiled, host, identity, snapshot, removals }.deactivation(scratch)
    }

    /// The plan of [`Engine::plan`] before it is written down, in memory of the caller's: for hosts that plan for many people.
    ///
    /// # Errors
    ///
    /// Those of [`Engine::plan`].
    pub fn draft<'a>(
        &'a self,
        identity: &'a Identity,
        snapshot: &'a Snapshot,
        scratch: &'a mut Scratch,
    ) -> Result<Draft<'a>, Error> {
        self.draft_with(identity, snapshot, scratch, Removals::Allowed)
    }

    /// A draft whose removals are allowed or held back.
    pub(crate) fn draft_with<'a>(
        &'a self,
        identity: &'a Identity,
        snapshot: &'a Snapshot,
        scratch: &'a mut Scratch,
        removals: Removals,
    ) -> Result<Draft<'a>, Error> {
        let Self { compiled, host } = self;
        Planner { compiled, host, identity, snapshot, removals }.draft(scratch)
    }

    pub(crate) fn compiled(&self) -> &Compiled {
        &self.compiled
    }

    /// The rules that cost something at every login, whoever logs in, with the reason; in the order of their ids.
    pub fn costs(&self) -> impl Iterator<Item = RuleCost<'_>> {
        self.compiled.costs.iter().map(|(rule, why)| RuleCost { rule: self.compiled.rule_id(*rule), why: *why })
    }
}
