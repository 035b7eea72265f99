//! JSON Schema (2020-12) of the documents that people write and hosts read, out of the types themselves; feature `schema`.
//!
//! The same texts stand in the package as `schema/config.json` and `schema/plan.json`. How an editor uses them is in
//! [the config reference](crate::manual::config#in-an-editor).

use alloc::string::String;

use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema};
use serde_json::Value;

use crate::config::Config;
use crate::plan::Plan;

/// The schema of a config, as JSON text.
///
/// What it refuses does not compile: an unknown key, a value of another type, a missing one. What it lets pass may still
/// have problems that only [`Engine::compile`](crate::Engine::compile) sees, such as a target outside the catalog.
///
/// ```
/// let schema: serde_json::Value = serde_json::from_str(&groupmap::schema::config())?;
/// assert_eq!(schema["additionalProperties"], false);
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn config() -> String {
    written::<Config>("A group mapping")
}

/// The schema of a plan, as JSON text.
pub fn plan() -> String {
    written::<Plan>("A plan")
}

fn written<T: JsonSchema>(title: &str) -> String {
    let mut schema = SchemaSettings::draft2020_12().with_transform(Plain).into_generator().into_root_schema_for::<T>();
    schema.insert("title".into(), title.into());
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}

/// Makes descriptions out of documentation: without examples and links.
#[derive(Clone)]
struct Plain;

impl Transform for Plain {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        if let Some(Value::String(description)) = schema.get_mut("description") {
            *description = plain(description);
        }
    }
}

fn plain(documentation: &str) -> String {
    let text = documentation.split("\n# ").next().unwrap_or_default();
    let mut plain = String::new();
    let mut rest = text.trim();
    // `[words](crate::path)` and `[words]` are links; what they show is kept.
    while let Some((before, after)) = rest.split_once('[') {
        plain.push_str(before);
        let Some((shown, after)) = after.split_once(']') else {
            plain.push('[');
            rest = after;
            continue;
        };
        plain.push_str(shown);
        rest = match after.strip_prefix("(crate::").and_then(|link| link.split_once(')')) {
            Some((_, after)) => after,
            None => after,
        };
    }
    plain.push_str(rest);
    plain
}
