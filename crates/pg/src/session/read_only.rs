//! A session that cannot write, whatever is asked of it.
//!
//! `default_transaction_read_only` is only a default: everybody may change it. But a transaction that began READ ONLY and
//! has taken its first snapshot cannot be made READ WRITE, not even by a superuser (manual, SET TRANSACTION). So each
//! statement runs in such a transaction: in one of its own, which is committed behind it, or in the one that the person
//! has begun. It goes by the extended protocol, where the server takes a single statement at a time: no text can end the
//! transaction and go on behind it. Nothing is decided by reading the statement, but for one: a BEGIN is let through as
//! it is, since it begins what the next statement makes read only.

use bytes::BytesMut;
use postgres_protocol::message::frontend;

use super::{Event, Session, Statement, TransactionStatus};
use crate::split::first_keyword;

/// Takes a snapshot and answers no row.
const BEGIN: &str = "BEGIN READ ONLY; SELECT WHERE false";
/// The same for a transaction that is open, and does nothing to one that is read only already.
const PIN: &str = "SET TRANSACTION READ ONLY; SELECT WHERE false";

/// What a session that cannot write knows beside its state.
#[derive(Debug, Default)]
pub(super) struct ReadOnly {
    /// The statement that waits until its transaction is read only.
    held: Option<BytesMut>,
    /// Whether the open transaction is the statement's own.
    opened: bool,
}

impl Session {
    /// From now on nothing can be written in this session: no row of a table that lasts, and no definition. It does not
    /// keep functions from what they do outside of the database's tables, such as ending another session or writing a
    /// file; the role's privileges do.
    pub fn forbid_writes(&mut self) {
        self.read_only.get_or_insert_default();
    }

    /// Takes [`Session::forbid_writes`] back. To be called between transactions: what is open stays read only.
    pub fn permit_writes(&mut self) {
        self.read_only = None;
    }

    /// Puts the statement that is about to be sent behind what makes its transaction read only.
    pub(super) fn hold_back(&mut self, sql: &str) {
        let Some(read_only) = &mut self.read_only else { return };
        let prelude = match self.status {
            TransactionStatus::Idle => {
                let word = first_keyword(sql);
                let begins = ["begin", "start"].iter().any(|keyword| word.eq_ignore_ascii_case(keyword));
                read_only.opened = !begins;
                if begins {
                    return;
                }
                BEGIN
            }
            TransactionStatus::InTransaction => PIN,
            // It takes nothing but its end.
            TransactionStatus::Failed => return,
        };
        let mut messages = BytesMut::new();
        frontend::query(prelude, &mut messages).expect("the text holds no zero byte");
        read_only.held = Some(std::mem::replace(self.wire.outgoing(), messages));
        self.statement = Statement::Entering;
    }

    /// What follows when PostgreSQL is ready: the statement behind its prelude, the end of its transaction, or nothing.
    pub(super) fn go_on(&mut self) -> bool {
        let Some(read_only) = &mut self.read_only else { return false };
        let held = read_only.held.take();
        // Where the prelude failed the transaction may not be what it must be.
        if let (Some(held), TransactionStatus::InTransaction) = (held, self.status) {
            *self.wire.outgoing() = held;
            self.statement = Statement::Extended;
            return true;
        }
        let end = match self.status {
            TransactionStatus::InTransaction if read_only.opened => "COMMIT",
            TransactionStatus::Failed if read_only.opened => "ROLLBACK",
            _ => {
                read_only.opened = false;
                return false;
            }
        };
        read_only.opened = false;
        frontend::query(end, self.wire.outgoing()).expect("the text holds no zero byte");
        self.statement = Statement::Leaving;
        true
    }

    /// Whether an event is of what this module sends, and not of the statement.
    pub(super) fn is_own(&self, event: &Event) -> bool {
        matches!(self.statement, Statement::Entering | Statement::Leaving)
            && matches!(event, Event::Columns(_) | Event::Rows(_) | Event::Complete { .. } | Event::LimitReached)
    }

    pub(super) fn forbids_writes(&self) -> bool {
        self.read_only.is_some()
    }
}
