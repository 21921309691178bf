//! Headers that every answer carries.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::app::App;

/// Adds what protects a browser from what an answer might hold. A handler's own headers win.
pub async fn secure(State(app): State<App>, request: Request, next: Next) -> Response {
    let is_personal = ["/api/", "/oauth2/"].iter().any(|start| request.uri().path().starts_with(start));
    let mut response = next.run(request).await;
    // The older header cannot name an origin.
    let frames_allowed = response.extensions().get::<FramesAllowed>().is_some();
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    if !frames_allowed {
        set(header::X_FRAME_OPTIONS, "DENY");
    }
    // Not `no-referrer`: under it a browser sends `Origin: null` with our own forms, which could then not be told from
    // another site's.
    set(header::REFERRER_POLICY, "same-origin");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin-allow-popups");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=(), payment=()");
    if app.urls().is_secure() {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    // What the API answers is a person's data or an error, and so is what signs in and out: no cache may keep it.
    set(header::CACHE_CONTROL, if is_personal { "no-store" } else { "no-cache" });
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        Policy { form_targets: &app.form_targets(), ..Policy::new(&app.urls().origin()) }.set(headers);
    }
    response
}

/// Lets pages of `origin` show this answer in a frame.
pub fn allow_framing(response: &mut Response, own_origin: &str, origin: &str) {
    Policy { frame_ancestors: origin, ..Policy::new(own_origin) }.set(response.headers_mut());
    response.extensions_mut().insert(FramesAllowed);
}

/// Marks an answer that may stand in a frame.
#[derive(Clone)]
struct FramesAllowed;

/// A content security policy under which nothing runs or loads that we did not ship.
pub struct Policy<'a> {
    /// Our own origin.
    pub origin: &'a str,
    /// Lets a style element with this nonce count.
    pub style_nonce: Option<&'a str>,
    /// Origins that a form's answer may redirect to: providers, after sign-out.
    pub form_targets: &'a [String],
    /// Who may show the answer in a frame.
    pub frame_ancestors: &'a str,
}

impl<'a> Policy<'a> {
    /// The strictest.
    #[must_use]
    pub fn new(origin: &'a str) -> Self {
        Self { origin, style_nonce: None, form_targets: &[], frame_ancestors: "'none'" }
    }

    /// Puts the policy into an answer's headers.
    pub fn set(&self, headers: &mut HeaderMap) {
        let styles = self.style_nonce.map_or_else(|| "'self'".to_owned(), |nonce| format!("'self' 'nonce-{nonce}'"));
        let socket = self.origin.replacen("http", "ws", 1);
        let forms = self.form_targets.iter().fold(String::new(), |forms, target| format!("{forms} {target}"));
        let policy = format!(
            "default-src 'none'; script-src 'self'; style-src {styles}; img-src 'self' data: blob:; font-src 'self'; \
             connect-src 'self' {socket}; frame-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'{forms}; \
             frame-ancestors {}; base-uri 'none'",
            self.frame_ancestors
        );
        if let Ok(value) = HeaderValue::from_str(&policy) {
            headers.insert(header::CONTENT_SECURITY_POLICY, value);
        }
    }
}
