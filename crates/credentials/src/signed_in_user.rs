//! The source `signed_in_user`: a token from the person's own sign-in.

use async_trait::async_trait;

use crate::error::{CredentialError, Prompt};
use crate::request::Request;
use crate::settings::{Present, SettingError, filled};
use crate::sign_in::{IssuedToken, SignInTokenError, TokenRequest};
use crate::source::{Bearer, By, Fetched, Outcome, Share, Source, Whose};

/// Which token of the sign-in, and how it is presented.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SignedInUserConfig {
    exchange: Exchange,
    audience: Option<String>,
    scope: Option<String>,
    resource: Option<String>,
    present: Present,
}

/// How the sign-in becomes the token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Exchange {
    /// Its access token is the token.
    #[default]
    None,
    /// Its refresh token is redeemed for the scope, resource or audience.
    Refresh,
    /// Its access token is exchanged (RFC 8693).
    TokenExchange,
    /// Its access token is exchanged by Entra's way.
    OnBehalfOf,
}

/// The fields of the API's `credential` object.
#[derive(Clone, Debug, Default)]
pub struct SignedInUserSettings {
    /// `exchange`
    pub exchange: Exchange,
    /// `audience`
    pub audience: Option<String>,
    /// `scope`
    pub scope: Option<String>,
    /// `resource`
    pub resource: Option<String>,
    /// `present`
    pub present: Present,
}

impl SignedInUserConfig {
    /// # Errors
    ///
    /// When the fields do not go together.
    pub fn new(settings: SignedInUserSettings) -> Result<Self, SettingError> {
        let SignedInUserSettings { exchange, audience, scope, resource, present } = settings;
        let [audience, scope, resource] = [audience, scope, resource].map(|text| filled(&text).map(str::to_owned));
        match exchange {
            Exchange::None => {
                let fields = [("audience", &audience), ("scope", &scope), ("resource", &resource)];
                if let Some((field, _)) = fields.into_iter().find(|(_, value)| value.is_some()) {
                    return Err(SettingError::new(
                        field,
                        format!(
                            "`{field}` asks for another token than the sign-in's own: set `exchange`, or leave it out"
                        ),
                    ));
                }
            }
            Exchange::OnBehalfOf if scope.is_none() => {
                return Err(SettingError::new("scope", "`on_behalf_of` needs the scope of the token"));
            }
            Exchange::Refresh | Exchange::TokenExchange | Exchange::OnBehalfOf => {}
        }
        Ok(Self { exchange, audience, scope, resource, present })
    }

    fn token_request(&self) -> TokenRequest {
        let (audience, scope, resource) = (self.audience.clone(), self.scope.clone(), self.resource.clone());
        match self.exchange {
            Exchange::None => TokenRequest::AccessToken,
            Exchange::Refresh => TokenRequest::Refresh { scope, resource, audience },
            Exchange::TokenExchange => {
                TokenRequest::TokenExchange { audience, scope, resource, requested_token_type: None }
            }
            Exchange::OnBehalfOf => TokenRequest::OnBehalfOf { scope: scope.unwrap_or_default() },
        }
    }
}

#[async_trait]
impl Source for SignedInUserConfig {
    fn share(&self) -> Share {
        Share { whose: Whose::Person, by: By::Settings }
    }

    async fn fetch(&self, request: &Request) -> Result<Outcome, CredentialError> {
        let issued = token(request, self.token_request()).await?;
        let bearer = bearer(&issued, self.scope.clone());
        Fetched::token(issued.token, self.present, bearer).map(Outcome::Credential)
    }
}

/// A token of the sign-in. What the person can set right by signing in again becomes a prompt.
pub(crate) async fn token(request: &Request, wanted: TokenRequest) -> Result<IssuedToken, CredentialError> {
    request.tools.sign_ins.token(&request.person, wanted).await.map_err(|error| problem(request, error))
}

pub(crate) fn bearer(issued: &IssuedToken, scope: Option<String>) -> Bearer {
    Bearer { issuer: issued.issuer.clone(), scope, expires_at: issued.expires_at, renew_at: issued.renew_at }
}

fn problem(request: &Request, error: SignInTokenError) -> CredentialError {
    match error {
        SignInTokenError::SignInAgain { claims } => sign_in_again(request, claims.as_deref(), &error_words()),
        error => CredentialError::failed(error.to_string()),
    }
}

fn error_words() -> String {
    SignInTokenError::SignInAgain { claims: None }.to_string()
}

/// Asks the person to sign in to Howdah once more.
pub(crate) fn sign_in_again(request: &Request, claims: Option<&str>, reason: &str) -> CredentialError {
    match request.tools.sign_ins.sign_in_again(&request.person, claims) {
        Some(url) => CredentialError::InteractionRequired(Prompt::Redirect { url }),
        None => CredentialError::failed(format!("{reason}: sign out and sign in again")),
    }
}
