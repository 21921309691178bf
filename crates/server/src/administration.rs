//! What administrators see and do: people, their sessions and connections, and what is shared. An administrator does not
//! see other people's private servers, nor what anybody runs.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use howdah_oidc::SignInError;
use howdah_store::{
    Account, AccountId, AdministerError, Identity, LinkError, ListedPerson, NewInternalAccount, RefusedSignIn,
    RenameError, Role, ServerId, SessionId, SessionSummary, Store, StoreError,
};
use secrecy::SecretString;
use time::OffsetDateTime;

use crate::accounts::provider_of;
use crate::app::App;
use crate::config::Config;
use crate::connect::Purpose;
use crate::error::{ApiError, ApiResult, Code, sentence};
use crate::http::access::Administrator;
use crate::internal;
use crate::live;
use crate::servers;
use crate::session;
use crate::wire;

/// A name or an e-mail address, in characters.
const MAX_TEXT: usize = 320;

/// How sign-ins at the providers have gone since the start.
#[derive(Default)]
pub struct SignInCounts(Mutex<BTreeMap<String, Counts>>);

/// Of one provider.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    /// Sign-ins that succeeded.
    pub sign_ins: u64,
    /// Sign-ins that failed.
    pub failures: u64,
    /// The last of these.
    pub last_failure: Option<wire::ProviderFailure>,
}

impl SignInCounts {
    /// Counts a sign-in at the provider of this name.
    pub fn note_success(&self, provider: &str) {
        self.change(provider, |counts| counts.sign_ins += 1);
    }

    /// Counts a sign-in that failed.
    pub fn note_failure(&self, provider: &str, error: &SignInError) {
        let failure = wire::ProviderFailure {
            at: OffsetDateTime::now_utc(),
            code: error.code(),
            detail: sentence(&error.to_string()),
        };
        self.change(provider, |counts| {
            counts.failures += 1;
            counts.last_failure = Some(failure);
        });
    }

    /// Of the provider of this name.
    pub fn of(&self, provider: &str) -> Counts {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(provider).cloned().unwrap_or_default()
    }

    fn change(&self, provider: &str, change: impl FnOnce(&mut Counts)) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        change(all.entry(provider.to_owned()).or_default());
    }
}

/// The account of this id.
///
/// # Errors
///
/// 404.
pub async fn find(app: &App, id: &str) -> ApiResult<Account> {
    let id: AccountId = id.parse().map_err(|_| nobody())?;
    app.store().account(&id).await?.ok_or_else(nobody)
}

/// A person with all that belongs to the account.
///
/// # Errors
///
/// When the store fails.
pub async fn describe(app: &App, caller: &Administrator, account: Account) -> ApiResult<wire::Person> {
    let (store, config, current) = (app.store(), app.config(), Some(&caller.session_id));
    let id = account.id.clone();
    let identities = store.identities_of(&id).await?;
    let sessions = store.sessions_of(&id).await?;
    let owned = store.owned_servers(&id).await?;
    let has_password = store.has_password(&id).await?;
    let connections = app.live().connections().into_iter().filter(|connection| connection.label.account == id);
    let open_connections = describe_connections(app, caller, connections.collect()).await?;
    let listed = ListedPerson {
        has_password,
        provider: identities.first().map(|identity| identity.provider.clone()),
        sessions: sessions.len() as u64,
        account: account.clone(),
    };
    Ok(wire::Person {
        person: describe_listed(app.config(), listed, open_connections.len()),
        has_password,
        identities: identities.into_iter().map(|identity| describe_identity(config, identity)).collect(),
        active_sessions: sessions
            .into_iter()
            .map(|session| describe_session(config, current, &account, session))
            .collect(),
        open_connections,
        private_servers: owned.private,
        shared_servers: owned.shared,
        yourself: id == caller.account.id,
    })
}

/// A person as lists show them.
#[must_use]
pub fn describe_listed(config: &Config, person: ListedPerson, connections: usize) -> wire::ListedPerson {
    let ListedPerson { account, has_password: _, provider, sessions } = person;
    wire::ListedPerson {
        id: account.id.to_string(),
        display_name: account.display_name.unwrap_or_else(|| account.username.clone()),
        username: account.username,
        email: account.email,
        role: account.role.into(),
        given_role: account.given_role.into(),
        disabled: account.disabled,
        auth_source: if provider.is_some() { wire::AuthSource::Oauth2 } else { wire::AuthSource::Internal },
        provider_display_name: provider.map(|name| config.provider_name(name)),
        created_at: account.created_at,
        last_sign_in_at: account.last_sign_in_at,
        sessions,
        connections,
    }
}

/// A sign-in that leads to an account.
#[must_use]
pub fn describe_identity(config: &Config, identity: Identity) -> wire::PersonIdentity {
    wire::PersonIdentity {
        issuer: identity.issuer,
        subject: identity.subject,
        provider_display_name: config.provider_name(identity.provider),
        created_at: identity.created_at,
        last_sign_in_at: identity.last_sign_in_at,
    }
}

/// A person who was not let in, with the account that has the name.
///
/// # Errors
///
/// When the store fails.
pub async fn describe_refused(
    store: &Store,
    config: &Config,
    refused: RefusedSignIn,
) -> Result<wire::RefusedSignIn, StoreError> {
    let holder = store.account_by_username(&refused.username).await?;
    Ok(wire::RefusedSignIn {
        taken_by: holder.map(|account| wire::TakenBy { id: account.id.to_string(), username: account.username }),
        provider_display_name: config.provider_name(refused.provider),
        issuer: refused.issuer,
        subject: refused.subject,
        username: refused.username,
        email: refused.email,
        last_refused_at: refused.last_refused_at,
        times: refused.times,
    })
}

/// A session in a list of several people's.
#[must_use]
pub fn describe_session(
    config: &Config,
    current: Option<&SessionId>,
    account: &Account,
    session: SessionSummary,
) -> wire::ListedSession {
    wire::ListedSession {
        person_id: account.id.to_string(),
        username: account.username.clone(),
        session: session::summary(config, current, session),
    }
}

/// Connections as an administrator sees them: of another person's private server no more than that it is one.
///
/// # Errors
///
/// When the store fails.
pub async fn describe_connections(
    app: &App,
    caller: &Administrator,
    connections: Vec<live::OpenConnection>,
) -> ApiResult<Vec<wire::OpenConnection>> {
    let mut names: HashMap<ServerId, Option<String>> = HashMap::new();
    let mut described = Vec::with_capacity(connections.len());
    for connection in connections {
        if !names.contains_key(&connection.server_id) {
            let name = servers::name_for_administrator(app, caller, &connection.server_id).await?;
            names.insert(connection.server_id.clone(), name);
        }
        let server = names.get(&connection.server_id).cloned().flatten();
        let shown = server.is_some();
        described.push(wire::OpenConnection {
            id: connection.number.to_string(),
            person_id: connection.label.account.to_string(),
            username: connection.label.username,
            server,
            database: Some(connection.label.database).filter(|_| shown),
            role: connection.role.filter(|_| shown),
            purpose: match connection.label.purpose {
                Purpose::Query => wire::ConnectionPurpose::Query,
                Purpose::Catalogue => wire::ConnectionPurpose::Catalogue,
                Purpose::Export => wire::ConnectionPurpose::Export,
            },
            since: connection.since,
        });
    }
    Ok(described)
}

/// Makes an account with a password kept here.
///
/// # Errors
///
/// 422 for what is wrong with it, 409 where passwords are not kept here.
pub async fn add(app: &App, new: wire::NewPerson) -> ApiResult<Account> {
    if !app.config().auth.has_internal() {
        return Err(ApiError::new(
            Code::NoPassword,
            "Nobody signs in with a password kept here: `internal` is not among auth.sources. Add people at the provider.",
        ));
    }
    let username = checked_name(&new.username)?;
    let optional = |field: &str, text: Option<String>| match text.map(|text| text.trim().to_owned()) {
        Some(text) if text.chars().count() > MAX_TEXT || text.contains(char::is_control) => {
            Err(ApiError::invalid(field, format!("Use at most {MAX_TEXT} characters, all of them printable.")))
        }
        text => Ok(text.filter(|text| !text.is_empty())),
    };
    let new = NewInternalAccount {
        username: username.clone(),
        email: optional("email", new.email)?,
        display_name: optional("display_name", new.display_name)?,
        role: new.role.into(),
        password_hash: hash(app, "password", new.password).await?,
    };
    app.store().add_internal_account(&new).await.map_err(|error| match error {
        howdah_store::AddAccountError::UsernameTaken => name_taken(&username),
        howdah_store::AddAccountError::Store(error) => error.into(),
    })
}

/// Changes a person: all that is asked, or up to the first that may not be.
///
/// # Errors
///
/// 409 for the last administrator or oneself, 422 for a name that cannot be.
pub async fn change(app: &App, caller: &Administrator, account: &Account, change: wire::PersonChange) -> ApiResult<()> {
    let is_self = account.id == caller.account.id;
    if is_self && (change.role.is_some_and(|role| role != wire::Role::Administrator) || change.disabled == Some(true)) {
        return Err(ApiError::new(
            Code::Conflict,
            "This is your own account. Another administrator has to take your role or switch you off.",
        ));
    }
    if let Some(name) = &change.username {
        let name = checked_name(name)?;
        match app.store().rename_account(&account.id, &name).await {
            Ok(true) => {}
            Ok(false) => return Err(nobody()),
            Err(RenameError::Taken) => return Err(name_taken(&name)),
            Err(RenameError::Store(error)) => return Err(error.into()),
        }
    }
    if let Some(role) = change.role {
        let changed = app.store().administer_role(&account.id, role.into()).await.map_err(problem)?;
        if changed.role == Role::Viewer {
            for session in app.store().sessions_of(&account.id).await? {
                app.live().close_writing(&session.id);
            }
        }
    }
    if let Some(disabled) = change.disabled {
        let administered = app.store().administer_disabled(&account.id, disabled).await.map_err(problem)?;
        session::forget_all(app, &administered.ended);
    }
    Ok(())
}

/// Gives somebody a password in place of the one they have, and ends their sessions.
///
/// # Errors
///
/// 409 where the person has none here, 422 where the new one will not do.
pub async fn set_password(app: &App, account: &Account, password: SecretString) -> ApiResult<usize> {
    if !app.store().has_password(&account.id).await? || !app.config().auth.has_internal() {
        return Err(ApiError::new(
            Code::NoPassword,
            format!("{} has no password here and signs in at a provider. It is changed there.", account.username),
        ));
    }
    let hash = hash(app, "new_password", password).await?;
    app.store().set_password_hash(&account.id, &hash).await?;
    end_sessions(app, account).await
}

/// Ends all sessions of a person, and says how many there were.
///
/// # Errors
///
/// When the store fails.
pub async fn end_sessions(app: &App, account: &Account) -> ApiResult<usize> {
    let ended = app.store().end_all_sessions(&account.id).await?;
    session::forget_all(app, &ended);
    Ok(ended.len())
}

/// Removes a person. Servers that others see go to `heir`.
///
/// # Errors
///
/// 409 for oneself, the last administrator, and shared servers that nobody gets.
pub async fn remove(
    app: &App,
    caller: &Administrator,
    account: &Account,
    heir: Option<&Account>,
) -> ApiResult<wire::RemovedPerson> {
    if account.id == caller.account.id {
        return Err(ApiError::new(Code::Conflict, "This is your own account. Another administrator has to remove it."));
    }
    let handed_over = match heir {
        Some(heir) if heir.id == account.id => {
            return Err(ApiError::invalid("servers_to", "Name somebody else to get the shared servers."));
        }
        Some(heir) => servers::hand_over(app.store(), &app.secrets().keys, &account.id, &heir.id).await?,
        None => 0,
    };
    let deleted = app.store().administer_removal(&account.id).await.map_err(problem)?;
    session::forget_all(app, &deleted.sessions);
    Ok(wire::RemovedPerson {
        sessions: deleted.sessions.len(),
        removed_servers: deleted.servers,
        handed_over_servers: handed_over,
    })
}

/// Lets a sign-in at a provider lead to an account.
///
/// # Errors
///
/// 409 where it leads to another, 422 for an issuer that no provider has.
pub async fn link(app: &App, account: &Account, identity: &wire::IdentityName) -> ApiResult<()> {
    let provider = provider_of(app.config(), &identity.issuer).ok_or_else(|| {
        ApiError::invalid("issuer", "No provider of the config has this issuer. Choose one of the refused sign-ins.")
    })?;
    if identity.subject.trim().is_empty() {
        return Err(ApiError::invalid("subject", "The subject is empty. Fill it in."));
    }
    match app.store().link_identity(&account.id, &identity.issuer, &identity.subject, provider).await {
        Ok(()) => Ok(()),
        Err(LinkError::Taken(other)) => Err(ApiError::new(
            Code::Conflict,
            format!("This sign-in leads to the account {other}. Unlink it there first."),
        )),
        Err(LinkError::NoAccount) => Err(nobody()),
        Err(LinkError::Store(error)) => Err(error.into()),
    }
}

/// Undoes [`link`], and ends the sessions of that sign-in.
///
/// # Errors
///
/// 409 for the sign-in that the caller uses, 404 where it does not lead to the account.
pub async fn unlink(
    app: &App,
    caller: &Administrator,
    account: &Account,
    identity: &wire::IdentityName,
) -> ApiResult<()> {
    let is_own = caller
        .contents
        .provider
        .as_ref()
        .is_some_and(|provider| provider.issuer == identity.issuer && provider.subject == identity.subject);
    if is_own {
        return Err(ApiError::new(
            Code::Conflict,
            "You are signed in by this very sign-in. Another administrator has to unlink it.",
        ));
    }
    let known = app.store().identities_of(&account.id).await?;
    if !known.iter().any(|known| known.issuer == identity.issuer && known.subject == identity.subject) {
        return Err(ApiError::not_found("sign-in of this person"));
    }
    if let Some(ended) = app.store().unlink_identity(&identity.issuer, &identity.subject).await? {
        session::forget_all(app, &ended);
    }
    Ok(())
}

/// One line in the log for each thing that an administrator did.
pub fn note(caller: &Administrator, what: &str, whom: &str) {
    let administrator = &caller.account.username;
    tracing::info!(user.name = administrator, subject = whom, "{administrator} {what} {whom}");
}

async fn hash(app: &App, field: &str, password: SecretString) -> ApiResult<SecretString> {
    match internal::hash_in_turn(app, password).await? {
        Ok(hash) => Ok(hash),
        Err(error) => Err(ApiError::invalid(field, sentence(&error.to_string()))),
    }
}

fn checked_name(name: &str) -> ApiResult<String> {
    let name = name.trim();
    if name.is_empty() || name.contains(char::is_control) || name.chars().count() > MAX_TEXT {
        return Err(ApiError::invalid("username", "This is not a user name. Use printable characters."));
    }
    Ok(name.to_owned())
}

fn nobody() -> ApiError {
    ApiError::not_found("person")
}

fn name_taken(name: &str) -> ApiError {
    ApiError::new(Code::Conflict, format!("There is an account {name} already. Choose another name."))
        .at_field("username")
}

fn problem(error: AdministerError) -> ApiError {
    match error {
        AdministerError::NoAccount => nobody(),
        AdministerError::LastAdministrator => ApiError::new(
            Code::Conflict,
            "This is the last administrator who can sign in. Make somebody else an administrator first.",
        ),
        AdministerError::SharedServers(count) => ApiError::new(
            Code::Conflict,
            format!("This person owns {count} servers that others see. Say who gets them, or switch the account off instead."),
        )
        .at_field("servers_to"),
        AdministerError::Store(error) => StoreError::into(error),
    }
}
