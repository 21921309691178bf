//! What statements tell, in which order.

use anyhow::Result;
use howdah_pg::{
    Event, QueryError, SessionError, TransactionMode, TransactionStatus,
    split::{Strings, split},
};
use howdah_testkit::{Major, Postgres};

use crate::support::{fetch, finish, run, session, value};

#[tokio::test]
async fn results_tags_and_notices_come_in_order() -> Result<()> {
    for major in Major::ALL {
        let server = Postgres::shared(major).await?;
        let mut session = session(&server).await?;
        let told = run(
            &mut session,
            "do $$ begin raise notice 'one'; end $$; select 1 as a, 'x'::varchar(3); \
             do $$ begin raise warning 'two' using hint = 'h', detail = 'd', errcode = '01234'; end $$; \
             create temp table t (i int); insert into t select generate_series(1, 3); ; select * from t",
        )
        .await?;
        assert_eq!(told.order, "NTCRTNTCRT", "{major:?}");
        assert_eq!(told.tags, ["DO", "SELECT 1", "DO", "CREATE TABLE", "INSERT 0 3", "SELECT 3"]);
        assert_eq!(told.notices[0].message, "one");
        let warning = &told.notices[1];
        assert_eq!((warning.severity.as_str(), warning.code.as_str()), ("WARNING", "01234"));
        assert_eq!((warning.hint.as_deref(), warning.detail.as_deref()), (Some("h"), Some("d")));
        let column = &told.columns[0][1];
        assert_eq!((column.type_oid, column.type_modifier, column.table_oid), (1043, 7, 0));
        let column = &told.columns[1][0];
        assert!(column.table_oid > 0 && column.attribute_number == 1);
        assert_eq!(told.status, Some(TransactionStatus::Idle));
    }
    Ok(())
}

#[tokio::test]
async fn what_holds_in_a_transaction_is_asked_without_a_snapshot() -> Result<()> {
    for major in Major::ALL {
        let server = Postgres::shared(major).await?;
        let mut session = session(&server).await?;
        assert_eq!(session.transaction_mode().await?, None, "none is open");
        for (sql, read_only, isolation) in [
            ("begin read only", true, "read committed"),
            // Only before the first snapshot.
            ("set transaction isolation level serializable", true, "serializable"),
            ("set transaction read write", false, "serializable"),
            ("savepoint a; set transaction read only", true, "serializable"),
            ("rollback to a", false, "serializable"),
            ("rollback; begin isolation level read uncommitted", false, "read uncommitted"),
        ] {
            let told = run(&mut session, sql).await?;
            assert_eq!(told.error.map(|error| error.message), None, "{major:?} {sql}");
            let isolation = Some(isolation.to_owned());
            assert_eq!(session.transaction_mode().await?, Some(TransactionMode { read_only, isolation }), "{sql}");
        }
        run(&mut session, "select 1/0").await?;
        assert_eq!(session.transaction_mode().await?, None, "a failed one takes no question");
        run(&mut session, "rollback").await?;
        session.forbid_writes();
        run(&mut session, "begin").await?;
        assert_eq!(session.transaction_mode().await?, Some(TransactionMode { read_only: true, isolation: None }));
    }
    Ok(())
}

#[tokio::test]
async fn errors_are_whole_and_the_session_goes_on() -> Result<()> {
    let server = Postgres::shared(Major::V18).await?;
    let mut session = session(&server).await?;
    let told = run(&mut session, "select 'é', nix; select 2").await?;
    let error = told.error.unwrap();
    assert_eq!((error.code.as_str(), error.position), ("42703", Some(13)));
    assert_eq!(error.severity, "ERROR");
    assert!(error.file.is_some() && error.line.is_some() && error.routine.is_some());
    assert!(told.rows.is_empty());

    fetch(&mut session, "create temp table t (a int constraint positive check (a > 0), b int not null)").await?;
    let error = run(&mut session, "insert into t values (-1, 1)").await?.error.unwrap();
    assert_eq!((error.table.as_deref(), error.constraint.as_deref()), (Some("t"), Some("positive")));
    assert!(error.schema.is_some() && error.detail.is_some());
    let error = run(&mut session, "insert into t values (1, null)").await?.error.unwrap();
    assert_eq!(error.column.as_deref(), Some("b"));

    let error = run(&mut session, "do $$ begin execute 'select 1 +'; end $$").await?.error.unwrap();
    assert_eq!(error.internal_query.as_deref(), Some("select 1 +"));
    assert!(error.internal_position.is_some() && error.context.is_some());
    assert_eq!(value(&mut session, "select 1").await?, "1");
    Ok(())
}

#[tokio::test]
async fn the_transaction_state_is_that_of_ready_for_query() -> Result<()> {
    let server = Postgres::shared(Major::V15).await?;
    let mut session = session(&server).await?;
    for (sql, status) in [
        ("begin", TransactionStatus::InTransaction),
        ("select 1", TransactionStatus::InTransaction),
        ("select 1/0", TransactionStatus::Failed),
        ("select 1", TransactionStatus::Failed),
        ("rollback", TransactionStatus::Idle),
    ] {
        run(&mut session, sql).await?;
        assert_eq!(session.transaction_status(), status, "{sql}");
    }
    Ok(())
}

#[tokio::test]
async fn parameters_go_by_the_extended_protocol() -> Result<()> {
    let server = Postgres::shared(Major::V18).await?;
    let mut session = session(&server).await?;
    let rows = session.query("select $1::int + 1, $2::text, $3::text is null", &[Some("41"), Some("é'"), None]).await?;
    let texts: Vec<_> = rows.texts().collect();
    assert_eq!(texts, [vec![Some("42".into()), Some("é'".into()), Some("t".into())]]);
    assert_eq!(rows.columns()[0].type_oid, 23);

    let refused = session.query("select $1::int", &[Some("x")]).await;
    assert!(matches!(refused, Err(QueryError::Server(error)) if error.code == "22P02"));
    let large = session.query("select repeat('x', 1000) from generate_series(1, 20000)", &[]).await;
    assert!(matches!(large, Err(QueryError::TooLarge)));
    let cut = session.query("select repeat('x', 300000)", &[]).await;
    assert!(matches!(cut, Err(QueryError::TooLarge)));
    assert_eq!(session.query("", &[]).await?.row_count(), 0);
    assert_eq!(session.query("copy (select 1) to stdout", &[]).await?.row_count(), 0);
    assert_eq!(value(&mut session, "select 1").await?, "1");
    Ok(())
}

#[tokio::test]
async fn copy_from_stdin_is_refused_with_words_and_the_session_goes_on() -> Result<()> {
    for major in Major::ALL {
        let server = Postgres::shared(major).await?;
        let mut session = session(&server).await?;
        fetch(&mut session, "create temp table t (i int)").await?;
        let told = run(&mut session, "copy t from stdin").await?;
        let error = told.error.unwrap();
        assert_eq!(error.code, "57014");
        assert!(error.message.contains("use INSERT"), "{}", error.message);
        let refused = session.query("copy t from stdin", &[]).await;
        assert!(matches!(refused, Err(QueryError::Server(_))));
        assert_eq!(value(&mut session, "select count(*) from t").await?, "0");
    }
    Ok(())
}

#[tokio::test]
async fn settings_and_notifications_are_told_between_statements_too() -> Result<()> {
    let server = Postgres::shared(Major::V18).await?;
    let mut listener = session(&server).await?;
    let told = run(&mut listener, "listen news; set application_name = 'reader'; ").await?;
    assert!(told.order.contains('P'));
    assert_eq!(listener.parameter("application_name"), Some("reader"));

    let mut speaker = session(&server).await?;
    fetch(&mut speaker, "select pg_notify('news', 'hear, hear')").await?;
    let event = listener.next_event().await?;
    let Event::Notification { channel, payload, backend_pid } = event else { panic!("{event:?}") };
    assert_eq!((channel.as_str(), payload.as_str(), backend_pid), ("news", "hear, hear", speaker.backend_pid()));
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_and_nothing_is_lost() -> Result<()> {
    let server = Postgres::shared(Major::V18).await?;
    let mut session = session(&server).await?;
    assert!(matches!(session.start_simple("select '\0'").await, Err(SessionError::Unsendable(_))));
    session.start_simple("select 1").await?;
    assert!(matches!(session.start_simple("select 2").await, Err(SessionError::Busy)));
    assert_eq!(finish(&mut session).await?.tags, ["SELECT 1"]);
    assert_eq!(run(&mut session, " -- nothing").await?.order, "Q");
    session.close().await;
    Ok(())
}

#[tokio::test]
async fn dropping_an_event_future_loses_nothing() -> Result<()> {
    let server = Postgres::shared(Major::V18).await?;
    let mut session = session(&server).await?;
    session.start_simple("select i from generate_series(1, 50000) i").await?;
    let (mut rows, mut dropped) = (0, 0_u32);
    loop {
        // Polled once and dropped, over and over: whatever was read must still be there.
        let event = tokio::select! {
            biased;
            event = session.next_event() => event?,
            () = std::future::ready(()) => {
                dropped += 1;
                tokio::task::yield_now().await;
                continue;
            }
        };
        match event {
            Event::Rows(batch) => rows += batch.rows(),
            Event::Ready(_) => break,
            _ => {}
        }
    }
    assert_eq!(rows, 50_000);
    assert!(dropped > 0);
    Ok(())
}

#[tokio::test]
async fn an_escape_string_goes_on_where_the_splitter_says() -> Result<()> {
    let server = Postgres::shared(Major::V18).await?;
    let mut session = session(&server).await?;
    let sql = "select E'a' -- c\n 'b\\';c'";
    assert_eq!(split(sql, Strings::Standard).len(), 1);
    assert_eq!(value(&mut session, sql).await?, "ab';c");
    Ok(())
}
