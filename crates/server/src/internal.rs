//! Internal accounts: people who sign in with a password that is kept here, as a hash.
//!
//! A wrong password and an unknown name are answered alike, after the same work. Too many wrong ones block the name for a
//! while that doubles, and unblock it by themselves.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Argon2, Params};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use howdah_store::Account;
use secrecy::{ExposeSecret, SecretString};
use time::OffsetDateTime;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::app::App;
use crate::error::{ApiError, Code};
use crate::throttle::{Throttle, network};

/// Passwords are no longer than this, in bytes: hashing takes time in proportion.
pub(crate) const MAX_LENGTH: usize = 1024;
/// Hashes at a time: each takes 19 MiB.
const PARALLEL_HASHES: usize = 4;
/// Wrong passwords from one address within a minute, before it has to wait.
const FAILURES_A_MINUTE: usize = 20;
/// The first time that a name is blocked; it doubles with each further wrong password.
const FIRST_BLOCK: Duration = Duration::from_secs(30);
const LONGEST_BLOCK: Duration = Duration::from_secs(15 * 60);
/// Names without an account that are remembered.
const MOST_UNKNOWN_NAMES: usize = 10_000;

/// Why a person was not signed in.
#[derive(Debug)]
pub enum Refusal {
    /// No user name was given.
    NoUsername,
    /// No password was given.
    NoPassword,
    /// No such account, or another password.
    BadCredentials,
    /// Too many wrong passwords; try again later.
    TooManyAttempts,
    /// The account is switched off. Only told to whoever knows its password.
    Disabled,
    /// Howdah's own fault.
    Failed(ApiError),
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self::Failed(error)
    }
}

/// What checking passwords needs to remember.
pub struct Passwords {
    hashing: Semaphore,
    /// Checked in place of the hash of an account that is not there.
    decoy: SecretString,
    addresses: Throttle<IpAddr>,
    unknown_names: Mutex<UnknownNames>,
}

/// Failures in a row and the end of the block, by names that no account has.
type UnknownNames = HashMap<String, (u32, Instant)>;

impl Passwords {
    /// Ready to check passwords.
    ///
    /// # Errors
    ///
    /// When the system gives no random bytes.
    pub fn new() -> Result<Self, getrandom::Error> {
        Ok(Self {
            hashing: Semaphore::new(PARALLEL_HASHES),
            decoy: decoy()?,
            addresses: Throttle::new(FAILURES_A_MINUTE),
            unknown_names: Mutex::default(),
        })
    }
}

/// The form of a hash, as costly to compare with as a real one, that no password has. To hash something for it would make
/// every start wait, and take 19 MiB.
fn decoy() -> Result<SecretString, getrandom::Error> {
    let mut random = [0; 16 + 32];
    getrandom::fill(&mut random)?;
    let (salt, hash) = random.split_at(16);
    let cost = Params::DEFAULT;
    Ok(format!(
        "$argon2id$v=19$m={},t={},p={}${}${}",
        cost.m_cost(),
        cost.t_cost(),
        cost.p_cost(),
        STANDARD_NO_PAD.encode(salt),
        STANDARD_NO_PAD.encode(hash)
    )
    .into())
}

/// Why a password cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Too short.
    #[error("the password is shorter than {0} characters")]
    TooShort(usize),
    /// Too long.
    #[error("the password is longer than {MAX_LENGTH} bytes")]
    TooLong,
    /// It could not be hashed.
    #[error("the password could not be hashed: {0}")]
    Hash(argon2::password_hash::Error),
}

/// A new password's hash: argon2id with a salt of its own.
///
/// # Errors
///
/// When the password is shorter than `min_length` characters or cannot be hashed.
pub fn hash(password: &SecretString, min_length: usize) -> Result<SecretString, PasswordError> {
    check_length(password, min_length)?;
    let password = password.expose_secret();
    let hash: argon2::password_hash::phc::PasswordHash =
        Argon2::default().hash_password(password.as_bytes()).map_err(PasswordError::Hash)?;
    Ok(hash.to_string().into())
}

/// Whether a new password is long enough and not too long.
///
/// # Errors
///
/// What is wrong with it.
pub fn check_length(password: &SecretString, min_length: usize) -> Result<(), PasswordError> {
    let password = password.expose_secret();
    if password.chars().count() < min_length {
        return Err(PasswordError::TooShort(min_length));
    }
    if password.len() > MAX_LENGTH {
        return Err(PasswordError::TooLong);
    }
    Ok(())
}

/// The account of `username` if `password` is its password.
///
/// # Errors
///
/// The refusal, which does not tell an unknown name from a wrong password.
pub async fn sign_in(app: &App, username: &str, password: SecretString, address: IpAddr) -> Result<Account, Refusal> {
    if username.trim().is_empty() {
        return Err(Refusal::NoUsername);
    }
    if password.expose_secret().is_empty() {
        return Err(Refusal::NoPassword);
    }
    let account = check(app, username, password, address).await?;
    if account.disabled {
        return Err(Refusal::Disabled);
    }
    app.store().note_right_password(&account.id).await.map_err(ApiError::from)?;
    Ok(account)
}

/// Replaces the password of a person who knows the present one. Their other sessions are for the caller to end.
///
/// # Errors
///
/// The refusal; [`PasswordError`] where the new password will not do.
pub async fn change_password(
    app: &App,
    account: &Account,
    current: SecretString,
    new: &SecretString,
    address: IpAddr,
) -> Result<Result<(), PasswordError>, Refusal> {
    check(app, &account.username, current, address).await?;
    match hash_in_turn(app, new.clone()).await? {
        Ok(hash) => {
            app.store().set_password_hash(&account.id, &hash).await.map_err(ApiError::from)?;
            Ok(Ok(()))
        }
        Err(error) => Ok(Err(error)),
    }
}

/// As [`hash`], on a thread of its own and only a few at a time, with the length that the config wants.
///
/// # Errors
///
/// When Howdah is being stopped.
pub async fn hash_in_turn(app: &App, password: SecretString) -> Result<Result<SecretString, PasswordError>, ApiError> {
    let min_length = app.config().auth.password_min_length;
    let _turn = turn(app).await?;
    apart(move || hash(&password, min_length)).await
}

/// Compares the password, as slowly for a name that nobody has, and counts what is wrong. What was counted while this
/// guess waited for its turn is seen, so that many at once are no way round the limits.
async fn check(app: &App, username: &str, password: SecretString, address: IpAddr) -> Result<Account, Refusal> {
    let _turn = turn(app).await?;
    let found = app.store().internal_account(username).await.map_err(ApiError::from)?;
    let attempts = app.config().auth.max_login_attempts;
    let (now, address) = (OffsetDateTime::now_utc(), network(address));
    let blocked = match &found {
        Some(found) => found.blocked_until > now,
        None => is_unknown_name_blocked(app, username),
    };
    if blocked || app.passwords().addresses.is_exhausted(&address) {
        return Err(Refusal::TooManyAttempts);
    }
    let hash = found.as_ref().map_or_else(|| app.passwords().decoy.clone(), |found| found.password_hash.clone());
    let is_right = apart(move || verify(&hash, &password)).await?;
    match found {
        Some(found) if is_right => return Ok(found.account),
        Some(found) => {
            let until = now + block_after(found.failures + 1, attempts);
            app.store().note_wrong_password(&found.account.id, until).await.map_err(ApiError::from)?;
        }
        None => note_unknown_name(app, username, attempts),
    }
    app.passwords().addresses.note(address);
    Err(Refusal::BadCredentials)
}

fn verify(hash: &SecretString, password: &SecretString) -> bool {
    let password = password.expose_secret().as_bytes();
    PasswordHash::new(hash.expose_secret())
        .is_ok_and(|hash| password.len() <= MAX_LENGTH && Argon2::default().verify_password(password, &hash).is_ok())
}

/// Only a few hash at a time.
async fn turn(app: &App) -> Result<SemaphorePermit<'_>, ApiError> {
    app.passwords().hashing.acquire().await.map_err(|_| stopping())
}

/// Runs what hashes on a thread of its own.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| stopping())
}

fn stopping() -> ApiError {
    ApiError::new(Code::Internal, "Howdah is being stopped. Try again in a moment.")
}

/// How long a name is blocked after so many wrong passwords in a row; `attempts` = 0 blocks nobody.
pub(crate) fn block_after(failures: u32, attempts: u32) -> Duration {
    match failures.checked_sub(attempts) {
        Some(beyond) if attempts > 0 => FIRST_BLOCK.saturating_mul(1 << beyond.min(16)).min(LONGEST_BLOCK),
        _ => Duration::ZERO,
    }
}

fn is_unknown_name_blocked(app: &App, username: &str) -> bool {
    unknown_names(app).get(&username.trim().to_lowercase()).is_some_and(|(_, until)| *until > Instant::now())
}

fn note_unknown_name(app: &App, username: &str, attempts: u32) {
    let mut names = unknown_names(app);
    if names.len() >= MOST_UNKNOWN_NAMES {
        names.clear();
    }
    let now = Instant::now();
    let entry = names.entry(username.trim().to_lowercase()).or_insert((0, now));
    entry.0 += 1;
    entry.1 = now + block_after(entry.0, attempts);
}

fn unknown_names(app: &App) -> MutexGuard<'_, UnknownNames> {
    app.passwords().unknown_names.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use secrecy::{ExposeSecret, SecretString};

    use super::{PasswordError, block_after, decoy, hash, verify};

    #[test]
    fn a_name_is_blocked_longer_each_time_but_not_for_ever() {
        let seconds = |failures, attempts| block_after(failures, attempts).as_secs();
        assert_eq!([1, 2, 3, 4, 5, 8, 40].map(|failures| seconds(failures, 3)), [0, 0, 30, 60, 120, 900, 900]);
        assert_eq!(block_after(100, 0), Duration::ZERO);
    }

    #[test]
    fn the_decoy_costs_what_a_hash_costs() {
        let head = |hash: &SecretString| hash.expose_secret().splitn(5, '$').take(4).collect::<Vec<_>>().join("$");
        let (decoy, password) = (decoy().expect("made"), SecretString::from("correct horse"));
        let real = hash(&password, 8).expect("hashed");
        assert_eq!(head(&decoy), head(&real));
        assert_eq!(decoy.expose_secret().len(), real.expose_secret().len());
        assert!(argon2::password_hash::phc::PasswordHash::new(decoy.expose_secret()).is_ok());
        assert!(!verify(&decoy, &password));
    }

    #[test]
    fn passwords_are_hashed_by_argon2id_with_a_salt_each() {
        let password = SecretString::from("correct horse");
        let (one, two) = (hash(&password, 8).expect("hashed"), hash(&password, 8).expect("hashed"));
        assert!(one.expose_secret().starts_with("$argon2id$"));
        assert_ne!(one.expose_secret(), two.expose_secret());
        assert!(matches!(hash(&SecretString::from("short"), 8), Err(PasswordError::TooShort(8))));
        assert!(matches!(hash(&SecretString::from("x".repeat(2000)), 8), Err(PasswordError::TooLong)));
    }
}
