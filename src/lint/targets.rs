//! The catalog beside the rules: what nobody can get, and what hangs by one group.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::vec::Vec;

use super::code::LintCode;
use super::examination::Examination;
use super::finding::Lint;
use crate::catalog::TargetId;
use crate::compile::Compiled;
use crate::config::Condition;
use crate::problem::Path;
use crate::rules::RuleId;
use crate::text::Brief;

/// For each target of the catalog, whether some enabled rule or some setting could grant it.
pub(super) fn grantable(compiled: &Compiled) -> Vec<bool> {
    let Compiled { catalog, rules, slots, unmatched, new_grant, .. } = compiled;
    let mut granted: BTreeSet<TargetId> = unmatched.iter().chain(new_grant).copied().collect();
    granted.extend(slots.iter().flat_map(|slot| slot.defaults.iter().copied()));
    granted.extend(catalog.ids().filter(|id| !rules.grants_of.of(*id).is_empty()));
    let templates = rules.templated.iter().map(|id| &rules.rule(*id).effect).filter(|effect| !effect.denies);
    let mut seen = BTreeSet::new();
    for template in templates.flat_map(|effect| effect.templates.iter()) {
        if seen.insert(&template.written) {
            granted.extend(catalog.entries().filter(|(_, entry)| template.reaches(&entry.target)).map(|(id, _)| id));
        }
    }
    let implied: Vec<TargetId> = granted.iter().filter_map(|id| catalog.implied(*id)).collect();
    granted.extend(implied);
    catalog.ids().map(|id| granted.contains(&id)).collect()
}

/// Examines the catalog, and rules that deny what nothing grants.
pub(super) fn examine(exam: &mut Examination<'_>) {
    let granted = grantable(exam.compiled);
    let is_granted = |id: TargetId| granted.get(id as usize).copied().unwrap_or(false);
    let all = Path::of("catalog");
    for (place, entry) in exam.compiled.config.catalog.iter().enumerate() {
        let Some(id) = exam.compiled.catalog.id(&entry.target) else { continue };
        let (path, target) = (all.at(place), &entry.target);
        let protected = entry.keep_at_least.is_some_and(|holders| holders > 0);
        if protected && exam.compiled.rules.rules.is_empty() {
            continue;
        }
        if is_granted(id) {
            if protected {
                one_path(exam, id, &path);
            }
        } else if protected {
            let message = format!(
                "no rule grants `{target}`, of which holders must remain: nobody new can get it by the provider"
            );
            exam.report(
                Lint::new(LintCode::NoPathToAdmin, path, message)
                    .with_help("add a rule that grants it to an administrators' group, by its exact id or name"),
            );
        } else {
            let message = format!("no rule and no setting grants `{target}`");
            exam.report(
                Lint::new(LintCode::UncoveredTarget, path, message)
                    .with_help("add a rule, or take it out of the catalog so that this mapping leaves it alone"),
            );
        }
    }
    dead_denies(exam, is_granted);
}

/// A protected target that a single exact group leads to.
fn one_path(exam: &mut Examination<'_>, id: TargetId, path: &Path<'_>) {
    let Compiled { rules, catalog, .. } = exam.compiled;
    let target = catalog.target(id);
    let fills = |rule: &RuleId| {
        let effect = &rules.rule(*rule).effect;
        !effect.denies && effect.templates.iter().any(|template| template.reaches(target))
    };
    let [only] = rules.grants_of.of(id) else { return };
    if catalog.is_organization(id) || rules.templated.iter().any(fills) {
        return;
    }
    let Some(rule) = exam.config_rule(*only) else { return };
    let group = match &rule.when {
        Condition::Id { id, label } => label.as_ref().unwrap_or(id).clone(),
        Condition::Name(name) | Condition::Email(name) | Condition::Dn(name) => name.clone(),
        Condition::Path(path) => path.join("/"),
        _ => return,
    };
    let message = format!(
        "`{target}`, of which holders must remain, is granted by one group alone, `{}`: once it is renamed or emptied \
         nobody new can get it",
        Brief(&group)
    );
    exam.report(
        Lint::new(LintCode::OnePathToAdmin, path, message)
            .with_help("add a second group, or keep a break-glass account that the mapping leaves alone")
            .of_rule(&rule.id),
    );
}

fn dead_denies(exam: &mut Examination<'_>, is_granted: impl Fn(TargetId) -> bool) {
    let all = Path::of("rules");
    for rule in &exam.compiled.rules.rules {
        let effect = &rule.effect;
        if !effect.denies || !effect.templates.is_empty() {
            continue;
        }
        let catalog = &exam.compiled.catalog;
        let whole = effect.organizations.iter().flat_map(|organization| catalog.in_organization(*organization));
        if effect.targets.iter().copied().chain(whole).any(&is_granted) {
            continue;
        }
        let place = rule.place as usize;
        let Some(written) = exam.compiled.config.rules.get(place) else { continue };
        exam.report(
            Lint::new(LintCode::DenyWithoutGrant, all.at(place), "the rule denies what nothing grants")
                .with_help("delete it, unless it is there for rules to come")
                .of_rule(&written.id),
        );
    }
}
