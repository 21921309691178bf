//! The audit trail, on both kinds of store.

use std::time::Duration;

use anyhow::{Context, Result};
use howdah_testkit::{Browser, Postgres, SUPERUSER, SUPERUSER_PASSWORD};
use serde_json::{Value, json};

use crate::internal::{INTERNAL, sign_in, user};
use crate::world::{Signed, World, postgres, until};

/// A Howdah whose store is in a database of `server`.
pub(crate) async fn on_postgres(server: &Postgres, extra: &str) -> Result<World> {
    let database = server.create_database().await?;
    let url = format!(
        "postgres://{SUPERUSER}:{SUPERUSER_PASSWORD}@{}:{}/{database}?sslmode=disable",
        server.host(),
        server.port()
    );
    World::start_alone_at(&url, &format!("[auth]\nsources = [\"internal\"]\n{extra}")).await
}

/// A local account's browser.
pub(crate) async fn signed_in<'a>(world: &'a World, name: &str, role: &str) -> Result<Signed<'a>> {
    let added = user(world, &["add", name, "--role", role], "correct horse\n")?;
    anyhow::ensure!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    let browser = Browser::new()?;
    anyhow::ensure!(sign_in(world, &browser, name, "correct horse").await?.status == 303, "not signed in");
    Ok(Signed { world, browser })
}

/// The events that a search finds once `enough` of them are written.
pub(crate) async fn events(administrator: &Signed<'_>, search: &str, enough: usize) -> Result<Vec<Value>> {
    let started = std::time::Instant::now();
    loop {
        let page = administrator.get(&format!("/api/v1/admin/audit?{search}")).await?;
        anyhow::ensure!(page.status == 200, "{} {}", page.status, page.body);
        let events = page.json()?["events"].as_array().cloned().context("no events")?;
        if events.len() >= enough {
            return Ok(events);
        }
        anyhow::ensure!(
            started.elapsed() < Duration::from_secs(90),
            "waited in vain for {search}: {events:?}\n{}",
            administrator.world.log()
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn what_people_do_is_found_by_administrators_on_both_stores() -> Result<()> {
    let target = postgres().await;
    let worlds = [
        World::start_alone("[auth]\nsources = [\"internal\"]\n[audit]\nfile = \"audit.jsonl\"\n").await?,
        on_postgres(&target, "[audit]\nfile = \"audit.jsonl\"\n").await?,
    ];
    for world in &worlds {
        everything_is_written_down(world, &target).await?;
    }
    Ok(())
}

async fn everything_is_written_down(world: &World, target: &Postgres) -> Result<()> {
    let root = signed_in(world, "root", "administrator").await?;
    let linus = signed_in(world, "Linus", "user").await?;
    assert_eq!(sign_in(world, &Browser::new()?, "linus", "wrong-s3cret").await?.status, 401);
    assert_eq!(linus.get("/api/v1/admin/audit").await?.status, 403);
    assert_eq!(linus.get("/api/v1/admin/audit/download").await?.status, 403);

    let server = linus.connected_server(target).await?;
    let mut socket = linus.open_session(&server, "postgres").await?;
    socket.run("select generate_series(1, 3)").await?;
    socket.run("create role audited_s3 password 'typed-s3cret'; drop role audited_s3").await?;
    socket.run("select 1/0").await?;
    socket.start("select pg_sleep(300)", &json!({})).await?;
    socket.wait_for("statement_started").await?;
    drop(socket);
    let export = json!({ "sql": "select 42 as answer", "format": "csv" });
    assert_eq!(linus.post(&format!("/api/v1/servers/{server}/databases/postgres/export"), &export).await?.status, 200);
    assert_eq!(linus.patch(&format!("/api/v1/servers/{server}"), &json!({ "name": "renamed" })).await?.status, 200);
    assert_eq!(linus.delete(&format!("/api/v1/servers/{server}")).await?.status, 204);
    assert!(user(world, &["disable", "linus"], "")?.status.success());

    let kinds = |events: &[Value]| -> Vec<(String, String)> {
        let text = |event: &Value, name: &str| event[name].as_str().unwrap_or_default().to_owned();
        events.iter().map(|event| (text(event, "kind"), text(event, "result"))).collect()
    };
    let statements = events(&root, "person=LINUS&kind=statement", 5).await?;
    let results: Vec<_> = statements.iter().rev().map(|event| event["result"].as_str().unwrap_or_default()).collect();
    assert_eq!(results, ["ok", "ok", "ok", "failed", "interrupted"], "{statements:#?}");
    let [_, failed, _, created, series] = &statements[..] else { panic!("{statements:#?}") };
    assert_eq!(
        (&series["rows"], &series["server"], &series["database"]),
        (&json!(3), &json!("test"), &json!("postgres"))
    );
    assert_eq!(series["role"], SUPERUSER);
    assert!(series["duration_ms"].is_number() && series["request_id"].is_string() && series["session_id"].is_string());
    assert_eq!(series["client_address"], "127.0.0.1");
    assert_eq!(created["statement"], "create role audited_s3 password '***'");
    assert_eq!(failed["code"], "22012");

    let connects = events(&root, &format!("server={server}&kind=connect"), 3).await?;
    assert!(connects.iter().any(|event| event["details"]["purpose"] == "query"
        && event["details"]["identity"] == SUPERUSER
        && event["details"]["source"] == "password"
        && event["details"]["fingerprint"].is_string()));
    let exports = events(&root, "kind=export&text=as%20ANSWER", 1).await?;
    assert_eq!((&exports[0]["result"], &exports[0]["rows"]), (&json!("ok"), &json!(1)));
    assert_eq!(exports[0]["details"]["bytes"], 10);
    let changes = events(&root, "kind=server_created,server_changed,server_removed", 3).await?;
    assert_eq!(changes[1]["details"]["fields"]["name"], json!({ "from": "test", "to": "renamed" }));

    let sign_ins = events(&root, "person=linus&kind=sign_in", 2).await?;
    assert_eq!(kinds(&sign_ins), [("sign_in", "failed"), ("sign_in", "ok")].map(|(a, b)| (a.to_owned(), b.to_owned())));
    assert_eq!(sign_ins[0]["code"], "bad_credentials");
    let disabled = events(&root, "kind=account_disabled", 1).await?;
    assert_eq!((&disabled[0]["result"], &disabled[0]["details"]["about"]), (&json!("ok"), &json!("linus")));
    assert_eq!(events(&root, "kind=account_created", 2).await?[0]["details"]["value"], "user");
    assert!(events(&root, "result=failed&person=nobody", 0).await?.is_empty());
    assert_eq!(root.get("/api/v1/admin/audit?from=yesterday").await?.status, 422);

    every_event_stands_in_the_file_and_no_secret(world, &root).await
}

async fn every_event_stands_in_the_file_and_no_secret(world: &World, root: &Signed<'_>) -> Result<()> {
    let all = root.get("/api/v1/admin/audit/download").await?.body;
    let found: Vec<Value> = all.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let (mut paged, mut cursor) = (0, String::new());
    loop {
        let page = root.get(&format!("/api/v1/admin/audit?limit=3{cursor}")).await?;
        let page = page.json()?;
        paged += page["events"].as_array().map_or(0, Vec::len);
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert!(paged >= found.len() && found.len() > 15, "{paged} {}", found.len());

    let path = world.folder.path().join("audit.jsonl");
    let in_file = async |marker: String| {
        until("the file has it", || {
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            Ok(text.contains(&marker).then_some(text))
        })
        .await
    };
    for event in found.iter().filter(|event| !event["details"]["about"].is_string()) {
        in_file(event["id"].as_str().unwrap_or_default().to_owned()).await?;
    }
    let lines = in_file("audit_downloaded".to_owned()).await?;
    for (what, text) in [("the trail", &all), ("the file", &lines), ("the log", &world.log())] {
        let line = text.lines().find(|line| line.contains("s3cret") || line.contains(SUPERUSER_PASSWORD));
        assert!(line.is_none(), "a secret is in {what}: {line:?}");
    }
    Ok(())
}

#[tokio::test]
async fn statements_are_kept_as_the_operator_wants_them() -> Result<()> {
    let target = postgres().await;
    for (setting, has_hash) in [("hash", true), ("off", false)] {
        let world =
            World::start_alone(&format!("[auth]\nsources = [\"internal\"]\n[audit]\nstatements = \"{setting}\"\n"))
                .await?;
        let root = signed_in(&world, "root", "administrator").await?;
        let server = root.connected_server(&target).await?;
        let mut socket = root.open_session(&server, "postgres").await?;
        socket.run("select 'kept-s3cret'").await?;
        let ran = events(&root, "kind=statement", 1).await?;
        assert_eq!((&ran[0]["rows"], ran[0].get("statement")), (&json!(1), None), "{setting}");
        assert_eq!(ran[0]["details"]["sha256"].is_string(), has_hash, "{setting}");
        assert!(!root.get("/api/v1/admin/audit/download").await?.body.contains("kept-s3cret"));
    }
    Ok(())
}

#[tokio::test]
async fn a_sign_in_is_attributed_to_whom_the_provider_vouched_for() -> Result<()> {
    let world = World::start_with(INTERNAL, "").await?;
    let ada = world.sign_in("ada").await?;
    let refused = world.try_sign_in(&Browser::new()?, "alan").await?;
    assert_eq!(refused.header("x-howdah-error"), Some("claims_not_authorized"));
    let sign_ins = events(&ada, "kind=sign_in", 2).await?;
    assert_eq!(
        (&sign_ins[0]["code"], &sign_ins[0]["details"]["through"]),
        (&json!("claims_not_authorized"), &json!("corp"))
    );
    assert_eq!((&sign_ins[1]["issuer"], &sign_ins[1]["result"]), (&json!(world.issuer()), &json!("ok")));
    assert!(sign_ins[1]["subject"].is_string());
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_written_yet_is_kept_and_said_loudly() -> Result<()> {
    let world = World::start_alone("[auth]\nsources = [\"internal\"]\n[audit]\nfile = \"audit/audit.jsonl\"\n").await;
    assert!(world.is_err(), "a folder that is not there is a mistake in the config");
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("trail").join("audit.jsonl");
    std::fs::create_dir(folder.path().join("trail"))?;
    let world =
        World::start_alone(&format!("[auth]\nsources = [\"internal\"]\n[audit]\nfile = \"{}\"\n", file.display()))
            .await?;
    let root = signed_in(&world, "root", "administrator").await?;
    until("the file is there", || Ok(file.exists().then_some(()))).await?;
    std::fs::rename(folder.path().join("trail"), folder.path().join("away"))?;
    assert_eq!(sign_in(&world, &Browser::new()?, "root", "wrong").await?.status, 401);
    let ready = async || -> Result<u16> { Ok(root.get("/readyz").await?.status.as_u16()) };
    let started = std::time::Instant::now();
    while ready().await? != 503 {
        anyhow::ensure!(started.elapsed() < Duration::from_secs(30), "readyz does not tell");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // Its words may still be on their way.
    until("the log tells", || Ok(world.log().contains("the audit trail cannot be written").then_some(()))).await?;
    std::fs::rename(folder.path().join("away"), folder.path().join("trail"))?;
    while ready().await? != 200 {
        anyhow::ensure!(started.elapsed() < Duration::from_secs(60), "it is not written again");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let text = std::fs::read_to_string(&file)?;
    assert_eq!(text.matches("bad_credentials").count(), 1, "{text}");
    Ok(())
}

#[tokio::test]
async fn a_read_only_server_is_written_once_it_is_said_and_written_down_why() -> Result<()> {
    let world = World::start_alone("[auth]\nsources = [\"internal\"]\n").await?;
    let root = signed_in(&world, "root", "administrator").await?;
    let ada = signed_in(&world, "ada", "user").await?;
    let postgres = postgres().await;
    let database = postgres.create_database().await?;
    let mut definition = crate::world::definition(&postgres);
    definition["read_only"] = json!(true);
    let server = ada.add_server(&definition).await?;
    let connect = json!({ "password": SUPERUSER_PASSWORD });
    assert_eq!(ada.post(&format!("/api/v1/servers/{server}/connect"), &connect).await?.status, 200);
    let mut socket = ada.open_session(&server, &database).await?;
    assert_eq!(socket.greeting["writes"], "locked");
    // No SQL opens the lock.
    let set = "do $$ begin perform set_config('default_transaction_read_only', 'off', false);";
    for (sql, code) in [
        ("set default_transaction_read_only = off; create table t (a int)", "25006"),
        ("begin read write; create table t (a int)", "25006"),
        (&*format!("{set} create table t (a int); end $$"), "25006"),
        (&*format!("{set} commit; create table t (a int); end $$"), "2D000"),
    ] {
        assert_eq!(socket.run(sql).await?.one("statement_failed")["error"]["code"], code, "{sql}");
        socket.run("rollback").await?;
    }
    let ask = json!({ "options": { "ask": { "locked": true } } });
    for ask in [&json!({ "options": { "ask": { "writes": true } } }), &ask] {
        socket.start("create table t (a int)", ask).await?;
        assert_eq!(socket.wait_for("confirmation_needed").await?["locked"], true);
    }

    socket.send(&json!({ "type": "unlock", "reason": " " })).await?;
    assert_eq!(socket.wait_for("rejected").await?["problem"]["field"], "reason");
    socket.run("begin").await?;
    socket.send(&json!({ "type": "unlock", "reason": "OPS-1" })).await?;
    socket.wait_for("rejected").await?;
    socket.run("rollback").await?;
    socket.send(&json!({ "type": "unlock", "reason": "OPS-1" })).await?;
    assert_eq!(socket.wait_for("writes").await?["writes"], "allowed");
    socket.start("create table t (a int)", &ask).await?;
    socket.wait_for("statement_finished").await?;
    socket.send(&json!({ "type": "lock" })).await?;
    assert_eq!(socket.wait_for("writes").await?["writes"], "locked");
    assert_eq!(socket.run("drop table t").await?.one("statement_failed")["error"]["code"], "25006");
    let unlocked = events(&root, "kind=writes_unlocked", 1).await?;
    assert_eq!((unlocked.len(), &unlocked[0]["details"]["reason"]), (1, &json!("OPS-1")), "{unlocked:#?}");
    Ok(())
}
