//! What the rules say of each target, rule by rule and group by group.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

use super::bounds::Bounds;
use super::facts::{Facts, captured};
use crate::config::{Config, Effect, Rule, Unmatched};
use crate::rules::Piece;
use crate::target::Target;

/// One rule's word on one target.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word<'a> {
    pub(super) rule: &'a Rule,
    pub(super) bounds: Bounds,
    /// The place of the first group behind it, where a group is.
    pub(super) witness: Option<usize>,
}

/// What is said of one target.
#[derive(Clone, Debug)]
pub(super) struct Verdict<'a> {
    pub(super) rank: Option<i64>,
    /// The rules that grant it, for certain or perhaps.
    pub(super) grants: Vec<Word<'a>>,
    /// The same for those that deny it.
    pub(super) denies: Vec<Word<'a>>,
    /// Whether `unmatched.grant` gives it.
    pub(super) by_unmatched: bool,
    pub(super) allow: Bounds,
    pub(super) deny: Bounds,
    pub(super) value: Bounds,
}

pub(super) type Verdicts<'a> = BTreeMap<&'a Target, Verdict<'a>>;

/// Judges the whole catalog. `unmatched` is what the targets of `unmatched.grant` are worth beside the rules.
pub(super) fn verdicts<'a>(config: &'a Config, facts: &Facts<'_>, unmatched: Bounds) -> Verdicts<'a> {
    let rules = || config.rules.iter().filter(|rule| rule.enabled);
    let mut verdicts = Verdicts::new();
    for entry in &config.catalog {
        let said = |denies: bool| {
            let words = rules().filter(|rule| is_deny(rule) == denies).map(|rule| word(rule, &entry.target, facts));
            words.filter(|word| word.bounds.possible).collect::<Vec<_>>()
        };
        let (grants, denies) = (said(false), said(true));
        let is_given = unmatched_grant(config).contains(&entry.target);
        let given = if is_given { unmatched } else { Bounds::NO };
        let allow = Bounds::any(grants.iter().map(|word| word.bounds)).or(given);
        let deny = Bounds::any(denies.iter().map(|word| word.bounds));
        let (rank, by_unmatched, value) = (entry.rank, given.certain, allow.and(deny.not()));
        verdicts.insert(&entry.target, Verdict { rank, grants, denies, by_unmatched, allow, deny, value });
    }
    let within = |organization: &Target| {
        let inner = verdicts.iter().filter(|(target, _)| is_inside(target, organization));
        Bounds::any(inner.map(|(_, verdict)| verdict.value))
    };
    let organizations = verdicts.keys().copied().filter(|target| target.is_organization());
    let implied: Vec<(&Target, Bounds)> = organizations.map(|target| (target, within(target))).collect();
    for (target, within) in implied {
        if let Some(verdict) = verdicts.get_mut(target) {
            verdict.allow = verdict.allow.or(within);
            verdict.value = verdict.allow.and(verdict.deny.not());
        }
    }
    verdicts
}

pub(super) fn is_deny(rule: &Rule) -> bool {
    matches!(rule.effect, Effect::Deny(_))
}

pub(super) fn unmatched_grant(config: &Config) -> &[Target] {
    match &config.unmatched {
        Unmatched::Grant(targets) => targets,
        _ => &[],
    }
}

/// Whether a target stands in an organization, which is not in itself.
pub(super) fn is_inside(target: &Target, organization: &Target) -> bool {
    organization.is_organization()
        && !target.is_organization()
        && target.organization_name() == organization.organization_name()
}

/// What one rule says of one target: of each target that it names, by itself or by a placeholder.
fn word<'a>(rule: &'a Rule, target: &Target, facts: &Facts<'_>) -> Word<'a> {
    let denies = is_deny(rule);
    let mut word = Word { rule, bounds: Bounds::NO, witness: None };
    let mut witnesses: BTreeSet<Option<usize>> = BTreeSet::new();
    let mut condition = None;
    for written in rule.effect.targets() {
        let (named, witness) = match template(written) {
            None => (Bounds::known(covers(written, target, denies)), None),
            Some(template) => {
                let fills = |(_, filled): &(usize, Option<Target>)| {
                    filled.as_ref().is_some_and(|filled| covers(filled, target, denies))
                };
                let place = template.expansions(rule, facts).into_iter().filter(fills).map(|(place, _)| place).min();
                let could = !facts.is_complete() && template.could_cover(target, denies);
                (Bounds::seen(place.is_some(), could), place)
            }
        };
        if !named.possible {
            continue;
        }
        let condition = *condition.get_or_insert_with(|| facts.judge(&rule.when));
        let bounds = named.and(condition);
        word.bounds = word.bounds.or(bounds);
        if bounds.certain {
            witnesses.insert(witness.or_else(|| facts.witness(&rule.when)));
        }
    }
    word.witness = witnesses.first().copied().flatten();
    word
}

/// Denying an organization denies every target in it.
fn covers(written: &Target, target: &Target, denies: bool) -> bool {
    written == target || (denies && is_inside(target, written))
}

/// Whether a rule that is certain fills a placeholder with something that the catalog does not list.
pub(super) fn is_outside_catalog(config: &Config, facts: &Facts<'_>) -> bool {
    config.rules.iter().filter(|rule| rule.enabled && facts.judge(&rule.when).certain).any(|rule| {
        let templates = rule.effect.targets().iter().filter_map(template);
        let mut filled = templates.flat_map(|template| template.expansions(rule, facts));
        filled.any(|(_, filled)| {
            let known = |filled: &Target| config.catalog.iter().any(|e| covers(filled, &e.target, is_deny(rule)));
            !filled.as_ref().is_some_and(known)
        })
    })
}

/// A target with placeholders.
struct Template<'a> {
    written: &'a Target,
    organization: Option<Vec<Piece>>,
    name: Vec<Piece>,
}

fn template(written: &Target) -> Option<Template<'_>> {
    let organization = written.organization_name().map(Piece::parse);
    let name = Piece::parse(written.name());
    let mut pieces = organization.iter().flatten().chain(&name);
    let has_placeholder = pieces.any(|piece| matches!(piece, Piece::Capture(_)));
    has_placeholder.then_some(Template { written, organization, name })
}

impl Template<'_> {
    /// What each group that a capturing pattern matches makes of it, with the place of the group; nothing where a
    /// placeholder took no part in the match.
    fn expansions(&self, rule: &Rule, facts: &Facts<'_>) -> Vec<(usize, Option<Target>)> {
        let pieces = self.organization.iter().flatten().chain(&self.name);
        let names: Vec<&str> = pieces
            .filter_map(|piece| match piece {
                Piece::Capture(name) => Some(&**name),
                Piece::Text(_) => None,
            })
            .collect();
        let mut expansions = Vec::new();
        for regex in facts.capturing(&rule.when, &names) {
            for (place, entry) in facts.entries.iter().enumerate() {
                if entry.kind() == crate::identity::GroupKind::Id || !regex.is_match(entry.text()) {
                    continue;
                }
                let fill = |pieces: &[Piece]| -> Option<String> {
                    let filled = pieces.iter().map(|piece| match piece {
                        Piece::Text(text) => Some(&**text),
                        Piece::Capture(name) => captured(regex, entry.text(), name),
                    });
                    filled.collect()
                };
                let organization = self.organization.as_ref().map(|pieces| fill(pieces));
                let filled = match (organization, fill(&self.name)) {
                    (Some(None), _) | (_, None) => None,
                    (organization, Some(name)) => Some(self.written.with_texts(organization.flatten(), name)),
                };
                expansions.push((place, filled));
            }
        }
        expansions
    }

    /// Whether some captured text could make it cover a target: same kind, same fixed text.
    fn could_cover(&self, target: &Target, denies: bool) -> bool {
        let organization = match (&self.organization, target.organization_name()) {
            (None, None) => true,
            (Some(pieces), Some(organization)) => could_be(pieces, organization),
            _ => false,
        };
        let whole = denies && self.written.is_organization();
        organization && (whole || (self.written.kind() == target.kind() && could_be(&self.name, target.name())))
    }
}

/// Whether texts in place of the placeholders could make the pieces this text: after each piece, all places in the text
/// are kept that it can have led to.
fn could_be(pieces: &[Piece], text: &str) -> bool {
    let mut ends = BTreeSet::from([0]);
    for piece in pieces {
        ends = match piece {
            Piece::Text(fixed) => {
                let fits = |end: &usize| text.get(*end..).is_some_and(|rest| rest.starts_with(&**fixed));
                ends.into_iter().filter(fits).map(|end| end.saturating_add(fixed.len())).collect()
            }
            Piece::Capture(_) => {
                let Some(first) = ends.first().copied() else { return false };
                (first..=text.len()).filter(|end| text.is_char_boundary(*end)).collect()
            }
        };
    }
    ends.contains(&text.len())
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    /// Placeholders are filled each on its own: the same name twice may stand for two texts.
    #[test]
    fn what_placeholders_could_be() {
        let could = |written: &str, text: &str| could_be(&Piece::parse(written), text);
        for text in ["eu-red-admin", "eu--", "eu-a-b-c"] {
            assert!(could("eu-{team}-{role}", text), "{text}");
        }
        for text in ["us-red-admin", "eu-red", "eu-", ""] {
            assert!(!could("eu-{team}-{role}", text), "{text}");
        }
        assert!(could("{a}-{a}", "x-y") && could("{a}", "") && could("", "") && could("{a}é{b}é", "ééé"));
        assert!(!could("x", "") && !could("", "x") && !could("ab{x}ba", "aba") && could("ab{x}ba", "abba"));
    }

    #[test]
    fn many_placeholders_are_no_maze() {
        let written = "{a}-".repeat(200);
        let dashes = "-".repeat(1_000);
        assert!(could_be(&Piece::parse(&written), &dashes));
        assert!(!could_be(&Piece::parse(&format!("{written}x")), &dashes));
    }
}
