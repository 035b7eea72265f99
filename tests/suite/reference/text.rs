//! How values of each kind compare: ids, names, paths, DNs, e-mails (sections 1 to 3).

/// What an entry, or the rule that wants it, identifies a group by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Id,
    Name,
    Path,
    Dn,
    Email,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    Sensitive,
    Ascii,
    Unicode,
}

impl Case {
    pub fn fold(self, text: &str) -> String {
        match self {
            Case::Sensitive => text.to_owned(),
            Case::Ascii => text.to_ascii_lowercase(),
            Case::Unicode => text.chars().flat_map(fold_char).collect(),
        }
    }
}

/// Case folding out of the tables of `std`: up, then down. The dotless i has no other case.
fn fold_char(c: char) -> Vec<char> {
    if c == '\u{131}' {
        return vec![c];
    }
    c.to_uppercase().flat_map(char::to_lowercase).collect()
}

/// A value in the form in which equal ones are equal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    Text(String),
    /// Segments from the root down.
    Path(Vec<String>),
    /// RDNs as written, the leaf first; each a set of type and value.
    Dn(Vec<Vec<(String, DnValue)>>),
}

/// What an attribute of a DN holds: a text, or the digits of an encoding, which is no text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum DnValue {
    Text(String),
    Encoded(String),
}

/// `None`: no DN or path where one is expected.
pub fn key(kind: Kind, value: &str, case: Case) -> Option<Key> {
    match kind {
        Kind::Id => Some(Key::Text(value.to_ascii_lowercase())),
        Kind::Name | Kind::Email => Some(Key::Text(case.fold(value))),
        Kind::Path => path(value, case).map(Key::Path),
        Kind::Dn => dn(value, case).map(Key::Dn),
    }
}

/// Whether `inner` is `outer` itself or below it.
pub fn is_under(inner: &Key, outer: &Key) -> bool {
    match (inner, outer) {
        (Key::Path(inner), Key::Path(outer)) => inner.starts_with(outer),
        (Key::Dn(inner), Key::Dn(outer)) => inner.ends_with(outer),
        _ => false,
    }
}

/// An optional leading slash, then segments between slashes, none of them empty.
fn path(value: &str, case: Case) -> Option<Vec<String>> {
    let value = value.strip_prefix('/').unwrap_or(value);
    let mut segments = Vec::new();
    for segment in value.split('/') {
        if segment.is_empty() {
            return None;
        }
        segments.push(case.fold(segment));
    }
    Some(segments)
}

/// A DN as RFC 4514 writes it; blanks around separators are ignored.
fn dn(value: &str, case: Case) -> Option<Vec<Vec<(String, DnValue)>>> {
    let mut rdns = Vec::new();
    for rdn in split_unescaped(value, ',') {
        let mut attributes = Vec::new();
        for attribute in split_unescaped(rdn, '+') {
            let (name, value) = attribute.split_once('=')?;
            let name = name.trim_matches(' ').to_ascii_lowercase();
            if !is_attribute_type(&name) {
                return None;
            }
            attributes.push((short_name(name), dn_value(value, case)?));
        }
        attributes.sort();
        attributes.dedup();
        rdns.push(attributes);
    }
    Some(rdns)
}

/// The table of RFC 4514 section 3: a number and its name are one attribute type.
fn short_name(name: String) -> String {
    let short = match name.as_str() {
        "2.5.4.3" => "cn",
        "2.5.4.6" => "c",
        "2.5.4.7" => "l",
        "2.5.4.8" => "st",
        "2.5.4.9" => "street",
        "2.5.4.10" => "o",
        "2.5.4.11" => "ou",
        "0.9.2342.19200300.100.1.1" => "uid",
        "0.9.2342.19200300.100.1.25" => "dc",
        _ => return name,
    };
    short.to_owned()
}

fn split_unescaped(text: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut from, mut escaped) = (0, false);
    for (at, c) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == separator {
            parts.push(&text[from..at]);
            from = at + c.len_utf8();
        }
    }
    parts.push(&text[from..]);
    parts
}

/// A name (letter, then letters, digits, hyphens) or a dotted number.
fn is_attribute_type(name: &str) -> bool {
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let is_number =
        !name.is_empty() && name.split('.').all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit()));
    is_name || is_number
}

fn dn_value(written: &str, case: Case) -> Option<DnValue> {
    let written = written.trim_start_matches(' ');
    if let Some(hex) = written.strip_prefix('#') {
        let hex = hex.trim_end_matches(' ');
        let good = !hex.is_empty() && hex.len() % 2 == 0 && hex.chars().all(|c| c.is_ascii_hexdigit());
        return good.then(|| DnValue::Encoded(hex.to_ascii_lowercase()));
    }
    let mut bytes = Vec::new();
    // The length up to which nothing is a blank at the end.
    let mut solid = 0;
    let mut rest = written.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' => {
                let next = rest.next()?;
                if let Some(high) = next.to_digit(16) {
                    let low = rest.next()?.to_digit(16)?;
                    bytes.push(u8::try_from(high * 16 + low).ok()?);
                } else if " \"#+,;<=>\\".contains(next) {
                    bytes.push(u8::try_from(next).ok()?);
                } else {
                    return None;
                }
                solid = bytes.len();
            }
            '"' | ';' | '<' | '>' | '\0' => return None,
            _ => {
                bytes.extend(c.to_string().bytes());
                if c != ' ' {
                    solid = bytes.len();
                }
            }
        }
    }
    bytes.truncate(solid);
    let text = String::from_utf8(bytes).ok()?;
    Some(DnValue::Text(case.fold(&text)))
}

/// 8-4-4-4-12 hexadecimal digits.
pub fn is_guid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12])
        && parts.iter().all(|part| part.chars().all(|c| c.is_ascii_hexdigit()))
}

/// Not empty, not over 1,024 bytes, no control, bidi or line separator character (section 2).
pub fn is_readable(text: &str) -> bool {
    let hidden = |c: char| {
        c.is_control()
            || ('\u{202A}'..='\u{202E}').contains(&c)
            || ('\u{2066}'..='\u{2069}').contains(&c)
            || c == '\u{2028}'
            || c == '\u{2029}'
    };
    !text.is_empty() && text.len() <= 1024 && !text.chars().any(hidden)
}
