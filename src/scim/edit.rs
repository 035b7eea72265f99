//! One operation at one attribute.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use serde_json::{Map, Value};

use super::body::{find, spelling};
use super::dialect::Dialect;
use super::error::{Error, ErrorKind};
use super::filter::Filter;
use super::resource::elements;
use super::schema::{Attribute, Mutability, Need, Shape};
use super::value::{
    Definition, admit, admit_one, canonical, invalid, is_members, is_nothing, is_primary, is_same, member_id,
    two_primaries,
};

/// How many elements one operation may name to be removed from a list, members of a group aside.
const MAX_NAMED: usize = 1_000;

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Add,
    Remove,
    Replace,
}

impl Verb {
    pub(super) const ALL: [Self; 3] = [Self::Add, Self::Remove, Self::Replace];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Remove => "remove",
            Self::Replace => "replace",
        }
    }
}

/// An operation at an attribute that a client may change.
#[derive(Clone, Copy)]
pub(super) struct Edit<'e> {
    pub(super) verb: Verb,
    pub(super) definition: Definition,
    pub(super) name: &'e str,
    pub(super) filter: Option<&'e Filter>,
    pub(super) sub: Option<&'e str>,
    pub(super) value: Option<&'e Value>,
    /// Whether the operation says more than the RFC knows.
    pub(super) says_more: bool,
    pub(super) dialect: Dialect,
}

/// Carries an operation out within the object that holds the attribute.
pub(super) fn apply(edit: &Edit<'_>, container: &mut Map<String, Value>) -> Result<(), Error> {
    let key = spelling(container, edit.definition.map_or(edit.name, |known| known.name));
    let old = container.remove(&key).unwrap_or_default();
    let new = match (edit.filter, edit.sub) {
        (Some(filter), _) => edit.picked(filter, old)?,
        (None, Some(sub)) => edit.below(sub, old)?,
        (None, None) => edit.whole(old)?,
    };
    if !is_nothing(&new) {
        container.insert(key, new);
    }
    Ok(())
}

fn list(value: Value) -> Vec<Value> {
    match value {
        Value::Array(elements) => elements,
        Value::Null => Vec::new(),
        alone => vec![alone],
    }
}

impl Edit<'_> {
    fn value(&self) -> &Value {
        self.value.unwrap_or(&Value::Null)
    }

    fn is_many(&self, value: &Value) -> bool {
        self.definition.map_or_else(|| value.is_array(), |known| known.is_many)
    }

    /// The attribute as a whole.
    fn whole(&self, old: Value) -> Result<Value, Error> {
        if self.verb == Verb::Remove {
            return self.remove_whole(old);
        }
        if let (Some(known), Value::Object(told)) = (self.definition, self.value())
            && known.shape == Shape::Complex
            && !known.is_many
        {
            return self.merge(Some(known), object(old), told).map(Value::Object);
        }
        let new = admit(self.definition, self.value(), self.dialect)?;
        match (self.definition, old, new) {
            (None, Value::Object(old), Value::Object(told)) => self.merge(None, old, &told).map(Value::Object),
            (_, old, Value::Null) if self.verb == Verb::Add => Ok(old),
            (_, old, new) if self.is_many(&old) || self.is_many(&new) => {
                let old = list(old);
                Ok(Value::Array(match self.verb {
                    Verb::Add => self.united(old, list(new)),
                    _ => self.if_other(old, list(new)),
                }))
            }
            (_, _, new) => Ok(new),
        }
    }

    /// Sets sub-attributes; those that are not told stay.
    fn merge(
        &self,
        known: Definition,
        mut into: Map<String, Value>,
        told: &Map<String, Value>,
    ) -> Result<Map<String, Value>, Error> {
        for (name, value) in told {
            let sub = known.and_then(|known| known.sub(name));
            match sub.map(|sub| sub.mutability) {
                Some(Mutability::ReadOnly) => continue,
                Some(Mutability::Immutable) => check_immutable(&into, sub, value)?,
                _ => {}
            }
            let value = admit(sub, value, self.dialect)?;
            let key = spelling(&into, sub.map_or(name, |sub| sub.name));
            if value.is_null() {
                into.remove(&key);
            } else {
                into.insert(key, value);
            }
        }
        Ok(into)
    }

    /// A list with others added, none of them twice.
    fn united(&self, mut old: Vec<Value>, new: Vec<Value>) -> Vec<Value> {
        let first = old.len();
        if is_members(self.definition) {
            let known: BTreeSet<_> = old.iter().filter_map(member_id).map(String::from).collect();
            old.extend(new.into_iter().filter(|member| member_id(member).is_none_or(|id| !known.contains(id))));
        } else {
            let mut known: BTreeSet<String> = old.iter().map(canonical).collect();
            old.extend(new.into_iter().filter(|element| known.insert(canonical(element))));
        }
        let fresh: Vec<usize> = (first..old.len()).collect();
        one_primary(&mut old, &fresh);
        old
    }

    /// A list in place of another; members in another order are the same.
    fn if_other(&self, old: Vec<Value>, new: Vec<Value>) -> Vec<Value> {
        if is_members(self.definition) {
            fn ids(members: &[Value]) -> BTreeSet<&str> {
                members.iter().filter_map(member_id).collect()
            }
            // Who is in it already stays as stored.
            if ids(&old) == ids(&new) {
                return old;
            }
        }
        new
    }

    fn remove_whole(&self, old: Value) -> Result<Value, Error> {
        if let Some(known) = self.definition
            && known.need != Need::Optional
            && !known.is_many
        {
            return Err(mutability(known, "cannot be removed"));
        }
        let is_many = self.is_many(&old);
        let Some(value) = self.value.filter(|_| is_many) else {
            return if is_many && self.says_more {
                Err(Error::new(
                    ErrorKind::InvalidSyntax,
                    "a whole list is removed by `op` and `path` alone; this operation says more",
                ))
            } else {
                Ok(Value::Null)
            };
        };
        let mut left = list(old);
        self.retain_unnamed(&mut left, value)?;
        Ok(Value::Array(left))
    }

    /// Removes the elements that a list of values names.
    fn retain_unnamed(&self, list: &mut Vec<Value>, value: &Value) -> Result<(), Error> {
        if value.is_null() {
            return Err(Error::new(ErrorKind::InvalidValue, "`value` is null: which values are meant?"));
        }
        let named = elements(value).map(|element| self.description_of(element)).collect::<Result<Vec<_>, _>>()?;
        if is_members(self.definition) {
            let ids: BTreeSet<&str> = named.iter().filter_map(member_id).collect();
            let picked = pick_members(list, &ids);
            keep_unpicked(list, &picked);
            return Ok(());
        }
        if named.len() > MAX_NAMED {
            return Err(Error::new(ErrorKind::TooMany, format!("more than {MAX_NAMED} values to remove")));
        }
        list.retain(|element| !named.iter().any(|named| is_described(element, named, self.definition)));
        Ok(())
    }

    /// What an element is told to look like: at least something.
    fn description_of(&self, element: &Value) -> Result<Value, Error> {
        let described = match (self.definition, element) {
            (Some(known), Value::String(_)) if known.sub("value").is_some() => {
                let mut object = Map::new();
                object.insert("value".into(), admit(known.sub("value"), element, self.dialect)?);
                Value::Object(object)
            }
            (Some(known), element) => admit_one(known, element, self.dialect)?,
            (None, element) => element.clone(),
        };
        if is_nothing(&described) {
            return Err(Error::new(ErrorKind::InvalidValue, "a value to be removed says nothing"));
        }
        Ok(described)
    }

    /// A sub-attribute, of every element if there are several.
    fn below(&self, sub: &str, old: Value) -> Result<Value, Error> {
        if self.definition.is_some_and(|known| known.shape != Shape::Complex) {
            return Err(Error::new(ErrorKind::InvalidPath, "the attribute has no sub-attributes"));
        }
        if !self.is_many(&old) {
            return match old {
                Value::Object(_) | Value::Null => {
                    let mut element = Value::Object(object(old));
                    self.set(&mut element, sub)?;
                    Ok(element)
                }
                _ => Err(Error::new(ErrorKind::InvalidPath, "the attribute has no sub-attributes")),
            };
        }
        let mut elements = list(old);
        if elements.is_empty() && self.verb != Verb::Remove {
            return Err(no_target());
        }
        let primaries = self.primaries(&elements);
        for element in &mut elements {
            self.set(element, sub)?;
        }
        self.check_primaries(&elements, primaries)?;
        elements.retain(|element| !is_nothing(element));
        Ok(Value::Array(elements))
    }

    /// Sets or removes a sub-attribute of one object.
    fn set(&self, element: &mut Value, sub: &str) -> Result<(), Error> {
        let known = self.definition.and_then(|known| known.sub(sub));
        let members = element.as_object_mut();
        let members =
            members.ok_or_else(|| Error::new(ErrorKind::InvalidPath, "the attribute has no sub-attributes"))?;
        if let Some(known) = known {
            let is_fixed = known.mutability == Mutability::ReadOnly
                || (self.verb == Verb::Remove
                    && (known.mutability == Mutability::Immutable || known.need != Need::Optional));
            if is_fixed {
                return Err(mutability(known, "cannot be changed"));
            }
        }
        if self.verb == Verb::Remove {
            members.remove(&spelling(members, sub));
            return Ok(());
        }
        let mut told = Map::new();
        told.insert(sub.into(), self.value().clone());
        *members = self.merge(self.definition, core::mem::take(members), &told)?;
        Ok(())
    }

    /// The elements that a filter picks.
    fn picked(&self, filter: &Filter, old: Value) -> Result<Value, Error> {
        if self.definition.is_some_and(|known| !known.is_many) {
            return Err(Error::new(ErrorKind::InvalidPath, "the attribute is no list"));
        }
        let mut list = list(old);
        let picked = self.picks(filter, &list);
        if !picked.contains(&true) {
            return self.unpicked(filter, list);
        }
        let chosen: Vec<usize> =
            picked.iter().enumerate().filter(|(_, picked)| **picked).map(|(index, _)| index).collect();
        match (self.verb, self.sub) {
            (Verb::Remove, None) => match self.value.filter(|value| !value.is_null()) {
                None => keep_unpicked(&mut list, &picked),
                // The RFC knows no value here: one that says the same is as good as none, any other contradicts.
                Some(value) => {
                    let mut unnamed: Vec<Value> = chosen.iter().filter_map(|index| list.get(*index).cloned()).collect();
                    self.retain_unnamed(&mut unnamed, value)?;
                    if !unnamed.is_empty() {
                        let detail = "the filter picks what `value` does not name: which of them is meant?";
                        return Err(Error::new(ErrorKind::InvalidValue, detail));
                    }
                    keep_unpicked(&mut list, &picked);
                }
            },
            (_, sub) => {
                let primaries = self.primaries(&list);
                let others: Vec<bool> = list.iter().map(|element| !is_primary(element)).collect();
                for index in &chosen {
                    let Some(element) = list.get_mut(*index) else { continue };
                    match sub {
                        Some(sub) => self.set(element, sub)?,
                        None => *element = self.rewritten(element)?,
                    }
                }
                // What was primary already makes no other one less so, unless it is said again.
                let is_said = sub.is_some_and(|sub| sub.eq_ignore_ascii_case("primary"))
                    || self.value().as_object().is_some_and(|told| find(told, "primary").is_some());
                let is_fresh = |index: &usize| is_said || others.get(*index).copied().unwrap_or(false);
                let fresh: Vec<usize> = chosen.into_iter().filter(is_fresh).collect();
                one_primary(&mut list, &fresh);
                self.check_primaries(&list, primaries)?;
                list.retain(|element| !is_nothing(element));
            }
        }
        Ok(Value::Array(list))
    }

    /// Which elements a filter picks.
    fn picks(&self, filter: &Filter, list: &[Value]) -> Vec<bool> {
        if !is_members(self.definition) {
            return list.iter().map(|element| filter.picks(element, self.definition, &BTreeSet::new())).collect();
        }
        if let Some(ids) = filter.named_values() {
            return pick_members(list, &ids.into_iter().collect());
        }
        let ids: BTreeSet<&str> = list.iter().filter_map(member_id).collect();
        list.iter().map(|member| filter.picks(member, self.definition, &ids)).collect()
    }

    /// How many elements of a list are primary, where the schema has a word for it.
    fn primaries(&self, list: &[Value]) -> usize {
        let has_word = self.definition.is_some_and(|known| known.sub("primary").is_some());
        list.iter().filter(|element| has_word && is_primary(element)).count()
    }

    /// That an operation has not made two elements primary at once. A stored list that has two already may keep them.
    fn check_primaries(&self, list: &[Value], before: usize) -> Result<(), Error> {
        match self.definition {
            Some(known) if self.primaries(list) > before.max(1) => Err(two_primaries(known)),
            _ => Ok(()),
        }
    }

    /// An element with another value: added to, or in its place.
    fn rewritten(&self, element: &Value) -> Result<Value, Error> {
        match (self.definition, element, self.value()) {
            (_, Value::Object(own), Value::Object(told)) if self.verb == Verb::Add => {
                self.merge(self.definition, own.clone(), told).map(Value::Object)
            }
            (Some(known), element, told) => {
                let new = admit_one(known, told, self.dialect)?;
                for sub in known.subs.iter().filter(|sub| sub.mutability == Mutability::Immutable) {
                    let (old, new) = (element.get(sub.name), new.get(sub.name));
                    if old.is_some() && !is_same(old, new) {
                        return Err(mutability(sub, "cannot be changed"));
                    }
                }
                Ok(new)
            }
            (None, _, told) => Ok(told.clone()),
        }
    }

    /// A filter that picks nothing: what it describes is added, where that is meant.
    fn unpicked(&self, filter: &Filter, mut list: Vec<Value>) -> Result<Value, Error> {
        let adds = match self.verb {
            Verb::Remove => return Ok(Value::Array(list)),
            Verb::Add => true,
            Verb::Replace => self.dialect.quirks().replace_adds,
        };
        let described = filter.description().filter(|_| adds && !is_members(self.definition)).ok_or_else(no_target)?;
        if is_nothing(self.value()) {
            return Ok(Value::Array(list));
        }
        let mut element = Map::new();
        for (name, value) in described {
            if element.insert(spelling(&element, name), value.clone()).is_some_and(|other| other != *value) {
                return Err(no_target());
            }
        }
        match (self.sub, self.value()) {
            (Some(sub), value) => drop(element.insert(spelling(&element, sub), value.clone())),
            (None, Value::Object(told)) => {
                for (name, value) in told {
                    element.insert(spelling(&element, name), value.clone());
                }
            }
            (None, _) => return Err(Error::new(ErrorKind::InvalidValue, "an element of the list is an object")),
        }
        let element = Value::Object(element);
        list.push(match self.definition {
            Some(known) => admit_one(known, &element, self.dialect)?,
            None => element,
        });
        let fresh = [list.len().saturating_sub(1)];
        one_primary(&mut list, &fresh);
        Ok(Value::Array(list))
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// Which members have one of these ids. An id that nobody has exactly is looked for in any ASCII case, as the schema of
/// members has it; one that somebody has is theirs alone, as `id` is `caseExact`.
fn pick_members(members: &[Value], ids: &BTreeSet<&str>) -> Vec<bool> {
    let present: BTreeSet<&str> = members.iter().filter_map(member_id).collect();
    let loose: Vec<&str> = ids.iter().copied().filter(|id| !present.contains(id)).collect();
    let loose: BTreeSet<_> = loose.into_iter().map(str::to_ascii_lowercase).collect();
    let is_meant = |id: &str| ids.contains(id) || (!loose.is_empty() && loose.contains(&id.to_ascii_lowercase()));
    members.iter().map(|member| member_id(member).is_some_and(is_meant)).collect()
}

fn keep_unpicked(list: &mut Vec<Value>, picked: &[bool]) {
    let mut picked = picked.iter();
    list.retain(|_| !picked.next().copied().unwrap_or(false));
}

/// Whether an element has everything that a description says.
fn is_described(element: &Value, description: &Value, definition: Definition) -> bool {
    match (element, description) {
        (Value::Object(own), Value::Object(told)) => {
            told.iter().filter(|(_, value)| !value.is_null()).all(|(name, value)| {
                let exact = definition.and_then(|known| known.sub(name)).is_none_or(|sub| sub.is_exact);
                match (find(own, name), value) {
                    (Some(Value::String(own)), Value::String(told)) if !exact => own.eq_ignore_ascii_case(told),
                    (own, told) => is_same(own, Some(told)),
                }
            })
        }
        (element, description) => element == description,
    }
}

/// A new primary value (the places of new ones are in order) makes the others secondary (RFC 7644, section 3.5.2).
fn one_primary(list: &mut [Value], fresh: &[usize]) {
    if !fresh.iter().any(|index| list.get(*index).is_some_and(is_primary)) {
        return;
    }
    for (index, element) in list.iter_mut().enumerate() {
        if fresh.binary_search(&index).is_err()
            && is_primary(element)
            && let Some(members) = element.as_object_mut()
        {
            members.insert("primary".into(), Value::Bool(false));
        }
    }
}

/// An immutable sub-attribute may be told again, not changed.
fn check_immutable(own: &Map<String, Value>, sub: Definition, value: &Value) -> Result<(), Error> {
    let Some(sub) = sub else { return Ok(()) };
    match find(own, sub.name) {
        Some(old) if !is_same(Some(old), Some(value)) => Err(mutability(sub, "cannot be changed")),
        _ => Ok(()),
    }
}

fn mutability(known: &Attribute, fault: &str) -> Error {
    Error { kind: Some(ErrorKind::Mutability), ..invalid(known, fault) }
}

fn no_target() -> Error {
    Error::new(ErrorKind::NoTarget, "the path picks nothing")
}
