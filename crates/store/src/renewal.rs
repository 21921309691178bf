//! What happens to a session while its provider's tokens are renewed.

use std::time::Duration;

use sqlx::Row;
use time::OffsetDateTime;

use crate::Store;
use crate::accounts::{Role, account_columns, account_from_row};
use crate::clock::Millis;
use crate::error::StoreError;
use crate::ids::{AccountId, SessionId};
use crate::sessions::{OpenSession, SessionSummary, summary_from_row, unseal_contents};
use crate::token::SessionToken;

/// The longest time that one process may take to redeem a refresh token.
pub const MAX_RENEWAL_LEASE: Duration = Duration::from_secs(300);

/// What became of a session since it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reopened {
    /// Its contents are those that it was opened with.
    Unchanged,
    /// Somebody has replaced its contents; it has the new ones now.
    Changed,
    /// It has ended.
    Ended,
}

impl Store {
    /// Claims the renewal of a session's tokens: of several processes one is told true, and the others false until
    /// it calls [`Store::release_renewal`] or `lease` has passed (at most [`MAX_RENEWAL_LEASE`]). False also for a
    /// session that is gone.
    ///
    /// Who is told false waits a little and looks with [`Store::reopen_session`]. Who is told true looks as well
    /// before redeeming anything: another may have renewed just before.
    ///
    /// # Errors
    /// When the store fails. It may then be claimed or not.
    pub async fn claim_renewal(&self, id: &SessionId, lease: Duration) -> Result<bool, StoreError> {
        let now = self.now();
        let done = sqlx::query(
            "update sessions set renewing_until = $2
             where id = $1 and (renewing_until is null or renewing_until <= $3 or renewing_until > $4)",
        )
        .bind(id.as_str())
        .bind(now.plus(lease.min(MAX_RENEWAL_LEASE)).0)
        .bind(now.0)
        // Nobody can have claimed it for so long, unless the clock has been set back since.
        .bind(now.plus(MAX_RENEWAL_LEASE).0)
        .execute(self.pool())
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Lets others claim the renewal of a session. For the one that has claimed it; a lease that ran out may be
    /// another's by now, so that is better left alone.
    ///
    /// # Errors
    /// When the store fails. The lease then runs out by itself.
    pub async fn release_renewal(&self, id: &SessionId) -> Result<(), StoreError> {
        sqlx::query("update sessions set renewing_until = null where id = $1")
            .bind(id.as_str())
            .execute(self.pool())
            .await?;
        Ok(())
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
            "select sessions.id, case when sessions.version <> $3 then sessions.contents end as contents,
                    sessions.version, sessions.created_at, sessions.last_used_at, sessions.idle_timeout,
                    sessions.expires_at, sessions.provider, sessions.client_address, sessions.user_agent, ",
            account_columns!(),
            " from sessions join accounts on accounts.id = sessions.account_id
              where sessions.lookup = $1 and accounts.disabled = 0
                and sessions.expires_at > $2 and sessions.last_used_at + sessions.idle_timeout > $2"
        ))
        .bind(token.lookup())
        .bind(self.now().0)
        .bind(session.version)
        .fetch_optional(self.pool())
        .await?;
        let Some(row) = row else { return Ok(Reopened::Ended) };
        let account = account_from_row(&row)?;
        let changed = row.try_get::<Option<Vec<u8>>, _>("contents")?;
        let reopened = if changed.is_some() { Reopened::Changed } else { Reopened::Unchanged };
        if let Some(sealed) = changed {
            let Some(contents) = unseal_contents(token, &session.id, &account.id, &sealed) else {
                return Ok(Reopened::Ended);
            };
            session.contents = contents;
        }
        let SessionSummary { last_used_at, idle_expires_at, expires_at, .. } = summary_from_row(&row)?;
        session.version = row.try_get("version")?;
        session.account = account;
        session.last_used_at = last_used_at;
        session.idle_expires_at = idle_expires_at;
        session.expires_at = expires_at;
        Ok(reopened)
    }

    /// Makes a session end at `until`, unless its absolute limit is earlier.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn shorten_session(&self, id: &SessionId, until: OffsetDateTime) -> Result<(), StoreError> {
        sqlx::query("update sessions set expires_at = $2 where id = $1 and expires_at > $2")
            .bind(id.as_str())
            .bind(Millis::from(until).0)
            .execute(self.pool())
            .await?;
        Ok(())
    }

    /// Notes the role that an account's renewed claims give, as a sign-in with them would: a role given by hand
    /// stays.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn note_renewed_claims(&self, id: &AccountId, role_by_claims: Role) -> Result<(), StoreError> {
        sqlx::query("update accounts set administrator_by_claims = $2 where id = $1 and administrator_by_claims <> $2")
            .bind(id.as_str())
            .bind(i64::from(role_by_claims == Role::Administrator))
            .execute(self.pool())
            .await?;
        Ok(())
    }
}
