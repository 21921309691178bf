//! Who is signed in.

use super::Json;
use super::access::Caller;
use crate::session;
use crate::wire::{Me, Problem};

/// Who is signed in, and until when.
#[utoipa::path(get, operation_id = "me", path = "/api/v1/me", tag = "session", responses((status = 200, body = Me), (status = 401, body = Problem)))]
pub async fn show(caller: Caller) -> Json<Me> {
    Json(session::describe(&caller))
}
