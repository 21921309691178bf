//! Coming from pgAdmin, and going back: `howdah import pgadmin` and `howdah export servers`.

mod bring;
mod commands;
mod database;
mod entry;
mod environment;
mod fit;
mod python;
mod reading;
mod report;
mod settings;
mod tried;
mod written;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, Subcommand};
use howdah_store::{Clock, Store};
use serde_json::{Map, Value};
use tempfile::TempDir;

use crate::command_line::WrongInput;
use crate::config::Config;
use crate::desktop;
use crate::secrets::keys::OperatorKeys;
use crate::serve;
use database::Place;
pub use reading::read;
use report::Report;

/// What is imported is read whole.
const MOST_BYTES: u64 = 64 << 20;

/// Where to import from.
#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// Brings a pgAdmin installation over: its settings, its people and their servers. What has no place here is told.
    Pgadmin(PgadminFiles),
}

/// Files of pgAdmin's.
#[derive(Debug, Args)]
pub struct PgadminFiles {
    /// config_local.py, config_distro.py or config_system.py. No Python is run. Several: the later ones override.
    #[arg(long, value_name = "FILE")]
    config_local: Vec<PathBuf>,
    /// The environment of pgAdmin's container, a line `NAME=value` for each variable, such as `docker exec pgadmin env`
    /// prints: its PGADMIN_CONFIG_ variables are settings, which those of --config-local override.
    #[arg(long, value_name = "FILE")]
    environment: Option<PathBuf>,
    /// Servers that pgAdmin exported, such as servers.json.
    #[arg(long, value_name = "FILE")]
    servers: Option<PathBuf>,
    /// pgAdmin's own database: its people and their servers. A file such as pgadmin4.db, or the address of a database on
    /// PostgreSQL (postgresql://USER@HOST/DATABASE), whose password is in PGPASSWORD or ~/.pgpass.
    #[arg(long, value_name = "FILE|URL")]
    database: Option<String>,
    /// As --database, with the database that CONFIG_DATABASE_URI of the settings names, and its password from there.
    #[arg(long, conflicts_with = "database")]
    database_of_settings: bool,
    /// Into the store of `howdah desktop`, for whoever runs this.
    #[arg(long, conflicts_with = "owner")]
    desktop: bool,
    /// Whose the servers become. Default: of --database, whose they were; of --servers, the only account there is.
    #[arg(long, value_name = "USER")]
    owner: Option<String>,
    /// Writes the config that --config-local becomes to this file, and secrets beside it. Default: it is printed, without
    /// secrets.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Only tells what would be done.
    #[arg(long)]
    dry_run: bool,
}

/// What to export.
#[derive(Debug, Subcommand)]
pub enum ExportCommand {
    /// Servers as JSON that pgAdmin imports, without secrets.
    Servers {
        /// Whose servers. Default: everybody's, and those of the config.
        #[arg(long, value_name = "USER")]
        owner: Option<String>,
    },
}

fn wrong(file: &Path, place: &str, what: &str, remedy: &str) -> anyhow::Error {
    let place = if place.is_empty() { String::new() } else { format!("{place}: ") };
    WrongInput::new(format!("{}: {place}{what}: {remedy}", file.display())).into()
}

impl PgadminFiles {
    fn need_store(&self) -> bool {
        self.servers.is_some() || self.database.is_some() || self.database_of_settings
    }

    fn have_settings(&self) -> bool {
        !self.config_local.is_empty() || self.environment.is_some()
    }
}

impl ImportCommand {
    /// Whether Howdah's own config is needed.
    #[must_use]
    pub fn needs_config(&self) -> bool {
        let Self::Pgadmin(files) = self;
        files.need_store() && !files.desktop
    }
}

/// Carries out an import. `config` is there where the command needs it.
///
/// # Errors
///
/// [`WrongInput`] when a file cannot be read; else when the store or the disk fails.
pub async fn import(command: &ImportCommand, config: Option<&Config>, output: &mut impl Write) -> anyhow::Result<()> {
    let ImportCommand::Pgadmin(files) = command;
    if !files.have_settings() && !files.need_store() {
        return Err(WrongInput::new(
            "command line: nothing is named to import: give --config-local, --environment, --servers or --database"
                .to_owned(),
        )
        .into());
    }
    let mut report = Report::default();
    // Everything is read before anything is written.
    let sources = read_settings(files, &mut report)?;
    let servers = files.servers.as_deref().map(read_servers).transpose()?;
    let people = match place_of(files, &sources)? {
        Some(place) => Some(read_people(&place).await?),
        None => None,
    };
    let settings = settings::translate(&sources, &mut report);
    let mut is_printed = false;
    if files.have_settings() {
        is_printed = files.output.is_none();
        written::write(settings, files.output.as_deref(), files.dry_run, output, &mut report)?;
    }
    let own = match (files.desktop && files.need_store(), files.dry_run) {
        (false, _) => None,
        (true, false) => Some(desktop::own_config()?),
        (true, true) => Some(desktop::config_as_it_would_be()?),
    };
    if let Some(config) = own.as_ref().or(config)
        && files.need_store()
    {
        let Into { store, keys, folder } =
            if files.dry_run { tried::copy(config).await? } else { Into::open(config).await? };
        let owner = match files.desktop {
            true => Some(desktop::account(&store).await?.username),
            false => files.owner.clone(),
        };
        let brought = bring::Bring::new(config, &store, keys, owner.as_deref(), files.dry_run)?;
        let done = async {
            if let Some(people) = people {
                brought.people(people, &mut report).await?;
            }
            if let (Some(servers), Some(path)) = (servers, &files.servers) {
                brought.servers(path, servers, &mut report).await?;
            }
            anyhow::Ok(())
        };
        let done = done.await;
        store.close().await;
        // It holds a copy of the store.
        drop(folder);
        done?;
    }
    // Where the config is printed, it can be taken as it is.
    if is_printed {
        report.write(&mut std::io::stderr())?
    } else {
        report.write(output)?
    }
    Ok(())
}

/// What is imported into.
struct Into {
    store: Store,
    keys: OperatorKeys,
    /// Of a store that is only tried on, and goes with this.
    folder: Option<TempDir>,
}

impl Into {
    async fn open(config: &Config) -> anyhow::Result<Self> {
        let store =
            Store::open(&config.store_url, Clock::system()).await.context("cannot open the store (store.url)")?;
        Ok(Self { store, keys: serve::operator_keys(config).await?, folder: None })
    }
}

/// Carries out an export.
///
/// # Errors
///
/// When there is no such account, or the store fails.
pub async fn export(command: &ExportCommand, config: &Config, output: &mut impl Write) -> anyhow::Result<()> {
    let ExportCommand::Servers { owner } = command;
    let store = Store::open(&config.store_url, Clock::system()).await.context("cannot open the store (store.url)")?;
    let definitions = bring::definitions(config, &store, owner.as_deref()).await;
    store.close().await;
    let mut servers = Map::new();
    for definition in definitions? {
        let name = format!("{}/{}", definition.group, definition.name);
        let (fields, lost) = entry::write(&definition);
        for words in lost {
            eprintln!("{name}: {words}");
        }
        if entry::read(&fields).is_err() {
            eprintln!("{name}: pgAdmin wants a `Username`, and this server's credential source says it: not exported");
            continue;
        }
        servers.insert((servers.len() + 1).to_string(), Value::Object(fields));
    }
    serde_json::to_writer_pretty(&mut *output, &serde_json::json!({ "Servers": servers }))?;
    writeln!(output)?;
    Ok(())
}

/// The settings, each in the order in which pgAdmin takes them: those of the environment first.
fn read_settings(files: &PgadminFiles, report: &mut Report) -> anyhow::Result<Vec<(String, python::Source)>> {
    let name_of = |path: &Path| path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let mut sources = Vec::new();
    if let Some(path) = &files.environment {
        let name = name_of(path);
        let source = environment::read(&name, &read_text(path)?, report);
        sources.push((name, source));
    }
    for path in &files.config_local {
        sources.push((name_of(path), python::read(&read_text(path)?)));
    }
    Ok(sources)
}

/// Where pgAdmin keeps its people.
fn place_of(files: &PgadminFiles, sources: &[(String, python::Source)]) -> anyhow::Result<Option<Place>> {
    let command_line = |what: &str| anyhow::Error::from(WrongInput::new(format!("command line: {what}")));
    if files.database_of_settings {
        let uri = settings::text_of(sources, "CONFIG_DATABASE_URI").filter(|uri| !uri.is_empty()).ok_or_else(|| {
            command_line("--database-of-settings: no setting says CONFIG_DATABASE_URI as a text: name the database with --database")
        })?;
        return Place::parse(&uri)
            .map(Some)
            .map_err(|words| command_line(&format!("--database-of-settings: CONFIG_DATABASE_URI {words}")));
    }
    let Some(text) = &files.database else { return Ok(None) };
    let place = Place::parse(text).map_err(|words| command_line(&format!("--database: {words}")))?;
    if place.has_password() {
        return Err(command_line(
            "--database: a password stands in it, which others see in the list of processes: change it, and give it in PGPASSWORD or ~/.pgpass",
        ));
    }
    Ok(Some(place))
}

async fn read_people(place: &Place) -> anyhow::Result<Vec<database::Person>> {
    let remedy = match place {
        Place::File(_) => "give the path of pgAdmin's pgadmin4.db",
        Place::Server(_) => "give the address that pgAdmin's CONFIG_DATABASE_URI has",
    };
    let wrong = |error: anyhow::Error| WrongInput::new(format!("{place}: {error:#}: {remedy}"));
    Ok(database::read(place).await.map_err(wrong)?)
}

/// The entries of a file that pgAdmin exported, by their keys.
fn read_servers(path: &Path) -> anyhow::Result<Map<String, Value>> {
    const REMEDY: &str = "give a file that pgAdmin's *Import/Export Servers* or `setup.py dump-servers` wrote";
    let text = read_text(path)?;
    let whole: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| wrong(path, &format!("line {}", error.line()), "is not JSON", REMEDY))?;
    match whole.get("Servers") {
        Some(Value::Object(servers)) => Ok(servers.clone()),
        _ => Err(wrong(path, "Servers", "is missing", REMEDY)),
    }
}

fn read_text(path: &Path) -> anyhow::Result<String> {
    let unreadable = |what: String| wrong(path, "", &what, "check the path, and that you may read it");
    let size = std::fs::metadata(path).map_err(|error| unreadable(format!("cannot be read ({error})")))?.len();
    if size > MOST_BYTES {
        return Err(unreadable("is larger than 64 MiB".to_owned()));
    }
    let bytes = std::fs::read(path).map_err(|error| unreadable(format!("cannot be read ({error})")))?;
    String::from_utf8(bytes).map_err(|_| unreadable("is not UTF-8 text".to_owned()))
}
