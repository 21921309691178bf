//! What the explorer and the editor know of a database.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The databases of a server.
#[derive(Debug, Serialize, ToSchema)]
pub struct DatabaseList {
    /// By name.
    pub databases: Vec<Database>,
    /// Present when there are more.
    pub next_cursor: Option<String>,
}

/// One database.
#[derive(Debug, Serialize, ToSchema)]
pub struct Database {
    /// `pg_database.oid`.
    pub oid: u32,
    /// Its name.
    pub name: String,
    /// Its owner.
    pub owner: String,
    /// Absent where the person may not ask.
    pub size_bytes: Option<i64>,
    /// Whether the person may connect to it.
    pub may_connect: bool,
    /// Its comment.
    pub comment: Option<String>,
}

/// The schemas of a database.
#[derive(Debug, Serialize, ToSchema)]
pub struct SchemaList {
    /// By name, PostgreSQL's own last.
    pub schemas: Vec<Schema>,
    /// Present when there are more.
    pub next_cursor: Option<String>,
}

/// One schema.
#[derive(Debug, Serialize, ToSchema)]
pub struct Schema {
    /// `pg_namespace.oid`.
    pub oid: u32,
    /// Its name.
    pub name: String,
    /// Its owner.
    pub owner: String,
    /// PostgreSQL's own (`pg_catalog`, `information_schema`, …).
    pub system: bool,
    /// Whether the person has USAGE.
    pub may_use: bool,
    /// Tables, partitioned and foreign tables.
    pub tables: i64,
    /// Views and materialized views.
    pub views: i64,
    /// Its comment.
    pub comment: Option<String>,
}

/// What a relation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
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

/// The columns of a relation.
#[derive(Debug, Serialize, ToSchema)]
pub struct ColumnList {
    /// By number.
    pub columns: Vec<RelationColumn>,
}

/// One column of a relation.
#[derive(Debug, Serialize, ToSchema)]
pub struct RelationColumn {
    /// `attnum`.
    pub number: i16,
    /// Its name.
    pub name: String,
    /// Its type as `format_type` writes it.
    pub type_name: String,
    /// Whether NULL is allowed.
    pub nullable: bool,
    /// The default's or generation's expression.
    pub default: Option<String>,
    /// Part of the primary key.
    pub primary_key: bool,
    /// Its comment.
    pub comment: Option<String>,
}

/// Names of types.
#[derive(Debug, Serialize, ToSchema)]
pub struct TypeList {
    /// Those of the asked ones that exist.
    pub types: Vec<TypeName>,
}

/// One type.
#[derive(Debug, Serialize, ToSchema)]
pub struct TypeName {
    /// `pg_type.oid`.
    pub oid: u32,
    /// As `format_type` writes it.
    pub name: String,
}

/// The schemas whose names an editor completes.
#[derive(Debug, Serialize, ToSchema)]
pub struct CompletionSchemaList {
    /// Those that the person may use, by name.
    pub schemas: Vec<CompletionSchema>,
}

/// A schema, and whether what is known of it is still true.
#[derive(Debug, Serialize, ToSchema)]
pub struct CompletionSchema {
    /// `pg_namespace.oid`.
    pub oid: u32,
    /// Its name.
    pub name: String,
    /// Another one as soon as a relation, column, function, type or foreign key in it changes.
    pub version: String,
    /// Its place in the `search_path`, from 1; absent where names in it must be qualified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search_place: Option<u32>,
}

/// What an editor completes of some schemas, or of the server.
#[derive(Debug, Serialize, ToSchema)]
pub struct CompletionObjects {
    /// Arrays, to be short: `["relation", oid, schema oid, name, relkind, [[column, type, not null], …]]`,
    /// `["function", schema oid, name, prokind, arguments, result, oid]`,
    /// `["type", schema oid, name, typtype, [labels] of an enum or what a domain is over]`,
    /// `["foreign_key", oid, [columns], referenced oid, [referenced columns]]`; of the server
    /// `["version", number]`, `["role", name]`, `["parameter", name, context, type, [values] of an enum]`.
    #[schema(value_type = Vec<Vec<serde_json::Value>>)]
    pub objects: Vec<Box<serde_json::value::RawValue>>,
}

/// Objects of one kind.
#[derive(Debug, Serialize, ToSchema)]
pub struct ObjectList {
    /// In the order of their names; columns in theirs.
    pub items: Vec<ListedObject>,
    /// Present when there are more.
    pub next_cursor: Option<String>,
}

/// An object in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListedObject {
    /// The system catalog that it is in; with `oid`, its address. A column has that of its relation.
    pub catalog: &'static str,
    /// Of its row there.
    pub oid: u32,
    /// Of a column: its number.
    pub number: Option<u32>,
    /// Its name.
    pub name: String,
    /// What it is, such as `partitioned_table`.
    pub kind: String,
    /// What is said behind its name, such as a column's type.
    pub detail: Option<String>,
    /// The planner's estimate; absent before the first ANALYZE.
    pub estimated_rows: Option<f64>,
    /// What is out of the ordinary about it, in a word or two each, such as `unlogged`.
    pub badges: Vec<String>,
    /// Its comment.
    pub comment: Option<String>,
}

/// What objects stand below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ObjectPlace {
    /// The server: databases, roles and the like.
    Server,
    /// The database.
    Database,
    /// A schema.
    Schema,
    /// A table, view or the like.
    Relation,
    /// A domain.
    Domain,
    /// A foreign server.
    ForeignServer,
}

/// What a script does with its object.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DdlForm {
    /// Makes it, with all that belongs to it.
    #[default]
    Create,
    /// Makes it or puts it in place of the one that is there: functions, views, triggers, rules and the like.
    Replace,
    /// Sets what can be set on the one that is there: its settings, owner, comments and privileges.
    Alter,
    /// Drops it.
    Drop,
}

/// A script in SQL.
#[derive(Debug, Serialize, ToSchema)]
pub struct DdlScript {
    /// Its statements, each with its semicolon. Comments in it say what the person may not read.
    pub sql: String,
    /// The forms that there are of its object.
    pub forms: Vec<DdlForm>,
}

/// How many objects of each kind there are.
#[derive(Debug, Serialize, ToSchema)]
pub struct ObjectCounts {
    /// All kinds that can be there, in the order in which people are shown them.
    pub counts: Vec<ObjectCount>,
}

/// How many objects of one kind there are.
#[derive(Debug, Serialize, ToSchema)]
pub struct ObjectCount {
    /// The kind, as the list takes it.
    pub kind: &'static str,
    /// How many.
    pub count: i64,
}

/// All that PostgreSQL says of an object.
#[derive(Debug, Serialize, ToSchema)]
pub struct ObjectPage {
    /// The system catalog that it is in; with `oid`, its address.
    pub catalog: &'static str,
    /// Of its row there.
    pub oid: u32,
    /// What it is, its name and where it stands.
    #[serde(flatten)]
    pub head: ObjectHead,
    /// The SQL that it is made of: a function, the query of a view, the definition of an index.
    pub source: Option<String>,
    /// What is said of it, by section.
    pub sections: Vec<ObjectSection>,
    /// Why something is missing: PostgreSQL did not answer the whole question in time, or not at all.
    pub left_out: Option<LeftOut>,
}

/// What an object is, its name and where it stands.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ObjectHead {
    /// Its kind, such as `materialized_view`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// What SQL calls it: qualified, and quoted where it must be.
    pub identity: Option<String>,
    /// Its schema.
    pub schema: Option<ObjectLink>,
    /// What it belongs to: the table of an index, the parent of a partition.
    pub of: Option<ObjectLink>,
    /// Its owner.
    pub owner: Option<ObjectLink>,
    /// Its comment.
    pub comment: Option<String>,
    /// The planner's estimate; absent before the first ANALYZE.
    pub estimated_rows: Option<f64>,
    /// What is out of the ordinary about it, in a word or two each.
    pub badges: Vec<String>,
    /// Why its rows cannot be read; absent where they can, and of what has none.
    pub no_rows: Option<String>,
    /// `session_user`: whose rights the page shows.
    pub reader: String,
}

/// Another object, by its name.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ObjectLink {
    /// Its name.
    pub text: String,
    /// Catalog and oid, such as `pg_class/16384`.
    pub address: String,
}

/// Part of an object's page: a table.
#[derive(Debug, Serialize, ToSchema)]
pub struct ObjectSection {
    /// What it is about, such as `columns`; the page knows what its columns mean.
    pub id: String,
    /// Its rows, each with as many cells as the section has columns.
    pub rows: Vec<Vec<ObjectCell>>,
}

/// A value of an object's page.
#[derive(Debug, Serialize, ToSchema)]
pub struct ObjectCell {
    /// As text; absent where there is none.
    pub text: Option<String>,
    /// How it is to be read: `bytes`, `count`, `ago`, `code`, `warning`, or the kind of what it names.
    pub form: Option<String>,
    /// Catalog and oid of the object that it names.
    pub address: Option<String>,
}

/// Why a page is not whole.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeftOut {
    /// PostgreSQL's SQLSTATE.
    pub sqlstate: String,
    /// PostgreSQL's own words.
    pub message: String,
    /// Sessions that hold a lock on the object, in words.
    pub held_by: Vec<String>,
}

/// Where a text was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct FoundTextList {
    /// The first functions, then the first comments.
    pub found: Vec<FoundText>,
}

/// An object in which a text was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct FoundText {
    /// The system catalog that it is in; with `oid`, its address.
    pub catalog: String,
    /// Of its row there.
    pub oid: u32,
    /// What it is.
    pub kind: String,
    /// Its schema.
    pub schema: Option<String>,
    /// What SQL calls it.
    pub identity: String,
    /// Whether it was found in a comment, and not in a body.
    pub in_comment: bool,
    /// What stands around the text.
    pub excerpt: String,
}

/// Objects whose names fit, the best first.
#[derive(Debug, Serialize, ToSchema)]
pub struct NamedObjectList {
    /// The objects.
    pub objects: Vec<NamedObject>,
}

/// An object whose name fits.
#[derive(Debug, Serialize, ToSchema)]
pub struct NamedObject {
    /// The system catalog that it is in; with `oid`, its address.
    pub catalog: String,
    /// Of its row there.
    pub oid: u32,
    /// What it is.
    pub kind: String,
    /// Its schema.
    pub schema: Option<String>,
    /// The table or the like that it belongs to.
    pub relation: Option<String>,
    /// Its name.
    pub name: String,
    /// The arguments of a function, by which it differs from others of the same name.
    pub arguments: Option<String>,
}
