//! The rows of a table or view: what has to be known of it, and changes of its rows.

use axum::body::{Body, to_bytes};
use axum::extract::State;
use howdah_pg::table;
use serde::de::DeserializeOwned;

use super::access::{Caller, Editor};
use super::{Json, Path};
use crate::app::App;
use crate::error::{ApiError, ApiResult, Code};
use crate::servers;
use crate::table_data::{self, Asked};
use crate::wire::{ChangePreview, ChangeReport, Problem, RowChanges, TableLock, TableShape};

/// Bytes of changes: a picture fits, also as the hexadecimal digits that `bytea` is written in.
const CHANGES_LIMIT: usize = 48 << 20;
/// Changes at once.
const MOST_CHANGES: usize = 5_000;

/// What has to be known of a table or view to show and change its rows.
#[utoipa::path(get, operation_id = "table_shape", path = "/api/v1/servers/{id}/databases/{db}/relations/{oid}/shape", tag = "table data",
    params(("id" = String, Path,), ("db" = String, Path,), ("oid" = u32, Path,)),
    responses((status = 200, body = TableShape), (status = 404, body = Problem), (status = 428, body = Problem), (status = 502, body = Problem)))]
pub async fn shape(
    State(app): State<App>,
    caller: Caller,
    Path((id, database, oid)): Path<(String, String, u32)>,
) -> ApiResult<Json<TableShape>> {
    let server = servers::find(&app, &caller, &id).await?;
    let shape = table_data::shape(&app, &caller, &server, &database, oid).await?;
    Ok(Json(table_data::wire_shape(shape)))
}

/// Who keeps everybody from reading a table or view, while its rows do not come.
#[utoipa::path(get, operation_id = "table_lock", path = "/api/v1/servers/{id}/databases/{db}/relations/{oid}/lock", tag = "table data",
    params(("id" = String, Path,), ("db" = String, Path,), ("oid" = u32, Path,)),
    responses((status = 200, body = TableLock), (status = 404, body = Problem), (status = 428, body = Problem), (status = 502, body = Problem)))]
pub async fn lock(
    State(app): State<App>,
    caller: Caller,
    Path((id, database, oid)): Path<(String, String, u32)>,
) -> ApiResult<Json<TableLock>> {
    let server = servers::find(&app, &caller, &id).await?;
    table_data::lock(&app, &caller, &server, &database, oid).await.map(Json)
}

/// The statements that changes would run, for people to read. Nothing is changed.
#[utoipa::path(post, operation_id = "preview_changes", path = "/api/v1/servers/{id}/databases/{db}/relations/{oid}/changes/preview", tag = "table data",
    params(("id" = String, Path,), ("db" = String, Path,), ("oid" = u32, Path,)), request_body = RowChanges,
    responses((status = 200, body = ChangePreview), (status = 404, body = Problem), (status = 422, body = Problem), (status = 428, body = Problem), (status = 502, body = Problem)))]
pub async fn preview(
    State(app): State<App>,
    caller: Caller,
    Path((id, database, oid)): Path<(String, String, u32)>,
    body: Body,
) -> ApiResult<Json<ChangePreview>> {
    let server = servers::find(&app, &caller, &id).await?;
    let (changes, _) = read(body).await?;
    let shape = table_data::shape(&app, &caller, &server, &database, oid).await?;
    let written = |change| table::preview(&shape, std::slice::from_ref(change)).ok().and_then(|mut all| all.pop());
    Ok(Json(ChangePreview { statements: changes.iter().map(written).collect() }))
}

/// Changes rows of a table or view in one transaction: all of them or none. Each is checked against what was read before.
#[utoipa::path(post, operation_id = "apply_changes", path = "/api/v1/servers/{id}/databases/{db}/relations/{oid}/changes", tag = "table data",
    params(("id" = String, Path,), ("db" = String, Path,), ("oid" = u32, Path,)), request_body = RowChanges,
    responses((status = 200, body = ChangeReport), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem), (status = 428, body = Problem), (status = 502, body = Problem)))]
pub async fn apply(
    State(app): State<App>,
    editor: Editor,
    Path((id, database, oid)): Path<(String, String, u32)>,
    body: Body,
) -> ApiResult<Json<ChangeReport>> {
    let server = servers::find(&app, &editor, &id).await?;
    let (changes, reason) = read(body).await?;
    let asked = Asked { database: &database, relation: oid, changes: &changes, reason: reason.as_deref() };
    Box::pin(table_data::apply(&app, &editor, &server, asked)).await.map(Json)
}

/// Reads changes, and why they must be made. Their values may be larger than other requests.
async fn read(body: Body) -> ApiResult<(Vec<table::Change>, Option<String>)> {
    let bytes = to_bytes(body, CHANGES_LIMIT).await.map_err(|_| {
        let limit = CHANGES_LIMIT >> 20;
        ApiError::new(Code::TooLarge, format!("The changes are larger than {limit} MiB. Apply fewer at once."))
    })?;
    let RowChanges { changes, reason } = parse(&bytes)?;
    if changes.len() > MOST_CHANGES {
        return Err(ApiError::invalid("changes", format!("Apply at most {MOST_CHANGES} changes at once.")));
    }
    Ok((changes.into_iter().map(table_data::change).collect(), reason))
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> ApiResult<T> {
    serde_json::from_slice(bytes)
        .map_err(|error| ApiError::new(Code::InvalidRequest, format!("The request cannot be read: {error}")))
}
