//! Runs one program with bounded time and output, and leaves nothing of it behind.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use secrecy::zeroize::Zeroizing;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep_until, timeout};

use crate::error::CredentialError;

/// More than any token, less than what hurts.
const MOST_OUTPUT: usize = 128 * 1024;
/// The end of standard error that is kept: the last lines say what went wrong.
const KEPT_STDERR: usize = 4 * 1024;
/// How long a program that has exited may leave its output open to a child of its own.
const GRACE: Duration = Duration::from_millis(250);

/// What a program left when it ended.
pub(crate) struct Finished {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: Zeroizing<Vec<u8>>,
    pub(crate) stderr: Option<String>,
}

/// As [`run_with`], of a program that is told nothing.
pub(crate) async fn run(
    program: &OsString,
    arguments: &[OsString],
    environment: BTreeMap<OsString, OsString>,
    time_limit: Duration,
) -> Result<Finished, CredentialError> {
    run_with(program, arguments, environment, None, time_limit).await
}

/// Runs the program in a process group of its own, with `input` (which must fit into a pipe) as its standard input. The
/// group is killed on timeout, on too much output, when it keeps the output open after the program's end, and when this
/// future is dropped.
pub(super) async fn run_with(
    program: &OsString,
    arguments: &[OsString],
    environment: BTreeMap<OsString, OsString>,
    input: Option<&[u8]>,
    time_limit: Duration,
) -> Result<Finished, CredentialError> {
    let mut child = Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(environment)
        .stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| CredentialError::failed(format!("the command cannot be started: {error}")))?;
    let group = Group::of(&child);

    let mut stderr = Tail::default();
    let work = async {
        if let (Some(mut pipe), Some(input)) = (child.stdin.take(), input) {
            // A program that does not read has its reasons, and says them by its end.
            drop(pipe.write_all(input).await);
        }
        collect(&mut child, &mut stderr).await
    };
    let collected = match timeout(time_limit, work).await {
        Ok(collected) => collected,
        Err(_) => Err(CredentialError::Timeout { what: "the command".to_owned(), after: time_limit, for_owner: None }),
    };
    let stderr = stderr.text();
    match collected {
        Ok(Collected { status, stdout, closed }) => {
            if closed {
                group.release();
            }
            Ok(Finished { status, stdout, stderr })
        }
        Err(error) => Err(error.with_owner_text(stderr)),
    }
}

struct Collected {
    status: ExitStatus,
    stdout: Zeroizing<Vec<u8>>,
    /// Nobody holds the program's outputs any more.
    closed: bool,
}

async fn collect(child: &mut Child, stderr_tail: &mut Tail) -> Result<Collected, CredentialError> {
    let unreadable = |error| CredentialError::failed(format!("the command's output cannot be read: {error}"));
    let mut stdout_pipe = child.stdout.take();
    let mut stderr_pipe = child.stderr.take();
    // Allocated once: growing would leave copies of the secret in freed memory.
    let mut stdout = Zeroizing::new(Vec::with_capacity(MOST_OUTPUT));
    let mut stdout_chunk = Zeroizing::new([0; 4096]);
    let mut stderr_chunk = [0; 4096];
    let mut ended: Option<(ExitStatus, Instant)> = None;

    loop {
        if let Some((status, _)) = ended
            && stdout_pipe.is_none()
            && stderr_pipe.is_none()
        {
            return Ok(Collected { status, stdout, closed: true });
        }
        tokio::select! {
            count = read_some(&mut stdout_pipe, &mut stdout_chunk[..]) => {
                let count = count.map_err(unreadable)?;
                if stdout.len() + count > MOST_OUTPUT {
                    let reason = format!("the command printed more than {} KiB and was stopped", MOST_OUTPUT / 1024);
                    return Err(CredentialError::failed(reason));
                }
                stdout.extend_from_slice(&stdout_chunk[..count]);
            }
            count = read_some(&mut stderr_pipe, &mut stderr_chunk) => {
                stderr_tail.push(&stderr_chunk[..count.map_err(unreadable)?]);
            }
            status = child.wait(), if ended.is_none() => {
                ended = Some((status.map_err(unreadable)?, Instant::now() + GRACE));
            }
            status = grace_over(ended), if ended.is_some() => {
                return Ok(Collected { status, stdout, closed: false });
            }
        }
    }
}

/// Reads once; closes the pipe at its end. Never ready for a closed pipe.
async fn read_some(pipe: &mut Option<impl AsyncRead + Unpin>, chunk: &mut [u8]) -> std::io::Result<usize> {
    let Some(open) = pipe else {
        return std::future::pending().await;
    };
    let count = open.read(chunk).await?;
    if count == 0 {
        *pipe = None;
    }
    Ok(count)
}

async fn grace_over(ended: Option<(ExitStatus, Instant)>) -> ExitStatus {
    let Some((status, deadline)) = ended else {
        return std::future::pending().await;
    };
    sleep_until(deadline).await;
    status
}

/// A child's process group, killed on drop.
///
/// Racy in one case: when the child has exited and only a process that left the group still holds its output, the
/// group's number may in theory belong to somebody else by now.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw))
    }

    /// The group has ended by itself.
    fn release(mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(id) = self.0 {
            // ESRCH: all its processes are gone, which is what we want.
            let _ = killpg(id, Signal::SIGKILL);
        }
    }
}

/// The last bytes of a stream.
#[derive(Default)]
struct Tail(Vec<u8>);

impl Tail {
    fn push(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
        let surplus = self.0.len().saturating_sub(KEPT_STDERR);
        self.0.drain(..surplus);
    }

    fn text(&self) -> Option<String> {
        let text = String::from_utf8_lossy(&self.0).trim().to_owned();
        (!text.is_empty()).then_some(text)
    }
}
