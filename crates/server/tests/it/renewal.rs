//! Sessions that are renewed while they are used.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use howdah_testkit::hostile::Answer;
use howdah_testkit::{Browser, ProviderOptions, TokenLifetimes};
use serde_json::{Value, json};

use crate::scripted::Scripted;
use crate::world::World;

/// Tokens of two seconds with a refresh token.
fn short(refresh_token: &str) -> Value {
    json!({ "expires_in": 2, "refresh_token": refresh_token })
}

/// Waits until the provider has seen so many requests of this kind.
async fn until_seen(bench: &Scripted, text: &str, count: usize) -> Result<()> {
    let started = Instant::now();
    while bench.provider.seen("/token").iter().filter(|seen| seen.body.contains(text)).count() < count {
        ensure!(started.elapsed() < Duration::from_secs(20), "waited in vain for {text}: {}", bench.world.log());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// Waits until `me` says this of the provider.
async fn until_state(bench: &Scripted, browser: &Browser, state: &str) -> Result<Value> {
    let started = Instant::now();
    loop {
        let page = bench.me(browser).await?;
        ensure!(page.status == 200, "{} {}", page.status, bench.world.log());
        let status = page.json()?["provider_status"].clone();
        if status["state"] == state {
            return Ok(status);
        }
        ensure!(
            started.elapsed() < Duration::from_secs(20),
            "waited in vain for {state}: {status} {}",
            bench.world.log()
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn until_signed_out(bench: &Scripted, browser: &Browser) -> Result<()> {
    let started = Instant::now();
    while bench.me(browser).await?.status != 401 {
        ensure!(started.elapsed() < Duration::from_secs(20), "still signed in: {}", bench.world.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

#[tokio::test]
async fn tokens_are_renewed_again_and_again_with_the_refresh_token_of_the_last_time() -> Result<()> {
    let bench = Scripted::start("", "").await?;
    let ada = bench.signed_in(&json!({}), &short("refresh-1")).await?;
    assert_eq!(bench.me(&ada).await?.json()?["provider_status"]["state"], "ok");
    bench.give(&bench.id_token(None, &json!({})), &short("refresh-2"));
    until_seen(&bench, "refresh_token=refresh-1", 1).await?;
    bench.give(&bench.id_token(None, &json!({})), &short("refresh-3"));
    until_seen(&bench, "refresh_token=refresh-2", 1).await?;
    until_seen(&bench, "refresh_token=refresh-3", 1).await?;
    assert_eq!(bench.me(&ada).await?.json()?["provider_status"]["state"], "ok");
    // RFC 9700 section 4.14: a token that was rotated away is never used again.
    let first =
        bench.provider.seen("/token").iter().filter(|seen| seen.body.contains("refresh_token=refresh-1")).count();
    assert_eq!(first, 1);
    Ok(())
}

#[tokio::test]
async fn a_real_provider_that_rotates_renews_for_as_long_as_the_page_is_open() -> Result<()> {
    let lifetimes = TokenLifetimes { access_token: Duration::from_secs(2), ..TokenLifetimes::default() };
    let options = ProviderOptions { lifetimes, ..ProviderOptions::default() };
    let extra = "scope = \"openid email profile offline_access\"";
    let world = World::start_at(("", ""), extra, options, |client| client).await?;
    let ada = world.sign_in("ada").await?;
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(8) {
        let page = ada.get("/api/v1/me").await?;
        assert_eq!(page.status, 200, "{}", world.log());
        assert_eq!(page.json()?["provider_status"]["state"], "ok", "{}", world.log());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(())
}

#[tokio::test]
async fn a_provider_that_is_down_ends_nothing_and_is_told() -> Result<()> {
    let bench = Scripted::start("", "").await?;
    let ada = bench.signed_in(&json!({}), &short("refresh-1")).await?;
    bench.provider.script(|script| script.token = Answer::Text(503, "text/plain", "down".to_owned()));
    let status = until_state(&bench, &ada, "unavailable").await?;
    assert!(status["since"].is_string() && status["session_ends_at"].is_null(), "{status}");
    assert_eq!(bench.me(&ada).await?.status, 200);
    bench.give(&bench.id_token(None, &json!({})), &json!({ "expires_in": 600, "refresh_token": "refresh-2" }));
    until_state(&bench, &ada, "ok").await?;
    Ok(())
}

#[tokio::test]
async fn a_refused_refresh_token_leaves_time_to_finish() -> Result<()> {
    let bench = Scripted::start("", "").await?;
    let ada = bench.signed_in(&json!({}), &short("refresh-1")).await?;
    bench.provider.script(|script| {
        script.token = Answer::Text(400, "application/json", "{\"error\":\"invalid_grant\"}".to_owned())
    });
    let status = until_state(&bench, &ada, "refused").await?;
    assert!(status["session_ends_at"].is_string(), "{status}");
    let me = bench.me(&ada).await?.json()?;
    assert_eq!(
        me["session"]["expires_at"].as_str().map(|time| &time[..16]),
        status["session_ends_at"].as_str().map(|time| &time[..16])
    );
    until_seen(&bench, "refresh_token=refresh-1", 1).await?;
    Ok(())
}

#[tokio::test]
async fn another_person_in_a_refresh_answer_ends_the_session() -> Result<()> {
    for changes in [json!({ "sub": "mallory" }), json!({ "aud": "another" }), json!({ "iss": "https://evil.example" })]
    {
        let bench = Scripted::start("", "").await?;
        let ada = bench.signed_in(&json!({}), &short("refresh-1")).await?;
        bench.give(&bench.id_token(None, &changes), &short("refresh-2"));
        until_signed_out(&bench, &ada).await?;
    }
    Ok(())
}

#[tokio::test]
async fn claims_that_no_longer_let_in_end_the_session() -> Result<()> {
    let bench = Scripted::start("", "additional_claims = { groups = [\"dba\"] }").await?;
    bench.profile(json!({ "sub": "ada" }));
    let ada = bench.signed_in(&json!({ "groups": ["dba"] }), &short("refresh-1")).await?;
    bench.give(&bench.id_token(None, &json!({ "groups": ["interns"] })), &short("refresh-2"));
    until_signed_out(&bench, &ada).await
}

#[tokio::test]
async fn the_role_follows_the_claims_at_a_renewal() -> Result<()> {
    let bench = Scripted::start("administrators = { groups = [\"admins\"] }", "").await?;
    let ada = bench.signed_in(&json!({ "groups": ["admins"] }), &short("refresh-1")).await?;
    assert_eq!(bench.me(&ada).await?.json()?["role"], "administrator");
    bench.give(&bench.id_token(None, &json!({ "groups": [] })), &short("refresh-2"));
    until_seen(&bench, "refresh_token=refresh-2", 1).await?;
    assert_eq!(bench.me(&ada).await?.json()?["role"], "user");
    Ok(())
}

#[tokio::test]
async fn asking_who_is_signed_in_keeps_no_unused_session_alive() -> Result<()> {
    let bench = Scripted::start_with("", |issuer| {
        format!(
            "client_secret = \"client-s3cret\"\n{}\n[session]\nidle_timeout = \"3s\"",
            crate::scripted::discovery(issuer)
        )
    })
    .await?;
    let ada = bench.signed_in(&json!({}), &json!({})).await?;
    let started = Instant::now();
    while bench.me(&ada).await?.status == 200 {
        ensure!(started.elapsed() < Duration::from_secs(10), "polling kept the session alive");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

#[tokio::test]
async fn signing_in_again_keeps_what_is_under_way() -> Result<()> {
    let bench = Scripted::start("", "").await?;
    let browser = bench.signed_in(&json!({}), &json!({})).await?;
    let ada = crate::world::Signed { world: &bench.world, browser };
    let server = ada.connected_server(&*crate::world::postgres().await).await?;
    let mut socket = ada.open_session(&server, "postgres").await?;
    socket.run("begin; create temporary table kept (a) on commit drop as select 42").await?;

    assert_eq!(bench.sign_in(&ada.browser, &json!({}), &json!({})).await?.status, 303);
    assert_eq!(socket.run("select a from kept").await?.texts(), [["42"]]);
    assert_eq!(ada.get("/api/v1/me/sessions").await?.json()?["sessions"].as_array().map(Vec::len), Some(1));

    // Signing out ends it all.
    let out = ada.browser.request(reqwest::Method::POST, &format!("{}/logout", bench.world.origin))?.send().await?;
    assert_eq!(out.status(), 303);
    assert_eq!(socket.wait_for("disconnected").await?["problem"]["code"], "not_signed_in");
    Ok(())
}

#[tokio::test]
async fn signing_in_as_somebody_else_closes_what_was_open() -> Result<()> {
    let bench = Scripted::start("", "").await?;
    let browser = bench.signed_in(&json!({}), &json!({})).await?;
    let ada = crate::world::Signed { world: &bench.world, browser };
    let server = ada.connected_server(&*crate::world::postgres().await).await?;
    let mut socket = ada.open_session(&server, "postgres").await?;
    let grace = json!({ "sub": "grace", "email": "grace@example.com" });
    assert_eq!(bench.sign_in(&ada.browser, &grace, &json!({})).await?.status, 303);
    assert_eq!(socket.wait_for("disconnected").await?["problem"]["code"], "not_signed_in");
    Ok(())
}
