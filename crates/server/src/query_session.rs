//! One query session: one WebSocket, one PostgreSQL connection. The protocol is in `docs/query-session.md`.
//!
//! Two tasks share it. The *reader* takes messages from the browser, so that a cancel is heard while rows are being
//! sent; the *session* owns the connection and the sending half. When either ends, both do: a socket that closes cancels
//! the running statement, and a connection that is lost closes the socket with a reason.

mod browser;
mod meta;
mod reader;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use bytes::Bytes;
use futures_util::{FutureExt, StreamExt};
use howdah_pg::{Canceller, Event, ServerError, Session, SessionError, TransactionStatus};
use tokio::sync::{Mutex, Notify, mpsc};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use self::browser::Browser;
use self::meta::Piece;
use crate::audit::{self, Action, Audit, Outcome, Pending};
use crate::connect::{Connection, lost_connection};
use crate::error::{ApiError, Code};
use crate::live::Tracked;
use crate::script::{self, Script, ScriptError};
use crate::wire::{ResultColumn, RunOutcome, ServerMessage, TransactionState};

/// Binary frames that may be unacknowledged; behind that PostgreSQL waits.
const WINDOW_BYTES: u64 = 1 << 20;
/// Messages that may wait while a statement runs.
const QUEUE: usize = 8;
/// After so long a statement that still runs is cancelled again.
const CANCEL_AGAIN: Duration = Duration::from_millis(500);
/// SQLSTATE `query_canceled`.
const QUERY_CANCELED: &str = "57014";
/// SQLSTATE `undefined_object`.
const UNDEFINED_OBJECT: &str = "42704";

/// Why a session ended.
enum End {
    /// The browser went away.
    Client,
    /// The server is being stopped and nothing runs here.
    Draining,
    /// The connection to PostgreSQL is lost.
    Database(SessionError),
    /// The role that was made for this person is dropped.
    Account,
}

/// What the browser asked for, as far as it is for the session task.
enum Command {
    Run(Run),
    Fetch { rows: Option<u64> },
    Unreadable(ApiError),
}

struct Run {
    id: u32,
    sql: String,
    cursor: Option<u32>,
    row_limit: Option<u64>,
}

/// What the two tasks share.
struct Shared {
    acknowledged_bytes: AtomicU64,
    acknowledged: Notify,
    running: AtomicBool,
    cancel_requested: AtomicBool,
    cancelled: Notify,
    canceller: Canceller,
    cancelling: Mutex<Option<Cancelling>>,
    gone: CancellationToken,
}

/// A cancel under way.
struct Cancelling {
    requests: JoinHandle<()>,
    /// The statement has ended: no more requests.
    ended: CancellationToken,
}

impl Shared {
    /// Asks PostgreSQL to cancel the running statement, and again until it has ended: a request that comes before the
    /// statement has begun is lost. It may also end first, so the session waits for a request under way before it starts
    /// another.
    async fn request_cancel(&self) {
        if !self.running.load(Ordering::Acquire) || self.cancel_requested.swap(true, Ordering::AcqRel) {
            return;
        }
        let canceller = self.canceller.clone();
        let ended = CancellationToken::new();
        let has_ended = ended.clone();
        let requests = tokio::spawn(async move {
            loop {
                if let Err(error) = canceller.cancel().await {
                    tracing::warn!(error = %error, "a cancel request could not be delivered");
                }
                if timeout(CANCEL_AGAIN, has_ended.cancelled()).await.is_ok() {
                    return;
                }
            }
        });
        *self.cancelling.lock().await = Some(Cancelling { requests, ended });
        self.cancelled.notify_one();
    }

    /// Makes ready for a run that nobody has cancelled yet.
    fn forget_cancel(&self) {
        self.cancel_requested.store(false, Ordering::Release);
        // A cancel that was not waited for has left a permit, which would discard the rows of the next statement.
        let _ = self.cancelled.notified().now_or_never();
    }

    async fn finish_cancelling(&self) {
        if let Some(Cancelling { requests, ended }) = self.cancelling.lock().await.take() {
            ended.cancel();
            // Requests that were aborted or panicked were not delivered later either.
            drop(requests.await);
        }
    }
}

/// What a session is told by whoever opens it.
pub struct Opened<F> {
    /// Fires when the server is being stopped.
    pub draining: CancellationToken,
    /// Hears that the person did something.
    pub note_use: F,
    /// Where statements are written down.
    pub audit: Audit,
    /// What the events of all statements have in common.
    pub event: audit::Event,
}

/// Runs a session until the browser or PostgreSQL ends it. It also ends with the person's sign-in, when the server is
/// disconnected, and when an administrator closes it.
pub async fn serve<F: Fn() + Send + 'static>(socket: WebSocket, connection: Connection, opened: Opened<F>) {
    let Opened { draining, note_use, audit, event } = opened;
    let (sink, stream) = socket.split();
    let (sender, commands) = mpsc::channel(QUEUE);
    let shared = Arc::new(Shared {
        acknowledged_bytes: AtomicU64::new(0),
        acknowledged: Notify::new(),
        running: AtomicBool::new(false),
        cancel_requested: AtomicBool::new(false),
        cancelled: Notify::new(),
        canceller: connection.session.canceller(),
        cancelling: Mutex::new(None),
        gone: CancellationToken::new(),
    });
    let reader = tokio::spawn(reader::read(stream, sender, Arc::clone(&shared), note_use));
    let mut tracked = connection.tracked;
    let browser = Browser::new(sink, tracked.take_hold(), connection.credential);
    let mut session = QuerySession {
        browser,
        database: connection.session,
        account_ended: connection.account_ended,
        commands,
        shared,
        draining,
        sent_bytes: 0,
        tracked,
        audit,
        event: audit::Event { role: Some(connection.user), ..event },
    };
    let greeting = connection.greeting;

    let gone = session.shared.gone.clone();
    let ended = session.tracked.ended();
    let farewell = tokio::select! {
        () = gone.cancelled() => None,
        () = ended.cancelled() => Some(session.tracked.reason()),
        end = session.serve(greeting) => match end {
            End::Client => None,
            End::Account => Some(ApiError::new(Code::Disconnected, "The database account that was made for you has ended, so this database session was closed. Run again to get a new one; your text is kept.")),
            End::Draining => Some(ApiError::new(Code::ShuttingDown, "Howdah is being restarted, so this database session was closed. Run again in a moment; your text is kept.")),
            End::Database(error) => Some(lost_connection(&error)),
        },
    };
    reader.abort();
    session.finish(farewell).await;
}

struct QuerySession {
    browser: Browser,
    database: Session,
    account_ended: Option<Box<dyn Fn() + Send + Sync>>,
    commands: mpsc::Receiver<Command>,
    shared: Arc<Shared>,
    draining: CancellationToken,
    sent_bytes: u64,
    /// Counts the connection.
    tracked: Tracked,
    audit: Audit,
    event: audit::Event,
}

impl QuerySession {
    async fn serve(&mut self, greeting: ServerMessage) -> End {
        if let Err(end) = self.browser.tell(&greeting).await {
            return end;
        }
        loop {
            if let Err(end) = self.step().await {
                return end;
            }
        }
    }

    /// Waits for the browser, or for what PostgreSQL says between statements.
    async fn step(&mut self) -> Result<(), End> {
        tokio::select! {
            command = self.commands.recv() => match command {
                Some(Command::Run(run)) => {
                    let mut next = Some(run);
                    while let Some(run) = next {
                        next = self.run(run).await?;
                    }
                    Ok(())
                }
                Some(Command::Fetch { .. }) => self.reject(ApiError::new(Code::InvalidRequest, "No result is paused.")).await,
                Some(Command::Unreadable(error)) => self.reject(error).await,
                None => Err(End::Client),
            },
            event = self.database.next_event() => {
                let event = event.map_err(End::Database)?;
                self.tell_in_passing(None, event, None).await
            }
            () = self.draining.cancelled() => Err(End::Draining),
            due = self.browser.due() => self.browser.attend(due).await,
        }
    }

    async fn reject(&mut self, error: ApiError) -> Result<(), End> {
        self.browser.tell(&ServerMessage::Rejected { problem: Box::new(error.into_problem()) }).await
    }

    /// Runs the statements of `run`. Answers the run that ended it, if one came while its result was paused.
    async fn run(&mut self, run: Run) -> Result<Option<Run>, End> {
        let script = match Script::new(&run.sql, run.cursor) {
            Ok(script) => script,
            Err(error) => {
                self.reject(script_problem(&error)).await?;
                return Ok(None);
            }
        };
        let started = Instant::now();
        self.browser.tell(&ServerMessage::RunStarted { id: run.id, statements: script.ranges() }).await?;
        self.shared.forget_cancel();
        self.shared.running.store(true, Ordering::Release);
        self.tracked.state().runs();

        let mut outcome = RunOutcome::Completed;
        let mut next = None;
        for statement in script.statements() {
            let ended = self.execute(&script, statement, run.row_limit).await?;
            next = ended.next;
            if ended.outcome != RunOutcome::Completed {
                outcome = ended.outcome;
                break;
            }
            if self.shared.cancel_requested.load(Ordering::Acquire) && !statement.is_last {
                outcome = RunOutcome::Cancelled;
                break;
            }
        }

        self.shared.running.store(false, Ordering::Release);
        self.tracked.state().idles();
        self.shared.finish_cancelling().await;
        self.browser
            .tell(&ServerMessage::RunFinished {
                id: run.id,
                outcome,
                duration_ms: milliseconds(started),
                transaction: self.transaction(),
            })
            .await?;
        Ok(next)
    }

    async fn execute(
        &mut self,
        script: &Script<'_>,
        statement: &script::Statement<'_>,
        row_limit: Option<u64>,
    ) -> Result<Executed, End> {
        let index = statement.index;
        let mut pending = match self.write_down(statement.text).await {
            Ok(pending) => pending,
            Err(error) => {
                self.reject(error).await?;
                return Ok(Executed { outcome: RunOutcome::Failed, next: None });
            }
        };
        self.browser.tell(&ServerMessage::StatementStarted { index }).await?;
        let mut progress = Progress::new();
        for piece in self.pieces(statement).await? {
            self.stream(script, statement, piece, row_limit, &mut progress, &mut pending).await?;
            if progress.error.is_some() || progress.ended_early {
                break;
            }
        }
        if statement.answer.is_some() {
            progress.tag = statement.text.split_whitespace().next().unwrap_or_default().to_owned();
        }
        self.conclude_event(pending, &progress);
        self.conclude(script, statement, progress).await
    }

    /// Asks PostgreSQL for one thing and passes its events on.
    async fn stream(
        &mut self,
        script: &Script<'_>,
        statement: &script::Statement<'_>,
        piece: Piece<'_>,
        row_limit: Option<u64>,
        progress: &mut Progress,
        pending: &mut Pending,
    ) -> Result<(), End> {
        let index = statement.index;
        // Positions count in what the person wrote, and in nothing else.
        let place = piece.title.is_none().then_some((script, statement));
        self.database.limit_rows(row_limit);
        self.database.start_simple(&piece.sql).await.map_err(End::Database)?;
        loop {
            match self.next_event().await? {
                Event::Columns(columns) => {
                    let columns = columns.into_iter().map(result_column).collect();
                    let title = piece.title.clone();
                    self.browser.tell(&ServerMessage::Columns { index, columns, title }).await?;
                }
                Event::Rows(batch) => {
                    let started = progress.started;
                    progress.first_row.get_or_insert_with(|| milliseconds(started));
                    progress.rows += u64::from(batch.rows());
                    let bytes = batch.into_bytes();
                    pending.update(|event| {
                        event.rows = Some(progress.rows);
                        event.count_bytes(bytes.len());
                    });
                    self.send_rows(bytes).await?;
                }
                Event::LimitReached => {
                    if statement.is_last {
                        progress.next = self.pause(index, progress).await?;
                    } else {
                        self.database.discard_rows();
                    }
                }
                Event::Complete { tag, discarded_rows } => {
                    progress.tag = tag;
                    progress.discarded_rows += discarded_rows;
                }
                Event::EmptyQuery => {}
                Event::CopyOut(_) => progress.copied_out = true,
                Event::Error(error) => progress.error = Some(error),
                Event::Ready(_) => return Ok(()),
                other => self.tell_in_passing(Some(index), other, place).await?,
            }
        }
    }

    /// Takes a place in the audit trail. Without one nothing runs.
    async fn write_down(&self, sql: &str) -> Result<Pending, ApiError> {
        let (statement, text) = self.audit.text(sql);
        self.audit
            .begin(audit::Event { statement, action: Action::Statement { bytes: 0, text }, ..self.event.clone() })
            .await
    }

    fn conclude_event(&self, mut pending: Pending, progress: &Progress) {
        let sent = progress.rows + progress.discarded_rows;
        // `UPDATE 3`; of a result the rows are counted.
        let affected = progress.tag.rsplit(' ').next().and_then(|count| count.parse().ok());
        let rows = if sent > 0 { Some(sent) } else { affected };
        pending.update(|event| event.rows = rows);
        let was_cancelled = self.shared.cancel_requested.load(Ordering::Acquire);
        match &progress.error {
            None => pending.conclude(Outcome::Ok, None),
            Some(error) if error.code == QUERY_CANCELED && was_cancelled => {
                pending.conclude(Outcome::Cancelled, Some(error.code.clone()));
            }
            Some(error) => pending.conclude(Outcome::Failed, Some(error.code.clone())),
        }
    }

    async fn conclude(
        &mut self,
        script: &Script<'_>,
        statement: &script::Statement<'_>,
        progress: Progress,
    ) -> Result<Executed, End> {
        let index = statement.index;
        let transaction = self.transaction();
        let duration_ms = milliseconds(progress.started);
        if progress.copied_out {
            let problem = ApiError::new(
                Code::InvalidStatement,
                "COPY … TO STDOUT ran, but its data is not shown here. Use Download to get a result as a file.",
            );
            self.reject(problem).await?;
        }
        let Some(error) = progress.error else {
            let finished = ServerMessage::StatementFinished {
                index,
                tag: progress.tag,
                rows: progress.rows,
                discarded_rows: progress.discarded_rows,
                first_row_ms: progress.first_row,
                duration_ms,
                transaction,
            };
            self.browser.tell(&finished).await?;
            return Ok(Executed { outcome: RunOutcome::Completed, next: progress.next });
        };
        let cancelled = error.code == QUERY_CANCELED && self.shared.cancel_requested.load(Ordering::Acquire);
        if cancelled && progress.ended_early {
            // The person has what they wanted of this result: ending it is no failure.
            let finished = ServerMessage::StatementFinished {
                index,
                tag: String::new(),
                rows: progress.rows,
                discarded_rows: progress.discarded_rows,
                first_row_ms: progress.first_row,
                duration_ms,
                transaction,
            };
            self.browser.tell(&finished).await?;
            return Ok(Executed { outcome: RunOutcome::Completed, next: progress.next });
        }
        let may_lack_account = error.code == UNDEFINED_OBJECT;
        let place = statement.answer.is_none().then_some((script, statement));
        let error = script::database_error(&error, place);
        self.browser.tell(&ServerMessage::StatementFailed { index, error, duration_ms, transaction }).await?;
        if may_lack_account && self.lacks_account().await? {
            return Err(End::Account);
        }
        let outcome = if cancelled { RunOutcome::Cancelled } else { RunOutcome::Failed };
        Ok(Executed { outcome, next: progress.next })
    }

    /// Whether the role that was made for this person is gone. PostgreSQL keeps such a session, in which much fails with
    /// an SQLSTATE that means other things too.
    async fn lacks_account(&mut self) -> Result<bool, End> {
        let Some(account_ended) = &self.account_ended else { return Ok(false) };
        // In a failed transaction nothing can be asked.
        if self.database.transaction_status() != TransactionStatus::Idle {
            return Ok(false);
        }
        match self.database.query("select current_user", &[]).await {
            Ok(_) => Ok(false),
            Err(error) => {
                let is_gone = error.server().is_some_and(|error| error.code == UNDEFINED_OBJECT);
                if is_gone {
                    account_ended();
                }
                Ok(is_gone)
            }
        }
    }

    /// The next event of the running statement, with pings while PostgreSQL is silent.
    async fn next_event(&mut self) -> Result<Event, End> {
        loop {
            tokio::select! {
                biased;
                event = self.database.next_event() => return event.map_err(End::Database),
                () = self.shared.cancelled.notified() => self.database.discard_rows(),
                due = self.browser.due() => self.browser.attend(due).await?,
            }
        }
    }

    /// Sends rows as soon as the browser has taken in enough of the earlier ones. Meanwhile nothing is read from
    /// PostgreSQL, which therefore waits.
    async fn send_rows(&mut self, bytes: Bytes) -> Result<(), End> {
        while self.sent_bytes.saturating_sub(self.shared.acknowledged_bytes.load(Ordering::Acquire)) >= WINDOW_BYTES {
            tokio::select! {
                () = self.shared.acknowledged.notified() => {}
                () = self.shared.cancelled.notified() => {
                    self.database.discard_rows();
                    return Ok(());
                }
                due = self.browser.due() => self.browser.attend(due).await?,
            }
        }
        self.sent_bytes += bytes.len() as u64;
        self.browser.send(Message::Binary(bytes)).await
    }

    /// Waits at the row limit until the person wants more, or something else.
    async fn pause(&mut self, index: u32, progress: &mut Progress) -> Result<Option<Run>, End> {
        self.browser.tell(&ServerMessage::Paused { index, rows: progress.rows }).await?;
        loop {
            tokio::select! {
                command = self.commands.recv() => match command {
                    Some(Command::Fetch { rows }) => {
                        self.database.limit_rows(rows);
                        return Ok(None);
                    }
                    Some(Command::Run(run)) => {
                        progress.ended_early = true;
                        if self.database.transaction_status() == TransactionStatus::Idle {
                            self.shared.request_cancel().await;
                        }
                        self.database.discard_rows();
                        return Ok(Some(run));
                    }
                    Some(Command::Unreadable(error)) => self.reject(error).await?,
                    None => return Err(End::Client),
                },
                () = self.shared.cancelled.notified() => {
                    progress.ended_early = true;
                    self.database.discard_rows();
                    return Ok(None);
                }
                due = self.browser.due() => self.browser.attend(due).await?,
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
        self.browser.tell(&message).await
    }

    fn transaction(&self) -> TransactionState {
        transaction_state(self.database.transaction_status())
    }

    /// Says goodbye where there is somebody to say it to, and leaves nothing running.
    async fn finish(mut self, farewell: Option<ApiError>) {
        if self.shared.running.load(Ordering::Acquire) {
            self.shared.request_cancel().await;
            self.shared.finish_cancelling().await;
        }
        if let Some(error) = farewell {
            let problem = Box::new(error.into_problem());
            let reason = CloseFrame { code: 1011, reason: problem.code.into() };
            let goodbye = async {
                self.browser.tell(&ServerMessage::Disconnected { problem }).await?;
                self.browser.send(Message::Close(Some(reason))).await
            };
            // A browser that does not hear it has been told all the same.
            drop(timeout(Duration::from_secs(5), goodbye).await);
        }
        self.database.close().await;
    }
}

struct Executed {
    outcome: RunOutcome,
    next: Option<Run>,
}

struct Progress {
    started: Instant,
    first_row: Option<f64>,
    rows: u64,
    discarded_rows: u64,
    tag: String,
    error: Option<Box<ServerError>>,
    copied_out: bool,
    ended_early: bool,
    next: Option<Run>,
}

impl Progress {
    fn new() -> Self {
        Self {
            started: Instant::now(),
            first_row: None,
            rows: 0,
            discarded_rows: 0,
            tag: String::new(),
            error: None,
            copied_out: false,
            ended_early: false,
            next: None,
        }
    }
}

fn script_problem(error: &ScriptError) -> ApiError {
    ApiError::new(Code::InvalidStatement, error.to_string())
}

fn result_column(column: howdah_pg::Column) -> ResultColumn {
    ResultColumn {
        type_name: howdah_pg::types::type_name(column.type_oid, column.type_modifier),
        name: column.name,
        type_oid: column.type_oid,
        type_modifier: column.type_modifier,
        table_oid: column.table_oid,
        attribute_number: column.attribute_number,
    }
}

/// The state in the words of the API.
#[must_use]
pub fn transaction_state(status: TransactionStatus) -> TransactionState {
    match status {
        TransactionStatus::Idle => TransactionState::Idle,
        TransactionStatus::InTransaction => TransactionState::InTransaction,
        TransactionStatus::Failed => TransactionState::Failed,
    }
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}
