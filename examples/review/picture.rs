//! The rules as a picture: which groups lead to which rules, and those to which targets; and the same as a table.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write};

use groupmap::{Condition, Effect, Engine, Rule};

use crate::markup::{Name, Text, counted, cut, number};
use crate::page::left_out;
use crate::people::{Privileged, privileged};

/// How many boxes one column of the picture holds.
pub(crate) const MOST_BOXES: usize = 40;
/// How many rules the table holds.
pub(crate) const MOST_RULES: usize = 400;
const STEP: usize = 34;
const BOX: usize = 26;
const TOP: usize = 40;
const WIDTH: usize = 250;
const GAP: usize = 105;

/// A column of boxes, each with its text and class, as far as they are shown.
#[derive(Default)]
struct Column {
    boxes: Vec<(String, &'static str)>,
    places: BTreeMap<String, usize>,
    hidden: BTreeSet<String>,
}

impl Column {
    /// Where the box stands, or nothing where there is no room for it or nothing `beside` it to lead to.
    fn place(&mut self, text: String, class: &'static str, beside: bool) -> Option<usize> {
        if let Some(place) = self.places.get(&text) {
            return Some(*place);
        }
        let place = self.boxes.len();
        if place == MOST_BOXES || !beside {
            self.hidden.insert(text);
            return None;
        }
        self.places.insert(text.clone(), place);
        self.boxes.push((text, class));
        Some(place)
    }

    /// How many boxes are not shown.
    fn missing(&self) -> usize {
        self.hidden.iter().filter(|text| !self.places.contains_key(*text)).count()
    }

    fn show(&self, column: usize, out: &mut String) -> fmt::Result {
        let x = column * (WIDTH + GAP);
        for (place, (text, class)) in self.boxes.iter().enumerate() {
            let y = TOP + place * STEP;
            // An inner picture cuts off whatever is wider than it.
            write!(out, "<svg x=\"{x}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{BOX}\"><title>{}</title>", Text(text))?;
            write!(
                out,
                "<rect class=\"{class}\" x=\"1\" y=\"1\" width=\"{}\" height=\"{}\" rx=\"5\"/>",
                WIDTH - 2,
                BOX - 2
            )?;
            writeln!(out, "<text x=\"9\" y=\"18\">{}</text></svg>", Text(&cut(text, 33)))?;
        }
        Ok(())
    }
}

pub(crate) fn picture(engine: &Engine, out: &mut String) -> fmt::Result {
    let privileged = privileged(engine);
    let is_privileged = |rule: &Rule| rule.effect.targets().iter().any(|target| privileged.contains(target));
    let mut rules: Vec<&Rule> = engine.config().rules.iter().collect();
    rules.sort_by_key(|rule| !is_privileged(rule));
    out.write_str("<section id=\"picture\"><h2>Rules</h2>\n")?;
    if rules.is_empty() {
        return out.write_str("<p>There are no rules.</p></section>\n");
    }
    draw(&rules, &privileged, out)?;
    table(&rules, &privileged, out)?;
    out.write_str("</section>\n")
}

fn draw(rules: &[&Rule], privileged: &Privileged<'_>, out: &mut String) -> fmt::Result {
    let (mut groups, mut middle, mut targets) = (Column::default(), Column::default(), Column::default());
    let mut lines = Vec::new();
    for rule in rules {
        let (class, text) = rule_box(rule);
        let at = middle.place(text, class, true);
        for (negated, condition) in leaves(&rule.when) {
            let from = groups.place(described(negated, condition), "box", at.is_some());
            lines.push((0, from, at, if negated { "line not" } else { "line" }));
        }
        let class = if denies(rule) { "line deny" } else { "line" };
        for target in rule.effect.targets() {
            let (mark, shape) =
                if privileged.contains(target) { ("privileged ", "box privileged") } else { ("", "box") };
            let to = targets.place(format!("{mark}{target}"), shape, at.is_some());
            lines.push((1, at, to, class));
        }
    }
    let columns = [(groups, "Groups and claims"), (middle, "Rules"), (targets, "Targets")];
    let rows = columns.iter().map(|(column, _)| column.boxes.len()).max().unwrap_or(0);
    let (width, height) = (3 * WIDTH + 2 * GAP, TOP + rows * STEP);
    out.write_str("<div class=\"picture\" tabindex=\"0\" role=\"region\" aria-label=\"Picture of the rules\">")?;
    write!(
        out,
        "<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"Groups lead to rules, and rules to targets; the table below says the same\">"
    )?;
    for (column, from, to, class) in lines {
        if let (Some(from), Some(to)) = (from, to) {
            line(column, from, to, class, out)?;
        }
    }
    for (index, (column, title)) in columns.iter().enumerate() {
        write!(out, "<text class=\"head\" x=\"{}\" y=\"22\">{title}</text>", index * (WIDTH + GAP))?;
        column.show(index, out)?;
    }
    out.write_str("</svg></div><p class=\"note\">A thick border is a privileged target. Dashes are a rule that denies, dots a condition that must not hold, a pale box a rule that is switched off.</p>")?;
    let names = [("condition", "conditions"), ("rule", "rules"), ("target", "targets")];
    for ((column, _), (one, many)) in columns.iter().zip(names) {
        let hidden = column.missing();
        if hidden > 0 {
            let noun = if hidden == 1 { one } else { many };
            write!(out, "<p class=\"more\">{} more {noun} would not fit into the picture.</p>", number(hidden))?;
        }
    }
    Ok(())
}

fn line(column: usize, from: usize, to: usize, class: &str, out: &mut String) -> fmt::Result {
    let (start, y1) = (column * (WIDTH + GAP) + WIDTH, TOP + from * STEP + BOX / 2);
    let (end, y2, bend) = (start + GAP, TOP + to * STEP + BOX / 2, start + GAP / 2);
    writeln!(out, "<path class=\"{class}\" d=\"M{start} {y1}C{bend} {y1} {bend} {y2} {end} {y2}\"/>")
}

fn table(rules: &[&Rule], privileged: &Privileged<'_>, out: &mut String) -> fmt::Result {
    let open = if rules.len() <= MOST_BOXES { " open" } else { "" };
    write!(
        out,
        "<details{open}><summary><b>The same as a table</b>: {}</summary>",
        counted(rules.len(), "rule", "rules")
    )?;
    out.write_str("<table><thead><tr><th scope=\"col\">Rule</th><th scope=\"col\">When</th><th scope=\"col\">Effect</th></tr></thead><tbody>\n")?;
    for rule in rules.iter().take(MOST_RULES) {
        write!(out, "<tr data-find><th scope=\"row\">{}", Name(&rule.id))?;
        if !rule.enabled {
            out.write_str(" <span class=\"badge\">off</span>")?;
        }
        if let Some(description) = &rule.description {
            write!(out, "<p class=\"note\">{}</p>", Name(description))?;
        }
        // The document itself, since joined conditions have no shorter true form.
        let when = serde_json::to_string(&rule.when).map_err(|_| fmt::Error)?;
        write!(out, "</th><td data-label=\"When\">{}</td>", Name(&when))?;
        write!(out, "<td data-label=\"Effect\">{}<ul>", if denies(rule) { "denies" } else { "grants" })?;
        for target in rule.effect.targets() {
            let mark = if privileged.contains(target) { " <span class=\"badge strong\">privileged</span>" } else { "" };
            write!(out, "<li>{}{mark}</li>", Name(&target.to_string()))?;
        }
        out.write_str("</ul></td></tr>\n")?;
    }
    out.write_str("</tbody></table>")?;
    left_out(MOST_RULES, rules.len(), "rule", "rules", out)?;
    out.write_str("</details>")
}

fn denies(rule: &Rule) -> bool {
    matches!(rule.effect, Effect::Deny(_))
}

fn rule_box(rule: &Rule) -> (&'static str, String) {
    match (rule.enabled, denies(rule)) {
        (false, _) => ("box off", format!("off: {}", rule.id)),
        (true, true) => ("box deny", format!("deny: {}", rule.id)),
        (true, false) => ("box", rule.id.clone()),
    }
}

/// The conditions that others are joined from, each with whether it must not hold.
fn leaves(condition: &Condition) -> Vec<(bool, &Condition)> {
    match condition {
        Condition::Any(parts) | Condition::All(parts) => parts.iter().flat_map(leaves).collect(),
        Condition::Not(part) => leaves(part).into_iter().map(|(negated, leaf)| (!negated, leaf)).collect(),
        leaf => vec![(false, leaf)],
    }
}

fn described(negated: bool, condition: &Condition) -> String {
    let text = match condition {
        Condition::Id { id, label: Some(label) } => format!("{label} ({id})"),
        Condition::Id { id, label: None } => format!("id {id}"),
        Condition::Name(name) => name.clone(),
        Condition::Path(path) => format!("/{}", path.join("/")),
        Condition::PathUnder(path) => format!("/{}/…", path.join("/")),
        Condition::Dn(dn) => dn.clone(),
        Condition::DnUnder(dn) => format!("…,{dn}"),
        Condition::Email(email) => email.clone(),
        Condition::Everyone => "everyone".into(),
        other => serde_json::to_string(other).unwrap_or_default(),
    };
    if negated { format!("not {text}") } else { text }
}
