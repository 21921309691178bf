//! Why there is no credential.

use std::fmt;
use std::time::{Duration, SystemTime};

/// What kept the broker from giving a credential.
///
/// `Display` and `Debug` are for everybody. What a command wrote to standard error is for the server's owner and the
/// log only: it comes from [`for_owner`](Self::for_owner).
#[derive(Clone)]
pub enum CredentialError {
    /// A password is needed and none is known: ask the person.
    PasswordRequired,
    /// The source failed.
    Failed {
        /// What went wrong, without the command's text or output.
        reason: String,
        /// What the command said on standard error, cut to a bounded length.
        for_owner: Option<String>,
        /// After repeated failures: the source is not asked again before this moment.
        retry_at: Option<SystemTime>,
    },
    /// The source did not answer in time and was stopped.
    Timeout {
        /// How long it was given.
        after: Duration,
        /// What the command said on standard error, cut to a bounded length.
        for_owner: Option<String>,
    },
}

impl CredentialError {
    /// The API's stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::PasswordRequired => "password_required",
            Self::Failed { .. } => "credential_failed",
            Self::Timeout { .. } => "credential_timeout",
        }
    }

    /// What only the server's owner and the log may see.
    pub fn for_owner(&self) -> Option<&str> {
        match self {
            Self::PasswordRequired => None,
            Self::Failed { for_owner, .. } | Self::Timeout { for_owner, .. } => for_owner.as_deref(),
        }
    }

    pub(crate) fn failed(reason: impl Into<String>) -> Self {
        Self::Failed { reason: reason.into(), for_owner: None, retry_at: None }
    }

    pub(crate) fn with_owner_text(mut self, text: Option<String>) -> Self {
        match &mut self {
            Self::PasswordRequired => {}
            Self::Failed { for_owner, .. } | Self::Timeout { for_owner, .. } => *for_owner = text,
        }
        self
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
            Self::Failed { reason, .. } => formatter.write_str(reason),
            Self::Timeout { after, .. } => {
                write!(formatter, "the command gave no answer within {} s and was stopped", after.as_secs_f64())
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
