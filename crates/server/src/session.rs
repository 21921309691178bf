//! A person's session: what is sealed in it, and how it ends.
//!
//! The cookie is the only key to the session's contents: the store keeps them encrypted, so that whoever has the database
//! alone has nothing.

mod cookies;

use std::convert::Infallible;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use howdah_credentials::Person;
use howdah_oidc::{SignIn, Tokens};
use howdah_store::{
    Account, ExpiredSession, NewSession, OpenSession, ProviderIdentity, Role, SealingKey, SessionId, SessionLimits,
    SessionOrigin, SessionSummary,
};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};
use time::OffsetDateTime;

use self::cookies::session_token;
pub use self::cookies::{
    download_cookie, existing_flow_token, flow_token, logout_cookie, logout_cookie_removal, logout_state,
    session_cookie, session_cookie_removal,
};
use crate::app::App;
use crate::audit::{Action, Actor, Event};
use crate::config::Config;
use crate::error::{ApiError, ApiResult, Code, chain};
use crate::http::REQUEST_ID;
use crate::http::client_address::{self, ClientAddress};
use crate::servers;
use crate::wire;

/// How often it is looked for sessions that have ended, so that their connections close soon.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Expired sessions are removed from the store at each such look.
const LOOKS_A_PURGE: u32 = 12;

/// A person who is signed in, as a request sees them.
pub struct SignedIn {
    /// Where the request came from.
    pub client_address: IpAddr,
    /// The request's id in the log.
    pub request_id: String,
    /// The session's name for logs; it opens nothing.
    pub session_id: SessionId,
    /// Who.
    pub account: Account,
    /// Sign-in.
    pub created_at: OffsetDateTime,
    /// The earlier of the idle and the absolute limit.
    pub expires_at: OffsetDateTime,
    /// What the provider said.
    pub contents: SessionContents,
    /// Seals what the session keeps open of the person's secrets.
    pub unlocking_key: SealingKey,
}

impl SignedIn {
    /// For whom database credentials are fetched: this person in this session.
    #[must_use]
    pub fn person(&self) -> Person {
        Person::new(self.session_id.as_str(), self.account.username.as_str())
    }
}

/// What is sealed in a session.
#[derive(Serialize, Deserialize)]
pub struct SessionContents {
    /// What is known of the person, as claims.
    pub claims: Map<String, Value>,
    /// The provider's part; absent for an internal account.
    pub provider: Option<ProviderSession>,
}

/// What a provider gave at sign-in.
#[derive(Serialize, Deserialize)]
pub struct ProviderSession {
    /// The provider's name in the config.
    pub name: String,
    /// The issuer of the ID token, or the provider's name.
    pub issuer: String,
    /// Whom it vouches for.
    pub subject: String,
    #[serde(serialize_with = "seal_token")]
    access_token: SecretString,
    #[serde(serialize_with = "seal_optional_token")]
    refresh_token: Option<SecretString>,
    #[serde(serialize_with = "seal_optional_token")]
    id_token: Option<SecretString>,
    access_token_expires_at: Option<SystemTime>,
    #[serde(default = "SystemTime::now")]
    tokens_obtained_at: SystemTime,
    /// Since when the provider refuses to renew this sign-in.
    #[serde(default, with = "time::serde::rfc3339::option")]
    renewal_refused_since: Option<OffsetDateTime>,
}

impl SessionContents {
    /// From a provider's sign-in that was accepted.
    #[must_use]
    pub fn from_provider(name: &str, sign_in: &SignIn) -> Self {
        let Tokens { access, refresh, id, expires_at } = sign_in.tokens.clone();
        let provider = ProviderSession {
            name: name.to_owned(),
            issuer: sign_in.issuer.clone(),
            subject: sign_in.subject.clone(),
            access_token: access,
            refresh_token: refresh,
            id_token: id,
            access_token_expires_at: expires_at,
            tokens_obtained_at: SystemTime::now(),
            renewal_refused_since: None,
        };
        Self { claims: sign_in.claims.clone(), provider: Some(provider) }
    }

    /// Of an internal account, whose own facts stand in for claims.
    #[must_use]
    pub fn of_internal(account: &Account) -> Self {
        let mut claims = Map::new();
        claims.insert("sub".to_owned(), account.id.as_str().into());
        claims.insert("preferred_username".to_owned(), account.username.as_str().into());
        if let Some(email) = &account.email {
            claims.insert("email".to_owned(), email.as_str().into());
        }
        Self { claims, provider: None }
    }

    /// Takes over what a provider gave at a renewal.
    pub fn renew(&mut self, tokens: Tokens, claims: Option<Map<String, Value>>) {
        if let Some(provider) = &mut self.provider {
            let Tokens { access, refresh, id, expires_at } = tokens;
            provider.access_token = access;
            provider.refresh_token = refresh;
            provider.id_token = id;
            provider.access_token_expires_at = expires_at;
            provider.tokens_obtained_at = SystemTime::now();
        }
        if let Some(claims) = claims {
            self.claims = claims;
        }
    }

    /// Takes over a refresh token that was given in the place of the one that was redeemed.
    pub fn replace_refresh_token(&mut self, refresh_token: SecretString) {
        if let Some(provider) = &mut self.provider {
            provider.refresh_token = Some(refresh_token);
        }
    }

    /// Drops a refresh token that the provider does not take any more.
    pub fn give_up_renewal(&mut self, since: OffsetDateTime) {
        if let Some(provider) = &mut self.provider {
            provider.refresh_token = None;
            provider.renewal_refused_since = Some(since);
        }
    }

    /// From the bytes that the store has decrypted.
    ///
    /// # Errors
    ///
    /// When another version wrote them.
    pub fn from_bytes(bytes: &[u8]) -> ApiResult<Self> {
        serde_json::from_slice(bytes).map_err(|error| ApiError::internal(&error))
    }

    /// As the bytes that the store encrypts.
    ///
    /// # Errors
    ///
    /// None that is known.
    pub fn to_bytes(&self) -> ApiResult<Zeroizing<Vec<u8>>> {
        serde_json::to_vec(self).map(Zeroizing::new).map_err(|error| ApiError::internal(&error))
    }
}

impl ProviderSession {
    /// The ID token, as a hint for the provider at sign-out.
    #[must_use]
    pub fn id_token(&self) -> Option<&SecretString> {
        self.id_token.as_ref()
    }

    /// All tokens.
    #[must_use]
    pub fn tokens(&self) -> Tokens {
        Tokens {
            access: self.access_token.clone(),
            refresh: self.refresh_token.clone(),
            id: self.id_token.clone(),
            expires_at: self.access_token_expires_at,
        }
    }

    /// When the provider gave them.
    #[must_use]
    pub fn obtained_at(&self) -> SystemTime {
        self.tokens_obtained_at
    }

    /// Since when the provider refuses to renew this sign-in, if it does.
    #[must_use]
    pub fn refused_since(&self) -> Option<OffsetDateTime> {
        self.renewal_refused_since
    }
}

// Tokens are written in the clear only into the bytes that the store seals at once.
fn seal_token<S: Serializer>(token: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(token.expose_secret())
}

fn seal_optional_token<S: Serializer>(token: &Option<SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    match token {
        Some(token) => serializer.serialize_some(token.expose_secret()),
        None => serializer.serialize_none(),
    }
}

/// A browser, as far as a request tells.
pub struct Client {
    /// What it sent along.
    pub headers: HeaderMap,
    /// Where it is.
    pub address: IpAddr,
}

impl Client {
    /// Who sends `request`.
    #[must_use]
    pub fn of(app: &App, request: &Request) -> Self {
        Self { headers: request.headers().clone(), address: client_address::of(app, request) }
    }

    /// The request's id in the log.
    #[must_use]
    pub fn request_id(&self) -> &str {
        self.headers.get(REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default()
    }
}

impl FromRequestParts<App> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let ClientAddress(address) = ClientAddress::from_request_parts(parts, app).await?;
        Ok(Self { headers: parts.headers.clone(), address })
    }
}

/// Whether a request is a sign of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// A person did something: the idle limit starts anew.
    Counts,
    /// A page asked by itself.
    DoesNotCount,
}

/// Who is at the other end, if they are signed in.
///
/// # Errors
///
/// When the store cannot be reached.
pub async fn authenticate(app: &App, client: &Client, counts: Use) -> ApiResult<Option<SignedIn>> {
    let Some(token) = session_token(app, &client.headers) else { return Ok(None) };
    let Some(session) = app.store().open_session(&token).await? else { return Ok(None) };
    if counts == Use::Counts {
        app.store().touch_session(&session).await?;
    }
    let contents = match serde_json::from_slice(session.contents.expose_secret()) {
        Ok(contents) => contents,
        Err(error) => {
            // Written by another version: the person signs in again.
            tracing::warn!(session.id = %session.id, "the contents of session {} cannot be read: {error}", session.id);
            return Ok(None);
        }
    };
    let OpenSession { id, account, created_at, idle_expires_at, expires_at, .. } = session;
    let unlocking_key = token.unlocking_key();
    app.renewals().note(&id, token, &contents);
    let expires_at = expires_at.min(idle_expires_at);
    let person = SignedIn {
        client_address: client.address,
        request_id: client.request_id().to_owned(),
        session_id: id,
        account,
        created_at,
        expires_at,
        contents,
        unlocking_key,
    };
    servers::note(app, &person);
    Ok(Some(person))
}

/// Makes a fresh session and ends the one that the browser came with: a cookie that somebody planted opens nothing.
/// (Connections that were open as the same person go on in the new one.)
///
/// # Errors
///
/// When the store cannot be reached.
pub async fn begin(app: &App, client: &Client, account: &Account, contents: &SessionContents) -> ApiResult<NewSession> {
    let limits =
        SessionLimits { idle: app.config().session.idle_timeout, absolute: app.config().session.absolute_timeout };
    let user_agent = client.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    let origin = SessionOrigin {
        identity: contents.provider.as_ref().map(|provider| ProviderIdentity {
            provider: provider.name.clone(),
            issuer: provider.issuer.clone(),
            subject: provider.subject.clone(),
            // OpenID Connect Front-Channel Logout 1.0 section 3: the provider's own name for its session.
            session_id: contents.claims.get("sid").and_then(Value::as_str).map(str::to_owned),
        }),
        client_address: Some(client.address.to_string()),
        user_agent: user_agent.map(str::to_owned),
    };
    let session = app.store().create_session(&account.id, &contents.to_bytes()?, limits, &origin).await?;
    replace(app, &client.headers, account, &session.id).await?;
    Ok(session)
}

/// Ends the session that the browser came with. Whoever signs in again as the same person keeps their connections, and
/// with them what is under way in these.
async fn replace(app: &App, headers: &HeaderMap, account: &Account, by: &SessionId) -> ApiResult<()> {
    let Some(token) = session_token(app, headers) else { return Ok(()) };
    let Some(old) = app.store().open_session(&token).await? else { return Ok(()) };
    app.audit().note(Event::new(app.audit().person_of(&old.id), Action::SessionEnded { reason: "signed_in_again" }));
    // Before the old one ends, or its connections could be found without a session.
    let goes_on = old.account.id == account.id && app.live().hand_over(&old.id, by);
    app.store().end_session(&token).await?;
    if goes_on {
        app.renewals().forget(&old.id);
    } else {
        forget(app, &old.id);
    }
    Ok(())
}

/// Ends the session that `headers` carry, its secrets and its database connections.
///
/// # Errors
///
/// When the store cannot be reached.
pub async fn end(app: &App, headers: &HeaderMap) -> ApiResult<()> {
    let Some(token) = session_token(app, headers) else { return Ok(()) };
    if let Some(session) = app.store().open_session(&token).await? {
        app.store().end_session(&token).await?;
        forget(app, &session.id);
    }
    Ok(())
}

/// Drops what this process holds for a session that has ended.
pub fn forget(app: &App, session_id: &SessionId) {
    for predecessor in app.live().end_session(session_id) {
        app.broker().forget_person(&Person::new(predecessor.as_str(), ""));
    }
    app.broker().forget_person(&Person::new(session_id.as_str(), ""));
    app.renewals().forget(session_id);
    app.audit().forget(session_id);
}

/// As [`forget`], for several.
pub fn forget_all(app: &App, session_ids: &[SessionId]) {
    for session_id in session_ids {
        forget(app, session_id);
    }
}

/// Ends what belongs to sessions that have ended meanwhile: by their limits, or because an account was disabled.
pub async fn tidy_up(app: App) {
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    let mut looks = 0_u32;
    loop {
        ticks.tick().await;
        if looks.is_multiple_of(LOOKS_A_PURGE) {
            match app.store().purge_expired().await {
                Ok(purged) => purged.sessions.iter().for_each(|session| note_expired(&app, session)),
                Err(error) => tracing::warn!("expired sessions could not be removed: {}", chain(&error)),
            }
        }
        looks = looks.wrapping_add(1);
        if app.has_replicas()
            && let Err(error) = app.store().note_replica(app.replica()).await
        {
            tracing::warn!("other replicas could not be told that this one lives: {}", chain(&error));
        }
        if let Err(error) = servers::look(&app).await {
            tracing::warn!("it could not be checked who still sees which server: {}", chain(&error));
        }
        for session_id in app.live().session_ids() {
            match app.store().role_in_session(&session_id).await {
                Ok(Some(role)) => {
                    // Somebody who became a viewer keeps no connection from before.
                    if role == Role::Viewer {
                        app.live().close_writing(&session_id);
                    }
                    app.live().close_idle_catalogues(&session_id);
                }
                Ok(None) => {
                    let (person, reason) = (app.audit().person_of(&session_id), "not_in_the_store");
                    app.audit().note(Event::new(person, Action::SessionEnded { reason }));
                    forget(&app, &session_id);
                }
                Err(error) => {
                    tracing::warn!("session {session_id} could not be checked: {}", chain(&error));
                }
            }
        }
    }
}

fn note_expired(app: &App, session: &ExpiredSession) {
    let actor = Actor {
        person: Some(session.username.clone()),
        account_id: Some(session.account_id.to_string()),
        ..Actor::of_session(&session.id)
    };
    let actor = match &session.identity {
        Some((issuer, subject)) => actor.with_identity(issuer, subject),
        None => actor,
    };
    app.audit().note(Event::new(actor, Action::SessionEnded { reason: "expired" }));
    forget(app, &session.id);
}

/// The account and session in the shape of the API.
#[must_use]
pub fn describe(app: &App, signed_in: &SignedIn) -> wire::Me {
    let SignedIn { account, contents, .. } = signed_in;
    let provider = contents.provider.as_ref();
    wire::Me {
        username: account.username.clone(),
        email: account.email.clone(),
        display_name: account.display_name.clone().unwrap_or_else(|| account.username.clone()),
        auth_source: match provider {
            Some(_) => wire::AuthSource::Oauth2,
            None if app.desktop().is_some() => wire::AuthSource::Desktop,
            None => wire::AuthSource::Internal,
        },
        provider: provider.map(|provider| provider.name.clone()),
        provider_display_name: provider
            .and_then(|provider| app.provider(&provider.name))
            .map(|provider| provider.config().display_name().to_owned()),
        issuer: provider.map(|provider| provider.issuer.clone()),
        subject: provider.map(|provider| provider.subject.clone()),
        role: account.role.into(),
        provider_status: app.renewals().status(&signed_in.session_id, signed_in.expires_at),
        can_change_password: provider.is_none() && app.config().auth.has_internal(),
        session: wire::SessionTimes { created_at: signed_in.created_at, expires_at: signed_in.expires_at },
    }
}

/// A session in the shape of the API, for somebody who asks from the session `current`.
#[must_use]
pub fn summary(config: &Config, current: Option<&SessionId>, session: SessionSummary) -> wire::SessionSummary {
    wire::SessionSummary {
        current: Some(&session.id) == current,
        id: session.id.to_string(),
        created_at: session.created_at,
        last_used_at: session.last_used_at,
        expires_at: session.expires_at.min(session.idle_expires_at),
        client_address: session.client_address,
        user_agent: session.user_agent,
        provider_display_name: session.provider.map(|name| config.provider_name(name)),
    }
}

/// Refuses new work while the server is being stopped.
///
/// # Errors
///
/// 503 `shutting_down`.
pub fn refuse_when_draining(app: &App) -> ApiResult<()> {
    if app.draining().is_begun() {
        return Err(ApiError::new(
            Code::ShuttingDown,
            "Howdah is being restarted. It will be back in a moment; your text is kept.",
        ));
    }
    Ok(())
}
