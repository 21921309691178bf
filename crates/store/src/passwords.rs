//! Internal accounts: people who sign in with a password here.
//!
//! How a password is hashed and checked is the caller's business; the store keeps the hash, and counts failures where no
//! replica can forget them.

use secrecy::{ExposeSecret, SecretString};
use sqlx::Row;
use time::OffsetDateTime;

use crate::Store;
use crate::accounts::{Account, NewAccount, Role, account_columns, account_from_row, insert_account, username_key};
use crate::clock::Millis;
use crate::error::StoreError;
use crate::ids::AccountId;

/// An account that is made by hand.
#[derive(Debug)]
pub struct NewInternalAccount {
    /// Unique whatever the case of its letters.
    pub username: String,
    /// For people, and for username templates of servers.
    pub email: Option<String>,
    /// The name to show.
    pub display_name: Option<String>,
    /// What it may do.
    pub role: Role,
    /// A PHC string.
    pub password_hash: SecretString,
}

/// Why an account was not made.
#[derive(Debug, thiserror::Error)]
pub enum AddAccountError {
    /// Another account has the username.
    #[error("the username is taken")]
    UsernameTaken,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What checking a password needs.
#[derive(Debug)]
pub struct InternalAccount {
    /// Whose it is, disabled or not.
    pub account: Account,
    /// A PHC string.
    pub password_hash: SecretString,
    /// Wrong passwords in a row.
    pub failures: u32,
    /// No password counts before this moment.
    pub blocked_until: OffsetDateTime,
}

impl Store {
    /// Makes an account with a password.
    ///
    /// # Errors
    /// The variants say why not.
    pub async fn add_internal_account(&self, new: &NewInternalAccount) -> Result<Account, AddAccountError> {
        let now = self.now();
        let id = AccountId::generate(now)?;
        let mut transaction = self.begin().await?;
        let (username, email, display_name) = (&new.username, new.email.as_deref(), new.display_name.as_deref());
        let account = NewAccount { id: &id, username, email, display_name, role: new.role, now };
        if !insert_account(&mut transaction, account).await? {
            return Err(AddAccountError::UsernameTaken);
        }
        sqlx::query(
            "insert into passwords (account_id, hash, changed_at, failures, blocked_until) values ($1, $2, $3, 0, 0)",
        )
        .bind(id.as_str())
        .bind(new.password_hash.expose_secret())
        .bind(now.0)
        .execute(&mut transaction)
        .await
        .map_err(StoreError::from)?;
        transaction.commit().await.map_err(StoreError::from)?;
        self.account_by_username(&new.username).await?.ok_or(AddAccountError::UsernameTaken)
    }

    /// An account by its username, disabled or not.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn account_by_username(&self, username: &str) -> Result<Option<Account>, StoreError> {
        sqlx::query(concat!("select ", account_columns!(), " from accounts where username_key = $1"))
            .bind(username_key(username))
            .fetch_optional(self.pool())
            .await?
            .map(|row| account_from_row(&row))
            .transpose()
    }

    /// An account that has a password, by its username.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn internal_account(&self, username: &str) -> Result<Option<InternalAccount>, StoreError> {
        let row = sqlx::query(concat!(
            "select passwords.hash, passwords.failures, passwords.blocked_until, ",
            account_columns!(),
            " from accounts join passwords on passwords.account_id = accounts.id where accounts.username_key = $1"
        ))
        .bind(username_key(username))
        .fetch_optional(self.pool())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let hash: String = row.try_get("hash")?;
        Ok(Some(InternalAccount {
            account: account_from_row(&row)?,
            password_hash: hash.into(),
            failures: u32::try_from(row.try_get::<i64, _>("failures")?).unwrap_or(u32::MAX),
            blocked_until: Millis(row.try_get("blocked_until")?).to_date_time(),
        }))
    }

    /// Counts a wrong password and looks at no other before `blocked_until`.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn note_wrong_password(&self, id: &AccountId, blocked_until: OffsetDateTime) -> Result<(), StoreError> {
        sqlx::query("update passwords set failures = failures + 1, blocked_until = $2 where account_id = $1")
            .bind(id.as_str())
            .bind(Millis::from(blocked_until).0)
            .execute(self.pool())
            .await?;
        Ok(())
    }

    /// Forgets wrong passwords and notes the sign-in.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn note_right_password(&self, id: &AccountId) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        sqlx::query("update passwords set failures = 0, blocked_until = 0 where account_id = $1")
            .bind(id.as_str())
            .execute(&mut transaction)
            .await?;
        sqlx::query("update accounts set last_sign_in_at = $2 where id = $1")
            .bind(id.as_str())
            .bind(self.now().0)
            .execute(&mut transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Gives an account a password in place of the one it has, if any, and forgets wrong ones.
    ///
    /// # Errors
    /// When the store fails, also because there is no such account.
    pub async fn set_password_hash(&self, id: &AccountId, password_hash: &SecretString) -> Result<(), StoreError> {
        sqlx::query(
            "insert into passwords (account_id, hash, changed_at, failures, blocked_until) values ($1, $2, $3, 0, 0)
             on conflict (account_id) do update
             set hash = excluded.hash, changed_at = excluded.changed_at, failures = 0, blocked_until = 0",
        )
        .bind(id.as_str())
        .bind(password_hash.expose_secret())
        .bind(self.now().0)
        .execute(self.pool())
        .await?;
        Ok(())
    }
}
