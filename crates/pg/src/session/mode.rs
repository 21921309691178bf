//! What holds in the transaction that is open, which PostgreSQL tells only when it is asked.

use postgres_protocol::message::frontend;

use super::{Session, Statement, TransactionStatus};
use crate::query::QueryError;

/// SHOW takes no snapshot, which SELECT would: SET TRANSACTION may still follow.
const ASK: &str = "SHOW transaction_read_only; SHOW transaction_isolation";

/// What holds in a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionMode {
    /// Whether it is read only.
    pub read_only: bool,
    /// Its isolation as PostgreSQL names it, such as `read committed`; `None` where it was not asked.
    pub isolation: Option<String>,
}

impl Session {
    /// Asks what holds in the open transaction, in one round trip that changes nothing in it. `None` where none is open
    /// that takes the question. After [`Session::forbid_writes`] nothing has to be asked.
    ///
    /// # Errors
    ///
    /// As [`Session::query`]. A server that knows no such setting has failed the transaction with its error.
    pub async fn transaction_mode(&mut self) -> Result<Option<TransactionMode>, QueryError> {
        if self.status != TransactionStatus::InTransaction {
            return Ok(None);
        }
        if self.forbids_writes() {
            return Ok(Some(TransactionMode { read_only: true, isolation: None }));
        }
        self.put_together(Statement::Simple, |message| frontend::query(ASK, message))?;
        self.send().await?;
        let rows = self.collect_rows().await?;
        let texts: Vec<_> = rows.texts().filter_map(|row| row.into_iter().next().flatten()).collect();
        Ok(match &texts[..] {
            [read_only, isolation] => {
                Some(TransactionMode { read_only: read_only == "on", isolation: Some(isolation.to_string()) })
            }
            _ => None,
        })
    }
}
