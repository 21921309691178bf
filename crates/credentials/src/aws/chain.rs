//! Where AWS keys are found when nobody says: the order of AWS's own tools.
//!
//! AWS SDKs and Tools Reference Guide, "Standardized credential providers": the environment, the profile, web identity,
//! the container, the instance.

use std::pin::Pin;

use secrecy::SecretString;

use super::files::{Section, SharedFiles};
use super::keys::Keys;
use super::machine::Machine;
use super::sts::{Role, assume_role, assume_role_with_web_identity};
use super::{metadata, process, sso};
use crate::error::CredentialError;
use crate::file;

/// Profiles that refer to one another; AWS knows no longer chain of roles worth the name.
const LONGEST_CHAIN: usize = 8;

/// The keys of `profile`, or without one, those of the first place that has any.
pub(super) async fn find_keys(
    machine: Machine<'_>,
    profile: Option<&str>,
    region: &str,
) -> Result<Keys, CredentialError> {
    let files = machine.shared_files().await;
    if let Some(profile) = profile {
        let found = Profiles { machine, files: &files, region }.keys(profile, Vec::new()).await?;
        return found.ok_or_else(|| {
            CredentialError::failed(match files.profile(profile) {
                Some(_) => format!("the AWS profile `{profile}` says nothing about keys"),
                None => format!("there is no AWS profile `{profile}` in Howdah's AWS files"),
            })
        });
    }
    if let Some(keys) = environment_keys(machine)? {
        return Ok(keys);
    }
    let profile = machine.default_profile();
    if let Some(keys) = (Profiles { machine, files: &files, region }).keys(&profile, Vec::new()).await? {
        return Ok(keys);
    }
    if let Some(keys) = web_identity_keys(machine, region).await? {
        return Ok(keys);
    }
    if let Some(keys) = metadata::container_keys(machine).await? {
        return Ok(keys);
    }
    metadata::instance_keys(machine).await.map_err(|error| {
        CredentialError::failed(format!(
            "no AWS keys were found: not in the environment, not in the profile `{profile}`, no web identity, no \
             container, and at last: {error}"
        ))
    })
}

fn environment_keys(machine: Machine<'_>) -> Result<Option<Keys>, CredentialError> {
    let Some(access_key_id) = machine.variable("AWS_ACCESS_KEY_ID") else {
        return Ok(None);
    };
    let secret = machine
        .secret_variable("AWS_SECRET_ACCESS_KEY")
        .ok_or_else(|| CredentialError::failed("AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not"))?;
    let session_token = machine.secret_variable("AWS_SESSION_TOKEN");
    let origin = "the access key of Howdah's environment".to_owned();
    Keys::new(origin, access_key_id, secret, session_token, None).map(Some).map_err(CredentialError::failed)
}

/// EKS with a service account's role, and others that give a token in a file.
async fn web_identity_keys(machine: Machine<'_>, region: &str) -> Result<Option<Keys>, CredentialError> {
    let Some(file) = machine.variable("AWS_WEB_IDENTITY_TOKEN_FILE") else {
        return Ok(None);
    };
    let arn = machine
        .variable("AWS_ROLE_ARN")
        .ok_or_else(|| CredentialError::failed("AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not"))?;
    let session_name = machine.variable("AWS_ROLE_SESSION_NAME").unwrap_or_else(|| "howdah".to_owned());
    keys_by_token_file(machine, region, &Role::new(&arn, &session_name), &file).await.map(Some)
}

async fn keys_by_token_file(
    machine: Machine<'_>,
    region: &str,
    role: &Role,
    file: &str,
) -> Result<Keys, CredentialError> {
    // The file is written anew before the token in it ends, so it is read each time.
    let token = file::read(&machine.expanded(file)).await.and_then(|token| match token.trim() {
        "" => Err("it is empty".to_owned()),
        token => Ok(SecretString::from(token)),
    });
    let token = token
        .map_err(|error| CredentialError::failed(format!("cannot read the web identity token for AWS: {error}")))?;
    assume_role_with_web_identity(machine, region, role, &token, "the machine's web identity").await
}

/// Looks profiles up in the shared files.
struct Profiles<'a> {
    machine: Machine<'a>,
    files: &'a SharedFiles,
    region: &'a str,
}

type Found<'a> = Pin<Box<dyn Future<Output = Result<Option<Keys>, CredentialError>> + Send + 'a>>;

impl Profiles<'_> {
    /// The keys of a profile, if it says where they are. `seen` are the profiles that led here.
    fn keys<'a>(&'a self, name: &'a str, mut seen: Vec<&'a str>) -> Found<'a> {
        Box::pin(async move {
            let Some(section) = self.files.profile(name) else {
                return Ok(None);
            };
            // A profile may take a role with its own keys.
            let names_itself = seen.last() == Some(&name);
            if let Some(arn) = section.value("role_arn").filter(|_| !names_itself) {
                if seen.contains(&name) || seen.len() >= LONGEST_CHAIN {
                    return Err(CredentialError::failed(format!("the AWS profile `{name}` leads back to itself")));
                }
                seen.push(name);
                return self.role_keys(name, section, arn, seen).await.map(Some);
            }
            if let Some(access_key_id) = section.value("aws_access_key_id") {
                return static_keys(name, section, access_key_id).map(Some);
            }
            if section.value("sso_account_id").is_some() {
                return sso::keys(self.machine, self.files, name, section).await.map(Some);
            }
            match section.value("credential_process") {
                Some(command) => process::keys(self.machine, command, name).await.map(Some),
                None => Ok(None),
            }
        })
    }

    async fn role_keys<'a>(
        &'a self,
        name: &str,
        section: &'a Section,
        arn: &str,
        seen: Vec<&'a str>,
    ) -> Result<Keys, CredentialError> {
        let mut role = Role::new(arn, section.value("role_session_name").unwrap_or("howdah"));
        role.external_id = section.value("external_id").map(str::to_owned);
        role.life_secs = section.value("duration_seconds").and_then(|text| text.parse().ok());
        let region = section.value("region").unwrap_or(self.region);
        if section.value("mfa_serial").is_some() {
            return Err(CredentialError::failed(format!(
                "the AWS profile `{name}` wants a code of a second factor, which nobody is there to type: use another profile"
            )));
        }
        if let Some(file) = section.value("web_identity_token_file") {
            return keys_by_token_file(self.machine, region, &role, file).await;
        }
        let keys = match (section.value("source_profile"), section.value("credential_source")) {
            (Some(source), _) => self.keys(source, seen).await?,
            (None, Some("Environment")) => environment_keys(self.machine)?,
            (None, Some("EcsContainer")) => metadata::container_keys(self.machine).await?,
            (None, Some("Ec2InstanceMetadata")) => Some(metadata::instance_keys(self.machine).await?),
            (None, _) => None,
        };
        let keys = keys.ok_or_else(|| {
            CredentialError::failed(format!(
                "the AWS profile `{name}` takes a role, but its source_profile or credential_source gives no keys for that"
            ))
        })?;
        assume_role(self.machine, region, &keys, &role).await
    }
}

fn static_keys(name: &str, section: &Section, access_key_id: &str) -> Result<Keys, CredentialError> {
    let fail = |problem| CredentialError::failed(format!("the AWS profile `{name}` cannot be used: {problem}"));
    let secret = section.value("aws_secret_access_key").ok_or_else(|| fail("it has no aws_secret_access_key"))?;
    let session_token = section.value("aws_session_token").map(SecretString::from);
    Keys::new(format!("the profile `{name}`"), access_key_id.to_owned(), secret.into(), session_token, None)
        .map_err(fail)
}
