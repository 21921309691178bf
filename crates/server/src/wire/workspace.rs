//! What a person has open and how they like it.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::Problem;

/// A person's open tabs and settings.
#[derive(Debug, Serialize, ToSchema)]
pub struct Workspace {
    /// The tabs, the oldest first.
    pub tabs: Vec<StoredTab>,
    /// The settings that were ever saved, by name.
    pub settings: Vec<StoredSetting>,
}

/// A query tab that is kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct StoredTab {
    /// Chosen by the page.
    pub id: String,
    /// Counts changes of everything but the caret. A change names the version that it was made to.
    pub version: i64,
    /// What the person calls it.
    pub title: String,
    /// The server that it runs on.
    pub server_id: Option<String>,
    /// The database there.
    pub database: Option<String>,
    /// Its text.
    pub sql: String,
    /// Where the caret stands in the text, in UTF-16 code units.
    pub cursor: u32,
    /// How it runs its statements and the like, as the page saved it.
    #[schema(value_type = Option<Object>)]
    pub options: Option<serde_json::Value>,
    /// When it was last changed.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: OffsetDateTime,
}

/// A query tab to keep.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TabChange {
    /// The version that it was made from; 0 for a tab that was never saved.
    pub version: i64,
    /// What the person calls it; at most 200 characters.
    pub title: String,
    /// The server that it runs on.
    #[serde(default)]
    pub server_id: Option<String>,
    /// The database there.
    #[serde(default)]
    pub database: Option<String>,
    /// Its text; at most 1 MiB of UTF-8.
    pub sql: String,
    /// Where the caret stands in the text, in UTF-16 code units.
    #[serde(default)]
    pub cursor: u32,
    /// How it runs its statements and the like: a JSON object of the page's own, at most 64 KiB. Left out, what is kept stays.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub options: Option<serde_json::Map<String, serde_json::Value>>,
}

/// A setting that is kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct StoredSetting {
    /// Its name.
    pub name: SettingName,
    /// Counts changes. A change names the version that it was made to.
    pub version: i64,
    /// What the page saved.
    #[schema(value_type = Object)]
    pub value: serde_json::Value,
}

/// A setting to keep.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingChange {
    /// The version that it was made from; 0 for one that was never saved.
    pub version: i64,
    /// A JSON object; at most 64 KiB.
    #[schema(value_type = Object)]
    pub value: serde_json::Map<String, serde_json::Value>,
}

/// The settings that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SettingName {
    /// Theme, editor and the like.
    Preferences,
    /// How the tabs stand beside each other.
    Layout,
}

/// The version that something has now.
#[derive(Debug, Serialize, ToSchema)]
pub struct Saved {
    /// To be named by the next change.
    pub version: i64,
}

/// Somebody else has saved the tab meanwhile.
#[derive(Debug, Serialize, ToSchema)]
pub struct TabConflict {
    /// The problem, with the code `conflict`.
    #[serde(flatten)]
    pub problem: Problem,
    /// The tab as it is now; null when it was closed.
    pub tab: Option<StoredTab>,
}

/// Somebody else has saved the setting meanwhile.
#[derive(Debug, Serialize, ToSchema)]
pub struct SettingConflict {
    /// The problem, with the code `conflict`.
    #[serde(flatten)]
    pub problem: Problem,
    /// The setting as it is now.
    pub setting: Option<StoredSetting>,
}
