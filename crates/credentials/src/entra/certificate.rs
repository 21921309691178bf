//! The certificate by which an application proves itself to Entra ID.

use secrecy::{ExposeSecret, SecretString};

use crate::settings::SettingSecret;

/// A certificate and its private key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ClientCertificate {
    pem: SettingSecret,
}

impl ClientCertificate {
    /// # Errors
    ///
    /// What is wrong with the text.
    pub(super) fn from_pem(pem: SecretString) -> Result<Self, String> {
        if !pem.expose_secret().contains("-----BEGIN CERTIFICATE-----") {
            return Err("this holds no certificate in PEM format".to_owned());
        }
        Ok(Self { pem: pem.into() })
    }
}
