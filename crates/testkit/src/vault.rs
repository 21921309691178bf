//! A double of HashiCorp Vault, or OpenBao: some auth methods, tokens, leases, and a database engine that really makes and
//! drops roles in a PostgreSQL server.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use anyhow::Result;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::endpoint::{Call, DoubleClock, Endpoint, Reply, lock};
use crate::postgres::Postgres;

/// The token that `VAULT_TOKEN` may hold.
pub const VAULT_TOKEN: &str = "hvs.planted-own-token";

/// How long things live.
#[derive(Clone, Debug)]
pub struct VaultLifetimes {
    /// Tokens of logins.
    pub token: Duration,
    /// Tokens of logins, with all renewals.
    pub token_max: Duration,
    /// Leases of roles.
    pub lease: Duration,
    /// Leases of roles, with all renewals.
    pub lease_max: Duration,
}

impl Default for VaultLifetimes {
    fn default() -> Self {
        let hour = Duration::from_secs(3600);
        Self { token: 8 * hour, token_max: 24 * hour, lease: hour, lease_max: 4 * hour }
    }
}

/// A running Vault with the database role `reader`.
pub struct Vault {
    /// Its API.
    pub api: Endpoint,
    engine: Arc<Engine>,
}

struct Engine {
    clock: DoubleClock,
    postgres: Option<Arc<Postgres>>,
    lifetimes: VaultLifetimes,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    namespace: String,
    /// What is accepted by which auth method: mount, role, secret.
    logins: Vec<(String, String, String)>,
    tokens: HashMap<String, Token>,
    leases: HashMap<String, Lease>,
    sealed: bool,
    slow: bool,
    issued: u32,
}

struct Token {
    expires_at: Option<SystemTime>,
    latest: SystemTime,
}

#[derive(Clone)]
struct Lease {
    user: String,
    token: String,
    expires_at: SystemTime,
    latest: SystemTime,
}

impl Vault {
    /// Starts a Vault. Without a server, its roles exist on paper.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn start(clock: DoubleClock, postgres: Option<Arc<Postgres>>, lifetimes: VaultLifetimes) -> Result<Self> {
        let own = Token { expires_at: None, latest: clock() + Duration::from_secs(1_000_000) };
        let state = State { tokens: HashMap::from([(VAULT_TOKEN.to_owned(), own)]), ..State::default() };
        let engine = Arc::new(Engine { clock, postgres, lifetimes, state: Mutex::new(state) });
        let answering = Arc::clone(&engine);
        let api = Endpoint::tls(move |call| {
            let engine = Arc::clone(&answering);
            async move { engine.answer(call).await }
        });
        Ok(Self { api: api.await?, engine })
    }

    /// Lets whoever shows this secret (a JWT or a secret id) log in at this auth method by this role (or role id).
    pub fn allow(&self, mount: &str, role: &str, secret: &str) {
        lock(&self.engine.state).logins.push((mount.to_owned(), role.to_owned(), secret.to_owned()));
    }

    /// Moves everything into a namespace.
    pub fn set_namespace(&self, namespace: &str) {
        namespace.clone_into(&mut lock(&self.engine.state).namespace);
    }

    /// Seals or unseals it.
    pub fn set_sealed(&self, sealed: bool) {
        lock(&self.engine.state).sealed = sealed;
    }

    /// Lets whoever asks for a role wait for ever.
    pub fn set_slow(&self, slow: bool) {
        lock(&self.engine.state).slow = slow;
    }

    /// Revokes all tokens but its own, with their leases.
    pub async fn revoke_all_tokens(&self) {
        let tokens: Vec<_> = lock(&self.engine.state).tokens.keys().filter(|id| *id != VAULT_TOKEN).cloned().collect();
        for token in tokens {
            self.engine.revoke_token(&token).await;
        }
    }

    /// Ends what is over by now, as Vault does by itself, and gives the roles that there are still.
    pub async fn roles(&self) -> Vec<String> {
        self.engine.expire().await;
        let mut roles: Vec<_> = lock(&self.engine.state).leases.values().map(|lease| lease.user.clone()).collect();
        roles.sort();
        roles
    }

    /// How many tokens there are still beside its own.
    pub fn count_tokens(&self) -> usize {
        lock(&self.engine.state).tokens.len() - 1
    }
}

impl Engine {
    async fn answer(&self, call: Call) -> Reply {
        self.expire().await;
        let (namespace, sealed) = {
            let state = lock(&self.state);
            (state.namespace.clone(), state.sealed)
        };
        if sealed {
            return refuse(503, "Vault is sealed");
        }
        if call.header("x-vault-namespace") != namespace {
            return refuse(404, "no handler for route");
        }
        let Some(path) = call.path.strip_prefix("/v1/") else { return refuse(404, "") };
        if let Some(mount) = path.strip_prefix("auth/").and_then(|path| path.strip_suffix("/login")) {
            return self.log_in(mount, &call.json());
        }
        let token = call.header("x-vault-token").to_owned();
        if !lock(&self.state).tokens.contains_key(&token) {
            return refuse(403, "permission denied");
        }
        match (call.method.as_str(), path) {
            ("GET", "auth/token/lookup-self") => self.look_up(&token),
            ("POST", "auth/token/renew-self") => self.renew_token(&token),
            ("POST", "auth/token/revoke-self") => {
                self.revoke_token(&token).await;
                Reply::text(204, "text/plain", "")
            }
            ("GET", path) if path.starts_with("database/creds/") && lock(&self.state).slow => {
                std::future::pending().await
            }
            ("GET", "database/creds/reader") => self.make_role(&token).await,
            ("GET", "database/static-creds/reader") => self.static_role(),
            ("GET", "database/creds/forbidden") => refuse(403, "1 error occurred:\n\t* permission denied\n\n"),
            ("GET", path) if path.starts_with("database/creds/") => {
                refuse(400, &format!("unknown role: {}", path.trim_start_matches("database/creds/")))
            }
            ("PUT", "sys/leases/renew") => self.renew_lease(&call.json()),
            ("PUT", "sys/leases/revoke") => {
                let lease = call.json()["lease_id"].as_str().unwrap_or_default().to_owned();
                self.end_lease(&lease).await;
                Reply::text(204, "text/plain", "")
            }
            _ => refuse(404, "no handler for route"),
        }
    }

    fn log_in(&self, mount: &str, body: &Value) -> Reply {
        let now = (self.clock)();
        let mut state = lock(&self.state);
        let text = |name: &str| body[name].as_str().unwrap_or_default();
        let (role, secret) = match body.get("role_id") {
            Some(_) => (text("role_id"), text("secret_id")),
            None => (text("role"), text("jwt")),
        };
        if !state.logins.iter().any(|(known, ..)| known == mount) {
            return refuse(403, "no handler for route");
        }
        let offered = (mount.to_owned(), role.to_owned(), secret.to_owned());
        if !state.logins.contains(&offered) {
            return refuse(
                400,
                &format!(
                    "error validating claims: claim \"groups\" does not match any associated bound claim values {secret}"
                ),
            );
        }
        state.issued += 1;
        let id = format!("hvs.planted-login-{}", state.issued);
        let token = Token { expires_at: Some(now + self.lifetimes.token), latest: now + self.lifetimes.token_max };
        state.tokens.insert(id.clone(), token);
        let auth = json!({
            "client_token": id, "accessor": format!("accessor-{}", state.issued), "renewable": true,
            "lease_duration": self.lifetimes.token.as_secs(),
        });
        Reply::json(200, &json!({ "auth": auth }))
    }

    fn look_up(&self, id: &str) -> Reply {
        let state = lock(&self.state);
        let left = state.tokens.get(id).and_then(|token| token.expires_at);
        let ttl = left.map_or(0, |end| end.duration_since((self.clock)()).unwrap_or_default().as_secs());
        Reply::json(200, &json!({ "data": { "ttl": ttl, "renewable": left.is_some() } }))
    }

    fn renew_token(&self, id: &str) -> Reply {
        let now = (self.clock)();
        let mut state = lock(&self.state);
        let Some(token) = state.tokens.get_mut(id).filter(|token| token.expires_at.is_some()) else {
            return refuse(400, "lease is not renewable");
        };
        let end = (now + self.lifetimes.token).min(token.latest);
        token.expires_at = Some(end);
        let left = end.duration_since(now).unwrap_or_default().as_secs();
        let auth = json!({ "client_token": id, "lease_duration": left, "renewable": true });
        Reply::json(200, &json!({ "auth": auth }))
    }

    async fn make_role(&self, token: &str) -> Reply {
        let now = (self.clock)();
        let number = {
            let mut state = lock(&self.state);
            state.issued += 1;
            state.issued
        };
        // Real names are random too: tests of one process share a server.
        let user = format!("v-howdah-reader-{}-{number}", unique());
        let password = format!("planted-vault-password-{number}");
        let expires_at = now + self.lifetimes.lease;
        if let Some(postgres) = &self.postgres {
            let until = OffsetDateTime::from(expires_at).format(&Rfc3339).unwrap_or_default();
            let sql = format!("create role \"{user}\" login password '{password}' valid until '{until}'");
            if postgres.execute("postgres", &sql).await.is_err() {
                return refuse(500, "1 error occurred:\n\t* error executing statement");
            }
        }
        let id = format!("database/creds/reader/planted-lease-{number}");
        let lease =
            Lease { user: user.clone(), token: token.to_owned(), expires_at, latest: now + self.lifetimes.lease_max };
        lock(&self.state).leases.insert(id.clone(), lease);
        let body = json!({
            "lease_id": id, "lease_duration": self.lifetimes.lease.as_secs(), "renewable": true,
            "data": { "username": user, "password": password },
        });
        Reply::json(200, &body)
    }

    /// A role whose password changes every ten minutes.
    fn static_role(&self) -> Reply {
        const PERIOD: u64 = 600;
        let seconds = (self.clock)().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        let password = format!("planted-static-password-{}", seconds / PERIOD);
        let data = json!({
            "username": "reporting", "password": password, "ttl": PERIOD - seconds % PERIOD, "rotation_period": PERIOD,
        });
        Reply::json(200, &json!({ "lease_id": "", "lease_duration": 0, "renewable": false, "data": data }))
    }

    fn renew_lease(&self, body: &Value) -> Reply {
        let now = (self.clock)();
        let id = body["lease_id"].as_str().unwrap_or_default();
        let increment = Duration::from_secs(body["increment"].as_u64().unwrap_or_default());
        let mut state = lock(&self.state);
        let Some(lease) = state.leases.get_mut(id) else { return refuse(400, "lease not found") };
        lease.expires_at = (now + increment).min(lease.latest);
        let left = lease.expires_at.duration_since(now).unwrap_or_default().as_secs();
        Reply::json(200, &json!({ "lease_id": id, "lease_duration": left, "renewable": true }))
    }

    async fn end_lease(&self, id: &str) {
        let lease = lock(&self.state).leases.remove(id);
        if let (Some(postgres), Some(lease)) = (&self.postgres, lease) {
            // Nothing in these tests belongs to such a role.
            drop(postgres.execute("postgres", &format!("drop role if exists \"{}\"", lease.user)).await);
        }
    }

    async fn revoke_token(&self, id: &str) {
        let leases: Vec<_> = {
            let mut state = lock(&self.state);
            state.tokens.remove(id);
            state.leases.iter().filter(|(_, lease)| lease.token == id).map(|(id, _)| id.clone()).collect()
        };
        for lease in leases {
            self.end_lease(&lease).await;
        }
    }

    async fn expire(&self) {
        let now = (self.clock)();
        let (tokens, leases): (Vec<_>, Vec<_>) = {
            let state = lock(&self.state);
            let tokens = state.tokens.iter().filter(|(_, token)| token.expires_at.is_some_and(|end| end <= now));
            let leases = state.leases.iter().filter(|(_, lease)| lease.expires_at <= now);
            (tokens.map(|(id, _)| id.clone()).collect(), leases.map(|(id, _)| id.clone()).collect())
        };
        for token in tokens {
            self.revoke_token(&token).await;
        }
        for lease in leases {
            self.end_lease(&lease).await;
        }
    }
}

fn refuse(status: u16, error: &str) -> Reply {
    Reply::json(status, &json!({ "errors": [error] }))
}

fn unique() -> u32 {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
