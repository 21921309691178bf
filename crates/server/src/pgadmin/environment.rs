//! The environment of a container that pgAdmin runs in: `PGADMIN_CONFIG_` and the name of a setting, with the setting's value as
//! Python writes it. The container puts them into `config_distro.py`, before files of settings.

use std::fmt::Write as _;

use super::python::{self, Source};
use super::report::{Kind, Report};

const PREFIX: &str = "PGADMIN_CONFIG_";

/// Variables that are no settings, and what to do instead.
const OTHERS: &[(&str, &str)] = &[
    (
        "PGADMIN_DEFAULT_EMAIL",
        "make the first administrator with `howdah user add --role administrator`, or name a claims rule in auth.administrators",
    ),
    ("PGADMIN_DEFAULT_PASSWORD", "it is not taken; `howdah user set-password` gives one"),
    ("PGADMIN_DEFAULT_PASSWORD_FILE", "it is not taken; `howdah user set-password` gives one"),
    ("PGADMIN_SERVER_JSON_FILE", "give that file as --servers"),
    ("PGADMIN_PREFERENCES_JSON_FILE", "preferences are not brought over"),
    ("PGADMIN_CUSTOM_CONFIG_DISTRO_FILE", "give that file as --config-local"),
    ("PGADMIN_LISTEN_ADDRESS", "set server.listen"),
    ("PGADMIN_LISTEN_PORT", "set server.listen"),
    ("PGADMIN_ENABLE_TLS", "set server.tls_cert and server.tls_key, or leave TLS to the proxy"),
    ("PGADMIN_ENABLE_SOCK", "Howdah listens on TCP: set server.listen"),
    ("PGADMIN_DISABLE_POSTFIX", "Howdah sends no mail"),
    ("SCRIPT_NAME", "set server.public_url to what browsers see"),
];

/// Reads lines `NAME=value`; what is no variable of pgAdmin's is passed over.
pub(super) fn read(file: &str, text: &str, report: &mut Report) -> Source {
    let mut python = String::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_start().strip_prefix("export ").unwrap_or(line.trim_start());
        if let Some((name, value)) = line.split_once('=').map(|(name, value)| (name.trim(), value.trim())) {
            if let Some(setting) = name.strip_prefix(PREFIX).filter(|setting| !setting.is_empty()) {
                // Writing to a String cannot fail.
                let _ = write!(python, "{setting} = {}", unquoted(value));
            } else if let Some((_, words)) = OTHERS.iter().find(|(other, _)| *other == name) {
                report.note(Kind::Left, format!("{file}:{}: {name}", index + 1), *words);
            }
        }
        // Each stays on its line, which the report names.
        python.push('\n');
    }
    python::read(&python)
}

/// Without the quotes that shells and Compose take off. A text of Python's that has no others is left as it is.
fn unquoted(value: &str) -> &str {
    let Some(inner) = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')) else { return value };
    let is_python = inner.starts_with(['\'', '[', '{', '(']) || inner.starts_with(|first: char| first.is_ascii_digit());
    if is_python || matches!(inner, "True" | "False" | "None") { inner } else { value }
}

#[cfg(test)]
mod tests {
    use super::{Report, read};
    use crate::pgadmin::python::Value;

    #[test]
    fn variables_are_settings_on_their_lines() {
        let text = "PATH=/usr/bin\nPGADMIN_CONFIG_LOGIN_BANNER='Hello'\nexport PGADMIN_CONFIG_MAX_LOGIN_ATTEMPTS=5\n\
                    PGADMIN_CONFIG_MASTER_PASSWORD_REQUIRED=\"False\"\nPGADMIN_CONFIG_CONSOLE_LOG_LEVEL=\"ten\"\n\
                    PGADMIN_CONFIG_AUTHENTICATION_SOURCES=\"['oauth2', 'internal']\"\nPGADMIN_DEFAULT_EMAIL=a@b.example\n";
        let mut report = Report::default();
        let found = read("env", text, &mut report);
        let found: Vec<_> =
            found.assignments.iter().map(|found| (found.name.as_str(), found.line, found.value.clone())).collect();
        let text = |text: &str| Value::Text(text.to_owned());
        assert_eq!(
            found,
            [
                ("LOGIN_BANNER", 2, text("Hello")),
                ("MAX_LOGIN_ATTEMPTS", 3, Value::Integer(5)),
                ("MASTER_PASSWORD_REQUIRED", 4, Value::Boolean(false)),
                ("CONSOLE_LOG_LEVEL", 5, text("ten")),
                ("AUTHENTICATION_SOURCES", 6, Value::List(vec![text("oauth2"), text("internal")])),
            ]
        );
        assert!(report.lines()[0].starts_with("not taken: env:7: PGADMIN_DEFAULT_EMAIL: make the first"));
    }
}
