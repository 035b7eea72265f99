//! The work: rules, the groups of one login, and what the person holds.
//!
//! Everything is made from numbers by a fixed function, so that each run measures the same work. A tenth of the groups
//! meets a rule; of the rest, some look much like those that do.

use std::collections::BTreeSet;

/// How the rules are mixed, and how many groups meet one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// 80 % names, 15 % ids, 5 % regexes that begin or end with a literal.
    Typical,
    /// The same, but of the regexes 30 % have their literal inside, and up to ten have none.
    Mixed,
    /// 85 % names, 15 % ids: for engines that cannot match patterns.
    ExactOnly,
    /// Every rule is a regex that begins or ends with a literal of its own.
    AllRegex,
    /// Every rule is a regex, and all begin and end alike.
    SharedAffixes,
    /// Typical rules; every group meets one.
    EverythingMatches,
    /// Typical rules; no group meets one.
    NothingMatches,
}

impl Shape {
    /// All of them, in the order of the report.
    pub(crate) const ALL: [Self; 7] = [
        Self::Typical,
        Self::Mixed,
        Self::ExactOnly,
        Self::AllRegex,
        Self::SharedAffixes,
        Self::EverythingMatches,
        Self::NothingMatches,
    ];

    /// What the rules of this shape are, in a line.
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Self::Typical => "80 % names, 15 % ids, 5 % regexes with an anchored literal",
            Self::Mixed => "the same, but of the regexes 30 % have an inner literal and up to ten have none",
            Self::ExactOnly => "85 % names, 15 % ids, no regexes",
            Self::AllRegex => "all rules are regexes with an anchored literal",
            Self::SharedAffixes => "all rules are regexes with one common prefix and suffix",
            Self::EverythingMatches => "typical rules, every group meets one",
            Self::NothingMatches => "typical rules, no group meets one",
        }
    }

    /// What rule `number` is.
    fn kind(self, number: usize) -> Kind {
        let ordinal = number / 20;
        match (self, number % 20) {
            (Self::SharedAffixes, _) => Kind::Affixes,
            (Self::AllRegex, place) if place % 2 == 0 => Kind::Prefix,
            (Self::AllRegex, _) => Kind::Suffix,
            (_, 1..=3) => Kind::Id,
            (Self::ExactOnly, _) => Kind::Name,
            (Self::Mixed, 0) => match ordinal % 10 {
                2 | 8 => Kind::Suffix,
                1 | 3 | 7 => Kind::Inner,
                4 if ordinal < 100 => Kind::Free,
                _ => Kind::Prefix,
            },
            (_, 0) if ordinal % 3 == 2 => Kind::Suffix,
            (_, 0) => Kind::Prefix,
            _ => Kind::Name,
        }
    }
}

/// What a rule asks for.
#[derive(Clone, Debug)]
pub(crate) enum Condition {
    /// A group with exactly this name.
    Name(String),
    /// A group with exactly this object id.
    Id(String),
    /// A group whose whole name matches.
    Regex(String),
}

/// One rule: whoever is in such a group gets the target.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) id: String,
    pub(crate) condition: Condition,
    pub(crate) target: String,
}

/// One login against one set of rules.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) rules: Vec<Rule>,
    /// Every target there is, in name order; the last few are granted by no rule.
    pub(crate) catalog: Vec<String>,
    /// The person's groups, as a token lists them.
    pub(crate) groups: Vec<String>,
    /// What the person holds, in name order: nine tenths of what is desired, and a little that is not.
    pub(crate) held: Vec<String>,
}

/// Numbers from here on belong to no rule.
const NOBODYS: usize = 50_000;

impl World {
    pub(crate) fn new(shape: Shape, rules: usize, groups: usize) -> Self {
        let targets = rules.min(997);
        let target = |number: usize| format!("target-{:04}", number % targets);
        let rule = |number| Rule {
            id: format!("r{number:05}"),
            condition: shape.kind(number).condition(number),
            target: target(number),
        };
        let matching = match shape {
            Shape::EverythingMatches => groups,
            Shape::NothingMatches => 0,
            _ => groups / 10,
        };
        let met = met(shape, rules, matching);
        let mut listed = matching_groups(shape, &met, matching);
        listed.extend((listed.len()..groups).map(|index| stranger(shape, index)));
        assert_eq!(listed.iter().collect::<BTreeSet<_>>().len(), groups, "no group is listed twice");
        let mut listed: Vec<_> = listed.into_iter().enumerate().collect();
        listed.sort_by_key(|(index, _)| scattered(index + 7));

        let desired: BTreeSet<String> = met.iter().map(|number| target(*number)).collect();
        let retired = || (0..3).map(|number| format!("retired-{number}"));
        let mut held: Vec<String> =
            desired.iter().enumerate().filter(|(index, _)| index % 10 != 0).map(|(_, held)| held.clone()).collect();
        held.extend(retired());
        if shape == Shape::NothingMatches {
            held.extend((0..targets.min(12)).map(target));
        }
        held.sort();
        let mut catalog: Vec<String> = (0..targets).map(target).chain(retired()).collect();
        catalog.sort();
        Self {
            rules: (0..rules).map(rule).collect(),
            catalog,
            groups: listed.into_iter().map(|(_, group)| group).collect(),
            held,
        }
    }
}

/// The rules that are met: one of each kind of regex, the rest anywhere.
fn met(shape: Shape, rules: usize, matching: usize) -> BTreeSet<usize> {
    let mut met = BTreeSet::new();
    let mut seen = Vec::new();
    for number in (0..rules).take_while(|_| matching > 0) {
        let kind = shape.kind(number);
        if kind.is_regex() && !seen.contains(&kind) {
            seen.push(kind);
            met.insert(number);
        }
    }
    let anywhere = (0..).map(|index| scattered(index) % rules);
    for number in anywhere {
        if met.len() >= matching.min(rules) {
            break;
        }
        met.insert(number);
    }
    met
}

/// A group for each rule that is met; further ones, if there are too few rules, for those that are regexes.
fn matching_groups(shape: Shape, met: &BTreeSet<usize>, matching: usize) -> Vec<String> {
    let mut groups: Vec<String> = met.iter().map(|number| shape.kind(*number).member(*number, 0)).collect();
    let patterns: Vec<usize> = met.iter().copied().filter(|number| shape.kind(*number).is_regex()).collect();
    let missing = matching.saturating_sub(groups.len());
    let again = (1..=missing).flat_map(|variant| patterns.iter().map(move |number| (*number, variant)));
    groups.extend(again.take(missing).map(|(number, variant)| shape.kind(number).member(number, variant)));
    groups
}

/// A group that meets no rule.
fn stranger(shape: Shape, index: usize) -> String {
    let number = NOBODYS + index * 97;
    match index % 20 {
        0..=2 => Kind::Id.member(number, index),
        3..=5 => Kind::Name.member(number, index),
        // Begins or ends like those that meet a regex.
        place @ 6..=8 => match shape.kind(if place == 8 { 40 } else { 0 }) {
            kind if kind.is_regex() => kind.member(number, index),
            _ => Kind::Prefix.member(number, index),
        },
        _ => format!("unmapped-{:06}-{}", number, word(index)),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Name,
    Id,
    Prefix,
    Suffix,
    Inner,
    Free,
    Affixes,
}

impl Kind {
    fn is_regex(self) -> bool {
        !matches!(self, Self::Name | Self::Id)
    }

    /// What rule `number` of this kind asks for.
    fn condition(self, number: usize) -> Condition {
        match self {
            Self::Name => Condition::Name(self.member(number, 0)),
            Self::Id => Condition::Id(self.member(number, 0)),
            Self::Prefix => Condition::Regex(format!("team-{number:05}-[a-z]+")),
            Self::Suffix => Condition::Regex(format!("[a-z]+-{number:05}-admins")),
            Self::Inner => Condition::Regex(format!(".*-{number:05}-.*")),
            Self::Free => Condition::Regex(format!("[a-z]{{{}}}[0-9]{{4}}x?", free_letters(number))),
            Self::Affixes => Condition::Regex(format!("team-[a-z]+-{number:05}-[a-z]+-members")),
        }
    }

    /// A group that meets rule `number` of this kind; another one for each variant, if the rule is a regex.
    fn member(self, number: usize, variant: usize) -> String {
        let word = word(variant);
        match self {
            Self::Name => format!("department-{number:05}-employees"),
            Self::Id => format!("{:08x}-0000-4000-8000-{number:012x}", scattered(number)),
            Self::Prefix => format!("team-{number:05}-{word}"),
            Self::Suffix => format!("{word}-{number:05}-admins"),
            Self::Inner => format!("emea-{number:05}-{word}"),
            Self::Free => format!("{}{:04}x", "z".repeat(free_letters(number)), variant),
            Self::Affixes => format!("team-{word}-{number:05}-blue-members"),
        }
    }
}

/// How many letters the pattern without a literal begins with; rule numbers are 200 apart.
fn free_letters(number: usize) -> usize {
    2 + number / 200
}

/// A word of lower-case letters, another one for each number.
fn word(number: usize) -> String {
    let words = ["engineering", "operations", "research", "finance", "platform", "security", "logistics", "support"];
    let mut word = words[number % words.len()].to_owned();
    let mut rest = number / words.len();
    while rest > 0 {
        word.push(char::from(b"abcdefghijklmnopqrstuvwxyz"[rest % 26]));
        rest /= 26;
    }
    word
}

/// A number that looks random and is the same in every run.
fn scattered(seed: usize) -> usize {
    let mixed = (seed as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mixed = (mixed ^ (mixed >> 32)).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    usize::try_from(mixed >> 40).unwrap_or_default()
}
