//! The socket, with or without TLS.

use std::{
    fmt, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, BufReader, ReadBuf},
    net::{TcpStream, UnixStream},
};
use tokio_rustls::client::TlsStream;

use crate::options::{ConnectOptions, Keepalive};

/// An endpoint that a connection was opened to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A TCP socket.
    Tcp(SocketAddr),
    /// A Unix socket's file.
    Unix(PathBuf),
    /// A host and port as the other end of a tunnel knows them.
    #[cfg(feature = "ssh")]
    Tunnel {
        /// The host's name or address.
        host: String,
        /// The port.
        port: u16,
    },
    /// A Unix socket's file at the other end of a tunnel.
    #[cfg(feature = "ssh")]
    TunnelUnix(PathBuf),
}

impl Address {
    /// Whether it is a Unix socket, where TLS does not apply.
    pub(crate) fn is_unix(&self) -> bool {
        match self {
            Self::Unix(_) => true,
            Self::Tcp(_) => false,
            #[cfg(feature = "ssh")]
            Self::TunnelUnix(_) => true,
            #[cfg(feature = "ssh")]
            Self::Tunnel { .. } => false,
        }
    }

    /// Whether what is sent there passes no network, but for the tunnel's.
    pub(crate) fn is_local(&self) -> bool {
        match self {
            Self::Tcp(address) => address.ip().to_canonical().is_loopback(),
            Self::Unix(_) => true,
            #[cfg(feature = "ssh")]
            Self::TunnelUnix(_) => true,
            #[cfg(feature = "ssh")]
            Self::Tunnel { host, .. } => {
                host == "localhost" || host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
            }
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => path.display().fmt(f),
            #[cfg(feature = "ssh")]
            Self::Tunnel { host, port } => write!(f, "{host}:{port} through the SSH server"),
            #[cfg(feature = "ssh")]
            Self::TunnelUnix(path) => write!(f, "{} on the SSH server", path.display()),
        }
    }
}

/// The name of the socket in `directory`.
pub(crate) fn socket_path(directory: &Path, port: u16) -> PathBuf {
    directory.join(format!(".s.PGSQL.{port}"))
}

/// How sockets are opened, for a session and its cancel requests alike.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    keepalive: Option<Keepalive>,
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "only Linux knows it"))]
    user_timeout: Option<Duration>,
    #[cfg(feature = "ssh")]
    pub(crate) tunnel: Option<crate::ssh::Tunnel>,
}

impl Route {
    pub(crate) fn of(options: &ConnectOptions) -> Self {
        Self {
            keepalive: options.keepalive,
            user_timeout: options.tcp_user_timeout,
            #[cfg(feature = "ssh")]
            tunnel: options.tunnel.clone(),
        }
    }

    /// Opens a socket to an address that needs no tunnel.
    pub(crate) async fn open(&self, address: &Address) -> io::Result<Socket> {
        match address {
            Address::Tcp(address) => {
                let stream = TcpStream::connect(address).await?;
                stream.set_nodelay(true)?;
                self.watch(&stream)?;
                Ok(Socket::Tcp(stream))
            }
            Address::Unix(path) => UnixStream::connect(path).await.map(Socket::Unix),
            #[cfg(feature = "ssh")]
            Address::Tunnel { .. } | Address::TunnelUnix(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    fn watch(&self, stream: &TcpStream) -> io::Result<()> {
        let socket = socket2::SockRef::from(stream);
        if let Some(keepalive) = &self.keepalive {
            let probes = socket2::TcpKeepalive::new()
                .with_time(keepalive.idle)
                .with_interval(keepalive.interval)
                .with_retries(keepalive.count);
            socket.set_tcp_keepalive(&probes)?;
        }
        #[cfg(target_os = "linux")]
        if self.user_timeout.is_some() {
            socket.set_tcp_user_timeout(self.user_timeout)?;
        }
        Ok(())
    }
}

/// A connection to a server without TLS.
#[derive(Debug)]
pub(crate) enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
    #[cfg(feature = "ssh")]
    Ssh(Box<crate::ssh::TunnelStream>),
}

/// A connection to a server.
#[derive(Debug)]
pub(crate) enum Transport {
    Plain(Socket),
    Tls(Box<TlsStream<BufReader<Socket>>>),
}

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Unix(stream) => Pin::new(stream).poll_read(cx, buf),
            #[cfg(feature = "ssh")]
            Self::Ssh(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write(cx, buf),
            Self::Unix(stream) => Pin::new(stream).poll_write(cx, buf),
            #[cfg(feature = "ssh")]
            Self::Ssh(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            Self::Unix(stream) => Pin::new(stream).poll_flush(cx),
            #[cfg(feature = "ssh")]
            Self::Ssh(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Unix(stream) => Pin::new(stream).poll_shutdown(cx),
            #[cfg(feature = "ssh")]
            Self::Ssh(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

impl AsyncRead for Transport {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Transport {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_socket_watches_its_peer_as_told() -> io::Result<()> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = Address::Tcp(listener.local_addr()?);
        let mut options = ConnectOptions::new(crate::Host::parse("127.0.0.1"), 1, "d", "u");
        let seconds = Duration::from_secs;
        options.keepalive = Some(Keepalive { idle: seconds(7), interval: seconds(3), count: 2 });
        options.tcp_user_timeout = Some(Duration::from_millis(4500));
        let Socket::Tcp(stream) = Route::of(&options).open(&address).await? else {
            return Err(io::ErrorKind::Unsupported.into());
        };
        let socket = socket2::SockRef::from(&stream);
        assert!(socket.keepalive()? && stream.nodelay()?);
        assert_eq!((socket.tcp_keepalive_time()?, socket.tcp_keepalive_interval()?), (seconds(7), seconds(3)));
        assert_eq!(socket.tcp_keepalive_retries()?, 2);
        assert_eq!(socket.tcp_user_timeout()?, options.tcp_user_timeout);
        Ok(())
    }
}
