//! What a view has from the tables that it shows: keys, foreign keys, and why it takes no changes.

use super::shape::{Key, Origin, Reference, TableShape, shape_at};
use crate::{Column, QueryError, Session, quote};

/// Views on views are followed so far down to the tables that they show.
const MAX_DEPTH: u8 = 8;
/// Of a view on more tables the rest is not looked at.
const MOST_TABLES: usize = 8;

/// Adds to a view's shape what its columns have from elsewhere.
///
/// # Errors
///
/// PostgreSQL's.
pub(super) async fn complete(session: &mut Session, view: &mut TableShape, depth: u8) -> Result<(), QueryError> {
    if depth == 0 && !view.is_updatable() {
        view.obstacle = obstacle(session, view).await?;
    }
    let Some(definition) = view.definition.clone().filter(|_| depth < MAX_DEPTH) else { return Ok(()) };
    // A description of the view's own query tells for each column where it comes from.
    let described = match session.describe(&definition).await {
        Ok(columns) => columns,
        // Such as for want of rights on a schema: then the view has nothing that the role could use.
        Err(QueryError::Server(error)) if !error.is_fatal() => return Ok(()),
        Err(error) => return Err(error),
    };
    let mut tables: Vec<u32> = described.iter().map(|column| column.table_oid).filter(|&oid| oid != 0).collect();
    let first = tables.first().copied();
    tables.sort_unstable();
    tables.dedup();
    for below in tables.into_iter().take(MOST_TABLES) {
        let Some(table) = shape_at(session, below, depth + 1).await? else { continue };
        let shown = Shown { view, table: &table, described: &described };
        let origins: Vec<_> = table.columns.iter().filter_map(|column| shown.origin(&column.name)).collect();
        let references = |all: &[Reference]| all.iter().filter_map(|one| shown.reference(one)).collect::<Vec<_>>();
        let keys = |all: &[Key]| all.iter().filter_map(|key| shown.key(key)).collect::<Vec<_>>();
        // With a trigger in place of changes a key of one of several tables may stand in more than one row. Then no
        // change is made: see `Outcome::Ambiguous`.
        let identifies = !view.passes_changes_on() || first == Some(below);
        let found = (
            if identifies && view.is_updatable() { keys(&table.keys) } else { Vec::new() },
            keys(&table.constraints),
            references(&table.foreign_keys),
            references(&table.referring),
        );
        view.origins.extend(origins);
        view.keys.extend(found.0);
        view.constraints.extend(found.1);
        view.foreign_keys.extend(found.2);
        view.referring.extend(found.3);
    }
    Ok(())
}

/// A table as far as a view shows it.
struct Shown<'a> {
    view: &'a TableShape,
    table: &'a TableShape,
    described: &'a [Column],
}

impl Shown<'_> {
    /// The view's column for one of the table.
    fn column(&self, name: &str) -> Option<String> {
        let number = self.table.column(name)?.number;
        let is_it = |column: &Column| column.table_oid == self.table.oid && column.attribute_number == number;
        let place = self.described.iter().position(is_it)?;
        self.view.columns.get(place).map(|column| column.name.clone())
    }

    fn columns(&self, names: &[String]) -> Option<Vec<String>> {
        names.iter().map(|name| self.column(name)).collect()
    }

    fn key(&self, key: &Key) -> Option<Key> {
        Some(Key { name: key.name.clone(), columns: self.columns(&key.columns)? })
    }

    fn reference(&self, reference: &Reference) -> Option<Reference> {
        Some(Reference { columns: self.columns(&reference.columns)?, ..reference.clone() })
    }

    fn origin(&self, column: &str) -> Option<Origin> {
        let shown = self.column(column)?;
        // Of a view on a view the table below is meant by errors.
        let below = self.table.origins.iter().find(|origin| origin.shown == column);
        let (table, column) =
            below.map_or((self.table.name.as_str(), column), |origin| (&origin.table, &origin.column));
        Some(Origin { table: table.to_owned(), column: column.to_owned(), shown })
    }
}

/// PostgreSQL's own reason why nothing can be changed through a view: it is asked to understand a DELETE, which is not run.
async fn obstacle(session: &mut Session, view: &TableShape) -> Result<Option<String>, QueryError> {
    let name = format!("{}.{}", quote::identifier(&view.schema), quote::identifier(&view.name));
    match session.describe(&format!("delete from {name}")).await {
        Ok(_) => Ok(None),
        Err(QueryError::Server(error)) if !error.is_fatal() => Ok(error.detail),
        Err(error) => Err(error),
    }
}
