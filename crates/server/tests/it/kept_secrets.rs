//! Secrets of a server that cannot be opened for a while: nothing that is done meanwhile loses them.

use std::sync::Arc;
use std::time::SystemTime;

use anyhow::{Context, Result, ensure};
use howdah_store::{Clock, ServerCredential, Store};
use howdah_testkit::{Entra, SUPERUSER, SUPERUSER_PASSWORD};
use serde_json::{Value, json};

use crate::world::{Signed, World, definition, postgres};

const KEY: &str = "[secrets]\nkey = \"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"";

/// The only server's credential in the store.
async fn kept(store: &Store) -> Result<ServerCredential> {
    store.server_credentials(None, 1).await?.pop().context("no server")
}

/// Replaces a text in it, as if another key had sealed what is there.
async fn replace(store: &Store, from: &str, to: &str) -> Result<()> {
    let current = kept(store).await?;
    ensure!(current.credential.contains(from), "{}", current.credential);
    ensure!(store.rewrite_server_credential(&current, &current.credential.replace(from, to)).await?);
    Ok(())
}

async fn change(ada: &Signed<'_>, server: &str, change: &Value) -> Result<Value> {
    let page = ada.patch(&format!("/api/v1/servers/{server}"), change).await?;
    ensure!(page.status == 200, "{} {}", page.status, page.body);
    page.json()
}

#[tokio::test]
async fn secrets_that_cannot_be_opened_outlive_changes_of_their_server_on_both_stores() -> Result<()> {
    let target = postgres().await;
    let database = target.create_database().await?;
    let on_postgres =
        format!("postgres://{SUPERUSER}:{SUPERUSER_PASSWORD}@{}:{}/{database}", target.host(), target.port());
    for world in [World::start(KEY).await?, World::start_on(&on_postgres, KEY).await?] {
        let file = format!("sqlite:{}", world.folder.path().join("howdah.db").display());
        let url = if world.config().contains("url = \"postgres://") { &on_postgres } else { &file };
        let store = Store::open(&url.parse()?, Clock::system()).await?;
        let ada = world.sign_in("ada").await?;
        let mut server = definition(&target);
        server["tunnel"] = json!({
            "host": "gate", "username": "ada", "authentication": "key", "private_key": "-----BEGIN one", "passphrase": "two"
        });
        server["connection_parameters"] = json!({ "sslpassword": "three" });
        let id = ada.add_server(&server).await?;
        let fields: Value = serde_json::from_str(&kept(&store).await?.credential)?;
        let sealed = fields["sealed_secrets"].as_str().context("nothing is sealed")?.to_owned();
        let elsewhere = sealed.replacen('.', ".x", 2);
        replace(&store, &sealed, &elsewhere).await?;

        // It is still shown and changed; what is sealed stays as it is.
        let seen = change(&ada, &id, &json!({ "name": "renamed" })).await?;
        assert_eq!((&seen["unreadable_secrets"], &seen["kept_secrets"]), (&json!(true), &json!([])));
        ensure!(kept(&store).await?.credential.contains(&elsewhere), "it is gone");
        // One is replaced and one taken out; a later change forgets neither.
        let seen = change(&ada, &id, &json!({ "connection_parameters": { "sslpassword": "new" } })).await?;
        assert_eq!(seen["kept_secrets"], json!(["connection_parameters.sslpassword"]));
        change(&ada, &id, &json!({ "tunnel": { "passphrase": "" }, "comment": "gone" })).await?;
        change(&ada, &id, &json!({ "comment": "again" })).await?;

        // The key is back: what was neither replaced nor taken out is too, and one text holds all from then on.
        replace(&store, &elsewhere, &sealed).await?;
        let expected = json!(["connection_parameters.sslpassword", "tunnel.private_key"]);
        let seen = ada.get(&format!("/api/v1/servers/{id}")).await?.json()?;
        assert_eq!((&seen["unreadable_secrets"], &seen["kept_secrets"]), (&Value::Null, &expected));
        let seen = change(&ada, &id, &json!({ "name": "once more" })).await?;
        assert_eq!(seen["kept_secrets"], expected);
        ensure!(!kept(&store).await?.credential.contains("unopened"), "it was taken in");
        store.close().await;
    }
    Ok(())
}

#[tokio::test]
async fn a_certificate_that_cannot_be_opened_keeps_nobody_from_changing_the_rest_of_its_server() -> Result<()> {
    let world = World::start(KEY).await?;
    let file = format!("sqlite:{}", world.folder.path().join("howdah.db").display());
    let store = Store::open(&file.parse()?, Clock::system()).await?;
    let ada = world.sign_in("ada").await?;
    let entra = Entra::start(Arc::new(SystemTime::now)).await?;
    let credential = json!({ "type": "entra", "flow": "client_certificate", "tenant": "one", "client_id": "console" });
    let mut server = json!({
        "name": "azure", "group": "Tests", "host": "db.example.com", "username": "ada",
        "connection_parameters": { "sslmode": "verify-full" }, "credential": credential
    });
    server["credential"]["client_certificate"] = entra.certificate("console")?.into();
    let id = ada.add_server(&server).await?;
    let fields: Value = serde_json::from_str(&kept(&store).await?.credential)?;
    let sealed = fields["sealed_secrets"].as_str().context("nothing is sealed")?.to_owned();
    let elsewhere = sealed.replacen('.', ".x", 2);
    replace(&store, &sealed, &elsewhere).await?;

    let seen = change(&ada, &id, &json!({ "name": "renamed", "host": "other.example.com" })).await?;
    assert_eq!((&seen["unreadable_secrets"], &seen["name"]), (&json!(true), &json!("renamed")));
    // As the form sends it: the credential whole, but for the secret that nobody sees.
    let mut other = credential.clone();
    other["tenant"] = "two".into();
    let seen = change(&ada, &id, &json!({ "credential": other })).await?;
    assert_eq!(seen["credential"]["tenant"], "two");
    ensure!(kept(&store).await?.credential.contains(&elsewhere), "it is gone");
    // What else is wrong is still told.
    for (wrong, field) in [
        (json!({ "type": "entra", "flow": "client_certificate", "client_id": "console" }), "credential.tenant"),
        (
            json!({ "type": "entra", "flow": "client_certificate", "tenant": "two", "client_id": "console", "client_certificate": "-----BEGIN nothing" }),
            "credential.client_certificate",
        ),
    ] {
        let page = ada.patch(&format!("/api/v1/servers/{id}"), &json!({ "credential": wrong })).await?;
        assert_eq!((page.status.as_u16(), page.json()?["field"].as_str()), (422, Some(field)), "{}", page.body);
    }

    replace(&store, &elsewhere, &sealed).await?;
    let seen = ada.get(&format!("/api/v1/servers/{id}")).await?.json()?;
    assert_eq!((&seen["unreadable_secrets"], &seen["kept_secrets"]), (&Value::Null, &json!(["client_certificate"])));
    store.close().await;
    Ok(())
}
