//! A person's own sessions and password.

use anyhow::Result;
use howdah_testkit::Browser;
use reqwest::Method;
use serde_json::{Value, json};

use crate::internal::{INTERNAL, sign_in, user};
use crate::world::{Signed, World};

async fn internal(world: &World, name: &str, password: &str) -> Result<Browser> {
    let browser = Browser::new()?;
    let page = sign_in(world, &browser, name, password).await?;
    anyhow::ensure!(page.status == 303, "{} {}", page.status, page.body);
    Ok(browser)
}

async fn change(who: &Signed<'_>, current: &str, new: &str) -> Result<(u16, Value)> {
    let page = who.post("/api/v1/me/password", &json!({ "current_password": current, "new_password": new })).await?;
    Ok((page.status.as_u16(), page.json().unwrap_or_default()))
}

#[tokio::test]
async fn own_sessions_are_listed_and_ended() -> Result<()> {
    let world = World::start("").await?;
    let (here, there, third) = (world.sign_in("ada").await?, world.sign_in("ada").await?, world.sign_in("ada").await?);
    let grace = world.sign_in("grace").await?;
    let sessions = here.get("/api/v1/me/sessions").await?.json()?;
    let sessions = sessions["sessions"].as_array().cloned().unwrap_or_default();
    assert_eq!(sessions.len(), 3, "{sessions:?}");
    assert_eq!(sessions.iter().filter(|session| session["current"] == true).count(), 1);
    for session in &sessions {
        assert_eq!(session["client_address"], "127.0.0.1");
        assert_eq!(session["provider_display_name"], "Corp <Sign-in>");
    }
    let ids = |of: &str| -> Vec<String> {
        let current = of == "current";
        sessions
            .iter()
            .filter(|session| (session["current"] == true) == current)
            .map(|session| session["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let other = ids("other").remove(0);
    assert_eq!(grace.delete(&format!("/api/v1/me/sessions/{other}")).await?.status, 404, "only one's own");
    assert_eq!(here.delete(&format!("/api/v1/me/sessions/{other}")).await?.status, 204);
    assert_eq!(here.delete(&format!("/api/v1/me/sessions/{other}")).await?.status, 404);
    assert_eq!(here.delete("/api/v1/me/sessions/nonsense").await?.status, 404);
    let ended = here.delete("/api/v1/me/sessions").await?.json()?;
    assert_eq!(ended["ended"], 1);
    for gone in [&there, &third] {
        assert_eq!(gone.get("/api/v1/me").await?.status, 401);
    }
    assert_eq!(here.get("/api/v1/me").await?.status, 200);
    assert_eq!(here.delete(&format!("/api/v1/me/sessions/{}", ids("current")[0])).await?.status, 204);
    assert_eq!(here.get("/api/v1/me").await?.status, 401);
    Ok(())
}

#[tokio::test]
async fn case_46_to_49_a_password_is_changed_by_whoever_knows_it() -> Result<()> {
    let world = World::start_with(INTERNAL, "").await?;
    assert!(user(&world, &["add", "linus"], "correct horse\n")?.status.success());
    let here = Signed { world: &world, browser: internal(&world, "linus", "correct horse").await? };
    let there = Signed { world: &world, browser: internal(&world, "linus", "correct horse").await? };
    assert_eq!(here.get("/api/v1/me").await?.json()?["can_change_password"], true);

    let (status, problem) = change(&here, "correct horse", "short").await?;
    assert_eq!((status, &problem["field"]), (422, &json!("new_password")), "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("8 characters"), "{problem}");
    let (status, problem) = change(&here, "correct horse", "").await?;
    assert_eq!((status, &problem["field"]), (422, &json!("new_password")), "{problem}");
    let (status, problem) = change(&here, "wrong-s3cret", "battery staple").await?;
    assert_eq!(
        (status, &problem["code"], &problem["field"]),
        (422, &json!("wrong_password"), &json!("current_password"))
    );
    assert_eq!(here.get("/api/v1/me").await?.status, 200);

    assert_eq!(change(&here, "correct horse", "battery staple").await?.0, 204);
    assert_eq!(here.get("/api/v1/me").await?.status, 200);
    assert_eq!(there.get("/api/v1/me").await?.status, 401, "other sessions end with the old password");
    assert_eq!(sign_in(&world, &Browser::new()?, "linus", "correct horse").await?.status, 401);
    internal(&world, "linus", "battery staple").await?;
    for secret in ["correct horse", "battery staple", "wrong-s3cret"] {
        assert!(!world.log().contains(secret));
    }
    Ok(())
}

#[tokio::test]
async fn guessing_the_present_password_blocks_like_signing_in() -> Result<()> {
    let world = World::start_with(INTERNAL, "").await?;
    assert!(user(&world, &["add", "linus"], "correct horse\n")?.status.success());
    let here = Signed { world: &world, browser: internal(&world, "linus", "correct horse").await? };
    for _ in 0..3 {
        assert_eq!(change(&here, "wrong", "battery staple").await?.0, 422);
    }
    let (status, problem) = change(&here, "correct horse", "battery staple").await?;
    assert_eq!((status, &problem["code"]), (429, &json!("too_many_attempts")));
    Ok(())
}

#[tokio::test]
async fn case_50_a_password_that_is_not_here_cannot_be_changed() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    assert_eq!(ada.get("/api/v1/me").await?.json()?["can_change_password"], false);
    let (status, problem) = change(&ada, "a", "battery staple").await?;
    assert_eq!((status, &problem["code"]), (409, &json!("no_password")));
    let anonymous = Browser::new()?;
    let body = json!({ "current_password": "a", "new_password": "b" });
    let page = anonymous.send(Method::POST, &format!("{}/api/v1/me/password", world.origin), Some(&body)).await?;
    assert_eq!(page.status, 401);
    Ok(())
}

async fn refused(world: &World, name: &str, password: &str) -> Result<String> {
    let page = sign_in(world, &Browser::new()?, name, password).await?;
    assert_eq!((page.status.as_u16(), page.header("x-howdah-error")), (401, Some("bad_credentials")));
    Ok(page.body)
}

#[tokio::test]
async fn case_36_to_43_a_password_signs_in_or_is_refused_in_words() -> Result<()> {
    let world = World::start_with(INTERNAL, "").await?;
    assert!(user(&world, &["add", "linus@example.com"], "correct horse\n")?.status.success());
    let wrong = "The user name or the password is wrong";
    assert!(refused(&world, "linus@example.com", "wrong").await?.contains(wrong));
    assert!(refused(&world, "linus@example.com", "").await?.contains("The password is missing"));
    assert!(refused(&world, "", "password").await?.contains("The user name is missing"));
    assert!(refused(&world, "", "").await?.contains("The user name is missing"));
    assert!(refused(&world, "nobody@example.com", "correct horse").await?.contains(wrong));
    assert!(refused(&world, "nobody@example.com", "wrong").await?.contains(wrong));
    assert!(
        refused(&world, "nobody\"@example.com", "wrong").await?.contains("value=\"nobody&#34;@example.com\""),
        "the name is kept"
    );
    let linus = Signed { world: &world, browser: internal(&world, "linus@example.com", "correct horse").await? };
    assert_eq!(linus.get("/api/v1/me").await?.json()?["username"], "linus@example.com");
    let out = linus.browser.request(Method::POST, &format!("{}/logout", world.origin))?.send().await?;
    assert_eq!((out.status().as_u16(), out.headers()["location"].to_str()?), (303, "/login"));
    assert_eq!(linus.get("/api/v1/me").await?.status, 401);
    Ok(())
}
