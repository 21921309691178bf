//! The sources a server can be set to.

use crate::credential::SourceKind;
use crate::exec::ExecConfig;

/// Where a server's credential comes from: the checked form of the API's `credential` object.
///
/// Equal configurations share what they obtained; a changed one starts anew.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SourceConfig {
    /// A password that the person types, or saved before.
    Password,
    /// No secret.
    None,
    /// A command prints the secret. Made by [`Commands`](crate::Commands).
    Exec(ExecConfig),
}

impl SourceConfig {
    /// The kind of this source.
    pub fn kind(&self) -> SourceKind {
        match self {
            Self::Password => SourceKind::Password,
            Self::None => SourceKind::None,
            Self::Exec(_) => SourceKind::Exec,
        }
    }
}
