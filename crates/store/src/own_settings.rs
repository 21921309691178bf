//! What people set for themselves at servers that others share with them.

use std::collections::HashMap;

use sqlx::Row;
use sqlx::any::AnyRow;

use crate::Store;
use crate::error::StoreError;
use crate::ids::{AccountId, ServerId};
use crate::patience::Work;

/// What a person sets for themselves at somebody else's server. What is absent is as the server has it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OwnSettings {
    /// What they call it.
    pub name: Option<String>,
    /// The folder it stands in for them.
    pub group: Option<String>,
    /// Whom they log in as: a name or a template.
    pub username: Option<String>,
    /// The role that they switch to after login.
    pub role: Option<String>,
    /// What it is for, in their eyes.
    pub environment: Option<String>,
    /// Statements to run on every new connection of theirs.
    pub post_connection_sql: Option<String>,
}

impl OwnSettings {
    /// Whether nothing is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

macro_rules! own_columns {
    ($prefix:literal) => {
        concat!(
            $prefix,
            "name as own_name, ",
            $prefix,
            "group_name as own_group, ",
            $prefix,
            "username as own_username, ",
            $prefix,
            "role as own_role, ",
            $prefix,
            "environment as own_environment, ",
            $prefix,
            "post_connection_sql as own_sql"
        )
    };
}
pub(crate) use own_columns;

impl Store {
    /// What a person has set for themselves at a server, whether or not they still see it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn own_settings(&self, account: &AccountId, server: &ServerId) -> Result<OwnSettings, StoreError> {
        let row = sqlx::query(concat!(
            "select ",
            own_columns!(""),
            " from own_settings where account_id = $1 and server_id = $2"
        ))
        .bind(account.as_str())
        .bind(server.as_str())
        .fetch_optional(self.pool())
        .await?;
        row.map_or_else(|| Ok(OwnSettings::default()), |row| own_settings_from_row(&row))
    }

    /// All that a person has set for themselves. It is bounded: nobody sets anything at a server that they do not see.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn all_own_settings(&self, account: &AccountId) -> Result<HashMap<ServerId, OwnSettings>, StoreError> {
        sqlx::query(concat!("select server_id, ", own_columns!(""), " from own_settings where account_id = $1"))
            .bind(account.as_str())
            .fetch_all(self.pool())
            .await?
            .iter()
            .map(|row| Ok((ServerId::from_row(row.try_get("server_id")?), own_settings_from_row(row)?)))
            .collect()
    }

    /// Replaces what a person has set for themselves at a server. Whether they see it is for the caller to know.
    ///
    /// # Errors
    /// When the store fails; also when there is no such account.
    pub async fn set_own_settings(
        &self,
        account: &AccountId,
        server: &ServerId,
        own: &OwnSettings,
    ) -> Result<(), StoreError> {
        if own.is_empty() {
            sqlx::query("delete from own_settings where account_id = $1 and server_id = $2")
                .bind(account.as_str())
                .bind(server.as_str())
                .execute(self.pool())
                .await?;
            return Ok(());
        }
        sqlx::query(
            "insert into own_settings (account_id, server_id, name, group_name, name_key, group_key, username, role,
                 environment, post_connection_sql, updated_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
             on conflict (account_id, server_id) do update
             set name = $3, group_name = $4, name_key = $5, group_key = $6, username = $7, role = $8,
                 environment = $9, post_connection_sql = $10, updated_at = $11",
        )
        .bind(account.as_str())
        .bind(server.as_str())
        .bind(&own.name)
        .bind(&own.group)
        .bind(own.name.as_ref().map(|name| name.to_lowercase()))
        .bind(own.group.as_ref().map(|group| group.to_lowercase()))
        .bind(&own.username)
        .bind(&own.role)
        .bind(&own.environment)
        .bind(&own.post_connection_sql)
        .bind(self.now().0)
        .execute(self.pool())
        .await?;
        Ok(())
    }
}

/// What others than `owner` have set and saved, for a server that nobody else sees any more.
pub(crate) async fn forget_own_settings(
    transaction: &mut Work,
    server: &ServerId,
    owner: &AccountId,
) -> Result<(), StoreError> {
    sqlx::query("delete from own_settings where server_id = $1")
        .bind(server.as_str())
        .execute(&mut *transaction)
        .await?;
    sqlx::query("delete from saved_secrets where server_id = $1 and account_id <> $2")
        .bind(server.as_str())
        .bind(owner.as_str())
        .execute(&mut *transaction)
        .await?;
    Ok(())
}

/// Reads the columns that `own_columns!` names.
pub(crate) fn own_settings_from_row(row: &AnyRow) -> Result<OwnSettings, StoreError> {
    Ok(OwnSettings {
        name: row.try_get("own_name")?,
        group: row.try_get("own_group")?,
        username: row.try_get("own_username")?,
        role: row.try_get("own_role")?,
        environment: row.try_get("own_environment")?,
        post_connection_sql: row.try_get("own_sql")?,
    })
}
