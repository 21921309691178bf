//! The source `gcp`: IAM database authentication of Cloud SQL and AlloyDB.
//!
//! Cloud SQL for PostgreSQL, "IAM authentication": the password is an OAuth access token that may do nothing but log in.

mod assertion;
mod default;
mod exchange;
mod files;
mod username;

use std::fmt;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use secrecy::SecretString;

use self::exchange::Subject;
use crate::base::Base;
use crate::credential::Presentation;
use crate::error::CredentialError;
use crate::request::Request;
use crate::settings::{Identity, SettingError, filled};
use crate::sign_in::TokenRequest;
use crate::signed_in_user;
use crate::source::{By, Fetched, Outcome, Share, Source, SourceConfig, Whose};

/// Good for logging in to a database and for nothing else.
const LOGIN_SCOPE: &str = "https://www.googleapis.com/auth/sqlservice.login";
/// What impersonation asks of whoever impersonates.
const IMPERSONATION_SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
const UNKNOWN_LIFE: Duration = Duration::from_secs(300);
/// What every scope of Google's begins with.
const SCOPES: &str = "https://www.googleapis.com/auth/";

/// A token of Google Cloud, for Cloud SQL and AlloyDB.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GcpConfig(GcpSettings);

/// The fields of the API's `credential` object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct GcpSettings {
    /// `identity`
    pub identity: Identity,
    /// `service_account` to impersonate, by its e-mail address.
    pub service_account: Option<String>,
    /// `audience`: the provider of an identity pool that takes the ID tokens of signed-in people,
    /// `//iam.googleapis.com/…/providers/…`. Without one, people have signed in with Google.
    pub audience: Option<String>,
    /// `scope` of the token; `https://www.googleapis.com/auth/sqlservice.login` by default. AlloyDB wants another.
    pub scope: Option<String>,
}

impl GcpConfig {
    /// # Errors
    ///
    /// When a field is not what it should be, or the fields do not go together.
    pub fn new(settings: GcpSettings) -> Result<Self, SettingError> {
        let GcpSettings { identity, service_account, audience, scope } = settings;
        let [service_account, audience, scope] =
            [service_account, audience, scope].map(|text| filled(&text).map(str::to_owned));
        if service_account.as_ref().is_some_and(|account| !is_service_account(account)) {
            let problem = "this is no service account: expected its e-mail address, such as `console@project.iam.gserviceaccount.com`";
            return Err(SettingError::new("service_account", problem));
        }
        if audience.as_ref().is_some_and(|audience| !is_provider(audience)) {
            let problem = "this is no provider of an identity pool: expected `//iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER`";
            return Err(SettingError::new("audience", problem));
        }
        if audience.is_some() && identity == Identity::Service {
            let problem =
                "only people's sign-ins are exchanged here: leave it out, or use the identity `signed_in_user`";
            return Err(SettingError::new("audience", problem));
        }
        if scope.as_ref().is_some_and(|scope| !scope.starts_with(SCOPES) || scope.contains(char::is_whitespace)) {
            let problem =
                "this is no scope of Google's: expected one such as `https://www.googleapis.com/auth/alloydb.login`";
            return Err(SettingError::new("scope", problem));
        }
        Ok(Self(GcpSettings { identity, service_account, audience, scope }))
    }

    async fn token(&self, request: &Request) -> Result<Token, CredentialError> {
        let wanted = self.0.scope.as_deref().unwrap_or(LOGIN_SCOPE);
        let scope = if self.0.service_account.is_some() { IMPERSONATION_SCOPE } else { wanted };
        let token = match (self.0.identity, &self.0.audience) {
            (Identity::Service, _) => default::token(&request.tools, scope).await?,
            (Identity::SignedInUser, audience) => {
                let who = format!("the sign-in of {}", request.person.username());
                match audience {
                    Some(audience) => {
                        let issued = signed_in_user::token(request, TokenRequest::IdToken).await?;
                        let subject = Subject { token: issued.token, kind: exchange::JWT, who };
                        exchange::exchange(&request.tools, None, audience, scope, subject).await?
                    }
                    None => {
                        let issued = signed_in_user::token(request, TokenRequest::AccessToken).await?;
                        // Google says when its tokens end; one of which it is not known is looked at often.
                        let soon = || request.now().checked_add(UNKNOWN_LIFE);
                        Token { value: issued.token, expires_at: issued.expires_at.or_else(soon), account: None, who }
                    }
                }
            }
        };
        match &self.0.service_account {
            Some(account) => exchange::impersonate(&request.tools, None, &token, account, wanted).await,
            None => Ok(token),
        }
    }
}

/// The resource name of a workload identity pool's provider.
fn is_provider(audience: &str) -> bool {
    audience.starts_with("//iam.googleapis.com/projects/")
        && audience.contains("/workloadIdentityPools/")
        && audience.contains("/providers/")
}

/// It becomes part of an address.
fn is_service_account(email: &str) -> bool {
    let is_allowed = |character: char| character.is_ascii_alphanumeric() || "-_.@".contains(character);
    email.contains('@') && email.ends_with(username::SERVICE_ACCOUNT) && email.chars().all(is_allowed)
}

/// An access token, with what is known of it.
#[derive(Clone)]
struct Token {
    value: SecretString,
    expires_at: Option<SystemTime>,
    /// The e-mail address of the account, where it is known.
    account: Option<String>,
    /// Whose it is, in words.
    who: String,
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Token")
            .field("who", &self.who)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Source for GcpConfig {
    fn share(&self) -> Share {
        let whose = match self.0.identity {
            Identity::Service => Whose::Service,
            Identity::SignedInUser => Whose::Person,
        };
        // The token is the same for all servers, but the name of the role is not.
        Share { whose, by: By::Login }
    }

    async fn fetch(&self, request: &Request) -> Result<Outcome, CredentialError> {
        let base = request.kept::<Base<Token>>(&SourceConfig::Gcp(self.clone()));
        let fetch = async {
            let token = self.token(request).await?;
            let expires_at = token.expires_at;
            Ok((token, expires_at))
        };
        let token = base.obtain(request, fetch).await?;
        let user = Some(request.target.user.as_str()).filter(|user| !user.is_empty());
        Ok(Outcome::Credential(Fetched {
            username: user.or(token.account.as_deref()).map(username::role_of),
            issuer: Some(format!("Google, {}", token.who)),
            expires_at: token.expires_at,
            ..Fetched::new(Presentation::Token(token.value))
        }))
    }
}
