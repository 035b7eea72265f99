//! The direction of dependencies: a stage names only what stands before it, and nothing here can do I/O.

use std::fs;
use std::path::{Path, PathBuf};

/// The modules in the order of the data's journey. Each may use those before it and itself.
const ORDER: &[&str] = &[
    "text",
    "redaction",
    "sorted",
    "dn",
    "target",
    "problem",
    "error",
    "claims",
    "snapshot",
    "config",
    "catalog",
    "identity",
    "matching",
    "rules",
    "resolution",
    "digest",
    "plan",
    "holdings",
    "safeguards",
    "account",
    "diff",
    "cost",
    "compile",
    "scratch",
    "draft",
    "planner",
    "engine",
    "explain",
    "why_not",
    "verify",
    "lint",
    "person",
    "ledger",
    "batch",
    "preview",
    "review",
    "comparison",
    "scim",
    "self_test",
    "request",
    "schema",
    "lib",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn each_source(mut judge: impl FnMut(&str, &str, &str)) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    assert!(files.len() > 20);
    for file in files {
        let relative = file.strip_prefix(&root).unwrap();
        let module = relative.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
        judge(&module, &relative.display().to_string(), &fs::read_to_string(&file).unwrap());
    }
}

/// The modules behind its own that a file names.
fn upward_uses(module: &str, text: &str) -> Vec<String> {
    let place = |module: &str| ORDER.iter().position(|known| *known == module);
    let own = place(module).unwrap_or_else(|| panic!("{module} has no place in the order"));
    // Tests within a module may look anywhere.
    let code = text.split("#[cfg(test)]").next().unwrap();
    let code: String = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    assert!(!code.contains("crate::{"), "name the modules one by one");
    let words = code.split("crate::").skip(1);
    let used = words.map(|rest| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>());
    used.filter(|used| place(used).is_some_and(|other| other > own)).collect()
}

#[test]
fn stages_use_only_what_stands_before_them() {
    assert_eq!(upward_uses("rules", "use crate::text::X;\nlet x = crate::engine::Engine;"), ["engine"]);
    let mut upward = Vec::new();
    each_source(|module, file, text| {
        // The manual is prose; its code stands outside the crate.
        if module != "manual" {
            upward.extend(upward_uses(module, text).into_iter().map(|used| format!("{file} uses crate::{used}")));
        }
    });
    assert!(upward.is_empty(), "{}", upward.join("\n"));
}

#[test]
fn nothing_can_reach_the_outside() {
    each_source(|_, file, text| {
        for forbidden in ["extern crate std", "std::", "println!", "unsafe ", "SystemTime", "include!("] {
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            for line in code {
                assert!(!line.contains(forbidden), "{file}: {line}");
            }
        }
    });
    let front = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    assert!(front.contains("#![no_std]"));
}

/// One module alone folds case, so that no two places can disagree on what is equal.
#[test]
fn one_module_alone_folds_text() {
    each_source(|module, file, text| {
        let code = text.split("#[cfg(test)]").next().unwrap();
        for folding in ["to_lowercase", "to_uppercase", "case_fold"] {
            assert!(module == "text" || !code.contains(folding), "{file} uses {folding}");
        }
    });
}

/// A plan that no test has looked at is still one that the checker has: tests ask for plans in one place.
#[test]
fn every_plan_of_every_test_goes_past_the_checker() {
    let mut files = Vec::new();
    sources(Path::new("tests/suite"), &mut files);
    let calls = [".plan(", ".plan_deactivation(", ".batch(", ".batch_on(", ".to_plan(", ".answer()"];
    let mut found = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for line in text.lines().filter(|line| calls.iter().any(|call| line.contains(call))) {
            found.push(format!("{}: {}", file.strip_prefix("tests/suite").unwrap().display(), line.trim()));
        }
    }
    found.sort();
    // Comparisons and reviews hold no plans; and nor does this test.
    found.retain(|line| !line.contains("model") && !line.contains("world.batch(") && !line.starts_with("layering.rs"));
    let checked = ["checked.rs: ", "comparisons.rs: Ok(request)", "many.rs: Ok(request)"];
    let unchecked: Vec<&String> =
        found.iter().filter(|line| !checked.iter().any(|place| line.starts_with(place))).collect();
    assert!(unchecked.is_empty(), "{unchecked:#?}");
}
