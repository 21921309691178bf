//! One provider, from the first redirect to the end of the session.

use std::sync::Arc;
use std::time::SystemTime;

use reqwest::Client;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;
use tokio::time::timeout;
use url::Url;

use crate::Clock;
use crate::authorization::{self, AuthorizationRequest, AuthorizationResponse, Outcome, PendingSignIn};
use crate::claims::{Claims, Known, SignIn};
use crate::config::ProviderConfig;
use crate::discovery::{self, Metadata};
use crate::error::{IssuerPlace, SignInError, Step, presentable};
use crate::http::{self, HttpClientError, NoAnswer, STEP_TIMEOUT};
use crate::id_token::{self, Expected, Fault};
use crate::keys::{KeyCache, is_within};
use crate::logout;
use crate::refresh::{RefreshError, Refreshed};
use crate::token::{self, Tokens};
use crate::userinfo;

/// What a provider is to us, and we to it. Shared by all who sign in there.
///
/// Every request to the provider ends within 10 s, is not redirected, and is read to 1 MiB. Discovery document and keys
/// are kept for an hour.
pub struct RelyingParty {
    config: ProviderConfig,
    redirect_uri: Url,
    clock: Clock,
    client: Client,
    metadata: Mutex<Option<(Arc<Metadata>, SystemTime)>>,
    keys: Mutex<KeyCache>,
}

impl RelyingParty {
    /// `redirect_uri` is the console's own, to the letter as registered at the provider. Makes no request.
    ///
    /// # Errors
    ///
    /// When the HTTP client cannot be made, for example because a certificate of `ca_file` is malformed.
    ///
    /// # Panics
    ///
    /// When no `rustls` provider is installed in the process.
    pub fn new(config: ProviderConfig, redirect_uri: Url, clock: Clock) -> Result<Self, HttpClientError> {
        let client = http::client(&config)?;
        Ok(Self { config, redirect_uri, clock, client, metadata: Mutex::default(), keys: Mutex::default() })
    }

    /// The provider's configuration.
    pub fn config(&self) -> &ProviderConfig {
        &self.config
    }

    /// Begins a sign-in. `login_hint` is passed on (OpenID Connect Core 3.1.2.1).
    ///
    /// # Errors
    ///
    /// When the provider's discovery document is not available or is another issuer's.
    pub async fn begin(&self, login_hint: Option<&str>) -> Result<AuthorizationRequest, SignInError> {
        let metadata = self.metadata().await?;
        Ok(authorization::request(&self.config, &metadata.authorization, &self.redirect_uri, login_hint))
    }

    /// Completes a sign-in with what the provider answered. `pending` must not be used again, whatever comes out.
    ///
    /// # Errors
    ///
    /// Everything that can be wrong with an answer, tokens, profile and claims.
    pub async fn finish(&self, pending: PendingSignIn, response: AuthorizationResponse) -> Result<SignIn, SignInError> {
        // RFC 9700 section 4.4.2: an answer counts only for the provider that was asked.
        if pending.provider() != self.config.name || response.state() != Some(pending.state()) {
            return Err(SignInError::StateMismatch);
        }
        let metadata = self.metadata().await?;
        self.check_response_issuer(&metadata, response.issuer.as_deref())?;
        let code = match response.outcome {
            Outcome::Code(code) => code,
            Outcome::Error { error, description } => {
                return Err(SignInError::ProviderError {
                    provider: self.config.display_name().to_owned(),
                    error: presentable(&error, &[]),
                    description: description.map(|text| presentable(&text, &[])),
                });
            }
        };
        let tokens = self.redeem(&metadata, &pending, &code).await?;
        let id_token = self.id_token(&metadata, &tokens, Some(&pending.nonce)).await?;
        let mut known = Known { id_token, userinfo: None };
        if known.needs_userinfo(&self.config)
            && let Some(endpoint) = &metadata.userinfo
        {
            let subject = known.id_token.as_ref().and_then(|claims| claims.get("sub")).and_then(|sub| sub.as_str());
            let profile = userinfo::fetch(&self.config, &self.client, endpoint, &tokens.access, subject).await?;
            known.userinfo = Some(profile);
        }
        known.into_sign_in(&self.config, metadata.issuer.as_deref().unwrap_or_default(), tokens)
    }

    /// Gets new tokens for a session of `subject`.
    ///
    /// One at a time for each session: many providers take a refresh token once, and end the session on the second use.
    ///
    /// # Errors
    ///
    /// See [`RefreshError`]; only [`RefreshError::Unavailable`] is worth another try.
    pub async fn refresh(&self, tokens: &Tokens, subject: &str) -> Result<Refreshed, RefreshError> {
        let refresh_token = tokens.refresh.as_ref().ok_or(RefreshError::NoRefreshToken)?;
        let metadata = self.metadata().await?;
        let now = (self.clock)();
        let secret = refresh_token.expose_secret();
        let form = vec![("grant_type", "refresh_token".to_owned()), ("refresh_token", secret.to_owned())];
        let mut renewed = token::request(&self.config, &self.client, &metadata.token, form, &[secret], now).await?;

        // OpenID Connect Core 12.2: an ID token may be left out; if it is there, it must be of the same person.
        let claims = if renewed.id.is_some() { self.id_token(&metadata, &renewed, None).await? } else { None };
        if claims.as_ref().is_some_and(|claims| claims.get("sub").and_then(|sub| sub.as_str()) != Some(subject)) {
            return Err(self.id_token_invalid("its `sub` is another person's").into());
        }
        // RFC 6749 section 6: without a new refresh token the old one goes on.
        renewed.refresh = renewed.refresh.or_else(|| tokens.refresh.clone());
        renewed.id = renewed.id.or_else(|| tokens.id.clone());
        Ok(Refreshed { tokens: renewed, claims })
    }

    /// Where to send the browser so that the session at the provider ends too; `None` if the provider has no such
    /// place or does not answer. `logout_url` of the configuration wins.
    pub async fn logout_url(
        &self,
        id_token_hint: Option<&SecretString>,
        post_logout_redirect_uri: &Url,
        state: &str,
    ) -> Option<Url> {
        let end_session = match self.config.logout_template {
            Some(_) => None,
            None => self.metadata().await.ok()?.end_session.clone(),
        };
        logout::url(&self.config, end_session.as_ref(), id_token_hint, post_logout_redirect_uri, state)
    }

    /// RFC 9207 section 2.4: the answer must come from the issuer that we asked, if it can say so.
    fn check_response_issuer(&self, metadata: &Metadata, found: Option<&str>) -> Result<(), SignInError> {
        let Some(expected) = &metadata.issuer else { return Ok(()) };
        match found {
            Some(found) if found == expected => Ok(()),
            None if !metadata.names_issuer_in_response => Ok(()),
            found => Err(self.issuer_mismatch(IssuerPlace::Response, expected, found)),
        }
    }

    async fn redeem(&self, metadata: &Metadata, pending: &PendingSignIn, code: &str) -> Result<Tokens, SignInError> {
        let mut form = vec![
            ("grant_type", "authorization_code".to_owned()),
            ("code", code.to_owned()),
            ("redirect_uri", self.redirect_uri.to_string()),
        ];
        let mut secrets = vec![code];
        if let Some(verifier) = &pending.code_verifier {
            form.push(("code_verifier", verifier.clone()));
            secrets.push(verifier);
        }
        token::request(&self.config, &self.client, &metadata.token, form, &secrets, (self.clock)()).await
    }

    /// The claims of the ID token. `None` where none is expected, in which case one that came is not looked at.
    async fn id_token(
        &self,
        metadata: &Metadata,
        tokens: &Tokens,
        nonce: Option<&str>,
    ) -> Result<Option<Claims>, SignInError> {
        let (true, Some(issuer)) = (self.config.expects_id_token(), &metadata.issuer) else { return Ok(None) };
        let id_token = tokens.id.as_ref().ok_or_else(|| self.id_token_invalid("there is none in the token answer"))?;
        let url = metadata.keys.as_ref().ok_or_else(|| SignInError::ProviderUnavailable {
            provider: self.config.display_name().to_owned(),
            step: Step::Discovery,
            reason: "it names no `jwks_uri`".to_owned(),
            source: None,
        })?;
        let now = (self.clock)();
        let expected = Expected {
            issuer,
            client_id: &self.config.client_id,
            client_secret: self.config.authentication.secret(),
            algorithms: &metadata.algorithms,
            nonce,
            access_token: &tokens.access,
            now,
            skew: self.config.clock_skew,
        };
        let keys = self
            .bounded(Step::Keys, async { self.keys.lock().await.keys(&self.config, &self.client, url, now).await })
            .await?;
        let mut verified = id_token::verify(id_token, &keys, &expected);
        if matches!(verified, Err(Fault::UnknownKey)) {
            let other = self
                .bounded(Step::Keys, async {
                    self.keys.lock().await.other_keys(&keys, &self.config, &self.client, url, now).await
                })
                .await?;
            if let Some(keys) = other {
                verified = id_token::verify(id_token, &keys, &expected);
            }
        }
        verified.map(Some).map_err(|fault| match fault {
            Fault::Issuer(found) => self.issuer_mismatch(IssuerPlace::IdToken, issuer, found.as_deref()),
            Fault::UnknownKey => self.id_token_invalid("none of the provider's keys fits"),
            Fault::Rule { reason, source } => SignInError::IdTokenInvalid {
                provider: self.config.display_name().to_owned(),
                reason,
                source: source.map(Into::into),
            },
        })
    }

    async fn metadata(&self) -> Result<Arc<Metadata>, SignInError> {
        self.bounded(Step::Discovery, async {
            let mut cached = self.metadata.lock().await;
            let now = (self.clock)();
            if let Some((metadata, fetched_at)) = &*cached
                && is_within(*fetched_at, now, discovery::LIFE)
            {
                return Ok(Arc::clone(metadata));
            }
            let metadata = Arc::new(discovery::discover(&self.config, &self.client).await?);
            *cached = Some((Arc::clone(&metadata), now));
            Ok(metadata)
        })
        .await
    }

    /// Waiting for somebody else's request to the same end counts as waiting for the provider.
    async fn bounded<T>(
        &self,
        step: Step,
        work: impl Future<Output = Result<T, SignInError>>,
    ) -> Result<T, SignInError> {
        timeout(STEP_TIMEOUT, work).await.unwrap_or_else(|_| Err(self.config.unavailable(step, NoAnswer::Timeout)))
    }

    fn issuer_mismatch(&self, place: IssuerPlace, expected: &str, found: Option<&str>) -> SignInError {
        SignInError::IssuerMismatch {
            provider: self.config.display_name().to_owned(),
            place,
            expected: expected.to_owned(),
            found: found.map(|issuer| presentable(issuer, &[])),
        }
    }

    fn id_token_invalid(&self, reason: &str) -> SignInError {
        let provider = self.config.display_name().to_owned();
        SignInError::IdTokenInvalid { provider, reason: reason.to_owned(), source: None }
    }
}

impl ProviderConfig {
    pub(crate) fn unavailable(&self, step: Step, error: NoAnswer) -> SignInError {
        let provider = self.display_name().to_owned();
        SignInError::ProviderUnavailable { provider, step, reason: error.to_string(), source: error.into_source() }
    }
}
