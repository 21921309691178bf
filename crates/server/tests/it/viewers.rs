//! People who look at databases and change nothing through Howdah.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::internal::user;
use crate::socket::{Cell, Socket};
use crate::world::{World, definition, postgres};

async fn fails(socket: &mut Socket, sql: &str) -> Result<String> {
    let run = socket.run(sql).await?;
    let failed = run.of("statement_failed");
    let error = failed.last().with_context(|| format!("{sql} did not fail: {:?}", run.messages))?;
    Ok(error["error"]["code"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_person_who_becomes_a_viewer_reads_on_and_writes_nothing() -> Result<()> {
    let (world, postgres) = (World::start("").await?, postgres().await);
    let database = postgres.create_database().await?;
    let (ada, zoe) = (world.sign_in("ada").await?, world.sign_in("zoe").await?);
    let server = zoe.connected_server(&postgres).await?;
    let mut before = zoe.open_session(&server, &database).await?;
    assert_eq!(before.greeting["read_only"], false);
    before.run("create table t (a int); insert into t values (1)").await?;

    let found = ada.get("/api/v1/admin/people?search=zoe").await?.json()?;
    let path = format!("/api/v1/admin/people/{}", found["people"][0]["id"].as_str().context("id")?);
    assert_eq!(ada.patch(&path, &json!({ "role": "viewer" })).await?.json()?["role"], "viewer");
    assert_eq!(before.wait_for("disconnected").await?["problem"]["code"], "disconnected");
    assert_eq!(zoe.get("/api/v1/me").await?.json()?["role"], "viewer");

    let mut socket = zoe.open_session(&server, &database).await?;
    assert_eq!(socket.greeting["read_only"], true);
    for sql in [
        "insert into t values (2)",
        "begin read write; insert into t values (2)",
        "rollback; set default_transaction_read_only = off; insert into t values (2)",
        "do $$ begin perform set_config('default_transaction_read_only', 'off', false); commit; insert into t values (2); end $$",
        "reset all; create table u ()",
        "explain analyze delete from t",
    ] {
        let code = fails(&mut socket, sql).await?;
        assert!(["25006", "2D000"].contains(&code.as_str()), "{sql}: {code}");
        socket.run("rollback").await?;
    }
    let run = socket.run("select a from t; show transaction_read_only").await?;
    assert_eq!(run.rows, [[Cell::Text("1".to_owned())], [Cell::Text("on".to_owned())]]);
    assert_eq!(run.one("run_finished")["transaction"], "idle");
    assert_eq!(socket.run("begin").await?.one("run_finished")["transaction"], "in_transaction");

    let export = format!("/api/v1/servers/{server}/databases/{database}/export");
    let page = zoe.post(&export, &json!({ "sql": "select a from t", "format": "csv" })).await?;
    assert_eq!((page.status.as_u16(), page.body.as_str()), (200, "a\n1\n"));
    let writing = json!({ "sql": "with w as (insert into t values (2) returning a) select * from w", "format": "csv" });
    assert_eq!(zoe.post(&export, &writing).await?.json()?["sqlstate"], "25006");

    let changes = format!("/api/v1/servers/{server}/databases/{database}/relations/1/changes");
    assert_eq!(zoe.post(&changes, &json!({ "changes": [] })).await?.status, 403);
    let refused = zoe.post("/api/v1/servers", &definition(&postgres)).await?;
    assert_eq!((refused.status.as_u16(), &refused.json()?["code"]), (403, &json!("forbidden")));
    assert_eq!(zoe.patch(&format!("/api/v1/servers/{server}"), &json!({ "name": "x" })).await?.status, 403);
    assert_eq!(zoe.delete(&format!("/api/v1/servers/{server}")).await?.status, 403);

    assert_eq!(ada.patch(&path, &json!({ "role": "user" })).await?.status, 200);
    let mut after = zoe.open_session(&server, &database).await?;
    assert_eq!(after.run("insert into t values (2)").await?.of("statement_failed"), Vec::<&Value>::new());

    // From the command line it takes a few seconds.
    let name = zoe.get("/api/v1/me").await?.json()?["username"].as_str().context("name")?.to_owned();
    assert!(user(&world, &["set-role", &name, "viewer"], "")?.status.success());
    assert_eq!(after.wait_for("disconnected").await?["problem"]["code"], "disconnected");
    Ok(())
}
