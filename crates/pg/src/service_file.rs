//! libpq's connection service file (manual, 34.17).

use std::collections::BTreeMap;

/// Why a service cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServiceFileError {
    /// The file has no such section.
    #[error("the service file has no service `{0}`")]
    UnknownService(String),
    /// A line of the service's section says nothing that can be followed.
    #[error("line {line} of the service file {problem}")]
    Line {
        /// Its number, from 1.
        line: usize,
        /// What is wrong with it.
        problem: &'static str,
    },
}

/// The keywords that a service stands for, to be completed by
/// [`ConnectOptions::from_keywords`](crate::ConnectOptions::from_keywords). Keywords given beside the service go before
/// these. The file's text is read by whoever allows paths.
///
/// # Errors
///
/// When the file has no such service, or a line of it is no setting.
pub fn service(text: &str, name: &str) -> Result<BTreeMap<String, String>, ServiceFileError> {
    let mut keywords = BTreeMap::new();
    let (mut inside, mut found) = (false, false);
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        let problem = |problem| ServiceFileError::Line { line: number + 1, problem };
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(section) = line.strip_prefix('[') {
            // As libpq, which reads the first of several sections of a name.
            if found {
                break;
            }
            inside = section.strip_suffix(']') == Some(name);
            found |= inside;
            continue;
        }
        if !inside {
            continue;
        }
        if line.starts_with("ldap:") {
            return Err(problem("asks LDAP, which is not supported"));
        }
        let (keyword, value) = line.split_once('=').ok_or_else(|| problem("is no `keyword=value`"))?;
        let keyword = keyword.trim_end();
        match keyword {
            "" => return Err(problem("has no keyword")),
            "service" | "servicefile" => return Err(problem("names another service, which is not followed")),
            // The first of several values stays.
            _ => keywords.entry(keyword.to_owned()).or_insert_with(|| value.trim_start().to_owned()),
        };
    }
    if found { Ok(keywords) } else { Err(ServiceFileError::UnknownService(name.to_owned())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
# comment
[one]
host=db.example
  port = 5433
options=-c geqo=off
host=later

[two]
not a setting
[three]
service=one
[one]
dbname=never
[ldap]
ldap://directory.example/cn
";

    #[test]
    fn a_service_is_its_first_section() -> Result<(), ServiceFileError> {
        let keywords = service(FILE, "one")?;
        let pairs: Vec<_> = keywords.iter().map(|(keyword, value)| format!("{keyword}={value}")).collect();
        assert_eq!(pairs, ["host=db.example", "options=-c geqo=off", "port=5433"]);
        Ok(())
    }

    #[test]
    fn faults_are_named_where_they_are() {
        for (name, words) in [
            ("four", "the service file has no service `four`"),
            ("two", "line 9 of the service file is no `keyword=value`"),
            ("three", "line 11 of the service file names another service, which is not followed"),
            ("ldap", "line 15 of the service file asks LDAP, which is not supported"),
        ] {
            assert_eq!(service(FILE, name).map_err(|error| error.to_string()), Err(words.to_owned()));
        }
    }
}
