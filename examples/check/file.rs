//! Reading a mapping file, whatever it turns out to be.

use std::fs;
use std::path::Path;

use groupmap::{Account, Claims, Config, Snapshot};
use serde_json::Value;

use crate::Failure;
use crate::findings::Finding;

/// A file that could be read.
pub(crate) struct Read {
    pub(crate) name: String,
    pub(crate) has_byte_order_mark: bool,
    /// The config, or why it is none.
    pub(crate) config: Result<Config, Finding>,
}

/// Reads a file, or the one mapping file of a folder.
pub(crate) fn read(name: &str) -> Result<Read, Failure> {
    let path = Path::new(name);
    if path.is_dir() {
        return read(&in_folder(path)?);
    }
    let bytes = fs::read(path).map_err(|error| format!("{name}: {error}"))?;
    parse(name, &bytes)
}

fn in_folder(folder: &Path) -> Result<String, Failure> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_file() && path.extension().is_some_and(|extension| extension == "toml" || extension == "json") {
            found.push(path.display().to_string());
        }
    }
    found.sort();
    let folder = folder.display();
    match found.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(format!("the folder {folder} holds no mapping file (*.toml or *.json)").into()),
        several => Err(format!("the folder {folder} holds several files, name one: {}", several.join(", ")).into()),
    }
}

/// Reads the bytes of a file.
pub(crate) fn parse(name: &str, bytes: &[u8]) -> Result<Read, Failure> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(format!("{name} is UTF-16; save it as UTF-8").into());
    }
    let text = std::str::from_utf8(bytes).map_err(|error| format!("{name} is no UTF-8: {error}"))?;
    let (text, has_byte_order_mark) = text.strip_prefix('\u{feff}').map_or((text, false), |text| (text, true));
    Ok(Read { name: name.to_owned(), has_byte_order_mark, config: config(name, text) })
}

/// A config as TOML or JSON: by the name of the file, or else by its first character.
fn config(name: &str, text: &str) -> Result<Config, Finding> {
    if text.trim().is_empty() {
        return Err(Finding::new("shape", "", "the file is empty; a mapping has at least a version and a source"));
    }
    let looks_like_json = text.trim_start().starts_with('{');
    let is_json = looks_like_json || Path::new(name).extension().is_some_and(|extension| extension == "json");
    let failed = match if is_json { json(text) } else { toml(text) } {
        Ok(config) => return Ok(config),
        Err(failed) => failed,
    };
    let hint = if is_json && !looks_like_json && toml::from_str::<toml::Table>(text).is_ok() {
        "it reads as TOML: give it a name that ends in .toml"
    } else if !is_json && looks_like_yaml(name, text) {
        "it looks like YAML, which this program does not read: write it as TOML or JSON"
    } else {
        return Err(failed);
    };
    Err(Finding { message: format!("{}; {hint}", failed.message), ..failed })
}

fn looks_like_yaml(name: &str, text: &str) -> bool {
    let named = Path::new(name).extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
    named || text.lines().any(|line| line.starts_with("version:") || line == "---")
}

fn json(text: &str) -> Result<Config, Finding> {
    serde_json::from_str(text).map_err(|error| {
        let place = format!("line {}", error.line());
        Finding::new("shape", &place, &error.to_string())
    })
}

fn toml(text: &str) -> Result<Config, Finding> {
    toml::from_str(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start));
        let place = before.map(|before| format!("line {}", before.matches('\n').count().saturating_add(1)));
        Finding::new("shape", &place.unwrap_or_default(), error.message())
    })
}

/// People whose logins show which rules are reached.
pub(crate) fn people(name: &str) -> Result<Vec<(Claims, Snapshot)>, Failure> {
    let text = fs::read_to_string(name).map_err(|error| format!("{name}: {error}"))?;
    let list: Vec<Value> = serde_json::from_str(&text).map_err(|error| format!("{name}: {error}"))?;
    let person = |(place, mut person): (usize, Value)| -> Result<(Claims, Snapshot), Failure> {
        let wrong = |error: serde_json::Error| format!("{name}: person {place}: {error}");
        let mut take = |key: &str| person.get_mut(key).map(Value::take).unwrap_or_default();
        let login = serde_json::from_value(take("login")).map_err(wrong)?;
        let snapshot = match take("snapshot") {
            Value::Null => Snapshot::new(Account::absent()),
            snapshot => serde_json::from_value(snapshot).map_err(wrong)?,
        };
        Ok((login, snapshot))
    };
    list.into_iter().enumerate().map(person).collect()
}
