//! psql's commands in a run: what is asked of PostgreSQL in their place.

use std::borrow::Cow;

use howdah_pg::placeholders::Filled;
use howdah_pg::psql::{self, Answer, Part, Relation};
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
    /// Only what it would answer is asked.
    pub(super) is_described: bool,
}

impl<'a> Piece<'a> {
    fn written(sql: &'a str, filled: Option<&'a Filled>) -> Self {
        let sql = Cow::Borrowed(filled.map_or(sql, |filled| &filled.sql));
        Self { title: None, sql, filled, is_described: false }
    }

    fn made(title: String, sql: String) -> Self {
        Self { title: Some(title), sql: Cow::Owned(sql), filled: None, is_described: false }
    }
}

impl QuerySession {
    /// What is asked for a statement. A command that has an answer without PostgreSQL is answered here.
    pub(super) async fn pieces<'a>(
        &mut self,
        statement: &Statement<'a>,
        filled: Option<&'a Filled>,
    ) -> Result<Vec<Piece<'a>>, End> {
        match &statement.answer {
            None => Ok(vec![Piece::written(statement.text, filled)]),
            Some(Answer::Columns) => {
                let piece = Piece::written(statement.sql().unwrap_or_default(), filled);
                self.columns(statement.index, Piece { is_described: true, ..piece }).await
            }
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

    /// The columns that a statement would answer.
    async fn columns<'a>(&mut self, index: u32, statement: Piece<'a>) -> Result<Vec<Piece<'a>>, End> {
        match self.database.describe(&statement.sql).await {
            Ok(columns) if columns.is_empty() => {
                self.say(index, "The statement has no result, or one without columns.".to_owned()).await?;
                Ok(Vec::new())
            }
            Ok(columns) => {
                let Part { title, sql } = psql::columns(&columns);
                Ok(vec![Piece::made(title, sql)])
            }
            Err(QueryError::Session(error)) => Err(End::Database(error)),
            // It is refused once more, in the course of the run.
            Err(QueryError::Server(_) | QueryError::TooLarge) => Ok(vec![statement]),
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
