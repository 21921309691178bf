//! One run for all who wait, and none shared between people.

use std::fs;
use std::sync::Arc;

use futures_util::future::join_all;
use howdah_credentials::{Expiration, Person, ServerKey, Target};

use crate::support::{Bench, HOUR, eventually, secret_of};

/// Counts its runs, then waits for the file `go`.
const GATED: &str = "echo >> $D/runs; while [ ! -e $D/go ]; do sleep 0.02; done; echo secret-$(wc -l < $D/runs)";
const COUNTED: &str = "echo >> $D/runs; echo secret-$(wc -l < $D/runs)";

#[tokio::test]
async fn a_hundred_waiters_share_one_run() {
    let bench = Bench::new();
    let source = bench.source(GATED, HOUR);
    let waiters = join_all((0..100).map(|_| bench.obtain(&source)));
    let (results, ()) = tokio::join!(waiters, async {
        eventually("the command starts", || bench.runs() == 1).await;
        fs::write(bench.path("go"), "").unwrap();
    });
    assert_eq!(results.len(), 100);
    for result in results {
        let obtained = result.unwrap();
        assert_eq!(secret_of(&obtained), "secret-1");
        assert!(obtained.fresh);
    }
    assert_eq!(bench.runs(), 1);
    assert_eq!(bench.secret(&source).await, ("secret-1".to_owned(), false));
}

#[tokio::test]
async fn a_waiter_who_leaves_does_not_stop_the_run() {
    let bench = Arc::new(Bench::new());
    let source = bench.source(GATED, HOUR);
    let leaving = tokio::spawn({
        let (bench, source) = (Arc::clone(&bench), source.clone());
        async move { bench.obtain(&source).await.map(drop) }
    });
    eventually("the command starts", || bench.runs() == 1).await;
    leaving.abort();
    assert!(leaving.await.unwrap_err().is_cancelled());
    fs::write(bench.path("go"), "").unwrap();
    assert_eq!(bench.secret(&source).await.0, "secret-1");
    assert_eq!(bench.runs(), 1);
}

#[tokio::test]
async fn people_servers_and_logins_do_not_share() {
    let bench = Bench::new();
    let source = bench.source(COUNTED, HOUR);
    let other_person = Person::new("session-2", "ada");
    let other_server = ServerKey::new("server-2");
    let other_user = Target { user: "grace".to_owned(), ..bench.target.clone() };
    let other_database = Target { database: "books".to_owned(), ..bench.target.clone() };
    let broker = &bench.broker;
    let mut secrets = Vec::new();
    for (person, server, target) in [
        (&bench.person, &bench.server, &bench.target),
        (&other_person, &bench.server, &bench.target),
        (&bench.person, &other_server, &bench.target),
        (&bench.person, &bench.server, &other_user),
        (&bench.person, &bench.server, &other_database),
    ] {
        secrets.push(secret_of(&broker.obtain(person, server, &source, target).await.unwrap()));
    }
    assert_eq!(secrets, ["secret-1", "secret-2", "secret-3", "secret-4", "secret-1"]);
}

#[tokio::test]
async fn zero_runs_for_every_connection() {
    let bench = Bench::new();
    let source = bench.source(COUNTED, Expiration::EveryConnection);
    assert_eq!(bench.secret(&source).await, ("secret-1".to_owned(), true));
    let obtained = bench.obtain(&source).await.unwrap();
    assert_eq!(secret_of(&obtained), "secret-2");
    assert!(!bench.broker.reject(&obtained));
}

#[tokio::test]
async fn forgetting_drops_what_was_cached() {
    let bench = Bench::new();
    let source = bench.source(COUNTED, HOUR);
    bench.secret(&source).await;
    bench.broker.forget_person(&Person::new("session-2", "ada"));
    assert_eq!(bench.secret(&source).await.0, "secret-1");
    bench.broker.forget_person(&Person::new("session-1", "a newer name"));
    assert_eq!(bench.secret(&source).await.0, "secret-2");
    bench.broker.forget_server(&bench.server);
    assert_eq!(bench.secret(&source).await.0, "secret-3");
}
