//! The source `signed_in_user`: a token from the person's own sign-in.

use std::time::Duration;

use async_trait::async_trait;
use secrecy::ExposeSecret;

use crate::entra::{self, Diagnosis};
use crate::error::{CredentialError, Prompt};
use crate::moment::jwt_expiry;
use crate::oauth::Refused;
use crate::request::{Request, Why};
use crate::settings::{Present, SettingError, filled};
use crate::sign_in::{IssuedToken, SignInTokenError, TokenRequest};
use crate::source::{Bearer, By, Fetched, Outcome, Share, Source, Whose};

/// How long a token is believed that says nowhere when it ends.
const ASSUMED_LIFE: Duration = Duration::from_secs(300);

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

    fn token_request(&self, why: Why) -> TokenRequest {
        let (audience, scope, resource) = (self.audience.clone(), self.scope.clone(), self.resource.clone());
        match self.exchange {
            Exchange::None if why == Why::Refused => TokenRequest::NewAccessToken,
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
        fetch(request, self.token_request(request.why), self.present, self.scope.clone()).await.map(Outcome::Credential)
    }
}

/// A credential from the sign-in.
pub(crate) async fn fetch(
    request: &Request,
    wanted: TokenRequest,
    present: Present,
    scope: Option<String>,
) -> Result<Fetched, CredentialError> {
    let issued = token(request, wanted).await?;
    let expires_at = issued.expires_at.or_else(|| jwt_expiry(issued.token.expose_secret()));
    let bearer = Bearer {
        issuer: issued.issuer,
        scope,
        expires_at: Some(expires_at.unwrap_or(request.now() + ASSUMED_LIFE)),
        renew_at: issued.renew_at,
    };
    Fetched::token(issued.token, present, bearer)
}

/// A token of the sign-in. What the person can set right by signing in again becomes a prompt.
pub(crate) async fn token(request: &Request, wanted: TokenRequest) -> Result<IssuedToken, CredentialError> {
    let is_refresh = !matches!(wanted, TokenRequest::TokenExchange { .. } | TokenRequest::OnBehalfOf { .. });
    let error = match request.tools.sign_ins.token(&request.person, wanted).await {
        Ok(issued) => return Ok(issued),
        Err(error) => error,
    };
    Err(match &error {
        SignInTokenError::SignInAgain { claims } => sign_in_again(request, claims.as_deref(), &error.to_string()),
        SignInTokenError::Refused { error: code, description, claims } => {
            let (code, description, claims) = (code.clone(), description.clone(), claims.clone());
            let refused = Refused { error: code, description, claims, retry_at: None };
            let diagnosis = diagnose(&refused, is_refresh);
            if diagnosis.sign_in_helps {
                sign_in_again(request, refused.claims.as_deref(), &diagnosis.words)
            } else {
                CredentialError::failed(diagnosis.words)
            }
        }
        SignInTokenError::NotSignedInThroughProvider => CredentialError::failed(format!(
            "{error}, so there is no token of yours: sign in through one, or choose another credential source"
        )),
        SignInTokenError::Unavailable { .. } => CredentialError::failed(error.to_string()),
    })
}

fn diagnose(refused: &Refused, is_refresh: bool) -> Diagnosis {
    if refused.description.as_deref().is_some_and(|text| text.contains("AADSTS")) {
        return entra::diagnose(refused);
    }
    let sign_in_helps = match refused.error.as_str() {
        // A refresh token that is over. With an exchange it may as well be the exchange that is not allowed.
        "invalid_grant" => is_refresh,
        "interaction_required" | "login_required" => true,
        _ => false,
    };
    Diagnosis {
        words: refused.words("the identity provider"),
        sign_in_helps: sign_in_helps || refused.claims.is_some(),
    }
}

/// Asks the person to sign in to Howdah once more.
fn sign_in_again(request: &Request, claims: Option<&str>, reason: &str) -> CredentialError {
    match request.tools.sign_ins.sign_in_again(&request.person, claims) {
        Some(url) => {
            CredentialError::InteractionRequired(Box::new(Prompt::Redirect { url, reason: Some(reason.to_owned()) }))
        }
        None => CredentialError::failed(format!("{reason}: sign out and sign in again")),
    }
}
