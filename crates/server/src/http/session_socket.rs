//! The WebSocket of a query session.

use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade, rejection::WebSocketUpgradeRejection};
use axum::response::Response;

use super::Path;
use super::access::Caller;
use crate::app::App;
use crate::audit::{Action, Event, Text};
use crate::connect::{self, Purpose};
use crate::error::{ApiError, ApiResult, Code};
use crate::query_session::{self, Opened};
use crate::servers::{self, Found};
use crate::wire::{Problem, ServerMessage};

/// SQL text of one message.
const MAX_MESSAGE: usize = 16 << 20;
/// What may wait in the socket's own buffer beside the frame being sent.
const MAX_WRITE_BUFFER: usize = 512 << 10;

/// Upgrades to a WebSocket that speaks the query session protocol (`docs/query-session.md`): one PostgreSQL connection,
/// which lives as long as the socket.
#[utoipa::path(get, operation_id = "session", path = "/api/v1/servers/{id}/databases/{db}/session", tag = "connections", params(("id" = String, Path,), ("db" = String, Path,)),
    responses((status = 101, description = "The session begins"), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn open(
    State(app): State<App>,
    caller: Caller,
    Path((id, database)): Path<(String, String)>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> ApiResult<Response> {
    let upgrade = upgrade.map_err(|_| ApiError::new(Code::InvalidRequest, "Open this address as a WebSocket."))?;
    let server = servers::find(&app, &caller, &id).await?;
    let tracker = app.tasks().clone();
    Ok(upgrade
        .max_message_size(MAX_MESSAGE)
        .max_frame_size(MAX_MESSAGE)
        .write_buffer_size(0)
        .max_write_buffer_size(MAX_WRITE_BUFFER)
        .on_upgrade(move |socket| tracker.track_future(serve(app, caller, server, database, socket))))
}

async fn serve(app: App, caller: Caller, server: Found, database: String, mut socket: WebSocket) {
    match connect::open(&app, &caller, &server, &database, Purpose::Query).await {
        Ok(connection) => {
            let (renewals, id) = (app.clone(), caller.session_id.clone());
            let note_use = move || renewals.renewals().note_use(&id);
            let event = Event::new(&*caller, Action::Statement { bytes: 0, text: Text::default() })
                .at(&server)
                .in_database(&database);
            let (draining, audit) = (app.draining().clone(), app.audit().clone());
            query_session::serve(socket, connection, Opened { draining, note_use, audit, event }).await;
        }
        Err(error) => {
            let message = ServerMessage::ConnectFailed { problem: Box::new(error.into_problem()) };
            if let Ok(text) = serde_json::to_string(&message)
                && socket.send(Message::text(text)).await.is_ok()
            {
                // The browser may be gone by now; then nobody needs the answer.
                drop(socket.send(Message::Close(None)).await);
            }
        }
    }
}
