//! A double of Microsoft Entra ID: a tenant's endpoints over TLS, the identity services of Azure's machines, and the check
//! of tokens that Azure Database for PostgreSQL makes.

mod tenant;

use std::collections::HashMap;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rcgen::{CertificateParams, KeyPair, PublicKeyData};
use ring::digest::{SHA256, digest};
use url::Url;

use tenant::scope_resource;

use crate::endpoint::{DoubleClock, Endpoint, lock};

/// The tenant's id.
pub const ENTRA_TENANT: &str = "7c9d2f4e-0000-4000-8000-5f1b6c3a2d10";
/// What database tokens of the public cloud are for.
pub const ENTRA_RESOURCE: &str = "https://ossrdbms-aad.database.windows.net";
/// What App Service puts into `IDENTITY_HEADER`.
pub const APP_SERVICE_HEADER: &str = "planted-identity-header";

const DEVICE_INTERVAL: Duration = Duration::from_secs(5);
const DEVICE_LIFE: Duration = Duration::from_secs(900);
const CODE_LIFE: Duration = Duration::from_secs(600);
/// From this life on, tokens come with `refresh_in`.
const LONG_LIFE: Duration = Duration::from_secs(7200);

/// A tenant with some applications.
pub struct Entra {
    /// `login.microsoftonline.com`.
    pub authority: Endpoint,
    /// The instance metadata service at its own path, App Service's identity service at `/msi/token`.
    pub metadata: Endpoint,
    tenant: Arc<Tenant>,
}

struct Tenant {
    clock: DoubleClock,
    authority: Mutex<String>,
    state: Mutex<State>,
}

struct State {
    life: Duration,
    resources: Vec<String>,
    applications: HashMap<String, Application>,
    machine: Option<(String, Option<String>)>,
    tokens: HashMap<String, EntraToken>,
    refresh_tokens: HashMap<String, Grant>,
    codes: HashMap<String, (Grant, Wanted, SystemTime)>,
    devices: HashMap<String, Device>,
    assertions_seen: Vec<String>,
    refusals: Vec<Refusal>,
    failing_metadata: Vec<u16>,
    issued: u32,
}

#[derive(Default)]
struct Application {
    secret: Option<String>,
    redirect_uri: Option<String>,
    /// Certificates by thumbprint, with their public keys.
    certificates: HashMap<String, Vec<u8>>,
    federated_token: Option<String>,
}

/// For whom, and by which application.
#[derive(Clone)]
struct Grant {
    principal: String,
    client_id: String,
}

/// What an authorization code is bound to.
struct Wanted {
    redirect_uri: String,
    challenge: String,
}

struct Device {
    user_code: String,
    client_id: String,
    expires_at: SystemTime,
    asked_at: SystemTime,
    interval: Duration,
    outcome: DeviceOutcome,
}

enum DeviceOutcome {
    Pending,
    Confirmed(String),
    Declined,
}

/// A refusal that waits for the next request.
struct Refusal {
    error: String,
    description: String,
    claims: Option<String>,
}

/// What a database learns of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntraToken {
    /// A principal name, or an application's id.
    pub principal: String,
    /// What it is for.
    pub resource: String,
    /// When it ends.
    pub expires_at: SystemTime,
}

/// An error of the token endpoint.
struct Refused(&'static str, String, Option<String>);

impl Entra {
    /// Starts a tenant without applications. Tokens live for an hour.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn start(clock: DoubleClock) -> Result<Self> {
        let state = State {
            life: Duration::from_secs(3600),
            resources: vec![ENTRA_RESOURCE.to_owned(), "https://ossrdbms-aad.database.usgovcloudapi.net".to_owned()],
            applications: HashMap::new(),
            machine: None,
            tokens: HashMap::new(),
            refresh_tokens: HashMap::new(),
            codes: HashMap::new(),
            devices: HashMap::new(),
            assertions_seen: Vec::new(),
            refusals: Vec::new(),
            failing_metadata: Vec::new(),
            issued: 0,
        };
        let tenant = Arc::new(Tenant { clock, authority: Mutex::default(), state: Mutex::new(state) });
        let (for_authority, for_metadata) = (Arc::clone(&tenant), Arc::clone(&tenant));
        let authority = Endpoint::tls(move |call| std::future::ready(for_authority.answer(&call))).await?;
        authority.url().clone_into(&mut lock(&tenant.authority));
        let metadata = Endpoint::plain(move |call| std::future::ready(for_metadata.answer_metadata(&call))).await?;
        Ok(Self { authority, metadata, tenant })
    }

    /// Registers an application, with a secret if it has one.
    pub fn register(&self, client_id: &str, secret: Option<&str>) {
        self.application(client_id, |application| application.secret = secret.map(str::to_owned));
    }

    /// Registers a redirect URI of an application.
    pub fn redirect_uri(&self, client_id: &str, uri: &str) {
        self.application(client_id, |application| application.redirect_uri = Some(uri.to_owned()));
    }

    /// Registers a new certificate of an application, and gives it with its private key, PEM.
    ///
    /// # Errors
    /// When node cannot make a key.
    pub fn certificate(&self, client_id: &str) -> Result<String> {
        const SCRIPT: &str = "console.log(require('crypto').generateKeyPairSync('rsa', \
             {modulusLength: 2048, privateKeyEncoding: {type: 'pkcs8', format: 'pem'}, \
             publicKeyEncoding: {type: 'spki', format: 'pem'}}).privateKey)";
        let made = Command::new("node").args(["-e", SCRIPT]).output().context("cannot run node")?;
        ensure!(made.status.success(), "node made no key");
        let key_pem = String::from_utf8(made.stdout)?;
        let key = KeyPair::from_pem(&key_pem)?;
        let certificate = CertificateParams::new(Vec::new())?.self_signed(&key)?;
        let thumbprint = URL_SAFE_NO_PAD.encode(digest(&SHA256, certificate.der()));
        let public = key.der_bytes().to_vec();
        self.application(client_id, |application| drop(application.certificates.insert(thumbprint, public)));
        Ok(format!("{}{key_pem}", certificate.pem()))
    }

    /// Lets a workload whose platform gives it this token act as the application.
    pub fn federate(&self, client_id: &str, token: &str) {
        self.application(client_id, |application| application.federated_token = Some(token.to_owned()));
    }

    /// Gives the machine an identity of this name, and one that is asked for by its client id.
    pub fn machine(&self, name: &str, client_id: Option<&str>) {
        lock(&self.tenant.state).machine = Some((name.to_owned(), client_id.map(str::to_owned)));
    }

    /// The next answers of the identity services have these statuses.
    pub fn metadata_fails(&self, statuses: &[u16]) {
        lock(&self.tenant.state).failing_metadata = statuses.iter().rev().copied().collect();
    }

    /// How long tokens live from now on.
    pub fn life(&self, life: Duration) {
        lock(&self.tenant.state).life = life;
    }

    /// Refuses the next request to the token endpoint like this.
    pub fn refuse_next(&self, error: &str, description: &str, claims: Option<&str>) {
        let claims = claims.map(str::to_owned);
        let refusal = Refusal { error: error.to_owned(), description: description.to_owned(), claims };
        lock(&self.tenant.state).refusals.push(refusal);
    }

    /// The refresh token of somebody who signed in to an application, as the application keeps it.
    pub fn signed_in(&self, client_id: &str, principal: &str) -> String {
        let mut state = lock(&self.tenant.state);
        let token = state.next("refresh-token");
        let grant = Grant { principal: principal.to_owned(), client_id: client_id.to_owned() };
        state.refresh_tokens.insert(token.clone(), grant);
        token
    }

    /// Ends all refresh tokens of a person.
    pub fn revoke(&self, principal: &str) {
        lock(&self.tenant.state).refresh_tokens.retain(|_, grant| grant.principal != principal);
    }

    /// Somebody confirms a device code.
    ///
    /// # Errors
    /// When there is no such code.
    pub fn confirm(&self, user_code: &str, principal: &str) -> Result<()> {
        self.decide(user_code, DeviceOutcome::Confirmed(principal.to_owned()))
    }

    /// Somebody declines a device code.
    ///
    /// # Errors
    /// When there is no such code.
    pub fn decline(&self, user_code: &str) -> Result<()> {
        self.decide(user_code, DeviceOutcome::Declined)
    }

    /// From now on, every code wants to be asked for more rarely by this much.
    pub fn slow_down(&self, by: Duration) {
        for device in lock(&self.tenant.state).devices.values_mut() {
            device.interval += by;
        }
    }

    /// Somebody signs in at the page where a browser was sent, and gives the address where it is sent back.
    ///
    /// # Errors
    /// When the page would show an error instead.
    pub fn sign_in(&self, page: &Url, principal: &str) -> Result<Url> {
        let parameter = |name: &str| {
            let mut pairs = page.query_pairs().filter(|(key, _)| key == name);
            match (pairs.next(), pairs.next()) {
                (Some((_, value)), None) => Ok(value.into_owned()),
                (None, _) => bail!("the page was not given `{name}`"),
                _ => bail!("the page was given `{name}` twice"),
            }
        };
        ensure!(page.as_str().starts_with(self.authority.url()), "not this authority's page");
        ensure!(page.path().ends_with("/oauth2/v2.0/authorize"), "not the page to sign in at");
        ensure!(parameter("response_type")? == "code" && parameter("code_challenge_method")? == "S256");
        scope_resource(&lock(&self.tenant.state), &parameter("scope")?)
            .map_err(|refused| anyhow::anyhow!(refused.1))?;
        let (client_id, redirect_uri) = (parameter("client_id")?, parameter("redirect_uri")?);
        let mut state = lock(&self.tenant.state);
        let application = state.applications.get(&client_id).context("AADSTS700016: no such application")?;
        ensure!(application.redirect_uri.as_ref() == Some(&redirect_uri), "AADSTS50011: {redirect_uri}");
        let code = state.next("code");
        let grant = Grant { principal: principal.to_owned(), client_id };
        let wanted = Wanted { redirect_uri: redirect_uri.clone(), challenge: parameter("code_challenge")? };
        state.codes.insert(code.clone(), (grant, wanted, (self.tenant.clock)() + CODE_LIFE));
        let mut back = Url::parse(&redirect_uri)?;
        back.query_pairs_mut().append_pair("code", &code).append_pair("state", &parameter("state")?);
        Ok(back)
    }

    /// What a database makes of a token: whose it is.
    ///
    /// # Errors
    /// In Azure's words.
    pub fn check(&self, token: &str) -> Result<EntraToken> {
        let found = lock(&self.tenant.state).tokens.get(token).cloned();
        let found = found.context(
            "The access token has invalid format. Please ensure the token is passed exactly as returned from Azure",
        )?;
        ensure!(
            found.expires_at > (self.tenant.clock)(),
            "The access token has expired. Please acquire a new token and retry"
        );
        Ok(found)
    }

    fn application(&self, client_id: &str, change: impl FnOnce(&mut Application)) {
        change(lock(&self.tenant.state).applications.entry(client_id.to_owned()).or_default());
    }

    fn decide(&self, user_code: &str, outcome: DeviceOutcome) -> Result<()> {
        let mut state = lock(&self.tenant.state);
        let device = state.devices.values_mut().find(|device| device.user_code == user_code);
        device.context("no such code")?.outcome = outcome;
        Ok(())
    }
}
