//! Google's Security Token Service (RFC 8693) and the impersonation of service accounts.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use reqwest::RequestBuilder;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use url::Url;

use super::Token;
use crate::error::CredentialError;
use crate::http::{self, Answer, presentable};
use crate::moment::{read_moment, read_seconds};
use crate::request::Tools;

/// RFC 8693 section 3. What workload identity pools want an ID token to be called.
pub(super) const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

/// Somebody else's token that Google is shown.
pub(super) struct Subject<'a> {
    pub(super) token: SecretString,
    pub(super) kind: &'a str,
    /// Whose it is, in words.
    pub(super) who: String,
}

/// A token of Google's in exchange for another: workload or workforce identity federation.
pub(super) async fn exchange(
    tools: &Tools,
    token_url: Option<&str>,
    audience: &str,
    scope: &str,
    subject: Subject<'_>,
) -> Result<Token, CredentialError> {
    let form = [
        ("grant_type", TOKEN_EXCHANGE),
        ("audience", audience),
        ("scope", scope),
        ("requested_token_type", ACCESS_TOKEN),
        ("subject_token_type", subject.kind),
        ("subject_token", subject.token.expose_secret()),
    ];
    let url = match token_url {
        Some(url) => Cow::Borrowed(url),
        None => Cow::Owned(format!("{}/v1/token", base_url(tools, "STS", "https://sts.googleapis.com"))),
    };
    ask_for_token(tools, "Google's token exchange", &url, &form, &subject.who).await
}

/// A token by one of OAuth's grants.
pub(super) async fn ask_for_token(
    tools: &Tools,
    what: &str,
    url: &str,
    form: &[(&str, &str)],
    who: &str,
) -> Result<Token, CredentialError> {
    let url = Url::parse(url).map_err(|_| CredentialError::failed(format!("the address of {what} is no address")))?;
    let answer = http::send(what, tools.http.post(&url)?.form(form)).await?;
    let object = object(&answer, what)?;
    if !answer.status.is_success() {
        let text = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default();
        let secrets: Vec<&str> = form.iter().filter(|(name, _)| is_secret(name)).map(|(_, value)| *value).collect();
        return Err(CredentialError::failed(refusal(
            what,
            who,
            &presentable(text("error"), &secrets),
            &presentable(text("error_description"), &secrets),
        )));
    }
    token_of(&object, (tools.clock)(), who)
        .ok_or_else(|| CredentialError::failed(format!("{what} answered with something else than a token")))
}

fn is_secret(parameter: &str) -> bool {
    ["subject_token", "assertion", "client_secret", "refresh_token"].contains(&parameter)
}

/// The fields of RFC 6749 section 5.1.
pub(super) fn token_of(object: &Map<String, Value>, now: SystemTime, who: &str) -> Option<Token> {
    let value = object.get("access_token")?.as_str().filter(|token| !token.is_empty())?;
    let life = object.get("expires_in").and_then(read_seconds).unwrap_or(Duration::from_secs(3600));
    Some(Token { value: value.into(), expires_at: now.checked_add(life), account: None, who: who.to_owned() })
}

fn refusal(what: &str, who: &str, error: &str, description: &str) -> String {
    let remedy = match error {
        "invalid_grant" if description.contains("JWT") => {
            "the key may have been deleted, or this machine's clock is wrong: make a new key for the service account"
        }
        "invalid_grant" => {
            "the token that was shown to it has ended or is not what the provider of the pool takes: sign in again, and compare the provider's issuer and audiences"
        }
        "invalid_target" => "the audience names no provider of an identity pool: compare it with the pool",
        "unauthorized_client" | "invalid_client" => "the client is not known (any more)",
        "access_denied" => "the provider's attribute condition keeps this identity out",
        "invalid_scope" => "the account may not ask for the scope sqlservice.login: enable the Cloud SQL Admin API",
        _ => "see the audit log of Google Cloud for the reason",
    };
    let separator = if description.is_empty() { "" } else { ": " };
    format!("{what} refused {who}: {error}{separator}{}; {remedy}", description.trim_end_matches('.'))
}

/// A token of a service account, made with the token of somebody who may. `url` is the address of the request where
/// another one than Google's own is configured.
pub(super) async fn impersonate(
    tools: &Tools,
    url: Option<&str>,
    token: &Token,
    account: &str,
    scope: &str,
) -> Result<Token, CredentialError> {
    const WHAT: &str = "Google's IAM credentials service";
    let url = match url {
        Some(url) => Cow::Borrowed(url),
        None => {
            let base = base_url(tools, "IAMCREDENTIALS", "https://iamcredentials.googleapis.com");
            Cow::Owned(format!("{base}/v1/projects/-/serviceAccounts/{account}:generateAccessToken"))
        }
    };
    let url = Url::parse(&url).map_err(|_| CredentialError::failed(format!("the address of {WHAT} is no address")))?;
    let body = json!({ "scope": [scope], "lifetime": "3600s" });
    let request = with_bearer(tools.http.post(&url)?.json(&body), &token.value)?;
    let answer = http::send(WHAT, request).await?;
    let object = object(&answer, WHAT)?;
    if !answer.status.is_success() {
        let error = object.get("error");
        let text = |name: &str| error.and_then(|error| error.get(name)).and_then(Value::as_str).unwrap_or_default();
        let (status, message) = (text("status"), presentable(text("message"), &[token.value.expose_secret()]));
        let remedy = match status {
            "PERMISSION_DENIED" if message.contains("has not been used") || message.contains("disabled") => {
                "enable the IAM Service Account Credentials API in the project"
            }
            "PERMISSION_DENIED" => {
                "grant it roles/iam.serviceAccountTokenCreator on the service account (roles/iam.workloadIdentityUser for an identity pool)"
            }
            "NOT_FOUND" => "the service account does not exist (any more)",
            "UNAUTHENTICATED" => {
                "its own token is not good for this: with a sign-in at Google, that needs the scope cloud-platform"
            }
            _ => "see the audit log of Google Cloud for the reason",
        };
        return Err(CredentialError::failed(format!(
            "{WHAT} does not let {} act as {account}: {status}: {}; {remedy}",
            token.who,
            message.trim_end_matches('.')
        )));
    }
    let value = object.get("accessToken").and_then(Value::as_str).filter(|value| !value.is_empty());
    let value =
        value.ok_or_else(|| CredentialError::failed(format!("{WHAT} answered with something else than a token")))?;
    Ok(Token {
        value: value.into(),
        expires_at: object.get("expireTime").and_then(read_moment),
        account: Some(account.to_owned()),
        who: format!("the service account {account}"),
    })
}

/// Where a service answers: Google's own address, unless gcloud's variable names another (Private Service Connect).
fn base_url(tools: &Tools, service: &str, default: &str) -> String {
    let name = format!("CLOUDSDK_API_ENDPOINT_OVERRIDES_{service}");
    tools.variables.text(&name).unwrap_or(default).trim_end_matches('/').to_owned()
}

pub(super) fn object(answer: &Answer, what: &str) -> Result<Map<String, Value>, CredentialError> {
    answer.object().ok_or_else(|| {
        let status = answer.status.as_u16();
        CredentialError::failed(format!(
            "{what} answered with status {status} and no JSON: something else answers there"
        ))
    })
}

fn with_bearer(request: RequestBuilder, token: &SecretString) -> Result<RequestBuilder, CredentialError> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret()))
        .map_err(|_| CredentialError::failed("the token holds what no header can"))?;
    value.set_sensitive(true);
    Ok(request.header("authorization", value))
}
