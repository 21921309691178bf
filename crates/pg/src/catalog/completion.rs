//! What an editor needs to complete SQL by itself: all names of a database, and which schemas have changed.

use crate::{QueryError, Session};

use super::collect;

/// A schema that the person may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompletionSchema {
    /// `pg_namespace.oid`.
    pub oid: u32,
    /// Its name.
    pub name: String,
    /// Another one as soon as a relation, column, function, type or foreign key in it changes.
    pub version: String,
    /// Its place in the `search_path` of the session, from 1; `None` where names in it must be qualified.
    pub search_place: Option<u32>,
}

/// The schemas that the person may use, by name.
///
/// # Errors
///
/// PostgreSQL's.
pub async fn completion_schemas(session: &mut Session) -> Result<Vec<CompletionSchema>, QueryError> {
    collect(session, include_str!("completion_schemas.sql"), &[], |values| {
        Ok(CompletionSchema {
            oid: values.parse()?,
            name: values.text()?,
            version: values.text()?,
            search_place: Some(values.parse()?).filter(|place| *place > 0),
        })
    })
    .await
}

/// The server's version, its roles (1,000 at most) and its parameters, each as the JSON array that PostgreSQL makes of it.
///
/// # Errors
///
/// PostgreSQL's.
pub async fn completion_server(session: &mut Session) -> Result<Vec<String>, QueryError> {
    collect(session, include_str!("completion_server.sql"), &[], |values| values.text()).await
}

/// The relations, functions, types and foreign keys of schemas, each as the JSON array that PostgreSQL makes of it.
///
/// # Errors
///
/// PostgreSQL's; [`QueryError::TooLarge`] beyond 16 MiB.
pub async fn completion_objects(session: &mut Session, schemas: &[u32]) -> Result<Vec<String>, QueryError> {
    let oids: Vec<String> = schemas.iter().map(u32::to_string).collect();
    let oids = format!("{{{}}}", oids.join(","));
    collect(session, include_str!("completion_objects.sql"), &[Some(&oids)], |values| values.text()).await
}
