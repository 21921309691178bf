//! PostgreSQL behind OpenSSH's server.

use anyhow::{Context, Result};
use howdah_testkit::{PasswordSshServer, SSH_PASSPHRASE, SSH_PASSWORD, SSH_USER, SUPERUSER_PASSWORD, SshServer};
use serde_json::{Value, json};

use crate::world::{Signed, World, definition, postgres};

async fn connect(who: &Signed<'_>, server: &str) -> Result<(u16, Value)> {
    let body = json!({ "password": SUPERUSER_PASSWORD });
    let page = who.post(&format!("/api/v1/servers/{server}/connect"), &body).await?;
    Ok((page.status.as_u16(), page.json()?))
}

fn tunnel(ssh: &SshServer) -> Result<Value> {
    Ok(json!({
        "host": "127.0.0.1", "port": ssh.port(), "username": ssh.user(), "authentication": "key",
        "private_key": std::fs::read_to_string(ssh.path("locked"))?, "passphrase": SSH_PASSPHRASE,
        "keep_alive_seconds": 30
    }))
}

#[tokio::test]
async fn a_host_key_is_confirmed_once_and_then_it_must_be_that_one() -> Result<()> {
    let Some(ssh) = SshServer::start().await? else { return Ok(()) };
    let world = World::start("[log]\nfilter = \"trace\"").await?;
    let ada = world.sign_in("ada").await?;
    let mut behind = definition(&*postgres().await);
    behind["host"] = json!("localhost");
    behind["tunnel"] = tunnel(&ssh)?;
    let page = ada.post("/api/v1/servers", &behind).await?;
    assert_eq!(page.status, 201, "{}", page.body);
    let mut shown = page.body.clone();
    let server = page.json()?;
    assert_eq!(server["kept_secrets"], json!(["tunnel.private_key", "tunnel.passphrase"]));
    let id = server["id"].as_str().context("no id")?;
    let path = format!("/api/v1/servers/{id}");

    let (status, problem) = connect(&ada, id).await?;
    assert_eq!((status, &problem["code"], &problem["step"]), (502, &json!("database_unreachable"), &json!("tunnel")));
    let key = std::fs::read_to_string(ssh.path("host_ed25519.pub"))?;
    let key: Vec<&str> = key.split(' ').take(2).collect();
    assert_eq!(problem["host_key"]["algorithm"], "ssh-ed25519", "{problem}");
    assert_eq!(problem["host_key"]["key"], key.join(" "));
    let problem_key = problem["host_key"]["key"].clone();
    let fingerprint = problem["host_key"]["fingerprint"].as_str().context("no fingerprint")?;
    assert!(fingerprint.starts_with("SHA256:"), "{problem}");

    let page = ada.patch(&path, &json!({ "tunnel": { "host_key": problem["host_key"]["key"] } })).await?;
    assert_eq!(page.status, 200, "{}", page.body);
    shown.push_str(&page.body);
    let (status, answer) = connect(&ada, id).await?;
    assert_eq!(status, 200, "{answer} {}", std::fs::read_to_string(ssh.path("log"))?);
    let mut socket = ada.open_session(id, "postgres").await?;
    assert_eq!(socket.run("select 1").await?.texts(), [["1"]]);

    let mut trial = page.json()?;
    for field in ["id", "version", "owned", "connected", "kept_secrets"] {
        trial.as_object_mut().context("an object")?.remove(field);
    }
    let trial = json!({ "server": trial, "server_id": id, "password": SUPERUSER_PASSWORD });
    let report = ada.post("/api/v1/connection-tests", &trial).await?.json()?;
    let steps: Vec<_> = report["steps"].as_array().context("no steps")?.iter().map(|step| &step["step"]).collect();
    assert_eq!((&report["passed"], steps[2]), (&json!(true), &json!("tunnel")), "{report:#}");
    assert!(report["steps"][2]["detail"].as_str().unwrap_or_default().contains(fingerprint), "{report:#}");

    let other = std::fs::read_to_string(ssh.path("stranger.pub"))?;
    assert_eq!(ada.patch(&path, &json!({ "tunnel": { "host_key": other } })).await?.status, 200);
    let (status, problem) = connect(&ada, id).await?;
    assert_eq!((status, &problem["step"], problem.get("host_key")), (502, &json!("tunnel"), None), "{problem}");
    assert!(problem["detail"].as_str().unwrap_or_default().contains("not the one that was confirmed"), "{problem}");

    // The right one again, and at another address it is another server, unless its key is named as well.
    let known = problem_key;
    assert_eq!(ada.patch(&path, &json!({ "tunnel": { "host": "localhost", "host_key": known } })).await?.status, 200);
    let moved = ada.patch(&path, &json!({ "tunnel": { "host": "127.0.0.1", "host_key": known } })).await?;
    assert_eq!(moved.json()?["tunnel"]["host_key"], known, "{}", moved.body);
    assert_eq!(connect(&ada, id).await?.0, 200, "{}", world.log());
    let page = ada.patch(&path, &json!({ "tunnel": { "host": "localhost" } })).await?;
    assert_eq!(page.json()?["tunnel"].get("host_key"), None, "{}", page.body);
    let page = ada.patch(&path, &json!({ "tunnel": null })).await?;
    assert_eq!((page.json()?.get("tunnel"), &page.json()?["kept_secrets"]), (None, &json!([])), "{}", page.body);

    let marker = behind["tunnel"]["private_key"].as_str().and_then(|key| key.lines().nth(2)).context("a short key")?;
    for (what, text) in [("the API", &shown), ("the log", &world.log())] {
        assert!(!text.contains(marker) && !text.contains(SSH_PASSPHRASE), "a secret is in {what}");
    }
    for name in ["howdah.db", "howdah.db-wal"] {
        let store = std::fs::read(world.folder.path().join(name)).unwrap_or_default();
        assert!(!String::from_utf8_lossy(&store).contains(marker), "the key is in {name}");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_wrong_with_a_tunnel_is_named() -> Result<()> {
    let Some(ssh) = SshServer::start().await? else { return Ok(()) };
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let base = definition(&*postgres().await);
    for (change, field) in [
        (json!({ "host": " " }), "tunnel.host"),
        (json!({ "username": "" }), "tunnel.username"),
        (json!({ "port": 0 }), "tunnel.port"),
        (json!({ "authentication": "agent" }), "tunnel.authentication"),
        (json!({ "private_key": "" }), "tunnel.private_key"),
        (json!({ "host_key": "ssh-ed25519 x" }), "tunnel.host_key"),
        (json!({ "keep_alive_seconds": 100_000 }), "tunnel.keep_alive_seconds"),
    ] {
        let mut behind = base.clone();
        behind["tunnel"] = tunnel(&ssh)?;
        for (key, value) in change.as_object().context("an object")? {
            behind["tunnel"][key] = value.clone();
        }
        let page = ada.post("/api/v1/servers", &behind).await?;
        assert_eq!((page.status.as_u16(), &page.json()?["field"]), (422, &json!(field)), "{}", page.body);
    }
    // A stranger's key, at the right server.
    let mut behind = base;
    behind["tunnel"] = tunnel(&ssh)?;
    behind["tunnel"]["private_key"] = json!(std::fs::read_to_string(ssh.path("stranger"))?);
    behind["tunnel"]["host_key"] = json!(std::fs::read_to_string(ssh.path("host_ed25519.pub"))?);
    let server = ada.add_server(&behind).await?;
    let (status, problem) = connect(&ada, &server).await?;
    assert_eq!((status, &problem["step"]), (502, &json!("tunnel")), "{problem}");
    assert!(problem["detail"].as_str().unwrap_or_default().contains("refused"), "{problem}");
    Ok(())
}

#[tokio::test]
async fn what_is_not_stored_is_asked_for_at_connect() -> Result<()> {
    let Some(ssh) = SshServer::start().await? else { return Ok(()) };
    let world = World::start("[log]\nfilter = \"trace\"").await?;
    let ada = world.sign_in("ada").await?;
    let mut behind = definition(&*postgres().await);
    behind["tunnel"] = tunnel(&ssh)?;
    behind["tunnel"]["host_key"] = json!(std::fs::read_to_string(ssh.path("host_ed25519.pub"))?);
    behind["tunnel"].as_object_mut().context("an object")?.remove("passphrase");
    let id = ada.add_server(&behind).await?;
    let path = format!("/api/v1/servers/{id}/connect");

    let (status, problem) = connect(&ada, &id).await?;
    let asked = (status, problem["code"].as_str(), problem["field"].as_str(), problem["step"].as_str());
    assert_eq!(asked, (428, Some("password_required"), Some("tunnel.passphrase"), Some("tunnel")), "{problem}");
    let wrong = ada.post(&path, &json!({ "tunnel_password": "planted-wrong" })).await?;
    assert_eq!((wrong.status.as_u16(), &wrong.json()?["step"]), (502, &json!("tunnel")), "{}", wrong.body);
    assert_eq!(connect(&ada, &id).await?.0, 428, "a wrong one is not kept");
    let right = ada.post(&path, &json!({ "tunnel_password": SSH_PASSPHRASE })).await?;
    assert_eq!(right.status, 200, "{}", right.body);
    let mut socket = ada.open_session(&id, "postgres").await?;
    assert_eq!(socket.run("select 1").await?.texts(), [["1"]], "it is kept while the session lives");

    let tunnel = json!({ "tunnel": { "authentication": "password" } });
    let page = ada.patch(&format!("/api/v1/servers/{id}"), &tunnel).await?;
    assert_eq!((page.status.as_u16(), &page.json()?["kept_secrets"]), (200, &json!([])), "{}", page.body);
    let (status, problem) = connect(&ada, &id).await?;
    assert_eq!((status, problem["field"].as_str()), (428, Some("tunnel.password")), "{problem}");
    // This server takes keys only.
    let refused = ada.post(&path, &json!({ "tunnel_password": "planted-right" })).await?;
    assert_eq!((refused.status.as_u16(), &refused.json()?["step"]), (502, &json!("tunnel")), "{}", refused.body);
    assert_eq!(connect(&ada, &id).await?.0, 428);
    for planted in ["planted-", SSH_PASSPHRASE] {
        assert!(!world.log().contains(planted), "a secret is in the log");
    }
    Ok(())
}

#[tokio::test]
async fn a_password_opens_a_tunnel_and_is_saved_where_that_is_wanted() -> Result<()> {
    let ssh = PasswordSshServer::start().await?;
    let world = World::start("[log]\nfilter = \"trace\"").await?;
    let ada = world.sign_in("ada").await?;
    let mut behind = definition(&*postgres().await);
    behind["tunnel"] = json!({
        "host": "127.0.0.1", "port": ssh.port(), "username": SSH_USER, "authentication": "password",
        "host_key": ssh.host_key(),
    });
    let id = ada.add_server(&behind).await?;
    let path = format!("/api/v1/servers/{id}/connect");
    let asked = |problem: &Value| problem["field"].as_str().map(str::to_owned);

    let (status, problem) = connect(&ada, &id).await?;
    assert_eq!((status, asked(&problem)), (428, Some("tunnel.password".to_owned())), "{problem}");
    let with = |tunnel_password: &str| {
        json!({ "password": SUPERUSER_PASSWORD, "save_password": true, "tunnel_password": tunnel_password,
            "save_tunnel_password": true })
    };
    let wrong = ada.post(&path, &with("planted-wrong")).await?;
    assert_eq!((wrong.status.as_u16(), &wrong.json()?["step"]), (502, &json!("tunnel")), "{}", wrong.body);
    assert_eq!(connect(&ada, &id).await?.0, 428, "a wrong one is not kept");
    let right = ada.post(&path, &with(SSH_PASSWORD)).await?;
    assert_eq!((right.status.as_u16(), &right.json()?["password_saved"]), (200, &json!(true)), "{}", right.body);
    let mut socket = ada.open_session(&id, "postgres").await?;
    assert_eq!(socket.run("select 1").await?.texts(), [["1"]]);

    // Another sign-in finds both saved, until the tunnel's is forgotten.
    let later = world.sign_in("ada").await?;
    let page = later.post(&path, &json!({})).await?;
    assert_eq!(page.status, 200, "{}", page.body);
    let saved = later.get("/api/v1/me/saved-passwords").await?.json()?;
    let targets: Vec<_> =
        saved["saved_passwords"].as_array().context("a list")?.iter().map(|one| &one["target"]).collect();
    let tunnel = format!("{SSH_USER}@127.0.0.1:{}", ssh.port());
    assert!(targets.len() == 2 && targets.iter().any(|target| **target == json!(tunnel)), "{saved}");
    let page = later.delete(&format!("/api/v1/me/saved-passwords/{id}?kind=tunnel")).await?;
    assert_eq!(page.json()?["forgotten"], 1);
    let page = world.sign_in("ada").await?.post(&path, &json!({})).await?;
    assert_eq!(
        (page.status.as_u16(), asked(&page.json()?)),
        (428, Some("tunnel.password".to_owned())),
        "{}",
        page.body
    );
    for planted in ["planted-wrong", SSH_PASSWORD] {
        assert!(!world.log().contains(planted), "a secret is in the log");
    }
    Ok(())
}
