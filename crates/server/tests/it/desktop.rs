//! `howdah desktop`: the real binary, and who gets in.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};
use howdah_testkit::{Browser, Watchdog};
use reqwest::{Client, Method};
use serde_json::json;
use tempfile::TempDir;

use crate::world::{definition, postgres, until};

/// A running desktop and the link that it printed.
struct Desktop {
    child: Child,
    _watchdog: Watchdog,
    link: String,
}

impl Drop for Desktop {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_howdah"));
    command.arg("desktop").args(arguments).env("XDG_DATA_HOME", folder).env("USER", "ada").env("ADAS_OWN", "variable");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    command
}

fn start(folder: &Path, arguments: &[&str]) -> Result<Desktop> {
    let mut child = command(folder, arguments).spawn()?;
    let watchdog = Watchdog::watch(child.id(), None)?;
    let link = link_in(&mut child)?;
    Ok(Desktop { child, _watchdog: watchdog, link })
}

fn link_in(child: &mut Child) -> Result<String> {
    let lines = BufReader::new(child.stdout.take().context("stdout")?).lines();
    let link =
        lines.map_while(Result::ok).find_map(|line| line.trim().starts_with("http").then(|| line.trim().to_owned()));
    link.context("no link is printed")
}

fn origin(link: &str) -> String {
    link.split("/desktop/").next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_link_lets_in_once_and_nobody_else_gets_in() -> Result<()> {
    let folder = TempDir::new()?;
    let mut desktop = start(folder.path(), &["--no-open"])?;
    let origin = origin(&desktop.link);
    ensure!(origin.starts_with("http://127.0.0.1:"), "{origin}");
    let data = folder.path().join("howdah");
    assert_eq!(std::fs::metadata(&data)?.permissions().mode() & 0o777, 0o700);
    for file in ["howdah.db", "howdah.db.key", "desktop.lock"] {
        assert_eq!(std::fs::metadata(data.join(file))?.permissions().mode() & 0o077, 0, "{file}");
    }

    // Another user of the machine, or another page in the browser.
    let nobody = Browser::new()?;
    assert_eq!(nobody.send(Method::GET, &format!("{origin}/api/v1/me"), None).await?.status, 401);
    let page = nobody.open(&format!("{origin}/")).await?;
    assert!(page.body.contains("Run `howdah desktop`") && !page.body.contains("<form"), "{}", page.body);
    let guessed = format!("{}x", &desktop.link[..desktop.link.len() - 1]);
    assert_eq!(nobody.open(&guessed).await?.status, 403);

    let ada = Browser::new()?;
    let me = async |browser: &Browser| browser.send(Method::GET, &format!("{origin}/api/v1/me"), None).await;
    ada.open(&desktop.link).await?;
    let known = me(&ada).await?.json()?;
    assert_eq!((&known["username"], &known["auth_source"]), (&json!("ada"), &json!("desktop")));
    assert_eq!(nobody.open(&desktop.link).await?.status, 403);
    assert_eq!(me(&nobody).await?.status, 401);

    // A name of another site that leads here.
    let cookie = ada.cookie_header(&format!("{origin}/").parse()?).unwrap_or_default();
    for host in ["evil.example", "localhost", "127.0.0.1", ""] {
        let request = Client::new().get(format!("{origin}/api/v1/me")).header("cookie", &cookie).header("host", host);
        assert!(request.send().await?.status().is_client_error(), "{host:?}");
    }

    // A second one opens the first.
    let mut second = command(folder.path(), &["--no-open"]).spawn()?;
    let link = link_in(&mut second)?;
    ensure!(second.wait()?.success() && link.starts_with(&origin) && link != desktop.link, "{link}");
    let again = Browser::new()?;
    again.open(&link).await?;
    assert_eq!(me(&again).await?.status, 200);

    // Whoever has a cookie of an earlier process comes by a link again.
    desktop.child.kill()?;
    desktop.child.wait()?;
    let port = origin.rsplit(':').next().unwrap_or_default().to_owned();
    let _next = start(folder.path(), &["--no-open", "--port", &port])?;
    let late = Client::new().get(format!("{origin}/api/v1/me")).header("cookie", &cookie).send().await?;
    assert_eq!(late.status(), 401);
    Ok(())
}

#[tokio::test]
async fn commands_run_in_the_persons_own_environment() -> Result<()> {
    let folder = TempDir::new()?;
    let desktop = start(folder.path(), &["--no-open"])?;
    let origin = origin(&desktop.link);
    let ada = Browser::new()?;
    ada.open(&desktop.link).await?;
    let postgres = postgres().await;
    let mut server = definition(&postgres);
    server["credential"] =
        json!({ "type": "exec", "command": "sh -c 'test \"$ADAS_OWN\" = variable && printf wrong'" });
    let added = ada.send(Method::POST, &format!("{origin}/api/v1/servers"), Some(&server)).await?;
    assert_eq!(added.status, 201, "{}", added.body);
    let id = added.json()?["id"].as_str().context("no id")?.to_owned();
    let connected = ada.send(Method::POST, &format!("{origin}/api/v1/servers/{id}/connect"), Some(&json!({}))).await?;
    // The command ran and gave something; that it is no password of PostgreSQL's is another matter.
    assert_eq!(connected.json()?["code"], "database_login_refused", "{}", connected.body);
    Ok(())
}

#[tokio::test]
async fn the_browser_is_given_a_file_and_no_link() -> Result<()> {
    let (folder, programs) = (TempDir::new()?, TempDir::new()?);
    let opener = programs.path().join("xdg-open");
    let told = programs.path().join("told");
    std::fs::write(&opener, format!("#!/bin/sh\nprintf '%s\\n' \"$@\" > {0}.new && mv {0}.new {0}\n", told.display()))?;
    std::fs::set_permissions(&opener, std::fs::Permissions::from_mode(0o755))?;
    let path = format!("{}:{}", programs.path().display(), std::env::var("PATH").unwrap_or_default());
    let mut child = command(folder.path(), &[]).env("PATH", path).spawn()?;
    let _watchdog = Watchdog::watch(child.id(), None)?;
    let link = link_in(&mut child)?;
    let desktop = Desktop { child, _watchdog, link };
    let told = until("the browser is opened", || Ok(std::fs::read_to_string(&told).ok())).await?;
    assert_eq!(told.trim(), folder.path().join("howdah/open.html").display().to_string());
    let page = std::fs::read_to_string(told.trim())?;
    assert!(page.contains(&desktop.link), "{page}");
    assert_eq!(std::fs::metadata(told.trim())?.permissions().mode() & 0o777, 0o600);
    Ok(())
}
