//! `howdah store`: looks after Howdah's own data.

use std::io::Write;

use anyhow::Context;
use clap::Subcommand;
use howdah_store::{Clock, Store};

use crate::config::Config;
use crate::secrets::keys::{OperatorKeys, forget_lost};

/// What to do with the store.
#[derive(Subcommand)]
pub enum StoreCommand {
    /// Removes secrets that are sealed under an operator's key that is lost for good: nobody can open them any more.
    ForgetLostSecrets,
}

/// Carries out a command.
///
/// # Errors
///
/// When the store cannot be opened or fails.
pub async fn run(command: &StoreCommand, config: &Config, output: &mut impl Write) -> anyhow::Result<()> {
    let store = Store::open(&config.store_url, Clock::system()).await.context("cannot open the store (store.url)")?;
    match command {
        StoreCommand::ForgetLostSecrets => {
            let (people, servers) = forget_lost(&store, &OperatorKeys::load(config)?).await?;
            writeln!(
                output,
                "removed the saved passwords of {people} people and secrets of {servers} servers; people and owners type them again"
            )?;
        }
    }
    store.close().await;
    Ok(())
}
