//! Credentials that other credentials are made from: AWS keys, a cloud's token, a login to Vault.

use std::time::{Duration, SystemTime};

use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::error::CredentialError;
use crate::request::{Request, Why};

/// How long one without an end is kept: the file that it came from may change.
const LIFE_WITHOUT_END: Duration = Duration::from_secs(300);
/// Ahead of its end it is replaced, but not in the second half of a short life.
const MARGIN: Duration = Duration::from_secs(300);
/// PostgreSQL's refusal casts no doubt on one that is younger.
const TRUSTED_AGE: Duration = Duration::from_secs(60);

/// Obtains a base credential once for all who wait for it, and keeps it while it is good.
pub(crate) struct Base<T>(Mutex<State<T>>);

struct State<T> {
    current: Option<Current<T>>,
    failure: Option<(CredentialError, Instant)>,
}

struct Current<T> {
    value: T,
    obtained_at: SystemTime,
    expires_at: Option<SystemTime>,
}

impl<T> Default for Base<T> {
    fn default() -> Self {
        Self(Mutex::new(State { current: None, failure: None }))
    }
}

impl<T: Clone> Base<T> {
    /// The kept one, or what `fetch` gives with its end. Who waited while that failed gets the same failure.
    pub(crate) async fn obtain(
        &self,
        request: &Request,
        fetch: impl Future<Output = Result<(T, Option<SystemTime>), CredentialError>>,
    ) -> Result<T, CredentialError> {
        let asked_at = Instant::now();
        let mut state = self.0.lock().await;
        let now = request.now();
        if let Some(current) = state.current.as_ref().filter(|current| current.is_good(request.why, now)) {
            return Ok(current.value.clone());
        }
        if let Some((error, _)) = state.failure.as_ref().filter(|(_, failed_at)| *failed_at > asked_at) {
            return Err(error.clone());
        }
        match fetch.await {
            Ok((value, expires_at)) => {
                state.current = Some(Current { value: value.clone(), obtained_at: request.now(), expires_at });
                state.failure = None;
                Ok(value)
            }
            Err(error) => {
                state.failure = Some((error.clone(), Instant::now()));
                // What was fetched ahead of its end serves until then.
                match state.current.as_ref().filter(|current| current.is_usable(now)) {
                    Some(current) if request.why != Why::Refused => Ok(current.value.clone()),
                    _ => Err(error),
                }
            }
        }
    }
}

impl<T> Current<T> {
    fn is_good(&self, why: Why, now: SystemTime) -> bool {
        let age = now.duration_since(self.obtained_at).unwrap_or_default();
        if why == Why::Refused && age >= TRUSTED_AGE {
            return false;
        }
        match self.expires_at {
            None => age < LIFE_WITHOUT_END,
            Some(expires_at) => {
                let life = expires_at.duration_since(self.obtained_at).unwrap_or_default();
                expires_at.duration_since(now).unwrap_or_default() > MARGIN.min(life / 2)
            }
        }
    }

    fn is_usable(&self, now: SystemTime) -> bool {
        self.expires_at.is_some_and(|expires_at| expires_at > now + Duration::from_secs(30))
    }
}
