//! A dry run writes nothing: it is done on a copy of the store, which nobody sees and which is gone afterwards.

use std::sync::Arc;

use anyhow::{Context, ensure};
use howdah_store::{Clock, SealingKey, Store, StoreUrl};
use tempfile::TempDir;

use super::Into;
use crate::config::Config;
use crate::secrets::keys::OperatorKeys;

/// The store of the config to try things on. One on PostgreSQL is used as it is, if opening it changes nothing.
///
/// # Errors
///
/// When it cannot be read or copied, or its schema is not up to date.
pub(super) async fn copy(config: &Config) -> anyhow::Result<Into> {
    let cannot = "cannot open the store (store.url)";
    // Nothing is sealed under it that stays.
    let keys = OperatorKeys::new(Some(Arc::new(SealingKey::generate()?)), Vec::new());
    let Some(file) = config.store_url.file() else {
        let missing = Store::missing_migrations(&config.store_url).await.context(cannot)?;
        ensure!(
            missing.is_empty(),
            "the store's schema is not that of this Howdah, and a dry run changes nothing: start this Howdah once, or import without --dry-run"
        );
        let store = Store::open(&config.store_url, Clock::system()).await.context(cannot)?;
        return Ok(Into { store, keys, folder: None });
    };
    let folder = TempDir::with_prefix("howdah-").context("there is no place for a copy of the store")?;
    let place = folder.path().join("howdah.db");
    if file.exists() {
        Store::back_up(&config.store_url, &place).await.context("the store cannot be copied")?;
    }
    let url: StoreUrl = format!("sqlite:{}", place.display()).parse()?;
    let store = Store::open(&url, Clock::system()).await.context(cannot)?;
    Ok(Into { store, keys, folder: Some(folder) })
}
