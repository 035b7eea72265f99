//! JSON Schema: the files are what the types say, and a schema refuses what the reader refuses and accepts what compiles.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use groupmap::{Config, Engine, Plan};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::agreement::{count, runner};
use crate::cases::cases_of;
use crate::comparison::answer;
use crate::worlds;

fn config_schema() -> Value {
    serde_json::from_str(&groupmap::schema::config()).unwrap()
}

fn plan_schema() -> Value {
    serde_json::from_str(&groupmap::schema::plan()).unwrap()
}

/// `GROUPMAP_SCHEMA=write` writes them anew.
#[test]
fn the_files_are_what_the_types_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema");
    for (name, text) in [("config.json", groupmap::schema::config()), ("plan.json", groupmap::schema::plan())] {
        let file = folder.join(name);
        if std::env::var("GROUPMAP_SCHEMA").is_ok_and(|word| word == "write") {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&file, &text).unwrap();
        }
        assert!(fs::read_to_string(&file).unwrap_or_default() == text, "{name}: run with GROUPMAP_SCHEMA=write");
    }
}

/// What a value has against a schema, if anything. Every keyword is known here, so that none goes unjudged.
fn misfit(root: &Value, schema: &Value, value: &Value) -> Option<String> {
    let Some(keywords) = schema.as_object() else {
        return (schema == false).then(|| format!("{value} where nothing may be"));
    };
    keywords.iter().find_map(|(keyword, wanted)| {
        let all = || wanted.as_array().unwrap();
        let fits = |schema: &&Value| misfit(root, schema, value).is_none();
        let object = value.as_object();
        let ok = match keyword.as_str() {
            "$schema" | "$defs" | "title" | "description" | "default" | "format" => true,
            "$ref" => {
                let place = wanted.as_str().unwrap().strip_prefix('#').unwrap();
                return misfit(root, root.pointer(place).unwrap(), value);
            }
            "type" => match wanted {
                Value::Array(types) => types.iter().any(|name| is_of_type(value, name)),
                name => is_of_type(value, name),
            },
            "const" => value == wanted,
            "enum" => all().contains(value),
            "required" => {
                object.is_none_or(|object| all().iter().all(|key| object.contains_key(key.as_str().unwrap())))
            }
            "dependentRequired" => object.is_none_or(|object| {
                let there = wanted.as_object().unwrap().iter().filter(|(key, _)| object.contains_key(*key));
                let mut others = there.flat_map(|(_, others)| others.as_array().unwrap());
                others.all(|key| object.contains_key(key.as_str().unwrap()))
            }),
            "properties" => {
                let of = |(key, value): (&String, &Value)| {
                    let misfit = misfit(root, wanted.get(key)?, value)?;
                    Some(format!("{key}: {misfit}"))
                };
                return object.and_then(|object| object.iter().find_map(of));
            }
            "additionalProperties" => object.is_none_or(|object| {
                let known = keywords.get("properties").and_then(Value::as_object);
                let mut others = object.iter().filter(|(key, _)| !known.is_some_and(|known| known.contains_key(*key)));
                others.all(|(_, value)| misfit(root, wanted, value).is_none())
            }),
            "items" => {
                let of = |value: &Value| misfit(root, wanted, value);
                return value.as_array().and_then(|list| list.iter().find_map(of));
            }
            "anyOf" => all().iter().any(|schema| fits(&schema)),
            "oneOf" => all().iter().filter(fits).count() == 1,
            "not" => !fits(&wanted),
            "minLength" => value.as_str().is_none_or(|text| text.chars().count() as u64 >= wanted.as_u64().unwrap()),
            "minItems" => value.as_array().is_none_or(|list| list.len() as u64 >= wanted.as_u64().unwrap()),
            "minimum" => value.as_f64().is_none_or(|number| number >= wanted.as_f64().unwrap()),
            "pattern" => {
                value.as_str().is_none_or(|text| regex::Regex::new(wanted.as_str().unwrap()).unwrap().is_match(text))
            }
            other => panic!("the keyword {other} is not judged"),
        };
        (!ok).then(|| format!("{keyword} {wanted} against {value}"))
    })
}

fn is_of_type(value: &Value, name: &Value) -> bool {
    match name.as_str().unwrap() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("the type {other} is not known"),
    }
}

/// What the reader and the compiler say of a config: refused by the one, passed by the other, or neither.
fn judged(config: &Value) -> (bool, bool) {
    match serde_json::from_value::<Config>(config.clone()) {
        Ok(config) => (false, Engine::compile(config).is_ok()),
        Err(_) => (true, false),
    }
}

/// The configs of all cases, of plans and of many people.
fn configs() -> Vec<(String, Value)> {
    let kinds = [None, Some("batch"), Some("review")];
    let cases = kinds.into_iter().flat_map(cases_of);
    cases
        .map(|(name, case)| (name, case["request"]["config"].clone()))
        .filter(|(_, config)| !config.is_null())
        .collect()
}

fn check_config(schema: &Value, name: &str, config: &Value) -> (bool, bool) {
    let (is_refused, is_sound) = judged(config);
    let misfit = misfit(schema, schema, config);
    assert!(!is_refused || misfit.is_some(), "{name}: the reader refuses what the schema accepts: {config}");
    assert!(!is_sound || misfit.is_none(), "{name}: {misfit:?} in {config}");
    (is_refused, is_sound)
}

/// The value with something at a place that does not belong there: every place of an object gets an unknown key, and every
/// place one value of each type. A place is tried once, wherever in a list it stands. With each goes whether it is a list
/// where an object belongs: those serde reads as the fields in order, which no schema says.
fn spoiled(value: &Value, tried: &mut BTreeSet<String>) -> Vec<(Value, bool)> {
    fn places(value: &Value, path: &str, shape: &str, found: &mut Vec<(String, String)>) {
        found.push((path.to_owned(), shape.to_owned()));
        match value {
            Value::Object(object) => {
                for (key, value) in object {
                    let key = key.replace('~', "~0").replace('/', "~1");
                    places(value, &format!("{path}/{key}"), &format!("{shape}/{key}"), found);
                }
            }
            Value::Array(list) => {
                for (at, value) in list.iter().enumerate() {
                    places(value, &format!("{path}/{at}"), &format!("{shape}/*"), found);
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    places(value, "", "", &mut found);
    let mut all = Vec::new();
    for (path, shape) in found {
        let mut now = value.clone();
        let here = now.pointer_mut(&path).unwrap();
        let kind = json!([here.is_object(), here.is_string()]);
        if !tried.insert(format!("{shape} {kind}")) {
            continue;
        }
        if let Some(object) = here.as_object_mut() {
            object.insert("surprise".into(), json!(1));
            all.push((now, false));
        }
        let others = [json!(null), json!(true), json!(7), json!(-7), json!("surprise")];
        let nested = [json!([]), json!([7]), json!({}), json!({ "surprise": 7 })];
        for other in others.into_iter().chain(nested) {
            let mut now = value.clone();
            let here = now.pointer_mut(&path).unwrap();
            let is_list_for_object = here.is_object() && other.is_array();
            *here = other;
            all.push((now, is_list_for_object));
        }
    }
    all
}

#[test]
fn every_config_of_the_cases_is_judged_as_it_is_read() {
    let schema = config_schema();
    let (mut refused, mut sound, mut tried) = (0, 0, BTreeSet::new());
    for (name, config) in configs() {
        let mut all = spoiled(&config, &mut tried);
        all.push((config, false));
        for (config, is_list_for_object) in all {
            if is_list_for_object {
                assert!(misfit(&schema, &schema, &config).is_some(), "{name}: {config}");
                continue;
            }
            let (is_refused, is_sound) = check_config(&schema, &name, &config);
            refused += usize::from(is_refused);
            sound += usize::from(is_sound);
        }
    }
    assert!(refused > 500 && sound > 200, "{refused} were refused, {sound} are sound");
}

#[test]
fn every_plan_of_the_cases_is_judged_as_it_is_read() {
    let schema = plan_schema();
    let (mut refused, mut read, mut tried) = (0, 0, BTreeSet::new());
    for (name, case) in cases_of(None) {
        let plan = answer(&case["request"])["plan"].take();
        if plan.is_null() {
            continue;
        }
        let mut all = spoiled(&plan, &mut tried);
        all.push((plan, false));
        for (plan, is_list_for_object) in all {
            let is_read = !is_list_for_object && serde_json::from_value::<Plan>(plan.clone()).is_ok();
            let misfit = misfit(&schema, &schema, &plan);
            assert_eq!(is_read, misfit.is_none(), "{name}: {misfit:?} in {plan}");
            *if is_read { &mut read } else { &mut refused } += 1;
        }
    }
    assert!(refused > 200 && read > 100, "{refused} were refused, {read} were read");
}

#[test]
fn every_world_is_judged_as_it_is_read() {
    let (of_config, of_plan) = (config_schema(), plan_schema());
    let result = runner(count() / 5).run(&worlds::world(), |request| {
        check_config(&of_config, "a world", &request["config"]);
        let plan = answer(&request)["plan"].take();
        if !plan.is_null() {
            prop_assert_eq!(misfit(&of_plan, &of_plan, &plan), None);
        }
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

/// A mapping file of the examples is what editors will see: TOML, as JSON.
#[test]
fn the_mapping_files_of_the_examples_are_sound() {
    let schema = config_schema();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data");
    let mut judged = 0;
    for story in fs::read_dir(folder).unwrap() {
        for file in fs::read_dir(story.unwrap().path()).unwrap().map(|file| file.unwrap().path()) {
            if file.extension().is_none_or(|extension| extension != "toml") {
                continue;
            }
            let value: Value = toml::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
            if value.get("rules").is_some() {
                assert_eq!(misfit(&schema, &schema, &value), None, "{}", file.display());
                judged += 1;
            }
        }
    }
    assert!(judged > 5, "{judged} files");
}
