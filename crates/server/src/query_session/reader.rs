//! The receiving half of a socket: what the page says, heard also while rows are being sent to it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message};
use futures_util::{Stream, StreamExt};
use howdah_pg::Canceller;
use tokio::sync::{Notify, mpsc};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::cancelling::Cancelling;
use crate::error::{ApiError, Code};
use crate::wire::{ClientMessage, RunOptions};

/// A browser from which nothing came for so long, not even a pong, is gone.
const SILENCE_LIMIT: Duration = Duration::from_secs(80);
/// RFC 6455, section 7.4.1: the socket has done its work.
const NORMAL: u16 = 1000;
/// The page is left or loaded anew.
const GOING_AWAY: u16 = 1001;
/// Nothing was said.
const NO_STATUS: u16 = 1005;

/// Bytes of rows that may be unacknowledged where the page does not say; behind that PostgreSQL waits.
const WINDOW_BYTES: u64 = 1 << 20;
/// What a page may ask for. A piece more is under way.
const WINDOWS: std::ops::RangeInclusive<u64> = 8 << 10..=WINDOW_BYTES;

/// What the page asked for, as far as it is for the session's task.
pub(super) enum Command {
    Run(Run),
    Fetch { rows: Option<u64> },
    Inspect,
    Unlock { reason: String },
    Lock,
    Unreadable(ApiError),
}

pub(super) struct Run {
    pub(super) id: u32,
    pub(super) sql: String,
    pub(super) cursor: Option<u32>,
    pub(super) row_limit: Option<u64>,
    pub(super) options: RunOptions,
}

/// How a socket ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parting {
    /// The page has closed it: the session is no longer wanted.
    Left,
    /// The page itself goes, and may come back when it was loaded anew.
    PageGone,
    /// Without a word.
    Lost,
}

/// What the session's task and the readers of its sockets share.
pub(super) struct Shared {
    pub(super) acknowledged_bytes: AtomicU64,
    pub(super) acknowledged_frames: AtomicU64,
    /// Bytes of rows that may be unacknowledged.
    pub(super) window: AtomicU64,
    pub(super) acknowledged: Notify,
    /// Messages that were taken in, acknowledgements aside.
    pub(super) messages: AtomicU64,
    pub(super) cancelling: Cancelling,
    /// Fires when the page has closed the session.
    pub(super) left: CancellationToken,
}

impl Shared {
    pub(super) fn new(canceller: Canceller) -> Self {
        Self {
            acknowledged_bytes: AtomicU64::new(0),
            acknowledged_frames: AtomicU64::new(0),
            window: AtomicU64::new(WINDOW_BYTES),
            acknowledged: Notify::new(),
            messages: AtomicU64::new(0),
            cancelling: Cancelling::new(canceller),
            left: CancellationToken::new(),
        }
    }
}

/// Called when the person does something.
pub type NoteUse = Box<dyn Fn() + Send + Sync>;

/// Reads until the socket ends.
pub(super) async fn read(
    mut stream: impl Stream<Item = Result<Message, axum::Error>> + Unpin,
    commands: mpsc::Sender<Command>,
    shared: Arc<Shared>,
    note_use: NoteUse,
) -> Parting {
    loop {
        let text = match timeout(SILENCE_LIMIT, stream.next()).await {
            Ok(Some(Ok(Message::Text(text)))) => text,
            Ok(Some(Ok(Message::Close(frame)))) => return parted(frame.as_ref(), &shared),
            Ok(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => continue,
            Ok(Some(Ok(Message::Binary(_)))) => {
                shared.messages.fetch_add(1, Ordering::AcqRel);
                let error = ApiError::new(Code::InvalidRequest, "Only text messages are taken.");
                if commands.try_send(Command::Unreadable(error)).is_err() {
                    return parted(None, &shared);
                }
                continue;
            }
            Ok(Some(Err(_)) | None) | Err(_) => return Parting::Lost,
        };
        let command = match serde_json::from_str(&text) {
            Ok(ClientMessage::Ack { bytes, frames, window }) => {
                if let Some(window) = window {
                    shared.window.store(window.clamp(*WINDOWS.start(), *WINDOWS.end()), Ordering::Release);
                }
                shared.acknowledged_bytes.fetch_add(bytes, Ordering::AcqRel);
                shared.acknowledged_frames.fetch_max(frames.unwrap_or(0), Ordering::AcqRel);
                shared.acknowledged.notify_one();
                continue;
            }
            Ok(ClientMessage::Cancel {}) => {
                shared.messages.fetch_add(1, Ordering::AcqRel);
                note_use();
                shared.cancelling.wish().await;
                continue;
            }
            Ok(ClientMessage::Run { id, sql, cursor, row_limit, options }) => {
                Command::Run(Run { id, sql, cursor, row_limit, options })
            }
            Ok(ClientMessage::Inspect {}) => Command::Inspect,
            Ok(ClientMessage::Unlock { reason }) => Command::Unlock { reason },
            Ok(ClientMessage::Lock {}) => Command::Lock,
            Ok(ClientMessage::Fetch { rows }) => Command::Fetch { rows },
            Err(error) => Command::Unreadable(ApiError::new(
                Code::InvalidRequest,
                format!("The message cannot be read: {error}."),
            )),
        };
        shared.messages.fetch_add(1, Ordering::AcqRel);
        note_use();
        // More messages than a person can send while one runs: not our page.
        if commands.try_send(command).is_err() {
            return parted(None, &shared);
        }
    }
}

/// Closing a socket closes the session, except that a page that goes away, or gives up a socket with a code of its own,
/// may be coming back.
fn parted(frame: Option<&CloseFrame>, shared: &Shared) -> Parting {
    match frame.map_or(NORMAL, |frame| frame.code) {
        NORMAL | NO_STATUS => {
            shared.left.cancel();
            Parting::Left
        }
        GOING_AWAY => Parting::PageGone,
        _ => Parting::Lost,
    }
}
