//! Headers that every answer carries.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::app::App;

/// Adds what protects a browser from what an answer might hold. A handler's own headers win.
pub async fn secure(State(app): State<App>, request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with("/api/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::X_FRAME_OPTIONS, "DENY");
    // Not `no-referrer`: under it a browser sends `Origin: null` with our own forms, which could then not be told from
    // another site's.
    set(header::REFERRER_POLICY, "same-origin");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin-allow-popups");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=(), payment=()");
    if app.urls().is_secure() {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    // What the API answers is a person's data or an error: no cache may keep it.
    set(header::CACHE_CONTROL, if is_api { "no-store" } else { "no-cache" });
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        set_content_security_policy(headers, &app.urls().origin(), None, app.form_targets());
    }
    response
}

/// A policy under which nothing runs or loads that we did not ship. `form_targets` are origins that a form's answer may
/// redirect to: providers, after sign-out.
pub fn set_content_security_policy(
    headers: &mut HeaderMap,
    origin: &str,
    style_nonce: Option<&str>,
    form_targets: &[String],
) {
    let styles = style_nonce.map_or_else(|| "'self'".to_owned(), |nonce| format!("'self' 'nonce-{nonce}'"));
    let socket = origin.replacen("http", "ws", 1);
    let forms = form_targets.iter().fold(String::new(), |forms, target| format!("{forms} {target}"));
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src {styles}; img-src 'self' data: blob:; font-src 'self'; \
         connect-src 'self' {socket}; worker-src 'self'; manifest-src 'self'; form-action 'self'{forms}; \
         frame-ancestors 'none'; base-uri 'none'"
    );
    if let Ok(value) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, value);
    }
}
