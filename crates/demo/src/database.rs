//! The sample database: made once, kept, and started again in a second.

use std::path::PathBuf;

use anyhow::{Context, Result};
use howdah_testkit::{Major, Postgres, cache_directory};

/// The database that people look at.
pub const DATABASE: &str = "shop";
const SAMPLE: &str = include_str!("../sample.sql");

/// Whom the demo knows, with their passwords in PostgreSQL. Nobody types these: a command hands them out.
pub const ROLES: [(&str, &str); 2] = [("ada", "ada-at-the-database"), ("grace", "grace-at-the-database")];

/// Starts PostgreSQL with the sample data in it.
///
/// # Errors
///
/// With PostgreSQL's own words.
pub async fn start() -> Result<Postgres> {
    let data = data_directory()?;
    let postgres =
        Postgres::builder(Major::V18).tls().data_directory(&data).setting("shared_buffers", "256MB").start().await?;
    if !is_loaded(&postgres).await? {
        load(&postgres).await?;
    }
    Ok(postgres)
}

async fn is_loaded(postgres: &Postgres) -> Result<bool> {
    let rows = postgres.query("postgres", &format!("select 1 from pg_database where datname = '{DATABASE}'")).await?;
    Ok(!rows.is_empty())
}

/// Loads into a database of another name first, so that one that was interrupted is not taken for whole.
async fn load(postgres: &Postgres) -> Result<()> {
    postgres.execute("postgres", "drop database if exists shop_being_loaded").await?;
    for (role, password) in ROLES {
        let statement = format!(
            "do $$ begin create role {role} login; exception when duplicate_object then null; end $$; alter role {role} password '{password}'"
        );
        postgres.execute("postgres", &statement).await?;
    }
    postgres.execute("postgres", "create database shop_being_loaded owner ada").await?;
    postgres.execute("shop_being_loaded", SAMPLE).await.context("sample.sql")?;
    postgres.execute("shop_being_loaded", "vacuum analyze").await?;
    postgres.execute("postgres", "alter database shop_being_loaded rename to shop").await?;
    // What was loaded with fsync off must be on disk before it counts as kept.
    postgres.execute("postgres", "checkpoint").await
}

/// Another text of the sample is another database.
fn data_directory() -> Result<PathBuf> {
    let hash = SAMPLE
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    Ok(cache_directory()?.join(format!("demo-18-{hash:016x}")))
}
