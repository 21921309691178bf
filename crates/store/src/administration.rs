//! What an administrator does to accounts. Whatever is done, one administrator who can sign in is left.

use sqlx::Row;

use crate::Store;
use crate::accounts::DeleteAccountError;
use crate::accounts::{Account, DeletedAccount, Role, account_columns, account_from_row, delete_account};
use crate::error::StoreError;
use crate::ids::{AccountId, ServerId, SessionId};
use crate::origin::ids_from_rows;
use crate::patience::Work;
use crate::people::role_expression;
use crate::servers::{Server, server_columns, server_from_row};

/// Why an administrator may not do what they want to.
#[derive(Debug, thiserror::Error)]
pub enum AdministerError {
    /// There is no such account.
    #[error("no such account")]
    NoAccount,
    /// Nobody could administer this installation any more.
    #[error("this is the last administrator who can sign in")]
    LastAdministrator,
    /// The account owns so many servers that others see.
    #[error("the account owns {0} servers that others see")]
    SharedServers(u64),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An account that was changed, and its sessions that ended with that.
#[derive(Debug)]
pub struct Administered {
    /// The account as it is now.
    pub account: Account,
    /// The sessions.
    pub ended: Vec<SessionId>,
}

impl Store {
    /// Gives an account a role by hand. Its sessions go on with it.
    ///
    /// # Errors
    /// The variants say why not.
    pub async fn administer_role(&self, id: &AccountId, role: Role) -> Result<Account, AdministerError> {
        let mut transaction = self.begin().await?;
        let others = other_administrators(&mut transaction, id).await?;
        let row = sqlx::query(concat!("update accounts set role = $2 where id = $1 returning ", account_columns!()))
            .bind(id.as_str())
            .bind(role.as_str())
            .fetch_optional(&mut transaction)
            .await
            .map_err(StoreError::from)?;
        let account = account_from_row(&row.ok_or(AdministerError::NoAccount)?)?;
        if others == 0 && account.role != Role::Administrator {
            return Err(AdministerError::LastAdministrator);
        }
        transaction.commit().await.map_err(StoreError::from)?;
        Ok(account)
    }

    /// Switches an account off, and ends its sessions, or on again.
    ///
    /// # Errors
    /// The variants say why not.
    pub async fn administer_disabled(&self, id: &AccountId, disabled: bool) -> Result<Administered, AdministerError> {
        let mut transaction = self.begin().await?;
        let others = other_administrators(&mut transaction, id).await?;
        let row =
            sqlx::query(concat!("update accounts set disabled = $2 where id = $1 returning ", account_columns!()))
                .bind(id.as_str())
                .bind(i64::from(disabled))
                .fetch_optional(&mut transaction)
                .await
                .map_err(StoreError::from)?;
        let account = account_from_row(&row.ok_or(AdministerError::NoAccount)?)?;
        if others == 0 && disabled {
            return Err(AdministerError::LastAdministrator);
        }
        let mut ended = Vec::new();
        if disabled {
            ended = end_sessions(&mut transaction, id).await?;
        }
        transaction.commit().await.map_err(StoreError::from)?;
        Ok(Administered { account, ended })
    }

    /// Deletes an account as [`Store::delete_account`] does.
    ///
    /// # Errors
    /// The variants say why not; then nothing has changed.
    pub async fn administer_removal(&self, id: &AccountId) -> Result<DeletedAccount, AdministerError> {
        let mut transaction = self.begin().await?;
        let others = other_administrators(&mut transaction, id).await?;
        if others == 0 {
            return Err(AdministerError::LastAdministrator);
        }
        let deleted = delete_account(&mut transaction, id).await.map_err(|error| match error {
            DeleteAccountError::SharedServers(count) => AdministerError::SharedServers(count),
            DeleteAccountError::Store(error) => error.into(),
        })?;
        transaction.commit().await.map_err(StoreError::from)?;
        deleted.ok_or(AdministerError::NoAccount)
    }

    /// Ends all sessions of an account and says which they were.
    ///
    /// # Errors
    /// When the store fails; then none has ended.
    pub async fn end_all_sessions(&self, id: &AccountId) -> Result<Vec<SessionId>, StoreError> {
        let ended = sqlx::query("delete from sessions where account_id = $1 returning id")
            .bind(id.as_str())
            .fetch_all(self.pool())
            .await?;
        ids_from_rows(&ended)
    }

    /// Ends a session, whosever it is, and says whose it was. `None` if there is none.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn end_session_of_anybody(&self, id: &SessionId) -> Result<Option<AccountId>, StoreError> {
        let row = sqlx::query("delete from sessions where id = $1 returning account_id")
            .bind(id.as_str())
            .fetch_optional(self.pool())
            .await?;
        row.map(|row| Ok(AccountId::from_row(row.try_get("account_id")?))).transpose()
    }

    /// The servers of an account that others see, at most [`MAX_PAGE`](crate::MAX_PAGE).
    ///
    /// # Errors
    /// When the store fails.
    pub async fn shared_servers_of(&self, owner: &AccountId) -> Result<Vec<Server>, StoreError> {
        sqlx::query(concat!(
            "select ",
            server_columns!(""),
            " from servers where owner_id = $1 and audience <> $2 order by group_key, name_key, id limit $3"
        ))
        .bind(owner.as_str())
        .bind(crate::Audience::Private.as_json())
        .bind(i64::from(crate::MAX_PAGE))
        .fetch_all(self.pool())
        .await?
        .iter()
        .map(server_from_row)
        .collect()
    }

    /// Makes a server another account's, with `credential` in place of the one that was sealed for its owner. False if
    /// it was changed meanwhile, is not `from`'s, or `to` is gone.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn hand_over_server(
        &self,
        id: &ServerId,
        version: i64,
        from: &AccountId,
        to: &AccountId,
        credential: &str,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "update servers set owner_id = $4, credential = $5, updated_at = $6, version = version + 1
             where id = $1 and version = $2 and owner_id = $3 and exists (select 1 from accounts where id = $4)",
        )
        .bind(id.as_str())
        .bind(version)
        .bind(from.as_str())
        .bind(to.as_str())
        .bind(credential)
        .bind(self.now().0)
        .execute(self.pool())
        .await?;
        Ok(done.rows_affected() > 0)
    }
}

/// Counts the administrators who can sign in, but for this one. Those who count at the same moment wait for each other,
/// so that two administrators cannot take each other's role.
async fn other_administrators(transaction: &mut Work, but: &AccountId) -> Result<i64, StoreError> {
    // Changes nothing, but locks the rows until the transaction ends.
    sqlx::query(concat!("update accounts set disabled = disabled where ", role_expression!(), " = 'administrator'"))
        .execute(&mut *transaction)
        .await?;
    let row = sqlx::query(concat!(
        "select count(*) as others from accounts where disabled = 0 and id <> $1 and ",
        role_expression!(),
        " = 'administrator'"
    ))
    .bind(but.as_str())
    .fetch_one(&mut *transaction)
    .await?;
    Ok(row.try_get("others")?)
}

async fn end_sessions(transaction: &mut Work, id: &AccountId) -> Result<Vec<SessionId>, StoreError> {
    let ended = sqlx::query("delete from sessions where account_id = $1 returning id")
        .bind(id.as_str())
        .fetch_all(&mut *transaction)
        .await?;
    ids_from_rows(&ended)
}
