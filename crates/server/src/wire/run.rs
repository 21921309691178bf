//! What goes with a run beside its text, and what is asked before it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::StatementRange;

/// How a run goes. What is absent is as without it.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RunOptions {
    /// Whether Howdah begins transactions.
    #[serde(default)]
    pub transaction: TransactionMode,
    /// Whether an error within a transaction block undoes no more than its own statement, as with psql's
    /// ON_ERROR_ROLLBACK.
    #[serde(default)]
    pub savepoints: bool,
    /// How the session is to be set.
    #[serde(default)]
    pub settings: SessionSettings,
    /// What to ask about before anything runs.
    #[serde(default)]
    pub ask: Ask,
    /// Values of `:name`, `:'name'` and `:"name"`. Absent: these are no placeholders. Where one has no value here, the
    /// answer is `parameters_needed`.
    #[serde(default)]
    pub parameters: Option<BTreeMap<String, ParameterValue>>,
}

/// Who begins transactions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TransactionMode {
    /// Each statement commits by itself, unless the text says BEGIN.
    #[default]
    Autocommit,
    /// Howdah says BEGIN before the first statement that may stand in a transaction; the person commits.
    Manual,
}

/// Settings of a session that Howdah makes. They are set when they differ from those of the run before, and never touched
/// as long as they are absent, so that a SET of the person's own stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionSettings {
    /// `default_transaction_read_only`. False: as the server has it.
    #[serde(default)]
    pub read_only: bool,
    /// `statement_timeout` in milliseconds; 0: none.
    #[serde(default)]
    pub statement_timeout_ms: Option<u32>,
    /// `default_transaction_isolation`.
    #[serde(default)]
    pub isolation: Option<Isolation>,
}

/// Isolation of transactions (manual, 13.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Isolation {
    /// Each statement sees what was committed before it.
    ReadCommitted,
    /// All statements see what was committed before the first of them.
    RepeatableRead,
    /// As if transactions ran one after another.
    Serializable,
}

/// What to ask about before anything runs, with `confirmation_needed`.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// Statements that may destroy more than was meant: UPDATE and DELETE without WHERE, TRUNCATE, DROP, ALTER … DROP
    /// COLUMN.
    #[serde(default)]
    pub destructive: bool,
    /// All statements that write.
    #[serde(default)]
    pub writes: bool,
    /// The same, but only while the session must not write before `unlock`.
    #[serde(default)]
    pub locked: bool,
}

/// A value of a placeholder.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ParameterValue {
    /// A text, or whatever PostgreSQL reads from one.
    Text {
        /// The text.
        value: String,
    },
    /// A number.
    Number {
        /// As it is written in SQL, so that nothing is rounded.
        value: String,
    },
    /// True or false.
    Boolean {
        /// Which.
        value: bool,
    },
    /// A date, or a time.
    Date {
        /// As PostgreSQL reads it, such as `2026-01-31`.
        value: String,
    },
    /// NULL.
    Null {},
}

/// A placeholder that has no value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NeededParameter {
    /// Its name.
    pub name: String,
    /// Whether it stands for an object's name and nothing else.
    pub is_identifier: bool,
}

/// A statement to ask about.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct QuestionableStatement {
    /// Where it stands.
    pub range: StatementRange,
    /// What it may destroy; absent where it only writes.
    pub danger: Option<DangerKind>,
    /// The objects it does that to, as they are written; empty where the text does not tell.
    pub objects: Vec<String>,
    /// About how many rows it concerns, by the planner's estimate. Absent where that cannot be told.
    pub estimated_rows: Option<f64>,
}

/// What a statement may destroy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DangerKind {
    /// An UPDATE without WHERE.
    UpdateAll,
    /// A DELETE without WHERE.
    DeleteAll,
    /// TRUNCATE.
    Truncate,
    /// DROP of whatever object.
    Drop,
    /// ALTER … DROP COLUMN.
    DropColumn,
}
