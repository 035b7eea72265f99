//! Conditions: whom a rule concerns.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::present;
use super::selector::Selector;
use crate::claims::Number;

/// Whom a rule concerns, judged in three values: true, false, or unknown where the evidence does not say.
///
/// As a document it is exactly one of the forms below, or the word `"everyone"`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Condition {
    /// `{ id, label? }`: a group with this object id, ignoring ASCII case. The label is for people.
    Id {
        /// The object id.
        id: String,
        /// What people call the group; shown wherever the id is.
        label: Option<String>,
    },
    /// `{ name }`: a group with exactly this name.
    Name(String),
    /// `{ path = ["a", "b"] }`: the group with exactly this path.
    Path(Vec<String>),
    /// `{ dn }`: the group with this distinguished name, compared as RFC 4514 means.
    Dn(String),
    /// `{ email }`: the group with exactly this address.
    Email(String),
    /// `{ regex }`: a group whose whole name, path, DN or address matches.
    Regex(String),
    /// `{ glob }`: the same with `*` for any run of characters and `?` for one.
    Glob(String),
    /// `{ path_under = ["a"] }`: the group with this path or one below it.
    PathUnder(Vec<String>),
    /// `{ dn_under = "OU=x,DC=y" }`: the group with this DN or one below it.
    DnUnder(String),
    /// `{ attribute = { name, … } }`: a test of another claim.
    Attribute(AttributeTest),
    /// `{ any = [ … ] }`: at least one holds.
    Any(Vec<Condition>),
    /// `{ all = [ … ] }`: all hold.
    All(Vec<Condition>),
    /// `{ not = … }`: the opposite. On incomplete evidence that stays unknown and grants nothing.
    Not(Box<Condition>),
    /// `"everyone"`: always.
    Everyone,
}

/// A test of a claim other than the groups.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AttributeTest {
    /// Which claim.
    pub name: Selector,
    /// What its values are compared with.
    pub test: TestKind,
}

/// What the values of an attribute are compared with. Equality is typed: 7 is not "7", true is not "true".
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum TestKind {
    /// Some value equals this one.
    Equals(Scalar),
    /// Some value equals one of these.
    OneOf(Vec<Scalar>),
    /// Some string value matches, the whole of it.
    Regex(String),
    /// Some string value matches, the whole of it.
    Glob(String),
    /// Whether the attribute is there at all; null is missing, an empty list is there.
    Present(bool),
}

/// A value that an attribute can have.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Scalar {
    /// A text, compared byte by byte.
    String(String),
    /// A number, compared by value: 7 is 7.0.
    Number(Number),
    /// True or false.
    Bool(bool),
}

impl Condition {
    /// A group with this object id.
    pub fn id(id: impl Into<String>) -> Self {
        Self::Id { id: id.into(), label: None }
    }

    /// A group with exactly this name.
    pub fn name(name: impl Into<String>) -> Self {
        Self::Name(name.into())
    }

    /// A group whose whole name, path, DN or address matches a regular expression.
    pub fn regex(pattern: impl Into<String>) -> Self {
        Self::Regex(pattern.into())
    }

    /// A group whose whole name, path, DN or address matches a glob.
    pub fn glob(pattern: impl Into<String>) -> Self {
        Self::Glob(pattern.into())
    }

    /// A claim has this value.
    pub fn attribute_equals(name: impl Into<Selector>, value: impl Into<Scalar>) -> Self {
        Self::Attribute(AttributeTest { name: name.into(), test: TestKind::Equals(value.into()) })
    }

    /// A claim has one of these values.
    pub fn attribute_one_of<S: Into<Scalar>>(name: impl Into<Selector>, values: impl IntoIterator<Item = S>) -> Self {
        let values = values.into_iter().map(Into::into).collect();
        Self::Attribute(AttributeTest { name: name.into(), test: TestKind::OneOf(values) })
    }

    /// A claim has a string value of which the whole matches a regular expression.
    pub fn attribute_regex(name: impl Into<Selector>, pattern: impl Into<String>) -> Self {
        Self::Attribute(AttributeTest { name: name.into(), test: TestKind::Regex(pattern.into()) })
    }

    /// A claim has a string value of which the whole matches a glob.
    pub fn attribute_glob(name: impl Into<Selector>, pattern: impl Into<String>) -> Self {
        Self::Attribute(AttributeTest { name: name.into(), test: TestKind::Glob(pattern.into()) })
    }

    /// A claim is there, or is not.
    pub fn attribute_present(name: impl Into<Selector>, present: bool) -> Self {
        Self::Attribute(AttributeTest { name: name.into(), test: TestKind::Present(present) })
    }

    /// At least one of the conditions.
    pub fn any(conditions: impl IntoIterator<Item = Condition>) -> Self {
        Self::Any(conditions.into_iter().collect())
    }

    /// All of the conditions.
    pub fn all(conditions: impl IntoIterator<Item = Condition>) -> Self {
        Self::All(conditions.into_iter().collect())
    }

    /// The opposite of the condition.
    #[expect(clippy::should_implement_trait, reason = "`!condition` would hide what it costs")]
    pub fn not(condition: Condition) -> Self {
        Self::Not(Box::new(condition))
    }
}

/// The document of a condition that is a table; which keys may stand together is judged afterwards.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct ConditionShape {
    #[serde(default, deserialize_with = "present")]
    id: Option<String>,
    #[serde(default, deserialize_with = "present")]
    label: Option<String>,
    #[serde(default, deserialize_with = "present")]
    name: Option<String>,
    #[serde(default, deserialize_with = "present")]
    path: Option<Vec<String>>,
    #[serde(default, deserialize_with = "present")]
    dn: Option<String>,
    #[serde(default, deserialize_with = "present")]
    email: Option<String>,
    #[serde(default, deserialize_with = "present")]
    regex: Option<String>,
    #[serde(default, deserialize_with = "present")]
    glob: Option<String>,
    #[serde(default, deserialize_with = "present")]
    path_under: Option<Vec<String>>,
    #[serde(default, deserialize_with = "present")]
    dn_under: Option<String>,
    #[serde(default, deserialize_with = "present")]
    attribute: Option<AttributeTest>,
    #[serde(default, deserialize_with = "present")]
    any: Option<Vec<Condition>>,
    #[serde(default, deserialize_with = "present")]
    all: Option<Vec<Condition>>,
    #[serde(default, deserialize_with = "present")]
    not: Option<Box<Condition>>,
}

impl ConditionShape {
    fn into_condition(self) -> Result<Condition, &'static str> {
        let labelled = self.label.is_some() && self.id.is_none();
        let forms = [
            self.id.map(|id| Condition::Id { id, label: self.label }),
            self.name.map(Condition::Name),
            self.path.map(Condition::Path),
            self.dn.map(Condition::Dn),
            self.email.map(Condition::Email),
            self.regex.map(Condition::Regex),
            self.glob.map(Condition::Glob),
            self.path_under.map(Condition::PathUnder),
            self.dn_under.map(Condition::DnUnder),
            self.attribute.map(Condition::Attribute),
            self.any.map(Condition::Any),
            self.all.map(Condition::All),
            self.not.map(Condition::Not),
        ];
        let mut forms = forms.into_iter().flatten();
        match (forms.next(), forms.next()) {
            (Some(_), None) if labelled => Err("`label` goes with `id` only"),
            (Some(condition), None) => Ok(condition),
            (None, _) => Err("a condition needs one of its forms, such as `name` or `any`, or is \"everyone\""),
            (Some(_), Some(_)) => Err("a condition has exactly one form; join several with `any` or `all`"),
        }
    }
}

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Form;

        impl<'de> Visitor<'de> for Form {
            type Value = Condition;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a condition: a table with one of its forms, or \"everyone\"")
            }

            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<Condition, E> {
                match word {
                    "everyone" => Ok(Condition::Everyone),
                    other => Err(E::unknown_variant(other, &["everyone"])),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Condition, A::Error> {
                let shape = ConditionShape::deserialize(MapAccessDeserializer::new(map))?;
                shape.into_condition().map_err(A::Error::custom)
            }
        }

        deserializer.deserialize_any(Form)
    }
}

impl Serialize for Condition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Self::Everyone = self {
            return serializer.serialize_str("everyone");
        }
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::Id { id, label } => {
                map.serialize_entry("id", id)?;
                if let Some(label) = label {
                    map.serialize_entry("label", label)?;
                }
            }
            Self::Name(name) => map.serialize_entry("name", name)?,
            Self::Path(path) => map.serialize_entry("path", path)?,
            Self::Dn(dn) => map.serialize_entry("dn", dn)?,
            Self::Email(email) => map.serialize_entry("email", email)?,
            Self::Regex(pattern) => map.serialize_entry("regex", pattern)?,
            Self::Glob(pattern) => map.serialize_entry("glob", pattern)?,
            Self::PathUnder(path) => map.serialize_entry("path_under", path)?,
            Self::DnUnder(dn) => map.serialize_entry("dn_under", dn)?,
            Self::Attribute(test) => map.serialize_entry("attribute", test)?,
            Self::Any(conditions) => map.serialize_entry("any", conditions)?,
            Self::All(conditions) => map.serialize_entry("all", conditions)?,
            Self::Not(condition) => map.serialize_entry("not", condition)?,
            Self::Everyone => {}
        }
        map.end()
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct AttributeShape {
    name: Selector,
    #[serde(default, deserialize_with = "present")]
    equals: Option<Scalar>,
    #[serde(default, deserialize_with = "present")]
    one_of: Option<Vec<Scalar>>,
    #[serde(default, deserialize_with = "present")]
    regex: Option<String>,
    #[serde(default, deserialize_with = "present")]
    glob: Option<String>,
    #[serde(default, deserialize_with = "present")]
    present: Option<bool>,
}

impl<'de> Deserialize<'de> for AttributeTest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let shape = AttributeShape::deserialize(deserializer)?;
        let forms = [
            shape.equals.map(TestKind::Equals),
            shape.one_of.map(TestKind::OneOf),
            shape.regex.map(TestKind::Regex),
            shape.glob.map(TestKind::Glob),
            shape.present.map(TestKind::Present),
        ];
        let mut forms = forms.into_iter().flatten();
        match (forms.next(), forms.next()) {
            (Some(test), None) => Ok(Self { name: shape.name, test }),
            _ => Err(D::Error::custom(
                "an attribute is tested by exactly one of `equals`, `one_of`, `regex`, `glob` or `present`",
            )),
        }
    }
}

impl Serialize for AttributeTest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("name", &self.name)?;
        match &self.test {
            TestKind::Equals(value) => map.serialize_entry("equals", value)?,
            TestKind::OneOf(values) => map.serialize_entry("one_of", values)?,
            TestKind::Regex(pattern) => map.serialize_entry("regex", pattern)?,
            TestKind::Glob(pattern) => map.serialize_entry("glob", pattern)?,
            TestKind::Present(present) => map.serialize_entry("present", present)?,
        }
        map.end()
    }
}

impl From<&str> for Scalar {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<bool> for Scalar {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Scalar {
    fn from(number: i64) -> Self {
        Self::Number(Number::from(number))
    }
}

impl From<f64> for Scalar {
    fn from(number: f64) -> Self {
        Self::Number(Number::from(number))
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Kind;

        impl Visitor<'_> for Kind {
            type Value = Scalar;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string, a number or a boolean")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Scalar, E> {
                Ok(Scalar::from(text))
            }

            fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Scalar, E> {
                Ok(Scalar::Bool(value))
            }

            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Scalar, E> {
                Ok(Scalar::Number(Number::from(number)))
            }

            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Scalar, E> {
                Ok(Scalar::Number(Number::from(number)))
            }

            fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Scalar, E> {
                Ok(Scalar::Number(Number::from(number)))
            }
        }

        deserializer.deserialize_any(Kind)
    }
}

impl Serialize for Scalar {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::String(text) => serializer.serialize_str(text),
            Self::Number(number) => number.serialize(serializer),
            Self::Bool(value) => serializer.serialize_bool(*value),
        }
    }
}

#[cfg(feature = "schema")]
mod schema {
    use alloc::borrow::Cow;
    use alloc::vec::Vec;

    use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

    use super::{AttributeTest, Condition, Scalar};
    use crate::config::Selector;

    /// That exactly one of these keys is there.
    fn one_of(keys: &[&str]) -> Vec<Schema> {
        keys.iter().map(|key| json_schema!({ "required": [key] })).collect()
    }

    impl JsonSchema for Condition {
        fn schema_name() -> Cow<'static, str> {
            "Condition".into()
        }

        fn json_schema(generator: &mut SchemaGenerator) -> Schema {
            let condition = generator.subschema_for::<Self>();
            let forms = one_of(&[
                "id",
                "name",
                "path",
                "dn",
                "email",
                "regex",
                "glob",
                "path_under",
                "dn_under",
                "attribute",
                "any",
                "all",
                "not",
            ]);
            json_schema!({
                "description": "Whom a rule concerns: exactly one of these forms, or \"everyone\".",
                "anyOf": [
                    { "const": "everyone", "description": "Always." },
                    {
                        "type": "object",
                        "additionalProperties": false,
                        "oneOf": forms,
                        "dependentRequired": { "label": ["id"] },
                        "properties": {
                            "id": { "type": "string", "description": "A group with this object id, ignoring ASCII case." },
                            "label": { "type": "string", "description": "What people call the group; shown wherever the id is." },
                            "name": { "type": "string", "description": "A group with exactly this name." },
                            "path": { "type": "array", "items": { "type": "string" }, "description": "The group with exactly this path." },
                            "dn": { "type": "string", "description": "The group with this distinguished name, compared as RFC 4514 means." },
                            "email": { "type": "string", "description": "The group with exactly this address." },
                            "regex": { "type": "string", "description": "A group whose whole name, path, DN or address matches." },
                            "glob": { "type": "string", "description": "The same with * for any run of characters and ? for one." },
                            "path_under": { "type": "array", "items": { "type": "string" }, "description": "The group with this path or one below it." },
                            "dn_under": { "type": "string", "description": "The group with this DN or one below it." },
                            "attribute": generator.subschema_for::<AttributeTest>(),
                            "any": { "type": "array", "items": condition, "description": "At least one holds." },
                            "all": { "type": "array", "items": condition, "description": "All hold." },
                            "not": condition,
                        },
                    },
                ],
            })
        }
    }

    impl JsonSchema for AttributeTest {
        fn schema_name() -> Cow<'static, str> {
            "AttributeTest".into()
        }

        fn json_schema(generator: &mut SchemaGenerator) -> Schema {
            let scalar = generator.subschema_for::<Scalar>();
            json_schema!({
                "description": "A test of a claim other than the groups: its name, and exactly one of the rest.",
                "type": "object",
                "additionalProperties": false,
                "required": ["name"],
                "oneOf": one_of(&["equals", "one_of", "regex", "glob", "present"]),
                "properties": {
                    "name": generator.subschema_for::<Selector>(),
                    "equals": scalar,
                    "one_of": { "type": "array", "items": scalar, "description": "Some value equals one of these." },
                    "regex": { "type": "string", "description": "Some string value matches, the whole of it." },
                    "glob": { "type": "string", "description": "Some string value matches, the whole of it." },
                    "present": { "type": "boolean", "description": "Whether the attribute is there at all; null is missing, an empty list is there." },
                },
            })
        }
    }

    impl JsonSchema for Scalar {
        fn schema_name() -> Cow<'static, str> {
            "Scalar".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({
                "description": "A value that an attribute can have. Equality is typed: 7 is not \"7\", true is not \"true\".",
                "type": ["string", "number", "boolean"],
            })
        }
    }
}
