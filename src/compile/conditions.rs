//! Conditions: checked against what the source sends, and turned into leaves of the index.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::config::{AttributeTest, Condition, IdentifiedBy, ObjectShape, Scalar, TestKind};
use crate::dn::{dn_key, segments_key};
use crate::identity::{GroupKind, Reading, id_key};
use crate::matching::{IndexBuilder, Leaf, LeafId, Parsed, PatternError, Test, size_help};
use crate::problem::{Path, ProblemCode, Report};
use crate::rules::Node;
use crate::text::{Brief, CasePolicy, is_guid, is_id};

/// A condition, and what a rule's effect needs to know of it.
pub(super) struct Condensed {
    pub(super) node: Node,
    /// How specific the best leaf under no `not` is: id 3, other exact kinds 2, patterns and `*_under` 1, else 0.
    pub(super) specificity: u8,
    /// Whether every leaf is exact and under no `not`, so that the rule may grant privileged targets.
    pub(super) is_exact: bool,
    /// The patterns that capture text.
    pub(super) captures: Vec<Captures>,
}

/// A pattern that captures text.
pub(super) struct Captures {
    pub(super) leaf: LeafId,
    pub(super) names: Vec<Box<str>>,
    pub(super) path: String,
    pub(super) under_not: bool,
}

/// Compiles the conditions of one rule.
pub(super) struct Conditions<'c> {
    reading: &'c Reading,
    index: &'c mut IndexBuilder,
    labels: &'c mut BTreeMap<String, String>,
    report: &'c mut Report,
    specificity: u8,
    is_exact: bool,
    captures: Vec<Captures>,
    under_not: bool,
}

impl<'c> Conditions<'c> {
    pub(super) fn new(
        reading: &'c Reading,
        index: &'c mut IndexBuilder,
        labels: &'c mut BTreeMap<String, String>,
        report: &'c mut Report,
    ) -> Self {
        let captures = Vec::new();
        Self { reading, index, labels, report, specificity: 0, is_exact: true, captures, under_not: false }
    }

    pub(super) fn compile(mut self, condition: &Condition, path: &Path<'_>) -> Condensed {
        let node = self.node(condition, path);
        Condensed { node, specificity: self.specificity, is_exact: self.is_exact, captures: self.captures }
    }

    fn node(&mut self, condition: &Condition, path: &Path<'_>) -> Node {
        match condition {
            Condition::Id { id, label } => self.id(id, label.as_deref(), &path.key("id")),
            Condition::Name(name) => self.text(GroupKind::Name, name, &path.key("name")),
            Condition::Email(email) => self.text(GroupKind::Email, email, &path.key("email")),
            Condition::Path(segments) => {
                let key = self.segments(segments, &path.key("path"));
                self.exact(Leaf::Exact(GroupKind::Path, key), 2)
            }
            Condition::PathUnder(segments) => {
                let key = self.segments(segments, &path.key("path_under"));
                self.loose(Leaf::Under(GroupKind::Path, key))
            }
            Condition::Dn(dn) => {
                let key = self.dn(dn, &path.key("dn"));
                self.exact(Leaf::Exact(GroupKind::Dn, key), 2)
            }
            Condition::DnUnder(dn) => {
                let key = self.dn(dn, &path.key("dn_under"));
                self.loose(Leaf::Under(GroupKind::Dn, key))
            }
            Condition::Regex(pattern) => self.pattern(&Leaf::Regex(pattern.clone()), &path.key("regex")),
            Condition::Glob(pattern) => self.pattern(&Leaf::Glob(pattern.clone()), &path.key("glob")),
            Condition::Attribute(test) => self.attribute(test, &path.key("attribute")),
            Condition::Any(conditions) => Node::Any(self.nodes(conditions, &path.key("any"))),
            Condition::All(conditions) => Node::All(self.nodes(conditions, &path.key("all"))),
            Condition::Not(condition) => {
                let outer = core::mem::replace(&mut self.under_not, true);
                let node = self.node(condition, &path.key("not"));
                self.under_not = outer;
                Node::Not(Box::new(node))
            }
            Condition::Everyone => {
                self.is_exact = false;
                Node::Everyone
            }
        }
    }

    fn nodes(&mut self, conditions: &[Condition], path: &Path<'_>) -> Vec<Node> {
        if conditions.is_empty() {
            self.empty(path, "a list of conditions");
            self.is_exact = false;
        }
        let nodes = conditions.iter().enumerate();
        nodes.map(|(place, condition)| self.node(condition, &path.at(place))).collect()
    }

    fn empty(&mut self, path: &Path<'_>, what: &str) {
        self.report.add(ProblemCode::EmptyCondition, path, format!("{what} must not be empty"));
    }

    /// An exact leaf counts for privileged targets, unless it is under a `not`.
    fn exact(&mut self, leaf: Leaf, specificity: u8) -> Node {
        self.weigh(specificity, true);
        Node::Leaf(self.index.add(leaf))
    }

    fn loose(&mut self, leaf: Leaf) -> Node {
        self.weigh(1, false);
        Node::Leaf(self.index.add(leaf))
    }

    fn weigh(&mut self, specificity: u8, exact: bool) {
        if !self.under_not {
            self.specificity = self.specificity.max(specificity);
        }
        self.is_exact &= exact && !self.under_not;
    }

    fn id(&mut self, id: &str, label: Option<&str>, path: &Path<'_>) -> Node {
        if id.is_empty() {
            self.empty(path, "an id");
        } else if self.expect(GroupKind::Id, path) {
            if self.reading.ids_are_guids && !is_guid(id) {
                self.report.add_with_help(
                    ProblemCode::InvalidId,
                    path,
                    format!("`{}` has not the shape of an object id", Brief(id)),
                    "an object id is 36 characters such as `3e5b7c1f-20aa-4d6e-9b34-81f0c9d2e6b5`; put the group's name \
                     into `label`",
                );
            } else if !is_id(id) {
                let message = format!("the id `{}` holds white space or a control character", Brief(id));
                self.report.add(ProblemCode::InvalidId, path, message);
            }
        }
        let key = id_key(id).into_owned();
        if let Some(label) = label {
            // Of several labels the least is shown, so that the order of rules does not count.
            let least = self.labels.get(&key).map_or(label, |known| label.min(known)).into();
            self.labels.insert(key.clone(), least);
        }
        self.exact(Leaf::Exact(GroupKind::Id, key), 3)
    }

    fn text(&mut self, kind: GroupKind, text: &str, path: &Path<'_>) -> Node {
        if text.is_empty() {
            self.empty(path, "a name");
        } else {
            self.expect(kind, path);
        }
        let key = self.reading.case.canonical(text).into_owned();
        self.exact(Leaf::Exact(kind, key), 2)
    }

    fn segments(&mut self, segments: &[String], path: &Path<'_>) -> String {
        if segments.is_empty() || segments.iter().any(String::is_empty) {
            self.empty(path, "a path and its segments");
        } else {
            self.expect(GroupKind::Path, path);
        }
        segments_key(segments, self.reading.case)
    }

    fn dn(&mut self, dn: &str, path: &Path<'_>) -> String {
        if dn.is_empty() {
            self.empty(path, "a DN");
            return String::new();
        }
        self.expect(GroupKind::Dn, path);
        let key = dn_key(dn, self.reading.case);
        if key.is_none() {
            self.report.add_with_help(
                ProblemCode::InvalidDn,
                path,
                format!("`{}` is no distinguished name", Brief(dn)),
                "write it as RFC 4514 says, such as `CN=ops,OU=groups,DC=example,DC=com`, with `\\,` for a comma in a \
                 value",
            );
        }
        key.unwrap_or_default()
    }

    /// Whether the source sends groups of this kind; reports it where not.
    fn expect(&mut self, kind: GroupKind, path: &Path<'_>) -> bool {
        let sent = self.kinds_sent();
        if sent.contains(&kind) {
            return true;
        }
        let words: Vec<&str> = sent.iter().map(|kind| word(*kind)).collect();
        self.report.add_with_help(
            ProblemCode::KindMismatch,
            path,
            format!("the source never sends groups by {}", word(kind)),
            format!(
                "it identifies them by {}; change the condition, or `source.groups.identified_by`",
                words.join(" and ")
            ),
        );
        false
    }

    fn kinds_sent(&self) -> Vec<GroupKind> {
        kinds_sent(self.reading)
    }

    fn pattern(&mut self, leaf: &Leaf, path: &Path<'_>) -> Node {
        if self.kinds_sent().iter().all(|kind| *kind == GroupKind::Id) {
            self.report.add_with_help(
                ProblemCode::KindMismatch,
                path,
                "the source sends nothing but ids, which no pattern matches",
                "name the group by `id`, with its name as `label`",
            );
        }
        self.weigh(1, false);
        let added = parse(leaf, self.reading.case).and_then(|parsed| {
            let names = parsed.captures();
            let id = match self.index.known(leaf) {
                Some(id) => id,
                None => self.index.add_pattern(leaf.clone(), &parsed)?,
            };
            Ok((id, names))
        });
        let (id, names) = match added {
            Ok(added) => added,
            Err(error) => {
                self.report_pattern(leaf, error, path);
                return Node::Any(Vec::new());
            }
        };
        if !names.is_empty() {
            self.captures.push(Captures { leaf: id, names, path: path.to_string(), under_not: self.under_not });
        }
        Node::Leaf(id)
    }

    fn report_pattern(&mut self, leaf: &Leaf, error: PatternError, path: &Path<'_>) {
        use ProblemCode::{InvalidGlob, InvalidRegex, RegexTooLarge};
        let (what, too_large, invalid) = match leaf {
            Leaf::Glob(_) => ("glob", InvalidGlob, InvalidGlob),
            _ => ("regular expression", RegexTooLarge, InvalidRegex),
        };
        match error {
            PatternError::TooLarge => {
                let message = format!("the {what} is too large once compiled");
                self.report.add_with_help(too_large, path, message, size_help());
            }
            PatternError::Invalid(why) => {
                self.report.add(invalid, path, format!("the {what} is not usable: {why}"));
            }
        }
    }

    /// Reports a number that no claim meets.
    fn number(&mut self, value: &Scalar, path: &Path<'_>) {
        if let Scalar::Number(number) = value
            && number.canonical().is_none()
        {
            self.report.add_with_help(
                ProblemCode::InvalidNumber,
                path,
                "the number is too large to be told from its neighbours",
                "write a number without a point or an exponent, of at most 64 bits, or have the provider send a text",
            );
        }
    }

    fn attribute(&mut self, test: &AttributeTest, path: &Path<'_>) -> Node {
        // People can choose an address; and what goes by several names may be something else than is meant.
        let is_sure = test.name.is_exact() && !self.reading.is_email(&test.name);
        let exact = is_sure && matches!(test.test, TestKind::Equals(_) | TestKind::OneOf(_));
        self.weigh(0, exact);
        let attribute = self.index.attribute(&test.name);
        let pattern = |leaf: Leaf| parse(&leaf, CasePolicy::Sensitive).map(Test::Pattern);
        let (tests, leaf, word) = match &test.test {
            TestKind::Present(present) => return Node::Present(attribute, *present),
            TestKind::Equals(value) => {
                if *value == Scalar::from("") {
                    self.empty(&path.key("equals"), "the value");
                }
                self.number(value, &path.key("equals"));
                (Ok(Test::OneOf([value.clone()].into())), None, "equals")
            }
            TestKind::OneOf(values) => {
                if values.is_empty() {
                    self.empty(&path.key("one_of"), "the list of values");
                }
                values.iter().enumerate().for_each(|(place, value)| self.number(value, &path.key("one_of").at(place)));
                (Ok(Test::OneOf(values.clone())), None, "one_of")
            }
            TestKind::Regex(regex) => {
                let leaf = Leaf::Regex(regex.clone());
                (pattern(leaf.clone()), Some(leaf), "regex")
            }
            TestKind::Glob(glob) => {
                let leaf = Leaf::Glob(glob.clone());
                (pattern(leaf.clone()), Some(leaf), "glob")
            }
        };
        match (tests.and_then(|test| self.index.add_test(attribute, &test)), leaf) {
            (Ok(test), _) => Node::Test(attribute, test),
            (Err(error), leaf) => {
                let leaf = leaf.unwrap_or_else(|| Leaf::Regex(String::new()));
                self.report_pattern(&leaf, error, &path.key(word));
                Node::Any(Vec::new())
            }
        }
    }
}

/// The kinds of groups that a source sends.
pub(crate) fn kinds_sent(reading: &Reading) -> Vec<GroupKind> {
    let mut kinds = match reading.identified_by {
        IdentifiedBy::Id => Vec::from([GroupKind::Id]),
        IdentifiedBy::Name => Vec::from([GroupKind::Name]),
        IdentifiedBy::Path => Vec::from([GroupKind::Path]),
        IdentifiedBy::Dn => Vec::from([GroupKind::Dn]),
        IdentifiedBy::Email => Vec::from([GroupKind::Email]),
        IdentifiedBy::Auto => Vec::from([GroupKind::Id, GroupKind::Name]),
    };
    if let Some(ObjectShape::Group { id, name }) = &reading.object {
        kinds.extend(id.is_some().then_some(GroupKind::Id));
        kinds.extend(name.is_some().then_some(GroupKind::Name));
    }
    kinds
}

fn parse(leaf: &Leaf, case: CasePolicy) -> Result<Parsed, PatternError> {
    match leaf {
        Leaf::Regex(pattern) => Parsed::regex(pattern, case),
        Leaf::Glob(pattern) => Parsed::glob(pattern, case),
        Leaf::Exact(_, text) | Leaf::Under(_, text) => Parsed::regex(&regex_syntax::escape(text), case),
    }
}

fn word(kind: GroupKind) -> &'static str {
    match kind {
        GroupKind::Id => "`id`",
        GroupKind::Name => "`name`",
        GroupKind::Path => "`path`",
        GroupKind::Dn => "`dn`",
        GroupKind::Email => "`email`",
    }
}
