//! The provider's keys, kept between sign-ins.

mod key;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use reqwest::Client;
use serde_json::{Map, Value};
use tokio::sync::Mutex;
use url::Url;

pub(crate) use self::key::{Algorithm, Key, accepted_algorithms, algorithm_named};
use crate::config::ProviderConfig;
use crate::error::{SignInError, Step};
use crate::http;

/// How long keys are believed: a key that the provider withdraws is accepted no longer than this, also when its keys
/// cannot be read any more.
const LIFE: Duration = Duration::from_secs(3600);
/// The least time between two fetches that unknown keys cause, so that forged tokens cannot make us a nuisance.
const REFETCH_INTERVAL: Duration = Duration::from_secs(10);

/// What a provider signs with.
pub(crate) type Keys = Arc<Vec<Key>>;

#[derive(Default)]
pub(crate) struct KeyCache {
    current: RwLock<Option<(Keys, SystemTime)>>,
    /// When an unknown key last caused a fetch. Held while keys are fetched, so that one fetch serves all who wait;
    /// those who have keys do not wait.
    refetched_at: Mutex<Option<SystemTime>>,
}

impl KeyCache {
    /// The keys, fetched if there are none or they are old.
    pub(crate) async fn keys(
        &self,
        config: &ProviderConfig,
        client: &Client,
        url: &Url,
        now: SystemTime,
    ) -> Result<Keys, SignInError> {
        if let Some(keys) = self.current(now) {
            return Ok(keys);
        }
        let _fetching = self.refetched_at.lock().await;
        match self.current(now) {
            Some(keys) => Ok(keys),
            None => self.fetch(config, client, url, now).await,
        }
    }

    /// OpenID Connect Core 10.1.1: keys other than `seen`, which hold no key for a token. `None` when it is too early
    /// to ask again.
    pub(crate) async fn other_keys(
        &self,
        seen: &Keys,
        config: &ProviderConfig,
        client: &Client,
        url: &Url,
        now: SystemTime,
    ) -> Result<Option<Keys>, SignInError> {
        let mut refetched_at = self.refetched_at.lock().await;
        // Another sign-in may have fetched them while this one waited for the lock.
        if let Some(keys) = self.current(now)
            && !Arc::ptr_eq(&keys, seen)
        {
            return Ok(Some(keys));
        }
        if refetched_at.is_some_and(|at| is_within(at, now, REFETCH_INTERVAL)) {
            return Ok(None);
        }
        *refetched_at = Some(now);
        self.fetch(config, client, url, now).await.map(Some)
    }

    /// When the keys that we have were read.
    pub(crate) fn last_fetched(&self) -> Option<SystemTime> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current.as_ref().map(|(_, fetched_at)| *fetched_at)
    }

    fn current(&self, now: SystemTime) -> Option<Keys> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current.as_ref().filter(|(_, fetched_at)| is_within(*fetched_at, now, LIFE)).map(|(keys, _)| Arc::clone(keys))
    }

    async fn fetch(
        &self,
        config: &ProviderConfig,
        client: &Client,
        url: &Url,
        now: SystemTime,
    ) -> Result<Keys, SignInError> {
        let unusable = |reason: String| SignInError::ProviderUnavailable {
            provider: config.display_name().to_owned(),
            step: Step::Keys,
            reason,
            source: None,
        };
        let answer =
            http::send(client.get(url.clone())).await.map_err(|error| config.unavailable(Step::Keys, error))?;
        if !answer.status.is_success() {
            return Err(unusable(format!("it answered with status {}", answer.status)));
        }
        let keys = parse(&answer.body).ok_or_else(|| unusable("they are not a JSON Web Key Set".to_owned()))?;
        let keys = Arc::new(keys);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some((Arc::clone(&keys), now));
        Ok(keys)
    }
}

/// RFC 7517 section 5: keys that we do not understand are left out.
pub(crate) fn parse(set: &[u8]) -> Option<Vec<Key>> {
    let mut set: Map<String, Value> = serde_json::from_slice(set).ok()?;
    let Some(Value::Array(keys)) = set.remove("keys") else { return None };
    Some(keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).collect())
}

/// Whether `moment` lies at most `span` back. A clock that was set back makes everything old.
pub(crate) fn is_within(moment: SystemTime, now: SystemTime, span: Duration) -> bool {
    now.duration_since(moment).is_ok_and(|age| age < span)
}
