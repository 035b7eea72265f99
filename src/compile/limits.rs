//! How large a config may be.

use alloc::format;

use crate::config::{Condition, Config, Effect, Scalar, TestKind};
use crate::matching::{Index, MAX_PATTERN_BYTES};
use crate::problem::{Path, ProblemCode, Report};
use crate::target::Target;

/// How many rules a config may hold.
pub(crate) const MAX_RULES: usize = 100_000;
/// How many targets a catalog may hold.
pub(crate) const MAX_TARGETS: usize = 100_000;
/// How many slots a config may hold.
pub(crate) const MAX_SLOTS: usize = 1_000;
/// How deep conditions may be nested.
pub(crate) const MAX_NESTING: usize = 32;
/// How long a text of a rule may be, in bytes.
pub(crate) const MAX_TEXT_BYTES: usize = 1_024;
/// How much memory all conditions together may take once compiled, in bytes.
pub(crate) const MAX_PATTERNS_BYTES: usize = 512 * 1_024 * 1_024;

/// Checks sizes; false where the rest is better not looked at.
pub(super) fn check(config: &Config, report: &mut Report) -> bool {
    let mut limits = Limits { report, within: true };
    limits.compare(&Path::of("rules"), "rules", config.rules.len(), MAX_RULES);
    limits.compare(&Path::of("catalog"), "targets", config.catalog.len(), MAX_TARGETS);
    limits.compare(&Path::of("slots"), "slots", config.slots.len(), MAX_SLOTS);
    if !limits.within {
        return false;
    }
    limits.compare(&Path::of("source").key("id"), "bytes", config.source.id.len(), MAX_TEXT_BYTES);
    let (catalog, rules) = (Path::of("catalog"), Path::of("rules"));
    for (place, entry) in config.catalog.iter().enumerate() {
        limits.target(&entry.target, &catalog.at(place));
    }
    for (place, rule) in config.rules.iter().enumerate() {
        let path = rules.at(place);
        limits.compare(&path.key("id"), "bytes", rule.id.len(), MAX_TEXT_BYTES);
        limits.condition(&rule.when, &path.key("when"), 1);
        let effect = path.key(if matches!(rule.effect, Effect::Grant(_)) { "grant" } else { "deny" });
        for (place, target) in rule.effect.targets().iter().enumerate() {
            limits.target(target, &effect.at(place));
        }
    }
    limits.within
}

/// Checks what all conditions take together.
pub(super) fn check_patterns(index: &Index, report: &mut Report) {
    let used = index.size();
    if used > MAX_PATTERNS_BYTES {
        report.add_with_help(
            ProblemCode::LimitExceeded,
            "rules",
            format!("all conditions together take {used} bytes, {MAX_PATTERNS_BYTES} allowed"),
            "`[A-Za-z0-9_]` is far smaller than `\\w`",
        );
    }
}

struct Limits<'r> {
    report: &'r mut Report,
    within: bool,
}

impl Limits<'_> {
    fn compare(&mut self, path: &Path<'_>, what: &str, used: usize, allowed: usize) {
        if used > allowed {
            self.within = false;
            self.report.add(ProblemCode::LimitExceeded, path, format!("{used} {what} used, {allowed} allowed"));
        }
    }

    fn target(&mut self, target: &Target, path: &Path<'_>) {
        let longest = target.name().len().max(target.organization_name().map_or(0, str::len));
        self.compare(path, "bytes", longest, MAX_TEXT_BYTES);
    }

    /// The texts that an attribute is compared with.
    fn scalar(&mut self, scalar: &Scalar, path: &Path<'_>) {
        if let Scalar::String(text) = scalar {
            self.compare(path, "bytes", text.len(), MAX_TEXT_BYTES);
        }
    }

    fn condition(&mut self, condition: &Condition, path: &Path<'_>, depth: usize) {
        if depth > MAX_NESTING {
            return self.compare(path, "levels of nesting", depth, MAX_NESTING);
        }
        let below = depth.saturating_add(1);
        let mut text = |word: &str, text: &str, allowed: usize| {
            self.compare(&path.key(word), "bytes", text.len(), allowed);
        };
        match condition {
            Condition::Id { id, .. } => text("id", id, MAX_TEXT_BYTES),
            Condition::Name(name) => text("name", name, MAX_TEXT_BYTES),
            Condition::Dn(dn) => text("dn", dn, MAX_TEXT_BYTES),
            Condition::DnUnder(dn) => text("dn_under", dn, MAX_TEXT_BYTES),
            Condition::Email(email) => text("email", email, MAX_TEXT_BYTES),
            Condition::Regex(pattern) => text("regex", pattern, MAX_PATTERN_BYTES),
            Condition::Glob(pattern) => text("glob", pattern, MAX_PATTERN_BYTES),
            Condition::Path(segments) => text("path", &segments.concat(), MAX_TEXT_BYTES),
            Condition::PathUnder(segments) => text("path_under", &segments.concat(), MAX_TEXT_BYTES),
            Condition::Attribute(attribute) => match &attribute.test {
                TestKind::Regex(pattern) => text("attribute.regex", pattern, MAX_PATTERN_BYTES),
                TestKind::Glob(pattern) => text("attribute.glob", pattern, MAX_PATTERN_BYTES),
                TestKind::Equals(scalar) => self.scalar(scalar, &path.key("attribute.equals")),
                TestKind::OneOf(scalars) => {
                    let path = path.key("attribute.one_of");
                    for (place, scalar) in scalars.iter().enumerate() {
                        self.scalar(scalar, &path.at(place));
                    }
                }
                TestKind::Present(_) => {}
            },
            Condition::Any(conditions) => self.conditions(conditions, &path.key("any"), below),
            Condition::All(conditions) => self.conditions(conditions, &path.key("all"), below),
            Condition::Not(condition) => self.condition(condition, &path.key("not"), below),
            Condition::Everyone => {}
        }
    }

    fn conditions(&mut self, conditions: &[Condition], path: &Path<'_>, depth: usize) {
        for (place, condition) in conditions.iter().enumerate() {
            let path = path.at(place);
            self.condition(condition, &path, depth);
        }
    }
}
