//! The demo: a real PostgreSQL with sample data, a real OpenID provider and a Howdah between them. The benchmark starts
//! the same parts.
//!
//! Howdah is used from outside only: the real binary, over HTTP and WebSocket.

#![expect(clippy::print_stdout, reason = "tells a person at a terminal what it does")]

pub mod check;
pub mod client;
pub mod console;
pub mod database;
pub mod figures;
pub mod progress;
pub mod psql;
pub mod stage;
