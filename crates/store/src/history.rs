//! What people ran, each for themselves.

use std::fmt::Write as _;
use std::sync::atomic::Ordering;
use std::time::Duration;

use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};
use time::OffsetDateTime;

use crate::Store;
use crate::audit::{clean, in_digits, pattern};
use crate::clock::Millis;
use crate::error::StoreError;
use crate::ids::{AccountId, HistoryId};
use crate::page::{InvalidCursor, decode_cursor, encode_cursor, page_length, rows_to_read};

/// Old entries that are removed at a time, so that nobody waits long for the store.
const PURGED_AT_A_TIME: i64 = 1000;
/// So many entries [`Store::purge_history`] removes at most.
pub const HISTORY_PURGE: u64 = PURGED_AT_A_TIME.unsigned_abs();

/// A statement that somebody ran.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryRecord {
    /// Names it and gives its place in the order.
    pub id: HistoryId,
    /// Who ran it.
    pub account: AccountId,
    /// When it began.
    pub at: OffsetDateTime,
    /// The server definition.
    pub server_id: Option<String>,
    /// Its name then.
    pub server: Option<String>,
    /// The database.
    pub database: Option<String>,
    /// The role in PostgreSQL.
    pub role: Option<String>,
    /// The tab, as its page calls it.
    pub tab: Option<String>,
    /// The text, as it was written.
    pub statement: String,
    /// How it went, such as `ok`.
    pub result: String,
    /// The SQLSTATE, where it failed.
    pub code: Option<String>,
    /// Rows of the result, or rows that were changed.
    pub rows: Option<u64>,
    /// How long it took.
    pub duration_ms: Option<f64>,
    /// What an EXPLAIN brought.
    pub plan: Option<String>,
}

/// Which entries to find. What is `None` is not asked.
#[derive(Debug, Clone, Default)]
pub struct HistoryFilter {
    /// Stands in the statement or a name, in whatever case.
    pub text: Option<String>,
    /// The server definition.
    pub server_id: Option<String>,
    /// The tab that they ran in.
    pub tab: Option<String>,
    /// How it went.
    pub result: Option<String>,
}

/// Where a page of the history ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryCursor(HistoryId);

impl std::fmt::Display for HistoryCursor {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&encode_cursor([self.0.as_str()]))
    }
}

impl std::str::FromStr for HistoryCursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let [id] = decode_cursor(text)?;
        id.parse().map(Self).map_err(|_| InvalidCursor)
    }
}

/// A part of somebody's history.
#[derive(Debug, Clone)]
pub struct HistoryPage {
    /// The entries, the last first.
    pub entries: Vec<HistoryRecord>,
    /// Where the next page begins, if there is one.
    pub next: Option<HistoryCursor>,
}

const COLUMNS: &str = "id, account_id, at, server_id, server, database_name, role, statement, result, code, row_count, \
     duration_ms, plan, tab_id";

impl Store {
    /// A name for what begins now. In the order it comes behind those that this process named before.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn new_history_id(&self) -> Result<HistoryId, StoreError> {
        let count = self.audit_events_named.fetch_add(1, Ordering::Relaxed);
        Ok(HistoryId::generate(self.now())?.in_order(count))
    }

    /// Adds entries, all or none. One that is there already is left as it is, so that a call may be repeated; one of an
    /// account that is gone is left out.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn add_history(&self, entries: &[HistoryRecord]) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        for entry in entries {
            let mut search_key = String::new();
            for text in [&entry.server, &entry.database, &entry.role].into_iter().flatten() {
                search_key.push_str(&text.to_lowercase());
                search_key.push('\n');
            }
            search_key.push_str(&entry.statement.to_lowercase());
            sqlx::query(
                "insert into history (id, account_id, at, server_id, server, database_name, role, statement, result,
                     code, row_count, duration_ms, plan, search_key, tab_id)
                 select $1, id, $3, $4, $5, $6, $7, $8, $9, $10, $11, cast($12 as double precision), $13, $14, $15
                 from accounts where id = $2
                 on conflict (id) do nothing",
            )
            .bind(entry.id.as_str())
            .bind(entry.account.as_str())
            .bind(Millis::from(entry.at).0)
            .bind(entry.server_id.as_deref())
            .bind(clean(entry.server.as_deref()))
            .bind(clean(entry.database.as_deref()))
            .bind(clean(entry.role.as_deref()))
            .bind(clean(Some(&entry.statement)))
            .bind(&entry.result)
            .bind(entry.code.as_deref())
            .bind(entry.rows.map(|rows| i64::try_from(rows).unwrap_or(i64::MAX)))
            .bind(in_digits(entry.duration_ms))
            .bind(clean(entry.plan.as_deref()))
            .bind(clean(Some(&search_key)))
            .bind(entry.tab.as_deref())
            .execute(&mut transaction)
            .await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// What `account` ran, the last first, in pages.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn history(
        &self,
        account: &AccountId,
        filter: &HistoryFilter,
        after: Option<&HistoryCursor>,
        limit: u32,
    ) -> Result<HistoryPage, StoreError> {
        // Only what is asked stands in it, so that the index serves.
        let mut sql = format!("select {COLUMNS} from history where account_id = $1");
        let mut values = Vec::new();
        let asked = [
            ("id < ?", after.map(|HistoryCursor(id)| id.as_str().to_owned())),
            ("server_id = ?", filter.server_id.clone()),
            ("tab_id = ?", filter.tab.clone()),
            ("result = ?", filter.result.clone()),
            ("search_key like ? escape '\\'", filter.text.as_deref().map(pattern)),
        ];
        for (condition, value) in asked {
            let Some(value) = value else { continue };
            values.push(value);
            sql.push_str(" and ");
            sql.push_str(&condition.replace('?', &format!("${}", values.len() + 1)));
        }
        // Writing to a String cannot fail.
        let _ = write!(sql, " order by id desc limit {}", rows_to_read(limit));
        let mut query = sqlx::query(AssertSqlSafe(sql)).bind(account.as_str());
        for value in values {
            query = query.bind(value);
        }
        let mut entries =
            query.fetch_all(self.pool()).await?.iter().map(record).collect::<Result<Vec<_>, StoreError>>()?;
        let length = page_length(limit) as usize;
        let more = entries.len() > length;
        entries.truncate(length);
        let next = entries.last().filter(|_| more).map(|entry| HistoryCursor(entry.id.clone()));
        Ok(HistoryPage { entries, next })
    }

    /// One entry of `account`'s.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn history_entry(
        &self,
        account: &AccountId,
        id: &HistoryId,
    ) -> Result<Option<HistoryRecord>, StoreError> {
        let sql = format!("select {COLUMNS} from history where account_id = $1 and id = $2");
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(account.as_str())
            .bind(id.as_str())
            .fetch_optional(self.pool())
            .await?;
        row.as_ref().map(record).transpose()
    }

    /// Forgets all that `account` ran.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn clear_history(&self, account: &AccountId) -> Result<(), StoreError> {
        sqlx::query("delete from history where account_id = $1").bind(account.as_str()).execute(self.pool()).await?;
        Ok(())
    }

    /// Removes some entries that are older than `age`, the oldest first. Says how many; fewer than [`HISTORY_PURGE`] means
    /// that none is left.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn purge_history(&self, age: Duration) -> Result<u64, StoreError> {
        let done =
            sqlx::query("delete from history where id in (select id from history where at < $1 order by at limit $2)")
                .bind(self.now().minus(age).0)
                .bind(PURGED_AT_A_TIME)
                .execute(self.pool())
                .await?;
        Ok(done.rows_affected())
    }

    /// Removes some entries of everybody who has more than `most`, each one's oldest first. Says how many; none means that
    /// nobody has more.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn purge_history_beyond(&self, most: u32) -> Result<u64, StoreError> {
        let accounts = sqlx::query("select account_id from history group by account_id having count(*) > $1")
            .bind(i64::from(most))
            .fetch_all(self.pool())
            .await?;
        let mut removed = 0;
        for account in accounts {
            let account: String = account.try_get("account_id")?;
            // The names are in the order of time.
            let done = sqlx::query(
                "delete from history where id in (
                     select id from history where account_id = $1 and id <= (
                         select id from history where account_id = $1 order by id desc limit 1 offset $2)
                     order by id limit $3)",
            )
            .bind(&account)
            .bind(i64::from(most))
            .bind(PURGED_AT_A_TIME)
            .execute(self.pool())
            .await?;
            removed += done.rows_affected();
        }
        Ok(removed)
    }
}

fn record(row: &AnyRow) -> Result<HistoryRecord, StoreError> {
    let rows: Option<i64> = row.try_get("row_count")?;
    Ok(HistoryRecord {
        id: HistoryId::from_row(row.try_get("id")?),
        account: AccountId::from_row(row.try_get("account_id")?),
        at: Millis(row.try_get("at")?).to_date_time(),
        server_id: row.try_get("server_id")?,
        server: row.try_get("server")?,
        database: row.try_get("database_name")?,
        role: row.try_get("role")?,
        tab: row.try_get("tab_id")?,
        statement: row.try_get("statement")?,
        result: row.try_get("result")?,
        code: row.try_get("code")?,
        rows: rows.map(i64::unsigned_abs),
        duration_ms: row.try_get("duration_ms")?,
        plan: row.try_get("plan")?,
    })
}
