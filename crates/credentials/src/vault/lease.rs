//! A role of the database engine, and how long it lives.

use std::time::{Duration, SystemTime};

use reqwest::Method;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::client::Client;
use super::config::{RoleKind, VaultConfig};
use super::login::{Login, log_failure};
use crate::error::CredentialError;
use crate::moment::read_seconds;
use crate::request::Request;

/// A role and its password.
#[derive(Clone)]
pub(super) struct Lease {
    /// `None` for a static role, which ends with nobody.
    pub(super) id: Option<String>,
    pub(super) username: String,
    pub(super) password: SecretString,
    pub(super) expires_at: Option<SystemTime>,
    life: Duration,
    renewable: bool,
}

impl Lease {
    /// How long it lived at first: what a renewal asks for.
    pub(super) fn asked_life(&self) -> Duration {
        self.life
    }

    /// The same with a later end. `None` if Vault refuses, or gives so little that a new one is better: the role's
    /// max_ttl is near.
    pub(super) async fn renewed(mut self, client: &Client, login: &Login, request: &Request) -> Option<Self> {
        let id = self.id.as_ref().filter(|_| self.renewable)?;
        let body = json!({ "lease_id": id, "increment": self.life.as_secs() });
        match client.ask(Method::PUT, "sys/leases/renew", Some(login.token()), Some(body), &[]).await {
            Ok(answer) => {
                let life = answer.get("lease_duration").and_then(read_seconds)?;
                self.expires_at = request.now().checked_add(life);
                self.renewable = answer.get("renewable").and_then(Value::as_bool).unwrap_or_default();
                (life >= self.life / 2).then_some(self)
            }
            Err(failure) => {
                log_failure(client, failure, "to renew a lease");
                None
            }
        }
    }
}

/// A role: a new one, or the static one.
pub(super) async fn ask(
    client: &Client,
    config: &VaultConfig,
    login: &Login,
    request: &Request,
) -> Result<Lease, CredentialError> {
    let (mount, role) = (config.mount(), config.role());
    let path = match config.kind() {
        RoleKind::Dynamic => format!("{mount}/creds/{role}"),
        RoleKind::Static => format!("{mount}/static-creds/{role}"),
    };
    let answer = client.ask(Method::GET, &path, Some(login.token()), None, &[]).await.map_err(|failure| {
        failure.into_error(client, &format!("to give a database role by {path}"), |status, errors| match status {
            403 => format!("its login needs a policy with `read` on {path}"),
            404 => format!("no database engine is mounted at {mount}: check `mount` and `namespace`"),
            _ if errors.contains("unknown role") => format!("the database engine has no role `{role}`: check `role`"),
            _ => "Vault's own account in PostgreSQL may have lost a right or its password: see Vault's log".to_owned(),
        })
    })?;
    let data = answer.get("data");
    let text =
        |name: &str| data.and_then(|data| data.get(name)).and_then(Value::as_str).filter(|text| !text.is_empty());
    let (Some(username), Some(password)) = (text("username"), text("password")) else {
        return Err(CredentialError::failed(format!("{} answered {path} without a role and password", client.name())));
    };
    // The password of a static role is good until Vault changes it, in `ttl` seconds.
    let life = match config.kind() {
        RoleKind::Dynamic => answer.get("lease_duration"),
        RoleKind::Static => data.and_then(|data| data.get("ttl")),
    };
    let life = life.and_then(read_seconds).unwrap_or_default();
    let id = answer.get("lease_id").and_then(Value::as_str).filter(|id| !id.is_empty());
    Ok(Lease {
        id: id.map(str::to_owned),
        username: username.to_owned(),
        password: password.into(),
        expires_at: if life.is_zero() { None } else { request.now().checked_add(life) },
        life,
        renewable: answer.get("renewable").and_then(Value::as_bool).unwrap_or_default(),
    })
}

/// Ends the lease: Vault drops the role.
pub(super) async fn revoke(client: &Client, login: &Login, id: &str) {
    let body = json!({ "lease_id": id });
    if let Err(failure) = client.ask(Method::PUT, "sys/leases/revoke", Some(login.token()), Some(body), &[]).await {
        log_failure(client, failure, "to revoke a lease");
    }
}
