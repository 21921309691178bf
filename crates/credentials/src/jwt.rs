//! JSON Web Tokens that we sign ourselves, to prove which client we are.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::Value;

use crate::error::CredentialError;

/// How a token is signed (RFC 7518 section 3.1). All with RSA: what clouds give their applications.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256
    Rs256,
    /// RSASSA-PSS with SHA-256
    Ps256,
}

/// An RSA key that signs.
pub(crate) struct SigningKey(RsaKeyPair);

impl SigningKey {
    /// The first private key of a PEM text.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub(crate) fn from_pem(pem: &str) -> Result<Self, &'static str> {
        let key =
            PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| "this holds no private key in PEM format")?;
        let pair = match &key {
            PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()),
            PrivateKeyDer::Pkcs8(der) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()),
            _ => return Err("the private key is of a kind that we cannot use: make an RSA key"),
        };
        pair.map(Self).map_err(|_| "the private key cannot be used: make an RSA key of 2048 bits or more")
    }

    /// A token in compact form (RFC 7515 section 7.1). `alg` and `typ` are added to the header.
    ///
    /// # Errors
    ///
    /// When the system has no random numbers.
    pub(crate) fn sign(
        &self,
        algorithm: Algorithm,
        mut header: Value,
        claims: &Value,
    ) -> Result<String, CredentialError> {
        let (name, encoding): (_, &dyn RsaEncoding) = match algorithm {
            Algorithm::Rs256 => ("RS256", &RSA_PKCS1_SHA256),
            Algorithm::Ps256 => ("PS256", &RSA_PSS_SHA256),
        };
        header["alg"] = name.into();
        header["typ"] = "JWT".into();
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", encode(&header), encode(claims));
        let mut signature = vec![0; self.0.public().modulus_len()];
        self.0
            .sign(encoding, &SystemRandom::new(), text.as_bytes(), &mut signature)
            .map_err(|_| CredentialError::failed("our assertion cannot be signed"))?;
        Ok(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// The public half (RFC 8017 `RSAPublicKey`, DER): tells whether a certificate is this key's.
    pub(crate) fn public_key(&self) -> &[u8] {
        self.0.public().as_ref()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SigningKey(***)")
    }
}
