//! The one cache of secrets: shares runs of a source, renews ahead, forgets what PostgreSQL refuses.

use std::ffi::OsString;
use std::hash::RandomState;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, SystemTime};

use rustls::pki_types::CertificateDer;
use secrecy::SecretString;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use url::Url;

use crate::Clock;
use crate::cache::{Flight, Next, Progress, State};
use crate::credential::{Credential, Fingerprint, Presentation, SourceKind};
use crate::error::CredentialError;
use crate::exec::Variables;
use crate::http::Http;
use crate::identity::{Person, ServerKey, Target};
use crate::redirects::{RedirectAnswer, Redirects};
use crate::request::{Kept, Key, Request, Timer, Tools, Why, Witness};
use crate::sign_in::{NoSignIns, SignInTokens};
use crate::source::{Ending, Fetched, Interaction, Outcome, SourceConfig};
use crate::standing::Standing;

/// How long everything that ends secrets outside may take at shutdown.
const ENDINGS_TIMEOUT: Duration = Duration::from_secs(5);

/// What a broker works with.
pub struct Setup {
    /// Tells the time.
    pub clock: Clock,
    /// Waits. The default is tokio's.
    pub timer: Timer,
    /// The process's environment (`std::env::vars_os()`): commands get a part of it, and clouds say there where they are.
    pub environment: Vec<(OsString, OsString)>,
    /// What people's sign-ins give. The default gives nothing.
    pub sign_ins: Arc<dyn SignInTokens>,
    /// Where browsers come back to from an authorization server. Without one, nobody is sent there.
    pub redirect_uri: Option<Url>,
    /// Certificates to trust beside the system's.
    pub extra_roots: Vec<CertificateDer<'static>>,
    /// Hears of every answer of a source.
    pub witness: Witness,
}

impl Setup {
    /// With defaults for what is not given.
    pub fn new(clock: Clock, environment: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        Self {
            clock,
            timer: Arc::new(|time| Box::pin(tokio::time::sleep(time))),
            environment: environment.into_iter().collect(),
            sign_ins: Arc::new(NoSignIns),
            redirect_uri: None,
            extra_roots: Vec::new(),
            witness: Arc::new(|_| {}),
        }
    }
}

/// Gives the secret for every new connection.
///
/// Dropping the broker stops everything that still runs and forgets all secrets; [`shut_down`](Self::shut_down) also
/// ends those that live outside.
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

impl Obtained {
    /// When the secret is renewed while a connection with it is open. `None` where each connection gets one of its own,
    /// and where it does not end.
    pub fn renews_at(&self) -> Option<SystemTime> {
        matches!(self.origin, Origin::Entry(_)).then(|| self.credential.renews_at())?
    }
}

/// Says that a connection is open: while it lives, [`Broker::renew_due`] keeps the connection's secret good.
pub struct Hold {
    shared: Weak<Shared>,
    held: Option<(Arc<Key>, watch::Receiver<Option<Standing>>)>,
}

impl Hold {
    /// How it stands with the secret for such a connection: renewed since this one was opened, perhaps. `None` where
    /// nothing is renewed.
    pub fn standing(&self) -> Option<Standing> {
        self.held.as_ref()?.1.borrow().clone()
    }

    /// Waits until the secret was renewed, or could not be; for ever where nothing is renewed any more. Nothing is
    /// missed if the future is dropped.
    pub async fn changed(&mut self) -> Standing {
        if let Some((_, standing)) = &mut self.held
            && standing.changed().await.is_ok()
            && let Some(standing) = standing.borrow_and_update().clone()
        {
            return standing;
        }
        std::future::pending().await
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if let (Some(shared), Some((key, _))) = (self.shared.upgrade(), &self.held)
            && let Some(entry) = shared.state().entries.get_mut(key)
        {
            // An entry that was forgotten and made anew since counts from nothing.
            entry.holds = entry.holds.saturating_sub(1);
        }
    }
}

impl Broker {
    /// A broker without secrets.
    pub fn new(setup: Setup) -> Self {
        let tools = Tools {
            clock: setup.clock,
            timer: setup.timer,
            http: Http::new(setup.extra_roots),
            variables: Variables::new(setup.environment),
            sign_ins: setup.sign_ins,
            redirect_uri: setup.redirect_uri,
            redirects: Redirects::default(),
            kept: Kept::default(),
            witness: setup.witness,
        };
        Self {
            shared: Arc::new(Shared {
                tools: Arc::new(tools),
                fingerprint_key: RandomState::new(),
                state: Mutex::default(),
                endings: Mutex::default(),
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
    /// [`CredentialError::PasswordRequired`] asks for [`provide_password`](Self::provide_password).
    /// [`CredentialError::InteractionRequired`] is for the person: a flow has begun that goes on by itself once they have
    /// acted. Until then every call gives the same prompt at once; [`wait_for_person`](Self::wait_for_person) waits.
    /// Anything else is the source's failure. A source that keeps failing is left alone for up to a minute, in which its
    /// last failure is returned at once.
    pub async fn obtain(
        &self,
        person: &Person,
        server: &ServerKey,
        source: &SourceConfig,
        target: &Target,
    ) -> Result<Obtained, CredentialError> {
        let shared = &self.shared;
        let Some(key) = Key::new(person, server, source, target) else {
            return shared.obtain_without_source(person, server, source);
        };
        let request = shared.request(person, server, target, key);
        if request.runs_each_time() {
            let credential = shared.run_once(&request).await?;
            return Ok(Obtained { credential, fresh: true, origin: Origin::None });
        }
        let origin = || Origin::Entry(Arc::clone(&request.key));
        loop {
            let (mut progress, is_ours) = match shared.join(&request)? {
                Joined::Cached(credential) => return Ok(Obtained { credential, fresh: false, origin: origin() }),
                Joined::Begun(progress) => (progress, true),
                Joined::UnderWay(progress) => (progress, false),
            };
            let landed = progress.wait_for(|progress| !matches!(progress, Progress::Working)).await;
            match landed.map(|progress| progress.clone()) {
                // It was begun before this machine slept.
                Ok(Progress::Done(Ok(credential))) if !is_ours && credential.is_over(request.now()) => {}
                Ok(Progress::Done(result)) => {
                    return result.map(|credential| Obtained { credential, fresh: true, origin: origin() });
                }
                Ok(Progress::AwaitsPerson(prompt, _)) => {
                    return Err(CredentialError::InteractionRequired(Box::new(prompt)));
                }
                // It was begun for nobody. Now somebody is here.
                Ok(Progress::Later) => {}
                Ok(Progress::Working) | Err(_) => return Err(forgotten()),
            }
        }
    }

    /// Waits until the flow that waits for this person is over; returns at once if there is none. To be bounded by the
    /// caller, and followed by [`obtain`](Self::obtain).
    ///
    /// # Errors
    ///
    /// Why the flow ended without a credential: it was declined, or took too long. Obtaining then begins anew.
    pub async fn wait_for_person(
        &self,
        person: &Person,
        server: &ServerKey,
        source: &SourceConfig,
        target: &Target,
    ) -> Result<(), CredentialError> {
        match Key::new(person, server, source, target).and_then(|key| self.shared.flight(&key)) {
            Some(progress) => end_of(progress).await,
            None => Ok(()),
        }
    }

    /// Whether a flow of this person waits for a browser with this `state`: tells its answer from that of a sign-in
    /// where both come back to the same address.
    pub fn awaits_redirect(&self, person: &Person, state: &str) -> bool {
        self.shared.tools.redirects.flow_of(person, state).is_some()
    }

    /// Takes in what the person's browser brought back from an authorization server, and waits for the flow's end.
    ///
    /// # Errors
    ///
    /// When there is no such flow of this person (unknown, too late, or answered before), or when it fails.
    pub async fn complete_redirect(
        &self,
        person: &Person,
        state: &str,
        answer: RedirectAnswer,
    ) -> Result<(), CredentialError> {
        let tools = &self.shared.tools;
        let unknown = || {
            CredentialError::failed(
                "no connection of yours waits for this answer: it came too late or twice. Connect once more",
            )
        };
        // Found before the answer is handed over, because the flow may end at once.
        let flight = tools.redirects.flow_of(person, state).and_then(|key| self.shared.flight(&key));
        let progress = flight.ok_or_else(unknown)?;
        if !tools.redirects.come_back(person, state, answer, (tools.clock)()) {
            return Err(unknown());
        }
        end_of(progress).await
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
                    entry.refuse(&refused.credential);
                }
                !refused.fresh
            }
        }
    }

    /// To be kept as long as the connection that was opened with this credential.
    pub fn hold(&self, obtained: &Obtained) -> Hold {
        let mut state = self.shared.state();
        let held = match &obtained.origin {
            Origin::Entry(key) => state.entries.get_mut(key).map(|entry| {
                entry.holds += 1;
                (Arc::clone(key), entry.standing.subscribe())
            }),
            Origin::None | Origin::Password(..) => None,
        };
        Hold { shared: Arc::downgrade(&self.shared), held }
    }

    /// Renews the secrets of open connections that are due, in the background. To be called every few seconds; it costs
    /// next to nothing. A flow that would need a person does not begin here; those that wait too long end.
    pub fn renew_due(&self) {
        let shared = &self.shared;
        let now = (shared.tools.clock)();
        shared.tools.redirects.give_up(now);
        let mut state = shared.state();
        let State { entries, flights_started, .. } = &mut *state;
        for entry in entries.values_mut().filter(|entry| entry.holds > 0 && entry.is_due(now)) {
            *flights_started += 1;
            entry.flight = Some(shared.start(*flights_started, &entry.request, Why::Ahead));
        }
    }

    /// Keeps a password that the person typed, until [`reject`](Self::reject) or one of the `forget` functions. `bound_to`
    /// says what for: whoever asks by [`knows_password`](Self::knows_password) first sends it nowhere else.
    pub fn provide_password(&self, person: &Person, server: &ServerKey, password: SecretString, bound_to: &str) {
        let fetched = Fetched::new(Presentation::Password(password));
        let credential = self.shared.credential(fetched, SourceKind::Password).0;
        self.shared.state().passwords.keep(person, server, bound_to, credential);
    }

    /// Whether there is a password that was provided for this. One that was provided for something else is forgotten, so
    /// that it is not sent there.
    pub fn knows_password(&self, person: &Person, server: &ServerKey, bound_to: &str) -> bool {
        self.shared.state().passwords.is_for(person, server, bound_to)
    }

    /// Forgets a password that the person typed.
    pub fn forget_password(&self, person: &Person, server: &ServerKey) {
        self.shared.state().passwords.forget(person, server);
    }

    /// Forgets everything of a person and stops what runs for them: at logout, or when the account is disabled. What
    /// lives outside (a lease) is ended in the background.
    pub fn forget_person(&self, person: &Person) {
        let endings = {
            let mut state = self.shared.state();
            state.passwords.forget_person(person);
            state.forget(|key| key.owner.is(person))
        };
        self.shared.tools.redirects.forget_person(person);
        self.shared.tools.kept.forget_person(person);
        self.shared.end(endings);
    }

    /// Forgets everybody's secrets for a server and stops what runs for it: when it is deleted. Secrets that are shared
    /// by servers stay.
    pub fn forget_server(&self, server: &ServerKey) {
        let endings = {
            let mut state = self.shared.state();
            state.passwords.forget_server(server);
            state.forget(|key| key.server.as_ref() == Some(server))
        };
        self.shared.end(endings);
    }

    /// Forgets everything and ends what lives outside, for a few seconds at most.
    pub async fn shut_down(&self) {
        let endings = self.shared.state().forget(|_| true);
        self.shared.end(endings);
        let mut running = std::mem::take(&mut *self.shared.endings());
        if timeout(ENDINGS_TIMEOUT, async { while running.join_next().await.is_some() {} }).await.is_err() {
            tracing::warn!("some database leases were not ended: they will run out by themselves");
        }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        // Running flights hold the shared part, which in turn holds them.
        self.shared.state().entries.clear();
    }
}

struct Shared {
    tools: Arc<Tools>,
    fingerprint_key: RandomState,
    state: Mutex<State>,
    /// What ends secrets outside, while it runs.
    endings: Mutex<JoinSet<()>>,
}

/// Where a credential is kept, if anywhere.
#[derive(Clone, Debug)]
enum Origin {
    None,
    Password(Person, ServerKey),
    Entry(Arc<Key>),
}

enum Joined {
    Cached(Arc<Credential>),
    /// A run that began for this.
    Begun(watch::Receiver<Progress>),
    /// One that began before.
    UnderWay(watch::Receiver<Progress>),
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // No code under the lock leaves the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn endings(&self) -> MutexGuard<'_, JoinSet<()>> {
        self.endings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn request(&self, person: &Person, server: &ServerKey, target: &Target, key: Key) -> Request {
        Request {
            person: person.clone(),
            server: server.clone(),
            target: target.clone(),
            why: Why::Needed,
            tools: Arc::clone(&self.tools),
            key: Arc::new(key),
        }
    }

    fn obtain_without_source(
        &self,
        person: &Person,
        server: &ServerKey,
        source: &SourceConfig,
    ) -> Result<Obtained, CredentialError> {
        if *source == SourceConfig::Password {
            let kept = self.state().passwords.find(person, server);
            let credential = kept.ok_or(CredentialError::PasswordRequired)?;
            return Ok(Obtained { credential, fresh: false, origin: Origin::Password(person.clone(), server.clone()) });
        }
        let (credential, _) = self.credential(Fetched::new(Presentation::None), SourceKind::None);
        Ok(Obtained { credential: Arc::new(credential), fresh: true, origin: Origin::None })
    }

    /// The cached secret, or the run to wait for: the one under way, else a new one.
    fn join(self: &Arc<Self>, request: &Request) -> Result<Joined, CredentialError> {
        let now = request.now();
        let mut state = self.state();
        state.make_entry(request, now);
        let State { entries, flights_started, .. } = &mut *state;
        let entry = entries.get_mut(&*request.key).ok_or_else(forgotten)?;
        entry.used_at = now;
        let next = entry.next(now);
        let mut start = |why| {
            *flights_started += 1;
            let flight = self.start(*flights_started, request, why);
            let progress = flight.progress.clone();
            entry.flight = Some(flight);
            progress
        };
        match next {
            Next::Use(credential) => Ok(Joined::Cached(credential)),
            Next::UseAndRenew(credential) => {
                start(Why::Ahead);
                Ok(Joined::Cached(credential))
            }
            Next::Wait(progress) => Ok(Joined::UnderWay(progress)),
            Next::Start(why) => Ok(Joined::Begun(start(why))),
            Next::Fail(error) => Err(error),
        }
    }

    fn flight(&self, key: &Key) -> Option<watch::Receiver<Progress>> {
        let state = self.state();
        state.entries.get(key)?.flight.as_ref().map(|flight| flight.progress.clone())
    }

    fn start(self: &Arc<Self>, number: u64, request: &Request, why: Why) -> Flight {
        let (sender, progress) = watch::channel(Progress::Working);
        let shared = Arc::clone(self);
        let request = Request { why, ..request.clone() };
        let task = tokio::spawn(async move {
            let outcome = match shared.ask(&request).await {
                Ok(Outcome::Person(Interaction { prompt, expires_at, then })) => {
                    sender.send_replace(Progress::AwaitsPerson(prompt, expires_at));
                    then.await.map(Some)
                }
                Ok(Outcome::Credential(fetched)) => Ok(Some(fetched)),
                Ok(Outcome::Later) => Ok(None),
                Err(error) => Err(error),
            };
            sender.send_replace(shared.land(number, &request, outcome));
        });
        Flight { number, progress, task }
    }

    /// Asks a source whose answer is not kept.
    async fn run_once(&self, request: &Request) -> Result<Arc<Credential>, CredentialError> {
        let outcome = match self.ask(request).await {
            Ok(Outcome::Credential(fetched)) => Ok(self.credential(fetched, request.key.source.kind()).0),
            Ok(Outcome::Person(_) | Outcome::Later) => unreachable!("a flow needs a place where it is kept"),
            Err(error) => Err(error),
        };
        request.report(outcome.as_ref());
        outcome.map(Arc::new)
    }

    async fn ask(&self, request: &Request) -> Result<Outcome, CredentialError> {
        match request.key.source.source() {
            Some(source) => source.fetch(request).await,
            None => unreachable!("a key is made for sources only"),
        }
    }

    /// Takes in the outcome of a flight, unless its entry was forgotten meanwhile.
    fn land(
        self: &Arc<Self>,
        number: u64,
        request: &Request,
        outcome: Result<Option<Fetched>, CredentialError>,
    ) -> Progress {
        let now = request.now();
        let outcome = outcome.map(|fetched| fetched.map(|fetched| self.credential(fetched, request.key.source.kind())));
        if let Some(outcome) =
            outcome.as_ref().map(|found| found.as_ref().map(|(credential, _)| credential)).transpose()
        {
            request.report(outcome);
        }
        let mut state = self.state();
        let entry = state.entries.get_mut(&*request.key);
        let is_ours = |flight: &Flight| flight.number == number;
        let Some(entry) = entry.filter(|entry| entry.flight.as_ref().is_some_and(is_ours)) else {
            drop(state);
            if let Ok(Some((_, Some(ending)))) = outcome {
                self.end(vec![ending]);
            }
            return Progress::Done(Err(forgotten()));
        };
        // This aborts our own task, at its next await: there is none between here and its end.
        entry.flight = None;
        match outcome {
            Ok(Some((credential, ending))) => {
                let credential = Arc::new(credential);
                entry.succeed(Arc::clone(&credential));
                if let Some(ending) = ending {
                    state.remember_ending(&request.key, ending, now);
                }
                Progress::Done(Ok(credential))
            }
            Ok(None) => {
                entry.put_off();
                Progress::Later
            }
            Err(error) => Progress::Done(Err(entry.fail(error, request.why, now))),
        }
    }

    /// Runs what ends secrets outside. The tasks are awaited at shutdown and stopped with the broker.
    fn end(&self, endings: Vec<Ending>) {
        let mut running = self.endings();
        while running.try_join_next().is_some() {}
        for ending in endings {
            running.spawn((ending.run)());
        }
    }

    fn credential(&self, fetched: Fetched, source: SourceKind) -> (Credential, Option<Ending>) {
        let credential = Credential {
            fingerprint: Fingerprint::of(fetched.presentation.secret().unwrap_or_default(), &self.fingerprint_key),
            presentation: fetched.presentation,
            username: fetched.username,
            source,
            issuer: fetched.issuer,
            obtained_at: (self.tools.clock)(),
            expires_at: fetched.expires_at,
            renew_at: fetched.renew_at,
        };
        (credential, fetched.ending)
    }
}

async fn end_of(mut progress: watch::Receiver<Progress>) -> Result<(), CredentialError> {
    match progress.wait_for(Progress::is_over).await.map(|progress| progress.clone()) {
        Ok(Progress::Done(result)) => result.map(drop),
        Ok(_) => Ok(()),
        Err(_) => Err(forgotten()),
    }
}

fn forgotten() -> CredentialError {
    CredentialError::failed("the sign-in or the server ended while its credential was being obtained")
}
