//! Servers that leave in the middle.

use anyhow::Result;
use howdah_pg::{Event, SessionError};
use howdah_testkit::{Major, Postgres};

use crate::support::{fetch, finish, session, until};

#[tokio::test]
async fn a_terminated_backend_says_why() -> Result<()> {
    for major in Major::ALL {
        let server = Postgres::shared(major).await?;
        let mut victim = session(&server).await?;
        // A backend that waits for its client to read leaves without a word, so this one sleeps in mid-result.
        let sql =
            "select repeat('x', 100), pg_sleep(case when i < 1000 then 0 else 600 end) from generate_series(1, 2000) i";
        victim.start_simple(sql).await?;
        while !matches!(victim.next_event().await?, Event::Rows(_)) {}
        let sleeps =
            format!("select wait_event = 'PgSleep' from pg_stat_activity where pid = {}", victim.backend_pid());
        until(&server, &sleeps).await?;
        let mut killer = session(&server).await?;
        fetch(&mut killer, &format!("select pg_terminate_backend({})", victim.backend_pid())).await?;
        let error = finish(&mut victim).await.expect_err("it was terminated");
        let error: SessionError = error.downcast()?;
        assert_eq!(error.server().map(|error| error.code.as_str()), Some("57P01"), "{error:?}");
        assert!(matches!(victim.start_simple("select 1").await, Err(SessionError::Closed { reason: Some(_), .. })));
        assert!(victim.next_event().await.is_err());
    }
    Ok(())
}

#[tokio::test]
async fn an_idle_session_hears_of_a_shutdown() -> Result<()> {
    let server = Postgres::start(Major::V18).await?;
    let mut idle = session(&server).await?;
    let (event, stopped) = tokio::join!(idle.next_event(), server.stop());
    stopped?;
    let error = event.expect_err("the server was stopped");
    assert_eq!(error.server().map(|error| error.code.as_str()), Some("57P01"));
    Ok(())
}

#[tokio::test]
async fn a_killed_server_is_a_closed_session() -> Result<()> {
    let server = Postgres::start(Major::V15).await?;
    let mut idle = session(&server).await?;
    let mut streaming = session(&server).await?;
    streaming.start_simple("select i, repeat('x', 100) from generate_series(1, 100000000) i").await?;
    while !matches!(streaming.next_event().await?, Event::Rows(_)) {}
    server.kill().await?;
    let error: SessionError = finish(&mut streaming).await.expect_err("it was killed").downcast()?;
    assert!(matches!(error, SessionError::Closed { .. }), "{error:?}");
    let error = match idle.start_simple("select 1").await {
        Ok(()) => idle.next_event().await.expect_err("it was killed"),
        Err(error) => error,
    };
    assert!(matches!(error, SessionError::Closed { .. }), "{error:?}");
    Ok(())
}
