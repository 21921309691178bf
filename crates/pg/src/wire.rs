//! A connection that sends whole messages and receives frames.

use std::io;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{
    Limits,
    framing::{Frame, Framing},
    server_error::ProtocolError,
    transport::Transport,
};

/// See the module. Every method is cancel safe: what was read or is still to be written is kept here.
#[derive(Debug)]
pub(crate) struct Wire {
    transport: Transport,
    outgoing: BytesMut,
    /// Whether something was written that may still stand in TLS's own buffer.
    unflushed: bool,
    pub(crate) framing: Framing,
}

/// Why no frame came.
#[derive(Debug)]
pub(crate) enum WireError {
    /// The stream ended; with an error unless it ended in order.
    Closed(Option<io::Error>),
    Protocol(ProtocolError),
}

impl From<ProtocolError> for WireError {
    fn from(error: ProtocolError) -> Self {
        Self::Protocol(error)
    }
}

impl Wire {
    pub(crate) fn new(transport: Transport, limits: Limits) -> Self {
        Self { transport, outgoing: BytesMut::new(), unflushed: false, framing: Framing::new(limits) }
    }

    /// Where messages are put together; [`Wire::flush`] sends them.
    pub(crate) fn outgoing(&mut self) -> &mut BytesMut {
        &mut self.outgoing
    }

    /// Sends what has been put together.
    pub(crate) async fn flush(&mut self) -> io::Result<()> {
        while self.outgoing.has_remaining() {
            if self.transport.write_buf(&mut self.outgoing).await? == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            self.unflushed = true;
        }
        if self.unflushed {
            self.transport.flush().await?;
            self.unflushed = false;
            // A long statement's text should not stay for as long as the session.
            self.outgoing = BytesMut::new();
        }
        Ok(())
    }

    /// Reads once.
    ///
    /// # Errors
    ///
    /// [`WireError::Closed`] at the end of the stream.
    pub(crate) async fn read(&mut self) -> Result<(), WireError> {
        let space = self.framing.space();
        match self.transport.read_buf(space).await {
            Ok(0) => Err(WireError::Closed(None)),
            Ok(_) => {
                self.framing.filled();
                Ok(())
            }
            // How rustls tells that the peer left without a close_notify, as PostgreSQL does when it dies.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(WireError::Closed(None)),
            Err(error) => Err(WireError::Closed(Some(error))),
        }
    }

    /// The next message, where there can be no rows.
    pub(crate) async fn message(&mut self) -> Result<BytesMut, WireError> {
        loop {
            match self.framing.next()? {
                Some(Frame::Message(message)) => return Ok(message),
                None if !self.framing.has_gathered() => self.read().await?,
                _ => return Err(ProtocolError::new("rows before any statement").into()),
            }
        }
    }

    /// Says good-bye to the socket.
    pub(crate) async fn shutdown(&mut self) -> io::Result<()> {
        self.transport.shutdown().await
    }
}
