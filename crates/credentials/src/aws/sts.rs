//! The Security Token Service: temporary keys for a role.
//!
//! AWS STS API Reference, `AssumeRole` and `AssumeRoleWithWebIdentity`, version 2011-06-15.

use reqwest::header::CONTENT_TYPE;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::answers::{read_keys, read_refusal};
use super::keys::Keys;
use super::machine::Machine;
use super::region;
use super::sign::{percent_encoded, post_headers};
use crate::error::CredentialError;
use crate::http::{self, presentable};

const FORM: &str = "application/x-www-form-urlencoded";
/// The longest life that every role allows, also for a role taken with the keys of another.
const DEFAULT_LIFE_SECS: u32 = 3600;

/// A role to take on.
#[derive(Clone, Debug)]
pub(super) struct Role {
    pub(super) arn: String,
    /// What CloudTrail shows beside the role.
    pub(super) session_name: String,
    pub(super) external_id: Option<String>,
    pub(super) life_secs: Option<u32>,
}

impl Role {
    pub(super) fn new(arn: &str, session_name: &str) -> Self {
        Self { arn: arn.to_owned(), session_name: session_name_of(session_name), external_id: None, life_secs: None }
    }
}

/// STS allows letters, digits and `=,.@-_+`, 2 to 64 of them.
fn session_name_of(name: &str) -> String {
    let is_allowed = |character: &char| character.is_ascii_alphanumeric() || "=,.@-_+".contains(*character);
    let name: String = name.chars().map(|c| if is_allowed(&c) { c } else { '-' }).take(64).collect();
    if name.len() < 2 { format!("howdah-{name}") } else { name }
}

/// Takes on a role with the keys of somebody who may.
pub(super) async fn assume_role(
    machine: Machine<'_>,
    region: &str,
    keys: &Keys,
    role: &Role,
) -> Result<Keys, CredentialError> {
    let mut form = form("AssumeRole", role);
    if let Some(external_id) = &role.external_id {
        form.push_str(&format!("&ExternalId={}", percent_encoded(external_id)));
    }
    ask(machine, region, role, "AssumeRole", &keys.origin, form, Some(keys)).await
}

/// Takes on a role with the token of an identity provider that IAM knows. `whose` says whose token, in words.
pub(super) async fn assume_role_with_web_identity(
    machine: Machine<'_>,
    region: &str,
    role: &Role,
    token: &SecretString,
    whose: &str,
) -> Result<Keys, CredentialError> {
    let mut form = form("AssumeRoleWithWebIdentity", role);
    form.push_str(&format!("&WebIdentityToken={}", percent_encoded(token.expose_secret())));
    ask(machine, region, role, "AssumeRoleWithWebIdentity", whose, form, None).await
}

fn form(action: &str, role: &Role) -> String {
    format!(
        "Action={action}&Version=2011-06-15&RoleArn={}&RoleSessionName={}&DurationSeconds={}",
        percent_encoded(&role.arn),
        percent_encoded(&role.session_name),
        role.life_secs.unwrap_or(DEFAULT_LIFE_SECS),
    )
}

async fn ask(
    machine: Machine<'_>,
    region: &str,
    role: &Role,
    action: &str,
    whose: &str,
    form: String,
    keys: Option<&Keys>,
) -> Result<Keys, CredentialError> {
    let endpoint = endpoint(machine, region)?;
    let name = format!("AWS STS at {}", endpoint.host_str().unwrap_or_default());
    let mut request = machine.tools.http.post(&endpoint)?.header(CONTENT_TYPE, FORM);
    if let Some(keys) = keys {
        let headers = post_headers(keys, region, "sts", machine.now(), endpoint.as_str(), FORM, &form)
            .map_err(|error| CredentialError::failed(error.to_string()))?;
        for (header, value) in headers {
            request = request.header(header, value);
        }
    }
    let answer = http::send(&name, request.body(form)).await.map_err(|error| {
        error
            .advising("where there is no way out, give the network a VPC endpoint for STS, or set AWS_ENDPOINT_URL_STS")
    })?;
    let body = String::from_utf8_lossy(&answer.body);
    let fail = |problem: &str| {
        CredentialError::failed(format!("{name} answered {action} with status {}: {problem}", answer.status.as_u16()))
    };
    if answer.status.is_success() {
        return read_keys(&body, format!("the role {}", role.arn)).map_err(fail);
    }
    let (code, message) = read_refusal(&body).ok_or_else(|| fail("that is no answer of STS"))?;
    Err(CredentialError::failed(refusal(action, role, whose, &code, &message)))
}

fn endpoint(machine: Machine<'_>, region: &str) -> Result<Url, CredentialError> {
    let configured = machine.variable("AWS_ENDPOINT_URL_STS").or_else(|| machine.variable("AWS_ENDPOINT_URL"));
    let endpoint = configured.unwrap_or_else(|| region::sts_endpoint(region));
    Url::parse(&endpoint).map_err(|_| CredentialError::failed("the address in AWS_ENDPOINT_URL_STS is no address"))
}

/// What STS refused, and what to do. Its message for a wrong signature repeats the request, so it is left out.
fn refusal(action: &str, role: &Role, whose: &str, code: &str, message: &str) -> String {
    let remedy = match code {
        "AccessDenied" if action == "AssumeRole" => {
            "the role's trust policy must name this identity as principal, and the identity needs sts:AssumeRole on the role"
        }
        "AccessDenied" => {
            "the role's trust policy must allow sts:AssumeRoleWithWebIdentity for this identity provider, audience and subject"
        }
        "ExpiredTokenException" | "ExpiredToken" => "the token that was shown to it has expired: sign in again",
        "InvalidIdentityToken" | "IncorrectTrustPolicy" => {
            "IAM needs an OpenID Connect provider with this issuer, and its list of audiences must hold the client id that people sign in with"
        }
        "IDPRejectedClaim" => "the identity provider does not accept the token any more: sign in again",
        "IDPCommunicationError" => "AWS cannot reach the identity provider's keys: they must be on the public internet",
        "InvalidClientTokenId" | "UnrecognizedClientException" => "the access key does not exist (any more)",
        "SignatureDoesNotMatch" => "the secret access key is wrong, or this machine's clock is",
        "ValidationError" => "a value is not what STS allows: check role_arn",
        "RegionDisabledException" => "activate STS for this region in the account's settings",
        "Throttling" | "ThrottlingException" => "too many requests: it will be asked again",
        _ => "see CloudTrail for the reason",
    };
    let message = if code == "SignatureDoesNotMatch" { String::new() } else { presentable(message, &[]) };
    let message = message.trim_end_matches('.');
    let separator = if message.is_empty() { "" } else { ": " };
    format!("AWS STS refused {action} of {} for {whose}: {code}{separator}{message}; {remedy}", role.arn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_name_becomes_a_session_name() {
        let check = |name, expected: &str| assert_eq!(session_name_of(name), expected);
        check("ada@example.com", "ada@example.com");
        check("Zoë o'Hara", "Zo--o-Hara");
        check("x", "howdah-x");
        check("", "howdah-");
        check(&"a".repeat(100), &"a".repeat(64));
    }

    #[test]
    fn a_refusal_says_what_to_do_and_repeats_no_request() {
        let role = Role::new("arn:aws:iam::1:role/db", "ada");
        let text =
            refusal("AssumeRole", &role, "profile `x`", "SignatureDoesNotMatch", "canonical: x-amz-security-token:abc");
        assert!(text.contains("clock") && !text.contains("abc"), "{text}");
        let text = refusal("AssumeRoleWithWebIdentity", &role, "ada", "InvalidIdentityToken", "No provider.");
        assert!(text.contains("for ada: InvalidIdentityToken: No provider; IAM needs"), "{text}");
    }
}
