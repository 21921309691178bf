//! OpenSSH's server, where it is installed.

use std::{
    fs,
    os::fd::OwnedFd,
    os::unix::fs::{PermissionsExt, chown},
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Result, ensure};
use tempfile::TempDir;
use tokio::{
    net::TcpListener,
    process::{Child, Command},
    task::JoinHandle,
};

/// What opens the key `locked` of an [`SshServer`].
pub const SSH_PASSPHRASE: &str = "opens the key";
/// The user that root becomes to run OpenSSH's server, so that it may do no more than a person.
const NOBODY: u32 = 65534;

/// OpenSSH's server, one process for each connection, as inetd would start it. Its folder holds the keys `plain`, `locked`,
/// `rsa` and `certified`, which it knows, `stranger`, which it does not, and its own `host_ed25519` and `host_rsa`; `log` is
/// what it wrote.
pub struct SshServer {
    directory: TempDir,
    user: String,
    port: u16,
    connections: JoinHandle<Result<()>>,
}

impl Drop for SshServer {
    fn drop(&mut self) {
        self.connections.abort();
    }
}

impl SshServer {
    /// Starts it; none where it is not installed.
    ///
    /// # Errors
    /// When its keys cannot be made.
    pub async fn start() -> Result<Option<Self>> {
        let program = Path::new("/usr/sbin/sshd");
        if !program.exists() {
            eprintln!("{} is not there: OpenSSH is not tried", program.display());
            return Ok(None);
        }
        let root = run(Command::new("id").arg("-u")).await? == "0";
        let user = if root { "nobody".to_owned() } else { run(Command::new("id").arg("-un")).await? };
        let directory = tempfile::tempdir()?;
        let path = directory.path().to_owned();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
        for (name, kind, passphrase) in [
            ("host_ed25519", "ed25519", ""),
            ("host_rsa", "rsa", ""),
            ("plain", "ed25519", ""),
            ("locked", "ed25519", SSH_PASSPHRASE),
            ("rsa", "rsa", ""),
            ("stranger", "ed25519", ""),
            ("authority", "ed25519", ""),
            ("certified", "ed25519", ""),
        ] {
            run(Command::new("ssh-keygen").args(["-q", "-t", kind, "-N", passphrase, "-f"]).arg(path.join(name)))
                .await?;
        }
        // Puts `certified-cert.pub` beside the key; `ssh-add` takes both.
        let mut sign = Command::new("ssh-keygen");
        sign.args(["-q", "-I", "howdah-test", "-n", &user, "-s"]).arg(path.join("authority"));
        run(sign.arg(path.join("certified.pub"))).await?;
        let known: Result<Vec<_>, _> =
            ["plain.pub", "locked.pub", "rsa.pub"].iter().map(|name| fs::read_to_string(path.join(name))).collect();
        fs::write(path.join("authorized_keys"), known?.concat())?;
        if root {
            for name in ["host_ed25519", "host_rsa"] {
                chown(path.join(name), Some(NOBODY), Some(NOBODY))?;
            }
        }
        let shown = path.display();
        fs::write(
            path.join("sshd_config"),
            format!(
                "HostKey {shown}/host_ed25519\nHostKey {shown}/host_rsa\nAuthorizedKeysFile {shown}/authorized_keys\n\
                 TrustedUserCAKeys {shown}/authority.pub\n\
                 StrictModes no\nUsePAM yes\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n\
                 AllowTcpForwarding local\nAllowStreamLocalForwarding local\nPidFile none\nPrintMotd no\n"
            ),
        )?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let log = fs::File::create(path.join("log"))?;
        let connections = tokio::spawn(async move {
            let mut processes: Vec<Child> = Vec::new();
            loop {
                let (stream, _) = listener.accept().await?;
                let stream = stream.into_std()?;
                stream.set_nonblocking(false)?;
                let socket = OwnedFd::from(stream);
                let mut command = Command::new(program);
                command.args(["-i", "-e", "-f"]).arg(path.join("sshd_config")).kill_on_drop(true);
                command.stdin(Stdio::from(socket.try_clone()?)).stdout(Stdio::from(socket));
                command.stderr(Stdio::from(log.try_clone()?));
                if root {
                    command.uid(NOBODY).gid(NOBODY);
                }
                processes.push(command.spawn()?);
            }
        });
        Ok(Some(Self { directory, user, port, connections }))
    }

    /// A file of its folder.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Whom to log in as.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// Where it listens, on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }
}

/// Runs a program and answers what it prints.
async fn run(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().await?;
    ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
