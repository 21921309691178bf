//! A broker with a clock that is moved by hand, and scripts to run.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use howdah_credentials::{
    Broker, Clock, Commands, CredentialError, Expiration, Obtained, Person, Presentation, ServerKey, Setup,
    SourceConfig, Target,
};
use secrecy::ExposeSecret;
use tempfile::TempDir;

pub(crate) const HOUR: Expiration = Expiration::After(Duration::from_secs(3600));

pub(crate) struct Bench {
    directory: TempDir,
    now: Arc<Mutex<SystemTime>>,
    pub(crate) broker: Arc<Broker>,
    pub(crate) person: Person,
    pub(crate) server: ServerKey,
    pub(crate) target: Target,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let now = Arc::new(Mutex::new(SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)));
        let shown = Arc::clone(&now);
        let clock: Clock = Arc::new(move || *shown.lock().unwrap());
        let environment = [
            ("PATH", "/usr/bin:/bin"),
            ("HOME", "/home/howdah"),
            ("REGION", "eu"),
            ("OTHER_SECRET", "planted-environment"),
            ("HOWDAH_STORE__URL", "planted-setting"),
        ]
        .map(|(name, value)| (OsString::from(name), OsString::from(value)));
        Self {
            directory: TempDir::new().unwrap(),
            now,
            broker: Arc::new(Broker::new(Setup::new(clock, environment))),
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

    pub(crate) async fn obtain(&self, source: &SourceConfig) -> Result<Obtained, CredentialError> {
        self.broker.obtain(&self.person, &self.server, source, &self.target).await
    }

    /// The secret, and whether it is fresh.
    pub(crate) async fn secret(&self, source: &SourceConfig) -> (String, bool) {
        let obtained = self.obtain(source).await.unwrap();
        (secret_of(&obtained), obtained.fresh)
    }

    pub(crate) fn advance(&self, seconds: u64) {
        *self.now.lock().unwrap() += Duration::from_secs(seconds);
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
