//! Reading documents strictly: what is not expected is an error (page, first paragraph).

use serde_json::{Map, Value};

/// A document has not the shape that the page gives it (`invalid-request`).
#[derive(Debug)]
pub struct Shapeless;

pub type Shape<T> = Result<T, Shapeless>;

/// An object whose keys are all among `known`.
pub fn object<'a>(value: &'a Value, known: &[&str]) -> Shape<&'a Map<String, Value>> {
    let map = value.as_object().ok_or(Shapeless)?;
    for key in map.keys() {
        if !known.contains(&key.as_str()) {
            return Err(Shapeless);
        }
    }
    Ok(map)
}

pub fn list(value: &Value) -> Shape<&Vec<Value>> {
    value.as_array().ok_or(Shapeless)
}

pub fn text(value: &Value) -> Shape<String> {
    Ok(value.as_str().ok_or(Shapeless)?.to_owned())
}

pub fn texts(value: &Value) -> Shape<Vec<String>> {
    list(value)?.iter().map(text).collect()
}

pub fn flag(value: &Value) -> Shape<bool> {
    value.as_bool().ok_or(Shapeless)
}

pub fn integer(value: &Value) -> Shape<i64> {
    value.as_i64().ok_or(Shapeless)
}

pub fn count(value: &Value) -> Shape<u64> {
    value.as_u64().ok_or(Shapeless)
}

/// One of some words, given as pairs of word and meaning.
pub fn word<T: Copy>(value: &Value, words: &[(&str, T)]) -> Shape<T> {
    let given = value.as_str().ok_or(Shapeless)?;
    for (word, meaning) in words {
        if *word == given {
            return Ok(*meaning);
        }
    }
    Err(Shapeless)
}

/// A member that may be left out.
pub fn optional<T>(map: &Map<String, Value>, key: &str, read: impl Fn(&Value) -> Shape<T>) -> Shape<Option<T>> {
    match map.get(key) {
        None => Ok(None),
        Some(value) => read(value).map(Some),
    }
}

/// A member that must be there.
pub fn required<T>(map: &Map<String, Value>, key: &str, read: impl Fn(&Value) -> Shape<T>) -> Shape<T> {
    read(map.get(key).ok_or(Shapeless)?)
}
