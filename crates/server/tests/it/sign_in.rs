//! Signing in and out.

use anyhow::Result;
use howdah_testkit::Browser;
use howdah_testkit::hostile::Answer;
use reqwest::{Method, StatusCode, header};
use serde_json::json;

use crate::internal::{INTERNAL, user};
use crate::scripted::{Scripted, assert_refused, discovery, page};
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
async fn a_link_from_elsewhere_demands_nothing_of_the_provider() -> Result<()> {
    let world = World::shared().await;
    let (ada, nobody) = (world.sign_in("ada").await?, Browser::new()?);
    let demand = "claims=%7B%22acr%22%3A1%7D&prompt=none&scope=admin&acr_values=x&login_hint=eve&redirect_uri=https%3A%2F%2Fevil.example&response_type=token";
    let url = format!("{}/oauth2/login/corp?next=%2F&{demand}", world.origin);
    for (browser, site, passes) in [
        (&nobody, None, false),
        (&nobody, Some("same-origin"), false),
        (&ada.browser, None, false),
        (&ada.browser, Some("none"), false),
        (&ada.browser, Some("cross-site"), false),
        (&ada.browser, Some("same-site"), false),
        (&ada.browser, Some("same-origin"), true),
    ] {
        let request = browser.request(Method::GET, &url)?;
        let request = site.map_or(request.try_clone().unwrap(), |site| request.header("sec-fetch-site", site));
        let answer = request.send().await?;
        assert_eq!(answer.status(), StatusCode::FOUND);
        let location = url::Url::parse(answer.headers()[header::LOCATION].to_str()?)?;
        let of = |name: &str| {
            let found: Vec<_> = location.query_pairs().filter(|(key, _)| key == name).map(|(_, value)| value).collect();
            found.join(" and ")
        };
        assert_eq!(of("claims"), if passes { "{\"acr\":1}" } else { "" }, "{site:?}");
        assert_eq!((of("scope").as_str(), of("response_type").as_str()), ("openid email profile", "code"));
        assert_eq!(of("redirect_uri"), format!("{}/oauth2/authorize", world.origin));
        assert_eq!([of("prompt"), of("acr_values"), of("login_hint")], ["", "", ""]);
    }
    // The login page passes on nothing but where to go.
    let page = nobody.open(&format!("{}/login?next=%2Fx&{demand}", world.origin)).await?;
    assert!(
        page.body.contains("/oauth2/login/corp?next=%2Fx\"") && !page.body.contains("evil.example"),
        "{}",
        page.body
    );
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

#[tokio::test]
async fn an_answer_in_a_form_is_sent_once_more_from_here_where_no_cookie_could_come_along() -> Result<()> {
    let bench = Scripted::start("", "response_mode = \"form_post\"").await?;
    let browser = Browser::new()?;
    let begun = bench.begin(&browser).await?;
    assert_eq!(begun.parameter("response_mode").unwrap(), "form_post");
    bench.give(&bench.id_token(Some(&begun), &json!({})), &json!({}));
    let url = format!("{}/oauth2/authorize", bench.world.origin);
    let form = [("code", "a\"><b>"), ("state", &begun.parameter("state").unwrap())];

    // What a browser does with a Lax cookie: it comes from another site without it.
    let forward = reqwest::Client::new().post(&url).header("origin", &bench.provider.issuer).form(&form).send().await?;
    let forward = page(forward).await?;
    assert_eq!(forward.status, 200);
    assert!(
        forward.body.contains("action=\"/oauth2/authorize\"")
            && forward.body.contains("value=\"a&#34;&#62;&#60;b&#62;\""),
        "{}",
        forward.body
    );
    assert!(bench.provider.seen("/token").is_empty());

    let entered = page(browser.request(Method::POST, &url)?.form(&form).send().await?).await?;
    assert_eq!((entered.status.as_u16(), entered.header("location")), (303, Some("/")));
    assert_eq!(bench.me(&browser).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_real_provider_answers_in_a_form_too() -> Result<()> {
    let world = World::start("response_mode = \"form_post\"").await?;
    world.sign_in("ada").await?;
    Ok(())
}

#[tokio::test]
async fn another_site_may_start_a_sign_in_and_choose_a_page_of_ours() -> Result<()> {
    let bench = Scripted::start("", "").await?;
    let (origin, issuer) = (&bench.world.origin, &bench.provider.issuer);
    for (target, lands) in
        [(format!("{origin}/servers/7"), "/servers/7"), ("https://evil.example/".to_owned(), "/"), (String::new(), "/")]
    {
        let browser = Browser::new()?;
        let begun = bench
            .begin_at(&browser, &format!("/oauth2/login?iss={issuer}&login_hint=ada%40x&target_link_uri={target}"))
            .await?;
        assert_eq!(begun.parameter("login_hint").unwrap(), "ada@x");
        bench.give(&bench.id_token(Some(&begun), &json!({})), &json!({}));
        assert_eq!(bench.come_back(&browser, &begun).await?.header("location"), Some(lands), "{target}");
    }
    for query in ["?iss=https://evil.example", "?iss=", ""] {
        let unknown =
            page(Browser::new()?.request(Method::GET, &format!("{origin}/oauth2/login{query}"))?.send().await?).await?;
        assert_eq!(unknown.status, 404, "{query}");
    }
    let posted = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()?
        .post(format!("{origin}/oauth2/login"))
        .header("origin", "https://portal.example")
        .form(&[("iss", issuer)])
        .send()
        .await?;
    assert_eq!(posted.status(), StatusCode::FOUND);
    assert!(posted.headers()[header::LOCATION].to_str()?.starts_with(issuer));
    Ok(())
}

#[tokio::test]
async fn sign_ins_in_parallel_tabs_each_complete() -> Result<()> {
    let bench = Scripted::start("", "").await?;
    let browser = Browser::new()?;
    let tabs = [bench.begin(&browser).await?, bench.begin(&browser).await?, bench.begin(&browser).await?];
    for tab in tabs.iter().rev() {
        bench.give(&bench.id_token(Some(tab), &json!({})), &json!({}));
        assert_eq!(bench.come_back(&browser, tab).await?.status, 303);
    }
    Ok(())
}

#[tokio::test]
async fn a_failed_answer_leaves_a_living_session_as_it_was() -> Result<()> {
    let bench = Scripted::start("", "").await?;
    let browser = bench.signed_in(&json!({}), &json!({})).await?;
    assert_refused(&bench.answer(&browser, "code=a&state=forged").await?, 400, "state_mismatch");
    let refused = bench.sign_in(&browser, &json!({ "nonce": "another" }), &json!({})).await?;
    assert_refused(&refused, 400, "id_token_invalid");
    assert_eq!(bench.me(&browser).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn the_redirect_uri_is_the_configured_one_whatever_host_says() -> Result<()> {
    let bench = Scripted::start("", "").await?;
    let request = Browser::new()?.request(Method::GET, &format!("{}/oauth2/login/corp", bench.world.origin))?;
    let answer = request
        .header("host", "evil.example")
        .header("x-forwarded-host", "evil.example")
        .header("x-forwarded-proto", "https")
        .header("forwarded", "host=evil.example")
        .send()
        .await?;
    let location: url::Url = answer.headers()[header::LOCATION].to_str()?.parse()?;
    let redirect_uri = location.query_pairs().find(|(name, _)| name == "redirect_uri").unwrap().1.into_owned();
    assert_eq!(redirect_uri, format!("{}/oauth2/authorize", bench.world.origin));
    Ok(())
}

#[tokio::test]
async fn a_warm_sign_in_makes_one_request_to_the_provider() -> Result<()> {
    let bench = Scripted::start("", "").await?;
    bench.signed_in(&json!({}), &json!({})).await?;
    let before = bench.provider.requests();
    bench.signed_in(&json!({}), &json!({})).await?;
    assert_eq!(bench.provider.requests() - before, 1);
    Ok(())
}

#[tokio::test]
async fn a_taken_username_is_linked_or_renamed_by_an_administrator() -> Result<()> {
    let bench = Scripted::start_with("sources = [\"oauth2\", \"internal\"]", |issuer| {
        format!("client_secret = \"client-s3cret\"\n{}", discovery(issuer))
    })
    .await?;
    let world = &bench.world;
    assert!(user(world, &["add", "Ada@Example.com"], "correct horse\n")?.status.success());
    let taken = bench.sign_in(&Browser::new()?, &json!({}), &json!({})).await?;
    assert_refused(&taken, 403, "username_taken");

    let refused = String::from_utf8(user(world, &["refused"], "")?.stdout)?;
    let line: Vec<_> = refused.trim().split('\t').collect();
    assert_eq!(line[..5], ["corp", &bench.provider.issuer, "ada", "ada@example.com", "ada@example.com"], "{refused}");
    let link = ["link", "ada@example.com", "--issuer", &bench.provider.issuer, "--subject", "ada"];
    assert_eq!(
        user(world, &["link", "nobody", "--issuer", &bench.provider.issuer, "--subject", "ada"], "")?.status.code(),
        Some(1)
    );
    assert_eq!(
        user(world, &["link", "ada@example.com", "--issuer", "https://evil.example", "--subject", "ada"], "")?
            .status
            .code(),
        Some(1)
    );
    assert!(user(world, &link, "")?.status.success());
    let ada = bench.signed_in(&json!({}), &json!({})).await?;
    assert_eq!(bench.me(&ada).await?.json()?["username"], "Ada@Example.com");
    let identities = String::from_utf8(user(world, &["identities", "ada@example.com"], "")?.stdout)?;
    assert!(identities.starts_with(&format!("corp\t{}\tada\t", bench.provider.issuer)), "{identities}");
    assert_eq!(user(world, &["refused"], "")?.stdout, b"");

    assert!(user(world, &["unlink", "--issuer", &bench.provider.issuer, "--subject", "ada"], "")?.status.success());
    assert_eq!(bench.me(&ada).await?.status, 401);
    assert!(user(world, &["rename", "ada@example.com", "lovelace"], "")?.status.success());
    let ada = bench.signed_in(&json!({}), &json!({})).await?;
    assert_eq!(bench.me(&ada).await?.json()?["username"], "ada@example.com", "an account of their own");
    assert!(user(world, &["delete", "ada@example.com"], "")?.status.success());
    assert_eq!(bench.me(&ada).await?.status, 401);
    Ok(())
}

#[tokio::test]
async fn two_providers_with_one_address_are_two_people() -> Result<()> {
    let key = howdah_testkit::hostile::SigningKey::es256();
    let other = howdah_testkit::hostile::Hostile::start(&key).await;
    let bench = Scripted::start_with("", |issuer| {
        format!(
            "client_secret = \"client-s3cret\"\n{}\n[[auth.oauth2]]\nname = \"other\"\nclient_id = \"howdah\"\nclient_secret = \"x\"\n{}",
            discovery(issuer),
            discovery(&other.issuer)
        )
    })
    .await?;
    bench.signed_in(&json!({}), &json!({})).await?;
    let second = Scripted { world: bench.world, provider: other, key };
    let browser = Browser::new()?;
    let begun = second.begin_at(&browser, "/oauth2/login/other").await?;
    second.give(&second.id_token(Some(&begun), &json!({})), &json!({}));
    assert_refused(&second.come_back(&browser, &begun).await?, 403, "username_taken");
    Ok(())
}

#[tokio::test]
async fn the_order_of_sources_is_the_order_of_the_page() -> Result<()> {
    let position = |body: &str, text: &str| body.find(text).unwrap_or_else(|| panic!("{text} is not in {body}"));
    let world = World::start_with(INTERNAL, "").await?;
    let body = Browser::new()?.open(&format!("{}/login", world.origin)).await?.body;
    assert!(position(&body, "Continue with") < position(&body, "name=\"password\""));
    let reversed = (
        "sources = [\"oauth2\"]",
        "sources = [\"internal\", \"oauth2\"]\nlogin_banner = \"<b>Be good</b>\"\nhelp_url = \"https://help.example.com/\"",
    );
    let world = World::start_with(reversed, "").await?;
    let body = Browser::new()?.open(&format!("{}/login", world.origin)).await?.body;
    assert!(position(&body, "name=\"password\"") < position(&body, "Continue with"));
    assert!(body.contains("&#60;b&#62;Be good") && body.contains("href=\"https://help.example.com/\""), "{body}");
    assert!(!body.contains("<script>") && !body.contains("style="), "{body}");
    Ok(())
}

#[tokio::test]
async fn a_single_provider_may_be_gone_to_at_once() -> Result<()> {
    let bench = Scripted::start("auto_redirect = true", "").await?;
    let begun = bench.begin_at(&Browser::new()?, "/login?next=/servers/1").await?;
    assert!(begun.location.as_str().starts_with(&bench.provider.issuer));
    let stay = Browser::new()?.open(&format!("{}/login?stay", bench.world.origin)).await?;
    assert!(stay.body.contains("Continue with Corp"), "{}", stay.body);
    let ada = bench.signed_in(&json!({}), &json!({})).await?;
    bench.provider.script(|script| {
        let mut document = howdah_testkit::hostile::document(&bench.provider.issuer);
        document["end_session_endpoint"] = json!(null);
        script.discovery = Answer::Json(document);
    });
    let out = ada.request(Method::POST, &format!("{}/logout", bench.world.origin))?.send().await?;
    assert_eq!(out.status(), StatusCode::SEE_OTHER);
    Ok(())
}

#[tokio::test]
async fn one_provider_that_hangs_or_floods_harms_only_itself() -> Result<()> {
    let key = howdah_testkit::hostile::SigningKey::es256();
    let bad = howdah_testkit::hostile::Hostile::start(&key).await;
    let bench = Scripted::start_with("", |issuer| {
        format!(
            "client_secret = \"client-s3cret\"\n{}\n[[auth.oauth2]]\nname = \"bad\"\nclient_id = \"howdah\"\nclient_secret = \"x\"\n{}",
            discovery(issuer),
            discovery(&bad.issuer)
        )
    })
    .await?;
    let memory = bench.world.memory_mib()?;
    for answer in [Answer::Hang, Answer::Flood] {
        bad.script(|script| script.discovery = answer);
        let url = format!("{}/oauth2/login/bad", bench.world.origin);
        let started = std::time::Instant::now();
        let waiting: Vec<_> = (0..20)
            .map(|_| {
                let url = url.clone();
                tokio::spawn(async move { Browser::new()?.open(&url).await })
            })
            .collect();
        bench.signed_in(&json!({}), &json!({})).await?;
        for answer in waiting {
            assert_refused(&answer.await??, 502, "provider_unavailable");
        }
        assert!(started.elapsed().as_secs() < 15, "{:?}", started.elapsed());
    }
    assert!(bench.world.memory_mib()? < memory + 64, "{memory} → {} MiB", bench.world.memory_mib()?);
    Ok(())
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}
