//! One statement: its place in the audit trail, its results on their way to the page, and how it ended.

use std::time::Instant;

use howdah_pg::nature::{self, Kind};
use howdah_pg::{Event, ServerError, TransactionStatus};

use super::advice::advice;
use super::meta::Piece;
use super::reader::Run;
use super::{End, QuerySession, milliseconds, questions};
use crate::audit::{self, Action, Outcome, Pending};
use crate::error::ApiError;
use crate::history::{Keeps, Noted};
use crate::script::{self, Script};
use crate::wire::{ResultColumn, RunOutcome, ServerMessage, TransactionState};

/// SQLSTATE `query_canceled`.
const QUERY_CANCELED: &str = "57014";
/// SQLSTATE `undefined_object`.
const UNDEFINED_OBJECT: &str = "42704";

impl QuerySession {
    /// Runs one statement of a script and tells the page what comes of it.
    pub(super) async fn execute(
        &mut self,
        script: &Script<'_>,
        statement: &script::Statement<'_>,
        run: &Run,
    ) -> Result<Executed, End> {
        let index = statement.index;
        let filled = match questions::fill(&run.options, statement) {
            Ok(filled) => filled,
            Err(error) => {
                self.reject(script::unfillable(&error)).await?;
                return Ok(Executed::refused());
            }
        };
        let sent = match &filled {
            Some(filled) if statement.answer.is_none() => &filled.sql,
            _ => statement.text,
        };
        let mut pending = match self.write_down(sent).await {
            Ok(pending) => pending,
            Err(error) => {
                self.reject(error).await?;
                return Ok(Executed::refused());
            }
        };
        let nature = nature::nature(sent, statement.strings);
        let keeps = match nature.kind {
            Kind::Explain => Keeps::Plan,
            _ => Keeps::Statement,
        };
        let (history, place) = &self.history;
        let mut noted = match history.begin(place, self.event.role.as_deref(), statement.text, keeps).await {
            Ok(noted) => noted,
            Err(error) => {
                pending.fail(&error);
                self.reject(error).await?;
                return Ok(Executed::refused());
            }
        };
        self.tell(&ServerMessage::StatementStarted { index }).await?;
        let entered = self.enter(&run.options, statement, &nature).await?;
        let mut progress = Progress::new();
        let has_savepoint = match entered {
            Ok(has_savepoint) => has_savepoint,
            Err(refusal) => {
                progress.error = Some(refusal);
                self.conclude_event(pending, noted, &progress);
                self.follow(&nature);
                return self.conclude(script, statement, progress).await;
            }
        };
        for piece in self.pieces(statement, filled.as_ref()).await? {
            self.stream(script, statement, piece, run.row_limit, &mut progress, &mut (&mut pending, &mut noted))
                .await?;
            if progress.error.is_some() || progress.ended_early {
                break;
            }
        }
        if statement.answer.is_some() {
            let behind = statement.sql().map_or(0, str::len);
            progress.tag = statement.text[behind..].split_whitespace().next().unwrap_or_default().to_owned();
        }
        if has_savepoint {
            self.leave(&progress.tag).await?;
        }
        progress.mode_may_differ = self.follow(&nature);
        if let (Some(filled), Some(error)) = (&filled, &mut progress.error) {
            error.position = match error.position {
                Some(position) => Some(filled.original_position(position)),
                None => filled.position_of_parameter(error),
            };
            error.hint = error.hint.take().or_else(|| filled.hint(error));
        }
        if let Some(error) = &mut progress.error {
            let user = self.event.role.as_deref().unwrap_or_default();
            error.hint = error.hint.take().or_else(|| advice(&error.code, user, self.database.transaction_status()));
        }
        self.conclude_event(pending, noted, &progress);
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
        (pending, noted): &mut (&mut Pending, &mut Option<Noted>),
    ) -> Result<(), End> {
        let index = statement.index;
        // Positions count in what the person wrote, and in nothing else.
        let place = piece.title.is_none().then_some((script, statement));
        self.database.limit_rows(row_limit);
        self.database.divide_rows();
        self.database.copy_lines();
        match piece.filled {
            Some(filled) if !filled.values.is_empty() => {
                let values: Vec<Option<&str>> = filled.values.iter().map(Option::as_deref).collect();
                self.database.start_typed(&piece.sql, &filled.types, &values).await.map_err(End::Database)?;
            }
            _ if piece.is_described => self.database.start_describe(&piece.sql).await.map_err(End::Database)?,
            _ => self.database.start_simple(&piece.sql).await.map_err(End::Database)?,
        }
        loop {
            match self.next_event().await? {
                Event::Columns(columns) => {
                    let columns = columns.into_iter().map(result_column).collect();
                    let title = piece.title.clone();
                    self.tell(&ServerMessage::Columns { index, columns, title }).await?;
                }
                Event::Rows(batch) => {
                    let batch_rows = batch.rows();
                    if let Some(noted) = noted {
                        noted.take_rows(&batch);
                    }
                    let bytes = batch.into_bytes();
                    progress.count(batch_rows, bytes.len(), pending);
                    self.send_rows(batch_rows, bytes).await?;
                }
                Event::RowPart { bytes, is_last } => {
                    if let Some(noted) = noted {
                        noted.pass_over_row();
                    }
                    progress.count(u32::from(is_last), bytes.len(), pending);
                    self.send_part(bytes, is_last).await?;
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
    async fn write_down(&mut self, sql: &str) -> Result<Pending, ApiError> {
        let (statement, text) = self.audit.text(sql);
        self.audit
            .begin(audit::Event { statement, action: Action::Statement { bytes: 0, text }, ..self.event.clone() })
            .await
    }

    fn conclude_event(&self, mut pending: Pending, noted: Option<Noted>, progress: &Progress) {
        let sent = progress.rows + progress.discarded_rows;
        // `UPDATE 3`; of a result the rows are counted.
        let affected = progress.tag.rsplit(' ').next().and_then(|count| count.parse().ok());
        let rows = if sent > 0 { Some(sent) } else { affected };
        pending.update(|event| event.rows = rows);
        let was_cancelled = self.shared.cancelling.is_requested();
        let (outcome, code) = match &progress.error {
            None => (Outcome::Ok, None),
            Some(error) if error.code == QUERY_CANCELED && was_cancelled => (Outcome::Cancelled, Some(&error.code)),
            Some(error) => (Outcome::Failed, Some(&error.code)),
        };
        if let Some(noted) = noted {
            // A result that the person had enough of is no failure in their eyes.
            let result = if progress.ended_early { Outcome::Ok } else { outcome };
            noted.conclude(result.name(), code.map(String::as_str), rows);
        }
        pending.conclude(outcome, code.cloned());
    }

    async fn conclude(
        &mut self,
        script: &Script<'_>,
        statement: &script::Statement<'_>,
        progress: Progress,
    ) -> Result<Executed, End> {
        let index = statement.index;
        let transaction = self.transaction().state;
        let duration_ms = milliseconds(progress.started);
        let mode_may_differ = progress.mode_may_differ;
        if progress.copied_out {
            let words = "The data of a COPY in binary format is not shown. Take text or CSV, or run its query.";
            self.say(index, words.to_owned()).await?;
        }
        let requested = self.shared.cancelling.is_requested();
        let was_cancelled = |error: &ServerError| error.code == QUERY_CANCELED && requested;
        // The person has what they wanted of a paused result: ending it is no failure, unless a transaction fails with it.
        let is_harmless = progress.ended_early && transaction != TransactionState::Failed;
        let failure = progress.error.filter(|error| !(is_harmless && was_cancelled(error)));
        let Some(error) = failure else {
            self.path_doubts.note(statement.text, &progress.tag);
            let finished = ServerMessage::StatementFinished {
                index,
                tag: progress.tag,
                rows: progress.rows,
                discarded_rows: progress.discarded_rows,
                first_row_ms: progress.first_row,
                duration_ms,
                transaction,
            };
            self.tell(&finished).await?;
            return Ok(Executed { outcome: RunOutcome::Completed, mode_may_differ, next: progress.next });
        };
        let outcome = if was_cancelled(&error) { RunOutcome::Cancelled } else { RunOutcome::Failed };
        let may_lack_account = error.code == UNDEFINED_OBJECT;
        let place = statement.sql().map(|_| (script, statement));
        let time_limit = match error.code.as_str() {
            QUERY_CANCELED if !requested => self.time_limit(progress.started.elapsed()).await?,
            _ => None,
        };
        let error = script::database_error(&error, place);
        self.tell(&ServerMessage::StatementFailed { index, error, time_limit, duration_ms, transaction }).await?;
        if may_lack_account && self.lacks_account().await? {
            return Err(End::Account);
        }
        Ok(Executed { outcome, mode_may_differ, next: progress.next })
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
}

/// What has become of a statement.
pub(super) struct Executed {
    pub(super) outcome: RunOutcome,
    /// In the open transaction something else may hold behind it.
    pub(super) mode_may_differ: bool,
    /// The run that came while the result was paused, and ended it.
    pub(super) next: Option<Run>,
}

impl Executed {
    /// It was not sent.
    fn refused() -> Self {
        Self { outcome: RunOutcome::Failed, mode_may_differ: false, next: None }
    }
}

/// How far a statement has come.
pub(super) struct Progress {
    started: Instant,
    first_row: Option<f64>,
    pub(super) rows: u64,
    discarded_rows: u64,
    tag: String,
    error: Option<Box<ServerError>>,
    copied_out: bool,
    mode_may_differ: bool,
    /// The person has what they wanted of a paused result.
    pub(super) ended_early: bool,
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
            mode_may_differ: false,
            ended_early: false,
            next: None,
        }
    }

    fn count(&mut self, rows: u32, bytes: usize, pending: &mut Pending) {
        let started = self.started;
        self.first_row.get_or_insert_with(|| milliseconds(started));
        self.rows += u64::from(rows);
        pending.update(|event| {
            event.rows = Some(self.rows);
            event.count_bytes(bytes);
        });
    }
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
