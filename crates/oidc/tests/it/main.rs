//! The relying party against a provider that does as it is told, and against a real one.

#![expect(clippy::unwrap_used, reason = "tests")]

mod broken;
mod caching;
mod clients;
mod conformance;
mod logout_tokens;
mod outages;
mod plain;
mod profiles;
mod real;
mod refresh;
mod support;
mod tls;

use howdah_testkit::hostile;
