//! Talks to PostgreSQL servers: sessions, streams of rows, cancelling, the catalogue.
//!
//! [`connect()`] opens a [`Session`]. A statement is sent with [`Session::start_simple`] or
//! [`Session::start_extended`] and told by [`Session::next_event`]: columns, batches of rows, notices, errors, in the
//! order in which PostgreSQL sent them, up to [`Event::Ready`]. Rows are never parsed on the way: a [`RowBatch`] is a
//! piece of the read buffer.
//!
//! The crate knows PostgreSQL's protocol, types, catalogue and SQL's words; it knows nothing of people, HTTP or the
//! console's store.

mod cancel;
pub mod catalog;
mod certificate;
mod connect;
pub mod csv;
mod dial;
mod framing;
mod keywords;
mod large_row;
mod message;
mod options;
mod query;
pub mod quote;
mod server_error;
mod session;
pub mod split;
mod startup;
mod tls;
mod transport;
pub mod types;
pub mod value;
mod wire;

pub use crate::{
    cancel::Canceller,
    connect::{ConnectError, ConnectEvent, ConnectStep, Observer, connect},
    framing::Limits,
    keywords::OptionsError,
    options::{
        Authentication, AuthenticationMethod, ChannelBinding, ClientIdentity, ConnectOptions, Host, Keepalive,
        ProtocolVersion, RootCertificates, SslMode, SslNegotiation, SslOptions,
    },
    query::{QueryError, Rows},
    server_error::{ProtocolError, ServerError},
    session::{Column, Event, Session, SessionError, TransactionStatus},
    tls::{CertificateVerification, TlsInfo},
    transport::Address,
    value::{Row, RowBatch, Value},
};
