//! PATCH (RFC 7644, section 3.5.2): operations one after the other, all or none.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::{Map, Value};

use super::body::{Body, find, spelling};
use super::cursor::is_name;
use super::dialect::Dialect;
use super::edit::{Edit, Verb, apply};
use super::error::{Error, ErrorKind};
use super::path::{Path, foreign};
use super::resource::{Resource, ResourceKind, elements};
use super::schema::{self, Mutability, is_urn};
use super::value::{MEMBERS, is_same};

/// How many operations one request may hold.
pub const MAX_OPERATIONS: usize = 2_000;

const PATCH_SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// One operation as it came in.
struct Operation<'b> {
    verb: Verb,
    path: Option<&'b str>,
    value: Option<&'b Value>,
    /// Whether it says more than `op`, `path` and `value`.
    says_more: bool,
}

/// The resource after a PATCH, and whether it emptied a group without naming the members.
pub(super) fn patched(resource: &Resource, body: &Body, dialect: Dialect) -> Result<(Resource, bool), Error> {
    let mut is_mass = false;
    let mut patcher = Patcher { kind: resource.kind(), dialect, attributes: resource.attributes.clone() };
    for (index, operation) in operations(body)?.iter().enumerate() {
        let before = patcher.members();
        let operation = Operation::read(operation, dialect);
        let named = operation.and_then(|operation| patcher.run(&operation));
        let named = named.map_err(|error| error.at(format!("Operations[{index}]")))?;
        is_mass |= !named && before > 0 && patcher.members() == 0;
    }
    Ok((Resource::checked(patcher.kind, patcher.attributes)?, is_mass))
}

fn operations(body: &Body) -> Result<&[Value], Error> {
    let syntax = |detail: &'static str| Error::new(ErrorKind::InvalidSyntax, detail);
    let mut schemas = body.get("schemas").into_iter().flat_map(elements).filter_map(Value::as_str);
    if !schemas.any(|schema| schema.eq_ignore_ascii_case(PATCH_SCHEMA)) {
        return Err(syntax("`schemas` does not name a PATCH request"));
    }
    let operations = body.get("Operations").and_then(Value::as_array);
    let operations = operations.ok_or_else(|| syntax("`Operations` is a list"))?;
    match operations.len() {
        0 => Err(syntax("`Operations` is empty")),
        many if many > MAX_OPERATIONS => {
            Err(Error::new(ErrorKind::TooMany, format!("more than {MAX_OPERATIONS} operations")))
        }
        _ => Ok(operations),
    }
}

impl<'b> Operation<'b> {
    fn read(operation: &'b Value, dialect: Dialect) -> Result<Self, Error> {
        let syntax = |detail: &'static str| Error::new(ErrorKind::InvalidSyntax, detail);
        let members = operation.as_object().ok_or_else(|| syntax("an operation is an object"))?;
        let word = find(members, "op").and_then(Value::as_str).ok_or_else(|| syntax("`op` is a text"))?;
        let verb = Verb::ALL.into_iter().find(|verb| {
            if dialect.quirks().op_case { verb.as_str().eq_ignore_ascii_case(word) } else { verb.as_str() == word }
        });
        let verb = verb.ok_or_else(|| syntax("`op` is `add`, `remove` or `replace`"))?;
        let path = match find(members, "path") {
            None | Some(Value::Null) => None,
            Some(Value::String(path)) => Some(&**path),
            Some(_) => return Err(Error::new(ErrorKind::InvalidPath, "`path` is a text")),
        };
        let known = |key: &String| ["op", "path", "value"].iter().any(|known| known.eq_ignore_ascii_case(key));
        Ok(Self { verb, path, value: find(members, "value"), says_more: !members.keys().all(known) })
    }
}

struct Patcher {
    kind: ResourceKind,
    dialect: Dialect,
    attributes: Map<String, Value>,
}

impl Patcher {
    fn members(&self) -> usize {
        let members = find(&self.attributes, MEMBERS).filter(|_| self.kind == ResourceKind::Group);
        members.map_or(0, |members| elements(members).count())
    }

    /// Carries out one operation. Says whether it names every member that it removes, if it removes any.
    fn run(&mut self, operation: &Operation<'_>) -> Result<bool, Error> {
        let Operation { verb, path, value, says_more } = *operation;
        let Some(text) = path else {
            if verb == Verb::Remove {
                return Err(Error::new(ErrorKind::NoTarget, "`remove` needs a path"));
            }
            let members = value.and_then(Value::as_object);
            let members =
                members.ok_or_else(|| Error::new(ErrorKind::InvalidValue, "without a path, `value` is an object"))?;
            for (key, value) in members {
                self.run_key(verb, key, value)?;
            }
            return Ok(false);
        };
        if verb != Verb::Remove && value.is_none() {
            return Err(Error::new(ErrorKind::InvalidValue, "`value` is missing"));
        }
        let path = self.path(text)?;
        let names = verb == Verb::Remove
            && match &path.filter {
                Some(filter) => filter.named_values().is_some(),
                None => value.is_some(),
            };
        self.edit(verb, &path, value, Manner { is_keyed: false, says_more })?;
        Ok(names)
    }

    fn path(&self, text: &str) -> Result<Path, Error> {
        Path::parse(text, self.dialect, self.kind, |schema| is_urn(schema) && find(&self.attributes, schema).is_some())
    }

    /// One key of an operation without path.
    fn run_key(&mut self, verb: Verb, key: &str, value: &Value) -> Result<(), Error> {
        let plain = |schema: Option<&str>, name: &str| Path {
            schema: schema.map(Into::into),
            name: Some(name.into()),
            filter: None,
            sub: None,
        };
        let manner = Manner { is_keyed: true, says_more: false };
        if schema::is_core(self.kind, key) {
            let members =
                value.as_object().ok_or_else(|| Error::new(ErrorKind::InvalidValue, "a schema holds an object"))?;
            return members
                .iter()
                .try_for_each(|(name, value)| self.edit(verb, &plain(None, name), Some(value), manner));
        }
        if schema::is_foreign(self.kind, key) {
            return Err(foreign());
        }
        let path = if self.dialect.quirks().keys_are_paths {
            self.path(key)?
        } else if is_name(key) {
            plain(None, key)
        } else if is_urn(key) && (value.is_object() || value.is_null()) {
            Path { schema: Some(key.into()), name: None, filter: None, sub: None }
        } else {
            return Err(Error::new(ErrorKind::InvalidPath, "a key of `value` is no attribute"));
        };
        self.edit(verb, &path, Some(value), manner)
    }

    fn edit(&mut self, verb: Verb, path: &Path, value: Option<&Value>, manner: Manner) -> Result<(), Error> {
        let Some(name) = path.name.as_deref() else {
            return self.edit_extension(verb, path.schema.as_deref().unwrap_or_default(), value, manner);
        };
        let schema = path.schema.as_deref();
        let definition = schema::attribute(self.kind, schema, name);
        let container = match schema {
            None => None,
            Some(schema) => Some(spelling(&self.attributes, schema)),
        };
        let mut extension = Map::new();
        if let Some(key) = &container {
            match self.attributes.remove(key) {
                Some(Value::Object(members)) => extension = members,
                None | Some(Value::Null) => {}
                Some(_) => return Err(Error::new(ErrorKind::InvalidPath, "what stands under the schema is no object")),
            }
        }
        let target = if container.is_some() { &mut extension } else { &mut self.attributes };
        match definition.map(|known| known.mutability) {
            Some(Mutability::WriteOnly) => {}
            Some(Mutability::ReadOnly) => {
                let is_told = path.filter.is_none() && path.sub.is_none() && verb != Verb::Remove;
                let says_nothing_new = is_told && is_same(find(target, name), value);
                let is_ignored = manner.is_keyed && self.dialect.quirks().read_only_ignored;
                if !is_ignored && !says_nothing_new {
                    return Err(Error::new(ErrorKind::Mutability, format!("`{}` is read-only", shown(definition))));
                }
            }
            _ => {
                let edit = Edit {
                    verb,
                    definition,
                    name,
                    filter: path.filter.as_ref(),
                    sub: path.sub.as_deref(),
                    value,
                    says_more: manner.says_more,
                    dialect: self.dialect,
                };
                apply(&edit, target)?;
            }
        }
        if let Some(key) = container
            && !extension.is_empty()
        {
            if verb != Verb::Remove {
                declare(&mut self.attributes, &key);
            }
            self.attributes.insert(key, Value::Object(extension));
        }
        Ok(())
    }

    /// The attributes of an extension as a whole.
    fn edit_extension(&mut self, verb: Verb, schema: &str, value: Option<&Value>, manner: Manner) -> Result<(), Error> {
        match value {
            _ if verb == Verb::Remove => {
                self.attributes.remove(&spelling(&self.attributes, schema));
                Ok(())
            }
            Some(Value::Null) => {
                if verb == Verb::Replace {
                    self.attributes.remove(&spelling(&self.attributes, schema));
                }
                Ok(())
            }
            Some(Value::Object(members)) => members.iter().try_for_each(|(name, value)| {
                let path = Path { schema: Some(schema.into()), name: Some((**name).into()), filter: None, sub: None };
                self.edit(verb, &path, Some(value), manner)
            }),
            _ => Err(Error::new(ErrorKind::InvalidValue, "a schema holds an object")),
        }
    }
}

/// How an operation came.
#[derive(Clone, Copy)]
struct Manner {
    /// As a key of an operation without path.
    is_keyed: bool,
    says_more: bool,
}

fn shown(definition: Option<&'static schema::Attribute>) -> &'static str {
    definition.map_or("", |known| known.name)
}

/// Names an extension among the schemas of a resource.
pub(super) fn declare(attributes: &mut Map<String, Value>, schema: &str) {
    let key = spelling(attributes, "schemas");
    let mut schemas: Vec<Value> = attributes.get(&key).into_iter().flat_map(elements).cloned().collect();
    let is_named = |known: &Value| known.as_str().is_some_and(|known| known.eq_ignore_ascii_case(schema));
    if !schemas.iter().any(is_named) {
        schemas.push(schema.into());
        attributes.insert(key, Value::Array(schemas));
    }
}
