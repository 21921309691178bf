//! Flows that wait for a person's browser to come back.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom, SystemRandom};
use secrecy::SecretString;
use tokio::sync::oneshot;

use crate::error::CredentialError;
use crate::identity::Person;
use crate::request::{Key, Request};

/// How long a browser may be away.
pub(crate) const LIFE: Duration = Duration::from_secs(600);
/// At this many, the oldest is forgotten.
const MOST: usize = 10_000;

/// What a browser brought back to the redirect URI (RFC 6749 section 4.1.2).
#[derive(Clone, Debug)]
pub struct RedirectAnswer {
    /// `code`, or `error` with its description.
    pub outcome: Result<SecretString, Refusal>,
    /// `iss` (RFC 9207).
    pub issuer: Option<String>,
}

/// An authorization server's refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// `error`.
    pub error: String,
    /// `error_description`.
    pub description: Option<String>,
}

/// Browsers that are away, by their state.
#[derive(Default)]
pub(crate) struct Redirects(Mutex<HashMap<String, Away>>);

struct Away {
    person: Person,
    key: Arc<Key>,
    since: SystemTime,
    sender: oneshot::Sender<RedirectAnswer>,
}

impl Redirects {
    /// A state for a browser that is about to leave, and where its answer will arrive. Bound to the person.
    pub(crate) fn leave(
        &self,
        request: &Request,
    ) -> Result<(String, oneshot::Receiver<RedirectAnswer>), CredentialError> {
        let state = random_text()?;
        let (sender, receiver) = oneshot::channel();
        let now = request.now();
        self.give_up(now);
        let mut away = self.lock();
        if away.len() >= MOST
            && let Some(oldest) = away.iter().min_by_key(|(_, browser)| browser.since).map(|(state, _)| state.clone())
        {
            away.remove(&oldest);
        }
        let browser = Away { person: request.person.clone(), key: Arc::clone(&request.key), since: now, sender };
        away.insert(state.clone(), browser);
        Ok((state, receiver))
    }

    /// Ends the flows whose browsers stay away too long.
    pub(crate) fn give_up(&self, now: SystemTime) {
        self.lock().retain(|_, browser| !browser.sender.is_closed() && is_within(browser.since, now));
    }

    /// The flow of this person that waits for a browser with this state.
    pub(crate) fn flow_of(&self, person: &Person, state: &str) -> Option<Arc<Key>> {
        let away = self.lock();
        away.get(state).filter(|browser| browser.person.is_same(person)).map(|browser| Arc::clone(&browser.key))
    }

    /// Hands an answer to the flow of this person that waits for it, once. Says whether there is one. The state of
    /// another person stays: it is not this one's to use up.
    pub(crate) fn come_back(&self, person: &Person, state: &str, answer: RedirectAnswer, now: SystemTime) -> bool {
        let mut away = self.lock();
        if !away.get(state).is_some_and(|browser| browser.person.is_same(person)) {
            return false;
        }
        let browser = away.remove(state).filter(|browser| is_within(browser.since, now));
        browser.is_some_and(|browser| browser.sender.send(answer).is_ok())
    }

    pub(crate) fn forget_person(&self, person: &Person) {
        self.lock().retain(|_, browser| !browser.person.is_same(person));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Away>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_within(since: SystemTime, now: SystemTime) -> bool {
    now.duration_since(since).unwrap_or_default() < LIFE
}

/// 256 random bits, as text that a URL can hold.
pub(crate) fn random_text() -> Result<String, CredentialError> {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).map_err(|_| CredentialError::failed("no random numbers can be had"))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
