//! A real OpenID provider: npm's `oidc-provider`, run by `provider/server.mjs`.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use tempfile::NamedTempFile;

use crate::{Browser, npm};

/// Somebody who can sign in.
#[derive(Clone, Debug, Serialize)]
pub struct Person {
    /// What they type; also the `preferred_username` claim.
    pub username: String,
    /// What they type too.
    pub password: String,
    /// The `sub` claim.
    pub subject: String,
    /// The `name` claim.
    pub name: String,
    /// The `email` claim.
    pub email: String,
    /// The `email_verified` claim.
    pub email_verified: bool,
    /// The `groups` claim.
    pub groups: Vec<String>,
    /// More claims, over those above.
    pub claims: Map<String, Value>,
}

impl Person {
    /// Somebody with this user name and a verified e-mail address at `example.com`, in no group.
    pub fn new(username: &str) -> Self {
        Self {
            username: username.to_owned(),
            password: format!("{username}-password"),
            subject: format!("sub-{username}"),
            name: username.to_owned(),
            email: format!("{username}@example.com"),
            email_verified: true,
            groups: Vec::new(),
            claims: Map::new(),
        }
    }

    /// With this full name.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.name = name.to_owned();
        self
    }

    /// With this password.
    #[must_use]
    pub fn password(mut self, password: &str) -> Self {
        self.password = password.to_owned();
        self
    }

    /// In these groups.
    #[must_use]
    pub fn groups(mut self, groups: &[&str]) -> Self {
        self.groups = groups.iter().map(|&group| group.to_owned()).collect();
        self
    }

    /// With one more claim, or another value for one.
    #[must_use]
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims.insert(name.to_owned(), value.into());
        self
    }
}

/// An application that people sign in to.
#[derive(Clone, Debug, Serialize)]
pub struct Client {
    client_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<String>,
    token_endpoint_auth_method: String,
    grant_types: Vec<String>,
    redirect_uris: Vec<String>,
    post_logout_redirect_uris: Vec<String>,
    #[serde(flatten)]
    metadata: Map<String, Value>,
}

impl Client {
    /// A Howdah at `origin` that holds a secret and sends it by `client_secret_basic`.
    pub fn confidential(id: &str, secret: &str, origin: &str) -> Self {
        Self::new(id, Some(secret), "client_secret_basic", origin)
    }

    /// A Howdah at `origin` without a secret.
    pub fn public(id: &str, origin: &str) -> Self {
        Self::new(id, None, "none", origin)
    }

    /// Sets a field of the client's metadata, by its name in OpenID Connect Dynamic Client Registration.
    #[must_use]
    pub fn metadata(mut self, name: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        match (name, value.as_str()) {
            ("token_endpoint_auth_method", Some(method)) => {
                self.token_endpoint_auth_method = method.to_owned();
            }
            _ => drop(self.metadata.insert(name.to_owned(), value)),
        }
        self
    }

    /// Allows another redirect URI.
    #[must_use]
    pub fn redirect_uri(mut self, uri: &str) -> Self {
        self.redirect_uris.push(uri.to_owned());
        self
    }

    /// The origin of the client.
    pub fn origin(&self) -> &str {
        self.redirect_uris.first().and_then(|uri| uri.strip_suffix("/oauth2/authorize")).unwrap_or_default()
    }

    fn new(id: &str, secret: Option<&str>, method: &str, origin: &str) -> Self {
        Self {
            client_id: id.to_owned(),
            client_secret: secret.map(str::to_owned),
            token_endpoint_auth_method: method.to_owned(),
            grant_types: vec!["authorization_code".to_owned(), "refresh_token".to_owned()],
            redirect_uris: vec![format!("{origin}/oauth2/authorize")],
            post_logout_redirect_uris: vec![format!("{origin}/oauth2/logout/callback")],
            metadata: Map::new(),
        }
    }
}

/// How long what the provider issues lives.
#[derive(Clone, Debug, Serialize)]
pub struct TokenLifetimes {
    /// Access tokens; an hour by default.
    #[serde(serialize_with = "seconds")]
    pub access_token: Duration,
    /// ID tokens; an hour by default.
    #[serde(serialize_with = "seconds")]
    pub id_token: Duration,
    /// Refresh tokens; a day by default.
    #[serde(serialize_with = "seconds")]
    pub refresh_token: Duration,
}

impl Default for TokenLifetimes {
    fn default() -> Self {
        let hour = Duration::from_secs(3600);
        Self { access_token: hour, id_token: hour, refresh_token: 24 * hour }
    }
}

/// Something that access tokens are for (RFC 8707), such as a database.
#[derive(Clone, Debug, Serialize)]
pub struct Resource {
    /// Its name, a URI: the tokens' `aud`.
    pub audience: String,
    /// What may be asked for there; whoever asks gets it.
    pub scope: String,
}

/// What [`OpenIdProvider::start`] needs to know.
#[derive(Clone, Debug, Serialize)]
pub struct ProviderOptions {
    /// The port on 127.0.0.1; 0 for any free one.
    pub port: u16,
    /// Who can sign in.
    pub people: Vec<Person>,
    /// Where they can sign in to.
    pub clients: Vec<Client>,
    /// How long tokens live.
    pub lifetimes: TokenLifetimes,
    /// Shows the people on the sign-in page, with a link each that fills the form.
    pub list_people: bool,
    /// What all access tokens are for. They are then JWTs (RFC 9068), and there is no UserInfo.
    pub resource: Option<Resource>,
    /// Merged over `oidc-provider`'s configuration, for what the fields above don't say.
    pub configuration: Value,
}

impl Default for ProviderOptions {
    fn default() -> Self {
        Self {
            port: 0,
            people: Vec::new(),
            clients: Vec::new(),
            lifetimes: TokenLifetimes::default(),
            list_people: false,
            resource: None,
            configuration: Value::Object(Map::new()),
        }
    }
}

/// A running provider; it ends with this value, or with the process.
pub struct OpenIdProvider {
    issuer: String,
    log: NamedTempFile,
    child: Child,
    /// The provider ends when its standard input does.
    stdin: Option<ChildStdin>,
}

impl OpenIdProvider {
    /// Starts a provider and waits until it answers.
    ///
    /// # Errors
    /// With what the provider printed, when it does not start.
    pub async fn start(options: ProviderOptions) -> Result<Self> {
        tokio::task::spawn_blocking(move || Self::start_blocking(&options)).await.map_err(|error| anyhow!(error))?
    }

    /// Its issuer identifier, `http://127.0.0.1:PORT`.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Its discovery document.
    pub fn metadata_url(&self) -> String {
        format!("{}/.well-known/openid-configuration", self.issuer)
    }

    /// The public keys that it signs with: a JWK set.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn key_set(&self) -> Result<String> {
        let browser = Browser::new()?;
        let metadata = browser.open(&self.metadata_url()).await?.json()?;
        let address = metadata["jwks_uri"].as_str().context("no jwks_uri")?;
        Ok(browser.open(address).await?.body)
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log.path()).unwrap_or_default()
    }

    fn start_blocking(options: &ProviderOptions) -> Result<Self> {
        npm::package("oidc-provider")?;
        let log = NamedTempFile::new()?;
        let mut child = Command::new("node")
            .arg(npm::directory().join("provider/server.mjs"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::options().append(true).open(log.path())?)
            .process_group(0)
            .spawn()
            .context("cannot run node; install Node.js 20 or newer")?;
        let mut stdin = child.stdin.take().context("no pipe to the provider")?;
        let stdout = child.stdout.take().context("no pipe from the provider")?;
        serde_json::to_writer(&mut stdin, options)?;
        stdin.write_all(b"\n")?;

        let mut issuer = String::new();
        BufReader::new(stdout).read_line(&mut issuer)?;
        let provider = Self { issuer: issuer.trim().to_owned(), log, child, stdin: Some(stdin) };
        if provider.issuer.is_empty() {
            return Err(anyhow!("the OpenID provider did not start:\n{}", provider.log()));
        }
        Ok(provider)
    }
}

impl Drop for OpenIdProvider {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("The OpenID provider's log:\n{}", self.log());
        }
        drop(self.stdin.take());
        // It has nothing to save.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(duration.as_secs())
}
