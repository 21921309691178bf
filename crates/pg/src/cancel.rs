//! Cancelling a running statement from outside its session.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{
    connect_error::{ConnectError, ConnectStep},
    dial::{self, Deadline, Negotiated},
    options::{ConnectOptions, SslNegotiation},
    startup::cancel_request,
    tls::TlsSetup,
    transport::{Address, Route, Transport},
};

/// Cancels what a session runs. Outlives the session; then it does nothing.
#[derive(Debug, Clone)]
pub struct Canceller(Arc<Target>);

#[derive(Debug)]
struct Target {
    address: Address,
    route: Route,
    tls: Option<TlsSetup>,
    negotiation: SslNegotiation,
    timeout: Duration,
    backend_pid: i32,
    key: Bytes,
}

impl Canceller {
    pub(crate) fn new(
        address: Address,
        tls: Option<TlsSetup>,
        options: &ConnectOptions,
        backend_pid: i32,
        key: Bytes,
    ) -> Self {
        Self(Arc::new(Target {
            address,
            route: Route::of(options),
            tls,
            negotiation: options.ssl.negotiation,
            timeout: options.connect_timeout,
            backend_pid,
            key,
        }))
    }

    /// Asks the server to cancel, by a new connection to the session's address. It is encrypted if the session is,
    /// and the server's certificate must pass the same checks.
    ///
    /// Returns when the server has taken the request. PostgreSQL never tells whether something was cancelled: the
    /// running statement fails with SQLSTATE 57014, or has ended before.
    ///
    /// # Errors
    ///
    /// When the request could not be delivered.
    pub async fn cancel(&self) -> Result<(), ConnectError> {
        let target = &*self.0;
        let deadline = Deadline::after(target.timeout);
        let socket = dial::open(&target.address, &target.route, deadline).await?;
        let mut transport = match &target.tls {
            None => Transport::Plain(socket),
            Some(setup) => match dial::start_tls(socket, setup, target.negotiation, deadline).await? {
                Negotiated::Tls(stream) => Transport::Tls(stream),
                Negotiated::Refused(_) => return Err(ConnectError::ServerRefusesTls),
            },
        };
        deadline
            .within(ConnectStep::Startup, async {
                let request = cancel_request(target.backend_pid, &target.key);
                let sent = async {
                    transport.write_all(&request).await?;
                    transport.flush().await
                };
                sent.await
                    .map_err(|source| ConnectError::Closed { step: ConnectStep::Startup, source: Some(source) })?;
                // The server answers by closing, once the signal is sent; how it closes says nothing more.
                let mut byte = [0];
                while transport.read(&mut byte).await.is_ok_and(|read| read > 0) {}
                Ok(())
            })
            .await
    }
}
