//! Installs the npm packages beside this crate, once, however many test processes ask.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context, Result, anyhow, ensure};

/// The content of `package-lock.json` as of the last complete installation. `cargo xtask` reads and writes the same.
const STAMP: &str = "node_modules/.installed-lock.json";

pub(crate) fn directory() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The path of an installed package.
pub(crate) fn package(name: &str) -> Result<PathBuf> {
    static INSTALLED: OnceLock<Result<(), String>> = OnceLock::new();
    INSTALLED
        .get_or_init(|| install().map_err(|error| format!("{error:#}")))
        .clone()
        .map_err(|error| anyhow!(error))?;
    Ok(directory().join("node_modules").join(name))
}

fn install() -> Result<()> {
    let directory = directory();
    let lock_path = directory.join("package-lock.json");
    let lock_file = File::open(&lock_path).with_context(|| format!("cannot open {}", lock_path.display()))?;
    lock_file.lock().context("cannot lock package-lock.json")?;

    let wanted = fs::read(&lock_path)?;
    let stamp = directory.join(STAMP);
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    let output = Command::new("npm")
        .args(["ci", "--ignore-scripts"])
        .current_dir(directory)
        .output()
        .context("cannot run npm; install Node.js 20 or newer with npm")?;
    ensure!(
        output.status.success(),
        "`npm ci` in {} failed with {}:\n{}",
        directory.display(),
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))
}
