//! Servers that are read only by default: what runs there cannot write until the person says why it must.

use howdah_pg::TransactionStatus;

use super::{End, QuerySession, transaction};
use crate::audit::{Action, Event};
use crate::error::{ApiError, Code};
use crate::unlocking::{self, READ, WRITE};
use crate::wire::{ServerMessage, WriteAccess};

impl QuerySession {
    /// Lets the session write, once it is written down who wants that and why.
    pub(super) async fn unlock(&mut self, reason: &str) -> Result<(), End> {
        let reason = match self.check_unlock(reason) {
            Ok(reason) => reason.to_owned(),
            Err(error) => return self.reject(error).await,
        };
        let action = Action::Unlock { reason };
        if let Err(error) = self.audit.write_first(Event { action, ..self.event.clone() }).await {
            return self.reject(error).await;
        }
        self.database.permit_writes();
        if let Err(refusal) = self.order(WRITE).await? {
            self.database.forbid_writes();
            return self.reject(transaction::refused_settings(&refusal)).await;
        }
        self.tell_writes(WriteAccess::Allowed).await
    }

    fn check_unlock<'a>(&self, reason: &'a str) -> Result<&'a str, ApiError> {
        match self.link.writes() {
            WriteAccess::Locked => {}
            WriteAccess::Allowed => {
                return Err(ApiError::new(Code::InvalidRequest, "This session may write already."));
            }
            WriteAccess::Forbidden => {
                return Err(ApiError::new(
                    Code::Forbidden,
                    "Viewers change nothing. Ask an administrator for another role.",
                ));
            }
        }
        let reason = unlocking::checked(reason)?;
        self.check_idle()?;
        Ok(reason)
    }

    /// Keeps the session from writing again.
    pub(super) async fn lock(&mut self) -> Result<(), End> {
        let read_only = self.link.read_only();
        let refused = match self.link.writes() {
            WriteAccess::Allowed if read_only => self.check_idle().err(),
            WriteAccess::Allowed => {
                Some(ApiError::new(Code::InvalidRequest, "This server is not read only by default."))
            }
            WriteAccess::Locked | WriteAccess::Forbidden => None,
        };
        if let Some(error) = refused {
            return self.reject(error).await;
        }
        if self.link.writes() == WriteAccess::Allowed {
            drop(self.order(READ).await?);
            self.database.forbid_writes();
            self.link.set_writes(WriteAccess::Locked);
        }
        self.tell_writes(self.link.writes()).await
    }

    /// What is open stays as it began.
    fn check_idle(&self) -> Result<(), ApiError> {
        match self.database.transaction_status() {
            TransactionStatus::Idle => Ok(()),
            TransactionStatus::InTransaction | TransactionStatus::Failed => Err(ApiError::new(
                Code::InvalidRequest,
                "The open transaction stays as it began. Commit it or roll it back first.",
            )),
        }
    }

    async fn tell_writes(&mut self, writes: WriteAccess) -> Result<(), End> {
        self.link.set_writes(writes);
        self.tell(&ServerMessage::Writes { writes }).await
    }
}
