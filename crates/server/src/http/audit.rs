//! The audit trail, for administrators.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use clap::Args;
use futures_util::stream::try_unfold;
use howdah_store::{AuditCursor, AuditFilter, MAX_PAGE};
use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use utoipa::IntoParams;

use super::access::Caller;
use super::{Json, Query};
use crate::app::App;
use crate::audit::{Event, guarded};
use crate::error::{ApiError, ApiResult};
use crate::wire::{AuditEvent, AuditList, Problem};

/// Events of a part when no limit is given.
pub const PAGE: u32 = 100;

/// Which events. The same in the API and on the command line.
#[derive(Debug, Clone, Deserialize, IntoParams, Args)]
#[into_params(parameter_in = Query)]
pub struct Search {
    /// The person's name, in whatever case.
    #[arg(long, value_name = "NAME")]
    pub person: Option<String>,
    /// One kind of event, or several with commas between.
    #[arg(long)]
    pub kind: Option<String>,
    /// The id of a server definition.
    #[arg(long, value_name = "ID")]
    pub server: Option<String>,
    /// `ok`, `failed`, `cancelled`, `interrupted` or `begun`.
    #[arg(long)]
    pub result: Option<String>,
    /// Not before this time (RFC 3339).
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// Before this time (RFC 3339).
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// Stands in the statement, a name, the address or the details, in whatever case.
    #[arg(long)]
    pub text: Option<String>,
}

/// Which part of a long list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditPage {
    /// At most so many; 100 when absent.
    pub limit: Option<u32>,
    /// `next_cursor` of the part before.
    pub cursor: Option<String>,
}

impl Search {
    /// What the store is asked for.
    ///
    /// # Errors
    ///
    /// 422 for a time that is none.
    pub fn filter(&self) -> ApiResult<AuditFilter> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let kinds = self.kind.as_deref().unwrap_or_default().split(',');
        Ok(AuditFilter {
            person: given(&self.person),
            kinds: kinds.map(str::trim).filter(|kind| !kind.is_empty()).take(50).map(str::to_owned).collect(),
            server_id: given(&self.server),
            result: given(&self.result),
            from: time_of("from", given(&self.from))?,
            until: time_of("until", given(&self.until))?,
            text: given(&self.text),
        })
    }
}

fn time_of(field: &str, text: Option<String>) -> ApiResult<Option<OffsetDateTime>> {
    let parse = |text: String| {
        OffsetDateTime::parse(&text, &Rfc3339)
            .map_err(|_| ApiError::invalid(field, "Write the time as 2026-01-31T09:00:00Z."))
    };
    text.map(parse).transpose()
}

/// The events of the audit trail, the last first. For administrators.
#[utoipa::path(get, operation_id = "list_audit_events", path = "/api/v1/admin/audit", tag = "administration", params(Search, AuditPage),
    responses((status = 200, body = AuditList), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub async fn list(
    State(app): State<App>,
    Query(search): Query<Search>,
    Query(page): Query<AuditPage>,
) -> ApiResult<Json<AuditList>> {
    let after: Option<AuditCursor> = page
        .cursor
        .as_deref()
        .map(str::parse)
        .transpose()
        .map_err(|_| ApiError::invalid("cursor", "This is not a cursor of this list. Begin without one."))?;
    let found = app.store().audit_events(&search.filter()?, after.as_ref(), page.limit.unwrap_or(PAGE)).await?;
    let events = found.events.iter().map(AuditEvent::from).collect();
    Ok(Json(AuditList { events, next_cursor: found.next.map(|next| next.to_string()) }))
}

/// All events that the search finds, the last first, as JSON of a line each (NDJSON). For administrators. Is an event of
/// the trail itself.
#[utoipa::path(get, operation_id = "download_audit_events", path = "/api/v1/admin/audit/download", tag = "administration", params(Search),
    responses((status = 200, description = "The events", content_type = "application/x-ndjson"), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub async fn download(State(app): State<App>, caller: Caller, Query(search): Query<Search>) -> ApiResult<Response> {
    let filter = search.filter()?;
    let event = Event::administration(&*caller, "audit_downloaded", "audit trail", None);
    let first = guarded(&app, event, async { Ok(app.store().audit_events(&filter, None, MAX_PAGE).await?) }).await?;
    let stream = try_unfold(Some(first), move |page| {
        let (store, filter) = (app.store().clone(), filter.clone());
        async move {
            let Some(page) = page else { return Ok::<_, howdah_store::StoreError>(None) };
            let mut part = Vec::new();
            for event in &page.events {
                if serde_json::to_writer(&mut part, &AuditEvent::from(event)).is_ok() {
                    part.push(b'\n');
                }
            }
            let next = match page.next {
                Some(next) => Some(store.audit_events(&filter, Some(&next), MAX_PAGE).await?),
                None => None,
            };
            Ok(Some((Bytes::from(part), next)))
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "application/x-ndjson"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"howdah-audit.ndjson\""),
    ];
    Ok((headers, Body::from_stream(stream)).into_response())
}
