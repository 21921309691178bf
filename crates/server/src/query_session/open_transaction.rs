//! The transaction that is open in a session: since when, since when nothing has run in it, and what holds in it.
//!
//! PostgreSQL tells with each statement whether a transaction is open, and never what holds in it. It is asked once when
//! one has begun, and behind statements by which something else may hold (`pg::nature::Mode`); never behind the others,
//! whose text `pg_stat_activity` goes on showing. A function that sets something, and is not named for it, goes unnoticed until
//! then.

use std::time::Instant;

use howdah_pg::nature::{Block, Mode, Nature};
use howdah_pg::{QueryError, TransactionMode, TransactionStatus};

use super::{End, QuerySession, milliseconds};
use crate::wire::{Isolation, ServerMessage, TransactionState};

/// What is known of the transaction of a session.
#[derive(Debug, Clone, Copy)]
pub(super) struct Transaction {
    pub(super) state: TransactionState,
    open: Option<Open>,
}

/// A transaction that is open.
#[derive(Debug, Clone, Copy)]
pub(super) struct Open {
    since: Instant,
    /// `None` while something runs.
    idle_since: Option<Instant>,
    read_only: Option<bool>,
    isolation: Option<Isolation>,
}

impl Open {
    fn now() -> Self {
        Self { since: Instant::now(), idle_since: None, read_only: None, isolation: None }
    }
}

impl Transaction {
    /// What a page is told of an open one.
    pub(super) fn message(&self) -> Option<ServerMessage> {
        let Open { since, idle_since, read_only, isolation } = self.open?;
        Some(ServerMessage::Transaction {
            state: self.state,
            open_ms: milliseconds(since),
            idle_ms: idle_since.map(milliseconds),
            read_only,
            isolation,
        })
    }
}

impl QuerySession {
    pub(super) fn transaction(&self) -> Transaction {
        let state = match self.database.transaction_status() {
            // One that Howdah has begun around what runs, and ends behind it.
            _ if self.open.is_none() && self.database.is_busy() => TransactionState::Idle,
            TransactionStatus::Idle => TransactionState::Idle,
            TransactionStatus::InTransaction => TransactionState::InTransaction,
            TransactionStatus::Failed => TransactionState::Failed,
        };
        Transaction { state, open: self.open }
    }

    /// Notes what a statement has made of the transaction. True: what holds in it may be something else.
    pub(super) fn follow(&mut self, nature: &Nature) -> bool {
        match self.database.transaction_status() {
            TransactionStatus::Idle => {
                self.open = None;
                false
            }
            TransactionStatus::Failed => {
                self.open.get_or_insert_with(Open::now);
                false
            }
            TransactionStatus::InTransaction => {
                let begins = self.open.is_none() || nature.block == Block::Chain;
                if begins {
                    self.open = Some(Open::now());
                }
                begins || nature.mode != Mode::Keeps
            }
        }
    }

    /// Something runs in the transaction, or nothing does any more.
    pub(super) fn note_idle(&mut self, idles: bool) {
        if let Some(open) = &mut self.open {
            open.idle_since = idles.then(Instant::now);
        }
    }

    /// Asks what holds in the open transaction, and tells the page.
    pub(super) async fn learn_mode(&mut self) -> Result<(), End> {
        if self.mode_unknown {
            return self.tell_transaction().await;
        }
        match self.database.transaction_mode().await {
            Ok(Some(TransactionMode { read_only, isolation })) => {
                if let Some(open) = &mut self.open {
                    open.read_only = Some(read_only);
                    open.isolation = isolation.as_deref().and_then(isolation_of);
                }
            }
            Ok(None) => return Ok(()),
            Err(QueryError::Session(error)) => return Err(End::Database(error)),
            // Not PostgreSQL's own, or a cancel that came now: it is not worth a transaction to know more.
            Err(QueryError::Server(_) | QueryError::TooLarge) => self.mode_unknown = true,
        }
        self.tell_transaction().await
    }

    async fn tell_transaction(&mut self) -> Result<(), End> {
        match self.transaction().message() {
            Some(message) => self.tell(&message).await,
            None => Ok(()),
        }
    }
}

fn isolation_of(name: &str) -> Option<Isolation> {
    Some(match name {
        // PostgreSQL does the same for both (manual, 13.2).
        "read uncommitted" | "read committed" => Isolation::ReadCommitted,
        "repeatable read" => Isolation::RepeatableRead,
        "serializable" => Isolation::Serializable,
        _ => return None,
    })
}
