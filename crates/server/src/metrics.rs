//! Figures for Prometheus. No label names a person, a server or a statement: who did what stands in the audit trail, from
//! whose events most of these are counted.

use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, prometheus_text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use crate::app::App;
use crate::audit::{Action, Event};
use crate::connect::Purpose;
use crate::error::{Code, chain};

/// All figures of this process. Cheap to clone.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    registry: Registry,
    sign_ins: Family<SignIn, Counter>,
    sessions: Gauge,
    renewals: Family<ByResult, Counter>,
    connections: Family<ConnectionLabels, Gauge>,
    connects: Family<ByResult, Counter>,
    fetches: Family<FetchLabels, Counter>,
    statements: Family<ByResult, Histogram>,
    rows: Counter,
    bytes: Family<ByPurpose, Counter>,
    requests: Family<RequestLabels, Counter>,
    request_seconds: Histogram,
    problems: Family<ByCode, Counter>,
    store_up: Gauge,
    store_errors: Counter,
    audit_waiting: Gauge,
    audit_failing: Gauge,
    audit_written: Gauge,
    audit_unwritten: Gauge,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct SignIn {
    provider: String,
    result: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ByResult {
    result: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ByPurpose {
    purpose: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ByCode {
    code: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct FetchLabels {
    source: &'static str,
    why: &'static str,
    result: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ConnectionLabels {
    purpose: &'static str,
    state: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: String,
    status: u16,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("howdah");
        let statements = Family::<ByResult, Histogram>::new_with_constructor(|| {
            // 1 ms to 4.5 hours.
            Histogram::new(exponential_buckets(0.001, 4.0, 13))
        });
        let mut inner = Inner {
            sign_ins: Family::default(),
            sessions: Gauge::default(),
            renewals: Family::default(),
            connections: Family::default(),
            connects: Family::default(),
            fetches: Family::default(),
            statements,
            rows: Counter::default(),
            bytes: Family::default(),
            requests: Family::default(),
            request_seconds: Histogram::new(exponential_buckets(0.001, 4.0, 8)),
            problems: Family::default(),
            store_up: Gauge::default(),
            store_errors: Counter::default(),
            audit_waiting: Gauge::default(),
            audit_failing: Gauge::default(),
            audit_written: Gauge::default(),
            audit_unwritten: Gauge::default(),
            registry: Registry::default(),
        };
        register(&mut registry, &inner);
        inner.registry = registry;
        Self(Arc::new(inner))
    }
}

fn register(registry: &mut Registry, of: &Inner) {
    registry.register("sign_ins", "Sign-ins, by provider (or `password`) and result", of.sign_ins.clone());
    registry.register("sessions", "Sessions of people that live, in the whole installation", of.sessions.clone());
    registry.register("session_renewals", "Sessions renewed at their provider, by result", of.renewals.clone());
    registry.register(
        "database_connections",
        "Open connections to PostgreSQL, by what they are for and what they do",
        of.connections.clone(),
    );
    registry.register("database_connects", "Connections opened or not, by result", of.connects.clone());
    registry.register(
        "credential_fetches",
        "Answers of credential sources, by source, why, and result",
        of.fetches.clone(),
    );
    registry.register("statement_seconds", "How long statements of query tabs took, by result", of.statements.clone());
    registry.register("rows", "Rows of results and rows changed in query tabs", of.rows.clone());
    registry.register("streamed_bytes", "Bytes of results sent to browsers", of.bytes.clone());
    registry.register("http_requests", "Requests, by route template and status", of.requests.clone());
    registry.register("http_request_seconds", "Until a request's answer began", of.request_seconds.clone());
    registry.register("http_problems", "Requests answered with a problem, by its code", of.problems.clone());
    registry.register("store_up", "1 while the store answers", of.store_up.clone());
    registry.register("store_errors", "Requests and audit batches that the store failed", of.store_errors.clone());
    registry.register("audit_waiting_kib", "Audit events in the queue, of 32768", of.audit_waiting.clone());
    registry.register("audit_failing", "1 while audit events cannot be written", of.audit_failing.clone());
    registry.register("audit_written", "Audit events written since the start", of.audit_written.clone());
    registry.register("audit_unwritten", "Audit events that only the log has", of.audit_unwritten.clone());
}

impl Metrics {
    /// Counts what an event tells.
    pub fn count(&self, event: &Event) {
        let of = &self.0;
        // Codes and SQLSTATEs are of bounded number.
        let result = || event.code.clone().unwrap_or_else(|| event.outcome.name().to_owned());
        let seconds = event.duration.unwrap_or_default().as_secs_f64();
        match &event.action {
            Action::SignIn { through } => {
                let provider = through.clone().unwrap_or_else(|| "unknown".to_owned());
                of.sign_ins.get_or_create(&SignIn { provider, result: result() }).inc();
            }
            Action::Connect(_) => {
                of.connects.get_or_create(&ByResult { result: result() }).inc();
            }
            Action::Credential { renewal, secret, .. } => {
                let why = if *renewal { "renewal" } else { "needed" };
                let source = secret.source.unwrap_or("none");
                of.fetches.get_or_create(&FetchLabels { source, why, result: result() }).inc();
            }
            Action::Statement { bytes, .. } => {
                let by_result = ByResult { result: event.outcome.name().to_owned() };
                of.statements.get_or_create(&by_result).observe(seconds);
                of.rows.inc_by(event.rows.unwrap_or_default());
                self.count_bytes(Purpose::Query, *bytes);
            }
            Action::Export { bytes, .. } => self.count_bytes(Purpose::Export, *bytes),
            _ => {}
        }
    }

    fn count_bytes(&self, purpose: Purpose, bytes: u64) {
        self.0.bytes.get_or_create(&ByPurpose { purpose: purpose.name() }).inc_by(bytes);
    }

    /// Counts a session that its provider renewed or did not.
    pub fn count_renewal(&self, result: &str) {
        self.0.renewals.get_or_create(&ByResult { result: result.to_owned() }).inc();
    }

    /// Counts a failure of the store that no request is told of.
    pub fn count_store_error(&self) {
        self.0.store_errors.inc();
    }

    /// Counts an answer.
    pub fn count_request(&self, method: &'static str, route: &str, status: u16, took: Duration, problem: Option<Code>) {
        let of = &self.0;
        of.requests.get_or_create(&RequestLabels { method, route: route.to_owned(), status }).inc();
        of.request_seconds.observe(took.as_secs_f64());
        if let Some(code) = problem {
            of.problems.get_or_create(&ByCode { code: code.name() }).inc();
            if code == Code::StoreUnavailable {
                of.store_errors.inc();
            }
        }
    }

    /// Counts a connection while the answer lives.
    #[must_use]
    pub fn connection(&self, purpose: Purpose) -> ConnectionState {
        let gauges = self.0.connections.clone();
        let state = ConnectionState { gauges, purpose: purpose.name(), state: CONNECTING };
        state.gauge(state.state).inc();
        state
    }

    /// All figures as Prometheus reads them.
    pub async fn text(&self, app: &App) -> String {
        let of = &self.0;
        match app.store().count_sessions().await {
            Ok(count) => {
                of.sessions.set(count);
                of.store_up.set(1);
            }
            Err(error) => {
                tracing::warn!("sessions could not be counted: {}", chain(&error));
                of.store_up.set(0);
            }
        }
        let audit = app.audit().figures();
        let number = |figure: u64| i64::try_from(figure).unwrap_or(i64::MAX);
        of.audit_waiting.set(number(audit.waiting_kib));
        of.audit_failing.set(i64::from(audit.is_failing));
        of.audit_written.set(number(audit.written));
        of.audit_unwritten.set(number(audit.unwritten));
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = prometheus_text::encode(&mut text, &of.registry);
        text
    }
}

const CONNECTING: &str = "connecting";
const IDLE: &str = "idle";
const RUNNING: &str = "running";

/// What a connection does, counted.
pub struct ConnectionState {
    gauges: Family<ConnectionLabels, Gauge>,
    purpose: &'static str,
    state: &'static str,
}

impl ConnectionState {
    /// It runs something.
    pub fn runs(&mut self) {
        self.becomes(RUNNING);
    }

    /// It waits for something to run.
    pub fn idles(&mut self) {
        self.becomes(IDLE);
    }

    fn becomes(&mut self, state: &'static str) {
        self.gauge(self.state).dec();
        self.state = state;
        self.gauge(state).inc();
    }

    fn gauge(&self, state: &'static str) -> Gauge {
        self.gauges.get_or_create_owned(&ConnectionLabels { purpose: self.purpose, state })
    }
}

impl Drop for ConnectionState {
    fn drop(&mut self) {
        self.gauge(self.state).dec();
    }
}
