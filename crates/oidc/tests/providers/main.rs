//! The relying party against providers of other makers, through the pages that people see there.
//!
//! `cargo xtask test --all` runs this; it installs the providers. `common` is what both do; where one of them departs
//! from the specifications, its own file says so and asserts what follows for us. Neither of them sends logout tokens.

#![expect(clippy::unwrap_used, reason = "tests")]

mod canaille;
mod common;
mod console;
mod lemonldap;
