//! What one login brings to the rules: the leaves that its groups and other claims meet, the rules that are judged
//! for them, and what those say of targets.

use alloc::vec::Vec;
use core::cmp::Ordering;

use super::condition::{Facts, Part};
use super::shapes::{Contenders, Weight};
use super::{Rule, RuleId, RuleSet, ShapeId, Truth};
use crate::catalog::{Catalog, OrganizationId, TargetId};
use crate::config::AbsentAttribute;
use crate::identity::{Attribute, EntryId, Evidence, Identity};
use crate::matching::{AttributeId, LeafId, Memo, SearchSpace};

/// For how many hits fresh memory has room at once: more than most logins bring.
const FEW_HITS: usize = 64;

/// A rule that speaks for a target, and the group that made it so where one did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Supporter {
    pub(crate) rule: RuleId,
    pub(crate) entry: Option<EntryId>,
}

/// What one rule is for the person.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outcome {
    pub(super) rule: RuleId,
    pub(super) truth: Truth,
    /// The first group that meets a leaf of the rule under no `not`.
    entry: Option<EntryId>,
}

/// One rule's word on one target.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    pub(super) target: TargetId,
    pub(super) rule: RuleId,
    pub(super) entry: Option<EntryId>,
    pub(super) truth: Truth,
}

/// One rule's word on an organization as a whole.
#[derive(Clone, Copy, Debug)]
pub(super) struct DeniedOrganization {
    pub(super) organization: OrganizationId,
    pub(super) rule: RuleId,
    pub(super) entry: Option<EntryId>,
    pub(super) truth: Truth,
}

/// What one login brings to the rules; lists that are emptied and filled anew.
#[derive(Clone, Debug, Default)]
pub(crate) struct Findings {
    space: SearchSpace,
    /// What a condition on groups is that no group meets: false on complete evidence, else unknown.
    pub(super) unseen: Truth,
    /// INVARIANT: sorted; which group meets which leaf.
    pub(super) hits: Vec<(LeafId, EntryId)>,
    /// INVARIANT: sorted; for each leaf that groups meet, the first of them.
    firsts: Vec<(LeafId, EntryId)>,
    /// INVARIANT: sorted; the leaves that other claims meet.
    tests: Vec<LeafId>,
    /// For each attribute that rules ask for, whether it is there.
    there: Vec<There>,
    /// The rules that are to be judged by more than one leaf.
    touched: Vec<RuleId>,
    /// INVARIANT: sorted by rule; the rules that were judged.
    pub(super) outcomes: Vec<Outcome>,
    /// INVARIANT: by target, then rule, then entry; what judged rules say of the targets they grant, where that is not
    /// false.
    pub(super) grants: Vec<Word>,
    /// The same for targets they deny.
    pub(super) denies: Vec<Word>,
    /// INVARIANT: by organization, then rule, then entry; organizations denied as a whole.
    pub(super) denied_organizations: Vec<DeniedOrganization>,
    /// For each shape of templates, while groups may be missing, the rules that could yet fill it.
    contenders: Vec<Option<Contenders>>,
    /// Whether captured text named something that the catalog does not list.
    pub(super) outside_catalog: bool,
}

impl Facts for Findings {
    #[inline]
    fn group(&self, leaf: LeafId) -> Truth {
        if self.first_at(leaf).is_none() { self.unseen } else { Truth::True }
    }

    fn test(&self, attribute: AttributeId, leaf: LeafId) -> Truth {
        let There { present, is_whole } = self.there(attribute);
        if self.tests.binary_search(&leaf).is_ok() {
            Truth::True
        } else if is_whole && present != Truth::Unknown {
            Truth::False
        } else {
            Truth::Unknown
        }
    }

    fn present(&self, attribute: AttributeId) -> Truth {
        self.there(attribute).present
    }
}

/// What is known of another claim.
#[derive(Clone, Copy, Debug)]
struct There {
    present: Truth,
    /// Whether its values are all there are.
    is_whole: bool,
}

impl Findings {
    fn there(&self, attribute: AttributeId) -> There {
        let unknown = There { present: Truth::Unknown, is_whole: false };
        self.there.get(attribute as usize).copied().unwrap_or(unknown)
    }

    /// Whether captured text named something that the catalog does not list.
    pub(crate) fn is_outside_catalog(&self) -> bool {
        self.outside_catalog
    }

    /// The rules that are true, in the order of their ids.
    pub(crate) fn true_rules(&self) -> impl Iterator<Item = RuleId> + '_ {
        self.outcomes.iter().filter(|outcome| outcome.truth == Truth::True).map(|outcome| outcome.rule)
    }

    /// Gathers what a login brings, in place of what an earlier one brought.
    pub(crate) fn gather(&mut self, rules: &RuleSet, catalog: &Catalog, identity: &Identity, memo: &mut Memo) {
        let evidence = identity.evidence();
        self.unseen = if evidence.is_complete() { Truth::False } else { Truth::Unknown };
        self.meet(rules, evidence, memo);
        self.test_attributes(rules, identity);
        self.judge_rules(rules, evidence);
        self.speak(rules, catalog, evidence);
        self.find_contenders(rules);
    }

    /// Whether rules that were not judged are known to be false.
    pub(super) fn is_settled(&self) -> bool {
        self.unseen == Truth::False
    }

    /// The truth of a rule.
    pub(super) fn truth(&self, rules: &RuleSet, rule: RuleId) -> Truth {
        match self.outcomes.binary_search_by_key(&rule, |outcome| outcome.rule) {
            Ok(index) => self.outcomes.get(index).map_or(Truth::Unknown, |outcome| outcome.truth),
            Err(_) if self.is_settled() => Truth::False,
            Err(_) => rules.rule(rule).when.judge(self),
        }
    }

    /// The rules that weigh most among those that could yet fill templates of a shape; none on complete evidence.
    pub(super) fn contenders(&self, shape: ShapeId) -> Option<Contenders> {
        self.contenders.get(shape as usize).copied().flatten()
    }

    /// Looks every group up.
    fn meet(&mut self, rules: &RuleSet, evidence: &Evidence, memo: &mut Memo) {
        self.hits.clear();
        let (hits, space) = (&mut self.hits, &mut self.space);
        hits.reserve(evidence.len().min(FEW_HITS));
        if memo.is_on() {
            evidence.each(|id, entry| {
                let leaves = match memo.recall(entry) {
                    Some(leaves) => leaves,
                    None => memo.learn(entry, |leaves| rules.index.meets(entry, space, |leaf| leaves.push(leaf))),
                };
                hits.extend(leaves.iter().map(|leaf| (*leaf, id)));
            });
        } else {
            evidence.each(|id, entry| rules.index.meets(entry, space, |leaf| hits.push((leaf, id))));
        }
        hits.sort_unstable_by_key(|(leaf, id)| (u64::from(*leaf) << 32) | u64::from(*id));
        hits.dedup();
        self.firsts.clear();
        self.firsts.extend(hits.chunk_by(|a, b| a.0 == b.0).filter_map(|same| first(same, evidence)));
    }

    /// Looks at the other claims that rules ask for.
    fn test_attributes(&mut self, rules: &RuleSet, identity: &Identity) {
        self.tests.clear();
        self.there.clear();
        let reading = identity.reading();
        for (attribute, selector) in rules.index.attributes() {
            let (present, values, is_whole) = match identity.attributes().find(selector, reading) {
                Attribute::Present(values) => (Truth::True, values, true),
                Attribute::Partly(values) => (Truth::True, values, false),
                Attribute::Missing if reading.absent_attribute == AbsentAttribute::Empty => {
                    (Truth::False, Vec::new(), true)
                }
                Attribute::Missing | Attribute::Elsewhere => (Truth::Unknown, Vec::new(), false),
            };
            let (tests, space) = (&mut self.tests, &mut self.space);
            for value in values {
                rules.index.meets_attribute(attribute, value, space, |leaf| tests.push(leaf));
            }
            self.there.push(There { present, is_whole });
        }
        self.tests.sort_unstable();
        self.tests.dedup();
    }

    /// Judges the rules that something touches and those that need it at every login.
    fn judge_rules(&mut self, rules: &RuleSet, evidence: &Evidence) {
        let mut touched = core::mem::take(&mut self.touched);
        let mut outcomes = core::mem::take(&mut self.outcomes);
        touched.clear();
        outcomes.clear();
        outcomes.reserve(self.hits.len().min(FEW_HITS));
        for (leaf, first) in self.firsts.iter().copied() {
            for rule in rules.rules_of_leaf.of(leaf).iter().copied() {
                if rules.rule(rule).is_one_leaf() {
                    outcomes.push(Outcome { rule, truth: Truth::True, entry: Some(first) });
                } else {
                    touched.push(rule);
                }
            }
        }
        touched.extend(&rules.always);
        touched.extend(self.tests.iter().flat_map(|leaf| rules.rules_of_leaf.of(*leaf)));
        for (attribute, _) in (0..).zip(&self.there).filter(|(_, there)| !there.is_whole) {
            touched.extend(rules.rules_of_attribute.of(attribute));
        }
        touched.sort_unstable();
        touched.dedup();
        for rule in touched.iter().copied() {
            let truth = rules.rule(rule).when.judge(self);
            let entry = if truth == Truth::False { None } else { self.witness(rules.rule(rule), evidence) };
            outcomes.push(Outcome { rule, truth, entry });
        }
        outcomes.sort_unstable_by_key(|outcome| outcome.rule);
        (self.touched, self.outcomes) = (touched, outcomes);
    }

    /// Collects what the judged rules say of targets.
    fn speak(&mut self, rules: &RuleSet, catalog: &Catalog, evidence: &Evidence) {
        self.grants.clear();
        self.denies.clear();
        self.denied_organizations.clear();
        self.outside_catalog = false;
        self.grants.reserve(self.outcomes.len().min(FEW_HITS));
        let (outcomes, hits) = (core::mem::take(&mut self.outcomes), core::mem::take(&mut self.hits));
        for Outcome { rule: id, truth, entry } in outcomes.iter().copied() {
            if truth == Truth::False {
                continue;
            }
            let effect = &rules.rule(id).effect;
            let words = effect.targets.iter().map(|target| Word { target: *target, rule: id, entry, truth });
            self.say(effect.denies).extend(words);
            let whole = effect.organizations.iter();
            self.denied_organizations.extend(whole.map(|organization| DeniedOrganization {
                organization: *organization,
                rule: id,
                entry,
                truth,
            }));
            if !effect.templates.is_empty() {
                self.expand(rules, catalog, evidence, &hits, (id, truth));
            }
        }
        (self.outcomes, self.hits) = (outcomes, hits);
        self.arrange(evidence);
    }

    /// Finds the rules that could yet fill templates.
    fn find_contenders(&mut self, rules: &RuleSet) {
        let mut contenders = core::mem::take(&mut self.contenders);
        contenders.clear();
        if !self.is_settled() {
            contenders.extend((0..).take(rules.shapes.rules.len()).map(|shape| {
                let own = rules.shapes.rules.of(shape).iter().copied();
                let open = own.filter(|rule| self.truth(rules, *rule) != Truth::False);
                open.map(|rule| [rule, rule]).reduce(|[priority, specificity], [rule, _]| {
                    let heavier = |a, b, by| if rules.rule(b).weight(by) > rules.rule(a).weight(by) { b } else { a };
                    [heavier(priority, rule, Weight::Priority), heavier(specificity, rule, Weight::Specificity)]
                })
            }));
        }
        self.contenders = contenders;
    }

    /// Puts what was said in order. Of what a rule says of one target several times over, once for each group that fills
    /// its placeholders alike, the first group is enough.
    fn arrange(&mut self, evidence: &Evidence) {
        let compare = |a: Option<EntryId>, b: Option<EntryId>| compare(evidence, a, b);
        for words in [&mut self.grants, &mut self.denies] {
            words.sort_unstable_by(|a, b| {
                (a.target, a.rule).cmp(&(b.target, b.rule)).then_with(|| compare(a.entry, b.entry))
            });
            words.dedup_by_key(|word| (word.target, word.rule));
        }
        self.denied_organizations.sort_unstable_by(|a, b| {
            (a.organization, a.rule).cmp(&(b.organization, b.rule)).then_with(|| compare(a.entry, b.entry))
        });
        self.denied_organizations.dedup_by_key(|denied| (denied.organization, denied.rule));
    }

    fn say(&mut self, denies: bool) -> &mut Vec<Word> {
        if denies { &mut self.denies } else { &mut self.grants }
    }

    /// Fills a rule's placeholders with what each matching group captures.
    fn expand(
        &mut self,
        rules: &RuleSet,
        catalog: &Catalog,
        evidence: &Evidence,
        hits: &[(LeafId, EntryId)],
        (rule, truth): (RuleId, Truth),
    ) {
        let effect = &rules.rule(rule).effect;
        for (template, leaf) in effect.templates.iter().flat_map(|t| t.leaves.iter().map(move |leaf| (t, *leaf))) {
            for (_, id) in at(hits, leaf).iter().copied() {
                let Some(text) = evidence.entry(id) else { continue };
                let captured = rules.index.captured(leaf, text.text());
                let expanded = captured.and_then(|captured| template.expand(|name| captured.get(name)));
                let Some(target) = expanded else {
                    self.outside_catalog |= truth == Truth::True;
                    continue;
                };
                let entry = Some(id);
                let whole = (effect.denies && target.is_organization()).then(|| target.organization_name()).flatten();
                match (catalog.id(&target), whole.and_then(|name| catalog.organization(name))) {
                    (_, Some(organization)) => {
                        self.denied_organizations.push(DeniedOrganization { organization, rule, entry, truth });
                    }
                    (Some(target), None) => self.say(effect.denies).push(Word { target, rule, entry, truth }),
                    (None, None) => self.outside_catalog |= truth == Truth::True,
                }
            }
        }
    }

    /// The first group that meets a leaf of the rule under no `not`.
    fn witness(&self, rule: &Rule, evidence: &Evidence) -> Option<EntryId> {
        let mut witness = None;
        rule.when.visit(false, &mut |part| {
            if let Part::Group { leaf, under_not: false } = part {
                let both = witness.into_iter().chain(self.first_at(leaf));
                witness = both.reduce(|a, b| if evidence.compare(b, a).is_lt() { b } else { a });
            }
        });
        witness
    }

    /// The first of the groups that meet a leaf.
    #[inline]
    pub(crate) fn first_at(&self, leaf: LeafId) -> Option<EntryId> {
        let place = self.firsts.binary_search_by_key(&leaf, |(leaf, _)| *leaf).ok()?;
        self.firsts.get(place).map(|(_, first)| *first)
    }
}

/// The groups that meet a leaf.
fn at(hits: &[(LeafId, EntryId)], leaf: LeafId) -> &[(LeafId, EntryId)] {
    let start = hits.partition_point(|(hit, _)| *hit < leaf);
    let end = hits.partition_point(|(hit, _)| *hit <= leaf);
    hits.get(start..end).unwrap_or_default()
}

/// The first of the groups that meet one leaf.
#[inline]
fn first(hits: &[(LeafId, EntryId)], evidence: &Evidence) -> Option<(LeafId, EntryId)> {
    match hits {
        [only] => Some(*only),
        several => several.iter().copied().reduce(|a, b| if evidence.compare(b.1, a.1).is_lt() { b } else { a }),
    }
}

/// The order of the groups behind two words; none comes first.
pub(super) fn compare(evidence: &Evidence, a: Option<EntryId>, b: Option<EntryId>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => evidence.compare(a, b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}
