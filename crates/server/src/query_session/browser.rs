//! The sending half of a query session's socket, with what is told there unasked.

use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use bytes::Bytes;
use futures_util::SinkExt;
use futures_util::stream::SplitSink;
use howdah_credentials::{Hold, Standing};
use tokio::time::{Interval, MissedTickBehavior, interval, timeout};

use super::End;
use crate::credential;
use crate::wire::{CredentialStatus, ServerMessage};

/// A browser that takes nothing for so long is gone.
const SEND_TIMEOUT: Duration = Duration::from_secs(60);
/// How often a silent browser is asked whether it still lives.
const PING_EVERY: Duration = Duration::from_secs(25);

/// The browser at the other end.
pub(super) struct Browser {
    sink: SplitSink<WebSocket, Message>,
    pings: Interval,
    /// Has the connection's secret renewed, and tells of it.
    hold: Option<Hold>,
    credential: CredentialStatus,
}

/// What is to be told now although nobody asked.
pub(super) enum Due {
    Ping,
    Renewal(Standing),
}

impl Browser {
    pub(super) fn new(sink: SplitSink<WebSocket, Message>, hold: Option<Hold>, credential: CredentialStatus) -> Self {
        let mut pings = interval(PING_EVERY);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { sink, pings, hold, credential }
    }

    /// Waits until something is due. Nothing is missed if the future is dropped.
    pub(super) async fn due(&mut self) -> Due {
        let hold = &mut self.hold;
        let renewal = async {
            match hold {
                Some(hold) => hold.changed().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.pings.tick() => Due::Ping,
            standing = renewal => Due::Renewal(standing),
        }
    }

    pub(super) async fn attend(&mut self, due: Due) -> Result<(), End> {
        match due {
            Due::Ping => self.send(Message::Ping(Bytes::new())).await,
            Due::Renewal(standing) => {
                self.credential = credential::renewed(&self.credential, &standing);
                self.tell(&ServerMessage::Credential { credential: self.credential.clone() }).await
            }
        }
    }

    pub(super) async fn tell(&mut self, message: &ServerMessage) -> Result<(), End> {
        let text = serde_json::to_string(message).map_err(|_| End::Client)?;
        self.send(Message::text(text)).await
    }

    pub(super) async fn send(&mut self, message: Message) -> Result<(), End> {
        match timeout(SEND_TIMEOUT, self.sink.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Client),
        }
    }
}
