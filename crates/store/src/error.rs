//! What can go wrong with the store itself, whatever was asked of it.

use std::path::PathBuf;

use crate::dialect;

/// The store did not do what it was asked, for a reason that the caller cannot mend.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct StoreError(#[from] Cause);

#[derive(Debug, thiserror::Error)]
pub(crate) enum Cause {
    #[error("the store did not carry out a statement")]
    Database(#[source] sqlx::Error),
    #[error("the operating system gave no random bytes")]
    Random(#[source] getrandom::Error),
    #[error("contents could not be encrypted")]
    Seal,
    #[error("the store holds an unknown {column} {value:?}; was it written by a newer version?")]
    UnknownValue { column: &'static str, value: String },
}

impl StoreError {
    /// Whether the same call may well work later: the database cannot be reached, is starting or stopping, is
    /// locked, or is out of connections or disk space. Answer 503 then, else 500.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        match &self.0 {
            Cause::Database(error) => dialect::is_unavailable(error),
            Cause::Random(_) | Cause::Seal | Cause::UnknownValue { .. } => false,
        }
    }
}

impl StoreError {
    /// Whether the store can be read but not written, as on a full disk.
    #[must_use]
    pub fn is_full(&self) -> bool {
        matches!(&self.0, Cause::Database(error) if dialect::is_full(error))
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Self(Cause::Database(error))
    }
}

/// An error with its causes, in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.map(ToString::to_string).fold(error.to_string(), |words, cause| {
        // Some errors say what caused them themselves.
        if words.ends_with(&cause) { words } else { format!("{words}: {cause}") }
    })
}

/// Whether a statement failed since a row with that unique value is there already.
pub(crate) fn is_unique_violation(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}

/// Why a store could not be opened. Nothing was changed in it.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder that the SQLite file belongs in is not there.
    #[error("the folder `{}` does not exist: make it, or name another in store.url", folder.display())]
    NoFolder {
        /// The folder that was looked for.
        folder: PathBuf,
    },
    /// The SQLite file cannot be created or opened by this process.
    #[error("cannot open `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// The SQLite file is another kind of file, or is damaged.
    #[error("`{}` is not an intact SQLite database: keep it as it is and restore a backup", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        source: sqlx::Error,
    },
    /// The SQLite file, or what stands beside it, cannot be written.
    #[error("`{}` cannot be written: is the disk full, or read-only? Make room and start again; nothing in it was changed", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        source: sqlx::Error,
    },
    /// What is asked for is done to a store in a file, and this one is in PostgreSQL.
    #[error("the store is in PostgreSQL, which `pg_dump` copies")]
    NoFile,
    /// The database cannot be reached, or refuses the login.
    #[error("cannot connect to the store")]
    Unavailable(#[source] sqlx::Error),
    /// A newer version of Howdah has changed the store. Run that version, or restore a backup.
    #[error(
        "the store has schema version {found} and this version of Howdah knows only {known}: run the newer version that changed it, or restore a backup from before"
    )]
    Newer {
        /// The version found.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// A migration that was applied is not the one that this program has.
    #[error("migration {version} of the store is not the one that this version of Howdah has")]
    ForeignMigration {
        /// The migration's number.
        version: i64,
    },
    /// A migration failed and was undone.
    #[error("migration {version} ({name}) of the store failed")]
    Migration {
        /// The migration's number.
        version: i64,
        /// The migration's name.
        name: &'static str,
        /// What the database says.
        source: sqlx::Error,
    },
    /// Anything else, such as a missing permission to create tables.
    #[error("cannot prepare the store")]
    Other(#[source] sqlx::Error),
}

impl OpenError {
    /// Whether another process was in the way for longer than SQLite waits.
    pub(crate) fn is_locked(&self) -> bool {
        match self {
            Self::Unavailable(error) | Self::Other(error) | Self::Migration { source: error, .. } => {
                dialect::is_locked(error)
            }
            _ => false,
        }
    }
}
