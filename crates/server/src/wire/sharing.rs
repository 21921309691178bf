//! What people see of servers that are not theirs, and what they set for themselves.

use serde::Serialize;
use utoipa::ToSchema;

use super::Environment;

/// A server that is shared with the caller.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Sharing {
    /// The username of who shares it; null for a server of the config.
    pub shared_by: Option<String>,
    /// What the caller has set for themselves. The server's own fields hold it already.
    pub own: OwnServerSettings,
    /// What stands there for everyone else.
    pub shared: SharedServerSettings,
    /// Whether the caller may log in under a `username` of their own: not where the secret is somebody else's.
    pub username_allowed: bool,
}

/// What a person sets for themselves at a server that is shared with them; the rest is absent.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct OwnServerSettings {
    /// What they call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The folder it stands in for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Whom they log in as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The role that they switch to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// What it is for, in their eyes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<Environment>,
    /// Statements to run on every new connection of theirs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub post_connection_sql: Option<String>,
}

/// The fields that a person may set for themselves, as the server has them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SharedServerSettings {
    /// See [`ServerDefinition::name`](super::ServerDefinition::name).
    pub name: String,
    /// See [`ServerDefinition::group`](super::ServerDefinition::group).
    pub group: String,
    /// See [`ServerDefinition::username`](super::ServerDefinition::username).
    pub username: String,
    /// See [`ServerDefinition::role`](super::ServerDefinition::role).
    pub role: Option<String>,
    /// See [`ServerDefinition::environment`](super::ServerDefinition::environment).
    pub environment: Environment,
}
