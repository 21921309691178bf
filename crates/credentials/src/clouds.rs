//! Settings of the clouds' sources.

use async_trait::async_trait;

use crate::error::CredentialError;
use crate::request::Request;
use crate::settings::Identity;
use crate::source::{By, Outcome, Share, Source, Whose};

/// A token signed with AWS keys, for RDS and Aurora.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AwsRdsConfig {
    /// Default: what the host's name says, else the environment's.
    pub region: Option<String>,
    /// The host that the token is for, where it is not the one that is dialled.
    pub signing_host: Option<String>,
    /// The port that the token is for, where it is not the one that is dialled.
    pub signing_port: Option<u16>,
    /// A profile of the AWS configuration files.
    pub profile: Option<String>,
    /// A role to assume.
    pub role_arn: Option<String>,
    /// As whom.
    pub identity: Identity,
}

/// A token of Google Cloud, for Cloud SQL and AlloyDB.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct GcpConfig {
    /// As whom.
    pub identity: Identity,
    /// A service account to impersonate.
    pub service_account: Option<String>,
}

/// A role that Vault or OpenBao makes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct VaultConfig {
    /// Where Vault answers.
    pub address: String,
    /// Where the database engine is mounted.
    pub mount: Option<String>,
    /// The role of the database engine.
    pub role: String,
    /// How to log in to Vault.
    pub auth: Option<String>,
}

macro_rules! unfinished {
    ($config:ty, $share:expr) => {
        #[async_trait]
        impl Source for $config {
            fn share(&self) -> Share {
                let share: fn(&Self) -> Share = $share;
                share(self)
            }

            async fn fetch(&self, _: &Request) -> Result<Outcome, CredentialError> {
                Err(CredentialError::failed("this source is not built yet"))
            }
        }
    };
}

fn whose(identity: Identity) -> Whose {
    match identity {
        Identity::Service => Whose::Service,
        Identity::SignedInUser => Whose::Person,
    }
}

unfinished!(AwsRdsConfig, |config| Share { whose: whose(config.identity), by: By::Login });
unfinished!(GcpConfig, |config| Share { whose: whose(config.identity), by: By::Settings });
unfinished!(VaultConfig, |_| Share { whose: Whose::Person, by: By::Settings });
