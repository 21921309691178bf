//! Small results, collected: for catalogue work.

use std::borrow::Cow;

use crate::{
    Column, Event, RowBatch, Session, SessionError,
    server_error::ServerError,
    value::{self, Row, Value},
};

/// The most bytes of rows that a collected result may have.
const COLLECTED_BYTES: usize = 16 * 1024 * 1024;

/// A collected result.
#[derive(Debug, Default)]
pub struct Rows {
    columns: Vec<Column>,
    batches: Vec<RowBatch>,
}

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The statement failed; the session goes on.
    #[error(transparent)]
    Server(Box<ServerError>),
    /// The result is too large to be collected; the session goes on.
    #[error("the result has more than {} MiB, or a row that is too long", COLLECTED_BYTES / 1024 / 1024)]
    TooLarge,
    /// The session is gone, or busy.
    #[error(transparent)]
    Session(#[from] SessionError),
}

impl QueryError {
    /// What PostgreSQL said.
    #[must_use]
    pub fn server(&self) -> Option<&ServerError> {
        match self {
            Self::Server(error) => Some(error),
            Self::Session(error) => error.server(),
            Self::TooLarge => None,
        }
    }
}

impl Rows {
    /// What its columns are.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// How many rows it has.
    #[must_use]
    pub fn row_count(&self) -> u64 {
        self.batches.iter().map(|batch| u64::from(batch.rows())).sum()
    }

    /// Its rows in order.
    pub fn iter(&self) -> impl Iterator<Item = Row<'_>> {
        self.batches.iter().flat_map(|batch| value::rows(batch.bytes()))
    }

    /// The texts of its rows in order, each with as many values as it has columns.
    pub fn texts(&self) -> impl Iterator<Item = Vec<Option<Cow<'_, str>>>> {
        self.iter().map(|row| row.values().map(|value| value.text()).collect())
    }
}

impl Session {
    /// The columns that one statement would answer, without running it.
    ///
    /// # Errors
    ///
    /// As for [`Session::query`].
    pub async fn describe(&mut self, sql: &str) -> Result<Vec<Column>, QueryError> {
        self.start_describe(sql).await?;
        let mut described = Ok(Vec::new());
        loop {
            match self.next_event().await? {
                Event::Columns(columns) => described = Ok(columns),
                Event::Error(failure) => described = Err(QueryError::Server(failure)),
                Event::Ready(_) => return described,
                _ => {}
            }
        }
    }

    /// Runs one statement and collects its result, at most 16 MiB of it. Notices, COPY data and other
    /// events are dropped.
    ///
    /// Not cancel safe: if the future is dropped the session stays busy until its events have been taken to
    /// [`Event::Ready`].
    ///
    /// # Errors
    ///
    /// [`QueryError::Server`] when the statement fails.
    pub async fn query(&mut self, sql: &str, parameters: &[Option<&str>]) -> Result<Rows, QueryError> {
        self.query_typed(sql, &[], parameters).await
    }

    /// As [`Session::query`], with the types of the parameters as [`Session::start_typed`] has them.
    ///
    /// # Errors
    ///
    /// As [`Session::query`].
    pub async fn query_typed(
        &mut self,
        sql: &str,
        types: &[u32],
        parameters: &[Option<&str>],
    ) -> Result<Rows, QueryError> {
        self.start_typed(sql, types, parameters).await?;
        self.collect_rows().await
    }

    /// What has been started, to its end.
    pub(crate) async fn collect_rows(&mut self) -> Result<Rows, QueryError> {
        let mut rows = Rows::default();
        let mut size = 0;
        let mut error = None;
        loop {
            match self.next_event().await? {
                Event::Columns(columns) => rows.columns = columns,
                Event::Rows(batch) => {
                    size += batch.bytes().len();
                    let cut = |row: Row<'_>| row.values().any(|value| matches!(value, Value::Cut { .. }));
                    if size > COLLECTED_BYTES || value::rows(batch.bytes()).any(cut) {
                        self.discard_rows();
                        error = Some(QueryError::TooLarge);
                    } else {
                        rows.batches.push(batch);
                    }
                }
                Event::CopyOutBegins { .. } => self.discard_rows(),
                Event::Error(failure) => error = Some(QueryError::Server(failure)),
                Event::Ready(_) => return error.map_or(Ok(rows), Err),
                _ => {}
            }
        }
    }
}
