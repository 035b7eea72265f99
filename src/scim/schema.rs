//! What the schemas of RFC 7643 say of attributes, as far as it decides anything here.

use super::resource::ResourceKind;

/// The schema of users.
pub const USER_SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The schema of groups.
pub const GROUP_SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// The schema that adds an employer's view to users.
pub const ENTERPRISE_SCHEMA: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A text, be it a reference, a date or binary data.
    Text,
    /// True or false.
    Flag,
    /// An object of sub-attributes.
    Complex,
}

/// Whether a client may change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mutability {
    ReadWrite,
    ReadOnly,
    /// May be given, but not changed.
    Immutable,
    /// May be given, and is never kept: this crate stores no secrets.
    WriteOnly,
}

/// What must be said of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// Nothing: null and missing mean that there is none.
    Optional,
    /// It may be missing, but `null` is no value: whether a person is active, and who is in a group, are too much to be
    /// guessed.
    Stated,
    /// It must be there.
    Required,
}

/// One attribute or sub-attribute (RFC 7643, section 7).
#[derive(Clone, Copy, Debug)]
pub(super) struct Attribute {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    pub(super) is_many: bool,
    pub(super) is_exact: bool,
    pub(super) mutability: Mutability,
    pub(super) need: Need,
    pub(super) subs: &'static [Attribute],
}

const fn text(name: &'static str) -> Attribute {
    Attribute {
        name,
        shape: Shape::Text,
        is_many: false,
        is_exact: false,
        mutability: Mutability::ReadWrite,
        need: Need::Optional,
        subs: &[],
    }
}

const fn flag(name: &'static str) -> Attribute {
    Attribute { shape: Shape::Flag, ..text(name) }
}

const fn complex(name: &'static str, subs: &'static [Attribute]) -> Attribute {
    Attribute { shape: Shape::Complex, subs, ..text(name) }
}

/// A list of objects with the usual sub-attributes (RFC 7643, section 2.4).
const fn list(name: &'static str) -> Attribute {
    complex(name, PLURAL).many()
}

impl Attribute {
    const fn many(self) -> Self {
        Self { is_many: true, ..self }
    }

    const fn exact(self) -> Self {
        Self { is_exact: true, ..self }
    }

    const fn needed(self, need: Need) -> Self {
        Self { need, ..self }
    }

    const fn mutability(self, mutability: Mutability) -> Self {
        Self { mutability, ..self }
    }

    /// A sub-attribute by its name, whose case does not count.
    pub(super) fn sub(&self, name: &str) -> Option<&'static Attribute> {
        named(self.subs, name)
    }
}

const PLURAL: &[Attribute] = &[text("value"), text("display"), text("type"), flag("primary"), text("$ref").exact()];

const META: &[Attribute] = &[
    text("resourceType").exact(),
    text("created"),
    text("lastModified"),
    text("location").exact(),
    text("version").exact(),
];

/// RFC 7643, section 3.1.
const COMMON: &[Attribute] = &[
    text("id").exact().mutability(Mutability::ReadOnly),
    text("externalId").exact(),
    complex("meta", META).mutability(Mutability::ReadOnly),
    text("schemas").exact().many().mutability(Mutability::ReadOnly),
];

/// RFC 7643, section 8.7.1.
const USER: &[Attribute] = &[
    text("userName").needed(Need::Required),
    complex(
        "name",
        &[
            text("formatted"),
            text("familyName"),
            text("givenName"),
            text("middleName"),
            text("honorificPrefix"),
            text("honorificSuffix"),
        ],
    ),
    text("displayName"),
    text("nickName"),
    text("profileUrl").exact(),
    text("title"),
    text("userType"),
    text("preferredLanguage"),
    text("locale"),
    text("timezone"),
    flag("active").needed(Need::Stated),
    text("password").exact().mutability(Mutability::WriteOnly),
    list("emails"),
    list("phoneNumbers"),
    list("ims"),
    list("photos"),
    complex(
        "addresses",
        &[
            text("formatted"),
            text("streetAddress"),
            text("locality"),
            text("region"),
            text("postalCode"),
            text("country"),
            text("type"),
            flag("primary"),
        ],
    )
    .many(),
    list("groups").mutability(Mutability::ReadOnly),
    list("entitlements"),
    list("roles"),
    list("x509Certificates"),
];

/// RFC 7643, section 8.7.1; `display` as providers send it.
const GROUP: &[Attribute] = &[
    text("displayName").needed(Need::Required),
    complex(
        "members",
        &[
            text("value").mutability(Mutability::Immutable).needed(Need::Required),
            text("$ref").exact().mutability(Mutability::Immutable),
            text("type").mutability(Mutability::Immutable),
            text("display"),
        ],
    )
    .many()
    .needed(Need::Stated),
];

/// RFC 7643, section 8.7.1.
const ENTERPRISE: &[Attribute] = &[
    text("employeeNumber"),
    text("costCenter"),
    text("organization"),
    text("division"),
    text("department"),
    complex("manager", &[text("value"), text("$ref").exact(), text("displayName").mutability(Mutability::ReadOnly)]),
];

fn named(attributes: &'static [Attribute], name: &str) -> Option<&'static Attribute> {
    attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}

/// The attributes that a resource of a kind has beside the common ones.
fn own(kind: ResourceKind) -> &'static [Attribute] {
    match kind {
        ResourceKind::User => USER,
        ResourceKind::Group => GROUP,
    }
}

/// What is known of an attribute; nothing where it is in no schema here. Without a schema it is of the core.
pub(super) fn attribute(kind: ResourceKind, schema: Option<&str>, name: &str) -> Option<&'static Attribute> {
    match schema {
        None => named(own(kind), name).or_else(|| named(COMMON, name)),
        Some(schema) if schema.eq_ignore_ascii_case(ENTERPRISE_SCHEMA) => named(ENTERPRISE, name),
        Some(_) => None,
    }
}

/// The attributes that must be there.
pub(super) fn required(kind: ResourceKind) -> impl Iterator<Item = &'static str> {
    own(kind).iter().filter(|attribute| attribute.need == Need::Required).map(|attribute| attribute.name)
}

/// Whether a text has the shape of a schema's name.
pub(super) fn is_urn(text: &str) -> bool {
    text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("urn:"))
}

/// Whether a schema is the core schema of a kind, whose attributes stand at the top.
pub(super) fn is_core(kind: ResourceKind, schema: &str) -> bool {
    schema.eq_ignore_ascii_case(kind.schema())
}

/// Whether a schema is the core schema of the other kind, of which a resource can have nothing.
pub(super) fn is_foreign(kind: ResourceKind, schema: &str) -> bool {
    let other = match kind {
        ResourceKind::User => ResourceKind::Group,
        ResourceKind::Group => ResourceKind::User,
    };
    is_core(other, schema)
}

/// Whether a text is the name of what a schema is for, as which the names of extensions end (RFC 7643, section 10.2.1).
pub(super) fn is_kind(text: &str) -> bool {
    [ResourceKind::User, ResourceKind::Group].iter().any(|kind| kind.as_str().eq_ignore_ascii_case(text))
}
