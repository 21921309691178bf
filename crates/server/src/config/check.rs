//! Whether a value is what its key takes.

use std::fmt;

use toml::Value;

use super::keys::Kind;
use crate::claims_rule::ClaimsRule;
use crate::wire::Audience;

/// What is wrong, and what to do about it.
pub(super) type Fault = (String, String);

/// Everything that is wrong with a value.
pub(super) fn check(kind: Kind, value: &Value) -> Vec<Fault> {
    let checked = match kind {
        Kind::CidrList => return check_each(value, check_network),
        Kind::ChoiceList(words) => {
            if value.as_array().is_some_and(Vec::is_empty) {
                return vec![("is empty".to_owned(), format!("list at least one of {}", words.join(", ")))];
            }
            return check_each(value, |word| check_word(words, word));
        }
        Kind::Text | Kind::Path => text_of(value).map(drop),
        Kind::SocketAddress => text_of(value).and_then(check_socket_address),
        Kind::Url => text_of(value).and_then(check_url),
        Kind::Duration => text_of(value).and_then(check_duration),
        Kind::Boolean => match value {
            Value::Boolean(_) => Ok(()),
            other => Err((format!("is {}", describe(other)), "write true or false".to_owned())),
        },
        Kind::Integer { min, max } => match value.as_integer() {
            Some(number) if (min..=max).contains(&number) => Ok(()),
            Some(number) => {
                Err((format!("{number} is out of range"), format!("write a whole number from {min} to {max}")))
            }
            None => Err((format!("is {}", describe(value)), format!("write a whole number from {min} to {max}"))),
        },
        Kind::TextList => texts_of(value).map(drop),
        Kind::Command if value.is_str() => Ok(()),
        Kind::Command => texts_of(value).map(drop),
        Kind::Choice(words) => text_of(value).and_then(|word| check_word(words, word)),
        Kind::ClaimsRule => check_claims_rule(value),
        Kind::Audience => check_audience(value),
        Kind::Parameters => check_parameters(value),
    };
    checked.err().into_iter().collect()
}

fn check_each(value: &Value, check: impl Fn(&str) -> Result<(), Fault>) -> Vec<Fault> {
    match texts_of(value) {
        Ok(texts) => texts.into_iter().filter_map(|text| check(text).err()).collect(),
        Err(fault) => vec![fault],
    }
}

fn check_network(text: &str) -> Result<(), Fault> {
    text.parse::<ipnet::IpNet>()
        .map(drop)
        .or_else(|_| text.parse::<std::net::IpAddr>().map(drop))
        .map_err(|_| (format!("`{text}` is not a network"), "write it as 10.0.0.0/8 or as one address".to_owned()))
}

fn check_socket_address(text: &str) -> Result<(), Fault> {
    text.parse::<std::net::SocketAddr>().map(drop).map_err(|_| {
        (format!("`{text}` is not an address with a port"), "write it as 127.0.0.1:5080 or [::1]:5080".to_owned())
    })
}

fn check_duration(text: &str) -> Result<(), Fault> {
    match humantime::parse_duration(text) {
        Ok(duration) if !duration.is_zero() || text.starts_with('0') => Ok(()),
        _ => Err((format!("`{text}` is not a duration"), "write it as 30s, 15m, 8h or 7d".to_owned())),
    }
}

fn check_url(text: &str) -> Result<(), Fault> {
    if text.is_empty() {
        return Ok(());
    }
    let fault = |what: &str| {
        Err((format!("`{text}` {what}"), "write a whole URL such as https://login.example.com/path".to_owned()))
    };
    match url::Url::parse(text) {
        Ok(url) if !matches!(url.scheme(), "http" | "https") => fault("is not an http or https URL"),
        Ok(url) if url.host().is_none() => fault("has no host"),
        Ok(_) => Ok(()),
        Err(_) => fault("is not a URL"),
    }
}

fn check_word(words: &[&str], word: &str) -> Result<(), Fault> {
    if words.contains(&word) {
        return Ok(());
    }
    Err((format!("`{word}` is not known here"), format!("use {}", words.join(" or "))))
}

fn check_claims_rule(value: &Value) -> Result<(), Fault> {
    let remedy = "write { groups = [\"dba\", \"pg-users\"] }, or leave the key out to allow everyone";
    let fault = |error: &dyn fmt::Display| (error.to_string(), remedy.to_owned());
    let value = serde_json::to_value(value).map_err(|error| fault(&error))?;
    ClaimsRule::parse(value).map(drop).map_err(|error| fault(&error))
}

fn check_audience(value: &Value) -> Result<(), Fault> {
    let fault = |what: String| {
        (what, "write \"everyone\" or a rule on claims such as { groups = [\"dba\", \"pg-users\"] }".to_owned())
    };
    let value = serde_json::to_value(value).map_err(|error| fault(error.to_string()))?;
    Audience::parse(value).map(drop).map_err(fault)
}

fn check_parameters(value: &Value) -> Result<(), Fault> {
    let remedy = || "write a table of libpq's keywords: { sslmode = \"verify-full\" }".to_owned();
    let Value::Table(parameters) = value else {
        return Err((format!("is {}", describe(value)), remedy()));
    };
    for (keyword, value) in parameters {
        if !matches!(value, Value::String(_) | Value::Integer(_)) {
            return Err((format!("the value of `{keyword}` is {}", describe(value)), remedy()));
        }
    }
    Ok(())
}

fn text_of(value: &Value) -> Result<&str, Fault> {
    value.as_str().ok_or_else(|| (format!("is {}", describe(value)), "write a text in quotes".to_owned()))
}

fn texts_of(value: &Value) -> Result<Vec<&str>, Fault> {
    let fault = || (format!("is {}", describe(value)), "write a list of texts: [\"a\", \"b\"]".to_owned());
    value.as_array().ok_or_else(fault)?.iter().map(|item| item.as_str().ok_or_else(fault)).collect()
}

/// What a value is, without showing it: it may be a secret in the wrong place.
fn describe(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "a text",
        Value::Integer(_) => "a whole number",
        Value::Float(_) => "a number",
        Value::Boolean(_) => "true or false",
        Value::Datetime(_) => "a date",
        Value::Array(items) if items.is_empty() => "an empty list",
        Value::Array(_) => "a list",
        Value::Table(_) => "a table",
    }
}
