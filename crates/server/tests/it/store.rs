//! Howdah's own data in trouble: what the operator and the people read, and what is there afterwards.

use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use futures_util::future::try_join_all;
use howdah_testkit::{Browser, Major, Postgres, SUPERUSER, SUPERUSER_PASSWORD, client_programs};
use reqwest::Method;
use serde_json::{Value, json};

use crate::wire::Wire;
use crate::world::{Signed, World, postgres};

async fn save_tab(who: &Signed<'_>, id: &str, version: i64, sql: &str) -> Result<(u16, Value)> {
    let url = format!("{}/api/v1/me/tabs/{id}", who.world.origin);
    let tab = json!({ "version": version, "title": id, "sql": sql, "cursor": 0 });
    let page = who.browser.send(Method::PUT, &url, Some(&tab)).await?;
    Ok((page.status.as_u16(), page.json()?))
}

/// The texts of the tabs that are kept.
async fn texts(who: &Signed<'_>) -> Result<Vec<String>> {
    let page = who.get("/api/v1/me/workspace").await?;
    ensure!(page.status == 200, "{} {}", page.status, page.body);
    let tabs = page.json()?["tabs"].as_array().cloned().unwrap_or_default();
    Ok(tabs.iter().filter_map(|tab| tab["sql"].as_str().map(str::to_owned)).collect())
}

#[tokio::test]
async fn a_backup_is_taken_beside_the_server_checked_and_restored() -> Result<()> {
    let world = World::start("").await?;
    let ada = world.sign_in("ada").await?;
    save_tab(&ada, "kept", 0, "select 'before'").await?;
    let checked = world.command(&["store", "check"])?;
    ensure!(checked.contains("         1 tabs\n") && checked.ends_with("the store is in order\n"), "{checked}");
    world.command(&["store", "backup", "backup.db"])?;
    let again = world.command(&["store", "backup", "backup.db"]).unwrap_err().to_string();
    ensure!(again.contains("cannot open `backup.db`"), "{again}");

    save_tab(&ada, "kept", 1, "select 'after'").await?;
    world.terminate().await?;
    let place = |name: &str| world.folder.path().join(name);
    for rest in ["howdah.db-wal", "howdah.db-shm"] {
        if place(rest).exists() {
            std::fs::remove_file(place(rest))?;
        }
    }
    std::fs::copy(place("backup.db"), place("howdah.db"))?;
    world.start_again().await?;
    assert_eq!(texts(&ada).await?, ["select 'before'"], "and still signed in");

    // A copy that went bad on its way: the check says so, and a start with a schema that cannot be read does too.
    world.kill()?;
    let copy = std::fs::OpenOptions::new().write(true).open(place("backup.db"))?;
    copy.write_all_at(&[0xff; 2000], 100)?;
    let damaged = |config: &str| config.replace("/howdah.db\"", "/backup.db\"");
    let told = world.try_restart_with(damaged).await?;
    ensure!(told.contains("backup.db` is not an intact SQLite database"), "{told}");
    let told = world.command(&["store", "check"]).unwrap_err().to_string();
    ensure!(told.contains("the store is not in order") && told.contains("not an intact SQLite database"), "{told}");
    world.restart_with(|config| config.replace("/backup.db\"", "/howdah.db\"")).await?;
    assert_eq!(texts(&ada).await?, ["select 'before'"]);
    Ok(())
}

#[tokio::test]
async fn a_store_of_a_newer_version_is_refused_in_words() -> Result<()> {
    let store = postgres().await;
    let database = store.create_database().await?;
    let url = format!("postgres://{SUPERUSER}:{SUPERUSER_PASSWORD}@{}:{}/{database}", store.host(), store.port());
    let world = World::start_on(&url, "").await?;
    ensure!(world.command(&["store", "check"])?.starts_with("PostgreSQL\nschema version "));
    store.execute(&database, "insert into schema_migrations values (9999, 'future', 0)").await?;
    let words = "the store has schema version 9999 and this version of Howdah knows only";
    let told = world.try_restart_with(str::to_owned).await?;
    ensure!(told.contains(words), "{told}");
    let told = world.command(&["store", "check"]).unwrap_err().to_string();
    ensure!(told.contains(words), "{told}");
    Ok(())
}

/// How a store goes away, and comes back.
enum Outage<'a> {
    /// Its process dies; whoever calls is refused at once.
    Killed(&'a Postgres),
    /// Nothing answers any more, as when a machine or a network is gone.
    Silent(&'a Wire),
}

impl Outage<'_> {
    async fn begin(&self) -> Result<()> {
        match self {
            Self::Killed(store) => store.kill().await,
            Self::Silent(wire) => {
                wire.fall_silent();
                Ok(())
            }
        }
    }

    async fn end(&self) -> Result<()> {
        match self {
            Self::Killed(store) => store.start_again().await,
            Self::Silent(wire) => {
                wire.speak_again();
                Ok(())
            }
        }
    }
}

/// Requests that must have been refused before the store comes back.
const REFUSED: u32 = 40;
/// Whoever asks is answered within so long, whatever the store does.
const ANSWERED: Duration = Duration::from_secs(20);
/// The store works again so long after it is back.
const BACK: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_dies_for_a_while_under_load_ends_nothing() -> Result<()> {
    let store = Postgres::start(Major::V18).await?;
    let world = on(&store, store.port()).await?;
    let away = Box::pin(go_away_under_load(&world, &store, Outage::Killed(&store)));
    away.await.with_context(|| world.log())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_falls_silent_for_a_while_under_load_ends_nothing() -> Result<()> {
    let store = Postgres::start(Major::V18).await?;
    let wire = Wire::to(&store).await?;
    let world = on(&store, wire.port).await?;
    let away = Box::pin(go_away_under_load(&world, &store, Outage::Silent(&wire)));
    away.await.with_context(|| world.log())?;
    // A pool's worth in each of the few seconds that a connection is waited for, not one for each request.
    ensure!(wire.dialled() < 400, "dialled {} times", wire.dialled());
    Ok(())
}

async fn on(store: &Postgres, port: u16) -> Result<World> {
    let database = store.create_database().await?;
    World::start_on(&format!("postgres://{SUPERUSER}:{SUPERUSER_PASSWORD}@{}:{port}/{database}", store.host()), "")
        .await
}

async fn go_away_under_load(world: &World, store: &Postgres, outage: Outage<'_>) -> Result<()> {
    let (ada, postgres) = (world.sign_in("ada").await?, postgres().await);
    let server = ada.connected_server(&postgres).await?;
    let mut socket = ada.open_session(&server, "postgres").await?;
    socket.run("begin; create temporary table kept as select 42 as answer").await?;

    let (over, refused) = (AtomicBool::new(false), AtomicU32::new(0));
    let (over, refused, ada) = (&over, &refused, &ada);
    let people = (0..20).map(|number| type_on(ada, number, over, refused));
    let before = world.memory_mib()?;
    let outage = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        outage.begin().await?;
        ensure!(ada.get("/healthz").await?.status == 200, "nobody restarts a process that is well");
        ensure!(ada.get("/readyz").await?.status == 503, "a balancer is told");
        let door = Browser::new()?.open(&format!("{}/oauth2/login/corp", world.origin)).await?;
        ensure!(door.status == 503 && door.header("x-howdah-error") == Some("store_unavailable"), "{}", door.body);
        ensure!(door.body.contains("Howdah cannot reach its own store"), "{}", door.body);
        let stays = ada.browser.send(Method::POST, &format!("{}/logout", world.origin), None).await?;
        ensure!(
            stays.status == 503 && stays.body.contains("You are not signed out"),
            "{} {}",
            stays.status,
            stays.body
        );
        // The page begins all the same, and says what is wrong.
        ensure!(ada.get("/").await?.status == 200, "the page does not begin");
        // What is open at other servers goes on, and is written down when there is somewhere to write again.
        for number in 0..40 {
            ensure!(socket.run(&format!("select {number} as meanwhile")).await?.texts() == [[number.to_string()]]);
        }
        while refused.load(Ordering::Relaxed) < REFUSED {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let grown = world.memory_mib()?.saturating_sub(before);
        ensure!(grown < 32, "{grown} MiB more than before");
        outage.end().await?;
        let back = Instant::now();
        while ada.get("/readyz").await?.status != 200 {
            ensure!(back.elapsed() < BACK, "not ready again");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        // Everybody gets on, not only who asks first.
        let (count, mut quiet) = (refused.load(Ordering::Relaxed), refused.load(Ordering::Relaxed));
        let mut since = Instant::now();
        while since.elapsed() < Duration::from_secs(3) {
            ensure!(back.elapsed() < BACK, "{} were refused after the store was back", quiet - count);
            tokio::time::sleep(Duration::from_millis(100)).await;
            let now = refused.load(Ordering::Relaxed);
            if now != quiet {
                (quiet, since) = (now, Instant::now());
            }
        }
        over.store(true, Ordering::Relaxed);
        Ok(())
    };
    let (versions, outage) = tokio::join!(try_join_all(people), outage);
    outage?;
    let (versions, kept) = (versions?, texts(ada).await?);
    assert_eq!(kept.len(), versions.len(), "{kept:?}");
    for (number, version) in versions.iter().enumerate() {
        // The answer to what was written last may have been lost.
        let is_kept = |version: i64| kept.contains(&format!("select {number}, {version}"));
        ensure!(is_kept(*version) || is_kept(version + 1), "version {version} of {number} is not in {kept:?}");
    }
    // The transaction at another server knows nothing of all this.
    assert_eq!(socket.run("select answer from kept").await?.texts(), [["42"]]);
    for (path, list) in [("/api/v1/me/history", "entries"), ("/api/v1/admin/audit", "events")] {
        let path = format!("{path}?text=as%20meanwhile&limit=100");
        let started = Instant::now();
        while ada.get(&path).await?.json()?[list].as_array().map(Vec::len) != Some(40) {
            ensure!(
                started.elapsed() < BACK,
                "{path} does not tell what ran meanwhile: {}",
                ada.get(&path).await?.body
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    let connections = "select 1 from pg_stat_activity where datname like 'test_%' and backend_type = 'client backend'";
    let open = store.query("postgres", connections).await?.len();
    ensure!(open <= 40, "{open} connections to the store are open");
    Ok(())
}

/// A person who types on; what was not taken is sent again, as the page does. Gives the last version that was taken.
async fn type_on(ada: &Signed<'_>, number: usize, over: &AtomicBool, refused: &AtomicU32) -> Result<i64> {
    let (id, mut version) = (format!("tab-{number}"), 0);
    let url = format!("{}/api/v1/me/tabs/{id}", ada.world.origin);
    while !over.load(Ordering::Relaxed) {
        let asked = Instant::now();
        let tab =
            json!({ "version": version, "title": id, "sql": format!("select {number}, {}", version + 1), "cursor": 0 });
        let page = ada.browser.send(Method::PUT, &url, Some(&tab)).await?;
        ensure!(asked.elapsed() < ANSWERED, "waited for {:?}", asked.elapsed());
        let body = page.json()?;
        match (page.status.as_u16(), body["code"].as_str()) {
            (200, _) => version += 1,
            (503, Some("store_unavailable")) => {
                ensure!(page.header("retry-after") == Some("5"), "{:?}", page.headers);
                ensure!(page.header("content-type") == Some("application/problem+json"), "{:?}", page.headers);
                ensure!(
                    body["detail"].as_str().is_some_and(|detail| detail.contains("nothing that was kept is lost")),
                    "{body}"
                );
                refused.fetch_add(1, Ordering::Relaxed);
            }
            // The answer to what was written was lost with the connection.
            (409, _) => version = body["tab"]["version"].as_i64().unwrap_or(version),
            other => anyhow::bail!("{other:?} {body}"),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(version)
}

#[tokio::test]
async fn a_store_on_postgresql_is_dumped_beside_the_server_and_restored() -> Result<()> {
    // Where there is no pg_dump there is nothing to try.
    let Some(programs) = client_programs(Major::V15)? else { return Ok(()) };
    let store = Postgres::start(Major::V15).await?;
    let (world, restored) = (on(&store, store.port()).await?, store.create_database().await?);
    let ada = world.sign_in("ada").await?;
    save_tab(&ada, "kept", 0, "select 'before'").await?;
    let run = |program: &Path, arguments: &[&str]| {
        let output = std::process::Command::new(program)
            .args(arguments)
            .env("PGPASSWORD", SUPERUSER_PASSWORD)
            .current_dir(world.folder.path())
            .output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(())
    };
    let address = |database: &str| format!("postgres://{SUPERUSER}@{}:{}/{database}", store.host(), store.port());
    let config = world.config();
    let (_, database) = config.split_once("/test_").context("no database")?;
    let database = format!("test_{}", database.split_once('"').context("no end")?.0);
    run(&programs.join("pg_dump"), &["--format=custom", "--file=howdah.dump", &address(&database)])?;
    save_tab(&ada, "kept", 1, "select 'after'").await?;
    run(&programs.join("pg_restore"), &["--dbname", &address(&restored), "howdah.dump"])?;

    world.restart_with(|config| config.replace(&format!("/{database}\""), &format!("/{restored}\""))).await?;
    let checked = world.command(&["store", "check"])?;
    ensure!(checked.contains("         1 tabs\n") && checked.ends_with("the store is in order\n"), "{checked}");
    assert_eq!(texts(&ada).await?, ["select 'before'"], "and still signed in");
    assert_eq!(save_tab(&ada, "kept", 1, "select 'later'").await?.0, 200);
    Ok(())
}
