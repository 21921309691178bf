//! Placeholders, `~` and `$NAME` inside the arguments of a command.
//!
//! Everything happens in one pass over a text that is already split into arguments. What is put in is never looked at
//! again, so neither a user name with blanks nor one that looks like a placeholder can become more than a value. One that
//! looks like an option is refused where an argument begins with it.

use std::ffi::OsString;

use super::{Author, Variables};
use crate::error::CredentialError;
use crate::identity::Target;

const HOST: &str = "%HOSTNAME%";
const PORT: &str = "%PORT%";
const USER: &str = "%USERNAME%";

pub(super) fn holds_placeholder(text: &str) -> bool {
    [HOST, PORT, USER].iter().any(|placeholder| text.contains(placeholder))
}

/// An argument with everything put in.
pub(super) fn fill(
    template: &str,
    author: Author,
    variables: &Variables,
    target: &Target,
) -> Result<OsString, CredentialError> {
    fill_with(template, author, variables, |rest| {
        if let Some(rest) = rest.strip_prefix(HOST) {
            Some((target.host.clone(), rest))
        } else if let Some(rest) = rest.strip_prefix(PORT) {
            Some((target.port.map(|port| port.to_string()).unwrap_or_default(), rest))
        } else {
            Some((target.user.clone(), rest.strip_prefix(USER)?))
        }
    })
}

/// The program's path, in which no placeholder means anything.
pub(super) fn fill_program(template: &str, author: Author, variables: &Variables) -> Result<OsString, CredentialError> {
    fill_with(template, author, variables, |_| None)
}

fn fill_with(
    template: &str,
    author: Author,
    variables: &Variables,
    placeholder: impl Fn(&str) -> Option<(String, &str)>,
) -> Result<OsString, CredentialError> {
    let expands = author == Author::Owner;
    let mut filled = OsString::new();
    let mut rest = template;
    if expands && (rest == "~" || rest.starts_with("~/")) {
        filled.push(variables.value("HOME").ok_or_else(|| not_set("HOME"))?);
        rest = &rest[1..];
    }
    while let Some(at) = rest.find(['%', '$']) {
        filled.push(&rest[..at]);
        rest = &rest[at..];
        if let Some((value, after)) = placeholder(rest) {
            if filled.is_empty() && value.starts_with('-') {
                return Err(CredentialError::failed(format!("the command would take `{value}` for an option")));
            }
            filled.push(value);
            rest = after;
        } else if let Some((name, after)) = variable(rest).filter(|_| expands) {
            filled.push(variables.value(name).ok_or_else(|| not_set(name))?);
            rest = after;
        } else {
            filled.push(&rest[..1]);
            rest = &rest[1..];
        }
    }
    filled.push(rest);
    Ok(filled)
}

/// `$NAME` or `${NAME}` at the start of the text, and what follows.
fn variable(text: &str) -> Option<(&str, &str)> {
    let text = text.strip_prefix('$')?;
    let (name, rest) = match text.strip_prefix('{') {
        Some(braced) => braced.split_once('}')?,
        None => text.split_at(text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len())),
    };
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let is_word = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    (starts_well && is_word).then_some((name, rest))
}

/// A shell would put in nothing, and the command would fail in a stranger way.
fn not_set(name: &str) -> CredentialError {
    CredentialError::failed(format!("the command uses the environment variable `{name}`, which is not set"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn check(template: &str, author: Author, expected: Result<&str, &str>) {
        let variables = Variables::new(
            [("HOME", "/home/ada"), ("REGION", "eu $HOME %PORT%"), ("HOWDAH_STORE__URL", "secret")]
                .map(|(name, value)| (name.into(), value.into())),
        );
        let target = Target {
            host: "db %USERNAME% $HOME".to_owned(),
            port: Some(5432),
            user: "o'hara; rm -rf \"$HOME\" `id`".to_owned(),
            database: String::new(),
        };
        let filled = fill(template, author, &variables, &target).map_err(|error| error.to_string());
        match expected {
            Ok(text) => assert_eq!(filled.unwrap(), text, "{template}"),
            Err(part) => assert!(filled.as_ref().is_err_and(|text| text.contains(part)), "{template}: {filled:?}"),
        }
    }

    #[test]
    fn arguments_are_filled_in_one_pass() {
        use Author::{Guest, Owner};
        check("--host=%HOSTNAME%:%PORT%", Owner, Ok("--host=db %USERNAME% $HOME:5432"));
        check("%USERNAME%", Guest, Ok("o'hara; rm -rf \"$HOME\" `id`"));
        check("%username% 100%", Owner, Ok("%username% 100%"));
        check("~", Owner, Ok("/home/ada"));
        check("~/bin/%PORT%", Owner, Ok("/home/ada/bin/5432"));
        check("a~/b ~ada", Owner, Ok("a~/b ~ada"));
        check("$REGION", Owner, Ok("eu $HOME %PORT%"));
        check("x${REGION}y$", Owner, Ok("xeu $HOME %PORT%y$"));
        check("$1 $$ ${} ${a-b}", Owner, Ok("$1 $$ ${} ${a-b}"));
        check("$MISSING", Owner, Err("`MISSING`, which is not set"));
        check("$HOWDAH_STORE__URL", Owner, Err("`HOWDAH_STORE__URL`, which is not set"));
        check("~/$HOME ${REGION}", Guest, Ok("~/$HOME ${REGION}"));
    }

    #[test]
    fn nothing_put_in_becomes_an_option() {
        let variables = Variables::new([]);
        let target = Target { user: "--output=/tmp/x".to_owned(), ..Target::default() };
        for (template, is_refused) in [("%USERNAME%", true), ("%USERNAME%@db", true), ("--user=%USERNAME%", false)] {
            let filled = fill(template, Author::Guest, &variables, &target).map_err(|error| error.to_string());
            assert_eq!(filled.is_err_and(|text| text.contains("for an option")), is_refused, "{template}");
        }
    }

    #[test]
    fn what_is_unset_becomes_empty() {
        let variables = Variables::new([]);
        let filled = fill("[%HOSTNAME%|%PORT%|%USERNAME%]", Author::Guest, &variables, &Target::default());
        assert_eq!(filled.unwrap(), "[||]");
    }
}
