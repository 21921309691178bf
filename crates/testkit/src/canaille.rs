//! Canaille from PyPI, in a virtual environment of its own in the cache.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::directories::once;
use crate::installed::{place, run};
use crate::npm;

const REMEDY: &str = "Canaille needs Python 3.10 or newer with pip and venv (Debian: the package python3-venv)";

pub(crate) fn command(directory: &Path) -> Result<Command> {
    let scripts = npm::directory().join("provider/canaille");
    let requirements = scripts.join("requirements.txt");
    let environment = place("canaille", &fs::read(&requirements)?)?;
    once(&environment, |partial| install(partial, &requirements))?;
    let mut command = Command::new(environment.join("bin/python"));
    command.arg(scripts.join("serve.py")).arg(directory);
    Ok(command)
}

/// Only its `python` is used: the other programs know where it was when they were installed.
fn install(environment: &Path, requirements: &Path) -> Result<()> {
    run(Command::new("python3").args(["-m", "venv"]).arg(environment), REMEDY)?;
    let mut pip = Command::new(environment.join("bin/python"));
    pip.args(["-m", "pip", "install", "--disable-pip-version-check", "--quiet", "--requirement"]).arg(requirements);
    run(&mut pip, REMEDY).map(drop)
}
