//! The audit trail: what people did, written down so that nobody can turn off their own.
//!
//! What lets somebody in or changes what others may do is written to the store before it takes effect
//! ([`Audit::write_first`], [`guarded`]); if it cannot be written, it is not done. Everything else goes through a queue of
//! bounded size off the request's path. Connections, statements and downloads take their place in the queue before they
//! begin ([`Audit::begin`]): when there is none, because the store or the file has not taken events for a while, they are
//! refused. What cannot be refused (the end of a session, an answer of a source) is written to the log when there is no
//! place. So nothing is lost in silence, and nothing piles up.

mod event;
mod lines;
mod redact;
mod writer;

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use bytes::Bytes;
use futures_util::stream::unfold;
use futures_util::{Stream, StreamExt};
use howdah_credentials::Person;
use howdah_store::{AuditRecord, SessionId, Store};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use crate::app::App;
use crate::config::{AuditConfig, Statements};
use crate::error::{ApiError, ApiResult, Code, chain};
use crate::metrics::Metrics;
use crate::wire;

pub use event::{Action, Actor, Event, Login, Outcome, Secret, ServerChange, Text};
pub use writer::keep;

/// Memory that events may take while they wait to be written, in KiB.
const ROOM_KIB: u32 = 32 << 10;
/// A place in the queue is waited for so long.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of a statement that are kept.
const MAX_STATEMENT: usize = 128 << 10;
/// Sessions whose person is remembered.
const MOST_PEOPLE: usize = 10_000;

/// The audit trail. Cheap to clone.
#[derive(Clone)]
pub struct Audit(Arc<Inner>);

struct Inner {
    store: Store,
    metrics: Metrics,
    statements: Statements,
    room: Arc<Semaphore>,
    sender: mpsc::UnboundedSender<Entry>,
    receiver: Mutex<Option<mpsc::UnboundedReceiver<Entry>>>,
    people: Mutex<HashMap<String, Actor>>,
    trouble: Mutex<Option<String>>,
    written: AtomicU64,
    unwritten: AtomicU64,
}

/// What waits to be written. Its place is free again when it is dropped.
struct Entry {
    record: AuditRecord,
    task: Task,
    _place: Option<OwnedSemaphorePermit>,
}

enum Task {
    /// Everywhere.
    Add,
    /// It is in the store already.
    AddLine,
    /// It was begun, and this is how it went.
    Conclude,
}

impl Audit {
    /// A trail in `store`. Nothing is written until [`keep`] runs.
    #[must_use]
    pub fn new(config: &AuditConfig, store: Store, metrics: Metrics) -> Self {
        // Bounded by the places: see `room`.
        let (sender, receiver) = mpsc::unbounded_channel();
        Self(Arc::new(Inner {
            store,
            metrics,
            statements: config.statements,
            room: Arc::new(Semaphore::new(ROOM_KIB as usize)),
            sender,
            receiver: Mutex::new(Some(receiver)),
            people: Mutex::default(),
            trouble: Mutex::default(),
            written: AtomicU64::new(0),
            unwritten: AtomicU64::new(0),
        }))
    }

    /// Writes an event to the store before what it tells of takes effect.
    ///
    /// # Errors
    ///
    /// 503 `audit_unavailable`: then it must not take effect.
    pub async fn write_first(&self, event: Event) -> ApiResult<()> {
        self.add_now(event).await.map(drop)
    }

    async fn add_now(&self, event: Event) -> ApiResult<AuditRecord> {
        let place = Some(self.place(event.size()).ok_or_else(unavailable)?);
        let record = self.record(event)?;
        if let Err(error) = self.0.store.add_audit_events(std::slice::from_ref(&record)).await {
            tracing::error!("an audit event could not be written, so what it tells of is refused: {}", chain(&error));
            return Err(if error.is_full() { full() } else { unavailable() });
        }
        self.0.written.fetch_add(1, Ordering::Relaxed);
        self.send(record.clone(), Task::AddLine, place);
        Ok(record)
    }

    /// Writes an event soon, for what has happened and cannot be refused.
    pub fn note(&self, event: Event) {
        let place = self.place(event.size());
        let has_place = place.is_some();
        match self.record(event) {
            Ok(record) if has_place => self.send(record, Task::Add, place),
            Ok(record) => self.to_log(&record),
            Err(error) => tracing::error!("an audit event has no id: {error:?}"),
        }
    }

    /// Takes a place in the queue for what is about to begin. `event` is written with its duration when the answer is
    /// concluded, or dropped.
    ///
    /// # Errors
    ///
    /// 503 `audit_unavailable` when there is no place: then it must not begin.
    pub async fn begin(&self, event: Event) -> ApiResult<Pending> {
        let wanted = places(event.size());
        let waiting = Arc::clone(&self.0.room).acquire_many_owned(wanted);
        let place = match tokio::time::timeout(PATIENCE, waiting).await {
            Ok(Ok(place)) => place,
            Ok(Err(_)) | Err(_) => {
                tracing::error!("audit events have not been written for too long, so work is refused");
                return Err(unavailable());
            }
        };
        let at = OffsetDateTime::now_utc();
        Ok(Pending { audit: self.clone(), event: Some((event, place)), at, started: Instant::now() })
    }

    /// How the text of a statement is kept: as it is but for passwords, as a hash, or not at all.
    #[must_use]
    pub fn text(&self, sql: &str) -> (Option<String>, Text) {
        let whole = || redact::redact(sql);
        match self.0.statements {
            Statements::Off => (None, Text::default()),
            Statements::Hash => {
                let text = whole();
                (None, Text { sha256: Some(sha256(&text)), length: Some(text.len()) })
            }
            Statements::Text => {
                let text = whole();
                let end = text.floor_char_boundary(MAX_STATEMENT);
                if end == text.len() {
                    return (Some(text.into_owned()), Text::default());
                }
                (Some(text[..end].to_owned()), Text { sha256: Some(sha256(&text)), length: Some(text.len()) })
            }
        }
    }

    /// Remembers who a session's person is, for what is told of the session alone.
    pub fn remember(&self, actor: &Actor) {
        let Some(session_id) = actor.session_id.clone() else { return };
        let mut people = lock(&self.0.people);
        if people.len() >= MOST_PEOPLE {
            people.clear();
        }
        // The address and the id are those of one request.
        people.insert(session_id, Actor { request_id: None, ..actor.clone() });
    }

    /// The person of a session, as far as it is known.
    #[must_use]
    pub fn person_of(&self, session_id: &SessionId) -> Actor {
        let known = lock(&self.0.people).get(session_id.as_str()).cloned();
        known.unwrap_or_else(|| Actor::of_session(session_id))
    }

    /// The person for whom a secret is fetched.
    #[must_use]
    pub fn person_of_key(&self, person: &Person) -> Actor {
        let known = lock(&self.0.people).get(person.key()).cloned();
        known.unwrap_or_else(|| Actor {
            person: Some(person.username().to_owned()),
            session_id: Some(person.key().to_owned()),
            ..Actor::default()
        })
    }

    /// Forgets a session that has ended.
    pub fn forget(&self, session_id: &SessionId) {
        lock(&self.0.people).remove(session_id.as_str());
    }

    /// Why events are not being written, if they are not.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        lock(&self.0.trouble).clone()
    }

    /// Figures for whoever watches over the process.
    #[must_use]
    pub fn figures(&self) -> Figures {
        let free = self.0.room.available_permits();
        Figures {
            waiting_kib: (ROOM_KIB as usize).saturating_sub(free) as u64,
            written: self.0.written.load(Ordering::Relaxed),
            unwritten: self.0.unwritten.load(Ordering::Relaxed),
            is_failing: self.trouble().is_some(),
        }
    }

    fn place(&self, size: usize) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.0.room).try_acquire_many_owned(places(size)).ok()
    }

    fn send(&self, record: AuditRecord, task: Task, place: Option<OwnedSemaphorePermit>) {
        if let Err(mpsc::error::SendError(entry)) = self.0.sender.send(Entry { record, task, _place: place })
            && matches!(entry.task, Task::Add)
        {
            // The process is ending.
            self.to_log(&entry.record);
        }
    }

    /// The last resort: a line of the log, which says what could not be written.
    fn to_log(&self, record: &AuditRecord) {
        self.0.unwritten.fetch_add(1, Ordering::Relaxed);
        let line = serde_json::to_string(&wire::AuditEvent::from(record)).unwrap_or_default();
        tracing::error!(event = line, "an audit event is written here alone, because it cannot be kept");
    }

    fn record(&self, event: Event) -> ApiResult<AuditRecord> {
        self.record_at(event, OffsetDateTime::now_utc())
    }

    fn record_at(&self, event: Event, at: OffsetDateTime) -> ApiResult<AuditRecord> {
        self.0.metrics.count(&event);
        let details = serde_json::to_string(&event.action).map_err(|error| ApiError::internal(&error))?;
        let kind = event.kind();
        let Event { actor, outcome, code, server, database, role, rows, duration, statement, .. } = event;
        let (server_id, server) = server.unzip();
        Ok(AuditRecord {
            id: self.0.store.new_audit_event_id()?,
            // As it is kept.
            at: at.replace_millisecond(at.millisecond()).unwrap_or(at),
            kind: kind.to_owned(),
            result: outcome.name().to_owned(),
            code,
            person: actor.person,
            account_id: actor.account_id,
            issuer: actor.issuer,
            subject: actor.subject,
            session_id: actor.session_id,
            server_id: server_id.filter(|id| !id.is_empty()),
            server: server.filter(|name| !name.is_empty()),
            database,
            role,
            rows,
            duration_ms: duration.map(|duration| duration.as_secs_f64() * 1000.0),
            client_address: actor.client_address,
            request_id: actor.request_id.filter(|id| !id.is_empty()),
            statement,
            details,
        })
    }
}

/// A statement without the passwords that are recognised in it.
#[must_use]
pub fn without_passwords(sql: &str) -> std::borrow::Cow<'_, str> {
    redact::redact(sql)
}

/// Figures of the trail.
#[derive(Debug, Clone, Copy)]
pub struct Figures {
    /// What waits to be written or has a place for it, in KiB.
    pub waiting_kib: u64,
    /// Events written since the start.
    pub written: u64,
    /// Events that only the log has.
    pub unwritten: u64,
    /// Whether writing fails at the moment.
    pub is_failing: bool,
}

/// Something under way that will be written down however it ends. Dropped before it is concluded, it counts as
/// interrupted.
pub struct Pending {
    audit: Audit,
    event: Option<(Event, OwnedSemaphorePermit)>,
    at: OffsetDateTime,
    started: Instant,
}

impl Pending {
    /// Adds what is known by now.
    pub fn update(&mut self, change: impl FnOnce(&mut Event)) {
        if let Some((event, _)) = &mut self.event {
            change(event);
        }
    }

    /// Says how it went.
    pub fn conclude(mut self, outcome: Outcome, code: Option<String>) {
        self.end(outcome, code);
    }

    /// Says how it went, by its result.
    pub fn conclude_with<T>(self, result: &ApiResult<T>) {
        match result {
            Ok(_) => self.conclude(Outcome::Ok, None),
            Err(error) => self.fail(error),
        }
    }

    /// Says that it failed.
    pub fn fail(self, error: &ApiError) {
        let code = error.sqlstate().unwrap_or(error.code().name()).to_owned();
        self.conclude(Outcome::Failed, Some(code));
    }

    fn end(&mut self, outcome: Outcome, code: Option<String>) {
        let Some((mut event, place)) = self.event.take() else { return };
        event.outcome = outcome;
        event.code = code;
        event.duration = Some(self.started.elapsed());
        match self.audit.record_at(event, self.at) {
            Ok(record) => self.audit.send(record, Task::Add, Some(place)),
            Err(error) => tracing::error!("an audit event has no id: {error:?}"),
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.end(Outcome::Interrupted, None);
    }
}

/// Counts what a download sends, and concludes `pending` at its end, when `rows` says how many there were.
pub fn watch<S>(
    stream: S,
    pending: Pending,
    rows: Arc<AtomicU64>,
) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static
where
    S: Stream<Item = io::Result<Bytes>> + Send + 'static,
{
    unfold((Box::pin(stream), Some(pending), rows), async |(mut stream, mut pending, rows)| {
        let part = stream.next().await;
        let over = match &part {
            Some(Ok(bytes)) => {
                if let Some(pending) = &mut pending {
                    pending.update(|event| event.count_bytes(bytes.len()));
                }
                None
            }
            Some(Err(_)) => Some(Outcome::Interrupted),
            None => Some(Outcome::Ok),
        };
        if let Some(outcome) = over
            && let Some(mut pending) = pending.take()
        {
            pending.update(|event| event.rows = Some(rows.load(Ordering::Acquire)));
            pending.conclude(outcome, None);
        }
        part.map(|part| (part, (stream, pending, rows)))
    })
}

/// Does `work` that changes what people may do: `event` is written first, and says afterwards how it went. For
/// administration: one line around the change.
///
/// # Errors
///
/// 503 `audit_unavailable`, and then nothing was done; else what `work` answers.
pub async fn guarded<T>(app: &App, event: Event, work: impl Future<Output = ApiResult<T>>) -> ApiResult<T> {
    let audit = app.audit();
    let begun = audit.add_now(Event { outcome: Outcome::Begun, ..event }).await?;
    let mut conclusion = Conclusion { audit, record: Some(begun) };
    let result = work.await;
    match &result {
        Ok(_) => conclusion.end(Outcome::Ok, None),
        Err(error) => conclusion.end(Outcome::Failed, Some(error.code().name().to_owned())),
    }
    result
}

/// Tells how it went that was begun, also when the request is dropped on the way.
struct Conclusion<'a> {
    audit: &'a Audit,
    record: Option<AuditRecord>,
}

impl Conclusion<'_> {
    fn end(&mut self, outcome: Outcome, code: Option<String>) {
        let Some(mut record) = self.record.take() else { return };
        record.result = outcome.name().to_owned();
        record.code = code;
        self.audit.send(record, Task::Conclude, self.audit.place(1024));
    }
}

impl Drop for Conclusion<'_> {
    fn drop(&mut self) {
        self.end(Outcome::Interrupted, None);
    }
}

/// As [`guarded`], for the command line.
///
/// # Errors
///
/// When the event cannot be written, and then nothing was done; else what `work` answers.
pub async fn as_operator<T>(
    store: &Store,
    kind: &'static str,
    about: String,
    value: Option<String>,
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    let audit = Audit::new(&AuditConfig::default(), store.clone(), Metrics::default());
    let event = Event::administration(Actor::operator(), kind, &about, value);
    let event = Event { outcome: Outcome::Begun, ..event };
    let begun =
        audit.add_now(event).await.map_err(|problem| anyhow::anyhow!("nothing was done: {}", problem.detail()))?;
    let result = work.await;
    let outcome = if result.is_ok() { Outcome::Ok } else { Outcome::Failed };
    store.conclude_audit_event(&begun.id, outcome.name(), None).await.context("the audit trail cannot be written")?;
    result
}

/// 503: nothing is done that cannot be written down.
fn unavailable() -> ApiError {
    ApiError::new(
        Code::AuditUnavailable,
        "Howdah cannot write its audit trail at the moment, so it does not do this. Try again in a minute; if it goes on, tell whoever runs Howdah.",
    )
}

/// As [`unavailable`], when it is known why.
fn full() -> ApiError {
    ApiError::new(
        Code::AuditUnavailable,
        "Howdah cannot write its audit trail, since the disk of its own store is full, so it does not do this. Whoever runs Howdah has to make room.",
    )
}

fn places(size: usize) -> u32 {
    u32::try_from(size.div_ceil(1024)).unwrap_or(u32::MAX).clamp(1, ROOM_KIB)
}

fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Nothing under these locks is left half-changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
