//! Where a provider's endpoints are: from its discovery document, and from the configuration, which wins.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use reqwest::Client;
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::timeout;
use url::Url;

use crate::config::{ProviderConfig, is_safe};
use crate::error::{IssuerPlace, SignInError, Step};
use crate::http::{self, NoAnswer, STEP_TIMEOUT};
use crate::keys::{Algorithm, accepted_algorithms, is_within};

/// How long a document is believed without another look.
const LIFE: Duration = Duration::from_secs(3600);
/// How long a document is used when the provider gives no other.
const LONGEST_LIFE: Duration = Duration::from_secs(24 * 3600);
/// The least time between two tries to replace a document that is still in use.
const RETRY_INTERVAL: Duration = Duration::from_secs(30);

/// All that we need to know of a provider.
#[derive(Debug)]
pub(crate) struct Metadata {
    pub(crate) issuer: Option<String>,
    pub(crate) authorization: Url,
    pub(crate) token: Url,
    pub(crate) userinfo: Option<Url>,
    pub(crate) keys: Option<Url>,
    pub(crate) end_session: Option<Url>,
    /// What ID tokens and logout tokens may be signed with.
    pub(crate) algorithms: Vec<Algorithm>,
    /// What profiles may be signed with.
    pub(crate) userinfo_algorithms: Vec<Algorithm>,
    /// The provider names itself in every authorization response (RFC 9207 section 3).
    pub(crate) names_issuer_in_response: bool,
}

/// OpenID Connect Discovery 3, as far as we use it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Document {
    issuer: Option<String>,
    authorization_endpoint: Option<String>,
    token_endpoint: Option<String>,
    userinfo_endpoint: Option<String>,
    jwks_uri: Option<String>,
    end_session_endpoint: Option<String>,
    id_token_signing_alg_values_supported: Option<Vec<String>>,
    userinfo_signing_alg_values_supported: Option<Vec<String>>,
    authorization_response_iss_parameter_supported: Option<bool>,
}

/// The document, kept between sign-ins.
#[derive(Default)]
pub(crate) struct MetadataCache {
    current: RwLock<Option<Kept>>,
    /// Held while the document is fetched, so that one fetch serves all who wait.
    fetching: Mutex<()>,
}

#[derive(Clone)]
struct Kept {
    metadata: Arc<Metadata>,
    fetched_at: SystemTime,
    /// When it was last tried to replace it, in vain.
    tried_at: Option<SystemTime>,
}

impl Kept {
    fn needs_no_look(&self, now: SystemTime) -> bool {
        is_within(self.fetched_at, now, LIFE)
            || (self.is_usable(now) && self.tried_at.is_some_and(|at| is_within(at, now, RETRY_INTERVAL)))
    }

    fn is_usable(&self, now: SystemTime) -> bool {
        is_within(self.fetched_at, now, LONGEST_LIFE)
    }
}

impl MetadataCache {
    /// The document, fetched if there is none or it is old.
    ///
    /// A provider that does not answer, or with something that is no discovery document, does not void the one that
    /// we have: it is used for up to a day. A document that names another issuer is never passed over.
    pub(crate) async fn metadata(
        &self,
        config: &ProviderConfig,
        client: &Client,
        now: SystemTime,
    ) -> Result<Arc<Metadata>, SignInError> {
        match self.kept() {
            Some(kept) if kept.needs_no_look(now) => Ok(kept.metadata),
            Some(kept) if kept.is_usable(now) => self.replace(kept, config, client, now).await,
            // Waiting for somebody else's request to the same end counts as waiting for the provider.
            _ => timeout(STEP_TIMEOUT, self.fetch_first(config, client, now))
                .await
                .unwrap_or_else(|_| Err(config.unavailable(Step::Discovery, NoAnswer::Timeout))),
        }
    }

    async fn fetch_first(
        &self,
        config: &ProviderConfig,
        client: &Client,
        now: SystemTime,
    ) -> Result<Arc<Metadata>, SignInError> {
        let _fetching = self.fetching.lock().await;
        match self.kept() {
            Some(kept) if kept.needs_no_look(now) => Ok(kept.metadata),
            _ => discover(config, client).await.map(|metadata| self.keep(Arc::new(metadata), now, None)),
        }
    }

    async fn replace(
        &self,
        old: Kept,
        config: &ProviderConfig,
        client: &Client,
        now: SystemTime,
    ) -> Result<Arc<Metadata>, SignInError> {
        // Where somebody is asking already, there is no need to wait for the answer.
        let Ok(_fetching) = self.fetching.try_lock() else { return Ok(old.metadata) };
        match discover(config, client).await {
            Ok(metadata) => Ok(self.keep(Arc::new(metadata), now, None)),
            Err(error @ SignInError::ProviderUnavailable { .. }) => {
                tracing::warn!(provider = config.name, "the last discovery document goes on: {error}");
                Ok(self.keep(old.metadata, old.fetched_at, Some(now)))
            }
            Err(error) => Err(error),
        }
    }

    fn keep(&self, metadata: Arc<Metadata>, fetched_at: SystemTime, tried_at: Option<SystemTime>) -> Arc<Metadata> {
        let kept = Kept { metadata: Arc::clone(&metadata), fetched_at, tried_at };
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(kept);
        metadata
    }

    /// The issuer of the document that we have, however old it is.
    pub(crate) fn is_issuer(&self, found: &str) -> bool {
        self.kept().is_some_and(|kept| kept.metadata.issuer.as_deref() == Some(found))
    }

    /// Where the document that we have ends sessions.
    pub(crate) fn end_session(&self) -> Option<Url> {
        self.kept()?.metadata.end_session.clone()
    }

    /// When the document that we have was read, and the issuer that it names.
    pub(crate) fn last_fetched(&self) -> Option<(SystemTime, Option<String>)> {
        self.kept().map(|kept| (kept.fetched_at, kept.metadata.issuer.clone()))
    }

    fn kept(&self) -> Option<Kept> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn discover(config: &ProviderConfig, client: &Client) -> Result<Metadata, SignInError> {
    let unusable = |reason: String, source| SignInError::ProviderUnavailable {
        provider: config.display_name().to_owned(),
        step: Step::Discovery,
        reason,
        source,
    };
    let document = match &config.metadata_url {
        None => Document::default(),
        Some(url) => {
            let answer = http::send(client.get(url.clone()))
                .await
                .map_err(|error| config.unavailable(Step::Discovery, error))?;
            if !answer.status.is_success() {
                return Err(unusable(format!("it answered with status {}", answer.status), None));
            }
            serde_json::from_slice(&answer.body)
                .map_err(|error| unusable("it is not a discovery document".to_owned(), Some(error.into())))?
        }
    };
    let issuer = check_issuer(config, document.issuer)?;

    let endpoint = |name: &str, configured: &Option<Url>, discovered: Option<String>| {
        let url = match (configured, discovered.map(|text| Url::parse(&text))) {
            (Some(url), _) => url.clone(),
            (None, Some(Ok(url))) => url,
            (None, Some(Err(_))) => return Err(unusable(format!("its `{name}` is not an address"), None)),
            (None, None) => return Ok(None),
        };
        if is_safe(&url) { Ok(Some(url)) } else { Err(unusable(format!("its `{name}` is not an https address"), None)) }
    };
    let required = |name: &str, url: Option<Url>| url.ok_or_else(|| unusable(format!("it names no `{name}`"), None));

    let authorization = endpoint("authorization_endpoint", &config.authorization_url, document.authorization_endpoint)?;
    let token = endpoint("token_endpoint", &config.token_url, document.token_endpoint)?;
    let algorithms = match &config.pinned_algorithm {
        Some(pinned) => vec![pinned.clone()],
        None => accepted_algorithms(document.id_token_signing_alg_values_supported.as_deref().unwrap_or_default()),
    };
    Ok(Metadata {
        issuer,
        authorization: required("authorization_endpoint", authorization)?,
        token: required("token_endpoint", token)?,
        userinfo: endpoint("userinfo_endpoint", &config.userinfo_url, document.userinfo_endpoint)?,
        keys: endpoint("jwks_uri", &config.jwks_url, document.jwks_uri)?,
        end_session: endpoint("end_session_endpoint", &None, document.end_session_endpoint)?,
        userinfo_algorithms: match document.userinfo_signing_alg_values_supported.as_deref() {
            Some(listed @ [_, ..]) => accepted_algorithms(listed),
            _ => algorithms.clone(),
        },
        algorithms,
        names_issuer_in_response: document.authorization_response_iss_parameter_supported.unwrap_or(false),
    })
}

/// OpenID Connect Discovery 4.3: the issuer must be the one whose document this is meant to be.
fn check_issuer(config: &ProviderConfig, found: Option<String>) -> Result<Option<String>, SignInError> {
    if config.metadata_url.is_none() {
        return Ok(config.issuer.clone());
    }
    if found.as_ref().is_some_and(|found| config.is_issuer(found)) {
        return Ok(found);
    }
    Err(SignInError::IssuerMismatch {
        provider: config.display_name().to_owned(),
        place: IssuerPlace::Discovery,
        expected: config.issuer.clone().unwrap_or_default(),
        found: found.map(|issuer| crate::error::presentable(&issuer, &[])),
    })
}
