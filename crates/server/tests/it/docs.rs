//! The documents: every example of a config is one that `check-config` takes, and every link leads somewhere.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use howdah::config;
use howdah::wire::{ConnectionParameters, CredentialDefinition, ServerDefinition, TunnelDefinition};
use howdah_testkit::certificates;
use serde_json::Value as Json;
use tempfile::TempDir;
use toml::{Table, Value};

/// The least config that an example of a part is a part of.
const MINIMAL: &str = r#"
    [auth]
    sources = ["oauth2"]
    [[auth.oauth2]]
    name = "corp"
    client_id = "howdah"
    client_secret = "s3cret"
    server_metadata_url = "https://login.example.com/.well-known/openid-configuration"
"#;

/// Keys of a provider that stand in place of its secret.
const IN_PLACE_OF_A_SECRET: [&str; 2] = ["private_key_file", "workload_identity_token_file"];

/// A key of the operator's.
const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n";

/// A block of code in a document.
struct Block {
    line: usize,
    text: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The documents for people: all below `docs`, and those at the top.
fn documents() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    found.extend(["README.md", "SECURITY.md", "CONTRIBUTING.md", "ARCHITECTURE.md"].map(|name| root().join(name)));
    found.sort();
    found
}

/// The fenced blocks of a document in this language, and the document's lines without any fenced block.
fn parts(text: &str, language: &str) -> (Vec<Block>, Vec<String>) {
    let (mut blocks, mut lines) = (Vec::new(), Vec::new());
    let mut open: Option<(bool, Block)> = None;
    for (index, line) in text.lines().enumerate() {
        let fence = line.trim_start().strip_prefix("```");
        match (&mut open, fence) {
            (None, Some(info)) => {
                open = Some((info.trim() == language, Block { line: index + 1, text: String::new() }));
            }
            (Some(_), Some(_)) => blocks.extend(open.take().filter(|(wanted, _)| *wanted).map(|(_, block)| block)),
            (Some((_, block)), None) => block.text.extend([line, "\n"]),
            (None, None) => {}
        }
        // A line that is left out still counts.
        lines.push(if open.is_some() || fence.is_some() { String::new() } else { line.to_owned() });
    }
    assert!(open.is_none(), "a block is not closed");
    (blocks, lines)
}

fn provider(config: &mut Table) -> Option<&mut Table> {
    config.get_mut("auth")?.get_mut("oauth2")?.as_array_mut()?.first_mut()?.as_table_mut()
}

/// `example` as a whole config: as it is, or laid over the last whole one of its page.
fn completed(mut example: Table, whole: &Table) -> Table {
    let Some(part) = provider(&mut example) else { return example };
    if part.contains_key("client_id") {
        return example;
    }
    let mut config = whole.clone();
    let whole = provider(&mut config).unwrap();
    if IN_PLACE_OF_A_SECRET.iter().any(|key| part.contains_key(*key)) {
        whole.retain(|key, _| !key.starts_with("client_secret"));
    }
    whole.extend(part.clone());
    config
}

/// Makes the files that `config` names, below `folder`.
fn make_files(config: &mut Table, folder: &TempDir) {
    let identity = certificates().server(&["pg.example.com"]).unwrap();
    for (key, value) in config.iter_mut() {
        match value {
            Value::Table(table) => make_files(table, folder),
            Value::Array(items) => items.iter_mut().filter_map(Value::as_table_mut).for_each(|table| {
                make_files(table, folder);
            }),
            Value::String(path) => {
                let content = match key.as_str() {
                    "ca_file" => certificates().ca_pem(),
                    "tls_cert" => &identity.certificate_pem,
                    "key_file" | "previous_keys_file" => KEY,
                    "private_key_file" | "tls_key" => &identity.key_pem,
                    _ if key.ends_with("_file") => "s3cret\n",
                    _ => continue,
                };
                let file = folder.path().join(key);
                fs::write(&file, content).unwrap();
                *path = file.display().to_string();
            }
            _ => {}
        }
    }
}

#[test]
fn every_config_in_the_documents_is_one_that_check_config_takes() {
    let folder = tempfile::tempdir().unwrap();
    let (mut wrong, mut count) = (Vec::new(), 0);
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap();
        let mut whole: Table = MINIMAL.parse().unwrap();
        for Block { line, text } in parts(&text, "toml").0 {
            count += 1;
            let place = format!("{}:{line}", document.display());
            // Keys without a table are a provider's.
            let has_tables = text.lines().any(|line| line.trim_start().starts_with('['));
            let text = if has_tables { text } else { format!("[[auth.oauth2]]\n{text}") };
            let mut example: Table = match text.parse() {
                Ok(example) => example,
                Err(error) => {
                    wrong.push(format!("{place}: {error}"));
                    continue;
                }
            };
            if provider(&mut example).is_some_and(|provider| provider.contains_key("client_id")) {
                whole = example.clone();
            }
            let mut config = completed(example, &whole);
            make_files(&mut config, &folder);
            let file = folder.path().join("howdah.toml");
            fs::write(&file, toml::to_string(&config).unwrap()).unwrap();
            match config::load(&file, &BTreeMap::new()) {
                Ok(loaded) => wrong.extend(loaded.warnings.iter().map(|warning| format!("{place}: {warning}"))),
                Err(error) => wrong.push(format!("{place}: {error}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 20, "{count}");
}

/// Policies for AWS to read, not Howdah.
fn is_policy(example: &Json) -> bool {
    example.get("Statement").is_some()
}

#[test]
fn every_example_of_a_server_is_one_that_the_api_reads() {
    let (mut wrong, mut count) = (Vec::new(), 0);
    for document in documents() {
        for Block { line, text } in parts(&fs::read_to_string(&document).unwrap(), "json").0 {
            let example: Json = serde_json::from_str(&text).unwrap_or_default();
            let read = if example.get("type").is_some() {
                serde_json::from_value::<CredentialDefinition>(example).map(drop)
            } else if example.get("credential").is_some() {
                serde_json::from_value::<ServerDefinition>(example).map(drop)
            } else if example.get("authentication").is_some() {
                serde_json::from_value::<TunnelDefinition>(example).map(drop)
            } else if is_policy(&example) {
                continue;
            } else {
                serde_json::from_value::<ConnectionParameters>(example).map(drop)
            };
            count += 1;
            wrong.extend(read.err().map(|error| format!("{}:{line}: {error}", document.display())));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 20, "{count}");
}

#[test]
fn every_field_that_the_documents_explain_is_one_of_a_credential() {
    let api = fs::read_to_string(root().join("docs/openapi.json")).unwrap();
    let api: Json = serde_json::from_str(&api).unwrap();
    let variants = api["components"]["schemas"]["CredentialDefinition"]["oneOf"].as_array().unwrap();
    let fields: HashSet<&String> =
        variants.iter().flat_map(|variant| variant["properties"].as_object().unwrap().keys()).collect();
    let mut count = 0;
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap();
        let rows = text.lines().skip_while(|line| !line.starts_with("| field | meaning |")).skip(2);
        for name in rows.take_while(|line| line.starts_with('|')).flat_map(first_names) {
            count += 1;
            assert!(fields.contains(&name), "{}: there is no field `{name}`", document.display());
        }
    }
    assert!(count > 15, "{count}");
}

/// What stands in backquotes in the first cell of a row.
fn first_names(row: &str) -> Vec<String> {
    let cell = row.split('|').nth(1).unwrap_or_default();
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// What a heading is called in links to it: as GitHub makes it.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    text.chars()
        .filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'))
        .map(|letter| if letter == ' ' { '-' } else { letter })
        .collect()
}

fn anchors(lines: &[String]) -> HashSet<String> {
    let mut seen = HashMap::<String, usize>::new();
    let headings = lines.iter().filter(|line| line.starts_with('#'));
    headings
        .map(|line| {
            let name = anchor(line);
            let times = seen.entry(name.clone()).or_default();
            *times += 1;
            if *times == 1 { name } else { format!("{name}-{}", *times - 1) }
        })
        .collect()
}

/// The targets of a line's links.
fn links(line: &str) -> Vec<&str> {
    // What stands in code is no link.
    let text = line.split('`').step_by(2);
    text.flat_map(|text| text.split("](").skip(1)).filter_map(|rest| rest.split(')').next()).collect()
}

#[test]
fn every_link_of_the_documents_leads_somewhere() {
    let (mut broken, mut count) = (Vec::new(), 0);
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap();
        for (index, line) in parts(&text, "").1.iter().enumerate() {
            for target in links(line) {
                if target.contains("://") || target.starts_with("mailto:") {
                    continue;
                }
                count += 1;
                let (path, fragment) = target.split_once('#').unwrap_or((target, ""));
                let file = if path.is_empty() { document.clone() } else { document.parent().unwrap().join(path) };
                let is_there = if fragment.is_empty() {
                    file.exists()
                } else {
                    fs::read_to_string(&file).is_ok_and(|text| anchors(&parts(&text, "").1).contains(fragment))
                };
                if !is_there {
                    broken.push(format!("{}:{}: {target}", document.display(), index + 1));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    assert!(count > 60, "{count}");
}
