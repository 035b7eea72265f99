//! What the manual says in tables is what the code does.

use std::fs;
use std::path::Path;

use groupmap::{GroupLimit, PresetObject, Provider};

fn word<T: serde::Serialize>(value: T) -> String {
    serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
}

fn row(provider: Provider) -> String {
    let preset = provider.preset();
    let claims: Vec<String> = preset.claims.iter().map(|claim| format!("`{claim}`")).collect();
    let limit = match preset.limit {
        GroupLimit::At { count, at, over, .. } => format!("{count}, at: {}, over: {}", word(at), word(over)),
        _ => "none".to_owned(),
    };
    let objects = match preset.object {
        PresetObject::Group { id, name, .. } => format!("`{id}`, `{name}`"),
        PresetObject::Map => "keys are groups".to_owned(),
        _ => "none".to_owned(),
    };
    format!(
        "| [`{provider}`](crate::manual::providers::{}) | {} | {} | {} | {limit} | {objects} | {} | {} | `{}` | {} |",
        provider.as_str().replace('-', "_"),
        if claims.is_empty() { "named by the admin".to_owned() } else { claims.join(", ") },
        word(preset.identified_by),
        word(preset.absent),
        subject(preset.token_subject),
        subject(preset.saml_subject),
        preset.saml_email,
        preset.source,
    )
}

/// The candidates for a subject, the first of which that is there is taken.
fn subject(candidates: &[&[&str]]) -> String {
    let joined = |claims: &&[&str]| claims.iter().map(|claim| format!("`{claim}`")).collect::<Vec<_>>().join(" + ");
    candidates.iter().map(joined).collect::<Vec<_>>().join(", else ")
}

/// With `GROUPMAP_WRITE_MANUAL` set the table is written anew instead of compared.
#[test]
fn the_table_of_providers_is_the_table_of_presets() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/manual/providers.md");
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once("<!-- presets -->\n").unwrap();
    let (table, after) = rest.split_once("<!-- /presets -->").unwrap();
    let head: Vec<&str> = table.lines().take(2).collect();
    let rows = Provider::ALL.iter().map(|provider| row(*provider));
    let made: Vec<String> = head.iter().map(|line| (*line).to_owned()).chain(rows).collect();
    let made = made.join("\n") + "\n";
    if std::env::var_os("GROUPMAP_WRITE_MANUAL").is_some() {
        fs::write(&path, format!("{before}<!-- presets -->\n{made}<!-- /presets -->{after}")).unwrap();
    } else {
        assert_eq!(table, made);
    }
}

#[test]
fn notes_are_listed_where_hosts_look_for_them() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/manual/applying.md")).unwrap();
    for code in [
        "ambiguous",
        "auto-join-off",
        "default-targets-conflict",
        "exempt",
        "groups-absent",
        "groups-malformed",
        "groups-over-limit",
        "groups-overage",
        "groups-suspect",
        "kind-drift",
        "link-needed",
        "no-rules",
        "orphaned",
        "outside-catalog",
        "provisioning-disabled",
        "reactivation-disabled",
        "switched-off",
        "undecided",
        "unmatched",
    ] {
        let note: groupmap::NoteCode = serde_json::from_value(code.into()).unwrap();
        assert_eq!(note.as_str(), code);
        assert!(page.contains(&format!("`{code}`")), "{code}");
    }
    for code in ["holders-unknown", "in-use", "last-holder", "mass-removal", "slot-held", "undecided"] {
        let held: groupmap::WithheldCode = serde_json::from_value(code.into()).unwrap();
        assert_eq!(held.to_string(), code);
        assert!(page.contains(&format!("\n| `{code}` |")), "{code}");
    }
}

#[test]
fn what_to_do_about_an_incomplete_list_is_the_second_half_of_one_sentence() {
    for provider in Provider::ALL {
        let preset = provider.preset();
        for remedy in [preset.when_absent, preset.when_cut, preset.when_unreadable] {
            assert!(remedy.len() > 20 && remedy.len() < 320, "{provider}: {remedy}");
            assert!(!remedy.ends_with('.') && !remedy.contains(['\n', '\t']), "{provider}: {remedy}");
            assert!(!remedy.contains("  ") && remedy.trim() == remedy, "{provider}: {remedy}");
        }
        assert!(!preset.source.is_empty());
    }
}
