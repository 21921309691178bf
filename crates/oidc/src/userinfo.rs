//! The person's profile at the userinfo endpoint.

use reqwest::Client;
use reqwest::header::ACCEPT;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use url::Url;

use crate::config::ProviderConfig;
use crate::error::{SignInError, Step, presentable};
use crate::http;
use crate::jwt::{Fault, Jwt, Trust, broken};
use crate::keys::Key;

/// What the endpoint answered.
pub(crate) enum Answered {
    Plain(Map<String, Value>),
    /// A signed profile, not yet checked.
    Signed(String),
}

/// Reads the profile.
pub(crate) async fn fetch(
    config: &ProviderConfig,
    client: &Client,
    endpoint: &Url,
    access_token: &SecretString,
) -> Result<Answered, SignInError> {
    let invalid = |reason: String| invalid(config, reason);
    let request = client
        .get(endpoint.clone())
        .bearer_auth(access_token.expose_secret())
        .header(ACCEPT, "application/json, application/jwt;q=0.9");
    let answer = http::send(request).await.map_err(|error| config.unavailable(Step::Userinfo, error))?;
    if !answer.status.is_success() {
        return Err(invalid(format!("it answered with status {}", answer.status)));
    }
    if answer.media_type() == "application/jwt" {
        let token = String::from_utf8(answer.body).map_err(|_| invalid("it is not text".to_owned()))?;
        return Ok(Answered::Signed(token));
    }
    let profile = match serde_json::from_slice(&answer.body) {
        Ok(Value::Object(profile)) => profile,
        Ok(Value::Array(entries)) => choose(entries).ok_or_else(|| invalid("it is a list of nothing".to_owned()))?,
        Ok(_) | Err(_) => return Err(invalid("it is not a JSON object".to_owned())),
    };
    Ok(Answered::Plain(profile))
}

/// OpenID Connect Core 5.3.2: a signed profile should name its issuer and us. Where it does, it must be right.
pub(crate) fn verify(token: &str, keys: &[Key], trust: &Trust<'_>) -> Result<Map<String, Value>, Fault> {
    let jwt = Jwt::parse(token.trim())?;
    if jwt.claims.contains_key("iss") {
        jwt.check_issuer(trust.issuer)?;
    }
    let (key, algorithm) = jwt.key(keys, trust, &["jwt", "jose", "userinfo+jwt"])?;
    jwt.verify(&key, &algorithm)?;
    if jwt.claims.contains_key("aud") {
        jwt.check_audience(trust.client_id)?;
    }
    if jwt.time("exp")?.is_some_and(|expires_at| expires_at <= trust.earliest()) {
        return Err(broken("it has expired"));
    }
    jwt.check_not_before(trust)?;
    Ok(jwt.claims)
}

pub(crate) fn invalid(config: &ProviderConfig, reason: String) -> SignInError {
    SignInError::UserinfoInvalid { provider: config.display_name().to_owned(), reason }
}

/// OpenID Connect Core 5.3.2: without an equal `sub` the profile may be another person's.
pub(crate) fn check_subject(
    config: &ProviderConfig,
    profile: &Map<String, Value>,
    subject: &str,
) -> Result<(), SignInError> {
    let reason = match profile.get("sub").and_then(Value::as_str) {
        Some(found) if found == subject => return Ok(()),
        Some(found) => format!("its `sub` is `{}`, and the ID token's is another", presentable(found, &[])),
        None => "it has no `sub` to compare with the ID token's".to_owned(),
    };
    Err(invalid(config, reason))
}

/// GitHub's list of e-mail addresses: the primary one if it is verified. Of any other list the first, as pgAdmin does.
fn choose(entries: Vec<Value>) -> Option<Map<String, Value>> {
    let is_true = |entry: &Value, key: &str| entry.get(key) == Some(&Value::Bool(true));
    let is_list_of_addresses =
        entries.iter().any(|entry| entry.get("email").is_some() && entry.get("primary").is_some());
    let chosen = if is_list_of_addresses {
        entries.into_iter().find(|entry| is_true(entry, "primary") && is_true(entry, "verified"))
    } else {
        entries.into_iter().next()
    };
    match chosen {
        Some(Value::Object(mut entry)) => {
            if is_list_of_addresses {
                entry.insert("email_verified".to_owned(), Value::Bool(true));
            }
            Some(entry)
        }
        // Nothing is verified: there is a profile, and nobody in it.
        None if is_list_of_addresses => Some(Map::new()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "the lines of a table read better")]
    fn check(list: Value, expected: Option<Option<&str>>) {
        let Value::Array(entries) = list.clone() else { panic!("not a list: {list}") };
        let chosen = choose(entries);
        let email = chosen.as_ref().map(|entry| entry.get("email").and_then(Value::as_str));
        assert_eq!(email, expected, "{list}");
    }

    #[test]
    fn a_list_of_addresses_gives_the_primary_verified_one() {
        let address = |email: &str, primary: bool, verified: bool| json!({"email": email, "primary": primary, "verified": verified});
        check(json!([address("a@x", false, true), address("b@x", true, true)]), Some(Some("b@x")));
        check(json!([address("a@x", false, true), address("b@x", true, false)]), Some(None));
        check(json!([{"email": "c@x"}, {"email": "d@x"}]), Some(Some("c@x")));
        check(json!([]), None);
        check(json!(["a@x"]), None);
    }
}
