//! The store's public API, on SQLite and on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "tests")]

mod accounts;
mod durability;
mod migrations;
mod opening;
mod passwords;
mod pending;
mod secrecy;
mod servers;
mod sessions;
mod support;
