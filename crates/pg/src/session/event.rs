//! What a session tells of.

use bytes::Bytes;

#[cfg(doc)]
use super::Session;
use crate::{RowBatch, server_error::ServerError};

/// `pg_type.oid` of `text`.
const TEXT: u32 = 25;

/// What happens in a session, in the order in which PostgreSQL told it.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// A result begins.
    Columns(Vec<Column>),
    /// Rows of the result.
    Rows(RowBatch),
    /// The next bytes of a row that [`Session::divide_rows`] divides: together they are its DataRow, byte for byte. No
    /// rows come between them; the row is void where something else does.
    RowPart {
        /// At most [`crate::Limits::batch_bytes`].
        bytes: Bytes,
        /// Whether the row has ended.
        is_last: bool,
    },
    /// The rows that [`Session::limit_rows`] allowed have come, and more may follow. Comes again until the limit is
    /// raised or the rest is discarded.
    LimitReached,
    /// A `COPY … TO STDOUT` begins whose data comes as it is.
    CopyOutBegins {
        /// Whether its format is binary.
        binary: bool,
    },
    /// Its data, cut anywhere.
    CopyOut(Bytes),
    /// The server wanted data for a `COPY … FROM STDIN` and was told that there is none. An [`Event::Error`] follows.
    CopyInRefused,
    /// A statement has ended.
    Complete {
        /// The command tag, such as `INSERT 0 212`.
        tag: String,
        /// Rows dropped because of [`Session::discard_rows`].
        discarded_rows: u64,
    },
    /// There was no statement in the text.
    EmptyQuery,
    /// The statement failed. The session goes on.
    Error(Box<ServerError>),
    /// A notice or warning.
    Notice(Box<ServerError>),
    /// A setting has changed.
    Parameter {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
    },
    /// A NOTIFY on a channel that the session listens to.
    Notification {
        /// The channel.
        channel: String,
        /// The payload.
        payload: String,
        /// The process that notified.
        backend_pid: i32,
    },
    /// Nothing runs any more.
    Ready(TransactionStatus),
}

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// `pg_type.oid`.
    pub type_oid: u32,
    /// `atttypmod`, or -1.
    pub type_modifier: i32,
    /// The table that it comes from, or 0.
    pub table_oid: u32,
    /// Its number there, or 0.
    pub attribute_number: i16,
}

impl Column {
    /// That of the lines of a COPY ([`Session::copy_lines`]).
    #[must_use]
    pub fn of_lines() -> Self {
        Self { name: "copy".to_owned(), type_oid: TEXT, type_modifier: -1, table_oid: 0, attribute_number: 0 }
    }
}

/// The state of the transaction, from ReadyForQuery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransactionStatus {
    /// None is open.
    Idle,
    /// One is open.
    InTransaction,
    /// One is open and takes only a rollback.
    Failed,
}
