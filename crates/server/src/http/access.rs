//! Who may call what. A route cannot be added without saying so: [`Routes`] takes an [`Access`] with each.

use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use howdah_store::Role;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

use crate::app::App;
use crate::error::{ApiError, Code};
use crate::session::{self, SignedIn};

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody: sign-in itself, health, the bare files of the UI.
    Anyone,
    /// Everybody, and from other sites too: what an identity provider calls or sends a browser to.
    AnyoneFromAnywhere,
    /// People who are signed in.
    SignedIn,
    /// People who are signed in. What a page asks by itself, which does not keep an unused session alive.
    SignedInWithoutUse,
    /// Administrators.
    Administrator,
}

/// The routes of the server, each with its access.
pub struct Routes {
    router: OpenApiRouter<App>,
    app: App,
}

impl Routes {
    /// No routes yet.
    #[must_use]
    pub fn new(app: App, router: OpenApiRouter<App>) -> Self {
        Self { router, app }
    }

    /// Adds operations that the API's description lists.
    #[must_use]
    pub fn api(mut self, access: Access, operations: UtoipaMethodRouter<App>) -> Self {
        let (schemas, paths, methods) = operations;
        let methods = self.guard(access, methods);
        self.router = self.router.routes((schemas, paths, methods));
        self
    }

    /// Adds a path that the API's description does not list.
    #[must_use]
    pub fn page(mut self, access: Access, path: &str, methods: MethodRouter<App>) -> Self {
        let methods = self.guard(access, methods);
        self.router = self.router.route(path, methods);
        self
    }

    /// The router and the API's description.
    pub fn finish(self) -> (Router<App>, utoipa::openapi::OpenApi) {
        self.router.split_for_parts()
    }

    fn guard(&self, access: Access, methods: MethodRouter<App>) -> MethodRouter<App> {
        methods.layer(middleware::from_fn_with_state((self.app.clone(), access), check))
    }
}

async fn check(State((app, access)): State<(App, Access)>, mut request: Request, next: Next) -> Response {
    if access != Access::AnyoneFromAnywhere
        && needs_own_origin(&request)
        && !comes_from(&app.urls().origin(), request.headers())
    {
        return ApiError::new(
            Code::CrossSite,
            format!(
                "This request did not come from {}. Open Howdah at that address, or correct server.public_url.",
                app.urls().origin()
            ),
        )
        .into_response();
    }
    let counts = match access {
        Access::SignedIn | Access::Administrator => Some(session::Use::Counts),
        Access::SignedInWithoutUse => Some(session::Use::DoesNotCount),
        Access::Anyone | Access::AnyoneFromAnywhere => None,
    };
    if let Some(counts) = counts {
        let client = session::Client::of(&app, &request);
        match session::authenticate(&app, &client, counts).await {
            Ok(Some(signed_in)) if access == Access::Administrator && signed_in.account.role != Role::Administrator => {
                return ApiError::new(Code::Forbidden, "Only an administrator of Howdah may do this. Ask one.")
                    .into_response();
            }
            Ok(Some(signed_in)) => {
                request.extensions_mut().insert(Arc::new(signed_in));
            }
            Ok(None) => {
                return ApiError::new(
                    Code::NotSignedIn,
                    "Your session has ended. Sign in again; nothing you typed is lost.",
                )
                .into_response();
            }
            Err(error) => return error.into_response(),
        }
    }
    next.run(request).await
}

/// Requests that change something, and WebSocket upgrades (RFC 6455 section 10.2), must come from our own pages.
fn needs_own_origin(request: &Request) -> bool {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    !safe || request.headers().contains_key(header::UPGRADE)
}

/// Whether a request says that a page of `origin` made it.
#[must_use]
pub fn comes_from(origin: &str, headers: &HeaderMap) -> bool {
    match headers.get(header::ORIGIN) {
        Some(value) => value.as_bytes() == origin.as_bytes(),
        None => headers.get("sec-fetch-site").is_some_and(|site| site == "same-origin"),
    }
}

/// The person who calls. Only routes for people who are signed in have one.
#[derive(Clone)]
pub struct Caller(pub Arc<SignedIn>);

impl std::ops::Deref for Caller {
    type Target = SignedIn;

    fn deref(&self) -> &SignedIn {
        &self.0
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        parts
            .extensions
            .get::<Arc<SignedIn>>()
            .cloned()
            .map(Caller)
            .ok_or_else(|| ApiError::new(Code::NotSignedIn, "Sign in first."))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue};

    use super::comes_from;

    #[test]
    fn origin_decides_and_fetch_metadata_stands_in_for_it() {
        let check = |pairs: &[(&'static str, &'static str)], expected: bool| {
            let headers: HeaderMap = pairs
                .iter()
                .map(|(name, value)| (axum::http::HeaderName::from_static(name), HeaderValue::from_static(value)))
                .collect();
            assert_eq!(comes_from("https://pg.example.com", &headers), expected, "{pairs:?}");
        };
        check(&[("origin", "https://pg.example.com")], true);
        check(&[("origin", "https://pg.example.com.evil.example")], false);
        check(&[("origin", "http://pg.example.com")], false);
        check(&[("origin", "null"), ("sec-fetch-site", "same-origin")], false);
        check(&[("sec-fetch-site", "same-origin")], true);
        check(&[("sec-fetch-site", "same-site")], false);
        check(&[], false);
    }
}
