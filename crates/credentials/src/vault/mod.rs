//! The source `vault`: roles that the database secrets engine of HashiCorp Vault or OpenBao makes.
//!
//! Vault documentation, "Database secrets engine" and "Lease, renew, and revoke". A role lives as long as its lease, and
//! the lease no longer than the token that it was asked for with. Both are renewed ahead while Vault allows; then there
//! is a new role, while the old one runs out under the connections that still use it.

mod client;
mod config;
mod lease;
mod login;

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use tokio::sync::Mutex;

pub use self::config::{VaultAuth, VaultConfig, VaultSettings};

use self::client::Client;
use self::lease::Lease;
use self::login::{Login, Trial};
use crate::credential::Presentation;
use crate::error::CredentialError;
use crate::moment::earlier;
use crate::request::{Request, Why};
use crate::settings::Identity;
use crate::source::{By, Ending, Fetched, Outcome, Share, Source, SourceConfig, Whose};

/// What is kept from one question to the next.
#[derive(Default)]
struct Kept(Mutex<Option<Given>>);

/// A lease and what it hangs on.
#[derive(Clone)]
struct Given {
    client: Client,
    login: Login,
    lease: Lease,
}

#[async_trait]
impl Source for VaultConfig {
    /// Also with Howdah's own login each person gets a role of their own: it ends with their session.
    fn share(&self) -> Share {
        Share { whose: Whose::Person, by: By::Settings }
    }

    fn identity(&self) -> Identity {
        self.auth().identity()
    }

    async fn fetch(&self, request: &Request) -> Result<Outcome, CredentialError> {
        let kept = request.kept::<Kept>(&SourceConfig::Vault(self.clone()));
        let mut kept = kept.0.lock().await;
        let renewed = match kept.clone().filter(|_| request.why == Why::Ahead) {
            Some(given) => given.renewed(request).await,
            None => None,
        };
        let given = match renewed {
            Some(given) => given,
            None => self.ask(request, kept.as_ref()).await?,
        };
        *kept = Some(given.clone());
        Ok(Outcome::Credential(given.into_fetched()))
    }
}

impl VaultConfig {
    /// A new lease, with the login that there is or a new one.
    async fn ask(&self, request: &Request, last: Option<&Given>) -> Result<Given, CredentialError> {
        let client = match last {
            Some(given) => given.client.clone(),
            None => Client::new(self, Arc::clone(&request.tools))?,
        };
        let now = request.now();
        let good = last.filter(|given| given.login.outlasts(now.checked_add(given.lease.asked_life() / 2)));
        if let Some(given) = good {
            // It may have been revoked since: then a new login helps.
            match lease::ask(&client, self, &given.login, request).await {
                Ok(lease) => return Ok(Given { client, login: given.login.clone(), lease }),
                Err(error @ CredentialError::Timeout { .. }) => return Err(error),
                Err(_) => {}
            }
        }
        let trial = Trial::new(&client, login::log_in(&client, self.auth(), request).await?);
        let lease = lease::ask(&client, self, trial.login(), request).await?;
        Ok(Given { client, login: trial.into_login(), lease })
    }
}

impl Given {
    /// The same role with a longer lease, if Vault still gives a worthwhile one.
    async fn renewed(mut self, request: &Request) -> Option<Self> {
        let until = request.now().checked_add(self.lease.asked_life());
        if !self.login.outlasts(until) {
            self.login = self.login.renewed(&self.client, request).await?;
        }
        // A login that cannot be prolonged is about to take the lease with it.
        let worthwhile = request.now().checked_add(self.lease.asked_life() / 2);
        if !self.login.outlasts(worthwhile) {
            return None;
        }
        self.lease = self.lease.renewed(&self.client, &self.login, request).await?;
        Some(self)
    }

    fn into_fetched(self) -> Fetched {
        let Self { client, login, lease } = self;
        let expires_at = earlier(lease.expires_at, login.expires_at);
        let mut fetched = Fetched {
            username: Some(lease.username),
            issuer: Some(client.name().to_owned()),
            expires_at,
            ..Fetched::new(Presentation::Password(lease.password))
        };
        // A login of ours takes all its leases along. One that is not ours stays, and each lease ends for itself.
        let (id, until) = match login.accessor() {
            Some(accessor) => (Some(accessor.to_owned()), login.expires_at),
            None => (lease.id.clone(), expires_at),
        };
        fetched.ending = id.map(|id| Ending {
            id,
            until,
            run: Box::new(move || -> BoxFuture<'static, ()> {
                Box::pin(async move {
                    if let Some(id) = &lease.id {
                        lease::revoke(&client, &login, id).await;
                    }
                    login.end(&client).await;
                })
            }),
        });
        fetched
    }
}
