//! New tokens for a session, and another look at the person.

use howdah_oidc::{RefreshError, Refreshed, SignInError, Tokens};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::hostile::{Answer, SigningKey};
use crate::support::{Bench, NOW, merge};

/// A refresh in which everything is right until a test changes it.
struct Case {
    settings: Value,
    /// Changes to the claims of the last ID token; null for none at all.
    before: Value,
    /// Changes to the claims of the new ID token; null for none at all.
    id_token: Value,
    /// Changes to the token answer.
    token: Value,
    userinfo: Answer,
    forger: Option<SigningKey>,
    subject: &'static str,
    /// Of the session, where it is not the provider's.
    issuer: Option<&'static str>,
}

async fn run(change: impl FnOnce(&mut Case)) -> (Bench, Result<Refreshed, RefreshError>) {
    let mut case = Case {
        settings: json!({}),
        before: json!({}),
        id_token: json!({"nonce": null}),
        token: json!({}),
        userinfo: Answer::Json(json!({"sub": "ada", "email": "profile@example.com"})),
        forger: None,
        subject: "ada",
        issuer: None,
    };
    change(&mut case);
    let bench = Bench::new().await;
    let sign = |changes: &Value, key: &SigningKey| {
        let mut claims = bench.claims("the-nonce");
        merge(&mut claims, changes);
        changes.is_object().then(|| key.sign(&json!({"alg": "ES256", "kid": "main"}), &claims))
    };
    let before = if case.before.is_null() { None } else { sign(&case.before, &bench.key) };
    let renewed =
        if case.id_token.is_null() { None } else { sign(&case.id_token, case.forger.as_ref().unwrap_or(&bench.key)) };
    let mut answer = json!({"access_token": "a1", "token_type": "Bearer", "expires_in": 300});
    if let Some(id_token) = renewed {
        answer["id_token"] = json!(id_token);
    }
    merge(&mut answer, &case.token);
    bench.provider.script(|script| {
        script.token = Answer::Json(answer);
        script.userinfo = case.userinfo;
    });
    let tokens =
        Tokens { access: "a0".into(), refresh: Some("r0".into()), id: before.map(Into::into), expires_at: None };
    let issuer = case.issuer.map_or_else(|| bench.provider.issuer.clone(), str::to_owned);
    let outcome = bench.party(&case.settings).refresh(&tokens, case.subject, &issuer).await;
    (bench, outcome)
}

/// What came out, in a word, and the code of what lies below.
fn kind(outcome: &Result<Refreshed, RefreshError>) -> (&'static str, &'static str) {
    match outcome {
        Ok(Refreshed { claims: Some(_), .. }) => ("renewed", ""),
        Ok(Refreshed { claims: None, .. }) => ("renewed without news", ""),
        Err(RefreshError::NoRefreshToken) => ("no refresh token", ""),
        Err(RefreshError::Refused(error)) => ("refused", error.code()),
        Err(RefreshError::NotAuthorized(error)) => ("not authorized", error.code()),
        Err(RefreshError::WrongPerson(error)) => ("wrong person", error.code()),
        Err(RefreshError::Unavailable { renewed: None, source }) => ("unavailable", source.code()),
        Err(RefreshError::Unavailable { renewed: Some(_), source }) => ("unavailable with tokens", source.code()),
    }
}

async fn check(what: &str, change: impl FnOnce(&mut Case), expected: (&str, &str)) {
    let (_, outcome) = run(change).await;
    assert_eq!(kind(&outcome), expected, "{what}: {outcome:?}");
    let ends = ["not authorized", "wrong person"].contains(&expected.0);
    assert_eq!(outcome.is_err_and(|error| error.ends_session()), ends, "{what}");
}

fn id_token(changes: Value) -> impl FnOnce(&mut Case) {
    move |case: &mut Case| case.id_token.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone())
}

const RENEWED: (&str, &str) = ("renewed", "");

#[tokio::test]
async fn a_rotated_refresh_token_replaces_the_old_one() {
    let (_, outcome) = run(|case| case.token = json!({"refresh_token": "r1"})).await;
    let refreshed = outcome.unwrap();
    assert_eq!(refreshed.tokens.access.expose_secret(), "a1");
    assert_eq!(refreshed.tokens.refresh.unwrap().expose_secret(), "r1");
    assert!(refreshed.tokens.expires_at.is_some());
    assert_eq!(refreshed.claims.unwrap()["email"], "ada@example.com");
}

#[tokio::test]
async fn what_the_answer_leaves_out_goes_on() {
    let (_, outcome) = run(|case| case.id_token = Value::Null).await;
    let refreshed = outcome.unwrap();
    assert_eq!(refreshed.tokens.refresh.unwrap().expose_secret(), "r0");
    assert!(refreshed.tokens.id.is_some() && refreshed.claims.is_none());
}

#[tokio::test]
async fn the_refresh_request_proves_who_we_are() {
    let (bench, _) = run(|_| ()).await;
    let seen = bench.provider.seen("/token").remove(0);
    assert_eq!(seen.body, "grant_type=refresh_token&refresh_token=r0");
    assert!(seen.authorization.unwrap().starts_with("Basic "));
}

#[tokio::test]
async fn without_a_refresh_token_nothing_is_asked() {
    let bench = Bench::new().await;
    let tokens = Tokens { access: "a0".into(), refresh: None, id: None, expires_at: None };
    let outcome = bench.party(&json!({})).refresh(&tokens, "ada", &bench.provider.issuer).await;
    assert_eq!(kind(&outcome), ("no refresh token", ""));
    assert!(bench.provider.seen("/.well-known/openid-configuration").is_empty());
}

#[tokio::test]
async fn a_refused_refresh_token_is_not_held_against_the_person() {
    let refuse = |error: &str| {
        let answer = json!({"error": error, "access_token": null});
        move |case: &mut Case| case.token = answer
    };
    check("invalid_grant", refuse("invalid_grant"), ("refused", "token_exchange_failed")).await;
    check("invalid_client", refuse("invalid_client"), ("refused", "token_exchange_failed")).await;
    let (_, outcome) = run(refuse("invalid_grant")).await;
    let Err(RefreshError::Refused(SignInError::TokenExchangeFailed { error, .. })) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(error.as_deref(), Some("invalid_grant"));
    check("busy", refuse("temporarily_unavailable"), ("unavailable", "token_exchange_failed")).await;
}

#[tokio::test]
async fn an_outage_ends_no_session() {
    let refresh = async |answer: Answer| {
        let bench = Bench::new().await;
        bench.provider.script(|script| script.token = answer);
        let tokens = Tokens { access: "a0".into(), refresh: Some("r0".into()), id: None, expires_at: None };
        kind(&bench.party(&json!({})).refresh(&tokens, "ada", &bench.provider.issuer).await)
    };
    let page = |status| Answer::Text(status, "text/html", "<h1>Oops</h1>".to_owned());
    assert_eq!(refresh(page(503)).await, ("unavailable", "provider_unavailable"));
    assert_eq!(refresh(Answer::Redirect).await, ("unavailable", "provider_unavailable"));
    assert_eq!(refresh(page(429)).await, ("unavailable", "token_exchange_failed"));
    let busy = json!({"error": "rate_limited"}).to_string();
    let busy = Answer::Text(429, "application/json", busy);
    assert_eq!(refresh(busy).await, ("unavailable", "token_exchange_failed"));
    assert_eq!(refresh(page(200)).await, ("unavailable", "token_exchange_failed"));
    assert_eq!(refresh(page(404)).await, ("refused", "token_exchange_failed"));
}

#[tokio::test]
async fn a_file_of_ours_that_is_missing_ends_no_session() {
    let directory = tempfile::TempDir::new().unwrap();
    let file = directory.path().join("token");
    std::fs::write(&file, "jwt").unwrap();
    let bench = Bench::new().await;
    let party = bench.party(&json!({
        "client_secret": null, "client_auth_method": "workload_identity", "workload_identity_token_file": file,
    }));
    std::fs::remove_file(&file).unwrap();
    let tokens = Tokens { access: "a0".into(), refresh: Some("r0".into()), id: None, expires_at: None };
    let outcome = party.refresh(&tokens, "ada", &bench.provider.issuer).await;
    assert_eq!(kind(&outcome), ("unavailable", "token_exchange_failed"));
    assert!(bench.provider.seen("/token").is_empty(), "nothing is sent");
}

#[tokio::test]
async fn new_tokens_survive_an_outage_of_the_profile() {
    let change = |case: &mut Case| {
        case.id_token = json!({"email": null});
        case.token = json!({"refresh_token": "r1"});
        case.userinfo = Answer::Text(503, "text/plain", String::new());
    };
    let (_, outcome) = run(change).await;
    let Err(RefreshError::Unavailable { renewed: Some(tokens), .. }) = outcome else { panic!("{outcome:?}") };
    assert_eq!(tokens.refresh.unwrap().expose_secret(), "r1", "the old one may be void");
}

#[tokio::test]
async fn a_new_id_token_of_the_same_person_is_accepted() {
    check("as it should be", |_| (), RENEWED).await;
    check("with the nonce of the sign-in", id_token(json!({"nonce": "the-nonce"})), RENEWED).await;
    check("with another nonce", id_token(json!({"nonce": "other"})), RENEWED).await;
    check("with one more audience", id_token(json!({"aud": ["howdah"]})), RENEWED).await;
    let same_time = |case: &mut Case| {
        case.before = json!({"auth_time": NOW - 60, "azp": "howdah"});
        case.id_token = json!({"auth_time": NOW - 60, "azp": "howdah"});
    };
    check("with the same auth_time and azp", same_time, RENEWED).await;
    check("without a last ID token", |case| case.before = Value::Null, RENEWED).await;
}

#[tokio::test]
async fn a_new_id_token_of_another_issuer_ends_the_session() {
    let other = id_token(json!({"iss": "https://evil.example.com"}));
    check("iss", other, ("wrong person", "issuer_mismatch")).await;
    check("no iss", id_token(json!({"iss": null})), ("wrong person", "issuer_mismatch")).await;
    let moved = |case: &mut Case| case.issuer = Some("https://old.example.com");
    check("the session is of another issuer", moved, ("wrong person", "id_token_invalid")).await;
}

#[tokio::test]
async fn a_new_id_token_of_another_person_ends_the_session() {
    check("sub", id_token(json!({"sub": "eve"})), ("wrong person", "id_token_invalid")).await;
    check("no sub", id_token(json!({"sub": null})), ("wrong person", "id_token_invalid")).await;
}

#[tokio::test]
async fn a_new_id_token_for_another_client_ends_the_session() {
    check("aud", id_token(json!({"aud": "other"})), ("wrong person", "id_token_invalid")).await;
    check("azp", id_token(json!({"azp": "other"})), ("wrong person", "id_token_invalid")).await;
}

#[tokio::test]
async fn a_new_id_token_that_is_forged_or_old_ends_the_session() {
    let forged = |case: &mut Case| case.forger = Some(SigningKey::es256());
    check("signature", forged, ("wrong person", "id_token_invalid")).await;
    check("exp", id_token(json!({"exp": NOW - 31})), ("wrong person", "id_token_invalid")).await;
    check("at_hash", id_token(json!({"at_hash": "x"})), ("wrong person", "id_token_invalid")).await;
}

#[tokio::test]
async fn an_azp_that_was_not_there_before_asks_for_a_new_sign_in() {
    check("azp", id_token(json!({"azp": "howdah"})), ("refused", "id_token_invalid")).await;
}

#[tokio::test]
async fn an_auth_time_of_another_sign_in_asks_for_a_new_sign_in() {
    let later = |case: &mut Case| {
        case.before = json!({"auth_time": NOW - 60});
        case.id_token = json!({"auth_time": NOW});
    };
    check("auth_time", later, ("refused", "id_token_invalid")).await;
}

#[tokio::test]
async fn a_person_whose_claims_no_longer_match_is_out() {
    let rule = || json!({"additional_claims": {"groups": ["dba"]}});
    let with = |id_token: Value, userinfo: Value| {
        move |case: &mut Case| {
            case.settings = rule();
            case.before = json!({"groups": ["dba"]});
            case.id_token = id_token;
            case.userinfo = Answer::Json(userinfo);
        }
    };
    let out = ("not authorized", "claims_not_authorized");
    check("still in", with(json!({"groups": ["dba"]}), json!({})), RENEWED).await;
    check("out in both", with(json!({"groups": ["x"]}), json!({"sub": "ada"})), out).await;
    check("in by the profile", with(json!({}), json!({"sub": "ada", "groups": ["dba"]})), RENEWED).await;
    check(
        "the profile is another's",
        with(json!({}), json!({"sub": "eve", "groups": ["dba"]})),
        ("wrong person", "userinfo_invalid"),
    )
    .await;
}

#[tokio::test]
async fn without_a_new_id_token_the_profile_tells_who_is_out() {
    let with = |before: Value, userinfo: Value| {
        move |case: &mut Case| {
            case.settings = json!({"additional_claims": {"groups": ["dba"]}});
            case.before = before;
            case.id_token = Value::Null;
            case.userinfo = Answer::Json(userinfo);
        }
    };
    let (inside, outside) = (|| json!({"groups": ["dba"]}), || json!({"groups": ["x"]}));
    let out = ("not authorized", "claims_not_authorized");
    check("the profile lets in", with(json!({}), json!({"sub": "ada", "groups": ["dba"]})), RENEWED).await;
    check("the profile has other groups", with(inside(), json!({"sub": "ada", "groups": ["x"]})), out).await;
    check("the profile never knew groups", with(inside(), json!({"sub": "ada"})), RENEWED).await;
    check("the profile knew them once", with(outside(), json!({"sub": "ada"})), out).await;
    check(
        "the profile is another's",
        with(inside(), json!({"sub": "eve", "groups": ["dba"]})),
        ("wrong person", "userinfo_invalid"),
    )
    .await;
}

#[tokio::test]
async fn without_a_new_id_token_the_profile_is_the_newer_of_the_two() {
    let change = |case: &mut Case| {
        case.settings = json!({"additional_claims": {"groups": ["dba"]}});
        case.before = json!({"groups": ["dba", "leads"], "sid": "s1"});
        case.id_token = Value::Null;
        case.userinfo = Answer::Json(json!({"sub": "ada", "groups": ["dba"]}));
    };
    let claims = run(change).await.1.unwrap().claims.unwrap();
    assert_eq!((&claims["groups"], &claims["sid"]), (&json!(["dba"]), &json!("s1")));
}

#[tokio::test]
async fn claims_are_merged_as_at_a_sign_in() {
    let change = |case: &mut Case| {
        case.id_token = json!({"email": null, "name": "Ada"});
        case.userinfo = Answer::Json(json!({"sub": "ada", "name": "Other", "email": "p@x"}));
    };
    let claims = run(change).await.1.unwrap().claims.unwrap();
    assert_eq!((&claims["name"], &claims["email"]), (&json!("Ada"), &json!("p@x")));
}

#[tokio::test]
async fn a_name_that_went_missing_asks_for_a_new_sign_in() {
    let change = |case: &mut Case| case.settings = json!({"username_claim": "upn"});
    check("upn", change, ("refused", "no_username")).await;
}

#[tokio::test]
async fn a_plain_provider_is_asked_who_it_is() {
    let plain = |userinfo: Value| {
        move |case: &mut Case| {
            case.settings = json!({"scope": "email", "additional_claims": {"team": ["dba"]}});
            case.id_token = Value::Null;
            case.userinfo = Answer::Json(userinfo);
            case.subject = "583231";
            case.issuer = Some("hostile");
        }
    };
    check("the same", plain(json!({"id": 583231, "email": "a@x", "team": "dba"})), RENEWED).await;
    let other = plain(json!({"id": 7, "email": "a@x", "team": "dba"}));
    check("another", other, ("wrong person", "userinfo_invalid")).await;
    let out = plain(json!({"id": 583231, "email": "a@x", "team": "x"}));
    check("out of the team", out, ("not authorized", "claims_not_authorized")).await;
}
