//! The source `entra`: a token of Microsoft Entra ID for Azure Database for PostgreSQL.

mod certificate;
mod config;

use async_trait::async_trait;

pub use self::config::{EntraConfig, EntraFlow, EntraSettings};

use self::config::Flow;
use crate::error::CredentialError;
use crate::request::Request;
use crate::source::{By, Outcome, Share, Source, Whose};

#[async_trait]
impl Source for EntraConfig {
    fn share(&self) -> Share {
        let whose = match self.flow {
            Flow::SignedInUser | Flow::OnBehalfOf | Flow::Interactive(_) | Flow::DeviceCode(_) => Whose::Person,
            Flow::ClientSecret(..)
            | Flow::ClientCertificate(..)
            | Flow::WorkloadIdentity { .. }
            | Flow::ManagedIdentity { .. }
            | Flow::AzureCli { .. } => Whose::Service,
        };
        Share { whose, by: By::Settings }
    }

    async fn fetch(&self, _: &Request) -> Result<Outcome, CredentialError> {
        Err(CredentialError::failed("this source is not built yet"))
    }
}
