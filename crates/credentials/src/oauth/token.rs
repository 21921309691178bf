//! The token endpoint (RFC 6749 section 3.2): one request, and what it answers.

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use url::{Url, form_urlencoded};

use crate::error::CredentialError;
use crate::http::{self, presentable};
use crate::moment::{jwt_expiry, read_moment, read_seconds};
use crate::request::Request;

/// How long a token is believed that says nowhere when it ends.
const ASSUMED_LIFE: Duration = Duration::from_secs(300);

/// Parameters that may come back in an error's text: without them it would tell nothing.
const NO_SECRETS: [&str; 5] = ["client_assertion_type", "client_id", "grant_type", "redirect_uri", "scope"];

/// Where tokens come from.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    /// Names it to people.
    pub(crate) name: String,
    pub(crate) url: Url,
    /// What proves the client, if that is a header.
    pub(crate) authorization: Option<Basic>,
    /// Parameters of every request: what tells or proves the client.
    pub(crate) client: Vec<(&'static str, SecretString)>,
}

/// A client's id and secret, as a header.
#[derive(Clone, Debug)]
pub(crate) struct Basic {
    header: HeaderValue,
    secret: SecretString,
}

impl Basic {
    /// RFC 6749 section 2.3.1: both are form-encoded before they are joined.
    pub(super) fn new(id: &str, secret: &str) -> Result<Self, CredentialError> {
        let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let pair = STANDARD.encode(format!("{}:{}", encode(id), encode(secret)));
        let mut header = HeaderValue::from_str(&format!("Basic {pair}"))
            .map_err(|_| CredentialError::failed("the client secret cannot be sent"))?;
        header.set_sensitive(true);
        Ok(Self { header, secret: SecretString::from(secret) })
    }
}

/// What the endpoint gave.
#[derive(Debug)]
pub(crate) struct Tokens {
    pub(crate) access: SecretString,
    pub(crate) refresh: Option<SecretString>,
    pub(crate) expires_at: SystemTime,
    pub(crate) renew_at: Option<SystemTime>,
}

/// Why there is no token.
#[derive(Debug)]
pub(crate) enum NoToken {
    /// The endpoint says no (RFC 6749 section 5.2).
    Refused(Refused),
    /// There is no answer, or none that can be understood.
    Failed(CredentialError),
}

/// A refusal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) error: String,
    /// One line, without secrets of ours.
    pub(crate) description: Option<String>,
    /// What a new sign-in must fulfil: Entra's `claims`.
    pub(crate) claims: Option<String>,
    /// When the server wants to be asked again.
    pub(crate) retry_at: Option<SystemTime>,
}

impl Refused {
    /// For people, where nothing better is known.
    pub(crate) fn words(&self, name: &str) -> String {
        match &self.description {
            Some(description) => format!("{name} refused: {description} ({})", self.error),
            None => format!("{name} refused: {}", self.error),
        }
    }
}

impl NoToken {
    /// As a failure, where nothing better is known.
    pub(crate) fn into_error(self, name: &str) -> CredentialError {
        match self {
            Self::Refused(refused) => CredentialError::failed(refused.words(name)).not_before(refused.retry_at),
            Self::Failed(error) => error,
        }
    }
}

/// Asks once, with one grant. Values of `grant` do not come back in an error's text.
pub(crate) async fn ask(
    request: &Request,
    endpoint: &Endpoint,
    grant: &[(&str, SecretString)],
) -> Result<Tokens, NoToken> {
    let fields = post(request, endpoint, &endpoint.url, grant).await?;
    read(fields, request.now())
        .map_err(|reason| NoToken::Failed(CredentialError::failed(format!("{} {reason}", endpoint.name))))
}

/// Posts a form with the client's proof to an endpoint of the server; gives the fields of a good answer.
pub(super) async fn post(
    request: &Request,
    endpoint: &Endpoint,
    url: &Url,
    parameters: &[(&str, SecretString)],
) -> Result<Map<String, Value>, NoToken> {
    let name = &endpoint.name;
    let client = endpoint.client.iter().map(|(key, value)| (*key, value.expose_secret()));
    let form: Vec<(&str, &str)> =
        client.chain(parameters.iter().map(|(key, value)| (*key, value.expose_secret()))).collect();
    let mut builder = request.tools.http.post(url).map_err(NoToken::Failed)?.header(ACCEPT, "application/json");
    if let Some(basic) = &endpoint.authorization {
        builder = builder.header(AUTHORIZATION, basic.header.clone());
    }
    let answer = http::send(name, builder.form(&form)).await.map_err(NoToken::Failed)?;
    let retry_at = answer.retry_at(request.now());
    let failed = |reason: String| NoToken::Failed(CredentialError::failed(reason).not_before(retry_at));
    let fields = answer
        .object()
        .ok_or_else(|| failed(format!("{name} answered with status {} and no JSON object", answer.status)))?;
    if let Some(error) = fields.get("error").filter(|error| !error.is_null()) {
        let sent = form.iter().filter(|(key, _)| !NO_SECRETS.contains(key)).map(|(_, value)| *value);
        let in_header = endpoint.authorization.as_ref().map(|basic| basic.secret.expose_secret());
        let secrets: Vec<&str> = sent.chain(in_header).collect();
        let text = |key: &str| fields.get(key).and_then(Value::as_str);
        return Err(NoToken::Refused(Refused {
            error: presentable(error.as_str().unwrap_or("an unnamed error"), &secrets),
            description: text("error_description").map(|text| presentable(text, &secrets)),
            claims: text("claims").filter(|claims| claims.len() <= 4096).map(str::to_owned),
            retry_at,
        }));
    }
    if !answer.status.is_success() {
        return Err(failed(format!("{name} answered with status {}", answer.status)));
    }
    Ok(fields)
}

/// RFC 6749 section 5.1. An error says what the endpoint did wrong.
pub(crate) fn read(mut fields: Map<String, Value>, now: SystemTime) -> Result<Tokens, &'static str> {
    let mut secret = |name: &str| match fields.remove(name) {
        Some(Value::String(text)) if !text.is_empty() => Some(SecretString::from(text)),
        _ => None,
    };
    let access = secret("access_token").ok_or("gave an answer without an access token")?;
    let refresh = secret("refresh_token");
    // RFC 6749 section 7.1: a token of a kind that we do not know must not be used. Some leave the kind out.
    match fields.get("token_type") {
        None | Some(Value::Null) => {}
        Some(Value::String(kind)) if kind.eq_ignore_ascii_case("bearer") => {}
        Some(_) => return Err("gave a token of a kind that we cannot use"),
    }
    let after = |name: &str| match fields.get(name).filter(|value| !value.is_null()) {
        None => Ok(None),
        Some(value) => Ok(Some(now.checked_add(read_seconds(value).ok_or(())?).ok_or(())?)),
    };
    let ends = after("expires_in").map_err(|()| "says `expires_in`, but not a number of seconds")?;
    // The managed identity services say it this way.
    let ends = ends.or_else(|| read_moment(fields.get("expires_on")?));
    let ends = ends.or_else(|| jwt_expiry(access.expose_secret()));
    Ok(Tokens {
        access,
        refresh,
        expires_at: ends.unwrap_or(now + ASSUMED_LIFE),
        renew_at: after("refresh_in").unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Seconds to the end and to the renewal, or a part of the reason.
    fn check(answer: Value, expected: Result<(u64, Option<u64>), &str>) {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let shown = answer.to_string();
        let Value::Object(fields) = answer else { unreachable!("tests give objects") };
        let found = read(fields, now).map(|tokens| {
            let seconds = |moment: SystemTime| moment.duration_since(now).unwrap_or_default().as_secs();
            (seconds(tokens.expires_at), tokens.renew_at.map(seconds))
        });
        match (&found, &expected) {
            (Err(found), Err(part)) => assert!(found.contains(part), "{shown}: {found}"),
            _ => assert_eq!(found.ok(), expected.ok(), "{shown}"),
        }
    }

    #[test]
    fn an_answer_says_how_long_its_token_lives() {
        check(json!({"access_token": "t", "token_type": "bearer", "expires_in": 3600}), Ok((3600, None)));
        check(json!({"access_token": "t", "expires_in": "3599"}), Ok((3599, None)));
        check(json!({"access_token": "t", "expires_in": 86399, "refresh_in": 43199}), Ok((86399, Some(43199))));
        check(json!({"access_token": "t", "expires_on": "1800000060", "token_type": "Bearer"}), Ok((60, None)));
        check(json!({"access_token": "t"}), Ok((300, None)));
        check(json!({"access_token": "t", "expires_in": null, "token_type": null}), Ok((300, None)));
    }

    #[test]
    fn an_answer_of_wrong_types_is_refused() {
        check(json!({}), Err("without an access token"));
        check(json!({"access_token": ["t"]}), Err("without an access token"));
        check(json!({"access_token": ""}), Err("without an access token"));
        check(json!({"access_token": "t", "token_type": "mac"}), Err("of a kind"));
        check(json!({"access_token": "t", "token_type": 7}), Err("of a kind"));
        check(json!({"access_token": "t", "expires_in": "soon"}), Err("expires_in"));
        check(json!({"access_token": "t", "expires_in": -1}), Err("expires_in"));
        check(json!({"access_token": "t", "expires_in": 1e300}), Err("expires_in"));
    }
}
