//! Saved passwords as connecting uses them: supplied where none was typed, saved after a login that worked, and marked
//! when PostgreSQL does not take them any more.

use howdah_credentials::{Presentation, ServerKey};
use howdah_store::{DataKey, SaveSecretError, SavedSecret, SecretKind, SecretPlace, ServerId};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use super::guard::{self, Guard, Judgement, Vouchers};
use super::{is_allowed, permit, vault};
use crate::app::App;
use crate::audit::{Event, guarded};
use crate::connect;
use crate::error::{ApiError, ApiResult, Code};
use crate::internal::MAX_LENGTH;
use crate::servers::{Found, SharedBy};
use crate::session::SignedIn;
use crate::tunnel;
use crate::username;
use crate::wire::{
    ConnectRequest, ConnectionStep, CredentialDefinition, ServerDefinition, TunnelAuthenticationName, TunnelDefinition,
};

/// PostgreSQL's own word for a wrong password; other refusals of class 28 say nothing about it.
pub const WRONG_PASSWORD: &str = "28P01";

/// Passwords that a connect brings along, to be saved once it has worked.
pub struct ToSave {
    secrets: Vec<(SecretKind, SecretString)>,
    key: Option<DataKey>,
}

/// Takes in the passwords of a connect: they are in memory from now on. Those that are to be saved are refused before
/// anything is sent where they could not be.
///
/// # Errors
///
/// 403 `saving_not_allowed`, 428 `master_password_required`, 422 for what does not fit together.
pub async fn take_in(app: &App, person: &SignedIn, server: &Found, request: ConnectRequest) -> ApiResult<ToSave> {
    let ConnectRequest { password, save_password, tunnel_password, save_tunnel_password } = request;
    let given = [
        ("password", SecretKind::Database, password, save_password),
        ("tunnel_password", SecretKind::Tunnel, tunnel_password, save_tunnel_password),
    ];
    let mut secrets = Vec::new();
    for (field, kind, secret, save) in &given {
        if secret.as_ref().is_some_and(|secret| secret.expose_secret().len() > MAX_LENGTH) {
            return Err(ApiError::invalid(*field, format!("Use at most {MAX_LENGTH} bytes.")));
        }
        if !save {
            continue;
        }
        permit(app, person, *kind)?;
        match secret {
            Some(secret) if takes(&server.definition, *kind) => secrets.push((*kind, secret.clone())),
            Some(_) => {
                return Err(ApiError::invalid(
                    *field,
                    "This server does not ask for such a password, so there is none to save.",
                ));
            }
            None => return Err(ApiError::invalid(*field, "Send the password that is to be saved.")),
        }
    }
    let key = if secrets.is_empty() { None } else { Some(vault::open(app, person).await?) };
    if given.iter().any(|(_, _, secret, _)| secret.is_some()) {
        let used = Used::of(app, person, server)?;
        for (_, kind, secret, _) in given {
            if let Some(secret) = secret {
                let bound = used.bound(kind)?.map(|bound| bound.to_text()).transpose()?.unwrap_or_default();
                app.broker().provide_password(&person.person(), &memory_key(&server.id, kind), secret, &bound);
            }
        }
    }
    Ok(ToSave { secrets, key })
}

/// Saves what a connect brought along and that has worked. True if there was something.
///
/// # Errors
///
/// When the store does not take it.
pub async fn save(app: &App, person: &SignedIn, server: &Found, to_save: ToSave) -> ApiResult<bool> {
    let ToSave { secrets, key: Some(mut key) } = to_save else { return Ok(false) };
    let used = Used::of(app, person, server)?;
    for (kind, secret) in &secrets {
        let Some(bound) = used.bound(*kind)? else { continue };
        let place = SecretPlace { account: &person.account.id, server: &server.id, kind: *kind };
        let event = Event::administration(person, "password_saved", &bound.target, None).at(server);
        Box::pin(guarded(app, event, save_one(app, person, place, &bound, secret, &mut key))).await?;
    }
    Ok(true)
}

/// A definition as it is used: a service may say where to connect.
struct Used {
    definition: ServerDefinition,
    user: String,
    is_operators: bool,
}

impl Used {
    fn of(app: &App, person: &SignedIn, server: &Found) -> ApiResult<Self> {
        let definition = connect::completed(app, person, server)?;
        let user = username::resolve(&definition.username, &person.contents.claims).unwrap_or_default();
        Ok(Self { definition, user, is_operators: is_operators(server) })
    }

    fn bound(&self, kind: SecretKind) -> ApiResult<Option<Bound>> {
        Bound::of(&self.definition, &self.user, kind, self.is_operators)
    }
}

/// What a password is typed or saved for.
struct Bound {
    target: String,
    guard: Guard,
}

impl Bound {
    fn of(definition: &ServerDefinition, user: &str, kind: SecretKind, is_operators: bool) -> ApiResult<Option<Self>> {
        let Some(target) = target_of(definition, user, kind) else { return Ok(None) };
        Ok(Some(Self { target, guard: Guard::of(definition, kind, is_operators)? }))
    }

    fn to_text(&self) -> ApiResult<String> {
        Ok(format!("{}\n{}", self.target, self.guard.to_text()?))
    }
}

/// Whether the operator defines the server, in the config file.
fn is_operators(server: &Found) -> bool {
    server.shared.as_ref().is_some_and(|shared| matches!(shared.by, SharedBy::Config))
}

async fn save_one(
    app: &App,
    person: &SignedIn,
    place: SecretPlace<'_>,
    Bound { target, guard }: &Bound,
    secret: &SecretString,
    key: &mut DataKey,
) -> ApiResult<()> {
    let guard = guard.to_text()?;
    let mut saved = app.store().save_secret(place, target, &guard, secret, key).await;
    if matches!(saved, Err(SaveSecretError::KeyReplaced)) {
        *key = vault::open(app, person).await?;
        saved = app.store().save_secret(place, target, &guard, secret, key).await;
    }
    saved.map_err(|error| match error {
        SaveSecretError::KeyReplaced => vault::changed(),
        SaveSecretError::TooMany => ApiError::new(
            Code::LimitReached,
            format!(
                "You are connected, but have saved {} passwords, which is the limit. Forget some of them first.",
                howdah_store::MAX_SAVED_SECRETS
            ),
        ),
        SaveSecretError::Store(error) => error.into(),
    })
}

/// Brings saved passwords into memory where a connection may need one and none was typed in this session. One that is not
/// there is for others to ask for. Answers who alone may vouch for the server that gets it, if not all may that can.
///
/// # Errors
///
/// 428 `master_password_required`; 428 `password_required` where there is one that cannot be used, and why.
pub async fn supply(app: &App, person: &SignedIn, server: &Found, user: &str) -> ApiResult<Option<Vouchers>> {
    let mut vouchers = None;
    for kind in [SecretKind::Database, SecretKind::Tunnel] {
        if takes(&server.definition, kind) {
            vouchers = supply_one(app, person, server, user, kind).await?.or(vouchers);
        }
    }
    Ok(vouchers)
}

/// Asks for the password of the database, since nobody vouches for the server who did when it was saved.
pub fn not_vouched_for(server: &Found, user: &str) -> ApiError {
    asked(&server.definition, user, SecretKind::Database, &guard::other_roots())
}

/// To be called when the other side refuses a secret: a saved one that is the refused one is not used again.
pub async fn note_refused(
    app: &App,
    person: &SignedIn,
    server: &Found,
    user: &str,
    kind: SecretKind,
    refused: &Presentation,
) {
    let Presentation::Password(refused) = refused else { return };
    if !takes(&server.definition, kind) {
        return;
    }
    let Ok(Usable::Saved(saved, _)) = find(app, person, server, user, kind).await else { return };
    let Ok(key) = vault::open(app, person).await else { return };
    let same = saved
        .open(&key)
        .is_some_and(|saved| bool::from(saved.expose_secret().as_bytes().ct_eq(refused.expose_secret().as_bytes())));
    if same && let Err(error) = app.store().note_refused_secret(&saved).await {
        tracing::warn!("a refused password could not be marked: {}", crate::error::chain(&error));
    }
}

/// The name under which a password is kept in memory.
fn memory_key(server: &ServerId, kind: SecretKind) -> ServerKey {
    match kind {
        SecretKind::Database => ServerKey::new(server.as_str()),
        SecretKind::Tunnel => tunnel::secret_key(server),
    }
}

/// Forgets a person's own passwords in memory for a server.
pub fn forget_own_in_memory(app: &App, person: &SignedIn, server: &ServerId, kind: Option<SecretKind>) {
    for each in [SecretKind::Database, SecretKind::Tunnel] {
        if kind.is_none_or(|kind| kind == each) {
            app.broker().forget_password(&person.person(), &memory_key(server, each));
        }
    }
}

async fn supply_one(
    app: &App,
    person: &SignedIn,
    server: &Found,
    user: &str,
    kind: SecretKind,
) -> ApiResult<Option<Vouchers>> {
    let memory = memory_key(&server.id, kind);
    let bound = Bound::of(&server.definition, user, kind, is_operators(server))?;
    let bound = bound.map(|bound| bound.to_text()).transpose()?.unwrap_or_default();
    // Whoever shares the server may have changed it since, at this Howdah or at another.
    if app.broker().knows_password(&person.person(), &memory, &bound) {
        return Ok(None);
    }
    let why = match find(app, person, server, user, kind).await? {
        Usable::Nothing => return Ok(None),
        Usable::Not(why) => why,
        Usable::Saved(saved, vouchers) => match vault::open(app, person).await {
            Ok(key) => match saved.open(&key) {
                Some(password) => {
                    // Under a name of its own where not all may vouch, so that each connection comes by here.
                    let bound = if vouchers.is_some() { format!("{bound}\nvouched for") } else { bound };
                    app.broker().provide_password(&person.person(), &memory, password, &bound);
                    return Ok(vouchers);
                }
                None => "The saved password cannot be opened: it was damaged or sealed under another key.".to_owned(),
            },
            Err(problem) => match problem.code() {
                // The person can still type the password itself.
                Code::SecretsUnreadable | Code::CredentialFailed | Code::CredentialTimeout => {
                    problem.detail().to_owned()
                }
                _ => return Err(problem),
            },
        },
    };
    Err(asked(&server.definition, user, kind, &why))
}

/// Asks for a password although there is a saved one.
fn asked(definition: &ServerDefinition, user: &str, kind: SecretKind, why: &str) -> ApiError {
    let (whose, field, step) = match (kind, &definition.tunnel) {
        (SecretKind::Tunnel, Some(tunnel)) => {
            let is_key = tunnel.authentication == TunnelAuthenticationName::Key;
            let field = if is_key { "tunnel.passphrase" } else { "tunnel.password" };
            (format!("{} at the SSH server {}", tunnel.username, tunnel.host), field, ConnectionStep::Tunnel)
        }
        _ => (format!("{user} at {}", definition.host), "password", ConnectionStep::Credential),
    };
    ApiError::new(Code::PasswordRequired, format!("{why} Type the password of {whose}.")).at_field(field).at_step(step)
}

enum Usable {
    Nothing,
    /// There is one that cannot be used, and why.
    Not(String),
    Saved(SavedSecret, Option<Vouchers>),
}

async fn find(app: &App, person: &SignedIn, server: &Found, user: &str, kind: SecretKind) -> ApiResult<Usable> {
    let bound =
        if is_allowed(app, kind) { Bound::of(&server.definition, user, kind, is_operators(server))? } else { None };
    let Some(Bound { target, guard }) = bound else { return Ok(Usable::Nothing) };
    let place = SecretPlace { account: &person.account.id, server: &server.id, kind };
    Ok(match app.store().saved_secret(place).await? {
        None => Usable::Nothing,
        Some(saved) if saved.target != target => Usable::Not(format!(
            "You saved a password for {}, and this server now leads to {target}; it is not sent there.",
            saved.target
        )),
        Some(saved) if saved.refused_at.is_some() => Usable::Not(
            match kind {
                SecretKind::Database => "PostgreSQL does not take the password that you saved any more.",
                SecretKind::Tunnel => "The SSH server does not take what you saved any more.",
            }
            .to_owned(),
        ),
        Some(saved) => match guard.judge(saved.guard.as_deref()) {
            Judgement::Lacking(why) => Usable::Not(why),
            Judgement::Good => Usable::Saved(saved, None),
            Judgement::VouchedBy(vouchers) => Usable::Saved(saved, Some(vouchers)),
        },
    })
}

/// Whether a server asks a person for a password of this kind.
fn takes(definition: &ServerDefinition, kind: SecretKind) -> bool {
    match kind {
        SecretKind::Database => matches!(definition.credential, CredentialDefinition::Password {}),
        SecretKind::Tunnel => definition.tunnel.as_ref().is_some_and(asks_for_password),
    }
}

fn asks_for_password(tunnel: &TunnelDefinition) -> bool {
    let is_missing =
        |secret: &Option<SecretString>| secret.as_ref().is_none_or(|secret| secret.expose_secret().is_empty());
    match tunnel.authentication {
        TunnelAuthenticationName::Password => is_missing(&tunnel.password),
        // Only a key that is encrypted has one, which shows when it is used.
        TunnelAuthenticationName::Key => is_missing(&tunnel.passphrase),
        TunnelAuthenticationName::Agent => false,
    }
}

/// Whom a password of this kind logs in, and where. A saved one goes nowhere else, whatever becomes of the definition.
fn target_of(definition: &ServerDefinition, user: &str, kind: SecretKind) -> Option<String> {
    let tunnel = definition.tunnel.as_ref();
    let tunnel = tunnel.map(|tunnel| format!("{}@{}:{}", tunnel.username, tunnel.host, tunnel.port));
    if kind == SecretKind::Tunnel {
        return tunnel;
    }
    let parameter = |name: &str| definition.connection_parameters.iter().find(|(keyword, _)| *keyword == name);
    let port = parameter("port").map_or_else(|| definition.port.to_string(), |(_, ports)| ports.to_owned());
    let address = parameter("hostaddr").map(|(_, address)| format!(" ({address})")).unwrap_or_default();
    let through = tunnel.map(|tunnel| format!(" through {tunnel}")).unwrap_or_default();
    Some(format!("{user}@{}:{port}{address}{through}", definition.host))
}
