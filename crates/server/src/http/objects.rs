//! Objects of every kind: lists, counts and the page of one.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use howdah_pg::catalog::{self, Catalog, Depth, Kind, ListPage, ListRequest, NameRequest, ObjectAddress, Within};
use howdah_pg::{QueryError, Session};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::IntoParams;

use super::access::Caller;
use super::explorer::ListQuery;
use super::{Json, Path, Query};
use crate::app::App;
use crate::catalogue::{self, Question};
use crate::error::{ApiError, ApiResult};
use crate::object_page;
use crate::servers;
use crate::wire::{
    FoundText, FoundTextList, ListedObject, NamedObject, NamedObjectList, ObjectCount, ObjectCounts, ObjectList,
    ObjectPage, ObjectPlace, Problem,
};

/// Characters of a text to look for, at least.
const SHORTEST_SEARCH: usize = 3;
/// Objects in which a text is found, at most.
const SEARCH_RESULTS: u32 = 50;
/// Names that are found when no limit is given.
const NAMES: u32 = 50;
/// Names that are found, at most.
const MAX_NAMES: u32 = 200;

/// Which objects, and which part of their list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ObjectQuery {
    /// Their kind, as the counts name it.
    kind: String,
    /// The oid of what they are in: a schema, a relation, a domain or a foreign server.
    of: Option<u32>,
    /// Only names that contain this, in any case.
    filter: Option<String>,
    /// At most so many; 500 when absent.
    limit: Option<u32>,
    /// `next_cursor` of the part before.
    cursor: Option<String>,
}

/// What to count below.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CountQuery {
    /// What it is.
    #[param(inline)]
    within: ObjectPlace,
    /// Its oid, unless it is the server or the database itself.
    of: Option<u32>,
}

/// The objects of a kind. With the `ETag` of an earlier answer in `If-None-Match` the answer is 304 if nothing changed.
#[utoipa::path(get, path = "/api/v1/servers/{id}/databases/{db}/objects", tag = "explorer",
    params(("id" = String, Path,), ("db" = String, Path,), ObjectQuery),
    responses((status = 200, body = ObjectList), (status = 304), (status = 422, body = Problem), (status = 428, body = Problem), (status = 502, body = Problem)))]
pub async fn objects(
    State(app): State<App>,
    caller: Caller,
    Path((id, database)): Path<(String, String)>,
    Query(query): Query<ObjectQuery>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let ObjectQuery { kind, of, filter, limit, cursor } = query;
    let kind = Kind::named(&kind).ok_or_else(|| ApiError::invalid("kind", "There is no such kind of objects."))?;
    let parent = parent_of(kind.within, of)?;
    let list = ListQuery { filter, limit, cursor };
    let server = servers::find(&app, &caller, &id).await?;
    let question = Objects { kind, parent, list: list.request() };
    let page = catalogue::ask(&app, &caller, &server, &database, &question).await?;
    let is_column = kind.name == "column";
    let items = page.items.into_iter().map(|object| ListedObject {
        catalog: kind.catalog.name(),
        oid: if is_column { parent } else { object.id },
        number: is_column.then_some(object.id),
        name: object.name,
        kind: object.kind,
        detail: object.detail,
        estimated_rows: object.estimated_rows,
        badges: object.badges,
        comment: object.comment,
    });
    answer_if_changed(&headers, &ObjectList { items: items.collect(), next_cursor: page.next })
}

/// How many objects of each kind are below the server, the database, a schema or another object.
#[utoipa::path(get, path = "/api/v1/servers/{id}/databases/{db}/objects/counts", tag = "explorer",
    params(("id" = String, Path,), ("db" = String, Path,), CountQuery),
    responses((status = 200, body = ObjectCounts), (status = 422, body = Problem), (status = 428, body = Problem), (status = 502, body = Problem)))]
pub async fn object_counts(
    State(app): State<App>,
    caller: Caller,
    Path((id, database)): Path<(String, String)>,
    Query(query): Query<CountQuery>,
) -> ApiResult<Json<ObjectCounts>> {
    let within = within_of(query.within);
    let parent = parent_of(within, query.of)?;
    let server = servers::find(&app, &caller, &id).await?;
    let counts = catalogue::ask(&app, &caller, &server, &database, &Counts { within, parent }).await?;
    Ok(Json(ObjectCounts { counts: counts.into_iter().map(|(kind, count)| ObjectCount { kind, count }).collect() }))
}

fn parent_of(within: Within, of: Option<u32>) -> ApiResult<u32> {
    match of {
        Some(oid) => Ok(oid),
        None if within.needs_parent() => Err(ApiError::invalid("of", "Say by its oid what the objects are in.")),
        None => Ok(0),
    }
}

fn within_of(place: ObjectPlace) -> Within {
    match place {
        ObjectPlace::Server => Within::Server,
        ObjectPlace::Database => Within::Database,
        ObjectPlace::Schema => Within::Schema,
        ObjectPlace::Relation => Within::Relation,
        ObjectPlace::Domain => Within::Domain,
        ObjectPlace::ForeignServer => Within::ForeignServer,
    }
}

/// The answer with its hash, or only that it is what the caller has.
pub(super) fn answer_if_changed(headers: &HeaderMap, list: &impl Serialize) -> ApiResult<Response> {
    let body = serde_json::to_vec(list).map_err(|error| ApiError::internal(&error))?;
    let digest: [u8; 32] = Sha256::digest(&body).into();
    let tag: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("\"{tag}\"");
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let tag_header = HeaderValue::from_str(&tag).map_err(|error| ApiError::internal(&error))?;
    if known == Some(tag.as_str()) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag_header)]).into_response());
    }
    let json = HeaderValue::from_static("application/json");
    Ok(([(header::CONTENT_TYPE, json), (header::ETAG, tag_header)], body).into_response())
}

struct Objects<'a> {
    kind: &'static Kind,
    parent: u32,
    list: ListRequest<'a>,
}

impl Question for Objects<'_> {
    type Answer = ListPage<catalog::ListedObject>;

    async fn ask(&self, session: &mut Session) -> Result<Self::Answer, QueryError> {
        catalog::objects(session, self.kind, self.parent, &self.list).await
    }
}

struct Counts {
    within: Within,
    parent: u32,
}

impl Question for Counts {
    type Answer = Vec<(&'static str, i64)>;

    async fn ask(&self, session: &mut Session) -> Result<Self::Answer, QueryError> {
        catalog::count_objects(session, self.within, self.parent).await
    }
}

/// The page of an object. What would wait for a lock, or fails, is left out, and the answer says so.
#[utoipa::path(get, path = "/api/v1/servers/{id}/databases/{db}/objects/{catalog}/{oid}", tag = "explorer",
    params(("id" = String, Path,), ("db" = String, Path,), ("catalog" = String, Path,), ("oid" = u32, Path,)),
    responses((status = 200, body = ObjectPage), (status = 404, body = Problem), (status = 428, body = Problem), (status = 502, body = Problem)))]
pub async fn object(
    State(app): State<App>,
    caller: Caller,
    Path((id, database, catalog, oid)): Path<(String, String, String, u32)>,
) -> ApiResult<Json<ObjectPage>> {
    let server = servers::find(&app, &caller, &id).await?;
    let catalog: Catalog = catalog.parse().map_err(|_| ApiError::not_found("system catalog of objects"))?;
    let address = ObjectAddress { catalog, oid };
    let answer = catalogue::ask(&app, &caller, &server, &database, &Page(address)).await?;
    let page = object_page::assemble(address, answer).map_err(|error| ApiError::internal(&error))?;
    page.map(Json).ok_or_else(|| ApiError::not_found("object: it may have been dropped"))
}

struct Page(ObjectAddress);

impl Question for Page {
    type Answer = object_page::Answer;

    async fn ask(&self, session: &mut Session) -> Result<Self::Answer, QueryError> {
        let refusal = match catalog::object_page(session, self.0, Depth::Whole).await {
            Ok(lines) => return Ok(object_page::Answer { lines, left_out: None }),
            Err(QueryError::Server(error)) if !error.is_fatal() => error,
            Err(error) => return Err(error),
        };
        let lines = match catalog::object_page(session, self.0, Depth::Careful).await {
            Err(QueryError::Server(error)) if !error.is_fatal() => {
                catalog::object_page(session, self.0, Depth::Alone).await?
            }
            lines => lines?,
        };
        let holders = catalog::lock_holders(session, self.0).await?;
        Ok(object_page::Answer { lines, left_out: Some((refusal, holders)) })
    }
}

/// What to look for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// At least three characters, in any case.
    text: String,
}

/// Functions in whose bodies a text stands, and objects in whose comments it does: the first of each.
#[utoipa::path(get, path = "/api/v1/servers/{id}/databases/{db}/objects/search", tag = "explorer",
    params(("id" = String, Path,), ("db" = String, Path,), SearchQuery),
    responses((status = 200, body = FoundTextList), (status = 422, body = Problem), (status = 428, body = Problem), (status = 502, body = Problem)))]
pub async fn search_objects(
    State(app): State<App>,
    caller: Caller,
    Path((id, database)): Path<(String, String)>,
    Query(query): Query<SearchQuery>,
) -> ApiResult<Json<FoundTextList>> {
    let text = query.text.trim();
    if text.chars().count() < SHORTEST_SEARCH {
        return Err(ApiError::invalid("text", format!("Give at least {SHORTEST_SEARCH} characters to look for.")));
    }
    let server = servers::find(&app, &caller, &id).await?;
    let found = catalogue::ask(&app, &caller, &server, &database, &Search(text)).await?;
    let found = found.into_iter().map(|one| FoundText {
        catalog: one.catalog,
        oid: one.oid,
        kind: one.kind,
        schema: one.schema,
        identity: one.identity,
        in_comment: one.in_comment,
        excerpt: one.excerpt,
    });
    Ok(Json(FoundTextList { found: found.collect() }))
}

struct Search<'a>(&'a str);

impl Question for Search<'_> {
    type Answer = Vec<catalog::FoundText>;

    async fn ask(&self, session: &mut Session) -> Result<Self::Answer, QueryError> {
        catalog::search_text(session, self.0, SEARCH_RESULTS).await
    }
}

/// Letters of names, and of what.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct NameQuery {
    /// Letters that stand in the name in this order, in any case. A dot says that schema and table are meant too.
    text: String,
    /// Kinds as the counts name them, and `schema`, separated by commas; all when absent.
    kinds: Option<String>,
    /// At most so many; 50 when absent.
    limit: Option<u32>,
}

/// The objects of the database and its cluster whose names fit, of whatever kind but columns, in whatever schema; the best
/// first. PostgreSQL's own are among them only when a kind, a schema or `pg` is asked for.
#[utoipa::path(get, path = "/api/v1/servers/{id}/databases/{db}/objects/names", tag = "explorer",
    params(("id" = String, Path,), ("db" = String, Path,), NameQuery),
    responses((status = 200, body = NamedObjectList), (status = 422, body = Problem), (status = 428, body = Problem), (status = 502, body = Problem)))]
pub async fn find_objects(
    State(app): State<App>,
    caller: Caller,
    Path((id, database)): Path<(String, String)>,
    Query(query): Query<NameQuery>,
) -> ApiResult<Json<NamedObjectList>> {
    let kinds: Vec<&str> =
        query.kinds.as_deref().unwrap_or_default().split(',').filter(|kind| !kind.is_empty()).collect();
    if kinds.iter().any(|kind| *kind != "schema" && Kind::named(kind).is_none()) {
        return Err(ApiError::invalid("kinds", "There is no such kind of objects."));
    }
    let limit = query.limit.unwrap_or(NAMES).clamp(1, MAX_NAMES);
    let server = servers::find(&app, &caller, &id).await?;
    let question = Names(NameRequest { text: &query.text, kinds: &kinds, limit });
    let found = catalogue::ask(&app, &caller, &server, &database, &question).await?;
    let objects = found.into_iter().map(|one| NamedObject {
        catalog: one.catalog,
        oid: one.oid,
        kind: one.kind,
        schema: one.schema,
        relation: one.relation,
        name: one.name,
        arguments: one.arguments,
    });
    Ok(Json(NamedObjectList { objects: objects.collect() }))
}

struct Names<'a>(NameRequest<'a>);

impl Question for Names<'_> {
    type Answer = Vec<catalog::NamedObject>;

    async fn ask(&self, session: &mut Session) -> Result<Self::Answer, QueryError> {
        catalog::find_names(session, &self.0).await
    }
}
