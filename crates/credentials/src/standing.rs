//! How it stands with the secret of open connections, for whoever shows it to a person.

use std::sync::Arc;

use crate::credential::Credential;
use crate::error::CredentialError;

/// The newest secret, and whether something keeps it from being renewed.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The newest secret that the source gave. It may be over.
    pub credential: Arc<Credential>,
    /// Why there is no newer one, though one is due.
    pub trouble: Option<Trouble>,
}

/// What keeps a secret from being renewed.
#[derive(Clone, Debug)]
pub enum Trouble {
    /// The source failed. It is asked again by itself.
    Failed(CredentialError),
    /// A person must act, and will be asked to when a connection needs the next secret.
    NeedsPerson,
}
