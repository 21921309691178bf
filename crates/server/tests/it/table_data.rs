//! The rows of a table over HTTP: what is told of it, what changes would run, and that they are written down.

use anyhow::{Context, Result};
use howdah_testkit::{Page, SUPERUSER_PASSWORD};
use serde_json::{Value, json};

use crate::audit::events;
use crate::world::{World, all_majors, postgres, until_answers};

const TABLE: &str = "create table notes (id int primary key, note text not null, at timestamptz default now());
    insert into notes (id, note) values (1, 'first'), (2, 'second')";

/// Has PostgreSQL do something while it commits a new note.
fn at_commit(what: &str) -> String {
    format!(
        "create function at_commit() returns trigger language plpgsql as $$ begin {what}; return null; end $$;
         create constraint trigger at_commit after insert on notes deferrable initially deferred
             for each row execute function at_commit()"
    )
}

fn third_note() -> Value {
    json!({ "changes": [{ "type": "insert", "values": [
        { "column": "id", "value": { "kind": "text", "text": "3" } },
        { "column": "note", "value": { "kind": "text", "text": "x" } }] }] })
}

async fn relation(postgres: &howdah_testkit::Postgres, database: &str) -> Result<String> {
    let rows = postgres.query(database, "select 'notes'::regclass::oid::text").await?;
    rows.into_iter().flatten().flatten().next().context("an oid")
}

#[tokio::test]
async fn rows_are_changed_together_or_not_at_all_and_that_is_written_down() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    for postgres in all_majors().await {
        let database = postgres.create_database().await?;
        postgres.execute(&database, TABLE).await?;
        let server = ada.connected_server(&postgres).await?;
        let base = format!(
            "/api/v1/servers/{server}/databases/{database}/relations/{}",
            relation(&postgres, &database).await?
        );
        let shape = ada.get(&format!("{base}/shape")).await?.json()?;
        assert_eq!(shape["keys"][0]["columns"], json!(["id"]));
        assert_eq!((&shape["columns"][1]["not_null"], &shape["takes_updates"]), (&json!(true), &json!(true)));

        let update = |was: &str, value: Value| {
            json!({ "type": "update", "key": [{ "column": "id", "value": "1" }],
                    "old": [{ "column": "note", "value": was }], "values": [{ "column": "note", "value": value }] })
        };
        let text = |text: &str| json!({ "kind": "text", "text": text });
        let insert = json!({ "type": "insert", "values": [
            { "column": "id", "value": text("3") }, { "column": "note", "value": text("") },
            { "column": "at", "value": { "kind": "default" } }] });
        let good = json!({ "changes": [update("first", text("it's new")), insert] });
        let preview = ada.post(&format!("{base}/changes/preview"), &good).await?.json()?;
        assert_eq!(
            preview["statements"],
            json!([
                "update public.notes set note = 'it''s new'\nwhere id = 1 and note = 'first'",
                "insert into public.notes (id, note)\nvalues (3, '')\nreturning *",
            ])
        );

        let path = format!("{base}/changes");
        let bad = json!({ "changes": [
            update("first", text("it's new")),
            { "type": "delete", "key": [{ "column": "id", "value": "2" }], "old": [{ "column": "note", "value": "other" }] },
            update("it's new", json!({ "kind": "null" })),
        ] });
        let report = ada.post(&path, &bad).await?.json()?;
        assert_eq!(report["applied"], false);
        let statuses: Vec<_> =
            report["outcomes"].as_array().context("outcomes")?.iter().map(|o| &o["status"]).collect();
        assert_eq!(statuses, ["done", "conflict", "failed"]);
        assert_eq!(report["outcomes"][1]["row"][1], "second");
        assert_eq!(
            (&report["outcomes"][2]["error"]["code"], &report["outcomes"][2]["columns"]),
            (&json!("23502"), &json!(["note"]))
        );
        let count = postgres.query(&database, "select string_agg(note, ',' order by id) from notes").await?;
        assert_eq!(count, [[Some("first,second".to_owned())]]);

        let report = ada.post(&path, &good).await?.json()?;
        assert_eq!((&report["applied"], &report["outcomes"][0]["row"][1]), (&json!(true), &json!("it's new")));
        let count = postgres.query(&database, "select string_agg(note, ',' order by id) from notes").await?;
        assert_eq!(count, [[Some("it's new,second,".to_owned())]]);

        // Both attempts stand in the audit trail as the statements that they are.
        let written = events(&ada, &format!("server={server}&kind=statement"), 2).await?;
        let told: Vec<_> = written.iter().map(|event| (&event["result"], &event["code"], &event["rows"])).collect();
        assert_eq!(told, [(&json!("ok"), &json!(null), &json!(2)), (&json!("failed"), &json!("conflict"), &json!(0))]);
        let statement = written[0]["statement"].as_str().context("a statement")?;
        assert!(statement.contains("update public.notes set note = 'it''s new'"), "{statement}");
        postgres.execute(&database, "drop table notes").await?;
        assert_eq!(ada.post(&path, &good).await?.status, 404);
        assert_eq!(ada.get(&format!("{base}/shape")).await?.status, 404);
    }
    Ok(())
}

#[tokio::test]
async fn a_server_that_is_read_only_by_default_is_changed_once_it_is_written_down_why() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    for postgres in all_majors().await {
        let database = postgres.create_database().await?;
        postgres.execute(&database, TABLE).await?;
        let mut definition = crate::world::definition(&postgres);
        definition["read_only"] = json!(true);
        let server = ada.add_server(&definition).await?;
        let connect = json!({ "password": SUPERUSER_PASSWORD });
        assert_eq!(ada.post(&format!("/api/v1/servers/{server}/connect"), &connect).await?.status, 200);
        let relation = relation(&postgres, &database).await?;
        let path = format!("/api/v1/servers/{server}/databases/{database}/relations/{relation}/changes");
        let delete = |id: &str, reason: Value| {
            let change = json!({ "type": "delete", "key": [{ "column": "id", "value": id }], "old": [] });
            json!({ "changes": [change], "reason": reason })
        };
        let told = |page: &Page| (page.status.as_u16(), page.json().map(|body| body["code"].clone()).ok());
        let refused = ada.post(&path, &delete("1", Value::Null)).await?;
        assert_eq!(told(&refused), (409, Some(json!("writes_locked"))));
        let blank = ada.post(&path, &delete("1", json!(" "))).await?;
        assert_eq!(told(&blank), (422, Some(json!("invalid_request"))));
        assert_eq!(ada.post(&path, &delete("1", json!(" OPS-7 "))).await?.json()?["applied"], true);
        // The lock is back.
        let refused = ada.post(&path, &delete("2", Value::Null)).await?;
        assert_eq!(told(&refused), (409, Some(json!("writes_locked"))));
        let left = postgres.query(&database, "select string_agg(note, ',') from notes").await?;
        assert_eq!(left, [[Some("second".to_owned())]]);

        let unlocked = events(&ada, &format!("server={server}&kind=writes_unlocked"), 1).await?;
        let reasons: Vec<_> = unlocked.iter().map(|event| &event["details"]["reason"]).collect();
        assert_eq!(reasons, [&json!("OPS-7")]);
        assert_eq!(events(&ada, &format!("server={server}&kind=statement"), 1).await?.len(), 1);
    }
    Ok(())
}

#[tokio::test]
async fn a_commit_during_which_the_connection_is_lost_is_asked_for() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    for postgres in all_majors().await {
        let database = postgres.create_database().await?;
        postgres.execute(&database, TABLE).await?;
        let leave = "perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(60)";
        postgres.execute(&database, &at_commit(leave)).await?;
        let server = ada.connected_server(&postgres).await?;
        let base = format!(
            "/api/v1/servers/{server}/databases/{database}/relations/{}",
            relation(&postgres, &database).await?
        );
        let report = ada.post(&format!("{base}/changes"), &third_note()).await?.json()?;
        assert_eq!((&report["applied"], &report["commit_error"]["code"]), (&json!(false), &json!("57P01")));
        let count = postgres.query(&database, "select count(*) from notes").await?;
        assert_eq!(count, [[Some("2".to_owned())]]);

        // Nobody has locked the table.
        assert_eq!(ada.get(&format!("{base}/lock")).await?.json()?["holder"], json!(null));
    }
    Ok(())
}

#[tokio::test]
async fn a_commit_of_which_postgresql_cannot_be_asked_is_told_as_unknown() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let postgres = postgres().await;
    let database = postgres.create_database().await?;
    postgres.execute(&database, TABLE).await?;
    postgres.execute(&database, &at_commit("perform pg_sleep(60)")).await?;
    let server = ada.connected_server(&postgres).await?;
    let relation = relation(&postgres, &database).await?;
    let path = format!("/api/v1/servers/{server}/databases/{database}/relations/{relation}/changes");
    let third = third_note();
    // While it commits the connection goes, and so does the way to ask.
    let lose = async {
        let those = format!("from pg_stat_activity where datname = '{database}' and wait_event = 'PgSleep'");
        until_answers(&postgres, &format!("select count(*) {those}"), Some("1")).await?;
        postgres.execute("postgres", &format!("alter database {database} allow_connections false")).await?;
        postgres.query("postgres", &format!("select pg_terminate_backend(pid) {those}")).await
    };
    let (answer, lost) = tokio::join!(ada.post(&path, &third), lose);
    lost?;
    let answer = answer?;
    let problem = answer.json()?;
    assert_eq!((answer.status.as_u16(), &problem["code"]), (502, &json!("outcome_unknown")), "{problem}");
    assert_eq!(problem["sqlstate"], "57P01", "{problem}");
    Ok(())
}
