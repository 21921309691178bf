//! A person who uses Howdah over HTTP and WebSocket.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use howdah_testkit::{Browser, Page};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};
use url::Url;

const PATIENCE: Duration = Duration::from_secs(120);

/// Somebody who is signed in.
pub struct Signed {
    /// Their browser.
    pub browser: Browser,
    origin: String,
}

impl Signed {
    /// Signs in through the provider.
    ///
    /// # Errors
    ///
    /// When the way does not end on Howdah's own page.
    pub async fn sign_in(origin: &str, name: &str, password: &str) -> Result<Self> {
        Self::sign_in_by(Browser::new()?, origin, name, password).await
    }

    /// Signs in through the provider with this browser.
    ///
    /// # Errors
    ///
    /// As [`Self::sign_in`].
    pub async fn sign_in_by(browser: Browser, origin: &str, name: &str, password: &str) -> Result<Self> {
        let page = browser.sign_in(&format!("{origin}/oauth2/login/demo"), name, password).await?;
        ensure!(
            page.status == StatusCode::OK && page.url.path() == "/",
            "{name} was not signed in: {} {}",
            page.url,
            page.status
        );
        Ok(Self { browser, origin: origin.to_owned() })
    }

    /// GET of a path.
    ///
    /// # Errors
    ///
    /// When Howdah cannot be reached.
    pub async fn get(&self, path: &str) -> Result<Page> {
        self.browser.send(Method::GET, &format!("{}{path}", self.origin), None).await
    }

    /// POST of JSON to a path.
    ///
    /// # Errors
    ///
    /// When Howdah cannot be reached.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Page> {
        self.browser.send(Method::POST, &format!("{}{path}", self.origin), Some(body)).await
    }

    /// The id of the person's server of that name.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub async fn server(&self, name: &str) -> Result<String> {
        let list = self.get("/api/v1/servers").await?.json()?;
        let servers = list["servers"].as_array().context("no list of servers")?;
        let found = servers.iter().find(|server| server["name"] == name).and_then(|server| server["id"].as_str());
        Ok(found.with_context(|| format!("there is no server {name}"))?.to_owned())
    }

    /// Starts a download; its parts are read by the caller.
    ///
    /// # Errors
    ///
    /// When it is refused.
    pub async fn export(&self, server: &str, database: &str, sql: &str) -> Result<reqwest::Response> {
        let url = format!("{}/api/v1/servers/{server}/databases/{database}/export", self.origin);
        let response =
            self.browser.request(Method::POST, &url)?.json(&json!({ "sql": sql, "format": "csv" })).send().await?;
        ensure!(
            response.status() == StatusCode::OK,
            "{} {}",
            response.status(),
            response.text().await.unwrap_or_default()
        );
        Ok(response)
    }

    /// Opens a query session.
    ///
    /// # Errors
    ///
    /// With Howdah's problem.
    pub async fn open_session(&self, server: &str, database: &str) -> Result<QuerySession> {
        let page = Url::parse(&format!("{}/api/v1/servers/{server}/databases/{database}/session", self.origin))?;
        let mut request = page.as_str().replacen("http", "ws", 1).into_client_request()?;
        request.headers_mut().insert("origin", self.origin.parse()?);
        let cookies = self.browser.cookie_header(&page).context("no cookies")?;
        request.headers_mut().insert("cookie", cookies.parse()?);
        let (stream, _) = connect_async_with_config(request, None, true).await?;
        let mut session = QuerySession { stream, runs: 0, frames: 0 };
        match session.next().await? {
            Received::Message(greeting) if greeting["type"] == "connected" => Ok(session),
            Received::Message(other) => bail!("{other}"),
            Received::Rows(_) => bail!("rows before anything ran"),
        }
    }
}

/// A query session.
pub struct QuerySession {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    runs: u32,
    /// Frames that came, of both kinds.
    frames: u64,
}

/// What came.
pub enum Received {
    /// A text message.
    Message(Value),
    /// Rows, as `docs/query-protocol.md` describes them.
    Rows(Bytes),
}

/// What a run brought, in figures.
#[derive(Debug, Default)]
pub struct RunFigures {
    /// Rows.
    pub rows: u64,
    /// Bytes of their frames.
    pub bytes: u64,
}

impl QuerySession {
    /// Starts a run.
    ///
    /// # Errors
    ///
    /// When the socket is closed.
    pub async fn start(&mut self, sql: &str) -> Result<()> {
        self.runs += 1;
        self.send(&json!({ "type": "run", "id": self.runs, "sql": sql })).await
    }

    /// The next message or rows. Rows are acknowledged.
    ///
    /// # Errors
    ///
    /// When the socket closes.
    pub async fn next(&mut self) -> Result<Received> {
        loop {
            match timeout(PATIENCE, self.stream.next())
                .await
                .context("nothing comes")?
                .context("the socket closed")??
            {
                Message::Text(text) => {
                    self.frames += 1;
                    return Ok(Received::Message(serde_json::from_str(&text)?));
                }
                Message::Binary(bytes) => {
                    self.frames += 1;
                    self.send(&json!({ "type": "ack", "bytes": bytes.len(), "frames": self.frames })).await?;
                    return Ok(Received::Rows(bytes));
                }
                _ => {}
            }
        }
    }

    /// Runs `sql` to its end and counts what comes.
    ///
    /// # Errors
    ///
    /// When a statement fails.
    pub async fn run(&mut self, sql: &str) -> Result<RunFigures> {
        self.start(sql).await?;
        self.finish().await
    }

    /// Runs `sql` and answers the first row as text.
    ///
    /// # Errors
    ///
    /// When a statement fails, or brings no row.
    pub async fn first_row(&mut self, sql: &str) -> Result<Vec<Option<String>>> {
        self.start(sql).await?;
        let mut first = None;
        loop {
            match self.next().await? {
                Received::Rows(bytes) if first.is_none() => first = Some(read_row(&bytes)?),
                Received::Rows(_) => {}
                Received::Message(message) => match message["type"].as_str() {
                    Some("statement_failed" | "rejected" | "disconnected") => bail!("{message}"),
                    Some("run_finished") => return first.context("no row came"),
                    _ => {}
                },
            }
        }
    }

    /// Cancels what runs and takes the rest.
    ///
    /// # Errors
    ///
    /// When the socket is closed.
    pub async fn cancel(&mut self) -> Result<()> {
        self.send(&json!({ "type": "cancel" })).await?;
        loop {
            if let Received::Message(message) = self.next().await?
                && message["type"] == "run_finished"
            {
                return Ok(());
            }
        }
    }

    /// Takes everything up to the end of the run.
    ///
    /// # Errors
    ///
    /// When a statement fails.
    pub async fn finish(&mut self) -> Result<RunFigures> {
        let mut figures = RunFigures::default();
        loop {
            match self.next().await? {
                Received::Rows(bytes) => {
                    figures.rows += count_rows(&bytes)?;
                    figures.bytes += bytes.len() as u64;
                }
                Received::Message(message) => match message["type"].as_str() {
                    Some("statement_failed" | "rejected" | "disconnected") => bail!("{message}"),
                    Some("run_finished") => return Ok(figures),
                    _ => {}
                },
            }
        }
    }

    async fn send(&mut self, message: &Value) -> Result<()> {
        Ok(self.stream.send(Message::text(message.to_string())).await?)
    }
}

/// Rows of a frame, found by their lengths.
fn count_rows(mut frame: &[u8]) -> Result<u64> {
    let mut rows = 0;
    while !frame.is_empty() {
        let (head, _) = frame.split_first_chunk::<5>().context("the frame is cut")?;
        ensure!(matches!(head[0], b'D' | b'L'), "a message of kind {}", head[0]);
        let length = usize::try_from(u32::from_be_bytes([head[1], head[2], head[3], head[4]]))?;
        frame = frame.get(1 + length..).context("the frame is cut")?;
        rows += 1;
    }
    Ok(rows)
}

/// The first row of a frame: a DataRow, as PostgreSQL sends it.
fn read_row(frame: &[u8]) -> Result<Vec<Option<String>>> {
    let (head, mut rest) = frame.split_first_chunk::<7>().context("the frame is cut")?;
    ensure!(head[0] == b'D', "a message of kind {}", head[0]);
    let mut row = Vec::new();
    for _ in 0..u16::from_be_bytes([head[5], head[6]]) {
        let (length, after) = rest.split_first_chunk::<4>().context("the row is cut")?;
        let Ok(length) = usize::try_from(i32::from_be_bytes(*length)) else {
            row.push(None);
            rest = after;
            continue;
        };
        let (value, after) = after.split_at_checked(length).context("the value is cut")?;
        row.push(Some(String::from_utf8(value.to_vec())?));
        rest = after;
    }
    Ok(row)
}
