//! The web UI's files, embedded in the binary.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::app::App;
use crate::error::{ApiError, Code};
use crate::http::headers::Policy;
use crate::http::login_page::PAGE_CSS;
use crate::session;
use crate::urls;

/// What `npm run build` wrote, with a `.br` beside each file that compresses.
#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Dist;

const FORWARD_JS: &str = include_str!("../../assets/forward.js");
const FAVICON: &str = include_str!("../../assets/favicon.svg");
const NONCE_PLACE: &str = "__CSP_NONCE__";
const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><title>Howdah</title><p>The web UI was not built into this binary. Run <code>cargo xtask demo</code>, or <code>npm run build</code> in web/, and start again.";

/// The styles of the pages that the server writes itself.
pub async fn page_css() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "max-age=3600")], PAGE_CSS.as_str())
        .into_response()
}

/// Sends a form on by itself.
pub async fn forward_js() -> Response {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8"), (header::CACHE_CONTROL, "max-age=3600")], FORWARD_JS)
        .into_response()
}

/// The icon in the browser's tab.
pub async fn favicon() -> Response {
    ([(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, "max-age=86400")], FAVICON).into_response()
}

/// Sets the theme before the first paint.
pub async fn theme_js(headers: HeaderMap) -> Response {
    file("theme.js", &headers, "max-age=3600")
}

/// Files whose names carry a hash of their content.
pub async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Response {
    file(&format!("assets/{path}"), &headers, "public, max-age=31536000, immutable")
}

/// The web UI, for whoever is signed in; others go to the login page and come back.
pub async fn application(State(app): State<App>, request: axum::extract::Request) -> Response {
    let path = request.uri().path();
    if path.starts_with("/api/") || path.starts_with("/oauth2/") || path.starts_with("/assets/") {
        return ApiError::new(Code::NotFound, "There is nothing at this address.").into_response();
    }
    match session::authenticate(&app, &session::Client::of(&app, &request), session::Use::Counts).await {
        Ok(Some(_)) => index(&app),
        Ok(None) => {
            let next = request.uri().path_and_query().map_or("/", axum::http::uri::PathAndQuery::as_str);
            let location =
                if next == "/" { "/login".to_owned() } else { format!("/login?next={}", urls::encode(next)) };
            Redirect::to(&location).into_response()
        }
        // The page holds nothing of anybody's. It says what is wrong, and begins as soon as it can.
        Err(error) if error.code() == Code::StoreUnavailable => index(&app),
        Err(error) => error.into_response(),
    }
}

fn index(app: &App) -> Response {
    let Some(file) = Dist::get("index.html") else {
        return (StatusCode::OK, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], NOT_BUILT).into_response();
    };
    let mut random = [0_u8; 18];
    if getrandom::fill(&mut random).is_err() {
        return ApiError::new(Code::Internal, "The system has no random numbers to give. Try again.").into_response();
    }
    let nonce = STANDARD.encode(random);
    let html = String::from_utf8_lossy(&file.data).replace(NONCE_PLACE, &nonce);
    let mut response =
        ([(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")], html)
            .into_response();
    Policy { style_nonce: Some(&nonce), form_targets: &app.form_targets(), ..Policy::new(&app.urls().origin()) }
        .set(response.headers_mut());
    response
}

fn file(path: &str, headers: &HeaderMap, cache: &'static str) -> Response {
    let accepts_brotli = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.split(',').any(|coding| coding.trim().split(';').next() == Some("br")));
    let compressed = accepts_brotli.then(|| Dist::get(&format!("{path}.br"))).flatten();
    let encoding = compressed.is_some().then_some("br");
    let Some(found) = compressed.or_else(|| Dist::get(path)) else {
        return ApiError::new(Code::NotFound, "There is nothing at this address.").into_response();
    };
    respond(found, path, encoding, cache)
}

fn respond(found: EmbeddedFile, path: &str, encoding: Option<&'static str>, cache: &'static str) -> Response {
    let mut response = Response::new(Body::from(found.data.into_owned()));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(path)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

/// The kinds of files that the build makes; anything else is bytes.
fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("json" | "map") => "application/json",
        Some("wasm") => "application/wasm",
        _ => "application/octet-stream",
    }
}
