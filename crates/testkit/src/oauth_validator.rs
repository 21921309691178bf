//! The module by which PostgreSQL judges access tokens: `howdah-oauth-validator`, which cargo builds beside us.

use std::path::Path;

use anyhow::{Context, Result, bail};

const FILE: &str = "libhowdah_oauth_validator.so";

/// The module's bytes.
pub(crate) fn module() -> Result<Vec<u8>> {
    let program = std::env::current_exe()?;
    let directory = program.parent().unwrap_or(Path::new("."));
    // A test lies among what it depends on, other programs beside that.
    for path in [directory.join(FILE), directory.join("deps").join(FILE)] {
        if path.exists() {
            return std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()));
        }
    }
    bail!("{FILE} is not where cargo puts it, beside {}", program.display())
}
