//! People's data keys: made when the first secret is saved, opened when one is needed.

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use howdah_credentials::CredentialError;
use howdah_store::{DataKey, KeptDataKey, Protection, SealingKey, Wrapping};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use super::{Secrets, master_password_required, protection};
use crate::app::App;
use crate::error::{ApiError, ApiResult, Code, sentence};
use crate::session::SignedIn;
use crate::wire::MasterPasswordState;

/// What deriving a key from a password costs now. What older ones cost stands beside them.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
/// What a row may ask for at most: it may have been tampered with.
const MOST_MEMORY_KIB: u32 = 256 * 1024;
const MOST_PASSES: u32 = 16;
const SALT_LENGTH: usize = 16;
/// Others may change a data key while this session does; so often it is looked at again.
const ATTEMPTS: usize = 3;

/// The person's data key, open. Their first one is made here.
///
/// # Errors
///
/// 428 `master_password_required`, 409 `secrets_unreadable`, 502 or 504 when a command gives no key, 403 when nothing
/// protects what would be saved.
pub(super) async fn open(app: &App, person: &SignedIn) -> ApiResult<DataKey> {
    let wanted = protection(app, person);
    for _ in 0..ATTEMPTS {
        let opened = match app.store().data_key(&person.account.id).await? {
            Some(kept) => open_kept(app, person, &kept, wanted).await?,
            None => create(app, person, wanted).await?,
        };
        if let Some(key) = opened {
            return Ok(key);
        }
    }
    Err(changed())
}

/// How it stands with the person's master password.
pub(super) async fn master_password_state(app: &App, person: &SignedIn) -> ApiResult<MasterPasswordState> {
    let kept = app.store().data_key(&person.account.id).await?;
    let wanted = protection(app, person);
    Ok(match kept {
        Some(kept) if kept.protection == Protection::MasterPassword => match unlocked(app, person, &kept).await? {
            Some(_) => MasterPasswordState::Unlocked,
            None => MasterPasswordState::Locked,
        },
        _ if wanted == Some(Protection::MasterPassword) => MasterPasswordState::Unset,
        _ => MasterPasswordState::NotNeeded,
    })
}

/// The data key that this session keeps open.
pub(super) async fn unlocked(app: &App, person: &SignedIn, kept: &KeptDataKey) -> ApiResult<Option<DataKey>> {
    Ok(app.store().unlocked_key(&person.session_id, &person.unlocking_key, kept).await?)
}

/// Keeps a data key open for this session.
pub(super) async fn keep_unlocked(app: &App, person: &SignedIn, key: &DataKey) -> ApiResult<()> {
    Ok(app.store().keep_unlocked(&person.session_id, &person.unlocking_key, key).await?)
}

/// Opens a data key without asking the person; `None` when somebody else has changed it meanwhile.
async fn open_kept(
    app: &App,
    person: &SignedIn,
    kept: &KeptDataKey,
    wanted: Option<Protection>,
) -> ApiResult<Option<DataKey>> {
    match kept.protection {
        Protection::Operator if wanted == Some(Protection::MasterPassword) => {
            Err(master_password_required(MasterPasswordState::Unset))
        }
        Protection::Operator => {
            let key = open_with_operators_key(app, kept)?;
            if wanted != Some(Protection::Hook) {
                return Ok(Some(key));
            }
            let derived = derive_from_hook(app, person, None).await?;
            let is_ours = app.store().rewrap_data_key(kept, &key, derived.wrapping(Protection::Hook)).await?;
            if is_ours {
                keep_unlocked(app, person, &key).await?;
            }
            Ok(is_ours.then_some(key))
        }
        Protection::MasterPassword => match unlocked(app, person, kept).await? {
            Some(key) => Ok(Some(key)),
            None => Err(master_password_required(MasterPasswordState::Locked)),
        },
        Protection::Hook => {
            if let Some(key) = unlocked(app, person, kept).await? {
                return Ok(Some(key));
            }
            let derived = derive_from_hook(app, person, kept.derivation.as_deref()).await?;
            let key = kept.open(&derived.key).ok_or_else(|| {
                tracing::error!(account.id = %kept.account, "the key from secrets.master_password_hook opens nothing of account {}: did it change?", kept.account);
                unreadable("the command that gives the key gives another one than before")
            })?;
            keep_unlocked(app, person, &key).await?;
            Ok(Some(key))
        }
    }
}

/// Opens a data key with the operator's key.
pub(super) fn open_with_operators_key(app: &App, kept: &KeptDataKey) -> ApiResult<DataKey> {
    let key = app.secrets().keys.named(kept.wrapping_key_id()).and_then(|key| kept.open(key));
    key.ok_or_else(|| {
        tracing::error!(account.id = %kept.account, "the data key of account {} is sealed under the key {}, which is not here", kept.account, kept.wrapping_key_id());
        unreadable("they were sealed under a key that this Howdah does not have any more")
    })
}

/// Makes the person's first data key; `None` when another request was faster.
async fn create(app: &App, person: &SignedIn, wanted: Option<Protection>) -> ApiResult<Option<DataKey>> {
    let key = DataKey::generate()?;
    let account = &person.account.id;
    let is_first = match wanted {
        None => {
            return Err(super::permit(app, person, howdah_store::SecretKind::Database).err().unwrap_or_else(changed));
        }
        Some(Protection::MasterPassword) => return Err(master_password_required(MasterPasswordState::Unset)),
        Some(Protection::Operator) => {
            let current = app.secrets().keys.current().ok_or_else(changed)?;
            let wrapping = Wrapping { key: current, protection: Protection::Operator, derivation: None };
            app.store().create_data_key(account, &key, wrapping).await?
        }
        Some(Protection::Hook) => {
            let derived = derive_from_hook(app, person, None).await?;
            let is_first = app.store().create_data_key(account, &key, derived.wrapping(Protection::Hook)).await?;
            if is_first {
                keep_unlocked(app, person, &key).await?;
            }
            is_first
        }
    };
    Ok(is_first.then_some(key))
}

/// A key made from a password, and how.
pub(super) struct Derived {
    pub(super) key: SealingKey,
    derivation: String,
}

impl Derived {
    pub(super) fn wrapping(&self, protection: Protection) -> Wrapping<'_> {
        Wrapping { key: &self.key, protection, derivation: Some(&self.derivation) }
    }
}

/// Makes a key from a password by argon2id: as `derivation` says, or anew with a salt of its own. The caller has its turn.
pub(super) async fn derive(password: SecretString, derivation: Option<&str>) -> ApiResult<Derived> {
    let (parameters, salt) = match derivation {
        Some(text) => read_derivation(text).ok_or_else(|| unreadable("how their key is made cannot be read"))?,
        None => {
            let mut salt = [0; SALT_LENGTH];
            getrandom::fill(&mut salt).map_err(|error| ApiError::internal(&error))?;
            let parameters = Params::new(MEMORY_KIB, PASSES, 1, Some(32)).map_err(|_| changed())?;
            (parameters, salt)
        }
    };
    let derivation =
        format!("argon2id$m={},t={}${}", parameters.m_cost(), parameters.t_cost(), STANDARD_NO_PAD.encode(salt));
    let key = tokio::task::spawn_blocking(move || {
        let mut key = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters)
            .hash_password_into(password.expose_secret().as_bytes(), &salt, key.as_mut_slice())
            .ok()
            .map(|()| SealingKey::from_bytes(key))
    });
    match key.await {
        Ok(Some(key)) => Ok(Derived { key, derivation }),
        _ => Err(ApiError::new(Code::Internal, "Howdah could not make a key of that. Try again in a moment.")),
    }
}

fn read_derivation(text: &str) -> Option<(Params, [u8; SALT_LENGTH])> {
    let (costs, salt) = text.strip_prefix("argon2id$m=")?.split_once('$')?;
    let (memory, passes) = costs.split_once(",t=")?;
    let (memory, passes): (u32, u32) = (memory.parse().ok()?, passes.parse().ok()?);
    if memory > MOST_MEMORY_KIB || passes > MOST_PASSES {
        return None;
    }
    let salt = STANDARD_NO_PAD.decode(salt).ok()?.try_into().ok()?;
    Some((Params::new(memory, passes, 1, Some(32)).ok()?, salt))
}

async fn derive_from_hook(app: &App, person: &SignedIn, derivation: Option<&str>) -> ApiResult<Derived> {
    let Secrets { hook, hooks, deriving, .. } = app.secrets();
    let Some(hook) = hook else {
        return Err(unreadable(
            "the command that gave their key (secrets.master_password_hook) is not configured any more",
        ));
    };
    let username = &person.account.username;
    let secret = {
        let _turn = hooks.acquire().await.map_err(|_| changed())?;
        hook.run(username).await.map_err(|error| hook_problem(&error, username))?
    };
    let _turn = deriving.acquire().await.map_err(|_| changed())?;
    derive(secret, derivation).await
}

fn hook_problem(error: &CredentialError, username: &str) -> ApiError {
    let output = error.for_owner().unwrap_or_default();
    tracing::error!(user.name = username, output, "secrets.master_password_hook gave no key for {username}: {error}");
    let code = match error {
        CredentialError::Timeout { .. } => Code::CredentialTimeout,
        _ => Code::CredentialFailed,
    };
    ApiError::new(
        code,
        format!(
            "The key to your saved passwords could not be obtained. {} Try again, or tell whoever runs this Howdah: its log says more.",
            sentence(&error.to_string())
        ),
    )
}

fn unreadable(why: &str) -> ApiError {
    ApiError::new(
        Code::SecretsUnreadable,
        format!(
            "Your saved passwords cannot be opened: {why}. Tell whoever runs this Howdah; nothing is lost until you reset them under your account."
        ),
    )
}

/// What is answered when others keep changing what this request works on.
pub(super) fn changed() -> ApiError {
    ApiError::new(
        Code::Conflict,
        "The key to your saved passwords is being changed in another window. Try again in a moment.",
    )
}

#[cfg(test)]
mod tests {
    use super::{derive, read_derivation};

    #[tokio::test]
    async fn the_same_password_and_salt_give_the_same_key_and_nothing_else_does() {
        let first = derive("correct horse".into(), None).await.expect("derived");
        let again = derive("correct horse".into(), Some(&first.derivation)).await.expect("derived");
        let other = derive("correct horse".into(), None).await.expect("derived");
        let wrong = derive("battery staple".into(), Some(&first.derivation)).await.expect("derived");
        assert_eq!(first.key.id(), again.key.id());
        assert_eq!(first.derivation, again.derivation);
        assert!(first.key.id() != other.key.id() && first.key.id() != wrong.key.id());
    }

    #[test]
    fn a_row_cannot_ask_for_more_than_the_machine_has() {
        let salt = "AAAAAAAAAAAAAAAAAAAAAA";
        assert!(read_derivation(&format!("argon2id$m=65536,t=3${salt}")).is_some());
        for broken in [
            format!("argon2id$m=4000000,t=3${salt}"),
            format!("argon2id$m=65536,t=3000${salt}"),
            format!("argon2d$m=65536,t=3${salt}"),
            format!("argon2id$m=65536,t=3${}", &salt[2..]),
            String::new(),
        ] {
            assert!(read_derivation(&broken).is_none(), "{broken}");
        }
    }
}
