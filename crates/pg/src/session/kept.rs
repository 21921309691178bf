//! Statements that the server keeps ready, with one plan for all parameters: for those whose planning takes far longer
//! than their work, as that of long catalogue queries does.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io;

use bytes::BytesMut;
use postgres_protocol::message::frontend;

use super::{Session, SessionError, Statement, bind};
use crate::query::{QueryError, Rows};

/// Kept too, and sent before each of the others. It holds to the end of the transaction, which is the next Sync: other
/// statements are planned for their parameters as ever. It answers no row.
const ONE_PLAN: (&str, &str) =
    ("one_plan", "select where pg_catalog.set_config('plan_cache_mode', 'force_generic_plan', true) is null");

/// SQLSTATEs of a server, or of a pooler in front of it, that does not keep statements as PostgreSQL does: the statement is
/// not there, is there already, or the setting is unknown.
const DOES_NOT_KEEP: [&str; 3] = ["26000", "42P05", "42704"];

/// What the server keeps for a session.
#[derive(Debug, Default)]
pub(super) struct Kept {
    names: BTreeSet<&'static str>,
    /// It turned out that nothing is kept here.
    in_vain: bool,
}

impl Session {
    /// As [`Session::query`], for a statement that will be run again. It is read and planned the first time only; where
    /// the server does not keep it, each time. `name` stands for this text in this session, and for no other; the text is
    /// written when it is sent, and begins no transaction.
    ///
    /// # Errors
    ///
    /// As [`Session::query`].
    pub async fn query_kept(
        &mut self,
        name: &'static str,
        text: impl Fn() -> Cow<'static, str>,
        parameters: &[Option<&str>],
    ) -> Result<Rows, QueryError> {
        if self.kept.in_vain {
            return self.query(&text(), parameters).await;
        }
        self.start_kept(name, &text, parameters).await?;
        match self.collect_rows().await {
            Ok(rows) => {
                self.kept.names.insert(name);
                Ok(rows)
            }
            Err(QueryError::Server(error)) if DOES_NOT_KEEP.contains(&error.code.as_str()) => {
                let rows = self.query(&text(), parameters).await?;
                // Otherwise the failure is the statement's own, which has the same words for what it does not find.
                self.kept.in_vain = true;
                Ok(rows)
            }
            Err(error) => Err(error),
        }
    }

    async fn start_kept(
        &mut self,
        name: &'static str,
        text: impl Fn() -> Cow<'static, str>,
        parameters: &[Option<&str>],
    ) -> Result<(), SessionError> {
        let is_new = !self.kept.names.contains(name);
        let is_first = self.kept.names.is_empty();
        self.put_together(Statement::Extended, |messages| {
            let (one_plan, sql) = ONE_PLAN;
            if is_first {
                keep(one_plan, sql, messages)?;
            }
            bind(one_plan, &[], messages)?;
            frontend::execute("", 0, messages)?;
            if is_new {
                keep(name, &text(), messages)?;
            }
            bind(name, parameters, messages)?;
            frontend::describe(b'P', "", messages)?;
            frontend::execute("", 0, messages)?;
            frontend::sync(messages);
            Ok(())
        })?;
        self.hold_back("");
        self.send().await
    }
}

/// It may be there from a run that failed. Closing what is not there is no error.
fn keep(name: &str, sql: &str, messages: &mut BytesMut) -> io::Result<()> {
    frontend::close(b'S', name, messages)?;
    frontend::parse(name, sql, [], messages)
}
