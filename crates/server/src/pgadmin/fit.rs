//! What this Howdah lets a person have of a server of pgAdmin's.

use howdah_credentials::Commands;
use howdah_store::Role;

use super::entry::WITHOUT_SHELL;
use super::report::Kind;
use crate::config::Config;
use crate::credential;
use crate::error::{ApiError, Code};
use crate::files;
use crate::servers;
use crate::tunnel;
use crate::wire::{CredentialDefinition, ServerDefinition};

/// Takes out what somebody of this role may not have here, and says so.
///
/// # Errors
///
/// When what is left cannot be a server.
pub(super) fn fit(
    config: &Config,
    commands: &Commands,
    role: Role,
    definition: &mut ServerDefinition,
    notes: &mut Vec<(Kind, String)>,
) -> Result<(), ApiError> {
    let refused = credential::permit(&config.credentials, role, definition).err();
    let (refused, misplaced) = match refused {
        Some(problem) if problem.field() == Some("host") => (None, Some(problem)),
        refused => (refused, None),
    };
    notes.extend(misplaced.map(|problem| (Kind::Look, problem.detail().to_owned())));
    let refused = refused.or_else(|| credential::source(commands, definition).err());
    if let Some(problem) = refused {
        let is_exec = problem.code() == Code::ExecNotAllowed;
        let why = if is_exec {
            "its command is not taken, as credentials.allow_exec is off; allow it, or offer it as [[credentials.command]].".to_owned()
        } else {
            problem.detail().to_owned()
        };
        definition.credential = CredentialDefinition::Password {};
        notes.retain(|(_, words)| words != WITHOUT_SHELL);
        notes.push((Kind::Look, format!("{why} Until then a password is asked for.")));
    }
    if let Some(tunnel) = &definition.tunnel
        && let Err(problem) = tunnel::check(tunnel, None)
        && problem.field() != Some("tunnel.private_key")
    {
        return Err(problem);
    }
    loop {
        let completed = files::complete(&config.connections, definition)?;
        let Some(problem) = servers::problems(commands, &completed.definition).into_iter().next() else {
            return Ok(());
        };
        let keyword = problem.field().and_then(|field| field.strip_prefix("connection_parameters.")).map(str::to_owned);
        let Some(keyword) =
            keyword.filter(|name| definition.connection_parameters.iter().any(|(known, _)| known == name))
        else {
            return Err(problem);
        };
        definition.connection_parameters.remove(&keyword);
        notes.push((Kind::Left, format!("{keyword}: {}", problem.detail())));
    }
}
