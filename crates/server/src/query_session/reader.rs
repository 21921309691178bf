//! The reading half of a query session's socket: it hears a cancel while rows are being sent.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use futures_util::StreamExt;
use futures_util::stream::SplitStream;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::{Command, Run, Shared};
use crate::error::{ApiError, Code};
use crate::wire::ClientMessage;

/// A browser from which nothing came for so long, not even a pong, is gone.
const SILENCE_LIMIT: Duration = Duration::from_secs(80);

/// Takes messages until the browser is gone, and then says so.
pub(super) async fn read(
    mut stream: SplitStream<WebSocket>,
    commands: mpsc::Sender<Command>,
    shared: Arc<Shared>,
    note_use: impl Fn() + Send,
) {
    loop {
        let message = match timeout(SILENCE_LIMIT, stream.next()).await {
            Ok(Some(Ok(message))) => message,
            Ok(Some(Err(_)) | None) | Err(_) => break,
        };
        let text = match message {
            Message::Text(text) => text,
            Message::Close(_) => break,
            Message::Ping(_) | Message::Pong(_) => continue,
            Message::Binary(_) => {
                let error = ApiError::new(Code::InvalidRequest, "Only text messages are taken.");
                if commands.try_send(Command::Unreadable(error)).is_err() {
                    break;
                }
                continue;
            }
        };
        let command = match serde_json::from_str(&text) {
            Ok(ClientMessage::Ack { bytes }) => {
                shared.acknowledged_bytes.fetch_add(bytes, Ordering::AcqRel);
                shared.acknowledged.notify_one();
                continue;
            }
            Ok(ClientMessage::Cancel {}) => {
                note_use();
                shared.request_cancel().await;
                continue;
            }
            Ok(ClientMessage::Run { id, sql, cursor, row_limit, options }) => {
                Command::Run(Run { id, sql, cursor, row_limit, options })
            }
            Ok(ClientMessage::Inspect {}) => Command::Inspect,
            Ok(ClientMessage::Fetch { rows }) => Command::Fetch { rows },
            Err(error) => Command::Unreadable(ApiError::new(
                Code::InvalidRequest,
                format!("The message cannot be read: {error}."),
            )),
        };
        note_use();
        // More messages than a person can send while one runs: not our page.
        if commands.try_send(command).is_err() {
            break;
        }
    }
    shared.gone.cancel();
}
