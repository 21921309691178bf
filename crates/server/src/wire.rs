//! The shapes of everything that crosses HTTP and the WebSocket as JSON.
//!
//! `openapi.json` and the TypeScript types of the web UI are generated from this file. Types of the other crates are
//! never serialised themselves: they are turned into these.

mod administration;
mod audience;
mod audit;
mod catalogue;
mod connection;
mod credential;
mod history;
mod parameters;
mod people;
mod pgadmin;
mod run;
mod secrets;
mod server;
mod session;
mod sharing;
mod table;
mod tunnel;
mod workspace;

use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

pub use administration::{
    AdministrationSummary, AllSessionList, ConnectionPurpose, IdentityName, ListedPerson, ListedSession, NewPerson,
    OpenConnection, OpenConnectionList, PasswordReset, PeopleList, Person, PersonChange, PersonIdentity,
    ProviderFailure, ProviderHealth, ProviderList, RefusedSignIn, RefusedSignInList, RemovedPerson, SharedServer,
    SharedServerList, TakenBy,
};
pub use audience::Audience;
pub use audit::{AuditEvent, AuditList};
pub use catalogue::{
    ColumnList, CompletionObjects, CompletionSchema, CompletionSchemaList, Database, DatabaseList, DdlForm, DdlScript,
    FoundText, FoundTextList, LeftOut, ListedObject, NamedObject, NamedObjectList, ObjectCell, ObjectCount,
    ObjectCounts, ObjectHead, ObjectLink, ObjectList, ObjectPage, ObjectPlace, ObjectSection, RelationColumn,
    RelationKind, Schema, SchemaList, TypeList, TypeName,
};
pub use connection::{
    ConnectRequest, Connected, ConnectionStep, ConnectionTest, ConnectionTestReport, CredentialStatus, StepReport,
    StepStatus,
};
pub use credential::{
    CredentialDefinition, CredentialExchange, CredentialIdentity, CredentialPresentation, EntraFlowName, OAuthFlowName,
    VaultAuthDefinition,
};
pub use history::{
    FolderMove, FolderMoved, HistoryEntry, HistoryList, HistoryResult, SavedQuery, SavedQueryDraft, SavedQueryList,
};
pub use parameters::ConnectionParameters;
pub use people::{
    AuthSource, EndedSessions, Me, PasswordChange, ProviderState, ProviderStatus, Role, SessionList, SessionSummary,
    SessionTimes,
};
pub use pgadmin::{PgadminExport, PgadminNote, PgadminServer, PgadminServers};
pub use run::{
    Ask, DangerKind, Isolation, NeededParameter, ParameterValue, QuestionableStatement, RunOptions, SessionSettings,
    TransactionMode,
};
pub use secrets::{
    ForgottenPasswords, MasterPassword, MasterPasswordChange, MasterPasswordState, SaveRefusal, SavedPassword,
    SavedPasswordKind, SavedPasswordList, SavedPasswordQuery, SecretsState,
};
pub use server::{CredentialChoices, Environment, NamedCommand, Server, ServerChange, ServerDefinition, ServerList};
pub use session::{
    ClientMessage, DatabaseError, ExportFormat, ExportRequest, LimitOrigin, ResultColumn, RunOutcome, ServerMessage,
    StatementRange, TimeLimit, TransactionState, WriteAccess,
};
pub use sharing::{OwnServerSettings, SharedServerSettings, Sharing};
pub use table::{
    CellChange, CellValue, ChangeOutcome, ChangePreview, ChangeReport, IdentityKind, KnownCell, LockHolder, RowChange,
    RowChanges, TableColumn, TableKey, TableLock, TableReference, TableShape,
};
pub use tunnel::{ShownHostKey, TunnelAuthenticationName, TunnelChange, TunnelDefinition};
pub use workspace::{
    Saved, SettingChange, SettingConflict, SettingName, StoredSetting, StoredTab, TabChange, TabConflict, Workspace,
};

/// An RFC 9457 problem document, `application/problem+json`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: `code` is what tells problems apart.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    pub kind: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The status in words.
    pub title: String,
    /// What happened and what to do next, for the person.
    pub detail: String,
    /// Stable and machine-readable, such as `password_required`. All codes are in `docs/http-api.md`.
    #[schema(value_type = String)]
    pub code: &'static str,
    /// The field of the request that is wrong, as a dotted path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// PostgreSQL's SQLSTATE, when it was PostgreSQL that refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sqlstate: Option<String>,
    /// PostgreSQL's own message, verbatim.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_message: Option<String>,
    /// The step of the connection that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<ConnectionStep>,
    /// What the command wrote to standard error; only ever given to the server's owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command_output: Option<String>,
    /// What the person must do before the connection goes on. Ask again afterwards, or every few seconds meanwhile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<Prompt>,
    /// What whoever administers the database can do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<Remedy>,
    /// The key that an SSH server has shown and that nobody has confirmed yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_key: Option<ShownHostKey>,
    /// What has to be done about the master password first: set it, or type it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub master_password: Option<MasterPasswordState>,
    /// How many seconds to wait before another attempt counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_secs: Option<u64>,
    /// The request's id in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// SQL that puts a problem right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Remedy {
    /// What is amiss, and who runs the SQL, and where.
    pub words: String,
    /// Statements to copy, with names quoted.
    pub sql: String,
}

/// What a person must do for a credential.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Prompt {
    /// Open the address on any device and type the code there (RFC 8628). Howdah notices by itself.
    DeviceCode {
        /// The address to open.
        verification_uri: String,
        /// The same with the code in it.
        #[serde(skip_serializing_if = "Option::is_none")]
        verification_uri_complete: Option<String>,
        /// The code to type.
        user_code: String,
        /// When it is too late.
        #[serde(with = "time::serde::rfc3339")]
        #[schema(value_type = String, format = DateTime)]
        expires_at: OffsetDateTime,
        /// Why it is asked for, where there is more to say than that it is the first time.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Go to the address in another window, which says when it can be closed.
    Redirect {
        /// Where to.
        url: String,
        /// Why it is asked for, where there is more to say than that it is the first time.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

/// A secret is never written out. (With `skip_serializing` it would be missing from the API's description, too.)
fn is_secret(_: &Option<secrecy::SecretString>) -> bool {
    true
}

/// Writes nothing of a secret.
fn hide<S: serde::Serializer>(_: &Option<secrecy::SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_none()
}
