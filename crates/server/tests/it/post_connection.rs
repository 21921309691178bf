//! SQL that runs on every new connection.

use anyhow::Result;
use howdah_testkit::SUPERUSER_PASSWORD;
use serde_json::{Value, json};

use crate::world::{Signed, World, definition, postgres};

async fn connect(who: &Signed<'_>, server: &str) -> Result<(u16, Value)> {
    let body = json!({ "password": SUPERUSER_PASSWORD });
    let page = who.post(&format!("/api/v1/servers/{server}/connect"), &body).await?;
    Ok((page.status.as_u16(), page.json()?))
}

#[tokio::test]
async fn each_statement_runs_for_itself_on_every_connection() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let postgres = postgres().await;
    let database = postgres.create_database().await?;
    postgres
        .execute(&database, "create table seen (application text default current_setting('application_name'))")
        .await?;
    postgres.execute(&database, "create role post_connection_role; grant all on seen to post_connection_role").await?;
    let mut with_sql = definition(&postgres);
    with_sql["role"] = json!("post_connection_role");
    with_sql["maintenance_db"] = json!(database);
    // VACUUM refuses to stand in a transaction; the semicolon in a text ends nothing.
    with_sql["post_connection_sql"] =
        json!("vacuum seen; -- a note;\nset my.note = 'a;b';\ninsert into seen default values; select 1;");
    let server = ada.add_server(&with_sql).await?;
    let shown = ada.get(&format!("/api/v1/servers/{server}")).await?.json()?;
    assert_eq!(shown["post_connection_sql"], with_sql["post_connection_sql"]);
    let (status, answer) = connect(&ada, &server).await?;
    assert_eq!(status, 200, "{answer}");
    let mut socket = ada.open_session(&server, &database).await?;
    let run = socket.run("select current_setting('my.note'), current_user").await?;
    assert_eq!(run.texts(), [["a;b", "post_connection_role"]]);
    let path = format!("/api/v1/servers/{server}/databases/{database}/export");
    let export = ada.post(&path, &json!({ "sql": "select current_setting('my.note')", "format": "csv" })).await?;
    assert!(export.body.contains("a;b"), "{}", export.body);
    let run = socket.run("select split_part(application, ' (', 1) from seen order by 1").await?;
    assert_eq!(run.texts(), [["Howdah"], ["Howdah download"], ["Howdah explorer"]]);
    // The explorer's connection is what it always is.
    let sql = "select 1 from pg_stat_activity where application_name like 'Howdah explorer (%' and datname = current_database()";
    assert!(!socket.run(sql).await?.rows.is_empty());
    let schemas = ada.get(&format!("/api/v1/servers/{server}/databases/{database}/schemas")).await?;
    assert_eq!(schemas.status, 200, "{}", schemas.body);
    Ok(())
}

#[tokio::test]
async fn what_fails_is_told_in_the_words_of_postgresql() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let mut with_sql = definition(&*postgres().await);
    with_sql["post_connection_sql"] = json!("set work_mem = '8MB'; select nothing_like_it();");
    let server = ada.add_server(&with_sql).await?;
    let (status, problem) = connect(&ada, &server).await?;
    assert_eq!((status, &problem["code"], &problem["sqlstate"]), (422, &json!("statement_failed"), &json!("42883")));
    assert_eq!(problem["step"], "post_connection_sql");
    assert!(problem["detail"].as_str().unwrap_or_default().starts_with("Statement 2 "), "{problem}");
    assert!(problem["database_message"].as_str().unwrap_or_default().contains("nothing_like_it"), "{problem}");
    let greeting = ada.open_session(&server, "postgres").await?.greeting;
    assert_eq!(greeting["problem"]["step"], "post_connection_sql", "{greeting}");
    let trial = json!({ "server": with_sql, "password": SUPERUSER_PASSWORD });
    let report = ada.post("/api/v1/connection-tests", &trial).await?.json()?;
    let steps = report["steps"].as_array().cloned().unwrap_or_default();
    let told: Vec<_> = steps.iter().map(|step| (step["step"].as_str(), step["status"].as_str())).collect();
    assert_eq!(told[6..], [(Some("post_connection_sql"), Some("failed")), (Some("version"), Some("not_run"))]);

    let path = format!("/api/v1/servers/{server}");
    assert_eq!(ada.patch(&path, &json!({ "post_connection_sql": "begin" })).await?.status, 200);
    let (status, problem) = connect(&ada, &server).await?;
    assert_eq!((status, &problem["step"]), (422, &json!("post_connection_sql")), "{problem}");
    for sql in ["\\timing on", "copy seen from stdin", "select '\u{0}'", &"x".repeat((64 << 10) + 1)] {
        let page = ada.patch(&path, &json!({ "post_connection_sql": sql })).await?;
        assert_eq!(
            (page.status.as_u16(), &page.json()?["field"]),
            (422, &json!("post_connection_sql")),
            "{}",
            page.body
        );
    }
    let page = ada.patch(&path, &json!({ "post_connection_sql": "" })).await?;
    assert_eq!(page.json()?.get("post_connection_sql"), None, "{}", page.body);
    assert_eq!(connect(&ada, &server).await?.0, 200);
    Ok(())
}
