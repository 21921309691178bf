//! The Howdah process.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use howdah_testkit::{Browser, Watchdog};
use tokio::process::{Child, Command};

/// Of the times in `/proc`, on every Linux that one meets.
const TICKS_A_SECOND: u32 = 100;
const START_LIMIT: Duration = Duration::from_secs(30);

/// A running `howdah serve`.
pub struct Console {
    child: Child,
    /// Ends it if we die without a word.
    _watchdog: Option<Watchdog>,
    origin: String,
    /// How long it took from the start of the process to its first answer.
    pub started_in: Duration,
}

impl Console {
    /// Starts the binary that was built beside this one and waits until it is ready.
    ///
    /// # Errors
    ///
    /// When it does not start; what it logged is in `log`.
    pub async fn start(config: &Path, origin: &str, log: &Path) -> Result<Self> {
        let lines = std::fs::File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        let started = Instant::now();
        let child = Command::new(binary()?)
            .args(["serve", "--config"])
            .arg(config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(lines)
            .kill_on_drop(true)
            .spawn()
            .context("cannot start howdah")?;
        let watchdog = child.id().map(|pid| Watchdog::watch(pid, None)).transpose()?;
        let mut console = Self { child, _watchdog: watchdog, origin: origin.to_owned(), started_in: Duration::ZERO };
        let ready = format!("{origin}/readyz");
        let browser = Browser::new()?;
        loop {
            if browser.open(&ready).await.is_ok_and(|page| page.status.is_success()) {
                console.started_in = started.elapsed();
                return Ok(console);
            }
            if let Some(status) = console.child.try_wait()? {
                bail!("howdah ended with {status}:\n{}", std::fs::read_to_string(log).unwrap_or_default());
            }
            ensure!(started.elapsed() < START_LIMIT, "howdah is not ready after {} s", START_LIMIT.as_secs());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Where it is.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Its process.
    ///
    /// # Errors
    ///
    /// When it has ended.
    pub fn pid(&self) -> Result<u32> {
        self.child.id().context("howdah has ended")
    }

    /// Its resident memory in KiB.
    ///
    /// # Errors
    ///
    /// When it has ended.
    pub fn memory_kib(&self) -> Result<u64> {
        let pid = self.pid()?;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        Ok(line.trim().trim_end_matches(" kB").trim().parse()?)
    }

    /// How much time processors have spent on it, without the programs that it has run.
    ///
    /// # Errors
    ///
    /// When it has ended.
    pub fn processor_time(&self) -> Result<Duration> {
        let pid = self.pid()?;
        let text = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
        // The name of the program stands in parentheses and may hold spaces; utime and stime are fields 14 and 15.
        let (_, fields) = text.rsplit_once(')').context("no name in stat")?;
        let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<u32>).sum::<Result<u32, _>>()?;
        Ok(Duration::from_secs(1) * ticks / TICKS_A_SECOND)
    }

    /// Waits until it ends by itself.
    ///
    /// # Errors
    ///
    /// When it cannot be waited for.
    pub async fn wait(&mut self) -> Result<ExitStatus> {
        Ok(self.child.wait().await?)
    }

    /// Stops it as an operator would, and by force after a while.
    ///
    /// # Errors
    ///
    /// When it cannot be ended.
    pub async fn stop(mut self) -> Result<()> {
        if let Some(pid) = self.child.id() {
            Command::new("kill").arg("-TERM").arg(pid.to_string()).status().await?;
        }
        if tokio::time::timeout(Duration::from_secs(20), self.child.wait()).await.is_err() {
            self.child.kill().await?;
        }
        Ok(())
    }
}

/// `howdah` in the folder that this program lies in.
fn binary() -> Result<PathBuf> {
    let here = std::env::current_exe()?;
    let path = here.with_file_name("howdah");
    ensure!(path.exists(), "{} is not there: run `cargo build -p howdah` first", path.display());
    Ok(path)
}

/// A port that is free at this moment.
///
/// # Errors
///
/// When there is none.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
