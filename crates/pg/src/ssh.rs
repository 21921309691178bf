//! Connections through an SSH server: each has an SSH connection of its own, with one `direct-tcpip` channel
//! (RFC 4254, 7.2) that stands for the socket.
//!
//! They are not shared. A result that waits for its reader stops reading from the channel, and with it everything else on
//! the same SSH connection: other sessions, and the cancel request that would end the wait. For the same reason an SSH
//! server that asks for signs of life (`ClientAliveInterval`) gets none while a result waits. See
//! `docs/decisions/0005-an-ssh-connection-each.md`.

use std::{
    borrow::Cow,
    error::Error,
    fmt, io,
    path::{Path, PathBuf},
    pin::Pin,
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use russh::{
    ChannelStream, MethodKind, MethodSet, Preferred,
    client::{self, AuthResult, Handle, KeyboardInteractiveAuthResponse, Msg},
    keys::{
        Algorithm, HashAlg, PrivateKey, PrivateKeyWithHashAlg, PublicKey, PublicKeyOrCertificate,
        agent::{AgentIdentity, client::AgentClient},
        decode_secret_key,
    },
};
use secrecy::{ExposeSecret, SecretString};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

use crate::transport::Address;

/// How many packets of 32 KiB wait for their reader.
const WAITING_PACKETS: usize = 16;
/// How many unanswered keepalives mean that the SSH server is gone.
const UNANSWERED_KEEPALIVES: usize = 3;
/// OpenSSH's server gives up after six attempts.
const MOST_AGENT_KEYS: usize = 6;
/// How long the last words may take.
const FAREWELL: Duration = Duration::from_secs(1);
/// How often a server may ask something for one password.
const MOST_QUESTIONS: usize = 4;

/// An SSH server in front of PostgreSQL, and who to be there.
#[derive(Debug, Clone)]
pub struct Tunnel {
    /// The SSH server's name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whom to log in as.
    pub user: String,
    /// By what.
    pub authentication: TunnelAuthentication,
    /// Which server it must be.
    pub host_key: HostKeyRule,
    /// After how long a silence the server is asked for a sign of life; it is gone when three stay unanswered. `None`:
    /// never.
    pub keepalive: Option<Duration>,
}

/// What the SSH server is shown.
#[derive(Clone)]
pub enum TunnelAuthentication {
    /// A password, also where the server asks for it in its own words.
    Password(SecretString),
    /// A private key.
    Key {
        /// In OpenSSH's format, PKCS #8, or PuTTY's.
        private_key: SecretString,
        /// What it is encrypted with, if it is.
        passphrase: Option<SecretString>,
    },
    /// Keys and certificates of the agent that listens on this socket.
    Agent(PathBuf),
}

impl fmt::Debug for TunnelAuthentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Password(_) => "Password(***)",
            Self::Key { .. } => "Key(***)",
            Self::Agent(_) => "Agent",
        })
    }
}

/// Which key the SSH server must prove to hold.
#[derive(Debug, Clone)]
pub enum HostKeyRule {
    /// One of these. With none, every server is refused as [`TunnelError::UnknownHostKey`], for a person to decide.
    Known(Vec<HostKey>),
    /// Any. [`ConnectEvent::Tunnel`](crate::ConnectEvent::Tunnel) tells which it was, to be remembered.
    AcceptFirst,
}

/// The public key of an SSH server. Reads and writes as `ssh-ed25519 AAAA…`.
#[derive(Debug, Clone)]
pub struct HostKey(PublicKey);

impl HostKey {
    /// Its kind, such as `ssh-ed25519`.
    #[must_use]
    pub fn algorithm(&self) -> String {
        self.0.algorithm().to_string()
    }

    /// `SHA256:` and the hash in Base64, as `ssh` shows it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.0.fingerprint(HashAlg::Sha256).to_string()
    }

    fn is_of(&self, algorithm: &Algorithm) -> bool {
        match (self.0.algorithm(), algorithm) {
            // One kind of key, several kinds of signature.
            (Algorithm::Rsa { .. }, Algorithm::Rsa { .. }) => true,
            (own, other) => own == *other,
        }
    }
}

impl PartialEq for HostKey {
    /// A comment says nothing.
    fn eq(&self, other: &Self) -> bool {
        self.0.key_data() == other.0.key_data()
    }
}

impl Eq for HostKey {}

impl FromStr for HostKey {
    type Err = HostKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        PublicKey::from_openssh(text.trim()).map(Self).map_err(|_| HostKeyError)
    }
}

impl fmt::Display for HostKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = PublicKey::from(self.0.key_data().clone());
        f.write_str(&key.to_openssh().map_err(|_| fmt::Error)?)
    }
}

/// A text that is no public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no public key as OpenSSH writes it, `ssh-ed25519 AAAA…`")]
pub struct HostKeyError;

/// Why there is no tunnel.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TunnelError {
    /// The SSH server does not answer.
    #[error("cannot connect to the SSH server {server}")]
    Connect {
        /// Its name and port.
        server: String,
        /// What the system said.
        source: io::Error,
    },
    /// No key of the SSH server is known. Nothing was sent to it.
    #[error("the SSH server's key is not known yet: {} {}", key.algorithm(), key.fingerprint())]
    UnknownHostKey {
        /// The key that it showed and proved to hold.
        key: Box<HostKey>,
    },
    /// The SSH server's key is another than those known. Nothing was sent to it.
    #[error("the SSH server shows the key {} {}, which is not the known one", found.algorithm(), found.fingerprint())]
    HostKeyChanged {
        /// The key that it showed.
        found: Box<HostKey>,
    },
    /// The private key is encrypted, and there is no passphrase. Nothing was sent.
    #[error("the private key for SSH is encrypted, and there is no passphrase")]
    PassphraseRequired,
    /// The private key cannot be used. Nothing was sent.
    #[error("the private key for SSH {0}")]
    PrivateKey(&'static str),
    /// The agent does not help.
    #[error("the SSH agent does not answer")]
    Agent(#[source] Box<dyn Error + Send + Sync>),
    /// The SSH server does not let us in.
    #[error("the SSH server refused {user}{}", offered_words(offered))]
    Refused {
        /// Whom.
        user: String,
        /// The ways that it offers.
        offered: Vec<&'static str>,
    },
    /// Both sides do not understand each other, or the connection was lost.
    #[error("the SSH connection failed")]
    Ssh(#[source] Box<dyn Error + Send + Sync>),
}

impl From<russh::Error> for TunnelError {
    fn from(error: russh::Error) -> Self {
        Self::Ssh(error.into())
    }
}

fn offered_words(offered: &[&str]) -> String {
    if offered.is_empty() { String::new() } else { format!("; it offers {}", offered.join(", ")) }
}

impl Tunnel {
    pub(crate) fn knows_its_server(&self) -> bool {
        matches!(self.host_key, HostKeyRule::Known(_))
    }

    /// Connects and logs in.
    pub(crate) async fn open(&self) -> Result<Link, TunnelError> {
        // A key that cannot be used is told before anything is sent.
        let login = match &self.authentication {
            TunnelAuthentication::Password(password) => Login::Password(password),
            TunnelAuthentication::Agent(socket) => Login::Agent(socket),
            TunnelAuthentication::Key { private_key, passphrase } => {
                let (private_key, passphrase) = (private_key.clone(), passphrase.clone());
                // Keys take long to open, so that guessing takes longer.
                let read = tokio::task::spawn_blocking(move || read_key(&private_key, passphrase.as_ref())).await;
                Login::Key(Arc::new(read.map_err(|error| TunnelError::Ssh(error.into()))??))
            }
        };
        let stream = TcpStream::connect((self.host.as_str(), self.port))
            .await
            .and_then(|stream| stream.set_nodelay(true).map(|()| stream))
            .and_then(Hangup::of)
            .map_err(|source| TunnelError::Connect { server: format!("{}:{}", self.host, self.port), source });
        let (stream, hangup) = stream?;
        let seen = Arc::default();
        let guard = Guard { rule: self.host_key.clone(), seen: Arc::clone(&seen) };
        let mut handle = client::connect_stream(Arc::new(self.config()), stream, guard).await?;
        self.log_in(&mut handle, login).await?;
        let host_key = seen.lock().unwrap_or_else(PoisonError::into_inner).take();
        let host_key = host_key.ok_or_else(|| TunnelError::from(russh::Error::UnknownKey))?;
        Ok(Link { handle, host_key, hangup })
    }

    fn config(&self) -> client::Config {
        let mut preferred = Preferred::default();
        if let HostKeyRule::Known(known) = &self.host_key {
            // A server with several keys shows the first kind that it is asked for; it should be one that is known.
            let mut kinds = preferred.key.into_owned();
            kinds.sort_by_key(|kind| !known.iter().any(|key| key.is_of(kind)));
            preferred.key = Cow::Owned(kinds);
        }
        client::Config {
            preferred,
            channel_buffer_size: WAITING_PACKETS,
            keepalive_interval: self.keepalive,
            keepalive_max: UNANSWERED_KEEPALIVES,
            nodelay: true,
            ..client::Config::default()
        }
    }

    async fn log_in(&self, handle: &mut Handle<Guard>, login: Login<'_>) -> Result<(), TunnelError> {
        let offered = match login {
            Login::Password(password) => self.by_password(handle, password).await?,
            Login::Agent(socket) => self.by_agent(handle, socket).await?,
            Login::Key(key) => {
                let hash = signature_hash(handle, &key.algorithm()).await?;
                let key = PrivateKeyWithHashAlg::new(key, hash);
                refused(handle.authenticate_publickey(&self.user, key).await?)
            }
        };
        match offered {
            None => Ok(()),
            Some(methods) => Err(TunnelError::Refused {
                user: self.user.clone(),
                offered: methods.iter().map(<&'static str>::from).collect(),
            }),
        }
    }

    async fn by_password(
        &self,
        handle: &mut Handle<Guard>,
        password: &SecretString,
    ) -> Result<Option<MethodSet>, TunnelError> {
        let password = password.expose_secret();
        let Some(offered) = refused(handle.authenticate_password(&self.user, password).await?) else {
            return Ok(None);
        };
        if !offered.contains(&MethodKind::KeyboardInteractive) || offered.contains(&MethodKind::Password) {
            return Ok(Some(offered));
        }
        // Where passwords come by PAM, servers ask questions instead.
        let mut answer = handle.authenticate_keyboard_interactive_start(&self.user, None).await?;
        for _ in 0..MOST_QUESTIONS {
            let prompts = match answer {
                KeyboardInteractiveAuthResponse::Success => return Ok(None),
                KeyboardInteractiveAuthResponse::Failure { remaining_methods, .. } => {
                    return Ok(Some(remaining_methods));
                }
                KeyboardInteractiveAuthResponse::InfoRequest { prompts, .. } => prompts,
            };
            // What is shown while it is typed is no password: perhaps a code, which nobody here knows.
            let answers: Vec<_> =
                prompts.iter().map(|prompt| if prompt.echo { String::new() } else { password.to_owned() }).collect();
            answer = handle.authenticate_keyboard_interactive_respond(answers).await?;
        }
        Ok(Some(offered))
    }

    async fn by_agent(&self, handle: &mut Handle<Guard>, socket: &Path) -> Result<Option<MethodSet>, TunnelError> {
        let unwilling = |error: russh::keys::Error| TunnelError::Agent(error.into());
        let mut agent = AgentClient::connect_uds(socket).await.map_err(unwilling)?;
        let identities = agent.request_identities().await.map_err(unwilling)?;
        let mut offered = MethodSet::empty();
        for identity in identities.into_iter().take(MOST_AGENT_KEYS) {
            let result = match identity {
                AgentIdentity::PublicKey { key, .. } => {
                    let hash = signature_hash(handle, &key.algorithm()).await?;
                    handle.authenticate_publickey_with(&self.user, key, hash, &mut agent).await
                }
                AgentIdentity::Certificate { certificate, .. } => {
                    let hash = signature_hash(handle, &certificate.algorithm()).await?;
                    handle.authenticate_certificate_with(&self.user, certificate, hash, &mut agent).await
                }
            };
            match refused(result.map_err(|error| TunnelError::Agent(error.into()))?) {
                None => return Ok(None),
                Some(methods) => offered = methods,
            }
        }
        Ok(Some(offered))
    }
}

/// What is shown, ready to be used.
enum Login<'a> {
    Password(&'a SecretString),
    Key(Arc<PrivateKey>),
    Agent(&'a Path),
}

fn read_key(private_key: &SecretString, passphrase: Option<&SecretString>) -> Result<PrivateKey, TunnelError> {
    let problem = match decode_secret_key(private_key.expose_secret(), passphrase.map(ExposeSecret::expose_secret)) {
        Ok(key) => return Ok(key),
        Err(russh::keys::Error::KeyIsEncrypted) if passphrase.is_none() => return Err(TunnelError::PassphraseRequired),
        Err(_) if passphrase.is_some() => "cannot be read, or the passphrase does not open it",
        Err(_) => "cannot be read",
    };
    Err(TunnelError::PrivateKey(problem))
}

/// What the server offers instead, unless it let us in.
fn refused(result: AuthResult) -> Option<MethodSet> {
    match result {
        AuthResult::Success => None,
        AuthResult::Failure { remaining_methods, .. } => Some(remaining_methods),
    }
}

/// RSA keys sign with the best hash that the server knows.
async fn signature_hash(handle: &Handle<Guard>, algorithm: &Algorithm) -> Result<Option<HashAlg>, TunnelError> {
    if !matches!(algorithm, Algorithm::Rsa { .. }) {
        return Ok(None);
    }
    Ok(handle.best_supported_rsa_hash().await?.flatten())
}

/// Judges the server's key.
struct Guard {
    rule: HostKeyRule,
    seen: Arc<Mutex<Option<HostKey>>>,
}

impl client::Handler for Guard {
    type Error = TunnelError;

    async fn check_server_key(&mut self, shown: &PublicKeyOrCertificate) -> Result<bool, TunnelError> {
        let PublicKeyOrCertificate::PublicKey { key, .. } = shown else { return Ok(false) };
        let key = HostKey(key.clone());
        match &self.rule {
            HostKeyRule::Known(known) if known.is_empty() => {
                return Err(TunnelError::UnknownHostKey { key: Box::new(key) });
            }
            HostKeyRule::Known(known) if !known.contains(&key) => {
                return Err(TunnelError::HostKeyChanged { found: Box::new(key) });
            }
            HostKeyRule::Known(_) | HostKeyRule::AcceptFirst => {}
        }
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(key);
        Ok(true)
    }
}

/// An SSH connection that is logged in.
pub(crate) struct Link {
    handle: Handle<Guard>,
    host_key: HostKey,
    hangup: Hangup,
}

impl Link {
    /// A stream to a place as the SSH server sees it.
    pub(crate) async fn forward(self, address: &Address) -> io::Result<TunnelStream> {
        let channel = match address {
            Address::Tunnel { host, port } => {
                // Where it comes from is for the server's log only.
                self.handle.channel_open_direct_tcpip(host, (*port).into(), "127.0.0.1", 0).await
            }
            Address::TunnelUnix(path) => {
                self.handle.channel_open_direct_streamlocal(path.to_string_lossy().into_owned()).await
            }
            Address::Tcp(_) | Address::Unix(_) => return Err(io::ErrorKind::Unsupported.into()),
        };
        let channel = channel.map_err(io::Error::other)?;
        let Self { handle, host_key, hangup } = self;
        Ok(TunnelStream { stream: channel.into_stream(), host_key, _handle: handle, _hangup: hangup })
    }
}

/// A channel, with the SSH connection that it needs. Dropping it closes both.
pub(crate) struct TunnelStream {
    stream: ChannelStream<Msg>,
    host_key: HostKey,
    _handle: Handle<Guard>,
    _hangup: Hangup,
}

/// Ends an SSH connection that nobody has any more. russh serves it in a task of its own, which notices by itself, but not
/// while it waits for the server: in the middle of a handshake, or with data that the server does not take.
struct Hangup(Option<std::net::TcpStream>);

impl Hangup {
    /// Another handle of the stream's socket.
    fn of(stream: TcpStream) -> io::Result<(TcpStream, Self)> {
        let stream = stream.into_std()?;
        let hangup = Self(Some(stream.try_clone()?));
        Ok((TcpStream::from_std(stream)?, hangup))
    }
}

impl Drop for Hangup {
    fn drop(&mut self) {
        let Some(socket) = self.0.take() else { return };
        let hang_up = move || {
            // It may be closed already.
            let _ = socket.shutdown(std::net::Shutdown::Both);
        };
        match tokio::runtime::Handle::try_current() {
            // The last words may be under way.
            Ok(runtime) => drop(runtime.spawn(async move {
                tokio::time::sleep(FAREWELL).await;
                hang_up();
            })),
            Err(_) => hang_up(),
        }
    }
}

impl TunnelStream {
    pub(crate) fn host_key(&self) -> &HostKey {
        &self.host_key
    }
}

impl fmt::Debug for TunnelStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TunnelStream").finish_non_exhaustive()
    }
}

impl AsyncRead for TunnelStream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for TunnelStream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
