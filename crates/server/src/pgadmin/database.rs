//! pgAdmin's own database, the file `pgadmin4.db` or a database on PostgreSQL: its people and their servers. Nothing is
//! written to it.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use serde_json::{Map, Value};
use sqlx::any::{AnyConnectOptions, AnyRow};
use sqlx::{AnyConnection, ConnectOptions, Connection, Executor, Row};
use url::Url;

/// A server that does not answer is waited for so long.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where pgAdmin keeps its people and their servers.
#[derive(Debug, Clone)]
pub(super) enum Place {
    /// A file of SQLite's.
    File(PathBuf),
    /// A database on PostgreSQL. It may hold a password.
    Server(Url),
}

impl Place {
    /// Reads what SQLAlchemy or libpq call a database, or a path.
    ///
    /// # Errors
    ///
    /// In words, for another kind of database.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let Some((scheme, rest)) = text.split_once("://") else { return Ok(Self::File(text.into())) };
        // `postgresql+psycopg` names a driver of Python's.
        match scheme.split('+').next().unwrap_or_default() {
            "postgresql" | "postgres" => Url::parse(&format!("postgres://{rest}"))
                .map(Self::Server)
                .map_err(|error| format!("is not the address of a database: {error}")),
            // Three slashes begin a path from here, four one from the root.
            "sqlite" => Ok(Self::File(rest.strip_prefix('/').unwrap_or(rest).into())),
            other => Err(format!("`{other}` is no kind of database that pgAdmin's data is read from")),
        }
    }

    /// Whether a password stands in it.
    pub(super) fn has_password(&self) -> bool {
        matches!(self, Self::Server(url) if url.password().is_some())
    }

    fn url(&self) -> anyhow::Result<Url> {
        match self {
            Self::Server(url) => Ok(url.clone()),
            Self::File(path) => {
                anyhow::ensure!(path.is_file(), "there is no such file");
                let path = path.canonicalize()?;
                let path = path.to_str().context("its path is not UTF-8")?;
                let mut url = Url::parse("sqlite:///?mode=ro")?;
                // The one character that `set_path` leaves to the caller.
                url.set_path(&path.replace('%', "%25"));
                Ok(url)
            }
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(formatter),
            Self::Server(url) => {
                let mut url = url.clone();
                // Where it cannot be taken out, there is none.
                let _ = url.set_password(None);
                url.fmt(formatter)
            }
        }
    }
}

/// Somebody whom pgAdmin knows.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) username: String,
    pub(super) email: Option<String>,
    /// `internal`, `oauth2`, `ldap`, …
    pub(super) source: String,
    pub(super) is_active: bool,
    pub(super) is_administrator: bool,
    /// In pgAdmin's format of export.
    pub(super) servers: Vec<Entry>,
    /// What they set for themselves at servers of others.
    pub(super) own_settings: i64,
}

/// A server of theirs.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) fields: Map<String, Value>,
    /// Whether a password of it was saved, which only its person's own key opens.
    pub(super) has_password: bool,
}

/// Columns of `server` and the fields of the export that they are. Old files lack some.
const TEXTS: [(&str, &str); 33] = [
    ("name", "Name"),
    ("host", "Host"),
    ("maintenance_db", "MaintenanceDB"),
    ("username", "Username"),
    ("role", "Role"),
    ("comment", "Comment"),
    ("service", "Service"),
    ("bgcolor", "BGColor"),
    ("fgcolor", "FGColor"),
    ("db_res", "DBRestriction"),
    ("db_res_type", "DBRestrictionType"),
    ("passexec_cmd", "PasswordExecCommand"),
    ("passexec_expiration", "PasswordExecExpiration"),
    ("shared", "Shared"),
    ("shared_username", "SharedUsername"),
    ("kerberos_conn", "KerberosAuthentication"),
    ("use_ssh_tunnel", "UseSSHTunnel"),
    ("tunnel_host", "TunnelHost"),
    ("tunnel_port", "TunnelPort"),
    ("tunnel_username", "TunnelUsername"),
    ("tunnel_authentication", "TunnelAuthentication"),
    ("tunnel_identity_file", "TunnelIdentityFile"),
    ("tunnel_keep_alive", "TunnelKeepAlive"),
    ("post_connection_sql", "PostConnectionSQL"),
    ("hostaddr", "HostAddr"),
    ("ssl_mode", "SSLMode"),
    ("passfile", "PassFile"),
    ("sslcert", "SSLCert"),
    ("sslkey", "SSLKey"),
    ("sslrootcert", "SSLRootCert"),
    ("sslcrl", "SSLCrl"),
    ("sslcompression", "SSLCompression"),
    ("connect_timeout", "Timeout"),
];

/// Reads all people with their servers.
///
/// # Errors
///
/// When it is no database of pgAdmin's, or cannot be reached.
pub(super) async fn read(place: &Place) -> anyhow::Result<Vec<Person>> {
    sqlx::any::install_default_drivers();
    let options = AnyConnectOptions::from_url(&place.url()?)?.disable_statement_logging();
    let connecting = tokio::time::timeout(PATIENCE, AnyConnection::connect_with(&options)).await;
    let connection = match (connecting, place) {
        (Ok(connected), Place::File(_)) => connected.context("it is no SQLite database that can be read")?,
        (Ok(connected), Place::Server(_)) => connected.context("it cannot be reached")?,
        (Err(_), _) => anyhow::bail!("it does not answer"),
    };
    let mut database = Database { connection, is_file: matches!(place, Place::File(_)) };
    let people = database.read().await.context("it is no database of pgAdmin's that is understood");
    database.connection.close().await?;
    people
}

/// A database that is read.
struct Database {
    connection: AnyConnection,
    is_file: bool,
}

impl Database {
    async fn read(&mut self) -> anyhow::Result<Vec<Person>> {
        if !self.is_file {
            self.connection.execute("set session characteristics as transaction read only").await?;
        }
        read_people(self).await
    }
}

async fn read_people(database: &mut Database) -> anyhow::Result<Vec<Person>> {
    let columns = columns_of(database, "user").await?;
    anyhow::ensure!(columns.iter().any(|column| column == "id"), "it has no table of users");
    let wanted = ["id", "username", "email", "auth_source", "active", "locked"];
    let users = select(database, "user", &wanted, "order by id").await?;
    let mut people = Vec::new();
    for user in users {
        let id = text(&user, "id").context("a user has no id")?;
        let email = text(&user, "email");
        let Some(username) = text(&user, "username").or_else(|| email.clone()) else { continue };
        people.push(Person {
            username,
            email,
            source: text(&user, "auth_source").unwrap_or_else(|| "internal".to_owned()),
            is_active: is_set(&user, "active") && !is_set(&user, "locked"),
            is_administrator: count(
                database,
                "select count(*) as number from roles_users where user_id = $1 and role_id = 1",
                &id,
            )
            .await?
                > 0,
            servers: read_servers(database, &id).await?,
            own_settings: if columns_of(database, "sharedserver").await?.is_empty() {
                0
            } else {
                count(database, "select count(*) as number from sharedserver where user_id = $1", &id).await?
            },
        });
    }
    Ok(people)
}

async fn read_servers(database: &mut Database, user: &str) -> anyhow::Result<Vec<Entry>> {
    let mut wanted: Vec<&str> = TEXTS.iter().map(|(column, _)| *column).collect();
    wanted.extend(["port", "servergroup_id", "connection_params", "password", "tags", "prepare_threshold", "is_adhoc"]);
    // A number that we read from the same file.
    let user: i64 = user.parse().context("a user's id is no number")?;
    let rows = select(database, "server", &wanted, &format!("where user_id = {user} order by id")).await?;
    let mut servers = Vec::new();
    for row in rows.iter().filter(|row| !is_set(row, "is_adhoc")) {
        let mut fields: Map<String, Value> = TEXTS
            .iter()
            .filter_map(|(column, field)| Some(((*field).to_owned(), Value::String(text(row, column)?))))
            .collect();
        if let Some(port) = text(row, "port").and_then(|port| port.parse::<i64>().ok()) {
            fields.insert("Port".to_owned(), port.into());
        }
        for (column, field) in [("connection_params", "ConnectionParameters"), ("tags", "Tags")] {
            if let Some(value) = text(row, column).and_then(|text| serde_json::from_str::<Value>(&text).ok()) {
                fields.insert(field.to_owned(), value);
            }
        }
        if let Some(threshold) = text(row, "prepare_threshold").and_then(|text| text.parse::<i64>().ok()) {
            fields.insert("PrepareThreshold".to_owned(), threshold.into());
        }
        if let Some(group) = text(row, "servergroup_id").and_then(|group| group.parse::<i64>().ok()) {
            let found = sqlx::query("select cast(name as text) as name from servergroup where id = $1")
                .bind(group)
                .fetch_optional(&mut database.connection)
                .await?;
            if let Some(name) = found.as_ref().and_then(|row| text(row, "name")) {
                fields.insert("Group".to_owned(), name.into());
            }
        }
        servers.push(Entry { fields, has_password: text(row, "password").is_some() });
    }
    Ok(servers)
}

/// Rows of a table with those of the wanted columns that it has, all as texts.
async fn select(database: &mut Database, table: &str, wanted: &[&str], rest: &str) -> anyhow::Result<Vec<AnyRow>> {
    let there = columns_of(database, table).await?;
    let columns: Vec<_> = wanted
        .iter()
        .filter(|column| there.iter().any(|known| known == *column))
        .map(|column| format!("cast(\"{column}\" as text) as \"{column}\""))
        .collect();
    anyhow::ensure!(!columns.is_empty(), "it has no table `{table}` that is understood");
    let sql = format!("select {} from \"{table}\" {rest}", columns.join(", "));
    Ok(sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(&mut database.connection).await?)
}

async fn columns_of(database: &mut Database, table: &str) -> anyhow::Result<Vec<String>> {
    let sql = if database.is_file {
        "select name from pragma_table_info($1)"
    } else {
        "select cast(column_name as text) as name from information_schema.columns
         where table_name = $1 and table_schema = any(current_schemas(false))"
    };
    let rows = sqlx::query(sql).bind(table).fetch_all(&mut database.connection).await?;
    Ok(rows.iter().filter_map(|row| row.try_get("name").ok()).collect())
}

async fn count(database: &mut Database, sql: &'static str, user: &str) -> anyhow::Result<i64> {
    let user: i64 = user.parse().context("a user's id is no number")?;
    let row = sqlx::query(sql).bind(user).fetch_one(&mut database.connection).await?;
    Ok(row.try_get("number")?)
}

/// A text that is there and not empty. A column that the file lacks is not there.
fn text(row: &AnyRow, column: &str) -> Option<String> {
    row.try_get::<Option<String>, _>(column).ok().flatten().filter(|text| !text.trim().is_empty())
}

/// Files of all ages have 0 and 1, or words.
fn is_set(row: &AnyRow, column: &str) -> bool {
    text(row, column).is_some_and(|text| matches!(text.trim().to_lowercase().as_str(), "1" | "true" | "t"))
}
