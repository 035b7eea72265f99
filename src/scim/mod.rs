//! SCIM provisioning as evidence: users, groups and their members, pushed by an identity provider.
//!
//! Everything is a function from what is stored and a request to what is to be stored: nothing here keeps state, speaks
//! HTTP or makes ids. A host
//!
//! 1. reads the body of a request: [`Body::from_json`];
//! 2. makes or changes a [`Resource`]: [`Resource::create`] for POST, [`Resource::replaced`] for PUT,
//!    [`Resource::patched`] for PATCH, each in the [`Dialect`] of the client;
//! 3. stores [`Written::resource`], and answers with it, or with [`Error::message`] and [`Error::status`];
//! 4. takes whoever stands in [`Written::touched`] as people whose evidence has changed, and plans for them as one batch:
//!    [`person()`] makes somebody to plan for of what is stored, and their groups there are all the groups that they have.
//!
//! A host without a database of its own keeps a [`Directory`], which does 2 to 4 for whole events.
//!
//! A search uses [`Filter`]. The example program `scim` and hosts in other languages use [`Request`] and [`Answer`].

mod body;
mod cursor;
mod dialect;
mod directory;
mod edit;
mod error;
mod filter;
mod patch;
mod path;
mod person;
mod request;
mod resource;
mod schema;
mod value;
mod written;

pub use self::body::{Body, MAX_DEPTH, MAX_VALUES};
pub use self::cursor::MAX_PATH_BYTES;
pub use self::dialect::{Dialect, GroupId, Quirks};
pub use self::directory::{Directory, Effect, Event};
pub use self::error::{Error, ErrorKind, ErrorMessage};
pub use self::filter::{Filter, MAX_FILTER_DEPTH};
pub use self::patch::MAX_OPERATIONS;
pub use self::person::{Standing, claims, person};
pub use self::request::{Answer, Done, Outcome, Request};
pub use self::resource::{Resource, ResourceKind};
pub use self::schema::{ENTERPRISE_SCHEMA, GROUP_SCHEMA, USER_SCHEMA};
pub use self::written::Written;
