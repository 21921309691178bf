//! Why there is no credential.

use std::fmt;
use std::time::{Duration, SystemTime};

use secrecy::SecretString;
use url::Url;

/// What kept the broker from giving a credential.
///
/// `Display` and `Debug` are for everybody. What a command wrote to standard error is for the server's owner and the
/// log only: it comes from [`for_owner`](Self::for_owner).
#[derive(Clone)]
pub enum CredentialError {
    /// A password is needed and none is known: ask the person.
    PasswordRequired,
    /// The person must do something first. No failure: obtaining again, once they have, gives the credential.
    InteractionRequired(Box<Prompt>),
    /// The source failed.
    Failed {
        /// What went wrong and what to do, without a secret and without the command's text or output.
        reason: String,
        /// What the command said on standard error, cut to a bounded length.
        for_owner: Option<String>,
        /// After repeated failures, or because the source says so: it is not asked again before this moment.
        retry_at: Option<SystemTime>,
    },
    /// The source did not answer in time and was given up.
    Timeout {
        /// Who did not answer.
        what: String,
        /// How long it was given.
        after: Duration,
        /// What the command said on standard error, cut to a bounded length.
        for_owner: Option<String>,
    },
}

/// What a person must do. `Debug` shows neither codes nor what an address carries along.
#[derive(Clone)]
pub enum Prompt {
    /// Open an address on any device and type a code there. Howdah notices by itself when this is done.
    DeviceCode {
        /// The address to show.
        verification_uri: Url,
        /// The same with the code in it, to be opened or shown as a picture.
        verification_uri_complete: Option<Url>,
        /// The code to type.
        user_code: SecretString,
        /// When it is too late.
        expires_at: SystemTime,
        /// Why, in words, where a person did this before.
        reason: Option<String>,
    },
    /// Go to this address; the browser comes back by itself.
    Redirect {
        /// Where to.
        url: Url,
        /// Why, in words, where a person did this before.
        reason: Option<String>,
    },
}

impl fmt::Debug for Prompt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DeviceCode { verification_uri, expires_at, .. } => formatter
                .debug_struct("DeviceCode")
                .field("verification_uri", &verification_uri.as_str())
                .field("expires_at", expires_at)
                .finish_non_exhaustive(),
            Self::Redirect { url, .. } => {
                let place = url.origin().ascii_serialization();
                formatter.debug_struct("Redirect").field("to", &place).finish_non_exhaustive()
            }
        }
    }
}

impl CredentialError {
    /// The API's stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::PasswordRequired => "password_required",
            Self::InteractionRequired(_) => "interaction_required",
            Self::Failed { .. } => "credential_failed",
            Self::Timeout { .. } => "credential_timeout",
        }
    }

    /// What only the server's owner and the log may see.
    pub fn for_owner(&self) -> Option<&str> {
        match self {
            Self::PasswordRequired | Self::InteractionRequired(_) => None,
            Self::Failed { for_owner, .. } | Self::Timeout { for_owner, .. } => for_owner.as_deref(),
        }
    }

    /// A person can set this right at once, so it counts as no failure of the source.
    pub(crate) fn asks_person(&self) -> bool {
        matches!(self, Self::PasswordRequired | Self::InteractionRequired(_))
    }

    pub(crate) fn failed(reason: impl Into<String>) -> Self {
        Self::Failed { reason: reason.into(), for_owner: None, retry_at: None }
    }

    /// With what to do about it.
    pub(crate) fn advising(mut self, remedy: &str) -> Self {
        if let Self::Failed { reason, .. } = &mut self {
            reason.push_str("; ");
            reason.push_str(remedy);
        }
        self
    }

    pub(crate) fn with_owner_text(mut self, text: Option<String>) -> Self {
        match &mut self {
            Self::PasswordRequired | Self::InteractionRequired(_) => {}
            Self::Failed { for_owner, .. } | Self::Timeout { for_owner, .. } => *for_owner = text,
        }
        self
    }

    /// When the source says that it wants to be left alone.
    pub(crate) fn retry_at(&self) -> Option<SystemTime> {
        if let Self::Failed { retry_at, .. } = self { *retry_at } else { None }
    }

    pub(crate) fn not_before(mut self, moment: Option<SystemTime>) -> Self {
        if let Self::Failed { retry_at, .. } = &mut self {
            *retry_at = moment;
        }
        self
    }
}

impl fmt::Display for CredentialError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PasswordRequired => formatter.write_str("a password is needed"),
            Self::InteractionRequired(prompt) => formatter.write_str(match &**prompt {
                Prompt::DeviceCode { reason: Some(reason), .. } | Prompt::Redirect { reason: Some(reason), .. } => {
                    reason
                }
                Prompt::DeviceCode { .. } => "you must confirm this sign-in with a code",
                Prompt::Redirect { .. } => "you must sign in for this database",
            }),
            Self::Failed { reason, .. } => formatter.write_str(reason),
            Self::Timeout { what, after, .. } => {
                write!(formatter, "{what} gave no answer within {} s and was stopped", after.as_secs_f64())
            }
        }
    }
}

impl fmt::Debug for CredentialError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "CredentialError({}: {self})", self.code())
    }
}

impl std::error::Error for CredentialError {}
