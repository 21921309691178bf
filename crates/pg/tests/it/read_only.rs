//! A session in which nothing can be written, whatever is tried, by a superuser.

use anyhow::Result;
use howdah_pg::{Event, Session, TransactionStatus};
use howdah_testkit::{Major, Postgres};

use crate::support::{Told, fetch, finish, open, options, run, session, value};

/// Texts that would write where only a default stood in the way. Each runs in the same session, behind all before it.
const ATTEMPTS: &[&str] = &[
    "insert into t values (1)",
    "create table made ()",
    "set default_transaction_read_only = off",
    "insert into t values (2)",
    "set session characteristics as transaction read write",
    "insert into t values (3)",
    "select set_config('transaction_read_only', 'off', false)",
    "set transaction read write",
    "reset all",
    "with w as (insert into t values (4) returning 1) select * from w",
    // One that ends the transaction, and more behind it.
    "commit; set default_transaction_read_only = off; insert into t values (5)",
    "rollback; begin read write; insert into t values (6); commit",
    // The same where the splitter and PostgreSQL do not agree on what a text is.
    "set standard_conforming_strings = off",
    "select '\\' || '; commit; insert into t values (7); --'",
    "set standard_conforming_strings = on",
    // A block that ends transactions by itself.
    "do $$ begin perform set_config('default_transaction_read_only', 'off', false); commit; insert into t values (8); end $$",
    "call writes()",
    // A transaction of the person's own.
    "begin read write",
    "insert into t values (9)",
    "rollback",
    "start transaction isolation level serializable, read write",
    "set transaction read write",
    "rollback",
    "begin",
    "commit and chain",
    "set transaction read write",
    "rollback and chain",
    "insert into t values (10)",
    "rollback",
    "begin",
    "savepoint a",
    "set transaction read write",
    "rollback to a",
    "set local transaction_read_only = off",
    "rollback",
    "prepare p as insert into t values (11)",
    "execute p",
    "explain analyze insert into t values (12)",
    "copy t from program 'echo 13'",
    "select nextval('s')",
    "refresh materialized view v",
    "vacuum t",
    "discard all",
    "insert into t values (14)",
    "/* */ begin; insert into t values (15); commit",
    "",
    "-- nothing",
];

async fn viewer(server: &Postgres, database: &str) -> Result<Session> {
    let mut session = open(&options(server, database)).await?;
    session.forbid_writes();
    Ok(session)
}

#[tokio::test]
async fn nothing_is_written_whatever_is_tried() -> Result<()> {
    for major in Major::ALL {
        let server = Postgres::shared(major).await?;
        let database = server.create_database().await?;
        let mut owner = open(&options(&server, &database)).await?;
        fetch(
            &mut owner,
            "create table t (a int); create sequence s; create materialized view v as select count(*) from t; \
             create procedure writes() language plpgsql as $$ begin commit; insert into t values (0); end $$",
        )
        .await?;
        let mut session = viewer(&server, &database).await?;
        for attempt in ATTEMPTS {
            let told = run(&mut session, attempt).await?;
            let written =
                value(&mut owner, "select count(*)::text || coalesce(to_regclass('made')::text, '') from t").await?;
            assert_eq!(written, "0", "{major:?}: {attempt}: {told:?}");
            assert_eq!(value(&mut owner, "select is_called::text from s").await?, "false", "{attempt}");
        }
        assert_eq!(value(&mut session, "select count(*) from t").await?, "0", "it can still be read");
    }
    Ok(())
}

#[tokio::test]
async fn reading_is_told_as_in_any_other_session() -> Result<()> {
    let server = Postgres::shared(Major::V18).await?;
    let mut free = session(&server).await?;
    let mut bound = session(&server).await?;
    bound.forbid_writes();
    for sql in [
        "select 1 as a, 'x' as b union all select 2, 'y'",
        "show server_version",
        "set search_path = pg_catalog",
        "select * from pg_class where false",
        "do $$ begin raise notice 'one'; end $$",
        "copy (select 1) to stdout",
        "select 1/0",
        "selec",
        "",
        "explain (costs off) select 1",
        "begin",
        "select 1",
        "select 1/0",
        "select 2",
        "rollback",
        "begin isolation level repeatable read",
        "show transaction_isolation",
        "commit",
        "show search_path",
    ] {
        let (expected, told) = (run(&mut free, sql).await?, run(&mut bound, sql).await?);
        let facts = |told: &Told| {
            let error = told.error.as_ref().map(|error| (error.code.clone(), error.position));
            (told.rows.clone(), told.tags.clone(), told.copy.clone(), told.order.clone(), told.status, error)
        };
        assert_eq!(facts(&told), facts(&expected), "{sql}");
    }
    Ok(())
}

#[tokio::test]
async fn a_limit_of_rows_and_a_cancel_are_for_the_statement() -> Result<()> {
    let server = Postgres::shared(Major::V18).await?;
    let mut session = session(&server).await?;
    session.forbid_writes();
    session.limit_rows(Some(2));
    session.start_simple("select generate_series(1, 5)").await?;
    let mut rows = 0;
    loop {
        match session.next_event().await? {
            Event::Rows(batch) => rows += batch.rows(),
            Event::LimitReached => break,
            _ => {}
        }
    }
    assert_eq!(rows, 2);
    session.limit_rows(None);
    let told = finish(&mut session).await?;
    assert_eq!((told.rows.len(), told.status), (3, Some(TransactionStatus::Idle)));

    session.start_simple("select pg_sleep(60)").await?;
    let canceller = session.canceller();
    let (told, cancelled) = tokio::join!(finish(&mut session), async {
        crate::support::until(
            &server,
            "select exists (select from pg_stat_activity where query = 'select pg_sleep(60)')",
        )
        .await?;
        Ok::<_, anyhow::Error>(canceller.cancel().await?)
    });
    cancelled?;
    let told = told?;
    assert_eq!((told.error.unwrap().code.as_str(), told.status), ("57014", Some(TransactionStatus::Idle)));
    assert_eq!(value(&mut session, "select 1").await?, "1");
    Ok(())
}
