//! The secrets of a definition as the store keeps them: sealed for the server's owner, beside the fields of its credential.
//!
//! What cannot be opened is not lost when the server is changed meanwhile: it stays as it is, under what is sealed anew, and
//! is found again when its key is back.

use std::collections::{BTreeMap, BTreeSet};
use std::mem::discriminant;

use howdah_store::AccountId;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::check::is_about_secret;
use crate::error::{ApiError, ApiResult};
use crate::secrets::keys::OperatorKeys;
use crate::wire::ServerDefinition;

/// The secrets that the server's last change left.
const SEALED: &str = "sealed_secrets";
/// Older ones that could not be opened then, the newest first.
const UNOPENED: &str = "unopened_secrets";

/// Secrets that could not be opened when their server was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unopened {
    sealed: String,
    /// Paths of those among them that were replaced or taken out since.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    without: BTreeSet<String>,
}

/// The sealed secrets of a definition, the newest first.
#[derive(Debug, Clone, Default)]
pub struct Sealed(Vec<Unopened>);

impl Sealed {
    /// Takes them out of what the store keeps as a credential.
    pub fn take_from(fields: &mut Map<String, Value>) -> Self {
        let newest = fields.remove(SEALED).and_then(|text| text.as_str().map(str::to_owned));
        let newest = newest.map(|sealed| Unopened { sealed, without: BTreeSet::new() });
        Self(newest.into_iter().chain(take_older(fields)).collect())
    }

    /// Puts all that can be opened into a definition, and gives the rest. Without its key a definition is still shown;
    /// connecting says what is missing.
    pub fn open(self, keys: &OperatorKeys, owner: &AccountId, definition: &mut ServerDefinition) -> Vec<Unopened> {
        let mut unopened = Vec::new();
        for each in self.0 {
            let opened = keys.open(owner.as_str(), &each.sealed);
            let secrets = opened
                .and_then(|text| serde_json::from_slice::<BTreeMap<String, SecretString>>(text.expose_secret()).ok());
            let Some(secrets) = secrets else {
                tracing::error!(account.id = %owner, "secrets of a server cannot be opened: was secrets.key changed?");
                unopened.push(each);
                continue;
            };
            for (path, secret) in secrets {
                if !each.without.contains(&path) {
                    definition.restore_secret(&path, secret);
                }
            }
        }
        unopened
    }
}

fn take_older(fields: &mut Map<String, Value>) -> Vec<Unopened> {
    fields.remove(UNOPENED).and_then(|list| serde_json::from_value(list).ok()).unwrap_or_default()
}

impl Unopened {
    /// What is left of them when their server is changed.
    fn kept_through(mut self, before: &ServerDefinition, after: &ServerDefinition) -> Self {
        let is_other_credential = discriminant(&before.credential) != discriminant(&after.credential);
        for path in ServerDefinition::SECRET_PATHS {
            let is_of_credential = !path.starts_with("connection_parameters.") && !path.starts_with("tunnel.");
            if is_other_credential && is_of_credential || !after.would_take(path) {
                self.without.insert(path.to_owned());
            }
        }
        // The passphrase of one key is not that of another.
        if after.secrets().iter().any(|(path, _)| *path == "tunnel.private_key") {
            self.without.insert("tunnel.passphrase".to_owned());
        }
        self
    }
}

impl ServerDefinition {
    /// Whether there is an empty place for a secret: none stands there, and nobody has said that there is none.
    fn would_take(&self, path: &str) -> bool {
        let has = |definition: &Self| definition.secrets().iter().any(|(found, _)| *found == path);
        let mut tried = self.clone();
        tried.restore_secret(path, SecretString::from("x"));
        !has(self) && has(&tried)
    }
}

/// Checks a definition that may lack secrets which are among those that cannot be opened: where `check` misses one, another
/// stands there, whose own faults (the second argument names it) do not count.
///
/// # Errors
///
/// What `check` says of anything else.
pub(super) fn check_with_unopened(
    definition: &ServerDefinition,
    check: impl Fn(&ServerDefinition, &[&str]) -> ApiResult<()>,
) -> ApiResult<()> {
    let mut complete = definition.clone();
    let mut presumed = Vec::new();
    loop {
        let Err(problem) = check(&complete, &presumed) else { return Ok(()) };
        let mut paths = ServerDefinition::SECRET_PATHS.iter().filter(|path| complete.would_take(path));
        let Some(path) = paths.find(|path| is_about_secret(&problem, path)) else { return Err(problem) };
        complete.restore_secret(path, SecretString::from("-----BEGIN "));
        presumed.push(*path);
    }
}

/// Those that stay sealed as they are when a server is changed.
#[must_use]
pub(super) fn kept_through(
    unopened: Vec<Unopened>,
    before: &ServerDefinition,
    after: &ServerDefinition,
) -> Vec<Unopened> {
    unopened.into_iter().map(|each| each.kept_through(before, after)).collect()
}

/// What the store keeps as the credential of a definition: with its secrets sealed, and with those that could not be
/// opened as they are.
///
/// # Errors
///
/// 422 when it has secrets and there is no key to seal them with.
pub(super) fn write_credential(
    keys: &OperatorKeys,
    owner: &AccountId,
    definition: &ServerDefinition,
    unopened: &[Unopened],
) -> ApiResult<String> {
    let mut fields = serde_json::to_value(&definition.credential).map_err(|error| ApiError::internal(&error))?;
    if let Some(sealed) = seal(keys, owner, definition)? {
        fields[SEALED] = Value::String(sealed);
    }
    if !unopened.is_empty() {
        fields[UNOPENED] = serde_json::to_value(unopened).map_err(|error| ApiError::internal(&error))?;
    }
    Ok(fields.to_string())
}

fn seal(keys: &OperatorKeys, owner: &AccountId, definition: &ServerDefinition) -> ApiResult<Option<String>> {
    let secrets: BTreeMap<_, _> =
        definition.secrets().into_iter().map(|(path, secret)| (path, secret.expose_secret())).collect();
    let Some((path, _)) = secrets.first_key_value() else { return Ok(None) };
    let field = if path.contains('.') { path } else { "credential" };
    let key = keys.current().ok_or_else(|| {
        ApiError::invalid(
            field,
            "This Howdah has no key to seal secrets with, so none can be saved. Ask whoever runs it to set secrets.key.",
        )
    })?;
    let text = serde_json::to_vec(&secrets).map(Zeroizing::new).map_err(|error| ApiError::internal(&error))?;
    Ok(Some(key.seal(owner.as_str(), &text)?))
}

/// The sealed texts in what the store keeps as a server's credential.
#[must_use]
pub fn sealed_in(credential: &str) -> Vec<String> {
    let Ok(mut fields) = serde_json::from_str(credential) else { return Vec::new() };
    Sealed::take_from(&mut fields).0.into_iter().map(|each| each.sealed).collect()
}

/// What the store keeps as a server's credential, with each sealed text replaced by what `change` gives for it; where that
/// is nothing, what it sealed is gone.
///
/// # Errors
///
/// What `unreadable` makes of it when it cannot be read, or what `change` answers.
pub fn with_each_sealed<E>(
    credential: &str,
    unreadable: impl Fn(serde_json::Error) -> E,
    mut change: impl FnMut(&str) -> Result<Option<String>, E>,
) -> Result<String, E> {
    let mut fields: Map<String, Value> = serde_json::from_str(credential).map_err(&unreadable)?;
    if let Some(newest) = fields.remove(SEALED)
        && let Some(sealed) = change(newest.as_str().unwrap_or_default())?
    {
        fields.insert(SEALED.to_owned(), Value::String(sealed));
    }
    let mut older = Vec::new();
    for each in take_older(&mut fields) {
        if let Some(sealed) = change(&each.sealed)? {
            older.push(Unopened { sealed, ..each });
        }
    }
    if !older.is_empty() {
        fields.insert(UNOPENED.to_owned(), serde_json::to_value(older).map_err(&unreadable)?);
    }
    serde_json::to_string(&fields).map_err(unreadable)
}
