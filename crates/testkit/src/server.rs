//! The process of one PostgreSQL server: started, watched, stopped. Everything here blocks.

use std::fs::{self, File, OpenOptions};
use std::net::TcpListener;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::directories::{copy_directory, run_directory};
use crate::programs::Programs;
use crate::watchdog::Watchdog;

const START_TIMEOUT: Duration = Duration::from_secs(60);
const STOP_TIMEOUT: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(5);
/// How often another program may take the port between our choosing it and the server's binding it.
const PORT_ATTEMPTS: u32 = 10;

/// Dropping it stops the server and removes its files.
pub(crate) struct Server {
    programs: Programs,
    directory: TempDir,
    data: PathBuf,
    /// The cluster is for others to start from: stop cleanly, so that they need no recovery.
    keep_data: bool,
    port: u16,
    settings: Vec<(String, String)>,
    running: Mutex<Option<Running>>,
}

struct Running {
    child: Child,
    _watchdog: Watchdog,
}

impl Server {
    /// Makes the directories and the cluster; nothing runs yet.
    ///
    /// The cluster is a copy of `template` or, without one, as `initdb` makes it. It lies in `data` and stays there, or
    /// goes with the server.
    pub(crate) fn prepare(programs: Programs, template: Option<&Path>, data: Option<PathBuf>) -> Result<Self> {
        let directory = run_directory(programs.user)?;
        programs.user.make_directory(&directory.path().join("s"))?;
        let keep_data = data.is_some();
        let data = data.unwrap_or_else(|| directory.path().join("data"));
        match template {
            Some(template) => copy_directory(programs.user, template, &data)?,
            None => copy_directory(programs.user, &programs.template()?, &data)?,
        }
        let (settings, running) = (Vec::new(), Mutex::new(None));
        Ok(Self { programs, directory, data, keep_data, port: 0, settings, running })
    }

    /// Writes a file that only the server's user can read, and answers its path.
    pub(crate) fn write_file(&self, name: &str, content: impl AsRef<[u8]>) -> Result<String> {
        let path = self.directory.path().join(name);
        fs::write(&path, content)?;
        // PostgreSQL refuses a key that others can read.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        self.programs.user.own(&path)?;
        Ok(path.to_str().context("the temporary directory's path is no UTF-8")?.to_owned())
    }

    /// Makes it a standby that follows nobody: it only reads, and waits for a log that never comes.
    pub(crate) fn make_standby(&self) -> Result<()> {
        let path = self.data.join("standby.signal");
        File::create(&path)?;
        self.programs.user.own(&path)
    }

    pub(crate) fn socket_directory(&self) -> PathBuf {
        self.directory.path().join("s")
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn pid(&self) -> Result<u32> {
        Ok(self.lock().as_ref().context("the server does not run")?.child.id())
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    pub(crate) fn start_on_free_port(&mut self, settings: Vec<(String, String)>) -> Result<()> {
        self.settings = settings;
        for _ in 0..PORT_ATTEMPTS {
            self.port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
            match self.start() {
                Err(_) if self.log().contains("Address already in use") => {
                    fs::remove_file(self.log_path())?;
                }
                result => return result,
            }
        }
        bail!("no free port found in {PORT_ATTEMPTS} attempts")
    }

    pub(crate) fn start(&self) -> Result<()> {
        let mut running = self.lock();
        if running.is_some() {
            bail!("the server runs already");
        }
        let log = OpenOptions::new().create(true).append(true).mode(0o600).open(self.log_path())?;
        let mut child = self.spawn(log)?;
        let watchdog = Watchdog::watch(child.id(), Some(self.directory.path()))?;
        if let Err(error) = self.wait_until_ready(&mut child) {
            let _ = child.kill();
            let _ = child.wait();
            return Err(error.context(format!("PostgreSQL did not start; its log says:\n{}", self.log())));
        }
        *running = Some(Running { child, _watchdog: watchdog });
        Ok(())
    }

    fn spawn(&self, log: File) -> Result<Child> {
        self.programs
            .user
            .command(self.programs.path("postgres"))
            .arg("-D")
            .arg(&self.data)
            .args(["-p", &self.port.to_string()])
            .args(self.settings.iter().flat_map(|(name, value)| ["-c".to_owned(), format!("{name}={value}")]))
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            // Ctrl-C in a terminal is for us; the server is then stopped in order.
            .process_group(0)
            .spawn()
            .context("cannot start postgres")
    }

    /// Waits for the word `ready` or `standby` in the pid file, as `pg_ctl --wait` does.
    fn wait_until_ready(&self, child: &mut Child) -> Result<()> {
        let pid_file = self.data.join("postmaster.pid");
        let pid = child.id().to_string();
        let deadline = Instant::now() + START_TIMEOUT;
        while Instant::now() < deadline {
            if let Some(status) = child.try_wait()? {
                bail!("it ended with {status}");
            }
            let content = fs::read_to_string(&pid_file).unwrap_or_default();
            let lines = content.lines().collect::<Vec<_>>();
            if lines.first() == Some(&pid.as_str())
                && lines.get(7).is_some_and(|line| matches!(line.trim(), "ready" | "standby"))
            {
                return Ok(());
            }
            std::thread::sleep(POLL);
        }
        bail!("it was not ready within {START_TIMEOUT:?}")
    }

    pub(crate) fn kill(&self) -> Result<()> {
        let mut running = self.lock().take().context("the server does not run")?;
        let backends = children(running.child.id())?;
        running.child.kill()?;
        for &backend in &backends {
            // One that is gone already is as good as killed.
            let _ = kill(backend, Signal::SIGKILL);
        }
        running.child.wait()?;
        // They still hold the shared memory that a new server refuses to start beside.
        wait_for("the server's processes to end", || Ok(backends.iter().all(|&pid| is_gone(pid))))
    }

    pub(crate) fn stop(&self, signal: Signal) -> Result<()> {
        let mut running = self.lock().take().context("the server does not run")?;
        kill(pid_of(&running.child)?, signal)?;
        let stopped = wait_for("PostgreSQL to stop", || Ok(running.child.try_wait()?.is_some()));
        if stopped.is_err() {
            running.child.kill()?;
            running.child.wait()?;
        }
        stopped
    }

    fn log_path(&self) -> PathBuf {
        self.directory.path().join("log")
    }

    fn lock(&self) -> MutexGuard<'_, Option<Running>> {
        // The value is whole at any time, also when a test panicked with the lock held.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("PostgreSQL's log:\n{}", self.log());
        }
        let signal = if self.keep_data { Signal::SIGINT } else { Signal::SIGQUIT };
        // It may have been stopped before.
        let _ = self.stop(signal);
    }
}

fn wait_for(what: &str, mut done: impl FnMut() -> Result<bool>) -> Result<()> {
    let deadline = Instant::now() + STOP_TIMEOUT;
    while !done()? {
        if Instant::now() > deadline {
            bail!("waited {STOP_TIMEOUT:?} in vain for {what}");
        }
        std::thread::sleep(POLL);
    }
    Ok(())
}

fn pid_of(child: &Child) -> Result<Pid> {
    Ok(Pid::from_raw(i32::try_from(child.id())?))
}

/// The direct children of a process, from `/proc/PID/stat`: name in parentheses, state, parent.
fn children(parent: u32) -> Result<Vec<Pid>> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let entry = entry?;
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else {
            continue;
        };
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let parent_field = stat.rsplit_once(") ").and_then(|(_, rest)| rest.split(' ').nth(1));
        if parent_field.and_then(|field| field.parse().ok()) == Some(parent) {
            found.push(Pid::from_raw(pid));
        }
    }
    Ok(found)
}

fn is_gone(pid: Pid) -> bool {
    // A zombie whose new parent has not reaped it holds nothing any more.
    fs::read_to_string(format!("/proc/{pid}/stat")).map_or(true, |stat| stat.contains(") Z "))
}
