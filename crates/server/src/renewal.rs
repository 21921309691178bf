//! Keeps sign-ins good: renews a provider's tokens ahead of their end while somebody has a page open here, and notes the
//! use of sessions that goes over WebSockets.
//!
//! A provider that cannot be reached ends nothing: the session goes on and the page shows a banner. One that refuses has
//! withdrawn its word: the session ends a little later, so that work can be finished. An answer about another person, or
//! claims that no longer let this one in, end it at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use howdah_credentials::SignInTokenError;
use howdah_oidc::{Grant, RefreshError, Tokens};
use howdah_store::{OpenSession, Reopened, ReplaceContentsError, SessionId, SessionToken};
use secrecy::ExposeSecret;
use time::OffsetDateTime;
use tokio::sync::{Mutex as AsyncMutex, Semaphore};

use crate::app::App;
use crate::audit::{Action, Actor, Event};
use crate::error::{ApiError, ApiResult, chain};
use crate::http::sign_in::role_by_claims;
use crate::servers;
use crate::session::{self, ProviderSession, SessionContents};
use crate::session_tokens::refusal;
use crate::wire::{ProviderState, ProviderStatus};

/// How often it is looked for tokens that are about to end.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Tokens are renewed a fifth of their life ahead, at most so long.
const LONGEST_LEAD: Duration = Duration::from_secs(300);
/// A page asks who is signed in each minute: without a sign of it for so long, it is taken for closed.
const GONE_AFTER: Duration = Duration::from_secs(300);
/// How long a session goes on when its provider refuses to renew it.
const LAST_MINUTES: Duration = Duration::from_secs(15 * 60);
/// A renewal makes at most three requests of 10 s; another process takes over after this.
const LEASE: Duration = Duration::from_secs(45);
const LEASE_POLL: Duration = Duration::from_millis(250);
/// Waits between attempts while a provider cannot be reached: doubled from the first to the last.
const FIRST_WAIT: Duration = Duration::from_secs(5);
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// Renewals at a time.
const PARALLEL: usize = 16;
/// Attempts to save what a provider gave: an old refresh token may be void already.
const SAVE_ATTEMPTS: u32 = 5;

/// The sessions whose browsers this process has seen lately.
pub struct Renewals {
    present: Mutex<HashMap<SessionId, Arc<Present>>>,
    turns: Semaphore,
}

impl Default for Renewals {
    fn default() -> Self {
        Self { present: Mutex::default(), turns: Semaphore::new(PARALLEL) }
    }
}

/// A session that somebody has open.
struct Present {
    /// Opens its contents; kept in memory only.
    token: SessionToken,
    /// Its provider's name.
    provider: Option<String>,
    /// One renewal at a time: many providers take a refresh token once.
    turn: AsyncMutex<()>,
    state: Mutex<State>,
}

struct State {
    seen: Instant,
    /// Use over a WebSocket that the store does not know of yet.
    used: bool,
    touched: Instant,
    /// When the tokens should be renewed; `None` where they cannot be.
    due: Option<SystemTime>,
    health: Health,
}

#[derive(Clone, Copy)]
enum Health {
    Good,
    /// The provider does not answer.
    Unavailable {
        since: OffsetDateTime,
        failures: u32,
        retry_at: Instant,
    },
    /// The provider does not renew this sign-in any more.
    Refused {
        since: OffsetDateTime,
    },
}

impl Renewals {
    /// Notes that a browser has shown `token`, which opens `contents`.
    pub fn note(&self, id: &SessionId, token: SessionToken, contents: &SessionContents) {
        let mut present = lock(&self.present);
        match present.get(id) {
            Some(known) => {
                let mut state = lock(&known.state);
                state.seen = Instant::now();
                state.due = due(contents, id);
            }
            None => {
                let now = Instant::now();
                let state =
                    State { seen: now, used: false, touched: now, due: due(contents, id), health: health_of(contents) };
                let provider = contents.provider.as_ref().map(|provider| provider.name.clone());
                let known = Present { token, provider, turn: AsyncMutex::default(), state: Mutex::new(state) };
                present.insert(id.clone(), Arc::new(known));
            }
        }
    }

    /// Notes that a person did something over a WebSocket.
    pub fn note_use(&self, id: &SessionId) {
        if let Some(present) = self.find(id) {
            let mut state = lock(&present.state);
            state.seen = Instant::now();
            state.used = true;
        }
    }

    /// Drops a session that has ended.
    pub fn forget(&self, id: &SessionId) {
        lock(&self.present).remove(id);
    }

    /// How the provider of a session is; `None` for a session without one that can be renewed.
    pub fn status(&self, id: &SessionId, expires_at: OffsetDateTime) -> Option<ProviderStatus> {
        let present = self.find(id)?;
        let state = lock(&present.state);
        let status = |state, since, session_ends_at| Some(ProviderStatus { state, since, session_ends_at });
        match state.health {
            Health::Good => state.due.and_then(|_| status(ProviderState::Ok, None, None)),
            Health::Unavailable { since, .. } => status(ProviderState::Unavailable, Some(since), None),
            Health::Refused { since } => status(ProviderState::Refused, Some(since), Some(expires_at)),
        }
    }

    /// The provider of a session, by its name in the config.
    pub fn provider(&self, id: &SessionId) -> Option<String> {
        self.find(id)?.provider.clone()
    }

    fn find(&self, id: &SessionId) -> Option<Arc<Present>> {
        lock(&self.present).get(id).map(Arc::clone)
    }

    fn all(&self) -> Vec<(SessionId, Arc<Present>)> {
        lock(&self.present).iter().map(|(id, present)| (id.clone(), Arc::clone(present))).collect()
    }
}

/// Renews what is due, for as long as the server runs.
pub async fn keep_renewed(app: App) {
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        for (id, present) in app.renewals().all() {
            let is_open = lock(&present.state).seen.elapsed() < GONE_AFTER || app.live().has_connections(&id);
            if !is_open {
                app.renewals().forget(&id);
                continue;
            }
            write_down_use(&app, &id, &present).await;
            if present.is_due() && !app.draining().is_begun() {
                let app = app.clone();
                app.tasks().clone().spawn(async move {
                    let Ok(_turn) = app.renewals().turns.acquire().await else { return };
                    // The error is in the log already.
                    if renew(&app, &id, &present).await.is_err() {
                        present.retry_later();
                    }
                });
                // The task has the turn before the next look.
                tokio::task::yield_now().await;
            }
        }
    }
}

/// Renews the tokens of a session, unless that has just been done.
async fn renew(app: &App, id: &SessionId, present: &Present) -> ApiResult<()> {
    match present.turn.try_lock() {
        Ok(_turn) => renew_in_turn(app, id, present, When::Due).await,
        // It is being done.
        Err(_) => Ok(()),
    }
}

/// When tokens are renewed.
#[derive(Clone, Copy)]
enum When {
    /// When they are about to end.
    Due,
    /// Now, unless that was done since this moment.
    Unless(SystemTime),
}

async fn renew_in_turn(app: &App, id: &SessionId, present: &Present, when: When) -> ApiResult<()> {
    if !present.may_renew(when) {
        return Ok(());
    }
    let Some(mut session) = app.store().open_session(&present.token).await? else {
        session::forget(app, id);
        return Ok(());
    };
    if !claim(app, id, &present.token, &mut session).await? {
        session::forget(app, id);
        return Ok(());
    }
    let renewed = renew_claimed(app, id, present, &mut session, when).await;
    app.store().release_renewal(id).await?;
    renewed
}

/// Why a session has no tokens to give.
pub enum NoTokens {
    /// The person did not sign in through a provider.
    NoProvider,
    /// Only a new sign-in helps.
    SignInAgain,
    /// Not now, and why.
    Unavailable(String),
}

impl From<ApiError> for NoTokens {
    fn from(_: ApiError) -> Self {
        Self::Unavailable("Howdah cannot reach its own store".to_owned())
    }
}

impl From<howdah_store::StoreError> for NoTokens {
    fn from(error: howdah_store::StoreError) -> Self {
        ApiError::from(error).into()
    }
}

/// What a session's provider gave, with an access token that is good still: renewed first if it is about to end.
///
/// # Errors
///
/// See [`NoTokens`].
pub async fn fresh(app: &App, id: &SessionId) -> Result<ProviderSession, NoTokens> {
    let present = app.renewals().find(id).ok_or(NoTokens::SignInAgain)?;
    if present.is_due() {
        let _turn = present.turn.lock().await;
        renew_in_turn(app, id, &present, When::Due).await?;
    }
    good(app, &present).await
}

/// As [`fresh`], with an access token that came after this was asked for, where the provider renews at all: the last one
/// was refused somewhere.
///
/// # Errors
///
/// See [`NoTokens`].
pub async fn anew(app: &App, id: &SessionId) -> Result<ProviderSession, NoTokens> {
    let asked_at = SystemTime::now();
    let present = app.renewals().find(id).ok_or(NoTokens::SignInAgain)?;
    {
        let _turn = present.turn.lock().await;
        renew_in_turn(app, id, &present, When::Unless(asked_at)).await?;
    }
    good(app, &present).await
}

async fn good(app: &App, present: &Present) -> Result<ProviderSession, NoTokens> {
    let from = provider_session(app, present).await?;
    let is_over = from.tokens().expires_at.is_some_and(|end| end <= SystemTime::now());
    match lock(&present.state).health {
        _ if !is_over => Ok(from),
        Health::Unavailable { .. } => Err(NoTokens::Unavailable("it does not answer".to_owned())),
        Health::Good | Health::Refused { .. } => Err(NoTokens::SignInAgain),
    }
}

/// What a refresh token is redeemed for.
pub struct RefreshFor {
    /// `scope` of the request.
    pub scope: Option<String>,
    /// `resource` of the request.
    pub resource: Option<String>,
    /// `audience` of the request.
    pub audience: Option<String>,
}

/// Redeems a session's refresh token for something else, and keeps the one that comes in its place.
///
/// # Errors
///
/// See [`NoTokens`], and what the provider answers.
pub async fn redeem(
    app: &App,
    id: &SessionId,
    purpose: &RefreshFor,
) -> Result<(ProviderSession, Tokens), SignInTokenError> {
    let present = app.renewals().find(id).ok_or(NoTokens::SignInAgain)?;
    let _turn = present.turn.lock().await;
    let opened = app.store().open_session(&present.token).await.map_err(NoTokens::from)?;
    let mut session = opened.ok_or(NoTokens::SignInAgain)?;
    if !claim(app, id, &present.token, &mut session).await.map_err(NoTokens::from)? {
        return Err(NoTokens::SignInAgain.into());
    }
    let redeemed = redeem_claimed(app, &present, &mut session, purpose).await;
    app.store().release_renewal(id).await.map_err(NoTokens::from)?;
    redeemed
}

async fn redeem_claimed(
    app: &App,
    present: &Present,
    session: &mut OpenSession,
    purpose: &RefreshFor,
) -> Result<(ProviderSession, Tokens), SignInTokenError> {
    let contents = SessionContents::from_bytes(session.contents.expose_secret()).map_err(NoTokens::from)?;
    let from = contents.provider.ok_or(NoTokens::NoProvider)?;
    let refresh_token = from.tokens().refresh.ok_or(NoTokens::SignInAgain)?;
    let provider = app.provider(&from.name).ok_or(NoTokens::SignInAgain)?;
    let RefreshFor { scope, resource, audience } = purpose;
    let grant = Grant::Refresh {
        refresh_token: &refresh_token,
        scope: scope.as_deref(),
        resource: resource.as_deref(),
        audience: audience.as_deref(),
    };
    let tokens = provider.grant(&grant).await.map_err(refusal)?;
    if let Some(next) = &tokens.refresh {
        save(app, &present.token, session, |contents| contents.replace_refresh_token(next.clone()))
            .await
            .map_err(NoTokens::from)?;
    }
    Ok((from, tokens))
}

async fn provider_session(app: &App, present: &Present) -> Result<ProviderSession, NoTokens> {
    let session = app.store().open_session(&present.token).await?.ok_or(NoTokens::SignInAgain)?;
    SessionContents::from_bytes(session.contents.expose_secret())?.provider.ok_or(NoTokens::NoProvider)
}

/// Waits until no other process renews this session. False if the session has ended.
async fn claim(app: &App, id: &SessionId, token: &SessionToken, session: &mut OpenSession) -> ApiResult<bool> {
    while !app.store().claim_renewal(id, LEASE).await? {
        tokio::time::sleep(LEASE_POLL).await;
        if app.store().reopen_session(token, session).await? == Reopened::Ended {
            return Ok(false);
        }
    }
    // Another may have renewed just before.
    Ok(app.store().reopen_session(token, session).await? != Reopened::Ended)
}

async fn renew_claimed(
    app: &App,
    id: &SessionId,
    present: &Present,
    session: &mut OpenSession,
    when: When,
) -> ApiResult<()> {
    let contents = SessionContents::from_bytes(session.contents.expose_secret())?;
    {
        let mut state = lock(&present.state);
        state.due = due(&contents, id);
        let is_done = match when {
            When::Due => state.due.is_none_or(|due| due > SystemTime::now()),
            When::Unless(moment) => contents.provider.as_ref().is_none_or(|provider| provider.obtained_at() >= moment),
        };
        if is_done {
            // Another process was here.
            state.health = health_of(&contents);
            return Ok(());
        }
    }
    let Some(from) = contents.provider.as_ref() else { return Ok(()) };
    let Some(provider) = app.provider(&from.name) else { return Ok(()) };
    let name = provider.config().name();
    match provider.refresh(&from.tokens(), &from.subject, &from.issuer).await {
        Ok(refreshed) => {
            // First of all: the old refresh token may be void.
            let saved = save(app, &present.token, session, |contents| {
                contents.renew(refreshed.tokens.clone(), refreshed.claims.clone());
            })
            .await?;
            {
                let mut state = lock(&present.state);
                state.due = due(&saved, id);
                state.health = Health::Good;
            }
            if let Some(claims) = &refreshed.claims {
                app.store().note_renewed_claims(&session.account.id, role_by_claims(app, claims)).await?;
                servers::look_with(app, id, &session.account.id, claims).await?;
            }
            app.metrics().count_renewal("ok");
            tracing::debug!(session.id = %id, provider = name, "session {id} is renewed by {name}");
        }
        Err(RefreshError::Unavailable { renewed, source }) => {
            app.metrics().count_renewal("unavailable");
            tracing::warn!(session.id = %id, provider = name, "session {id} goes on without renewal: {}", chain(&source));
            // It gave tokens and could not say whose: the old ones may be void, so these are kept and asked about again.
            if let Some(tokens) = renewed {
                save(app, &present.token, session, |contents| contents.renew(*tokens.clone(), None)).await?;
            }
            present.retry_later();
        }
        Err(RefreshError::NoRefreshToken) => lock(&present.state).due = None,
        Err(error @ RefreshError::Refused(_)) => {
            app.metrics().count_renewal("refused");
            tracing::warn!(session.id = %id, provider = name, "session {id} ends soon: {}", chain(&error));
            let since = OffsetDateTime::now_utc();
            save(app, &present.token, session, |contents| contents.give_up_renewal(since)).await?;
            app.store().shorten_session(id, since + LAST_MINUTES).await?;
            let mut state = lock(&present.state);
            state.due = None;
            state.health = Health::Refused { since };
        }
        Err(error) => {
            app.metrics().count_renewal("invalid");
            tracing::warn!(session.id = %id, provider = name, "session {id} ends: {}", chain(&error));
            app.store().end_session(&present.token).await?;
            app.audit().note(Event::new(
                Actor::of_session(id).with_account(&session.account),
                Action::SessionEnded { reason: "refused_by_provider" },
            ));
            session::forget(app, id);
        }
    }
    Ok(())
}

/// Changes what is sealed in a session. Tries again when the store fails: what a provider gave must not be lost.
async fn save(
    app: &App,
    token: &SessionToken,
    session: &mut OpenSession,
    change: impl Fn(&mut SessionContents),
) -> ApiResult<SessionContents> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        let mut contents = SessionContents::from_bytes(session.contents.expose_secret())?;
        change(&mut contents);
        match app.store().replace_session_contents(token, session, &contents.to_bytes()?).await {
            Ok(()) => return Ok(contents),
            Err(ReplaceContentsError::Ended) => return Ok(contents),
            Err(ReplaceContentsError::Changed) if attempt < SAVE_ATTEMPTS => {
                app.store().reopen_session(token, session).await?;
            }
            Err(ReplaceContentsError::Store(error)) if attempt < SAVE_ATTEMPTS => {
                tracing::warn!("renewed tokens could not be saved, trying again: {}", chain(&error));
                tokio::time::sleep(LEASE_POLL * attempt).await;
            }
            Err(error) => return Err(ApiError::internal(&error)),
        }
    }
}

async fn write_down_use(app: &App, id: &SessionId, present: &Present) {
    {
        let mut state = lock(&present.state);
        if !state.used || state.touched.elapsed() < Duration::from_secs(60).min(app.config().session.idle_timeout / 10)
        {
            return;
        }
        state.used = false;
        state.touched = Instant::now();
    }
    let touched = async {
        if let Some(session) = app.store().open_session(&present.token).await? {
            app.store().touch_session(&session).await?;
        }
        Ok::<_, howdah_store::StoreError>(())
    };
    if let Err(error) = touched.await {
        tracing::warn!(session.id = %id, "the use of session {id} could not be noted: {}", chain(&error));
    }
}

impl Present {
    fn is_due(&self) -> bool {
        self.may_renew(When::Due)
    }

    fn may_renew(&self, when: When) -> bool {
        let state = lock(&self.state);
        let may_try = match state.health {
            Health::Good => true,
            Health::Unavailable { retry_at, .. } => retry_at <= Instant::now(),
            Health::Refused { .. } => false,
        };
        let is_time = match when {
            When::Due => state.due.is_some_and(|due| due <= SystemTime::now()),
            // Without a refresh token nothing is ever due.
            When::Unless(_) => state.due.is_some(),
        };
        may_try && is_time
    }

    fn retry_later(&self) {
        let mut state = lock(&self.state);
        let (since, failures) = match state.health {
            Health::Unavailable { since, failures, .. } => (since, failures),
            _ => (OffsetDateTime::now_utc(), 0),
        };
        let wait = FIRST_WAIT.saturating_mul(1 << failures.min(8)).min(LONGEST_WAIT);
        state.health = Health::Unavailable { since, failures: failures + 1, retry_at: Instant::now() + wait };
    }
}

/// When the tokens of a session should be renewed: a fifth of their life ahead of their end, not all at the same moment.
fn due(contents: &SessionContents, id: &SessionId) -> Option<SystemTime> {
    let provider = contents.provider.as_ref()?;
    let Tokens { refresh, expires_at, .. } = provider.tokens();
    let (_, end) = (refresh?, expires_at?);
    let life = end.duration_since(provider.obtained_at()).unwrap_or_default();
    let lead = (life / 5).min(LONGEST_LEAD);
    let jitter = lead / 4 * u32::from(id.as_str().bytes().last().unwrap_or_default() % 8) / 8;
    end.checked_sub(lead + jitter)
}

fn health_of(contents: &SessionContents) -> Health {
    match contents.provider.as_ref().and_then(session::ProviderSession::refused_since) {
        Some(since) => Health::Refused { since },
        None => Health::Good,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
