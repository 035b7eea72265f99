//! What stands in the way, from the mapping as a whole down to one rule.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::change::{Goal, smallest, smallest_for_target};
use super::misses::Misses;
use super::rules::Judged;
use super::{Asked, Obstacle, ObstacleCode, RuleMiss, WhyNot};
use crate::catalog::TargetId;
use crate::config::{Config, Rule};
use crate::draft::Draft;
use crate::engine::Engine;
use crate::explain::{AccountReason, Explainer, Explanation, SlotResult, TargetExplained, Verdict, of_draft};
use crate::identity::Completeness;
use crate::matching::Memo;
use crate::plan::{Access, NoteCode, Status, WithheldChange, WithheldCode};
use crate::rules::{Findings, Judgement, RuleId, Truth};
use crate::target::Target;
use crate::text::{Brief, distance};

/// How many rules are looked at.
const MOST_RULES: usize = 64;

/// Whoever asks, and what the plan was made from.
#[derive(Clone, Copy)]
pub(super) struct Asker<'d> {
    pub(super) engine: &'d Engine,
    pub(super) draft: &'d Draft<'d>,
    pub(super) judgement: &'d Judgement<'d>,
}

impl Obstacle {
    fn new(code: ObstacleCode, message: impl Into<String>) -> Self {
        Self { code, rule: None, setting: None, target: None, message: message.into() }
    }

    fn setting(mut self, setting: impl Into<String>) -> Self {
        self.setting = Some(setting.into());
        self
    }

    fn rule(mut self, rule: impl Into<String>) -> Self {
        self.rule = Some(rule.into());
        self
    }

    fn target(mut self, target: Target) -> Self {
        self.target = Some(target);
        self
    }
}

impl Asker<'_> {
    /// Why not a target.
    pub(super) fn of_target(self, target: &Target) -> WhyNot {
        let asked = Asked::Target(target.clone());
        let Some(id) = self.judgement.catalog.id(target) else {
            let obstacles = self.not_in_catalog(target);
            return bare(asked, Verdict::False, obstacles);
        };
        let explanation = of_draft(self.draft);
        let explained = explanation.targets.iter().find(|explained| explained.target == *target);
        let verdict = Verdict::from(self.judgement.verdict(id));
        if explained.is_some_and(|explained| explained.is_given_or_kept(verdict)) {
            return bare(asked, verdict, Vec::new());
        }
        let mut obstacles = Self::whole(&explanation);
        let (rules, mut is_cut) = self.rules_for(id);
        let mut misses = Misses::new(self.draft.identity);
        let mut listed = Vec::new();
        if self.judgement.allow(id) != Truth::True {
            for place in rules {
                self.with_judged(place, Some(id), |judged| {
                    misses.look(judged);
                    listed.push(RuleMiss::from(judged));
                });
            }
        }
        if verdict != Verdict::True {
            obstacles.extend(self.not_granted(id, &listed));
            obstacles.extend(self.denied(id));
        } else if let Some(explained) = explained {
            obstacles.extend(self.in_slot(explained));
        }
        let (near_misses, cut) = misses.finish();
        is_cut |= cut;
        let smallest_change = Some(smallest_for_target(self, id));
        WhyNot { asked, verdict, obstacles, rules: listed, near_misses, smallest_change, is_cut }
    }

    /// Why not a rule.
    pub(super) fn of_rule(self, id: &str) -> WhyNot {
        let asked = Asked::Rule(id.into());
        let config = self.engine.config();
        let Some(place) = config.rules.iter().position(|rule| rule.id == id) else {
            let near = config.rules.iter().filter_map(|rule| Some((distance(&rule.id, id)?, &rule.id)));
            let near = near.filter(|(edits, _)| *edits <= 3).min();
            let hint = near.map_or_else(String::new, |(_, near)| format!("; did you mean `{}`?", Brief(near)));
            let unknown =
                Obstacle::new(ObstacleCode::UnknownRule, format!("no rule has this id{hint}")).setting("rules");
            return bare(asked, Verdict::False, [unknown].into());
        };
        let mut verdict = Verdict::False;
        let mut misses = Misses::new(self.draft.identity);
        let mut listed = Vec::new();
        self.with_judged(place, None, |judged| {
            verdict = judged.condition.into();
            if judged.condition != Truth::True {
                misses.look(judged);
                listed.push(RuleMiss::from(judged));
            }
        });
        let mut obstacles = Vec::new();
        if let Some(rule) = config.rules.get(place) {
            obstacles.extend((!rule.enabled).then(|| disabled(rule, place, verdict)));
        }
        obstacles.extend(self.missing(&listed));
        let (near_misses, is_cut) = misses.finish();
        let enabled = self.draft.compiled.rules.rules.iter().zip(0..).find(|(rule, _)| rule.place as usize == place);
        let goal = enabled.filter(|_| verdict != Verdict::True).map(|(_, rule)| Goal::Met(rule));
        let smallest_change = goal.map(|goal| smallest(self, goal));
        WhyNot { asked, verdict, obstacles, rules: listed, near_misses, smallest_change, is_cut }
    }

    /// Judges one rule of the config; one that is switched off as if it were on.
    fn with_judged(self, place: usize, target: Option<TargetId>, mut look: impl FnMut(&Judged<'_>)) {
        let compiled = self.draft.compiled;
        let Some(rule) = compiled.config.rules.get(place) else { return };
        let number = u32::try_from(place).unwrap_or(u32::MAX);
        if let Some(compiled_rule) = compiled.rules.rules.iter().find(|compiled| compiled.place == number) {
            let mut judged = Judged::of(rule, number, &compiled_rule.when, self.judgement.findings);
            let named = target.is_some_and(|target| compiled_rule.effect.targets.contains(&target));
            judged.is_template = judged.condition == Truth::True && target.is_some() && !named;
            return look(&judged);
        }
        let on = Rule { enabled: true, ..rule.clone() };
        let alone = Config { rules: [on].into(), ..compiled.config.clone() };
        let Ok(engine) = Engine::compile(alone) else { return };
        let compiled = engine.compiled();
        let mut findings = Findings::default();
        findings.gather(&compiled.rules, &compiled.catalog, self.draft.identity, &mut Memo::default());
        if let Some(compiled_rule) = compiled.rules.rules.first() {
            look(&Judged::of(rule, number, &compiled_rule.when, &findings));
        }
    }

    /// The places of the rules that could grant a target; for an organization also those that grant something in it.
    fn rules_for(self, id: TargetId) -> (Vec<usize>, bool) {
        let catalog = self.judgement.catalog;
        let target = catalog.target(id);
        let own = target.organization_name();
        let grants = |rule: &Rule| {
            let crate::config::Effect::Grant(targets) = &rule.effect else { return false };
            let within = |granted: &Target| target.is_organization() && granted.organization_name() == own;
            targets.iter().any(|granted| granted == target || within(granted))
        };
        let rules = &self.draft.compiled.rules;
        let filled = |place: usize| {
            let number = u32::try_from(place).unwrap_or(u32::MAX);
            rules.templated.iter().map(|rule: &RuleId| rules.rule(*rule)).any(|rule| {
                let reaches = || rule.effect.templates.iter().any(|template| template.reaches(target));
                rule.place == number && !rule.effect.denies && reaches()
            })
        };
        let all = self.engine.config().rules.iter().enumerate();
        let mut places: Vec<usize> =
            all.filter(|(place, rule)| grants(rule) || filled(*place)).map(|(place, _)| place).collect();
        let is_cut = places.len() > MOST_RULES;
        places.truncate(MOST_RULES);
        (places, is_cut)
    }

    fn not_in_catalog(self, target: &Target) -> Vec<Obstacle> {
        let near = self.judgement.catalog.entries().filter_map(|(_, entry)| {
            let edits = distance(&entry.target.to_string(), &target.to_string())?;
            (edits <= 3).then_some((edits, &entry.target))
        });
        let near = near.min().map(|(_, near)| near.clone());
        let hint = near.as_ref().map_or_else(String::new, |near| format!("; did you mean {near}?"));
        let message = format!("the catalog does not list it, and rules reach nothing else{hint}");
        let mut obstacle = Obstacle::new(ObstacleCode::NotInCatalog, message).setting("catalog");
        obstacle.target = near;
        let mut obstacles = Vec::from([obstacle]);
        let rules = &self.draft.compiled.rules;
        for id in rules.templated.iter().copied() {
            let rule = rules.rule(id);
            if !rule.effect.denies && rule.effect.templates.iter().any(|template| template.reaches(target)) {
                let message = "the rule could fill its placeholders with this target, which grants nothing until the catalog lists it";
                let obstacle = Obstacle::new(ObstacleCode::NotInCatalog, message).setting("catalog");
                obstacles.push(obstacle.rule(self.draft.compiled.rule_id(id)));
            }
        }
        obstacles
    }

    /// What stands in the way of everything.
    fn whole(explanation: &Explanation) -> Vec<Obstacle> {
        let mut obstacles = Vec::new();
        match explanation.status {
            Status::Inactive => {
                let reasons = [
                    (NoteCode::NoRules, "rules", "no rule is enabled; enable one"),
                    (NoteCode::AutoJoinOff, "host.auto_join", "the host does not add people automatically"),
                    (
                        NoteCode::DefaultTargetsConflict,
                        "host.default_targets",
                        "the host hands out targets by itself; take its default targets away first",
                    ),
                ];
                let notes = &explanation.notes;
                let met = reasons.into_iter().filter(|(code, ..)| notes.iter().any(|note| note.code == *code));
                obstacles.extend(met.map(|(_, setting, why)| {
                    Obstacle::new(ObstacleCode::MappingInactive, format!("the mapping is not active: {why}"))
                        .setting(setting)
                }));
            }
            Status::Exempt => {
                let setting = explanation.account.setting.clone().unwrap_or_default();
                let message = "the person is exempt, so that the mapping leaves them alone";
                obstacles.push(Obstacle::new(ObstacleCode::Exempt, message).setting(setting));
            }
            _ => {}
        }
        let refused = match explanation.account.because {
            AccountReason::ProvisioningDisabled => "the person has no account, and none is made",
            AccountReason::ReactivationDisabled => "the account is switched off, and is not switched on again",
            AccountReason::LinkNeeded => "a local account may be this person's, and has to be linked first",
            _ => return obstacles,
        };
        if explanation.access == Access::Refused {
            let setting = explanation.account.setting.clone().unwrap_or_default();
            obstacles.push(
                Obstacle::new(ObstacleCode::LoginRefused, format!("the login is refused: {refused}")).setting(setting),
            );
        }
        obstacles
    }

    /// That no rule grants it.
    fn not_granted(self, id: TargetId, listed: &[RuleMiss]) -> Vec<Obstacle> {
        if self.judgement.allow(id) == Truth::True {
            return Vec::new();
        }
        if listed.is_empty() {
            let message = "no rule grants it, enabled or not; add one";
            return [Obstacle::new(ObstacleCode::NoRule, message).setting("rules")].into();
        }
        let config = self.engine.config();
        let mut obstacles: Vec<Obstacle> = self.missing(listed);
        for miss in listed.iter().filter(|miss| !miss.enabled) {
            let found = config.rules.iter().enumerate().find(|(_, rule)| rule.id == miss.rule);
            obstacles.extend(found.map(|(place, rule)| disabled(rule, place, miss.condition)));
        }
        obstacles
    }

    /// That rules are not true: for want of a group, or for want of evidence.
    fn missing(self, listed: &[RuleMiss]) -> Vec<Obstacle> {
        let enabled = || listed.iter().filter(|miss| miss.enabled);
        let mut obstacles = Vec::new();
        for miss in enabled().filter(|miss| miss.condition == Verdict::False || miss.is_template) {
            let message = if miss.is_template {
                "the rule is true, but no group that was seen fills it with this target".to_string()
            } else {
                "the rule is not met".to_string()
            };
            let path = format!("{}.when", miss.path);
            obstacles.push(Obstacle::new(ObstacleCode::NotMet, message).rule(&*miss.rule).setting(path));
        }
        for miss in enabled().filter(|miss| miss.condition == Verdict::Unknown) {
            let (setting, message) = self.undecided(miss);
            obstacles.push(Obstacle::new(ObstacleCode::Undecided, message).rule(&*miss.rule).setting(setting));
        }
        obstacles
    }

    /// Which setting decides what the evidence leaves open.
    fn undecided(self, miss: &RuleMiss) -> (&'static str, String) {
        let attributes_alone = miss.missing.iter().filter(|missing| missing.truth == Verdict::Unknown);
        if attributes_alone.clone().all(|missing| missing.path.ends_with(".attribute")) {
            return (
                "source.attributes.absent",
                "the rule is undecided: an attribute that it asks for is not there, and a missing one is no evidence"
                    .into(),
            );
        }
        let (setting, what) = match self.draft.identity.evidence().completeness() {
            Completeness::Absent => ("source.groups.absent", "there is no groups claim"),
            Completeness::Suspect | Completeness::OverLimit => ("source.groups.limit", "the list of groups may be cut"),
            Completeness::Overage => {
                ("login.fetched_groups", "the provider says that there are more groups than it sends")
            }
            Completeness::Malformed if self.draft.identity.evidence().doubts().kind_drift => {
                ("source.groups.identified_by", "ids are sent where names are expected")
            }
            Completeness::Malformed => ("source.groups", "a groups claim cannot be read in full"),
            Completeness::Complete => ("source.attributes.absent", "an attribute is not there"),
        };
        (
            setting,
            format!(
                "the rule is undecided: {what}, so that a group that was not seen may be there; the notes say what to do"
            ),
        )
    }

    /// That rules deny it.
    fn denied(self, id: TargetId) -> Vec<Obstacle> {
        let explainer = Explainer { draft: self.draft, judgement: self.judgement };
        let (words, _) = explainer.words(id, true);
        let obstacles = words.into_iter().map(|word| {
            let group = word.group.map_or_else(String::new, |group| format!(", which matched `{}`", Brief(&group)));
            let (code, what) = if word.truth == Verdict::True {
                (ObstacleCode::Denied, "a deny rule beats every grant")
            } else {
                (
                    ObstacleCode::PerhapsDenied,
                    "a deny rule is undecided, and until it is known to be false nothing is granted",
                )
            };
            Obstacle::new(code, format!("{what}{group}")).rule(word.rule).setting(word.path)
        });
        obstacles.collect()
    }

    /// What became of a granted target in its slot.
    fn in_slot(self, explained: &TargetExplained) -> Vec<Obstacle> {
        let mut obstacles = Vec::new();
        let slot = explained.slot.as_ref();
        let what = |choose: crate::config::Choose| match choose {
            crate::config::Choose::Highest => ("catalog.rank", "its rank"),
            crate::config::Choose::Priority => ("rules.priority", "the priority of its rules"),
            crate::config::Choose::Specificity => ("rules.when", "the specificity of its rules"),
            crate::config::Choose::Unambiguous => ("slots.choose", "the way the slot chooses"),
        };
        if let Some(slot) = slot {
            let other = slot.other.clone();
            let (setting, by) = what(slot.choose);
            let (code, message) = match slot.result {
                SlotResult::Lost => (ObstacleCode::SlotLost, format!("another target of its slot wins, by {by}")),
                SlotResult::Ambiguous => (
                    ObstacleCode::SlotAmbiguous,
                    "another target of its slot is granted too, and none may be preferred".into(),
                ),
                SlotResult::Undecided => {
                    (ObstacleCode::SlotUndecided, "an undecided target of its slot could beat it".into())
                }
                // Granted for certain, but perhaps by another rule than the one that is known to.
                SlotResult::Rival => (
                    ObstacleCode::SlotUndecided,
                    "whether it beats another target of its slot depends on rules that are undecided".into(),
                ),
                _ => (ObstacleCode::SlotHeld, String::new()),
            };
            if code != ObstacleCode::SlotHeld {
                let obstacle = Obstacle { target: other, ..Obstacle::new(code, message).setting(setting) };
                obstacles.push(obstacle);
            }
        }
        let held_back = explained.withheld.iter().find(|held| held.change == WithheldChange::Add);
        if held_back.is_some_and(|held| held.code == WithheldCode::SlotHeld) {
            obstacles.push(self.slot_held(&explained.target));
        }
        obstacles
    }

    /// Which holder of the slot cannot go, and why.
    fn slot_held(self, target: &Target) -> Obstacle {
        let same = |other: &Target| {
            (other.organization_name(), other.kind()) == (target.organization_name(), target.kind()) && other != target
        };
        let holder = self.draft.snapshot.memberships.iter().find(|membership| same(&membership.target));
        let (setting, why) = match holder {
            Some(holder) if self.judgement.catalog.id(&holder.target).is_none() => {
                ("catalog", "is outside the catalog")
            }
            Some(holder) => match holder.managed_by.as_deref() {
                None => ("authority", "was given by hand"),
                Some(source) if source == self.engine.config().source.id => {
                    ("catalog.keep_at_least", "is kept by a safeguard or is not removed")
                }
                Some(_) => ("snapshot.memberships", "is another source's"),
            },
            None => ("snapshot.memberships", "cannot go"),
        };
        let obstacle =
            Obstacle::new(ObstacleCode::SlotHeld, format!("what the person holds in its slot {why}")).setting(setting);
        match holder {
            Some(holder) => obstacle.target(holder.target.clone()),
            None => obstacle,
        }
    }
}

impl TargetExplained {
    /// Whether the person has it in the end, and for good.
    fn is_given_or_kept(&self, verdict: Verdict) -> bool {
        use crate::explain::Happening;
        match self.happens {
            Happening::Add | Happening::Replace => true,
            Happening::Keep => verdict == Verdict::True,
            Happening::MakeRoom | Happening::Nothing | Happening::Remove | Happening::Untouched => false,
        }
    }
}

/// An answer without anything to look for in the login.
fn bare(asked: Asked, verdict: Verdict, obstacles: Vec<Obstacle>) -> WhyNot {
    let (rules, near_misses) = (Vec::new(), Vec::new());
    WhyNot { asked, verdict, obstacles, rules, near_misses, smallest_change: None, is_cut: false }
}

fn disabled(rule: &Rule, place: usize, condition: Verdict) -> Obstacle {
    let would = match condition {
        Verdict::True => "it would be met",
        Verdict::Unknown => "it would be undecided",
        Verdict::False => "it would not be met either",
    };
    let message = format!("the rule is switched off; {would}");
    Obstacle::new(ObstacleCode::RuleDisabled, message).rule(&*rule.id).setting(format!("rules[{place}].enabled"))
}
