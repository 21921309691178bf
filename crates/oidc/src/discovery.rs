//! Where a provider's endpoints are: from its discovery document, and from the configuration, which wins.

use std::time::Duration;

use openidconnect::core::CoreJwsSigningAlgorithm;
use reqwest::Client;
use serde::Deserialize;
use url::Url;

use crate::config::{ProviderConfig, is_safe};
use crate::error::{IssuerPlace, SignInError, Step};
use crate::http;
use crate::id_token::accepted_algorithms;

/// How long a document is believed.
pub(crate) const LIFE: Duration = Duration::from_secs(3600);

/// All that we need to know of a provider.
#[derive(Debug)]
pub(crate) struct Metadata {
    pub(crate) issuer: Option<String>,
    pub(crate) authorization: Url,
    pub(crate) token: Url,
    pub(crate) userinfo: Option<Url>,
    pub(crate) keys: Option<Url>,
    pub(crate) end_session: Option<Url>,
    pub(crate) algorithms: Vec<CoreJwsSigningAlgorithm>,
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
    authorization_response_iss_parameter_supported: Option<bool>,
}

pub(crate) async fn discover(config: &ProviderConfig, client: &Client) -> Result<Metadata, SignInError> {
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
    Ok(Metadata {
        issuer,
        authorization: required("authorization_endpoint", authorization)?,
        token: required("token_endpoint", token)?,
        userinfo: endpoint("userinfo_endpoint", &config.userinfo_url, document.userinfo_endpoint)?,
        keys: endpoint("jwks_uri", &config.jwks_url, document.jwks_uri)?,
        end_session: endpoint("end_session_endpoint", &None, document.end_session_endpoint)?,
        algorithms: match &config.pinned_algorithm {
            Some(pinned) => vec![pinned.clone()],
            None => accepted_algorithms(document.id_token_signing_alg_values_supported.as_deref().unwrap_or_default()),
        },
        names_issuer_in_response: document.authorization_response_iss_parameter_supported.unwrap_or(false),
    })
}

/// OpenID Connect Discovery 4.3: the issuer must be the one whose document this is meant to be.
fn check_issuer(config: &ProviderConfig, found: Option<String>) -> Result<Option<String>, SignInError> {
    if config.metadata_url.is_none() {
        return Ok(config.issuer.clone());
    }
    let expected = config.issuer.clone().unwrap_or_default();
    let matches = found.as_ref().is_some_and(|found| {
        // Discovery 4.1: a final slash of the issuer is not seen in the place of its document.
        *found == expected || (!config.issuer_is_exact && found.strip_suffix('/') == Some(&expected))
    });
    if matches {
        return Ok(found);
    }
    Err(SignInError::IssuerMismatch {
        provider: config.display_name().to_owned(),
        place: IssuerPlace::Discovery,
        expected,
        found: found.map(|issuer| crate::error::presentable(&issuer, &[])),
    })
}
