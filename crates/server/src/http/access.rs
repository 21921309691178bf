//! Who may call what. A route cannot be added without saying so: [`Routes`] takes an [`Access`] with each, and a handler
//! says the same by what it asks for: a [`Caller`], an [`Editor`] or an [`Administrator`], none of which can be had on a
//! route that lets in others.

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use howdah_store::Role;
use utoipa::openapi::{OpenApi, PathItem};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

use crate::app::App;
use crate::error::{ApiError, ApiResult, Code};
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
    /// People who are signed in and may change something: all but viewers.
    Editor,
    /// Administrators.
    Administrator,
}

impl Access {
    /// Whether a person who is signed in may call the route.
    fn admits(self, role: Role) -> bool {
        match self {
            Self::Anyone | Self::AnyoneFromAnywhere | Self::SignedIn | Self::SignedInWithoutUse => true,
            Self::Editor => role != Role::Viewer,
            Self::Administrator => role == Role::Administrator,
        }
    }

    fn refusal(self) -> ApiError {
        let words = match self {
            Self::Editor => {
                "You are a viewer here: you may look at everything you see and change nothing. Ask an administrator for another role."
            }
            _ => "Only an administrator of Howdah may do this. Ask one.",
        };
        ApiError::new(Code::Forbidden, words)
    }
}

/// A path of the server and who may call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteEntry {
    /// As the router has it, such as `/api/v1/servers/{id}`.
    pub path: String,
    /// Its methods, where the API's description tells them.
    pub methods: Vec<&'static str>,
    /// Who may call it.
    pub access: Access,
}

/// The routes of the server, each with its access.
pub struct Routes {
    router: OpenApiRouter<App>,
    entries: Vec<RouteEntry>,
    app: App,
}

impl Routes {
    /// No routes yet.
    #[must_use]
    pub fn new(app: App, router: OpenApiRouter<App>) -> Self {
        Self { router, entries: Vec::new(), app }
    }

    /// Adds operations that the API's description lists.
    #[must_use]
    pub fn api(mut self, access: Access, operations: UtoipaMethodRouter<App>) -> Self {
        let (schemas, paths, methods) = operations;
        let entry =
            |(path, item): (&String, &PathItem)| RouteEntry { path: path.clone(), methods: methods_of(item), access };
        self.entries.extend(paths.paths.iter().map(entry));
        let methods = self.guard(access, methods);
        self.router = self.router.routes((schemas, paths, methods));
        self
    }

    /// Adds a path that the API's description does not list.
    #[must_use]
    pub fn page(mut self, access: Access, path: &str, methods: MethodRouter<App>) -> Self {
        self.entries.push(RouteEntry { path: path.to_owned(), methods: Vec::new(), access });
        let methods = self.guard(access, methods);
        self.router = self.router.route(path, methods);
        self
    }

    /// Serves the API's description at `path`, once `complete` has finished it. It tells no secret, and a client needs it
    /// before it can sign in.
    pub fn finish(self, path: &str, complete: impl FnOnce(&mut OpenApi)) -> Finished {
        let text: Arc<OnceLock<String>> = Arc::default();
        let served = Arc::clone(&text);
        let answer = get(move || async move {
            let text = served.get().cloned().unwrap_or_default();
            ([(header::CONTENT_TYPE, "application/json")], text)
        });
        let Self { router, entries, .. } = self.page(Access::Anyone, path, answer);
        let (router, mut description) = router.split_for_parts();
        complete(&mut description);
        let _ = text.set(serde_json::to_string(&description).unwrap_or_default());
        Finished { router, description, entries }
    }

    fn guard(&self, access: Access, methods: MethodRouter<App>) -> MethodRouter<App> {
        methods.layer(middleware::from_fn_with_state((self.app.clone(), access), check))
    }
}

fn methods_of(item: &PathItem) -> Vec<&'static str> {
    let operations = [
        ("GET", &item.get),
        ("POST", &item.post),
        ("PUT", &item.put),
        ("PATCH", &item.patch),
        ("DELETE", &item.delete),
    ];
    operations.into_iter().filter_map(|(method, operation)| operation.as_ref().map(|_| method)).collect()
}

/// All routes.
pub struct Finished {
    /// The router.
    pub router: Router<App>,
    /// The API's description.
    pub description: OpenApi,
    /// Every path with its access.
    pub entries: Vec<RouteEntry>,
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
        Access::SignedIn | Access::Editor | Access::Administrator => Some(session::Use::Counts),
        Access::SignedInWithoutUse => Some(session::Use::DoesNotCount),
        Access::Anyone | Access::AnyoneFromAnywhere => None,
    };
    if let Some(counts) = counts {
        let client = session::Client::of(&app, &request);
        match session::authenticate(&app, &client, counts).await {
            Ok(Some(signed_in)) if access.admits(signed_in.account.role) => {
                request.extensions_mut().insert(Granted { access, person: Arc::new(signed_in) });
            }
            Ok(Some(_)) => return access.refusal().into_response(),
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

/// What [`check`] leaves for the extractors below: nothing else makes one.
#[derive(Clone)]
struct Granted {
    access: Access,
    person: Arc<SignedIn>,
}

/// The person who calls. Only routes for people who are signed in have one.
#[derive(Clone)]
pub struct Caller(pub Arc<SignedIn>);

/// A person who may change something. Only routes with [`Access::Editor`] or [`Access::Administrator`] have one.
#[derive(Clone)]
pub struct Editor(Caller);

/// An administrator. Only routes with [`Access::Administrator`] have one.
#[derive(Clone)]
pub struct Administrator(Caller);

impl std::ops::Deref for Editor {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.0
    }
}

impl std::ops::Deref for Administrator {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.0
    }
}

impl std::ops::Deref for Caller {
    type Target = SignedIn;

    fn deref(&self) -> &SignedIn {
        &self.0
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let granted = parts.extensions.get::<Granted>();
        granted
            .map(|granted| Self(Arc::clone(&granted.person)))
            .ok_or_else(|| ApiError::new(Code::NotSignedIn, "Sign in first."))
    }
}

impl<S: Sync> FromRequestParts<S> for Editor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        granted_as(parts, &[Access::Editor, Access::Administrator]).map(Self)
    }
}

impl<S: Sync> FromRequestParts<S> for Administrator {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        granted_as(parts, &[Access::Administrator]).map(Self)
    }
}

/// The caller of a route with one of these accesses. A handler on a route of another kind answers nobody.
fn granted_as(parts: &Parts, accesses: &[Access]) -> ApiResult<Caller> {
    let granted = parts.extensions.get::<Granted>();
    granted
        .filter(|granted| accesses.contains(&granted.access))
        .map(|granted| Caller(Arc::clone(&granted.person)))
        .ok_or_else(|| ApiError::new(Code::Forbidden, "This address is not open to anybody."))
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
