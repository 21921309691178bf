//! What goes with a run: transactions, savepoints, settings, questions and placeholders.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::socket::{Run, Socket};
use crate::world::{World, all_majors, postgres};

async fn session() -> Result<Socket> {
    let postgres = postgres().await;
    let database = postgres.create_database().await?;
    let person = World::shared().await.sign_in("zoe").await?;
    let server = person.connected_server(&postgres).await?;
    person.open_session(&server, &database).await
}

async fn run(socket: &mut Socket, sql: &str, options: &Value) -> Result<Run> {
    socket.start(sql, &json!({ "options": options })).await?;
    socket.finish().await
}

fn failed(run: &Run) -> Vec<&str> {
    run.of("statement_failed").into_iter().filter_map(|failed| failed["error"]["code"].as_str()).collect()
}

fn state(run: &Run) -> &Value {
    &run.one("run_finished")["transaction"]
}

#[tokio::test]
async fn in_manual_mode_howdah_begins_and_the_person_commits() -> Result<()> {
    let mut socket = session().await?;
    let manual = json!({ "transaction": "manual" });
    for (sql, expected) in [
        ("vacuum", "idle"),
        ("create table t (a int)", "in_transaction"),
        ("insert into t values (1)", "in_transaction"),
        ("commit", "idle"),
        ("-- nothing\ncommit", "idle"),
        ("select 1; commit; select 2", "in_transaction"),
        ("rollback", "idle"),
        ("begin read only; select 1", "in_transaction"),
        ("rollback; insert into t values (2)", "in_transaction"),
        ("select 1/0", "failed"),
        ("rollback", "idle"),
    ] {
        let run = run(&mut socket, sql, &manual).await?;
        assert_eq!(state(&run), expected, "{sql}");
    }
    let left = run(&mut socket, "select a from t", &json!({})).await?;
    assert_eq!((left.texts(), state(&left)), (vec![vec!["1"]], &json!("idle")));
    Ok(())
}

#[tokio::test]
async fn with_savepoints_an_error_undoes_its_own_statement_alone() -> Result<()> {
    let mut socket = session().await?;
    let careful = json!({ "transaction": "manual", "savepoints": true });
    run(&mut socket, "create table t (a int primary key)", &careful).await?;
    let twice = run(&mut socket, "insert into t values (1); insert into t values (1)", &careful).await?;
    assert_eq!((failed(&twice), state(&twice)), (vec!["23505"], &json!("in_transaction")));
    // Savepoints of the person's own work as ever.
    for (sql, code) in [
        ("savepoint mine", None),
        ("insert into t values (2)", None),
        ("rollback to nowhere", Some("3B001")),
        ("rollback to mine", None),
        ("release mine", None),
        ("insert into t values (3)", None),
        ("select 1/0", Some("22012")),
    ] {
        let run = run(&mut socket, sql, &careful).await?;
        assert_eq!((failed(&run).first().copied(), state(&run)), (code, &json!("in_transaction")), "{sql}");
    }
    assert_eq!(state(&run(&mut socket, "commit", &careful).await?), "idle");
    let kept = run(&mut socket, "select string_agg(a::text, ' ' order by a) from t", &json!({})).await?;
    assert_eq!(kept.texts(), [["1 3"]]);
    // Without a transaction there is nothing to save.
    let alone = run(&mut socket, "select 1/0", &json!({ "savepoints": true })).await?;
    assert_eq!((failed(&alone), state(&alone)), (vec!["22012"], &json!("idle")));
    Ok(())
}

#[tokio::test]
async fn a_tab_sets_its_session_and_a_set_of_the_persons_own_stays() -> Result<()> {
    let mut socket = session().await?;
    let strict = json!({ "settings": { "read_only": true, "statement_timeout_ms": 200, "isolation": "serializable" } });
    let shown = run(&mut socket, "show transaction_isolation", &strict).await?;
    assert_eq!(shown.texts(), [["serializable"]]);
    assert_eq!(failed(&run(&mut socket, "create table t ()", &strict).await?), ["25006"]);
    assert_eq!(failed(&run(&mut socket, "select pg_sleep(20)", &strict).await?), ["57014"]);
    socket.send(&json!({ "type": "inspect" })).await?;
    let settings = socket.wait_for("settings").await?;
    assert_eq!(settings["settings"]["statement_timeout"], "200ms");
    assert_eq!(settings["settings"]["search_path"], "\"$user\", public");

    // Taken back with the transaction that it was set in, and set again.
    let none = json!({});
    run(&mut socket, "create table t (); begin", &none).await?;
    run(&mut socket, "select 1", &strict).await?;
    run(&mut socket, "rollback", &json!({ "settings": strict["settings"] })).await?;
    let shown = run(&mut socket, "show statement_timeout", &strict).await?;
    assert_eq!(shown.texts(), [["200ms"]]);

    run(&mut socket, "set statement_timeout = '7s'", &strict).await?;
    assert_eq!(run(&mut socket, "show statement_timeout", &strict).await?.texts(), [["7s"]]);
    let back = run(&mut socket, "show statement_timeout; show default_transaction_read_only", &none).await?;
    assert_eq!(back.texts(), [["0"], ["off"]]);
    Ok(())
}

#[tokio::test]
async fn what_may_destroy_more_than_was_meant_is_asked_about_with_an_estimate() -> Result<()> {
    let mut socket = session().await?;
    let setup = "create table big as select g from generate_series(1, 5000) g; analyze big; create table small (a int)";
    run(&mut socket, setup, &json!({})).await?;
    let ask = json!({ "ask": { "destructive": true } });
    let asked = run(&mut socket, "select 1;\ndelete from big", &ask).await?;
    let question = asked.one("confirmation_needed");
    assert_eq!(asked.messages.len(), 1);
    let statement = &question["statements"][0];
    assert_eq!(statement["danger"], "delete_all");
    assert_eq!((&statement["range"]["start"], &statement["range"]["end"]), (&json!(10), &json!(25)));
    assert_eq!((&statement["estimated_rows"], &statement["objects"]), (&json!(5000.0), &json!(["big"])));

    // Within a transaction nothing of it is left, whatever comes of the estimate.
    run(&mut socket, "begin; insert into small values (1)", &json!({})).await?;
    for (sql, kind, rows) in [
        ("update big set g = 1", "update_all", json!(5000.0)),
        ("update nothing set g = 1", "update_all", Value::Null),
        ("truncate big, small", "truncate", json!(7550.0)),
        ("drop table big", "drop", json!(5000.0)),
        ("drop schema public", "drop", Value::Null),
        ("alter table big drop column g", "drop_column", Value::Null),
    ] {
        let asked = run(&mut socket, sql, &ask).await?;
        let statement = &asked.one("confirmation_needed")["statements"][0];
        assert_eq!((&statement["danger"], &statement["estimated_rows"]), (&json!(kind), &rows), "{sql}");
    }
    // As well where a name stands for it.
    let named = json!({ "parameters": {}, "ask": { "destructive": true } });
    let asked = run(&mut socket, "\\set all 'delete from big'\n:all", &named).await?;
    let statement = &asked.one("confirmation_needed")["statements"][0];
    assert_eq!((&statement["danger"], &statement["estimated_rows"]), (&json!("delete_all"), &json!(5000.0)));
    let after = run(&mut socket, "select count(*) from small; delete from small where a = 1; commit", &ask).await?;
    assert_eq!((after.texts(), state(&after)), (vec![vec!["1"]], &json!("idle")));

    // On a production server everything that writes.
    let careful = json!({ "ask": { "writes": true } });
    let asked = run(&mut socket, "insert into small values (1)", &careful).await?;
    assert_eq!(asked.one("confirmation_needed")["statements"][0]["danger"], Value::Null);
    assert_eq!(run(&mut socket, "select 1", &careful).await?.texts(), [["1"]]);
    Ok(())
}

#[tokio::test]
async fn placeholders_are_asked_for_and_travel_as_parameters() -> Result<()> {
    let mut socket = session().await?;
    let sql = "select :n + 1, :text, :'text' || :text, :b, :nil::int is null, a from (values (1)) v(a) where a = :n";
    let asked = run(&mut socket, sql, &json!({ "parameters": { "nil": { "type": "null" } } })).await?;
    let names: Vec<_> = asked.one("parameters_needed")["parameters"]
        .as_array()
        .context("parameters")?
        .iter()
        .map(|one| &one["name"])
        .collect();
    assert_eq!(names, ["n", "text", "b"]);
    let given = json!({ "parameters": {
        "n": { "type": "number", "value": "1" },
        "text": { "type": "text", "value": "it's; -- :n" },
        "b": { "type": "boolean", "value": true },
        "nil": { "type": "null" },
        "t": { "type": "text", "value": "Odd \"table\"" },
        "day": { "type": "date", "value": "2026-02-28" },
    }});
    let found = run(&mut socket, sql, &given).await?;
    assert_eq!(found.texts(), [["2", "it's; -- :n", "it's; -- :nit's; -- :n", "t", "t", "1"]]);

    let script =
        "create table :\"t\" as select :day::date as d, :n as n; select * from :\"t\" where d < :day::date + :n";
    assert_eq!(run(&mut socket, script, &given).await?.texts(), [["2026-02-28", "1"]]);

    // Where the error is, is told in the text as it was written.
    let wrong = run(&mut socket, "select :text, :'text', nothing", &given).await?;
    assert_eq!(wrong.one("statement_failed")["error"]["position"], 23);
    let wrong = run(&mut socket, "select 1, :text::date", &given).await?;
    assert_eq!(wrong.one("statement_failed")["error"]["position"], 10);
    let wrong =
        run(&mut socket, "select :n", &json!({ "parameters": { "n": { "type": "number", "value": "1; drop" } } }))
            .await?;
    assert_eq!(wrong.one("rejected")["problem"]["code"], "invalid_statement");

    // Who does not know of placeholders has none.
    assert_eq!(failed(&run(&mut socket, "select :n", &json!({})).await?), ["42601"]);
    Ok(())
}

#[tokio::test]
async fn errors_say_what_can_be_done_about_them() -> Result<()> {
    let mut socket = session().await?;
    let error = |run: &Run| run.one("statement_failed")["error"].clone();
    let given = json!({ "parameters": { "a": { "type": "text", "value": "x" } } });
    let untyped = run(&mut socket, "select :a is null", &given).await?;
    assert_eq!(error(&untyped)["hint"], "$1 is :a. Say which type it is, as in :a::text.");
    let code = "do $$\nbegin\n  perform 1;\n  raise 'no';\nend $$";
    let raised = run(&mut socket, code, &given).await?;
    assert_eq!(error(&raised)["position"], code.find("raise").context("it is there")?);
    run(&mut socket, "create procedure p() language plpgsql as 'begin commit; end'", &given).await?;
    assert_eq!(failed(&run(&mut socket, "call p()", &given).await?), [""; 0]);
    let within = run(&mut socket, "call p()", &json!({ "transaction": "manual" })).await?;
    let hint = "A procedure that commits is called outside of a transaction: in Autocommit, without BEGIN.";
    assert_eq!((failed(&within), &error(&within)["hint"]), (vec!["2D000"], &json!(hint)));
    let none = json!({});
    let made = "rollback; drop role if exists advised; create role advised; create table closed ()";
    assert_eq!(failed(&run(&mut socket, made, &none).await?), [""; 0]);
    for (sql, sqlstate, advice) in [
        ("begin; vacuum", "25001", "Run it outside of a transaction"),
        ("select 1", "25P02", "Roll the transaction back"),
        ("rollback; begin; set local role advised; select * from closed", "42501", "You are connected as "),
        ("rollback; drop role advised; select * from nowhere", "42P01", "If it is a table, name its schema"),
        ("select 1 / 0", "22012", ""),
    ] {
        let run = run(&mut socket, sql, &none).await?;
        let hint = error(&run)["hint"].as_str().unwrap_or_default().to_owned();
        assert!(failed(&run) == [sqlstate] && hint.starts_with(advice), "{sql}: {hint}");
    }
    Ok(())
}

#[tokio::test]
async fn what_a_script_sets_stands_for_its_text() -> Result<()> {
    let mut socket = session().await?;
    let sql = "\\set ON_ERROR_STOP on\n\\set t pg_class\nselect count(*) > 0, :'t' from :t";
    let set = run(&mut socket, sql, &json!({ "parameters": {} })).await?;
    assert_eq!(set.texts(), [["t", "pg_class"]]);
    Ok(())
}

#[tokio::test]
async fn a_script_is_cut_as_the_session_reads_strings() -> Result<()> {
    let mut socket = session().await?;
    let none = json!({});
    let set = run(&mut socket, "set standard_conforming_strings = off; set escape_string_warning = off", &none).await?;
    let told = set.of("parameter").into_iter().find(|told| told["name"] == "standard_conforming_strings");
    assert_eq!(told.context("what the page follows")?["value"], "off");
    let escaping = run(&mut socket, r"select 'it\'s; one'; select b'0', $$\$$", &none).await?;
    assert_eq!(escaping.texts(), [vec!["it's; one"], vec!["0", "\\"]]);
    let values = json!({ "parameters": { "v": { "type": "text", "value": "a\\b" } } });
    let filled = run(&mut socket, r"select 'not \' :here', :v, :'v'", &values).await?;
    assert_eq!(filled.texts(), [vec!["not ' :here", "a\\b", "a\\b"]]);
    let standard = run(&mut socket, r"set standard_conforming_strings = on; select 1", &none).await?;
    assert_eq!(standard.texts(), [["1"]]);
    let cut = run(&mut socket, r"select 'a\'; select 'b'", &none).await?;
    assert_eq!(cut.texts(), [vec!["a\\"], vec!["b"]]);
    Ok(())
}

/// The search path that the page is told in or right behind a run; `None`: nothing of it.
async fn path_told(socket: &mut Socket, sql: &str) -> Result<Option<String>> {
    let run = run(socket, sql, &json!({})).await?;
    let mut told: Vec<Value> = run.of("parameter").into_iter().cloned().collect();
    // Whatever is told behind the run comes before the answer to what is asked now.
    socket.send(&json!({ "type": "inspect" })).await?;
    loop {
        let message = socket.text().await?;
        match message["type"].as_str() {
            Some("settings") => break,
            _ => told.push(message),
        }
    }
    let mut paths = told.iter().filter(|told| told["name"] == "search_path");
    Ok(paths.next_back().and_then(|told| told["value"].as_str()).map(ToOwned::to_owned))
}

#[tokio::test]
async fn a_page_learns_the_search_path_that_a_session_comes_to_have() -> Result<()> {
    let own = "\"$user\", public";
    for postgres in all_majors().await {
        let person = World::shared().await.sign_in("zoe").await?;
        let server = person.connected_server(&postgres).await?;
        let mut socket = person.open_session(&server, "postgres").await?;
        let version = socket.greeting["server_version"].as_str().unwrap_or_default().to_owned();
        let reports = version.starts_with("18");
        assert_eq!(socket.greeting["search_path"], if reports { json!(own) } else { Value::Null });
        assert_eq!(path_told(&mut socket, "select 1").await?, None, "{version}");
        let mut known = None;
        for (sql, expected) in [
            ("set search_path = shop, \"Odd one\"", "shop, \"Odd one\""),
            ("begin; set local search_path = inner_one", "inner_one"),
            // One version tells what the error takes back at once, the other when it can be asked.
            ("select 1/0", ""),
            ("rollback", "shop, \"Odd one\""),
            ("select pg_catalog.set_config('SEARCH_PATH', 'deep', false)", "deep"),
            ("do $$ begin set search_path = deeper; end $$", "deeper"),
            ("begin; set local search_path = other", "other"),
            ("commit", "deeper"),
            ("reset all", own),
        ] {
            known = path_told(&mut socket, sql).await?.or(known);
            assert!(expected.is_empty() || known.as_deref() == Some(expected), "{version}: {sql}: {known:?}");
        }
    }
    Ok(())
}
