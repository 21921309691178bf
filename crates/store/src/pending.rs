//! Sign-ins that a browser has begun and not finished.
//!
//! A row is found only with both the flow cookie and the state that went through the provider, and opens only with
//! the cookie: a state that leaks is of no use in another browser.

use std::time::Duration;

use secrecy::SecretSlice;
use sqlx::Row;

use crate::Store;
use crate::error::StoreError;
use crate::seal::{seal, unseal};
use crate::token::FlowToken;

/// How long a person may take at the provider.
pub const PENDING_SIGN_IN_LIFETIME: Duration = Duration::from_secs(600);

/// How many sign-ins may be in progress in one browser. Beginning another drops the oldest. (When several are begun
/// in the same instant, a few more may stay until the next.)
pub const MAX_PENDING_SIGN_INS: u32 = 16;

impl Store {
    /// Keeps what a sign-in needs when the provider sends the browser back with `state`. Beginning twice with one
    /// `state` keeps the later.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn put_pending_sign_in(&self, flow: &FlowToken, state: &str, contents: &[u8]) -> Result<(), StoreError> {
        let now = self.now();
        let lookup = flow.lookup(state);
        let sealed = seal(&flow.key(state), &lookup, contents)?;
        let mut transaction = self.begin().await?;
        sqlx::query(
            "insert into pending_sign_ins (lookup, flow, contents, created_at, expires_at)
             values ($1, $2, $3, $4, $5)
             on conflict (lookup) do update
             set contents = excluded.contents, created_at = excluded.created_at, expires_at = excluded.expires_at",
        )
        .bind(lookup)
        .bind(flow.flow())
        .bind(sealed)
        .bind(now.0)
        .bind(now.plus(PENDING_SIGN_IN_LIFETIME).0)
        .execute(&mut transaction)
        .await?;
        sqlx::query(
            "delete from pending_sign_ins
             where flow = $1 and lookup not in (
                 select lookup from pending_sign_ins where flow = $1 order by created_at desc, lookup limit $2
             )",
        )
        .bind(flow.flow())
        .bind(i64::from(MAX_PENDING_SIGN_INS))
        .execute(&mut transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Takes what was kept. Of any number of callers one gets it, and nobody after; `None` also when it has expired
    /// or was begun in another browser.
    ///
    /// # Errors
    /// When the store fails. It may then be taken or not.
    pub async fn take_pending_sign_in(
        &self,
        flow: &FlowToken,
        state: &str,
    ) -> Result<Option<SecretSlice<u8>>, StoreError> {
        let lookup = flow.lookup(state);
        let taken = sqlx::query("delete from pending_sign_ins where lookup = $1 returning contents, expires_at")
            .bind(lookup.as_slice())
            .fetch_optional(self.pool())
            .await?;
        let Some(row) = taken else { return Ok(None) };
        if row.try_get::<i64, _>("expires_at")? <= self.now().0 {
            return Ok(None);
        }
        let contents = unseal(&flow.key(state), &lookup, row.try_get("contents")?);
        if contents.is_none() {
            tracing::error!("a pending sign-in in the store has been changed by somebody else and is ignored");
        }
        Ok(contents)
    }
}
