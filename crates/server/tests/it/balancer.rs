//! A load balancer that knows nothing of sessions: each request goes to the next replica that says it is ready.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, ensure};
use reqwest::Url;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

/// The longest head of a request that is passed on.
const MAX_HEAD: usize = 64 << 10;

#[derive(Clone)]
pub(crate) struct Balancer {
    pub(crate) origin: String,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    replicas: Mutex<Vec<Replica>>,
    turn: AtomicUsize,
}

#[derive(Clone)]
struct Replica {
    /// Its name, where the balancer leads by `replica` in an address.
    name: Option<String>,
    address: SocketAddr,
    served: Arc<AtomicU64>,
}

impl Balancer {
    pub(crate) async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let shared = Arc::<Shared>::default();
        let origin = format!("http://{}", listener.local_addr()?);
        let serving = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((browser, _)) = listener.accept().await {
                let shared = Arc::clone(&serving);
                // A request that fails closes its connection, which is all that its sender needs to know.
                tokio::spawn(async move { drop(pass_on(browser, &shared).await) });
            }
        });
        Ok(Self { origin, shared })
    }

    /// Adds a replica. With a `name`, requests that name it in their address go to it alone.
    pub(crate) fn add(&self, address: &str, name: Option<&str>) -> Result<()> {
        let address = Url::parse(address)?.socket_addrs(|| None)?[0];
        let replica = Replica { name: name.map(str::to_owned), address, served: Arc::default() };
        self.shared.replicas.lock().unwrap().push(replica);
        Ok(())
    }

    /// How many requests each replica was given.
    pub(crate) fn served(&self) -> Vec<u64> {
        let replicas = self.shared.replicas.lock().unwrap();
        replicas.iter().map(|replica| replica.served.load(Ordering::Relaxed)).collect()
    }
}

/// Passes one request on, and whatever the connection becomes with it.
async fn pass_on(mut browser: TcpStream, shared: &Shared) -> Result<()> {
    let head = read_head(&mut browser).await?;
    let (line, rest) = head.split_once("\r\n").context("no request line")?;
    // One request a connection, so that the next one goes elsewhere.
    let is_upgrade = rest.to_ascii_lowercase().contains("upgrade: websocket");
    let connection = if is_upgrade { "" } else { "connection: close\r\n" };
    let (mut replica, served) = choose(shared, line).await?;
    served.fetch_add(1, Ordering::Relaxed);
    replica.write_all(format!("{line}\r\n{connection}{rest}").as_bytes()).await?;
    copy_bidirectional(&mut browser, &mut replica).await?;
    Ok(())
}

/// The head of a request, and what came with it.
async fn read_head(browser: &mut TcpStream) -> Result<String> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        ensure!(head.len() < MAX_HEAD && browser.read_buf(&mut head).await? > 0, "no request");
    }
    Ok(String::from_utf8(head)?)
}

async fn choose(shared: &Shared, line: &str) -> Result<(TcpStream, Arc<AtomicU64>)> {
    let replicas = shared.replicas.lock().unwrap().clone();
    let named = replicas
        .iter()
        .position(|replica| replica.name.as_ref().is_some_and(|name| line.contains(&format!("replica={name}"))));
    let first = named.unwrap_or_else(|| shared.turn.fetch_add(1, Ordering::Relaxed));
    for step in 0..replicas.len() {
        let replica = &replicas[(first + step) % replicas.len()];
        if is_ready(replica.address).await.unwrap_or(false) {
            return Ok((TcpStream::connect(replica.address).await?, Arc::clone(&replica.served)));
        }
    }
    anyhow::bail!("nobody is ready")
}

async fn is_ready(address: SocketAddr) -> Result<bool> {
    let mut replica = TcpStream::connect(address).await?;
    replica.write_all(b"GET /readyz HTTP/1.1\r\nhost: balancer\r\nconnection: close\r\n\r\n").await?;
    let mut answer = Vec::new();
    replica.read_to_end(&mut answer).await?;
    Ok(answer.starts_with(b"HTTP/1.1 200"))
}
