//! Signing in: the pages and redirects around the relying party.

use axum::Form;
use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use howdah_oidc::{AuthorizationResponse, PendingSignIn, RelyingParty, ResponseMode, SignIn, SignInError};
use howdah_store::{Account, NewSession, NewSignIn, Role, SignInAccountError, UnknownPerson};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use url::form_urlencoded;

use super::access::comes_from;
use super::login_page::{Refusal, forward_page, login_page, no_store, refuse, set_cookie, trouble};
use super::{Path, Query, credentials, desktop};
use crate::app::App;
use crate::audit::{Action, Actor, Event};
use crate::config::{ClaimsRule, Source};
use crate::error::{ApiError, ApiResult};
use crate::internal;
use crate::session::{self, Client, SessionContents};
use crate::throttle::network;
use crate::urls::safe_next;

/// How a sign-in with a password is called in the audit trail.
const PASSWORD: &str = "password";
/// More fields than this has no authorization response.
const MOST_FIELDS: usize = 20;

/// `?next=` and `?stay`
#[derive(Deserialize)]
pub struct LoginQuery {
    next: Option<String>,
    stay: Option<String>,
}

/// `?next=`, and what the provider has demanded of a new sign-in.
#[derive(Deserialize)]
pub struct Start {
    next: Option<String>,
    claims: Option<String>,
}

/// Bytes of a demand of a provider.
const LONGEST_CLAIMS: usize = 2048;

/// OpenID Connect Core 4: another site asks us to sign somebody in.
#[derive(Deserialize)]
pub struct ThirdPartyLogin {
    iss: Option<String>,
    login_hint: Option<String>,
    target_link_uri: Option<String>,
}

/// A sign-in that is under way in a browser, sealed in the store until its answer comes.
#[derive(Serialize, Deserialize)]
struct Started {
    pending: PendingSignIn,
    next: String,
}

/// The login page; or the only provider at once, where the operator wants that.
pub async fn login(State(app): State<App>, Query(query): Query<LoginQuery>, client: Client) -> Response {
    if app.desktop().is_some() {
        return desktop::nobody(&app);
    }
    let auth = &app.config().auth;
    match app.providers() {
        [provider] if auth.auto_redirect && auth.sources == [Source::OAuth2] && query.stay.is_none() => {
            begin(&app, provider, &safe_next(query.next.as_deref()), Wish::default(), &client).await
        }
        _ => login_page(&app, query.next.as_deref()),
    }
}

/// The form of the login page.
#[derive(Deserialize)]
pub struct PasswordForm {
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: SecretString,
    next: Option<String>,
}

/// Signs in with a password that is kept here.
pub async fn login_with_password(
    State(app): State<App>,
    client: Client,
    Form(form): Form<PasswordForm>,
) -> Result<Response, ApiError> {
    if !app.config().auth.has_internal() {
        return Err(ApiError::not_found("way to sign in"));
    }
    let next = safe_next(form.next.as_deref());
    let username = form.username.clone();
    let done = with_password(&app, &client, form, &next).await;
    Ok(done.unwrap_or_else(|error| trouble(&app, &error, &username, Some(&next))))
}

async fn with_password(app: &App, client: &Client, form: PasswordForm, next: &str) -> ApiResult<Response> {
    session::refuse_when_draining(app)?;
    match internal::sign_in(app, &form.username, form.password, client.address).await {
        Ok(account) => {
            let actor = Actor::of_client(client).with_account(&account);
            let contents = SessionContents::of_internal(&account);
            let session = session::begin(app, client, &account, &contents).await?;
            let event =
                Event::new(actor.in_session(&session.id), Action::SignIn { through: Some(PASSWORD.to_owned()) });
            write_or_end(app, &account, &session, event).await?;
            tracing::info!(user.name = account.username, session.id = %session.id, "{} signed in with a password", account.username);
            Ok(enter(app, &session, next))
        }
        Err(internal::Refusal::Failed(error)) => Err(error),
        Err(refusal) => {
            tracing::warn!(client.address = %client.address, "a sign-in with a password was refused: {refusal:?}");
            let refusal = Refusal::from_internal(&refusal, &form.username);
            let actor = Actor::of_client(client).claiming(&form.username);
            let action = Action::SignIn { through: Some(PASSWORD.to_owned()) };
            app.audit().note(Event::new(actor, action).failed(refusal.code()));
            Ok(refuse(app, &refusal, Some(next)))
        }
    }
}

/// Writes down a sign-in before the browser hears of it. A session that cannot be written down ends.
pub(super) async fn write_or_end(app: &App, account: &Account, session: &NewSession, event: Event) -> ApiResult<()> {
    let written = app.audit().write_first(event).await;
    if written.is_err() {
        // If the store fails here too, nobody has the session's cookie.
        drop(app.store().end_session_by_id(&account.id, &session.id).await);
        session::forget(app, &session.id);
    }
    written
}

/// Sends the browser on with a fresh session.
fn enter(app: &App, session: &NewSession, next: &str) -> Response {
    let mut response = Redirect::to(next).into_response();
    no_store(&mut response);
    set_cookie(&mut response, session::session_cookie(app, session));
    response
}

/// Sends the browser to the provider called `name`.
pub async fn start(
    State(app): State<App>,
    Path(name): Path<String>,
    Query(query): Query<Start>,
    client: Client,
) -> Response {
    match app.provider(&name) {
        Some(provider) => {
            // Only for people who are here and come from one of our pages: a link from elsewhere, which they follow or are
            // made to follow, must not demand anything of the provider.
            let is_here = query.claims.is_some()
                && comes_from(&app.urls().origin(), &client.headers)
                && matches!(session::authenticate(&app, &client, session::Use::Counts).await, Ok(Some(_)));
            let claims = query.claims.filter(|claims| is_here && claims.len() <= LONGEST_CLAIMS);
            let wish = Wish { login_hint: None, claims: claims.as_deref() };
            begin(&app, provider, &safe_next(query.next.as_deref()), wish, &client).await
        }
        None => ApiError::not_found("provider").into_response(),
    }
}

/// Third-party initiated login, by GET.
pub async fn start_for_third_party(
    State(app): State<App>,
    Query(login): Query<ThirdPartyLogin>,
    client: Client,
) -> Response {
    begin_for_third_party(&app, &login, &client).await
}

/// Third-party initiated login, by POST.
pub async fn start_for_third_party_post(
    State(app): State<App>,
    client: Client,
    Form(login): Form<ThirdPartyLogin>,
) -> Response {
    begin_for_third_party(&app, &login, &client).await
}

async fn begin_for_third_party(app: &App, login: &ThirdPartyLogin, client: &Client) -> Response {
    let named = |issuer: &str| app.providers().iter().find(|provider| provider.is_issuer(issuer));
    let Some(provider) = login.iss.as_deref().and_then(named) else {
        return ApiError::not_found("provider with this issuer").into_response();
    };
    // Core 4: it must be on this origin, or it would make an open redirector of us.
    let next = app.urls().path_of(login.target_link_uri.as_deref().unwrap_or_default());
    let wish = Wish { login_hint: login.login_hint.as_deref(), claims: None };
    begin(app, provider, &next, wish, client).await
}

/// What is passed on to the provider.
#[derive(Default)]
struct Wish<'a> {
    login_hint: Option<&'a str>,
    claims: Option<&'a str>,
}

async fn begin(app: &App, provider: &RelyingParty, next: &str, wish: Wish<'_>, client: &Client) -> Response {
    if let Err(error) = session::refuse_when_draining(app) {
        return trouble(app, &error, "", Some(next));
    }
    let network = network(client.address);
    if app.sign_ins().started.is_exhausted(&network) || app.sign_ins().failed.is_exhausted(&network) {
        return refuse(app, &Refusal::too_many_attempts(), Some(next));
    }
    app.sign_ins().started.note(network);
    let request = match provider.begin_again(wish.login_hint, wish.claims).await {
        Ok(request) => request,
        Err(error) => {
            app.sign_ins().counts.note_failure(provider.config().name(), &error);
            return refuse(app, &Refusal::from_provider(&error), Some(next));
        }
    };
    let crosses_sites = provider.config().response_mode() == ResponseMode::FormPost;
    let cookie = match keep(app, client, request.pending, next, crosses_sites).await {
        Ok(cookie) => cookie,
        Err(error) => return trouble(app, &error, "", Some(next)),
    };
    let mut response = (StatusCode::FOUND, [(header::LOCATION, request.url.as_str())]).into_response();
    no_store(&mut response);
    set_cookie(&mut response, cookie);
    response
}

/// Keeps a sign-in for its answer, and gives the cookie that binds it to this browser.
async fn keep(
    app: &App,
    client: &Client,
    pending: PendingSignIn,
    next: &str,
    crosses_sites: bool,
) -> ApiResult<Option<axum::http::HeaderValue>> {
    let (flow, cookie) = session::flow_token(app, &client.headers, crosses_sites)?;
    let state = pending.state().to_owned();
    let sealed = serde_json::to_vec(&Started { pending, next: next.to_owned() })
        .map(Zeroizing::new)
        .map_err(|error| ApiError::internal(&error))?;
    app.store().put_pending_sign_in(&flow, &state, &sealed).await?;
    Ok(cookie)
}

/// The redirect URI, for an answer in the query.
pub async fn authorize(State(app): State<App>, RawQuery(query): RawQuery, client: Client) -> Response {
    let query = query.unwrap_or_default();
    // Flows that obtain a database credential come back to the same address.
    if let Some(response) = credentials::take_redirect(&app, &client, &query).await {
        return response;
    }
    finish(&app, &client, &query).await
}

/// The redirect URI, for an answer in a form (OAuth 2.0 Form Post Response Mode).
///
/// It comes from the provider's site, and under http no cookie can come along: then the browser is made to send it once
/// more, from here.
pub async fn authorize_post(State(app): State<App>, client: Client, body: String) -> Response {
    let is_from_here = comes_from(&app.urls().origin(), &client.headers);
    if !is_from_here && session::existing_flow_token(&app, &client.headers).is_none() {
        let fields = form_urlencoded::parse(body.as_bytes()).into_owned().take(MOST_FIELDS).collect();
        return forward_page(&app, "/oauth2/authorize", fields);
    }
    finish(&app, &client, &body).await
}

async fn finish(app: &App, client: &Client, answer: &str) -> Response {
    let network = network(client.address);
    if app.sign_ins().failed.is_exhausted(&network) {
        return refuse(app, &Refusal::too_many_attempts(), None);
    }
    match complete(app, client, answer).await {
        Ok(response) => response,
        Err(Failed::Ours(error)) => trouble(app, &error, "", None),
        Err(Failed::Refused(refused)) => {
            let Refused { refusal, next, through, actor } = *refused;
            app.sign_ins().failed.note(network);
            app.audit().note(Event::new(actor, Action::SignIn { through }).failed(refusal.code()));
            refuse(app, &refusal, next.as_deref())
        }
    }
}

/// Why a sign-in was not completed.
enum Failed {
    /// Howdah's own fault.
    Ours(ApiError),
    /// Not let in.
    Refused(Box<Refused>),
}

/// Why somebody is not let in.
struct Refused {
    /// In words.
    refusal: Refusal,
    /// Where they wanted to go.
    next: Option<String>,
    /// The provider.
    through: Option<String>,
    /// Who they are, as far as it is known.
    actor: Actor,
}

impl From<ApiError> for Failed {
    fn from(error: ApiError) -> Self {
        Self::Ours(error)
    }
}

async fn complete(app: &App, client: &Client, answer: &str) -> Result<Response, Failed> {
    let refused = |refusal, next: Option<&str>, through: Option<&str>, actor| {
        let (next, through) = (next.map(str::to_owned), through.map(str::to_owned));
        Failed::Refused(Box::new(Refused { refusal, next, through, actor }))
    };
    let nobody = || Actor::of_client(client);
    let response = AuthorizationResponse::parse(answer);
    let Some(Started { pending, next }) = take_started(app, client, &response).await? else {
        return Err(refused(Refusal::state_mismatch(), None, None, nobody()));
    };
    let through = pending.provider().to_owned();
    let from_provider = |error: &SignInError| {
        let actor = match error {
            SignInError::ClaimsNotAuthorized { username, .. } => nobody().claiming(username),
            _ => nobody(),
        };
        refused(Refusal::from_provider(error), Some(&next), Some(&through), actor)
    };
    // A provider that was taken out of the config meanwhile.
    let provider = app.provider(pending.provider()).ok_or_else(|| from_provider(&SignInError::StateMismatch))?;
    let counts = &app.sign_ins().counts;
    let sign_in = provider.finish(pending, response).await.map_err(|error| {
        counts.note_failure(provider.config().name(), &error);
        from_provider(&error)
    })?;
    let account = match accept(app, provider, &sign_in).await {
        Ok(account) => account,
        Err(SignInAccountError::Store(error)) => return Err(ApiError::from(error).into()),
        Err(error) => {
            let refusal = Refusal::from_account(&error, &sign_in.username);
            let actor = nobody().claiming(&sign_in.username).with_identity(&sign_in.issuer, &sign_in.subject);
            return Err(refused(refusal, Some(&next), Some(&through), actor));
        }
    };
    let name = provider.config().name();
    counts.note_success(name);
    let contents = SessionContents::from_provider(name, &sign_in);
    let session = session::begin(app, client, &account, &contents).await?;
    let actor = Actor::of_client(client).with_account(&account).with_identity(&sign_in.issuer, &sign_in.subject);
    let action = Action::SignIn { through: Some(name.to_owned()) };
    write_or_end(app, &account, &session, Event::new(actor.in_session(&session.id), action)).await?;
    tracing::info!(user.name = account.username, session.id = %session.id, provider = name, "{} signed in through {name}", account.username);
    Ok(enter(app, &session, &next))
}

/// The sign-in that `response` answers: started in this browser, not expired, not answered before.
async fn take_started(app: &App, client: &Client, response: &AuthorizationResponse) -> ApiResult<Option<Started>> {
    let (Some(flow), Some(state)) = (session::existing_flow_token(app, &client.headers), response.state()) else {
        return Ok(None);
    };
    let Some(sealed) = app.store().take_pending_sign_in(&flow, state).await? else { return Ok(None) };
    Ok(serde_json::from_slice(sealed.expose_secret()).ok())
}

/// The account of a person whom a provider vouches for. Somebody who is turned away is remembered, so that an
/// administrator can link them.
async fn accept(app: &App, provider: &RelyingParty, sign_in: &SignIn) -> Result<Account, SignInAccountError> {
    let auth = &app.config().auth;
    let person = NewSignIn {
        issuer: sign_in.issuer.clone(),
        subject: sign_in.subject.clone(),
        provider: provider.config().name().to_owned(),
        username: sign_in.username.clone(),
        email: sign_in.email.clone(),
        display_name: sign_in.display_name.clone(),
        role_by_claims: role_by_claims(app, &sign_in.claims),
    };
    let unknown = if auth.auto_create_user { UnknownPerson::Create } else { UnknownPerson::Refuse };
    let accepted = app.store().sign_in_account(&person, unknown).await;
    if matches!(accepted, Err(SignInAccountError::NoAccount | SignInAccountError::UsernameTaken)) {
        app.store().note_refused_sign_in(&person).await?;
    }
    accepted
}

/// The role that `auth.administrators` and `auth.viewers` give for these claims.
#[must_use]
pub fn role_by_claims(app: &App, claims: &serde_json::Map<String, serde_json::Value>) -> Role {
    let matches = |rule: &Option<ClaimsRule>| rule.as_ref().is_some_and(|rule| rule.matches(claims));
    let auth = &app.config().auth;
    if matches(&auth.administrators) {
        Role::Administrator
    } else if matches(&auth.viewers) {
        Role::Viewer
    } else {
        Role::User
    }
}
