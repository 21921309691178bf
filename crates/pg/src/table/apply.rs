//! Changes of rows, made in one transaction: all of them or none.

use std::time::Duration;

use super::change::{Change, ChangeFault, OldCell, Statement, readable_columns};
use super::obstacle::{self, LockHolder};
use super::shape::{TableShape, shape};
use crate::{Event, QueryError, Session, TransactionStatus, server_error::ServerError, session::SessionError, value};

/// After so many changes that cannot be made the rest is not tried.
const MOST_FAILURES: usize = 50;
/// What a change is undone to, so that the next can still be tried.
const SAVEPOINT: &str = "howdah_change";
/// Values of an answered row beyond this many bytes in all are left out.
const ANSWERED_ROW: usize = 256 << 10;
/// The SQLSTATE of a `lock_timeout`.
const LOCK_NOT_AVAILABLE: &str = "55P03";
/// SQLSTATEs behind which to go on would only mean to wait or to fail again: `lock_not_available`, `query_canceled`,
/// `serialization_failure`, `deadlock_detected`.
const ENDS_ALL: [&str; 4] = [LOCK_NOT_AVAILABLE, "57014", "40001", "40P01"];
/// The SQLSTATE with which a policy refuses a row.
const INSUFFICIENT_PRIVILEGE: &str = "42501";

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
    /// The columns that `commit_error` is about, as far as that shows.
    pub commit_columns: Vec<String>,
}

/// Why it is not known here what became of changes, or why they could not be tried.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// Nothing was changed.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The connection was lost while PostgreSQL was committing.
    #[error("the connection was lost during the commit")]
    Commit {
        /// The transaction, if it was given a number: `pg_xact_status` tells what became of it.
        transaction: Option<String>,
        /// How the connection was lost.
        source: SessionError,
    },
}

impl From<SessionError> for ApplyError {
    fn from(error: SessionError) -> Self {
        Self::Query(QueryError::Session(error))
    }
}

/// What became of a change.
#[derive(Debug)]
pub enum Outcome {
    /// It could be made. The row as it is then, unless it is too long or may not be read.
    Done(Option<TextRow>),
    /// The row could be added, and policies hide it from the role that added it.
    Hidden,
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
        /// Who holds the lock that did not come, as far as that shows.
        holder: Option<LockHolder>,
    },
    /// No statement can be made of it.
    Invalid(ChangeFault),
    /// It was not tried, for what went before.
    NotTried,
}

impl Outcome {
    fn is_done(&self) -> bool {
        matches!(self, Self::Done(_) | Self::Hidden)
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
/// [`ApplyError::Commit`] when the connection is lost while the commit is under way; otherwise nothing was changed: the
/// connection was lost before, or the transaction could not begin.
pub async fn apply(
    session: &mut Session,
    relation: u32,
    changes: &[Change],
    patience: Patience,
) -> Result<Option<Applied>, ApplyError> {
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
) -> Result<Option<Applied>, ApplyError> {
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
    let mut applied = Applied {
        is_applied: false,
        columns: readable_columns(&shape),
        outcomes,
        commit_error: None,
        commit_columns: Vec::new(),
    };
    if failures == 0 {
        match commit(session).await? {
            None => applied.is_applied = true,
            Some(error) => {
                let constraint = error.constraint.as_deref().unwrap_or_default();
                applied.commit_columns = shape.columns_of_constraint(constraint).to_vec();
                applied.commit_error = Some(error);
            }
        }
    }
    Ok(Some(applied))
}

/// Commits, or answers why PostgreSQL did not.
async fn commit(session: &mut Session) -> Result<Option<Box<ServerError>>, ApplyError> {
    let asked = session.query("select pg_catalog.pg_current_xact_id_if_assigned()::pg_catalog.text", &[]).await?;
    let transaction = asked.texts().next().and_then(|mut row| row.pop().flatten()).map(std::borrow::Cow::into_owned);
    match session.query("commit", &[]).await {
        Ok(_) => Ok(None),
        Err(QueryError::Server(error)) if !error.is_fatal() => Ok(Some(error)),
        Err(QueryError::Session(source)) => Err(ApplyError::Commit { transaction, source }),
        Err(other) => Err(other.into()),
    }
}

/// What became of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It was committed.
    Committed,
    /// It was undone.
    Undone,
    /// PostgreSQL is not done with it.
    UnderWay,
    /// It is too long ago.
    Unknown,
}

/// Asks what became of a transaction, as [`ApplyError::Commit`] names it.
///
/// # Errors
///
/// PostgreSQL's.
pub async fn fate(session: &mut Session, transaction: &str) -> Result<Fate, QueryError> {
    let sql = "select pg_catalog.pg_xact_status($1::pg_catalog.xid8)";
    let rows = session.query(sql, &[Some(transaction)]).await?;
    Ok(match rows.texts().next().and_then(|mut row| row.pop().flatten()).as_deref() {
        Some("committed") => Fate::Committed,
        Some("aborted") => Fate::Undone,
        Some("in progress") => Fate::UnderWay,
        _ => Fate::Unknown,
    })
}

/// Tries one change. The transaction is good afterwards, whatever came of it.
async fn make(session: &mut Session, shape: &TableShape, change: &Change) -> Result<Outcome, QueryError> {
    let statement = match Statement::of(shape, change) {
        Ok(statement) => statement,
        Err(fault) => return Ok(Outcome::Invalid(fault)),
    };
    session.query(&format!("savepoint {SAVEPOINT}"), &[]).await?;
    let ran = run(session, &statement).await?;
    let outcome = match ran {
        Ran::Failed(error) => {
            session.query(&format!("rollback to savepoint {SAVEPOINT}"), &[]).await?;
            return after_failure(session, shape, change, &statement, error).await;
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

/// What to make of an error, once the transaction is good again.
async fn after_failure(
    session: &mut Session,
    shape: &TableShape,
    change: &Change,
    statement: &Statement<'_>,
    error: Box<ServerError>,
) -> Result<Outcome, QueryError> {
    let mut error = error;
    // Somebody may add rows that they do not see, as long as they do not ask to see them.
    let may_be_unseen = error.code == INSUFFICIENT_PRIVILEGE && shape.row_security;
    if let (true, Change::Insert { .. }, Ok(blind)) = (may_be_unseen, change, Statement::blind(shape, change)) {
        match run(session, &blind).await? {
            Ran::Changed { rows: 1, .. } => {
                session.query(&format!("release savepoint {SAVEPOINT}"), &[]).await?;
                return Ok(Outcome::Hidden);
            }
            Ran::Changed { .. } => {}
            Ran::Failed(graver) => error = graver,
        }
        session.query(&format!("rollback to savepoint {SAVEPOINT}"), &[]).await?;
    }
    // After these the transaction takes nothing but its end.
    let is_over = matches!(error.code.as_str(), "40001" | "40P01");
    let columns =
        if is_over { Vec::new() } else { obstacle::columns_of(session, &error, shape, statement, change).await? };
    let holder = match error.code == LOCK_NOT_AVAILABLE {
        true => obstacle::change_holder(session, shape, change).await?,
        false => None,
    };
    Ok(Outcome::Failed { error, columns, holder })
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
    let is_as_it_was = row.as_ref().is_some_and(|row| obstacle::is_as_it_was(&names, row, old));
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
