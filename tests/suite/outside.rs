//! The crate as a host sees it: what it can build, share, print and store.

use groupmap::*;
use serde_json::json;

use crate::checked::Checked;

fn engine() -> Engine {
    let config = Config::new(Source::new("acme-okta", Provider::Okta).with_issuer("https://acme.okta.example"))
        .with_catalog([
            Catalogued::new(Target::flag("staff")),
            Catalogued::new(Target::role("viewer").in_organization("acme")).rank(10),
            Catalogued::new(Target::role("owner").in_organization("acme")).rank(40).privileged().keep_at_least(1),
        ])
        .with_slots([Slot::new("role", Choose::Highest)])
        .with_rules([
            Rule::grant("staff", Condition::glob("*"), [Target::flag("staff")]),
            Rule::grant("viewers", Condition::name("All"), [Target::role("viewer").in_organization("acme")]),
            Rule::grant("owners", Condition::name("Owners"), [Target::role("owner").in_organization("acme")]),
            Rule::deny("no-ext", Condition::regex("ext-.*"), [Target::organization("acme")]),
        ])
        .with_accounts(Accounts::default().reactivate(true));
    Engine::compile(config).unwrap()
}

fn claims(groups: &[&str]) -> Claims {
    let issuer = Value::from("https://acme.okta.example");
    let groups = Value::from_iter(groups.iter().copied());
    Claims::oidc(Token::new([("iss", issuer), ("sub", Value::from("u1")), ("groups", groups)]).unwrap())
}

fn owner() -> Snapshot {
    let owner = Target::role("owner").in_organization("acme");
    Snapshot::new(Account::active())
        .with_revision("7")
        .with_memberships([Membership::managed(owner.clone(), "acme-okta")])
        .with_holders([Holders::new(owner, 1)])
}

#[test]
fn what_a_host_keeps_can_be_shared_between_threads() {
    fn shared<T: Send + Sync + Clone + std::fmt::Debug + 'static>() {}
    shared::<Engine>();
    shared::<Identity>();
    shared::<Plan>();
    shared::<Config>();
    shared::<Claims>();
    shared::<Snapshot>();
    shared::<Problems>();
    shared::<Error>();
    assert!(std::mem::size_of::<Engine>() <= 16, "an engine is a handle");
}

#[test]
fn a_config_is_the_same_whether_written_or_built() {
    let built = engine().config().clone();
    let json = serde_json::to_string(&built).unwrap();
    assert_eq!(serde_json::from_str::<Config>(&json).unwrap(), built);
    let text = toml::to_string(&built).unwrap();
    assert_eq!(toml::from_str::<Config>(&text).unwrap(), built);
}

#[test]
fn a_plan_survives_being_stored() {
    let engine = engine();
    let identity = engine.normalize(&claims(&["All"])).unwrap();
    let plan = engine.checked_plan(&identity, &owner()).unwrap();
    assert_eq!(plan.status, Status::Withheld);
    let stored = serde_json::to_string(&plan).unwrap();
    let read: Plan = serde_json::from_str(&stored).unwrap();
    assert_eq!(read, plan);
    assert_eq!(read.digest(), plan.digest());
    assert_eq!(serde_json::to_string(&read).unwrap(), stored);
    assert_eq!(read.to_string(), plan.to_string());

    let mut foreign: serde_json::Value = serde_json::from_str(&stored).unwrap();
    foreign["surprise"] = true.into();
    assert!(serde_json::from_value::<Plan>(foreign).is_err());
}

#[test]
fn the_digest_changes_with_whatever_the_plan_was_made_from() {
    let engine = engine();
    let plan = |engine: &Engine, groups: &[&str], snapshot: &Snapshot| {
        engine.checked_plan(&engine.normalize(&claims(groups)).unwrap(), snapshot).unwrap().digest()
    };
    let base = plan(&engine, &["All"], &owner());
    assert_eq!(base, plan(&engine, &["All", "All"], &owner()));
    assert_eq!(base.len(), 64);
    assert_ne!(base, plan(&engine, &["All", "unmatched"], &owner()));
    assert_ne!(base, plan(&engine, &["All"], &owner().with_revision("8")));
    let host = Host::default().auto_join(false);
    assert_ne!(base, plan(&engine.clone().with_host(host), &["All"], &owner()));
    let mut config = engine.config().clone();
    config.rules[0].description = Some("other".into());
    assert_ne!(base, plan(&Engine::compile(config).unwrap(), &["All"], &owner()));
}

#[test]
fn changes_come_in_an_order_of_which_every_prefix_is_safe() {
    let engine = engine();
    let identity = engine.normalize(&claims(&["All"])).unwrap();
    let first = engine.checked_plan(&identity, &Snapshot::new(Account::absent())).unwrap();
    let changes: Vec<Change<'_>> = first.changes().collect();
    assert!(matches!(&changes[..], [Change::Provision(additions)] if additions.len() == 2));

    let staff = Membership::managed(Target::flag("staff"), "acme-okta");
    let snapshot = Snapshot::new(Account::inactive()).with_memberships([staff]);
    let back = engine.checked_plan(&identity, &snapshot).unwrap();
    assert!(matches!(back.changes().next(), Some(Change::Reactivate)));
    assert!(matches!(back.changes().last(), Some(Change::Add(_))));
}

#[test]
fn debug_output_holds_nothing_personal() {
    let engine = engine();
    let token = Token::new([
        ("iss", Value::from("https://acme.okta.example")),
        ("sub", Value::from("secret-subject")),
        ("email", Value::from("secret@example.com")),
        ("groups", Value::from_iter(["All", "secret-group"])),
    ]);
    let claims = Claims::oidc(token.unwrap())
        .with_fetched_groups(FetchedGroups::new(true, [FetchedGroup::name("secret-fetched")]));
    let identity = engine.normalize(&claims).unwrap();
    let snapshot = Snapshot::new(Account::active().of_subject("secret-subject").with_candidate("secret@example.com"));
    let plan = engine.checked_plan(&identity, &snapshot).unwrap();
    let shown = format!(
        "{claims:?} {identity:?} {:?} {snapshot:?} {plan:?}",
        identity.evidence().entries().collect::<Vec<_>>()
    );
    assert!(!shown.contains("secret"), "{shown}");
    let other = Snapshot::new(Account::active().of_subject("secret-other"));
    let error = engine.checked_plan(&identity, &other).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("secret"));
}

#[test]
fn an_identity_of_other_source_settings_is_refused() {
    let engine = engine();
    let identity = engine.normalize(&claims(&["All"])).unwrap();
    let mut config = engine.config().clone();
    config.source.groups = GroupSettings::default().case(CasePolicy::Ascii);
    let other = Engine::compile(config).unwrap();
    assert_eq!(other.checked_plan(&identity, &owner()), Err(Error::ForeignIdentity));
    // Compiled again from the same config it is the same source.
    let again = Engine::compile(engine.config().clone()).unwrap();
    assert!(again.checked_plan(&identity, &owner()).is_ok());
}

#[test]
fn problems_read_well() {
    let mut config = engine().config().clone();
    config.rules.push(Rule::grant("typo", Condition::name("x"), [Target::role("viewr").in_organization("acme")]));
    let problems = Engine::compile(config).unwrap_err();
    assert_eq!(
        problems.to_string(),
        "rules[4].grant[0]: unknown-target: the catalog does not list `acme/role:viewr` (help: did you mean \
         `acme/role:viewer`?)"
    );
    assert_eq!(problems.as_slice()[0].code, ProblemCode::UnknownTarget);
}

#[test]
fn why_a_denied_target_goes_is_told() {
    let engine = engine();
    let identity = engine.normalize(&claims(&["All", "ext-1"])).unwrap();
    let viewer = Membership::managed(Target::role("viewer").in_organization("acme"), "acme-okta");
    let plan = engine.checked_plan(&identity, &Snapshot::new(Account::active()).with_memberships([viewer])).unwrap();
    let text = plan.to_string();
    assert!(text.contains("- acme/role:viewer  denied by rule `no-ext` matched `ext-1`"), "{text}");
}

#[test]
fn rules_that_cost_every_login_are_told_with_the_reason() {
    let rule = |id: &str, when: serde_json::Value| json!({ "id": id, "when": when, "grant": [{ "flag": "staff" }] });
    let rules = [
        rule("a-start", json!({ "regex": "team-[a-z]+" })),
        rule("b-end", json!({ "glob": "*-team" })),
        rule("c-few", json!({ "regex": "(red|blue)-team" })),
        rule("d-name", json!({ "name": "team" })),
        rule("e-middle", json!({ "regex": "[a-z]+-team-[a-z]+" })),
        rule("f-nothing", json!({ "regex": "[a-z]+" })),
        rule("g-not", json!({ "not": { "name": "team" } })),
        rule("h-everyone", json!("everyone")),
        rule("i-both", json!({ "all": [{ "name": "team" }, { "not": { "name": "other" } }] })),
    ];
    let config = json!({
        "version": 1, "source": { "id": "idp", "provider": "okta" }, "catalog": [{ "flag": "staff" }], "rules": rules,
    });
    let engine = Engine::compile(serde_json::from_value(config).unwrap()).unwrap();
    let told: Vec<_> = engine.costs().map(|cost| (cost.rule.to_owned(), cost.why)).collect();
    let expected = [
        ("e-middle", Cost::LiteralWithin),
        ("f-nothing", Cost::NoLiteral),
        ("g-not", Cost::FitsStrangers),
        ("h-everyone", Cost::FitsStrangers),
    ];
    assert_eq!(told, expected.map(|(rule, why)| (rule.to_owned(), why)));
}
