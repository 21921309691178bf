//! The config that pgAdmin's settings become, written or printed.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::Context;

use super::report::{Kind, Report};
use super::settings::{SecretFile, Settings};
use crate::config;

const HEAD: &str = "# Made by `howdah import pgadmin`. Every key is explained in docs/config.md.\n\n";

/// Writes the config to `path` and secrets beside it, or prints it. What `check-config` would say of it is reported.
///
/// # Errors
///
/// When something else is there already, or the disk fails.
pub(super) fn write(
    settings: Settings,
    path: Option<&Path>,
    is_dry: bool,
    output: &mut impl Write,
    report: &mut Report,
) -> anyhow::Result<()> {
    let Settings { mut config, secrets } = settings;
    if let Some(path) = path {
        let whole = std::path::absolute(path).with_context(|| format!("{} is no path", path.display()))?;
        place_secrets(&mut config, &secrets, whole.parent().unwrap_or(Path::new("/")));
    }
    let text = format!("{HEAD}{}", toml::to_string(&config).context("the config cannot be written as TOML")?);
    let Some(path) = path else {
        for SecretFile { name, .. } in &secrets {
            let words =
                "is not printed: put the secret into a file that only Howdah reads, and its path here, or use --output";
            report.note(Kind::Look, name, words);
        }
        output.write_all(text.as_bytes())?;
        return Ok(());
    };
    if is_dry {
        return Ok(());
    }
    for SecretFile { name, secret } in &secrets {
        let file = path.parent().unwrap_or(Path::new("")).join(name);
        write_once(&file, &format!("{secret}\n"), 0o600, report)?;
    }
    write_once(path, &text, 0o640, report)?;
    if let Err(error) = config::parse(path, &text, &BTreeMap::new()) {
        for line in error.to_string().lines() {
            report.note(Kind::Look, line, "");
        }
    }
    Ok(())
}

/// Names the secrets' files by their whole paths, so that the config works from everywhere.
fn place_secrets(config: &mut toml::Table, secrets: &[SecretFile], folder: &Path) {
    let providers = config.get_mut("auth").and_then(|auth| auth.get_mut("oauth2")).and_then(toml::Value::as_array_mut);
    for provider in providers.into_iter().flatten() {
        let Some(table) = provider.as_table_mut() else { continue };
        let name = table.get("client_secret_file").and_then(toml::Value::as_str).map(str::to_owned);
        if let Some(name) = name.filter(|name| secrets.iter().any(|secret| secret.name == *name)) {
            table.insert("client_secret_file".to_owned(), folder.join(name).display().to_string().into());
        }
    }
}

/// Writes a file that is not there yet. One that holds the same is as well; another is left alone.
fn write_once(path: &Path, text: &str, mode: u32, report: &mut Report) -> anyhow::Result<()> {
    let about = path.display().to_string();
    match OpenOptions::new().write(true).create_new(true).mode(mode).open(path) {
        Ok(mut file) => {
            file.write_all(text.as_bytes())
                .and_then(|()| file.sync_all())
                .with_context(|| format!("cannot write {about}"))?;
            report.note(Kind::Taken, about, "is written");
            Ok(())
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let there = std::fs::read_to_string(path).with_context(|| format!("cannot read {about}"))?;
            anyhow::ensure!(
                there == text,
                "{about} is there already and holds something else: name another file, or move it away"
            );
            report.note(Kind::There, about, "");
            Ok(())
        }
        Err(error) => Err(error).with_context(|| format!("cannot write {about}")),
    }
}
