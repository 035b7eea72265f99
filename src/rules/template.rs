//! Targets with placeholders: which they could be, and which a matching group makes them.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::ShapeId;
use crate::matching::LeafId;
use crate::target::Target;

/// A target whose organization or name holds placeholders.
#[derive(Debug)]
pub(crate) struct Template {
    /// The target as written, for its kind.
    pub(crate) written: Target,
    pub(crate) organization: Option<Vec<Piece>>,
    pub(crate) name: Vec<Piece>,
    /// The patterns that capture every placeholder, each on its own.
    pub(crate) leaves: Vec<LeafId>,
    pub(crate) shape: ShapeId,
}

/// A piece of a text with placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Text(Box<str>),
    Capture(Box<str>),
}

impl Piece {
    /// Takes a text apart: `{name}` is a placeholder where `name` could be a capture's; any other brace is a brace.
    pub(crate) fn parse(text: &str) -> Vec<Self> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some((before, inside)) = rest.split_once('{') {
            plain.push_str(before);
            match inside.split_once('}') {
                Some((name, after)) if is_capture_name(name) => {
                    if !plain.is_empty() {
                        pieces.push(Self::Text(core::mem::take(&mut plain).into()));
                    }
                    pieces.push(Self::Capture(name.into()));
                    rest = after;
                }
                _ => {
                    plain.push('{');
                    rest = inside;
                }
            }
        }
        plain.push_str(rest);
        if !plain.is_empty() || pieces.is_empty() {
            pieces.push(Self::Text(plain.into()));
        }
        pieces
    }

    /// The fixed text that pieces begin with, if any.
    pub(crate) fn start(pieces: &[Self]) -> &str {
        match pieces.first() {
            Some(Self::Text(text)) => text,
            _ => "",
        }
    }

    pub(crate) fn captures(pieces: &[Self]) -> impl Iterator<Item = &str> {
        pieces.iter().filter_map(|piece| match piece {
            Self::Capture(name) => Some(&**name),
            Self::Text(_) => None,
        })
    }
}

fn is_capture_name(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first == '_' || first.is_alphabetic())
        && characters.all(|c| c == '_' || c == '.' || c == '[' || c == ']' || c.is_alphanumeric())
}

impl Template {
    /// Whether some captured text could make it this target: same kind, same fixed text.
    pub(crate) fn reaches(&self, target: &Target) -> bool {
        let organization = match (&self.organization, target.organization_name()) {
            (None, None) => true,
            (Some(pieces), Some(organization)) => fits(pieces, organization),
            _ => false,
        };
        organization && self.written.kind() == target.kind() && fits(&self.name, target.name())
    }

    /// The target that captured texts make it. They are taken as they are and never expanded again.
    pub(crate) fn expand<'v>(&self, captured: impl Fn(&str) -> Option<&'v str>) -> Option<Target> {
        let fill = |pieces: &[Piece]| {
            pieces.iter().try_fold(String::new(), |mut text, piece| {
                text.push_str(match piece {
                    Piece::Text(plain) => plain,
                    Piece::Capture(name) => captured(name)?,
                });
                Some(text)
            })
        };
        let organization = match &self.organization {
            Some(pieces) => Some(fill(pieces)?),
            None => None,
        };
        Some(self.written.with_texts(organization, fill(&self.name)?))
    }
}

/// Whether placeholders can be filled so that the pieces make the text: the fixed texts occur in it one after the
/// other, the first at the start and the last at the end where no placeholder stands there.
pub(crate) fn fits(pieces: &[Piece], text: &str) -> bool {
    let (mut pieces, mut rest) = (pieces, text);
    if let [Piece::Text(first), others @ ..] = pieces {
        let Some(tail) = rest.strip_prefix(&**first) else { return false };
        if others.is_empty() {
            return tail.is_empty();
        }
        (pieces, rest) = (others, tail);
    }
    if let [others @ .., Piece::Text(last)] = pieces {
        let Some(head) = rest.strip_suffix(&**last) else { return false };
        (pieces, rest) = (others, head);
    }
    for piece in pieces {
        if let Piece::Text(plain) = piece {
            let Some((_, tail)) = rest.split_once(&**plain) else { return false };
            rest = tail;
        }
    }
    !pieces.is_empty() || rest.is_empty()
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn pieces() {
        let text = |text: &str| Piece::Text(text.into());
        let capture = |name: &str| Piece::Capture(name.into());
        assert_eq!(Piece::parse("a-{x}"), [text("a-"), capture("x")]);
        assert_eq!(Piece::parse("{x}{y}"), [capture("x"), capture("y")]);
        assert_eq!(Piece::parse("{} {1} {a"), [text("{} {1} {a")]);
        assert_eq!(Piece::parse("{{x}}"), [text("{"), capture("x"), text("}")]);
        assert_eq!(Piece::parse(""), [text("")]);
        // What a capture may be called: <https://docs.rs/regex/latest/regex/#grouping-and-flags>.
        for name in ["_", "_x1", "é", "a.b", "a[0]", "a_b"] {
            assert_eq!(Piece::parse(&format!("{{{name}}}")), [capture(name)], "{name}");
        }
        for none in [".a", "[a]", "1a", "a b", "a-b", "a$"] {
            let whole = format!("{{{none}}}");
            assert_eq!(Piece::parse(&whole), [text(&whole)], "{none}");
        }
    }

    #[test]
    fn reach_is_fixed_text() {
        let pieces = Piece::parse("eu-{team}-{role}");
        assert!(fits(&pieces, "eu-red-admin") && fits(&pieces, "eu--"));
        assert!(!fits(&pieces, "us-red-admin") && !fits(&pieces, "eu-red"));
    }
}
