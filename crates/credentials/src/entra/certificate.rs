//! The certificate by which an application proves itself to Entra ID.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use url::Url;

use crate::error::CredentialError;
use crate::jwt::{Algorithm, SigningKey};
use crate::redirects::random_text;

/// Microsoft asks for five to ten minutes at most.
const ASSERTION_LIFE: Duration = Duration::from_secs(300);

/// A certificate and its private key. Equal ones have equal certificates: there is one key for each.
#[derive(Clone)]
pub(crate) struct ClientCertificate {
    thumbprint: String,
    key: Arc<SigningKey>,
}

impl ClientCertificate {
    /// # Errors
    ///
    /// What is wrong with the text.
    pub(super) fn from_pem(pem: &SecretString) -> Result<Self, &'static str> {
        let pem = pem.expose_secret();
        let certificate = CertificateDer::from_pem_slice(pem.as_bytes())
            .map_err(|_| "this holds no certificate in PEM format: give the certificate and its private key")?;
        let key = SigningKey::from_pem(pem)?;
        // A certificate holds its public key bit for bit; a look is enough to find the wrong pair of files.
        let public = key.public_key();
        if !certificate.windows(public.len()).any(|part| part == public) {
            return Err("the private key is not this certificate's");
        }
        Ok(Self { thumbprint: URL_SAFE_NO_PAD.encode(digest(&SHA256, &certificate)), key: Arc::new(key) })
    }

    /// Vouches for the client, once, for some minutes (RFC 7523 section 3, in the form that Entra ID documents).
    pub(super) fn assertion(
        &self,
        client_id: &str,
        endpoint: &Url,
        now: SystemTime,
    ) -> Result<SecretString, CredentialError> {
        let issued_at = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let claims = json!({
            "aud": endpoint.as_str(),
            "iss": client_id,
            "sub": client_id,
            "jti": random_text()?,
            "iat": issued_at.as_secs(),
            "nbf": issued_at.as_secs(),
            "exp": (issued_at + ASSERTION_LIFE).as_secs(),
        });
        let token = self.key.sign(Algorithm::Ps256, json!({ "x5t#S256": self.thumbprint }), &claims)?;
        Ok(SecretString::from(token))
    }
}

impl PartialEq for ClientCertificate {
    fn eq(&self, other: &Self) -> bool {
        self.thumbprint == other.thumbprint
    }
}

impl Eq for ClientCertificate {}

impl Hash for ClientCertificate {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.thumbprint.hash(state);
    }
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ClientCertificate").field("thumbprint", &self.thumbprint).finish_non_exhaustive()
    }
}
