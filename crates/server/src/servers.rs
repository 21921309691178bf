//! Server definitions: what may stand in one, who sees it, and how it is kept.

mod administered;

use std::collections::{BTreeMap, BTreeSet};

use howdah_credentials::ServerKey;
use howdah_store::{
    self as store, AccountId, Audience, ChangeServerError, CreateServerError, ServerCursor, ServerId, Viewer,
};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use administered::{count, hand_over, list_shared, name_for_administrator};

use crate::app::App;
use crate::audit::{self, Action, Event};
use crate::connect;
use crate::credential;
use crate::error::{ApiError, ApiResult, Code, sentence};
use crate::files;
use crate::post_connection;
use crate::session::SignedIn;
use crate::tunnel;
use crate::username;
use crate::wire::{
    CredentialDefinition, Environment, Server, ServerChange, ServerDefinition, ServerList, TunnelDefinition,
};

/// A text in a definition, in bytes.
const MAX_TEXT: usize = 1024;
/// A PEM bundle in a connection parameter, in bytes.
const MAX_PARAMETER: usize = 256 << 10;
/// Connection parameters of one server.
const MAX_PARAMETERS: usize = 64;
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
    /// The definition.
    pub definition: ServerDefinition,
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
    let admitted = admits_nobody_else;
    let viewer = Viewer { account: &person.account.id, admitted: &admitted };
    let page = app.store().servers_visible_to(viewer, after.as_ref(), limit.unwrap_or(PAGE)).await?;
    let servers = page
        .servers
        .into_iter()
        .map(|server| found(app, server, person).map(|server| describe(app, person, server)))
        .collect::<ApiResult<_>>()?;
    Ok(ServerList { servers, next_cursor: page.next.map(|next| next.to_string()) })
}

/// A server that the person sees.
///
/// # Errors
///
/// 404 otherwise.
pub async fn find(app: &App, person: &SignedIn, id: &str) -> ApiResult<Found> {
    let id: ServerId = id.parse().map_err(|_| ApiError::not_found("server"))?;
    let admitted = admits_nobody_else;
    let viewer = Viewer { account: &person.account.id, admitted: &admitted };
    let server = app.store().server(&id, viewer).await?.ok_or_else(|| ApiError::not_found("server"))?;
    found(app, server, person)
}

/// Adds a server.
///
/// # Errors
///
/// 422 for what is wrong with the definition, 403 for a command that may not be, 429 for one too many.
pub async fn create(app: &App, person: &SignedIn, definition: &ServerDefinition) -> ApiResult<Server> {
    check(app, person, definition)?;
    let kept = keep(app, person, definition, Audience::Private)?;
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
    Ok(describe(app, person, found(app, server, person)?))
}

/// Changes a server that the person owns.
///
/// # Errors
///
/// As for [`create`], 404 when it is not theirs, and 409 when somebody changed it in the meantime.
pub async fn change(app: &App, person: &SignedIn, id: &str, change: ServerChange) -> ApiResult<Server> {
    let current = find(app, person, id).await?;
    let version = change.version.unwrap_or(current.version);
    let definition = apply(&current.definition, change);
    check(app, person, &definition)?;
    let kept = keep(app, person, &definition, Audience::Private)?;
    let fields = differences(&current.definition, &definition);
    let event = event(person, audit::ServerChange::Changed, current.id.as_str(), &definition.name, fields);
    let pending = app.audit().begin(event).await?;
    let changed =
        app.store().update_server(&current.id, &person.account.id, version, &kept).await.map_err(change_problem);
    pending.conclude_with(&changed);
    let server = changed?;
    forget(app, &current.id);
    Ok(describe(app, person, found(app, server, person)?))
}

/// Removes a server that the person owns, with the secrets and connections of everyone for it.
///
/// # Errors
///
/// 404 when it is not theirs.
pub async fn remove(app: &App, person: &SignedIn, id: &str) -> ApiResult<()> {
    let id: ServerId = id.parse().map_err(|_| ApiError::not_found("server"))?;
    let found = find(app, person, id.as_str()).await?;
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
    if !server.is_owned {
        server.definition.post_connection_sql = None;
    }
    Server {
        connected: app.live().is_connected(&person.session_id, &server.id),
        id: server.id.to_string(),
        version: server.version,
        owned: server.is_owned,
        kept_secrets: server.definition.secrets().into_iter().map(|(path, _)| path).collect(),
        definition: server.definition,
    }
}

/// What is wrong with a definition that `person` writes.
///
/// # Errors
///
/// 422 with the field, 403 `exec_not_allowed`, or 403 `forbidden` for a credential that lends Howdah's own identity.
pub fn check(app: &App, person: &SignedIn, definition: &ServerDefinition) -> ApiResult<()> {
    let connections = &app.config().connections;
    if let Some(tunnel) = &definition.tunnel {
        tunnel::check(tunnel, connections.ssh_agent.as_deref())?;
    }
    let completed = files::complete(connections, definition)?;
    credential::permit_files(&app.config().credentials, person, &completed)?;
    let definition = &completed.definition;
    let texts = [
        ("name", &definition.name),
        ("group", &definition.group),
        ("host", &definition.host),
        ("maintenance_db", &definition.maintenance_db),
        ("username", &definition.username),
    ];
    let source_names_user =
        matches!(definition.credential, CredentialDefinition::Vault { .. } | CredentialDefinition::Gcp { .. });
    for (field, text) in texts {
        if text.trim().is_empty() && !(field == "username" && source_names_user) {
            return Err(ApiError::invalid(field, "This field is empty. Fill it in."));
        }
    }
    let optional = [("role", definition.role.as_ref()), ("comment", definition.comment.as_ref())];
    for (field, text) in texts.into_iter().chain(optional.into_iter().filter_map(|(field, text)| Some((field, text?))))
    {
        if text.len() > MAX_TEXT || text.contains('\0') {
            return Err(ApiError::invalid(field, format!("Use at most {MAX_TEXT} bytes, and no NUL character.")));
        }
    }
    if definition.port == 0 {
        return Err(ApiError::invalid("port", "Use a port from 1 to 65535; PostgreSQL's own is 5432."));
    }
    username::check(&definition.username)
        .map_err(|error| ApiError::invalid("username", sentence(&error.to_string())))?;
    if definition.connection_parameters.len() > MAX_PARAMETERS {
        return Err(ApiError::invalid(
            "connection_parameters",
            format!("Use at most {MAX_PARAMETERS} connection parameters."),
        ));
    }
    for (keyword, value) in definition.connection_parameters.iter() {
        if value.len() > MAX_PARAMETER || value.contains('\0') {
            return Err(ApiError::invalid(
                format!("connection_parameters.{keyword}"),
                "The value is too long or holds a NUL character.",
            ));
        }
    }
    if let Some(sql) = &definition.post_connection_sql {
        post_connection::check(sql)?;
    }
    let signs_for_host = matches!(definition.credential, CredentialDefinition::AwsRds { signing_host: None, .. });
    if signs_for_host && definition.host.contains(',') {
        return Err(ApiError::invalid(
            "credential.signing_host",
            "A token of AWS is for one host. Name it here, or give the server a single host.",
        ));
    }
    credential::source(app.commands(), definition)?;
    credential::permit(&app.config().credentials, person, &definition.credential)?;
    connect::options(definition, "postgres", "howdah", "", connect::Purpose::Query)?;
    Ok(())
}

/// Sharing is decided by rules; a private server has none.
fn admits_nobody_else(_: &str) -> bool {
    false
}

fn found(app: &App, server: store::Server, person: &SignedIn) -> ApiResult<Found> {
    let kept = server.definition;
    let broken = |error: serde_json::Error| ApiError::internal(&error);
    let mut credential: Map<String, Value> = serde_json::from_str(&kept.credential).map_err(broken)?;
    let sealed = credential.remove(SEALED);
    let extras: Extras = serde_json::from_str(&kept.extras).map_err(broken)?;
    let mut definition = ServerDefinition {
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
        connection_parameters: serde_json::from_str(&kept.connection_parameters).map_err(broken)?,
        tunnel: extras.tunnel,
        post_connection_sql: extras.post_connection_sql,
        credential: serde_json::from_value(Value::Object(credential)).map_err(broken)?,
    };
    if let Some(sealed) = sealed.as_ref().and_then(Value::as_str) {
        restore_secrets(app, &server.owner, sealed, &mut definition);
    }
    Ok(Found { is_owned: server.owner == person.account.id, id: server.id, version: server.version, definition })
}

/// The fields of a definition that have no column of their own in the store.
#[derive(Serialize, Deserialize)]
struct Extras {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tunnel: Option<TunnelDefinition>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    post_connection_sql: Option<String>,
}

/// Beside the fields of a credential in the store: all secrets of the definition, sealed for the server's owner.
const SEALED: &str = "sealed_secrets";

fn write_credential(app: &App, owner: &AccountId, definition: &ServerDefinition) -> ApiResult<String> {
    let mut fields = serde_json::to_value(&definition.credential).map_err(|error| ApiError::internal(&error))?;
    if let Some(sealed) = seal_secrets(app, owner, definition)? {
        fields[SEALED] = Value::String(sealed);
    }
    Ok(fields.to_string())
}

fn seal_secrets(app: &App, owner: &AccountId, definition: &ServerDefinition) -> ApiResult<Option<String>> {
    let secrets: BTreeMap<_, _> =
        definition.secrets().into_iter().map(|(path, secret)| (path, secret.expose_secret())).collect();
    let Some((path, _)) = secrets.first_key_value() else { return Ok(None) };
    let field = if path.contains('.') { path } else { "credential" };
    let key = app.secrets().keys.current().ok_or_else(|| {
        ApiError::invalid(
            field,
            "This Howdah has no key to seal secrets with, so none can be saved. Ask whoever runs it to set secrets.key.",
        )
    })?;
    let text = serde_json::to_vec(&secrets).map(Zeroizing::new).map_err(|error| ApiError::internal(&error))?;
    Ok(Some(key.seal(owner.as_str(), &text)?))
}

/// The sealed secrets in what the store keeps as a server's credential.
#[must_use]
pub fn sealed_in(credential: &str) -> Option<String> {
    let fields: Map<String, Value> = serde_json::from_str(credential).ok()?;
    fields.get(SEALED)?.as_str().map(str::to_owned)
}

/// What the store keeps as a server's credential, with other sealed secrets in it or none.
///
/// # Errors
///
/// When it cannot be read.
pub fn with_sealed(credential: &str, sealed: Option<String>) -> serde_json::Result<String> {
    let mut fields: Map<String, Value> = serde_json::from_str(credential)?;
    match sealed {
        Some(sealed) => fields.insert(SEALED.to_owned(), Value::String(sealed)),
        None => fields.remove(SEALED),
    };
    serde_json::to_string(&fields)
}

/// Without its key a definition is still shown; connecting says what is missing.
fn restore_secrets(app: &App, owner: &AccountId, sealed: &str, definition: &mut ServerDefinition) {
    let opened = app.secrets().keys.open(owner.as_str(), sealed);
    let secrets =
        opened.and_then(|text| serde_json::from_slice::<BTreeMap<String, SecretString>>(text.expose_secret()).ok());
    let Some(secrets) = secrets else {
        tracing::error!(account.id = %owner, "secrets of a server cannot be opened: was secrets.key changed?");
        return;
    };
    for (path, secret) in secrets {
        definition.restore_secret(&path, secret);
    }
}

fn keep(
    app: &App,
    person: &SignedIn,
    definition: &ServerDefinition,
    audience: Audience,
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
        credential: write_credential(app, &person.account.id, definition)?,
        extras: json(serde_json::to_string(&extras))?,
        audience,
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
    definition.keep_secrets_of(before);
    definition
}

fn change_problem(error: ChangeServerError) -> ApiError {
    match error {
        ChangeServerError::NotFound => ApiError::not_found("server of your own"),
        ChangeServerError::Changed { .. } => ApiError::new(
            Code::Conflict,
            "This server was changed in another window since you opened it. Reload it to see what changed, then make your change again.",
        ),
        ChangeServerError::Store(error) => error.into(),
    }
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
