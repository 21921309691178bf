//! A double of Google Cloud: the metadata server, the token endpoint, the token exchange and the impersonation of service
//! accounts.

use std::collections::HashMap;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::endpoint::{Call, DoubleClock, Endpoint, Reply, lock};

/// The service account of the machine.
pub const MACHINE_ACCOUNT: &str = "machine@shop.iam.gserviceaccount.com";
/// A refresh token of somebody who ran gcloud.
pub const REFRESH_TOKEN: &str = "planted-google-refresh-token";
const CLOUD_SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
const LIFE: Duration = Duration::from_secs(3600);

/// A project with some accounts.
pub struct Gcp {
    /// `oauth2.googleapis.com/token`, `sts.googleapis.com` and `iamcredentials.googleapis.com` in one.
    pub apis: Endpoint,
    /// `metadata.google.internal`.
    pub metadata: Endpoint,
    project: Arc<Project>,
}

struct Project {
    clock: DoubleClock,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Public keys of service accounts, by e-mail address and key id.
    keys: HashMap<(String, String), Vec<u8>>,
    /// Which tokens of other providers a pool takes, and as whom.
    subjects: HashMap<(String, String), String>,
    /// Who may act as which service account.
    impersonators: Vec<(String, String)>,
    tokens: HashMap<String, GoogleToken>,
    metadata_life: Option<Duration>,
    issued: u32,
}

/// What Cloud SQL learns of an access token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoogleToken {
    /// The account's e-mail address, or the principal of an identity pool.
    pub account: String,
    /// The scope.
    pub scope: String,
    /// When it ends.
    pub expires_at: SystemTime,
}

impl Gcp {
    /// Starts a project with the machine's account alone.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn start(clock: DoubleClock) -> Result<Self> {
        let project = Arc::new(Project { clock, state: Mutex::default() });
        let (for_apis, for_metadata) = (Arc::clone(&project), Arc::clone(&project));
        Ok(Self {
            apis: Endpoint::tls(move |call| std::future::ready(for_apis.answer_api(&call))).await?,
            metadata: Endpoint::plain(move |call| std::future::ready(for_metadata.answer_metadata(&call))).await?,
            project,
        })
    }

    /// Makes a service account with a key: the file that Google would give out.
    ///
    /// # Errors
    /// When no key can be made; `node` makes it.
    pub fn add_service_account(&self, email: &str) -> Result<Value> {
        const SCRIPT: &str =
            "const { privateKey } = require('crypto').generateKeyPairSync('rsa', { modulusLength: 2048 });
            process.stdout.write(privateKey.export({ type: 'pkcs8', format: 'pem' }))";
        let made = Command::new("node").args(["-e", SCRIPT]).output().context("cannot run node")?;
        ensure!(made.status.success(), "node made no key");
        let pem = String::from_utf8(made.stdout)?;
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes())?;
        let pair = RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).ok().context("node made a strange key")?;
        let id = "key-1".to_owned();
        lock(&self.project.state).keys.insert((email.to_owned(), id.clone()), pair.public_key().as_ref().to_vec());
        Ok(json!({
            "type": "service_account", "project_id": "shop", "private_key_id": id, "private_key": pem,
            "client_email": email, "token_uri": format!("{}/token", self.apis.url()),
        }))
    }

    /// Takes all keys away from a service account.
    pub fn delete_keys(&self, email: &str) {
        lock(&self.project.state).keys.retain(|(account, _), _| account != email);
    }

    /// Lets whoever shows this token to this provider of a pool be this principal.
    pub fn trust_subject(&self, audience: &str, token: &str, principal: &str) {
        let key = (audience.to_owned(), token.to_owned());
        lock(&self.project.state).subjects.insert(key, principal.to_owned());
    }

    /// Lets an account or a principal act as a service account.
    pub fn allow_impersonation(&self, who: &str, service_account: &str) {
        lock(&self.project.state).impersonators.push((who.to_owned(), service_account.to_owned()));
    }

    /// How much life is left in the token that the metadata server has cached.
    pub fn set_metadata_life(&self, life: Duration) {
        lock(&self.project.state).metadata_life = Some(life);
    }

    /// A token as if somebody had signed in at Google with these scopes.
    pub fn sign_in(&self, account: &str, scope: &str) -> String {
        self.project.issue(account, scope, LIFE).0
    }

    /// What a token is good for now.
    pub fn token(&self, token: &str) -> Option<GoogleToken> {
        self.project.token(token)
    }
}

impl Project {
    fn issue(&self, account: &str, scope: &str, life: Duration) -> (String, SystemTime) {
        let mut state = lock(&self.state);
        state.issued += 1;
        let token = format!("ya29.planted-google-token-{}", state.issued);
        let expires_at = (self.clock)() + life;
        let known = GoogleToken { account: account.to_owned(), scope: scope.to_owned(), expires_at };
        state.tokens.insert(token.clone(), known);
        (token, expires_at)
    }

    fn token(&self, token: &str) -> Option<GoogleToken> {
        let state = lock(&self.state);
        state.tokens.get(token).filter(|token| (self.clock)() < token.expires_at).cloned()
    }

    fn grant(&self, account: &str, scope: &str, life: Duration) -> Reply {
        let (token, _) = self.issue(account, scope, life);
        let body =
            json!({ "access_token": token, "expires_in": life.as_secs(), "token_type": "Bearer", "scope": scope });
        Reply::json(200, &body)
    }

    fn answer_metadata(&self, call: &Call) -> Reply {
        const ACCOUNT: &str = "/computeMetadata/v1/instance/service-accounts/default/";
        if call.header("metadata-flavor") != "Google" {
            return Reply::text(403, "text/html", "Missing Metadata-Flavor:Google header.");
        }
        let life = lock(&self.state).metadata_life.unwrap_or(LIFE);
        let reply = match call.path.strip_prefix(ACCOUNT) {
            Some("token") => self.grant(MACHINE_ACCOUNT, &call.parameter("scopes").unwrap_or_default(), life),
            Some("email") => Reply::text(200, "application/text", MACHINE_ACCOUNT),
            _ => Reply::text(404, "text/html", ""),
        };
        reply.with_header("metadata-flavor", "Google")
    }

    fn answer_api(&self, call: &Call) -> Reply {
        match (call.method.as_str(), call.path.as_str()) {
            ("POST", "/token") => self.answer_token(call),
            ("POST", "/v1/token") => self.answer_exchange(call),
            ("POST", path) => match path.strip_prefix("/v1/projects/-/serviceAccounts/") {
                Some(rest) => match rest.strip_suffix(":generateAccessToken") {
                    Some(account) => self.answer_impersonation(call, account),
                    None => Reply::text(404, "text/html", ""),
                },
                None => Reply::text(404, "text/html", ""),
            },
            _ => Reply::text(404, "text/html", ""),
        }
    }

    fn answer_token(&self, call: &Call) -> Reply {
        let parameter = |name: &str| call.parameter(name).unwrap_or_default();
        match parameter("grant_type").as_str() {
            "urn:ietf:params:oauth:grant-type:jwt-bearer" => match self.verify_assertion(&parameter("assertion")) {
                Ok((account, scope)) => self.grant(&account, &scope, LIFE),
                Err(problem) => refuse("invalid_grant", &format!("Invalid JWT: {problem}")),
            },
            "refresh_token"
                if parameter("refresh_token") == REFRESH_TOKEN && parameter("client_secret") == "public" =>
            {
                self.grant("ada@example.com", &parameter("scope"), LIFE)
            }
            "refresh_token" => refuse("invalid_grant", "Token has been expired or revoked."),
            _ => refuse("unsupported_grant_type", ""),
        }
    }

    /// RFC 7523 section 3.
    fn verify_assertion(&self, assertion: &str) -> Result<(String, String)> {
        let parts: Vec<_> = assertion.split('.').collect();
        let [header, claims, signature] = parts[..] else { anyhow::bail!("it has no three parts") };
        let signed = format!("{header}.{claims}");
        let object = |part: &str| Ok::<Value, anyhow::Error>(serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part)?)?);
        let (header, claims) = (object(header)?, object(claims)?);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        ensure!(header["alg"] == "RS256", "it is signed by another algorithm");
        let (account, id) = (text(&claims["iss"]), text(&header["kid"]));
        let key = lock(&self.state).keys.get(&(account.clone(), id)).cloned().context("no such key")?;
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key)
            .verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature)?)
            .ok()
            .context("the signature is wrong")?;
        ensure!(text(&claims["aud"]).ends_with("/token"), "it is for somebody else");
        let now = (self.clock)().duration_since(UNIX_EPOCH)?.as_secs();
        let (from, until) = (claims["iat"].as_u64().unwrap_or_default(), claims["exp"].as_u64().unwrap_or_default());
        ensure!(from.abs_diff(now) < 300 && until <= from + 3600 && until > now, "it must be short-lived");
        Ok((account, text(&claims["scope"])))
    }

    /// RFC 8693 section 2.1.
    fn answer_exchange(&self, call: &Call) -> Reply {
        let parameter = |name: &str| call.parameter(name).unwrap_or_default();
        if parameter("grant_type") != "urn:ietf:params:oauth:grant-type:token-exchange"
            || parameter("requested_token_type") != "urn:ietf:params:oauth:token-type:access_token"
            || !parameter("subject_token_type").starts_with("urn:ietf:params:oauth:token-type:")
        {
            return refuse("invalid_request", "A parameter is missing.");
        }
        let (audience, subject) = (parameter("audience"), parameter("subject_token"));
        let state = lock(&self.state);
        if !state.subjects.keys().any(|(known, _)| *known == audience) {
            return refuse("invalid_target", "The target service indicated by the \"audience\" parameters is invalid.");
        }
        let Some(principal) = state.subjects.get(&(audience, subject.clone())).cloned() else {
            // Real providers repeat a part of what they were sent, now and then.
            return refuse("invalid_grant", &format!("The audience in ID Token does not match: {subject}"));
        };
        drop(state);
        let (token, _) = self.issue(&principal, &parameter("scope"), LIFE);
        Reply::json(
            200,
            &json!({
                "access_token": token, "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
                "token_type": "Bearer", "expires_in": LIFE.as_secs(),
            }),
        )
    }

    fn answer_impersonation(&self, call: &Call, account: &str) -> Reply {
        let refuse = |code: u16, status: &str, message: &str| {
            Reply::json(code, &json!({ "error": { "code": code, "status": status, "message": message } }))
        };
        let bearer = call.header("authorization").strip_prefix("Bearer ").unwrap_or_default();
        let Some(token) = self.token(bearer).filter(|token| token.scope.contains(CLOUD_SCOPE)) else {
            return refuse(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.");
        };
        if !lock(&self.state).impersonators.contains(&(token.account, account.to_owned())) {
            let message = "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).";
            return refuse(403, "PERMISSION_DENIED", message);
        }
        let body = call.json();
        let scope = body["scope"][0].as_str().unwrap_or_default();
        let (token, expires_at) = self.issue(account, scope, LIFE);
        let end = OffsetDateTime::from(expires_at).format(&Rfc3339).unwrap_or_default();
        Reply::json(200, &json!({ "accessToken": token, "expireTime": end }))
    }
}

fn refuse(error: &str, description: &str) -> Reply {
    Reply::json(400, &json!({ "error": error, "error_description": description }))
}
