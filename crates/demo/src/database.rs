//! The sample database: made once and kept; each demo gets a copy, so that several run beside each other.

use anyhow::{Context, Result};
use howdah_testkit::{Major, OAuth, OpenIdProvider, Postgres};

/// The database that people look at.
pub const DATABASE: &str = "shop";
const SAMPLE: &str = include_str!("../sample.sql");

/// Whom the demo knows, with their passwords in PostgreSQL. Nobody types these: a command hands them out.
pub const ROLES: [(&str, &str); 2] = [("ada", "ada-at-the-database"), ("grace", "grace-at-the-database")];
/// Whom access tokens of the demo's provider are for.
pub const AUDIENCE: &str = "https://shop.example.com";
/// What they allow.
pub const SCOPE: &str = "database";

/// Lines of `pg_hba.conf`: who logs in under an e-mail address shows a token of the provider, others know a password.
fn hba(issuer: &str) -> String {
    format!(
        "hostssl all /@example\\.com$ 127.0.0.1/32 oauth issuer=\"{issuer}\" scope=\"{SCOPE}\"\n\
         host all all 127.0.0.1/32 scram-sha-256\n\
         local all all trust"
    )
}

/// Starts PostgreSQL with the sample data in it; it believes tokens of this provider.
///
/// # Errors
///
/// With PostgreSQL's own words.
pub async fn start(provider: &OpenIdProvider) -> Result<Postgres> {
    start_with("shop", provider, async |_| Ok(())).await
}

/// As [`start`], with what `more` adds to the sample data; `key` names the whole.
///
/// # Errors
///
/// With PostgreSQL's own words.
pub async fn start_with<F>(key: &str, provider: &OpenIdProvider, more: F) -> Result<Postgres>
where
    F: AsyncFnOnce(&Postgres) -> Result<()> + Send + 'static,
{
    // Another text of the sample is another database.
    let roles = role_statements();
    let hash = roles
        .bytes()
        .chain(SAMPLE.bytes())
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let oauth = OAuth {
        issuer: provider.issuer().to_owned(),
        audience: Some(AUDIENCE.to_owned()),
        scope: Some(SCOPE.to_owned()),
        claim: "email".to_owned(),
        key_set: provider.key_set().await?,
    };
    Postgres::builder(Major::V18)
        .tls()
        .oauth(oauth)
        .hba(&hba(provider.issuer()))
        .setting("shared_buffers", "256MB")
        .setting("max_connections", "400")
        .start_filled(&format!("demo-18-{key}"), hash, async move |postgres| {
            load(postgres, &roles).await?;
            more(postgres).await
        })
        .await
}

/// Each person has two roles: one whose password the command knows, and one that is named as the person is.
fn role_statements() -> String {
    let statements = ROLES.iter().map(|(role, password)| {
        format!(
            "create role {role} login password '{password}';\n\
             create role \"{role}@example.com\" login in role {role};\n"
        )
    });
    statements.collect()
}

async fn load(postgres: &Postgres, roles: &str) -> Result<()> {
    postgres.execute("postgres", roles).await?;
    postgres.execute("postgres", &format!("create database {DATABASE} owner ada")).await?;
    postgres.execute(DATABASE, SAMPLE).await.context("sample.sql")?;
    postgres.execute(DATABASE, "vacuum analyze").await
}
