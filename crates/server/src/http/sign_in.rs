//! Signing in and out: the pages and redirects around the relying party.

use askama::Template;
use axum::Form;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use howdah_oidc::{AuthorizationResponse, PendingSignIn, RelyingParty, SignIn, SignInError};
use howdah_store::{Account, NewSession, NewSignIn, Role, SignInAccountError, UnknownPerson};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::client_address::ClientAddress;
use super::{Path, Query};
use crate::app::App;
use crate::error::{ApiError, ApiResult, chain, sentence};
use crate::internal;
use crate::session::{self, SessionContents};
use crate::urls::{encode, safe_next};

const ERROR_HEADER: HeaderName = HeaderName::from_static("x-howdah-error");

/// `?next=`
#[derive(Deserialize)]
pub struct Next {
    next: Option<String>,
}

/// A sign-in that is under way in a browser, sealed in the store until its answer comes.
#[derive(Serialize, Deserialize)]
struct Started {
    pending: PendingSignIn,
    next: String,
}

/// The login page.
pub async fn login(State(app): State<App>, Query(query): Query<Next>) -> Response {
    login_page(&app, query.next.as_deref(), None)
}

/// The form of the login page.
#[derive(Deserialize)]
pub struct PasswordForm {
    username: String,
    password: SecretString,
    next: Option<String>,
}

/// Signs in with a password that is kept here.
pub async fn login_with_password(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    Form(form): Form<PasswordForm>,
) -> Result<Response, ApiError> {
    if !app.config().auth.internal {
        return Err(ApiError::not_found("way to sign in"));
    }
    session::refuse_when_draining(&app)?;
    let next = safe_next(form.next.as_deref());
    match internal::sign_in(&app, &form.username, form.password, address).await {
        Ok(account) => {
            let contents = SessionContents::of_internal(&account);
            let session = session::begin(&app, &headers, &account, &contents).await?;
            tracing::info!(user.name = account.username, session.id = %session.id, "{} signed in with a password", account.username);
            Ok(enter(&app, &session, &next))
        }
        Err(internal::Refusal::Failed(error)) => Err(error),
        Err(refusal) => {
            tracing::warn!(client.address = %address, "a sign-in with a password was refused: {refusal:?}");
            Ok(refuse(&app, &Refusal::from_internal(&refusal), Some(&next)))
        }
    }
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
    Query(query): Query<Next>,
    headers: HeaderMap,
) -> Result<Response, Response> {
    let provider = app.provider(&name).ok_or_else(|| ApiError::not_found("provider").into_response())?;
    session::refuse_when_draining(&app).map_err(IntoResponse::into_response)?;
    let next = safe_next(query.next.as_deref());
    let request =
        provider.begin(None).await.map_err(|error| refuse(&app, &Refusal::from_provider(&error), Some(&next)))?;
    let crosses_sites = provider.config().response_mode() == howdah_oidc::ResponseMode::FormPost;
    let started = async {
        let (flow, cookie) = session::flow_token(&app, &headers, crosses_sites)?;
        let state = request.pending.state().to_owned();
        let sealed = serde_json::to_vec(&Started { pending: request.pending, next })
            .map(Zeroizing::new)
            .map_err(|error| ApiError::internal(&error))?;
        app.store().put_pending_sign_in(&flow, &state, &sealed).await?;
        Ok::<_, ApiError>(cookie)
    };
    let cookie = started.await.map_err(IntoResponse::into_response)?;
    let mut response = (StatusCode::FOUND, [(header::LOCATION, request.url.as_str())]).into_response();
    no_store(&mut response);
    set_cookie(&mut response, cookie);
    Ok(response)
}

/// The redirect URI, for an answer in the query.
pub async fn authorize(State(app): State<App>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    finish(&app, &headers, query.as_deref().unwrap_or_default()).await
}

/// The redirect URI, for an answer in a form.
pub async fn authorize_post(State(app): State<App>, headers: HeaderMap, body: String) -> Response {
    finish(&app, &headers, &body).await
}

async fn finish(app: &App, headers: &HeaderMap, answer: &str) -> Response {
    let response = AuthorizationResponse::parse(answer);
    let started = match take_started(app, headers, &response).await {
        Ok(Some(started)) => started,
        Ok(None) => return refuse(app, &Refusal::from_provider(&SignInError::StateMismatch), None),
        Err(error) => return error.into_response(),
    };
    let next = started.next;
    let Some(provider) = app.provider(started.pending.provider()) else {
        return refuse(app, &Refusal::from_provider(&SignInError::StateMismatch), Some(&next));
    };
    let sign_in = match provider.finish(started.pending, response).await {
        Ok(sign_in) => sign_in,
        Err(error) => return refuse(app, &Refusal::from_provider(&error), Some(&next)),
    };
    let account = match accept(app, provider, &sign_in).await {
        Ok(account) => account,
        Err(SignInAccountError::Store(error)) => return ApiError::from(error).into_response(),
        Err(error) => return refuse(app, &Refusal::from_account(&error, &sign_in.username), Some(&next)),
    };
    let contents = SessionContents::from_provider(provider.config().name(), &sign_in);
    let session = match session::begin(app, headers, &account, &contents).await {
        Ok(session) => session,
        Err(error) => return error.into_response(),
    };
    tracing::info!(user.name = account.username, session.id = %session.id, provider = provider.config().name(), "{} signed in through {}", account.username, provider.config().name());
    enter(app, &session, &next)
}

/// The sign-in that `response` answers: started in this browser, not expired, not answered before.
async fn take_started(app: &App, headers: &HeaderMap, response: &AuthorizationResponse) -> ApiResult<Option<Started>> {
    let (Some(flow), Some(state)) = (session::existing_flow_token(app, headers), response.state()) else {
        return Ok(None);
    };
    let Some(sealed) = app.store().take_pending_sign_in(&flow, state).await? else { return Ok(None) };
    Ok(serde_json::from_slice(sealed.expose_secret()).ok())
}

async fn accept(app: &App, provider: &RelyingParty, sign_in: &SignIn) -> Result<Account, SignInAccountError> {
    let auth = &app.config().auth;
    let is_administrator = auth.administrators.as_ref().is_some_and(|rule| rule.matches(&sign_in.claims));
    let person = NewSignIn {
        issuer: sign_in.issuer.clone(),
        subject: sign_in.subject.clone(),
        provider: provider.config().name().to_owned(),
        username: sign_in.username.clone(),
        email: sign_in.email.clone(),
        display_name: sign_in.display_name.clone(),
        role_by_claims: if is_administrator { Role::Administrator } else { Role::User },
    };
    let unknown = if auth.auto_create_user { UnknownPerson::Create } else { UnknownPerson::Refuse };
    app.store().sign_in_account(&person, unknown).await
}

/// Asks before signing out: a link on another site must not do it.
pub async fn confirm_logout() -> Response {
    let form = Confirmation { action: "/logout", label: "Sign out" };
    page(
        StatusCode::OK,
        &MessagePage {
            host: String::new(),
            version: env!("CARGO_PKG_VERSION"),
            title: "Sign out of Howdah",
            text: "Your database sessions will be closed and their running statements cancelled. Your tabs are kept.",
            form: Some(form),
            link: Some(("/", "Stay signed in")),
        },
    )
}

/// Ends the session, then goes on to the provider if it wants to hear of it (OpenID Connect RP-Initiated Logout 1.0).
pub async fn logout(State(app): State<App>, headers: HeaderMap) -> Result<Response, ApiError> {
    let signed_in = session::authenticate(&app, &headers).await?;
    session::end(&app, &headers).await?;
    let mut location = "/login".to_owned();
    if let Some(signed_in) = signed_in {
        tracing::info!(user.name = signed_in.account.username, session.id = %signed_in.session_id, "{} signed out", signed_in.account.username);
        let from = signed_in.contents.provider.as_ref();
        if let Some((from, provider)) = from.and_then(|from| Some((from, app.provider(&from.name)?))) {
            let state = random_state()?;
            let callback = app.urls().post_logout_redirect_uri();
            if let Some(url) = provider.logout_url(from.id_token(), &callback, &state).await {
                location = url.into();
            }
        }
    }
    let mut response = Redirect::to(&location).into_response();
    no_store(&mut response);
    set_cookie(&mut response, session::session_cookie_removal(&app));
    Ok(response)
}

/// Where a provider sends the browser when its own session has ended too.
pub async fn logged_out() -> Redirect {
    Redirect::to("/login")
}

fn random_state() -> ApiResult<String> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|_| {
        ApiError::new(crate::error::Code::Internal, "The system has no random numbers to give. Try again.")
    })?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A sign-in that failed, in words.
struct Refusal {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    detail: String,
}

impl Refusal {
    fn from_provider(error: &SignInError) -> Self {
        let code = error.code();
        let (status, title) = match code {
            "claims_not_authorized" => (StatusCode::FORBIDDEN, "No access to Howdah"),
            "provider_unavailable" => (StatusCode::BAD_GATEWAY, "The provider does not answer"),
            "state_mismatch" => (StatusCode::BAD_REQUEST, "This sign-in is no longer valid"),
            _ => (StatusCode::BAD_REQUEST, "Sign-in failed"),
        };
        tracing::warn!(code, "a sign-in failed: {}", chain(error));
        Self { status, code, title, detail: sentence(&error.to_string()) }
    }

    fn from_account(error: &SignInAccountError, username: &str) -> Self {
        tracing::warn!(user.name = username, "a sign-in was refused: {error}");
        let (code, title, detail) = match error {
            SignInAccountError::NoAccount => (
                "no_account",
                "You have no account here",
                format!(
                    "The provider knows you as {username}, but accounts are not made by signing in. Ask an administrator of this Howdah for one."
                ),
            ),
            SignInAccountError::UsernameTaken => (
                "username_taken",
                "The username is taken",
                format!(
                    "Another person already has the username {username}. An administrator can link the two sign-ins or rename one."
                ),
            ),
            SignInAccountError::Disabled => (
                "account_disabled",
                "Your account is switched off",
                format!("The account {username} has been switched off. Ask an administrator of this Howdah."),
            ),
            SignInAccountError::Store(_) => (
                "internal",
                "Sign-in failed",
                "Howdah cannot reach its own store. Try again in a few seconds.".to_owned(),
            ),
        };
        Self { status: StatusCode::FORBIDDEN, code, title, detail }
    }
}

impl Refusal {
    fn from_internal(refusal: &internal::Refusal) -> Self {
        let (status, code, title, detail) = match refusal {
            internal::Refusal::TooManyAttempts => (
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_attempts",
                "Too many attempts",
                "There were too many wrong passwords. Wait a minute or two, then try again.",
            ),
            internal::Refusal::Disabled => (
                StatusCode::FORBIDDEN,
                "account_disabled",
                "Your account is switched off",
                "The account has been switched off. Ask an administrator of this Howdah.",
            ),
            internal::Refusal::BadCredentials | internal::Refusal::Failed(_) => (
                StatusCode::UNAUTHORIZED,
                "bad_credentials",
                "Sign-in failed",
                "The user name or the password is wrong. Try again, or ask an administrator of this Howdah for a new password.",
            ),
        };
        Self { status, code, title, detail: detail.to_owned() }
    }
}

fn refuse(app: &App, refusal: &Refusal, next: Option<&str>) -> Response {
    let mut response = login_page(app, next, Some(refusal));
    *response.status_mut() = refusal.status;
    response.headers_mut().insert(ERROR_HEADER, HeaderValue::from_static(refusal.code));
    response
}

/// The icon of a provider's button.
enum Icon {
    Squares,
    Key,
    Letter(char),
}

struct Button {
    url: String,
    display_name: String,
    color: String,
    icon: Icon,
}

struct Failure<'a> {
    code: &'static str,
    title: &'static str,
    detail: &'a str,
    facts: Vec<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage<'a> {
    host: String,
    version: &'static str,
    providers: Vec<Button>,
    internal: bool,
    next: String,
    failure: Option<Failure<'a>>,
}

struct Confirmation {
    action: &'static str,
    label: &'static str,
}

#[derive(Template)]
#[template(path = "message.html")]
struct MessagePage {
    host: String,
    version: &'static str,
    title: &'static str,
    text: &'static str,
    form: Option<Confirmation>,
    link: Option<(&'static str, &'static str)>,
}

fn login_page(app: &App, next: Option<&str>, refusal: Option<&Refusal>) -> Response {
    let next = safe_next(next);
    let query = if next == "/" { String::new() } else { format!("?next={}", encode(&next)) };
    let providers = app
        .providers()
        .iter()
        .map(|provider| {
            let config = provider.config();
            Button {
                url: format!("/oauth2/login/{}{query}", encode(config.name())),
                display_name: config.display_name().to_owned(),
                color: color(config.button_color()),
                icon: icon(config.icon(), config.display_name()),
            }
        })
        .collect();
    let failure = refusal.map(|refusal| Failure {
        code: refusal.code,
        title: refusal.title,
        detail: &refusal.detail,
        facts: Vec::new(),
    });
    let internal = app.config().auth.internal;
    page(
        StatusCode::OK,
        &LoginPage { host: app.urls().host(), version: env!("CARGO_PKG_VERSION"), providers, internal, next, failure },
    )
}

fn icon(name: Option<&str>, display_name: &str) -> Icon {
    match name.unwrap_or_default().trim_start_matches("fa-") {
        "microsoft" | "windows" => Icon::Squares,
        "key" | "lock" | "openid" => Icon::Key,
        _ => display_name
            .chars()
            .find(|character| character.is_alphanumeric())
            .map_or(Icon::Key, |letter| Icon::Letter(letter.to_ascii_uppercase())),
    }
}

/// The configured colour if it is one; anything else would be text in our markup.
fn color(configured: Option<&str>) -> String {
    configured
        .filter(|color| {
            color.strip_prefix('#').is_some_and(|digits| {
                matches!(digits.len(), 3 | 6) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
            })
        })
        .unwrap_or("#49515f")
        .to_owned()
}

fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => {
            let mut response = (status, Html(html)).into_response();
            no_store(&mut response);
            response
        }
        Err(error) => ApiError::internal(&error).into_response(),
    }
}

fn no_store(response: &mut Response) {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
}

fn set_cookie(response: &mut Response, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}
