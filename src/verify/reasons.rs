//! Whether the reasons of a line are those that hold, each with its witness.

use alloc::collections::BTreeMap;
use alloc::string::String;

use super::facts::Facts;
use super::verdicts::{Verdicts, Word, is_inside};
use super::wanted::Wanted;
use crate::config::{Condition, Config};
use crate::identity::{GroupEntry, GroupKind};
use crate::plan::{Reason, Setting};
use crate::target::Target;
use crate::text::escaped;

/// The rules behind a line, by id, each with the first group that met it; and the settings.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Reasons<'a> {
    rules: BTreeMap<&'a str, Option<usize>>,
    settings: alloc::collections::BTreeSet<Setting>,
}

impl<'a> Reasons<'a> {
    /// Why a target is to be held.
    pub(super) fn for_holding(target: &Target, verdicts: &Verdicts<'a>, wanted: &Wanted<'a>) -> Self {
        let mut reasons = Self::default();
        let is_implied = |other: &Target, value: super::bounds::Bounds| is_inside(other, target) && value.certain;
        for (other, verdict) in verdicts {
            if *other == target || is_implied(other, verdict.value) {
                reasons.take(&verdict.grants);
                if verdict.by_unmatched {
                    reasons.settings.insert(Setting::UnmatchedGrant);
                }
            }
        }
        if wanted.defaults.contains(target) {
            reasons.settings.insert(Setting::SlotDefault);
        }
        reasons
    }

    /// Why a target is not to be held; nothing where only no rule grants it.
    pub(super) fn against(target: &Target, verdicts: &Verdicts<'a>) -> Self {
        let mut reasons = Self::default();
        reasons.take(verdicts.get(target).map_or(&[], |verdict| &verdict.denies));
        reasons
    }

    pub(super) fn new_grant() -> Self {
        Self { settings: [Setting::NewGrant].into(), ..Self::default() }
    }

    fn take(&mut self, words: &[Word<'a>]) {
        for word in words.iter().filter(|word| word.bounds.certain) {
            let first = self.rules.entry(&word.rule.id).or_insert(word.witness);
            *first = (*first).min(word.witness);
        }
    }

    /// Whether a line says these, in order.
    pub(super) fn are(&self, because: &[Reason], config: &Config, facts: &Facts<'_>) -> bool {
        let rules = self.rules.iter().map(|(rule, witness)| {
            let entry = witness.and_then(|place| facts.entries.get(place));
            let group = entry.map(|entry| escaped(entry.text()));
            let id = entry.filter(|entry| entry.kind() == GroupKind::Id).map(GroupEntry::text);
            let label = id.and_then(|id| label(config, id)).map(escaped);
            Reason::Rule { rule: String::from(*rule), group, label }
        });
        let settings = [Setting::SlotDefault, Setting::UnmatchedGrant, Setting::NewGrant];
        let settings = settings.into_iter().filter(|setting| self.settings.contains(setting)).map(Reason::Setting);
        rules.chain(settings).eq(because.iter().cloned())
    }
}

/// What the authors of rules call a group that is known by its id: of several names the least.
fn label<'a>(config: &'a Config, id: &str) -> Option<&'a str> {
    config.rules.iter().flat_map(|rule| labels(&rule.when, id)).min()
}

fn labels<'a>(condition: &'a Condition, wanted: &str) -> alloc::vec::Vec<&'a str> {
    match condition {
        Condition::Id { id, label: Some(label) } if id.eq_ignore_ascii_case(wanted) => [&**label].into(),
        Condition::Any(inner) | Condition::All(inner) => inner.iter().flat_map(|inner| labels(inner, wanted)).collect(),
        Condition::Not(inner) => labels(inner, wanted),
        _ => alloc::vec::Vec::new(),
    }
}
