//! Data keys: one a person, under which their saved secrets are sealed. What is kept of one is wrapped under another key,
//! which comes from outside the store: the operator's, or one made from a password.

use std::fmt;

use sqlx::Row;
use sqlx::any::AnyRow;
use time::OffsetDateTime;

use crate::Store;
use crate::clock::Millis;
use crate::error::{Cause, StoreError};
use crate::ids::{AccountId, SessionId};
use crate::page::page_length;
use crate::patience::Work;
use crate::saved_secrets::seal_anew;
use crate::sealing::SealingKey;

/// What the key comes from that wraps a data key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// The operator's key.
    Operator,
    /// A password that the person has for nothing else.
    MasterPassword,
    /// A command of the operator's that gives each person's key.
    Hook,
}

/// A data key that is open. Wiped when dropped.
#[derive(Clone)]
pub struct DataKey(pub(crate) SealingKey);

/// A data key as it is kept: wrapped.
#[derive(Debug, Clone)]
pub struct KeptDataKey {
    /// Whose it is.
    pub account: AccountId,
    /// What the wrapping key comes from.
    pub protection: Protection,
    /// How that key is made from a password: the caller's own words.
    pub derivation: Option<String>,
    /// Wrong passwords in a row.
    pub failures: u32,
    /// No password counts before this moment.
    pub blocked_until: OffsetDateTime,
    id: String,
    wrapped: String,
}

/// How a data key is to be wrapped.
#[derive(Clone, Copy)]
pub struct Wrapping<'a> {
    /// The key to wrap it under,
    pub key: &'a SealingKey,
    /// what that comes from,
    pub protection: Protection,
    /// and how it is made from a password.
    pub derivation: Option<&'a str>,
}

macro_rules! key_columns {
    () => {
        "account_id, id, wrapped, protection, derivation, failures, blocked_until"
    };
}

impl Store {
    /// A person's data key.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn data_key(&self, account: &AccountId) -> Result<Option<KeptDataKey>, StoreError> {
        sqlx::query(concat!("select ", key_columns!(), " from data_keys where account_id = $1"))
            .bind(account.as_str())
            .fetch_optional(self.pool())
            .await?
            .map(|row| kept_from_row(&row))
            .transpose()
    }

    /// Data keys that the operator's key wraps, in the order of their accounts, of at most `limit` and
    /// [`MAX_PAGE`](crate::MAX_PAGE).
    ///
    /// # Errors
    /// When the store fails.
    pub async fn operators_data_keys(
        &self,
        after: Option<&AccountId>,
        limit: u32,
    ) -> Result<Vec<KeptDataKey>, StoreError> {
        sqlx::query(concat!(
            "select ",
            key_columns!(),
            " from data_keys where protection = $1 and account_id > $2 order by account_id limit $3"
        ))
        .bind(Protection::Operator.as_str())
        .bind(after.map_or("", AccountId::as_str))
        .bind(i64::from(page_length(limit)))
        .fetch_all(self.pool())
        .await?
        .iter()
        .map(kept_from_row)
        .collect()
    }

    /// Keeps a person's first data key. False if there is one already.
    ///
    /// # Errors
    /// When the store fails, also because there is no such account.
    pub async fn create_data_key(
        &self,
        account: &AccountId,
        key: &DataKey,
        wrapping: Wrapping<'_>,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "insert into data_keys
                (account_id, id, wrapped, protection, derivation, created_at, changed_at, failures, blocked_until)
             values ($1, $2, $3, $4, $5, $6, $6, 0, 0)
             on conflict (account_id) do nothing",
        )
        .bind(account.as_str())
        .bind(key.id())
        .bind(wrapping.wrap(account, key)?)
        .bind(wrapping.protection.as_str())
        .bind(wrapping.derivation)
        .bind(self.now().0)
        .execute(self.pool())
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Wraps the same data key under another key. False if somebody else has changed it meanwhile.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn rewrap_data_key(
        &self,
        kept: &KeptDataKey,
        key: &DataKey,
        wrapping: Wrapping<'_>,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let done = self.put_in_place(&mut transaction, kept, key, wrapping).await?;
        transaction.commit().await?;
        Ok(done)
    }

    /// Puts another data key in the place of `old` and seals everything anew under it, so that neither `old` nor what
    /// wraps it opens anything any more. False if somebody else has changed it meanwhile.
    ///
    /// # Errors
    /// When the store fails; then nothing has changed.
    pub async fn replace_data_key(
        &self,
        kept: &KeptDataKey,
        old: &DataKey,
        new: &DataKey,
        wrapping: Wrapping<'_>,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        // Whoever saves a secret waits for this row.
        if !self.put_in_place(&mut transaction, kept, new, wrapping).await? {
            return Ok(false);
        }
        seal_anew(&mut transaction, &kept.account, old, new).await?;
        transaction.commit().await?;
        Ok(true)
    }

    async fn put_in_place(
        &self,
        transaction: &mut Work,
        kept: &KeptDataKey,
        key: &DataKey,
        wrapping: Wrapping<'_>,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "update data_keys
             set id = $3, wrapped = $4, protection = $5, derivation = $6, changed_at = $7, failures = 0,
                 blocked_until = 0
             where account_id = $1 and wrapped = $2",
        )
        .bind(kept.account.as_str())
        .bind(&kept.wrapped)
        .bind(key.id())
        .bind(wrapping.wrap(&kept.account, key)?)
        .bind(wrapping.protection.as_str())
        .bind(wrapping.derivation)
        .bind(self.now().0)
        .execute(&mut *transaction)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Forgets a person's data key with everything that is sealed under it. Says how many secrets that were.
    ///
    /// # Errors
    /// When the store fails; then nothing has changed.
    pub async fn forget_data_key(&self, account: &AccountId) -> Result<u64, StoreError> {
        let mut transaction = self.begin().await?;
        sqlx::query("delete from data_keys where account_id = $1")
            .bind(account.as_str())
            .execute(&mut transaction)
            .await?;
        let secrets = sqlx::query("delete from saved_secrets where account_id = $1")
            .bind(account.as_str())
            .execute(&mut transaction)
            .await?;
        sqlx::query("delete from unlocked_keys where session_id in (select id from sessions where account_id = $1)")
            .bind(account.as_str())
            .execute(&mut transaction)
            .await?;
        transaction.commit().await?;
        Ok(secrets.rows_affected())
    }

    /// Counts a wrong password and looks at no other before `blocked_until`.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn note_wrong_master_password(
        &self,
        account: &AccountId,
        blocked_until: OffsetDateTime,
    ) -> Result<(), StoreError> {
        sqlx::query("update data_keys set failures = failures + 1, blocked_until = $2 where account_id = $1")
            .bind(account.as_str())
            .bind(Millis::from(blocked_until).0)
            .execute(self.pool())
            .await?;
        Ok(())
    }

    /// Forgets wrong passwords.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn note_right_master_password(&self, account: &AccountId) -> Result<(), StoreError> {
        sqlx::query("update data_keys set failures = 0, blocked_until = 0 where account_id = $1")
            .bind(account.as_str())
            .execute(self.pool())
            .await?;
        Ok(())
    }

    /// Keeps a data key open for a session: sealed under `unlocking_key`, which only the session's cookie yields.
    ///
    /// # Errors
    /// When the store fails, also because the session has ended.
    pub async fn keep_unlocked(
        &self,
        session: &SessionId,
        unlocking_key: &SealingKey,
        key: &DataKey,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "insert into unlocked_keys (session_id, sealed) values ($1, $2)
             on conflict (session_id) do update set sealed = excluded.sealed",
        )
        .bind(session.as_str())
        .bind(unlocking_key.wrap(&unlocked_name(session), &key.0)?)
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// The data key that a session keeps open, if it is still `kept`'s.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn unlocked_key(
        &self,
        session: &SessionId,
        unlocking_key: &SealingKey,
        kept: &KeptDataKey,
    ) -> Result<Option<DataKey>, StoreError> {
        let row = sqlx::query("select sealed from unlocked_keys where session_id = $1")
            .bind(session.as_str())
            .fetch_optional(self.pool())
            .await?;
        let Some(row) = row else { return Ok(None) };
        let key = unlocking_key.unwrap(&unlocked_name(session), row.try_get("sealed")?);
        Ok(key.filter(|key| key.id() == kept.id).map(DataKey))
    }

    /// Has a session open its data key anew the next time. False if it kept none open.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn lock_session(&self, session: &SessionId) -> Result<bool, StoreError> {
        let done = sqlx::query("delete from unlocked_keys where session_id = $1")
            .bind(session.as_str())
            .execute(self.pool())
            .await?;
        Ok(done.rows_affected() > 0)
    }
}

impl KeptDataKey {
    /// The data key, if this is the key that wraps it.
    #[must_use]
    pub fn open(&self, key: &SealingKey) -> Option<DataKey> {
        let opened = key.unwrap(&wrapped_name(&self.account), &self.wrapped)?;
        (opened.id() == self.id).then_some(DataKey(opened))
    }

    /// The id of the key that wraps it.
    #[must_use]
    pub fn wrapping_key_id(&self) -> &str {
        SealingKey::id_in(&self.wrapped).unwrap_or_default()
    }
}

impl DataKey {
    /// A new one.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn generate() -> Result<Self, StoreError> {
        SealingKey::generate().map(Self)
    }

    pub(crate) fn id(&self) -> &str {
        self.0.id()
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("DataKey").field(&self.0.id()).finish()
    }
}

impl Wrapping<'_> {
    fn wrap(&self, account: &AccountId, key: &DataKey) -> Result<String, StoreError> {
        self.key.wrap(&wrapped_name(account), &key.0)
    }
}

impl Protection {
    fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::MasterPassword => "master_password",
            Self::Hook => "hook",
        }
    }

    fn from_row(text: &str) -> Result<Self, StoreError> {
        match text {
            "operator" => Ok(Self::Operator),
            "master_password" => Ok(Self::MasterPassword),
            "hook" => Ok(Self::Hook),
            _ => Err(Cause::UnknownValue { column: "data_keys.protection", value: text.to_owned() }.into()),
        }
    }
}

/// What a data key is bound to: nobody else's row opens it.
fn wrapped_name(account: &AccountId) -> String {
    format!("data key of {account}")
}

fn unlocked_name(session: &SessionId) -> String {
    format!("data key in {session}")
}

fn kept_from_row(row: &AnyRow) -> Result<KeptDataKey, StoreError> {
    Ok(KeptDataKey {
        account: AccountId::from_row(row.try_get("account_id")?),
        protection: Protection::from_row(row.try_get("protection")?)?,
        derivation: row.try_get("derivation")?,
        failures: u32::try_from(row.try_get::<i64, _>("failures")?).unwrap_or(u32::MAX),
        blocked_until: Millis(row.try_get("blocked_until")?).to_date_time(),
        id: row.try_get("id")?,
        wrapped: row.try_get("wrapped")?,
    })
}
