//! One query session: one PostgreSQL connection, and the sockets of a page one after another. The protocol is in
//! `docs/query-protocol.md`.
//!
//! The *session's* task owns the connection and the sending half of the socket (`link.rs`); a *reader* (`reader.rs`) takes
//! messages from the page, so that a cancel is heard while rows are being sent. A page that closes its socket ends both,
//! its running statement cancelled; when the network fails the session waits for the page to come back, and a connection
//! to PostgreSQL that is lost closes the socket with a reason.

mod advice;
mod cancelling;
mod link;
mod locking;
mod meta;
mod open_transaction;
mod pieces;
mod questions;
mod reader;
mod search_path;
mod statement;
mod time_limit;
mod transaction;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use bytes::Bytes;
use howdah_pg::{Event, Session, SessionError, TransactionStatus};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::audit::{self, Audit};
use crate::connect::{AccountEnded, Connection, lost_connection};
use crate::draining::Draining;
use crate::error::{ApiError, Code};
use crate::history::{History, Place};
use crate::live::{LiveServer, Tracked};
use crate::script::{self, Script, ScriptError};
use crate::wire::{RunOutcome, ServerMessage};
use link::{Arrival, Introduction, Link, LinkEvent};
use pieces::Rows;
pub use reader::NoteUse;
use reader::{Command, Run, Shared};
use statement::Progress;

/// A window's rows come in so many pieces at least.
const PIECES: u64 = 4;
/// Messages that may wait while a statement runs.
const QUEUE: usize = 8;
/// Pages that may be coming back to one session at the same moment.
const ARRIVALS: usize = 4;
/// For so long it is tried to say goodbye.
const FAREWELL_TIMEOUT: Duration = Duration::from_secs(5);
/// Why a session ended.
enum End {
    /// The page has closed it, or did not come back.
    Client,
    /// The server is being stopped, and nothing runs here or nothing may any more.
    Draining,
    /// The connection to PostgreSQL is lost.
    Database(SessionError),
    /// The role that was made for this person is dropped.
    Account,
}

/// The way back to a session for a page whose socket was lost.
#[derive(Clone)]
pub struct Door {
    arrivals: mpsc::Sender<Arrival>,
    database: String,
}

impl Door {
    /// The database that the session is in.
    #[must_use]
    pub fn database(&self) -> &str {
        &self.database
    }

    /// Hands the session another socket; the one before is closed. `received` is the number of the last frame that the
    /// page took in, `None` when it was loaded anew. False when the session has ended meanwhile.
    pub async fn enter(&self, socket: WebSocket, received: Option<u64>, note_use: NoteUse) -> bool {
        self.arrivals.send(Arrival { socket, early: None, received, note_use }).await.is_ok()
    }
}

/// Where a page finds a session again, and for how long.
#[derive(Debug, Clone)]
pub struct Address {
    /// Its name.
    pub session_id: String,
    /// The name of this process among several.
    pub replica: String,
    /// For so long it waits for its page.
    pub grace: Duration,
}

/// What a session needs beside its socket and its connection.
pub struct Surroundings {
    /// Knows the way back to it.
    pub live: Arc<LiveServer>,
    /// Whether the server is being stopped.
    pub draining: Draining,
    /// Names it to a page that comes back.
    pub address: Address,
    /// Where statements are written down.
    pub audit: Audit,
    /// What the events of all statements have in common.
    pub event: audit::Event,
    /// What their person finds again, and under what.
    pub history: (History, Place),
}

/// Runs a session until the page or PostgreSQL ends it. It also ends with the person's sign-in, when the server is
/// disconnected, and when an administrator closes it. `early` is what the page has said before it was connected;
/// `note_use` is called when the person does something.
pub async fn serve(
    (socket, early): (WebSocket, Option<Message>),
    connection: Connection,
    surroundings: Surroundings,
    note_use: NoteUse,
) {
    let Surroundings { live, draining, address, audit, event, history } = surroundings;
    let (sender, commands) = mpsc::channel(QUEUE);
    let (arrivals, arriving) = mpsc::channel(ARRIVALS);
    let shared = Arc::new(Shared::new(connection.session.canceller()));
    let first = Arrival { socket, early, received: None, note_use };
    let door = Door { arrivals, database: connection.greeting.database.clone() };
    let _kept = live.keep_door(address.session_id.clone(), door);
    let mut tracked = connection.tracked;
    let link = Link::new(
        first,
        arriving,
        sender,
        Arc::clone(&shared),
        Introduction { greeting: connection.greeting, address },
        (tracked.take_hold(), draining.clone()),
    );
    let mut session = QuerySession {
        link,
        database: connection.session,
        account_ended: connection.account_ended,
        commands,
        shared,
        draining,
        tracked,
        audit,
        event: audit::Event { role: Some(connection.user), ..event },
        history,
        applied: transaction::Applied::default(),
        open: None,
        mode_unknown: false,
        path_doubts: search_path::Doubts::default(),
    };

    let left = session.shared.left.clone();
    let ended = session.tracked.ended();
    let farewell = tokio::select! {
        () = left.cancelled() => None,
        () = ended.cancelled() => Some(session.why_ended()),
        end = session.serve() => match end {
            End::Client => None,
            End::Account => Some(ApiError::new(Code::Disconnected, "The database account that was made for you has ended, so this database session was closed. Run again to get a new one; your text is kept.")),
            End::Draining => Some(ApiError::new(Code::ShuttingDown, "Howdah is being restarted, so this database session was closed. Run again in a moment; your text is kept.")),
            End::Database(error) => Some(lost_connection(&error)),
        },
    };
    session.finish(farewell).await;
}

struct QuerySession {
    link: Link,
    database: Session,
    account_ended: Option<AccountEnded>,
    commands: mpsc::Receiver<Command>,
    shared: Arc<Shared>,
    draining: Draining,
    /// Counts the connection.
    tracked: Tracked,
    audit: Audit,
    event: audit::Event,
    history: (History, Place),
    /// The settings that runs have wanted.
    applied: transaction::Applied,
    /// The transaction that is open.
    open: Option<open_transaction::Open>,
    /// The server does not tell what holds in a transaction.
    mode_unknown: bool,
    /// Whether the page may know a search path that does not hold any more.
    path_doubts: search_path::Doubts,
}

impl QuerySession {
    /// Why the connection must close. A stop closes all when its grace is over.
    fn why_ended(&self) -> ApiError {
        if self.draining.is_begun() {
            return ApiError::new(
                Code::ShuttingDown,
                "Howdah is being restarted, so what still ran was cancelled and this database session was closed. Run again in a moment; your text is kept.",
            );
        }
        self.tracked.reason()
    }

    async fn serve(&mut self) -> End {
        let greeting = self.link.introduce(self.transaction());
        if let Err(end) = self.tell(&greeting).await {
            return end;
        }
        loop {
            if let Err(end) = self.step().await {
                return end;
            }
        }
    }

    /// Waits for the page, or for what PostgreSQL says between statements.
    async fn step(&mut self) -> Result<(), End> {
        let rests = self.database.transaction_status() == TransactionStatus::Idle;
        if self.draining.is_over() {
            return Err(End::Draining);
        }
        if rests && self.draining.is_begun() {
            // What was asked for before the page heard of the stop is still done.
            return match self.commands.try_recv() {
                Ok(Command::Run(run)) => self.run_on(run).await,
                _ => Err(End::Draining),
            };
        }
        tokio::select! {
            command = self.commands.recv() => match command {
                Some(Command::Run(run)) => self.run_on(run).await,
                Some(Command::Fetch { .. }) => self.reject(ApiError::new(Code::InvalidRequest, "No result is paused.")).await,
                Some(Command::Inspect) => self.inspect().await,
                Some(Command::Unlock { reason }) => self.unlock(&reason).await,
                Some(Command::Lock) => self.lock().await,
                Some(Command::Unreadable(error)) => self.reject(error).await,
                None => Err(End::Client),
            },
            event = self.database.next_event() => {
                let event = event.map_err(End::Database)?;
                self.tell_in_passing(None, event, None).await
            }
            () = self.draining.begun(), if rests => Ok(()),
            () = self.draining.over() => Err(End::Draining),
            event = self.link.next() => self.tend(event).await,
        }
    }

    /// Does a run, and those that end each other while their results are paused.
    async fn run_on(&mut self, first: Run) -> Result<(), End> {
        let mut next = Some(first);
        while let Some(run) = next {
            next = self.run(run).await?;
        }
        Ok(())
    }

    /// Sends a message to the page.
    async fn tell(&mut self, message: &ServerMessage) -> Result<(), End> {
        let transaction = self.transaction();
        self.link.tell(message, transaction).await
    }

    /// Does what the link to the page asks for.
    async fn tend(&mut self, event: LinkEvent) -> Result<(), End> {
        let transaction = self.transaction();
        self.link.handle(event, transaction).await
    }

    async fn reject(&mut self, error: ApiError) -> Result<(), End> {
        self.tell(&ServerMessage::Rejected { problem: Box::new(error.into_problem()) }).await
    }

    /// Runs the statements of `run`. Answers the run that ended it, if one came while its result was paused.
    async fn run(&mut self, run: Run) -> Result<Option<Run>, End> {
        let script = match Script::new(&run.sql, run.cursor, self.database.strings()) {
            Ok(script) => script,
            Err(error) => {
                self.reject(script_problem(&error)).await?;
                return Ok(None);
            }
        };
        if self.ask_first(&script, &run).await? {
            return Ok(None);
        }
        if let Err(refusal) = self.apply(&run.options.settings).await? {
            self.reject(transaction::refused_settings(&refusal)).await?;
            return Ok(None);
        }
        let started = Instant::now();
        self.tell(&ServerMessage::RunStarted { id: run.id, statements: script.ranges() }).await?;
        self.shared.cancelling.begin();
        self.tracked.state().runs();
        self.note_idle(false);

        let mut outcome = RunOutcome::Completed;
        let mut next = None;
        let mut mode_may_differ = false;
        for statement in script.statements() {
            let ended = self.execute(&script, statement, &run).await?;
            next = ended.next;
            mode_may_differ |= ended.mode_may_differ;
            if ended.outcome != RunOutcome::Completed {
                outcome = ended.outcome;
                break;
            }
            if self.shared.cancelling.is_requested() && !statement.is_last {
                outcome = RunOutcome::Cancelled;
                break;
            }
            if mode_may_differ && !statement.is_last {
                self.learn_mode().await?;
                mode_may_differ = false;
            }
        }
        let duration_ms = milliseconds(started);

        self.shared.cancelling.end();
        self.tracked.state().idles();
        self.shared.cancelling.settle().await;
        self.note_idle(true);
        if mode_may_differ {
            // A cancel that came in time has been settled: it cannot meet the question.
            self.learn_mode().await?;
        }
        let transaction = self.transaction().state;
        self.tell(&ServerMessage::RunFinished { id: run.id, outcome, duration_ms, transaction }).await?;
        self.tell_search_path().await?;
        Ok(next)
    }

    /// The next event of the running statement, with pings while PostgreSQL is silent.
    async fn next_event(&mut self) -> Result<Event, End> {
        loop {
            tokio::select! {
                biased;
                event = self.database.next_event() => return event.map_err(End::Database),
                () = self.shared.cancelling.cancelled() => self.database.discard_rows(),
                event = self.link.next() => self.tend(event).await?,
            }
        }
    }

    /// Sends rows as soon as the page has taken in enough of the earlier ones. Meanwhile nothing is read from
    /// PostgreSQL, which therefore waits.
    async fn send_rows(&mut self, count: u32, bytes: Bytes) -> Result<(), End> {
        let mut rest = Rows { count, bytes };
        while rest.count > 0 {
            let Some(most) = self.room().await? else { return Ok(()) };
            let piece = rest.take(most);
            self.link.send_rows(piece.count, piece.bytes).await;
        }
        // A result that comes and goes without a pause would keep its thread from others' small requests for long.
        tokio::task::yield_now().await;
        Ok(())
    }

    /// As [`Self::send_rows`], for bytes of a row that is divided.
    async fn send_part(&mut self, mut rest: Bytes, is_last: bool) -> Result<(), End> {
        while !rest.is_empty() {
            let Some(most) = self.room().await? else { return Ok(()) };
            let part = pieces::take_part(&mut rest, most);
            self.link.send_part(part, is_last && rest.is_empty()).await;
        }
        tokio::task::yield_now().await;
        Ok(())
    }

    /// Waits until the page has taken in enough, and tells how much may be sent at once; none when the run is cancelled.
    async fn room(&mut self) -> Result<Option<usize>, End> {
        loop {
            let window = self.shared.window.load(Ordering::Acquire);
            if self.link.unacknowledged() < window {
                return Ok(Some(usize::try_from(window / PIECES).unwrap_or(usize::MAX)));
            }
            tokio::select! {
                () = self.shared.acknowledged.notified() => {}
                () = self.shared.cancelling.cancelled() => {
                    self.database.discard_rows();
                    return Ok(None);
                }
                event = self.link.next() => self.tend(event).await?,
            }
        }
    }

    /// Waits at the row limit until the person wants more, or something else.
    async fn pause(&mut self, index: u32, progress: &mut Progress) -> Result<Option<Run>, End> {
        self.note_idle(true);
        self.shared.cancelling.spare(self.database.transaction_status() != TransactionStatus::Idle);
        self.tell(&ServerMessage::Paused { index, rows: progress.rows }).await?;
        let next = self.wait_at_limit(progress).await;
        self.shared.cancelling.spare(false);
        next
    }

    async fn wait_at_limit(&mut self, progress: &mut Progress) -> Result<Option<Run>, End> {
        loop {
            tokio::select! {
                command = self.commands.recv() => match command {
                    Some(Command::Fetch { rows }) => {
                        self.note_idle(false);
                        self.link.note_resumed();
                        self.database.limit_rows(rows);
                        return Ok(None);
                    }
                    Some(Command::Run(run)) => {
                        progress.ended_early = true;
                        if self.database.transaction_status() == TransactionStatus::Idle {
                            self.shared.cancelling.request().await;
                        }
                        self.database.discard_rows();
                        return Ok(Some(run));
                    }
                    Some(Command::Inspect | Command::Unlock { .. } | Command::Lock) => {
                        self.reject(transaction::busy()).await?;
                    }
                    Some(Command::Unreadable(error)) => self.reject(error).await?,
                    None => return Err(End::Client),
                },
                () = self.shared.cancelling.cancelled() => {
                    progress.ended_early = true;
                    self.database.discard_rows();
                    return Ok(None);
                }
                // What is paused holds nothing up but this process.
                () = self.draining.begun(), if self.database.transaction_status() == TransactionStatus::Idle => {
                    self.shared.cancelling.request().await;
                    progress.ended_early = true;
                    self.database.discard_rows();
                    return Ok(None);
                }
                event = self.link.next() => self.tend(event).await?,
            }
        }
    }

    /// What PostgreSQL may say at any time.
    async fn tell_in_passing(
        &mut self,
        index: Option<u32>,
        event: Event,
        place: Option<(&Script<'_>, &script::Statement<'_>)>,
    ) -> Result<(), End> {
        let message = match event {
            Event::Notice(notice) => ServerMessage::Notice { index, notice: script::database_error(&notice, place) },
            Event::Parameter { name, value } => ServerMessage::Parameter { name, value },
            Event::Notification { channel, payload, backend_pid } => {
                ServerMessage::Notification { channel, payload, backend_pid }
            }
            _ => return Ok(()),
        };
        self.tell(&message).await
    }

    /// Says goodbye where there is somebody to say it to, and leaves nothing running.
    async fn finish(mut self, farewell: Option<ApiError>) {
        if self.shared.cancelling.is_running() {
            self.shared.cancelling.request().await;
            self.shared.cancelling.settle().await;
        }
        if let Some(error) = farewell {
            let problem = Box::new(error.into_problem());
            let reason = CloseFrame { code: 1011, reason: problem.code.into() };
            let message = ServerMessage::Disconnected { problem };
            // Nobody is waited for who is not there.
            drop(timeout(FAREWELL_TIMEOUT, self.tell(&message)).await);
            self.link.close(reason).await;
        }
        tokio::join!(self.database.close(), self.link.linger());
    }
}

fn script_problem(error: &ScriptError) -> ApiError {
    ApiError::new(Code::InvalidStatement, error.to_string())
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}
