//! Signs of life for whatever watches over the process.

use axum::extract::State;

use crate::app::App;
use crate::error::{ApiError, ApiResult, Code};
use crate::session;

/// The process lives.
pub async fn alive() -> &'static str {
    "ok\n"
}

/// The store can be reached, the audit trail is written, and new work is taken.
pub async fn ready(State(app): State<App>) -> ApiResult<&'static str> {
    session::refuse_when_draining(&app)?;
    app.store().ping().await?;
    if let Some(trouble) = app.audit().trouble() {
        return Err(ApiError::new(Code::AuditUnavailable, format!("The audit trail cannot be written: {trouble}")));
    }
    Ok("ok\n")
}
