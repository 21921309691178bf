//! Secrets that people save to log in with later: the passwords of servers and of the tunnels in front of them.

use secrecy::{ExposeSecret, SecretString};
use sqlx::Row;
use sqlx::any::AnyRow;
use time::OffsetDateTime;

use crate::Store;
use crate::clock::Millis;
use crate::data_keys::DataKey;
use crate::error::{Cause, StoreError};
use crate::ids::{AccountId, ServerId};
use crate::patience::Work;

/// How many secrets one person may save.
pub const MAX_SAVED_SECRETS: u32 = 4000;

/// What a saved secret logs in to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretKind {
    /// PostgreSQL.
    Database,
    /// The SSH server of a tunnel.
    Tunnel,
}

/// Whose secret, of what.
#[derive(Debug, Clone, Copy)]
pub struct SecretPlace<'a> {
    /// The person.
    pub account: &'a AccountId,
    /// The server definition.
    pub server: &'a ServerId,
    /// What of it.
    pub kind: SecretKind,
}

/// A secret that was saved, sealed.
#[derive(Debug, Clone)]
pub struct SavedSecret {
    /// Whose it is.
    pub account: AccountId,
    /// The server definition, which may be out of the person's sight by now.
    pub server: ServerId,
    /// What of it.
    pub kind: SecretKind,
    /// Whom it logs in, and where.
    pub target: String,
    /// What protected the way there, in words of whoever saved it; `None` where that was not kept.
    pub guard: Option<String>,
    /// When it was saved.
    pub saved_at: OffsetDateTime,
    /// Since when the other side does not take it.
    pub refused_at: Option<OffsetDateTime>,
    sealed: String,
}

/// Why a secret was not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveSecretError {
    /// The person's data key is another by now: open that one and try again.
    #[error("the data key has been replaced")]
    KeyReplaced,
    /// The person has [`MAX_SAVED_SECRETS`] already.
    #[error("a person may save at most {MAX_SAVED_SECRETS} secrets")]
    TooMany,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

macro_rules! secret_columns {
    () => {
        "account_id, server_id, kind, target, guard, sealed, saved_at, refused_at"
    };
}

impl Store {
    /// Saves a secret for `target`, the way to which is protected by `guard`, under the person's data key, in the place of
    /// one that was there. It opens for this target and guard alone.
    ///
    /// # Errors
    /// The variants say why not.
    pub async fn save_secret(
        &self,
        place: SecretPlace<'_>,
        target: &str,
        guard: &str,
        secret: &SecretString,
        key: &DataKey,
    ) -> Result<(), SaveSecretError> {
        let mut transaction = self.begin().await?;
        // Changes nothing, but waits for whoever replaces the key, and makes them wait for this.
        let current = sqlx::query("update data_keys set failures = failures where account_id = $1 and id = $2")
            .bind(place.account.as_str())
            .bind(key.id())
            .execute(&mut transaction)
            .await
            .map_err(StoreError::from)?;
        if current.rows_affected() == 0 {
            return Err(SaveSecretError::KeyReplaced);
        }
        let others: i64 = sqlx::query(
            "select count(*) as others from saved_secrets
             where account_id = $1 and not (server_id = $2 and kind = $3)",
        )
        .bind(place.account.as_str())
        .bind(place.server.as_str())
        .bind(place.kind.as_str())
        .fetch_one(&mut transaction)
        .await
        .and_then(|row| row.try_get("others"))
        .map_err(StoreError::from)?;
        if others >= i64::from(MAX_SAVED_SECRETS) {
            return Err(SaveSecretError::TooMany);
        }
        sqlx::query(
            "insert into saved_secrets (account_id, server_id, kind, target, guard, sealed, saved_at)
             values ($1, $2, $3, $4, $5, $6, $7)
             on conflict (account_id, server_id, kind) do update
             set target = excluded.target, guard = excluded.guard, sealed = excluded.sealed,
                 saved_at = excluded.saved_at, refused_at = null",
        )
        .bind(place.account.as_str())
        .bind(place.server.as_str())
        .bind(place.kind.as_str())
        .bind(target)
        .bind(guard)
        .bind(key.0.seal(&place.bound_to(target, Some(guard)), secret.expose_secret().as_bytes())?)
        .bind(self.now().0)
        .execute(&mut transaction)
        .await
        .map_err(StoreError::from)?;
        transaction.commit().await.map_err(StoreError::from)?;
        Ok(())
    }

    /// The secret that a person saved for a place, sealed.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn saved_secret(&self, place: SecretPlace<'_>) -> Result<Option<SavedSecret>, StoreError> {
        sqlx::query(concat!(
            "select ",
            secret_columns!(),
            " from saved_secrets where account_id = $1 and server_id = $2 and kind = $3"
        ))
        .bind(place.account.as_str())
        .bind(place.server.as_str())
        .bind(place.kind.as_str())
        .fetch_optional(self.pool())
        .await?
        .map(|row| secret_from_row(&row))
        .transpose()
    }

    /// All secrets that a person saved, at most [`MAX_SAVED_SECRETS`].
    ///
    /// # Errors
    /// When the store fails.
    pub async fn saved_secrets(&self, account: &AccountId) -> Result<Vec<SavedSecret>, StoreError> {
        sqlx::query(concat!(
            "select ",
            secret_columns!(),
            " from saved_secrets where account_id = $1 order by server_id, kind"
        ))
        .bind(account.as_str())
        .fetch_all(self.pool())
        .await?
        .iter()
        .map(secret_from_row)
        .collect()
    }

    /// Notes that the other side does not take a secret any more, if it is still the one that is saved.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn note_refused_secret(&self, secret: &SavedSecret) -> Result<(), StoreError> {
        sqlx::query(
            "update saved_secrets set refused_at = $5
             where account_id = $1 and server_id = $2 and kind = $3 and sealed = $4",
        )
        .bind(secret.account.as_str())
        .bind(secret.server.as_str())
        .bind(secret.kind.as_str())
        .bind(&secret.sealed)
        .bind(self.now().0)
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Forgets what a person saved for a server, or only one kind of it. Says how many secrets that were.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn forget_saved_secrets_of(
        &self,
        account: &AccountId,
        server: &ServerId,
        kind: Option<SecretKind>,
    ) -> Result<u64, StoreError> {
        let done = sqlx::query(
            "delete from saved_secrets where account_id = $1 and server_id = $2 and kind = coalesce($3, kind)",
        )
        .bind(account.as_str())
        .bind(server.as_str())
        .bind(kind.map(SecretKind::as_str))
        .execute(self.pool())
        .await?;
        Ok(done.rows_affected())
    }

    /// Forgets everything that a person saved; their data key stays. Says how many secrets that were.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn forget_saved_secrets(&self, account: &AccountId) -> Result<u64, StoreError> {
        let done = sqlx::query("delete from saved_secrets where account_id = $1")
            .bind(account.as_str())
            .execute(self.pool())
            .await?;
        Ok(done.rows_affected())
    }
}

/// Seals everything of a person under another data key. What the old one does not open stays as it is.
pub(crate) async fn seal_anew(
    transaction: &mut Work,
    account: &AccountId,
    old: &DataKey,
    new: &DataKey,
) -> Result<(), StoreError> {
    let rows = sqlx::query(concat!("select ", secret_columns!(), " from saved_secrets where account_id = $1"))
        .bind(account.as_str())
        .fetch_all(&mut *transaction)
        .await?;
    for row in &rows {
        let secret = secret_from_row(row)?;
        let Some(contents) = secret.open(old) else {
            tracing::warn!(account.id = %account, "a saved secret could not be opened and stays as it is");
            continue;
        };
        let sealed = new.0.seal(&secret.bound_to(), contents.expose_secret().as_bytes())?;
        sqlx::query("update saved_secrets set sealed = $4 where account_id = $1 and server_id = $2 and kind = $3")
            .bind(account.as_str())
            .bind(secret.server.as_str())
            .bind(secret.kind.as_str())
            .bind(sealed)
            .execute(&mut *transaction)
            .await?;
    }
    Ok(())
}

impl SavedSecret {
    /// The secret itself. `None` if another key sealed it, or somebody has changed or moved it.
    #[must_use]
    pub fn open(&self, key: &DataKey) -> Option<SecretString> {
        let contents = key.0.open(&self.bound_to(), &self.sealed)?;
        std::str::from_utf8(contents.expose_secret()).ok().map(SecretString::from)
    }

    /// Whose it is, of what.
    #[must_use]
    pub fn place(&self) -> SecretPlace<'_> {
        SecretPlace { account: &self.account, server: &self.server, kind: self.kind }
    }

    fn bound_to(&self) -> String {
        self.place().bound_to(&self.target, self.guard.as_deref())
    }
}

impl SecretPlace<'_> {
    /// Ids and kinds hold no blank, so that two places are never one text.
    fn bound_to(&self, target: &str, guard: Option<&str>) -> String {
        let place = format!("{} {} {} {target}", self.account, self.server, self.kind.as_str());
        guard.map_or_else(|| place.clone(), |guard| format!("{place}\n{guard}"))
    }
}

impl SecretKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Tunnel => "tunnel",
        }
    }

    fn from_row(text: &str) -> Result<Self, StoreError> {
        match text {
            "database" => Ok(Self::Database),
            "tunnel" => Ok(Self::Tunnel),
            _ => Err(Cause::UnknownValue { column: "saved_secrets.kind", value: text.to_owned() }.into()),
        }
    }
}

fn secret_from_row(row: &AnyRow) -> Result<SavedSecret, StoreError> {
    Ok(SavedSecret {
        account: AccountId::from_row(row.try_get("account_id")?),
        server: ServerId::from_row(row.try_get("server_id")?),
        kind: SecretKind::from_row(row.try_get("kind")?)?,
        target: row.try_get("target")?,
        guard: row.try_get("guard")?,
        saved_at: Millis(row.try_get("saved_at")?).to_date_time(),
        refused_at: row.try_get::<Option<i64>, _>("refused_at")?.map(|time| Millis(time).to_date_time()),
        sealed: row.try_get("sealed")?,
    })
}
