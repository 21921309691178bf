//! `kill -9` at moments that chance chooses, while everybody writes: what was acknowledged is there afterwards.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use howdah_testkit::{Browser, Page, Postgres, SUPERUSER, SUPERUSER_PASSWORD};
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Signed, World, definition, postgres};

/// Where chance begins; each backend goes on from there. Printed with whatever fails.
const SEED: u64 = 0x0005_eed0_f5ad_d1e5;
const ROUNDS: u32 = 4;
/// Servers whose passwords are saved, each once.
const SAVED: usize = 12;

/// Numbers that look like chance (Knuth's multiplier, the upper bits).
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// What was acknowledged so far.
#[derive(Default)]
struct Acknowledged {
    /// The last text of each tab, and the last version of each setting.
    tabs: Mutex<BTreeMap<String, u64>>,
    settings: Mutex<BTreeMap<String, u64>>,
    queries: Mutex<Vec<String>>,
    servers: Mutex<Vec<String>>,
    passwords: Mutex<Vec<String>>,
    history: Mutex<Vec<String>>,
    audit: Mutex<Vec<String>>,
    roles: Mutex<Vec<u64>>,
    sessions: Mutex<Vec<Browser>>,
}

/// Everybody who writes, until it is over.
struct Writers<'a> {
    ada: &'a Signed<'a>,
    target: &'a Postgres,
    over: AtomicBool,
    /// Requests that were cut off or refused, which is what the kills are for.
    cut: AtomicU32,
    acknowledged: Acknowledged,
}

impl Writers<'_> {
    fn goes_on(&self) -> bool {
        !self.over.load(Ordering::Relaxed)
    }

    /// Sends until there is an answer of a Howdah that is whole; `None` when it is over before.
    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Option<Page> {
        while self.goes_on() {
            let url = format!("{}{path}", self.ada.world.origin);
            match self.ada.browser.send(method.clone(), &url, body).await {
                Ok(page) if page.status.as_u16() < 500 => return Some(page),
                _ => self.was_cut().await,
            }
        }
        None
    }

    async fn was_cut(&self) {
        self.cut.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    /// Puts ever larger numbers to a place that has versions.
    async fn count_up(&self, path: &str, body: impl Fn(u64, &Value) -> Value, taken: &Mutex<BTreeMap<String, u64>>) {
        let (mut version, mut number) = (json!(0), 0);
        while let Some(page) = self.send(Method::PUT, path, Some(&body(number + 1, &version))).await {
            let answer = page.json().unwrap_or_default();
            if page.status == 200 {
                number += 1;
                version = answer["version"].clone();
                taken.lock().unwrap().insert(path.to_owned(), number);
            } else {
                // It was taken and the answer lost with the process.
                assert_eq!(page.status, 409, "{}", page.body);
                let present = if answer["tab"].is_null() { &answer["setting"] } else { &answer["tab"] };
                version = present["version"].clone();
                number += 1;
            }
        }
    }

    async fn keep_tabs(&self, name: &str) {
        let body = |number: u64, version: &Value| json!({ "version": version, "title": name, "sql": format!("select {number}"), "cursor": 0 });
        self.count_up(&format!("/api/v1/me/tabs/{name}"), body, &self.acknowledged.tabs).await;
    }

    async fn keep_settings(&self, name: &str) {
        let body = |number: u64, version: &Value| json!({ "version": version, "value": { "number": number } });
        self.count_up(&format!("/api/v1/me/settings/{name}"), body, &self.acknowledged.settings).await;
    }

    /// Makes one thing after the other, and notes the ids.
    async fn make(&self, path: &str, body: impl Fn(u64) -> Value, made: &Mutex<Vec<String>>) {
        for number in 0.. {
            let Some(page) = self.send(Method::POST, path, Some(&body(number))).await else { return };
            assert_eq!(page.status, 201, "{}", page.body);
            let id = page.json().ok().and_then(|made| Some(made["id"].as_str()?.to_owned()));
            made.lock().unwrap().push(id.expect("an id"));
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    async fn save_passwords(&self, servers: &[String]) {
        for server in servers {
            let body = json!({ "password": SUPERUSER_PASSWORD, "save_password": true });
            let path = format!("/api/v1/servers/{server}/connect");
            let Some(page) = self.send(Method::POST, &path, Some(&body)).await else { return };
            assert_eq!(
                (page.status.as_u16(), page.json().unwrap_or_default()["password_saved"].clone()),
                (200, json!(true))
            );
            self.acknowledged.passwords.lock().unwrap().push(server.clone());
            tokio::time::sleep(Duration::from_millis(150)).await;
        }
    }

    /// Runs statements, each of its own text. One is acknowledged when the history tells of it.
    async fn run_statements(&self, server: &str) {
        let mut number = 0;
        while self.goes_on() {
            let Ok(mut socket) = self.ada.open_session(server, "postgres").await else {
                self.was_cut().await;
                continue;
            };
            while self.goes_on() {
                number += 1;
                if socket.run(&format!("select {number} as killed")).await.is_err() {
                    break;
                }
                let Some(page) = self.send(Method::GET, "/api/v1/me/history?limit=5", None).await else { return };
                note(&self.acknowledged.history, &page, "entries");
            }
        }
    }

    /// Reads the audit trail: what it once told it tells for ever.
    async fn read_audit(&self) {
        while let Some(page) = self.send(Method::GET, "/api/v1/admin/audit?limit=20", None).await {
            note(&self.acknowledged.audit, &page, "events");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Makes accounts, each of which stands in the audit trail by the time it is acknowledged.
    async fn make_accounts(&self) {
        for number in 0.. {
            let body = json!({ "username": format!("made-{number}"), "role": "viewer", "password": "correct horse" });
            let Some(page) = self.send(Method::POST, "/api/v1/admin/people", Some(&body)).await else { return };
            // A conflict: it was made, and the answer lost.
            assert!(matches!(page.status.as_u16(), 201 | 409), "{}", page.body);
            if page.status == 201 {
                self.acknowledged.roles.lock().unwrap().push(number);
            }
        }
    }

    async fn sign_in(&self) {
        while self.goes_on() {
            let Ok(browser) = Browser::new() else { return };
            match self.ada.world.try_sign_in(&browser, "grace").await {
                Ok(page) if page.url.path() == "/" && page.status == 200 => {
                    self.acknowledged.sessions.lock().unwrap().push(browser);
                }
                _ => self.was_cut().await,
            }
        }
    }

    /// Kills Howdah where chance will have it, and starts it again.
    async fn kill(&self, chance: &mut Chance) -> Result<()> {
        for _ in 0..ROUNDS {
            tokio::time::sleep(Duration::from_millis(300 + chance.below(1200))).await;
            self.ada.world.kill()?;
            self.ada.world.start_again().await?;
        }
        // Some work on a Howdah that is whole, and then death again.
        tokio::time::sleep(Duration::from_millis(chance.below(500))).await;
        self.ada.world.kill()?;
        self.over.store(true, Ordering::Relaxed);
        Ok(())
    }
}

/// Adds the ids of a list.
fn note(ids: &Mutex<Vec<String>>, page: &Page, list: &str) {
    let body = page.json().unwrap_or_default();
    let mut ids = ids.lock().unwrap();
    for entry in body[list].as_array().into_iter().flatten() {
        if let Some(id) = entry["id"].as_str().filter(|id| !ids.iter().any(|known| known == id)) {
            ids.push(id.to_owned());
        }
    }
}

/// Reads a list to its end.
async fn all(who: &Signed<'_>, path: &str, list: &str) -> Result<Vec<Value>> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = who.get(&format!("{path}?limit=100{cursor}")).await?;
        ensure!(page.status == 200, "{path}: {} {}", page.status, page.body);
        let body = page.json()?;
        found.extend(body[list].as_array().context("no list")?.iter().cloned());
        match body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(found),
        }
    }
}

async fn expect_ids(who: &Signed<'_>, path: &str, list: &str, expected: &Mutex<Vec<String>>) -> Result<usize> {
    let found = all(who, path, list).await?;
    let expected = expected.lock().unwrap().clone();
    for id in &expected {
        ensure!(found.iter().any(|entry| entry["id"] == **id), "{path}: {id} is lost");
    }
    ensure!(!expected.is_empty(), "{path}: nothing was acknowledged");
    Ok(expected.len())
}

/// What was put last, or what was under way when its answer was lost.
fn expect_number(place: &str, found: u64, acknowledged: u64) -> Result<()> {
    ensure!(found >= acknowledged, "{place}: {acknowledged} is lost, {found} is there");
    Ok(())
}

async fn expect_everything(writers: &Writers<'_>) -> Result<String> {
    let (ada, acknowledged) = (writers.ada, &writers.acknowledged);
    let workspace = ada.get("/api/v1/me/workspace").await?.json()?;
    let number = |text: &str| text.rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0);
    for (path, expected) in acknowledged.tabs.lock().unwrap().iter() {
        let tab = workspace["tabs"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|tab| path.ends_with(tab["id"].as_str().unwrap_or("?")));
        expect_number(path, number(tab.context("the tab is lost")?["sql"].as_str().unwrap_or_default()), *expected)?;
    }
    for (path, expected) in acknowledged.settings.lock().unwrap().iter() {
        let of = |setting: &&Value| path.ends_with(setting["name"].as_str().unwrap_or("?"));
        let setting = workspace["settings"].as_array().into_iter().flatten().find(of).context("the setting is lost")?;
        expect_number(path, setting["value"]["number"].as_u64().unwrap_or(0), *expected)?;
    }
    let queries = expect_ids(ada, "/api/v1/queries", "queries", &acknowledged.queries).await?;
    let servers = expect_ids(ada, "/api/v1/servers", "servers", &acknowledged.servers).await?;
    let history = expect_ids(ada, "/api/v1/me/history", "entries", &acknowledged.history).await?;
    let audit = expect_ids(ada, "/api/v1/admin/audit", "events", &acknowledged.audit).await?;

    let saved = ada.get("/api/v1/me/saved-passwords").await?.json()?;
    let passwords = acknowledged.passwords.lock().unwrap().clone();
    for server in &passwords {
        let listed =
            saved["saved_passwords"].as_array().into_iter().flatten().any(|entry| entry["server_id"] == **server);
        ensure!(listed, "the saved password of {server} is lost");
    }
    let server = passwords.last().context("no password was saved")?;
    let page = ada.post(&format!("/api/v1/servers/{server}/connect"), &json!({})).await?;
    ensure!(page.status == 200, "a saved password does not open: {}", page.body);

    let made = acknowledged.roles.lock().unwrap().clone();
    let events = all(ada, "/api/v1/admin/audit", "events").await?;
    for number in &made {
        let name = format!("made-{number}");
        let page = ada.get(&format!("/api/v1/admin/people?search={name}")).await?.json()?;
        ensure!(page.to_string().contains(&name), "the account {name} is lost");
        let is_told = |event: &&Value| event["kind"] == "account_created" && event["details"]["about"] == name;
        ensure!(events.iter().any(|event| is_told(&event)), "the audit trail does not tell of {name}");
    }
    let sessions = acknowledged.sessions.lock().unwrap().clone();
    for browser in &sessions {
        let grace = Signed { world: ada.world, browser: browser.clone() };
        ensure!(grace.get("/api/v1/me").await?.status == 200, "a session is lost");
    }
    ensure!(!sessions.is_empty() && !made.is_empty(), "nobody signed in, or no account was made");
    Ok(format!(
        "{queries} queries, {servers} servers, {history} statements, {audit} events, {} passwords, {} accounts, {} sessions; {} requests cut off",
        passwords.len(),
        made.len(),
        sessions.len(),
        writers.cut.load(Ordering::Relaxed)
    ))
}

async fn kill_while_everybody_writes(world: &World, chance: &mut Chance) -> Result<()> {
    let (ada, target) = (world.sign_in("ada").await?, postgres().await);
    let with_password = ada.connected_server(&target).await?;
    let mut servers = Vec::new();
    for number in 0..SAVED {
        let mut server = definition(&target);
        server["name"] = json!(format!("saved {number}"));
        servers.push(ada.add_server(&server).await?);
    }
    let saved = json!({ "password": SUPERUSER_PASSWORD, "save_password": true });
    ensure!(ada.post(&format!("/api/v1/servers/{with_password}/connect"), &saved).await?.status == 200);

    let writers = Writers {
        ada: &ada,
        target: &target,
        over: AtomicBool::new(false),
        cut: AtomicU32::new(0),
        acknowledged: Acknowledged::default(),
    };
    let query = |number: u64| json!({ "folder": "", "name": format!("query {number}"), "sql": "select 1" });
    let server = |number: u64| {
        let mut server = definition(writers.target);
        server["name"] = json!(format!("made {number}"));
        server
    };
    let killed = tokio::join!(
        writers.kill(chance),
        writers.keep_tabs("first"),
        writers.keep_tabs("second"),
        writers.keep_settings("preferences"),
        writers.keep_settings("layout"),
        writers.make("/api/v1/queries", query, &writers.acknowledged.queries),
        writers.make("/api/v1/servers", server, &writers.acknowledged.servers),
        writers.save_passwords(&servers),
        writers.run_statements(&with_password),
        writers.read_audit(),
        writers.make_accounts(),
        writers.sign_in(),
    );
    killed.0?;
    let started = Instant::now();
    world.start_again().await?;
    ensure!(started.elapsed() < Duration::from_secs(20), "it takes {:?} to start again", started.elapsed());
    ensure!(world.command(&["store", "check"])?.ends_with("the store is in order\n"));
    let told = expect_everything(&writers).await?;
    ensure!(writers.cut.load(Ordering::Relaxed) > 0, "the kills met nobody: {told}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_there_after_a_kill_on_both_stores() -> Result<()> {
    let store = postgres().await;
    let database = store.create_database().await?;
    let url = format!("postgres://{SUPERUSER}:{SUPERUSER_PASSWORD}@{}:{}/{database}", store.host(), store.port());
    let key = &format!("[secrets]\nkey = \"{}\"", "A".repeat(43));
    let mut chance = Chance(SEED);
    for world in [World::start(key).await?, World::start_on(&url, key).await?] {
        let seed = chance.0;
        // Accounts with passwords here are made as well.
        world.restart_with(|config| config.replace("[\"oauth2\"]", "[\"oauth2\", \"internal\"]")).await?;
        Box::pin(kill_while_everybody_writes(&world, &mut chance))
            .await
            .with_context(|| format!("seed {seed:#x}\n{}", world.log()))?;
    }
    Ok(())
}
