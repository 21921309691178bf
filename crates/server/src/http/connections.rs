//! Connecting, disconnecting, and trying whether a definition works.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use howdah_store::ServerId;
use tokio::time::Instant;

use super::access::{Caller, Editor};
use super::{Json, Path};
use crate::app::App;
use crate::connect::{self, Passed, Purpose, Stopwatch};
use crate::credential;
use crate::error::{ApiError, ApiResult};
use crate::live::CatalogueConnection;
use crate::secrets::saved;
use crate::servers::{self, Found};
use crate::wire::{
    ConnectRequest, Connected, ConnectionStep, ConnectionTest, ConnectionTestReport, CredentialChoices, Problem,
    StepReport, StepStatus,
};

/// The steps in their order.
const STEPS: [ConnectionStep; 9] = [
    ConnectionStep::Credential,
    ConnectionStep::Dns,
    ConnectionStep::Tunnel,
    ConnectionStep::Tcp,
    ConnectionStep::Tls,
    ConnectionStep::Authentication,
    ConnectionStep::Role,
    ConnectionStep::PostConnectionSql,
    ConnectionStep::Version,
];

/// Opens a real connection to the server's maintenance database. A password that is brought along is kept in memory
/// until the session ends, and saved if that is asked for and the login works.
#[utoipa::path(post, path = "/api/v1/servers/{id}/connect", tag = "connections", params(("id" = String, Path,)), request_body = ConnectRequest,
    responses((status = 200, body = Connected), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem),
        (status = 428, body = Problem), (status = 502, body = Problem), (status = 504, body = Problem)))]
pub async fn connect(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    body: Bytes,
) -> ApiResult<Json<Connected>> {
    let server = servers::find(&app, &caller, &id).await?;
    let request: ConnectRequest = if body.is_empty() {
        ConnectRequest::default()
    } else {
        // The parser's words could quote the password.
        serde_json::from_slice(&body)
            .map_err(|_| ApiError::invalid("password", "Send a JSON object with `password`, or nothing."))?
    };
    let to_save = saved::take_in(&app, &caller, &server, request).await?;
    let database = server.definition.maintenance_db.clone();
    let connection = connect::open(&app, &caller, &server, &database, Purpose::Catalogue).await?;
    let password_saved = saved::save(&app, &caller, &server, to_save).await?;
    let answer = Connected {
        connected: true,
        user: connection.user,
        server_version: connection.session.server_version().to_owned(),
        credential: connection.credential,
        password_saved,
    };
    // The explorer asks next, most likely: the connection waits for it.
    let live = app.live().server(&caller.session_id, &server);
    let slot = live.catalogue(&database);
    if let Ok(mut slot) = slot.try_lock() {
        *slot = Some(CatalogueConnection {
            session: connection.session,
            tracked: connection.tracked,
            last_used: Instant::now(),
        });
    }
    Ok(Json(answer))
}

/// Closes the caller's connections to the server; running statements are cancelled. Secrets are kept.
#[utoipa::path(post, path = "/api/v1/servers/{id}/disconnect", tag = "connections", params(("id" = String, Path,)),
    responses((status = 204), (status = 404, body = Problem)))]
pub async fn disconnect(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> ApiResult<StatusCode> {
    let server = servers::find(&app, &caller, &id).await?;
    app.live().disconnect(&caller.session_id, &server.id);
    Ok(StatusCode::NO_CONTENT)
}

/// Tries a definition, saved or not, and tells of each step.
#[utoipa::path(post, operation_id = "test_connection", path = "/api/v1/connection-tests", tag = "connections", request_body = ConnectionTest,
    responses((status = 200, body = ConnectionTestReport), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub async fn test(
    State(app): State<App>,
    caller: Editor,
    Json(mut test): Json<ConnectionTest>,
) -> ApiResult<Json<ConnectionTestReport>> {
    let saved = match &test.server_id {
        Some(id) => Some(servers::find(&app, &caller, id).await?),
        None => None,
    };
    // What others share has secrets that are not the caller's to send elsewhere.
    let saved = saved.filter(|saved| saved.is_owned);
    if let Some(saved) = &saved {
        test.server.keep_secrets_of(&saved.definition);
    }
    servers::check(&app, &caller, &test.server)?;
    let is_saved = saved.is_some();
    // A definition that is only tried has a key of its own, so that its secrets are not those of a saved server.
    let trial: ServerId = match saved {
        Some(saved) => saved.id,
        None => uuid::Uuid::new_v4().hyphenated().to_string().parse().map_err(|_| ApiError::not_found("server"))?,
    };
    let server = Found::trial(trial, test.server);
    let given =
        ConnectRequest { password: test.password, tunnel_password: test.tunnel_password, ..ConnectRequest::default() };
    saved::take_in(&app, &caller, &server, given).await?;

    let mut passed: Vec<(Passed, f64)> = Vec::new();
    let mut stopwatch = Stopwatch::start();
    let database = server.definition.maintenance_db.clone();
    let result = connect::open_observed(&app, &caller, &server, &database, Purpose::Catalogue, &mut |step| {
        passed.push((step, stopwatch.lap()))
    })
    .await;
    let failed = match result {
        Ok(connection) => {
            connection.session.close().await;
            None
        }
        Err(error) => Some((error, stopwatch.lap())),
    };
    if !is_saved {
        servers::forget(&app, &server.id);
    }
    let applies = |step: ConnectionStep| match step {
        ConnectionStep::Tunnel => server.definition.tunnel.is_some(),
        ConnectionStep::PostConnectionSql => server.definition.post_connection_sql.is_some(),
        _ => true,
    };
    Ok(Json(report(STEPS.into_iter().filter(|step| applies(*step)), passed, failed)))
}

/// The sources that a server's credential may have here.
#[utoipa::path(get, path = "/api/v1/credential-choices", tag = "connections", responses((status = 200, body = CredentialChoices)))]
pub async fn credential_choices(State(app): State<App>, caller: Caller) -> Json<CredentialChoices> {
    Json(credential::choices(&app, &caller))
}

/// The steps as they went. A step that was tried twice, as after a refused login, tells of its last try.
fn report(
    steps: impl Iterator<Item = ConnectionStep>,
    passed: Vec<(Passed, f64)>,
    failed: Option<(ApiError, f64)>,
) -> ConnectionTestReport {
    let mut seen: BTreeMap<ConnectionStep, StepReport> = BTreeMap::new();
    for (step, duration_ms) in passed {
        let report =
            StepReport { step: step.step, status: StepStatus::Passed, duration_ms, detail: step.detail, problem: None };
        seen.insert(step.step, report);
    }
    let mut failed_at = None;
    if let Some((error, duration_ms)) = failed {
        let step = error.step().unwrap_or(ConnectionStep::Credential);
        let problem = error.into_problem();
        let report = StepReport {
            step,
            status: StepStatus::Failed,
            duration_ms,
            detail: problem.detail.clone(),
            problem: Some(problem),
        };
        seen.insert(step, report);
        failed_at = Some(step);
    }
    let steps: Vec<StepReport> = steps
        .map(|step| match seen.remove(&step) {
            Some(report) if failed_at.is_none_or(|failed_at| step <= failed_at) => report,
            _ => {
                let status = if failed_at.is_some_and(|failed_at| step > failed_at) {
                    StepStatus::NotRun
                } else {
                    StepStatus::Skipped
                };
                StepReport { step, status, duration_ms: 0.0, detail: String::new(), problem: None }
            }
        })
        .collect();
    ConnectionTestReport {
        passed: failed_at.is_none(),
        duration_ms: steps.iter().map(|step| step.duration_ms).sum(),
        steps,
    }
}
