//! What is fetched how often.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::hostile::{Answer, SigningKey};
use crate::support::{Bench, good_response, parameter, token_answer};

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
async fn documents_and_keys_are_believed_for_an_hour() {
    let bench = Bench::new().await;
    let party = bench.party(&json!({}));
    bench.sign_in(&party).await.unwrap();
    bench.advance(3601);
    let later = json!({"iat": crate::support::NOW + 3601, "exp": crate::support::NOW + 3901});
    bench.sign_in_with(&party, &later).await.unwrap();
    assert_eq!(bench.provider.seen(DISCOVERY).len(), 2);
    assert_eq!(bench.provider.seen("/keys").len(), 2);
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
    let next = SigningKey::new();
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

    let forger = SigningKey::new();
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
