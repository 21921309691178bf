//! What is fetched how often.

use futures_util::future::join_all;
use howdah_oidc::RelyingParty;
use serde_json::{Value, json};

use crate::hostile::{Answer, SigningKey};
use crate::support::{Bench, NOW, good_response, parameter, token_answer};

const DISCOVERY: &str = "/.well-known/openid-configuration";

#[tokio::test]
async fn a_warm_sign_in_makes_one_request() {
    let bench = Bench::new().await;
    let party = bench.party(&json!({}));
    for _ in 0..3 {
        bench.sign_in(&party).await.unwrap();
    }
    let counts = [DISCOVERY, "/keys", "/token", "/userinfo"].map(|path| bench.provider.seen(path).len());
    assert_eq!(counts, [1, 1, 3, 0]);
    assert_eq!(bench.provider.requests(), 5, "nothing else is asked");
}

#[tokio::test]
async fn a_warm_sign_in_that_needs_the_profile_makes_two_requests() {
    let bench = Bench::new().await;
    let party = bench.party(&json!({}));
    bench.sign_in_with(&party, &json!({"email": null})).await.unwrap();
    let cold = bench.provider.requests();
    bench.sign_in_with(&party, &json!({"email": null})).await.unwrap();
    assert_eq!((cold, bench.provider.requests()), (4, 6));
}

#[tokio::test]
async fn a_warm_refresh_makes_one_request() {
    let bench = Bench::new().await;
    let party = bench.party(&json!({}));
    let sign_in = bench.sign_in(&party).await.unwrap();
    let before = bench.provider.requests();
    party.refresh(&sign_in.tokens, "ada", &sign_in.issuer).await.unwrap();
    assert_eq!(bench.provider.requests(), before + 1);
}

#[tokio::test]
async fn many_at_once_share_one_discovery() {
    let bench = Bench::new().await;
    let party = bench.party(&json!({}));
    for result in join_all((0..20).map(|_| party.begin(None))).await {
        result.unwrap();
    }
    assert_eq!(bench.provider.seen(DISCOVERY).len(), 1);
}

#[tokio::test]
async fn many_at_once_share_one_fetch_of_new_keys() {
    let bench = Bench::new().await;
    let party = bench.party(&json!({}));
    bench.sign_in(&party).await.unwrap();
    let next = SigningKey::es256();
    bench.provider.script(|script| script.keys = Answer::Json(json!({"keys": [next.public("next")]})));
    let requests = join_all((0..20).map(|_| party.begin(None))).await;
    // They differ in their nonce, so that only the keys decide: all end in the same rule.
    let id_token = next.sign(&json!({"alg": "ES256", "kid": "next"}), &bench.claims("other"));
    bench.provider.script(|script| script.token = Answer::Json(token_answer(&id_token)));
    let finishes = requests.into_iter().map(|request| {
        let pending = request.unwrap().pending;
        let response = good_response(&pending);
        party.finish(pending, response)
    });
    for outcome in join_all(finishes).await {
        let error = outcome.unwrap_err().to_string();
        assert!(error.contains("`nonce`"), "{error}");
    }
    assert_eq!(bench.provider.seen("/keys").len(), 2);
}

#[tokio::test]
async fn documents_and_keys_are_believed_for_an_hour() {
    let bench = Bench::new().await;
    let party = bench.party(&json!({}));
    bench.sign_in(&party).await.unwrap();
    bench.advance(3601);
    let later = json!({"iat": NOW + 3601, "exp": NOW + 3901});
    bench.sign_in_with(&party, &later).await.unwrap();
    assert_eq!(bench.provider.seen(DISCOVERY).len(), 2);
    assert_eq!(bench.provider.seen("/keys").len(), 2);
}

/// A party that has signed somebody in, and the same provider `seconds` later with another answer to discovery.
async fn later(seconds: u64, answer: Answer) -> (Bench, RelyingParty) {
    let bench = Bench::new().await;
    let party = bench.party(&json!({}));
    bench.sign_in(&party).await.unwrap();
    bench.advance(seconds);
    bench.provider.script(|script| script.discovery = answer);
    (bench, party)
}

fn page(status: u16) -> Answer {
    Answer::Text(status, "text/html", "<h1>Maintenance</h1>".to_owned())
}

const HOUR: u64 = 3600;

#[tokio::test]
async fn an_old_document_goes_on_for_a_day_while_there_is_no_other() {
    for answer in [page(503), page(404), page(200), Answer::Redirect, Answer::Flood] {
        let (bench, party) = later(HOUR, answer).await;
        party.begin(None).await.unwrap();
        bench.advance(23 * HOUR - 1);
        party.begin(None).await.unwrap();
        bench.advance(1);
        assert_eq!(party.begin(None).await.unwrap_err().code(), "provider_unavailable");
    }
}

#[tokio::test]
async fn an_old_document_is_tried_to_replace_every_half_minute() {
    let (bench, party) = later(HOUR, page(503)).await;
    for _ in 0..5 {
        party.begin(None).await.unwrap();
    }
    assert_eq!(bench.provider.seen(DISCOVERY).len(), 2);
    bench.advance(30);
    party.begin(None).await.unwrap();
    assert_eq!(bench.provider.seen(DISCOVERY).len(), 3);
    // It is back.
    let good = Answer::Json(crate::hostile::document(&bench.provider.issuer));
    bench.provider.script(|script| script.discovery = good);
    bench.advance(30);
    for _ in 0..5 {
        party.begin(None).await.unwrap();
        bench.advance(HOUR / 5 - 1);
    }
    assert_eq!(bench.provider.seen(DISCOVERY).len(), 4);
}

#[tokio::test]
async fn nobody_else_waits_while_an_old_document_is_replaced() {
    let (_bench, party) = later(HOUR, Answer::Hang).await;
    tokio::select! {
        biased;
        _ = party.begin(None) => panic!("the first waits for an answer"),
        begun = party.begin(None) => drop(begun.unwrap()),
    }
}

#[tokio::test]
async fn an_old_document_does_not_stand_against_one_of_another_issuer() {
    let (_bench, party) = later(HOUR, Answer::Json(json!({"issuer": "https://evil.example.com"}))).await;
    assert_eq!(party.begin(None).await.unwrap_err().code(), "issuer_mismatch");
}

#[tokio::test]
async fn old_keys_do_not_go_on() {
    let bench = Bench::new().await;
    let party = bench.party(&json!({}));
    bench.sign_in(&party).await.unwrap();
    bench.provider.script(|script| script.keys = page(503));
    bench.advance(HOUR - 1);
    let now = |seconds: u64| json!({"iat": NOW + seconds, "exp": NOW + seconds + 300});
    bench.sign_in_with(&party, &now(HOUR - 1)).await.unwrap();
    bench.advance(1);
    assert_eq!(bench.sign_in_with(&party, &now(HOUR)).await.unwrap_err().code(), "provider_unavailable");
}

#[tokio::test]
async fn a_key_that_is_withdrawn_is_refused_after_an_hour() {
    let bench = Bench::new().await;
    let party = bench.party(&json!({}));
    bench.sign_in(&party).await.unwrap();
    bench.provider.script(|script| script.keys = Answer::Json(json!({"keys": []})));
    bench.advance(HOUR);
    let claims = json!({"iat": NOW + HOUR, "exp": NOW + HOUR + 300});
    assert_eq!(bench.sign_in_with(&party, &claims).await.unwrap_err().code(), "id_token_invalid");
}

#[tokio::test]
async fn a_failed_discovery_is_not_remembered() {
    let bench = Bench::new().await;
    let party = bench.party(&json!({}));
    let good = Answer::Json(crate::hostile::document(&bench.provider.issuer));
    bench.provider.script(|script| script.discovery = Answer::Json(json!({})));
    party.begin(None).await.unwrap_err();
    bench.provider.script(|script| script.discovery = good);
    party.begin(None).await.unwrap();
}

#[tokio::test]
async fn a_new_key_is_fetched_once_and_a_forged_one_at_most_every_ten_seconds() {
    let bench = Bench::new().await;
    let party = bench.party(&json!({}));
    bench.sign_in(&party).await.unwrap();

    // The provider rotates its keys.
    let next = SigningKey::es256();
    bench.provider.script(|script| script.keys = Answer::Json(json!({"keys": [next.public("next")]})));
    let sign_in = async |key: &SigningKey, kid: &str| {
        let request = party.begin(None).await.unwrap();
        let nonce = parameter(&request.url, "nonce").unwrap();
        let id_token = key.sign(&json!({"alg": "ES256", "kid": kid}), &bench.claims(&nonce));
        bench.provider.script(|script| script.token = Answer::Json(token_answer(&id_token)));
        let response = good_response(&request.pending);
        party.finish(request.pending, response).await.map(drop).map_err(|error| error.code())
    };
    assert_eq!(sign_in(&next, "next").await, Ok(()));
    assert_eq!(bench.provider.seen("/keys").len(), 2);

    let forger = SigningKey::es256();
    for _ in 0..5 {
        assert_eq!(sign_in(&forger, "forged").await, Err("id_token_invalid"));
    }
    assert_eq!(bench.provider.seen("/keys").len(), 2);
    bench.advance(10);
    assert_eq!(sign_in(&forger, "forged").await, Err("id_token_invalid"));
    assert_eq!(bench.provider.seen("/keys").len(), 3);
    assert_eq!(sign_in(&next, "next").await, Ok(()));
}

#[tokio::test]
async fn the_profile_is_read_only_when_something_is_missing() {
    let counts = async |settings: Value, claims: Value| {
        let bench = Bench::new().await;
        let _ = bench.sign_in_with(&bench.party(&settings), &claims).await;
        bench.provider.seen("/userinfo").len()
    };
    assert_eq!(counts(json!({}), json!({})).await, 0);
    assert_eq!(counts(json!({}), json!({"email": null})).await, 1);
    assert_eq!(counts(json!({}), json!({"email": null, "preferred_username": "ada"})).await, 0);
    assert_eq!(counts(json!({"username_claim": "upn"}), json!({})).await, 1);
    assert_eq!(counts(json!({"additional_claims": {"groups": ["dba"]}}), json!({"groups": ["dba"]})).await, 0);
    assert_eq!(counts(json!({"additional_claims": {"groups": ["dba"]}}), json!({"groups": ["x"]})).await, 1);
}
