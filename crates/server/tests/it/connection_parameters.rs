//! Connection parameters: private keys at rest, names in `pg_stat_activity`, lists of hosts, and who the source says to be.

use std::sync::Arc;
use std::time::SystemTime;

use anyhow::{Context, Result};
use howdah_testkit::{Major, Postgres, SUPERUSER, SUPERUSER_PASSWORD, Vault, VaultLifetimes, certificates};
use serde_json::{Value, json};

use crate::world::{Signed, World, definition, postgres};

/// Every byte of Howdah's own store.
fn store(world: &World) -> Result<String> {
    let mut text = String::new();
    for name in ["howdah.db", "howdah.db-wal"] {
        let bytes = std::fs::read(world.folder.path().join(name)).unwrap_or_default();
        text.push_str(&String::from_utf8_lossy(&bytes));
    }
    anyhow::ensure!(text.contains("-----BEGIN CERTIFICATE-----"), "the store is elsewhere");
    Ok(text)
}

async fn connect(who: &Signed<'_>, server: &str) -> Result<(u16, Value)> {
    let page = who.post(&format!("/api/v1/servers/{server}/connect"), &json!({})).await?;
    Ok((page.status.as_u16(), page.json()?))
}

#[tokio::test]
async fn a_private_key_logs_in_and_is_never_seen_again() -> Result<()> {
    let world = World::start("[log]\nfilter = \"trace\"").await?;
    let ada = world.sign_in("ada").await?;
    let postgres = Postgres::builder(Major::V18).tls().hba("hostssl all all 127.0.0.1/32 cert").start().await?;
    let identity = certificates().client(SUPERUSER)?;
    // A line of the key's body: headers are no secret.
    let marker = identity.key_pem.lines().nth(1).context("a key has lines")?.to_owned();
    let mut definition = definition(&postgres);
    definition["credential"] = json!({ "type": "none" });
    definition["connection_parameters"] = json!({
        "sslmode": "verify-full", "sslrootcert": postgres.ca_pem(), "sslcert": identity.certificate_pem,
        "sslkey": identity.key_pem
    });
    let page = ada.post("/api/v1/servers", &definition).await?;
    assert_eq!(page.status, 201, "{}", page.body);
    let mut shown = page.body.clone();
    let server = page.json()?;
    assert_eq!(server["kept_secrets"], json!(["connection_parameters.sslkey"]));
    let id = server["id"].as_str().context("no id")?;
    let path = format!("/api/v1/servers/{id}");
    assert_eq!(connect(&ada, id).await?.0, 200, "{}", world.log());

    // What the page was shown is what it sends back.
    let mut parameters = server["connection_parameters"].clone();
    parameters["connect_timeout"] = json!("10");
    let page = ada.patch(&path, &json!({ "connection_parameters": parameters })).await?;
    shown.push_str(&page.body);
    assert_eq!(page.json()?["kept_secrets"], json!(["connection_parameters.sslkey"]), "{}", page.body);
    assert_eq!(connect(&ada, id).await?.0, 200);
    let mut trial = page.json()?;
    for field in ["id", "version", "owned", "connected", "kept_secrets"] {
        trial.as_object_mut().context("an object")?.remove(field);
    }
    let page = ada.post("/api/v1/connection-tests", &json!({ "server": trial, "server_id": id })).await?;
    assert_eq!(page.json()?["passed"], true, "{}", page.body);
    shown.push_str(&page.body);
    shown.push_str(&ada.get(&path).await?.body);
    shown.push_str(&ada.get("/api/v1/servers").await?.body);
    for (what, text) in [("the API", &shown), ("the store", &store(&world)?), ("the log", &world.log())] {
        assert!(!text.contains(&marker), "the key is in {what}");
    }
    world.restart().await?;
    assert_eq!(connect(&ada, id).await?.0, 200);

    parameters["sslkey"] = json!("");
    let page = ada.patch(&path, &json!({ "connection_parameters": parameters })).await?;
    assert_eq!(
        (page.status.as_u16(), &page.json()?["field"]),
        (422, &json!("connection_parameters.sslkey")),
        "{}",
        page.body
    );
    parameters["sslcert"] = json!("");
    let page = ada.patch(&path, &json!({ "connection_parameters": parameters })).await?;
    assert_eq!(page.json()?["kept_secrets"], json!([]), "{}", page.body);
    let (status, problem) = connect(&ada, id).await?;
    assert_eq!((status, problem["code"].as_str()), (403, Some("database_login_refused")), "{problem}");

    parameters["sslcert"] = json!(format!("{}{}", identity.certificate_pem, identity.key_pem));
    let page = ada.patch(&path, &json!({ "connection_parameters": parameters })).await?;
    assert_eq!((page.status.as_u16(), &page.json()?["field"]), (422, &json!("connection_parameters.sslcert")));
    Ok(())
}

#[tokio::test]
async fn a_connection_names_the_person() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let server = ada.connected_server(&*postgres().await).await?;
    let me = ada.get("/api/v1/me").await?.json()?;
    let email = me["email"].as_str().context("ada has an address")?;
    let mut socket = ada.open_session(&server, "postgres").await?;
    assert_eq!(socket.run("show application_name").await?.texts(), [[format!("Howdah ({email})")]]);
    let path = format!("/api/v1/servers/{server}/databases/postgres/export");
    let sql = "select current_setting('application_name')";
    let export = ada.post(&path, &json!({ "sql": sql, "format": "csv" })).await?;
    assert!(export.body.contains(&format!("Howdah download ({email})")), "{}", export.body);
    ada.get(&format!("/api/v1/servers/{server}/databases")).await?;
    let sql = format!("select 1 from pg_stat_activity where application_name = 'Howdah explorer ({email})'");
    assert!(!socket.run(&sql).await?.rows.is_empty());

    let page = ada
        .patch(
            &format!("/api/v1/servers/{server}"),
            &json!({ "connection_parameters": { "application_name": "mine" } }),
        )
        .await?;
    assert_eq!(page.status, 200, "{}", page.body);
    let connect = format!("/api/v1/servers/{server}/connect");
    assert_eq!(ada.post(&connect, &json!({ "password": SUPERUSER_PASSWORD })).await?.status, 200);
    let mut socket = ada.open_session(&server, "postgres").await?;
    assert_eq!(socket.run("show application_name").await?.texts(), [["mine"]]);
    Ok(())
}

#[tokio::test]
async fn vault_says_whom_to_log_in_as() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let postgres = postgres().await;
    let vault = Vault::start(Arc::new(SystemTime::now), Some(Arc::clone(&postgres)), VaultLifetimes::default()).await?;
    vault.allow("approle", "console", "planted-secret-id");
    let mut by_vault = definition(&postgres);
    by_vault["username"] = json!("");
    by_vault["credential"] = json!({
        "type": "vault", "address": vault.api.url(), "role": "reader", "ca_pem": certificates().ca_pem(),
        "auth": { "method": "approle", "role_id": "console", "secret_id": "planted-secret-id" }
    });
    let server = ada.add_server(&by_vault).await?;
    let (status, answer) = connect(&ada, &server).await?;
    assert_eq!(status, 200, "{answer}");
    let made = answer["user"].as_str().unwrap_or_default().to_owned();
    assert_eq!(vault.roles().await, [made.as_str()]);

    // Somebody drops the role under an open session and a cached secret.
    let mut socket = ada.open_session(&server, "postgres").await?;
    postgres.execute("postgres", &format!("drop role \"{made}\"")).await?;
    let next = ada.open_session(&server, "postgres").await?;
    assert_eq!(next.greeting["type"], "connected", "{}", next.greeting);
    assert_ne!(next.greeting["session_user"], json!(made), "a new one");
    let run = socket.run("select current_user").await?;
    assert_eq!(run.one("statement_failed")["error"]["code"], "42704", "{:?}", run.messages);
    let problem = &run.one("disconnected")["problem"];
    assert_eq!(problem["code"], "disconnected", "{problem}");
    assert!(problem["detail"].as_str().unwrap_or_default().contains("has ended"), "{problem}");

    let mut by_password = definition(&postgres);
    by_password["username"] = json!("");
    let page = ada.post("/api/v1/servers", &by_password).await?;
    assert_eq!((page.status.as_u16(), &page.json()?["field"]), (422, &json!("username")), "{}", page.body);
    Ok(())
}

#[tokio::test]
async fn of_several_hosts_the_wanted_one_is_chosen() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let primary = postgres().await;
    let standby = Postgres::builder(Major::V18).standby().start().await?;
    let parameters = |target: &str, ports: [u16; 2]| {
        let ports = format!("{},{}", ports[0], ports[1]);
        json!({ "target_session_attrs": target, "port": ports, "connect_timeout": "10" })
    };
    // One host and one port stand in fields of their own; the list of ports goes with the list of hosts.
    for (target, expected) in [("read-write", "f"), ("standby", "t"), ("prefer-standby", "t")] {
        let mut among = definition(&primary);
        among["host"] = json!("127.0.0.1,127.0.0.1");
        among["connection_parameters"] = parameters(target, [standby.port(), primary.port()]);
        let id = ada.add_server(&among).await?;
        let connect = format!("/api/v1/servers/{id}/connect");
        let page = ada.post(&connect, &json!({ "password": SUPERUSER_PASSWORD })).await?;
        assert_eq!(page.status, 200, "{target} {}", page.body);
        let mut socket = ada.open_session(&id, "postgres").await?;
        assert_eq!(socket.run("select pg_is_in_recovery()").await?.texts(), [[expected]], "{target}");
    }
    let mut of_aws = definition(&primary);
    of_aws["host"] = json!("a.example.com,b.example.com");
    of_aws["credential"] =
        json!({ "type": "aws_rds", "identity": "signed_in_user", "role_arn": "arn:aws:iam::1:role/r" });
    let page = ada.post("/api/v1/servers", &of_aws).await?;
    assert_eq!(
        (page.status.as_u16(), &page.json()?["field"]),
        (422, &json!("credential.signing_host")),
        "{}",
        page.body
    );
    let mut none = definition(&primary);
    none["connection_parameters"] = json!({ "target_session_attrs": "standby" });
    let id = ada.add_server(&none).await?;
    let page = ada.post(&format!("/api/v1/servers/{id}/connect"), &json!({ "password": SUPERUSER_PASSWORD })).await?;
    let problem = page.json()?;
    assert_eq!((page.status.as_u16(), &problem["code"]), (502, &json!("database_unreachable")), "{problem}");
    assert!(problem["detail"].as_str().unwrap_or_default().contains("target_session_attrs"), "{problem}");
    Ok(())
}

/// A Howdah whose operator has a service file and a password file, with the PostgreSQL that they speak of.
async fn with_files() -> Result<(World, Arc<Postgres>, tempfile::TempDir)> {
    let (postgres, folder) = (postgres().await, tempfile::tempdir()?);
    let (host, port) = (postgres.host(), postgres.port());
    let (services, passwords) = (folder.path().join("services"), folder.path().join("passwords"));
    let services_text = format!(
        "[plain]\nhost={host}\nport={port}\nuser={SUPERUSER}\napplication_name=by service\n\
         [secret]\nhost={host}\nport={port}\nuser={SUPERUSER}\npassword={SUPERUSER_PASSWORD}\n\
         [broken]\nhost\n"
    );
    std::fs::write(&services, services_text)?;
    std::fs::write(&passwords, format!("{host}:{port}:*:{SUPERUSER}:{SUPERUSER_PASSWORD}\n"))?;
    let config = format!(
        "[connections]\nservice_file = \"{}\"\npassword_file = \"{}\"",
        services.display(),
        passwords.display()
    );
    Ok((World::start(&config).await?, postgres, folder))
}

fn by_service(service: &str) -> Value {
    json!({ "name": "test", "host": "", "username": "", "connection_parameters": { "service": service }, "credential": { "type": "password" } })
}

#[tokio::test]
async fn the_operators_service_and_password_files_are_used() -> Result<()> {
    let (world, postgres, folder) = with_files().await?;
    let (ada, grace) = (world.sign_in("ada").await?, world.sign_in("grace").await?);
    let id = ada.add_server(&by_service("plain")).await?;
    let shown = ada.get(&format!("/api/v1/servers/{id}")).await?.json()?;
    assert_eq!((&shown["host"], &shown["connection_parameters"]["service"]), (&json!(""), &json!("plain")), "{shown}");
    let (status, answer) = connect(&ada, &id).await?;
    assert_eq!((status, &answer["user"]), (200, &json!(SUPERUSER)), "{answer} {}", world.log());
    assert_eq!(answer["credential"]["label"], "Password file", "{answer}");
    let mut socket = ada.open_session(&id, "postgres").await?;
    assert_eq!(socket.run("show application_name").await?.texts(), [["by service"]]);

    // A definition without a service has the password file too, and what it says goes before the service.
    let id = ada.add_server(&definition(&postgres)).await?;
    assert_eq!(connect(&ada, &id).await?.0, 200);
    let mut other = by_service("plain");
    other["username"] = json!("nobody-there");
    let (status, problem) = connect(&ada, &ada.add_server(&other).await?).await?;
    assert_eq!((status, problem["code"].as_str()), (428, Some("password_required")), "{problem}");

    // The passwords are the operator's to lend: whoever writes a definition says where they go.
    let own = grace.add_server(&by_service("plain")).await?;
    assert_eq!(connect(&grace, &own).await?.0, 428);
    let refused = grace.post("/api/v1/servers", &by_service("secret")).await?;
    let problem = refused.json()?;
    assert_eq!((refused.status.as_u16(), problem["field"].as_str()), (403, Some("connection_parameters.service")));
    assert_eq!(connect(&ada, &ada.add_server(&by_service("secret")).await?).await?.0, 200);

    // A password that is wrong in the file can be typed.
    std::fs::write(folder.path().join("passwords"), "*:*:*:*:wrong\n")?;
    let id = ada.add_server(&by_service("plain")).await?;
    let (status, problem) = connect(&ada, &id).await?;
    assert_eq!((status, problem["sqlstate"].as_str()), (428, Some("28P01")), "{problem}");
    let page = ada.post(&format!("/api/v1/servers/{id}/connect"), &json!({ "password": SUPERUSER_PASSWORD })).await?;
    assert_eq!(page.status, 200, "{}", page.body);
    Ok(())
}

#[tokio::test]
async fn a_service_that_cannot_be_used_is_named() -> Result<()> {
    let (world, _, _folder) = with_files().await?;
    let ada = world.sign_in("ada").await?;
    let mut with_path = by_service("plain");
    with_path["connection_parameters"]["passfile"] = json!("/etc/passwd");
    for (body, field, words) in [
        (by_service("other"), "connection_parameters.service", "no service `other`"),
        (by_service("broken"), "connection_parameters.service", "is no `keyword=value`"),
        (with_path, "connection_parameters.passfile", "not taken from the browser"),
    ] {
        let page = ada.post("/api/v1/servers", &body).await?;
        let problem = page.json()?;
        assert_eq!((page.status.as_u16(), problem["field"].as_str()), (422, Some(field)), "{problem}");
        assert!(problem["detail"].as_str().unwrap_or_default().contains(words), "{problem}");
    }
    let without = World::shared().await.sign_in("ada").await?;
    let page = without.post("/api/v1/servers", &by_service("plain")).await?;
    assert!(page.body.contains("connections.service_file"), "{}", page.body);
    Ok(())
}

#[tokio::test]
async fn a_refusal_comes_with_sql_that_puts_it_right() -> Result<()> {
    let ada = World::shared().await.sign_in("ada").await?;
    let postgres = Postgres::builder(Major::V18).hba("host all all 127.0.0.1/32 trust").start().await?;
    for statement in [
        "create role \"Ada\" login",
        "create role owner",
        "create database closed",
        "revoke connect on database closed from public",
    ] {
        postgres.execute("postgres", statement).await?;
    }
    for (changes, code, sqlstate, sql) in [
        (json!({ "username": "Eve" }), "database_login_refused", "28000", "create role \"Eve\" login;"),
        (json!({ "maintenance_db": "no where" }), "database_not_found", "3D000", "create database \"no where\";"),
        (
            json!({ "maintenance_db": "closed" }),
            "database_unreachable",
            "42501",
            "grant connect on database closed to \"Ada\";",
        ),
        (json!({ "role": "owner" }), "database_login_refused", "42501", "grant owner to \"Ada\";"),
        (
            json!({ "role": "Nobody" }),
            "database_login_refused",
            "22023",
            "create role \"Nobody\";\ngrant \"Nobody\" to \"Ada\";",
        ),
    ] {
        let mut body = definition(&postgres);
        body["credential"] = json!({ "type": "none" });
        body["username"] = json!("Ada");
        for (key, value) in changes.as_object().context("an object")? {
            body[key] = value.clone();
        }
        let (_, problem) = connect(&ada, &ada.add_server(&body).await?).await?;
        let found = (problem["code"].as_str(), problem["sqlstate"].as_str(), problem["remedy"]["sql"].as_str());
        assert_eq!(found, (Some(code), Some(sqlstate), Some(sql)), "{problem}");
        assert!(!problem["remedy"]["words"].as_str().unwrap_or_default().is_empty());
    }
    Ok(())
}
