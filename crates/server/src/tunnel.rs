//! SSH tunnels: what may stand in the definition of one, and what to say when it does not open.

use std::time::Duration;

use howdah_pg::ssh::{HostKeyRule, Tunnel, TunnelAuthentication, TunnelError};
use secrecy::{ExposeSecret, SecretString};

use crate::error::{ApiError, ApiResult, Code, chain};
use crate::wire::{ShownHostKey, TunnelAuthenticationName, TunnelDefinition};

/// A text in a definition, in bytes.
const MAX_TEXT: usize = 1024;
/// A secret in a definition, in bytes.
const MAX_SECRET: usize = 64 << 10;
/// A silence before the SSH server is asked for a sign of life, in seconds.
const MAX_KEEP_ALIVE: u32 = 86_400;

/// The tunnel that a definition describes.
///
/// # Errors
///
/// 422 with the field that is wrong.
pub fn of(definition: &TunnelDefinition) -> ApiResult<Tunnel> {
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
        authentication: authentication(definition)?,
        // None known: the first connection is refused, and the person decides.
        host_key: HostKeyRule::Known(known.into_iter().collect()),
        keepalive: definition
            .keep_alive_seconds
            .filter(|seconds| *seconds > 0)
            .map(|seconds| Duration::from_secs(seconds.into())),
    })
}

fn authentication(definition: &TunnelDefinition) -> ApiResult<TunnelAuthentication> {
    let given = |secret: &Option<SecretString>| secret.clone().filter(|secret| !secret.expose_secret().is_empty());
    match definition.authentication {
        // Without one it is asked for before anybody connects.
        TunnelAuthenticationName::Password => {
            Ok(TunnelAuthentication::Password(given(&definition.password).unwrap_or_default()))
        }
        TunnelAuthenticationName::Key => given(&definition.private_key)
            .map(|private_key| TunnelAuthentication::Key { private_key, passphrase: given(&definition.passphrase) })
            .ok_or_else(|| ApiError::invalid("tunnel.private_key", "Give the private key for the SSH server.")),
        TunnelAuthenticationName::Agent => Err(ApiError::invalid(
            "tunnel.authentication",
            "Howdah runs on another machine than your SSH agent. Choose a key or a password.",
        )),
    }
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
        _ => ApiError::new(
            Code::DatabaseUnreachable,
            format!("The tunnel through the SSH server{server} does not open: {}. Check host, port, username and key of the tunnel.", chain(error)),
        ),
    }
}
