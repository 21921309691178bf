//! The one cache of secrets: shares runs of a source, renews ahead, forgets what PostgreSQL refuses.

use std::collections::HashMap;
use std::ffi::OsString;
use std::hash::RandomState;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::Clock;
use crate::credential::{Credential, Fingerprint, Presentation, SourceKind};
use crate::error::CredentialError;
use crate::exec::{self, ExecConfig, Expiration, Printed, Variables};
use crate::identity::{Person, ServerKey, Target};
use crate::passwords::Passwords;
use crate::schedule::{Freshness, back_off, freshness};
use crate::source::SourceConfig;

/// At this many, the entry that was not used for longest is forgotten.
const MOST_ENTRIES: usize = 10_000;

/// Gives the secret for every new connection.
///
/// Dropping the broker stops all commands that still run and forgets all secrets.
pub struct Broker {
    shared: Arc<Shared>,
}

/// A credential for one login.
#[derive(Clone, Debug)]
pub struct Obtained {
    /// What to log in with.
    pub credential: Arc<Credential>,
    /// The source gave it just now: if PostgreSQL refuses it, fetching again will not help.
    pub fresh: bool,
    origin: Origin,
}

impl Broker {
    /// A broker without secrets. `environment` is the process's (`std::env::vars_os()`): commands get a part of it.
    pub fn new(clock: Clock, environment: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        Self {
            shared: Arc::new(Shared {
                clock,
                variables: Variables::new(environment),
                fingerprint_key: RandomState::new(),
                state: Mutex::default(),
            }),
        }
    }

    /// The secret with which `person` logs in to `server` now: the cached one while it is good, else from the source.
    ///
    /// All who wait for the same secret share one run of the source. Dropping the future does not stop that run, unless
    /// the source runs for every connection.
    ///
    /// # Errors
    ///
    /// [`CredentialError::PasswordRequired`] asks for [`provide_password`](Self::provide_password); anything else is
    /// the source's failure. A source that keeps failing is left alone for up to a minute, in which its last failure is
    /// returned at once.
    pub async fn obtain(
        &self,
        person: &Person,
        server: &ServerKey,
        source: &SourceConfig,
        target: &Target,
    ) -> Result<Obtained, CredentialError> {
        let shared = &self.shared;
        match source {
            SourceConfig::None => {
                let credential = shared.credential(Presentation::None, SourceKind::None);
                Ok(Obtained { credential: Arc::new(credential), fresh: true, origin: Origin::None })
            }
            SourceConfig::Password => {
                let kept = shared.state().passwords.find(person, server);
                let credential = kept.ok_or(CredentialError::PasswordRequired)?;
                Ok(Obtained { credential, fresh: false, origin: Origin::Password(person.clone(), server.clone()) })
            }
            SourceConfig::Exec(config) => {
                let key = Key::new(person, server, config, target);
                if config.expiration() == Expiration::EveryConnection {
                    let credential = shared.fetch(&key, target).await?;
                    return Ok(Obtained { credential, fresh: true, origin: Origin::None });
                }
                let mut flight = match shared.join(&key, target)? {
                    Joined::Cached(credential) => {
                        return Ok(Obtained { credential, fresh: false, origin: Origin::Entry(key) });
                    }
                    Joined::Flight(flight) => flight,
                };
                let landed = flight.wait_for(Option::is_some).await.map(|result| result.clone());
                let credential = landed.ok().flatten().unwrap_or_else(|| Err(forgotten()))?;
                Ok(Obtained { credential, fresh: true, origin: Origin::Entry(key) })
            }
        }
    }

    /// To be called when PostgreSQL refuses a login (class 28). Drops exactly this secret, not one that somebody
    /// fetched since. Says whether it makes sense to obtain and try once more.
    #[must_use]
    pub fn reject(&self, refused: &Obtained) -> bool {
        let mut state = self.shared.state();
        match &refused.origin {
            Origin::None => false,
            Origin::Password(person, server) => {
                state.passwords.drop_if_same(person, server, &refused.credential);
                false
            }
            Origin::Entry(key) => {
                if let Some(entry) = state.entries.get_mut(key) {
                    entry.current.take_if(|current| Arc::ptr_eq(current, &refused.credential));
                }
                !refused.fresh
            }
        }
    }

    /// Keeps a password that the person typed, until [`reject`](Self::reject) or one of the `forget` functions.
    pub fn provide_password(&self, person: &Person, server: &ServerKey, password: SecretString) {
        let credential = self.shared.credential(Presentation::Password(password), SourceKind::Password);
        self.shared.state().passwords.keep(person, server, credential);
    }

    /// Forgets everything of a person and stops commands that run for them: at logout, or when the account is disabled.
    pub fn forget_person(&self, person: &Person) {
        let mut state = self.shared.state();
        state.passwords.forget_person(person);
        state.entries.retain(|key, _| !key.person.is_same(person));
    }

    /// Forgets everybody's secrets for a server and stops commands that run for it: when it is deleted.
    pub fn forget_server(&self, server: &ServerKey) {
        let mut state = self.shared.state();
        state.passwords.forget_server(server);
        state.entries.retain(|key, _| key.server != *server);
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        // Running flights hold the shared part, which in turn holds them.
        self.shared.state().entries.clear();
    }
}

struct Shared {
    clock: Clock,
    variables: Variables,
    fingerprint_key: RandomState,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    entries: HashMap<Key, Entry>,
    passwords: Passwords,
    flights_started: u64,
}

/// Whose secret, from which command, for which login. Not the database: no secret depends on it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    person: Person,
    server: ServerKey,
    source: ExecConfig,
    host: String,
    port: Option<u16>,
    user: String,
}

impl Key {
    fn new(person: &Person, server: &ServerKey, source: &ExecConfig, target: &Target) -> Self {
        Self {
            person: person.clone(),
            server: server.clone(),
            source: source.clone(),
            host: target.host.clone(),
            port: target.port,
            user: target.user.clone(),
        }
    }
}

/// Where a credential is kept, if anywhere.
#[derive(Clone, Debug)]
enum Origin {
    None,
    Password(Person, ServerKey),
    Entry(Key),
}

struct Entry {
    current: Option<Arc<Credential>>,
    flight: Option<Flight>,
    failures: u32,
    last_failure: Option<(CredentialError, SystemTime)>,
    used_at: SystemTime,
}

type Landed = Option<Result<Arc<Credential>, CredentialError>>;

/// One run of a source. Dropping it stops the run.
struct Flight {
    number: u64,
    result: watch::Receiver<Landed>,
    task: JoinHandle<()>,
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.task.abort();
    }
}

enum Joined {
    Cached(Arc<Credential>),
    Flight(watch::Receiver<Landed>),
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // No code under the lock leaves the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The cached secret, or the run to wait for: the one under way, else a new one.
    fn join(self: &Arc<Self>, key: &Key, target: &Target) -> Result<Joined, CredentialError> {
        let now = (self.clock)();
        let mut state = self.state();
        state.make_room(key, now);
        let State { entries, flights_started, .. } = &mut *state;
        let entry = entries.entry(key.clone()).or_insert_with(|| Entry::new(now));
        entry.used_at = now;

        let cached = entry.current.clone().map(|credential| (freshness(&credential, now), credential));
        if let Some((Freshness::Good, credential)) = cached {
            return Ok(Joined::Cached(credential));
        }
        let still_usable = cached.filter(|(freshness, _)| *freshness == Freshness::RenewAhead);
        let resting =
            entry.last_failure.as_ref().filter(|(_, retry_at)| now < *retry_at).map(|(error, _)| error.clone());
        if entry.flight.is_none() && resting.is_none() {
            *flights_started += 1;
            entry.flight = Some(self.start(*flights_started, key, target));
        }
        match (still_usable, &entry.flight, resting) {
            (Some((_, credential)), _, _) => Ok(Joined::Cached(credential)),
            (None, Some(flight), _) => Ok(Joined::Flight(flight.result.clone())),
            (None, None, Some(error)) => Err(error),
            (None, None, None) => unreachable!("a flight was started just above"),
        }
    }

    fn start(self: &Arc<Self>, number: u64, key: &Key, target: &Target) -> Flight {
        let (sender, result) = watch::channel(None);
        let (shared, key, target) = (Arc::clone(self), key.clone(), target.clone());
        let task = tokio::spawn(async move {
            let outcome = shared.fetch(&key, &target).await;
            let outcome = shared.land(number, &key, outcome);
            sender.send_replace(Some(outcome));
        });
        Flight { number, result, task }
    }

    /// Takes in the outcome of a flight, unless its entry was forgotten meanwhile.
    fn land(
        &self,
        number: u64,
        key: &Key,
        outcome: Result<Arc<Credential>, CredentialError>,
    ) -> Result<Arc<Credential>, CredentialError> {
        let now = (self.clock)();
        let mut state = self.state();
        let entry = state.entries.get_mut(key).ok_or_else(forgotten)?;
        if entry.flight.take_if(|flight| flight.number == number).is_none() {
            return Err(forgotten());
        }
        match outcome {
            Ok(credential) => {
                entry.current = Some(Arc::clone(&credential));
                entry.failures = 0;
                entry.last_failure = None;
                Ok(credential)
            }
            Err(error) => {
                entry.failures = entry.failures.saturating_add(1);
                let retry_at = back_off(entry.failures).map(|wait| now + wait);
                let error = error.not_before(retry_at);
                entry.last_failure = retry_at.map(|retry_at| (error.clone(), retry_at));
                Err(error)
            }
        }
    }

    async fn fetch(&self, key: &Key, target: &Target) -> Result<Arc<Credential>, CredentialError> {
        let user = key.person.username();
        match exec::fetch(&key.source, &self.variables, &key.person, target, &*self.clock).await {
            Ok(printed) => {
                let credential = self.credential_of(printed, key.source.expiration());
                tracing::info!(user, server = ?key.server, fingerprint = %credential.fingerprint, "a command gave a credential");
                Ok(Arc::new(credential))
            }
            Err(error) => {
                tracing::warn!(user, server = ?key.server, %error, stderr = error.for_owner(), "a command gave no credential");
                Err(error)
            }
        }
    }

    fn credential_of(&self, printed: Printed, expiration: Expiration) -> Credential {
        let mut credential = self.credential(Presentation::Password(printed.secret), SourceKind::Exec);
        let configured = match expiration {
            Expiration::Never | Expiration::EveryConnection => None,
            Expiration::After(life) => credential.obtained_at.checked_add(life),
        };
        credential.username = printed.username;
        credential.expires_at = exec::earlier(printed.expires_at, configured);
        credential
    }

    fn credential(&self, presentation: Presentation, source: SourceKind) -> Credential {
        let secret = match &presentation {
            Presentation::None => "",
            Presentation::Password(secret) => secret.expose_secret(),
        };
        Credential {
            fingerprint: Fingerprint::of(secret, &self.fingerprint_key),
            presentation,
            username: None,
            source,
            obtained_at: (self.clock)(),
            expires_at: None,
        }
    }
}

impl State {
    /// Before a new entry: drops those of an older configuration of the same server, and one more when full.
    fn make_room(&mut self, key: &Key, now: SystemTime) {
        if self.entries.contains_key(key) {
            return;
        }
        self.entries
            .retain(|other, _| other.person != key.person || other.server != key.server || other.source == key.source);
        if self.entries.len() >= MOST_ENTRIES {
            self.entries.retain(|_, entry| entry.flight.is_some() || entry.is_usable(now));
        }
        if self.entries.len() >= MOST_ENTRIES
            && let Some(oldest) = self.entries.iter().min_by_key(|(_, entry)| entry.used_at).map(|(key, _)| key.clone())
        {
            self.entries.remove(&oldest);
        }
    }
}

impl Entry {
    fn new(now: SystemTime) -> Self {
        Self { current: None, flight: None, failures: 0, last_failure: None, used_at: now }
    }

    fn is_usable(&self, now: SystemTime) -> bool {
        self.current.as_ref().is_some_and(|credential| freshness(credential, now) != Freshness::Over)
    }
}

fn forgotten() -> CredentialError {
    CredentialError::failed("the sign-in or the server ended while its credential was being obtained")
}
