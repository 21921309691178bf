//! `[secrets]`: what seals secrets at rest, and what people may save.

use std::sync::Arc;

use howdah_store::SealingKey;
use secrecy::SecretString;

use super::document::Document;

/// `[secrets]`
#[derive(Debug)]
pub struct SecretsConfig {
    /// Seals the operator's part; absent: see `secrets::keys`.
    pub key: Option<Arc<SealingKey>>,
    /// Keys that were `key` before, or will be.
    pub other_keys: Vec<Arc<SealingKey>>,
    /// Whether people may save passwords of databases.
    pub allow_save_password: bool,
    /// Whether people may save passwords of SSH tunnels.
    pub allow_save_tunnel_password: bool,
    /// Whether those who sign in without a password here need one for what they save.
    pub master_password_required: bool,
    /// Program and arguments that give a person's key.
    pub master_password_hook: Option<Vec<String>>,
}

const REMEDY: &str = "make one with `openssl rand 32 | basenc --base64url | tr -d =`";

pub(super) fn read(document: &mut Document) -> SecretsConfig {
    let key = document.text("secrets.key").map(str::to_owned).and_then(|text| {
        let key = SealingKey::parse(&SecretString::from(text));
        if key.is_none() {
            document.problem("secrets.key", "is not 32 bytes in base64url without padding", REMEDY);
        }
        key.map(Arc::new)
    });
    let others = document.text("secrets.previous_keys").unwrap_or_default().to_owned();
    let others = others.split(|character: char| character.is_whitespace() || character == ',');
    let others: Option<Vec<_>> = others
        .filter(|text| !text.is_empty())
        .map(|text| SealingKey::parse(&SecretString::from(text)).map(Arc::new))
        .collect();
    if others.is_none() {
        document.problem(
            "secrets.previous_keys",
            "holds something else than keys of 32 bytes in base64url without padding",
            "write keys that `secrets.key` had, with blanks or line breaks between them",
        );
    }
    SecretsConfig {
        key,
        other_keys: others.unwrap_or_default(),
        allow_save_password: document.boolean("secrets.allow_save_password"),
        allow_save_tunnel_password: document.boolean("secrets.allow_save_tunnel_password"),
        master_password_required: document.boolean("secrets.master_password_required"),
        master_password_hook: read_hook(document),
    }
}

fn read_hook(document: &mut Document) -> Option<Vec<String>> {
    const PATH: &str = "secrets.master_password_hook";
    let argv = match document.value(PATH)?.clone() {
        toml::Value::Array(words) => words.iter().filter_map(toml::Value::as_str).map(str::to_owned).collect(),
        other => match shell_words::split(other.as_str().unwrap_or_default()) {
            Ok(words) => words,
            Err(_) => {
                document.problem(PATH, "has a quote that is not closed", "close it, or write a list of texts");
                return None;
            }
        },
    };
    match argv.first().map(String::as_str) {
        // As a key that is not there.
        None => None,
        Some("") => {
            document.problem(PATH, "names no program", "write [\"/path/to/program\", \"%u\"]");
            None
        }
        Some(program) if program.contains("%u") => {
            document.problem(
                PATH,
                "has %u in the program's own name",
                "put %u into an argument: a username must not choose what runs",
            );
            None
        }
        Some(_) => Some(argv),
    }
}
