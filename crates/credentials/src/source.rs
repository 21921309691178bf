//! The sources a server can be set to, and what each must be able to do.

use std::time::SystemTime;

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use secrecy::{ExposeSecret, SecretString};

use crate::aws::AwsRdsConfig;
use crate::credential::{Presentation, SourceKind};
use crate::entra::EntraConfig;
use crate::error::{CredentialError, Prompt};
use crate::exec::ExecConfig;
use crate::gcp::GcpConfig;
use crate::moment::{earlier, jwt_expiry};
use crate::oauth::OAuthConfig;
use crate::request::Request;
use crate::settings::{Identity, Present};
use crate::signed_in_user::SignedInUserConfig;
use crate::vault::VaultConfig;

/// PostgreSQL closes the connection without a word on a longer answer.
const LONGEST_TOKEN: usize = 65_000;

/// Where a server's credential comes from: the checked form of the API's `credential` object.
///
/// Equal configurations share what they obtained; a changed one starts anew.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SourceConfig {
    /// A password that the person types, or saved before.
    Password,
    /// No secret.
    None,
    /// A command prints the secret. Made by [`Commands`](crate::Commands).
    Exec(ExecConfig),
    /// The person's own sign-in gives a token.
    SignedInUser(SignedInUserConfig),
    /// Microsoft Entra ID gives a token.
    Entra(EntraConfig),
    /// An OAuth authorization server gives a token.
    OAuth(OAuthConfig),
    /// AWS keys sign a token.
    AwsRds(AwsRdsConfig),
    /// Google Cloud gives a token.
    Gcp(GcpConfig),
    /// Vault or OpenBao makes a role.
    Vault(VaultConfig),
}

impl SourceConfig {
    /// The kind of this source.
    pub fn kind(&self) -> SourceKind {
        match self {
            Self::Password => SourceKind::Password,
            Self::None => SourceKind::None,
            Self::Exec(_) => SourceKind::Exec,
            Self::SignedInUser(_) => SourceKind::SignedInUser,
            Self::Entra(_) => SourceKind::Entra,
            Self::OAuth(_) => SourceKind::OAuth,
            Self::AwsRds(_) => SourceKind::AwsRds,
            Self::Gcp(_) => SourceKind::Gcp,
            Self::Vault(_) => SourceKind::Vault,
        }
    }

    /// Whose identity the source uses. One that uses the service's own must be set up by somebody who may hand that out:
    /// its token goes to whatever host the server's definition names.
    pub fn identity(&self) -> Identity {
        self.source().map_or(Identity::SignedInUser, Source::identity)
    }

    /// What obtains the secret, where something must be asked.
    pub(crate) fn source(&self) -> Option<&dyn Source> {
        match self {
            Self::Password | Self::None => None,
            Self::Exec(config) => Some(config),
            Self::SignedInUser(config) => Some(config),
            Self::Entra(config) => Some(config),
            Self::OAuth(config) => Some(config),
            Self::AwsRds(config) => Some(config),
            Self::Gcp(config) => Some(config),
            Self::Vault(config) => Some(config),
        }
    }
}

/// Obtains secrets in one way. The broker calls it once for all who wait for the same secret, and keeps the answer.
#[async_trait]
pub(crate) trait Source: Send + Sync {
    /// Who shares what it gives.
    fn share(&self) -> Share;

    /// Whose identity it uses. A source may make a secret for each person and yet act as the service.
    fn identity(&self) -> Identity {
        match self.share().whose {
            Whose::Service => Identity::Service,
            Whose::Person => Identity::SignedInUser,
        }
    }

    /// Asks once. May be dropped at any point.
    async fn fetch(&self, request: &Request) -> Result<Outcome, CredentialError>;
}

/// Who shares a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Share {
    /// Whose it is.
    pub(crate) whose: Whose,
    /// What else must be equal, beside the settings.
    pub(crate) by: By,
}

/// Whose a secret is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// One person's, in one session.
    Person,
    /// Howdah's own: everybody who may use a server with these settings.
    Service,
}

/// What must be equal for a secret to be shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// The settings alone: a hundred servers with the same settings make one request.
    Settings,
    /// Host, port and user too: they are in the secret.
    Login,
    /// The server's definition, too.
    ServerAndLogin,
    /// Nothing is shared or kept: every connection asks anew.
    Connection,
}

/// What asking a source led to.
pub(crate) enum Outcome {
    /// A secret.
    Credential(Fetched),
    /// A person must act before there is one.
    Person(Interaction),
    /// A person would have to act, and nobody waits: the answer to [`Why::Ahead`](crate::request::Why::Ahead).
    Later,
}

/// A flow that goes on when a person has acted.
pub(crate) struct Interaction {
    /// What they must do.
    pub(crate) prompt: Prompt,
    /// When it is too late: the next who asks begins anew.
    pub(crate) expires_at: SystemTime,
    /// Waits until they have, and gives the secret.
    pub(crate) then: BoxFuture<'static, Result<Fetched, CredentialError>>,
}

/// A secret as a source gave it.
pub(crate) struct Fetched {
    pub(crate) presentation: Presentation,
    /// Whom to log in as, where the source decides that.
    pub(crate) username: Option<String>,
    pub(crate) issuer: Option<String>,
    pub(crate) expires_at: Option<SystemTime>,
    /// When the issuer wants it renewed, where it says so.
    pub(crate) renew_at: Option<SystemTime>,
    /// What is to be done when nobody needs it any more.
    pub(crate) ending: Option<Ending>,
}

/// What ends a secret that lives outside. It is run once: when the person or the server is forgotten, or at shutdown;
/// not when a newer secret takes the place of this one, because open connections still need it, and not after its own
/// end.
pub(crate) struct Ending {
    /// Tells it from others of the same source: a renewed lease replaces itself.
    pub(crate) id: String,
    /// When it has ended by itself.
    pub(crate) until: Option<SystemTime>,
    pub(crate) run: Box<dyn FnOnce() -> BoxFuture<'static, ()> + Send>,
}

impl Fetched {
    pub(crate) fn new(presentation: Presentation) -> Self {
        Self { presentation, username: None, issuer: None, expires_at: None, renew_at: None, ending: None }
    }

    /// A bearer token, to be presented as the settings say. If it is a JSON Web Token, its own `exp` counts too.
    ///
    /// # Errors
    ///
    /// When PostgreSQL could not take it.
    pub(crate) fn token(token: SecretString, present: Present, bearer: Bearer) -> Result<Self, CredentialError> {
        let text = token.expose_secret();
        if text.len() > LONGEST_TOKEN {
            let reason = format!(
                "the token is {} bytes long, more than PostgreSQL accepts: ask for fewer scopes, or leave groups out of it",
                text.len()
            );
            return Err(CredentialError::failed(reason));
        }
        if text.is_empty() || !is_bearer_token(text) {
            return Err(CredentialError::failed("the token holds characters that no bearer token may hold"));
        }
        let expires_at = earlier(bearer.expires_at, jwt_expiry(text));
        let presentation = match present {
            Present::Password => Presentation::Token(token),
            Present::OAuthBearer => {
                Presentation::OAuthBearer { token, issuer: bearer.issuer.clone(), scope: bearer.scope }
            }
        };
        Ok(Self { issuer: bearer.issuer, expires_at, renew_at: bearer.renew_at, ..Self::new(presentation) })
    }
}

/// What is known of a bearer token beside the token.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bearer {
    pub(crate) issuer: Option<String>,
    pub(crate) scope: Option<String>,
    pub(crate) expires_at: Option<SystemTime>,
    pub(crate) renew_at: Option<SystemTime>,
}

/// RFC 6750 section 2.1, `b64token`.
fn is_bearer_token(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    !body.is_empty() && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_bearer_token_may_hold_is_one() {
        for good in ["abc", "a.b-c_d~e+f/g==", "A1="] {
            assert!(is_bearer_token(good), "{good}");
        }
        for bad in ["", "=", "a b", "a@b", "a=b", "a\0", "a\u{1}auth", "ä"] {
            assert!(!is_bearer_token(bad), "{bad:?}");
        }
    }

    #[test]
    fn a_token_that_postgresql_would_choke_on_is_refused() {
        let token = |length| Fetched::token("a".repeat(length).into(), Present::Password, Bearer::default());
        assert!(token(LONGEST_TOKEN).is_ok());
        let error = token(LONGEST_TOKEN + 1).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains("more than PostgreSQL accepts"), "{error}");
    }
}
