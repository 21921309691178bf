//! The page of one object: all that PostgreSQL says of it, asked with one statement.
//!
//! The statement is put together from what is known of the object's catalog (its own row and the sections of its page),
//! and from what every object has: a head, privileges, what it uses and what uses it.

use super::{
    Catalog, ObjectAddress, collect,
    identify::{identify_one, with_identities},
    read_rows,
};
use crate::{QueryError, Session};

/// A line of a page: JSON as PostgreSQL makes it, and where it belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageLine {
    /// `head`, `source` or the name of a section.
    pub section: String,
    /// An object for the head, a text for a piece of the source, an array of cells for a section. A cell is null, a text,
    /// or an array of text, form and address.
    pub json: String,
}

/// How much of an object is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Everything.
    Whole,
    /// Nothing that waits for a lock, or that fails where the catalogue is broken: no sizes, definitions and expressions.
    Careful,
    /// Not even what the object has to do with others: one of those may be broken too.
    Alone,
}

/// A session that holds a lock which others wait for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockHolder {
    /// The relation that it holds, as SQL writes it.
    pub relation: String,
    /// Its process.
    pub pid: i32,
    /// Its role; `None` where the person may not see it.
    pub role: Option<String>,
    /// What it calls itself.
    pub application: Option<String>,
    /// When its transaction began.
    pub since: Option<String>,
}

/// The lines of an object's page, each section's in order; none where there is no such object.
///
/// # Errors
///
/// PostgreSQL's, as when a lock is not to be had in time.
pub async fn object_page(
    session: &mut Session,
    address: ObjectAddress,
    depth: Depth,
) -> Result<Vec<PageLine>, QueryError> {
    let oid = address.oid.to_string();
    let parameters = [Some(oid.as_str())];
    let version = major(session.server_version());
    let text = || statement(address.catalog, depth, version);
    let rows = match depth {
        // Planning takes about ten times as long as the rest.
        Depth::Whole => session.query_kept(address.catalog.name(), || text().into(), &parameters).await?,
        Depth::Careful | Depth::Alone => session.query(&text(), &parameters).await?,
    };
    read_rows(&rows, |values| Ok(PageLine { section: values.text()?, json: values.text()? }))
}

/// The sessions that hold an object's relation, or one that it is made of, so that nobody may even look at it.
///
/// # Errors
///
/// PostgreSQL's.
pub async fn lock_holders(session: &mut Session, address: ObjectAddress) -> Result<Vec<LockHolder>, QueryError> {
    let parameters = [address.oid.to_string(), address.catalog.name().to_owned()];
    let parameters: Vec<_> = parameters.iter().map(|parameter| Some(parameter.as_str())).collect();
    collect(session, include_str!("lock_holders.sql"), &parameters, |values| {
        Ok(LockHolder {
            relation: values.text()?,
            pid: values.parse()?,
            role: values.optional()?,
            application: values.optional()?,
            since: values.optional()?,
        })
    })
    .await
}

/// What is known of the objects of a catalog.
struct Page {
    own: &'static str,
    sections: Option<&'static str>,
}

macro_rules! page {
    ($name:literal) => {
        Page {
            own: include_str!(concat!("object/", $name, ".sql")),
            sections: Some(include_str!(concat!("object/", $name, "_parts.sql"))),
        }
    };
}

fn page_of(catalog: Catalog) -> Page {
    match catalog {
        Catalog::Class => page!("class"),
        Catalog::Collation => page!("collation"),
        Catalog::Constraint => page!("constraint"),
        Catalog::Database => page!("database"),
        Catalog::EventTrigger => page!("event_trigger"),
        Catalog::Extension => page!("extension"),
        Catalog::ForeignDataWrapper => page!("foreign_data_wrapper"),
        Catalog::ForeignServer => page!("foreign_server"),
        Catalog::Language => page!("language"),
        Catalog::LargeObject => Page { own: include_str!("object/large_object.sql"), sections: None },
        Catalog::Namespace => page!("namespace"),
        Catalog::Operator => page!("operator"),
        Catalog::Policy => page!("policy"),
        Catalog::Procedure => page!("proc"),
        Catalog::Publication => page!("publication"),
        Catalog::ReplicationSlot => page!("replication_slot"),
        Catalog::Role => page!("role"),
        Catalog::Rule => page!("rule"),
        Catalog::Statistics => page!("statistics"),
        Catalog::Subscription => page!("subscription"),
        Catalog::Tablespace => page!("tablespace"),
        Catalog::TextSearchConfiguration => page!("text_search_configuration"),
        Catalog::Trigger => page!("trigger"),
        Catalog::Type => page!("type"),
        Catalog::UserMapping => page!("user_mapping"),
        _ => Page { own: include_str!("object/other.sql"), sections: None },
    }
}

/// What newer versions have a short way to, the version that brought it, and the long way that all have.
const WAYS: [(&str, u32, &str, &str); 4] = [
    (
        "last_scan_of_index",
        16,
        "pg_catalog.pg_stat_get_lastscan(i.indexrelid)",
        "(select pg_catalog.to_jsonb(s) ->> 'last_idx_scan' from pg_catalog.pg_stat_all_indexes s where s.indexrelid = i.indexrelid)",
    ),
    (
        "constraint_is_enforced",
        18,
        "k.conenforced",
        "coalesce((pg_catalog.to_jsonb(k) ->> 'conenforced')::pg_catalog.bool, true)",
    ),
    (
        "membership_inherits",
        16,
        "m.inherit_option",
        "coalesce((pg_catalog.to_jsonb(m) ->> 'inherit_option')::pg_catalog.bool, \
         (select r.rolinherit from pg_catalog.pg_roles r where r.oid = m.member), true)",
    ),
    (
        "membership_sets",
        16,
        "m.set_option",
        "coalesce((pg_catalog.to_jsonb(m) ->> 'set_option')::pg_catalog.bool, true)",
    ),
];

/// The first number of a version such as `18.4`; 0 where it is not told.
fn major(version: &str) -> u32 {
    let end = version.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(version.len());
    version[..end].parse().unwrap_or_default()
}

/// The catalog and the depth are written into it: what is not for them costs no more than the planning of it.
fn statement(catalog: Catalog, depth: Depth, major: u32) -> String {
    let Page { own, sections } = page_of(catalog);
    let head = include_str!("object/head.sql");
    let links = include_str!("object/links.sql");
    let common = include_str!("object/common.sql");
    let sections = sections.map_or_else(String::new, |sections| format!(" union all (\n{sections})"));
    let sql = with_identities(&format!(
        "with recursive own as materialized (\n{own}),\n{links}\
         select l.section, l.cells from ((\n{head}) union all (\n{common}){sections}) l (section, at, cells) order by l.at"
    ));
    let sql =
        sql.replacen("from itself i", &format!("from {} i", identify_one(catalog.name(), "$1::pg_catalog.oid")), 1);
    let sql = WAYS
        .iter()
        .fold(sql, |sql, (word, since, short, long)| sql.replace(word, if major >= *since { short } else { long }));
    let truth = |yes: bool| if yes { "true" } else { "false" };
    sql.replace("$2::pg_catalog.bool", truth(depth != Depth::Whole))
        .replace("$2", truth(depth != Depth::Whole))
        .replace("$4::pg_catalog.bool", truth(depth == Depth::Alone))
        .replace("$3", &format!("'{}'", catalog.name()))
}
