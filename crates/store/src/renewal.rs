//! What happens to a session while its provider's tokens are renewed.

use std::time::Duration;

use time::OffsetDateTime;

use crate::Store;
use crate::accounts::Role;
use crate::clock::Millis;
use crate::error::StoreError;
use crate::ids::{AccountId, SessionId};

/// The longest time that one process may take to redeem a refresh token.
pub const MAX_RENEWAL_LEASE: Duration = Duration::from_secs(300);

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
        // Nobody can have claimed it for so long, whatever their clock says, unless ours has been set back since.
        .bind(now.plus(2 * MAX_RENEWAL_LEASE).0)
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
        sqlx::query(
            "update accounts set administrator_by_claims = $2, viewer_by_claims = $3
             where id = $1 and (administrator_by_claims <> $2 or coalesce(viewer_by_claims, 0) <> $3)",
        )
        .bind(id.as_str())
        .bind(i64::from(role_by_claims == Role::Administrator))
        .bind(i64::from(role_by_claims == Role::Viewer))
        .execute(self.pool())
        .await?;
        Ok(())
    }
}
