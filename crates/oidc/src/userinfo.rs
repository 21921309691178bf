//! The person's profile at the userinfo endpoint.

use reqwest::Client;
use reqwest::header::ACCEPT;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use url::Url;

use crate::config::ProviderConfig;
use crate::error::{SignInError, Step, presentable};
use crate::http;

/// Reads the profile. `subject` is the ID token's, if there is one.
pub(crate) async fn fetch(
    config: &ProviderConfig,
    client: &Client,
    endpoint: &Url,
    access_token: &SecretString,
    subject: Option<&str>,
) -> Result<Map<String, Value>, SignInError> {
    let invalid = |reason: String| SignInError::UserinfoInvalid { provider: config.display_name().to_owned(), reason };
    let request =
        client.get(endpoint.clone()).bearer_auth(access_token.expose_secret()).header(ACCEPT, "application/json");
    let answer = http::send(request).await.map_err(|error| config.unavailable(Step::Userinfo, error))?;
    if !answer.status.is_success() {
        return Err(invalid(format!("it answered with status {}", answer.status)));
    }
    if answer.media_type() == "application/jwt" {
        return Err(invalid("it is signed (application/jwt), and only plain JSON is read".to_owned()));
    }
    let profile = match serde_json::from_slice(&answer.body) {
        Ok(Value::Object(profile)) => profile,
        Ok(Value::Array(entries)) => choose(entries).ok_or_else(|| invalid("it is a list of nothing".to_owned()))?,
        Ok(_) | Err(_) => return Err(invalid("it is not a JSON object".to_owned())),
    };
    // OpenID Connect Core 5.3.2: without an equal `sub` the profile may be another person's.
    if let Some(subject) = subject {
        match profile.get("sub").and_then(Value::as_str) {
            Some(found) if found == subject => {}
            Some(found) => {
                let found = presentable(found, &[]);
                return Err(invalid(format!("its `sub` is `{found}`, and the ID token's is another")));
            }
            None => return Err(invalid("it has no `sub` to compare with the ID token's".to_owned())),
        }
    }
    Ok(profile)
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
