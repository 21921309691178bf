//! Signing in and out.

use anyhow::Result;
use howdah_testkit::Browser;
use reqwest::{Method, StatusCode, header};

use crate::world::World;

#[tokio::test]
async fn a_person_signs_in_and_is_known() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let me = ada.get("/api/v1/me").await?;
    assert_eq!(me.status, StatusCode::OK);
    let me = me.json()?;
    assert_eq!(me["username"], "ada@example.com");
    assert_eq!(me["display_name"], "Ada M");
    assert_eq!(me["auth_source"], "oauth2");
    assert_eq!(me["provider"], "corp");
    assert_eq!(me["provider_display_name"], "Corp <Sign-in>");
    assert_eq!(me["issuer"], world.issuer());
    assert_eq!(me["role"], "administrator");
    let grace = world.sign_in("grace").await?.get("/api/v1/me").await?.json()?;
    assert_eq!(grace["role"], "user");
    Ok(())
}

#[tokio::test]
async fn a_person_without_a_matching_claim_is_refused_in_words() -> Result<()> {
    let world = World::shared().await;
    let browser = Browser::new()?;
    let page = world.try_sign_in(&browser, "alan").await?;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert_eq!(page.header("x-howdah-error"), Some("claims_not_authorized"));
    assert!(
        page.body.contains("No access for alan@example.com") && page.body.contains("members of dba or analysts"),
        "{}",
        page.body
    );
    assert!(page.header("set-cookie").is_none_or(|cookie| !cookie.starts_with("howdah=")));
    let me = browser.send(Method::GET, &format!("{}/api/v1/me", world.origin), None).await?;
    assert_eq!(me.status, StatusCode::UNAUTHORIZED);
    Ok(())
}

#[tokio::test]
async fn the_login_page_shows_providers_escaped_and_keeps_next() -> Result<()> {
    let world = World::shared().await;
    let page = Browser::new()?.open(&format!("{}/servers/1?x=%22%3E", world.origin)).await?;
    assert_eq!(page.url.path(), "/login");
    assert!(page.body.contains("Continue with Corp &#60;Sign-in&#62;"), "{}", page.body);
    assert!(page.body.contains("/oauth2/login/corp?next=%2Fservers%2F1%3Fx%3D%2522%253E"), "{}", page.body);
    let policy = page.header("content-security-policy").unwrap_or_default();
    assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"), "{policy}");
    Ok(())
}

#[tokio::test]
async fn next_is_followed_on_this_origin_only() -> Result<()> {
    let world = World::shared().await;
    for (next, path) in [("/servers/7", "/servers/7"), ("//evil.example/", "/"), ("https://evil.example/", "/")] {
        let start = format!("{}/oauth2/login/corp?next={next}", world.origin);
        let page = Browser::new()?.sign_in(&start, "ada", "ada-password").await?;
        assert_eq!(page.url.path(), path);
        assert!(page.url.as_str().starts_with(&world.origin));
    }
    Ok(())
}

#[tokio::test]
async fn an_answer_counts_once_and_in_its_own_browser_only() -> Result<()> {
    let world = World::shared().await;
    let (mine, other) = (Browser::new()?, Browser::new()?);
    let start = mine.request(Method::GET, &format!("{}/oauth2/login/corp", world.origin))?.send().await?;
    assert_eq!(start.status(), StatusCode::FOUND);
    let location = start.headers()[header::LOCATION].to_str()?.to_owned();
    assert!(location.contains("code_challenge_method=S256") && location.contains("nonce="), "{location}");
    let state = location.split("state=").nth(1).unwrap().split('&').next().unwrap();
    let answer = format!("{}/oauth2/authorize?code=stolen&state={state}", world.origin);
    for (browser, expected) in [(&other, "state_mismatch"), (&mine, "issuer_mismatch"), (&mine, "state_mismatch")] {
        let page = browser.open(&answer).await?;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{}", page.body);
        assert_eq!(page.header("x-howdah-error"), Some(expected));
    }
    Ok(())
}

#[tokio::test]
async fn an_unknown_provider_is_not_found() -> Result<()> {
    let world = World::shared().await;
    let page = Browser::new()?.open(&format!("{}/oauth2/login/nobody", world.origin)).await?;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    Ok(())
}

#[tokio::test]
async fn a_provider_that_is_down_is_told_and_nothing_breaks() -> Result<()> {
    let world = World::start("[[auth.oauth2]]\nname = \"down\"\nclient_id = \"a\"\nclient_secret = \"b\"\nserver_metadata_url = \"http://127.0.0.1:9/.well-known/openid-configuration\"").await?;
    let page = Browser::new()?.open(&format!("{}/oauth2/login/down", world.origin)).await?;
    assert_eq!(page.status, StatusCode::BAD_GATEWAY, "{}", page.body);
    assert_eq!(page.header("x-howdah-error"), Some("provider_unavailable"));
    world.sign_in("ada").await?;
    Ok(())
}

#[tokio::test]
async fn the_session_cookie_is_fresh_at_each_sign_in_and_ends_at_sign_out() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let url = format!("{}/", world.origin).parse()?;
    let first = ada.browser.cookie_header(&url).unwrap();
    let page = ada.browser.open(&format!("{}/oauth2/login/corp", world.origin)).await?;
    assert_eq!(page.url.path(), "/");
    let second = ada.browser.cookie_header(&url).unwrap();
    assert_ne!(first, second);

    let session = first.split("; ").find(|cookie| cookie.starts_with("howdah=")).unwrap();
    let old =
        reqwest::Client::new().get(format!("{}/api/v1/me", world.origin)).header("cookie", session).send().await?;
    assert_eq!(old.status(), StatusCode::UNAUTHORIZED);

    let out = ada.browser.request(Method::POST, &format!("{}/logout", world.origin))?.send().await?;
    assert_eq!(out.status(), StatusCode::SEE_OTHER);
    let location = out.headers()[header::LOCATION].to_str()?;
    assert!(location.starts_with(world.issuer()) && location.contains("id_token_hint="), "{location}");
    assert_eq!(ada.get("/api/v1/me").await?.status, StatusCode::UNAUTHORIZED);
    Ok(())
}

#[tokio::test]
async fn signing_out_from_another_site_is_refused() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let cookie = ada.browser.cookie_header(&format!("{}/", world.origin).parse()?).unwrap();
    let client = reqwest::Client::new();
    let out = client
        .post(format!("{}/logout", world.origin))
        .header("cookie", &cookie)
        .header("origin", "https://evil.example")
        .send()
        .await?;
    assert_eq!(out.status(), StatusCode::FORBIDDEN);
    assert_eq!(ada.get("/api/v1/me").await?.status, StatusCode::OK);
    let page = ada.browser.open(&format!("{}/logout", world.origin)).await?;
    assert!(page.body.contains("Sign out of Howdah"), "{}", page.body);
    Ok(())
}

#[tokio::test]
async fn a_session_outlives_a_restart_and_the_store_alone_opens_nothing() -> Result<()> {
    let world = World::start("").await?;
    let ada = world.sign_in("ada").await?;
    world.restart().await?;
    assert_eq!(ada.get("/api/v1/me").await?.status, StatusCode::OK);
    let cookie = ada.browser.cookie_header(&format!("{}/", world.origin).parse()?).unwrap();
    let secret = cookie.split("howdah=").nth(1).unwrap().split(';').next().unwrap();
    for name in ["howdah.db", "howdah.db-wal"] {
        let bytes = std::fs::read(world.folder.path().join(name)).unwrap_or_default();
        assert!(!contains(&bytes, secret.as_bytes()), "{name} holds the cookie");
        assert!(!contains(&bytes, b"access_token"), "{name} holds tokens in the clear");
    }
    assert!(!world.log().contains(secret) && !world.log().contains("client-s3cret"));
    Ok(())
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}
