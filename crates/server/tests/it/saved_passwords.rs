//! Passwords that people save, and the master password that seals them. Case numbers are those of docs/conformance.md.

use anyhow::{Context, Result, ensure};
use howdah_testkit::{Browser, Certificates, Major, Page, Postgres, SUPERUSER, SUPERUSER_PASSWORD};
use serde_json::{Value, json};

use crate::audit::events;
use crate::internal::{sign_in, user};
use crate::world::{Signed, World, definition, postgres, until};

const MASTER: &str = "a master pass-s3cret";
const REQUIRED: &str = "[secrets]\nmaster_password_required = true";
const MASTER_PATH: &str = "/api/v1/me/master-password";
const SAVED_PATH: &str = "/api/v1/me/saved-passwords";

/// What a request was answered with: the status, and the problem's code where it is one.
fn outcome(page: &Page) -> (u16, String) {
    let code = page.json().ok().and_then(|body| body["code"].as_str().map(str::to_owned));
    (page.status.as_u16(), code.unwrap_or_default())
}

fn expect(page: &Page, status: u16, code: &str) {
    assert_eq!(outcome(page), (status, code.to_owned()), "{}", page.body);
}

async fn connect(who: &Signed<'_>, server: &str, body: &Value) -> Result<Page> {
    who.post(&format!("/api/v1/servers/{server}/connect"), body).await
}

async fn saving(who: &Signed<'_>, server: &str) -> Result<Page> {
    connect(who, server, &json!({ "password": SUPERUSER_PASSWORD, "save_password": true })).await
}

async fn state(who: &Signed<'_>) -> Result<Value> {
    who.get("/api/v1/me/secrets").await?.json()
}

async fn saved(who: &Signed<'_>) -> Result<Vec<Value>> {
    Ok(who.get(SAVED_PATH).await?.json()?["saved_passwords"].as_array().context("no list")?.clone())
}

async fn forget(who: &Signed<'_>, which: &str) -> Result<Value> {
    Ok(who.delete(&format!("{SAVED_PATH}/{which}")).await?.json()?["forgotten"].clone())
}

async fn set_master(who: &Signed<'_>) -> Result<()> {
    expect(&who.post(MASTER_PATH, &json!({ "password": MASTER })).await?, 204, "");
    Ok(())
}

async fn unlock(who: &Signed<'_>, password: &str) -> Result<Page> {
    who.post(&format!("{MASTER_PATH}/unlock"), &json!({ "password": password })).await
}

/// A role of the test's own, whose password can change.
async fn role(postgres: &Postgres, name: &str, password: &str) -> Result<()> {
    for sql in [format!("drop role if exists {name}"), format!("create role {name} login password '{password}'")] {
        postgres.execute("postgres", &sql).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_password_is_saved_when_it_has_worked_and_used_until_it_is_forgotten() -> Result<()> {
    let world = World::shared().await;
    let postgres = postgres().await;
    let ada = world.sign_in("ada").await?;
    let server = ada.add_server(&definition(&postgres)).await?;
    let before = state(&ada).await?;
    assert_eq!((&before["can_save_password"], &before["reason"]), (&json!(true), &Value::Null));

    let wrong = connect(&ada, &server, &json!({ "password": "wrong-s3cret", "save_password": true })).await?;
    expect(&wrong, 403, "database_login_refused");
    let asked = connect(&ada, &server, &json!({})).await?;
    expect(&asked, 428, "password_required");

    let page = saving(&ada, &server).await?;
    assert_eq!(page.json()?["password_saved"], true, "{}", page.body);
    let list = saved(&ada).await?;
    let entry = list.iter().find(|entry| entry["server_id"] == server).context("not listed")?;
    assert_eq!(entry["target"], format!("{SUPERUSER}@{}:{}", postgres.host(), postgres.port()));
    assert!(!entry.to_string().contains(SUPERUSER_PASSWORD));

    // Another sign-in of hers finds it; somebody else does not see it.
    let again = world.sign_in("ada").await?;
    let page = connect(&again, &server, &json!({})).await?;
    expect(&page, 200, "");
    assert_eq!(page.json()?["password_saved"], false);
    let grace = world.sign_in("grace").await?;
    assert!(saved(&grace).await?.iter().all(|entry| entry["server_id"] != server));
    assert_eq!(forget(&grace, &server).await?, 0);

    assert_eq!(forget(&again, &format!("{server}?kind=tunnel")).await?, 0);
    assert_eq!(forget(&again, &format!("{server}?kind=database")).await?, 1);
    expect(&connect(&again, &server, &json!({})).await?, 428, "password_required");
    assert_eq!(forget(&again, &server).await?, 0);
    Ok(())
}

#[tokio::test]
async fn a_saved_password_that_is_refused_is_asked_for_and_replaced() -> Result<()> {
    let world = World::shared().await;
    let postgres = postgres().await;
    let ada = world.sign_in("ada").await?;
    role(&postgres, "saver", "old-password").await?;
    let mut server = definition(&postgres);
    server["username"] = json!("saver");
    let id = ada.add_server(&server).await?;
    expect(&connect(&ada, &id, &json!({ "password": "old-password", "save_password": true })).await?, 200, "");

    postgres.execute("postgres", "alter role saver password 'new-password'").await?;
    let later = world.sign_in("ada").await?;
    let refused = connect(&later, &id, &json!({})).await?;
    expect(&refused, 403, "database_login_refused");
    assert_eq!(refused.json()?["sqlstate"], "28P01");
    let asked = connect(&later, &id, &json!({})).await?;
    expect(&asked, 428, "password_required");
    assert!(asked.body.contains("does not take the password that you saved"), "{}", asked.body);
    expect(&connect(&later, &id, &json!({ "password": "new-password", "save_password": true })).await?, 200, "");
    let entry = saved(&later).await?.into_iter().find(|entry| entry["server_id"] == id).context("not listed")?;
    assert_eq!(entry["refused_at"], Value::Null);
    expect(&connect(&world.sign_in("ada").await?, &id, &json!({})).await?, 200, "");
    Ok(())
}

#[tokio::test]
async fn a_saved_password_is_sent_only_where_it_was_saved_for() -> Result<()> {
    let world = World::shared().await;
    let postgres = postgres().await;
    let ada = world.sign_in("ada").await?;
    let server = ada.add_server(&definition(&postgres)).await?;
    expect(&saving(&ada, &server).await?, 200, "");
    // On a way that is protected less it is not sent either, and is again when that is taken back.
    for (mode, outcome) in [("disable", (428, "password_required")), ("prefer", (200, ""))] {
        let change = json!({ "connection_parameters": { "sslmode": mode } });
        expect(&ada.patch(&format!("/api/v1/servers/{server}"), &change).await?, 200, "");
        let page = connect(&ada, &server, &json!({})).await?;
        expect(&page, outcome.0, outcome.1);
        let told = page.body.contains("sslmode was prefer and is disable") && page.body.contains("Type the password");
        assert_eq!(told, outcome.0 == 428, "{}", page.body);
    }
    let elsewhere = Postgres::shared(Major::V15).await?;
    let page = ada.patch(&format!("/api/v1/servers/{server}"), &json!({ "port": elsewhere.port() })).await?;
    expect(&page, 200, "");
    let asked = connect(&ada, &server, &json!({})).await?;
    expect(&asked, 428, "password_required");
    assert!(asked.body.contains("it is not sent there"), "{}", asked.body);
    expect(&ada.delete(&format!("/api/v1/servers/{server}")).await?, 204, "");
    assert!(saved(&ada).await?.iter().all(|entry| entry["server_id"] != server), "it goes with its server");
    Ok(())
}

#[tokio::test]
async fn a_saved_password_is_sent_where_a_root_vouches_that_did_so_when_it_was_saved() -> Result<()> {
    let world = World::shared().await;
    let postgres = Postgres::builder(Major::V18).tls().start().await?;
    let ada = world.sign_in("ada").await?;
    let (old, new) = (postgres.ca_pem().to_owned(), Certificates::generate("the next root")?);
    let both = format!("{}{old}", new.ca_pem());
    let trusting = |roots: &str| json!({ "connection_parameters": { "sslmode": "verify-full", "sslrootcert": roots } });
    let mut server = definition(&postgres);
    server["connection_parameters"] = trusting(&old)["connection_parameters"].clone();
    let id = ada.add_server(&server).await?;
    expect(&saving(&ada, &id).await?, 200, "");
    let change = async |roots: &str| {
        expect(&ada.patch(&format!("/api/v1/servers/{id}"), &trusting(roots)).await?, 200, "");
        connect(&ada, &id, &json!({})).await
    };
    // A rotation begins: the new root stands beside the old one, which still vouches for the server.
    expect(&change(&both).await?, 200, "");
    expect(&connect(&ada, &id, &json!({})).await?, 200, "");
    ada.open_session(&id, "postgres").await?;
    // The server shows a certificate of the new root, for which whoever changed the definition alone stands.
    let identity = new.server(&["localhost", "127.0.0.1"])?;
    for (name, pem) in [("ssl_cert_file", &identity.certificate_pem), ("ssl_key_file", &identity.key_pem)] {
        let shown = postgres.query("postgres", &format!("show {name}")).await?;
        let path = shown.into_iter().flatten().flatten().next().context("no file")?;
        std::fs::write(path, pem)?;
    }
    postgres.restart().await?;
    let asked = connect(&ada, &id, &json!({})).await?;
    expect(&asked, 428, "password_required");
    assert!(
        asked.body.contains("other root certificates") && asked.body.contains("Type the password"),
        "{}",
        asked.body
    );
    expect(&saving(&ada, &id).await?, 200, "");
    // The old root goes. What is left vouched when the password was saved last.
    expect(&change(new.ca_pem()).await?, 200, "");
    // Not the server that the old one vouches for: this is no matter of the password.
    expect(&change(&old).await?, 502, "database_tls_failed");
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_saved_is_refused_with_the_reason_before_anything_is_sent() -> Result<()> {
    let postgres = postgres().await;
    let switched_off = World::start("[secrets]\nallow_save_password = false").await?;
    let ada = switched_off.sign_in("ada").await?;
    let server = ada.add_server(&definition(&postgres)).await?;
    let now = state(&ada).await?;
    assert_eq!((&now["can_save_password"], &now["reason"]), (&json!(false), &json!("not_allowed")));
    assert_eq!(now["can_save_tunnel_password"], true);
    expect(&saving(&ada, &server).await?, 403, "saving_not_allowed");
    expect(&connect(&ada, &server, &json!({})).await?, 428, "password_required");
    expect(&connect(&ada, &server, &json!({ "password": SUPERUSER_PASSWORD })).await?, 200, "");

    let database = postgres.create_database().await?;
    let url = format!("postgres://{SUPERUSER}:{SUPERUSER_PASSWORD}@{}:{}/{database}", postgres.host(), postgres.port());
    let without_key = World::start_on(&url, "").await?;
    let grace = without_key.sign_in("grace").await?;
    let server = grace.add_server(&definition(&postgres)).await?;
    let now = state(&grace).await?;
    assert_eq!((&now["can_save_password"], &now["reason"]), (&json!(false), &json!("no_key")));
    let refused = saving(&grace, &server).await?;
    expect(&refused, 403, "saving_not_allowed");
    assert!(refused.body.contains("secrets.key"), "{}", refused.body);

    for (body, field) in [
        (json!({ "save_password": true }), "password"),
        (json!({ "tunnel_password": "x", "save_tunnel_password": true }), "tunnel_password"),
    ] {
        let page = connect(&world_ada().await?, &shared_server().await?, &body).await?;
        expect(&page, 422, "invalid_request");
        assert_eq!(page.json()?["field"], field);
    }
    Ok(())
}

async fn world_ada() -> Result<Signed<'static>> {
    World::shared().await.sign_in("ada").await
}

async fn shared_server() -> Result<String> {
    world_ada().await?.add_server(&definition(&*postgres().await)).await
}

#[tokio::test]
async fn case_94_to_96_a_master_password_is_set_typed_once_a_session_changed_and_reset() -> Result<()> {
    let world = World::start(REQUIRED).await?;
    let postgres = postgres().await;
    let ada = world.sign_in("ada").await?;
    let server = ada.add_server(&definition(&postgres)).await?;
    // Never asked of somebody who saves nothing.
    expect(&connect(&ada, &server, &json!({ "password": SUPERUSER_PASSWORD })).await?, 200, "");

    // Case 94: needed and not set yet.
    assert_eq!(state(&ada).await?["master_password"], "unset");
    let asked = saving(&ada, &server).await?;
    expect(&asked, 428, "master_password_required");
    assert_eq!(asked.json()?["master_password"], "unset");
    expect(&unlock(&ada, MASTER).await?, 409, "conflict");
    for (password, words) in [("", "shorter"), ("short", "shorter"), (&"x".repeat(2000), "longer")] {
        let page = ada.post(MASTER_PATH, &json!({ "password": password })).await?;
        expect(&page, 422, "invalid_request");
        assert!(page.body.contains(words), "{}", page.body);
    }

    // Case 95: set.
    set_master(&ada).await?;
    assert_eq!(state(&ada).await?["master_password"], "unlocked");
    expect(&ada.post(MASTER_PATH, &json!({ "password": "another one" })).await?, 409, "conflict");
    expect(&saving(&ada, &server).await?, 200, "");
    // A restart that kills would leave this one as begun.
    events(&ada, "kind=password_saved&result=ok", 1).await?;

    // Another session, also after a restart, asks for it once.
    world.restart().await?;
    expect(&connect(&ada, &server, &json!({})).await?, 200, "");
    let later = world.sign_in("ada").await?;
    assert_eq!(state(&later).await?["master_password"], "locked");
    let asked = connect(&later, &server, &json!({})).await?;
    expect(&asked, 428, "master_password_required");
    assert_eq!(asked.json()?["master_password"], "locked");
    expect(&unlock(&later, "wrong-s3cret").await?, 422, "wrong_password");
    expect(&unlock(&later, MASTER).await?, 204, "");
    expect(&connect(&later, &server, &json!({})).await?, 200, "");
    expect(&later.post(&format!("{MASTER_PATH}/lock"), &json!({})).await?, 204, "");
    assert_eq!(state(&later).await?["master_password"], "locked");
    expect(&unlock(&later, MASTER).await?, 204, "");

    // Changed: the other session has to type the new one.
    let change = |current: &str| json!({ "current_password": current, "new_password": "another master" });
    let put = |who: &Signed<'_>, body: Value| {
        let url = format!("{}{MASTER_PATH}", who.world.origin);
        let browser = who.browser.clone();
        async move { browser.send(reqwest::Method::PUT, &url, Some(&body)).await }
    };
    expect(&put(&later, change("wrong-s3cret")).await?, 422, "wrong_password");
    expect(&put(&later, change(MASTER)).await?, 204, "");
    assert_eq!(state(&later).await?["master_password"], "unlocked");
    assert_eq!(state(&ada).await?["master_password"], "locked");
    expect(&unlock(&ada, MASTER).await?, 422, "wrong_password");
    expect(&unlock(&ada, "another master").await?, 204, "");

    // Case 96: reset forgets what was saved, and says how much that was.
    assert_eq!(state(&ada).await?["saved_passwords"], 1);
    let reset = ada.delete(MASTER_PATH).await?;
    expect(&reset, 200, "");
    assert_eq!(reset.json()?["forgotten"], 1);
    assert_eq!(state(&ada).await?["master_password"], "unset");
    expect(&connect(&world.sign_in("ada").await?, &server, &json!({})).await?, 428, "password_required");
    in_the_trail(&ada).await?;
    assert!(!world.log().contains("s3cret"), "{}", world.log());
    Ok(())
}

/// What the test above did stands in the audit trail, without a password.
async fn in_the_trail(ada: &Signed<'_>) -> Result<()> {
    let done = [
        ("master_password_set", "ok", ""),
        ("master_password_set", "failed", "conflict"),
        ("master_password_changed", "ok", ""),
        ("master_password_changed", "failed", "wrong_password"),
        ("saved_passwords_unlocked", "failed", "wrong_password"),
        ("saved_passwords_unlocked", "ok", ""),
        ("password_saved", "ok", ""),
        ("master_password_reset", "ok", ""),
    ];
    for (kind, result, code) in done {
        let found = events(ada, &format!("kind={kind}&result={result}"), 1).await?;
        assert!(found.iter().any(|event| event["code"].as_str().unwrap_or_default() == code), "{kind}: {found:?}");
        assert!(found.iter().all(|event| event["person"] == "ada@example.com"), "{found:?}");
        let text = serde_json::to_string(&found)?;
        assert!(!text.contains("s3cret") && !text.contains(SUPERUSER_PASSWORD), "{text}");
    }
    Ok(())
}

#[tokio::test]
async fn case_95_whoever_has_a_password_here_is_never_asked_for_a_second_one() -> Result<()> {
    let sources = ("sources = [\"oauth2\"]", "sources = [\"oauth2\", \"internal\"]");
    let world = World::start_with(sources, REQUIRED).await?;
    assert!(user(&world, &["add", "linus"], "correct horse\n")?.status.success());
    let browser = Browser::new()?;
    assert_eq!(sign_in(&world, &browser, "linus", "correct horse").await?.status, 303);
    let linus = Signed { world: &world, browser };
    let server = linus.add_server(&definition(&*postgres().await)).await?;
    assert_eq!(state(&linus).await?["master_password"], "not_needed");
    expect(&linus.post(MASTER_PATH, &json!({ "password": MASTER })).await?, 409, "conflict");
    expect(&saving(&linus, &server).await?, 200, "");
    let browser = Browser::new()?;
    assert_eq!(sign_in(&world, &browser, "linus", "correct horse").await?.status, 303);
    expect(&connect(&Signed { world: &world, browser }, &server, &json!({})).await?, 200, "");
    Ok(())
}

#[tokio::test]
async fn wrong_master_passwords_block_for_a_while_and_so_that_many_at_once_are_no_way_round() -> Result<()> {
    let world = World::start(REQUIRED).await?;
    let ada = world.sign_in("ada").await?;
    set_master(&ada).await?;
    let other = world.sign_in("ada").await?;
    let guesses = futures_util::future::join_all((0..6).map(|_| unlock(&other, "wrong-s3cret"))).await;
    let mut codes = guesses.into_iter().map(|page| Ok(outcome(&page?).1)).collect::<Result<Vec<_>>>()?;
    codes.sort();
    let (blocked, wrong) = ("too_many_attempts", "wrong_password");
    assert_eq!(codes, [blocked, blocked, blocked, wrong, wrong, wrong]);
    expect(&unlock(&other, MASTER).await?, 429, blocked);
    // Who has it open already goes on.
    assert_eq!(state(&ada).await?["master_password"], "unlocked");
    Ok(())
}

#[tokio::test]
async fn switching_the_master_password_on_and_off_loses_nothing() -> Result<()> {
    let world = World::start("").await?;
    let postgres = postgres().await;
    let ada = world.sign_in("ada").await?;
    let server = ada.add_server(&definition(&postgres)).await?;
    expect(&saving(&ada, &server).await?, 200, "");

    world.restart_with(|config| format!("{config}\n{REQUIRED}")).await?;
    let later = world.sign_in("ada").await?;
    let asked = connect(&later, &server, &json!({})).await?;
    expect(&asked, 428, "master_password_required");
    assert_eq!(asked.json()?["master_password"], "unset");
    set_master(&later).await?;
    expect(&connect(&later, &server, &json!({})).await?, 200, "");

    world.restart_with(|config| config.replace(REQUIRED, "")).await?;
    let last = world.sign_in("ada").await?;
    let asked = connect(&last, &server, &json!({})).await?;
    assert_eq!(asked.json()?["master_password"], "locked", "it is still sealed with it");
    expect(&unlock(&last, MASTER).await?, 204, "");
    expect(&connect(&last, &server, &json!({})).await?, 200, "");
    let fresh = world.sign_in("ada").await?;
    assert_eq!(state(&fresh).await?["master_password"], "not_needed");
    expect(&connect(&fresh, &server, &json!({})).await?, 200, "");
    Ok(())
}

#[tokio::test]
async fn two_replicas_share_what_is_saved_and_what_is_unlocked() -> Result<()> {
    let postgres = postgres().await;
    let database = postgres.create_database().await?;
    let url = format!("postgres://{SUPERUSER}:{SUPERUSER_PASSWORD}@{}:{}/{database}", postgres.host(), postgres.port());
    let one = World::start_on(&url, REQUIRED).await?;
    let other = one.replica().await?;
    let ada = one.sign_in("ada").await?;
    let there = Signed { world: &other, browser: ada.browser.clone() };
    let server = ada.add_server(&definition(&postgres)).await?;
    set_master(&there).await?;
    expect(&saving(&ada, &server).await?, 200, "");
    expect(&connect(&there, &server, &json!({})).await?, 200, "");
    // Another session unlocks at the one and connects at the other.
    let later = one.sign_in("ada").await?;
    let there = Signed { world: &other, browser: later.browser.clone() };
    expect(&connect(&there, &server, &json!({})).await?, 428, "master_password_required");
    expect(&unlock(&later, MASTER).await?, 204, "");
    expect(&connect(&there, &server, &json!({})).await?, 200, "");
    // What the one has changed, the other asks about at once, although it has the password in memory.
    let elsewhere = Postgres::shared(Major::V15).await?;
    let page = later.patch(&format!("/api/v1/servers/{server}"), &json!({ "port": elsewhere.port() })).await?;
    expect(&page, 200, "");
    let asked = connect(&there, &server, &json!({})).await?;
    expect(&asked, 428, "password_required");
    assert!(asked.body.contains("it is not sent there"), "{}", asked.body);
    Ok(())
}

#[tokio::test]
async fn a_hook_gives_the_key_without_asking_anybody() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let key = folder.path().join("key");
    std::fs::write(&key, "a key for ada")?;
    let hook = format!(
        "[secrets]\nmaster_password_hook = [\"/bin/sh\", \"-c\", \"cat {} && echo $0\", \"%u\"]",
        key.display()
    );
    let world = World::start(&hook).await?;
    let ada = world.sign_in("ada").await?;
    let server = ada.add_server(&definition(&*postgres().await)).await?;
    assert_eq!(state(&ada).await?["master_password"], "not_needed");
    expect(&saving(&ada, &server).await?, 200, "");
    expect(&connect(&world.sign_in("ada").await?, &server, &json!({})).await?, 200, "");

    // It fails, then gives another key: the password can still be typed, and nothing is lost.
    std::fs::rename(&key, folder.path().join("away"))?;
    let asked = connect(&world.sign_in("ada").await?, &server, &json!({})).await?;
    expect(&asked, 428, "password_required");
    assert!(asked.body.contains("could not be obtained") && !asked.body.contains("No such file"), "{}", asked.body);
    std::fs::write(&key, "another")?;
    let late = world.sign_in("ada").await?;
    let asked = connect(&late, &server, &json!({})).await?;
    assert!(asked.body.contains("gives another one than before"), "{}", asked.body);
    expect(&saving(&late, &server).await?, 409, "secrets_unreadable");
    std::fs::rename(folder.path().join("away"), &key)?;
    expect(&connect(&world.sign_in("ada").await?, &server, &json!({})).await?, 200, "");
    ensure!(!world.log().contains("a key for ada"), "{}", world.log());
    Ok(())
}

#[tokio::test]
async fn another_operator_s_key_is_told_at_start_and_a_rotated_one_goes_on() -> Result<()> {
    let (old, new) = ("A".repeat(43), "B".repeat(42) + "A");
    let key = |text: &str| format!("[secrets]\nkey = \"{text}\"");
    let world = World::start(&key(&old)).await?;
    let ada = world.sign_in("ada").await?;
    let postgres = postgres().await;
    let server = ada.add_server(&definition(&postgres)).await?;
    expect(&saving(&ada, &server).await?, 200, "");
    let mut oauth = definition(&postgres);
    oauth["credential"] = json!({
        "type": "oauth", "issuer": "https://id.example.com", "client_id": "howdah", "client_secret": "kept",
        "flow": "client_credentials",
    });
    let sealed = ada.add_server(&oauth).await?;

    let refused = world.try_restart_with(|config| config.replace(&key(&old), &key(&new))).await?;
    for part in ["saved passwords of one person", "secrets of one server", "previous_keys", "Nothing was changed"] {
        ensure!(refused.contains(part), "{part}: {refused}");
    }
    ensure!(!refused.contains(&old) && !refused.contains(&new), "{refused}");
    let checked = world.command(&["store", "check"]).unwrap_err().to_string();
    ensure!(
        checked.contains("saved passwords of one person") && checked.contains("itself is in order, but"),
        "{checked}"
    );

    let rotated = format!("{}\nprevious_keys = \"{old}\"", key(&new));
    world.restart_with(|config| config.replace(&key(&new), &rotated)).await?;
    until("the log counts them", || Ok(world.log().contains("2 secrets were sealed anew").then_some(()))).await?;
    // The old one is needed no longer.
    world.restart_with(|config| config.replace(&rotated, &key(&new))).await?;
    let later = world.sign_in("ada").await?;
    expect(&connect(&later, &server, &json!({})).await?, 200, "");
    let shown = later.get(&format!("/api/v1/servers/{sealed}")).await?.json()?;
    assert_eq!(shown["kept_secrets"], json!(["client_secret"]), "{shown}");

    // Lost for good: what nobody can open is removed, and the server starts.
    let third = key(&("C".repeat(42) + "A"));
    let told = world.try_restart_with(|config| config.replace(&key(&new), &third)).await?;
    ensure!(told.contains("howdah store forget-lost-secrets"), "{told}");
    let output = world.command(&["store", "forget-lost-secrets"])?;
    ensure!(output.contains("saved passwords of one person and the secrets of one server"), "{output}");
    world.restart_with(str::to_owned).await?;
    let last = world.sign_in("ada").await?;
    expect(&connect(&last, &server, &json!({})).await?, 428, "password_required");
    Ok(())
}
