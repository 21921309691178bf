//! The server of Howdah, a PostgreSQL web console.
//!
//! [`serve::run`] is the whole of it. It knows HTTP, cookies and who may do what; the crates beside it know PostgreSQL's
//! wire (`howdah_pg`), OpenID Connect (`howdah_oidc`), credentials (`howdah_credentials`) and how Howdah's own data is
//! kept (`howdah_store`), and none of these knows another.

pub mod accounts;
pub mod administration;
pub mod app;
pub mod audit;
pub mod catalogue;
pub mod claims_rule;
pub mod command_line;
pub mod config;
pub mod connect;
pub mod credential;
pub mod desktop;
pub mod draining;
pub mod error;
pub mod export;
pub mod files;
pub mod history;
pub mod http;
pub mod internal;
pub mod live;
pub mod log;
pub mod metrics;
pub mod object_page;
pub mod pgadmin;
pub mod post_connection;
pub mod query_session;
pub mod remedy;
pub mod renewal;
pub mod script;
pub mod secrets;
pub mod serve;
pub mod servers;
pub mod session;
pub mod session_tokens;
pub mod store_command;
pub mod table_data;
pub mod throttle;
pub mod tunnel;
pub mod unlocking;
pub mod urls;
pub mod username;
pub mod wire;
