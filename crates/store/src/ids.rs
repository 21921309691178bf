//! Ids of rows: UUIDs of version 7, kept as text.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use crate::clock::Millis;
use crate::error::StoreError;
use crate::seal::random_bytes;

/// A text that is not an id of ours. No row has it, so answer as for a row that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id")]
pub struct InvalidId;

// Types that must not be mistaken for each other and are otherwise the same.
macro_rules! id_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            pub(crate) fn generate(now: Millis) -> Result<Self, StoreError> {
                Ok(Self(generate_uuid(now)?))
            }

            pub(crate) fn from_row(text: String) -> Self {
                Self(text)
            }

            /// The id as text: 36 characters in lower case.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                parse_uuid(text).map(Self)
            }
        }
    };
}

id_type! {
    /// Names an account.
    AccountId
}
id_type! {
    /// Names a session to people and logs. It opens nothing: only the cookie does.
    SessionId
}
id_type! {
    /// Names a server definition.
    ServerId
}
id_type! {
    /// Names an event of the audit trail.
    AuditEventId
}

id_type! {
    /// Names a statement that somebody ran.
    HistoryId
}
id_type! {
    /// Names a query that somebody keeps.
    SavedQueryId
}

impl HistoryId {
    /// As for events of the audit trail.
    pub(crate) fn in_order(mut self, count: u16) -> Self {
        put_count(&mut self.0, count);
        self
    }
}

impl AuditEventId {
    /// The id behind all that one process made in the same millisecond with a smaller `count`, but for every 4096th: the
    /// count stands in the twelve bits behind the time (RFC 9562 section 6.2, method 1).
    pub(crate) fn in_order(mut self, count: u16) -> Self {
        put_count(&mut self.0, count);
        self
    }
}

fn put_count(id: &mut String, count: u16) {
    id.replace_range(15..18, &format!("{:03x}", count & 0xfff));
}

fn generate_uuid(now: Millis) -> Result<String, StoreError> {
    let millis = u64::try_from(now.0).unwrap_or(0);
    let uuid = uuid::Builder::from_unix_timestamp_millis(millis, &random_bytes::<10>()?).into_uuid();
    Ok(uuid.hyphenated().to_string())
}

/// Accepts the one spelling that rows have, so that two texts are never one id.
fn parse_uuid(text: &str) -> Result<String, InvalidId> {
    let canonical = Uuid::try_parse(text).map_err(|_| InvalidId)?.hyphenated().to_string();
    if canonical == text { Ok(canonical) } else { Err(InvalidId) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_ordered_by_time_and_have_one_spelling() -> anyhow::Result<()> {
        let earlier = AccountId::generate(Millis(1_700_000_000_000))?;
        let later = AccountId::generate(Millis(1_700_000_000_001))?;
        assert!(earlier < later);
        assert_eq!(earlier.as_str().parse(), Ok(earlier.clone()));
        assert_eq!(earlier.as_str().to_uppercase().parse::<AccountId>(), Err(InvalidId));
        assert_eq!("".parse::<AccountId>(), Err(InvalidId));
        Ok(())
    }
}
