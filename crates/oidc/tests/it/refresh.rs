//! New tokens for a session.

use howdah_oidc::{RefreshError, SignInError, Tokens};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::hostile::Answer;
use crate::support::Bench;

async fn run(answer: Answer) -> Result<howdah_oidc::Refreshed, RefreshError> {
    let bench = Bench::new().await;
    let party = bench.party(&json!({}));
    bench.provider.script(|script| script.token = answer);
    let tokens = Tokens { access: "a0".into(), refresh: Some("r0".into()), id: Some("i0".into()), expires_at: None };
    party.refresh(&tokens, "ada", &bench.provider.issuer).await
}

/// The outcome of a refresh answer with an ID token that has these claims changed.
async fn check(what: &str, claims: Value, expected: Result<(), &str>) {
    let bench = Bench::new().await;
    let party = bench.party(&json!({}));
    let id_token = bench.id_token("unused", &claims);
    let answer = json!({"access_token": "a1", "token_type": "Bearer", "id_token": id_token});
    bench.provider.script(|script| script.token = Answer::Json(answer));
    let tokens = Tokens { access: "a0".into(), refresh: Some("r0".into()), id: None, expires_at: None };
    let found = match party.refresh(&tokens, "ada", &bench.provider.issuer).await {
        Ok(refreshed) => refreshed.claims.map(drop).ok_or("no claims"),
        Err(RefreshError::WrongPerson(error)) => Err(error.code()),
        Err(other) => panic!("{what}: {other:?}"),
    };
    assert_eq!(found, expected, "{what}");
}

#[tokio::test]
async fn a_rotated_refresh_token_replaces_the_old_one() {
    let answer = json!({"access_token": "a1", "token_type": "Bearer", "expires_in": 300, "refresh_token": "r1"});
    let refreshed = run(Answer::Json(answer)).await.unwrap();
    assert_eq!(refreshed.tokens.access.expose_secret(), "a1");
    assert_eq!(refreshed.tokens.refresh.unwrap().expose_secret(), "r1");
    assert_eq!(refreshed.tokens.id.unwrap().expose_secret(), "i0");
    assert!(refreshed.tokens.expires_at.is_some() && refreshed.claims.is_none());
}

#[tokio::test]
async fn without_rotation_the_old_refresh_token_goes_on() {
    let refreshed = run(Answer::Json(json!({"access_token": "a1", "token_type": "Bearer"}))).await.unwrap();
    assert_eq!(refreshed.tokens.refresh.unwrap().expose_secret(), "r0");
}

#[tokio::test]
async fn a_refusal_ends_the_session_and_an_outage_does_not() {
    let refused = run(Answer::Text(400, "application/json", json!({"error": "invalid_grant"}).to_string())).await;
    let Err(RefreshError::Refused(SignInError::TokenExchangeFailed { error, .. })) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(error.as_deref(), Some("invalid_grant"));
    let outage = run(Answer::Text(503, "text/plain", String::new())).await;
    assert!(matches!(outage, Err(RefreshError::Unavailable { renewed: None, .. })), "{outage:?}");
}

#[tokio::test]
async fn a_new_id_token_must_be_of_the_same_person() {
    check("the same person", json!({}), Ok(())).await;
    check("without nonce", json!({"nonce": null}), Ok(())).await;
    check("another person", json!({"sub": "eve"}), Err("id_token_invalid")).await;
    check("another issuer", json!({"iss": "https://evil.example.com"}), Err("issuer_mismatch")).await;
    check("another audience", json!({"aud": "other"}), Err("id_token_invalid")).await;
}
