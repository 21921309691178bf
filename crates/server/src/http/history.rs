//! What the caller ran.

use axum::extract::State;
use axum::http::StatusCode;
use howdah_store::{HistoryCursor, HistoryFilter, HistoryId, HistoryRecord};
use serde::Deserialize;
use utoipa::IntoParams;

use super::access::Caller;
use super::{Json, Path, Query};
use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::wire::{HistoryEntry, HistoryList, HistoryResult, Problem};

const PAGE: u32 = 50;
/// Bytes of a statement that a list shows.
const EXCERPT: usize = 2000;

/// Which part of the history.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Search {
    /// Stands in the statement or in a name, in whatever case.
    pub text: Option<String>,
    /// The id of a server definition.
    pub server: Option<String>,
    /// The tab that they ran in, as its page calls it.
    pub tab: Option<String>,
    /// How it went.
    pub result: Option<HistoryResult>,
    /// At most so many; 50 when absent.
    pub limit: Option<u32>,
    /// `next_cursor` of the part before.
    pub cursor: Option<String>,
}

/// The statements that the caller ran on all servers, the last first.
#[utoipa::path(get, operation_id = "history", path = "/api/v1/me/history", tag = "history", params(Search),
    responses((status = 200, body = HistoryList), (status = 422, body = Problem)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(search): Query<Search>,
) -> ApiResult<Json<HistoryList>> {
    let after: Option<HistoryCursor> = search
        .cursor
        .as_deref()
        .map(str::parse)
        .transpose()
        .map_err(|_| ApiError::invalid("cursor", "This is not a cursor of this list. Begin without one."))?;
    let given = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let filter = HistoryFilter {
        text: given(search.text),
        server_id: given(search.server),
        tab: given(search.tab),
        result: search.result.map(|result| result.name().to_owned()),
    };
    let page = app.store().history(&caller.account.id, &filter, after.as_ref(), search.limit.unwrap_or(PAGE)).await?;
    Ok(Json(HistoryList {
        kept: app.config().history.statements,
        entries: page.entries.into_iter().map(|record| HistoryEntry { plan: None, ..entry(record, EXCERPT) }).collect(),
        next_cursor: page.next.map(|next| next.to_string()),
    }))
}

/// One statement that the caller ran, whole, with its plan.
#[utoipa::path(get, operation_id = "history_entry", path = "/api/v1/me/history/{id}", tag = "history", params(("id" = String, Path,)),
    responses((status = 200, body = HistoryEntry), (status = 404, body = Problem)))]
pub async fn show(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> ApiResult<Json<HistoryEntry>> {
    let not_found = || ApiError::not_found("entry");
    let id: HistoryId = id.parse().map_err(|_| not_found())?;
    let record = app.store().history_entry(&caller.account.id, &id).await?.ok_or_else(not_found)?;
    Ok(Json(entry(record, usize::MAX)))
}

/// Forgets all that the caller ran. The audit trail keeps what it has.
#[utoipa::path(delete, operation_id = "clear_history", path = "/api/v1/me/history", tag = "history", responses((status = 204)))]
pub async fn clear(State(app): State<App>, caller: Caller) -> ApiResult<StatusCode> {
    app.store().clear_history(&caller.account.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn entry(record: HistoryRecord, bytes: usize) -> HistoryEntry {
    let end = record.statement.floor_char_boundary(bytes.min(record.statement.len()));
    HistoryEntry {
        id: record.id.to_string(),
        at: record.at,
        server_id: record.server_id,
        server: record.server,
        database: record.database,
        role: record.role,
        tab: record.tab,
        is_cut: end < record.statement.len(),
        statement: record.statement[..end].to_owned(),
        result: HistoryResult::of(&record.result),
        code: record.code,
        rows: record.rows,
        duration_ms: record.duration_ms,
        has_plan: record.plan.is_some(),
        plan: record.plan,
    }
}
