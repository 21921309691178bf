//! From an address to a connection, encrypted or not: what sessions and cancel requests have in common.

use std::{future::Future, io, time::Duration};

use bytes::BytesMut;
use postgres_protocol::message::frontend;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, BufReader},
    time::Instant,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::{
    connect_error::{ConnectError, ConnectStep},
    options::SslNegotiation,
    server_error::ProtocolError,
    tls::{ALPN, TlsSetup},
    transport::{Address, Route, Socket},
};

/// When all steps of an attempt must have been taken.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    at: Instant,
    limit: Duration,
}

impl Deadline {
    pub(crate) fn after(limit: Duration) -> Self {
        Self { at: Instant::now() + limit, limit }
    }

    /// Bounds `step`.
    pub(crate) async fn within<T>(
        self,
        step: ConnectStep,
        work: impl Future<Output = Result<T, ConnectError>>,
    ) -> Result<T, ConnectError> {
        match tokio::time::timeout_at(self.at, work).await {
            Ok(result) => result,
            Err(_) => Err(ConnectError::Timeout { step, after: self.limit }),
        }
    }
}

/// Opens a socket, or what stands for one.
pub(crate) async fn open(address: &Address, route: &Route, deadline: Deadline) -> Result<Socket, ConnectError> {
    let failed = |source| ConnectError::Tcp { address: address.clone(), source };
    #[cfg(feature = "ssh")]
    if let (Address::Tunnel { .. } | Address::TunnelUnix(_), Some(tunnel)) = (address, &route.tunnel) {
        let link = async { tunnel.open().await.map_err(ConnectError::Tunnel) };
        // An SSH connection's state is large.
        let link = Box::pin(deadline.within(ConnectStep::Tunnel, link)).await?;
        let forward = async { link.forward(address).await.map_err(failed) };
        let stream = deadline.within(ConnectStep::Tcp, forward).await?;
        return Ok(Socket::Ssh(Box::new(stream)));
    }
    deadline.within(ConnectStep::Tcp, async { route.open(address).await.map_err(failed) }).await
}

/// What became of the wish for TLS.
pub(crate) enum Negotiated {
    Tls(Box<TlsStream<BufReader<Socket>>>),
    /// The server has none; the connection goes on without.
    Refused(Socket),
}

/// Begins TLS on a fresh socket.
pub(crate) async fn start_tls(
    mut stream: Socket,
    setup: &TlsSetup,
    negotiation: SslNegotiation,
    deadline: Deadline,
) -> Result<Negotiated, ConnectError> {
    deadline
        .within(ConnectStep::Tls, async {
            if negotiation == SslNegotiation::Postgres && !request_tls(&mut stream).await? {
                return Ok(Negotiated::Refused(stream));
            }
            let connector = TlsConnector::from(setup.config.clone());
            let stream = connector
                .connect(setup.server_name.clone(), BufReader::with_capacity(TLS_READ, stream))
                .await
                .map_err(|source| ConnectError::Tls { source })?;
            // Without it another protocol's server could be made to read what is meant for PostgreSQL.
            if negotiation == SslNegotiation::Direct && stream.get_ref().1.alpn_protocol() != Some(ALPN) {
                let source = io::Error::other("the server did not confirm the protocol `postgresql`");
                return Err(ConnectError::Tls { source });
            }
            Ok(Negotiated::Tls(Box::new(stream)))
        })
        .await
}

/// How much ciphertext one read takes; rustls by itself asks for little more than a record.
const TLS_READ: usize = 64 * 1024;

/// Sends an SSLRequest. Only the one byte of its answer is read: what else came is the handshake's or an attack.
async fn request_tls(stream: &mut Socket) -> Result<bool, ConnectError> {
    let closed = |source| ConnectError::Closed { step: ConnectStep::Tls, source: Some(source) };
    let mut request = BytesMut::new();
    frontend::ssl_request(&mut request);
    stream.write_all(&request).await.map_err(closed)?;
    match stream.read_u8().await.map_err(closed)? {
        b'S' => Ok(true),
        b'N' => Ok(false),
        // An error's text is not shown: nobody has been authenticated yet (CVE-2024-10977).
        _ => Err(ConnectError::Protocol {
            step: ConnectStep::Tls,
            source: ProtocolError::new("the server answered the request for TLS with something else"),
        }),
    }
}
