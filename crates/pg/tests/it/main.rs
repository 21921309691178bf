//! Sessions with real PostgreSQL servers, the oldest and the newest that are supported.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod cancelling;
mod catalogue;
mod ddl;
mod hosts;
mod keywords;
mod kinds;
mod login;
mod memory;
mod oauth;
mod pages;
mod psql;
mod psql_commands;
mod psql_output;
mod read_only;
mod server_gone;
#[cfg(feature = "ssh")]
mod ssh;
mod statements;
mod streaming;
mod support;
mod table;
mod tls;
