//! `OAUTH2_CONFIG`: the providers, key by key.

use toml::{Table, Value as Toml};

use super::{SecretFile, Translation};
use crate::pgadmin::python::{Assignment, Value};
use crate::pgadmin::report::Kind;

/// A provider's keys in pgAdmin; here they are the same in small letters, without `OAUTH2_`.
const KEYS: [&str; 20] = [
    "OAUTH2_NAME",
    "OAUTH2_DISPLAY_NAME",
    "OAUTH2_CLIENT_ID",
    "OAUTH2_CLIENT_SECRET",
    "OAUTH2_CLIENT_AUTH_METHOD",
    "OAUTH2_WORKLOAD_IDENTITY_TOKEN_FILE",
    "OAUTH2_TOKEN_URL",
    "OAUTH2_AUTHORIZATION_URL",
    "OAUTH2_SERVER_METADATA_URL",
    "OAUTH2_API_BASE_URL",
    "OAUTH2_USERINFO_ENDPOINT",
    "OAUTH2_SCOPE",
    "OAUTH2_ICON",
    "OAUTH2_BUTTON_COLOR",
    "OAUTH2_USERNAME_CLAIM",
    "OAUTH2_ADDITIONAL_CLAIMS",
    "OAUTH2_SSL_CERT_VERIFICATION",
    "OAUTH2_CHALLENGE_METHOD",
    "OAUTH2_RESPONSE_TYPE",
    "OAUTH2_LOGOUT_URL",
];

/// What people write for a key, and what it is.
const MISSPELT: [(&str, &str); 3] = [
    ("OAUTH2_METADATA_URL", "OAUTH2_SERVER_METADATA_URL"),
    ("OAUTH_ADDITIONAL_CLAIMS", "OAUTH2_ADDITIONAL_CLAIMS"),
    ("ADDITIONAL_CLAIMS", "OAUTH2_ADDITIONAL_CLAIMS"),
];

/// Whether a setting outside `OAUTH2_CONFIG` belongs into it.
pub(super) fn is_key(name: &str) -> bool {
    KEYS.contains(&name) || MISSPELT.iter().any(|(wrong, _)| *wrong == name)
}

/// `OAUTH2_CONFIG` itself.
pub(super) fn take_all(translation: &mut Translation<'_>, file: &str, line: usize, value: &Value) {
    let about = format!("{file}:{line}: OAUTH2_CONFIG");
    let one = [value.clone()];
    let entries = match value {
        Value::List(entries) => entries.as_slice(),
        Value::Table(_) => {
            translation.report.note(
                Kind::Look,
                &about,
                "is a dictionary where pgAdmin wants a list; it is taken as one provider",
            );
            &one
        }
        _ => {
            return translation.report.note(
                Kind::Look,
                about,
                "is no list of providers; write [[auth.oauth2]] by hand",
            );
        }
    };
    for (index, entry) in entries.iter().enumerate() {
        let about = format!("{about}[{index}]");
        match entry {
            Value::Table(fields) => {
                let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value)).collect();
                take_one(translation, &about, &fields);
            }
            _ => translation.report.note(Kind::Look, about, "is no dictionary of literals; write it by hand"),
        }
    }
}

/// Keys of a provider outside `OAUTH2_CONFIG`, which pgAdmin does not read: together they are one.
pub(super) fn take_stray(translation: &mut Translation<'_>, all: &[(&str, &Assignment)]) {
    let stray: Vec<_> = all.iter().filter(|(_, assignment)| is_key(&assignment.name)).collect();
    let Some((file, first)) = stray.first() else { return };
    let about = format!("{file}:{}: {} and others", first.line, first.name);
    translation.report.note(
        Kind::Look,
        &about,
        "stand outside OAUTH2_CONFIG, where pgAdmin does not read them; they are taken as one provider",
    );
    let fields: Vec<_> = stray.iter().map(|(_, assignment)| (assignment.name.as_str(), &assignment.value)).collect();
    take_one(translation, &about, &fields);
}

fn take_one(translation: &mut Translation<'_>, about: &str, fields: &[(&str, &Value)]) {
    let name = fields.iter().find_map(|(key, value)| match value {
        Value::Text(text) if *key == "OAUTH2_NAME" && !text.trim().is_empty() => Some(text.trim()),
        _ => None,
    });
    let Some(name) = name else {
        return translation.report.note(Kind::Left, about, "has no OAUTH2_NAME, so it is no provider");
    };
    let id = id_of(name);
    if id != name {
        translation.report.note(Kind::Look, about, format!("`{name}` is `{id}` here, as it stands in addresses"));
    }
    let mut provider = Provider { translation, about, id: id.clone(), table: Table::new() };
    provider.table.insert("name".to_owned(), id.as_str().into());
    if id != name && !fields.iter().any(|(key, _)| *key == "OAUTH2_DISPLAY_NAME") {
        provider.table.insert("display_name".to_owned(), name.into());
    }
    for (key, value) in fields {
        provider.take(key, value);
    }
    provider.settle_pkce();
    let table = provider.table;
    let auth = translation.settings.config.entry("auth").or_insert_with(|| Toml::Table(Table::new()));
    let Toml::Table(auth) = auth else { return };
    let providers = auth.entry("oauth2").or_insert_with(|| Toml::Array(Vec::new()));
    if let Toml::Array(providers) = providers {
        translation.report.note(Kind::Taken, about, format!("is auth.oauth2[{}], `{id}`", providers.len()));
        providers.push(Toml::Table(table));
    }
}

struct Provider<'a, 'b> {
    translation: &'a mut Translation<'b>,
    about: &'a str,
    id: String,
    table: Table,
}

impl Provider<'_, '_> {
    fn note(&mut self, kind: Kind, key: &str, words: &str) {
        self.translation.report.note(kind, format!("{}.{key}", self.about), words);
    }

    fn take(&mut self, key: &str, value: &Value) {
        if let Some((_, right)) = MISSPELT.iter().find(|(wrong, _)| *wrong == key) {
            self.note(Kind::Look, key, &format!("pgAdmin reads {right} and not this; it is taken as that"));
            return self.take(right, value);
        }
        if key == "OAUTH2_AUTO_CREATE_USER" {
            self.note(Kind::Look, key, "pgAdmin does not read it here; it is auth.oauth2_auto_create_user");
            return self.translation.boolean(self.about, "auth.oauth2_auto_create_user", value);
        }
        if !KEYS.contains(&key) {
            return self.note(Kind::Left, key, "is no key of a provider");
        }
        let name = key.trim_start_matches("OAUTH2_").to_lowercase();
        match (key, value) {
            ("OAUTH2_NAME", _) | (_, Value::None) => {}
            ("OAUTH2_CLIENT_SECRET", _) => self.secret(key, value),
            ("OAUTH2_ADDITIONAL_CLAIMS", _) => self.claims(key, value),
            ("OAUTH2_SSL_CERT_VERIFICATION", Value::Boolean(checked)) => {
                self.table.insert(name, (*checked).into());
                if !checked {
                    let words =
                        "whoever stands between Howdah and the provider can be anybody: set ca_file and take this out";
                    self.note(Kind::Danger, key, words);
                }
            }
            ("OAUTH2_CLIENT_AUTH_METHOD", Value::Text(method)) => self.method(key, method),
            (_, Value::Text(text)) if text.trim().is_empty() => {}
            (_, Value::Text(text)) => {
                self.table.insert(name, text.trim().into());
            }
            (_, Value::Variable(variable)) => {
                self.note(Kind::Look, key, &format!("comes from ${variable}: write its value as {name}"));
            }
            (_, Value::File(path)) => {
                self.note(Kind::Look, key, &format!("comes from the file {path}: write its contents as {name}"));
            }
            _ => self.note(Kind::Look, key, &format!("its value is no text; set {name} by hand")),
        }
    }

    fn method(&mut self, key: &str, method: &str) {
        let method = method.trim().to_lowercase();
        match method.as_str() {
            "client_secret" | "" => {}
            "workload_identity" => {
                self.table.insert("client_auth_method".to_owned(), method.into());
            }
            _ => self.note(Kind::Left, key, "pgAdmin takes this for client_secret, so it is left out"),
        }
    }

    fn secret(&mut self, key: &str, value: &Value) {
        match value {
            Value::Text(secret) if secret.trim().is_empty() => {}
            Value::Text(secret) => {
                let name = format!("{}.client_secret", self.id);
                self.table.insert("client_secret_file".to_owned(), name.as_str().into());
                self.translation.settings.secrets.push(SecretFile { name, secret: secret.trim().to_owned() });
            }
            Value::File(path) => {
                self.table.insert("client_secret_file".to_owned(), path.as_str().into());
            }
            Value::Variable(variable) => {
                let name = format!("{}.client_secret", self.id);
                self.table.insert("client_secret_file".to_owned(), name.as_str().into());
                self.note(Kind::Look, key, &format!("comes from ${variable}: put its value into the file {name}"));
            }
            _ => self.note(
                Kind::Look,
                key,
                "is more than a literal: put the secret into a file and set client_secret_file",
            ),
        }
    }

    fn claims(&mut self, key: &str, value: &Value) {
        let rule = match value {
            Value::Table(claims) if !claims.is_empty() => claims
                .iter()
                .map(|(claim, values)| Some((claim.clone(), claim_values(values)?)))
                .collect::<Option<Table>>(),
            _ => None,
        };
        // As it stands in pgAdmin it lets nobody in. To leave it out would let everybody in.
        let rule = rule.unwrap_or_else(|| {
            self.note(
                Kind::Danger,
                key,
                "is no dictionary of claims and values, which lets nobody in: it stays empty, so that Howdah does not start until you write who may come in",
            );
            Table::new()
        });
        self.table.insert("additional_claims".to_owned(), Toml::Table(rule));
    }

    /// PKCE is used in every case; the two keys say nothing more.
    fn settle_pkce(&mut self) {
        let text = |name: &str| self.table.get(name).and_then(Toml::as_str).map(str::to_owned);
        let (method, response) = (text("challenge_method"), text("response_type"));
        if method.is_none() && response.is_none() {
            return;
        }
        let is_good = method.as_deref() == Some("S256") && response.as_deref() == Some("code");
        let is_workload = self.table.get("client_auth_method").is_some();
        if !is_good || is_workload {
            self.table.remove("challenge_method");
            self.table.remove("response_type");
            self.note(
                Kind::Look,
                "OAUTH2_CHALLENGE_METHOD",
                "Howdah uses S256 and `code` in every case, so these are left out",
            );
            if self.table.get("client_secret_file").is_none() && !is_workload {
                // A public client states both.
                self.table.insert("challenge_method".to_owned(), "S256".into());
                self.table.insert("response_type".to_owned(), "code".into());
            }
        }
    }
}

fn claim_values(value: &Value) -> Option<Toml> {
    Some(match value {
        Value::Text(text) => text.as_str().into(),
        Value::Integer(number) => (*number).into(),
        Value::Boolean(is) => (*is).into(),
        Value::List(values) => Toml::Array(values.iter().map(claim_values).collect::<Option<_>>()?),
        _ => return None,
    })
}

/// A provider's name as it may stand in an address.
fn id_of(name: &str) -> String {
    let is_good = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    if name.chars().all(is_good) {
        return name.to_owned();
    }
    let dashed: String = name.to_lowercase().chars().map(|letter| if is_good(letter) { letter } else { '-' }).collect();
    let words: Vec<_> = dashed.split('-').filter(|word| !word.is_empty()).collect();
    if words.is_empty() { "provider".to_owned() } else { words.join("-") }
}
