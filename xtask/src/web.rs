//! The web UI's packages and build.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result};

use crate::program::Program;
use crate::report::Report;
use crate::root;

/// The content of `package-lock.json` as of the last complete installation; howdah-testkit reads and writes the same.
const STAMP: &str = "node_modules/.installed-lock.json";

pub(crate) fn npm<const N: usize>(arguments: [&str; N]) -> Program {
    Program::new("npm").args(arguments).directory(&directory())
}

/// Installs the web UI's packages when the lock file has changed.
pub(crate) fn install(report: &mut Report) -> Result<()> {
    install_in(report, "web", &directory())
}

/// Installs testkit's packages, PostgreSQL among them, when the lock file has changed.
pub(crate) fn install_testkit(report: &mut Report) -> Result<()> {
    install_in(report, "testkit", &root().join("crates/testkit"))
}

/// Builds the UI into `web/dist` when something in `web/` is newer.
pub(crate) fn build_when_changed(report: &mut Report) -> Result<()> {
    install(report)?;
    let built = modified(&directory().join("dist/index.html"));
    if built.is_some_and(|built| newest_input(&directory()).is_ok_and(|newest| newest <= built)) {
        return Ok(());
    }
    report.step("build the web UI", || npm(["run", "build"]).run())
}

fn directory() -> PathBuf {
    root().join("web")
}

fn install_in(report: &mut Report, name: &str, directory: &Path) -> Result<()> {
    let lock = directory.join("package-lock.json");
    let wanted = fs::read(&lock).with_context(|| format!("cannot read {}", lock.display()))?;
    let stamp = directory.join(STAMP);
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    report.step(&format!("install npm packages for {name}"), || {
        // No package of ours needs its installation script.
        Program::new("npm").args(["ci", "--ignore-scripts", "--no-fund", "--no-audit"]).directory(directory).run()?;
        fs::write(&stamp, &wanted).with_context(|| format!("cannot write {}", stamp.display()))
    })
}

fn newest_input(directory: &Path) -> Result<SystemTime> {
    let mut newest = SystemTime::UNIX_EPOCH;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name();
        if ["node_modules", "dist", "e2e"].iter().any(|&output| name == output) {
            continue;
        }
        let changed =
            if entry.file_type()?.is_dir() { newest_input(&entry.path())? } else { entry.metadata()?.modified()? };
        newest = newest.max(changed);
    }
    Ok(newest)
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).ok()?.modified().ok()
}
