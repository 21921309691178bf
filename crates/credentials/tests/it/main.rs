//! The broker with real commands, a real OpenID provider, and doubles of clouds that speak their protocols.

#![expect(clippy::unwrap_used, reason = "tests")]

mod aws;
mod cloud;
mod cloud_secrecy;
mod commands;
mod entra;
mod entra_people;
mod fast_motion;
mod gcp;
mod key_command;
mod lifetime;
mod oauth;
mod process;
mod secrecy;
mod sharing;
mod signed_in_user;
mod support;
mod vault;
