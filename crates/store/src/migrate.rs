//! Brings the schema up to date. Forward only; the same numbers, names and text on both backends.

use sqlx::{Any, AssertSqlSafe, Row, Transaction};

use crate::clock::Millis;
use crate::dialect::Backend;
use crate::error::OpenError;

/// Where it is written down what was applied.
pub(crate) const TABLE: &str = "schema_migrations";

struct Migration {
    version: i64,
    name: &'static str,
    sql: &'static str,
}

/// Never edit one that was released: add another. A running older program must be able to work on, so add first,
/// move the data, and drop in a later release.
const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, name: "accounts", sql: include_str!("../migrations/0001_accounts.sql") },
    Migration { version: 2, name: "sessions", sql: include_str!("../migrations/0002_sessions.sql") },
    Migration { version: 3, name: "servers", sql: include_str!("../migrations/0003_servers.sql") },
    Migration { version: 4, name: "passwords", sql: include_str!("../migrations/0004_passwords.sql") },
    Migration { version: 5, name: "origins", sql: include_str!("../migrations/0005_origins.sql") },
    Migration { version: 6, name: "server_extras", sql: include_str!("../migrations/0006_server_extras.sql") },
    Migration { version: 7, name: "secrets", sql: include_str!("../migrations/0007_secrets.sql") },
    Migration { version: 8, name: "sharing", sql: include_str!("../migrations/0008_sharing.sql") },
    Migration { version: 9, name: "audit", sql: include_str!("../migrations/0009_audit.sql") },
    Migration { version: 10, name: "workspace", sql: include_str!("../migrations/0010_workspace.sql") },
    Migration { version: 11, name: "history", sql: include_str!("../migrations/0011_history.sql") },
    Migration { version: 12, name: "replicas", sql: include_str!("../migrations/0012_replicas.sql") },
    Migration { version: 13, name: "administration", sql: include_str!("../migrations/0013_administration.sql") },
    Migration { version: 16, name: "query_tabs", sql: include_str!("../migrations/0016_query_tabs.sql") },
    Migration { version: 17, name: "guarded_secrets", sql: include_str!("../migrations/0017_guarded_secrets.sql") },
];

/// Applies what is missing, all or nothing, while no other process does the same.
pub(crate) async fn migrate(backend: &Backend, now: Millis) -> Result<(), OpenError> {
    let mut transaction = backend.begin_migrations().await.map_err(OpenError::Other)?;
    create_table(&mut transaction).await.map_err(OpenError::Other)?;
    let applied = applied(&mut transaction).await.map_err(OpenError::Other)?;
    compare(&applied)?;
    for migration in MIGRATIONS {
        if applied.iter().any(|(version, _)| *version == migration.version) {
            continue;
        }
        apply(&mut transaction, backend, migration, now).await.map_err(|source| OpenError::Migration {
            version: migration.version,
            name: migration.name,
            source,
        })?;
    }
    transaction.commit().await.map_err(OpenError::Other)
}

/// Refuses a store whose history is not this program's.
pub(crate) fn compare(applied: &[(i64, String)]) -> Result<(), OpenError> {
    let known = MIGRATIONS.last().map_or(0, |migration| migration.version);
    for (version, name) in applied {
        match MIGRATIONS.iter().find(|migration| migration.version == *version) {
            Some(migration) if migration.name == name => {}
            Some(_) => return Err(OpenError::ForeignMigration { version: *version }),
            None if *version > known => {
                let found = applied.iter().map(|(version, _)| *version).max().unwrap_or(*version);
                return Err(OpenError::Newer { found, known });
            }
            None => return Err(OpenError::ForeignMigration { version: *version }),
        }
    }
    Ok(())
}

/// The migrations that are yet to be applied.
pub(crate) fn missing(applied: &[(i64, String)]) -> Vec<i64> {
    let is_applied = |version: i64| applied.iter().any(|(applied, _)| *applied == version);
    MIGRATIONS.iter().map(|migration| migration.version).filter(|version| !is_applied(*version)).collect()
}

async fn create_table(transaction: &mut Transaction<'static, Any>) -> Result<(), sqlx::Error> {
    sqlx::query(
        "create table if not exists schema_migrations (
            version bigint not null primary key,
            name text not null,
            applied_at bigint not null
        )",
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// What was applied, by number and name.
pub(crate) async fn applied(transaction: &mut Transaction<'static, Any>) -> Result<Vec<(i64, String)>, sqlx::Error> {
    sqlx::query("select version, name from schema_migrations order by version")
        .fetch_all(&mut **transaction)
        .await?
        .iter()
        .map(|row| Ok((row.try_get("version")?, row.try_get("name")?)))
        .collect()
}

async fn apply(
    transaction: &mut Transaction<'static, Any>,
    backend: &Backend,
    migration: &Migration,
    now: Millis,
) -> Result<(), sqlx::Error> {
    // Safe: the text is ours, from this crate's files.
    sqlx::raw_sql(AssertSqlSafe(backend.translate(migration.sql))).execute(&mut **transaction).await?;
    sqlx::query("insert into schema_migrations (version, name, applied_at) values ($1, $2, $3)")
        .bind(migration.version)
        .bind(migration.name)
        .bind(now.0)
        .execute(&mut **transaction)
        .await?;
    tracing::info!("applied migration {} ({}) to the store", migration.version, migration.name);
    Ok(())
}
