//! AWS access keys: what signs requests and database tokens.

use std::fmt;
use std::time::SystemTime;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// An access key with its secret, and the token that goes with a temporary one.
#[derive(Clone)]
pub(crate) struct Keys {
    /// Whose they are, in words.
    pub(crate) origin: String,
    /// Public: it is part of every signature.
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: SecretString,
    pub(crate) session_token: Option<SecretString>,
    /// `None` for keys of an IAM user, which have no end.
    pub(crate) expires_at: Option<SystemTime>,
}

/// The one shape in which container endpoints, the instance metadata service and `credential_process` give keys.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GivenKeys {
    access_key_id: String,
    secret_access_key: SecretString,
    #[serde(alias = "SessionToken")]
    token: Option<SecretString>,
    expiration: Option<String>,
}

impl GivenKeys {
    pub(super) fn into_keys(self, origin: String) -> Result<Keys, &'static str> {
        Keys::new(origin, self.access_key_id, self.secret_access_key, self.token, self.expiration.as_deref())
    }
}

impl Keys {
    /// # Errors
    ///
    /// What is wrong with them, in words without the keys.
    pub(super) fn new(
        origin: String,
        access_key_id: String,
        secret_access_key: SecretString,
        session_token: Option<SecretString>,
        expiration: Option<&str>,
    ) -> Result<Self, &'static str> {
        if access_key_id.is_empty() || secret_access_key.expose_secret().is_empty() {
            return Err("the access key or its secret is empty");
        }
        let expires_at = expiration
            .map(|text| OffsetDateTime::parse(text, &Rfc3339).map(SystemTime::from))
            .transpose()
            .map_err(|_| "their expiry is not a time")?;
        let session_token = session_token.filter(|token| !token.expose_secret().is_empty());
        Ok(Self { origin, access_key_id, secret_access_key, session_token, expires_at })
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Keys")
            .field("origin", &self.origin)
            .field("access_key_id", &self.access_key_id)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}
