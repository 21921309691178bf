//! One server in pgAdmin's format of import and export, there and back.

use serde_json::{Map, Value, json};

use super::commands::source_instead_of;
use super::report::Kind;
use crate::wire::{Audience, CredentialDefinition, ServerDefinition, TunnelAuthenticationName};

/// Where Howdah keeps what pgAdmin's format has no place for. pgAdmin does not look at it.
const EXTENSION: &str = "Howdah";
/// Parameters that name files of whoever ran pgAdmin.
const FILES: [&str; 6] = ["sslcert", "sslkey", "sslrootcert", "sslcrl", "sslcrldir", "passfile"];
/// Keys of before `ConnectionParameters`, and the parameters that they are.
const LEGACY: [(&str, &str); 9] = [
    ("HostAddr", "hostaddr"),
    ("SSLMode", "sslmode"),
    ("PassFile", "passfile"),
    ("SSLCert", "sslcert"),
    ("SSLKey", "sslkey"),
    ("SSLRootCert", "sslrootcert"),
    ("SSLCrl", "sslcrl"),
    ("SSLCompression", "sslcompression"),
    ("Timeout", "connect_timeout"),
];
/// What has no place in Howdah, and what to do instead.
const LEFT: [(&str, &str); 6] = [
    ("BGColor", "colours are not kept: mark what the server is for, such as production"),
    ("FGColor", ""),
    ("DBRestriction", "all databases are listed that the person may see"),
    ("Tags", "tags are not kept"),
    ("PrepareThreshold", "it has no counterpart"),
    ("KerberosAuthentication", "Kerberos is not spoken: choose another credential source"),
];

/// What is said of a command.
pub(super) const WITHOUT_SHELL: &str = "its command runs without a shell here: try it with *Test connection*";

/// What an entry becomes.
pub(super) struct Read {
    pub(super) definition: ServerDefinition,
    /// What did not come over as it was.
    pub(super) notes: Vec<(Kind, String)>,
}

/// Reads an entry.
///
/// # Errors
///
/// In words, when pgAdmin itself would not import it.
pub(super) fn read(fields: &Map<String, Value>) -> Result<Read, String> {
    let mut notes = Vec::new();
    let name = required(fields, "Name")?;
    let service = text(fields, "Service");
    let is_shared = is_set(fields, "Shared");
    let username = username(fields, service.is_some(), is_shared)?;
    let (host, port) = if service.is_some() {
        (text(fields, "Host").unwrap_or_default(), port(fields, "Port").unwrap_or(5432))
    } else {
        (required(fields, "Host")?, port(fields, "Port")?)
    };
    let parameters = parameters(fields, service.as_deref(), &mut notes);
    let (credential, words) = credential(fields);
    notes.extend(words);
    if text(fields, "Password").is_some() {
        notes.push((Kind::Left, "its `Password` is not taken: pgAdmin does not read one here either".to_owned()));
    }
    for (key, why) in LEFT {
        let is_there = text(fields, key).is_some() || is_set(fields, key) || fields.get(key).is_some_and(has_entries);
        if is_there && !why.is_empty() {
            notes.push((Kind::Left, format!("{key}: {why}")));
        }
    }
    let mut definition = json!({
        "name": name,
        "group": text(fields, "Group").unwrap_or_else(|| "Servers".to_owned()),
        "host": host,
        "port": port,
        "maintenance_db": text(fields, "MaintenanceDB").unwrap_or_else(|| "postgres".to_owned()),
        "username": username,
        "role": text(fields, "Role"),
        "comment": text(fields, "Comment"),
        "connection_parameters": parameters,
        "tunnel": tunnel(fields, &mut notes)?,
        "post_connection_sql": text(fields, "PostConnectionSQL"),
        "credential": credential,
        "audience": if is_shared { "everyone" } else { "private" },
    });
    apply_extension(fields, &mut definition);
    let definition = serde_json::from_value(definition).map_err(|error| error.to_string())?;
    Ok(Read { definition, notes })
}

/// An entry for pgAdmin, and what it cannot say there.
pub(super) fn write(definition: &ServerDefinition) -> (Map<String, Value>, Vec<String>) {
    let mut lost = Vec::new();
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| {
        let is_empty = value.is_null() || value.as_str() == Some("");
        if !is_empty {
            fields.insert(name.to_owned(), value);
        }
    };
    let parameters: Map<String, Value> =
        definition.connection_parameters.iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    let (service, parameters): (Map<_, _>, Map<_, _>) = parameters.into_iter().partition(|(name, _)| name == "service");
    let is_shared = definition.audience == Audience::Everyone;
    put("Name", definition.name.as_str().into());
    put("Group", definition.group.as_str().into());
    put("Host", definition.host.as_str().into());
    put("Port", definition.port.into());
    put("MaintenanceDB", definition.maintenance_db.as_str().into());
    put("Username", definition.username.as_str().into());
    put("Service", service.get("service").cloned().unwrap_or_default());
    put("Role", definition.role.clone().into());
    put("Comment", definition.comment.clone().into());
    put("Shared", if is_shared { true.into() } else { Value::Null });
    put("ConnectionParameters", Value::Object(parameters));
    put("PostConnectionSQL", definition.post_connection_sql.clone().into());
    if let CredentialDefinition::Exec { command: Some(command), expiration_seconds, .. } = &definition.credential {
        put("PasswordExecCommand", command.as_str().into());
        put("PasswordExecExpiration", (*expiration_seconds).into());
    }
    if let Some(tunnel) = &definition.tunnel {
        put("UseSSHTunnel", 1.into());
        put("TunnelHost", tunnel.host.as_str().into());
        put("TunnelPort", tunnel.port.into());
        put("TunnelUsername", tunnel.username.as_str().into());
        let by_key = tunnel.authentication != TunnelAuthenticationName::Password;
        put("TunnelAuthentication", i64::from(by_key).into());
        put("TunnelKeepAlive", tunnel.keep_alive_seconds.unwrap_or(0).into());
        if by_key {
            lost.push("pgAdmin wants the path of the tunnel's key in TunnelIdentityFile".to_owned());
        }
    }
    if definition.username.contains('{') {
        lost.push(format!("pgAdmin takes the template {} for a name", definition.username));
    }
    if !definition.secrets().is_empty() {
        lost.push("secrets in its definition are not exported".to_owned());
    }
    let extension = extension(definition, &mut lost);
    if !extension.is_empty() {
        fields.insert(EXTENSION.to_owned(), Value::Object(extension));
    }
    (fields, lost)
}

fn extension(definition: &ServerDefinition, lost: &mut Vec<String>) -> Map<String, Value> {
    let mut extension = Map::new();
    let written = serde_json::to_value(definition).unwrap_or_default();
    if written["environment"] != "unmarked" {
        extension.insert("environment".to_owned(), written["environment"].clone());
    }
    if definition.read_only {
        extension.insert("read_only".to_owned(), true.into());
        lost.push("pgAdmin does not keep its sessions read-only".to_owned());
    }
    if let Audience::Rule(_) = definition.audience {
        extension.insert("audience".to_owned(), written["audience"].clone());
        lost.push("pgAdmin cannot share by claims, so it is not shared there".to_owned());
    }
    let is_pgadmins = matches!(
        definition.credential,
        CredentialDefinition::Password {} | CredentialDefinition::Exec { command: Some(_), .. }
    );
    if !is_pgadmins {
        extension.insert("credential".to_owned(), written["credential"].clone());
        lost.push(format!("pgAdmin has no credential source like {}", written["credential"]["type"]));
    }
    extension
}

/// What an export of ours has said beyond pgAdmin's fields.
fn apply_extension(fields: &Map<String, Value>, definition: &mut Value) {
    let Some(Value::Object(extension)) = fields.get(EXTENSION) else { return };
    for name in ["environment", "read_only", "audience", "credential"] {
        if let Some(value) = extension.get(name) {
            definition[name] = value.clone();
        }
    }
}

fn username(fields: &Map<String, Value>, has_service: bool, is_shared: bool) -> Result<String, String> {
    let (own, shared) = (text(fields, "Username"), text(fields, "SharedUsername"));
    let found = if is_shared { own.or(shared) } else { own };
    match found {
        Some(name) => Ok(name),
        None if has_service => Ok(String::new()),
        None if is_shared => Err("has neither `Username` nor `SharedUsername`".to_owned()),
        None => Err("has no `Username`".to_owned()),
    }
}

fn parameters(
    fields: &Map<String, Value>,
    service: Option<&str>,
    notes: &mut Vec<(Kind, String)>,
) -> Map<String, Value> {
    let mut parameters = match fields.get("ConnectionParameters") {
        Some(Value::Object(parameters)) => parameters.clone(),
        _ => LEGACY.iter().filter_map(|(key, name)| Some(((*name).to_owned(), fields.get(*key)?.clone()))).collect(),
    };
    parameters.retain(|name, value| {
        let text = match &*value {
            Value::String(text) => text.trim().to_owned(),
            Value::Bool(is) => i64::from(*is).to_string(),
            Value::Number(number) => number.to_string(),
            _ => return false,
        };
        let is_path = FILES.contains(&name.as_str()) && text != "system" && !text.contains("-----BEGIN");
        if is_path && !text.is_empty() {
            let words = if name == "passfile" {
                "set connections.password_file, or save passwords when you connect".to_owned()
            } else {
                "give its contents in the server's settings".to_owned()
            };
            notes.push((Kind::Look, format!("{name} names the file {text}, which is not read: {words}")));
        }
        let stays = !text.is_empty() && !is_path;
        *value = Value::String(text);
        stays
    });
    if let Some(service) = service {
        parameters.insert("service".to_owned(), service.into());
    }
    parameters
}

fn credential(fields: &Map<String, Value>) -> (Value, Option<(Kind, String)>) {
    let Some(command) = text(fields, "PasswordExecCommand") else { return (json!({ "type": "password" }), None) };
    if let Some((source, words)) = source_instead_of(&command) {
        return (source, Some((Kind::Look, words.to_owned())));
    }
    let mut exec = json!({ "type": "exec", "command": command });
    if let Some(seconds) =
        integer(fields, "PasswordExecExpiration").filter(|seconds| (0..=i64::from(u32::MAX)).contains(seconds))
    {
        exec["expiration_seconds"] = seconds.into();
    }
    (exec, Some((Kind::Look, WITHOUT_SHELL.to_owned())))
}

fn tunnel(fields: &Map<String, Value>, notes: &mut Vec<(Kind, String)>) -> Result<Value, String> {
    if !is_set(fields, "UseSSHTunnel") {
        return Ok(Value::Null);
    }
    let by_key = is_set(fields, "TunnelAuthentication");
    if by_key {
        let file = text(fields, "TunnelIdentityFile").unwrap_or_else(|| "TunnelIdentityFile".to_owned());
        notes.push((
            Kind::Look,
            format!("the tunnel's key is in the file {file}, which is not read: put it into the server's settings"),
        ));
    }
    notes.push((
        Kind::Look,
        "the SSH server's key is confirmed by *Test connection*; pgAdmin does not look at it".to_owned(),
    ));
    let port = integer(fields, "TunnelPort").unwrap_or(22);
    Ok(json!({
        "host": required(fields, "TunnelHost")?,
        "port": u16::try_from(port).map_err(|_| format!("has the port {port} in `TunnelPort`"))?,
        "username": required(fields, "TunnelUsername")?,
        "authentication": if by_key { "key" } else { "password" },
        "keep_alive_seconds": integer(fields, "TunnelKeepAlive").filter(|seconds| *seconds > 0),
    }))
}

/// A text that is there and not empty.
pub(super) fn text(fields: &Map<String, Value>, name: &str) -> Option<String> {
    fields.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty()).map(str::to_owned)
}

fn required(fields: &Map<String, Value>, name: &str) -> Result<String, String> {
    text(fields, name).ok_or_else(|| format!("has no `{name}`"))
}

/// A number, also one that somebody wrote as a text.
fn integer(fields: &Map<String, Value>, name: &str) -> Option<i64> {
    match fields.get(name)? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn port(fields: &Map<String, Value>, name: &str) -> Result<u16, String> {
    let number = match fields.get(name) {
        None | Some(Value::Null) => return Err(format!("has no `{name}`")),
        Some(value) => value.as_i64().ok_or_else(|| format!("has a `{name}` that must be an integer"))?,
    };
    u16::try_from(number)
        .ok()
        .filter(|port| *port > 0)
        .ok_or_else(|| format!("has the `{name}` {number}, which is none"))
}

fn is_set(fields: &Map<String, Value>, name: &str) -> bool {
    match fields.get(name) {
        Some(Value::Bool(is)) => *is,
        Some(Value::Number(number)) => number.as_i64() != Some(0),
        Some(Value::String(text)) => matches!(text.trim().to_lowercase().as_str(), "1" | "true"),
        _ => false,
    }
}

fn has_entries(value: &Value) -> bool {
    value.as_array().is_some_and(|entries| !entries.is_empty()) || value.as_i64().is_some_and(|number| number != 0)
}

#[cfg(test)]
mod tests;
