//! Who loses and gains what, and why: first counted by target, then told of everybody.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use groupmap::{
    Access, AccountChange, AccountStatus, Completeness, Engine, Plan, Reason, Review, Status, Target, Withheld,
};

use crate::markup::{Name, Text, counted, number, people};
use crate::page::left_out;
use crate::people::{Fate, Planned, Privileged, privileged};

/// How many targets are shown.
pub(crate) const MOST_TARGETS: usize = 300;
/// How many people of one fate are shown.
pub(crate) const MOST_ROWS: usize = 400;
/// A table of more people than this is folded away, except where access is lost.
const OPEN: usize = 50;
/// How many things of one kind are shown in a row.
const MOST_ITEMS: usize = 20;

#[derive(Default)]
struct Sums {
    gained: u64,
    lost: u64,
    withheld: u64,
}

pub(crate) fn by_target(engine: &Engine, review: &Review, out: &mut String) -> fmt::Result {
    let preview = &review.preview;
    let mut sums: BTreeMap<&Target, Sums> = BTreeMap::new();
    preview.add.iter().for_each(|add| sums.entry(&add.target).or_default().gained += add.count);
    preview.remove.iter().for_each(|remove| sums.entry(&remove.target).or_default().lost += remove.count);
    for replace in &preview.replace {
        sums.entry(&replace.target).or_default().gained += replace.count;
        sums.entry(&replace.replaces).or_default().lost += replace.count;
    }
    for withheld in &preview.withheld {
        if let Some(target) = &withheld.target {
            sums.entry(target).or_default().withheld += withheld.count;
        }
    }
    let privileged = privileged(engine);
    let mut sums: Vec<(&Target, Sums)> = sums.into_iter().collect();
    sums.sort_by_key(|(target, _)| !privileged.contains(*target));
    out.write_str("<section id=\"targets\"><h2>By target</h2>\n")?;
    if sums.is_empty() {
        return out.write_str("<p>No target is given, taken or held back.</p></section>\n");
    }
    out.write_str("<table><thead><tr><th scope=\"col\">Target</th><th scope=\"col\">Gained by</th>")?;
    out.write_str("<th scope=\"col\">Taken from</th><th scope=\"col\">Held back</th></tr></thead><tbody>\n")?;
    for (target, Sums { gained, lost, withheld }) in sums.iter().take(MOST_TARGETS) {
        out.write_str("<tr data-find><th scope=\"row\">")?;
        named(target, &privileged, out)?;
        out.write_str("</th>")?;
        for (label, count) in [("Gained by", gained), ("Taken from", lost), ("Held back", withheld)] {
            write!(out, "<td data-label=\"{label}\">{}</td>", number(usize::try_from(*count).unwrap_or(usize::MAX)))?;
        }
        out.write_str("</tr>\n")?;
    }
    out.write_str("</tbody></table>")?;
    left_out(MOST_TARGETS, sums.len(), "target", "targets", out)?;
    out.write_str("<p class=\"note\">What goes with somebody's access is told below, by person.</p></section>\n")
}

pub(crate) fn by_person(engine: &Engine, everybody: &[Planned<'_>], out: &mut String) -> fmt::Result {
    let privileged = privileged(engine);
    out.write_str("<section id=\"people\"><h2>By person</h2>\n")?;
    for (fate, title) in Fate::SHOWN {
        let concerned: Vec<&Planned<'_>> = everybody.iter().filter(|planned| planned.fate == fate).collect();
        if concerned.is_empty() {
            continue;
        }
        let open = if concerned.len() <= OPEN || fate == Fate::LosesAccess { " open" } else { "" };
        write!(out, "<details{open}><summary><b>{title}</b>: {}</summary>", people(concerned.len()))?;
        out.write_str(
            "<table class=\"people\"><thead><tr><th scope=\"col\">Person</th><th scope=\"col\">Access and account</th>",
        )?;
        out.write_str("<th scope=\"col\">Loses</th><th scope=\"col\">Gains</th><th scope=\"col\">Held back</th></tr></thead><tbody>\n")?;
        for planned in concerned.iter().take(MOST_ROWS) {
            row(planned, &privileged, out)?;
        }
        out.write_str("</tbody></table>")?;
        left_out(MOST_ROWS, concerned.len(), "person", "people", out)?;
        out.write_str("</details>\n")?;
    }
    unchanged(everybody, out)?;
    out.write_str("</section>\n")
}

fn row(planned: &Planned<'_>, privileged: &Privileged<'_>, out: &mut String) -> fmt::Result {
    write!(out, "<tr data-find><th scope=\"row\">{}", Name(&planned.person.id))?;
    if planned.is_acting {
        out.write_str(" <span class=\"badge strong\">acting admin</span>")?;
    }
    out.write_str("</th><td data-label=\"Access and account\">")?;
    access(planned, out)?;
    out.write_str("</td><td data-label=\"Loses\">")?;
    loses(planned, privileged, out)?;
    out.write_str("</td><td data-label=\"Gains\">")?;
    gains(planned.plan.as_ref(), privileged, out)?;
    out.write_str("</td><td data-label=\"Held back\">")?;
    held_back(planned.plan.as_ref(), privileged, out)?;
    out.write_str("</td></tr>\n")
}

fn access(planned: &Planned<'_>, out: &mut String) -> fmt::Result {
    let active = planned.person.snapshot.account.status == AccountStatus::Active;
    let word = match planned.plan.as_ref().map(|plan| plan.access) {
        _ if planned.fate == Fate::LosesAccess => "Let in now, refused then",
        Some(Access::Granted) if active => "Let in as before",
        Some(Access::Granted) => "Let in",
        Some(Access::Refused) => "Not let in",
        None => "No plan: nothing is changed",
    };
    write!(out, "<p>{word}</p>")?;
    for error in &planned.errors {
        write!(out, "<p class=\"note\"><code>{}</code>: {}</p>", Text(&error.code), Text(&error.message))?;
    }
    let Some(plan) = &planned.plan else { return Ok(()) };
    let account = match plan.account {
        AccountChange::None => None,
        AccountChange::Provision => Some("a new account"),
        AccountChange::Link => Some("the local account is linked"),
        AccountChange::Reactivate => Some("the account is switched on"),
        AccountChange::Deactivate => Some("the account is switched off"),
    };
    if let Some(account) = account {
        write!(out, "<p>{account}</p>")?;
    }
    if plan.groups.completeness != Completeness::Complete {
        let count = counted(usize::try_from(plan.groups.count).unwrap_or(usize::MAX), "group", "groups");
        write!(out, "<p class=\"note\">{count} seen ({})</p>", plan.groups.completeness)?;
    }
    plan.notes.iter().try_for_each(|note| {
        write!(out, "<details class=\"note\"><summary>{}</summary>{}</details>", note.code, Text(&note.message))
    })
}

fn loses(planned: &Planned<'_>, privileged: &Privileged<'_>, out: &mut String) -> fmt::Result {
    let mut items = Vec::new();
    let removals = planned.plan.iter().flat_map(|plan| &plan.remove);
    for removal in removals.clone() {
        let mut item = item(&removal.target, privileged)?;
        if removal.because.is_empty() {
            item.push_str(" <span class=\"why\">no rule grants it</span>");
        }
        why("denied by ", &removal.because, &mut item)?;
        items.push(item);
    }
    for replace in planned.plan.iter().flat_map(|plan| &plan.replace) {
        let mut item = item(&replace.replaces, privileged)?;
        write!(item, " <span class=\"why\">{} comes in its place</span>", Name(&replace.target.to_string()))?;
        items.push(item);
    }
    if planned.fate == Fate::LosesAccess {
        let memberships = planned.person.snapshot.memberships.iter().map(|membership| &membership.target);
        for target in memberships.filter(|target| !removals.clone().any(|removal| removal.target == **target)) {
            let mut item = item(target, privileged)?;
            item.push_str(" <span class=\"why\">stays theirs, out of reach without access</span>");
            items.push(item);
        }
    }
    list(&items, out)
}

fn gains(plan: Option<&Plan>, privileged: &Privileged<'_>, out: &mut String) -> fmt::Result {
    let added = plan.into_iter().flat_map(|plan| &plan.add).map(|add| (&add.target, &add.because));
    let replacing = plan.into_iter().flat_map(|plan| &plan.replace).map(|replace| (&replace.target, &replace.because));
    let mut items = Vec::new();
    for (target, because) in added.chain(replacing) {
        let mut item = item(target, privileged)?;
        why("", because, &mut item)?;
        items.push(item);
    }
    list(&items, out)
}

fn held_back(plan: Option<&Plan>, privileged: &Privileged<'_>, out: &mut String) -> fmt::Result {
    let mut items = Vec::new();
    for Withheld { change, target, code, .. } in plan.into_iter().flat_map(|plan| &plan.withheld) {
        let mut item = format!("{change} ");
        if let Some(target) = target {
            named(target, privileged, &mut item)?;
        }
        write!(item, " <span class=\"why\"><code>{code}</code></span>")?;
        items.push(item);
    }
    list(&items, out)
}

fn item(target: &Target, privileged: &Privileged<'_>) -> Result<String, fmt::Error> {
    let mut item = String::new();
    named(target, privileged, &mut item)?;
    Ok(item)
}

fn named(target: &Target, privileged: &Privileged<'_>, out: &mut String) -> fmt::Result {
    write!(out, "{}", Name(&target.to_string()))?;
    if privileged.contains(target) { out.write_str(" <span class=\"badge strong\">privileged</span>") } else { Ok(()) }
}

fn why(word: &str, reasons: &[Reason], out: &mut String) -> fmt::Result {
    for (index, reason) in reasons.iter().enumerate() {
        out.write_str(if index == 0 { " <span class=\"why\">" } else { " <span class=\"why\">and " })?;
        out.write_str(word)?;
        match reason {
            Reason::Rule { rule, group, label } => {
                write!(out, "rule {}", Name(rule))?;
                match (group, label) {
                    (Some(group), Some(label)) => write!(out, " matched {} ({})", Name(label), Name(group)),
                    (Some(group), None) => write!(out, " matched {}", Name(group)),
                    (None, _) => Ok(()),
                }?;
            }
            setting => write!(out, "{}", Text(&setting.to_string()))?,
        }
        out.write_str("</span>")?;
    }
    Ok(())
}

fn list(items: &[String], out: &mut String) -> fmt::Result {
    if items.is_empty() {
        return out.write_str("<span class=\"none\">nothing</span>");
    }
    out.write_str("<ul>")?;
    for item in items.iter().take(MOST_ITEMS) {
        write!(out, "<li>{item}</li>")?;
    }
    match items.len().saturating_sub(MOST_ITEMS) {
        0 => {}
        hidden => write!(out, "<li>and {} more, not shown on this page</li>", number(hidden))?,
    }
    out.write_str("</ul>")
}

/// Those for whom nothing changes, in words.
fn unchanged(everybody: &[Planned<'_>], out: &mut String) -> fmt::Result {
    let plans = || {
        let unchanged = everybody.iter().filter(|planned| planned.fate == Fate::Unchanged);
        unchanged.filter_map(|planned| planned.plan.as_ref())
    };
    let count = |is: fn(&Plan) -> bool| plans().filter(|plan| is(plan)).count();
    let exempt = count(|plan| plan.status == Status::Exempt);
    let refused = count(|plan| plan.status != Status::Exempt && plan.access == Access::Refused);
    write!(out, "<p class=\"note\">Nothing changes for {}", people(plans().count()))?;
    if exempt > 0 {
        write!(out, "; of these {} left alone as exempt", number(exempt))?;
    }
    if refused > 0 {
        write!(out, "; of these {} not let in, as before", number(refused))?;
    }
    out.write_str(".</p>")
}
