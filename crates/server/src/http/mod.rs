//! HTTP: every route with its access, and what all answers share.

pub mod access;
pub mod administration;
pub mod assets;
pub mod audit;
pub mod client_address;
pub mod completion;
pub mod connections;
pub mod credentials;
pub mod ddl;
pub mod desktop;
pub mod explorer;
pub mod exports;
pub mod headers;
pub mod health;
pub mod history;
pub mod login_page;
pub mod me;
pub mod metrics;
pub mod objects;
pub mod pgadmin;
pub mod saved_queries;
pub mod secrets;
pub mod servers;
pub mod session_socket;
pub mod sign_in;
pub mod sign_out;
pub mod table_data;
pub mod workspace;

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, FromRequest, FromRequestParts, Request};
use axum::http::header::CONTENT_DISPOSITION;
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, StatusCode, Version};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::timeout::{RequestBodyTimeoutLayer, TimeoutBody};
use tower_http::trace::{DefaultOnResponse, TraceLayer};
use tracing::Level;
use utoipa::OpenApi as _;
use utoipa::openapi::{Info, License, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, Code};
use crate::wire::{ClientMessage, Problem, ServerMessage};
use access::{Access, Finished, RouteEntry, Routes};

/// A request's body, downloads and SQL text excepted.
const BODY_LIMIT: usize = 4 << 20;
/// A request's body of which nothing comes for so long is given up.
const BODY_SILENCE: Duration = Duration::from_secs(30);
/// Names a request in the log, in problems and in the audit trail.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// All routes, ready to serve.
pub fn router(app: App) -> Router {
    let router = routes(app.clone()).router;
    let compression = CompressionLayer::new()
        .compress_when(SizeAbove::new(1024).and(is_no_download).and(NotForContentType::new("text/javascript")));
    router
        .fallback(get(assets::application).fallback(nothing_here))
        .method_not_allowed_fallback(method_not_allowed)
        .layer(
            ServiceBuilder::new()
                .map_request(drop_foreign_request_id)
                .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
                .layer(
                    TraceLayer::new_for_http()
                        .make_span_with(request_span)
                        .on_response(DefaultOnResponse::new().level(Level::DEBUG)),
                )
                .layer(PropagateRequestIdLayer::new(REQUEST_ID))
                .layer(middleware::from_fn_with_state(app.clone(), headers::secure))
                .layer(middleware::from_fn_with_state(app.clone(), metrics::count))
                .layer(middleware::from_fn_with_state(app.clone(), desktop::check))
                .layer(compression)
                .layer(middleware::from_fn(name_request_in_problems))
                .layer(CatchPanicLayer::custom(panicked))
                .layer(DefaultBodyLimit::max(BODY_LIMIT))
                .layer(RequestBodyTimeoutLayer::new(BODY_SILENCE))
                .map_request(|request: Request<TimeoutBody<Body>>| request.map(Body::new)),
        )
        .with_state(app)
}

/// A download streams as it comes: squeezing it would cost more than the network does.
fn is_no_download(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    !headers.contains_key(CONTENT_DISPOSITION)
}

/// The API's description alone.
#[must_use]
pub fn description(app: App) -> OpenApi {
    routes(app).description
}

/// Every path with its access.
#[must_use]
pub fn paths(app: App) -> Vec<RouteEntry> {
    routes(app).entries
}

fn routes(app: App) -> Finished {
    Routes::new(app, OpenApiRouter::with_openapi(Messages::openapi()))
        .api(Access::SignedInWithoutUse, routes!(me::show))
        .api(Access::SignedIn, routes!(me::sessions, me::end_other_sessions))
        .api(Access::SignedIn, routes!(me::end_session))
        .api(Access::SignedIn, routes!(me::change_password))
        .api(Access::SignedInWithoutUse, routes!(secrets::state))
        .api(Access::SignedIn, routes!(secrets::set, secrets::change, secrets::reset))
        .api(Access::SignedIn, routes!(secrets::unlock))
        .api(Access::SignedIn, routes!(secrets::lock))
        .api(Access::SignedIn, routes!(secrets::list, secrets::forget_all))
        .api(Access::SignedIn, routes!(secrets::forget))
        .api(Access::SignedIn, routes!(history::list, history::clear))
        .api(Access::SignedIn, routes!(history::show))
        .api(Access::SignedIn, routes!(saved_queries::list, saved_queries::create))
        .api(Access::SignedIn, routes!(saved_queries::show, saved_queries::change, saved_queries::remove))
        .api(Access::SignedIn, routes!(saved_queries::move_folder))
        .api(Access::SignedInWithoutUse, routes!(workspace::show))
        .api(Access::SignedIn, routes!(workspace::save_tab, workspace::remove_tab))
        .api(Access::SignedIn, routes!(workspace::save_setting))
        .api(Access::SignedIn, routes!(servers::list))
        .api(Access::Editor, routes!(servers::create))
        .api(Access::Editor, routes!(pgadmin::read))
        .api(Access::SignedIn, routes!(servers::show))
        .api(Access::Editor, routes!(servers::change, servers::remove))
        .api(Access::SignedIn, routes!(connections::connect))
        .api(Access::SignedIn, routes!(connections::disconnect))
        .api(Access::Editor, routes!(connections::test))
        .api(Access::SignedIn, routes!(connections::credential_choices))
        .api(Access::SignedIn, routes!(explorer::databases))
        .api(Access::SignedIn, routes!(explorer::schemas))
        .api(Access::SignedIn, routes!(explorer::columns))
        .api(Access::SignedIn, routes!(explorer::types))
        .api(Access::SignedIn, routes!(table_data::shape))
        .api(Access::SignedIn, routes!(table_data::preview))
        .api(Access::SignedIn, routes!(table_data::lock))
        .api(Access::Editor, routes!(table_data::apply))
        .api(Access::SignedIn, routes!(objects::objects))
        .api(Access::SignedIn, routes!(objects::object_counts))
        .api(Access::SignedIn, routes!(ddl::object_ddl))
        .api(Access::SignedIn, routes!(ddl::database_ddl))
        .api(Access::SignedIn, routes!(objects::search_objects))
        .api(Access::SignedIn, routes!(objects::find_objects))
        .api(Access::SignedIn, routes!(objects::object))
        .api(Access::SignedIn, routes!(completion::completion_schemas))
        .api(Access::SignedIn, routes!(completion::completion_objects))
        .api(Access::SignedIn, routes!(completion::completion_server))
        .api(Access::SignedIn, routes!(exports::export))
        .api(Access::SignedIn, routes!(session_socket::open))
        .api(Access::Administrator, routes!(audit::list))
        .api(Access::Administrator, routes!(audit::download))
        .api(Access::Administrator, routes!(administration::summary))
        .api(Access::Administrator, routes!(administration::people, administration::add_person))
        .api(
            Access::Administrator,
            routes!(administration::person, administration::change_person, administration::remove_person),
        )
        .api(Access::Administrator, routes!(administration::reset_password))
        .api(Access::Administrator, routes!(administration::end_sessions_of_person))
        .api(Access::Administrator, routes!(administration::link_identity, administration::unlink_identity))
        .api(Access::Administrator, routes!(administration::refused_sign_ins, administration::dismiss_refused_sign_in))
        .api(Access::Administrator, routes!(administration::sessions))
        .api(Access::Administrator, routes!(administration::end_session))
        .api(Access::Administrator, routes!(administration::providers))
        .api(Access::Administrator, routes!(administration::shared_servers))
        .api(Access::Administrator, routes!(administration::connections))
        .api(Access::Administrator, routes!(administration::close_connection))
        .page(Access::Anyone, "/login", get(sign_in::login).post(sign_in::login_with_password))
        .page(Access::Anyone, "/oauth2/login/{name}", get(sign_in::start))
        .page(Access::AnyoneFromAnywhere, "/oauth2/authorize", get(sign_in::authorize).post(sign_in::authorize_post))
        .page(
            Access::AnyoneFromAnywhere,
            "/oauth2/login",
            get(sign_in::start_for_third_party).post(sign_in::start_for_third_party_post),
        )
        .page(Access::Anyone, "/logout", get(sign_out::logout_or_ask).post(sign_out::logout))
        .page(Access::Anyone, "/oauth2/logout/callback", get(sign_out::logged_out))
        .page(Access::AnyoneFromAnywhere, "/oauth2/backchannel-logout", post(sign_out::back_channel_logout))
        .page(Access::AnyoneFromAnywhere, "/oauth2/frontchannel-logout", get(sign_out::front_channel_logout))
        .page(Access::Anyone, "/forward.js", get(assets::forward_js))
        .page(Access::Anyone, "/credential/done", get(credentials::done))
        .page(Access::Anyone, "/page.css", get(assets::page_css))
        .page(Access::Anyone, "/favicon.svg", get(assets::favicon))
        .page(Access::Anyone, "/theme.js", get(assets::theme_js))
        .page(Access::Anyone, "/assets/{*path}", get(assets::asset))
        .page(Access::Anyone, "/desktop/sign-in", get(desktop::sign_in))
        .page(Access::Anyone, "/metrics", get(metrics::show_to_trusted))
        .page(Access::Anyone, "/healthz", get(health::alive))
        .page(Access::Anyone, "/readyz", get(health::ready))
        .finish("/api/v1/openapi.json", describe)
}

/// Shapes that no operation names: they travel in the WebSocket or in every error.
#[derive(utoipa::OpenApi)]
#[openapi(components(schemas(ClientMessage, ServerMessage, Problem)))]
struct Messages;

fn describe(description: &mut OpenApi) {
    let mut info = Info::new("Howdah", env!("CARGO_PKG_VERSION"));
    info.description = Some("A PostgreSQL web console: sign in once; every database connection is you.".to_owned());
    info.license = Some(License::new(env!("CARGO_PKG_LICENSE")));
    description.info = info;
}

async fn nothing_here() -> ApiError {
    ApiError::new(Code::NotFound, "There is nothing at this address.")
}

async fn method_not_allowed() -> ApiError {
    ApiError::new(Code::MethodNotAllowed, "This address does not take that method.")
}

fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    ApiError::new(
        Code::Internal,
        "Something in Howdah failed. Try again; if it goes on, give the request id to whoever runs Howdah.",
    )
    .into_response()
}

/// Takes a request's id from outside, such as a proxy's, only where it looks like one.
fn drop_foreign_request_id(mut request: Request) -> Request {
    let is_id = |id: &HeaderValue| {
        let characters = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:/=+".contains(byte);
        (1..=64).contains(&id.len()) && id.as_bytes().iter().all(characters)
    };
    if !request.headers().get(REQUEST_ID).is_some_and(is_id) {
        request.headers_mut().remove(REQUEST_ID);
    }
    request
}

/// The span that a request's log lines stand in. The query is left out: an authorization code may be in it.
fn request_span(request: &Request) -> tracing::Span {
    let id = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default();
    tracing::info_span!("request", request.id = id, method = %request.method(), path = request.uri().path())
}

/// Puts the request's id into a problem's body, so that a person can quote it.
async fn name_request_in_problems(request: Request, next: Next) -> Response {
    let id = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()).map(str::to_owned);
    let response = next.run(request).await;
    let is_fault = response.status() == StatusCode::INTERNAL_SERVER_ERROR;
    let (true, Some(id)) = (is_fault, id) else { return response };
    let mut problem = ApiError::new(
        Code::Internal,
        "Something in Howdah failed. Try again; if it goes on, give the request id to whoever runs Howdah.",
    )
    .into_problem();
    problem.request_id = Some(id);
    let mut response = (StatusCode::INTERNAL_SERVER_ERROR, axum::Json(problem)).into_response();
    response
        .headers_mut()
        .insert(axum::http::header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    response
}

/// JSON bodies, whose faults are answered as problems like everything else.
#[derive(FromRequest)]
#[from_request(via(axum::Json), rejection(ApiError))]
pub struct Json<T>(pub T);

/// Path parameters, likewise.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(ApiError))]
pub struct Path<T>(pub T);

/// Query parameters, likewise.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(ApiError))]
pub struct Query<T>(pub T);

impl<T: serde::Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

impl From<axum::extract::rejection::JsonRejection> for ApiError {
    fn from(rejection: axum::extract::rejection::JsonRejection) -> Self {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            return Self::new(Code::TooLarge, format!("The request is larger than {} MiB.", BODY_LIMIT >> 20));
        }
        let error = Self::new(Code::InvalidRequest, format!("The request cannot be read: {}", rejection.body_text()));
        match place(&rejection) {
            Some(field) => error.at_field(field),
            None => error,
        }
    }
}

/// The field that a body's fault is at, where the parser knows.
fn place(rejection: &(dyn std::error::Error + 'static)) -> Option<String> {
    let causes = std::iter::successors(Some(rejection), |error| error.source());
    let known = causes.filter_map(|error| error.downcast_ref::<serde_path_to_error::Error<serde_json::Error>>());
    known.map(|error| error.path().to_string()).find(|path| path != ".")
}

impl From<axum::extract::rejection::PathRejection> for ApiError {
    fn from(_: axum::extract::rejection::PathRejection) -> Self {
        Self::new(Code::NotFound, "There is nothing at this address.")
    }
}

impl From<axum::extract::rejection::QueryRejection> for ApiError {
    fn from(rejection: axum::extract::rejection::QueryRejection) -> Self {
        Self::new(Code::InvalidRequest, format!("The query cannot be read: {}", rejection.body_text()))
    }
}
