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
     where pg_catalog.format_type(a.type, null) = '???')";
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

/// The call for an object of a class that is known, so that the statement has nothing about others.
pub(super) fn identify_one(class: &str, oid: &str) -> String {
    let class_oid = format!("{}::pg_catalog.oid", regclass(class));
    let schema = IN_SCHEMAS.iter().find(|(catalog, _)| *catalog == class);
    let class_oid = match schema {
        Some((catalog, schema)) => format!("case when {} then {class_oid} end", is_there(catalog, schema, oid)),
        None if ELSEWHERE.contains(&class) => class_oid,
        None => "null::pg_catalog.oid".to_owned(),
    };
    format!("pg_catalog.pg_identify_object({class_oid}, {oid}, 0)")
}

fn call(class: &str, oid: &str) -> String {
    let in_schemas = IN_SCHEMAS
        .map(|(catalog, schema)| format!("when {} then {}", regclass(catalog), is_there(catalog, schema, oid)));
    let elsewhere = ELSEWHERE.map(regclass);
    format!(
        "pg_catalog.pg_identify_object(case when case {class} {} else {class} in ({}) end then {class} end, {oid}, 0)",
        in_schemas.join(" "),
        elsewhere.join(", ")
    )
}

/// Whether the object is there, and its schema: `pg_describe_object` says nothing of what is missing.
fn is_there(catalog: &str, schema: &str, oid: &str) -> String {
    let more = if catalog == "pg_proc" { TYPES_ARE_THERE } else { "" };
    format!(
        "exists (select from pg_catalog.{catalog} o where o.oid = {oid} \
         and pg_catalog.pg_describe_object({}, o.{schema}, 0) is not null{more})",
        regclass("pg_namespace")
    )
}

fn regclass(catalog: &str) -> String {
    format!("'pg_catalog.{catalog}'::pg_catalog.regclass")
}
