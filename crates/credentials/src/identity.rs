//! Whose secret, for which server, to log in where.

use std::fmt;
use std::sync::Arc;

/// The person a secret belongs to: one signed-in session of one account.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Person {
    key: Arc<str>,
    username: Arc<str>,
}

impl Person {
    /// `key` is opaque and tells people apart (account and session); `username` is what commands see as `HOWDAH_USER`.
    pub fn new(key: impl Into<Arc<str>>, username: impl Into<Arc<str>>) -> Self {
        Self { key: key.into(), username: username.into() }
    }

    /// What tells this person's session from all others, as given to [`new`](Self::new). Not for logs.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The name that commands see as `HOWDAH_USER`.
    pub fn username(&self) -> &str {
        &self.username
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

/// The key may name a session, so it stays out of logs.
impl fmt::Debug for Person {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Person").field("username", &self.username).finish_non_exhaustive()
    }
}

/// Tells one server definition from another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ServerKey(Arc<str>);

impl ServerKey {
    /// The server definition's id.
    pub fn new(id: impl Into<Arc<str>>) -> Self {
        Self(id.into())
    }

    /// The server definition's id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where the credential will be used. An empty string or `None` means unset: its placeholder becomes empty and its
/// environment variable is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Target {
    /// Host name or address: `%HOSTNAME%`, `PGHOST`.
    pub host: String,
    /// TCP port: `%PORT%`, `PGPORT`.
    pub port: Option<u16>,
    /// The PostgreSQL user to log in as: `%USERNAME%`, `PGUSER`.
    pub user: String,
    /// The database: `PGDATABASE`. A secret is not kept per database.
    pub database: String,
}
