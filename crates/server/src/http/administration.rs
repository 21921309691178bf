//! What only administrators may call.

use std::collections::HashMap;

use axum::extract::State;
use axum::http::StatusCode;
use clap::Args;
use howdah_store::{
    AccountCursor, AccountId, PeopleFilter, RefusedCursor, ServerCursor, ServerId, SessionCursor, SessionId,
    SignInSource,
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::access::Administrator;
use super::{Json, Path, Query};
use crate::administration::{self, note};
use crate::app::App;
use crate::audit::{Event, guarded};
use crate::error::{ApiError, ApiResult};
use crate::servers;
use crate::session;
use crate::wire::{
    AdministrationSummary, AllSessionList, EndedSessions, IdentityName, NewPerson, OpenConnectionList, PasswordReset,
    PeopleList, Person, PersonChange, Problem, ProviderHealth, ProviderList, RefusedSignInList, RemovedPerson, Role,
    SharedServerList,
};

/// Entries of a part of a list when no limit is given.
const PAGE: u32 = 100;
/// The most.
const LONGEST_PAGE: u32 = 500;

/// Which people. The same in the API and on the command line.
#[derive(Debug, Clone, Deserialize, IntoParams, Args)]
#[into_params(parameter_in = Query)]
pub struct PeopleQuery {
    /// A part of the user name, the e-mail address or the name to show.
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// Those with this role.
    #[param(inline)]
    #[arg(long, value_enum)]
    role: Option<Role>,
    /// Those who are switched off, or those who are not.
    #[arg(long)]
    disabled: Option<bool>,
    /// Those who sign in through the provider of this name, or with a password kept here: `internal`.
    #[arg(long, value_name = "PROVIDER")]
    source: Option<String>,
}

impl PeopleQuery {
    /// What the store is asked for.
    #[must_use]
    pub fn filter(&self) -> PeopleFilter {
        PeopleFilter {
            search: self.search.clone().unwrap_or_default(),
            role: self.role.map(Into::into),
            disabled: self.disabled,
            source: self.source.clone().filter(|source| !source.is_empty()).map(|source| match source.as_str() {
                "internal" => SignInSource::Password,
                _ => SignInSource::Provider(source),
            }),
        }
    }
}

/// Whose sessions or connections.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// A part of the user name; of sessions also of the e-mail address and the name to show.
    search: Option<String>,
    /// At most so many; 100 when absent, 500 at most.
    limit: Option<u32>,
    /// `next_cursor` of the part before.
    cursor: Option<String>,
}

/// Which part of a list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// At most so many; 100 when absent, 500 at most.
    limit: Option<u32>,
    /// `next_cursor` of the part before.
    cursor: Option<String>,
}

/// Who gets a removed person's shared servers.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RemovalQuery {
    /// The id of another person.
    servers_to: Option<String>,
}

/// How much there is to administer.
#[utoipa::path(get, operation_id = "administration_summary", path = "/api/v1/admin/summary", tag = "administration",
    responses((status = 200, body = AdministrationSummary), (status = 403, body = Problem)))]
pub async fn summary(State(app): State<App>, _: Administrator) -> ApiResult<Json<AdministrationSummary>> {
    let store = app.store();
    let servers = servers::count(&app).await?;
    Ok(Json(AdministrationSummary {
        people: store.people(&PeopleFilter::default(), None, 1).await?.total,
        refused_sign_ins: store.refused_page(None, 1).await?.total,
        sessions: store.all_sessions("", None, 1).await?.total,
        providers: app.providers().len(),
        shared_servers: servers.shared,
        private_servers: servers.private,
        connections: app.live().connections().len(),
        local_accounts: app.config().auth.has_internal(),
    }))
}

/// People, by user name.
#[utoipa::path(get, operation_id = "list_people", path = "/api/v1/admin/people", tag = "administration", params(PeopleQuery, PageQuery),
    responses((status = 200, body = PeopleList), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub async fn people(
    State(app): State<App>,
    _: Administrator,
    Query(query): Query<PeopleQuery>,
    Query(part): Query<PageQuery>,
) -> ApiResult<Json<PeopleList>> {
    let after: Option<AccountCursor> = cursor(part.cursor.as_deref())?;
    let page = app.store().people(&query.filter(), after.as_ref(), limit(part.limit)).await?;
    let mut connections: HashMap<AccountId, usize> = HashMap::new();
    for connection in app.live().connections() {
        *connections.entry(connection.label.account).or_default() += 1;
    }
    let describe = |person: howdah_store::ListedPerson| {
        let count = connections.get(&person.account.id).copied().unwrap_or_default();
        administration::describe_listed(app.config(), person, count)
    };
    Ok(Json(PeopleList {
        people: page.people.into_iter().map(describe).collect(),
        total: page.total,
        next_cursor: page.next.map(|next| next.to_string()),
    }))
}

/// Adds a person who signs in with a password kept here.
#[utoipa::path(post, operation_id = "add_person", path = "/api/v1/admin/people", tag = "administration", request_body = NewPerson,
    responses((status = 201, body = Person), (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn add_person(
    State(app): State<App>,
    caller: Administrator,
    Json(new): Json<NewPerson>,
) -> ApiResult<(StatusCode, Json<Person>)> {
    let event = written(&caller, "account_created", &new.username, Some(new.role.name().to_owned()));
    let account = guarded(&app, event, administration::add(&app, new)).await?;
    note(&caller, "added", &account.username);
    Ok((StatusCode::CREATED, Json(administration::describe(&app, &caller, account).await?)))
}

/// A person with identities, sessions and connections.
#[utoipa::path(get, operation_id = "person", path = "/api/v1/admin/people/{id}", tag = "administration", params(("id" = String, Path)),
    responses((status = 200, body = Person), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn person(State(app): State<App>, caller: Administrator, Path(id): Path<String>) -> ApiResult<Json<Person>> {
    let account = administration::find(&app, &id).await?;
    administration::describe(&app, &caller, account).await.map(Json)
}

/// Renames a person, gives another role, or switches the account off or on.
#[utoipa::path(patch, operation_id = "change_person", path = "/api/v1/admin/people/{id}", tag = "administration", params(("id" = String, Path)), request_body = PersonChange,
    responses((status = 200, body = Person), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn change_person(
    State(app): State<App>,
    caller: Administrator,
    Path(id): Path<String>,
    Json(change): Json<PersonChange>,
) -> ApiResult<Json<Person>> {
    let account = administration::find(&app, &id).await?;
    note(&caller, "changes", &account.username);
    let (kind, value) = kind_of(&change);
    let event = written(&caller, kind, &account.username, value);
    guarded(&app, event, administration::change(&app, &caller, &account, change)).await?;
    let changed = administration::find(&app, &id).await?;
    administration::describe(&app, &caller, changed).await.map(Json)
}

/// Removes a person with their sessions, sign-ins and private servers. Servers that others see go to somebody else.
#[utoipa::path(delete, operation_id = "remove_person", path = "/api/v1/admin/people/{id}", tag = "administration", params(("id" = String, Path), RemovalQuery),
    responses((status = 200, body = RemovedPerson), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn remove_person(
    State(app): State<App>,
    caller: Administrator,
    Path(id): Path<String>,
    Query(query): Query<RemovalQuery>,
) -> ApiResult<Json<RemovedPerson>> {
    let account = administration::find(&app, &id).await?;
    let heir = match query.servers_to.filter(|id| !id.is_empty()) {
        Some(id) => Some(
            administration::find(&app, &id)
                .await
                .map_err(|_| ApiError::invalid("servers_to", "There is no such person. Choose another."))?,
        ),
        None => None,
    };
    let value = heir.as_ref().map(|heir| format!("shared servers to {}", heir.username));
    let event = written(&caller, "account_deleted", &account.username, value);
    let removed = guarded(&app, event, administration::remove(&app, &caller, &account, heir.as_ref())).await?;
    note(&caller, "removed", &account.username);
    Ok(Json(removed))
}

/// Gives a person a new password, and ends their sessions.
#[utoipa::path(post, operation_id = "reset_password", path = "/api/v1/admin/people/{id}/password", tag = "administration", params(("id" = String, Path)), request_body = PasswordReset,
    responses((status = 200, body = EndedSessions), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn reset_password(
    State(app): State<App>,
    caller: Administrator,
    Path(id): Path<String>,
    Json(reset): Json<PasswordReset>,
) -> ApiResult<Json<EndedSessions>> {
    let account = administration::find(&app, &id).await?;
    let event = written(&caller, "password_changed", &account.username, None);
    let ended = guarded(&app, event, administration::set_password(&app, &account, reset.new_password)).await?;
    note(&caller, "set the password of", &account.username);
    Ok(Json(EndedSessions { ended }))
}

/// Ends all sessions of a person.
#[utoipa::path(delete, operation_id = "end_sessions_of_person", path = "/api/v1/admin/people/{id}/sessions", tag = "administration", params(("id" = String, Path)),
    responses((status = 200, body = EndedSessions), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn end_sessions_of_person(
    State(app): State<App>,
    caller: Administrator,
    Path(id): Path<String>,
) -> ApiResult<Json<EndedSessions>> {
    let account = administration::find(&app, &id).await?;
    let event = written(&caller, "sessions_ended_by_administrator", &account.username, None);
    let ended = guarded(&app, event, administration::end_sessions(&app, &account)).await?;
    note(&caller, "ended all sessions of", &account.username);
    Ok(Json(EndedSessions { ended }))
}

/// Lets a sign-in at a provider lead to a person's account.
#[utoipa::path(post, operation_id = "link_identity", path = "/api/v1/admin/people/{id}/identities", tag = "administration", params(("id" = String, Path)), request_body = IdentityName,
    responses((status = 200, body = Person), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn link_identity(
    State(app): State<App>,
    caller: Administrator,
    Path(id): Path<String>,
    Json(identity): Json<IdentityName>,
) -> ApiResult<Json<Person>> {
    let account = administration::find(&app, &id).await?;
    let event = written(&caller, "identity_linked", &account.username, Some(words_of(&identity)));
    guarded(&app, event, administration::link(&app, &account, &identity)).await?;
    note(&caller, "linked a sign-in to", &account.username);
    administration::describe(&app, &caller, account).await.map(Json)
}

/// Has a sign-in at a provider lead to a person's account no more, and ends its sessions.
#[utoipa::path(delete, operation_id = "unlink_identity", path = "/api/v1/admin/people/{id}/identities", tag = "administration", params(("id" = String, Path), IdentityName),
    responses((status = 200, body = Person), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn unlink_identity(
    State(app): State<App>,
    caller: Administrator,
    Path(id): Path<String>,
    Query(identity): Query<IdentityName>,
) -> ApiResult<Json<Person>> {
    let account = administration::find(&app, &id).await?;
    let event = written(&caller, "identity_unlinked", &account.username, Some(words_of(&identity)));
    guarded(&app, event, administration::unlink(&app, &caller, &account, &identity)).await?;
    note(&caller, "unlinked a sign-in of", &account.username);
    administration::describe(&app, &caller, account).await.map(Json)
}

/// Sign-ins that were refused for want of an account, the last one first.
#[utoipa::path(get, operation_id = "list_refused_sign_ins", path = "/api/v1/admin/refused-sign-ins", tag = "administration", params(PageQuery),
    responses((status = 200, body = RefusedSignInList), (status = 403, body = Problem)))]
pub async fn refused_sign_ins(
    State(app): State<App>,
    _: Administrator,
    Query(query): Query<PageQuery>,
) -> ApiResult<Json<RefusedSignInList>> {
    let after: Option<RefusedCursor> = cursor(query.cursor.as_deref())?;
    let page = app.store().refused_page(after.as_ref(), limit(query.limit)).await?;
    let mut refused_sign_ins = Vec::with_capacity(page.refused.len());
    for refused in page.refused {
        refused_sign_ins.push(administration::describe_refused(app.store(), app.config(), refused).await?);
    }
    let next_cursor = page.next.map(|next| next.to_string());
    Ok(Json(RefusedSignInList { refused_sign_ins, total: page.total, next_cursor }))
}

/// Strikes a refused sign-in off the list, until the person tries again.
#[utoipa::path(delete, operation_id = "dismiss_refused_sign_in", path = "/api/v1/admin/refused-sign-ins", tag = "administration", params(IdentityName),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn dismiss_refused_sign_in(
    State(app): State<App>,
    caller: Administrator,
    Query(identity): Query<IdentityName>,
) -> ApiResult<StatusCode> {
    let event = written(&caller, "refused_sign_in_dismissed", &words_of(&identity), None);
    guarded(&app, event, async {
        let found = app.store().dismiss_refused_sign_in(&identity.issuer, &identity.subject).await?;
        found.then_some(()).ok_or_else(|| ApiError::not_found("refused sign-in"))
    })
    .await?;
    note(&caller, "dismissed the refused sign-in of", &identity.subject);
    Ok(StatusCode::NO_CONTENT)
}

/// Everybody's sessions, the newest first.
#[utoipa::path(get, operation_id = "list_all_sessions", path = "/api/v1/admin/sessions", tag = "administration", params(SearchQuery),
    responses((status = 200, body = AllSessionList), (status = 403, body = Problem)))]
pub async fn sessions(
    State(app): State<App>,
    caller: Administrator,
    Query(query): Query<SearchQuery>,
) -> ApiResult<Json<AllSessionList>> {
    let after: Option<SessionCursor> = cursor(query.cursor.as_deref())?;
    let search = query.search.unwrap_or_default();
    let page = app.store().all_sessions(&search, after.as_ref(), limit(query.limit)).await?;
    let describe = |listed: howdah_store::ListedSession| {
        administration::describe_session(app.config(), Some(&caller.session_id), &listed.account, listed.session)
    };
    Ok(Json(AllSessionList {
        sessions: page.sessions.into_iter().map(describe).collect(),
        total: page.total,
        next_cursor: page.next.map(|next| next.to_string()),
    }))
}

/// Ends a session, whosever it is: its database connections close and running statements are cancelled.
#[utoipa::path(delete, operation_id = "end_session", path = "/api/v1/admin/sessions/{id}", tag = "administration", params(("id" = String, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn end_session(
    State(app): State<App>,
    caller: Administrator,
    Path(id): Path<String>,
) -> ApiResult<StatusCode> {
    let id: SessionId = id.parse().map_err(|_| ApiError::not_found("session"))?;
    let person = app.audit().person_of(&id).person.unwrap_or_else(|| format!("session {id}"));
    let event = written(&caller, "session_ended_by_administrator", &person, Some(id.to_string()));
    let whose = guarded(&app, event, async {
        app.store().end_session_of_anybody(&id).await?.ok_or_else(|| ApiError::not_found("session"))
    })
    .await?;
    session::forget(&app, &id);
    let account = app.store().account(&whose).await?;
    note(&caller, "ended a session of", account.as_ref().map_or("", |account| &account.username));
    Ok(StatusCode::NO_CONTENT)
}

/// How the identity providers do.
#[utoipa::path(get, operation_id = "list_providers", path = "/api/v1/admin/providers", tag = "administration",
    responses((status = 200, body = ProviderList), (status = 403, body = Problem)))]
pub async fn providers(State(app): State<App>, _: Administrator) -> Json<ProviderList> {
    let describe = |provider: &howdah_oidc::RelyingParty| {
        let (config, seen) = (provider.config(), provider.last_seen());
        let counts = app.sign_ins().counts.of(config.name());
        ProviderHealth {
            name: config.name().to_owned(),
            display_name: config.display_name().to_owned(),
            issuer: seen.issuer.or_else(|| config.issuer().map(str::to_owned)),
            metadata_fetched_at: seen.metadata.map(Into::into),
            keys_fetched_at: seen.keys.map(Into::into),
            sign_ins: counts.sign_ins,
            failures: counts.failures,
            last_failure: counts.last_failure,
        }
    };
    Json(ProviderList { providers: app.providers().iter().map(describe).collect() })
}

/// Servers that more than one person may see, by group and name, and how many there are beside.
#[utoipa::path(get, operation_id = "list_shared_servers", path = "/api/v1/admin/servers", tag = "administration", params(PageQuery),
    responses((status = 200, body = SharedServerList), (status = 403, body = Problem)))]
pub async fn shared_servers(
    State(app): State<App>,
    _: Administrator,
    Query(query): Query<PageQuery>,
) -> ApiResult<Json<SharedServerList>> {
    let after: Option<ServerCursor> = cursor(query.cursor.as_deref())?;
    let connections = app.live().connections();
    let open = |id: &ServerId| connections.iter().filter(|connection| connection.server_id == *id).count();
    let (servers, next) =
        servers::list_shared(app.store(), app.config(), after.as_ref(), limit(query.limit), open).await?;
    let total = servers::count(&app).await?.shared + app.config().servers.len() as u64;
    Ok(Json(SharedServerList { servers, total, next_cursor: next.map(|next| next.to_string()) }))
}

/// The database connections that this Howdah has open, the oldest first.
#[utoipa::path(get, operation_id = "list_open_connections", path = "/api/v1/admin/connections", tag = "administration", params(SearchQuery),
    responses((status = 200, body = OpenConnectionList), (status = 403, body = Problem)))]
pub async fn connections(
    State(app): State<App>,
    caller: Administrator,
    Query(query): Query<SearchQuery>,
) -> ApiResult<Json<OpenConnectionList>> {
    let after: u64 = cursor(query.cursor.as_deref())?.unwrap_or_default();
    let search = query.search.unwrap_or_default().trim().to_lowercase();
    let mut all = app.live().connections();
    all.retain(|connection| connection.label.username.to_lowercase().contains(&search));
    let total = all.len();
    let length = limit(query.limit) as usize;
    // A cursor is the number of the first connection of its part.
    let mut page: Vec<_> =
        all.into_iter().skip_while(|connection| connection.number < after).take(length + 1).collect();
    let next = (page.len() > length).then(|| page.pop()).flatten();
    Ok(Json(OpenConnectionList {
        connections: administration::describe_connections(&app, &caller, page).await?,
        total,
        next_cursor: next.map(|next| next.number.to_string()),
    }))
}

/// Closes a database connection; what runs in it is cancelled.
#[utoipa::path(delete, operation_id = "close_connection", path = "/api/v1/admin/connections/{id}", tag = "administration", params(("id" = String, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn close_connection(
    State(app): State<App>,
    caller: Administrator,
    Path(id): Path<String>,
) -> ApiResult<StatusCode> {
    let gone = || ApiError::not_found("connection");
    let number: u64 = id.parse().map_err(|_| gone())?;
    let all = app.live().connections();
    let connection = all.into_iter().find(|connection| connection.number == number).ok_or_else(gone)?;
    let event = written(&caller, "connection_closed_by_administrator", &connection.label.username, None);
    guarded(&app, event, async { app.live().close_connection(number).then_some(()).ok_or_else(gone) }).await?;
    note(&caller, "closed a database connection of", &connection.label.username);
    Ok(StatusCode::NO_CONTENT)
}

/// What is written down of what `caller` does.
fn written(caller: &Administrator, kind: &'static str, about: &str, value: Option<String>) -> Event {
    Event::administration(&***caller, kind, about, value)
}

/// The kind of event that a change is, and what the person is from then on.
fn kind_of(change: &PersonChange) -> (&'static str, Option<String>) {
    let PersonChange { username, role, disabled } = change;
    match (username, role, disabled) {
        (None, None, Some(true)) => ("account_disabled", None),
        (None, None, Some(false)) => ("account_enabled", None),
        (None, Some(role), None) => ("role_changed", Some(role.name().to_owned())),
        (Some(name), None, None) => ("account_renamed", Some(name.clone())),
        _ => {
            let state = disabled.map(|disabled| if disabled { "disabled" } else { "enabled" }.to_owned());
            let parts: Vec<_> =
                [username.clone(), role.map(|role| role.name().to_owned()), state].into_iter().flatten().collect();
            ("account_changed", Some(parts.join(", ")))
        }
    }
}

fn words_of(identity: &IdentityName) -> String {
    format!("{} of {}", identity.subject, identity.issuer)
}

fn limit(asked: Option<u32>) -> u32 {
    asked.unwrap_or(PAGE).clamp(1, LONGEST_PAGE)
}

fn cursor<T: std::str::FromStr>(text: Option<&str>) -> ApiResult<Option<T>> {
    text.filter(|text| !text.is_empty())
        .map(str::parse)
        .transpose()
        .map_err(|_| ApiError::invalid("cursor", "This is not a cursor of this list. Begin without one."))
}
