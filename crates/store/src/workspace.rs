//! What a person has open and how they like it: query tabs and settings. Each has a version, and a change names the one
//! that it was made to, so that of two windows the later one is told rather than overwriting the earlier.

use sqlx::Row;
use sqlx::any::AnyRow;
use time::OffsetDateTime;

use crate::Store;
use crate::clock::Millis;
use crate::error::StoreError;
use crate::ids::AccountId;

/// How many tabs one account may keep.
pub const MAX_TABS: i64 = 200;
/// The text of one tab, in bytes of UTF-8.
pub const MAX_TAB_BYTES: usize = 1 << 20;
/// The text of all tabs of an account, in bytes of UTF-8.
pub const MAX_TABS_BYTES: i64 = 20 << 20;

/// A query tab as its page describes it. The store looks into none of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TabContent {
    /// What the person calls it.
    pub title: String,
    /// The server that it runs on.
    pub server_id: Option<String>,
    /// The database there.
    pub database: Option<String>,
    /// Its text.
    pub sql: String,
    /// Where the caret stands.
    pub caret: i64,
    /// How it runs its statements and the like: JSON that only the page understands. `None` on saving keeps what is there.
    pub options: Option<String>,
}

/// A tab that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tab {
    /// Chosen by the page.
    pub id: String,
    /// Counts changes of everything but the caret, from 1.
    pub version: i64,
    /// What it holds.
    pub content: TabContent,
    /// When it was last changed.
    pub updated_at: OffsetDateTime,
}

/// A setting that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// Counts changes, from 1.
    pub version: i64,
    /// JSON that only the page understands.
    pub value: String,
}

/// Why a tab or a setting was not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveError<T: std::fmt::Debug> {
    /// It is another version by now, or it was removed.
    #[error("somebody has changed it meanwhile")]
    Changed(Option<T>),
    /// The account keeps as much as it may.
    #[error("the account keeps as much as it may")]
    Full,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl<T: std::fmt::Debug> From<sqlx::Error> for SaveError<T> {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Columns that [`tab_from_row`] reads.
const TAB_COLUMNS: &str = "id, version, title, server_id, database_name, content, caret, options, updated_at";

impl Store {
    /// The tabs of an account, the oldest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn tabs(&self, account: &AccountId) -> Result<Vec<Tab>, StoreError> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "select {TAB_COLUMNS} from tabs where account_id = $1 order by created_at, id"
        )))
        .bind(account.as_str())
        .fetch_all(self.pool())
        .await?;
        Ok(rows.iter().map(tab_from_row).collect::<Result<_, _>>()?)
    }

    /// Saves a tab. `base` is the version that it was made from, 0 for a new one. Gives the version that it has now;
    /// where only the caret moved that is the same.
    ///
    /// # Errors
    /// [`SaveError::Changed`] with the tab as it is, when that is not `base`.
    pub async fn save_tab(
        &self,
        account: &AccountId,
        id: &str,
        base: i64,
        content: &TabContent,
    ) -> Result<i64, SaveError<Tab>> {
        let mut transaction = self.begin().await?;
        let row = sqlx::query(sqlx::AssertSqlSafe(format!(
            "select {TAB_COLUMNS} from tabs where account_id = $1 and id = $2"
        )))
        .bind(account.as_str())
        .bind(id)
        .fetch_optional(&mut transaction)
        .await?;
        let kept = row.as_ref().map(tab_from_row).transpose()?;
        if kept.as_ref().map_or(0, |tab| tab.version) != base {
            return Err(SaveError::Changed(kept));
        }
        let moved_only = kept.is_some_and(|tab| is_alike(&tab.content, content));
        let version = if moved_only { base } else { base + 1 };
        let bytes = content.sql.len() + content.options.as_ref().map_or(0, String::len);
        let size = i64::try_from(bytes).unwrap_or(i64::MAX);
        let others = sqlx::query(
            "select count(*), cast(coalesce(sum(size), 0) as bigint) from tabs where account_id = $1 and id <> $2",
        )
        .bind(account.as_str())
        .bind(id)
        .fetch_one(&mut transaction)
        .await?;
        if others.try_get::<i64, _>(0)? >= MAX_TABS
            || others.try_get::<i64, _>(1)?.saturating_add(size) > MAX_TABS_BYTES
        {
            return Err(SaveError::Full);
        }
        // The version is compared again: on PostgreSQL another may have written since it was read.
        let done = sqlx::query(
            "insert into tabs
                (account_id, id, version, title, server_id, database_name, content, size, caret, created_at, updated_at,
                 options)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $12)
             on conflict (account_id, id) do update set
                version = excluded.version, title = excluded.title, server_id = excluded.server_id,
                database_name = excluded.database_name, content = excluded.content, size = excluded.size,
                caret = excluded.caret, updated_at = excluded.updated_at,
                options = coalesce(excluded.options, tabs.options)
             where tabs.version = $11",
        )
        .bind(account.as_str())
        .bind(id)
        .bind(version)
        .bind(content.title.as_str())
        .bind(content.server_id.as_deref())
        .bind(content.database.as_deref())
        .bind(content.sql.as_str())
        .bind(size)
        .bind(content.caret)
        .bind(self.now().0)
        .bind(base)
        .bind(content.options.as_deref())
        .execute(&mut transaction)
        .await?;
        if done.rows_affected() == 0 {
            transaction.rollback().await?;
            return Err(SaveError::Changed(self.tabs(account).await?.into_iter().find(|tab| tab.id == id)));
        }
        transaction.commit().await?;
        Ok(version)
    }

    /// Removes a tab of that version. True too where there is none any more.
    ///
    /// # Errors
    /// [`SaveError::Changed`] with the tab as it is, when it is another version by now.
    pub async fn remove_tab(&self, account: &AccountId, id: &str, version: i64) -> Result<(), SaveError<Tab>> {
        sqlx::query("delete from tabs where account_id = $1 and id = $2 and version = $3")
            .bind(account.as_str())
            .bind(id)
            .bind(version)
            .execute(self.pool())
            .await?;
        match self.tabs(account).await?.into_iter().find(|tab| tab.id == id) {
            Some(tab) => Err(SaveError::Changed(Some(tab))),
            None => Ok(()),
        }
    }

    /// The settings of an account, by name.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn settings(&self, account: &AccountId) -> Result<Vec<Setting>, StoreError> {
        let rows = sqlx::query("select name, version, value from settings where account_id = $1 order by name")
            .bind(account.as_str())
            .fetch_all(self.pool())
            .await?;
        Ok(rows.iter().map(setting_from_row).collect::<Result<_, _>>()?)
    }

    /// Saves a setting. `base` is the version that it was made from, 0 for a new one. Gives the version that it has now.
    ///
    /// # Errors
    /// [`SaveError::Changed`] with the setting as it is, when that is not `base`.
    pub async fn save_setting(
        &self,
        account: &AccountId,
        name: &str,
        base: i64,
        value: &str,
    ) -> Result<i64, SaveError<Setting>> {
        let statement = if base == 0 {
            "insert into settings (account_id, name, version, value, updated_at) values ($1, $2, $3 + 1, $4, $5)
             on conflict (account_id, name) do nothing"
        } else {
            "update settings set version = version + 1, value = $4, updated_at = $5
             where account_id = $1 and name = $2 and version = $3"
        };
        let done = sqlx::query(statement)
            .bind(account.as_str())
            .bind(name)
            .bind(base)
            .bind(value)
            .bind(self.now().0)
            .execute(self.pool())
            .await?;
        if done.rows_affected() > 0 {
            return Ok(base + 1);
        }
        Err(SaveError::Changed(self.settings(account).await?.into_iter().find(|setting| setting.name == name)))
    }
}

/// Whether a change moves no more than the caret.
fn is_alike(kept: &TabContent, change: &TabContent) -> bool {
    let options = change.options.clone().or_else(|| kept.options.clone());
    *kept == TabContent { caret: kept.caret, options, ..change.clone() }
}

fn tab_from_row(row: &AnyRow) -> Result<Tab, sqlx::Error> {
    Ok(Tab {
        id: row.try_get("id")?,
        version: row.try_get("version")?,
        content: TabContent {
            title: row.try_get("title")?,
            server_id: row.try_get("server_id")?,
            database: row.try_get("database_name")?,
            sql: row.try_get("content")?,
            caret: row.try_get("caret")?,
            options: row.try_get("options")?,
        },
        updated_at: Millis(row.try_get("updated_at")?).to_date_time(),
    })
}

fn setting_from_row(row: &AnyRow) -> Result<Setting, sqlx::Error> {
    Ok(Setting { name: row.try_get("name")?, version: row.try_get("version")?, value: row.try_get("value")? })
}
