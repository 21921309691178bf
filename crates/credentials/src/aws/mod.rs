//! The source `aws_rds`: IAM database authentication of Amazon RDS and Aurora.
//!
//! Amazon RDS User Guide, "IAM database authentication". The password is a request that is signed and never sent, so
//! that a token costs nothing once there are keys to sign with; the keys are what is asked for.

mod answers;
mod chain;
mod files;
mod keys;
mod machine;
mod metadata;
mod process;
mod region;
mod sign;
mod sso;
mod sts;

use async_trait::async_trait;

use self::keys::Keys;
use self::machine::Machine;
use self::sts::Role;
use crate::base::Base;
use crate::credential::Presentation;
use crate::error::CredentialError;
use crate::identity::Target;
use crate::request::Request;
use crate::settings::{Identity, SettingError, filled};
use crate::sign_in::TokenRequest;
use crate::signed_in_user;
use crate::source::{By, Fetched, Outcome, Share, Source, SourceConfig, Whose};

const DEFAULT_PORT: u16 = 5432;

/// A token signed with AWS keys, for RDS and Aurora.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AwsRdsConfig(AwsRdsSettings);

/// The fields of the API's `credential` object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AwsRdsSettings {
    /// `region`; by default what the host's name says, else the environment's, else the profile's.
    pub region: Option<String>,
    /// `signing_host`: the host that the token is for, where it is not the one that is dialled.
    pub signing_host: Option<String>,
    /// `signing_port`: the port that the token is for, where it is not the one that is dialled.
    pub signing_port: Option<u16>,
    /// `profile` of the AWS configuration files.
    pub profile: Option<String>,
    /// `role_arn`: a role to assume.
    pub role_arn: Option<String>,
    /// `identity`
    pub identity: Identity,
}

impl AwsRdsConfig {
    /// # Errors
    ///
    /// When a field is not what it should be, or the fields do not go together.
    pub fn new(settings: AwsRdsSettings) -> Result<Self, SettingError> {
        let AwsRdsSettings { region, signing_host, signing_port, profile, role_arn, identity } = settings;
        let [region, signing_host, profile, role_arn] =
            [region, signing_host, profile, role_arn].map(|text| filled(&text).map(str::to_owned));
        if region.as_ref().is_some_and(|region| !region::is_region(region)) {
            return Err(SettingError::new("region", "this is no AWS region: expected one such as `eu-central-1`"));
        }
        if role_arn.as_ref().is_some_and(|arn| !arn.starts_with("arn:") || !arn.contains(":role/")) {
            let problem = "this is no role: expected its ARN, such as `arn:aws:iam::123456789012:role/database`";
            return Err(SettingError::new("role_arn", problem));
        }
        if identity == Identity::SignedInUser && role_arn.is_none() {
            let problem =
                "the role that signed-in people take on is missing: its trust policy must name your identity provider";
            return Err(SettingError::new("role_arn", problem));
        }
        if identity == Identity::SignedInUser && profile.is_some() {
            let problem = "a profile holds Howdah's own keys: leave it out, or use the identity `service`";
            return Err(SettingError::new("profile", problem));
        }
        Ok(Self(AwsRdsSettings { region, signing_host, signing_port, profile, role_arn, identity }))
    }

    /// What the keys depend on: the same for all databases of a region.
    fn base_settings(&self, region: &str) -> SourceConfig {
        SourceConfig::AwsRds(Self(AwsRdsSettings {
            region: Some(region.to_owned()),
            signing_host: None,
            signing_port: None,
            ..self.0.clone()
        }))
    }

    async fn region(&self, machine: Machine<'_>, host: &str) -> Result<String, CredentialError> {
        let known = self.0.region.as_deref().or_else(|| region::of_host(host)).map(str::to_owned);
        let known = known.or_else(|| machine.variable("AWS_REGION")).or_else(|| machine.variable("AWS_DEFAULT_REGION"));
        if let Some(region) = known {
            return Ok(region);
        }
        let profile = self.0.profile.clone().unwrap_or_else(|| machine.default_profile());
        let files = machine.shared_files().await;
        let region = files.profile(&profile).and_then(|section| section.value("region"));
        region.map(str::to_owned).ok_or_else(|| {
            CredentialError::failed(format!(
                "the AWS region of `{host}` is not known: set `region`, or `signing_host` to the database's own name (…rds.amazonaws.com)"
            ))
        })
    }

    async fn keys(&self, request: &Request, region: &str) -> Result<Keys, CredentialError> {
        let machine = Machine { tools: &request.tools };
        match (self.0.identity, &self.0.role_arn) {
            (Identity::Service, None) => chain::find_keys(machine, self.0.profile.as_deref(), region).await,
            (Identity::Service, Some(arn)) => {
                let keys = chain::find_keys(machine, self.0.profile.as_deref(), region).await?;
                sts::assume_role(machine, region, &keys, &Role::new(arn, "howdah")).await
            }
            (Identity::SignedInUser, arn) => {
                let arn = arn.as_ref().ok_or_else(|| CredentialError::failed("`role_arn` is missing"))?;
                let issued = signed_in_user::token(request, TokenRequest::IdToken).await?;
                let role = Role::new(arn, request.person.username());
                let whose = format!("the sign-in of {}", request.person.username());
                sts::assume_role_with_web_identity(machine, region, &role, &issued.token, &whose).await
            }
        }
    }
}

#[async_trait]
impl Source for AwsRdsConfig {
    fn share(&self) -> Share {
        let whose = match self.0.identity {
            Identity::Service => Whose::Service,
            Identity::SignedInUser => Whose::Person,
        };
        Share { whose, by: By::Login }
    }

    async fn fetch(&self, request: &Request) -> Result<Outcome, CredentialError> {
        let Target { host, port, user, .. } = &request.target;
        let host = self.0.signing_host.as_deref().unwrap_or(host);
        let port = self.0.signing_port.or(*port).unwrap_or(DEFAULT_PORT);
        if user.is_empty() {
            return Err(CredentialError::failed("an RDS token names the role to log in as: set the server's username"));
        }
        if host.contains(',') {
            let reason = "an RDS token is good for one host: give each host a server of its own, or set `signing_host`";
            return Err(CredentialError::failed(reason));
        }
        let region = self.region(Machine { tools: &request.tools }, host).await?;
        let base = request.kept::<Base<Keys>>(&self.base_settings(&region));
        let keys = async {
            let keys = self.keys(request, &region).await?;
            let expires_at = keys.expires_at;
            Ok((keys, expires_at))
        };
        let keys = base.obtain(request, keys).await?;

        let now = request.now();
        let token = sign::database_token(&keys, &region, host, port, user, now)
            .map_err(|_| CredentialError::failed(format!("no token can be signed for the host `{host}`")))?;
        let end = now.checked_add(sign::TOKEN_LIFE);
        Ok(Outcome::Credential(Fetched {
            issuer: Some(format!("AWS, {}", keys.origin)),
            expires_at: [end, keys.expires_at].into_iter().flatten().min(),
            ..Fetched::new(Presentation::Token(token))
        }))
    }
}
