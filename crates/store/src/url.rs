//! Where the store is: `sqlite:FILE` or `postgres://…`.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use secrecy::{ExposeSecret, SecretString};
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;
use url::Url;

/// The address of a store, checked without touching it. Prints without its password.
#[derive(Clone)]
pub struct StoreUrl(pub(crate) Location);

#[derive(Clone)]
pub(crate) enum Location {
    File(PathBuf),
    /// A `postgres://` address, which may hold a password.
    Server(SecretString),
}

/// Why a text is no address of a store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreUrlError {
    /// Another scheme, or none.
    #[error("must begin with `sqlite:` or `postgres://`")]
    Scheme,
    /// `sqlite:` without a file.
    #[error("names no file: write `sqlite:` and a path, such as `sqlite:howdah.db`")]
    NoFile,
    /// `sqlite::memory:` and its like.
    #[error("a store in memory would forget everybody: name a file, such as `sqlite:howdah.db`")]
    InMemory,
    /// `sqlite:FILE?…`.
    #[error("parameters after `?` are not understood for SQLite")]
    Parameters,
    /// The address of a PostgreSQL store cannot be read.
    #[error("is not a valid `postgres://` address: {reason}")]
    Malformed {
        /// What is wrong, without the address itself.
        reason: String,
    },
}

impl StoreUrl {
    /// The database's file, for SQLite.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match &self.0 {
            Location::File(path) => Some(path),
            Location::Server(_) => None,
        }
    }
}

impl FromStr for StoreUrl {
    type Err = StoreUrlError;

    fn from_str(text: &str) -> Result<Self, StoreUrlError> {
        if let Some(rest) = text.strip_prefix("sqlite:") {
            return parse_file(rest).map(Location::File).map(Self);
        }
        if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            return Err(StoreUrlError::Scheme);
        }
        let malformed = |reason: String| StoreUrlError::Malformed { reason };
        let mut url = Url::parse(text).map_err(|error| malformed(error.to_string()))?;
        if url.path().trim_start_matches('/').is_empty() && !url.query_pairs().any(|(key, _)| key == "dbname") {
            return Err(malformed("it names no database".to_owned()));
        }
        // What the driver would refuse, such as an unknown `sslmode`, is told by `howdah check-config` already.
        PgConnectOptions::from_url(&url)
            .map_err(|error| malformed(error.to_string().replace("error with configuration: ", "")))?;
        if !url.query_pairs().any(|(key, _)| key == "application_name") {
            url.query_pairs_mut().append_pair("application_name", "howdah");
        }
        Ok(Self(Location::Server(String::from(url).into())))
    }
}

/// The part after `sqlite:`, with the two slashes that other programs write there.
fn parse_file(rest: &str) -> Result<PathBuf, StoreUrlError> {
    let path = rest.strip_prefix("//").unwrap_or(rest);
    if path.starts_with(":memory:") || path.starts_with("file:") {
        return Err(StoreUrlError::InMemory);
    }
    if path.contains('?') {
        return Err(StoreUrlError::Parameters);
    }
    if path.is_empty() || path.ends_with('/') {
        return Err(StoreUrlError::NoFile);
    }
    Ok(PathBuf::from(path))
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Location::File(path) => write!(formatter, "sqlite:{}", path.display()),
            Location::Server(address) => {
                let url = Url::parse(address.expose_secret()).map_err(|_| fmt::Error)?;
                let host = url.host_str().unwrap_or_default();
                write!(formatter, "postgres://{host}")?;
                if let Some(port) = url.port() {
                    write!(formatter, ":{port}")?;
                }
                formatter.write_str(url.path())
            }
        }
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "StoreUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<&str, StoreUrlError>) {
        let actual = text.parse::<StoreUrl>().map(|url| url.to_string());
        assert_eq!(actual, expected.map(str::to_owned), "{text}");
    }

    #[test]
    fn reads_addresses_and_prints_them_without_secrets() {
        check("sqlite:howdah.db", Ok("sqlite:howdah.db"));
        check("sqlite:///var/lib/howdah.db", Ok("sqlite:/var/lib/howdah.db"));
        check("sqlite:/var/lib/how dah.db", Ok("sqlite:/var/lib/how dah.db"));
        check("sqlite:", Err(StoreUrlError::NoFile));
        check("sqlite:data/", Err(StoreUrlError::NoFile));
        check("sqlite::memory:", Err(StoreUrlError::InMemory));
        check("sqlite:howdah.db?mode=ro", Err(StoreUrlError::Parameters));
        check("postgres://ada:secret@db.example:5433/howdah", Ok("postgres://db.example:5433/howdah"));
        check("postgres://db.example/howdah?password=secret", Ok("postgres://db.example/howdah"));
        check(
            "postgres://ada:secret@db.example/howdah?sslmode=sometimes",
            Err(StoreUrlError::Malformed { reason: "unknown value \"sometimes\" for `ssl_mode`".to_owned() }),
        );
        check("mysql://db.example/howdah", Err(StoreUrlError::Scheme));
        check("howdah.db", Err(StoreUrlError::Scheme));
        check("postgres://db.example", Err(StoreUrlError::Malformed { reason: "it names no database".to_owned() }));
    }
}
