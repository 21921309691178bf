//! What is written down: who did what, from where, and how it went.

use std::time::{Duration, SystemTime};

use howdah_credentials::{Credential, Fetch};
use howdah_store::{Account, SessionId};
use serde::Serialize;
use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::error::ApiError;
use crate::servers::Found;
use crate::session::{Client, SignedIn};

/// Longest text from outside that stands in an event, in bytes; statements have a limit of their own.
const MAX_TEXT: usize = 1024;

/// Who does something, as far as it is known.
#[derive(Debug, Clone, Default)]
pub struct Actor {
    /// Their name.
    pub person: Option<String>,
    /// Their account.
    pub account_id: Option<String>,
    /// With `subject`: whom a provider vouched for.
    pub issuer: Option<String>,
    /// With `issuer`: whom a provider vouched for.
    pub subject: Option<String>,
    /// The session's name; it opens nothing.
    pub session_id: Option<String>,
    /// Where the request came from.
    pub client_address: Option<String>,
    /// The request's id in the log.
    pub request_id: Option<String>,
}

impl Actor {
    /// Whoever is at the other end of a request, known or not.
    #[must_use]
    pub fn of_client(client: &Client) -> Self {
        Self {
            client_address: Some(client.address.to_string()),
            request_id: Some(client.request_id().to_owned()),
            ..Self::default()
        }
    }

    /// A session of which nothing else is known here.
    #[must_use]
    pub fn of_session(session_id: &SessionId) -> Self {
        Self { session_id: Some(session_id.to_string()), ..Self::default() }
    }

    /// Whoever runs a command on Howdah's own machine.
    #[must_use]
    pub fn operator() -> Self {
        let user = std::env::var("USER").unwrap_or_else(|_| "operator".to_owned());
        Self { person: Some(format!("{user} (command line)")), ..Self::default() }
    }

    /// With an account.
    #[must_use]
    pub fn with_account(mut self, account: &Account) -> Self {
        self.person = Some(account.username.clone());
        self.account_id = Some(account.id.to_string());
        self
    }

    /// With whom a provider vouched for.
    #[must_use]
    pub fn with_identity(mut self, issuer: &str, subject: &str) -> Self {
        self.issuer = Some(short(issuer));
        self.subject = Some(short(subject));
        self
    }

    /// With a name that nobody has vouched for.
    #[must_use]
    pub fn claiming(mut self, name: &str) -> Self {
        let name = name.trim();
        self.person = (!name.is_empty()).then(|| short(name));
        self
    }

    /// With a session.
    #[must_use]
    pub fn in_session(mut self, session_id: &SessionId) -> Self {
        self.session_id = Some(session_id.to_string());
        self
    }
}

impl From<&SignedIn> for Actor {
    fn from(person: &SignedIn) -> Self {
        let actor = Self {
            client_address: Some(person.client_address.to_string()),
            request_id: Some(person.request_id.clone()),
            ..Self::default()
        };
        let actor = actor.with_account(&person.account).in_session(&person.session_id);
        match &person.contents.provider {
            Some(provider) => actor.with_identity(&provider.issuer, &provider.subject),
            None => actor,
        }
    }
}

/// What happened, with what only this kind of event has.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Action {
    /// Somebody signed in, or tried to.
    SignIn {
        /// The provider's name in the config, or `password`.
        #[serde(skip_serializing_if = "Option::is_none")]
        through: Option<String>,
    },
    /// Somebody signed out.
    SignOut {},
    /// A session ended without its person signing out in it.
    SessionEnded {
        /// Why.
        reason: &'static str,
    },
    /// A connection to PostgreSQL was opened, or was not.
    Connect(Login),
    /// A source was asked for a database secret.
    Credential {
        /// Whether one was in use that was still good.
        renewal: bool,
        /// What it gave.
        #[serde(flatten)]
        secret: Secret,
        /// For whom it asked.
        #[serde(skip_serializing_if = "String::is_empty")]
        identity: String,
    },
    /// A statement ran in a query tab.
    Statement {
        /// Bytes of rows that were sent.
        bytes: u64,
        /// How the statement is kept.
        #[serde(flatten)]
        text: Text,
    },
    /// A session on a server that is read only by default was allowed to write.
    Unlock {
        /// Why, in the words of the person.
        reason: String,
    },
    /// A result was downloaded.
    Export {
        /// The file's format.
        format: String,
        /// Bytes of the file that were sent.
        bytes: u64,
        /// How the statement is kept.
        #[serde(flatten)]
        text: Text,
    },
    /// A server definition was added, changed or removed.
    Server {
        /// What was done to it: a kind of event.
        #[serde(skip)]
        change: ServerChange,
        /// The fields that were changed, with what they were and are where that can be shown.
        #[serde(skip_serializing_if = "Map::is_empty")]
        fields: Map<String, Value>,
    },
    /// An administrator or the command line changed something.
    Administration {
        /// What was done: a kind of event, such as `account_disabled`.
        #[serde(skip)]
        kind: &'static str,
        /// To whom or to what.
        about: String,
        /// What it is now, where that is not told by the kind.
        #[serde(skip_serializing_if = "Option::is_none")]
        value: Option<String>,
    },
}

/// What was done to a server definition.
#[derive(Debug, Clone, Copy)]
pub enum ServerChange {
    /// It was added.
    Created,
    /// It was changed.
    Changed,
    /// It was removed.
    Removed,
}

/// How a login was made.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Login {
    /// What the connection is for.
    pub purpose: &'static str,
    /// Whom Howdah logged in as, or tried to.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub identity: String,
    /// The role that was become after the login.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acting_as: Option<String>,
    /// The backend's process, as in PostgreSQL's own log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backend_pid: Option<i32>,
    /// The secret.
    #[serde(flatten)]
    pub secret: Secret,
}

/// What is told of a secret. Never the secret.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Secret {
    /// The kind of source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<&'static str>,
    /// Who issued it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// When it ends.
    #[serde(skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    pub expires_at: Option<OffsetDateTime>,
    /// The same for the same secret, while this process lives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// The token's own id, by which its issuer's log knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_id: Option<String>,
}

impl From<&Credential> for Secret {
    fn from(credential: &Credential) -> Self {
        let has_secret = !matches!(credential.presentation, howdah_credentials::Presentation::None);
        Self {
            source: Some(credential.source.as_str()),
            issuer: credential.issuer.as_deref().map(short),
            expires_at: credential.expires_at.map(whole_seconds),
            fingerprint: has_secret.then(|| credential.fingerprint.to_string()),
            token_id: credential.token_id().as_deref().map(short),
        }
    }
}

/// How a statement's text is kept.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Text {
    /// SHA-256 of the text as it would be kept, where less than that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Bytes of the whole text, where less is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub length: Option<usize>,
}

/// How something went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is about to be done.
    Begun,
    /// It was done.
    Ok,
    /// It was not.
    Failed,
    /// The person stopped it.
    Cancelled,
    /// The connection, the session or the process ended first.
    Interrupted,
}

impl Outcome {
    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
        }
    }
}

/// One event.
#[derive(Debug, Clone)]
pub struct Event {
    /// Who.
    pub actor: Actor,
    /// What.
    pub action: Action,
    /// How it went.
    pub outcome: Outcome,
    /// Why it failed.
    pub code: Option<String>,
    /// The server definition: its id and name.
    pub server: Option<(String, String)>,
    /// The database.
    pub database: Option<String>,
    /// The role in PostgreSQL.
    pub role: Option<String>,
    /// Rows of the result, or that were changed.
    pub rows: Option<u64>,
    /// How long it took.
    pub duration: Option<Duration>,
    /// The statement as it is kept.
    pub statement: Option<String>,
}

impl Event {
    /// Something that was done.
    pub fn new(actor: impl Into<Actor>, action: Action) -> Self {
        Self {
            actor: actor.into(),
            action,
            outcome: Outcome::Ok,
            code: None,
            server: None,
            database: None,
            role: None,
            rows: None,
            duration: None,
            statement: None,
        }
    }

    /// A change of what people may do: what was done, to whom or to what, and what it is from now on.
    pub fn administration(actor: impl Into<Actor>, kind: &'static str, about: &str, value: Option<String>) -> Self {
        Self::new(actor, Action::Administration { kind, about: short(about), value })
    }

    /// At a server.
    #[must_use]
    pub fn at(mut self, server: &Found) -> Self {
        self.server = Some((server.id.to_string(), server.definition.name.clone()));
        self
    }

    /// In a database.
    #[must_use]
    pub fn in_database(mut self, database: &str) -> Self {
        self.database = Some(short(database));
        self
    }

    /// Something that was not done.
    #[must_use]
    pub fn failed(mut self, code: impl Into<String>) -> Self {
        self.outcome = Outcome::Failed;
        self.code = Some(code.into());
        self
    }

    /// What came of it.
    #[must_use]
    pub fn with_result<T>(self, result: &Result<T, ApiError>) -> Self {
        match result {
            Ok(_) => self,
            Err(error) => self.failed(error.sqlstate().unwrap_or(error.code().name())),
        }
    }

    /// What a source answered.
    #[must_use]
    pub fn of_fetch(fetch: &Fetch<'_>, actor: Actor) -> Self {
        let secret = match fetch.outcome {
            Ok(credential) => Secret::from(credential),
            Err(_) => Secret { source: Some(fetch.source.as_str()), ..Secret::default() },
        };
        let identity = short(&fetch.target.user);
        let event = Self::new(actor, Action::Credential { renewal: fetch.ahead, secret, identity });
        let event = Self { server: Some((fetch.server.as_str().to_owned(), String::new())), ..event };
        match fetch.outcome {
            Ok(_) => event,
            Err(error) => {
                use howdah_credentials::CredentialError;
                event.failed(match error {
                    CredentialError::PasswordRequired => "password_required",
                    CredentialError::InteractionRequired(_) => "interaction_required",
                    CredentialError::Timeout { .. } => "credential_timeout",
                    CredentialError::Failed { .. } => "credential_failed",
                })
            }
        }
    }

    /// Counts what is sent to the browser.
    pub fn count_bytes(&mut self, sent: usize) {
        if let Action::Statement { bytes, .. } | Action::Export { bytes, .. } = &mut self.action {
            *bytes += sent as u64;
        }
    }

    /// What kind of event it is.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match &self.action {
            Action::SignIn { .. } => "sign_in",
            Action::SignOut {} => "sign_out",
            Action::SessionEnded { .. } => "session_ended",
            Action::Connect(_) => "connect",
            Action::Credential { renewal: false, .. } => "credential_fetched",
            Action::Credential { renewal: true, .. } => "credential_renewed",
            Action::Statement { .. } => "statement",
            Action::Unlock { .. } => "writes_unlocked",
            Action::Export { .. } => "export",
            Action::Server { change: ServerChange::Created, .. } => "server_created",
            Action::Server { change: ServerChange::Changed, .. } => "server_changed",
            Action::Server { change: ServerChange::Removed, .. } => "server_removed",
            Action::Administration { kind, .. } => kind,
        }
    }

    /// Bytes that it takes, about.
    pub(super) fn size(&self) -> usize {
        self.statement.as_ref().map_or(0, String::len) + 1024
    }
}

/// A text from outside, cut to what an event may hold.
pub(super) fn short(text: &str) -> String {
    text[..text.floor_char_boundary(MAX_TEXT)].to_owned()
}

fn whole_seconds(time: SystemTime) -> OffsetDateTime {
    OffsetDateTime::from(time).replace_nanosecond(0).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}
