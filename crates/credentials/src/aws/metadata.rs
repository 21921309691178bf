//! Keys from the machine that we run on: a container's credential endpoint, or an EC2 instance's metadata service.

use std::path::Path;
use std::time::Duration;

use reqwest::header::HeaderValue;
use reqwest::{Method, RequestBuilder, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout;
use url::Url;

use super::keys::{GivenKeys, Keys};
use super::machine::Machine;
use crate::error::CredentialError;
use crate::file;
use crate::http::{self, Answer};

/// Outside EC2 nobody answers at this address at all.
const INSTANCE_TIMEOUT: Duration = Duration::from_secs(2);
const INSTANCE: &str = "the EC2 instance metadata service";
/// Where it names the instance's role, and below that gives the role's keys.
const INSTANCE_ROLES: &str = "/latest/meta-data/iam/security-credentials/";
const CONTAINER: &str = "the container's credential endpoint";

/// Keys of the task's or pod's role, where the environment names an endpoint (ECS, EKS Pod Identity).
pub(super) async fn container_keys(machine: Machine<'_>) -> Result<Option<Keys>, CredentialError> {
    let Some(url) = container_url(machine)? else {
        return Ok(None);
    };
    let mut request = machine.tools.http.get(&url)?;
    if let Some(token) = container_token(machine).await? {
        let value = header(&token)
            .ok_or_else(|| CredentialError::failed(format!("the token for {CONTAINER} holds what no header can")))?;
        request = request.header("authorization", value);
    }
    let answer = http::send(CONTAINER, request)
        .await
        .map_err(|error| error.advising("check the AWS_CONTAINER_… variables and the agent that they name"))?;
    given_keys(&answer, CONTAINER, "the role of the container".to_owned()).map(Some)
}

fn container_url(machine: Machine<'_>) -> Result<Option<Url>, CredentialError> {
    let relative = machine.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    let url = match relative.map(|path| format!("http://169.254.170.2{path}")) {
        Some(url) => url,
        None => match machine.variable("AWS_CONTAINER_CREDENTIALS_FULL_URI") {
            Some(url) => url,
            None => return Ok(None),
        },
    };
    Url::parse(&url).map(Some).map_err(|_| CredentialError::failed("AWS_CONTAINER_CREDENTIALS_… is no address"))
}

async fn container_token(machine: Machine<'_>) -> Result<Option<SecretString>, CredentialError> {
    // The file is written anew while the pod lives, so it is read each time.
    match machine.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
        Some(path) => match file::read(Path::new(&path)).await {
            Ok(token) => Ok(Some(token.trim().into())),
            Err(error) => Err(CredentialError::failed(format!(
                "cannot read the file of AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: {error}"
            ))),
        },
        None => Ok(machine.secret_variable("AWS_CONTAINER_AUTHORIZATION_TOKEN")),
    }
}

/// Keys of the instance's role, by IMDSv2.
pub(super) async fn instance_keys(machine: Machine<'_>) -> Result<Keys, CredentialError> {
    if machine.variable("AWS_EC2_METADATA_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return Err(CredentialError::failed(format!("{INSTANCE} is switched off by AWS_EC2_METADATA_DISABLED")));
    }
    let base = instance_url(machine)?;
    let url =
        |path: &str| base.join(path).map_err(|_| CredentialError::failed(format!("{INSTANCE} named an unusable role")));

    let request = machine.tools.http.request(Method::PUT, &url("/latest/api/token")?)?;
    let answer = ask_instance(request.header("x-aws-ec2-metadata-token-ttl-seconds", "300")).await?;
    let token = SecretString::from(String::from_utf8_lossy(&answer.body).trim());
    let token =
        header(&token).filter(|_| answer.status.is_success()).ok_or_else(|| refused("session token", &answer))?;
    let fetch = async |path: &str| {
        ask_instance(machine.tools.http.get(&url(path)?)?.header("x-aws-ec2-metadata-token", token.clone())).await
    };

    let answer = fetch(INSTANCE_ROLES).await?;
    if answer.status == StatusCode::NOT_FOUND {
        return Err(CredentialError::failed("this EC2 instance has no role: attach an instance profile"));
    }
    let names = String::from_utf8_lossy(&answer.body);
    let role = names.lines().next().unwrap_or_default().trim();
    // IAM's characters for the name of a role.
    let is_name = !role.is_empty() && role.chars().all(|c| c.is_ascii_alphanumeric() || "+=,.@-_".contains(c));
    if !answer.status.is_success() || !is_name {
        return Err(refused("role", &answer));
    }
    let answer = fetch(&format!("{INSTANCE_ROLES}{role}")).await?;
    given_keys(&answer, INSTANCE, format!("the instance role {role}"))
}

async fn ask_instance(request: RequestBuilder) -> Result<Answer, CredentialError> {
    let answer = timeout(INSTANCE_TIMEOUT, http::send(INSTANCE, request)).await.unwrap_or_else(|_| {
        let what = format!("{INSTANCE} (in a container on EC2, its hop limit must be at least 2)");
        Err(CredentialError::Timeout { what, after: INSTANCE_TIMEOUT, for_owner: None })
    });
    answer.map_err(|error| error.advising("run Howdah on EC2, or set a profile"))
}

fn refused(what: &str, answer: &Answer) -> CredentialError {
    CredentialError::failed(format!("{INSTANCE} gave no {what}, but status {}", answer.status.as_u16()))
}

fn instance_url(machine: Machine<'_>) -> Result<Url, CredentialError> {
    let is_v6 = machine
        .variable("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE")
        .is_some_and(|mode| mode.eq_ignore_ascii_case("ipv6"));
    let default = if is_v6 { "http://[fd00:ec2::254]" } else { "http://169.254.169.254" };
    let text = machine.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT").unwrap_or_else(|| default.to_owned());
    Url::parse(&text).map_err(|_| CredentialError::failed("AWS_EC2_METADATA_SERVICE_ENDPOINT is no address"))
}

fn given_keys(answer: &Answer, who: &str, origin: String) -> Result<Keys, CredentialError> {
    let fail = |problem: &str| {
        CredentialError::failed(format!("{who} gave no keys, but status {}: {problem}", answer.status.as_u16()))
    };
    if !answer.status.is_success() {
        return Err(fail("it refused"));
    }
    let given: GivenKeys =
        serde_json::from_slice(&answer.body).map_err(|_| fail("the answer is not one of its own"))?;
    given.into_keys(origin).map_err(fail)
}

/// A header that no log shows.
fn header(secret: &SecretString) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(secret.expose_secret()).ok()?;
    value.set_sensitive(true);
    (!value.is_empty()).then_some(value)
}
