//! The nearest misses: what a login carries that differs in little from what a rule asks for.

use alloc::borrow::{Cow, ToOwned};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::rules::{Judged, Leaf, scalar, wanted};
use super::texts::{Origin, Text, claims_like, texts};
use super::{Difference, NearMiss};
use crate::claims::{Shape, View};
use crate::config::{AttributeTest, Condition, Scalar, TestKind};
use crate::dn::{dn_key, dn_suffixes, path_key, path_prefixes};
use crate::identity::{Attribute, GroupKind, Identity};
use crate::matching::Trial;
use crate::text::{CasePolicy, compatible, composed, distance, is_guid};

/// How many near misses are listed.
const MOST_MISSES: usize = 32;
/// How many comparisons of a text with a pattern, or letter by letter, are made.
const MOST_TRIALS: usize = 20_000;

/// Finds near misses in one login.
pub(super) struct Misses<'i> {
    identity: &'i Identity,
    texts: Vec<Text<'i>>,
    /// Texts by each of the forms in which they could be meant, folded.
    by_core: BTreeMap<String, Vec<usize>>,
    trials: usize,
    found: BTreeSet<(usize, Vec<Difference>, String, String)>,
    listed: Vec<NearMiss>,
    pub(super) is_cut: bool,
}

impl<'i> Misses<'i> {
    pub(super) fn new(identity: &'i Identity) -> Self {
        let (texts, is_cut) = texts(identity);
        let mut by_core: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (place, text) in texts.iter().enumerate() {
            for (core, _) in cores(&text.text) {
                by_core.entry(folded(core)).or_default().push(place);
            }
        }
        Self { identity, texts, by_core, trials: 0, found: BTreeSet::new(), listed: Vec::new(), is_cut }
    }

    /// Looks for what comes near to the conditions that a rule misses.
    pub(super) fn look(&mut self, judged: &Judged<'_>) {
        for leaf in judged.leaves.iter().filter(|leaf| !leaf.must_not) {
            let asked = Asked { rule: &judged.rule.id, leaf };
            match leaf.condition {
                Condition::Id { id, label } => {
                    self.exact(asked, GroupKind::Id, id);
                    if let Some(label) = label {
                        self.label(asked, label);
                    }
                }
                Condition::Name(name) => {
                    self.exact(asked, GroupKind::Name, name);
                    self.ids_for_names(asked);
                }
                Condition::Email(email) => self.exact(asked, GroupKind::Email, email),
                Condition::Path(segments) => self.exact(asked, GroupKind::Path, &format!("/{}", segments.join("/"))),
                Condition::Dn(dn) => self.exact(asked, GroupKind::Dn, dn),
                Condition::Regex(_) | Condition::Glob(_) => self.pattern(asked),
                Condition::PathUnder(_) | Condition::DnUnder(_) => self.under(asked),
                Condition::Attribute(test) => self.attribute(asked, test),
                Condition::Any(_) | Condition::All(_) | Condition::Not(_) | Condition::Everyone => {}
            }
        }
    }

    /// The nearest first.
    pub(super) fn finish(mut self) -> (Vec<NearMiss>, bool) {
        self.listed.sort_by(|a, b| {
            let key = |miss: &NearMiss| (miss.differences.len(), miss.differences.clone(), miss.path.clone());
            key(a).cmp(&key(b)).then_with(|| a.seen.cmp(&b.seen)).then_with(|| a.claim.cmp(&b.claim))
        });
        let is_cut = self.is_cut || self.listed.len() > MOST_MISSES;
        self.listed.truncate(MOST_MISSES);
        (self.listed, is_cut)
    }

    fn exact(&mut self, asked: Asked<'_>, kind: GroupKind, text: &str) {
        let mut near: BTreeSet<usize> = BTreeSet::new();
        for (core, _) in cores(text) {
            near.extend(self.by_core.get(&folded(core)).into_iter().flatten());
        }
        let mut found = false;
        for place in near {
            let Some(seen) = self.texts.get(place).cloned() else { continue };
            if let Some(differences) = differences(kind, text, &seen) {
                found = true;
                self.add(asked, differences, &seen);
            }
        }
        if !found {
            self.misspelled(asked, kind, text);
        }
    }

    /// Groups that differ by a letter or two.
    fn misspelled(&mut self, asked: Asked<'_>, kind: GroupKind, text: &str) {
        let allowed = match text.chars().count() {
            0..=4 => return,
            5..=8 => 1,
            _ => 2,
        };
        for place in 0..self.texts.len() {
            let Some(seen) = self.texts.get(place).cloned() else { break };
            let alike = matches!(seen.origin, Origin::Group(sent) if sent == kind) && kind != GroupKind::Id;
            if !alike || seen.text.len().abs_diff(text.len()) > allowed {
                continue;
            }
            if !self.may_try() {
                return;
            }
            if distance(&seen.text, text).is_some_and(|edits| edits <= allowed) {
                self.add(asked, [Difference::Spelling].into(), &seen);
            }
        }
    }

    /// A name where the rule asks for an id, and has that name as its label.
    fn label(&mut self, asked: Asked<'_>, label: &str) {
        let near = self.by_core.get(&folded(label)).cloned().unwrap_or_default();
        for seen in near.into_iter().filter_map(|place| self.texts.get(place).cloned()).collect::<Vec<_>>() {
            if let Some(mut differences) = textual(label, &seen.text) {
                differences.insert(0, Difference::NameForId);
                self.add(asked, differences, &seen);
            }
        }
    }

    /// Ids where the rule asks for a name: every group has the shape of one.
    fn ids_for_names(&mut self, asked: Asked<'_>) {
        let mut groups = self.identity.evidence().entries().peekable();
        let are_ids =
            groups.peek().is_some() && groups.all(|entry| entry.kind() == GroupKind::Id || is_guid(entry.text()));
        if are_ids {
            let none = Text { text: Cow::Borrowed(""), origin: Origin::Group(GroupKind::Id) };
            self.add(asked, [Difference::IdForName].into(), &none);
        }
    }

    fn may_try(&mut self) -> bool {
        self.trials = self.trials.saturating_add(1);
        self.is_cut |= self.trials > MOST_TRIALS;
        self.trials <= MOST_TRIALS
    }

    fn pattern(&mut self, asked: Asked<'_>) {
        let case = self.identity.reading().case;
        let condition = asked.leaf.condition;
        let (Some(own), Some(any_case)) = (Trial::of(condition, case), Trial::of(condition, CasePolicy::Unicode))
        else {
            return;
        };
        for place in 0..self.texts.len() {
            let Some(seen) = self.texts.get(place).cloned() else { break };
            if !self.may_try() {
                return;
            }
            let text = &*seen.text;
            let differences: Option<Vec<Difference>> = if let Origin::Group(kind) = seen.origin {
                let mut forms = [
                    (own.is_match(text) && kind == GroupKind::Id, Difference::Kind),
                    (any_case.is_match(text), Difference::Case),
                    (own.is_match(text.trim()), Difference::OuterSpace),
                    (own.is_match(&composed(text)), Difference::UnicodeForm),
                    (own.is_match(&compatible(text)), Difference::Compatibility),
                    (own.is_part(text), Difference::PartOfValue),
                ]
                .into_iter();
                forms.find(|(met, _)| *met).map(|(_, difference)| [difference].into())
            } else if own.is_match(text) {
                origin_difference(&seen.origin).map(|difference| [difference].into())
            } else {
                None
            };
            if let Some(differences) = differences {
                self.add(asked, differences, &seen);
            }
        }
    }

    /// Paths and DNs that are below but for case.
    fn under(&mut self, asked: Asked<'_>) {
        let any_case = CasePolicy::Unicode;
        for place in 0..self.texts.len() {
            let Some(seen) = self.texts.get(place).cloned() else { break };
            let is_below = match asked.leaf.condition {
                Condition::PathUnder(segments) => path_key(&segments.join("/"), any_case).is_some_and(|above| {
                    path_key(&seen.text, any_case).is_some_and(|key| path_prefixes(&key).any(|prefix| prefix == above))
                }),
                Condition::DnUnder(dn) => dn_key(dn, any_case).is_some_and(|above| {
                    dn_key(&seen.text, any_case).is_some_and(|key| dn_suffixes(&key).any(|suffix| suffix == above))
                }),
                _ => false,
            };
            if is_below {
                let difference = origin_difference(&seen.origin).unwrap_or(Difference::Case);
                self.add(asked, [difference].into(), &seen);
            }
        }
    }

    fn attribute(&mut self, asked: Asked<'_>, test: &AttributeTest) {
        let reading = self.identity.reading();
        let values: Vec<View<'_>> = match self.identity.attributes().find(&test.name, reading) {
            Attribute::Present(values) | Attribute::Partly(values) => values,
            Attribute::Missing | Attribute::Elsewhere => {
                for claim in claims_like(self.identity, &test.name) {
                    let setting = format!("{}.name", asked.leaf.path);
                    let message = format!("the login carries the claim `{claim}`; name it so in the rule");
                    self.push(asked, [Difference::OtherClaim].into(), None, Some(claim), setting, message, None);
                }
                return;
            }
        };
        let wanted: Vec<Scalar> = match &test.test {
            TestKind::Equals(value) => [value.clone()].into(),
            TestKind::OneOf(values) => values.clone(),
            TestKind::Regex(regex) => {
                return self.attribute_pattern(asked, test, &values, &Condition::Regex(regex.clone()));
            }
            TestKind::Glob(glob) => {
                return self.attribute_pattern(asked, test, &values, &Condition::Glob(glob.clone()));
            }
            TestKind::Present(_) => return,
        };
        for (wanted, value) in wanted.iter().flat_map(|wanted| values.iter().map(move |value| (wanted, value))) {
            if !self.may_try() {
                return;
            }
            if let Some(differences) = of_values(wanted, value.shape()) {
                self.value(asked, test, differences, *value, &format!("; write {} as it is sent", scalar(wanted)));
            }
        }
    }

    fn attribute_pattern(&mut self, asked: Asked<'_>, test: &AttributeTest, values: &[View<'_>], pattern: &Condition) {
        let trials = (Trial::of(pattern, CasePolicy::Sensitive), Trial::of(pattern, CasePolicy::Unicode));
        let (Some(own), Some(any_case)) = trials else { return };
        for value in values {
            let Some(sent) = value.as_str() else { continue };
            if !self.may_try() {
                return;
            }
            if any_case.is_match(sent) {
                self.value(asked, test, [Difference::Case].into(), *value, "; begin the pattern with `(?i)`");
            } else if own.is_part(sent) {
                let more = "; the pattern must meet the whole value, put `.*` (in a glob `*`) where more may stand";
                self.value(asked, test, [Difference::PartOfValue].into(), *value, more);
            }
        }
    }

    /// A near miss by a value of an attribute, which is personal data.
    fn value(&mut self, asked: Asked<'_>, test: &AttributeTest, found: Vec<Difference>, value: View<'_>, more: &str) {
        let setting = asked.leaf.path.clone();
        let how = words(&found);
        let message = format!("a value of the attribute `{}` differs only by {how}{more}", test.name);
        let hidden = Some(crate::explain::shown(&value.shape()));
        self.push(asked, found, None, Some(test.name.to_string()), setting, message, hidden);
    }

    /// A near miss by a text that could be a group.
    fn add(&mut self, asked: Asked<'_>, differences: Vec<Difference>, seen: &Text<'_>) {
        let (setting, message) = remedy(&differences, asked.leaf, seen);
        let text = seen.text.clone().into_owned();
        if let Origin::Claim(claim) = &seen.origin {
            self.push(asked, differences, None, Some(claim.clone()), setting, message, Some(text));
        } else {
            self.push(asked, differences, Some(text).filter(|text| !text.is_empty()), None, setting, message, None);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of a near miss")]
    fn push(
        &mut self,
        asked: Asked<'_>,
        mut differences: Vec<Difference>,
        seen: Option<String>,
        claim: Option<String>,
        setting: String,
        message: String,
        hidden: Option<String>,
    ) {
        differences.sort();
        differences.dedup();
        let text = seen.clone().or_else(|| claim.clone()).unwrap_or_default();
        if self.found.insert((differences.len(), differences.clone(), asked.leaf.path.clone(), text)) {
            self.listed.push(NearMiss {
                rule: asked.rule.to_owned(),
                path: asked.leaf.path.clone(),
                wanted: wanted(asked.leaf.condition),
                seen,
                claim,
                differences,
                setting,
                message,
                hidden,
            });
        }
    }
}

/// A condition that a rule misses.
#[derive(Clone, Copy)]
struct Asked<'a> {
    rule: &'a str,
    leaf: &'a Leaf<'a>,
}

/// The forms in which a text could be meant, with what they differ by from it.
fn cores(text: &str) -> Vec<(&str, Option<Difference>)> {
    let mut cores = Vec::from([(text, None)]);
    let inner = text.trim().trim_start_matches('/');
    if inner.len() < text.trim().len() {
        cores.push((inner, Some(Difference::PathForm)));
    }
    if let Some((_, last)) = inner.rsplit_once('/') {
        cores.push((last, Some(Difference::PathForm)));
    }
    for separator in ['\\', ':'] {
        if let Some((_, name)) = text.rsplit_once(separator) {
            cores.push((name, Some(Difference::Qualifier)));
        }
    }
    if let Some((name, _)) = text.split_once('@') {
        cores.push((name, Some(Difference::Qualifier)));
    }
    if let Some((kind, rest)) = text.split_once('=')
        && matches!(kind.trim(), "CN" | "cn" | "OU" | "ou")
    {
        cores.push((rest.split(',').next().unwrap_or(rest), Some(Difference::DnForm)));
    }
    cores
}

/// A text with everything folded that a hint looks past.
fn folded(text: &str) -> String {
    CasePolicy::Unicode.canonical(compatible(text).trim()).into_owned()
}

/// The fewest ways, of case, blanks and forms of Unicode, in which two texts differ; nothing where they differ otherwise.
fn textual(wanted: &str, seen: &str) -> Option<Vec<Difference>> {
    const WAYS: [Difference; 4] =
        [Difference::Case, Difference::OuterSpace, Difference::UnicodeForm, Difference::Compatibility];
    let under = |ways: u32, text: &str| {
        let has = |way: u32| ways & (1 << way) != 0;
        let mut text: String = if has(1) { text.trim().into() } else { text.into() };
        if has(3) {
            text = compatible(&text);
        } else if has(2) {
            text = composed(&text);
        }
        if has(0) { CasePolicy::Unicode.canonical(&text).into_owned() } else { text }
    };
    let mut sets: Vec<u32> = (0..16).filter(|ways| ways & 0b1100 != 0b1100).collect();
    sets.sort_by_key(|ways| (ways.count_ones(), *ways));
    let least = sets.into_iter().find(|ways| under(*ways, wanted) == under(*ways, seen))?;
    Some((0..4).zip(WAYS).filter(|(way, _)| least & (1_u32 << way) != 0).map(|(_, difference)| difference).collect())
}

/// In what a text of the login differs from an exact condition; nothing where it is too far, or meets it.
fn differences(kind: GroupKind, wanted: &str, seen: &Text<'_>) -> Option<Vec<Difference>> {
    let mut least: Option<Vec<Difference>> = None;
    for (own, form) in cores(wanted).into_iter().filter(|(_, form)| *form != Some(Difference::Qualifier)) {
        for (theirs, their_form) in cores(&seen.text) {
            let Some(mut found) = textual(own, theirs) else { continue };
            found.extend(form);
            found.extend(their_form);
            found.sort();
            found.dedup();
            if least.as_ref().is_none_or(|least| found.len() < least.len()) {
                least = Some(found);
            }
        }
    }
    let mut found = least?;
    match &seen.origin {
        Origin::Group(sent) if *sent == kind => {}
        Origin::Group(_) | Origin::Unread => {
            let formed = found.iter().any(|d| matches!(d, Difference::PathForm | Difference::DnForm));
            found.extend((!formed).then_some(Difference::Kind));
        }
        origin => found.extend(origin_difference(origin)),
    }
    (!found.is_empty()).then_some(found)
}

fn origin_difference(origin: &Origin) -> Option<Difference> {
    match origin {
        Origin::Group(_) => None,
        Origin::Part(_) => Some(Difference::Delimiter),
        Origin::Unread => Some(Difference::Kind),
        Origin::Claim(_) => Some(Difference::OtherClaim),
    }
}

/// In what a value differs from the one that a rule asks for.
fn of_values(wanted: &Scalar, value: Shape<'_>) -> Option<Vec<Difference>> {
    let as_text = |wanted: &Scalar| match wanted {
        Scalar::String(text) => text.clone(),
        other => scalar(other),
    };
    let found = match (wanted, value) {
        (Scalar::String(wanted), Shape::Text(seen)) => textual(wanted, seen)?,
        (wanted, Shape::Text(seen)) if as_text(wanted) == seen => [Difference::Type].into(),
        (Scalar::String(wanted), Shape::Number(seen)) if *wanted == scalar(&Scalar::Number(seen)) => {
            [Difference::Type].into()
        }
        (Scalar::String(wanted), Shape::Bool(seen)) if *wanted == scalar(&Scalar::Bool(seen)) => {
            [Difference::Type].into()
        }
        _ => return None,
    };
    (!found.is_empty()).then_some(found)
}

/// What to change, and how: by the difference that a setting is for, or else in the rule.
fn remedy(differences: &[Difference], leaf: &Leaf<'_>, seen: &Text<'_>) -> (String, String) {
    let has = |difference| differences.contains(&difference);
    let how = words(differences);
    let by = |setting: &str, message: String| (setting.to_owned(), message);
    if let Origin::Claim(claim) = &seen.origin {
        return by(
            "source.groups.claims",
            format!(
                "it stands in the claim `{claim}`, which is not read for groups; name that claim if its values are the groups"
            ),
        );
    }
    if let Origin::Part(delimiter) = seen.origin {
        let shown = delimiter.escape_default();
        return by(
            "source.groups.delimiter",
            format!(
                "it is a part of one text that holds `{shown}`, and nothing is split; set the delimiter if that text is several groups"
            ),
        );
    }
    if has(Difference::IdForName) {
        return by("source.groups.identified_by", "every group that was sent has the shape of an object id; make the provider send names, or name the groups by id".into());
    }
    if has(Difference::NameForId) {
        return by("source.groups.identified_by", "a name was sent, the label of an id in the rule; make the provider send ids, or name the group by its name".into());
    }
    if has(Difference::Kind) {
        return by("source.groups.identified_by", "the same text is sent as another kind of group than the rule asks for; a group that is named like an id is no id".into());
    }
    if has(Difference::DnForm) || has(Difference::PathForm) {
        return by(
            "source.groups.identified_by",
            format!("it differs only by {how}; ask for what is sent, as the kind that is sent"),
        );
    }
    if differences == [Difference::Case] {
        return by(
            "source.groups.case",
            "it differs only by case; write the rule as it is sent, or let case not count".into(),
        );
    }
    if has(Difference::PartOfValue) {
        return by(
            &leaf.path,
            "the pattern meets a part of it, and must meet the whole; put `.*` (in a glob `*`) where more may stand"
                .into(),
        );
    }
    by(
        &leaf.path,
        format!("it differs only by {how}; nothing is trimmed, cut or normalised, so write the rule as it is sent"),
    )
}

/// Differences in words.
pub(super) fn words(differences: &[Difference]) -> String {
    let words: Vec<&str> = differences.iter().map(|difference| difference.words()).collect();
    words.join(" and ")
}

impl Difference {
    fn words(self) -> &'static str {
        match self {
            Self::Case => "case",
            Self::OuterSpace => "blanks at its ends",
            Self::UnicodeForm => "Unicode form (NFC or NFD)",
            Self::Compatibility => "the way a letter is drawn (Unicode compatibility form)",
            Self::Delimiter => "a delimiter that is not split at",
            Self::PathForm => "being written as a path",
            Self::DnForm => "being written as a distinguished name",
            Self::Qualifier => "a prefix or suffix that says where it comes from",
            Self::Kind => "the kind of group",
            Self::IdForName => "being an id",
            Self::NameForId => "being a name",
            Self::Type => "the type of the value",
            Self::OtherClaim => "the claim it stands in",
            Self::PartOfValue => "more text around it",
            Self::Spelling => "a letter or two",
        }
    }
}
