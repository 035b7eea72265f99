//! Puts a document together while it is read or built, and counts what it is given.

use alloc::vec::Vec;

use super::document::{Document, Excess, MAX_BYTES, MAX_DEPTH, MAX_ELEMENTS, Member, Node, Shape, Span, View, offset};
use super::number::Number;
use super::value::{DuplicateKey, Value};
use crate::text::{is_plain, offset_within};

impl Document {
    /// A list of values built in Rust; an object whose keys repeat counts as null, which no setting can read.
    pub(super) fn list(values: impl IntoIterator<Item = Value>) -> Self {
        let mut builder = Builder::default();
        let open = builder.open_list(1);
        for value in values {
            builder.value_or_null(&value, 2);
            builder.element();
        }
        builder.close_list(open);
        builder.finish()
    }

    /// An object built in Rust.
    pub(super) fn object<'v>(members: impl IntoIterator<Item = (&'v str, Value)>) -> Result<Self, DuplicateKey> {
        let mut builder = Builder::default();
        let open = builder.open_object(1);
        for (key, value) in members {
            let key = builder.key(key);
            builder.value(&value, 2)?;
            builder.member(key);
        }
        builder.close_object(open)?;
        Ok(builder.finish())
    }
}

/// Puts a document together, innermost values first, and counts what it is given.
///
/// Each value is put on a stack, where what holds it takes it from; the members of objects that are still open stand on
/// another. Closing a list or an object moves what belongs to it into the document, and puts it on the stack as a value.
#[derive(Default)]
pub(super) struct Builder<'s> {
    document: Document,
    /// What is being read, where the document's text begins with all of it: what is borrowed from it is there already.
    source: &'s str,
    values: Vec<Node>,
    open_members: Vec<Member>,
    elements: usize,
    bytes: usize,
    depth: usize,
}

/// A list or an object that is not closed yet.
#[derive(Clone, Copy)]
pub(super) struct Open {
    start: usize,
    /// Whether it is nested too deep to be kept.
    pub(super) is_kept: bool,
}

impl<'s> Builder<'s> {
    /// For values that are read out of a text, with room for what an ordinary text of that length holds.
    pub(super) fn reading(source: &'s str) -> Self {
        let mut builder = Self::with_room(source.len() / 24);
        builder.document.text = source.into();
        builder.source = source;
        builder
    }

    pub(super) fn with_room(values: usize) -> Self {
        let mut builder = Self::default();
        builder.document.nodes.reserve(values);
        builder.values.reserve(values);
        builder.document.members.reserve(32);
        builder.open_members.reserve(32);
        builder
    }

    pub(super) fn null(&mut self) {
        self.values.push(Node::Null);
    }

    pub(super) fn bool(&mut self, value: bool) {
        self.values.push(Node::Bool(value));
    }

    pub(super) fn number(&mut self, number: Number) {
        self.values.push(Node::Number(offset(self.document.numbers.len())));
        self.document.numbers.push(number);
    }

    /// A text, or null where there is no room left for it.
    #[inline]
    pub(super) fn text(&mut self, text: &str) {
        let node = self.keep(text).map_or(Node::Null, Node::Text);
        self.values.push(node);
    }

    #[inline]
    fn keep(&mut self, text: &str) -> Option<Span> {
        self.bytes = self.bytes.saturating_add(text.len());
        if self.bytes > MAX_BYTES {
            return None;
        }
        if !self.source.is_empty()
            && let Some(start) = offset_within(self.source, text)
        {
            return Some(Span { start: offset(start), end: offset(start.saturating_add(text.len())) });
        }
        let start = offset(self.document.text.len());
        self.document.text.push_str(text);
        Some(Span { start, end: offset(self.document.text.len()) })
    }

    fn descend(&mut self, depth: usize, start: usize) -> Open {
        self.depth = self.depth.max(depth);
        Open { start, is_kept: depth <= MAX_DEPTH }
    }

    /// Opens a list at a depth, of which the outermost is 1.
    pub(super) fn open_list(&mut self, depth: usize) -> Open {
        self.descend(depth, self.values.len())
    }

    pub(super) fn open_object(&mut self, depth: usize) -> Open {
        self.descend(depth, self.open_members.len())
    }

    /// Whether there is room for another value.
    #[inline]
    pub(super) fn has_room(&self) -> bool {
        self.elements < MAX_ELEMENTS
    }

    /// Counts a value that is not kept.
    #[inline]
    pub(super) fn skip(&mut self) {
        self.elements = self.elements.saturating_add(1);
    }

    /// Makes the last value an element of the list that was opened last.
    #[inline]
    pub(super) fn element(&mut self) {
        if !self.has_room() {
            self.values.pop();
        }
        self.skip();
    }

    /// Keeps the text of a key.
    pub(super) fn key(&mut self, key: &str) -> Key {
        Key(self.keep(key).unwrap_or_default())
    }

    /// Makes the last value that of a key of the object that was opened last.
    pub(super) fn member(&mut self, key: Key) {
        let value = self.values.pop().unwrap_or_default();
        if self.has_room() {
            self.open_members.push(Member { key: key.0, value });
        }
        self.skip();
    }

    pub(super) fn close_list(&mut self, open: Open) {
        let start = offset(self.document.nodes.len());
        self.document.nodes.extend_from_slice(self.values.get(open.start..).unwrap_or_default());
        self.values.truncate(open.start);
        self.values.push(Node::List(Span { start, end: offset(self.document.nodes.len()) }));
    }

    /// Sorts the keys; one that stands twice is an error.
    pub(super) fn close_object(&mut self, open: Open) -> Result<(), DuplicateKey> {
        let document = &mut self.document;
        let members = self.open_members.get_mut(open.start..).unwrap_or_default();
        members.sort_unstable_by(|a, b| document.text(a.key).cmp(document.text(b.key)));
        let mut neighbours = members.iter().zip(members.iter().skip(1));
        // Keys for which there is no room are all empty.
        if self.bytes <= MAX_BYTES && neighbours.any(|(a, b)| document.text(a.key) == document.text(b.key)) {
            return Err(DuplicateKey(()));
        }
        let start = offset(document.members.len());
        document.members.extend_from_slice(self.open_members.get(open.start..).unwrap_or_default());
        self.open_members.truncate(open.start);
        self.values.push(Node::Object(Span { start, end: offset(document.members.len()) }));
        Ok(())
    }

    /// A value built in Rust, or null in place of one that is not sound. Of such a one nothing stays behind, which what
    /// holds it would take for its own.
    fn value_or_null(&mut self, value: &Value, depth: usize) {
        let (values, members) = (self.values.len(), self.open_members.len());
        if self.value(value, depth).is_err() {
            self.values.truncate(values);
            self.open_members.truncate(members);
            self.null();
        }
    }

    /// A value built in Rust.
    fn value(&mut self, value: &Value, depth: usize) -> Result<(), DuplicateKey> {
        let below = depth.saturating_add(1);
        match value {
            Value::Null => self.null(),
            Value::Bool(value) => self.bool(*value),
            Value::Number(number) => self.number(*number),
            Value::String(text) => self.text(text),
            Value::List(values) => {
                let open = self.open_list(depth);
                for value in values.iter().filter(|_| open.is_kept) {
                    self.value(value, below)?;
                    self.element();
                }
                self.close_list(open);
            }
            Value::Object(entries) => {
                let open = self.open_object(depth);
                for (key, value) in entries.iter().filter(|_| open.is_kept) {
                    let key = self.key(key);
                    self.value(value, below)?;
                    self.member(key);
                }
                self.close_object(open)?;
            }
        }
        Ok(())
    }

    /// A value of another document.
    pub(super) fn copy(&mut self, view: View<'_>, depth: usize) {
        let below = depth.saturating_add(1);
        match view.shape() {
            Shape::Null => self.null(),
            Shape::Bool(value) => self.bool(value),
            Shape::Number(number) => self.number(number),
            Shape::Text(text) => self.text(text),
            Shape::List => {
                let open = self.open_list(depth);
                for element in view.elements() {
                    self.copy(element, below);
                    self.element();
                }
                self.close_list(open);
            }
            Shape::Object => {
                let open = self.open_object(depth);
                for (key, value) in view.members() {
                    let key = self.key(key);
                    self.copy(value, below);
                    self.member(key);
                }
                // The keys of a document never repeat.
                if self.close_object(open).is_err() {
                    self.null();
                }
            }
        }
    }

    pub(super) fn finish(mut self) -> Document {
        let counts = [
            ("levels", self.depth, MAX_DEPTH),
            ("values", self.elements, MAX_ELEMENTS),
            ("bytes", self.bytes, MAX_BYTES),
        ];
        let excess = counts.into_iter().find(|(_, used, allowed)| used > allowed);
        self.document.excess = excess.map(|(what, used, allowed)| Excess { what, used, allowed });
        self.document.root = self.values.pop().unwrap_or_default();
        self.document.is_plain = is_plain(&self.document.text);
        self.document
    }
}

/// The text of a key that stands in a document.
#[derive(Clone, Copy)]
pub(super) struct Key(Span);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_value_that_is_not_sound_nothing_stays_behind() {
        let unsound = || Value::Object(Vec::from([("k".into(), Value::Null), ("k".into(), Value::from("x"))]));
        let inner = Value::List(Vec::from([Value::from("admins"), unsound()]));
        let member = Value::Object(Vec::from([("a".into(), Value::from("b")), ("c".into(), inner.clone())]));
        let document = Document::list([inner, member, unsound(), Value::from("ops")]);
        let kept: Vec<_> = document.view().elements().map(|element| element.as_str().unwrap_or_default()).collect();
        assert_eq!(kept, ["", "", "", "ops"]);
        assert!(document.view().elements().take(3).all(View::is_null));
    }
}
