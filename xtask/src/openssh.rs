//! Installs OpenSSH's server for the tests of tunnels, which do without where it is missing.

use std::path::Path;

use anyhow::Result;

use crate::apt;

const SERVER: &str = "/usr/sbin/sshd";

/// Installs it if it is missing and that is possible; says so otherwise.
pub(crate) fn install_if_missing() -> Result<()> {
    if Path::new(SERVER).exists() {
        return Ok(());
    }
    if apt::is_usable()? {
        match apt::install(&["openssh-server", "openssh-client"]) {
            Ok(()) => return Ok(()),
            Err(error) => println!("openssh-server cannot be installed: {error:#}"),
        }
    }
    println!("{SERVER} is missing, so SSH tunnels are not tried (Debian: `apt-get install openssh-server` as root)");
    Ok(())
}
