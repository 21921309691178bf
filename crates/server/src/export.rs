//! A result as a file, streamed from PostgreSQL's socket to the browser's.
//!
//! Where the statement allows it the file is the output of PostgreSQL's own COPY, byte for byte. Other statements (SHOW,
//! EXPLAIN, CALL, …) are run as they are and written in the same format.

use std::io;

use bytes::{Bytes, BytesMut};
use futures_util::Stream;
use futures_util::stream::unfold;
use howdah_pg::csv::{CsvError, CsvWriter};
use howdah_pg::{Event, ServerError, Session, SessionError};
use tokio_util::sync::CancellationToken;

use crate::connect::{Connection, lost_connection};
use crate::error::{ApiError, ApiResult, Code, sentence};
use crate::script::Script;

/// One statement to download the result of.
pub struct Statement {
    text: String,
    is_copyable: bool,
}

impl Statement {
    /// Reads a request's `sql`.
    ///
    /// # Errors
    ///
    /// 422 when it is not exactly one statement.
    pub fn parse(sql: &str) -> ApiResult<Self> {
        let script =
            Script::new(sql, None).map_err(|error| ApiError::new(Code::InvalidStatement, error.to_string()))?;
        let [statement] = script.statements() else {
            return Err(ApiError::new(
                Code::InvalidStatement,
                "A download is of one statement. Select the one you want.",
            ));
        };
        Ok(Self { text: statement.text.to_owned(), is_copyable: is_copyable(statement.text) })
    }

    fn command(&self, header: bool) -> String {
        if self.is_copyable {
            // The statement may end in a comment to the end of the line.
            format!("COPY (\n{}\n) TO STDOUT WITH (FORMAT csv, HEADER {header})", self.text)
        } else {
            self.text.clone()
        }
    }
}

/// Whether the statement may stand in COPY ( … ): a SELECT, VALUES, TABLE or WITH, or a writing statement with
/// RETURNING (manual, COPY). SELECT … INTO may not, and is told by PostgreSQL itself.
fn is_copyable(statement: &str) -> bool {
    let word: String = howdah_pg::split::first_keyword(statement).to_ascii_lowercase();
    matches!(word.as_str(), "select" | "values" | "table" | "with" | "(")
}

/// Starts the download. The first part has been read when this returns, so that an error can still be told as one.
///
/// Dropping the stream cancels the statement.
///
/// # Errors
///
/// 422 `statement_failed` with what PostgreSQL says.
pub async fn csv(
    connection: Connection,
    statement: Statement,
    header: bool,
    ended: CancellationToken,
) -> ApiResult<impl Stream<Item = io::Result<Bytes>> + Send + 'static> {
    let mut download = Download {
        writer: (!statement.is_copyable).then(|| CsvWriter::new(header)),
        guard: CancelOnDrop { connection: Some(connection), running: true },
        ended,
    };
    let command = statement.command(header);
    download.session().start_simple(&command).await.map_err(|error| lost_connection(&error))?;
    let first = download.next().await.map_err(|failure| match failure {
        Failure::Server(error) => {
            ApiError::new(Code::StatementFailed, "PostgreSQL did not run the statement. Its own words are below.")
                .with_database(&error)
        }
        Failure::Session(error) => lost_connection(&error),
        Failure::Csv(error) => ApiError::new(Code::StatementFailed, sentence(&error.to_string())),
        Failure::Ended => {
            ApiError::new(Code::NotSignedIn, "The session ended before the download began. Sign in again.")
        }
    })?;
    Ok(unfold(State { download, first: Some(first) }, step))
}

struct State {
    download: Download,
    first: Option<Option<Bytes>>,
}

async fn step(mut state: State) -> Option<(io::Result<Bytes>, State)> {
    let next = match state.first.take() {
        Some(first) => Ok(first),
        None => state.download.next().await,
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
    Csv(CsvError),
    Ended,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Server(error) => write!(formatter, "{} ({})", error.message, error.code),
            Self::Session(error) => error.fmt(formatter),
            Self::Csv(error) => error.fmt(formatter),
            Self::Ended => formatter.write_str("the person signed out"),
        }
    }
}

struct Download {
    writer: Option<CsvWriter>,
    guard: CancelOnDrop,
    ended: CancellationToken,
}

impl Download {
    fn session(&mut self) -> &mut Session {
        self.guard.session()
    }

    /// The next part of the file; `None` behind the last.
    async fn next(&mut self) -> Result<Option<Bytes>, Failure> {
        let mut error = None;
        loop {
            let ended = self.ended.clone();
            let event = tokio::select! {
                event = self.guard.session().next_event() => event.map_err(Failure::Session)?,
                () = ended.cancelled() => return Err(Failure::Ended),
            };
            match event {
                Event::CopyOut(bytes) if !bytes.is_empty() => return Ok(Some(bytes)),
                Event::Columns(columns) => {
                    if let Some(head) = self.writer.as_mut().and_then(|writer| writer.start(&columns)) {
                        return Ok(Some(head));
                    }
                }
                Event::Rows(batch) => {
                    if let Some(writer) = &mut self.writer {
                        let mut part = BytesMut::with_capacity(batch.bytes().len());
                        writer.write(&batch, &mut part).map_err(Failure::Csv)?;
                        return Ok(Some(part.freeze()));
                    }
                }
                Event::Error(refusal) => error = Some(refusal),
                Event::Ready(_) => {
                    self.guard.running = false;
                    return match error {
                        Some(refusal) => Err(Failure::Server(refusal)),
                        None => Ok(None),
                    };
                }
                _ => {}
            }
        }
    }
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
    use super::Statement;

    #[test]
    fn a_select_is_wrapped_and_others_are_not() {
        let command = |sql: &str| Statement::parse(sql).map(|statement| statement.command(true)).unwrap_or_default();
        assert_eq!(command("select 1 -- one\n;"), "COPY (\nselect 1\n) TO STDOUT WITH (FORMAT csv, HEADER true)");
        assert_eq!(
            command("/* a */ (select 1) union all (select 2)"),
            "COPY (\n(select 1) union all (select 2)\n) TO STDOUT WITH (FORMAT csv, HEADER true)"
        );
        assert_eq!(command("show all"), "show all");
        assert_eq!(command("insert into a values (1) returning b"), "insert into a values (1) returning b");
    }
}
