//! Gathers the names of objects behind a command's words, as they are written.

/// Names of which a person is told.
const MOST: usize = 20;

/// How far the names have come.
#[derive(Debug, Default)]
pub(super) struct Names {
    found: Vec<String>,
    state: State,
}

#[derive(Debug, Default, PartialEq)]
enum State {
    /// No name is expected.
    #[default]
    Off,
    /// The next word is a name, or the first part of one.
    Begin,
    /// Behind a dot.
    Part,
    /// Behind a part.
    Behind,
}

/// Words between a command and its names. Most are reserved, or seldom names without quotes.
const BETWEEN: [&str; 29] = [
    "table",
    "only",
    "if",
    "exists",
    "concurrently",
    "materialized",
    "foreign",
    "view",
    "index",
    "sequence",
    "schema",
    "database",
    "type",
    "function",
    "procedure",
    "routine",
    "aggregate",
    "role",
    "user",
    "group",
    "extension",
    "domain",
    "publication",
    "subscription",
    "tablespace",
    "trigger",
    "policy",
    "owned",
    "by",
];

impl Names {
    /// Names come now.
    pub(super) fn begin(&mut self) {
        if self.found.is_empty() && self.state == State::Off {
            self.state = State::Begin;
        }
    }

    /// A word or a quoted name.
    pub(super) fn word(&mut self, text: &str) {
        match self.state {
            State::Off => {}
            State::Begin if BETWEEN.iter().any(|word| text.eq_ignore_ascii_case(word)) => {}
            State::Begin if self.found.len() == MOST => self.state = State::Off,
            State::Begin => {
                self.found.push(text.to_owned());
                self.state = State::Behind;
            }
            State::Part => {
                if let Some(name) = self.found.last_mut() {
                    name.push('.');
                    name.push_str(text);
                }
                self.state = State::Behind;
            }
            State::Behind => match self.found.last_mut() {
                // A doubled quote within a name makes it two tokens.
                Some(name) if text.starts_with('"') && name.ends_with('"') => name.push_str(text),
                _ => self.state = State::Off,
            },
        }
    }

    /// Any other token.
    pub(super) fn other(&mut self, text: &str) {
        self.state = match (text, &self.state) {
            (".", State::Behind) => State::Part,
            (",", State::Behind) => State::Begin,
            // `UPDATE t *`, with its descendants.
            ("*", State::Behind) => State::Behind,
            _ => State::Off,
        };
    }

    pub(super) fn into_found(self) -> Vec<String> {
        self.found
    }
}
