//! `howdah store`: looks after Howdah's own data.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use clap::Subcommand;
use howdah_store::{Clock, Store};

use crate::config::Config;
use crate::secrets::keys::{OperatorKeys, forget_lost, lost_words, what_is_lost};

/// What to do with the store.
#[derive(Subcommand)]
pub enum StoreCommand {
    /// Reads everything in the store, changing nothing, and tells whether it is intact, its schema and how much is in it.
    Check,
    /// Copies a store in an SQLite file to a new file, also while Howdah runs. A store on PostgreSQL is copied by `pg_dump`.
    Backup {
        /// The file to write, which must not be there yet.
        file: PathBuf,
    },
    /// Removes secrets that are sealed under an operator's key that is lost for good: nobody can open them any more.
    ForgetLostSecrets,
}

/// Carries out a command.
///
/// # Errors
///
/// When the store cannot be opened or fails, or is not in order.
pub async fn run(command: &StoreCommand, config: &Config, output: &mut impl Write) -> anyhow::Result<()> {
    if let Some(file) = config.store_url.file() {
        anyhow::ensure!(file.exists(), "there is no store at `{}` (store.url)", file.display());
    }
    match command {
        StoreCommand::Check => check(config, output).await,
        StoreCommand::Backup { file } => {
            Store::back_up(&config.store_url, file).await.context("the store cannot be copied")?;
            writeln!(output, "copied the store to {}; keep the key that seals secrets apart from it", file.display())?;
            Ok(())
        }
        StoreCommand::ForgetLostSecrets => {
            let store = open(config).await?;
            let (people, servers) = forget_lost(&store, &OperatorKeys::load(config)?).await?;
            writeln!(output, "removed {}; people and owners type them again", lost_words(people, servers))?;
            store.close().await;
            Ok(())
        }
    }
}

async fn open(config: &Config) -> anyhow::Result<Store> {
    Store::open(&config.store_url, Clock::system()).await.context("cannot open the store (store.url)")
}

async fn check(config: &Config, output: &mut impl Write) -> anyhow::Result<()> {
    let found = Store::check(&config.store_url).await.context("the store is not in order (store.url)")?;
    match config.store_url.file() {
        Some(file) => writeln!(output, "{}, {}", found.database, file.display())?,
        None => writeln!(output, "{}", found.database)?,
    }
    let schema = match found.missing.as_slice() {
        [] => "as this Howdah has it".to_owned(),
        missing => format!("{} migrations are applied when this Howdah opens it", missing.len()),
    };
    writeln!(output, "schema version {}, {schema}", found.schema)?;
    for (table, rows) in &found.tables {
        writeln!(output, "{rows:>10} {table}")?;
    }
    anyhow::ensure!(
        found.problems.is_empty(),
        "the store is not in order:\n  {}\nStop Howdah, keep a copy of the store as it is, and restore a backup (docs/deployment.md)",
        found.problems.join("\n  ")
    );
    // Tables that a migration is yet to make cannot be asked.
    if found.missing.is_empty() {
        let store = open(config).await?;
        let lost = what_is_lost(&store, &OperatorKeys::load_present(config)?).await?;
        store.close().await;
        if let Some(lost) = lost {
            anyhow::bail!("the store itself is in order, but {lost}");
        }
    }
    writeln!(output, "the store is in order")?;
    Ok(())
}
