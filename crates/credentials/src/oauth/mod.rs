//! The source `oauth`: a token of any OAuth authorization server. Its parts also serve the source `entra`.

mod code;
mod config;
mod device;
mod discovery;
mod person;
mod token;

use async_trait::async_trait;
use secrecy::SecretString;
use url::Url;

pub(crate) use self::code::Issuer;
pub use self::config::{OAuthConfig, OAuthFlow, OAuthSettings};
pub(crate) use self::person::{PersonFlow, Way};
pub(crate) use self::token::{Endpoint, NoToken, Refused, Tokens, ask, read as read_tokens};

use self::discovery::{Metadata, discover};
use self::token::Basic;
use crate::error::CredentialError;
use crate::request::Request;
use crate::source::{Bearer, By, Fetched, Outcome, Share, Source, Whose};

#[async_trait]
impl Source for OAuthConfig {
    fn share(&self) -> Share {
        let whose = match self.flow {
            OAuthFlow::DeviceCode | OAuthFlow::Interactive => Whose::Person,
            OAuthFlow::ClientCredentials => Whose::Service,
        };
        Share { whose, by: By::Settings }
    }

    async fn fetch(&self, request: &Request) -> Result<Outcome, CredentialError> {
        let name = self.server_name();
        let metadata = discover(request, &self.issuer, &name).await?;
        let endpoint = self.endpoint(&metadata, name)?;
        let missing = |what: &str| CredentialError::failed(format!("{} offers no {what}", endpoint.name));
        let way = match self.flow {
            OAuthFlow::ClientCredentials => return self.client_credentials(request, &endpoint).await,
            OAuthFlow::DeviceCode => Way::Device(metadata.device.ok_or_else(|| missing("device code flow"))?),
            OAuthFlow::Interactive => {
                let url = metadata.authorization.ok_or_else(|| missing("sign-in page"))?;
                Way::Browser(url, Issuer { name: Some(self.issuer.clone()), names_itself: metadata.names_itself })
            }
        };
        let flow = PersonFlow {
            endpoint,
            way,
            client_id: self.client_id.clone(),
            scope: self.scope.clone(),
            // RFC 6749 section 6: left out, it is what was granted.
            refresh_scope: None,
            issuer: Some(self.issuer.clone()),
            present: self.present,
            explain: NoToken::into_error,
        };
        flow.fetch(request).await
    }
}

impl OAuthConfig {
    async fn client_credentials(&self, request: &Request, endpoint: &Endpoint) -> Result<Outcome, CredentialError> {
        let mut grant = vec![("grant_type", SecretString::from("client_credentials"))];
        grant.extend(self.scope.iter().map(|scope| ("scope", SecretString::from(scope.as_str()))));
        let tokens = ask(request, endpoint, &grant).await.map_err(|error| error.into_error(&endpoint.name))?;
        let bearer = Bearer {
            issuer: Some(self.issuer.clone()),
            scope: self.scope.clone(),
            expires_at: Some(tokens.expires_at),
            renew_at: tokens.renew_at,
        };
        Fetched::token(tokens.access, self.present, bearer).map(Outcome::Credential)
    }

    /// The host, to name the server to people.
    fn server_name(&self) -> String {
        let url = Url::parse(&self.issuer).ok();
        url.as_ref().and_then(Url::host_str).unwrap_or("the authorization server").to_owned()
    }

    fn endpoint(&self, metadata: &Metadata, name: String) -> Result<Endpoint, CredentialError> {
        let id = || ("client_id", SecretString::from(self.client_id.as_str()));
        let methods = &metadata.client_authentication;
        let offers = |method: &str| methods.iter().any(|offered| offered == method);
        // RFC 8414 section 2: a server that does not say takes `client_secret_basic`.
        let takes_header = methods.is_empty() || offers("client_secret_basic") || !offers("client_secret_post");
        let (authorization, client) = match &self.client_secret {
            None => (None, vec![id()]),
            Some(secret) if takes_header => (Some(Basic::new(&self.client_id, secret.expose())?), Vec::new()),
            Some(secret) => (None, vec![id(), ("client_secret", SecretString::from(secret.expose()))]),
        };
        Ok(Endpoint { name, url: metadata.token.clone(), authorization, client })
    }
}
