//! A server's `credential`, in the shape of the API.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where a database credential comes from. Secrets in it are written and never read back.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum CredentialDefinition {
    /// A password, asked for at connect.
    Password {},
    /// Nothing is presented: trust, peer, or a client certificate.
    None {},
    /// The output of a command.
    Exec {
        /// A command line, split as a shell would and run without one. Exclusive with `name`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        command: Option<String>,
        /// A command that the config offers. Exclusive with `command`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// How long its output is good for, in seconds. Absent: while the process lives; 0: one connection.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expiration_seconds: Option<u32>,
        /// How long it may take, in seconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timeout_seconds: Option<u32>,
    },
    /// The person's own sign-in.
    SignedInUser {
        /// How the sign-in becomes the token. Default: `none`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        exchange: Option<CredentialExchange>,
        /// `audience` of the exchange.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        audience: Option<String>,
        /// `scope` of the exchange.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scope: Option<String>,
        /// `resource` of the exchange.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resource: Option<String>,
        /// How the token is presented. Default: `oauthbearer`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        present: Option<CredentialPresentation>,
    },
    /// Microsoft Entra ID, for Azure Database for PostgreSQL.
    Entra {
        /// How the token is obtained. Default: `signed_in_user`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        flow: Option<EntraFlowName>,
        /// The tenant's id or domain.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tenant: Option<String>,
        /// The application's id, or that of a user-assigned managed identity.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        client_id: Option<String>,
        /// The application's secret. Written, never read back.
        #[serde(default, skip_serializing_if = "super::is_secret", serialize_with = "super::hide")]
        #[schema(value_type = Option<String>, write_only)]
        client_secret: Option<SecretString>,
        /// The application's certificate with its private key, PEM. Written, never read back.
        #[serde(default, skip_serializing_if = "super::is_secret", serialize_with = "super::hide")]
        #[schema(value_type = Option<String>, write_only)]
        client_certificate: Option<SecretString>,
        /// Where the platform keeps the workload's token.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token_file: Option<String>,
        /// Where people of a sovereign cloud sign in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        authority: Option<String>,
        /// What the token is for. Default: the public cloud's PostgreSQL.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resource: Option<String>,
    },
    /// Any OAuth authorization server.
    Oauth {
        /// Its issuer.
        issuer: String,
        /// The client's id there.
        client_id: String,
        /// The client's secret. Written, never read back.
        #[serde(default, skip_serializing_if = "super::is_secret", serialize_with = "super::hide")]
        #[schema(value_type = Option<String>, write_only)]
        client_secret: Option<SecretString>,
        /// Scopes to ask for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scope: Option<String>,
        /// How the token is obtained.
        flow: OAuthFlowName,
        /// How the token is presented. Default: `oauthbearer`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        present: Option<CredentialPresentation>,
    },
    /// IAM authentication of Amazon RDS and Aurora.
    AwsRds {
        /// Default: what the host's name, the environment or the profile say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        region: Option<String>,
        /// The host that the token is for, where another is dialled.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signing_host: Option<String>,
        /// The port that the token is for, where another is dialled.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signing_port: Option<u16>,
        /// A profile of the AWS configuration files.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        profile: Option<String>,
        /// A role to assume.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        role_arn: Option<String>,
        /// Whose identity is used. Default: `service`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        identity: Option<CredentialIdentity>,
    },
    /// IAM authentication of Google Cloud SQL and AlloyDB.
    Gcp {
        /// Whose identity is used. Default: `service`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        identity: Option<CredentialIdentity>,
        /// A service account to impersonate, by its e-mail address.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        service_account: Option<String>,
        /// The provider of an identity pool that takes the ID tokens of signed-in people.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        audience: Option<String>,
        /// Default: `https://www.googleapis.com/auth/sqlservice.login`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scope: Option<String>,
    },
    /// The database engine of HashiCorp Vault or OpenBao.
    Vault {
        /// Where it answers.
        address: String,
        /// The engine's path. Default: `database`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mount: Option<String>,
        /// The engine's role.
        role: String,
        /// How Howdah logs in there. Default: `jwt`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        auth: Option<VaultAuthDefinition>,
        /// The namespace.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        namespace: Option<String>,
        /// Whether the role is one whose password Vault changes now and then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        static_role: Option<bool>,
        /// Certificates to trust beside the system's, PEM.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ca_pem: Option<String>,
    },
}

/// How a sign-in becomes a database token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CredentialExchange {
    /// Its access token is the token.
    None,
    /// Its refresh token is redeemed.
    Refresh,
    /// RFC 8693.
    TokenExchange,
    /// Entra ID's on-behalf-of flow.
    OnBehalfOf,
}

/// How a token is presented to PostgreSQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CredentialPresentation {
    /// By the SASL mechanism OAUTHBEARER of PostgreSQL 18.
    #[serde(rename = "oauthbearer")]
    OAuthBearer,
    /// In the place of a password.
    Password,
}

/// Whose identity a cloud sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CredentialIdentity {
    /// Howdah's own.
    Service,
    /// The person's.
    SignedInUser,
}

/// How a token of Entra ID is obtained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the contract's words")]
pub enum EntraFlowName {
    SignedInUser,
    Interactive,
    DeviceCode,
    ClientSecret,
    ClientCertificate,
    WorkloadIdentity,
    ManagedIdentity,
    AzureCli,
    OnBehalfOf,
}

/// How a token of an authorization server is obtained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OAuthFlowName {
    /// RFC 8628.
    DeviceCode,
    /// RFC 6749 section 4.1, with PKCE.
    Interactive,
    /// RFC 6749 section 4.4.
    ClientCredentials,
}

/// How Howdah logs in to Vault. `mount` is the path of the auth method.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(tag = "method", rename_all = "snake_case", deny_unknown_fields)]
pub enum VaultAuthDefinition {
    /// By the ID token of the person who is signed in.
    Jwt {
        /// Default: `jwt`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mount: Option<String>,
        /// Default: the method's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        role: Option<String>,
    },
    /// By a token that Howdah has.
    Token {
        /// Default: `VAULT_TOKEN`, then `~/.vault-token`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token_file: Option<String>,
    },
    /// By a role id and a secret id.
    Approle {
        /// Default: `approle`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mount: Option<String>,
        /// The role id.
        role_id: String,
        /// The secret id. Written, never read back.
        #[serde(default, skip_serializing_if = "super::is_secret", serialize_with = "super::hide")]
        #[schema(value_type = Option<String>, write_only)]
        secret_id: Option<SecretString>,
        /// Where the secret id lies.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        secret_id_file: Option<String>,
    },
    /// By the token of the pod's service account.
    Kubernetes {
        /// Default: `kubernetes`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mount: Option<String>,
        /// The role of the auth method.
        role: String,
        /// Default: where Kubernetes puts it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token_file: Option<String>,
    },
}

impl CredentialDefinition {
    /// The secrets that stand in it, by their paths.
    #[must_use]
    pub fn secrets(&self) -> Vec<(&'static str, &SecretString)> {
        let fields: Vec<(&'static str, Option<&SecretString>)> = match self {
            Self::Entra { client_secret, client_certificate, .. } => {
                vec![("client_secret", client_secret.as_ref()), ("client_certificate", client_certificate.as_ref())]
            }
            Self::Oauth { client_secret, .. } => vec![("client_secret", client_secret.as_ref())],
            Self::Vault { auth: Some(VaultAuthDefinition::Approle { secret_id, .. }), .. } => {
                vec![("auth.secret_id", secret_id.as_ref())]
            }
            _ => Vec::new(),
        };
        let given = |secret: &&SecretString| !secret.expose_secret().is_empty();
        fields.into_iter().filter_map(|(path, secret)| Some((path, secret.filter(given)?))).collect()
    }

    /// Takes out a command's text and paths of files.
    pub fn hide_from_others(&mut self) {
        match self {
            Self::Exec { command, .. } => *command = None,
            Self::Entra { token_file, .. } => *token_file = None,
            Self::Vault { auth: Some(auth), .. } => match auth {
                VaultAuthDefinition::Jwt { .. } => {}
                VaultAuthDefinition::Token { token_file } | VaultAuthDefinition::Kubernetes { token_file, .. } => {
                    *token_file = None;
                }
                VaultAuthDefinition::Approle { secret_id_file, .. } => *secret_id_file = None,
            },
            _ => {}
        }
    }

    /// The place of a secret, by its path.
    fn secret_mut(&mut self, path: &str) -> Option<&mut Option<SecretString>> {
        match (self, path) {
            (Self::Entra { client_secret, .. } | Self::Oauth { client_secret, .. }, "client_secret") => {
                Some(client_secret)
            }
            (Self::Entra { client_certificate, .. }, "client_certificate") => Some(client_certificate),
            (Self::Vault { auth: Some(VaultAuthDefinition::Approle { secret_id, .. }), .. }, "auth.secret_id") => {
                Some(secret_id)
            }
            _ => None,
        }
    }

    /// Puts a secret in its place, unless there is another or no such place.
    pub fn restore_secret(&mut self, path: &str, secret: SecretString) {
        if let Some(place @ None) = self.secret_mut(path) {
            *place = Some(secret);
        }
    }
}
