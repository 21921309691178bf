//! Secrets at rest: what seals them, what people may save, and what opens it again.
//!
//! What a person saves is sealed under a data key of their own (`vault.rs`), which the store keeps wrapped: under the
//! operator's key (`keys.rs`), under a master password (`master_password.rs`), or under what a command of the operator's
//! prints. A data key that was opened with a password stays open for the session, sealed under its cookie.

mod guard;
pub mod keyring;
pub mod keys;
pub mod master_password;
pub mod saved;
mod vault;

use howdah_credentials::KeyCommand;
use howdah_store::{Protection, SecretKind};
use tokio::sync::Semaphore;

use crate::app::App;
use crate::config::Config;
use crate::error::{ApiError, ApiResult, Code};
use crate::session::SignedIn;
use crate::wire::{MasterPasswordState, SaveRefusal, SecretsState};
use keys::OperatorKeys;

/// Commands that give people's keys and run at a time.
const PARALLEL_HOOKS: usize = 4;

/// What sealing and opening needs.
pub struct Secrets {
    /// The operator's keys.
    pub keys: OperatorKeys,
    hook: Option<KeyCommand>,
    /// One derivation at a time: each takes 64 MiB, and all that one person can do about a queue is to wait.
    deriving: Semaphore,
    hooks: Semaphore,
}

impl Secrets {
    /// Ready.
    ///
    /// # Errors
    ///
    /// When the command that gives keys cannot be run.
    pub fn new(config: &Config, keys: OperatorKeys) -> anyhow::Result<Self> {
        let passed = config.credentials.exec_environment.clone();
        let argv = config.secrets.master_password_hook.clone();
        let hook = argv.map(|argv| KeyCommand::new(argv, passed, std::env::vars_os())).transpose()?;
        Ok(Self { keys, hook, deriving: Semaphore::new(1), hooks: Semaphore::new(PARALLEL_HOOKS) })
    }
}

/// What protects what `person` saves; `None`: nothing does, so nothing is saved.
fn protection(app: &App, person: &SignedIn) -> Option<Protection> {
    if app.secrets().hook.is_some() {
        return Some(Protection::Hook);
    }
    // Whoever has a password here cannot be asked for a second one without need.
    if app.config().secrets.master_password_required && person.contents.provider.is_some() {
        return Some(Protection::MasterPassword);
    }
    app.secrets().keys.current().map(|_| Protection::Operator)
}

/// Whether `person` may save a secret of this kind.
///
/// # Errors
///
/// 403 `saving_not_allowed`, and why.
pub fn permit(app: &App, person: &SignedIn, kind: SecretKind) -> ApiResult<()> {
    match refusal(app, person, kind) {
        None => Ok(()),
        Some(refusal) => Err(ApiError::new(Code::SavingNotAllowed, refusal_words(refusal))),
    }
}

fn refusal(app: &App, person: &SignedIn, kind: SecretKind) -> Option<SaveRefusal> {
    if !is_allowed(app, kind) {
        return Some(SaveRefusal::NotAllowed);
    }
    protection(app, person).is_none().then_some(SaveRefusal::NoKey)
}

/// Whether the operator lets people save secrets of this kind.
fn is_allowed(app: &App, kind: SecretKind) -> bool {
    let config = &app.config().secrets;
    match kind {
        SecretKind::Database => config.allow_save_password,
        SecretKind::Tunnel => config.allow_save_tunnel_password,
    }
}

fn refusal_words(refusal: SaveRefusal) -> &'static str {
    match refusal {
        SaveRefusal::NotAllowed => {
            "Whoever runs this Howdah does not let passwords be saved. Connect without saving it; it is then kept in memory while your sign-in lasts."
        }
        SaveRefusal::NoKey => {
            "This Howdah has no key to seal passwords with, so none can be saved. Ask whoever runs it to set secrets.key or secrets.master_password_required."
        }
    }
}

/// How it stands with what `person` saves.
///
/// # Errors
///
/// When the store cannot be reached.
pub async fn state(app: &App, person: &SignedIn) -> ApiResult<SecretsState> {
    let database = refusal(app, person, SecretKind::Database);
    Ok(SecretsState {
        can_save_password: database.is_none(),
        can_save_tunnel_password: refusal(app, person, SecretKind::Tunnel).is_none(),
        reason: database,
        reason_text: database.map(|refusal| refusal_words(refusal).to_owned()),
        master_password: vault::master_password_state(app, person).await?,
        saved_passwords: app.store().saved_secrets(&person.account.id).await?.len(),
    })
}

/// What a person must do about their master password first.
fn master_password_required(state: MasterPasswordState) -> ApiError {
    let words = match state {
        MasterPasswordState::Unset => {
            "Passwords that you save are sealed with a master password of yours. Set one first; it is known to nobody but you."
        }
        _ => "Your saved passwords are sealed with your master password. Type it to go on.",
    };
    ApiError::new(Code::MasterPasswordRequired, words).with_master_password(state)
}
