//! Who and where a connection is, and how it is set.

use howdah_pg::Session;

use crate::wire::{CredentialStatus, WriteAccess};

/// What is noted of what PostgreSQL reports (manual, 54.2.7). Before version 14 it reports less, before 18 no search path.
const NOTED: [&str; 4] =
    ["standard_conforming_strings", "default_transaction_read_only", "in_hot_standby", "search_path"];

/// What the page of a connection is told when it begins, and again when it comes back.
#[derive(Debug, Clone)]
pub struct Greeting {
    /// `session_user`.
    pub session_user: String,
    /// The database.
    pub database: String,
    /// PostgreSQL's `server_version`.
    pub server_version: String,
    /// The backend's process id.
    pub backend_pid: i32,
    /// Protocol version and cipher; absent without TLS.
    pub tls: Option<String>,
    /// Where the credential came from.
    pub credential: CredentialStatus,
    /// Whether sessions on this server start read-only.
    pub read_only: bool,
    /// Whether this one may write.
    pub writes: WriteAccess,
    /// Whether a backslash is itself in its strings.
    pub standard_strings: bool,
    /// Whether its transactions begin read only, where PostgreSQL reports that.
    pub default_read_only: Option<bool>,
    /// Whether the server is a standby, where PostgreSQL reports that.
    pub standby: Option<bool>,
    /// `search_path`, where PostgreSQL has told it.
    pub search_path: Option<String>,
}

impl Greeting {
    /// Takes note of what PostgreSQL has reported so far.
    pub(super) fn note_reported(&mut self, session: &Session) {
        for setting in NOTED {
            if let Some(value) = session.parameter(setting) {
                self.note(setting, value);
            }
        }
    }

    /// Takes note of a setting that PostgreSQL reports.
    pub fn note(&mut self, setting: &str, value: &str) {
        match setting {
            "standard_conforming_strings" => self.standard_strings = value != "off",
            "default_transaction_read_only" => self.default_read_only = Some(value == "on"),
            "in_hot_standby" => self.standby = Some(value == "on"),
            "search_path" => self.search_path = Some(value.to_owned()),
            _ => {}
        }
    }
}
