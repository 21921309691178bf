//! Logging in to Vault.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use tokio::runtime::Handle;

use super::client::{Client, Failure};
use super::config::{Auth, SecretId};
use crate::error::CredentialError;
use crate::file;
use crate::moment::read_seconds;
use crate::request::{Request, Tools};
use crate::sign_in::TokenRequest;
use crate::signed_in_user;

/// A token of Vault's.
#[derive(Clone)]
pub(super) struct Login {
    token: SecretString,
    /// `None` for one without an end.
    pub(super) expires_at: Option<SystemTime>,
    renewable: bool,
    /// The name of a token that we logged in for, so that we also log out. It opens nothing.
    accessor: Option<String>,
}

impl Login {
    pub(super) fn token(&self) -> &SecretString {
        &self.token
    }

    /// What tells a login of ours from others. `None` if somebody else looks after it.
    pub(super) fn accessor(&self) -> Option<&str> {
        self.accessor.as_deref()
    }

    /// Whether it is still good at that moment; `None` is in no time that there is.
    pub(super) fn outlasts(&self, moment: Option<SystemTime>) -> bool {
        self.expires_at.is_none_or(|expires_at| moment.is_some_and(|moment| expires_at >= moment))
    }

    /// The same with a later end. `None` if Vault refuses.
    pub(super) async fn renewed(&self, client: &Client, request: &Request) -> Option<Self> {
        if !self.renewable {
            return Some(self.clone());
        }
        let answer = client.ask(Method::POST, "auth/token/renew-self", Some(&self.token), Some(json!({})), &[]).await;
        match answer {
            Ok(answer) => {
                let renewed = read(answer.get("auth")?.as_object()?, request.now())?;
                Some(Self { accessor: self.accessor.clone(), ..renewed })
            }
            Err(failure) => {
                log_failure(client, failure, "to renew a login");
                None
            }
        }
    }

    /// Logs out, which also ends every lease of this login.
    pub(super) async fn end(&self, client: &Client) {
        if self.accessor.is_some()
            && let Err(failure) = client.ask(Method::POST, "auth/token/revoke-self", Some(&self.token), None, &[]).await
        {
            log_failure(client, failure, "to end a login");
        }
    }
}

/// A login that was of no use yet. Dropped before it is, because the person left or there is no such role, it is ended in
/// the background: nothing that it may have made must outlive the session. That takes as long as one request may.
pub(super) struct Trial {
    client: Client,
    login: Login,
    is_over: bool,
}

impl Trial {
    pub(super) fn new(client: &Client, login: Login) -> Self {
        Self { client: client.clone(), login, is_over: false }
    }

    pub(super) fn login(&self) -> &Login {
        &self.login
    }

    pub(super) fn into_login(mut self) -> Login {
        self.is_over = true;
        self.login.clone()
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        if let (false, Ok(runtime)) = (self.is_over, Handle::try_current()) {
            let (client, login) = (self.client.clone(), self.login.clone());
            runtime.spawn(async move { login.end(&client).await });
        }
    }
}

/// For what no person waits for.
pub(super) fn log_failure(client: &Client, failure: Failure, asked: &str) {
    let error = failure.into_error(client, asked, |_, _| "it will end by itself".to_owned());
    tracing::warn!(%error, "Vault did not do what it was asked to");
}

/// Logs in as the settings say.
pub(super) async fn log_in(client: &Client, auth: &Auth, request: &Request) -> Result<Login, CredentialError> {
    let (mount, who, body) = match auth {
        Auth::Token { file } => return own_token(client, file.as_deref(), request).await,
        Auth::Jwt { mount, role } => {
            let issued = signed_in_user::token(request, TokenRequest::IdToken).await?;
            let mut body = json!({ "jwt": issued.token.expose_secret() });
            // Without one, the auth method's default role counts.
            if let Some(role) = role {
                body["role"] = json!(role);
            }
            (mount, format!("the sign-in of {}", request.person.username()), body)
        }
        Auth::Kubernetes { mount, role, token_file } => {
            let token = read_secret(Path::new(token_file), "the token of the pod's service account").await?;
            (mount, "the pod's service account".to_owned(), json!({ "jwt": token.expose_secret(), "role": role }))
        }
        Auth::AppRole { mount, role_id, secret_id } => {
            let mut body = json!({ "role_id": role_id });
            match secret_id {
                SecretId::None => {}
                SecretId::Given(secret) => body["secret_id"] = json!(secret.expose()),
                SecretId::File(file) => {
                    body["secret_id"] = json!(read_secret(Path::new(file), "the secret id").await?.expose_secret());
                }
            }
            (mount, "Howdah's AppRole".to_owned(), body)
        }
    };
    let secrets: Vec<String> =
        ["jwt", "secret_id"].iter().filter_map(|name| body[*name].as_str().map(str::to_owned)).collect();
    let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
    let path = format!("auth/{mount}/login");
    let answer = client.ask(Method::POST, &path, None, Some(body), &secrets).await.map_err(|failure| {
        failure
            .into_error(client, &format!("the login of {who} by {path}"), |status, errors| remedy(auth, status, errors))
    })?;
    let login = answer.get("auth").and_then(Value::as_object).and_then(|auth| read(auth, request.now()));
    login.ok_or_else(|| CredentialError::failed(format!("{} answered the login without a token", client.name())))
}

fn remedy(auth: &Auth, status: u16, errors: &str) -> String {
    match auth {
        _ if status == 404 || errors.contains("no handler for route") || errors.contains("unsupported path") => {
            "no auth method is mounted there: check `auth.mount` and `namespace`".to_owned()
        }
        Auth::Jwt { role, .. } => {
            let role = role.as_ref().map_or("the default role".to_owned(), |role| format!("the role `{role}`"));
            format!(
                "{role} of the auth method must have the client id that people sign in with in bound_audiences, and its bound_claims must fit this person"
            )
        }
        Auth::Kubernetes { role, .. } => format!(
            "the role `{role}` must name the pod's service account and namespace in bound_service_account_names and bound_service_account_namespaces"
        ),
        Auth::AppRole { .. } => {
            "check the role id, and make a new secret id: it may have ended or been used up".to_owned()
        }
        Auth::Token { .. } => "the token has ended or was revoked: give Howdah another".to_owned(),
    }
}

/// The `auth` object of a login's or renewal's answer.
fn read(auth: &Map<String, Value>, now: SystemTime) -> Option<Login> {
    let token = auth.get("client_token")?.as_str().filter(|token| !token.is_empty())?;
    Some(Login {
        token: token.into(),
        expires_at: end(auth.get("lease_duration"), now),
        renewable: auth.get("renewable").and_then(Value::as_bool).unwrap_or_default(),
        accessor: Some(auth.get("accessor").and_then(Value::as_str).unwrap_or_default().to_owned()),
    })
}

/// Zero means that there is no end.
fn end(life: Option<&Value>, now: SystemTime) -> Option<SystemTime> {
    let life = life.and_then(read_seconds).unwrap_or_default();
    if life.is_zero() { None } else { now.checked_add(life) }
}

/// A token that somebody else made and looks after.
async fn own_token(client: &Client, file: Option<&str>, request: &Request) -> Result<Login, CredentialError> {
    let token = match file {
        Some(file) => read_secret(Path::new(file), "the token for Vault").await?,
        None => token_of_machine(&request.tools).await.ok_or_else(|| {
            CredentialError::failed(
                "Howdah has no token for Vault: set VAULT_TOKEN in its environment, or `auth.token_file`",
            )
        })?,
    };
    let answer =
        client.ask(Method::GET, "auth/token/lookup-self", Some(&token), None, &[]).await.map_err(|failure| {
            failure.into_error(client, "Howdah's own token", |_, _| remedy(&Auth::Token { file: None }, 0, ""))
        })?;
    let data = answer.get("data");
    let ttl = data.and_then(|data| data.get("ttl"));
    let renewable = data.and_then(|data| data.get("renewable")).and_then(Value::as_bool).unwrap_or_default();
    Ok(Login { token, expires_at: end(ttl, request.now()), renewable, accessor: None })
}

/// Where Vault's and OpenBao's own tools keep theirs.
async fn token_of_machine(tools: &Tools) -> Option<SecretString> {
    let variable = |name: &str| tools.variables.text(name);
    if let Some(token) = variable("VAULT_TOKEN").or_else(|| variable("BAO_TOKEN")) {
        return Some(token.into());
    }
    let path = PathBuf::from(variable("HOME")?).join(".vault-token");
    read_secret(&path, "the token for Vault").await.ok()
}

/// Read each time: whoever writes the file renews what is in it.
async fn read_secret(path: &Path, what: &str) -> Result<SecretString, CredentialError> {
    let text = file::read(path)
        .await
        .map_err(|error| CredentialError::failed(format!("cannot read the file of {what}: {error}")))?;
    if text.trim().is_empty() {
        return Err(CredentialError::failed(format!("the file of {what} is empty")));
    }
    Ok(text.trim().into())
}
