//! Requests to a provider: bounded in time and size, never redirected.

use std::error::Error;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Client, RequestBuilder, StatusCode, redirect};
use tokio::time::timeout;

use crate::config::ProviderConfig;

/// For everything that one request needs: name, connection, answer.
pub(crate) const STEP_TIMEOUT: Duration = Duration::from_secs(10);
const MOST_BYTES: usize = 1024 * 1024;
/// For so long a connection is kept for the next request. After a longer silence the other side may close it at the very
/// moment when a token request goes out, and such a request must not be repeated: a refresh token is good once.
const KEPT_OPEN: Duration = Duration::from_secs(1);

/// The HTTP client could not be made.
#[derive(Debug, thiserror::Error)]
#[error("cannot prepare HTTPS to the provider")]
pub struct HttpClientError(#[source] reqwest::Error);

pub(crate) fn client(config: &ProviderConfig) -> Result<Client, HttpClientError> {
    if !config.verify_certificates {
        tracing::warn!(
            provider = config.name,
            "the certificate of this provider is not checked: set `ca_file` instead"
        );
    }
    let builder = Client::builder()
        // RFC 9700 section 2.1: a redirect would carry a code or a secret to somebody else.
        .redirect(redirect::Policy::none())
        .pool_idle_timeout(KEPT_OPEN)
        // GitHub refuses requests without one.
        .user_agent(concat!("howdah/", env!("CARGO_PKG_VERSION")))
        .tls_danger_accept_invalid_certs(!config.verify_certificates);
    config
        .extra_roots
        .iter()
        .cloned()
        .fold(builder, reqwest::ClientBuilder::add_root_certificate)
        .build()
        .map_err(HttpClientError)
}

/// A whole answer: success, or a refusal of the client's making (4xx).
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Vec<u8>,
    headers: HeaderMap,
}

impl Answer {
    /// The media type without its parameters, in lower case.
    pub(crate) fn media_type(&self) -> String {
        let value = self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }
}

/// There is no answer to speak of.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoAnswer {
    #[error("no answer within {} s", STEP_TIMEOUT.as_secs())]
    Timeout,
    #[error("its certificate is not trusted (an administrator can set `ca_file`)")]
    Certificate(#[source] reqwest::Error),
    #[error("it cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    #[error("it answered with status {0}")]
    Status(StatusCode),
    #[error("its answer is larger than {} KiB", MOST_BYTES / 1024)]
    TooLarge,
}

impl NoAnswer {
    /// The cause below the words.
    pub(crate) fn into_source(self) -> Option<Box<dyn Error + Send + Sync>> {
        match self {
            Self::Certificate(error) | Self::Unreachable(error) => Some(error.into()),
            Self::Timeout | Self::Status(_) | Self::TooLarge => None,
        }
    }
}

pub(crate) async fn send(request: RequestBuilder) -> Result<Answer, NoAnswer> {
    timeout(STEP_TIMEOUT, receive(request)).await.map_err(|_| NoAnswer::Timeout)?
}

async fn receive(request: RequestBuilder) -> Result<Answer, NoAnswer> {
    let mut response = request.send().await.map_err(no_answer)?;
    let status = response.status();
    if !status.is_success() && !status.is_client_error() {
        return Err(NoAnswer::Status(status));
    }
    let mut body = Vec::new();
    // Content-Length may lie, so the bytes themselves are counted.
    while let Some(chunk) = response.chunk().await.map_err(no_answer)? {
        if body.len() + chunk.len() > MOST_BYTES {
            return Err(NoAnswer::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, body, headers: std::mem::take(response.headers_mut()) })
}

/// The address is left out: it is in the configuration, and it may hold more than a log should.
fn no_answer(error: reqwest::Error) -> NoAnswer {
    let error = error.without_url();
    if is_about_certificate(&error) { NoAnswer::Certificate(error) } else { NoAnswer::Unreachable(error) }
}

fn is_about_certificate(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if matches!(error.downcast_ref(), Some(rustls::Error::InvalidCertificate(_))) {
            return true;
        }
        // What an I/O error wraps is not its source.
        next = match error.downcast_ref::<std::io::Error>() {
            Some(error) => error.get_ref().map(|inner| inner as &(dyn Error + 'static)),
            None => error.source(),
        };
    }
    false
}
