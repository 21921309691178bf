//! What a session tells of its open transaction, and of the limit of time that ended a statement.

use anyhow::{Context, Result};
use howdah_testkit::{Major, Postgres};
use serde_json::{Value, json};

use crate::socket::{Run, Socket};
use crate::world::{World, all_majors, postgres};

async fn session_on(postgres: &Postgres) -> Result<(Socket, String)> {
    let database = postgres.create_database().await?;
    let person = World::shared().await.sign_in("zoe").await?;
    let server = person.connected_server(postgres).await?;
    Ok((person.open_session(&server, &database).await?, database))
}

async fn run(socket: &mut Socket, sql: &str, options: &Value) -> Result<Run> {
    socket.start(sql, &json!({ "options": options })).await?;
    socket.finish().await
}

/// What was told of the transaction, such as `read only, serializable`.
fn told(run: &Run) -> Vec<String> {
    let words = |message: &&Value| {
        let access = message["read_only"].as_bool().map_or("?", |only| if only { "read only" } else { "read write" });
        format!("{access}, {}", message["isolation"].as_str().unwrap_or("?"))
    };
    run.of("transaction").iter().map(words).collect()
}

#[tokio::test]
async fn what_holds_in_a_transaction_is_told_when_it_begins_and_when_it_changes() -> Result<()> {
    for postgres in all_majors().await {
        let (mut socket, _) = session_on(&postgres).await?;
        let none = json!({});
        for (sql, expected) in [
            ("select 1", &[][..]),
            ("begin read only", &["read only, read_committed"]),
            ("select 1; insert into nowhere values (1)", &[]),
            ("rollback", &[]),
            ("begin isolation level repeatable read; select 1", &["read write, repeatable_read"]),
            ("set transaction read only; select 1; select 2", &["read only, repeatable_read"]),
            ("commit and chain", &["read only, repeatable_read"]),
            ("rollback", &[]),
            (
                "begin; set transaction isolation level serializable, read only",
                &["read write, read_committed", "read only, serializable"],
            ),
            (
                "savepoint a; set local transaction_read_only = on; rollback to a",
                &["read only, serializable", "read only, serializable"],
            ),
            ("commit", &[]),
            ("begin", &["read write, read_committed"]),
            ("select set_config('transaction_read_only', 'on', true)", &["read only, read_committed"]),
            ("commit; select 1", &[]),
            ("set session characteristics as transaction read only", &[]),
            ("start transaction", &["read only, read_committed"]),
            ("rollback; begin read write", &["read write, read_committed"]),
            ("rollback; select 1/0", &[]),
            // Nothing that Howdah asks behind a run takes a snapshot.
            ("begin", &["read only, read_committed"]),
            ("set transaction read write", &["read write, read_committed"]),
            ("set transaction isolation level serializable", &["read write, serializable"]),
            ("rollback", &[]),
        ] {
            assert_eq!(told(&run(&mut socket, sql, &none).await?), expected, "{sql}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_transactions_begin_with_is_told_as_postgresql_reports_it() -> Result<()> {
    let (mut socket, _) = session_on(&*postgres().await).await?;
    assert_eq!((&socket.greeting["default_read_only"], &socket.greeting["standby"]), (&json!(false), &json!(false)));
    for (sql, value) in [
        ("set default_transaction_read_only = on", "on"),
        ("set session characteristics as transaction read write", "off"),
        ("set session characteristics as transaction read only", "on"),
        ("reset all", "off"),
    ] {
        let run = run(&mut socket, sql, &json!({})).await?;
        let told = run.of("parameter").into_iter().find(|told| told["name"] == "default_transaction_read_only");
        assert_eq!(told.context("it is reported")?["value"], value, "{sql}");
    }
    let standby = Postgres::builder(Major::V18).standby().start().await?;
    let person = World::shared().await.sign_in("zoe").await?;
    let server = person.connected_server(&standby).await?;
    let mut socket = person.open_session(&server, "postgres").await?;
    assert_eq!((&socket.greeting["default_read_only"], &socket.greeting["standby"]), (&json!(false), &json!(true)));
    assert_eq!(told(&run(&mut socket, "begin", &json!({})).await?), ["read only, read_committed"]);
    Ok(())
}

#[tokio::test]
async fn in_manual_mode_it_is_told_before_the_first_statement_and_savepoints_keep_nothing_from_being_set() -> Result<()>
{
    let (mut socket, _) = session_on(&*postgres().await).await?;
    let careful = json!({ "transaction": "manual", "savepoints": true, "settings": { "isolation": "serializable" } });
    socket.start("select generate_series(1, 10000)", &json!({ "options": careful, "row_limit": 10 })).await?;
    let paused = socket.finish().await?;
    assert_eq!(paused.messages.last().context("it pauses")?["type"], "paused");
    let transaction = paused.one("transaction");
    assert_eq!((&transaction["state"], &transaction["isolation"]), (&json!("in_transaction"), &json!("serializable")));
    run(&mut socket, "rollback", &careful).await?;
    // That was the end of what was paused.
    assert_eq!(socket.finish().await?.one("run_finished")["transaction"], "idle");
    // In a subtransaction PostgreSQL refuses the one, and takes the other back with it.
    let set = run(
        &mut socket,
        "begin; set transaction isolation level repeatable read; set transaction read only; select 1",
        &careful,
    )
    .await?;
    assert_eq!(set.one("run_finished")["outcome"], "completed");
    assert_eq!(told(&set).last().context("it is told")?, "read only, repeatable_read");
    let refused = run(&mut socket, "create table t ()", &careful).await?;
    assert_eq!(refused.one("statement_failed")["error"]["code"], "25006");
    Ok(())
}

#[tokio::test]
async fn a_locked_session_is_read_only_unasked() -> Result<()> {
    let postgres = postgres().await;
    let person = World::shared().await.sign_in("zoe").await?;
    let mut definition = crate::world::definition(&postgres);
    definition["read_only"] = json!(true);
    let server = person.add_server(&definition).await?;
    person
        .post(&format!("/api/v1/servers/{server}/connect"), &json!({ "password": howdah_testkit::SUPERUSER_PASSWORD }))
        .await?;
    let mut socket = person.open_session(&server, "postgres").await?;
    let run = run(&mut socket, "select 1; begin; select 2", &json!({})).await?;
    assert_eq!(told(&run), ["read only, ?"]);
    assert_eq!(run.texts(), [["1"], ["2"]]);
    Ok(())
}

/// Behind a snapshot PostgreSQL would refuse to set the isolation.
#[tokio::test]
async fn looking_at_the_settings_of_a_session_changes_nothing_in_its_transaction() -> Result<()> {
    let (mut socket, _) = session_on(&*postgres().await).await?;
    run(&mut socket, "begin read only", &json!({})).await?;
    socket.send(&json!({ "type": "inspect" })).await?;
    let settings = socket.wait_for("settings").await?["settings"].clone();
    assert_eq!((&settings["transaction_read_only"], &settings["statement_timeout"]), (&json!("on"), &json!("0")));
    let set = run(&mut socket, "set transaction isolation level serializable", &json!({})).await?;
    assert_eq!(told(&set), ["read only, serializable"]);
    run(&mut socket, "select 1/0", &json!({})).await?;
    socket.send(&json!({ "type": "inspect" })).await?;
    let settings = socket.wait_for("settings").await?["settings"].clone();
    assert_eq!(settings.as_object().context("settings")?.keys().collect::<Vec<_>>(), ["search_path"]);
    Ok(())
}

/// The question stands where a BEGIN or a SET would: what last changed something is still to be seen.
#[tokio::test]
async fn what_others_see_of_a_transaction_is_the_persons_statement() -> Result<()> {
    let postgres = postgres().await;
    let (mut socket, _) = session_on(&postgres).await?;
    run(&mut socket, "begin; create table t (a int)", &json!({})).await?;
    let pid = &socket.greeting["backend_pid"];
    let seen = postgres.query("postgres", &format!("select query from pg_stat_activity where pid = {pid}")).await?;
    assert_eq!(seen[0][0].as_deref(), Some("create table t (a int)"));
    Ok(())
}

#[tokio::test]
async fn a_limit_of_time_is_told_with_where_it_was_set() -> Result<()> {
    let postgres = postgres().await;
    let (mut socket, database) = session_on(&postgres).await?;
    let tabs = json!({ "settings": { "statement_timeout_ms": 150 } });
    let sleep = "select pg_sleep(60)";
    let limit = |run: &Run| run.one("statement_failed")["time_limit"].clone();
    let check = |limit: Value, ms: Value, origin: &str| assert_eq!(limit, json!({ "limit_ms": ms, "origin": origin }));
    check(limit(&run(&mut socket, sleep, &tabs).await?), json!(150), "tab");
    let begun = run(&mut socket, &format!("begin; {sleep}"), &tabs).await?;
    check(limit(&begun), json!(150), "tab");
    run(&mut socket, "rollback", &tabs).await?;
    run(&mut socket, "set statement_timeout = 100", &tabs).await?;
    check(limit(&run(&mut socket, sleep, &tabs).await?), json!(100), "session");
    let failed = run(&mut socket, "select 1/0", &tabs).await?;
    assert_eq!(limit(&failed), Value::Null);

    postgres.execute("postgres", &format!("alter database {database} set statement_timeout = 120")).await?;
    let person = World::shared().await.sign_in("zoe").await?;
    let server = person.connected_server(&postgres).await?;
    let mut socket = person.open_session(&server, &database).await?;
    check(limit(&run(&mut socket, sleep, &json!({})).await?), json!(120), "database");
    check(limit(&run(&mut socket, &format!("begin; {sleep}"), &json!({})).await?), Value::Null, "unknown");

    // Somebody else's cancel is no limit.
    run(&mut socket, "rollback; set statement_timeout = 0", &json!({})).await?;
    let pid = socket.greeting["backend_pid"].clone();
    socket.start(sleep, &json!({})).await?;
    crate::world::until_answers(
        &postgres,
        &format!("select wait_event from pg_stat_activity where pid = {pid}"),
        Some("PgSleep"),
    )
    .await?;
    postgres.query("postgres", &format!("select pg_cancel_backend({pid})")).await?;
    assert_eq!(limit(&socket.finish().await?), Value::Null);
    Ok(())
}
