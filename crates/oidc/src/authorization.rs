//! The way to the provider and back: the authorization request, what to remember of it, and the response.

use std::fmt;

use openidconnect::{CsrfToken, Nonce, PkceCodeChallenge};
use serde::{Deserialize, Serialize};
use url::{Url, form_urlencoded};

use crate::config::{ClientAuthentication, ProviderConfig, ResponseMode};

/// A sign-in that begins.
#[derive(Debug)]
pub struct AuthorizationRequest {
    /// Where to send the browser.
    pub url: Url,
    /// What to keep until the provider answers.
    pub pending: PendingSignIn,
}

/// What a sign-in under way must remember. To be used once, by the browser that began it, within minutes.
///
/// It is serializable for an encrypted store only: who knows it can complete the sign-in.
#[derive(Clone, Serialize, Deserialize)]
pub struct PendingSignIn {
    provider: String,
    state: String,
    pub(crate) nonce: String,
    pub(crate) code_verifier: Option<String>,
}

impl PendingSignIn {
    /// The name of the provider that was asked.
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// The value by which the provider's answer is matched to this sign-in.
    pub fn state(&self) -> &str {
        &self.state
    }
}

impl fmt::Debug for PendingSignIn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PendingSignIn").field("provider", &self.provider).finish_non_exhaustive()
    }
}

/// What a provider sent to the redirect address, in a query or in a form.
#[derive(Clone)]
pub struct AuthorizationResponse {
    state: Option<String>,
    pub(crate) issuer: Option<String>,
    pub(crate) outcome: Outcome,
}

#[derive(Clone)]
pub(crate) enum Outcome {
    Code(String),
    Error { error: String, description: Option<String> },
}

impl AuthorizationResponse {
    /// Takes anything; what is wrong with it becomes the error of [`RelyingParty::finish`](crate::RelyingParty::finish).
    pub fn parse(query_or_body: &str) -> Self {
        let pairs: Vec<_> = form_urlencoded::parse(query_or_body.as_bytes()).collect();
        let first = |name: &str| {
            pairs
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.to_string())
                .filter(|value| !value.is_empty())
        };
        let is_twice = |name: &str| pairs.iter().filter(|(key, _)| key == name).count() > 1;
        let malformed = |error: &str| Outcome::Error { error: error.to_owned(), description: None };
        let outcome = match (first("code"), first("error")) {
            // RFC 6749 section 3.1: parameters must not be included more than once.
            _ if ["code", "state", "iss", "error", "error_description"].into_iter().any(is_twice) => {
                malformed("its answer holds a parameter twice")
            }
            (_, Some(error)) => Outcome::Error { error, description: first("error_description") },
            (Some(code), None) => Outcome::Code(code),
            (None, None) => malformed("its answer holds neither a code nor an error"),
        };
        Self { state: first("state"), issuer: first("iss"), outcome }
    }

    /// Tells which sign-in this answers.
    pub fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }
}

impl fmt::Debug for AuthorizationResponse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("AuthorizationResponse").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

pub(crate) fn request(
    config: &ProviderConfig,
    endpoint: &Url,
    redirect_uri: &Url,
    login_hint: Option<&str>,
    claims: Option<&str>,
) -> AuthorizationRequest {
    let state = CsrfToken::new_random().into_secret();
    let nonce = Nonce::new_random().secret().clone();
    let mut url = endpoint.clone();
    let mut query = url.query_pairs_mut();
    query
        .append_pair("response_type", "code")
        .append_pair("client_id", &config.client_id)
        .append_pair("redirect_uri", redirect_uri.as_str())
        .append_pair("state", &state);
    if !config.scopes.is_empty() {
        query.append_pair("scope", &config.scopes.join(" "));
    }
    if config.expects_id_token() {
        query.append_pair("nonce", &nonce);
    }
    // RFC 9700 section 2.1.1: PKCE for confidential clients too. Workload identity goes without, as in pgAdmin.
    let code_verifier = if matches!(config.authentication, ClientAuthentication::WorkloadIdentity(_)) {
        None
    } else {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        query.append_pair("code_challenge", challenge.as_str()).append_pair("code_challenge_method", "S256");
        Some(verifier.into_secret())
    };
    if config.response_mode == ResponseMode::FormPost {
        query.append_pair("response_mode", "form_post");
    }
    if let Some(prompt) = &config.prompt {
        query.append_pair("prompt", prompt);
    }
    if let Some(hint) = login_hint {
        query.append_pair("login_hint", hint);
    }
    if let Some(claims) = claims {
        query.append_pair("claims", claims);
    }
    drop(query);
    AuthorizationRequest { url, pending: PendingSignIn { provider: config.name.clone(), state, nonce, code_verifier } }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(pairs: &[(&str, String)]) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
    }

    fn is_error(response: &AuthorizationResponse) -> bool {
        matches!(response.outcome, Outcome::Error { .. })
    }

    proptest! {
        #[test]
        fn anything_can_be_parsed(text in ".*", raw in prop::collection::vec(any::<u8>(), 0..64)) {
            AuthorizationResponse::parse(&text);
            AuthorizationResponse::parse(&String::from_utf8_lossy(&raw));
        }

        #[test]
        fn what_is_written_is_read(code in ".+", state in ".+", issuer in ".+", more in ".*") {
            let text = written(&[("code", code.clone()), ("more", more), ("iss", issuer.clone()), ("state", state.clone())]);
            let response = AuthorizationResponse::parse(&text);
            prop_assert_eq!(response.state(), Some(state.as_str()));
            prop_assert_eq!(response.issuer.as_deref(), Some(issuer.as_str()));
            prop_assert!(matches!(response.outcome, Outcome::Code(found) if found == code));
        }

        #[test]
        fn an_error_beside_a_code_is_an_error(code in ".*", error in ".+") {
            prop_assert!(is_error(&AuthorizationResponse::parse(&written(&[("code", code), ("error", error)]))));
        }

        #[test]
        fn a_parameter_twice_is_an_error(name in "code|state|iss|error|error_description", one in ".*", two in ".*") {
            let text = written(&[("code", "c".to_owned()), ("state", "s".to_owned()), (&name, one), (&name, two)]);
            prop_assert!(is_error(&AuthorizationResponse::parse(&text)));
        }
    }
}
