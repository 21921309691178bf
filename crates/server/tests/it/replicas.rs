//! Two processes on one store, behind a load balancer without sticky sessions.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use futures_util::future::try_join_all;
use howdah_testkit::{Major, Postgres, ProviderOptions, SUPERUSER, SUPERUSER_PASSWORD, TokenLifetimes};
use reqwest::Method;
use serde_json::{Value, json};

use crate::balancer::Balancer;
use crate::reattach::{Client, Network, refused};
use crate::socket::Cell;
use crate::world::{Signed, World, postgres};

const OFFLINE: &str = "scope = \"openid email profile offline_access\"";

/// The balancer, and the two replicas behind it.
struct Farm {
    balancer: Balancer,
    one: World,
    other: World,
}

impl Farm {
    /// `named`: the balancer leads by the replica's name.
    async fn start(named: bool, extra: &str, options: ProviderOptions) -> Result<Self> {
        let store = postgres().await;
        let database = store.create_database().await?;
        let url = format!("postgres://{SUPERUSER}:{SUPERUSER_PASSWORD}@{}:{}/{database}", store.host(), store.port());
        let balancer = Balancer::start().await?;
        let one = World::start_behind(&balancer.origin, &url, extra, options).await?;
        let other = one.sibling().await?;
        for (world, name) in [(&one, "one"), (&other, "other")] {
            world.restart_with(|config| config.replace("[server]", &format!("[server]\nreplica = \"{name}\""))).await?;
            balancer.add(&world.address, named.then_some(name))?;
        }
        Ok(Self { balancer, one, other })
    }

    async fn simple(named: bool) -> Result<Self> {
        Self::start(named, "", ProviderOptions::default()).await
    }

    /// The replica with this name.
    fn replica(&self, name: &Value) -> &World {
        if name == "one" { &self.one } else { &self.other }
    }
}

/// A PostgreSQL that lets everybody in: a typed password would be known to one replica alone.
async fn open_house() -> Result<Postgres> {
    Postgres::builder(Major::V18).hba("host all guest 127.0.0.1/32 trust").start().await
}

async fn add_server(who: &Signed<'_>, postgres: &Postgres) -> Result<String> {
    postgres.execute("postgres", "create role guest login").await?;
    who.add_server(&json!({
        "name": "open", "group": "Tests", "host": postgres.host(), "port": postgres.port(), "maintenance_db": "postgres",
        "username": "guest", "credential": { "type": "none" }
    }))
    .await
}

async fn put(who: &Signed<'_>, path: &str, body: &Value) -> Result<Value> {
    let page = who.browser.send(Method::PUT, &format!("{}{path}", who.world.origin), Some(body)).await?;
    ensure!(page.status == 200, "{} {}", page.status, page.body);
    page.json()
}

#[tokio::test]
async fn what_begins_at_one_replica_goes_on_at_the_other() -> Result<()> {
    let farm = Farm::simple(false).await?;
    // Each step of the sign-in goes to the next replica.
    let ada = farm.one.sign_in("ada").await?;
    let served = farm.balancer.served();
    assert!(served.iter().all(|count| *count > 0), "{served:?}");

    let tab = json!({ "version": 0, "title": "Query 1", "sql": "select 'typed'", "cursor": 3 });
    put(&ada, "/api/v1/me/tabs/a", &tab).await?;
    put(&ada, "/api/v1/me/settings/preferences", &json!({ "version": 0, "value": { "theme": "dark" } })).await?;
    let postgres = open_house().await?;
    let server = add_server(&ada, &postgres).await?;
    for _ in 0..4 {
        assert_eq!(ada.get("/api/v1/me").await?.json()?["username"], "ada@example.com");
        assert_eq!(ada.get(&format!("/api/v1/servers/{server}")).await?.status, 200);
        let workspace = ada.get("/api/v1/me/workspace").await?.json()?;
        assert_eq!(workspace["tabs"][0]["sql"], "select 'typed'", "{workspace}");
        assert_eq!(workspace["settings"][0]["value"]["theme"], "dark", "{workspace}");
    }
    // Of two windows at two replicas that change one tab, the later is told.
    let change = |sql: &str| json!({ "version": 1, "title": "Query 1", "sql": sql, "cursor": 0 });
    let path = format!("{}/api/v1/me/tabs/a", farm.balancer.origin);
    let [first, second] = [change("select 'first'"), change("select 'second'")];
    let pages = try_join_all([&first, &second].map(|body| ada.browser.send(Method::PUT, &path, Some(body)))).await?;
    let mut statuses: Vec<_> = pages.iter().map(|page| page.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);

    // Signing out at one is signing out everywhere, and ends what is open at either.
    let mut sockets = vec![ada.open_session(&server, "postgres").await?];
    // The balancer leaves out whoever is not ready in that moment, so two in a row may be at one.
    while sockets.iter().all(|socket| socket.greeting["replica"] == sockets[0].greeting["replica"]) {
        ensure!(sockets.len() < 10, "all are at one replica: {}", sockets[0].greeting);
        sockets.push(ada.open_session(&server, "postgres").await?);
    }
    ada.browser.request(Method::POST, &format!("{}/logout", farm.balancer.origin))?.send().await?;
    for socket in &mut sockets {
        assert_eq!(socket.wait_for("disconnected").await?["problem"]["code"], "not_signed_in");
    }
    for _ in 0..2 {
        assert_eq!(ada.get("/api/v1/me").await?.status, 401);
    }
    Ok(())
}

#[tokio::test]
async fn a_refresh_token_is_redeemed_by_one_replica_at_a_time() -> Result<()> {
    // This provider takes no refresh token twice: whoever tries loses the sign-in.
    let lifetimes = TokenLifetimes { access_token: Duration::from_secs(2), ..TokenLifetimes::default() };
    let options = ProviderOptions { lifetimes, ..ProviderOptions::default() };
    let farm = Farm::start(false, OFFLINE, options).await?;
    let ada = farm.one.sign_in("ada").await?;
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(10) {
        // Both replicas have the page before them all the time.
        let pages = try_join_all((0..8).map(|_| ada.get("/api/v1/me"))).await?;
        for page in pages {
            ensure!(page.status == 200, "{} {} {}", page.body, farm.one.log(), farm.other.log());
            assert_eq!(page.json()?["provider_status"]["state"], "ok", "{}", farm.one.log());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let log = farm.one.provider().log();
    assert!(!log.contains("grant.error"), "{log}");
    let renewals = log.lines().filter(|line| *line == "refreshed: sub-ada").count();
    // Each is good for 2 s, and renewed 0.4 s ahead of its end.
    let most = started.elapsed().as_secs_f64() / 1.5;
    assert!(renewals >= 3 && renewals as f64 <= most, "{renewals} renewals in {:?}", started.elapsed());
    Ok(())
}

#[tokio::test]
async fn a_query_session_is_found_again_behind_either_kind_of_balancer() -> Result<()> {
    for named in [true, false] {
        let (farm, postgres) = (Farm::simple(named).await?, open_house().await?);
        let (ada, network) = (farm.one.sign_in("ada").await?, Network::to(&farm.one).await?);
        let server = add_server(&ada, &postgres).await?;
        let mut client = Client::open(&ada, &network, &server).await?;
        let holder = client.connected["replica"].clone();
        client.run("begin; create temporary table kept as select 42 as answer").await?;
        for _ in 0..3 {
            network.cut();
            let mut refusals = 0;
            while client.come_back(Some(client.frames)).await.is_err() {
                refusals += 1;
                ensure!(!named && refusals < 10, "refused {refusals} times, named: {named}");
            }
            assert_eq!(client.run("select answer from kept").await?, [[Cell::Text("42".to_owned())]]);
        }
        let elsewhere = if holder == "one" { &farm.other } else { &farm.one };
        let there = Signed { world: elsewhere, browser: ada.browser.clone() };
        let page = there.browser.open(&format!("{}{}", elsewhere.address, client.way_back(Some(1)))).await?;
        assert_eq!((page.status.as_u16(), &page.json()?["code"]), (421, &json!("wrong_replica")), "{}", page.body);
        assert!(page.body.contains(holder.as_str().context("a name")?), "{}", page.body);

        if named {
            continue;
        }
        // It dies with its process, and the page is not sent round for ever.
        farm.replica(&holder).kill()?;
        let started = Instant::now();
        while refused(&ada, &network, &client.way_back(Some(client.frames))).await? == 421 {
            ensure!(started.elapsed() < Duration::from_secs(90), "nobody notices that the replica is dead");
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        assert_eq!(client.why().await?, (404, "session_gone".to_owned()));
    }
    Ok(())
}

#[tokio::test]
async fn a_rolling_restart_keeps_text_and_sign_in_of_a_person_at_work() -> Result<()> {
    let farm = Farm::simple(false).await?;
    let ada = farm.one.sign_in("ada").await?;
    let postgres = open_house().await?;
    let server = add_server(&ada, &postgres).await?;
    let mut version = 0;
    for round in 0..2 {
        let mut idle = ada.open_session(&server, "postgres").await?;
        let mut busy = loop {
            let socket = ada.open_session(&server, "postgres").await?;
            if socket.greeting["replica"] == idle.greeting["replica"] {
                break socket;
            }
        };
        let leaving = farm.replica(&idle.greeting["replica"]);
        busy.start("select 'done' from pg_sleep(3)", &json!({})).await?;
        busy.wait_for("statement_started").await?;

        let (stopped, worked) = tokio::join!(leaving.terminate(), async {
            let told = idle.wait_for("disconnected").await?;
            ensure!(told["problem"]["code"] == "shutting_down", "{told}");
            // The statement that runs may finish.
            ensure!(busy.finish().await?.texts() == [["done"]], "the statement was cut off");
            // The page goes on at the other: signed in, with its text, and a database session at once.
            for step in 0..20 {
                let sql = format!("select {round}, {step}");
                let body = json!({ "version": version, "title": "Query 1", "sql": sql, "cursor": 0 });
                version = put(&ada, "/api/v1/me/tabs/a", &body).await?["version"].as_i64().context("no version")?;
                let workspace = ada.get("/api/v1/me/workspace").await?.json()?;
                ensure!(workspace["tabs"][0]["sql"] == sql, "{workspace}");
                ensure!(ada.get("/api/v1/me").await?.status == 200, "signed out");
            }
            let mut next = ada.open_session(&server, "postgres").await?;
            ensure!(next.run("select 'again'").await?.texts() == [["again"]], "no session");
            Ok(())
        });
        worked?;
        ensure!(stopped?.success(), "{}", leaving.log());
        leaving.start_again().await?;
    }
    Ok(())
}
