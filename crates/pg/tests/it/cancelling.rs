//! Cancel requests.

use anyhow::Result;
use howdah_pg::{Event, ProtocolVersion, RootCertificates, SslMode};
use howdah_testkit::{Major, Postgres};

use crate::support::{finish, open, options, until, value};

#[tokio::test]
async fn a_running_statement_is_cancelled_with_and_without_tls() -> Result<()> {
    for major in Major::ALL {
        let server = Postgres::shared(major).await?;
        for mode in [SslMode::Disable, SslMode::VerifyFull] {
            let mut options = options(&server, "postgres");
            options.ssl.mode = mode;
            options.ssl.root = RootCertificates::Pem(server.ca_pem().to_owned());
            let mut session = open(&options).await?;
            assert_eq!(session.tls().is_some(), mode == SslMode::VerifyFull);
            session.start_simple("select pg_sleep(600)").await?;
            let sleeps =
                format!("select wait_event = 'PgSleep' from pg_stat_activity where pid = {}", session.backend_pid());
            until(&server, &sleeps).await?;
            session.canceller().cancel().await?;
            let told = finish(&mut session).await?;
            assert_eq!(told.error.map(|error| error.code).as_deref(), Some("57014"), "{major:?} {mode:?}");
            assert_eq!(value(&mut session, "select 1").await?, "1");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_streaming_statement_is_cancelled_over_tls() -> Result<()> {
    let server = Postgres::shared(Major::V18).await?;
    let mut options = options(&server, "postgres");
    options.ssl.mode = SslMode::Require;
    let mut session = open(&options).await?;
    session.start_simple("select i, repeat('x', 100) from generate_series(1, 100000000) i").await?;
    let mut rows = 0_u64;
    while rows < 100_000 {
        if let Event::Rows(batch) = session.next_event().await? {
            rows += u64::from(batch.rows());
        }
    }
    session.canceller().cancel().await?;
    session.discard_rows();
    let told = finish(&mut session).await?;
    assert_eq!(told.error.map(|error| error.code).as_deref(), Some("57014"));
    Ok(())
}

#[tokio::test]
async fn a_canceller_that_nothing_runs_for_does_no_harm() -> Result<()> {
    let server = Postgres::shared(Major::V18).await?;
    let mut session = open(&options(&server, "postgres")).await?;
    assert_eq!(session.protocol_version(), ProtocolVersion::V3_2);
    let canceller = session.canceller();
    canceller.cancel().await?;
    assert_eq!(value(&mut session, "select 1").await?, "1");
    session.close().await;
    canceller.cancel().await?;
    Ok(())
}
