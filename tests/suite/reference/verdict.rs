//! Templates, rules and the verdict per target (sections 3 and 4).

use std::collections::BTreeSet;

use super::condition::Condition;
use super::config::{Config, Rule};
use super::evidence::{Attributes, Evidence};
use super::kleene::{Kleene, any};
use super::pattern::Pattern;
use super::target::Target;
use super::text::Kind;

/// Why a target is desired. Rules come before settings, each by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    Rule(String),
    Setting(&'static str),
}

#[derive(Debug)]
pub struct Verdict<'a> {
    pub target: Target,
    pub rank: Option<i64>,
    /// The grant rules that are not False for this target.
    pub grants: Vec<(&'a Rule, Kleene)>,
    pub allow: Kleene,
    pub deny: Kleene,
    pub value: Kleene,
    pub because: BTreeSet<Reason>,
}

/// The facts that rules are judged by.
pub struct Facts<'a> {
    pub evidence: &'a Evidence,
    pub attributes: &'a Attributes<'a>,
}

/// Verdicts for the whole catalog. `unmatched` is what the targets of `unmatched.grant` are worth
/// besides the rules: False at first (section 9).
pub fn verdicts<'a>(config: &'a Config, facts: &Facts<'_>, unmatched: Kleene) -> Vec<Verdict<'a>> {
    let mut verdicts = Vec::new();
    for item in &config.catalog {
        let target = &item.target;
        let mut grants = Vec::new();
        let mut because = BTreeSet::new();
        let mut deny = Kleene::False;
        for rule in config.enabled_rules() {
            let granted = worth(rule, &rule.grant, target, false, facts);
            if granted == Kleene::True {
                because.insert(Reason::Rule(rule.id.clone()));
            }
            if granted != Kleene::False {
                grants.push((rule, granted));
            }
            deny = deny.or(worth(rule, &rule.deny, target, true, facts));
        }
        let mut allow = any(grants.iter().map(|(_, granted)| *granted));
        if config.unmatched_grant().contains(target) {
            allow = allow.or(unmatched);
            if unmatched == Kleene::True {
                because.insert(Reason::Setting("unmatched.grant"));
            }
        }
        let value = allow.and(deny.not());
        verdicts.push(Verdict { target: target.clone(), rank: item.rank, grants, allow, deny, value, because });
    }
    imply_organizations(&mut verdicts);
    verdicts.sort_by(|one, other| one.target.cmp(&other.target));
    verdicts
}

/// An organization is allowed by its own rules or by any verdict of a target in it.
fn imply_organizations(verdicts: &mut [Verdict<'_>]) {
    for at in 0..verdicts.len() {
        let organization = verdicts[at].target.clone();
        for other in 0..verdicts.len() {
            if verdicts[other].target.is_in(&organization) {
                verdicts[at].allow = verdicts[at].allow.or(verdicts[other].value);
                if verdicts[other].value == Kleene::True {
                    let reasons = verdicts[other].because.clone();
                    verdicts[at].because.extend(reasons);
                }
            }
        }
        verdicts[at].value = verdicts[at].allow.and(verdicts[at].deny.not());
    }
}

/// What a rule is worth for one target: Kleene-or over what it grants or denies.
fn worth(rule: &Rule, targets: &[Target], target: &Target, denies: bool, facts: &Facts<'_>) -> Kleene {
    any(targets.iter().map(|written| {
        let reaches = covers(written, target, denies);
        let condition = || rule.when.evaluate(facts.evidence, facts.attributes);
        if !written.is_template() {
            return if reaches { condition() } else { Kleene::False };
        }
        // A template: the condition, and some matching entry expands to this target.
        let expansions = expansions(rule, written, facts.evidence);
        let expands = if expansions.iter().any(|expansion| covers(expansion, target, denies)) {
            Kleene::True
        } else if !facts.evidence.is_complete() && can_cover(written, target, denies) {
            Kleene::Unknown
        } else {
            Kleene::False
        };
        if expands == Kleene::False { Kleene::False } else { condition().and(expands) }
    }))
}

/// Denying an organization denies every target in it.
pub fn covers(written: &Target, target: &Target, denies: bool) -> bool {
    written == target || (denies && target.is_in(written))
}

/// Whether a template can cover a target, whatever is captured.
pub fn can_cover(template: &Target, target: &Target, denies: bool) -> bool {
    if template.can_become(target) {
        return true;
    }
    let organization = Target {
        organization: target.organization.clone(),
        kind: super::target::Kind::Organization,
        name: String::new(),
    };
    denies && target.organization.is_some() && template.can_become(&organization)
}

/// What every matching entry makes of a template.
fn expansions(rule: &Rule, template: &Target, evidence: &Evidence) -> BTreeSet<Target> {
    let mut expansions = BTreeSet::new();
    for pattern in capturing_patterns(&rule.when, &template.placeholders()) {
        for entry in evidence.entries().filter(|entry| entry.kind != Kind::Id) {
            if let Some(captured) = pattern.captures(&entry.written) {
                expansions.insert(template.expand(&captured));
            }
        }
    }
    expansions
}

/// The regexes on groups, under no `not`, that capture all of these names.
pub fn capturing_patterns<'a>(when: &'a Condition, names: &BTreeSet<String>) -> Vec<&'a Pattern> {
    let mut patterns = Vec::new();
    for leaf in when.leaves("") {
        if let (Condition::Regex(pattern), false) = (leaf.condition, leaf.under_not)
            && names.is_subset(&pattern.capture_names())
        {
            patterns.push(pattern);
        }
    }
    patterns
}

/// Whether a rule that is True expanded a template to something that is not in the catalog.
pub fn expands_outside_catalog(config: &Config, facts: &Facts<'_>) -> bool {
    for rule in config.enabled_rules() {
        for (written, denies) in
            rule.grant.iter().map(|target| (target, false)).chain(rule.deny.iter().map(|target| (target, true)))
        {
            if !written.is_template() {
                continue;
            }
            for expansion in expansions(rule, written, facts.evidence) {
                let known = config.catalog.iter().any(|item| covers(&expansion, &item.target, denies));
                if !known && rule.when.evaluate(facts.evidence, facts.attributes) == Kleene::True {
                    return true;
                }
            }
        }
    }
    false
}

/// What rules say of one target: those that are True for it, and the verdict without settings.
#[derive(Debug)]
pub struct Word {
    pub target: Target,
    pub grants: BTreeSet<String>,
    pub denies: BTreeSet<String>,
    pub verdict: Kleene,
}

/// The rules that are True for each target of the catalog.
pub fn said(config: &Config, facts: &Facts<'_>) -> Vec<Word> {
    let verdicts = verdicts(config, facts, Kleene::False);
    let mut words = Vec::new();
    for verdict in verdicts {
        let target = verdict.target;
        let satisfied = |denies: bool| {
            let wanted = config.enabled_rules().filter(|rule| {
                let targets = if denies { &rule.deny } else { &rule.grant };
                worth(rule, targets, &target, denies, facts) == Kleene::True
            });
            wanted.map(|rule| rule.id.clone()).collect()
        };
        words.push(Word { grants: satisfied(false), denies: satisfied(true), verdict: verdict.value, target });
    }
    words
}
