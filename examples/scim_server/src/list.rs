//! Searches: filters, pages, and which attributes are shown.

use groupmap::scim::{Dialect, Filter, ResourceKind};
use serde_json::{Map, Value, json};

use crate::answer::Refusal;

/// How many resources a page holds at most.
pub(crate) const MAX_RESULTS: usize = 200;

/// What a client asks for beside the endpoint.
#[derive(Default)]
pub(crate) struct Query {
    filter: Option<String>,
    start: usize,
    count: usize,
    attributes: Vec<String>,
    excluded: Vec<String>,
}

impl Query {
    pub(crate) fn read(words: &[(String, String)]) -> Result<Self, Refusal> {
        let mut query = Self { start: 1, count: MAX_RESULTS, ..Self::default() };
        let names = |text: &str| text.split(',').map(|name| name.trim().to_ascii_lowercase()).collect();
        for (key, value) in words {
            match &*key.to_ascii_lowercase() {
                "filter" => query.filter = Some(value.clone()),
                // RFC 7644, section 3.4.2.4: less than 1 is 1, and a negative count is 0.
                "startindex" => query.start = usize::try_from(number(value)?).unwrap_or(1).max(1),
                "count" => query.count = usize::try_from(number(value)?).unwrap_or(0).min(MAX_RESULTS),
                "attributes" => query.attributes = names(value),
                "excludedattributes" => query.excluded = names(value),
                _ => {}
            }
        }
        Ok(query)
    }

    /// The same from the body of a search request (RFC 7644, section 3.4.3).
    pub(crate) fn of_body(body: &Value) -> Result<Self, Refusal> {
        let text = |value: &Value| match value {
            Value::Array(names) => names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let members = body.as_object().ok_or_else(|| Refusal::invalid("a search is an object"))?;
        let words: Vec<(String, String)> = members.iter().map(|(key, value)| (key.clone(), text(value))).collect();
        Self::read(&words)
    }

    /// A page of what there is; `shown` are all resources of a kind as documents, with what a filter looks at.
    pub(crate) fn page(
        &self,
        shown: Vec<(groupmap::scim::Resource, Value)>,
        dialect: Dialect,
    ) -> Result<Value, Refusal> {
        let filter = self.filter.as_deref().map(|text| Filter::parse(text, dialect)).transpose()?;
        let meant = shown.into_iter().filter(|(resource, _)| filter.as_ref().is_none_or(|f| f.matches(resource)));
        let documents: Vec<(ResourceKind, Value)> = meant.map(|(found, document)| (found.kind(), document)).collect();
        let total = documents.len();
        let page: Vec<Value> = documents
            .into_iter()
            .skip(self.start - 1)
            .take(self.count)
            .map(|(kind, document)| self.project(document, kind))
            .collect();
        Ok(json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": total, "startIndex": self.start, "itemsPerPage": page.len(), "Resources": page,
        }))
    }

    /// A document with the attributes that are wanted; `id` and `schemas` are always.
    pub(crate) fn project(&self, document: Value, kind: ResourceKind) -> Value {
        let Value::Object(members) = document else { return document };
        let core = format!("{}:", kind.schema().to_ascii_lowercase());
        let plain = |name: &String| name.strip_prefix(&core).unwrap_or(name).to_owned();
        let wanted: Vec<String> = self.attributes.iter().map(plain).collect();
        let unwanted: Vec<String> = self.excluded.iter().map(plain).collect();
        let mut kept = Map::new();
        for (name, value) in members {
            let lower = name.to_ascii_lowercase();
            if matches!(&*lower, "id" | "schemas") {
                kept.insert(name, value);
            } else if !wanted.is_empty() {
                if let Some(value) = part(&lower, value, &wanted) {
                    kept.insert(name, value);
                }
            } else if !unwanted.contains(&lower) {
                kept.insert(name, without(&lower, value, &unwanted));
            }
        }
        Value::Object(kept)
    }
}

fn number(text: &str) -> Result<i64, Refusal> {
    text.parse().map_err(|_| Refusal::invalid("`startIndex` and `count` are whole numbers"))
}

/// What stands between an attribute and its part: a point, or a colon behind a schema.
fn below<'n>(name: &'n str, attribute: &str) -> Option<&'n str> {
    name.strip_prefix(attribute)?.strip_prefix(if attribute.starts_with("urn:") { ':' } else { '.' })
}

/// An attribute, or those parts of it that are wanted.
fn part(attribute: &str, value: Value, wanted: &[String]) -> Option<Value> {
    if wanted.iter().any(|name| name == attribute) {
        return Some(value);
    }
    let parts: Vec<&str> = wanted.iter().filter_map(|name| below(name, attribute)).collect();
    let keep = |members: Map<String, Value>| -> Map<String, Value> {
        members.into_iter().filter(|(name, _)| parts.contains(&&*name.to_ascii_lowercase())).collect()
    };
    match value {
        _ if parts.is_empty() => None,
        Value::Object(members) => Some(Value::Object(keep(members))),
        Value::Array(elements) => Some(
            elements
                .into_iter()
                .map(|element| match element {
                    Value::Object(members) => Value::Object(keep(members)),
                    other => other,
                })
                .collect(),
        ),
        _ => None,
    }
}

/// An attribute without those parts that are not wanted.
fn without(attribute: &str, value: Value, unwanted: &[String]) -> Value {
    let parts: Vec<&str> = unwanted.iter().filter_map(|name| below(name, attribute)).collect();
    match value {
        Value::Object(members) if !parts.is_empty() => {
            members.into_iter().filter(|(name, _)| !parts.contains(&&*name.to_ascii_lowercase())).collect()
        }
        Value::Array(elements) if !parts.is_empty() => {
            elements.into_iter().map(|element| without(attribute, element, unwanted)).collect()
        }
        other => other,
    }
}
