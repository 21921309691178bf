//! The device authorization grant (RFC 8628): the person types a code on any device while we ask again and again.

use std::time::Duration;

use secrecy::SecretString;
use serde_json::Value;
use url::Url;

use super::token::{self, Endpoint, NoToken, Tokens};
use crate::error::{CredentialError, Prompt};
use crate::http::check_address;
use crate::moment::read_seconds;
use crate::request::Request;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// RFC 8628 section 3.2, where the answer does not say.
const USUAL_INTERVAL: Duration = Duration::from_secs(5);
/// RFC 8628 section 3.5: what `slow_down` adds.
const SLOWER_BY: Duration = Duration::from_secs(5);
const LONGEST_INTERVAL: Duration = Duration::from_secs(60);
const LONGEST_LIFE: Duration = Duration::from_secs(3600);

/// A code that waits for its person.
pub(crate) struct Device {
    pub(crate) prompt: Prompt,
    pub(crate) expires_at: std::time::SystemTime,
    code: SecretString,
    interval: Duration,
}

/// Asks for a code (RFC 8628 section 3.1). `reason` is for the person.
pub(crate) async fn begin(
    request: &Request,
    endpoint: &Endpoint,
    device_url: &Url,
    parameters: &[(&str, SecretString)],
    reason: Option<String>,
) -> Result<Device, NoToken> {
    let fields = token::post(request, endpoint, device_url, parameters).await?;
    let unreadable = |field: &str| {
        NoToken::Failed(CredentialError::failed(format!("{} gave no usable `{field}` with its code", endpoint.name)))
    };
    let text = |field: &str| {
        fields.get(field).and_then(Value::as_str).filter(|text| !text.is_empty()).ok_or_else(|| unreadable(field))
    };
    // The address becomes a link: nothing but an address of the web may.
    let address = |text: &str| Url::parse(text).ok().filter(|url| check_address(url).is_ok());
    // Google's name for it is older than the standard.
    let verification_uri = text("verification_uri").or_else(|missing| text("verification_url").map_err(|_| missing))?;
    let verification_uri = address(verification_uri).ok_or_else(|| unreadable("verification_uri"))?;
    let verification_uri_complete = text("verification_uri_complete").ok().and_then(address);
    let life = fields.get("expires_in").and_then(read_seconds).ok_or_else(|| unreadable("expires_in"))?;
    let interval = fields.get("interval").and_then(read_seconds).unwrap_or(USUAL_INTERVAL);
    let expires_at = request.now() + life.min(LONGEST_LIFE);
    let user_code = text("user_code")?;
    if user_code.chars().count() > 64 || user_code.chars().any(char::is_control) {
        return Err(unreadable("user_code"));
    }
    Ok(Device {
        prompt: Prompt::DeviceCode {
            verification_uri,
            verification_uri_complete,
            user_code: SecretString::from(user_code),
            expires_at,
            reason,
        },
        expires_at,
        code: SecretString::from(text("device_code")?),
        interval: interval.clamp(Duration::from_secs(1), LONGEST_INTERVAL),
    })
}

/// Asks for the token until the person has confirmed, declined, or let the code run out (RFC 8628 section 3.4).
pub(crate) async fn wait(request: &Request, endpoint: &Endpoint, device: Device) -> Result<Tokens, NoToken> {
    let mut interval = device.interval;
    let grant = [("grant_type", SecretString::from(GRANT)), ("device_code", device.code)];
    let ended = |reason: &str| NoToken::Failed(CredentialError::failed(reason));
    loop {
        request.sleep(interval).await;
        if request.now() >= device.expires_at {
            return Err(ended("the code was not confirmed in time: connect once more for a new one"));
        }
        match token::ask(request, endpoint, &grant).await {
            Err(NoToken::Refused(refused)) => match refused.error.as_str() {
                "authorization_pending" => {}
                "slow_down" => interval = (interval + SLOWER_BY).min(LONGEST_INTERVAL),
                "access_denied" | "authorization_declined" => return Err(ended("the sign-in was declined")),
                "expired_token" => {
                    return Err(ended("the code was not confirmed in time: connect once more for a new one"));
                }
                _ => return Err(NoToken::Refused(refused)),
            },
            // RFC 8628 section 3.5: no answer is no reason to give up, but one to ask less often.
            Err(NoToken::Failed(error)) => {
                tracing::debug!(%error, "asking for a confirmed code failed");
                interval = (interval * 2).min(LONGEST_INTERVAL);
            }
            Ok(tokens) => return Ok(tokens),
        }
    }
}
