//! Secrets that a command prints.

use std::os::unix::fs::PermissionsExt;

use anyhow::Result;
use howdah_testkit::{Postgres, SUPERUSER_PASSWORD};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::world::{World, definition, postgres};

/// A program that counts its runs in `runs` and then does `rest`.
fn program(folder: &TempDir, rest: &str) -> Result<String> {
    let path = folder.path().join("token");
    let text = format!("#!/bin/sh\necho run >> {}/runs\n{rest}\n", folder.path().display());
    std::fs::write(&path, text)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))?;
    Ok(path.display().to_string())
}

fn runs(folder: &TempDir) -> usize {
    std::fs::read_to_string(folder.path().join("runs")).unwrap_or_default().lines().count()
}

fn config(program: &str, expiration: &str, timeout: u32) -> String {
    format!(
        "[[credentials.command]]\nname = \"token\"\nargv = [{program:?}, \"%HOSTNAME%\", \"%PORT%\", \"%USERNAME%\"]\n{expiration}\ntimeout_seconds = {timeout}"
    )
}

fn by_command(postgres: &Postgres) -> Value {
    let mut definition = definition(postgres);
    definition["credential"] = json!({ "type": "exec", "name": "token" });
    definition
}

#[tokio::test]
async fn one_run_of_the_command_serves_many_connections() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let json = format!("echo '{{\"password\": \"{SUPERUSER_PASSWORD}\", \"expires_at\": \"2999-01-01T00:00:00Z\"}}'");
    let world = World::start(&config(&program(&folder, &json)?, "", 10)).await?;
    let ada = world.sign_in("ada").await?;
    let postgres = postgres().await;
    let server = ada.add_server(&by_command(&postgres)).await?;
    let connects = (0..20).map(|_| ada.open_session(&server, "postgres"));
    let sockets = futures_util::future::try_join_all(connects).await?;
    assert!(sockets.iter().all(|socket| socket.greeting["type"] == "connected"), "{}", sockets[0].greeting);
    assert_eq!(sockets[0].greeting["credential"]["source"], "exec");
    assert_eq!(sockets[0].greeting["credential"]["label"], "Command token");
    assert_eq!(sockets[0].greeting["credential"]["expires_at"], "2999-01-01T00:00:00Z");
    assert_eq!(runs(&folder), 1);
    Ok(())
}

#[tokio::test]
async fn a_refused_cached_secret_is_fetched_once_more() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let secret = folder.path().join("secret");
    std::fs::write(&secret, SUPERUSER_PASSWORD)?;
    let world = World::start(&config(&program(&folder, &format!("cat {}", secret.display()))?, "", 10)).await?;
    let ada = world.sign_in("ada").await?;
    let postgres = Postgres::start(howdah_testkit::Major::V18).await?;
    let server = ada.add_server(&by_command(&postgres)).await?;
    let connect = format!("/api/v1/servers/{server}/connect");
    assert_eq!(ada.post(&connect, &json!({})).await?.status, 200);
    postgres.execute("postgres", "alter role postgres password 'rotated'").await?;
    std::fs::write(&secret, "rotated")?;
    assert_eq!(ada.open_session(&server, "postgres").await?.greeting["type"], "connected");
    assert_eq!(runs(&folder), 2);
    std::fs::write(&secret, "wrong")?;
    postgres.execute("postgres", "alter role postgres password 'again'").await?;
    let refused = ada.open_session(&server, "postgres").await?.greeting;
    assert_eq!(refused["problem"]["code"], "database_login_refused");
    assert!(refused["problem"]["detail"].as_str().unwrap().contains("also with a secret fetched anew"), "{refused}");
    assert_eq!(runs(&folder), 3);
    Ok(())
}

#[tokio::test]
async fn a_command_that_fails_is_told_to_its_owner() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let world = World::start(&config(&program(&folder, "echo 'no ticket' >&2; exit 3")?, "", 10)).await?;
    let ada = world.sign_in("ada").await?;
    let server = ada.add_server(&by_command(&*postgres().await)).await?;
    let page = ada.post(&format!("/api/v1/servers/{server}/connect"), &json!({})).await?;
    let problem = page.json()?;
    assert_eq!(
        (page.status.as_u16(), problem["code"].as_str(), problem["step"].as_str()),
        (502, Some("credential_failed"), Some("credential"))
    );
    assert!(problem["command_output"].as_str().unwrap().contains("no ticket"), "{problem}");
    Ok(())
}

#[tokio::test]
async fn an_open_session_hears_of_renewals_and_of_those_that_fail() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let broken = folder.path().join("broken");
    let json = format!(
        "[ ! -e {broken} ] || {{ echo 'no ticket' >&2; exit 3; }}\n\
         echo \"{{\\\"password\\\": \\\"{SUPERUSER_PASSWORD}\\\", \\\"expires_at\\\": $(($(date +%s) + 4))}}\"",
        broken = broken.display()
    );
    let world = World::start(&config(&program(&folder, &json)?, "", 10)).await?;
    let ada = world.sign_in("ada").await?;
    let server = ada.add_server(&by_command(&*postgres().await)).await?;
    let mut socket = ada.open_session(&server, "postgres").await?;
    let at = |credential: &Value, field: &str| credential[field].as_str().unwrap_or_default().to_owned();
    let first = socket.greeting["credential"].clone();
    assert!(at(&first, "renews_at") > at(&first, "renewed_at"), "{first}");
    assert!(at(&first, "renews_at") < at(&first, "expires_at"), "{first}");

    let renewed = socket.wait_for("credential").await?["credential"].clone();
    assert!(at(&renewed, "renewed_at") > at(&first, "renewed_at"), "{renewed}");
    assert!(at(&renewed, "renews_at") > at(&first, "renews_at"), "{renewed}");
    assert_eq!((&renewed["renewal_problem"], &renewed["label"]), (&Value::Null, &first["label"]), "{renewed}");

    std::fs::write(&broken, "")?;
    let failed = loop {
        let told = socket.wait_for("credential").await?["credential"].clone();
        if !told["renewal_problem"].is_null() {
            break told;
        }
    };
    assert_eq!(failed["renewal_problem"]["code"], "credential_failed", "{failed}");
    assert!(!failed.to_string().contains("no ticket"), "what the command wrote is not for this place: {failed}");
    assert_eq!(socket.run("select 1").await?.texts(), [["1"]], "the session goes on");

    std::fs::remove_file(&broken)?;
    while !socket.wait_for("credential").await?["credential"]["renewal_problem"].is_null() {}
    Ok(())
}

#[tokio::test]
async fn a_command_that_hangs_is_ended_and_told() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let world = World::start(&config(&program(&folder, "sleep 600 & sleep 600")?, "", 1)).await?;
    let ada = world.sign_in("ada").await?;
    let server = ada.add_server(&by_command(&*postgres().await)).await?;
    let page = ada.post(&format!("/api/v1/servers/{server}/connect"), &json!({})).await?;
    assert_eq!(
        (page.status.as_u16(), page.json()?["code"].as_str()),
        (504, Some("credential_timeout")),
        "{}",
        page.body
    );
    Ok(())
}

#[tokio::test]
async fn a_command_of_ones_own_needs_the_operators_leave() -> Result<()> {
    let free = |postgres: &Postgres| {
        let mut definition = definition(postgres);
        definition["credential"] = json!({ "type": "exec", "command": format!("printf %s '{SUPERUSER_PASSWORD}'") });
        definition
    };
    let postgres = postgres().await;
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let refused = ada.post("/api/v1/servers", &free(&postgres)).await?;
    assert_eq!((refused.status.as_u16(), refused.json()?["code"].as_str()), (403, Some("exec_not_allowed")));

    let open = World::start("[credentials]\nallow_exec = true").await?;
    let ada = open.sign_in("ada").await?;
    assert_eq!(ada.get("/api/v1/credential-choices").await?.json()?["exec_allowed"], true);
    let server = ada.add_server(&free(&postgres)).await?;
    let page = ada.post(&format!("/api/v1/servers/{server}/connect"), &json!({})).await?;
    assert_eq!(page.status, 200, "{}", page.body);
    Ok(())
}

#[tokio::test]
async fn the_username_comes_from_claims() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let postgres = postgres().await;
    postgres
        .execute(
            "postgres",
            "do $$ begin create role ada login password 'ada-db'; exception when duplicate_object then null; end $$",
        )
        .await?;
    let mut server = definition(&postgres);
    server["username"] = json!("{email:local}");
    let id = ada.add_server(&server).await?;
    let page = ada.post(&format!("/api/v1/servers/{id}/connect"), &json!({ "password": "ada-db" })).await?;
    assert_eq!(page.json()?["user"], "ada", "{}", page.body);
    server["username"] = json!("{claim:department}");
    let id = ada.add_server(&server).await?;
    let page = ada.post(&format!("/api/v1/servers/{id}/connect"), &json!({ "password": "x" })).await?;
    assert_eq!((page.status.as_u16(), page.json()?["code"].as_str()), (422, Some("username_unresolved")));
    Ok(())
}
