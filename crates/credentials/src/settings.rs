//! What the settings of all sources share.

use std::fmt;
use std::hash::{Hash, Hasher};

use secrecy::{ExposeSecret, SecretString};

/// As whom a source asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Identity {
    /// As Howdah itself: what it gives is the same for everybody who may use the server.
    #[default]
    Service,
    /// As the person who is signed in.
    SignedInUser,
}

/// How a token is presented.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Present {
    /// By the SASL mechanism OAUTHBEARER of PostgreSQL 18.
    #[default]
    OAuthBearer,
    /// In the place of a password, as clouds want it.
    Password,
}

/// Why settings are no source.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct SettingError {
    /// The field of the API's `credential` object.
    pub field: &'static str,
    /// What is wrong with it and what to do.
    pub problem: String,
}

impl SettingError {
    pub(crate) fn new(field: &'static str, problem: impl Into<String>) -> Self {
        Self { field, problem: problem.into() }
    }
}

/// A text that says something. A blank one means the same as none.
pub(crate) fn filled(text: &Option<String>) -> Option<&str> {
    text.as_deref().map(str::trim).filter(|text| !text.is_empty())
}

/// A secret among settings: equal settings share what they obtained, so it can be compared, but never shown.
#[derive(Clone)]
pub(crate) struct SettingSecret(SecretString);

impl SettingSecret {
    pub(crate) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl From<SecretString> for SettingSecret {
    fn from(secret: SecretString) -> Self {
        Self(secret)
    }
}

impl PartialEq for SettingSecret {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for SettingSecret {}

impl Hash for SettingSecret {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.expose().hash(state);
    }
}

impl fmt::Debug for SettingSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}
