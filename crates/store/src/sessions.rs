//! Sessions of signed-in browsers.

use std::fmt;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretSlice};
use sqlx::any::AnyRow;
use sqlx::{AnyExecutor, Row};
use time::OffsetDateTime;

use crate::Store;
use crate::accounts::{Account, Role, account_columns, account_from_row};
use crate::clock::{Millis, millis_of};
use crate::error::StoreError;
use crate::ids::{AccountId, SessionId};
use crate::origin::{ProviderIdentity, SessionOrigin, ids_from_rows};
use crate::seal::{seal, unseal};
use crate::token::SessionToken;

/// The use of a session is written down at most this often.
const TOUCH_INTERVAL: Duration = Duration::from_secs(60);

/// How long a session lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLimits {
    /// Without being used.
    pub idle: Duration,
    /// In all.
    pub absolute: Duration,
}

/// A session that was just made.
#[derive(Debug)]
pub struct NewSession {
    /// What the browser's cookie holds: the only thing that opens the session.
    pub token: SessionToken,
    /// Its name for people and logs.
    pub id: SessionId,
    /// The end of its absolute limit.
    pub expires_at: OffsetDateTime,
}

/// A session, opened with its token.
pub struct OpenSession {
    /// Its name for people and logs.
    pub id: SessionId,
    /// Whose it is, as of now.
    pub account: Account,
    /// What was sealed in it.
    pub contents: SecretSlice<u8>,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it was last used, to the minute or so.
    pub last_used_at: OffsetDateTime,
    /// When it ends if it is not used.
    pub idle_expires_at: OffsetDateTime,
    /// When it ends in any case.
    pub expires_at: OffsetDateTime,
    version: i64,
    idle_timeout: Duration,
}

/// A session as lists show it: what was sealed in it stays so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionSummary {
    /// Its name.
    pub id: SessionId,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it was last used, to the minute or so.
    pub last_used_at: OffsetDateTime,
    /// When it ends if it is not used.
    pub idle_expires_at: OffsetDateTime,
    /// When it ends in any case.
    pub expires_at: OffsetDateTime,
    /// The configured name of the provider that vouched for the person, if one did.
    pub provider: Option<String>,
    /// The address that the sign-in came from.
    pub client_address: Option<String>,
    /// What the browser called itself.
    pub user_agent: Option<String>,
}

/// What became of a session since it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reopened {
    /// Its contents are those that it was opened with.
    Unchanged,
    /// Somebody has replaced its contents; it has the new ones now.
    Changed,
    /// It has ended, or opens with another token now.
    Ended,
}

/// Why the contents of a session were not replaced.
#[derive(Debug, thiserror::Error)]
pub enum ReplaceContentsError {
    /// Somebody else has replaced them since the session was opened: open it again and look.
    #[error("the session's contents have changed meanwhile")]
    Changed,
    /// The session has ended.
    #[error("the session has ended")]
    Ended,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Columns that [`summary_from_row`] reads.
macro_rules! session_columns {
    () => {
        "sessions.id, sessions.created_at, sessions.last_used_at, sessions.idle_timeout, sessions.expires_at, \
         sessions.provider, sessions.client_address, sessions.user_agent"
    };
}

pub(crate) use session_columns;

/// Whether a session is neither idle for too long nor too old at `$2`.
macro_rules! is_within_limits {
    () => {
        "sessions.expires_at > $2 and sessions.last_used_at + sessions.idle_timeout > $2"
    };
}

impl Store {
    /// How many sessions live.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn count_sessions(&self) -> Result<i64, StoreError> {
        let row =
            sqlx::query("select count(*) from sessions where expires_at > $1 and last_used_at + idle_timeout > $1")
                .bind(self.now().0)
                .fetch_one(self.pool())
                .await?;
        Ok(row.try_get(0)?)
    }
}

/// A session that has reached one of its limits, and whose it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpiredSession {
    /// Its name.
    pub id: SessionId,
    /// The account.
    pub account_id: AccountId,
    /// The account's name.
    pub username: String,
    /// Whom a provider vouched for: issuer and subject.
    pub identity: Option<(String, String)>,
}

pub(crate) async fn delete_expired(
    executor: impl AnyExecutor<'_>,
    now: Millis,
) -> Result<Vec<ExpiredSession>, StoreError> {
    let rows = sqlx::query(
        "delete from sessions where expires_at <= $1 or last_used_at + idle_timeout <= $1
         returning id, account_id, issuer, subject,
             (select username from accounts where accounts.id = sessions.account_id) as username",
    )
    .bind(now.0)
    .fetch_all(executor)
    .await?;
    rows.iter()
        .map(|row| {
            let (issuer, subject): (Option<String>, Option<String>) = (row.try_get("issuer")?, row.try_get("subject")?);
            Ok(ExpiredSession {
                id: SessionId::from_row(row.try_get("id")?),
                account_id: AccountId::from_row(row.try_get("account_id")?),
                username: row.try_get("username")?,
                identity: issuer.zip(subject),
            })
        })
        .collect()
}

impl Store {
    /// Makes a session. Its contents are encrypted under a key that only the returned token yields.
    ///
    /// # Errors
    /// When the store fails, also because there is no such account.
    pub async fn create_session(
        &self,
        account: &AccountId,
        contents: &[u8],
        limits: SessionLimits,
        origin: &SessionOrigin,
    ) -> Result<NewSession, StoreError> {
        let now = self.now();
        let token = SessionToken::generate()?;
        let id = SessionId::generate(now)?;
        let expires_at = now.plus(limits.absolute);
        let identity = origin.identity.as_ref();
        sqlx::query(
            "insert into sessions
                (id, lookup, account_id, contents, version, created_at, last_used_at, idle_timeout, expires_at,
                 provider, issuer, subject, provider_session, client_address, user_agent)
             values ($1, $2, $3, $4, 1, $5, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        )
        .bind(id.as_str())
        .bind(token.lookup())
        .bind(account.as_str())
        .bind(seal(&token.key(), &bound_to(&id, account), contents)?)
        .bind(now.0)
        // Bounded, so that the sum with a time stays a number that the databases can hold.
        .bind(millis_of(limits.idle.min(limits.absolute)).min(i64::from(u32::MAX) * 1000))
        .bind(expires_at.0)
        .bind(identity.map(|identity| identity.provider.as_str()))
        .bind(identity.map(|identity| identity.issuer.as_str()))
        .bind(identity.map(|identity| identity.subject.as_str()))
        .bind(identity.and_then(ProviderIdentity::provider_session))
        .bind(origin.client_address())
        .bind(origin.user_agent())
        .execute(self.pool())
        .await?;
        Ok(NewSession { token, id, expires_at: expires_at.to_date_time() })
    }

    /// Opens a session. `None` if there is none with this token, one of its limits has passed, its account is
    /// disabled, or somebody has tampered with its row. Does not count as use: see [`Store::touch_session`].
    ///
    /// # Errors
    /// When the store fails.
    pub async fn open_session(&self, token: &SessionToken) -> Result<Option<OpenSession>, StoreError> {
        let row = sqlx::query(concat!(
            "select sessions.contents, sessions.version, ",
            session_columns!(),
            ", ",
            account_columns!(),
            " from sessions join accounts on accounts.id = sessions.account_id
              where sessions.lookup = $1 and accounts.disabled = 0 and ",
            is_within_limits!()
        ))
        .bind(token.lookup())
        .bind(self.now().0)
        .fetch_optional(self.pool())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let account = account_from_row(&row)?;
        let SessionSummary { id, created_at, last_used_at, idle_expires_at, expires_at, .. } = summary_from_row(&row)?;
        let Some(contents) = unseal_contents(token, &id, &account.id, row.try_get("contents")?) else {
            return Ok(None);
        };
        let idle_timeout = Duration::from_millis(row.try_get::<i64, _>("idle_timeout")?.unsigned_abs());
        let version = row.try_get("version")?;
        Ok(Some(OpenSession {
            id,
            account,
            contents,
            created_at,
            last_used_at,
            idle_expires_at,
            expires_at,
            version,
            idle_timeout,
        }))
    }

    /// Brings a session that was opened with `token` up to date: its account, its times, and its contents, which are
    /// read and decrypted only if they have changed. A session that has ended stays as it is.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn reopen_session(
        &self,
        token: &SessionToken,
        session: &mut OpenSession,
    ) -> Result<Reopened, StoreError> {
        let row = sqlx::query(concat!(
            "select case when sessions.version <> $3 then sessions.contents end as contents, sessions.version, ",
            session_columns!(),
            ", ",
            account_columns!(),
            " from sessions join accounts on accounts.id = sessions.account_id
              where sessions.lookup = $1 and accounts.disabled = 0 and ",
            is_within_limits!()
        ))
        .bind(token.lookup())
        .bind(self.now().0)
        .bind(session.version)
        .fetch_optional(self.pool())
        .await?;
        let Some(row) = row else { return Ok(Reopened::Ended) };
        let account = account_from_row(&row)?;
        let SessionSummary { last_used_at, idle_expires_at, expires_at, .. } = summary_from_row(&row)?;
        let version = row.try_get("version")?;
        let mut reopened = Reopened::Unchanged;
        if let Some(sealed) = row.try_get::<Option<Vec<u8>>, _>("contents")? {
            let Some(contents) = unseal_contents(token, &session.id, &account.id, &sealed) else {
                return Ok(Reopened::Ended);
            };
            session.contents = contents;
            reopened = Reopened::Changed;
        }
        session.account = account;
        session.last_used_at = last_used_at;
        session.idle_expires_at = idle_expires_at;
        session.expires_at = expires_at;
        session.version = version;
        Ok(reopened)
    }

    /// Notes that a session is in use, so that its idle limit starts anew. Writes at most once a minute (more often
    /// for idle limits of a few minutes), and else costs nothing.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn touch_session(&self, session: &OpenSession) -> Result<(), StoreError> {
        let now = self.now();
        let stale = now.minus(TOUCH_INTERVAL.min(session.idle_timeout / 10));
        let last_used = Millis::from(session.last_used_at);
        // A time in the future was noted before the clock was set back. It would keep the session alive unused.
        if stale < last_used && last_used <= now {
            return Ok(());
        }
        sqlx::query(
            "update sessions set last_used_at = $2 where id = $1 and (last_used_at <= $3 or last_used_at > $2)",
        )
        .bind(session.id.as_str())
        .bind(now.0)
        .bind(stale.0)
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Replaces what is sealed in a session that was opened with `token`.
    ///
    /// # Errors
    /// The variants say what to do.
    pub async fn replace_session_contents(
        &self,
        token: &SessionToken,
        session: &OpenSession,
        contents: &[u8],
    ) -> Result<(), ReplaceContentsError> {
        let sealed = seal(&token.key(), &bound_to(&session.id, &session.account.id), contents)?;
        let done =
            sqlx::query("update sessions set contents = $3, version = version + 1 where lookup = $1 and version = $2")
                .bind(token.lookup())
                .bind(session.version)
                .bind(sealed)
                .execute(self.pool())
                .await
                .map_err(StoreError::from)?;
        if done.rows_affected() > 0 {
            return Ok(());
        }
        match self.open_session(token).await? {
            Some(_) => Err(ReplaceContentsError::Changed),
            None => Err(ReplaceContentsError::Ended),
        }
    }

    /// Moves a session to a new token; the old one opens nothing from then on. `None` if the old one opens nothing
    /// now, or somebody else has changed or moved the session in this moment.
    ///
    /// # Errors
    /// When the store fails. Either token may then be the one that opens the session.
    pub async fn rotate_session(&self, token: &SessionToken) -> Result<Option<SessionToken>, StoreError> {
        let Some(session) = self.open_session(token).await? else {
            return Ok(None);
        };
        let next = SessionToken::generate()?;
        let bound_to = bound_to(&session.id, &session.account.id);
        let sealed = seal(&next.key(), &bound_to, session.contents.expose_secret())?;
        let done = sqlx::query(
            "update sessions set lookup = $3, contents = $4, version = version + 1 where lookup = $1 and version = $2",
        )
        .bind(token.lookup())
        .bind(session.version)
        .bind(next.lookup())
        .bind(sealed)
        .execute(self.pool())
        .await?;
        Ok((done.rows_affected() > 0).then_some(next))
    }

    /// Ends a session. Nothing happens if it has ended already.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn end_session(&self, token: &SessionToken) -> Result<(), StoreError> {
        sqlx::query("delete from sessions where lookup = $1").bind(token.lookup()).execute(self.pool()).await?;
        Ok(())
    }

    /// Ends one of an account's sessions. False if the account has no such session.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn end_session_by_id(&self, account: &AccountId, id: &SessionId) -> Result<bool, StoreError> {
        let done = sqlx::query("delete from sessions where id = $1 and account_id = $2")
            .bind(id.as_str())
            .bind(account.as_str())
            .execute(self.pool())
            .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Ends all sessions of an account but one, and says which they were.
    ///
    /// # Errors
    /// When the store fails; then none has ended.
    pub async fn end_other_sessions(
        &self,
        account: &AccountId,
        keep: &SessionId,
    ) -> Result<Vec<SessionId>, StoreError> {
        let ended = sqlx::query("delete from sessions where account_id = $1 and id <> $2 returning id")
            .bind(account.as_str())
            .bind(keep.as_str())
            .fetch_all(self.pool())
            .await?;
        ids_from_rows(&ended)
    }

    /// Ends all sessions of an account; says how many.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn end_sessions_of(&self, account: &AccountId) -> Result<u64, StoreError> {
        let done = sqlx::query("delete from sessions where account_id = $1")
            .bind(account.as_str())
            .execute(self.pool())
            .await?;
        Ok(done.rows_affected())
    }

    /// Whether a session would still open with its token.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn is_session_alive(&self, id: &SessionId) -> Result<bool, StoreError> {
        Ok(self.role_in_session(id).await?.is_some())
    }

    /// What the person of a session may do; `None` if the session would not open with its token any more.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn role_in_session(&self, id: &SessionId) -> Result<Option<Role>, StoreError> {
        let row = sqlx::query(concat!(
            "select ",
            account_columns!(),
            " from sessions join accounts on accounts.id = sessions.account_id
             where sessions.id = $1 and accounts.disabled = 0 and ",
            is_within_limits!()
        ))
        .bind(id.as_str())
        .bind(self.now().0)
        .fetch_optional(self.pool())
        .await?;
        row.map(|row| Ok(account_from_row(&row)?.role)).transpose()
    }

    /// The living sessions of an account, newest first, at most [`MAX_PAGE`](crate::MAX_PAGE).
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sessions_of(&self, account: &AccountId) -> Result<Vec<SessionSummary>, StoreError> {
        sqlx::query(concat!(
            "select ",
            session_columns!(),
            " from sessions where sessions.account_id = $1 and ",
            is_within_limits!(),
            " order by sessions.created_at desc, sessions.id desc limit $3"
        ))
        .bind(account.as_str())
        .bind(self.now().0)
        .bind(i64::from(crate::MAX_PAGE))
        .fetch_all(self.pool())
        .await?
        .iter()
        .map(summary_from_row)
        .collect()
    }
}

impl fmt::Debug for OpenSession {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("OpenSession")
            .field("id", &self.id)
            .field("account", &self.account.id)
            .finish_non_exhaustive()
    }
}

/// Sealed contents open in their own row only, and only while it belongs to the same account.
fn bound_to(id: &SessionId, account: &AccountId) -> Vec<u8> {
    format!("{id} {account}").into_bytes()
}

/// Decrypts a session's contents. `None`, and a word in the log, if they are not what was sealed for it.
fn unseal_contents(
    token: &SessionToken,
    id: &SessionId,
    account: &AccountId,
    sealed: &[u8],
) -> Option<SecretSlice<u8>> {
    let contents = unseal(&token.key(), &bound_to(id, account), sealed);
    if contents.is_none() {
        tracing::error!(session.id = %id, "session {id} has been changed in the store by somebody else");
    }
    contents
}

/// Reads the columns that `session_columns!` names.
pub(crate) fn summary_from_row(row: &AnyRow) -> Result<SessionSummary, StoreError> {
    let last_used_at: i64 = row.try_get("last_used_at")?;
    let idle_timeout: i64 = row.try_get("idle_timeout")?;
    Ok(SessionSummary {
        id: SessionId::from_row(row.try_get("id")?),
        created_at: Millis(row.try_get("created_at")?).to_date_time(),
        last_used_at: Millis(last_used_at).to_date_time(),
        idle_expires_at: Millis(last_used_at.saturating_add(idle_timeout)).to_date_time(),
        expires_at: Millis(row.try_get("expires_at")?).to_date_time(),
        provider: row.try_get("provider")?,
        client_address: row.try_get("client_address")?,
        user_agent: row.try_get("user_agent")?,
    })
}
