//! A service on loopback that answers as a double of a cloud tells it to, or misbehaves.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use anyhow::Result;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum_server::tls_rustls::RustlsConfig;
use futures_util::stream;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use url::form_urlencoded;

use crate::certificates;

const LARGEST_BODY: usize = 1024 * 1024;

/// Tells a double the time, so that tests can move it by hand.
pub type DoubleClock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// What every request of an endpoint meets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Behaviour {
    /// The documented protocol.
    #[default]
    Documented,
    /// Never an answer.
    Hang,
    /// A good status and more than anybody should read.
    Flood,
    /// A web page, as a proxy's log-in page would be.
    Page,
    /// A redirect to the same place.
    Redirect,
    /// An empty 500.
    Broken,
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Call {
    /// `GET`, `POST`, `PUT`.
    pub method: String,
    /// The path, undecoded.
    pub path: String,
    /// The query, undecoded; empty if there is none.
    pub query: String,
    /// All headers.
    pub headers: HeaderMap,
    /// The body as text.
    pub body: String,
}

impl Call {
    /// A header's text; empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// A parameter of the body's form, or of the query.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let mut pairs =
            form_urlencoded::parse(self.body.as_bytes()).chain(form_urlencoded::parse(self.query.as_bytes()));
        pairs.find(|(found, _)| found == name).map(|(_, value)| value.into_owned())
    }

    /// The body as JSON; null if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// What a double answers.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn text(status: u16, content_type: &'static str, body: impl Into<String>) -> Self {
        Self { status, content_type, headers: Vec::new(), body: body.into() }
    }

    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::text(status, "application/json", body.to_string())
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let mut response = Response::builder().status(self.status).header("content-type", self.content_type);
        for (name, value) in self.headers {
            response = response.header(name, value);
        }
        response.body(Body::from(self.body)).unwrap_or_else(|_| Response::new(Body::empty()))
    }
}

type Answering = Pin<Box<dyn Future<Output = Reply> + Send>>;
type Answerer = Arc<dyn Fn(Call) -> Answering + Send + Sync>;

/// The running service; it ends with this value.
pub struct Endpoint {
    url: String,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

struct Shared {
    answer: Answerer,
    calls: Mutex<Vec<Call>>,
    behaviour: Mutex<Behaviour>,
}

impl Endpoint {
    /// Over TLS at `https://localhost:PORT`, with a certificate of [`certificates()`].
    pub(crate) async fn tls<F>(answer: impl Fn(Call) -> F + Send + Sync + 'static) -> Result<Self>
    where
        F: Future<Output = Reply> + Send + 'static,
    {
        // Another test of this process may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        let identity = certificates().server(&["localhost"])?;
        let tls = RustlsConfig::from_pem(identity.certificate_pem.into_bytes(), identity.key_pem.into_bytes()).await?;
        let (shared, app) = app(answer);
        let server = axum_server::from_tcp_rustls(listener, tls)?.serve(app.into_make_service());
        Ok(Self {
            url: format!("https://localhost:{port}"),
            shared,
            server: tokio::spawn(async { drop(server.await) }),
        })
    }

    /// Without TLS at `http://127.0.0.1:PORT`, as metadata services are.
    pub(crate) async fn plain<F>(answer: impl Fn(Call) -> F + Send + Sync + 'static) -> Result<Self>
    where
        F: Future<Output = Reply> + Send + 'static,
    {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let (shared, app) = app(answer);
        let server = tokio::spawn(async { drop(axum::serve(listener, app).await) });
        Ok(Self { url: format!("http://127.0.0.1:{port}"), shared, server })
    }

    /// Where it answers, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What it was asked so far.
    pub fn calls(&self) -> Vec<Call> {
        lock(&self.shared.calls).clone()
    }

    /// How often it was asked for a path that contains this.
    pub fn count(&self, part: &str) -> usize {
        lock(&self.shared.calls).iter().filter(|call| call.path.contains(part)).count()
    }

    /// What requests meet from now on.
    pub fn behave(&self, behaviour: Behaviour) {
        *lock(&self.shared.behaviour) = behaviour;
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.server.abort();
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A test that panicked holds nothing half-changed.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn app<F>(answer: impl Fn(Call) -> F + Send + Sync + 'static) -> (Arc<Shared>, Router)
where
    F: Future<Output = Reply> + Send + 'static,
{
    let answer: Answerer = Arc::new(move |call| Box::pin(answer(call)));
    let shared = Arc::new(Shared { answer, calls: Mutex::default(), behaviour: Mutex::default() });
    (Arc::clone(&shared), Router::new().fallback(serve).with_state(shared))
}

async fn serve(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, LARGEST_BODY).await.unwrap_or_default();
    let call = Call {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    lock(&shared.calls).push(call.clone());
    let behaviour = *lock(&shared.behaviour);
    match behaviour {
        Behaviour::Documented => (shared.answer)(call).await.into_response(),
        Behaviour::Hang => std::future::pending().await,
        Behaviour::Flood => {
            let chunk = Bytes::from_static(&[b' '; 64 * 1024]);
            Response::new(Body::from_stream(stream::repeat_with(move || Ok::<_, Infallible>(chunk.clone()))))
        }
        Behaviour::Page => {
            Reply::text(200, "text/html", "<!doctype html><html><body>Sign in to the proxy</body></html>")
                .into_response()
        }
        Behaviour::Redirect => {
            let here = if call.query.is_empty() { call.path } else { format!("{}?{}", call.path, call.query) };
            Reply::json(307, &json!({})).with_header("location", &here).into_response()
        }
        Behaviour::Broken => Reply::text(500, "text/plain", "").into_response(),
    }
}
