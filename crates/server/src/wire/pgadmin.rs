//! Servers that pgAdmin exported.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::ServerDefinition;

/// A file that pgAdmin's *Import/Export Servers* or `setup.py dump-servers` wrote.
#[derive(Debug, Deserialize, ToSchema)]
pub struct PgadminExport {
    /// pgAdmin's entries by their numbers.
    #[serde(rename = "Servers")]
    #[schema(value_type = Object)]
    pub servers: Map<String, Value>,
}

/// What they would be here, in the order of the file.
#[derive(Debug, Serialize, ToSchema)]
pub struct PgadminServers {
    /// One for each entry.
    pub servers: Vec<PgadminServer>,
}

/// What one entry would be.
#[derive(Debug, Serialize, ToSchema)]
pub struct PgadminServer {
    /// As pgAdmin calls it.
    pub name: String,
    /// Where it stands there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Good for `POST /api/v1/servers`; absent where it cannot be a server here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub definition: Option<Box<ServerDefinition>>,
    /// Why it cannot be one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// What does not come over as it was.
    pub notes: Vec<PgadminNote>,
}

/// Something that does not come over as it was.
#[derive(Debug, Serialize, ToSchema)]
pub struct PgadminNote {
    /// Whether somebody has to do something about it. Otherwise it has no place here.
    pub needs_a_look: bool,
    /// What it is, and what to do.
    pub text: String,
}
