//! Who could make themselves privileged: by naming a group, or by editing a profile.

use alloc::format;
use alloc::vec::Vec;

use super::code::LintCode;
use super::examination::Examination;
use super::finding::Lint;
use super::names::each_leaf;
use super::solver::{Answer, Want};
use crate::catalog::TargetId;
use crate::compile::kinds_sent;
use crate::config::{Condition, IdentifiedBy};
use crate::identity::GroupKind;
use crate::problem::Path;
use crate::rules::{Effect, RuleId};

/// Claims that people commonly set for themselves.
const SELF_SERVICE: [&str; 10] = [
    "name",
    "nickname",
    "preferred_username",
    "given_name",
    "family_name",
    "displayName",
    "display_name",
    "email",
    "profile",
    "website",
];

/// Examines one enabled rule that grants something privileged.
pub(super) fn examine(exam: &mut Examination<'_>, place: usize, id: RuleId, path: &Path<'_>) {
    let Some(rule) = exam.config_rule(id) else { return };
    let effect = &exam.compiled_rule(id).effect;
    let Some(target) = privileged(exam, effect) else { return };
    let target = exam.compiled.catalog.target(target);
    let reading = &exam.compiled.reading;
    let sends_ids = kinds_sent(reading).contains(&GroupKind::Id) || reading.preset.identified_by == IdentifiedBy::Id;
    let mut found = Vec::new();
    let mut loose = false;
    each_leaf(&rule.when, &path.key("when"), &mut |leaf, path| match leaf {
        Condition::Name(_) | Condition::Email(_) if sends_ids => found.push(
            Lint::new(
                LintCode::PrivilegedByName,
                path,
                format!("`{target}` is privileged, and is granted to whoever can give a group this name"),
            )
            .with_help("the provider has ids, which nobody can choose: use `id`, with the name as `label`"),
        ),
        Condition::Attribute(test) if SELF_SERVICE.iter().any(|claim| test.name.begins_with(claim)) => found.push(
            Lint::new(
                LintCode::PrivilegedByClaim,
                path.key("attribute"),
                format!("`{target}` is privileged, and people can often set {} themselves", test.name),
            )
            .with_help("test a claim that the provider alone sets, or a group"),
        ),
        Condition::Regex(_) | Condition::Glob(_) | Condition::PathUnder(_) | Condition::DnUnder(_) => loose = true,
        _ => {}
    });
    for lint in found {
        exam.report(lint.of_rule(&rule.id));
    }
    if !loose {
        return;
    }
    let Some(formula) = exam.formulas.get(place).cloned() else { return };
    if let Answer::Person(person) = exam.solver.ask([(formula, Want::True)].into()) {
        let witness = exam.witness(person);
        exam.report(
            Lint::new(
                LintCode::PrivilegedByPattern,
                path.key("when"),
                format!("`{target}` is privileged, and whoever can create a group that fits gets it"),
            )
            .with_help("name the groups one by one")
            .with_witness(witness)
            .of_rule(&rule.id),
        );
    }
}

/// A privileged target that the effect can grant, itself or with its organization.
fn privileged(exam: &Examination<'_>, effect: &Effect) -> Option<TargetId> {
    let catalog = &exam.compiled.catalog;
    if effect.denies || !catalog.has_privileged() {
        return None;
    }
    let named = effect.targets.iter().copied();
    let filled = effect
        .templates
        .iter()
        .flat_map(|template| catalog.entries().filter(|(_, entry)| template.reaches(&entry.target)).map(|(id, _)| id));
    let reach = named.chain(filled).flat_map(|id| [Some(id), catalog.implied(id)]).flatten();
    reach.into_iter().find(|id| catalog.entry(*id).privileged)
}
