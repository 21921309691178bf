//! A broker with a clock that is moved by hand, scripts to run, and sign-ins that give what a test says.

use std::cell::RefCell;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Once};
use std::time::{Duration, SystemTime};
use std::{fs, io};

use async_trait::async_trait;
use howdah_credentials::{
    Broker, Clock, Commands, CredentialError, Expiration, IssuedToken, Obtained, Person, Presentation, Prompt,
    ServerKey, Setup, SignInTokenError, SignInTokens, SourceConfig, Target, Timer, TokenRequest,
};
use howdah_testkit::certificates;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use secrecy::ExposeSecret;
use tempfile::TempDir;
use tokio::sync::Semaphore;
use tracing_subscriber::EnvFilter;
use url::Url;

/// Where browsers come back to.
pub(crate) const REDIRECT_URI: &str = "https://console.example.com/oauth2/authorize";
/// Where people sign in again.
pub(crate) const SIGN_IN: &str = "https://console.example.com/oauth2/login/entra";

pub(crate) const HOUR: Expiration = Expiration::After(Duration::from_secs(3600));

/// A clock that is moved by hand. Whoever sleeps is woken by hand too, and moves the clock by as much as they slept.
#[derive(Clone)]
pub(crate) struct Time {
    now: Arc<Mutex<SystemTime>>,
    wakings: Arc<Semaphore>,
    slept: Arc<Mutex<Vec<u64>>>,
}

impl Time {
    pub(crate) fn new() -> Self {
        Self {
            now: Arc::new(Mutex::new(SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000))),
            wakings: Arc::new(Semaphore::new(0)),
            slept: Arc::default(),
        }
    }

    pub(crate) fn clock(&self) -> Clock {
        let now = Arc::clone(&self.now);
        Arc::new(move || *now.lock().unwrap())
    }

    pub(crate) fn now(&self) -> SystemTime {
        *self.now.lock().unwrap()
    }

    pub(crate) fn advance(&self, seconds: u64) {
        *self.now.lock().unwrap() += Duration::from_secs(seconds);
    }

    /// The next so many sleeps end at once.
    pub(crate) fn wake(&self, sleeps: usize) {
        self.wakings.add_permits(sleeps);
    }

    /// How long each of the sleeps that ended was, in seconds.
    pub(crate) fn slept(&self) -> Vec<u64> {
        self.slept.lock().unwrap().clone()
    }

    fn timer(&self) -> Timer {
        let time = self.clone();
        Arc::new(move |duration| {
            let time = time.clone();
            Box::pin(async move {
                time.wakings.acquire().await.unwrap().forget();
                time.advance(duration.as_secs());
                time.slept.lock().unwrap().push(duration.as_secs());
            })
        })
    }
}

pub(crate) struct Bench {
    directory: TempDir,
    pub(crate) time: Time,
    pub(crate) broker: Arc<Broker>,
    pub(crate) person: Person,
    pub(crate) server: ServerKey,
    pub(crate) target: Target,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(&Time::new(), |_| {})
    }

    /// A broker that is set up otherwise. It trusts the testkit's certificates.
    pub(crate) fn with(time: &Time, change: impl FnOnce(&mut Setup)) -> Self {
        // Another test of this process may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let environment = [
            ("PATH", "/usr/bin:/bin"),
            ("HOME", "/home/howdah"),
            ("REGION", "eu"),
            ("OTHER_SECRET", "planted-environment"),
            ("HOWDAH_STORE__URL", "planted-setting"),
        ]
        .map(|(name, value)| (OsString::from(name), OsString::from(value)));
        let mut setup = Setup::new(time.clock(), environment);
        setup.timer = time.timer();
        setup.redirect_uri = Some(Url::parse(REDIRECT_URI).unwrap());
        setup.extra_roots = vec![CertificateDer::from_pem_slice(certificates().ca_pem().as_bytes()).unwrap()];
        change(&mut setup);
        Self {
            directory: TempDir::new().unwrap(),
            time: time.clone(),
            broker: Arc::new(Broker::new(setup)),
            person: Person::new("session-1", "ada"),
            server: ServerKey::new("server-1"),
            target: Target {
                host: "db.example.com".to_owned(),
                port: Some(5432),
                user: "ada@example.com".to_owned(),
                database: "shop".to_owned(),
            },
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a script; `$D` in it is the bench's directory. Gives the argv that runs it.
    pub(crate) fn script(&self, text: &str) -> Vec<String> {
        let path = self.path("script.sh");
        fs::write(&path, format!("D='{}'\n{text}\n", self.directory.path().display())).unwrap();
        vec!["/bin/sh".to_owned(), path.display().to_string()]
    }

    pub(crate) fn source(&self, script: &str, expiration: Expiration) -> SourceConfig {
        self.source_with(script, &[], expiration, None)
    }

    pub(crate) fn source_with(
        &self,
        script: &str,
        arguments: &[&str],
        expiration: Expiration,
        timeout: Option<Duration>,
    ) -> SourceConfig {
        let mut argv = self.script(script);
        argv.extend(arguments.iter().map(|&argument| argument.to_owned()));
        let mut commands = Commands::serve(false, vec!["REGION".to_owned()]).unwrap();
        commands.offer("script", argv, expiration, timeout).unwrap();
        commands.named("script", None, None).unwrap()
    }

    /// What the person must do.
    pub(crate) async fn prompt(&self, source: &SourceConfig) -> Prompt {
        match self.obtain(source).await {
            Err(CredentialError::InteractionRequired(prompt)) => *prompt,
            other => panic!("no prompt: {other:?}"),
        }
    }

    /// Why there is no secret.
    pub(crate) async fn refusal(&self, source: &SourceConfig) -> String {
        self.obtain(source).await.unwrap_err().to_string()
    }

    /// Waits until the person has acted, as they should.
    pub(crate) async fn wait_for_person(&self, source: &SourceConfig) {
        self.end_of_flow(source).await.unwrap();
    }

    /// Waits until the person has acted, in any way.
    pub(crate) async fn end_of_flow(&self, source: &SourceConfig) -> Result<(), CredentialError> {
        self.broker.wait_for_person(&self.person, &self.server, source, &self.target).await
    }

    pub(crate) async fn obtain(&self, source: &SourceConfig) -> Result<Obtained, CredentialError> {
        self.broker.obtain(&self.person, &self.server, source, &self.target).await
    }

    /// The secret, and whether it is fresh.
    pub(crate) async fn secret(&self, source: &SourceConfig) -> (String, bool) {
        let obtained = self.obtain(source).await.unwrap();
        (secret_of(&obtained), obtained.fresh)
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.time.advance(seconds);
    }

    /// How often a script did `echo >> $D/runs`.
    pub(crate) fn runs(&self) -> usize {
        fs::read_to_string(self.path("runs")).map_or(0, |text| text.lines().count())
    }
}

pub(crate) fn secret_of(obtained: &Obtained) -> String {
    match &obtained.credential.presentation {
        Presentation::Password(secret)
        | Presentation::Token(secret)
        | Presentation::OAuthBearer { token: secret, .. } => secret.expose_secret().to_owned(),
        Presentation::None => String::new(),
    }
}

thread_local! {
    /// What this thread has logged since it listens. Each test has a thread to itself.
    static LOGGED: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

struct ThreadLog;

impl io::Write for ThreadLog {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOGGED.with_borrow_mut(|logged| logged.iter_mut().for_each(|logged| logged.extend_from_slice(bytes)));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// From now on, [`logged`] knows what this test logs, on every level. A subscriber for each test would not do: whether
/// anybody listens is decided once for the process.
pub(crate) fn listen_to_log() {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| {
        // What the transport says on its lowest level is the very bytes; nobody else may say them.
        let filter = EnvFilter::new(
            "trace,h2=info,hyper=debug,hyper_util=debug,reqwest=debug,rustls=debug,mio=info,tokio=info,axum=info",
        );
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(|| ThreadLog).init();
    });
    LOGGED.set(Some(Vec::new()));
}

/// What this test has logged.
pub(crate) fn logged() -> String {
    LOGGED.with_borrow(|logged| String::from_utf8_lossy(logged.as_deref().unwrap_or_default()).into_owned())
}

/// Waits until something that another process or task does has happened.
pub(crate) async fn eventually(what: &str, mut happened: impl FnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    while !happened() {
        assert!(tokio::time::Instant::now() < deadline, "never happened: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Whether the process whose number a script wrote to a file still runs.
pub(crate) fn is_alive(pid_file: &Path) -> bool {
    let pid = fs::read_to_string(pid_file).unwrap();
    let status = fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    // A zombie has ended; its parent has yet to hear of it.
    !status.is_empty() && !status.contains(") Z ")
}

/// Sign-ins that give what a test says.
#[derive(Default)]
pub(crate) struct ScriptedSignIns {
    answer: Mutex<Option<Result<IssuedToken, SignInTokenError>>>,
    asked: Mutex<Vec<(String, TokenRequest)>>,
}

impl ScriptedSignIns {
    /// What is given from now on.
    pub(crate) fn give(&self, answer: Result<IssuedToken, SignInTokenError>) {
        *self.answer.lock().unwrap() = Some(answer);
    }

    /// What was asked for so far, and for whom.
    pub(crate) fn asked(&self) -> Vec<(String, TokenRequest)> {
        self.asked.lock().unwrap().clone()
    }
}

#[async_trait]
impl SignInTokens for ScriptedSignIns {
    async fn token(&self, person: &Person, request: TokenRequest) -> Result<IssuedToken, SignInTokenError> {
        self.asked.lock().unwrap().push((person.key().to_owned(), request));
        let answer = self.answer.lock().unwrap().clone();
        answer.expect("the test says what is given")
    }

    fn sign_in_again(&self, _: &Person, claims: Option<&str>) -> Option<Url> {
        let mut url = Url::parse(SIGN_IN).unwrap();
        if let Some(claims) = claims {
            url.query_pairs_mut().append_pair("claims", claims);
        }
        Some(url)
    }
}
