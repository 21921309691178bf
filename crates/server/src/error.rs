//! Errors of the HTTP API: one envelope (RFC 9457), stable codes, one place that pairs a code with its status.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::wire::{ConnectionStep, MasterPasswordState, Problem, Prompt, Remedy, ShownHostKey};

/// Every code of the API with its status. `docs/http-api.md` lists the same and a test compares the two.
macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $status:literal $code:literal;)+) => {
        /// What went wrong, for machines.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Code { $($(#[doc = $doc])+ $variant,)+ }

        impl Code {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The code as it stands in `code`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The HTTP status that goes with it.
            #[must_use]
            pub fn status(self) -> StatusCode {
                let number: u16 = match self { $(Self::$variant => $status,)+ };
                StatusCode::from_u16(number).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
            }

            /// When it is used, in one sentence.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+).trim_ascii_start(),)+ }
            }
        }
    };
}

codes! {
    /// Nobody is signed in, or the session has ended.
    NotSignedIn = 401 "not_signed_in";
    /// The request did not come from this origin.
    CrossSite = 403 "cross_site";
    /// The person may not do this.
    Forbidden = 403 "forbidden";
    /// There is no such thing, or the person may not know of it.
    NotFound = 404 "not_found";
    /// The path does not take this method.
    MethodNotAllowed = 405 "method_not_allowed";
    /// Somebody changed it in the meantime.
    Conflict = 409 "conflict";
    /// The body is larger than allowed.
    TooLarge = 413 "too_large";
    /// The request cannot be read; `field` tells where.
    InvalidRequest = 422 "invalid_request";
    /// A claim that the `username` template names is missing.
    UsernameUnresolved = 422 "username_unresolved";
    /// The text is not one statement that can be run this way.
    InvalidStatement = 422 "invalid_statement";
    /// PostgreSQL refused the statement; `sqlstate` and `database_message` tell why.
    StatementFailed = 422 "statement_failed";
    /// The server is read only by default: it is written to once `reason` says why.
    WritesLocked = 409 "writes_locked";
    /// The connection was lost during a commit, and PostgreSQL cannot be asked what became of it.
    OutcomeUnknown = 502 "outcome_unknown";
    /// The present password that was given is not the right one.
    WrongPassword = 422 "wrong_password";
    /// The account has no password here.
    NoPassword = 409 "no_password";
    /// Locked out or throttled.
    TooManyAttempts = 429 "too_many_attempts";
    /// The limit of servers, connections or messages is reached.
    LimitReached = 429 "limit_reached";
    /// A password is needed and none is known.
    PasswordRequired = 428 "password_required";
    /// A saved password is sealed with the person's master password; `master_password` tells whether to set or to type it.
    MasterPasswordRequired = 428 "master_password_required";
    /// The operator does not let passwords be saved, or there is no key to seal them with.
    SavingNotAllowed = 403 "saving_not_allowed";
    /// Saved passwords are sealed under a key that is not here.
    SecretsUnreadable = 409 "secrets_unreadable";
    /// The person must act before the credential can be obtained; `prompt` tells how.
    InteractionRequired = 428 "interaction_required";
    /// A command of a person's own, and the config does not allow these.
    ExecNotAllowed = 403 "exec_not_allowed";
    /// The credential's source failed.
    CredentialFailed = 502 "credential_failed";
    /// The credential's source took too long.
    CredentialTimeout = 504 "credential_timeout";
    /// PostgreSQL refused the login.
    DatabaseLoginRefused = 403 "database_login_refused";
    /// The database server cannot be reached, or the connection was lost.
    DatabaseUnreachable = 502 "database_unreachable";
    /// TLS to the database server failed.
    DatabaseTlsFailed = 502 "database_tls_failed";
    /// The database server asks for another kind of authentication than the credential presents.
    AuthenticationMismatch = 502 "authentication_mismatch";
    /// The server was disconnected, its definition changed, or the account that was made for the person ended, while this
    /// connection was open.
    Disconnected = 409 "disconnected";
    /// The query session has ended, or was never the caller's.
    SessionGone = 404 "session_gone";
    /// Another replica of Howdah holds the query session.
    WrongReplica = 421 "wrong_replica";
    /// There is no such database.
    DatabaseNotFound = 404 "database_not_found";
    /// Howdah is being stopped.
    ShuttingDown = 503 "shutting_down";
    /// Howdah's own store cannot be reached.
    StoreUnavailable = 503 "store_unavailable";
    /// The audit trail cannot be written, so nothing is done that would not stand in it.
    AuditUnavailable = 503 "audit_unavailable";
    /// A fault in Howdah; the log has the cause under `request_id`.
    Internal = 500 "internal";
}

/// An error that is answered to the caller. The cause, if any, is logged once and never sent.
#[derive(Debug)]
pub struct ApiError(Box<Parts>);

#[derive(Debug)]
struct Parts {
    code: Code,
    detail: String,
    field: Option<String>,
    sqlstate: Option<String>,
    database_message: Option<String>,
    step: Option<ConnectionStep>,
    command_output: Option<String>,
    prompt: Option<Prompt>,
    remedy: Option<Remedy>,
    host_key: Option<ShownHostKey>,
    master_password: Option<MasterPasswordState>,
    retry_after_secs: Option<u64>,
}

/// Seconds after which it is worth asking again for what the store did not take, and when its disk was full.
const STORE_RETRY: u64 = 5;
const FULL_RETRY: u64 = 30;

/// What handlers answer.
pub type ApiResult<T> = Result<T, ApiError>;

impl ApiError {
    /// An error with its words for the person: what happened and what to do next.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self(Box::new(Parts {
            code,
            detail: detail.into(),
            field: None,
            sqlstate: None,
            database_message: None,
            step: None,
            command_output: None,
            prompt: None,
            remedy: None,
            host_key: None,
            master_password: None,
            retry_after_secs: None,
        }))
    }

    /// A field of the request that is wrong.
    pub fn invalid(field: impl Into<String>, detail: impl Into<String>) -> Self {
        let mut error = Self::new(Code::InvalidRequest, detail);
        error.0.field = Some(field.into());
        error
    }

    /// Names the field that this is about.
    #[must_use]
    pub fn at_field(mut self, field: impl Into<String>) -> Self {
        self.0.field = Some(field.into());
        self
    }

    /// A thing that does not exist, or that the caller may not know of.
    pub fn not_found(what: &str) -> Self {
        Self::new(Code::NotFound, format!("There is no such {what}, or it is not yours to see."))
    }

    /// A fault of ours. The cause goes to the log.
    pub fn internal(cause: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error = %chain(cause), "a request failed: {}", chain(cause));
        Self::new(
            Code::Internal,
            "Something in Howdah failed. Try again; if it goes on, give the request id to whoever runs Howdah.",
        )
    }

    /// With PostgreSQL's own words.
    #[must_use]
    pub fn with_database(mut self, error: &howdah_pg::ServerError) -> Self {
        self.0.sqlstate = Some(error.code.clone());
        self.0.database_message = Some(error.message.clone());
        self
    }

    /// With the step of connecting that failed.
    #[must_use]
    pub fn at_step(mut self, step: ConnectionStep) -> Self {
        self.0.step = Some(step);
        self
    }

    /// With what the person must do.
    #[must_use]
    pub fn with_prompt(mut self, prompt: Option<Prompt>) -> Self {
        self.0.prompt = prompt;
        self
    }

    /// With SQL that puts it right.
    #[must_use]
    pub fn with_remedy(mut self, remedy: Option<Remedy>) -> Self {
        self.0.remedy = remedy;
        self
    }

    /// With a key that the person must confirm.
    #[must_use]
    pub fn with_host_key(mut self, key: ShownHostKey) -> Self {
        self.0.host_key = Some(key);
        self
    }

    /// With what has to be done about the master password.
    #[must_use]
    pub fn with_master_password(mut self, state: MasterPasswordState) -> Self {
        self.0.master_password = Some(state);
        self
    }

    /// With how long to wait before another attempt counts.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.0.retry_after_secs = Some(seconds);
        self
    }

    /// With what a command wrote to standard error. Only for the server's owner.
    #[must_use]
    pub fn with_command_output(mut self, output: Option<String>) -> Self {
        self.0.command_output = output;
        self
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The field of the request that is wrong.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        self.0.field.as_deref()
    }

    /// The words for the person.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// Seconds after which another attempt counts.
    #[must_use]
    pub fn retry_after_secs(&self) -> Option<u64> {
        self.0.retry_after_secs
    }

    /// PostgreSQL's SQLSTATE, when it was PostgreSQL that refused.
    #[must_use]
    pub fn sqlstate(&self) -> Option<&str> {
        self.0.sqlstate.as_deref()
    }

    /// The step of connecting that failed.
    #[must_use]
    pub fn step(&self) -> Option<ConnectionStep> {
        self.0.step
    }

    /// The error as it is answered.
    #[must_use]
    pub fn into_problem(self) -> Problem {
        let status = self.0.code.status();
        Problem {
            kind: "about:blank",
            status: status.as_u16(),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            detail: self.0.detail,
            code: self.0.code.name(),
            field: self.0.field,
            sqlstate: self.0.sqlstate,
            database_message: self.0.database_message,
            step: self.0.step,
            command_output: self.0.command_output,
            prompt: self.0.prompt,
            remedy: self.0.remedy,
            host_key: self.0.host_key,
            master_password: self.0.master_password,
            retry_after_secs: self.0.retry_after_secs,
            request_id: None,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, code, wait) = (self.0.code.status(), self.0.code, self.0.retry_after_secs);
        let mut response = (status, Json(self.into_problem())).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = wait {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        // For whoever counts.
        response.extensions_mut().insert(code);
        response
    }
}

impl From<howdah_store::StoreError> for ApiError {
    fn from(error: howdah_store::StoreError) -> Self {
        tracing::error!(error = %chain(&error), "the store failed: {}", chain(&error));
        if error.is_full() {
            return Self::new(
                Code::StoreUnavailable,
                "Howdah cannot write to its own store: its disk is full. Whoever runs Howdah has to make room; what was kept before is there.",
            )
            .retry_after(FULL_RETRY);
        }
        if !error.is_unavailable() {
            return Self::new(
                Code::Internal,
                "Something in Howdah's own store failed. Try again; if it goes on, give the request id to whoever runs Howdah.",
            );
        }
        Self::new(
            Code::StoreUnavailable,
            "Howdah cannot reach its own store at the moment. Try again in a few seconds; nothing that was kept is lost.",
        )
        .retry_after(STORE_RETRY)
    }
}

/// An error and everything that caused it, in one line.
#[must_use]
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let words = cause.to_string();
        // Some errors say what caused them themselves.
        if !text.ends_with(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        source = cause.source();
    }
    text
}

/// A library's error as a sentence: capital first, full stop last.
#[must_use]
pub fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let Some(first) = characters.next() else { return String::new() };
    let mut sentence: String = first.to_uppercase().chain(characters).collect();
    if !sentence.ends_with(['.', '?', '!']) {
        sentence.push('.');
    }
    sentence
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::Code;

    #[test]
    fn every_code_has_one_name() {
        let names: HashSet<_> = Code::ALL.iter().map(|code| code.name()).collect();
        assert_eq!(names.len(), Code::ALL.len());
    }
}
