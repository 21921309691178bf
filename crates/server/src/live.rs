//! What lives only in memory: the database connections of people who are signed in, by session and server, so that they
//! end with the session, with *Disconnect*, and with the process.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use howdah_credentials::{Hold, Standing};
use howdah_pg::Session;
use howdah_store::{AccountId, ServerId, SessionId};
use serde_json::{Map, Value};
use time::OffsetDateTime;
use tokio::sync::Mutex as AsyncMutex;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::connect::Purpose;
use crate::error::{ApiError, Code};
use crate::metrics::ConnectionState;
use crate::query_session::Door;
use crate::servers::{Eyes, Found};
use crate::session::SignedIn;

/// Connections that one person may have open to one server.
const MAX_CONNECTIONS: usize = 100;
/// A catalogue connection that is not used for so long is closed.
const CATALOGUE_IDLE: Duration = Duration::from_secs(300);

/// All live sessions.
#[derive(Default)]
pub struct Live {
    sessions: Mutex<HashMap<SessionId, LiveSession>>,
    /// How many connections there have been: each is known by its number.
    numbers: AtomicU64,
}

#[derive(Default)]
struct LiveSession {
    /// Whose it is, as of the last request or renewal.
    eyes: Option<Eyes>,
    ended: CancellationToken,
    servers: HashMap<ServerId, Arc<LiveServer>>,
    /// Sessions of the same person in the same browser that this one goes on for.
    predecessors: Vec<SessionId>,
}

/// What a session has open.
pub struct Watched {
    /// The session.
    pub session: SessionId,
    /// Whose it is.
    pub eyes: Eyes,
    /// Servers, and the version of the definition that the connections are made by.
    pub servers: Vec<(ServerId, i64)>,
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
    /// Of the definition that its connections are made by; 0 where none is saved.
    version: i64,
    session_ended: CancellationToken,
    ended: CancellationToken,
    hidden: Arc<AtomicBool>,
    open: Arc<Mutex<BTreeMap<u64, Entry>>>,
    catalogues: Mutex<HashMap<String, CatalogueSlot>>,
    /// The ways back to query sessions, by their ids.
    doors: Mutex<HashMap<String, Door>>,
}

/// What a connection is for and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Whose session it belongs to.
    pub account: AccountId,
    /// Their name.
    pub username: String,
    /// The database.
    pub database: String,
    /// What it is for.
    pub purpose: Purpose,
    /// Whether the person may write in it.
    pub may_write: bool,
}

struct Entry {
    label: Label,
    role: Option<String>,
    since: OffsetDateTime,
    ended: CancellationToken,
}

/// An open connection, for those who administer. What runs in it is nobody's to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenConnection {
    /// Its number, which no other connection of this process has.
    pub number: u64,
    /// Whose and what for.
    pub label: Label,
    /// The role that it is logged in as, once it is.
    pub role: Option<String>,
    /// The session that it belongs to.
    pub session_id: SessionId,
    /// The server.
    pub server_id: ServerId,
    /// Since when it is open.
    pub since: OffsetDateTime,
}

impl Live {
    /// The connections of a session to a server.
    pub fn server(&self, session_id: &SessionId, server: &Found) -> Arc<LiveServer> {
        let mut sessions = lock(&self.sessions);
        let session = sessions.entry(session_id.clone()).or_default();
        let new = Arc::new(LiveServer {
            version: server.version,
            session_ended: session.ended.clone(),
            ended: session.ended.child_token(),
            hidden: Arc::default(),
            open: Arc::default(),
            catalogues: Mutex::default(),
            doors: Mutex::default(),
        });
        match session.servers.get(&server.id) {
            Some(live) if server.version == 0 || live.version == server.version => Arc::clone(live),
            // Somebody changed the server while this request was under way.
            Some(live) if live.version > server.version => {
                new.ended.cancel();
                new
            }
            outdated => {
                if let Some(outdated) = outdated {
                    outdated.ended.cancel();
                }
                session.servers.insert(server.id.clone(), Arc::clone(&new));
                new
            }
        }
    }

    /// As [`Live::server`], and notes whose eyes must go on seeing it.
    pub fn server_at(&self, person: &SignedIn, server: &Found) -> Arc<LiveServer> {
        let live = self.server(&person.session_id, server);
        self.note_claims(&person.session_id, &person.account.id, &person.contents.claims);
        live
    }

    /// Notes the claims of a session that has anything open: what it sees goes by the latest.
    pub fn note_claims(&self, session_id: &SessionId, account: &AccountId, claims: &Map<String, Value>) {
        if let Some(session) = lock(&self.sessions).get_mut(session_id)
            && session.eyes.as_ref().is_none_or(|eyes| *eyes.claims != *claims)
        {
            session.eyes = Some(Eyes { account: account.clone(), claims: Arc::new(claims.clone()) });
        }
    }

    /// What sessions have open, with whose eyes must see it: the id and version of each saved server.
    pub fn watched(&self) -> Vec<Watched> {
        let sessions = lock(&self.sessions);
        let watched = sessions.iter().filter_map(|(id, session)| {
            let servers = session.servers.iter().filter(|(_, live)| live.version > 0);
            let servers = servers.map(|(id, live)| (id.clone(), live.version)).collect();
            Some(Watched { session: id.clone(), eyes: session.eyes.clone()?, servers })
        });
        watched.collect()
    }

    /// Closes a session's connections to a server that the person does not see any more.
    pub fn hide(&self, session_id: &SessionId, server_id: &ServerId) {
        let server = lock(&self.sessions).get_mut(session_id).and_then(|session| session.servers.remove(server_id));
        if let Some(server) = server {
            server.hidden.store(true, Ordering::Release);
            server.ended.cancel();
        }
    }

    /// Closes a person's connections to a server, in all of their sessions.
    pub fn end_server_of(&self, account: &AccountId, server_id: &ServerId) {
        let is_theirs = |session: &&mut LiveSession| session.eyes.as_ref().is_some_and(|eyes| eyes.account == *account);
        let ended: Vec<_> = lock(&self.sessions)
            .values_mut()
            .filter(is_theirs)
            .filter_map(|session| session.servers.remove(server_id))
            .collect();
        for server in ended {
            server.ended.cancel();
        }
    }

    /// Whether a session has a connection to a server.
    pub fn is_connected(&self, session_id: &SessionId, server_id: &ServerId) -> bool {
        let sessions = lock(&self.sessions);
        sessions
            .get(session_id)
            .and_then(|session| session.servers.get(server_id))
            .is_some_and(|server| server.has_connections())
    }

    /// Whether a session has any connection.
    pub fn has_connections(&self, session_id: &SessionId) -> bool {
        let sessions = lock(&self.sessions);
        sessions.get(session_id).is_some_and(|session| session.servers.values().any(|server| server.has_connections()))
    }

    /// Every open connection, the oldest first.
    pub fn connections(&self) -> Vec<OpenConnection> {
        let sessions = lock(&self.sessions);
        let mut connections = Vec::new();
        for (session_id, session) in sessions.iter() {
            for (server_id, server) in &session.servers {
                connections.extend(lock(&server.open).iter().map(|(number, entry)| OpenConnection {
                    number: *number,
                    label: entry.label.clone(),
                    role: entry.role.clone(),
                    session_id: session_id.clone(),
                    server_id: server_id.clone(),
                    since: entry.since,
                }));
            }
        }
        connections.sort_by_key(|connection| connection.number);
        connections
    }

    /// Closes one connection; what runs in it is cancelled. False if there is none with this number.
    pub fn close_connection(&self, number: u64) -> bool {
        self.close_those(|_, found, _| found == number)
    }

    /// Closes those of a session's connections in which the person could write. False if there are none.
    pub fn close_writing(&self, session_id: &SessionId) -> bool {
        self.close_those(|found, _, label| found == session_id && label.may_write)
    }

    fn close_those(&self, is_meant: impl Fn(&SessionId, u64, &Label) -> bool) -> bool {
        let mut closed = false;
        for (session_id, session) in lock(&self.sessions).iter() {
            for server in session.servers.values() {
                for (number, entry) in lock(&server.open).iter() {
                    if is_meant(session_id, *number, &entry.label) {
                        entry.ended.cancel();
                        closed = true;
                    }
                }
                // Those that read the catalogue close when they are dropped; one that is in use ends by itself.
                let is_good = |slot: &CatalogueSlot| match slot.try_lock() {
                    Ok(slot) => slot.as_ref().is_none_or(|connection| !connection.tracked.ended().is_cancelled()),
                    Err(_) => true,
                };
                let dropped: Vec<_> = lock(&server.catalogues).extract_if(|_, slot| !is_good(slot)).collect();
                drop(dropped);
            }
        }
        closed
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
    pub fn track(&self, live: &Live, label: Label, state: ConnectionState) -> Option<Tracked> {
        let number = live.numbers.fetch_add(1, Ordering::Relaxed);
        let ended = self.ended.child_token();
        let mut open = lock(&self.open);
        if open.len() >= MAX_CONNECTIONS {
            return None;
        }
        open.insert(number, Entry { label, role: None, since: OffsetDateTime::now_utc(), ended: ended.clone() });
        Some(Tracked {
            open: Arc::clone(&self.open),
            number,
            ended,
            server_ended: self.ended.clone(),
            session_ended: self.session_ended.clone(),
            hidden: Arc::clone(&self.hidden),
            hold: None,
            state,
        })
    }

    fn has_connections(&self) -> bool {
        !lock(&self.open).is_empty()
    }

    /// Why [`LiveServer::ended`] has fired.
    pub fn reason(&self) -> ApiError {
        reason(&self.session_ended, &self.hidden)
    }

    /// Fires when the connections must close.
    pub fn ended(&self) -> CancellationToken {
        self.ended.clone()
    }

    /// The way back to a query session of these connections.
    pub fn door(&self, session_id: &str) -> Option<Door> {
        lock(&self.doors).get(session_id).cloned()
    }

    /// Keeps the way back to a query session until what is returned is dropped.
    pub fn keep_door(self: &Arc<Self>, session_id: String, door: Door) -> KeptDoor {
        lock(&self.doors).insert(session_id.clone(), door);
        KeptDoor { live: Arc::clone(self), session_id }
    }

    /// The slot of a database's catalogue connection.
    pub fn catalogue(&self, database: &str) -> CatalogueSlot {
        Arc::clone(lock(&self.catalogues).entry(database.to_owned()).or_default())
    }
}

/// Forgets the way back to a query session when it is dropped.
pub struct KeptDoor {
    live: Arc<LiveServer>,
    session_id: String,
}

impl Drop for KeptDoor {
    fn drop(&mut self) {
        lock(&self.live.doors).remove(&self.session_id);
    }
}

fn reason(session_ended: &CancellationToken, hidden: &AtomicBool) -> ApiError {
    if session_ended.is_cancelled() {
        ApiError::new(
            Code::NotSignedIn,
            "Your sign-in has ended, so this database session was closed. Sign in again to go on; your text is kept.",
        )
    } else if hidden.load(Ordering::Acquire) {
        ApiError::new(
            Code::NotFound,
            "This server is not shared with you any more, so this database session was closed. Your text is kept; ask an administrator if you need the server.",
        )
    } else {
        ApiError::new(
            Code::Disconnected,
            "The server was disconnected or changed, so this database session was closed. Run again to reconnect; your text is kept.",
        )
    }
}

/// A counted connection.
pub struct Tracked {
    open: Arc<Mutex<BTreeMap<u64, Entry>>>,
    number: u64,
    ended: CancellationToken,
    server_ended: CancellationToken,
    session_ended: CancellationToken,
    hidden: Arc<AtomicBool>,
    /// Has the connection's secret renewed while it is open.
    hold: Option<Hold>,
    state: ConnectionState,
}

impl Tracked {
    /// Has the secret renewed for as long as the connection is open.
    pub fn keep_good(&mut self, hold: Hold) {
        self.hold = Some(hold);
    }

    /// How it stands with the secret, where one is kept good.
    pub fn standing(&self) -> Option<Standing> {
        self.hold.as_ref()?.standing()
    }

    /// What has the secret renewed, for whoever keeps it as long as the connection and tells of renewals.
    pub fn take_hold(&mut self) -> Option<Hold> {
        self.hold.take()
    }

    /// What the connection does, as it is counted.
    pub fn state(&mut self) -> &mut ConnectionState {
        &mut self.state
    }

    /// Notes the role that the connection is logged in as.
    pub fn note_role(&self, role: &str) {
        if let Some(entry) = lock(&self.open).get_mut(&self.number) {
            entry.role = Some(role.to_owned());
        }
    }

    /// Fires when the connection must close: alone, or with all of its server or session.
    pub fn ended(&self) -> CancellationToken {
        self.ended.clone()
    }

    /// Why [`Tracked::ended`] has fired.
    pub fn reason(&self) -> ApiError {
        if self.server_ended.is_cancelled() {
            return reason(&self.session_ended, &self.hidden);
        }
        ApiError::new(
            Code::Disconnected,
            "An administrator closed this database session, or changed what you may do. Run again to reconnect; your text is kept.",
        )
    }
}

impl Drop for Tracked {
    fn drop(&mut self) {
        lock(&self.open).remove(&self.number);
    }
}

/// A map is never left half-changed, so a panic elsewhere does not spoil it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
