//! What a plan says, in bits: small enough to keep for every world, and the same from the engine and from the model.

use groupmap::{Access, AccountChange, Draft, Reason, Setting, Target};
use serde_json::Value;

const STATUSES: [&str; 5] = ["ready", "withheld", "inactive", "exempt", "refused"];
const ACCOUNTS: [&str; 5] = ["none", "provision", "link", "reactivate", "deactivate"];
const SETTINGS: [&str; 3] = ["accounts.new_grant", "unmatched.grant", "slots.default"];
const CHANGES: [&str; 5] = ["add", "deactivate", "refuse", "remove", "replace"];
const CODES: [&str; 6] = ["holders-unknown", "in-use", "last-holder", "mass-removal", "slot-held", "undecided"];
const NOTES: [&str; 19] = [
    "groups-suspect",
    "groups-over-limit",
    "groups-malformed",
    "groups-overage",
    "groups-absent",
    "ambiguous",
    "auto-join-off",
    "default-targets-conflict",
    "exempt",
    "kind-drift",
    "link-needed",
    "no-rules",
    "orphaned",
    "outside-catalog",
    "provisioning-disabled",
    "reactivation-disabled",
    "switched-off",
    "undecided",
    "unmatched",
];
/// The notes that are about the evidence alone.
const OF_EVIDENCE: u32 = 0b1_1111;

/// A set of targets by their place among the three: a bit each.
type Targets = u8;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    status: u8,
    pub is_let_in: bool,
    account: u8,
    add: Targets,
    pub keep: Targets,
    remove: Targets,
    /// What comes for what: a bit for each pair.
    replace: u16,
    /// The rules and settings behind each target that comes or is kept: a bit for each.
    because: [u8; 3],
    /// A bit for each change, code and target.
    withheld: u128,
    notes: u32,
}

impl Told {
    pub fn by_engine(draft: &Draft<'_>, targets: &[Target; 3]) -> Told {
        let place = |target: &Target| targets.iter().position(|known| known == target).unwrap();
        let set = |all: &mut dyn Iterator<Item = &Target>| all.fold(0, |set, target| set | 1 << place(target));
        let withheld = draft.withheld().map(|(change, target, code)| {
            hold(word(&CHANGES, &change.to_string()), word(&CODES, &code.to_string()), place(target.unwrap()))
        });
        let mut told = Told {
            status: word(&STATUSES, &draft.status().to_string()),
            is_let_in: draft.access() == Access::Granted,
            account: word(&ACCOUNTS, account_word(draft.account())),
            add: set(&mut draft.add()),
            keep: set(&mut draft.keep()),
            remove: set(&mut draft.remove()),
            replace: draft.replace().fold(0, |pairs, (new, old)| pairs | pair(place(new), place(old))),
            because: [0; 3],
            withheld: withheld.fold(0, |all, one| all | one),
            notes: draft.notes().fold(0, |notes, code| notes | 1 << word(&NOTES, code.as_str())),
        };
        let wanted = told.wanted();
        for at in (0..3).filter(|at| wanted >> at & 1 == 1) {
            told.because[at] =
                draft.because(&targets[at]).iter().fold(0, |because, reason| because | by_reason(reason));
        }
        told
    }

    /// The model's answer, a document.
    pub fn by_model(plan: &Value, targets: &[Value; 3]) -> Told {
        let place = |target: &Value| targets.iter().position(|known| known == target).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let lines = |list: &str| plan[list].as_array().unwrap().iter();
        let set = |list: &str| lines(list).fold(0, |set, line| set | 1 << place(&line["target"]));
        let withheld = lines("withheld").map(|line| {
            hold(word(&CHANGES, &text(&line["change"])), word(&CODES, &text(&line["code"])), place(&line["target"]))
        });
        let mut told = Told {
            status: word(&STATUSES, &text(&plan["status"])),
            is_let_in: plan["access"] == "granted",
            account: word(&ACCOUNTS, &text(&plan["account"])),
            add: set("add"),
            keep: set("keep"),
            remove: set("remove"),
            replace: lines("replace")
                .fold(0, |pairs, line| pairs | pair(place(&line["target"]), place(&line["replaces"]))),
            because: [0; 3],
            withheld: withheld.fold(0, |all, one| all | one),
            notes: lines("notes").fold(0, |notes, note| notes | 1 << word(&NOTES, &text(&note["code"]))),
        };
        for line in ["add", "replace", "keep"].into_iter().flat_map(lines) {
            let because = line["because"].as_array().unwrap().iter();
            told.because[place(&line["target"])] = because.fold(0, |because, reason| {
                because | reason["rule"].as_str().map_or_else(|| by_setting(&text(&reason["setting"])), by_rule)
            });
        }
        told
    }

    /// What is new.
    pub fn given(&self) -> Targets {
        (0..3).fold(self.add, |set, new| if self.replace >> (3 * new) & 0b111 == 0 { set } else { set | 1 << new })
    }

    /// What is there afterwards because of a rule or for want of certainty.
    pub fn wanted(&self) -> Targets {
        self.given() | self.keep
    }

    /// What goes.
    pub fn taken(&self) -> Targets {
        (0..3).fold(self.remove, |set, new| set | u8::try_from(self.replace >> (3 * new) & 0b111).unwrap())
    }

    pub fn is_switched_off(&self) -> bool {
        self.account == word(&ACCOUNTS, "deactivate")
    }

    pub fn is_undecided(&self) -> bool {
        self.notes >> word(&NOTES, "undecided") & 1 == 1
    }

    /// The notes about the evidence.
    pub fn of_evidence(&self) -> u32 {
        self.notes & OF_EVIDENCE
    }

    /// The same, with the rules behind each target counted among these alone.
    pub fn among(self, rules: &[usize]) -> Told {
        let other = 1 << 7;
        let place = |rule: &usize| rules.iter().position(|kept| kept == rule).map_or(other, |place| 1 << place);
        let counted = |because: u8| {
            let behind = (0..3).filter(|rule| because >> rule & 1 == 1);
            behind.fold(because & !0b111, |all, rule| all | place(&rule))
        };
        Told { because: self.because.map(counted), ..self }
    }

    /// The same, with these notes about the evidence in place of its own.
    pub fn with_evidence(self, notes: u32) -> Told {
        Told { notes: self.notes & !OF_EVIDENCE | notes, ..self }
    }
}

/// The number of a word.
fn word(words: &[&str], wanted: &str) -> u8 {
    let place = words.iter().position(|word| *word == wanted);
    u8::try_from(place.unwrap_or_else(|| panic!("{wanted} is not among {words:?}"))).unwrap()
}

fn pair(new: usize, old: usize) -> u16 {
    1 << (3 * new + old)
}

fn hold(change: u8, code: u8, target: usize) -> u128 {
    1 << ((usize::from(change) * CODES.len() + usize::from(code)) * 3 + target)
}

fn by_reason(reason: &Reason) -> u8 {
    match reason {
        Reason::Rule { rule, .. } => by_rule(rule),
        Reason::Setting(Setting::NewGrant) => by_setting("accounts.new_grant"),
        Reason::Setting(Setting::UnmatchedGrant) => by_setting("unmatched.grant"),
        Reason::Setting(Setting::SlotDefault) => by_setting("slots.default"),
        _ => panic!("an unknown reason"),
    }
}

/// Rules are called `r0` to `r2`.
fn by_rule(rule: &str) -> u8 {
    1 << word(&["r0", "r1", "r2"], rule)
}

fn by_setting(setting: &str) -> u8 {
    0b1000 << word(&SETTINGS, setting)
}

fn account_word(account: AccountChange) -> &'static str {
    match account {
        AccountChange::None => "none",
        AccountChange::Provision => "provision",
        AccountChange::Link => "link",
        AccountChange::Reactivate => "reactivate",
        AccountChange::Deactivate => "deactivate",
    }
}
