//! From a config to an engine: everything is checked, and every problem reported at once.

mod conditions;
mod effects;
mod limits;
mod settings;

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::catalog::{Catalog, TargetId};
use crate::config::{Config, VERSION};
use crate::digest::{canonical_config, digest_of};
use crate::identity::Reading;
use crate::problem::{ProblemCode, Problems, Report};
use crate::resolution::SlotRule;
use crate::rules::{Effect, Index, Naming, RuleId, RuleSet};

use self::conditions::Conditions;
use self::effects::Effects;

/// Everything that is known once a config has been checked.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) config: Config,
    /// The digest of the config, in one order.
    pub(crate) digest: Arc<str>,
    pub(crate) reading: Arc<Reading>,
    pub(crate) catalog: Catalog,
    pub(crate) slots: Vec<SlotRule>,
    pub(crate) rules: RuleSet,
    /// What the rules' authors call ids, by the form that ids are compared in; sorted.
    pub(crate) labels: Vec<(String, String)>,
    pub(crate) unmatched: Vec<TargetId>,
    pub(crate) new_grant: Vec<TargetId>,
}

/// Checks a config and compiles it.
pub(crate) fn compile(config: Config) -> Result<Compiled, Problems> {
    let mut report = Report::default();
    if config.version != VERSION {
        report.add_with_help(
            ProblemCode::UnsupportedVersion,
            "version",
            format!("version {} is not known", config.version),
            format!("this crate reads version {VERSION}"),
        );
    }
    if !limits::check(&config, &mut report) {
        // What is over a limit is not looked at any closer.
        return Err(report.into_problems());
    }
    let reading = Reading::of(&config.source);
    settings::check_source(&reading, &config, &mut report);
    settings::check_catalog(&config, &mut report);
    let catalog = Catalog::new(&config.catalog);
    let slots = settings::compile_slots(&config, &catalog, &mut report);
    settings::check_ranks(&config, &slots, &mut report);
    let settings = settings::compile_settings(&config, &catalog, &slots, &mut report);
    let (rules, labels) = compile_rules(&config, &reading, &catalog, &slots, &mut report);
    if !report.is_empty() {
        return Err(report.into_problems());
    }
    Ok(Compiled {
        digest: digest_of(&canonical_config(&config)).into(),
        reading: Arc::new(reading),
        catalog,
        slots,
        rules,
        labels,
        unmatched: settings.unmatched,
        new_grant: settings.new_grant,
        config,
    })
}

/// Checks every rule, enabled or not, and compiles those that are.
fn compile_rules(
    config: &Config,
    reading: &Reading,
    catalog: &Catalog,
    slots: &[SlotRule],
    report: &mut Report,
) -> (RuleSet, Vec<(String, String)>) {
    let mut index = Index::default();
    let mut labels: BTreeMap<String, String> = BTreeMap::new();
    let mut effects = Effects::new(config, catalog, slots);
    let mut compiled = Vec::new();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (place, rule) in config.rules.iter().enumerate() {
        let path = format!("rules[{place}]");
        if rule.id.is_empty() {
            let message = "the id of a rule must not be empty; plans name rules by it";
            report.add(ProblemCode::EmptyId, format!("{path}.id"), message);
        } else if let Some(first) = seen.get(&*rule.id) {
            report.add_with_help(
                ProblemCode::DuplicateRuleId,
                format!("{path}.id"),
                format!("the id `{}` stands at `rules[{first}]` already", crate::text::Brief(&rule.id)),
                "plans name rules by their ids, so that each needs one of its own",
            );
        } else {
            seen.insert(&rule.id, place);
        }
        let conditions = Conditions::new(reading, &mut index, &mut labels, report);
        let condition = conditions.compile(&rule.when, &format!("{path}.when"));
        let effect = effects.compile(rule, &path, &condition, report);
        if rule.enabled {
            compiled.push(crate::rules::Rule {
                id: rule.id.as_str().into(),
                specificity: condition.specificity,
                when: condition.node,
                effect,
                priority: rule.priority,
            });
        }
    }
    limits::check_patterns(&index, report);
    let labels = labels.into_iter().collect();
    (assemble(compiled, index, catalog), labels)
}

/// Arranges compiled rules by what a login asks for.
fn assemble(mut rules: Vec<crate::rules::Rule>, mut index: Index, catalog: &Catalog) -> RuleSet {
    rules.sort_by(|a, b| a.id.cmp(&b.id));
    let mut rules_of_leaf: Vec<Vec<RuleId>> = core::iter::repeat_with(Vec::new).take(index.len()).collect();
    let mut naming: Vec<Naming> = core::iter::repeat_with(Naming::default).take(catalog.ids().len()).collect();
    let (mut always, mut templated, mut denying_organizations) = (Vec::new(), Vec::new(), Vec::new());
    for (id, rule) in (0..).zip(&rules) {
        rule.when.leaves(false, &mut |leaf, _| {
            if let Some(rules) = rules_of_leaf.get_mut(leaf as usize)
                && rules.last() != Some(&id)
            {
                rules.push(id);
            }
        });
        if rule.when.needs_judging() {
            always.push(id);
        }
        let Effect { denies, targets, organizations, templates } = &rule.effect;
        for target in targets {
            if let Some(naming) = naming.get_mut(*target as usize) {
                if *denies { naming.denies.push(id) } else { naming.grants.push(id) }
            }
        }
        if !templates.is_empty() {
            templated.push(id);
        }
        let whole = !organizations.is_empty() || templates.iter().any(|template| template.written.is_organization());
        if *denies && whole {
            denying_organizations.push(id);
        }
    }
    index.finish();
    RuleSet { rules, index, rules_of_leaf, always, naming, templated, denying_organizations }
}
