//! psql, the floor of the benchmark.

use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::database::ROLES;

const DONE: &str = "howdah-bench-done";

/// A psql that takes statements one after another.
pub struct Psql {
    _child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Psql {
    /// Whether there is one.
    ///
    /// # Errors
    ///
    /// When there is none on the path.
    pub async fn version() -> Result<String> {
        let output =
            Command::new("psql").arg("--version").output().await.context(
                "the benchmark needs psql: install PostgreSQL's client programs (Debian: postgresql-client)",
            )?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// Starts one and waits until it is connected.
    ///
    /// # Errors
    ///
    /// When it does not connect.
    pub async fn start(port: u16, database: &str) -> Result<Self> {
        let mut child = command(port, database)
            .args(["-AtqX", "-v", "ON_ERROR_STOP=1"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("psql")?;
        let input = child.stdin.take().context("stdin")?;
        let output = BufReader::new(child.stdout.take().context("stdout")?).lines();
        let mut psql = Self { _child: child, input, output };
        psql.time("select 1;").await?;
        Ok(psql)
    }

    /// How long `sql` takes, its rows printed.
    ///
    /// # Errors
    ///
    /// When psql ends.
    pub async fn time(&mut self, sql: &str) -> Result<Duration> {
        let started = Instant::now();
        self.input.write_all(format!("{sql}\n\\echo {DONE}\n").as_bytes()).await?;
        loop {
            let line = self.output.next_line().await?.context("psql ended")?;
            if line == DONE {
                return Ok(started.elapsed());
            }
        }
    }

    /// Runs psql once with `arguments`.
    ///
    /// # Errors
    ///
    /// When it fails.
    pub async fn once(port: u16, database: &str, arguments: &[&str]) -> Result<()> {
        let status = command(port, database)
            .arg("-qX")
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status()
            .await?;
        ensure!(status.success(), "psql {arguments:?} ended with {status}");
        Ok(())
    }
}

fn command(port: u16, database: &str) -> Command {
    let (role, password) = ROLES[0];
    let mut command = Command::new("psql");
    command
        .env("PGHOST", "127.0.0.1")
        .env("PGPORT", port.to_string())
        .env("PGUSER", role)
        .env("PGDATABASE", database)
        .env("PGPASSWORD", password)
        .env("PGSSLMODE", "disable");
    command
}
