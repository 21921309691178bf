//! What a statement would do, told from its text before it runs: whether it writes, whether it should be asked about, and
//! how it stands to transactions.
//!
//! It is a help, not a guard: a function that is called may do whatever its owner may. What must not be written is kept
//! from it by PostgreSQL (`default_transaction_read_only`, [`Session::forbid_writes`](crate::Session::forbid_writes)).

mod block;
mod code;
mod mode;
mod names;
mod walk;

pub use block::Block;
pub use mode::Mode;

use walk::Walk;

use crate::split::{self, Strings};

/// What a statement would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nature {
    /// Whether it changes data or definitions.
    pub writes: bool,
    /// What it should be asked about before.
    pub danger: Option<Danger>,
    /// How it stands to transaction blocks.
    pub block: Block,
    /// How it stands to what holds in the open one.
    pub mode: Mode,
    /// What executes it or shows its plan.
    pub kind: Kind,
}

/// Which protocol and which preparations a statement takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It is planned, so that it takes parameters and EXPLAIN takes it.
    Planned,
    /// An EXPLAIN.
    Explain,
    /// Anything else: a utility statement, whose values must stand in its text.
    Utility,
}

/// What may destroy more than was meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Danger {
    /// What it does.
    pub kind: DangerKind,
    /// The names of what it does it to, as they are written; empty where the text does not tell.
    pub objects: Vec<String>,
}

/// Kinds of [`Danger`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DangerKind {
    /// An UPDATE without WHERE.
    UpdateAll,
    /// A DELETE without WHERE.
    DeleteAll,
    /// TRUNCATE.
    Truncate,
    /// DROP of whatever object.
    Drop,
    /// ALTER TABLE … DROP COLUMN, and an attribute of a type.
    DropColumn,
}

/// Looks at a single statement, as a session with these `strings` reads it.
#[must_use]
pub fn nature(statement: &str, strings: Strings) -> Nature {
    let mut found = Walk::through(statement, strings);
    if let Some(code) = split::code_of_do(statement, strings) {
        found.danger = code::danger(&statement[code]);
    }
    found
}

#[cfg(test)]
mod tests;
