//! What the rules say of one person: a truth for every rule, and from that a truth for every target.

use alloc::vec::Vec;
use core::cmp::Ordering;
use core::ops::Range;

use super::condition::Facts;
use super::{LeafId, Rule, RuleId, RuleSet, Truth};
use crate::catalog::{Catalog, TargetId};
use crate::identity::{EntryId, Identity};

/// The place of an entry among those that meet some condition, in their order.
type Rank = u32;

/// A rule that speaks for a target, and the group that made it so where one did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Supporter {
    pub(crate) rule: RuleId,
    pub(crate) entry: Option<Rank>,
}

/// One rule's word on one target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Word {
    target: TargetId,
    rule: RuleId,
    entry: Option<Rank>,
    truth: Truth,
}

/// One rule's word on an organization as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct DeniedOrganization<'a> {
    name: &'a str,
    rule: RuleId,
    entry: Option<Rank>,
    truth: Truth,
}

/// What the rules say of one person.
#[derive(Debug)]
pub(crate) struct Judgement<'a> {
    rules: &'a RuleSet,
    catalog: &'a Catalog,
    /// What a rule is that was not judged: false on complete evidence, else unknown.
    unjudged: Truth,
    /// INVARIANT: sorted; which group meets which leaf.
    hits: Vec<(LeafId, Rank)>,
    /// The entries that meet some leaf, in their order.
    matched: Vec<EntryId>,
    /// INVARIANT: sorted by rule; the rules that were judged.
    outcomes: Vec<(RuleId, Truth)>,
    /// INVARIANT: sorted; what judged rules say of the targets they grant, where that is not false.
    grants: Vec<Word>,
    /// The same for targets they deny.
    denies: Vec<Word>,
    /// INVARIANT: sorted by name; organizations denied as a whole.
    denied_organizations: Vec<DeniedOrganization<'a>>,
    /// Whether captured text named something that the catalog does not list.
    outside_catalog: bool,
    /// Targets that a setting grants beside the rules.
    granted_by_setting: (Truth, Vec<TargetId>),
}

impl<'a> Judgement<'a> {
    pub(crate) fn new(rules: &'a RuleSet, catalog: &'a Catalog, identity: &Identity) -> Self {
        let evidence = identity.evidence();
        let unseen = if evidence.is_complete() { Truth::False } else { Truth::Unknown };
        let mut hits = Vec::new();
        for (id, entry) in evidence.in_place() {
            rules.index.look_up(entry, |leaf| hits.push((leaf, id)));
        }
        let matched = rank(&mut hits, |a, b| evidence.compare(a, b));
        let mut judgement = Self {
            rules,
            catalog,
            unjudged: unseen,
            hits,
            matched,
            outcomes: Vec::new(),
            grants: Vec::new(),
            denies: Vec::new(),
            denied_organizations: Vec::new(),
            outside_catalog: false,
            granted_by_setting: (Truth::False, Vec::new()),
        };
        judgement.judge_rules(identity, unseen);
        judgement.speak(identity);
        judgement
    }

    /// Judges the rules that a group touches and those that need it at every login.
    fn judge_rules(&mut self, identity: &Identity, unseen: Truth) {
        let facts = Facts { attributes: identity.attributes(), reading: identity.reading(), unseen };
        let mut touched: Vec<RuleId> = self.rules.always.clone();
        let mut last = None;
        for (leaf, _) in &self.hits {
            if last.replace(*leaf) != Some(*leaf) {
                touched.extend(self.rules.rules_of_leaf.get(*leaf as usize).into_iter().flatten());
            }
        }
        touched.sort_unstable();
        touched.dedup();
        let outcomes = touched.into_iter().map(|rule| {
            (rule, self.rules.rule(rule).when.judge(&facts, &|leaf| self.entries_at(leaf).next().is_some()))
        });
        self.outcomes = outcomes.collect();
    }

    /// Collects what the judged rules say of targets.
    fn speak(&mut self, identity: &Identity) {
        let outcomes = core::mem::take(&mut self.outcomes);
        for (id, truth) in outcomes.iter().copied().filter(|(_, truth)| *truth != Truth::False) {
            let rule = self.rules.rule(id);
            let entry = self.witness(rule);
            for target in &rule.effect.targets {
                self.say(rule.effect.denies, Word { target: *target, rule: id, entry, truth });
            }
            let whole = rule.effect.organizations.iter();
            self.denied_organizations.extend(whole.map(|name| DeniedOrganization { name, rule: id, entry, truth }));
            self.expand(identity, id, truth);
        }
        self.outcomes = outcomes;
        self.grants.sort_unstable();
        self.denies.sort_unstable();
        self.denied_organizations.sort_unstable();
    }

    fn say(&mut self, denies: bool, word: Word) {
        if denies { self.denies.push(word) } else { self.grants.push(word) }
    }

    /// Fills a rule's placeholders with what each matching group captures.
    fn expand(&mut self, identity: &Identity, id: RuleId, truth: Truth) {
        let effect = &self.rules.rule(id).effect;
        for template in &effect.templates {
            for leaf in &template.leaves {
                let Some(pattern) = self.rules.index.pattern(*leaf) else { continue };
                let entries: Vec<Rank> = self.entries_at(*leaf).collect();
                for entry in entries {
                    let Some(text) = self.entry(entry).and_then(|id| identity.evidence().entry(id)) else { continue };
                    let Some(target) = template.expand(pattern.captured(text.text())) else {
                        self.outside_catalog |= truth == Truth::True;
                        continue;
                    };
                    let word = |target| Word { target, rule: id, entry: Some(entry), truth };
                    let whole =
                        (effect.denies && target.is_organization()).then(|| target.organization_name()).flatten();
                    let organization = whole.and_then(|name| self.catalog.organization_name(name));
                    match (self.catalog.id(&target), organization) {
                        (_, Some(name)) => {
                            let entry = Some(entry);
                            self.denied_organizations.push(DeniedOrganization { name, rule: id, entry, truth });
                        }
                        (Some(target), None) => self.say(effect.denies, word(target)),
                        (None, None) => self.outside_catalog |= truth == Truth::True,
                    }
                }
            }
        }
    }

    /// The first group that meets a leaf of the rule under no `not`.
    fn witness(&self, rule: &Rule) -> Option<Rank> {
        let mut first = None;
        rule.when.leaves(false, &mut |leaf, under_not| {
            if !under_not && let Some(entry) = self.entries_at(leaf).next() {
                first = Some(first.map_or(entry, |first: Rank| first.min(entry)));
            }
        });
        first
    }

    fn entries_at(&self, leaf: LeafId) -> impl Iterator<Item = Rank> + '_ {
        let start = self.hits.partition_point(|(hit, _)| *hit < leaf);
        self.hits.iter().skip(start).take_while(move |(hit, _)| *hit == leaf).map(|(_, entry)| *entry)
    }

    /// The entry of a rank.
    pub(crate) fn entry(&self, rank: Rank) -> Option<EntryId> {
        self.matched.get(rank as usize).copied()
    }

    /// Lets a setting grant targets beside the rules, for certain or perhaps.
    pub(crate) fn grant_by_setting(&mut self, truth: Truth, targets: &[TargetId]) {
        self.granted_by_setting = (truth, targets.to_vec());
    }

    /// Whether the setting grants a target.
    pub(crate) fn is_granted_by_setting(&self, target: TargetId) -> bool {
        self.granted_by_setting.0 == Truth::True && self.granted_by_setting.1.contains(&target)
    }

    /// Whether captured text named something that the catalog does not list.
    pub(crate) fn is_outside_catalog(&self) -> bool {
        self.outside_catalog
    }

    /// The truth of a rule.
    pub(crate) fn truth(&self, rule: RuleId) -> Truth {
        match self.outcomes.binary_search_by_key(&rule, |(id, _)| *id) {
            Ok(index) => self.outcomes.get(index).map_or(self.unjudged, |(_, truth)| *truth),
            Err(_) => self.unjudged,
        }
    }

    /// The targets that some rule or setting could grant, as far as judged rules say.
    pub(crate) fn touched(&self) -> impl Iterator<Item = TargetId> + '_ {
        self.grants.iter().map(|word| word.target).chain(self.granted_by_setting.1.iter().copied())
    }

    /// The same within a range.
    pub(crate) fn touched_in(&self, range: Range<TargetId>) -> impl Iterator<Item = TargetId> + '_ {
        let start = self.grants.partition_point(|word| word.target < range.start);
        let granted = self.grants.iter().skip(start).map(|word| word.target).take_while({
            let end = range.end;
            move |target| *target < end
        });
        granted.chain(self.granted_by_setting.1.iter().copied().filter(move |target| range.contains(target)))
    }

    /// The rules that are true and grant the target, each once, in the order of their ids.
    pub(crate) fn supporters(&self, target: TargetId) -> Vec<Supporter> {
        let mut supporters: Vec<Supporter> = Vec::new();
        for word in words(&self.grants, target).iter().filter(|word| word.truth == Truth::True) {
            if supporters.last().is_none_or(|last| last.rule != word.rule) {
                supporters.push(Supporter { rule: word.rule, entry: word.entry });
            }
        }
        supporters
    }

    /// The rules that are true and deny the target or its organization as a whole, each once, in the order of their ids.
    pub(crate) fn deniers(&self, target: TargetId) -> Vec<Supporter> {
        let named = words(&self.denies, target).iter().filter(|word| word.truth == Truth::True);
        let mut deniers: Vec<Supporter> = named.map(|word| Supporter { rule: word.rule, entry: word.entry }).collect();
        if let Some(name) = self.catalog.target(target).organization_name() {
            let whole = self.denied_organizations.iter().filter(|word| word.name == name && word.truth == Truth::True);
            deniers.extend(whole.map(|word| Supporter { rule: word.rule, entry: word.entry }));
        }
        deniers.sort_unstable();
        deniers.dedup_by_key(|denier| denier.rule);
        deniers
    }

    /// Whether some rule or setting grants the target.
    pub(crate) fn allow(&self, target: TargetId) -> Truth {
        let said = words(&self.grants, target).iter().map(|word| word.truth).max().unwrap_or(Truth::False);
        let set = if self.granted_by_setting.1.contains(&target) { self.granted_by_setting.0 } else { Truth::False };
        said.or(set).or(self.unseen_word(target, false))
    }

    /// Whether some rule denies the target, or its organization as a whole.
    pub(crate) fn deny(&self, target: TargetId) -> Truth {
        let said = words(&self.denies, target).iter().map(|word| word.truth).max().unwrap_or(Truth::False);
        said.or(self.unseen_word(target, true)).or(self.deny_of_organization(target))
    }

    fn deny_of_organization(&self, target: TargetId) -> Truth {
        let Some(name) = self.catalog.target(target).organization_name() else { return Truth::False };
        let start = self.denied_organizations.partition_point(|denied| denied.name < name);
        let denied = self.denied_organizations.iter().skip(start).take_while(|denied| denied.name == name);
        let said = denied.map(|denied| denied.truth).max().unwrap_or(Truth::False);
        if self.unjudged == Truth::False || said != Truth::False {
            return said;
        }
        // A rule that was not judged, or whose placeholders some unseen group could fill, may deny the organization.
        let whole = |id: &RuleId| {
            let effect = &self.rules.rule(*id).effect;
            let named = effect.organizations.iter().any(|denied| **denied == *name);
            let own = || crate::target::Target::organization(name);
            let filled = || effect.denies && effect.templates.iter().any(|template| template.reaches(&own()));
            (named || filled()) && self.truth(*id) != Truth::False
        };
        if self.rules.denying_organizations.iter().any(whole) { Truth::Unknown } else { Truth::False }
    }

    /// What rules that no seen group speaks for say of a target: nothing on complete evidence, else unknown where one
    /// of them is not known to be false.
    fn unseen_word(&self, target: TargetId, denies: bool) -> Truth {
        if self.unjudged == Truth::False {
            return Truth::False;
        }
        let naming = self.rules.naming(target);
        let named = if denies { &naming.denies } else { &naming.grants };
        let perhaps = |rule: &&RuleId| self.truth(**rule) != Truth::False;
        if named.iter().any(|rule| perhaps(&rule)) || self.filling(target, denies).next().is_some() {
            Truth::Unknown
        } else {
            Truth::False
        }
    }

    /// The rules, not known to be false, whose placeholders some group could fill with the target.
    fn filling(&self, target: TargetId, denies: bool) -> impl Iterator<Item = RuleId> + '_ {
        let target = self.catalog.target(target);
        self.rules.templated.iter().copied().filter(move |id| {
            let effect = &self.rules.rule(*id).effect;
            effect.denies == denies
                && self.truth(*id) != Truth::False
                && effect.templates.iter().any(|template| template.reaches(target))
        })
    }

    /// The verdict: granted and not denied. A listed organization is granted with any target in it.
    pub(crate) fn verdict(&self, target: TargetId) -> Truth {
        if self.catalog.target(target).is_organization() {
            let own = self.allow(target).or(self.verdict_within(target));
            return own.and(self.deny(target).not());
        }
        self.allow(target).and(self.deny(target).not())
    }

    /// The best verdict among the targets in an organization.
    fn verdict_within(&self, organization: TargetId) -> Truth {
        let Some(name) = self.catalog.target(organization).organization_name() else { return Truth::False };
        let range = self.catalog.in_organization(name);
        let within = |target: &TargetId| *target != organization;
        let touched = self.touched_in(range.clone()).filter(within);
        let best = touched.map(|target| self.verdict(target)).max().unwrap_or(Truth::False);
        if best != Truth::False || self.unjudged == Truth::False {
            return best;
        }
        // Only a judged rule can make a verdict true, so that unknown is the best there is.
        let mut untouched = range.filter(within);
        if untouched.any(|target| self.verdict(target) == Truth::Unknown) { Truth::Unknown } else { Truth::False }
    }

    /// Whether the verdict on any target of the catalog is unknown.
    pub(crate) fn is_anything_unknown(&self) -> bool {
        let unknown = |target: TargetId| self.verdict(target) == Truth::Unknown;
        self.touched().any(unknown) || (self.unjudged == Truth::Unknown && self.catalog.ids().any(unknown))
    }

    /// Whether someone certainly meets a grant and a deny of one target, and whether someone perhaps does.
    pub(crate) fn denied_grants(&self) -> Truth {
        let met = |target: TargetId| {
            if self.deny(target) == Truth::True { self.allow(target) } else { Truth::False }
        };
        let seen = self.touched().map(met).max().unwrap_or(Truth::False);
        if seen == Truth::True || self.unjudged == Truth::False {
            return seen;
        }
        // Only a judged rule can grant for certain, so that unknown is the most that is left.
        let mut organizations: Vec<&str> = self.denied_organizations.iter().map(|denied| denied.name).collect();
        organizations.dedup();
        let whole = organizations.into_iter().flat_map(|name| self.catalog.in_organization(name));
        let mut denied = self.denies.iter().map(|word| word.target).chain(whole);
        if denied.any(|target| met(target) == Truth::Unknown) { Truth::Unknown } else { seen }
    }

    /// The best score among the rules for a target that are true, or that are not false.
    pub(crate) fn best<S: Ord>(&self, target: TargetId, certain: bool, score: impl Fn(&Rule) -> S) -> Option<S> {
        let said = words(&self.grants, target).iter().filter(|word| !certain || word.truth == Truth::True);
        let best = said.map(|word| score(self.rules.rule(word.rule))).max();
        if certain || self.unjudged == Truth::False {
            return best;
        }
        let named = self.rules.naming(target).grants.iter().copied().filter(|rule| self.truth(*rule) != Truth::False);
        named.chain(self.filling(target, false)).map(|rule| score(self.rules.rule(rule))).max().max(best)
    }
}

fn words(words: &[Word], target: TargetId) -> &[Word] {
    let start = words.partition_point(|word| word.target < target);
    let rest = words.split_at_checked(start).map_or(&[] as &[Word], |(_, rest)| rest);
    let length = rest.partition_point(|word| word.target == target);
    rest.split_at_checked(length).map_or(&[], |(found, _)| found)
}

/// Sorts hits and replaces the entry in each by its rank; the entries by rank are returned.
fn rank(hits: &mut Vec<(LeafId, EntryId)>, compare: impl Fn(EntryId, EntryId) -> Ordering) -> Vec<EntryId> {
    let mut matched: Vec<EntryId> = hits.iter().map(|(_, entry)| *entry).collect();
    matched.sort_unstable_by(|a, b| compare(*a, *b));
    matched.dedup();
    for (_, entry) in hits.iter_mut() {
        let rank = matched.binary_search_by(|other| compare(*other, *entry)).unwrap_or_default();
        *entry = Rank::try_from(rank).unwrap_or(Rank::MAX);
    }
    hits.sort_unstable();
    hits.dedup();
    matched
}
