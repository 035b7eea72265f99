//! Filters of RFC 7644, section 3.4.2.2, within paths and for searches.
//!
//! Written here: of the crates that parse such filters none works without the standard library (`scim_v2` 1.0,
//! `scim-filter` 0.2), and none compares by a schema's `caseExact`.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt;

use serde_json::{Number, Value};

use super::cursor::{AttributePath, Cursor};
use super::dialect::Dialect;
use super::error::{Error, ErrorKind};
use super::resource::{Place, Resource};
use super::schema::Attribute;

/// How deep parentheses, `not` and value filters may be nested in a filter.
pub const MAX_FILTER_DEPTH: usize = 16;

/// A filter, such as `userName eq "u1" and not (active eq false)`.
///
/// Attribute names, operators and texts ignore ASCII case, texts only where the schema does not say `caseExact`. An
/// attribute that is missing, null or an empty list equals `null` and nothing else; `a ne v` is `not (a eq v)`. Of several
/// values one is enough. `Debug` hides it, since it may hold personal data.
///
/// # Examples
///
/// ```
/// use groupmap::scim::{Dialect, Filter, Resource};
///
/// let user: Resource = serde_json::from_str(
///     r#"{ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": "1", "userName": "U1@example.com" }"#,
/// )?;
/// let filter = Filter::parse(r#"username eq "u1@example.com" and not (active eq false)"#, Dialect::Rfc7644)?;
/// assert!(filter.matches(&user));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Filter {
    node: Node,
    dialect: Dialect,
}

#[derive(Clone, PartialEq)]
enum Node {
    Any(Vec<Node>),
    All(Vec<Node>),
    Not(Box<Node>),
    Present(AttributePath),
    Compare(AttributePath, Operator, Value),
    Element(AttributePath, Box<Node>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Contains,
    StartsWith,
    EndsWith,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl Filter {
    /// Reads a filter.
    ///
    /// # Errors
    ///
    /// `invalidFilter`.
    pub fn parse(text: &str, dialect: Dialect) -> Result<Self, Error> {
        let mut cursor = Cursor::new(text)?;
        let filter = Self::read(&mut cursor, dialect)?;
        if cursor.is_at_end() { Ok(filter) } else { Err(invalid("something follows the filter")) }
    }

    /// Reads a filter as far as it goes.
    pub(super) fn read(cursor: &mut Cursor<'_>, dialect: Dialect) -> Result<Self, Error> {
        Ok(Self { node: any(cursor, 0)?, dialect })
    }

    /// Whether a resource is one of those that are meant.
    pub fn matches(&self, resource: &Resource) -> bool {
        self.holds(&self.node, Place::Top(resource.kind(), resource.attributes()), &BTreeSet::new())
    }

    /// Whether an element of a list is. A `value` out of `exact` is compared exactly, whatever the schema says.
    pub(super) fn picks(
        &self,
        element: &Value,
        definition: Option<&'static Attribute>,
        exact: &BTreeSet<&str>,
    ) -> bool {
        self.holds(&self.node, Place::Element(element, definition), exact)
    }

    /// The `value`s that the filter names one by one, if it does nothing else: `value eq "a" or value eq "b"`.
    pub(super) fn named_values(&self) -> Option<Vec<&str>> {
        let value = |node| match node {
            &Node::Compare(ref path, Operator::Equal, Value::String(ref text)) if path.is("value") => Some(&**text),
            _ => None,
        };
        match &self.node {
            Node::Any(nodes) => nodes.iter().map(value).collect(),
            node => value(node).map(|value| [value].into()),
        }
    }

    /// The sub-attributes that the filter asks to be equal to something, if it does nothing else: what an element that
    /// it picks looks like.
    pub(super) fn description(&self) -> Option<Vec<(&str, &Value)>> {
        let equal = |node| match node {
            &Node::Compare(ref path, Operator::Equal, ref value) if !value.is_null() => {
                path.single().map(|name| (name, value))
            }
            _ => None,
        };
        match &self.node {
            Node::All(nodes) => nodes.iter().map(equal).collect(),
            node => equal(node).map(|pair| [pair].into()),
        }
    }

    fn holds(&self, node: &Node, place: Place<'_>, exact: &BTreeSet<&str>) -> bool {
        match node {
            Node::Any(nodes) => nodes.iter().any(|node| self.holds(node, place, exact)),
            Node::All(nodes) => nodes.iter().all(|node| self.holds(node, place, exact)),
            Node::Not(node) => !self.holds(node, place, exact),
            Node::Present(path) => place.values(path).0.into_iter().any(is_present),
            Node::Compare(path, operator, literal) => {
                let (values, definition) = place.values(path);
                let is_exact = path.is("value") && literal.as_str().is_some_and(|literal| exact.contains(literal));
                let is_equal = || {
                    if is_exact { values.contains(&literal) } else { self.is_any_equal(&values, literal, definition) }
                };
                match operator {
                    Operator::NotEqual => !is_equal(),
                    Operator::Equal => is_equal(),
                    _ => values.iter().any(|value| compares(value, *operator, literal, definition)),
                }
            }
            Node::Element(path, inner) => {
                let (elements, definition) = place.elements(path);
                let mut places = elements.into_iter().map(|element| Place::Element(element, definition));
                places.any(|place| self.holds(inner, place, &BTreeSet::new()))
            }
        }
    }

    fn is_any_equal(&self, values: &[&Value], literal: &Value, definition: Option<&'static Attribute>) -> bool {
        if literal.is_null() {
            return values.is_empty();
        }
        values.iter().any(|value| match (value, literal) {
            (Value::String(value), Value::String(literal)) => folded(value, definition) == folded(literal, definition),
            (Value::Number(value), Value::Number(literal)) => order(value, literal) == Some(Ordering::Equal),
            (Value::Bool(value), literal) => self.dialect.boolean(literal) == Some(*value),
            _ => false,
        })
    }
}

/// A text as it is compared.
fn folded<'t>(text: &'t str, definition: Option<&'static Attribute>) -> Cow<'t, str> {
    if definition.is_some_and(|definition| definition.is_exact) || !text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.to_ascii_lowercase())
    }
}

fn is_present(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.is_empty(),
        Value::Object(members) => members.values().any(|value| !value.is_null()),
        _ => true,
    }
}

fn compares(value: &Value, operator: Operator, literal: &Value, definition: Option<&'static Attribute>) -> bool {
    let ordering = match (value, literal) {
        (Value::String(value), Value::String(literal)) => {
            let (value, literal) = (folded(value, definition), folded(literal, definition));
            match operator {
                Operator::Contains => return value.contains(&*literal),
                Operator::StartsWith => return value.starts_with(&*literal),
                Operator::EndsWith => return value.ends_with(&*literal),
                _ => Some(value.cmp(&literal)),
            }
        }
        (Value::Number(value), Value::Number(literal)) => order(value, literal),
        _ => None,
    };
    ordering.is_some_and(|ordering| match operator {
        Operator::Greater => ordering.is_gt(),
        Operator::GreaterOrEqual => ordering.is_ge(),
        Operator::Less => ordering.is_lt(),
        Operator::LessOrEqual => ordering.is_le(),
        _ => false,
    })
}

/// Whole numbers exactly, others as JSON's floats.
fn order(a: &Number, b: &Number) -> Option<Ordering> {
    match (a.as_i128(), b.as_i128()) {
        (Some(a), Some(b)) => Some(a.cmp(&b)),
        _ => a.as_f64()?.partial_cmp(&b.as_f64()?),
    }
}

fn invalid(detail: &'static str) -> Error {
    Error::new(ErrorKind::InvalidFilter, detail)
}

/// `FILTER or FILTER`.
fn any(cursor: &mut Cursor<'_>, depth: usize) -> Result<Node, Error> {
    if depth > MAX_FILTER_DEPTH {
        return Err(invalid("the filter is nested too deeply"));
    }
    let mut nodes: Vec<Node> = [all(cursor, depth)?].into();
    while cursor.take_word("or") {
        nodes.push(all(cursor, depth)?);
    }
    Ok(alone(nodes).unwrap_or_else(Node::Any))
}

/// `FILTER and FILTER`, which binds closer.
fn all(cursor: &mut Cursor<'_>, depth: usize) -> Result<Node, Error> {
    let mut nodes: Vec<Node> = [unit(cursor, depth)?].into();
    while cursor.take_word("and") {
        nodes.push(unit(cursor, depth)?);
    }
    Ok(alone(nodes).unwrap_or_else(Node::All))
}

/// The only one, or else all of them back.
fn alone(mut nodes: Vec<Node>) -> Result<Node, Vec<Node>> {
    match nodes.pop() {
        Some(node) if nodes.is_empty() => Ok(node),
        Some(node) => {
            nodes.push(node);
            Err(nodes)
        }
        None => Err(nodes),
    }
}

fn unit(cursor: &mut Cursor<'_>, depth: usize) -> Result<Node, Error> {
    let below = depth.saturating_add(1);
    let is_not = cursor.take_word_before("not", '(');
    if cursor.take('(') {
        let inner = any(cursor, below)?;
        if !cursor.take(')') {
            return Err(invalid("a parenthesis is not closed"));
        }
        return Ok(if is_not { Node::Not(Box::new(inner)) } else { inner });
    }
    let path = cursor.attribute_path().ok_or_else(|| invalid("an attribute is expected"))?;
    if cursor.take('[') {
        let inner = any(cursor, below)?;
        if !cursor.take(']') {
            return Err(invalid("a bracket is not closed"));
        }
        return Ok(Node::Element(path, Box::new(inner)));
    }
    if cursor.take_word("pr") {
        return Ok(Node::Present(path));
    }
    let operator = operator(cursor).ok_or_else(|| invalid("an operator is expected"))?;
    let literal =
        cursor.literal().ok_or_else(|| invalid("a value is expected: a text, a number, true, false or null"))?;
    let fits = match operator {
        Operator::Equal | Operator::NotEqual => true,
        Operator::Contains | Operator::StartsWith | Operator::EndsWith => literal.is_string(),
        _ => literal.is_string() || literal.is_number(),
    };
    if fits {
        Ok(Node::Compare(path, operator, literal))
    } else {
        Err(invalid("an operator does not go with its value"))
    }
}

fn operator(cursor: &mut Cursor<'_>) -> Option<Operator> {
    const OPERATORS: [(&str, Operator); 9] = [
        ("eq", Operator::Equal),
        ("ne", Operator::NotEqual),
        ("co", Operator::Contains),
        ("sw", Operator::StartsWith),
        ("ew", Operator::EndsWith),
        ("gt", Operator::Greater),
        ("ge", Operator::GreaterOrEqual),
        ("lt", Operator::Less),
        ("le", Operator::LessOrEqual),
    ];
    OPERATORS.into_iter().find(|(word, _)| cursor.take_word(word)).map(|(_, operator)| operator)
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Filter").field("dialect", &self.dialect).finish_non_exhaustive()
    }
}

impl core::str::FromStr for Filter {
    type Err = Error;

    /// A filter as the RFC has it.
    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text, Dialect::Rfc7644)
    }
}
