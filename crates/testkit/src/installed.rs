//! OpenID providers that are products of their own: installed as their makers ship them, into testkit's cache.

use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde::Serialize;
use tempfile::TempDir;
use tokio::time::timeout;

use crate::directories::cache_directory;
use crate::watchdog::Watchdog;
use crate::{Browser, Client, Person, canaille, lemonldap};

const START_TIMEOUT: Duration = Duration::from_secs(60);

/// Whose provider it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Product {
    /// LemonLDAP::NG, a web single sign-on in Perl, from Debian's packages.
    LemonLdap,
    /// Canaille, an identity server in Python upon Authlib, from PyPI. A person's subject is their user name.
    Canaille,
}

/// A running provider of a [`Product`]. It has the clients' registered metadata and, of the people, all but their
/// further claims. Dropping it ends the provider and removes its files; when the process dies without dropping it, a
/// watchdog does the same.
pub struct InstalledProvider {
    issuer: String,
    directory: TempDir,
    child: Child,
    _watchdog: Watchdog,
}

/// What a provider's start script is told, in the file `options.json` of its folder.
#[derive(Serialize)]
struct Options<'a> {
    issuer: &'a str,
    people: &'a [Person],
    clients: &'a [Client],
}

impl InstalledProvider {
    /// Installs the product where that has not been done yet, starts it and waits until it answers.
    ///
    /// # Errors
    /// With the installer's or the provider's words, when it cannot be installed or does not start.
    pub async fn start(product: Product, people: Vec<Person>, clients: Vec<Client>) -> Result<Self> {
        let spawn = move || Self::spawn(product, &people, &clients);
        let provider = tokio::task::spawn_blocking(spawn).await.map_err(|error| anyhow!(error))??;
        // It need not be waited for: the connection waits in the socket, and breaks when the provider dies.
        let answer = timeout(START_TIMEOUT, Browser::new()?.open(&provider.metadata_url())).await;
        let page = answer.unwrap_or_else(|elapsed| Err(elapsed.into()));
        let page = page.with_context(|| format!("{product:?} did not start:\n{}", provider.log()))?;
        ensure!(page.status.is_success(), "{product:?} answers with {}:\n{}", page.status, provider.log());
        Ok(provider)
    }

    /// Its issuer identifier, `http://127.0.0.1:PORT`.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Its discovery document.
    pub fn metadata_url(&self) -> String {
        format!("{}/.well-known/openid-configuration", self.issuer)
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }

    fn spawn(product: Product, people: &[Person], clients: &[Client]) -> Result<Self> {
        let directory = tempfile::Builder::new().prefix("howdah-provider").tempdir()?;
        // The provider is handed the socket: nobody else can take the port before it does.
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let issuer = format!("http://{address}");
        let options = File::create_new(directory.path().join("options.json"))?;
        serde_json::to_writer(options, &Options { issuer: &issuer, people, clients })?;

        let log = File::create_new(directory.path().join("log"))?;
        let child = command(product, address, directory.path())?
            .stdin(OwnedFd::from(listener))
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {product:?}"))?;
        let watchdog = Watchdog::watch(child.id(), Some(directory.path()))?;
        Ok(Self { issuer, directory, child, _watchdog: watchdog })
    }
}

impl Drop for InstalledProvider {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("The OpenID provider's log:\n{}", self.log());
        }
        // With its workers. They have nothing to save.
        if let Ok(group) = i32::try_from(self.child.id()) {
            let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
        }
        let _ = self.child.wait();
    }
}

/// What starts a provider that reads `options.json` in `directory` and serves at the socket on its standard input,
/// whose address is `address`.
fn command(product: Product, address: SocketAddr, directory: &Path) -> Result<Command> {
    match product {
        Product::LemonLdap => lemonldap::command(address, directory),
        Product::Canaille => canaille::command(directory),
    }
}

/// Where something that consists of `parts` is installed; other parts make another place.
pub(crate) fn place(name: &str, parts: &impl Hash) -> Result<PathBuf> {
    let mut hasher = DefaultHasher::new();
    parts.hash(&mut hasher);
    Ok(cache_directory()?.join(format!("{name}-{:016x}", hasher.finish())))
}

/// Runs a step of an installation.
pub(crate) fn run(command: &mut Command, remedy: &str) -> Result<Output> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot run {name}: {remedy}"))?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{name} failed ({remedy}):\n{}", errors.trim());
    Ok(output)
}
