//! What an explorer lists: one query a list, with the person's own rights, paged by name.
//!
//! Everything is qualified, so that no `search_path` can put something else in a function's place.

use std::str::FromStr;

use crate::{QueryError, Rows, Session, SessionError, server_error::ProtocolError, value::Value};

/// What part of a list is wanted.
#[derive(Debug, Clone, Copy)]
pub struct ListRequest<'a> {
    /// Only names that contain this, in any case.
    pub filter: Option<&'a str>,
    /// At most so many.
    pub limit: u32,
    /// [`ListPage::next`] of the part before.
    pub after: Option<&'a str>,
}

/// Part of a list.
#[derive(Debug)]
pub struct ListPage<T> {
    /// Its entries.
    pub items: Vec<T>,
    /// Where the next part begins, if there is one.
    pub next: Option<String>,
}

/// A database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    /// `pg_database.oid`.
    pub oid: u32,
    /// Its name.
    pub name: String,
    /// Its owner.
    pub owner: String,
    /// Its size; only known where the person may connect.
    pub size_bytes: Option<i64>,
    /// Whether the person may connect to it.
    pub may_connect: bool,
    /// Its comment.
    pub comment: Option<String>,
}

/// A schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    /// `pg_namespace.oid`.
    pub oid: u32,
    /// Its name.
    pub name: String,
    /// Its owner.
    pub owner: String,
    /// `pg_catalog` or `information_schema`.
    pub is_system: bool,
    /// Whether the person has USAGE on it.
    pub may_use: bool,
    /// Tables, partitioned tables and foreign tables.
    pub tables: i64,
    /// Views and materialized views.
    pub views: i64,
    /// Its comment.
    pub comment: Option<String>,
}

/// Which relations are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelationGroup {
    /// Tables, partitioned tables and foreign tables.
    Tables,
    /// Views and materialized views.
    Views,
}

/// What a relation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelationKind {
    /// An ordinary table.
    Table,
    /// A partitioned table.
    PartitionedTable,
    /// A foreign table.
    ForeignTable,
    /// A view.
    View,
    /// A materialized view.
    MaterializedView,
}

/// A table or view.
#[derive(Debug, Clone, PartialEq)]
pub struct Relation {
    /// `pg_class.oid`.
    pub oid: u32,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: RelationKind,
    /// The planner's estimate; none before the first ANALYZE, and for views.
    pub estimated_rows: Option<f64>,
    /// Whether it is a partition of another.
    pub is_partition: bool,
    /// Its comment.
    pub comment: Option<String>,
}

/// A column of a relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelationColumn {
    /// `attnum`.
    pub number: i16,
    /// Its name.
    pub name: String,
    /// Its type, by `format_type`.
    pub type_name: String,
    /// Whether it takes NULL.
    pub nullable: bool,
    /// The expression of its default, or of what it is generated from.
    pub default: Option<String>,
    /// Whether it is part of the primary key.
    pub primary_key: bool,
    /// Its comment.
    pub comment: Option<String>,
}

/// A type's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeName {
    /// `pg_type.oid`.
    pub oid: u32,
    /// By `format_type`.
    pub name: String,
}

/// Databases by name.
///
/// # Errors
///
/// As [`Session::query`].
pub async fn databases(session: &mut Session, request: &ListRequest<'_>) -> Result<ListPage<Database>, QueryError> {
    let (filter, limit) = (lower(request), one_more(request));
    let parameters = [request.after, filter.as_deref(), Some(limit.as_str())];
    let rows = session.query(include_str!("databases.sql"), &parameters).await?;
    let items = read(&rows, |row| {
        Some(Database {
            oid: row.value(0)?,
            name: row.text(1)?,
            owner: row.text(2)?,
            size_bytes: row.value(3),
            may_connect: row.truth(4),
            comment: row.text(5),
        })
    })?;
    Ok(page(items, request, |database| database.name.clone()))
}

/// Schemas by name, PostgreSQL's own last.
///
/// # Errors
///
/// As [`Session::query`].
pub async fn schemas(session: &mut Session, request: &ListRequest<'_>) -> Result<ListPage<Schema>, QueryError> {
    let (filter, limit) = (lower(request), one_more(request));
    // A cursor is the name behind `t` or `f`.
    let after = request.after.and_then(|after| after.split_at_checked(1));
    let parameters =
        [after.map(|(system, _)| system), after.map(|(_, name)| name), filter.as_deref(), Some(limit.as_str())];
    let rows = session.query(include_str!("schemas.sql"), &parameters).await?;
    let items = read(&rows, |row| {
        Some(Schema {
            oid: row.value(0)?,
            name: row.text(1)?,
            owner: row.text(2)?,
            is_system: row.truth(3),
            may_use: row.truth(4),
            tables: row.value(5)?,
            views: row.value(6)?,
            comment: row.text(7),
        })
    })?;
    Ok(page(items, request, |schema| format!("{}{}", if schema.is_system { 't' } else { 'f' }, schema.name)))
}

/// Tables or views of a schema, by name.
///
/// # Errors
///
/// As [`Session::query`].
pub async fn relations(
    session: &mut Session,
    schema: &str,
    group: RelationGroup,
    request: &ListRequest<'_>,
) -> Result<ListPage<Relation>, QueryError> {
    let kinds = match group {
        RelationGroup::Tables => "r,p,f",
        RelationGroup::Views => "v,m",
    };
    let (filter, limit) = (lower(request), one_more(request));
    let parameters = [Some(schema), Some(kinds), request.after, filter.as_deref(), Some(limit.as_str())];
    let rows = session.query(include_str!("relations.sql"), &parameters).await?;
    let items = read(&rows, |row| {
        Some(Relation {
            oid: row.value(0)?,
            name: row.text(1)?,
            kind: match row.text(2)?.as_str() {
                "r" => RelationKind::Table,
                "p" => RelationKind::PartitionedTable,
                "f" => RelationKind::ForeignTable,
                "v" => RelationKind::View,
                "m" => RelationKind::MaterializedView,
                _ => return None,
            },
            estimated_rows: row.value(3),
            is_partition: row.truth(4),
            comment: row.text(5),
        })
    })?;
    Ok(page(items, request, |relation| relation.name.clone()))
}

/// The columns of a relation, by number. None if there is no such relation.
///
/// # Errors
///
/// As [`Session::query`].
pub async fn columns(session: &mut Session, relation: u32) -> Result<Vec<RelationColumn>, QueryError> {
    let rows = session.query(include_str!("columns.sql"), &[Some(&relation.to_string())]).await?;
    read(&rows, |row| {
        Some(RelationColumn {
            number: row.value(0)?,
            name: row.text(1)?,
            type_name: row.text(2)?,
            nullable: row.truth(3),
            default: row.text(4),
            primary_key: row.truth(5),
            comment: row.text(6),
        })
    })
}

/// Names of those of the types that exist.
///
/// # Errors
///
/// As [`Session::query`].
pub async fn type_names(session: &mut Session, oids: &[u32]) -> Result<Vec<TypeName>, QueryError> {
    let list = oids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let rows = session.query(include_str!("types.sql"), &[Some(&list)]).await?;
    read(&rows, |row| Some(TypeName { oid: row.value(0)?, name: row.text(1)? }))
}

fn lower(request: &ListRequest<'_>) -> Option<String> {
    request.filter.map(str::to_lowercase)
}

/// One more than is wanted tells whether there is a next part.
fn one_more(request: &ListRequest<'_>) -> String {
    (u64::from(request.limit) + 1).to_string()
}

fn page<T>(mut items: Vec<T>, request: &ListRequest<'_>, cursor: impl Fn(&T) -> String) -> ListPage<T> {
    let limit = request.limit as usize;
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(cursor);
    ListPage { items, next }
}

/// The values of a row by place.
struct Values<'a>(Vec<Value<'a>>);

impl Values<'_> {
    fn text(&self, place: usize) -> Option<String> {
        self.0.get(place)?.text().map(Into::into)
    }

    fn value<T: FromStr>(&self, place: usize) -> Option<T> {
        self.0.get(place)?.text()?.parse().ok()
    }

    fn truth(&self, place: usize) -> bool {
        self.0.get(place).is_some_and(|value| *value == Value::Text(b"t"))
    }
}

fn read<T>(rows: &Rows, entry: impl Fn(&Values<'_>) -> Option<T>) -> Result<Vec<T>, QueryError> {
    rows.iter()
        .map(|row| {
            entry(&Values(row.values().collect()))
                .ok_or_else(|| SessionError::from(ProtocolError::new("a catalogue row lacks a value")).into())
        })
        .collect()
}
