//! Messages of parsers without what they quote from the input, which may be personal data.

use alloc::format;
use alloc::string::{String, ToString};
use core::fmt::Display;

use serde::de::{Deserialize, Deserializer, Error};

/// What serde puts before a value that it quotes, and what is shown in place of both. Texts stand between quotation
/// marks, the rest between backquotes.
const QUOTES: [(&str, &str); 5] = [
    ("string \"", "a string"),
    ("boolean `", "a boolean"),
    ("integer `", "an integer"),
    ("floating point `", "a number"),
    ("character `", "a character"),
];

/// What serde puts before a word that it does not know.
const UNKNOWN: [&str; 2] = ["unknown field `", "unknown variant `"];

/// A message without the values that it quotes.
pub(crate) fn without_values(message: &str) -> String {
    let mut out = String::with_capacity(message.len());
    let mut rest = message;
    loop {
        let found = QUOTES.iter().filter_map(|quote| Some((rest.find(quote.0)?, quote)));
        let Some((start, (before, instead))) = found.min_by_key(|(start, _)| *start) else { break };
        out.push_str(rest.get(..start).unwrap_or_default());
        out.push_str(instead);
        let quoted = rest.get(start.saturating_add(before.len())..).unwrap_or_default();
        rest = behind(quoted, if before.ends_with('"') { '"' } else { '`' });
    }
    out.push_str(rest);
    out
}

/// What stands behind the mark that ends a quoted value. A value of one character may be the mark itself.
fn behind(quoted: &str, mark: char) -> &str {
    let mut escaped = mark == '`';
    let end = quoted.char_indices().find(|(_, character)| {
        let closes = *character == mark && !escaped;
        escaped = *character == '\\' && !escaped;
        closes
    });
    end.and_then(|(index, _)| quoted.get(index.saturating_add(1)..)).unwrap_or_default()
}

/// A message without the words that are not known either: in what is said of a person, keys may name somebody too.
fn without_input(message: &str) -> String {
    let message = without_values(message);
    let unknown = UNKNOWN.iter().filter_map(|before| Some((message.find(before)?, *before))).min();
    let Some((start, before)) = unknown else { return message };
    let (shown, word) = message.split_at_checked(start.saturating_add(before.len())).unwrap_or_default();
    // The list of known words holds no such end, whatever the word holds.
    let end = ["`, expected ", "`, there are no "].iter().filter_map(|end| word.rfind(end)).max();
    let behind = end.and_then(|end| word.get(end.saturating_add(1)..)).unwrap_or_default();
    format!("{}{behind}", shown.trim_end_matches(" `"))
}

/// An error whose message shows nothing of the input.
pub(crate) fn anonymous<E: Error>(error: impl Display) -> E {
    E::custom(without_input(&error.to_string()))
}

/// Reads what is said of a person: no error shows what it is.
pub(crate) fn anonymously<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    T::deserialize(deserializer).map_err(anonymous)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_out_of_messages() {
        for (message, expected) in [
            (r#"invalid type: string "u1\"@example.com", expected a map"#, "invalid type: a string, expected a map"),
            ("invalid type: integer `11203948571`, expected a string", "invalid type: an integer, expected a string"),
            ("invalid type: floating point `1.5`, expected u64", "invalid type: a number, expected u64"),
            ("invalid type: boolean `true`, expected u64 at line 1", "invalid type: a boolean, expected u64 at line 1"),
            ("invalid value: character ```, expected x", "invalid value: a character, expected x"),
            (r#"string "a", then integer `1`"#, "a string, then an integer"),
            (r#"invalid type: string "cut off"#, "invalid type: a string"),
            ("missing field `config` at line 1", "missing field `config` at line 1"),
            ("unknown field `nmae`, expected `name`", "unknown field `nmae`, expected `name`"),
        ] {
            assert_eq!(without_values(message), expected);
        }
    }

    #[test]
    fn of_a_person_unknown_words_stay_out_too() {
        for (message, expected) in [
            ("unknown field `u1@example.com`, expected one of `a`, `b`", "unknown field, expected one of `a`, `b`"),
            ("unknown field `x`, expected `u1`, expected `b`", "unknown field, expected `b`"),
            ("unknown variant `u1`, there are no variants", "unknown variant, there are no variants"),
            ("unknown field `unknown variant `u1`, expected `b`", "unknown field, expected `b`"),
            ("unknown field `integer `u1`, expected `b`", "unknown field"),
            ("unknown field `cut off", "unknown field"),
            ("missing field `account`", "missing field `account`"),
        ] {
            assert_eq!(without_input(message), expected);
        }
    }
}
