//! What becomes of everybody: a plan each, made as the review makes it, and sorted by how much it matters.

use std::collections::{BTreeMap, BTreeSet};

use groupmap::{Engine, Error, ErrorDocument, Ledger, Person, Plan, Review, ReviewRequest, Target};

/// The targets that only exact conditions may grant.
pub(crate) type Privileged<'a> = BTreeSet<&'a Target>;

/// One person, and what the mapping would do to them.
pub(crate) struct Planned<'a> {
    pub(crate) person: &'a Person,
    /// Nothing where there is none; `errors` says why.
    pub(crate) plan: Option<Plan>,
    pub(crate) errors: Vec<&'a ErrorDocument>,
    pub(crate) fate: Fate,
    pub(crate) is_acting: bool,
}

/// What matters most about a plan; what an admin should see first comes first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fate {
    LosesAccess,
    Failed,
    Privileged,
    Loses,
    HeldBack,
    Gains,
    Unchanged,
}

impl Fate {
    /// All that change something or need a look.
    pub(crate) const SHOWN: [(Self, &'static str); 6] = [
        (Self::LosesAccess, "Lose access"),
        (Self::Failed, "Cannot be planned for"),
        (Self::Privileged, "Gain or lose a privileged target"),
        (Self::Loses, "Lose something"),
        (Self::HeldBack, "Something is held back"),
        (Self::Gains, "Gain something"),
    ];
}

/// Everybody, by fate and then by id. Like the review: as if the mapping were active, and each against the start.
pub(crate) fn planned<'a>(
    engine: &Engine,
    request: &'a ReviewRequest,
    review: &'a Review,
) -> Result<Vec<Planned<'a>>, Error> {
    let privileged = privileged(engine);
    let start = Ledger::new(request.holders.iter().cloned())?;
    let mut errors: BTreeMap<&str, Vec<&ErrorDocument>> = BTreeMap::new();
    for failed in &review.errors {
        errors.entry(&failed.id).or_default().push(&failed.error);
    }
    let plan = |person: &Person| -> Result<Plan, Error> {
        person.snapshot.check()?;
        engine.plan(&engine.normalize(&person.login)?, &start.seen_by(&person.snapshot))
    };
    let mut everybody: Vec<Planned<'a>> = request
        .people
        .iter()
        .map(|person| {
            let plan = plan(person).ok();
            let errors = errors.get(&*person.id).cloned().unwrap_or_default();
            let loses_access = review.preview.lose_access.binary_search(&person.id).is_ok();
            let fate = fate(&privileged, plan.as_ref(), loses_access, !errors.is_empty());
            let is_acting = request.acting.as_deref() == Some(&*person.id);
            Planned { person, plan, errors, fate, is_acting }
        })
        .collect();
    everybody.sort_by(|a, b| (a.fate, &a.person.id).cmp(&(b.fate, &b.person.id)));
    Ok(everybody)
}

fn fate(privileged: &Privileged<'_>, plan: Option<&Plan>, loses_access: bool, failed: bool) -> Fate {
    let plan = match plan {
        _ if loses_access => return Fate::LosesAccess,
        Some(plan) if !failed => plan,
        _ => return Fate::Failed,
    };
    let gained = plan.add.iter().map(|add| &add.target).chain(plan.replace.iter().map(|replace| &replace.target));
    let lost =
        plan.remove.iter().map(|remove| &remove.target).chain(plan.replace.iter().map(|replace| &replace.replaces));
    if gained.chain(lost).any(|target| privileged.contains(target)) {
        Fate::Privileged
    } else if !plan.remove.is_empty() || !plan.replace.is_empty() {
        Fate::Loses
    } else if !plan.withheld.is_empty() {
        Fate::HeldBack
    } else if !plan.is_empty() {
        Fate::Gains
    } else {
        Fate::Unchanged
    }
}

/// What the catalog calls privileged.
pub(crate) fn privileged(engine: &Engine) -> Privileged<'_> {
    engine.config().catalog.iter().filter(|entry| entry.privileged).map(|entry| &entry.target).collect()
}
