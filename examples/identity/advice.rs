//! What was looked past, and what to set if it was meant. Everything here is a guess, said as one.

use std::fmt::Write as _;

use groupmap::{GroupKind, IdentifiedBy, Identity, ObjectShape, PresetObject, Selector, Source, UnreadReason};
use serde_json::{Map, Value};

use crate::payload::Payload;
use crate::{Failure, shown};

/// Writes what may have been meant otherwise.
pub(crate) fn append(
    out: &mut String,
    source: &Source,
    payload: &Payload,
    identity: Option<&Identity>,
) -> Result<(), Failure> {
    let mut advice = about_claims(source, payload);
    if let Some(identity) = identity {
        advice.extend(about_texts(source, identity));
        advice.extend(about_unread(source, identity));
    }
    advice.extend(about_the_rest(payload));
    if !advice.is_empty() {
        writeln!(out, "\nLooked past, and what to set if it is meant")?;
    }
    for advice in advice {
        writeln!(out, "  {advice}")?;
    }
    Ok(())
}

/// The configured claims, or the preset's.
fn claims(source: &Source) -> Vec<Selector> {
    let preset = source.provider.preset();
    let usual = || preset.claims.iter().map(|claim| Selector::key(*claim)).collect();
    source.groups.claims.clone().unwrap_or_else(usual)
}

/// Claims that are asked for and not there, and those that are there and could be groups.
fn about_claims(source: &Source, payload: &Payload) -> Vec<String> {
    let mut advice = Vec::new();
    let wanted = claims(source);
    if wanted.is_empty() {
        advice.push("no claim is named in source.groups.claims, and this provider has no usual one".to_owned());
    }
    let names = |selector: &Selector, path: &[&str]| match Selector::nested(path.iter().copied()) {
        Some(literal) => *selector == literal || matches!(path, [key] if *selector == Selector::ignoring_case(*key)),
        None => false,
    };
    let candidates = candidates(payload);
    let is_there = |selector: &&Selector| candidates.iter().any(|(path, _)| names(selector, path));
    let missing: Vec<String> =
        wanted.iter().filter(|claim| !is_there(claim)).map(|claim| format!("`{claim}`")).collect();
    if !wanted.is_empty() && missing.len() == wanted.len() {
        advice.push(format!("none of the claims asked for holds groups here: {}", missing.join(", ")));
    }
    for (path, value) in &candidates {
        if !wanted.iter().any(|claim| names(claim, path)) && looks_like_groups(path, value) {
            let selector = match path.as_slice() {
                [key] => serde_json::to_string(key),
                keys => serde_json::to_string(keys),
            };
            let selector = shown(&selector.unwrap_or_default());
            let way: Vec<String> = path.iter().map(|key| shown(key)).collect();
            advice.push(format!(
                "`{}` holds {}; if these are the groups: source.groups.claims = [{selector}]",
                way.join(" → "),
                what(value)
            ));
        }
    }
    advice
}

/// Every claim, and what is nested in one, with the way to it.
fn candidates(payload: &Payload) -> Vec<(Vec<&str>, &Value)> {
    let mut found = Vec::new();
    for part in &payload.parts {
        below(part, &mut Vec::new(), payload.is_saml, &mut found);
    }
    found
}

fn below<'p>(
    object: &'p Map<String, Value>,
    way: &mut Vec<&'p str>,
    is_saml: bool,
    found: &mut Vec<(Vec<&'p str>, &'p Value)>,
) {
    for (key, value) in object {
        way.push(key);
        found.push((way.clone(), value));
        if let (Value::Object(inner), false, true) = (value, is_saml, way.len() < 4) {
            below(inner, way, is_saml, found);
        }
        way.pop();
    }
}

fn looks_like_groups(path: &[&str], value: &Value) -> bool {
    let name = path.last().map(|key| key.to_ascii_lowercase()).unwrap_or_default();
    let is_marker = path.first().is_some_and(|key| key.starts_with('_')) || name.ends_with("groups.link");
    let named = ["group", "role", "member", "entitlement", "team", "1.3.6.1.4.1.5923.1.5.1.1"];
    let is_list = match value {
        Value::Array(values) => values.iter().any(|value| value.is_string() || value.is_object()),
        Value::String(_) => true,
        Value::Object(map) => map.values().all(Value::is_object) && !map.is_empty(),
        _ => false,
    };
    is_list && !is_marker && named.iter().any(|word| name.contains(word)) && name != "hasgroups"
}

fn what(value: &Value) -> String {
    match value {
        Value::Array(values) if values.iter().all(Value::is_object) => {
            format!("a list of {} objects (source.groups.object says which keys count)", values.len())
        }
        Value::Array(values) => format!("a list of {} texts", values.len()),
        Value::Object(map) => format!("an object with {} keys (source.groups.object = {{ keys = true }})", map.len()),
        _ => "one text".to_owned(),
    }
}

/// Groups that were read and look like something else.
fn about_texts(source: &Source, identity: &Identity) -> Vec<String> {
    let mut advice = Vec::new();
    let evidence = identity.evidence();
    let texts: Vec<&str> = evidence.entries().filter(|entry| entry.kind() != GroupKind::Id).map(|e| e.text()).collect();
    let identified_by = source.groups.identified_by.unwrap_or(source.provider.preset().identified_by);
    let is_dn = |text: &&str| text.split(',').all(|part| part.contains('='));
    if identified_by != IdentifiedBy::Dn && !texts.is_empty() && texts.iter().all(is_dn) {
        advice.push("every group looks like a distinguished name: source.groups.identified_by = \"dn\"".to_owned());
    }
    if identified_by == IdentifiedBy::Name && texts.iter().all(|text| text.starts_with('/')) && !texts.is_empty() {
        advice.push("every group looks like a path: source.groups.identified_by = \"path\"".to_owned());
    }
    if let ([text], None, false) = (texts.as_slice(), &source.groups.delimiter, source.groups.bracketed) {
        if text.starts_with('[') && text.ends_with(']') {
            advice.push("the one group looks like a list in brackets: source.groups.bracketed = true".to_owned());
        } else if identified_by != IdentifiedBy::Dn && !is_dn(text) {
            let delimiter = [';', ',', '|', ' '].into_iter().find(|delimiter| text.contains(*delimiter));
            if let Some(delimiter) = delimiter {
                advice.push(format!(
                    "the one group holds `{delimiter}`; if it is several: source.groups.delimiter = \"{delimiter}\""
                ));
            }
        }
    }
    let any_organization = match &source.groups.object {
        Some(ObjectShape::Map { organization, .. }) => organization.is_none(),
        Some(_) => false,
        None => source.provider.preset().object == PresetObject::Map,
    };
    if any_organization && !texts.is_empty() {
        advice.push(
            "a role counts whichever organization grants it; to let one alone count: source.groups.object = \
             { keys = true, organization = \"…\" }"
                .to_owned(),
        );
    }
    if texts.iter().any(|text| text.trim() != *text) {
        advice.push("a group begins or ends with a blank, which is part of its name: nothing is trimmed".to_owned());
    }
    advice
}

/// Elements that cannot be read, where a setting would help.
fn about_unread(source: &Source, identity: &Identity) -> Vec<String> {
    let reasons: Vec<UnreadReason> = identity.unread().map(|unread| unread.reason).collect();
    let fixes = [
        (UnreadReason::NotGuid, "ids are GUIDs here; if names are sent: source.groups.identified_by = \"name\""),
        (
            UnreadReason::NotDn,
            "distinguished names are expected; if names are sent: source.groups.identified_by = \"name\"",
        ),
        (UnreadReason::NotPath, "paths are expected; if names are sent: source.groups.identified_by = \"name\""),
        (UnreadReason::NotBracketed, "lists in brackets are expected: leave source.groups.bracketed out"),
        (UnreadReason::NamesNothing, "source.groups.object names keys that these objects do not have"),
        (UnreadReason::LacksKind, "groups are sent without what source.groups.identified_by says"),
        (UnreadReason::BrokenPath, "the nested claim is broken off on the way: check the path in source.groups.claims"),
    ];
    let met = fixes.into_iter().filter(|(reason, _)| reasons.contains(reason));
    let mut advice: Vec<String> = met.map(|(_, fix)| fix.to_owned()).collect();
    let is_object =
        |unread: groupmap::Unread<'_>| unread.reason == UnreadReason::NotText && unread.value.starts_with('{');
    if source.groups.object.is_none() && identity.unread().any(is_object) {
        advice.push(
            "groups come as objects: source.groups.object = { id = \"…\", name = \"…\" } or { keys = true }".to_owned(),
        );
    }
    advice
}

/// Claims that look as if they said something, and do not.
fn about_the_rest(payload: &Payload) -> Vec<String> {
    let mut advice = Vec::new();
    for part in &payload.parts {
        if part.get("email_verified").is_some_and(Value::is_string) {
            advice.push("email_verified is a text; only the value true verifies an address".to_owned());
        }
        if part.contains_key("wids") {
            advice.push("wids are templates of directory roles, not groups; they are an attribute".to_owned());
        }
        if part.contains_key("error") && !part.contains_key("sub") && !payload.is_saml {
            advice.push("this is an answer of the provider that says no, and no token: there was no login".to_owned());
        }
    }
    advice
}
