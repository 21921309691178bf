//! Administration by `howdah user`, beside a running server and on both kinds of store.

use anyhow::{Context, Result, ensure};
use howdah_testkit::{SUPERUSER, SUPERUSER_PASSWORD};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::audit::events;
use crate::internal::user;
use crate::world::{World, definition, postgres};

/// A second provider that nobody answers for, and a server that the config offers to some.
const EXTRA: &str = r#"
[[auth.oauth2]]
name = "gone"
client_id = "howdah"
client_secret = "secret"
server_metadata_url = "http://127.0.0.1:9/.well-known/openid-configuration"
[[servers]]
name = "Reports"
group = "A"
host = "reports.example"
username = "reader"
audience = { groups = ["analysts"] }
credential = { type = "password" }
"#;

/// What a command prints: on its output, beside it, and its exit code.
struct Said {
    lines: Vec<String>,
    beside: String,
    code: Option<i32>,
}

impl Said {
    fn json(&self) -> Result<Vec<Value>> {
        self.lines.iter().map(|line| serde_json::from_str(line).with_context(|| line.clone())).collect()
    }

    /// Where a list that was cut goes on.
    fn next(&self) -> Option<&str> {
        self.beside.lines().find_map(|line| line.strip_prefix("there is more: --after "))
    }
}

fn say(world: &World, arguments: &[&str]) -> Result<Said> {
    let output = user(world, arguments, "correct horse\n")?;
    let lines = String::from_utf8(output.stdout)?.lines().map(str::to_owned).collect();
    Ok(Said { lines, beside: String::from_utf8(output.stderr)?, code: output.status.code() })
}

/// All of a list, two at a time.
fn in_parts(world: &World, arguments: &[&str]) -> Result<Vec<String>> {
    let mut all = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let mut arguments = [arguments, &["--limit", "2"]].concat();
        if let Some(after) = &after {
            arguments.extend(["--after", after]);
        }
        let said = say(world, &arguments)?;
        ensure!(said.code == Some(0) && (1..=2).contains(&said.lines.len()), "{}", said.beside);
        all.extend_from_slice(&said.lines);
        match said.next() {
            Some(next) => after = Some(next.to_owned()),
            None => return Ok(all),
        }
    }
}

#[tokio::test]
async fn everything_is_administered_from_the_command_line_on_both_stores() -> Result<()> {
    let target = postgres().await;
    let database = target.create_database().await?;
    let url = format!("postgres://{SUPERUSER}:{SUPERUSER_PASSWORD}@{}:{}/{database}", target.host(), target.port());
    for world in [World::start(EXTRA).await?, World::start_on(&url, EXTRA).await?] {
        Box::pin(people_and_sessions(&world)).await?;
        Box::pin(servers_and_providers(&world, &definition(&target))).await?;
        Box::pin(the_trail(&world)).await?;
    }
    Ok(())
}

async fn people_and_sessions(world: &World) -> Result<()> {
    world.sign_in("ada").await?;
    let vera = world.sign_in("vera").await?;
    world.sign_in("lin").await?;
    assert_eq!(say(world, &["add", "grace@example.com", "--role", "viewer"])?.code, Some(0));

    // People: filters, parts, JSON.
    let all = say(world, &["list"])?.lines;
    assert_eq!((all.len(), in_parts(world, &["list"])?), (4, all.clone()), "{all:?}");
    for (filter, expected) in [
        (&["--search", "LIN@"] as &[&str], "lin@example.com"),
        (&["--role", "administrator"], "ada@example.com"),
        (&["--source", "internal"], "grace@example.com"),
        (&["--source", "corp", "--role", "viewer", "--disabled", "false"], "vera@example.com"),
    ] {
        let said = say(world, &[&["list", "--json"], filter].concat())?.json()?;
        let found: Vec<_> = said.iter().map(|person| person["username"].as_str().unwrap_or_default()).collect();
        assert_eq!(found, [expected], "{filter:?}");
        assert_eq!(said[0].get("connections"), None, "only the server knows");
    }
    assert_eq!(say(world, &["list", "--disabled", "true"])?.lines.len(), 0);

    // Somebody whose name is another's is refused, found and linked.
    world.try_sign_in(&howdah_testkit::Browser::new()?, "grace").await?;
    let refused = say(world, &["refused", "--json"])?.json()?;
    assert_eq!((refused.len(), &refused[0]["taken_by"]["username"]), (1, &json!("grace@example.com")));
    let [issuer, subject] =
        ["issuer", "subject"].map(|field| refused[0][field].as_str().unwrap_or_default().to_owned());
    let identity = ["--issuer", &issuer, "--subject", &subject];
    assert_eq!(say(world, &[&["dismiss"], identity.as_slice()].concat())?.code, Some(0));
    assert_eq!(say(world, &[&["dismiss"], identity.as_slice()].concat())?.code, Some(1));
    assert_eq!(say(world, &["refused"])?.lines.len(), 0);
    assert_eq!(say(world, &[&["link", "grace@example.com"], identity.as_slice()].concat())?.code, Some(0));
    world.sign_in("grace").await?;
    let linked = say(world, &["identities", "grace@example.com", "--json"])?.json()?;
    assert_eq!(
        (&linked[0]["subject"], &linked[0]["provider_display_name"]),
        (&json!(subject), &json!("Corp <Sign-in>"))
    );
    assert_eq!(say(world, &[&["unlink"], identity.as_slice()].concat())?.code, Some(0));

    // Sessions: everybody's in parts, one person's, and the end of one.
    let sessions = in_parts(world, &["sessions"])?;
    assert_eq!(sessions.len(), 3, "{sessions:?}");
    assert!(sessions[0].starts_with("lin@example.com\t") && sessions[0].contains("\tcorp\t"), "{sessions:?}");
    let of_vera = say(world, &["sessions", "vera@example.com", "--json"])?.json()?;
    let id = of_vera[0]["id"].as_str().context("no id")?;
    assert_eq!(say(world, &["end-session", id])?.lines, ["ended a session of vera@example.com"]);
    assert_eq!(vera.get("/api/v1/me").await?.status, 401);
    assert_eq!(say(world, &["end-session", id])?.code, Some(1));
    assert_eq!(say(world, &["sessions", "vera@example.com"])?.lines.len(), 0);
    assert_eq!(say(world, &["sessions", "vera@example.com", "--limit", "1"])?.code, Some(2));
    Ok(())
}

async fn servers_and_providers(world: &World, target: &Value) -> Result<()> {
    let ada = world.sign_in("ada").await?;
    ada.add_server(target).await?;
    for (name, audience) in [("Alpha", json!("everyone")), ("Beta", json!({ "groups": ["dba"] }))] {
        let mut server = target.clone();
        (server["name"], server["audience"]) = (json!(name), audience);
        ada.add_server(&server).await?;
    }
    let servers = in_parts(world, &["servers"])?;
    let starts =
        ["A\tReports\treports.example:5432\t(config)\t{\"groups\":[\"analysts\"]}\tpassword\t", "Tests\tAlpha\t"];
    assert!(
        servers.len() == 3 && servers.iter().zip(starts).all(|(line, start)| line.starts_with(start)),
        "{servers:?}"
    );
    let said = say(world, &["servers", "--json"])?;
    let beta = said.json()?.pop().context("no servers")?;
    assert_eq!(
        (&beta["name"], &beta["owner"]["username"], &beta["audience"]),
        (&json!("Beta"), &json!("ada@example.com"), &json!({ "groups": ["dba"] }))
    );
    assert!(said.beside.contains("1 private servers"), "{}", said.beside);

    let said = say(world, &["providers", "--json"])?;
    assert_eq!(said.code, Some(1), "one of them does not answer");
    let [corp, gone] = said.json()?.try_into().map_err(|all| anyhow::anyhow!("{all:?}"))?;
    assert_eq!((&corp["issuer"], &corp["problem"]), (&json!(world.issuer()), &Value::Null));
    assert!(corp["sign_ins"].as_u64() >= Some(4) && corp["failures"] == 1, "{corp}");
    assert_eq!(corp["last_failure_code"], "username_taken");
    assert!(gone["problem"].as_str().is_some_and(|problem| problem.contains("discovery")), "{gone}");
    let said = say(world, &["providers"])?;
    assert!(said.lines[0].starts_with("corp\tok\thttp"), "{:?}", said.lines);
    Ok(())
}

async fn the_trail(world: &World) -> Result<()> {
    let ada = world.sign_in("ada").await?;
    let kinds = "kind=sign_in,identity_linked,session_ended_by_administrator,refused_sign_in_dismissed";
    events(&ada, kinds, 8).await?;
    let found = |arguments: &[&str]| say(world, &[&["audit", "--json"], arguments].concat())?.json();
    let linked = found(&["--kind", "identity_linked"])?;
    assert_eq!((linked.len(), &linked[0]["details"]["about"]), (1, &json!("grace@example.com")));
    let [at, person] = ["time", "person"].map(|field| linked[0][field].as_str().unwrap_or_default().to_owned());
    assert!(!found(&["--person", &person, "--from", &at, "--kind", "session_ended_by_administrator"])?.is_empty());
    assert!(found(&["--kind", "identity_linked", "--until", &at])?.is_empty());
    assert_eq!(found(&["--text", "USERNAME_TAKEN"])?.len(), 0, "a code is no text");
    assert_eq!(found(&["--result", "failed", "--kind", "sign_in"])?[0]["code"], "username_taken");
    let people = in_parts(world, &["audit", "--kind", "sign_in"])?;
    let time = |line: &String| OffsetDateTime::parse(line.split('\t').next().unwrap_or_default(), &Rfc3339);
    let times = people.iter().map(time).collect::<Result<Vec<_>, _>>()?;
    assert!(times.len() >= 6 && times.is_sorted_by(|later, earlier| later >= earlier), "{people:?}");

    // All of it is a download, and that is written down; a part is looked at.
    assert!(found(&["--kind", "audit_downloaded"])?.is_empty());
    assert!(say(world, &["audit", "--all"])?.lines.len() > people.len());
    assert_eq!(found(&["--kind", "audit_downloaded"])?.len(), 1);
    for (wrong, told) in [(["--from", "yesterday"], "--from: Write the time as"), (["--after", "x"], "--after: ")] {
        let said = say(world, &["audit", wrong[0], wrong[1]])?;
        assert_eq!(said.code, Some(2));
        assert!(said.beside.contains(told), "{}", said.beside);
    }
    Ok(())
}
