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
mod connect_error;
pub mod copy_text;
pub mod csv;
pub mod ddl;
mod dial;
mod framing;
mod keywords;
mod large_row;
mod message;
pub mod nature;
mod oauth;
mod options;
mod pass_file;
pub mod placeholders;
pub mod psql;
mod query;
pub mod quote;
mod server_error;
mod service_file;
mod session;
pub mod split;
#[cfg(feature = "ssh")]
pub mod ssh;
mod startup;
pub mod table;
mod target;
mod tls;
mod transport;
pub mod types;
pub mod value;
mod wire;

pub use crate::{
    cancel::Canceller,
    connect::{ConnectEvent, Observer, connect},
    connect_error::{ConnectError, ConnectStep, HostFailure},
    framing::Limits,
    keywords::OptionsError,
    oauth::{IssuerComparison, OAuthRefusal},
    options::{
        Authentication, AuthenticationMethod, ChannelBinding, ClientIdentity, ConnectOptions, Endpoint, Host,
        HostOrder, Keepalive, ProtocolVersion, RootCertificates, SslMode, SslNegotiation, SslOptions, TargetSession,
        TlsVersion,
    },
    pass_file::PassFile,
    query::{QueryError, Rows},
    server_error::{ProtocolError, ServerError},
    service_file::{ServiceFileError, service},
    session::{Column, Event, Session, SessionError, TransactionMode, TransactionStatus},
    tls::{CertificateVerification, TlsInfo},
    transport::Address,
    value::{Row, RowBatch, Value},
};
