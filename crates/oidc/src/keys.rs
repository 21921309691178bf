//! The provider's keys, kept between sign-ins.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use openidconnect::core::CoreJsonWebKeySet;
use reqwest::Client;
use url::Url;

use crate::config::ProviderConfig;
use crate::error::{SignInError, Step};
use crate::http;

/// How long keys are believed: a key that the provider withdraws is accepted no longer than this.
const LIFE: Duration = Duration::from_secs(3600);
/// The least time between two fetches that unknown keys cause, so that forged tokens cannot make us a nuisance.
const REFETCH_INTERVAL: Duration = Duration::from_secs(10);

#[derive(Default)]
pub(crate) struct KeyCache {
    current: Option<(Arc<CoreJsonWebKeySet>, SystemTime)>,
    refetched_at: Option<SystemTime>,
}

impl KeyCache {
    /// The keys, fetched if there are none or they are old.
    pub(crate) async fn keys(
        &mut self,
        config: &ProviderConfig,
        client: &Client,
        url: &Url,
        now: SystemTime,
    ) -> Result<Arc<CoreJsonWebKeySet>, SignInError> {
        match &self.current {
            Some((keys, fetched_at)) if is_within(*fetched_at, now, LIFE) => Ok(Arc::clone(keys)),
            _ => self.fetch(config, client, url, now).await,
        }
    }

    /// OpenID Connect Core 10.1.1: keys other than `seen`, which hold no key for a token. `None` when it is too early
    /// to ask again.
    pub(crate) async fn other_keys(
        &mut self,
        seen: &Arc<CoreJsonWebKeySet>,
        config: &ProviderConfig,
        client: &Client,
        url: &Url,
        now: SystemTime,
    ) -> Result<Option<Arc<CoreJsonWebKeySet>>, SignInError> {
        // Another sign-in may have fetched them while this one waited for the lock.
        if let Some((keys, _)) = &self.current
            && !Arc::ptr_eq(keys, seen)
        {
            return Ok(Some(Arc::clone(keys)));
        }
        if self.refetched_at.is_some_and(|at| is_within(at, now, REFETCH_INTERVAL)) {
            return Ok(None);
        }
        self.refetched_at = Some(now);
        self.fetch(config, client, url, now).await.map(Some)
    }

    async fn fetch(
        &mut self,
        config: &ProviderConfig,
        client: &Client,
        url: &Url,
        now: SystemTime,
    ) -> Result<Arc<CoreJsonWebKeySet>, SignInError> {
        let unusable = |reason: String, source| SignInError::ProviderUnavailable {
            provider: config.display_name().to_owned(),
            step: Step::Keys,
            reason,
            source,
        };
        let answer =
            http::send(client.get(url.clone())).await.map_err(|error| config.unavailable(Step::Keys, error))?;
        if !answer.status.is_success() {
            return Err(unusable(format!("it answered with status {}", answer.status), None));
        }
        let keys: CoreJsonWebKeySet = serde_json::from_slice(&answer.body)
            .map_err(|error| unusable("they are not a JSON Web Key Set".to_owned(), Some(error.into())))?;
        let keys = Arc::new(keys);
        self.current = Some((Arc::clone(&keys), now));
        Ok(keys)
    }
}

/// Whether `moment` lies at most `span` back. A clock that was set back makes everything old.
pub(crate) fn is_within(moment: SystemTime, now: SystemTime, span: Duration) -> bool {
    now.duration_since(moment).is_ok_and(|age| age < span)
}
