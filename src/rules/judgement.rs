//! What the rules say of one person: a truth for every target.

use core::ops::Range;

use super::findings::{DeniedOrganization, Word, compare};
use super::{Findings, RuleId, RuleSet, ShapeId, Supporter, Truth, Weight};
use crate::catalog::{Catalog, OrganizationId, TargetId};
use crate::identity::Evidence;

/// What the rules and a setting say of one person, as far as somebody asks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Judgement<'a> {
    pub(crate) rules: &'a RuleSet,
    pub(crate) catalog: &'a Catalog,
    pub(crate) findings: &'a Findings,
    pub(crate) evidence: &'a Evidence,
    /// Targets that a setting grants beside the rules, in order.
    pub(crate) given: (Truth, &'a [TargetId]),
}

impl<'a> Judgement<'a> {
    /// The same with a setting that grants targets beside the rules, for certain or perhaps.
    pub(crate) fn with_given(self, truth: Truth, targets: &'a [TargetId]) -> Self {
        Self { given: (truth, targets), ..self }
    }

    /// Whether the setting grants a target.
    pub(crate) fn is_granted_by_setting(&self, target: TargetId) -> bool {
        self.given.0 == Truth::True && self.is_given(target)
    }

    fn is_given(&self, target: TargetId) -> bool {
        self.given.1.binary_search(&target).is_ok()
    }

    /// Whether rules that were not judged are known to be false.
    pub(super) fn is_settled(&self) -> bool {
        self.findings.is_settled()
    }

    /// The truth of a rule.
    pub(crate) fn truth(&self, rule: RuleId) -> Truth {
        self.findings.truth(self.rules, rule)
    }

    /// The targets that some rule or setting could grant, as far as judged rules say.
    pub(crate) fn touched(&self) -> impl Iterator<Item = TargetId> + 'a {
        targets_of(&self.findings.grants).chain(self.given.1.iter().copied())
    }

    /// How many words judged rules say for targets.
    pub(crate) fn words(&self) -> usize {
        self.findings.grants.len()
    }

    /// The targets that judged rules grant, each once and in order, with what they say.
    pub(crate) fn granted(&self) -> impl Iterator<Item = (TargetId, Truth)> + 'a {
        self.findings.grants.chunk_by(|a, b| a.target == b.target).filter_map(|words| {
            let first = words.first()?;
            Some((first.target, best(words)))
        })
    }

    /// The targets that the setting grants.
    pub(crate) fn given(&self) -> impl Iterator<Item = TargetId> + 'a {
        self.given.1.iter().copied()
    }

    /// The targets within a range that some rule or setting could grant, as far as judged rules say.
    pub(crate) fn touched_in(&self, range: Range<TargetId>) -> impl Iterator<Item = TargetId> + 'a {
        let grants = &self.findings.grants;
        let start = grants.partition_point(|word| word.target < range.start);
        let end = grants.partition_point(|word| word.target < range.end);
        targets_of(grants.get(start..end).unwrap_or_default())
            .chain(self.given.1.iter().copied().filter(move |target| range.contains(target)))
    }

    /// The rules that are true, in the order of their ids.
    pub(crate) fn true_rules(&self) -> impl Iterator<Item = RuleId> + 'a {
        let certain = self.findings.outcomes.iter().filter(|outcome| outcome.truth == Truth::True);
        certain.map(|outcome| outcome.rule)
    }

    /// The targets that judged rules deny, by name or as a whole organization.
    pub(crate) fn denied_targets(&self) -> impl Iterator<Item = TargetId> + 'a {
        let catalog = self.catalog;
        let whole = self.findings.denied_organizations.iter();
        let within = whole.flat_map(|denied| catalog.in_organization(denied.organization));
        self.findings.denies.iter().map(|word| word.target).chain(within)
    }

    /// The rules that are true and grant the target, each once, in the order of their ids.
    pub(crate) fn supporters(&self, target: TargetId) -> impl Iterator<Item = Supporter> + 'a {
        firsts(words(&self.findings.grants, target))
    }

    /// The rules that are true and deny the target by name, each once, in the order of their ids.
    pub(crate) fn deniers(&self, target: TargetId) -> impl Iterator<Item = Supporter> + 'a {
        firsts(words(&self.findings.denies, target))
    }

    /// The rules that are true and deny the target's organization as a whole, in the order of their ids.
    pub(crate) fn deniers_of_organization(&self, target: TargetId) -> impl Iterator<Item = Supporter> + 'a {
        let denied = self.catalog.organization_of(target).map_or(&[] as &[_], |id| self.denied(id));
        let certain = denied.iter().filter(|word| word.truth == Truth::True);
        certain.map(|word| Supporter { rule: word.rule, entry: word.entry })
    }

    /// Sorts rules by their ids, and by their groups, of which the first of each rule stays.
    pub(crate) fn arrange(&self, supporters: &mut alloc::vec::Vec<Supporter>) {
        supporters.sort_unstable_by(|a, b| a.rule.cmp(&b.rule).then_with(|| compare(self.evidence, a.entry, b.entry)));
        supporters.dedup_by_key(|supporter| supporter.rule);
    }

    /// Whether some rule or setting grants the target.
    pub(crate) fn allow(&self, target: TargetId) -> Truth {
        self.allow_beside(target, best(words(&self.findings.grants, target)))
    }

    /// The same where it is known what judged rules say.
    fn allow_beside(&self, target: TargetId, said: Truth) -> Truth {
        let set = if self.is_given(target) { self.given.0 } else { Truth::False };
        said.or(set).or(self.unseen_word(target, false))
    }

    /// Whether some rule denies the target, or its organization as a whole.
    pub(crate) fn deny(&self, target: TargetId) -> Truth {
        let said = best(words(&self.findings.denies, target));
        said.or(self.unseen_word(target, true)).or(self.deny_of_organization(target))
    }

    /// What rules say of an organization as a whole.
    pub(super) fn denied(&self, organization: OrganizationId) -> &'a [DeniedOrganization] {
        let all = &self.findings.denied_organizations;
        let start = all.partition_point(|denied| denied.organization < organization);
        let end = all.partition_point(|denied| denied.organization <= organization);
        all.get(start..end).unwrap_or_default()
    }

    fn deny_of_organization(&self, target: TargetId) -> Truth {
        let Some(organization) = self.catalog.organization_of(target) else { return Truth::False };
        let said = self.denied(organization).iter().map(|denied| denied.truth).max().unwrap_or(Truth::False);
        if self.is_settled() || said != Truth::False {
            return said;
        }
        let named = self.rules.denies_of_organization.of(organization).iter();
        let mut shapes = self.rules.shapes.denying.of(organization).iter();
        let perhaps = shapes.any(|shape| self.findings.contenders(*shape).is_some())
            || named.copied().any(|rule| self.truth(rule) != Truth::False);
        if perhaps { Truth::Unknown } else { Truth::False }
    }

    /// The rules, not known to be false, that may deny an organization as a whole, by name or by their placeholders.
    pub(super) fn denying_unseen(&self, organization: OrganizationId) -> impl Iterator<Item = RuleId> + '_ {
        let named = self.rules.denies_of_organization.of(organization);
        let filling = self.rules_of_shapes(self.rules.shapes.denying.of(organization));
        named.iter().copied().chain(filling).filter(|rule| self.truth(*rule) != Truth::False)
    }

    fn rules_of_shapes(&self, shapes: &'a [ShapeId]) -> impl Iterator<Item = RuleId> + 'a {
        let rules = &self.rules.shapes.rules;
        shapes.iter().flat_map(|shape| rules.of(*shape)).copied()
    }

    /// What rules that no seen group speaks for say of a target: nothing on complete evidence, else unknown where one
    /// of them is not known to be false.
    fn unseen_word(&self, target: TargetId, denies: bool) -> Truth {
        if self.is_settled() {
            return Truth::False;
        }
        let named = if denies { &self.rules.denies_of } else { &self.rules.grants_of }.of(target);
        let perhaps = self.contending(target, denies).next().is_some()
            || named.iter().any(|rule| self.truth(*rule) != Truth::False);
        if perhaps { Truth::Unknown } else { Truth::False }
    }

    /// The rules, not known to be false, whose placeholders some group could fill with the target.
    pub(super) fn filling(&self, target: TargetId, denies: bool) -> impl Iterator<Item = RuleId> + '_ {
        let rules = self.rules_of_shapes(self.rules.shapes.reaching.of(target));
        rules.filter(move |id| self.rules.rule(*id).effect.denies == denies && self.truth(*id) != Truth::False)
    }

    /// Those of them that weigh most; some at least where there are any.
    fn contending(&self, target: TargetId, denies: bool) -> impl Iterator<Item = RuleId> + '_ {
        let shapes = self.rules.shapes.reaching.of(target).iter();
        let contenders = shapes.filter_map(|shape| self.findings.contenders(*shape)).flatten();
        contenders.filter(move |id| self.rules.rule(*id).effect.denies == denies)
    }

    /// The verdict: granted and not denied. A listed organization is granted with any target in it.
    pub(crate) fn verdict(&self, target: TargetId) -> Truth {
        self.verdict_beside(target, best(words(&self.findings.grants, target)))
    }

    /// The same where it is known what judged rules say.
    pub(crate) fn verdict_beside(&self, target: TargetId, said: Truth) -> Truth {
        let mut allow = self.allow_beside(target, said);
        if self.catalog.is_organization(target) {
            allow = allow.or(self.verdict_within(target));
        }
        if allow == Truth::False { allow } else { allow.and(self.deny(target).not()) }
    }

    /// The best verdict among the targets in an organization.
    pub(crate) fn verdict_within(&self, organization: TargetId) -> Truth {
        let Some(id) = self.catalog.organization_of(organization) else { return Truth::False };
        let range = self.catalog.in_organization(id);
        let within = |target: &TargetId| *target != organization;
        let touched = self.touched_in(range.clone()).filter(within);
        let best = touched.map(|target| self.verdict(target)).max().unwrap_or(Truth::False);
        if best != Truth::False || self.is_settled() {
            return best;
        }
        // Only a judged rule can make a verdict true, so that unknown is the best there is.
        let mut untouched = range.filter(within);
        if untouched.any(|target| self.verdict(target) == Truth::Unknown) { Truth::Unknown } else { Truth::False }
    }

    /// Whether the verdict on any target of the catalog is unknown.
    pub(crate) fn is_anything_unknown(&self) -> bool {
        let unknown = |target: TargetId| self.verdict(target) == Truth::Unknown;
        self.touched().any(unknown) || (!self.is_settled() && self.catalog.ids().any(unknown))
    }

    /// Whether someone certainly meets a grant and a deny of one target, and whether someone perhaps does.
    pub(crate) fn denied_grants(&self) -> Truth {
        let met = |target: TargetId| {
            if self.deny(target) == Truth::True { self.allow(target) } else { Truth::False }
        };
        let seen = self.touched().map(met).max().unwrap_or(Truth::False);
        if seen == Truth::True || self.is_settled() {
            return seen;
        }
        // Only a judged rule can grant for certain, so that unknown is the most that is left.
        let organizations = self.findings.denied_organizations.chunk_by(|a, b| a.organization == b.organization);
        let whole =
            organizations.filter_map(<[_]>::first).flat_map(|denied| self.catalog.in_organization(denied.organization));
        let mut denied = targets_of(&self.findings.denies).chain(whole);
        if denied.any(|target| met(target) == Truth::Unknown) { Truth::Unknown } else { seen }
    }

    /// The most that the rules for a target weigh that are true, or that are not false.
    pub(crate) fn best(&self, target: TargetId, certain: bool, by: Weight) -> Option<i64> {
        let weight = |rule: RuleId| self.rules.rule(rule).weight(by);
        let said = words(&self.findings.grants, target).iter().filter(|word| !certain || word.truth == Truth::True);
        let best = said.map(|word| weight(word.rule)).max();
        if certain || self.is_settled() {
            return best;
        }
        let named = self.rules.grants_of.of(target).iter().copied().filter(|rule| self.truth(*rule) != Truth::False);
        named.chain(self.contending(target, false)).map(weight).max().max(best)
    }
}

/// The most that was said.
fn best(words: &[Word]) -> Truth {
    words.iter().map(|word| word.truth).max().unwrap_or(Truth::False)
}

/// What was said of a target.
pub(super) fn words(words: &[Word], target: TargetId) -> &[Word] {
    let start = words.partition_point(|word| word.target < target);
    let end = words.partition_point(|word| word.target <= target);
    words.get(start..end).unwrap_or_default()
}

/// The targets of words, each once and in order.
fn targets_of(words: &[Word]) -> impl Iterator<Item = TargetId> + '_ {
    words.chunk_by(|a, b| a.target == b.target).filter_map(<[_]>::first).map(|word| word.target)
}

/// The rules behind words that are true, each with its first group.
fn firsts(words: &[Word]) -> impl Iterator<Item = Supporter> + '_ {
    let certain = words.iter().filter(|word| word.truth == Truth::True);
    certain.map(|word| Supporter { rule: word.rule, entry: word.entry })
}
