//! The relying party against providers of other makers, through the pages that people see there.
//!
//! `cargo xtask test --all` runs this; it installs the providers. Where one of them departs from the specifications,
//! its file says so and asserts what follows for us.

#![expect(clippy::unwrap_used, reason = "tests")]

mod canaille;
mod console;
mod lemonldap;
