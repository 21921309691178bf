//! Who is signed in.

use axum::extract::State;

use super::Json;
use super::access::Caller;
use crate::app::App;
use crate::session;
use crate::wire::{Me, Problem};

/// Who is signed in, and until when.
#[utoipa::path(get, operation_id = "me", path = "/api/v1/me", tag = "session", responses((status = 200, body = Me), (status = 401, body = Problem)))]
pub async fn show(State(app): State<App>, caller: Caller) -> Json<Me> {
    Json(session::describe(&app, &caller))
}
