//! A server's `tunnel`, in the shape of the API.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

/// An SSH server in front of PostgreSQL. Secrets in it are written and never read back.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TunnelDefinition {
    /// Its name or address.
    pub host: String,
    /// Its port.
    #[serde(default = "default_port")]
    pub port: u16,
    /// Whom to log in as there.
    pub username: String,
    /// By what.
    pub authentication: TunnelAuthenticationName,
    /// The password. Written, never read back. Absent: asked for at connect.
    #[serde(default, skip_serializing_if = "super::is_secret", serialize_with = "super::hide")]
    #[schema(value_type = Option<String>, write_only)]
    pub password: Option<SecretString>,
    /// The private key, in OpenSSH's format, PKCS #8 or PuTTY's. Written, never read back.
    #[serde(default, skip_serializing_if = "super::is_secret", serialize_with = "super::hide")]
    #[schema(value_type = Option<String>, write_only)]
    pub private_key: Option<SecretString>,
    /// What the private key is encrypted with. Written, never read back. Absent: asked for at connect, where the key is
    /// encrypted.
    #[serde(default, skip_serializing_if = "super::is_secret", serialize_with = "super::hide")]
    #[schema(value_type = Option<String>, write_only)]
    pub passphrase: Option<SecretString>,
    /// The public key that the SSH server must prove to hold, as `ssh-ed25519 AAAA…`. Absent: connecting fails and tells
    /// which key there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_key: Option<String>,
    /// After how long a silence the SSH server is asked for a sign of life. Absent: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_alive_seconds: Option<u32>,
}

/// What the SSH server is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TunnelAuthenticationName {
    /// A password.
    Password,
    /// A private key.
    Key,
    /// Keys of the SSH agent on Howdah's machine; not where Howdah serves many.
    Agent,
}

/// A change to a tunnel: fields that are absent stay as they are. An empty text or 0 removes what need not be.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TunnelChange {
    /// See [`TunnelDefinition::host`]. With another host or port the known host key goes, unless `host_key` names one.
    pub host: Option<String>,
    /// See [`TunnelDefinition::port`].
    pub port: Option<u16>,
    /// See [`TunnelDefinition::username`].
    pub username: Option<String>,
    /// See [`TunnelDefinition::authentication`].
    pub authentication: Option<TunnelAuthenticationName>,
    /// See [`TunnelDefinition::password`].
    #[schema(value_type = Option<String>, write_only)]
    pub password: Option<SecretString>,
    /// See [`TunnelDefinition::private_key`].
    #[schema(value_type = Option<String>, write_only)]
    pub private_key: Option<SecretString>,
    /// See [`TunnelDefinition::passphrase`].
    #[schema(value_type = Option<String>, write_only)]
    pub passphrase: Option<SecretString>,
    /// See [`TunnelDefinition::host_key`].
    pub host_key: Option<String>,
    /// See [`TunnelDefinition::keep_alive_seconds`].
    pub keep_alive_seconds: Option<u32>,
}

/// A key that an SSH server has shown, to be confirmed by sending `key` back as the tunnel's `host_key`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ShownHostKey {
    /// Its kind, such as `ssh-ed25519`.
    pub algorithm: String,
    /// `SHA256:` and the hash in Base64, as `ssh` shows it.
    pub fingerprint: String,
    /// The key itself.
    pub key: String,
}

impl TunnelDefinition {
    /// The secrets that its way to log in needs, by their paths in a definition of a server.
    #[must_use]
    pub fn secrets(&self) -> Vec<(&'static str, &SecretString)> {
        let fields = match self.authentication {
            TunnelAuthenticationName::Password => vec![("tunnel.password", self.password.as_ref())],
            TunnelAuthenticationName::Key => {
                vec![("tunnel.private_key", self.private_key.as_ref()), ("tunnel.passphrase", self.passphrase.as_ref())]
            }
            TunnelAuthenticationName::Agent => Vec::new(),
        };
        let given = |secret: &&SecretString| !secret.expose_secret().is_empty();
        fields.into_iter().filter_map(|(path, secret)| Some((path, secret.filter(given)?))).collect()
    }

    /// Puts a secret in its place, unless there is another or no such place.
    pub fn restore_secret(&mut self, path: &str, secret: SecretString) {
        let place = match path {
            "tunnel.password" => &mut self.password,
            "tunnel.private_key" => &mut self.private_key,
            "tunnel.passphrase" => &mut self.passphrase,
            _ => return,
        };
        place.get_or_insert(secret);
    }

    /// Puts in the secrets of the tunnel that this is a change of.
    pub fn keep_secrets_of(&mut self, before: &Self) {
        // The passphrase of one key is not that of another.
        let is_new_key = self.private_key.is_some();
        for (path, secret) in before.secrets() {
            if !(is_new_key && path == "tunnel.passphrase") {
                self.restore_secret(path, secret.clone());
            }
        }
    }
}

impl TunnelChange {
    /// The tunnel after the change, without the secrets that stay.
    #[must_use]
    pub fn apply(self, before: Option<&TunnelDefinition>) -> TunnelDefinition {
        let text = |field: fn(&TunnelDefinition) -> &String| before.map(field).cloned().unwrap_or_default();
        let host = self.host.unwrap_or_else(|| text(|tunnel| &tunnel.host));
        let port = self.port.or(before.map(|tunnel| tunnel.port)).unwrap_or_else(default_port);
        let is_elsewhere = before.is_some_and(|tunnel| tunnel.host != host || tunnel.port != port);
        let known_key = before.and_then(|tunnel| tunnel.host_key.clone());
        // A key that is named was confirmed for the server that is named, also where it is the one that was known.
        let host_key = self.host_key.or(known_key.filter(|_| !is_elsewhere));
        let keep_alive = self.keep_alive_seconds.or(before.and_then(|tunnel| tunnel.keep_alive_seconds));
        TunnelDefinition {
            host,
            port,
            username: self.username.unwrap_or_else(|| text(|tunnel| &tunnel.username)),
            authentication: self
                .authentication
                .or(before.map(|tunnel| tunnel.authentication))
                .unwrap_or(TunnelAuthenticationName::Key),
            password: self.password,
            private_key: self.private_key,
            passphrase: self.passphrase,
            host_key: host_key.filter(|key| !key.trim().is_empty()),
            keep_alive_seconds: keep_alive.filter(|seconds| *seconds > 0),
        }
    }
}

/// Tells a field that is null from one that is absent.
pub(super) fn present<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

fn default_port() -> u16 {
    22
}
