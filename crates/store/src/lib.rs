//! Howdah's own data: accounts, sessions, sign-ins in progress or refused, and server definitions, in SQLite or
//! PostgreSQL.
//!
//! [`Store`] has a method for each need. What belongs to a browser is encrypted under a key that only the browser's
//! cookie yields, so that the database alone opens nothing (`seal.rs`). The same SQL runs on both databases;
//! `dialect.rs` is the only place that asks which one it is.

mod accounts;
mod administration;
mod audit;
mod check;
mod clock;
mod data_keys;
mod dialect;
mod error;
mod history;
mod identities;
mod ids;
mod migrate;
mod origin;
mod own_settings;
mod page;
mod passwords;
mod patience;
mod pending;
mod people;
mod refused;
mod renewal;
mod replicas;
mod resealing;
mod saved_queries;
mod saved_secrets;
mod seal;
mod sealing;
mod server_cursor;
mod servers;
mod sessions;
mod token;
mod url;
mod workspace;

use std::sync::Arc;
use std::sync::atomic::AtomicU16;
use std::time::Duration;

use sqlx::AnyPool;

pub use crate::accounts::{
    Account, AccountCursor, AccountPage, DeleteAccountError, DeletedAccount, NewSignIn, Role, SignInAccountError,
    UnknownPerson,
};
pub use crate::administration::{AdministerError, Administered};
pub use crate::audit::{AUDIT_PURGE, AuditCursor, AuditFilter, AuditPage, AuditRecord};
pub use crate::check::Checkup;
pub use crate::clock::Clock;
pub use crate::data_keys::{DataKey, KeptDataKey, Protection, Wrapping};
pub use crate::error::{OpenError, StoreError};
pub use crate::history::{HISTORY_PURGE, HistoryCursor, HistoryFilter, HistoryPage, HistoryRecord};
pub use crate::identities::{Identity, LinkError, RenameError};
pub use crate::ids::{AccountId, AuditEventId, HistoryId, InvalidId, SavedQueryId, ServerId, SessionId};
pub use crate::origin::{ProviderIdentity, SessionOrigin, UsedLogoutToken};
pub use crate::own_settings::OwnSettings;
pub use crate::page::{InvalidCursor, MAX_PAGE};
pub use crate::passwords::{AddAccountError, InternalAccount, NewInternalAccount};
pub use crate::pending::{MAX_PENDING_SIGN_INS, PENDING_SIGN_IN_LIFETIME};
pub use crate::people::{
    ListedPerson, ListedSession, OwnedServers, PeopleFilter, PeoplePage, SessionCursor, SessionPage, SignInSource,
};
pub use crate::refused::{MAX_REFUSED_SIGN_INS, RefusedCursor, RefusedPage, RefusedSignIn};
pub use crate::renewal::MAX_RENEWAL_LEASE;
pub use crate::resealing::ServerCredential;
pub use crate::saved_queries::{
    MAX_SAVED_QUERIES, MAX_SAVED_QUERY_BYTES, SaveQueryError, SavedQuery, SavedQueryContent,
};
pub use crate::saved_secrets::{MAX_SAVED_SECRETS, SaveSecretError, SavedSecret, SecretKind, SecretPlace};
pub use crate::sealing::SealingKey;
pub use crate::server_cursor::ServerCursor;
pub use crate::servers::{
    Audience, ChangeServerError, CreateServerError, MAX_SERVERS, SeenServer, Server, ServerDefinition, ServerPage,
    ServerStanding, Viewer,
};
pub use crate::sessions::{
    ExpiredSession, NewSession, OpenSession, Reopened, ReplaceContentsError, SessionLimits, SessionSummary,
};
pub use crate::token::{FlowToken, SessionToken};
pub use crate::url::{StoreUrl, StoreUrlError};
pub use crate::workspace::{MAX_TAB_BYTES, MAX_TABS, MAX_TABS_BYTES, SaveError, Setting, Tab, TabContent};

use crate::clock::Millis;
use crate::dialect::Backend;
use crate::patience::{Patient, Work, limited};

/// How often a store is opened that another process holds locked, as one does that makes its schema. SQLite waits five
/// seconds each time.
const OPEN_ATTEMPTS: u32 = 12;

/// A sign of life is waited for so long.
const PING: Duration = Duration::from_secs(5);

/// Howdah's own data. Cheap to clone; all clones share their connections.
///
/// A call whose future is dropped has happened wholly or not at all.
#[derive(Clone)]
pub struct Store {
    backend: Backend,
    clock: Clock,
    /// Counts, so that events of one millisecond keep their order.
    audit_events_named: Arc<AtomicU16>,
}

/// What [`Store::purge_expired`] removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purged {
    /// Sessions past one of their limits.
    pub sessions: Vec<ExpiredSession>,
    /// Sign-ins that were not finished in time.
    pub pending_sign_ins: u64,
    /// Logout tokens that nobody would accept any more.
    pub logout_tokens: u64,
}

impl Store {
    /// Opens the store, creates it if it is new, and brings its schema up to date. Several processes may do so at
    /// the same moment.
    ///
    /// # Errors
    /// Each variant of [`OpenError`] is for the operator to read; the store is as it was before.
    pub async fn open(url: &StoreUrl, clock: Clock) -> Result<Self, OpenError> {
        let mut attempts = 1;
        loop {
            match Self::open_at_once(url, clock.clone()).await {
                Err(error) if error.is_locked() && attempts < OPEN_ATTEMPTS => attempts += 1,
                opened => return opened,
            }
        }
    }

    async fn open_at_once(url: &StoreUrl, clock: Clock) -> Result<Self, OpenError> {
        let backend = Backend::connect(&url.0).await?;
        migrate::migrate(&backend, clock.now()).await?;
        Ok(Self { backend, clock, audit_events_named: Arc::default() })
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// When there is none within five seconds.
    pub async fn ping(&self) -> Result<(), StoreError> {
        limited(Some(PING), sqlx::query("select 1").execute(self.pool())).await?;
        Ok(())
    }

    /// Ends all connections, once running calls are done. Later calls fail.
    pub async fn close(&self) {
        self.backend.close().await;
    }

    /// Removes sessions, sign-ins and logout tokens that have expired. To be called now and then; they count for
    /// nothing anyway.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn purge_expired(&self) -> Result<Purged, StoreError> {
        let now = self.now();
        let sessions = sessions::delete_expired(self.pool(), now).await?;
        let pending =
            sqlx::query("delete from pending_sign_ins where expires_at <= $1").bind(now.0).execute(self.pool()).await?;
        let logout_tokens =
            sqlx::query("delete from logout_tokens where expires_at <= $1").bind(now.0).execute(self.pool()).await?;
        Ok(Purged { sessions, pending_sign_ins: pending.rows_affected(), logout_tokens: logout_tokens.rows_affected() })
    }

    fn pool(&self) -> Patient<&AnyPool> {
        self.backend.pool()
    }

    async fn begin(&self) -> Result<Work, StoreError> {
        Ok(self.backend.begin().await?)
    }

    fn now(&self) -> Millis {
        self.clock.now()
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Store")
    }
}
