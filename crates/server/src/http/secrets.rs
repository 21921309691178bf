//! One's own saved passwords, and the master password that seals them. No answer ever holds a secret.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use howdah_store::{SavedSecret, SecretKind, ServerId};
use serde::de::DeserializeOwned;

use super::access::Caller;
use super::{Json, Path, Query};
use crate::app::App;
use crate::audit::{Event, guarded};
use crate::error::{ApiError, ApiResult};
use crate::secrets::{self, master_password};
use crate::wire::{
    ForgottenPasswords, MasterPassword, MasterPasswordChange, Problem, SavedPassword, SavedPasswordKind,
    SavedPasswordList, SavedPasswordQuery, SecretsState,
};

/// Whether passwords can be saved, and how it stands with the master password. Does not count as use of the session.
#[utoipa::path(get, operation_id = "secrets_state", path = "/api/v1/me/secrets", tag = "secrets", responses((status = 200, body = SecretsState), (status = 401, body = Problem)))]
pub async fn state(State(app): State<App>, caller: Caller) -> ApiResult<Json<SecretsState>> {
    Ok(Json(secrets::state(&app, &caller).await?))
}

/// Sets the first master password. What was saved before goes under it.
#[utoipa::path(post, operation_id = "set_master_password", path = "/api/v1/me/master-password", tag = "secrets", request_body = MasterPassword,
    responses((status = 204), (status = 401, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn set(State(app): State<App>, caller: Caller, body: Bytes) -> ApiResult<StatusCode> {
    let MasterPassword { password } = read(&body)?;
    guarded(&app, master_password_event(&caller, "master_password_set"), master_password::set(&app, &caller, password))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Changes the master password: everything is sealed anew, and other sessions ask for it again.
#[utoipa::path(put, operation_id = "change_master_password", path = "/api/v1/me/master-password", tag = "secrets", request_body = MasterPasswordChange,
    responses((status = 204), (status = 401, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn change(State(app): State<App>, caller: Caller, body: Bytes) -> ApiResult<StatusCode> {
    let MasterPasswordChange { current_password, new_password } = read(&body)?;
    let event = master_password_event(&caller, "master_password_changed");
    guarded(&app, event, master_password::change(&app, &caller, current_password, new_password)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Forgets the master password, and with it every saved password: nobody can open them without it.
#[utoipa::path(delete, operation_id = "reset_master_password", path = "/api/v1/me/master-password", tag = "secrets",
    responses((status = 200, body = ForgottenPasswords), (status = 401, body = Problem)))]
pub async fn reset(State(app): State<App>, caller: Caller) -> ApiResult<Json<ForgottenPasswords>> {
    let event = master_password_event(&caller, "master_password_reset");
    let forgotten = guarded(&app, event, master_password::reset(&app, &caller)).await?;
    Ok(Json(ForgottenPasswords { forgotten }))
}

/// Opens the saved passwords for this session.
#[utoipa::path(post, operation_id = "unlock_saved_passwords", path = "/api/v1/me/master-password/unlock", tag = "secrets", request_body = MasterPassword,
    responses((status = 204), (status = 401, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn unlock(State(app): State<App>, caller: Caller, body: Bytes) -> ApiResult<StatusCode> {
    let MasterPassword { password } = read(&body)?;
    let event = master_password_event(&caller, "saved_passwords_unlocked");
    guarded(&app, event, master_password::unlock(&app, &caller, password)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Has this session ask for the master password again. Connections that are open stay so.
#[utoipa::path(post, operation_id = "lock_saved_passwords", path = "/api/v1/me/master-password/lock", tag = "secrets",
    responses((status = 204), (status = 401, body = Problem)))]
pub async fn lock(State(app): State<App>, caller: Caller) -> ApiResult<StatusCode> {
    master_password::lock(&app, &caller).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The passwords that the caller saved, without the passwords.
#[utoipa::path(get, operation_id = "list_saved_passwords", path = "/api/v1/me/saved-passwords", tag = "secrets", responses((status = 200, body = SavedPasswordList), (status = 401, body = Problem)))]
pub async fn list(State(app): State<App>, caller: Caller) -> ApiResult<Json<SavedPasswordList>> {
    let saved = app.store().saved_secrets(&caller.account.id).await?;
    Ok(Json(SavedPasswordList { saved_passwords: saved.into_iter().map(describe).collect() }))
}

/// Forgets all of them. The master password stays.
#[utoipa::path(delete, operation_id = "forget_saved_passwords", path = "/api/v1/me/saved-passwords", tag = "secrets", responses((status = 200, body = ForgottenPasswords), (status = 401, body = Problem)))]
pub async fn forget_all(State(app): State<App>, caller: Caller) -> ApiResult<Json<ForgottenPasswords>> {
    let servers = app.store().saved_secrets(&caller.account.id).await?;
    let event = Event::administration(&*caller, "saved_password_forgotten", "all", None);
    let forgotten =
        guarded(&app, event, async { Ok(app.store().forget_saved_secrets(&caller.account.id).await?) }).await?;
    for saved in servers {
        secrets::saved::forget_own_in_memory(&app, &caller, &saved.server, None);
    }
    Ok(Json(ForgottenPasswords { forgotten }))
}

/// Forgets what the caller saved for a server. It is asked for at the next connect.
#[utoipa::path(delete, operation_id = "forget_saved_password", path = "/api/v1/me/saved-passwords/{id}", tag = "secrets", params(("id" = String, Path, description = "The server."), SavedPasswordQuery),
    responses((status = 200, body = ForgottenPasswords), (status = 401, body = Problem)))]
pub async fn forget(
    State(app): State<App>,
    caller: Caller,
    Path(server): Path<String>,
    Query(SavedPasswordQuery { kind }): Query<SavedPasswordQuery>,
) -> ApiResult<Json<ForgottenPasswords>> {
    // No server has another kind of id, so nothing is saved for it.
    let Ok(server) = server.parse::<ServerId>() else { return Ok(Json(ForgottenPasswords { forgotten: 0 })) };
    let kind = kind.map(|kind| match kind {
        SavedPasswordKind::Database => SecretKind::Database,
        SavedPasswordKind::Tunnel => SecretKind::Tunnel,
    });
    let saved = app.store().saved_secrets(&caller.account.id).await?;
    let targets: Vec<_> = saved
        .iter()
        .filter(|saved| saved.server == server && kind.is_none_or(|kind| kind == saved.kind))
        .map(|saved| saved.target.as_str())
        .collect();
    if targets.is_empty() {
        return Ok(Json(ForgottenPasswords { forgotten: 0 }));
    }
    let event = Event::administration(&*caller, "saved_password_forgotten", &targets.join(", "), None);
    let forgotten = guarded(&app, event, async {
        Ok(app.store().forget_saved_secrets_of(&caller.account.id, &server, kind).await?)
    })
    .await?;
    secrets::saved::forget_own_in_memory(&app, &caller, &server, kind);
    Ok(Json(ForgottenPasswords { forgotten }))
}

/// What somebody does with their own master password.
fn master_password_event(caller: &Caller, kind: &'static str) -> Event {
    Event::administration(&**caller, kind, &caller.account.username, None)
}

fn describe(saved: SavedSecret) -> SavedPassword {
    SavedPassword {
        server_id: saved.server.to_string(),
        kind: match saved.kind {
            SecretKind::Database => SavedPasswordKind::Database,
            SecretKind::Tunnel => SavedPasswordKind::Tunnel,
        },
        target: saved.target,
        saved_at: saved.saved_at,
        refused_at: saved.refused_at,
    }
}

/// A body with a password in it: the parser's words could quote that.
fn read<T: DeserializeOwned>(body: &Bytes) -> ApiResult<T> {
    serde_json::from_slice(body)
        .map_err(|_| ApiError::invalid("password", "Send a JSON object with the passwords as texts."))
}
