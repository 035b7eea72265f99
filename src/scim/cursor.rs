//! The words of filters and paths.

use alloc::boxed::Box;

use serde_json::Value;

use super::error::{Error, ErrorKind};

/// The longest filter or path, in bytes.
pub const MAX_PATH_BYTES: usize = 8_192;

/// `[schema:]name[.sub]` (RFC 7644, section 3.10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AttributePath {
    pub(super) schema: Option<Box<str>>,
    pub(super) name: Box<str>,
    pub(super) sub: Option<Box<str>>,
}

impl AttributePath {
    /// The name, if there is nothing else.
    pub(super) fn single(&self) -> Option<&str> {
        (self.schema.is_none() && self.sub.is_none()).then_some(&*self.name)
    }

    pub(super) fn is(&self, name: &str) -> bool {
        self.single().is_some_and(|own| own.eq_ignore_ascii_case(name))
    }
}

/// A text that is read from its start; blanks before a word are passed over.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'t> {
    rest: &'t str,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str) -> Result<Self, Error> {
        if text.len() > MAX_PATH_BYTES {
            return Err(Error::new(ErrorKind::TooMany, "a filter or path is too long"));
        }
        Ok(Self { rest: text })
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches(' ');
    }

    pub(super) fn is_at_end(&mut self) -> bool {
        self.skip_blanks();
        self.rest.is_empty()
    }

    pub(super) fn take(&mut self, wanted: char) -> bool {
        self.skip_blanks();
        self.take_here(wanted)
    }

    /// Takes a character that follows at once.
    pub(super) fn take_here(&mut self, wanted: char) -> bool {
        match self.rest.strip_prefix(wanted) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// The word that comes next, which stays there.
    fn word(&mut self) -> (&'t str, &'t str) {
        self.skip_blanks();
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '$' | ':' | '.' | '+');
        let end = self.rest.find(|c: char| !is_part(c)).unwrap_or(self.rest.len());
        self.rest.split_at_checked(end).unwrap_or((self.rest, ""))
    }

    pub(super) fn take_word(&mut self, wanted: &str) -> bool {
        let (word, rest) = self.word();
        let found = word.eq_ignore_ascii_case(wanted);
        if found {
            self.rest = rest;
        }
        found
    }

    /// Takes a word that stands before a character, which stays there.
    pub(super) fn take_word_before(&mut self, wanted: &str, next: char) -> bool {
        let mut ahead = *self;
        if ahead.take_word(wanted) && ahead.take(next) { self.take_word(wanted) } else { false }
    }

    pub(super) fn attribute_path(&mut self) -> Option<AttributePath> {
        let (word, rest) = self.word();
        let (schema, names) = match word.rsplit_once(':') {
            Some((schema, names)) if super::schema::is_urn(schema) => (Some(schema), names),
            Some(_) => return None,
            None => (None, word),
        };
        let (name, sub) = match names.split_once('.') {
            Some((name, sub)) => (name, Some(sub)),
            None => (names, None),
        };
        if !is_name(name) || sub.is_some_and(|sub| !is_name(sub)) {
            return None;
        }
        self.rest = rest;
        Some(AttributePath { schema: schema.map(Into::into), name: name.into(), sub: sub.map(Into::into) })
    }

    /// A name that follows at once.
    pub(super) fn name(&mut self) -> Option<&'t str> {
        let (word, rest) = self.word();
        if !is_name(word) {
            return None;
        }
        self.rest = rest;
        Some(word)
    }

    /// A text, number, true, false or null, as JSON writes them; words in any case.
    pub(super) fn literal(&mut self) -> Option<Value> {
        self.skip_blanks();
        if let Some(inner) = self.rest.strip_prefix('"') {
            let mut escaped = false;
            let closing = inner.bytes().position(|byte| {
                let closes = byte == b'"' && !escaped;
                escaped = byte == b'\\' && !escaped;
                closes
            })?;
            let (text, rest) = self.rest.split_at_checked(closing.checked_add(2)?)?;
            let text: alloc::string::String = serde_json::from_str(text).ok()?;
            self.rest = rest;
            return Some(Value::String(text));
        }
        let (word, rest) = self.word();
        let is = |wanted: &str| word.eq_ignore_ascii_case(wanted);
        let literal = match word {
            _ if is("true") => Value::Bool(true),
            _ if is("false") => Value::Bool(false),
            _ if is("null") => Value::Null,
            _ => Value::Number(serde_json::from_str(word).ok()?),
        };
        self.rest = rest;
        Some(literal)
    }
}

/// The name of an attribute (RFC 7643, section 2.1); `$ref` too.
pub(super) fn is_name(text: &str) -> bool {
    let mut characters = text.strip_prefix('$').unwrap_or(text).chars();
    characters.next().is_some_and(|first| first.is_ascii_alphabetic())
        && characters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}
