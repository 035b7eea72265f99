//! Payloads as providers send them, and what each is read as.
//!
//! The crate's own are in `tests/payloads`: a config's source, a login, and what must come out. A collection of samples
//! beside the checkout is read too, where there is one; each of them says in `_about` what it is.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use groupmap::{Claims, Config, Engine, Error, Identity, Provider};
use serde_json::{Map, Value, json};

fn json_files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|e| e == "json")).collect();
    files.sort();
    files
}

fn normalize(source: &Value, login: &Value) -> Result<Identity, Error> {
    let config: Config = serde_json::from_value(json!({
        "version": 1, "source": source, "catalog": [{ "flag": "staff" }],
        "rules": [{ "id": "all", "when": "everyone", "grant": [{ "flag": "staff" }] }],
    }))
    .unwrap();
    let claims: Claims = serde_json::from_value(login.clone()).unwrap();
    Engine::compile(config).unwrap().normalize(&claims)
}

/// An identity in the words of the payloads.
fn told(identity: &Identity) -> Value {
    let evidence = identity.evidence();
    let entries = evidence.entries().map(|entry| json!([entry.kind(), entry.text()]));
    json!({
        "subject": identity.subject(), "issuer": identity.issuer(), "email": identity.email(),
        "email_verified": identity.email_verified(), "given_name": identity.given_name(),
        "family_name": identity.family_name(), "display_name": identity.display_name(),
        "completeness": evidence.completeness(), "count": evidence.count(), "entries": entries.collect::<Vec<_>>(),
        "unread": identity.unread().map(|unread| json!(unread.reason)).collect::<Vec<_>>(),
    })
}

#[test]
fn own_payloads_are_read_as_they_say() {
    let mut seen = BTreeSet::new();
    let mut failures = Vec::new();
    for file in json_files("tests/payloads") {
        let payloads: Vec<Value> = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        for payload in payloads {
            seen.insert(payload["source"]["provider"].as_str().unwrap().to_owned());
            let expected = payload["expect"].as_object().unwrap();
            let answered = match normalize(&payload["source"], &payload["login"]) {
                Ok(identity) => told(&identity),
                Err(error) => json!({ "error": error.code() }),
            };
            for (key, value) in expected {
                if answered.get(key) != Some(value) {
                    let name = &payload["name"];
                    failures.push(format!("{name}: {key} is {}, not {value}", answered[key]));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    let presets: BTreeSet<String> = Provider::ALL.iter().map(|provider| provider.as_str().to_owned()).collect();
    assert_eq!(seen, presets, "every preset has a payload");
}

/// The preset of a sample's provider, as it is written there.
fn preset(provider: &str) -> &'static str {
    let known = [
        ("AD FS", "adfs"),
        ("AWS Cognito", "cognito"),
        ("Auth0", "auth0"),
        ("Google", "google"),
        ("Keycloak", "keycloak"),
        ("Microsoft Entra", "entra"),
        ("Okta", "okta"),
        ("OneLogin", "onelogin"),
        ("Oracle", "oracle"),
        ("Shibboleth", "shibboleth"),
        ("Zitadel", "zitadel"),
    ];
    known.iter().find(|(name, _)| provider.starts_with(name)).map_or("custom", |(_, preset)| preset)
}

/// A sample's long list, written out.
fn repeat(sample: &mut Value) {
    let Some(repeat) = sample.as_object_mut().unwrap().remove("_repeat") else { return };
    let number = |key: &str| repeat[key].as_u64().unwrap();
    let template = repeat["template"].as_str().unwrap();
    let (start, count) = (number("start"), number("count"));
    let list = (start..start + count).map(|n| json!(template.replace("{n:012d}", &format!("{n:012}"))));
    *sample.pointer_mut(repeat["pointer"].as_str().unwrap()).unwrap() = list.collect();
}

fn login(sample: &Value) -> Value {
    match sample.get("attributes").and_then(Value::as_object) {
        None => json!({ "id_token": sample }),
        Some(attributes) => {
            let attributes: Vec<Value> =
                attributes.iter().map(|(name, values)| json!({ "name": name, "values": values })).collect();
            json!({ "saml": { "name_id": sample["name_id"], "attributes": attributes } })
        }
    }
}

/// The source that a sample's reading asks for: the preset, and what the reading names beside it.
fn source(about: &Value) -> Value {
    let reading = &about["suggested_reading"];
    let mut groups = Map::new();
    if let Some(claim) = reading.get("claim") {
        groups.insert("claims".to_owned(), json!([claim]));
    }
    if let Some(limit) = reading.get("limit") {
        groups.insert("limit".to_owned(), limit.clone());
    }
    let provider = preset(about["provider"].as_str().unwrap());
    if provider == "entra" && reading["key"].as_str().is_some_and(|key| key.starts_with("names")) {
        groups.insert("identified_by".to_owned(), json!("name"));
    }
    json!({ "id": "idp", "provider": provider, "groups": groups })
}

#[test]
fn samples_beside_the_checkout_are_read_as_they_say() {
    for file in json_files("../shared/idp-samples") {
        let mut sample: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        if sample.get("method").is_some() {
            continue;
        }
        repeat(&mut sample);
        let about = sample.as_object_mut().unwrap().remove("_about").unwrap();
        let reading = &about["suggested_reading"];
        let file = file.display();
        if reading["completeness"].is_null() {
            assert_eq!(normalize(&source(&about), &login(&sample)).unwrap_err(), Error::EmptySubject, "{file}");
            continue;
        }
        let identity = normalize(&source(&about), &login(&sample)).unwrap();
        let told = told(&identity);
        assert_eq!((&told["completeness"], &told["count"]), (&reading["completeness"], &reading["groups"]), "{file}");
        if let Some(count) = reading.get("groups_with_delimiter") {
            let text = sample["groups"].as_str().unwrap();
            let mut source = source(&about);
            source["groups"]["delimiter"] = json!(if text.contains(',') { "," } else { " " });
            assert_eq!(normalize(&source, &login(&sample)).unwrap().evidence().count(), count.as_u64().unwrap());
        }
        if reading["key"].as_str() == Some("object-id") {
            assert!(told["entries"].as_array().unwrap().iter().all(|entry| entry[0] == "id"), "{file}");
        }
        if reading["key"].as_str() == Some("path") {
            assert!(told["entries"].as_array().unwrap().iter().all(|entry| entry[0] == "path"), "{file}");
        }
    }
}
