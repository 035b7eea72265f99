//! Claims as they are kept: all text in one buffer, all values in one list, however many there are.
//!
//! A token of 150 groups is a handful of allocations. Values are looked at through a [`View`], which costs nothing to
//! copy.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::number::Number;

/// How deep values may be nested.
pub const MAX_DEPTH: usize = 32;

/// How many values a document may hold in all, elements of lists and values of keys alike.
pub const MAX_ELEMENTS: usize = 100_000;

/// How many bytes of text a document may hold in all, keys included.
pub const MAX_BYTES: usize = 8 * 1_024 * 1_024;

/// What a document has too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Excess {
    /// What was counted: `levels`, `values` or `bytes`.
    pub(crate) what: &'static str,
    /// How many there are, as far as they were counted: at least this many.
    pub(crate) used: usize,
    /// How many there may be.
    pub(crate) allowed: usize,
}

impl fmt::Display for Excess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} used, {} allowed", self.used, self.what, self.allowed)
    }
}

/// A value with everything below it, whole unless it says otherwise.
#[derive(Clone, Default)]
pub(crate) struct Document {
    pub(super) text: String,
    pub(super) numbers: Vec<Number>,
    /// The elements of each list, side by side.
    pub(super) nodes: Vec<Node>,
    /// The keys of each object, side by side. INVARIANT: within one object sorted and once.
    pub(super) members: Vec<Member>,
    pub(super) root: Node,
    /// Whether all of the text is printable ASCII.
    pub(super) is_plain: bool,
    pub(super) excess: Option<Excess>,
}

/// A stretch of one of a document's buffers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) end: u32,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Node {
    #[default]
    Null,
    Bool(bool),
    Number(u32),
    Text(Span),
    List(Span),
    Object(Span),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    pub(super) key: Span,
    pub(super) value: Node,
}

/// A buffer never holds more than the caps, which are far below this.
pub(super) fn offset(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

impl Span {
    fn len(self) -> usize {
        self.end.saturating_sub(self.start) as usize
    }

    fn of<T>(self, buffer: &[T]) -> &[T] {
        buffer.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

impl Document {
    /// All text of the document, and perhaps more.
    pub(crate) fn whole_text(&self) -> &str {
        &self.text
    }

    /// Whether all of the text is printable ASCII.
    pub(crate) fn is_plain(&self) -> bool {
        self.is_plain
    }

    /// What the document holds.
    pub(crate) fn view(&self) -> View<'_> {
        View { document: self, node: self.root }
    }

    #[inline]
    pub(super) fn text(&self, span: Span) -> &str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        self.view() == other.view() && self.excess == other.excess
    }
}

/// A value of a document.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    document: &'a Document,
    node: Node,
}

/// What a value is.
pub(crate) enum Shape<'a> {
    Null,
    Bool(bool),
    Number(Number),
    Text(&'a str),
    List,
    Object,
}

impl<'a> View<'a> {
    #[inline]
    pub(crate) fn shape(self) -> Shape<'a> {
        match self.node {
            Node::Null => Shape::Null,
            Node::Bool(value) => Shape::Bool(value),
            Node::Number(index) => {
                self.document.numbers.get(index as usize).copied().map_or(Shape::Null, Shape::Number)
            }
            Node::Text(span) => Shape::Text(self.document.text(span)),
            Node::List(_) => Shape::List,
            Node::Object(_) => Shape::Object,
        }
    }

    /// The text, if it is one.
    pub(crate) fn as_str(self) -> Option<&'a str> {
        match self.node {
            Node::Text(span) => Some(self.document.text(span)),
            _ => None,
        }
    }

    /// Where the text stands in all text of the document, if it is one.
    #[inline]
    pub(crate) fn place(self) -> Option<(u32, u32)> {
        match self.node {
            Node::Text(span) => Some((span.start, span.end)),
            _ => None,
        }
    }

    /// The bytes of the text; none where it is no text.
    #[inline]
    pub(crate) fn bytes(self) -> &'a [u8] {
        match self.node {
            Node::Text(span) => span.of(self.document.text.as_bytes()),
            _ => &[],
        }
    }

    pub(crate) fn is_null(self) -> bool {
        matches!(self.node, Node::Null)
    }

    pub(crate) fn is_list(self) -> bool {
        matches!(self.node, Node::List(_))
    }

    pub(crate) fn is_object(self) -> bool {
        matches!(self.node, Node::Object(_))
    }

    /// Whether it is a text, a number, or true or false.
    pub(crate) fn is_scalar(self) -> bool {
        matches!(self.node, Node::Text(_) | Node::Number(_) | Node::Bool(_))
    }

    /// The value under a key of an object.
    pub(crate) fn get(self, key: &str) -> Option<View<'a>> {
        let members = self.own_members();
        let text = |member: &Member| self.document.text(member.key);
        // A few keys are told apart faster by their lengths than by their order.
        let found = if members.len() <= 32 {
            members.iter().find(|member| member.key.len() == key.len() && text(member) == key)
        } else {
            let index = members.binary_search_by(|member| text(member).cmp(key)).ok()?;
            members.get(index)
        };
        found.map(|member| View { document: self.document, node: member.value })
    }

    /// The elements of a list.
    #[inline]
    pub(crate) fn elements(self) -> impl ExactSizeIterator<Item = View<'a>> {
        let document = self.document;
        let elements: &'a [Node] = match self.node {
            Node::List(span) => span.of(&document.nodes),
            _ => &[],
        };
        elements.iter().map(move |node| View { document, node: *node })
    }

    /// The keys of an object with their values, sorted by key.
    pub(crate) fn members(self) -> impl ExactSizeIterator<Item = (&'a str, View<'a>)> {
        let document = self.document;
        self.own_members().iter().map(move |member| (document.text(member.key), View { document, node: member.value }))
    }

    fn own_members(self) -> &'a [Member] {
        match self.node {
            Node::Object(span) => span.of(&self.document.members),
            _ => &[],
        }
    }
}

impl PartialEq for View<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self.shape(), other.shape()) {
            (Shape::Null, Shape::Null) => true,
            (Shape::Bool(a), Shape::Bool(b)) => a == b,
            (Shape::Number(a), Shape::Number(b)) => a == b,
            (Shape::Text(a), Shape::Text(b)) => a == b,
            (Shape::List, Shape::List) => self.elements().eq(other.elements()),
            (Shape::Object, Shape::Object) => self.members().eq(other.members()),
            _ => false,
        }
    }
}

impl Serialize for View<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.shape() {
            Shape::Null => serializer.serialize_unit(),
            Shape::Bool(value) => serializer.serialize_bool(value),
            Shape::Number(number) => number.serialize(serializer),
            Shape::Text(text) => serializer.serialize_str(text),
            Shape::List => serializer.collect_seq(self.elements()),
            Shape::Object => {
                let members = self.members();
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (key, value) in members {
                    map.serialize_entry(key, &value)?;
                }
                map.end()
            }
        }
    }
}
