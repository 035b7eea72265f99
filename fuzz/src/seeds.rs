//! Inputs to begin with: what the cases of the crate hold.

use std::fs;
use std::path::Path;

use serde_json::Value;

/// Every part of a case that some target reads, with the target's name.
pub fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/cases");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut seeds = Vec::new();
    for file in files {
        let cases: Vec<Value> = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        for request in cases.iter().map(|case| &case["request"]) {
            let parts = [("oidc", "/login/id_token"), ("saml", "/login/saml"), ("config", "/config")];
            let parts = parts.into_iter().filter_map(|(target, place)| Some((target, request.pointer(place)?)));
            seeds.extend(parts.map(|(target, part)| (target, part.to_string().into_bytes())));
            if request.get("dialect").is_some() {
                scim(request, &mut seeds);
            }
        }
    }
    seeds
}

/// The resource of a case, its requests, and the filters in their paths.
fn scim(request: &Value, seeds: &mut Vec<(&'static str, Vec<u8>)>) {
    seeds.push(("scim_resource", request["resource"].to_string().into_bytes()));
    for patch in request["requests"].as_array().into_iter().flatten() {
        seeds.push(("scim_patch", patch.to_string().into_bytes()));
        for operation in patch["Operations"].as_array().into_iter().flatten() {
            let path = operation["path"].as_str();
            let filter = path.and_then(|path| Some(path.split_once('[')?.1.rsplit_once(']')?.0));
            seeds.extend(filter.map(|filter| ("scim_filter", filter.as_bytes().to_vec())));
        }
    }
}
