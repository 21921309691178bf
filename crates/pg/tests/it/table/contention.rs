//! Changes that meet somebody else's: what PostgreSQL says of that is told, nothing is changed, and they can be tried again.

use std::time::Duration;

use anyhow::{Context, Result};
use howdah_pg::table::{self, Applied, Change, Patience};
use howdah_pg::{ConnectOptions, Session};
use howdah_testkit::Major;

use super::{filled, new, oid, old, word};
use crate::support::{fetch, open, options, until, value};

/// Longer than the other takes.
const PATIENCE: Patience = Patience { lock: Duration::from_secs(30), statement: Duration::from_secs(60) };

fn set_ok(id: &str) -> Change {
    let key = old(&[("id", Some(id))]);
    Change::Update { key, old: Vec::new(), values: new(&[("ok", "+true")]) }
}

/// Applies changes, and lets the other do something once these wait for it.
async fn meet(
    session: &mut Session,
    changes: &[Change],
    (at, other): (&howdah_testkit::Postgres, &mut Session),
    then: &str,
) -> Result<Applied> {
    let relation = oid(session, "things").await?;
    let waits = format!(
        "select exists (select from pg_stat_activity where pid = {} and wait_event_type = 'Lock')",
        session.backend_pid()
    );
    let (applied, done) = tokio::join!(table::apply(session, relation, changes, PATIENCE), async {
        until(at, &waits).await?;
        fetch(other, then).await
    });
    done?;
    applied?.context("things are there")
}

async fn other_session(options: &ConnectOptions, sql: &str) -> Result<Session> {
    let mut other = open(options).await?;
    fetch(&mut other, sql).await?;
    Ok(other)
}

#[tokio::test]
async fn a_snapshot_that_is_too_old_is_told_and_the_next_attempt_is_made() -> Result<()> {
    for major in Major::ALL {
        let (server, database, mut session) = filled(major).await?;
        fetch(&mut session, "set default_transaction_isolation = 'repeatable read'").await?;
        let takes = "begin; update things set amount = 7 where id = 1";
        let mut other = other_session(&options(&server, &database), takes).await?;
        let changes = [set_ok("2"), set_ok("1"), set_ok("2")];
        let applied = meet(&mut session, &changes, (&server, &mut other), "commit").await?;
        let words: Vec<_> = applied.outcomes.iter().map(word).collect();
        assert_eq!((applied.is_applied, words.join(", ").as_str()), (false, "done, 40001 , not tried"), "{major:?}");
        assert_eq!(value(&mut session, "select count(*) from things where id = 2 and ok").await?, "0");

        let relation = oid(&mut session, "things").await?;
        let again = table::apply(&mut session, relation, &changes, PATIENCE).await?.context("things")?;
        assert!(again.is_applied, "{major:?}");
        assert_eq!(value(&mut session, "select amount from things where id = 1 and ok").await?, "7.00");
    }
    Ok(())
}

#[tokio::test]
async fn a_deadlock_is_told_and_the_next_attempt_is_made() -> Result<()> {
    let (server, database, mut session) = filled(Major::ALL[Major::ALL.len() - 1]).await?;
    // The first to look finds it and is the one that is refused.
    fetch(&mut session, "set deadlock_timeout = '4s'").await?;
    let takes = "set deadlock_timeout = '2min'; begin; update things set amount = 7 where id = 2";
    let mut other = other_session(&options(&server, &database), takes).await?;
    let changes = [set_ok("1"), set_ok("2")];
    let then = "update things set amount = 7 where id = 1; commit";
    let applied = meet(&mut session, &changes, (&server, &mut other), then).await?;
    let words: Vec<_> = applied.outcomes.iter().map(word).collect();
    assert_eq!((applied.is_applied, words.join(", ").as_str()), (false, "done, 40P01 "));

    let relation = oid(&mut session, "things").await?;
    let again = table::apply(&mut session, relation, &changes, PATIENCE).await?.context("things")?;
    assert!(again.is_applied);
    assert_eq!(value(&mut session, "select count(*) from things where ok and amount = 7").await?, "2");
    Ok(())
}

#[tokio::test]
async fn a_serialization_failure_at_the_commit_is_told_and_the_next_attempt_is_made() -> Result<()> {
    for major in Major::ALL {
        let (server, database, mut session) = filled(major).await?;
        fetch(&mut session, "set default_transaction_isolation = serializable").await?;
        // The commit waits until the other one has made the snapshot too old.
        let waits = "create function waits() returns trigger language plpgsql as $$ begin
                perform count(*) from things; perform pg_advisory_xact_lock(1); return null; end $$;
            create constraint trigger waits after update on things deferrable initially deferred
                for each row when (new.id = 2) execute function waits()";
        server.execute(&database, waits).await?;
        let takes = "begin isolation level serializable; select pg_advisory_xact_lock(1), count(*) from things;
            update things set amount = 7 where id = 1";
        let mut other = other_session(&options(&server, &database), takes).await?;
        let applied = meet(&mut session, &[set_ok("2")], (&server, &mut other), "commit").await?;
        let refusal = applied.commit_error.context("the commit is refused")?;
        assert_eq!((applied.is_applied, refusal.code.as_str()), (false, "40001"), "{major:?}");
        assert_eq!(value(&mut session, "select count(*) from things where id = 2 and ok").await?, "0");

        let relation = oid(&mut session, "things").await?;
        let again = table::apply(&mut session, relation, &[set_ok("2")], PATIENCE).await?.context("things")?;
        assert!(again.is_applied, "{major:?}");
    }
    Ok(())
}
