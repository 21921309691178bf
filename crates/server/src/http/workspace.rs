//! What a person has open and how they like it, kept so that every browser of theirs finds it.

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use howdah_store::{MAX_TAB_BYTES, MAX_TABS, MAX_TABS_BYTES, SaveError, Setting, Tab, TabContent};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::access::Caller;
use super::{Json, Path, Query};
use crate::app::App;
use crate::error::{ApiError, ApiResult, Code};
use crate::wire::{
    Problem, Saved, SettingChange, SettingConflict, SettingName, StoredSetting, StoredTab, TabChange, TabConflict,
    Workspace,
};

/// Characters of a tab's title.
const MAX_TITLE: usize = 200;
/// Characters of the names that a tab refers to.
const MAX_NAME: usize = 200;
/// Characters of a tab's id.
const MAX_ID: usize = 64;
/// Bytes of a setting, and of the options of a tab.
const MAX_SETTING: usize = 64 << 10;

/// The tabs and settings of the caller. Does not count as use of the session.
#[utoipa::path(get, operation_id = "workspace", path = "/api/v1/me/workspace", tag = "workspace", responses((status = 200, body = Workspace), (status = 401, body = Problem)))]
pub async fn show(State(app): State<App>, caller: Caller) -> ApiResult<Json<Workspace>> {
    let tabs = app.store().tabs(&caller.account.id).await?;
    let settings = app.store().settings(&caller.account.id).await?;
    Ok(Json(Workspace {
        tabs: tabs.into_iter().map(stored_tab).collect(),
        // What a newer version of Howdah has kept is none of ours.
        settings: settings.iter().filter_map(stored_setting).collect(),
    }))
}

/// Keeps a tab. `version` names the one that it was made from; when that is not the present one, nothing is changed and
/// the answer holds the tab as it is.
#[utoipa::path(put, operation_id = "save_tab", path = "/api/v1/me/tabs/{id}", tag = "workspace", params(("id" = String, Path, description = "Chosen by the page: letters, digits and `-`")), request_body = TabChange,
    responses((status = 200, body = Saved), (status = 409, body = TabConflict), (status = 413, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn save_tab(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Json(change): Json<TabChange>,
) -> ApiResult<Response> {
    check_id(&id)?;
    let TabChange { version, title, server_id, database, sql, cursor, options } = change;
    let too_long = |text: &str, limit| text.chars().count() > limit;
    if title.trim().is_empty() || too_long(&title, MAX_TITLE) {
        return Err(ApiError::invalid("title", format!("Give the tab a name of at most {MAX_TITLE} characters.")));
    }
    for (field, name) in [("server_id", &server_id), ("database", &database)] {
        if name.as_ref().is_some_and(|name| too_long(name, MAX_NAME)) {
            return Err(ApiError::invalid(field, format!("`{field}` is longer than {MAX_NAME} characters.")));
        }
    }
    if sql.len() > MAX_TAB_BYTES {
        let words = format!(
            "The text is larger than {} MiB, so it is kept in this browser only. Save it as a file of your own, or shorten it.",
            MAX_TAB_BYTES >> 20
        );
        return Err(ApiError::new(Code::TooLarge, words).at_field("sql"));
    }
    let options = options.map(|options| serde_json::Value::Object(options).to_string());
    if options.as_ref().is_some_and(|options| options.len() > MAX_SETTING) {
        let words = format!(
            "The options of the tab are larger than {} KiB, so it is kept in this browser only. Give its parameters shorter values.",
            MAX_SETTING >> 10
        );
        return Err(ApiError::new(Code::TooLarge, words).at_field("options"));
    }
    let content = TabContent { title, server_id, database, sql, caret: cursor.into(), options };
    match app.store().save_tab(&caller.account.id, &id, version, &content).await {
        Ok(version) => Ok(Json(Saved { version }).into_response()),
        Err(SaveError::Changed(tab)) => Ok(tab_conflict(tab)),
        Err(SaveError::Full) => Err(ApiError::new(
            Code::LimitReached,
            format!(
                "Howdah keeps at most {MAX_TABS} tabs and {} MiB of text for one person, so this tab is kept in this browser only. Close tabs that you no longer need.",
                MAX_TABS_BYTES >> 20
            ),
        )),
        Err(SaveError::Store(error)) => Err(error.into()),
    }
}

/// Which version is meant.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Version {
    /// The version that the page knows.
    pub version: i64,
}

/// Forgets a tab that was closed. One that somebody else has changed meanwhile stays, and the answer holds it.
#[utoipa::path(delete, operation_id = "remove_tab", path = "/api/v1/me/tabs/{id}", tag = "workspace", params(("id" = String, Path,), Version),
    responses((status = 204), (status = 409, body = TabConflict), (status = 422, body = Problem)))]
pub async fn remove_tab(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Query(Version { version }): Query<Version>,
) -> ApiResult<Response> {
    check_id(&id)?;
    match app.store().remove_tab(&caller.account.id, &id, version).await {
        Ok(()) => Ok(StatusCode::NO_CONTENT.into_response()),
        Err(SaveError::Changed(tab)) => Ok(tab_conflict(tab)),
        Err(SaveError::Full) => Err(ApiError::not_found("tab")),
        Err(SaveError::Store(error)) => Err(error.into()),
    }
}

/// Keeps a setting, as with tabs.
#[utoipa::path(put, operation_id = "save_setting", path = "/api/v1/me/settings/{setting}", tag = "workspace", params(("setting" = SettingName, Path,)), request_body = SettingChange,
    responses((status = 200, body = Saved), (status = 409, body = SettingConflict), (status = 413, body = Problem), (status = 422, body = Problem)))]
pub async fn save_setting(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<SettingName>,
    Json(SettingChange { version, value }): Json<SettingChange>,
) -> ApiResult<Response> {
    let value = serde_json::Value::Object(value).to_string();
    if value.len() > MAX_SETTING {
        let words = format!("The setting is larger than {} KiB, so it is not kept.", MAX_SETTING >> 10);
        return Err(ApiError::new(Code::TooLarge, words).at_field("value"));
    }
    match app.store().save_setting(&caller.account.id, text_of(name), version, &value).await {
        Ok(version) => Ok(Json(Saved { version }).into_response()),
        Err(SaveError::Changed(setting)) => {
            let problem = conflict("The setting").into_problem();
            Ok(answer_conflict(&SettingConflict { problem, setting: setting.as_ref().and_then(stored_setting) }))
        }
        Err(SaveError::Full) => Err(ApiError::not_found("setting")),
        Err(SaveError::Store(error)) => Err(error.into()),
    }
}

/// Whether a page may call a tab that.
pub(super) fn check_id(id: &str) -> ApiResult<()> {
    let fits = id.len() <= MAX_ID && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if fits { Ok(()) } else { Err(ApiError::invalid("id", "A tab's id holds letters, digits and `-`.")) }
}

fn conflict(what: &str) -> ApiError {
    ApiError::new(
        Code::Conflict,
        format!("{what} was changed in another window or on another device. Choose which of the two to keep."),
    )
}

fn tab_conflict(tab: Option<Tab>) -> Response {
    answer_conflict(&TabConflict { problem: conflict("The tab").into_problem(), tab: tab.map(stored_tab) })
}

fn answer_conflict(body: &impl Serialize) -> Response {
    let mut response = (Code::Conflict.status(), axum::Json(body)).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    response
}

fn stored_tab(tab: Tab) -> StoredTab {
    let TabContent { title, server_id, database, sql, caret, options } = tab.content;
    StoredTab {
        id: tab.id,
        version: tab.version,
        title,
        server_id,
        database,
        sql,
        cursor: u32::try_from(caret).unwrap_or(0),
        options: options.and_then(|options| serde_json::from_str(&options).ok()),
        updated_at: tab.updated_at,
    }
}

fn stored_setting(setting: &Setting) -> Option<StoredSetting> {
    let name =
        [SettingName::Preferences, SettingName::Layout].into_iter().find(|name| text_of(*name) == setting.name)?;
    let value = serde_json::from_str(&setting.value).ok()?;
    Some(StoredSetting { name, version: setting.version, value })
}

fn text_of(name: SettingName) -> &'static str {
    match name {
        SettingName::Preferences => "preferences",
        SettingName::Layout => "layout",
    }
}
