//! What a connection needs to know before it is opened.

use std::{collections::BTreeSet, fmt, net::IpAddr, path::PathBuf, time::Duration};

use secrecy::SecretString;

use crate::{Limits, PassFile, transport::socket_path};

/// Where to connect to, as whom, and what must be true of the server.
#[derive(Debug, Clone)]
pub struct ConnectOptions {
    /// Where the server may be. They are tried in this order until one will do.
    pub endpoints: Vec<Endpoint>,
    /// Whether the order is left to chance, so that many clients spread over the servers.
    pub host_order: HostOrder,
    /// What kind of server will do.
    pub target: TargetSession,
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
    /// The oldest protocol to accept.
    pub min_protocol_version: ProtocolVersion,
    /// The newest protocol to offer.
    pub max_protocol_version: ProtocolVersion,
    /// How long resolving a name may take, and then each of its addresses, from the socket to the session.
    pub connect_timeout: Duration,
    /// How a dead peer is noticed; `None`: by the next write only.
    pub keepalive: Option<Keepalive>,
    /// How long what was sent may stay unacknowledged until the connection counts as lost; `None`: as the system likes.
    /// Only Linux knows it.
    pub tcp_user_timeout: Option<Duration>,
    /// The way to the endpoints; `None`: directly. Names are then resolved at its other end.
    #[cfg(feature = "ssh")]
    pub tunnel: Option<crate::ssh::Tunnel>,
    /// Further settings to start with, such as `options`. `user`, `database`, `application_name` and
    /// `client_encoding` (always UTF8) are not among them.
    pub parameters: Vec<(String, String)>,
    /// How rows are gathered and cut.
    pub limits: Limits,
}

impl ConnectOptions {
    /// Options for one server with defaults: `sslmode=prefer`, 10 s.
    #[must_use]
    pub fn new(host: Host, port: u16, database: &str, user: &str) -> Self {
        Self {
            endpoints: vec![Endpoint { host, port }],
            host_order: HostOrder::AsGiven,
            target: TargetSession::Any,
            database: database.to_owned(),
            user: user.to_owned(),
            application_name: "Howdah".to_owned(),
            ssl: SslOptions::default(),
            require_auth: None,
            min_protocol_version: ProtocolVersion::V3_0,
            max_protocol_version: ProtocolVersion::V3_2,
            connect_timeout: Duration::from_secs(10),
            keepalive: Some(Keepalive::default()),
            tcp_user_timeout: None,
            #[cfg(feature = "ssh")]
            tunnel: None,
            parameters: Vec::new(),
            limits: Limits::default(),
        }
    }
}

/// One place where the server may be.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// The host.
    pub host: Host,
    /// Its TCP port, or the number in the socket's name.
    pub port: u16,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Host::Tcp { host, .. } if host.contains(':') => write!(f, "[{host}]:{}", self.port),
            Host::Tcp { host, .. } => write!(f, "{host}:{}", self.port),
            Host::Unix(directory) => write!(f, "{}", socket_path(directory, self.port).display()),
        }
    }
}

/// libpq's `load_balance_hosts`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostOrder {
    /// `disable`
    AsGiven,
    /// `random`: hosts, and the addresses of each, in an order that every connection draws anew.
    Random,
}

/// libpq's `target_session_attrs`: what kind of server will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetSession {
    /// Any.
    Any,
    /// One whose transactions can write.
    ReadWrite,
    /// One whose transactions cannot write.
    ReadOnly,
    /// One that is no standby.
    Primary,
    /// One that is a standby.
    Standby,
    /// A standby, or any if there is none.
    PreferStandby,
}

impl TargetSession {
    /// Its name in `target_session_attrs`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::ReadWrite => "read-write",
            Self::ReadOnly => "read-only",
            Self::Primary => "primary",
            Self::Standby => "standby",
            Self::PreferStandby => "prefer-standby",
        }
    }
}

/// A server's place.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
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
    /// Lists of certificates that their authorities take back, in PEM; a list of every authority is then needed.
    pub revocation_lists_pem: Option<String>,
    /// The oldest version of TLS to accept.
    pub min_version: TlsVersion,
    /// The newest version of TLS to offer.
    pub max_version: TlsVersion,
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
            revocation_lists_pem: None,
            min_version: TlsVersion::V1_2,
            max_version: TlsVersion::V1_3,
            client_identity: None,
            negotiation: SslNegotiation::Postgres,
            channel_binding: ChannelBinding::Prefer,
            server_name_indication: true,
        }
    }
}

/// A version of TLS. There are no older ones here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsVersion {
    /// TLS 1.2
    V1_2,
    /// TLS 1.3
    V1_3,
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

impl SslMode {
    /// Its name in `sslmode`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Allow => "allow",
            Self::Prefer => "prefer",
            Self::Require => "require",
            Self::VerifyCa => "verify-ca",
            Self::VerifyFull => "verify-full",
        }
    }
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
    /// The key in PEM.
    pub key_pem: SecretString,
    /// What the key is encrypted with, if it is.
    pub key_password: Option<SecretString>,
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
///
/// Tokens are worth more than a password: they may open other doors too. They are only sent over TLS verified by
/// `sslmode=verify-full`, which they make of the default `prefer`, or where no network is: to a loopback address or a
/// Unix socket, also those of an SSH server whose key is known. A server that asks for anything else than the kind of token given, or for nothing, gets nothing.
#[derive(Debug, Clone)]
pub enum Authentication {
    /// Nothing: trust, peer, or the client certificate.
    None,
    /// A password, for cleartext, MD5 and SCRAM-SHA-256.
    Password(SecretString),
    /// The password that a file has for the host.
    PassFile(PassFile),
    /// A token that goes in place of a password, in cleartext: Entra ID, RDS and Cloud SQL.
    TokenAsPassword(SecretString),
    /// A token for OAUTHBEARER (RFC 7628), PostgreSQL 18's `oauth`.
    OAuthBearer {
        /// The token.
        token: SecretString,
        /// Who issued it. What the server says when it refuses the token is compared with this, never followed.
        issuer: Option<String>,
    },
}

impl Authentication {
    /// Whether it may open more than this one door.
    pub(crate) fn is_token(&self) -> bool {
        matches!(self, Self::TokenAsPassword(_) | Self::OAuthBearer { .. })
    }

    /// For people.
    pub(crate) fn words(&self) -> &'static str {
        match self {
            Self::None => "nothing",
            Self::Password(_) | Self::PassFile(_) => "a password",
            Self::TokenAsPassword(_) => "a token in place of a password",
            Self::OAuthBearer { .. } => "a token by `oauth`",
        }
    }
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
    /// A token by SASL's OAUTHBEARER.
    OAuth,
}

impl AuthenticationMethod {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::None, Self::Password, Self::Md5, Self::ScramSha256, Self::OAuth];

    /// Its name in `require_auth`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Password => "password",
            Self::Md5 => "md5",
            Self::ScramSha256 => "scram-sha-256",
            Self::OAuth => "oauth",
        }
    }
}
