//! Commands that hang, flood or leave children behind.

use std::time::{Duration, Instant};

use howdah_credentials::CredentialError;

use crate::support::{Bench, HOUR, eventually, is_alive};

const SHORT: Option<Duration> = Some(Duration::from_millis(600));

#[tokio::test]
async fn a_command_that_hangs_is_killed_with_its_children() {
    let bench = Bench::new();
    let script = "echo stuck >&2; sleep 1000 & echo $! > $D/child; echo $$ > $D/leader; wait";
    let error = bench.obtain(&bench.source_with(script, &[], HOUR, SHORT)).await.unwrap_err();
    assert!(matches!(error, CredentialError::Timeout { .. }) && error.code() == "credential_timeout", "{error:?}");
    assert_eq!(error.for_owner(), Some("stuck"));
    for name in ["leader", "child"] {
        eventually("the process ends", || !is_alive(&bench.path(name))).await;
    }
}

#[tokio::test]
async fn a_grandchild_that_keeps_the_output_open_does_not_hold_us_up() {
    let bench = Bench::new();
    let script = "sleep 1000 & echo $! > $D/child; echo s3cret";
    let started = Instant::now();
    assert_eq!(bench.secret(&bench.source(script, HOUR)).await.0, "s3cret");
    assert!(started.elapsed() < Duration::from_secs(20));
    eventually("the grandchild ends", || !is_alive(&bench.path("child"))).await;
}

#[tokio::test]
async fn a_grandchild_in_a_session_of_its_own_does_not_hold_us_up() {
    let bench = Bench::new();
    let script =
        "setsid sh -c 'echo $$ > '$D'/child; exec sleep 30' & while [ ! -s $D/child ]; do :; done; echo s3cret";
    let started = Instant::now();
    assert_eq!(bench.secret(&bench.source(script, HOUR)).await.0, "s3cret");
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn a_flood_of_output_is_stopped_at_its_bound() {
    let bench = Bench::new();
    let script =
        "echo $$ > $D/leader; while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done";
    let error = bench.obtain(&bench.source(script, HOUR)).await.unwrap_err();
    assert!(error.to_string().contains("more than 128 KiB"), "{error}");
    eventually("the flood ends", || !is_alive(&bench.path("leader"))).await;
}

#[tokio::test]
async fn output_up_to_the_bound_is_a_secret() {
    let bench = Bench::new();
    let (secret, _) = bench.secret(&bench.source("head -c 131072 /dev/zero | tr '\\0' x", HOUR)).await;
    assert_eq!(secret.len(), 128 * 1024);
}

#[tokio::test]
async fn a_flood_of_errors_is_read_and_forgotten() {
    let bench = Bench::new();
    let script = "head -c 3000000 /dev/zero | tr '\\0' e >&2; echo s3cret";
    assert_eq!(bench.secret(&bench.source(script, HOUR)).await.0, "s3cret");
}

#[tokio::test]
async fn standard_input_is_empty() {
    let bench = Bench::new();
    assert_eq!(bench.secret(&bench.source("read line; echo \"[$line]\"", HOUR)).await.0, "[]");
}

#[tokio::test]
async fn forgetting_a_person_stops_their_commands() {
    let bench = Bench::new();
    let source = bench.source("echo $$ > $D/leader.new; mv $D/leader.new $D/leader; sleep 1000", HOUR);
    let (result, ()) = tokio::join!(bench.obtain(&source), async {
        eventually("the command starts", || bench.path("leader").exists()).await;
        bench.broker.forget_person(&bench.person);
    });
    assert!(result.unwrap_err().to_string().contains("ended while"));
    eventually("the command ends", || !is_alive(&bench.path("leader"))).await;
}
