//! An SSH server that takes a password: OpenSSH's asks the system for those of its users, and a test has none there.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use ring::rand::{SecureRandom, SystemRandom};
use russh::keys::PrivateKey;
use russh::keys::ssh_key::private::{Ed25519Keypair, KeypairData};
use russh::server::{Auth, ChannelOpenHandle, Config, Handler, Msg, Session, run_stream};
use russh::{Channel, MethodKind, MethodSet};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// Whom it knows.
pub const SSH_USER: &str = "jumper";
/// And their password.
pub const SSH_PASSWORD: &str = "opens the tunnel";

/// An SSH server on a port of its own, which lets one person through to this machine.
pub struct PasswordSshServer {
    port: u16,
    host_key: String,
    connections: JoinHandle<()>,
}

impl Drop for PasswordSshServer {
    fn drop(&mut self) {
        self.connections.abort();
    }
}

impl PasswordSshServer {
    /// Starts it.
    ///
    /// # Errors
    /// When there is no port or no randomness.
    pub async fn start() -> Result<Self> {
        let mut seed = [0; 32];
        SystemRandom::new().fill(&mut seed).ok().context("no random bytes")?;
        let key = PrivateKey::new(KeypairData::Ed25519(Ed25519Keypair::from_seed(&seed)), "host")?;
        let host_key = key.public_key().to_openssh()?;
        let config = Arc::new(Config {
            keys: vec![key],
            methods: MethodSet::from(&[MethodKind::Password][..]),
            auth_rejection_time: Duration::ZERO,
            ..Config::default()
        });
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let connections = tokio::spawn(async move {
            // They end with the server.
            let mut sessions = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let config = Arc::clone(&config);
                sessions.spawn(async move {
                    if let Ok(session) = run_stream(config, stream, Doorkeeper).await {
                        drop(session.await);
                    }
                });
            }
        });
        Ok(Self { port, host_key, connections })
    }

    /// Where it listens, on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its public key, as a client must know it.
    #[must_use]
    pub fn host_key(&self) -> &str {
        &self.host_key
    }
}

struct Doorkeeper;

impl Handler for Doorkeeper {
    type Error = anyhow::Error;

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth> {
        Ok(if user == SSH_USER && password == SSH_PASSWORD { Auth::Accept } else { Auth::reject() })
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
    ) -> Result<()> {
        let target = format!("{host}:{port}");
        reply.accept().await;
        tokio::spawn(async move {
            if let Ok(mut stream) = TcpStream::connect(target).await {
                drop(tokio::io::copy_bidirectional(&mut channel.into_stream(), &mut stream).await);
            }
        });
        Ok(())
    }
}
