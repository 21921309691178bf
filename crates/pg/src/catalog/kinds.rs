//! The kinds of objects that an explorer lists: a table of them, one fragment of SQL each, and two queries made of these.
//!
//! A fragment answers `id` (the oid; a column's number), `sort` (a `name`, by which the list is ordered), `name`, `kind`,
//! `detail`, `rows` and `badges`, and takes its parent as `$5`.

use crate::{QueryError, Session};

use super::{Catalog, ListPage, ListRequest, collect, list};

/// What objects of a kind stand below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Within {
    /// The whole cluster: they are the same from each database.
    Server,
    /// The database that the session is in.
    Database,
    /// A schema, by its oid.
    Schema,
    /// A table, view or the like, by its oid.
    Relation,
    /// A domain, by its oid.
    Domain,
    /// A foreign server, by its oid.
    ForeignServer,
}

impl Within {
    /// Whether one of them has to be named.
    #[must_use]
    pub fn needs_parent(self) -> bool {
        !matches!(self, Self::Server | Self::Database)
    }
}

/// A kind of objects.
#[derive(Debug)]
pub struct Kind {
    /// Its name, such as `foreign_server`.
    pub name: &'static str,
    /// What its objects stand below.
    pub within: Within,
    /// Where their rows are: the first half of each one's address.
    pub catalog: Catalog,
    fragment: &'static str,
}

macro_rules! kinds {
    ($($within:ident $catalog:ident $name:literal;)+) => {
        /// All kinds, each group in the order in which people are shown it.
        pub const KINDS: &[Kind] = &[$(Kind {
            name: $name,
            within: Within::$within,
            catalog: Catalog::$catalog,
            fragment: include_str!(concat!("kinds/", $name, ".sql")),
        },)+];
    };
}

kinds! {
    Server Database "database";
    Server Role "role";
    Server Tablespace "tablespace";
    Server ReplicationSlot "replication_slot";
    Database Extension "extension";
    Database ForeignDataWrapper "foreign_data_wrapper";
    Database ForeignServer "foreign_server";
    Database Publication "publication";
    Database Subscription "subscription";
    Database EventTrigger "event_trigger";
    Database Language "language";
    Database Cast "cast";
    Database Transform "transform";
    Database AccessMethod "access_method";
    Database LargeObject "large_object";
    Schema Class "table";
    Schema Class "view";
    Schema Class "sequence";
    Schema Procedure "function";
    Schema Procedure "procedure";
    Schema Procedure "aggregate";
    Schema Type "type";
    Schema Type "domain";
    Schema Collation "collation";
    Schema Conversion "conversion";
    Schema Operator "operator";
    Schema OperatorClass "operator_class";
    Schema OperatorFamily "operator_family";
    Schema TextSearchConfiguration "text_search_configuration";
    Schema TextSearchDictionary "text_search_dictionary";
    Schema TextSearchParser "text_search_parser";
    Schema TextSearchTemplate "text_search_template";
    Relation Class "column";
    Relation Constraint "constraint";
    Relation Class "index";
    Relation Trigger "trigger";
    Relation Rule "rule";
    Relation Policy "policy";
    Relation Class "partition";
    Relation Statistics "statistics";
    Domain Constraint "domain_constraint";
    ForeignServer UserMapping "user_mapping";
}

impl Kind {
    /// The kind of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.name == name)
    }

    /// SQL for the comment of the object `o.id`.
    fn comment(&self) -> String {
        match self.catalog {
            Catalog::ReplicationSlot => "null".to_owned(),
            Catalog::Class if self.name == "column" => description(
                "pg_description",
                self.catalog,
                "$5::pg_catalog.oid",
                " and d.objsubid = o.id::pg_catalog.int4",
            ),
            Catalog::Database | Catalog::Role | Catalog::Tablespace => {
                description("pg_shdescription", self.catalog, "o.id::pg_catalog.oid", "")
            }
            catalog => description("pg_description", catalog, "o.id::pg_catalog.oid", " and d.objsubid = 0"),
        }
    }

    fn list(&self, details: Details) -> String {
        let detail = match details {
            Details::All => "nullif(o.detail, '')",
            Details::None => "null",
        };
        // The comments are looked up behind the limit, the rest is in the fragment.
        format!(
            "select o.id, o.sort, o.name, o.kind, {detail}, o.rows, \
             pg_catalog.array_to_string(o.badges, ','), {comment} \
             from (select f.* from (\n{fragment}) f \
             where ($1::pg_catalog.text is null or pg_catalog.strpos(pg_catalog.lower(f.name collate \"default\"), pg_catalog.lower($1)) > 0) \
             and ($2::pg_catalog.text is null or (f.sort, f.id) > ($2::pg_catalog.name, $3::pg_catalog.int8)) \
             order by f.sort, f.id limit $4::pg_catalog.int4) o order by o.sort, o.id",
            comment = self.comment(),
            fragment = self.fragment,
        )
    }
}

/// Whether a list has what stands behind the names: what it is made with may wait for a lock, or be broken.
#[derive(Clone, Copy)]
enum Details {
    All,
    None,
}

/// What `obj_description` and its like do, many times faster: they are no part of the query's plan.
fn description(table: &str, catalog: Catalog, oid: &str, column: &str) -> String {
    format!(
        "(select d.description from pg_catalog.{table} d where d.classoid = 'pg_catalog.{catalog}'::pg_catalog.regclass \
         and d.objoid = {oid}{column})"
    )
}

/// An object in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedObject {
    /// The oid of its row; of a column, its number in the relation.
    pub id: u32,
    /// By which the list is ordered.
    pub sort: String,
    /// Its name.
    pub name: String,
    /// What it is, more exactly than the list: such as `partitioned_table`.
    pub kind: String,
    /// What is said behind its name, such as a column's type.
    pub detail: Option<String>,
    /// The planner's estimate of its rows.
    pub estimated_rows: Option<f64>,
    /// What is out of the ordinary about it, in a word or two each.
    pub badges: Vec<String>,
    /// Its comment.
    pub comment: Option<String>,
}

/// The objects of a kind. `parent` is the oid of what they are in, for kinds that need one. Where PostgreSQL cannot say what
/// stands behind the names, as when one of them is locked or broken, the names come without it.
///
/// # Errors
///
/// PostgreSQL's.
pub async fn objects(
    session: &mut Session,
    kind: &Kind,
    parent: u32,
    request: &ListRequest<'_>,
) -> Result<ListPage<ListedObject>, QueryError> {
    let parent = parent.to_string();
    let more = [Some(parent.as_str())];
    let more = if kind.within.needs_parent() { &more[..] } else { &[] };
    let read = |values: &mut super::Values<'_>| {
        Ok(ListedObject {
            id: values.parse()?,
            sort: values.text()?,
            name: values.text()?,
            kind: values.text()?,
            detail: values.optional()?,
            estimated_rows: values.optional_parse()?,
            badges: values.optional()?.map_or_else(Vec::new, |badges| {
                badges.split(',').filter(|badge| !badge.is_empty()).map(str::to_owned).collect()
            }),
            comment: values.optional()?,
        })
    };
    match list(session, &kind.list(Details::All), request, more, read, place).await {
        Err(QueryError::Server(error)) if !error.is_fatal() && error.code != QUERY_CANCELED => {
            list(session, &kind.list(Details::None), request, more, read, place).await
        }
        answer => answer,
    }
}

/// Where an object stands in its list.
fn place(object: &ListedObject) -> (u32, &String) {
    (object.id, &object.sort)
}

/// What a statement ends with that took too long, or that somebody stopped.
const QUERY_CANCELED: &str = "57014";

/// How many objects of each kind there are below something, in the order of [`KINDS`].
///
/// # Errors
///
/// PostgreSQL's.
pub async fn count_objects(
    session: &mut Session,
    within: Within,
    parent: u32,
) -> Result<Vec<(&'static str, i64)>, QueryError> {
    let kinds: Vec<&Kind> = KINDS.iter().filter(|kind| kind.within == within).collect();
    let counts: Vec<String> = kinds
        .iter()
        .map(|kind| {
            format!("select '{}', pg_catalog.count(*) from (\n{}) o", kind.name, kind.fragment.replace("$5", "$1"))
        })
        .collect();
    let parent = parent.to_string();
    let parameters = [Some(parent.as_str())];
    let parameters = if within.needs_parent() { &parameters[..] } else { &[] };
    let found: Vec<(String, i64)> =
        collect(session, &counts.join(" union all "), parameters, |values| Ok((values.text()?, values.parse()?)))
            .await?;
    let count_of = |name: &str| found.iter().find(|(found, _)| found == name).map_or(0, |(_, count)| *count);
    Ok(kinds.into_iter().map(|kind| (kind.name, count_of(kind.name))).collect())
}
