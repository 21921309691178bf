//! Looks for a text where names do not tell: in the bodies of functions and in comments.

use super::{collect, identify::with_identities};
use crate::{QueryError, Session};

/// An object in which a text was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundText {
    /// The name of its catalog, such as `pg_proc`.
    pub catalog: String,
    /// The oid of its row there.
    pub oid: u32,
    /// What it is, such as `foreign_table`.
    pub kind: String,
    /// Its schema, as SQL writes it.
    pub schema: Option<String>,
    /// What SQL calls it.
    pub identity: String,
    /// Whether it was found in a comment, and not in a body.
    pub in_comment: bool,
    /// What stands around the text.
    pub excerpt: String,
}

/// The functions and the commented objects of the database in which a text stands, PostgreSQL's own left out.
///
/// # Errors
///
/// PostgreSQL's.
pub async fn search_text(session: &mut Session, text: &str, limit: u32) -> Result<Vec<FoundText>, QueryError> {
    let limit = limit.min(i32::MAX.unsigned_abs()).to_string();
    collect(session, &with_identities(include_str!("search.sql")), &[Some(text), Some(&limit)], |values| {
        Ok(FoundText {
            catalog: values.text()?,
            oid: values.parse()?,
            kind: values.text()?,
            schema: values.optional()?,
            identity: values.text()?,
            in_comment: values.text()? == "comment",
            excerpt: values.text()?,
        })
    })
    .await
}
