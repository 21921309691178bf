//! What a connection needs to know before it is opened.

use std::{collections::BTreeSet, fmt, net::IpAddr, path::PathBuf, time::Duration};

use secrecy::SecretString;

use crate::Limits;

/// Where to connect to, as whom, and what must be true of the server.
#[derive(Debug, Clone)]
pub struct ConnectOptions {
    /// The server.
    pub host: Host,
    /// Its TCP port, or the number in the socket's name.
    pub port: u16,
    /// The database.
    pub database: String,
    /// The role to log in as.
    pub user: String,
    /// `application_name`, which `pg_stat_activity` shows.
    pub application_name: String,
    /// Whether and how the connection is encrypted.
    pub ssl: SslOptions,
    /// How the server may ask for authentication; `None`: as it likes.
    pub require_auth: Option<BTreeSet<AuthenticationMethod>>,
    /// The newest protocol to offer.
    pub max_protocol_version: ProtocolVersion,
    /// How long each step may take: resolving the name, each address, TLS, and the login.
    pub connect_timeout: Duration,
    /// How a dead peer is noticed; `None`: by the next write only.
    pub keepalive: Option<Keepalive>,
    /// Further settings to start with, such as `options`. `user`, `database`, `application_name` and
    /// `client_encoding` (always UTF8) are not among them.
    pub parameters: Vec<(String, String)>,
    /// How rows are gathered and cut.
    pub limits: Limits,
}

impl ConnectOptions {
    /// Options for a server over TCP with defaults: `sslmode=prefer`, 10 s a step.
    #[must_use]
    pub fn new(host: Host, port: u16, database: &str, user: &str) -> Self {
        Self {
            host,
            port,
            database: database.to_owned(),
            user: user.to_owned(),
            application_name: "Howdah".to_owned(),
            ssl: SslOptions::default(),
            require_auth: None,
            max_protocol_version: ProtocolVersion::V3_2,
            connect_timeout: Duration::from_secs(10),
            keepalive: Some(Keepalive::default()),
            parameters: Vec::new(),
            limits: Limits::default(),
        }
    }
}

/// A server's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// Over TCP.
    Tcp {
        /// The name or address, which a certificate must carry with `verify-full`.
        host: String,
        /// The address to use instead of resolving `host`.
        hostaddr: Option<IpAddr>,
    },
    /// By a Unix socket in this directory. TLS does not apply there.
    Unix(PathBuf),
}

impl Host {
    /// An absolute path is a socket's directory, everything else a host.
    #[must_use]
    pub fn parse(host: &str) -> Self {
        if host.starts_with('/') {
            Self::Unix(PathBuf::from(host))
        } else {
            Self::Tcp { host: host.to_owned(), hostaddr: None }
        }
    }
}

/// Probes of a silent peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keepalive {
    /// Silence before the first probe.
    pub idle: Duration,
    /// Between probes.
    pub interval: Duration,
    /// Unanswered probes until the connection counts as lost.
    pub count: u32,
}

impl Default for Keepalive {
    fn default() -> Self {
        Self { idle: Duration::from_secs(60), interval: Duration::from_secs(10), count: 6 }
    }
}

/// A version of PostgreSQL's protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProtocolVersion {
    /// Every server.
    V3_0,
    /// PostgreSQL 18: longer cancel keys.
    V3_2,
}

impl ProtocolVersion {
    pub(crate) fn code(self) -> i32 {
        match self {
            Self::V3_0 => 0x0003_0000,
            Self::V3_2 => 0x0003_0002,
        }
    }
}

impl fmt::Display for ProtocolVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V3_0 => "3.0",
            Self::V3_2 => "3.2",
        })
    }
}

/// Whether and how a connection is encrypted.
#[derive(Debug, Clone)]
pub struct SslOptions {
    /// What is tried, and what must be verified.
    pub mode: SslMode,
    /// Who may have signed the server's certificate.
    pub root: RootCertificates,
    /// What to answer a server that asks for a certificate.
    pub client_identity: Option<ClientIdentity>,
    /// How TLS begins.
    pub negotiation: SslNegotiation,
    /// Whether SCRAM is bound to the TLS connection.
    pub channel_binding: ChannelBinding,
    /// Whether the host's name is told to the server in the clear (SNI).
    pub server_name_indication: bool,
}

impl Default for SslOptions {
    fn default() -> Self {
        Self {
            mode: SslMode::Prefer,
            root: RootCertificates::System,
            client_identity: None,
            negotiation: SslNegotiation::Postgres,
            channel_binding: ChannelBinding::Prefer,
            server_name_indication: true,
        }
    }
}

/// libpq's `sslmode` (manual, 34.19.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SslMode {
    /// Never encrypted.
    Disable,
    /// In the clear; with TLS if the server refuses that.
    Allow,
    /// With TLS; in the clear if the server refuses that or TLS fails.
    Prefer,
    /// With TLS, whoever answers. With given root certificates it is `VerifyCa`, as in libpq.
    Require,
    /// With TLS, and a root certificate must vouch for the server's.
    VerifyCa,
    /// As `VerifyCa`, and the certificate must be the host's.
    VerifyFull,
}

/// Who may have signed the server's certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RootCertificates {
    /// The operating system's roots, read anew for each connection. Only looked at in `VerifyCa` and `VerifyFull`.
    System,
    /// These, in PEM. Where they are given the chain is verified in every mode that uses TLS, as in libpq.
    Pem(String),
}

/// A client certificate and its key.
#[derive(Clone)]
pub struct ClientIdentity {
    /// The certificate and those between it and its root, in PEM.
    pub certificate_pem: String,
    /// The key in PEM, not encrypted.
    pub key_pem: SecretString,
}

impl fmt::Debug for ClientIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientIdentity(***)")
    }
}

/// How TLS begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SslNegotiation {
    /// Asked for by an SSLRequest.
    Postgres,
    /// At once. PostgreSQL 17 and later; needs a mode of at least `Require`.
    Direct,
}

/// Whether SCRAM is bound to the TLS connection, so that nobody in between can pass it on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelBinding {
    /// Never.
    Disable,
    /// When the server offers it.
    Prefer,
    /// A server that does not prove it is refused.
    Require,
}

/// What is presented when the server asks for authentication.
#[derive(Debug, Clone)]
pub enum Authentication {
    /// Nothing: trust, peer, or the client certificate.
    None,
    /// A password, for cleartext, MD5 and SCRAM-SHA-256.
    Password(SecretString),
}

/// A way in which a server authenticates a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AuthenticationMethod {
    /// The server asked for nothing: trust, peer, ident, or a client certificate.
    None,
    /// The password itself.
    Password,
    /// An MD5 digest of it.
    Md5,
    /// SCRAM-SHA-256, with or without channel binding.
    ScramSha256,
}

impl AuthenticationMethod {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::None, Self::Password, Self::Md5, Self::ScramSha256];

    /// Its name in `require_auth`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Password => "password",
            Self::Md5 => "md5",
            Self::ScramSha256 => "scram-sha-256",
        }
    }
}
