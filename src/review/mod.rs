//! Review: what a mapping would do to everybody, before it is activated.

mod coverage;
mod finding;

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use self::coverage::uncovered;
pub use self::finding::{Finding, FindingCode, Severity};
use crate::batch::{repeated, repeated_person};
use crate::catalog::TargetId;
use crate::digest::digest_of;
use crate::draft::Draft;
use crate::engine::Engine;
use crate::error::{Error, ErrorDocument};
use crate::identity::Completeness;
use crate::ledger::Ledger;
use crate::person::Person;
use crate::plan::{Access, AccountChange};
use crate::planner::Removals;
use crate::preview::{Preview, ReplacementCount, Sums, TargetCount, WithheldCount, lost_with_access, may_lose_access};
use crate::safeguards::minimum;
use crate::scratch::Scratch;
use crate::snapshot::{AccountStatus, Holders, Host, Snapshot};
use crate::target::Target;

/// How many groups are remembered from one person to the next.
const MEMO: usize = 10_000;

/// What a mapping would do to everybody in a directory, as [`Engine::review`] finds it. The same whatever order the people
/// came in.
///
/// As a document: `{ "findings", "blocked", "digest", "preview", "errors"? }`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Review {
    /// What was found: what blocks activation first, then by code; of one code privileged targets first, then in target
    /// order.
    pub findings: Vec<Finding>,
    /// Whether a finding of severity deny stands that is not acknowledged. Then the mapping must not be activated.
    pub blocked: bool,
    /// SHA-256, in hex, over config, host, holders, acting admin, everybody's evidence, snapshot and plan, and the
    /// findings. An [`Acknowledgement`] names it, and is void once any of them is another.
    pub digest: String,
    /// What the plans come to, with the names of those who lose access or gain a privileged target.
    pub preview: ReviewPreview,
    /// Who cannot be planned for, and why, in the order of ids. They are refused at their next login, and the findings
    /// count them so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<PersonError>,
}

/// What the plans of a review come to. It names people, so it grows with them; a [`Preview`] does not.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ReviewPreview {
    /// How many people were looked at, those without a plan included.
    pub people: u64,
    /// Additions, in target order.
    pub add: Vec<TargetCount>,
    /// Replacements, in target order.
    pub replace: Vec<ReplacementCount>,
    /// Removals, in target order.
    pub remove: Vec<TargetCount>,
    /// What is held back, in target order.
    pub withheld: Vec<WithheldCount>,
    /// Who is active now and would not be let in any longer, in the order of ids.
    pub lose_access: Vec<String>,
    /// Who would get a privileged target, in the order of ids, then in target order.
    pub gain_privileged: Vec<PrivilegeGained>,
}

/// A privileged target that somebody would get.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PrivilegeGained {
    /// Who.
    pub id: String,
    /// What.
    pub target: Target,
}

/// Why somebody cannot be planned for.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PersonError {
    /// Who.
    pub id: String,
    /// An [`Error`], or `repeated-person` for an id that stands more than once.
    pub error: ErrorDocument,
}

/// An admin's word that findings of severity deny are known: `{ "codes", "digest" }`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Acknowledgement {
    /// Which of them.
    pub codes: Vec<FindingCode>,
    /// The digest of the review in which they stood.
    pub digest: String,
}

impl Acknowledgement {
    /// Acknowledges these codes in the review with this digest.
    pub fn new(codes: impl IntoIterator<Item = FindingCode>, digest: impl Into<String>) -> Self {
        Self { codes: codes.into_iter().collect(), digest: digest.into() }
    }
}

impl Review {
    /// The same review for an admin who acknowledges findings. It is blocked no longer if the acknowledgement names this
    /// review's digest and the code of every finding of severity deny.
    #[must_use]
    pub fn acknowledged(mut self, acknowledgement: &Acknowledgement) -> Self {
        let Acknowledgement { codes, digest } = acknowledgement;
        let stands = |finding: &Finding| finding.severity == Severity::Deny && !codes.contains(&finding.code);
        if *digest == self.digest {
            self.blocked = self.findings.iter().any(stands);
        }
        self
    }
}

/// The place of a person in the order in which they came.
type Place = u32;

/// Reviews people one at a time. It keeps of everybody the id and a digest, and of those whom findings concern a number
/// each; no plan.
#[derive(Clone)]
pub struct Reviewer {
    /// As if the mapping were active.
    engine: Engine,
    /// What the host says now.
    host: Host,
    start: Ledger,
    acting: Option<String>,
    scratch: Scratch,
    sums: Sums,
    /// Everybody, with the digest of all that their plan is made from.
    people: Vec<(Box<str>, String)>,
    errors: Vec<(Place, ErrorDocument)>,
    found: BTreeMap<(FindingCode, Option<Target>), Vec<Place>>,
    /// For each target of which holders must remain, who stops and who begins to be one.
    balances: BTreeMap<TargetId, Balance>,
}

/// Who stops and who begins to be an eligible holder of a target.
#[derive(Clone, Default)]
struct Balance {
    lost: Vec<Place>,
    gained: Vec<Place>,
}

impl Engine {
    /// Begins a review of the mapping as if it were active, whatever the host says now. Everybody is planned for against
    /// the start: these counts of eligible holders, which replace those of their snapshots. A target that is missing has
    /// an unknown number.
    ///
    /// A config without an enabled rule can't become active: then nothing changes for anybody, and the review says which
    /// targets no rule grants.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidSnapshot`]: a target stands twice in `holders`.
    ///
    /// # Examples
    ///
    /// ```
    /// use groupmap::{
    ///     Account, Acknowledgement, Catalogued, Claims, Condition, Config, Engine, FindingCode, Holders, Membership, Person,
    ///     Provider, Rule, Snapshot, Source, Target,
    /// };
    ///
    /// let owner = Target::role("owner");
    /// let config = Config::new(Source::new("acme-okta", Provider::Okta))
    ///     .with_catalog([Catalogued::new(owner.clone()).privileged().keep_at_least(1), Catalogued::new(Target::flag("staff"))])
    ///     .with_rules([Rule::grant("staff", Condition::name("Staff"), [Target::flag("staff")])]);
    /// let engine = Engine::compile(config)?;
    ///
    /// let login: Claims = serde_json::from_str(r#"{ "id_token": { "sub": "u1", "groups": ["Staff"] } }"#)?;
    /// let held = Snapshot::new(Account::active()).with_memberships([Membership::managed(owner.clone(), "acme-okta")]);
    ///
    /// let mut reviewer = engine.review([Holders::new(owner, 2)])?.acting("u1");
    /// reviewer.add(&Person::new("u1", login, held));
    /// let review = reviewer.finish();
    /// let codes: Vec<FindingCode> = review.findings.iter().map(|finding| finding.code).collect();
    /// use FindingCode::*;
    /// assert_eq!(codes, [SelfLockout, NoPathToAdmin, LosesPrivileged, UncoveredTarget]);
    /// assert!(review.blocked);
    ///
    /// let known = Acknowledgement::new([SelfLockout, NoPathToAdmin], review.digest.clone());
    /// assert!(!review.acknowledged(&known).blocked);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn review(&self, holders: impl IntoIterator<Item = Holders>) -> Result<Reviewer, Error> {
        Ok(Reviewer {
            engine: self.clone().with_host(Host::default()),
            host: self.host().clone(),
            start: Ledger::new(holders)?,
            acting: None,
            scratch: Scratch::with_memo(MEMO),
            sums: Sums::default(),
            people: Vec::new(),
            errors: Vec::new(),
            found: BTreeMap::new(),
            balances: BTreeMap::new(),
        })
    }
}

impl Reviewer {
    /// Sets the admin who is about to activate the mapping, by the id among the people. Somebody who is not among them is
    /// found locked out: nothing shows that they are not. To be set before people are added. Default: nobody.
    #[must_use]
    pub fn acting(mut self, id: impl Into<String>) -> Self {
        self.acting = Some(id.into());
        self
    }

    /// Reviews one person.
    pub fn add(&mut self, person: &Person) {
        let place = Place::try_from(self.people.len()).unwrap_or(Place::MAX);
        let mut scratch = core::mem::take(&mut self.scratch);
        let engine = self.engine.clone();
        let snapshot = self.start.seen_by(&person.snapshot);
        let planned = engine.identify(&person.login, &person.snapshot).and_then(|identity| {
            let draft = engine.draft_for(person, &identity, &snapshot, &mut scratch, Removals::Allowed)?;
            self.judge(place, &person.id, &draft);
            Ok(draft.to_plan().digest())
        });
        self.scratch = scratch;
        let digest = planned.unwrap_or_else(|error| self.judge_error(place, &person.id, &error, &snapshot));
        self.find_orphans(place, &snapshot);
        self.people.push((person.id.as_str().into(), digest));
    }

    fn find(&mut self, code: FindingCode, target: Option<TargetId>, place: Place) {
        let target = target.map(|id| self.engine.compiled().catalog.target(id).clone());
        self.found.entry((code, target)).or_default().push(place);
    }

    /// What the plan of a person does.
    fn judge(&mut self, place: Place, id: &str, draft: &Draft<'_>) {
        let catalog = &draft.compiled.catalog;
        let is_acting = self.acting.as_deref() == Some(id);
        self.sums.add(draft);
        if draft.loses_access() {
            self.find(FindingCode::LosesAccess, None, place);
        }
        if is_acting && draft.access() == Access::Refused {
            self.find(FindingCode::SelfLockout, None, place);
        }
        if draft.completeness() != Completeness::Complete && !draft.compiled.exempts(draft.snapshot) {
            self.find(FindingCode::IncompleteEvidence, None, place);
        }
        for id in draft.given().filter(|id| catalog.entry(*id).privileged) {
            self.find(FindingCode::GainsPrivileged, Some(id), place);
        }
        for id in draft.taken().filter(|id| catalog.entry(*id).privileged) {
            self.find_loss(place, id, is_acting);
        }
        self.balance(place, draft);
    }

    fn find_loss(&mut self, place: Place, target: TargetId, is_acting: bool) {
        self.find(FindingCode::LosesPrivileged, Some(target), place);
        if is_acting {
            self.find(FindingCode::SelfLockout, Some(target), place);
        }
    }

    /// Notes whether a person stops or begins to be an eligible holder of a target of which holders must remain.
    fn balance(&mut self, place: Place, draft: &Draft<'_>) {
        let catalog = &draft.compiled.catalog;
        let is_protected = |id: &TargetId| minimum(catalog, *id).is_some();
        let (status, account) = (draft.snapshot.account.status, draft.account());
        // A local account that is linked can be used already.
        let counted = status == AccountStatus::Active || account == AccountChange::Link;
        let reactivated = account == AccountChange::Reactivate;
        let taken = || draft.taken().filter(is_protected);
        if counted {
            taken().for_each(|id| self.balances.entry(id).or_default().lost.push(place));
        }
        if draft.access() == Access::Granted && (counted || reactivated || account == AccountChange::Provision) {
            let held = draft.work.holdings.ids().iter().copied().filter(is_protected);
            let kept = held.filter(|id| reactivated && !draft.taken().any(|taken| taken == *id));
            let gained = draft.given().filter(is_protected).chain(kept);
            gained.for_each(|id| self.balances.entry(id).or_default().gained.push(place));
        }
    }

    /// A person who cannot be planned for is refused at the next login. Gives what stands for the plan's digest.
    fn judge_error(&mut self, place: Place, id: &str, error: &Error, snapshot: &Snapshot) -> String {
        let is_acting = self.acting.as_deref() == Some(id);
        self.sums.add_error(error, &self.engine, snapshot);
        if is_acting {
            self.find(FindingCode::SelfLockout, None, place);
        }
        if !self.engine.compiled().exempts(snapshot) {
            self.find(FindingCode::IncompleteEvidence, None, place);
        }
        if may_lose_access(&self.engine, snapshot) {
            self.find(FindingCode::LosesAccess, None, place);
            let engine = self.engine.clone();
            let catalog = &engine.compiled().catalog;
            for id in lost_with_access(catalog, snapshot) {
                if catalog.entry(id).privileged {
                    self.find_loss(place, id, is_acting);
                }
                if minimum(catalog, id).is_some() {
                    self.balances.entry(id).or_default().lost.push(place);
                }
            }
        }
        let document = ErrorDocument::from(error);
        let digest = digest_of(&(&document, snapshot.canonical()));
        self.errors.push((place, document));
        digest
    }

    /// Finds what a person holds by this source and the catalog does not list.
    fn find_orphans(&mut self, place: Place, snapshot: &Snapshot) {
        let Self { engine, found, .. } = self;
        let compiled = engine.compiled();
        for membership in &snapshot.memberships {
            let ours = membership.managed_by.as_deref() == Some(&*compiled.config.source.id);
            if ours && compiled.catalog.id(&membership.target).is_none() {
                found.entry((FindingCode::Orphaned, Some(membership.target.clone()))).or_default().push(place);
            }
        }
    }

    /// The review of everybody who was added.
    pub fn finish(mut self) -> Review {
        let repeated: Vec<String> =
            repeated(self.people.iter().map(|(id, _)| &**id)).into_iter().map(ToString::to_string).collect();
        let findings = self.findings(&repeated);
        let digest = self.digest(&findings);
        let preview = self.preview();
        let errors = core::mem::take(&mut self.errors).into_iter();
        let mut errors: Vec<PersonError> =
            errors.map(|(place, error)| PersonError { id: self.id(place).to_string(), error }).collect();
        errors.extend(repeated.into_iter().map(|id| PersonError { id, error: repeated_person() }));
        errors.sort_by(|a, b| (&a.id, &a.error.code).cmp(&(&b.id, &b.error.code)));
        errors.dedup();
        let blocked = findings.iter().any(|finding| finding.severity == Severity::Deny);
        Review { findings, blocked, digest, preview, errors }
    }

    fn id(&self, place: Place) -> &str {
        self.people.get(place as usize).map_or("", |(id, _)| id)
    }

    /// People by their ids, in order and once.
    fn ids(&self, places: &[Place]) -> Vec<String> {
        let mut ids: Vec<&str> = places.iter().map(|place| self.id(*place)).collect();
        ids.sort_unstable();
        ids.dedup();
        ids.into_iter().map(ToString::to_string).collect()
    }

    fn findings(&self, repeated: &[String]) -> Vec<Finding> {
        let compiled = self.engine.compiled();
        let catalog = &compiled.catalog;
        let target = |id: TargetId| Some(catalog.target(id).clone());
        let mut findings: Vec<Finding> = self
            .found
            .iter()
            .map(|((code, target), places)| Finding::new(*code, target.clone(), self.ids(places)))
            .collect();
        for (id, balance) in &self.balances {
            if let Some(people) = self.locked_out(*id, balance, repeated) {
                findings.push(Finding::new(FindingCode::Lockout, target(*id), people));
            }
        }
        if let Some(acting) = &self.acting
            && !self.people.iter().any(|(id, _)| **id == **acting)
        {
            findings.push(Finding::new(FindingCode::SelfLockout, None, [acting.clone()].into()));
        }
        for id in uncovered(compiled) {
            findings.push(Finding::new(FindingCode::UncoveredTarget, target(id), Vec::new()));
            if minimum(catalog, id).is_some() {
                findings.push(Finding::new(FindingCode::NoPathToAdmin, target(id), Vec::new()));
            }
        }
        for target in &self.host.default_targets {
            findings.push(Finding::new(FindingCode::DefaultTargetsConflict, Some(target.clone()), Vec::new()));
        }
        let is_privileged = |target: &Target| catalog.id(target).is_some_and(|target| catalog.entry(target).privileged);
        findings.sort_by_cached_key(|finding| {
            let privileged = finding.target.as_ref().is_some_and(is_privileged);
            (finding.code, !privileged, finding.target.clone())
        });
        findings.dedup();
        findings
    }

    /// Those who lose a target of which too few eligible holders would remain, if that is so. Where it is not known how
    /// many there are, any fewer are too few. A gain counts only for somebody of whom one thing is said.
    fn locked_out(&self, target: TargetId, balance: &Balance, repeated: &[String]) -> Option<Vec<String>> {
        let catalog = &self.engine.compiled().catalog;
        let minimum = minimum(catalog, target)?;
        let lost = self.ids(&balance.lost);
        let mut gained = self.ids(&balance.gained);
        gained.retain(|id| repeated.binary_search(id).is_err());
        let (losses, gains) = (lost.len() as u64, gained.len() as u64);
        let is_fewer = losses > gains;
        let is_enough = self
            .start
            .count(catalog.target(target))
            .is_some_and(|before| before.saturating_add(gains).saturating_sub(losses) >= minimum);
        (is_fewer && !is_enough).then_some(lost)
    }

    fn preview(&self) -> ReviewPreview {
        let Preview { people, add, replace, remove, withheld, .. } = self.sums.preview(&self.engine);
        let lose_access = self.found.get(&(FindingCode::LosesAccess, None));
        let gains = self.found.iter().filter(|((code, _), _)| *code == FindingCode::GainsPrivileged);
        let mut gain_privileged: Vec<PrivilegeGained> = gains
            .filter_map(|((_, target), places)| Some((target.as_ref()?, self.ids(places))))
            .flat_map(|(target, ids)| ids.into_iter().map(|id| PrivilegeGained { id, target: target.clone() }))
            .collect();
        gain_privileged.sort_unstable();
        let lose_access = lose_access.map(|places| self.ids(places)).unwrap_or_default();
        ReviewPreview { people, add, replace, remove, withheld, lose_access, gain_privileged }
    }

    fn digest(&self, findings: &[Finding]) -> String {
        let mut people: Vec<(&str, &str)> = self.people.iter().map(|(id, digest)| (&**id, &**digest)).collect();
        people.sort_unstable();
        let mut default_targets: Vec<&Target> = self.host.default_targets.iter().collect();
        default_targets.sort();
        digest_of(&Sealed {
            review_of: &self.engine.compiled().digest,
            auto_join: self.host.auto_join,
            default_targets,
            holders: self.start.holders(),
            acting: self.acting.as_deref(),
            people,
            findings,
        })
    }
}

/// What the digest of a review is made over.
#[derive(Serialize)]
struct Sealed<'a> {
    review_of: &'a str,
    auto_join: bool,
    default_targets: Vec<&'a Target>,
    holders: Vec<Holders>,
    acting: Option<&'a str>,
    people: Vec<(&'a str, &'a str)>,
    findings: &'a [Finding],
}

impl fmt::Debug for Reviewer {
    /// Hides who was reviewed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reviewer").field("people", &self.people.len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for ReviewPreview {
    /// Hides who it is about.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReviewPreview")
            .field("people", &self.people)
            .field("lose_access", &self.lose_access.len())
            .field("gain_privileged", &self.gain_privileged.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for PrivilegeGained {
    /// Hides who it is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivilegeGained").field("target", &self.target).finish_non_exhaustive()
    }
}

impl fmt::Debug for PersonError {
    /// Hides who it is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PersonError").field("error", &self.error).finish_non_exhaustive()
    }
}
