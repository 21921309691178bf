//! Howdah's own data in trouble: what the operator and the people read, and what is there afterwards.

use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use futures_util::future::try_join_all;
use howdah_testkit::{Major, Postgres, SUPERUSER, SUPERUSER_PASSWORD};
use reqwest::Method;
use serde_json::{Value, json};

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

#[tokio::test]
async fn a_store_that_is_away_for_a_while_under_load_ends_nothing() -> Result<()> {
    let store = Postgres::start(Major::V18).await?;
    let database = store.create_database().await?;
    let url = format!("postgres://{SUPERUSER}:{SUPERUSER_PASSWORD}@{}:{}/{database}", store.host(), store.port());
    let world = World::start_on(&url, "").await?;
    let (ada, postgres) = (world.sign_in("ada").await?, postgres().await);
    let server = ada.connected_server(&postgres).await?;
    let mut socket = ada.open_session(&server, "postgres").await?;
    socket.run("begin; create temporary table kept as select 42 as answer").await?;

    let (over, refused) = (AtomicBool::new(false), AtomicU32::new(0));
    let (over, refused, ada) = (&over, &refused, &ada);
    // Each of these people types on; what was not taken is sent again, as the page does.
    let people = (0..20).map(|number| async move {
        let (id, mut version) = (format!("tab-{number}"), 0);
        while !over.load(Ordering::Relaxed) {
            let asked = Instant::now();
            let (status, body) = save_tab(ada, &id, version, &format!("select {number}, {}", version + 1)).await?;
            ensure!(asked.elapsed() < Duration::from_secs(20), "waited for {:?}", asked.elapsed());
            match (status, body["code"].as_str()) {
                (200, _) => version += 1,
                (503, Some("store_unavailable")) => {
                    refused.fetch_add(1, Ordering::Relaxed);
                }
                // The answer to what was written was lost with the connection.
                (409, _) => version = body["tab"]["version"].as_i64().unwrap_or(version),
                other => anyhow::bail!("{other:?} {body}"),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(version)
    });
    let outage = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        store.kill().await?;
        ensure!(ada.get("/readyz").await?.status == 503, "a balancer is told");
        ensure!(ada.get("/healthz").await?.status == 200, "nobody restarts a process that is well");
        while refused.load(Ordering::Relaxed) < 40 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        store.start_again().await?;
        let back = Instant::now();
        while ada.get("/readyz").await?.status != 200 {
            ensure!(back.elapsed() < Duration::from_secs(30), "not ready again");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        over.store(true, Ordering::Relaxed);
        Ok(())
    };
    let (versions, outage) = tokio::join!(try_join_all(people), outage);
    outage?;
    let mut expected: Vec<_> =
        versions?.iter().enumerate().map(|(number, version)| format!("select {number}, {version}")).collect();
    let mut kept = texts(ada).await?;
    kept.sort();
    expected.sort();
    assert_eq!(kept, expected, "what was acknowledged is there");
    // The transaction at another server knows nothing of all this.
    assert_eq!(socket.run("select answer from kept").await?.texts(), [["42"]]);
    Ok(())
}
