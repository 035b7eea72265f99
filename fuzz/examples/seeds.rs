//! Writes the seeds to `work/`, a folder for each target, and `work/dictionary`, which holds every name in them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

fn names(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            into.extend(object.keys().cloned());
            object.values().for_each(|inner| names(inner, into));
        }
        Value::Array(list) => list.iter().for_each(|inner| names(inner, into)),
        Value::String(text) => drop(into.insert(text.clone())),
        _ => {}
    }
}

fn main() -> std::io::Result<()> {
    let work = Path::new(env!("CARGO_MANIFEST_DIR")).join("work");
    let mut words = BTreeSet::new();
    for (at, (target, seed)) in groupmap_fuzz::seeds().into_iter().enumerate() {
        if let Ok(value) = serde_json::from_slice(&seed) {
            names(&value, &mut words);
        }
        let folder = work.join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(format!("seed-{at}")), seed)?;
    }
    let escaped = |word: &str| word.bytes().map(|byte| format!("\\x{byte:02x}")).collect::<String>();
    let short = words.iter().filter(|word| (2..30).contains(&word.len()));
    fs::write(work.join("dictionary"), short.map(|word| format!("\"{}\"\n", escaped(word))).collect::<String>())
}
