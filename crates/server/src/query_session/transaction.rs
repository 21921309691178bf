//! What Howdah says to PostgreSQL around a person's statements: the settings of the session, BEGIN in manual mode, and a
//! savepoint for each statement.

use std::borrow::Cow;
use std::collections::BTreeMap;

use howdah_pg::nature::{Block, Mode, Nature};
use howdah_pg::{Event, QueryError, ServerError, TransactionStatus};

use super::{End, QuerySession};
use crate::error::{ApiError, Code};
use crate::script::Statement;
use crate::wire::{Isolation, RunOptions, ServerMessage, SessionSettings, TransactionMode, WriteAccess};

/// Begin of a savepoint of our own; nobody's own is named so.
const SAVE: &str = "SAVEPOINT howdah_statement";
const UNDO: &str = "ROLLBACK TO SAVEPOINT howdah_statement";
const RELEASE: &str = "RELEASE SAVEPOINT howdah_statement";

/// What a page is told of how a session is set.
const SETTINGS: [&str; 6] = [
    "search_path",
    "statement_timeout",
    "default_transaction_isolation",
    "default_transaction_read_only",
    "transaction_isolation",
    "transaction_read_only",
];

/// What a statement of our own said instead of doing it.
type Refusal = Box<ServerError>;

/// What has been set in a session.
#[derive(Debug, Default)]
pub(super) struct Applied {
    settings: SessionSettings,
    /// Set within a transaction, whose rollback takes it back.
    unsure: bool,
}

impl Applied {
    /// The limit of a statement that the tab has set.
    pub(super) fn statement_timeout_ms(&self) -> Option<u64> {
        self.settings.statement_timeout_ms.map(u64::from)
    }

    /// What must be said for `wanted` to hold.
    fn statements(&self, wanted: &SessionSettings) -> Vec<String> {
        let before = &self.settings;
        let mut statements = Vec::new();
        let mut say = |name: &str, was: Option<String>, is: Option<String>| {
            if was != is || (self.unsure && is.is_some()) {
                statements.push(is.map_or_else(|| format!("RESET {name}"), |value| format!("SET {name} = {value}")));
            }
        };
        let read_only = |settings: &SessionSettings| settings.read_only.then(|| "on".to_owned());
        say("default_transaction_read_only", read_only(before), read_only(wanted));
        let timeout = |settings: &SessionSettings| settings.statement_timeout_ms.map(|limit| limit.to_string());
        say("statement_timeout", timeout(before), timeout(wanted));
        let isolation = |settings: &SessionSettings| settings.isolation.map(|level| level_name(level).to_owned());
        say("default_transaction_isolation", isolation(before), isolation(wanted));
        statements
    }
}

fn level_name(level: Isolation) -> &'static str {
    match level {
        Isolation::ReadCommitted => "'read committed'",
        Isolation::RepeatableRead => "'repeatable read'",
        Isolation::Serializable => "serializable",
    }
}

impl QuerySession {
    /// Sets the session as the run wants it. A failed transaction takes nothing: then it is set with the next run.
    pub(super) async fn apply(&mut self, wanted: &SessionSettings) -> Result<Result<(), Refusal>, End> {
        let status = self.database.transaction_status();
        if status == TransactionStatus::Failed || (*wanted == self.applied.settings && !self.applied.unsure) {
            return Ok(Ok(()));
        }
        for statement in self.applied.statements(wanted) {
            if let Err(refusal) = self.order(&statement).await? {
                return Ok(Err(refusal));
            }
        }
        self.applied = Applied { settings: *wanted, unsure: status == TransactionStatus::InTransaction };
        Ok(Ok(()))
    }

    /// Begins a transaction where the person wants to commit by hand, and a savepoint where they want that. True: there
    /// is a savepoint, so [`QuerySession::leave`] must follow the statement.
    pub(super) async fn enter(
        &mut self,
        options: &RunOptions,
        statement: &Statement<'_>,
        nature: &Nature,
    ) -> Result<Result<bool, Refusal>, End> {
        if statement.answer.is_some() {
            // A command of psql looks, and changes nothing.
            return Ok(Ok(false));
        }
        if options.transaction == TransactionMode::Manual
            && self.database.transaction_status() == TransactionStatus::Idle
            && nature.block == Block::Inside
        {
            if let Err(refusal) = self.order("BEGIN").await? {
                return Ok(Err(refusal));
            }
            if self.follow(nature) {
                self.learn_mode().await?;
            }
        }
        if !options.savepoints
            || nature.mode == Mode::Sets
            || self.database.transaction_status() != TransactionStatus::InTransaction
        {
            return Ok(Ok(false));
        }
        Ok(self.order(SAVE).await?.map(|()| true))
    }

    /// Goes back to the statement's savepoint after an error, and else lets it go.
    pub(super) async fn leave(&mut self, tag: &str) -> Result<(), End> {
        // The refusals of these are of no use to anybody: the transaction's state, which is told, shows them.
        match self.database.transaction_status() {
            TransactionStatus::Failed => {
                if self.order(UNDO).await?.is_ok() {
                    drop(self.order(RELEASE).await?);
                }
            }
            // Ended, or begun anew: the savepoint went with the transaction. A savepoint of the person's own stands
            // above ours, or has ended it.
            TransactionStatus::InTransaction if !["COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE"].contains(&tag) => {
                drop(self.order(RELEASE).await?);
            }
            TransactionStatus::InTransaction | TransactionStatus::Idle => {}
        }
        Ok(())
    }

    /// Tells how the session is set.
    pub(super) async fn inspect(&mut self) -> Result<(), End> {
        let settings = match self.settings().await {
            Ok(settings) => settings,
            Err(QueryError::Session(error)) => return Err(End::Database(error)),
            // Such as in a failed transaction: what PostgreSQL reports by itself is known all the same.
            Err(QueryError::Server(_) | QueryError::TooLarge) => {
                let reported = self.database.parameter("search_path");
                reported.map(|path| ("search_path".to_owned(), path.to_owned())).into_iter().collect()
            }
        };
        self.tell(&ServerMessage::Settings { settings }).await
    }

    async fn settings(&mut self) -> Result<BTreeMap<String, String>, QueryError> {
        let is_open = self.database.transaction_status() == TransactionStatus::InTransaction;
        if !is_open || self.link.writes() != WriteAccess::Allowed {
            let names = SETTINGS.join("', '");
            let sql = format!(
                "select name, pg_catalog.current_setting(name) from pg_catalog.unnest(array['{names}']) as name"
            );
            let rows = self.database.query(&sql, &[]).await?;
            let pair = |row: Vec<Option<Cow<'_, str>>>| match &row[..] {
                [Some(name), Some(value)] => Some((name.to_string(), value.to_string())),
                _ => None,
            };
            return Ok(rows.texts().filter_map(pair).collect());
        }
        let mut settings = BTreeMap::new();
        for name in SETTINGS {
            settings.extend(self.show(name).await?.map(|value| (name.to_owned(), value)));
        }
        Ok(settings)
    }

    /// How one thing is set. SELECT would take a snapshot, behind which an open transaction's isolation cannot be set.
    pub(super) async fn show(&mut self, name: &str) -> Result<Option<String>, QueryError> {
        let rows = self.database.query(&format!("SHOW {name}"), &[]).await?;
        Ok(rows.texts().next().and_then(|row| row.into_iter().next().flatten().map(Cow::into_owned)))
    }

    /// Runs a statement of our own; nobody is shown its result.
    pub(super) async fn order(&mut self, sql: &str) -> Result<Result<(), Refusal>, End> {
        self.database.start_simple(sql).await.map_err(End::Database)?;
        let mut answer = Ok(());
        loop {
            match self.next_event().await? {
                Event::Error(error) => answer = Err(error),
                Event::Ready(_) => return Ok(answer),
                event @ (Event::Parameter { .. } | Event::Notification { .. }) => {
                    self.tell_in_passing(None, event, None).await?;
                }
                _ => {}
            }
        }
    }
}

/// PostgreSQL does not take what the tab wants set.
pub(super) fn refused_settings(error: &ServerError) -> ApiError {
    ApiError::new(
        Code::InvalidStatement,
        format!(
            "PostgreSQL did not take the session settings of this tab: {} (SQLSTATE {}). Nothing was run. Change them in the Session menu.",
            error.message, error.code
        ),
    )
}

/// Nothing else can be asked while a result waits.
pub(super) fn busy() -> ApiError {
    ApiError::new(
        Code::InvalidRequest,
        "A result waits in this session. Fetch the rest, cancel it, or run something else first.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_set_and_what_is_given_up_is_reset() {
        let none = SessionSettings::default();
        let strict = SessionSettings {
            read_only: true,
            statement_timeout_ms: Some(5000),
            isolation: Some(Isolation::RepeatableRead),
        };
        let statements =
            |settings, unsure, wanted: &SessionSettings| Applied { settings, unsure }.statements(wanted).join("; ");
        assert_eq!(statements(none, false, &none), "");
        assert_eq!(
            statements(none, false, &strict),
            "SET default_transaction_read_only = on; SET statement_timeout = 5000; \
             SET default_transaction_isolation = 'repeatable read'"
        );
        assert_eq!(
            statements(strict, false, &SessionSettings { read_only: false, ..strict }),
            "RESET default_transaction_read_only"
        );
        assert_eq!(
            statements(strict, true, &SessionSettings { isolation: None, statement_timeout_ms: None, ..strict }),
            "SET default_transaction_read_only = on; RESET statement_timeout; RESET default_transaction_isolation"
        );
    }
}
