//! SSH tunnels: what may stand in the definition of one, and what to say when it does not open.

use std::path::Path;
use std::time::Duration;

use howdah_credentials::ServerKey;
use howdah_pg::ssh::{HostKeyRule, Tunnel, TunnelAuthentication, TunnelError};
use howdah_store::ServerId;
use secrecy::{ExposeSecret, SecretString};

use crate::error::{ApiError, ApiResult, Code, chain};
use crate::wire::{ConnectionStep, ShownHostKey, TunnelAuthenticationName, TunnelDefinition};

/// A text in a definition, in bytes.
const MAX_TEXT: usize = 1024;
/// A secret in a definition, in bytes.
const MAX_SECRET: usize = 64 << 10;
/// A silence before the SSH server is asked for a sign of life, in seconds.
const MAX_KEEP_ALIVE: u32 = 86_400;

/// Under what a person's password for the SSH server, or their key's passphrase, is kept in memory beside the password
/// for PostgreSQL.
#[must_use]
pub fn secret_key(server: &ServerId) -> ServerKey {
    ServerKey::new(format!("{server}/tunnel"))
}

/// What may be used beside a definition.
#[derive(Default)]
pub struct Means<'a> {
    /// Where an SSH agent listens.
    pub agent: Option<&'a Path>,
    /// What the person typed, where the definition has no password or passphrase.
    pub typed: Option<&'a SecretString>,
}

/// Whether a definition describes a tunnel. A password that is asked for at connect may be missing.
///
/// # Errors
///
/// 422 with the field that is wrong.
pub fn check(definition: &TunnelDefinition, agent: Option<&Path>) -> ApiResult<()> {
    of(definition, &Means { agent, typed: Some(&SecretString::default()) }).map(drop)
}

/// The tunnel that a definition describes.
///
/// # Errors
///
/// 422 with the field that is wrong, and 428 `password_required` with that of the secret that the person must type.
pub fn of(definition: &TunnelDefinition, means: &Means<'_>) -> ApiResult<Tunnel> {
    for (field, text) in [("tunnel.host", &definition.host), ("tunnel.username", &definition.username)] {
        if text.trim().is_empty() {
            return Err(ApiError::invalid(field, "This field is empty. Fill it in, or take the tunnel out."));
        }
        if text.len() > MAX_TEXT || text.contains('\0') {
            return Err(ApiError::invalid(field, format!("Use at most {MAX_TEXT} bytes, and no NUL character.")));
        }
    }
    if definition.port == 0 {
        return Err(ApiError::invalid("tunnel.port", "Use a port from 1 to 65535; SSH's own is 22."));
    }
    for (field, secret) in definition.secrets() {
        if secret.expose_secret().len() > MAX_SECRET {
            return Err(ApiError::invalid(field, format!("Use at most {MAX_SECRET} bytes.")));
        }
    }
    if definition.keep_alive_seconds.is_some_and(|seconds| seconds > MAX_KEEP_ALIVE) {
        return Err(ApiError::invalid(
            "tunnel.keep_alive_seconds",
            format!("Use at most {MAX_KEEP_ALIVE} seconds, which is a day."),
        ));
    }
    let known = definition.host_key.as_deref().map(str::parse).transpose();
    let known = known.map_err(|error| ApiError::invalid("tunnel.host_key", format!("This text {error}.")))?;
    Ok(Tunnel {
        host: definition.host.trim().to_owned(),
        port: definition.port,
        user: definition.username.clone(),
        authentication: authentication(definition, means)?,
        // None known: the first connection is refused, and the person decides.
        host_key: HostKeyRule::Known(known.into_iter().collect()),
        keepalive: definition
            .keep_alive_seconds
            .filter(|seconds| *seconds > 0)
            .map(|seconds| Duration::from_secs(seconds.into())),
    })
}

fn authentication(definition: &TunnelDefinition, means: &Means<'_>) -> ApiResult<TunnelAuthentication> {
    let given = |secret: &Option<SecretString>| secret.clone().filter(|secret| !secret.expose_secret().is_empty());
    match definition.authentication {
        TunnelAuthenticationName::Password => given(&definition.password)
            .or_else(|| means.typed.cloned())
            .map(TunnelAuthentication::Password)
            .ok_or_else(|| {
                let TunnelDefinition { host, port, username, .. } = definition;
                let words = format!(
                    "The SSH server {host}:{port} asks for the password of {username}. Type it; it is kept in memory until you sign out."
                );
                secret_required("tunnel.password", words)
            }),
        TunnelAuthenticationName::Key => given(&definition.private_key)
            .map(|private_key| {
                let passphrase = given(&definition.passphrase).or_else(|| means.typed.cloned());
                TunnelAuthentication::Key { private_key, passphrase }
            })
            .ok_or_else(|| ApiError::invalid("tunnel.private_key", "Give the private key for the SSH server.")),
        TunnelAuthenticationName::Agent => {
            means.agent.map(|socket| TunnelAuthentication::Agent(socket.to_owned())).ok_or_else(|| {
                ApiError::invalid(
                    "tunnel.authentication",
                    "There is no SSH agent of yours here: Howdah runs on another machine, or was started without SSH_AUTH_SOCK. Choose a key or a password.",
                )
            })
        }
    }
}

fn secret_required(field: &str, words: String) -> ApiError {
    ApiError::new(Code::PasswordRequired, words).at_field(field).at_step(ConnectionStep::Tunnel)
}

/// Whether the secret that was shown may be a wrong one.
#[must_use]
pub fn doubts_secret(error: &TunnelError) -> bool {
    matches!(error, TunnelError::Refused { .. } | TunnelError::PrivateKey(_))
}

/// What a tunnel that does not open is answered with.
#[must_use]
pub fn problem(error: &TunnelError, definition: Option<&TunnelDefinition>) -> ApiError {
    let server = definition.map_or_else(String::new, |tunnel| format!(" {}:{}", tunnel.host, tunnel.port));
    match error {
        TunnelError::UnknownHostKey { key } => ApiError::new(
            Code::DatabaseUnreachable,
            format!(
                "The SSH server{server} shows the key {} {}, which nobody has confirmed yet. Nothing was sent to it. Compare the key with what whoever runs it says, then confirm it.",
                key.algorithm(),
                key.fingerprint()
            ),
        )
        .with_host_key(ShownHostKey {
            algorithm: key.algorithm(),
            fingerprint: key.fingerprint(),
            key: key.to_string(),
        }),
        TunnelError::HostKeyChanged { found } => ApiError::new(
            Code::DatabaseUnreachable,
            format!(
                "The SSH server{server} shows the key {} {}, which is not the one that was confirmed. Nothing was sent to it: somebody may be in between. If it was set up anew, take the old host key out of the tunnel and confirm the new one.",
                found.algorithm(),
                found.fingerprint()
            ),
        ),
        TunnelError::PassphraseRequired => secret_required(
            "tunnel.passphrase",
            "The private key for the SSH server is encrypted. Type its passphrase; it is kept in memory until you sign out."
                .to_owned(),
        ),
        _ => ApiError::new(
            Code::DatabaseUnreachable,
            format!("The tunnel through the SSH server{server} does not open: {}. Check host, port, username and key of the tunnel.", chain(error)),
        ),
    }
}
