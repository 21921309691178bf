//! Why a sign-in failed.

use std::error::Error;
use std::fmt;

/// A sign-in that failed. `Display` says to the person what happened and what to do; the source keeps the cause.
///
/// Text that comes from a provider is cut to a bounded length and freed of what we sent; it is still to be escaped.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// No such sign-in is under way.
    #[error("this sign-in is not under way any more: start again from the sign-in page")]
    StateMismatch,

    /// The provider answered with an OAuth error (RFC 6749 section 4.1.2.1), or with no answer at all.
    #[error(
        "{provider} did not sign you in: {}{error}: try again, or ask an administrator",
        description.as_ref().map(|text| format!("{text} — ")).unwrap_or_default()
    )]
    ProviderError {
        /// The provider's display name.
        provider: String,
        /// The OAuth error code, or what is wrong with the answer.
        error: String,
        /// The provider's words.
        description: Option<String>,
    },

    /// Something says that it comes from another issuer than the one we asked.
    #[error(
        "{place} of {provider} names {} as its issuer, not `{expected}`: an administrator should compare \
         `server_metadata_url` and `issuer` with the provider's own settings",
        found.as_ref().map_or("nobody".to_owned(), |issuer| format!("`{issuer}`"))
    )]
    IssuerMismatch {
        /// The provider's display name.
        provider: String,
        /// Where it says so.
        place: IssuerPlace,
        /// What it should say.
        expected: String,
        /// What it says.
        found: Option<String>,
    },

    /// The ID token breaks a rule.
    #[error("{provider} sent an ID token that cannot be trusted: {reason}: try again, or ask an administrator")]
    IdTokenInvalid {
        /// The provider's display name.
        provider: String,
        /// Which rule.
        reason: String,
        /// The cause.
        source: Option<Box<dyn Error + Send + Sync>>,
    },

    /// The profile cannot be used.
    #[error("{provider} sent a profile that cannot be used: {reason}: try again, or ask an administrator")]
    UserinfoInvalid {
        /// The provider's display name.
        provider: String,
        /// What is wrong with it.
        reason: String,
    },

    /// The token endpoint gave no tokens.
    #[error("{provider} did not complete the sign-in: {reason}: try again, or ask an administrator")]
    TokenExchangeFailed {
        /// The provider's display name.
        provider: String,
        /// What it said, or why we did not ask.
        reason: String,
        /// The OAuth error code (RFC 6749 section 5.2), where it gave one.
        error: Option<String>,
        /// The cause.
        source: Option<Box<dyn Error + Send + Sync>>,
    },

    /// `additional_claims` are configured and none matches.
    #[error(
        "your account at {provider} is not allowed to use this console{}: ask an administrator",
        if *overage { ": it is in so many groups that the provider did not list them" } else { "" }
    )]
    ClaimsNotAuthorized {
        /// The provider's display name.
        provider: String,
        /// What the account would have been called.
        username: String,
        /// The configured claims, each with the values that let somebody in.
        wanted: Vec<(String, Vec<String>)>,
        /// The person's values of these claims, and of `group_claim`. At most 20 of each, cut to a bounded length.
        found: Vec<(String, Vec<String>)>,
        /// The provider put a link in place of the claim (OpenID Connect Core 5.6.2), as Entra ID does from 200 groups.
        overage: bool,
    },

    /// Nothing in the claims can be the user name.
    #[error("{provider} did not say who you are: {missing}: an administrator should set `scope` or `username_claim`")]
    NoUsername {
        /// The provider's display name.
        provider: String,
        /// What was looked for.
        missing: String,
    },

    /// The provider cannot be reached, or does not work.
    #[error("{provider} is not available: {step}: {reason}: try again in a while")]
    ProviderUnavailable {
        /// The provider's display name.
        provider: String,
        /// What it was asked for.
        step: Step,
        /// What happened.
        reason: String,
        /// The cause.
        source: Option<Box<dyn Error + Send + Sync>>,
    },
}

impl SignInError {
    /// The console's stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::StateMismatch => "state_mismatch",
            Self::ProviderError { .. } => "provider_error",
            Self::IssuerMismatch { .. } => "issuer_mismatch",
            Self::IdTokenInvalid { .. } => "id_token_invalid",
            Self::UserinfoInvalid { .. } => "userinfo_invalid",
            Self::TokenExchangeFailed { .. } => "token_exchange_failed",
            Self::ClaimsNotAuthorized { .. } => "claims_not_authorized",
            Self::NoUsername { .. } => "no_username",
            Self::ProviderUnavailable { .. } => "provider_unavailable",
        }
    }
}

/// What the provider was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Its discovery document.
    Discovery,
    /// Its keys.
    Keys,
    /// Tokens.
    Token,
    /// The person's profile.
    Userinfo,
}

impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Discovery => "its discovery document",
            Self::Keys => "its keys",
            Self::Token => "its token endpoint",
            Self::Userinfo => "its userinfo endpoint",
        })
    }
}

/// Where an issuer is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssuerPlace {
    /// `iss` beside the code (RFC 9207).
    Response,
    /// The discovery document.
    Discovery,
    /// The ID token.
    IdToken,
}

impl fmt::Display for IssuerPlace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Response => "the answer",
            Self::Discovery => "the discovery document",
            Self::IdToken => "the ID token",
        })
    }
}

/// Makes text of a provider fit to be shown: one line, bounded, without the secrets that we sent it.
pub(crate) fn presentable(text: &str, secrets: &[&str]) -> String {
    const LONGEST: usize = 300;
    let hidden = secrets
        .iter()
        .filter(|secret| !secret.is_empty())
        .fold(text.to_owned(), |text, secret| text.replace(secret, "***"));
    let line: String = hidden.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut shown: String = line.trim().chars().take(LONGEST).collect();
    if shown.len() < line.trim().len() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_a_provider_is_cut_and_freed_of_secrets() {
        assert_eq!(presentable(" no\r\nway ", &[]), "no  way");
        assert_eq!(presentable("code abc of s3cret is bad", &["s3cret", "", "abc"]), "code *** of *** is bad");
        assert_eq!(presentable(&"é".repeat(400), &[]).chars().count(), 301);
    }
}
