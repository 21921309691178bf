//! Finds a Chromium for the end-to-end tests, or installs one.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::apt;
use crate::program::find;

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/// The path of a Chromium: what `HOWDAH_E2E_CHROMIUM` says, else one on the PATH, else Debian's package.
pub(crate) fn find_or_install() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("HOWDAH_E2E_CHROMIUM") {
        return Ok(path.into());
    }
    if let Some(path) = installed() {
        return Ok(path);
    }
    if !apt::is_usable()? {
        bail!(
            "the end-to-end tests need Chromium: install it (Debian: `apt-get install chromium` as root), \
             or name a Chrome or Chromium in HOWDAH_E2E_CHROMIUM"
        );
    }
    apt::install(&["chromium", "fonts-dejavu-core", "fonts-liberation"])?;
    match installed() {
        Some(path) => Ok(path),
        None => bail!("apt-get installed Chromium, yet none is on the PATH"),
    }
}

fn installed() -> Option<PathBuf> {
    NAMES.iter().find_map(|name| find(name))
}
