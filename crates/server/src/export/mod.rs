//! A result as a file, streamed from PostgreSQL's socket to the browser's.
//!
//! Where the statement allows it the rows come by PostgreSQL's own COPY: CSV and TSV are its output, byte for byte, and
//! the other formats are made of its text format, piece by piece, so that no value is too long. Other statements (SHOW,
//! EXPLAIN, CALL, …) are run as they are and written in the same format. What a COPY … TO STDOUT writes is the file itself in
//! CSV and TSV; in the other formats each of its lines is a row.

mod format;
mod json;
mod json_array;
mod markdown;
mod output;
mod raw;
mod sql;
mod xlsx;

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::{Bytes, BytesMut};
use futures_util::Stream;
use futures_util::stream::unfold;
use howdah_pg::copy_text::{CopyText, RowSink};
use howdah_pg::csv::{CsvError, CsvWriter};
use howdah_pg::split::Strings;
use howdah_pg::value::{Value, rows};
use howdah_pg::{Column, Event, QueryError, RowBatch, ServerError, Session, SessionError};
use tokio_util::sync::CancellationToken;
use tokio_util::task::task_tracker::TaskTrackerToken;

use self::format::FileWriter;
use self::xlsx::XlsxError;
use crate::connect::{Connection, lost_connection};
use crate::draining::Draining;
use crate::error::{ApiError, ApiResult, Code, sentence};
use crate::script::{self, Script};
use crate::wire::{ExportFormat, ParameterValue};

/// The name of a column's table, if it is still there.
const TABLE_NAME: &str = "select n.nspname, c.relname from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.oid = $1::pg_catalog.oid";

/// So much of COPY's data is written before it is looked whether there is a part to send.
const PIECE: usize = 8 * 1024;

/// One statement to download the result of.
pub struct Statement {
    text: String,
    is_copyable: bool,
}

/// How to write it.
pub struct Layout {
    /// The format.
    pub format: ExportFormat,
    /// Whether the names of the columns come first, where the format leaves that open.
    pub header: bool,
}

impl Statement {
    /// Reads a request's `sql` as a session with these `strings` does, with what is given for its placeholders, also by
    /// `\\set` above it. Values are written into the text: COPY takes no parameters.
    ///
    /// # Errors
    ///
    /// 422 when it is not exactly one statement, or when something is not given.
    pub fn parse(
        sql: &str,
        strings: Strings,
        parameters: Option<&BTreeMap<String, ParameterValue>>,
    ) -> ApiResult<Self> {
        let script =
            Script::of_sql(sql, strings).map_err(|error| ApiError::new(Code::InvalidStatement, error.to_string()))?;
        let [statement] = script.statements() else {
            return Err(ApiError::new(
                Code::InvalidStatement,
                "A download is of one statement. Select the one you want.",
            ));
        };
        let filled = match parameters {
            Some(parameters) => statement.write_out(parameters).map_err(|error| script::unfillable(&error))?,
            None => None,
        };
        let text = filled.map_or_else(|| statement.text.to_owned(), |filled| filled.sql);
        Ok(Self { is_copyable: is_copyable(&text), text })
    }

    fn is_copy(&self) -> bool {
        howdah_pg::split::first_keyword(&self.text).eq_ignore_ascii_case("copy")
    }

    fn command(&self, layout: &Layout) -> String {
        if !self.is_copyable {
            return self.text.clone();
        }
        let options = match layout.format {
            ExportFormat::Csv => format!(" WITH (FORMAT csv, HEADER {})", layout.header),
            ExportFormat::Tsv => format!(" WITH (FORMAT csv, DELIMITER E'\\t', HEADER {})", layout.header),
            _ => String::new(),
        };
        // The statement may end in a comment to the end of the line.
        format!("COPY (\n{}\n) TO STDOUT{options}", self.text)
    }
}

/// Whether the statement may stand in COPY ( … ): a SELECT, VALUES, TABLE or WITH, or a writing statement with
/// RETURNING (manual, COPY). SELECT … INTO may not, and is told by PostgreSQL itself.
fn is_copyable(statement: &str) -> bool {
    let word: String = howdah_pg::split::first_keyword(statement).to_ascii_lowercase();
    matches!(word.as_str(), "select" | "values" | "table" | "with" | "(")
}

/// What a download must heed.
pub struct Surroundings {
    /// The end of the person's session, or of their connections.
    pub ended: CancellationToken,
    /// The stop of the process. The download may go on until its grace is over, and is waited for.
    pub draining: Draining,
    /// While it lives the process waits.
    pub hold: TaskTrackerToken,
}

/// Starts the download. The first part has been read when this returns, so that an error can still be told as one.
///
/// Dropping the stream cancels the statement. `rows` tells at the end how many there were.
///
/// # Errors
///
/// 422 `statement_failed` with what PostgreSQL says.
pub async fn download(
    connection: Connection,
    statement: Statement,
    layout: Layout,
    surroundings: Surroundings,
    rows: Arc<AtomicU64>,
) -> ApiResult<impl Stream<Item = io::Result<Bytes>> + Send + 'static> {
    let guard = CancelOnDrop { connection: Some(connection), running: true };
    let mut download = Download { sink: Sink::Copied, guard, surroundings, rows };
    let first = download.begin(&statement, &layout).await.map_err(api_error)?;
    Ok(unfold(State { download, first: Some(first) }, step))
}

fn api_error(failure: Failure) -> ApiError {
    match failure {
        Failure::Server(error) => {
            ApiError::new(Code::StatementFailed, "PostgreSQL did not run the statement. Its own words are below.")
                .with_database(&error)
        }
        Failure::Session(error) => lost_connection(&error),
        Failure::TooLong(error) => ApiError::new(Code::StatementFailed, sentence(&error.to_string())),
        Failure::Binary => ApiError::new(
            Code::StatementFailed,
            "Data of a COPY in binary format has no rows. Take CSV, which has it as it is.",
        ),
        Failure::Workbook(error) => ApiError::new(Code::Internal, sentence(&error.to_string())),
        Failure::Ended => {
            ApiError::new(Code::NotSignedIn, "The session ended before the download began. Sign in again.")
        }
        Failure::Stopped => ApiError::new(
            Code::ShuttingDown,
            "Howdah is being restarted, and the download did not begin in time. Try again in a moment.",
        ),
    }
}

struct State {
    download: Download,
    first: Option<Option<Bytes>>,
}

async fn step(mut state: State) -> Option<(io::Result<Bytes>, State)> {
    let next = match state.first.take() {
        Some(first) => Ok(first),
        None => {
            // A large file must not keep its thread from others' small requests for long.
            tokio::task::yield_now().await;
            state.download.next().await
        }
    };
    match next {
        Ok(Some(bytes)) => Some((Ok(bytes), state)),
        Ok(None) => None,
        // The answer has begun, so the only way to tell is to break it off: a browser shows a failed download.
        Err(failure) => {
            tracing::info!("a download was broken off: {failure}");
            Some((Err(io::Error::other("the download was broken off")), state))
        }
    }
}

enum Failure {
    Server(Box<ServerError>),
    Session(SessionError),
    /// A value is too long to be written whole.
    TooLong(CsvError),
    Workbook(XlsxError),
    /// A COPY in binary format is a file by itself.
    Binary,
    Ended,
    Stopped,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Server(error) => write!(formatter, "{} ({})", error.message, error.code),
            Self::Session(error) => error.fmt(formatter),
            Self::TooLong(error) => error.fmt(formatter),
            Self::Workbook(error) => error.fmt(formatter),
            Self::Binary => formatter.write_str("data of a COPY in binary format cannot be written so"),
            Self::Ended => formatter.write_str("the person signed out"),
            Self::Stopped => formatter.write_str("Howdah stops"),
        }
    }
}

/// What becomes of the rows.
enum Sink {
    /// COPY writes the file itself.
    Copied,
    /// Rows are written as COPY would.
    Delimited(CsvWriter),
    Written {
        writer: Box<dyn FileWriter>,
        copied: CopyText,
        /// Data of COPY that has not been read yet.
        pending: Bytes,
        finished: bool,
    },
}

struct Download {
    sink: Sink,
    guard: CancelOnDrop,
    surroundings: Surroundings,
    rows: Arc<AtomicU64>,
}

impl Download {
    fn session(&mut self) -> &mut Session {
        self.guard.session()
    }

    /// Sends the statement and reads the first part.
    async fn begin(&mut self, statement: &Statement, layout: &Layout) -> Result<Option<Bytes>, Failure> {
        self.sink = match layout.format {
            ExportFormat::Csv | ExportFormat::Tsv if statement.is_copyable => Sink::Copied,
            ExportFormat::Csv => Sink::Delimited(CsvWriter::new(b',', layout.header)),
            ExportFormat::Tsv => Sink::Delimited(CsvWriter::new(b'\t', layout.header)),
            _ => self.written(statement, layout).await?,
        };
        self.session().start_simple(&statement.command(layout)).await.map_err(Failure::Session)?;
        self.guard.running = true;
        self.next().await
    }

    /// A writer that knows the columns before the first row.
    async fn written(&mut self, statement: &Statement, layout: &Layout) -> Result<Sink, Failure> {
        let columns =
            if statement.is_copy() { vec![Column::of_lines()] } else { self.describe(&statement.text).await? };
        let table = match layout.format {
            ExportFormat::Sql => self.table_of(&columns).await?,
            _ => None,
        };
        let copied = CopyText::new(columns.len());
        Ok(match format::writer(layout.format, &columns, layout.header, table.as_deref()) {
            Some(writer) => {
                if statement.is_copy() {
                    self.session().copy_lines();
                }
                Sink::Written { writer, copied, pending: Bytes::new(), finished: false }
            }
            None => Sink::Copied,
        })
    }

    async fn describe(&mut self, sql: &str) -> Result<Vec<Column>, Failure> {
        self.session().start_describe(sql).await.map_err(Failure::Session)?;
        let mut described = Ok(Vec::new());
        loop {
            match self.event().await? {
                Event::Columns(columns) => described = Ok(columns),
                Event::Error(refusal) => described = Err(Failure::Server(refusal)),
                Event::Ready(_) => return described,
                _ => {}
            }
        }
    }

    /// The one table that columns come from, as SQL.
    async fn table_of(&mut self, columns: &[Column]) -> Result<Option<String>, Failure> {
        let mut tables = columns.iter().map(|column| column.table_oid).filter(|&oid| oid != 0);
        let Some(table) = tables.next() else { return Ok(None) };
        if tables.any(|other| other != table) {
            return Ok(None);
        }
        let found = match self.session().query(TABLE_NAME, &[Some(&table.to_string())]).await {
            Ok(found) => found,
            Err(QueryError::Session(error)) => return Err(Failure::Session(error)),
            // A name is not worth failing for.
            Err(QueryError::Server(_) | QueryError::TooLarge) => return Ok(None),
        };
        Ok(found.texts().next().and_then(|row| match row.as_slice() {
            [Some(schema), Some(name)] => Some(format::qualified(schema, name)),
            _ => None,
        }))
    }

    async fn event(&mut self) -> Result<Event, Failure> {
        let Surroundings { ended, draining, .. } = &self.surroundings;
        tokio::select! {
            event = self.guard.session().next_event() => event.map_err(Failure::Session),
            () = ended.cancelled() => Err(Failure::Ended),
            () = draining.over() => Err(Failure::Stopped),
        }
    }

    /// The next part of the file; `None` behind the last.
    async fn next(&mut self) -> Result<Option<Bytes>, Failure> {
        if matches!(self.sink, Sink::Written { finished: true, .. }) {
            return Ok(None);
        }
        let mut error = None;
        let pending = self.sink.pending()?;
        if !pending.is_empty() {
            return Ok(Some(pending));
        }
        loop {
            let part = match self.event().await? {
                Event::CopyOutBegins { binary: true } if self.sink.takes_lines() => return Err(Failure::Binary),
                Event::CopyOut(bytes) => self.sink.copied(bytes)?,
                Event::Columns(columns) => self.sink.columns(&columns),
                Event::Rows(batch) => self.sink.rows(&batch)?,
                Event::Error(refusal) => {
                    error = Some(refusal);
                    Bytes::new()
                }
                // `COPY 3`, `SELECT 3`.
                Event::Complete { tag, .. } => {
                    let count = tag.rsplit(' ').next().and_then(|count| count.parse().ok());
                    self.rows.store(count.unwrap_or_default(), Ordering::Release);
                    Bytes::new()
                }
                Event::Ready(_) => {
                    self.guard.running = false;
                    return match error {
                        Some(refusal) => Err(Failure::Server(refusal)),
                        None => self.sink.finish(),
                    };
                }
                _ => Bytes::new(),
            };
            if !part.is_empty() {
                return Ok(Some(part));
            }
        }
    }
}

impl Sink {
    fn takes_lines(&self) -> bool {
        matches!(self, Self::Written { .. })
    }

    fn copied(&mut self, data: Bytes) -> Result<Bytes, Failure> {
        match self {
            Self::Copied | Self::Delimited(_) => Ok(data),
            Self::Written { pending, .. } => {
                *pending = data;
                self.pending()
            }
        }
    }

    /// Writes what waits, a little at a time, until there is a part to send.
    fn pending(&mut self) -> Result<Bytes, Failure> {
        let Self::Written { writer, copied, pending, .. } = self else { return Ok(Bytes::new()) };
        while !pending.is_empty() {
            let piece = pending.split_to(pending.len().min(PIECE));
            copied.read(&piece, writer.as_mut());
            let part = writer.take(output::PART).map_err(Failure::Workbook)?;
            if !part.is_empty() {
                return Ok(part);
            }
        }
        Ok(Bytes::new())
    }

    fn columns(&mut self, columns: &[Column]) -> Bytes {
        match self {
            Self::Delimited(writer) => writer.start(columns).unwrap_or_default(),
            Self::Copied | Self::Written { .. } => Bytes::new(),
        }
    }

    fn rows(&mut self, batch: &RowBatch) -> Result<Bytes, Failure> {
        match self {
            Self::Copied => Ok(Bytes::new()),
            Self::Delimited(writer) => {
                let mut part = BytesMut::with_capacity(batch.bytes().len());
                writer.write(batch, &mut part).map_err(Failure::TooLong)?;
                Ok(part.freeze())
            }
            Self::Written { writer, .. } => {
                write_rows(batch, writer.as_mut()).map_err(Failure::TooLong)?;
                writer.take(output::PART).map_err(Failure::Workbook)
            }
        }
    }

    fn finish(&mut self) -> Result<Option<Bytes>, Failure> {
        match self {
            Self::Copied | Self::Delimited(_) => Ok(None),
            Self::Written { writer, finished, .. } => {
                *finished = true;
                writer.finish();
                writer.take(0).map(Some).map_err(Failure::Workbook)
            }
        }
    }
}

fn write_rows(batch: &RowBatch, sink: &mut (impl RowSink + ?Sized)) -> Result<(), CsvError> {
    for row in rows(batch.bytes()) {
        for value in row.values() {
            match value {
                Value::Null => sink.null(),
                Value::Text(text) => sink.text(text),
                Value::Cut { full_length, .. } => return Err(CsvError { length: full_length }),
            }
            sink.end_value();
        }
        sink.end_row();
    }
    Ok(())
}

/// Cancels the statement when nobody wants its result any more.
struct CancelOnDrop {
    connection: Option<Connection>,
    running: bool,
}

impl CancelOnDrop {
    fn session(&mut self) -> &mut Session {
        &mut self.connection.as_mut().expect("taken only when dropped").session
    }
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        if !self.running {
            return;
        }
        let canceller = connection.session.canceller();
        // Bounded by the connection's own timeout, and owned by nobody since nobody is left.
        tokio::spawn(async move {
            if let Err(error) = canceller.cancel().await {
                tracing::warn!("the statement of a download could not be cancelled: {error}");
            }
            drop(connection);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::{ExportFormat, Layout, Statement, Strings};

    #[test]
    fn a_select_is_wrapped_and_others_are_not() {
        let layout = Layout { format: ExportFormat::Csv, header: true };
        let command = |sql: &str| {
            Statement::parse(sql, Strings::Standard, None)
                .map(|statement| statement.command(&layout))
                .unwrap_or_default()
        };
        assert_eq!(command("select 1 -- one\n;"), "COPY (\nselect 1\n) TO STDOUT WITH (FORMAT csv, HEADER true)");
        assert_eq!(
            command("/* a */ (select 1) union all (select 2)"),
            "COPY (\n(select 1) union all (select 2)\n) TO STDOUT WITH (FORMAT csv, HEADER true)"
        );
        assert_eq!(command("show all"), "show all");
        assert_eq!(command("insert into a values (1) returning b"), "insert into a values (1) returning b");
    }
}
