//! Takes events from the queue and writes them, many at a time, until each is written; removes old ones.

use std::time::Duration;

use anyhow::Context;
use howdah_store::{AUDIT_PURGE, AuditRecord};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::lines::Lines;
use super::{Audit, Entry, Task, lock};
use crate::app::App;
use crate::error::chain;
use crate::wire;

/// Events written at a time.
const BATCH: usize = 200;
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// While it fails, the log says so again after so long.
const REMIND_EVERY: Duration = Duration::from_secs(60);
const PURGE_EVERY: Duration = Duration::from_secs(600);
/// What is in the queue when the process ends is written within so long, or goes to the log.
const LAST_EVENTS: Duration = Duration::from_secs(5);

/// Writes events until `ended` fires and the queue is empty.
///
/// # Errors
///
/// When it runs already.
pub async fn keep(app: App, ended: CancellationToken) -> anyhow::Result<()> {
    let audit = app.audit().clone();
    let mut receiver = lock(&audit.0.receiver).take().context("the audit trail is being kept already")?;
    let config = &app.config().audit;
    let mut writer = Writer { audit, lines: Lines::new(config.stderr, config.file.clone()), ended };
    let mut purges = interval(PURGE_EVERY);
    purges.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // A terminal that closes ends what runs in it.
    let mut hangups = if app.config().desktop { None } else { signal(SignalKind::hangup()).ok() };
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        let ended = writer.ended.clone();
        tokio::select! {
            biased;
            () = ended.cancelled() => break,
            () = hang_up(&mut hangups) => writer.lines.reopen(),
            _ = purges.tick() => writer.purge(config.retention).await,
            _ = receiver.recv_many(&mut batch, BATCH) => writer.write(std::mem::take(&mut batch)).await,
        }
    }
    writer.finish(receiver, batch).await;
    Ok(())
}

async fn hang_up(hangups: &mut Option<tokio::signal::unix::Signal>) {
    let heard = match hangups {
        Some(hangups) => hangups.recv().await,
        None => None,
    };
    if heard.is_none() {
        std::future::pending().await
    }
}

struct Writer {
    audit: Audit,
    lines: Lines,
    ended: CancellationToken,
}

/// How far a batch has come.
#[derive(Default)]
struct Done {
    store: bool,
    lines: bool,
}

impl Writer {
    /// Writes a batch, however long it takes. When the process ends meanwhile, what is left goes to the log.
    async fn write(&mut self, batch: Vec<Entry>) {
        let (mut done, mut wait) = (Done::default(), FIRST_WAIT);
        let mut reminded: Option<Instant> = None;
        while let Err(trouble) = self.attempt(&batch, &mut done).await {
            if reminded.is_none_or(|at| at.elapsed() > REMIND_EVERY) {
                tracing::error!("the audit trail cannot be written, trying again: {trouble}");
                reminded = Some(Instant::now());
            }
            *lock(&self.audit.0.trouble) = Some(trouble);
            tokio::select! {
                () = tokio::time::sleep(wait) => wait = (wait * 2).min(LONGEST_WAIT),
                () = self.ended.cancelled() => {
                    self.last_attempt(&batch, &mut done).await;
                    return;
                }
            }
        }
        if lock(&self.audit.0.trouble).take().is_some() {
            tracing::warn!("the audit trail is being written again");
        }
    }

    async fn last_attempt(&mut self, batch: &[Entry], done: &mut Done) {
        let attempt = tokio::time::timeout(LAST_EVENTS, self.attempt(batch, done)).await;
        if !matches!(attempt, Ok(Ok(()))) {
            batch.iter().for_each(|entry| self.audit.to_log(&entry.record));
        }
    }

    async fn attempt(&mut self, batch: &[Entry], done: &mut Done) -> Result<(), String> {
        if !done.store {
            self.to_store(batch).await.map_err(|error| {
                self.audit.0.metrics.count_store_error();
                format!("the store: {}", chain(&error))
            })?;
            done.store = true;
        }
        if !done.lines && self.lines.are_wanted() {
            let text = text_of(batch);
            // A local file takes a few lines in no time; a full pipe of standard error may not.
            tokio::task::block_in_place(|| self.lines.write(&text)).map_err(|error| format!("audit.file: {error}"))?;
            done.lines = true;
        }
        Ok(())
    }

    async fn to_store(&self, batch: &[Entry]) -> Result<(), howdah_store::StoreError> {
        let store = &self.audit.0.store;
        let added: Vec<AuditRecord> =
            batch.iter().filter(|entry| matches!(entry.task, Task::Add)).map(|entry| entry.record.clone()).collect();
        if !added.is_empty() {
            store.add_audit_events(&added).await?;
            let added = u64::try_from(added.len()).unwrap_or_default();
            self.audit.0.written.fetch_add(added, std::sync::atomic::Ordering::Relaxed);
        }
        for Entry { record, task, .. } in batch {
            if matches!(task, Task::Conclude) {
                store.conclude_audit_event(&record.id, &record.result, record.code.as_deref()).await?;
            }
        }
        Ok(())
    }

    async fn finish(&mut self, mut receiver: UnboundedReceiver<Entry>, mut batch: Vec<Entry>) {
        receiver.close();
        loop {
            if !batch.is_empty() {
                self.last_attempt(&std::mem::take(&mut batch), &mut Done::default()).await;
            }
            if receiver.recv_many(&mut batch, BATCH).await == 0 {
                return;
            }
        }
    }

    async fn purge(&self, retention: Option<Duration>) {
        let Some(retention) = retention else { return };
        loop {
            match self.audit.0.store.purge_audit_events(retention).await {
                Ok(AUDIT_PURGE..) => {}
                Ok(_) => return,
                Err(error) => {
                    tracing::warn!("old audit events could not be removed: {}", chain(&error));
                    return;
                }
            }
        }
    }
}

fn text_of(batch: &[Entry]) -> Vec<u8> {
    let mut text = Vec::new();
    for entry in batch {
        // Strings and numbers alone: this cannot fail.
        if serde_json::to_writer(&mut text, &wire::AuditEvent::from(&entry.record)).is_ok() {
            text.push(b'\n');
        }
    }
    text
}
