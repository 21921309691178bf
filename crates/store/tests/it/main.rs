//! The store's public API, on SQLite and on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "tests")]

mod accounts;
mod administration;
mod audit;
mod check;
mod durability;
mod identities;
mod migrations;
mod opening;
mod origin;
mod own_settings;
mod passwords;
mod pending;
mod refused;
mod renewal;
mod saved_secrets;
mod secrecy;
mod servers;
mod sessions;
mod support;
mod workspace;
