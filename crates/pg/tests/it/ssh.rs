//! Through SSH servers: OpenSSH's where it is installed, and one of our own that asks for passwords.

use std::{
    borrow::Cow,
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use howdah_pg::{
    Authentication, ConnectError, ConnectEvent, ConnectOptions, ConnectStep, Event, Host, RootCertificates, SslMode,
    ssh::{HostKey, HostKeyRule, Tunnel, TunnelAuthentication, TunnelError},
};
use howdah_testkit::{Major, Postgres, SSH_PASSPHRASE as PASSPHRASE, SUPERUSER_PASSWORD, SshServer};
use russh::{
    Channel, MethodKind, MethodSet,
    keys::{Algorithm, PrivateKey, key::safe_rng},
    server::{self, Auth, ChannelOpenHandle, Msg, Response, Session},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    process::Command,
    sync::watch,
    task::{JoinHandle, JoinSet},
};

use crate::support::{finish, open, options, value};

/// OpenSSH's server, as a tunnel sees it.
struct OpenSsh {
    server: SshServer,
    user: String,
    port: u16,
}

impl OpenSsh {
    /// None where it is not installed.
    async fn start() -> Result<Option<Self>> {
        let Some(server) = SshServer::start().await? else { return Ok(None) };
        Ok(Some(Self { user: server.user().to_owned(), port: server.port(), server }))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.server.path(name)
    }

    fn tunnel(&self, authentication: TunnelAuthentication) -> Result<Tunnel> {
        let known = fs::read_to_string(self.path("host_ed25519.pub"))?.parse()?;
        Ok(Tunnel {
            host: "127.0.0.1".to_owned(),
            port: self.port,
            user: self.user.clone(),
            authentication,
            host_key: HostKeyRule::Known(vec![known]),
            keepalive: Some(Duration::from_secs(30)),
        })
    }

    fn key(&self, name: &str, passphrase: Option<&str>) -> Result<TunnelAuthentication> {
        let private_key = fs::read_to_string(self.path(name))?.into();
        Ok(TunnelAuthentication::Key { private_key, passphrase: passphrase.map(Into::into) })
    }
}

/// Runs a program and answers what it prints.
async fn run(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().await?;
    ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// Options for a server that the SSH server knows as `localhost`, with its certificate verified.
fn through(tunnel: &Tunnel, server: &Postgres) -> ConnectOptions {
    let mut options = options(server, "postgres");
    options.endpoints[0].host = Host::parse("localhost");
    options.ssl.mode = SslMode::VerifyFull;
    options.ssl.root = RootCertificates::Pem(server.ca_pem().to_owned());
    options.tunnel = Some(tunnel.clone());
    options
}

/// What went wrong with the tunnel.
async fn tunnel_error(options: &ConnectOptions) -> Result<TunnelError> {
    match open(options).await {
        Err(ConnectError::Tunnel(error)) => Ok(error),
        Err(error) => Err(error).context("not the tunnel's fault"),
        Ok(_) => anyhow::bail!("it went through"),
    }
}

#[tokio::test]
async fn keys_of_openssh_open_a_tunnel() -> Result<()> {
    let Some(ssh) = OpenSsh::start().await? else { return Ok(()) };
    let server = Postgres::shared(Major::V18).await?;
    for (name, passphrase) in [("plain", None), ("locked", Some(PASSPHRASE)), ("rsa", None)] {
        let options = through(&ssh.tunnel(ssh.key(name, passphrase)?)?, &server);
        let session = open(&options).await;
        let log = fs::read_to_string(ssh.path("log"))?;
        let mut session = session.with_context(|| format!("{name}: {log}"))?;
        assert!(session.tls().is_some());
        assert_eq!(value(&mut session, "select 1").await?, "1");
        session.close().await;
    }
    for (name, passphrase, words) in [
        ("locked", None, "the private key for SSH is encrypted, and there is no passphrase"),
        ("locked", Some("wrong"), "the private key for SSH cannot be read, or the passphrase does not open it"),
        ("plain.pub", None, "the private key for SSH cannot be read"),
    ] {
        let error = tunnel_error(&through(&ssh.tunnel(ssh.key(name, passphrase)?)?, &server)).await?;
        assert_eq!(error.to_string(), words);
    }
    let error = tunnel_error(&through(&ssh.tunnel(ssh.key("stranger", None)?)?, &server)).await?;
    assert_eq!(error.to_string(), format!("the SSH server refused {}; it offers publickey", ssh.user));
    Ok(())
}

#[tokio::test]
async fn a_unix_socket_on_the_ssh_server_is_reached_too() -> Result<()> {
    let Some(ssh) = OpenSsh::start().await? else { return Ok(()) };
    let server = Postgres::shared(Major::V18).await?;
    let mut options = through(&ssh.tunnel(ssh.key("plain", None)?)?, &server);
    options.endpoints[0].host = Host::Unix(server.socket_directory());
    let mut session = howdah_pg::connect(&options, Authentication::None, &mut |_| {}).await?;
    assert_eq!(value(&mut session, "select inet_client_addr() is null").await?, "t");
    session.canceller().cancel().await?;
    Ok(())
}

#[tokio::test]
async fn an_agent_signs_for_the_tunnel() -> Result<()> {
    let Some(ssh) = OpenSsh::start().await? else { return Ok(()) };
    let server = Postgres::shared(Major::V18).await?;
    let socket = ssh.path("agent");
    let agent = || through_agent(&ssh, &server, &socket);
    let error = tunnel_error(&agent()?).await?;
    assert_eq!(error.to_string(), "the SSH agent does not answer");

    let _process =
        Command::new("ssh-agent").args(["-D", "-a"]).arg(&socket).stdout(Stdio::null()).kill_on_drop(true).spawn()?;
    while !socket.exists() {
        tokio::task::yield_now().await;
    }
    let add = |name: &str| {
        let mut command = Command::new("ssh-add");
        command.arg("-q").arg(ssh.path(name)).env("SSH_AUTH_SOCK", &socket);
        command
    };
    run(&mut add("stranger")).await?;
    assert!(matches!(tunnel_error(&agent()?).await?, TunnelError::Refused { .. }));
    for name in ["rsa", "certified"] {
        run(&mut add(name)).await?;
        let mut session = open(&agent()?).await?;
        assert_eq!(value(&mut session, "select 1").await?, "1");
        run(Command::new("ssh-add").arg("-qD").env("SSH_AUTH_SOCK", &socket)).await?;
    }
    Ok(())
}

fn through_agent(ssh: &OpenSsh, server: &Postgres, socket: &Path) -> Result<ConnectOptions> {
    Ok(through(&ssh.tunnel(TunnelAuthentication::Agent(socket.to_owned()))?, server))
}

#[tokio::test]
async fn only_a_known_server_is_logged_in_to() -> Result<()> {
    let Some(ssh) = OpenSsh::start().await? else { return Ok(()) };
    let server = Postgres::shared(Major::V18).await?;
    let mut tunnel = ssh.tunnel(ssh.key("plain", None)?)?;
    let key = |name: &str| -> Result<HostKey> { Ok(fs::read_to_string(ssh.path(name))?.parse()?) };
    let told = run(Command::new("ssh-keygen").arg("-lf").arg(ssh.path("host_ed25519.pub"))).await?;
    let fingerprint = told.split(' ').nth(1).context("ssh-keygen shows a fingerprint")?.to_owned();

    tunnel.host_key = HostKeyRule::Known(Vec::new());
    let TunnelError::UnknownHostKey { key: shown } = tunnel_error(&through(&tunnel, &server)).await? else {
        anyhow::bail!("the key is not known");
    };
    assert_eq!((shown.fingerprint(), shown.algorithm().as_str()), (fingerprint, "ssh-ed25519"));
    assert_eq!(*shown, key("host_ed25519.pub")?);

    // What was shown is remembered as text.
    tunnel.host_key = HostKeyRule::Known(vec![shown.to_string().parse()?]);
    open(&through(&tunnel, &server)).await?;
    // Of several keys the known one is asked for.
    tunnel.host_key = HostKeyRule::Known(vec![key("host_rsa.pub")?]);
    open(&through(&tunnel, &server)).await?;

    tunnel.host_key = HostKeyRule::Known(vec![key("stranger.pub")?]);
    let error = tunnel_error(&through(&tunnel, &server)).await?;
    assert!(matches!(error, TunnelError::HostKeyChanged { .. }), "{error:?}");

    tunnel.host_key = HostKeyRule::AcceptFirst;
    let mut seen = None;
    let mut steps = Vec::new();
    let options = through(&tunnel, &server);
    howdah_pg::connect(&options, Authentication::Password(SUPERUSER_PASSWORD.into()), &mut |event| {
        steps.push(match event {
            ConnectEvent::Resolved { addresses } => format!("resolved {}", addresses[0]),
            ConnectEvent::Tunnel { host_key } => {
                seen = Some(*host_key);
                "tunnel".to_owned()
            }
            ConnectEvent::Connected { .. } => "connected".to_owned(),
            ConnectEvent::Tls(_) => "tls".to_owned(),
            _ => "authenticated".to_owned(),
        });
    })
    .await?;
    let resolved = format!("resolved localhost:{} through the SSH server", server.port());
    assert_eq!(steps, [resolved.as_str(), "tunnel", "connected", "tls", "authenticated"]);
    assert_eq!(seen.map(|key| key.to_string()), Some(shown.to_string()));
    Ok(())
}

#[tokio::test]
async fn a_waiting_result_is_cancelled_through_the_tunnel() -> Result<()> {
    let ssh = PasswordServer::start(Asks::Password).await?;
    let server = Postgres::shared(Major::V18).await?;
    let mut session = open(&through(&ssh.tunnel("right"), &server)).await?;
    session.start_simple("select i, repeat('x', 1000) from generate_series(1, 100000000) i").await?;
    // Enough to fill every buffer on the way, then nobody reads.
    let mut bytes = 0;
    while bytes < 8 << 20 {
        if let Event::Rows(batch) = session.next_event().await? {
            bytes += batch.bytes().len();
        }
    }
    session.canceller().cancel().await?;
    session.discard_rows();
    let told = finish(&mut session).await?;
    assert_eq!(told.error.map(|error| error.code).as_deref(), Some("57014"));
    assert_eq!(value(&mut session, "select 1").await?, "1");
    Ok(())
}

#[tokio::test]
async fn passwords_open_a_tunnel_however_they_are_asked_for() -> Result<()> {
    let server = Postgres::shared(Major::V18).await?;
    for (asks, offered) in [(Asks::Password, "password"), (Asks::Questions, "keyboard-interactive")] {
        let ssh = PasswordServer::start(asks).await?;
        let mut session = open(&through(&ssh.tunnel("right"), &server)).await?;
        assert_eq!(value(&mut session, "select 1").await?, "1");
        let error = tunnel_error(&through(&ssh.tunnel("wrong"), &server)).await?;
        assert!(
            matches!(&error, TunnelError::Refused { user, offered: told } if user == "ada" && told == &[offered]),
            "{asks:?} {error:?}"
        );
        let shown = format!("{:?} {error:?}", ssh.tunnel("wrong"));
        assert!(!shown.contains("\"wrong\""), "{shown}");
    }
    Ok(())
}

#[tokio::test]
async fn what_fails_on_the_way_is_told_apart() -> Result<()> {
    let server = Postgres::shared(Major::V18).await?;
    let ssh = PasswordServer::start(Asks::Password).await?;
    let mut options = through(&ssh.tunnel("right"), &server);
    options.endpoints[0].host = Host::parse("no such host");
    let error = open(&options).await.expect_err("the SSH server knows no such host");
    assert_eq!(error.step(), ConnectStep::Tcp, "{error:?}");
    assert!(error.to_string().contains("no such host"), "{error}");

    let silent = TcpListener::bind("127.0.0.1:0").await?;
    let mut tunnel = ssh.tunnel("right");
    tunnel.port = silent.local_addr()?.port();
    let mut options = through(&tunnel, &server);
    options.connect_timeout = Duration::from_millis(100);
    let error = open(&options).await.expect_err("nobody answers");
    assert!(matches!(error, ConnectError::Timeout { step: ConnectStep::Tunnel, .. }), "{error:?}");
    drop(silent);
    let error = tunnel_error(&options).await?;
    assert!(matches!(error, TunnelError::Connect { .. }), "{error:?}");

    // Something else than SSH.
    tunnel.port = server.port();
    let error = tunnel_error(&through(&tunnel, &server)).await?;
    assert!(matches!(error, TunnelError::Ssh(_)), "{error:?}");
    Ok(())
}

#[tokio::test]
async fn an_ssh_connection_ends_with_its_session() -> Result<()> {
    let server = Postgres::shared(Major::V18).await?;
    let mut ssh = PasswordServer::start(Asks::Password).await?;
    let options = through(&ssh.tunnel("right"), &server);

    open(&options).await?.close().await;
    ssh.until_idle().await?;
    drop(open(&options).await?);
    ssh.until_idle().await?;
    let mut session = open(&options).await?;
    session.start_simple("select repeat('x', 1000) from generate_series(1, 1000000)").await?;
    while !matches!(session.next_event().await?, Event::Rows(_)) {}
    drop(session);
    ssh.until_idle().await?;

    // One that stops in the middle of the handshake is left too.
    let stuck = TcpListener::bind("127.0.0.1:0").await?;
    let mut tunnel = ssh.tunnel("right");
    tunnel.port = stuck.local_addr()?.port();
    let mut options = through(&tunnel, &server);
    options.connect_timeout = Duration::from_millis(100);
    let heard = async {
        let (mut stream, _) = stuck.accept().await?;
        stream.write_all(b"SSH-2.0-stuck\r\n").await?;
        let mut heard = Vec::new();
        stream.read_to_end(&mut heard).await?;
        anyhow::Ok(heard)
    };
    let (result, heard) = tokio::join!(open(&options), heard);
    assert!(matches!(result, Err(ConnectError::Timeout { step: ConnectStep::Tunnel, .. })));
    assert!(heard?.starts_with(b"SSH-2.0-"));
    Ok(())
}

#[tokio::test]
async fn a_token_trusts_what_is_local_to_a_known_ssh_server_only() -> Result<()> {
    let server = Postgres::builder(Major::V18).hba("host all all 127.0.0.1/32 password").start().await?;
    let ssh = PasswordServer::start(Asks::Password).await?;
    let token = Authentication::TokenAsPassword(SUPERUSER_PASSWORD.into());
    for (rule, mode, gets_in) in [
        (HostKeyRule::Known(vec![ssh.host_key.clone()]), SslMode::Disable, true),
        (HostKeyRule::AcceptFirst, SslMode::Disable, false),
        (HostKeyRule::AcceptFirst, SslMode::Prefer, false),
    ] {
        let mut options = through(&Tunnel { host_key: rule, ..ssh.tunnel("right") }, &server);
        options.ssl.mode = mode;
        let result = howdah_pg::connect(&options, token.clone(), &mut |_| {}).await;
        match result {
            Ok(_) => assert!(gets_in),
            Err(error) => assert!(!gets_in && error.step() == ConnectStep::Tls, "{error:?}"),
        }
    }
    Ok(())
}

/// How a [`PasswordServer`] asks for the password `right`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asks {
    Password,
    Questions,
}

impl Asks {
    fn methods(self) -> MethodSet {
        let method = match self {
            Self::Password => MethodKind::Password,
            Self::Questions => MethodKind::KeyboardInteractive,
        };
        [method].as_slice().into()
    }
}

/// An SSH server for passwords: OpenSSH's would want one of the system's accounts.
struct PasswordServer {
    host_key: HostKey,
    port: u16,
    connections: JoinHandle<Result<()>>,
    /// How many there are.
    open: watch::Receiver<usize>,
}

impl Drop for PasswordServer {
    fn drop(&mut self) {
        self.connections.abort();
    }
}

impl PasswordServer {
    async fn start(asks: Asks) -> Result<Self> {
        let key = PrivateKey::random(&mut safe_rng(), Algorithm::Ed25519)?;
        let host_key = key.public_key().to_openssh()?.parse()?;
        let config = Arc::new(server::Config {
            methods: asks.methods(),
            auth_rejection_time: Duration::ZERO,
            keys: vec![key],
            ..server::Config::default()
        });
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let (count, open) = watch::channel(0);
        let connections = tokio::spawn(async move {
            let mut running = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await?;
                let (config, handler) = (Arc::clone(&config), Forwarder { asks, streams: JoinSet::new() });
                let count = count.clone();
                count.send_modify(|open| *open += 1);
                running.spawn(async move {
                    let served = async { server::run_stream(config, stream, handler).await?.await };
                    let result = served.await;
                    count.send_modify(|open| *open -= 1);
                    result
                });
            }
        });
        Ok(Self { host_key, port, connections, open })
    }

    /// Waits until nobody is connected any more.
    async fn until_idle(&mut self) -> Result<()> {
        self.open.wait_for(|open| *open == 0).await?;
        Ok(())
    }

    fn tunnel(&self, password: &str) -> Tunnel {
        Tunnel {
            host: "127.0.0.1".to_owned(),
            port: self.port,
            user: "ada".to_owned(),
            authentication: TunnelAuthentication::Password(password.into()),
            host_key: HostKeyRule::Known(vec![self.host_key.clone()]),
            keepalive: None,
        }
    }
}

struct Forwarder {
    asks: Asks,
    streams: JoinSet<()>,
}

impl Forwarder {
    fn refuse(&self) -> Auth {
        Auth::Reject { proceed_with_methods: Some(self.asks.methods()), partial_success: false }
    }
}

impl server::Handler for Forwarder {
    type Error = russh::Error;

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, russh::Error> {
        let is_right = self.asks == Asks::Password && (user, password) == ("ada", "right");
        Ok(if is_right { Auth::Accept } else { self.refuse() })
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        _user: &str,
        _submethods: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, russh::Error> {
        let Some(mut answers) = response else {
            let prompts = vec![(Cow::Borrowed("Password: "), false)];
            return Ok(Auth::Partial { name: "".into(), instructions: "".into(), prompts: prompts.into() });
        };
        Ok(if answers.next().is_some_and(|answer| answer == b"right"[..]) { Auth::Accept } else { self.refuse() })
    }

    async fn channel_open_direct_tcpip(
        &mut self,
        channel: Channel<Msg>,
        host: &str,
        port: u32,
        _originator: &str,
        _originator_port: u32,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), russh::Error> {
        let port = u16::try_from(port).unwrap_or_default();
        let Ok(mut target) = TcpStream::connect((host, port)).await else {
            reply.reject(russh::ChannelOpenFailure::ConnectFailed).await;
            return Ok(());
        };
        reply.accept().await;
        self.streams.spawn(async move {
            let mut stream = channel.into_stream();
            // Either end may leave at any time.
            let _ = tokio::io::copy_bidirectional(&mut stream, &mut target).await;
        });
        Ok(())
    }
}
