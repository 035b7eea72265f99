//! The manual: what a plan means, what a config says, and how a host applies a plan.
//!
//! | page | for whom |
//! |---|---|
//! | [`semantics`] | everybody: what evidence, rules, slots and safeguards make of a login |
//! | [`config`] | admins: every key, every problem, every limit |
//! | [`providers`] | admins: what each identity provider sends, what its preset says, and a page for each |
//! | [`why`] | whoever has to answer for a plan: explanations, why not, tests beside the rules |
//! | [`applying`] | hosts: how to carry out a plan in a database |
//! | [`golive`] | hosts and admins: review before activation, batches, previews, comparing configs |
//! | [`cost`] | everybody: what each kind of rule costs, and what was measured |
//! | [`lint`] | admins: what is wrong with rules that compile |
//! | [`proof`] | whoever must trust it: every promise, the test that holds it, what was tried and found |
//! | [`scim`] | hosts: what a provider pushes, dialect by dialect, and what is refused |
//! | [`questions`] | maintainers: what is not settled |
//!
//! The Rust code on these pages is tested, and so are the TOML examples of the config reference.

/// What a plan means: evidence, conditions, verdicts, slots, authority, safeguards, accounts.
#[doc = include_str!("semantics.md")]
pub mod semantics {}

/// Every key of a config, with type, default, meaning and example; every problem code; every limit.
#[doc = include_str!("config.md")]
pub mod config {}

/// Declares the page of each provider.
macro_rules! pages {
    ($($page:ident $file:literal)*) => {
        $(#[doc = include_str!($file)]
        pub mod $page {})*

        /// All pages by the name of their provider, for tests.
        #[cfg(test)]
        pub(super) const PAGES: &[(&str, &str)] = &[$((stringify!($page), include_str!($file)),)*];
    };
}

/// Every promise, the test that holds it, how often it was tried, and what was found.
#[doc = include_str!("proof.md")]
pub mod proof {}

/// The presets, and what the identity providers behind them send: a page for each.
#[doc = include_str!("providers.md")]
#[expect(clippy::doc_markdown, reason = "sources are named as they name themselves")]
pub mod providers {
    pages! {
        custom "providers/custom.md"
        okta "providers/okta.md"
        entra "providers/entra.md"
        keycloak "providers/keycloak.md"
        google "providers/google.md"
        adfs "providers/adfs.md"
        cognito "providers/cognito.md"
        auth0 "providers/auth0.md"
        ping "providers/ping.md"
        onelogin "providers/onelogin.md"
        aws_identity_center "providers/aws-identity-center.md"
        jumpcloud "providers/jumpcloud.md"
        oracle "providers/oracle.md"
        gitlab "providers/gitlab.md"
        dex "providers/dex.md"
        shibboleth "providers/shibboleth.md"
        ldap "providers/ldap.md"
        zitadel "providers/zitadel.md"
        authentik "providers/authentik.md"
        duo "providers/duo.md"
    }
}

/// Why a plan is what it is, why not, the smallest change, and tests beside the rules.
#[doc = include_str!("why.md")]
pub mod why {}

/// How a host carries out a plan, with the SQL for it.
#[doc = include_str!("applying.md")]
pub mod applying {}

/// Review before activation, batches, previews that can be merged, and two configs compared.
#[doc = include_str!("golive.md")]
pub mod golive {}

/// What each kind of rule costs, when it is compiled and at each login, and what was measured.
#[doc = include_str!("cost.md")]
pub mod cost {}

/// What is wrong with rules that compile: every finding, why it is bad, and what to write instead.
#[doc = include_str!("lint.md")]
pub mod lint {}

/// What an identity provider pushes by SCIM: dialects, spellings, removals, errors, limits.
#[doc = include_str!("scim.md")]
pub mod scim {}

/// What is not settled.
#[doc = include_str!("questions.md")]
pub mod questions {}

#[cfg(test)]
mod tests {
    use alloc::borrow::ToOwned;
    use alloc::boxed::Box;
    use alloc::format;
    use alloc::string::{String, ToString};
    use alloc::vec::Vec;

    use crate::{Account, AccountChange, Config, Engine, ProblemCode, Provider, Snapshot};

    const REFERENCE: &str = include_str!("config.md");

    type Outcome = Result<(), Box<dyn core::error::Error>>;

    /// The TOML blocks of a piece of the manual.
    fn blocks(text: &str) -> Vec<&str> {
        let starts = text.split("```toml\n").skip(1);
        starts.filter_map(|block| block.split_once("```")).map(|(block, _)| block).collect()
    }

    /// A config from an example; tables that it does not show are taken from the base.
    fn config(example: &str, base: &str) -> Result<Config, toml::de::Error> {
        let mut table: toml::Table = toml::from_str(example)?;
        for (key, value) in toml::from_str::<toml::Table>(base)? {
            table.entry(key).or_insert(value);
        }
        table.try_into()
    }

    /// The codes of the problems of a config.
    fn codes(config: Config) -> Vec<ProblemCode> {
        match Engine::compile(config) {
            Ok(_) => Vec::new(),
            Err(problems) => problems.iter().map(|problem| problem.code).collect(),
        }
    }

    /// The blocks of a section, in order, each with its language.
    fn fenced(section: &str) -> Vec<(&str, &str)> {
        section.split("```").skip(1).step_by(2).filter_map(|block| block.split_once('\n')).collect()
    }

    #[test]
    fn every_provider_has_a_page_whose_configs_work() -> Outcome {
        const SECTIONS: [&str; 7] = [
            "Make it send groups",
            "What arrives",
            "Limits",
            "What absent means",
            "Who it is",
            "A config that works",
            "Oddities",
        ];
        let pages: Vec<String> = super::providers::PAGES.iter().map(|(page, _)| page.replace('_', "-")).collect();
        assert_eq!(pages, Provider::ALL.iter().map(|provider| provider.as_str()).collect::<Vec<_>>());
        for (page, text) in super::providers::PAGES {
            let sections: Vec<(&str, &str)> =
                text.split("\n## ").skip(1).filter_map(|section| section.split_once('\n')).collect();
            assert_eq!(sections.iter().map(|(title, _)| *title).collect::<Vec<_>>(), SECTIONS, "{page}");
            let (_, works) = sections.get(5).ok_or("no config")?;
            let blocks = fenced(works);
            let mut engine = None;
            let mut logins = 0;
            for (language, block) in blocks {
                if language == "toml" {
                    let config: Config = toml::from_str(block).map_err(|error| format!("{page}: {error}"))?;
                    engine = Some(Engine::compile(config).map_err(|problems| format!("{page}: {problems}"))?);
                } else if language == "json" {
                    let engine = engine.as_ref().ok_or("a login before a config")?;
                    let claims = serde_json::from_str(block).map_err(|error| format!("{page}: {error}"))?;
                    let plan = engine.plan(&engine.normalize(&claims)?, &Snapshot::new(Account::absent()))?;
                    assert_eq!(plan.account, AccountChange::Provision, "{page}: {plan}");
                    assert!(!plan.add.is_empty(), "{page}: {plan}");
                    logins += 1;
                }
            }
            assert!(logins > 0, "{page}");
        }
        Ok(())
    }

    #[test]
    fn template_compiles_with_and_without_what_is_switched_off() -> Outcome {
        let template = *blocks(REFERENCE).first().ok_or("no template")?;
        assert_eq!(codes(toml::from_str(template)?), []);
        let whole = template.replace("\n#: ", "\n");
        assert_ne!(whole, template);
        assert_eq!(codes(toml::from_str(&whole)?), []);
        Ok(())
    }

    #[test]
    fn template_shows_every_key() -> Outcome {
        let template = blocks(REFERENCE).first().ok_or("no template")?.replace("\n#: ", "\n");
        let written: Config = toml::from_str(&template)?;
        // A default that is not written out when serialised is found in the text.
        for (key, value) in serde_json::to_value(&written)?.as_object().ok_or("no object")? {
            assert!(!value.is_null() && template.contains(key.as_str()), "{key}");
        }
        let keys = "version authority unmatched source id provider issuer groups claims identified_by delimiter case \
                    absent limit count at over object name attributes accounts provision reactivate link new_grant \
                    exempt catalog organization role group team flag kind rank privileged keep_at_least slots choose \
                    default rules when grant deny priority enabled description acknowledge_privileged safeguards \
                    max_removals percent floor tests login snapshot host expect access account status holds \
                    includes lacks withheld notes error";
        for key in keys.split_whitespace() {
            let shown = ["", "[", "[[", "{ ", ", ", "source.", "source.groups.", "[tests."]
                .iter()
                .any(|before| [" ", "]", "="].iter().any(|after| template.contains(&format!("{before}{key}{after}"))));
            assert!(shown, "{key}");
        }
        Ok(())
    }

    #[test]
    fn every_problem_has_an_example_that_shows_it_and_a_fix_that_does_not() -> Outcome {
        let (_, problems) = REFERENCE.split_once("\n## Problems\n").ok_or("no section")?;
        let base = *blocks(problems).first().ok_or("no base")?;
        assert_eq!(codes(toml::from_str(base)?), []);
        let sections: Vec<(&str, &str)> =
            problems.split("\n### `").skip(1).filter_map(|section| section.split_once("`\n")).collect();
        let titles: Vec<String> = sections.iter().map(|(title, _)| (*title).to_owned()).collect();
        assert_eq!(titles, ProblemCode::ALL.map(|code| code.to_string()));
        for ((title, section), code) in sections.iter().zip(ProblemCode::ALL) {
            let Some(example) = blocks(section).first().copied() else {
                // Nothing is known that shows it.
                assert_eq!(code, ProblemCode::InvalidGlob);
                continue;
            };
            let (wrong, right) = example.split_once("# right\n").ok_or_else(|| title.to_string())?;
            assert_eq!(codes(config(wrong, base)?), [code], "{wrong}");
            assert_eq!(codes(config(right, base)?), [], "{right}");
        }
        Ok(())
    }
}
