//! What a source gives: the secret, how to present it, and how long it is good.

use std::fmt;
use std::hash::BuildHasher;
use std::time::SystemTime;

use secrecy::SecretString;

/// How a login is proved to PostgreSQL.
#[derive(Clone, Debug)]
pub enum Presentation {
    /// Nothing is sent: trust, peer, or a client certificate.
    None,
    /// Sent where PostgreSQL asks for a password, in whatever form it asks.
    Password(SecretString),
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
}

impl SourceKind {
    /// The `type` of the API's `credential` object.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::None => "none",
            Self::Exec => "exec",
        }
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
    /// When the source gave it.
    pub obtained_at: SystemTime,
    /// When it stops being good; `None` where nothing says so.
    pub expires_at: Option<SystemTime>,
    /// Tells in logs whether two connections used the same secret.
    pub fingerprint: Fingerprint,
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
