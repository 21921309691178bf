//! psql's commands in a run: what is asked of PostgreSQL in their place.

use std::borrow::Cow;

use howdah_pg::placeholders::Filled;
use howdah_pg::psql::{self, Answer, Relation};
use howdah_pg::{QueryError, ServerError};

use super::{End, QuerySession};
use crate::script::{self, Statement};
use crate::wire::ServerMessage;

/// What PostgreSQL is asked for a statement, one after another.
pub(super) struct Piece<'a> {
    /// What its result shows; absent for what the person wrote.
    pub(super) title: Option<String>,
    pub(super) sql: Cow<'a, str>,
    /// The values that go beside it.
    pub(super) filled: Option<&'a Filled>,
}

impl<'a> Piece<'a> {
    pub(super) fn filled(filled: &'a Filled) -> Self {
        Self { title: None, sql: Cow::Borrowed(&filled.sql), filled: Some(filled) }
    }

    fn made(title: String, sql: String) -> Self {
        Self { title: Some(title), sql: Cow::Owned(sql), filled: None }
    }
}

impl QuerySession {
    /// What is asked for a statement. A command that has an answer without PostgreSQL is answered here.
    pub(super) async fn pieces<'a>(&mut self, statement: &Statement<'a>) -> Result<Vec<Piece<'a>>, End> {
        match &statement.answer {
            None => Ok(vec![Piece { title: None, sql: Cow::Borrowed(statement.text), filled: None }]),
            Some(Answer::Results(parts)) => {
                Ok(parts.iter().map(|part| Piece::made(part.title.clone(), part.sql.clone())).collect())
            }
            Some(Answer::Say(words)) => {
                self.say(statement.index, words.clone()).await?;
                Ok(Vec::new())
            }
            Some(Answer::Set { name, value }) => {
                self.say(statement.index, format!(":{name} stands for {value} from here on.")).await?;
                Ok(Vec::new())
            }
            Some(Answer::Lookup { sql, pattern, plus }) => self.describe(statement, sql, pattern, *plus).await,
        }
    }

    async fn describe<'a>(
        &mut self,
        statement: &Statement<'a>,
        lookup: &str,
        pattern: &str,
        plus: bool,
    ) -> Result<Vec<Piece<'a>>, End> {
        let found = match self.database.query(lookup, &[]).await {
            Ok(found) => found,
            Err(QueryError::Session(error)) => return Err(End::Database(error)),
            // It fails once more as a statement, which tells why: in a failed transaction, or for want of a right.
            Err(QueryError::Server(_) | QueryError::TooLarge) => {
                return Ok(vec![Piece::made("Relations".to_owned(), lookup.to_owned())]);
            }
        };
        let relations: Vec<Relation> = found.texts().filter_map(|row| Relation::read(&row)).collect();
        if relations.is_empty() {
            self.say(statement.index, format!("Did not find a relation named \"{pattern}\".")).await?;
        }
        Ok(psql::describe(&relations, plus).into_iter().map(|part| Piece::made(part.title, part.sql)).collect())
    }

    /// Says something beside a statement that PostgreSQL does not.
    pub(super) async fn say(&mut self, index: u32, message: String) -> Result<(), End> {
        let notice =
            ServerError { severity: "INFO".to_owned(), code: "00000".to_owned(), message, ..ServerError::default() };
        let notice = script::database_error(&notice, None);
        self.tell(&ServerMessage::Notice { index: Some(index), notice }).await
    }
}
