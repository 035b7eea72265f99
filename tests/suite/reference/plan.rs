//! Accounts (section 9), and the plan as a document (section 10).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::config::{Config, Link, Unmatched};
use super::diff::Diff;
use super::evidence::{Attributes, Evidence};
use super::kleene::Kleene;
use super::login::Login;
use super::slots::{Desired, resolve};
use super::snapshot::{Host, Snapshot, Status};
use super::target::Target;
use super::verdict::{Facts, Verdict, expands_outside_catalog, verdicts};

/// The column of the table of section 9.
enum Column {
    Desired,
    Undecided,
    Unmatched,
}

/// What becomes of the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Access, with this change of the account.
    Granted(&'static str),
    /// No access, for this reason.
    Refused(&'static str),
    Deactivated,
}

pub fn plan(config: &Config, login: &Login, snapshot: &Snapshot, host: &Host) -> Result<Value, &'static str> {
    if snapshot.is_invalid(login, &config.source) {
        return Err("invalid-snapshot");
    }
    if let Some(error) = login.identity_error(&config.source) {
        return Err(error);
    }
    let evidence = Evidence::gather(login, &config.source);
    let mut notes = evidence_notes(&evidence);

    let inactive = inactive_because(config, host);
    if !inactive.is_empty() {
        notes.extend(inactive);
        if snapshot.held.keys().any(|target| snapshot.is_managed_by(target, &config.source.id)) {
            notes.insert("orphaned");
        }
        return Ok(untouched("inactive", &evidence, snapshot, &notes));
    }
    let orphan = |target: &Target| snapshot.is_managed_by(target, &config.source.id) && config.item(target).is_none();
    if snapshot.held.keys().any(orphan) {
        notes.insert("orphaned");
    }
    if is_exempt(config, snapshot) {
        notes.insert("exempt");
        return Ok(untouched("exempt", &evidence, snapshot, &notes));
    }
    if let Some(error) = evidence.error {
        return Err(error);
    }

    let attributes = Attributes::of(login, &config.source);
    let facts = Facts { evidence: &evidence, attributes: &attributes };
    let (judged, desired, column, lost) = judge(config, &facts, snapshot);
    let fate = fate(config, login, snapshot, &column, lost);
    if expands_outside_catalog(config, &facts) {
        notes.insert("outside-catalog");
    }
    if desired.ambiguous {
        notes.insert("ambiguous");
    }
    if desired.undecided || matches!(column, Column::Undecided) {
        notes.insert("undecided");
    }
    match fate {
        Fate::Refused(reason) => drop(notes.insert(reason)),
        Fate::Deactivated => drop(notes.insert("unmatched")),
        Fate::Granted(_) => {}
    }
    if let (Fate::Refused(_), true) = (fate, snapshot.status != Status::Active) {
        return Ok(untouched("refused", &evidence, snapshot, &notes));
    }
    Ok(write(config, snapshot, &evidence, &judged, &desired, fate, notes))
}

fn evidence_notes(evidence: &Evidence) -> BTreeSet<&'static str> {
    use super::evidence::Completeness;
    let mut notes = BTreeSet::new();
    for doubt in &evidence.doubts {
        match doubt {
            Completeness::Complete => false,
            Completeness::Suspect => notes.insert("groups-suspect"),
            Completeness::OverLimit => notes.insert("groups-over-limit"),
            Completeness::Malformed => notes.insert("groups-malformed"),
            Completeness::Overage => notes.insert("groups-overage"),
            Completeness::Absent => notes.insert("groups-absent"),
        };
    }
    if evidence.kind_drift {
        notes.insert("kind-drift");
    }
    notes
}

/// A mapping is active if none of these holds (section 8).
fn inactive_because(config: &Config, host: &Host) -> Vec<&'static str> {
    let mut reasons = Vec::new();
    if config.enabled_rules().next().is_none() {
        reasons.push("no-rules");
    }
    if !host.auto_join {
        reasons.push("auto-join-off");
    }
    if host.default_targets {
        reasons.push("default-targets-conflict");
    }
    reasons
}

/// Break-glass, or holding a target of `accounts.exempt` otherwise than through this source.
fn is_exempt(config: &Config, snapshot: &Snapshot) -> bool {
    let exempts = |target: &Target| snapshot.holds(target) && !snapshot.is_managed_by(target, &config.source.id);
    snapshot.exempt || config.accounts.exempt.iter().any(exempts)
}

/// Verdicts, what is desired, the column, and whether a deny rule took the last thing (section 9).
fn judge<'a>(config: &'a Config, facts: &Facts<'_>, snapshot: &Snapshot) -> (Vec<Verdict<'a>>, Desired, Column, bool) {
    let with = |unmatched: Kleene| {
        let verdicts = verdicts(config, facts, unmatched);
        let desired = resolve(config, &verdicts, snapshot);
        (verdicts, desired)
    };
    let (verdicts, desired) = with(Kleene::False);
    if desired.something() {
        return (verdicts, desired, Column::Desired, false);
    }
    let denied = |allow: Kleene| verdicts.iter().any(|verdict| verdict.allow == allow && verdict.deny == Kleene::True);
    // What is left of `unmatched.grant` once the deny rules are heard.
    let left = |worth: Kleene| {
        let targets = config.unmatched_grant().iter();
        let mut denies = targets
            .filter_map(|target| verdicts.iter().find(|verdict| verdict.target == *target).map(|verdict| verdict.deny));
        denies.any(|deny| deny.not() == worth)
    };
    let admits = config.unmatched == Unmatched::Admit || left(Kleene::True);
    let unknown = desired.ambiguous
        || verdicts.iter().any(|verdict| verdict.value == Kleene::Unknown)
        || (!denied(Kleene::True) && denied(Kleene::Unknown) && admits)
        || (!denied(Kleene::True) && !left(Kleene::True) && left(Kleene::Unknown));
    if unknown {
        let (verdicts, desired) = with(Kleene::Unknown);
        return (verdicts, desired, Column::Undecided, false);
    }
    let nothing_survives = matches!(config.unmatched, Unmatched::Grant(_)) && !admits;
    // Whoever only perhaps lost it to a deny rule is not deactivated for it either.
    let lost = denied(Kleene::True) || denied(Kleene::Unknown) || nothing_survives;
    if !lost && admits {
        let (verdicts, desired) = with(Kleene::True);
        // Several of the targets in a slot that is to be unambiguous, or one beside others that may survive a deny rule:
        // nothing is desired for certain, and section 5 counts that as unknown.
        let contested = !desired.contested.is_empty() && !desired.something();
        let column = if contested { Column::Undecided } else { Column::Unmatched };
        return (verdicts, desired, column, false);
    }
    (verdicts, desired, Column::Unmatched, lost)
}

/// The table of section 9, safeguards aside.
fn fate(config: &Config, login: &Login, snapshot: &Snapshot, column: &Column, lost: bool) -> Fate {
    match column {
        Column::Desired => {}
        Column::Undecided if snapshot.status == Status::Active => return Fate::Granted("none"),
        Column::Undecided => return Fate::Refused("undecided"),
        Column::Unmatched => match config.unmatched {
            _ if lost => return Fate::Refused("unmatched"),
            Unmatched::Refuse => return Fate::Refused("unmatched"),
            Unmatched::Deactivate if snapshot.status == Status::Active => return Fate::Deactivated,
            Unmatched::Deactivate => return Fate::Refused("unmatched"),
            Unmatched::Admit | Unmatched::Grant(_) => {}
        },
    }
    match (snapshot.status, &snapshot.candidate) {
        (Status::Active, _) => Fate::Granted("none"),
        (Status::Inactive, _) if config.accounts.reactivate => Fate::Granted("reactivate"),
        (Status::Inactive, _) => Fate::Refused("reactivation-disabled"),
        (Status::Absent, Some(address)) if may_link(config, login, address) => Fate::Granted("link"),
        (Status::Absent, Some(_)) => Fate::Refused("link-needed"),
        (Status::Absent, None) if config.accounts.provision => Fate::Granted("provision"),
        (Status::Absent, None) => Fate::Refused("provisioning-disabled"),
    }
}

/// Both kinds of linking need the same address, `verified-email` a verified one too.
fn may_link(config: &Config, login: &Login, address: &str) -> bool {
    let Some((email, verified)) = login.email(&config.source) else {
        return false;
    };
    match config.accounts.link {
        Link::Never => false,
        Link::VerifiedEmail => verified && email.eq_ignore_ascii_case(address),
        Link::AnyEmail => email.eq_ignore_ascii_case(address),
    }
}

fn write(
    config: &Config,
    snapshot: &Snapshot,
    evidence: &Evidence,
    judged: &[Verdict<'_>],
    desired: &Desired,
    fate: Fate,
    notes: BTreeSet<&'static str>,
) -> Value {
    let newcomer = (fate == Fate::Granted("provision")).then_some(judged);
    let mut diff = Diff::between(config, snapshot, desired, newcomer);
    // Refusing and deactivating take every protected target away, whoever manages it (section 7).
    let change = match fate {
        Fate::Granted(_) => None,
        Fate::Refused(_) => Some("refuse"),
        Fate::Deactivated => Some("deactivate"),
    };
    let withheld = change.is_some_and(|change| diff.lose_access(change, config, snapshot));
    let (status, access, account) = match fate {
        _ if withheld => ("ready", "granted", "none"),
        Fate::Granted(account) => ("ready", "granted", account),
        Fate::Refused(_) => ("refused", "refused", "none"),
        Fate::Deactivated => ("ready", "refused", "deactivate"),
    };
    let status = if status == "ready" && !diff.withheld.is_empty() { "withheld" } else { status };
    document((status, access, account), evidence, snapshot, &notes, &diff)
}

/// Status `inactive` or `exempt`, or a refused absent or inactive account: nothing changes.
fn untouched(status: &str, evidence: &Evidence, snapshot: &Snapshot, notes: &BTreeSet<&'static str>) -> Value {
    let granted = status != "refused" && snapshot.status == Status::Active;
    let access = if granted { "granted" } else { "refused" };
    document((status, access, "none"), evidence, snapshot, notes, &Diff::default())
}

fn document(
    (status, access, account): (&str, &str, &str),
    evidence: &Evidence,
    snapshot: &Snapshot,
    notes: &BTreeSet<&'static str>,
    diff: &Diff,
) -> Value {
    let notes: Vec<Value> = notes.iter().map(|code| json!({ "code": code })).collect();
    let mut plan = json!({
        "status": status,
        "access": access,
        "account": account,
        "groups": { "completeness": evidence.completeness.code(), "count": evidence.count() },
        "notes": notes,
        "requires": { "revision": snapshot.revision, "holders": diff.required_holders() },
    });
    for (list, lines) in diff.lists() {
        plan[list] = Value::Array(lines);
    }
    plan
}
