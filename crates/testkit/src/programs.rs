//! PostgreSQL's programs as npm brings them, made runnable for the user that runs servers.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::directories::{ServerUser, cache_directory, once};
use crate::{SUPERUSER, SUPERUSER_PASSWORD, npm};

/// A major version of PostgreSQL that Howdah serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Major {
    /// PostgreSQL 15
    V15,
    /// PostgreSQL 16
    V16,
    /// PostgreSQL 17
    V17,
    /// PostgreSQL 18
    V18,
}

impl Major {
    /// The oldest and the newest.
    pub const ALL: [Self; 2] = [Self::V15, Self::V18];
    /// Every version, oldest first, for what differs between all of them.
    pub const EVERY: [Self; 4] = [Self::V15, Self::V16, Self::V17, Self::V18];

    /// Its number, such as 18.
    #[must_use]
    pub fn number(self) -> u32 {
        match self {
            Self::V15 => 15,
            Self::V16 => 16,
            Self::V17 => 17,
            Self::V18 => 18,
        }
    }

    fn package(self) -> &'static str {
        match self {
            Self::V15 => "postgres-15",
            Self::V16 => "postgres-16",
            Self::V17 => "postgres-17",
            Self::V18 => "postgres-18",
        }
    }
}

/// Where there are a `pg_dump` and its kin that are new enough for a server: where the program is that `HOWDAH_PG_DUMP`
/// names, or where the machine has its own. `None` where there are none.
///
/// # Errors
/// When one that is there does not say its version.
pub fn client_programs(major: Major) -> Result<Option<PathBuf>> {
    let mut programs: Vec<PathBuf> = std::env::var_os("HOWDAH_PG_DUMP").map(PathBuf::from).into_iter().collect();
    for number in major.number()..=Major::V18.number() {
        programs.push(format!("/usr/lib/postgresql/{number}/bin/pg_dump").into());
    }
    // Wherever the path leads.
    programs.push("pg_dump".into());
    for program in programs {
        let Ok(output) = Command::new(&program).arg("--version").output() else { continue };
        let version = String::from_utf8(output.stdout)?;
        let number = version.split_whitespace().nth(2).and_then(|version| version.split('.').next()?.parse().ok());
        if number.is_some_and(|number: u32| number >= major.number()) {
            return Ok(program.parent().map(Path::to_owned));
        }
    }
    Ok(None)
}

/// An installed PostgreSQL that [`ServerUser`] can run.
pub(crate) struct Programs {
    pub(crate) user: ServerUser,
    root: PathBuf,
    /// Names the exact release, for what is cached by it.
    key: String,
}

impl Programs {
    pub(crate) fn install(major: Major) -> Result<Self> {
        let package = npm::package(major.package())?;
        let user = ServerUser::find()?;
        let key = format!("{}-{}", major.package(), package_version(&package)?);
        let mut root = package.join("native");
        make_links(&package)?;
        if !runs(user, &root) {
            // The checkout is not reachable for the user that PostgreSQL must run as.
            let copy = cache_directory()?.join(format!("{key}-programs"));
            once(&copy, |partial| copy_as_ourselves(&root, partial))?;
            ensure!(runs(user, &copy), "{} does not run as the server's user", copy.join("bin/postgres").display());
            root = copy;
        }
        Ok(Self { user, root, key })
    }

    pub(crate) fn path(&self, program: &str) -> PathBuf {
        self.root.join("bin").join(program)
    }

    /// A data directory fresh from `initdb`, to be copied. `initdb` takes seconds, the copy a tenth of one.
    pub(crate) fn template(&self) -> Result<PathBuf> {
        let template = cache_directory()?.join(format!("{}-template-1", self.key));
        once(&template, |partial| self.initdb(partial))?;
        Ok(template)
    }

    fn initdb(&self, data: &Path) -> Result<()> {
        let password_file = tempfile::NamedTempFile::new_in(cache_directory()?)?;
        fs::write(password_file.path(), SUPERUSER_PASSWORD)?;
        self.user.own(password_file.path())?;
        let output = self
            .user
            .command(self.path("initdb"))
            .args(["--encoding=UTF8", "--locale=C.UTF-8", "--auth=trust", "--no-sync", "--no-instructions"])
            .arg(format!("--username={SUPERUSER}"))
            .arg("--pwfile")
            .arg(password_file.path())
            .arg("--pgdata")
            .arg(data)
            .output()
            .context("cannot run initdb")?;
        ensure!(output.status.success(), "initdb failed:\n{}", String::from_utf8_lossy(&output.stderr));
        Ok(())
    }
}

fn runs(user: ServerUser, root: &Path) -> bool {
    user.command(root.join("bin/postgres"))
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn copy_as_ourselves(from: &Path, to: &Path) -> Result<()> {
    let status = Command::new("cp").arg("-a").args([from, to]).status().context("cannot run cp")?;
    ensure!(status.success(), "cannot copy {} to {}", from.display(), to.display());
    Ok(())
}

fn package_version(package: &Path) -> Result<String> {
    #[derive(Deserialize)]
    struct Package {
        version: String,
    }
    let path = package.join("package.json");
    let text = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(serde_json::from_slice::<Package>(&text)?.version)
}

/// npm packages hold no symbolic links, so this one lists those its libraries need.
fn make_links(package: &Path) -> Result<()> {
    #[derive(Deserialize)]
    struct Link {
        source: PathBuf,
        target: PathBuf,
    }
    let text = fs::read(package.join("native/pg-symlinks.json"))?;
    for link in serde_json::from_slice::<Vec<Link>>(&text)? {
        let target = package.join(&link.target);
        let name = link.source.file_name().context("a symlink source without a name")?;
        match symlink(name, &target) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => {
                return Err(error).with_context(|| format!("cannot link {}", target.display()));
            }
        }
    }
    Ok(())
}
