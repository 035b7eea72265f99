//! From a config to an engine: everything is checked, and every problem reported at once.

mod conditions;
mod effects;
mod limits;
mod reach;
mod settings;

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::catalog::{Catalog, TargetId};
use crate::config::{Config, VERSION};
use crate::cost::Cost;
use crate::digest::digest_of_config;
use crate::identity::Reading;
use crate::matching::{IndexBuilder, Search};
use crate::problem::{Path, ProblemCode, Problems, Report};
use crate::resolution::SlotRule;
use crate::rules::{Effect, Lists, Part, Rule, RuleId, RuleSet};
use crate::snapshot::{Membership, Snapshot};

use self::conditions::Conditions;
pub(crate) use self::conditions::kinds_sent;
use self::effects::Effects;
use self::reach::Reach;

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
    /// The rules that cost something at every login.
    pub(crate) costs: Vec<(RuleId, Cost)>,
}

impl Compiled {
    /// The id of a rule, as its author wrote it.
    pub(crate) fn rule_id(&self, rule: RuleId) -> &str {
        self.config.rules.get(self.rules.rule(rule).place as usize).map_or("", |rule| &*rule.id)
    }

    /// Whether a person is left alone: a break-glass account, or one that holds an exempting target otherwise than
    /// through this source.
    pub(crate) fn exempts(&self, snapshot: &Snapshot) -> bool {
        let Config { accounts, source, .. } = &self.config;
        let exempting = |membership: &Membership| {
            accounts.exempt.contains(&membership.target) && membership.managed_by.as_deref() != Some(&*source.id)
        };
        snapshot.account.exempt || snapshot.memberships.iter().any(exempting)
    }

    /// What the rules' authors call a group, by the form that ids are compared in.
    pub(crate) fn label(&self, key: &str) -> Option<&str> {
        let index = self.labels.binary_search_by(|(id, _)| (**id).cmp(key)).ok()?;
        self.labels.get(index).map(|(_, label)| &**label)
    }
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
        digest: digest_of_config(&config).into(),
        costs: costs(&rules),
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
    let mut index = IndexBuilder::new(reading.case);
    let mut labels: BTreeMap<String, String> = BTreeMap::new();
    let mut effects = Effects::new(config, catalog, slots);
    let mut compiled = Vec::new();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let all = Path::of("rules");
    for (place, rule) in config.rules.iter().enumerate() {
        let path = all.at(place);
        if rule.id.is_empty() {
            let message = "the id of a rule must not be empty; plans name rules by it";
            report.add(ProblemCode::EmptyId, path.key("id"), message);
        } else if let Some(first) = seen.get(&*rule.id) {
            report.add_with_help(
                ProblemCode::DuplicateRuleId,
                path.key("id"),
                format!("the id `{}` stands at `rules[{first}]` already", crate::text::Brief(&rule.id)),
                "plans name rules by their ids, so that each needs one of its own",
            );
        } else {
            seen.insert(&rule.id, place);
        }
        let conditions = Conditions::new(reading, &mut index, &mut labels, report);
        let condition = conditions.compile(&rule.when, &path.key("when"));
        let effect = effects.compile(rule, &path, &condition, report);
        if rule.enabled {
            compiled.push(Rule {
                place: u32::try_from(place).unwrap_or(u32::MAX),
                specificity: condition.specificity,
                when: condition.node,
                effect,
                priority: rule.priority,
            });
        }
    }
    let labels = labels.into_iter().collect();
    compiled.sort_by(|a, b| rule_id(config, a).cmp(rule_id(config, b)));
    let rules = assemble(compiled, index, catalog, effects.reach);
    limits::check_patterns(&rules.index, report);
    (rules, labels)
}

fn rule_id<'c>(config: &'c Config, rule: &Rule) -> &'c str {
    config.rules.get(rule.place as usize).map_or("", |rule| &*rule.id)
}

/// Arranges compiled rules by what a login asks for.
fn assemble(rules: Vec<Rule>, index: IndexBuilder, catalog: &Catalog, reach: Reach<'_>) -> RuleSet {
    let (mut leaves, mut attributes, mut grants, mut denies) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut always, mut templated, mut denying_organizations) = (Vec::new(), Vec::new(), Vec::new());
    let mut denies_whole = Vec::new();
    for (id, rule) in (0..).zip(&rules) {
        rule.when.visit(false, &mut |part| match part {
            Part::Group { leaf, .. } | Part::Test(leaf) => leaves.push((leaf, id)),
            Part::Attribute(attribute) => attributes.push((attribute, id)),
        });
        if rule.when.fits_strangers() {
            always.push(id);
        }
        let Effect { denies: is_deny, targets, organizations, templates } = &rule.effect;
        let named = if *is_deny { &mut denies } else { &mut grants };
        named.extend(targets.iter().map(|target| (*target, id)));
        denies_whole.extend(organizations.iter().map(|organization| (*organization, id)));
        if !templates.is_empty() {
            templated.push(id);
        }
        let whole = !organizations.is_empty() || templates.iter().any(|template| template.written.is_organization());
        if *is_deny && whole {
            denying_organizations.push(id);
        }
    }
    let index = index.finish();
    let targets = catalog.ids().len();
    RuleSet {
        rules_of_leaf: Lists::new(index.len(), leaves),
        rules_of_attribute: Lists::new(index.attributes().count(), attributes),
        grants_of: Lists::new(targets, grants),
        denies_of: Lists::new(targets, denies),
        denies_of_organization: Lists::new(catalog.organizations().count(), denies_whole),
        shapes: reach.into_shapes(&rules),
        rules,
        index,
        always,
        templated,
        denying_organizations,
    }
}

/// The rules that cost something at every login, each with its reasons.
fn costs(rules: &RuleSet) -> Vec<(RuleId, Cost)> {
    let mut costs: Vec<(RuleId, Cost)> = rules.always.iter().map(|rule| (*rule, Cost::FitsStrangers)).collect();
    for (leaf, search) in rules.index.costly() {
        let why = match search {
            Search::Anchored => continue,
            Search::Within => Cost::LiteralWithin,
            Search::Everything => Cost::NoLiteral,
        };
        costs.extend(rules.rules_of_leaf.of(leaf).iter().map(|rule| (*rule, why)));
    }
    costs.sort_unstable();
    costs.dedup();
    costs
}
