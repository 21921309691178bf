//! Where a page of servers ends.

use std::fmt;
use std::str::FromStr;

use crate::ids::ServerId;
use crate::page::{InvalidCursor, decode_cursor, encode_cursor};
use crate::servers::SeenServer;

/// A place in the list of servers. Its text may stand in a URL.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServerCursor {
    pub(crate) group_key: String,
    pub(crate) name_key: String,
    pub(crate) id: String,
}

impl ServerCursor {
    /// Before every server: no id is empty.
    pub(crate) fn start() -> Self {
        Self { group_key: String::new(), name_key: String::new(), id: String::new() }
    }

    /// At a server that stands in `group` under `name`.
    #[must_use]
    pub fn at(group: &str, name: &str, id: &ServerId) -> Self {
        Self { group_key: group.to_lowercase(), name_key: name.to_lowercase(), id: id.to_string() }
    }

    /// At a server as its viewer sees it.
    pub(crate) fn of(SeenServer { server, own, .. }: &SeenServer) -> Self {
        let group = own.group.as_ref().unwrap_or(&server.definition.group);
        Self::at(group, own.name.as_ref().unwrap_or(&server.definition.name), &server.id)
    }
}

impl fmt::Display for ServerCursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&encode_cursor([&self.group_key, &self.name_key, &self.id]))
    }
}

impl FromStr for ServerCursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let [group_key, name_key, id] = decode_cursor(text)?;
        Ok(Self { group_key, name_key, id })
    }
}
