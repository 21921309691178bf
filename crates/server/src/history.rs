//! What people ran, kept for themselves: each statement of a query tab with how it went. Written by the process in which it
//! ran, in batches and off the statement's path, so that nothing depends on the browser.
//!
//! A statement takes its place in the queue before it begins ([`History::begin`]), as in the audit trail: when there is none,
//! because the store has taken nothing for a while, it is refused. So everything that ran is in the history, and nothing piles
//! up. What waits is tried until the store takes it, or the process ends.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use howdah_pg::RowBatch;
use howdah_store::{AccountId, HISTORY_PURGE, HistoryRecord, Store, StoreError};
use time::OffsetDateTime;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::audit;
use crate::config::HistoryConfig;
use crate::error::{ApiError, ApiResult, Code, chain};

/// Memory that entries may take while they run or wait to be written, in KiB.
const ROOM_KIB: u32 = 32 << 10;
/// A place in the queue is waited for so long.
const PATIENCE: Duration = Duration::from_secs(5);
/// Entries written at a time.
const BATCH: usize = 100;
/// Bytes of a statement that are kept.
const MAX_STATEMENT: usize = 32 << 10;
/// Bytes of a plan that are kept; a longer one is left out, as a part of it shows nothing.
const MAX_PLAN: usize = 128 << 10;
/// While the store takes nothing it is tried again after so long.
const AGAIN_AFTER: Duration = Duration::from_secs(2);
/// While it fails, the log says so again after so long.
const REMIND_EVERY: Duration = Duration::from_secs(60);
/// What waits when the process ends is written within so long, or missing.
const LAST_ENTRIES: Duration = Duration::from_secs(5);
const PURGE_EVERY: Duration = Duration::from_secs(600);

/// Where statements are noted. Cheap to clone.
#[derive(Clone)]
pub struct History(Arc<Inner>);

struct Inner {
    store: Store,
    config: HistoryConfig,
    room: Arc<Semaphore>,
    sender: mpsc::UnboundedSender<Entry>,
    receiver: Mutex<Option<mpsc::UnboundedReceiver<Entry>>>,
}

/// What waits to be written. Its place is free again when it is dropped.
struct Entry {
    record: HistoryRecord,
    _place: OwnedSemaphorePermit,
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
        // Bounded by the places: see `room`.
        let (sender, receiver) = mpsc::unbounded_channel();
        let room = Arc::new(Semaphore::new(ROOM_KIB as usize));
        Self(Arc::new(Inner { store, config, room, sender, receiver: Mutex::new(Some(receiver)) }))
    }

    /// Notes a statement that begins now; it is written however it ends. `None` where no history is kept.
    ///
    /// # Errors
    ///
    /// 503 `store_unavailable` when there is no place: then it must not begin.
    pub async fn begin(
        &self,
        place: &Place,
        role: Option<&str>,
        statement: &str,
        keeps: Keeps,
    ) -> ApiResult<Option<Noted>> {
        if !self.0.config.statements {
            return Ok(None);
        }
        let text = audit::without_passwords(statement);
        let end = text.floor_char_boundary(MAX_STATEMENT);
        let (most, plan) = match keeps {
            Keeps::Statement => (end, Plan::No),
            Keeps::Plan => (end + MAX_PLAN, Plan::Text(String::new())),
        };
        let room = self.room_for(most).await?;
        let (server_id, server) = place.server.clone();
        let now = OffsetDateTime::now_utc();
        let record = HistoryRecord {
            id: self.0.store.new_history_id()?,
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
        Ok(Some(Noted { history: self.clone(), record: Some((record, room)), started: Instant::now(), plan }))
    }

    async fn room_for(&self, bytes: usize) -> ApiResult<OwnedSemaphorePermit> {
        let wanted = u32::try_from(bytes / 1024 + 1).unwrap_or(ROOM_KIB);
        let waiting = Arc::clone(&self.0.room).acquire_many_owned(wanted);
        if let Ok(Ok(place)) = tokio::time::timeout(PATIENCE, waiting).await {
            return Ok(place);
        }
        tracing::error!("histories have not been written for too long, so statements are refused");
        Err(ApiError::new(
            Code::StoreUnavailable,
            "Howdah cannot write down what you run at the moment, so it does not run this. Try again in a minute; if it goes on, tell whoever runs Howdah.",
        )
        .retry_after(AGAIN_AFTER.as_secs()))
    }

    fn send(&self, record: HistoryRecord, place: OwnedSemaphorePermit) {
        if self.0.sender.send(Entry { record, _place: place }).is_err() {
            tracing::warn!("a statement is missing in its person's history: Howdah ends");
        }
    }
}

/// What is kept of a statement that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeps {
    /// Its text and how it went.
    Statement,
    /// What it brings as well, which is the plan of an EXPLAIN.
    Plan,
}

/// A statement that runs. Dropped before it is concluded, it counts as interrupted.
pub struct Noted {
    history: History,
    record: Option<(HistoryRecord, OwnedSemaphorePermit)>,
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

    /// A row that is longer than any plan that is kept.
    pub fn pass_over_row(&mut self) {
        if matches!(self.plan, Plan::Text(_)) {
            self.plan = Plan::TooLong;
        }
    }

    /// Says how it went.
    pub fn conclude(mut self, result: &str, code: Option<&str>, rows: Option<u64>) {
        if let Some((record, _)) = &mut self.record {
            result.clone_into(&mut record.result);
            record.code = code.map(str::to_owned);
            record.rows = rows;
        }
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        let Some((mut record, place)) = self.record.take() else { return };
        record.duration_ms = Some(self.started.elapsed().as_secs_f64() * 1000.0);
        if let Plan::Text(text) = &mut self.plan
            && !text.is_empty()
        {
            record.plan = Some(std::mem::take(text));
        }
        self.history.send(record, place);
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
    /// Writes a batch, however long it takes. When the process ends meanwhile, it is tried once more.
    async fn write(&self, batch: &[Entry], ended: &CancellationToken) {
        let mut records: Vec<HistoryRecord> = batch.iter().map(|entry| entry.record.clone()).collect();
        let mut reminded: Option<Instant> = None;
        loop {
            let is_last = ended.is_cancelled();
            let attempt = self.0.store.add_history(&records);
            let error = match tokio::time::timeout(if is_last { LAST_ENTRIES } else { Duration::MAX }, attempt).await {
                Ok(Ok(())) => return,
                Ok(Err(error)) if error.is_unavailable() => chain(&error),
                Ok(Err(error)) => {
                    tracing::error!("statements cannot be written to histories: {}", chain(&error));
                    records = self.write_singly(records).await;
                    if records.is_empty() {
                        return;
                    }
                    continue;
                }
                Err(_) => "the store does not answer".to_owned(),
            };
            if is_last {
                tracing::warn!("{} statements are missing in histories, as Howdah ends: {error}", records.len());
                return;
            }
            if reminded.is_none_or(|at| at.elapsed() > REMIND_EVERY) {
                tracing::warn!("histories cannot be written, trying again: {error}");
                reminded = Some(Instant::now());
            }
            tokio::select! {
                () = tokio::time::sleep(AGAIN_AFTER) => {}
                () = ended.cancelled() => {}
            }
        }
    }

    /// Writes what can be written of a batch that was refused as a whole; gives what may be written later.
    async fn write_singly(&self, records: Vec<HistoryRecord>) -> Vec<HistoryRecord> {
        let mut later = Vec::new();
        for record in records {
            match self.0.store.add_history(std::slice::from_ref(&record)).await {
                Ok(()) => {}
                Err(error) if error.is_unavailable() => later.push(record),
                Err(error) => tracing::error!(
                    history.id = %record.id.as_str(),
                    "a statement is missing in its person's history: {}",
                    chain(&error)
                ),
            }
        }
        later
    }

    async fn purge(&self) {
        if let Err(error) = self.try_purge().await {
            tracing::warn!("old history could not be removed: {}", chain(&error));
        }
    }

    async fn try_purge(&self) -> Result<(), StoreError> {
        let HistoryConfig { retention, max_entries, .. } = self.0.config;
        if let Some(retention) = retention {
            while self.0.store.purge_history(retention).await? >= HISTORY_PURGE {}
        }
        if let Some(most) = max_entries {
            while self.0.store.purge_history_beyond(most).await? > 0 {}
        }
        Ok(())
    }
}
