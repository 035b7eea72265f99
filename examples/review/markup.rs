//! Texts as a page can hold them: no text from outside becomes markup or changes how its neighbours are drawn.

use std::fmt::{self, Write as _};

use groupmap::Target;

/// Names longer than this, in characters, are shown on one line that is cut; the whole text stays in the markup.
const LONG: usize = 60;

/// A text of ours or from outside, for content and for attributes.
pub(crate) struct Text<'a>(pub(crate) &'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in visible(self.0).chars() {
            match character {
                '&' => f.write_str("&amp;"),
                '<' => f.write_str("&lt;"),
                '>' => f.write_str("&gt;"),
                '"' => f.write_str("&quot;"),
                '\'' => f.write_str("&#39;"),
                other => f.write_char(other),
            }?;
        }
        Ok(())
    }
}

/// A name from outside, apart from the sentence that it stands in.
pub(crate) struct Name<'a>(pub(crate) &'a str);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            "" => f.write_str("<i>(empty)</i>"),
            // It can be focused, and is whole then.
            long if long.chars().nth(LONG).is_some() => {
                write!(f, "<bdi class=\"name long\" tabindex=\"0\">{}</bdi>", Text(long))
            }
            short => write!(f, "<bdi class=\"name\">{}</bdi>", Text(short)),
        }
    }
}

/// The text with control, bidi and invisible characters written as `\u{…}`, as the crate writes them wherever it shows a
/// name: a target that is an organization is shown as the organization's name alone.
pub(crate) fn visible(text: &str) -> String {
    Target::organization(text).to_string()
}

/// At most this many characters of the visible text, with `…` where there are more.
pub(crate) fn cut(text: &str, most: usize) -> String {
    let text = visible(text);
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// A number as people read it: `5,000`.
pub(crate) fn number(count: usize) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 person`, `5,000 people`.
pub(crate) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{} {}", number(count), if count == 1 { one } else { many })
}

pub(crate) fn people(count: usize) -> String {
    counted(count, "person", "people")
}
