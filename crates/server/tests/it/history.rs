//! What people find again: what they ran, and the queries that they keep and share.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Signed, World, postgres};

async fn history(person: &Signed<'_>, query: &str) -> Result<Vec<Value>> {
    let list = person.get(&format!("/api/v1/me/history{query}")).await?.json()?;
    Ok(list["entries"].as_array().context("entries")?.clone())
}

#[tokio::test]
async fn what_somebody_ran_is_found_again_by_nobody_else() -> Result<()> {
    let (world, postgres) = (World::start("").await?, postgres().await);
    let database = postgres.create_database().await?;
    let (ada, zoe) = (world.sign_in("ada").await?, world.sign_in("zoe").await?);
    let server = zoe.connected_server(&postgres).await?;
    let mut socket = zoe.open_session(&server, &database).await?;
    socket.run("create table t (a int); insert into t values (1), (2)").await?;
    socket.run("select a from t").await?;
    socket.run("explain select a from t").await?;
    socket.run("alter role nobody password 's3cret'").await?;
    let options = json!({ "options": { "parameters": { "a": { "type": "number", "value": "4711" } } } });
    socket.start("select a from t where a = :a", &options).await?;
    socket.finish().await?;
    // The browser is gone while something runs; it is in the history all the same.
    socket.start("select pg_sleep(60)", &json!({})).await?;
    socket.wait_for("statement_started").await?;
    socket.vanish();
    drop(zoe.post(&format!("/api/v1/servers/{server}/disconnect"), &json!({})).await?);

    let started = Instant::now();
    let found = loop {
        let found = history(&zoe, "").await?;
        if found.len() == 7 {
            break found;
        }
        ensure!(started.elapsed() < Duration::from_secs(60), "waited in vain: {found:#?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let told: Vec<_> = found
        .iter()
        .map(|entry| (entry["statement"].as_str().unwrap_or_default(), entry["result"].as_str().unwrap_or_default()))
        .collect();
    assert_eq!(
        told,
        [
            ("select pg_sleep(60)", "interrupted"),
            ("select a from t where a = :a", "ok"),
            ("alter role nobody password '***'", "failed"),
            ("explain select a from t", "ok"),
            ("select a from t", "ok"),
            ("insert into t values (1), (2)", "ok"),
            ("create table t (a int)", "ok"),
        ]
    );
    assert_eq!((&found[4]["rows"], &found[5]["rows"], &found[2]["code"]), (&json!(2), &json!(2), &json!("42704")));
    assert_eq!(found[4]["database"], json!(database));
    let plan = zoe.get(&format!("/api/v1/me/history/{}", found[3]["id"].as_str().context("id")?)).await?.json()?;
    assert!(plan["plan"].as_str().context("plan")?.contains("Seq Scan on t"), "{plan}");

    assert_eq!(history(&zoe, "?text=INSERT").await?.len(), 1);
    assert_eq!(found[0]["tab"], "a-tab");
    assert_eq!((history(&zoe, "?tab=a-tab").await?.len(), history(&zoe, "?tab=another").await?.len()), (7, 0));
    assert_eq!(history(&zoe, "?result=failed&limit=5").await?.len(), 1);
    assert!(history(&ada, "").await?.is_empty());
    let path = format!("/api/v1/me/history/{}", found[0]["id"].as_str().context("id")?);
    assert_eq!(ada.get(&path).await?.status, 404);
    assert_eq!(zoe.delete("/api/v1/me/history").await?.status, 204);
    assert!(history(&zoe, "").await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_saved_query_is_shared_by_claims_and_changed_by_its_owner() -> Result<()> {
    let world = World::start("").await?;
    let (ada, zoe) = (world.sign_in("ada").await?, world.sign_in("zoe").await?);
    let draft = json!({ "folder": " Reports / Daily/", "name": "late orders", "sql": "select 1" });
    let made = zoe.post("/api/v1/queries", &draft).await?;
    assert_eq!(made.status, 201);
    let made = made.json()?;
    assert_eq!(
        (&made["folder"], &made["audience"], &made["owned"]),
        (&json!("Reports/Daily"), &json!("private"), &json!(true))
    );
    let path = format!("/api/v1/queries/{}", made["id"].as_str().context("id")?);
    assert_eq!(ada.get(&path).await?.status, 404);

    let put = async |person: &Signed<'_>, body: Value| {
        person.browser.send(Method::PUT, &format!("{}{path}", world.origin), Some(&body)).await
    };
    let change = |audience: Value, version: i64| json!({ "name": "late", "sql": "select 2", "audience": audience, "version": version });
    assert_eq!(put(&zoe, change(json!({ "groups": ["nobody-is-in-it"] }), 1)).await?.status, 200);
    assert_eq!(ada.get(&path).await?.status, 404);
    assert_eq!(put(&zoe, change(json!("everyone"), 2)).await?.status, 200);
    let seen = ada.get(&path).await?.json()?;
    assert_eq!((&seen["sql"], &seen["owned"], &seen["audience"]), (&json!("select 2"), &json!(false), &Value::Null));
    let listed = ada.get("/api/v1/queries").await?.json()?;
    assert_eq!((&listed["queries"][0]["name"], &listed["queries"][0]["sql"]), (&json!("late"), &Value::Null));

    // The later writer is told.
    assert_eq!(put(&zoe, change(json!("private"), 2)).await?.json()?["code"], "conflict");
    assert_eq!(put(&ada, change(json!("everyone"), 3)).await?.status, 403);
    assert_eq!(ada.delete(&path).await?.status, 404);
    let moves =
        async |from: &str, to: &str| zoe.post("/api/v1/query-folders/move", &json!({ "from": from, "to": to })).await;
    assert_eq!(zoe.post("/api/v1/queries", &draft).await?.status, 201);
    assert_eq!(moves("Reports", "Reports/Old").await?.json()?["field"], "to");
    assert_eq!(moves("Reports", " Old ").await?.json()?, json!({ "queries": 1 }));
    let listed = zoe.get("/api/v1/queries").await?.json()?;
    assert_eq!(listed["queries"][1]["folder"], "Old/Daily");
    assert_eq!(zoe.post("/api/v1/queries", &json!({ "name": " ", "sql": "" })).await?.json()?["field"], "name");
    assert_eq!(zoe.delete(&path).await?.status, 204);
    Ok(())
}
