//! The WebSocket of a query session.

use std::future::pending;
use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade, rejection::WebSocketUpgradeRejection};
use axum::response::Response;
use serde::Deserialize;
use utoipa::IntoParams;

use super::access::Caller;
use super::{Path, Query, workspace};
use crate::app::App;
use crate::audit::{Action, Event, Text};
use crate::connect::{self, Purpose};
use crate::error::{ApiError, ApiResult, Code};
use crate::history::Place;
use crate::query_session::{self, Address, Door, NoteUse, Surroundings};
use crate::servers::{self, Found};
use crate::wire::{Problem, ServerMessage};

/// SQL text of one message.
const MAX_MESSAGE: usize = 16 << 20;
/// A page sends acknowledgements and, now and then, a statement. Every open session has this buffer.
const READ_BUFFER: usize = 4 << 10;
/// What may wait in the socket's own buffer beside the frame being sent.
const MAX_WRITE_BUFFER: usize = 512 << 10;
/// A replica without a sign of life for so long has died, and its sessions with it. It gives one every five seconds.
const REPLICA_SILENCE: Duration = Duration::from_secs(20);

/// Which session a socket goes on with, and for whom.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Attachment {
    /// `session_id` of `connected`; absent: a new session.
    pub session: Option<String>,
    /// The number of the last frame that was taken in; absent: the page was loaded anew.
    pub received: Option<u64>,
    /// `replica` of `connected`: what a load balancer finds the Howdah by that holds the session.
    pub replica: Option<String>,
    /// What the page calls the tab, such that the person's history tells what ran in it: letters, digits and `-`.
    pub tab: Option<String>,
}

/// Upgrades to a WebSocket that speaks the query session protocol (`docs/query-protocol.md`): one PostgreSQL connection,
/// which outlives a socket that is lost for a while.
#[utoipa::path(get, operation_id = "session", path = "/api/v1/servers/{id}/databases/{db}/session", tag = "connections", params(("id" = String, Path,), ("db" = String, Path,), Attachment),
    responses((status = 101, description = "The session begins or goes on"), (status = 404, body = Problem), (status = 421, body = Problem), (status = 422, body = Problem)))]
pub async fn open(
    State(app): State<App>,
    caller: Caller,
    Path((id, database)): Path<(String, String)>,
    Query(attachment): Query<Attachment>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> ApiResult<Response> {
    let server = servers::find(&app, &caller, &id).await?;
    let door = match &attachment.session {
        Some(session) => {
            Some(find_door(&app, &caller, &server, &database, session, attachment.replica.as_deref()).await?)
        }
        None => None,
    };
    // Last, so that a page that was refused can ask why without a WebSocket.
    let upgrade = upgrade.map_err(|_| ApiError::new(Code::InvalidRequest, "Open this address as a WebSocket."))?;
    let tracker = app.tasks().clone();
    let upgrade = upgrade
        .max_message_size(MAX_MESSAGE)
        .max_frame_size(MAX_MESSAGE)
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_write_buffer_size(MAX_WRITE_BUFFER);
    Ok(match door {
        Some(door) => upgrade.on_upgrade(move |socket| async move {
            // A session that ended at this moment closes the socket with itself; asked again, the page is told.
            door.enter(socket, attachment.received, note_use(&app, &caller)).await;
        }),
        None => {
            let place = Place {
                account: caller.account.id.clone(),
                server: (server.id.to_string(), server.definition.name.clone()),
                database,
                tab: attachment.tab.filter(|tab| workspace::check_id(tab).is_ok()),
            };
            upgrade.on_upgrade(async move |socket| {
                let threads = app.session_threads().clone();
                drop(threads.spawn(tracker.track_future(serve(app, caller, server, place, socket))));
            })
        }
    })
}

/// The way back to a session. It belongs to the sign-in that it was opened in, or one that went on for that.
async fn find_door(
    app: &App,
    caller: &Caller,
    server: &Found,
    database: &str,
    session: &str,
    replica: Option<&str>,
) -> ApiResult<Door> {
    if let Some(replica) = replica.filter(|replica| *replica != app.replica())
        && app.has_replicas()
        && app.store().is_replica_alive(replica, REPLICA_SILENCE).await?
    {
        return Err(ApiError::new(
            Code::WrongReplica,
            format!(
                "The Howdah that is called `{replica}` holds this database session. Ask again: the load balancer may lead there."
            ),
        ));
    }
    let door = app.live().server_at(caller, server).door(session);
    door.filter(|door| door.database() == database).ok_or_else(|| {
        ApiError::new(
            Code::SessionGone,
            "This database session is no more: the connection was away for too long, or Howdah was restarted. Run again; your text is kept.",
        )
    })
}

fn note_use(app: &App, caller: &Caller) -> NoteUse {
    let (app, id) = (app.clone(), caller.session_id.clone());
    Box::new(move || app.renewals().note_use(&id))
}

async fn serve(app: App, caller: Caller, server: Found, place: Place, mut socket: WebSocket) {
    let live = app.live().server_at(&caller, &server);
    let database = place.database.clone();
    let mut early = None;
    let opened = tokio::select! {
        opened = connect::open(&app, &caller, &server, &database, Purpose::Query) => opened,
        // Nobody waits for it any more.
        () = gone(&mut socket, &mut early) => return,
    };
    match opened {
        Ok(connection) => {
            let address = Address {
                session_id: uuid::Uuid::new_v4().to_string(),
                replica: app.replica().to_owned(),
                grace: app.config().session.detach_grace,
            };
            let event = Event::new(&*caller, Action::Statement { bytes: 0, text: Text::default() })
                .at(&server)
                .in_database(&database);
            let (draining, audit) = (app.draining().clone(), app.audit().clone());
            let history = (app.history().clone(), place);
            let surroundings = Surroundings { live, draining, address, audit, event, history };
            query_session::serve((socket, early), connection, surroundings, note_use(&app, &caller)).await;
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

/// Waits until the page has closed the socket or is lost. What it says meanwhile, which ours does not, is kept; then it is
/// watched no more.
async fn gone(socket: &mut WebSocket, early: &mut Option<Message>) {
    loop {
        match socket.recv().await {
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Close(_)) | Err(_)) | None => return,
            Some(Ok(message)) => {
                *early = Some(message);
                return pending().await;
            }
        }
    }
}
