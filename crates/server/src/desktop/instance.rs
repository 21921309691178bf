//! One process at a time on a data folder, and how a second one gets a link to the first.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, ensure};
use nix::unistd::Uid;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::time::timeout;
use url::Url;

use super::new_link;
use crate::app::App;

/// A process that has just begun may not answer yet.
const PATIENCE: Duration = Duration::from_secs(20);
const LONGEST_LINK: u64 = 1024;

/// Says that this is the process of a data folder, until it is dropped.
pub(super) struct Instance {
    /// Held open: the lock goes with it.
    _lock: File,
    socket: PathBuf,
}

impl Drop for Instance {
    fn drop(&mut self) {
        // Whoever comes next makes it anew anyway.
        drop(std::fs::remove_file(&self.socket));
    }
}

/// Becomes the process of the folder, unless another one is.
pub(super) fn claim(folder: &Path) -> anyhow::Result<Option<Instance>> {
    let path = folder.join("desktop.lock");
    let lock = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .with_context(|| format!("cannot open {}", path.display()))?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(Instance { _lock: lock, socket: folder.join(SOCKET) })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("cannot lock {}", path.display())),
    }
}

const SOCKET: &str = "desktop.sock";

/// Gives a link to each process of the same user that asks.
pub(super) async fn give_links(instance: Instance, app: App) {
    // Nobody else holds the lock, so nobody listens at what is left of an earlier process.
    drop(std::fs::remove_file(&instance.socket));
    let listener = match UnixListener::bind(&instance.socket) {
        Ok(listener) => listener,
        Err(error) => {
            tracing::warn!("a second `howdah desktop` will get no link: {}: {error}", instance.socket.display());
            return app.draining().begun().await;
        }
    };
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = app.draining().begun() => return,
        };
        let Ok((mut stream, _)) = accepted else { continue };
        let is_own = stream.peer_cred().is_ok_and(|peer| peer.uid() == Uid::effective().as_raw());
        if let Some(link) = new_link(&app).filter(|_| is_own) {
            // Who went away needs no link.
            drop(timeout(PATIENCE, stream.write_all(link.as_str().as_bytes())).await);
        }
    }
}

/// A link to the process that runs already.
pub(super) async fn ask_for_link(folder: &Path) -> anyhow::Result<Url> {
    let socket = folder.join(SOCKET);
    let ask = async {
        let stream = loop {
            match UnixStream::connect(&socket).await {
                Ok(stream) => break stream,
                // It is about to listen.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        };
        let mut link = String::new();
        stream.take(LONGEST_LINK).read_to_string(&mut link).await?;
        anyhow::Ok(link)
    };
    let link = timeout(PATIENCE, ask).await.context("Howdah runs already, and does not answer: stop it first")??;
    ensure!(!link.is_empty(), "Howdah runs already, and gave no link: stop it first");
    Url::parse(&link).context("Howdah runs already, and gave a strange link")
}
