//! What people ran, kept for themselves: each statement of a query tab with how it went. Written by the process in which it
//! ran, in batches and off the statement's path, so that nothing depends on the browser.
//!
//! It is a convenience and no audit trail: when the store takes nothing for long, entries are dropped and the log says so.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use howdah_pg::RowBatch;
use howdah_store::{AccountId, HISTORY_PURGE, HistoryRecord, Store};
use time::OffsetDateTime;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::audit;
use crate::config::HistoryConfig;
use crate::error::chain;

/// Entries that may wait to be written: with the limits below no more than 40 MiB.
const QUEUE: usize = 256;
/// Entries written at a time.
const BATCH: usize = 100;
/// Bytes of a statement that are kept.
const MAX_STATEMENT: usize = 32 << 10;
/// Bytes of a plan that are kept; a longer one is left out, as a part of it shows nothing.
const MAX_PLAN: usize = 128 << 10;
/// While the store takes nothing it is tried again after so long, so often.
const AGAIN_AFTER: Duration = Duration::from_secs(2);
const ATTEMPTS: u32 = 15;
const PURGE_EVERY: Duration = Duration::from_secs(600);

/// Where statements are noted. Cheap to clone.
#[derive(Clone)]
pub struct History(Arc<Inner>);

struct Inner {
    store: Store,
    config: HistoryConfig,
    sender: mpsc::Sender<HistoryRecord>,
    receiver: Mutex<Option<mpsc::Receiver<HistoryRecord>>>,
}

/// Whose statements they are, and where they run.
#[derive(Debug, Clone)]
pub struct Place {
    /// Who runs them.
    pub account: AccountId,
    /// The server's id and name.
    pub server: (String, String),
    /// The database.
    pub database: String,
    /// The tab, as its page calls it.
    pub tab: Option<String>,
}

impl History {
    /// A history in `store`. Nothing is written until [`keep`] runs.
    #[must_use]
    pub fn new(config: HistoryConfig, store: Store) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        Self(Arc::new(Inner { store, config, sender, receiver: Mutex::new(Some(receiver)) }))
    }

    /// Notes a statement that begins now; it is written however it ends. `None` where no history is kept.
    #[must_use]
    pub fn begin(&self, place: &Place, role: Option<&str>, statement: &str) -> Option<Noted> {
        if !self.0.config.statements {
            return None;
        }
        let id = self.0.store.new_history_id().ok()?;
        let text = audit::without_passwords(statement);
        let end = text.floor_char_boundary(MAX_STATEMENT);
        let (server_id, server) = place.server.clone();
        let now = OffsetDateTime::now_utc();
        let record = HistoryRecord {
            id,
            account: place.account.clone(),
            at: now.replace_millisecond(now.millisecond()).unwrap_or(now),
            server_id: Some(server_id).filter(|id| !id.is_empty()),
            server: Some(server).filter(|name| !name.is_empty()),
            database: Some(place.database.clone()),
            role: role.map(str::to_owned),
            tab: place.tab.clone(),
            statement: text[..end].to_owned(),
            result: "interrupted".to_owned(),
            code: None,
            rows: None,
            duration_ms: None,
            plan: None,
        };
        Some(Noted { history: self.clone(), record: Some(record), started: Instant::now(), plan: Plan::No })
    }

    fn send(&self, record: HistoryRecord) {
        if self.0.sender.try_send(record).is_err() {
            tracing::warn!("a statement is missing in its person's history: the store takes nothing, or Howdah ends");
        }
    }
}

/// A statement that runs. Dropped before it is concluded, it counts as interrupted.
pub struct Noted {
    history: History,
    record: Option<HistoryRecord>,
    started: Instant,
    plan: Plan,
}

/// What an EXPLAIN has brought so far.
enum Plan {
    No,
    Text(String),
    TooLong,
}

impl Noted {
    /// What comes are the lines of a plan.
    pub fn expect_plan(&mut self) {
        self.plan = Plan::Text(String::new());
    }

    /// Keeps the lines of a plan.
    pub fn take_rows(&mut self, batch: &RowBatch) {
        let Plan::Text(text) = &mut self.plan else { return };
        for row in howdah_pg::value::rows(batch.bytes()) {
            if let Some(line) = row.values().next().and_then(|value| value.text()) {
                text.push_str(&line);
                text.push('\n');
            }
            if text.len() > MAX_PLAN {
                self.plan = Plan::TooLong;
                return;
            }
        }
    }

    /// Says how it went.
    pub fn conclude(mut self, result: &str, code: Option<&str>, rows: Option<u64>) {
        if let Some(record) = &mut self.record {
            result.clone_into(&mut record.result);
            record.code = code.map(str::to_owned);
            record.rows = rows;
        }
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        let Some(mut record) = self.record.take() else { return };
        record.duration_ms = Some(self.started.elapsed().as_secs_f64() * 1000.0);
        if let Plan::Text(text) = &mut self.plan
            && !text.is_empty()
        {
            record.plan = Some(std::mem::take(text));
        }
        self.history.send(record);
    }
}

/// Writes what was noted until `ended` fires and nothing waits; removes what is old.
///
/// # Errors
///
/// When it runs already.
pub async fn keep(app: App, ended: CancellationToken) -> anyhow::Result<()> {
    let history = app.history().clone();
    let receiver = history.0.receiver.lock().unwrap_or_else(PoisonError::into_inner).take();
    let mut receiver = receiver.context("the history is being kept already")?;
    let mut purges = interval(PURGE_EVERY);
    purges.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        tokio::select! {
            biased;
            () = ended.cancelled() => break,
            _ = purges.tick() => history.purge().await,
            _ = receiver.recv_many(&mut batch, BATCH) => {
                history.write(&batch, &ended).await;
                batch.clear();
            }
        }
    }
    receiver.close();
    while receiver.recv_many(&mut batch, BATCH).await > 0 {
        history.write(&batch, &ended).await;
        batch.clear();
    }
    Ok(())
}

impl History {
    async fn write(&self, batch: &[HistoryRecord], ended: &CancellationToken) {
        for attempt in 1..=ATTEMPTS {
            let Err(error) = self.0.store.add_history(batch).await else { return };
            if attempt == ATTEMPTS || ended.is_cancelled() {
                tracing::warn!("{} statements are missing in histories: {}", batch.len(), chain(&error));
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(AGAIN_AFTER) => {}
                () = ended.cancelled() => {}
            }
        }
    }

    async fn purge(&self) {
        let Some(retention) = self.0.config.retention else { return };
        loop {
            match self.0.store.purge_history(retention).await {
                Ok(HISTORY_PURGE..) => {}
                Ok(_) => return,
                Err(error) => {
                    tracing::warn!("old history could not be removed: {}", chain(&error));
                    return;
                }
            }
        }
    }
}
