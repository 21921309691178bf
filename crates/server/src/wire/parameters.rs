//! A server's `connection_parameters`: libpq's keywords, some of which are secrets.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

/// The keywords that are secrets, with their paths in a definition.
const SECRETS: [(&str, &str); 2] =
    [("sslkey", "connection_parameters.sslkey"), ("sslpassword", "connection_parameters.sslpassword")];

/// libpq keywords and their values. Private keys and what opens them are written and never read back.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "BTreeMap<String, SecretString>")]
pub struct ConnectionParameters {
    #[serde(flatten)]
    plain: BTreeMap<String, String>,
    #[serde(skip)]
    secret: BTreeMap<&'static str, SecretString>,
}

impl From<BTreeMap<String, SecretString>> for ConnectionParameters {
    fn from(all: BTreeMap<String, SecretString>) -> Self {
        let mut parameters = Self::default();
        for (keyword, value) in all {
            match SECRETS.iter().find(|(secret, _)| *secret == keyword) {
                Some((keyword, _)) => drop(parameters.secret.insert(keyword, value)),
                None => drop(parameters.plain.insert(keyword, value.expose_secret().to_owned())),
            }
        }
        parameters
    }
}

impl ConnectionParameters {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.plain.len() + self.secret.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All that have a value, secrets among them, as a connection needs them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let secrets = self.secret.iter().map(|(keyword, value)| (*keyword, value.expose_secret()));
        let plain = self.plain.iter().map(|(keyword, value)| (keyword.as_str(), value.as_str()));
        plain.chain(secrets.filter(|(_, value)| !value.is_empty()))
    }

    /// Takes a keyword out, with its value.
    pub fn take(&mut self, keyword: &str) -> Option<String> {
        let secret = self.secret.remove(keyword).map(|value| value.expose_secret().to_owned());
        self.plain.remove(keyword).or(secret)
    }

    /// Adds a keyword, unless it is there.
    pub fn add(&mut self, keyword: &str, value: SecretString) {
        match SECRETS.iter().find(|(secret, _)| *secret == keyword) {
            Some((keyword, _)) => drop(self.secret.entry(keyword).or_insert(value)),
            None => {
                self.plain.entry(keyword.to_owned()).or_insert_with(|| value.expose_secret().to_owned());
            }
        }
    }

    /// The secrets that are given, by their paths in a definition.
    pub fn secrets(&self) -> impl Iterator<Item = (&'static str, &SecretString)> {
        SECRETS.iter().filter_map(|(keyword, path)| {
            Some((*path, self.secret.get(keyword).filter(|value| !value.expose_secret().is_empty())?))
        })
    }

    /// Puts a secret in its place, unless there is another (an empty one means none) or no such place.
    pub fn restore_secret(&mut self, path: &str, secret: SecretString) {
        if let Some((keyword, _)) = SECRETS.iter().find(|(_, known)| *known == path) {
            self.secret.entry(keyword).or_insert(secret);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ConnectionParameters;

    #[test]
    fn secrets_are_neither_written_nor_shown() -> Result<(), serde_json::Error> {
        let text = r#"{"sslmode":"require","sslkey":"s3cret","sslpassword":"s3cret"}"#;
        let parameters: ConnectionParameters = serde_json::from_str(text)?;
        assert_eq!(serde_json::to_string(&parameters)?, r#"{"sslmode":"require"}"#);
        assert!(!format!("{parameters:?}").contains("s3cret"));
        assert_eq!((parameters.len(), parameters.iter().count(), parameters.secrets().count()), (3, 3, 2));
        Ok(())
    }

    #[test]
    fn a_kept_secret_comes_back_unless_another_or_none_is_given() -> Result<(), serde_json::Error> {
        for (text, expected) in [("{}", Some("kept")), (r#"{"sslkey":"new"}"#, Some("new")), (r#"{"sslkey":""}"#, None)]
        {
            let mut parameters: ConnectionParameters = serde_json::from_str(text)?;
            parameters.restore_secret("connection_parameters.sslkey", "kept".into());
            let found = parameters.iter().find(|(keyword, _)| *keyword == "sslkey").map(|(_, value)| value);
            assert_eq!(found, expected, "{text}");
        }
        Ok(())
    }
}
