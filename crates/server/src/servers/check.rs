//! What may stand in a definition.

use howdah_credentials::Commands;
use howdah_store::Role;

use crate::app::App;
use crate::connect;
use crate::credential;
use crate::error::{ApiError, ApiResult, Code, sentence};
use crate::files;
use crate::post_connection;
use crate::session::SignedIn;
use crate::tunnel;
use crate::username;
use crate::wire::{Audience, CredentialDefinition, ServerDefinition};

/// A text in a definition, in bytes.
const MAX_TEXT: usize = 1024;
/// A PEM bundle in a connection parameter, in bytes.
const MAX_PARAMETER: usize = 256 << 10;
/// Connection parameters of one server.
const MAX_PARAMETERS: usize = 64;
/// A rule on claims, in bytes.
const MAX_RULE: usize = 16 << 10;

/// What is wrong with a definition that `person` writes.
///
/// # Errors
///
/// 422 with the field, 403 `exec_not_allowed`, or 403 `forbidden` for what lends Howdah's own identity, or for sharing.
pub fn check(app: &App, person: &SignedIn, definition: &ServerDefinition) -> ApiResult<()> {
    check_but(app, person, definition, &[])
}

/// As [`check`], for a definition in which these secrets stand for others that nobody can read at the moment.
///
/// # Errors
///
/// As for [`check`].
pub(super) fn check_but(
    app: &App,
    person: &SignedIn,
    definition: &ServerDefinition,
    presumed: &[&str],
) -> ApiResult<()> {
    let connections = &app.config().connections;
    if let Some(tunnel) = &definition.tunnel {
        tunnel::check(tunnel, connections.ssh_agent.as_deref())?;
    }
    let completed = files::complete(connections, definition)?;
    credential::permit_files(&app.config().credentials, person.account.role, &completed)?;
    let is_meant = |problem: &ApiError| !presumed.iter().any(|path| is_about_secret(problem, path));
    if let Some(first) = problems(app.commands(), &completed.definition).into_iter().find(is_meant) {
        return Err(first);
    }
    credential::permit(&app.config().credentials, person.account.role, &completed.definition)?;
    may_share(person, &definition.audience)
}

/// Everything that is wrong with a definition, whoever writes it.
#[must_use]
pub fn problems(commands: &Commands, definition: &ServerDefinition) -> Vec<ApiError> {
    let mut problems = Vec::new();
    let names_user = !source_names_user(&definition.credential);
    problems.extend(text_problem("name", &definition.name));
    problems.extend(text_problem("group", &definition.group));
    problems.extend(text_problem("host", &definition.host));
    problems.extend(text_problem("maintenance_db", &definition.maintenance_db));
    if names_user || !definition.username.is_empty() {
        problems.extend(text_problem("username", &definition.username));
    }
    for (field, text) in [("role", &definition.role), ("comment", &definition.comment)] {
        problems.extend(text.as_ref().and_then(|text| length_problem(field, text)));
    }
    if definition.port == 0 {
        problems.push(ApiError::invalid("port", "Use a port from 1 to 65535; PostgreSQL's own is 5432."));
    }
    problems.extend(username_problem(&definition.username));
    problems.extend(parameter_problems(definition));
    problems.extend(definition.post_connection_sql.as_deref().and_then(|sql| post_connection::check(sql).err()));
    let signs_for_host = matches!(definition.credential, CredentialDefinition::AwsRds { signing_host: None, .. });
    if signs_for_host && definition.host.contains(',') {
        problems.push(ApiError::invalid(
            "credential.signing_host",
            "A token of AWS is for one host. Name it here, or give the server a single host.",
        ));
    }
    if definition.audience.to_json().to_string().len() > MAX_RULE {
        problems.push(ApiError::invalid("audience", format!("Use a rule of at most {MAX_RULE} bytes.")));
    }
    problems.extend(credential::source(commands, definition).err());
    problems.extend(connect::options(definition, "postgres", "howdah", "", connect::Purpose::Query).err());
    problems
}

/// Whether a problem is about the secret at a path.
pub(super) fn is_about_secret(problem: &ApiError, path: &str) -> bool {
    problem.field().is_some_and(|field| field.strip_prefix("credential.").unwrap_or(field) == path)
}

/// What is wrong with a text that must be there.
pub(super) fn text_problem(field: &str, text: &str) -> Option<ApiError> {
    if text.trim().is_empty() {
        return Some(ApiError::invalid(field, "This field is empty. Fill it in."));
    }
    length_problem(field, text)
}

/// What is wrong with a text that may be empty.
pub(super) fn length_problem(field: &str, text: &str) -> Option<ApiError> {
    let is_good = text.len() <= MAX_TEXT && !text.contains('\0');
    (!is_good).then(|| ApiError::invalid(field, format!("Use at most {MAX_TEXT} bytes, and no NUL character.")))
}

/// What is wrong with a `username` that is a template.
pub(super) fn username_problem(template: &str) -> Option<ApiError> {
    username::check(template).err().map(|error| ApiError::invalid("username", sentence(&error.to_string())))
}

/// Whether the credential's source says whom to log in as.
fn source_names_user(credential: &CredentialDefinition) -> bool {
    matches!(credential, CredentialDefinition::Vault { .. } | CredentialDefinition::Gcp { .. })
}

fn parameter_problems(definition: &ServerDefinition) -> Vec<ApiError> {
    if definition.connection_parameters.len() > MAX_PARAMETERS {
        let words = format!("Use at most {MAX_PARAMETERS} connection parameters.");
        return vec![ApiError::invalid("connection_parameters", words)];
    }
    let is_bad = |value: &str| value.len() > MAX_PARAMETER || value.contains('\0');
    let bad = definition.connection_parameters.iter().filter(|(_, value)| is_bad(value));
    bad.map(|(keyword, _)| {
        ApiError::invalid(format!("connection_parameters.{keyword}"), "The value is too long or holds a NUL character.")
    })
    .collect()
}

/// Whether `person` may have a server with this audience. Also a change of one that is shared already needs an
/// administrator: it is others' connections that it changes.
fn may_share(person: &SignedIn, audience: &Audience) -> ApiResult<()> {
    if *audience == Audience::Private || person.account.role == Role::Administrator {
        return Ok(());
    }
    Err(ApiError::new(
        Code::Forbidden,
        "Only an administrator of Howdah may share a server with others. Leave its audience private, or ask an administrator to share it.",
    )
    .at_field("audience"))
}
