//! Downloads.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::access::Caller;
use super::{Json, Path, headers};
use crate::app::App;
use crate::audit::{self, Action, Event};
use crate::connect::{self, Purpose};
use crate::error::{ApiError, ApiResult};
use crate::export;
use crate::servers;
use crate::session;
use crate::wire::{ExportFormat, ExportRequest, Problem};

/// Runs one statement anew and streams its result as a file. Takes JSON, or the same fields as a form so that a browser
/// can save the answer by itself. What is wrong with a form is answered in plain text, which is the same JSON.
#[utoipa::path(post, path = "/api/v1/servers/{id}/databases/{db}/export", tag = "export", params(("id" = String, Path,), ("db" = String, Path,)),
    request_body = ExportRequest,
    responses((status = 200, description = "The file", content_type = "text/csv"), (status = 422, body = Problem), (status = 428, body = Problem), (status = 502, body = Problem)))]
pub async fn export(
    State(app): State<App>,
    caller: Caller,
    Path((id, database)): Path<(String, String)>,
    JsonOrForm { request, is_form }: JsonOrForm,
) -> Response {
    match Box::pin(file(&app, &caller, &id, &database, &request)).await {
        Ok(file) => file,
        Err(error) if is_form => in_frame(&app, error),
        Err(error) => error.into_response(),
    }
}

/// What is wrong, for a page that has sent a form into a frame of its own and looks at what stands there afterwards.
/// Browsers show plain text in a frame; of other kinds some make a file.
fn in_frame(app: &App, error: ApiError) -> Response {
    let mut response = error.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers::allow_framing(&mut response, &app.urls().origin(), "'self'");
    response
}

async fn file(app: &App, caller: &Caller, id: &str, database: &str, request: &ExportRequest) -> ApiResult<Response> {
    let server = servers::find(app, caller, id).await?;
    let (content_type, ending) = kind_of(request.format);
    let (kept, text) = app.audit().text(&request.sql);
    let format = if ending.is_empty() { "raw" } else { ending };
    let action = Action::Export { format: format.to_owned(), bytes: 0, text };
    let event = Event::new(&**caller, action).at(&server).in_database(database);
    let mut pending = app.audit().begin(Event { statement: kept, ..event }).await?;
    let opened = connect::open(app, caller, &server, database, Purpose::Export).await;
    let rows = Arc::default();
    let started = match opened {
        Ok(connection) => {
            pending.update(|event| event.role = Some(connection.user.clone()));
            let surroundings = export::Surroundings {
                ended: connection.tracked.ended(),
                draining: app.draining().clone(),
                hold: app.tasks().token(),
            };
            let layout = export::Layout { format: request.format, header: request.header };
            let strings = connection.session.strings();
            match export::Statement::parse(&request.sql, strings, request.parameters.as_ref()) {
                Ok(statement) => export::download(connection, statement, layout, surroundings, Arc::clone(&rows)).await,
                Err(error) => Err(error),
            }
        }
        Err(error) => Err(error),
    };
    let stream = match started {
        Ok(stream) => audit::watch(stream, pending, rows),
        Err(error) => {
            pending.fail(&error);
            return Err(error);
        }
    };
    let mut response = (StatusCode::OK, Body::from_stream(stream)).into_response();
    let answer = response.headers_mut();
    answer.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    answer.insert(header::CONTENT_DISPOSITION, disposition(request.file_name.as_deref(), ending));
    if let Some(cookie) = request.mark.as_deref().and_then(|mark| session::download_cookie(app, mark)) {
        answer.insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// The media type and the ending of a file's name.
fn kind_of(format: ExportFormat) -> (&'static str, &'static str) {
    match format {
        ExportFormat::Csv => ("text/csv; charset=utf-8", "csv"),
        ExportFormat::Tsv => ("text/tab-separated-values; charset=utf-8", "tsv"),
        ExportFormat::Json => ("application/json", "json"),
        ExportFormat::Ndjson => ("application/x-ndjson", "ndjson"),
        ExportFormat::Sql => ("application/sql; charset=utf-8", "sql"),
        ExportFormat::Raw => ("application/octet-stream", ""),
        ExportFormat::Markdown => ("text/markdown; charset=utf-8", "md"),
        ExportFormat::Xlsx => ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    }
}

/// RFC 6266: an ASCII name for old clients and the whole one in UTF-8 (RFC 8187).
fn disposition(name: Option<&str>, ending: &str) -> HeaderValue {
    let ending = if ending.is_empty() { String::new() } else { format!(".{ending}") };
    let name = name.map(str::trim).filter(|name| !name.is_empty()).unwrap_or("result");
    let plain: String = name
        .chars()
        .take(100)
        .map(|character| {
            if character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.' | ' ') {
                character
            } else {
                '_'
            }
        })
        .collect();
    let whole: String = name.chars().take(100).flat_map(encode).collect();
    HeaderValue::from_str(&format!("attachment; filename=\"{plain}{ending}\"; filename*=UTF-8''{whole}{ending}"))
        .unwrap_or(HeaderValue::from_static("attachment"))
}

/// A character as RFC 8187 wants it.
fn encode(character: char) -> Vec<char> {
    if character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.') {
        return vec![character];
    }
    let mut buffer = [0; 4];
    character
        .encode_utf8(&mut buffer)
        .bytes()
        .flat_map(|byte| format!("%{byte:02X}").chars().collect::<Vec<_>>())
        .collect()
}

/// A request in JSON or as a form.
pub struct JsonOrForm {
    request: ExportRequest,
    is_form: bool,
}

/// A form's fields are all text.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    sql: String,
    format: ExportFormat,
    #[serde(default = "yes")]
    header: bool,
    file_name: Option<String>,
    parameters: Option<String>,
    mark: Option<String>,
}

fn yes() -> bool {
    true
}

impl FromRequest<App> for JsonOrForm {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &App) -> Result<Self, ApiError> {
        let is_form = request
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
        if is_form {
            let refuse = |reason: String| {
                ApiError::new(crate::error::Code::InvalidRequest, format!("The form cannot be read: {reason}"))
            };
            let axum::Form::<Form>(form) =
                axum::Form::from_request(request, state).await.map_err(|rejection| refuse(rejection.body_text()))?;
            let parameters = form.parameters.as_deref().map(serde_json::from_str).transpose();
            let request = ExportRequest {
                // A browser sends line breaks of a form's fields as CRLF (HTML, "Multipart form data" and its urlencoded
                // kin), which would change string literals.
                sql: form.sql.replace("\r\n", "\n"),
                format: form.format,
                header: form.header,
                file_name: form.file_name,
                parameters: parameters.map_err(|error| refuse(error.to_string()))?,
                mark: form.mark,
            };
            return Ok(Self { request, is_form });
        }
        Json::from_request(request, state).await.map(|Json(request)| Self { request, is_form })
    }
}

#[cfg(test)]
mod tests {
    use super::disposition;

    #[test]
    fn a_file_name_cannot_break_out_of_its_header() {
        let header = disposition(Some("a\"; filename=\"b\r\nX: ü"), "csv");
        assert_eq!(
            header.to_str().ok(),
            Some(
                "attachment; filename=\"a__ filename__b__X_ _.csv\"; filename*=UTF-8''a%22%3B%20filename%3D%22b%0D%0AX%3A%20%C3%BC.csv"
            )
        );
    }
}
