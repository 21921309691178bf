//! Reads a database's catalogue over a connection of its own, so that the explorer neither waits for a query tab nor
//! stands in its transaction.

use howdah_pg::{QueryError, Session};
use tokio::time::Instant;

use crate::app::App;
use crate::connect::{self, Purpose, lost_connection};
use crate::error::{ApiError, ApiResult, Code};
use crate::live::CatalogueConnection;
use crate::servers::Found;
use crate::session::SignedIn;

/// Something to ask a catalogue.
pub trait Question: Sync {
    /// What it answers.
    type Answer: Send;

    /// Asks it on a connection.
    fn ask(&self, session: &mut Session) -> impl Future<Output = Result<Self::Answer, QueryError>> + Send;
}

/// Asks `question` on the person's catalogue connection to `database`, opening it first if need be. A connection that
/// turns out to be dead is opened anew once.
///
/// # Errors
///
/// As for connecting, and what PostgreSQL says of the query.
pub async fn ask<Q: Question>(
    app: &App,
    person: &SignedIn,
    server: &Found,
    database: &str,
    question: &Q,
) -> ApiResult<Q::Answer> {
    let live = app.live().server(&person.session_id, server);
    let slot = live.catalogue(database);
    let mut slot = slot.lock().await;
    loop {
        // Taken out while it is used: a request that is dropped half-way leaves no half-read answer behind.
        let (mut connection, was_open) = match slot.take() {
            Some(connection) if !connection.tracked.ended().is_cancelled() => (connection, true),
            _ => {
                let opened = Box::pin(connect::open(app, person, server, database, Purpose::Catalogue)).await?;
                (
                    CatalogueConnection { session: opened.session, tracked: opened.tracked, last_used: Instant::now() },
                    false,
                )
            }
        };
        let ended = connection.tracked.ended();
        let result = tokio::select! {
            result = question.ask(&mut connection.session) => result,
            () = ended.cancelled() => return Err(connection.tracked.reason()),
        };
        match result {
            Ok(answer) => {
                connection.last_used = Instant::now();
                *slot = Some(connection);
                return Ok(answer);
            }
            Err(QueryError::Server(error)) if !error.is_fatal() => {
                *slot = Some(connection);
                return Err(ApiError::new(
                    Code::StatementFailed,
                    "PostgreSQL did not answer the explorer's question. Its own words are below.",
                )
                .with_database(&error));
            }
            Err(QueryError::TooLarge) => return Err(failure(&QueryError::TooLarge)),
            Err(error) if was_open => tracing::debug!("a catalogue connection was lost and is opened anew: {error}"),
            Err(error) => return Err(failure(&error)),
        }
    }
}

fn failure(error: &QueryError) -> ApiError {
    match error {
        QueryError::Session(error) => lost_connection(error),
        QueryError::Server(error) => {
            ApiError::new(Code::DatabaseUnreachable, "PostgreSQL ended the connection. Try again.").with_database(error)
        }
        QueryError::TooLarge => {
            ApiError::new(Code::StatementFailed, "The answer is too large to show. Narrow it with the filter.")
        }
    }
}
