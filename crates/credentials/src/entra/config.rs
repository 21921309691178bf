//! What an `entra` source is set to.

use std::path::PathBuf;

use secrecy::SecretString;
use url::Url;

use super::certificate::ClientCertificate;
use crate::http::check_address;
use crate::settings::{SettingError, SettingSecret, filled};

/// The client that Microsoft's own tools sign people in with where no other is named. It may ask for database tokens in
/// every tenant, and needs no registration.
const AZURE_CLI_CLIENT: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";
/// Whoever has a work or school account. A person's own tenant is found by their name.
const ANY_TENANT: &str = "organizations";

/// Microsoft's clouds: what database hosts end in, where people sign in, and what tokens are for.
const CLOUDS: [(&str, &str, &str); 4] = [
    (".postgres.database.azure.com", "https://login.microsoftonline.com", "https://ossrdbms-aad.database.windows.net"),
    (
        ".postgres.database.usgovcloudapi.net",
        "https://login.microsoftonline.us",
        "https://ossrdbms-aad.database.usgovcloudapi.net",
    ),
    (
        ".postgres.database.chinacloudapi.cn",
        "https://login.chinacloudapi.cn",
        "https://ossrdbms-aad.database.chinacloudapi.cn",
    ),
    (".sovcloud-api.fr", "https://login.sovcloud-identity.fr", "https://ossrdbms-aad.database.sovcloud-api.fr"),
];

/// The ways to a token of Entra ID.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum EntraFlow {
    /// The refresh token of the person's sign-in is redeemed for the database.
    #[default]
    SignedInUser,
    /// The person is sent to the sign-in page.
    Interactive,
    /// The person types a code on any device.
    DeviceCode,
    /// An application proves itself by a secret.
    ClientSecret,
    /// An application proves itself by a certificate.
    ClientCertificate,
    /// An application proves itself by a token of the platform that it runs on.
    WorkloadIdentity,
    /// The machine's own identity.
    ManagedIdentity,
    /// Whoever is signed in at `az`.
    AzureCli,
    /// The access token of the person's sign-in is exchanged.
    OnBehalfOf,
}

/// The fields of the API's `credential` object.
#[derive(Clone, Debug, Default)]
pub struct EntraSettings {
    /// `flow`
    pub flow: EntraFlow,
    /// `tenant`: id or domain.
    pub tenant: Option<String>,
    /// `client_id`: of the application, or of a user-assigned managed identity.
    pub client_id: Option<String>,
    /// `client_secret`
    pub client_secret: Option<SecretString>,
    /// `client_certificate`: the certificate and its private key, PEM.
    pub client_certificate: Option<SecretString>,
    /// `token_file`: where the platform keeps the workload's token.
    pub token_file: Option<PathBuf>,
    /// `authority`: where people of this cloud sign in.
    pub authority: Option<String>,
    /// `resource`: what the token is for.
    pub resource: Option<String>,
    /// The server's host: its name tells which cloud it is in, where `authority` and `resource` do not.
    pub host: Option<String>,
}

/// A checked `entra` source.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EntraConfig {
    pub(super) flow: Flow,
    /// `None`: the environment's, where the flow has one, else the public cloud's.
    pub(super) authority: Option<Url>,
    /// Where the settings do not say.
    pub(super) default_authority: &'static str,
    pub(super) resource: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Flow {
    SignedInUser,
    OnBehalfOf,
    Interactive(Client),
    DeviceCode(Client),
    ClientSecret(Client),
    ClientCertificate(Client, ClientCertificate),
    /// What is `None` is in the environment.
    WorkloadIdentity {
        tenant: Option<String>,
        client_id: Option<String>,
        token_file: Option<PathBuf>,
    },
    ManagedIdentity {
        client_id: Option<String>,
    },
    AzureCli {
        tenant: Option<String>,
    },
}

/// An application of Entra ID.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Client {
    pub(super) tenant: String,
    pub(super) id: String,
    pub(super) secret: Option<SettingSecret>,
}

impl EntraConfig {
    /// # Errors
    ///
    /// When a field is missing or wrong.
    pub fn new(settings: EntraSettings) -> Result<Self, SettingError> {
        let host = settings.host.as_deref().unwrap_or_default().to_ascii_lowercase();
        let cloud_of_resource = filled(&settings.resource)
            .and_then(|resource| CLOUDS.into_iter().find(|(_, _, known)| *known == resource.trim_end_matches('/')));
        let (_, default_authority, default_resource) = cloud_of_resource
            .or_else(|| CLOUDS.into_iter().find(|(suffix, ..)| host.ends_with(suffix)))
            .unwrap_or(CLOUDS[0]);
        let authority = filled(&settings.authority).map(check_authority).transpose()?;
        let resource = filled(&settings.resource).unwrap_or(default_resource).to_owned();
        Ok(Self { flow: Flow::new(settings)?, authority, default_authority, resource })
    }

    /// What the v2 endpoints call the resource.
    pub(super) fn scope(&self) -> String {
        format!("{}/.default", self.resource)
    }
}

impl Flow {
    fn new(settings: EntraSettings) -> Result<Self, SettingError> {
        let tenant = filled(&settings.tenant).map(check_tenant).transpose()?;
        let client_id = filled(&settings.client_id).map(str::to_owned);
        let secret = settings.client_secret.map(SettingSecret::from).filter(|secret| !secret.expose().is_empty());
        let needed = |field, value: Option<String>| {
            value.ok_or_else(|| SettingError::new(field, format!("this flow needs the `{field}` of an application")))
        };
        let person_tenant = || tenant.clone().unwrap_or_else(|| ANY_TENANT.to_owned());
        Ok(match settings.flow {
            EntraFlow::SignedInUser => Self::SignedInUser,
            EntraFlow::OnBehalfOf => Self::OnBehalfOf,
            EntraFlow::Interactive => {
                Self::Interactive(Client { tenant: person_tenant(), id: needed("client_id", client_id)?, secret })
            }
            EntraFlow::DeviceCode => {
                let id = client_id.unwrap_or_else(|| AZURE_CLI_CLIENT.to_owned());
                Self::DeviceCode(Client { tenant: person_tenant(), id, secret })
            }
            EntraFlow::ClientSecret => {
                if secret.is_none() {
                    return Err(SettingError::new("client_secret", "this flow needs the application's secret"));
                }
                Self::ClientSecret(Client {
                    tenant: needed("tenant", tenant)?,
                    id: needed("client_id", client_id)?,
                    secret,
                })
            }
            EntraFlow::ClientCertificate => {
                let (tenant, id) = (needed("tenant", tenant)?, needed("client_id", client_id)?);
                let pem = settings.client_certificate.ok_or_else(|| {
                    SettingError::new("client_certificate", "this flow needs the application's certificate and key")
                })?;
                let certificate = ClientCertificate::from_pem(&pem)
                    .map_err(|problem| SettingError::new("client_certificate", problem))?;
                Self::ClientCertificate(Client { tenant, id, secret: None }, certificate)
            }
            EntraFlow::WorkloadIdentity => Self::WorkloadIdentity {
                tenant,
                client_id,
                token_file: settings.token_file.filter(|path| !path.as_os_str().is_empty()),
            },
            EntraFlow::ManagedIdentity => Self::ManagedIdentity { client_id },
            EntraFlow::AzureCli => Self::AzureCli { tenant },
        })
    }
}

fn check_authority(text: &str) -> Result<Url, SettingError> {
    let wrong = |problem: String| SettingError::new("authority", problem);
    let url = Url::parse(text).map_err(|_| wrong("this is no address: write `https://` and a host".to_owned()))?;
    check_address(&url).map_err(wrong)?;
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("the authority is a host alone: the tenant has a field of its own".to_owned()));
    }
    Ok(url)
}

fn check_tenant(text: &str) -> Result<String, SettingError> {
    let is_name =
        text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte)) && !text.starts_with('.');
    is_name.then(|| text.to_owned()).ok_or_else(|| SettingError::new("tenant", "a tenant is an id or a domain name"))
}
