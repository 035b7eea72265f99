//! Explanations: they name exactly the rules that the reference model finds satisfied, and say what happened.

use std::collections::{BTreeMap, BTreeSet};

use groupmap::*;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::agreement::{count, runner};
use crate::checked::Checked;
use crate::reference::{self, kleene::Kleene};
use crate::worlds;

/// A request, taken apart; nothing where there is no plan.
pub struct Asked {
    pub engine: Engine,
    pub identity: Identity,
    pub snapshot: Snapshot,
}

impl Asked {
    pub fn read(request: &Json) -> Option<Self> {
        let request: Request = serde_json::from_value(request.clone()).ok()?;
        let engine = Engine::compile(request.config).ok()?.with_host(request.host);
        let identity = engine.normalize(&request.login).ok()?;
        engine.checked_plan(&identity, &request.snapshot).ok()?;
        Some(Self { engine, identity, snapshot: request.snapshot })
    }

    pub fn explain(&self) -> Explanation {
        self.engine.explain(&self.identity, &self.snapshot).unwrap()
    }
}

pub fn explain(request: &Json) -> Explanation {
    Asked::read(request).unwrap_or_else(|| panic!("no plan: {}", crate::comparison::answer(request))).explain()
}

pub fn of<'e>(explanation: &'e Explanation, target: &Target) -> &'e TargetExplained {
    explanation.targets.iter().find(|explained| explained.target == *target).unwrap()
}

fn true_rules(words: &[RuleWord]) -> BTreeSet<String> {
    words.iter().filter(|word| word.truth == Verdict::True).map(|word| word.rule.clone()).collect()
}

fn verdict(kleene: Kleene) -> Verdict {
    match kleene {
        Kleene::True => Verdict::True,
        Kleene::False => Verdict::False,
        Kleene::Unknown => Verdict::Unknown,
    }
}

fn of_worlds(worlds: u32, judge: impl Fn(&Json, &Asked) -> Result<(), TestCaseError>) {
    let result = runner(worlds).run(&worlds::world(), |request| match Asked::read(&request) {
        Some(asked) => judge(&request, &asked),
        None => Ok(()),
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

#[test]
fn an_explanation_names_exactly_the_rules_that_are_satisfied() {
    of_worlds(count() / 2, |request, asked| {
        let explanation = asked.explain();
        let by_settings = |target: &TargetExplained| target.settings.contains(&Setting::UnmatchedGrant);
        let with_settings = explanation.targets.iter().any(by_settings);
        let said = reference::said(request).unwrap();
        for word in said {
            let target: Target = serde_json::from_value(word.target.write()).unwrap();
            let found = explanation.targets.iter().find(|explained| explained.target == target);
            let Some(explained) = found else {
                prop_assert!(word.grants.is_empty() && word.denies.is_empty(), "{} is missing: {}", target, request);
                prop_assert_eq!(word.verdict, Kleene::False);
                continue;
            };
            prop_assert_eq!(&true_rules(&explained.granted_by), &word.grants, "{} in {}", target, request);
            prop_assert_eq!(&true_rules(&explained.denied_by), &word.denies, "{} in {}", target, request);
            // A setting may grant beside the rules.
            if !with_settings && asked.engine.config().unmatched == Unmatched::Refuse {
                prop_assert_eq!(explained.verdict, verdict(word.verdict), "{} in {}", target, request);
            }
        }
        let targets: Vec<&Target> = explanation.targets.iter().map(|explained| &explained.target).collect();
        prop_assert!(targets.is_sorted());
        Ok(())
    });
}

#[test]
fn without_the_rules_that_it_names_nothing_is_granted() {
    of_worlds(count() / 2, |request, asked| {
        let explanation = asked.explain();
        for explained in explanation.targets.iter().filter(|explained| explained.verdict == Verdict::True) {
            let mut support = true_rules(&explained.granted_by);
            let mut settings = explained.settings.clone();
            for inner in &explained.implied_by {
                let inner = of(&explanation, inner);
                support.extend(true_rules(&inner.granted_by));
                settings.extend(&inner.settings);
            }
            if settings.contains(&Setting::UnmatchedGrant) {
                continue;
            }
            prop_assert!(!support.is_empty(), "{} has no support: {}", explained.target, request);
            let mut without = request.clone();
            let rules = without["config"]["rules"].as_array_mut().unwrap();
            rules.retain(|rule| !support.contains(rule["id"].as_str().unwrap()));
            let said = reference::said(&without);
            let left = said.into_iter().flatten().find(|word| word.target.write() == json!(explained.target));
            prop_assert!(left.is_none_or(|word| word.verdict != Kleene::True), "{} in {}", explained.target, request);
        }
        Ok(())
    });
}

/// What happens is what the plan says, in data and in words, and no personal data is shown unasked.
#[test]
fn an_explanation_says_what_the_plan_says() {
    of_worlds(count() / 2, |request, asked| {
        let (plan, explanation) =
            (asked.engine.checked_plan(&asked.identity, &asked.snapshot).unwrap(), asked.explain());
        let of = |happening: Happening| -> Vec<Target> {
            let met = explanation.targets.iter().filter(|explained| explained.happens == happening);
            met.map(|explained| explained.target.clone()).collect()
        };
        prop_assert_eq!(of(Happening::Add), plan.add.iter().map(|add| add.target.clone()).collect::<Vec<_>>());
        prop_assert_eq!(of(Happening::Keep), plan.keep.iter().map(|keep| keep.target.clone()).collect::<Vec<_>>());
        prop_assert_eq!(of(Happening::Replace), plan.replace.iter().map(|r| r.target.clone()).collect::<Vec<_>>());
        let mut removed = of(Happening::Remove);
        removed.reverse();
        prop_assert_eq!(removed, plan.remove.iter().map(|remove| remove.target.clone()).collect::<Vec<_>>());
        let mut withheld = BTreeSet::new();
        for explained in &explanation.targets {
            let here = explained.withheld.iter().map(|w| (Some(explained.target.clone()), w.change, w.code));
            withheld.extend(here);
        }
        let planned: BTreeSet<_> = plan.withheld.iter().map(|w| (w.target.clone(), w.change, w.code)).collect();
        prop_assert_eq!(withheld, planned, "{}", request);
        let reasons: BTreeMap<_, _> = plan.add.iter().map(|add| (&add.target, &add.because)).collect();
        for (target, because) in reasons {
            let explained = explanation.targets.iter().find(|explained| explained.target == *target).unwrap();
            for reason in because {
                if let Reason::Setting(setting) = reason {
                    let implied = explained
                        .implied_by
                        .iter()
                        .filter_map(|inner| explanation.targets.iter().find(|explained| explained.target == *inner));
                    let mut all = implied.flat_map(|inner| &inner.settings).chain(&explained.settings);
                    prop_assert!(all.any(|known| known == setting), "{} {}", target, request);
                }
            }
        }
        prop_assert_eq!((explanation.status, explanation.access), (plan.status, plan.access));
        let text = explanation.to_string();
        prop_assert!(!text.contains("example.com") && !text.contains("u1@"), "{}", text);
        prop_assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{}", text);
        let document = serde_json::to_value(&explanation).unwrap();
        prop_assert_eq!(serde_json::from_value::<Explanation>(document).unwrap(), explanation);
        Ok(())
    });
}

/// Everything in one login: a plan that a support engineer has to read at night.
fn night_shift() -> Json {
    json!({
        "config": {
            "version": 1,
            "source": { "id": "acme-okta", "provider": "okta" },
            "catalog": [
                { "flag": "staff" },
                { "organization": "acme" },
                { "organization": "acme", "role": "owner", "rank": 40, "privileged": true, "keep_at_least": 1 },
                { "organization": "acme", "role": "admin", "rank": 30 },
                { "organization": "acme", "role": "viewer", "rank": 10 },
                { "organization": "acme", "team": "red" },
                { "organization": "acme", "team": "blue" },
                { "organization": "beta", "role": "viewer", "rank": 10 }
            ],
            "slots": [{ "kind": "role", "choose": "highest" }],
            "rules": [
                { "id": "staff", "when": { "name": "Staff" }, "grant": [{ "flag": "staff" }] },
                { "id": "viewers", "when": { "name": "Staff" }, "grant": [{ "organization": "acme", "role": "viewer" }] },
                { "id": "admins", "when": { "all": [{ "name": "Admins" }, { "attribute": { "name": "mfa", "equals": true } }] },
                  "grant": [{ "organization": "acme", "role": "admin" }] },
                { "id": "teams", "when": { "regex": "team-(?P<team>.*)" }, "grant": [{ "organization": "acme", "team": "{team}" }] },
                { "id": "beta", "when": { "name": "Beta" }, "grant": [{ "organization": "beta", "role": "viewer" }] },
                { "id": "no-ext", "when": { "glob": "ext-*" }, "deny": [{ "organization": "beta" }] }
            ]
        },
        "login": { "id_token": { "sub": "u1", "email": "u1@example.com", "mfa": true,
                                 "groups": ["Staff", "Admins", "team-red", "Beta", "ext-1"] } },
        "snapshot": {
            "account": { "status": "active" },
            "memberships": [
                { "organization": "acme", "role": "viewer", "managed_by": "acme-okta" },
                { "organization": "acme", "team": "blue" },
                { "organization": "acme", "managed_by": "acme-okta" }
            ]
        }
    })
}

#[test]
fn n8n_30753_the_text_says_rule_by_rule_what_happened() {
    let explanation = explain(&night_shift());
    let admin = of(&explanation, &Target::role("admin").in_organization("acme"));
    assert_eq!(
        (admin.happens, admin.other.clone()),
        (Happening::Replace, Some(Target::role("viewer").in_organization("acme")))
    );
    let slot = admin.slot.clone().unwrap();
    assert_eq!(
        (slot.result, slot.by, slot.weight, slot.other_weight),
        (SlotResult::Won, Some(WonBy::Rank), Some(30), Some(10))
    );
    assert_eq!(admin.granted_by[0].attribute, Some(Selector::key("mfa")));
    assert_eq!(admin.granted_by[0].group.as_deref(), Some("Admins"));
    let beta = of(&explanation, &Target::role("viewer").in_organization("beta"));
    assert_eq!((beta.verdict, beta.allow, beta.deny), (Verdict::False, Verdict::True, Verdict::True));
    assert!(beta.denied_by[0].whole_organization);
    let text = explanation.to_string();
    for line in [
        "access     granted (ready)",
        "groups     5 groups seen, complete",
        "  ~ acme/role:admin, in place of acme/role:viewer",
        "      granted by rule `admins` (rules[2]), which matched `Admins`",
        "      slot: won over acme/role:viewer by rank (30 to 10)",
        "  . acme/team:blue  (held, given by hand, so that this mapping does not take it)",
        "  x beta/role:viewer",
        "      denied by rule `no-ext` (rules[5]), which matched `ext-1`, as part of the organization",
    ] {
        assert!(text.contains(line), "{line}\n\n{text}");
    }
    assert!(!text.contains("u1"), "{text}");
    let personal = explanation.with_personal_data(&Asked::read(&night_shift()).unwrap().identity);
    assert!(personal.to_string().contains("subject    u1") && personal.to_string().contains("values     `mfa`: true"));
    assert!(!format!("{personal:?}").contains("u1") && !format!("{personal:?}").contains("Admins"), "{personal:?}");
}

/// What a deny rule denies is told also where nothing grants it and nobody holds it, by name or in an organization.
#[test]
fn what_is_denied_is_told_whether_or_not_it_was_granted() {
    let request = json!({
        "config": {
            "version": 1, "source": { "id": "idp", "provider": "okta" },
            "catalog": [{ "flag": "staff" }, { "team": "red" }, { "team": "blue" }, { "organization": "acme", "team": "red" }],
            "rules": [
                { "id": "staff", "when": { "name": "Staff" }, "grant": [{ "flag": "staff" }] },
                { "id": "no-red", "when": { "name": "Ext" }, "deny": [{ "team": "red" }] },
                { "id": "no-acme", "when": { "name": "Ext" }, "deny": [{ "organization": "acme" }] },
                { "id": "blue", "when": { "name": "Other" }, "grant": [{ "team": "blue" }] }
            ]
        },
        "login": { "id_token": { "sub": "u1", "groups": ["Staff", "Ext"] } },
        "snapshot": { "account": { "status": "active" }, "memberships": [] }
    });
    let explanation = explain(&request);
    let told: Vec<String> = explanation.targets.iter().map(|target| target.target.to_string()).collect();
    assert_eq!(told, ["team:red", "flag:staff", "acme/team:red"]);
    let red = of(&explanation, &Target::team("red"));
    assert_eq!((red.allow, red.deny, red.denied_by[0].rule.as_str()), (Verdict::False, Verdict::True, "no-red"));
    let acme = of(&explanation, &Target::team("red").in_organization("acme"));
    assert!(acme.denied_by[0].whole_organization && acme.denied_by[0].rule == "no-acme");
}

#[test]
fn elastic_cloud_absent_groups_keep_what_is_held_and_the_setting_is_named() {
    let mut request = night_shift();
    request["login"] = json!({ "id_token": { "sub": "u1" } });
    let explanation = explain(&request);
    assert_eq!(explanation.account.because, AccountReason::Undecided);
    let viewer = of(&explanation, &Target::role("viewer").in_organization("acme"));
    assert_eq!((viewer.verdict, viewer.happens), (Verdict::Unknown, Happening::Keep));
    assert_eq!(viewer.withheld[0].code, WithheldCode::Undecided);
    assert_eq!(viewer.granted_by[0].truth, Verdict::Unknown);
    let text = explanation.to_string();
    assert!(text.contains("`source.groups.absent = \"unknown\"`"), "{text}");
    assert!(text.contains("perhaps granted by rule `viewers`"), "{text}");
    assert!(text.contains("? undecided"), "{text}");
}

#[test]
fn gitea_37161_the_last_owner_is_kept_and_the_numbers_are_told() {
    let mut request = night_shift();
    request["snapshot"]["memberships"] =
        json!([{ "organization": "acme", "role": "owner", "managed_by": "acme-okta" }]);
    request["snapshot"]["holders"] = json!([{ "organization": "acme", "role": "owner", "count": 1 }]);
    request["login"]["id_token"]["groups"] = json!([]);
    let explanation = explain(&request);
    assert_eq!(explanation.account.because, AccountReason::Protected);
    assert_eq!(explanation.account.setting.as_deref(), Some("catalog.keep_at_least"));
    let owner = of(&explanation, &Target::role("owner").in_organization("acme"));
    assert_eq!(owner.happens, Happening::Untouched);
    assert!(owner.withheld.iter().all(|w| w.holders == Some(1) && w.keep_at_least == Some(1)));
    let text = explanation.to_string();
    assert!(text.contains("1 eligible holder, and 1 must remain (keep_at_least)"), "{text}");
}

#[test]
fn accounts_say_which_setting_decides() {
    let staff = json!({ "flag": "staff" });
    let base = |accounts: Json, status: &str, groups: Json| {
        json!({ "config": { "version": 1, "source": { "id": "s", "provider": "okta" }, "catalog": [staff],
                            "accounts": accounts,
                            "rules": [{ "id": "r", "when": { "name": "Staff" }, "grant": [staff] },
                                      { "id": "d", "when": { "name": "Ext" }, "deny": [staff] }] },
                "login": { "id_token": { "sub": "u1", "groups": groups } },
                "snapshot": { "account": { "status": status }, "memberships": [] } })
    };
    for (accounts, status, groups, because, setting) in [
        (json!({}), "absent", json!(["Staff"]), AccountReason::Granted, Some("accounts.provision")),
        (
            json!({ "provision": false }),
            "absent",
            json!(["Staff"]),
            AccountReason::ProvisioningDisabled,
            Some("accounts.provision"),
        ),
        (json!({}), "inactive", json!(["Staff"]), AccountReason::ReactivationDisabled, Some("accounts.reactivate")),
        (
            json!({ "reactivate": true }),
            "inactive",
            json!(["Staff"]),
            AccountReason::Granted,
            Some("accounts.reactivate"),
        ),
        (json!({}), "active", json!(["Staff"]), AccountReason::Granted, None),
        (json!({}), "active", json!([]), AccountReason::Unmatched, Some("unmatched")),
        (json!({}), "active", json!(["Staff", "Ext"]), AccountReason::Denied, None),
    ] {
        let explanation = explain(&base(accounts, status, groups));
        assert_eq!(explanation.account.because, because, "{explanation}");
        assert_eq!(explanation.account.setting.as_deref(), setting, "{explanation}");
    }
    let mut linked = base(json!({}), "absent", json!(["Staff"]));
    linked["snapshot"]["account"]["candidate"] = json!({ "email": "u1@example.com" });
    assert_eq!(explain(&linked).account.because, AccountReason::LinkNeeded);
    let mut off = base(json!({}), "active", json!(["Staff"]));
    off["host"] = json!({ "auto_join": false });
    let off = explain(&off);
    assert_eq!(
        (off.account.because, off.account.setting.as_deref()),
        (AccountReason::Inactive, Some("host.auto_join"))
    );
    assert_eq!(
        of(&off, &Target::flag("staff")).verdict,
        Verdict::True,
        "what the rules would say is told all the same"
    );
    let mut exempt = base(json!({}), "active", json!([]));
    exempt["snapshot"]["account"]["exempt"] = json!(true);
    assert_eq!(explain(&exempt).account.because, AccountReason::Exempt);
}

#[test]
fn a_plan_that_its_batch_holds_back_names_the_limit() {
    of_worlds(1_000, |request, _| {
        let mut request = request.clone();
        request["config"]["safeguards"] = json!({ "max_removals": { "count": 1 } });
        let read: Request = serde_json::from_value(request.clone()).unwrap();
        let engine = Engine::compile(read.config).unwrap().with_host(read.host);
        let person = Person::new("u1", read.login.clone(), read.snapshot.clone());
        let batch = engine.checked_batch(&[person], &read.snapshot.holders, &BatchTerms::default()).unwrap();
        let Ok(plan) = &batch.plans[0].plan else { return Ok(()) };
        let seen = Ledger::new(read.snapshot.holders.clone()).unwrap().seen_by(&read.snapshot);
        let identity = engine.normalize(&read.login).unwrap();
        let why = match batch.mass_removal {
            true => engine.explain_held_back(&identity, &seen).unwrap(),
            false => engine.explain(&identity, &seen).unwrap(),
        };
        prop_assert_eq!((why.status, why.access, why.account.change), (plan.status, plan.access, plan.account));
        let told: BTreeSet<(Target, WithheldCode)> =
            why.targets.iter().flat_map(|of| of.withheld.iter().map(|held| (of.target.clone(), held.code))).collect();
        let held = plan.withheld.iter().filter_map(|held| Some((held.target.clone()?, held.code)));
        prop_assert_eq!(&told, &held.collect(), "{}", request);
        let limit = plan.withheld.iter().any(|held| held.target.is_none() && held.code == WithheldCode::MassRemoval);
        let named = why.account.setting.as_deref() == Some("safeguards.max_removals");
        prop_assert_eq!(named, limit, "{}\nin {}", why, request);
        prop_assert!(!plan.withheld.iter().any(|held| held.code == WithheldCode::MassRemoval) || batch.mass_removal);
        Ok(())
    });
    let person = |groups: Json| {
        json!({ "config": { "version": 1, "source": { "id": "s", "provider": "okta" }, "catalog": [{ "flag": "staff" }],
                            "rules": [{ "id": "r", "when": { "name": "A" }, "grant": [{ "flag": "staff" }] }] },
                "login": { "id_token": { "sub": "u1", "groups": groups } },
                "snapshot": { "account": { "status": "active" }, "memberships": [{ "flag": "staff", "managed_by": "s" }] } })
    };
    let asked = Asked::read(&person(json!([]))).unwrap();
    let why = asked.engine.explain_held_back(&asked.identity, &asked.snapshot).unwrap();
    assert_eq!((why.access, why.account.because), (Access::Granted, AccountReason::Protected));
    assert_eq!(why.account.setting.as_deref(), Some("safeguards.max_removals"));
    assert_eq!(of(&why, &Target::flag("staff")).withheld[0].code, WithheldCode::MassRemoval);
}

#[test]
fn contests_say_who_won_by_what() {
    let role = |name: &str| json!({ "role": name });
    let request = |choose: &str, groups: Json| {
        json!({ "config": { "version": 1, "source": { "id": "s", "provider": "okta" },
                            "catalog": [{ "role": "a", "rank": 1 }, { "role": "b", "rank": 2 }],
                            "slots": [{ "kind": "role", "choose": choose }],
                            "rules": [{ "id": "ra", "when": { "name": "A" }, "grant": [role("a")], "priority": 9 },
                                      { "id": "rb", "when": { "glob": "B*" }, "grant": [role("b")] }] },
                "login": { "id_token": { "sub": "u1", "groups": groups } },
                "snapshot": { "account": { "status": "active" }, "memberships": [] } })
    };
    let standing = |choose: &str, name: &str| {
        let explanation = explain(&request(choose, json!(["A", "B1"])));
        let slot = of(&explanation, &Target::role(name)).slot.clone().unwrap();
        (slot.result, slot.by)
    };
    assert_eq!(standing("highest", "b"), (SlotResult::Won, Some(WonBy::Rank)));
    assert_eq!(standing("highest", "a"), (SlotResult::Lost, Some(WonBy::Rank)));
    assert_eq!(standing("priority", "a"), (SlotResult::Won, Some(WonBy::Priority)));
    assert_eq!(standing("specificity", "b"), (SlotResult::Lost, Some(WonBy::Specificity)));
    assert_eq!(standing("unambiguous", "a"), (SlotResult::Ambiguous, None));
    let mut cut = request("priority", json!({ "a": 1 }));
    cut["login"]["id_token"]["groups"] = json!(["B1", 7]);
    let cut = explain(&cut);
    assert_eq!(of(&cut, &Target::role("b")).slot.clone().unwrap().result, SlotResult::Undecided);
    assert_eq!(of(&cut, &Target::role("a")).slot.clone().unwrap().result, SlotResult::Rival);
    assert_eq!(of(&cut, &Target::role("b")).withheld[0].code, WithheldCode::Undecided);
}
