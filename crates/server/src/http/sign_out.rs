//! Signing out: here, at the provider, and at the provider's word.

use std::time::Duration;

use axum::Form;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use howdah_oidc::LogoutTokenError;
use howdah_store::{SessionId, UsedLogoutToken};
use serde::Deserialize;
use time::OffsetDateTime;

use super::Query;
use super::headers;
use super::login_page::{Message, failure_page, message_page, no_store, set_cookie};
use crate::app::App;
use crate::audit::{Action, Event};
use crate::error::chain;
use crate::error::{ApiError, Code};
use crate::session::{self, Client};

/// A used logout token is remembered for so long after its end: more than any provider's `clock_skew`.
const MOST_CLOCK_SKEW: Duration = Duration::from_secs(600);

/// Signs out, if the request is our own page's. Else asks first: a link on another site must not do it.
pub async fn logout_or_ask(State(app): State<App>, client: Client) -> Response {
    let is_from_here = client.headers.get("sec-fetch-site").is_some_and(|site| site == "same-origin");
    if is_from_here {
        return logout(State(app), client).await;
    }
    message_page(
        &app,
        &Message {
            title: "Sign out of Howdah",
            text: "Your database sessions will be closed and their running statements cancelled. Your tabs are kept."
                .into(),
            form: Some(("/logout", "Sign out")),
            link: Some(("/", "Stay signed in")),
        },
    )
}

/// Signs out.
pub async fn logout(State(app): State<App>, client: Client) -> Response {
    sign_out(&app, &client).await.unwrap_or_else(|error| {
        let message = Message {
            title: "You are not signed out",
            text: format!("{} Your session goes on until you sign out.", error.detail()).into(),
            form: Some(("/logout", "Sign out")),
            link: Some(("/", "Stay signed in")),
        };
        failure_page(&app, &message, &error)
    })
}

/// Ends the session, then goes on to the provider if it wants to hear of it (OpenID Connect RP-Initiated Logout 1.0).
async fn sign_out(app: &App, client: &Client) -> Result<Response, ApiError> {
    let signed_in = session::authenticate(app, client, session::Use::Counts).await?;
    session::end(app, &client.headers).await?;
    let mut location = landing(app).to_owned();
    let mut state_cookie = None;
    if let Some(signed_in) = signed_in {
        app.audit().note(Event::new(&signed_in, Action::SignOut {}));
        tracing::info!(user.name = signed_in.account.username, session.id = %signed_in.session_id, "{} signed out", signed_in.account.username);
        let from = signed_in.contents.provider.as_ref();
        if let Some((from, provider)) = from.and_then(|from| Some((from, app.provider(&from.name)?))) {
            let state = random_state()?;
            let callback = app.urls().post_logout_redirect_uri();
            if let Some(url) = provider.logout_url(from.id_token(), &callback, &state).await {
                location = url.into();
                state_cookie = session::logout_cookie(app, &state);
            }
        }
    }
    let mut response = Redirect::to(&location).into_response();
    no_store(&mut response);
    set_cookie(&mut response, session::session_cookie_removal(app));
    set_cookie(&mut response, state_cookie);
    Ok(response)
}

/// Where a person who has signed out lands: on the login page, and on no account at the provider again.
fn landing(app: &App) -> &'static str {
    if app.config().auth.auto_redirect { "/login?stay" } else { "/login" }
}

/// `?state=` of the answer to RP-initiated logout.
#[derive(Deserialize)]
pub struct LoggedOut {
    state: Option<String>,
}

/// Where a provider sends the browser when its own session has ended too.
pub async fn logged_out(State(app): State<App>, Query(answer): Query<LoggedOut>, headers: HeaderMap) -> Response {
    let expected = session::logout_state(&app, &headers);
    let mut response = if answer.state.is_some() && answer.state == expected {
        Redirect::to(landing(&app)).into_response()
    } else {
        message_page(
            &app,
            &Message {
                title: "You are signed out",
                text: "Nothing of your session is left here.".into(),
                form: None,
                link: Some(("/login?stay", "Sign in again")),
            },
        )
    };
    no_store(&mut response);
    set_cookie(&mut response, session::logout_cookie_removal(&app));
    response
}

/// `logout_token=`
#[derive(Deserialize)]
pub struct BackChannelLogout {
    logout_token: Option<String>,
}

/// OpenID Connect Back-Channel Logout 1.0: the provider says that somebody has signed out there.
pub async fn back_channel_logout(
    State(app): State<App>,
    form: Result<Form<BackChannelLogout>, axum::extract::rejection::FormRejection>,
) -> Response {
    let token = form.ok().and_then(|Form(form)| form.logout_token).filter(|token| !token.is_empty());
    let outcome = match token {
        Some(token) => end_by_logout_token(&app, &token).await,
        None => Err(logout_refused("the request holds no logout_token")),
    };
    // Section 2.8: 200 or 400, and in no cache.
    let mut response = match outcome {
        Ok(()) => StatusCode::OK.into_response(),
        Err(refusal) => refusal,
    };
    no_store(&mut response);
    response
}

async fn end_by_logout_token(app: &App, token: &str) -> Result<(), Response> {
    let mut refusals = Vec::new();
    for provider in app.providers() {
        let token = match provider.check_logout_token(token).await {
            Ok(token) => token,
            Err(error) => {
                refusals.push((provider.config().name(), error));
                continue;
            }
        };
        let used = UsedLogoutToken {
            issuer: &token.issuer,
            token_id: &token.token_id,
            subject: token.subject.as_deref(),
            session_id: token.session_id.as_deref(),
            expires_at: OffsetDateTime::from(token.expires_at) + MOST_CLOCK_SKEW,
        };
        let ended = app.store().end_sessions_by_logout_token(&used).await;
        let Some(ended) = ended.map_err(|error| ApiError::from(error).into_response())? else {
            return Err(logout_refused("this logout token was used before"));
        };
        tracing::info!(
            provider = provider.config().name(),
            sessions = ended.len(),
            "{} ended {} sessions by back-channel logout",
            provider.config().name(),
            ended.len()
        );
        note_ended(app, &ended, "back_channel_logout");
        session::forget_all(app, &ended);
        return Ok(());
    }
    for (name, error) in &refusals {
        tracing::warn!(provider = name, "a logout token was refused: {}", chain(error));
    }
    let unavailable = refusals.iter().find(|(_, error)| matches!(error, LogoutTokenError::Unavailable(_)));
    Err(logout_refused(
        &unavailable
            .or(refusals.first())
            .map_or_else(|| "no provider is configured".to_owned(), |(_, error)| error.to_string()),
    ))
}

fn note_ended(app: &App, ended: &[SessionId], reason: &'static str) {
    for session_id in ended {
        app.audit().note(Event::new(app.audit().person_of(session_id), Action::SessionEnded { reason }));
    }
}

/// The answer of section 2.8: an OAuth error (RFC 6749 section 5.2).
fn logout_refused(description: &str) -> Response {
    let body = serde_json::json!({ "error": "invalid_request", "error_description": description });
    (StatusCode::BAD_REQUEST, axum::Json(body)).into_response()
}

/// `?iss=&sid=`
#[derive(Deserialize)]
pub struct FrontChannelLogout {
    iss: Option<String>,
    sid: Option<String>,
}

/// OpenID Connect Front-Channel Logout 1.0: a page of the provider loads this in a frame.
///
/// The session is found by `sid`: its cookie does not come along in another site's frame.
pub async fn front_channel_logout(State(app): State<App>, Query(query): Query<FrontChannelLogout>) -> Response {
    let (Some(issuer), Some(session_id)) =
        (query.iss.filter(|iss| !iss.is_empty()), query.sid.filter(|sid| !sid.is_empty()))
    else {
        return ApiError::new(
            Code::InvalidRequest,
            "The provider named no `iss` or no `sid`. Set frontchannel_logout_session_required for this client there.",
        )
        .into_response();
    };
    let Some(provider) = app.providers().iter().find(|provider| provider.is_issuer(&issuer)) else {
        return ApiError::not_found("provider with this issuer").into_response();
    };
    let ended = match app.store().end_provider_sessions(&issuer, None, Some(&session_id)).await {
        Ok(ended) => ended,
        Err(error) => return ApiError::from(error).into_response(),
    };
    tracing::info!(
        provider = provider.config().name(),
        sessions = ended.len(),
        "{} ended {} sessions by front-channel logout",
        provider.config().name(),
        ended.len()
    );
    note_ended(&app, &ended, "front_channel_logout");
    session::forget_all(&app, &ended);
    let mut response = message_page(
        &app,
        &Message {
            title: "You are signed out",
            text: "Nothing of your session is left here.".into(),
            form: None,
            link: None,
        },
    );
    if let Ok(issuer) = url::Url::parse(&issuer) {
        headers::allow_framing(&mut response, &app.urls().origin(), &issuer.origin().ascii_serialization());
    }
    response
}

fn random_state() -> Result<String, ApiError> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes)
        .map_err(|_| ApiError::new(Code::Internal, "The system has no random numbers to give. Try again."))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
