//! What the provider sees of us: the authorization request, and how we prove who we are.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, UnparsedPublicKey,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use url::{Url, form_urlencoded};

use crate::hostile::{Answer, Seen};
use crate::support::{Bench, NOW, parameter};

/// Signs in with these settings and gives the one token request.
async fn token_request(settings: Value) -> (Seen, Vec<(String, String)>) {
    let bench = Bench::new().await;
    bench.sign_in(&bench.party(&settings)).await.unwrap();
    let seen = bench.provider.seen("/token").remove(0);
    let form = form_urlencoded::parse(seen.body.as_bytes()).into_owned().collect();
    (seen, form)
}

fn field<'a>(form: &'a [(String, String)], name: &str) -> Option<&'a str> {
    form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

#[tokio::test]
async fn the_authorization_request_holds_what_it_must() {
    let bench = Bench::new().await;
    let party = bench.party(&json!({"prompt": "select_account", "response_mode": "form_post"}));
    let request = party.begin(Some("ada@example.com")).await.unwrap();
    let expected = [
        ("tenant", "1"),
        ("response_type", "code"),
        ("client_id", "howdah"),
        ("redirect_uri", "https://console.example.com/oauth2/authorize"),
        ("scope", "openid email profile"),
        ("code_challenge_method", "S256"),
        ("response_mode", "form_post"),
        ("prompt", "select_account"),
        ("login_hint", "ada@example.com"),
        ("state", request.pending.state()),
    ];
    for (name, value) in expected {
        assert_eq!(parameter(&request.url, name).as_deref(), Some(value), "{name}");
    }
    let again = party.begin(None).await.unwrap();
    for name in ["state", "nonce", "code_challenge"] {
        assert_ne!(parameter(&request.url, name), parameter(&again.url, name), "{name}");
    }
    assert!(!request.url.as_str().contains("planted"));
}

#[tokio::test]
async fn a_pending_sign_in_survives_the_store_and_counts_for_its_provider_only() {
    let bench = Bench::new().await;
    let party = bench.party(&json!({}));
    let request = party.begin(None).await.unwrap();
    let stored = serde_json::to_string(&request.pending).unwrap();
    let restored: howdah_oidc::PendingSignIn = serde_json::from_str(&stored).unwrap();
    assert_eq!(restored.state(), request.pending.state());
    assert!(!format!("{restored:?}").contains(restored.state()));
    let other = bench.party(&json!({"name": "other"}));
    let response = crate::support::good_response(&restored);
    assert_eq!(other.finish(restored, response).await.unwrap_err().code(), "state_mismatch");
}

#[tokio::test]
async fn a_secret_in_the_header_is_form_encoded_first() {
    let (seen, form) = token_request(json!({"client_id": "howdah", "client_secret": "p:ä ß+/%"})).await;
    let pair = "howdah:p%3A%C3%A4+%C3%9F%2B%2F%25";
    assert_eq!(seen.authorization.unwrap(), format!("Basic {}", STANDARD.encode(pair)));
    assert_eq!(field(&form, "grant_type"), Some("authorization_code"));
    assert_eq!(field(&form, "code"), Some("the-code"));
    assert_eq!(field(&form, "redirect_uri"), Some("https://console.example.com/oauth2/authorize"));
    assert!(field(&form, "code_verifier").is_some_and(|verifier| verifier.len() >= 43));
    assert!(field(&form, "client_secret").is_none() && field(&form, "client_id").is_none());
}

#[tokio::test]
async fn a_secret_in_the_body_is_not_in_the_header() {
    let (seen, form) = token_request(json!({"client_auth_method": "client_secret_post"})).await;
    assert!(seen.authorization.is_none());
    assert_eq!(field(&form, "client_id"), Some("howdah"));
    assert_eq!(field(&form, "client_secret"), Some("planted-secret"));
}

#[tokio::test]
async fn a_public_client_sends_its_id_and_the_verifier() {
    let settings = json!({"client_secret": null, "challenge_method": "S256", "response_type": "code"});
    let (seen, form) = token_request(settings).await;
    assert!(seen.authorization.is_none() && field(&form, "client_secret").is_none());
    assert_eq!(field(&form, "client_id"), Some("howdah"));
    assert!(field(&form, "code_verifier").is_some());
}

#[tokio::test]
async fn workload_identity_reads_its_file_at_each_sign_in_and_goes_without_pkce() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("token");
    fs::write(&file, "first.jwt.token\n").unwrap();
    let bench = Bench::new().await;
    let party = bench.party(&json!({
        "client_secret": null, "client_auth_method": "workload_identity", "workload_identity_token_file": file,
    }));
    let request = party.begin(None).await.unwrap();
    assert!(parameter(&request.url, "code_challenge").is_none());
    bench.sign_in(&party).await.unwrap();
    fs::write(&file, " second.jwt.token ").unwrap();
    bench.sign_in(&party).await.unwrap();
    let forms: Vec<Vec<(String, String)>> = bench
        .provider
        .seen("/token")
        .iter()
        .map(|seen| form_urlencoded::parse(seen.body.as_bytes()).into_owned().collect())
        .collect();
    assert_eq!(field(&forms[0], "client_assertion"), Some("first.jwt.token"));
    assert_eq!(field(&forms[1], "client_assertion"), Some("second.jwt.token"));
    let kind = Some("urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    assert_eq!(field(&forms[0], "client_assertion_type"), kind);
    assert!(field(&forms[0], "code_verifier").is_none() && field(&forms[0], "client_secret").is_none());

    for broken in [Some(" \n"), None] {
        match broken {
            Some(text) => fs::write(&file, text).unwrap(),
            None => fs::remove_file(&file).unwrap(),
        }
        assert_eq!(bench.sign_in(&party).await.unwrap_err().code(), "token_exchange_failed");
    }
    assert_eq!(bench.provider.seen("/token").len(), 2, "nothing is sent without a token");
}

#[tokio::test]
async fn private_key_jwt_signs_an_assertion_for_the_token_endpoint() {
    let random = ring::rand::SystemRandom::new();
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random).unwrap();
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("key.pem");
    let body = STANDARD.encode(document.as_ref());
    fs::write(&file, format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n")).unwrap();

    let bench = Bench::new().await;
    let party =
        bench.party(&json!({"client_secret": null, "client_auth_method": "private_key_jwt", "private_key_file": file}));
    bench.sign_in(&party).await.unwrap();
    let seen = bench.provider.seen("/token").remove(0);
    let form: Vec<(String, String)> = form_urlencoded::parse(seen.body.as_bytes()).into_owned().collect();
    let assertion = field(&form, "client_assertion").unwrap();
    let (text, signature) = assertion.rsplit_once('.').unwrap();
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, pair.public_key().as_ref())
        .verify(text.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap())
        .unwrap();
    let claims: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text.split('.').nth(1).unwrap()).unwrap()).unwrap();
    assert_eq!((&claims["iss"], &claims["sub"]), (&json!("howdah"), &json!("howdah")));
    assert_eq!(claims["aud"], format!("{}/token", bench.provider.issuer));
    assert_eq!(claims["exp"], NOW + 60);
    assert!(field(&form, "code_verifier").is_some());
}

#[tokio::test]
async fn a_certificate_beside_the_key_is_named_in_the_assertion() {
    let identity = howdah_testkit::certificates().server(&["console.example.com"]).unwrap();
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("both.pem");
    let header = async |pem: &str| -> Value {
        fs::write(&file, pem).unwrap();
        let (_, form) = token_request(
            json!({"client_secret": null, "client_auth_method": "private_key_jwt", "private_key_file": file}),
        )
        .await;
        let part = field(&form, "client_assertion").unwrap().split('.').next().unwrap().to_owned();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    };
    assert_eq!(header(&identity.key_pem).await, json!({"alg": "ES256", "typ": "JWT"}));
    for pem in
        [identity.key_pem.clone() + &identity.certificate_pem, identity.certificate_pem.clone() + &identity.key_pem]
    {
        let header = header(&pem).await;
        assert_eq!((&header["alg"], &header["typ"]), (&json!("ES256"), &json!("JWT")));
        let body: String = identity
            .certificate_pem
            .lines()
            .take_while(|line| !line.contains("END"))
            .filter(|line| !line.contains("BEGIN"))
            .collect();
        let certificate = STANDARD.decode(body).unwrap();
        let thumbprint = |algorithm| URL_SAFE_NO_PAD.encode(ring::digest::digest(algorithm, &certificate));
        assert_eq!(header["x5t#S256"], thumbprint(&ring::digest::SHA256));
        assert_eq!(header["x5t"], thumbprint(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY));
    }
}

#[tokio::test]
async fn logout_goes_to_the_end_session_endpoint_or_to_the_template() {
    let bench = Bench::new().await;
    let back = Url::parse("https://console.example.com/oauth2/logout/callback").unwrap();
    let hint = "id token".into();
    let url = bench.party(&json!({})).logout_url(Some(&hint), &back, "s1").await.unwrap();
    assert_eq!(url.path(), "/end");
    assert_eq!(parameter(&url, "id_token_hint").as_deref(), Some("id token"));
    assert_eq!(parameter(&url, "post_logout_redirect_uri").as_deref(), Some(back.as_str()));
    assert_eq!(parameter(&url, "state").as_deref(), Some("s1"));
    assert_eq!(parameter(&url, "client_id").as_deref(), Some("howdah"));
    let url = bench.party(&json!({})).logout_url(None, &back, "s1").await.unwrap();
    assert_eq!(parameter(&url, "client_id").as_deref(), Some("howdah"));

    let template = json!({"logout_url": "https://id.example.com/bye?to={redirect_uri}&hint={id_token}"});
    let url = bench.party(&template).logout_url(Some(&hint), &back, "s1").await.unwrap();
    assert_eq!(url.host_str(), Some("id.example.com"));
    assert_eq!(parameter(&url, "to").as_deref(), Some(back.as_str()));
    assert_eq!(parameter(&url, "hint").as_deref(), Some("id token"));
}

#[tokio::test]
async fn without_an_end_session_endpoint_the_browser_stays() {
    let bench = Bench::new().await;
    let back = Url::parse("https://console.example.com/oauth2/logout/callback").unwrap();
    bench.provider.script(|script| {
        let Answer::Json(document) = &mut script.discovery else { panic!("no document") };
        document.as_object_mut().unwrap().remove("end_session_endpoint");
    });
    assert_eq!(bench.party(&json!({})).logout_url(None, &back, "s1").await, None);
    bench.provider.script(|script| script.discovery = Answer::Text(503, "text/plain", String::new()));
    assert_eq!(bench.party(&json!({})).logout_url(None, &back, "s1").await, None);
}

#[tokio::test]
async fn what_an_end_session_endpoint_has_in_its_query_stays() {
    let bench = Bench::new().await;
    let back = Url::parse("https://console.example.com/oauth2/logout/callback").unwrap();
    bench.provider.script(|script| {
        let Answer::Json(document) = &mut script.discovery else { panic!("no document") };
        document["end_session_endpoint"] = json!(format!("{}/end?p=B2C_1", bench.provider.issuer));
    });
    let url = bench.party(&json!({})).logout_url(Some(&"hint".into()), &back, "a b&c").await.unwrap();
    assert_eq!(parameter(&url, "p").as_deref(), Some("B2C_1"));
    assert_eq!(parameter(&url, "state").as_deref(), Some("a b&c"));
}
