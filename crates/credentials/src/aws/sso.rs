//! Keys of somebody who ran `aws sso login` (IAM Identity Center) on this machine.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use reqwest::header::HeaderValue;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::fs::OpenOptions;
use tokio::io::AsyncWriteExt;
use url::Url;

use super::files::{Section, SharedFiles};
use super::keys::Keys;
use super::machine::Machine;
use super::region;
use crate::error::CredentialError;
use crate::{file, http};

const PORTAL: &str = "AWS IAM Identity Center";
/// A sign-in with less left is renewed, if it can be.
const RENEWED_AHEAD: Duration = Duration::from_secs(300);
/// No token of AWS's is good for longer than the longest session.
const MOST_SECONDS: u64 = 90 * 24 * 3600;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Given {
    role_credentials: GivenKeys,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GivenKeys {
    access_key_id: String,
    secret_access_key: SecretString,
    session_token: SecretString,
    /// Milliseconds since the epoch.
    expiration: u64,
}

/// The keys of the profile `name`, whose settings are `section`.
pub(super) async fn keys(
    machine: Machine<'_>,
    files: &SharedFiles,
    name: &str,
    section: &Section,
) -> Result<Keys, CredentialError> {
    let session = section.value("sso_session");
    let shared = session.and_then(|session| files.sso_session(session));
    let setting = |setting: &str| {
        section.value(setting).or_else(|| shared?.value(setting)).ok_or_else(|| {
            CredentialError::failed(format!("the AWS profile `{name}` cannot be used: it has no {setting}"))
        })
    };
    let (account, role) = (setting("sso_account_id")?, setting("sso_role_name")?);
    let region = Some(setting("sso_region")?).filter(|text| region::is_region(text));
    let region = region
        .ok_or_else(|| CredentialError::failed(format!("the AWS profile `{name}` has a sso_region that is none")))?;
    let key = session.unwrap_or(setting("sso_start_url")?);
    let ended = || {
        CredentialError::failed(format!(
            "the sign-in of the AWS profile `{name}` has ended: run `aws sso login --profile {name}` as the user that Howdah runs as"
        ))
    };
    let sign_in = SignIn::find(machine, key).await.ok_or_else(ended)?;
    let token = sign_in.token(machine, region).await.and_then(|token| header(&token)).ok_or_else(ended)?;

    let base = machine.variable("AWS_ENDPOINT_URL_SSO");
    let base = base.unwrap_or_else(|| format!("https://portal.sso.{region}.amazonaws.com"));
    let mut url = Url::parse(&base)
        .and_then(|base| base.join("/federation/credentials"))
        .map_err(|_| CredentialError::failed("the address in AWS_ENDPOINT_URL_SSO is no address"))?;
    url.query_pairs_mut().append_pair("role_name", role).append_pair("account_id", account);
    let request = machine.tools.http.get(&url)?.header("x-amz-sso_bearer_token", token);
    let answer = http::send(PORTAL, request).await?;
    let fail = |problem: &str| {
        CredentialError::failed(format!(
            "{PORTAL} gave no keys for the profile `{name}`, but status {}: {problem}",
            answer.status.as_u16()
        ))
    };
    match answer.status.as_u16() {
        200 => {}
        401 => return Err(fail(&format!("run `aws sso login --profile {name}` once more"))),
        403 => return Err(fail(&format!("the role {role} of the account {account} is not assigned to you"))),
        _ => return Err(fail("check the profile's sso_… settings")),
    }
    let given: Given = serde_json::from_slice(&answer.body).map_err(|_| fail("the answer is not one of its own"))?;
    let given = given.role_credentials;
    let origin = format!("the profile `{name}`");
    let mut keys = Keys::new(origin, given.access_key_id, given.secret_access_key, Some(given.session_token), None)
        .map_err(fail)?;
    keys.expires_at = SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(given.expiration));
    Ok(keys)
}

/// What `aws sso login` left in the cache of AWS's tools.
struct SignIn {
    path: PathBuf,
    /// All of it, also what is not ours to know.
    content: Map<String, Value>,
}

impl SignIn {
    async fn find(machine: Machine<'_>, key: &str) -> Option<Self> {
        let digest = digest(&SHA1_FOR_LEGACY_USE_ONLY, key.as_bytes());
        let name: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let path = machine.aws_directory()?.join("sso/cache").join(format!("{name}.json"));
        Some(Self { content: read(&path).await?, path })
    }

    /// A token that is good: the one that is there, or a new one in its place.
    async fn token(mut self, machine: Machine<'_>, region: &str) -> Option<SecretString> {
        if self.ends_within(RENEWED_AHEAD, machine)
            && let Err(error) = self.renew(machine, region).await
        {
            tracing::warn!(%error, "a sign-in at AWS IAM Identity Center cannot be renewed");
            // Another tool may have been faster, and then the old refresh token is good no more.
            self.content = read(&self.path).await?;
            if self.ends_within(Duration::ZERO, machine) {
                return None;
            }
        }
        self.text("accessToken").ok().map(SecretString::from)
    }

    fn ends_within(&self, time: Duration, machine: Machine<'_>) -> bool {
        self.ends_at().is_none_or(|ends_at| ends_at <= machine.now() + time)
    }

    fn text(&self, name: &str) -> Result<&str, CredentialError> {
        let text = self.content.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        text.ok_or_else(|| CredentialError::failed(format!("the sign-in in AWS's cache has no {name}")))
    }

    fn ends_at(&self) -> Option<SystemTime> {
        // Older tools wrote the zone as a word.
        let text = self.text("expiresAt").ok()?.replace("UTC", "Z");
        OffsetDateTime::parse(&text, &Rfc3339).ok().map(SystemTime::from)
    }

    /// IAM Identity Center OIDC API Reference, `CreateToken`. The answer goes back into the cache, as AWS's tools do it: the
    /// refresh token in it may be good once.
    async fn renew(&mut self, machine: Machine<'_>, region: &str) -> Result<(), CredentialError> {
        let base = machine.variable("AWS_ENDPOINT_URL_SSO_OIDC");
        let base = base.unwrap_or_else(|| format!("https://oidc.{region}.amazonaws.com"));
        let url = Url::parse(&base)
            .and_then(|base| base.join("/token"))
            .map_err(|_| CredentialError::failed("the address in AWS_ENDPOINT_URL_SSO_OIDC is no address"))?;
        let body = json!({
            "grantType": "refresh_token", "refreshToken": self.text("refreshToken")?,
            "clientId": self.text("clientId")?, "clientSecret": self.text("clientSecret")?,
        });
        let answer = http::send(PORTAL, machine.tools.http.post(&url)?.json(&body)).await?;
        let object = answer.object().filter(|_| answer.status.is_success());
        let given = object.as_ref().and_then(|object| {
            Some((object.get("accessToken")?.as_str()?, object.get("expiresIn")?.as_u64()?, object.get("refreshToken")))
        });
        let Some((access_token, seconds, refresh_token)) = given else {
            let status = answer.status.as_u16();
            return Err(CredentialError::failed(format!("{PORTAL} gave no new token, but status {status}")));
        };
        let ends_at = OffsetDateTime::from(machine.now() + Duration::from_secs(seconds.min(MOST_SECONDS)));
        let ends_at = ends_at.replace_nanosecond(0).unwrap_or(ends_at).format(&Rfc3339).unwrap_or_default();
        self.content.insert("accessToken".to_owned(), access_token.into());
        self.content.insert("expiresAt".to_owned(), ends_at.into());
        if let Some(refresh_token) = refresh_token {
            self.content.insert("refreshToken".to_owned(), refresh_token.clone());
        }
        if let Err(error) = self.save().await {
            tracing::warn!(%error, "AWS's cache cannot be written: `aws sso login` may be needed sooner");
        }
        Ok(())
    }

    /// Whole or not at all, and readable for nobody else.
    async fn save(&self) -> std::io::Result<()> {
        let text = Zeroizing::new(serde_json::to_vec(&self.content)?);
        let new = self.path.with_extension("json.new");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new).await?;
        file.write_all(&text).await?;
        file.sync_all().await?;
        tokio::fs::rename(&new, &self.path).await
    }
}

async fn read(path: &Path) -> Option<Map<String, Value>> {
    serde_json::from_str(&file::read(path).await.ok()?).ok()
}

fn header(token: &SecretString) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(token.expose_secret()).ok()?;
    value.set_sensitive(true);
    Some(value)
}
