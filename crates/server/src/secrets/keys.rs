//! The operator's keys: the one that seals, those before it that still open, and what happens at start when they change.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use howdah_store::{KeptDataKey, Protection, SealingKey, Store, Wrapping};
use secrecy::{ExposeSecret, SecretSlice};

use crate::app::App;
use crate::config::Config;
use crate::servers;

const PAGE: u32 = 200;

/// The operator's keys.
#[derive(Default)]
pub struct OperatorKeys {
    current: Option<Arc<SealingKey>>,
    others: Vec<Arc<SealingKey>>,
}

impl OperatorKeys {
    /// `current` seals and opens; `others` open.
    #[must_use]
    pub fn new(current: Option<Arc<SealingKey>>, others: Vec<Arc<SealingKey>>) -> Self {
        Self { current, others }
    }

    /// Those of the config, or the one beside the database file.
    ///
    /// # Errors
    ///
    /// When that file can be neither read nor made.
    pub fn load(config: &Config) -> anyhow::Result<Self> {
        let others = config.secrets.other_keys.clone();
        if let Some(key) = &config.secrets.key {
            return Ok(Self::new(Some(Arc::clone(key)), others));
        }
        let Some(path) = key_file(config) else { return Ok(Self::new(None, others)) };
        let key = SealingKey::load_or_create(&path)
            .with_context(|| format!("cannot read or make the key that seals secrets, {}", path.display()))?;
        Ok(Self::new(Some(Arc::new(key)), others))
    }

    /// As [`OperatorKeys::load`], and makes no key where there is none.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn load_present(config: &Config) -> anyhow::Result<Self> {
        match key_file(config) {
            Some(path) if !path.exists() => Ok(Self::new(None, config.secrets.other_keys.clone())),
            _ => Self::load(config),
        }
    }

    /// The one that seals.
    #[must_use]
    pub fn current(&self) -> Option<&SealingKey> {
        self.current.as_deref()
    }

    /// Opens what one of the keys sealed.
    #[must_use]
    pub fn open(&self, bound_to: &str, sealed: &str) -> Option<SecretSlice<u8>> {
        self.named(SealingKey::id_in(sealed)?)?.open(bound_to, sealed)
    }

    /// The key with this id.
    #[must_use]
    pub fn named(&self, id: &str) -> Option<&SealingKey> {
        self.current.iter().chain(&self.others).map(Arc::as_ref).find(|key| key.id() == id)
    }

    /// Whether a text is to be sealed anew: under a key that is not the current one.
    fn is_outdated(&self, id: &str) -> bool {
        self.current().is_some_and(|current| current.id() != id) && self.named(id).is_some()
    }
}

/// Where the key is kept that the config does not name: beside the database.
fn key_file(config: &Config) -> Option<PathBuf> {
    if config.secrets.key.is_some() {
        return None;
    }
    let mut path = config.store_url.file()?.as_os_str().to_owned();
    path.push(".key");
    Some(path.into())
}

/// Things that are sealed under a key that is not here.
#[derive(Debug, Default, PartialEq, Eq)]
struct Lost {
    /// People whose saved passwords are, by the key's id.
    people: BTreeMap<String, u64>,
    /// Servers whose definitions hold secrets that are.
    servers: BTreeMap<String, u64>,
}

impl Lost {
    fn is_empty(&self) -> bool {
        self.people.is_empty() && self.servers.is_empty()
    }

    fn words(&self) -> String {
        let ids: BTreeSet<_> = self.people.keys().chain(self.servers.keys()).cloned().collect();
        let ids: Vec<_> = ids.into_iter().collect();
        format!(
            "secrets in the store are sealed under a key that this config does not have: {}, under the key {}. Nothing was changed. Give the key back as secrets.key (with SQLite also the file beside the database) or, if another is to take its place, name it in secrets.previous_keys. If it is lost for good, `howdah store forget-lost-secrets` removes what nobody can open any more",
            lost_words(self.people.values().sum(), self.servers.values().sum()),
            ids.join(", "),
        )
    }
}

/// What is sealed, or gone: people's saved passwords and secrets of servers.
#[must_use]
pub fn lost_words(people: u64, servers: u64) -> String {
    let people = match people {
        0 => None,
        1 => Some("the saved passwords of one person".to_owned()),
        more => Some(format!("the saved passwords of {more} people")),
    };
    let servers = match servers {
        0 => None,
        1 => Some("the secrets of one server".to_owned()),
        more => Some(format!("the secrets of {more} servers")),
    };
    let both: Vec<_> = people.into_iter().chain(servers).collect();
    if both.is_empty() { "nothing".to_owned() } else { both.join(" and ") }
}

/// At start: makes sure that everything that is sealed under the operator's key can be opened, and seals anew what is
/// sealed under a key of before.
///
/// # Errors
///
/// When something is sealed under a key that is not here; then nothing has changed.
pub async fn settle(app: &App) -> anyhow::Result<()> {
    let (store, keys) = (app.store(), &app.secrets().keys);
    if let Some(words) = what_is_lost(store, keys).await? {
        anyhow::bail!("{words}");
    }
    let renewed = renew(store, keys).await?;
    if renewed > 0 {
        tracing::info!(renewed, "{renewed} secrets were sealed anew under the current secrets.key");
    }
    Ok(())
}

/// Says what is sealed under keys that are not here, and what to do; `None` where everything can be opened.
///
/// # Errors
///
/// When the store fails.
pub async fn what_is_lost(store: &Store, keys: &OperatorKeys) -> anyhow::Result<Option<String>> {
    let lost = look(store, keys).await?;
    Ok((!lost.is_empty()).then(|| lost.words()))
}

/// Removes what is sealed under keys that are not here. Says how many people's saved passwords and how many servers'
/// secrets that were.
///
/// # Errors
///
/// When the store fails.
pub async fn forget_lost(store: &Store, keys: &OperatorKeys) -> anyhow::Result<(u64, u64)> {
    let (mut people, mut servers) = (0, 0);
    each_data_key(store, async |kept| {
        if keys.named(kept.wrapping_key_id()).is_none() {
            store.forget_data_key(&kept.account).await?;
            people += 1;
        }
        Ok(())
    })
    .await?;
    each_sealed_definition(store, async |current, sealed| {
        if !sealed.iter().all(|sealed| is_known(keys, sealed)) {
            let known = |sealed: &str| Ok(is_known(keys, sealed).then(|| sealed.to_owned()));
            let rest = servers::with_each_sealed(&current.credential, anyhow::Error::from, known)?;
            servers += u64::from(store.rewrite_server_credential(&current, &rest).await?);
        }
        Ok(())
    })
    .await?;
    Ok((people, servers))
}

async fn look(store: &Store, keys: &OperatorKeys) -> anyhow::Result<Lost> {
    let mut lost = Lost::default();
    each_data_key(store, async |kept| {
        if keys.named(kept.wrapping_key_id()).is_none() {
            *lost.people.entry(kept.wrapping_key_id().to_owned()).or_default() += 1;
        }
        Ok(())
    })
    .await?;
    each_sealed_definition(store, async |_, sealed| {
        let unknown = sealed.iter().filter(|sealed| !is_known(keys, sealed));
        let ids: BTreeSet<_> = unknown.map(|sealed| SealingKey::id_in(sealed).unwrap_or_default()).collect();
        for id in ids {
            *lost.servers.entry(id.to_owned()).or_default() += 1;
        }
        Ok(())
    })
    .await?;
    Ok(lost)
}

async fn renew(store: &Store, keys: &OperatorKeys) -> anyhow::Result<u64> {
    let Some(current) = keys.current() else { return Ok(0) };
    let mut renewed = 0;
    each_data_key(store, async |kept| {
        if keys.is_outdated(kept.wrapping_key_id())
            && let Some(key) = keys.named(kept.wrapping_key_id()).and_then(|key| kept.open(key))
        {
            let wrapping = Wrapping { key: current, protection: Protection::Operator, derivation: None };
            renewed += u64::from(store.rewrap_data_key(&kept, &key, wrapping).await?);
        }
        Ok(())
    })
    .await?;
    each_sealed_definition(store, async |server, sealed| {
        let is_outdated = |sealed: &str| SealingKey::id_in(sealed).is_some_and(|id| keys.is_outdated(id));
        if sealed.iter().any(|sealed| is_outdated(sealed)) {
            let credential = servers::with_each_sealed(&server.credential, anyhow::Error::from, |sealed| {
                // What was damaged stays as it is.
                let opened = Some(sealed).filter(|sealed| is_outdated(sealed));
                match opened.and_then(|sealed| keys.open(server.owner.as_str(), sealed)) {
                    Some(contents) => anyhow::Ok(Some(current.seal(server.owner.as_str(), contents.expose_secret())?)),
                    None => Ok(Some(sealed.to_owned())),
                }
            })?;
            // Whoever changed the server meanwhile has sealed it anew by that.
            renewed += u64::from(store.rewrite_server_credential(&server, &credential).await?);
        }
        Ok(())
    })
    .await?;
    Ok(renewed)
}

fn is_known(keys: &OperatorKeys, sealed: &str) -> bool {
    SealingKey::id_in(sealed).is_some_and(|id| keys.named(id).is_some())
}

async fn each_data_key(
    store: &Store,
    mut action: impl AsyncFnMut(KeptDataKey) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut after = None;
    loop {
        let page = store.operators_data_keys(after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.account.clone());
        for kept in page {
            action(kept).await?;
        }
    }
}

async fn each_sealed_definition(
    store: &Store,
    mut action: impl AsyncFnMut(howdah_store::ServerCredential, Vec<String>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut after = None;
    loop {
        let page = store.server_credentials(after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.id.clone());
        for server in page {
            let sealed = servers::sealed_in(&server.credential);
            if !sealed.is_empty() {
                action(server, sealed).await?;
            }
        }
    }
}
