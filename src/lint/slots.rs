//! Slots and accounts: settings that never serve, and one that lets strangers in.

use alloc::format;

use super::code::LintCode;
use super::examination::Examination;
use super::finding::Lint;
use super::targets::grantable;
use crate::catalog::TargetId;
use crate::config::{Choose, Link};
use crate::problem::Path;
use crate::text::Brief;

/// Examines slots and accounts.
pub(super) fn examine(exam: &mut Examination<'_>) {
    let granted = grantable(exam.compiled);
    let is_granted = |id: TargetId| granted.get(id as usize).copied().unwrap_or(false);
    let compiled = exam.compiled;
    let all = Path::of("slots");
    for (place, written) in compiled.config.slots.iter().enumerate() {
        let slot = compiled.slots.iter().find(|slot| slot.kind.as_str() == written.kind);
        let (Some(slot), Some(name)) = (slot, &written.default) else { continue };
        // Where nothing but the slot's own targets can be had, whoever has something has won the slot.
        let serves = |default: &TargetId| {
            let organization = compiled.catalog.organization_of(*default);
            let around = organization.map_or(compiled.catalog.ids(), |id| compiled.catalog.in_organization(id));
            let siblings = compiled.catalog.siblings(*default);
            // An organization is implied by what is in it; it counts by itself where a rule names it.
            let elsewhere = |id: &TargetId| {
                let own = compiled.catalog.is_organization(*id) && Some(*id) == compiled.catalog.implied(*default);
                let named = !compiled.rules.grants_of.of(*id).is_empty()
                    || compiled.unmatched.contains(id)
                    || !compiled.rules.templated.is_empty();
                !siblings.contains(id) && is_granted(*id) && (!own || named)
            };
            around.into_iter().any(|id| elsewhere(&id))
        };
        if slot.choose != Choose::Unambiguous && !slot.defaults.iter().any(serves) {
            let message = format!(
                "the default `{}` is never used: where it is to be had, nothing but the {} itself is granted",
                Brief(name),
                Brief(&written.kind),
            );
            exam.report(
                Lint::new(LintCode::DefaultNeverUsed, all.at(place).key("default"), message).with_help(
                    "a default serves people who have something else there; grant that, or drop the default",
                ),
            );
        }
    }
    if compiled.config.accounts.link == Link::AnyEmail {
        exam.report(
            Lint::new(
                LintCode::AnyEmailLink,
                "accounts.link",
                "whoever can choose an address at the provider can take over the local account with that address",
            )
            .with_help("use `link = \"verified-email\"`, or `never`"),
        );
    }
}
