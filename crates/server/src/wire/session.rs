//! The messages of a query session, and downloads.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{CredentialStatus, Isolation, NeededParameter, ParameterValue, Problem, QuestionableStatement, RunOptions};

/// A download of a statement's result.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportRequest {
    /// One statement.
    pub sql: String,
    /// The format.
    pub format: ExportFormat,
    /// Whether the first line holds the columns' names, in CSV, TSV and XLSX.
    #[serde(default = "yes")]
    pub header: bool,
    /// The file's name, without an ending.
    #[serde(default)]
    pub file_name: Option<String>,
    /// Values of placeholders, as a run has them; of a form in JSON.
    #[serde(default)]
    pub parameters: Option<BTreeMap<String, ParameterValue>>,
    /// The file begins with a cookie `howdah-download-` and this mark: a page that has the browser save a form's answer
    /// hears of it in no other way. Letters, digits and `-`, at most 64.
    #[serde(default)]
    pub mark: Option<String>,
}

/// Formats of a download.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// RFC 4180 as PostgreSQL's COPY writes it.
    Csv,
    /// The same with tabs.
    Tsv,
    /// An array with an object for each row.
    Json,
    /// An object a line.
    Ndjson,
    /// INSERT statements.
    Sql,
    /// A table of GitHub's Markdown.
    Markdown,
    /// A workbook of Excel.
    Xlsx,
    /// The values themselves with nothing between them, and the bytes of `bytea`: for a result that is one value.
    Raw,
}

/// What the browser says in a query session. See `docs/query-protocol.md`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientMessage {
    /// Runs statements.
    Run {
        /// Chosen by the client, echoed.
        id: u32,
        /// The text.
        sql: String,
        /// Only the statement at this offset.
        #[serde(default)]
        cursor: Option<u32>,
        /// Pause after so many rows.
        #[serde(default)]
        row_limit: Option<u64>,
        /// How it goes.
        #[serde(default)]
        options: RunOptions,
    },
    /// Asks how the session is set; answered with `settings`.
    Inspect {},
    /// Goes on with a paused result.
    Fetch {
        /// So many more rows; absent: all.
        #[serde(default)]
        rows: Option<u64>,
    },
    /// Binary frames have been taken in.
    Ack {
        /// How many bytes.
        bytes: u64,
        /// The number of the last frame that was taken in: what may be asked for again is kept no longer.
        #[serde(default)]
        frames: Option<u64>,
        /// How many bytes may be under way from now on; absent: as before.
        #[serde(default)]
        window: Option<u64>,
    },
    /// Cancels the running statement.
    Cancel {},
    /// Lets a session write whose server is read only by default; answered with `writes`. It is written down who did that,
    /// and why.
    Unlock {
        /// Why: not empty, at most 500 characters.
        reason: String,
    },
    /// Takes that back; answered with `writes`.
    Lock {},
}

/// What the server says in a query session. See `docs/query-protocol.md`.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage {
    /// The session works.
    Connected {
        /// `session_user`.
        session_user: String,
        /// The database.
        database: String,
        /// PostgreSQL's `server_version`.
        server_version: String,
        /// The backend's process id.
        backend_pid: i32,
        /// Protocol version and cipher; absent without TLS.
        tls: Option<String>,
        /// Where the credential came from.
        credential: CredentialStatus,
        /// From ReadyForQuery.
        transaction: TransactionState,
        /// Whether sessions on this server start read-only.
        read_only: bool,
        /// Whether this one may write.
        writes: WriteAccess,
        /// Whether a backslash is itself in strings such as `'a\b'`: `standard_conforming_strings`.
        standard_strings: bool,
        /// Whether transactions begin read only: `default_transaction_read_only`. Absent where PostgreSQL does not report it.
        default_read_only: Option<bool>,
        /// Whether the server is a standby, where nothing is written: `in_hot_standby`. Absent where it is not reported.
        standby: Option<bool>,
        /// `search_path`, where it is known: from PostgreSQL 18 on, and in older ones once it was set.
        search_path: Option<String>,
        /// Names the session to a page that comes back to it.
        session_id: String,
        /// Which of several Howdahs holds it.
        replica: String,
        /// For so long the session waits for its page, in seconds; 0: not at all.
        detach_grace_secs: u64,
    },
    /// The socket goes on with a session. Not counted among the session's frames.
    Attached {
        /// How many messages of the page were taken in, acknowledgements aside: it sends those behind again.
        messages: u64,
        /// Whether the frames behind those that the page has follow. If not, it is told how things stand.
        resumed: bool,
        /// The number of the last frame before the next one.
        frames: u64,
        /// So many frames follow first that tell how things stand. Not counted among the session's frames.
        repeated: u64,
        /// Rows of the present result that the page will not get.
        missed_rows: u64,
    },
    /// The session could not be opened.
    ConnectFailed {
        /// Why, and what to do.
        problem: Box<Problem>,
    },
    /// Nothing runs: placeholders have no value. Answered by a run with their values.
    ParametersNeeded {
        /// The run's.
        id: u32,
        /// Which, in the order of the text.
        parameters: Vec<NeededParameter>,
    },
    /// Nothing runs: statements are to be confirmed. Answered by a run that does not ask.
    ConfirmationNeeded {
        /// The run's.
        id: u32,
        /// Those that the question is about.
        statements: Vec<QuestionableStatement>,
        /// Whether the session may not write yet: `unlock` comes before the run.
        locked: bool,
    },
    /// Whether the session may write from now on.
    Writes {
        /// Whether.
        writes: WriteAccess,
    },
    /// How the session is set at the moment.
    Settings {
        /// PostgreSQL's settings by name, as it shows them.
        settings: std::collections::BTreeMap<String, String>,
    },
    /// A run begins.
    RunStarted {
        /// The run's.
        id: u32,
        /// What will run.
        statements: Vec<StatementRange>,
    },
    /// A statement is sent.
    StatementStarted {
        /// Its place in the run.
        index: u32,
    },
    /// A result begins.
    Columns {
        /// The statement's.
        index: u32,
        /// Its columns.
        columns: Vec<ResultColumn>,
        /// What it shows, where it answers a command of psql.
        title: Option<String>,
    },
    /// A notice or warning.
    Notice {
        /// The statement's; absent between statements.
        index: Option<u32>,
        /// The notice.
        notice: DatabaseError,
    },
    /// The row limit is reached; PostgreSQL waits.
    Paused {
        /// The statement's.
        index: u32,
        /// Rows sent so far.
        rows: u64,
    },
    /// A statement is done.
    StatementFinished {
        /// Its place in the run.
        index: u32,
        /// The command tag, such as `INSERT 0 212`; empty for an empty query.
        tag: String,
        /// Rows sent.
        rows: u64,
        /// Rows read and dropped behind the row limit.
        discarded_rows: u64,
        /// Until the first row; absent without rows.
        first_row_ms: Option<f64>,
        /// All of it.
        duration_ms: f64,
        /// From ReadyForQuery.
        transaction: TransactionState,
    },
    /// A statement failed.
    StatementFailed {
        /// Its place in the run.
        index: u32,
        /// What PostgreSQL said.
        error: DatabaseError,
        /// Which limit of time has ended it, where one has or may have.
        time_limit: Option<TimeLimit>,
        /// Until the error.
        duration_ms: f64,
        /// From ReadyForQuery.
        transaction: TransactionState,
    },
    /// Nothing runs any more.
    RunFinished {
        /// The run's.
        id: u32,
        /// How it ended.
        outcome: RunOutcome,
        /// All of it.
        duration_ms: f64,
        /// From ReadyForQuery.
        transaction: TransactionState,
    },
    /// What holds in the transaction that is open: when one has begun, when something else may hold, and to a page that
    /// was loaded anew. It holds until `transaction` is `idle`.
    Transaction {
        /// From ReadyForQuery.
        state: TransactionState,
        /// For so long it is open.
        open_ms: f64,
        /// For so long nothing has run in it; absent while something does.
        idle_ms: Option<f64>,
        /// Whether it is read only; absent where that is not known.
        read_only: Option<bool>,
        /// Its isolation; absent where that is not known.
        isolation: Option<Isolation>,
    },
    /// The last message could not be taken; nothing changed.
    Rejected {
        /// Why.
        problem: Box<Problem>,
    },
    /// The connection's credential was renewed, or could not be. The connection itself goes on.
    Credential {
        /// How it stands now.
        credential: CredentialStatus,
    },
    /// A setting that PostgreSQL reports.
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
        /// Who notified.
        backend_pid: i32,
    },
    /// Howdah is being restarted: what runs, and a transaction that is open, have a while to end. Then the session closes.
    Restarting {
        /// How long.
        seconds: f64,
    },
    /// The connection to PostgreSQL is gone.
    Disconnected {
        /// Why, and what to do.
        problem: Box<Problem>,
    },
}

/// Whether a session may write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WriteAccess {
    /// As the role may.
    Allowed,
    /// Not before `unlock`: the server is read only by default. Howdah runs every statement in a read-only transaction.
    Locked,
    /// Never: the person is a viewer.
    Forbidden,
}

/// Where a statement stands in the run's text, in UTF-16 code units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct StatementRange {
    /// Its first unit.
    pub start: u32,
    /// Behind its last.
    pub end: u32,
}

/// One column of a result.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ResultColumn {
    /// Its name.
    pub name: String,
    /// `pg_type.oid`.
    pub type_oid: u32,
    /// For built-in types, with the modifier: `numeric(12,2)`.
    pub type_name: Option<String>,
    /// `atttypmod`, or -1.
    pub type_modifier: i32,
    /// The table it comes from, or 0.
    pub table_oid: u32,
    /// The column's number there, or 0.
    pub attribute_number: i16,
}

/// An ErrorResponse or NoticeResponse, whole (manual, 54.8).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DatabaseError {
    /// `ERROR`, `WARNING`, …, not localised where PostgreSQL gives that.
    pub severity: String,
    /// SQLSTATE.
    pub code: String,
    /// The message.
    pub message: String,
    /// More about it.
    pub detail: Option<String>,
    /// What might help.
    pub hint: Option<String>,
    /// Offset into the run's text, in UTF-16 code units.
    pub position: Option<u32>,
    /// Character in `internal_query`, from 1.
    pub internal_position: Option<u32>,
    /// The generated text that failed.
    pub internal_query: Option<String>,
    /// The call stack.
    pub context: Option<String>,
    /// The object it concerns.
    pub schema: Option<String>,
    /// The object it concerns.
    pub table: Option<String>,
    /// The object it concerns.
    pub column: Option<String>,
    /// The object it concerns.
    pub data_type: Option<String>,
    /// The object it concerns.
    pub constraint: Option<String>,
    /// Where in PostgreSQL's source, `file:line routine`.
    pub source: Option<String>,
}

/// A `statement_timeout` that has ended a statement.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct TimeLimit {
    /// How long a statement may take; absent where that is not known.
    pub limit_ms: Option<u64>,
    /// Where it was set.
    pub origin: LimitOrigin,
}

/// Where a limit of time was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LimitOrigin {
    /// By `statement_timeout_ms` of the run.
    Tab,
    /// By SET in the session: of the person's own, or what the server's definition runs behind a login.
    Session,
    /// By the parameters of the connection.
    Connection,
    /// For the role.
    Role,
    /// For the database.
    Database,
    /// In PostgreSQL's configuration.
    Server,
    /// Within a transaction, which takes no question: if it was a limit, it is not the tab's.
    Unknown,
}

/// The state of the session's transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TransactionState {
    /// None is open.
    Idle,
    /// One is open.
    InTransaction,
    /// One is open and takes only a rollback.
    Failed,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunOutcome {
    /// Every statement ran.
    Completed,
    /// A statement failed; those behind it did not run.
    Failed,
    /// It was cancelled.
    Cancelled,
}

fn yes() -> bool {
    true
}
