//! How statements stand to what holds in the open transaction: read only or not, and its isolation.

/// How a statement stands to what holds in the open transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// As far as its text tells, all stays as it is.
    Keeps,
    /// It sets something. Behind a savepoint PostgreSQL refuses that, or takes it back when the savepoint is released.
    Sets,
    /// Something else may hold behind it: a transaction begins or ends, a savepoint takes back what was set behind it, or
    /// what it runs does not stand in its text.
    MayChange,
}

/// The settings that hold in one transaction. They stand in `SET LOCAL` and in `set_config`.
pub(super) const NAMES: [&str; 3] = ["transaction_read_only", "transaction_isolation", "transaction_deferrable"];

/// What the first words say, in lower case; `names` tells whether one of [`NAMES`] stands somewhere.
pub(super) fn of(words: &[String], names: bool) -> Mode {
    let word = |place: usize| words.get(place).map_or("", String::as_str);
    match word(0) {
        "set" if names || word(1) == "transaction" => Mode::Sets,
        // BEGIN within a transaction is a warning, but what stands behind it holds.
        "begin" | "start" | "commit" | "end" | "rollback" | "abort" | "release" | "do" | "call" | "execute" => {
            Mode::MayChange
        }
        _ if names => Mode::MayChange,
        _ => Mode::Keeps,
    }
}
