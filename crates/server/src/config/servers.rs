//! The servers of `[[servers]]`: the API's definitions in TOML, with paths of files and `_file` twins.

use std::fs;

use howdah_credentials::Commands;
use howdah_store::ServerId;
use sha2::{Digest, Sha256};
use toml::{Table, Value};

use super::ConnectionsConfig;
use super::document::Document;
use super::keys;
use crate::files;
use crate::servers::{ConfiguredServer, problems};
use crate::wire::{Audience, CredentialDefinition, ServerDefinition, TunnelDefinition};

const ARRAY: &str = "servers";
/// Where what serde says of a definition is explained.
const REMEDY: &str = "compare it with docs/sharing.md and docs/credentials.md";
/// Connection parameters that are secrets.
const SECRETS: [&str; 2] = ["sslkey", "sslpassword"];

/// Reads the servers and notes what is wrong with each. `commands` are those that credentials may come from.
pub(super) fn read(
    document: &mut Document,
    connections: &ConnectionsConfig,
    commands: &Commands,
) -> Vec<ConfiguredServer> {
    let mut servers: Vec<ConfiguredServer> = Vec::new();
    for index in 0..document.count(ARRAY) {
        let path = format!("{ARRAY}[{index}]");
        let Some(server) = read_one(document, &path, connections, commands) else { continue };
        if let Some(other) = servers.iter().find(|other| other.id == server.id) {
            let name = other.definition.name.clone();
            document.problem(
                &format!("{path}.id"),
                format!("is that of the server `{name}` too"),
                "give each an `id` of its own; without one, its name is it",
            );
            continue;
        }
        servers.push(server);
    }
    servers
}

fn read_one(
    document: &mut Document,
    path: &str,
    connections: &ConnectionsConfig,
    commands: &Commands,
) -> Option<ConfiguredServer> {
    let mut table = collect(document, path);
    resolve_parameter_files(document, path, &mut table);
    let id = document.text(&format!("{path}.id")).or_else(|| document.text(&format!("{path}.name")));
    let id = id.map(stable_id);
    let audience = read_audience(document, path);
    let credential: Option<CredentialDefinition> = part(document, path, "credential", &mut table);
    let has_tunnel = table.contains_key("tunnel");
    let tunnel: Option<TunnelDefinition> = part(document, path, "tunnel", &mut table);
    let is_complete = has_all(document, path, credential.as_ref());
    let credential = credential?;
    if !is_complete || (has_tunnel && tunnel.is_none()) {
        return None;
    }
    // Stands in for the real one, which was read already.
    table.insert("credential".to_owned(), Value::Table(Table::from_iter([("type".to_owned(), "none".into())])));
    table.entry("username").or_insert_with(|| "".into());
    let definition: ServerDefinition = match table.try_into() {
        Ok(definition) => ServerDefinition { credential, tunnel, audience, ..definition },
        Err(error) => {
            let error: toml::de::Error = error;
            document.problem(path, error.message(), REMEDY);
            return None;
        }
    };
    note_problems(document, path, connections, commands, &definition);
    Some(ConfiguredServer { id: id??, definition })
}

/// The values of a server as they were written, well-formed ones only.
fn collect(document: &Document, path: &str) -> Table {
    let mut all = Table::new();
    for key in keys::all() {
        let Some(rest) = key.path.strip_prefix("servers[].").filter(|rest| !["id", "audience"].contains(rest)) else {
            continue;
        };
        let Some(value) = document.value(&format!("{path}.{rest}")) else { continue };
        let mut steps: Vec<&str> = rest.split('.').collect();
        let Some(last) = steps.pop() else { continue };
        let mut table = Some(&mut all);
        for step in steps {
            table =
                table.and_then(|table| table.entry(step).or_insert_with(|| Value::Table(Table::new())).as_table_mut());
        }
        if let Some(table) = table {
            table.insert(last.to_owned(), value.clone());
        }
    }
    all
}

/// Parameters are texts, and secret ones may stand in files, as other keys that are secrets.
fn resolve_parameter_files(document: &mut Document, path: &str, table: &mut Table) {
    let Some(Value::Table(parameters)) = table.get_mut("connection_parameters") else { return };
    for (_, value) in parameters.iter_mut() {
        if !value.is_str() {
            *value = Value::String(value.to_string());
        }
    }
    for keyword in SECRETS {
        let twin = format!("{keyword}_file");
        let place = format!("{path}.connection_parameters.{twin}");
        let Some(Value::String(file)) = parameters.remove(&twin) else { continue };
        if parameters.contains_key(keyword) {
            document.problem(&place, format!("is set together with {keyword}"), "keep one of the two");
            continue;
        }
        match fs::read_to_string(&file) {
            Ok(text) => {
                parameters.insert(keyword.to_owned(), text.trim_end_matches(['\r', '\n']).into());
            }
            Err(error) => document.problem(
                &place,
                format!("cannot read {file}: {error}"),
                "name a file that the user running Howdah can read",
            ),
        }
    }
}

fn read_audience(document: &mut Document, path: &str) -> Audience {
    let path = format!("{path}.audience");
    let given = document.value(&path).and_then(|value| serde_json::to_value(value).ok());
    let audience = given.and_then(|value| Audience::parse(value).ok()).unwrap_or(Audience::Everyone);
    if audience == Audience::Private {
        document.problem(
            &path,
            "is private, and a server of the config has no owner who would see it",
            "write \"everyone\" or a rule on claims such as { groups = [\"dba\"] }",
        );
    }
    audience
}

/// A table within a server.
fn part<T: serde::de::DeserializeOwned>(
    document: &mut Document,
    path: &str,
    name: &str,
    table: &mut Table,
) -> Option<T> {
    match table.remove(name)?.try_into() {
        Ok(part) => Some(part),
        Err(error) => {
            let error: toml::de::Error = error;
            document.problem(&format!("{path}.{name}"), error.message(), REMEDY);
            None
        }
    }
}

/// Whether everything is there that must be. What is there and wrong is noted already.
fn has_all(document: &mut Document, path: &str, credential: Option<&CredentialDefinition>) -> bool {
    let source_names_user =
        matches!(credential, Some(CredentialDefinition::Vault { .. } | CredentialDefinition::Gcp { .. }));
    let mut is_complete = true;
    for (key, remedy) in [
        ("name", "give the server a name"),
        ("host", "say where PostgreSQL is: a host name, an address, or the folder of its socket"),
        ("username", "say whom people log in as: a role or a template such as {email:local}"),
    ] {
        let key_path = format!("{path}.{key}");
        if document.text(&key_path).is_some() || (key == "username" && source_names_user) {
            continue;
        }
        is_complete = false;
        if !document.is_faulty(&key_path) {
            document.problem(&key_path, "is missing", remedy);
        }
    }
    let key_path = format!("{path}.credential");
    if credential.is_none() && !document.is_faulty_below(&key_path) {
        document.problem(&key_path, "is missing", "write credential = { type = \"signed_in_user\" } or another type");
    }
    is_complete
}

/// What the API would refuse, too.
fn note_problems(
    document: &mut Document,
    path: &str,
    connections: &ConnectionsConfig,
    commands: &Commands,
    definition: &ServerDefinition,
) {
    let (read, first) = match files::complete_for_operator(connections, definition) {
        Ok(completed) => (completed.definition, None),
        Err(problem) => (definition.clone(), Some(problem)),
    };
    // What a file should have said is not missed as well.
    let all = if first.is_some() { Vec::new() } else { problems(commands, &read) };
    for problem in first.into_iter().chain(all) {
        let problem = problem.into_problem();
        let field = problem.field.unwrap_or_else(|| "credential".to_owned());
        let place = format!("{path}.{field}");
        if !document.is_faulty(&place) {
            let (what, remedy) = problem.detail.split_once(". ").unwrap_or((&problem.detail, REMEDY));
            document.problem(&place, what.trim_end_matches('.'), remedy.trim_end_matches('.'));
        }
    }
}

/// The id of a server for good: the same in every process that has it in its config.
fn stable_id(name: &str) -> Option<ServerId> {
    let digest = Sha256::digest(format!("howdah server of the config: {name}"));
    let bytes: [u8; 16] = digest.get(..16)?.try_into().ok()?;
    // RFC 9562 section 5.8: a UUID made by a rule of one's own.
    uuid::Builder::from_custom_bytes(bytes).into_uuid().hyphenated().to_string().parse().ok()
}
