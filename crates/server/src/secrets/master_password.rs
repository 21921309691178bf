//! The master password: set, typed once a session, changed, and reset with everything under it.
//!
//! It is never kept, nor a hash of it: what it opens tells whether it is right.

use howdah_store::{DataKey, KeptDataKey, Protection};
use secrecy::{ExposeSecret, SecretString};
use time::OffsetDateTime;

use super::{protection, vault};
use crate::app::App;
use crate::error::{ApiError, ApiResult, Code, sentence};
use crate::internal::{self, block_after};
use crate::session::SignedIn;

/// Sets the first one. What was saved under another key goes under it.
///
/// # Errors
///
/// 409 when there is one or none is needed, 422 when it will not do.
pub async fn set(app: &App, person: &SignedIn, password: SecretString) -> ApiResult<()> {
    check(app, &password, "password")?;
    let kept = app.store().data_key(&person.account.id).await?;
    if kept.as_ref().is_some_and(|kept| kept.protection == Protection::MasterPassword) {
        return Err(conflict("You have a master password already. Type it to go on, or reset it under your account."));
    }
    if protection(app, person) != Some(Protection::MasterPassword) {
        return Err(conflict("What you save here is sealed without a master password; none is needed."));
    }
    let _turn = app.secrets().deriving.acquire().await.map_err(|_| vault::changed())?;
    let derived = vault::derive(password, None).await?;
    let wrapping = derived.wrapping(Protection::MasterPassword);
    let key = DataKey::generate()?;
    let done = match &kept {
        None => app.store().create_data_key(&person.account.id, &key, wrapping).await?,
        Some(kept) => {
            let old = match vault::unlocked(app, person, kept).await? {
                Some(key) => key,
                None => vault::open_with_operators_key(app, kept)?,
            };
            app.store().replace_data_key(kept, &old, &key, wrapping).await?
        }
    };
    if !done {
        return Err(vault::changed());
    }
    tracing::info!(user.name = person.account.username, "{} set a master password", person.account.username);
    vault::keep_unlocked(app, person, &key).await
}

/// Opens what the master password seals, for this session.
///
/// # Errors
///
/// 422 `wrong_password`, 429 after too many of these, 409 when there is none.
pub async fn unlock(app: &App, person: &SignedIn, password: SecretString) -> ApiResult<()> {
    let _turn = app.secrets().deriving.acquire().await.map_err(|_| vault::changed())?;
    let (kept, key) = open(app, person, password.clone(), "password").await?;
    app.store().note_right_master_password(&person.account.id).await?;
    // The operator asks for none any more: this was the last time.
    let is_last = !app.config().secrets.master_password_required;
    if is_last
        && protection(app, person) == Some(Protection::Operator)
        && let Some(operators) = app.secrets().keys.current()
    {
        let wrapping = howdah_store::Wrapping { key: operators, protection: Protection::Operator, derivation: None };
        app.store().rewrap_data_key(&kept, &key, wrapping).await?;
    }
    vault::keep_unlocked(app, person, &key).await
}

/// Puts another one in its place: a new data key, under which everything is sealed anew.
///
/// # Errors
///
/// As for [`unlock`], and 422 when the new one will not do.
pub async fn change(app: &App, person: &SignedIn, current: SecretString, new: SecretString) -> ApiResult<()> {
    check(app, &new, "new_password")?;
    let _turn = app.secrets().deriving.acquire().await.map_err(|_| vault::changed())?;
    let (kept, old) = open(app, person, current, "current_password").await?;
    let derived = vault::derive(new, None).await?;
    let key = DataKey::generate()?;
    if !app.store().replace_data_key(&kept, &old, &key, derived.wrapping(Protection::MasterPassword)).await? {
        return Err(vault::changed());
    }
    tracing::info!(user.name = person.account.username, "{} changed the master password", person.account.username);
    vault::keep_unlocked(app, person, &key).await
}

/// Has this session ask for it again.
///
/// # Errors
///
/// When the store cannot be reached.
pub async fn lock(app: &App, person: &SignedIn) -> ApiResult<()> {
    app.store().lock_session(&person.session_id).await?;
    Ok(())
}

/// Forgets it with everything that was saved, and says how many passwords that were.
///
/// # Errors
///
/// When the store cannot be reached; then nothing has changed.
pub async fn reset(app: &App, person: &SignedIn) -> ApiResult<u64> {
    let forgotten = app.store().forget_data_key(&person.account.id).await?;
    tracing::info!(
        user.name = person.account.username,
        forgotten,
        "{} reset what is saved: {forgotten} passwords are forgotten",
        person.account.username
    );
    Ok(forgotten)
}

/// The data key, if `password` is the right one. The caller has its turn, so that many guesses at once are no way round
/// the limits.
async fn open(
    app: &App,
    person: &SignedIn,
    password: SecretString,
    field: &'static str,
) -> ApiResult<(KeptDataKey, DataKey)> {
    let kept = app.store().data_key(&person.account.id).await?;
    let kept = kept
        .filter(|kept| kept.protection == Protection::MasterPassword)
        .ok_or_else(|| conflict("You have no master password. Set one when you save the first password."))?;
    if kept.blocked_until > OffsetDateTime::now_utc() {
        return Err(too_many(kept.blocked_until));
    }
    let is_sane = !password.expose_secret().is_empty() && password.expose_secret().len() <= internal::MAX_LENGTH;
    if is_sane {
        let derived = vault::derive(password, kept.derivation.as_deref()).await?;
        if let Some(key) = kept.open(&derived.key) {
            return Ok((kept, key));
        }
    }
    let blocked = block_after(kept.failures + 1, app.config().auth.max_login_attempts);
    app.store().note_wrong_master_password(&person.account.id, OffsetDateTime::now_utc() + blocked).await?;
    Err(ApiError::new(Code::WrongPassword, "This is not your master password.").at_field(field))
}

fn check(app: &App, password: &SecretString, field: &'static str) -> ApiResult<()> {
    internal::check_length(password, app.config().auth.password_min_length)
        .map_err(|error| ApiError::invalid(field, sentence(&error.to_string())))
}

fn conflict(words: &str) -> ApiError {
    ApiError::new(Code::Conflict, words)
}

fn too_many(until: OffsetDateTime) -> ApiError {
    let seconds = (until - OffsetDateTime::now_utc()).whole_seconds().max(0).unsigned_abs() + 1;
    ApiError::new(
        Code::TooManyAttempts,
        format!("There were too many wrong master passwords. Wait {seconds} seconds, then try again."),
    )
    .retry_after(seconds)
}
