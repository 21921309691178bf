//! Passwords that people typed at connect, kept in memory while their session lives.

use std::collections::HashMap;
use std::sync::Arc;

use crate::credential::Credential;
use crate::identity::{Person, ServerKey};

/// At this many, the oldest is forgotten and will be asked for again.
const MOST: usize = 10_000;

#[derive(Default)]
pub(crate) struct Passwords(HashMap<(Person, ServerKey), Kept>);

struct Kept {
    credential: Arc<Credential>,
    /// What it was typed for, in words of whoever provides it.
    bound_to: String,
}

impl Passwords {
    pub(crate) fn keep(&mut self, person: &Person, server: &ServerKey, bound_to: &str, credential: Credential) {
        if self.0.len() >= MOST
            && let Some(oldest) =
                self.0.iter().min_by_key(|(_, kept)| kept.credential.obtained_at).map(|(key, _)| key.clone())
        {
            self.0.remove(&oldest);
        }
        let kept = Kept { credential: Arc::new(credential), bound_to: bound_to.to_owned() };
        self.0.insert((person.clone(), server.clone()), kept);
    }

    pub(crate) fn find(&self, person: &Person, server: &ServerKey) -> Option<Arc<Credential>> {
        self.0.get(&(person.clone(), server.clone())).map(|kept| Arc::clone(&kept.credential))
    }

    /// Whether one is kept that was typed for this. One that was typed for something else is forgotten.
    pub(crate) fn is_for(&mut self, person: &Person, server: &ServerKey, bound_to: &str) -> bool {
        let key = (person.clone(), server.clone());
        match self.0.get(&key) {
            Some(kept) if kept.bound_to == bound_to => true,
            Some(_) => {
                self.0.remove(&key);
                false
            }
            None => false,
        }
    }

    /// Forgets what is kept if it is still this very one.
    pub(crate) fn drop_if_same(&mut self, person: &Person, server: &ServerKey, refused: &Arc<Credential>) {
        if self.find(person, server).is_some_and(|kept| Arc::ptr_eq(&kept, refused)) {
            self.0.remove(&(person.clone(), server.clone()));
        }
    }

    pub(crate) fn forget(&mut self, person: &Person, server: &ServerKey) {
        self.0.remove(&(person.clone(), server.clone()));
    }

    pub(crate) fn forget_person(&mut self, person: &Person) {
        self.0.retain(|(owner, _), _| !owner.is_same(person));
    }

    pub(crate) fn forget_server(&mut self, server: &ServerKey) {
        self.0.retain(|(_, of), _| of != server);
    }
}
