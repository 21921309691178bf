//! LemonLDAP::NG from Debian's packages: unpacked into the cache beside what the system has, so that neither root nor
//! a change of the system is needed.

use std::env::join_paths;
use std::ffi::OsString;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::directories::once;
use crate::installed::{place, run};
use crate::npm;

const REMEDY: &str = "LemonLDAP::NG comes from Debian's packages, so that only Debian 12 and its relatives can run it";

/// The portal, what serves it, what keeps people's accounts, and what its OpenID part needs and does not name.
const PACKAGES: [&str; 7] = [
    "liblemonldap-ng-portal-perl",
    "starman",
    "libdbd-sqlite3-perl",
    "libio-string-perl",
    "libstring-random-perl",
    "libcrypt-openssl-rsa-perl",
    "libwww-perl",
];

/// Two, so that one answers while the other waits for somebody who asks back.
const WORKERS: &str = "2";

pub(crate) fn command(address: SocketAddr, directory: &Path) -> Result<Command> {
    let root = place("lemonldap-ng", &PACKAGES)?;
    once(&root, install)?;
    let mut command = Command::new("perl");
    command
        .arg(root.join("usr/bin/starman"))
        .args(["--preload-app", "--workers", WORKERS])
        .arg(npm::directory().join("provider/lemonldap/portal.psgi"))
        .env(
            "PERL5LIB",
            search_path(&root, &["usr/share/perl5", "usr/lib/*/perl5/*", "usr/share/perl/*", "usr/lib/*/perl/*"])?,
        )
        .env("LD_LIBRARY_PATH", search_path(&root, &["usr/lib/*", "lib/*"])?)
        // The protocol of start_server: the socket that listens there is our standard input.
        .env("SERVER_STARTER_PORT", format!("{address}=0"))
        .env("HOWDAH_LEMONLDAP", root)
        .env("HOWDAH_PROVIDER", directory);
    Ok(command)
}

fn install(root: &Path) -> Result<()> {
    let apt = root.join("apt");
    for part in ["lists/partial", "cache/archives/partial"] {
        fs::create_dir_all(apt.join(part))?;
    }
    let apt_get = || {
        let mut command = Command::new("apt-get");
        command
            .args(["--assume-yes", "--no-install-recommends", "--download-only"])
            .arg(format!("--option=Dir::State::lists={}", apt.join("lists").display()))
            .arg(format!("--option=Dir::Cache={}", apt.join("cache").display()))
            // Nothing of the system's is written, and the folder is for its owner only.
            .args(["--option=Debug::NoLocking=true", "--option=APT::Sandbox::User=root"]);
        command
    };
    run(apt_get().arg("update"), REMEDY)?;
    // Those that the system has are unpacked too: we must know where their files are.
    run(apt_get().args(["install", "--reinstall"]).args(PACKAGES), REMEDY)?;
    for package in fs::read_dir(apt.join("cache/archives"))? {
        let package = package?.path();
        if package.extension().is_some_and(|extension| extension == "deb") {
            run(Command::new("dpkg-deb").arg("--extract").arg(&package).arg(root), REMEDY)?;
        }
    }
    fs::remove_dir_all(&apt).context("cannot remove what was downloaded")
}

/// The folders in `root` that match, with `*` for one step; their names hold Perl's version and the machine's kind.
fn search_path(root: &Path, patterns: &[&str]) -> Result<OsString> {
    let mut found = Vec::new();
    for pattern in patterns {
        let mut matches = vec![root.to_owned()];
        for step in pattern.split('/') {
            matches = matches.iter().flat_map(|folder| steps(folder, step)).collect();
        }
        found.append(&mut matches);
    }
    Ok(join_paths(found)?)
}

fn steps(folder: &Path, step: &str) -> Vec<PathBuf> {
    let inside = match step {
        "*" => fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect(),
        name => vec![folder.join(name)],
    };
    inside.into_iter().filter(|path| path.is_dir()).collect()
}
