//! The endpoints.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query as Words, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use groupmap::Batch;
use groupmap::scim::{Body, Resource, ResourceKind};
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

use crate::answer::{Refusal, document};
use crate::discovery;
use crate::list::Query;
use crate::mapping::Mapping;
use crate::store::{Records, Store, Stored};

/// How many bytes a request may have.
const MAX_BODY: usize = 4 * 1024 * 1024;

/// What every request needs.
#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) store: Arc<Mutex<Store>>,
    pub(crate) mapping: Mapping,
    pub(crate) base: String,
}

type Outcome = Result<Response, Refusal>;

/// The provider's endpoints, and the operators' if they have a token.
pub(crate) fn router(service: Service, provider: String, operator: Option<String>) -> Router {
    const USERS: &[ResourceKind] = &[ResourceKind::User];
    const GROUPS: &[ResourceKind] = &[ResourceKind::Group];
    const ALL: &[ResourceKind] = &[ResourceKind::User, ResourceKind::Group];
    type Shared = State<Service>;
    let endpoints = Router::new()
        .route("/Users", get(list::<USER>).post(create::<USER>))
        .route("/Users/.search", post(async |State(s): Shared, body| search(s, body, USERS).await))
        .route("/Users/{id}", get(read::<USER>).put(write::<USER>).patch(write::<USER>).delete(delete::<USER>))
        .route("/Groups", get(list::<GROUP>).post(create::<GROUP>))
        .route("/Groups/.search", post(async |State(s): Shared, body| search(s, body, GROUPS).await))
        .route("/Groups/{id}", get(read::<GROUP>).put(write::<GROUP>).patch(write::<GROUP>).delete(delete::<GROUP>))
        .route("/.search", post(async |State(s): Shared, body| search(s, body, ALL).await))
        .route("/ServiceProviderConfig", get(async |State(s): Shared| ok(&discovery::provider(&s.base))))
        .route("/ResourceTypes", get(async |State(s): Shared| ok(&discovery::resource_types(&s.base))))
        .route(
            "/ResourceTypes/{id}",
            get(async |State(s): Shared, Path(id): Path<String>| one(&discovery::resource_types(&s.base), &id)),
        )
        .route("/Schemas", get(async |State(s): Shared| ok(&discovery::schemas(&s.base))))
        .route(
            "/Schemas/{id}",
            get(async |State(s): Shared, Path(id): Path<String>| one(&discovery::schemas(&s.base), &id)),
        );
    let mut router = Router::new()
        .nest("/scim/v2", endpoints)
        .fallback(async || Refusal::not_found())
        .method_not_allowed_fallback(async || Refusal::Scim {
            status: StatusCode::METHOD_NOT_ALLOWED,
            kind: None,
            detail: "the endpoint does not take this method".into(),
        })
        .layer(from_fn_with_state(provider, authorize));
    if let Some(operator) = operator {
        let held = Router::new()
            .route("/held", get(held))
            .route("/held/{digest}", post(release))
            .layer(from_fn_with_state(operator, authorize));
        router = router.merge(held);
    }
    router.layer(DefaultBodyLimit::max(MAX_BODY)).with_state(service)
}

/// Lets through whoever has the token.
async fn authorize(State(token): State<String>, request: Request, next: Next) -> Response {
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given =
        given.and_then(|value| value.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    match given {
        Some((_, given)) if bool::from(given.as_bytes().ct_eq(token.as_bytes())) => next.run(request).await,
        _ => Refusal::Unauthorized.into_response(),
    }
}

/// What is held back because too many were to lose something at once, planned as of now; its digest lets it through.
async fn held(State(service): State<Service>) -> Outcome {
    service.transact(|service, records| told(&service.mapping.held(records)?)).await
}

/// An operator has looked at what is held back.
async fn release(State(service): State<Service>, Path(digest): Path<String>) -> Outcome {
    service.transact(move |service, records| told(&service.mapping.release(records, &digest)?)).await
}

fn told(batch: &Batch) -> Outcome {
    let body = serde_json::to_string(batch).map_err(|_| Refusal::Internal)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

fn ok(body: &Value) -> Response {
    document(StatusCode::OK, body)
}

const USER: bool = true;
const GROUP: bool = false;

fn kind<const KIND: bool>() -> ResourceKind {
    if KIND == USER { ResourceKind::User } else { ResourceKind::Group }
}

impl Service {
    /// Runs one request as one transaction, on a thread that may wait.
    async fn transact(self, work: impl FnOnce(&Self, &Records<'_>) -> Outcome + Send + 'static) -> Outcome {
        let run = move || {
            // Whoever held the lock and failed has written nothing: its transaction is rolled back.
            let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
            let records = store.begin()?;
            let response = work(&self, &records)?;
            records.commit()?;
            Ok(response)
        };
        tokio::task::spawn_blocking(run).await.map_err(|_| Refusal::Internal)?
    }

    /// A resource with what the server adds: where it is, its version, and the groups of a user.
    fn show(&self, records: &Records<'_>, stored: &Stored) -> Result<Value, Refusal> {
        let kind = stored.resource.kind();
        let id = stored.resource.id().unwrap_or_default();
        let mut shown = serde_json::to_value(&stored.resource).map_err(|_| Refusal::Internal)?;
        shown["meta"] = json!({
            "resourceType": kind.as_str(), "created": stored.created, "lastModified": stored.modified,
            "location": self.place(kind, id), "version": tag(stored.version),
        });
        if kind == ResourceKind::User {
            let groups = records.groups_of(id)?;
            if !groups.is_empty() {
                let group = |group: &Resource| {
                    let id = group.id().unwrap_or_default();
                    json!({
                        "value": id, "display": group.text("displayName"), "type": "direct",
                        "$ref": self.place(ResourceKind::Group, id),
                    })
                };
                shown["groups"] = groups.iter().map(group).collect();
            }
        }
        Ok(shown)
    }

    fn place(&self, kind: ResourceKind, id: &str) -> String {
        format!("{}/{}s/{id}", self.base, kind.as_str())
    }

    fn respond(&self, records: &Records<'_>, status: StatusCode, stored: &Stored, query: &Query) -> Outcome {
        let kind = stored.resource.kind();
        let mut response = document(status, &query.project(self.show(records, stored)?, kind));
        let header = |text: String| HeaderValue::from_str(&text).map_err(|_| Refusal::Internal);
        response.headers_mut().insert(header::ETAG, header(tag(stored.version))?);
        let place = self.place(kind, stored.resource.id().unwrap_or_default());
        response.headers_mut().insert(header::LOCATION, header(place)?);
        Ok(response)
    }
}

/// A weak tag: the document shows times, which are not compared.
fn tag(version: i64) -> String {
    format!("W/\"{version}\"")
}

/// Whether a header lists a version.
fn names(headers: &HeaderMap, header: header::HeaderName, version: i64) -> Option<bool> {
    let listed = headers.get(header)?.to_str().ok()?;
    Some(listed.split(',').any(|one| one.trim() == "*" || one.trim() == tag(version)))
}

/// That a client which states the version it knows knows the stored one.
fn is_current(headers: &HeaderMap, stored: &Stored) -> Result<(), Refusal> {
    if names(headers, header::IF_MATCH, stored.version) == Some(false) { Err(Refusal::Stale) } else { Ok(()) }
}

async fn list<const KIND: bool>(State(service): State<Service>, Words(words): Words<Vec<(String, String)>>) -> Outcome {
    let query = Query::read(&words)?;
    service.transact(move |service, records| found(service, records, &query, &[kind::<KIND>()])).await
}

/// Over some kinds at once.
async fn search(service: Service, body: Bytes, kinds: &'static [ResourceKind]) -> Outcome {
    let body = serde_json::from_slice(&body).map_err(|_| Refusal::invalid("a search is JSON"))?;
    let query = Query::of_body(&body)?;
    service.transact(move |service, records| found(service, records, &query, kinds)).await
}

fn found(service: &Service, records: &Records<'_>, query: &Query, kinds: &[ResourceKind]) -> Outcome {
    let mut shown = Vec::new();
    for kind in kinds {
        for stored in records.all(*kind)? {
            let document = service.show(records, &stored)?;
            shown.push((stored.resource, document));
        }
    }
    Ok(ok(&query.page(shown, service.mapping.dialect)?))
}

async fn read<const KIND: bool>(
    State(service): State<Service>,
    Path(id): Path<String>,
    Words(words): Words<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Outcome {
    let query = Query::read(&words)?;
    let work = move |service: &Service, records: &Records<'_>| {
        let stored = records.get(kind::<KIND>(), &id)?;
        if names(&headers, header::IF_NONE_MATCH, stored.version) == Some(true) {
            return Err(Refusal::NotModified);
        }
        service.respond(records, StatusCode::OK, &stored, &query)
    };
    service.transact(work).await
}

async fn create<const KIND: bool>(
    State(service): State<Service>,
    Words(words): Words<Vec<(String, String)>>,
    body: Bytes,
) -> Outcome {
    let (query, body) = (Query::read(&words)?, Body::from_json(&body)?);
    let work = move |service: &Service, records: &Records<'_>| {
        let id = uuid::Uuid::new_v4().to_string();
        let resource = Resource::create(kind::<KIND>(), &id, &body, service.mapping.dialect)?;
        records.put(&resource, true)?;
        let mut touched: BTreeSet<String> = resource.members().into_iter().map(str::to_owned).collect();
        if KIND == USER {
            touched.insert(id.clone());
        }
        service.mapping.follow(records, &touched)?;
        service.respond(records, StatusCode::CREATED, &records.get(kind::<KIND>(), &id)?, &query)
    };
    service.transact(work).await
}

/// PUT and PATCH: writes a resource anew and follows with everybody whose evidence changed.
async fn write<const KIND: bool>(
    method: Method,
    State(service): State<Service>,
    Path(id): Path<String>,
    Words(words): Words<Vec<(String, String)>>,
    headers: HeaderMap,
    body: Bytes,
) -> Outcome {
    let (query, body) = (Query::read(&words)?, Body::from_json(&body)?);
    let write = if method == Method::PUT { Resource::replaced } else { Resource::patched };
    let work = move |service: &Service, records: &Records<'_>| {
        let stored = records.get(kind::<KIND>(), &id)?;
        is_current(&headers, &stored)?;
        let written = write(&stored.resource, &body, service.mapping.dialect)?;
        if written.changed {
            records.put(&written.resource, false)?;
            service.mapping.follow(records, &written.touched().into_iter().collect())?;
        }
        service.respond(records, StatusCode::OK, &records.get(kind::<KIND>(), &id)?, &query)
    };
    service.transact(work).await
}

async fn delete<const KIND: bool>(
    State(service): State<Service>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Outcome {
    let work = move |service: &Service, records: &Records<'_>| {
        let stored = records.get(kind::<KIND>(), &id)?;
        is_current(&headers, &stored)?;
        let mut touched: BTreeSet<String> = stored.resource.members().into_iter().map(str::to_owned).collect();
        if KIND == USER {
            for group in records.groups_of(&id)? {
                records.put(&group.without_member(&id).resource, false)?;
            }
            touched.insert(id.clone());
        }
        records.delete(kind::<KIND>(), &id)?;
        service.mapping.follow(records, &touched)?;
        Ok(StatusCode::NO_CONTENT.into_response())
    };
    service.transact(work).await
}

/// One document of a list.
fn one(list: &Value, id: &str) -> Outcome {
    discovery::one(list, id).map(|found| ok(&found)).ok_or_else(Refusal::not_found)
}
