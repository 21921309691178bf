//! Cancelling what runs, asked for by the page while rows are being sent to it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use howdah_pg::Canceller;
use tokio::sync::{Mutex, Notify};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// After so long a statement that still runs is cancelled again.
const CANCEL_AGAIN: Duration = Duration::from_millis(500);

/// Whether something runs, and whether the person wants it to end.
pub(super) struct Cancelling {
    running: AtomicBool,
    requested: AtomicBool,
    /// The run can end without PostgreSQL being asked to cancel it.
    spared: AtomicBool,
    cancelled: Notify,
    canceller: Canceller,
    requests: Mutex<Option<Requests>>,
}

/// Requests to PostgreSQL under way.
struct Requests {
    task: JoinHandle<()>,
    /// The statement has ended: no more requests.
    ended: CancellationToken,
}

impl Cancelling {
    pub(super) fn new(canceller: Canceller) -> Self {
        Self {
            running: AtomicBool::new(false),
            requested: AtomicBool::new(false),
            spared: AtomicBool::new(false),
            cancelled: Notify::new(),
            canceller,
            requests: Mutex::new(None),
        }
    }

    /// A run begins, which nobody has cancelled yet.
    pub(super) fn begin(&self) {
        self.requested.store(false, Ordering::Release);
        self.spared.store(false, Ordering::Release);
        // A cancel that was not waited for has left a permit, which would discard the rows of the next statement.
        let _ = self.cancelled.notified().now_or_never();
        self.running.store(true, Ordering::Release);
    }

    /// The run has ended.
    pub(super) fn end(&self) {
        self.running.store(false, Ordering::Release);
    }

    pub(super) fn is_running(&self) -> bool {
        self.running.load(Ordering::Acquire)
    }

    pub(super) fn is_requested(&self) -> bool {
        self.requested.load(Ordering::Acquire)
    }

    /// Waits until the run is to be cancelled; once a request.
    pub(super) async fn cancelled(&self) {
        self.cancelled.notified().await;
    }

    /// Whether the next wish to end the run goes to the session alone, since its statement has done what it does but for
    /// rows that wait: PostgreSQL would fail the transaction that it stands in.
    pub(super) fn spare(&self, spared: bool) {
        self.spared.store(spared, Ordering::Release);
    }

    /// The person wants the run to end.
    pub(super) async fn wish(&self) {
        if self.spared.swap(false, Ordering::AcqRel) {
            self.cancelled.notify_one();
        } else {
            self.request().await;
        }
    }

    /// Asks PostgreSQL to cancel the running statement, and again until it has ended: a request that comes before the
    /// statement has begun is lost. It may also end first, so the session waits for a request under way before it starts
    /// another.
    pub(super) async fn request(&self) {
        if !self.is_running() || self.requested.swap(true, Ordering::AcqRel) {
            return;
        }
        let canceller = self.canceller.clone();
        let ended = CancellationToken::new();
        let has_ended = ended.clone();
        let task = tokio::spawn(async move {
            loop {
                if let Err(error) = canceller.cancel().await {
                    tracing::warn!(error = %error, "a cancel request could not be delivered");
                }
                if timeout(CANCEL_AGAIN, has_ended.cancelled()).await.is_ok() {
                    return;
                }
            }
        });
        *self.requests.lock().await = Some(Requests { task, ended });
        self.cancelled.notify_one();
    }

    /// Waits for a request under way, and makes no more.
    pub(super) async fn settle(&self) {
        if let Some(Requests { task, ended }) = self.requests.lock().await.take() {
            ended.cancel();
            // Requests that were aborted or panicked were not delivered later either.
            drop(task.await);
        }
    }
}
