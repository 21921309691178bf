//! Servers that are shared: who sees one, what others than its owner set for themselves, and what of it is theirs to use.

use std::sync::Arc;

use howdah_store::{self as store, AccountId, OwnSettings, Role, Viewer};
use serde_json::{Map, Value};

use super::check::{length_problem, text_problem, username_problem};
use super::{Found, describe, environment, environment_name};
use crate::app::App;
use crate::config::{ConnectionsConfig, CredentialsConfig};
use crate::credential;
use crate::error::{ApiError, ApiResult, Code};
use crate::files::Completed;
use crate::post_connection;
use crate::session::SignedIn;
use crate::wire::{
    Audience, CredentialDefinition, OAuthFlowName, OwnServerSettings, Server, ServerChange, ServerDefinition,
    SharedServerSettings, Sharing,
};

/// Whose eyes servers are looked at with: an account, and the claims of its sign-in.
#[derive(Debug, Clone)]
pub struct Eyes {
    /// The account.
    pub account: AccountId,
    /// What rules on claims look at.
    pub claims: Arc<Map<String, Value>>,
}

impl Eyes {
    /// Those of a person who is signed in.
    #[must_use]
    pub fn of(person: &SignedIn) -> Self {
        Self { account: person.account.id.clone(), claims: Arc::new(person.contents.claims.clone()) }
    }

    /// Which rules of the store admit them.
    pub fn admitted(&self) -> impl Fn(&str) -> bool + Send + Sync + use<'_> {
        // A rule of a later version, which cannot be read here, admits nobody.
        |rule| serde_json::from_str::<Audience>(rule).is_ok_and(|audience| audience.admits(&self.claims))
    }

    /// As the store wants them.
    #[must_use]
    pub fn viewer<'a>(&'a self, admitted: &'a (dyn Fn(&str) -> bool + Send + Sync)) -> Viewer<'a> {
        Viewer { account: &self.account, admitted }
    }

    /// Whether they see a server of the store that stands so.
    #[must_use]
    pub fn see(&self, standing: &store::ServerStanding) -> bool {
        self.viewer(&self.admitted()).sees(&standing.owner, &standing.audience)
    }
}

/// Who shares a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SharedBy {
    /// A person.
    Person {
        /// Their username.
        username: String,
        /// What they are now.
        role: Role,
    },
    /// Whoever writes the config.
    Config,
}

/// What a server is for somebody who does not own it.
#[derive(Debug, Clone)]
pub struct Shared {
    /// Whose it is.
    pub by: SharedBy,
    /// What the viewer has set for themselves, as far as it counts.
    pub own: OwnSettings,
    as_shared: SharedServerSettings,
    username_allowed: bool,
}

impl Shared {
    /// Lays what the viewer has set over the definition of somebody else. The definition that comes back is the one to
    /// use for them.
    ///
    /// SQL of another person is not run in the viewer's name, who could not even read it; that of the config is.
    #[must_use]
    pub fn new(
        by: SharedBy,
        mut own: OwnSettings,
        mut definition: ServerDefinition,
        connections: &ConnectionsConfig,
    ) -> (Self, ServerDefinition) {
        let username_allowed = secret_is_the_viewers(connections, &definition);
        if !username_allowed {
            own.username = None;
        }
        let as_shared = SharedServerSettings {
            name: definition.name.clone(),
            group: definition.group.clone(),
            username: definition.username.clone(),
            role: definition.role.clone(),
            environment: definition.environment,
        };
        if by != SharedBy::Config {
            definition.post_connection_sql = None;
        }
        // Every connection names whose it is.
        definition.connection_parameters.remove("application_name");
        let set = |target: &mut String, value: &Option<String>| {
            if let Some(value) = value {
                target.clone_from(value);
            }
        };
        set(&mut definition.name, &own.name);
        set(&mut definition.group, &own.group);
        set(&mut definition.username, &own.username);
        definition.role = own.role.clone().or(definition.role);
        definition.environment = own.environment.as_deref().map_or(definition.environment, environment);
        if let Some(sql) = &own.post_connection_sql {
            definition.post_connection_sql = Some(match definition.post_connection_sql.take() {
                // On a line of its own: the first may end in a comment.
                Some(first) => format!("{first}\n;\n{sql}"),
                None => sql.clone(),
            });
        }
        (Self { by, own, as_shared, username_allowed }, definition)
    }

    /// Whether Howdah's own identity may be lent by it, if that is what its credential does.
    ///
    /// # Errors
    ///
    /// 403 `forbidden`.
    pub fn permit(&self, app: &App, files: &Completed) -> ApiResult<()> {
        let SharedBy::Person { username, role } = &self.by else { return Ok(()) };
        let config = &app.config().credentials;
        let permitted = credential::permit(config, *role, &files.definition);
        permitted.and_then(|()| credential::permit_files(config, *role, files)).map_err(|_| {
            ApiError::new(
                Code::Forbidden,
                format!("This server lends Howdah's own identity, and {username}, who shares it, may not do so any more. Ask an administrator to share it anew."),
            )
        })
    }

    /// What somebody is told who may not do this.
    #[must_use]
    pub fn refusal(&self, done: &str) -> ApiError {
        let words = match &self.by {
            SharedBy::Person { username, .. } => format!(
                "{username} shares this server with you, so it can be {done} by {username} only. Duplicate it to have one of your own."
            ),
            SharedBy::Config => format!(
                "This server stands in Howdah's config file, so it can be {done} there only, by whoever runs Howdah. Duplicate it to have one of your own."
            ),
        };
        ApiError::new(Code::Forbidden, words)
    }

    /// In the shape of the API.
    #[must_use]
    pub fn describe(self) -> Sharing {
        let OwnSettings { name, group, username, role, environment: own_environment, post_connection_sql } = self.own;
        let environment = own_environment.as_deref().map(environment);
        Sharing {
            shared_by: match self.by {
                SharedBy::Person { username, .. } => Some(username),
                SharedBy::Config => None,
            },
            own: OwnServerSettings { name, group, username, role, environment, post_connection_sql },
            shared: self.as_shared,
            username_allowed: self.username_allowed,
        }
    }
}

impl Found {
    /// Whether what is Howdah's own may be lent for this server: its identity, and passwords in files.
    #[must_use]
    pub fn may_lend(&self, config: &CredentialsConfig, person: &SignedIn) -> bool {
        match self.shared.as_ref().map(|shared| &shared.by) {
            None => credential::may_lend_service_identity(config, person.account.role),
            Some(SharedBy::Person { role, .. }) => credential::may_lend_service_identity(config, *role),
            Some(SharedBy::Config) => true,
        }
    }
}

/// Whether whoever uses the server logs in by a secret of their own, so that they could as well define such a server
/// themselves. Otherwise a `username` of their choice would let them be somebody else by a secret that is not theirs.
fn secret_is_the_viewers(connections: &ConnectionsConfig, definition: &ServerDefinition) -> bool {
    let asks_as_itself = matches!(
        definition.credential,
        CredentialDefinition::Exec { command: Some(_), .. }
            | CredentialDefinition::Oauth { flow: OAuthFlowName::ClientCredentials, .. }
    );
    // The operator's files have passwords for several roles.
    let asks_files =
        definition.connection_parameters.iter().any(|(keyword, _)| ["service", "passfile"].contains(&keyword))
            || (matches!(definition.credential, CredentialDefinition::Password {})
                && connections.password_file.is_some());
    !asks_as_itself
        && !asks_files
        && !credential::lends_service_identity(&definition.credential)
        && definition.credential.secrets().is_empty()
        && definition.connection_parameters.secrets().next().is_none()
}

/// Changes what the person has set for themselves at a server that is shared with them.
pub(super) async fn change_own(app: &App, person: &SignedIn, found: Found, change: ServerChange) -> ApiResult<Server> {
    let Some(shared) = &found.shared else { return Err(ApiError::not_found("server")) };
    if let Some(field) = not_for_others(&change) {
        return Err(shared.refusal("changed").at_field(field));
    }
    if change.version.is_some_and(|version| version != found.version) {
        return Err(super::changed_meanwhile());
    }
    let own = apply_own(shared, &change)?;
    app.store().set_own_settings(&person.account.id, &found.id, &own).await?;
    let how = |own: &OwnSettings| (own.username.clone(), own.role.clone(), own.post_connection_sql.clone());
    if how(&own) != how(&shared.own) {
        app.live().end_server_of(&person.account.id, &found.id);
    }
    let found = super::find(app, person, found.id.as_str()).await?;
    Ok(describe(app, person, found))
}

/// A field of a change that only the owner may make.
fn not_for_others(change: &ServerChange) -> Option<&'static str> {
    [
        ("host", change.host.is_some()),
        ("port", change.port.is_some()),
        ("maintenance_db", change.maintenance_db.is_some()),
        ("read_only", change.read_only.is_some()),
        ("comment", change.comment.is_some()),
        ("connection_parameters", change.connection_parameters.is_some()),
        ("tunnel", change.tunnel.is_some()),
        ("credential", change.credential.is_some()),
        ("audience", change.audience.is_some()),
    ]
    .into_iter()
    .find_map(|(field, is_given)| is_given.then_some(field))
}

fn apply_own(shared: &Shared, change: &ServerChange) -> ApiResult<OwnSettings> {
    let mut own = shared.own.clone();
    let as_shared = &shared.as_shared;
    if let Some(username) = &change.username {
        if !shared.username_allowed && *username != as_shared.username && !username.is_empty() {
            return Err(ApiError::new(
                Code::Forbidden,
                "The secret of this server is not your own, so everyone logs in as its definition says. Duplicate the server to log in under another name by a secret of yours.",
            )
            .at_field("username"));
        }
        own.username = set(username, Some(&as_shared.username));
    }
    if let Some(name) = &change.name {
        own.name = set(name.trim(), Some(&as_shared.name));
    }
    if let Some(group) = &change.group {
        own.group = set(group.trim(), Some(&as_shared.group));
    }
    if let Some(role) = &change.role {
        own.role = set(role, as_shared.role.as_deref());
    }
    if let Some(sql) = &change.post_connection_sql {
        own.post_connection_sql = Some(sql.clone()).filter(|sql| !sql.trim().is_empty());
    }
    if let Some(environment) = change.environment {
        own.environment = (environment != as_shared.environment).then(|| environment_name(environment).to_owned());
    }
    let problem = [("name", &own.name), ("group", &own.group), ("username", &own.username)]
        .into_iter()
        .find_map(|(field, text)| text_problem(field, text.as_ref()?))
        .or_else(|| length_problem("role", own.role.as_ref()?))
        .or_else(|| username_problem(own.username.as_ref()?));
    if let Some(problem) = problem {
        return Err(problem);
    }
    if let Some(sql) = &own.post_connection_sql {
        post_connection::check(sql)?;
    }
    Ok(own)
}

/// A text that was set: nothing where it is empty or says what everybody has.
fn set(text: &str, shared: Option<&str>) -> Option<String> {
    (!text.is_empty() && Some(text) != shared).then(|| text.to_owned())
}
