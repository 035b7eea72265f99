//! The server under what happens to servers: it is killed, two clients want the same at once, and a provider takes
//! everything from everybody.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

const SERVER: &str = env!("CARGO_BIN_EXE_groupmap-scim-server");

const MAPPING: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/mapping.toml");

struct Server {
    process: Child,
    base: String,
}

fn command(mapping: &Path, database: &Path) -> Command {
    let mut command = Command::new(SERVER);
    command.args(["--listen", "127.0.0.1:0", "--config"]).arg(mapping).arg("--database").arg(database);
    command.env("SCIM_TOKEN", "secret").env("OPERATOR_TOKEN", "operator").stdout(Stdio::piped());
    command
}

impl Server {
    /// A server that looks at each request alone.
    fn start(database: &Path) -> Self {
        Self::start_with(Path::new(MAPPING), database, 0)
    }

    fn start_with(mapping: &Path, database: &Path, window: u64) -> Self {
        let mut process = command(mapping, database).args(["--window", &window.to_string()]).spawn().unwrap();
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

/// What an operator asks.
fn operate(server: &Server, method: &str, path: &str) -> (u16, Value) {
    let base = server.base.strip_suffix("/scim/v2").unwrap();
    send(base, method, path, &json!({}), "operator").expect("the server answers")
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
    let output = command(Path::new(MAPPING), database).arg("--check").output().unwrap();
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

/// A mapping under which four removals are too many.
fn strict(folder: &Path) -> PathBuf {
    let text = fs::read_to_string(MAPPING).unwrap();
    let (rest, limit) = text.split_once("max_removals = ").unwrap();
    assert_eq!(limit.lines().count(), 1, "the limit is the last line");
    let mapping = folder.join("mapping.toml");
    fs::write(&mapping, format!("{rest}max_removals = {{ count = 4, floor = 0 }}\n")).unwrap();
    mapping
}

/// A server under that mapping, and some owners.
fn with_owners(folder: &Path, owners: usize, window: u64) -> (Server, Vec<String>, String) {
    let server = Server::start_with(&strict(folder), &folder.join("scim.db"), window);
    let users: Vec<String> = (0..owners).map(|user| new_user(&server, &format!("u{user}"))).collect();
    let group = new_group(&server, "Owners", &users.iter().collect::<Vec<_>>());
    (server, users, group)
}

/// Who waits for an operator, sorted.
fn waiting(server: &Server) -> Vec<String> {
    let (status, batch) = operate(server, "GET", "/held");
    assert_eq!(status, 200, "{batch}");
    batch["plans"].as_array().unwrap().iter().map(|line| line["id"].as_str().unwrap().to_owned()).collect()
}

/// What the database says of the owners and of those who wait.
fn summary(server: Server, folder: &Path) -> (Server, String) {
    drop(server);
    let told = check(&folder.join("scim.db"));
    let server = Server::start_with(&folder.join("mapping.toml"), &folder.join("scim.db"), 3600);
    (server, told)
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

#[test]
fn a_push_that_takes_a_group_from_everybody_waits_for_an_operator() {
    let requests = [
        ("DELETE", json!({})),
        ("PATCH", patch(json!({ "op": "remove", "path": "members" }))),
        ("PATCH", patch(json!({ "op": "replace", "path": "displayName", "value": "Renamed" }))),
        (
            "PUT",
            json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Owners", "members": [] }),
        ),
    ];
    for (method, body) in requests {
        let folder = tempfile::tempdir().unwrap();
        let (server, users, group) = with_owners(folder.path(), 6, 3600);
        // The provider is told that it is done, as the directory is what it says.
        done(&server, method, &format!("/Groups/{group}"), &body);
        assert_eq!(waiting(&server), sorted(users.clone()), "{method} {body}");
        let (server, told) = summary(server, folder.path());
        assert!(told.starts_with("acme/role:owner: 6 holders, of whom 1 must remain\n6 held back\n"), "{told}");
        // Another request about one of them does not let that one go.
        let title = patch(json!({ "op": "replace", "path": "title", "value": "x" }));
        done(&server, "PATCH", &format!("/Users/{}", users[0]), &title);
        assert_eq!(waiting(&server).len(), 6);
        // Another digest, such as that of what was held before, does nothing.
        let (_, batch) = operate(&server, "GET", "/held");
        assert_eq!((&batch["mass_removal"], batch["removals"].as_u64() > Some(4)), (&json!(true), true), "{batch}");
        assert_eq!(operate(&server, "POST", "/held/0123").0, 409);
        done(
            &server,
            "PATCH",
            &format!("/Users/{}", users[1]),
            &patch(json!({ "op": "replace", "path": "active", "value": false })),
        );
        let digest = batch["digest"].as_str().unwrap();
        assert_eq!(operate(&server, "POST", &format!("/held/{digest}")).0, 409);
        assert_eq!(waiting(&server).len(), 6);
        let (_, batch) = operate(&server, "GET", "/held");
        let digest = batch["digest"].as_str().unwrap();
        let (status, batch) = operate(&server, "POST", &format!("/held/{digest}"));
        assert_eq!((status, &batch["mass_removal"]), (200, &json!(false)), "{batch}");
        assert!(waiting(&server).is_empty());
        let (_server, told) = summary(server, folder.path());
        assert!(told.starts_with("acme/role:owner: 1 holders, of whom 1 must remain\n0 held back\n"), "{told}");
    }
}

#[test]
fn whose_loss_is_taken_back_waits_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let (server, users, group) = with_owners(folder.path(), 6, 3600);
    done(&server, "DELETE", &format!("/Groups/{group}"), &json!({}));
    assert_eq!(waiting(&server).len(), 6);
    new_group(&server, "Owners", &users[..5].iter().collect::<Vec<_>>());
    assert_eq!(waiting(&server), [users[5].clone()]);
    let (_server, told) = summary(server, folder.path());
    assert!(told.starts_with("acme/role:owner: 6 holders, of whom 1 must remain\n1 held back\n"), "{told}");
}

#[test]
fn people_who_are_switched_off_one_a_request_are_counted_together() {
    let folder = tempfile::tempdir().unwrap();
    let (server, users, _) = with_owners(folder.path(), 7, 3600);
    let off = patch(json!({ "op": "replace", "path": "active", "value": false }));
    let switch_off = |server: &Server, users: &[String]| {
        for user in users {
            done(server, "PATCH", &format!("/Users/{user}"), &off);
        }
    };
    switch_off(&server, &users[..6]);
    assert_eq!(waiting(&server), sorted(users[3..6].to_vec()));
    // Where the window is over they wait all the same, and others do not.
    drop(server);
    let mapping = folder.path().join("mapping.toml");
    let server = Server::start_with(&mapping, &folder.path().join("scim.db"), 0);
    switch_off(&server, &users[6..]);
    let title = patch(json!({ "op": "replace", "path": "title", "value": "x" }));
    done(&server, "PATCH", &format!("/Users/{}", users[3]), &title);
    assert_eq!(waiting(&server), sorted(users[3..6].to_vec()));
    let (server, told) = summary(server, folder.path());
    assert!(told.starts_with("acme/role:owner: 3 holders, of whom 1 must remain\n3 held back\n"), "{told}");
    let (_, batch) = operate(&server, "GET", "/held");
    operate(&server, "POST", &format!("/held/{}", batch["digest"].as_str().unwrap()));
    let (_server, told) = summary(server, folder.path());
    assert!(told.starts_with("acme/role:owner: 1 holders, of whom 1 must remain\n0 held back\n"), "{told}");
}

#[test]
fn the_provider_s_token_lets_nothing_through() {
    let folder = tempfile::tempdir().unwrap();
    let (server, _, group) = with_owners(folder.path(), 6, 0);
    done(&server, "DELETE", &format!("/Groups/{group}"), &json!({}));
    let (_, batch) = operate(&server, "GET", "/held");
    let base = server.base.strip_suffix("/scim/v2").unwrap();
    for (method, path) in
        [("GET", "/held".to_owned()), ("POST", format!("/held/{}", batch["digest"].as_str().unwrap()))]
    {
        assert_eq!(send(base, method, &path, &json!({}), "secret").unwrap().0, 401);
    }
    assert_eq!(send(&server.base, "GET", "/Users", &json!({}), "operator").unwrap().0, 401);
    assert_eq!(waiting(&server).len(), 6);
}

#[test]
fn a_last_owner_who_was_to_go_goes_once_there_is_another() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("scim.db");
    let server = Server::start(&database);
    let (one, two) = (new_user(&server, "u1"), new_user(&server, "u2"));
    let group = new_group(&server, "Owners", &[&one]);
    let off = patch(json!({ "op": "replace", "path": "active", "value": false }));
    done(&server, "PATCH", &format!("/Users/{one}"), &off);
    let title = patch(json!({ "op": "replace", "path": "title", "value": "x" }));
    done(&server, "PATCH", &format!("/Users/{two}"), &title);
    drop(server);
    assert!(check(&database).starts_with("acme/role:owner: 1 holders, of whom 1 must remain\n"));
    let server = Server::start(&database);
    let join = patch(json!({ "op": "add", "path": "members", "value": [{ "value": two }] }));
    done(&server, "PATCH", &format!("/Groups/{group}"), &join);
    drop(server);
    // Of the two only the new one is left.
    assert!(check(&database).starts_with("acme/role:owner: 1 holders, of whom 1 must remain\n"));
    let server = Server::start(&database);
    let on = patch(json!({ "op": "replace", "path": "active", "value": true }));
    done(&server, "PATCH", &format!("/Users/{one}"), &on);
    drop(server);
    assert!(check(&database).starts_with("acme/role:owner: 2 holders, of whom 1 must remain\n"));
}
