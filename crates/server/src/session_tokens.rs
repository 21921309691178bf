//! A person's sign-in as a source of database tokens: what `credentials` asks for, from what the session holds.

use async_trait::async_trait;
use howdah_credentials::{IssuedToken, Person, SignInTokenError, SignInTokens, TokenRequest};
use howdah_oidc::{Grant, GrantError, RelyingParty, Tokens};
use howdah_store::SessionId;
use url::Url;

use crate::app::{App, WeakApp};
use crate::error::chain;
use crate::renewal::{self, NoTokens, RefreshFor};
use crate::session::ProviderSession;
use crate::urls::encode;

/// The tokens of sessions, by the person's key, which is the session's id.
pub struct SessionTokens(WeakApp);

impl SessionTokens {
    /// Of the sessions of an app.
    #[must_use]
    pub fn new(app: WeakApp) -> Self {
        Self(app)
    }
}

#[async_trait]
impl SignInTokens for SessionTokens {
    async fn token(&self, person: &Person, request: TokenRequest) -> Result<IssuedToken, SignInTokenError> {
        let stopping = || SignInTokenError::Unavailable { reason: "Howdah is being stopped".to_owned() };
        let app = self.0.upgrade().ok_or_else(stopping)?;
        let id: SessionId = person.key().parse().map_err(|_| SignInTokenError::SignInAgain { claims: None })?;
        match request {
            TokenRequest::AccessToken | TokenRequest::NewAccessToken => {
                let from = match request {
                    TokenRequest::NewAccessToken => renewal::anew(&app, &id).await?,
                    _ => renewal::fresh(&app, &id).await?,
                };
                let Tokens { access, expires_at, .. } = from.tokens();
                Ok(IssuedToken { token: access, issuer: issuer(&from), expires_at, renew_at: None })
            }
            TokenRequest::IdToken => {
                let from = renewal::fresh(&app, &id).await?;
                let none = || SignInTokenError::Unavailable { reason: "it gave no ID token at sign-in".to_owned() };
                let token = from.id_token().cloned().ok_or_else(none)?;
                // The token itself tells when it ends.
                Ok(IssuedToken { token, issuer: issuer(&from), expires_at: None, renew_at: None })
            }
            TokenRequest::Refresh { scope, resource, audience } => {
                let (from, tokens) = renewal::redeem(&app, &id, &RefreshFor { scope, resource, audience }).await?;
                Ok(issued(&from, tokens))
            }
            TokenRequest::TokenExchange { audience, scope, resource, requested_token_type } => {
                let (from, provider) = exchanged(&app, &id).await?;
                let grant = Grant::TokenExchange {
                    subject_token: &from.tokens().access,
                    audience: audience.as_deref(),
                    scope: scope.as_deref(),
                    resource: resource.as_deref(),
                    requested_token_type: requested_token_type.as_deref(),
                };
                let tokens = provider.grant(&grant).await.map_err(refusal)?;
                Ok(issued(&from, tokens))
            }
            TokenRequest::OnBehalfOf { scope } => {
                let (from, provider) = exchanged(&app, &id).await?;
                let grant = Grant::OnBehalfOf { assertion: &from.tokens().access, scope: &scope };
                let tokens = provider.grant(&grant).await.map_err(refusal)?;
                Ok(issued(&from, tokens))
            }
        }
    }

    fn sign_in_again(&self, person: &Person, claims: Option<&str>) -> Option<Url> {
        let app = self.0.upgrade()?;
        let id: SessionId = person.key().parse().ok()?;
        let provider = app.renewals().provider(&id)?;
        let mut url = app.urls().absolute(&format!("/oauth2/login/{}", encode(&provider)));
        url.query_pairs_mut().append_pair("next", SIGNED_IN_AGAIN);
        if let Some(claims) = claims {
            url.query_pairs_mut().append_pair("claims", claims);
        }
        Some(url)
    }
}

/// Where a window lands that was opened for a credential.
pub const SIGNED_IN_AGAIN: &str = "/credential/done";

/// The sign-in with a good access token, and whom to exchange it at.
async fn exchanged<'a>(app: &'a App, id: &SessionId) -> Result<(ProviderSession, &'a RelyingParty), SignInTokenError> {
    let from = renewal::fresh(app, id).await?;
    let gone = || SignInTokenError::SignInAgain { claims: None };
    let provider = app.provider(&from.name).ok_or_else(gone)?;
    Ok((from, provider))
}

fn issuer(from: &ProviderSession) -> Option<String> {
    from.id_token().map(|_| from.issuer.clone())
}

fn issued(from: &ProviderSession, tokens: Tokens) -> IssuedToken {
    IssuedToken { token: tokens.access, issuer: issuer(from), expires_at: tokens.expires_at, renew_at: None }
}

/// A provider's answer to a grant, as the broker understands it.
#[must_use]
pub fn refusal(error: GrantError) -> SignInTokenError {
    match error {
        GrantError::Refused { error, description, claims } => SignInTokenError::Refused {
            error: error.unwrap_or_else(|| "invalid_grant".to_owned()),
            description: Some(description),
            claims,
        },
        GrantError::Unavailable(error) => SignInTokenError::Unavailable { reason: chain(&error) },
    }
}

impl From<NoTokens> for SignInTokenError {
    fn from(reason: NoTokens) -> Self {
        match reason {
            NoTokens::NoProvider => Self::NotSignedInThroughProvider,
            NoTokens::SignInAgain => Self::SignInAgain { claims: None },
            NoTokens::Unavailable(reason) => Self::Unavailable { reason },
        }
    }
}
