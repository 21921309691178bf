//! The processes that share a store: each gives a sign of life now and then, so that the others know what died with it.

use std::time::Duration;

use crate::Store;
use crate::error::StoreError;

/// A name that nothing was heard of for so long is forgotten.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

impl Store {
    /// Gives a sign of life of the process with this name.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn note_replica(&self, name: &str) -> Result<(), StoreError> {
        let now = self.now();
        sqlx::query(
            "insert into replicas (name, seen_at) values ($1, $2)
             on conflict (name) do update set seen_at = excluded.seen_at",
        )
        .bind(name)
        .bind(now.0)
        .execute(self.pool())
        .await?;
        sqlx::query("delete from replicas where seen_at < $1")
            .bind(now.minus(FORGOTTEN_AFTER).0)
            .execute(self.pool())
            .await?;
        Ok(())
    }

    /// The process with this name has ended.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn forget_replica(&self, name: &str) -> Result<(), StoreError> {
        sqlx::query("delete from replicas where name = $1").bind(name).execute(self.pool()).await?;
        Ok(())
    }

    /// Whether the process with this name gave a sign of life in the time `within`. Clocks of several machines may
    /// differ by as much less.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn is_replica_alive(&self, name: &str, within: Duration) -> Result<bool, StoreError> {
        let row = sqlx::query("select 1 from replicas where name = $1 and seen_at >= $2")
            .bind(name)
            .bind(self.now().minus(within).0)
            .fetch_optional(self.pool())
            .await?;
        Ok(row.is_some())
    }
}
