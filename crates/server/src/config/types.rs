//! What the config is parsed to: a struct for each of its tables.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use howdah_oidc::ProviderConfig;
use howdah_store::{ServerId, StoreUrl};
use ipnet::IpNet;
use rustls::pki_types::CertificateDer;
use url::Url;

use super::{Addresses, ClaimsRule, SecretsConfig};
use crate::servers::ConfiguredServer;

/// Everything that the operator decides.
#[derive(Debug)]
pub struct Config {
    /// `[server]`
    pub server: ServerConfig,
    /// `store.url`
    pub store_url: StoreUrl,
    /// `[session]`
    pub session: SessionConfig,
    /// `[log]`
    pub log: LogConfig,
    /// `[metrics]`
    pub metrics: MetricsConfig,
    /// Whether this is `howdah desktop`. No key: it is for one person, and lets in whoever has a link.
    pub desktop: bool,
    /// `[history]`
    pub history: HistoryConfig,
    /// `[audit]`
    pub audit: AuditConfig,
    /// `[auth]`
    pub auth: AuthConfig,
    /// `[credentials]`
    pub credentials: CredentialsConfig,
    /// `[connections]`
    pub connections: ConnectionsConfig,
    /// `[secrets]`
    pub secrets: SecretsConfig,
    /// `[[servers]]`
    pub servers: Vec<ConfiguredServer>,
}

impl Config {
    /// The server of the config with this id.
    #[must_use]
    pub fn configured_server(&self, id: &ServerId) -> Option<&ConfiguredServer> {
        self.servers.iter().find(|server| server.id == *id)
    }
}

/// `[server]`
#[derive(Debug)]
pub struct ServerConfig {
    /// Where to listen.
    pub listen: SocketAddr,
    /// What browsers see; absent: the address listened on.
    pub public_url: Option<Url>,
    /// Whose console this is.
    pub organization: Option<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Certificate chain and key, to serve HTTPS.
    pub tls: Option<TlsFiles>,
    /// The name of this process among several.
    pub replica: Option<String>,
    /// Running statements and open transactions have so long after a stop was asked for.
    pub stop_grace: Duration,
}

/// Where the server's own certificate lies.
#[derive(Debug)]
pub struct TlsFiles {
    /// PEM file with the chain.
    pub certificate: PathBuf,
    /// PEM file with the key.
    pub key: PathBuf,
}

/// `[session]`
#[derive(Debug, Clone, Copy)]
pub struct SessionConfig {
    /// Life of a session that is not used.
    pub idle_timeout: Duration,
    /// Life of any session.
    pub absolute_timeout: Duration,
    /// For so long a query session waits for its page.
    pub detach_grace: Duration,
}

/// `[log]`
#[derive(Debug)]
pub struct LogConfig {
    /// Whether lines are JSON.
    pub json: bool,
    /// As in `RUST_LOG`.
    pub filter: String,
}

/// `[metrics]`
#[derive(Debug, Clone, Default)]
pub struct MetricsConfig {
    /// A listener of their own.
    pub listen: Option<SocketAddr>,
    /// Who may read them where the console listens.
    pub trusted: Vec<IpNet>,
}

/// `[history]`
#[derive(Debug, Clone, Copy, Default)]
pub struct HistoryConfig {
    /// Whether what people run is kept for them.
    pub statements: bool,
    /// How long; absent: for ever.
    pub retention: Option<Duration>,
    /// How many entries of a person are kept. `None`: all of them.
    pub max_entries: Option<u32>,
}

/// `[audit]`
#[derive(Debug, Clone, Default)]
pub struct AuditConfig {
    /// How statements are kept.
    pub statements: Statements,
    /// Whether lines go to stderr.
    pub stderr: bool,
    /// Where lines go.
    pub file: Option<PathBuf>,
    /// How long the store keeps events; absent: for ever.
    pub retention: Option<Duration>,
}

/// How statements stand in the audit trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Statements {
    /// As they are, without passwords.
    #[default]
    Text,
    /// As a hash.
    Hash,
    /// Not at all.
    Off,
}

/// `[auth]`
#[derive(Debug)]
pub struct AuthConfig {
    /// Whether a first sign-in makes an account.
    pub auto_create_user: bool,
    /// How people may sign in, in the order of the login page.
    pub sources: Vec<Source>,
    /// Whether a single provider is gone to at once.
    pub auto_redirect: bool,
    /// Text above the ways to sign in.
    pub login_banner: Option<String>,
    /// Where people find help with signing in.
    pub help_url: Option<Url>,
    /// Wrong passwords in a row that block an account; 0: never.
    pub max_login_attempts: u32,
    /// Characters that a password has at least.
    pub password_min_length: usize,
    /// Whose claims make an administrator.
    pub administrators: Option<ClaimsRule>,
    /// Whose claims make a viewer, unless they make an administrator.
    pub viewers: Option<ClaimsRule>,
    /// Providers, in the order of their buttons.
    pub providers: Vec<ProviderConfig>,
}

impl AuthConfig {
    /// Whether people may sign in with a password kept here.
    #[must_use]
    pub fn has_internal(&self) -> bool {
        self.sources.contains(&Source::Internal)
    }
}

/// A way to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Through a provider.
    OAuth2,
    /// With a password kept here.
    Internal,
}

/// `[credentials]`
#[derive(Debug)]
pub struct CredentialsConfig {
    /// Who may lend Howdah's own identity.
    pub service_identity: ServiceIdentity,
    /// Which addresses people who are no administrators may name.
    pub addresses: Addresses,
    /// Certificate authorities to trust beside the system's.
    pub extra_roots: Vec<CertificateDer<'static>>,
    /// Whether people may write commands of their own.
    pub allow_exec: bool,
    /// Variables that commands get beside the usual ones.
    pub exec_environment: Vec<String>,
    /// Commands by name.
    pub commands: Vec<CommandConfig>,
}

/// `[connections]`: what libpq's users have in files.
#[derive(Debug, Default)]
pub struct ConnectionsConfig {
    /// Service files. The first that has a service counts.
    pub service_files: Vec<PathBuf>,
    /// Passwords by host, port, database and user.
    pub password_file: Option<PathBuf>,
    /// Whether people may name files of this machine, which is their own.
    pub own_files: bool,
    /// Where the person's SSH agent listens.
    pub ssh_agent: Option<PathBuf>,
}

/// Who may define servers that lend Howdah's own identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceIdentity {
    /// Administrators of Howdah.
    Administrators,
    /// All who are signed in.
    Everyone,
    /// Nobody.
    Nobody,
}

/// One `[[credentials.command]]`.
#[derive(Debug, Clone)]
pub struct CommandConfig {
    /// Its name.
    pub name: String,
    /// Program and arguments.
    pub argv: Vec<String>,
    /// How long its output is good for; absent: while Howdah runs.
    pub expiration_seconds: Option<u32>,
    /// How long it may take.
    pub timeout: Duration,
}
