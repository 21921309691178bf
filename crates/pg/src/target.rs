//! `target_session_attrs`: what kind of server a session is with (manual, 34.1.2).

use crate::{
    QueryError, Session, SessionError,
    connect_error::{ConnectError, ConnectStep},
    options::{ConnectOptions, TargetSession},
    server_error::ProtocolError,
};

/// Checks that the server is of the kind that is wanted.
///
/// PostgreSQL tells by itself what is needed; a pooler in front of it may not, and is asked.
pub(crate) async fn check(
    session: &mut Session,
    wanted: TargetSession,
    options: &ConnectOptions,
) -> Result<(), ConnectError> {
    let wrong = |found| Err(ConnectError::WrongServer { wanted, found });
    let is_standby = match wanted {
        TargetSession::Any | TargetSession::PreferStandby => return Ok(()),
        _ => is_standby(session).await?,
    };
    match wanted {
        TargetSession::Primary | TargetSession::ReadWrite if is_standby => wrong("a standby"),
        TargetSession::Standby if !is_standby => wrong("a primary"),
        TargetSession::ReadWrite if is_read_only(session, options).await? => wrong("read-only"),
        TargetSession::ReadOnly if !is_standby && !is_read_only(session, options).await? => wrong("read-write"),
        _ => Ok(()),
    }
}

async fn is_standby(session: &mut Session) -> Result<bool, ConnectError> {
    match session.parameter("in_hot_standby") {
        Some(value) => Ok(value == "on"),
        None => Ok(ask(session, "select pg_catalog.pg_is_in_recovery()").await? == "t"),
    }
}

async fn is_read_only(session: &mut Session, options: &ConnectOptions) -> Result<bool, ConnectError> {
    const SETTING: &str = "default_transaction_read_only";
    // A session that we made read-only says nothing of its server.
    if options.parameters.iter().any(|(name, _)| name.eq_ignore_ascii_case(SETTING)) {
        return Ok(false);
    }
    match session.parameter(SETTING) {
        Some(value) => Ok(value == "on"),
        None => Ok(ask(session, "show transaction_read_only").await? == "on"),
    }
}

async fn ask(session: &mut Session, sql: &str) -> Result<String, ConnectError> {
    let step = ConnectStep::Startup;
    let rows = session.query(sql, &[]).await.map_err(|error| match error {
        QueryError::Server(error) => ConnectError::Server { step, error, oauth: None },
        QueryError::Session(SessionError::Protocol(source)) => ConnectError::Protocol { step, source },
        _ => ConnectError::Closed { step, source: None },
    })?;
    let value = rows.texts().next().and_then(|row| row.into_iter().next().flatten().map(Into::into));
    value.ok_or_else(|| ConnectError::Protocol { step, source: ProtocolError::new("a question has no answer") })
}
