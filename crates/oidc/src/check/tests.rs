//! Every rule with the configuration that breaks it.

#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};

use super::*;

/// A good OpenID provider with these keys changed; null removes one.
fn openid(changes: Value) -> Value {
    changed(
        json!({
            "name": "corp", "client_id": "howdah", "client_secret": "s3cret",
            "server_metadata_url": "https://id.example.com/.well-known/openid-configuration",
        }),
        changes,
    )
}

/// A good plain OAuth 2.0 provider with these keys changed; null removes one.
fn plain(changes: Value) -> Value {
    changed(
        json!({
            "name": "github", "client_id": "howdah", "client_secret": "s3cret",
            "authorization_url": "https://github.com/login/oauth/authorize",
            "token_url": "https://github.com/login/oauth/access_token",
            "api_base_url": "https://api.github.com/", "userinfo_endpoint": "user",
        }),
        changes,
    )
}

fn changed(mut base: Value, changes: Value) -> Value {
    let Value::Object(changes) = changes else { panic!("not an object") };
    for (key, value) in changes {
        base[&key] = value;
    }
    base.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    base
}

fn run(providers: Vec<Value>) -> Result<Vec<ProviderConfig>, Vec<Problem>> {
    let settings = providers.into_iter().map(|provider| serde_json::from_value(provider).unwrap()).collect();
    check_providers(settings, &|name| match name {
        "HOME" => Some("/nonexistent-home".to_owned()),
        "HERE" => Some(env!("CARGO_MANIFEST_DIR").to_owned()),
        _ => None,
    })
}

/// The problems of one provider, as (key, part of the text).
#[expect(clippy::needless_pass_by_value, reason = "the lines of a table read better")]
fn check(provider: Value, expected: &[(&str, &str)]) {
    let problems = run(vec![provider.clone()]).err().unwrap_or_default();
    let matches = problems.len() == expected.len()
        && problems
            .iter()
            .zip(expected)
            .all(|(problem, (key, part))| problem.key == *key && problem.what.contains(part));
    assert!(matches, "{provider}\nfound {problems:#?}\nexpected {expected:?}");
}

#[test]
fn good_providers_pass() {
    check(openid(json!({})), &[]);
    check(plain(json!({})), &[]);
    check(openid(json!({"client_secret": null, "challenge_method": "S256", "response_type": "code"})), &[]);
    check(
        openid(
            json!({"client_secret": "  ", "client_auth_method": "none", "challenge_method": "S256", "response_type": "code"}),
        ),
        &[],
    );
    check(openid(json!({"client_auth_method": " Client_Secret_Post "})), &[]);
    check(openid(json!({"client_auth_method": "client_secret", "username_claim": "", "ca_file": ""})), &[]);
    check(
        openid(
            json!({"client_secret": null, "client_auth_method": "workload_identity", "workload_identity_token_file": "${HERE}/Cargo.toml"}),
        ),
        &[],
    );
    check(openid(json!({"server_metadata_url": "http://127.0.0.1:4444/.well-known/openid-configuration"})), &[]);
    check(openid(json!({"server_metadata_url": "http://[::1]:4444/.well-known/openid-configuration?appid=1"})), &[]);
    check(
        openid(json!({"id_token_signing_alg": "HS256", "additional_claims": {"groups": ["a", 1], "owner": true}})),
        &[],
    );
    check(
        openid(json!({"logout_url": "https://id.example.com/logout?to={redirect_uri}&id_token_hint={id_token}"})),
        &[],
    );
    check(
        plain(
            json!({"scope": "openid", "issuer": "https://id.example.com", "jwks_uri": "https://id.example.com/jwks"}),
        ),
        &[],
    );
}

#[test]
fn the_seven_errors_of_pgadmin_are_found_before_the_start() {
    let workload = |changes: Value| {
        let mut all = json!({
            "client_secret": null, "client_auth_method": "workload_identity",
            "workload_identity_token_file": "$HERE/Cargo.toml",
        });
        all.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        openid(all)
    };
    check(workload(json!({"challenge_method": "S256"})), &[("challenge_method", "without PKCE")]);
    check(
        workload(json!({"challenge_method": "S256", "response_type": "code"})),
        &[("challenge_method", "without PKCE"), ("response_type", "without PKCE")],
    );
    check(workload(json!({"client_secret": "s3cret"})), &[("client_secret", "replaces the secret")]);
    let mut without_file = workload(json!({}));
    without_file["workload_identity_token_file"] = json!(" ");
    check(without_file.clone(), &[("workload_identity_token_file", "needs the file")]);
    without_file["workload_identity_token_file"] = json!("~/token");
    check(without_file.clone(), &[("workload_identity_token_file", "no file `/nonexistent-home/token`")]);
    without_file["workload_identity_token_file"] = json!("$MISSING/token");
    check(without_file, &[("workload_identity_token_file", "`MISSING` is not set")]);
    check(openid(json!({"client_secret": null})), &[("challenge_method", "must state that it uses PKCE")]);
    check(plain(json!({"scope": "openid email"})), &[("scope", "`openid` asks for an ID token")]);
    check(plain(json!({"scope": "openid", "server_metadata_url": "  "})), &[("scope", "`openid`")]);
}

#[test]
fn pkce_keys_come_together_and_say_what_is_done() {
    check(openid(json!({"challenge_method": "S256"})), &[("response_type", "without it")]);
    check(openid(json!({"response_type": "code"})), &[("challenge_method", "without it")]);
    check(openid(json!({"challenge_method": "plain", "response_type": "code"})), &[("challenge_method", "`plain`")]);
    check(openid(json!({"challenge_method": "S256", "response_type": "token"})), &[("response_type", "`token`")]);
}

#[test]
fn client_authentication_needs_what_it_needs() {
    let method = |method: &str, secret: Value| openid(json!({"client_auth_method": method, "client_secret": secret}));
    check(method("client_secret_basic", Value::Null), &[("client_secret", "needs a secret")]);
    check(method("client_secret_post", Value::Null), &[("client_secret", "needs a secret")]);
    check(method("none", json!("s3cret")), &[("client_secret", "uses no secret")]);
    check(method("magic", json!("s3cret")), &[("client_auth_method", "`magic`")]);
    check(method("private_key_jwt", Value::Null), &[("private_key_file", "needs the key")]);
    let key = |file: &str| {
        openid(json!({"client_secret": null, "client_auth_method": "private_key_jwt", "private_key_file": file}))
    };
    check(key("$HERE/nothing.pem"), &[("private_key_file", "cannot be read")]);
    check(key("$HERE/Cargo.toml"), &[("private_key_file", "no private key")]);
}

#[test]
fn addresses_are_whole_and_safe() {
    let at = |url: &str| openid(json!({"server_metadata_url": url}));
    check(at("http://id.example.com/.well-known/openid-configuration"), &[("server_metadata_url", "not safe")]);
    check(at("http://127.0.0.1.example.com/.well-known/openid-configuration"), &[("server_metadata_url", "not safe")]);
    check(at("id.example.com"), &[("server_metadata_url", "not an address")]);
    check(at("https://id.example.com/meta"), &[("server_metadata_url", "does not end in")]);
    check(at("https://a:b@id.example.com/.well-known/openid-configuration"), &[("server_metadata_url", "password")]);
    check(
        openid(json!({"server_metadata_url": "https://id.example.com/meta", "issuer": "https://id.example.com"})),
        &[],
    );
    check(openid(json!({"logout_url": "/logout"})), &[("logout_url", "not an address")]);
    check(openid(json!({"logout_url": "https://{redirect_uri}/x"})), &[("logout_url", "not an address")]);
    check(plain(json!({"api_base_url": null})), &[("userinfo_endpoint", "relative")]);
    check(plain(json!({"userinfo_endpoint": "//evil.example.com/me"})), &[("userinfo_endpoint", "leads away")]);
    check(plain(json!({"userinfo_endpoint": null})), &[("userinfo_endpoint", "who a person is")]);
    check(
        plain(json!({"token_url": null, "authorization_url": null})),
        &[("authorization_url", "where to send"), ("token_url", "where to get")],
    );
    check(plain(json!({"issuer": "https://id.example.com"})), &[("issuer", "alone"), ("scope", "nothing asks for")]);
    check(plain(json!({"jwks_uri": "https://id.example.com/jwks"})), &[("jwks_uri", "alone")]);
}

#[test]
fn claims_rules_can_let_somebody_in() {
    let rule = |rule: Value| openid(json!({"additional_claims": rule}));
    check(rule(json!({})), &[("additional_claims", "nobody")]);
    check(rule(json!(["groups"])), &[("additional_claims", "not a table")]);
    check(rule(json!("groups")), &[("additional_claims", "not a table")]);
    check(rule(json!({"groups": []})), &[("additional_claims", "`groups`")]);
    check(
        rule(json!({"groups": {"a": 1}, "wids": "x", "roles": [["a"]]})),
        &[("additional_claims", "`groups`"), ("additional_claims", "`roles`")],
    );
}

#[test]
fn other_values_are_checked_too() {
    for unusable in ["none", "ES256K", "rs256", "RSA-OAEP", "HS1"] {
        check(openid(json!({ "id_token_signing_alg": unusable })), &[("id_token_signing_alg", "not accepted")]);
    }
    check(openid(json!({"id_token_signing_alg": "ES512"})), &[]);
    check(
        openid(
            json!({"id_token_signing_alg": "HS256", "client_secret": null, "challenge_method": "S256", "response_type": "code"}),
        ),
        &[("id_token_signing_alg", "needs a client secret")],
    );
    check(plain(json!({"id_token_signing_alg": "RS256"})), &[("id_token_signing_alg", "no ID tokens")]);
    check(openid(json!({"response_mode": "fragment"})), &[("response_mode", "`fragment`")]);
    check(openid(json!({"clock_skew": "soon"})), &[("clock_skew", "not a duration")]);
    check(openid(json!({"clock_skew": "1h"})), &[("clock_skew", "more than 10m")]);
    check(openid(json!({"ca_file": "$HERE/Cargo.toml"})), &[("ca_file", "no certificate")]);
    check(openid(json!({"name": " ", "client_id": ""})), &[("name", "missing"), ("client_id", "missing")]);
}

#[test]
fn files_that_are_missing_are_named() {
    for (key, method) in [
        ("ca_file", json!(null)),
        ("private_key_file", json!("private_key_jwt")),
        ("workload_identity_token_file", json!("workload_identity")),
    ] {
        let secret = if method.is_null() { json!("s3cret") } else { Value::Null };
        for (path, found) in [
            ("/nowhere/at/all", "`/nowhere/at/all`"),
            ("~/nowhere", "`/nonexistent-home/nowhere`"),
            ("$HERE/nowhere", "/nowhere`"),
            ("$UNSET/nowhere", "`UNSET` is not set"),
        ] {
            let provider = openid(json!({"client_auth_method": method, "client_secret": secret, key: path}));
            check(provider, &[(key, found)]);
        }
    }
}

#[test]
fn a_name_can_stand_in_an_address() {
    for name in [".", "..", "a\nb"] {
        check(openid(json!({ "name": name })), &[("name", "address")]);
    }
    check(openid(json!({"name": "Corp SSO/1 ä"})), &[]);
}

#[test]
fn shared_addresses_of_entra_are_no_problem_before_the_first_sign_in() {
    for tenant in ["common", "organizations", "consumers"] {
        let url = format!("https://login.microsoftonline.com/{tenant}/v2.0/.well-known/openid-configuration");
        check(openid(json!({ "server_metadata_url": url })), &[]);
    }
}

#[test]
fn every_problem_names_its_provider_and_says_what_to_do() {
    let settings = openid(json!({
        "client_id": "", "client_auth_method": "workload_identity", "challenge_method": "plain", "scope": "openid",
        "server_metadata_url": "http://id.example.com", "ca_file": "/nowhere", "additional_claims": {},
        "id_token_signing_alg": "HS256", "response_mode": "fragment", "clock_skew": "1d", "logout_url": "x",
        "userinfo_endpoint": "me",
    }));
    let problems = run(vec![settings]).unwrap_err();
    let keys: Vec<_> = problems.iter().map(|problem| problem.key).collect();
    for key in [
        "client_id",
        "client_secret",
        "workload_identity_token_file",
        "challenge_method",
        "server_metadata_url",
        "ca_file",
        "additional_claims",
        "id_token_signing_alg",
        "response_mode",
        "clock_skew",
        "logout_url",
        "userinfo_endpoint",
    ] {
        assert!(keys.contains(&key), "{key} is missing in {keys:?}");
    }
    for problem in problems {
        assert!(problem.what.starts_with("provider `corp`: "), "{problem:?}");
        assert!(problem.remedy.len() > 5 && !problem.remedy.ends_with('.'), "{problem:?}");
    }
}

#[test]
fn all_problems_of_all_providers_are_found_at_once() {
    let problems =
        run(vec![openid(json!({"client_id": ""})), openid(json!({})), plain(json!({"scope": "openid"}))]).unwrap_err();
    let found: Vec<_> = problems.iter().map(|problem| (problem.provider, problem.key)).collect();
    assert_eq!(found, [(0, "client_id"), (1, "name"), (2, "scope")]);
    assert!(problems[0].what.contains("`corp`"));
}

#[test]
fn the_issuer_and_the_scopes_follow_from_the_discovery_address() {
    let configs = run(vec![openid(json!({})), plain(json!({}))]).unwrap();
    assert_eq!(configs[0].issuer(), Some("https://id.example.com"));
    assert_eq!(configs[0].scopes, ["openid", "email", "profile"]);
    assert_eq!(configs[1].scopes, ["email", "profile"]);
    assert_eq!(configs[1].userinfo_url.as_ref().unwrap().as_str(), "https://api.github.com/user");
}

#[test]
fn secrets_stay_out_of_debug_output() {
    let settings: ProviderSettings =
        serde_json::from_value(openid(json!({"client_secret": "planted-marker"}))).unwrap();
    let written = format!("{settings:?}");
    let checked = format!("{:?}", check_providers(vec![settings], &|_| None));
    assert!(!written.contains("planted-marker") && !checked.contains("planted-marker"));
}
