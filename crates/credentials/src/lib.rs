//! Where a database credential comes from, and how it is kept good.
//!
//! A [`Broker`] answers one question, asked for every new connection: with which secret does this person log in to
//! this server now? It runs the server's [`SourceConfig`], lets all who wait for the same secret share one run, keeps
//! the answer while it is good, renews it ahead of its end, and drops it when PostgreSQL refuses it. A secret never
//! crosses from one [`Person`] to another, unless it is the service's own.
//!
//! The crate knows nothing of PostgreSQL's wire, of cookies or of the store. What a person's sign-in can give, it asks
//! of [`SignInTokens`].

mod aws;
mod base;
mod broker;
mod cache;
mod credential;
mod entra;
mod error;
mod exec;
mod file;
mod gcp;
mod http;
mod identity;
mod jwt;
mod moment;
mod oauth;
mod passwords;
mod redirects;
mod request;
mod schedule;
mod settings;
mod sign_in;
mod signed_in_user;
mod source;
mod standing;
mod vault;

use std::sync::Arc;
use std::time::SystemTime;

pub use crate::aws::{AwsRdsConfig, AwsRdsSettings};
pub use crate::broker::{Broker, Hold, Obtained, Setup};
pub use crate::credential::{Credential, Fingerprint, Presentation, SourceKind};
pub use crate::entra::{EntraConfig, EntraFlow, EntraSettings};
pub use crate::error::{CredentialError, Prompt};
pub use crate::exec::{CommandError, Commands, Ended, ExecConfig, Expiration, KeyCommand, Program};
pub use crate::gcp::{GcpConfig, GcpSettings};
pub use crate::identity::{Person, ServerKey, Target};
pub use crate::oauth::{OAuthConfig, OAuthFlow, OAuthSettings};
pub use crate::redirects::{RedirectAnswer, Refusal};
pub use crate::request::{Fetch, Timer, Witness};
pub use crate::settings::{Identity, Present, SettingError};
pub use crate::sign_in::{IssuedToken, SignInTokenError, SignInTokens, TokenRequest};
pub use crate::signed_in_user::{Exchange, SignedInUserConfig, SignedInUserSettings};
pub use crate::source::SourceConfig;
pub use crate::standing::{Standing, Trouble};
pub use crate::vault::{VaultAuth, VaultConfig, VaultSettings};

/// Tells the time. `Arc::new(SystemTime::now)` in the program, a hand-moved one in tests.
///
/// The wall clock rather than a monotonic one: it goes on while a laptop sleeps, as the life of a token does.
pub type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;
