//! Installs packages where Debian's `apt-get` may.

use anyhow::Result;

use crate::program::{Program, find};

/// Whether it is there, and we are root.
pub(crate) fn is_usable() -> Result<bool> {
    use std::os::unix::fs::MetadataExt;
    Ok(find("apt-get").is_some() && std::fs::metadata("/proc/self")?.uid() == 0)
}

/// Installs packages, with nothing that they only recommend.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    Program::new("apt-get").args(["update"]).run()?;
    Program::new("apt-get")
        .args(["install", "-y", "--no-install-recommends"])
        .args(packages)
        .variable("DEBIAN_FRONTEND", "noninteractive")
        .run()
}
