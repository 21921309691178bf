//! Server definitions: who sees one, who changes it, and how it is kept.

mod check;
mod configured;
mod sealed;
mod shared;
mod watch;

mod administered;

use std::collections::BTreeSet;

use howdah_credentials::ServerKey;
use howdah_store::{
    self as store, AccountId, ChangeServerError, CreateServerError, OwnSettings, Role, SeenServer, ServerCursor,
    ServerId,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use administered::{count, hand_over, list_shared, name_for_administrator};
use check::check_but;
pub use check::{check, problems};
pub use configured::ConfiguredServer;
pub use sealed::{Sealed, Unopened, sealed_in, with_each_sealed};
pub use shared::{Eyes, Shared, SharedBy};
pub use watch::{look, look_with, note};

use crate::app::App;
use crate::audit::{self, Action, Event};
use crate::error::{ApiError, ApiResult, Code};
use crate::secrets::keys::OperatorKeys;
use crate::session::SignedIn;
use crate::tunnel;
use crate::wire::{Environment, Server, ServerChange, ServerDefinition, ServerList, TunnelDefinition};

const PAGE: u32 = 100;

/// A server as it is used: its definition parsed, and whether it is the caller's own.
#[derive(Clone)]
pub struct Found {
    /// Its id.
    pub id: ServerId,
    /// Counts changes.
    pub version: i64,
    /// Whether the caller owns it.
    pub is_owned: bool,
    /// Whose it is, where the caller does not own it.
    pub shared: Option<Box<Shared>>,
    /// The definition as it is used for the caller.
    pub definition: ServerDefinition,
    /// Secrets of it that cannot be opened.
    pub unopened: Vec<Unopened>,
}

impl Found {
    /// A definition that is tried and not saved.
    #[must_use]
    pub fn trial(id: ServerId, definition: ServerDefinition) -> Self {
        Self { id, version: 0, is_owned: true, shared: None, definition, unopened: Vec::new() }
    }
}

/// A page of the servers that the person sees.
///
/// # Errors
///
/// 422 for a cursor that is not ours.
pub async fn list(app: &App, person: &SignedIn, cursor: Option<&str>, limit: Option<u32>) -> ApiResult<ServerList> {
    let after: Option<ServerCursor> = cursor
        .map(str::parse)
        .transpose()
        .map_err(|_| ApiError::invalid("cursor", "This is not a cursor of this list. Begin without one."))?;
    let eyes = Eyes::of(person);
    let length = limit.unwrap_or(PAGE).clamp(1, store::MAX_PAGE);
    let page = app.store().servers_visible_to(eyes.viewer(&eyes.admitted()), after.as_ref(), length).await?;
    let mut servers =
        page.servers.into_iter().map(|seen| found(app, seen, person)).collect::<ApiResult<Vec<Found>>>()?;
    servers.extend(configured::visible_after(app, &eyes, after.as_ref()).await?);
    servers.sort_by_cached_key(place);
    let has_more = page.next.is_some() || servers.len() > length as usize;
    servers.truncate(length as usize);
    let next_cursor = servers.last().filter(|_| has_more).map(|last| place(last).to_string());
    let servers = servers.into_iter().map(|server| describe(app, person, server)).collect();
    Ok(ServerList { servers, next_cursor })
}

/// Where a server stands in the caller's list.
fn place(server: &Found) -> ServerCursor {
    ServerCursor::at(&server.definition.group, &server.definition.name, &server.id)
}

/// A server that the person sees.
///
/// # Errors
///
/// 404 otherwise.
pub async fn find(app: &App, person: &SignedIn, id: &str) -> ApiResult<Found> {
    let id: ServerId = id.parse().map_err(|_| ApiError::not_found("server"))?;
    let eyes = Eyes::of(person);
    if let Some(server) = app.config().configured_server(&id) {
        return configured::find(app, &eyes, server).await;
    }
    let server = app.store().server(&id, eyes.viewer(&eyes.admitted())).await?;
    found(app, server.ok_or_else(|| ApiError::not_found("server"))?, person)
}

/// Adds a server.
///
/// # Errors
///
/// 422 for what is wrong with the definition, 403 for a command that may not be, 429 for one too many.
pub async fn create(app: &App, person: &SignedIn, definition: &ServerDefinition) -> ApiResult<Server> {
    check(app, person, definition)?;
    let kept = kept(&app.secrets().keys, &person.account.id, definition, &[])?;
    let event = event(person, audit::ServerChange::Created, "", &definition.name, Map::new());
    let mut pending = app.audit().begin(event).await?;
    let created = app.store().create_server(&person.account.id, &kept).await.map_err(|error| match error {
        CreateServerError::TooMany => ApiError::new(
            Code::LimitReached,
            format!("You have {} servers, which is the limit. Remove one first.", store::MAX_SERVERS),
        ),
        CreateServerError::Store(error) => error.into(),
    });
    if let Ok(server) = &created {
        pending.update(|event| event.server = Some((server.id.to_string(), definition.name.clone())));
    }
    pending.conclude_with(&created);
    let server = created?;
    Ok(describe(app, person, found(app, own(server), person)?))
}

/// Changes a server that the person owns, or what they have set for themselves at one that is shared with them.
///
/// # Errors
///
/// As for [`create`], 404 when they do not see it, 403 for what is its owner's to change, and 409 when somebody changed
/// it in the meantime.
pub async fn change(app: &App, person: &SignedIn, id: &str, change: ServerChange) -> ApiResult<Server> {
    let current = find(app, person, id).await?;
    if current.shared.is_some() {
        return shared::change_own(app, person, current, change).await;
    }
    let version = change.version.unwrap_or(current.version);
    let definition = apply(&current.definition, change);
    if current.unopened.is_empty() {
        check(app, person, &definition)?;
    } else {
        sealed::check_with_unopened(&definition, |complete, presumed| check_but(app, person, complete, presumed))?;
    }
    let unopened = sealed::kept_through(current.unopened, &current.definition, &definition);
    let kept = kept(&app.secrets().keys, &person.account.id, &definition, &unopened)?;
    let fields = differences(&current.definition, &definition);
    let event = event(person, audit::ServerChange::Changed, current.id.as_str(), &definition.name, fields);
    let pending = app.audit().begin(event).await?;
    let changed =
        app.store().update_server(&current.id, &person.account.id, version, &kept).await.map_err(change_problem);
    pending.conclude_with(&changed);
    let server = changed?;
    forget(app, &current.id);
    Ok(describe(app, person, found(app, own(server), person)?))
}

/// Removes a server that the person owns, with the secrets and connections of everyone for it.
///
/// # Errors
///
/// 404 when they do not see it, 403 when it is not theirs.
pub async fn remove(app: &App, person: &SignedIn, id: &str) -> ApiResult<()> {
    let id: ServerId = id.parse().map_err(|_| ApiError::not_found("server"))?;
    let found = find(app, person, id.as_str()).await?;
    if let Some(shared) = found.shared {
        return Err(shared.refusal("removed"));
    }
    let event = event(person, audit::ServerChange::Removed, id.as_str(), &found.definition.name, Map::new());
    let pending = app.audit().begin(event).await?;
    let removed = app.store().delete_server(&id, &person.account.id, None).await.map_err(change_problem);
    pending.conclude_with(&removed);
    removed?;
    forget(app, &id);
    Ok(())
}

/// Closes everybody's connections to a server and forgets what they log in with.
pub fn forget(app: &App, id: &ServerId) {
    app.live().end_server(id);
    for key in [ServerKey::new(id.as_str()), tunnel::secret_key(id)] {
        app.broker().forget_server(&key);
    }
}

/// What is written down of a change.
fn event(person: &SignedIn, change: audit::ServerChange, id: &str, name: &str, fields: Map<String, Value>) -> Event {
    let event = Event::new(person, Action::Server { change, fields });
    Event { server: Some((id.to_owned(), name.to_owned())), ..event }
}

/// The fields in which two definitions differ, with what stood and stands there if it is a plain value. Secrets are not
/// among them: they are never written out.
fn differences(before: &ServerDefinition, after: &ServerDefinition) -> Map<String, Value> {
    let fields = |definition| serde_json::to_value(definition).ok().and_then(|value| value.as_object().cloned());
    let (before, after) = (fields(before).unwrap_or_default(), fields(after).unwrap_or_default());
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let shown = |value: Option<&Value>| value.filter(|value| !value.is_object() && !value.is_array()).cloned();
    names
        .into_iter()
        .filter(|name| before.get(*name) != after.get(*name))
        .map(|name| {
            let change = serde_json::json!({ "from": shown(before.get(name)), "to": shown(after.get(name)) });
            // SQL may hold anything.
            (name.clone(), if name == "post_connection_sql" { Value::Bool(true) } else { change })
        })
        .collect()
}

/// The server in the shape of the API.
#[must_use]
pub fn describe(app: &App, person: &SignedIn, mut server: Found) -> Server {
    let kept_secrets = match server.shared {
        None => server.definition.secrets().into_iter().map(|(path, _)| path).collect(),
        Some(_) => Vec::new(),
    };
    let sharing = server.shared.take().map(|shared| {
        server.definition.hide_from_others();
        server.definition.post_connection_sql = shared.own.post_connection_sql.clone();
        shared.describe()
    });
    Server {
        connected: app.live().is_connected(&person.session_id, &server.id),
        id: server.id.to_string(),
        version: server.version,
        owned: server.is_owned,
        sharing,
        kept_secrets,
        unreadable_secrets: server.is_owned && !server.unopened.is_empty(),
        definition: server.definition,
    }
}

/// A server as its owner sees it.
fn own(server: store::Server) -> SeenServer {
    SeenServer { server, owner_name: String::new(), owner_is_administrator: false, own: OwnSettings::default() }
}

fn found(app: &App, seen: SeenServer, person: &SignedIn) -> ApiResult<Found> {
    let SeenServer { server, owner_name, owner_is_administrator, own } = seen;
    let (mut definition, sealed) = definition_of(server.definition).map_err(|error| ApiError::internal(&error))?;
    let unopened = sealed.open(&app.secrets().keys, &server.owner, &mut definition);
    let (id, version) = (server.id, server.version);
    if server.owner == person.account.id {
        return Ok(Found { id, version, is_owned: true, shared: None, definition, unopened });
    }
    let role = if owner_is_administrator { Role::Administrator } else { Role::User };
    let (shared, definition) =
        Shared::new(SharedBy::Person { username: owner_name, role }, own, definition, &app.config().connections);
    Ok(Found { id, version, is_owned: false, shared: Some(Box::new(shared)), definition, unopened })
}

/// The definition that the store keeps, and its secrets as they are sealed there.
///
/// # Errors
///
/// When it cannot be read.
pub fn definition_of(kept: store::ServerDefinition) -> serde_json::Result<(ServerDefinition, Sealed)> {
    let mut credential: Map<String, Value> = serde_json::from_str(&kept.credential)?;
    let sealed = Sealed::take_from(&mut credential);
    let extras: Extras = serde_json::from_str(&kept.extras)?;
    let definition = ServerDefinition {
        name: kept.name,
        group: kept.group,
        host: kept.host,
        port: kept.port,
        maintenance_db: kept.maintenance_db,
        username: kept.username,
        role: kept.role,
        environment: environment(&kept.environment),
        read_only: kept.read_only,
        comment: kept.comment,
        connection_parameters: serde_json::from_str(&kept.connection_parameters)?,
        tunnel: extras.tunnel,
        post_connection_sql: extras.post_connection_sql,
        credential: serde_json::from_value(Value::Object(credential))?,
        audience: serde_json::from_str(kept.audience.as_json())?,
    };
    Ok((definition, sealed))
}

/// The fields of a definition that have no column of their own in the store.
#[derive(Serialize, Deserialize)]
struct Extras {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tunnel: Option<TunnelDefinition>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    post_connection_sql: Option<String>,
}

/// A definition as the store keeps it for its owner, its secrets sealed, and beside them those that could not be opened.
///
/// # Errors
///
/// 422 when it has secrets and there is no key to seal them with.
pub fn kept(
    keys: &OperatorKeys,
    owner: &AccountId,
    definition: &ServerDefinition,
    unopened: &[Unopened],
) -> ApiResult<store::ServerDefinition> {
    let json = |text: serde_json::Result<String>| text.map_err(|error| ApiError::internal(&error));
    let extras = Extras {
        tunnel: definition.tunnel.clone(),
        post_connection_sql: definition.post_connection_sql.clone().filter(|sql| !sql.trim().is_empty()),
    };
    Ok(store::ServerDefinition {
        name: definition.name.trim().to_owned(),
        group: definition.group.trim().to_owned(),
        host: definition.host.trim().to_owned(),
        port: definition.port,
        maintenance_db: definition.maintenance_db.clone(),
        username: definition.username.clone(),
        role: definition.role.clone().filter(|role| !role.is_empty()),
        environment: environment_name(definition.environment).to_owned(),
        read_only: definition.read_only,
        comment: definition.comment.clone().filter(|comment| !comment.is_empty()),
        connection_parameters: json(serde_json::to_string(&definition.connection_parameters))?,
        credential: sealed::write_credential(keys, owner, definition, unopened)?,
        extras: json(serde_json::to_string(&extras))?,
        audience: store::Audience::from_json(&definition.audience.to_json().to_string()),
    })
}

fn apply(before: &ServerDefinition, change: ServerChange) -> ServerDefinition {
    let mut definition = before.clone();
    let ServerChange {
        version: _,
        name,
        group,
        host,
        port,
        maintenance_db,
        username,
        role,
        environment,
        read_only,
        comment,
        connection_parameters,
        tunnel,
        post_connection_sql,
        credential,
        audience,
    } = change;
    let set = |target: &mut String, value: Option<String>| {
        if let Some(value) = value {
            *target = value;
        }
    };
    set(&mut definition.name, name);
    set(&mut definition.group, group);
    set(&mut definition.host, host);
    set(&mut definition.maintenance_db, maintenance_db);
    set(&mut definition.username, username);
    definition.port = port.unwrap_or(definition.port);
    definition.role = role.or(definition.role);
    definition.environment = environment.unwrap_or(definition.environment);
    definition.read_only = read_only.unwrap_or(definition.read_only);
    definition.comment = comment.or(definition.comment);
    definition.connection_parameters = connection_parameters.unwrap_or(definition.connection_parameters);
    if let Some(tunnel) = tunnel {
        definition.tunnel = tunnel.map(|change| change.apply(before.tunnel.as_ref()));
    }
    definition.post_connection_sql = post_connection_sql.or(definition.post_connection_sql);
    definition.credential = credential.unwrap_or(definition.credential);
    definition.audience = audience.unwrap_or(definition.audience);
    definition.keep_secrets_of(before);
    definition
}

fn change_problem(error: ChangeServerError) -> ApiError {
    match error {
        ChangeServerError::NotFound => ApiError::not_found("server of your own"),
        ChangeServerError::Changed { .. } => changed_meanwhile(),
        ChangeServerError::Store(error) => error.into(),
    }
}

fn changed_meanwhile() -> ApiError {
    ApiError::new(
        Code::Conflict,
        "This server was changed in another window since you opened it. Reload it to see what changed, then make your change again.",
    )
}

fn environment_name(environment: Environment) -> &'static str {
    match environment {
        Environment::Unmarked => "unmarked",
        Environment::Development => "development",
        Environment::Staging => "staging",
        Environment::Production => "production",
    }
}

fn environment(name: &str) -> Environment {
    match name {
        "development" => Environment::Development,
        "staging" => Environment::Staging,
        "production" => Environment::Production,
        _ => Environment::Unmarked,
    }
}
