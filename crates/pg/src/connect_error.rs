//! Why no session was opened: at which step, at which host, and whether another host may do better.

use std::{error::Error, fmt, io, time::Duration};

use crate::{
    keywords::OptionsError,
    oauth::OAuthRefusal,
    options::{Endpoint, SslMode, TargetSession},
    server_error::{ProtocolError, ServerError},
    transport::Address,
    wire::WireError,
};

/// SQLSTATE `cannot_connect_now`: the server starts or stops.
const CANNOT_CONNECT_NOW: &str = "57P03";

/// The steps of connecting, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConnectStep {
    /// The host's name is resolved.
    Dns,
    /// The SSH server in front lets us in.
    Tunnel,
    /// The socket is opened, a Unix socket too.
    Tcp,
    /// TLS is negotiated.
    Tls,
    /// The server decides whom to let in.
    Authentication,
    /// The session is set up.
    Startup,
}

impl ConnectStep {
    /// A word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Dns => "resolve",
            Self::Tunnel => "tunnel",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Authentication => "authenticate",
            Self::Startup => "session",
        }
    }
}

/// Why no session was opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// A certificate, a key or another option cannot be used.
    #[error(transparent)]
    Options(#[from] OptionsError),
    /// The host's name means nothing.
    #[error("cannot resolve `{host}`")]
    Resolve {
        /// The name.
        host: String,
        /// What the resolver said.
        source: io::Error,
    },
    /// There is no way through the SSH server.
    #[cfg(feature = "ssh")]
    #[error("no tunnel through the SSH server")]
    Tunnel(#[source] crate::ssh::TunnelError),
    /// Nobody answers.
    #[error("cannot connect to {address}")]
    Tcp {
        /// The last address tried.
        address: Address,
        /// What the system said.
        source: io::Error,
    },
    /// It took too long.
    #[error("no answer within {} s", after.as_secs_f32())]
    Timeout {
        /// During which step.
        step: ConnectStep,
        /// How long all steps could take.
        after: Duration,
    },
    /// The server has no TLS, and `sslmode` asks for it.
    #[error("the server does not support TLS")]
    ServerRefusesTls,
    /// The handshake failed, or the server's certificate is not one to trust.
    #[error("TLS failed")]
    Tls {
        /// Why.
        source: io::Error,
    },
    /// A token is only sent over verified TLS, and the options allow less. Nothing was sent.
    #[error("a token is sent over verified TLS only: it needs `sslmode` `verify-full` instead of `{}`", mode.name())]
    TokenNeedsVerifiedTls {
        /// What the options say.
        mode: SslMode,
    },
    /// The server asks for a kind of authentication that is not to be answered. Nothing was sent.
    #[error("{}", mismatch_words(requested, *presented))]
    AuthenticationMismatch {
        /// The kind, by its name in `require_auth`; other kinds are `gss`, `sspi`, `kerberos` and `sasl`.
        requested: &'static str,
        /// What the credential presents instead, in words; none where `require_auth` forbids that kind.
        presented: Option<&'static str>,
    },
    /// `channel_binding=require`, and the server does not prove that it is the TLS connection's end. Nothing was sent.
    #[error("the server did not bind its authentication to the TLS connection, which is required")]
    ChannelBindingMissing,
    /// The server asks for a password, and there is none.
    #[error("the server asks for a password")]
    PasswordRequired,
    /// The server failed to prove that it knows the password.
    #[error("the server did not prove that it knows the password: {0}")]
    ServerNotAuthentic(io::Error),
    /// PostgreSQL said no.
    #[error("{}", refusal_words(oauth.as_deref()))]
    Server {
        /// During which step.
        step: ConnectStep,
        /// What it said.
        #[source]
        error: Box<ServerError>,
        /// What it said of the token, where one was sent by OAUTHBEARER.
        oauth: Option<Box<OAuthRefusal>>,
    },
    /// The session is with another kind of server than `target_session_attrs` asks for.
    #[error("the server is {found}, and `target_session_attrs` asks for `{}`", wanted.name())]
    WrongServer {
        /// What is asked for.
        wanted: TargetSession,
        /// What the server is, in words.
        found: &'static str,
    },
    /// What answers does not speak PostgreSQL's protocol.
    #[error("not PostgreSQL's protocol")]
    Protocol {
        /// During which step.
        step: ConnectStep,
        /// What it did.
        source: ProtocolError,
    },
    /// The server closed the connection without a word. As the answer to a password: it may be too long for it.
    #[error("the server closed the connection")]
    Closed {
        /// During which step.
        step: ConnectStep,
        /// The system's reason, if there is one.
        source: Option<io::Error>,
    },
    /// There are several hosts, and none would do.
    #[error("{}", HostWords(.0))]
    Hosts(Vec<HostFailure>),
}

/// Why a host of several would not do.
#[derive(Debug)]
pub struct HostFailure {
    /// The host and its port.
    pub endpoint: Endpoint,
    /// Why.
    pub error: ConnectError,
}

impl ConnectError {
    /// The step that failed. Options that cannot be used fail where they would be.
    #[must_use]
    pub fn step(&self) -> ConnectStep {
        match self.decisive() {
            Self::Resolve { .. } => ConnectStep::Dns,
            #[cfg(feature = "ssh")]
            Self::Tunnel(_) => ConnectStep::Tunnel,
            Self::Tcp { .. } => ConnectStep::Tcp,
            Self::Options(_)
            | Self::ServerRefusesTls
            | Self::Tls { .. }
            | Self::TokenNeedsVerifiedTls { .. }
            // Without any host there is nothing to begin with.
            | Self::Hosts(_) => ConnectStep::Tls,
            Self::AuthenticationMismatch { .. }
            | Self::ChannelBindingMissing
            | Self::PasswordRequired
            | Self::ServerNotAuthentic(_) => ConnectStep::Authentication,
            Self::WrongServer { .. } => ConnectStep::Startup,
            Self::Timeout { step, .. }
            | Self::Server { step, .. }
            | Self::Protocol { step, .. }
            | Self::Closed { step, .. } => *step,
        }
    }

    /// The failure that decided. Of several hosts it is that of the host that ended the search, or else came furthest.
    #[must_use]
    pub fn decisive(&self) -> &Self {
        let Self::Hosts(failures) = self else { return self };
        match failures.last() {
            Some(last) if !last.error.leaves_others() => &last.error,
            _ => failures.iter().map(|failure| &failure.error).max_by_key(|error| error.step()).unwrap_or(self),
        }
    }

    /// What PostgreSQL said, if that decided.
    #[must_use]
    pub fn server(&self) -> Option<&ServerError> {
        match self.decisive() {
            Self::Server { error, .. } => Some(error),
            _ => None,
        }
    }

    /// What the server said of a token that it refused.
    #[must_use]
    pub fn oauth_refusal(&self) -> Option<&OAuthRefusal> {
        match self.decisive() {
            Self::Server { oauth, .. } => oauth.as_deref(),
            _ => None,
        }
    }

    /// Whether another host, or another address of this one, may do better. As in libpq none is tried once a server has
    /// refused the authentication.
    pub(crate) fn leaves_others(&self) -> bool {
        match self {
            Self::Resolve { .. }
            | Self::Tcp { .. }
            | Self::Timeout { .. }
            | Self::ServerRefusesTls
            | Self::Tls { .. }
            | Self::TokenNeedsVerifiedTls { .. }
            | Self::WrongServer { .. } => true,
            Self::Server { error, .. } => error.code == CANNOT_CONNECT_NOW,
            Self::Protocol { step, .. } | Self::Closed { step, .. } => *step == ConnectStep::Tls,
            _ => false,
        }
    }

    pub(crate) fn from_wire(error: WireError, step: ConnectStep) -> Self {
        match error {
            WireError::Closed(source) => Self::Closed { step, source },
            WireError::Protocol(source) => Self::Protocol { step, source },
        }
    }
}

fn mismatch_words(requested: &str, presented: Option<&str>) -> String {
    let asks = match requested {
        "none" => "the server asks for no authentication".to_owned(),
        other => format!("the server asks for authentication by `{other}`"),
    };
    match presented {
        Some(presented) => format!("{asks}, and the credential presents {presented}"),
        None => format!("{asks}, which is not allowed here"),
    }
}

fn refusal_words(oauth: Option<&OAuthRefusal>) -> String {
    oauth.map_or_else(|| "PostgreSQL refused the connection".to_owned(), ToString::to_string)
}

/// Each host with its step and its reason, causes included: an error has only one source.
struct HostWords<'a>(&'a [HostFailure]);

impl fmt::Display for HostWords<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no host would do")?;
        for (index, HostFailure { endpoint, error }) in self.0.iter().enumerate() {
            let before = if index == 0 { ":" } else { ";" };
            write!(f, "{before} {endpoint} ({}): {error}", error.step().name())?;
            let mut source = error.source();
            while let Some(cause) = source {
                write!(f, ": {cause}")?;
                source = cause.source();
            }
        }
        Ok(())
    }
}
