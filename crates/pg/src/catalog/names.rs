//! Finds objects of every kind by letters of their names, in whatever schema.

use super::collect;
use crate::{QueryError, Session};

/// The names of all objects, a part for each kind.
const NAMES: &str = include_str!("names.sql");
/// Before the kinds that a part is of.
const PART: &str = "--: ";

/// What names to look for.
#[derive(Debug, Clone, Copy)]
pub struct NameRequest<'a> {
    /// Letters that stand in the name in this order; a dot says that schema and table are meant too.
    pub text: &'a str,
    /// Names of [`Kind`](super::Kind)s and `schema`; none: all of them.
    pub kinds: &'a [&'a str],
    /// At most so many.
    pub limit: u32,
}

/// An object whose name fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedObject {
    /// The name of its catalog, such as `pg_type`.
    pub catalog: String,
    /// The oid of its row there.
    pub oid: u32,
    /// What it is, such as `foreign_table`.
    pub kind: String,
    /// Its schema.
    pub schema: Option<String>,
    /// The table or the like that it belongs to.
    pub relation: Option<String>,
    /// Its name.
    pub name: String,
    /// What tells it from others of the same name: the arguments of a function.
    pub arguments: Option<String>,
}

/// The objects of the database and its cluster whose names fit, the best first. PostgreSQL's own are left out unless a
/// kind, a schema or `pg` is asked for.
///
/// # Errors
///
/// PostgreSQL's.
pub async fn find_names(session: &mut Session, request: &NameRequest<'_>) -> Result<Vec<NamedObject>, QueryError> {
    let text = request.text.trim().to_lowercase();
    let parts: Vec<_> = parts().filter(|part| part.holds(request.kinds)).map(|part| part.best(&text)).collect();
    if parts.is_empty() {
        return Ok(Vec::new());
    }
    let own = !request.kinds.is_empty() || text.contains('.') || text.starts_with("pg");
    let sql = include_str!("names_found.sql").replace("PARTS", &parts.join(" union all "));
    let parameters = [
        pattern(&text),
        text,
        request.limit.min(i32::MAX.unsigned_abs()).to_string(),
        own.to_string(),
        format!("{{{}}}", request.kinds.join(",")),
    ];
    let parameters: Vec<_> = parameters.iter().map(|parameter| Some(parameter.as_str())).collect();
    collect(session, &sql, &parameters, |values| {
        Ok(NamedObject {
            catalog: values.text()?,
            oid: values.parse()?,
            kind: values.text()?,
            schema: values.optional()?,
            relation: values.optional()?,
            name: values.text()?,
            arguments: values.optional()?,
        })
    })
    .await
}

/// The names of some kinds.
struct Part {
    kinds: Vec<&'static str>,
    sql: &'static str,
}

fn parts() -> impl Iterator<Item = Part> {
    NAMES.split(PART).skip(1).filter_map(|part| {
        let (kinds, sql) = part.split_once('\n')?;
        Some(Part { kinds: kinds.split(' ').collect(), sql })
    })
}

impl Part {
    fn holds(&self, asked: &[&str]) -> bool {
        asked.is_empty() || self.kinds.iter().any(|kind| asked.contains(kind))
    }

    /// SQL for those that fit best: names that begin with the text, then those that hold it, then those that have its
    /// letters in this order.
    fn best(&self, text: &str) -> String {
        let whole =
            if text.contains('.') { "pg_catalog.concat(n.nspname || '.', r.relname || '.', a.name)" } else { "a.name" };
        // Lower case by the rules of C is quicker than by those of a language, and as good while the text is ASCII.
        let rules = if text.is_ascii() { "C" } else { "default" };
        let sql = self.sql;
        format!(
            "(select a.*, case when pg_catalog.strpos(l.name, $2) = 1 then 0 when pg_catalog.strpos(l.name, $2) > 0 then 1 else 2 end as rank \
             from (\n{sql}) a (catalog, id, kind, schema, relation, name) \
             left join pg_catalog.pg_namespace n on n.oid = a.schema \
             left join pg_catalog.pg_class r on r.oid = a.relation \
             cross join lateral (select pg_catalog.lower({whole} collate \"{rules}\") as name) l \
             where l.name like $1 and (a.id::pg_catalog.int8 >= 16384 or $4::pg_catalog.bool or {OF_SERVER}) and {OF_KINDS} \
             order by rank, pg_catalog.length(a.name), a.name collate \"C\", a.id limit $3::pg_catalog.int4)"
        )
    }
}

/// People look for these even where they came with PostgreSQL.
const OF_SERVER: &str = "(a.kind in ('database', 'role') or a.name = 'public' and a.kind = 'schema')";
/// Whether the kind in a list is one of those that are asked for.
const OF_KINDS: &str = "($5::pg_catalog.text[] = '{}' or case a.kind when 'partitioned_table' then 'table' \
     when 'foreign_table' then 'table' when 'materialized_view' then 'view' when 'group_role' then 'role' \
     else a.kind end = any ($5::pg_catalog.text[]))";

/// The letters of a text, in order, with whatever between them.
fn pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for letter in text.chars().filter(|letter| !letter.is_whitespace()) {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
        pattern.push('%');
    }
    pattern
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{super::KINDS, parts, pattern};

    #[test]
    fn each_kind_that_is_listed_is_found_too() {
        let found: BTreeSet<_> = parts().flat_map(|part| part.kinds).collect();
        let mut listed: BTreeSet<_> = KINDS.iter().map(|kind| kind.name).collect();
        listed.insert("schema");
        // Columns are known to the editor, and partitions are tables.
        assert!(listed.remove("column") && listed.remove("partition"));
        assert_eq!(found, listed);
    }

    #[test]
    fn letters_mean_themselves() {
        assert_eq!(pattern(r"a_ %b\"), r"%a%\_%\%%b%\\%");
    }
}
