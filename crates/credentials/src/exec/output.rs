//! What a command printed: the secret as it is, or a JSON object that holds it with its expiry.

use std::time::SystemTime;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use crate::moment::{earlier, jwt_expiry, read_moment, read_seconds};

/// A secret as a source gave it.
pub(crate) struct Printed {
    pub(crate) secret: SecretString,
    pub(crate) username: Option<String>,
    pub(crate) expires_at: Option<SystemTime>,
}

/// The keys that hold a token, and those that hold its expiry: `az account get-access-token` (whose `expiresOn` is
/// local time without a zone and therefore of no use), an OAuth token answer, the status of a Kubernetes
/// `ExecCredential`, and our own shape.
const SHAPES: [(&str, &[&str]); 4] = [
    ("accessToken", &["expires_on"]),
    ("access_token", &["expires_in", "expires_on"]),
    ("token", &["expirationTimestamp"]),
    ("password", &["expires_at"]),
];

/// # Errors
///
/// What is wrong, in words that do not repeat the output.
pub(crate) fn read(output: &[u8], now: SystemTime) -> Result<Printed, String> {
    let text = std::str::from_utf8(output).map_err(|_| "the command printed something that is not UTF-8 text")?.trim();
    if text.is_empty() {
        return Err("the command printed nothing".to_owned());
    }
    let mut printed = match text.starts_with('{').then(|| serde_json::from_str::<Map<String, Value>>(text)) {
        Some(Ok(object)) => read_object(object, now)?,
        // A password may begin with a brace.
        Some(Err(_)) | None => Printed { secret: SecretString::from(text), username: None, expires_at: None },
    };
    let secret = printed.secret.expose_secret();
    if secret.is_empty() {
        return Err("the command printed an empty secret".to_owned());
    }
    if secret.contains('\0') {
        return Err("the command printed a zero byte, which no password can hold".to_owned());
    }
    printed.expires_at = earlier(printed.expires_at, jwt_expiry(secret));
    Ok(printed)
}

fn read_object(mut object: Map<String, Value>, now: SystemTime) -> Result<Printed, String> {
    if let Some(Value::Object(status)) = object.get_mut("status") {
        object = std::mem::take(status);
    }
    if object.contains_key("SecretAccessKey") {
        return Err(
            "the command printed AWS keys, which are no database password: print a token made with them".to_owned()
        );
    }
    for (token, expiries) in SHAPES {
        let Some(Value::String(secret)) = object.remove(token) else {
            continue;
        };
        let mut expires_at = None;
        for key in expiries {
            if let Some(value) = object.get(*key).filter(|value| !value.is_null()) {
                let moment = match *key {
                    "expires_in" => read_seconds(value).and_then(|life| now.checked_add(life)),
                    _ => read_moment(value),
                };
                expires_at = earlier(
                    expires_at,
                    Some(moment.ok_or_else(|| format!("`{key}` in the command's JSON is not a time"))?),
                );
            }
        }
        let username = object.get("username").and_then(Value::as_str).map(str::to_owned);
        return Ok(Printed { secret: secret.into(), username, expires_at });
    }
    let known: Vec<_> = SHAPES.iter().map(|(token, _)| format!("`{token}`")).collect();
    Err(format!("the command printed a JSON object without a token: expected one of {}", known.join(", ")))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    const NOW: u64 = 1_800_000_000;

    /// `expected`: secret, user name, seconds from now to expiry; or a part of the error.
    fn check(output: &str, expected: Result<(&str, Option<&str>, Option<u64>), &str>) {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW);
        match (read(output.as_bytes(), now), expected) {
            (Ok(printed), Ok((secret, username, life))) => {
                assert_eq!(printed.secret.expose_secret(), secret, "{output}");
                assert_eq!(printed.username.as_deref(), username, "{output}");
                assert_eq!(printed.expires_at, life.map(|life| now + Duration::from_secs(life)), "{output}");
            }
            (Err(found), Err(part)) => assert!(found.contains(part), "{output}: {found}"),
            (found, expected) => panic!("{output}: {:?}, expected {expected:?}", found.map(|_| "a secret")),
        }
    }

    fn jwt(payload: &str) -> String {
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        format!("{}.{}.c2ln", encode(r#"{"alg":"RS256"}"#), encode(payload))
    }

    #[test]
    fn the_trimmed_output_is_the_secret() {
        check("hunter2", Ok(("hunter2", None, None)));
        check("\r\n  two words \n\n", Ok(("two words", None, None)));
        check("{not json", Ok(("{not json", None, None)));
        check("[1]", Ok(("[1]", None, None)));
        check(" \n ", Err("nothing"));
        check("a\0b", Err("zero byte"));
    }

    #[test]
    fn known_json_shapes_give_secret_and_expiry() {
        check(
            r#"{"accessToken":"t","expiresOn":"2030-01-01 00:00:00","expires_on":1800003600}"#,
            Ok(("t", None, Some(3600))),
        );
        check(r#"{"accessToken":"t","expires_on":"1800003600"}"#, Ok(("t", None, Some(3600))));
        check(r#"{"access_token":"t","expires_in":60,"token_type":"Bearer"}"#, Ok(("t", None, Some(60))));
        check(r#"{"access_token":"t","expires_in":"60"}"#, Ok(("t", None, Some(60))));
        check(r#"{"access_token":"t","expires_in":null}"#, Ok(("t", None, None)));
        check(
            r#"{"kind":"ExecCredential","status":{"token":"t","expirationTimestamp":"2027-01-15T09:00:00+01:00"}}"#,
            Ok(("t", None, Some(0))),
        );
        check(
            r#"{"password":"p","username":"v-ada","expires_at":"2027-01-15T08:01:00Z"}"#,
            Ok(("p", Some("v-ada"), Some(60))),
        );
        check(r#"{"password":"p","expires_at":1800000060}"#, Ok(("p", None, Some(60))));
    }

    #[test]
    fn other_json_is_refused_without_repeating_it() {
        check(r#"{"error":"no"}"#, Err("expected one of `accessToken`"));
        check("{}", Err("without a token"));
        check(r#"{"token":7}"#, Err("without a token"));
        check(r#"{"password":""}"#, Err("empty"));
        check(r#"{"token":"t","expirationTimestamp":"soon"}"#, Err("`expirationTimestamp`"));
        check(r#"{"access_token":"t","expires_in":-5}"#, Err("`expires_in`"));
        check(r#"{"Version":1,"AccessKeyId":"a","SecretAccessKey":"b"}"#, Err("AWS keys"));
    }

    #[test]
    fn exp_of_a_jwt_caps_the_expiry() {
        let token = jwt(r#"{"exp":1800000300}"#);
        check(&token, Ok((&token, None, Some(300))));
        check(&format!(r#"{{"access_token":"{token}","expires_in":3600}}"#), Ok((&token, None, Some(300))));
        check(&format!(r#"{{"access_token":"{token}","expires_in":60}}"#), Ok((&token, None, Some(60))));
        let without = jwt(r#"{"sub":"ada"}"#);
        check(&without, Ok((&without, None, None)));
        check("a.b.c", Ok(("a.b.c", None, None)));
    }
}
