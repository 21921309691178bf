//! OAuth authorization servers for database clients: the real provider with the flows that these use, and one that says
//! whatever a test wants.

use std::sync::{Arc, Mutex};

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::endpoint::{Call, Endpoint, Reply, lock};
use crate::openid::{OpenIdProvider, Person, ProviderOptions, TokenLifetimes};

/// A public client of [`start_oauth_server`] for people.
pub const PUBLIC_CLIENT: &str = "database-console";
/// A client of [`start_oauth_server`] that acts for itself.
pub const SERVICE_CLIENT: &str = "database service";
/// The secret of [`SERVICE_CLIENT`]: with characters that must be encoded on their way.
pub const SERVICE_SECRET: &str = "planted secret+with%signs";

/// Starts a real provider whose clients may use device codes, the authorization code and client credentials.
///
/// # Errors
/// With what the provider printed, when it does not start.
pub async fn start_oauth_server(
    people: Vec<Person>,
    redirect_uri: &str,
    lifetimes: TokenLifetimes,
) -> Result<OpenIdProvider> {
    let configuration = json!({
        "features": {
            "deviceFlow": { "enabled": true },
            "clientCredentials": { "enabled": true },
        },
        "scopes": ["openid", "offline_access", "db"],
        "clients": [
            {
                "client_id": PUBLIC_CLIENT, "token_endpoint_auth_method": "none", "redirect_uris": [redirect_uri],
                "grant_types":
                    ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
            },
            {
                "client_id": SERVICE_CLIENT, "client_secret": SERVICE_SECRET, "redirect_uris": [],
                "response_types": [], "grant_types": ["client_credentials"], "scope": "db",
            },
        ],
    });
    OpenIdProvider::start(ProviderOptions { people, lifetimes, configuration, ..ProviderOptions::default() }).await
}

/// Somebody opens the page of a device code, signs in and confirms.
///
/// # Errors
/// When a page is not as it should be.
pub async fn confirm_device(page: &str, user_code: &str, person: &Person) -> Result<()> {
    let browser = Browser::new()?;
    let asked = browser.open(page).await?;
    let confirm = browser.fill(&asked, &[("user_code", user_code)]).await?;
    let sign_in = browser.fill(&confirm, &[("user_code", user_code), ("confirm", "yes")]).await?;
    let last = browser.fill(&sign_in, &[("username", &person.username), ("password", &person.password)]).await?;
    ensure!(last.status.is_success() && last.body.contains("Sign-in Success"), "not confirmed:\n{}", last.body);
    Ok(())
}

/// An authorization server over TLS that says whatever a test wants.
pub struct ScriptedOAuthServer {
    /// Where it answers: also its issuer, unless its document says otherwise.
    pub endpoint: Endpoint,
    script: Arc<Mutex<Script>>,
}

struct Script {
    document: Value,
    token: (u16, Value),
    retry_after: Option<u32>,
    device: Value,
}

impl ScriptedOAuthServer {
    /// Starts one that describes itself rightly and refuses everything.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn start() -> Result<Self> {
        let token = (400, json!({"error": "invalid_grant"}));
        let script =
            Arc::new(Mutex::new(Script { document: Value::Null, token, retry_after: None, device: Value::Null }));
        let answering = Arc::clone(&script);
        let endpoint = Endpoint::tls(move |call| std::future::ready(answer(&lock(&answering), &call))).await?;
        let url = endpoint.url();
        lock(&script).document = json!({
            "issuer": url, "token_endpoint": format!("{url}/token"),
            "authorization_endpoint": format!("{url}/authorize"),
            "device_authorization_endpoint": format!("{url}/device"),
        });
        Ok(Self { endpoint, script })
    }

    /// Sets fields of the discovery document; null removes one.
    pub fn describe(&self, changes: &Value) {
        let mut script = lock(&self.script);
        for (key, value) in changes.as_object().into_iter().flatten() {
            script.document[key] = value.clone();
        }
        if let Some(fields) = script.document.as_object_mut() {
            fields.retain(|_, value| !value.is_null());
        }
    }

    /// What the token endpoint answers from now on.
    pub fn token(&self, status: u16, answer: Value) {
        lock(&self.script).token = (status, answer);
    }

    /// Wants the token endpoint to be left alone for so many seconds, with every answer from now on.
    pub fn retry_after(&self, seconds: u32) {
        lock(&self.script).retry_after = Some(seconds);
    }

    /// What the device authorization endpoint answers from now on.
    pub fn device(&self, answer: Value) {
        lock(&self.script).device = answer;
    }
}

fn answer(script: &Script, call: &Call) -> Reply {
    match call.path.as_str() {
        "/.well-known/openid-configuration" => Reply::json(200, &script.document),
        "/token" => {
            let reply = Reply::json(script.token.0, &script.token.1);
            match script.retry_after {
                Some(seconds) => reply.with_header("retry-after", &seconds.to_string()),
                None => reply,
            }
        }
        "/device" => Reply::json(200, &script.device),
        _ => Reply::text(404, "text/plain", ""),
    }
}
