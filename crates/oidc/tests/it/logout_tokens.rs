//! Logout tokens (OpenID Connect Back-Channel Logout 1.0): one good, and one test for each broken thing.

use std::time::{Duration, SystemTime};

use howdah_oidc::{LogoutToken, LogoutTokenError, RelyingParty};
use serde_json::{Value, json};

use crate::hostile::{Answer, SigningKey, hmac, unsigned};
use crate::support::{Bench, NOW, merge};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// A good token with these claims changed; null removes one.
fn token(bench: &Bench, header: &Value, changes: &Value) -> String {
    bench.key.sign(header, &claims(bench, changes))
}

fn claims(bench: &Bench, changes: &Value) -> Value {
    let mut claims = json!({
        "iss": bench.provider.issuer, "aud": "howdah", "iat": NOW, "exp": NOW + 120, "jti": "j1", "sub": "ada",
        "sid": "s1", "events": { EVENT: {} },
    });
    merge(&mut claims, changes);
    claims
}

fn header() -> Value {
    json!({"alg": "ES256", "kid": "main", "typ": "logout+jwt"})
}

async fn check(party: &RelyingParty, token: &str) -> Result<LogoutToken, String> {
    party.check_logout_token(token).await.map_err(|error| match error {
        LogoutTokenError::Invalid { reason } => reason,
        LogoutTokenError::Unavailable(error) => format!("unavailable: {error}"),
    })
}

/// The outcome of a token with these claims changed.
async fn with_claims(changes: Value) -> Result<LogoutToken, String> {
    let bench = Bench::new().await;
    check(&bench.party(&json!({})), &token(&bench, &header(), &changes)).await
}

/// The outcome of a token with these header fields changed.
async fn with_header(changes: Value) -> Result<LogoutToken, String> {
    let bench = Bench::new().await;
    let mut header = header();
    merge(&mut header, &changes);
    check(&bench.party(&json!({})), &token(&bench, &header, &json!({}))).await
}

#[track_caller]
fn refused(outcome: &Result<LogoutToken, String>, part: &str) {
    let reason = outcome.as_ref().expect_err("it must be refused");
    assert!(reason.contains(part), "{reason}");
}

#[tokio::test]
async fn a_good_logout_token_tells_whose_session_ended() {
    let bench = Bench::new().await;
    let party = bench.party(&json!({}));
    let expected = LogoutToken {
        issuer: bench.provider.issuer.clone(),
        subject: Some("ada".to_owned()),
        session_id: Some("s1".to_owned()),
        token_id: "j1".to_owned(),
        expires_at: SystemTime::UNIX_EPOCH + Duration::from_secs(NOW + 120),
    };
    assert_eq!(check(&party, &token(&bench, &header(), &json!({}))).await.as_ref(), Ok(&expected));
    // The keys are those of ID tokens, fetched once for both.
    bench.sign_in(&party).await.unwrap();
    assert_eq!(bench.provider.seen("/keys").len(), 1);
}

#[tokio::test]
async fn a_logout_token_may_name_the_person_or_the_session_alone() {
    let person = with_claims(json!({"sid": null})).await.unwrap();
    assert_eq!((person.subject.as_deref(), person.session_id.as_deref()), (Some("ada"), None));
    let session = with_claims(json!({"sub": null})).await.unwrap();
    assert_eq!((session.subject.as_deref(), session.session_id.as_deref()), (None, Some("s1")));
}

#[tokio::test]
async fn what_a_logout_token_may_have_besides_is_accepted() {
    for typ in [Value::Null, json!("JWT"), json!("LOGOUT+JWT"), json!("application/logout+jwt")] {
        with_header(json!({"typ": typ})).await.unwrap();
    }
    with_claims(json!({"aud": ["other", "howdah"]})).await.unwrap();
    with_claims(json!({"exp": NOW - 29})).await.unwrap();
    with_claims(json!({"iat": NOW + 29})).await.unwrap();
    with_claims(json!({"events": { EVENT: {"more": 1}, "urn:other": {} }})).await.unwrap();
    with_header(json!({"kid": null})).await.unwrap();
}

#[tokio::test]
async fn refuses_a_logout_token_of_another_issuer() {
    let bench = Bench::new().await;
    let party = bench.party(&json!({}));
    for issuer in [json!("https://evil.example.com"), Value::Null, json!(7)] {
        refused(&check(&party, &token(&bench, &header(), &json!({"iss": issuer}))).await, "`iss`");
    }
    assert!(bench.provider.seen("/.well-known/openid-configuration").is_empty(), "nothing is asked");
}

#[tokio::test]
async fn refuses_a_logout_token_for_another_client() {
    for audience in [json!("other"), json!(["other"]), json!([]), Value::Null, json!(["howdah", 7])] {
        refused(&with_claims(json!({"aud": audience})).await, "another client");
    }
}

#[tokio::test]
async fn refuses_an_unsigned_logout_token() {
    let bench = Bench::new().await;
    let party = bench.party(&json!({}));
    let claims = claims(&bench, &json!({}));
    refused(&check(&party, &(unsigned(&json!({"alg": "none"}), &claims) + ".")).await, "algorithm");
    refused(&check(&party, &(unsigned(&header(), &claims) + ".")).await, "signature");
}

#[tokio::test]
async fn refuses_a_logout_token_with_another_algorithm() {
    let bench = Bench::new().await;
    let party = bench.party(&json!({}));
    let claims = claims(&bench, &json!({}));
    let shared = hmac(b"planted-secret", &json!({"alg": "HS256", "kid": "main"}), &claims);
    refused(&check(&party, &shared).await, "algorithm");
    let pinned = bench.party(&json!({"id_token_signing_alg": "PS256"}));
    refused(&check(&pinned, &token(&bench, &header(), &json!({}))).await, "algorithm");
}

#[tokio::test]
async fn accepts_a_logout_token_with_the_pinned_mac() {
    let bench = Bench::new().await;
    let party = bench.party(&json!({"id_token_signing_alg": "HS256"}));
    let token = hmac(b"planted-secret", &json!({"alg": "HS256"}), &claims(&bench, &json!({})));
    check(&party, &token).await.unwrap();
    assert!(bench.provider.seen("/keys").is_empty(), "the secret is the key");
}

#[tokio::test]
async fn refuses_a_logout_token_with_a_wrong_signature() {
    let bench = Bench::new().await;
    let party = bench.party(&json!({}));
    let forged = SigningKey::es256().sign(&header(), &claims(&bench, &json!({})));
    refused(&check(&party, &forged).await, "signature");
    let unknown = json!({"alg": "ES256", "kid": "unknown"});
    refused(&check(&party, &SigningKey::es256().sign(&unknown, &claims(&bench, &json!({})))).await, "keys");
}

#[tokio::test]
async fn refuses_a_logout_token_without_the_event() {
    refused(&with_claims(json!({"events": null})).await, "`events`");
    refused(&with_claims(json!({"events": {}})).await, "`events`");
    refused(&with_claims(json!({"events": [EVENT]})).await, "`events`");
}

#[tokio::test]
async fn refuses_a_logout_token_with_another_event() {
    refused(&with_claims(json!({"events": {"http://schemas.openid.net/event/other": {}}})).await, "`events`");
    refused(&with_claims(json!({"events": { EVENT: "yes" }})).await, "`events`");
}

#[tokio::test]
async fn refuses_a_logout_token_with_a_nonce() {
    refused(&with_claims(json!({"nonce": "n"})).await, "`nonce`");
    refused(&with_claims(json!({"nonce": 7})).await, "`nonce`");
}

#[tokio::test]
async fn refuses_a_logout_token_about_nobody() {
    refused(&with_claims(json!({"sub": null, "sid": null})).await, "`sub` and `sid`");
    refused(&with_claims(json!({"sub": ""})).await, "`sub`");
    refused(&with_claims(json!({"sid": 7})).await, "`sid`");
}

#[tokio::test]
async fn refuses_a_logout_token_without_expiry() {
    refused(&with_claims(json!({"exp": null})).await, "`exp`");
    refused(&with_claims(json!({"exp": "soon"})).await, "`exp`");
    refused(&with_claims(json!({"exp": 1e300})).await, "`exp`");
}

#[tokio::test]
async fn refuses_a_logout_token_without_issue_time() {
    refused(&with_claims(json!({"iat": null})).await, "`iat`");
    refused(&with_claims(json!({"iat": -1})).await, "`iat`");
}

#[tokio::test]
async fn refuses_a_logout_token_without_id() {
    refused(&with_claims(json!({"jti": null})).await, "`jti`");
    refused(&with_claims(json!({"jti": ""})).await, "`jti`");
}

#[tokio::test]
async fn refuses_an_expired_logout_token() {
    refused(&with_claims(json!({"exp": NOW - 30})).await, "expired");
}

#[tokio::test]
async fn refuses_a_logout_token_from_the_future() {
    refused(&with_claims(json!({"iat": NOW + 31})).await, "`iat`");
    refused(&with_claims(json!({"nbf": NOW + 31})).await, "`nbf`");
}

#[tokio::test]
async fn refuses_other_tokens_as_logout_tokens() {
    let bench = Bench::new().await;
    refused(&check(&bench.party(&json!({})), &bench.id_token("n", &json!({}))).await, "`events`");
    refused(&with_header(json!({"typ": "at+jwt"})).await, "`typ`");
    refused(&with_header(json!({"crit": ["x"], "x": 1})).await, "header");
}

#[tokio::test]
async fn refuses_what_is_no_token() {
    let bench = Bench::new().await;
    let party = bench.party(&json!({}));
    for text in ["", "a.b.c", "....", "{}", "ä"] {
        assert!(check(&party, text).await.is_err(), "{text:?}");
    }
    refused(&check(&party, "a.b.c.d.e").await, "encrypted");
    refused(&check(&party, &"a".repeat(64 * 1024 + 1)).await, "too long");
    assert!(bench.provider.seen("/.well-known/openid-configuration").is_empty(), "nothing is asked");
}

#[tokio::test]
async fn a_logout_token_brings_new_keys_but_cannot_make_a_nuisance() {
    let bench = Bench::new().await;
    let party = bench.party(&json!({}));
    check(&party, &token(&bench, &header(), &json!({}))).await.unwrap();
    let next = SigningKey::es256();
    bench.provider.script(|script| script.keys = Answer::Json(json!({"keys": [next.public("next")]})));
    let rotated = next.sign(&json!({"alg": "ES256", "kid": "next"}), &claims(&bench, &json!({})));
    check(&party, &rotated).await.unwrap();
    for kid in ["a", "b", "c"] {
        let forged = next.sign(&json!({"alg": "ES256", "kid": kid}), &claims(&bench, &json!({})));
        refused(&check(&party, &forged).await, "keys");
    }
    assert_eq!(bench.provider.seen("/keys").len(), 2);
}

#[tokio::test]
async fn a_logout_token_that_cannot_be_checked_now_is_not_called_invalid() {
    let bench = Bench::new().await;
    let party = bench.party(&json!({}));
    bench.provider.script(|script| script.keys = Answer::Text(503, "text/plain", String::new()));
    refused(&check(&party, &token(&bench, &header(), &json!({}))).await, "unavailable");
}

#[tokio::test]
async fn a_provider_without_id_tokens_sends_no_logout_tokens() {
    let bench = Bench::new().await;
    let party = bench.party(&json!({"scope": "email"}));
    refused(&check(&party, &token(&bench, &header(), &json!({}))).await, "`iss`");
}

#[tokio::test]
async fn an_issuer_is_known_before_and_after_discovery() {
    let bench = Bench::new().await;
    let (plain, slashed) = (bench.provider.issuer.clone(), format!("{}/", bench.provider.issuer));
    let party = bench.party(&json!({}));
    assert!(party.is_issuer(&plain) && party.is_issuer(&slashed));
    assert!(
        !party.is_issuer(&format!("{slashed}/"))
            && !party.is_issuer("")
            && !party.is_issuer("https://evil.example.com")
    );
    assert!(bench.provider.seen("/.well-known/openid-configuration").is_empty());
    let exact = bench.party(&json!({"issuer": plain}));
    assert!(exact.is_issuer(&plain) && !exact.is_issuer(&slashed));
}
