//! The direction of dependencies: a stage names only what stands before it, and nothing here can do I/O.

use std::fs;
use std::path::{Path, PathBuf};

/// The modules in the order of the data's journey. Each may use those above it and itself.
const ORDER: [&str; 25] = [
    "text",
    "dn",
    "target",
    "problem",
    "error",
    "claims",
    "provider",
    "config",
    "catalog",
    "identity",
    "rules",
    "resolution",
    "snapshot",
    "plan",
    "digest",
    "safeguards",
    "account",
    "diff",
    "compile",
    "engine",
    "request",
    "manual",
    "lib",
    "",
    "",
];

/// Uses against the direction, each with its reason.
const ALLOWED: [(&str, &str, &str); 6] = [
    ("config", "claims", "a condition compares numbers as claims hold them"),
    ("claims", "claims", ""),
    ("provider", "config", "a preset is a row of the config's own settings"),
    ("plan", "digest", "a plan carries the seal that its digest is made from"),
    ("compile", "engine", "compiling makes what the engine holds"),
    ("config", "provider", "a config names its preset"),
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

#[test]
fn stages_use_only_what_stands_before_them() {
    let place = |module: &str| ORDER.iter().position(|known| *known == module);
    let mut upward = Vec::new();
    each_source(|module, file, text| {
        let own = place(module).unwrap_or_else(|| panic!("{module} has no place in the order"));
        // Tests within a module may look anywhere.
        let code = text.split("#[cfg(test)]").next().unwrap();
        let code: String = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        for used in code.split("crate::").skip(1) {
            let used: String = used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let Some(other) = place(&used) else { continue };
            let allowed = ALLOWED.iter().any(|(from, to, _)| *from == module && *to == used);
            if other > own && module != "lib" && !allowed {
                upward.push(format!("{file} uses crate::{used}"));
            }
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
