//! What is wrong with rules that compile: examined before anybody logs in.
//!
//! [`Engine::lint`](crate::Engine::lint) goes through a config rule by rule and says what can never matter, what reaches
//! further than it seems to, and what nobody can get. Whether one pattern matches all that another one matches is
//! answered exactly, by automata, within a bound; past the bound the finding is that it is not decided.
//!
//! Nothing here knows who is in which group: a finding is about the rules alone.

#[cfg(test)]
mod agreement;
mod atom;
mod automaton;
mod branch;
mod changes;
mod code;
mod compare;
mod examination;
mod filling;
mod finding;
mod formula;
mod names;
mod patterns;
mod person;
mod privileges;
mod rules;
mod search;
mod settings;
mod side;
mod slots;
mod solver;
mod targets;
mod universe;

pub use self::changes::{RuleChange, RuleChanges, TargetChange};
pub use self::code::{LintCode, Severity};
pub use self::examination::{Examination, Progress};
pub use self::finding::{Lint, Witness};
use crate::engine::Engine;

impl Engine {
    /// Examines the config for what compiles and is still probably wrong: an iterator of findings, in the order of the
    /// rules, then catalog, slots and settings. It works as it is asked, one rule at a time; between two findings
    /// [`Examination::progress`] says how far it is.
    ///
    /// # Examples
    ///
    /// ```
    /// use groupmap::lint::LintCode;
    /// use groupmap::{Catalogued, Condition, Config, Engine, Provider, Rule, Source, Target};
    ///
    /// let staff = || [Target::flag("staff")];
    /// let config = Config::new(Source::new("acme-okta", Provider::Okta))
    ///     .with_catalog([Catalogued::new(Target::flag("staff"))])
    ///     .with_rules([
    ///         Rule::grant("engineers", Condition::regex("eng-[a-z]+"), staff()),
    ///         Rule::grant("platform", Condition::name("eng-platform"), staff()),
    ///     ]);
    /// let engine = Engine::compile(config)?;
    /// let found: Vec<_> = engine.lint().filter(|lint| lint.code == LintCode::NeverMatters).collect();
    /// assert_eq!(found.len(), 1);
    /// assert_eq!(found[0].path, "rules[1]");
    /// # Ok::<(), groupmap::Problems>(())
    /// ```
    pub fn lint(&self) -> Examination<'_> {
        Examination::new(self)
    }
}
