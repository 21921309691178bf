//! Who is signed in, their sessions and their password.

use clap::ValueEnum;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

/// Who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// The account's name, unique in this installation.
    pub username: String,
    /// E-mail address, when the provider gave one.
    pub email: Option<String>,
    /// The name to show.
    pub display_name: String,
    /// How the person signed in.
    pub auth_source: AuthSource,
    /// The `name` of the provider in the config.
    pub provider: Option<String>,
    /// The provider's name for people.
    pub provider_display_name: Option<String>,
    /// The `iss` of the ID token, or the provider's name where it gives none.
    pub issuer: Option<String>,
    /// The `sub` of the ID token.
    pub subject: Option<String>,
    /// What the person may do in Howdah.
    pub role: Role,
    /// The session's limits.
    pub session: SessionTimes,
    /// How the provider is that renews this sign-in; null where nothing is renewed.
    pub provider_status: Option<ProviderStatus>,
    /// Whether the person's password is kept here.
    pub can_change_password: bool,
}

/// Whether a sign-in is being renewed.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProviderStatus {
    /// What the provider does.
    pub state: ProviderState,
    /// Since when it does not renew.
    #[serde(with = "time::serde::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<OffsetDateTime>,
    /// When the session ends for that reason.
    #[serde(with = "time::serde::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub session_ends_at: Option<OffsetDateTime>,
}

/// What a provider does about a sign-in.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProviderState {
    /// It renews it.
    Ok,
    /// It cannot be reached; the session goes on.
    Unavailable,
    /// It does not renew it any more; the session ends soon.
    Refused,
}

/// A person's own sessions.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionList {
    /// The living ones, newest first.
    pub sessions: Vec<SessionSummary>,
}

/// A sign-in that goes on.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionSummary {
    /// Its name; it opens nothing.
    pub id: String,
    /// Sign-in.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: OffsetDateTime,
    /// Last use, to the minute or so.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub last_used_at: OffsetDateTime,
    /// The earlier of the idle and the absolute limit.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: OffsetDateTime,
    /// Where the sign-in came from.
    pub client_address: Option<String>,
    /// What the browser called itself.
    pub user_agent: Option<String>,
    /// The provider's name for people; null for a password kept here.
    pub provider_display_name: Option<String>,
    /// Whether this is the session that asks.
    pub current: bool,
}

/// How many sessions were ended.
#[derive(Debug, Serialize, ToSchema)]
pub struct EndedSessions {
    /// The number.
    pub ended: usize,
}

/// A new password.
#[derive(Debug, Deserialize, ToSchema)]
pub struct PasswordChange {
    /// The present one.
    #[schema(value_type = String)]
    pub current_password: SecretString,
    /// The one to use from now on.
    #[schema(value_type = String)]
    pub new_password: SecretString,
}

/// Where an account's sign-in came from.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuthSource {
    /// An OAuth2 or OpenID provider.
    Oauth2,
    /// A password kept here.
    Internal,
    /// A link that `howdah desktop` gave.
    Desktop,
}

/// What an account may do in Howdah; it says nothing about PostgreSQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Also manages accounts and servers for everyone.
    Administrator,
    /// Works with databases.
    User,
    /// Looks at databases and changes nothing through Howdah.
    Viewer,
}

impl Role {
    /// As in JSON, on the command line and in the audit trail.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::User => "user",
            Self::Viewer => "viewer",
        }
    }
}

impl From<howdah_store::Role> for Role {
    fn from(role: howdah_store::Role) -> Self {
        match role {
            howdah_store::Role::Administrator => Self::Administrator,
            howdah_store::Role::User => Self::User,
            howdah_store::Role::Viewer => Self::Viewer,
        }
    }
}

impl From<Role> for howdah_store::Role {
    fn from(role: Role) -> Self {
        match role {
            Role::Administrator => Self::Administrator,
            Role::User => Self::User,
            Role::Viewer => Self::Viewer,
        }
    }
}

/// When a session began and when it ends at the latest if it is not used again.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionTimes {
    /// Sign-in.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: OffsetDateTime,
    /// The earlier of the idle and the absolute limit.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: OffsetDateTime,
}
