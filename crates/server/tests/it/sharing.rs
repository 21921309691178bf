//! Servers that are shared: pgAdmin's acceptance cases of shared servers and isolation. The numbers are those of
//! docs/conformance.md.

use std::os::unix::fs::PermissionsExt;

use anyhow::{Result, ensure};
use howdah_testkit::{Browser, Page, Postgres, SUPERUSER, SUPERUSER_PASSWORD};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::scripted::Scripted;
use crate::world::{Signed, World, definition, postgres, until};

/// A Howdah where administrators may write commands of their own.
async fn world() -> &'static World {
    static WORLD: OnceCell<World> = OnceCell::const_new();
    WORLD.get_or_try_init(|| World::start("[credentials]\nallow_exec = true")).await.expect("Howdah starts")
}

/// A definition of `postgres` for `audience`, with `fields` on top.
fn shared(postgres: &Postgres, audience: Value, fields: &Value) -> Value {
    let mut shared = definition(postgres);
    shared["audience"] = audience;
    for (key, value) in fields.as_object().unwrap() {
        shared[key] = value.clone();
    }
    shared
}

fn path(id: &str) -> String {
    format!("/api/v1/servers/{id}")
}

async fn see(person: &Signed<'_>, id: &str) -> Result<Value> {
    let page = person.get(&path(id)).await?;
    ensure!(page.status == 200, "{} {}", page.status, page.body);
    page.json()
}

fn refused(page: &Page, status: u16, code: &str, field: Option<&str>) -> Result<()> {
    let problem = page.json()?;
    assert_eq!(
        (page.status.as_u16(), problem["code"].as_str(), problem["field"].as_str()),
        (status, Some(code), field),
        "{problem}"
    );
    Ok(())
}

async fn run(person: &Signed<'_>, server: &str, sql: &str) -> Result<String> {
    let body = json!({ "sql": sql, "format": "csv" });
    let page = person.post(&format!("{}/databases/postgres/export", path(server)), &body).await?;
    ensure!(page.status == 200, "{} {}", page.status, page.body);
    Ok(page.body.lines().last().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn only_an_administrator_shares_and_the_audience_decides_who_sees() -> Result<()> {
    let world = world().await;
    let (ada, grace) = (world.sign_in("ada").await?, world.sign_in("grace").await?);
    let postgres = postgres().await;
    for audience in [json!("everyone"), json!({ "groups": ["analysts"] })] {
        let page = grace.post("/api/v1/servers", &shared(&postgres, audience, &json!({}))).await?;
        refused(&page, 403, "forbidden", Some("audience"))?;
    }
    let own = grace.add_server(&definition(&postgres)).await?;
    assert_eq!(see(&grace, &own).await?["audience"], "private");
    refused(&grace.patch(&path(&own), &json!({ "audience": "everyone" })).await?, 403, "forbidden", Some("audience"))?;
    assert_eq!(see(&grace, &own).await?["audience"], "private");

    for (audience, seen) in [
        (json!("private"), false),
        (json!("everyone"), true),
        (json!({ "groups": ["dba"] }), false),
        (json!({ "groups": "analysts" }), true),
        (json!({ "groups": ["x", "analysts"], "department": "none" }), true),
        (json!({ "groups": ["Analysts"] }), false),
    ] {
        let id = ada.add_server(&shared(&postgres, audience.clone(), &json!({}))).await?;
        assert_eq!(see(&ada, &id).await?["audience"], audience);
        assert_eq!(grace.get(&path(&id)).await?.status == 200, seen, "{audience}");
        assert_eq!(grace.get("/api/v1/servers?limit=500").await?.body.contains(&id), seen, "{audience}");
        if seen {
            let server = see(&grace, &id).await?;
            assert_eq!((&server["owned"], &server["sharing"]["shared_by"]), (&json!(false), &json!("ada@example.com")));
        }
    }
    for audience in [json!("somebody"), json!({}), json!({ "groups": [] }), json!({ "groups": [null] }), json!(7)] {
        let page = ada.post("/api/v1/servers", &shared(&postgres, audience.clone(), &json!({}))).await?;
        refused(&page, 422, "invalid_request", Some("audience"))?;
    }
    Ok(())
}

#[tokio::test]
async fn case_250_and_279_others_see_neither_command_nor_sql_and_the_command_runs_as_them() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let program = folder.path().join("token");
    std::fs::write(
        &program,
        format!(
            "#!/bin/sh\necho \"$HOWDAH_USER $1\" >> {}/runs\n[ -e {}/fail ] && {{ echo to-the-owner >&2; exit 1; }}\necho {SUPERUSER_PASSWORD}\n",
            folder.path().display(),
            folder.path().display()
        ),
    )?;
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755))?;
    let world = world().await;
    let (ada, grace) = (world.sign_in("ada").await?, world.sign_in("grace").await?);
    let postgres = postgres().await;
    let fields = json!({
        "credential": { "type": "exec", "command": format!("{} %USERNAME%", program.display()), "expiration_seconds": 0 },
        "post_connection_sql": "set application_name = 'of-the-owner'",
        "connection_parameters": { "application_name": "shop" }
    });
    let id = ada.add_server(&shared(&postgres, json!("everyone"), &fields)).await?;
    let seen = see(&grace, &id).await?;
    assert_eq!(seen["credential"], json!({ "type": "exec", "expiration_seconds": 0 }));
    assert_eq!((&seen["post_connection_sql"], &seen["kept_secrets"]), (&Value::Null, &json!([])));
    assert!(see(&ada, &id).await?["credential"]["command"].is_string());

    // Case 251: the owner's SQL is not run for others; theirs is. The connection names whose it is.
    let name = "select current_setting('application_name')";
    assert_eq!(run(&ada, &id, name).await?, "of-the-owner");
    assert_eq!(run(&grace, &id, name).await?, "Howdah download (grace@example.com)");
    let own = json!({ "post_connection_sql": "set application_name = 'of-grace'" });
    let changed = grace.patch(&path(&id), &own).await?.json()?;
    assert_eq!(changed["post_connection_sql"], own["post_connection_sql"]);
    assert_eq!(run(&grace, &id, name).await?, "of-grace");
    assert_eq!(see(&ada, &id).await?["post_connection_sql"], fields["post_connection_sql"]);
    let runs = std::fs::read_to_string(folder.path().join("runs"))?;
    assert!(runs.contains("grace@example.com postgres") && runs.contains("ada@example.com postgres"), "{runs}");

    // What the command says when it fails is its owner's.
    std::fs::write(folder.path().join("fail"), "")?;
    for (person, told) in [(&ada, true), (&grace, false)] {
        let page = person.post(&format!("{}/connect", path(&id)), &json!({})).await?;
        refused(&page, 502, "credential_failed", None)?;
        assert_eq!(page.body.contains("to-the-owner"), told, "{}", page.body);
        assert!(!page.body.contains(&program.display().to_string()), "{}", page.body);
    }
    // Nobody becomes somebody else by a secret that is not theirs.
    let page = grace.patch(&path(&id), &json!({ "username": "ada" })).await?;
    refused(&page, 403, "forbidden", Some("username"))?;
    assert_eq!(see(&grace, &id).await?["sharing"]["username_allowed"], false);
    Ok(())
}

#[tokio::test]
async fn case_253_and_280_others_see_no_secret_and_no_path() -> Result<()> {
    let world = world().await;
    let (ada, grace) = (world.sign_in("ada").await?, world.sign_in("grace").await?);
    let postgres = postgres().await;
    let id = ada
        .add_server(&shared(
            &postgres,
            json!("everyone"),
            &json!({
                "credential": {
                    "type": "vault", "address": "https://vault.example.com", "role": "r",
                    "auth": { "method": "kubernetes", "role": "k", "token_file": "/run/secret-path" }
                },
                "connection_parameters": { "sslmode": "verify-full", "sslrootcert": postgres.ca_pem() },
                "tunnel": {
                    "host": "bastion.example.com", "username": "ada", "authentication": "password", "password": "s3cret"
                }
            }),
        ))
        .await?;
    for page in [grace.get(&path(&id)).await?, grace.get("/api/v1/servers?limit=500").await?] {
        assert!(!page.body.contains("s3cret") && !page.body.contains("secret-path"), "{}", page.body);
    }
    // Case 254: what is neutral stays.
    let seen = see(&grace, &id).await?;
    assert_eq!(seen["connection_parameters"], see(&ada, &id).await?["connection_parameters"]);
    assert_eq!((&seen["tunnel"]["host"], &seen["kept_secrets"]), (&json!("bastion.example.com"), &json!([])));
    assert_eq!(see(&ada, &id).await?["kept_secrets"], json!(["tunnel.password"]));
    // A test of a definition of one's own gets none of the secrets that are kept for it.
    let mut own = definition(&postgres);
    own["tunnel"] = json!({ "host": "127.0.0.1", "port": 1, "username": "x", "authentication": "password" });
    let page = grace.post("/api/v1/connection-tests", &json!({ "server": own, "server_id": id })).await?;
    assert!(page.json()?["passed"] == false && page.body.contains("password_required"), "{}", page.body);
    Ok(())
}

#[tokio::test]
async fn case_267_others_change_what_is_theirs_and_nothing_else() -> Result<()> {
    let world = world().await;
    let (ada, grace) = (world.sign_in("ada").await?, world.sign_in("grace").await?);
    let postgres = postgres().await;
    let id = ada.add_server(&shared(&postgres, json!("everyone"), &json!({}))).await?;
    let before = see(&ada, &id).await?;

    let own = json!({ "name": "mine", "group": "Favourites", "username": "grace", "role": "reader", "environment": "production" });
    let changed = grace.patch(&path(&id), &own).await?;
    assert_eq!(changed.status, 200, "{}", changed.body);
    let seen = see(&grace, &id).await?;
    for (field, value) in own.as_object().unwrap() {
        assert_eq!(&seen[field], value);
        assert_eq!(&seen["sharing"]["own"][field], value);
    }
    assert_eq!(seen["sharing"]["shared"]["name"], "test");
    assert_eq!(see(&ada, &id).await?, before);
    assert_eq!(see(&world.sign_in("ada").await?, &id).await?["name"], "test");

    // Cases 265, 269, 271 and 272: the rest is the owner's.
    for (field, value) in [
        ("host", json!("evil.example")),
        ("port", json!(1)),
        ("connection_parameters", json!({ "sslmode": "disable" })),
        ("tunnel", json!(null)),
        ("credential", json!({ "type": "exec", "command": "id" })),
        ("audience", json!("private")),
        ("read_only", json!(true)),
        ("comment", json!("x")),
        ("maintenance_db", json!("x")),
    ] {
        let page = grace.patch(&path(&id), &json!({ field: value, "name": "both" })).await?;
        refused(&page, 403, "forbidden", Some(field))?;
    }
    refused(&grace.delete(&path(&id)).await?, 403, "forbidden", None)?;
    for (field, value) in [("username", json!("{mail}")), ("name", json!("a\u{0}"))] {
        refused(&grace.patch(&path(&id), &json!({ field: value })).await?, 422, "invalid_request", Some(field))?;
    }
    assert_eq!(see(&ada, &id).await?, before);
    assert_eq!(see(&grace, &id).await?["name"], "mine");

    // What is empty, or as everybody has it, is the server's again: it follows the owner (cases 268 and 281).
    let reset = json!({ "name": "", "group": "", "username": SUPERUSER, "role": "", "environment": "unmarked" });
    assert_eq!(grace.patch(&path(&id), &reset).await?.json()?["sharing"]["own"], json!({}));
    ada.patch(&path(&id), &json!({ "name": "renamed" })).await?;
    assert_eq!(see(&grace, &id).await?["name"], "renamed");
    // Case 270.
    grace.patch(&path(&id), &json!({ "name": "mine" })).await?;
    ada.patch(&path(&id), &json!({ "audience": "private" })).await?;
    refused(&grace.get(&path(&id)).await?, 404, "not_found", None)?;
    refused(&grace.patch(&path(&id), &json!({ "name": "x" })).await?, 404, "not_found", None)?;
    ada.patch(&path(&id), &json!({ "audience": "everyone" })).await?;
    assert_eq!(see(&grace, &id).await?["name"], "renamed");
    Ok(())
}

#[tokio::test]
async fn case_277_282_and_283_a_private_server_is_its_owner_s_alone() -> Result<()> {
    let world = world().await;
    let (ada, grace) = (world.sign_in("ada").await?, world.sign_in("grace").await?);
    let postgres = postgres().await;
    for (owner, other) in [(&grace, &ada), (&ada, &grace)] {
        let id = owner.add_server(&definition(&postgres)).await?;
        for page in [
            other.get(&path(&id)).await?,
            other.patch(&path(&id), &json!({ "name": "mine" })).await?,
            other.delete(&path(&id)).await?,
            other.post(&format!("{}/connect", path(&id)), &json!({ "password": SUPERUSER_PASSWORD })).await?,
        ] {
            refused(&page, 404, "not_found", None)?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn case_278_each_connects_as_themselves_and_by_a_secret_of_their_own() -> Result<()> {
    let world = world().await;
    let (ada, grace) = (world.sign_in("ada").await?, world.sign_in("grace").await?);
    let postgres = postgres().await;
    postgres.execute("postgres", "create role sharing_grace login password 'of-grace'").await?;
    let id = ada.add_server(&shared(&postgres, json!({ "groups": ["analysts"] }), &json!({}))).await?;
    let connect = format!("{}/connect", path(&id));
    assert_eq!(ada.post(&connect, &json!({ "password": SUPERUSER_PASSWORD })).await?.status, 200);
    // Hers is not lent.
    refused(&grace.post(&connect, &json!({})).await?, 428, "password_required", None)?;
    grace.patch(&path(&id), &json!({ "username": "sharing_grace" })).await?;
    let connected = grace.post(&connect, &json!({ "password": "of-grace" })).await?.json()?;
    assert_eq!(connected["user"], "sharing_grace", "{connected}");
    assert_eq!(run(&ada, &id, "select session_user").await?, SUPERUSER);

    // Case 288: a copy is made of what one sees, and it is one's own.
    let mut copy = see(&grace, &id).await?;
    for field in ["id", "version", "owned", "sharing", "connected", "kept_secrets", "audience"] {
        copy.as_object_mut().unwrap().remove(field);
    }
    let own = grace.add_server(&copy).await?;
    let copied = see(&grace, &own).await?;
    assert_eq!((&copied["owned"], &copied["audience"]), (&json!(true), &json!("private")));
    refused(&ada.get(&path(&own)).await?, 404, "not_found", None)
}

#[tokio::test]
async fn connections_close_when_a_server_is_not_shared_any_more() -> Result<()> {
    let world = world().await;
    let (ada, grace) = (world.sign_in("ada").await?, world.sign_in("grace").await?);
    let postgres = postgres().await;
    let id = ada.add_server(&shared(&postgres, json!("everyone"), &json!({}))).await?;
    grace.post(&format!("{}/connect", path(&id)), &json!({ "password": SUPERUSER_PASSWORD })).await?;
    let mut socket = grace.open_session(&id, "postgres").await?;
    assert_eq!(socket.greeting["type"], "connected", "{}", socket.greeting);
    ada.patch(&path(&id), &json!({ "audience": { "groups": ["dba"] } })).await?;
    assert_eq!(socket.wait_for("disconnected").await?["problem"]["code"], "disconnected");
    refused(&grace.post(&format!("{}/connect", path(&id)), &json!({})).await?, 404, "not_found", None)
}

#[tokio::test]
async fn a_demoted_administrator_makes_a_shared_server_private_and_nothing_else() -> Result<()> {
    let world = World::start_with(("administrators = { groups = [\"administrators\"] }", ""), "").await?;
    let ada = world.sign_in("ada").await?;
    crate::internal::user(&world, &["set-role", "ada@example.com", "administrator"], "")?;
    let id = ada.add_server(&shared(&*postgres().await, json!("everyone"), &json!({}))).await?;
    crate::internal::user(&world, &["set-role", "ada@example.com", "user"], "")?;
    refused(&ada.patch(&path(&id), &json!({ "host": "evil.example" })).await?, 403, "forbidden", Some("audience"))?;
    let page = ada.patch(&path(&id), &json!({ "audience": "private" })).await?;
    assert_eq!(page.json()?["audience"], "private", "{}", page.body);
    Ok(())
}

const CONFIGURED: &str = r#"
[[servers]]
name = "shop"
group = "Production"
host = "HOST"
port = PORT
username = "postgres"
environment = "production"
audience = { groups = ["analysts"] }
connection_parameters = { sslmode = "verify-full", sslrootcert = "CA_FILE" }
post_connection_sql = "set application_name = 'of-the-config'"
credential = { type = "password" }

[[servers]]
id = "for-all"
name = "everyone's"
host = "HOST"
port = PORT
username = "postgres"
credential = { type = "aws_rds" }
"#;

#[tokio::test]
async fn servers_of_the_config_are_seen_used_and_changed_by_nobody() -> Result<()> {
    let postgres = postgres().await;
    let folder = tempfile::tempdir()?;
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, postgres.ca_pem())?;
    let config = CONFIGURED
        .replace("HOST", postgres.host())
        .replace("PORT", &postgres.port().to_string())
        .replace("CA_FILE", &ca.display().to_string());
    let world = World::start(&config).await?;
    let (ada, grace) = (world.sign_in("ada").await?, world.sign_in("grace").await?);
    let names = async |person: &Signed<'_>| -> Result<Vec<String>> {
        let mut names = Vec::new();
        let mut next = String::new();
        loop {
            let page = person.get(&format!("/api/v1/servers?limit=1{next}")).await?.json()?;
            for server in page["servers"].as_array().unwrap() {
                names.push(server["name"].as_str().unwrap().to_owned());
            }
            match page["next_cursor"].as_str() {
                Some(cursor) => next = format!("&cursor={cursor}"),
                None => return Ok(names),
            }
        }
    };
    grace.add_server(&definition(&postgres)).await?;
    assert_eq!(names(&ada).await?, ["everyone's"]);
    assert_eq!(names(&grace).await?, ["shop", "everyone's", "test"]);

    let list = grace.get("/api/v1/servers").await?;
    assert!(!list.body.contains("ca.pem") && !list.body.contains("of-the-config"), "{}", list.body);
    let shop = list.json()?["servers"][0].clone();
    let id = shop["id"].as_str().unwrap().to_owned();
    assert_eq!((&shop["owned"], &shop["sharing"]["shared_by"]), (&json!(false), &Value::Null));
    assert_eq!(shop["connection_parameters"], json!({ "sslmode": "verify-full" }));
    refused(&ada.get(&path(&id)).await?, 404, "not_found", None)?;
    refused(&grace.patch(&path(&id), &json!({ "host": "x" })).await?, 403, "forbidden", Some("host"))?;
    refused(&grace.delete(&path(&id)).await?, 403, "forbidden", None)?;
    assert_eq!(grace.patch(&path(&id), &json!({ "name": "our shop", "group": "T" })).await?.status, 200);

    grace.post(&format!("{}/connect", path(&id)), &json!({ "password": SUPERUSER_PASSWORD })).await?;
    let sql = "select current_setting('application_name') || ssl from pg_stat_ssl where pid = pg_backend_pid()";
    assert_eq!(run(&grace, &id, sql).await?, "of-the-configtrue");
    std::fs::remove_file(&ca)?;
    let page = grace.post(&format!("{}/connect", path(&id)), &json!({})).await?;
    refused(&page, 422, "invalid_request", Some("connection_parameters.sslrootcert"))?;
    assert!(!page.body.contains("ca.pem"), "{}", page.body);
    until("the log names the file", || Ok(world.log().contains("ca.pem").then_some(()))).await?;

    // The same id after a restart, with what people have set; gone when it is taken out.
    std::fs::write(&ca, postgres.ca_pem())?;
    world.restart().await?;
    assert_eq!(see(&grace, &id).await?["name"], "our shop");
    assert_eq!(names(&grace).await?, ["everyone's", "our shop", "test"]);
    let without = world.config().split("[[servers]]").next().unwrap().to_owned();
    std::fs::write(world.folder.path().join("howdah.toml"), without)?;
    world.restart().await?;
    assert_eq!(names(&grace).await?, ["test"]);
    refused(&grace.get(&path(&id)).await?, 404, "not_found", None)
}

#[tokio::test]
async fn what_a_person_sees_changes_with_their_claims_at_the_next_renewal() -> Result<()> {
    let postgres = postgres().await;
    let servers = CONFIGURED
        .split("connection_parameters")
        .next()
        .unwrap()
        .replace("HOST", postgres.host())
        .replace("PORT", &postgres.port().to_string());
    let bench = Scripted::start("", &format!("{servers}\ncredential = {{ type = \"password\" }}")).await?;
    let browser = Browser::new()?;
    let tokens = |number: u32| json!({ "expires_in": 2, "refresh_token": format!("refresh-{number}") });
    bench.sign_in(&browser, &json!({ "groups": ["analysts"] }), &tokens(1)).await?;
    let ada = Signed { world: &bench.world, browser };
    bench.give(&bench.id_token(None, &json!({ "groups": ["analysts"] })), &tokens(2));
    let list = ada.get("/api/v1/servers").await?.json()?;
    let id = list["servers"][0]["id"].as_str().unwrap_or_default().to_owned();
    let page = ada.post(&format!("{}/connect", path(&id)), &json!({ "password": SUPERUSER_PASSWORD })).await?;
    assert_eq!(page.status, 200, "{}", page.body);
    let mut socket = ada.open_session(&id, "postgres").await?;
    socket.start("select pg_sleep(600)", &json!({})).await?;
    // Out of the group: the next renewal says so.
    bench.give(&bench.id_token(None, &json!({ "groups": ["others"] })), &tokens(3));
    let problem = socket.wait_for("disconnected").await?["problem"].clone();
    assert_eq!(problem["code"], "not_found", "{problem}");
    assert_eq!(ada.get("/api/v1/servers").await?.json()?["servers"], json!([]));
    assert_eq!(bench.me(&ada.browser).await?.status, 200);
    // And back in.
    bench.give(&bench.id_token(None, &json!({ "groups": ["analysts"] })), &tokens(4));
    let started = std::time::Instant::now();
    while ada.get(&path(&id)).await?.status != 200 {
        ensure!(started.elapsed() < std::time::Duration::from_secs(30), "is not seen again: {}", bench.world.log());
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    Ok(())
}
