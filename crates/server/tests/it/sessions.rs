//! Query sessions: what runs, what comes back, in which order.

use anyhow::Result;
use serde_json::{Value, json};

use crate::socket::Cell;
use crate::world::{World, all_majors, postgres};

#[tokio::test]
async fn a_session_says_who_and_where_it_is() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    for postgres in all_majors().await {
        let server = ada.connected_server(&postgres).await?;
        let socket = ada.open_session(&server, "postgres").await?;
        assert_eq!(socket.greeting["type"], "connected", "{}", socket.greeting);
        assert_eq!(socket.greeting["session_user"], "postgres");
        assert_eq!(socket.greeting["database"], "postgres");
        assert_eq!(socket.greeting["transaction"], "idle");
        assert_eq!(socket.greeting["credential"]["source"], "password");
        assert!(socket.greeting["tls"].as_str().is_some_and(|tls| tls.starts_with("TLSv1.3")));
    }
    Ok(())
}

#[tokio::test]
async fn a_script_brings_one_result_a_statement_in_order() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let postgres = postgres().await;
    let server = ada.connected_server(&postgres).await?;
    let mut socket = ada.open_session(&server, "postgres").await?;
    let run = socket.run("select 1 as a, null as b, '' as c; create temp table t (x int);\ninsert into t values (1),(2) returning x;").await?;
    let kinds: Vec<_> = run.messages.iter().map(|message| message["type"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        [
            "run_started",
            "statement_started",
            "columns",
            "statement_finished",
            "statement_started",
            "statement_finished",
            "statement_started",
            "columns",
            "statement_finished",
            "run_finished"
        ]
    );
    let tags: Vec<_> = run.of("statement_finished").iter().map(|message| message["tag"].as_str().unwrap()).collect();
    assert_eq!(tags, ["SELECT 1", "CREATE TABLE", "INSERT 0 2"]);
    assert_eq!(run.one("run_started")["statements"][1], json!({ "start": 35, "end": 62 }));
    assert_eq!(run.rows[0], [Cell::Text("1".to_owned()), Cell::Null, Cell::Text(String::new())]);
    assert_eq!(run.texts()[1..], [["1"], ["2"]]);
    let columns = run.of("columns")[0]["columns"].as_array().unwrap().clone();
    assert_eq!(columns[0]["name"], "a");
    assert_eq!(columns[0]["type_name"], "integer");
    assert_eq!(run.one("run_finished")["outcome"], "completed");
    Ok(())
}

#[tokio::test]
async fn an_error_is_a_result_with_its_place_and_stops_the_script() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let server = ada.connected_server(&*postgres().await).await?;
    let mut socket = ada.open_session(&server, "postgres").await?;
    let sql = "select '😀';\nselect nosuch from pg_class; select 3";
    let run = socket.run(sql).await?;
    let failed = run.one("statement_failed");
    assert_eq!(failed["index"], 1);
    assert_eq!(failed["error"]["code"], "42703");
    assert_eq!(failed["error"]["position"], sql.encode_utf16().count() - "nosuch from pg_class; select 3".len());
    assert_eq!(run.one("run_finished")["outcome"], "failed");
    assert_eq!(run.of("statement_started").len(), 2);
    assert_eq!(socket.run("select 4").await?.texts(), [["4"]]);
    Ok(())
}

#[tokio::test]
async fn the_transaction_state_comes_with_every_statement() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let server = ada.connected_server(&*postgres().await).await?;
    let mut socket = ada.open_session(&server, "postgres").await?;
    for (sql, state) in
        [("begin", "in_transaction"), ("select 1/0", "failed"), ("select 1", "failed"), ("rollback", "idle")]
    {
        assert_eq!(socket.run(sql).await?.one("run_finished")["transaction"], state, "{sql}");
    }
    Ok(())
}

#[tokio::test]
async fn notices_stand_where_they_happened() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let server = ada.connected_server(&*postgres().await).await?;
    let mut socket = ada.open_session(&server, "postgres").await?;
    let run =
        socket.run("do $$ begin raise notice 'one'; raise warning 'two' using hint = 'look'; end $$; select 1").await?;
    let notices = run.of("notice");
    assert_eq!(notices.len(), 2);
    assert_eq!(notices[0]["index"], 0);
    assert_eq!(notices[0]["notice"]["message"], "one");
    assert_eq!(notices[1]["notice"]["severity"], "WARNING");
    assert_eq!(notices[1]["notice"]["hint"], "look");
    Ok(())
}

#[tokio::test]
async fn the_statement_at_the_cursor_runs_alone() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let server = ada.connected_server(&*postgres().await).await?;
    let mut socket = ada.open_session(&server, "postgres").await?;
    socket.start("select 1;\nselect 2;\nselect 3", &json!({ "cursor": 14 })).await?;
    let run = socket.finish().await?;
    assert_eq!(run.texts(), [["2"]]);
    assert_eq!(run.one("run_started")["statements"], json!([{ "start": 10, "end": 18 }]));
    Ok(())
}

#[tokio::test]
async fn what_only_psql_can_do_is_refused_with_a_hint() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let server = ada.connected_server(&*postgres().await).await?;
    let mut socket = ada.open_session(&server, "postgres").await?;
    for (sql, hint) in [
        ("\\i script.sql", "Open the file"),
        ("select 1; \\dtx9", "Did you mean"),
        ("copy t from stdin", "INSERT"),
        ("-- nothing", "no statement"),
    ] {
        let run = socket.run(sql).await?;
        let problem = &run.one("rejected")["problem"];
        assert_eq!(problem["code"], "invalid_statement");
        assert!(problem["detail"].as_str().unwrap().contains(hint), "{problem}");
    }
    Ok(())
}

#[tokio::test]
async fn commands_of_psql_are_answered_in_the_session_that_asks() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let server = ada.connected_server(&*postgres().await).await?;
    let mut socket = ada.open_session(&server, "postgres").await?;
    let run = socket
        .run("create temporary table passing (id int primary key, note text);\n\\d passing\n\\d nosuch\n\\timing\nselect 1")
        .await?;
    let titles: Vec<_> = run.of("columns").iter().map(|columns| columns["title"].clone()).collect();
    assert_eq!(titles, [json!("passing"), json!("passing: more"), Value::Null]);
    let first: Vec<_> = run.texts().iter().map(|row| row[0]).collect();
    assert_eq!(first, ["id", "note", "Primary key", "1"]);
    let said: Vec<_> = run.of("notice").iter().map(|notice| notice["notice"]["message"].clone()).collect();
    assert_eq!(said[0], "Did not find a relation named \"nosuch\".");
    assert!(said[1].as_str().unwrap().contains("always on"));
    assert_eq!(run.of("statement_finished")[1]["tag"], "\\d");

    // In a failed transaction PostgreSQL says itself why nothing can be found.
    let run = socket.run("begin; select 1 / 0").await?;
    assert_eq!(run.one("run_finished")["outcome"], "failed");
    assert_eq!(socket.run("\\d passing").await?.one("statement_failed")["error"]["code"], "25P02");
    Ok(())
}

#[tokio::test]
async fn the_columns_of_a_statement_are_told_without_running_it() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let server = ada.connected_server(&*postgres().await).await?;
    let mut socket = ada.open_session(&server, "postgres").await?;
    let sql = "create temporary table kept as select 1 as n;\n\\set t kept\n\
               delete from kept returning n, 1.5::numeric(4, 2) as \"Of it\" \\gdesc\n\
               delete from kept \\gdesc\nselect :given + 1 as more from :t \\gdesc\nselect count(*) from kept";
    let seven = json!({ "given": { "type": "number", "value": "7" } });
    let options = json!({ "ask": { "destructive": true }, "parameters": seven });
    socket.start(sql, &json!({ "options": options })).await?;
    let run = socket.finish().await?;
    let rows: Vec<_> = run.texts().iter().map(|row| row.join(" ")).collect();
    assert_eq!(rows, ["n integer", "Of it numeric(4,2)", "more integer", "1"]);
    let said: Vec<_> = run.of("notice").iter().map(|notice| notice["notice"]["message"].clone()).collect();
    assert_eq!(said, [":t stands for kept from here on.", "The statement has no result, or one without columns."]);
    let tags: Vec<_> = run.of("statement_finished").iter().map(|finished| finished["tag"].clone()).collect();
    assert_eq!(tags, ["SELECT 1", "\\set", "\\gdesc", "\\gdesc", "\\gdesc", "SELECT 1"]);

    // Alone with the cursor on it, and a mistake in it has its place.
    let alone = "select nope, :given \\gdesc\nselect 2";
    socket.start(alone, &json!({ "cursor": 9, "options": { "parameters": seven } })).await?;
    let failed = socket.finish().await?;
    assert_eq!(failed.one("run_started")["statements"], json!([{ "start": 0, "end": 26 }]));
    assert_eq!(failed.one("statement_failed")["error"]["position"], 7);
    for nothing in ["\\gdesc", "select 1; \\gdesc", "\\d \\gdesc"] {
        let refused = socket.run(nothing).await?;
        assert_eq!(refused.one("rejected")["problem"]["code"], "invalid_statement", "{nothing}");
    }
    Ok(())
}

#[tokio::test]
async fn rows_pause_at_the_limit_and_go_on() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let server = ada.connected_server(&*postgres().await).await?;
    let mut socket = ada.open_session(&server, "postgres").await?;
    socket.start("select generate_series(1, 100000)", &json!({ "row_limit": 1000 })).await?;
    let first = socket.finish().await?;
    assert_eq!(first.rows.len(), 1000);
    assert_eq!(first.one("paused")["rows"], 1000);
    socket.send(&json!({ "type": "fetch", "rows": 500 })).await?;
    assert_eq!(socket.finish().await?.rows.len(), 500);
    socket.send(&json!({ "type": "fetch" })).await?;
    let rest = socket.finish().await?;
    assert_eq!(rest.rows.len(), 98_500);
    assert_eq!(rest.one("statement_finished")["rows"], 100_000);
    Ok(())
}

#[tokio::test]
async fn cancelling_a_paused_result_keeps_the_transaction_that_it_stands_in() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let server = ada.connected_server(&*postgres().await).await?;
    let mut socket = ada.open_session(&server, "postgres").await?;
    socket.run("begin; create temporary table kept as select 1 as one").await?;
    socket.start("select generate_series(1, 200000)", &json!({ "row_limit": 10 })).await?;
    socket.finish().await?;
    socket.send(&json!({ "type": "cancel" })).await?;
    let ended = socket.finish().await?;
    let finished = ended.one("statement_finished");
    assert_eq!((&finished["rows"], &finished["discarded_rows"]), (&json!(10), &json!(199_990)));
    assert_eq!(ended.one("run_finished")["transaction"], "in_transaction");
    assert_eq!(socket.run("select one from kept; commit").await?.texts(), [["1"]]);

    // What is only read and dropped for long is cancelled by the next wish, and says what that costs.
    socket.run("begin").await?;
    socket
        .start(
            "select repeat('x', 10000), case when g > 20 then pg_sleep(0.1) end from generate_series(1, 100000) g",
            &json!({ "row_limit": 10 }),
        )
        .await?;
    socket.finish().await?;
    for _ in 0..2 {
        socket.send(&json!({ "type": "cancel" })).await?;
    }
    let ended = socket.finish().await?;
    assert_eq!(ended.one("statement_failed")["error"]["code"], "57014");
    assert_eq!(ended.one("run_finished")["outcome"], "cancelled");
    assert_eq!(ended.one("run_finished")["transaction"], "failed");
    Ok(())
}

#[tokio::test]
async fn what_copy_writes_is_a_result_of_lines() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    for postgres in all_majors().await {
        let server = ada.connected_server(&postgres).await?;
        let mut socket = ada.open_session(&server, "postgres").await?;
        let query = "values (1, E'a\\tb', null), (2, E'two\\nlines', '')";
        let script =
            format!("select 1; copy ({query}) to stdout; copy ({query}) to stdout (format csv, header); select 2");
        let run = socket.run(&script).await?;
        let lines = [
            "1",
            "1\ta\\tb\t\\N",
            "2\ttwo\\nlines\t",
            "column1,column2,column3",
            "1,a\tb,",
            "2,\"two\nlines\",\"\"",
            "2",
        ];
        assert_eq!(run.texts(), lines.map(|line| [line]));
        let columns = run.of("columns")[1];
        assert_eq!((&columns["index"], columns["columns"].as_array().map(Vec::len)), (&json!(1), Some(1)));
        assert_eq!(
            (&columns["columns"][0]["name"], &columns["columns"][0]["type_name"]),
            (&json!("copy"), &json!("text"))
        );
        let finished: Vec<_> = run.of("statement_finished").iter().map(|told| (&told["tag"], &told["rows"])).collect();
        assert_eq!(finished[1..3], [(&json!("COPY 2"), &json!(2)), (&json!("COPY 2"), &json!(3))]);
    }
    Ok(())
}

#[tokio::test]
async fn lines_of_copy_pause_are_dropped_and_cancelled_like_rows() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let server = ada.connected_server(&*postgres().await).await?;
    let mut socket = ada.open_session(&server, "postgres").await?;
    let copy = "copy (select generate_series(1, 200000)) to stdout";
    socket.start(copy, &json!({ "row_limit": 100 })).await?;
    let first = socket.finish().await?;
    assert_eq!((first.rows.len(), &first.one("paused")["rows"]), (100, &json!(100)));
    socket.send(&json!({ "type": "fetch", "rows": 5 })).await?;
    assert_eq!(socket.finish().await?.texts()[4], ["105"]);
    socket.send(&json!({ "type": "fetch" })).await?;
    let rest = socket.finish().await?;
    assert_eq!((rest.rows.len(), &rest.one("statement_finished")["tag"]), (199_895, &json!("COPY 200000")));

    // An earlier statement of a run, and a transaction, which a paused COPY holds open.
    socket.run("begin").await?;
    socket.start(&format!("{copy}; {copy}"), &json!({ "row_limit": 100 })).await?;
    let run = socket.finish().await?;
    assert_eq!(run.one("statement_finished")["discarded_rows"], 199_900);
    socket.send(&json!({ "type": "cancel" })).await?;
    let ended = socket.finish().await?;
    assert_eq!(ended.one("statement_finished")["discarded_rows"], 199_900);
    assert_eq!(ended.one("run_finished")["transaction"], "in_transaction");
    socket.run("rollback").await?;

    socket.start(&copy.replace("200000", "1000000000"), &json!({})).await?;
    socket.wait_for("columns").await?;
    socket.next().await?;
    socket.send(&json!({ "type": "cancel" })).await?;
    assert_eq!(socket.finish().await?.one("run_finished")["outcome"], "cancelled");
    let failed = socket.run("copy (select 1 / (3 - g) from generate_series(1, 5) g) to stdout").await?;
    assert_eq!(
        (failed.texts(), &failed.one("statement_failed")["error"]["code"]),
        (vec![vec!["0"], vec!["1"]], &json!("22012"))
    );
    // Lines of any length.
    let long = socket.run("copy (select repeat('x', n) from unnest(array[300000, 40000000]) n) to stdout").await?;
    assert!(matches!(long.rows[0][0], Cell::Text(ref text) if text.len() == 300_000));
    assert_eq!(long.rows[1], [Cell::Cut { kept: 64 << 10, whole: 40_000_000 }]);
    Ok(())
}

#[tokio::test]
async fn binary_data_of_copy_is_told_beside_its_statement() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let server = ada.connected_server(&*postgres().await).await?;
    let mut socket = ada.open_session(&server, "postgres").await?;
    let run = socket.run("select 1; copy (values (1), (2)) to stdout (format binary); select 2").await?;
    let notice = run.one("notice");
    assert_eq!((&notice["index"], &notice["notice"]["severity"]), (&json!(1), &json!("INFO")));
    assert_eq!(run.texts(), [["1"], ["2"]]);
    assert_eq!(run.one("run_finished")["outcome"], "completed");
    Ok(())
}

#[tokio::test]
async fn a_paused_result_ends_with_the_next_run() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let server = ada.connected_server(&*postgres().await).await?;
    let mut socket = ada.open_session(&server, "postgres").await?;
    for (begin, state) in [("select 0", "idle"), ("begin", "in_transaction")] {
        socket.run(begin).await?;
        socket
            .start("select g, repeat('x', 1000) from generate_series(1, 200000) g", &json!({ "row_limit": 10 }))
            .await?;
        socket.finish().await?;
        socket.start("select 'next'", &json!({})).await?;
        let ended = socket.finish().await?;
        assert_eq!(ended.one("statement_finished")["rows"], 10);
        assert_eq!(ended.one("run_finished")["outcome"], "completed");
        assert_eq!(ended.one("run_finished")["transaction"], state);
        assert_eq!(socket.finish().await?.texts(), [["next"]]);
    }
    socket.run("rollback").await?;
    socket.start("select generate_series(1, 200000)", &json!({ "row_limit": 10 })).await?;
    socket.finish().await?;
    socket.start("select generate_series(1, 25000), pg_sleep(0.00001)", &json!({})).await?;
    socket.finish().await?;
    assert_eq!(socket.finish().await?.rows.len(), 25_000);
    Ok(())
}

#[tokio::test]
async fn rows_behind_the_limit_of_an_earlier_statement_are_dropped() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let server = ada.connected_server(&*postgres().await).await?;
    let mut socket = ada.open_session(&server, "postgres").await?;
    socket.start("select generate_series(1, 5000); select 'last'", &json!({ "row_limit": 100 })).await?;
    let run = socket.finish().await?;
    let first = run.of("statement_finished")[0];
    assert_eq!((first["rows"].as_u64(), first["discarded_rows"].as_u64()), (Some(100), Some(4900)));
    assert_eq!(run.rows.len(), 101);
    Ok(())
}

#[tokio::test]
async fn a_running_statement_is_cancelled() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    for postgres in all_majors().await {
        let server = ada.connected_server(&postgres).await?;
        let mut socket = ada.open_session(&server, "postgres").await?;
        for sql in ["select pg_sleep(60)", "select generate_series(1, 1000000000)"] {
            socket.start(sql, &json!({})).await?;
            socket.wait_for("statement_started").await?;
            socket.send(&json!({ "type": "cancel" })).await?;
            let run = socket.finish().await?;
            assert_eq!(run.one("statement_failed")["error"]["code"], "57014");
            assert_eq!(run.one("run_finished")["outcome"], "cancelled");
            assert_eq!(socket.run("select 1").await?.texts(), [["1"]]);
        }
    }
    Ok(())
}

#[tokio::test]
async fn types_that_are_not_built_in_can_be_asked_for() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let postgres = postgres().await;
    let database = postgres.create_database().await?;
    postgres.execute(&database, "create type mood as enum ('good', 'bad')").await?;
    let server = ada.connected_server(&postgres).await?;
    let mut socket = ada.open_session(&server, &database).await?;
    let run = socket.run("select 'good'::mood, 1.5::numeric(12,2)").await?;
    let columns = &run.one("columns")["columns"];
    assert_eq!(columns[0]["type_name"], json!(null));
    assert_eq!(columns[1]["type_name"], "numeric(12,2)");
    let oid = columns[0]["type_oid"].as_u64().unwrap();
    let types = ada.get(&format!("/api/v1/servers/{server}/databases/{database}/types?oids={oid},25")).await?.json()?;
    assert_eq!(types["types"].as_array().unwrap().len(), 2, "{types}");
    assert!(types["types"].as_array().unwrap().iter().any(|found| found["name"] == "mood"));
    Ok(())
}

#[tokio::test]
async fn two_tabs_on_one_server_do_not_see_each_other() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let server = ada.connected_server(&*postgres().await).await?;
    let mut one = ada.open_session(&server, "postgres").await?;
    let mut two = ada.open_session(&server, "postgres").await?;
    one.run("begin; create temp table mine (x int)").await?;
    assert_eq!(two.run("select * from mine").await?.one("statement_failed")["error"]["code"], "42P01");
    assert_ne!(one.greeting["backend_pid"], two.greeting["backend_pid"]);
    assert_eq!(one.run("commit").await?.one("run_finished")["transaction"], "idle");
    Ok(())
}

#[tokio::test]
async fn a_read_only_server_is_read_only_and_the_role_is_set() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let postgres = postgres().await;
    let mut definition = crate::world::definition(&postgres);
    definition["read_only"] = json!(true);
    definition["role"] = json!("pg_monitor");
    let server = ada.add_server(&definition).await?;
    let connect = json!({ "password": howdah_testkit::SUPERUSER_PASSWORD });
    assert_eq!(ada.post(&format!("/api/v1/servers/{server}/connect"), &connect).await?.status, 200);
    let mut socket = ada.open_session(&server, "postgres").await?;
    assert_eq!(socket.run("select session_user, current_user").await?.texts(), [["postgres", "pg_monitor"]]);
    assert_eq!(socket.run("create table no (x int)").await?.one("statement_failed")["error"]["code"], "25006");
    Ok(())
}
