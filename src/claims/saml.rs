//! The attributes of a SAML assertion.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::Fields;
use super::value::Value;

/// What a host's SAML library read from a verified assertion.
///
/// As a document: `{ "issuer"?, "name_id": "…" | { "value", "format"? }, "attributes": [ { "name", "friendly_name"?,
/// "values": [ … ] } ] }`. The same attribute may stand several times; its values unite. `Debug` shows no value.
#[derive(Clone, Default, PartialEq)]
pub struct Assertion {
    pub(crate) issuer: Option<String>,
    pub(crate) name_id: String,
    pub(crate) name_id_format: Option<String>,
    pub(crate) attributes: Vec<SamlAttribute>,
}

/// One `Attribute` element.
#[derive(Clone, PartialEq)]
pub struct SamlAttribute {
    pub(crate) name: String,
    pub(crate) friendly_name: Option<String>,
    pub(crate) values: Vec<Value>,
}

impl Assertion {
    /// An assertion about the person whom the `NameID` names.
    pub fn new(name_id: impl Into<String>) -> Self {
        Self { name_id: name_id.into(), ..Self::default() }
    }

    /// Sets the issuer.
    #[must_use]
    pub fn with_issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// Sets the format of the `NameID`.
    #[must_use]
    pub fn with_name_id_format(mut self, format: impl Into<String>) -> Self {
        self.name_id_format = Some(format.into());
        self
    }

    /// Adds an attribute.
    #[must_use]
    pub fn with_attribute(mut self, attribute: SamlAttribute) -> Self {
        self.attributes.push(attribute);
        self
    }

    pub(super) fn from_value(value: Value) -> Result<Self, String> {
        let mut fields = Fields::of(value, "`saml`")?;
        let issuer = fields.take_text("issuer")?;
        let (name_id, name_id_format) = match fields.take("name_id") {
            Some(Value::String(name_id)) => (name_id.into(), None),
            Some(object @ Value::Object(_)) => {
                let mut name_id = Fields::of(object, "`name_id`")?;
                let parts = (name_id.take_text("value")?.unwrap_or_default(), name_id.take_text("format")?);
                name_id.end()?;
                parts
            }
            // No text is no subject, which normalising reports; a number is never an id.
            _ => (String::new(), None),
        };
        let attributes = match fields.take("attributes") {
            None => Vec::new(),
            Some(Value::List(attributes)) => {
                attributes.into_iter().map(SamlAttribute::from_value).collect::<Result<_, _>>()?
            }
            Some(_) => return Err("`attributes` is a list of objects".to_owned()),
        };
        fields.end()?;
        Ok(Self { issuer, name_id, name_id_format, attributes })
    }
}

impl SamlAttribute {
    /// An attribute with its values.
    pub fn new<V: Into<Value>>(name: impl Into<String>, values: impl IntoIterator<Item = V>) -> Self {
        Self { name: name.into(), friendly_name: None, values: values.into_iter().map(Into::into).collect() }
    }

    /// Sets the friendly name. It is informational (SAML Core 2.7.3.1): nothing is matched by it.
    #[must_use]
    pub fn with_friendly_name(mut self, name: impl Into<String>) -> Self {
        self.friendly_name = Some(name.into());
        self
    }

    fn from_value(value: Value) -> Result<Self, String> {
        let mut fields = Fields::of(value, "an attribute of `saml`")?;
        let name = fields.take_text("name")?.ok_or_else(|| "an attribute of `saml` needs a `name`".to_owned())?;
        let friendly_name = fields.take_text("friendly_name")?;
        let values = match fields.take("values") {
            Some(Value::List(values)) => values,
            Some(_) => return Err(format!("`values` of attribute `{}` is a list", crate::text::Brief(&name))),
            None => return Err(format!("attribute `{}` needs `values`", crate::text::Brief(&name))),
        };
        fields.end()?;
        Ok(Self { name, friendly_name, values })
    }
}

impl fmt::Debug for Assertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assertion").field("attributes", &self.attributes.len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for SamlAttribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SamlAttribute")
            .field("name", &self.name)
            .field("values", &self.values.len())
            .finish_non_exhaustive()
    }
}
