//! The config: one TOML file with the environment laid over it, read once and parsed to types.
//!
//! Every problem is reported, not only the first, and a server never starts with a config that `check-config` rejects.

mod addresses;
mod check;
mod document;
mod keys;
mod listening;
mod providers;
mod reference;
mod secrets;
mod servers;
mod types;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use howdah_credentials::Commands;
use howdah_oidc::ProviderConfig;
use howdah_store::{StoreUrl, StoreUrlError};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use url::Url;

pub use crate::claims_rule::ClaimsRule;
use crate::credential;
use crate::log;
use crate::servers::ConfiguredServer;
pub use addresses::Addresses;
use document::Document;
pub use document::Problem;
use listening::networks;
pub use reference::reference;
pub use secrets::SecretsConfig;
pub use types::{
    AuditConfig, AuthConfig, CommandConfig, Config, ConnectionsConfig, CredentialsConfig, HistoryConfig, LogConfig,
    MetricsConfig, ServerConfig, ServiceIdentity, SessionConfig, Source, Statements, TlsFiles,
};

/// A config that was read, with what is not wrong but odd.
#[derive(Debug)]
pub struct Loaded {
    /// The config.
    pub config: Config,
    /// Things to tell the operator.
    pub warnings: Vec<String>,
}

/// Why there is no config.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// No file was named and none stands where one is looked for.
    #[error(
        "no config file: name one with --config or $HOWDAH_CONFIG, write ./howdah.toml or /etc/howdah/howdah.toml, or set keys in the environment"
    )]
    NotFound,
    /// The file cannot be read.
    #[error("{}: cannot be read: {error}: check the path and its permissions", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// The config is wrong.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Invalid(Vec<Problem>),
}

/// Reads and checks the config file under `environment`: `named`, else `./howdah.toml`, else `/etc/howdah/howdah.toml`.
/// Without any of them, what the environment sets is the whole config. Uses no network.
///
/// # Errors
///
/// When none is named, none exists and the environment sets nothing; otherwise as for [`load`].
pub fn find(named: Option<PathBuf>, environment: &BTreeMap<String, String>) -> Result<Loaded, ConfigError> {
    let usual = || ["howdah.toml", "/etc/howdah/howdah.toml"].into_iter().map(PathBuf::from).find(|path| path.exists());
    match named.or_else(usual) {
        Some(path) => load(&path, environment),
        None if document::is_set_in(environment) => parse(Path::new(document::ENVIRONMENT), "", environment),
        None => Err(ConfigError::NotFound),
    }
}

/// Reads and checks the file at `path` under `environment`. Uses no network.
///
/// # Errors
///
/// When the file cannot be read, or with everything that is wrong in it.
pub fn load(path: &Path, environment: &BTreeMap<String, String>) -> Result<Loaded, ConfigError> {
    let text =
        std::fs::read_to_string(path).map_err(|error| ConfigError::Unreadable { path: path.to_owned(), error })?;
    parse(path, &text, environment)
}

/// As [`load`], of a text.
///
/// # Errors
///
/// With everything that is wrong.
pub fn parse(path: &Path, text: &str, environment: &BTreeMap<String, String>) -> Result<Loaded, ConfigError> {
    let mut document = Document::read(path, text, environment);
    let mut warnings = Vec::new();
    let store_url = read_store_url(&mut document);
    let server = listening::read(&mut document);
    let session = read_session(&mut document);
    let log = read_log(&mut document);
    let history = HistoryConfig {
        statements: document.boolean("history.statements"),
        retention: Some(duration(&document, "history.retention")).filter(|retention| !retention.is_zero()),
        max_entries: document.integer("history.max_entries").filter(|most| *most > 0),
    };
    let audit = read_audit(&mut document);
    let metrics = MetricsConfig {
        listen: document.text("metrics.listen").and_then(|text| text.parse().ok()),
        trusted: networks(&document.texts("metrics.trusted")),
    };
    let auth = read_auth(&mut document, &mut warnings);
    let credentials = read_credentials(&mut document, &server, &auth);
    let connections = ConnectionsConfig {
        service_files: read_path(&mut document, "connections.service_file").into_iter().collect(),
        password_file: read_path(&mut document, "connections.password_file"),
        ..ConnectionsConfig::default()
    };
    let secrets = secrets::read(&mut document);
    let servers = read_servers(&mut document, &connections, &credentials);
    let problems = document.into_problems();
    match store_url {
        Some(store_url) if problems.is_empty() => Ok(Loaded {
            config: Config {
                server,
                store_url,
                session,
                log,
                metrics,
                desktop: false,
                history,
                audit,
                auth,
                credentials,
                connections,
                secrets,
                servers,
            },
            warnings,
        }),
        _ => Err(ConfigError::Invalid(problems)),
    }
}

fn read_log(document: &mut Document) -> LogConfig {
    let filter = document.text_or_default("log.filter");
    if let Err(error) = log::filter(&filter) {
        let remedy = "write a level such as info, or levels of parts: info,howdah=debug";
        document.problem("log.filter", format!("`{filter}` cannot be read: {error}"), remedy);
    }
    LogConfig { json: document.text_or_default("log.format") == "json", filter }
}

fn read_store_url(document: &mut Document) -> Option<StoreUrl> {
    match document.text_or_default("store.url").parse() {
        Ok(url) => Some(url),
        Err(error) => {
            let error: StoreUrlError = error;
            document.problem("store.url", error.to_string(), "write sqlite:FILE or postgres://user@host/database");
            None
        }
    }
}

fn read_session(document: &mut Document) -> SessionConfig {
    let idle_timeout = duration(document, "session.idle_timeout");
    let absolute_timeout = duration(document, "session.absolute_timeout");
    for (path, value) in [("session.idle_timeout", idle_timeout), ("session.absolute_timeout", absolute_timeout)] {
        if value < Duration::from_secs(1) {
            document.problem(path, "is less than a second", "write a duration such as 8h");
        }
    }
    SessionConfig { idle_timeout, absolute_timeout, detach_grace: duration(document, "session.detach_grace") }
}

fn read_audit(document: &mut Document) -> AuditConfig {
    let file = document.text("audit.file").map(PathBuf::from);
    if let Some(file) = &file {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        if file.is_dir() || folder.is_some_and(|folder| !folder.is_dir()) {
            document.problem(
                "audit.file",
                format!("{} cannot be a file: its folder does not exist, or it is a folder itself", file.display()),
                "name a file in a folder that the user running Howdah can write to",
            );
        }
    }
    AuditConfig {
        statements: match document.text_or_default("audit.statements").as_str() {
            "hash" => Statements::Hash,
            "off" => Statements::Off,
            _ => Statements::Text,
        },
        stderr: document.boolean("audit.stderr"),
        file,
        retention: Some(duration(document, "audit.retention")).filter(|retention| !retention.is_zero()),
    }
}

fn read_auth(document: &mut Document, warnings: &mut Vec<String>) -> AuthConfig {
    let sources = document.texts("auth.sources");
    let mut sources: Vec<Source> = sources.iter().filter_map(|source| source_named(source)).collect();
    let uses_oauth2 = sources.contains(&Source::OAuth2);
    let count = document.count("auth.oauth2");
    if uses_oauth2 && count == 0 {
        document.problem(
            "auth.oauth2",
            "no provider is configured",
            "write an [[auth.oauth2]] table with at least name, client_id and server_metadata_url",
        );
    }
    if !uses_oauth2 && count > 0 {
        warnings.push(
            "auth.oauth2: providers are configured, but `oauth2` is not in auth.sources, so nobody can use them"
                .to_owned(),
        );
    }
    let providers = providers::read(document, count);
    for (index, provider) in providers.iter().enumerate() {
        if let Some(color) = provider.button_color().filter(|color| csscolorparser::parse(color).is_err()) {
            warnings.push(format!(
                "auth.oauth2[{index}].button_color: `{color}` of {} is not a CSS colour: a grey one is shown",
                provider.name()
            ));
        }
    }
    // Named twice is as good as once.
    let mut seen = Vec::new();
    sources.retain(|source| {
        !seen.contains(source) && {
            seen.push(*source);
            true
        }
    });
    AuthConfig {
        auto_create_user: document.boolean("auth.oauth2_auto_create_user"),
        sources,
        auto_redirect: document.boolean("auth.auto_redirect"),
        login_banner: document.text("auth.login_banner").map(str::to_owned),
        help_url: document.text("auth.help_url").and_then(|text| Url::parse(text).ok()),
        max_login_attempts: document.integer("auth.max_login_attempts").unwrap_or_default(),
        password_min_length: document.integer("auth.password_min_length").map_or(8, |length| length as usize),
        administrators: claims_rule(document, "auth.administrators"),
        viewers: claims_rule(document, "auth.viewers"),
        providers: if uses_oauth2 { providers } else { Vec::new() },
    }
}

fn source_named(name: &str) -> Option<Source> {
    match name {
        "oauth2" => Some(Source::OAuth2),
        "internal" => Some(Source::Internal),
        _ => None,
    }
}

/// A file that must be there.
fn read_path(document: &mut Document, path: &str) -> Option<PathBuf> {
    let file = document.text(path).map(PathBuf::from)?;
    if !file.is_file() {
        document.problem(path, format!("there is no file {}", file.display()), "name an existing file");
    }
    Some(file)
}

fn read_certificates(document: &mut Document, path: &str) -> Vec<CertificateDer<'static>> {
    let Some(file) = document.text(path).map(PathBuf::from) else { return Vec::new() };
    let read = CertificateDer::pem_file_iter(&file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match read {
        Ok(certificates) if !certificates.is_empty() => certificates,
        Ok(_) => {
            document.problem(
                path,
                format!("{} holds no certificate", file.display()),
                "name a PEM file with certificates",
            );
            Vec::new()
        }
        Err(error) => {
            document.problem(
                path,
                format!("{} cannot be read: {error}", file.display()),
                "name a PEM file with certificates",
            );
            Vec::new()
        }
    }
}

/// The addresses that people may name, as the operator lists them.
fn read_addresses(document: &mut Document, server: &ServerConfig, auth: &AuthConfig) -> Addresses {
    let texts = document.texts("credentials.allowed_addresses");
    let listed: Vec<Url> = texts.iter().filter_map(|text| Url::parse(text).ok()).collect();
    let is_web =
        |url: &Url| matches!(url.scheme(), "https" | "http") && url.query().is_none() && url.fragment().is_none();
    if listed.len() < texts.len() || !listed.iter().all(is_web) {
        document.problem(
            "credentials.allowed_addresses",
            "holds a text that is no address",
            "write addresses such as https://login.example.com or https://login.example.com/realms",
        );
    }
    let issuers = auth.providers.iter().filter_map(ProviderConfig::issuer);
    let listened_on = || Url::parse(&format!("http://{}", server.listen)).ok();
    match server.public_url.clone().or_else(listened_on) {
        Some(origin) => Addresses::listed(listed, issuers, &origin),
        None => unreachable!("an address with a port makes a URL"),
    }
}

fn read_credentials(document: &mut Document, server: &ServerConfig, auth: &AuthConfig) -> CredentialsConfig {
    let mut commands: Vec<CommandConfig> = Vec::new();
    for index in 0..document.count("credentials.command") {
        let path = |key: &str| format!("credentials.command[{index}].{key}");
        let name = document.text(&path("name")).map(str::to_owned);
        let argv = document.texts(&path("argv"));
        match &name {
            None => {
                document.problem(&path("name"), "is missing", "give the command a name that servers can choose it by")
            }
            Some(name) if commands.iter().any(|other| other.name == *name) => {
                document.problem(
                    &path("name"),
                    format!("`{name}` is the name of another command too"),
                    "give each command its own name",
                );
            }
            Some(_) => {}
        }
        if argv.first().is_none_or(String::is_empty) {
            document.problem(&path("argv"), "names no program", "write argv = [\"/path/to/program\", \"argument\"]");
        }
        commands.push(CommandConfig {
            name: name.unwrap_or_default(),
            argv,
            expiration_seconds: document.integer(&path("expiration_seconds")),
            timeout: Duration::from_secs(document.integer(&path("timeout_seconds")).unwrap_or(60).into()),
        });
    }
    CredentialsConfig {
        service_identity: match document.text_or_default("credentials.service_identity").as_str() {
            "everyone" => ServiceIdentity::Everyone,
            "nobody" => ServiceIdentity::Nobody,
            _ => ServiceIdentity::Administrators,
        },
        addresses: read_addresses(document, server, auth),
        extra_roots: read_certificates(document, "credentials.ca_file"),
        allow_exec: document.boolean("credentials.allow_exec"),
        exec_environment: document.texts("credentials.exec_environment"),
        commands,
    }
}

fn read_servers(
    document: &mut Document,
    connections: &ConnectionsConfig,
    credentials: &CredentialsConfig,
) -> Vec<ConfiguredServer> {
    for name in &credentials.exec_environment {
        if let Err(error) = Commands::serve(false, vec![name.clone()]) {
            document.problem("credentials.exec_environment", error.to_string(), "take it out of the list");
        }
    }
    for (index, command) in credentials.commands.iter().enumerate() {
        let path = format!("credentials.command[{index}]");
        let offered = credential::offer(&mut Commands::desktop(), command);
        if let Err(error) = offered
            && !document.is_faulty_below(&path)
        {
            document.problem(&format!("{path}.argv"), error.to_string(), "correct the command");
        }
    }
    // Where they cannot be offered it has been told why.
    match credential::served_commands(credentials) {
        Ok(commands) => servers::read(document, connections, &commands),
        Err(_) => Vec::new(),
    }
}

fn duration(document: &Document, path: &str) -> Duration {
    humantime::parse_duration(&document.text_or_default(path)).unwrap_or_default()
}

fn claims_rule(document: &Document, path: &str) -> Option<ClaimsRule> {
    let value = serde_json::to_value(document.value(path)?).ok()?;
    ClaimsRule::parse(value).ok()
}

impl Config {
    /// What people call the provider `name`; `name` itself when there is none any more.
    #[must_use]
    pub fn provider_name(&self, name: String) -> String {
        let known = self.auth.providers.iter().find(|provider| provider.name() == name);
        known.map_or(name, |provider| provider.display_name().to_owned())
    }

    /// The same for one person on their own machine: everything of theirs may be used, from libpq's files to the SSH agent
    /// that `environment` names.
    #[must_use]
    pub fn for_own_machine(mut self, environment: &BTreeMap<String, String>) -> Self {
        let path = |name: &str| environment.get(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let at_home = |file: &str| path("HOME").map(|home| home.join(file));
        let system = path("PGSYSCONFDIR").map(|folder| folder.join("pg_service.conf"));
        self.desktop = true;
        self.credentials.addresses = Addresses::every();
        self.credentials.service_identity = ServiceIdentity::Everyone;
        self.credentials.allow_exec = true;
        self.connections = ConnectionsConfig {
            service_files: path("PGSERVICEFILE")
                .or_else(|| at_home(".pg_service.conf"))
                .into_iter()
                .chain(system)
                .collect(),
            password_file: path("PGPASSFILE").or_else(|| at_home(".pgpass")),
            own_files: true,
            ssh_agent: path("SSH_AUTH_SOCK"),
        };
        self
    }
}

#[cfg(test)]
mod tests;
