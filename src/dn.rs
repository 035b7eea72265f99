//! Distinguished names as strings (RFC 4514): parsed, and compared by canonical form.
//!
//! Attribute types ignore ASCII case (RFC 4512 section 2.5) and go by name or by number (RFC 4514 section 3), values follow the source's case policy, the order of the
//! parts of a multi-valued RDN does not count (RFC 4514 section 2.2), and blanks around `,` `+` `=` are ignored
//! unless escaped, as RFC 2253 section 4 allows in older strings. A value in the `#` form (section 2.4) is compared as
//! its hexadecimal text, and equals no value that is written out.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use crate::text::CasePolicy;

/// Ends a canonical part of an RDN, and an RDN. In a value, where an escape may write any character, they and what escapes
/// them are written with [`ESCAPE`] before them.
const PART: char = '\u{1}';
const RDN: char = '\u{2}';
const ESCAPE: char = '\u{3}';

/// The canonical form of a distinguished name; `None` where a text is none, or an empty one.
pub(crate) fn dn_key(text: &str, case: CasePolicy) -> Option<String> {
    let mut key = String::with_capacity(text.len());
    let mut scanner = Scanner { rest: text };
    loop {
        let mut parts = Vec::new();
        let end = loop {
            let (part, end) = scanner.part(case)?;
            parts.push(part);
            if end != Some('+') {
                break end;
            }
        };
        parts.sort();
        parts.dedup();
        for part in parts {
            key.push_str(&part);
            key.push(PART);
        }
        key.push(RDN);
        if end.is_none() {
            return Some(key);
        }
    }
}

/// The canonical form of a name and of every name above it, the longest first.
pub(crate) fn dn_suffixes(key: &str) -> impl Iterator<Item = &str> {
    core::iter::successors(Some(key), |name| {
        let (_, above) = name.split_once(RDN)?;
        (!above.is_empty()).then_some(above)
    })
}

/// Adds a value so that nothing in it looks like the end of a part.
fn push_value(part: &mut String, value: &str) {
    for character in value.chars() {
        let written = match character {
            PART => 'p',
            RDN => 'r',
            ESCAPE => 'e',
            plain => {
                part.push(plain);
                continue;
            }
        };
        part.push(ESCAPE);
        part.push(written);
    }
}

struct Scanner<'a> {
    rest: &'a str,
}

impl Scanner<'_> {
    fn next(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let next = chars.next();
        self.rest = chars.as_str();
        next
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches(' ');
    }

    /// One `type=value`, canonical, and the separator behind it.
    fn part(&mut self, case: CasePolicy) -> Option<(String, Option<char>)> {
        let (name, rest) = self.rest.split_once('=')?;
        let name = name.trim_matches(' ');
        if !is_attribute_type(name) {
            return None;
        }
        self.rest = rest;
        let (value, end) = self.value()?;
        let name = name.to_ascii_lowercase();
        let mut part = String::from(named(&name));
        part.push('=');
        match value {
            Value::Text(value) => push_value(&mut part, &case.canonical(&value)),
            // No text begins so.
            Value::Hex(digits) => part.extend([ESCAPE, 'h'].into_iter().chain(digits.chars())),
        }
        Some((part, end))
    }

    /// One value without its escapes, and the separator behind it.
    fn value(&mut self) -> Option<(Value, Option<char>)> {
        self.skip_blanks();
        if self.rest.starts_with('#') {
            return self.hex_value();
        }
        // Bytes, since `\C3\A9` is one character in two escapes.
        let mut bytes: Vec<u8> = Vec::new();
        // How much of `bytes` stays when trailing blanks are cut; escaped ones stay.
        let mut kept = 0;
        let end = loop {
            match self.next() {
                None => break None,
                Some(separator @ (',' | '+')) => break Some(separator),
                Some('\\') => {
                    bytes.push(self.escaped_byte()?);
                    kept = bytes.len();
                }
                // Section 3: these never stand alone in a value.
                Some('"' | ';' | '<' | '>' | '\0') => return None,
                Some(' ') => bytes.push(b' '),
                Some(plain) => {
                    bytes.extend_from_slice(plain.encode_utf8(&mut [0; 4]).as_bytes());
                    kept = bytes.len();
                }
            }
        };
        bytes.truncate(kept);
        Some((Value::Text(String::from_utf8(bytes).ok()?), end))
    }

    /// What stands behind a backslash: a special character or two hexadecimal digits.
    fn escaped_byte(&mut self) -> Option<u8> {
        let first = self.next()?;
        if let special @ (' ' | '"' | '#' | '+' | ',' | ';' | '<' | '=' | '>' | '\\') = first {
            return u8::try_from(special).ok();
        }
        let high = first.to_digit(16)?;
        let low = self.next()?.to_digit(16)?;
        u8::try_from(high.checked_mul(16)?.checked_add(low)?).ok()
    }

    fn hex_value(&mut self) -> Option<(Value, Option<char>)> {
        let end = self.rest.find([',', '+']);
        let (digits, rest) = match end {
            Some(index) => self.rest.split_at_checked(index)?,
            None => (self.rest, ""),
        };
        self.rest = rest;
        let separator = self.next();
        let digits = digits.trim_end_matches(' ');
        let hex = digits.strip_prefix('#')?;
        let whole = !hex.is_empty() && hex.len().is_multiple_of(2) && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        whole.then(|| (Value::Hex(hex.to_ascii_lowercase()), separator))
    }
}

enum Value {
    Text(String),
    Hex(String),
}

/// The attribute types that RFC 4514 section 3 names, by the numbers that they stand for.
const NAMES: [(&str, &str); 9] = [
    ("2.5.4.3", "cn"),
    ("2.5.4.7", "l"),
    ("2.5.4.8", "st"),
    ("2.5.4.10", "o"),
    ("2.5.4.11", "ou"),
    ("2.5.4.6", "c"),
    ("2.5.4.9", "street"),
    ("0.9.2342.19200300.100.1.25", "dc"),
    ("0.9.2342.19200300.100.1.1", "uid"),
];

/// The one spelling of an attribute type.
fn named(attribute_type: &str) -> &str {
    NAMES.iter().find(|(number, _)| *number == attribute_type).map_or(attribute_type, |(_, name)| name)
}

/// `descr` or `numericoid` of RFC 4512 section 1.4.
fn is_attribute_type(name: &str) -> bool {
    let descriptor = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let oid = name.split('.').all(|arc| !arc.is_empty() && arc.bytes().all(|byte| byte.is_ascii_digit()));
    descriptor || oid
}

/// The canonical form of a path: an optional leading `/`, then segments between `/`, none of them empty.
pub(crate) fn path_key(text: &str, case: CasePolicy) -> Option<Cow<'_, str>> {
    Some(case.canonical(text.get(path_start(text.as_bytes())?..)?))
}

/// Where the first segment of a path begins.
#[inline]
pub(crate) fn path_start(path: &[u8]) -> Option<usize> {
    let start = usize::from(path.first() == Some(&b'/'));
    (path.len() > start && path.last() != Some(&b'/') && !has_empty_segment(path)).then_some(start)
}

/// Whether two `/` stand side by side.
#[inline]
fn has_empty_segment(path: &[u8]) -> bool {
    let (_, after) = path.split_first().unwrap_or((&0, &[]));
    let before = path.get(..after.len()).unwrap_or_default();
    let both = |any: u8, (a, b): (&u8, &u8)| any | (u8::from(*a == b'/') & u8::from(*b == b'/'));
    if after.len() < size_of::<Lane>() {
        return before.iter().zip(after).fold(0, both) != 0;
    }
    lanes(before).zip(lanes(after)).any(|(before, after)| before.iter().zip(after).fold(0, both) != 0)
}

/// As many bytes as are looked at at a time, without branches.
type Lane = [u8; 16];

/// All bytes in lanes, of which the last may overlap the one before; none where there are too few.
#[inline]
fn lanes(bytes: &[u8]) -> impl Iterator<Item = &Lane> {
    bytes.as_chunks().0.iter().chain(bytes.last_chunk())
}

/// The canonical form of a path that a rule gives in segments. A segment that holds a `/` is no segment of any path,
/// and its form is equal to none.
pub(crate) fn segments_key(segments: &[String], case: CasePolicy) -> String {
    let escaped: Vec<String> = segments.iter().map(|segment| segment.replace('/', "//")).collect();
    case.canonical(&escaped.join("/")).into_owned()
}

/// The canonical form of a path and of every path above it, the longest first.
pub(crate) fn path_prefixes(key: &str) -> impl Iterator<Item = &str> {
    core::iter::successors(Some(key), |shorter| shorter.rsplit_once('/').map(|(parent, _)| parent))
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    fn same(left: &str, right: &str) -> bool {
        let left = dn_key(left, CasePolicy::Ascii);
        left.is_some() && left == dn_key(right, CasePolicy::Ascii)
    }

    #[test]
    fn equal_names() {
        assert!(same("CN=Entry,OU=Labs, O=Nova", "cn=ENTRY,ou=labs,o=nova"));
        assert!(same(r"CN=a\,b,DC=x", r"cn=a\2Cb,dc=x"));
        assert!(same("CN=a+OU=b,DC=x", "OU=b + CN=a , DC=x"));
        assert!(same(r"CN=\C3\A9,DC=x", "CN=é,DC=x"));
        assert!(same("CN=a ,DC=x", "CN=a,DC=x"));
        assert!(same("CN=a+CN=a,DC=x", "CN=a,DC=x"));
        assert!(same("CN=#04024869,DC=x", "cn=#04024869,dc=x"));
        let by_name = "CN=a,L=b,ST=c,O=d,OU=e,C=f,STREET=g,DC=h,UID=i";
        let by_number = "2.5.4.3=a,2.5.4.7=b,2.5.4.8=c,2.5.4.10=d,2.5.4.11=e,2.5.4.6=f,2.5.4.9=g,\
                         0.9.2342.19200300.100.1.25=h,0.9.2342.19200300.100.1.1=i";
        assert!(same(by_name, by_number));
        assert!(same("CN=a+2.5.4.3=a,DC=x", "CN=a,DC=x"));
    }

    #[test]
    fn different_names() {
        assert!(!same(r"CN=a\ ,DC=x", "CN=a,DC=x"));
        assert!(!same(r"CN=a\,b,DC=x", "CN=a,OU=b,DC=x"));
        assert!(!same("CN=a,DC=x", "CN=a"));
        assert!(!same("CN=ab", "CN=a b"));
        assert!(!same("2.5.4.4=a", "CN=a") && !same("2.5.4.3.1=a", "CN=a"));
    }

    /// A group may be given any name, also one that reads like the encoding of another.
    #[test]
    fn a_value_in_hexadecimal_equals_no_text() {
        for case in [CasePolicy::Sensitive, CasePolicy::Ascii, CasePolicy::Unicode] {
            let key = |name| dn_key(name, case);
            let encoded = key("CN=#04024869,OU=x");
            assert!(encoded.is_some() && encoded == key("cn=#04024869 ,OU=x"));
            for text in [r"CN=\#04024869,OU=x", r"CN=\2304024869,OU=x", "CN=04024869,OU=x", r"CN=\03h04024869,OU=x"] {
                assert!(key(text).is_some() && key(text) != encoded, "{text}");
            }
            let below = key(r"CN=a,CN=\#04024869,OU=x").unwrap_or_default();
            assert!(!dn_suffixes(&below).any(|above| Some(above) == encoded.as_deref()));
        }
    }

    #[test]
    fn what_is_no_name() {
        for text in [
            "",
            "ops",
            "CN",
            "=x",
            "CN=a,",
            "CN=a,,DC=x",
            r"CN=a\",
            r"CN=\G1",
            r"CN=\C3",
            "1x=a",
            "CN=a;OU=b",
            "CN=a<b",
            "CN=#1",
            "CN=#",
        ] {
            assert_eq!(dn_key(text, CasePolicy::Sensitive), None, "{text}");
        }
        assert!(dn_key("CN=", CasePolicy::Sensitive).is_some());
        assert!(dn_key("2.5.4.3=x", CasePolicy::Sensitive).is_some());
    }

    #[test]
    fn an_empty_segment_is_found_wherever_it_stands() {
        for length in 2..50_usize {
            for place in 0..length.saturating_sub(1) {
                let path = format!("{}//{}", "a".repeat(place), "b".repeat(length.saturating_sub(place)));
                assert_eq!(path_start(path.as_bytes()), None, "{path}");
            }
            let path = "a/".repeat(length);
            assert_eq!(path_start(path.as_bytes()), None, "{path}");
            assert_eq!(path_start(format!("{path}a").as_bytes()), Some(0));
            assert_eq!(path_start(format!("/{path}a").as_bytes()), Some(1));
        }
        assert_eq!([path_start(b""), path_start(b"/"), path_start(b"//")], [None; 3]);
    }

    #[test]
    fn names_above() {
        let case = CasePolicy::Sensitive;
        let above = |text: &str| dn_key(text, case).map(|key| dn_suffixes(&key).map(String::from).collect::<Vec<_>>());
        let expected: Option<Vec<String>> =
            ["CN=a,OU=b,DC=x", "OU=b,DC=x", "DC=x"].map(|dn| dn_key(dn, case)).into_iter().collect();
        assert_eq!(above("cn=a, ou=b, dc=x"), expected);
    }

    /// An escape may write any character, also those that part canonical names.
    #[test]
    fn characters_that_part_canonical_names() {
        let case = CasePolicy::Sensitive;
        let names = ["CN=a", r"CN=a\01", r"CN=a\02", r"CN=a\03", r"CN=a\03p", r"CN=a\01\02CN=b", "CN=a,CN=b"];
        let key = |name| dn_key(name, case).unwrap_or_default();
        let keys: alloc::collections::BTreeSet<_> = names.map(key).into();
        assert_eq!(keys.len(), names.len(), "{keys:?}");
        assert_eq!(key("CN=a\u{1}"), key(r"CN=a\01"));
        let (long, above) = (key(r"CN=a\01\02CN=b,DC=x"), key("DC=x"));
        assert!(!above.is_empty() && dn_suffixes(&long).skip(1).eq([&*above]));
    }

    #[test]
    fn paths() {
        let case = CasePolicy::Sensitive;
        assert_eq!(path_key("/org/eng", case), path_key("org/eng", case));
        for none in ["", "/", "//a", "a//b", "a/"] {
            assert_eq!(path_key(none, case), None, "{none}");
        }
        assert_ne!(Some(segments_key(&["a/b".into()], case)), path_key("a/b", case).map(Cow::into_owned));
        assert!(path_prefixes("a/b/c").eq(["a/b/c", "a/b", "a"]));
    }
}
