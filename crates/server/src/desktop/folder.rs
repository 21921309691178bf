//! The person's own folder.

use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use nix::unistd::Uid;

/// The folder that everything is kept in, made if it is new. Nobody else can look into it.
///
/// # Errors
///
/// When there is no home, or the folder is another user's.
pub(super) fn data_folder() -> anyhow::Result<PathBuf> {
    let folder = place()?;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let found = std::fs::symlink_metadata(&folder)?;
    if !found.is_dir() || found.uid() != Uid::effective().as_raw() {
        bail!("{} is not a folder of yours: move it away, or set XDG_DATA_HOME", folder.display());
    }
    if found.permissions().mode() & 0o077 != 0 {
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700))
            .with_context(|| format!("other users can look into {}", folder.display()))?;
    }
    Ok(folder)
}

/// Where the folder is, whether it is there or not.
///
/// # Errors
///
/// When there is no home.
pub(super) fn place() -> anyhow::Result<PathBuf> {
    Ok(base()?.join("howdah"))
}

/// XDG Base Directory Specification; on macOS where programs keep their data.
fn base() -> anyhow::Result<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    if let Some(base) = absolute("XDG_DATA_HOME") {
        return Ok(base);
    }
    let home = absolute("HOME").context("there is no home folder: set HOME or XDG_DATA_HOME")?;
    Ok(if cfg!(target_os = "macos") { home.join("Library/Application Support") } else { home.join(".local/share") })
}

/// Writes a file that nobody else can read, in the place of an older one.
pub(super) fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}
