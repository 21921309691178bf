//! Statements, one behind the other, as a text that psql or a query tab runs.

use std::fmt;

use super::Form;

/// What a script of a whole database begins with: nothing that is set in the session shall change what it makes.
const SETTINGS: [&str; 9] = [
    "SET client_encoding = 'UTF8'",
    "SET standard_conforming_strings = on",
    "SET check_function_bodies = false",
    "SET client_min_messages = warning",
    "SET xmloption = content",
    "SET row_security = off",
    "SET default_tablespace = ''",
    "SET default_table_access_method = heap",
    "SELECT pg_catalog.set_config('search_path', '', false)",
];

/// Statements in the order in which they run. Its `Display` is their text: each with its semicolon, with an empty line
/// between objects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Script {
    statements: Vec<String>,
    /// Behind how many statements an object ends.
    ends: Vec<usize>,
    forms: Vec<Form>,
}

impl Script {
    /// An empty script of what has these forms.
    pub(super) fn of(forms: Vec<Form>) -> Self {
        Self { forms, ..Self::default() }
    }

    /// A script that first makes the session such that the rest means the same everywhere.
    pub(super) fn begin() -> Self {
        let mut script =
            Self { statements: SETTINGS.map(str::to_owned).into(), forms: vec![Form::Create], ..Self::default() };
        script.end_object();
        script
    }

    pub(super) fn add<'a>(&mut self, statements: impl Iterator<Item = &'a str>) {
        self.statements.extend(statements.map(str::to_owned));
    }

    pub(super) fn end_object(&mut self) {
        if self.ends.last() != Some(&self.statements.len()) {
            self.ends.push(self.statements.len());
        }
    }

    /// The forms that there are of what it is about.
    #[must_use]
    pub fn forms(&self) -> &[Form] {
        &self.forms
    }

    /// Its statements and comments, without semicolons.
    pub fn statements(&self) -> impl Iterator<Item = &str> {
        self.statements.iter().map(String::as_str)
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut ends = self.ends.iter().peekable();
        for (place, statement) in self.statements.iter().enumerate() {
            if ends.next_if(|end| **end == place).is_some() && place > 0 {
                writeln!(f)?;
            }
            let semicolon = if statement.starts_with("--") { "" } else { ";" };
            writeln!(f, "{statement}{semicolon}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Script;

    #[test]
    fn objects_stand_apart_and_comments_have_no_semicolon() {
        let mut script = Script::default();
        script.end_object();
        script.add(["CREATE TABLE a ()", "-- b"].into_iter());
        script.end_object();
        script.end_object();
        script.add(["DROP TABLE a"].into_iter());
        assert_eq!(script.to_string(), "CREATE TABLE a ();\n-- b\n\nDROP TABLE a;\n");
        assert_eq!(script.statements().count(), 3);
    }
}
