//! What a person ran, and the queries that they keep.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::Audience;

/// A part of a person's history.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryList {
    /// Whether a history is kept at all.
    pub kept: bool,
    /// The statements, the last first.
    pub entries: Vec<HistoryEntry>,
    /// Where the next part begins.
    pub next_cursor: Option<String>,
}

/// A statement that was run.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryEntry {
    /// Names it.
    pub id: String,
    /// When it began.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub at: OffsetDateTime,
    /// The server definition.
    pub server_id: Option<String>,
    /// Its name then.
    pub server: Option<String>,
    /// The database.
    pub database: Option<String>,
    /// The role in PostgreSQL.
    pub role: Option<String>,
    /// The tab that it ran in; it may be closed by now.
    pub tab: Option<String>,
    /// The text as it was written, without passwords and without values of placeholders; in lists its beginning.
    pub statement: String,
    /// Whether `statement` is cut.
    pub is_cut: bool,
    /// How it went.
    pub result: HistoryResult,
    /// The SQLSTATE, where it failed.
    pub code: Option<String>,
    /// Rows of the result, or rows that were changed.
    pub rows: Option<u64>,
    /// How long it took.
    pub duration_ms: Option<f64>,
    /// Whether a plan is kept with it.
    pub has_plan: bool,
    /// What an EXPLAIN brought; never in lists.
    pub plan: Option<String>,
}

/// How a statement went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HistoryResult {
    /// It ran.
    Ok,
    /// PostgreSQL refused it.
    Failed,
    /// The person cancelled it.
    Cancelled,
    /// The connection ended under it.
    Interrupted,
}

impl HistoryResult {
    /// As the store has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
        }
    }

    /// What the store has.
    #[must_use]
    pub fn of(name: &str) -> Self {
        match name {
            "ok" => Self::Ok,
            "failed" => Self::Failed,
            "cancelled" => Self::Cancelled,
            _ => Self::Interrupted,
        }
    }
}

/// Queries that the caller sees.
#[derive(Debug, Serialize, ToSchema)]
pub struct SavedQueryList {
    /// By folder and name, without their texts.
    pub queries: Vec<SavedQuery>,
}

/// A query that is kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct SavedQuery {
    /// Names it in links.
    pub id: String,
    /// The folder, with `/` between its parts; empty for none.
    pub folder: String,
    /// What it is called.
    pub name: String,
    /// Its text; absent in lists.
    pub sql: Option<String>,
    /// The server that it is meant for. Whoever opens it may not see that server.
    pub server_id: Option<String>,
    /// The database there.
    pub database: Option<String>,
    /// Who else sees it; absent for those who do not own it.
    pub audience: Option<Audience>,
    /// Whether the caller owns it, and may change it.
    pub owned: bool,
    /// The owner's name.
    pub owner: String,
    /// Counts changes.
    pub version: i64,
    /// When it was last changed.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: OffsetDateTime,
}

/// A query to keep.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SavedQueryDraft {
    /// The version that it was made from; left out for a new one.
    #[serde(default)]
    pub version: Option<i64>,
    /// The folder, with `/` between its parts.
    #[serde(default)]
    pub folder: String,
    /// What it is called; at most 200 characters.
    pub name: String,
    /// Its text; at most 1 MiB.
    pub sql: String,
    /// The server that it is meant for.
    #[serde(default)]
    pub server_id: Option<String>,
    /// The database there.
    #[serde(default)]
    pub database: Option<String>,
    /// Who else sees it.
    #[serde(default)]
    pub audience: Audience,
}

/// A folder that gets another place or name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FolderMove {
    /// The folder as it is, with `/` between its parts.
    pub from: String,
    /// What it is to be.
    pub to: String,
}

/// What was moved.
#[derive(Debug, Serialize, ToSchema)]
pub struct FolderMoved {
    /// So many queries went along.
    pub queries: u64,
}
