//! The modules of the OpenID conformance suite's plans for relying parties, and the attacks of RFC 9700: one test each,
//! where no other file has it. `docs/conformance.md` maps the modules to tests.

use std::fs;
use std::path::Path;

use howdah_oidc::AuthorizationResponse;
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::broken::{Case, GOOD, Signer, check};
use crate::hostile::{Answer, SigningKey, at_hash, hmac};
use crate::support::{ACCESS_TOKEN, Bench, NOW, good_response, parameter, token_answer};

const INVALID: Result<&str, &str> = Err("id_token_invalid");

fn claim(name: &'static str, value: Value) -> impl FnOnce(&mut Case) {
    move |case: &mut Case| case.claims = json!({ name: value })
}

#[tokio::test]
async fn refuses_an_id_token_of_another_issuer() {
    check("invalid-iss", claim("iss", json!("https://evil.example.com/")), Err("issuer_mismatch")).await;
}

#[tokio::test]
async fn refuses_an_id_token_without_subject() {
    check("missing-sub", claim("sub", Value::Null), INVALID).await;
}

#[tokio::test]
async fn refuses_an_id_token_for_another_client() {
    check("invalid-aud", claim("aud", json!("other")), INVALID).await;
}

#[tokio::test]
async fn refuses_an_id_token_without_audience() {
    check("missing-aud", claim("aud", Value::Null), INVALID).await;
}

#[tokio::test]
async fn refuses_an_id_token_without_issue_time() {
    check("missing-iat", claim("iat", Value::Null), INVALID).await;
}

#[tokio::test]
async fn refuses_an_id_token_with_another_nonce() {
    check("nonce-invalid", claim("nonce", json!("other")), INVALID).await;
}

#[tokio::test]
async fn refuses_an_id_token_with_another_at_hash() {
    check("invalid-athash", claim("at_hash", json!(at_hash("another-token"))), INVALID).await;
}

#[tokio::test]
async fn accepts_an_id_token_without_at_hash_in_the_code_flow() {
    check("missing-athash", claim("at_hash", Value::Null), GOOD).await;
}

#[tokio::test]
async fn accepts_an_id_token_without_kid_where_there_is_one_key() {
    check("kid-absent-single-jwks", |case| case.header = json!({"alg": "ES256"}), GOOD).await;
}

#[tokio::test]
async fn refuses_an_id_token_without_kid_where_there_are_several_keys() {
    let several = |case: &mut Case| {
        case.header = json!({"alg": "ES256"});
        let mut keys = vec![case.keys["keys"][0].clone(), case.other_key.public("other")];
        keys.iter_mut().for_each(|key| key["kid"] = Value::Null);
        case.keys = json!({ "keys": keys });
    };
    check("kid-absent-multiple-jwks", several, INVALID).await;
}

#[tokio::test]
async fn refuses_an_unsigned_id_token() {
    let unsigned = |case: &mut Case| {
        case.header = json!({"alg": "none"});
        case.signer = Signer::Nobody;
    };
    check("idtoken-sig-none", unsigned, INVALID).await;
    for name in ["None", "NONE", "nOnE", "", "RS1"] {
        let cased = |case: &mut Case| {
            case.header = json!({ "alg": name });
            case.signer = Signer::Nobody;
        };
        check(name, cased, INVALID).await;
    }
}

#[tokio::test]
async fn refuses_a_wrong_rs256_signature() {
    let wrong = |case: &mut Case| {
        // Any odd number of 2048 bits is a modulus that no signature fits.
        let modulus = format!("{}Q", "q".repeat(341));
        case.discovery["id_token_signing_alg_values_supported"] = json!(["RS256"]);
        case.header = json!({"alg": "RS256", "kid": "rsa"});
        case.keys =
            json!({"keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "rsa", "n": modulus, "e": "AQAB"}]});
    };
    check("invalid-sig-rs256", wrong, INVALID).await;
}

#[tokio::test]
async fn refuses_a_wrong_es256_signature() {
    check("invalid-sig-es256", |case| case.signer = Signer::Other, INVALID).await;
}

#[tokio::test]
async fn refuses_a_wrong_hs256_signature() {
    let wrong = |case: &mut Case| {
        case.settings = json!({"id_token_signing_alg": "HS256"});
        case.header = json!({"alg": "HS256"});
        case.signer = Signer::Shared(b"another secret".to_vec());
    };
    check("invalid-sig-hs256", wrong, INVALID).await;
}

#[tokio::test]
async fn refuses_a_profile_of_another_person() {
    let other = |case: &mut Case| {
        case.claims = json!({"email": null});
        case.userinfo = Answer::Json(json!({"sub": "eve", "email": "eve@example.com"}));
    };
    check("userinfo-invalid-sub", other, Err("userinfo_invalid")).await;
}

#[tokio::test]
async fn reads_what_the_scopes_give_from_the_profile() {
    let bench = Bench::new().await;
    let party = bench.party(&json!({"scope": "openid email profile phone"}));
    let profile = json!({"sub": "ada", "email": "p@x", "name": "Ada", "phone_number": "+44 1"});
    bench.provider.script(|script| script.userinfo = Answer::Json(profile));
    let found = bench.sign_in_with(&party, &json!({"email": null, "name": null})).await.unwrap();
    assert_eq!((found.username.as_str(), found.display_name.as_deref()), ("p@x", Some("Ada")));
    assert_eq!(found.claims["phone_number"], "+44 1");
}

#[tokio::test]
async fn sends_the_access_token_in_the_header_and_nowhere_else() {
    let bench = Bench::new().await;
    bench.sign_in_with(&bench.party(&json!({})), &json!({"email": null})).await.unwrap();
    let seen = bench.provider.seen("/userinfo").remove(0);
    assert_eq!(seen.authorization, Some(format!("Bearer {ACCESS_TOKEN}")));
    assert_eq!((seen.query, seen.body.as_str()), (None, ""));
}

#[tokio::test]
async fn does_not_read_the_profile_after_a_broken_id_token() {
    let bench = Bench::new().await;
    let party = bench.party(&json!({}));
    bench.sign_in_with(&party, &json!({"email": null, "nonce": "other"})).await.unwrap_err();
    assert!(bench.provider.seen("/userinfo").is_empty());
}

#[tokio::test]
async fn ignores_keys_that_it_cannot_read() {
    let strange = |case: &mut Case| {
        let keys = case.keys["keys"].as_array_mut().unwrap();
        keys.insert(0, json!({"kty": "AKP", "alg": "ML-DSA-999", "kid": "pq", "pub": "AAAA", "use": "sig"}));
        keys.insert(0, json!({"kty": "EC", "crv": "P-256", "kid": "half", "x": "AAAA"}));
        keys.insert(0, json!({"kty": "made-up", "kid": "x", "n": {"deep": []}}));
        keys.insert(0, json!("not an object"));
    };
    check("ignores-unparseable-key-in-jwks", strange, GOOD).await;
}

#[tokio::test]
async fn does_not_follow_claims_that_are_elsewhere() {
    let bench = Bench::new().await;
    let party = bench.party(&json!({"additional_claims": {"groups": ["dba"]}}));
    let endpoint = format!("{}/claims", bench.provider.issuer);
    let profile = json!({
        "sub": "ada", "_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"endpoint": endpoint}},
    });
    bench.provider.script(|script| script.userinfo = Answer::Json(profile));
    let error = bench.sign_in(&party).await.unwrap_err();
    assert_eq!(error.code(), "claims_not_authorized");
    assert!(error.to_string().contains("so many groups"), "{error}");
    assert!(bench.provider.seen("/claims").is_empty());
}

#[tokio::test]
async fn a_form_post_is_asked_for_and_read() {
    let bench = Bench::new().await;
    let party = bench.party(&json!({"response_mode": "form_post"}));
    let request = party.begin(None).await.unwrap();
    assert_eq!(parameter(&request.url, "response_mode").as_deref(), Some("form_post"));
    let id_token = bench.id_token(&parameter(&request.url, "nonce").unwrap(), &json!({}));
    bench.provider.script(|script| script.token = Answer::Json(token_answer(&id_token)));
    let issuer = form_urlencoded::byte_serialize(bench.provider.issuer.as_bytes()).collect::<String>();
    let body = format!("state={}&code=a%2Bb%2F+c&iss={issuer}&session_state=x", request.pending.state());
    party.finish(request.pending, AuthorizationResponse::parse(&body)).await.unwrap();
    assert!(bench.provider.seen("/token")[0].body.contains("code=a%2Bb%2F+c"));
}

#[tokio::test]
async fn an_error_in_a_form_post_is_shown() {
    let bench = Bench::new().await;
    let party = bench.party(&json!({"response_mode": "form_post"}));
    let request = party.begin(None).await.unwrap();
    let body =
        format!("error=login_required&error_description=Error+response+%3Cb%3E&state={}", request.pending.state());
    let error = party.finish(request.pending, AuthorizationResponse::parse(&body)).await.unwrap_err();
    assert_eq!(error.code(), "provider_error");
    assert!(
        error.to_string().contains("Error response <b>") && error.to_string().contains("login_required"),
        "{error}"
    );
}

#[tokio::test]
async fn endpoints_come_from_the_discovery_document() {
    let bench = Bench::new().await;
    let issuer = bench.provider.issuer.clone();
    bench.provider.script(|script| {
        let Answer::Json(document) = &mut script.discovery else { panic!("no document") };
        document["authorization_endpoint"] = json!(format!("{issuer}/elsewhere/authorize"));
    });
    let request = bench.party(&json!({})).begin(None).await.unwrap();
    assert_eq!(request.url.path(), "/elsewhere/authorize");
    assert_eq!(bench.provider.seen("/.well-known/openid-configuration").len(), 1);
}

#[tokio::test]
async fn refuses_a_discovery_document_of_another_issuer() {
    let other = |case: &mut Case| case.discovery["issuer"] = json!("https://evil.example.com");
    check("discovery-issuer-mismatch", other, Err("issuer_mismatch")).await;
}

#[tokio::test]
async fn keys_come_from_the_jwks_uri() {
    let bench = Bench::new().await;
    bench.sign_in(&bench.party(&json!({}))).await.unwrap();
    assert_eq!(bench.provider.seen("/keys").len(), 1);
}

/// Signs in with a key of this name that the provider has in use from now on.
async fn sign_in_with_new_key(bench: &Bench, party: &howdah_oidc::RelyingParty, kid: Option<&str>) {
    let key = SigningKey::es256();
    let request = party.begin(None).await.unwrap();
    let mut public = key.public("");
    public["kid"] = json!(kid);
    let mut header = json!({"alg": "ES256", "kid": kid});
    header.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    let id_token = key.sign(&header, &bench.claims(&parameter(&request.url, "nonce").unwrap()));
    bench.provider.script(|script| {
        // Just before it signs.
        script.keys = Answer::Json(json!({"keys": [public]}));
        script.token = Answer::Json(token_answer(&id_token));
    });
    let response = good_response(&request.pending);
    party.finish(request.pending, response).await.unwrap();
}

#[tokio::test]
async fn follows_a_key_rotation_between_sign_ins() {
    let bench = Bench::new().await;
    let party = bench.party(&json!({}));
    bench.sign_in(&party).await.unwrap();
    sign_in_with_new_key(&bench, &party, Some("next")).await;
    assert_eq!(bench.provider.seen("/keys").len(), 2);
}

#[tokio::test]
async fn follows_a_key_rotation_just_before_signing() {
    let bench = Bench::new().await;
    let party = bench.party(&json!({}));
    for (index, kid) in ["one", "two", "three"].into_iter().enumerate() {
        bench.advance(10);
        sign_in_with_new_key(&bench, &party, Some(kid)).await;
        assert_eq!(bench.provider.seen("/keys").len(), index + 1);
    }
}

#[tokio::test]
async fn follows_a_rotation_of_keys_without_names() {
    let bench = Bench::new().await;
    let party = bench.party(&json!({}));
    sign_in_with_new_key(&bench, &party, None).await;
    bench.advance(10);
    sign_in_with_new_key(&bench, &party, None).await;
    assert_eq!(bench.provider.seen("/keys").len(), 2);
}

// RFC 9700 section 4.4: mix-up.

#[tokio::test]
async fn an_answer_of_another_provider_is_not_redeemed() {
    let (honest, evil) = (Bench::new().await, Bench::new().await);
    let party = honest.party(&json!({}));
    let request = party.begin(None).await.unwrap();
    let issuer = form_urlencoded::byte_serialize(evil.provider.issuer.as_bytes()).collect::<String>();
    let response = format!("code=stolen&state={}&iss={issuer}", request.pending.state());
    let error = party.finish(request.pending, AuthorizationResponse::parse(&response)).await.unwrap_err();
    assert_eq!(error.code(), "issuer_mismatch");
    assert!(honest.provider.seen("/token").is_empty() && evil.provider.seen("/token").is_empty());
}

#[tokio::test]
async fn an_error_of_another_provider_is_not_shown() {
    let bench = Bench::new().await;
    let party = bench.party(&json!({}));
    let request = party.begin(None).await.unwrap();
    let response = format!(
        "error=x&error_description=pay+here&state={}&iss=https%3A%2F%2Fevil.example.com",
        request.pending.state()
    );
    let error = party.finish(request.pending, AuthorizationResponse::parse(&response)).await.unwrap_err();
    assert_eq!(error.code(), "issuer_mismatch");
    assert!(!error.to_string().contains("pay here"), "{error}");
}

#[tokio::test]
async fn a_state_of_one_provider_is_void_at_another() {
    let (one, two) = (Bench::new().await, Bench::new().await);
    let other = two.party(&json!({"name": "other"}));
    let request = one.party(&json!({})).begin(None).await.unwrap();
    let response = good_response(&request.pending);
    assert_eq!(other.finish(request.pending, response).await.unwrap_err().code(), "state_mismatch");
    assert!(two.provider.seen("/token").is_empty());
}

// RFC 9700 section 4.5: code injection. Section 4.8: PKCE downgrade.

#[tokio::test]
async fn every_redemption_carries_the_verifier_of_its_own_request() {
    for settings in [
        json!({}),
        json!({"client_auth_method": "client_secret_post"}),
        json!({"client_secret": null, "challenge_method": "S256", "response_type": "code"}),
        json!({"scope": "openid"}),
    ] {
        let bench = Bench::new().await;
        let party = bench.party(&settings);
        let request = party.begin(None).await.unwrap();
        assert_eq!(parameter(&request.url, "code_challenge_method").as_deref(), Some("S256"));
        let challenge = parameter(&request.url, "code_challenge").unwrap();
        let response = good_response(&request.pending);
        let _ = party.finish(request.pending, response).await;
        let body = bench.provider.seen("/token").remove(0).body;
        let form: Vec<_> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        let verifier = &form.iter().find(|(name, _)| name == "code_verifier").expect("a verifier").1;
        let digest = ring::digest::digest(&ring::digest::SHA256, verifier.as_bytes());
        let expected = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, digest);
        assert_eq!(challenge, expected, "{settings}");
        assert!(form.iter().all(|(name, _)| name != "state"), "the state stays with us");
    }
}

#[tokio::test]
async fn pkce_is_used_although_the_provider_does_not_mention_it() {
    let bench = Bench::new().await;
    bench.provider.script(|script| {
        let Answer::Json(document) = &mut script.discovery else { panic!("no document") };
        document["code_challenge_methods_supported"] = json!(["plain"]);
    });
    let request = bench.party(&json!({})).begin(None).await.unwrap();
    assert_eq!(parameter(&request.url, "code_challenge_method").as_deref(), Some("S256"));
}

#[tokio::test]
async fn an_injected_code_brings_an_id_token_with_another_nonce() {
    let bench = Bench::new().await;
    let party = bench.party(&json!({}));
    let (victim, attacker) = (party.begin(None).await.unwrap(), party.begin(None).await.unwrap());
    let id_token = bench.id_token(&parameter(&victim.url, "nonce").unwrap(), &json!({}));
    bench.provider.script(|script| script.token = Answer::Json(token_answer(&id_token)));
    let response = good_response(&attacker.pending);
    assert_eq!(party.finish(attacker.pending, response).await.unwrap_err().code(), "id_token_invalid");
}

// RFC 9700 section 4.12: redirects with credentials.

#[tokio::test]
async fn a_redirecting_token_endpoint_gets_nothing_forwarded() {
    let bench = Bench::new().await;
    let party = bench.party(&json!({}));
    bench.provider.script(|script| script.token = Answer::Redirect);
    let request = party.begin(None).await.unwrap();
    let response = good_response(&request.pending);
    assert_eq!(party.finish(request.pending, response).await.unwrap_err().code(), "provider_unavailable");
    assert!(bench.provider.seen("/elsewhere").is_empty());
}

// RFC 8725 section 2.1: algorithm confusion.

#[tokio::test]
async fn a_public_key_is_no_secret() {
    let bench = Bench::new().await;
    let party = bench.party(&json!({"id_token_signing_alg": "HS256"}));
    let request = party.begin(None).await.unwrap();
    let claims = bench.claims(&parameter(&request.url, "nonce").unwrap());
    let public = bench.key.public("main").to_string();
    let id_token = hmac(public.as_bytes(), &json!({"alg": "HS256", "kid": "main"}), &claims);
    bench.provider.script(|script| script.token = Answer::Json(token_answer(&id_token)));
    let response = good_response(&request.pending);
    assert_eq!(party.finish(request.pending, response).await.unwrap_err().code(), "id_token_invalid");
}

#[tokio::test]
async fn an_id_token_is_not_good_for_ever() {
    check("expired", claim("exp", json!(NOW - 30)), INVALID).await;
    check("expires in the year 33658", claim("exp", json!(1_000_000_000_000_u64)), GOOD).await;
    check("expires never", claim("exp", json!(1e300)), INVALID).await;
    check("expires before time", claim("exp", json!(-1e300)), INVALID).await;
}

#[test]
fn the_page_of_the_documents_names_tests_that_exist() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(here.join("../../docs/conformance.md")).unwrap();
    let mut named = 0;
    for path in page.split('`').skip(1).step_by(2).filter(|text| text.contains("::") && text.contains('_')) {
        let (file, test) = path.rsplit_once("::").unwrap();
        let other = ["server", "credentials"].into_iter().find_map(|name| {
            let file = file.strip_prefix(name)?.strip_prefix("::")?;
            Some((format!("../{name}/"), file))
        });
        let (folder, file) = match &other {
            Some((folder, file)) => (folder.as_str(), *file),
            None => ("", file.strip_prefix("oidc::").unwrap_or(file)),
        };
        let places = ["tests/it/FILE.rs", "src/FILE.rs", "src/FILE/tests.rs", "src/http/FILE.rs"]
            .map(|place| format!("{folder}{}", place.replace("FILE", &file.replace("::", "/"))));
        let is_there = |place: &String| {
            fs::read_to_string(here.join(place)).is_ok_and(|source| source.contains(&format!("fn {test}(")))
        };
        assert!(places.iter().any(is_there), "{path} is gone");
        named += 1;
    }
    assert!(named > 160, "{named}");
}
