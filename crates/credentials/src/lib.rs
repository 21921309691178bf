//! Where a database credential comes from, and how it is kept good.
//!
//! A [`Broker`] answers one question, asked for every new connection: with which secret does this person log in to
//! this server now? It runs the server's [`SourceConfig`], lets all who wait for the same secret share one run, keeps
//! the answer while it is good, renews it ahead of its end, and drops it when PostgreSQL refuses it. A secret never
//! crosses from one [`Person`] to another.
//!
//! The crate knows nothing of PostgreSQL's wire, of HTTP or of the store.

mod broker;
mod credential;
mod error;
mod exec;
mod identity;
mod passwords;
mod schedule;
mod source;

use std::sync::Arc;
use std::time::SystemTime;

pub use crate::broker::{Broker, Obtained};
pub use crate::credential::{Credential, Fingerprint, Presentation, SourceKind};
pub use crate::error::CredentialError;
pub use crate::exec::{CommandError, Commands, ExecConfig, Expiration};
pub use crate::identity::{Person, ServerKey, Target};
pub use crate::source::SourceConfig;

/// Tells the time. `Arc::new(SystemTime::now)` in the program, a hand-moved one in tests.
///
/// The wall clock rather than a monotonic one: it goes on while a laptop sleeps, as the life of a token does.
pub type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;
