//! Providers that hang, redirect, flood, or answer nonsense, at each step.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::json;

use crate::hostile::{Answer, Script};
use crate::support::{Bench, good_response, parameter, token_answer};

#[derive(Clone, Copy, Debug)]
enum Step {
    Discovery,
    Keys,
    Token,
    Userinfo,
}

const STEPS: [Step; 4] = [Step::Discovery, Step::Keys, Step::Token, Step::Userinfo];

fn at(step: Step, script: &mut Script, answer: Answer) {
    match step {
        Step::Discovery => script.discovery = answer,
        Step::Keys => script.keys = answer,
        Step::Token => script.token = answer,
        Step::Userinfo => script.userinfo = answer,
    }
}

/// A sign-in that asks for the profile, with one step answered so; the code it ends in.
async fn run(step: Step, answer: Answer) -> &'static str {
    let bench = Bench::new().await;
    let party = bench.party(&json!({}));
    if matches!(step, Step::Discovery) {
        bench.provider.script(|script| at(step, script, answer));
        return party.begin(None).await.unwrap_err().code();
    }
    let request = party.begin(None).await.unwrap();
    let id_token = bench.id_token(&parameter(&request.url, "nonce").unwrap(), &json!({"email": null}));
    bench.provider.script(|script| {
        script.token = Answer::Json(token_answer(&id_token));
        at(step, script, answer);
    });
    let response = good_response(&request.pending);
    let error = party.finish(request.pending, response).await.unwrap_err();
    assert!(bench.provider.seen("/elsewhere").is_empty(), "{step:?}: the redirect was followed");
    error.code()
}

async fn check(answer: Answer, what: &str, expected: [&str; 4]) {
    for (step, expected) in STEPS.into_iter().zip(expected) {
        assert_eq!(run(step, answer.clone()).await, expected, "{what} at {step:?}");
    }
}

const UNAVAILABLE: [&str; 4] = ["provider_unavailable"; 4];

#[tokio::test]
async fn a_step_that_fails_ends_in_the_code_of_the_contract() {
    let own = ["provider_unavailable", "provider_unavailable", "token_exchange_failed", "userinfo_invalid"];
    let page = |status| Answer::Text(status, "text/html", "<h1>Oops</h1>".to_owned());
    check(page(500), "500", UNAVAILABLE).await;
    check(page(503), "503", UNAVAILABLE).await;
    check(page(404), "404", own).await;
    check(page(429), "429", own).await;
    check(page(200), "HTML", own).await;
    check(Answer::Text(200, "application/json", "{\"issuer\":".to_owned()), "half an object", own).await;
    check(Answer::Redirect, "a redirect", UNAVAILABLE).await;
}

#[tokio::test]
async fn a_flood_is_cut_at_one_mebibyte() {
    let started = Instant::now();
    check(Answer::Flood, "1 GiB", UNAVAILABLE).await;
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_provider_that_hangs_or_drips_costs_ten_seconds() {
    let started = Instant::now();
    let runs = STEPS.into_iter().flat_map(|step| [run(step, Answer::Hang), run(step, Answer::Drip)]);
    for code in join_all(runs).await {
        assert_eq!(code, "provider_unavailable");
    }
    let elapsed = started.elapsed();
    assert!((9..15).contains(&elapsed.as_secs()), "{elapsed:?}");
}

#[tokio::test]
async fn many_who_wait_for_a_hanging_provider_wait_no_longer_than_one() {
    let bench = Bench::new().await;
    let party = bench.party(&json!({}));
    bench.provider.script(|script| script.discovery = Answer::Hang);
    let started = Instant::now();
    for result in join_all((0..20).map(|_| party.begin(None))).await {
        assert_eq!(result.unwrap_err().code(), "provider_unavailable");
    }
    assert!(started.elapsed() < Duration::from_secs(15));
}

#[tokio::test]
async fn a_provider_that_is_not_there_is_unavailable() {
    let bench = Bench::new().await;
    // Nothing listens on port 1.
    let party = bench.party(&json!({"server_metadata_url": "http://127.0.0.1:1/.well-known/openid-configuration"}));
    let error = party.begin(None).await.unwrap_err();
    assert_eq!(error.code(), "provider_unavailable");
    assert!(error.to_string().contains("cannot be reached"), "{error}");
}
