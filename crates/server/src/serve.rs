//! Starts the server, and stops it so that nobody's work is cut off without need.

use std::fs::{File, TryLockError};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use axum_server::accept::NoDelayAcceptor;
use axum_server::tls_rustls::RustlsConfig;
use axum_server::{Handle as ServerHandle, Server};
use howdah_store::{Clock, Store};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::app::App;
use crate::audit;
use crate::config::{Config, ServerConfig};
use crate::error::chain;
use crate::history;
use crate::http;
use crate::log;
use crate::renewal;
use crate::secrets::keyring::{self, Keyring};
use crate::secrets::keys::{self, OperatorKeys};
use crate::session;
use crate::urls::Urls;

/// How often it is looked for database secrets that are about to end.
const RENEW_EVERY: Duration = Duration::from_secs(3);
/// A connection that has brought no request for so long is closed.
const FIRST_REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// Between two requests, and for the head of one. Longer than proxies keep a connection that nobody uses: a proxy must not
/// send a request on one that is being closed.
const IDLE_TIMEOUT: Duration = Duration::from_secs(75);
/// A statement that is cancelled has ended by then, or does not heed it.
const CANCELLED_WITHIN: Duration = Duration::from_secs(2);
/// Requests that are neither statements nor downloads are done long before.
const LAST_REQUESTS: Duration = Duration::from_secs(5);

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
///
/// When the store cannot be opened, the address is taken, or a certificate cannot be read.
pub async fn run(config: Config) -> anyhow::Result<()> {
    let listener = TcpListener::bind(config.server.listen).with_context(|| {
        format!(
            "cannot listen on {}: set server.listen to an address of this machine that nothing else listens on",
            config.server.listen
        )
    })?;
    run_on(config, listener, async |_| Ok(())).await
}

/// As [`run`], on a listener that is there already. `begun` is called when requests are about to be served.
///
/// # Errors
///
/// As for [`run`], and what `begun` answers.
pub async fn run_on(
    config: Config,
    listener: TcpListener,
    begun: impl AsyncFnOnce(&App) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    log::start(&config.log)?;
    listener.set_nonblocking(true).context("cannot listen")?;
    let address = listener.local_addr().context("cannot listen")?;
    let urls = Urls::new(public_url(&config.server, address)?);
    let _served_alone = serve_alone(&config)?;
    // A keyring may take its time.
    let (store, keys) = tokio::join!(Store::open(&config.store_url, Clock::system()), operator_keys(&config));
    let (store, keys) = (store.context("cannot open the store (store.url)")?, keys?);
    let tls = match &config.server.tls {
        Some(files) => Some(
            RustlsConfig::from_pem_file(&files.certificate, &files.key)
                .await
                .context("cannot read the certificate (server.tls_cert, server.tls_key)")?,
        ),
        None => None,
    };

    let session_threads = SessionThreads::start()?;
    let app = App::with_parts(config, store, urls, keys, session_threads.handle())?;
    keys::settle(&app).await.context("secrets at rest")?;
    let metrics = match app.config().metrics.listen {
        Some(address) => {
            let listening = http::metrics::listen(&app, address).await;
            Some(listening.with_context(|| format!("cannot listen on {address} (metrics.listen)"))?)
        }
        None => None,
    };
    begun(&app).await?;
    let service = http::router(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let handle = ServerHandle::new();
    let last_words = CancellationToken::new();
    let auditor = tokio::spawn(audit::keep(app.clone(), last_words.clone()));
    let historian = tokio::spawn(history::keep(app.clone(), last_words.clone()));
    let janitor = tokio::spawn(session::tidy_up(app.clone()));
    let renewer = tokio::spawn(renewal::keep_renewed(app.clone()));
    let credentials = tokio::spawn(renew_credentials(app.clone()));
    let stopper = tokio::spawn(stop_on_signal(app.clone(), handle.clone()));
    tracing::info!(address = %address, url = %app.urls().origin(), "listening on {address}, open {}", app.urls().origin());
    // A small message must not wait for the acknowledgement of the one before it (Nagle's algorithm).
    match tls {
        Some(tls) => {
            let server = axum_server::from_tcp_rustls(listener, tls)?;
            let server = server.map(|acceptor| acceptor.acceptor(NoDelayAcceptor::new()));
            leaving_the_silent(server).handle(handle).serve(service).await
        }
        None => {
            let server = axum_server::from_tcp(listener)?.acceptor(NoDelayAcceptor::new());
            leaving_the_silent(server).handle(handle).serve(service).await
        }
    }
    .context("the server failed")?;
    janitor.abort();
    renewer.abort();
    credentials.abort();
    if let Some(metrics) = metrics {
        metrics.abort();
    }
    stopper.await.context("the stop was interrupted")?;
    if app.has_replicas()
        && let Err(error) = app.store().forget_replica(app.replica()).await
    {
        tracing::warn!("other replicas could not be told that this one ends: {}", chain(&error));
    }
    app.broker().shut_down().await;
    // Behind everything that may still be written down.
    last_words.cancel();
    historian.await.context("the history was interrupted")??;
    auditor.await.context("the audit trail was interrupted")??;
    Ok(())
}

/// Limits for how long a connection may be held without a word: whoever holds many would keep others out.
fn leaving_the_silent<A>(server: Server<SocketAddr, A>) -> Server<SocketAddr, A> {
    let mut server = server.first_request_timeout(FIRST_REQUEST_TIMEOUT);
    server.http_builder().http1().header_read_timeout(IDLE_TIMEOUT);
    server.http_builder().http2().keep_alive_interval(IDLE_TIMEOUT).keep_alive_timeout(FIRST_REQUEST_TIMEOUT);
    server
}

/// How much query sessions step back (nice) where pages want a processor too: a page answers in moments, a large result
/// takes all that there is for as long as it lasts.
#[cfg(target_os = "linux")]
const SESSIONS_STEP_BACK: i32 = 10;

/// The threads of query sessions. They stop with this value, whatever still runs there.
struct SessionThreads(Option<Runtime>);

impl SessionThreads {
    fn start() -> anyhow::Result<Self> {
        let runtime =
            Builder::new_multi_thread().enable_all().thread_name("sessions").on_thread_start(step_back).build();
        Ok(Self(Some(runtime.context("the threads of query sessions cannot be started")?)))
    }

    fn handle(&self) -> Handle {
        self.0.as_ref().expect("taken only when dropped").handle().clone()
    }
}

/// Lowers the priority of the calling thread. Only Linux has one for each thread; elsewhere all stay alike.
fn step_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, SESSIONS_STEP_BACK) {
        tracing::warn!("large results may delay pages: the priority of their threads stays as it is ({error})");
    }
}

impl Drop for SessionThreads {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            // Waiting for threads is not for a task to do.
            runtime.shutdown_background();
        }
    }
}

/// A store in a file is served by one process, which alone knows the sign-ins that are being renewed and the connections
/// that end with a session. Commands such as `howdah user` may use the file at the same time.
fn serve_alone(config: &Config) -> anyhow::Result<Option<File>> {
    let Some(database) = config.store_url.file() else { return Ok(None) };
    let mut path = database.as_os_str().to_owned();
    path.push("-serve");
    let path = PathBuf::from(path);
    let mut options = File::options();
    options.write(true).create(true).truncate(false).mode(0o600);
    // Why nothing can be written there is told by whoever opens the store.
    let Ok(file) = options.open(&path) else { return Ok(None) };
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => anyhow::bail!(
            "another Howdah serves `{}` already. Stop it first; several at a time need a store on PostgreSQL (store.url)",
            database.display()
        ),
        // Some network file systems know no locks.
        Err(TryLockError::Error(error)) => {
            tracing::warn!("it cannot be seen whether another Howdah serves `{}`: {error}", database.display());
            Ok(None)
        }
    }
}

/// The operator's keys; on one person's own machine they are in the keyring, where there is one.
///
/// # Errors
///
/// When a key can be neither read nor made.
pub(crate) async fn operator_keys(config: &Config) -> anyhow::Result<OperatorKeys> {
    match config.store_url.file() {
        Some(database) if config.desktop && config.secrets.key.is_none() => {
            let (keys, _) = keyring::desktop_keys(&Keyring::of_desktop(), database).await?;
            Ok(keys)
        }
        _ => OperatorKeys::load(config),
    }
}

fn public_url(config: &ServerConfig, address: SocketAddr) -> anyhow::Result<Url> {
    if let Some(url) = &config.public_url {
        return Ok(url.clone());
    }
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    Url::parse(&format!("{scheme}://{address}")).context("set server.public_url")
}

/// Renews the secrets of open connections ahead of their end.
async fn renew_credentials(app: App) {
    let mut ticks = tokio::time::interval(RENEW_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        app.broker().renew_due();
    }
}

async fn stop_on_signal(app: App, handle: ServerHandle<SocketAddr>) {
    wait_for_signal().await;
    let grace = app.config().server.stop_grace;
    tracing::info!("stopping: no new sessions, running statements have {} s", grace.as_secs());
    app.draining().begin(grace);
    app.tasks().close();
    if tokio::time::timeout(grace, app.tasks().wait()).await.is_err() {
        tracing::warn!("statements that still run are cancelled");
        app.draining().insist();
        if tokio::time::timeout(CANCELLED_WITHIN, app.tasks().wait()).await.is_err() {
            app.live().end_all();
        }
    }
    handle.graceful_shutdown(Some(LAST_REQUESTS));
    // What was cancelled may still be telling its browser.
    drop(tokio::time::timeout(LAST_REQUESTS, app.tasks().wait()).await);
}

async fn wait_for_signal() {
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::error!("signals cannot be heard; end the process to stop it");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
