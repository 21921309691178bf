//! What the tests of AWS, Google Cloud and Vault share: a broker in a cloud's surroundings, with people who signed in.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use howdah_credentials::{
    Broker, CredentialError, IssuedToken, Obtained, Person, Presentation, ServerKey, Setup, SignInTokenError,
    SignInTokens, SourceConfig, Target, TokenRequest,
};
use howdah_testkit::{DoubleClock, certificates};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use secrecy::ExposeSecret;
use tempfile::TempDir;
use url::Url;

/// A clock that is moved by hand, for a broker and the doubles that it talks to.
#[derive(Clone)]
pub(crate) struct Hands(Arc<Mutex<SystemTime>>);

impl Hands {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000))))
    }

    pub(crate) fn clock(&self) -> DoubleClock {
        let now = Arc::clone(&self.0);
        Arc::new(move || *now.lock().unwrap())
    }

    pub(crate) fn now(&self) -> SystemTime {
        *self.0.lock().unwrap()
    }

    pub(crate) fn advance(&self, seconds: u64) {
        *self.0.lock().unwrap() += Duration::from_secs(seconds);
    }
}

/// What people's sign-ins give, by the key of the person.
#[derive(Default)]
pub(crate) struct SignIns {
    pub(crate) id_tokens: Mutex<HashMap<String, String>>,
    pub(crate) access_tokens: Mutex<HashMap<String, String>>,
}

#[async_trait]
impl SignInTokens for SignIns {
    async fn token(&self, person: &Person, request: TokenRequest) -> Result<IssuedToken, SignInTokenError> {
        let tokens = match request {
            TokenRequest::IdToken => &self.id_tokens,
            TokenRequest::AccessToken => &self.access_tokens,
            _ => return Err(SignInTokenError::NotSignedInThroughProvider),
        };
        let token = tokens.lock().unwrap().get(person.key()).cloned();
        let token = token.ok_or(SignInTokenError::SignInAgain { claims: None })?.into();
        Ok(IssuedToken { token, issuer: Some("https://id.example.com".to_owned()), expires_at: None, renew_at: None })
    }

    fn sign_in_again(&self, _: &Person, _: Option<&str>) -> Option<Url> {
        Url::parse("https://howdah.example.com/oauth2/login/corp").ok()
    }
}

pub(crate) struct Cloud {
    pub(crate) hands: Hands,
    pub(crate) broker: Broker,
    pub(crate) sign_ins: Arc<SignIns>,
    pub(crate) person: Person,
    pub(crate) target: Target,
    directory: TempDir,
}

impl Cloud {
    /// A broker in this environment. `$D` in a value is a directory that is empty at first, and `HOME`.
    pub(crate) fn new(hands: &Hands, environment: &[(&str, &str)]) -> Self {
        let directory = TempDir::new().unwrap();
        let path = directory.path().to_str().unwrap().to_owned();
        let variables = environment.iter().copied().chain([("HOME", "$D"), ("PATH", "/usr/bin:/bin")]);
        let variables =
            variables.map(|(name, value)| (OsString::from(name), OsString::from(value.replace("$D", &path))));
        let sign_ins = Arc::new(SignIns::default());
        let mut setup = Setup::new(hands.clock(), variables);
        setup.sign_ins = Arc::clone(&sign_ins) as Arc<dyn SignInTokens>;
        setup.extra_roots = vec![CertificateDer::from_pem_slice(certificates().ca_pem().as_bytes()).unwrap()];
        Self {
            hands: hands.clone(),
            broker: Broker::new(setup),
            sign_ins,
            person: Person::new("session-ada", "ada@example.com"),
            target: target("db.abc.eu-central-1.rds.amazonaws.com", "app"),
            directory,
        }
    }

    /// Writes a file below `$D`, and gives its path.
    pub(crate) fn file(&self, name: &str, content: &str) -> String {
        let path = self.directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content.replace("$D", self.directory.path().to_str().unwrap())).unwrap();
        path.to_str().unwrap().to_owned()
    }

    pub(crate) fn sign_in(&self, person: &Person, id_token: &str) {
        self.sign_ins.id_tokens.lock().unwrap().insert(person.key().to_owned(), id_token.to_owned());
    }

    pub(crate) async fn obtain(&self, source: &SourceConfig) -> Result<Obtained, CredentialError> {
        self.obtain_for(&self.person, source, &self.target).await
    }

    pub(crate) async fn obtain_for(
        &self,
        person: &Person,
        source: &SourceConfig,
        target: &Target,
    ) -> Result<Obtained, CredentialError> {
        // What is printed must be fit for a log in any case.
        let outcome = self.broker.obtain(person, &ServerKey::new(target.host.as_str()), source, target).await;
        let printed =
            format!("{source:?} {outcome:?} {}", outcome.as_ref().map_or_else(ToString::to_string, |_| String::new()));
        assert!(!printed.contains("planted"), "a secret is printed: {printed}");
        outcome
    }

    pub(crate) async fn secret(&self, source: &SourceConfig) -> String {
        secret_of(&self.obtain(source).await.unwrap())
    }

    /// The reason of a failure.
    pub(crate) async fn failure(&self, source: &SourceConfig) -> String {
        let error = self.obtain(source).await.unwrap_err();
        assert!(["credential_failed", "credential_timeout"].contains(&error.code()), "{error:?}");
        error.to_string()
    }
}

pub(crate) fn target(host: &str, user: &str) -> Target {
    Target { host: host.to_owned(), port: Some(5432), user: user.to_owned(), database: "shop".to_owned() }
}

pub(crate) fn secret_of(obtained: &Obtained) -> String {
    match &obtained.credential.presentation {
        Presentation::Token(secret) | Presentation::Password(secret) => secret.expose_secret().to_owned(),
        other => panic!("an unexpected presentation: {other:?}"),
    }
}

/// Seconds from now to the end of a credential.
pub(crate) fn life(cloud: &Cloud, obtained: &Obtained) -> u64 {
    obtained.credential.expires_at.unwrap().duration_since(cloud.hands.now()).unwrap().as_secs()
}
