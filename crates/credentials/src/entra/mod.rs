//! The source `entra`: a token of Microsoft Entra ID for Azure Database for PostgreSQL.
//!
//! The token goes where PostgreSQL asks for a password. Whom to log in as is the server's user name: a person's principal
//! name, the name of a group that they are in, or the display name of an application.

mod certificate;
mod cli;
mod config;
mod explain;
mod managed;

use std::path::Path;

use async_trait::async_trait;
use secrecy::SecretString;
use url::Url;

pub use self::config::{EntraConfig, EntraFlow, EntraSettings};
pub(crate) use self::explain::{Diagnosis, diagnose};

use self::config::{Client, Flow};
use self::explain::{NAME, explain};
use crate::error::CredentialError;
use crate::oauth::{Endpoint, Issuer, PersonFlow, Tokens, Way, ask};
use crate::request::Request;
use crate::settings::Present;
use crate::sign_in::TokenRequest;
use crate::signed_in_user;
use crate::source::{Bearer, By, Fetched, Outcome, Share, Source, Whose};

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// More than any token of a platform.
const MOST_ASSERTION: u64 = 64 * 1024;

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

    async fn fetch(&self, request: &Request) -> Result<Outcome, CredentialError> {
        let authority = || self.authority(None);
        let fetched = match &self.flow {
            Flow::SignedInUser => {
                // Entra's refresh tokens are bound to person and client, not to a resource.
                let wanted =
                    TokenRequest::Refresh { scope: Some(self.lasting_scope()), resource: None, audience: None };
                signed_in_user::fetch(request, wanted, Present::Password, None).await
            }
            Flow::OnBehalfOf => {
                let wanted = TokenRequest::OnBehalfOf { scope: self.lasting_scope() };
                signed_in_user::fetch(request, wanted, Present::Password, None).await
            }
            Flow::Interactive(client) => {
                let page = endpoint_url(&authority()?, &client.tenant, "authorize")?;
                let issuer = Issuer { name: None, names_itself: false };
                return self.person_flow(client, Way::Browser(page, issuer))?.fetch(request).await;
            }
            Flow::DeviceCode(client) => {
                let codes = endpoint_url(&authority()?, &client.tenant, "devicecode")?;
                return self.person_flow(client, Way::Device(codes))?.fetch(request).await;
            }
            Flow::ClientSecret(client) => self.ask_as_client(request, &client.endpoint(&authority()?)?).await,
            Flow::ClientCertificate(client, certificate) => {
                let mut endpoint = client.endpoint(&authority()?)?;
                let assertion = certificate.assertion(&client.id, &endpoint.url, request.now())?;
                endpoint.client.extend(assertion_parameters(assertion));
                self.ask_as_client(request, &endpoint).await
            }
            Flow::WorkloadIdentity { tenant, client_id, token_file } => {
                self.workload_identity(request, tenant.as_deref(), client_id.as_deref(), token_file.as_deref()).await
            }
            Flow::ManagedIdentity { client_id } => {
                let tokens = managed::token(self, client_id.as_deref(), request).await?;
                fetched(tokens, None)
            }
            Flow::AzureCli { tenant } => cli::fetch(self, tenant.as_deref(), request).await,
        };
        fetched.map(Outcome::Credential)
    }
}

impl EntraConfig {
    fn person_flow(&self, client: &Client, way: Way) -> Result<PersonFlow, CredentialError> {
        let authority = self.authority(None)?;
        Ok(PersonFlow {
            endpoint: client.endpoint(&authority)?,
            way,
            client_id: client.id.clone(),
            scope: Some(self.lasting_scope()),
            refresh_scope: Some(self.lasting_scope()),
            issuer: Some(issuer(&authority, &client.tenant)),
            present: Present::Password,
            explain,
        })
    }

    async fn ask_as_client(&self, request: &Request, endpoint: &Endpoint) -> Result<Fetched, CredentialError> {
        let grant =
            [("grant_type", SecretString::from("client_credentials")), ("scope", SecretString::from(self.scope()))];
        let tokens = ask(request, endpoint, &grant).await.map_err(|error| explain(error, NAME))?;
        // `{authority}/{tenant}/oauth2/v2.0/token`
        let issuer = endpoint.url.as_str().strip_suffix("/oauth2/v2.0/token").map(|base| format!("{base}/v2.0"));
        fetched(tokens, issuer)
    }

    /// The assertion is the platform's token, read each time because the platform replaces it.
    async fn workload_identity(
        &self,
        request: &Request,
        tenant: Option<&str>,
        client_id: Option<&str>,
        token_file: Option<&Path>,
    ) -> Result<Fetched, CredentialError> {
        let variable = |name: &str| request.tools.variables.value(name);
        let text = |setting: Option<&str>, field: &str, name: &str| {
            let found = setting.or_else(|| variable(name)?.to_str()).filter(|text| !text.is_empty());
            found.map(str::to_owned).ok_or_else(|| {
                CredentialError::failed(format!(
                    "the workload has no `{field}`: set it, or `{name}` in the environment"
                ))
            })
        };
        let tenant = text(tenant, "tenant", "AZURE_TENANT_ID")?;
        let id = text(client_id, "client_id", "AZURE_CLIENT_ID")?;
        let file = token_file.or_else(|| variable("AZURE_FEDERATED_TOKEN_FILE").map(Path::new)).ok_or_else(|| {
            CredentialError::failed(
                "the workload has no `token_file`: set it, or `AZURE_FEDERATED_TOKEN_FILE` in the environment",
            )
        })?;
        let assertion = read_assertion(file).await?;
        let authority = self.authority(variable("AZURE_AUTHORITY_HOST").and_then(|value| value.to_str()))?;
        let mut endpoint = Client { tenant, id, secret: None }.endpoint(&authority)?;
        endpoint.client.extend(assertion_parameters(assertion));
        self.ask_as_client(request, &endpoint).await
    }

    /// What the settings say, else the environment, else the cloud's.
    fn authority(&self, environment: Option<&str>) -> Result<Url, CredentialError> {
        if let Some(authority) = &self.authority {
            return Ok(authority.clone());
        }
        let text = environment.filter(|text| !text.is_empty()).unwrap_or(self.default_authority);
        Url::parse(text).map_err(|_| CredentialError::failed("`AZURE_AUTHORITY_HOST` in the environment is no address"))
    }

    fn lasting_scope(&self) -> String {
        format!("{} offline_access", self.scope())
    }
}

impl Client {
    fn endpoint(&self, authority: &Url) -> Result<Endpoint, CredentialError> {
        let mut client = vec![("client_id", SecretString::from(self.id.as_str()))];
        client.extend(self.secret.iter().map(|secret| ("client_secret", SecretString::from(secret.expose()))));
        Ok(Endpoint {
            name: NAME.to_owned(),
            url: endpoint_url(authority, &self.tenant, "token")?,
            authorization: None,
            client,
        })
    }
}

fn endpoint_url(authority: &Url, tenant: &str, endpoint: &str) -> Result<Url, CredentialError> {
    authority
        .join(&format!("/{tenant}/oauth2/v2.0/{endpoint}"))
        .map_err(|_| CredentialError::failed("the tenant does not make an address: check `tenant`"))
}

fn issuer(authority: &Url, tenant: &str) -> String {
    format!("{authority}{tenant}/v2.0")
}

fn fetched(tokens: Tokens, issuer: Option<String>) -> Result<Fetched, CredentialError> {
    let (expires_at, renew_at) = (Some(tokens.expires_at), tokens.renew_at);
    Fetched::token(tokens.access, Present::Password, Bearer { issuer, scope: None, expires_at, renew_at })
}

/// RFC 7523 section 2.2.
fn assertion_parameters(assertion: SecretString) -> [(&'static str, SecretString); 2] {
    [("client_assertion_type", SecretString::from(JWT_BEARER)), ("client_assertion", assertion)]
}

async fn read_assertion(file: &Path) -> Result<SecretString, CredentialError> {
    use tokio::io::AsyncReadExt;

    let unreadable = |reason: String| {
        CredentialError::failed("the workload's token cannot be read: check `token_file`")
            .with_owner_text(Some(format!("{}: {reason}", file.display())))
    };
    let metadata = tokio::fs::metadata(file).await.map_err(|error| unreadable(error.to_string()))?;
    if !metadata.is_file() {
        // Opening a pipe would wait for whoever writes to it.
        return Err(unreadable("it is no file".to_owned()));
    }
    let opened = tokio::fs::File::open(file).await.map_err(|error| unreadable(error.to_string()))?;
    let mut text = String::new();
    let read = opened.take(MOST_ASSERTION).read_to_string(&mut text).await;
    read.map_err(|error| unreadable(error.to_string()))?;
    match text.trim() {
        "" => Err(unreadable("it is empty".to_owned())),
        token => Ok(SecretString::from(token)),
    }
}
