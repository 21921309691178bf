//! Opening a session: name, socket, TLS, login, and what went wrong in which of them.

use std::{io, time::Duration};

use tokio::net::lookup_host;

use crate::{
    Canceller, Session,
    dial::{self, Negotiated, within},
    keywords::OptionsError,
    options::{Authentication, AuthenticationMethod, ChannelBinding, ConnectOptions, Host, ProtocolVersion, SslMode},
    server_error::{ProtocolError, ServerError},
    startup::{self, Binding},
    tls::{self, TlsInfo, TlsSetup},
    transport::{Address, Transport, socket_path},
    wire::{Wire, WireError},
};

/// The steps of connecting, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConnectStep {
    /// The host's name is resolved.
    Dns,
    /// The socket is opened, a Unix socket too.
    Tcp,
    /// TLS is negotiated.
    Tls,
    /// The server decides whom to let in.
    Authentication,
    /// The session is set up.
    Startup,
}

/// A step that has been taken. After [`ConnectEvent::Retrying`] earlier steps come again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConnectEvent {
    /// The host's name means these.
    Resolved {
        /// In the order in which they are tried.
        addresses: Vec<Address>,
    },
    /// A socket is open.
    Connected {
        /// To where.
        address: Address,
    },
    /// The connection is encrypted.
    Tls(TlsInfo),
    /// The connection is not encrypted, and goes on.
    Plain,
    /// The server let us in.
    Authenticated {
        /// How.
        method: AuthenticationMethod,
        /// Whether SCRAM was bound to the TLS connection.
        channel_bound: bool,
    },
    /// The server did not accept this, so another kind of connection is tried (`sslmode` `allow` and `prefer`, or an
    /// older protocol).
    Retrying {
        /// Why.
        reason: String,
    },
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
    /// Nobody answers.
    #[error("cannot connect to {address}")]
    Tcp {
        /// The last address tried.
        address: Address,
        /// What the system said.
        source: io::Error,
    },
    /// A step took too long.
    #[error("no answer within {} s", after.as_secs_f32())]
    Timeout {
        /// Which.
        step: ConnectStep,
        /// How long it could take.
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
    /// The server asks for a kind of authentication that is not to be answered. Nothing was sent.
    #[error("the server asks for authentication by `{requested}`, which is not allowed here")]
    AuthenticationMismatch {
        /// The kind, by its name in `require_auth`; other kinds are `gss`, `sspi`, `kerberos`, `oauth` and `sasl`.
        requested: &'static str,
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
    #[error("PostgreSQL refused the connection")]
    Server {
        /// During which step.
        step: ConnectStep,
        /// What it said.
        #[source]
        error: Box<ServerError>,
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
}

impl ConnectError {
    /// The step that failed. Options that cannot be used fail where they would be.
    #[must_use]
    pub fn step(&self) -> ConnectStep {
        match self {
            Self::Resolve { .. } => ConnectStep::Dns,
            Self::Tcp { .. } => ConnectStep::Tcp,
            Self::Options(_) | Self::ServerRefusesTls | Self::Tls { .. } => ConnectStep::Tls,
            Self::AuthenticationMismatch { .. }
            | Self::ChannelBindingMissing
            | Self::PasswordRequired
            | Self::ServerNotAuthentic(_) => ConnectStep::Authentication,
            Self::Timeout { step, .. }
            | Self::Server { step, .. }
            | Self::Protocol { step, .. }
            | Self::Closed { step, .. } => *step,
        }
    }

    pub(crate) fn from_wire(error: WireError, step: ConnectStep) -> Self {
        match error {
            WireError::Closed(source) => Self::Closed { step, source },
            WireError::Protocol(source) => Self::Protocol { step, source },
        }
    }
}

/// Sees each step as it has been taken.
pub type Observer<'a> = dyn FnMut(ConnectEvent) + Send + 'a;

/// Opens a session.
///
/// `sslmode` `allow` and `prefer` try the other kind of connection as libpq does, with one difference: not after an
/// authentication was refused. libpq then sends the password once more, in the clear with `prefer`.
///
/// Cancel safe in the sense that dropping the future closes the socket.
///
/// # Errors
///
/// Those of the attempt that came furthest.
pub async fn connect(
    options: &ConnectOptions,
    authentication: Authentication,
    observer: &mut Observer<'_>,
) -> Result<Session, ConnectError> {
    let addresses = resolve(options).await?;
    observer(ConnectEvent::Resolved { addresses: addresses.clone() });
    let plan: &[Encryption] = match (&options.host, options.ssl.mode) {
        (Host::Unix(_), _) | (_, SslMode::Disable) => &[Encryption::Never],
        (_, SslMode::Allow) => &[Encryption::Never, Encryption::Always],
        (_, SslMode::Prefer) => &[Encryption::IfOffered, Encryption::Never],
        (_, SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull) => &[Encryption::Always],
    };
    let mut attempt = Attempt {
        options,
        authentication: &authentication,
        addresses: &addresses,
        tls: None,
        version: options.max_protocol_version,
    };
    let mut plan = plan.iter().peekable();
    let mut earlier: Option<ConnectError> = None;
    while let Some(&encryption) = plan.next() {
        let Failure { error, retry } = match attempt.run(encryption, observer).await {
            Ok(session) => return Ok(session),
            Err(failure) => failure,
        };
        let error = match earlier.take() {
            Some(earlier) if earlier.step() > error.step() => earlier,
            _ => error,
        };
        if retry == Retry::No || plan.peek().is_none() {
            return Err(error);
        }
        observer(ConnectEvent::Retrying { reason: error.to_string() });
        earlier = Some(error);
    }
    Err(earlier.unwrap_or(ConnectError::ServerRefusesTls))
}

async fn resolve(options: &ConnectOptions) -> Result<Vec<Address>, ConnectError> {
    let (host, hostaddr) = match &options.host {
        Host::Unix(directory) => return Ok(vec![Address::Unix(socket_path(directory, options.port))]),
        Host::Tcp { host, hostaddr } => (host, hostaddr),
    };
    if let Some(address) = hostaddr {
        return Ok(vec![Address::Tcp((*address, options.port).into())]);
    }
    let failed = |source| ConnectError::Resolve { host: host.clone(), source };
    within(options.connect_timeout, ConnectStep::Dns, async {
        let found = lookup_host((host.as_str(), options.port)).await.map_err(failed)?;
        let addresses: Vec<_> = found.map(Address::Tcp).collect();
        if addresses.is_empty() {
            return Err(failed(io::Error::other("the name has no address")));
        }
        Ok(addresses)
    })
    .await
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encryption {
    Never,
    IfOffered,
    Always,
}

/// Whether another kind of connection may do better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Retry {
    No,
    /// The server refused, or failed, before it asked for authentication.
    Otherwise,
}

pub(crate) struct Failure {
    pub(crate) error: ConnectError,
    pub(crate) retry: Retry,
}

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Self {
        let timed_out = matches!(error, ConnectError::Timeout { .. } | ConnectError::Options(_));
        let retry = if error.step() == ConnectStep::Tls && !timed_out { Retry::Otherwise } else { Retry::No };
        Self { error, retry }
    }
}

/// One way of connecting.
struct Attempt<'a> {
    options: &'a ConnectOptions,
    authentication: &'a Authentication,
    addresses: &'a [Address],
    tls: Option<TlsSetup>,
    version: ProtocolVersion,
}

impl Attempt<'_> {
    async fn run(&mut self, encryption: Encryption, observer: &mut Observer<'_>) -> Result<Session, Failure> {
        let failure = match self.once(encryption, observer).await {
            Err(failure) if self.version > ProtocolVersion::V3_0 && rejects_version(&failure) => failure,
            other => return other,
        };
        // Something older than NegotiateProtocolVersion, perhaps a pooler.
        observer(ConnectEvent::Retrying { reason: failure.error.to_string() });
        self.version = ProtocolVersion::V3_0;
        self.once(encryption, observer).await
    }

    async fn once(&mut self, encryption: Encryption, observer: &mut Observer<'_>) -> Result<Session, Failure> {
        let options = self.options;
        let (address, transport) = self.open().await?;
        observer(ConnectEvent::Connected { address: address.clone() });
        let (transport, tls) = self.encrypt(transport, encryption).await?;
        let (tls_info, binding) = match (&transport, &tls) {
            (Transport::Tls(stream), Some(setup)) => {
                (tls::describe(stream, setup), Binding::of(tls::end_point_binding(stream)))
            }
            _ => (None, Binding::NoTls),
        };
        observer(tls_info.clone().map_or(ConnectEvent::Plain, ConnectEvent::Tls));
        if tls_info.is_none() && options.ssl.channel_binding == ChannelBinding::Require {
            return Err(ConnectError::ChannelBindingMissing.into());
        }

        let mut wire = Wire::new(transport, options.limits);
        let entry = startup::authenticate(&mut wire, options, self.version, self.authentication, binding).await?;
        observer(ConnectEvent::Authenticated { method: entry.method, channel_bound: entry.channel_bound });
        let started = startup::finish(&mut wire, options, entry).await?;
        let canceller = Canceller::new(address, tls, options, started.backend_pid, started.cancel_key.clone());
        Ok(Session::new(wire, started, tls_info, canceller))
    }

    /// The first address that answers.
    async fn open(&self) -> Result<(Address, Transport), ConnectError> {
        let (options, mut last) = (self.options, None);
        for address in self.addresses {
            match dial::open(address, options.keepalive.as_ref(), options.connect_timeout).await {
                Ok(transport) => return Ok((address.clone(), transport)),
                Err(error) => last = Some(error),
            }
        }
        Err(last.expect("resolve() found an address"))
    }

    async fn encrypt(
        &mut self,
        transport: Transport,
        encryption: Encryption,
    ) -> Result<(Transport, Option<TlsSetup>), ConnectError> {
        let stream = match transport {
            Transport::Tcp(stream) if encryption != Encryption::Never => stream,
            other => return Ok((other, None)),
        };
        let setup = self.tls_setup().await?;
        let options = self.options;
        match dial::start_tls(stream, &setup, options.ssl.negotiation, options.connect_timeout).await? {
            Negotiated::Tls(stream) => Ok((Transport::Tls(stream), Some(setup))),
            Negotiated::Refused(stream) if encryption == Encryption::IfOffered => Ok((Transport::Tcp(stream), None)),
            Negotiated::Refused(_) => Err(ConnectError::ServerRefusesTls),
        }
    }

    async fn tls_setup(&mut self) -> Result<TlsSetup, ConnectError> {
        if let Some(setup) = &self.tls {
            return Ok(setup.clone());
        }
        let ssl = self.options.ssl.clone();
        let host = match &self.options.host {
            Host::Tcp { host, .. } => host.clone(),
            Host::Unix(_) => String::new(),
        };
        // Reading the system's roots would hold up other sessions.
        let setup = tokio::task::spawn_blocking(move || TlsSetup::new(&ssl, &host)).await;
        let setup = setup.map_err(|error| ConnectError::Tls { source: io::Error::other(error) })??;
        Ok(self.tls.insert(setup).clone())
    }
}

/// Whether the server knows only older protocols: `feature_not_supported` or `protocol_violation` at once.
fn rejects_version(failure: &Failure) -> bool {
    match &failure.error {
        ConnectError::Server { error, .. } => {
            failure.retry == Retry::Otherwise && matches!(error.code.as_str(), "0A000" | "08P01")
        }
        _ => false,
    }
}
