//! The server under what happens to servers: it is killed, and two clients want the same at once.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

const SERVER: &str = env!("CARGO_BIN_EXE_groupmap-scim-server");

struct Server {
    process: Child,
    base: String,
}

fn command(database: &Path) -> Command {
    let mut command = Command::new(SERVER);
    let mapping = concat!(env!("CARGO_MANIFEST_DIR"), "/mapping.toml");
    command.args(["--config", mapping, "--listen", "127.0.0.1:0", "--database"]).arg(database);
    command.env("SCIM_TOKEN", "secret").stdout(Stdio::piped());
    command
}

impl Server {
    fn start(database: &Path) -> Self {
        let mut process = command(database).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { process, base: line.trim().strip_prefix("listening on ").unwrap().to_owned() }
    }

    /// SIGKILL: nothing of the process can react to it.
    fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// One request; nothing where the server is gone.
fn send(base: &str, method: &str, path: &str, body: &Value, token: &str) -> Option<(u16, Value)> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(30)))
        .build()
        .into();
    let request = ureq::http::Request::builder()
        .method(method)
        .uri(format!("{base}{path}"))
        .header("Authorization", format!("Bearer {token}"))
        .header("Content-Type", "application/scim+json")
        .body(body.to_string())
        .unwrap();
    let mut response = agent.run(request).ok()?;
    let status = response.status().as_u16();
    let text = response.body_mut().read_to_string().ok()?;
    Some((status, serde_json::from_str(&text).unwrap_or_default()))
}

fn done(server: &Server, method: &str, path: &str, body: &Value) -> Value {
    let (status, answer) = send(&server.base, method, path, body, "secret").expect("the server answers");
    assert!(status < 300, "{method} {path}: {status} {answer}");
    answer
}

fn new_user(server: &Server, name: &str) -> String {
    let body = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name, "active": true });
    done(server, "POST", "/Users", &body)["id"].as_str().unwrap().to_owned()
}

fn new_group(server: &Server, name: &str, members: &[&String]) -> String {
    let members: Vec<Value> = members.iter().map(|member| json!({ "value": member })).collect();
    let schemas = ["urn:ietf:params:scim:schemas:core:2.0:Group"];
    let body = json!({ "schemas": schemas, "displayName": name, "members": members });
    done(server, "POST", "/Groups", &body)["id"].as_str().unwrap().to_owned()
}

fn patch(operation: Value) -> Value {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation] })
}

/// Nothing in the database is half done.
fn check(database: &Path) -> String {
    let output = command(database).arg("--check").output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && told.ends_with("0 faults\n"), "{told}");
    told
}

#[test]
fn a_server_that_is_killed_amid_requests_leaves_nothing_half_done() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("scim.db");
    for round in 0..4 {
        let mut server = Server::start(&database);
        let users: Vec<String> = (0..8).map(|user| new_user(&server, &format!("u{round}-{user}"))).collect();
        let group = new_group(&server, "Engineering", &[]);
        let clients: Vec<_> = (0..4)
            .map(|client| {
                let (base, users, group) = (server.base.clone(), users.clone(), group.clone());
                thread::spawn(move || {
                    let mut answered = 0;
                    for turn in 0.. {
                        let members: Vec<Value> = users
                            .iter()
                            .skip((client + turn) % 3)
                            .step_by(2)
                            .map(|user| json!({ "value": user }))
                            .collect();
                        let body = patch(json!({ "op": "replace", "path": "members", "value": members }));
                        let Some((status, _)) = send(&base, "PATCH", &format!("/Groups/{group}"), &body, "secret")
                        else {
                            return answered;
                        };
                        assert_eq!(status, 200);
                        answered += 1;
                    }
                    answered
                })
            })
            .collect();
        thread::sleep(Duration::from_millis(300 + 130 * round));
        server.kill();
        let answered: usize = clients.into_iter().map(|client| client.join().unwrap()).sum();
        assert!(answered > 0, "some requests came through before the end");
        check(&database);
    }
}

#[test]
fn two_clients_that_patch_one_group_at_once_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("scim.db");
    let server = Server::start(&database);
    let users: Vec<String> = (0..20).map(|user| new_user(&server, &format!("u{user}"))).collect();
    let group = new_group(&server, "Engineering", &[]);
    let clients: Vec<_> = [0, 1]
        .into_iter()
        .map(|client| {
            let (base, group) = (server.base.clone(), group.clone());
            let mine: Vec<String> = users.iter().skip(client).step_by(2).cloned().collect();
            thread::spawn(move || {
                for user in mine {
                    let body = patch(json!({ "op": "add", "path": "members", "value": [{ "value": user }] }));
                    let answer = send(&base, "PATCH", &format!("/Groups/{group}"), &body, "secret");
                    assert_eq!(answer.map(|(status, _)| status), Some(200));
                }
            })
        })
        .collect();
    clients.into_iter().for_each(|client| client.join().unwrap());
    let stored = done(&server, "GET", &format!("/Groups/{group}"), &json!({}));
    let mut members: Vec<&str> =
        stored["members"].as_array().unwrap().iter().map(|member| member["value"].as_str().unwrap()).collect();
    let mut expected: Vec<&str> = users.iter().map(String::as_str).collect();
    members.sort_unstable();
    expected.sort_unstable();
    assert_eq!(members, expected);
    drop(server);
    check(&database);
}

#[test]
fn the_last_owner_is_not_switched_off() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("scim.db");
    let server = Server::start(&database);
    let (one, two) = (new_user(&server, "u1"), new_user(&server, "u2"));
    new_group(&server, "Owners", &[&one, &two]);
    let off = patch(json!({ "op": "replace", "path": "active", "value": false }));
    done(&server, "PATCH", &format!("/Users/{one}"), &off);
    done(&server, "PATCH", &format!("/Users/{two}"), &off);
    done(&server, "DELETE", &format!("/Users/{two}"), &json!({}));
    drop(server);
    assert!(check(&database).starts_with("acme/role:owner: 1 holders, of whom 1 must remain\n"));
}

#[test]
fn a_stale_version_and_a_wrong_token_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("scim.db"));
    let user = new_user(&server, "u1");
    let (status, _) = send(&server.base, "GET", "/Users", &json!({}), "guess").unwrap();
    assert_eq!(status, 401);
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let body = patch(json!({ "op": "replace", "path": "title", "value": "x" })).to_string();
    let mut statuses = Vec::new();
    for version in ["W/\"1\"", "W/\"1\""] {
        let request = ureq::http::Request::builder()
            .method("PATCH")
            .uri(format!("{}/Users/{user}", server.base))
            .header("Authorization", "Bearer secret")
            .header("If-Match", version)
            .body(body.clone())
            .unwrap();
        statuses.push(agent.run(request).unwrap().status().as_u16());
    }
    assert_eq!(statuses, [200, 412]);
}
