//! What every request can reach.

use std::net::IpAddr;
use std::sync::{Arc, Weak};
use std::time::SystemTime;

use anyhow::Context;
use howdah_credentials::{Broker, Commands, Setup};
use howdah_oidc::RelyingParty;
use howdah_store::Store;
use tokio::runtime::Handle;
use tokio_util::task::TaskTracker;
use url::Url;

use crate::administration::SignInCounts;
use crate::audit::{Audit, Event};
use crate::config::Config;
use crate::credential;
use crate::desktop::Desktop;
use crate::draining::Draining;
use crate::history::History;
use crate::internal::Passwords;
use crate::live::Live;
use crate::metrics::Metrics;
use crate::renewal::Renewals;
use crate::secrets::Secrets;
use crate::secrets::keys::OperatorKeys;
use crate::session_tokens::SessionTokens;
use crate::throttle::Throttle;
use crate::urls::Urls;

/// Sign-ins that may be begun in one network within a minute. Many people may share an address.
const STARTED_A_MINUTE: usize = 600;
/// Sign-ins that may fail in one network within a minute, before it has to wait. There is no secret to guess here.
const FAILED_A_MINUTE: usize = 120;

/// The one state of the server. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    config: Config,
    store: Store,
    audit: Audit,
    history: History,
    metrics: Metrics,
    desktop: Option<Desktop>,
    urls: Urls,
    providers: Vec<RelyingParty>,
    commands: Commands,
    broker: Broker,
    secrets: Secrets,
    live: Live,
    passwords: Passwords,
    sign_ins: SignIns,
    renewals: Renewals,
    draining: Draining,
    tasks: TaskTracker,
    session_threads: Handle,
    replica: String,
}

/// How many sign-ins through providers come from where.
pub struct SignIns {
    /// Begun: each makes a row in the store.
    pub started: Throttle<IpAddr>,
    /// Refused.
    pub failed: Throttle<IpAddr>,
    /// By provider, since the start.
    pub counts: SignInCounts,
}

impl Default for SignIns {
    fn default() -> Self {
        Self {
            started: Throttle::new(STARTED_A_MINUTE),
            failed: Throttle::new(FAILED_A_MINUTE),
            counts: SignInCounts::default(),
        }
    }
}

impl App {
    /// Puts the parts together.
    ///
    /// # Errors
    ///
    /// When a provider's HTTP client cannot be made or a command cannot be offered.
    pub fn new(config: Config, store: Store, urls: Urls) -> anyhow::Result<Self> {
        let keys = OperatorKeys::load(&config)?;
        Self::with_parts(config, store, urls, keys, Handle::current())
    }

    /// As [`App::new`], with keys that come from elsewhere than the config, and with threads of their own for query
    /// sessions.
    ///
    /// # Errors
    ///
    /// As for [`App::new`].
    pub fn with_parts(
        config: Config,
        store: Store,
        urls: Urls,
        keys: OperatorKeys,
        session_threads: Handle,
    ) -> anyhow::Result<Self> {
        let clock: howdah_oidc::Clock = Arc::new(SystemTime::now);
        let providers = config
            .auth
            .providers
            .iter()
            .map(|provider| {
                RelyingParty::new(provider.clone(), urls.redirect_uri(), Arc::clone(&clock))
                    .with_context(|| format!("provider {}", provider.name()))
            })
            .collect::<anyhow::Result<Vec<_>>>()?;
        let commands = credential::commands(&config).context("credentials.command")?;
        let secrets = Secrets::new(&config, keys).context("secrets")?;
        let redirect_uri = urls.redirect_uri();
        let passwords = Passwords::new().context("internal accounts")?;
        let metrics = Metrics::default();
        let audit = Audit::new(&config.audit, store.clone(), metrics.clone());
        let witness = audit.clone();
        Ok(Self(Arc::new_cyclic(|app| Inner {
            history: History::new(config.history, store.clone()),
            store,
            audit,
            metrics,
            desktop: config.desktop.then(|| Desktop::new(config.server.listen)),
            urls,
            providers,
            commands,
            broker: Broker::new(Setup {
                sign_ins: Arc::new(SessionTokens::new(App::weak(app))),
                redirect_uri: Some(redirect_uri.clone()),
                witness: Arc::new(move |fetch| {
                    let person = witness.person_of_key(fetch.person);
                    witness.note(Event::of_fetch(fetch, person));
                }),
                extra_roots: config.credentials.extra_roots.clone(),
                ..Setup::new(Arc::new(SystemTime::now), std::env::vars_os())
            }),
            secrets,
            live: Live::default(),
            passwords,
            sign_ins: SignIns::default(),
            renewals: Renewals::default(),
            draining: Draining::default(),
            tasks: TaskTracker::new(),
            session_threads,
            replica: config.server.replica.clone().unwrap_or_else(|| uuid::Uuid::new_v4().simple().to_string()),
            config,
        })))
    }

    fn weak(inner: &Weak<Inner>) -> WeakApp {
        WeakApp(Weak::clone(inner))
    }

    /// What the operator decided.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// Howdah's own data.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// What people did.
    #[must_use]
    pub fn audit(&self) -> &Audit {
        &self.0.audit
    }

    /// What people ran.
    #[must_use]
    pub fn history(&self) -> &History {
        &self.0.history
    }

    /// Figures of this process.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// What only `howdah desktop` has.
    #[must_use]
    pub fn desktop(&self) -> Option<&Desktop> {
        self.0.desktop.as_ref()
    }

    /// Our own URLs.
    #[must_use]
    pub fn urls(&self) -> &Urls {
        &self.0.urls
    }

    /// Identity providers, in the order of their buttons.
    #[must_use]
    pub fn providers(&self) -> &[RelyingParty] {
        &self.0.providers
    }

    /// The provider called `name`.
    #[must_use]
    pub fn provider(&self, name: &str) -> Option<&RelyingParty> {
        self.0.providers.iter().find(|provider| provider.config().name() == name)
    }

    /// Origins that a form of ours may lead to: where providers end sessions, or most likely do while their discovery
    /// documents are not known.
    #[must_use]
    pub fn form_targets(&self) -> Vec<String> {
        let issuer = |provider: &RelyingParty| Url::parse(provider.config().issuer()?).ok();
        let likely = |provider| Some(issuer(provider)?.origin().ascii_serialization());
        let providers = self.providers().iter();
        providers.filter_map(|provider| provider.logout_origin().or_else(|| likely(provider))).collect()
    }

    /// Commands that credentials may come from.
    #[must_use]
    pub fn commands(&self) -> &Commands {
        &self.0.commands
    }

    /// The one cache of database credentials.
    #[must_use]
    pub fn broker(&self) -> &Broker {
        &self.0.broker
    }

    /// What seals secrets at rest.
    #[must_use]
    pub fn secrets(&self) -> &Secrets {
        &self.0.secrets
    }

    /// Database connections of people who are signed in.
    #[must_use]
    pub fn live(&self) -> &Live {
        &self.0.live
    }

    /// What checking the passwords of internal accounts needs.
    #[must_use]
    pub fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }

    /// Sign-ins through providers, by where they come from.
    #[must_use]
    pub fn sign_ins(&self) -> &SignIns {
        &self.0.sign_ins
    }

    /// Sessions that are kept good.
    #[must_use]
    pub fn renewals(&self) -> &Renewals {
        &self.0.renewals
    }

    /// Whether the server is being stopped.
    #[must_use]
    pub fn draining(&self) -> &Draining {
        &self.0.draining
    }

    /// The name of this process among several that share a store.
    #[must_use]
    pub fn replica(&self) -> &str {
        &self.0.replica
    }

    /// Whether other processes may share the store: a file is served by one alone.
    pub fn has_replicas(&self) -> bool {
        self.config().store_url.file().is_none()
    }

    /// Tasks that outlive their request; a stop waits for them.
    #[must_use]
    pub fn tasks(&self) -> &TaskTracker {
        &self.0.tasks
    }

    /// Where query sessions run: large results that stream without a pause delay no other request there.
    #[must_use]
    pub fn session_threads(&self) -> &Handle {
        &self.0.session_threads
    }
}

/// An [`App`] that does not keep it alive, for its own parts.
pub struct WeakApp(Weak<Inner>);

impl WeakApp {
    /// The app, while it lives.
    #[must_use]
    pub fn upgrade(&self) -> Option<App> {
        self.0.upgrade().map(App)
    }
}
