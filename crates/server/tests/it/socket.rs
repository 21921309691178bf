//! A query session as the browser sees it.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use futures_util::{SinkExt, StreamExt};
use reqwest::Url;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::{Message, WebSocketConfig};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use crate::world::Signed;

const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub(crate) greeting: Value,
    runs: u32,
}

/// A cell: its text, or how much of how much was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    Null,
    Text(String),
    Cut { kept: usize, whole: usize },
}

/// What a run brought.
#[derive(Debug, Default)]
pub(crate) struct Run {
    pub(crate) messages: Vec<Value>,
    pub(crate) rows: Vec<Vec<Cell>>,
    /// Of a row that has not ended.
    pub(crate) parts: Vec<u8>,
}

impl Run {
    /// The messages of a kind.
    pub(crate) fn of(&self, kind: &str) -> Vec<&Value> {
        self.messages.iter().filter(|message| message["type"] == kind).collect()
    }

    /// The one message of a kind.
    pub(crate) fn one(&self, kind: &str) -> &Value {
        let found = self.of(kind);
        assert_eq!(found.len(), 1, "{kind} in {:#?}", self.messages);
        found[0]
    }

    /// The rows as texts.
    pub(crate) fn texts(&self) -> Vec<Vec<&str>> {
        let text = |cell: &'_ Cell| match cell {
            Cell::Text(text) => text.clone(),
            Cell::Null => "NULL".to_owned(),
            Cell::Cut { .. } => "CUT".to_owned(),
        };
        self.rows.iter().map(|row| row.iter().map(|cell| &*text(cell).leak()).collect()).collect()
    }
}

impl Socket {
    pub(crate) async fn open(person: &Signed<'_>, server: &str, database: &str) -> Result<Self> {
        let mut socket = Self::dial(person, server, database).await?;
        socket.greeting = socket.text().await?;
        Ok(socket)
    }

    /// As [`Socket::open`], and does not wait until the session is connected.
    pub(crate) async fn dial(person: &Signed<'_>, server: &str, database: &str) -> Result<Self> {
        let origin = &person.world.origin;
        let page = Url::parse(&format!("{origin}/api/v1/servers/{server}/databases/{database}/session?tab=a-tab"))?;
        let mut request = page.as_str().replacen("http", "ws", 1).into_client_request()?;
        request.headers_mut().insert("origin", origin.parse()?);
        let cookies = person.browser.cookie_header(&page).context("no cookies")?;
        request.headers_mut().insert("cookie", cookies.parse()?);
        let config = WebSocketConfig::default().max_message_size(Some(1 << 20));
        let (stream, _) = connect_async_with_config(request, Some(config), true).await?;
        Ok(Self { stream, greeting: Value::Null, runs: 0 })
    }

    pub(crate) async fn send(&mut self, message: &Value) -> Result<()> {
        Ok(self.stream.send(Message::text(message.to_string())).await?)
    }

    /// The next frame; acknowledges rows.
    pub(crate) async fn next(&mut self) -> Result<Message> {
        loop {
            let message = timeout(PATIENCE, self.stream.next())
                .await
                .context("nothing comes")?
                .context("the socket closed")??;
            match message {
                Message::Binary(bytes) => {
                    // A socket that the server is closing takes no more, but still has something to read.
                    drop(self.send(&json!({ "type": "ack", "bytes": bytes.len() })).await);
                    return Ok(Message::Binary(bytes));
                }
                Message::Ping(_) | Message::Pong(_) => {}
                other => return Ok(other),
            }
        }
    }

    /// The next text frame, which must come before any rows.
    pub(crate) async fn text(&mut self) -> Result<Value> {
        match self.next().await? {
            Message::Text(text) => Ok(serde_json::from_str(&text)?),
            other => bail!("no text: {other:?}"),
        }
    }

    /// Skips to the next message of a kind.
    pub(crate) async fn wait_for(&mut self, kind: &str) -> Result<Value> {
        loop {
            if let Message::Text(text) = self.next().await? {
                let value: Value = serde_json::from_str(&text)?;
                if value["type"] == kind {
                    return Ok(value);
                }
                ensure!(value["type"] != "disconnected" || kind == "disconnected", "{value}");
            }
        }
    }

    /// Starts a run.
    pub(crate) async fn start(&mut self, sql: &str, extra: &Value) -> Result<()> {
        self.runs += 1;
        let mut message = json!({ "type": "run", "id": self.runs, "sql": sql });
        if let (Some(message), Some(extra)) = (message.as_object_mut(), extra.as_object()) {
            message.extend(extra.clone());
        }
        self.send(&message).await
    }

    /// Runs a script to its end.
    pub(crate) async fn run(&mut self, sql: &str) -> Result<Run> {
        self.start(sql, &json!({})).await?;
        self.finish().await
    }

    /// Takes everything up to the end of the run, a pause, or a rejection.
    pub(crate) async fn finish(&mut self) -> Result<Run> {
        let mut run = Run::default();
        loop {
            match self.next().await? {
                Message::Binary(bytes) => take_in(&bytes, &mut run.parts, &mut run.rows)?,
                Message::Text(text) => {
                    let value: Value = serde_json::from_str(&text)?;
                    let last = matches!(
                        value["type"].as_str(),
                        Some(
                            "run_finished"
                                | "paused"
                                | "rejected"
                                | "disconnected"
                                | "parameters_needed"
                                | "confirmation_needed"
                        )
                    );
                    run.messages.push(value);
                    if last {
                        return Ok(run);
                    }
                }
                other => bail!("unexpected {other:?}"),
            }
        }
    }

    /// Closes the session, as a page does with its tab.
    pub(crate) async fn close(mut self) -> Result<()> {
        Ok(self.stream.close(None).await?)
    }

    /// Closes the socket without a word, as a browser that is killed does.
    pub(crate) fn vanish(self) {
        drop(self);
    }
}

/// Takes in a binary frame as `docs/query-protocol.md` describes it. `parts` are those of a row that has not ended.
pub(crate) fn take_in(frame: &[u8], parts: &mut Vec<u8>, rows: &mut Vec<Vec<Cell>>) -> Result<()> {
    if frame[0] != b'P' {
        ensure!(parts.is_empty(), "rows between the parts of one");
        rows.extend(parse(frame)?);
        return Ok(());
    }
    ensure!(frame.len() <= 64 << 10, "a part of {} bytes", frame.len());
    let (mut length, body) = frame[1..].split_at(4);
    ensure!(usize::try_from(int(&mut length)?)? == frame.len() - 1, "a part is not a frame of its own");
    parts.extend_from_slice(body);
    let mut length = parts.get(1..5).context("the first part lacks the row's length")?;
    if parts.len() == 1 + usize::try_from(int(&mut length)?)? {
        rows.extend(parse(&std::mem::take(parts))?);
    }
    Ok(())
}

fn parse(mut bytes: &[u8]) -> Result<Vec<Vec<Cell>>> {
    let mut rows = Vec::new();
    while !bytes.is_empty() {
        let kind = take(&mut bytes, 1)?[0];
        let length = usize::try_from(int(&mut bytes)?)? - 4;
        let mut body = take(&mut bytes, length)?;
        let columns = u16::from_be_bytes(take(&mut body, 2)?.try_into()?);
        let mut row = Vec::with_capacity(columns.into());
        for _ in 0..columns {
            let whole = int(&mut body)?;
            if whole < 0 {
                row.push(Cell::Null);
                continue;
            }
            let whole = usize::try_from(whole)?;
            let kept = match kind {
                b'D' => whole,
                b'L' => usize::try_from(int(&mut body)?)?,
                other => bail!("a message of kind {other}"),
            };
            let value = take(&mut body, kept)?;
            row.push(if kept == whole {
                Cell::Text(String::from_utf8(value.to_vec())?)
            } else {
                Cell::Cut { kept, whole }
            });
        }
        ensure!(body.is_empty(), "a row is longer than its columns");
        rows.push(row);
    }
    Ok(rows)
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Result<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(length).context("the frame is cut")?;
    *bytes = rest;
    Ok(taken)
}

fn int(bytes: &mut &[u8]) -> Result<i32> {
    Ok(i32::from_be_bytes(take(bytes, 4)?.try_into()?))
}
