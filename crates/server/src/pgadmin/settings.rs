//! pgAdmin's settings as a config of Howdah's.

mod providers;

use std::net::{IpAddr, SocketAddr};

use toml::{Table, Value as Toml};

use super::python::{Assignment, Source, Value};
use super::report::{Kind, Report};

/// A secret that goes into a file of its own rather than into the config.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SecretFile {
    /// The file's name.
    pub(super) name: String,
    /// What it holds.
    pub(super) secret: String,
}

/// What became of the settings.
#[derive(Debug, Default)]
pub(super) struct Settings {
    /// The config.
    pub(super) config: Table,
    /// Secrets that belong beside it.
    pub(super) secrets: Vec<SecretFile>,
}

/// Settings that have no counterpart, by the beginnings of their names, and why.
const LEFT: &[(&[&str], &str)] = &[
    (&["LDAP_"], "Howdah signs nobody in by LDAP; use a provider in front of it, such as Keycloak or Entra ID"),
    (
        &["KRB_", "KERBEROS_"],
        "Howdah does not speak Kerberos; use a provider that does, and a credential source for the database",
    ),
    (&["WEBSERVER_"], "a web server in front of Howdah signs nobody in; use the provider that it asks"),
    (&["MFA_"], "the provider asks for a second factor; passwords kept by Howdah have none"),
    (
        &["MAIL_", "SECURITY_EMAIL", "SECURITY_RECOVERABLE", "SECURITY_CHANGEABLE"],
        "Howdah sends no mail; `howdah user set-password` gives a new password",
    ),
    (
        &[
            "SESSION_COOKIE",
            "COOKIE_DEFAULT",
            "ENHANCED_COOKIE",
            "SESSION_DIGEST",
            "SESSION_DB",
            "SESSION_SKIP",
            "CHECK_SESSION",
        ],
        "cookies and sessions are protected without a setting",
    ),
    (
        &["X_FRAME", "CONTENT_SECURITY", "X_CONTENT", "X_XSS", "STRICT_TRANSPORT", "CROSS_ORIGIN"],
        "Howdah's headers are strict and fixed",
    ),
    (&["ALLOWED_HOSTS", "SCRIPT_NAME"], "set server.public_url to what browsers see; addresses are made from it alone"),
    (
        &["CONFIG_DATABASE_URI"],
        "Howdah has a store of its own: set store.url to a database for it, not to pgAdmin's; with --database-of-settings people and servers are read from there",
    ),
    (
        &[
            "DATA_DIR",
            "SQLITE_PATH",
            "STORAGE_DIR",
            "SHARED_STORAGE",
            "LOG_",
            "CONSOLE_LOG",
            "FILE_LOG",
            "AZURE_CREDENTIAL",
            "SERVER_HEARTBEAT",
            "MAX_SESSION_IDLE",
            "DEFAULT_BINARY_PATHS",
        ],
        "it has no counterpart",
    ),
    (
        &["SECRET_KEY", "CSRF_SESSION_KEY", "SECURITY_PASSWORD"],
        "Howdah makes keys of its own, and new hashes of passwords",
    ),
    (&["USE_OS_SECRET_STORAGE"], "`howdah desktop` uses the keyring by itself"),
    (&["SUPPORT_SSH_TUNNEL"], "tunnels are there"),
    (
        &[
            "LOGIN_ATTEMPT_FIELDS",
            "CHECK_EMAIL",
            "ALLOW_SPECIAL_EMAIL",
            "GLOBALLY_DELIVERABLE",
            "SHOW_GRAVATAR",
            "LOG_AUTHENTICATED_USER",
        ],
        "it has no counterpart",
    ),
];

/// Translates what files of settings say; a later file overrides an earlier one.
pub(super) fn translate(files: &[(String, Source)], report: &mut Report) -> Settings {
    let mut all: Vec<(&str, &Assignment)> = Vec::new();
    for (file, source) in files {
        for assignment in &source.assignments {
            all.retain(|(_, other)| other.name != assignment.name);
            all.push((file, assignment));
        }
        for (line, name) in &source.others {
            let about = name.as_ref().map_or_else(|| format!("{file}:{line}"), |name| format!("{file}:{line}: {name}"));
            let words = "is more than an assignment of a value, and no Python is run; set by hand what it sets";
            report.note(Kind::Look, about, words);
        }
    }
    let mut translation = Translation { settings: Settings::default(), report };
    for (file, assignment) in &all {
        translation.take(file, assignment);
    }
    providers::take_stray(&mut translation, &all);
    translation.finish()
}

/// The text that a setting is given last.
pub(super) fn text_of(files: &[(String, Source)], name: &str) -> Option<String> {
    let mut all = files.iter().flat_map(|(_, source)| &source.assignments);
    match &all.rfind(|assignment| assignment.name == name)?.value {
        Value::Text(text) => Some(text.clone()),
        _ => None,
    }
}

struct Translation<'a> {
    settings: Settings,
    report: &'a mut Report,
}

impl Translation<'_> {
    fn take(&mut self, file: &str, assignment: &Assignment) {
        let Assignment { name, line, value } = assignment;
        let about = format!("{file}:{line}: {name}");
        if matches!(value, Value::Unreadable(_)) {
            let words = "its value is more than a literal, and no Python is run; set it by hand";
            return self.report.note(Kind::Look, about, words);
        }
        match name.as_str() {
            "OAUTH2_CONFIG" => providers::take_all(self, file, *line, value),
            "AUTHENTICATION_SOURCES" => self.sources(&about, value),
            "OAUTH2_AUTO_CREATE_USER" => self.boolean(&about, "auth.oauth2_auto_create_user", value),
            "MAX_LOGIN_ATTEMPTS" => {
                self.integer(&about, "auth.max_login_attempts", value, 0..=1000);
                self.report.note(Kind::Look, about, "wrong passwords block for a while here, and never for good");
            }
            "PASSWORD_LENGTH_MIN" => self.integer(&about, "auth.password_min_length", value, 1..=128),
            "LOGIN_BANNER" => self.banner(&about, value),
            "MASTER_PASSWORD_REQUIRED" => self.boolean(&about, "secrets.master_password_required", value),
            "MASTER_PASSWORD_HOOK" => self.text(&about, "secrets.master_password_hook", value),
            "ALLOW_SAVE_PASSWORD" => self.boolean(&about, "secrets.allow_save_password", value),
            "ALLOW_SAVE_TUNNEL_PASSWORD" => self.boolean(&about, "secrets.allow_save_tunnel_password", value),
            "ENABLE_SERVER_PASS_EXEC_CMD" => self.boolean(&about, "credentials.allow_exec", value),
            "SESSION_EXPIRATION_TIME" => self.duration(&about, "session.absolute_timeout", value, "d"),
            "USER_INACTIVITY_TIMEOUT" => self.duration(&about, "session.idle_timeout", value, "s"),
            // The two are one key here.
            "DEFAULT_SERVER" | "DEFAULT_SERVER_PORT" => self.listen(&about, name, value),
            "SERVER_MODE" => match value {
                Value::Boolean(false) => {
                    self.report.note(
                        Kind::Look,
                        about,
                        "for one person there is `howdah desktop`, which needs no config",
                    );
                }
                _ => self.report.note(Kind::Taken, about, "`howdah serve` is for many"),
            },
            "MASTER_PASSWORD" => {
                self.report.note(Kind::Look, about, "pgAdmin reads MASTER_PASSWORD_REQUIRED; this one did nothing");
            }
            _ if name.starts_with("PROXY_X_") => {
                self.report.note(Kind::Look, about, "name the proxies' addresses in server.trusted_proxies instead");
            }
            // Gathered at the end.
            _ if providers::is_key(name) => {}
            _ => self.left(&about, name),
        }
    }

    fn left(&mut self, about: &str, name: &str) {
        let why = LEFT.iter().find(|(names, _)| names.iter().any(|start| name.starts_with(start)));
        self.report.note(Kind::Left, about, why.map_or("Howdah has no such setting", |(_, why)| why));
    }

    /// Puts a value at a path of the config.
    fn put(&mut self, path: &str, value: impl Into<Toml>) {
        let mut table = &mut self.settings.config;
        let (parents, name) = path.rsplit_once('.').unwrap_or(("", path));
        for parent in parents.split('.').filter(|parent| !parent.is_empty()) {
            let entry = table.entry(parent).or_insert_with(|| Toml::Table(Table::new()));
            let Toml::Table(inner) = entry else { return };
            table = inner;
        }
        table.insert(name.to_owned(), value.into());
    }

    fn taken(&mut self, about: &str, path: &str, value: impl Into<Toml>) {
        self.put(path, value);
        self.report.note(Kind::Taken, about, format!("is {path}"));
    }

    fn unfit(&mut self, about: &str, path: &str, wanted: &str) {
        self.report.note(Kind::Look, about, format!("is not {wanted}; set {path} by hand"));
    }

    fn boolean(&mut self, about: &str, path: &str, value: &Value) {
        match value {
            Value::Boolean(value) => self.taken(about, path, *value),
            _ => self.unfit(about, path, "True or False"),
        }
    }

    fn text(&mut self, about: &str, path: &str, value: &Value) {
        match value {
            Value::Text(text) if !text.trim().is_empty() => self.taken(about, path, text.trim()),
            Value::None | Value::Text(_) => self.report.note(Kind::Taken, about, "is not set"),
            _ => self.unfit(about, path, "a text"),
        }
    }

    fn integer(&mut self, about: &str, path: &str, value: &Value, range: std::ops::RangeInclusive<i64>) {
        match value {
            Value::Integer(number) if range.contains(number) => self.taken(about, path, *number),
            _ => self.unfit(about, path, &format!("a whole number from {} to {}", range.start(), range.end())),
        }
    }

    fn duration(&mut self, about: &str, path: &str, value: &Value, unit: &str) {
        match value {
            Value::Integer(0) => {
                self.report.note(Kind::Look, about, format!("0 is no limit in pgAdmin; Howdah has one, {path}"))
            }
            Value::Integer(number) if *number > 0 => self.taken(about, path, format!("{number}{unit}")),
            _ => self.unfit(about, path, "a whole number"),
        }
    }

    fn banner(&mut self, about: &str, value: &Value) {
        let Value::Text(text) = value else { return self.unfit(about, "auth.login_banner", "a text") };
        if text.trim().is_empty() {
            return self.report.note(Kind::Taken, about, "is not set");
        }
        let plain = without_tags(text);
        self.taken(about, "auth.login_banner", plain.trim());
        if plain != *text {
            self.report.note(Kind::Look, about, "Howdah shows text, so its HTML was taken out");
        }
    }

    fn listen(&mut self, about: &str, name: &str, value: &Value) {
        let now = self.settings.config.get("server").and_then(|server| server.get("listen")).and_then(Toml::as_str);
        let mut address: SocketAddr =
            now.and_then(|text| text.parse().ok()).unwrap_or(SocketAddr::from(([127, 0, 0, 1], 5080)));
        match value {
            Value::Text(text) if name == "DEFAULT_SERVER" && text.parse::<IpAddr>().is_ok() => {
                address.set_ip(text.parse().unwrap_or(address.ip()));
            }
            Value::Text(text) if name == "DEFAULT_SERVER" && text == "localhost" => {}
            Value::Integer(port) if name == "DEFAULT_SERVER_PORT" && (1..=65_535).contains(port) => {
                address.set_port(u16::try_from(*port).unwrap_or_default());
            }
            _ => return self.unfit(about, "server.listen", "an IP address or a port"),
        }
        self.taken(about, "server.listen", address.to_string());
    }

    fn sources(&mut self, about: &str, value: &Value) {
        let Value::List(names) = value else { return self.unfit(about, "auth.sources", "a list of names") };
        let mut sources: Vec<Toml> = Vec::new();
        for name in names {
            match name {
                Value::Text(name) if name == "oauth2" || name == "internal" => sources.push(name.as_str().into()),
                Value::Text(name) => {
                    self.report.note(
                        Kind::Left,
                        about,
                        format!("nobody signs in by `{name}` here; use a provider (`oauth2`)"),
                    );
                }
                _ => self.report.note(Kind::Look, about, "has an entry that is no name"),
            }
        }
        if sources.is_empty() {
            self.report.note(
                Kind::Look,
                about,
                "none of its sources is one of Howdah's, so auth.sources stays [\"internal\"]",
            );
        } else {
            self.taken(about, "auth.sources", sources);
        }
    }

    fn finish(self) -> Settings {
        let has_providers = self.settings.config.get("auth").is_some_and(|auth| auth.get("oauth2").is_some());
        if has_providers {
            self.report.note(
                Kind::Look,
                "server.public_url",
                "set it to what browsers see; the redirect URI is that with /oauth2/authorize, as it was with pgAdmin",
            );
            self.report.note(
                Kind::Look,
                "people",
                "are known by issuer and subject here and no longer by a username: whoever has an account of that name already is linked by an administrator after the first sign-in (`howdah user refused`, `howdah user link`)",
            );
        }
        self.settings
    }
}

fn without_tags(text: &str) -> String {
    let mut plain = String::new();
    let mut inside = false;
    for letter in text.chars() {
        match letter {
            '<' => inside = true,
            '>' if inside => inside = false,
            _ if !inside => plain.push(letter),
            _ => {}
        }
    }
    plain
}

#[cfg(test)]
mod tests;
