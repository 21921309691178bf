//! Cookies: of sessions, of sign-ins in progress, of logouts. The one place that knows their attributes.

use axum::http::{HeaderMap, HeaderValue, header};
use howdah_store::{FlowToken, NewSession, SessionToken};
use secrecy::ExposeSecret;
use time::OffsetDateTime;

use crate::app::App;
use crate::error::ApiResult;

/// Life of the cookie that binds a sign-in in progress to its browser.
const FLOW_COOKIE_SECONDS: u32 = 600;

/// Life of the cookie that tells of a download.
const DOWNLOAD_COOKIE_SECONDS: u32 = 60;
const LONGEST_MARK: usize = 64;

/// The `Set-Cookie` of a session.
#[must_use]
pub fn session_cookie(app: &App, session: &NewSession) -> Option<HeaderValue> {
    let lasts = (session.expires_at - OffsetDateTime::now_utc()).whole_seconds().max(0);
    cookie(app, session_cookie_name(app), session.token.to_cookie().expose_secret(), lasts, SameSite::Lax)
}

/// The `Set-Cookie` that removes a session's cookie.
#[must_use]
pub fn session_cookie_removal(app: &App) -> Option<HeaderValue> {
    cookie(app, session_cookie_name(app), "", 0, SameSite::Lax)
}

/// The token that binds sign-ins in progress to this browser: the one it has, or a new one with its `Set-Cookie`.
///
/// # Errors
///
/// When the system gives no random bytes.
pub fn flow_token(app: &App, headers: &HeaderMap, crosses_sites: bool) -> ApiResult<(FlowToken, Option<HeaderValue>)> {
    let token = match existing_flow_token(app, headers) {
        Some(token) => token,
        None => FlowToken::generate()?,
    };
    // A form_post answer is a cross-site POST, which carries no Lax cookie (OAuth 2.0 Form Post Response Mode).
    let same_site = if crosses_sites && app.urls().is_secure() { SameSite::None } else { SameSite::Lax };
    let header =
        cookie(app, flow_cookie_name(app), token.to_cookie().expose_secret(), FLOW_COOKIE_SECONDS.into(), same_site);
    Ok((token, header))
}

/// The token that this browser was given when it started to sign in.
#[must_use]
pub fn existing_flow_token(app: &App, headers: &HeaderMap) -> Option<FlowToken> {
    cookie_value(headers, flow_cookie_name(app)).and_then(FlowToken::parse)
}

/// The `Set-Cookie` that remembers the `state` of an RP-initiated logout until the provider sends the browser back.
#[must_use]
pub fn logout_cookie(app: &App, state: &str) -> Option<HeaderValue> {
    cookie(app, logout_cookie_name(app), state, FLOW_COOKIE_SECONDS.into(), SameSite::Lax)
}

/// The `Set-Cookie` that forgets it.
#[must_use]
pub fn logout_cookie_removal(app: &App) -> Option<HeaderValue> {
    cookie(app, logout_cookie_name(app), "", 0, SameSite::Lax)
}

/// The `Set-Cookie` that tells a page's scripts that a download has begun. It is no secret, and stands for nothing else.
#[must_use]
pub fn download_cookie(app: &App, mark: &str) -> Option<HeaderValue> {
    let secure = if app.urls().is_secure() { "; Secure" } else { "" };
    let is_plain = |character: char| character.is_ascii_alphanumeric() || character == '-';
    let fits = mark.len() <= LONGEST_MARK && mark.chars().all(is_plain);
    let value =
        format!("howdah-download-{mark}=begun; Path=/{secure}; SameSite=Strict; Max-Age={DOWNLOAD_COOKIE_SECONDS}");
    HeaderValue::from_str(&value).ok().filter(|_| fits)
}

/// The `state` that the browser's logout was started with.
#[must_use]
pub fn logout_state(app: &App, headers: &HeaderMap) -> Option<String> {
    cookie_value(headers, logout_cookie_name(app)).filter(|state| !state.is_empty()).map(str::to_owned)
}

#[derive(Clone, Copy)]
enum SameSite {
    Lax,
    None,
}

/// `__Host-` ties a cookie to this very host; browsers take it under https only (RFC 6265bis section 4.1.3.2).
fn session_cookie_name(app: &App) -> &'static str {
    match app.urls().is_secure() {
        true => "__Host-howdah",
        // Ports do not part cookies, and a server of one's own may run beside it.
        false if app.desktop().is_some() => "howdah-desktop",
        false => "howdah",
    }
}

fn flow_cookie_name(app: &App) -> &'static str {
    if app.urls().is_secure() { "__Host-howdah-flow" } else { "howdah-flow" }
}

fn logout_cookie_name(app: &App) -> &'static str {
    if app.urls().is_secure() { "__Host-howdah-logout" } else { "howdah-logout" }
}

fn cookie(app: &App, name: &str, value: &str, max_age: i64, same_site: SameSite) -> Option<HeaderValue> {
    let secure = if app.urls().is_secure() { "; Secure" } else { "" };
    let same_site = match same_site {
        SameSite::Lax => "Lax",
        SameSite::None => "None",
    };
    let mut header = HeaderValue::from_str(&format!(
        "{name}={value}; Path=/; HttpOnly{secure}; SameSite={same_site}; Max-Age={max_age}"
    ))
    .ok()?;
    header.set_sensitive(true);
    Some(header)
}

/// The token that the browser shows.
pub(super) fn session_token(app: &App, headers: &HeaderMap) -> Option<SessionToken> {
    cookie_value(headers, session_cookie_name(app)).and_then(SessionToken::parse)
}

fn cookie_value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(found, value)| (found == name).then_some(value))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header};
    use proptest::prelude::*;

    use super::cookie_value;

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=1; xhowdah=2; howdah=3"));
        headers.append(header::COOKIE, HeaderValue::from_static("b=4"));
        assert_eq!(cookie_value(&headers, "howdah"), Some("3"));
        assert_eq!(cookie_value(&headers, "b"), Some("4"));
        assert_eq!(cookie_value(&headers, "owdah"), None);
    }

    proptest! {
        #[test]
        fn any_cookie_header_can_be_read(lines in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..3)) {
            let mut headers = HeaderMap::new();
            for line in &lines {
                if let Ok(value) = HeaderValue::from_bytes(line) {
                    headers.append(header::COOKIE, value);
                }
            }
            for name in ["howdah", "__Host-howdah", ""] {
                if let Some(value) = cookie_value(&headers, name) {
                    let pair = format!("{name}={value}");
                    prop_assert!(lines.iter().any(|line| String::from_utf8_lossy(line).contains(&pair)));
                    prop_assert!(!value.contains(';'));
                }
            }
        }

        #[test]
        fn the_first_cookie_of_exactly_this_name_counts(
            lines in prop::collection::vec(
                prop::collection::vec(("(x|__Host-)?howdah(-flow|2)?|HOWDAH|a", "[a-zA-Z0-9=_.-]{0,8}"), 1..4),
                0..3,
            ),
            gap in "; ?",
        ) {
            let mut headers = HeaderMap::new();
            for line in &lines {
                let line: Vec<_> = line.iter().map(|(name, value)| format!("{name}={value}")).collect();
                headers.append(header::COOKIE, HeaderValue::from_str(&line.join(&gap)).expect("a header"));
            }
            for name in ["howdah", "__Host-howdah", "howdah-flow"] {
                let first = lines.iter().flatten().find(|(found, _)| found == name).map(|(_, value)| value.as_str());
                prop_assert_eq!(cookie_value(&headers, name), first);
            }
        }
    }
}
