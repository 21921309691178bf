//! What only `howdah desktop` serves, and what it refuses.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Query, Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::login_page::{Message, message_page, no_store, set_cookie};
use super::sign_in;
use crate::app::App;
use crate::audit::{Action, Actor, Event};
use crate::desktop;
use crate::error::{ApiError, ApiResult, Code};
use crate::session::{self, Client, SessionContents};

/// `?token=`
#[derive(Deserialize)]
pub struct Link {
    #[serde(default)]
    token: SecretString,
}

/// A link that lets the person in, once.
pub async fn sign_in(State(app): State<App>, client: Client, Query(link): Query<Link>) -> ApiResult<Response> {
    let own = app.desktop().ok_or_else(|| ApiError::not_found("way to sign in"))?;
    let through = || Action::SignIn { through: Some("desktop".to_owned()) };
    if !own.links.take(link.token.expose_secret()) {
        app.audit().note(Event::new(Actor::of_client(&client), through()).failed("link_used"));
        return Ok(used(&app));
    }
    let account = desktop::owner(&app).await.map_err(|error| {
        tracing::error!("the account cannot be found: {error:#}");
        ApiError::new(Code::StoreUnavailable, "Howdah cannot reach its own store. Run `howdah desktop` again.")
    })?;
    let session = session::begin(&app, &client, &account, &SessionContents::of_internal(&account)).await?;
    let actor = Actor::of_client(&client).with_account(&account).in_session(&session.id);
    sign_in::write_or_end(&app, &account, &session, Event::new(actor, through())).await?;
    let mut response = Redirect::to("/").into_response();
    no_store(&mut response);
    set_cookie(&mut response, session::session_cookie(&app, &session));
    Ok(response)
}

/// What somebody without a session sees: there is no login page.
pub fn nobody(app: &App) -> Response {
    let text =
        "Run `howdah desktop` in a terminal: it opens a new link. One that was opened before does not work again.";
    message_page(app, &Message { title: "Howdah is yours alone", text: text.into(), form: None, link: None })
}

fn used(app: &App) -> Response {
    let text = "It works once, and for five minutes. Run `howdah desktop` in a terminal for another one.";
    let message = Message { title: "This link does not work any more", text: text.into(), form: None, link: None };
    let mut response = message_page(app, &message);
    *response.status_mut() = axum::http::StatusCode::FORBIDDEN;
    no_store(&mut response);
    response
}

/// Refuses what is asked under another name, as a page of another site may have had its name lead here, and by another user
/// of the machine, where the system tells.
pub async fn check(State(app): State<App>, request: Request, next: Next) -> Response {
    let Some(desktop) = app.desktop() else { return next.run(request).await };
    let own = app.urls().origin();
    let own = own.split_once("://").map_or("", |(_, host)| host);
    let is_own = |host: &header::HeaderValue| host.as_bytes().eq_ignore_ascii_case(own.as_bytes());
    if !request.headers().get(header::HOST).is_some_and(is_own) {
        let words = format!("This is not the address of Howdah. Open {}.", app.urls().origin());
        return ApiError::new(Code::CrossSite, words).into_response();
    }
    let client = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(client)| *client);
    if client.is_some_and(|client| desktop.is_another_users(client)) {
        return ApiError::new(Code::Forbidden, "This Howdah is another user's. Run your own.").into_response();
    }
    next.run(request).await
}
