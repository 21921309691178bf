//! People, sessions, providers, servers and connections, as administrators see them.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::{AuthSource, Environment, Role, SessionSummary};

/// How much there is to administer.
#[derive(Debug, Serialize, ToSchema)]
pub struct AdministrationSummary {
    /// Accounts, switched off or not.
    pub people: u64,
    /// Sign-ins that were refused for want of an account and wait to be linked or dismissed.
    pub refused_sign_ins: u64,
    /// Living sessions.
    pub sessions: u64,
    /// Providers in the config.
    pub providers: usize,
    /// Servers that more than one person may see.
    pub shared_servers: u64,
    /// Servers that only their owners see. What they are is not told.
    pub private_servers: u64,
    /// Database connections that this Howdah has open.
    pub connections: usize,
    /// Whether accounts with a password kept here can be added: `internal` is among `auth.sources`.
    pub local_accounts: bool,
}

/// A part of the people.
#[derive(Debug, Serialize, ToSchema)]
pub struct PeopleList {
    /// The people, by user name.
    pub people: Vec<ListedPerson>,
    /// How many the filter finds on all pages.
    pub total: u64,
    /// Where the next part begins; null at the end.
    pub next_cursor: Option<String>,
}

/// A person in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListedPerson {
    /// The account.
    pub id: String,
    /// Unique in this installation.
    pub username: String,
    /// As of the last sign-in.
    pub email: Option<String>,
    /// The name to show.
    pub display_name: String,
    /// What the person may do.
    pub role: Role,
    /// The role that was given by hand; it differs where a rule on claims gives another.
    pub given_role: Role,
    /// Whether the account is switched off.
    pub disabled: bool,
    /// How the person signs in.
    pub auth_source: AuthSource,
    /// The provider's name for people.
    pub provider_display_name: Option<String>,
    /// When the account was made.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: OffsetDateTime,
    /// The last sign-in, if ever.
    #[serde(with = "time::serde::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_sign_in_at: Option<OffsetDateTime>,
    /// Living sessions.
    pub sessions: u64,
    /// Database connections that this Howdah has open for the person.
    pub connections: usize,
}

/// A person with everything that belongs to the account.
#[derive(Debug, Serialize, ToSchema)]
pub struct Person {
    /// As in the list.
    #[serde(flatten)]
    pub person: ListedPerson,
    /// Whether the person has a password here.
    pub has_password: bool,
    /// Sign-ins at providers that lead to the account, oldest first.
    pub identities: Vec<PersonIdentity>,
    /// Living sessions, newest first.
    pub active_sessions: Vec<ListedSession>,
    /// Open database connections, oldest first.
    pub open_connections: Vec<OpenConnection>,
    /// Servers that the person alone sees. What they are is not told.
    pub private_servers: u64,
    /// Servers of the person's that others see.
    pub shared_servers: u64,
    /// Whether this is the person who asks.
    pub yourself: bool,
}

/// A sign-in at a provider that leads to an account.
#[derive(Debug, Serialize, ToSchema)]
pub struct PersonIdentity {
    /// `iss`, or the provider's name in the config where it has none.
    pub issuer: String,
    /// `sub`
    pub subject: String,
    /// The provider's name for people.
    pub provider_display_name: String,
    /// When it was first used or linked.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: OffsetDateTime,
    /// When it was last used, if ever.
    #[serde(with = "time::serde::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_sign_in_at: Option<OffsetDateTime>,
}

/// A person who is to sign in with a password kept here.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewPerson {
    /// Unique whatever the case of its letters.
    pub username: String,
    /// For templates of database users.
    pub email: Option<String>,
    /// The name to show; the user name when absent.
    pub display_name: Option<String>,
    /// What the person may do.
    pub role: Role,
    /// What to sign in with.
    #[schema(value_type = String)]
    pub password: SecretString,
}

/// What to change about a person; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
pub struct PersonChange {
    /// The user name.
    pub username: Option<String>,
    /// The role given by hand.
    pub role: Option<Role>,
    /// Whether the account is switched off. Switching it off ends its sessions and closes its connections.
    pub disabled: Option<bool>,
}

/// A new password for somebody else.
#[derive(Debug, Deserialize, ToSchema)]
pub struct PasswordReset {
    /// The password to use from now on.
    #[schema(value_type = String)]
    pub new_password: SecretString,
}

/// Whom a provider vouches for.
#[derive(Debug, Deserialize, ToSchema, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct IdentityName {
    /// `iss`, or the provider's name in the config where it has none.
    pub issuer: String,
    /// `sub`
    pub subject: String,
}

/// What went with a person.
#[derive(Debug, Serialize, ToSchema)]
pub struct RemovedPerson {
    /// Sessions that ended.
    pub sessions: usize,
    /// Private servers that were removed.
    pub removed_servers: u64,
    /// Shared servers that somebody else has now.
    pub handed_over_servers: u64,
}

/// A part of the sign-ins that were refused for want of an account.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefusedSignInList {
    /// The last one first.
    pub refused_sign_ins: Vec<RefusedSignIn>,
    /// How many there are on all pages.
    pub total: u64,
    /// Where the next part begins; null at the end.
    pub next_cursor: Option<String>,
}

/// A person whom a provider vouched for and who got no account.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefusedSignIn {
    /// `iss`, or the provider's name in the config where it has none.
    pub issuer: String,
    /// `sub`
    pub subject: String,
    /// The provider's name for people.
    pub provider_display_name: String,
    /// The name that the account would have got.
    pub username: String,
    /// As the provider said.
    pub email: Option<String>,
    /// The account that has this name, if one has.
    pub taken_by: Option<TakenBy>,
    /// The last attempt.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub last_refused_at: OffsetDateTime,
    /// Attempts in all.
    pub times: u32,
}

/// An account, shortly.
#[derive(Debug, Serialize, ToSchema)]
pub struct TakenBy {
    /// The account.
    pub id: String,
    /// Its user name.
    pub username: String,
}

/// A part of everybody's sessions.
#[derive(Debug, Serialize, ToSchema)]
pub struct AllSessionList {
    /// The newest first.
    pub sessions: Vec<ListedSession>,
    /// How many the filter finds on all pages.
    pub total: u64,
    /// Where the next part begins; null at the end.
    pub next_cursor: Option<String>,
}

/// A session of somebody's.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListedSession {
    /// Whose account.
    pub person_id: String,
    /// Their user name.
    pub username: String,
    /// The session itself.
    #[serde(flatten)]
    pub session: SessionSummary,
}

/// The identity providers of the config.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProviderList {
    /// In the order of their buttons.
    pub providers: Vec<ProviderHealth>,
}

/// How an identity provider does. What was counted is since Howdah's start.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProviderHealth {
    /// Its name in the config.
    pub name: String,
    /// Its name for people.
    pub display_name: String,
    /// Its issuer, where the config or its discovery document tells.
    pub issuer: Option<String>,
    /// When its discovery document was last read.
    #[serde(with = "time::serde::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub metadata_fetched_at: Option<OffsetDateTime>,
    /// When its keys were last read.
    #[serde(with = "time::serde::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub keys_fetched_at: Option<OffsetDateTime>,
    /// Sign-ins that succeeded.
    pub sign_ins: u64,
    /// Sign-ins that failed.
    pub failures: u64,
    /// The last failure.
    pub last_failure: Option<ProviderFailure>,
}

/// A sign-in that failed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProviderFailure {
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub at: OffsetDateTime,
    /// As in `X-Howdah-Error`.
    #[schema(value_type = String)]
    pub code: &'static str,
    /// In words.
    pub detail: String,
}

/// A part of the servers that more than one person may see.
#[derive(Debug, Serialize, ToSchema)]
pub struct SharedServerList {
    /// By group and name.
    pub servers: Vec<SharedServer>,
    /// How many servers are shared.
    pub total: u64,
    /// Where the next part begins; null at the end.
    pub next_cursor: Option<String>,
}

/// A server that more than one person may see.
#[derive(Debug, Serialize, ToSchema)]
pub struct SharedServer {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The group it stands in.
    pub group: String,
    /// Where it is.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// What it is for.
    pub environment: Environment,
    /// The `type` of its credential.
    pub credential: String,
    /// Who sees it: `"everyone"`, or a claims rule.
    pub audience: Value,
    /// Whose it is; null for a server of the config file.
    pub owner: Option<TakenBy>,
    /// Database connections that this Howdah has open to it.
    pub connections: usize,
}

/// A part of the open database connections.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpenConnectionList {
    /// The oldest first.
    pub connections: Vec<OpenConnection>,
    /// How many this Howdah has open.
    pub total: usize,
    /// Where the next part begins; null at the end.
    pub next_cursor: Option<String>,
}

/// An open database connection. What runs in it is not told.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpenConnection {
    /// Names it, as long as Howdah runs.
    pub id: String,
    /// Whose account.
    pub person_id: String,
    /// Their user name.
    pub username: String,
    /// The server's name; null where it is another person's private one.
    pub server: Option<String>,
    /// The database; null as for `server`.
    pub database: Option<String>,
    /// The role that it is logged in as; null as for `server`.
    pub role: Option<String>,
    /// What it is for.
    pub purpose: ConnectionPurpose,
    /// Since when it is open.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub since: OffsetDateTime,
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionPurpose {
    /// A query tab.
    Query,
    /// The explorer.
    Catalogue,
    /// A download.
    Export,
}
