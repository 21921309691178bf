//! Opening a session: hosts and their addresses in turn, each with a socket, TLS and a login.

use std::{borrow::Cow, hash::BuildHasher, io};

use tokio::net::lookup_host;

use crate::{
    Canceller, Session,
    connect_error::{ConnectError, ConnectStep, HostFailure},
    dial::{self, Deadline, Negotiated},
    options::{
        Authentication, AuthenticationMethod, ChannelBinding, ConnectOptions, Endpoint, Host, HostOrder,
        ProtocolVersion, SslMode, SslOptions, TargetSession,
    },
    startup::{self, Binding, Presented},
    target,
    tls::{self, CertificateVerification, TlsInfo, TlsSetup},
    transport::{Address, Route, Socket, Transport, socket_path},
    wire::Wire,
};

/// A step that has been taken. After [`ConnectEvent::Retrying`] earlier steps come again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConnectEvent {
    /// The host's name means these.
    Resolved {
        /// In the order in which they are tried.
        addresses: Vec<Address>,
    },
    /// An SSH server lets us through.
    #[cfg(feature = "ssh")]
    Tunnel {
        /// The key that it proved to hold.
        host_key: Box<crate::ssh::HostKey>,
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
    /// This did not do, so something else is tried: another kind of connection (`sslmode` `allow` and `prefer`), an older
    /// protocol, another address or another host.
    Retrying {
        /// Why.
        reason: String,
    },
}

/// Sees each step as it has been taken.
pub type Observer<'a> = dyn FnMut(ConnectEvent) + Send + 'a;

/// Opens a session with the first of the hosts that will do.
///
/// `sslmode` `allow` and `prefer` try the other kind of connection as libpq does, with one difference: not after an
/// authentication was refused. libpq then sends the password once more, in the clear with `prefer`. Another host is
/// tried where libpq does, and also after TLS has failed; never after an authentication was refused.
///
/// Cancel safe in the sense that dropping the future closes the socket.
///
/// # Errors
///
/// Of one host, those of the attempt that came furthest. Of several, [`ConnectError::Hosts`].
pub async fn connect(
    options: &ConnectOptions,
    authentication: Authentication,
    observer: &mut Observer<'_>,
) -> Result<Session, ConnectError> {
    let mut endpoints: Vec<&Endpoint> = options.endpoints.iter().collect();
    if options.host_order == HostOrder::Random {
        shuffle(&mut endpoints);
    }
    let targets: &[TargetSession] = match &options.target {
        TargetSession::PreferStandby => &[TargetSession::Standby, TargetSession::Any],
        target => std::slice::from_ref(target),
    };
    let mut failures = Vec::new();
    for target in targets {
        failures.clear();
        for endpoint in &endpoints {
            if let Some(HostFailure { endpoint, error }) = failures.last() {
                observer(ConnectEvent::Retrying { reason: format!("{endpoint}: {error}") });
            }
            let search = Search { options, authentication: &authentication, endpoint, target: *target };
            let error = match search.run(observer).await {
                Ok(session) => return Ok(session),
                Err(error) => error,
            };
            let is_over = !error.leaves_others();
            failures.push(HostFailure { endpoint: (*endpoint).clone(), error });
            if is_over {
                return Err(collected(failures));
            }
        }
    }
    Err(collected(failures))
}

fn collected(mut failures: Vec<HostFailure>) -> ConnectError {
    match failures.pop() {
        Some(only) if failures.is_empty() => only.error,
        last => {
            failures.extend(last);
            ConnectError::Hosts(failures)
        }
    }
}

/// Brings into an order that another call would not make. It need not be secret, only different.
fn shuffle<T: std::hash::Hash>(items: &mut [T]) {
    let state = std::hash::RandomState::new();
    items.sort_by_cached_key(|item| state.hash_one(item));
}

/// The search for a session at one host.
struct Search<'a> {
    options: &'a ConnectOptions,
    authentication: &'a Authentication,
    endpoint: &'a Endpoint,
    target: TargetSession,
}

impl Search<'_> {
    /// Tries the host's addresses in turn.
    async fn run(&self, observer: &mut Observer<'_>) -> Result<Session, ConnectError> {
        let addresses = self.resolve().await.map_err(|error| self.told_first(error))?;
        observer(ConnectEvent::Resolved { addresses: addresses.clone() });
        let authentication = self.authentication_here();
        let mut attempt = Attempt {
            options: self.options,
            authentication: &authentication,
            endpoint: self.endpoint,
            target: self.target,
            tls: None,
            version: self.options.max_protocol_version,
        };
        let mut furthest: Option<ConnectError> = None;
        for address in addresses {
            if let Some(error) = &furthest {
                observer(ConnectEvent::Retrying { reason: error.to_string() });
            }
            let error = match attempt.at(&address, observer).await {
                Ok(session) => return Ok(session),
                Err(error) => error,
            };
            let is_over = !error.leaves_others();
            furthest = Some(later(furthest, error));
            if is_over {
                break;
            }
        }
        Err(furthest.expect("resolve() found an address"))
    }

    /// A name without an address is no loopback: a token would not be sent there by the `sslmode` that was chosen, and that
    /// can be told without the network.
    fn told_first(&self, error: ConnectError) -> ConnectError {
        token_mode(self.authentication, self.options.ssl.mode).err().unwrap_or(error)
    }

    async fn resolve(&self) -> Result<Vec<Address>, ConnectError> {
        let (options, port) = (self.options, self.endpoint.port);
        #[cfg(feature = "ssh")]
        if options.tunnel.is_some() {
            return Ok(vec![match &self.endpoint.host {
                Host::Unix(directory) => Address::TunnelUnix(socket_path(directory, port)),
                Host::Tcp { hostaddr: Some(address), .. } => Address::Tunnel { host: address.to_string(), port },
                Host::Tcp { host, .. } => Address::Tunnel { host: host.clone(), port },
            }]);
        }
        let (host, hostaddr) = match &self.endpoint.host {
            Host::Unix(directory) => return Ok(vec![Address::Unix(socket_path(directory, port))]),
            Host::Tcp { host, hostaddr } => (host, hostaddr),
        };
        if let Some(address) = hostaddr {
            return Ok(vec![Address::Tcp((*address, port).into())]);
        }
        let failed = |source| ConnectError::Resolve { host: host.clone(), source };
        let find = async {
            let found = lookup_host((host.as_str(), port)).await.map_err(failed)?;
            let mut addresses: Vec<_> = found.collect();
            if options.host_order == HostOrder::Random {
                shuffle(&mut addresses);
            }
            if addresses.is_empty() {
                return Err(failed(io::Error::other("the name has no address")));
            }
            Ok(addresses.into_iter().map(Address::Tcp).collect())
        };
        Deadline::after(options.connect_timeout).within(ConnectStep::Dns, find).await
    }

    /// A password file has another password for each host.
    fn authentication_here(&self) -> Cow<'_, Authentication> {
        match self.authentication {
            Authentication::PassFile(file) => {
                let password = file.password(self.endpoint, &self.options.database, &self.options.user);
                Cow::Owned(password.map_or(Authentication::None, |password| Authentication::Password(password.clone())))
            }
            other => Cow::Borrowed(other),
        }
    }
}

/// The failure that came further; the newer of two that came equally far.
fn later(earlier: Option<ConnectError>, error: ConnectError) -> ConnectError {
    match earlier {
        Some(earlier) if earlier.step() > error.step() => earlier,
        _ => error,
    }
}

/// A token's `sslmode`: `verify-full` where there is a network to cross. The default becomes that; a mode that was
/// chosen is not overruled but refused, except that `prefer` cannot be told from the default.
fn token_mode(authentication: &Authentication, mode: SslMode) -> Result<SslMode, ConnectError> {
    match mode {
        _ if !authentication.is_token() => Ok(mode),
        SslMode::Prefer | SslMode::VerifyFull => Ok(SslMode::VerifyFull),
        mode => Err(ConnectError::TokenNeedsVerifiedTls { mode }),
    }
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
        let is_final = matches!(
            error,
            ConnectError::Timeout { .. } | ConnectError::Options(_) | ConnectError::TokenNeedsVerifiedTls { .. }
        );
        let retry = if error.step() == ConnectStep::Tls && !is_final { Retry::Otherwise } else { Retry::No };
        Self { error, retry }
    }
}

/// One way of connecting to a host.
struct Attempt<'a> {
    options: &'a ConnectOptions,
    authentication: &'a Authentication,
    endpoint: &'a Endpoint,
    target: TargetSession,
    /// Made when it is first needed, for the `sslmode` beside it.
    tls: Option<(SslMode, TlsSetup)>,
    version: ProtocolVersion,
}

impl Attempt<'_> {
    async fn at(&mut self, address: &Address, observer: &mut Observer<'_>) -> Result<Session, ConnectError> {
        let mode = self.mode(address)?;
        let plan: &[Encryption] = match (address.is_unix(), mode) {
            (true, _) | (_, SslMode::Disable) => &[Encryption::Never],
            (_, SslMode::Allow) => &[Encryption::Never, Encryption::Always],
            (_, SslMode::Prefer) => &[Encryption::IfOffered, Encryption::Never],
            (_, SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull) => &[Encryption::Always],
        };
        let mut plan = plan.iter().peekable();
        let mut furthest = None;
        while let Some(&encryption) = plan.next() {
            let way = Way { address, mode, encryption };
            let Failure { error, retry } = match self.run(way, observer).await {
                Ok(session) => return Ok(session),
                Err(failure) => failure,
            };
            let error = later(furthest.take(), error);
            if retry == Retry::No || plan.peek().is_none() {
                return Err(error);
            }
            observer(ConnectEvent::Retrying { reason: error.to_string() });
            furthest = Some(error);
        }
        Err(furthest.unwrap_or(ConnectError::ServerRefusesTls))
    }

    fn mode(&self, address: &Address) -> Result<SslMode, ConnectError> {
        let mode = self.options.ssl.mode;
        if self.is_private(address) { Ok(mode) } else { token_mode(self.authentication, mode) }
    }

    /// Whether nobody can listen on the way to an address. What is local to an SSH server is only as far away as that
    /// server is who it should be.
    fn is_private(&self, address: &Address) -> bool {
        #[cfg(feature = "ssh")]
        let is_known = self.options.tunnel.as_ref().is_none_or(crate::ssh::Tunnel::knows_its_server);
        #[cfg(not(feature = "ssh"))]
        let is_known = true;
        is_known && address.is_local()
    }

    async fn run(&mut self, way: Way<'_>, observer: &mut Observer<'_>) -> Result<Session, Failure> {
        let oldest = self.options.min_protocol_version;
        let failure = match self.once(way, observer).await {
            Err(failure) if self.version > oldest && rejects_version(&failure) => failure,
            other => return other,
        };
        // Something older than NegotiateProtocolVersion, perhaps a pooler.
        observer(ConnectEvent::Retrying { reason: failure.error.to_string() });
        self.version = oldest;
        self.once(way, observer).await
    }

    async fn once(&mut self, way: Way<'_>, observer: &mut Observer<'_>) -> Result<Session, Failure> {
        let options = self.options;
        let deadline = Deadline::after(options.connect_timeout);
        let socket = dial::open(way.address, &Route::of(options), deadline).await?;
        #[cfg(feature = "ssh")]
        if let Socket::Ssh(stream) = &socket {
            observer(ConnectEvent::Tunnel { host_key: Box::new(stream.host_key().clone()) });
        }
        observer(ConnectEvent::Connected { address: way.address.clone() });
        let (transport, tls) = self.encrypt(socket, way, deadline).await?;
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
        let is_verified =
            tls_info.as_ref().is_some_and(|tls| tls.verification == CertificateVerification::ChainAndName);
        let is_trusted = is_verified || self.is_private(way.address);

        let mut wire = Wire::new(transport, options.limits);
        let presented = Presented { authentication: self.authentication, binding, is_trusted };
        let entry = startup::authenticate(&mut wire, options, self.version, presented, deadline).await?;
        observer(ConnectEvent::Authenticated { method: entry.method, channel_bound: entry.channel_bound });
        let started = startup::finish(&mut wire, entry, deadline).await?;
        let canceller =
            Canceller::new(way.address.clone(), tls, options, started.backend_pid, started.cancel_key.clone());
        let mut session = Session::new(wire, started, tls_info, canceller);
        let check = target::check(&mut session, self.target, options);
        if let Err(error) = deadline.within(ConnectStep::Startup, check).await {
            session.close().await;
            return Err(error.into());
        }
        Ok(session)
    }

    async fn encrypt(
        &mut self,
        socket: Socket,
        way: Way<'_>,
        deadline: Deadline,
    ) -> Result<(Transport, Option<TlsSetup>), ConnectError> {
        if way.encryption == Encryption::Never {
            return Ok((Transport::Plain(socket), None));
        }
        let setup = self.tls_setup(way.mode).await?;
        match dial::start_tls(socket, &setup, self.options.ssl.negotiation, deadline).await? {
            Negotiated::Tls(stream) => Ok((Transport::Tls(stream), Some(setup))),
            Negotiated::Refused(socket) if way.encryption == Encryption::IfOffered => {
                Ok((Transport::Plain(socket), None))
            }
            Negotiated::Refused(_) => Err(ConnectError::ServerRefusesTls),
        }
    }

    async fn tls_setup(&mut self, mode: SslMode) -> Result<TlsSetup, ConnectError> {
        match &self.tls {
            Some((made_for, setup)) if *made_for == mode => return Ok(setup.clone()),
            _ => {}
        }
        let ssl = SslOptions { mode, ..self.options.ssl.clone() };
        let host = match &self.endpoint.host {
            Host::Tcp { host, .. } => host.clone(),
            Host::Unix(_) => String::new(),
        };
        // Reading the system's roots would hold up other sessions.
        let setup = tokio::task::spawn_blocking(move || TlsSetup::new(&ssl, &host)).await;
        let setup = setup.map_err(|error| ConnectError::Tls { source: io::Error::other(error) })??;
        Ok(self.tls.insert((mode, setup)).1.clone())
    }
}

#[derive(Clone, Copy)]
struct Way<'a> {
    address: &'a Address,
    mode: SslMode,
    encryption: Encryption,
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
