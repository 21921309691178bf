//! Signs of life for whatever watches over the process.

use axum::extract::State;

use crate::app::App;
use crate::error::ApiResult;
use crate::session;

/// The process lives.
pub async fn alive() -> &'static str {
    "ok\n"
}

/// The store can be reached and new work is taken.
pub async fn ready(State(app): State<App>) -> ApiResult<&'static str> {
    session::refuse_when_draining(&app)?;
    app.store().ping().await?;
    Ok("ok\n")
}
