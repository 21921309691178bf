//! A wire between Howdah and a database that can fall silent: no error, no end, nothing.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use anyhow::Result;
use howdah_testkit::Postgres;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// The wire. What was on its way when it fell silent stays so for ever; what is dialled afterwards gets through again.
pub(crate) struct Wire {
    pub(crate) port: u16,
    silent: Arc<AtomicBool>,
    dialled: Arc<AtomicUsize>,
}

impl Wire {
    pub(crate) async fn to(postgres: &Postgres) -> Result<Self> {
        let target = (postgres.host(), postgres.port());
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let wire = Self { port: listener.local_addr()?.port(), silent: Arc::default(), dialled: Arc::default() };
        let (silent, dialled) = (Arc::clone(&wire.silent), Arc::clone(&wire.dialled));
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                dialled.fetch_add(1, Ordering::Relaxed);
                let silent = Arc::clone(&silent);
                tokio::spawn(async move {
                    if silent.load(Ordering::Relaxed) {
                        // Nobody answers; the caller hangs up.
                        return hold(near).await;
                    }
                    let Ok(far) = TcpStream::connect(target).await else { return };
                    let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
                    tokio::join!(pass(near_in, far_out, &silent), pass(far_in, near_out, &silent));
                });
            }
        });
        Ok(wire)
    }

    pub(crate) fn fall_silent(&self) {
        self.silent.store(true, Ordering::Relaxed);
    }

    pub(crate) fn speak_again(&self) {
        self.silent.store(false, Ordering::Relaxed);
    }

    /// How many connections were asked for.
    pub(crate) fn dialled(&self) -> usize {
        self.dialled.load(Ordering::Relaxed)
    }
}

async fn hold(mut near: TcpStream) {
    drop(near.read(&mut [0]).await);
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, silent: &AtomicBool) {
    let mut buffer = vec![0; 16 << 10];
    loop {
        let count = from.read(&mut buffer).await.unwrap_or(0);
        if silent.load(Ordering::Relaxed) {
            return pending().await;
        }
        if count == 0 || to.write_all(&buffer[..count]).await.is_err() {
            // The other side learns that it is over.
            return drop(to.shutdown().await);
        }
    }
}
