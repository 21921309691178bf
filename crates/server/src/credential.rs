//! A server's `credential` as it is saved, turned into a source that the broker can ask.

use std::time::{Duration, SystemTime};

use howdah_credentials::{CommandError, Commands, Credential, CredentialError, Expiration, SourceConfig};
use time::OffsetDateTime;

use crate::config::CredentialsConfig;
use crate::error::{ApiError, ApiResult, Code, sentence};
use crate::wire::{ConnectionStep, CredentialChoices, CredentialDefinition, CredentialStatus, NamedCommand};

/// The commands that the operator allows and offers.
///
/// # Errors
///
/// When the config offers one that cannot be.
pub fn commands(config: &CredentialsConfig) -> Result<Commands, CommandError> {
    let mut commands = Commands::serve(config.allow_exec, config.exec_environment.clone())?;
    for command in &config.commands {
        let expiration = Expiration::from_secs(command.expiration_seconds.map(u64::from));
        commands.offer(&command.name, command.argv.clone(), expiration, Some(command.timeout))?;
    }
    Ok(commands)
}

/// The source that `definition` describes.
///
/// # Errors
///
/// 403 `exec_not_allowed`, or 422 for what cannot be understood.
pub fn source(commands: &Commands, definition: &CredentialDefinition) -> ApiResult<SourceConfig> {
    match definition {
        CredentialDefinition::Password {} => Ok(SourceConfig::Password),
        CredentialDefinition::None {} => Ok(SourceConfig::None),
        CredentialDefinition::Exec { command, name, expiration_seconds, timeout_seconds } => {
            let expiration = expiration_seconds.map(|seconds| Expiration::from_secs(Some(seconds.into())));
            let timeout = timeout_seconds.map(|seconds| Duration::from_secs(seconds.into()));
            let source = match (command, name) {
                (Some(command), None) => commands.free_text(command, expiration.unwrap_or(Expiration::Never), timeout),
                (None, Some(name)) => commands.named(name, expiration, timeout),
                _ => {
                    return Err(ApiError::invalid(
                        "credential",
                        "Give either a command of your own or the name of one that the config offers.",
                    ));
                }
            };
            source.map_err(|error| command_problem(&error))
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
        CredentialError::Failed { .. } | CredentialError::InteractionRequired(_) => Code::CredentialFailed,
        CredentialError::Timeout { .. } => Code::CredentialTimeout,
    };
    let output = error.for_owner().filter(|_| is_owner).map(str::to_owned);
    ApiError::new(code, sentence(&error.to_string())).at_step(ConnectionStep::Credential).with_command_output(output)
}

/// The credential as the status bar shows it.
#[must_use]
pub fn status(credential: &Credential, definition: &CredentialDefinition) -> CredentialStatus {
    CredentialStatus {
        source: credential.source.as_str().to_owned(),
        label: label(definition),
        expires_at: credential.expires_at.map(whole_seconds),
        renewed_at: Some(whole_seconds(credential.obtained_at)),
    }
}

/// What the source is called.
#[must_use]
pub fn label(definition: &CredentialDefinition) -> String {
    match definition {
        CredentialDefinition::Password {} => "Password".to_owned(),
        CredentialDefinition::None {} => "No credential".to_owned(),
        CredentialDefinition::Exec { name: Some(name), .. } => format!("Command {name}"),
        CredentialDefinition::Exec { .. } => "Command".to_owned(),
    }
}

/// What the person may choose from.
#[must_use]
pub fn choices(config: &CredentialsConfig) -> CredentialChoices {
    CredentialChoices {
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
