//! Shows what a payload of an identity provider is read as: the first thing to look at when a mapping does not fire.
//!
//! ```text
//! cargo run --example identity -- --provider okta token.json
//! cargo run --example identity -- --config mapping.toml token.json
//! pbpaste | cargo run --example identity -- --provider entra
//! ```
//!
//! The payload is a token's claims, a whole JWT, `{ "id_token", "userinfo"? }`, `{ "saml" }`, or a request of
//! `examples/plan`; from a file or, without one, from standard input. Nothing is verified here, and a JWT's signature
//! is not looked at: paste only what you trust, and do not paste live tokens where others can read them.
//!
//! With a config its source is used, its problems are shown, and what its rules would give a new person.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example program prints")]

mod advice;
mod payload;

use std::fmt::Write as _;
use std::fs;
use std::io::Read as _;
use std::process::ExitCode;

use groupmap::{Account, Config, Engine, Identity, NoteCode, Plan, Provider, Snapshot, Source};

use crate::payload::Payload;

type Failure = Box<dyn std::error::Error>;

/// What the command line asks for.
#[derive(Default)]
struct Arguments {
    provider: Option<Provider>,
    config: Option<String>,
    file: Option<String>,
}

impl Arguments {
    fn read() -> Result<Self, Failure> {
        let mut arguments = Self::default();
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            match word.as_str() {
                "--provider" => {
                    let name = words.next().ok_or("--provider needs a name")?;
                    arguments.provider = Some(provider(&name)?);
                }
                "--config" => arguments.config = Some(words.next().ok_or("--config needs a file")?),
                flag if flag.starts_with("--") => return Err(format!("unknown option {flag}; {USAGE}").into()),
                _ if arguments.file.is_some() => return Err(USAGE.into()),
                _ => arguments.file = Some(word),
            }
        }
        if arguments.provider.is_some() && arguments.config.is_some() {
            return Err("a config names its provider: use --provider or --config, not both".into());
        }
        Ok(arguments)
    }
}

const USAGE: &str = "usage: identity [--provider NAME | --config FILE] [PAYLOAD]";

fn provider(name: &str) -> Result<Provider, Failure> {
    let found = Provider::ALL.iter().find(|provider| provider.as_str() == name);
    found.copied().ok_or_else(|| {
        let known: Vec<&str> = Provider::ALL.iter().map(|provider| provider.as_str()).collect();
        format!("no provider is called `{name}`; there are {}", known.join(", ")).into()
    })
}

fn main() -> ExitCode {
    match Arguments::read().and_then(|arguments| run(&arguments)) {
        Ok(shown) => {
            print!("{shown}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<String, Failure> {
    let mut text = String::new();
    if let Some(file) = &arguments.file {
        text = fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    } else {
        std::io::stdin().read_to_string(&mut text)?;
    }
    let payload = Payload::read(&text)?;
    let config = match &arguments.config {
        Some(file) => read_config(file)?,
        None => Config::new(Source::new("payload", arguments.provider.unwrap_or(Provider::Custom))),
    };
    show(config, &payload)
}

/// A config as TOML or JSON, whichever it is.
fn read_config(file: &str) -> Result<Config, Failure> {
    let text = fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    if text.trim_start().starts_with('{') {
        Ok(serde_json::from_str(&text).map_err(|error| format!("{file}: {error}"))?)
    } else {
        Ok(toml::from_str(&text).map_err(|error| format!("{file}: {error}"))?)
    }
}

fn show(config: Config, payload: &Payload) -> Result<String, Failure> {
    let mut out = String::new();
    writeln!(out, "Nothing was verified: {}.", payload.unverified())?;
    let source = config.source.clone();
    let has_rules = !config.rules.is_empty();
    let engine = match Engine::compile(config) {
        Ok(engine) => engine,
        Err(problems) => {
            writeln!(out, "\nThe config does not compile.\n{problems}\n")?;
            let Ok(engine) = Engine::compile(Config::new(source.clone())) else {
                writeln!(out, "Its source is wrong itself, so that the payload is not read.")?;
                return Ok(out);
            };
            writeln!(out, "The payload is read by its source alone.")?;
            engine
        }
    };
    writeln!(out, "Read as `{}`.\n", source.provider)?;
    let identity = match engine.normalize(&payload.claims) {
        Ok(identity) => identity,
        Err(error) => {
            writeln!(out, "No identity: {error} ({}).", error.code())?;
            advice::append(&mut out, &source, payload, None)?;
            return Ok(out);
        }
    };
    let plan = engine.plan(&identity, &Snapshot::new(Account::absent()));
    show_person(&mut out, &identity)?;
    show_groups(&mut out, &identity, plan.as_ref().ok())?;
    advice::append(&mut out, &source, payload, Some(&identity))?;
    if has_rules {
        match plan {
            Ok(plan) => {
                writeln!(out, "\nA new person with this payload\n  {}", plan.to_string().replace('\n', "\n  "))?;
            }
            Err(error) => writeln!(out, "\nNo plan: {error} ({}).", error.code())?,
        }
    }
    Ok(out)
}

/// Text from outside, so that it disturbs no terminal.
fn shown(text: &str) -> String {
    text.chars()
        .flat_map(|character| {
            let plain = !character.is_control() && (character.is_ascii() || character.is_alphanumeric());
            if plain { vec![character] } else { character.escape_unicode().collect() }
        })
        .collect()
}

fn show_person(out: &mut String, identity: &Identity) -> Result<(), Failure> {
    let verified = if identity.email_verified() { " (verified)" } else { " (not verified)" };
    let email = identity.email().map(|email| format!("{}{verified}", shown(email)));
    let lines = [
        ("subject", Some(shown(identity.subject()))),
        ("issuer", identity.issuer().map(shown)),
        ("e-mail", email),
        ("given name", identity.given_name().map(shown)),
        ("family name", identity.family_name().map(shown)),
        ("display name", identity.display_name().map(shown)),
    ];
    for (name, value) in lines {
        writeln!(out, "{name:<13} {}", value.as_deref().unwrap_or("-"))?;
    }
    Ok(())
}

fn show_groups(out: &mut String, identity: &Identity, plan: Option<&Plan>) -> Result<(), Failure> {
    let evidence = identity.evidence();
    let completeness = serde_json::to_value(evidence.completeness())?;
    writeln!(out, "\nGroups: {}, {}", evidence.count(), completeness.as_str().unwrap_or_default())?;
    for entry in evidence.entries() {
        let kind = serde_json::to_value(entry.kind())?;
        writeln!(out, "  {:<5} {}", kind.as_str().unwrap_or_default(), shown(entry.text()))?;
    }
    let mut unread = identity.unread().peekable();
    if unread.peek().is_some() {
        writeln!(out, "\nNot read")?;
    }
    for unread in unread {
        let claim = unread.claim.map_or_else(|| "fetched groups".to_owned(), |claim| format!("claim `{claim}`"));
        let value: String = shown(unread.value).chars().take(120).collect();
        writeln!(out, "  {value} in {claim}: {}", unread.reason)?;
    }
    let about_evidence = |code: NoteCode| code.as_str().starts_with("groups-") || code == NoteCode::KindDrift;
    let notes = plan.into_iter().flat_map(|plan| &plan.notes).filter(|note| about_evidence(note.code));
    for (index, note) in notes.enumerate() {
        if index == 0 {
            writeln!(out, "\nWhy it is not the whole truth")?;
        }
        writeln!(out, "  {}: {}", note.code, note.message)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    type Outcome = Result<(), Failure>;

    fn read(provider: Provider, text: &str) -> Result<String, Failure> {
        show(Config::new(Source::new("payload", provider)), &Payload::read(text)?)
    }

    fn configured(config: &str, text: &str) -> Result<String, Failure> {
        show(toml::from_str(config)?, &Payload::read(text)?)
    }

    #[test]
    fn a_pasted_jwt_is_decoded_and_said_to_be_unverified() -> Outcome {
        // {"alg":"none"} . {"sub":"u1","groups":["ops"]} . no signature
        let jwt = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1MSIsImdyb3VwcyI6WyJvcHMiXX0.";
        for text in [jwt.to_owned(), format!("Bearer {jwt}\n"), format!("{}=.x", jwt.trim_end_matches('.'))] {
            let shown = read(Provider::Okta, &text)?;
            assert!(shown.starts_with("Nothing was verified: the payload part of the JWT was decoded"), "{shown}");
            assert!(shown.contains("subject       u1") && shown.contains("  name  ops"), "{shown}");
        }
        for (text, reason) in [
            ("", "there is no payload"),
            ("a.b.c.d.e", "encrypted"),
            ("hello", "neither"),
            ("a.!.c", "no base64url"),
            ("[1]", "neither"),
            ("{", "no JSON"),
            (r#"{"sub":"u1","sub":"u2"}"#, "stands twice"),
        ] {
            let message = read(Provider::Okta, text).err().map(|failure| failure.to_string()).unwrap_or_default();
            assert!(message.contains(reason), "{text}: {message}");
        }
        Ok(())
    }

    #[test]
    fn every_form_of_a_payload_is_read() -> Outcome {
        let saml = r#"{ "name_id": { "value": "u1" }, "attributes": { "groups": ["ops"] } }"#;
        for text in [
            r#"{ "sub": "u1", "groups": ["ops"] }"#,
            r#"{ "id_token": { "sub": "u1" }, "userinfo": { "sub": "u1", "groups": ["ops"] } }"#,
            r#"{ "saml": { "name_id": "u1", "attributes": [{ "name": "groups", "values": ["ops"] }] } }"#,
            r#"{ "config": {}, "login": { "id_token": { "sub": "u1", "groups": ["ops"] } } }"#,
            saml,
        ] {
            let shown = read(Provider::Custom, text)?;
            assert!(shown.contains("Groups: 1, complete\n  name  ops"), "{text}: {shown}");
        }
        Ok(())
    }

    #[test]
    fn a_claim_that_is_not_there_is_told_with_those_that_are() -> Outcome {
        let shown =
            read(Provider::Okta, r#"{ "sub": "u1", "memberOf": ["ops"], "realm_access": { "roles": ["a"] } }"#)?;
        assert!(shown.contains("none of the claims asked for holds groups here: `groups`"), "{shown}");
        assert!(shown.contains(r#"source.groups.claims = ["memberOf"]"#), "{shown}");
        assert!(shown.contains(r#"source.groups.claims = [["realm_access","roles"]]"#), "{shown}");
        assert!(shown.contains("groups-absent: "), "{shown}");
        Ok(())
    }

    #[test]
    fn wrong_kinds_and_delimiters_are_told_with_the_setting() -> Outcome {
        for (provider, groups, setting) in [
            (Provider::Entra, r#"["net-ops"]"#, r#"source.groups.identified_by = "name""#),
            (Provider::Custom, r#""a;b""#, r#"source.groups.delimiter = ";""#),
            (Provider::Custom, r#""[a, b]""#, "source.groups.bracketed = true"),
            (Provider::Custom, r#"["CN=ops,DC=example"]"#, r#"source.groups.identified_by = "dn""#),
            (Provider::Custom, r#"["/org/eng"]"#, r#"source.groups.identified_by = "path""#),
            (Provider::Custom, r#"[{ "gid": "ops" }]"#, "source.groups.object = "),
        ] {
            let shown = read(provider, &format!(r#"{{ "sub": "u1", "groups": {groups} }}"#))?;
            assert!(shown.contains(setting), "{groups}: {shown}");
        }
        Ok(())
    }

    #[test]
    fn a_config_that_does_not_compile_is_told_with_its_fixes() -> Outcome {
        let name_rule_on_ids = r#"
            version = 1
            source  = { id = "acme", provider = "entra" }
            catalog = [{ flag = "staff" }]
            rules   = [{ id = "r", when = { name = "net-ops" }, grant = [{ flag = "staff" }] }]
        "#;
        let shown = configured(name_rule_on_ids, r#"{ "sub": "u1", "groups": [] }"#)?;
        assert!(shown.contains("kind-mismatch") && shown.contains("source.groups.identified_by"), "{shown}");
        let comma_in_dns = r#"
            version = 1
            source  = { id = "acme", provider = "ldap", groups = { delimiter = "," } }
        "#;
        let shown = configured(comma_in_dns, r#"{ "sub": "u1", "memberOf": "CN=a,DC=b" }"#)?;
        assert!(shown.contains("delimiter-with-dn") && shown.contains("leave it out"), "{shown}");
        Ok(())
    }

    #[test]
    fn a_config_shows_what_a_new_person_gets() -> Outcome {
        let config = r#"
            version = 1
            source  = { id = "acme", provider = "okta" }
            catalog = [{ flag = "staff" }]
            rules   = [{ id = "r", when = { name = "Staff" }, grant = [{ flag = "staff" }] }]
        "#;
        let shown = configured(config, r#"{ "sub": "u1", "groups": ["Staff"] }"#)?;
        assert!(shown.contains("+ flag:staff  because rule `r` matched `Staff`"), "{shown}");
        Ok(())
    }

    #[test]
    fn nothing_from_a_payload_disturbs_a_terminal() -> Outcome {
        let shown = read(Provider::Okta, "{ \"sub\": \"u\\u001b[31m\", \"groups\": [\"a\\u202eb\", \"\\u200b\"] }")?;
        assert!(
            !shown.chars().any(|c| (c.is_control() && c != '\n') || matches!(c, '\u{202e}' | '\u{200b}')),
            "{shown}"
        );
        assert!(shown.contains("\\u{1b}") && shown.contains("\\u{202e}") && shown.contains("\\u{200b}"), "{shown}");
        Ok(())
    }
}
