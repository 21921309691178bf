//! `howdah import pgadmin` and `howdah export servers`, with files of pgAdmin's documented formats. Case numbers are those
//! of docs/conformance.md.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context, Result, ensure};
use howdah_testkit::{SUPERUSER, SUPERUSER_PASSWORD};
use serde_json::{Value, json};
use sqlx::{ConnectOptions, Connection};

use crate::audit::{on_postgres, signed_in};
use crate::command_line::check_config;
use crate::world::{World, postgres};

const INTERNAL: &str = "[auth]\nsources = [\"internal\"]\n";

const CONFIG_LOCAL: &str = r#"
import os
AUTHENTICATION_SOURCES = ['oauth2', 'internal']
MASTER_PASSWORD_REQUIRED = True
MAX_LOGIN_ATTEMPTS = 5
LDAP_SERVER_URI = 'ldap://ldap.example.com'
OAUTH2_CONFIG = [
    {
        'OAUTH2_NAME': 'corp',
        'OAUTH2_DISPLAY_NAME': 'Example ' 'Corp',
        'OAUTH2_CLIENT_ID': 'pgadmin',
        'OAUTH2_CLIENT_SECRET': 'planted-s3cret',
        'OAUTH2_SERVER_METADATA_URL': 'https://id.example.com/.well-known/openid-configuration',
        'OAUTH2_SCOPE': 'openid email profile',
        'OAUTH2_ADDITIONAL_CLAIMS': {'groups': ['dba']},
    },
]
os.system('touch executed')
SESSION_EXPIRATION_TIME = int('1')
"#;

/// Runs `howdah` in a folder.
fn howdah(folder: &Path, arguments: &[&str]) -> Result<Output> {
    Ok(Command::new(env!("CARGO_BIN_EXE_howdah")).args(arguments).current_dir(folder).output()?)
}

/// What a command that must end with `code` wrote, on both.
fn said(output: &Output, code: i32) -> Result<String> {
    let text = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).join("\n");
    ensure!(output.status.code() == Some(code), "{:?}: {text}", output.status);
    Ok(text)
}

#[test]
fn settings_become_a_config_that_is_good_and_secrets_files_of_their_own() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let at = folder.path();
    std::fs::write(at.join("config_local.py"), CONFIG_LOCAL)?;
    let import = ["import", "pgadmin", "--config-local", "config_local.py", "--output", "howdah.toml"];
    let report = said(&howdah(at, &import)?, 0)?;
    for words in [
        "taken: config_local.py:7: OAUTH2_CONFIG[0]: is auth.oauth2[0], `corp`",
        "taken: config_local.py:3: AUTHENTICATION_SOURCES: is auth.sources",
        "not taken: config_local.py:6: LDAP_SERVER_URI",
        "look at it: config_local.py:18: is more than an assignment",
        "look at it: config_local.py:19: SESSION_EXPIRATION_TIME: its value is more than a literal",
    ] {
        ensure!(report.contains(words), "{words}\n{report}");
    }
    assert!(!report.contains("s3cret") && !at.join("executed").exists());
    let config = std::fs::read_to_string(at.join("howdah.toml"))?;
    assert_eq!(check_config(&config)?, "");
    assert!(!config.contains("s3cret"), "{config}");
    let secret = at.join("corp.client_secret");
    assert_eq!(std::fs::read_to_string(&secret)?, "planted-s3cret\n");
    assert_eq!(std::fs::metadata(&secret)?.permissions().mode() & 0o777, 0o600);

    // Again: nothing changes. What somebody has changed is not overwritten.
    let report = said(&howdah(at, &import)?, 0)?;
    assert!(report.contains("there already: howdah.toml"), "{report}");
    std::fs::write(at.join("howdah.toml"), "# mine\n")?;
    let report = said(&howdah(at, &import)?, 1)?;
    assert!(report.contains("holds something else"), "{report}");
    assert_eq!(std::fs::read_to_string(at.join("howdah.toml"))?, "# mine\n");

    // Printed: TOML alone on standard output, and no secret anywhere.
    let output = howdah(at, &import[..4])?;
    let report = said(&output, 0)?;
    assert!(!report.contains("s3cret") && report.contains("is not printed"), "{report}");
    let printed: toml::Table = toml::from_str(&String::from_utf8(output.stdout)?)?;
    assert_eq!(printed["secrets"]["master_password_required"].as_bool(), Some(true));
    Ok(())
}

#[test]
fn what_cannot_be_imported_is_a_wrong_command_line() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let at = folder.path();
    let store = format!("[store]\nurl = \"sqlite:{}\"\n", at.join("howdah.db").display());
    std::fs::write(at.join("howdah.toml"), format!("{store}{INTERNAL}"))?;
    std::fs::write(at.join("broken.json"), "{\n\"Servers\": nonsense}")?;
    std::fs::write(at.join("empty.json"), "{}")?;
    std::fs::write(at.join("bytes.py"), [0xff, 0xfe])?;
    for (arguments, words) in [
        (vec![], "nothing is named to import"),
        (vec!["--config-local", "missing.py"], "missing.py: cannot be read"),
        (vec!["--config-local", "bytes.py"], "bytes.py: is not UTF-8 text"),
        (vec!["--servers", "broken.json"], "broken.json: line 2: is not JSON"),
        (vec!["--servers", "empty.json"], "empty.json: Servers: is missing"),
        (vec!["--database", "missing.db"], "missing.db: there is no such file"),
        (vec!["--database", "broken.json"], "broken.json: it is no"),
        (vec!["--no-such"], "--no-such"),
    ] {
        let report = said(&howdah(at, &[vec!["import", "pgadmin"], arguments].concat())?, 2)?;
        ensure!(report.contains(words), "{words}: {report}");
    }
    std::fs::write(at.join("good.json"), json!({ "Servers": {} }).to_string())?;
    for (arguments, words) in [
        (vec!["import", "pgadmin", "--servers", "good.json", "--owner", "nobody"], "there is no account nobody"),
        (vec!["import", "pgadmin", "--servers", "good.json"], "there is no account yet"),
        (vec!["export", "servers", "--owner", "nobody"], "there is no account nobody"),
    ] {
        let report = said(&howdah(at, &arguments)?, 1)?;
        ensure!(report.contains(words), "{words}: {report}");
    }
    Ok(())
}

/// What pgAdmin would export.
fn servers() -> Value {
    json!({ "Servers": {
        "1": { "Name": "shop", "Group": "Production", "Host": "db.example.com", "Port": 5432, "MaintenanceDB": "postgres",
            "Username": "ada", "ConnectionParameters": { "sslmode": "verify-full", "connect_timeout": "10" } },
        "2": { "Name": "far", "Group": "Production", "Host": "10.0.0.5", "Port": 5433, "MaintenanceDB": "shop",
            "Username": "ada", "Comment": "through a tunnel", "ConnectionParameters": {}, "UseSSHTunnel": 1,
            "TunnelHost": "jump.example.com", "TunnelPort": 22, "TunnelUsername": "ada", "TunnelAuthentication": 0,
            "TunnelKeepAlive": 30 },
        "3": { "Name": "team", "Group": "Shared", "Host": "team.example.com", "Port": 5432, "MaintenanceDB": "postgres",
            "Username": "team", "Shared": true, "ConnectionParameters": {} },
    } })
}

#[tokio::test]
async fn case_346_and_347_servers_come_once_and_go_back_as_they_were_on_both_stores() -> Result<()> {
    let worlds = [World::start_alone(INTERNAL).await?, on_postgres(&*postgres().await, "").await?];
    for world in &worlds {
        there_and_back(world).await?;
    }
    Ok(())
}

async fn there_and_back(world: &World) -> Result<()> {
    let root = signed_in(world, "root", "administrator").await?;
    let linus = signed_in(world, "linus", "user").await?;
    let at = world.folder.path();
    std::fs::write(at.join("servers.json"), servers().to_string())?;
    let import = |owner: &str| howdah(at, &["import", "pgadmin", "--servers", "servers.json", "--owner", owner]);

    // Case 346: what is shared needs an administrator.
    let report = said(&import("linus")?, 0)?;
    assert!(report.contains("not taken: servers.json: Servers.3 (Shared/team of linus): is shared"), "{report}");
    assert!(report.contains("2 taken"), "{report}");
    let report = said(&howdah(at, &["import", "pgadmin", "--servers", "servers.json"])?, 2)?;
    assert!(report.contains("--owner is missing"), "{report}");
    let dry = ["import", "pgadmin", "--servers", "servers.json", "--owner", "root", "--dry-run"];
    assert!(said(&howdah(at, &dry)?, 0)?.contains("would be added"));
    assert_eq!(root.get("/api/v1/servers").await?.json()?["servers"], json!([]));
    let report = said(&import("root")?, 0)?;
    assert!(report.contains("3 taken"), "{report}");
    let report = said(&import("root")?, 0)?;
    assert!(report.contains("3 there already") && !report.contains("taken: servers"), "{report}");

    let seen = linus.get("/api/v1/servers").await?.json()?["servers"].as_array().context("no list")?.clone();
    let names: Vec<_> = seen.iter().map(|server| (server["name"].as_str(), server["owned"].as_bool())).collect();
    assert_eq!(names, [(Some("far"), Some(true)), (Some("shop"), Some(true)), (Some("team"), Some(false))]);
    assert_eq!(seen[0]["tunnel"]["host"], "jump.example.com");

    // Case 347.
    let exported: Value = serde_json::from_str(&world.command(&["export", "servers", "--owner", "root"])?)?;
    let mut expected: Vec<_> = servers()["Servers"].as_object().context("servers")?.values().cloned().collect();
    expected.sort_by_key(|server| (server["Group"].to_string(), server["Name"].to_string()));
    let found: Vec<_> = exported["Servers"].as_object().context("servers")?.values().cloned().collect();
    assert_eq!(found, expected);
    let all: Value = serde_json::from_str(&world.command(&["export", "servers"])?)?;
    assert_eq!(all["Servers"].as_object().context("servers")?.len(), 5);
    Ok(())
}

#[tokio::test]
async fn a_file_is_read_for_whoever_chooses_from_it_and_nothing_is_kept() -> Result<()> {
    let world = World::start_alone(INTERNAL).await?;
    let (root, linus) = (signed_in(&world, "root", "administrator").await?, signed_in(&world, "linus", "user").await?);
    let mut file = servers();
    file["Servers"]["4"] = json!({ "Name": "half", "Host": "db.example.com", "Username": "ada" });
    file["Servers"]["5"] = json!("no server");
    file["Servers"]["6"] = json!({ "Name": "odd", "Group": "Servers", "Host": "db.example.com", "Port": 5432,
        "MaintenanceDB": "postgres", "Username": "ada", "BGColor": "#ff0000", "PasswordExecCommand": "cat /etc/token",
        "ConnectionParameters": { "sslmode": "prefer", "no_such_keyword": 1 } });
    let read = linus.post("/api/v1/pgadmin-servers", &file).await?.json()?;
    let read = read["servers"].as_array().context("no list")?;
    let told: Vec<_> = read
        .iter()
        .map(|server| {
            let notes: Vec<_> = server["notes"].as_array().into_iter().flatten().map(|note| &note["text"]).collect();
            (server["name"].as_str().unwrap_or_default(), format!("{}{notes:?}", server["problem"]))
        })
        .collect();
    for ((name, told), (expected, words)) in told.iter().zip([
        ("shop", "null[]"),
        ("far", "is confirmed by"),
        ("team", "becomes yours alone"),
        ("half", "Port"),
        ("5", "is no server"),
        ("odd", "no_such_keyword"),
    ]) {
        ensure!(*name == expected && told.contains(words), "{name}: {told}");
    }
    assert!(told[5].1.contains("allow_exec") && told[5].1.contains("BGColor"), "{:?}", told[5]);
    assert_eq!(linus.get("/api/v1/servers").await?.json()?["servers"], json!([]));

    // What was read is good to be added, by whoever may share also as it was.
    for server in read.iter().filter(|server| server["problem"].is_null()) {
        let added = linus.post("/api/v1/servers", &server["definition"]).await?;
        ensure!(added.status == 201, "{} {}", added.status, added.body);
    }
    let for_root = root.post("/api/v1/pgadmin-servers", &file).await?.json()?;
    assert_eq!(for_root["servers"][2]["definition"]["audience"], "everyone");
    let refused = linus.post("/api/v1/pgadmin-servers", &json!({ "Servers": [] })).await?;
    assert_eq!(refused.status, 422);
    Ok(())
}

/// A database as pgAdmin makes it, as far as it is read.
const DATABASE: &str = "
create table version (name text, value integer);
insert into version values ('ConfigDB', 52);
create table user (id integer primary key, email text, username text, password text, active boolean, auth_source text,
    locked boolean);
insert into user values (1, 'ada@example.com', 'ada@example.com', 'hash', 1, 'internal', 0);
insert into user values (2, null, 'grace', null, 1, 'oauth2', 'false');
insert into user values (3, 'old@example.com', 'old@example.com', 'hash', 0, 'internal', 0);
create table role (id integer primary key, name text, description text);
insert into role values (1, 'Administrator', ''), (2, 'User', '');
create table roles_users (user_id integer, role_id integer);
insert into roles_users values (1, 1), (2, 2), (3, 2);
create table servergroup (id integer primary key, user_id integer, name text);
insert into servergroup values (1, 1, 'Production'), (2, 2, 'Servers');
create table server (id integer primary key, user_id integer, servergroup_id integer, name text, host text, port integer,
    maintenance_db text, username text, password text, role text, comment text, shared boolean, use_ssh_tunnel integer,
    passexec_cmd text, passexec_expiration integer, connection_params text, tags text, is_adhoc integer);
insert into server values (1, 1, 1, 'shop', 'db.example.com', 5432, 'postgres', 'ada', 'c2VhbGVk', null, 'the shop', 1, 0,
    null, null, '{\"sslmode\": \"prefer\", \"no_such_keyword\": 1}', null, 0);
insert into server values (2, 2, 2, 'mine', 'localhost', 5433, 'postgres', 'grace', null, null, null, 0, 0,
    'cat /etc/token', 60, '{\"sslmode\": \"require\"}', null, 0);
insert into server values (3, 2, 2, 'passing', 'localhost', 5433, 'postgres', 'grace', null, null, null, 0, 0,
    null, null, null, null, 1);
create table sharedserver (id integer primary key, osid integer, user_id integer);
insert into sharedserver values (1, 1, 2);
";

#[tokio::test]
async fn people_of_a_database_get_accounts_and_their_servers() -> Result<()> {
    let world = World::start_alone(INTERNAL).await?;
    let root = signed_in(&world, "root", "administrator").await?;
    let at = world.folder.path();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(at.join("pgadmin4.db")).create_if_missing(true);
    let mut database = options.connect().await?;
    sqlx::raw_sql(DATABASE).execute(&mut database).await?;
    database.close().await?;
    let before = std::fs::read(at.join("pgadmin4.db"))?;
    let import = ["import", "pgadmin", "--database", "pgadmin4.db"];

    let report = said(&howdah(at, &[import.as_slice(), &["--dry-run"]].concat())?, 0)?;
    assert!(report.contains("would be theirs"), "{report}");
    let report = said(&howdah(at, &import)?, 0)?;
    for words in [
        "user ada@example.com: gets an account: set a password with `howdah user set-password ada@example.com`",
        "user grace: gets an account: their first sign-in at a provider waits",
        "old@example.com: is switched off",
        "taken: user ada@example.com: server shop (Production/shop of ada@example.com)",
        "no_such_keyword",
        "its saved password, which only its person's key in pgAdmin opens",
        "credentials.allow_exec is off",
        "1 settings of their own",
    ] {
        ensure!(report.contains(words), "{words}\n{report}");
    }
    ensure!(!report.contains("passing"), "an ad-hoc connection is no server: {report}");
    assert_eq!(std::fs::read(at.join("pgadmin4.db"))?, before);

    let accounts = world.command(&["user", "list"])?;
    for line in [
        "ada@example.com\tadministrator\tenabled\tada@example.com",
        "grace\tuser\tenabled",
        "old@example.com\tuser\tdisabled",
    ] {
        ensure!(accounts.contains(line), "{line}: {accounts}");
    }
    let shared = root.get("/api/v1/servers").await?.json()?;
    assert_eq!(shared["servers"][0]["name"], "shop", "{shared}");
    assert_eq!(shared["servers"][0]["connection_parameters"], json!({ "sslmode": "prefer" }));
    let grace: Value = serde_json::from_str(&world.command(&["export", "servers", "--owner", "grace"])?)?;
    assert_eq!(grace["Servers"]["1"]["Name"], "mine");
    assert_eq!(grace["Servers"]["1"]["PasswordExecCommand"], Value::Null);

    let report = said(&howdah(at, &import)?, 0)?;
    assert!(report.contains("is the account grace") && !report.contains("gets an account"), "{report}");
    assert!(report.contains("5 there already"), "{report}");
    Ok(())
}

/// The same on PostgreSQL, in a schema of its own.
const EXTERNAL: &str = "
create schema pgadmin;
set search_path to pgadmin;
create table \"user\" (id integer primary key, email varchar(256), username varchar(256), password varchar(256),
    active boolean not null, auth_source varchar(16) not null, locked boolean);
insert into \"user\" values (1, 'lin@example.com', 'lin@example.com', 'hash', true, 'internal', false),
    (2, 'gone@example.com', 'gone@example.com', null, true, 'oauth2', true);
create table roles_users (user_id integer, role_id integer);
insert into roles_users values (1, 2), (2, 2);
create table servergroup (id integer primary key, user_id integer, name varchar(128));
insert into servergroup values (1, 1, 'Staging');
create table server (id integer primary key, user_id integer, servergroup_id integer, name varchar(128), host varchar(128),
    port integer, maintenance_db varchar(64), username varchar(64), shared boolean, use_ssh_tunnel integer,
    connection_params json, is_adhoc integer);
insert into server values (1, 1, 1, 'orders', 'db.example.com', 5432, 'postgres', 'lin', false, 0,
    '{\"sslmode\": \"require\"}', 0);
";

#[tokio::test]
async fn a_container_s_settings_and_its_database_on_postgresql_are_read() -> Result<()> {
    let (world, target) = (World::start_alone(INTERNAL).await?, postgres().await);
    let database = target.create_database().await?;
    target.execute(&database, EXTERNAL).await?;
    let at = world.folder.path();
    let place = format!("{}:{}/{database}?options=-csearch_path%3Dpgadmin", target.host(), target.port());
    let password = SUPERUSER_PASSWORD.replace(' ', "%20");
    let environment = format!(
        "HOME=/pgadmin4\nPGADMIN_DEFAULT_EMAIL=root@example.com\nPGADMIN_CONFIG_LOGIN_BANNER='Staging'\n\
         PGADMIN_CONFIG_MAX_LOGIN_ATTEMPTS=7\n\
         PGADMIN_CONFIG_CONFIG_DATABASE_URI='postgresql+psycopg://{SUPERUSER}:{password}@{place}'\n"
    );
    std::fs::write(at.join("environment"), environment)?;
    let from_settings = ["import", "pgadmin", "--environment", "environment", "--database-of-settings", "--output"];
    let report = said(&howdah(at, &[from_settings.as_slice(), &["new.toml"]].concat())?, 0)?;
    for words in [
        "taken: environment:3: LOGIN_BANNER",
        "not taken: environment:2: PGADMIN_DEFAULT_EMAIL",
        "user lin@example.com: gets an account",
        "gone@example.com: is switched off",
        "taken: user lin@example.com: server orders (Staging/orders of lin@example.com)",
    ] {
        ensure!(report.contains(words), "{words}\n{report}");
    }
    let config = std::fs::read_to_string(at.join("new.toml"))?;
    assert!(config.contains("max_login_attempts = 7"), "{config}");
    assert!(!report.contains("battery") && !config.contains("battery"), "{report}");

    // The address on the command line, its password elsewhere.
    let import = |address: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_howdah"));
        command.args(["import", "pgadmin", "--database", address]).current_dir(at);
        command.env("PGPASSWORD", SUPERUSER_PASSWORD).output()
    };
    let again = said(&import(&format!("postgresql://{SUPERUSER}@{place}"))?, 0)?;
    assert!(again.contains("is the account lin@example.com") && !again.contains("gets an account"), "{again}");
    let told = said(&import(&format!("postgresql://{SUPERUSER}:{password}@{place}"))?, 2)?;
    assert!(told.contains("in the list of processes") && !told.contains("battery"), "{told}");
    let told = said(&import(&format!("postgresql://{SUPERUSER}@127.0.0.1:1/nowhere"))?, 2)?;
    assert!(told.contains("it cannot be reached") && told.contains("CONFIG_DATABASE_URI"), "{told}");
    let told = said(&import("mysql://root@db/pgadmin")?, 2)?;
    assert!(told.contains("`mysql` is no kind of database"), "{told}");
    Ok(())
}

#[test]
fn servers_come_into_the_store_of_the_desktop() -> Result<()> {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("servers.json"), servers().to_string())?;
    let import = |more: &[&str]| -> Result<String> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_howdah"));
        command.args(["import", "pgadmin", "--servers", "servers.json", "--desktop"]).args(more);
        command.current_dir(folder.path()).env("XDG_DATA_HOME", folder.path()).env("USER", "ada");
        command.env_remove("DBUS_SESSION_BUS_ADDRESS");
        said(&command.output()?, if more.contains(&"--owner") { 2 } else { 0 })
    };
    let everything = || -> Result<Vec<(PathBuf, Vec<u8>)>> {
        let mut files = Vec::new();
        let mut folders = vec![folder.path().to_owned()];
        while let Some(next) = folders.pop() {
            for entry in std::fs::read_dir(next)? {
                let path = entry?.path();
                if path.is_dir() {
                    files.push((path.clone(), Vec::new()));
                    folders.push(path);
                } else {
                    files.push((path.clone(), std::fs::read(&path)?));
                }
            }
        }
        files.sort();
        Ok(files)
    };
    let before = everything()?;
    let report = import(&["--dry-run"])?;
    assert!(report.contains(" of ada)"), "{report}");
    assert!(everything()? == before, "a dry run writes nothing: no folder, no account, no key");
    let report = import(&[])?;
    assert!(report.contains(" of ada)"), "{report}");
    assert!(folder.path().join("howdah/howdah.db").is_file());
    let before = everything()?;
    let report = import(&["--dry-run"])?;
    assert!(report.contains("there already"), "{report}");
    assert!(everything()? == before, "nor to a store that is there");
    let report = import(&[])?;
    assert!(report.contains("there already") && !report.contains("taken: servers.json"), "{report}");
    import(&["--owner", "grace"])?;
    Ok(())
}
