//! Definitions of the PostgreSQL servers that people connect to.

use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, Row};
use time::OffsetDateTime;

use crate::Store;
use crate::accounts::Role;
use crate::clock::Millis;
use crate::error::{Cause, StoreError};
use crate::ids::{AccountId, ServerId};
use crate::own_settings::{OwnSettings, forget_own_settings, own_columns, own_settings_from_row};
use crate::page::{page_length, rows_to_read};
use crate::patience::Work;
use crate::server_cursor::ServerCursor;

/// How many servers one account may define.
pub const MAX_SERVERS: u32 = 1000;

/// A server as its owner defines it. The store keeps it and looks into none of it but the audience.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerDefinition {
    /// What people call it.
    pub name: String,
    /// The folder it stands in.
    pub group: String,
    /// A host name, an address, or the directory of a Unix socket.
    pub host: String,
    /// TCP port, or the socket's number.
    pub port: u16,
    /// The database to connect to when none is named.
    pub maintenance_db: String,
    /// Whom to log in as: a name or a template.
    pub username: String,
    /// A role to switch to after login.
    pub role: Option<String>,
    /// What it is for.
    pub environment: String,
    /// Whether its sessions begin read-only.
    pub read_only: bool,
    /// A note for people.
    pub comment: Option<String>,
    /// libpq keywords, as JSON.
    pub connection_parameters: String,
    /// Where the credential comes from, as JSON.
    pub credential: String,
    /// Further fields, as JSON.
    pub extras: String,
    /// Who else sees it.
    pub audience: Audience,
}

/// Who sees a server beside its owner.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Audience {
    /// Nobody.
    #[default]
    Private,
    /// Those whom a rule admits. The rule is JSON that only the callers of this crate understand.
    Rule(String),
}

/// A server definition that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Its id, which never changes.
    pub id: ServerId,
    /// Who defined it and may change it.
    pub owner: AccountId,
    /// The definition.
    pub definition: ServerDefinition,
    /// Counts changes, from 1.
    pub version: i64,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it was last changed.
    pub updated_at: OffsetDateTime,
}

/// A server as somebody sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenServer {
    /// The server.
    pub server: Server,
    /// The username of its owner.
    pub owner_name: String,
    /// Whether its owner is an administrator now.
    pub owner_is_administrator: bool,
    /// What the viewer has set for themselves; nothing for the owner.
    pub own: OwnSettings,
}

/// What decides who may use a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerStanding {
    /// Who defined it.
    pub owner: AccountId,
    /// Who else sees it.
    pub audience: Audience,
    /// Counts changes.
    pub version: i64,
}

/// Whose eyes servers are looked at with.
#[derive(Clone, Copy)]
pub struct Viewer<'a> {
    /// Sees its own servers,
    pub account: &'a AccountId,
    /// and those whose [`Audience::Rule`] this admits.
    pub admitted: &'a (dyn Fn(&str) -> bool + Send + Sync),
}

/// A page of servers, in the order of group, name and id as the viewer sees them, letters of either case alike.
#[derive(Debug)]
pub struct ServerPage {
    /// The servers.
    pub servers: Vec<SeenServer>,
    /// Where the next page begins, if there may be one.
    pub next: Option<ServerCursor>,
}

/// Why a server was not made.
#[derive(Debug, thiserror::Error)]
pub enum CreateServerError {
    /// The owner has [`MAX_SERVERS`] already.
    #[error("an account may define at most {MAX_SERVERS} servers")]
    TooMany,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a server was not changed or deleted.
#[derive(Debug, thiserror::Error)]
pub enum ChangeServerError {
    /// The account owns no such server.
    #[error("no such server")]
    NotFound,
    /// It has been changed since the caller looked at it.
    #[error("the server has been changed meanwhile")]
    Changed {
        /// What it is now.
        current: Box<Server>,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

const PRIVATE: &str = "\"private\"";

/// Columns that [`server_from_row`] reads.
macro_rules! server_columns {
    ($prefix:literal) => {
        concat!(
            $prefix,
            "id, ",
            $prefix,
            "owner_id, ",
            $prefix,
            "name, ",
            $prefix,
            "group_name, ",
            $prefix,
            "host, ",
            $prefix,
            "port, ",
            $prefix,
            "maintenance_db, ",
            $prefix,
            "username, ",
            $prefix,
            "role, ",
            $prefix,
            "environment, ",
            $prefix,
            "read_only, ",
            $prefix,
            "comment, ",
            $prefix,
            "connection_parameters, ",
            $prefix,
            "credential, ",
            $prefix,
            "audience, ",
            $prefix,
            "extras, ",
            $prefix,
            "created_at, ",
            $prefix,
            "updated_at, ",
            $prefix,
            "version"
        )
    };
}

macro_rules! seen_servers {
    () => {
        concat!(
            "select ",
            server_columns!("s."),
            ", a.username as owner_name, a.role as owner_role, a.administrator_by_claims as owner_by_claims, ",
            own_columns!("o."),
            " from servers s join accounts a on a.id = s.owner_id
              left join own_settings o on o.server_id = s.id and o.account_id = $1 and s.owner_id <> $1"
        )
    };
}
pub(crate) use server_columns;

impl Store {
    /// A page of the servers that `viewer` sees, of at most `limit` and [`MAX_PAGE`](crate::MAX_PAGE).
    ///
    /// # Errors
    /// When the store fails.
    pub async fn servers_visible_to(
        &self,
        viewer: Viewer<'_>,
        after: Option<&ServerCursor>,
        limit: u32,
    ) -> Result<ServerPage, StoreError> {
        let length = page_length(limit) as usize;
        let mut servers = Vec::new();
        let mut position = after.cloned().unwrap_or_else(ServerCursor::start);
        // Who is admitted is decided here and not in SQL, so a page may take several reads to fill.
        loop {
            let read = self.shared_servers_or_of(viewer.account, &position, rows_to_read(limit)).await?;
            let last = (read.len() as i64) < rows_to_read(limit);
            for server in read {
                position = ServerCursor::of(&server);
                if !viewer.sees(&server.server.owner, &server.server.definition.audience) {
                    continue;
                }
                if servers.len() == length {
                    let next = servers.last().map(ServerCursor::of);
                    return Ok(ServerPage { servers, next });
                }
                servers.push(server);
            }
            if last {
                return Ok(ServerPage { servers, next: None });
            }
        }
    }

    /// A page of the servers that others than their owners see, of at most `limit` and [`MAX_PAGE`](crate::MAX_PAGE).
    ///
    /// # Errors
    /// When the store fails.
    pub async fn shared_servers(&self, after: Option<&ServerCursor>, limit: u32) -> Result<ServerPage, StoreError> {
        let start = after.cloned().unwrap_or_else(ServerCursor::start);
        let mut servers = sqlx::query(concat!(
            seen_servers!(),
            " where (s.group_key, s.name_key, s.id) > ($2, $3, $4) and s.audience <> $5
              order by s.group_key, s.name_key, s.id limit $6"
        ))
        // Nobody's settings: no account has this id.
        .bind("")
        .bind(&start.group_key)
        .bind(&start.name_key)
        .bind(&start.id)
        .bind(PRIVATE)
        .bind(rows_to_read(limit))
        .fetch_all(self.pool())
        .await?
        .iter()
        .map(seen_server_from_row)
        .collect::<Result<Vec<_>, _>>()?;
        let length = page_length(limit) as usize;
        let more = servers.len() > length;
        servers.truncate(length);
        let next = servers.last().filter(|_| more).map(ServerCursor::of);
        Ok(ServerPage { servers, next })
    }

    /// A server, if `viewer` sees it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn server(&self, id: &ServerId, viewer: Viewer<'_>) -> Result<Option<SeenServer>, StoreError> {
        let server = sqlx::query(concat!(seen_servers!(), " where s.id = $2"))
            .bind(viewer.account.as_str())
            .bind(id.as_str())
            .fetch_optional(self.pool())
            .await?
            .map(|row| seen_server_from_row(&row))
            .transpose()?;
        Ok(server.filter(|seen| viewer.sees(&seen.server.owner, &seen.server.definition.audience)))
    }

    /// What decides who may use a server; `None` if there is none.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn server_standing(&self, id: &ServerId) -> Result<Option<ServerStanding>, StoreError> {
        let row = sqlx::query("select owner_id, audience, version from servers where id = $1")
            .bind(id.as_str())
            .fetch_optional(self.pool())
            .await?;
        row.map(|row| {
            Ok(ServerStanding {
                owner: AccountId::from_row(row.try_get("owner_id")?),
                audience: Audience::from_json(row.try_get("audience")?),
                version: row.try_get("version")?,
            })
        })
        .transpose()
    }

    /// Makes a server.
    ///
    /// # Errors
    /// The variants say why not; the store fails also when there is no such account.
    pub async fn create_server(
        &self,
        owner: &AccountId,
        definition: &ServerDefinition,
    ) -> Result<Server, CreateServerError> {
        let now = self.now();
        let id = ServerId::generate(now)?;
        let mut transaction = self.begin().await?;
        // Changes nothing, but lets one transaction an owner past this point at a time, so that the count holds.
        sqlx::query("update accounts set disabled = disabled where id = $1")
            .bind(owner.as_str())
            .execute(&mut transaction)
            .await
            .map_err(StoreError::from)?;
        let owned: i64 = sqlx::query("select count(*) as owned from servers where owner_id = $1")
            .bind(owner.as_str())
            .fetch_one(&mut transaction)
            .await
            .and_then(|row| row.try_get("owned"))
            .map_err(StoreError::from)?;
        if owned >= i64::from(MAX_SERVERS) {
            return Err(CreateServerError::TooMany);
        }
        let insert = sqlx::query(concat!(
            "insert into servers (name, group_name, name_key, group_key, host, port, maintenance_db, username, role,
                 environment, read_only, comment, connection_parameters, credential, audience,
                 extras, id, owner_id, created_at, updated_at, version)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $19, 1)
             returning ",
            server_columns!("")
        ));
        let row = bind_definition(insert, definition)
            .bind(id.as_str())
            .bind(owner.as_str())
            .bind(now.0)
            .fetch_one(&mut transaction)
            .await
            .map_err(StoreError::from)?;
        transaction.commit().await.map_err(StoreError::from)?;
        Ok(server_from_row(&row)?)
    }

    /// Replaces the definition of a server that `owner` owns, if it still has the `version` that the change was made
    /// against. When it becomes private, what others have set for themselves is forgotten.
    ///
    /// # Errors
    /// The variants say why not.
    pub async fn update_server(
        &self,
        id: &ServerId,
        owner: &AccountId,
        version: i64,
        definition: &ServerDefinition,
    ) -> Result<Server, ChangeServerError> {
        let update = sqlx::query(concat!(
            "update servers
             set name = $1, group_name = $2, name_key = $3, group_key = $4, host = $5, port = $6, maintenance_db = $7,
                 username = $8, role = $9, environment = $10, read_only = $11, comment = $12,
                 connection_parameters = $13, credential = $14, audience = $15, extras = $16,
                 updated_at = $20, version = version + 1
             where id = $17 and owner_id = $18 and version = $19
             returning ",
            server_columns!("")
        ));
        let mut transaction = self.begin().await?;
        let updated = bind_definition(update, definition)
            .bind(id.as_str())
            .bind(owner.as_str())
            .bind(version)
            .bind(self.now().0)
            .fetch_optional(&mut transaction)
            .await
            .map_err(StoreError::from)?;
        let Some(row) = updated else {
            drop(transaction);
            return Err(self.why_unchanged(id, owner).await?);
        };
        if definition.audience == Audience::Private {
            forget_own_settings(&mut transaction, id, owner).await?;
        }
        transaction.commit().await.map_err(StoreError::from)?;
        Ok(server_from_row(&row)?)
    }

    /// Deletes a server that `owner` owns, with what others have set for themselves at it. With a `version`, only if it
    /// still has that one.
    ///
    /// # Errors
    /// The variants say why not.
    pub async fn delete_server(
        &self,
        id: &ServerId,
        owner: &AccountId,
        version: Option<i64>,
    ) -> Result<(), ChangeServerError> {
        let mut transaction = self.begin().await?;
        let deleted =
            sqlx::query("delete from servers where id = $1 and owner_id = $2 and version = coalesce($3, version)")
                .bind(id.as_str())
                .bind(owner.as_str())
                .bind(version)
                .execute(&mut transaction)
                .await
                .map_err(StoreError::from)?;
        if deleted.rows_affected() == 0 {
            drop(transaction);
            return Err(self.why_unchanged(id, owner).await?);
        }
        forget_own_settings(&mut transaction, id, owner).await?;
        sqlx::query("delete from saved_secrets where server_id = $1")
            .bind(id.as_str())
            .execute(&mut transaction)
            .await
            .map_err(StoreError::from)?;
        transaction.commit().await.map_err(StoreError::from)?;
        Ok(())
    }

    async fn why_unchanged(&self, id: &ServerId, owner: &AccountId) -> Result<ChangeServerError, StoreError> {
        let current = self.server(id, Viewer { account: owner, admitted: &|_| false }).await?;
        Ok(current
            .map_or(ChangeServerError::NotFound, |seen| ChangeServerError::Changed { current: Box::new(seen.server) }))
    }

    async fn shared_servers_or_of(
        &self,
        account: &AccountId,
        after: &ServerCursor,
        limit: i64,
    ) -> Result<Vec<SeenServer>, StoreError> {
        sqlx::query(concat!(
            seen_servers!(),
            " where (coalesce(o.group_key, s.group_key), coalesce(o.name_key, s.name_key), s.id) > ($2, $3, $4)
                and (s.owner_id = $1 or s.audience <> $5)
              order by coalesce(o.group_key, s.group_key), coalesce(o.name_key, s.name_key), s.id limit $6"
        ))
        .bind(account.as_str())
        .bind(&after.group_key)
        .bind(&after.name_key)
        .bind(&after.id)
        .bind(PRIVATE)
        .bind(limit)
        .fetch_all(self.pool())
        .await?
        .iter()
        .map(seen_server_from_row)
        .collect()
    }
}

impl Viewer<'_> {
    /// Whether they see a server of this owner with this audience.
    #[must_use]
    pub fn sees(&self, owner: &AccountId, audience: &Audience) -> bool {
        if owner == self.account {
            return true;
        }
        match audience {
            Audience::Private => false,
            Audience::Rule(rule) => (self.admitted)(rule),
        }
    }
}

impl Audience {
    /// Reads the contract's `audience`, given as JSON text.
    #[must_use]
    pub fn from_json(json: &str) -> Self {
        if json == PRIVATE { Self::Private } else { Self::Rule(json.to_owned()) }
    }

    /// The contract's `audience` as JSON text.
    #[must_use]
    pub fn as_json(&self) -> &str {
        match self {
            Self::Private => PRIVATE,
            Self::Rule(rule) => rule,
        }
    }
}

/// For an account that is being deleted; says how many there were.
pub(crate) async fn delete_private_servers(transaction: &mut Work, owner: &AccountId) -> Result<u64, StoreError> {
    sqlx::query(
        "delete from saved_secrets where server_id in (select id from servers where owner_id = $1 and audience = $2)",
    )
    .bind(owner.as_str())
    .bind(PRIVATE)
    .execute(&mut *transaction)
    .await?;
    let done = sqlx::query("delete from servers where owner_id = $1 and audience = $2")
        .bind(owner.as_str())
        .bind(PRIVATE)
        .execute(&mut *transaction)
        .await?;
    Ok(done.rows_affected())
}

/// Binds `$1` to `$16`.
fn bind_definition<'q>(
    query: Query<'q, Any, AnyArguments>,
    definition: &'q ServerDefinition,
) -> Query<'q, Any, AnyArguments> {
    query
        .bind(&definition.name)
        .bind(&definition.group)
        .bind(definition.name.to_lowercase())
        .bind(definition.group.to_lowercase())
        .bind(&definition.host)
        .bind(i64::from(definition.port))
        .bind(&definition.maintenance_db)
        .bind(&definition.username)
        .bind(&definition.role)
        .bind(&definition.environment)
        .bind(i64::from(definition.read_only))
        .bind(&definition.comment)
        .bind(&definition.connection_parameters)
        .bind(&definition.credential)
        .bind(definition.audience.as_json())
        .bind(&definition.extras)
}

fn seen_server_from_row(row: &AnyRow) -> Result<SeenServer, StoreError> {
    let owner_is_administrator = row.try_get::<i64, _>("owner_by_claims")? != 0
        || row.try_get::<String, _>("owner_role")? == Role::Administrator.as_str();
    Ok(SeenServer {
        server: server_from_row(row)?,
        owner_name: row.try_get("owner_name")?,
        owner_is_administrator,
        own: own_settings_from_row(row)?,
    })
}

pub(crate) fn server_from_row(row: &AnyRow) -> Result<Server, StoreError> {
    let port: i64 = row.try_get("port")?;
    let port =
        u16::try_from(port).map_err(|_| Cause::UnknownValue { column: "servers.port", value: port.to_string() })?;
    Ok(Server {
        id: ServerId::from_row(row.try_get("id")?),
        owner: AccountId::from_row(row.try_get("owner_id")?),
        definition: ServerDefinition {
            name: row.try_get("name")?,
            group: row.try_get("group_name")?,
            host: row.try_get("host")?,
            port,
            maintenance_db: row.try_get("maintenance_db")?,
            username: row.try_get("username")?,
            role: row.try_get("role")?,
            environment: row.try_get("environment")?,
            read_only: row.try_get::<i64, _>("read_only")? != 0,
            comment: row.try_get("comment")?,
            connection_parameters: row.try_get("connection_parameters")?,
            credential: row.try_get("credential")?,
            // An older program makes servers without.
            extras: row.try_get::<Option<String>, _>("extras")?.unwrap_or_else(|| "{}".to_owned()),
            audience: Audience::from_json(row.try_get("audience")?),
        },
        version: row.try_get("version")?,
        created_at: Millis(row.try_get("created_at")?).to_date_time(),
        updated_at: Millis(row.try_get("updated_at")?).to_date_time(),
    })
}
