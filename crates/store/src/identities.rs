//! The identities that lead to an account, as an administrator arranges them.

use sqlx::Row;
use time::OffsetDateTime;

use crate::Store;
use crate::accounts::{identified_account, username_key};
use crate::clock::Millis;
use crate::error::{StoreError, is_unique_violation};
use crate::ids::{AccountId, SessionId};
use crate::origin::ids_from_rows;
use crate::refused::forget_refused_sign_in;

/// An identity as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// With `subject`, who this is.
    pub issuer: String,
    /// With `issuer`, who this is.
    pub subject: String,
    /// The configured name of the provider.
    pub provider: String,
    /// When it was first seen or linked.
    pub created_at: OffsetDateTime,
    /// When somebody last signed in with it, if ever.
    pub last_sign_in_at: Option<OffsetDateTime>,
}

/// Why an identity was not linked.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// It leads to another account, which has this username. Unlink it there first.
    #[error("the identity is that of the account `{0}`")]
    Taken(String),
    /// There is no such account.
    #[error("no such account")]
    NoAccount,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why an account was not renamed.
#[derive(Debug, thiserror::Error)]
pub enum RenameError {
    /// Another account has the username.
    #[error("the username is taken")]
    Taken,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// `identities.last_sign_in_at` of one that was linked by hand and not used yet.
const NEVER: Millis = Millis(0);

impl Store {
    /// The identities that lead to an account, oldest first, at most [`MAX_PAGE`](crate::MAX_PAGE).
    ///
    /// # Errors
    /// When the store fails.
    pub async fn identities_of(&self, account: &AccountId) -> Result<Vec<Identity>, StoreError> {
        sqlx::query(
            "select issuer, subject, provider, created_at, last_sign_in_at from identities
             where account_id = $1 order by created_at, issuer, subject limit $2",
        )
        .bind(account.as_str())
        .bind(i64::from(crate::MAX_PAGE))
        .fetch_all(self.pool())
        .await?
        .iter()
        .map(|row| {
            let last_sign_in_at = Millis(row.try_get("last_sign_in_at")?);
            Ok(Identity {
                issuer: row.try_get("issuer")?,
                subject: row.try_get("subject")?,
                provider: row.try_get("provider")?,
                created_at: Millis(row.try_get("created_at")?).to_date_time(),
                last_sign_in_at: (last_sign_in_at != NEVER).then(|| last_sign_in_at.to_date_time()),
            })
        })
        .collect()
    }

    /// Makes an identity lead to an account, which it may do already, and strikes it off the refused sign-ins.
    ///
    /// # Errors
    /// The variants say why not.
    pub async fn link_identity(
        &self,
        account: &AccountId,
        issuer: &str,
        subject: &str,
        provider: &str,
    ) -> Result<(), LinkError> {
        let mut transaction = self.begin().await?;
        // Changes nothing, but keeps the account there until this is done.
        let there = sqlx::query("update accounts set disabled = disabled where id = $1")
            .bind(account.as_str())
            .execute(&mut transaction)
            .await
            .map_err(StoreError::from)?;
        if there.rows_affected() == 0 {
            return Err(LinkError::NoAccount);
        }
        let linked = sqlx::query(
            "insert into identities (issuer, subject, account_id, provider, created_at, last_sign_in_at)
             values ($1, $2, $3, $4, $5, $6)
             on conflict (issuer, subject) do update set provider = excluded.provider
             where identities.account_id = excluded.account_id",
        )
        .bind(issuer)
        .bind(subject)
        .bind(account.as_str())
        .bind(provider)
        .bind(self.now().0)
        .bind(NEVER.0)
        .execute(&mut transaction)
        .await
        .map_err(StoreError::from)?;
        if linked.rows_affected() == 0 {
            // The conflict has locked the other's row, so that its account is there.
            let other = identified_account(&mut transaction, issuer, subject).await?;
            return Err(other.map_or(LinkError::NoAccount, |other| LinkError::Taken(other.username)));
        }
        forget_refused_sign_in(&mut transaction, issuer, subject).await?;
        transaction.commit().await.map_err(StoreError::from)?;
        Ok(())
    }

    /// Makes an identity lead nowhere, ends its sessions and says which they were. `None` if it led nowhere before. A
    /// sign-in that is under way at this moment may still make a session.
    ///
    /// # Errors
    /// When the store fails; then nothing has changed.
    pub async fn unlink_identity(&self, issuer: &str, subject: &str) -> Result<Option<Vec<SessionId>>, StoreError> {
        let mut transaction = self.begin().await?;
        let done = sqlx::query("delete from identities where issuer = $1 and subject = $2")
            .bind(issuer)
            .bind(subject)
            .execute(&mut transaction)
            .await?;
        let ended = sqlx::query("delete from sessions where issuer = $1 and subject = $2 returning id")
            .bind(issuer)
            .bind(subject)
            .fetch_all(&mut transaction)
            .await?;
        transaction.commit().await?;
        Ok(if done.rows_affected() > 0 { Some(ids_from_rows(&ended)?) } else { None })
    }

    /// Gives an account another username, or other letters in it. False if there is no such account. Whether the
    /// name is fit to be one is the caller's to know.
    ///
    /// # Errors
    /// The variants say why not.
    pub async fn rename_account(&self, id: &AccountId, username: &str) -> Result<bool, RenameError> {
        let renamed = sqlx::query("update accounts set username = $2, username_key = $3 where id = $1")
            .bind(id.as_str())
            .bind(username.trim())
            .bind(username_key(username))
            .execute(self.pool())
            .await;
        match renamed {
            Ok(done) => Ok(done.rows_affected() > 0),
            Err(error) if is_unique_violation(&error) => Err(RenameError::Taken),
            Err(error) => Err(StoreError::from(error).into()),
        }
    }
}
