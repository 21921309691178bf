//! Everything that differs between SQLite and PostgreSQL. Nothing else asks which of them the store is on.

use std::borrow::Cow;
use std::io;
use std::path::Path;
use std::time::Duration;

use secrecy::ExposeSecret;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{Any, AnyConnection, AnyPool, Connection, Executor, Row, Transaction};
use url::Url;

use crate::error::OpenError;
use crate::patience::{PATIENCE, Patient, Work, tested};
use crate::url::Location;

/// How long a call waits for a free connection, and a new one for the database, before it fails.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// SQLite writes one at a time whatever we do; these are mostly for readers.
const SQLITE_CONNECTIONS: u32 = 8;
const POSTGRES_CONNECTIONS: u32 = 16;

/// Any fixed number: it names the lock that migrations are taken under, among the database's advisory locks.
const MIGRATION_LOCK: i64 = 0x686f_7764_6168;

/// SQLite's codes are shorter.
const SQLSTATE_LENGTH: usize = 5;

/// A database, and which one it is.
#[derive(Clone)]
pub(crate) struct Backend {
    pool: AnyPool,
    dialect: Dialect,
}

#[derive(Clone, Copy)]
enum Dialect {
    Sqlite,
    Postgres,
}

impl Backend {
    pub(crate) async fn connect(location: &Location) -> Result<Self, OpenError> {
        sqlx::any::install_default_drivers();
        match location {
            Location::File(path) => connect_sqlite(path).await,
            Location::Server(address) => connect_postgres(address.expose_secret()).await,
        }
    }

    /// For statements that stand alone.
    pub(crate) fn pool(&self) -> Patient<&AnyPool> {
        Patient::new(&self.pool, self.patience())
    }

    /// Ends all connections, once running statements are done.
    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }

    fn patience(&self) -> Option<Duration> {
        match self.dialect {
            Dialect::Sqlite => None,
            Dialect::Postgres => Some(PATIENCE),
        }
    }

    /// A transaction that is going to write.
    pub(crate) async fn begin(&self) -> Result<Work, sqlx::Error> {
        Work::begin(self.begin_unlimited(), self.patience()).await
    }

    /// A transaction that reads, for as long as it takes.
    pub(crate) async fn begin_reading(&self) -> Result<Transaction<'static, Any>, sqlx::Error> {
        self.pool.begin().await
    }

    async fn begin_unlimited(&self) -> Result<Transaction<'static, Any>, sqlx::Error> {
        match self.dialect {
            // A transaction that begins by reading and then writes fails at once, without waiting, when another has
            // written in between (SQLITE_BUSY_SNAPSHOT). This one waits for its turn at the start.
            Dialect::Sqlite => self.pool.begin_with("begin immediate").await,
            Dialect::Postgres => self.pool.begin().await,
        }
    }

    /// A transaction that no other process's migrations run beside. It takes as long as it takes.
    pub(crate) async fn begin_migrations(&self) -> Result<Transaction<'static, Any>, sqlx::Error> {
        let mut transaction = self.begin_unlimited().await?;
        if let Dialect::Postgres = self.dialect {
            sqlx::query("select pg_advisory_xact_lock($1)").bind(MIGRATION_LOCK).execute(&mut *transaction).await?;
        }
        Ok(transaction)
    }

    pub(crate) fn name(&self) -> &'static str {
        match self.dialect {
            Dialect::Sqlite => "SQLite",
            Dialect::Postgres => "PostgreSQL",
        }
    }

    /// The tables of the store, by name.
    pub(crate) async fn tables(&self, transaction: &mut Transaction<'static, Any>) -> Result<Vec<String>, sqlx::Error> {
        let sql = match self.dialect {
            Dialect::Sqlite => {
                "select name from sqlite_schema where type = 'table' and name not like 'sqlite%' order by 1"
            }
            Dialect::Postgres => {
                "select tablename::text from pg_tables where schemaname = current_schema()::name order by 1"
            }
        };
        sqlx::query(sql).fetch_all(&mut **transaction).await?.iter().map(|row| row.try_get(0)).collect()
    }

    /// Counts the rows of a table, whose name is quoted already, in such a way that each value is read.
    pub(crate) fn count_sql(&self, table: &str) -> String {
        match self.dialect {
            // What is on its pages was read by `integrity`.
            Dialect::Sqlite => format!("select count(*) from \"{table}\""),
            Dialect::Postgres => format!("select count(length(t::text)) from \"{table}\" t"),
        }
    }

    /// What the database itself finds wrong. PostgreSQL has no such question: it tells when it reads.
    pub(crate) async fn integrity(
        &self,
        transaction: &mut Transaction<'static, Any>,
    ) -> Result<Vec<String>, sqlx::Error> {
        let Dialect::Sqlite = self.dialect else { return Ok(Vec::new()) };
        let rows = sqlx::query("pragma integrity_check(20)").fetch_all(&mut **transaction).await?;
        let mut problems: Vec<String> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        problems.retain(|problem| problem != "ok");
        let orphans = sqlx::query("select \"table\", count(*) from pragma_foreign_key_check group by 1");
        for row in orphans.fetch_all(&mut **transaction).await? {
            let (table, rows): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
            problems.push(format!("{rows} rows of `{table}` belong to rows that are not there"));
        }
        Ok(problems)
    }

    /// Copies a database in a file, also while it is in use.
    pub(crate) async fn copy_to(&self, target: &Path) -> Result<(), OpenError> {
        let failed = |source| OpenError::File { path: target.to_owned(), source };
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        // SQLite writes to a file that is empty, and leaves its mode.
        drop(options.open(target).map_err(failed)?);
        let path = target.to_str().ok_or_else(|| failed(io::Error::other("the path is not UTF-8")))?;
        let copied = sqlx::query("vacuum into $1").bind(path).execute(&self.pool).await;
        match copied {
            Ok(_) => Ok(()),
            Err(error) => {
                // Half a copy is worse than none.
                let _ = std::fs::remove_file(target);
                Err(OpenError::Other(error))
            }
        }
    }

    /// Migrations are written for PostgreSQL; SQLite has other words for two things in them.
    pub(crate) fn translate(&self, migration: &'static str) -> Cow<'static, str> {
        match self.dialect {
            Dialect::Sqlite => migration.replace(" bytea", " blob").replace(r#"collate "C""#, "collate binary").into(),
            Dialect::Postgres => migration.into(),
        }
    }
}

/// Whether a failure is likely to pass.
pub(crate) fn is_unavailable(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => true,
        sqlx::Error::Database(database) => {
            let code = database.code().unwrap_or_default();
            if code.len() == SQLSTATE_LENGTH {
                // Connection lost, out of resources, stopped by an operator or starting.
                ["08", "53", "57"].iter().any(|class| code.starts_with(class))
            } else {
                // <https://www.sqlite.org/rescode.html>: busy, locked, disk I/O error, full, cannot open.
                matches!(sqlite_code(error), Some(5 | 6 | 10 | 13 | 14))
            }
        }
        _ => false,
    }
}

/// Whether a failure says that nothing more can be written.
pub(crate) fn is_full(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code().map(|code| code.into_owned()));
    // disk_full; SQLITE_FULL, and SQLITE_IOERR_WRITE, as at a limit of a file's size.
    matches!(code.as_deref(), Some("53100" | "13" | "778"))
}

async fn connect_sqlite(path: &Path) -> Result<Backend, OpenError> {
    let path = create_file(path)?;
    let mut url = Url::parse("sqlite:///").expect("is a URL");
    // sqlx undoes the escapes. A per cent sign is the one character that `set_path` leaves to the caller.
    url.set_path(&path.replace('%', "%25"));
    let options = connect_options(&url);
    check_sqlite(&options).await.map_err(|error| match sqlite_code(&error) {
        // SQLITE_CORRUPT, SQLITE_NOTADB
        Some(11 | 26) => OpenError::Damaged { path: path.into(), source: error },
        // SQLITE_READONLY, SQLITE_IOERR, SQLITE_FULL
        Some(8 | 10 | 13) => OpenError::Unwritable { path: path.into(), source: error },
        _ => OpenError::Unavailable(error),
    })?;
    let pool = AnyPoolOptions::new()
        .max_connections(SQLITE_CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // These files do not go away, and a connection's cache is worth keeping.
        .idle_timeout(None)
        .max_lifetime(None)
        // Nor does a connection to one break while it rests: to ask it first is a second way to its thread and back.
        .test_before_acquire(false)
        .after_connect(|connection, _| Box::pin(configure_sqlite(connection)))
        // When the disk is full, SQLite itself undoes a transaction, and the connection takes it to be open ever after.
        .after_release(|connection, _| {
            Box::pin(async move {
                // Behind whatever is yet to be undone.
                connection.ping().await?;
                Ok(!connection.is_in_transaction())
            })
        })
        .connect_lazy_with(options);
    Ok(Backend { pool, dialect: Dialect::Sqlite })
}

/// Opens the file once without the pool, which would try again until it times out and then not say why.
async fn check_sqlite(options: &AnyConnectOptions) -> Result<(), sqlx::Error> {
    let mut connection = AnyConnection::connect_with(options).await?;
    configure_sqlite(&mut connection).await?;
    connection.execute("select count(*) from sqlite_schema").await?;
    connection.close().await
}

/// Waiting comes first, since switching to a write-ahead log takes a lock. `full` makes a commit survive a power
/// cut too, not only the death of this process.
async fn configure_sqlite(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    connection.execute("pragma busy_timeout = 5000").await?;
    connection.execute("pragma journal_mode = wal").await?;
    connection.execute("pragma synchronous = full").await?;
    connection.execute("pragma foreign_keys = on").await?;
    connection.execute("pragma trusted_schema = off").await?;
    // What is deleted is gone from the file as well.
    connection.execute("pragma secure_delete = on").await?;
    Ok(())
}

/// Makes sure that the file is there and that only its owner can read it, before anything is written to it.
/// SQLite gives its `-wal` and `-shm` files the same mode. Returns the real path.
fn create_file(path: &Path) -> Result<String, OpenError> {
    let failed = |source| OpenError::File { path: path.to_owned(), source };
    let absolute = std::path::absolute(path).map_err(failed)?;
    if let Some(folder) = absolute.parent()
        && !folder.is_dir()
    {
        return Err(OpenError::NoFolder { folder: folder.to_owned() });
    }
    let mut options = std::fs::OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&absolute).map_err(failed)?;
    restrict(&file, &absolute);
    let real = absolute.canonicalize().map_err(failed)?;
    real.into_os_string().into_string().map_err(|_| failed(io::Error::other("the path is not UTF-8")))
}

/// Takes away what others may do with a file that was there before. Not being allowed to is no reason not to start.
#[cfg(unix)]
fn restrict(file: &std::fs::File, path: &Path) {
    use std::os::unix::fs::PermissionsExt;

    let mode = file.metadata().map_or(0, |metadata| metadata.permissions().mode() & 0o777);
    if mode & 0o077 == 0 {
        return;
    }
    match file.set_permissions(std::fs::Permissions::from_mode(mode & 0o700)) {
        Ok(()) => tracing::warn!("other users could open `{}`; now only its owner can", path.display()),
        Err(error) => tracing::warn!("other users can open `{}`, which cannot be changed: {error}", path.display()),
    }
}

#[cfg(not(unix))]
fn restrict(_: &std::fs::File, _: &Path) {}

/// Whether SQLite gave up waiting for another process; the pool says so in words of its own.
pub(crate) fn is_locked(error: &sqlx::Error) -> bool {
    // SQLITE_BUSY, SQLITE_LOCKED
    matches!(error, sqlx::Error::PoolTimedOut) || matches!(sqlite_code(error), Some(5 | 6))
}

fn sqlite_code(error: &sqlx::Error) -> Option<u32> {
    let code: u32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(code & 0xff)
}

async fn connect_postgres(address: &str) -> Result<Backend, OpenError> {
    let url = Url::parse(address).expect("a StoreUrl was parsed");
    let options = connect_options(&url);
    check_postgres(&options).await.map_err(OpenError::Unavailable)?;
    let pool = tested(AnyPoolOptions::new())
        .max_connections(POSTGRES_CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_lazy_with(options);
    Ok(Backend { pool, dialect: Dialect::Postgres })
}

/// As [`check_sqlite`].
async fn check_postgres(options: &AnyConnectOptions) -> Result<(), sqlx::Error> {
    let connect = async { AnyConnection::connect_with(options).await?.close().await };
    tokio::time::timeout(ACQUIRE_TIMEOUT, connect)
        .await
        .unwrap_or_else(|_| Err(sqlx::Error::Io(io::ErrorKind::TimedOut.into())))
}

/// Statements are not logged: tracing around the calls says more.
fn connect_options(url: &Url) -> AnyConnectOptions {
    use sqlx::ConnectOptions;

    AnyConnectOptions::from_url(url).expect("takes any URL").disable_statement_logging()
}
