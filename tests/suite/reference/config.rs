//! What an admin writes (section 1): the document as values, provider presets filled in.

use serde_json::{Map, Value};

use super::condition::Condition;
use super::shape::{Shape, Shapeless, count, flag, integer, list, object, optional, required, text, word};
use super::source::{Source, read_source};
use super::target::{TARGET_KEYS, Target};
use super::text::Case;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authority {
    Additive,
    Managed,
    Exclusive,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unmatched {
    Refuse,
    Deactivate,
    Admit,
    Grant(Vec<Target>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    Never,
    VerifiedEmail,
    AnyEmail,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choose {
    Highest,
    Priority,
    Specificity,
    Unambiguous,
}

#[derive(Debug)]
pub struct Accounts {
    pub provision: bool,
    pub reactivate: bool,
    pub link: Link,
    pub new_grant: Vec<Target>,
    pub exempt: Vec<Target>,
}

#[derive(Debug)]
pub struct Item {
    pub target: Target,
    pub rank: Option<i64>,
    pub privileged: bool,
    pub keep_at_least: u64,
}

#[derive(Debug)]
pub struct Slot {
    pub kind: super::target::Kind,
    pub choose: Choose,
    pub default: Option<String>,
}

impl Slot {
    /// The target that this slot's default is in an organization, or outside any.
    pub fn default_beside(&self, organization: Option<String>) -> Option<Target> {
        let name = self.default.clone()?;
        Some(Target { organization, kind: self.kind.clone(), name })
    }
}

#[derive(Debug)]
pub struct Rule {
    pub id: String,
    pub when: Condition,
    pub grant: Vec<Target>,
    pub deny: Vec<Target>,
    pub priority: i64,
    pub enabled: bool,
    pub acknowledge_privileged: bool,
}

#[derive(Debug)]
pub struct Config {
    pub version: i64,
    pub authority: Authority,
    pub unmatched: Unmatched,
    pub source: Source,
    pub accounts: Accounts,
    pub catalog: Vec<Item>,
    pub slots: Vec<Slot>,
    pub rules: Vec<Rule>,
}

impl Config {
    pub fn read(value: &Value) -> Shape<Config> {
        let map = object(
            value,
            &[
                "version",
                "authority",
                "unmatched",
                "source",
                "accounts",
                "catalog",
                "slots",
                "rules",
                "safeguards",
                "tests",
            ],
        )?;
        let source = required(map, "source", read_source)?;
        let case = source.case;
        optional(map, "safeguards", check_safeguards)?;
        Ok(Config {
            version: required(map, "version", integer)?,
            authority: optional(map, "authority", |value| {
                word(
                    value,
                    &[
                        ("additive", Authority::Additive),
                        ("managed", Authority::Managed),
                        ("exclusive", Authority::Exclusive),
                    ],
                )
            })?
            .unwrap_or(Authority::Managed),
            unmatched: optional(map, "unmatched", read_unmatched)?.unwrap_or(Unmatched::Refuse),
            accounts: match map.get("accounts") {
                None => read_accounts(&Map::new())?,
                Some(value) => {
                    read_accounts(object(value, &["provision", "reactivate", "link", "new_grant", "exempt"])?)?
                }
            },
            catalog: optional(map, "catalog", |value| list(value)?.iter().map(read_item).collect())?
                .unwrap_or_default(),
            slots: optional(map, "slots", |value| list(value)?.iter().map(read_slot).collect())?.unwrap_or_default(),
            rules: optional(map, "rules", |value| list(value)?.iter().map(|rule| read_rule(rule, case)).collect())?
                .unwrap_or_default(),
            source,
        })
    }

    pub fn item(&self, target: &Target) -> Option<&Item> {
        self.catalog.iter().find(|item| item.target == *target)
    }

    /// How many must keep a protected target; `None` if it is not protected.
    pub fn keep_at_least(&self, target: &Target) -> Option<u64> {
        self.item(target).map(|item| item.keep_at_least).filter(|least| *least > 0)
    }

    pub fn enabled_rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter().filter(|rule| rule.enabled)
    }

    pub fn unmatched_grant(&self) -> &[Target] {
        match &self.unmatched {
            Unmatched::Grant(targets) => targets,
            _ => &[],
        }
    }
}

pub fn read_targets(value: &Value) -> Shape<Vec<Target>> {
    list(value)?.iter().map(|value| Target::read(value, &[])).collect()
}

fn read_unmatched(value: &Value) -> Shape<Unmatched> {
    match value.as_str() {
        Some("refuse") => Ok(Unmatched::Refuse),
        Some("deactivate") => Ok(Unmatched::Deactivate),
        Some("admit") => Ok(Unmatched::Admit),
        Some(_) => Err(Shapeless),
        None => required(object(value, &["grant"])?, "grant", read_targets).map(Unmatched::Grant),
    }
}

fn check_safeguards(value: &Value) -> Shape<()> {
    if let Some(removals) = object(value, &["max_removals"])?.get("max_removals") {
        let map = object(removals, &["count", "percent", "floor"])?;
        for key in ["count", "percent", "floor"] {
            optional(map, key, count)?;
        }
    }
    Ok(())
}

fn read_accounts(map: &Map<String, Value>) -> Shape<Accounts> {
    let links = [("never", Link::Never), ("verified-email", Link::VerifiedEmail), ("any-email", Link::AnyEmail)];
    Ok(Accounts {
        provision: optional(map, "provision", flag)?.unwrap_or(true),
        reactivate: optional(map, "reactivate", flag)?.unwrap_or(false),
        link: optional(map, "link", |value| word(value, &links))?.unwrap_or(Link::Never),
        new_grant: optional(map, "new_grant", read_targets)?.unwrap_or_default(),
        exempt: optional(map, "exempt", read_targets)?.unwrap_or_default(),
    })
}

fn read_item(value: &Value) -> Shape<Item> {
    let own = ["rank", "privileged", "keep_at_least"];
    let known = [&TARGET_KEYS[..], &own[..]].concat();
    let map = object(value, &known)?;
    Ok(Item {
        target: Target::read(value, &own)?,
        rank: optional(map, "rank", integer)?,
        privileged: optional(map, "privileged", flag)?.unwrap_or(false),
        keep_at_least: optional(map, "keep_at_least", count)?.unwrap_or(0),
    })
}

fn read_slot(value: &Value) -> Shape<Slot> {
    let map = object(value, &["kind", "choose", "default"])?;
    let choices = [
        ("highest", Choose::Highest),
        ("priority", Choose::Priority),
        ("specificity", Choose::Specificity),
        ("unambiguous", Choose::Unambiguous),
    ];
    Ok(Slot {
        kind: super::target::Kind::named(&required(map, "kind", text)?),
        choose: required(map, "choose", |value| word(value, &choices))?,
        default: optional(map, "default", text)?,
    })
}

fn read_rule(value: &Value, case: Case) -> Shape<Rule> {
    let known = ["id", "when", "grant", "deny", "priority", "enabled", "description", "acknowledge_privileged"];
    let map = object(value, &known)?;
    if map.contains_key("grant") && map.contains_key("deny") {
        return Err(Shapeless);
    }
    optional(map, "description", text)?;
    Ok(Rule {
        id: required(map, "id", text)?,
        when: required(map, "when", |value| Condition::read(value, case))?,
        grant: optional(map, "grant", read_targets)?.unwrap_or_default(),
        deny: optional(map, "deny", read_targets)?.unwrap_or_default(),
        priority: optional(map, "priority", integer)?.unwrap_or(0),
        enabled: optional(map, "enabled", flag)?.unwrap_or(true),
        acknowledge_privileged: optional(map, "acknowledge_privileged", flag)?.unwrap_or(false),
    })
}
