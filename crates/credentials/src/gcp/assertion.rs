//! The signed statement by which a service account asks for a token (RFC 7523 section 3).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::files::ServiceAccountKey;
use crate::error::CredentialError;
use crate::jwt::{Algorithm, SigningKey};

/// Google takes none that says more.
const LIFE: Duration = Duration::from_secs(3600);

/// # Errors
///
/// When the key is none that can sign, in words without it.
pub(super) fn assertion(
    key: &ServiceAccountKey,
    scope: &str,
    audience: &str,
    now: SystemTime,
) -> Result<SecretString, CredentialError> {
    let signer = SigningKey::from_pem(key.private_key.expose_secret()).map_err(|problem| {
        CredentialError::failed(format!(
            "the key of the service account {} cannot be used: {problem}",
            key.client_email
        ))
    })?;
    let issued_at = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let claims = json!({
        "iss": key.client_email, "scope": scope, "aud": audience, "iat": issued_at, "exp": issued_at + LIFE.as_secs(),
    });
    signer.sign(Algorithm::Rs256, json!({ "kid": key.private_key_id }), &claims).map(SecretString::from)
}
