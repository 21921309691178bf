//! Looks at a store from outside, changing nothing: whether it is intact, which schema it has, and how much is in it.

use sqlx::{Any, AssertSqlSafe, Connection, Row, Transaction};

use crate::Store;
use crate::dialect::Backend;
use crate::error::{OpenError, chain};
use crate::migrate;
use crate::url::StoreUrl;

/// What was found in a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkup {
    /// `SQLite` or `PostgreSQL`.
    pub database: &'static str,
    /// The newest migration that was applied; 0 for an empty database.
    pub schema: i64,
    /// Migrations that this program applies when it opens the store.
    pub missing: Vec<i64>,
    /// Each table, with the number of its rows.
    pub tables: Vec<(String, i64)>,
    /// What is wrong, in the words of the database.
    pub problems: Vec<String>,
}

impl Store {
    /// Reads everything in a store and says what was found. The store may be in use.
    ///
    /// # Errors
    /// As for [`Store::open`]; [`OpenError::Newer`] for a store that a newer version has changed.
    pub async fn check(url: &StoreUrl) -> Result<Checkup, OpenError> {
        let backend = Backend::connect(&url.0).await?;
        let found = look(&backend).await;
        backend.close().await;
        found
    }

    /// The migrations that [`Store::open`] would apply.
    ///
    /// # Errors
    /// As for [`Store::check`].
    pub async fn missing_migrations(url: &StoreUrl) -> Result<Vec<i64>, OpenError> {
        let backend = Backend::connect(&url.0).await?;
        let found = schema(&backend).await;
        backend.close().await;
        Ok(migrate::missing(&found?))
    }

    /// Writes a copy of a store in a file to another file, which must not be there yet. The store may be in use.
    ///
    /// # Errors
    /// As for [`Store::open`]; [`OpenError::NoFile`] for a store on PostgreSQL, which `pg_dump` copies.
    pub async fn back_up(url: &StoreUrl, target: &std::path::Path) -> Result<(), OpenError> {
        if url.file().is_none() {
            return Err(OpenError::NoFile);
        }
        let backend = Backend::connect(&url.0).await?;
        let copied = backend.copy_to(target).await;
        backend.close().await;
        copied
    }
}

async fn schema(backend: &Backend) -> Result<Vec<(i64, String)>, OpenError> {
    let mut transaction = backend.begin_reading().await.map_err(OpenError::Other)?;
    let names = backend.tables(&mut transaction).await.map_err(OpenError::Other)?;
    applied(&names, &mut transaction).await
}

/// The migrations that were applied, if they are ours.
async fn applied(
    names: &[String],
    transaction: &mut Transaction<'static, Any>,
) -> Result<Vec<(i64, String)>, OpenError> {
    let applied = match names.iter().any(|name| name == migrate::TABLE) {
        true => migrate::applied(transaction).await.map_err(OpenError::Other)?,
        false => Vec::new(),
    };
    migrate::compare(&applied)?;
    Ok(applied)
}

async fn look(backend: &Backend) -> Result<Checkup, OpenError> {
    // One transaction, so that the numbers fit each other.
    let mut transaction = backend.begin_reading().await.map_err(OpenError::Other)?;
    let names = backend.tables(&mut transaction).await.map_err(OpenError::Other)?;
    let applied = applied(&names, &mut transaction).await?;
    let mut problems = Vec::new();
    if applied.is_empty() && !names.is_empty() {
        problems.push("the database holds tables, but none of a store of Howdah's".to_owned());
    }
    match backend.integrity(&mut transaction).await {
        Ok(found) => problems.extend(found),
        Err(error) => problems.push(chain(&error)),
    }
    let mut tables = Vec::new();
    for name in names {
        match count(backend, &mut transaction, &name).await {
            Ok(rows) => tables.push((name, rows)),
            Err(error) => problems.push(format!("`{name}` cannot be read: {}", chain(&error))),
        }
    }
    Ok(Checkup {
        database: backend.name(),
        schema: applied.iter().map(|(version, _)| *version).max().unwrap_or(0),
        missing: migrate::missing(&applied),
        tables,
        problems,
    })
}

/// Reads every value of a table. A failure ends the inner transaction alone.
async fn count(
    backend: &Backend,
    transaction: &mut Transaction<'static, Any>,
    table: &str,
) -> Result<i64, sqlx::Error> {
    let mut inner = transaction.begin().await?;
    // Safe: the name is a table's own, quoted.
    let table = table.replace('"', "\"\"");
    let rows = sqlx::query(AssertSqlSafe(backend.count_sql(&table))).fetch_one(&mut *inner).await?.try_get(0)?;
    inner.commit().await?;
    Ok(rows)
}
