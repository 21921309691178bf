//! A second client of the query session protocol, written after `docs/query-protocol.md` alone, behind a network that
//! fails.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use futures_util::{SinkExt, StreamExt};
use howdah_testkit::Postgres;
use reqwest::Url;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message};
use tokio_tungstenite::tungstenite::{self};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::socket::{Cell, take_in};
use crate::world::{Signed, World, postgres, until_answers};

const PATIENCE: Duration = Duration::from_secs(60);
/// The server has stopped sending when nothing came for so long.
const STANDSTILL: Duration = Duration::from_millis(500);

/// A network between the client and Howdah that can be cut.
pub(crate) struct Network {
    address: SocketAddr,
    ways: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

impl Network {
    pub(crate) async fn to(world: &World) -> Result<Self> {
        let target = Url::parse(&world.origin)?.socket_addrs(|| None)?[0];
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let ways = Arc::new(Mutex::new(Vec::new()));
        let opened = Arc::clone(&ways);
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let way = tokio::spawn(async move {
                    if let Ok(mut far) = TcpStream::connect(target).await {
                        drop(tokio::io::copy_bidirectional(&mut near, &mut far).await);
                    }
                });
                opened.lock().unwrap().push(way);
            }
        });
        Ok(Self { address, ways })
    }

    /// Every connection ends without a word.
    pub(crate) fn cut(&self) {
        for way in self.ways.lock().unwrap().drain(..) {
            way.abort();
        }
    }
}

/// The client. It counts frames and takes in rows.
pub(crate) struct Client<'a> {
    person: &'a Signed<'a>,
    network: &'a Network,
    path: String,
    stream: WebSocketStream<TcpStream>,
    pub(crate) connected: Value,
    pub(crate) frames: u64,
    repeated: u64,
    rows: Vec<Vec<Cell>>,
    parts: Vec<u8>,
    messages: Vec<Value>,
}

impl<'a> Client<'a> {
    pub(crate) async fn open(person: &'a Signed<'a>, network: &'a Network, server: &str) -> Result<Self> {
        let path = format!("/api/v1/servers/{server}/databases/postgres/session");
        let stream = dial(person, network, &path).await?;
        let mut client = Self {
            person,
            network,
            path,
            stream,
            connected: Value::Null,
            frames: 0,
            repeated: 0,
            rows: Vec::new(),
            parts: Vec::new(),
            messages: Vec::new(),
        };
        client.connected = client.message().await?;
        ensure!(client.connected["type"] == "connected", "{}", client.connected);
        Ok(client)
    }

    pub(crate) fn way_back(&self, received: Option<u64>) -> String {
        let session = self.connected["session_id"].as_str().unwrap();
        let replica = self.connected["replica"].as_str().unwrap();
        let received = received.map_or(String::new(), |number| format!("&received={number}"));
        format!("{}?session={session}&replica={replica}{received}", self.path)
    }

    /// Goes on with the session through another socket; gives what it is told first.
    pub(crate) async fn come_back(&mut self, received: Option<u64>) -> Result<Value> {
        self.stream = dial(self.person, self.network, &self.way_back(received)).await?;
        let attached = self.message().await?;
        ensure!(attached["type"] == "attached", "{attached}");
        Ok(attached)
    }

    /// What a page gets that asks why it was refused.
    pub(crate) async fn why(&self) -> Result<(u16, String)> {
        let page = self.person.get(&self.way_back(Some(self.frames))).await?;
        Ok((page.status.as_u16(), page.json()?["code"].as_str().unwrap_or_default().to_owned()))
    }

    async fn send(&mut self, message: &Value) -> Result<()> {
        Ok(self.stream.send(Message::text(message.to_string())).await?)
    }

    pub(crate) async fn run(&mut self, sql: &str) -> Result<Vec<Vec<Cell>>> {
        self.rows.clear();
        self.messages.clear();
        self.send(&json!({ "type": "run", "id": 1, "sql": sql })).await?;
        while self.messages.last().is_none_or(|message| message["type"] != "run_finished") {
            self.take().await?;
        }
        Ok(std::mem::take(&mut self.rows))
    }

    pub(crate) async fn message(&mut self) -> Result<Value> {
        self.take().await?;
        self.messages.last().cloned().context("rows came")
    }

    /// Takes in one frame and acknowledges it.
    async fn take(&mut self) -> Result<()> {
        let message = loop {
            match timeout(PATIENCE, self.stream.next()).await.context("nothing comes")?.context("closed")?? {
                Message::Ping(_) | Message::Pong(_) => {}
                other => break other,
            }
        };
        let bytes = match message {
            Message::Binary(bytes) => {
                take_in(&bytes, &mut self.parts, &mut self.rows)?;
                bytes.len()
            }
            Message::Text(text) => {
                let value: Value = serde_json::from_str(&text)?;
                if value["type"] == "attached" {
                    self.frames = value["frames"].as_u64().context("no number")?;
                    self.repeated = value["repeated"].as_u64().context("no number")?;
                    self.messages.push(value);
                    return Ok(());
                }
                self.messages.push(value);
                0
            }
            other => bail!("unexpected {other:?}"),
        };
        if self.repeated > 0 {
            self.repeated -= 1;
            return Ok(());
        }
        self.frames += 1;
        if bytes > 0 {
            let ack = json!({ "type": "ack", "bytes": bytes, "frames": self.frames });
            // A network that was cut takes no more, but what came through before still counts.
            drop(self.send(&ack).await);
        }
        Ok(())
    }
}

async fn dial(person: &Signed<'_>, network: &Network, path: &str) -> Result<WebSocketStream<TcpStream>> {
    let origin = &person.world.origin;
    let page = Url::parse(&format!("{origin}{path}"))?;
    let mut request = page.as_str().replacen("http", "ws", 1).into_client_request()?;
    request.headers_mut().insert("origin", origin.parse()?);
    request.headers_mut().insert("cookie", person.browser.cookie_header(&page).context("no cookies")?.parse()?);
    let way = TcpStream::connect(network.address).await?;
    Ok(client_async(request, way).await?.0)
}

/// The status of an upgrade that is refused.
pub(crate) async fn refused(person: &Signed<'_>, network: &Network, path: &str) -> Result<u16> {
    match dial(person, network, path).await {
        Ok(_) => Ok(101),
        Err(error) => match error.downcast::<tungstenite::Error>()? {
            tungstenite::Error::Http(response) => Ok(response.status().as_u16()),
            other => Err(other.into()),
        },
    }
}

fn numbers(rows: &[Vec<Cell>]) -> Vec<u32> {
    let number = |row: &Vec<Cell>| match &row[0] {
        Cell::Text(text) => text.parse().unwrap(),
        other => panic!("{other:?}"),
    };
    rows.iter().map(number).collect()
}

/// Waits until a query of `pg_stat_activity` about the session's backend answers `expected`.
async fn until_backend(postgres: &Postgres, client: &Client<'_>, what: &str, expected: Option<&str>) -> Result<()> {
    let pid = client.connected["backend_pid"].as_i64().context("no pid")?;
    let sql = format!("select {what} from pg_stat_activity where pid = {pid}");
    until_answers(postgres, &sql, expected).await
}

#[tokio::test]
async fn a_network_that_is_cut_mid_stream_loses_no_row_and_repeats_none() -> Result<()> {
    const ROWS: u32 = 200_000;
    let (world, postgres) = (World::shared().await, postgres().await);
    let (ada, network) = (world.sign_in("ada").await?, Network::to(world).await?);
    let server = ada.connected_server(&postgres).await?;
    let mut client = Client::open(&ada, &network, &server).await?;
    let sql = format!("select n, repeat('x', 40) from generate_series(1, {ROWS}) n");
    client.send(&json!({ "type": "run", "id": 7, "sql": sql })).await?;
    let (mut cuts, mut next_cut) = (0, 5_000);
    while client.messages.last().is_none_or(|message| message["type"] != "run_finished") {
        let taken = client.take().await;
        if taken.is_err() || client.rows.len() > next_cut {
            network.cut();
            cuts += 1;
            next_cut = client.rows.len() + 30_000;
            let attached = client.come_back(Some(client.frames)).await?;
            assert_eq!((&attached["resumed"], &attached["messages"]), (&json!(true), &json!(1)), "{attached}");
        }
    }
    assert!(cuts >= 5, "{cuts}");
    assert!(numbers(&client.rows).into_iter().eq(1..=ROWS), "rows are lost, repeated or out of order");
    assert_eq!(client.messages.iter().filter(|message| message["type"] == "columns").count(), 1);
    Ok(())
}

#[tokio::test]
async fn while_nobody_is_there_postgresql_waits_and_the_transaction_stays_open() -> Result<()> {
    let (world, postgres) = (World::start("").await?, postgres().await);
    let (ada, network) = (world.sign_in("ada").await?, Network::to(&world).await?);
    let server = ada.connected_server(&postgres).await?;
    let mut client = Client::open(&ada, &network, &server).await?;
    client.run("begin; create temporary table kept as select 42 as answer").await?;
    let before = world.memory_mib()?;
    let endless = "select generate_series(1, 1000000000), repeat('x', 100)";
    client.send(&json!({ "type": "run", "id": 2, "sql": endless })).await?;
    client.take().await?;
    network.cut();
    until_backend(&postgres, &client, "wait_event", Some("ClientWrite")).await?;
    assert!(world.memory_mib()? < before + 16, "{} MiB before, {} now", before, world.memory_mib()?);

    client.come_back(Some(client.frames)).await?;
    client.send(&json!({ "type": "cancel" })).await?;
    while client.messages.last().is_none_or(|message| message["type"] != "run_finished") {
        client.take().await?;
    }
    assert_eq!(client.messages.last().unwrap()["transaction"], "failed");

    // Idle in a transaction, and a message that did not get through.
    client.run("rollback; begin; create temporary table kept as select 42 as answer").await?;
    network.cut();
    until_backend(&postgres, &client, "state", Some("idle in transaction")).await?;
    let attached = client.come_back(Some(client.frames)).await?;
    assert_eq!(attached["messages"], 4, "the client learns which of its messages to send again");
    assert_eq!(client.run("select answer from kept").await?, [[Cell::Text("42".to_owned())]]);
    Ok(())
}

#[tokio::test]
async fn so_much_is_under_way_as_the_client_asks_for() -> Result<()> {
    let (world, postgres) = (World::shared().await, postgres().await);
    let (ada, network) = (world.sign_in("ada").await?, Network::to(world).await?);
    let server = ada.connected_server(&postgres).await?;
    let mut client = Client::open(&ada, &network, &server).await?;
    let windows = [(None, 1 << 20), (Some(1), 8 << 10), (Some(300 << 10), 300 << 10), (Some(u64::MAX), 1 << 20)];
    let endless = ["select generate_series(1, 1000000000), repeat('x', 100)", LARGE_ROWS];
    for ((window, most), endless) in windows.iter().flat_map(|window| endless.map(|sql| (*window, sql))) {
        client.send(&json!({ "type": "ack", "bytes": 0, "window": window })).await?;
        client.send(&json!({ "type": "run", "id": 1, "sql": endless })).await?;
        // Nothing is acknowledged: the server stops by itself, and then somebody cancels.
        let (mut ahead, mut cancelled) = (0, false);
        loop {
            let is_due = ahead >= most / 2 && !cancelled;
            match timeout(if is_due { STANDSTILL } else { PATIENCE }, client.stream.next()).await {
                Err(_) if is_due => {
                    cancelled = true;
                    client.send(&json!({ "type": "cancel" })).await?;
                }
                taken => match taken?.context("closed")?? {
                    Message::Binary(rows) => ahead += rows.len(),
                    Message::Text(text) if text.contains("run_finished") => break,
                    _ => {}
                },
            }
        }
        assert!(cancelled && ahead <= most + most / 4, "{window:?}: {ahead} bytes were under way");
        // More than was sent does not count.
        client.send(&json!({ "type": "ack", "bytes": ahead + (50 << 20) })).await?;
    }
    Ok(())
}

/// A good number of rows of 1 MB each, all different.
const LARGE_ROWS: &str = "select n || repeat('x', 1000000) from generate_series(1, 1000) n";

#[tokio::test]
async fn a_network_that_is_cut_in_the_middle_of_a_row_loses_nothing_of_it() -> Result<()> {
    let (world, postgres) = (World::shared().await, postgres().await);
    let (ada, network) = (world.sign_in("ada").await?, Network::to(world).await?);
    let server = ada.connected_server(&postgres).await?;
    let mut client = Client::open(&ada, &network, &server).await?;
    let sql = LARGE_ROWS.replace("1000)", "12)");
    client.send(&json!({ "type": "run", "id": 7, "sql": sql })).await?;
    let (mut cuts, mut next_cut) = (0, 0);
    while client.messages.last().is_none_or(|message| message["type"] != "run_finished") {
        let taken = client.take().await;
        if taken.is_err() || (client.rows.len() >= next_cut && client.parts.len() > 300_000) {
            network.cut();
            cuts += 1;
            next_cut = client.rows.len() + 2;
            assert_eq!(client.come_back(Some(client.frames)).await?["resumed"], true);
        }
    }
    assert!(cuts >= 4, "{cuts}");
    let expected: Vec<_> = (1..=12).map(|n| [Cell::Text(format!("{n}{}", "x".repeat(1_000_000)))]).collect();
    assert!(client.rows == expected, "bytes of rows are lost, repeated or out of order");
    Ok(())
}

#[tokio::test]
async fn a_page_that_was_loaded_anew_gets_no_end_of_a_row_without_its_beginning() -> Result<()> {
    let (world, postgres) = (World::shared().await, postgres().await);
    let (ada, network) = (world.sign_in("ada").await?, Network::to(world).await?);
    let server = ada.connected_server(&postgres).await?;
    let mut client = Client::open(&ada, &network, &server).await?;
    let sql = LARGE_ROWS.replace("1000)", "20)");
    client.send(&json!({ "type": "run", "id": 7, "sql": sql })).await?;
    while client.rows.len() < 3 || client.parts.is_empty() {
        client.take().await?;
    }
    // Nothing is acknowledged from here on: the server stops somewhere in a row.
    until_backend(&postgres, &client, "wait_event", Some("ClientWrite")).await?;
    network.cut();
    client.rows.clear();
    client.parts.clear();
    let attached = client.come_back(None).await?;
    let missed = attached["missed_rows"].as_u64().context("no number")?;
    while client.messages.last().is_none_or(|message| message["type"] != "run_finished") {
        client.take().await?;
    }
    let expected: Vec<_> = (missed + 1..=20).map(|n| [Cell::Text(format!("{n}{}", "x".repeat(1_000_000)))]).collect();
    assert!(missed >= 4 && client.rows == expected, "{missed} rows were missed, {} came", client.rows.len());
    Ok(())
}

#[tokio::test]
async fn a_page_that_was_loaded_anew_is_told_how_the_run_stands() -> Result<()> {
    let (world, postgres) = (World::shared().await, postgres().await);
    let (ada, network) = (world.sign_in("ada").await?, Network::to(world).await?);
    let server = ada.connected_server(&postgres).await?;
    let mut client = Client::open(&ada, &network, &server).await?;
    client.run("set search_path = shop").await?;
    client.run("begin").await?;
    let sql = "select 1; select n, repeat('x', 1000) from generate_series(1, 100000) n";
    client.send(&json!({ "type": "run", "id": 4, "sql": sql })).await?;
    while client.rows.len() < 2_000 {
        client.take().await?;
    }
    // A reload closes the socket with this code.
    let gone = CloseFrame { code: CloseCode::Away, reason: "".into() };
    client.stream.send(Message::Close(Some(gone))).await?;

    client.messages.clear();
    let taken = client.rows.len() - 1;
    client.rows.clear();
    let attached = client.come_back(None).await?;
    assert_eq!(attached["resumed"], false);
    let missed = usize::try_from(attached["missed_rows"].as_u64().context("no number")?)?;
    assert!(missed >= taken, "{missed} of {taken}");
    while client.messages.last().is_none_or(|message| message["type"] != "run_finished") {
        client.take().await?;
    }
    let kinds: Vec<_> = client.messages.iter().filter_map(|message| message["type"].as_str()).collect();
    let expected = [
        "attached",
        "connected",
        "transaction",
        "run_started",
        "statement_started",
        "columns",
        "statement_finished",
        "statement_started",
        "columns",
        "statement_finished",
        "run_finished",
    ];
    assert_eq!(kinds, expected);
    assert_eq!(client.messages[1]["transaction"], "in_transaction");
    assert_eq!((&client.messages[2]["idle_ms"], &client.messages[2]["read_only"]), (&Value::Null, &json!(false)));
    assert_eq!(client.messages[1]["search_path"], "shop");
    assert_eq!(missed + client.rows.len(), 100_000, "what was missed is told to the row");
    Ok(())
}

#[tokio::test]
async fn a_page_that_was_loaded_anew_is_told_since_when_its_transaction_is_open_and_idle() -> Result<()> {
    let (world, postgres) = (World::shared().await, postgres().await);
    let (ada, network) = (world.sign_in("ada").await?, Network::to(world).await?);
    let server = ada.connected_server(&postgres).await?;
    let mut client = Client::open(&ada, &network, &server).await?;
    let began = Instant::now();
    client.run("begin isolation level repeatable read read only").await?;
    client.run("select pg_sleep(0.4)").await?;
    let rested = Instant::now();
    let told = |client: &Client<'_>| {
        let told = client.messages.last().filter(|message| message["type"] == "transaction").cloned();
        told.context("nothing is told of the transaction")
    };
    // Another window takes it over, and then one more.
    for _ in 0..2 {
        assert_eq!(client.come_back(None).await?["repeated"], 2);
        client.message().await?;
        client.message().await?;
        let told = told(&client)?;
        let milliseconds = |name: &str| told[name].as_f64().context("no time");
        let (open, idle) = (milliseconds("open_ms")?, milliseconds("idle_ms")?);
        assert!(open >= 400.0 && open <= began.elapsed().as_secs_f64() * 1000.0, "{told}");
        assert!(idle <= open - 400.0 && idle <= rested.elapsed().as_secs_f64() * 1000.0 + 50.0, "{told}");
        assert_eq!((&told["read_only"], &told["isolation"]), (&json!(true), &json!("repeatable_read")));
    }
    // A chain begins another one.
    client.run("commit and chain").await?;
    client.come_back(None).await?;
    client.message().await?;
    client.message().await?;
    assert!(told(&client)?["open_ms"].as_f64().context("no time")? < 400.0, "{}", told(&client)?);
    client.run("rollback").await?;
    assert_eq!(client.come_back(None).await?["repeated"], 1);
    Ok(())
}

#[tokio::test]
async fn nobody_else_gets_at_a_session_and_whoever_leaves_it_ends_it() -> Result<()> {
    let (world, postgres) = (World::shared().await, postgres().await);
    let (ada, grace, network) = (world.sign_in("ada").await?, world.sign_in("grace").await?, Network::to(world).await?);
    let server = ada.connected_server(&postgres).await?;
    let client = Client::open(&ada, &network, &server).await?;
    let elsewhere = world.sign_in("ada").await?;
    assert_eq!(refused(&grace, &network, &client.way_back(Some(1))).await?, 404);
    assert_eq!(
        refused(&elsewhere, &network, &client.way_back(Some(1))).await?,
        404,
        "another sign-in of the same person"
    );
    assert_eq!(
        refused(&ada, &network, &client.way_back(Some(1)).replace("databases/postgres", "databases/x")).await?,
        404
    );
    let other = client.way_back(Some(1)).replace("session=", "session=x").replace("replica=", "replica=x");
    assert_eq!(refused(&ada, &network, &other).await?, 404, "nobody else can hold what is in a file");
    assert_eq!(client.why().await?, (422, "invalid_request".to_owned()), "it is there");

    // Closing the socket is closing the session.
    let mut closing = Client::open(&ada, &network, &server).await?;
    closing.stream.close(None).await?;
    until_backend(&postgres, &closing, "state", None).await?;
    assert_eq!(closing.why().await?, (404, "session_gone".to_owned()));

    // So is signing out, also while the page is away.
    network.cut();
    until_backend(&postgres, &client, "state", Some("idle")).await?;
    ada.browser.request(reqwest::Method::POST, &format!("{}/logout", world.origin))?.send().await?;
    until_backend(&postgres, &client, "state", None).await
}

#[tokio::test]
async fn a_page_that_stays_away_for_too_long_finds_its_session_gone() -> Result<()> {
    let (world, postgres) = (World::start("[session]\ndetach_grace = \"1s\"").await?, postgres().await);
    let (ada, network) = (world.sign_in("ada").await?, Network::to(&world).await?);
    let server = ada.connected_server(&postgres).await?;
    let mut client = Client::open(&ada, &network, &server).await?;
    assert_eq!(client.connected["detach_grace_secs"], 1);
    client.run("begin").await?;
    network.cut();
    until_backend(&postgres, &client, "state", None).await?;
    assert_eq!(client.why().await?, (404, "session_gone".to_owned()));
    Ok(())
}
