//! PostgreSQL servers start, serve, break and go away as asked.

use std::fs::File;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};
use howdah_testkit::{Major, Postgres};

async fn one(postgres: &Postgres, sql: &str) -> Result<String> {
    let rows = postgres.query("postgres", sql).await?;
    Ok(rows.into_iter().flatten().flatten().next().unwrap_or_default())
}

#[tokio::test]
async fn every_major_version_starts() -> Result<()> {
    for major in Major::EVERY {
        let postgres = Postgres::start(major).await?;
        let version = one(&postgres, "show server_version").await?;
        ensure!(version.starts_with(&format!("{}.", major.number())), "{major:?} is {version}");
    }
    Ok(())
}

#[tokio::test]
async fn the_shared_server_has_tls_and_databases_of_their_own() -> Result<()> {
    let postgres = Postgres::shared(Major::V18).await?;
    assert_eq!(one(&postgres, "show ssl").await?, "on");
    let (first, second) = (postgres.create_database().await?, postgres.create_database().await?);
    postgres.execute(&first, "create table t ()").await?;
    postgres.execute(&second, "create table t ()").await?;
    Ok(())
}

#[tokio::test]
async fn a_killed_server_starts_again_on_the_same_port_with_its_data() -> Result<()> {
    let postgres = Postgres::start(Major::V15).await?;
    postgres.execute("postgres", "create table kept as select 42 as answer; checkpoint").await?;
    let port = postgres.port();
    postgres.kill().await?;
    ensure!(one(&postgres, "select 1").await.is_err());
    postgres.start_again().await?;
    assert_eq!(one(&postgres, "select answer from kept").await?, "42");
    postgres.restart().await?;
    assert_eq!(postgres.port(), port);
    Ok(())
}

#[tokio::test]
async fn host_lines_and_settings_are_taken() -> Result<()> {
    let postgres = Postgres::builder(Major::V18)
        .tls()
        .hba("hostssl all all 127.0.0.1/32 cert")
        .setting("work_mem", "5MB")
        .start()
        .await?;
    assert_eq!(one(&postgres, "show work_mem").await?, "5MB");
    let rule = "select type || ' ' || auth_method from pg_hba_file_rules order by rule_number desc limit 1";
    assert_eq!(one(&postgres, rule).await?, "hostssl cert");
    Ok(())
}

#[tokio::test]
async fn a_standby_only_reads() -> Result<()> {
    for major in Major::ALL {
        let postgres = Postgres::builder(major).standby().start().await?;
        assert_eq!(one(&postgres, "select pg_is_in_recovery()").await?, "t");
        ensure!(postgres.execute("postgres", "create table t ()").await.is_err());
    }
    Ok(())
}

#[tokio::test]
async fn a_server_that_cannot_start_says_why() -> Result<()> {
    let Err(error) = Postgres::builder(Major::V18).setting("work_mem", "much").start().await else {
        anyhow::bail!("it started");
    };
    ensure!(format!("{error:#}").contains("work_mem"), "{error:#}");
    Ok(())
}

#[tokio::test]
async fn servers_start_from_a_cluster_that_is_filled_once() -> Result<()> {
    // A name that no other run has filled.
    let name = format!("test-filled-{}", std::process::id());
    let fill = async |postgres: &Postgres| {
        postgres.execute("postgres", "create table filled as select random() as mark").await
    };
    let builder = || Postgres::builder(Major::V18);
    let (first, second) =
        tokio::try_join!(builder().start_filled(&name, 1, fill), builder().start_filled(&name, 1, fill))?;
    let mark = one(&first, "select mark from filled").await?;
    assert_eq!(one(&second, "select mark from filled").await?, mark);
    first.execute("postgres", "drop table filled").await?;
    assert_eq!(one(&second, "select mark from filled").await?, mark);

    let sockets = first.socket_directory();
    let cache = sockets.ancestors().nth(2).context("the sockets lie in the cache")?;
    let kept = |version: u64| cache.join(format!("{name}-{version:016x}"));
    let _third = builder().start_filled(&name, 2, fill).await?;
    ensure!(kept(1).exists(), "somebody may still use it");
    let long_ago = SystemTime::now() - Duration::from_secs(25 * 60 * 60);
    File::options().append(true).open(kept(1).with_extension("lock"))?.set_modified(long_ago)?;
    let _fourth = builder().start_filled(&name, 2, fill).await?;
    ensure!(!kept(1).exists(), "out of use for a day");

    std::fs::remove_dir_all(kept(2))?;
    std::fs::remove_file(kept(2).with_extension("lock"))?;
    Ok(())
}

#[tokio::test]
async fn nothing_is_left_of_a_dropped_server() -> Result<()> {
    let postgres = Postgres::start(Major::V18).await?;
    let (pid, sockets) = (postgres.pid()?, postgres.socket_directory());
    drop(postgres);
    ensure!(!sockets.exists());
    ensure!(!std::path::Path::new(&format!("/proc/{pid}")).exists());
    Ok(())
}
