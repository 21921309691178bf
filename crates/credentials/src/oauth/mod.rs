//! The source `oauth`: a token of any OAuth authorization server.

mod config;

use async_trait::async_trait;

pub use self::config::{OAuthConfig, OAuthFlow, OAuthSettings};

use crate::error::CredentialError;
use crate::request::Request;
use crate::source::{By, Outcome, Share, Source, Whose};

#[async_trait]
impl Source for OAuthConfig {
    fn share(&self) -> Share {
        let whose = match self.flow {
            OAuthFlow::DeviceCode | OAuthFlow::Interactive => Whose::Person,
            OAuthFlow::ClientCredentials => Whose::Service,
        };
        Share { whose, by: By::Settings }
    }

    async fn fetch(&self, _: &Request) -> Result<Outcome, CredentialError> {
        Err(CredentialError::failed("this source is not built yet"))
    }
}
