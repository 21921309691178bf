//! The stop of this process: it is asked for, and what is under way has a while to end by itself.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Whether the process is being stopped, and how long what runs still has.
#[derive(Debug, Clone, Default)]
pub struct Draining {
    begun: CancellationToken,
    over: CancellationToken,
    deadline: Arc<OnceLock<Instant>>,
}

impl Draining {
    /// No new work from now on; what runs has `grace` to end.
    pub fn begin(&self, grace: Duration) {
        self.deadline.get_or_init(|| Instant::now() + grace);
        self.begun.cancel();
    }

    /// What still runs is to be cancelled.
    pub fn insist(&self) {
        self.over.cancel();
    }

    /// Whether a stop was asked for.
    #[must_use]
    pub fn is_begun(&self) -> bool {
        self.begun.is_cancelled()
    }

    /// Waits for a stop to be asked for.
    pub async fn begun(&self) {
        self.begun.cancelled().await;
    }

    /// Whether the grace is over.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.over.is_cancelled()
    }

    /// Waits for the end of the grace.
    pub async fn over(&self) {
        self.over.cancelled().await;
    }

    /// How long what runs still has; `None` while no stop was asked for.
    #[must_use]
    pub fn remaining(&self) -> Option<Duration> {
        Some(self.deadline.get()?.saturating_duration_since(Instant::now()))
    }
}
