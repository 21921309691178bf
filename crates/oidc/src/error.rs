//! Why a sign-in failed.

use std::error::Error;
use std::fmt;

use url::form_urlencoded;

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
        "{place} of {provider} names {} as its issuer, not `{expected}`: {}",
        found.as_ref().map_or("nobody".to_owned(), |issuer| format!("`{issuer}`")),
        issuer_remedy(expected, found.as_deref())
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

/// Entra ID's addresses for people of any tenant have no issuer of their own.
fn issuer_remedy(expected: &str, found: Option<&str>) -> &'static str {
    let is_shared = |issuer: &str| {
        issuer.contains("{tenantid}")
            || (issuer.starts_with("https://login.microsoftonline.")
                && ["/common/", "/organizations/", "/consumers/"].iter().any(|part| issuer.contains(part)))
    };
    if is_shared(expected) || found.is_some_and(is_shared) {
        "an administrator should put the tenant's own id into `server_metadata_url`, in place of `common`, \
         `organizations` or `consumers`"
    } else {
        "an administrator should compare `server_metadata_url` and `issuer` with the provider's own settings"
    }
}

/// Makes text of a provider fit to be shown: one line, bounded, without the secrets that we sent it, as they are and as
/// they are written in a form.
pub(crate) fn presentable(text: &str, secrets: &[&str]) -> String {
    const LONGEST: usize = 300;
    const HIDDEN: &str = "***";
    // First of all, so that a secret cannot come about by it.
    let line = in_one_line(text);
    let mut secrets: Vec<String> = secrets
        .iter()
        .flat_map(|secret| [in_one_line(secret), form_urlencoded::byte_serialize(secret.as_bytes()).collect()])
        .filter(|secret| !secret.is_empty())
        .collect();
    secrets.dedup();
    let hidden = secrets.iter().fold(line, |text, secret| text.replace(secret, HIDDEN));
    let mut shown: String = hidden.trim().chars().take(LONGEST).collect();
    if shown.len() < hidden.trim().len() {
        shown.push('…');
    }
    // A secret with stars in it can come about by hiding.
    if secrets.iter().any(|secret| shown.contains(secret)) { HIDDEN.to_owned() } else { shown }
}

/// Without line breaks, other control characters, and those that change the direction of the text around them.
fn in_one_line(text: &str) -> String {
    let is_formatting = |c: char| {
        c.is_control()
            || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if is_formatting(c) { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_of_a_provider_is_cut_and_freed_of_secrets() {
        assert_eq!(presentable(" no\r\nway ", &[]), "no  way");
        assert_eq!(presentable("code abc of s3cret is bad", &["s3cret", "", "abc"]), "code *** of *** is bad");
        assert_eq!(presentable(&"é".repeat(400), &[]).chars().count(), 301);
        assert_eq!(presentable("code=4%2F0A is bad", &["4/0A"]), "code=*** is bad");
        assert_eq!(presentable("a\nb", &["a b"]), "***");
        assert_eq!(presentable("aa*", &["a*"]), "***");
        assert_eq!(presentable("x\u{202e}y\u{2028}z", &[]), "x y z");
    }

    proptest! {
        #[test]
        fn a_secret_is_never_shown(before in ".*", secret in "[^*]+", other in ".*", after in ".*") {
            let text = format!("{before}{secret}{after}{secret}");
            let shown = presentable(&text, &[&secret, &other]);
            prop_assert!(!shown.contains(&secret), "{shown:?}");
        }

        #[test]
        fn a_secret_that_comes_about_by_hiding_another_is_not_shown(text in "[ab*\n ]*", one in "[ab*\n ]{0,3}[ab]", two in "[ab][ab* ]{0,3}") {
            let shown = presentable(&text, &[&one, &two]);
            prop_assert!(!shown.contains(&one) && !shown.contains(&two), "{shown:?}");
        }

        #[test]
        fn shown_text_is_one_bounded_line(text in ".*|[\\s\\S]{300,900}") {
            let shown = presentable(&text, &[]);
            prop_assert!(shown.chars().count() <= 301 && !shown.chars().any(char::is_control));
        }
    }

    #[test]
    fn an_issuer_of_any_tenant_asks_for_the_tenants_own_address() {
        let error = |expected: &str, found: &str| {
            SignInError::IssuerMismatch {
                provider: "Entra".to_owned(),
                place: IssuerPlace::Discovery,
                expected: expected.to_owned(),
                found: Some(found.to_owned()),
            }
            .to_string()
        };
        let entra = |part: &str| format!("https://login.microsoftonline.com/{part}/v2.0");
        for shared in ["common", "organizations"] {
            assert!(error(&entra(shared), &entra("{tenantid}")).contains("the tenant's own id"));
        }
        assert!(error(&entra("consumers"), &entra("9188040d")).contains("the tenant's own id"));
        assert!(error(&entra("{tenantid}"), &entra("0000")).contains("the tenant's own id"));
        assert!(error(&entra("1111"), &entra("0000")).contains("should compare"));
        assert!(error("https://sso.example.com/common/x", "https://other.example.com").contains("should compare"));
    }
}
