//! People who sign in with a password that is kept here.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result};
use howdah_testkit::{Browser, Page};
use reqwest::Method;

use crate::world::{Signed, World, postgres};

pub(crate) const INTERNAL: (&str, &str) = ("sources = [\"oauth2\"]", "sources = [\"oauth2\", \"internal\"]");

pub(crate) fn user(world: &World, arguments: &[&str], input: &str) -> Result<Output> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_howdah"))
        .arg("user")
        .args(arguments)
        .arg("--config")
        .arg(world.folder.path().join("howdah.toml"))
        .current_dir(world.folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    child.stdin.take().context("stdin")?.write_all(input.as_bytes())?;
    Ok(child.wait_with_output()?)
}

pub(crate) async fn sign_in(world: &World, browser: &Browser, name: &str, password: &str) -> Result<Page> {
    let form = [("username", name), ("password", password), ("next", "/servers/1")];
    let response = browser.request(Method::POST, &format!("{}/login", world.origin))?.form(&form).send().await?;
    let (url, status, headers) = (response.url().clone(), response.status(), response.headers().clone());
    Ok(Page { url, status, headers, body: response.text().await? })
}

#[tokio::test]
async fn the_first_account_is_an_administrator_where_nothing_else_is_said() -> Result<()> {
    let world = World::start_alone("").await?;
    let added = |arguments: &[&str]| -> Result<String> {
        let output = user(&world, arguments, "correct horse\n")?;
        Ok(String::from_utf8(output.stdout)?)
    };
    assert!(added(&["add", "ada"])?.contains("administrator"));
    assert!(added(&["add", "grace"])?.contains("\tuser\t"));
    let another = World::start_alone("").await?;
    let first = user(&another, &["add", "vera", "--role", "viewer"], "correct horse\n")?;
    assert!(String::from_utf8(first.stdout)?.contains("viewer"));
    Ok(())
}

#[tokio::test]
async fn an_account_is_made_signs_in_and_is_switched_off() -> Result<()> {
    let world = World::start_with(INTERNAL, "").await?;
    let added =
        user(&world, &["add", "Linus", "--email", "linus@example.com", "--role", "administrator"], "correct horse\n")?;
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    let again = user(&world, &["add", "linus"], "correct horse\n")?;
    assert_eq!(again.status.code(), Some(1));

    let browser = Browser::new()?;
    let page = browser.open(&format!("{}/login?next=/servers/1", world.origin)).await?;
    assert!(
        page.body.contains("or with a local account") && page.body.contains("value=\"/servers/1\""),
        "{}",
        page.body
    );
    let page = sign_in(&world, &browser, "linus", "correct horse").await?;
    assert_eq!((page.status.as_u16(), page.header("location")), (303, Some("/servers/1")));
    let me = browser.send(Method::GET, &format!("{}/api/v1/me", world.origin), None).await?.json()?;
    assert_eq!(me["auth_source"], "internal");
    assert_eq!(me["username"], "Linus");
    assert_eq!(me["role"], "administrator");

    assert!(user(&world, &["set-role", "linus", "user"], "")?.status.success());
    let listed = user(&world, &["list"], "")?;
    assert!(String::from_utf8_lossy(&listed.stdout).starts_with("Linus\tuser\tenabled\tlinus@example.com\t"));
    assert!(user(&world, &["disable", "linus"], "")?.status.success());
    let me = browser.send(Method::GET, &format!("{}/api/v1/me", world.origin), None).await?;
    assert_eq!(me.status, 401);
    let refused = sign_in(&world, &browser, "linus", "correct horse").await?;
    assert_eq!((refused.status.as_u16(), refused.header("x-howdah-error")), (403, Some("account_disabled")));
    assert!(user(&world, &["enable", "linus"], "")?.status.success());
    assert!(user(&world, &["set-password", "linus"], "battery staple\n")?.status.success());
    assert_eq!(sign_in(&world, &browser, "linus", "correct horse").await?.status, 401);
    assert_eq!(sign_in(&world, &browser, "linus", "battery staple").await?.status, 303);
    assert_eq!(user(&world, &["add", "short"], "abc\n")?.status.code(), Some(1));
    assert_eq!(user(&world, &["disable", "nobody"], "")?.status.code(), Some(1));
    Ok(())
}

#[tokio::test]
async fn disabling_an_account_closes_its_database_sessions() -> Result<()> {
    let world = World::start_with(INTERNAL, "").await?;
    assert!(user(&world, &["add", "linus"], "correct horse\n")?.status.success());
    let browser = Browser::new()?;
    assert_eq!(sign_in(&world, &browser, "linus", "correct horse").await?.status, 303);
    let linus = Signed { world: &world, browser };
    let server = linus.connected_server(&*postgres().await).await?;
    let mut socket = linus.open_session(&server, "postgres").await?;
    socket.start("select pg_sleep(300)", &serde_json::json!({})).await?;
    socket.wait_for("statement_started").await?;
    assert!(user(&world, &["disable", "linus"], "")?.status.success());
    assert_eq!(socket.wait_for("disconnected").await?["problem"]["code"], "not_signed_in");
    Ok(())
}

#[tokio::test]
async fn wrong_and_unknown_are_answered_alike_and_block_alike() -> Result<()> {
    let world = World::start_with(INTERNAL, "").await?;
    assert!(user(&world, &["add", "linus"], "correct horse\n")?.status.success());
    let browser = Browser::new()?;
    for name in ["linus", "nobody"] {
        let mut answers = Vec::new();
        for _ in 0..4 {
            let page = sign_in(&world, &browser, name, "wrong-s3cret").await?;
            answers.push((page.status.as_u16(), page.header("x-howdah-error").map(str::to_owned)));
        }
        let wrong = (401, Some("bad_credentials".to_owned()));
        assert_eq!(
            answers,
            [wrong.clone(), wrong.clone(), wrong, (429, Some("too_many_attempts".to_owned()))],
            "{name}"
        );
    }
    let page = sign_in(&world, &browser, "linus", "correct horse").await?;
    assert_eq!(page.status, 429);
    assert!(!world.log().contains("wrong-s3cret"));
    Ok(())
}

#[tokio::test]
async fn there_is_no_form_where_internal_is_no_source() -> Result<()> {
    let world = World::shared().await;
    let browser = Browser::new()?;
    let page = browser.open(&format!("{}/login", world.origin)).await?;
    assert!(!page.body.contains("type=\"password\""));
    assert_eq!(sign_in(world, &browser, "linus", "x").await?.status, 404);
    Ok(())
}
