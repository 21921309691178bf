//! Requests to Vault's HTTP API.

use std::sync::Arc;

use reqwest::Method;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use url::Url;

use super::config::VaultConfig;
use crate::error::CredentialError;
use crate::http::{self, Http, presentable};
use crate::request::Tools;

/// One Vault. Cheap to clone.
#[derive(Clone)]
pub(super) struct Client {
    tools: Arc<Tools>,
    /// Where other roots are trusted than elsewhere.
    own: Option<Arc<Http>>,
    base: Url,
    namespace: Option<HeaderValue>,
    name: Arc<str>,
}

/// What Vault did not do.
pub(super) enum Failure {
    /// It answered, and said why not.
    Refused { status: u16, errors: String },
    /// There is no answer of Vault's.
    NoAnswer(CredentialError),
}

impl Failure {
    /// For people: what was asked, what Vault said, and what to do.
    pub(super) fn into_error(
        self,
        client: &Client,
        asked: &str,
        remedy: impl FnOnce(u16, &str) -> String,
    ) -> CredentialError {
        match self {
            Self::NoAnswer(error) => error,
            Self::Refused { status, errors } => {
                let remedy = match status {
                    503 => "it is sealed or in maintenance: ask whoever runs it".to_owned(),
                    429 | 472 | 473 => "it is a standby: `address` must lead to the active node".to_owned(),
                    status => remedy(status, &errors),
                };
                let errors = if errors.is_empty() { String::new() } else { format!(": {errors}") };
                CredentialError::failed(format!("{} refused {asked} (status {status}){errors}; {remedy}", client.name))
            }
        }
    }
}

impl Client {
    pub(super) fn new(config: &VaultConfig, tools: Arc<Tools>) -> Result<Self, CredentialError> {
        let own = (!config.roots().is_empty()).then(|| Arc::new(Http::new(config.roots().to_vec())));
        let namespace = config.namespace().map(HeaderValue::from_str).transpose();
        let namespace = namespace.map_err(|_| CredentialError::failed("the namespace holds what no header can"))?;
        let name = format!("Vault at {}", config.address().host_str().unwrap_or_default()).into();
        Ok(Self { tools, own, base: config.address().clone(), namespace, name })
    }

    /// What it is called in messages.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Asks Vault. `secrets` must not be repeated in what is said of its answer.
    pub(super) async fn ask(
        &self,
        method: Method,
        path: &str,
        token: Option<&SecretString>,
        body: Option<Value>,
        secrets: &[&str],
    ) -> Result<Map<String, Value>, Failure> {
        let fail = |reason: &str| Failure::NoAnswer(CredentialError::failed(format!("{}: {reason}", self.name)));
        let url = self.base.join(&format!("v1/{path}")).map_err(|_| fail("the path is no path"))?;
        let http = self.own.as_deref().unwrap_or(&self.tools.http);
        let mut request = http.request(method, &url).map_err(Failure::NoAnswer)?;
        // Vault's answer to a request forged in a browser; harmless to others.
        request = request.header("x-vault-request", "true");
        if let Some(namespace) = &self.namespace {
            request = request.header("x-vault-namespace", namespace.clone());
        }
        if let Some(token) = token {
            let mut value =
                HeaderValue::from_str(token.expose_secret()).map_err(|_| fail("the token holds what no header can"))?;
            value.set_sensitive(true);
            request = request.header("x-vault-token", value);
        }
        if let Some(body) = &body {
            request = request.json(body);
        }
        let answer = http::send(&self.name, request).await.map_err(Failure::NoAnswer)?;
        let status = answer.status.as_u16();
        if status == 204 {
            return Ok(Map::new());
        }
        let object = answer.object().ok_or_else(|| {
            fail(&format!("it answered with status {status} and no JSON: something else answers there"))
        })?;
        if answer.status.is_success() {
            return Ok(object);
        }
        let errors: Vec<&str> =
            object.get("errors").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        let token = token.map(|token| token.expose_secret());
        let secrets: Vec<&str> = secrets.iter().copied().chain(token).collect();
        Err(Failure::Refused { status, errors: presentable(errors.join(", ").trim_end_matches('.'), &secrets) })
    }
}
