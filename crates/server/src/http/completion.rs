//! What the editor completes: it keeps all names of a database itself and asks only what has changed.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use howdah_pg::catalog;
use howdah_pg::{QueryError, Session};
use serde::Deserialize;
use serde_json::value::RawValue;
use utoipa::IntoParams;

use super::access::Caller;
use super::objects::answer_if_changed;
use super::{Json, Path, Query};
use crate::app::App;
use crate::catalogue::{self, Question};
use crate::error::{ApiError, ApiResult};
use crate::servers;
use crate::wire::{CompletionObjects, CompletionSchema, CompletionSchemaList, Problem};

/// Schemas whose objects may be asked for at once.
const MAX_SCHEMAS: usize = 200;

/// Which schemas.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ObjectsQuery {
    /// Oids, at most 200, separated by commas.
    schemas: String,
}

/// The schemas whose names an editor completes, each with a version that tells whether it has changed.
#[utoipa::path(get, path = "/api/v1/servers/{id}/databases/{db}/completion", tag = "explorer",
    params(("id" = String, Path,), ("db" = String, Path,)),
    responses((status = 200, body = CompletionSchemaList), (status = 428, body = Problem), (status = 502, body = Problem)))]
pub async fn completion_schemas(
    State(app): State<App>,
    caller: Caller,
    Path((id, database)): Path<(String, String)>,
) -> ApiResult<Json<CompletionSchemaList>> {
    let server = servers::find(&app, &caller, &id).await?;
    let found = catalogue::ask(&app, &caller, &server, &database, &Schemas).await?;
    Ok(Json(CompletionSchemaList {
        schemas: found
            .into_iter()
            .map(|schema| CompletionSchema {
                oid: schema.oid,
                name: schema.name,
                version: schema.version,
                search_place: schema.search_place,
            })
            .collect(),
    }))
}

/// The relations with their columns, the functions, the types and the foreign keys of schemas.
#[utoipa::path(get, path = "/api/v1/servers/{id}/databases/{db}/completion/objects", tag = "explorer",
    params(("id" = String, Path,), ("db" = String, Path,), ObjectsQuery),
    responses((status = 200, body = CompletionObjects), (status = 422, body = Problem), (status = 428, body = Problem), (status = 502, body = Problem)))]
pub async fn completion_objects(
    State(app): State<App>,
    caller: Caller,
    Path((id, database)): Path<(String, String)>,
    Query(query): Query<ObjectsQuery>,
) -> ApiResult<Json<CompletionObjects>> {
    let schemas: Vec<u32> = query
        .schemas
        .split(',')
        .map(|oid| oid.trim().parse())
        .collect::<Result<_, _>>()
        .map_err(|_| ApiError::invalid("schemas", "Write oids as numbers separated by commas."))?;
    if schemas.len() > MAX_SCHEMAS {
        return Err(ApiError::invalid("schemas", format!("Ask for at most {MAX_SCHEMAS} schemas at once.")));
    }
    let server = servers::find(&app, &caller, &id).await?;
    let lines = catalogue::ask(&app, &caller, &server, &database, &Objects(&schemas)).await?;
    Ok(Json(handed_on(lines)))
}

/// The server's version, roles and parameters. With the `ETag` of an earlier answer in `If-None-Match` the answer is 304 if
/// nothing changed.
#[utoipa::path(get, path = "/api/v1/servers/{id}/databases/{db}/completion/server", tag = "explorer",
    params(("id" = String, Path,), ("db" = String, Path,)),
    responses((status = 200, body = CompletionObjects), (status = 304), (status = 428, body = Problem), (status = 502, body = Problem)))]
pub async fn completion_server(
    State(app): State<App>,
    caller: Caller,
    Path((id, database)): Path<(String, String)>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let server = servers::find(&app, &caller, &id).await?;
    let lines = catalogue::ask(&app, &caller, &server, &database, &ServerNames).await?;
    answer_if_changed(&headers, &handed_on(lines))
}

/// PostgreSQL's own JSON is handed on as it is.
fn handed_on(lines: Vec<String>) -> CompletionObjects {
    CompletionObjects { objects: lines.into_iter().filter_map(|line| RawValue::from_string(line).ok()).collect() }
}

struct Schemas;

impl Question for Schemas {
    type Answer = Vec<catalog::CompletionSchema>;

    async fn ask(&self, session: &mut Session) -> Result<Self::Answer, QueryError> {
        catalog::completion_schemas(session).await
    }
}

struct Objects<'a>(&'a [u32]);

impl Question for Objects<'_> {
    type Answer = Vec<String>;

    async fn ask(&self, session: &mut Session) -> Result<Self::Answer, QueryError> {
        catalog::completion_objects(session, self.0).await
    }
}

struct ServerNames;

impl Question for ServerNames {
    type Answer = Vec<String>;

    async fn ask(&self, session: &mut Session) -> Result<Self::Answer, QueryError> {
        catalog::completion_server(session).await
    }
}
