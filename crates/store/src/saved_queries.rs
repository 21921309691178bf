//! Queries that people keep, in folders, and share.

use sqlx::Row;
use sqlx::any::AnyRow;
use time::OffsetDateTime;

use crate::Store;
use crate::clock::Millis;
use crate::error::StoreError;
use crate::ids::{AccountId, SavedQueryId};
use crate::servers::{Audience, Viewer};

/// How many queries one account may keep.
pub const MAX_SAVED_QUERIES: i64 = 2000;
/// The text of one, in bytes of UTF-8.
pub const MAX_SAVED_QUERY_BYTES: usize = 1 << 20;
/// Shared queries that are looked through for one person.
const MAX_SHARED_READ: i64 = 10_000;

/// A query as its owner describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedQueryContent {
    /// The folder, with slashes between its parts; empty for none.
    pub folder: String,
    /// What it is called.
    pub name: String,
    /// Its text.
    pub sql: String,
    /// The server that it is meant for.
    pub server_id: Option<String>,
    /// The database there.
    pub database: Option<String>,
    /// Who else sees it.
    pub audience: Audience,
}

/// A query that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedQuery {
    /// Names it in links.
    pub id: SavedQueryId,
    /// Whose it is.
    pub owner: AccountId,
    /// Their name.
    pub owner_name: String,
    /// What it holds; in lists without its text.
    pub content: SavedQueryContent,
    /// Counts changes, from 1.
    pub version: i64,
    /// When it was last changed.
    pub updated_at: OffsetDateTime,
}

/// Why a query was not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveQueryError {
    /// There is none, or it is somebody else's.
    #[error("there is no such query of this person")]
    NotFound,
    /// It was changed in the meantime; here is what it is now.
    #[error("the query was changed in the meantime")]
    Changed(Box<SavedQuery>),
    /// The account keeps as many as it may.
    #[error("an account keeps at most {MAX_SAVED_QUERIES} queries")]
    TooMany,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for SaveQueryError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

macro_rules! queries {
    ($content:literal) => {
        concat!(
            "select q.id, q.owner_id, a.username as owner_name, q.folder, q.name, ",
            $content,
            " as content, q.server_id, q.database_name, q.audience, q.version, q.updated_at
             from saved_queries q join accounts a on a.id = q.owner_id "
        )
    };
}

impl Store {
    /// The queries that `viewer` sees, without their texts, by folder and name.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn saved_queries(&self, viewer: Viewer<'_>) -> Result<Vec<SavedQuery>, StoreError> {
        let mut queries = sqlx::query(concat!(
            queries!("''"),
            "where q.owner_id = $1 or q.audience <> $2 order by q.folder_key, q.name_key, q.id limit $3"
        ))
        .bind(viewer.account.as_str())
        .bind(Audience::Private.as_json())
        .bind(MAX_SHARED_READ)
        .fetch_all(self.pool())
        .await?
        .iter()
        .map(saved_query)
        .collect::<Result<Vec<_>, StoreError>>()?;
        queries.retain(|query| viewer.sees(&query.owner, &query.content.audience));
        Ok(queries)
    }

    /// A query, if `viewer` sees it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn saved_query(&self, id: &SavedQueryId, viewer: Viewer<'_>) -> Result<Option<SavedQuery>, StoreError> {
        let found = self.any_saved_query(id).await?;
        Ok(found.filter(|query| viewer.sees(&query.owner, &query.content.audience)))
    }

    async fn any_saved_query(&self, id: &SavedQueryId) -> Result<Option<SavedQuery>, StoreError> {
        let row = sqlx::query(concat!(queries!("q.content"), "where q.id = $1"))
            .bind(id.as_str())
            .fetch_optional(self.pool())
            .await?;
        row.as_ref().map(saved_query).transpose()
    }

    /// Keeps a new query.
    ///
    /// # Errors
    /// [`SaveQueryError::TooMany`]; the store fails also when there is no such account.
    pub async fn create_saved_query(
        &self,
        owner: &AccountId,
        content: &SavedQueryContent,
    ) -> Result<SavedQueryId, SaveQueryError> {
        let now = self.now();
        let id = SavedQueryId::generate(now)?;
        let mut transaction = self.begin().await?;
        // Changes nothing, but lets one transaction an owner past this point at a time, so that the count holds.
        sqlx::query("update accounts set disabled = disabled where id = $1")
            .bind(owner.as_str())
            .execute(&mut transaction)
            .await?;
        let kept: i64 = sqlx::query("select count(*) as kept from saved_queries where owner_id = $1")
            .bind(owner.as_str())
            .fetch_one(&mut transaction)
            .await?
            .try_get("kept")?;
        if kept >= MAX_SAVED_QUERIES {
            return Err(SaveQueryError::TooMany);
        }
        sqlx::query(
            "insert into saved_queries (id, owner_id, folder, name, folder_key, name_key, content, server_id,
                 database_name, audience, version, created_at, updated_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11, $11)",
        )
        .bind(id.as_str())
        .bind(owner.as_str())
        .bind(&content.folder)
        .bind(&content.name)
        .bind(content.folder.to_lowercase())
        .bind(content.name.to_lowercase())
        .bind(&content.sql)
        .bind(content.server_id.as_deref())
        .bind(content.database.as_deref())
        .bind(content.audience.as_json())
        .bind(now.0)
        .execute(&mut transaction)
        .await?;
        transaction.commit().await?;
        Ok(id)
    }

    /// Replaces a query of `owner`'s, if it still has the `version` that the change was made against.
    ///
    /// # Errors
    /// The variants say why not.
    pub async fn update_saved_query(
        &self,
        id: &SavedQueryId,
        owner: &AccountId,
        version: i64,
        content: &SavedQueryContent,
    ) -> Result<(), SaveQueryError> {
        let done = sqlx::query(
            "update saved_queries
             set folder = $4, name = $5, folder_key = $6, name_key = $7, content = $8, server_id = $9,
                 database_name = $10, audience = $11, updated_at = $12, version = version + 1
             where id = $1 and owner_id = $2 and version = $3",
        )
        .bind(id.as_str())
        .bind(owner.as_str())
        .bind(version)
        .bind(&content.folder)
        .bind(&content.name)
        .bind(content.folder.to_lowercase())
        .bind(content.name.to_lowercase())
        .bind(&content.sql)
        .bind(content.server_id.as_deref())
        .bind(content.database.as_deref())
        .bind(content.audience.as_json())
        .bind(self.now().0)
        .execute(self.pool())
        .await?;
        if done.rows_affected() == 1 {
            return Ok(());
        }
        match self.any_saved_query(id).await? {
            Some(query) if query.owner == *owner => Err(SaveQueryError::Changed(Box::new(query))),
            _ => Err(SaveQueryError::NotFound),
        }
    }

    /// Gives a folder of `owner`'s queries, with all that is in it, another place. `moved` has the new folder of a query out of
    /// its present one, or `None` where it stays. Says how many went.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn move_saved_queries(
        &self,
        owner: &AccountId,
        moved: impl Fn(&str) -> Option<String> + Send,
    ) -> Result<u64, StoreError> {
        let mut transaction = self.begin().await?;
        let rows = sqlx::query("select id, folder from saved_queries where owner_id = $1 order by id")
            .bind(owner.as_str())
            .fetch_all(&mut transaction)
            .await?;
        let mut count = 0;
        for row in rows {
            let Some(folder) = moved(row.try_get("folder")?) else { continue };
            count += sqlx::query(
                "update saved_queries set folder = $2, folder_key = $3, updated_at = $4, version = version + 1
                 where id = $1",
            )
            .bind(row.try_get::<String, _>("id")?)
            .bind(&folder)
            .bind(folder.to_lowercase())
            .bind(self.now().0)
            .execute(&mut transaction)
            .await?
            .rows_affected();
        }
        transaction.commit().await?;
        Ok(count)
    }

    /// Removes a query of `owner`'s; false if there is none.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn delete_saved_query(&self, id: &SavedQueryId, owner: &AccountId) -> Result<bool, StoreError> {
        let done = sqlx::query("delete from saved_queries where id = $1 and owner_id = $2")
            .bind(id.as_str())
            .bind(owner.as_str())
            .execute(self.pool())
            .await?;
        Ok(done.rows_affected() == 1)
    }
}

fn saved_query(row: &AnyRow) -> Result<SavedQuery, StoreError> {
    let audience: String = row.try_get("audience")?;
    Ok(SavedQuery {
        id: SavedQueryId::from_row(row.try_get("id")?),
        owner: AccountId::from_row(row.try_get("owner_id")?),
        owner_name: row.try_get("owner_name")?,
        content: SavedQueryContent {
            folder: row.try_get("folder")?,
            name: row.try_get("name")?,
            sql: row.try_get("content")?,
            server_id: row.try_get("server_id")?,
            database: row.try_get("database_name")?,
            audience: Audience::from_json(&audience),
        },
        version: row.try_get("version")?,
        updated_at: Millis(row.try_get("updated_at")?).to_date_time(),
    })
}
