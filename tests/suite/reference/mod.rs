//! The semantics page, executable: a slow and plain model of what a plan must be, to compare the
//! engine with. Every rule is tried on every group; nothing is cached or indexed.
//!
//! It models sections 1 to 7, 9 and 10: requests of section 10 go in; a plan without messages and
//! digest, problems or an error come out.

mod condition;
mod config;
mod diff;
mod evidence;
pub mod kleene;
mod login;
pub mod pattern;
mod plan;
mod problems;
pub mod review;
mod selector;
mod shape;
mod slots;
mod snapshot;
mod source;
mod target;
pub mod text;
pub mod verdict;

use serde_json::{Value, json};

use config::Config;
use login::Login;
use shape::{Shape, object, required};
use snapshot::{Host, Snapshot};

/// A config that compiled.
#[derive(Debug)]
pub struct Model {
    config: Config,
}

impl Model {
    /// A config of another shape is one problem without a path.
    pub fn compile(config: &Value) -> Result<Model, Vec<Value>> {
        let Ok(config) = Config::read(config) else {
            return Err(vec![json!({ "code": "invalid-request", "path": "" })]);
        };
        let problems = problems::problems(&config);
        if problems.is_empty() { Ok(Model { config }) } else { Err(problems) }
    }

    /// `{"plan"}` or `{"error"}`. A host that says nothing is null.
    pub fn plan(&self, login: &Value, snapshot: &Value, host: &Value) -> Value {
        let read = || Ok((Login::read(login)?, Snapshot::read(snapshot)?, Host::read(host)?));
        let Shape::Ok((login, snapshot, host)) = read() else {
            return error("invalid-request");
        };
        match plan::plan(&self.config, &login, &snapshot, &host) {
            Ok(plan) => json!({ "plan": plan }),
            Err(code) => error(code),
        }
    }

    /// What the condition of each enabled rule is worth for a login: all that the rest of a plan takes from the groups,
    /// templates aside.
    pub fn worth_of_rules(&self, login: &Value) -> Vec<kleene::Kleene> {
        let login = Login::read(login).unwrap();
        let evidence = evidence::Evidence::gather(&login, &self.config.source);
        let attributes = evidence::Attributes::of(&login, &self.config.source);
        self.config.enabled_rules().map(|rule| rule.when.evaluate(&evidence, &attributes)).collect()
    }
}

/// Order of judgement: shape, problems, then what the plan finds.
pub fn answer(request: &Value) -> Value {
    let host = request.get("host").unwrap_or(&Value::Null);
    if check_shape(request, host).is_err() {
        return error("invalid-request");
    }
    match Model::compile(&request["config"]) {
        Ok(model) => model.plan(&request["login"], &request["snapshot"], host),
        Err(problems) => json!({ "problems": problems }),
    }
}

/// The rules that are True for each target, and its verdict; nothing where there is no one to judge.
pub fn said(request: &Value) -> Option<Vec<verdict::Word>> {
    let model = Model::compile(&request["config"]).ok()?;
    let login = Login::read(&request["login"]).ok()?;
    let evidence = evidence::Evidence::gather(&login, &model.config.source);
    let attributes = evidence::Attributes::of(&login, &model.config.source);
    Some(verdict::said(&model.config, &verdict::Facts { evidence: &evidence, attributes: &attributes }))
}

fn check_shape(request: &Value, host: &Value) -> Shape<()> {
    let map = object(request, &["config", "login", "snapshot", "host"])?;
    required(map, "config", Config::read)?;
    required(map, "login", Login::read)?;
    required(map, "snapshot", Snapshot::read)?;
    Host::read(host)?;
    Ok(())
}

fn error(code: &str) -> Value {
    json!({ "error": { "code": code } })
}
