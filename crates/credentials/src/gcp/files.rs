//! The credential files of Google's tools ("application default credentials").

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde::Deserialize;

/// What a file holds, by its `type`.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum CredentialFile {
    ServiceAccount(ServiceAccountKey),
    ExternalAccount(ExternalAccount),
    AuthorizedUser(AuthorizedUser),
    ImpersonatedServiceAccount(Impersonated),
}

/// A service account's own key.
#[derive(Deserialize)]
pub(super) struct ServiceAccountKey {
    pub(super) client_email: String,
    pub(super) private_key: SecretString,
    pub(super) private_key_id: Option<String>,
    #[serde(default = "google_token_uri")]
    pub(super) token_uri: String,
}

/// Workload identity federation: somebody else's token, exchanged for one of Google's.
#[derive(Deserialize)]
pub(super) struct ExternalAccount {
    pub(super) audience: String,
    pub(super) subject_token_type: String,
    #[serde(default = "google_exchange_uri")]
    pub(super) token_url: String,
    pub(super) service_account_impersonation_url: Option<String>,
    pub(super) credential_source: CredentialSource,
}

/// Where the other token is.
#[derive(Deserialize)]
pub(super) struct CredentialSource {
    pub(super) file: Option<String>,
    pub(super) url: Option<String>,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, SecretString>,
    #[serde(default)]
    pub(super) format: TokenFormat,
}

/// How it is written there.
#[derive(Default, Deserialize)]
pub(super) struct TokenFormat {
    #[serde(rename = "type", default)]
    pub(super) kind: TokenFormatKind,
    pub(super) subject_token_field_name: Option<String>,
}

#[derive(Clone, Copy, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum TokenFormatKind {
    #[default]
    Text,
    Json,
}

/// A person who ran `gcloud auth application-default login`.
#[derive(Deserialize)]
pub(super) struct AuthorizedUser {
    pub(super) client_id: String,
    pub(super) client_secret: SecretString,
    pub(super) refresh_token: SecretString,
    #[serde(default = "google_token_uri")]
    pub(super) token_uri: String,
}

/// `gcloud auth application-default login --impersonate-service-account=…`.
#[derive(Deserialize)]
pub(super) struct Impersonated {
    pub(super) service_account_impersonation_url: String,
    pub(super) source_credentials: Box<CredentialFile>,
}

impl CredentialFile {
    /// # Errors
    ///
    /// What is wrong with the file, in words that repeat nothing of it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| {
            format!(
                "it is not a credential file of Google's that Howdah knows (a service account's key, an external \
                 account, a person's or an impersonated one): line {}, column {}",
                error.line(),
                error.column()
            )
        })
    }
}

impl CredentialSource {
    /// # Errors
    ///
    /// Where the token is missing, in words.
    pub(super) fn subject_token(&self, content: &str) -> Result<SecretString, &'static str> {
        let token = match self.format.kind {
            TokenFormatKind::Text => content.trim().to_owned(),
            TokenFormatKind::Json => {
                let field = self.format.subject_token_field_name.as_deref().unwrap_or("access_token");
                let object: serde_json::Value =
                    serde_json::from_str(content).map_err(|_| "the subject token's source holds no JSON")?;
                object[field].as_str().ok_or("the subject token's source has no such field")?.to_owned()
            }
        };
        if token.is_empty() { Err("the subject token is empty") } else { Ok(token.into()) }
    }
}

fn google_token_uri() -> String {
    "https://oauth2.googleapis.com/token".to_owned()
}

fn google_exchange_uri() -> String {
    "https://sts.googleapis.com/v1/token".to_owned()
}
