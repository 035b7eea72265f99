//! Reads an explanation off a draft.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::{AttributeExplained, Explanation, GroupsExplained, PersonExplained, UnreadExplained, Verdict};
use super::{account, target};
use crate::claims::Shape;
use crate::config::{AbsentAttribute, Selector};
use crate::draft::Draft;
use crate::engine::Engine;
use crate::error::Error;
use crate::identity::{Attribute, Identity};
use crate::matching::Memo;
use crate::plan::WithheldCode;
use crate::planner::Removals;
use crate::rules::{Findings, Judgement, Truth};
use crate::scratch::Scratch;
use crate::snapshot::Snapshot;
use crate::text::escaped;

impl Engine {
    /// Why the plan for a person is what it is.
    ///
    /// # Errors
    ///
    /// Those of [`Engine::plan`]: where there is no plan there is nothing to explain, and the error says why.
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
    /// let claims: Claims = serde_json::from_str(r#"{ "id_token": { "sub": "u1", "groups": ["Staff"] } }"#)?;
    /// let identity = engine.normalize(&claims)?;
    ///
    /// let why = engine.explain(&identity, &Snapshot::new(Account::absent()))?;
    /// assert_eq!(why.targets[0].granted_by[0].rule, "staff");
    /// assert!(why.to_string().contains("granted by rule `staff` (rules[0]), which matched `Staff`"));
    /// assert!(!why.to_string().contains("u1"));
    /// assert!(why.with_personal_data(&identity).to_string().contains("u1"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn explain(&self, identity: &Identity, snapshot: &Snapshot) -> Result<Explanation, Error> {
        let mut scratch = Scratch::new();
        let draft = self.draft(identity, snapshot, &mut scratch)?;
        Ok(of_draft(&draft))
    }

    /// The same for a plan that a [`Batch`](crate::Batch) holds back: what it would take away stays, and the explanation
    /// names `safeguards.max_removals` as the reason. The snapshot is the person's as the batch saw it; see
    /// [`Ledger::seen_by`](crate::Ledger::seen_by).
    ///
    /// # Errors
    ///
    /// Those of [`Engine::plan`].
    ///
    /// # Examples
    ///
    /// ```
    /// use groupmap::{
    ///     Account, Catalogued, Claims, Condition, Config, Engine, Happening, Membership, Provider, Rule, Snapshot, Source,
    ///     Target,
    /// };
    ///
    /// let staff = Target::flag("staff");
    /// let config = Config::new(Source::new("acme-okta", Provider::Okta))
    ///     .with_catalog([Catalogued::new(staff.clone())])
    ///     .with_rules([Rule::grant("staff", Condition::name("Staff"), [staff.clone()])]);
    /// let engine = Engine::compile(config)?;
    /// let claims: Claims = serde_json::from_str(r#"{ "id_token": { "sub": "u1", "groups": [] } }"#)?;
    /// let identity = engine.normalize(&claims)?;
    /// let held = Snapshot::new(Account::active()).with_memberships([Membership::managed(staff, "acme-okta")]);
    ///
    /// assert_eq!(engine.explain(&identity, &held)?.targets[0].happens, Happening::Remove);
    /// let why = engine.explain_held_back(&identity, &held)?;
    /// assert_eq!(why.targets[0].happens, Happening::Untouched);
    /// assert!(why.to_string().contains("mass-removal: the removals of its batch reach safeguards.max_removals"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn explain_held_back(&self, identity: &Identity, snapshot: &Snapshot) -> Result<Explanation, Error> {
        let mut scratch = Scratch::new();
        let held_back = Removals::HeldBack(WithheldCode::MassRemoval);
        Ok(of_draft(&self.draft_with(identity, snapshot, &mut scratch, held_back)?))
    }
}

/// The explanation of a draft.
pub(crate) fn of_draft(draft: &Draft<'_>) -> Explanation {
    let mut findings = Findings::default();
    let judgement = judgement(draft, &mut findings);
    let evidence = draft.identity.evidence();
    let mut unread: Vec<UnreadExplained> = Vec::new();
    for reason in draft.identity.unread().map(|unread| unread.reason) {
        match unread.iter_mut().find(|known| known.reason == reason) {
            Some(known) => known.count = known.count.saturating_add(1),
            None => unread.push(UnreadExplained { reason, count: 1 }),
        }
    }
    unread.sort_by_key(|unread| unread.reason);
    Explanation {
        status: draft.status(),
        access: draft.access(),
        account: account::explained(draft),
        groups: GroupsExplained { completeness: evidence.completeness(), count: evidence.count(), unread },
        attributes: attributes(draft),
        targets: target::explained(draft, &judgement),
        notes: draft.written_notes(),
        person: None,
    }
}

/// What the plan was made from; where it was made from nothing, since nothing changes whatever the rules say, what they
/// would have said.
pub(crate) fn judgement<'w>(draft: &Draft<'w>, findings: &'w mut Findings) -> Judgement<'w> {
    if let Some(judgement) = draft.outcome.judgement {
        return judgement;
    }
    let (compiled, identity) = (draft.compiled, draft.identity);
    findings.gather(&compiled.rules, &compiled.catalog, identity, &mut Memo::default());
    let (rules, catalog, evidence) = (&compiled.rules, &compiled.catalog, identity.evidence());
    Judgement { rules, catalog, findings, evidence, given: (Truth::False, &[]) }
}

/// The attributes that rules ask for, in the order of their names.
fn attributes(draft: &Draft<'_>) -> Vec<AttributeExplained> {
    let reading = draft.identity.reading();
    let asked = draft.compiled.rules.index.attributes();
    let mut attributes: Vec<AttributeExplained> = asked
        .map(|(_, selector)| AttributeExplained {
            name: selector.clone(),
            present: match draft.identity.attributes().find(selector, reading) {
                Attribute::Present(_) | Attribute::Partly(_) => Verdict::True,
                Attribute::Missing if reading.absent_attribute == AbsentAttribute::Empty => Verdict::False,
                Attribute::Missing | Attribute::Elsewhere => Verdict::Unknown,
            },
        })
        .collect();
    attributes.sort_by(|a, b| a.name.cmp(&b.name));
    attributes
}

impl Explanation {
    /// Adds who it is about: issuer, subject, address, and the values of the attributes that rules ask for.
    #[must_use]
    pub fn with_personal_data(mut self, identity: &Identity) -> Self {
        let reading = identity.reading();
        let values = |selector: &Selector| match identity.attributes().find(selector, reading) {
            Attribute::Present(values) | Attribute::Partly(values) => {
                let mut values: Vec<String> = values.into_iter().map(|value| shown(&value.shape())).collect();
                values.sort();
                values.dedup();
                values
            }
            Attribute::Missing | Attribute::Elsewhere => Vec::new(),
        };
        let attributes = self.attributes.iter().map(|asked| (asked.name.clone(), values(&asked.name))).collect();
        self.person = Some(PersonExplained {
            issuer: identity.issuer().map(escaped),
            subject: escaped(identity.subject()),
            email: identity.email().map(escaped),
            email_verified: identity.email_verified(),
            attributes,
        });
        self
    }
}

/// A value of an attribute as JSON, escaped.
pub(crate) fn shown(value: &Shape<'_>) -> String {
    match value {
        Shape::Text(text) => escaped(&serde_json::to_string(text).unwrap_or_default()),
        Shape::Number(number) => serde_json::to_string(number).unwrap_or_default(),
        Shape::Bool(flag) => flag.to_string(),
        Shape::Null | Shape::List | Shape::Object => String::new(),
    }
}
