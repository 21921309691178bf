//! libpq's password file (manual, 34.16).

use std::fmt;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use crate::options::{Endpoint, Host};

/// Passwords by host, port, database and user. The file's text is read by whoever allows paths.
#[derive(Clone)]
pub struct PassFile(Arc<[Line]>);

struct Line {
    host: Field,
    port: Field,
    database: Field,
    user: Field,
    password: SecretString,
}

enum Field {
    Any,
    Is(String),
}

impl Field {
    fn of(text: &str) -> Self {
        // Only a bare star stands for everything; an escaped one is itself.
        if text == "*" { Self::Any } else { Self::Is(unescape(text)) }
    }

    fn matches(&self, value: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Is(text) => text == value,
        }
    }
}

impl PassFile {
    /// Reads `hostname:port:database:username:password` lines; `*` matches everything, `\` escapes `:` and `\`. Empty
    /// lines, comments and lines with too few fields are passed over, as libpq does.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let lines = text.lines().map(|line| line.strip_suffix('\r').unwrap_or(line));
        Self(lines.filter(|line| !line.starts_with('#')).filter_map(line).collect())
    }

    /// The password of the first line that matches.
    #[must_use]
    pub fn password(&self, endpoint: &Endpoint, database: &str, user: &str) -> Option<&SecretString> {
        let host = match &endpoint.host {
            Host::Tcp { host, .. } => host.as_str(),
            // libpq calls its default directory so.
            Host::Unix(directory) if DEFAULT_DIRECTORIES.iter().any(|known| directory.as_os_str() == *known) => {
                "localhost"
            }
            Host::Unix(directory) => directory.to_str()?,
        };
        let port = endpoint.port.to_string();
        let matching = |line: &&Line| {
            line.host.matches(host)
                && line.port.matches(&port)
                && line.database.matches(database)
                && line.user.matches(user)
        };
        self.0.iter().find(matching).map(|line| &line.password).filter(|password| !password.expose_secret().is_empty())
    }
}

impl fmt::Debug for PassFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PassFile({} lines)", self.0.len())
    }
}

/// PostgreSQL's own, and Debian's.
const DEFAULT_DIRECTORIES: [&str; 2] = ["/tmp", "/var/run/postgresql"];

fn line(line: &str) -> Option<Line> {
    let mut rest = line;
    let mut field = || {
        let (field, behind) = split_field(rest)?;
        rest = behind;
        Some(field)
    };
    let (host, port, database, user) = (field()?, field()?, field()?, field()?);
    Some(Line {
        host: Field::of(host),
        port: Field::of(port),
        database: Field::of(database),
        user: Field::of(user),
        // Whatever follows a colon here is ignored, as libpq does.
        password: SecretString::from(unescape(split_field(rest).map_or(rest, |(password, _)| password))),
    })
}

/// What stands before the first colon that is not escaped, and behind it.
fn split_field(text: &str) -> Option<(&str, &str)> {
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ':' => return Some((&text[..at], &text[at + 1..])),
            _ => {}
        }
    }
    None
}

fn unescape(text: &str) -> String {
    let mut characters = text.chars();
    let mut unescaped = String::with_capacity(text.len());
    while let Some(character) = characters.next() {
        // A backslash at the end stands for itself.
        let taken = if character == '\\' { characters.next().unwrap_or(character) } else { character };
        unescaped.push(taken);
    }
    unescaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_matches_has_the_password() {
        let file = PassFile::parse(
            "# a comment\n\nbroken:line\n\
             db.example:5432:shop:ada:first\n\
             db.example:*:*:ada:second:ignored\r\n\
             *:*:*:ada:third\n\
             localhost:*:*:grace:socket\n\
             /run/pg:*:*:grace:directory\n\
             \\*:*:*:eve:star\n\
             c\\:\\\\d:*:*:*:a\\:b\\\\c\\\n\
             *:*:*:empty:\n",
        );
        for (host, port, database, user, password) in [
            ("db.example", 5432, "shop", "ada", Some("first")),
            ("db.example", 5433, "shop", "ada", Some("second")),
            ("other", 1, "x", "ada", Some("third")),
            ("/tmp", 5432, "x", "grace", Some("socket")),
            ("/run/pg", 5432, "x", "grace", Some("directory")),
            ("db.example", 5432, "shop", "grace", None),
            ("any", 5432, "x", "eve", None),
            ("*", 5432, "x", "eve", Some("star")),
            ("c:\\d", 5432, "x", "y", Some("a:b\\c\\")),
            ("h", 5432, "x", "empty", None),
        ] {
            let endpoint = Endpoint { host: Host::parse(host), port };
            let found = file.password(&endpoint, database, user).map(ExposeSecret::expose_secret);
            assert_eq!(found, password, "{host} {port} {database} {user}");
        }
        assert_eq!(format!("{file:?}"), "PassFile(8 lines)");
    }
}
