//! The audit trail.

use howdah_store::AuditRecord;
use serde::Serialize;
use serde_json::{Map, Value};
use time::OffsetDateTime;
use utoipa::ToSchema;

/// An event of the audit trail. The same in the API, in downloads, and in the lines of `audit.file`. What is not known is
/// left out.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditEvent {
    /// Names it.
    pub id: String,
    /// When it happened, or began.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub time: OffsetDateTime,
    /// What happened, such as `sign_in`. All kinds are in `docs/audit.md`.
    pub kind: String,
    /// How it went: `ok`, `failed`, `cancelled`, `interrupted`, or `begun` while that is not known.
    pub result: String,
    /// Why it failed: the code of a problem, or an SQLSTATE.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The person's name at that time. In a failed sign-in nobody has vouched for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// The person's account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// With `subject`: whom the provider vouched for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// With `issuer`: whom the provider vouched for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The session's name; it opens nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// The server definition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_id: Option<String>,
    /// Its name at that time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// The database.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
    /// The role in PostgreSQL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Rows of the result, or that were changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// How long it took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<f64>,
    /// Where the request came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_address: Option<String>,
    /// The request's id in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The statement, without passwords. Absent where `audit.statements` says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
    /// What only this kind of event has.
    #[schema(value_type = Object)]
    pub details: Map<String, Value>,
}

impl From<&AuditRecord> for AuditEvent {
    fn from(record: &AuditRecord) -> Self {
        let record = record.clone();
        Self {
            id: record.id.to_string(),
            time: record.at,
            kind: record.kind,
            result: record.result,
            code: record.code,
            person: record.person,
            account_id: record.account_id,
            issuer: record.issuer,
            subject: record.subject,
            session_id: record.session_id,
            server_id: record.server_id,
            server: record.server,
            database: record.database,
            role: record.role,
            rows: record.rows,
            duration_ms: record.duration_ms,
            client_address: record.client_address,
            request_id: record.request_id,
            statement: record.statement,
            details: serde_json::from_str(&record.details).unwrap_or_default(),
        }
    }
}

/// A part of the audit trail.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditList {
    /// The events, the last first.
    pub events: Vec<AuditEvent>,
    /// Where the next part begins; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}
