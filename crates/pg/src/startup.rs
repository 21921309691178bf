//! The start of a session: version, authentication, parameters, cancel key (manual, 54.2.1).

use std::{
    collections::{BTreeMap, VecDeque},
    io,
};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use fallible_iterator::FallibleIterator;
use postgres_protocol::{
    authentication::{
        md5_hash,
        sasl::{self, ScramSha256},
    },
    message::{
        backend::{AUTHENTICATION_TAG, BACKEND_KEY_DATA_TAG, ERROR_RESPONSE_TAG, Message, NOTICE_RESPONSE_TAG},
        frontend,
    },
};
use secrecy::ExposeSecret;

use crate::{
    connect::{Failure, Retry},
    connect_error::{ConnectError, ConnectStep},
    dial::Deadline,
    keywords::OptionsError,
    message::{parse, transaction_status},
    oauth::{self, OAuthRefusal},
    options::{Authentication, AuthenticationMethod, ChannelBinding, ConnectOptions, ProtocolVersion},
    server_error::{ProtocolError, ServerError},
    session::{Event, TransactionStatus},
    wire::Wire,
};

/// NegotiateProtocolVersion.
const NEGOTIATE_TAG: u8 = b'v';
/// Notices of a login that are kept for whoever asks for the first event.
const KEPT_NOTICES: usize = 64;

/// What SCRAM can be bound to.
pub(crate) enum Binding {
    NoTls,
    /// There is TLS, but the certificate's signature has no hash.
    NoHash,
    EndPoint(Vec<u8>),
}

impl Binding {
    pub(crate) fn of(end_point: Option<Vec<u8>>) -> Self {
        end_point.map_or(Self::NoHash, Self::EndPoint)
    }
}

/// What is to be presented, and on what kind of connection.
pub(crate) struct Presented<'a> {
    pub(crate) authentication: &'a Authentication,
    pub(crate) binding: Binding,
    /// Whether a token may be sent.
    pub(crate) is_trusted: bool,
}

/// The server let us in.
pub(crate) struct Entry {
    pub(crate) method: AuthenticationMethod,
    pub(crate) channel_bound: bool,
    version: ProtocolVersion,
    notices: VecDeque<Event>,
}

/// A session that is ready.
pub(crate) struct Started {
    pub(crate) version: ProtocolVersion,
    pub(crate) backend_pid: i32,
    pub(crate) cancel_key: Bytes,
    pub(crate) parameters: BTreeMap<String, String>,
    pub(crate) status: TransactionStatus,
    pub(crate) notices: VecDeque<Event>,
}

/// From the startup message to AuthenticationOk.
pub(crate) async fn authenticate(
    wire: &mut Wire,
    options: &ConnectOptions,
    version: ProtocolVersion,
    presented: Presented<'_>,
    deadline: Deadline,
) -> Result<Entry, Failure> {
    let mut exchange =
        Exchange { options, presented, method: None, scram: None, oauth: OAuth::Nothing, channel_bound: false };
    let mut entry =
        Entry { method: AuthenticationMethod::None, channel_bound: false, version, notices: VecDeque::new() };
    startup_message(wire.outgoing(), options, version)?;
    let result = deadline.within(ConnectStep::Authentication, exchange.run(wire, &mut entry)).await;
    match result {
        Ok(()) => Ok(entry),
        // Before it asked for anything the server only judged the kind of connection.
        Err(error @ ConnectError::Server { .. }) if exchange.method.is_none() => {
            Err(Failure { error, retry: Retry::Otherwise })
        }
        Err(error) => Err(error.into()),
    }
}

/// postgres-protocol writes 3.0 only; the version is put right behind the length.
fn startup_message(
    outgoing: &mut BytesMut,
    options: &ConnectOptions,
    version: ProtocolVersion,
) -> Result<(), ConnectError> {
    let own = [
        ("user", options.user.as_str()),
        ("database", options.database.as_str()),
        ("application_name", options.application_name.as_str()),
        ("client_encoding", "UTF8"),
    ];
    let others = options.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let begin = outgoing.len();
    frontend::startup_message(own.into_iter().chain(others), outgoing)
        .map_err(|error| OptionsError::new("user", format!("or another setting cannot be sent: {error}")))?;
    outgoing[begin + 4..begin + 8].copy_from_slice(&version.code().to_be_bytes());
    Ok(())
}

/// How far OAUTHBEARER is.
enum OAuth {
    Nothing,
    /// The token is out.
    Sent,
    /// The server has refused it, and will say so once more in its own way.
    Refused(Option<Box<OAuthRefusal>>),
}

struct Exchange<'a> {
    options: &'a ConnectOptions,
    presented: Presented<'a>,
    /// What the server has asked for.
    method: Option<AuthenticationMethod>,
    /// A SCRAM exchange that the server has not finished.
    scram: Option<ScramSha256>,
    oauth: OAuth,
    channel_bound: bool,
}

impl<'a> Exchange<'a> {
    async fn run(&mut self, wire: &mut Wire, entry: &mut Entry) -> Result<(), ConnectError> {
        let step = ConnectStep::Authentication;
        loop {
            wire.flush().await.map_err(|source| ConnectError::Closed { step, source: Some(source) })?;
            let message = wire.message().await.map_err(|error| ConnectError::from_wire(error, step))?;
            match message[0] {
                AUTHENTICATION_TAG => {
                    let request = parse(message).map_err(|source| ConnectError::Protocol { step, source })?;
                    if matches!(request, Message::AuthenticationOk) {
                        (entry.method, entry.channel_bound) = self.accepted()?;
                        return Ok(());
                    }
                    self.answer(&request, wire.outgoing())?;
                }
                NEGOTIATE_TAG => {
                    entry.version = negotiated(&message, entry.version, self.options.min_protocol_version)
                        .map_err(|source| ConnectError::Protocol { step, source })?;
                }
                NOTICE_RESPONSE_TAG => keep_notice(&mut entry.notices, &message),
                ERROR_RESPONSE_TAG => {
                    let error = Box::new(ServerError::parse(&message[5..]));
                    let oauth = match std::mem::replace(&mut self.oauth, OAuth::Nothing) {
                        OAuth::Refused(refusal) => refusal,
                        OAuth::Nothing | OAuth::Sent => None,
                    };
                    return Err(ConnectError::Server { step, error, oauth });
                }
                tag => return Err(unexpected(step, tag)),
            }
        }
    }

    /// Whether an AuthenticationOk may be believed.
    fn accepted(&self) -> Result<(AuthenticationMethod, bool), ConnectError> {
        // In SCRAM the server proves that it knows the password too; it must not get around that.
        if self.scram.is_some() {
            let error = io::Error::other("it ended the exchange early");
            return Err(ConnectError::ServerNotAuthentic(error));
        }
        if self.options.ssl.channel_binding == ChannelBinding::Require && !self.channel_bound {
            return Err(ConnectError::ChannelBindingMissing);
        }
        // A server cannot refuse a token and let its bearer in.
        if matches!(self.oauth, OAuth::Refused(_)) {
            return Err(out_of_order());
        }
        if self.method.is_none() {
            self.check(AuthenticationMethod::None)?;
        }
        Ok((self.method.unwrap_or(AuthenticationMethod::None), self.channel_bound))
    }

    fn answer(&mut self, request: &Message, outgoing: &mut BytesMut) -> Result<(), ConnectError> {
        match request {
            Message::AuthenticationCleartextPassword => {
                let password = self.password(AuthenticationMethod::Password)?;
                frontend::password_message(password, outgoing).map_err(unsendable)
            }
            Message::AuthenticationMd5Password(body) => {
                let password = self.password(AuthenticationMethod::Md5)?;
                let digest = md5_hash(self.options.user.as_bytes(), password, body.salt());
                frontend::password_message(digest.as_bytes(), outgoing).map_err(unsendable)
            }
            Message::AuthenticationSasl(body) => {
                let mechanisms: Vec<&str> = body.mechanisms().collect().map_err(|error| ConnectError::Protocol {
                    step: ConnectStep::Authentication,
                    source: error.into(),
                })?;
                if mechanisms.contains(&oauth::MECHANISM) && self.wants_oauth() {
                    return self.send_token(outgoing);
                }
                self.begin_scram(&mechanisms, outgoing)
            }
            Message::AuthenticationSaslContinue(body) if matches!(self.oauth, OAuth::Sent) => {
                let issuer = match self.presented.authentication {
                    Authentication::OAuthBearer { issuer, .. } => issuer.as_deref(),
                    _ => None,
                };
                self.oauth = OAuth::Refused(OAuthRefusal::parse(body.data(), issuer).map(Box::new));
                frontend::sasl_response(oauth::DUMMY_RESPONSE, outgoing).map_err(unsendable)
            }
            Message::AuthenticationSaslContinue(body) => {
                let scram = self.scram.as_mut().ok_or_else(out_of_order)?;
                scram.update(body.data()).map_err(ConnectError::ServerNotAuthentic)?;
                frontend::sasl_response(scram.message(), outgoing).map_err(unsendable)
            }
            Message::AuthenticationSaslFinal(body) => {
                let mut scram = self.scram.take().ok_or_else(out_of_order)?;
                scram.finish(body.data()).map_err(ConnectError::ServerNotAuthentic)
            }
            Message::AuthenticationGss | Message::AuthenticationGssContinue(_) => Err(self.mismatch("gss")),
            Message::AuthenticationSspi => Err(self.mismatch("sspi")),
            Message::AuthenticationKerberosV5 => Err(self.mismatch("kerberos")),
            _ => Err(out_of_order()),
        }
    }

    fn wants_oauth(&self) -> bool {
        matches!(self.presented.authentication, Authentication::OAuthBearer { .. })
    }

    fn send_token(&mut self, outgoing: &mut BytesMut) -> Result<(), ConnectError> {
        let token = self.password(AuthenticationMethod::OAuth)?;
        let token = std::str::from_utf8(token).map_err(|_| OptionsError::new("token", "is not UTF-8"))?;
        let response = oauth::initial_response(token)?;
        frontend::sasl_initial_response(oauth::MECHANISM, &response, outgoing).map_err(unsendable)?;
        self.oauth = OAuth::Sent;
        Ok(())
    }

    fn begin_scram(&mut self, mechanisms: &[&str], outgoing: &mut BytesMut) -> Result<(), ConnectError> {
        let offers = |name: &str| mechanisms.contains(&name);
        if !offers(sasl::SCRAM_SHA_256) && !offers(sasl::SCRAM_SHA_256_PLUS) {
            let requested = if offers(oauth::MECHANISM) { AuthenticationMethod::OAuth.name() } else { "sasl" };
            return Err(self.mismatch(requested));
        }
        let wanted = self.options.ssl.channel_binding;
        let binding = std::mem::replace(&mut self.presented.binding, Binding::NoTls);
        let (mechanism, binding) = match binding {
            Binding::EndPoint(hash) if wanted != ChannelBinding::Disable && offers(sasl::SCRAM_SHA_256_PLUS) => {
                self.channel_bound = true;
                (sasl::SCRAM_SHA_256_PLUS, sasl::ChannelBinding::tls_server_end_point(hash))
            }
            _ if wanted == ChannelBinding::Require => return Err(ConnectError::ChannelBindingMissing),
            // We could, the server says that it cannot: it finds out if somebody in between removed its offer.
            Binding::EndPoint(_) if wanted != ChannelBinding::Disable => {
                (sasl::SCRAM_SHA_256, sasl::ChannelBinding::unrequested())
            }
            _ if offers(sasl::SCRAM_SHA_256) => (sasl::SCRAM_SHA_256, sasl::ChannelBinding::unsupported()),
            _ => return Err(self.mismatch("sasl")),
        };
        let password = self.ask(AuthenticationMethod::ScramSha256)?;
        let scram = ScramSha256::new(password, binding);
        frontend::sasl_initial_response(mechanism, scram.message(), outgoing).map_err(unsendable)?;
        self.scram = Some(scram);
        Ok(())
    }

    /// The secret for a method that binds to no channel.
    fn password(&mut self, method: AuthenticationMethod) -> Result<&'a [u8], ConnectError> {
        if self.options.ssl.channel_binding == ChannelBinding::Require {
            return Err(ConnectError::ChannelBindingMissing);
        }
        self.ask(method)
    }

    fn ask(&mut self, method: AuthenticationMethod) -> Result<&'a [u8], ConnectError> {
        // Asking twice would be a way around the order of checks.
        if self.method.replace(method).is_some() {
            return Err(out_of_order());
        }
        self.check(method)?;
        match self.presented.authentication {
            Authentication::None | Authentication::PassFile(_) => Err(ConnectError::PasswordRequired),
            Authentication::Password(secret)
            | Authentication::TokenAsPassword(secret)
            | Authentication::OAuthBearer { token: secret, .. } => Ok(secret.expose_secret().as_bytes()),
        }
    }

    /// Whether what is presented may be sent, or go unsent, by this method.
    fn check(&self, method: AuthenticationMethod) -> Result<(), ConnectError> {
        let fits = match self.presented.authentication {
            Authentication::None | Authentication::Password(_) | Authentication::PassFile(_) => {
                method != AuthenticationMethod::OAuth
            }
            Authentication::TokenAsPassword(_) => method == AuthenticationMethod::Password,
            Authentication::OAuthBearer { .. } => method == AuthenticationMethod::OAuth,
        };
        if !fits {
            return Err(self.mismatch(method.name()));
        }
        if self.presented.authentication.is_token() && !self.presented.is_trusted {
            return Err(ConnectError::TokenNeedsVerifiedTls { mode: self.options.ssl.mode });
        }
        match &self.options.require_auth {
            Some(allowed) if !allowed.contains(&method) => {
                Err(ConnectError::AuthenticationMismatch { requested: method.name(), presented: None })
            }
            _ => Ok(()),
        }
    }

    /// The server asks for something that the credential has not.
    fn mismatch(&self, requested: &'static str) -> ConnectError {
        let presented = Some(self.presented.authentication.words());
        ConnectError::AuthenticationMismatch { requested, presented }
    }
}

/// From AuthenticationOk to the first ReadyForQuery.
pub(crate) async fn finish(wire: &mut Wire, entry: Entry, deadline: Deadline) -> Result<Started, ConnectError> {
    let step = ConnectStep::Startup;
    let mut started = Started {
        version: entry.version,
        backend_pid: 0,
        cancel_key: Bytes::new(),
        parameters: BTreeMap::new(),
        status: TransactionStatus::Idle,
        notices: entry.notices,
    };
    deadline
        .within(step, async {
            loop {
                let mut message = wire.message().await.map_err(|error| ConnectError::from_wire(error, step))?;
                match message[0] {
                    // The key is 4 bytes long in 3.0 and up to 256 in 3.2; postgres-protocol knows only the former.
                    BACKEND_KEY_DATA_TAG if message.len() > 9 => {
                        message.advance(5);
                        started.backend_pid = message.get_i32();
                        started.cancel_key = message.split().freeze();
                        continue;
                    }
                    ERROR_RESPONSE_TAG => return Err(server_error(step, &message)),
                    NOTICE_RESPONSE_TAG => {
                        keep_notice(&mut started.notices, &message);
                        continue;
                    }
                    _ => {}
                }
                let tag = message[0];
                let protocol = |source| ConnectError::Protocol { step, source };
                match parse(message).map_err(protocol)? {
                    Message::ParameterStatus(body) => {
                        let name = body.name().map_err(|error| protocol(error.into()))?.to_owned();
                        let value = body.value().map_err(|error| protocol(error.into()))?.to_owned();
                        started.parameters.insert(name, value);
                    }
                    Message::ReadyForQuery(body) => {
                        started.status = transaction_status(body.status()).map_err(protocol)?;
                        return Ok(());
                    }
                    _ => return Err(unexpected(step, tag)),
                }
            }
        })
        .await?;
    Ok(started)
}

/// The version that the server speaks instead of the one that was offered.
fn negotiated(
    message: &[u8],
    offered: ProtocolVersion,
    oldest: ProtocolVersion,
) -> Result<ProtocolVersion, ProtocolError> {
    let mut body = &message[5..];
    if body.len() < 8 {
        return Err(ProtocolError::new("the server's version is cut off"));
    }
    let (version, unknown_options) = (body.get_i32(), body.get_i32());
    if unknown_options != 0 {
        return Err(ProtocolError::new("the server refuses options that were not sent"));
    }
    let known = [ProtocolVersion::V3_0, ProtocolVersion::V3_2];
    match known.into_iter().find(|known| known.code() == version && *known < offered) {
        None => Err(ProtocolError::new("the server speaks a version that was not offered")),
        Some(version) if version < oldest => Err(ProtocolError::new(format!(
            "the server speaks version {version}, and `min_protocol_version` is {oldest}"
        ))),
        Some(version) => Ok(version),
    }
}

/// A CancelRequest with a key of any length.
pub(crate) fn cancel_request(pid: i32, key: &[u8]) -> BytesMut {
    let mut request = BytesMut::with_capacity(12 + key.len());
    request.put_u32(12 + u32::try_from(key.len()).expect("a key came in one message"));
    request.put_i32(80_877_102);
    request.put_i32(pid);
    request.put_slice(key);
    request
}

fn keep_notice(notices: &mut VecDeque<Event>, message: &[u8]) {
    if notices.len() < KEPT_NOTICES {
        notices.push_back(Event::Notice(Box::new(ServerError::parse(&message[5..]))));
    }
}

fn server_error(step: ConnectStep, message: &[u8]) -> ConnectError {
    ConnectError::Server { step, error: Box::new(ServerError::parse(&message[5..])), oauth: None }
}

fn unexpected(step: ConnectStep, tag: u8) -> ConnectError {
    ConnectError::Protocol { step, source: ProtocolError::unexpected(tag) }
}

fn out_of_order() -> ConnectError {
    ConnectError::Protocol {
        step: ConnectStep::Authentication,
        source: ProtocolError::new("authentication messages out of order"),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "given to map_err")]
fn unsendable(error: io::Error) -> ConnectError {
    OptionsError::new("password", format!("cannot be sent: {error}")).into()
}
