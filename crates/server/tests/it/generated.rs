//! Files that are written from the code. `cargo xtask codegen` sets `UPDATE_GENERATED` and writes them; otherwise they
//! must be what would be written.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result};
use howdah::app::App;
use howdah::error::Code;
use howdah::urls::Urls;
use howdah_store::{Clock, Store};

const CONFIG: &str = r#"
    [[auth.oauth2]]
    name = "corp"
    client_id = "howdah"
    client_secret = "any"
    server_metadata_url = "https://login.example.com/.well-known/openid-configuration"
"#;

fn check(path: &str, text: &str) -> Result<()> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        std::fs::create_dir_all(file.parent().context("a folder")?)?;
        std::fs::write(&file, text)?;
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    anyhow::ensure!(found == text, "{path} is out of date: run `cargo xtask codegen`");
    Ok(())
}

#[test]
fn the_config_reference_is_up_to_date() -> Result<()> {
    check("docs/config.md", &howdah::config::reference())
}

#[tokio::test]
async fn the_description_of_the_api_is_up_to_date() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let text = serde_json::to_string_pretty(&howdah::http::description(some_app(folder.path()).await?))?;
    let ids: Vec<&str> = text.lines().filter_map(|line| line.trim().strip_prefix("\"operationId\": ")).collect();
    let distinct: BTreeSet<&str> = ids.iter().copied().collect();
    anyhow::ensure!(ids.len() == distinct.len(), "two operations share an id: {ids:?}");
    check("docs/openapi.json", &format!("{text}\n"))
}

#[test]
fn the_list_of_commands_that_completion_offers_is_up_to_date() -> Result<()> {
    let commands: Vec<_> =
        howdah_pg::psql::commands().into_iter().map(|(name, what)| (format!("\\{name}"), what)).collect();
    check("web/src/editor/psqlCommands.json", &format!("{}\n", serde_json::to_string_pretty(&commands)?))
}

/// An app that serves nobody: what it says of its routes is what each says.
pub(crate) async fn some_app(folder: &Path) -> Result<App> {
    let loaded = howdah::config::parse(Path::new("howdah.toml"), CONFIG, &BTreeMap::new())?;
    let url = format!("sqlite:{}", folder.join("howdah.db").display());
    let store = Store::open(&url.parse()?, Clock::system()).await?;
    App::new(loaded.config, store, Urls::new("http://127.0.0.1:1".parse()?))
}

#[test]
fn the_list_of_errors_is_up_to_date() -> Result<()> {
    let mut text = String::from(
        "<!-- Written from crates/server/src/error.rs by `cargo xtask codegen`. -->\n\n# Errors of the HTTP API\n\n\
         The API is described by [`openapi.json`](openapi.json), which a running Howdah serves at `/api/v1/openapi.json`.\n\
         Every error is an RFC 9457 problem (`application/problem+json`). `code` is stable; `detail` is for people and may change.\n\
         `field` names what is wrong with a request, `sqlstate` and `database_message` are PostgreSQL's own, `step` is the step of\n\
         connecting that failed, and `request_id` finds the cause in the log.\n\n| status | `code` | when |\n| --- | --- | --- |\n",
    );
    for code in Code::ALL {
        writeln!(text, "| {} | `{}` | {} |", code.status().as_u16(), code.name(), code.meaning())?;
    }
    check("docs/http-api.md", &text)
}
