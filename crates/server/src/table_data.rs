//! Rows of tables: what has to be known of a table, and changes of its rows, made as the person and written down.

use std::time::Duration;

use howdah_pg::catalog::RelationKind as Kind;
use howdah_pg::table::{self, ApplyError, Change, Fate, NewCell, NewValue, OldCell, Outcome, Patience};
use howdah_pg::{QueryError, Session, SessionError};

use crate::app::App;
use crate::audit::{Action, Event, Outcome as AuditOutcome};
use crate::catalogue::{self, Question};
use crate::connect::{self, Purpose, lost_connection};
use crate::error::{ApiError, ApiResult, Code, sentence};
use crate::script::database_error;
use crate::servers::Found;
use crate::session::SignedIn;
use crate::unlocking;
use crate::wire::{
    CellChange, CellValue, ChangeOutcome, ChangeReport, IdentityKind, KnownCell, LockHolder, RelationKind, RowChange,
    TableColumn, TableKey, TableLock, TableReference, TableShape, WriteAccess,
};

/// Somebody waits in front of a page for these.
const PATIENCE: Patience = Patience { lock: Duration::from_secs(5), statement: Duration::from_secs(60) };

/// The SQLSTATE of a `lock_timeout`.
const LOCK_NOT_AVAILABLE: &str = "55P03";

/// The shape of a table or view, as the person's role sees it.
///
/// # Errors
///
/// 404, and as for connecting.
pub async fn shape(
    app: &App,
    person: &SignedIn,
    server: &Found,
    database: &str,
    relation: u32,
) -> ApiResult<table::TableShape> {
    catalogue::ask(app, person, server, database, &Shape(relation)).await?.ok_or_else(no_table)
}

struct Shape(u32);

impl Question for Shape {
    type Answer = Option<table::TableShape>;

    async fn ask(&self, session: &mut Session) -> Result<Self::Answer, QueryError> {
        table::shape(session, self.0).await
    }
}

fn no_table() -> ApiError {
    ApiError::new(
        Code::NotFound,
        "This table does not exist any more. It was dropped, or made anew under the same name: open it from the explorer.",
    )
}

/// Changes that somebody wants made.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Where.
    pub database: &'a str,
    /// `pg_class.oid` of the table or view.
    pub relation: u32,
    /// Which.
    pub changes: &'a [Change],
    /// Why, where the server is read only by default.
    pub reason: Option<&'a str>,
}

/// Makes changes on a connection of their own: all of them or none. The audit trail has them as the statements that they
/// are, and before them why a server that is read only by default is written to.
///
/// # Errors
///
/// 404, 409 without a reason that is needed, and as for connecting. What stands in the way of a change is no error: the
/// report tells it.
pub async fn apply(app: &App, person: &SignedIn, server: &Found, asked: Asked<'_>) -> ApiResult<ChangeReport> {
    let Asked { database, relation, changes, .. } = asked;
    let reason = reason(server, asked.reason)?;
    let shape = shape(app, person, server, database, relation).await?;
    let statements = match table::preview(&shape, changes) {
        Ok(statements) => statements,
        Err((place, fault)) => return Ok(not_begun(changes.len(), place, &fault)),
    };
    let script = format!("begin;\n{};\ncommit;", statements.join(";\n"));
    let (kept, text) = app.audit().text(&script);
    let event = Event::new(person, Action::Statement { bytes: 0, text }).at(server).in_database(database);
    if let Some(reason) = reason {
        let action = Action::Unlock { reason: reason.to_owned() };
        app.audit().write_first(Event::new(person, action).at(server).in_database(database)).await?;
    }
    let mut pending = app.audit().begin(Event { statement: kept, ..event }).await?;
    let result = Box::pin(run(app, person, server, asked)).await;
    match &result {
        Ok((report, role)) => {
            let rows = if report.applied { changes.len() as u64 } else { 0 };
            pending.update(|event| (event.role, event.rows) = (Some(role.clone()), Some(rows)));
            match obstacle(report) {
                None => pending.conclude(AuditOutcome::Ok, None),
                Some(code) => pending.conclude(AuditOutcome::Failed, Some(code)),
            }
        }
        Err(error) => pending.fail(error),
    }
    result.map(|(report, _)| report)
}

/// The reason that a server which is read only by default is written to for; `None` where none is needed.
fn reason<'a>(server: &Found, given: Option<&'a str>) -> ApiResult<Option<&'a str>> {
    if !server.definition.read_only {
        return Ok(None);
    }
    let Some(given) = given else {
        let words = "This server is read only by default, and nothing was changed. Say why it must be written to.";
        return Err(ApiError::new(Code::WritesLocked, words));
    };
    unlocking::checked(given).map(Some)
}

/// Opens a connection, makes the changes and answers what came of them and as which role.
async fn run(app: &App, person: &SignedIn, server: &Found, asked: Asked<'_>) -> ApiResult<(ChangeReport, String)> {
    let Asked { database, relation, changes, .. } = asked;
    // A stop waits for the transaction.
    let _hold = app.tasks().token();
    let mut connection = connect::open(app, person, server, database, Purpose::Query).await?;
    if connection.greeting.writes == WriteAccess::Locked {
        // The reason is written down. The lock is back with the next connection.
        connection.session.permit_writes();
        connection.session.query(unlocking::WRITE, &[]).await.map_err(|error| failure(&error))?;
    }
    let ended = connection.tracked.ended();
    // Dropped half-way the connection closes, and PostgreSQL rolls back within the limits of `PATIENCE`.
    let applied = tokio::select! {
        applied = table::apply(&mut connection.session, relation, changes, PATIENCE) => applied,
        () = ended.cancelled() => return Err(connection.tracked.reason()),
    };
    let user = connection.user.clone();
    let applied = match applied {
        Err(ApplyError::Commit { transaction, source }) => {
            drop(connection);
            let was_committed = was_committed(app, person, server, database, transaction, &source).await?;
            let report = ChangeReport {
                applied: was_committed,
                columns: Vec::new(),
                outcomes: changes.iter().map(|_| ChangeOutcome::Done { row: None }).collect(),
                commit_error: source.server().map(|error| database_error(error, None)),
                commit_columns: Vec::new(),
            };
            return Ok((report, user));
        }
        Err(ApplyError::Query(error)) => return Err(failure(&error)),
        Ok(applied) => applied.ok_or_else(no_table)?,
    };
    connection.session.close().await;
    let report = ChangeReport {
        applied: applied.is_applied,
        columns: applied.columns,
        outcomes: applied.outcomes.into_iter().map(outcome).collect(),
        commit_error: applied.commit_error.map(|error| database_error(&error, None)),
        commit_columns: applied.commit_columns,
    };
    Ok((report, user))
}

/// How often it is asked what became of a commit, and how long it is waited in between.
const ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_secs(1);

/// What became of a commit during which the connection was lost: PostgreSQL knows, once it can be asked again.
async fn was_committed(
    app: &App,
    person: &SignedIn,
    server: &Found,
    database: &str,
    transaction: Option<String>,
    lost: &SessionError,
) -> ApiResult<bool> {
    let unknown = || {
        let problem = ApiError::new(
            Code::OutcomeUnknown,
            "The connection was lost while PostgreSQL was committing, and it cannot be asked what became of that. Read the rows again and look before you apply the changes once more.",
        );
        match lost.server() {
            Some(last_words) => problem.with_database(last_words),
            None => problem,
        }
    };
    let Some(transaction) = transaction else { return Err(unknown()) };
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            tokio::time::sleep(PAUSE).await;
        }
        let Ok(mut connection) = Box::pin(connect::open(app, person, server, database, Purpose::Query)).await else {
            continue;
        };
        match table::fate(&mut connection.session, &transaction).await {
            Ok(Fate::Committed) => return Ok(true),
            Ok(Fate::Undone) => return Ok(false),
            Ok(Fate::UnderWay | Fate::Unknown) | Err(_) => {}
        }
    }
    Err(unknown())
}

/// Who keeps everybody from reading a table or view; nobody where that cannot be told.
///
/// # Errors
///
/// As for connecting.
pub async fn lock(app: &App, person: &SignedIn, server: &Found, database: &str, relation: u32) -> ApiResult<TableLock> {
    let holder = catalogue::ask(app, person, server, database, &Holder(relation)).await?;
    Ok(TableLock { holder: holder.map(lock_holder) })
}

struct Holder(u32);

impl Question for Holder {
    type Answer = Option<table::LockHolder>;

    async fn ask(&self, session: &mut Session) -> Result<Self::Answer, QueryError> {
        table::table_holder(session, self.0).await
    }
}

fn lock_holder(holder: table::LockHolder) -> LockHolder {
    let table::LockHolder { pid, user, application, state, since } = holder;
    LockHolder { pid, user, application, state, since }
}

fn failure(error: &QueryError) -> ApiError {
    match error {
        QueryError::Server(error) => ApiError::new(
            Code::StatementFailed,
            if error.code == LOCK_NOT_AVAILABLE {
                "Somebody holds the whole table, and nothing was changed. Try again when they are done."
            } else {
                "The changes could not begin, and nothing was changed. PostgreSQL's own words are below."
            },
        )
        .with_database(error),
        QueryError::Session(error) => lost_connection(error),
        QueryError::TooLarge => ApiError::new(Code::StatementFailed, "The answer is too large."),
    }
}

/// Why changes were not made, for the audit trail.
fn obstacle(report: &ChangeReport) -> Option<String> {
    if report.applied {
        return None;
    }
    let of_change = report.outcomes.iter().find_map(|outcome| match outcome {
        ChangeOutcome::Failed { error, .. } => Some(error.code.clone()),
        ChangeOutcome::Conflict { .. } | ChangeOutcome::Gone => Some("conflict".to_owned()),
        ChangeOutcome::Refused => Some("refused".to_owned()),
        ChangeOutcome::Ambiguous => Some("ambiguous".to_owned()),
        ChangeOutcome::Invalid { .. } => Some("invalid".to_owned()),
        ChangeOutcome::Done { .. } | ChangeOutcome::Hidden | ChangeOutcome::NotTried => None,
    });
    of_change.or_else(|| report.commit_error.as_ref().map(|error| error.code.clone()))
}

fn not_begun(count: usize, place: usize, fault: &table::ChangeFault) -> ChangeReport {
    let outcome = |other| if other == place { invalid(fault) } else { ChangeOutcome::NotTried };
    ChangeReport {
        applied: false,
        columns: Vec::new(),
        outcomes: (0..count).map(outcome).collect(),
        commit_error: None,
        commit_columns: Vec::new(),
    }
}

fn invalid(fault: &table::ChangeFault) -> ChangeOutcome {
    ChangeOutcome::Invalid { message: sentence(&fault.to_string()), column: fault.column().map(str::to_owned) }
}

fn outcome(outcome: Outcome) -> ChangeOutcome {
    match outcome {
        Outcome::Done(row) => ChangeOutcome::Done { row },
        Outcome::Conflict(row) => ChangeOutcome::Conflict { row },
        Outcome::Gone => ChangeOutcome::Gone,
        Outcome::Refused => ChangeOutcome::Refused,
        Outcome::Ambiguous => ChangeOutcome::Ambiguous,
        Outcome::Hidden => ChangeOutcome::Hidden,
        Outcome::Failed { error, columns, holder } => ChangeOutcome::Failed {
            error: Box::new(database_error(&error, None)),
            columns,
            holder: holder.map(lock_holder),
        },
        Outcome::Invalid(fault) => invalid(&fault),
        Outcome::NotTried => ChangeOutcome::NotTried,
    }
}

/// A change as it crossed the wire.
#[must_use]
pub fn change(change: RowChange) -> Change {
    match change {
        RowChange::Insert { values } => Change::Insert { values: values.into_iter().map(new_cell).collect() },
        RowChange::Update { key, old, values } => {
            Change::Update { key: known(key), old: known(old), values: values.into_iter().map(new_cell).collect() }
        }
        RowChange::Delete { key, old } => Change::Delete { key: known(key), old: known(old) },
    }
}

fn known(cells: Vec<KnownCell>) -> Vec<OldCell> {
    cells.into_iter().map(|KnownCell { column, value }| OldCell { column, value }).collect()
}

fn new_cell(CellChange { column, value }: CellChange) -> NewCell {
    let value = match value {
        CellValue::Null => NewValue::Null,
        CellValue::Default => NewValue::Default,
        CellValue::Text { text } => NewValue::Text(text),
    };
    NewCell { column, value }
}

/// A shape as it crosses the wire.
#[must_use]
pub fn wire_shape(shape: table::TableShape) -> TableShape {
    TableShape {
        updatable: shape.is_updatable(),
        takes_inserts: shape.takes_inserts(),
        takes_updates: shape.takes_updates(),
        takes_deletes: shape.takes_deletes(),
        oid: shape.oid,
        schema: shape.schema,
        name: shape.name,
        kind: match shape.kind {
            Kind::Table => RelationKind::Table,
            Kind::PartitionedTable => RelationKind::PartitionedTable,
            Kind::ForeignTable => RelationKind::ForeignTable,
            Kind::View => RelationKind::View,
            Kind::MaterializedView => RelationKind::MaterializedView,
        },
        row_security: shape.row_security,
        comment: shape.comment,
        estimated_rows: shape.estimated_rows,
        may_select: shape.may_select,
        columns: shape.columns.into_iter().map(column).collect(),
        keys: shape.keys.into_iter().map(|key| TableKey { name: key.name, columns: key.columns }).collect(),
        foreign_keys: shape.foreign_keys.into_iter().map(reference).collect(),
        referring: shape.referring.into_iter().map(reference).collect(),
        triggers: shape.triggers,
        obstacle: shape.obstacle,
    }
}

fn column(column: table::TableColumn) -> TableColumn {
    TableColumn {
        number: column.number,
        name: column.name,
        type_oid: column.type_oid,
        type_name: column.type_name,
        base_type_oid: column.base_type_oid,
        category: column.category.to_string(),
        labels: column.labels,
        element_labels: column.element_labels,
        not_null: column.not_null,
        default: column.default,
        generated: column.generated,
        identity: column.identity.map(|identity| match identity {
            table::Identity::Always => IdentityKind::Always,
            table::Identity::ByDefault => IdentityKind::ByDefault,
        }),
        comparable: column.comparable,
        updatable: column.updatable,
        may_select: column.may_select,
        may_insert: column.may_insert,
        may_update: column.may_update,
        comment: column.comment,
    }
}

fn reference(reference: table::Reference) -> TableReference {
    TableReference {
        name: reference.name,
        oid: reference.oid,
        schema: reference.schema,
        table: reference.table,
        columns: reference.columns,
        other_columns: reference.other_columns,
    }
}
