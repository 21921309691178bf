//! Queries that people keep and share.

use axum::extract::State;
use axum::http::StatusCode;
use howdah_store::{
    self as store, MAX_SAVED_QUERIES, MAX_SAVED_QUERY_BYTES, Role, SaveQueryError, SavedQueryContent, SavedQueryId,
};

use super::access::Caller;
use super::{Json, Path};
use crate::app::App;
use crate::error::{ApiError, ApiResult, Code};
use crate::servers::Eyes;
use crate::wire::{Audience, FolderMove, FolderMoved, Problem, SavedQuery, SavedQueryDraft, SavedQueryList};

/// Characters of a name, of a folder, and of the names that a query refers to.
const MAX_NAME: usize = 200;

/// The queries that the caller sees: their own, and those that are shared with them.
#[utoipa::path(get, operation_id = "saved_queries", path = "/api/v1/queries", tag = "queries", responses((status = 200, body = SavedQueryList)))]
pub async fn list(State(app): State<App>, caller: Caller) -> ApiResult<Json<SavedQueryList>> {
    let eyes = Eyes::of(&caller);
    let queries = app.store().saved_queries(eyes.viewer(&eyes.admitted())).await?;
    let queries = queries.into_iter().map(|query| SavedQuery { sql: None, ..describe(&caller, query) }).collect();
    Ok(Json(SavedQueryList { queries }))
}

/// One query with its text.
#[utoipa::path(get, operation_id = "saved_query", path = "/api/v1/queries/{id}", tag = "queries", params(("id" = String, Path,)),
    responses((status = 200, body = SavedQuery), (status = 404, body = Problem)))]
pub async fn show(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> ApiResult<Json<SavedQuery>> {
    find(&app, &caller, &parse(&id)?).await.map(Json)
}

/// Keeps a query of the caller's.
#[utoipa::path(post, operation_id = "create_saved_query", path = "/api/v1/queries", tag = "queries", request_body = SavedQueryDraft,
    responses((status = 201, body = SavedQuery), (status = 403, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    Json(draft): Json<SavedQueryDraft>,
) -> ApiResult<(StatusCode, Json<SavedQuery>)> {
    let content = check(&caller, draft)?.0;
    let id = app.store().create_saved_query(&caller.account.id, &content).await.map_err(unsaved)?;
    Ok((StatusCode::CREATED, Json(find(&app, &caller, &id).await?)))
}

/// Replaces a query that the caller owns. `version` names the one that it was made from; when that is not the present one,
/// nothing is changed.
#[utoipa::path(put, operation_id = "change_saved_query", path = "/api/v1/queries/{id}", tag = "queries", params(("id" = String, Path,)), request_body = SavedQueryDraft,
    responses((status = 200, body = SavedQuery), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn change(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Json(draft): Json<SavedQueryDraft>,
) -> ApiResult<Json<SavedQuery>> {
    let id = parse(&id)?;
    let current = find(&app, &caller, &id).await?;
    if !current.owned {
        return Err(ApiError::new(
            Code::Forbidden,
            format!("{} owns this query, so nobody else changes it. Save it as a query of your own.", current.owner),
        ));
    }
    let (content, version) = check(&caller, draft)?;
    let version = version.ok_or_else(|| ApiError::invalid("version", "Say which version the change was made from."))?;
    app.store().update_saved_query(&id, &caller.account.id, version, &content).await.map_err(unsaved)?;
    find(&app, &caller, &id).await.map(Json)
}

/// Removes a query that the caller owns.
#[utoipa::path(delete, operation_id = "remove_saved_query", path = "/api/v1/queries/{id}", tag = "queries", params(("id" = String, Path,)),
    responses((status = 204), (status = 404, body = Problem)))]
pub async fn remove(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> ApiResult<StatusCode> {
    match app.store().delete_saved_query(&parse(&id)?, &caller.account.id).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(ApiError::not_found("query")),
    }
}

/// Gives a folder of the caller's another name or place, with all queries in it. Queries of others stay where they are.
#[utoipa::path(post, operation_id = "move_saved_queries", path = "/api/v1/query-folders/move", tag = "queries", request_body = FolderMove,
    responses((status = 200, body = FolderMoved), (status = 422, body = Problem)))]
pub async fn move_folder(
    State(app): State<App>,
    caller: Caller,
    Json(FolderMove { from, to }): Json<FolderMove>,
) -> ApiResult<Json<FolderMoved>> {
    let (from, to) = (folder_of(&from), folder_of(&to));
    check_text("to", &to)?;
    if from.is_empty() {
        return Err(ApiError::invalid("from", "Name the folder that is to move."));
    }
    if moved(&to, &from, "").is_some_and(|rest| !rest.is_empty()) {
        return Err(ApiError::invalid("to", "A folder cannot go into itself. Choose another place."));
    }
    let queries = app.store().move_saved_queries(&caller.account.id, |folder| moved(folder, &from, &to)).await?;
    Ok(Json(FolderMoved { queries }))
}

/// Where a folder is after `from` has become `to`; `None` when it is not in there.
fn moved(folder: &str, from: &str, to: &str) -> Option<String> {
    let rest = folder.strip_prefix(from)?;
    if !rest.is_empty() && !rest.starts_with('/') {
        return None;
    }
    Some(if to.is_empty() { rest.trim_start_matches('/').to_owned() } else { format!("{to}{rest}") })
}

fn folder_of(path: &str) -> String {
    path.split('/').map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
}

fn check_text(field: &'static str, text: &str) -> ApiResult<()> {
    if text.chars().count() > MAX_NAME || text.contains('\0') {
        return Err(ApiError::invalid(
            field,
            format!("`{field}` is longer than {MAX_NAME} characters, or holds a zero byte."),
        ));
    }
    Ok(())
}

fn parse(id: &str) -> ApiResult<SavedQueryId> {
    id.parse().map_err(|_| ApiError::not_found("query"))
}

async fn find(app: &App, caller: &Caller, id: &SavedQueryId) -> ApiResult<SavedQuery> {
    let eyes = Eyes::of(caller);
    let found = app.store().saved_query(id, eyes.viewer(&eyes.admitted())).await?;
    found.map(|query| describe(caller, query)).ok_or_else(|| ApiError::not_found("query"))
}

/// What is kept, and the version that it was made from.
fn check(caller: &Caller, draft: SavedQueryDraft) -> ApiResult<(SavedQueryContent, Option<i64>)> {
    let SavedQueryDraft { version, folder, name, sql, server_id, database, audience } = draft;
    if audience != Audience::Private && caller.account.role == Role::Viewer {
        return Err(
            ApiError::new(Code::Forbidden, "Viewers keep queries for themselves and share none.").at_field("audience")
        );
    }
    let folder = folder_of(&folder);
    let name = name.trim().to_owned();
    if name.is_empty() {
        return Err(ApiError::invalid("name", "Give the query a name."));
    }
    let texts = [
        ("name", Some(&name)),
        ("folder", Some(&folder)),
        ("server_id", server_id.as_ref()),
        ("database", database.as_ref()),
    ];
    for (field, text) in texts {
        check_text(field, text.map_or("", String::as_str))?;
    }
    if sql.len() > MAX_SAVED_QUERY_BYTES {
        let words = format!(
            "The text is larger than {} MiB. Save it as a file of your own, or shorten it.",
            MAX_SAVED_QUERY_BYTES >> 20
        );
        return Err(ApiError::new(Code::TooLarge, words).at_field("sql"));
    }
    if sql.contains('\0') {
        return Err(ApiError::invalid("sql", "The text holds a zero byte, which PostgreSQL takes nowhere."));
    }
    let audience = store::Audience::from_json(&audience.to_json().to_string());
    Ok((SavedQueryContent { folder, name, sql, server_id, database, audience }, version))
}

fn unsaved(error: SaveQueryError) -> ApiError {
    match error {
        SaveQueryError::NotFound => ApiError::not_found("query"),
        SaveQueryError::Changed(now) => ApiError::new(
            Code::Conflict,
            format!(
                "The query was changed in another window meanwhile; it is now “{}”. Open it anew, or save yours under another name.",
                now.content.name
            ),
        ),
        SaveQueryError::TooMany => ApiError::new(
            Code::LimitReached,
            format!("You keep {MAX_SAVED_QUERIES} queries already. Remove one first."),
        ),
        SaveQueryError::Store(error) => error.into(),
    }
}

fn describe(caller: &Caller, query: store::SavedQuery) -> SavedQuery {
    let owned = query.owner == caller.account.id;
    let content = query.content;
    SavedQuery {
        id: query.id.to_string(),
        folder: content.folder,
        name: content.name,
        sql: Some(content.sql),
        server_id: content.server_id,
        database: content.database,
        // A rule of a later version, which cannot be read here, admits nobody.
        audience: owned.then(|| serde_json::from_str(content.audience.as_json()).unwrap_or_default()),
        owned,
        owner: query.owner_name,
        version: query.version,
        updated_at: query.updated_at,
    }
}
