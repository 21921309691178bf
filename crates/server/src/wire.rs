//! The shapes of everything that crosses HTTP and the WebSocket as JSON.
//!
//! `openapi.json` and the TypeScript types of the web UI are generated from this file. Types of the other crates are
//! never serialised themselves: they are turned into these.

mod credential;
mod parameters;
mod tunnel;

use std::mem::discriminant;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

pub use credential::{
    CredentialDefinition, CredentialExchange, CredentialIdentity, CredentialPresentation, EntraFlowName, OAuthFlowName,
    VaultAuthDefinition,
};
pub use parameters::ConnectionParameters;
pub use tunnel::{ShownHostKey, TunnelAuthenticationName, TunnelChange, TunnelDefinition};

/// An RFC 9457 problem document, `application/problem+json`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: `code` is what tells problems apart.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    pub kind: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The status in words.
    pub title: String,
    /// What happened and what to do next, for the person.
    pub detail: String,
    /// Stable and machine-readable, such as `password_required`. All codes are in `docs/http-api.md`.
    #[schema(value_type = String)]
    pub code: &'static str,
    /// The field of the request that is wrong, as a dotted path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// PostgreSQL's SQLSTATE, when it was PostgreSQL that refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sqlstate: Option<String>,
    /// PostgreSQL's own message, verbatim.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_message: Option<String>,
    /// The step of the connection that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<ConnectionStep>,
    /// What the command wrote to standard error; only ever given to the server's owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command_output: Option<String>,
    /// What the person must do before the connection goes on. Ask again afterwards, or every few seconds meanwhile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<Prompt>,
    /// The key that an SSH server has shown and that nobody has confirmed yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_key: Option<ShownHostKey>,
    /// The request's id in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// What a person must do for a credential.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Prompt {
    /// Open the address on any device and type the code there (RFC 8628). Howdah notices by itself.
    DeviceCode {
        /// The address to open.
        verification_uri: String,
        /// The same with the code in it.
        #[serde(skip_serializing_if = "Option::is_none")]
        verification_uri_complete: Option<String>,
        /// The code to type.
        user_code: String,
        /// When it is too late.
        #[serde(with = "time::serde::rfc3339")]
        #[schema(value_type = String, format = DateTime)]
        expires_at: OffsetDateTime,
        /// Why it is asked for, where there is more to say than that it is the first time.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Go to the address in another window, which says when it can be closed.
    Redirect {
        /// Where to.
        url: String,
        /// Why it is asked for, where there is more to say than that it is the first time.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

/// Who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// The account's name, unique in this installation.
    pub username: String,
    /// E-mail address, when the provider gave one.
    pub email: Option<String>,
    /// The name to show.
    pub display_name: String,
    /// How the person signed in.
    pub auth_source: AuthSource,
    /// The `name` of the provider in the config.
    pub provider: Option<String>,
    /// The provider's name for people.
    pub provider_display_name: Option<String>,
    /// The `iss` of the ID token, or the provider's name where it gives none.
    pub issuer: Option<String>,
    /// The `sub` of the ID token.
    pub subject: Option<String>,
    /// What the person may do in Howdah.
    pub role: Role,
    /// The session's limits.
    pub session: SessionTimes,
    /// How the provider is that renews this sign-in; null where nothing is renewed.
    pub provider_status: Option<ProviderStatus>,
    /// Whether the person's password is kept here.
    pub can_change_password: bool,
}

/// Whether a sign-in is being renewed.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProviderStatus {
    /// What the provider does.
    pub state: ProviderState,
    /// Since when it does not renew.
    #[serde(with = "time::serde::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<OffsetDateTime>,
    /// When the session ends for that reason.
    #[serde(with = "time::serde::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub session_ends_at: Option<OffsetDateTime>,
}

/// What a provider does about a sign-in.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProviderState {
    /// It renews it.
    Ok,
    /// It cannot be reached; the session goes on.
    Unavailable,
    /// It does not renew it any more; the session ends soon.
    Refused,
}

/// A person's own sessions.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionList {
    /// The living ones, newest first.
    pub sessions: Vec<OwnSession>,
}

/// A session of the person who asks.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnSession {
    /// Its name; it opens nothing.
    pub id: String,
    /// Sign-in.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: OffsetDateTime,
    /// Last use, to the minute or so.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub last_used_at: OffsetDateTime,
    /// The earlier of the idle and the absolute limit.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: OffsetDateTime,
    /// Where the sign-in came from.
    pub client_address: Option<String>,
    /// What the browser called itself.
    pub user_agent: Option<String>,
    /// The provider's name for people.
    pub provider_display_name: Option<String>,
    /// Whether this is the session that asks.
    pub current: bool,
}

/// How many sessions were ended.
#[derive(Debug, Serialize, ToSchema)]
pub struct EndedSessions {
    /// The number.
    pub ended: usize,
}

/// A new password.
#[derive(Debug, Deserialize, ToSchema)]
pub struct PasswordChange {
    /// The present one.
    #[schema(value_type = String)]
    pub current_password: secrecy::SecretString,
    /// The one to use from now on.
    #[schema(value_type = String)]
    pub new_password: secrecy::SecretString,
}

/// Where an account's sign-in came from.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuthSource {
    /// An OAuth2 or OpenID provider.
    Oauth2,
    /// A password kept here.
    Internal,
}

/// What an account may do in Howdah; it says nothing about PostgreSQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Manages accounts and shared servers.
    Administrator,
    /// Everyone else.
    User,
}

/// When a session began and when it ends at the latest if it is not used again.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionTimes {
    /// Sign-in.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: OffsetDateTime,
    /// The earlier of the idle and the absolute limit.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: OffsetDateTime,
}

/// A server as a person writes it: pgAdmin's connection properties in `snake_case`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServerDefinition {
    /// What the explorer calls it.
    pub name: String,
    /// The folder it stands in.
    #[serde(default = "default_group")]
    pub group: String,
    /// A host name, an IP address, or the absolute path of a Unix socket's directory.
    pub host: String,
    /// TCP port, or the socket's number.
    #[serde(default = "default_port")]
    pub port: u16,
    /// The database to connect to when none is named.
    #[serde(default = "default_maintenance_db")]
    pub maintenance_db: String,
    /// The PostgreSQL role to log in as: a name, or a template such as `{email:local}`. Empty where the credential's
    /// source says it: `vault` and `gcp`.
    pub username: String,
    /// A role to `SET ROLE` to after login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// What the server is for; production is shown everywhere.
    #[serde(default)]
    pub environment: Environment,
    /// Sessions start with `default_transaction_read_only = on`.
    #[serde(default)]
    pub read_only: bool,
    /// A note for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// libpq keywords, such as `sslmode`. `sslkey` and `sslpassword` are written and never read back.
    #[serde(default)]
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    pub connection_parameters: ConnectionParameters,
    /// An SSH server in front of PostgreSQL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tunnel: Option<TunnelDefinition>,
    /// Statements to run on every new connection. Only the owner sees them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post_connection_sql: Option<String>,
    /// Where the database credential comes from.
    pub credential: CredentialDefinition,
}

/// What a server is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// Nothing said.
    #[default]
    Unmarked,
    /// A developer's.
    Development,
    /// A rehearsal.
    Staging,
    /// The real thing.
    Production,
}

impl ServerDefinition {
    /// The secrets that stand in it, by their paths: those of the credential are relative to it.
    #[must_use]
    pub fn secrets(&self) -> Vec<(&'static str, &SecretString)> {
        let mut secrets = self.credential.secrets();
        secrets.extend(self.connection_parameters.secrets());
        secrets.extend(self.tunnel.iter().flat_map(TunnelDefinition::secrets));
        secrets
    }

    /// Puts a secret in its place, unless there is another or no such place.
    pub fn restore_secret(&mut self, path: &str, secret: SecretString) {
        if path.starts_with("connection_parameters.") {
            self.connection_parameters.restore_secret(path, secret);
        } else if path.starts_with("tunnel.") {
            if let Some(tunnel) = &mut self.tunnel {
                tunnel.restore_secret(path, secret);
            }
        } else {
            self.credential.restore_secret(path, secret);
        }
    }

    /// Puts in the secrets of the definition that this is a change of: whoever writes it was never shown them.
    pub fn keep_secrets_of(&mut self, before: &Self) {
        let same_credential = discriminant(&self.credential) == discriminant(&before.credential);
        if same_credential {
            for (path, secret) in before.credential.secrets() {
                self.credential.restore_secret(path, secret.clone());
            }
        }
        for (path, secret) in before.connection_parameters.secrets() {
            self.connection_parameters.restore_secret(path, secret.clone());
        }
        if let (Some(tunnel), Some(before)) = (&mut self.tunnel, &before.tunnel) {
            tunnel.keep_secrets_of(before);
        }
    }
}

/// A server as the API shows it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Server {
    /// Its id.
    pub id: String,
    /// Counts changes; sent back with a change so that none is overwritten unseen.
    pub version: i64,
    /// Whether the caller may edit it.
    pub owned: bool,
    /// Whether a connection of the caller's is open.
    pub connected: bool,
    /// The secrets that are kept: their paths in `credential`, or those that begin with `connection_parameters.` or
    /// `tunnel.`. They are never shown; a change without them keeps them.
    pub kept_secrets: Vec<&'static str>,
    /// The definition, without secrets.
    #[serde(flatten)]
    pub definition: ServerDefinition,
}

/// All servers that the caller may see.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServerList {
    /// In the order of group and name.
    pub servers: Vec<Server>,
    /// Present when there are more.
    pub next_cursor: Option<String>,
}

/// A change to a server: fields that are absent stay as they are.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServerChange {
    /// The version that the change was made against; another is answered with 409 `conflict`.
    pub version: Option<i64>,
    /// See [`ServerDefinition::name`].
    pub name: Option<String>,
    /// See [`ServerDefinition::group`].
    pub group: Option<String>,
    /// See [`ServerDefinition::host`].
    pub host: Option<String>,
    /// See [`ServerDefinition::port`].
    pub port: Option<u16>,
    /// See [`ServerDefinition::maintenance_db`].
    pub maintenance_db: Option<String>,
    /// See [`ServerDefinition::username`].
    pub username: Option<String>,
    /// See [`ServerDefinition::role`]; an empty text removes it.
    pub role: Option<String>,
    /// See [`ServerDefinition::environment`].
    pub environment: Option<Environment>,
    /// See [`ServerDefinition::read_only`].
    pub read_only: Option<bool>,
    /// See [`ServerDefinition::comment`]; an empty text removes it.
    pub comment: Option<String>,
    /// See [`ServerDefinition::connection_parameters`]; replaces them all, but for the secrets: they stay unless others
    /// are given, and an empty text removes one.
    #[schema(value_type = Option<std::collections::BTreeMap<String, String>>)]
    pub connection_parameters: Option<ConnectionParameters>,
    /// See [`ServerDefinition::tunnel`]; null removes it.
    #[serde(default, deserialize_with = "tunnel::present")]
    #[schema(value_type = Option<TunnelChange>)]
    pub tunnel: Option<Option<TunnelChange>>,
    /// See [`ServerDefinition::post_connection_sql`]; an empty text removes it.
    pub post_connection_sql: Option<String>,
    /// See [`ServerDefinition::credential`].
    pub credential: Option<CredentialDefinition>,
}

/// What a connect may bring along.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectRequest {
    /// The password, for a server whose credential is one. Kept in memory until the session ends.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub password: Option<secrecy::SecretString>,
}

/// A connect that worked.
#[derive(Debug, Serialize, ToSchema)]
pub struct Connected {
    /// Always true.
    pub connected: bool,
    /// `session_user` in the database.
    pub user: String,
    /// PostgreSQL's `server_version`.
    pub server_version: String,
    /// The credential that was used.
    pub credential: CredentialStatus,
}

/// The credential of a connection: where it came from and until when it is good. Never the secret.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CredentialStatus {
    /// The `type` of the server's credential.
    pub source: String,
    /// The source in words, such as `command demo-token`.
    pub label: String,
    /// When the secret stops being good for new connections; absent when it does not.
    #[serde(with = "time::serde::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<OffsetDateTime>,
    /// When it was last fetched.
    #[serde(with = "time::serde::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub renewed_at: Option<OffsetDateTime>,
}

/// A definition to try, saved or not.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectionTest {
    /// What to try.
    pub server: ServerDefinition,
    /// The saved server that it is a change of, so that what is already known of it is used.
    #[serde(default)]
    pub server_id: Option<String>,
    /// A password to try.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub password: Option<secrecy::SecretString>,
}

/// What trying to connect showed, step by step.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConnectionTestReport {
    /// Whether every step passed.
    pub passed: bool,
    /// The steps in order; those behind a failed one are `not_run`.
    pub steps: Vec<StepReport>,
    /// All of it, in milliseconds.
    pub duration_ms: f64,
}

/// One step of connecting.
#[derive(Debug, Serialize, ToSchema)]
pub struct StepReport {
    /// Which.
    pub step: ConnectionStep,
    /// How it went.
    pub status: StepStatus,
    /// In milliseconds.
    pub duration_ms: f64,
    /// What was found, such as the address or the certificate.
    pub detail: String,
    /// Why it failed and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

/// The steps of connecting, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionStep {
    /// The secret is obtained.
    Credential,
    /// The host's name is resolved.
    Dns,
    /// The SSH server lets us in; only of servers with a `tunnel`.
    Tunnel,
    /// The port answers.
    Tcp,
    /// TLS is negotiated.
    Tls,
    /// PostgreSQL accepts the login.
    Authentication,
    /// `SET ROLE` and session settings.
    Role,
    /// The post-connection SQL is run; only of servers that have some.
    PostConnectionSql,
    /// The version is read.
    Version,
}

/// How a step went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepStatus {
    /// It worked.
    Passed,
    /// It failed.
    Failed,
    /// It does not apply, such as TLS with `sslmode=disable`.
    Skipped,
    /// An earlier one failed.
    NotRun,
}

/// What a person may choose from when they add a server.
#[derive(Debug, Serialize, ToSchema)]
pub struct CredentialChoices {
    /// Whether free-text commands are allowed.
    pub exec_allowed: bool,
    /// Commands that the operator offers by name.
    pub commands: Vec<NamedCommand>,
    /// Whether the caller may choose sources that lend Howdah's own identity in a cloud.
    pub service_identity_allowed: bool,
    /// Whether secrets of a definition, such as `client_secret`, can be kept here.
    pub secrets_allowed: bool,
}

/// A command that the operator offers. Its text stays on the server.
#[derive(Debug, Serialize, ToSchema)]
pub struct NamedCommand {
    /// Its name in the config.
    pub name: String,
    /// How long its output is good for, in seconds.
    pub expiration_seconds: Option<u32>,
}

/// The databases of a server.
#[derive(Debug, Serialize, ToSchema)]
pub struct DatabaseList {
    /// By name.
    pub databases: Vec<Database>,
    /// Present when there are more.
    pub next_cursor: Option<String>,
}

/// One database.
#[derive(Debug, Serialize, ToSchema)]
pub struct Database {
    /// `pg_database.oid`.
    pub oid: u32,
    /// Its name.
    pub name: String,
    /// Its owner.
    pub owner: String,
    /// Absent where the person may not ask.
    pub size_bytes: Option<i64>,
    /// Whether the person may connect to it.
    pub may_connect: bool,
    /// Its comment.
    pub comment: Option<String>,
}

/// The schemas of a database.
#[derive(Debug, Serialize, ToSchema)]
pub struct SchemaList {
    /// By name, PostgreSQL's own last.
    pub schemas: Vec<Schema>,
    /// Present when there are more.
    pub next_cursor: Option<String>,
}

/// One schema.
#[derive(Debug, Serialize, ToSchema)]
pub struct Schema {
    /// `pg_namespace.oid`.
    pub oid: u32,
    /// Its name.
    pub name: String,
    /// Its owner.
    pub owner: String,
    /// PostgreSQL's own (`pg_catalog`, `information_schema`, …).
    pub system: bool,
    /// Whether the person has USAGE.
    pub may_use: bool,
    /// Tables, partitioned and foreign tables.
    pub tables: i64,
    /// Views and materialized views.
    pub views: i64,
    /// Its comment.
    pub comment: Option<String>,
}

/// Which relations to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RelationGroup {
    /// Tables, partitioned tables and foreign tables.
    Tables,
    /// Views and materialized views.
    Views,
}

/// Relations of a schema.
#[derive(Debug, Serialize, ToSchema)]
pub struct RelationList {
    /// By name.
    pub relations: Vec<Relation>,
    /// Present when there are more.
    pub next_cursor: Option<String>,
}

/// One table or view.
#[derive(Debug, Serialize, ToSchema)]
pub struct Relation {
    /// `pg_class.oid`.
    pub oid: u32,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: RelationKind,
    /// The planner's estimate; absent before the first ANALYZE.
    pub estimated_rows: Option<f64>,
    /// A partition of another table.
    pub is_partition: bool,
    /// Its comment.
    pub comment: Option<String>,
}

/// What a relation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RelationKind {
    /// An ordinary table.
    Table,
    /// A partitioned table.
    PartitionedTable,
    /// A foreign table.
    ForeignTable,
    /// A view.
    View,
    /// A materialized view.
    MaterializedView,
}

/// The columns of a relation.
#[derive(Debug, Serialize, ToSchema)]
pub struct ColumnList {
    /// By number.
    pub columns: Vec<RelationColumn>,
}

/// One column of a relation.
#[derive(Debug, Serialize, ToSchema)]
pub struct RelationColumn {
    /// `attnum`.
    pub number: i16,
    /// Its name.
    pub name: String,
    /// Its type as `format_type` writes it.
    pub type_name: String,
    /// Whether NULL is allowed.
    pub nullable: bool,
    /// The default's or generation's expression.
    pub default: Option<String>,
    /// Part of the primary key.
    pub primary_key: bool,
    /// Its comment.
    pub comment: Option<String>,
}

/// Names of types.
#[derive(Debug, Serialize, ToSchema)]
pub struct TypeList {
    /// Those of the asked ones that exist.
    pub types: Vec<TypeName>,
}

/// One type.
#[derive(Debug, Serialize, ToSchema)]
pub struct TypeName {
    /// `pg_type.oid`.
    pub oid: u32,
    /// As `format_type` writes it.
    pub name: String,
}

/// A download of a statement's result.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportRequest {
    /// One statement.
    pub sql: String,
    /// The format.
    pub format: ExportFormat,
    /// Whether the first line holds the columns' names.
    #[serde(default = "yes")]
    pub header: bool,
    /// The file's name, without an ending.
    #[serde(default)]
    pub file_name: Option<String>,
}

/// Formats of a download.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// RFC 4180 as PostgreSQL's COPY writes it.
    Csv,
}

/// What the browser says in a query session. See `docs/query-session.md`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientMessage {
    /// Runs statements.
    Run {
        /// Chosen by the client, echoed.
        id: u32,
        /// The text.
        sql: String,
        /// Only the statement at this offset.
        #[serde(default)]
        cursor: Option<u32>,
        /// Pause after so many rows.
        #[serde(default)]
        row_limit: Option<u64>,
    },
    /// Goes on with a paused result.
    Fetch {
        /// So many more rows; absent: all.
        #[serde(default)]
        rows: Option<u64>,
    },
    /// Binary frames have been taken in.
    Ack {
        /// How many bytes.
        bytes: u64,
    },
    /// Cancels the running statement.
    Cancel {},
}

/// What the server says in a query session. See `docs/query-session.md`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage {
    /// The session works.
    Connected {
        /// `session_user`.
        session_user: String,
        /// The database.
        database: String,
        /// PostgreSQL's `server_version`.
        server_version: String,
        /// The backend's process id.
        backend_pid: i32,
        /// Protocol version and cipher; absent without TLS.
        tls: Option<String>,
        /// Where the credential came from.
        credential: CredentialStatus,
        /// From ReadyForQuery.
        transaction: TransactionState,
        /// Whether sessions on this server start read-only.
        read_only: bool,
    },
    /// The session could not be opened.
    ConnectFailed {
        /// Why, and what to do.
        problem: Box<Problem>,
    },
    /// A run begins.
    RunStarted {
        /// The run's.
        id: u32,
        /// What will run.
        statements: Vec<StatementRange>,
    },
    /// A statement is sent.
    StatementStarted {
        /// Its place in the run.
        index: u32,
    },
    /// A result begins.
    Columns {
        /// The statement's.
        index: u32,
        /// Its columns.
        columns: Vec<ResultColumn>,
    },
    /// A notice or warning.
    Notice {
        /// The statement's; absent between statements.
        index: Option<u32>,
        /// The notice.
        notice: DatabaseError,
    },
    /// The row limit is reached; PostgreSQL waits.
    Paused {
        /// The statement's.
        index: u32,
        /// Rows sent so far.
        rows: u64,
    },
    /// A statement is done.
    StatementFinished {
        /// Its place in the run.
        index: u32,
        /// The command tag, such as `INSERT 0 212`; empty for an empty query.
        tag: String,
        /// Rows sent.
        rows: u64,
        /// Rows read and dropped behind the row limit.
        discarded_rows: u64,
        /// Until the first row; absent without rows.
        first_row_ms: Option<f64>,
        /// All of it.
        duration_ms: f64,
        /// From ReadyForQuery.
        transaction: TransactionState,
    },
    /// A statement failed.
    StatementFailed {
        /// Its place in the run.
        index: u32,
        /// What PostgreSQL said.
        error: DatabaseError,
        /// Until the error.
        duration_ms: f64,
        /// From ReadyForQuery.
        transaction: TransactionState,
    },
    /// Nothing runs any more.
    RunFinished {
        /// The run's.
        id: u32,
        /// How it ended.
        outcome: RunOutcome,
        /// All of it.
        duration_ms: f64,
        /// From ReadyForQuery.
        transaction: TransactionState,
    },
    /// The last message could not be taken; nothing changed.
    Rejected {
        /// Why.
        problem: Box<Problem>,
    },
    /// A setting that PostgreSQL reports.
    Parameter {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
    },
    /// A NOTIFY on a channel that the session listens to.
    Notification {
        /// The channel.
        channel: String,
        /// The payload.
        payload: String,
        /// Who notified.
        backend_pid: i32,
    },
    /// The connection to PostgreSQL is gone.
    Disconnected {
        /// Why, and what to do.
        problem: Box<Problem>,
    },
}

/// Where a statement stands in the run's text, in UTF-16 code units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct StatementRange {
    /// Its first unit.
    pub start: u32,
    /// Behind its last.
    pub end: u32,
}

/// One column of a result.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResultColumn {
    /// Its name.
    pub name: String,
    /// `pg_type.oid`.
    pub type_oid: u32,
    /// For built-in types, with the modifier: `numeric(12,2)`.
    pub type_name: Option<String>,
    /// `atttypmod`, or -1.
    pub type_modifier: i32,
    /// The table it comes from, or 0.
    pub table_oid: u32,
    /// The column's number there, or 0.
    pub attribute_number: i16,
}

/// An ErrorResponse or NoticeResponse, whole (manual, 54.8).
#[derive(Debug, Serialize, ToSchema)]
pub struct DatabaseError {
    /// `ERROR`, `WARNING`, …, not localised where PostgreSQL gives that.
    pub severity: String,
    /// SQLSTATE.
    pub code: String,
    /// The message.
    pub message: String,
    /// More about it.
    pub detail: Option<String>,
    /// What might help.
    pub hint: Option<String>,
    /// Offset into the run's text, in UTF-16 code units.
    pub position: Option<u32>,
    /// Character in `internal_query`, from 1.
    pub internal_position: Option<u32>,
    /// The generated text that failed.
    pub internal_query: Option<String>,
    /// The call stack.
    pub context: Option<String>,
    /// The object it concerns.
    pub schema: Option<String>,
    /// The object it concerns.
    pub table: Option<String>,
    /// The object it concerns.
    pub column: Option<String>,
    /// The object it concerns.
    pub data_type: Option<String>,
    /// The object it concerns.
    pub constraint: Option<String>,
    /// Where in PostgreSQL's source, `file:line routine`.
    pub source: Option<String>,
}

/// The state of the session's transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TransactionState {
    /// None is open.
    Idle,
    /// One is open.
    InTransaction,
    /// One is open and takes only a rollback.
    Failed,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunOutcome {
    /// Every statement ran.
    Completed,
    /// A statement failed; those behind it did not run.
    Failed,
    /// It was cancelled.
    Cancelled,
}

fn default_group() -> String {
    "Servers".to_owned()
}

fn default_port() -> u16 {
    5432
}

fn default_maintenance_db() -> String {
    "postgres".to_owned()
}

fn yes() -> bool {
    true
}

/// A secret is never written out. (With `skip_serializing` it would be missing from the API's description, too.)
fn is_secret(_: &Option<secrecy::SecretString>) -> bool {
    true
}

/// Writes nothing of a secret.
fn hide<S: serde::Serializer>(_: &Option<secrecy::SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_none()
}
