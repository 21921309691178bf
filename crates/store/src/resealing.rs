//! Credentials of servers, for whoever seals texts in them anew under another key.

use sqlx::Row;

use crate::Store;
use crate::error::StoreError;
use crate::ids::{AccountId, ServerId};
use crate::page::page_length;

/// What a server keeps in `credential`.
#[derive(Debug)]
pub struct ServerCredential {
    /// The server.
    pub id: ServerId,
    /// Who owns it.
    pub owner: AccountId,
    /// JSON.
    pub credential: String,
}

impl Store {
    /// What servers keep in `credential`, in the order of their ids, of at most `limit` and
    /// [`MAX_PAGE`](crate::MAX_PAGE): for whoever seals texts in it anew.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn server_credentials(
        &self,
        after: Option<&ServerId>,
        limit: u32,
    ) -> Result<Vec<ServerCredential>, StoreError> {
        sqlx::query("select id, owner_id, credential from servers where id > $1 order by id limit $2")
            .bind(after.map_or("", ServerId::as_str))
            .bind(i64::from(page_length(limit)))
            .fetch_all(self.pool())
            .await?
            .iter()
            .map(|row| {
                Ok(ServerCredential {
                    id: ServerId::from_row(row.try_get("id")?),
                    owner: AccountId::from_row(row.try_get("owner_id")?),
                    credential: row.try_get("credential")?,
                })
            })
            .collect()
    }

    /// Writes `credential` in the place of one that means the same. False if it has been changed meanwhile.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn rewrite_server_credential(
        &self,
        current: &ServerCredential,
        credential: &str,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query("update servers set credential = $3 where id = $1 and credential = $2")
            .bind(current.id.as_str())
            .bind(&current.credential)
            .bind(credential)
            .execute(self.pool())
            .await?;
        Ok(done.rows_affected() > 0)
    }
}
