//! Tokens for something else than the sign-in itself, in exchange for what a sign-in gave.

use secrecy::{ExposeSecret, SecretString};

use crate::error::SignInError;
use crate::relying_party::RelyingParty;
use crate::token::{NoTokens, Tokens};

const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// What is given in exchange, and for what.
#[derive(Debug)]
pub enum Grant<'a> {
    /// RFC 6749 section 6. One at a time for each sign-in: the answer may hold the refresh token to use from then on.
    Refresh {
        /// The refresh token.
        refresh_token: &'a SecretString,
        /// `scope`
        scope: Option<&'a str>,
        /// `resource` (RFC 8707)
        resource: Option<&'a str>,
        /// `audience`, which some providers want instead.
        audience: Option<&'a str>,
    },
    /// RFC 8693.
    TokenExchange {
        /// The access token that is exchanged.
        subject_token: &'a SecretString,
        /// `audience`
        audience: Option<&'a str>,
        /// `scope`
        scope: Option<&'a str>,
        /// `resource`
        resource: Option<&'a str>,
        /// `requested_token_type`
        requested_token_type: Option<&'a str>,
    },
    /// Entra ID's on-behalf-of flow: RFC 7523 section 2.1 with a parameter of its own.
    OnBehalfOf {
        /// The access token that is exchanged; it must be for our own application.
        assertion: &'a SecretString,
        /// `scope`
        scope: &'a str,
    },
}

/// Why a grant brought no token.
#[derive(Debug, thiserror::Error)]
pub enum GrantError {
    /// The provider refuses (RFC 6749 section 5.2), or what it gave cannot be used.
    #[error("the provider refuses the grant")]
    Refused {
        /// `error` of the answer, where it has one.
        error: Option<String>,
        /// The provider's words, or ours.
        description: String,
        /// What it demands of a new sign-in (the `claims` parameter of OpenID Connect Core 5.5).
        claims: Option<String>,
    },
    /// The provider cannot be asked now.
    #[error("the provider cannot be asked now")]
    Unavailable(#[source] SignInError),
}

impl GrantError {
    fn from_request(refusal: NoTokens) -> Self {
        match refusal {
            NoTokens { error, passes: true, .. } => Self::Unavailable(error),
            NoTokens { error: SignInError::TokenExchangeFailed { reason, error, .. }, claims, .. } => {
                Self::Refused { error, description: reason, claims }
            }
            NoTokens { error, claims, .. } => Self::Refused { error: None, description: error.to_string(), claims },
        }
    }
}

impl RelyingParty {
    /// Asks the token endpoint for tokens in exchange for what a sign-in gave. What comes is for somebody else than us and
    /// is not looked into.
    ///
    /// # Errors
    ///
    /// See [`GrantError`].
    pub async fn grant(&self, grant: &Grant<'_>) -> Result<Tokens, GrantError> {
        let metadata = self.metadata().await.map_err(GrantError::Unavailable)?;
        let mut form = Vec::new();
        let mut optional = |name, value: Option<&str>| {
            if let Some(value) = value {
                form.push((name, value.to_owned()));
            }
        };
        let secret = match *grant {
            Grant::Refresh { refresh_token, scope, resource, audience } => {
                optional("grant_type", Some("refresh_token"));
                optional("refresh_token", Some(refresh_token.expose_secret()));
                optional("scope", scope);
                optional("resource", resource);
                optional("audience", audience);
                refresh_token
            }
            Grant::TokenExchange { subject_token, audience, scope, resource, requested_token_type } => {
                optional("grant_type", Some("urn:ietf:params:oauth:grant-type:token-exchange"));
                optional("subject_token", Some(subject_token.expose_secret()));
                optional("subject_token_type", Some(ACCESS_TOKEN));
                optional("audience", audience);
                optional("scope", scope);
                optional("resource", resource);
                optional("requested_token_type", requested_token_type);
                subject_token
            }
            Grant::OnBehalfOf { assertion, scope } => {
                optional("grant_type", Some("urn:ietf:params:oauth:grant-type:jwt-bearer"));
                optional("assertion", Some(assertion.expose_secret()));
                optional("requested_token_use", Some("on_behalf_of"));
                optional("scope", Some(scope));
                assertion
            }
        };
        let asked = self.request_tokens(&metadata, form, &[secret.expose_secret()]).await;
        asked.map_err(GrantError::from_request)
    }
}
