//! Moments as JSON answers and tokens state them.

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The earlier of two moments, of which none means never.
pub(crate) fn earlier(one: Option<SystemTime>, other: Option<SystemTime>) -> Option<SystemTime> {
    [one, other].into_iter().flatten().min()
}

/// Seconds since the epoch, as a number or in a string; or an RFC 3339 time.
pub(crate) fn read_moment(value: &Value) -> Option<SystemTime> {
    if let Some(seconds) = read_seconds(value) {
        return SystemTime::UNIX_EPOCH.checked_add(seconds);
    }
    OffsetDateTime::parse(value.as_str()?.trim(), &Rfc3339).ok().map(SystemTime::from)
}

/// A number of seconds that is not negative, as a number or in a string.
pub(crate) fn read_seconds(value: &Value) -> Option<Duration> {
    let seconds = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    Duration::try_from_secs_f64(seconds?).ok()
}

/// When the secret is a JSON Web Token (RFC 7519), its `exp`. The signature is PostgreSQL's business.
pub(crate) fn jwt_expiry(secret: &str) -> Option<SystemTime> {
    let mut parts = secret.split('.');
    let (header, payload, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    let object = |part| serde_json::from_slice::<Map<String, Value>>(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
    object(header)?;
    if parts.next().is_some() { None } else { read_moment(object(payload)?.get("exp")?) }
}
