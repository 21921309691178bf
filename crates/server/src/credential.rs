//! A server's `credential` as it is saved, turned into a source that the broker can ask.

use std::time::{Duration, SystemTime};

use howdah_credentials::{
    AwsRdsConfig, AwsRdsSettings, CommandError, Commands, CredentialError, EntraConfig, EntraFlow, EntraSettings,
    Exchange, Expiration, GcpConfig, GcpSettings, Identity, OAuthConfig, OAuthFlow, OAuthSettings, Obtained, Present,
    Prompt, SettingError, SignedInUserConfig, SignedInUserSettings, SourceConfig, Standing, Trouble, VaultAuth,
    VaultConfig, VaultSettings,
};
use howdah_pg::Host;
use howdah_store::Role;
use secrecy::ExposeSecret;
use time::OffsetDateTime;

use crate::app::App;
use crate::config::{CommandConfig, Config, CredentialsConfig, ServiceIdentity};
use crate::error::{ApiError, ApiResult, Code, sentence};
use crate::files::Completed;
use crate::session::SignedIn;
use crate::wire::{
    self, ConnectionStep, CredentialChoices, CredentialDefinition, CredentialExchange, CredentialIdentity,
    CredentialPresentation, CredentialStatus, EntraFlowName, NamedCommand, OAuthFlowName, ServerDefinition,
    VaultAuthDefinition,
};

/// The commands that the operator allows and offers.
///
/// # Errors
///
/// When the config offers one that cannot be.
pub fn commands(config: &Config) -> Result<Commands, CommandError> {
    if config.desktop {
        return Ok(Commands::desktop());
    }
    served_commands(&config.credentials)
}

/// As [`commands`], where Howdah serves many.
///
/// # Errors
///
/// As for [`commands`].
pub fn served_commands(config: &CredentialsConfig) -> Result<Commands, CommandError> {
    let mut commands = Commands::serve(config.allow_exec, config.exec_environment.clone())?;
    for command in &config.commands {
        offer(&mut commands, command)?;
    }
    Ok(commands)
}

/// Adds a command of the config to those on offer.
///
/// # Errors
///
/// When it cannot be.
pub fn offer(commands: &mut Commands, command: &CommandConfig) -> Result<(), CommandError> {
    let expiration = Expiration::from_secs(command.expiration_seconds.map(u64::from));
    commands.offer(&command.name, command.argv.clone(), expiration, Some(command.timeout))
}

/// The source that a server's `credential` describes.
///
/// # Errors
///
/// 403 `exec_not_allowed`, or 422 for what cannot be understood.
pub fn source(commands: &Commands, server: &ServerDefinition) -> ApiResult<SourceConfig> {
    match server.credential.clone() {
        CredentialDefinition::Password {} => Ok(SourceConfig::Password),
        CredentialDefinition::None {} => Ok(SourceConfig::None),
        CredentialDefinition::Exec { command, name, expiration_seconds, timeout_seconds } => {
            let expiration = expiration_seconds.map(|seconds| Expiration::from_secs(Some(seconds.into())));
            let timeout = timeout_seconds.map(|seconds| Duration::from_secs(seconds.into()));
            let source = match (command, name) {
                (Some(command), None) => commands.free_text(&command, expiration.unwrap_or(Expiration::Never), timeout),
                (None, Some(name)) => commands.named(&name, expiration, timeout),
                _ => {
                    return Err(ApiError::invalid(
                        "credential",
                        "Give either a command of your own or the name of one that the config offers.",
                    ));
                }
            };
            source.map_err(|error| command_problem(&error))
        }
        CredentialDefinition::SignedInUser { exchange, audience, scope, resource, present } => {
            let exchange = exchange.map_or_else(Exchange::default, exchange_of);
            let present = present.map_or_else(Present::default, present_of);
            SignedInUserConfig::new(SignedInUserSettings { exchange, audience, scope, resource, present })
                .map(SourceConfig::SignedInUser)
                .map_err(|error| setting_problem(&error))
        }
        CredentialDefinition::Entra {
            flow,
            tenant,
            client_id,
            client_secret,
            client_certificate,
            token_file,
            authority,
            resource,
        } => EntraConfig::new(EntraSettings {
            flow: flow.map_or_else(EntraFlow::default, entra_flow_of),
            tenant,
            client_id,
            client_secret,
            client_certificate,
            token_file: token_file.map(Into::into),
            authority,
            resource,
            host: Some(server.host.clone()),
        })
        .map(SourceConfig::Entra)
        .map_err(|error| setting_problem(&error)),
        CredentialDefinition::Oauth { issuer, client_id, client_secret, scope, flow, present } => {
            let flow = match flow {
                OAuthFlowName::DeviceCode => OAuthFlow::DeviceCode,
                OAuthFlowName::Interactive => OAuthFlow::Interactive,
                OAuthFlowName::ClientCredentials => OAuthFlow::ClientCredentials,
            };
            let present = present.map_or_else(Present::default, present_of);
            OAuthConfig::new(OAuthSettings { issuer, client_id, client_secret, scope, flow, present })
                .map(SourceConfig::OAuth)
                .map_err(|error| setting_problem(&error))
        }
        CredentialDefinition::AwsRds { region, signing_host, signing_port, profile, role_arn, identity } => {
            let identity = identity.map_or_else(Identity::default, identity_of);
            AwsRdsConfig::new(AwsRdsSettings { region, signing_host, signing_port, profile, role_arn, identity })
                .map(SourceConfig::AwsRds)
                .map_err(|error| setting_problem(&error))
        }
        CredentialDefinition::Gcp { identity, service_account, audience, scope } => {
            let identity = identity.map_or_else(Identity::default, identity_of);
            GcpConfig::new(GcpSettings { identity, service_account, audience, scope })
                .map(SourceConfig::Gcp)
                .map_err(|error| setting_problem(&error))
        }
        CredentialDefinition::Vault { address, mount, role, auth, namespace, static_role, ca_pem } => {
            let auth = auth.map_or_else(VaultAuth::default, vault_auth_of);
            let static_role = static_role.unwrap_or_default();
            VaultConfig::new(VaultSettings { address, namespace, mount, role, static_role, auth, ca_pem })
                .map(SourceConfig::Vault)
                .map_err(|error| setting_problem(&error))
        }
    }
}

/// Whether a credential lends Howdah's own identity, or reads a file of its machine: then whoever defines the server can
/// have what Howdah has.
#[must_use]
pub fn lends_service_identity(definition: &CredentialDefinition) -> bool {
    match definition {
        CredentialDefinition::Password {}
        | CredentialDefinition::None {}
        | CredentialDefinition::Exec { .. }
        | CredentialDefinition::SignedInUser { .. }
        | CredentialDefinition::Oauth { .. } => false,
        CredentialDefinition::Entra { flow, token_file, .. } => {
            token_file.is_some()
                || matches!(
                    flow,
                    Some(EntraFlowName::WorkloadIdentity | EntraFlowName::ManagedIdentity | EntraFlowName::AzureCli)
                )
        }
        CredentialDefinition::AwsRds { identity, profile, .. } => {
            profile.is_some() || *identity != Some(CredentialIdentity::SignedInUser)
        }
        CredentialDefinition::Gcp { identity, .. } => *identity != Some(CredentialIdentity::SignedInUser),
        CredentialDefinition::Vault { auth, .. } => match auth {
            None | Some(VaultAuthDefinition::Jwt { .. }) => false,
            Some(VaultAuthDefinition::Approle { secret_id_file, .. }) => secret_id_file.is_some(),
            Some(VaultAuthDefinition::Token { .. } | VaultAuthDefinition::Kubernetes { .. }) => true,
        },
    }
}

/// Whether somebody of this role may define servers that lend Howdah's own identity.
#[must_use]
pub fn may_lend_service_identity(config: &CredentialsConfig, role: Role) -> bool {
    match config.service_identity {
        ServiceIdentity::Everyone => true,
        ServiceIdentity::Administrators => role == Role::Administrator,
        ServiceIdentity::Nobody => false,
    }
}

/// The address that the person wrote, if any, with its field.
fn address_of(definition: &CredentialDefinition) -> Option<(&'static str, &str)> {
    match definition {
        CredentialDefinition::Oauth { issuer, .. } => Some(("credential.issuer", issuer)),
        CredentialDefinition::Entra { authority, .. } => Some(("credential.authority", authority.as_deref()?)),
        CredentialDefinition::Vault { address, .. } => Some(("credential.address", address)),
        CredentialDefinition::Password {}
        | CredentialDefinition::None {}
        | CredentialDefinition::Exec { .. }
        | CredentialDefinition::SignedInUser { .. }
        | CredentialDefinition::AwsRds { .. }
        | CredentialDefinition::Gcp { .. } => None,
    }
}

/// Whether somebody of this role may have a server of their own with this credential at this place.
///
/// # Errors
///
/// 403 `forbidden`.
pub fn permit(config: &CredentialsConfig, role: Role, server: &ServerDefinition) -> ApiResult<()> {
    let may_lend = may_lend_service_identity(config, role);
    // With a tunnel it is a socket of the machine behind that.
    if !may_lend && server.tunnel.is_none() && names_socket(&server.host) {
        return Err(ApiError::new(
            Code::Forbidden,
            "Behind a Unix socket PostgreSQL may take Howdah's own user of the operating system for you. Give a host name or an address, or ask an administrator to define the server (credentials.service_identity).",
        )
        .at_field("host"));
    }
    let definition = &server.credential;
    if lends_service_identity(definition) && !may_lend {
        return Err(ApiError::new(
            Code::Forbidden,
            "This credential would lend you Howdah's own identity. Choose one that uses your sign-in, or ask an administrator to define the server (credentials.service_identity).",
        )
        .at_field("credential"));
    }
    if let Some((field, address)) = address_of(definition)
        && role != Role::Administrator
        && !config.addresses.permit(address)
    {
        return Err(ApiError::new(
            Code::Forbidden,
            format!(
                "Howdah would ask {address} for secrets, and may do so for administrators only. Ask whoever runs Howdah to allow this address (credentials.allowed_addresses), or an administrator to define the server."
            ),
        )
        .at_field(field));
    }
    Ok(())
}

/// Whether somebody of this role may have a server of their own that is completed so.
///
/// # Errors
///
/// 403 `forbidden` where its service brings a secret of Howdah's.
pub fn permit_files(config: &CredentialsConfig, role: Role, completed: &Completed) -> ApiResult<()> {
    if completed.lends_secret && !may_lend_service_identity(config, role) {
        return Err(ApiError::new(
            Code::Forbidden,
            "This service comes with a password or private key of Howdah's, which only an administrator may use in a server (credentials.service_identity).",
        )
        .at_field("connection_parameters.service"));
    }
    Ok(())
}

/// Whether one of the hosts is a Unix socket's directory.
fn names_socket(hosts: &str) -> bool {
    hosts.split(',').any(|host| matches!(Host::parse(host.trim()), Host::Unix(_)))
}

fn setting_problem(error: &SettingError) -> ApiError {
    ApiError::invalid(format!("credential.{}", error.field), sentence(&error.problem))
}

fn exchange_of(name: CredentialExchange) -> Exchange {
    match name {
        CredentialExchange::None => Exchange::None,
        CredentialExchange::Refresh => Exchange::Refresh,
        CredentialExchange::TokenExchange => Exchange::TokenExchange,
        CredentialExchange::OnBehalfOf => Exchange::OnBehalfOf,
    }
}

fn present_of(name: CredentialPresentation) -> Present {
    match name {
        CredentialPresentation::OAuthBearer => Present::OAuthBearer,
        CredentialPresentation::Password => Present::Password,
    }
}

fn identity_of(name: CredentialIdentity) -> Identity {
    match name {
        CredentialIdentity::Service => Identity::Service,
        CredentialIdentity::SignedInUser => Identity::SignedInUser,
    }
}

fn entra_flow_of(name: EntraFlowName) -> EntraFlow {
    match name {
        EntraFlowName::SignedInUser => EntraFlow::SignedInUser,
        EntraFlowName::Interactive => EntraFlow::Interactive,
        EntraFlowName::DeviceCode => EntraFlow::DeviceCode,
        EntraFlowName::ClientSecret => EntraFlow::ClientSecret,
        EntraFlowName::ClientCertificate => EntraFlow::ClientCertificate,
        EntraFlowName::WorkloadIdentity => EntraFlow::WorkloadIdentity,
        EntraFlowName::ManagedIdentity => EntraFlow::ManagedIdentity,
        EntraFlowName::AzureCli => EntraFlow::AzureCli,
        EntraFlowName::OnBehalfOf => EntraFlow::OnBehalfOf,
    }
}

fn vault_auth_of(definition: VaultAuthDefinition) -> VaultAuth {
    match definition {
        VaultAuthDefinition::Jwt { mount, role } => VaultAuth::Jwt { mount, role },
        VaultAuthDefinition::Token { token_file } => VaultAuth::Token { file: token_file },
        VaultAuthDefinition::Approle { mount, role_id, secret_id, secret_id_file } => {
            VaultAuth::AppRole { mount, role_id, secret_id, secret_id_file }
        }
        VaultAuthDefinition::Kubernetes { mount, role, token_file } => {
            VaultAuth::Kubernetes { mount, role, token_file }
        }
    }
}

fn command_problem(error: &CommandError) -> ApiError {
    let field = match error {
        CommandError::NotAllowed => {
            return ApiError::new(
                Code::ExecNotAllowed,
                "This Howdah does not run commands of your own. Choose one that it offers by name, or ask whoever runs it to set credentials.allow_exec.",
            );
        }
        CommandError::UnknownName(_) => "credential.name",
        CommandError::Timeout => "credential.timeout_seconds",
        _ => "credential.command",
    };
    ApiError::invalid(field, sentence(&error.to_string()))
}

/// What a source's failure is answered with. The command's own words are for the server's owner only.
#[must_use]
pub fn problem(error: &CredentialError, is_owner: bool) -> ApiError {
    let code = match error {
        CredentialError::PasswordRequired => Code::PasswordRequired,
        CredentialError::Failed { .. } => Code::CredentialFailed,
        CredentialError::InteractionRequired(_) => Code::InteractionRequired,
        CredentialError::Timeout { .. } => Code::CredentialTimeout,
    };
    let output = error.for_owner().filter(|_| is_owner).map(str::to_owned);
    let prompt = match error {
        CredentialError::InteractionRequired(prompt) => Some(describe_prompt(prompt)),
        _ => None,
    };
    ApiError::new(code, sentence(&error.to_string()))
        .at_step(ConnectionStep::Credential)
        .with_command_output(output)
        .with_prompt(prompt)
}

fn describe_prompt(prompt: &Prompt) -> wire::Prompt {
    match prompt {
        Prompt::DeviceCode { verification_uri, verification_uri_complete, user_code, expires_at, reason } => {
            wire::Prompt::DeviceCode {
                verification_uri: verification_uri.to_string(),
                verification_uri_complete: verification_uri_complete.as_ref().map(ToString::to_string),
                // The one place where it is meant to be seen.
                user_code: user_code.expose_secret().to_owned(),
                expires_at: whole_seconds(*expires_at),
                reason: reason.clone(),
            }
        }
        Prompt::Redirect { url, reason } => wire::Prompt::Redirect { url: url.to_string(), reason: reason.clone() },
    }
}

/// The credential of a new connection as the status bar shows it.
#[must_use]
pub fn status(obtained: &Obtained, standing: Option<&Standing>, label: String) -> CredentialStatus {
    let credential = &obtained.credential;
    CredentialStatus {
        source: credential.source.as_str().to_owned(),
        label,
        expires_at: credential.expires_at.map(whole_seconds),
        renewed_at: Some(whole_seconds(credential.obtained_at)),
        renews_at: obtained.renews_at().map(whole_seconds),
        renewal_problem: standing.and_then(|standing| standing.trouble.as_ref()).map(renewal_problem),
    }
}

/// The credential of an open connection, after its secret was renewed or could not be.
#[must_use]
pub fn renewed(before: &CredentialStatus, standing: &Standing) -> CredentialStatus {
    let credential = &standing.credential;
    CredentialStatus {
        source: before.source.clone(),
        label: before.label.clone(),
        expires_at: credential.expires_at.map(whole_seconds),
        renewed_at: Some(whole_seconds(credential.obtained_at)),
        renews_at: credential.renews_at().map(whole_seconds),
        renewal_problem: standing.trouble.as_ref().map(renewal_problem),
    }
}

fn renewal_problem(trouble: &Trouble) -> Box<wire::Problem> {
    let error = match trouble {
        Trouble::Failed(error) => problem(error, false),
        Trouble::NeedsPerson => ApiError::new(
            Code::InteractionRequired,
            "The next secret needs you: the next connection asks you to sign in or to confirm a code. What is open goes on.",
        )
        .at_step(ConnectionStep::Credential),
    };
    Box::new(error.into_problem())
}

/// What the source is called.
#[must_use]
pub fn label(definition: &CredentialDefinition) -> String {
    match definition {
        CredentialDefinition::Password {} => "Password".to_owned(),
        CredentialDefinition::None {} => "No credential".to_owned(),
        CredentialDefinition::Exec { name: Some(name), .. } => format!("Command {name}"),
        CredentialDefinition::Exec { .. } => "Command".to_owned(),
        CredentialDefinition::SignedInUser { .. } => "Your sign-in".to_owned(),
        CredentialDefinition::Entra { .. } => "Microsoft Entra ID".to_owned(),
        CredentialDefinition::Oauth { .. } => "OAuth".to_owned(),
        CredentialDefinition::AwsRds { .. } => "AWS IAM".to_owned(),
        CredentialDefinition::Gcp { .. } => "Google Cloud IAM".to_owned(),
        CredentialDefinition::Vault { .. } => "Vault".to_owned(),
    }
}

/// What the person may choose from.
#[must_use]
pub fn choices(app: &App, person: &SignedIn) -> CredentialChoices {
    let config = &app.config().credentials;
    CredentialChoices {
        service_identity_allowed: may_lend_service_identity(config, person.account.role),
        secrets_allowed: app.secrets().keys.current().is_some(),
        ssh_agent_allowed: app.config().connections.ssh_agent.is_some(),
        exec_allowed: config.allow_exec,
        commands: config
            .commands
            .iter()
            .map(|command| NamedCommand { name: command.name.clone(), expiration_seconds: command.expiration_seconds })
            .collect(),
    }
}

fn whole_seconds(time: SystemTime) -> OffsetDateTime {
    OffsetDateTime::from(time).replace_nanosecond(0).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}
