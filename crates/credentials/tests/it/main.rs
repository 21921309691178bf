//! The broker with real commands: scripts run by `/bin/sh`.

#![expect(clippy::unwrap_used, reason = "tests")]

mod commands;
mod lifetime;
mod process;
mod sharing;
mod support;
