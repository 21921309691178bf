//! Whose limit of time ended a statement: the tab's, or one that was set elsewhere. PostgreSQL's SQLSTATE is the same, and
//! also where another session has cancelled the statement.

use std::time::Duration;

use howdah_pg::{QueryError, TransactionStatus};

use super::{End, QuerySession};
use crate::wire::{LimitOrigin, TimeLimit};

/// What ended it may have taken longer than the limit by the way there and back, and by a busy server.
const LATE: Duration = Duration::from_secs(2);

const IN_FORCE: &str = "select setting, source from pg_catalog.pg_settings where name = 'statement_timeout'";

impl QuerySession {
    /// The limit that ended a statement which took so long and which nobody here has cancelled; `None` where it was none.
    pub(super) async fn time_limit(&mut self, took: Duration) -> Result<Option<TimeLimit>, End> {
        let tabs = self.applied.statement_timeout_ms().filter(|limit| *limit > 0);
        // In a transaction a question fails, or fails it.
        if self.database.transaction_status() != TransactionStatus::Idle {
            return Ok(Some(guess(tabs, took)));
        }
        let rows = match self.database.query(IN_FORCE, &[]).await {
            Ok(rows) => rows,
            Err(QueryError::Session(error)) => return Err(End::Database(error)),
            // The limit may be too short for the question too.
            Err(QueryError::Server(_) | QueryError::TooLarge) => return Ok(Some(guess(tabs, took))),
        };
        let found = rows.texts().next().and_then(|row| match &row[..] {
            [Some(setting), Some(source)] => Some((setting.parse().ok()?, source.to_string())),
            _ => None,
        });
        Ok(match found {
            None => Some(guess(tabs, took)),
            Some((limit, source)) => in_force(limit, &source, tabs, took),
        })
    }
}

fn in_force(limit_ms: u64, source: &str, tabs: Option<u64>, took: Duration) -> Option<TimeLimit> {
    if limit_ms == 0 || took < Duration::from_millis(limit_ms) {
        return None;
    }
    let origin = match source {
        "session" | "interactive" if tabs == Some(limit_ms) => LimitOrigin::Tab,
        "session" | "interactive" => LimitOrigin::Session,
        "client" => LimitOrigin::Connection,
        "user" | "database user" => LimitOrigin::Role,
        "database" => LimitOrigin::Database,
        _ => LimitOrigin::Server,
    };
    Some(TimeLimit { limit_ms: Some(limit_ms), origin })
}

/// What is known without asking: how the tab has set the session, and how long it took.
fn guess(tabs: Option<u64>, took: Duration) -> TimeLimit {
    let is_tabs = |limit: &u64| {
        let limit = Duration::from_millis(*limit);
        (limit..limit + LATE).contains(&took)
    };
    match tabs.filter(is_tabs) {
        Some(limit) => TimeLimit { limit_ms: Some(limit), origin: LimitOrigin::Tab },
        None => TimeLimit { limit_ms: None, origin: LimitOrigin::Unknown },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_told_by_where_it_was_set() {
        let check = |limit, source, tabs, took| {
            in_force(limit, source, tabs, Duration::from_millis(took)).map(|found| found.origin)
        };
        assert_eq!(check(500, "session", Some(500), 503), Some(LimitOrigin::Tab));
        assert_eq!(check(200, "session", Some(500), 203), Some(LimitOrigin::Session));
        assert_eq!(check(200, "session", None, 203), Some(LimitOrigin::Session));
        assert_eq!(check(200, "client", None, 203), Some(LimitOrigin::Connection));
        assert_eq!(check(200, "user", None, 203), Some(LimitOrigin::Role));
        assert_eq!(check(200, "database user", None, 203), Some(LimitOrigin::Role));
        assert_eq!(check(200, "database", None, 203), Some(LimitOrigin::Database));
        assert_eq!(check(200, "configuration file", None, 203), Some(LimitOrigin::Server));
        // Somebody else has cancelled it.
        assert_eq!(check(0, "default", None, 203), None);
        assert_eq!(check(500, "session", Some(500), 203), None);
    }

    #[test]
    fn without_an_answer_only_what_took_as_long_as_the_tab_lets_it_is_the_tabs() {
        let check = |tabs, took| guess(tabs, Duration::from_millis(took)).origin;
        assert_eq!(check(Some(500), 503), LimitOrigin::Tab);
        assert_eq!(check(Some(500), 203), LimitOrigin::Unknown);
        assert_eq!(check(Some(500), 9000), LimitOrigin::Unknown);
        assert_eq!(check(None, 503), LimitOrigin::Unknown);
    }
}
