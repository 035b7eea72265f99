//! What templates reach: worked out once for each shape, since many rules share one.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::cmp::Ordering;

use crate::catalog::{Catalog, OrganizationId, TargetId};
use crate::rules::{Lists, Piece, Rule, ShapeId, Shapes, Template, fits};
use crate::target::TargetKind;

/// What is fixed in a template: whether it denies, the kind, and the texts between placeholders.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Shape {
    denies: bool,
    kind: TargetKind,
    organization: Option<Vec<Option<Box<str>>>>,
    name: Vec<Option<Box<str>>>,
}

impl Shape {
    fn of(template: &Template, denies: bool) -> Self {
        let fixed = |pieces: &[Piece]| {
            let texts = pieces.iter().map(|piece| match piece {
                Piece::Text(text) => Some(text.clone()),
                Piece::Capture(_) => None,
            });
            texts.collect()
        };
        Self {
            denies,
            kind: template.written.kind().clone(),
            organization: template.organization.as_deref().map(fixed),
            name: fixed(&template.name),
        }
    }
}

/// What the templates of one shape reach.
pub(super) struct Reached {
    shape: ShapeId,
    pub(super) targets: Vec<TargetId>,
    /// Organizations denied as a whole.
    organizations: Vec<OrganizationId>,
}

/// What the templates so far reach, by their shapes.
pub(super) struct Reach<'c> {
    catalog: &'c Catalog,
    shapes: BTreeMap<Shape, Reached>,
}

impl<'c> Reach<'c> {
    pub(super) fn new(catalog: &'c Catalog) -> Self {
        Self { catalog, shapes: BTreeMap::new() }
    }

    /// What a template reaches, which learns its shape.
    pub(super) fn of(&mut self, template: &mut Template, denies: bool) -> &Reached {
        let next = ShapeId::try_from(self.shapes.len()).unwrap_or(ShapeId::MAX);
        let catalog = self.catalog;
        let reached = self.shapes.entry(Shape::of(template, denies)).or_insert_with(|| {
            let whole = denies && template.written.is_organization();
            let organizations = if whole { organizations(template, catalog).collect() } else { Vec::new() };
            Reached { shape: next, targets: targets(template, catalog), organizations }
        });
        template.shape = reached.shape;
        reached
    }

    /// The shapes, with the rules that have them.
    pub(super) fn into_shapes(self, rules: &[Rule]) -> Shapes {
        let (mut reaching, mut denying) = (Vec::new(), Vec::new());
        for Reached { shape, targets, organizations } in self.shapes.values() {
            reaching.extend(targets.iter().map(|target| (*target, *shape)));
            denying.extend(organizations.iter().map(|organization| (*organization, *shape)));
        }
        let of_rules = (0..).zip(rules).flat_map(|(id, rule)| rule.effect.templates.iter().map(move |t| (t.shape, id)));
        Shapes {
            reaching: Lists::new(self.catalog.ids().len(), reaching),
            denying: Lists::new(self.catalog.organizations().count(), denying),
            rules: Lists::new(self.shapes.len(), of_rules.collect()),
        }
    }
}

/// The targets that a template reaches. In one place those of a kind stand side by side, by name, so that only those are
/// looked at whose names begin as the template does.
fn targets(template: &Template, catalog: &Catalog) -> Vec<TargetId> {
    let kind = template.written.kind();
    let start = Piece::start(&template.name);
    let reached = |place| {
        let of_kind = catalog.narrow(place, |target| target.kind().cmp(kind));
        let alike = catalog.narrow(of_kind, |target| by_start(target.name(), start));
        alike.filter(|id| template.reaches(catalog.target(*id)))
    };
    if template.organization.is_some() {
        organizations(template, catalog).flat_map(|id| reached(catalog.in_organization(id))).collect()
    } else {
        reached(catalog.of_kind(None, kind)).collect()
    }
}

/// The organizations in which a template reaches anything.
fn organizations<'a>(template: &'a Template, catalog: &'a Catalog) -> impl Iterator<Item = OrganizationId> + 'a {
    let pieces = template.organization.as_deref().unwrap_or_default();
    let start = Piece::start(pieces);
    let alike = catalog.narrow_organizations(|name| by_start(name, start));
    alike.filter(|id| fits(pieces, catalog.organization_name(*id)))
}

/// Where a text stands beside those that begin with another.
fn by_start(text: &str, start: &str) -> Ordering {
    if text.starts_with(start) { Ordering::Equal } else { text.cmp(start) }
}
