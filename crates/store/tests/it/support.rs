//! A store of each kind for a test, with a clock that the test moves and a way to look behind the API.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use howdah_store::{
    Account, Clock, NewSignIn, Role, ServerDefinition, SessionLimits, SessionOrigin, Store, UnknownPerson,
};
use howdah_testkit::{Major, Postgres, SUPERUSER, SUPERUSER_PASSWORD};
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Row};
use tempfile::TempDir;
use time::OffsetDateTime;

pub(crate) const HOUR: Duration = Duration::from_secs(3600);
pub(crate) const MINUTE: Duration = Duration::from_secs(60);

/// The limits of most sessions here.
pub(crate) const LIMITS: SessionLimits =
    SessionLimits { idle: Duration::from_secs(8 * 3600), absolute: Duration::from_secs(7 * 24 * 3600) };

/// The origin of most sessions here.
pub(crate) const FROM_NOWHERE: SessionOrigin = SessionOrigin { identity: None, client_address: None, user_agent: None };

/// Runs a test on a new store of each kind.
pub(crate) async fn on_both(test: impl AsyncFn(&TestStore) -> Result<()>) -> Result<()> {
    for database in TestDatabase::both().await? {
        let name = database.name;
        let clock = TestClock::default();
        let store = database.open(&clock).await.context(name)?;
        let context = TestStore { store, clock, database };
        Box::pin(test(&context)).await.context(name)?;
        context.store.close().await;
    }
    Ok(())
}

/// An open store and what surrounds it.
pub(crate) struct TestStore {
    pub(crate) store: Store,
    pub(crate) clock: TestClock,
    pub(crate) database: TestDatabase,
}

impl TestStore {
    /// Signs a person in for the first time.
    pub(crate) async fn person(&self, username: &str) -> Result<Account> {
        let person = sign_in(username);
        Ok(self.store.sign_in_account(&person, UnknownPerson::Create).await?)
    }

    /// Another process's view of the same store.
    pub(crate) async fn another(&self) -> Result<Store> {
        self.database.open(&self.clock).await
    }
}

/// An empty database.
pub(crate) struct TestDatabase {
    pub(crate) name: &'static str,
    pub(crate) url: String,
    kind: Kind,
}

enum Kind {
    Sqlite(TempDir),
    Postgres(Arc<Postgres>, String),
}

impl TestDatabase {
    pub(crate) async fn both() -> Result<[Self; 2]> {
        Ok([Self::sqlite()?, Self::postgres().await?])
    }

    pub(crate) fn sqlite() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let url = format!("sqlite:{}", folder.path().join("howdah.db").display());
        Ok(Self { name: "SQLite", url, kind: Kind::Sqlite(folder) })
    }

    async fn postgres() -> Result<Self> {
        let server = Postgres::shared(Major::V18).await?;
        let database = server.create_database().await?;
        let url = postgres_url(&server, &database);
        Ok(Self { name: "PostgreSQL", url, kind: Kind::Postgres(server, database) })
    }

    pub(crate) async fn open(&self, clock: &TestClock) -> Result<Store> {
        Ok(Store::open(&self.url.parse()?, clock.clock()).await?)
    }

    /// The SQLite file.
    pub(crate) fn file(&self) -> Option<PathBuf> {
        match &self.kind {
            Kind::Sqlite(folder) => Some(folder.path().join("howdah.db")),
            Kind::Postgres(..) => None,
        }
    }

    /// Runs SQL beside the store.
    pub(crate) async fn execute(&self, sql: &str) -> Result<u64> {
        let mut connection = self.connect().await?;
        let done = sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await?;
        connection.close().await?;
        Ok(done.rows_affected())
    }

    /// Runs a query for one number beside the store.
    pub(crate) async fn number(&self, sql: &str) -> Result<i64> {
        let mut connection = self.connect().await?;
        let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(&mut connection).await?;
        connection.close().await?;
        Ok(row.try_get(0)?)
    }

    /// Everything that somebody gets who steals the database: SQLite's files, or every row of every table as text.
    pub(crate) async fn dump(&self) -> Result<Vec<u8>> {
        let mut dump = Vec::new();
        match &self.kind {
            Kind::Sqlite(folder) => {
                for file in std::fs::read_dir(folder)? {
                    dump.extend(std::fs::read(file?.path())?);
                }
            }
            Kind::Postgres(server, database) => {
                let tables = "select tablename from pg_tables where schemaname = 'public'";
                for table in server.query(database, tables).await?.into_iter().flatten() {
                    let table = table.context("a table has a name")?;
                    let rows = server.query(database, &format!("select t::text from {table} t")).await?;
                    for value in rows.into_iter().flatten().flatten() {
                        dump.extend(value.into_bytes());
                        dump.push(b'\n');
                    }
                }
            }
        }
        Ok(dump)
    }

    /// For tests that ask the databases in their own words.
    pub(crate) fn postgres_parts(&self) -> Option<(&Postgres, &str)> {
        match &self.kind {
            Kind::Sqlite(_) => None,
            Kind::Postgres(server, database) => Some((server, database)),
        }
    }

    pub(crate) async fn connect(&self) -> Result<AnyConnection> {
        sqlx::any::install_default_drivers();
        Ok(AnyConnection::connect(&format!("{}{}", self.url, self.create_mode())).await?)
    }

    fn create_mode(&self) -> &'static str {
        match self.kind {
            Kind::Sqlite(_) => "?mode=rwc",
            Kind::Postgres(..) => "",
        }
    }
}

pub(crate) fn postgres_url(server: &Postgres, database: &str) -> String {
    let (host, port) = (server.host(), server.port());
    format!("postgres://{SUPERUSER}:{SUPERUSER_PASSWORD}@{host}:{port}/{database}")
}

/// A clock that stands still until it is moved.
#[derive(Clone)]
pub(crate) struct TestClock(Arc<AtomicI64>);

impl Default for TestClock {
    fn default() -> Self {
        Self(Arc::new(AtomicI64::new(1_800_000_000)))
    }
}

impl TestClock {
    pub(crate) fn now(&self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(self.0.load(Ordering::Relaxed)).unwrap()
    }

    pub(crate) fn forward(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_secs()).unwrap(), Ordering::Relaxed);
    }

    pub(crate) fn back(&self, by: Duration) {
        self.0.fetch_sub(i64::try_from(by.as_secs()).unwrap(), Ordering::Relaxed);
    }

    fn clock(&self) -> Clock {
        let clock = self.clone();
        Clock::from_fn(move || clock.now())
    }
}

/// What a provider says about a person without any special right.
pub(crate) fn sign_in(username: &str) -> NewSignIn {
    NewSignIn {
        issuer: "https://id.example".to_owned(),
        subject: format!("subject of {}", username.to_lowercase()),
        provider: "corp".to_owned(),
        username: username.to_owned(),
        email: Some(format!("{username}@example.com")),
        display_name: None,
        role_by_claims: Role::User,
    }
}

/// A server that says no more than it must.
pub(crate) fn definition(group: &str, name: &str) -> ServerDefinition {
    ServerDefinition {
        name: name.to_owned(),
        group: group.to_owned(),
        host: "db.example".to_owned(),
        port: 5432,
        maintenance_db: "postgres".to_owned(),
        username: "{email:local}".to_owned(),
        role: None,
        environment: "unmarked".to_owned(),
        read_only: false,
        comment: None,
        connection_parameters: "{}".to_owned(),
        credential: r#"{"type":"none"}"#.to_owned(),
        extras: "{}".to_owned(),
        audience: howdah_store::Audience::Private,
    }
}
