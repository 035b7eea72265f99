//! The attributes of a SAML assertion.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::Fields;
use super::builder::Builder;
use super::document::{Document, Excess, View};
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
    /// A list.
    values: Document,
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

    pub(super) fn excess(&self) -> Option<Excess> {
        self.attributes.iter().find_map(|attribute| attribute.values.excess)
    }

    pub(super) fn from_view(view: View<'_>) -> Result<Self, String> {
        let fields = Fields::of(view, "`saml`", &["issuer", "name_id", "attributes"])?;
        let (name_id, name_id_format) = match fields.get("name_id") {
            Some(name_id) if name_id.is_object() => {
                let name_id = Fields::of(name_id, "`name_id`", &["value", "format"])?;
                (name_id.text("value")?.unwrap_or_default(), name_id.text("format")?)
            }
            // No text is no subject, which normalising reports; a number is never an id.
            name_id => (name_id.and_then(View::as_str).unwrap_or_default().to_owned(), None),
        };
        let attributes = match fields.get("attributes") {
            None => Vec::new(),
            Some(attributes) if attributes.is_list() => {
                attributes.elements().map(SamlAttribute::from_view).collect::<Result<_, _>>()?
            }
            Some(_) => return Err("`attributes` is a list of objects".to_owned()),
        };
        Ok(Self { issuer: fields.text("issuer")?, name_id, name_id_format, attributes })
    }
}

impl SamlAttribute {
    /// An attribute with its values.
    pub fn new<V: Into<Value>>(name: impl Into<String>, values: impl IntoIterator<Item = V>) -> Self {
        Self { name: name.into(), friendly_name: None, values: Document::list(values.into_iter().map(Into::into)) }
    }

    /// Sets the friendly name. It is informational (SAML Core 2.7.3.1): nothing is matched by it.
    #[must_use]
    pub fn with_friendly_name(mut self, name: impl Into<String>) -> Self {
        self.friendly_name = Some(name.into());
        self
    }

    /// The values in the order they were sent.
    pub(crate) fn values(&self) -> impl ExactSizeIterator<Item = View<'_>> {
        self.values.view().elements()
    }

    fn from_view(view: View<'_>) -> Result<Self, String> {
        let fields = Fields::of(view, "an attribute of `saml`", &["name", "friendly_name", "values"])?;
        let name = fields.text("name")?.ok_or_else(|| "an attribute of `saml` needs a `name`".to_owned())?;
        let friendly_name = fields.text("friendly_name")?;
        let mut builder = Builder::default();
        match fields.get("values") {
            Some(values) if values.is_list() => builder.copy(values, 1),
            Some(_) => return Err("`values` of an attribute of `saml` is a list".to_owned()),
            None => return Err("an attribute of `saml` needs `values`".to_owned()),
        }
        Ok(Self { name, friendly_name, values: builder.finish() })
    }
}

impl Serialize for Assertion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct NameId<'a> {
            value: &'a str,
            format: &'a str,
        }

        let mut map = serializer.serialize_map(None)?;
        if let Some(issuer) = &self.issuer {
            map.serialize_entry("issuer", issuer)?;
        }
        match &self.name_id_format {
            Some(format) => map.serialize_entry("name_id", &NameId { value: &self.name_id, format })?,
            None => map.serialize_entry("name_id", &self.name_id)?,
        }
        map.serialize_entry("attributes", &self.attributes)?;
        map.end()
    }
}

impl Serialize for SamlAttribute {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &self.name)?;
        if let Some(friendly_name) = &self.friendly_name {
            map.serialize_entry("friendly_name", friendly_name)?;
        }
        map.serialize_entry("values", &self.values.view())?;
        map.end()
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
            .field("values", &self.values().len())
            .finish_non_exhaustive()
    }
}
