//! One provider, from the first redirect to the end of the session.

use std::sync::Arc;
use std::time::SystemTime;

use reqwest::Client;
use secrecy::SecretString;
use serde_json::Value;
use tokio::time::timeout;
use url::Url;

use crate::Clock;
use crate::authorization::{self, AuthorizationRequest, AuthorizationResponse, Outcome, PendingSignIn};
use crate::claims::{Claims, Known, SignIn};
use crate::config::ProviderConfig;
use crate::discovery::{Metadata, MetadataCache};
use crate::error::{IssuerPlace, SignInError, Step, presentable};
use crate::http::{self, HttpClientError, NoAnswer, STEP_TIMEOUT};
use crate::id_token::{self, Expected};
use crate::jwt::{Fault, Trust};
use crate::keys::{Key, KeyCache};
use crate::logout;
use crate::token::{self, NoTokens, Tokens};
use crate::userinfo::{self, Answered};

/// What a provider is to us, and we to it. Shared by all who sign in there.
///
/// Every request to the provider ends within 10 s, is not redirected, and is read to 1 MiB. Discovery document and keys
/// are kept for an hour. When the provider does not give its document anew, the old one is used for up to a day; keys
/// are not.
pub struct RelyingParty {
    config: ProviderConfig,
    redirect_uri: Url,
    clock: Clock,
    client: Client,
    metadata: MetadataCache,
    keys: KeyCache,
}

/// What was last read of a provider; `None` for what was not read since the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastSeen {
    /// When its discovery document was read, or its endpoints were taken from the configuration.
    pub metadata: Option<SystemTime>,
    /// The issuer that the document names.
    pub issuer: Option<String>,
    /// When its keys were read.
    pub keys: Option<SystemTime>,
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
        Ok(Self { config, redirect_uri, clock, client, metadata: MetadataCache::default(), keys: KeyCache::default() })
    }

    /// The provider's configuration.
    pub fn config(&self) -> &ProviderConfig {
        &self.config
    }

    /// Whether this is the provider's issuer: to find the provider that a third-party initiated login, a front-channel
    /// logout or a logout token speaks of. Makes no request.
    pub fn is_issuer(&self, issuer: &str) -> bool {
        self.config.is_issuer(issuer) || self.metadata.is_issuer(issuer)
    }

    /// What was last read of the provider, and when. Makes no request.
    pub fn last_seen(&self) -> LastSeen {
        let (metadata, issuer) = self.metadata.last_fetched().unzip();
        LastSeen { metadata, issuer: issuer.flatten(), keys: self.keys.last_fetched() }
    }

    /// Sees that a sign-in could begin and its answer be checked: reads discovery document and keys, if those that we
    /// have are old.
    ///
    /// # Errors
    ///
    /// When either is not available, or the document is another issuer's.
    pub async fn look(&self) -> Result<LastSeen, SignInError> {
        let metadata = self.metadata().await?;
        if let Some(trust) = self.trust(&metadata) {
            // With keys in hand there is nothing more to check.
            drop(self.with_keys(&metadata, &trust, |_| Ok(())).await?);
        }
        Ok(self.last_seen())
    }

    /// The origin that [`logout_url`](Self::logout_url) leads to, as far as it is known without a request: a page with a
    /// form that signs out must allow to be redirected there.
    pub fn logout_origin(&self) -> Option<String> {
        let origin = |url: &Url| url.origin().ascii_serialization();
        match &self.config.logout_template {
            Some(template) => Url::parse(template).ok().as_ref().map(origin),
            None => self.metadata.end_session().as_ref().map(origin),
        }
    }

    /// Begins a sign-in. `login_hint` is passed on (OpenID Connect Core 3.1.2.1).
    ///
    /// # Errors
    ///
    /// When the provider's discovery document is not available or is another issuer's.
    pub async fn begin(&self, login_hint: Option<&str>) -> Result<AuthorizationRequest, SignInError> {
        self.begin_again(login_hint, None).await
    }

    /// As [`begin`](Self::begin), where the provider has demanded something of a new sign-in: `claims` is passed on as it
    /// is (OpenID Connect Core 5.5).
    ///
    /// # Errors
    ///
    /// As for [`begin`](Self::begin).
    pub async fn begin_again(
        &self,
        login_hint: Option<&str>,
        claims: Option<&str>,
    ) -> Result<AuthorizationRequest, SignInError> {
        let metadata = self.metadata().await?;
        Ok(authorization::request(&self.config, &metadata.authorization, &self.redirect_uri, login_hint, claims))
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
            && let Some(profile) = self.profile(&metadata, &tokens).await?
        {
            if let Some(subject) = known.id_token.as_ref().and_then(|claims| claims.get("sub")).and_then(Value::as_str)
            {
                userinfo::check_subject(&self.config, &profile, subject)?;
            }
            known.userinfo = Some(profile);
        }
        known.into_sign_in(&self.config, metadata.issuer.as_deref().unwrap_or_default(), tokens)
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
        Ok(self.request_tokens(metadata, form, &secrets).await?)
    }

    pub(crate) async fn request_tokens(
        &self,
        metadata: &Metadata,
        form: Vec<(&str, String)>,
        secrets: &[&str],
    ) -> Result<Tokens, NoTokens> {
        token::request(&self.config, &self.client, &metadata.token, form, secrets, (self.clock)()).await
    }

    /// The person's profile, if there is a place to read it. Whose it is, is not yet known.
    pub(crate) async fn profile(&self, metadata: &Metadata, tokens: &Tokens) -> Result<Option<Claims>, SignInError> {
        let Some(endpoint) = &metadata.userinfo else { return Ok(None) };
        let token = match userinfo::fetch(&self.config, &self.client, endpoint, &tokens.access).await? {
            Answered::Plain(profile) => return Ok(Some(profile)),
            Answered::Signed(token) => token,
        };
        let invalid = |reason: &str| userinfo::invalid(&self.config, reason.to_owned());
        let trust = self.trust(metadata).ok_or_else(|| invalid("it is signed, and nothing says with which keys"))?;
        let trust = Trust { algorithms: &metadata.userinfo_algorithms, ..trust };
        let verified = self.with_keys(metadata, &trust, |keys| userinfo::verify(&token, keys, &trust)).await?;
        verified.map(Some).map_err(|fault| {
            invalid(match &fault {
                Fault::Issuer(_) => "its `iss` is another's",
                Fault::UnknownKey => "none of the provider's keys fits its signature",
                Fault::Rule { reason, .. } => reason,
            })
        })
    }

    /// The claims of the ID token. `None` where none is expected, in which case one that came is not looked at.
    pub(crate) async fn id_token(
        &self,
        metadata: &Metadata,
        tokens: &Tokens,
        nonce: Option<&str>,
    ) -> Result<Option<Claims>, SignInError> {
        let Some(trust) = self.trust(metadata) else { return Ok(None) };
        let id_token = tokens.id.as_ref().ok_or_else(|| self.id_token_invalid("there is none in the token answer"))?;
        let expected = Expected { nonce, access_token: &tokens.access };
        let verified =
            self.with_keys(metadata, &trust, |keys| id_token::verify(id_token, keys, &trust, &expected)).await?;
        verified.map(Some).map_err(|fault| match fault {
            Fault::Issuer(found) => self.issuer_mismatch(IssuerPlace::IdToken, trust.issuer, found.as_deref()),
            Fault::UnknownKey => self.id_token_invalid("none of the provider's keys fits"),
            Fault::Rule { reason, source } => {
                SignInError::IdTokenInvalid { provider: self.config.display_name().to_owned(), reason, source }
            }
        })
    }

    /// What the provider's tokens are measured against. `None` where none are expected.
    pub(crate) fn trust<'a>(&'a self, metadata: &'a Metadata) -> Option<Trust<'a>> {
        let issuer = metadata.issuer.as_deref().filter(|_| self.config.expects_id_token())?;
        Some(Trust {
            issuer,
            client_id: &self.config.client_id,
            client_secret: self.config.authentication.secret(),
            algorithms: &metadata.algorithms,
            now: (self.clock)(),
            skew: self.config.clock_skew,
        })
    }

    /// Checks a token with the provider's keys, and once more with fresh ones if none of them fits.
    pub(crate) async fn with_keys<T>(
        &self,
        metadata: &Metadata,
        trust: &Trust<'_>,
        check: impl Fn(&[Key]) -> Result<T, Fault>,
    ) -> Result<Result<T, Fault>, SignInError> {
        if !trust.needs_keys() {
            return Ok(check(&[]));
        }
        let url = metadata.keys.as_ref().ok_or_else(|| SignInError::ProviderUnavailable {
            provider: self.config.display_name().to_owned(),
            step: Step::Discovery,
            reason: "it names no `jwks_uri`".to_owned(),
            source: None,
        })?;
        let keys = self.bounded(Step::Keys, self.keys.keys(&self.config, &self.client, url, trust.now)).await?;
        let checked = check(&keys);
        if !matches!(checked, Err(Fault::UnknownKey)) {
            return Ok(checked);
        }
        let other = self.keys.other_keys(&keys, &self.config, &self.client, url, trust.now);
        Ok(self.bounded(Step::Keys, other).await?.map_or(checked, |keys| check(&keys)))
    }

    pub(crate) async fn metadata(&self) -> Result<Arc<Metadata>, SignInError> {
        self.metadata.metadata(&self.config, &self.client, (self.clock)()).await
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

    pub(crate) fn id_token_invalid(&self, reason: &str) -> SignInError {
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
