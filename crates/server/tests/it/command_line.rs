//! The command line.

use std::process::{Command, Output};

use anyhow::{Context, Result};

use crate::world::World;

fn howdah(arguments: &[&str], environment: &[(&str, &str)]) -> Result<Output> {
    let folder = tempfile::tempdir()?;
    Ok(Command::new(env!("CARGO_BIN_EXE_howdah"))
        .args(arguments)
        .envs(environment.iter().copied())
        .current_dir(folder.path())
        .output()?)
}

fn lines(output: &Output) -> Vec<String> {
    String::from_utf8_lossy(&output.stderr).lines().map(str::to_owned).collect()
}

/// What `check-config` says about a config: its problems, one a line, or nothing. The exit code must fit.
pub(crate) fn check_config(text: &str) -> Result<String> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("howdah.toml");
    std::fs::write(&path, text)?;
    let output = howdah(&["check-config", "--config", path.to_str().unwrap()], &[])?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    match output.status.code() {
        Some(0) => Ok(said.replace("the config is valid\n", "")),
        Some(2) => Ok(said),
        other => anyhow::bail!("check-config ended with {other:?}: {said}"),
    }
}

#[test]
fn the_version_and_help_are_told() -> Result<()> {
    let version = howdah(&["--version"], &[])?;
    assert_eq!(String::from_utf8_lossy(&version.stdout).trim(), format!("howdah {}", env!("CARGO_PKG_VERSION")));
    assert!(howdah(&["help"], &[])?.status.success());
    assert_eq!(howdah(&["nosuch"], &[])?.status.code(), Some(2));
    Ok(())
}

#[test]
fn a_wrong_config_is_told_whole_and_never_served() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("howdah.toml");
    std::fs::write(
        &path,
        "[server]\nlisten = \"x\"\npublik_url = \"y\"\n[[auth.oauth2]]\nname = \"a\"\nclient_secret = \"hunter2\"\n",
    )?;
    let path = path.to_str().unwrap();
    for command in ["check-config", "serve"] {
        let output = howdah(&[command, "--config", path], &[])?;
        assert_eq!(output.status.code(), Some(2));
        let lines = lines(&output);
        assert!(lines.len() >= 4, "{lines:#?}");
        assert!(lines.iter().all(|line| line.starts_with(&format!("{path}: "))), "{lines:#?}");
        assert!(
            lines.iter().any(|line| line.contains("server.publik_url: unknown key: did you mean server.public_url?")),
            "{lines:#?}"
        );
        assert!(lines.iter().any(|line| line.contains("auth.oauth2[0].client_id")), "{lines:#?}");
        assert!(!lines.concat().contains("hunter2"));
    }
    Ok(())
}

#[test]
fn a_config_that_is_not_there_is_told() -> Result<()> {
    let output = howdah(&["check-config", "--config", "/nowhere/howdah.toml"], &[])?;
    assert_eq!(output.status.code(), Some(2));
    assert!(lines(&output)[0].starts_with("/nowhere/howdah.toml: cannot be read"));
    assert_eq!(howdah(&["check-config"], &[])?.status.code(), Some(2));
    Ok(())
}

#[test]
fn the_environment_alone_may_be_the_config() -> Result<()> {
    assert_eq!(howdah(&["check-config"], &[("HOWDAH_AUTH__MAX_LOGIN_ATTEMPTS", "5")])?.status.code(), Some(0));
    let wrong = howdah(&["serve"], &[("HOWDAH_SERVER__LISTEN", "nonsense"), ("HOWDAH_AUTH__SOURCES", "oauth2")])?;
    assert_eq!(wrong.status.code(), Some(2));
    let lines = lines(&wrong);
    assert_eq!(lines.len(), 2, "{lines:#?}");
    assert!(lines.iter().all(|line| line.starts_with("environment: ")), "{lines:#?}");
    Ok(())
}

#[tokio::test]
async fn a_good_config_is_good() -> Result<()> {
    let world = World::shared().await;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("howdah.toml");
    std::fs::write(&path, world.config())?;
    let output = howdah(&["check-config", "--config", path.to_str().unwrap()], &[])?;
    assert!(output.status.success(), "{:?}", lines(&output));
    let overridden =
        howdah(&["check-config", "--config", path.to_str().unwrap()], &[("HOWDAH_SERVER__LISTEN", "nonsense")])?;
    assert_eq!(
        lines(&overridden),
        [
            "environment: server.listen: `nonsense` is not an address with a port: write it as 127.0.0.1:5080 or [::1]:5080"
        ]
    );
    Ok(())
}

#[tokio::test]
async fn a_second_server_on_one_file_is_told_and_the_first_goes_on() -> Result<()> {
    let world = World::start("").await?;
    let second = world.folder.path().join("second.toml");
    let port = format!("127.0.0.1:{}", world.address.rsplit_once(':').context("no port")?.1);
    std::fs::write(&second, world.config().replace(&format!("listen = \"{port}\""), "listen = \"127.0.0.1:0\""))?;
    let output = howdah(&["serve", "--config", second.to_str().context("a path")?], &[])?;
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("another Howdah serves `") && said.contains("Stop it first"), "{said}");
    assert!(world.command(&["user", "list"]).is_ok(), "commands run beside a server");
    assert_eq!(world.sign_in("ada").await?.get("/api/v1/me").await?.status, 200);
    // What a killed process held, its successor gets.
    world.restart().await
}
