//! Server definitions as people write and see them.

use std::mem::discriminant;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Audience, ConnectionParameters, CredentialDefinition, Sharing, TunnelChange, TunnelDefinition};

/// A server as a person writes it: pgAdmin's connection properties in `snake_case`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServerDefinition {
    /// What the explorer calls it.
    pub name: String,
    /// The folder it stands in.
    #[serde(default = "default_group")]
    pub group: String,
    /// A host name, an IP address, or the absolute path of a Unix socket's directory. Empty where the connection parameter
    /// `service` says it, with its port.
    pub host: String,
    /// TCP port, or the socket's number.
    #[serde(default = "default_port")]
    pub port: u16,
    /// The database to connect to when none is named.
    #[serde(default = "default_maintenance_db")]
    pub maintenance_db: String,
    /// The PostgreSQL role to log in as: a name, or a template such as `{email:local}`. Empty where the credential's
    /// source says it (`vault` and `gcp`), or the connection parameter `service`.
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
    /// Who sees it beside its owner. Only an administrator, or the config, may share one.
    #[serde(default)]
    pub audience: Audience,
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
    /// The paths that [`secrets`](Self::secrets) may have.
    pub const SECRET_PATHS: [&'static str; 8] = [
        "client_secret",
        "client_certificate",
        "auth.secret_id",
        "connection_parameters.sslkey",
        "connection_parameters.sslpassword",
        "tunnel.password",
        "tunnel.private_key",
        "tunnel.passphrase",
    ];

    /// The secrets that stand in it, by their paths: those of the credential are relative to it.
    #[must_use]
    pub fn secrets(&self) -> Vec<(&'static str, &SecretString)> {
        let mut secrets = self.credential.secrets();
        secrets.extend(self.connection_parameters.secrets());
        secrets.extend(self.tunnel.iter().flat_map(TunnelDefinition::secrets));
        secrets
    }

    /// Takes out what only its owner may see, secrets apart: those are never shown.
    pub fn hide_from_others(&mut self) {
        self.credential.hide_from_others();
        self.connection_parameters.hide_paths();
        self.post_connection_sql = None;
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
    /// Whether the caller owns it and may edit it.
    pub owned: bool,
    /// Whose it is and what the caller has set for themselves; absent where the caller owns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sharing: Option<Sharing>,
    /// Whether a connection of the caller's is open.
    pub connected: bool,
    /// The secrets that are kept: their paths in `credential`, or those that begin with `connection_parameters.` or
    /// `tunnel.`. They are never shown; a change without them keeps them.
    pub kept_secrets: Vec<&'static str>,
    /// Whether there are secrets that cannot be opened now, since the key that sealed them is not here. They stay as they
    /// are; where others are given or one is taken out, those count. Absent where there are none.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub unreadable_secrets: bool,
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

/// A change to a server: fields that are absent stay as they are. Whoever does not own it may set `name`, `group`,
/// `username`, `role`, `environment` and `post_connection_sql`, for themselves alone; what is empty, or as the server has
/// it, is the server's again.
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
    #[serde(default, deserialize_with = "super::tunnel::present")]
    #[schema(value_type = Option<TunnelChange>)]
    pub tunnel: Option<Option<TunnelChange>>,
    /// See [`ServerDefinition::post_connection_sql`]; an empty text removes it.
    pub post_connection_sql: Option<String>,
    /// See [`ServerDefinition::credential`].
    pub credential: Option<CredentialDefinition>,
    /// See [`ServerDefinition::audience`].
    pub audience: Option<Audience>,
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
    /// Whether a tunnel may log in by the person's SSH agent.
    pub ssh_agent_allowed: bool,
}

/// A command that the operator offers. Its text stays on the server.
#[derive(Debug, Serialize, ToSchema)]
pub struct NamedCommand {
    /// Its name in the config.
    pub name: String,
    /// How long its output is good for, in seconds.
    pub expiration_seconds: Option<u32>,
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
