//! The files that libpq's users know: the connection service file, the password file, certificates and keys.
//!
//! Where Howdah serves many, they are the operator's and people name a service, never a path. On a person's own machine
//! they are theirs.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use howdah_pg::{PassFile, ServiceFileError, service};
use secrecy::{ExposeSecret, SecretString};

use crate::config::ConnectionsConfig;
use crate::error::{ApiError, ApiResult, Code, sentence};
use crate::wire::ServerDefinition;

/// Larger files are none of these.
const MAX_FILE: u64 = 1 << 20;
/// The keywords whose values libpq takes for paths.
const PATHS: [&str; 4] = ["sslcert", "sslkey", "sslrootcert", "sslcrl"];
const FIELD: &str = "connection_parameters.service";

/// A definition as it is used: with what its service says and what its files hold.
pub struct Completed {
    /// The definition. What stands in it goes before what its service says.
    pub definition: ServerDefinition,
    /// The service's password.
    pub password: Option<SecretString>,
    /// The password file that the service or the person names.
    pub password_file: Option<PathBuf>,
    /// Whether the service brings a secret of Howdah's: a password or a private key.
    pub lends_secret: bool,
}

/// Completes a definition by the service that it names.
///
/// # Errors
///
/// 422 when there is no such service, or with what is wrong with it.
pub fn complete(config: &ConnectionsConfig, definition: &ServerDefinition) -> ApiResult<Completed> {
    let mut completed =
        Completed { definition: definition.clone(), password: None, password_file: None, lends_secret: false };
    if config.own_files {
        read_own_files(&mut completed)?;
    }
    if let Some(name) = completed.definition.connection_parameters.take("service").filter(|name| !name.is_empty()) {
        apply_service(&mut completed, config, &name)?;
    }
    Ok(completed)
}

/// A person's own paths become what the files hold.
fn read_own_files(completed: &mut Completed) -> ApiResult<()> {
    let parameters = &mut completed.definition.connection_parameters;
    for keyword in PATHS {
        let path = parameters.iter().find(|(known, value)| *known == keyword && is_path(value));
        let Some(path) = path.map(|(_, path)| PathBuf::from(path)) else { continue };
        let text =
            read(&path).map_err(|problem| ApiError::invalid(format!("connection_parameters.{keyword}"), problem))?;
        parameters.take(keyword);
        parameters.add(keyword, text);
    }
    completed.password_file = parameters.take("passfile").filter(|path| !path.is_empty()).map(PathBuf::from);
    Ok(())
}

fn apply_service(completed: &mut Completed, config: &ConnectionsConfig, name: &str) -> ApiResult<()> {
    let mut keywords = find_service(config, name)?;
    let definition = &mut completed.definition;
    let brings_host = definition.host.trim().is_empty();
    // Its port and address are those of its host.
    let (host, address, port) = (keywords.remove("host"), keywords.remove("hostaddr"), keywords.remove("port"));
    if brings_host {
        definition.host = host.or_else(|| address.clone()).unwrap_or_default();
        match port.as_deref().map(str::parse) {
            Some(Ok(port)) => definition.port = port,
            // A list goes with a list of hosts.
            Some(Err(_)) => definition.connection_parameters.add("port", port.unwrap_or_default().into()),
            None => {}
        }
        if let Some(address) = address {
            definition.connection_parameters.add("hostaddr", address.into());
        }
    }
    if let Some(user) = keywords.remove("user")
        && definition.username.trim().is_empty()
    {
        definition.username = user;
    }
    // The database is chosen in the console.
    keywords.remove("dbname");
    if let Some(path) = keywords.remove("passfile") {
        completed.password_file = Some(path.into());
        completed.lends_secret = true;
    }
    if let Some(password) = keywords.remove("password") {
        completed.password = Some(password.into());
        completed.lends_secret = true;
    }
    for (keyword, value) in keywords {
        let value = if PATHS.contains(&keyword.as_str()) && is_path(&value) {
            completed.lends_secret |= keyword == "sslkey";
            read(Path::new(&value))
                .map_err(|problem| ApiError::invalid(FIELD, format!("{keyword} of `{name}`: {problem}")))?
        } else {
            value.into()
        };
        definition.connection_parameters.add(&keyword, value);
    }
    Ok(())
}

fn find_service(config: &ConnectionsConfig, name: &str) -> ApiResult<BTreeMap<String, String>> {
    if config.service_files.is_empty() {
        return Err(ApiError::invalid(
            FIELD,
            "This Howdah has no service file. Ask whoever runs it to set connections.service_file, or give the settings themselves.",
        ));
    }
    for path in config.service_files.iter().filter(|path| path.is_file()) {
        let text = read(path).map_err(|problem| ApiError::invalid(FIELD, problem))?;
        match service(text.expose_secret(), name) {
            Ok(keywords) => return Ok(keywords),
            Err(ServiceFileError::UnknownService(_)) => {}
            Err(error @ ServiceFileError::Line { .. }) => {
                return Err(ApiError::invalid(FIELD, sentence(&error.to_string())));
            }
        }
    }
    Err(ApiError::invalid(FIELD, format!("The service file has no service `{name}`. Check the name.")))
}

/// The passwords of a file.
///
/// # Errors
///
/// When there is a file that cannot be read. One that does not exist has no passwords.
pub fn passwords(config: &ConnectionsConfig, completed: &Completed) -> ApiResult<Option<PassFile>> {
    let Some(path) = completed.password_file.as_ref().or(config.password_file.as_ref()) else { return Ok(None) };
    if !path.exists() || (config.own_files && is_open_to_others(path)) {
        return Ok(None);
    }
    let text = read(path).map_err(|problem| {
        tracing::error!(path = %path.display(), "the password file cannot be used: {problem}");
        ApiError::new(
            Code::CredentialFailed,
            "The password file cannot be read. Ask whoever runs Howdah to look at its log.",
        )
    })?;
    Ok(Some(PassFile::parse(text.expose_secret())))
}

/// As libpq, which passes over a password file that others may read.
#[cfg(unix)]
fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;

    let is_open = path.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0);
    if is_open {
        tracing::warn!(path = %path.display(), "the password file is passed over: others may read it (chmod 0600)");
    }
    is_open
}

#[cfg(not(unix))]
fn is_open_to_others(_: &Path) -> bool {
    false
}

fn is_path(value: &str) -> bool {
    !value.is_empty() && value != "system" && !value.contains("-----BEGIN")
}

/// A small text. The problem is for people and does not name the path, which may be the operator's.
fn read(path: &Path) -> Result<SecretString, &'static str> {
    let file = File::open(path).map_err(|error| {
        tracing::warn!(path = %path.display(), %error, "a file of a connection cannot be opened");
        "The file cannot be opened."
    })?;
    let mut text = String::new();
    match file.take(MAX_FILE + 1).read_to_string(&mut text) {
        Ok(length) if length as u64 <= MAX_FILE => Ok(SecretString::from(text)),
        Ok(_) => Err("The file is larger than 1 MiB."),
        Err(_) => Err("The file cannot be read as text."),
    }
}
