//! Events as JSON, a line each: to standard error, to a file, or to both.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Where lines go.
pub(super) struct Lines {
    stderr: bool,
    file: Option<LogFile>,
}

/// A file that is opened anew when it was moved away, as log rotation does.
struct LogFile {
    path: PathBuf,
    open: Option<File>,
}

impl Lines {
    pub(super) fn new(stderr: bool, file: Option<PathBuf>) -> Self {
        Self { stderr, file: file.map(|path| LogFile { path, open: None }) }
    }

    /// Whether lines go anywhere.
    pub(super) fn are_wanted(&self) -> bool {
        self.stderr || self.file.is_some()
    }

    /// Writes whole lines. Those for standard error are lost with whoever read it: the store has them.
    pub(super) fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        if let Some(file) = &mut self.file {
            file.write(lines)?;
        }
        if self.stderr {
            drop(io::stderr().lock().write_all(lines));
        }
        Ok(())
    }

    /// Opens the file anew at the next write.
    pub(super) fn reopen(&mut self) {
        if let Some(file) = &mut self.file {
            file.open = None;
        }
    }
}

impl LogFile {
    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        if self.open.as_ref().is_some_and(|open| !is_at(open, &self.path)) {
            self.open = None;
        }
        let mut file = match self.open.take() {
            Some(file) => file,
            None => open(&self.path)?,
        };
        let length = file.metadata()?.len();
        if let Err(error) = file.write_all(lines) {
            // Half a line must not stand before the next attempt.
            drop(file.set_len(length));
            return Err(error);
        }
        self.open = Some(file);
        Ok(())
    }
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Whether the open file is still the one at `path`.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(open), Ok(there)) => (open.dev(), open.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> bool {
    path.exists()
}

#[cfg(test)]
mod tests {
    use super::Lines;

    #[test]
    fn a_file_that_was_moved_away_is_begun_anew() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let (path, moved) = (folder.path().join("audit.jsonl"), folder.path().join("audit.jsonl.1"));
        let mut lines = Lines::new(false, Some(path.clone()));
        lines.write(b"one\n")?;
        lines.write(b"two\n")?;
        std::fs::rename(&path, &moved)?;
        lines.write(b"three\n")?;
        assert_eq!(std::fs::read_to_string(&moved)?, "one\ntwo\n");
        assert_eq!(std::fs::read_to_string(&path)?, "three\n");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path)?.permissions().mode() & 0o777, 0o600);
        }
        std::fs::remove_dir_all(folder.path())?;
        assert!(lines.write(b"four\n").is_err());
        Ok(())
    }
}
