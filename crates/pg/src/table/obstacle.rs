//! What stands in the way of a change: the columns that an error is about, and who holds a lock.

use super::change::{Change, NewCell, OldCell, Statement};
use super::shape::TableShape;
use crate::{QueryError, Session, catalog::RelationKind, quote, server_error::ServerError};

/// Somebody who holds a lock that others wait for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockHolder {
    /// The process at the server.
    pub pid: i32,
    /// The role.
    pub user: Option<String>,
    /// The `application_name`.
    pub application: Option<String>,
    /// What it does, as `pg_stat_activity.state` has it.
    pub state: Option<String>,
    /// Since when it is in its transaction, in ISO 8601.
    pub since: Option<String>,
}

/// Modes that keep others from changing rows of a table.
const AGAINST_WRITERS: &str = "('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')";
/// The mode that keeps others even from reading.
const AGAINST_READERS: &str = "('AccessExclusiveLock')";

const HOLDER: &str = "select l.pid::pg_catalog.text, a.usename, a.application_name, a.state,
       pg_catalog.to_char(a.xact_start at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')
  from pg_catalog.pg_locks l left join pg_catalog.pg_stat_activity a on a.pid = l.pid
 where l.granted and l.pid <> pg_catalog.pg_backend_pid()";

/// Who keeps everybody from reading a table.
///
/// # Errors
///
/// PostgreSQL's.
pub async fn table_holder(session: &mut Session, relation: u32) -> Result<Option<LockHolder>, QueryError> {
    holder_of_table(session, relation, AGAINST_READERS).await
}

async fn holder_of_table(session: &mut Session, relation: u32, modes: &str) -> Result<Option<LockHolder>, QueryError> {
    let sql = format!(
        "{HOLDER} and l.locktype = 'relation' and l.mode in {modes}
   and l.database = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())
   and l.relation in (select relid from pg_catalog.pg_partition_tree($1::pg_catalog.oid::pg_catalog.regclass)
                      union all select $1::pg_catalog.oid)
 order by a.xact_start limit 1"
    );
    holder(session, &sql, &[Some(&relation.to_string())]).await
}

/// Who keeps a change waiting: somebody with the whole table, or with its row. The transaction must be a good one.
pub(super) async fn change_holder(
    session: &mut Session,
    shape: &TableShape,
    change: &Change,
) -> Result<Option<LockHolder>, QueryError> {
    let of_table = holder_of_table(session, shape.oid, AGAINST_WRITERS).await?;
    let (Change::Update { key, .. } | Change::Delete { key, .. }) = change else { return Ok(of_table) };
    let has_places = matches!(shape.kind, RelationKind::Table | RelationKind::PartitionedTable);
    if of_table.is_some() || !has_places {
        return Ok(of_table);
    }
    let Ok(locker) = Statement::locker(shape, key) else { return Ok(None) };
    // Where several share the row, a number stands there that no transaction has.
    let sql = format!("{HOLDER} and l.locktype = 'transactionid' and l.transactionid = ({}) limit 1", locker.text);
    let parameters: Vec<_> = locker.parameters.iter().map(|(_, value)| Some(value.as_str())).collect();
    holder(session, &sql, &parameters).await
}

async fn holder(
    session: &mut Session,
    sql: &str,
    parameters: &[Option<&str>],
) -> Result<Option<LockHolder>, QueryError> {
    let rows = match session.query(sql, parameters).await {
        // Not to know who it is must not be worse than the lock itself.
        Err(QueryError::Server(error)) if !error.is_fatal() => return Ok(None),
        rows => rows?,
    };
    let found = rows.texts().next().and_then(|row| {
        let texts: Vec<_> = row.into_iter().map(|text| text.map(std::borrow::Cow::into_owned)).collect();
        let [pid, user, application, state, since] = <[Option<String>; 5]>::try_from(texts).ok()?;
        let application = application.filter(|name| !name.is_empty());
        Some(LockHolder { pid: pid?.parse().ok()?, user, application, state, since })
    });
    Ok(found)
}

/// The columns of a constraint or a unique index of another table, such as a partition.
const CONSTRAINED: &str = "select a.attname
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 cross join lateral (
       select k.conkey as numbers from pg_catalog.pg_constraint k where k.conrelid = c.oid and k.conname = $3
       union all
       select i.indkey::pg_catalog.int2[] from pg_catalog.pg_index i
         join pg_catalog.pg_class own on own.oid = i.indexrelid
        where i.indrelid = c.oid and own.relname = $3) found
  join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = any (found.numbers) and a.attnum > 0
 where n.nspname = $1 and c.relname = $2
 group by a.attname, a.attnum order by a.attnum";

/// The columns that an error is about. Where the shape does not tell, PostgreSQL is asked: the transaction must be a good
/// one.
pub(super) async fn columns_of(
    session: &mut Session,
    error: &ServerError,
    shape: &TableShape,
    statement: &Statement<'_>,
    change: &Change,
) -> Result<Vec<String>, QueryError> {
    let known = known_columns(error, shape, statement, change);
    let (Some(schema), Some(table), Some(constraint)) = (&error.schema, &error.table, &error.constraint) else {
        return Ok(known);
    };
    if !known.is_empty() {
        return Ok(known);
    }
    let rows = session.query(CONSTRAINED, &[Some(schema), Some(table), Some(constraint)]).await?;
    let names = rows.texts().filter_map(|mut row| row.pop().flatten());
    Ok(names.filter_map(|name| shape.column_of(Some(table), &name)).collect())
}

/// PostgreSQL names a column, or a constraint that knows, or the parameter that could not be read, or a domain; or there
/// is but one that was set.
fn known_columns(error: &ServerError, shape: &TableShape, statement: &Statement<'_>, change: &Change) -> Vec<String> {
    if let Some(column) = error.column.as_ref().and_then(|name| shape.column_of(error.table.as_deref(), name)) {
        return vec![column];
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
    let (Change::Update { values, .. } | Change::Insert { values }) = change else { return Vec::new() };
    if let Some(domain) = &error.data_type {
        let is_of_it = |cell: &&NewCell| {
            let column = shape.column(&cell.column);
            column.is_some_and(|column| column.type_name.ends_with(&quote::identifier(domain)))
        };
        return values.iter().filter(is_of_it).map(|cell| cell.column.clone()).collect();
    }
    match values.as_slice() {
        [only] if error.class() == "22" => vec![only.column.clone()],
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

/// Whether a row is as it was read.
pub(super) fn is_as_it_was(shape_columns: &[String], row: &[Option<String>], old: &[OldCell]) -> bool {
    old.iter().all(|cell| {
        shape_columns.iter().position(|name| *name == cell.column).is_some_and(|place| row[place] == cell.value)
    })
}
