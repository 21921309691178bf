//! Where servers keep their files: a folder of the server's own user under the system's temporary directory.

use std::fs::{self, DirBuilder, File};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, bail, ensure};
use nix::unistd::{Uid, User};
use tempfile::TempDir;

/// `sun_path` holds 107 bytes; what we append is `/pgXXXXXX/s/.s.PGSQL.65535`.
const LONGEST_CACHE_PATH: usize = 75;

/// The user that owns and runs a PostgreSQL server, which refuses to run as root.
#[derive(Clone, Copy)]
pub(crate) struct ServerUser {
    uid: u32,
    gid: u32,
    switch: bool,
}

impl ServerUser {
    /// Ourselves, or `nobody` when we are root.
    pub(crate) fn find() -> Result<Self> {
        let uid = Uid::effective();
        if !uid.is_root() {
            let gid = nix::unistd::Gid::effective();
            return Ok(Self { uid: uid.as_raw(), gid: gid.as_raw(), switch: false });
        }
        let nobody = User::from_name("nobody")
            .context("cannot look up the user nobody")?
            .context("PostgreSQL refuses to run as root, and there is no user nobody to run it as")?;
        Ok(Self { uid: nobody.uid.as_raw(), gid: nobody.gid.as_raw(), switch: true })
    }

    /// A command that runs as this user.
    pub(crate) fn command(self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        if self.switch {
            command.uid(self.uid).gid(self.gid);
        }
        command
    }

    pub(crate) fn own(self, path: &Path) -> Result<()> {
        if self.switch {
            chown(path, Some(self.uid), Some(self.gid))
                .with_context(|| format!("cannot hand {} to the server's user", path.display()))?;
        }
        Ok(())
    }

    /// Makes a private directory that belongs to this user; one that exists must be the user's already.
    pub(crate) fn make_directory(self, path: &Path) -> Result<()> {
        match DirBuilder::new().mode(0o700).create(path) {
            Ok(()) => self.own(path),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                let found = fs::symlink_metadata(path)?;
                // Another process of ours may stand between creating it and handing it over.
                let ours = found.uid() == self.uid || found.uid() == Uid::effective().as_raw();
                ensure!(found.is_dir() && ours, "{} belongs to someone else; remove it", path.display());
                Ok(())
            }
            Err(error) => Err(error).with_context(|| format!("cannot create {}", path.display())),
        }
    }
}

/// A folder that outlives the process, private to the user that PostgreSQL servers run as. Clusters to copy are kept
/// here.
pub(crate) fn cache_directory() -> Result<PathBuf> {
    let user = ServerUser::find()?;
    let name = format!("howdah-testkit-{}", user.uid);
    let mut path = std::env::temp_dir().join(&name);
    if path.as_os_str().len() > LONGEST_CACHE_PATH {
        path = Path::new("/tmp").join(&name);
    }
    user.make_directory(&path)?;
    Ok(path)
}

/// Makes `target` by `make`, which is handed another path to fill, unless it is there. Processes wait for each other.
pub(crate) fn once(target: &Path, make: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    if target.exists() {
        return Ok(());
    }
    let lock_path = beside(target, ".lock");
    let lock = File::create(&lock_path).with_context(|| format!("cannot create {}", lock_path.display()))?;
    lock.lock()?;
    if target.exists() {
        return Ok(());
    }
    let partial = beside(target, ".partial");
    if partial.exists() {
        fs::remove_dir_all(&partial)?;
    }
    make(&partial)?;
    fs::rename(&partial, target).with_context(|| format!("cannot move {} into place", partial.display()))
}

/// For so long another version of a cluster is kept that nobody has used: a checkout beside this one may.
const KEPT_UNUSED: Duration = Duration::from_secs(24 * 60 * 60);

/// Where a version of what is called `name` is kept.
pub(crate) fn version_of(name: &str, version: u64) -> Result<PathBuf> {
    Ok(cache_directory()?.join(format!("{name}-{version:016x}")))
}

/// Notes that `used`, a version of what is called `name`, is in use, and removes versions that have been out of it for
/// long.
pub(crate) fn keep_only(used: &Path, name: &str) -> Result<()> {
    File::options().create(true).append(true).open(beside(used, ".lock"))?.set_modified(SystemTime::now())?;
    let Some(directory) = used.parent() else { return Ok(()) };
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let is_version = path.file_name().and_then(|file| file.to_str()).is_some_and(|file| {
            let version = file.strip_prefix(name).and_then(|rest| rest.strip_prefix('-'));
            version.is_some_and(|version| version.len() == 16 && version.bytes().all(|byte| byte.is_ascii_hexdigit()))
        });
        let lock = beside(&path, ".lock");
        let unused = || lock.metadata()?.modified()?.elapsed().map_err(std::io::Error::other);
        if is_version && path != used && unused().is_ok_and(|unused| unused > KEPT_UNUSED) {
            fs::remove_dir_all(&path).with_context(|| format!("cannot remove {}", path.display()))?;
            fs::remove_file(lock)?;
        }
    }
    Ok(())
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// A fresh directory for one server, removed on drop.
pub(crate) fn run_directory(user: ServerUser) -> Result<TempDir> {
    let directory = tempfile::Builder::new().prefix("pg").tempdir_in(cache_directory()?)?;
    user.own(directory.path())?;
    Ok(directory)
}

/// Copies a directory as the server's user, so that the copy belongs to it.
pub(crate) fn copy_directory(user: ServerUser, from: &Path, to: &Path) -> Result<()> {
    let output = user
        .command("cp")
        .args(["-R", "--preserve=mode,timestamps,links", "--reflink=auto"])
        .args([from, to])
        .output()
        .context("cannot run cp")?;
    if !output.status.success() {
        bail!("cannot copy {}: {}", from.display(), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
