//! Server definitions.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

use super::access::{Caller, Editor};
use super::{Json, Path, Query};
use crate::app::App;
use crate::error::ApiResult;
use crate::servers;
use crate::wire::{Problem, Server, ServerChange, ServerDefinition, ServerList};

/// Which part of a long list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Page {
    /// At most so many; 100 when absent.
    pub limit: Option<u32>,
    /// `next_cursor` of the part before.
    pub cursor: Option<String>,
}

/// The servers that the caller sees, by group and name.
#[utoipa::path(get, operation_id = "list_servers", path = "/api/v1/servers", tag = "servers", params(Page), responses((status = 200, body = ServerList), (status = 401, body = Problem)))]
pub async fn list(State(app): State<App>, caller: Caller, Query(page): Query<Page>) -> ApiResult<Json<ServerList>> {
    servers::list(&app, &caller, page.cursor.as_deref(), page.limit).await.map(Json)
}

/// Adds a server of the caller's own.
#[utoipa::path(post, operation_id = "create_server", path = "/api/v1/servers", tag = "servers", request_body = ServerDefinition,
    responses((status = 201, body = Server), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub async fn create(
    State(app): State<App>,
    caller: Editor,
    Json(definition): Json<ServerDefinition>,
) -> ApiResult<(StatusCode, Json<Server>)> {
    let server = servers::create(&app, &caller, &definition).await?;
    Ok((StatusCode::CREATED, Json(server)))
}

/// One server.
#[utoipa::path(get, operation_id = "server", path = "/api/v1/servers/{id}", tag = "servers", params(("id" = String, Path,)),
    responses((status = 200, body = Server), (status = 404, body = Problem)))]
pub async fn show(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> ApiResult<Json<Server>> {
    let server = servers::find(&app, &caller, &id).await?;
    Ok(Json(servers::describe(&app, &caller, server)))
}

/// Changes the fields that are given. The caller must own the server. Open connections to it are closed when the change
/// concerns how to connect.
#[utoipa::path(patch, operation_id = "change_server", path = "/api/v1/servers/{id}", tag = "servers", params(("id" = String, Path,)), request_body = ServerChange,
    responses((status = 200, body = Server), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn change(
    State(app): State<App>,
    caller: Editor,
    Path(id): Path<String>,
    Json(change): Json<ServerChange>,
) -> ApiResult<Json<Server>> {
    servers::change(&app, &caller, &id, change).await.map(Json)
}

/// Removes a server that the caller owns and closes the connections to it.
#[utoipa::path(delete, operation_id = "remove_server", path = "/api/v1/servers/{id}", tag = "servers", params(("id" = String, Path,)),
    responses((status = 204), (status = 404, body = Problem)))]
pub async fn remove(State(app): State<App>, caller: Editor, Path(id): Path<String>) -> ApiResult<StatusCode> {
    servers::remove(&app, &caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
