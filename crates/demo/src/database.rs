//! The sample database: made once and kept; each demo gets a copy, so that several run beside each other.

use anyhow::{Context, Result};
use howdah_testkit::{Major, Postgres};

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
    start_with("shop", async |_| Ok(())).await
}

/// As [`start`], with what `more` adds to the sample data; `key` names the whole.
///
/// # Errors
///
/// With PostgreSQL's own words.
pub async fn start_with<F>(key: &str, more: F) -> Result<Postgres>
where
    F: AsyncFnOnce(&Postgres) -> Result<()> + Send + 'static,
{
    // Another text of the sample is another database.
    let hash = SAMPLE
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    Postgres::builder(Major::V18)
        .tls()
        .setting("shared_buffers", "256MB")
        .start_filled(&format!("demo-18-{key}-{hash:016x}"), async move |postgres| {
            load(postgres).await?;
            more(postgres).await
        })
        .await
}

async fn load(postgres: &Postgres) -> Result<()> {
    for (role, password) in ROLES {
        postgres.execute("postgres", &format!("create role {role} login password '{password}'")).await?;
    }
    postgres.execute("postgres", &format!("create database {DATABASE} owner ada")).await?;
    postgres.execute(DATABASE, SAMPLE).await.context("sample.sql")?;
    postgres.execute(DATABASE, "vacuum analyze").await
}
