//! Which targets of the catalog some rule can grant.

use alloc::vec;
use alloc::vec::Vec;

use crate::catalog::TargetId;
use crate::compile::Compiled;

/// The targets that no enabled rule grants: by name, through a placeholder, or by a target in the organization. What a
/// setting gives is granted by no rule. In target order.
pub(crate) fn uncovered(compiled: &Compiled) -> Vec<TargetId> {
    let Compiled { catalog, rules, .. } = compiled;
    let granting = rules.rules.iter().filter(|rule| !rule.effect.denies);
    let templates: Vec<_> = granting.flat_map(|rule| rule.effect.templates.iter()).collect();
    let mut covered = vec![false; catalog.ids().len()];
    let mut cover = |id: TargetId| {
        if let Some(covered) = covered.get_mut(id as usize) {
            *covered = true;
        }
    };
    for id in catalog.ids() {
        let by_name = !rules.grants_of.of(id).is_empty();
        if by_name || templates.iter().any(|template| template.reaches(catalog.target(id))) {
            cover(id);
            catalog.implied(id).into_iter().for_each(&mut cover);
        }
    }
    catalog.ids().zip(covered).filter(|(_, covered)| !covered).map(|(id, _)| id).collect()
}
