//! Every key of the config: its path, type, default and meaning. The one table from which keys are checked, unknown
//! ones are matched to the nearest known, and `docs/config.md` is written.

mod connections;
mod installation;
mod sign_in;

/// What a key's value may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Any text.
    Text,
    /// `address:port`.
    SocketAddress,
    /// An `http` or `https` URL.
    Url,
    /// A duration such as `30s`, `8h` or `7d`.
    Duration,
    /// `true` or `false`.
    Boolean,
    /// A whole number within bounds.
    Integer {
        /// The smallest allowed.
        min: i64,
        /// The largest allowed.
        max: i64,
    },
    /// A path of a file.
    Path,
    /// A list of texts.
    TextList,
    /// A program with its arguments: a list of texts, or one text that is split as a shell would.
    Command,
    /// A list of CIDRs.
    CidrList,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A list of these words.
    ChoiceList(&'static [&'static str]),
    /// A table from claim names to a value or a list of values.
    ClaimsRule,
    /// Who sees a server.
    Audience,
    /// A table of libpq's keywords.
    Parameters,
}

impl Kind {
    /// The kind in the words of the reference.
    #[must_use]
    pub(super) fn describe(self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::SocketAddress => "address:port".to_owned(),
            Self::Url => "URL".to_owned(),
            Self::Duration => "duration".to_owned(),
            Self::Boolean => "true or false".to_owned(),
            Self::Integer { min, max } => format!("whole number, {min} to {max}"),
            Self::Path => "path".to_owned(),
            Self::TextList => "list of texts".to_owned(),
            Self::Command => "list of texts, or one text that is split as a shell would".to_owned(),
            Self::CidrList => "list of CIDRs".to_owned(),
            Self::Choice(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" or "),
            Self::ChoiceList(words) => {
                format!("list of {}", words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "))
            }
            Self::ClaimsRule => "table: claim = value or list of values".to_owned(),
            Self::Audience => "`everyone`, or table: claim = value or list of values".to_owned(),
            Self::Parameters => "table: keyword = text".to_owned(),
        }
    }
}

/// One key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    /// Its path; `[]` stands for the position in an array of tables.
    pub(super) path: &'static str,
    /// What its value may be.
    pub(super) kind: Kind,
    /// Its default, as it would be written in TOML; empty: none.
    pub(super) default: &'static str,
    /// Whether it holds a secret: then `<key>_file` may name a file to read it from.
    pub(super) secret: bool,
    /// What it means.
    pub(super) doc: &'static str,
}

const fn key(path: &'static str, kind: Kind, default: &'static str, doc: &'static str) -> Key {
    Key { path, kind, default, secret: false, doc }
}

const fn secret(path: &'static str, kind: Kind, default: &'static str, doc: &'static str) -> Key {
    Key { path, kind, default, secret: true, doc }
}

/// All keys, in the order of the reference.
pub(super) fn all() -> impl Iterator<Item = &'static Key> {
    [installation::KEYS, sign_in::KEYS, connections::KEYS].into_iter().flatten()
}
