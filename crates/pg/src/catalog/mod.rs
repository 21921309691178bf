//! What is in a database: one catalogue query for each list, with no more than the rights of the person.
//!
//! Every name in the queries is qualified, so that no `search_path` changes what they mean. Lists are paged by key: a
//! page begins behind the last entry of the one before, whatever was made or dropped meanwhile.

mod address;
mod completion;
mod identify;
mod kinds;
mod names;
mod page;
mod search;

use std::{borrow::Cow, str::FromStr};

pub use address::{Catalog, ObjectAddress, UnknownCatalog};
pub use completion::{CompletionSchema, completion_objects, completion_schemas, completion_server};
pub use kinds::{KINDS, Kind, ListedObject, Within, count_objects, objects};
pub use names::{NameRequest, NamedObject, find_names};
pub use page::{Depth, LockHolder, PageLine, lock_holders, object_page};
pub use search::{FoundText, search_text};

use serde::Deserialize;

use crate::{
    QueryError, Rows, Session,
    server_error::ProtocolError,
    session::SessionError,
    value::{Row, Value},
};

/// Which part of a list.
#[derive(Debug, Clone, Copy, Default)]
pub struct ListRequest<'a> {
    /// Only names that contain this, in upper or lower case.
    pub filter: Option<&'a str>,
    /// At most so many entries, up to 2,147,483,646.
    pub limit: u32,
    /// [`ListPage::next`] of the part before. What never was one is taken for a name.
    pub after: Option<&'a str>,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct ListPage<T> {
    /// The entries, by name.
    pub items: Vec<T>,
    /// Where the next part begins, when there is one.
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
    /// `None` where the person may not ask.
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
    /// PostgreSQL's own.
    pub is_system: bool,
    /// Whether the person has USAGE.
    pub may_use: bool,
    /// Tables, partitioned tables and foreign tables, partitions included.
    pub tables: i64,
    /// Views and materialized views.
    pub views: i64,
    /// Its comment.
    pub comment: Option<String>,
}

/// What a relation is. It is read as `pg_class.relkind` has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum RelationKind {
    /// An ordinary table.
    #[serde(rename = "r")]
    Table,
    /// A partitioned table.
    #[serde(rename = "p")]
    PartitionedTable,
    /// A foreign table.
    #[serde(rename = "f")]
    ForeignTable,
    /// A view.
    #[serde(rename = "v")]
    View,
    /// A materialized view.
    #[serde(rename = "m")]
    MaterializedView,
}

/// A column of a relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelationColumn {
    /// `attnum`.
    pub number: i16,
    /// Its name.
    pub name: String,
    /// Its type as `format_type` writes it.
    pub type_name: String,
    /// Whether NULL is allowed.
    pub nullable: bool,
    /// The expression of its default or of its generation, or how it is an identity.
    pub default: Option<String>,
    /// Part of the primary key.
    pub primary_key: bool,
    /// Its comment.
    pub comment: Option<String>,
}

/// A type's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeName {
    /// `pg_type.oid`.
    pub oid: u32,
    /// As `format_type` writes it.
    pub name: String,
}

/// The databases of the server, templates left out.
///
/// # Errors
///
/// PostgreSQL's.
pub async fn databases(session: &mut Session, request: &ListRequest<'_>) -> Result<ListPage<Database>, QueryError> {
    let read = |values: &mut Values<'_>| {
        Ok(Database {
            oid: values.parse()?,
            name: values.text()?,
            owner: values.text()?,
            size_bytes: values.optional_parse()?,
            may_connect: values.flag()?,
            comment: values.optional()?,
        })
    };
    list(session, include_str!("databases.sql"), request, &[], read, |database| (database.oid, &database.name)).await
}

/// The schemas of the database, PostgreSQL's own last.
///
/// # Errors
///
/// PostgreSQL's.
pub async fn schemas(session: &mut Session, request: &ListRequest<'_>) -> Result<ListPage<Schema>, QueryError> {
    let read = |values: &mut Values<'_>| {
        Ok(Schema {
            oid: values.parse()?,
            name: values.text()?,
            owner: values.text()?,
            is_system: values.flag()?,
            may_use: values.flag()?,
            tables: values.parse()?,
            views: values.parse()?,
            comment: values.optional()?,
        })
    };
    list(session, include_str!("schemas.sql"), request, &[], read, |schema| (schema.oid, &schema.name)).await
}

/// The columns of a relation, by number; none where it does not exist.
///
/// # Errors
///
/// PostgreSQL's.
pub async fn columns(session: &mut Session, relation: u32) -> Result<Vec<RelationColumn>, QueryError> {
    let read = |values: &mut Values<'_>| {
        Ok(RelationColumn {
            number: values.parse()?,
            name: values.text()?,
            type_name: values.text()?,
            nullable: values.flag()?,
            default: values.optional()?,
            primary_key: values.flag()?,
            comment: values.optional()?,
        })
    };
    collect(session, include_str!("columns.sql"), &[Some(&relation.to_string())], read).await
}

/// The names of types. Oids that are no type's are left out.
///
/// # Errors
///
/// PostgreSQL's.
pub async fn type_names(session: &mut Session, oids: &[u32]) -> Result<Vec<TypeName>, QueryError> {
    let list: Vec<String> = oids.iter().map(u32::to_string).collect();
    let read = |values: &mut Values<'_>| Ok(TypeName { oid: values.parse()?, name: values.text()? });
    collect(session, include_str!("type_names.sql"), &[Some(&format!("{{{}}}", list.join(",")))], read).await
}

/// A page of a list whose query takes filter, name, oid and limit first, and one entry more to know of a next page.
async fn list<T>(
    session: &mut Session,
    sql: &str,
    request: &ListRequest<'_>,
    more: &[Option<&str>],
    read: impl Fn(&mut Values<'_>) -> Result<T, QueryError>,
    key: impl Fn(&T) -> (u32, &String),
) -> Result<ListPage<T>, QueryError> {
    let (oid, name) = match request.after {
        Some(cursor) => cursor.split_once(':').unwrap_or(("0", cursor)),
        None => ("0", ""),
    };
    let oid = oid.parse::<u32>().unwrap_or(0).to_string();
    let limit = request.limit.saturating_add(1).min(i32::MAX.unsigned_abs());
    let limit_text = limit.to_string();
    let mut parameters = vec![request.filter, request.after.map(|_| name), Some(&oid), Some(&limit_text)];
    parameters.extend_from_slice(more);
    let mut items = collect(session, sql, &parameters, read).await?;
    let mut next = None;
    if items.len() >= limit as usize {
        items.pop();
        next = items.last().map(|last| {
            let (oid, name) = key(last);
            format!("{oid}:{name}")
        });
    }
    Ok(ListPage { items, next })
}

async fn collect<T>(
    session: &mut Session,
    sql: &str,
    parameters: &[Option<&str>],
    read: impl Fn(&mut Values<'_>) -> Result<T, QueryError>,
) -> Result<Vec<T>, QueryError> {
    read_rows(&session.query(sql, parameters).await?, read)
}

fn read_rows<T>(rows: &Rows, read: impl Fn(&mut Values<'_>) -> Result<T, QueryError>) -> Result<Vec<T>, QueryError> {
    rows.iter().map(|row| read(&mut Values::new(row))).collect()
}

/// The values of a row, one after the other.
struct Values<'a>(Box<dyn Iterator<Item = Value<'a>> + 'a>);

impl<'a> Values<'a> {
    fn new(row: Row<'a>) -> Self {
        Self(Box::new(row.values()))
    }

    fn next(&mut self) -> Result<Option<Cow<'a, str>>, QueryError> {
        Ok(self.0.next().ok_or_else(unexpected)?.text())
    }

    fn optional(&mut self) -> Result<Option<String>, QueryError> {
        Ok(self.next()?.map(Cow::into_owned))
    }

    fn text(&mut self) -> Result<String, QueryError> {
        self.optional()?.ok_or_else(unexpected)
    }

    fn optional_parse<T: FromStr>(&mut self) -> Result<Option<T>, QueryError> {
        let text = self.next()?;
        text.map(|text| text.parse().map_err(|_| unexpected())).transpose()
    }

    fn parse<T: FromStr>(&mut self) -> Result<T, QueryError> {
        self.optional_parse()?.ok_or_else(unexpected)
    }

    /// A boolean; NULL, as privileges of what was just dropped are, is false.
    fn flag(&mut self) -> Result<bool, QueryError> {
        Ok(self.next()?.is_some_and(|text| text == "t"))
    }
}

fn unexpected() -> QueryError {
    SessionError::Protocol(ProtocolError::new("a catalogue query answered something else")).into()
}
