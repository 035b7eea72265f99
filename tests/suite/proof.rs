//! The pages that say what is proved name tests, and those tests exist.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    // A package has no fuzz targets.
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// All sources with tests in them, one behind the other.
pub fn sources() -> String {
    let mut files = Vec::new();
    for folder in ["src", "tests/suite", "fuzz/tests"] {
        collect(&root().join(folder), &mut files);
    }
    files.iter().map(|file| fs::read_to_string(file).unwrap()).collect()
}

/// What stands in code quotes in the last column but one of the rows of a table.
fn named(page: &str) -> Vec<String> {
    let rows =
        page.lines().filter(|line| line.starts_with("| P") || line.starts_with("| `") || line.starts_with("| promise"));
    rows.flat_map(|row| row.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()).collect()
}

#[test]
fn every_test_that_the_pages_name_exists() {
    let sources = sources();
    for page in ["src/manual/proof.md", "SECURITY.md"] {
        let text = fs::read_to_string(root().join(page)).unwrap();
        let tests: Vec<String> = named(&text)
            .into_iter()
            .filter(|name| {
                name.contains('_') && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
            })
            .collect();
        assert!(tests.len() > 5, "{page} names {} tests", tests.len());
        for test in tests {
            assert!(sources.contains(&format!("fn {test}()")), "{page}: {test} is no test");
        }
    }
}

#[test]
fn every_invariant_has_a_row() {
    let page = fs::read_to_string(root().join("src/manual/proof.md")).unwrap();
    for number in 1..=60 {
        assert!(page.contains(&format!("| P{number:02} |")), "P{number:02} has no row");
    }
}
