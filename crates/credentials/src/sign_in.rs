//! The person's own sign-in as a source of tokens. Whoever keeps the sign-in's tokens implements [`SignInTokens`].

use std::time::SystemTime;

use async_trait::async_trait;
use secrecy::SecretString;
use url::Url;

use crate::identity::Person;

/// Gives tokens that come from a person's sign-in.
///
/// The implementer owns the refresh token and its rotation: one request at a time for each sign-in, and the new refresh
/// token is stored before the access token is given out.
#[async_trait]
pub trait SignInTokens: Send + Sync {
    /// A token for `person`, good for some time still. Never the token of a refresh that was refused before.
    async fn token(&self, person: &Person, request: TokenRequest) -> Result<IssuedToken, SignInTokenError>;

    /// Where the person signs in again. `claims` is what the provider demands of the new sign-in (the `claims` parameter
    /// of OpenID Connect Core 5.5), to be passed on as it is. `None` if there is no such place.
    fn sign_in_again(&self, person: &Person, claims: Option<&str>) -> Option<Url>;
}

/// Which token is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenRequest {
    /// The sign-in's access token, refreshed if it is about to end.
    AccessToken,
    /// The sign-in's access token, refreshed in any case: PostgreSQL refused the last one. The same if it cannot be
    /// refreshed.
    NewAccessToken,
    /// The sign-in's ID token, refreshed if it is about to end.
    IdToken,
    /// An access token for something else, by redeeming the refresh token (RFC 6749 section 6).
    Refresh {
        /// `scope` of the request.
        scope: Option<String>,
        /// `resource` of the request (RFC 8707).
        resource: Option<String>,
        /// `audience` of the request, which some providers want instead.
        audience: Option<String>,
    },
    /// A token in exchange for the access token (RFC 8693).
    TokenExchange {
        /// `audience` of the request.
        audience: Option<String>,
        /// `scope` of the request.
        scope: Option<String>,
        /// `resource` of the request.
        resource: Option<String>,
        /// `requested_token_type` of the request.
        requested_token_type: Option<String>,
    },
    /// A token in exchange for the access token, by Entra's `on_behalf_of`.
    OnBehalfOf {
        /// `scope` of the request.
        scope: String,
    },
}

/// A token of the sign-in's provider.
#[derive(Clone, Debug)]
pub struct IssuedToken {
    /// The token.
    pub token: SecretString,
    /// Who issued it.
    pub issuer: Option<String>,
    /// When it ends, where the provider says so. Where the token itself says so, that counts too.
    pub expires_at: Option<SystemTime>,
    /// When the provider wants it renewed (Entra's `refresh_in`).
    pub renew_at: Option<SystemTime>,
}

/// Why a sign-in gives no such token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignInTokenError {
    /// The person did not sign in through a provider: an internal account, or the desktop.
    #[error("you did not sign in through an identity provider")]
    NotSignedInThroughProvider,
    /// The sign-in has no refresh token any more, or never had: only signing in again helps.
    #[error("your sign-in has to be renewed")]
    SignInAgain {
        /// What the provider demands of the new sign-in.
        claims: Option<String>,
    },
    /// The provider's token endpoint refused (RFC 6749 section 5.2).
    #[error("the identity provider refused: {error}")]
    Refused {
        /// `error` of the answer.
        error: String,
        /// `error_description` of the answer, without secrets.
        description: Option<String>,
        /// `claims` of the answer: Entra's demand on a new sign-in.
        claims: Option<String>,
    },
    /// The provider cannot be reached, or what it answers cannot be understood.
    #[error("the identity provider gives no token now: {reason}")]
    Unavailable {
        /// What happened.
        reason: String,
    },
}

/// For a program in which nobody signs in through a provider.
pub(crate) struct NoSignIns;

#[async_trait]
impl SignInTokens for NoSignIns {
    async fn token(&self, _: &Person, _: TokenRequest) -> Result<IssuedToken, SignInTokenError> {
        Err(SignInTokenError::NotSignedInThroughProvider)
    }

    fn sign_in_again(&self, _: &Person, _: Option<&str>) -> Option<Url> {
        None
    }
}
