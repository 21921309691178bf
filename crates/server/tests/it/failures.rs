//! What goes wrong around a session: big values, slow and vanished browsers, a database that dies.

use std::time::Duration;

use anyhow::{Context, Result};
use howdah_testkit::{Major, Postgres, SUPERUSER_PASSWORD};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use tokio_tungstenite::tungstenite::protocol::Message;

use crate::socket::{Cell, Socket};
use crate::world::{World, definition, until_answers};

/// How often in a row PostgreSQL must be seen waiting before it counts as stopped: 0.4 s and more.
const LOOKS_AT_A_STANDSTILL: u32 = 20;

/// What each statement that runs on `postgres` from a query tab waits for.
async fn running(postgres: &Postgres) -> Result<Vec<Option<String>>> {
    let rows = postgres
        .query(
            "postgres",
            "select wait_event from pg_stat_activity where application_name like 'Howdah (%' and state = 'active'",
        )
        .await?;
    Ok(rows.into_iter().flatten().collect())
}

async fn until_running(postgres: &Postgres, wanted: usize) -> Result<()> {
    for _ in 0..1500 {
        if running(postgres).await?.len() == wanted {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    anyhow::bail!("{} statements run, not {wanted}", running(postgres).await?.len())
}

#[tokio::test]
async fn a_huge_value_is_cut_and_memory_stays_flat() -> Result<()> {
    let world = World::start("").await?;
    let ada = world.sign_in("ada").await?;
    let postgres = Postgres::start(Major::V18).await?;
    let server = ada.connected_server(&postgres).await?;
    let mut socket = ada.open_session(&server, "postgres").await?;
    socket.run("select 1").await?;
    let before = world.memory_mib()?;
    let size = 250 << 20;
    let run = socket.run(&format!("select 'small', repeat('x', {size}), 'end'")).await?;
    let [Cell::Text(first), Cell::Cut { kept, whole }, Cell::Text(last)] = run.rows[0].as_slice() else {
        panic!("{:?}", run.messages)
    };
    assert_eq!((first.as_str(), *kept, *whole, last.as_str()), ("small", 64 << 10, size, "end"));
    let after = world.memory_mib()?;
    assert!(after < before + 16, "{before} MiB before, {after} MiB after");
    Ok(())
}

#[tokio::test]
async fn a_large_row_comes_whole_and_memory_stays_flat() -> Result<()> {
    let world = World::start("").await?;
    let ada = world.sign_in("ada").await?;
    let postgres = Postgres::start(Major::V18).await?;
    let server = ada.connected_server(&postgres).await?;
    let mut socket = ada.open_session(&server, "postgres").await?;
    socket.run("select 1").await?;
    let before = world.memory_mib()?;
    let text = |size: usize| Cell::Text("é".repeat(size));
    for size in [130_000, 131_072, 500_000, 15_000_000] {
        let run =
            socket.run(&format!("select repeat('é', {size}), null, 'end' union all select 'b', 'c', 'd'")).await?;
        let [first, second] = run.rows.as_slice() else { panic!("{:?}", run.messages) };
        assert!(*first == [text(size), Cell::Null, Cell::Text("end".to_owned())], "{size} characters were changed");
        assert_eq!(*second, ["b", "c", "d"].map(|text| Cell::Text(text.to_owned())));
        assert_eq!(run.one("statement_finished")["rows"], 2);
        // What asks PostgreSQL in the same session takes no parts.
        assert_eq!(socket.run("\\d no_such_table").await?.one("run_finished")["outcome"], "completed");
    }
    let after = world.memory_mib()?;
    assert!(after < before + 16, "{before} MiB before, {after} MiB after");
    // The last byte that makes a row too long.
    let most = 32 * 1024 * 1024 - 10;
    for (size, is_whole) in [(most, true), (most + 1, false)] {
        let run = socket.run(&format!("select repeat('x', {size})")).await?;
        assert_eq!(matches!(run.rows[0][0], Cell::Text(_)), is_whole, "{size}");
    }
    Ok(())
}

#[tokio::test]
async fn large_rows_pause_at_the_limit_and_are_cancelled_in_their_middle() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let postgres = Postgres::start(Major::V18).await?;
    let server = ada.connected_server(&postgres).await?;
    let mut socket = ada.open_session(&server, "postgres").await?;
    let large = "select g, repeat('x', 3000000) from generate_series(1, 200) g";
    socket.start(large, &json!({ "row_limit": 2 })).await?;
    let first = socket.finish().await?;
    assert_eq!((first.rows.len(), &first.one("paused")["rows"]), (2, &json!(2)));
    socket.send(&json!({ "type": "fetch", "rows": 1 })).await?;
    assert_eq!(socket.finish().await?.rows.len(), 1);
    socket.send(&json!({ "type": "cancel" })).await?;
    assert_eq!(socket.finish().await?.one("statement_finished")["rows"], 3);

    socket.start(&format!("{large}; select 'last'"), &json!({ "row_limit": 2 })).await?;
    let run = socket.finish().await?;
    let counts = |message: &Value| (message["rows"].as_u64(), message["discarded_rows"].as_u64());
    assert_eq!(counts(run.of("statement_finished")[0]), (Some(2), Some(198)));

    socket.start(large, &json!({})).await?;
    socket.wait_for("columns").await?;
    socket.next().await?;
    socket.send(&json!({ "type": "cancel" })).await?;
    // What is under way of the row has no beginning here.
    while !matches!(socket.next().await?, Message::Text(text) if text.contains("statement_failed")) {}
    let run = socket.finish().await?;
    assert_eq!(run.one("run_finished")["outcome"], "cancelled");
    assert_eq!(socket.run("select 1").await?.texts(), [["1"]]);

    socket.start(large, &json!({})).await?;
    socket.wait_for("columns").await?;
    socket.next().await?;
    postgres.kill().await?;
    socket.wait_for("disconnected").await?;
    Ok(())
}

#[tokio::test]
async fn a_page_that_goes_while_its_connection_opens_ends_the_attempt() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    // It takes connections, and says nothing.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let server = ada
        .add_server(&json!({
            "name": "silent", "host": "127.0.0.1", "port": silent.local_addr()?.port(), "username": "ada",
            "credential": { "type": "none" }, "connection_parameters": { "connect_timeout": "600" }
        }))
        .await?;
    let socket = Socket::dial(&ada, &server, "postgres").await?;
    let (mut connection, _) = silent.accept().await?;
    drop(socket);
    let mut said = Vec::new();
    tokio::time::timeout(Duration::from_secs(60), connection.read_to_end(&mut said))
        .await
        .context("it goes on for nobody")??;
    Ok(())
}

#[tokio::test]
async fn a_browser_that_stops_reading_stops_postgresql_not_our_memory() -> Result<()> {
    let world = World::start("").await?;
    let ada = world.sign_in("ada").await?;
    let postgres = Postgres::start(Major::V18).await?;
    let server = ada.connected_server(&postgres).await?;
    let mut socket = ada.open_session(&server, "postgres").await?;
    let before = world.memory_mib()?;
    socket.start("select g, repeat('x', 1000) from generate_series(1, 100000000) g", &json!({})).await?;
    // Not one frame is read from here on. PostgreSQL waits now and then before the buffers between are full: it has to
    // stay so.
    let mut looks = 0;
    for _ in 0..1500 {
        let is_waiting = running(&postgres).await? == [Some("ClientWrite".to_owned())];
        looks = if is_waiting { looks + 1 } else { 0 };
        if looks == LOOKS_AT_A_STANDSTILL {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(looks, LOOKS_AT_A_STANDSTILL, "PostgreSQL goes on writing");
    let after = world.memory_mib()?;
    assert!(after < before + 16, "{before} MiB before, {after} MiB after");

    // A cancel is heard all the same, and the session is good for more.
    socket.send(&json!({ "type": "cancel" })).await?;
    assert_eq!(socket.finish().await?.one("run_finished")["outcome"], "cancelled");
    assert_eq!(socket.run("select 1").await?.texts(), [["1"]]);
    Ok(())
}

#[tokio::test]
async fn a_browser_that_vanishes_and_is_not_waited_for_takes_its_statement_along() -> Result<()> {
    let world = World::start("[session]\ndetach_grace = \"0s\"").await?;
    let ada = world.sign_in("ada").await?;
    let postgres = Postgres::start(Major::V18).await?;
    let server = ada.connected_server(&postgres).await?;
    for sql in ["select pg_sleep(300)", "select g, repeat('x', 1000) from generate_series(1, 100000000) g"] {
        let mut socket = ada.open_session(&server, "postgres").await?;
        socket.start(sql, &json!({})).await?;
        socket.wait_for("statement_started").await?;
        until_running(&postgres, 1).await?;
        socket.vanish();
        until_running(&postgres, 0).await?;
    }
    Ok(())
}

#[tokio::test]
async fn postgresql_killed_in_the_middle_of_a_result_is_told_and_survived() -> Result<()> {
    let world = World::start("").await?;
    let ada = world.sign_in("ada").await?;
    let postgres = Postgres::start(Major::V18).await?;
    let server = ada.connected_server(&postgres).await?;
    let mut socket = ada.open_session(&server, "postgres").await?;
    socket.start("select g, pg_sleep(0.001) from generate_series(1, 1000000) g", &json!({})).await?;
    socket.wait_for("columns").await?;
    postgres.kill().await?;
    let told = socket.wait_for("disconnected").await?;
    assert_eq!(told["problem"]["code"], "database_unreachable", "{told}");
    assert!(told["problem"]["detail"].as_str().unwrap().contains("Run again"), "{told}");

    let refused = ada.open_session(&server, "postgres").await?;
    assert_eq!(refused.greeting["type"], "connect_failed");
    assert_eq!(refused.greeting["problem"]["code"], "database_unreachable");
    assert_eq!(refused.greeting["problem"]["step"], "tcp");

    postgres.start_again().await?;
    let mut again = ada.open_session(&server, "postgres").await?;
    assert_eq!(again.run("select 1").await?.texts(), [["1"]]);
    Ok(())
}

#[tokio::test]
async fn a_terminated_backend_says_its_last_words() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let postgres = crate::world::postgres().await;
    let server = ada.connected_server(&postgres).await?;
    let mut socket = ada.open_session(&server, "postgres").await?;
    socket.start("select pg_sleep(60)", &json!({})).await?;
    socket.wait_for("statement_started").await?;
    postgres.execute("postgres", &format!("select pg_terminate_backend({})", socket.greeting["backend_pid"])).await?;
    let told = socket.wait_for("disconnected").await?;
    assert_eq!(told["problem"]["sqlstate"], "57P01", "{told}");
    Ok(())
}

#[tokio::test]
async fn the_explorer_reconnects_by_itself_after_a_restart_of_postgresql() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let postgres = Postgres::start(Major::V15).await?;
    let server = ada.connected_server(&postgres).await?;
    let path = format!("/api/v1/servers/{server}/databases");
    assert_eq!(ada.get(&path).await?.status, 200);
    postgres.restart().await?;
    assert_eq!(ada.get(&path).await?.status, 200);
    postgres.stop().await?;
    let down = ada.get(&path).await?;
    assert_eq!(down.status, 502, "{}", down.body);
    assert_eq!(down.json()?["code"], "database_unreachable");
    Ok(())
}

#[tokio::test]
async fn signing_out_closes_sessions_and_cancels_statements() -> Result<()> {
    let world = World::start("").await?;
    let ada = world.sign_in("ada").await?;
    let postgres = Postgres::start(Major::V18).await?;
    let server = ada.connected_server(&postgres).await?;
    let mut socket = ada.open_session(&server, "postgres").await?;
    socket.start("select pg_sleep(300)", &json!({})).await?;
    socket.wait_for("statement_started").await?;
    until_running(&postgres, 1).await?;
    ada.browser.request(reqwest::Method::POST, &format!("{}/logout", world.origin))?.send().await?;
    let told = socket.wait_for("disconnected").await?;
    assert_eq!(told["problem"]["code"], "not_signed_in");
    until_running(&postgres, 0).await?;
    Ok(())
}

#[tokio::test]
async fn disconnecting_closes_sessions_but_keeps_the_password() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let postgres = crate::world::postgres().await;
    let server = ada.connected_server(&postgres).await?;
    let mut socket = ada.open_session(&server, "postgres").await?;
    assert_eq!(ada.get(&format!("/api/v1/servers/{server}")).await?.json()?["connected"], true);
    assert_eq!(ada.post(&format!("/api/v1/servers/{server}/disconnect"), &json!({})).await?.status, 204);
    assert_eq!(socket.wait_for("disconnected").await?["problem"]["code"], "disconnected");
    let connected =
        || async { anyhow::Ok(ada.get(&format!("/api/v1/servers/{server}")).await?.json()?["connected"] == true) };
    for _ in 0..500 {
        if !connected().await? {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(!connected().await?);
    let again = ada.open_session(&server, "postgres").await?;
    assert_eq!(again.greeting["type"], "connected");
    Ok(())
}

#[tokio::test]
async fn a_stop_lets_work_that_is_under_way_end_closes_idle_sessions_and_cancels_the_rest() -> Result<()> {
    let world = World::start_with(("[server]", "[server]\nstop_grace = \"6s\""), "").await?;
    let ada = world.sign_in("ada").await?;
    let postgres = Postgres::start(Major::V18).await?;
    let server = ada.connected_server(&postgres).await?;
    let mut idle = ada.open_session(&server, "postgres").await?;
    let mut busy = ada.open_session(&server, "postgres").await?;
    let mut endless = ada.open_session(&server, "postgres").await?;
    let mut paused = ada.open_session(&server, "postgres").await?;
    let mut open = ada.open_session(&server, "postgres").await?;
    let mut left_open = ada.open_session(&server, "postgres").await?;
    paused.start("select generate_series(1, 1000000)", &json!({ "row_limit": 10 })).await?;
    paused.wait_for("paused").await?;
    open.run("create table kept (n int); begin; insert into kept values (1)").await?;
    left_open.run("begin").await?;
    for (socket, sql) in [(&mut busy, "select pg_sleep(2), 'done'"), (&mut endless, "select pg_sleep(600)")] {
        socket.start(sql, &json!({})).await?;
        socket.wait_for("statement_started").await?;
    }
    let stopped = tokio::join!(world.terminate(), async {
        let told = idle.wait_for("disconnected").await?;
        assert_eq!(told["problem"]["code"], "shutting_down");
        // A result at its row limit holds nothing up: it ends with what is there.
        let run = paused.finish().await?;
        assert_eq!(run.one("statement_finished")["rows"], 10);
        paused.wait_for("disconnected").await?;
        // Everybody with work under way is told at once how long it may take.
        for socket in [&mut busy, &mut endless, &mut open, &mut left_open] {
            let told = socket.wait_for("restarting").await?;
            assert!(told["seconds"].as_f64().is_some_and(|seconds| seconds > 3.0 && seconds <= 6.0), "{told}");
        }
        // Nobody's transaction is rolled back while there is time to end it.
        let run = open.run("insert into kept values (2); commit").await?;
        assert_eq!(run.one("run_finished")["outcome"], "completed");
        open.wait_for("disconnected").await?;
        let run = busy.finish().await?;
        assert_eq!(run.one("run_finished")["outcome"], "completed");
        // What takes longer than the grace is cancelled, and says so.
        let run = endless.finish().await?;
        assert_eq!(run.one("run_finished")["outcome"], "cancelled");
        for socket in [&mut endless, &mut left_open] {
            let told = socket.wait_for("disconnected").await?;
            assert_eq!(told["problem"]["code"], "shutting_down", "{told}");
        }
        anyhow::Ok(())
    });
    stopped.1?;
    assert!(stopped.0?.success());
    assert_eq!(postgres.query("postgres", "select count(*) from kept").await?, [[Some("2".to_owned())]]);
    Ok(())
}

#[tokio::test]
async fn a_stop_waits_for_downloads_as_for_statements() -> Result<()> {
    let world = World::start_with(("[server]", "[server]\nstop_grace = \"8s\""), "").await?;
    let ada = world.sign_in("ada").await?;
    let postgres = Postgres::start(Major::V18).await?;
    let server = ada.connected_server(&postgres).await?;
    let path = format!("/api/v1/servers/{server}/databases/postgres/export");
    let download = async |seconds: u32| {
        ada.post(&path, &json!({ "sql": format!("select pg_sleep({seconds}), 'done'"), "format": "csv" })).await
    };
    let running = "select count(*) from pg_stat_activity where query like '%pg_sleep%' and pid <> pg_backend_pid()";
    let (in_time, endless, stopped) = tokio::join!(download(7), download(600), async {
        until_answers(&postgres, running, Some("2")).await?;
        world.terminate().await
    });
    assert!(stopped?.success());
    let in_time = in_time?;
    assert_eq!((in_time.status.as_u16(), in_time.body.contains("done")), (200, true), "{}", in_time.body);
    let endless = endless?;
    assert_eq!((endless.status.as_u16(), endless.json()?["code"].as_str()), (503, Some("shutting_down")));
    until_answers(&postgres, running, Some("0")).await
}

#[tokio::test]
async fn a_wrong_password_is_told_and_the_right_one_works() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let postgres = crate::world::postgres().await;
    let server = ada.add_server(&definition(&postgres)).await?;
    let connect = format!("/api/v1/servers/{server}/connect");
    let asked = ada.post(&connect, &json!({})).await?;
    assert_eq!((asked.status.as_u16(), asked.json()?["code"].as_str()), (428, Some("password_required")));
    let refused = ada.post(&connect, &json!({ "password": "wr0ng-s3cret" })).await?;
    assert_eq!(refused.status, 403);
    let problem = refused.json()?;
    assert_eq!(problem["code"], "database_login_refused");
    assert_eq!(problem["sqlstate"], "28P01");
    assert!(problem["detail"].as_str().unwrap().contains("postgres"));
    assert!(!refused.body.contains("wr0ng") && !world.log().contains("wr0ng"));
    let again = ada.post(&connect, &json!({})).await?;
    assert_eq!(again.json()?["code"], "password_required");
    let accepted = ada.post(&connect, &json!({ "password": SUPERUSER_PASSWORD })).await?;
    assert_eq!(accepted.status, 200, "{}", accepted.body);
    assert_eq!(accepted.json()?["user"], "postgres");
    Ok(())
}
