//! What the broker keeps: an entry for each secret, the run of a source that is under way for it, and what must be done
//! when a secret is no longer needed.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::SystemTime;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::credential::Credential;
use crate::error::{CredentialError, Prompt};
use crate::passwords::Passwords;
use crate::request::{Key, Request, Why};
use crate::schedule::{Freshness, back_off, freshness};
use crate::source::Ending;
use crate::standing::{Standing, Trouble};

/// At this many, the entry that was not used for longest is forgotten.
const MOST_ENTRIES: usize = 10_000;

#[derive(Default)]
pub(crate) struct State {
    pub(crate) entries: HashMap<Arc<Key>, Entry>,
    pub(crate) passwords: Passwords,
    pub(crate) flights_started: u64,
    endings: HashMap<(Arc<Key>, String), Ending>,
}

/// One secret, and what is known about getting it.
pub(crate) struct Entry {
    /// What was asked first, for renewing while nobody asks.
    pub(crate) request: Request,
    current: Option<Arc<Credential>>,
    /// What those hear who hold connections that were opened with it.
    pub(crate) standing: watch::Sender<Option<Standing>>,
    pub(crate) flight: Option<Flight>,
    pub(crate) used_at: SystemTime,
    /// How many connections are open with it.
    pub(crate) holds: usize,
    /// PostgreSQL refused the last one.
    refused: bool,
    /// Renewing ahead found that a person must act: it waits until one needs the secret.
    needs_person: bool,
    failures: u32,
    last_failure: Option<(CredentialError, SystemTime)>,
}

/// How far a run of a source has come.
#[derive(Clone)]
pub(crate) enum Progress {
    /// It will be over soon.
    Working,
    /// It goes on when a person has acted, until then at the latest.
    AwaitsPerson(Prompt, SystemTime),
    /// It is over.
    Done(Result<Arc<Credential>, CredentialError>),
    /// It is over without having begun: a person must act, and nobody was waiting.
    Later,
}

impl Progress {
    pub(crate) fn is_over(&self) -> bool {
        matches!(self, Self::Done(_) | Self::Later)
    }
}

/// One run of a source. Dropping it stops the run.
pub(crate) struct Flight {
    pub(crate) number: u64,
    pub(crate) progress: watch::Receiver<Progress>,
    pub(crate) task: JoinHandle<()>,
}

impl Flight {
    /// Whether it is worth waiting for: not if the person is too late, or the run broke down without landing.
    fn is_alive(&self, now: SystemTime) -> bool {
        let is_too_late =
            matches!(&*self.progress.borrow(), Progress::AwaitsPerson(_, expires_at) if *expires_at <= now);
        !is_too_late && !self.task.is_finished()
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What is to be done for somebody who wants a secret.
pub(crate) enum Next {
    /// Use this one.
    Use(Arc<Credential>),
    /// Use this one, and start a run for the next.
    UseAndRenew(Arc<Credential>),
    /// Wait for the run that is under way.
    Wait(watch::Receiver<Progress>),
    /// Start a run and wait for it.
    Start(Why),
    /// Nothing but this can be said now.
    Fail(CredentialError),
}

impl Entry {
    fn new(request: Request, now: SystemTime) -> Self {
        Self {
            request,
            current: None,
            standing: watch::Sender::new(None),
            flight: None,
            used_at: now,
            holds: 0,
            refused: false,
            needs_person: false,
            failures: 0,
            last_failure: None,
        }
    }

    pub(crate) fn next(&self, now: SystemTime) -> Next {
        let freshness = self.freshness(now);
        if let (Some(credential), Some(Freshness::Good | Freshness::RenewAhead)) = (&self.current, freshness) {
            let credential = Arc::clone(credential);
            return if self.is_due(now) { Next::UseAndRenew(credential) } else { Next::Use(credential) };
        }
        if let Some(flight) = self.live_flight(now) {
            return Next::Wait(flight.progress.clone());
        }
        match self.resting(now) {
            Some(error) => Next::Fail(error),
            None if self.refused => Next::Start(Why::Refused),
            None => Next::Start(Why::Needed),
        }
    }

    /// Whether a run for the next secret should start although nobody waits for it.
    pub(crate) fn is_due(&self, now: SystemTime) -> bool {
        self.live_flight(now).is_none()
            && !self.needs_person
            && self.resting(now).is_none()
            && matches!(self.freshness(now), Some(Freshness::RenewAhead | Freshness::Over))
    }

    /// Drops a secret that PostgreSQL refused, if it is still this very one.
    pub(crate) fn refuse(&mut self, refused: &Arc<Credential>) {
        if self.current.take_if(|current| Arc::ptr_eq(current, refused)).is_some() {
            self.refused = true;
        }
    }

    pub(crate) fn succeed(&mut self, credential: Arc<Credential>) {
        self.standing.send_replace(Some(Standing { credential: Arc::clone(&credential), trouble: None }));
        self.current = Some(credential);
        self.refused = false;
        self.needs_person = false;
        self.failures = 0;
        self.last_failure = None;
    }

    /// Takes in that only a person can go on.
    pub(crate) fn put_off(&mut self) {
        self.needs_person = true;
        self.tell(Trouble::NeedsPerson);
    }

    /// Takes in a failure, and says when the source is asked again.
    pub(crate) fn fail(&mut self, error: CredentialError, why: Why, now: SystemTime) -> CredentialError {
        if error.asks_person() {
            if why == Why::Ahead {
                self.put_off();
            } else {
                self.needs_person = false;
            }
            return error;
        }
        self.tell(Trouble::Failed(error.clone()));
        self.failures = self.failures.saturating_add(1);
        let retry_at = back_off(self.failures).map(|wait| now + wait).max(error.retry_at());
        let error = error.not_before(retry_at);
        self.last_failure = retry_at.map(|retry_at| (error.clone(), retry_at));
        error
    }

    fn tell(&self, trouble: Trouble) {
        self.standing
            .send_if_modified(|standing| standing.as_mut().map(|standing| standing.trouble = Some(trouble)).is_some());
    }

    fn live_flight(&self, now: SystemTime) -> Option<&Flight> {
        self.flight.as_ref().filter(|flight| flight.is_alive(now))
    }

    fn freshness(&self, now: SystemTime) -> Option<Freshness> {
        self.current.as_ref().map(|credential| freshness(credential, now))
    }

    fn is_usable(&self, now: SystemTime) -> bool {
        self.freshness(now).is_some_and(|freshness| freshness != Freshness::Over)
    }

    /// The last failure, while the source is left alone because of it.
    fn resting(&self, now: SystemTime) -> Option<CredentialError> {
        self.last_failure.as_ref().filter(|(_, retry_at)| now < *retry_at).map(|(error, _)| error.clone())
    }
}

impl State {
    /// Makes room and an entry, unless there is one.
    pub(crate) fn make_entry(&mut self, request: &Request, now: SystemTime) {
        if !self.entries.contains_key(&*request.key) {
            self.make_room(&request.key, now);
            self.entries.insert(Arc::clone(&request.key), Entry::new(request.clone(), now));
        }
    }

    /// Drops entries of an older configuration of the same server, and one more when full.
    fn make_room(&mut self, key: &Key, now: SystemTime) {
        self.entries.retain(|other, _| {
            other.server.is_none()
                || other.owner != key.owner
                || other.server != key.server
                || other.source == key.source
        });
        if self.entries.len() >= MOST_ENTRIES {
            self.entries.retain(|_, entry| entry.flight.is_some() || entry.is_usable(now));
        }
        if self.entries.len() >= MOST_ENTRIES
            && let Some(oldest) =
                self.entries.iter().min_by_key(|(_, entry)| entry.used_at).map(|(key, _)| Arc::clone(key))
        {
            self.entries.remove(&oldest);
        }
    }

    /// Remembers what ends a secret, in the place of an older ending with the same id.
    pub(crate) fn remember_ending(&mut self, key: &Arc<Key>, ending: Ending, now: SystemTime) {
        self.endings.retain(|_, ending| ending.until.is_none_or(|until| now < until));
        self.endings.insert((Arc::clone(key), ending.id.clone()), ending);
    }

    /// Forgets all entries that `is_over` says, and gives what has to be run for them.
    pub(crate) fn forget(&mut self, is_over: impl Fn(&Key) -> bool) -> Vec<Ending> {
        self.entries.retain(|key, _| !is_over(key));
        self.endings.extract_if(|(key, _), _| is_over(key)).map(|(_, ending)| ending).collect()
    }
}
