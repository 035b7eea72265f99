//! Memory that plans use and leave for the next.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use crate::catalog::TargetId;
use crate::compile::Compiled;
use crate::diff::Diff;
use crate::holdings::Holdings;
use crate::matching::Memo;
use crate::plan::NoteCode;
use crate::resolution::Resolution;
use crate::rules::Findings;

/// Memory for [`Engine::draft`](crate::Engine::draft), owned by the caller and used again: once it has grown, a draft
/// allocates nothing. What a draft says never depends on what the scratch was used for before.
///
/// A scratch may remember the groups it has seen ([`Scratch::with_memo`]), which pays where many people are planned for
/// one after the other. It is used by one thread at a time and with any engine; what it remembers is of one engine and
/// is forgotten when another uses it.
///
/// ```
/// # use groupmap::{Account, Catalogued, Claims, Condition, Config, Engine, Provider, Rule, Snapshot, Source, Target};
/// use groupmap::Scratch;
/// # let config = Config::new(Source::new("acme-okta", Provider::Okta))
/// #     .with_catalog([Catalogued::new(Target::flag("staff"))])
/// #     .with_rules([Rule::grant("staff", Condition::name("Staff"), [Target::flag("staff")])]);
/// # let engine = Engine::compile(config)?;
/// # let login = r#"{ "id_token": { "sub": "u1", "groups": ["Staff"] } }"#;
///
/// let mut scratch = Scratch::with_memo(10_000);
/// let identity = engine.normalize(&serde_json::from_str::<Claims>(login)?)?;
/// let snapshot = Snapshot::new(Account::absent());
/// for _ in 0..3 {
///     let draft = engine.draft(&identity, &snapshot, &mut scratch)?;
///     assert!(draft.add().eq([&Target::flag("staff")]));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct Scratch {
    pub(crate) memo: Memo,
    pub(crate) work: Work,
    /// The engine that the memo is of. Held, so that no other can come to stand at its address.
    engine: Option<Arc<Compiled>>,
}

/// What the stages of a plan leave behind.
#[derive(Clone, Debug, Default)]
pub(crate) struct Work {
    pub(crate) holdings: Holdings,
    pub(crate) findings: Findings,
    pub(crate) resolution: Resolution,
    pub(crate) diff: Diff,
    pub(crate) notes: Vec<NoteCode>,
    /// What is taken away, by an operation or by a refusal.
    pub(crate) taken: Vec<TargetId>,
}

impl Work {
    /// Forgets what the stages of an earlier plan have said.
    pub(crate) fn clear(&mut self) {
        self.notes.clear();
        self.taken.clear();
        self.diff.clear();
    }
}

impl Scratch {
    /// Memory without a memo.
    pub fn new() -> Self {
        Self::default()
    }

    /// Memory that remembers up to so many groups, each with at most a kilobyte of text. When that is reached it
    /// forgets all and begins anew.
    pub fn with_memo(groups: usize) -> Self {
        Self { memo: Memo::new(groups), ..Self::default() }
    }

    /// How many groups it remembers.
    pub fn remembered(&self) -> usize {
        self.memo.len()
    }

    /// Makes it ready for an engine.
    pub(crate) fn begin(&mut self, engine: &Arc<Compiled>) {
        if !self.engine.as_ref().is_some_and(|last| Arc::ptr_eq(last, engine)) {
            self.memo.clear();
            self.engine = Some(engine.clone());
        }
    }
}

impl fmt::Debug for Scratch {
    /// Hides what it remembers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scratch").field("remembered", &self.memo.len()).finish_non_exhaustive()
    }
}
