//! A plan beside what it must be.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::vec::Vec;

use super::account::Judged;
use super::expected::Expected;
use super::facts::Facts;
use super::reasons::Reasons;
use super::violation::{Violation, ViolationCode};
use crate::config::Config;
use crate::identity::Evidence;
use crate::plan::{NoteCode, Plan, Reason};
use crate::snapshot::Snapshot;
use crate::target::Target;

pub(super) struct Comparison<'a> {
    pub(super) plan: &'a Plan,
    pub(super) config: &'a Config,
    pub(super) facts: &'a Facts<'a>,
    pub(super) snapshot: &'a Snapshot,
    /// What the rules say; nothing where nothing changes whatever they say.
    pub(super) judged: Option<&'a Judged<'a>>,
    pub(super) expected: &'a Expected<'a>,
}

impl Comparison<'_> {
    /// Everything that differs.
    pub(super) fn violations(&self, evidence: &Evidence, notes: &BTreeSet<NoteCode>, digest: &str) -> Vec<Violation> {
        let mut found = Vec::new();
        self.compare_whole(evidence, notes, &mut found);
        self.compare_lines(&mut found);
        self.compare_order(&mut found);
        self.compare_reasons(&mut found);
        self.compare_managers(&mut found);
        self.compare_requirements(&mut found);
        if *self.plan.digest() != *digest {
            let message = "it is the digest of something else";
            found.push(Violation::new(ViolationCode::WrongDigest, None, message));
        }
        found
    }

    fn compare_whole(&self, evidence: &Evidence, notes: &BTreeSet<NoteCode>, found: &mut Vec<Violation>) {
        let Self { plan, expected, .. } = self;
        let mut differs = |code, is_same: bool, message: &str| {
            if !is_same {
                found.push(Violation::new(code, None, message));
            }
        };
        differs(ViolationCode::WrongStatus, plan.status == expected.status, "the status does not follow");
        differs(ViolationCode::WrongAccess, plan.access == expected.access, "who is let in does not follow");
        differs(
            ViolationCode::WrongAccount,
            plan.account == expected.account,
            "the change of the account does not follow",
        );
        let seen = (plan.groups.completeness, plan.groups.count) == (evidence.completeness(), evidence.count());
        differs(ViolationCode::WrongGroups, seen, "other groups were seen");
        let said: BTreeSet<NoteCode> = plan.notes.iter().map(|note| note.code).collect();
        for code in notes.symmetric_difference(&said) {
            differs(ViolationCode::WrongNote, false, &format!("the note {code} is missing, or is not so"));
        }
    }

    /// What a plan says of targets: the list, the target, and beside it another target or a code.
    fn compare_lines(&self, found: &mut Vec<Violation>) {
        let Self { plan, expected, .. } = self;
        let mut compare = |what: &str, wanted: &BTreeSet<&Target>, said: BTreeSet<&Target>| {
            for target in wanted.difference(&said) {
                let message = format!("it is to be {what}");
                found.push(Violation::new(ViolationCode::MissingLine, Some(target), message));
            }
            for target in said.difference(wanted) {
                let message = format!("it is not to be {what}");
                found.push(Violation::new(ViolationCode::UnjustifiedLine, Some(target), message));
            }
        };
        compare("added", &expected.add, plan.add.iter().map(|line| &line.target).collect());
        compare("kept", &expected.keep, plan.keep.iter().map(|line| &line.target).collect());
        compare("removed", &expected.remove, plan.remove.iter().map(|line| &line.target).collect());
        let said: BTreeMap<&Target, &Target> = plan.replace.iter().map(|line| (&line.target, &line.replaces)).collect();
        compare("put in another's place", &expected.replace.keys().copied().collect(), said.keys().copied().collect());
        for (new, old) in &said {
            if expected.replace.get(new).is_some_and(|wanted| wanted != old) {
                let message = "it is not to be put into another's place";
                found.push(Violation::new(ViolationCode::UnjustifiedLine, Some(old), message));
            }
        }
        let said: BTreeSet<_> =
            plan.withheld.iter().map(|line| (line.target.as_ref(), line.code, line.change)).collect();
        for (target, code, change) in expected.withheld.symmetric_difference(&said) {
            let is_missing = expected.withheld.contains(&(*target, *code, *change));
            let (kind, not) =
                if is_missing { (ViolationCode::MissingLine, "") } else { (ViolationCode::UnjustifiedLine, "not ") };
            let message = format!("{change} is {not}to be withheld: {code}");
            found.push(Violation::new(kind, *target, message));
        }
    }

    fn compare_order(&self, found: &mut Vec<Violation>) {
        let plan = self.plan;
        let mut check = |what: &str, is_ordered: bool| {
            if !is_ordered {
                let message = format!("the lines of {what} are not in order, or one stands twice");
                found.push(Violation::new(ViolationCode::WrongOrder, None, message));
            }
        };
        check("`add`", plan.add.is_sorted_by(|a, b| a.target < b.target));
        check("`replace`", plan.replace.is_sorted_by(|a, b| a.target < b.target));
        check("`keep`", plan.keep.is_sorted_by(|a, b| a.target < b.target));
        check("`remove`", plan.remove.is_sorted_by(|a, b| a.target > b.target));
        check("`withheld`", plan.withheld.is_sorted_by(|a, b| a < b));
        check("`notes`", plan.notes.is_sorted_by(|a, b| a.code < b.code));
        check("`requires.holders`", plan.requires.holders.is_sorted_by(|a, b| a.target < b.target));
    }

    fn compare_reasons(&self, found: &mut Vec<Violation>) {
        let Some(judged) = self.judged else { return };
        let (verdicts, wanted) = (&judged.verdicts, &judged.wanted);
        let mut check = |target: &Target, because: &[Reason], reasons: &Reasons<'_>| {
            if !reasons.are(because, self.config, self.facts) {
                let message = "the reasons are not those that hold";
                found.push(Violation::new(ViolationCode::WrongReason, Some(target), message));
            }
        };
        for line in &self.plan.add {
            let reasons = if self.expected.given.contains(&line.target) {
                Reasons::new_grant()
            } else {
                Reasons::for_holding(&line.target, verdicts, wanted)
            };
            check(&line.target, &line.because, &reasons);
        }
        for line in &self.plan.replace {
            check(&line.target, &line.because, &Reasons::for_holding(&line.target, verdicts, wanted));
        }
        for line in &self.plan.keep {
            check(&line.target, &line.because, &Reasons::for_holding(&line.target, verdicts, wanted));
        }
        for line in &self.plan.remove {
            check(&line.target, &line.because, &Reasons::against(&line.target, verdicts));
        }
    }

    /// Whose a membership becomes, or was.
    fn compare_managers(&self, found: &mut Vec<Violation>) {
        let ours = Some(&*self.config.source.id);
        let mut check = |target: &Target, said: Option<&str>, is: Option<&str>| {
            if said != is {
                let message = "the membership is of another manager";
                found.push(Violation::new(ViolationCode::WrongManager, Some(target), message));
            }
        };
        for line in &self.plan.add {
            let is = if self.expected.given.contains(&line.target) { None } else { ours };
            check(&line.target, line.managed_by.as_deref(), is);
        }
        for line in &self.plan.replace {
            check(&line.target, line.managed_by.as_deref(), ours);
        }
        for line in &self.plan.remove {
            let held = self.snapshot.memberships.iter().find(|held| held.target == line.target);
            check(&line.target, line.managed_by.as_deref(), held.and_then(|held| held.managed_by.as_deref()));
        }
    }

    fn compare_requirements(&self, found: &mut Vec<Violation>) {
        let said: BTreeMap<&Target, u64> =
            self.plan.requires.holders.iter().map(|line| (&line.target, line.at_least)).collect();
        let targets: BTreeSet<&Target> = said.keys().chain(self.expected.requires.keys()).copied().collect();
        for target in targets.into_iter().filter(|target| said.get(target) != self.expected.requires.get(target)) {
            let message = "the holders that must exist are others";
            found.push(Violation::new(ViolationCode::WrongRequirement, Some(target), message));
        }
        if self.plan.requires.revision != self.snapshot.revision {
            let message = "the revision is that of another snapshot";
            found.push(Violation::new(ViolationCode::WrongRequirement, None, message));
        }
    }
}
