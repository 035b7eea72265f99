//! A SCIM 2.0 server in which groupmap does the PATCH and membership work. See the README beside this crate.
//!
//! ```text
//! SCIM_TOKEN=secret OPERATOR_TOKEN=other cargo run -- --database scim.db --config mapping.toml --listen 127.0.0.1:8080
//! cargo run -- --database scim.db --config mapping.toml --check
//! ```

mod answer;
mod discovery;
mod http;
mod list;
mod mapping;
mod store;

use std::error::Error;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use groupmap::scim::Dialect;
use groupmap::{Config, Engine};

use crate::store::Store;

/// What the command line says.
struct Settings {
    database: String,
    config: String,
    listen: String,
    dialect: Dialect,
    window: u64,
    check: bool,
}

const USAGE: &str = "usage: scim-server --database FILE --config FILE [--listen ADDRESS] [--dialect rfc7644|entra|okta] \
                     [--window SECONDS] [--check]; the bearer token of the provider is in SCIM_TOKEN, that of operators \
                     in OPERATOR_TOKEN";

impl Settings {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let (mut database, mut config) = (None, None);
        let mut settings = Self {
            database: String::new(),
            config: String::new(),
            listen: "127.0.0.1:8080".into(),
            dialect: Dialect::Rfc7644,
            window: 3600,
            check: false,
        };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(USAGE);
            match &*word {
                "--database" => database = Some(value()?),
                "--config" => config = Some(value()?),
                "--listen" => settings.listen = value()?,
                "--dialect" => {
                    let name = value()?;
                    let known = Dialect::ALL.into_iter().find(|dialect| dialect.as_str() == name);
                    settings.dialect = known.ok_or(USAGE)?;
                }
                "--window" => settings.window = value()?.parse().map_err(|_| USAGE)?,
                "--check" => settings.check = true,
                _ => return Err(USAGE.into()),
            }
        }
        settings.database = database.ok_or(USAGE)?;
        settings.config = config.ok_or(USAGE)?;
        Ok(settings)
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

async fn run() -> Result<ExitCode, Box<dyn Error>> {
    let settings = Settings::read(std::env::args().skip(1))?;
    let config: Config = toml::from_str(&std::fs::read_to_string(&settings.config)?)?;
    let (dialect, window) = (settings.dialect, settings.window);
    let mapping = mapping::Mapping { engine: Engine::compile(config)?, dialect, window };
    let mut store = Store::open(&settings.database)?;
    if settings.check {
        let faults = mapping.faults(&mut store)?;
        faults.iter().for_each(|fault| println!("{fault}"));
        println!("{} faults", faults.len());
        return Ok(if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    let token = std::env::var("SCIM_TOKEN").map_err(|_| USAGE)?;
    let listener = tokio::net::TcpListener::bind(&settings.listen).await?;
    let base = format!("http://{}/scim/v2", listener.local_addr()?);
    println!("listening on {base}");
    let service = http::Service { store: Arc::new(Mutex::new(store)), mapping, base };
    // Without a token of their own operators have no endpoints: that of the provider must not do.
    let operator = std::env::var("OPERATOR_TOKEN").ok().filter(|operator| !operator.is_empty() && *operator != token);
    axum::serve(listener, http::router(service, token, operator)).await?;
    Ok(ExitCode::SUCCESS)
}
