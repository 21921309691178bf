//! What a source works with when it is asked for a secret.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use url::Url;

use crate::Clock;
use crate::credential::{Credential, SourceKind};
use crate::error::CredentialError;
use crate::exec::Variables;
use crate::http::Http;
use crate::identity::{Person, ServerKey, Target};
use crate::redirects::Redirects;
use crate::sign_in::SignInTokens;
use crate::source::{By, SourceConfig, Whose};

/// Waits for some time. `tokio::time::sleep` in the program; in tests, one that moves the clock by hand.
pub type Timer = Arc<dyn Fn(Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// Hears of every answer of a source, for an audit trail. Must not wait for anything.
pub type Witness = Arc<dyn Fn(&Fetch<'_>) + Send + Sync>;

/// A source was asked, and this is what came of it. Not told of: a typed password, and no credential at all.
#[derive(Clone, Copy, Debug)]
pub struct Fetch<'a> {
    /// Who asked first. What the service's own identity gives goes to others too.
    pub person: &'a Person,
    /// For which server.
    pub server: &'a ServerKey,
    /// For which login there.
    pub target: &'a Target,
    /// What was asked.
    pub source: SourceKind,
    /// Whether the last one was still good: it was renewed ahead of its end.
    pub ahead: bool,
    /// A credential, or why there is none. A flow that waits for a person is told of when it is over.
    pub outcome: Result<&'a Credential, &'a CredentialError>,
}

/// At this many, values that nobody uses are dropped.
const MOST_KEPT: usize = 10_000;

/// One question to a source. Cheap to clone, so that a flow can take it along.
#[derive(Clone)]
pub(crate) struct Request {
    /// Who asks. For a source that uses the service's identity: whoever asks first, for the log.
    pub(crate) person: Person,
    /// The server that is asked for, as `person`.
    pub(crate) server: ServerKey,
    /// Where the secret will be used. Only what the source's [`By`] names may depend on it.
    pub(crate) target: Target,
    pub(crate) why: Why,
    pub(crate) tools: Arc<Tools>,
    pub(crate) key: Arc<Key>,
}

/// Why a source is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// A connection waits for it.
    Needed,
    /// The one in use will end soon. No person is waiting, so a flow that needs one is not worth beginning.
    Ahead,
    /// PostgreSQL refused the last one: giving the same again does not help.
    Refused,
}

/// What all sources share.
pub(crate) struct Tools {
    pub(crate) clock: Clock,
    pub(crate) timer: Timer,
    pub(crate) http: Http,
    /// The environment of the process, without our own settings.
    pub(crate) variables: Variables,
    pub(crate) sign_ins: Arc<dyn SignInTokens>,
    pub(crate) redirect_uri: Option<Url>,
    pub(crate) redirects: Redirects,
    pub(crate) kept: Kept,
    pub(crate) witness: Witness,
}

impl Request {
    /// The wall clock.
    pub(crate) fn now(&self) -> SystemTime {
        (self.tools.clock)()
    }

    /// Tells the log and the witness what came of this.
    pub(crate) fn report(&self, outcome: Result<&Credential, &CredentialError>) {
        let (user, kind) = (self.person.username(), self.key.source.kind());
        let source = kind.as_str();
        match outcome {
            Ok(credential) => {
                tracing::info!(user, source, fingerprint = %credential.fingerprint, "a source gave a credential");
            }
            Err(error) if error.asks_person() => tracing::info!(user, source, "a source waits for a person"),
            Err(error) => {
                tracing::warn!(user, source, %error, stderr = error.for_owner(), "a source gave no credential");
            }
        }
        let Self { person, server, target, .. } = self;
        let ahead = self.why == Why::Ahead;
        (self.tools.witness)(&Fetch { person, server, target, source: kind, ahead, outcome });
    }

    pub(crate) async fn sleep(&self, time: Duration) {
        (self.tools.timer)(time).await;
    }

    /// Whether every connection asks anew.
    pub(crate) fn runs_each_time(&self) -> bool {
        self.key.source.source().is_some_and(|source| source.share().by == By::Connection)
    }

    /// What the source keeps from one question to the next: base credentials, refresh tokens, discovered endpoints.
    /// The same value for everybody who asks with equal `settings` and the same owner; made by default at first. It is
    /// dropped when the person is forgotten. Put a `tokio::sync::Mutex` in it to make others wait for a request.
    pub(crate) fn kept<T: Any + Default + Send + Sync>(&self, settings: &SourceConfig) -> Arc<T> {
        self.tools.kept.find(self.key.owner.clone(), settings)
    }
}

/// Whose secret, from which source, for which login.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) owner: Owner,
    pub(crate) source: SourceConfig,
    pub(crate) server: Option<ServerKey>,
    login: Option<Login>,
}

/// Whose a secret is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Owner {
    Person(Person),
    Service,
}

impl Owner {
    pub(crate) fn is(&self, person: &Person) -> bool {
        matches!(self, Self::Person(owner) if owner.is_same(person))
    }
}

/// Not the database: no secret depends on it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Login {
    host: String,
    port: Option<u16>,
    user: String,
}

impl Key {
    /// `None` if there is nothing to ask.
    pub(crate) fn new(person: &Person, server: &ServerKey, source: &SourceConfig, target: &Target) -> Option<Self> {
        let share = source.source()?.share();
        let owner = match share.whose {
            Whose::Person => Owner::Person(person.clone()),
            Whose::Service => Owner::Service,
        };
        let login = || Login { host: target.host.clone(), port: target.port, user: target.user.clone() };
        let (server, login) = match share.by {
            By::Settings => (None, None),
            By::Login => (None, Some(login())),
            By::ServerAndLogin | By::Connection => (Some(server.clone()), Some(login())),
        };
        Some(Self { owner, source: source.clone(), server, login })
    }
}

/// What sources keep between questions, by its type, its owner and settings.
#[derive(Default)]
pub(crate) struct Kept(Mutex<HashMap<(TypeId, Owner, SourceConfig), Value>>);

type Value = Arc<dyn Any + Send + Sync>;

impl Kept {
    fn find<T: Any + Default + Send + Sync>(&self, owner: Owner, settings: &SourceConfig) -> Arc<T> {
        let mut values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if values.len() >= MOST_KEPT {
            values.retain(|_, value| Arc::strong_count(value) > 1);
        }
        let value = values.entry((TypeId::of::<T>(), owner, settings.clone())).or_insert_with(|| Arc::<T>::default());
        Arc::clone(value).downcast().unwrap_or_else(|_| unreachable!("the key holds the type"))
    }

    pub(crate) fn forget_person(&self, person: &Person) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|(_, owner, _), _| !owner.is(person));
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Request").field("person", &self.person).field("why", &self.why).finish_non_exhaustive()
    }
}
