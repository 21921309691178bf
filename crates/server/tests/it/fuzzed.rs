//! Whoever is not signed in may send anything to the pages of sign-in and sign-out: it is answered, opens nothing, and
//! leads nowhere else.

use anyhow::{Context, Result};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::world::World;

/// What anybody may call.
const CALLS: [(&str, &str); 13] = [
    ("GET", "/login"),
    ("POST", "/login"),
    ("GET", "/oauth2/login/corp"),
    ("GET", "/oauth2/login"),
    ("POST", "/oauth2/login"),
    ("GET", "/oauth2/authorize"),
    ("POST", "/oauth2/authorize"),
    ("GET", "/logout"),
    ("POST", "/logout"),
    ("GET", "/oauth2/logout/callback"),
    ("POST", "/oauth2/backchannel-logout"),
    ("GET", "/oauth2/frontchannel-logout"),
    ("GET", "/api/v1/me"),
];

/// What must never come back as markup.
const MARKUP: &str = "<img/src=x>";

/// A request as it goes over the wire.
#[derive(Debug, Clone)]
struct Request {
    call: (&'static str, &'static str),
    /// `None`: our own.
    origin: Option<&'static str>,
    fields: String,
    cookies: String,
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        select(vec![
            "",
            "%",
            "%zz",
            "%00",
            "%ff%fe",
            "+",
            "/",
            "//evil.example",
            "/%5cevil.example",
            "https%3A%2F%2Fevil.example%2F",
            "javascript:alert(1)",
            MARKUP,
            "%3Cimg%2Fsrc%3Dx%3E",
            "%22%3E%3Cimg%2Fsrc%3Dx%3E",
            "%0d%0aSet-Cookie:%20howdah=x",
            "eyJhbGciOiJub25lIn0.e30.",
            "eyJhbGciOiJFUzI1NiIsImtpZCI6IngifQ.e30.AAAA",
            "..",
            "a.b.c",
            "ISSUER",
            "access_denied",
        ])
        .prop_map(str::to_owned),
        "[!-~&&[^ ]]{0,20}",
        (1_usize..6000).prop_map(|length| "a".repeat(length)),
    ]
}

fn fields() -> impl Strategy<Value = String> {
    let name = select(vec![
        "state",
        "code",
        "iss",
        "error",
        "error_description",
        "next",
        "target_link_uri",
        "login_hint",
        "logout_token",
        "sid",
        "username",
        "password",
        "stay",
        "response",
        "session_state",
        "claims",
        "",
    ]);
    let field = prop_oneof![
        8 => (name, value()).prop_map(|(name, value)| format!("{name}={value}")),
        1 => Just("iss=ISSUER".to_owned()),
    ];
    vec(field, 0..6).prop_map(|pairs| pairs.join("&"))
}

fn cookies() -> impl Strategy<Value = String> {
    let name = select(vec!["howdah", "howdah-flow", "howdah-logout", "__Host-howdah", "other"]);
    let value = prop_oneof!["[!-~]{0,12}", "[A-Za-z0-9_-]{40,90}", "[\\x80-\\xff]{0,4}"];
    vec((name, value).prop_map(|(name, value)| format!("{name}={value}")), 0..4).prop_map(|pairs| pairs.join("; "))
}

fn request() -> impl Strategy<Value = Request> {
    let origin = select(vec![None, None, Some("null"), Some("https://evil.example")]);
    (select(CALLS.as_slice()), origin, fields(), cookies()).prop_map(|(call, origin, fields, cookies)| Request {
        call,
        origin,
        fields,
        cookies,
    })
}

/// The answer, head and body.
async fn send(world: &World, request: &Request) -> Result<(String, String)> {
    let authority = world.origin.trim_start_matches("http://");
    let (method, path) = request.call;
    let fields = request.fields.replace("ISSUER", world.issuer());
    let (target, body) = match method {
        "GET" => (format!("{path}?{fields}"), String::new()),
        _ => (path.to_owned(), fields),
    };
    let text = format!(
        "{method} {target} HTTP/1.1\r\nHost: {authority}\r\nOrigin: {}\r\nCookie: {}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        request.origin.unwrap_or(&world.origin),
        request.cookies,
        body.len()
    );
    let mut stream = TcpStream::connect(authority).await?;
    stream.write_all(text.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").context("no answer")?;
    Ok((head.to_owned(), body.to_owned()))
}

/// What is wrong with an answer.
fn fault(world: &World, head: &str, body: &str) -> Option<String> {
    let status = head.split(' ').nth(1).and_then(|status| status.parse::<u16>().ok());
    if !status.is_some_and(|status| (200..500).contains(&status)) {
        return Some(format!("the status is {status:?}"));
    }
    if body.contains(MARKUP) {
        return Some("what was sent came back as markup".to_owned());
    }
    head.lines().skip(1).find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        let is_good = match name.to_ascii_lowercase().as_str() {
            // Only ever taken away.
            "set-cookie" => !value.starts_with("howdah=") || value.starts_with("howdah=;"),
            "location" => {
                value == "/login" || value == "/login?stay" || value.starts_with(&format!("{}/", world.issuer()))
            }
            _ => true,
        };
        (!is_good).then(|| format!("{name}: {value}"))
    })
}

/// Sends requests to `world` until one is not answered as it should be.
fn check(world: &World, runtime: &tokio::runtime::Runtime, cases: u32) {
    let mut runner = TestRunner::new(ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() });
    let outcome = runner.run(&request(), |request| {
        let (head, body) =
            runtime.block_on(send(world, &request)).map_err(|error| TestCaseError::fail(format!("{error:#}")))?;
        match fault(world, &head, &body) {
            Some(fault) => Err(TestCaseError::fail(format!("{fault}\n{head}\n\n{body}"))),
            None => Ok(()),
        }
    });
    assert!(outcome.is_ok(), "{outcome:?}\n{}", world.log());
    assert!(!world.log().contains("panicked"), "{}", world.log());
}

#[test]
fn whatever_comes_from_outside_is_answered_and_opens_nothing() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let at_a_provider = runtime.block_on(World::start("")).unwrap();
    check(&at_a_provider, &runtime, 400);
    let with_passwords = runtime.block_on(World::start_alone("[auth]\nsources = [\"internal\"]")).unwrap();
    check(&with_passwords, &runtime, 100);
}
