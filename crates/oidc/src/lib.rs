//! The OAuth 2.0 and OpenID Connect relying party: sends a person to their provider, and tells who came back.
//!
//! A [`RelyingParty`] is one provider as the operator configured it. [`RelyingParty::begin`] gives the address to send
//! the browser to and what to remember; [`RelyingParty::finish`] takes what the provider answered, fetches and checks
//! tokens and claims, and gives a [`SignIn`] or a [`SignInError`] with the console's stable code. Configuration is
//! checked apart from all network by [`check_providers`]: a relying party cannot be made from one that is wrong.
//!
//! The crate knows nothing of cookies, of the HTTP server or of the store. Every rule names the section of the
//! specification it comes from.

mod authorization;
mod check;
mod claims;
mod config;
mod discovery;
mod error;
mod grants;
mod http;
mod id_token;
mod jwt;
mod keys;
mod logout;
mod logout_token;
mod refresh;
mod relying_party;
mod settings;
mod token;
mod userinfo;

use std::sync::Arc;
use std::time::SystemTime;

pub use crate::authorization::{AuthorizationRequest, AuthorizationResponse, PendingSignIn};
pub use crate::check::{Problem, check_providers};
pub use crate::claims::SignIn;
pub use crate::config::{ProviderConfig, ResponseMode};
pub use crate::error::{IssuerPlace, SignInError, Step};
pub use crate::grants::{Grant, GrantError};
pub use crate::http::HttpClientError;
pub use crate::logout_token::{LogoutToken, LogoutTokenError};
pub use crate::refresh::{RefreshError, Refreshed};
pub use crate::relying_party::{LastSeen, RelyingParty};
pub use crate::settings::ProviderSettings;
pub use crate::token::Tokens;

/// Tells the time. `Arc::new(SystemTime::now)` in the program, a hand-moved one in tests.
pub type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;
