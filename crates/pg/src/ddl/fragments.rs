//! The queries that print objects, put together for those that are asked for.

use std::collections::HashMap;

use super::Reader;
use crate::{
    QueryError, Session,
    catalog::{Catalog, ObjectAddress},
};

/// So many objects are printed by one query.
const BATCH: usize = 200;
/// So many bytes are printed at most.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// What statements are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Part {
    /// They make the object and set what it has.
    Create,
    /// They make the name of a type, for what it is made of.
    Shell,
    /// They make it a partition of what must be there.
    Attach,
    /// They run behind all that makes objects.
    Late,
    /// They make it, in place of one that is there.
    Replace,
    /// They set what it has.
    Alter,
    /// They drop it.
    Drop,
    /// They give it to its owner.
    Owner,
    /// They comment on it and its columns.
    Comment,
    /// They label it and its columns.
    Label,
    /// They grant and revoke.
    Privilege,
}

/// Statements by object and by what they are for.
#[derive(Debug, Default)]
pub(super) struct Printed(HashMap<(ObjectAddress, Part), Vec<String>>);

impl Printed {
    pub(super) fn of(&self, address: ObjectAddress, part: Part) -> impl Iterator<Item = &str> {
        self.0.get(&(address, part)).into_iter().flatten().map(String::as_str)
    }

    fn size(&self) -> usize {
        self.0.values().flatten().map(String::len).sum()
    }

    pub(super) fn has(&self, address: ObjectAddress, part: Part) -> bool {
        self.0.contains_key(&(address, part))
    }
}

/// Prints objects; of relations in `loose`, what can wait goes to [`Part::Late`]. One that is not there any more has no
/// statements.
pub(super) async fn print(
    session: &mut Session,
    reader: Reader,
    addresses: &[ObjectAddress],
    loose: &[u32],
) -> Result<Printed, QueryError> {
    let mut printed = Printed::default();
    // Where there are many, those of one catalog at a time, as its query is the smaller one.
    let mut sorted = addresses.to_vec();
    if sorted.len() > BATCH {
        sorted.sort_by_key(|address| address.catalog);
    }
    let mut waiting: Vec<&[ObjectAddress]> = if sorted.len() > BATCH {
        sorted.chunk_by(|a, b| a.catalog == b.catalog).flat_map(|same| same.chunks(BATCH)).collect()
    } else {
        vec![&sorted]
    };
    while let Some(batch) = waiting.pop() {
        match print_batch(session, reader, batch, loose, &mut printed).await {
            Err(QueryError::TooLarge) if batch.len() > 1 && printed.size() <= MOST_BYTES => {
                waiting.extend(batch.chunks(batch.len().div_ceil(2)))
            }
            result => result?,
        }
    }
    Ok(printed)
}

async fn print_batch(
    session: &mut Session,
    reader: Reader,
    addresses: &[ObjectAddress],
    loose: &[u32],
    printed: &mut Printed,
) -> Result<(), QueryError> {
    if printed.size() > MOST_BYTES {
        return Err(QueryError::TooLarge);
    }
    let list = |items: Vec<String>| format!("{{{}}}", items.join(","));
    let catalogs = list(addresses.iter().map(|address| address.catalog.name().to_owned()).collect());
    let oids = list(addresses.iter().map(|address| address.oid.to_string()).collect());
    let loose = list(loose.iter().map(u32::to_string).collect());
    let Some(sql) = query(reader, addresses) else { return Ok(()) };
    let rows = session.query(&sql, &[Some(&catalogs), Some(&oids), Some(&loose)]).await?;
    let mut found: HashMap<(ObjectAddress, Part), Vec<String>> = HashMap::new();
    for row in rows.texts() {
        let [Some(catalog), Some(oid), Some(part), Some(sql)] = row.as_slice() else { continue };
        let (Ok(catalog), Ok(oid), Some(part)) = (catalog.parse(), oid.parse(), part_of(part)) else { continue };
        found.entry((ObjectAddress { catalog, oid }, part)).or_default().push(sql.clone().into_owned());
    }
    printed.0.extend(found);
    Ok(())
}

fn part_of(word: &str) -> Option<Part> {
    Some(match word {
        "create" => Part::Create,
        "shell" => Part::Shell,
        "attach" => Part::Attach,
        "late" => Part::Late,
        "replace" => Part::Replace,
        "alter" => Part::Alter,
        "drop" => Part::Drop,
        "owner" => Part::Owner,
        "comment" => Part::Comment,
        "label" => Part::Label,
        "privilege" => Part::Privilege,
        _ => return None,
    })
}

/// The query that prints objects of these catalogs; none where there is nothing to print.
fn query(reader: Reader, addresses: &[ObjectAddress]) -> Option<String> {
    let mut texts: Vec<&str> =
        addresses.iter().flat_map(|address| fragments(address.catalog, reader.version)).copied().collect();
    texts.sort_unstable();
    texts.dedup();
    if texts.is_empty() {
        return None;
    }
    let connection = if reader.sees_connections { "subconninfo" } else { "NULL::text" };
    let parameters = if reader.version < 150_000 { "'{}'::text[]" } else { include_str!("sql/parameters.sql") };
    let fragments = texts.join("UNION ALL\n").replace("{connection}", connection).replace("{parameters}", parameters);
    // Each takes its parameters by name, so one that no fragment reads must be read here.
    Some(format!(
        "{}{fragments}), parameter AS (SELECT $3::oid[]){}",
        include_str!("sql/head.sql"),
        include_str!("sql/statements.sql")
    ))
}

/// What prints objects of a catalog.
fn fragments(catalog: Catalog, version: u32) -> &'static [&'static str] {
    match catalog {
        Catalog::AccessMethod | Catalog::Language | Catalog::Transform => &[include_str!("sql/language.sql")],
        Catalog::Default => &[include_str!("sql/default.sql")],
        Catalog::DefaultPrivileges => &[include_str!("sql/default_privileges.sql")],
        // A function makes it, no statement.
        Catalog::ReplicationSlot => &[],
        Catalog::Role => &[include_str!("sql/role.sql")],
        Catalog::Cast => &[include_str!("sql/cast.sql")],
        Catalog::Class => &[
            include_str!("sql/table.sql"),
            include_str!("sql/view.sql"),
            include_str!("sql/sequence.sql"),
            include_str!("sql/index.sql"),
        ],
        Catalog::Collation => &[include_str!("sql/collation.sql")],
        Catalog::Constraint => &[include_str!("sql/constraint.sql")],
        Catalog::Conversion => &[include_str!("sql/conversion.sql")],
        Catalog::Database | Catalog::Tablespace => &[include_str!("sql/database.sql")],
        Catalog::EventTrigger | Catalog::Extension => &[include_str!("sql/extension.sql")],
        Catalog::ForeignDataWrapper | Catalog::ForeignServer | Catalog::UserMapping => {
            &[include_str!("sql/foreign.sql")]
        }
        Catalog::LargeObject => &[include_str!("sql/large_object.sql")],
        Catalog::Namespace => &[include_str!("sql/schema.sql")],
        Catalog::OperatorClass | Catalog::OperatorFamily => &[include_str!("sql/operator_class.sql")],
        Catalog::Operator => &[include_str!("sql/operator.sql")],
        Catalog::Policy => &[include_str!("sql/policy.sql")],
        Catalog::Procedure => &[include_str!("sql/function.sql")],
        Catalog::Publication if version < 150_000 => &[include_str!("sql/publication_before_15.sql")],
        Catalog::Publication => &[include_str!("sql/publication.sql")],
        Catalog::Rule => &[include_str!("sql/rule.sql")],
        Catalog::Statistics => &[include_str!("sql/statistics.sql")],
        Catalog::Subscription => &[include_str!("sql/subscription.sql")],
        Catalog::Trigger => &[include_str!("sql/trigger.sql")],
        Catalog::TextSearchConfiguration
        | Catalog::TextSearchDictionary
        | Catalog::TextSearchParser
        | Catalog::TextSearchTemplate => &[include_str!("sql/text_search.sql")],
        Catalog::Type => &[include_str!("sql/type.sql")],
    }
}
