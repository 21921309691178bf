//! Signing out: here, at the provider, and at the provider's word.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use howdah_testkit::{Browser, ProviderOptions};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::scripted::{Scripted, page};
use crate::world::{World, postgres};

/// A logout token with `changes` to its claims; null takes one away.
fn logout_token(bench: &Scripted, token_id: &str, changes: &Value) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let mut claims = json!({
        "iss": bench.provider.issuer, "aud": "howdah", "iat": now, "exp": now + 120, "jti": token_id, "sid": "session-1",
        "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
    });
    for (name, value) in changes.as_object().into_iter().flatten() {
        claims[name] = value.clone();
    }
    if let Some(claims) = claims.as_object_mut() {
        claims.retain(|_, value| !value.is_null());
    }
    bench.key.sign(&json!({ "alg": "ES256", "kid": "main", "typ": "logout+jwt" }), &claims)
}

async fn back_channel(bench: &Scripted, token: &str) -> Result<(u16, String)> {
    let answer = reqwest::Client::new()
        .post(format!("{}/oauth2/backchannel-logout", bench.world.origin))
        .form(&[("logout_token", token)])
        .send()
        .await?;
    assert_eq!(answer.headers()["cache-control"], "no-store");
    Ok((answer.status().as_u16(), answer.text().await?))
}

#[tokio::test]
async fn a_back_channel_logout_ends_the_session_it_names() -> Result<()> {
    let bench = Scripted::start("", "").await?;
    let first = bench.signed_in(&json!({ "sid": "session-1" }), &json!({})).await?;
    let second = bench.signed_in(&json!({ "sid": "session-2" }), &json!({})).await?;
    let token = logout_token(&bench, "a", &json!({}));
    assert_eq!(back_channel(&bench, &token).await?.0, 200);
    assert_eq!(bench.me(&first).await?.status, 401);
    assert_eq!(bench.me(&second).await?.status, 200);
    let (status, body) = back_channel(&bench, &token).await?;
    assert_eq!(status, 400, "a token counts once");
    assert!(body.contains("invalid_request"), "{body}");

    let of_the_person = logout_token(&bench, "b", &json!({ "sid": null, "sub": "ada" }));
    assert_eq!(back_channel(&bench, &of_the_person).await?.0, 200);
    assert_eq!(bench.me(&second).await?.status, 401);
    Ok(())
}

#[tokio::test]
async fn a_back_channel_logout_cancels_running_statements() -> Result<()> {
    let bench = Scripted::start("", "").await?;
    let browser = bench.signed_in(&json!({}), &json!({})).await?;
    let ada = crate::world::Signed { world: &bench.world, browser };
    let server = ada.connected_server(&*postgres().await).await?;
    let mut socket = ada.open_session(&server, "postgres").await?;
    socket.start("select pg_sleep(300)", &json!({})).await?;
    socket.wait_for("statement_started").await?;
    assert_eq!(back_channel(&bench, &logout_token(&bench, "a", &json!({}))).await?.0, 200);
    assert_eq!(socket.wait_for("disconnected").await?["problem"]["code"], "not_signed_in");
    Ok(())
}

#[tokio::test]
async fn a_logout_token_that_breaks_a_rule_ends_nothing() -> Result<()> {
    let bench = Scripted::start("", "").await?;
    let ada = bench.signed_in(&json!({}), &json!({})).await?;
    for (what, changes) in [
        ("issuer", json!({ "iss": "https://evil.example" })),
        ("audience", json!({ "aud": "another" })),
        ("no event", json!({ "events": {} })),
        ("nonce", json!({ "nonce": "n" })),
        ("neither sub nor sid", json!({ "sid": null })),
        ("no jti", json!({ "jti": null })),
        ("no iat", json!({ "iat": null })),
        ("no exp", json!({ "exp": null })),
        ("expired", json!({ "exp": 1_000 })),
    ] {
        assert_eq!(back_channel(&bench, &logout_token(&bench, what, &changes)).await?.0, 400, "{what}");
    }
    for token in ["", "a.b.c", &"x".repeat(200_000)] {
        assert_eq!(back_channel(&bench, token).await?.0, 400);
    }
    let empty = reqwest::Client::new().post(format!("{}/oauth2/backchannel-logout", bench.world.origin)).send().await?;
    assert_eq!(empty.status(), StatusCode::BAD_REQUEST);
    assert_eq!(bench.me(&ada).await?.status, 200);
    let nobody = logout_token(&bench, "nobody", &json!({ "sid": "unknown" }));
    assert_eq!(back_channel(&bench, &nobody).await?.0, 200, "a session that nobody has is ended");
    Ok(())
}

#[tokio::test]
async fn signing_out_at_a_real_provider_signs_out_here() -> Result<()> {
    let configuration = json!({ "features": { "backchannelLogout": { "enabled": true } } });
    let options = ProviderOptions { configuration, ..ProviderOptions::default() };
    let world = World::start_at(("", ""), "", options, |client| {
        let origin = client.origin().to_owned();
        client
            .metadata("backchannel_logout_uri", format!("{origin}/oauth2/backchannel-logout"))
            .metadata("backchannel_logout_session_required", true)
    })
    .await?;
    let ada = world.sign_in("ada").await?;
    let grace = world.sign_in("grace").await?;
    let page = ada.browser.open(&format!("{}/session/end", world.issuer())).await?;
    ada.browser.press(&page, "logout", "yes").await?;
    let started = std::time::Instant::now();
    while ada.get("/api/v1/me").await?.status != 401 {
        anyhow::ensure!(started.elapsed().as_secs() < 20, "still signed in: {}", world.log());
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(grace.get("/api/v1/me").await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_front_channel_logout_works_in_a_frame_of_the_provider_only() -> Result<()> {
    let bench = Scripted::start("", "").await?;
    let ada = bench.signed_in(&json!({}), &json!({})).await?;
    let url =
        |issuer: &str, sid: &str| format!("{}/oauth2/frontchannel-logout?iss={issuer}&sid={sid}", bench.world.origin);
    let frame = Browser::new()?;
    for (issuer, sid, status) in
        [("https://evil.example", "session-1", 404), (&bench.provider.issuer, "", 422), ("", "session-1", 422)]
    {
        let page = frame.open(&url(issuer, sid)).await?;
        assert_eq!(page.status.as_u16(), status, "{issuer} {sid}");
        assert_eq!(page.header("x-frame-options"), Some("DENY"));
        assert_eq!(page.header("cache-control"), Some("no-store"));
    }
    frame.open(&url(&bench.provider.issuer, "session-2")).await?;
    assert_eq!(bench.me(&ada).await?.status, 200);
    let page = frame.open(&url(&bench.provider.issuer, "session-1")).await?;
    assert_eq!(page.status, 200);
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(page.header("x-frame-options"), None);
    let policy = page.header("content-security-policy").unwrap_or_default();
    assert!(policy.contains(&format!("frame-ancestors {};", bench.provider.issuer)), "{policy}");
    assert_eq!(bench.me(&ada).await?.status, 401);
    Ok(())
}

#[tokio::test]
async fn the_way_back_from_the_provider_is_checked_by_its_state() -> Result<()> {
    let bench = Scripted::start("", "").await?;
    let ada = bench.signed_in(&json!({}), &json!({})).await?;
    let out = ada.request(Method::POST, &format!("{}/logout", bench.world.origin))?.send().await?;
    let location: url::Url = out.headers()["location"].to_str()?.parse()?;
    let parameter =
        |name: &str| location.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    assert!(location.as_str().starts_with(&format!("{}/end?", bench.provider.issuer)));
    assert!(parameter("id_token_hint").is_some());
    assert_eq!(
        parameter("post_logout_redirect_uri").unwrap(),
        format!("{}/oauth2/logout/callback", bench.world.origin)
    );
    let state = parameter("state").unwrap();

    let callback = |query: String| format!("{}/oauth2/logout/callback{query}", bench.world.origin);
    for query in [String::new(), "?state=".to_owned(), "?state=forged".to_owned()] {
        let page = page(Browser::new()?.request(Method::GET, &callback(query))?.send().await?).await?;
        assert_eq!(page.status, 200);
        assert!(page.body.contains("You are signed out"), "{}", page.body);
    }
    let back = ada.request(Method::GET, &callback(format!("?state={state}")))?.send().await?;
    assert_eq!((back.status().as_u16(), back.headers()["location"].to_str()?), (303, "/login"));
    let again = ada.request(Method::GET, &callback(format!("?state={state}")))?.send().await?;
    assert_eq!(again.status(), 200, "a state counts once");
    Ok(())
}

#[tokio::test]
async fn a_link_signs_out_from_our_own_pages_only() -> Result<()> {
    let bench = Scripted::start("", "").await?;
    let ada = bench.signed_in(&json!({}), &json!({})).await?;
    for site in [None, Some("none"), Some("same-site"), Some("cross-site")] {
        let request = ada.request(Method::GET, &format!("{}/logout", bench.world.origin))?;
        let request = match site {
            Some(site) => request.header("sec-fetch-site", site),
            None => request,
        };
        let page = page(request.send().await?).await?;
        assert_eq!(page.status, 200, "{site:?}");
        assert!(page.body.contains("Sign out of Howdah"), "{}", page.body);
        assert_eq!(bench.me(&ada).await?.status, 200);
    }
    let own = ada.request(Method::GET, &format!("{}/logout", bench.world.origin))?;
    assert_eq!(own.header("sec-fetch-site", "same-origin").send().await?.status(), 303);
    assert_eq!(bench.me(&ada).await?.status, 401);
    Ok(())
}

#[tokio::test]
async fn signing_out_twice_is_no_error() -> Result<()> {
    let world = World::shared().await;
    let out = Browser::new()?.request(Method::POST, &format!("{}/logout", world.origin))?.send().await?;
    assert_eq!((out.status().as_u16(), out.headers()["location"].to_str()?), (303, "/login"));
    Ok(())
}
