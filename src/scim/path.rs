//! Where a PATCH operation does its work (RFC 7644, section 3.5.2).

use alloc::boxed::Box;

use super::cursor::Cursor;
use super::dialect::Dialect;
use super::error::{Error, ErrorKind};
use super::filter::Filter;
use super::resource::ResourceKind;
use super::schema::{ENTERPRISE_SCHEMA, is_core, is_foreign, is_kind, is_urn};

/// `[schema:]name[[filter]][.sub]`, or a schema alone.
pub(super) struct Path {
    /// The extension; none for the core.
    pub(super) schema: Option<Box<str>>,
    /// None: the extension as a whole.
    pub(super) name: Option<Box<str>>,
    pub(super) filter: Option<Filter>,
    pub(super) sub: Option<Box<str>>,
}

impl Path {
    /// Reads a path. Names of schemas are known by what the resource holds, and by the RFC.
    pub(super) fn parse(
        text: &str,
        dialect: Dialect,
        kind: ResourceKind,
        is_known: impl Fn(&str) -> bool,
    ) -> Result<Self, Error> {
        if is_core(kind, text) {
            return Err(Error::new(ErrorKind::InvalidPath, "the path names a whole resource"));
        }
        let ends_as_schema = || is_urn(text) && text.rsplit_once(':').is_some_and(|(_, last)| is_kind(last));
        if is_foreign(kind, text) {
            return Err(foreign());
        }
        if text.eq_ignore_ascii_case(ENTERPRISE_SCHEMA) || is_known(text) || ends_as_schema() {
            return Ok(Self { schema: Some(text.into()), name: None, filter: None, sub: None });
        }
        let invalid = |detail| Error::new(ErrorKind::InvalidPath, detail);
        let mut cursor = Cursor::new(text)?;
        let path = cursor.attribute_path().ok_or_else(|| invalid("the path names no attribute"))?;
        let mut sub = path.sub;
        let mut filter = None;
        if cursor.take_here('[') {
            if sub.is_some() {
                return Err(invalid("a filter stands behind the attribute, not behind its sub-attribute"));
            }
            filter = Some(Filter::read(&mut cursor, dialect)?);
            if !cursor.take(']') {
                return Err(Error::new(ErrorKind::InvalidFilter, "the filter of a path is not closed"));
            }
            if cursor.take_here('.') {
                sub = Some(cursor.name().ok_or_else(|| invalid("the path ends in a point"))?.into());
            }
        }
        if !cursor.is_at_end() {
            return Err(invalid("something follows the path"));
        }
        if path.schema.as_deref().is_some_and(|schema| is_foreign(kind, schema)) {
            return Err(foreign());
        }
        if path.schema.is_some() && is_kind(&path.name) {
            return Err(invalid("behind a schema its attribute follows a colon"));
        }
        let schema = path.schema.filter(|schema| !is_core(kind, schema));
        Ok(Self { schema, name: Some(path.name), filter, sub })
    }
}

/// What stands at the core schema of another kind.
pub(super) fn foreign() -> Error {
    Error::new(ErrorKind::InvalidPath, "the schema is that of another kind of resource")
}
