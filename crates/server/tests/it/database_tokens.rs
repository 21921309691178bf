//! Sign in once, and every database connection is you: tokens of the person's own sign-in at a real PostgreSQL 18.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, ensure};
use futures_util::future::try_join_all;
use howdah_testkit::{
    Browser, Client, ENTRA_TENANT, Entra, Major, OAuth, Person, Postgres, ProviderOptions, Resource, TokenLifetimes,
    certificates,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::scripted::Scripted;
use crate::world::{Signed, World};

const AUDIENCE: &str = "https://postgresql.example.com";
const SCOPES: &str = "scope = \"openid email profile offline_access pg\"";

/// A provider whose access tokens PostgreSQL understands, and such a PostgreSQL, in which Ada has a role.
async fn stage(access_token: Duration, client: impl Fn(Client) -> Client) -> Result<(World, Postgres)> {
    let world = World::start_at(("", ""), SCOPES, options(access_token, Vec::new()), client).await?;
    let line = format!("host all ada 127.0.0.1/32 oauth issuer=\"{}\" scope=\"pg\" map=people", world.issuer());
    let builder = Postgres::builder(Major::V18).ident("people /^(.*)$ ada").hba(&line);
    let builder = builder.tls().oauth(oauth(&world, "sub").await?).setting("max_connections", "150");
    let postgres = builder.start().await?;
    postgres.execute("postgres", "create role ada login").await?;
    Ok((world, postgres))
}

fn options(access_token: Duration, people: Vec<Person>) -> ProviderOptions {
    ProviderOptions {
        people,
        lifetimes: TokenLifetimes { access_token, ..TokenLifetimes::default() },
        resource: Some(Resource { audience: AUDIENCE.to_owned(), scope: "pg".to_owned() }),
        ..ProviderOptions::default()
    }
}

/// The tokens that PostgreSQL takes, with this claim as the identity.
async fn oauth(world: &World, claim: &str) -> Result<OAuth> {
    Ok(OAuth {
        issuer: world.issuer().to_owned(),
        audience: Some(AUDIENCE.to_owned()),
        scope: Some("pg".to_owned()),
        claim: claim.to_owned(),
        key_set: world.provider().key_set().await?,
    })
}

fn definition(postgres: &Postgres, credential: &Value) -> Value {
    json!({
        "name": "test", "group": "Tests", "host": postgres.host(), "port": postgres.port(), "maintenance_db": "postgres",
        "username": "{email:local}", "credential": credential
    })
}

async fn connect(who: &Signed<'_>, server: &str) -> Result<(u16, Value)> {
    let page = who.post(&format!("/api/v1/servers/{server}/connect"), &json!({})).await?;
    Ok((page.status.as_u16(), page.json()?))
}

#[tokio::test]
async fn the_access_token_of_the_sign_in_opens_a_connection_as_the_person() -> Result<()> {
    let (world, postgres) = stage(Duration::from_secs(3600), |client| client).await?;
    let ada = world.sign_in("ada").await?;
    let server = ada.add_server(&definition(&postgres, &json!({ "type": "signed_in_user" }))).await?;
    let (status, answer) = connect(&ada, &server).await?;
    assert_eq!(status, 200, "{answer} {}", world.log());
    assert_eq!(answer["user"], "ada");
    assert_eq!(answer["credential"]["source"], "signed_in_user");
    assert!(answer["credential"]["expires_at"].is_string(), "{answer}");
    let mut socket = ada.open_session(&server, "postgres").await?;
    let run = socket.run("select session_user, system_user").await?;
    assert_eq!(run.texts(), [["ada", "oauth:sub-ada"]]);

    // Another person's token is not for this role.
    let grace = world.sign_in("grace").await?;
    let definition = definition(&postgres, &json!({ "type": "signed_in_user" }));
    let server = grace.add_server(&definition).await?;
    let (status, problem) = connect(&grace, &server).await?;
    assert_eq!((status, &problem["code"]), (403, &json!("database_login_refused")), "{problem}");
    Ok(())
}

#[tokio::test]
async fn exchanged_tokens_of_seconds_work_all_day() -> Result<()> {
    let (world, postgres) = stage(Duration::from_secs(6), |client| client).await?;
    let ada = world.sign_in("ada").await?;
    let credential = json!({ "type": "signed_in_user", "exchange": "refresh", "resource": AUDIENCE, "scope": "pg" });
    let server = ada.add_server(&definition(&postgres, &credential)).await?;
    let started = Instant::now();
    let mut connections = 0;
    while started.elapsed() < Duration::from_secs(9) {
        let mut socket = ada.open_session(&server, "postgres").await.with_context(|| world.log())?;
        ensure!(socket.greeting["type"] == "connected", "{} {}", socket.greeting, world.log());
        assert_eq!(socket.run("select session_user").await?.texts(), [["ada"]]);
        connections += 1;
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    assert!(connections > 5, "{connections}");
    assert_eq!(ada.get("/api/v1/me").await?.json()?["provider_status"]["state"], "ok");
    Ok(())
}

#[tokio::test]
async fn a_hundred_servers_of_one_source_make_one_request_and_a_source_that_hangs_holds_none_up() -> Result<()> {
    let (world, postgres) = stage(Duration::from_secs(3600), |client| client).await?;
    let ada = world.sign_in("ada").await?;
    let credential = json!({ "type": "signed_in_user", "exchange": "refresh", "resource": AUDIENCE, "scope": "pg" });
    let mut servers = Vec::new();
    for _ in 0..100 {
        servers.push(ada.add_server(&definition(&postgres, &credential)).await?);
    }
    // It takes what is sent, and never answers.
    let silent = TcpListener::bind("127.0.0.1:0")?;
    let hanging = ada
        .add_server(&definition(
            &postgres,
            &json!({
                "type": "oauth", "issuer": format!("http://{}", silent.local_addr()?), "client_id": "howdah",
                "client_secret": "s3cret", "flow": "client_credentials"
            }),
        ))
        .await?;
    let all = try_join_all(servers.iter().map(|server| connect(&ada, server)));
    let answers = tokio::select! {
        answer = connect(&ada, &hanging) => anyhow::bail!("no answer was to be had: {answer:?}"),
        answers = all => answers?,
    };
    assert!(answers.iter().all(|(status, answer)| *status == 200 && answer["user"] == "ada"), "{answers:?}");
    assert_eq!(world.provider().log().matches("refreshed: sub-ada").count(), 1);
    Ok(())
}

#[tokio::test]
async fn whoever_wakes_after_the_token_s_end_connects_as_if_nothing_was() -> Result<()> {
    const LIFE: Duration = Duration::from_secs(4);
    let (world, postgres) = stage(LIFE, |client| client).await?;
    let ada = world.sign_in("ada").await?;
    let server = ada.add_server(&definition(&postgres, &json!({ "type": "signed_in_user" }))).await?;
    let mut before = ada.open_session(&server, "postgres").await?;
    world.sleep(LIFE + Duration::from_secs(1)).await?;
    let mut after = ada.open_session(&server, "postgres").await?;
    ensure!(after.greeting["type"] == "connected", "{} {}", after.greeting, world.log());
    for socket in [&mut before, &mut after] {
        assert_eq!(socket.run("select session_user").await?.texts(), [["ada"]]);
    }
    Ok(())
}

/// Twenty people who connect all the time for a minute, each as themselves.
#[tokio::test]
async fn in_fast_motion_nobody_fails_and_each_token_is_renewed_once() -> Result<()> {
    let names: Vec<_> = (1..=20).map(|number| format!("person{number}")).collect();
    let people = names.iter().map(|name| Person::new(name).groups(&["dba"])).collect();
    // The provider takes no refresh token twice: whoever tries loses the sign-in.
    let world = World::start_at(("", ""), SCOPES, options(LIFE, people), |client| client).await?;
    let line = format!("host all all 127.0.0.1/32 oauth issuer=\"{}\" scope=\"pg\"", world.issuer());
    let builder = Postgres::builder(Major::V18).hba(&line).tls();
    let postgres = builder.oauth(oauth(&world, "preferred_username").await?).start().await?;
    let roles: String = names.iter().map(|name| format!("create role {name} login;")).collect();
    postgres.execute("postgres", &roles).await?;

    let minutes = try_join_all(names.iter().map(|name| a_minute(&world, &postgres, name))).await?;
    let log = world.provider().log();
    assert!(!log.contains("grant.error"), "{log}");
    for (name, took) in names.iter().zip(minutes) {
        let refreshed = format!("refreshed: sub-{name}");
        let renewals = log.lines().filter(|line| *line == refreshed).count();
        // A quarter of their life before their end at the earliest. Late ones show that the machine is busy, no more.
        let most = took.as_secs_f64() / (LIFE.as_secs_f64() * 0.75 - 0.05);
        assert!(renewals >= 6 && renewals as f64 <= most, "{renewals} renewals of {name} in {took:?}");
    }
    Ok(())
}

const LIFE: Duration = Duration::from_secs(8);

/// Connects again and again, and tells how long the person was signed in.
async fn a_minute(world: &World, postgres: &Postgres, name: &str) -> Result<Duration> {
    let signed_in = Instant::now();
    let person = world.sign_in(name).await?;
    let server = person.add_server(&definition(postgres, &json!({ "type": "signed_in_user" }))).await?;
    while signed_in.elapsed() < Duration::from_secs(60) {
        let begun = Instant::now();
        let mut socket = person.open_session(&server, "postgres").await.with_context(|| world.log())?;
        // A token is used until a fifth of its life before its end, which it names in whole seconds: on a machine that
        // stalls for longer than what that leaves, in the midst of a login, it may end on the way.
        if socket.greeting["type"] != "connected" && begun.elapsed() > LIFE / 5 - Duration::from_secs(1) {
            continue;
        }
        ensure!(socket.greeting["type"] == "connected", "{name}: {} {}", socket.greeting, world.log());
        assert_eq!(socket.run("select session_user").await?.texts(), [[name]]);
        socket.close().await?;
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    Ok(signed_in.elapsed())
}

#[tokio::test]
async fn a_refused_token_of_the_sign_in_is_renewed_before_it_is_sent_again() -> Result<()> {
    let bench = Scripted::start("", "").await?;
    let more = json!({ "expires_in": 600, "refresh_token": "refresh-s3cret" });
    let ada = Signed { world: &bench.world, browser: bench.signed_in(&json!({}), &more).await? };
    let oauth = OAuth {
        issuer: bench.provider.issuer.clone(),
        audience: None,
        scope: None,
        claim: "sub".to_owned(),
        key_set: json!({ "keys": [] }).to_string(),
    };
    let line = format!("host all ada 127.0.0.1/32 oauth issuer=\"{}\" scope=\"pg\"", bench.provider.issuer);
    let postgres = Postgres::builder(Major::V18).oauth(oauth).hba(&line).start().await?;
    postgres.execute("postgres", "create role ada login").await?;
    let server = ada.add_server(&definition(&postgres, &json!({ "type": "signed_in_user" }))).await?;

    let (status, problem) = connect(&ada, &server).await?;
    assert_eq!((status, &problem["code"]), (403, &json!("database_login_refused")), "{problem}");
    assert_eq!(problem["remedy"]["sql"], "create role ada login;", "{problem}");
    let refreshes = || bench.provider.seen("/token").iter().filter(|seen| seen.body.contains("refresh_token")).count();
    assert_eq!(refreshes(), 0, "the first was fresh");
    bench.give(&bench.id_token(None, &json!({})), &json!({ "access_token": "second", "expires_in": 600 }));
    let (_, problem) = connect(&ada, &server).await?;
    assert_eq!(problem["code"], "database_login_refused", "{problem}");
    assert_eq!(refreshes(), 1, "{}", bench.world.log());
    Ok(())
}

#[tokio::test]
async fn people_name_addresses_that_the_operator_allows() -> Result<()> {
    let allowed =
        "[credentials]\nallowed_addresses = [\"https://vault.example.com\", \"https://id.example.com/realms\"]";
    let world = World::start(allowed).await?;
    let (ada, grace) = (world.sign_in("ada").await?, world.sign_in("grace").await?);
    let postgres = crate::world::postgres().await;
    let oauth = |issuer: &str| json!({ "type": "oauth", "issuer": issuer, "client_id": "a", "flow": "device_code" });
    let entra = |authority: &str| json!({ "type": "entra", "flow": "device_code", "authority": authority });
    let vault = |address: &str| json!({ "type": "vault", "address": address, "role": "r" });
    for (credential, field) in [
        (oauth(world.issuer()), None),
        (oauth("https://id.example.com/realms/db"), None),
        (oauth("https://id.example.com/"), Some("credential.issuer")),
        (oauth("https://169.254.169.254/"), Some("credential.issuer")),
        (entra("https://login.microsoftonline.us"), None),
        (entra("https://localhost:1"), None),
        (entra("https://login.evil.example"), Some("credential.authority")),
        (vault("https://vault.example.com"), None),
        (vault("https://vault.internal"), Some("credential.address")),
    ] {
        let body = definition(&postgres, &credential);
        let page = grace.post("/api/v1/servers", &body).await?;
        let expected = if field.is_some() { 403 } else { 201 };
        let answer = page.json()?;
        assert_eq!((page.status.as_u16(), answer["field"].as_str()), (expected, field), "{credential} {answer}");
        if field.is_some() {
            let test = grace.post("/api/v1/connection-tests", &json!({ "server": body })).await?;
            assert_eq!((test.status.as_u16(), &test.json()?["code"]), (403, &json!("forbidden")), "{credential}");
            assert_eq!(ada.post("/api/v1/servers", &body).await?.status, 201, "{credential}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn without_a_refresh_token_the_person_is_asked_to_sign_in_again() -> Result<()> {
    let bench = Scripted::start("", "").await?;
    let browser = bench.signed_in(&json!({}), &json!({ "expires_in": 600 })).await?;
    let ada = Signed { world: &bench.world, browser };
    let postgres = crate::world::postgres().await;
    let credential = json!({ "type": "signed_in_user", "exchange": "refresh", "scope": "pg" });
    let server = ada.add_server(&definition(&postgres, &credential)).await?;
    let (status, problem) = connect(&ada, &server).await?;
    assert_eq!((status, &problem["code"]), (428, &json!("interaction_required")), "{problem}");
    assert_eq!(problem["prompt"]["type"], "redirect", "{problem}");
    let url = problem["prompt"]["url"].as_str().context("no url")?;
    assert!(url.starts_with(&format!("{}/oauth2/login/corp?next=%2Fcredential%2Fdone", bench.world.origin)), "{url}");
    let done = ada.browser.open(&format!("{}/credential/done", bench.world.origin)).await?;
    assert!(done.body.contains("goes on by itself"), "{}", done.body);
    Ok(())
}

#[tokio::test]
async fn a_device_code_is_shown_and_the_connection_goes_on_by_itself() -> Result<()> {
    let entra = Entra::start(Arc::new(SystemTime::now)).await?;
    entra.register("console", None);
    let roots = tempfile::NamedTempFile::new()?;
    std::fs::write(roots.path(), certificates().ca_pem())?;
    let bench = Scripted::start("", &format!("[credentials]\nca_file = \"{}\"", roots.path().display())).await?;
    let ada = Signed { world: &bench.world, browser: bench.signed_in(&json!({}), &json!({})).await? };
    let postgres = crate::world::postgres().await;
    let credential = json!({
        "type": "entra", "flow": "device_code", "tenant": ENTRA_TENANT, "client_id": "console", "authority": entra.authority.url()
    });
    let server = ada.add_server(&definition(&postgres, &credential)).await?;
    let (status, problem) = connect(&ada, &server).await?;
    assert_eq!((status, &problem["code"]), (428, &json!("interaction_required")), "{problem}");
    let prompt = &problem["prompt"];
    assert_eq!(prompt["type"], "device_code", "{problem}");
    assert!(prompt["verification_uri"].is_string() && prompt["expires_at"].is_string(), "{problem}");
    let again = connect(&ada, &server).await?.1;
    assert_eq!(again["prompt"]["user_code"], prompt["user_code"], "one flow for all who wait");
    let code = prompt["user_code"].as_str().context("no code")?;
    assert!(!bench.world.log().contains(code), "the code is in the log");

    entra.confirm(code, "ada@example.com")?;
    let started = Instant::now();
    let problem = loop {
        let (status, problem) = connect(&ada, &server).await?;
        if status != 428 {
            break problem;
        }
        ensure!(started.elapsed() < Duration::from_secs(30), "{problem} {}", bench.world.log());
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    // The token is there; this PostgreSQL wants a password by SCRAM, and is not given it.
    assert_eq!(problem["code"], "authentication_mismatch", "{problem}");
    Ok(())
}

#[tokio::test]
async fn an_internal_account_has_no_tokens_and_is_told_so() -> Result<()> {
    let world = World::start_with(crate::internal::INTERNAL, "").await?;
    ensure!(
        crate::internal::user(&world, &["add", "linus", "--email", "linus@example.com"], "correct horse\n")?
            .status
            .success()
    );
    let browser = Browser::new()?;
    ensure!(crate::internal::sign_in(&world, &browser, "linus", "correct horse").await?.status == 303);
    let linus = Signed { world: &world, browser };
    let postgres = crate::world::postgres().await;
    let server = linus.add_server(&definition(&postgres, &json!({ "type": "signed_in_user" }))).await?;
    let (status, problem) = connect(&linus, &server).await?;
    assert_eq!((status, &problem["code"]), (502, &json!("credential_failed")), "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("identity provider"), "{problem}");
    Ok(())
}

#[tokio::test]
async fn a_token_is_not_sent_to_a_server_that_asks_for_something_else() -> Result<()> {
    let bench = Scripted::start("", "").await?;
    let browser = bench.signed_in(&json!({}), &json!({ "expires_in": 600 })).await?;
    let ada = Signed { world: &bench.world, browser };
    let postgres = crate::world::postgres().await;
    for present in ["oauthbearer", "password"] {
        let mut server = definition(&postgres, &json!({ "type": "signed_in_user", "present": present }));
        server["username"] = json!(howdah_testkit::SUPERUSER);
        let server = ada.add_server(&server).await?;
        let (status, problem) = connect(&ada, &server).await?;
        assert_eq!((status, &problem["code"]), (502, &json!("authentication_mismatch")), "{problem}");
    }
    Ok(())
}

#[tokio::test]
async fn secrets_of_a_definition_are_written_and_never_read_back() -> Result<()> {
    let world = World::shared().await;
    let ada = world.sign_in("ada").await?;
    let postgres = crate::world::postgres().await;
    let credential = json!({
        "type": "oauth", "issuer": "https://id.example.com", "client_id": "howdah", "client_secret": "planted-s3cret",
        "flow": "client_credentials"
    });
    let server = ada.add_server(&definition(&postgres, &credential)).await?;
    let path = format!("/api/v1/servers/{server}");
    let shown = ada.get(&path).await?;
    assert!(!shown.body.contains("s3cret"), "{}", shown.body);
    assert_eq!(shown.json()?["kept_secrets"], json!(["client_secret"]));

    // A change without the secret keeps it; another kind of credential drops it.
    let mut changed = credential.clone();
    changed.as_object_mut().unwrap().remove("client_secret");
    changed["scope"] = json!("pg");
    let page = ada.patch(&path, &json!({ "credential": changed })).await?;
    assert_eq!(page.json()?["kept_secrets"], json!(["client_secret"]), "{}", page.body);
    for name in ["howdah.db", "howdah.db-wal"] {
        let bytes = std::fs::read(world.folder.path().join(name)).unwrap_or_default();
        assert!(!bytes.windows(14).any(|window| window == b"planted-s3cret"), "{name} holds the secret in the clear");
    }
    let page = ada.patch(&path, &json!({ "credential": { "type": "password" } })).await?;
    assert_eq!(page.json()?["kept_secrets"], json!([]));
    Ok(())
}

#[tokio::test]
async fn only_administrators_lend_howdah_s_own_identity() -> Result<()> {
    let world = World::shared().await;
    let (ada, grace) = (world.sign_in("ada").await?, world.sign_in("grace").await?);
    let postgres = crate::world::postgres().await;
    for credential in [
        json!({ "type": "entra", "flow": "managed_identity" }),
        json!({ "type": "entra", "flow": "azure_cli" }),
        json!({ "type": "aws_rds", "region": "eu-central-1" }),
        json!({ "type": "gcp" }),
        json!({ "type": "vault", "address": "https://vault.example.com", "role": "r", "auth": { "method": "token" } }),
    ] {
        let body = definition(&postgres, &credential);
        let refused = grace.post("/api/v1/servers", &body).await?;
        let problem = refused.json()?;
        assert_eq!(
            (refused.status.as_u16(), &problem["code"], &problem["field"]),
            (403, &json!("forbidden"), &json!("credential")),
            "{problem}"
        );
        assert_eq!(ada.post("/api/v1/servers", &body).await?.status, 201, "{credential}");
    }
    assert_eq!(grace.get("/api/v1/credential-choices").await?.json()?["service_identity_allowed"], false);
    assert_eq!(ada.get("/api/v1/credential-choices").await?.json()?["service_identity_allowed"], true);
    for (credential, field) in [
        (json!({ "type": "signed_in_user", "scope": "pg" }), "credential.scope"),
        (
            json!({ "type": "oauth", "issuer": "http://evil.example", "client_id": "a", "flow": "device_code" }),
            "credential.issuer",
        ),
        (json!({ "type": "entra", "flow": "client_secret" }), "credential.client_secret"),
    ] {
        let page = ada.post("/api/v1/servers", &definition(&postgres, &credential)).await?;
        assert_eq!((page.status.as_u16(), page.json()?["field"].as_str()), (422, Some(field)), "{}", page.body);
    }
    let page = ada
        .browser
        .send(
            Method::POST,
            &format!("{}/api/v1/servers", world.origin),
            Some(&json!({ "credential": { "type": "nonsense" } })),
        )
        .await?;
    assert_eq!(page.status, 422);
    Ok(())
}
