//! Runs other programs, and says what is missing when one is not there.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Error, Result, anyhow, bail};

use crate::root;

/// A command line, run in the repository's root unless told otherwise.
pub(crate) struct Program {
    name: &'static str,
    command: Command,
}

pub(crate) fn cargo<const N: usize>(arguments: [&str; N]) -> Program {
    Program::new("cargo").args(arguments)
}

impl Program {
    pub(crate) fn new(name: &'static str) -> Self {
        // The very cargo that runs us, which need not be the first on the path.
        let path = std::env::var_os("CARGO").filter(|_| name == "cargo").unwrap_or_else(|| name.into());
        let mut command = Command::new(path);
        command.current_dir(root());
        // What `cargo run` told us of ourselves. Build scripts look at some of it (ring's does), and would run again
        // whenever cargo is called by hand in between.
        for (variable, _) in std::env::vars_os() {
            let text = variable.to_string_lossy();
            if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
                command.env_remove(&variable);
            }
        }
        Self { name, command }
    }

    pub(crate) fn args<I: IntoIterator<Item: AsRef<OsStr>>>(mut self, arguments: I) -> Self {
        self.command.args(arguments);
        self
    }

    pub(crate) fn directory(mut self, path: &Path) -> Self {
        self.command.current_dir(path);
        self
    }

    pub(crate) fn variable(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs it, its output going where ours goes.
    pub(crate) fn run(mut self) -> Result<()> {
        let status = self.command.stdin(Stdio::null()).status().map_err(|error| self.not_started(error))?;
        if !status.success() {
            bail!("`{}` ended with {status}", self.line());
        }
        Ok(())
    }

    /// As [`Self::run`], with each line of standard output also handed to `see`.
    #[expect(clippy::print_stdout, reason = "passes output through")]
    pub(crate) fn run_watched(mut self, mut see: impl FnMut(&str)) -> Result<()> {
        let spawned = self.command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        let mut child = spawned.map_err(|error| self.not_started(error))?;
        let mut output = BufReader::new(child.stdout.take().context("no pipe")?);
        let mut line = Vec::new();
        while output.read_until(b'\n', &mut line)? > 0 {
            let text = String::from_utf8_lossy(&line);
            print!("{text}");
            see(&text);
            line.clear();
        }
        let status = child.wait()?;
        if !status.success() {
            bail!("`{}` ended with {status}", self.line());
        }
        Ok(())
    }

    /// Puts the program in our place; it only returns when that fails.
    pub(crate) fn become_it(mut self) -> Error {
        let error = self.command.exec();
        self.not_started(error)
    }

    fn line(&self) -> String {
        let arguments = self.command.get_args().map(|argument| argument.to_string_lossy());
        std::iter::once(self.name.into()).chain(arguments).collect::<Vec<_>>().join(" ")
    }

    fn not_started(&self, error: std::io::Error) -> Error {
        if error.kind() != std::io::ErrorKind::NotFound {
            return anyhow!(error).context(format!("cannot run `{}`", self.line()));
        }
        let remedy = match self.name {
            "npm" | "node" => "install Node.js 20.19 or newer with npm",
            "apt-get" => "only Debian and its relatives have it",
            _ => "install it, or put it on the PATH",
        };
        anyhow!("{} is not installed: {remedy}", self.name)
    }
}

/// Where a program is on the PATH.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|directory| directory.join(name)).find(|candidate| candidate.is_file())
}
