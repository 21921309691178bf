//! A session with a PostgreSQL server: statements in, a stream of events out.

mod event;
mod kept;
mod mode;
mod read_only;

use std::{
    collections::{BTreeMap, VecDeque},
    io,
    time::Duration,
};

use bytes::BytesMut;
use postgres_protocol::{
    IsNull,
    message::{
        backend::{ERROR_RESPONSE_TAG, Message, NOTICE_RESPONSE_TAG},
        frontend,
    },
};
use tokio::time::{Instant, timeout, timeout_at};

pub use event::{Column, Event, TransactionStatus};
pub use mode::TransactionMode;

use crate::split::Strings;
use crate::{
    Canceller,
    framing::Frame,
    message::{columns, parse, transaction_status},
    options::ProtocolVersion,
    server_error::{ProtocolError, ServerError},
    startup::Started,
    tls::TlsInfo,
    wire::{Wire, WireError},
};

/// What a `COPY … FROM STDIN` is answered with.
const NO_COPY_IN: &str =
    "there is no data for COPY FROM STDIN in this console: use INSERT, or COPY from a file of the server";

/// How long the last words of either side may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// One connection to a PostgreSQL server.
///
/// Nothing is read from the socket unless [`Session::next_event`] is awaited: a caller that does not ask makes
/// PostgreSQL wait, and no memory grows. Dropping a session closes its socket; a statement that runs then goes on until
/// it next writes to the socket, so cancel it first ([`Session::canceller`]).
#[derive(Debug)]
pub struct Session {
    wire: Wire,
    canceller: Canceller,
    tls: Option<TlsInfo>,
    protocol_version: ProtocolVersion,
    backend_pid: i32,
    parameters: BTreeMap<String, String>,
    status: TransactionStatus,
    /// Events of the login that nobody has seen yet.
    pending: VecDeque<Event>,
    statement: Statement,
    /// When the rows gathered so far are passed on at the latest.
    deadline: Option<Instant>,
    /// What the server said before it closed the connection.
    last_words: Option<Box<ServerError>>,
    closed: bool,
    /// There where nothing may be written.
    read_only: Option<read_only::ReadOnly>,
    /// Statements that the server keeps ready.
    kept: kept::Kept,
}

/// What runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Statement {
    Nothing,
    Simple,
    Extended,
    /// What makes a transaction read only before the statement.
    Entering,
    /// The end of a statement's own read-only transaction.
    Leaving,
}

/// Why a session cannot go on, or a statement cannot be sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// The connection is gone. What PostgreSQL said last, such as 57P01, when it said something.
    #[error("the connection to the server is closed")]
    Closed {
        /// PostgreSQL's reason.
        reason: Option<Box<ServerError>>,
        /// The system's.
        source: Option<io::Error>,
    },
    /// The server broke the protocol. The session is closed.
    #[error("the server broke the protocol")]
    Protocol(#[from] ProtocolError),
    /// Another statement runs. Nothing was sent.
    #[error("a statement is running")]
    Busy,
    /// The text or a parameter holds a zero byte or is too long. Nothing was sent.
    #[error("the statement cannot be sent: {0}")]
    Unsendable(io::Error),
}

impl SessionError {
    /// What PostgreSQL said last.
    #[must_use]
    pub fn server(&self) -> Option<&ServerError> {
        match self {
            Self::Closed { reason, .. } => reason.as_deref(),
            Self::Protocol(_) | Self::Busy | Self::Unsendable(_) => None,
        }
    }
}

impl Session {
    pub(crate) fn new(wire: Wire, started: Started, tls: Option<TlsInfo>, canceller: Canceller) -> Self {
        Self {
            wire,
            canceller,
            tls,
            protocol_version: started.version,
            backend_pid: started.backend_pid,
            parameters: started.parameters,
            status: started.status,
            pending: started.notices,
            statement: Statement::Nothing,
            deadline: None,
            last_words: None,
            closed: false,
            read_only: None,
            kept: kept::Kept::default(),
        }
    }

    /// What cancels this session's statements.
    #[must_use]
    pub fn canceller(&self) -> Canceller {
        self.canceller.clone()
    }

    /// The process that serves this session, as in `pg_stat_activity`.
    #[must_use]
    pub fn backend_pid(&self) -> i32 {
        self.backend_pid
    }

    /// A setting that PostgreSQL reports (manual, 54.2.7).
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }

    /// What a backslash is in its strings now.
    #[must_use]
    pub fn strings(&self) -> Strings {
        match self.parameter("standard_conforming_strings") {
            Some("off") => Strings::Escaping,
            // A pooler may not tell.
            _ => Strings::Standard,
        }
    }

    /// `server_version`, such as `18.4`; empty where a pooler does not tell.
    #[must_use]
    pub fn server_version(&self) -> &str {
        self.parameter("server_version").unwrap_or_default()
    }

    /// The protocol that was agreed upon.
    #[must_use]
    pub fn protocol_version(&self) -> ProtocolVersion {
        self.protocol_version
    }

    /// How the connection is encrypted, if it is.
    #[must_use]
    pub fn tls(&self) -> Option<&TlsInfo> {
        self.tls.as_ref()
    }

    /// The transaction's state when the last statement ended.
    #[must_use]
    pub fn transaction_status(&self) -> TransactionStatus {
        self.status
    }

    /// Whether a statement runs: its [`Event::Ready`] has not come yet.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.statement != Statement::Nothing
    }

    /// Sends statements by the simple protocol. Their events, the last of them [`Event::Ready`], come from
    /// [`Session::next_event`]. After [`Session::forbid_writes`] a single statement is taken.
    ///
    /// If the future is dropped, the rest is sent by `next_event`.
    ///
    /// # Errors
    ///
    /// [`SessionError::Busy`], [`SessionError::Unsendable`] and [`SessionError::Closed`].
    pub async fn start_simple(&mut self, sql: &str) -> Result<(), SessionError> {
        if self.forbids_writes() {
            // The extended protocol takes no second statement.
            return self.start_extended(sql, &[]).await;
        }
        self.put_together(Statement::Simple, |message| frontend::query(sql, message))?;
        self.send().await
    }

    /// Sends one statement with parameters by the extended protocol; parameters and results are text.
    ///
    /// If the future is dropped, the rest is sent by `next_event`.
    ///
    /// # Errors
    ///
    /// As [`Session::start_simple`].
    pub async fn start_extended(&mut self, sql: &str, parameters: &[Option<&str>]) -> Result<(), SessionError> {
        self.start_typed(sql, &[], parameters).await
    }

    /// As [`Session::start_extended`], with the types of the parameters (`pg_type.oid`); 0, or none at the end: as the
    /// statement wants it.
    ///
    /// # Errors
    ///
    /// As [`Session::start_simple`].
    pub async fn start_typed(
        &mut self,
        sql: &str,
        types: &[u32],
        parameters: &[Option<&str>],
    ) -> Result<(), SessionError> {
        self.put_together(Statement::Extended, |messages| {
            frontend::parse("", sql, types.iter().copied(), messages)?;
            bind("", parameters, messages)?;
            frontend::describe(b'P', "", messages)?;
            frontend::execute("", 0, messages)?;
            frontend::sync(messages);
            Ok(())
        })?;
        self.hold_back(sql);
        self.send().await
    }

    /// Asks for the columns of one statement without running it: its events are [`Event::Columns`], or nothing where it
    /// has no result, and [`Event::Ready`].
    ///
    /// If the future is dropped, the rest is sent by `next_event`.
    ///
    /// # Errors
    ///
    /// As [`Session::start_simple`].
    pub async fn start_describe(&mut self, sql: &str) -> Result<(), SessionError> {
        self.put_together(Statement::Extended, |messages| {
            frontend::parse("", sql, [], messages)?;
            frontend::describe(b'S', "", messages)?;
            frontend::sync(messages);
            Ok(())
        })?;
        self.send().await
    }

    fn put_together(
        &mut self,
        statement: Statement,
        write: impl FnOnce(&mut BytesMut) -> io::Result<()>,
    ) -> Result<(), SessionError> {
        if self.closed {
            return Err(self.closed_error(None));
        }
        if self.is_busy() {
            return Err(SessionError::Busy);
        }
        let mut messages = BytesMut::new();
        write(&mut messages).map_err(SessionError::Unsendable)?;
        *self.wire.outgoing() = messages;
        self.statement = statement;
        Ok(())
    }

    async fn send(&mut self) -> Result<(), SessionError> {
        match self.wire.flush().await {
            Ok(()) => Ok(()),
            // The server may have said why it left before it did.
            Err(error) => Err(self.hear_out(error).await),
        }
    }

    /// Bounds how many more rows are passed on; `None`: all. Called between statements it is for the next one. It is
    /// lifted when nothing runs any more. Rows that have been gathered already are not held back.
    pub fn limit_rows(&mut self, remaining: Option<u64>) {
        self.wire.framing.limit_rows(remaining);
    }

    /// Asks that rows of the next statement that are too long to be passed on at once come in parts
    /// ([`Event::RowPart`]), up to [`crate::Limits::divided_row_bytes`], and are not cut. It is lifted when nothing runs
    /// any more.
    pub fn divide_rows(&mut self) {
        self.wire.framing.divide_rows();
    }

    /// Asks that a COPY … TO STDOUT of the next statement, in text or CSV, comes as a result of one column: a row for each
    /// line, without its newline. It is lifted when nothing runs any more.
    pub fn copy_lines(&mut self) {
        self.wire.framing.copy_lines();
    }

    /// Reads and drops the running statement's further rows, or COPY data. They are counted in [`Event::Complete`].
    pub fn discard_rows(&mut self) {
        self.deadline = None;
        self.wire.framing.discard_rows();
    }

    /// Waits for what happens next; between statements that is a notice, a setting, a notification, or the end of the
    /// connection.
    ///
    /// Cancel safe: dropping the future loses nothing.
    ///
    /// # Errors
    ///
    /// [`SessionError::Closed`] and [`SessionError::Protocol`]; the session is then of no further use.
    pub async fn next_event(&mut self) -> Result<Event, SessionError> {
        if let Some(event) = self.pending.pop_front() {
            return Ok(event);
        }
        if self.closed {
            return Err(self.closed_error(None));
        }
        self.send().await?;
        loop {
            let frame = match self.wire.framing.next() {
                Ok(Some(frame)) => Some(frame),
                Ok(None) => self.wait().await?,
                Err(error) => return Err(self.protocol_error(error)),
            };
            let Some(frame) = frame else {
                continue;
            };
            self.deadline = None;
            match self.event(frame) {
                Ok(Some(event)) if self.is_own(&event) => {}
                Ok(Some(event)) => return Ok(event),
                Ok(None) => self.send().await?,
                Err(error) => return Err(error),
            }
        }
    }

    /// Reads more, or passes on what has waited long enough.
    async fn wait(&mut self) -> Result<Option<Frame>, SessionError> {
        let delay = self.wire.framing.limits().batch_delay;
        let read = if self.wire.framing.has_gathered() {
            let deadline = *self.deadline.get_or_insert_with(|| Instant::now() + delay);
            match timeout_at(deadline, self.wire.read()).await {
                // A server that trickles without a pause must not put the deadline off.
                Ok(read) if read.is_err() || Instant::now() < deadline => read,
                _ => return Ok(self.wire.framing.flush()),
            }
        } else if self.is_busy() && self.wire.framing.limit_is_reached() {
            // Whether more rows follow shows soon, or else it does not matter.
            match timeout(delay, self.wire.read()).await {
                Ok(read) => read,
                Err(_) => return Ok(Some(Frame::LimitReached)),
            }
        } else {
            self.wire.read().await
        };
        match read {
            Ok(()) => Ok(None),
            // What came before the end is still worth having.
            Err(WireError::Closed(source)) => match self.wire.framing.flush() {
                Some(frame) => Ok(Some(frame)),
                None => Err(self.closed_error(source)),
            },
            Err(WireError::Protocol(error)) => Err(self.protocol_error(error)),
        }
    }

    fn event(&mut self, frame: Frame) -> Result<Option<Event>, SessionError> {
        let message = match frame {
            Frame::Rows(batch) => return Ok(Some(Event::Rows(batch))),
            Frame::RowPart { bytes, is_last } => return Ok(Some(Event::RowPart { bytes, is_last })),
            Frame::CopyData(data) => return Ok(Some(Event::CopyOut(data))),
            Frame::LimitReached => return Ok(Some(Event::LimitReached)),
            Frame::Message(message) => message,
        };
        match message[0] {
            ERROR_RESPONSE_TAG => {
                let error = Box::new(ServerError::parse(&message[5..]));
                self.wire.framing.end_statement();
                if error.is_fatal() {
                    self.last_words = Some(error);
                    return Err(self.closed_error(None));
                }
                return Ok(Some(Event::Error(error)));
            }
            NOTICE_RESPONSE_TAG => {
                let notice = Box::new(ServerError::parse(&message[5..]));
                // When another backend crashes, a warning (57P02) is all that precedes the end.
                if notice.code.starts_with("57P") {
                    self.last_words = Some(notice.clone());
                }
                return Ok(Some(Event::Notice(notice)));
            }
            _ => {}
        }
        let event = parse(message).and_then(|message| self.message_event(message));
        event.map_err(|error| self.protocol_error(error))
    }

    fn message_event(&mut self, message: Message) -> Result<Option<Event>, ProtocolError> {
        Ok(Some(match message {
            Message::RowDescription(body) => Event::Columns(columns(&body)?),
            Message::CommandComplete(body) => {
                Event::Complete { tag: body.tag()?.to_owned(), discarded_rows: self.wire.framing.end_statement() }
            }
            Message::EmptyQueryResponse => Event::EmptyQuery,
            Message::ReadyForQuery(body) => {
                self.status = transaction_status(body.status())?;
                if self.go_on() {
                    return Ok(None);
                }
                self.statement = Statement::Nothing;
                self.wire.framing.end_statement();
                self.wire.framing.rest();
                Event::Ready(self.status)
            }
            Message::ParameterStatus(body) => {
                let (name, value) = (body.name()?.to_owned(), body.value()?.to_owned());
                self.parameters.insert(name.clone(), value.clone());
                Event::Parameter { name, value }
            }
            Message::NotificationResponse(body) => Event::Notification {
                channel: body.channel()?.to_owned(),
                payload: body.message()?.to_owned(),
                backend_pid: body.process_id(),
            },
            Message::CopyOutResponse(_) if self.wire.framing.copies_lines() => Event::Columns(vec![Column::of_lines()]),
            Message::CopyOutResponse(body) => Event::CopyOutBegins { binary: body.format() == 1 },
            Message::CopyInResponse(_) => {
                let extended = self.statement == Statement::Extended;
                let outgoing = self.wire.outgoing();
                frontend::copy_fail(NO_COPY_IN, outgoing)?;
                if extended {
                    // The server ignores the Sync that it reads during the COPY (manual, 54.2.3).
                    frontend::sync(outgoing);
                }
                Event::CopyInRefused
            }
            Message::ParseComplete
            | Message::BindComplete
            | Message::CloseComplete
            | Message::NoData
            | Message::PortalSuspended
            | Message::CopyDone => return Ok(None),
            _ => return Err(ProtocolError::new("a message of the login in the middle of a session")),
        }))
    }

    /// A write failed: reads to the end what the server had said.
    async fn hear_out(&mut self, error: io::Error) -> SessionError {
        let rest = async {
            loop {
                self.wire.framing.discard_rows();
                match self.wire.framing.next() {
                    Ok(Some(frame)) => {
                        if let Err(error) = self.event(frame) {
                            return Some(error);
                        }
                    }
                    Ok(None) => {
                        if self.wire.read().await.is_err() {
                            return None;
                        }
                    }
                    Err(_) => return None,
                }
            }
        };
        match timeout(FAREWELL, rest).await {
            Ok(Some(closed @ SessionError::Closed { .. })) => closed,
            _ => self.closed_error(Some(error)),
        }
    }

    fn closed_error(&mut self, source: Option<io::Error>) -> SessionError {
        self.closed = true;
        SessionError::Closed { reason: self.last_words.clone(), source }
    }

    fn protocol_error(&mut self, error: ProtocolError) -> SessionError {
        self.closed = true;
        SessionError::Protocol(error)
    }

    /// Ends the session in order. A statement that runs is not cancelled.
    pub async fn close(mut self) {
        frontend::terminate(self.wire.outgoing());
        // Whoever closes does not care how the other side takes it.
        let farewell = async {
            self.wire.flush().await?;
            self.wire.shutdown().await
        };
        let _: Result<io::Result<()>, _> = timeout(FAREWELL, farewell).await;
    }
}

/// Binds parameters, as text, to a statement of the server's.
fn bind(statement: &str, parameters: &[Option<&str>], messages: &mut BytesMut) -> io::Result<()> {
    let serialize = |value: &Option<&str>, messages: &mut BytesMut| match value {
        Some(value) => {
            messages.extend_from_slice(value.as_bytes());
            Ok(IsNull::No)
        }
        None => Ok(IsNull::Yes),
    };
    frontend::bind("", statement, [], parameters, serialize, [], messages).map_err(|error| match error {
        frontend::BindError::Serialization(error) => error,
        frontend::BindError::Conversion(error) => io::Error::other(error),
    })
}
