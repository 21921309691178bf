//! `pg_identify_object`, asked only for what it can answer.
//!
//! Where the schema of an object is missing from the catalogue, that function ends PostgreSQL itself and not only the
//! statement, and a class of objects that does not exist is an error. So queries write `identify(class, oid)`, which
//! becomes a call whose class is NULL, and whose answer is no row, for such objects.

/// The catalogs whose objects stand in a schema, with the column that names it.
const IN_SCHEMAS: [(&str, &str); 14] = [
    ("pg_class", "relnamespace"),
    ("pg_type", "typnamespace"),
    ("pg_proc", "pronamespace"),
    ("pg_constraint", "connamespace"),
    ("pg_collation", "collnamespace"),
    ("pg_conversion", "connamespace"),
    ("pg_operator", "oprnamespace"),
    ("pg_opclass", "opcnamespace"),
    ("pg_opfamily", "opfnamespace"),
    ("pg_statistic_ext", "stxnamespace"),
    ("pg_ts_config", "cfgnamespace"),
    ("pg_ts_dict", "dictnamespace"),
    ("pg_ts_parser", "prsnamespace"),
    ("pg_ts_template", "tmplnamespace"),
];
/// The other catalogs that it knows.
const ELSEWHERE: [&str; 19] = [
    "pg_am",
    "pg_attrdef",
    "pg_authid",
    "pg_cast",
    "pg_database",
    "pg_event_trigger",
    "pg_extension",
    "pg_foreign_data_wrapper",
    "pg_foreign_server",
    "pg_language",
    "pg_largeobject",
    "pg_namespace",
    "pg_policy",
    "pg_publication",
    "pg_rewrite",
    "pg_subscription",
    "pg_tablespace",
    "pg_transform",
    "pg_trigger",
];
/// A function whose arguments' types are gone has no identity either.
const TYPES_ARE_THERE: &str = " and not exists (select from pg_catalog.unnest(o.proargtypes::pg_catalog.oid[]) a (type) \
     where not exists (select from pg_catalog.pg_type t where t.oid = a.type))";
/// Before the two columns that say of what.
const CALL: &str = "identify(";

/// The query with each `identify(class, oid)` made a call.
pub(super) fn with_identities(sql: &str) -> String {
    let mut text = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some((before, behind)) = rest.split_once(CALL) {
        let (arguments, behind) = behind.split_once(')').unwrap_or((behind, ""));
        let (class, oid) = arguments.split_once(", ").unwrap_or((arguments, "null"));
        text.push_str(before);
        text.push_str(&call(class, oid));
        rest = behind;
    }
    text.push_str(rest);
    text
}

fn call(class: &str, oid: &str) -> String {
    let regclass = |catalog: &str| format!("'pg_catalog.{catalog}'::pg_catalog.regclass");
    let in_schemas = IN_SCHEMAS.map(|(catalog, schema)| {
        let more = if catalog == "pg_proc" { TYPES_ARE_THERE } else { "" };
        format!(
            "when {} then exists (select from pg_catalog.{catalog} o join pg_catalog.pg_namespace n on n.oid = o.{schema} where o.oid = {oid}{more})",
            regclass(catalog)
        )
    });
    let elsewhere = ELSEWHERE.map(regclass);
    format!(
        "pg_catalog.pg_identify_object(case when case {class} {} else {class} in ({}) end then {class} end, {oid}, 0)",
        in_schemas.join(" "),
        elsewhere.join(", ")
    )
}
