//! The rules that a logout token must keep: OpenID Connect Back-Channel Logout 1.0 sections 2.4 and 2.6.

use std::time::SystemTime;

use serde_json::Value;

use crate::error::SignInError;
use crate::jwt::{Fault, Jwt, Trust, broken};
use crate::keys::Key;
use crate::relying_party::RelyingParty;

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// Much more than any provider sends. Whoever can reach us may send one.
const LONGEST: usize = 64 * 1024;

/// The provider says that a session of a person has ended there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutToken {
    /// Who says so: the issuer of the sign-ins that it is about.
    pub issuer: String,
    /// Whose sessions end. `None`: those of `session_id`. With both, that session of that person.
    pub subject: Option<String>,
    /// The provider's name for the session (`sid`), as in the ID tokens of its sign-ins.
    pub session_id: Option<String>,
    /// `jti`. A token is taken once: remember this until `expires_at` and the clock skew are over.
    pub token_id: String,
    /// From then on the token is refused.
    pub expires_at: SystemTime,
}

/// Why a logout token was not taken.
#[derive(Debug, thiserror::Error)]
pub enum LogoutTokenError {
    /// The token breaks a rule, or is not of this provider. Nothing was asked of the provider if its `iss` is another's.
    #[error("the logout token cannot be trusted: {reason}")]
    Invalid {
        /// Which rule.
        reason: String,
    },
    /// The provider's keys cannot be read now.
    #[error("the logout token cannot be checked now")]
    Unavailable(#[source] SignInError),
}

impl LogoutTokenError {
    fn invalid(reason: impl Into<String>) -> Self {
        Self::Invalid { reason: reason.into() }
    }
}

impl RelyingParty {
    /// Checks a logout token that was posted to us. It is the caller's to take each `token_id` only once.
    ///
    /// Where there are several providers, ask each of them: one whose issuer the token does not name refuses it without
    /// a request.
    ///
    /// # Errors
    ///
    /// See [`LogoutTokenError`].
    pub async fn check_logout_token(&self, token: &str) -> Result<LogoutToken, LogoutTokenError> {
        if token.len() > LONGEST {
            return Err(LogoutTokenError::invalid("it is too long"));
        }
        let token = token.trim();
        let issuer = Jwt::parse(token)
            .map_err(|fault| fault_in_words(&fault))?
            .claims
            .remove("iss")
            .and_then(|issuer| issuer.as_str().map(str::to_owned));
        if !self.config().expects_id_token() || !issuer.is_some_and(|issuer| self.is_issuer(&issuer)) {
            return Err(fault_in_words(&Fault::Issuer(None)));
        }
        let metadata = self.metadata().await.map_err(LogoutTokenError::Unavailable)?;
        let Some(trust) = self.trust(&metadata) else { return Err(fault_in_words(&Fault::Issuer(None))) };
        self.with_keys(&metadata, &trust, |keys| verify(token, keys, &trust))
            .await
            .map_err(LogoutTokenError::Unavailable)?
            .map_err(|fault| fault_in_words(&fault))
    }
}

fn fault_in_words(fault: &Fault) -> LogoutTokenError {
    LogoutTokenError::invalid(match fault {
        Fault::Issuer(_) => "`iss` is not this provider",
        Fault::UnknownKey => "none of the provider's keys fits",
        Fault::Rule { reason, .. } => reason,
    })
}

pub(crate) fn verify(token: &str, keys: &[Key], trust: &Trust<'_>) -> Result<LogoutToken, Fault> {
    let jwt = Jwt::parse(token)?;
    // Section 2.6, steps 2 to 4: as for ID tokens.
    jwt.check_issuer(trust.issuer)?;
    let (key, algorithm) = jwt.key(keys, trust, &["logout+jwt", "jwt"])?;
    jwt.verify(&key, &algorithm)?;
    jwt.check_audience(trust.client_id)?;
    let missing = |name: &str| broken(&format!("`{name}` is missing"));
    let expires_at = jwt.time("exp")?.ok_or_else(|| missing("exp"))?;
    let issued_at = jwt.time("iat")?.ok_or_else(|| missing("iat"))?;
    if expires_at <= trust.earliest() {
        return Err(broken("it has expired"));
    }
    if issued_at > trust.latest() {
        return Err(broken("`iat` is in the future"));
    }
    jwt.check_not_before(trust)?;
    let (subject, session_id) = (jwt.text("sub")?, jwt.text("sid")?);
    // Step 5.
    if subject.is_none() && session_id.is_none() {
        return Err(broken("it says neither whose session ends nor which: `sub` and `sid` are missing"));
    }
    // Step 6.
    let event = jwt.claims.get("events").and_then(Value::as_object).and_then(|events| events.get(EVENT));
    if !event.is_some_and(Value::is_object) {
        return Err(broken("`events` does not say that a session ended"));
    }
    // Step 7: it would pass for an ID token.
    if jwt.claims.contains_key("nonce") {
        return Err(broken("it has a `nonce`, as only ID tokens may"));
    }
    let token_id = jwt.text("jti")?.ok_or_else(|| missing("jti"))?;
    Ok(LogoutToken {
        issuer: trust.issuer.to_owned(),
        subject: subject.map(str::to_owned),
        session_id: session_id.map(str::to_owned),
        token_id: token_id.to_owned(),
        expires_at,
    })
}
