//! Server definitions.

use anyhow::Result;
use serde_json::{Value, json};

use crate::world::{World, definition, postgres};

#[tokio::test]
async fn a_server_is_added_changed_and_removed() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let id = ada.add_server(&definition(&*postgres().await)).await?;
    let path = format!("/api/v1/servers/{id}");
    let server = ada.get(&path).await?.json()?;
    assert_eq!(
        (server["name"].as_str(), server["owned"].as_bool(), server["environment"].as_str()),
        (Some("test"), Some(true), Some("unmarked"))
    );
    let changed =
        ada.patch(&path, &json!({ "name": "renamed", "environment": "production", "version": 1 })).await?.json()?;
    assert_eq!(
        (changed["name"].as_str(), changed["version"].as_i64(), changed["port"].clone()),
        (Some("renamed"), Some(2), server["port"].clone())
    );
    let stale = ada.patch(&path, &json!({ "name": "again", "version": 1 })).await?;
    assert_eq!((stale.status.as_u16(), stale.json()?["code"].as_str()), (409, Some("conflict")));
    assert_eq!(ada.delete(&path).await?.status, 204);
    assert_eq!(ada.get(&path).await?.status, 404);
    assert_eq!(ada.delete(&path).await?.status, 404);
    Ok(())
}

#[tokio::test]
async fn nobody_sees_or_touches_another_persons_server() -> Result<()> {
    let world = World::shared().await;
    let (ada, grace) = (world.sign_in("ada").await?, world.sign_in("grace").await?);
    let id = grace.add_server(&definition(&*postgres().await)).await?;
    let path = format!("/api/v1/servers/{id}");
    assert!(!ada.get("/api/v1/servers?limit=500").await?.body.contains(&id));
    for page in [
        ada.get(&path).await?,
        ada.patch(&path, &json!({ "name": "mine" })).await?,
        ada.delete(&path).await?,
        ada.post(&format!("{path}/connect"), &json!({})).await?,
        ada.get(&format!("{path}/databases")).await?,
        ada.post(&format!("{path}/databases/postgres/export"), &json!({ "sql": "select 1", "format": "csv" })).await?,
    ] {
        assert_eq!(page.status, 404, "{} {}", page.url, page.body);
    }
    Ok(())
}

/// There `peer` in `pg_hba.conf` would take Howdah's own user of the operating system for the person.
#[tokio::test]
async fn only_administrators_define_servers_behind_a_unix_socket() -> Result<()> {
    let world = World::shared().await;
    let (ada, grace) = (world.sign_in("ada").await?, world.sign_in("grace").await?);
    let base = definition(&*postgres().await);
    let id = grace.add_server(&base).await?;
    for host in ["/var/run/postgresql", "localhost, /tmp"] {
        let mut behind_socket = base.clone();
        behind_socket["host"] = json!(host);
        for page in [
            grace.post("/api/v1/servers", &behind_socket).await?,
            grace.patch(&format!("/api/v1/servers/{id}"), &json!({ "host": host })).await?,
        ] {
            let problem = page.json()?;
            assert_eq!((page.status.as_u16(), problem["field"].as_str()), (403, Some("host")), "{problem}");
        }
        ada.add_server(&behind_socket).await?;
    }
    Ok(())
}

#[tokio::test]
async fn what_is_wrong_with_a_definition_is_named() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let base = definition(&*postgres().await);
    let with = |key: &str, value: Value| {
        let mut changed = base.clone();
        changed[key] = value;
        changed
    };
    for (body, field) in [
        (with("name", json!("  ")), "name"),
        (with("host", json!("a\u{0}b")), "host"),
        (with("port", json!(0)), "port"),
        (with("username", json!("{mail}")), "username"),
        (with("connection_parameters", json!({ "sslmod": "require" })), "connection_parameters.sslmod"),
        (with("connection_parameters", json!({ "sslmode": "always" })), "connection_parameters.sslmode"),
        (with("connection_parameters", json!({ "sslrootcert": "/etc/passwd" })), "connection_parameters.sslrootcert"),
        (with("connection_parameters", json!({ "password": "x" })), "connection_parameters.password"),
        (with("credential", json!({ "type": "exec" })), "credential"),
        (with("credential", json!({ "type": "exec", "name": "nosuch" })), "credential.name"),
    ] {
        let page = ada.post("/api/v1/servers", &body).await?;
        assert_eq!(page.status, 422, "{body} {}", page.body);
        let problem = page.json()?;
        assert_eq!(
            (problem["code"].as_str(), problem["field"].as_str()),
            (Some("invalid_request"), Some(field)),
            "{problem}"
        );
        assert_eq!(page.header("content-type"), Some("application/problem+json"));
    }
    let unknown = ada.post("/api/v1/servers", &with("colour", json!("red"))).await?;
    assert_eq!(unknown.status, 422, "{}", unknown.body);
    Ok(())
}

#[tokio::test]
async fn lists_of_servers_are_paged() -> Result<()> {
    let world = World::start("").await?;
    let ada = world.sign_in("ada").await?;
    let base = definition(&*postgres().await);
    for number in 0..7 {
        let mut server = base.clone();
        server["name"] = json!(format!("server {number}"));
        ada.add_server(&server).await?;
    }
    let first = ada.get("/api/v1/servers?limit=5").await?.json()?;
    assert_eq!(first["servers"].as_array().unwrap().len(), 5);
    let next = first["next_cursor"].as_str().unwrap();
    let second = ada.get(&format!("/api/v1/servers?limit=5&cursor={next}")).await?.json()?;
    assert_eq!(second["servers"].as_array().unwrap().len(), 2);
    assert_eq!(second["next_cursor"], Value::Null);
    Ok(())
}

#[tokio::test]
async fn a_test_of_a_connection_walks_the_steps() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let postgres = postgres().await;
    let try_it = async |server: Value, password: &str| {
        let page = ada.post("/api/v1/connection-tests", &json!({ "server": server, "password": password })).await?;
        anyhow::ensure!(page.status == 200, "{}", page.body);
        page.json()
    };
    let statuses = |report: &Value| {
        let steps = report["steps"].as_array().unwrap();
        steps
            .iter()
            .map(|step| format!("{} {}", step["step"].as_str().unwrap(), step["status"].as_str().unwrap()))
            .collect::<Vec<_>>()
    };
    let good = try_it(definition(&postgres), howdah_testkit::SUPERUSER_PASSWORD).await?;
    assert_eq!(good["passed"], true, "{good:#}");
    assert!(statuses(&good).iter().all(|status| status.ends_with("passed")));

    let bad = try_it(definition(&postgres), "wrong").await?;
    assert_eq!(bad["passed"], false);
    assert_eq!(statuses(&bad)[4..], ["authentication failed", "role not_run", "version not_run"]);
    assert_eq!(bad["steps"][4]["problem"]["sqlstate"], "28P01");

    let mut nowhere = definition(&postgres);
    nowhere["port"] = json!(1);
    assert_eq!(statuses(&try_it(nowhere, "x").await?)[2..4], ["tcp failed", "tls not_run"]);

    let mut untrusted = definition(&postgres);
    untrusted["connection_parameters"] = json!({ "sslmode": "verify-full" });
    assert_eq!(statuses(&try_it(untrusted.clone(), "x").await?)[3..5], ["tls failed", "authentication not_run"]);
    untrusted["connection_parameters"]["sslrootcert"] = json!(postgres.ca_pem());
    let trusted = try_it(untrusted, howdah_testkit::SUPERUSER_PASSWORD).await?;
    assert_eq!(trusted["passed"], true, "{trusted:#}");
    assert!(trusted["steps"][3]["detail"].as_str().unwrap().contains("verified"), "{trusted:#}");
    Ok(())
}
