//! Requests to token endpoints and metadata services: bounded in time and size, never redirected.

use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Client, Method, RequestBuilder, StatusCode, redirect};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use secrecy::zeroize::Zeroizing;
use serde_json::{Map, Value};
use tokio::time::timeout;
use url::{Host, Url};

use crate::error::CredentialError;

/// For everything that one request needs: name, connection, answer.
const STEP_TIMEOUT: Duration = Duration::from_secs(10);
const MOST_BYTES: usize = 1024 * 1024;
/// For so long a connection is kept for the next request. After a longer silence the other side may close it at the very
/// moment when a token request goes out, and such a request must not be repeated: a refresh token is good once.
const KEPT_OPEN: Duration = Duration::from_secs(1);

/// The metadata services of Azure, AWS (also of ECS and EKS) and Google, where `http` is the documented way.
const METADATA_V4: [Ipv4Addr; 3] =
    [Ipv4Addr::new(169, 254, 169, 254), Ipv4Addr::new(169, 254, 170, 2), Ipv4Addr::new(169, 254, 170, 23)];
const METADATA_V6: [Ipv6Addr; 2] =
    [Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254), Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23)];
const METADATA_NAME: &str = "metadata.google.internal";

/// Makes requests. The clients are made when the first request is.
pub(crate) struct Http {
    extra_roots: Vec<CertificateDer<'static>>,
    outside: OnceLock<Result<Client, String>>,
    metadata: OnceLock<Result<Client, String>>,
}

impl Http {
    /// `extra_roots` are trusted beside the system's.
    pub(crate) fn new(extra_roots: Vec<CertificateDer<'static>>) -> Self {
        Self { extra_roots, outside: OnceLock::new(), metadata: OnceLock::new() }
    }

    /// A request to `url`.
    ///
    /// # Errors
    ///
    /// When others could read or answer it on the way, or the client cannot be made.
    pub(crate) fn request(&self, method: Method, url: &Url) -> Result<RequestBuilder, CredentialError> {
        check_address(url).map_err(CredentialError::failed)?;
        let client = match url.scheme() {
            "http" => self.metadata()?,
            _ => usable(self.outside.get_or_init(|| self.client(Proxy::AsTheSystemSays)))?,
        };
        Ok(client.request(method, url.clone()))
    }

    /// A proxy is not this machine: to it, addresses of this machine are other ones.
    fn metadata(&self) -> Result<&Client, CredentialError> {
        usable(self.metadata.get_or_init(|| self.client(Proxy::Never)))
    }

    /// A request to an address that the platform put into our environment: `http` may also go to the machine's own
    /// network segment, where App Service keeps its identity service.
    pub(crate) fn get_from_platform(&self, url: &Url) -> Result<RequestBuilder, CredentialError> {
        match url.host() {
            Some(Host::Ipv4(address)) if address.is_link_local() && url.scheme() == "http" => {
                Ok(self.metadata()?.get(url.clone()))
            }
            _ => self.get(url),
        }
    }

    pub(crate) fn get(&self, url: &Url) -> Result<RequestBuilder, CredentialError> {
        self.request(Method::GET, url)
    }

    pub(crate) fn post(&self, url: &Url) -> Result<RequestBuilder, CredentialError> {
        self.request(Method::POST, url)
    }

    fn client(&self, proxy: Proxy) -> Result<Client, String> {
        if CryptoProvider::get_default().is_none() {
            return Err("HTTPS cannot be prepared: no TLS implementation is installed".to_owned());
        }
        let mut builder = Client::builder()
            // RFC 9700 section 2.1: a redirect would carry a secret to somebody else.
            .redirect(redirect::Policy::none())
            .pool_idle_timeout(KEPT_OPEN)
            .user_agent(concat!("howdah/", env!("CARGO_PKG_VERSION")));
        if proxy == Proxy::Never {
            builder = builder.no_proxy();
        }
        for root in &self.extra_roots {
            let root = reqwest::Certificate::from_der(root)
                .map_err(|_| "HTTPS cannot be prepared: a certificate to trust cannot be read".to_owned())?;
            builder = builder.add_root_certificate(root);
        }
        builder.build().map_err(|error| {
            tracing::error!(error = &error as &dyn Error, "HTTPS for credential sources cannot be prepared");
            "HTTPS cannot be prepared".to_owned()
        })
    }
}

fn usable(client: &Result<Client, String>) -> Result<&Client, CredentialError> {
    client.as_ref().map_err(|reason| CredentialError::failed(reason.clone()))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Proxy {
    AsTheSystemSays,
    Never,
}

/// A whole answer, whatever its status but a redirect.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Zeroizing<Vec<u8>>,
    headers: HeaderMap,
}

impl Answer {
    /// The body as a JSON object.
    pub(crate) fn object(&self) -> Option<Map<String, Value>> {
        serde_json::from_slice(&self.body).ok()
    }

    /// A header's text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// When the service wants to be asked again (RFC 9110 section 10.2.3), in seconds from now; bounded.
    pub(crate) fn retry_at(&self, now: SystemTime) -> Option<SystemTime> {
        let seconds: u64 = self.header(RETRY_AFTER.as_str())?.trim().parse().ok()?;
        now.checked_add(Duration::from_secs(seconds.min(3600)))
    }
}

/// Sends a request. `what` names the service in errors: "Microsoft Entra ID".
///
/// # Errors
///
/// When there is no answer to speak of: none in time, none at all, a redirect, or one that is too large.
pub(crate) async fn send(what: &str, request: RequestBuilder) -> Result<Answer, CredentialError> {
    timeout(STEP_TIMEOUT, receive(what, request)).await.unwrap_or_else(|_| {
        Err(CredentialError::Timeout { what: what.to_owned(), after: STEP_TIMEOUT, for_owner: None })
    })
}

async fn receive(what: &str, request: RequestBuilder) -> Result<Answer, CredentialError> {
    let mut response = request.send().await.map_err(|error| no_answer(what, error))?;
    let status = response.status();
    if status.is_redirection() {
        let reason = format!("{what} answered with status {status}: a redirect, which is not followed");
        return Err(CredentialError::failed(reason));
    }
    let mut body = Zeroizing::new(Vec::new());
    // Content-Length may lie, so the bytes themselves are counted.
    while let Some(chunk) = response.chunk().await.map_err(|error| no_answer(what, error))? {
        if body.len() + chunk.len() > MOST_BYTES {
            let reason = format!("the answer of {what} is larger than {} KiB", MOST_BYTES / 1024);
            return Err(CredentialError::failed(reason));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, body, headers: std::mem::take(response.headers_mut()) })
}

/// The address is left out: it may hold more than a log should.
fn no_answer(what: &str, error: reqwest::Error) -> CredentialError {
    let error = error.without_url();
    tracing::debug!(what, error = &error as &dyn Error, "a credential source gave no answer");
    let reason = if is_about_certificate(&error) {
        format!("the certificate of {what} is not trusted (an administrator can set `credentials.ca_file`)")
    } else {
        format!("{what} cannot be reached")
    };
    CredentialError::failed(reason)
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

/// `https` anywhere; `http` only to this machine and to the metadata services that its cloud documents.
///
/// # Errors
///
/// What is wrong with it.
pub(crate) fn check_address(url: &Url) -> Result<(), String> {
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name == METADATA_NAME,
        Some(Host::Ipv4(address)) => is_here(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => is_here(IpAddr::V6(address)),
        None => return Err(format!("`{}` has no host", url.scheme())),
    };
    let has_user = !url.username().is_empty() || url.password().is_some();
    match url.scheme() {
        _ if has_user => Err("an address must not hold a user name or a password".to_owned()),
        "https" => Ok(()),
        "http" if is_here => Ok(()),
        "http" => Err("`http` is not safe here: use `https`".to_owned()),
        scheme => Err(format!("`{scheme}` is no way to reach a token service: use `https`")),
    }
}

fn is_here(address: IpAddr) -> bool {
    address.is_loopback()
        || match address {
            IpAddr::V4(address) => METADATA_V4.contains(&address),
            IpAddr::V6(address) => METADATA_V6.contains(&address),
        }
}

/// Makes text of a service fit to be shown: one line, bounded, without the secrets that we sent it.
pub(crate) fn presentable(text: &str, secrets: &[&str]) -> String {
    const LONGEST: usize = 300;
    let hidden = secrets
        .iter()
        .filter(|secret| !secret.is_empty())
        .fold(text.to_owned(), |text, secret| text.replace(secret, "***"));
    let line: String = hidden.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut shown: String = line.trim().chars().take(LONGEST).collect();
    if shown.len() < line.trim().len() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_go_where_nobody_else_can_read_them() {
        let check = |url: &str| check_address(&Url::parse(url).expect("a good address"));
        for good in [
            "https://login.microsoftonline.com/t/oauth2/v2.0/token",
            "http://localhost:8200/v1",
            "http://127.0.0.1:1/",
            "http://[::1]/",
            "http://169.254.169.254/metadata",
            "http://metadata.google.internal/computeMetadata",
            "http://[fd00:ec2::254]/latest",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in [
            "http://login.microsoftonline.com/",
            "http://169.254.1.1/",
            "http://10.0.0.1/",
            "http://localhost.example.com/",
            "ftp://localhost/",
            "file:///etc/passwd",
            "https://user:password@example.com/",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_platform_may_name_an_address_beside_the_machine() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Http::new(Vec::new());
        let check = |url: &str| http.get_from_platform(&Url::parse(url).expect("a good address")).is_ok();
        assert!(check("http://169.254.130.4:8081/msi/token"));
        assert!(check("http://localhost:12356/msi/token"));
        assert!(!check("http://10.0.0.1/msi/token"));
        assert!(http.get(&Url::parse("http://169.254.130.4:8081/msi/token").expect("a good address")).is_err());
    }

    #[test]
    fn text_of_a_service_is_cut_and_freed_of_secrets() {
        assert_eq!(presentable(" no\r\nway ", &[]), "no  way");
        assert_eq!(presentable("code abc of s3cret is bad", &["s3cret", "", "abc"]), "code *** of *** is bad");
        assert_eq!(presentable(&"é".repeat(400), &[]).chars().count(), 301);
    }
}
