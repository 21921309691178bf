//! Coming from pgAdmin in the browser.

use axum::extract::State;

use super::Json;
use super::access::Editor;
use crate::app::App;
use crate::pgadmin;
use crate::wire::{PgadminExport, PgadminServers, Problem};

/// Reads servers that pgAdmin exported, and tells what each would be here for the caller. Nothing is kept: add those that
/// are wanted one by one.
#[utoipa::path(post, operation_id = "read_pgadmin_servers", path = "/api/v1/pgadmin-servers", tag = "servers", request_body = PgadminExport,
    responses((status = 200, body = PgadminServers), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub async fn read(State(app): State<App>, caller: Editor, Json(file): Json<PgadminExport>) -> Json<PgadminServers> {
    Json(pgadmin::read(&app, &caller, &file))
}
