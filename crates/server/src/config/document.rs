//! A config as it was written: a TOML file with the environment laid over it, each value checked against the table of
//! keys and every problem noted, not only the first.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::check::check;
use super::keys::{self, Key, Kind};

/// Where a problem is that no file has.
pub(super) const ENVIRONMENT: &str = "environment";
const PREFIX: &str = "HOWDAH_";

/// Whether a variable has the shape of a key.
pub(super) fn is_set_in(environment: &BTreeMap<String, String>) -> bool {
    environment.keys().any(|name| shape_of_key(name).is_some())
}

/// What stands behind the prefix of a variable for a key: `SERVER__LISTEN`.
fn shape_of_key(name: &str) -> Option<&str> {
    name.strip_prefix(PREFIX).filter(|rest| rest.contains("__"))
}

/// One thing that is wrong with the config: `FILE: key.path: what is wrong: what to do`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file, or `environment`.
    pub source: String,
    /// The key, such as `auth.oauth2[0].client_id`.
    pub path: String,
    /// What is wrong with it.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}: {}: {}", self.source, self.path, self.what, self.remedy)
    }
}

/// The checked values by their path, and what was wrong with the others.
pub(super) struct Document {
    file: String,
    values: BTreeMap<String, Value>,
    tables: BTreeMap<String, usize>,
    from_environment: BTreeSet<String>,
    problems: Vec<Problem>,
}

impl Document {
    /// Reads `text`, the content of `file`, under `environment`.
    pub(super) fn read(file: &Path, text: &str, environment: &BTreeMap<String, String>) -> Self {
        let mut document = Self {
            file: file.display().to_string(),
            values: BTreeMap::new(),
            tables: BTreeMap::new(),
            from_environment: BTreeSet::new(),
            problems: Vec::new(),
        };
        match text.parse::<Table>() {
            Ok(table) => document.take_table("", table),
            Err(error) => {
                let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
                document.problem(&format!("line {line}"), error.message(), "correct the TOML syntax");
            }
        }
        for (name, value) in environment {
            document.take_variable(name, value);
        }
        document.resolve_secret_files();
        document
    }

    /// How many tables the array at `path` holds.
    pub(super) fn count(&self, path: &str) -> usize {
        self.tables.get(path).copied().unwrap_or(0)
    }

    /// The value at `path` if it was given and is well-formed.
    pub(super) fn value(&self, path: &str) -> Option<&Value> {
        self.values.get(path)
    }

    /// The text at `path`; empty counts as absent.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.value(path).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// The text at `path` or its default.
    pub(super) fn text_or_default(&self, path: &str) -> String {
        self.text(path).map_or_else(
            || default_of(path).and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default(),
            str::to_owned,
        )
    }

    /// The truth at `path` or its default.
    pub(super) fn boolean(&self, path: &str) -> bool {
        self.value(path).cloned().or_else(|| default_of(path)).and_then(|value| value.as_bool()).unwrap_or_default()
    }

    /// The number at `path`.
    pub(super) fn integer(&self, path: &str) -> Option<u32> {
        self.value(path).cloned().or_else(|| default_of(path)).and_then(|value| u32::try_from(value.as_integer()?).ok())
    }

    /// The texts at `path` or its default.
    pub(super) fn texts(&self, path: &str) -> Vec<String> {
        let value = self.value(path).cloned().or_else(|| default_of(path));
        let items = value.and_then(|value| value.as_array().cloned()).unwrap_or_default();
        items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// Notes a problem with the key at `path`.
    pub(super) fn problem(&mut self, path: &str, what: impl Into<String>, remedy: impl Into<String>) {
        let source = if self.from_environment.contains(path) { ENVIRONMENT.to_owned() } else { self.file.clone() };
        self.problems.push(Problem { source, path: path.to_owned(), what: what.into(), remedy: remedy.into() });
    }

    /// Whether the key at `path` has a problem already.
    pub(super) fn is_faulty(&self, path: &str) -> bool {
        self.problems.iter().any(|problem| problem.path == path)
    }

    /// Whether the key at `path` or one below it has a problem already.
    pub(super) fn is_faulty_below(&self, path: &str) -> bool {
        let is_below = |problem: &Problem| {
            problem.path.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        self.problems.iter().any(is_below)
    }

    /// All problems noted so far.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    fn take_table(&mut self, prefix: &str, table: Table) {
        for (name, value) in table {
            let path = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
            if self.key_of(&path).is_some() {
                self.take_value(&path, value);
                continue;
            }
            match value {
                Value::Table(inner) if is_section(&path) => self.take_table(&path, inner),
                Value::Array(items) if is_section(&format!("{path}[]")) && items.iter().all(Value::is_table) => {
                    self.tables.insert(path.clone(), items.len());
                    for (index, item) in items.into_iter().enumerate() {
                        if let Value::Table(inner) = item {
                            self.take_table(&format!("{path}[{index}]"), inner);
                        }
                    }
                }
                _ if is_section(&path) => {
                    self.problem(&path, "is not a table", format!("write [{path}] above its keys"))
                }
                _ if is_section(&format!("{path}[]")) => {
                    self.problem(&path, "is not an array of tables", format!("write [[{path}]] above each one's keys"));
                }
                value => self.unknown(&path, &value),
            }
        }
    }

    fn take_variable(&mut self, name: &str, text: &str) {
        let Some(rest) = shape_of_key(name) else { return };
        let mut path = String::new();
        for part in rest.split("__") {
            if !path.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()) && !part.is_empty() {
                path = format!("{path}[{part}]");
            } else if path.is_empty() {
                path = part.to_lowercase();
            } else {
                path = format!("{path}.{}", part.to_lowercase());
            }
        }
        self.from_environment.insert(path.clone());
        let Some(kind) = self.key_of(&path) else {
            let nearest = nearest_key(&path).map(|known| variable_name(&known));
            self.problem(&path, format!("unknown setting {name}"), suggestion(nearest.as_deref()));
            return;
        };
        self.note_array(&path);
        self.take_value(&path, variable_value(kind, text));
    }

    /// An element of an array that only the environment names counts as one of its tables.
    fn note_array(&mut self, path: &str) {
        if let Some((array, rest)) = path.split_once('[')
            && let Some(index) = rest.split(']').next().and_then(|digits| digits.parse::<usize>().ok())
            && index < 100
        {
            let count = self.tables.entry(array.to_owned()).or_default();
            *count = (*count).max(index + 1);
        }
    }

    fn take_value(&mut self, path: &str, value: Value) {
        let Some(kind) = self.key_of(path) else { return };
        let faults = check(kind, &value);
        if faults.is_empty() {
            self.values.insert(path.to_owned(), value);
        }
        for (what, remedy) in faults {
            self.problem(path, what, remedy);
        }
    }

    /// The kind of the known key at `path`, `_file` twins included.
    fn key_of(&self, path: &str) -> Option<Kind> {
        let pattern = pattern_of(path);
        if let Some(key) = find(&pattern) {
            return Some(key.kind);
        }
        pattern.strip_suffix("_file").and_then(find).filter(|key| key.secret).map(|_| Kind::Path)
    }

    fn unknown(&mut self, path: &str, value: &Value) {
        let nearest = match value {
            Value::Table(_) | Value::Array(_) => nearest_section(path).or_else(|| nearest_key(path)),
            _ => nearest_key(path).or_else(|| nearest_section(path)),
        };
        self.problem(path, "unknown key", suggestion(nearest.as_deref()));
    }

    fn resolve_secret_files(&mut self) {
        let twins: Vec<(String, PathBuf)> = self
            .values
            .iter()
            .filter_map(|(path, value)| {
                let twin = path.strip_suffix("_file")?;
                find(&pattern_of(twin)).filter(|key| key.secret)?;
                // An empty path names no file, as elsewhere.
                let file = value.as_str().filter(|file| !file.is_empty())?;
                Some((twin.to_owned(), PathBuf::from(file)))
            })
            .collect();
        for (path, file) in twins {
            let twin = format!("{path}_file");
            if self.text(&path).is_some() {
                self.problem(&twin, format!("is set together with {path}"), "keep one of the two");
                continue;
            }
            match std::fs::read_to_string(&file) {
                Ok(text) if text.trim_end_matches(['\r', '\n']).is_empty() => {
                    self.problem(&twin, format!("the file {} is empty", file.display()), "write the secret into it");
                }
                Ok(text) => {
                    let secret = text.trim_end_matches(['\r', '\n']).to_owned();
                    self.values.insert(path, Value::String(secret));
                }
                Err(error) => {
                    self.problem(
                        &twin,
                        format!("cannot read {}: {error}", file.display()),
                        "name a file that the user running Howdah can read",
                    );
                }
            }
        }
    }
}

/// `auth.oauth2[3].name` → `auth.oauth2[].name`.
fn pattern_of(path: &str) -> String {
    let mut pattern = String::with_capacity(path.len());
    let mut in_index = false;
    for character in path.chars() {
        match character {
            '[' => {
                in_index = true;
                pattern.push('[');
            }
            ']' => {
                in_index = false;
                pattern.push(']');
            }
            _ if in_index => {}
            other => pattern.push(other),
        }
    }
    pattern
}

fn find(pattern: &str) -> Option<&'static Key> {
    keys::all().find(|key| key.path == pattern)
}

fn is_section(path: &str) -> bool {
    let section = format!("{}.", pattern_of(path));
    let array = format!("{}[]", pattern_of(path));
    keys::all().any(|key| key.path.starts_with(&section) && !key.path.starts_with(&array))
}

fn default_of(path: &str) -> Option<Value> {
    let key = find(&pattern_of(path)).filter(|key| !key.default.is_empty())?;
    format!("value = {}", key.default).parse::<Table>().ok()?.remove("value")
}

/// The known key that `path` was most likely meant to be, with the same array positions.
fn nearest_key(path: &str) -> Option<String> {
    let pattern = pattern_of(path);
    // pgAdmin's OAUTH2_X is the provider's key x.
    let last = pattern.rsplit('.').next().unwrap_or(&pattern).to_lowercase();
    let last = last.strip_prefix("oauth2_").unwrap_or(&last);
    let nearest = keys::all()
        .map(|key| {
            let name = key.path.rsplit('.').next().unwrap_or(key.path);
            // A key that moved to another section keeps its name, so the name counts for itself too.
            let distance =
                strsim::damerau_levenshtein(key.path, &pattern).min(strsim::damerau_levenshtein(name, last) * 2 + 1);
            (distance, key.path)
        })
        .min_by_key(|(distance, _)| *distance)?;
    let close_enough = nearest.0 <= (pattern.len() / 3).max(3);
    close_enough.then(|| restore_positions(nearest.1, path))
}

/// The table that `path` was most likely meant to be, as it is written above its keys.
fn nearest_section(path: &str) -> Option<String> {
    let pattern = pattern_of(path).to_lowercase();
    let last = pattern.rsplit('.').next().unwrap_or(&pattern);
    let (distance, section) = keys::all()
        .filter_map(|key| Some(key.path.rsplit_once('.')?.0))
        .map(|section| {
            let whole = section.trim_end_matches("[]");
            let name = whole.rsplit('.').next().unwrap_or(whole);
            let distance =
                strsim::damerau_levenshtein(whole, &pattern).min(strsim::damerau_levenshtein(name, last) * 2 + 1);
            (distance, section)
        })
        .min_by_key(|(distance, _)| *distance)?;
    (distance <= (pattern.len() / 3).max(2)).then(|| match section.strip_suffix("[]") {
        Some(array) => format!("[[{array}]]"),
        None => format!("[{section}]"),
    })
}

fn restore_positions(pattern: &str, path: &str) -> String {
    match path.split_once('[').and_then(|(array, rest)| Some((array, rest.split(']').next()?))) {
        Some((array, index)) => pattern.replacen(&format!("{array}[]"), &format!("{array}[{index}]"), 1),
        None => pattern.to_owned(),
    }
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map_or_else(
        || "remove it; docs/config.md lists every key".to_owned(),
        |nearest| format!("did you mean {nearest}?"),
    )
}

fn variable_name(path: &str) -> String {
    let upper = path.replace('.', "__").replace("[]", "__0").replace('[', "__").replace(']', "").to_uppercase();
    format!("{PREFIX}{upper}")
}

/// A variable's text as a value of the kind: TOML where the kind is not a text, and a list may be split by commas.
fn variable_value(kind: Kind, text: &str) -> Value {
    let as_toml = || format!("value = {text}").parse::<Table>().ok().and_then(|mut table| table.remove("value"));
    match kind {
        Kind::Boolean | Kind::Integer { .. } | Kind::ClaimsRule | Kind::Audience | Kind::Parameters => {
            as_toml().unwrap_or_else(|| Value::String(text.to_owned()))
        }
        Kind::TextList | Kind::CidrList | Kind::ChoiceList(_) => match as_toml() {
            Some(value @ Value::Array(_)) => value,
            _ => Value::Array(
                text.split(',')
                    .map(str::trim)
                    .filter(|item| !item.is_empty())
                    .map(|item| Value::String(item.to_owned()))
                    .collect(),
            ),
        },
        Kind::Command => match as_toml() {
            Some(value @ Value::Array(_)) => value,
            _ => Value::String(text.to_owned()),
        },
        Kind::Text | Kind::SocketAddress | Kind::Url | Kind::Duration | Kind::Path | Kind::Choice(_) => {
            Value::String(text.to_owned())
        }
    }
}
