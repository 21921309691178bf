//! A provider whose configuration is known to be right.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serde_json::Value;
use url::{Host, Url};

use crate::keys::Algorithm;

/// A checked provider. Only [`check_providers`](crate::check_providers) makes one.
#[derive(Clone)]
pub struct ProviderConfig {
    pub(crate) name: String,
    pub(crate) display_name: Option<String>,
    pub(crate) icon: Option<String>,
    pub(crate) button_color: Option<String>,
    pub(crate) client_id: String,
    pub(crate) authentication: ClientAuthentication,
    pub(crate) metadata_url: Option<Url>,
    pub(crate) issuer: Option<String>,
    pub(crate) issuer_is_exact: bool,
    pub(crate) authorization_url: Option<Url>,
    pub(crate) token_url: Option<Url>,
    pub(crate) userinfo_url: Option<Url>,
    pub(crate) jwks_url: Option<Url>,
    pub(crate) scopes: Vec<String>,
    pub(crate) username_claim: Option<String>,
    pub(crate) additional_claims: BTreeMap<String, Vec<Value>>,
    pub(crate) group_claim: String,
    pub(crate) trust_email: bool,
    pub(crate) verify_certificates: bool,
    pub(crate) extra_roots: Vec<reqwest::Certificate>,
    pub(crate) response_mode: ResponseMode,
    pub(crate) prompt: Option<String>,
    pub(crate) logout_template: Option<String>,
    pub(crate) pinned_algorithm: Option<Algorithm>,
    pub(crate) clock_skew: Duration,
}

/// How we prove to the token endpoint which client we are.
#[derive(Clone)]
pub(crate) enum ClientAuthentication {
    /// A public client: PKCE alone.
    None,
    /// RFC 6749 section 2.3.1, in the header.
    SecretBasic(SecretString),
    /// RFC 6749 section 2.3.1, in the body.
    SecretPost(SecretString),
    /// RFC 7523 section 2.2, with an assertion that the platform signed and keeps fresh in a file.
    WorkloadIdentity(PathBuf),
    /// OpenID Connect Core 9, with an assertion that we sign.
    PrivateKeyJwt(Arc<crate::token::SigningKey>),
}

impl ClientAuthentication {
    pub(crate) fn secret(&self) -> Option<&SecretString> {
        match self {
            Self::SecretBasic(secret) | Self::SecretPost(secret) => Some(secret),
            Self::None | Self::WorkloadIdentity(_) | Self::PrivateKeyJwt(_) => None,
        }
    }
}

/// How the provider sends its answer back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseMode {
    /// In the query of a GET.
    Query,
    /// In the body of a POST that the browser makes from the provider's page.
    FormPost,
}

impl ProviderConfig {
    /// Names the provider in URLs and in the log.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Names the provider to people.
    pub fn display_name(&self) -> &str {
        self.display_name.as_deref().unwrap_or(&self.name)
    }

    /// A Font Awesome name for the button.
    pub fn icon(&self) -> Option<&str> {
        self.icon.as_deref()
    }

    /// A CSS colour for the button.
    pub fn button_color(&self) -> Option<&str> {
        self.button_color.as_deref()
    }

    /// The claim that lists a person's groups.
    pub fn group_claim(&self) -> &str {
        &self.group_claim
    }

    /// How the provider sends its answer back: decides which cookies can come along.
    pub fn response_mode(&self) -> ResponseMode {
        self.response_mode
    }

    /// The provider's issuer, as configured or as its discovery address implies. In the latter case the true one may
    /// end in one more slash.
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// Whether this is the provider's issuer, as far as the configuration tells.
    pub(crate) fn is_issuer(&self, found: &str) -> bool {
        // OpenID Connect Discovery 4.1: a final slash of the issuer is not seen in the place of its document.
        self.issuer.as_deref().is_some_and(|expected| {
            found == expected || (!self.issuer_is_exact && found.strip_suffix('/') == Some(expected))
        })
    }

    /// Whether ID tokens are expected: we asked for them, and can tell whose they are.
    pub(crate) fn expects_id_token(&self) -> bool {
        self.issuer.is_some() && self.scopes.iter().any(|scope| scope == "openid")
    }
}

impl fmt::Debug for ProviderConfig {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ProviderConfig")
            .field("name", &self.name)
            .field("client_id", &self.client_id)
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}

/// Whether requests to this address are safe from being read or answered by others on the way: `https`, or a loopback
/// host.
pub(crate) fn is_safe(url: &Url) -> bool {
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && is_loopback)
}
