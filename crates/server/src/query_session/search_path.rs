//! The search path of a session, by which its page completes names. PostgreSQL reports it from version 18 on. Older ones are
//! asked for it, once behind a run that may have changed it and when nobody waits for anything.

use howdah_pg::{QueryError, TransactionStatus};

use super::{End, QuerySession};
use crate::wire::ServerMessage;

const SEARCH_PATH: &str = "search_path";

/// Why the search path may be another than the page knows.
#[derive(Debug, Default)]
pub(super) struct Doubts {
    /// Something was set since it was told.
    moved: bool,
    /// It was told within a transaction, whose end may take it back.
    may_go_back: bool,
}

impl Doubts {
    /// Takes note of a statement that went well.
    pub(super) fn note(&mut self, statement: &str, tag: &str) {
        // What sets it by a function says its name: `set_config('search_path', …)`.
        self.moved |= matches!(tag, "SET" | "RESET" | "DISCARD ALL")
            || statement
                .as_bytes()
                .windows(SEARCH_PATH.len())
                .any(|part| part.eq_ignore_ascii_case(SEARCH_PATH.as_bytes()));
    }
}

impl QuerySession {
    /// Tells the page the search path where it may have changed and PostgreSQL does not tell by itself.
    pub(super) async fn tell_search_path(&mut self) -> Result<(), End> {
        let status = self.database.transaction_status();
        let went_back = self.path_doubts.may_go_back && status == TransactionStatus::Idle;
        let is_reported = self.database.parameter(SEARCH_PATH).is_some();
        if is_reported || status == TransactionStatus::Failed || !(self.path_doubts.moved || went_back) {
            return Ok(());
        }
        self.path_doubts = Doubts { moved: false, may_go_back: status == TransactionStatus::InTransaction };
        let value = match self.show(SEARCH_PATH).await {
            Ok(value) => value,
            Err(QueryError::Session(error)) => return Err(End::Database(error)),
            Err(QueryError::Server(_) | QueryError::TooLarge) => None,
        };
        match value {
            Some(value) => self.tell(&ServerMessage::Parameter { name: SEARCH_PATH.to_owned(), value }).await,
            None => Ok(()),
        }
    }
}
