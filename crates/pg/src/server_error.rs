//! What PostgreSQL says in an ErrorResponse or a NoticeResponse, whole.

use std::fmt;

/// The fields of an ErrorResponse or NoticeResponse (PostgreSQL manual, 54.8).
///
/// Text that is not UTF-8 (possible before the session's encoding is known) has its bad bytes replaced. A message of
/// more than [`crate::Limits::message_bytes`] is cut behind that many bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerError {
    /// `ERROR`, `FATAL`, `PANIC`, `WARNING`, `NOTICE`, `DEBUG`, `INFO` or `LOG`, never translated.
    pub severity: String,
    /// The severity in the language of the server's messages.
    pub localized_severity: String,
    /// The SQLSTATE, five characters.
    pub code: String,
    /// What happened.
    pub message: String,
    /// More about it.
    pub detail: Option<String>,
    /// What might help.
    pub hint: Option<String>,
    /// Where in the statement, counted in characters from 1.
    pub position: Option<u32>,
    /// Where in `internal_query`, counted in characters from 1.
    pub internal_position: Option<u32>,
    /// The text of a statement that PostgreSQL made itself.
    pub internal_query: Option<String>,
    /// The call stack of the server's functions, the innermost first.
    pub context: Option<String>,
    /// The schema of the object that it concerns.
    pub schema: Option<String>,
    /// The table that it concerns.
    pub table: Option<String>,
    /// The column that it concerns.
    pub column: Option<String>,
    /// The data type that it concerns.
    pub data_type: Option<String>,
    /// The constraint that it concerns.
    pub constraint: Option<String>,
    /// The file of PostgreSQL's source.
    pub file: Option<String>,
    /// The line in `file`.
    pub line: Option<u32>,
    /// The C function that reported it.
    pub routine: Option<String>,
}

impl ServerError {
    /// Whether PostgreSQL ends the connection behind this message.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        matches!(self.severity.as_str(), "FATAL" | "PANIC")
    }

    /// The two first characters of the SQLSTATE, such as `28` for a refused login.
    #[must_use]
    pub fn class(&self) -> &str {
        self.code.get(..2).unwrap_or("")
    }

    /// Reads the fields of a message: for each a byte that names it and a zero-terminated text, then a zero.
    ///
    /// Lenient about a missing end, since a long message arrives cut.
    pub(crate) fn parse(mut body: &[u8]) -> Self {
        let mut error = Self::default();
        while let Some((&field, rest)) = body.split_first() {
            if field == 0 {
                break;
            }
            let end = memchr::memchr(0, rest).unwrap_or(rest.len());
            let value = String::from_utf8_lossy(&rest[..end]).into_owned();
            body = rest.get(end + 1..).unwrap_or(&[]);
            match field {
                b'S' => error.localized_severity = value,
                b'V' => error.severity = value,
                b'C' => error.code = value,
                b'M' => error.message = value,
                b'D' => error.detail = Some(value),
                b'H' => error.hint = Some(value),
                b'P' => error.position = value.parse().ok(),
                b'p' => error.internal_position = value.parse().ok(),
                b'q' => error.internal_query = Some(value),
                b'W' => error.context = Some(value),
                b's' => error.schema = Some(value),
                b't' => error.table = Some(value),
                b'c' => error.column = Some(value),
                b'd' => error.data_type = Some(value),
                b'n' => error.constraint = Some(value),
                b'F' => error.file = Some(value),
                b'L' => error.line = value.parse().ok(),
                b'R' => error.routine = Some(value),
                // The manual: "frontends should silently ignore fields of unrecognized type".
                _ => {}
            }
        }
        // Field `V` came with PostgreSQL 9.6; poolers may still leave it out.
        if error.severity.is_empty() {
            error.severity.clone_from(&error.localized_severity);
        }
        error
    }
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.severity, self.message, self.code)
    }
}

impl std::error::Error for ServerError {}

/// The server sent something that PostgreSQL's protocol does not allow, or more than we are ready to hold.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ProtocolError(pub(crate) String);

impl ProtocolError {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }

    pub(crate) fn unexpected(tag: u8) -> Self {
        Self(format!("unexpected message `{}` from the server", char::from(tag).escape_default()))
    }
}

impl From<std::io::Error> for ProtocolError {
    fn from(error: std::io::Error) -> Self {
        Self(format!("malformed message from the server: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_kept_and_unknown_ones_are_skipped() {
        let error = ServerError::parse(
            b"SFEHLER\0VERROR\0C23505\0Mm\0Dd\0Hh\0P7\0p8\0qq\0Ww\0ss\0tt\0cc\0dt\0nn\0Ff.c\0L12\0Rr\0Zfuture\0\0",
        );
        assert_eq!(error.severity, "ERROR");
        assert_eq!(error.localized_severity, "FEHLER");
        assert_eq!(error.class(), "23");
        assert_eq!((error.position, error.internal_position), (Some(7), Some(8)));
        assert_eq!(error.data_type.as_deref(), Some("t"));
        assert_eq!((error.file.as_deref(), error.line), (Some("f.c"), Some(12)));
        assert!(!error.is_fatal());
    }

    #[test]
    fn a_cut_message_keeps_what_came() {
        let error = ServerError::parse(b"SFATAL\0C57P01\0Mterminating conn");
        assert_eq!(error.message, "terminating conn");
        assert!(error.is_fatal());
    }
}
