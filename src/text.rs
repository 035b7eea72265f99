//! The one place that compares, folds and escapes text from outside.
//!
//! Nothing is trimmed, cut or normalised. Under [`CasePolicy::Unicode`] text is compared by Unicode *simple* case
//! folding (`CaseFolding.txt`, status C and S), which is what the `i` flag of patterns means too, so that an exact
//! rule and a pattern never disagree about two spellings. Folding is idempotent and never changes the number of
//! characters. Canonical forms (NFC, NFD) are not unified: `é` as one character and as two are different names.

use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt;

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

/// The longest readable group element, in bytes.
pub const MAX_ELEMENT_BYTES: usize = 1_024;

/// About half as many characters as there are.
const HALF_OF_UNICODE: usize = 0x8_0000;

/// How upper and lower case compare in names, paths, DNs, e-mails and their patterns. Ids always ignore ASCII case.
///
/// Default: `sensitive`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CasePolicy {
    /// `Ops` and `ops` are two groups.
    #[default]
    Sensitive,
    /// `Ops` and `ops` are one group; `É` and `é` are two.
    Ascii,
    /// `Ops` and `ops` are one group, and so are `É` and `é`; `ß` and `ss` stay two.
    Unicode,
}

impl CasePolicy {
    /// The canonical form of a text: two texts are equal under this policy if and only if their canonical forms are
    /// the same bytes.
    pub(crate) fn canonical(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::Sensitive => Cow::Borrowed(text),
            Self::Ascii | Self::Unicode if text.is_ascii() => ascii_folded(text),
            Self::Ascii => ascii_folded(text),
            Self::Unicode => Cow::Owned(text.chars().map(simple_folded).collect()),
        }
    }
}

impl CasePolicy {
    /// Whether a class holds all that is equal to any character that it holds.
    pub(crate) fn is_closed(self, class: &ClassUnicode) -> bool {
        let holds = |c: char| class.ranges().iter().any(|range| (range.start()..=range.end()).contains(&c));
        match self {
            Self::Sensitive => true,
            Self::Ascii => ('A'..='Z').all(|c| holds(c) == holds(c.to_ascii_lowercase())),
            Self::Unicode => {
                // A class is closed if and only if what it lacks is; the dot lacks nothing, `[^/]` one character.
                let mut smaller = class.clone();
                if class.ranges().iter().map(ClassUnicodeRange::len).sum::<usize>() > HALF_OF_UNICODE {
                    smaller.negate();
                }
                let mut folded = smaller.clone();
                folded.try_case_fold_simple().is_ok() && folded == smaller
            }
        }
    }

    /// A class that holds the same canonical characters as this one, and if it is small no others.
    pub(crate) fn canonical_class(self, class: &ClassUnicode) -> ClassUnicode {
        let characters = || class.ranges().iter().flat_map(|range| range.start()..=range.end());
        if self == Self::Sensitive || characters().nth(8).is_some() {
            return class.clone();
        }
        let canonical =
            characters().filter(|c| *self.canonical(c.encode_utf8(&mut [0; 4])) == *c.encode_utf8(&mut [0; 4]));
        ClassUnicode::new(canonical.map(|c| ClassUnicodeRange::new(c, c)))
    }
}

/// The composed canonical form (NFC), for hints alone: two texts with one form are two names all the same.
pub(crate) fn composed(text: &str) -> String {
    text.nfc().collect()
}

/// The composed compatibility form (NFKC), for hints alone.
pub(crate) fn compatible(text: &str) -> String {
    text.nfkc().collect()
}

fn ascii_folded(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|byte| byte.is_ascii_lowercase()) {
        Cow::Owned(text.to_ascii_uppercase())
    } else {
        Cow::Borrowed(text)
    }
}

/// The least character that is equal to this one under simple case folding, by the tables that patterns use.
fn simple_folded(character: char) -> char {
    if character.is_ascii() {
        return character.to_ascii_uppercase();
    }
    let mut class = ClassUnicode::new([ClassUnicodeRange::new(character, character)]);
    match class.try_case_fold_simple() {
        Ok(()) => class.ranges().first().map_or(character, ClassUnicodeRange::start),
        Err(_) => character,
    }
}

/// Where a part of a text stands in it, if that is where it is: by its address, not by what it says.
#[inline]
pub(crate) fn offset_within(whole: &str, part: &str) -> Option<usize> {
    let start = part.as_ptr().addr().checked_sub(whole.as_ptr().addr())?;
    (start.checked_add(part.len())? <= whole.len()).then_some(start)
}

/// Whether an element is readable: not empty, at most [`MAX_ELEMENT_BYTES`], free of control, bidi and line
/// separator characters.
#[inline]
pub(crate) fn is_readable(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_ELEMENT_BYTES && (is_plain(text) || !text.chars().any(is_forbidden))
}

/// Whether a text is nothing but printable ASCII, as most are: looked at without branches, many bytes at a time.
#[inline]
pub(crate) fn is_plain(text: &str) -> bool {
    text.bytes().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~'))
}

/// Characters that no group name, id, path, DN or address may hold.
fn is_forbidden(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

/// Whether an id could be one at all: no white space, no control characters.
pub(crate) fn is_id(text: &str) -> bool {
    !text.is_empty() && !text.chars().any(|c| c.is_whitespace() || is_forbidden(c))
}

/// Whether a text has the shape of a GUID: 8-4-4-4-12 hexadecimal digits.
pub(crate) fn is_guid(text: &str) -> bool {
    is_guid_of(text.as_bytes(), |byte| byte.is_ascii_hexdigit())
}

/// The same in lower case.
#[inline]
pub(crate) fn is_lower_guid(text: &[u8]) -> bool {
    is_guid_of(text, |byte| byte.is_ascii_hexdigit() & !byte.is_ascii_uppercase())
}

#[inline]
fn is_guid_of(text: &[u8], is_digit: impl Fn(u8) -> bool) -> bool {
    let Ok(bytes) = <&[u8; 36]>::try_from(text) else { return false };
    let hyphened = [8, 13, 18, 23].iter().all(|place: &usize| bytes.get(*place) == Some(&b'-'));
    // Without branches, so that it is done many bytes at a time; where these are hyphens, 32 digits leave no other.
    let digits: u8 = bytes.iter().map(|byte| u8::from(is_digit(*byte))).sum();
    hyphened && digits == 32
}

/// Shows a text with everything that could disturb a terminal, a log or a reader written as `\u{…}`.
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        escape(self.0, usize::MAX, f)
    }
}

/// Like [`Escaped`], for messages: at most 80 characters, then `…`.
pub(crate) struct Brief<'a>(pub(crate) &'a str);

impl fmt::Display for Brief<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        escape(self.0, 80, f)
    }
}

fn escape(text: &str, most: usize, out: &mut dyn fmt::Write) -> fmt::Result {
    for (index, character) in text.chars().enumerate() {
        if index >= most {
            return out.write_char('…');
        }
        if is_forbidden(character) || is_invisible(character) {
            write!(out, "{}", character.escape_unicode())?;
        } else {
            out.write_char(character)?;
        }
    }
    Ok(())
}

/// Characters that leave no mark or change how their neighbours are drawn.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}'
            | '\u{2060}'..='\u{206F}'
            | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}'
            | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E0FFF}'
    )
}

/// The escaped form as a text of its own.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // Writing into a `String` cannot fail.
    let _ = escape(text, usize::MAX, &mut out);
    out
}

/// How many edits (insert, delete, replace, swap neighbours counted as two) turn one text into the other, for
/// suggestions; texts over 64 characters are not compared.
pub(crate) fn distance(left: &str, right: &str) -> Option<usize> {
    if left.len() > 64 || right.len() > 64 {
        return None;
    }
    let right: alloc::vec::Vec<char> = right.chars().collect();
    let mut row: alloc::vec::Vec<usize> = (0..=right.len()).collect();
    for (index, l) in left.chars().enumerate() {
        let mut diagonal = index;
        let mut last = index.saturating_add(1);
        if let Some(first) = row.first_mut() {
            *first = last;
        }
        for (cell, r) in row.iter_mut().skip(1).zip(&right) {
            let replaced = diagonal.saturating_add(usize::from(l != *r));
            diagonal = *cell;
            last = replaced.min(diagonal.saturating_add(1)).min(last.saturating_add(1));
            *cell = last;
        }
    }
    row.last().copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn canonical_forms_are_idempotent_over_every_scalar_value() {
        for character in '\0'..=char::MAX {
            let text = character.to_string();
            for policy in [CasePolicy::Sensitive, CasePolicy::Ascii, CasePolicy::Unicode] {
                let once = policy.canonical(&text).into_owned();
                assert_eq!(policy.canonical(&once), once, "{policy:?} U+{:04X}", u32::from(character));
            }
        }
    }

    #[test]
    fn case_policies_differ_where_they_should() {
        let same = |policy: CasePolicy, a, b| policy.canonical(a) == policy.canonical(b);
        assert!(!same(CasePolicy::Sensitive, "Ops", "ops"));
        assert!(same(CasePolicy::Ascii, "Ops", "ops"));
        assert!(!same(CasePolicy::Ascii, "É", "é"));
        assert!(!same(CasePolicy::Ascii, "\u{212A}ube", "kube"));
        assert!(same(CasePolicy::Unicode, "É", "é"));
        assert!(same(CasePolicy::Unicode, "\u{212A}ube", "kube"));
        assert!(!same(CasePolicy::Unicode, "straße", "STRASSE"));
        assert!(!same(CasePolicy::Unicode, "e\u{301}", "é"));
    }

    #[test]
    fn unreadable_elements() {
        assert!(is_readable(" ops "));
        for bad in ["", "a\nb", "a\u{85}", "a\u{202E}b", "\u{2066}", "a\u{2028}b", &"x".repeat(1_025)] {
            assert!(!is_readable(bad), "{bad:?}");
        }
        assert!(is_readable(&"x".repeat(1_024)));
    }

    #[test]
    fn guid_shapes() {
        assert!(is_guid("3E5B7C1F-20aa-4d6e-9b34-81f0c9d2e6b5"));
        assert!(!is_lower_guid(b"3E5B7C1F-20aa-4d6e-9b34-81f0c9d2e6b5"));
        assert!(is_lower_guid(b"3e5b7c1f-20aa-4d6e-9b34-81f0c9d2e6b5"));
        assert!(!is_guid("3e5b7c1f-20aa-4d6e-9b34-81f0c9d2e6-5") && !is_guid("3e5b7c1fa20aa-4d6e-9b34-81f0c9d2e6b5"));
        for bad in ["", "3e5b7c1f", "{3e5b7c1f-20aa-4d6e-9b34-81f0c9d2e6b5}", "3e5b7c1f-20aa-4d6e-9b34-81f0c9d2e6b5-"] {
            assert!(!is_guid(bad), "{bad:?}");
        }
    }

    #[test]
    fn escaping_leaves_no_raw_control_or_bidi_character() {
        assert_eq!(escaped("a\u{202E}b\n\u{200B}"), "a\\u{202e}b\\u{a}\\u{200b}");
        assert_eq!(Brief(&"x".repeat(100)).to_string().chars().count(), 81);
    }

    #[test]
    fn distances() {
        assert_eq!(distance("Circuit Manager", "Circuit Managers"), Some(1));
        assert_eq!(distance("", "abc"), Some(3));
        assert_eq!(distance("kitten", "sitting"), Some(3));
    }
}
