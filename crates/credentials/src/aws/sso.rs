//! Keys of somebody who ran `aws sso login` (IAM Identity Center) on this machine.

use std::time::{Duration, SystemTime};

use reqwest::header::HeaderValue;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use url::Url;

use super::files::{Section, SharedFiles};
use super::keys::Keys;
use super::machine::Machine;
use super::region;
use crate::error::CredentialError;
use crate::file;
use crate::http;

const PORTAL: &str = "AWS IAM Identity Center";

/// What `aws sso login` left behind.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cached {
    access_token: SecretString,
    expires_at: String,
}

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
    let token = token(machine, session.unwrap_or(setting("sso_start_url")?)).await.ok_or_else(|| {
        CredentialError::failed(format!(
            "the sign-in of the AWS profile `{name}` has ended: run `aws sso login --profile {name}` as the user that Howdah runs as"
        ))
    })?;

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

/// The token in the cache of AWS's tools, while it is good.
async fn token(machine: Machine<'_>, cache_key: &str) -> Option<HeaderValue> {
    let name: String =
        digest(&SHA1_FOR_LEGACY_USE_ONLY, cache_key.as_bytes()).as_ref().iter().map(|b| format!("{b:02x}")).collect();
    let path = machine.aws_directory()?.join("sso/cache").join(format!("{name}.json"));
    let cached: Cached = serde_json::from_str(&file::read(&path).await.ok()?).ok()?;
    let expires_at = SystemTime::from(OffsetDateTime::parse(&cached.expires_at, &Rfc3339).ok()?);
    let mut value = HeaderValue::from_str(cached.access_token.expose_secret()).ok()?;
    value.set_sensitive(true);
    (expires_at > machine.now()).then_some(value)
}
