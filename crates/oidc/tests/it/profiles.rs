//! Profiles (OpenID Connect Core 5.3): plain, signed, and broken.

use serde_json::{Value, json};

use crate::broken::{Case, check};
use crate::hostile::{Answer, SigningKey, unsigned};
use crate::support::{Bench, NOW, merge};

/// A sign-in whose name is in the profile only.
fn answered(userinfo: Answer) -> impl FnOnce(&mut Case) {
    move |case: &mut Case| {
        case.claims = json!({"email": null});
        case.userinfo = userinfo;
    }
}

fn jwt(text: String) -> Answer {
    Answer::Text(200, "application/jwt; charset=utf-8", text)
}

/// The outcome of a profile that the provider signs with these changes to header and claims.
async fn signed(what: &str, header: Value, changes: Value, expected: Result<&str, &str>) {
    signed_at(what, json!({}), header, changes, expected).await;
}

/// The same, with changes to the discovery document.
async fn signed_at(what: &str, discovery: Value, header: Value, changes: Value, expected: Result<&str, &str>) {
    let change = |case: &mut Case| {
        let mut claims = json!({
            "iss": case.discovery["issuer"], "aud": "howdah", "sub": "ada", "email": "signed@example.com",
        });
        merge(&mut claims, &changes);
        let mut all = json!({"alg": "ES256", "kid": "other"});
        merge(&mut all, &header);
        let other = case.other_key.public("other");
        case.keys["keys"].as_array_mut().unwrap().push(other);
        merge(&mut case.discovery, &discovery);
        let profile = jwt(case.other_key.sign(&all, &claims));
        answered(profile)(case);
    };
    check(what, change, expected).await;
}

const NAMED: Result<&str, &str> = Ok("signed@example.com");
const INVALID: Result<&str, &str> = Err("userinfo_invalid");

#[tokio::test]
async fn a_signed_profile_is_read() {
    signed("all right", json!({}), json!({}), NAMED).await;
    signed("without iss and aud", json!({}), json!({"iss": null, "aud": null}), NAMED).await;
    signed("several audiences", json!({}), json!({"aud": ["other", "howdah"]}), NAMED).await;
    signed("its type", json!({"typ": "JWT"}), json!({}), NAMED).await;
    let listed = json!({"userinfo_signing_alg_values_supported": ["none", "ES256"]});
    signed_at("its algorithm is listed", listed, json!({}), json!({}), NAMED).await;
}

#[tokio::test]
async fn refuses_a_signed_profile_of_another_issuer() {
    signed("iss", json!({}), json!({"iss": "https://evil.example.com"}), INVALID).await;
    signed("iss", json!({}), json!({"iss": 7}), INVALID).await;
}

#[tokio::test]
async fn refuses_a_signed_profile_for_another_client() {
    signed("aud", json!({}), json!({"aud": "other"}), INVALID).await;
    signed("aud", json!({}), json!({"aud": []}), INVALID).await;
}

#[tokio::test]
async fn refuses_a_signed_profile_of_another_person() {
    signed("sub", json!({}), json!({"sub": "eve"}), INVALID).await;
    signed("sub", json!({}), json!({"sub": null}), INVALID).await;
}

#[tokio::test]
async fn refuses_a_signed_profile_that_is_out_of_time() {
    signed("exp", json!({}), json!({"exp": NOW - 31}), INVALID).await;
    signed("nbf", json!({}), json!({"nbf": NOW + 31}), INVALID).await;
}

#[tokio::test]
async fn refuses_a_signed_profile_with_an_algorithm_that_is_not_listed() {
    let listed = json!({"userinfo_signing_alg_values_supported": ["RS256"]});
    signed_at("RS256 only", listed, json!({}), json!({}), INVALID).await;
    let listed = json!({"userinfo_signing_alg_values_supported": ["none", "HS256"]});
    signed_at("nothing that is accepted", listed, json!({}), json!({}), INVALID).await;
}

#[tokio::test]
async fn refuses_a_signed_profile_with_a_wrong_signature() {
    signed("the key's name is another's", json!({"kid": "main"}), json!({}), INVALID).await;
    signed("an unknown key", json!({"kid": "unknown"}), json!({}), INVALID).await;
    signed("another kind of token", json!({"typ": "logout+jwt"}), json!({}), INVALID).await;
    let forged =
        SigningKey::es256().sign(&json!({"alg": "ES256", "kid": "main"}), &json!({"sub": "ada", "email": "e@x"}));
    check("a forged one", answered(jwt(forged)), INVALID).await;
}

#[tokio::test]
async fn refuses_an_unsigned_profile_that_says_it_is_signed() {
    let unsigned = unsigned(&json!({"alg": "none"}), &json!({"sub": "ada", "email": "e@x"})) + ".";
    check("alg none", answered(jwt(unsigned)), INVALID).await;
    check("plain JSON", answered(jwt(json!({"sub": "ada", "email": "e@x"}).to_string())), INVALID).await;
}

#[tokio::test]
async fn refuses_an_encrypted_profile_in_words() {
    let bench = Bench::new().await;
    let party = bench.party(&json!({}));
    bench.provider.script(|script| script.userinfo = jwt("a.b.c.d.e".to_owned()));
    let error = bench.sign_in_with(&party, &json!({"email": null})).await.unwrap_err();
    assert_eq!(error.code(), "userinfo_invalid");
    assert!(error.to_string().contains("encrypted"), "{error}");
}

#[tokio::test]
async fn a_signed_profile_of_a_provider_without_keys_is_refused() {
    let bench = Bench::new().await;
    let party = bench.party(&json!({"scope": "email"}));
    bench.provider.script(|script| {
        script.token = Answer::Json(json!({"access_token": "a", "token_type": "Bearer"}));
        script.userinfo = jwt("a.b.c".to_owned());
    });
    let request = party.begin(None).await.unwrap();
    let response = crate::support::good_response(&request.pending);
    let error = party.finish(request.pending, response).await.unwrap_err();
    assert_eq!(error.code(), "userinfo_invalid");
    assert!(error.to_string().contains("which keys"), "{error}");
}
