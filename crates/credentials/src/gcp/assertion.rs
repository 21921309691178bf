//! The signed statement by which a service account asks for a token (RFC 7523 section 3, RFC 7515).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::files::ServiceAccountKey;

/// Google takes none that says more.
const LIFE: Duration = Duration::from_secs(3600);

/// # Errors
///
/// When the key is not an RSA key in PKCS #8, in words without it.
pub(super) fn assertion(
    key: &ServiceAccountKey,
    scope: &str,
    audience: &str,
    now: SystemTime,
) -> Result<SecretString, &'static str> {
    let pem = key.private_key.expose_secret().as_bytes();
    let der = PrivatePkcs8KeyDer::from_pem_slice(pem).map_err(|_| "its private key is not PKCS #8 in PEM")?;
    let signer =
        RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).map_err(|_| "its private key is not a usable RSA key")?;
    let issued_at = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let header = json!({ "alg": "RS256", "typ": "JWT", "kid": key.private_key_id });
    let claims = json!({
        "iss": key.client_email, "scope": scope, "aud": audience, "iat": issued_at, "exp": issued_at + LIFE.as_secs(),
    });
    let mut statement = format!("{}.{}", encoded(header.to_string()), encoded(claims.to_string()));
    let mut signature = vec![0; signer.public().modulus_len()];
    signer
        .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), statement.as_bytes(), &mut signature)
        .map_err(|_| "its private key cannot sign")?;
    statement.push('.');
    statement.push_str(&encoded(signature));
    Ok(statement.into())
}

fn encoded(part: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(part)
}
