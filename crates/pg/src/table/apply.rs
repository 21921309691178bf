//! Changes of rows, made in one transaction: all of them or none.

use std::time::Duration;

use super::change::{Change, ChangeFault, OldCell, Statement, readable_columns};
use super::shape::{TableShape, shape};
use crate::{Event, QueryError, Session, TransactionStatus, server_error::ServerError, value};

/// After so many changes that cannot be made the rest is not tried.
const MOST_FAILURES: usize = 50;
/// What a change is undone to, so that the next can still be tried.
const SAVEPOINT: &str = "howdah_change";
/// Values of an answered row beyond this many bytes in all are left out.
const ANSWERED_ROW: usize = 256 << 10;
/// SQLSTATEs behind which to go on would only mean to wait again: `lock_not_available`, `query_canceled`.
const ENDS_ALL: [&str; 2] = ["55P03", "57014"];

/// How long to wait for whom.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// `lock_timeout`.
    pub lock: Duration,
    /// `statement_timeout`.
    pub statement: Duration,
}

/// A row in PostgreSQL's text format, as [`Applied::columns`] names its values.
pub type TextRow = Vec<Option<String>>;

/// What became of changes.
#[derive(Debug)]
pub struct Applied {
    /// Whether all of them are made. Otherwise none is.
    pub is_applied: bool,
    /// The columns of rows.
    pub columns: Vec<String>,
    /// What became of each.
    pub outcomes: Vec<Outcome>,
    /// Why PostgreSQL did not commit, such as a deferred constraint.
    pub commit_error: Option<Box<ServerError>>,
}

/// What became of a change.
#[derive(Debug)]
pub enum Outcome {
    /// It could be made. The row as it is then, unless it is too long or may not be read.
    Done(Option<TextRow>),
    /// The row has changed since. As it is now, unless it is too long.
    Conflict(Option<TextRow>),
    /// The row is not there any more, or is not seen any more.
    Gone,
    /// PostgreSQL took the statement and changed nothing: a trigger, a rule or a policy kept it from that.
    Refused,
    /// More than one row would have changed: with inheritance a key holds for one table only.
    Ambiguous,
    /// PostgreSQL refused it.
    Failed {
        /// Its words.
        error: Box<ServerError>,
        /// The columns that it is about, as far as that shows.
        columns: Vec<String>,
    },
    /// No statement can be made of it.
    Invalid(ChangeFault),
    /// It was not tried, for what went before.
    NotTried,
}

impl Outcome {
    fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }
}

/// Makes changes of a table's rows in one transaction of their own; `None` where there is no such table. Rows that were
/// read before are compared with what they are now. If one change cannot be made the others are tried, so that all that
/// stands in the way is told, and nothing is applied.
///
/// If the future is dropped, close the session: PostgreSQL then rolls back, unless it was committing.
///
/// # Errors
///
/// [`QueryError::Session`] when the connection is lost, in which case it is not known whether the changes were made if
/// the commit was under way; [`QueryError::Server`] when the transaction cannot begin.
pub async fn apply(
    session: &mut Session,
    relation: u32,
    changes: &[Change],
    patience: Patience,
) -> Result<Option<Applied>, QueryError> {
    session.query("begin", &[]).await?;
    let result = Box::pin(apply_within(session, relation, changes, patience)).await;
    if session.transaction_status() != TransactionStatus::Idle {
        let ended = session.query("rollback", &[]).await;
        if result.is_ok() {
            ended?;
        }
    }
    result
}

async fn apply_within(
    session: &mut Session,
    relation: u32,
    changes: &[Change],
    patience: Patience,
) -> Result<Option<Applied>, QueryError> {
    for (name, wait) in [("lock_timeout", patience.lock), ("statement_timeout", patience.statement)] {
        let wait = format!("{}ms", wait.as_millis());
        session.query("select pg_catalog.set_config($1, $2, true)", &[Some(name), Some(&wait)]).await?;
    }
    let Some(shape) = shape(session, relation).await? else { return Ok(None) };
    let mut outcomes = Vec::with_capacity(changes.len());
    let mut failures = 0;
    for change in changes {
        if failures >= MOST_FAILURES {
            outcomes.push(Outcome::NotTried);
            continue;
        }
        let outcome = Box::pin(make(session, &shape, change)).await?;
        if !outcome.is_done() {
            failures += 1;
        }
        if matches!(&outcome, Outcome::Failed { error, .. } if ENDS_ALL.contains(&error.code.as_str())) {
            failures = MOST_FAILURES;
        }
        outcomes.push(outcome);
    }
    let mut applied = Applied { is_applied: false, columns: readable_columns(&shape), outcomes, commit_error: None };
    if failures == 0 {
        match session.query("commit", &[]).await {
            Ok(_) => applied.is_applied = true,
            Err(QueryError::Server(error)) if !error.is_fatal() => applied.commit_error = Some(error),
            Err(error) => return Err(error),
        }
    }
    Ok(Some(applied))
}

/// Tries one change. The transaction is good afterwards, whatever came of it.
async fn make(session: &mut Session, shape: &TableShape, change: &Change) -> Result<Outcome, QueryError> {
    let statement = match Statement::of(shape, change) {
        Ok(statement) => statement,
        Err(fault) => return Ok(Outcome::Invalid(fault)),
    };
    session.query(&format!("savepoint {SAVEPOINT}"), &[]).await?;
    let outcome = match run(session, &statement).await? {
        Ran::Failed(error) => {
            let columns = columns_of(&error, shape, &statement, change);
            Outcome::Failed { error, columns }
        }
        Ran::Changed { rows: 1, row } => Outcome::Done(row),
        Ran::Changed { rows: 0, .. } => match change {
            Change::Insert { .. } => Outcome::Refused,
            Change::Update { key, old, .. } | Change::Delete { key, old } => why_not(session, shape, key, old).await?,
        },
        Ran::Changed { .. } => Outcome::Ambiguous,
    };
    let end = if outcome.is_done() { "release" } else { "rollback to" };
    session.query(&format!("{end} savepoint {SAVEPOINT}"), &[]).await?;
    Ok(outcome)
}

/// Why a row was not changed: it is gone, it is another now, or something kept PostgreSQL from it.
async fn why_not(
    session: &mut Session,
    shape: &TableShape,
    key: &[OldCell],
    old: &[OldCell],
) -> Result<Outcome, QueryError> {
    let Ok(reading) = Statement::reading(shape, key) else { return Ok(Outcome::Gone) };
    let row = match run(session, &reading).await? {
        Ran::Changed { rows: 0, .. } => return Ok(Outcome::Gone),
        Ran::Changed { row, .. } => row,
        Ran::Failed(_) => return Ok(Outcome::Conflict(None)),
    };
    let names = readable_columns(shape);
    let is_as_it_was = row.as_ref().is_some_and(|row| {
        old.iter().all(|cell| {
            names.iter().position(|name| *name == cell.column).is_some_and(|place| row[place] == cell.value)
        })
    });
    Ok(if is_as_it_was { Outcome::Refused } else { Outcome::Conflict(row) })
}

enum Ran {
    Changed { rows: u64, row: Option<TextRow> },
    Failed(Box<ServerError>),
}

/// Runs a statement and keeps its first row, if that is not too long.
async fn run(session: &mut Session, statement: &Statement<'_>) -> Result<Ran, QueryError> {
    let parameters: Vec<_> = statement.parameters.iter().map(|(_, value)| Some(value.as_str())).collect();
    session.start_extended(&statement.text, &parameters).await?;
    let (mut rows, mut row, mut error) = (0, None, None);
    loop {
        match session.next_event().await? {
            Event::Rows(batch) if row.is_none() => {
                row = value::rows(batch.bytes()).next().and_then(whole_row);
            }
            Event::Complete { tag, .. } => {
                rows = tag.rsplit(' ').next().and_then(|count| count.parse().ok()).unwrap_or(0);
            }
            Event::Error(failure) => error = Some(failure),
            Event::Ready(_) => return Ok(error.map_or(Ran::Changed { rows, row }, Ran::Failed)),
            _ => {}
        }
    }
}

fn whole_row(row: value::Row<'_>) -> Option<TextRow> {
    let mut size = 0;
    let text = |value: value::Value<'_>| match value {
        value::Value::Cut { .. } => None,
        value::Value::Null => Some(None),
        value::Value::Text(bytes) => {
            size += bytes.len();
            (size <= ANSWERED_ROW).then(|| value.text().map(std::borrow::Cow::into_owned))
        }
    };
    row.values().map(text).collect()
}

/// The columns that an error is about: PostgreSQL names one, or a constraint that knows, or the parameter that could not
/// be read; or there is but one that was set.
fn columns_of(error: &ServerError, shape: &TableShape, statement: &Statement<'_>, change: &Change) -> Vec<String> {
    let of_table = error.table.as_ref().is_none_or(|table| *table == shape.name);
    if let Some(column) = error.column.as_ref().filter(|name| of_table && shape.column(name).is_some()) {
        return vec![column.clone()];
    }
    if let Some(constraint) = &error.constraint {
        let columns = shape.columns_of_constraint(constraint);
        if !columns.is_empty() {
            return columns.to_vec();
        }
    }
    if let Some((column, _)) = parameter_of(error).and_then(|number| statement.parameters.get(number - 1)) {
        return vec![(*column).to_owned()];
    }
    match change {
        Change::Update { values, .. } if values.len() == 1 && error.class() == "22" => vec![values[0].column.clone()],
        _ => Vec::new(),
    }
}

/// The number of the parameter whose text PostgreSQL could not read: its error's context names it, in every language, as
/// `$1`.
fn parameter_of(error: &ServerError) -> Option<usize> {
    let context = error.context.as_deref()?;
    let digits: String = context.split_once('$')?.1.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().filter(|&number| number > 0)
}
