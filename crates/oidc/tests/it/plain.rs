//! Plain OAuth 2.0 providers: GitHub's shape.

use howdah_oidc::{RelyingParty, SignIn, SignInError};
use serde_json::{Value, json};

use crate::hostile::Answer;
use crate::support::{Bench, good_response, parameter};

#[expect(clippy::needless_pass_by_value, reason = "the lines of a table read better")]
fn github(bench: &Bench, changes: Value) -> RelyingParty {
    let issuer = &bench.provider.issuer;
    let mut settings = json!({
        "server_metadata_url": null,
        "authorization_url": format!("{issuer}/authorize"),
        "token_url": format!("{issuer}/token"),
        "api_base_url": format!("{issuer}/"),
        "userinfo_endpoint": "user/emails",
        "scope": "read:user user:email",
    });
    crate::support::merge(&mut settings, &changes);
    // The bench's own settings are merged over, so null is passed on to remove the discovery address.
    settings["server_metadata_url"] = Value::Null;
    bench.party(&settings)
}

async fn sign_in(bench: &Bench, party: &RelyingParty, token: Answer, profile: Value) -> Result<SignIn, SignInError> {
    bench.provider.script(|script| {
        script.token = token;
        script.userinfo = Answer::Json(profile);
    });
    let request = party.begin(None).await?;
    assert!(parameter(&request.url, "nonce").is_none() && parameter(&request.url, "code_challenge").is_some());
    let response = good_response(&request.pending);
    party.finish(request.pending, response).await
}

fn form(text: &str) -> Answer {
    Answer::Text(200, "application/x-www-form-urlencoded", text.to_owned())
}

#[tokio::test]
async fn form_encoded_tokens_and_a_list_of_addresses_sign_a_person_in() {
    let bench = Bench::new().await;
    let party = github(&bench, json!({}));
    let addresses = json!([
        {"email": "old@example.com", "primary": false, "verified": true},
        {"email": "ada@example.com", "primary": true, "verified": true},
    ]);
    let token = form("access_token=gho_1&scope=user%3Aemail&token_type=bearer");
    let found = sign_in(&bench, &party, token, addresses).await.unwrap();
    assert_eq!(found.username, "ada@example.com");
    assert_eq!((found.issuer.as_str(), found.subject.as_str()), ("hostile", "ada@example.com"));
    assert_eq!(bench.provider.seen("/user/emails")[0].authorization.as_deref(), Some("Bearer gho_1"));
    assert!(bench.provider.seen("/.well-known/openid-configuration").is_empty());
}

#[tokio::test]
async fn json_tokens_and_a_profile_sign_a_person_in() {
    let bench = Bench::new().await;
    let party = github(&bench, json!({"userinfo_endpoint": "user", "username_claim": "login"}));
    let token = Answer::Json(json!({"access_token": "gho_1", "token_type": "bearer"}));
    let profile = json!({"id": 583231, "login": "ada", "name": "Ada Lovelace", "email": null});
    let found = sign_in(&bench, &party, token, profile).await.unwrap();
    assert_eq!((found.username.as_str(), found.subject.as_str()), ("ada", "583231"));
    assert_eq!(found.display_name.as_deref(), Some("Ada Lovelace"));
    assert!(found.tokens.id.is_none() && found.tokens.refresh.is_none() && found.tokens.expires_at.is_none());
}

#[tokio::test]
async fn refusals_with_status_200_are_refusals() {
    let bench = Bench::new().await;
    let party = github(&bench, json!({}));
    let token = form("error=bad_verification_code&error_description=The+code+passed+is+incorrect.");
    let error = sign_in(&bench, &party, token, json!({})).await.unwrap_err();
    assert_eq!(error.code(), "token_exchange_failed");
    assert!(error.to_string().contains("The code passed is incorrect."), "{error}");
}

#[tokio::test]
async fn an_unverified_address_is_nobody() {
    let bench = Bench::new().await;
    let party = github(&bench, json!({}));
    let addresses = json!([{"email": "ada@example.com", "primary": true, "verified": false}]);
    let error = sign_in(&bench, &party, form("access_token=gho_1"), addresses).await.unwrap_err();
    assert_eq!(error.code(), "no_username");
}

#[tokio::test]
async fn a_provider_without_discovery_can_issue_id_tokens() {
    let bench = Bench::new().await;
    let issuer = bench.provider.issuer.clone();
    let party = github(
        &bench,
        json!({
            "scope": "openid", "issuer": issuer, "jwks_uri": format!("{issuer}/keys"), "id_token_signing_alg": "ES256",
            "userinfo_endpoint": null, "api_base_url": null,
        }),
    );
    let found = bench.sign_in(&party).await.unwrap();
    assert_eq!((found.issuer, found.subject.as_str()), (issuer, "ada"));
}
