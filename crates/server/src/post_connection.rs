//! SQL that a server's definition has run on every new connection.

use std::time::Duration;

use howdah_pg::split::Strings;
use howdah_pg::{QueryError, Session, TransactionStatus};

use crate::connect::lost_connection;
use crate::error::{ApiError, ApiResult, Code};
use crate::script::{Script, ScriptError};
use crate::wire::ConnectionStep;

/// Its length, in bytes.
const MAX_LENGTH: usize = 64 << 10;
/// How long all of it may take.
const TIMEOUT: Duration = Duration::from_secs(60);
const FIELD: &str = "post_connection_sql";

/// Whether it may stand in a definition.
///
/// # Errors
///
/// 422 for what cannot be run on a new connection.
pub fn check(sql: &str) -> ApiResult<()> {
    if sql.len() > MAX_LENGTH || sql.contains('\0') {
        return Err(ApiError::invalid(FIELD, format!("Use at most {MAX_LENGTH} bytes, and no NUL character.")));
    }
    match Script::of_sql(sql, Strings::Standard) {
        Ok(_) | Err(ScriptError::Nothing) => Ok(()),
        Err(error) => Err(ApiError::invalid(FIELD, error.to_string())),
    }
}

/// Runs it, each statement for itself, and answers how many there were.
///
/// # Errors
///
/// PostgreSQL's words when a statement fails; also when it takes too long or leaves a transaction open.
pub async fn run(session: &mut Session, sql: &str) -> ApiResult<usize> {
    let script = match Script::of_sql(sql, session.strings()) {
        Ok(script) => script,
        Err(ScriptError::Nothing) => return Ok(0),
        Err(error) => return Err(ApiError::invalid(FIELD, error.to_string())),
    };
    let canceller = session.canceller();
    let result = match tokio::time::timeout(TIMEOUT, run_all(session, &script)).await {
        Ok(result) => result,
        Err(_) => {
            if let Err(error) = canceller.cancel().await {
                tracing::debug!("post-connection SQL could not be cancelled: {error}");
            }
            Err(ApiError::new(
                Code::StatementFailed,
                format!("The post-connection SQL of this server took longer than {} s. Shorten it.", TIMEOUT.as_secs()),
            ))
        }
    };
    result.map_err(|error| error.at_step(ConnectionStep::PostConnectionSql))
}

async fn run_all(session: &mut Session, script: &Script<'_>) -> ApiResult<usize> {
    for (place, statement) in (1..).zip(script.statements()) {
        match session.query(statement.text, &[]).await {
            // What it answers is of no interest.
            Ok(_) | Err(QueryError::TooLarge) => {}
            Err(QueryError::Server(error)) => {
                return Err(ApiError::new(
                    Code::StatementFailed,
                    format!("Statement {place} of this server's post-connection SQL failed, so the connection was closed. PostgreSQL's own words are below."),
                )
                .with_database(&error));
            }
            Err(QueryError::Session(error)) => return Err(lost_connection(&error)),
        }
    }
    if session.transaction_status() != TransactionStatus::Idle {
        return Err(ApiError::new(
            Code::StatementFailed,
            "The post-connection SQL of this server leaves a transaction open. End it with COMMIT.",
        ));
    }
    Ok(script.statements().len())
}
