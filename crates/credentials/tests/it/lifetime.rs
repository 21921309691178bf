//! Expiry, renewal ahead, refusal by PostgreSQL, and sources that fail.

use std::fs;

use howdah_credentials::Expiration;

use crate::support::{Bench, HOUR, eventually, secret_of};

const COUNTED: &str = "echo >> $D/runs; echo secret-$(wc -l < $D/runs)";
const FRAGILE: &str = "echo >> $D/runs; [ ! -e $D/broken ] || exit 1; echo secret-$(wc -l < $D/runs)";

#[tokio::test]
async fn without_expiration_a_secret_is_kept() {
    let bench = Bench::new();
    let source = bench.source(COUNTED, Expiration::Never);
    bench.secret(&source).await;
    bench.advance(400 * 24 * 3600);
    assert_eq!(bench.secret(&source).await, ("secret-1".to_owned(), false));
}

#[tokio::test]
async fn an_expired_secret_is_fetched_again() {
    let bench = Bench::new();
    let source = bench.source(COUNTED, HOUR);
    bench.secret(&source).await;
    bench.advance(3571);
    assert_eq!(bench.secret(&source).await, ("secret-2".to_owned(), true));
    bench.advance(3000);
    assert_eq!(bench.secret(&source).await, ("secret-2".to_owned(), false));
}

#[tokio::test]
async fn a_secret_is_renewed_ahead_while_the_old_one_serves() {
    let bench = Bench::new();
    let source = bench.source(COUNTED, HOUR);
    bench.secret(&source).await;
    bench.advance(3400);
    assert_eq!(bench.secret(&source).await, ("secret-1".to_owned(), false));
    eventually("the renewal ends", || bench.runs() == 2).await;
    loop {
        let (secret, fresh) = bench.secret(&source).await;
        assert!(!fresh);
        if secret == "secret-2" {
            break;
        }
        tokio::task::yield_now().await;
    }
    assert_eq!(bench.runs(), 2);
}

#[tokio::test]
async fn a_run_that_began_before_a_sleep_does_not_give_an_old_secret() {
    let bench = Bench::new();
    let script = "echo >> $D/runs; n=$(wc -l < $D/runs); while [ $n = 1 ] && [ ! -e $D/go ]; do sleep 0.02; done; \
                  echo \"{\\\"password\\\":\\\"secret-$n\\\",\\\"expires_at\\\":$((1800000000 + n * 3600))}\"";
    let source = bench.source(script, Expiration::Never);
    let (first, second) = tokio::join!(bench.obtain(&source), async {
        eventually("the command starts", || bench.runs() == 1).await;
        bench.advance(3601);
        fs::write(bench.path("go"), "").unwrap();
        bench.secret(&source).await.0
    });
    // Whoever began it has to live with it; whoever came after the sleep has not.
    assert_eq!((secret_of(&first.unwrap()), second.as_str()), ("secret-1".to_owned(), "secret-2"));
}

#[tokio::test]
async fn a_failing_renewal_leaves_the_old_secret_in_use() {
    let bench = Bench::new();
    let source = bench.source(FRAGILE, HOUR);
    bench.secret(&source).await;
    fs::write(bench.path("broken"), "").unwrap();
    bench.advance(3400);
    for _ in 0..50 {
        assert_eq!(bench.secret(&source).await, ("secret-1".to_owned(), false));
        tokio::task::yield_now().await;
    }
    bench.advance(171);
    assert!(bench.obtain(&source).await.is_err(), "the old one is over");
}

#[tokio::test]
async fn the_output_can_end_sooner_than_the_configuration() {
    let bench = Bench::new();
    let script = "echo >> $D/runs; echo '{\"access_token\":\"t\",\"expires_in\":100}'";
    let source = bench.source(script, HOUR);
    bench.secret(&source).await;
    bench.advance(81);
    assert!(bench.secret(&source).await.1);
    assert_eq!(bench.runs(), 2);
}

#[tokio::test]
async fn a_refused_secret_is_dropped_once_and_only_if_it_is_the_cached_one() {
    let bench = Bench::new();
    let source = bench.source(COUNTED, HOUR);
    let fresh = bench.obtain(&source).await.unwrap();
    let cached = bench.obtain(&source).await.unwrap();
    assert!(bench.broker.reject(&cached), "a new one may work");
    let second = bench.obtain(&source).await.unwrap();
    assert_eq!((secret_of(&second), second.fresh), ("secret-2".to_owned(), true));
    // Another connection is refused with the first secret only now: the second stays.
    assert!(bench.broker.reject(&cached));
    assert_eq!(bench.secret(&source).await, ("secret-2".to_owned(), false));
    assert!(!bench.broker.reject(&fresh), "it was fetched for this very login");
    assert!(!bench.broker.reject(&second));
    assert_eq!(bench.secret(&source).await, ("secret-3".to_owned(), true));
}

#[tokio::test]
async fn a_source_that_keeps_failing_is_left_alone_for_a_while() {
    let bench = Bench::new();
    fs::write(bench.path("broken"), "").unwrap();
    let source = bench.source(FRAGILE, HOUR);
    for _ in 0..10 {
        bench.obtain(&source).await.unwrap_err();
    }
    assert_eq!(bench.runs(), 3);
    bench.advance(1);
    bench.obtain(&source).await.unwrap_err();
    bench.obtain(&source).await.unwrap_err();
    assert_eq!(bench.runs(), 4);
    fs::remove_file(bench.path("broken")).unwrap();
    bench.advance(2);
    assert_eq!(bench.secret(&source).await.0, "secret-5");
}

#[tokio::test]
async fn a_changed_configuration_starts_anew() {
    let bench = Bench::new();
    bench.secret(&bench.source(COUNTED, HOUR)).await;
    assert_eq!(bench.secret(&bench.source(COUNTED, Expiration::Never)).await.0, "secret-2");
    assert_eq!(bench.secret(&bench.source(COUNTED, HOUR)).await.0, "secret-3");
}
