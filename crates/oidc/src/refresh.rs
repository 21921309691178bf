//! New tokens for a session that goes on.

use serde_json::{Map, Value};

use crate::error::SignInError;
use crate::token::Tokens;

/// What a refresh gives.
#[derive(Clone, Debug)]
pub struct Refreshed {
    /// The tokens to use from now on. The old refresh token may be void: store these before using them.
    pub tokens: Tokens,
    /// The claims of a new ID token, if one came.
    pub claims: Option<Map<String, Value>>,
}

/// Why there are no new tokens.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// The provider gave no refresh token: the person must sign in again when the access token ends.
    #[error("the provider gave no refresh token")]
    NoRefreshToken,
    /// The provider refuses, or answers for somebody else: the session ends.
    #[error("the session cannot be renewed")]
    Refused(#[source] SignInError),
    /// The provider cannot be reached: try again later with the same token.
    #[error("the session cannot be renewed now")]
    Unavailable(#[source] SignInError),
}

impl From<SignInError> for RefreshError {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::ProviderUnavailable { .. } => Self::Unavailable(error),
            _ => Self::Refused(error),
        }
    }
}
