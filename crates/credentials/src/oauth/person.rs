//! A token for a person: by the refresh token of an earlier time, else by asking them.

use std::sync::{Arc, Mutex, PoisonError};

use secrecy::SecretString;
use url::Url;

use super::code::{self, Issuer};
use super::device;
use super::token::{self, Endpoint, NoToken, Refused, Tokens};
use crate::error::CredentialError;
use crate::request::{Request, Why};
use crate::settings::Present;
use crate::source::{Bearer, Fetched, Interaction, Outcome};

/// How a person gets to a token.
#[derive(Clone, Debug)]
pub(crate) struct PersonFlow {
    pub(crate) endpoint: Endpoint,
    pub(crate) way: Way,
    pub(crate) client_id: String,
    pub(crate) scope: Option<String>,
    /// Said with a refresh token, where that is needed to name what the token is for.
    pub(crate) refresh_scope: Option<String>,
    pub(crate) issuer: Option<String>,
    pub(crate) present: Present,
    /// Turns a failure into words.
    pub(crate) explain: fn(NoToken, &str) -> CredentialError,
}

/// What the person does.
#[derive(Clone, Debug)]
pub(crate) enum Way {
    /// Types a code that this endpoint gives.
    Device(Url),
    /// Goes to this address and comes back.
    Browser(Url, Issuer),
}

/// The refresh token of a person for one source, while their session lives.
#[derive(Default)]
pub(crate) struct Remembered(Mutex<Option<SecretString>>);

impl Remembered {
    fn find(&self) -> Option<SecretString> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, token: Option<SecretString>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = token;
    }
}

impl PersonFlow {
    pub(crate) async fn fetch(self, request: &Request) -> Result<Outcome, CredentialError> {
        let remembered: Arc<Remembered> = request.kept(&request.key.source);
        let mut refused = None;
        if let Some(refresh) = remembered.find() {
            match self.refresh(request, refresh).await {
                Ok(tokens) => return self.finish(tokens, &remembered).map(Outcome::Credential),
                // The token is of no more use: the person must act, as the answer may demand.
                Err(NoToken::Refused(refusal)) => {
                    tracing::debug!(error = refusal.error, "a refresh token was refused");
                    remembered.set(None);
                    refused = Some(refusal);
                }
                Err(NoToken::Failed(error)) => return Err(error),
            }
        }
        if request.why == Why::Ahead {
            return Ok(Outcome::Later);
        }
        self.ask_person(request, remembered, refused).await.map(Outcome::Person)
    }

    async fn refresh(&self, request: &Request, refresh: SecretString) -> Result<Tokens, NoToken> {
        let mut grant = vec![("grant_type", SecretString::from("refresh_token")), ("refresh_token", refresh)];
        if let Some(scope) = &self.refresh_scope {
            grant.push(("scope", SecretString::from(scope.as_str())));
        }
        token::ask(request, &self.endpoint, &grant).await
    }

    async fn ask_person(
        self,
        request: &Request,
        remembered: Arc<Remembered>,
        refused: Option<Refused>,
    ) -> Result<Interaction, CredentialError> {
        let request = request.clone();
        let demanded = refused.as_ref().and_then(|refused| refused.claims.clone());
        let name = &self.endpoint.name;
        let reason = refused.map(|refused| (self.explain)(NoToken::Refused(refused), name).to_string());
        match self.way.clone() {
            Way::Device(url) => {
                let scope = self.scope.iter().map(|scope| ("scope", SecretString::from(scope.as_str())));
                let begun = device::begin(&request, &self.endpoint, &url, &scope.collect::<Vec<_>>(), reason).await;
                let device = begun.map_err(|error| (self.explain)(error, &self.endpoint.name))?;
                Ok(Interaction {
                    prompt: device.prompt.clone(),
                    expires_at: device.expires_at,
                    then: Box::pin(async move {
                        let tokens = device::wait(&request, &self.endpoint, device).await;
                        self.land(tokens, &remembered)
                    }),
                })
            }
            Way::Browser(url, issuer) => {
                let mut parameters = Vec::new();
                parameters.extend(self.scope.as_deref().map(|scope| ("scope", scope)));
                parameters.extend(demanded.as_deref().map(|claims| ("claims", claims)));
                let away = code::begin(&request, &url, &self.client_id, &parameters, reason)?;
                Ok(Interaction {
                    prompt: away.prompt.clone(),
                    expires_at: away.expires_at,
                    then: Box::pin(async move {
                        let tokens = code::wait(&request, &self.endpoint, &issuer, away).await;
                        self.land(tokens, &remembered)
                    }),
                })
            }
        }
    }

    fn land(&self, tokens: Result<Tokens, NoToken>, remembered: &Remembered) -> Result<Fetched, CredentialError> {
        let tokens = tokens.map_err(|error| (self.explain)(error, &self.endpoint.name))?;
        self.finish(tokens, remembered)
    }

    /// Remembers the refresh token first: if it was replaced, the old one may be void.
    fn finish(&self, tokens: Tokens, remembered: &Remembered) -> Result<Fetched, CredentialError> {
        if tokens.refresh.is_some() {
            remembered.set(tokens.refresh);
        }
        let bearer = Bearer {
            issuer: self.issuer.clone(),
            scope: self.scope.clone(),
            expires_at: Some(tokens.expires_at),
            renew_at: tokens.renew_at,
        };
        Fetched::token(tokens.access, self.present, bearer)
    }
}
