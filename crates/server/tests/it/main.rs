//! Howdah from outside: the real binary over HTTP and WebSocket, with a real provider and real PostgreSQL servers.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod access;
mod administration;
mod audit;
mod authorization;
mod balancer;
mod command_line;
mod connection_parameters;
mod cookies;
mod credentials;
mod database_tokens;
mod ddl;
mod desktop;
mod docs;
mod explorer;
mod exports;
mod failures;
mod fuzzed;
mod generated;
mod identity_cases;
mod internal;
mod keyring;
mod metrics;
mod own_sessions;
mod pgadmin;
mod post_connection;
mod properties;
mod reattach;
mod renewal;
mod replicas;
mod saved_passwords;
mod scripted;
mod secrets;
mod servers;
mod sessions;
mod sharing;
mod sign_in;
mod sign_out;
mod socket;
mod table_data;
mod throttled;
mod tunnels;
mod viewers;
mod workspace;
mod world;
