//! New tokens for a session that goes on, and another look at whether it may.

use secrecy::ExposeSecret;
use serde_json::{Map, Value};

use crate::claims::{self, Claims, Known};
use crate::discovery::Metadata;
use crate::error::SignInError;
use crate::jwt::Jwt;
use crate::relying_party::RelyingParty;
use crate::token::{NoTokens, Tokens};
use crate::userinfo;

/// What a refresh gives.
#[derive(Clone, Debug)]
pub struct Refreshed {
    /// The tokens to use from now on. The old refresh token may be void: store these before using them.
    pub tokens: Tokens,
    /// The claims as a sign-in would give them now. `None`: the provider said nothing new, and the old ones stay.
    pub claims: Option<Map<String, Value>>,
}

/// Why there are no new tokens.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// The provider gave no refresh token: the person must sign in again when the access token ends.
    #[error("the provider gave no refresh token")]
    NoRefreshToken,
    /// The provider does not renew this session: the person must sign in again. Nothing is known against them.
    #[error("the provider does not renew the session")]
    Refused(#[source] SignInError),
    /// No configured claim lets the person in any more: the session ends at once.
    #[error("the person may not use this console any more")]
    NotAuthorized(#[source] SignInError),
    /// The answer is about somebody else, or cannot be shown to be about this person: the session ends at once.
    #[error("the provider answered for somebody else")]
    WrongPerson(#[source] SignInError),
    /// The provider cannot be asked now: try again later.
    #[error("the session cannot be renewed now")]
    Unavailable {
        /// New tokens, when only the look at the person failed. The old refresh token may be void: store these, and try
        /// again with them.
        renewed: Option<Box<Tokens>>,
        /// What failed.
        source: SignInError,
    },
}

impl RefreshError {
    /// Whether the session must end now, rather than when its access token ends.
    pub fn ends_session(&self) -> bool {
        matches!(self, Self::NotAuthorized(_) | Self::WrongPerson(_))
    }

    fn from_request(refusal: NoTokens) -> Self {
        let NoTokens { error, passes, .. } = refusal;
        if passes { Self::Unavailable { renewed: None, source: error } } else { Self::Refused(error) }
    }

    /// What a check of `renewed` found.
    fn from_check(error: SignInError, renewed: &Tokens) -> Self {
        match error {
            SignInError::ProviderUnavailable { .. } => {
                Self::Unavailable { renewed: Some(Box::new(renewed.clone())), source: error }
            }
            SignInError::ClaimsNotAuthorized { .. } => Self::NotAuthorized(error),
            SignInError::IssuerMismatch { .. } | SignInError::IdTokenInvalid { .. } => Self::WrongPerson(error),
            _ => Self::Refused(error),
        }
    }
}

impl RelyingParty {
    /// Gets new tokens for a session of `subject` of `issuer`, and looks anew whether the person may come in.
    ///
    /// One at a time for each session: many providers take a refresh token once, and end the session on the second use.
    ///
    /// # Errors
    ///
    /// See [`RefreshError`]; only [`RefreshError::Unavailable`] is worth another try.
    pub async fn refresh(&self, tokens: &Tokens, subject: &str, issuer: &str) -> Result<Refreshed, RefreshError> {
        let refresh_token = tokens.refresh.as_ref().ok_or(RefreshError::NoRefreshToken)?;
        let metadata = self.metadata().await.map_err(|source| RefreshError::Unavailable { renewed: None, source })?;
        let secret = refresh_token.expose_secret();
        let form = vec![("grant_type", "refresh_token".to_owned()), ("refresh_token", secret.to_owned())];
        let mut renewed = self.request_tokens(&metadata, form, &[secret]).await.map_err(RefreshError::from_request)?;
        let has_id_token = renewed.id.is_some();
        // RFC 6749 section 6: without a new refresh token the old one goes on.
        renewed.refresh = renewed.refresh.or_else(|| tokens.refresh.clone());
        renewed.id = renewed.id.or_else(|| tokens.id.clone());

        let before = tokens.id.as_ref().and_then(|token| Some(Jwt::parse(token.expose_secret()).ok()?.claims));
        let person = Person { party: self, subject, issuer, before };
        let claims = if has_id_token || !self.config().expects_id_token() {
            Some(person.look_anew(&metadata, &renewed).await?)
        } else {
            person.look_without_id_token(&metadata, &renewed).await?
        };
        Ok(Refreshed { tokens: renewed, claims })
    }
}

/// Whose session it is.
struct Person<'a> {
    party: &'a RelyingParty,
    subject: &'a str,
    issuer: &'a str,
    /// The claims of the last ID token, which were checked when it came.
    before: Option<Claims>,
}

impl Person<'_> {
    /// As at a sign-in, and it must be the same person.
    async fn look_anew(&self, metadata: &Metadata, renewed: &Tokens) -> Result<Claims, RefreshError> {
        let found = |error| RefreshError::from_check(error, renewed);
        let config = self.party.config();
        let id_token = self.party.id_token(metadata, renewed, None).await.map_err(found)?;
        if let Some(claims) = &id_token {
            self.check_id_token(claims)?;
        }
        let mut known = Known { id_token, userinfo: None };
        if known.needs_userinfo(config)
            && let Some(profile) = self.party.profile(metadata, renewed).await.map_err(found)?
        {
            if known.id_token.is_some() {
                self.check_profile(&profile)?;
            }
            known.userinfo = Some(profile);
        }
        let issuer = metadata.issuer.as_deref().unwrap_or_default();
        let sign_in = known.into_sign_in(config, issuer, renewed.clone()).map_err(found)?;
        if (sign_in.issuer.as_str(), sign_in.subject.as_str()) == (self.issuer, self.subject) {
            Ok(sign_in.claims)
        } else {
            // An ID token was compared above, so this is a profile.
            Err(RefreshError::WrongPerson(userinfo::invalid(config, "it is another person's".to_owned())))
        }
    }

    /// OpenID Connect Core 12.2: an ID token may be left out. Only the profile can tell then whether the person may
    /// still come in. `None`: it was not asked, or there is none.
    async fn look_without_id_token(
        &self,
        metadata: &Metadata,
        renewed: &Tokens,
    ) -> Result<Option<Claims>, RefreshError> {
        let found = |error| RefreshError::from_check(error, renewed);
        let config = self.party.config();
        if config.additional_claims.is_empty() {
            return Ok(None);
        }
        let Some(profile) = self.party.profile(metadata, renewed).await.map_err(found)? else { return Ok(None) };
        self.check_profile(&profile)?;
        let mut claims = self.before.clone().unwrap_or_default();
        let speaks_of_it = config.additional_claims.keys().any(|claim| profile.contains_key(claim));
        // Where the ID token alone tells the groups, a profile without them says nothing against the person.
        if !claims::allows(config, &profile) && (speaks_of_it || !claims::allows(config, &claims)) {
            return Err(found(claims::not_authorized(config, self.subject, &Claims::new(), &profile)));
        }
        // The profile is newer than the ID token.
        claims.extend(profile);
        Ok(Some(claims))
    }

    /// OpenID Connect Core 12.2. `aud` must have us as in every ID token. A `nonce` is not looked at.
    fn check_id_token(&self, claims: &Claims) -> Result<(), RefreshError> {
        let invalid = |reason: &str| self.party.id_token_invalid(reason);
        let is = |name: &str, expected: &str| claims.get(name).and_then(Value::as_str) == Some(expected);
        if !is("iss", self.issuer) {
            return Err(RefreshError::WrongPerson(invalid("its `iss` is not that of the sign-in")));
        }
        if !is("sub", self.subject) {
            return Err(RefreshError::WrongPerson(invalid("its `sub` is another person's")));
        }
        let Some(before) = &self.before else { return Ok(()) };
        // From here on it is the same person, but not the sign-in that this session began with.
        if before.get("azp") != claims.get("azp") {
            return Err(RefreshError::Refused(invalid("its `azp` is not that of the sign-in")));
        }
        match (before.get("auth_time"), claims.get("auth_time")) {
            (Some(before), Some(now)) if before.as_f64() != now.as_f64() => {
                Err(RefreshError::Refused(invalid("its `auth_time` is that of another sign-in")))
            }
            _ => Ok(()),
        }
    }

    fn check_profile(&self, profile: &Claims) -> Result<(), RefreshError> {
        userinfo::check_subject(self.party.config(), profile, self.subject).map_err(RefreshError::WrongPerson)
    }
}
