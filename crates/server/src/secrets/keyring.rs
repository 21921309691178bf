//! The key of one person's own machine: kept in the keyring of their desktop, or else in a file beside the database.
//!
//! The keyring is reached by its own program, `secret-tool`, as a child process that can be killed: a keyring may wait for
//! somebody to unlock it, and a library that waits cannot be stopped.

use std::ffi::OsString;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use howdah_credentials::{CredentialError, Program};
use howdah_store::SealingKey;
use secrecy::ExposeSecret;

use super::keys::OperatorKeys;
use crate::error::chain;

/// How long the keyring may take in all.
pub const LIMIT: Duration = Duration::from_secs(3);
/// What the key is found by.
const ATTRIBUTES: [&str; 4] = ["application", "howdah", "purpose", "sealing-key"];
const LABEL: &str = "--label=Howdah: key to saved passwords";

/// The keyring of a desktop.
#[derive(Debug, Clone)]
pub struct Keyring {
    lookup: Program,
    store: Program,
    limit: Duration,
}

/// Where the key of a desktop lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyPlace {
    /// In the keyring.
    Keyring,
    /// In a file for its owner alone, and why.
    File {
        /// For the log and the person.
        why: String,
    },
}

/// Why a keyring gives no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// It has none, and none is to be made.
    #[error("the keyring has no key of Howdah")]
    Nothing,
    /// There is no such program, or it takes too long.
    #[error("the keyring does not answer")]
    Unreachable(#[source] CredentialError),
    /// It says no.
    #[error("the keyring failed: {0}")]
    Failed(String),
    /// It takes a key and does not have it afterwards.
    #[error("the keyring does not keep what it is given")]
    KeepsNothing,
    /// What it has is no key.
    #[error("what the keyring has under Howdah's name is no key")]
    NoKey,
    /// There are no random bytes for a new one.
    #[error(transparent)]
    Random(#[from] howdah_store::StoreError),
}

impl Keyring {
    /// The one of the desktop that this process belongs to, by `secret-tool` of libsecret.
    #[must_use]
    pub fn of_desktop() -> Self {
        Self::by_program("secret-tool", std::env::vars_os(), LIMIT)
    }

    /// One that is reached by a program that understands `secret-tool`'s arguments.
    pub fn by_program(
        program: impl Into<OsString>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        limit: Duration,
    ) -> Self {
        let (program, environment): (OsString, Vec<_>) = (program.into(), environment.into_iter().collect());
        let lookup = ["lookup"].into_iter().chain(ATTRIBUTES);
        let store = ["store", LABEL].into_iter().chain(ATTRIBUTES);
        Self {
            lookup: Program::new(program.clone(), lookup, environment.clone()),
            store: Program::new(program, store, environment),
            limit,
        }
    }

    /// The key in it.
    ///
    /// # Errors
    ///
    /// The variants say why there is none.
    pub async fn key(&self) -> Result<SealingKey, KeyringError> {
        // Each run has what is left of the time; a run that is dropped is killed with all that it started.
        tokio::time::timeout(self.limit, self.find())
            .await
            .unwrap_or_else(|_| Err(self.too_slow()))?
            .ok_or(KeyringError::Nothing)
    }

    /// The key in it, or a new one that it has kept.
    ///
    /// # Errors
    ///
    /// The variants say why there is none.
    pub async fn key_or_new(&self) -> Result<SealingKey, KeyringError> {
        let work = async {
            if let Some(key) = self.find().await? {
                return Ok(key);
            }
            let text = SealingKey::generate()?.to_text();
            let stored = self.store.run(Some(&text), self.limit).await.map_err(KeyringError::Unreachable)?;
            if !stored.success {
                return Err(KeyringError::Failed(stored.complaint.unwrap_or_else(|| "it took no key".to_owned())));
            }
            // What it has now counts: another process may have been faster, and some keep nothing.
            self.find().await?.ok_or(KeyringError::KeepsNothing)
        };
        tokio::time::timeout(self.limit, work).await.unwrap_or_else(|_| Err(self.too_slow()))
    }

    async fn find(&self) -> Result<Option<SealingKey>, KeyringError> {
        let found = self.lookup.run(None, self.limit).await.map_err(KeyringError::Unreachable)?;
        match (found.success, found.complaint) {
            (true, _) if !found.output.expose_secret().is_empty() => {
                SealingKey::parse(&found.output).map(Some).ok_or(KeyringError::NoKey)
            }
            // `secret-tool` says nothing of what is not there, and ends with 1.
            (true, _) | (false, None) => Ok(None),
            (false, Some(complaint)) => Err(KeyringError::Failed(complaint)),
        }
    }

    fn too_slow(&self) -> KeyringError {
        KeyringError::Failed(format!("it took longer than {} and was stopped", humantime::format_duration(self.limit)))
    }
}

/// The keys of a person's own machine whose database is the file `database`: from the keyring where it works, else from a
/// file beside the database. A key that was once in the keyring is never replaced by another: while the keyring cannot be
/// read, that is an error.
///
/// # Errors
///
/// When the key is in a keyring that does not give it, or the file can be neither read nor made.
pub async fn desktop_keys(keyring: &Keyring, database: &Path) -> anyhow::Result<(OperatorKeys, KeyPlace)> {
    let (file, note) = (beside(database, ".key"), beside(database, ".keyring"));
    let in_file = |path: &Path| {
        SealingKey::load_or_create(path)
            .map(Arc::new)
            .with_context(|| format!("cannot read or make the key that seals secrets, {}", path.display()))
    };
    if note.exists() {
        let key = keyring.key().await.context(
            "the key to your saved passwords is in your desktop's keyring, which does not give it: unlock the keyring and start Howdah again",
        )?;
        let others = if file.exists() { vec![in_file(&file)?] } else { Vec::new() };
        return Ok((OperatorKeys::new(Some(Arc::new(key)), others), KeyPlace::Keyring));
    }
    if file.exists() {
        let why = "there is a key in a file from before".to_owned();
        return Ok((OperatorKeys::new(Some(in_file(&file)?), Vec::new()), KeyPlace::File { why }));
    }
    match keyring.key_or_new().await {
        Ok(key) => {
            write_note(&note, key.id()).with_context(|| format!("cannot write {}", note.display()))?;
            Ok((OperatorKeys::new(Some(Arc::new(key)), Vec::new()), KeyPlace::Keyring))
        }
        Err(error) => {
            let why = chain(&error);
            tracing::info!("the key to saved passwords is kept in {}: {why}", file.display());
            Ok((OperatorKeys::new(Some(in_file(&file)?), Vec::new()), KeyPlace::File { why }))
        }
    }
}

/// Notes that the key is in the keyring, and which.
fn write_note(path: &Path, id: &str) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    writeln!(file, "The key {id} is in the keyring.")?;
    file.sync_all()
}

fn beside(database: &Path, ending: &str) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(ending);
    path.into()
}
