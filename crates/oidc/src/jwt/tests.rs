//! Tokens that are arbitrary, and good ones with one thing changed.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::LazyLock;

use proptest::prelude::*;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::json;

use super::*;
use crate::{id_token, keys, logout_token, userinfo};

const ISSUER: &str = "https://id.example.com";
const NOW: u64 = 1_800_000_000;
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

static PAIR: LazyLock<EcdsaKeyPair> = LazyLock::new(|| {
    let random = SystemRandom::new();
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random).unwrap()
});

static KEYS: LazyLock<Vec<Key>> = LazyLock::new(|| {
    let point = PAIR.public_key().as_ref();
    let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..]));
    let set = json!({"keys": [{"kty": "EC", "crv": "P-256", "kid": "main", "x": x, "y": y}]});
    keys::parse(set.to_string().as_bytes()).unwrap()
});

fn sign(header: &Value, claims: &Value) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", encode(header), encode(claims));
    let signature = PAIR.sign(&SystemRandom::new(), text.as_bytes()).unwrap();
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// Good as ID token, logout token and profile, but for `nonce`.
fn claims() -> Value {
    json!({
        "iss": ISSUER, "aud": "howdah", "sub": "ada", "iat": NOW, "exp": NOW + 300, "jti": "1", "events": { EVENT: {} },
    })
}

fn header() -> Value {
    json!({"alg": "ES256", "kid": "main"})
}

/// As which kinds of token it is accepted.
fn accepted(token: &str) -> Vec<&'static str> {
    let trust = Trust {
        issuer: ISSUER,
        client_id: "howdah",
        client_secret: None,
        algorithms: &[Algorithm::EcdsaP256Sha256],
        now: SystemTime::UNIX_EPOCH + Duration::from_secs(NOW),
        skew: Duration::from_secs(30),
    };
    let (id_token, access_token) = (token.into(), "access".into());
    let expected = id_token::Expected { nonce: None, access_token: &access_token };
    let mut kinds = Vec::new();
    kinds.extend(id_token::verify(&id_token, &KEYS, &trust, &expected).is_ok().then_some("ID token"));
    kinds.extend(logout_token::verify(token, &KEYS, &trust).is_ok().then_some("logout token"));
    kinds.extend(userinfo::verify(token, &KEYS, &trust).is_ok().then_some("profile"));
    kinds
}

#[test]
fn a_good_token_is_accepted() {
    assert_eq!(accepted(&sign(&header(), &claims())), ["ID token", "logout token", "profile"]);
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        Just(json!("howdah")),
        Just(json!(u64::MAX)),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::hash_map(".{0,3}", inner, 0..3).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn arbitrary_text_is_no_token(text in ".*|[A-Za-z0-9_-]{0,20}[.][A-Za-z0-9_-]{0,20}[.][A-Za-z0-9_-]{0,20}") {
        prop_assert!(accepted(&text).is_empty());
    }

    #[test]
    fn arbitrary_json_in_three_parts_is_no_token(header in json_value(), claims in json_value()) {
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let token = format!("{}.{}.AAAA", encode(&header), encode(&claims));
        prop_assert!(accepted(&token).is_empty());
    }

    #[test]
    fn no_change_of_one_character_is_accepted(at in any::<prop::sample::Index>(), to in "[A-Za-z0-9_.=+/ é-]") {
        let token = sign(&header(), &claims());
        let at = at.index(token.len());
        prop_assume!(token[at..=at] != to);
        let changed = format!("{}{to}{}", &token[..at], &token[at + 1..]);
        // White space around a profile is no part of it.
        prop_assert!(changed.trim() != changed || accepted(&changed).is_empty(), "{changed}");
    }

    #[test]
    fn no_shorter_or_longer_token_is_accepted(at in any::<prop::sample::Index>(), more in "[A-Za-z0-9_.=-]{1,5}") {
        let token = sign(&header(), &claims());
        let at = at.index(token.len());
        prop_assert!(accepted(&token[..at]).is_empty());
        let longer = format!("{}{more}{}", &token[..at], &token[at..]);
        prop_assert!(accepted(&longer).is_empty());
    }

    #[test]
    fn no_other_claims_fit_the_signature(name in "iss|aud|sub|exp|x", value in json_value()) {
        let token = sign(&header(), &claims());
        let mut other = claims();
        other[&name] = value;
        prop_assume!(other != claims());
        let parts: Vec<_> = token.split('.').collect();
        let forged = format!("{}.{}.{}", parts[0], URL_SAFE_NO_PAD.encode(other.to_string()), parts[2]);
        prop_assert!(accepted(&forged).is_empty());
    }

    #[test]
    fn whatever_a_provider_signs_does_not_make_us_panic(
        name in "iss|aud|azp|sub|exp|iat|nbf|nonce|at_hash|auth_time|events|sid|jti|email|address|updated_at",
        value in json_value(),
        part in "alg|kid|typ|crit|cty|zip|b64|enc|x",
        other in json_value(),
    ) {
        let (mut header, mut claims) = (header(), claims());
        claims[&name] = value;
        accepted(&sign(&header, &claims));
        header[&part] = other;
        accepted(&sign(&header, &claims));
    }

    #[test]
    fn whatever_a_provider_publishes_does_not_make_us_panic(
        key in prop::collection::hash_map("kty|crv|x|y|n|e|alg|use|key_ops|kid", json_value(), 0..8),
        kind in prop_oneof![Just(json!("RSA")), Just(json!("EC")), Just(json!("OKP")), Just(json!("oct"))],
        curve in prop_oneof![Just(json!("P-256")), Just(json!("P-521")), Just(json!("Ed25519"))],
    ) {
        let mut key: Map<String, Value> = key.into_iter().collect();
        keys::parse(json!({ "keys": [key] }).to_string().as_bytes());
        key.insert("kty".to_owned(), kind);
        key.insert("crv".to_owned(), curve);
        keys::parse(json!({ "keys": [key] }).to_string().as_bytes());
    }
}
