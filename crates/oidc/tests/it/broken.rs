//! One line for each broken thing, and the code that it must end in.

use howdah_oidc::{AuthorizationResponse, SignInError};
use ring::digest::SHA512;
use serde_json::{Value, json};

use crate::hostile::{Answer, SigningKey, at_hash, document, half_of_digest, hmac, unsigned};
use crate::support::{ACCESS_TOKEN, Bench, NOW, merge, parameter, token_answer};

/// A sign-in in which everything is right until a test changes it.
pub(crate) struct Case {
    /// Keys of the configuration.
    pub(crate) settings: Value,
    pub(crate) discovery: Value,
    pub(crate) keys: Value,
    pub(crate) header: Value,
    /// Changes to the ID token's claims.
    pub(crate) claims: Value,
    pub(crate) signer: Signer,
    /// Changes to the token answer.
    pub(crate) token: Value,
    /// What comes back to the redirect address; `STATE` stands for the right one.
    pub(crate) response: String,
    pub(crate) userinfo: Answer,
    pub(crate) other_key: SigningKey,
}

pub(crate) enum Signer {
    Main,
    Other,
    Shared(Vec<u8>),
    Nobody,
}

/// Runs a sign-in with one change. `Ok` is the user name, `Err` the code.
pub(crate) async fn check(what: &str, change: impl FnOnce(&mut Case), expected: Result<&str, &str>) {
    let found = run(change).await;
    let found = found.as_ref().map(String::as_str).map_err(|error| {
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("planted"), "{what}: a secret is shown: {shown}");
        error.code()
    });
    assert_eq!(found, expected, "{what}");
}

async fn run(change: impl FnOnce(&mut Case)) -> Result<String, SignInError> {
    let bench = Bench::new().await;
    let mut case = Case {
        settings: json!({}),
        discovery: document(&bench.provider.issuer),
        keys: json!({"keys": [bench.key.public("main")]}),
        header: json!({"alg": "ES256", "kid": "main"}),
        claims: json!({}),
        signer: Signer::Main,
        token: json!({}),
        response: "code=the-code&state=STATE".to_owned(),
        userinfo: Answer::Json(json!({"sub": "ada", "email": "profile@example.com"})),
        other_key: SigningKey::es256(),
    };
    change(&mut case);
    let party = bench.party(&case.settings);
    bench.provider.script(|script| {
        script.discovery = Answer::Json(case.discovery);
        script.keys = Answer::Json(case.keys);
        script.userinfo = case.userinfo;
    });
    let request = party.begin(None).await?;
    let mut claims = bench.claims(&parameter(&request.url, "nonce").unwrap_or_default());
    merge(&mut claims, &case.claims);
    let id_token = match &case.signer {
        Signer::Main => bench.key.sign(&case.header, &claims),
        Signer::Other => case.other_key.sign(&case.header, &claims),
        Signer::Shared(secret) => hmac(secret, &case.header, &claims),
        Signer::Nobody => unsigned(&case.header, &claims) + ".",
    };
    let mut answer = token_answer(&id_token);
    merge(&mut answer, &case.token);
    bench.provider.script(|script| script.token = Answer::Json(answer));
    let response = case.response.replace("STATE", request.pending.state());
    let sign_in = party.finish(request.pending, AuthorizationResponse::parse(&response)).await;
    let refused_early = matches!(&sign_in, Err(error) if ["state_mismatch", "provider_error"].contains(&error.code()));
    if refused_early || response.contains("iss=") && sign_in.is_err() {
        assert!(bench.provider.seen("/token").is_empty(), "no token request is made");
    }
    sign_in.map(|sign_in| sign_in.username)
}

pub(crate) const GOOD: Result<&str, &str> = Ok("ada@example.com");

#[tokio::test]
async fn an_unbroken_sign_in_succeeds() {
    check("nothing", |_| {}, GOOD).await;
    check("no kid and one key", |case| case.header = json!({"alg": "ES256"}), GOOD).await;
    check("a right at_hash", |case| case.claims = json!({"at_hash": at_hash(ACCESS_TOKEN)}), GOOD).await;
    check(
        "several audiences with azp",
        |case| case.claims = json!({"aud": ["howdah", "other"], "azp": "howdah"}),
        GOOD,
    )
    .await;
    check("one audience in a list", |case| case.claims = json!({"aud": ["howdah"]}), GOOD).await;
    check("a clock that is 30 s behind", |case| case.claims = json!({"exp": NOW - 29}), GOOD).await;
    check("a clock that is 30 s ahead", |case| case.claims = json!({"iat": NOW + 29, "nbf": NOW + 29}), GOOD).await;
    check("the key's issuer in the answer", |case| case.response = "code=c&state=STATE".to_owned(), GOOD).await;
    check(
        "an unknown key kind beside",
        |case| case.keys["keys"].as_array_mut().unwrap().push(json!({"kty": "XYZ"})),
        GOOD,
    )
    .await;
    let shared = |case: &mut Case| {
        case.settings = json!({"id_token_signing_alg": "HS256"});
        case.header = json!({"alg": "HS256"});
        case.signer = Signer::Shared(b"planted-secret".to_vec());
    };
    check("HS256 when pinned", shared, GOOD).await;
    let with_hash = |case: &mut Case| {
        shared(case);
        case.claims = json!({"at_hash": at_hash(ACCESS_TOKEN)});
    };
    check("HS256 with at_hash", with_hash, GOOD).await;
}

#[tokio::test]
async fn the_answer_to_the_browser_is_not_believed_blindly() {
    let response = |text: &'static str| move |case: &mut Case| case.response = text.to_owned();
    check("another state", response("code=c&state=other"), Err("state_mismatch")).await;
    check("no state", response("code=c"), Err("state_mismatch")).await;
    check("an empty state", response("code=c&state="), Err("state_mismatch")).await;
    check("an error", response("error=access_denied&error_description=no&state=STATE"), Err("provider_error")).await;
    check("an error beside a code", response("error=x&code=c&state=STATE"), Err("provider_error")).await;
    check("neither code nor error", response("state=STATE"), Err("provider_error")).await;
    check("two codes", response("code=c&code=d&state=STATE"), Err("provider_error")).await;
    check("two equal states", response("code=c&state=STATE&state=STATE"), Err("provider_error")).await;
    check("another issuer", response("code=c&state=STATE&iss=https%3A%2F%2Fevil.example.com"), Err("issuer_mismatch"))
        .await;
    let advertised = |case: &mut Case| case.discovery["authorization_response_iss_parameter_supported"] = json!(true);
    check("an advertised issuer that is absent", advertised, Err("issuer_mismatch")).await;
}

#[tokio::test]
async fn the_discovery_document_must_be_the_issuers_own() {
    let set =
        |key: &'static str, value: Value| move |case: &mut Case| merge(&mut case.discovery, &json!({ key: value }));
    check("no issuer", set("issuer", Value::Null), Err("issuer_mismatch")).await;
    check("another issuer", set("issuer", json!("https://evil.example.com")), Err("issuer_mismatch")).await;
    check("no token endpoint", set("token_endpoint", Value::Null), Err("provider_unavailable")).await;
    check("no keys", set("jwks_uri", Value::Null), Err("provider_unavailable")).await;
    check(
        "plain http for tokens",
        set("token_endpoint", json!("http://id.example.com/token")),
        Err("provider_unavailable"),
    )
    .await;
    check("plain http for keys", set("jwks_uri", json!("http://id.example.com/keys")), Err("provider_unavailable"))
        .await;
    check("a file for userinfo", set("userinfo_endpoint", json!("file:///etc/passwd")), Err("provider_unavailable"))
        .await;
    check("a wrong type", set("token_endpoint", json!(7)), Err("provider_unavailable")).await;
}

#[tokio::test]
async fn each_broken_claim_is_found() {
    let claim = |name: &'static str, value: Value| move |case: &mut Case| case.claims = json!({ name: value });
    let invalid = Err("id_token_invalid");
    check("no iss", claim("iss", Value::Null), Err("issuer_mismatch")).await;
    check("another iss", claim("iss", json!("https://evil.example.com")), Err("issuer_mismatch")).await;
    let slash =
        |case: &mut Case| case.claims = json!({"iss": format!("{}/", case.discovery["issuer"].as_str().unwrap())});
    check("iss with a slash more", slash, Err("issuer_mismatch")).await;
    check("no aud", claim("aud", Value::Null), invalid).await;
    check("another aud", claim("aud", json!("other")), invalid).await;
    check("an empty aud", claim("aud", json!([])), invalid).await;
    check("several aud without azp", claim("aud", json!(["howdah", "other"])), invalid).await;
    check("another azp", claim("azp", json!("other")), invalid).await;
    check("no exp", claim("exp", Value::Null), invalid).await;
    check("exp in the past", claim("exp", json!(NOW - 31)), invalid).await;
    check("exp as text", claim("exp", json!("tomorrow")), invalid).await;
    check("no iat", claim("iat", Value::Null), invalid).await;
    check("iat in the future", claim("iat", json!(NOW + 31)), invalid).await;
    check("nbf in the future", claim("nbf", json!(NOW + 31)), invalid).await;
    check("nbf as text", claim("nbf", json!("later")), invalid).await;
    check("no sub", claim("sub", Value::Null), invalid).await;
    check("an empty sub", claim("sub", json!("")), invalid).await;
    check("a blank sub", claim("sub", json!("  ")), invalid).await;
    check("a sub that is too long", claim("sub", json!("a".repeat(256))), invalid).await;
    check("the longest sub", claim("sub", json!("a".repeat(255))), GOOD).await;
    check("a number as sub", claim("sub", json!(7)), invalid).await;
    check("no nonce", claim("nonce", Value::Null), invalid).await;
    check("another nonce", claim("nonce", json!("other")), invalid).await;
    check("another at_hash", claim("at_hash", json!(at_hash("other"))), invalid).await;
    check("a number as at_hash", claim("at_hash", json!(7)), invalid).await;
}

#[tokio::test]
async fn each_broken_signature_is_found() {
    let invalid = Err("id_token_invalid");
    check("another key under the same kid", |case| case.signer = Signer::Other, invalid).await;
    check("an unknown kid", |case| case.header = json!({"alg": "ES256", "kid": "new"}), invalid).await;
    let two_keys = |case: &mut Case| {
        case.header = json!({"alg": "ES256"});
        let other = case.other_key.public("other");
        case.keys["keys"].as_array_mut().unwrap().push(other);
    };
    check("no kid and two keys", two_keys, invalid).await;
    let none = |case: &mut Case| {
        case.header = json!({"alg": "none"});
        case.signer = Signer::Nobody;
    };
    check("alg none, although it is listed", none, invalid).await;
    let stripped = |case: &mut Case| case.signer = Signer::Nobody;
    check("a signature that is cut off", stripped, invalid).await;
    let shared = |case: &mut Case| {
        case.header = json!({"alg": "HS256", "kid": "main"});
        case.signer = Signer::Shared(b"planted-secret".to_vec());
    };
    check("HS256 with the client secret, although it is listed", shared, invalid).await;
    let confused = |case: &mut Case| {
        case.header = json!({"alg": "HS256", "kid": "main"});
        case.signer = Signer::Shared(case.keys["keys"][0].to_string().into_bytes());
    };
    check("HS256 with the public key", confused, invalid).await;
    let wrong_pin = |case: &mut Case| case.settings = json!({"id_token_signing_alg": "RS256"});
    check("another algorithm than the pinned", wrong_pin, invalid).await;
    let unlisted =
        |case: &mut Case| merge(&mut case.discovery, &json!({"id_token_signing_alg_values_supported": null}));
    check("ES256 where nothing is listed", unlisted, invalid).await;
    check(
        "a critical header",
        |case| case.header = json!({"alg": "ES256", "kid": "main", "crit": ["x"], "x": 1}),
        invalid,
    )
    .await;
    check(
        "an access token as ID token",
        |case| case.header = json!({"alg": "ES256", "kid": "main", "typ": "at+jwt"}),
        invalid,
    )
    .await;
    check(
        "a logout token as ID token",
        |case| case.header = json!({"alg": "ES256", "kid": "main", "typ": "logout+jwt"}),
        invalid,
    )
    .await;
    for (field, value) in [("b64", json!(false)), ("zip", json!("DEF")), ("enc", json!("A256GCM")), ("crit", json!([]))]
    {
        let header = |case: &mut Case| case.header = json!({"alg": "ES256", "kid": "main", field: value});
        check(field, header, invalid).await;
    }
    let nested = |case: &mut Case| case.header = json!({"alg": "ES256", "kid": "main", "cty": "JWT"});
    check("a token in a token", nested, invalid).await;
    check("a number as kid", |case| case.header = json!({"alg": "ES256", "kid": 7}), invalid).await;
    let key_for_encryption = |case: &mut Case| case.keys["keys"][0]["use"] = json!("enc");
    check("a key for encryption", key_for_encryption, invalid).await;
    check("no ID token", |case| case.token = json!({"id_token": null}), invalid).await;
    check("something else as ID token", |case| case.token = json!({"id_token": "garbage"}), invalid).await;
    check("five parts", |case| case.token = json!({"id_token": "a.b.c.d.e"}), invalid).await;
}

#[tokio::test]
async fn es512_is_verified_on_its_own_curve() {
    let es512 = |case: &mut Case| {
        case.other_key = SigningKey::es512();
        case.signer = Signer::Other;
        case.header = json!({"alg": "ES512", "kid": "wide"});
        case.discovery["id_token_signing_alg_values_supported"] = json!(["ES512", "ES256"]);
        let key = case.other_key.public("wide");
        case.keys["keys"].as_array_mut().unwrap().push(key);
    };
    check("listed", es512, GOOD).await;
    let and = |change: fn(&mut Case)| {
        move |case: &mut Case| {
            es512(case);
            change(case);
        }
    };
    let invalid = Err("id_token_invalid");
    check("pinned", and(|case| case.settings = json!({"id_token_signing_alg": "ES512"})), GOOD).await;
    check("without kid, beside a key on another curve", and(|case| case.header = json!({"alg": "ES512"})), GOOD).await;
    let hash = |case: &mut Case| case.claims = json!({"at_hash": half_of_digest(&SHA512, ACCESS_TOKEN)});
    check("a right at_hash", and(hash), GOOD).await;
    check("the at_hash of ES256", and(|case| case.claims = json!({"at_hash": at_hash(ACCESS_TOKEN)})), invalid).await;
    check(
        "not listed",
        and(|case| case.discovery["id_token_signing_alg_values_supported"] = json!(["ES256"])),
        invalid,
    )
    .await;
    check("another is pinned", and(|case| case.settings = json!({"id_token_signing_alg": "ES256"})), invalid).await;
    check("another key", and(|case| case.other_key = SigningKey::es512()), invalid).await;
    check("a key on another curve", and(|case| case.header = json!({"alg": "ES512", "kid": "main"})), invalid).await;
    check("another algorithm for its key", and(|case| case.header = json!({"alg": "ES256", "kid": "wide"})), invalid)
        .await;
    check("a point that is not on the curve", and(|case| case.keys["keys"][1]["x"] = json!("A".repeat(88))), invalid)
        .await;
    check("a key that is too short", and(|case| case.keys["keys"][1]["y"] = json!("AQAB")), invalid).await;
}

#[tokio::test]
async fn a_key_is_used_for_what_it_is_meant_for_only() {
    let key = |field: &'static str, value: Value| move |case: &mut Case| case.keys["keys"][0][field] = value;
    let invalid = Err("id_token_invalid");
    check("its algorithm", key("alg", json!("ES256")), GOOD).await;
    check("its operations", key("key_ops", json!(["verify"])), GOOD).await;
    check("another algorithm", key("alg", json!("ES384")), invalid).await;
    check("an algorithm for encryption", key("alg", json!("ECDH-ES")), invalid).await;
    check("no algorithm at all", key("alg", json!(7)), invalid).await;
    check("other operations", key("key_ops", json!(["deriveKey"])), invalid).await;
    check("another use", key("use", json!("other")), invalid).await;
    let short = |case: &mut Case| {
        case.header = json!({"alg": "RS256", "kid": "short"});
        case.discovery["id_token_signing_alg_values_supported"] = json!(["RS256"]);
        let modulus = "q".repeat(171); // 1026 bits
        case.keys["keys"] = json!([{"kty": "RSA", "kid": "short", "n": modulus, "e": "AQAB"}]);
    };
    check("an RSA key of 1024 bits", short, invalid).await;
    let symmetric = |case: &mut Case| {
        case.settings = json!({"id_token_signing_alg": "HS256"});
        case.header = json!({"alg": "HS256", "kid": "shared"});
        case.keys["keys"] = json!([{"kty": "oct", "kid": "shared", "k": "c2VjcmV0"}]);
        case.signer = Signer::Shared(b"secret".to_vec());
    };
    check("a secret that the provider publishes", symmetric, invalid).await;
}

#[tokio::test]
async fn keys_in_the_token_itself_are_not_believed() {
    for field in ["jwk", "jku", "x5u", "x5c"] {
        let own = |case: &mut Case| {
            case.signer = Signer::Other;
            let key = case.other_key.public("main");
            case.header = json!({"alg": "ES256", "kid": "main", field: if field == "jwk" { key } else { json!("https://evil.example.com/keys") }});
        };
        check(field, own, Err("id_token_invalid")).await;
    }
}

#[tokio::test]
async fn a_bad_token_answer_ends_the_exchange() {
    let failed = Err("token_exchange_failed");
    let token = |change: Value| move |case: &mut Case| case.token = change;
    check("an OAuth error with status 200", token(json!({"error": "invalid_grant"})), failed).await;
    let echo = json!({"error": "invalid_client", "error_description": "planted-secret is wrong"});
    check("an error that repeats our secret", token(echo), failed).await;
    check("no access token", token(json!({"access_token": null})), failed).await;
    check("another kind of token", token(json!({"token_type": "DPoP"})), failed).await;
    check("no kind of token", token(json!({"token_type": null})), GOOD).await;
    check("a life in text", token(json!({"expires_in": "60"})), GOOD).await;
}

#[tokio::test]
async fn the_profile_must_be_the_same_persons() {
    let profile = |value: Value| {
        move |case: &mut Case| {
            case.claims = json!({"email": null});
            case.userinfo = Answer::Json(value);
        }
    };
    check("a good profile", profile(json!({"sub": "ada", "email": "p@x"})), Ok("p@x")).await;
    check("another sub", profile(json!({"sub": "eve", "email": "p@x"})), Err("userinfo_invalid")).await;
    check("no sub", profile(json!({"email": "p@x"})), Err("userinfo_invalid")).await;
    check("not an object", profile(json!("ada")), Err("userinfo_invalid")).await;
    check("an empty list", profile(json!([])), Err("userinfo_invalid")).await;
    let refused = |case: &mut Case| case.settings = json!({"additional_claims": {"groups": ["dba"]}});
    check("no claim that lets in", refused, Err("claims_not_authorized")).await;
    check("no claim for the name", |case| case.settings = json!({"username_claim": "upn"}), Err("no_username")).await;
}
