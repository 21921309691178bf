//! Connecting to a server, and trying whether one can.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::{Problem, ServerDefinition};

/// What a connect may bring along.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectRequest {
    /// The password, for a server whose credential is one. Kept in memory until the session ends.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub password: Option<SecretString>,
    /// Whether the password is to be saved, once it has worked.
    #[serde(default)]
    pub save_password: bool,
    /// The password of the tunnel's SSH server, or the passphrase of its private key. Kept in memory until the session
    /// ends.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub tunnel_password: Option<SecretString>,
    /// Whether that is to be saved, once the connection has worked.
    #[serde(default)]
    pub save_tunnel_password: bool,
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
    /// Whether this connect has saved a password.
    pub password_saved: bool,
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
    /// When it is fetched next while a connection is open with it, ahead of its end; absent when it does not end, and
    /// where each connection gets one of its own.
    #[serde(with = "time::serde::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub renews_at: Option<OffsetDateTime>,
    /// Why it could not be renewed when that was due; absent while all is well. It is tried again by itself, and with the
    /// next connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renewal_problem: Option<Box<Problem>>,
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
    pub password: Option<SecretString>,
    /// A password of the tunnel's SSH server, or a passphrase of its private key, to try.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub tunnel_password: Option<SecretString>,
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
