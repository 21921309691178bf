//! What a source gives: the secret, how to present it, and how long it is good.

use std::fmt;
use std::hash::BuildHasher;
use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::schedule;

/// How a login is proved to PostgreSQL.
#[derive(Clone, Debug)]
pub enum Presentation {
    /// Nothing is sent: trust, peer, or a client certificate of the connection parameters.
    None,
    /// An ordinary password: sent where PostgreSQL asks for one, in whatever form it asks.
    Password(SecretString),
    /// A token in the place of a password: only where PostgreSQL asks for a clear-text password, and only over TLS that
    /// was verified.
    Token(SecretString),
    /// A bearer token by the SASL mechanism OAUTHBEARER (RFC 7628), and only over TLS that was verified.
    OAuthBearer {
        /// The token. Its characters are those that the mechanism can carry.
        token: SecretString,
        /// Whose token it is. What PostgreSQL names may only be compared with this, never followed.
        issuer: Option<String>,
        /// The scope that was asked for, if any.
        scope: Option<String>,
    },
}

impl Presentation {
    pub(crate) fn secret(&self) -> Option<&str> {
        match self {
            Self::None => None,
            Self::Password(secret) | Self::Token(secret) | Self::OAuthBearer { token: secret, .. } => {
                Some(secret.expose_secret())
            }
        }
    }
}

/// The kind of source that a credential came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SourceKind {
    /// Typed by the person, or saved by them.
    Password,
    /// No secret at all.
    None,
    /// Printed by a command.
    Exec,
    /// From the person's own sign-in.
    SignedInUser,
    /// From Microsoft Entra ID.
    Entra,
    /// From an OAuth authorization server.
    OAuth,
    /// Signed with AWS keys.
    AwsRds,
    /// From Google Cloud.
    Gcp,
    /// From Vault or OpenBao.
    Vault,
}

impl SourceKind {
    /// The `type` of the API's `credential` object.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::None => "none",
            Self::Exec => "exec",
            Self::SignedInUser => "signed_in_user",
            Self::Entra => "entra",
            Self::OAuth => "oauth",
            Self::AwsRds => "aws_rds",
            Self::Gcp => "gcp",
            Self::Vault => "vault",
        }
    }

    /// Whether a connection with such a credential needs TLS that was verified, unless it stays on this machine.
    pub fn needs_verified_tls(self) -> bool {
        !matches!(self, Self::Password | Self::None | Self::Exec)
    }
}

/// A secret with all that is known about it.
#[derive(Clone, Debug)]
pub struct Credential {
    /// How to present it.
    pub presentation: Presentation,
    /// Whom to log in as, where the source decides that.
    pub username: Option<String>,
    /// The kind of source it came from.
    pub source: SourceKind,
    /// Who issued it, where the source says so: for audit rows.
    pub issuer: Option<String>,
    /// When the source gave it.
    pub obtained_at: SystemTime,
    /// When it stops being good; `None` where nothing says so.
    pub expires_at: Option<SystemTime>,
    /// When the issuer wants it renewed, where it says so.
    pub renew_at: Option<SystemTime>,
    /// Tells in logs whether two connections used the same secret.
    pub fingerprint: Fingerprint,
}

impl Credential {
    /// When it is renewed, if it is in use then: some time ahead of its end. `None` if it does not end.
    pub fn renews_at(&self) -> Option<SystemTime> {
        schedule::renews_at(self)
    }

    /// The id by which the issuer's own log knows a token (RFC 7519 section 4.1.7 `jti`, Entra's `uti`), where it is a JSON
    /// Web Token that has one. It opens nothing.
    pub fn token_id(&self) -> Option<String> {
        let (Presentation::Token(token) | Presentation::OAuthBearer { token, .. }) = &self.presentation else {
            return None;
        };
        let claims = token.expose_secret().split('.').nth(1)?;
        let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
        ["jti", "uti"].into_iter().find_map(|name| claims[name].as_str().map(str::to_owned))
    }

    pub(crate) fn is_over(&self, now: SystemTime) -> bool {
        self.expires_at.is_some_and(|expires_at| expires_at <= now)
    }
}

/// Stands for a secret in logs and audit rows: equal for equal secrets, within one process only.
///
/// The hash is keyed with random numbers that die with the process, so that nobody can try out likely passwords
/// against a log file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint(u64);

impl Fingerprint {
    pub(crate) fn of(secret: &str, key: &impl BuildHasher) -> Self {
        Self(key.hash_one(secret))
    }

    /// Spreads renewals: the same for the same secret, even over all secrets. Between 0 and 1.
    pub(crate) fn jitter(self) -> f64 {
        f64::from((self.0 >> 48) as u16) / f64::from(u16::MAX)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:016x}", self.0)
    }
}
