//! Tokens of a real OAuth server, and of one that cannot be trusted.

use std::time::Duration;

use howdah_credentials::{
    Identity, OAuthConfig, OAuthFlow, OAuthSettings, Present, Presentation, Prompt, RedirectAnswer, SourceConfig,
};
use howdah_testkit::{
    Behaviour, Browser, OpenIdProvider, PUBLIC_CLIENT, Person, SERVICE_CLIENT, SERVICE_SECRET, ScriptedOAuthServer,
    TokenLifetimes, confirm_device, start_oauth_server,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use url::Url;

use crate::support::{Bench, REDIRECT_URI, eventually, secret_of};

fn settings(issuer: &str, flow: OAuthFlow) -> OAuthSettings {
    OAuthSettings {
        issuer: issuer.to_owned(),
        client_id: PUBLIC_CLIENT.to_owned(),
        client_secret: None,
        scope: Some("openid offline_access db".to_owned()),
        flow,
        present: Present::OAuthBearer,
    }
}

fn source(settings: OAuthSettings) -> SourceConfig {
    SourceConfig::OAuth(OAuthConfig::new(settings).unwrap())
}

fn service(issuer: &str, secret: &str) -> SourceConfig {
    source(OAuthSettings {
        client_id: SERVICE_CLIENT.to_owned(),
        client_secret: Some(SecretString::from(secret)),
        scope: Some("db".to_owned()),
        ..settings(issuer, OAuthFlow::ClientCredentials)
    })
}

async fn real_server() -> OpenIdProvider {
    let lifetimes = TokenLifetimes { access_token: Duration::from_secs(600), ..TokenLifetimes::default() };
    start_oauth_server(vec![Person::new("ada")], REDIRECT_URI, lifetimes).await.unwrap()
}

/// Whose the token is, in the eyes of the server.
async fn subject(server: &OpenIdProvider, token: &str) -> String {
    let client = reqwest::Client::new();
    let answer = client.get(format!("{}/me", server.issuer())).bearer_auth(token).send().await.unwrap();
    answer.json::<Value>().await.unwrap()["sub"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_client_acts_for_itself() {
    let (server, bench) = (real_server().await, Bench::new());
    let source = service(server.issuer(), SERVICE_SECRET);
    assert_eq!(source.identity(), Identity::Service);
    let obtained = bench.obtain(&source).await.unwrap();
    let Presentation::OAuthBearer { issuer, scope, .. } = &obtained.credential.presentation else {
        panic!("{obtained:?}");
    };
    assert_eq!((issuer.as_deref(), scope.as_deref()), (Some(server.issuer()), Some("db")));
    assert_eq!(obtained.credential.expires_at, Some(bench.time.now() + Duration::from_secs(600)));
    let refusal = bench.refusal(&service(server.issuer(), "planted-wrong")).await;
    assert!(refusal.contains("127.0.0.1 refused") && refusal.contains("invalid_client"), "{refusal}");
    assert!(!refusal.contains("planted"), "{refusal}");
}

#[tokio::test]
async fn a_code_needs_no_scope() {
    let (server, bench) = (real_server().await, Bench::new());
    let source = source(OAuthSettings { scope: None, ..settings(server.issuer(), OAuthFlow::DeviceCode) });
    let Prompt::DeviceCode { verification_uri, user_code, .. } = bench.prompt(&source).await else {
        panic!("no code");
    };
    confirm_device(verification_uri.as_str(), user_code.expose_secret(), &Person::new("ada")).await.unwrap();
    bench.time.wake(1);
    let waiting = bench.broker.wait_for_person(&bench.person, &bench.server, &source, &bench.target);
    waiting.await.unwrap();
    assert!(!secret_of(&bench.obtain(&source).await.unwrap()).is_empty());
}

#[tokio::test]
async fn a_person_confirms_a_code_and_the_token_is_renewed() {
    let (server, bench) = (real_server().await, Bench::new());
    let source = source(settings(server.issuer(), OAuthFlow::DeviceCode));
    let Prompt::DeviceCode { verification_uri, verification_uri_complete, user_code, .. } = bench.prompt(&source).await
    else {
        panic!("no code");
    };
    assert!(verification_uri_complete.unwrap().as_str().contains(user_code.expose_secret()));
    bench.time.wake(1);
    eventually("the flow asks in vain", || bench.time.slept() == [5]).await;
    confirm_device(verification_uri.as_str(), user_code.expose_secret(), &Person::new("ada")).await.unwrap();
    bench.time.wake(1);
    bench.wait_for_person(&source).await;
    let first = secret_of(&bench.obtain(&source).await.unwrap());
    assert_eq!(subject(&server, &first).await, "sub-ada");

    // The server takes each refresh token once.
    let mut last = first;
    for _ in 0..3 {
        bench.advance(600);
        let (next, fresh) = bench.secret(&source).await;
        assert!(fresh && next != last);
        assert_eq!(subject(&server, &next).await, "sub-ada");
        last = next;
    }
}

#[tokio::test]
async fn a_person_signs_in_at_the_servers_page() {
    let (server, bench) = (real_server().await, Bench::new());
    let source = source(settings(server.issuer(), OAuthFlow::Interactive));
    let Prompt::Redirect { url, .. } = bench.prompt(&source).await else { panic!("no page") };
    let back = sign_in(&url).await;
    let parameter = |name: &str| back.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let answer =
        RedirectAnswer { outcome: Ok(SecretString::from(parameter("code").unwrap())), issuer: parameter("iss") };
    let state = parameter("state").unwrap();
    bench.broker.complete_redirect(&bench.person, &state, answer).await.unwrap();
    let token = secret_of(&bench.obtain(&source).await.unwrap());
    assert_eq!(subject(&server, &token).await, "sub-ada");
}

/// Signs in, up to the redirect that leads away from the server.
async fn sign_in(page: &Url) -> Url {
    let browser = Browser::new().unwrap();
    // The address to come back to does not exist: the browser ends there.
    let error = browser.sign_in(page.as_str(), "ada", "ada-password").await.unwrap_err();
    let failed = error.downcast_ref::<reqwest::Error>().unwrap();
    let url = failed.url().unwrap().clone();
    assert!(url.as_str().starts_with(REDIRECT_URI), "{url}");
    url
}

#[tokio::test]
async fn an_answer_of_another_issuer_is_refused_before_anything_is_sent() {
    let server = ScriptedOAuthServer::start().await.unwrap();
    let bench = Bench::new();
    let source = source(settings(server.endpoint.url(), OAuthFlow::Interactive));
    let check = async |named: bool, issuer: Option<&str>, part: &str| {
        bench.broker.forget_person(&bench.person);
        server.describe(&json!({"authorization_response_iss_parameter_supported": named}));
        let Prompt::Redirect { url, .. } = bench.prompt(&source).await else { panic!("no page") };
        let state = url.query_pairs().find(|(key, _)| key == "state").unwrap().1.into_owned();
        let answer = RedirectAnswer { outcome: Ok(SecretString::from("code")), issuer: issuer.map(str::to_owned) };
        let error = bench.broker.complete_redirect(&bench.person, &state, answer).await.unwrap_err();
        assert!(error.to_string().contains(part), "{named} {issuer:?}: {error}");
    };
    check(false, Some("https://other.example.com"), "names another issuer").await;
    check(true, None, "names another issuer, or none").await;
    assert_eq!(server.endpoint.count("/token"), 0);
    check(false, None, "invalid_grant").await;
    check(true, Some(server.endpoint.url()), "invalid_grant").await;
}

#[tokio::test]
async fn a_discovery_document_is_not_believed_blindly() {
    let check = async |changes: Value, part: &str| {
        let server = ScriptedOAuthServer::start().await.unwrap();
        server.describe(&changes);
        let bench = Bench::new();
        let refusal = bench.refusal(&service(server.endpoint.url(), SERVICE_SECRET)).await;
        assert!(refusal.contains(part), "{changes}: {refusal}");
        assert_eq!(server.endpoint.count("/token"), 0, "{changes}");
    };
    check(json!({"issuer": "https://other.example.com"}), "names another issuer, `https://other.example.com`").await;
    check(json!({"issuer": 7}), "cannot be read").await;
    check(json!({"token_endpoint": null}), "cannot be read").await;
    check(json!({"token_endpoint": "http://other.example.com/token"}), "`token_endpoint` that is not https").await;
    check(json!({"token_endpoint": "javascript:alert(1)"}), "`token_endpoint` that is not https").await;
    check(json!({"authorization_endpoint": "file:///etc/passwd"}), "`authorization_endpoint`").await;
}

#[tokio::test]
async fn an_issuer_is_compared_letter_by_letter() {
    let server = ScriptedOAuthServer::start().await.unwrap();
    let bench = Bench::new();
    let refusal = bench.refusal(&service(&format!("{}/", server.endpoint.url()), SERVICE_SECRET)).await;
    assert!(refusal.contains("names another issuer"), "{refusal}");
}

#[tokio::test]
async fn what_a_server_shows_to_people_is_checked() {
    let server = ScriptedOAuthServer::start().await.unwrap();
    let bench = Bench::new();
    let source = source(settings(server.endpoint.url(), OAuthFlow::DeviceCode));
    let good = json!({
        "device_code": "planted-device-code", "user_code": "ABCD-EFGH", "verification_uri": "https://id.example.com/device",
        "expires_in": 600,
    });
    let check = async |key: &str, value: Value, part: &str| {
        let mut answer = good.clone();
        answer[key] = value;
        server.device(answer);
        let refusal = bench.refusal(&source).await;
        assert!(refusal.contains(part), "{key}: {refusal}");
        bench.advance(3600);
    };
    check("verification_uri", json!("javascript:alert(1)"), "`verification_uri`").await;
    check("verification_uri", json!("http://id.example.com/"), "`verification_uri`").await;
    check("verification_uri", json!(["https://id.example.com"]), "`verification_uri`").await;
    check("user_code", json!("a\nb"), "`user_code`").await;
    check("user_code", json!("x".repeat(1000)), "`user_code`").await;
    check("device_code", Value::Null, "`device_code`").await;
    check("expires_in", json!("soon"), "`expires_in`").await;
    server.device(good);
    assert!(matches!(bench.prompt(&source).await, Prompt::DeviceCode { .. }));
}

#[tokio::test]
async fn a_code_is_asked_for_less_often_while_the_server_does_not_answer() {
    let server = ScriptedOAuthServer::start().await.unwrap();
    let bench = Bench::new();
    let source = source(settings(server.endpoint.url(), OAuthFlow::DeviceCode));
    server.device(json!({
        "device_code": "planted-device-code", "user_code": "ABCD-EFGH", "verification_uri": "https://id.example.com/device",
        "expires_in": 600, "interval": 2,
    }));
    bench.prompt(&source).await;
    server.endpoint.behave(Behaviour::Broken);
    bench.time.wake(2);
    eventually("the flow asks twice", || server.endpoint.count("/token") == 2).await;
    server.endpoint.behave(Behaviour::Documented);
    server.token(200, json!({"access_token": "the-token", "token_type": "Bearer", "expires_in": 60}));
    bench.time.wake(1);
    bench.wait_for_person(&source).await;
    assert_eq!(bench.secret(&source).await.0, "the-token");
    assert_eq!(bench.time.slept(), [2, 4, 8]);
}

#[tokio::test]
async fn a_server_that_asks_for_patience_is_left_alone() {
    let server = ScriptedOAuthServer::start().await.unwrap();
    let bench = Bench::new();
    let source = service(server.endpoint.url(), SERVICE_SECRET);
    server.token(400, json!({"error": "slow_down", "error_description": "planted secret+with%signs is mine"}));
    for _ in 0..10 {
        let refusal = bench.refusal(&source).await;
        assert!(!refusal.contains("planted"), "{refusal}");
    }
    assert_eq!(server.endpoint.count("/token"), 3);
    assert_eq!(server.endpoint.count("/.well-known"), 1, "the document is kept");

    bench.advance(1);
    server.retry_after(100);
    bench.refusal(&source).await;
    server.token(200, json!({"access_token": "the-token", "expires_in": 60}));
    bench.advance(99);
    bench.refusal(&source).await;
    assert_eq!(server.endpoint.count("/token"), 4);
    bench.advance(1);
    assert_eq!(bench.secret(&source).await.0, "the-token");
}

#[tokio::test]
async fn a_client_proves_itself_as_the_server_wants() {
    let check = async |methods: Value, in_header: bool| {
        let server = ScriptedOAuthServer::start().await.unwrap();
        server.describe(&json!({"token_endpoint_auth_methods_supported": methods}));
        server.token(200, json!({"access_token": "the-token", "expires_in": 60}));
        let bench = Bench::new();
        bench.secret(&service(server.endpoint.url(), SERVICE_SECRET)).await;
        let call = server.endpoint.calls().into_iter().find(|call| call.path == "/token").unwrap();
        // "database+service:planted+secret%2Bwith%25signs"
        let header = "Basic ZGF0YWJhc2Urc2VydmljZTpwbGFudGVkK3NlY3JldCUyQndpdGglMjVzaWducw==";
        assert_eq!(call.header("authorization"), if in_header { header } else { "" });
        let secret = (!in_header).then(|| SERVICE_SECRET.to_owned());
        assert_eq!(call.parameter("client_secret"), secret);
    };
    check(Value::Null, true).await;
    check(json!(["client_secret_basic", "client_secret_post"]), true).await;
    check(json!(["client_secret_post"]), false).await;
}

#[test]
fn settings_are_checked() {
    let check = |settings: OAuthSettings, field: Option<&str>| {
        let shown = format!("{settings:?}");
        assert_eq!(OAuthConfig::new(settings).err().map(|error| error.field), field, "{shown}");
    };
    let base = |issuer: &str| settings(issuer, OAuthFlow::DeviceCode);
    check(base("https://id.example.com/realms/a"), None);
    check(base("http://127.0.0.1:9000"), None);
    check(base("http://id.example.com"), Some("issuer"));
    check(base("id.example.com"), Some("issuer"));
    check(base("https://id.example.com?tenant=a"), Some("issuer"));
    check(base("https://user:password@id.example.com"), Some("issuer"));
    check(OAuthSettings { client_id: " ".to_owned(), ..base("https://id.example.com") }, Some("client_id"));
    let flow = OAuthFlow::ClientCredentials;
    check(OAuthSettings { flow, ..base("https://id.example.com") }, Some("client_secret"));
}
