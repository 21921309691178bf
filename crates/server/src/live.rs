//! What lives only in memory: the database connections of people who are signed in, by session and server, so that they
//! end with the session, with *Disconnect*, and with the process.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use howdah_credentials::Hold;
use howdah_pg::Session;
use howdah_store::{ServerId, SessionId};
use tokio::sync::Mutex as AsyncMutex;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::error::{ApiError, Code};
use crate::metrics::ConnectionState;

/// Connections that one person may have open to one server.
const MAX_CONNECTIONS: usize = 100;
/// A catalogue connection that is not used for so long is closed.
const CATALOGUE_IDLE: Duration = Duration::from_secs(300);

/// All live sessions.
#[derive(Default)]
pub struct Live {
    sessions: Mutex<HashMap<SessionId, LiveSession>>,
}

#[derive(Default)]
struct LiveSession {
    ended: CancellationToken,
    servers: HashMap<ServerId, Arc<LiveServer>>,
    /// Sessions of the same person in the same browser that this one goes on for.
    predecessors: Vec<SessionId>,
}

/// A slot for the connection that reads a database's catalogue; one user at a time.
pub type CatalogueSlot = Arc<AsyncMutex<Option<CatalogueConnection>>>;

/// A connection that reads a catalogue.
pub struct CatalogueConnection {
    /// The connection.
    pub session: Session,
    /// Counts it.
    pub tracked: Tracked,
    /// When it last answered.
    pub last_used: Instant,
}

/// One person's connections to one server.
pub struct LiveServer {
    session_ended: CancellationToken,
    ended: CancellationToken,
    open: Arc<AtomicUsize>,
    catalogues: Mutex<HashMap<String, CatalogueSlot>>,
}

impl Live {
    /// The connections of a session to a server.
    pub fn server(&self, session_id: &SessionId, server_id: &ServerId) -> Arc<LiveServer> {
        let mut sessions = lock(&self.sessions);
        let session = sessions.entry(session_id.clone()).or_default();
        let (session_ended, ended) = (session.ended.clone(), session.ended.child_token());
        let server = session.servers.entry(server_id.clone()).or_insert_with(|| {
            Arc::new(LiveServer { session_ended, ended, open: Arc::default(), catalogues: Mutex::default() })
        });
        Arc::clone(server)
    }

    /// Whether a session has a connection to a server.
    pub fn is_connected(&self, session_id: &SessionId, server_id: &ServerId) -> bool {
        let sessions = lock(&self.sessions);
        sessions
            .get(session_id)
            .and_then(|session| session.servers.get(server_id))
            .is_some_and(|server| server.open.load(Ordering::Acquire) > 0)
    }

    /// Whether a session has any connection.
    pub fn has_connections(&self, session_id: &SessionId) -> bool {
        let sessions = lock(&self.sessions);
        let open = |server: &Arc<LiveServer>| server.open.load(Ordering::Acquire) > 0;
        sessions.get(session_id).is_some_and(|session| session.servers.values().any(open))
    }

    /// Closes a session's connections to a server; running statements are cancelled.
    pub fn disconnect(&self, session_id: &SessionId, server_id: &ServerId) {
        let server = lock(&self.sessions).get_mut(session_id).and_then(|session| session.servers.remove(server_id));
        if let Some(server) = server {
            server.ended.cancel();
        }
    }

    /// Closes every connection of a session. Gives the sessions that it went on for.
    pub fn end_session(&self, session_id: &SessionId) -> Vec<SessionId> {
        let session = lock(&self.sessions).remove(session_id);
        session.map_or_else(Vec::new, |session| {
            session.ended.cancel();
            session.predecessors
        })
    }

    /// Hands what `old` has open to `new`, a session of the same person in the same browser. False if there is nothing.
    pub fn hand_over(&self, old: &SessionId, new: &SessionId) -> bool {
        let mut sessions = lock(&self.sessions);
        let Some(mut session) = sessions.remove(old) else { return false };
        session.predecessors.push(old.clone());
        sessions.insert(new.clone(), session);
        true
    }

    /// Closes the connections of every session to a server that was changed or removed.
    pub fn end_server(&self, server_id: &ServerId) {
        let ended: Vec<_> =
            lock(&self.sessions).values_mut().filter_map(|session| session.servers.remove(server_id)).collect();
        for server in ended {
            server.ended.cancel();
        }
    }

    /// The sessions that have anything open.
    pub fn session_ids(&self) -> Vec<SessionId> {
        lock(&self.sessions).keys().cloned().collect()
    }

    /// Closes a session's catalogue connections that have not been used for a while.
    pub fn close_idle_catalogues(&self, session_id: &SessionId) {
        let servers: Vec<_> = lock(&self.sessions)
            .get(session_id)
            .map(|session| session.servers.values().cloned().collect())
            .unwrap_or_default();
        for server in servers {
            lock(&server.catalogues).retain(|_, slot| match slot.try_lock() {
                Ok(slot) => slot.as_ref().is_some_and(|connection| connection.last_used.elapsed() < CATALOGUE_IDLE),
                // Somebody is using it.
                Err(_) => true,
            });
        }
    }

    /// Closes everything.
    pub fn end_all(&self) {
        for (_, session) in lock(&self.sessions).drain() {
            session.ended.cancel();
        }
    }
}

impl LiveServer {
    /// Counts a connection until the guard is dropped; `None` when there are too many.
    pub fn track(&self, state: ConnectionState) -> Option<Tracked> {
        let took = self
            .open
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |open| (open < MAX_CONNECTIONS).then_some(open + 1));
        took.ok().map(|_| Tracked { count: Arc::clone(&self.open), hold: None, state })
    }

    /// Why [`LiveServer::ended`] has fired.
    pub fn reason(&self) -> ApiError {
        if self.session_ended.is_cancelled() {
            ApiError::new(
                Code::NotSignedIn,
                "Your sign-in has ended, so this database session was closed. Sign in again to go on; your text is kept.",
            )
        } else {
            ApiError::new(
                Code::Disconnected,
                "The server was disconnected or changed, so this database session was closed. Run again to reconnect; your text is kept.",
            )
        }
    }

    /// Fires when the connections must close.
    pub fn ended(&self) -> CancellationToken {
        self.ended.clone()
    }

    /// The slot of a database's catalogue connection.
    pub fn catalogue(&self, database: &str) -> CatalogueSlot {
        Arc::clone(lock(&self.catalogues).entry(database.to_owned()).or_default())
    }
}

/// A counted connection.
pub struct Tracked {
    count: Arc<AtomicUsize>,
    /// Has the connection's secret renewed while it is open.
    hold: Option<Hold>,
    state: ConnectionState,
}

impl Tracked {
    /// Has the secret renewed for as long as the connection is open.
    pub fn keep_good(&mut self, hold: Hold) {
        self.hold = Some(hold);
    }

    /// What the connection does, as it is counted.
    pub fn state(&mut self) -> &mut ConnectionState {
        &mut self.state
    }
}

impl Drop for Tracked {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::AcqRel);
    }
}

/// A map is never left half-changed, so a panic elsewhere does not spoil it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
