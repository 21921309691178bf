//! Installs a desktop's keyring for the test of `howdah desktop` with a real one, which does without where it is missing.

use std::path::Path;

use anyhow::Result;

use crate::apt;

const PROGRAMS: [&str; 3] = ["/usr/bin/secret-tool", "/usr/bin/gnome-keyring-daemon", "/usr/bin/dbus-daemon"];

/// Installs it if it is missing and that is possible; says so otherwise.
pub(crate) fn install_if_missing() -> Result<()> {
    if PROGRAMS.iter().all(|program| Path::new(program).exists()) {
        return Ok(());
    }
    let packages = ["gnome-keyring", "libsecret-tools", "dbus"];
    if apt::is_usable()? {
        match apt::install(&packages) {
            Ok(()) => return Ok(()),
            Err(error) => println!("gnome-keyring cannot be installed: {error:#}"),
        }
    }
    println!("no real keyring is tried (Debian: `apt-get install {}` as root)", packages.join(" "));
    Ok(())
}
