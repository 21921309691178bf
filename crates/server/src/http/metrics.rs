//! `/metrics`, on a listener of its own or for trusted addresses, and the counting of requests.

use std::net::SocketAddr;
use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::client_address;
use crate::app::App;
use crate::error::{ApiError, Code};

/// What `metrics.listen` serves: a single path, and to everybody, so that there is nothing to say about access.
fn router(app: App) -> Router {
    let answer = |State(app): State<App>, uri: Uri| async move {
        match uri.path() {
            "/metrics" => show(State(app)).await,
            _ => ApiError::new(Code::NotFound, "Metrics are at /metrics.").into_response(),
        }
    };
    Router::new().fallback(get(answer)).with_state(app)
}

/// The figures, whoever asks.
async fn show(State(app): State<App>) -> Response {
    let headers =
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    (headers, app.metrics().text(&app).await).into_response()
}

/// The figures for `metrics.trusted`; for others there is nothing here.
pub async fn show_to_trusted(State(app): State<App>, request: Request) -> Response {
    let trusted = &app.config().metrics.trusted;
    let address = client_address::of(&app, &request);
    // A proxy that nobody named as trusted would lend everybody its own address.
    let is_relayed = ["x-forwarded-for", "forwarded"].iter().any(|name| request.headers().contains_key(*name));
    let is_resolved = !is_relayed || client_address::is_from_trusted_proxy(&app, &request);
    if !is_resolved || !trusted.iter().any(|network| network.contains(&address)) {
        return ApiError::new(Code::NotFound, "There is nothing at this address.").into_response();
    }
    show(State(app)).await
}

/// Serves the figures until the answer is dropped.
///
/// # Errors
///
/// When the address is taken.
pub async fn listen(app: &App, address: SocketAddr) -> std::io::Result<tokio::task::JoinHandle<()>> {
    let listener = tokio::net::TcpListener::bind(address).await?;
    let (address, router) = (listener.local_addr()?, router(app.clone()));
    tracing::info!(address = %address, "metrics are at http://{address}/metrics");
    Ok(tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!("metrics are served no more: {error}");
        }
    }))
}

/// Counts a request by its route's template: the path itself may name things.
pub async fn count(State(app): State<App>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let method = method_name(request.method());
    let response = next.run(request).await;
    let problem = response.extensions().get::<Code>().copied();
    let route = route.as_deref().unwrap_or("other");
    app.metrics().count_request(method, route, response.status().as_u16(), started.elapsed(), problem);
    response
}

/// A method that anybody could have made up is not a label.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
