//! Ends a server when the process that started it is gone, however it went.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};

/// Reads a pipe that only our process holds open. A line means that all is well; its end means that we died.
/// SIGQUIT makes PostgreSQL stop at once and remove its shared memory, which SIGKILL would not. A zombie has no `exe`.
const SCRIPT: &str = r#"
read -r line && exit 0
kill -QUIT "$1" 2>/dev/null
tries=0
while [ -e "/proc/$1/exe" ]; do
  tries=$((tries + 1))
  [ "$tries" -gt 100 ] && kill -KILL "$1" 2>/dev/null
  sleep 0.1
done
[ -z "$2" ] || rm -rf -- "$2"
"#;

/// A small process beside a server. On drop it is told that nothing is left to do.
pub struct Watchdog(Child);

impl Watchdog {
    /// Watches over the server `pid`: it gets SIGQUIT, and SIGKILL after 10 s. `remove` is what the dead leave behind.
    ///
    /// # Errors
    /// When `/bin/sh` cannot be started.
    pub fn watch(pid: u32, remove: Option<&Path>) -> Result<Self> {
        let child = Command::new("/bin/sh")
            .args(["-c", SCRIPT, "howdah-watchdog"])
            .arg(pid.to_string())
            .arg(remove.unwrap_or(Path::new("")))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // A group of its own, so that Ctrl-C in a terminal reaches us but not the watchdog.
            .process_group(0)
            .spawn()
            .context("cannot start the watchdog")?;
        Ok(Self(child))
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        use std::io::Write as _;
        if let Some(mut stdin) = self.0.stdin.take() {
            // It can only have died already, and then there is nothing to tell.
            let _ = stdin.write_all(b"done\n");
        }
        let _ = self.0.wait();
    }
}
