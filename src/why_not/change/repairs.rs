//! The steps that a state leaves to take: of whatever has to change first, every way to change it.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::Goal;
use super::state::{State, Step, json};
use crate::catalog::TargetId;
use crate::claims::View;
use crate::config::{
    AbsentAttribute, AttributeTest, Condition, Form, IdentifiedBy, ObjectShape, Scalar, Selector, TestKind, Unmatched,
};
use crate::draft::Draft;
use crate::identity::{Attribute, Attributes, GroupKind, Reading};
use crate::matching::{AttributeId, LeafId, SearchSpace, specimens};
use crate::rules::{Facts, Judgement, Node, Piece, Rule, RuleId, Said, Template, Truth};
use crate::target::Target;
use crate::text::CasePolicy;

/// How many rules, and how many targets in an organization, are looked at.
const MOST: usize = 64;

/// Finds steps, and knows whether it could think of all.
pub(super) struct Repairs<'d> {
    draft: &'d Draft<'d>,
    goal: Goal,
    /// Whether there are steps that were not thought of: texts of patterns, and what is over a limit.
    are_some_missing: bool,
    space: SearchSpace,
}

impl<'d> Repairs<'d> {
    pub(super) fn new(draft: &'d Draft<'d>, goal: Goal) -> Self {
        // Of a list that may be cut it is not known how many groups more or fewer would tell.
        // Nor is a group that goes by several names left by one of them alone.
        let evidence = draft.identity.evidence();
        let are_some_missing = !evidence.is_complete() || evidence.has_aliases() || is_given_otherwise(draft, goal);
        Self { draft, goal, are_some_missing, space: SearchSpace::default() }
    }

    /// Says that there may be steps that were not thought of.
    pub(super) fn miss_some(&mut self) {
        self.are_some_missing = true;
    }

    /// Whether every step that could matter was thought of.
    pub(super) fn are_all(&self) -> bool {
        !self.are_some_missing
    }

    /// The steps from a state that does not reach the goal.
    pub(super) fn of(&mut self, judgement: &Judgement<'_>, state: &State) -> BTreeSet<Step> {
        let mut steps = BTreeSet::new();
        let mut here = Here { judgement, state, steps: &mut steps };
        self.are_some_missing |= !judgement.evidence.is_complete();
        match self.goal {
            Goal::Given(target) => self.give(target, &mut here),
            Goal::Granted(target) => self.grant(target, &mut here),
            Goal::Met(rule) => self.rule(rule, true, &mut here),
        }
        steps
    }

    /// Ways to have a target given: to have it granted, and no other one of its slot preferred.
    fn give(&mut self, target: TargetId, here: &mut Here<'_>) {
        let judgement = here.judgement;
        let is_granted = judgement.verdict(target) == Truth::True;
        if !is_granted {
            self.grant(target, here);
        }
        let compiled = self.draft.compiled;
        let kind = judgement.catalog.target(target).kind();
        let Some(slot) = compiled.slots.iter().find(|slot| slot.kind == *kind) else { return };
        let is_default = slot.defaults.contains(&target);
        if !is_granted && !is_default {
            return;
        }
        let own = judgement.rules.grants_of.of(target).iter().copied().filter(|_| is_granted);
        for rule in own.take(MOST) {
            self.note_patterns(rule);
            self.rule(rule, true, here);
        }
        let siblings = judgement.catalog.siblings(target).filter(|other| *other != target);
        let rivals = siblings.filter(|other| judgement.verdict(*other) != Truth::False);
        for rival in rivals.take(MOST) {
            self.forbid(rival, here);
        }
    }

    /// Ways to have fewer rules grant a target, or more deny it.
    fn forbid(&mut self, target: TargetId, here: &mut Here<'_>) {
        let judgement = here.judgement;
        for granter in judgement.said(target, false) {
            self.note_patterns(granter.rule);
            self.unmake(granter, target, here);
        }
        for denier in judgement.rules.denies_of.of(target).iter().copied().take(MOST) {
            self.note_patterns(denier);
            self.rule(denier, true, here);
        }
        // Whole organizations and templates deny, too.
        self.are_some_missing |=
            !judgement.rules.denying_organizations.is_empty() || !judgement.rules.templated.is_empty();
    }

    /// Ways to make the verdict on a target true.
    fn grant(&mut self, target: TargetId, here: &mut Here<'_>) {
        let judgement = here.judgement;
        if let Some(denier) = judgement.said(target, true).first() {
            self.note_patterns(denier.rule);
            return self.unmake(*denier, target, here);
        }
        let rules = judgement.rules;
        let mut granting: BTreeSet<RuleId> = rules.grants_of.of(target).iter().copied().collect();
        let own = judgement.catalog.target(target);
        granting.extend(rules.templated.iter().copied().filter(|id| {
            let effect = &rules.rule(*id).effect;
            !effect.denies && effect.templates.iter().any(|template| template.reaches(own))
        }));
        self.are_some_missing |= granting.len() > MOST;
        for rule in granting.into_iter().take(MOST) {
            self.note_patterns(rule);
            self.make(rule, target, here);
        }
        if judgement.catalog.is_organization(target) {
            let within =
                judgement.catalog.organization_of(target).map_or(0..0, |own| judgement.catalog.in_organization(own));
            self.are_some_missing |= within.len() > MOST;
            for inner in within.filter(|inner| *inner != target).take(MOST) {
                self.grant(inner, here);
            }
        }
    }

    /// Patterns are met by more texts than are tried.
    fn note_patterns(&mut self, rule: RuleId) {
        let place = self.draft.compiled.rules.rule(rule).place as usize;
        let when = self.draft.compiled.config.rules.get(place).map(|rule| &rule.when);
        self.are_some_missing |= when.is_some_and(has_pattern);
    }

    /// Ways to make a rule grant a target.
    fn make(&mut self, id: RuleId, target: TargetId, here: &mut Here<'_>) {
        let rule = here.judgement.rules.rule(id);
        if rule.effect.targets.contains(&target) {
            return self.rule(id, true, here);
        }
        let fills = here.judgement.said(target, false).iter().any(|said| said.rule == id && said.entry.is_some());
        if fills {
            return self.rule(id, true, here);
        }
        self.are_some_missing = true;
        let own = here.judgement.catalog.target(target);
        for template in rule.effect.templates.iter().filter(|template| template.reaches(own)) {
            self.fill(rule, template, own, here);
        }
    }

    /// Groups that fill a template with a target.
    fn fill(&self, rule: &Rule, template: &Template, target: &Target, here: &mut Here<'_>) {
        let filled = |name: &str| filling(template, target, name);
        let Some(condition) = self.draft.compiled.config.rules.get(rule.place as usize).map(|rule| &rule.when) else {
            return;
        };
        let mut pairs = Vec::new();
        leaves(condition, &rule.when, &mut pairs);
        for (condition, leaf) in pairs {
            if template.leaves.contains(&leaf) {
                self.join_specimens(condition, &filled, here);
            }
        }
    }

    /// Ways to make a rule's condition what it is wanted to be.
    fn rule(&mut self, id: RuleId, wanted: bool, here: &mut Here<'_>) {
        let draft = self.draft;
        let rule = draft.compiled.rules.rule(id);
        if let Some(written) = draft.compiled.config.rules.get(rule.place as usize) {
            self.are_some_missing |= matches!(self.goal, Goal::Met(_)) && has_pattern(&written.when);
            self.repair(&written.when, &rule.when, wanted, here);
        }
    }

    /// Ways to make a deny rule say nothing of a target.
    fn unmake(&mut self, said: Said, target: TargetId, here: &mut Here<'_>) {
        self.rule(said.rule, false, here);
        let effect = &here.judgement.rules.rule(said.rule).effect;
        let organization = here.judgement.catalog.organization_of(target);
        let named =
            effect.targets.contains(&target) || organization.is_some_and(|own| effect.organizations.contains(&own));
        if named {
            return;
        }
        match said.entry.and_then(|entry| here.judgement.evidence.entry(entry)) {
            Some(entry) => here.leave(entry.kind(), entry.text()),
            None => drop(here.steps.insert(Step::Whole)),
        }
    }

    fn repair(&mut self, condition: &Condition, node: &Node, wanted: bool, here: &mut Here<'_>) {
        let findings = here.judgement.findings;
        if node.judge(findings) == Truth::from(wanted) {
            return;
        }
        match (condition, node) {
            (Condition::Any(conditions), Node::Any(nodes)) => self.several(conditions, nodes, wanted, wanted, here),
            (Condition::All(conditions), Node::All(nodes)) => self.several(conditions, nodes, wanted, !wanted, here),
            (Condition::Not(condition), Node::Not(node)) => self.repair(condition, node, !wanted, here),
            (condition, Node::Leaf(leaf)) if wanted => self.join(condition, *leaf, here),
            (_, Node::Leaf(leaf)) => {
                let evidence = here.judgement.evidence;
                match findings.first_at(*leaf).and_then(|entry| evidence.entry(entry)) {
                    Some(entry) => here.leave(entry.kind(), entry.text()),
                    None => drop(here.steps.insert(Step::Whole)),
                }
            }
            (Condition::Attribute(test), Node::Test(attribute, leaf)) => {
                self.test(test, *attribute, *leaf, wanted, here);
            }
            (Condition::Attribute(test), Node::Present(attribute, present)) if self.is_settable(&test.name) => {
                let may_miss = self.reading().absent_attribute == AbsentAttribute::Empty;
                if *present == wanted {
                    // Any value would do as well.
                    self.are_some_missing = true;
                    here.steps.insert(Step::Present(*attribute));
                } else if may_miss {
                    here.steps.insert(Step::Missing(*attribute));
                }
            }
            _ => {}
        }
    }

    /// Ways to repair one of several conditions, any of them or each of them.
    fn several(&mut self, conditions: &[Condition], nodes: &[Node], wanted: bool, any: bool, here: &mut Here<'_>) {
        let pairs = conditions.iter().zip(nodes);
        let findings = here.judgement.findings;
        let mut wrong = pairs.filter(|(_, node)| node.judge(findings) != Truth::from(wanted));
        if any {
            for (condition, node) in wrong {
                self.repair(condition, node, wanted, here);
            }
        } else if let Some((condition, node)) = wrong.next() {
            self.repair(condition, node, wanted, here);
        }
    }

    fn reading(&self) -> &'d Reading {
        self.draft.identity.reading()
    }

    /// Groups that meet a condition.
    fn join(&self, condition: &Condition, _: LeafId, here: &mut Here<'_>) {
        match condition {
            Condition::Id { id, .. } => here.join(GroupKind::Id, id),
            Condition::Name(name) => here.join(GroupKind::Name, name),
            Condition::Email(email) => here.join(GroupKind::Email, email),
            Condition::Dn(dn) | Condition::DnUnder(dn) => {
                here.join(GroupKind::Dn, dn);
                if matches!(condition, Condition::DnUnder(_)) {
                    here.join(GroupKind::Dn, &format!("CN=x,{dn}"));
                }
            }
            Condition::Path(path) | Condition::PathUnder(path) => {
                let text = format!("/{}", path.join("/"));
                here.join(GroupKind::Path, &text);
                if matches!(condition, Condition::PathUnder(_)) {
                    here.join(GroupKind::Path, &format!("{text}/x"));
                }
            }
            Condition::Regex(_) | Condition::Glob(_) => self.join_specimens(condition, &|_| None, here),
            _ => {}
        }
    }

    fn join_specimens(&self, condition: &Condition, filled: &dyn Fn(&str) -> Option<String>, here: &mut Here<'_>) {
        let reading = self.reading();
        let named = matches!(&reading.object, Some(ObjectShape::Group { name: Some(_), .. }));
        let kind = match reading.identified_by {
            IdentifiedBy::Path => GroupKind::Path,
            IdentifiedBy::Dn => GroupKind::Dn,
            IdentifiedBy::Email => GroupKind::Email,
            IdentifiedBy::Id if !named => return,
            IdentifiedBy::Id | IdentifiedBy::Name | IdentifiedBy::Auto => GroupKind::Name,
        };
        for text in specimens(condition, reading.case, filled) {
            here.join(kind, &text);
        }
    }

    /// Ways to make a test of an attribute what it is wanted to be.
    fn test(&mut self, test: &AttributeTest, attribute: AttributeId, leaf: LeafId, wanted: bool, here: &mut Here<'_>) {
        if !self.is_settable(&test.name) {
            return;
        }
        if wanted {
            let texts = |condition: &Condition| {
                let texts = specimens(condition, CasePolicy::Sensitive, &|_| None);
                texts.iter().map(|text| Scalar::from(text.as_str())).collect::<Vec<_>>()
            };
            let values = match &test.test {
                TestKind::Equals(value) => [value.clone()].into(),
                TestKind::OneOf(values) => values.clone(),
                TestKind::Regex(regex) => texts(&Condition::Regex(regex.clone())),
                TestKind::Glob(glob) => texts(&Condition::Glob(glob.clone())),
                TestKind::Present(_) => Vec::new(),
            };
            let values = values.iter().filter_map(|value| serde_json::to_string(value).ok());
            here.steps.extend(values.map(|value| Step::Has(attribute, value)));
            return;
        }
        let Some(selector) = self.draft.compiled.rules.index.selector(attribute) else { return };
        if here.judgement.findings.present(attribute) == Truth::Unknown {
            self.are_some_missing = true;
            here.steps.insert(Step::Present(attribute));
            return;
        }
        let Attribute::Present(values) = self.draft.identity.attributes().find(selector, self.reading()) else {
            return;
        };
        let met = values.into_iter().filter(|value| self.meets(attribute, leaf, *value)).map(json);
        // What was put there is not taken away again.
        let mut gone = met.map(|value| Step::Lacks(attribute, value)).filter(|step| !here.state.steps().contains(step));
        here.steps.extend(gone.next());
    }

    fn meets(&mut self, attribute: AttributeId, leaf: LeafId, value: View<'_>) -> bool {
        let mut met = false;
        let index = &self.draft.compiled.rules.index;
        index.meets_attribute(attribute, value, &mut self.space, |found| met |= found == leaf);
        met
    }

    /// Whether an attribute can be thought of as having another value, and no other attribute with it.
    fn is_settable(&mut self, selector: &Selector) -> bool {
        let Form::Path(path) = selector.form() else {
            self.are_some_missing = true;
            return false;
        };
        // A path that leads through the groups, and one through an assertion, names nothing.
        let is_saml = matches!(self.draft.identity.attributes(), Attributes::Saml(_));
        if self.reading().is_groups_claim(path) || (is_saml && path.len() > 1) {
            return false;
        }
        let leads = |short: &[String], long: &[String]| long.starts_with(short);
        let others = self.draft.compiled.rules.index.attributes().filter(|(_, other)| *other != selector);
        let mut overlapping = others.filter(|(_, other)| match other.form() {
            Form::Path(other) => leads(path, other) || leads(other, path),
            Form::AnyCase(name) => path.first().is_some_and(|first| first.eq_ignore_ascii_case(name)),
            Form::FriendlyName(_) => is_saml,
        });
        let leads_to_groups = self.reading().claims.iter().any(|claim| match claim.form() {
            Form::Path(claim) => leads(path, claim),
            Form::AnyCase(_) | Form::FriendlyName(_) => false,
        });
        // By the address a local account is found, whatever claim the source takes it from.
        let may_be_address = self.draft.snapshot.account.candidate.is_some();
        let says_who = self.reading().says_who(path);
        if overlapping.next().is_some() || leads_to_groups || may_be_address || says_who {
            self.are_some_missing = true;
            return false;
        }
        true
    }
}

/// Whether a setting or a local account has a say, so that other steps than those about rules may have a target given.
fn is_given_otherwise(draft: &Draft<'_>, goal: Goal) -> bool {
    let Goal::Given(target) = goal else { return false };
    let (config, own) = (&draft.compiled.config, draft.target(target));
    let is_unmatched = matches!(&config.unmatched, Unmatched::Grant(given) if given.iter().any(|given| given == own || own.is_organization()));
    let is_new = config.accounts.new_grant.iter().any(|given| given == own || own.is_organization());
    let is_default = draft
        .compiled
        .slots
        .iter()
        .any(|slot| slot.defaults.iter().any(|given| *given == target || own.is_organization()));
    is_unmatched || is_new || is_default || draft.snapshot.account.candidate.is_some()
}

/// A state, and the steps from it.
struct Here<'h> {
    judgement: &'h Judgement<'h>,
    state: &'h State,
    steps: &'h mut BTreeSet<Step>,
}

impl Here<'_> {
    fn join(&mut self, kind: GroupKind, text: &str) {
        self.steps.insert(Step::Join(kind, text.into()));
    }

    /// What was joined is not left again.
    fn leave(&mut self, kind: GroupKind, text: &str) {
        let joined = Step::Join(kind, text.into());
        if !self.state.steps().contains(&joined) {
            self.steps.insert(Step::Leave(kind, text.into()));
        }
    }
}

/// Whether a condition has parts that more texts meet than it names.
fn has_pattern(condition: &Condition) -> bool {
    match condition {
        Condition::Regex(_) | Condition::Glob(_) | Condition::PathUnder(_) | Condition::DnUnder(_) => true,
        Condition::Attribute(test) => matches!(test.test, TestKind::Regex(_) | TestKind::Glob(_)),
        Condition::Any(conditions) | Condition::All(conditions) => conditions.iter().any(has_pattern),
        Condition::Not(condition) => has_pattern(condition),
        _ => false,
    }
}

/// The conditions on groups, each with its leaf.
fn leaves<'c>(condition: &'c Condition, node: &Node, found: &mut Vec<(&'c Condition, LeafId)>) {
    match (condition, node) {
        (Condition::Any(conditions), Node::Any(nodes)) | (Condition::All(conditions), Node::All(nodes)) => {
            for (condition, node) in conditions.iter().zip(nodes) {
                leaves(condition, node, found);
            }
        }
        (condition, Node::Leaf(leaf)) => found.push((condition, *leaf)),
        _ => {}
    }
}

/// The text with which a placeholder makes a template this target, where that can be told: one placeholder in a text, or
/// several with fixed text between them.
fn filling(template: &Template, target: &Target, name: &str) -> Option<String> {
    let of = |pieces: &[Piece], text: &str| {
        let mut rest = text;
        let mut pieces = pieces.iter().peekable();
        while let Some(piece) = pieces.next() {
            match piece {
                Piece::Text(fixed) => rest = rest.strip_prefix(&**fixed)?,
                Piece::Capture(capture) => {
                    let (text, after) = match pieces.peek() {
                        None => (rest, ""),
                        Some(Piece::Text(fixed)) => rest.split_at_checked(rest.find(&**fixed)?)?,
                        Some(Piece::Capture(_)) => return None,
                    };
                    if **capture == *name {
                        return Some(String::from(text));
                    }
                    rest = after;
                }
            }
        }
        None
    };
    let organization = template.organization.as_deref().zip(target.organization_name());
    organization.and_then(|(pieces, text)| of(pieces, text)).or_else(|| of(&template.name, target.name()))
}
