//! Who is signed in, their sessions and their password.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use howdah_store::SessionId;

use super::access::Caller;
use super::client_address::ClientAddress;
use super::login_page::set_cookie;
use super::{Json, Path};
use crate::app::App;
use crate::audit::{Action, Actor, Event};
use crate::error::{ApiError, ApiResult, Code, sentence};
use crate::internal::{self, Refusal};
use crate::session;
use crate::wire::{EndedSessions, Me, PasswordChange, Problem, SessionList};

/// Who is signed in, and until when. Does not count as use of the session.
#[utoipa::path(get, operation_id = "me", path = "/api/v1/me", tag = "session", responses((status = 200, body = Me), (status = 401, body = Problem)))]
pub async fn show(State(app): State<App>, caller: Caller) -> Json<Me> {
    Json(session::describe(&app, &caller))
}

/// One's own sessions.
#[utoipa::path(get, operation_id = "list_own_sessions", path = "/api/v1/me/sessions", tag = "session", responses((status = 200, body = SessionList), (status = 401, body = Problem)))]
pub async fn sessions(State(app): State<App>, caller: Caller) -> ApiResult<Json<SessionList>> {
    let sessions = app.store().sessions_of(&caller.account.id).await?;
    let sessions =
        sessions.into_iter().map(|listed| session::summary(app.config(), Some(&caller.session_id), listed)).collect();
    Ok(Json(SessionList { sessions }))
}

/// Ends one of one's own sessions: its database connections close and running statements are cancelled.
#[utoipa::path(delete, operation_id = "end_own_session", path = "/api/v1/me/sessions/{id}", tag = "session", params(("id" = String, Path)), responses((status = 204), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn end_session(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> ApiResult<Response> {
    let id: SessionId = id.parse().map_err(|_| ApiError::not_found("session"))?;
    if !app.store().end_session_by_id(&caller.account.id, &id).await? {
        return Err(ApiError::not_found("session"));
    }
    note_ended(&app, &caller, &id);
    session::forget(&app, &id);
    let mut response = StatusCode::NO_CONTENT.into_response();
    if id == caller.session_id {
        set_cookie(&mut response, session::session_cookie_removal(&app));
    }
    tracing::info!(user.name = caller.account.username, session.id = %id, "{} ended session {id}", caller.account.username);
    Ok(response)
}

/// Ends all of one's own sessions but this one.
#[utoipa::path(delete, operation_id = "end_other_sessions", path = "/api/v1/me/sessions", tag = "session", responses((status = 200, body = EndedSessions), (status = 401, body = Problem)))]
pub async fn end_other_sessions(State(app): State<App>, caller: Caller) -> ApiResult<Json<EndedSessions>> {
    let ended = end_others(&app, &caller).await?;
    Ok(Json(EndedSessions { ended }))
}

fn note_ended(app: &App, caller: &Caller, id: &SessionId) {
    let actor = Actor::from(&**caller).in_session(id);
    app.audit().note(Event::new(actor, Action::SessionEnded { reason: "ended_by_person" }));
}

async fn end_others(app: &App, caller: &Caller) -> ApiResult<usize> {
    let ended = app.store().end_other_sessions(&caller.account.id, &caller.session_id).await?;
    for id in &ended {
        note_ended(app, caller, id);
    }
    session::forget_all(app, &ended);
    tracing::info!(
        user.name = caller.account.username,
        "{} ended {} other sessions",
        caller.account.username,
        ended.len()
    );
    Ok(ended.len())
}

/// Changes one's own password, if it is kept here, and ends all other sessions.
#[utoipa::path(post, operation_id = "change_password", path = "/api/v1/me/password", tag = "session", request_body = PasswordChange, responses((status = 204), (status = 401, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn change_password(
    State(app): State<App>,
    caller: Caller,
    ClientAddress(address): ClientAddress,
    Json(change): Json<PasswordChange>,
) -> ApiResult<StatusCode> {
    if caller.contents.provider.is_some() || !app.config().auth.has_internal() {
        return Err(ApiError::new(Code::NoPassword, "Your password is not kept here. Change it where you signed in."));
    }
    let PasswordChange { current_password, new_password } = change;
    match internal::change_password(&app, &caller.account, current_password, &new_password, address).await {
        Ok(Ok(())) => {
            let name = &caller.account.username;
            app.audit().note(Event::administration(&*caller, "password_changed", name, None));
            end_others(&app, &caller).await?;
            Ok(StatusCode::NO_CONTENT)
        }
        Ok(Err(error)) => Err(ApiError::invalid("new_password", sentence(&error.to_string()))),
        Err(Refusal::TooManyAttempts) => Err(ApiError::new(
            Code::TooManyAttempts,
            "There were too many wrong passwords. Wait a minute or two, then try again.",
        )),
        Err(Refusal::Failed(error)) => Err(error),
        Err(_) => {
            Err(ApiError::new(Code::WrongPassword, "This is not your current password.").at_field("current_password"))
        }
    }
}
