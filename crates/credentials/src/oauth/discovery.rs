//! Where an authorization server's endpoints are (OpenID Connect Discovery 1.0, RFC 8414).

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use reqwest::StatusCode;
use serde::Deserialize;
use tokio::sync::Mutex;
use url::Url;

use crate::error::CredentialError;
use crate::http::{self, check_address, presentable};
use crate::request::Request;

/// How long a document is believed.
const LIFE: Duration = Duration::from_secs(3600);

/// All that we need to know of a server.
#[derive(Clone, Debug)]
pub(super) struct Metadata {
    pub(super) token: Url,
    pub(super) authorization: Option<Url>,
    pub(super) device: Option<Url>,
    /// How clients may prove themselves; empty if it does not say.
    pub(super) client_authentication: Vec<String>,
    pub(super) names_itself: bool,
}

/// A document, and when it was read.
#[derive(Default)]
struct Cached(Mutex<Option<(Metadata, SystemTime)>>);

#[derive(Deserialize)]
struct Document {
    issuer: String,
    token_endpoint: String,
    authorization_endpoint: Option<String>,
    device_authorization_endpoint: Option<String>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    authorization_response_iss_parameter_supported: Option<bool>,
}

/// The server's metadata, read at most once an hour for each owner and settings.
pub(super) async fn discover(request: &Request, issuer: &str, name: &str) -> Result<Metadata, CredentialError> {
    let cached: Arc<Cached> = request.kept(&request.key.source);
    let mut cached = cached.0.lock().await;
    let now = request.now();
    if let Some((metadata, read_at)) = &*cached
        && now.duration_since(*read_at).is_ok_and(|age| age < LIFE)
    {
        return Ok(metadata.clone());
    }
    let metadata = read(request, issuer, name).await?;
    *cached = Some((metadata.clone(), now));
    Ok(metadata)
}

async fn read(request: &Request, issuer: &str, name: &str) -> Result<Metadata, CredentialError> {
    let unusable = |reason: &str| CredentialError::failed(format!("the discovery document of {name} {reason}"));
    let mut answer = None;
    for place in places(issuer).ok_or_else(|| unusable("has no address"))? {
        let found = http::send(name, request.tools.http.get(&place)?).await?;
        if found.status != StatusCode::NOT_FOUND {
            answer = Some(found);
            break;
        }
    }
    let answer = answer.ok_or_else(|| unusable("does not exist: check `issuer`"))?;
    if !answer.status.is_success() {
        return Err(unusable(&format!("cannot be had: status {}", answer.status)));
    }
    let document: Document = serde_json::from_slice(&answer.body).map_err(|_| unusable("cannot be read"))?;
    // RFC 8414 section 3.3: letter by letter, or the document is another server's.
    if document.issuer != issuer {
        let found = presentable(&document.issuer, &[]);
        return Err(unusable(&format!("names another issuer, `{found}`: set `issuer` to exactly that if it is right")));
    }
    let endpoint = |field: &str, text: String| {
        let url = Url::parse(&text).map_err(|_| unusable(&format!("has a `{field}` that is no address")))?;
        check_address(&url).map_err(|_| unusable(&format!("has a `{field}` that is not https")))?;
        Ok::<_, CredentialError>(url)
    };
    let optional = |field: &str, text: Option<String>| text.map(|text| endpoint(field, text)).transpose();
    Ok(Metadata {
        token: endpoint("token_endpoint", document.token_endpoint)?,
        authorization: optional("authorization_endpoint", document.authorization_endpoint)?,
        device: optional("device_authorization_endpoint", document.device_authorization_endpoint)?,
        client_authentication: document.token_endpoint_auth_methods_supported.unwrap_or_default(),
        names_itself: document.authorization_response_iss_parameter_supported.unwrap_or(false),
    })
}

/// OpenID Connect Discovery 4.1 puts the document behind the issuer's path, RFC 8414 section 3.1 before it.
fn places(issuer: &str) -> Option<[Url; 2]> {
    let behind = Url::parse(&format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'))).ok()?;
    let mut before = Url::parse(issuer).ok()?;
    let path = format!("/.well-known/oauth-authorization-server{}", before.path().trim_end_matches('/'));
    before.set_path(&path);
    Some([behind, before])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_lies_behind_or_before_the_path() {
        let check = |issuer: &str, expected: [&str; 2]| {
            let found = places(issuer).map(|places| places.map(String::from));
            assert_eq!(found, Some(expected.map(str::to_owned)), "{issuer}");
        };
        check(
            "https://id.example.com",
            [
                "https://id.example.com/.well-known/openid-configuration",
                "https://id.example.com/.well-known/oauth-authorization-server",
            ],
        );
        check(
            "https://id.example.com/realms/a/",
            [
                "https://id.example.com/realms/a/.well-known/openid-configuration",
                "https://id.example.com/.well-known/oauth-authorization-server/realms/a",
            ],
        );
    }
}
