//! Reads assignments of literals in a Python file, and runs none of it. Whatever is more than a literal is told with its
//! line.
//!
//! Beyond literals, a few forms are understood because configs are full of them: names that were assigned before, `+`
//! between texts or lists, f-strings of such names, `os.path.join`, and references to an environment variable or to a
//! file, which stay references.

mod tokens;

use std::collections::BTreeMap;

use tokens::{Part, Placed, Token, tokens};

/// Brackets in brackets.
const DEEPEST: usize = 64;

/// What a name is assigned.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    None,
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    List(Vec<Value>),
    /// In the order of the file.
    Table(Vec<(String, Value)>),
    /// An environment variable, with what stands in its place where it is not set.
    Variable(String),
    /// What a file holds.
    File(String),
    /// More than a literal, at this line.
    Unreadable(usize),
}

/// An assignment at the file's outermost level.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Assignment {
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) value: Value,
}

/// What a file holds.
#[derive(Debug, Default)]
pub(super) struct Source {
    /// The last assignment of each name, in the order of the file.
    pub(super) assignments: Vec<Assignment>,
    /// Lines that are no assignment of a name, with the name that they are about where there is one.
    pub(super) others: Vec<(usize, Option<String>)>,
}

/// Reads a file's text.
pub(super) fn read(text: &str) -> Source {
    let tokens = tokens(text);
    let mut source = Source::default();
    let mut known = BTreeMap::new();
    for line in tokens.split(|placed| placed.token == Token::End) {
        let Some(first) = line.first() else { continue };
        let name = match &first.token {
            Token::Name(name) => Some(name.clone()),
            _ => None,
        };
        if matches!(name.as_deref(), Some("import" | "from" | "pass")) || is_remark(line) {
            continue;
        }
        let is_assignment = line.get(1).is_some_and(|placed| placed.token == Token::Sign('='));
        match name {
            Some(name) if is_assignment && !first.indented => {
                let value = Reader { tokens: &line[2..], at: 0, known: &known }.whole(first.line);
                known.insert(name.clone(), value.clone());
                source.assignments.retain(|other| other.name != name);
                source.assignments.push(Assignment { name, line: first.line, value });
            }
            name => source.others.push((first.line, name.filter(|_| is_assignment))),
        }
    }
    source
}

/// A text that stands alone: a comment by another name.
fn is_remark(line: &[Placed]) -> bool {
    line.iter().all(|placed| matches!(placed.token, Token::Text(_)))
}

struct Reader<'a> {
    tokens: &'a [Placed],
    at: usize,
    known: &'a BTreeMap<String, Value>,
}

impl Reader<'_> {
    /// The value of a whole line.
    fn whole(mut self, line: usize) -> Value {
        match self.sum(0) {
            Some(first) if self.is_sign(',') => {
                // A tuple without parentheses.
                let mut values = vec![first];
                while self.take_sign(',') && self.at < self.tokens.len() {
                    match self.sum(0) {
                        Some(value) => values.push(value),
                        None => return Value::Unreadable(line),
                    }
                }
                if self.at == self.tokens.len() { Value::List(values) } else { Value::Unreadable(line) }
            }
            Some(value) if self.at == self.tokens.len() => value,
            _ => Value::Unreadable(line),
        }
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|placed| &placed.token)
    }

    fn line(&self) -> usize {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(0, |placed| placed.line)
    }

    fn is_sign(&self, sign: char) -> bool {
        self.peek() == Some(&Token::Sign(sign))
    }

    fn take_sign(&mut self, sign: char) -> bool {
        let found = self.is_sign(sign);
        self.at += usize::from(found);
        found
    }

    fn take_name(&mut self, name: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Name(found)) if found == name);
        self.at += usize::from(found);
        found
    }

    fn sum(&mut self, depth: usize) -> Option<Value> {
        let mut sum = self.term(depth)?;
        while self.take_sign('+') {
            sum = match (sum, self.term(depth)?) {
                (Value::Text(left), Value::Text(right)) => Value::Text(left + &right),
                (Value::List(mut left), Value::List(right)) => {
                    left.extend(right);
                    Value::List(left)
                }
                _ => return None,
            };
        }
        Some(sum)
    }

    fn term(&mut self, depth: usize) -> Option<Value> {
        if depth > DEEPEST {
            return None;
        }
        let token = self.peek()?.clone();
        match token {
            Token::Text(_) | Token::Formatted(_) => self.text(),
            Token::Integer(number) => self.after(Value::Integer(number)),
            Token::Float(number) => self.after(Value::Float(number)),
            Token::Sign('-') => {
                self.at += 1;
                match self.term(depth + 1)? {
                    Value::Integer(number) => number.checked_neg().map(Value::Integer),
                    Value::Float(number) => Some(Value::Float(-number)),
                    _ => None,
                }
            }
            Token::Sign('[') => self.list(']', depth),
            Token::Sign('(') => self.parenthesised(depth),
            Token::Sign('{') => self.table(depth),
            Token::Name(name) => self.named(&name),
            _ => None,
        }
    }

    fn after(&mut self, value: Value) -> Option<Value> {
        self.at += 1;
        Some(value)
    }

    /// Texts that follow each other are one.
    fn text(&mut self) -> Option<Value> {
        let mut whole = String::new();
        loop {
            match self.peek().cloned() {
                Some(Token::Text(text)) => whole.push_str(&text),
                Some(Token::Formatted(parts)) => {
                    for part in parts {
                        whole.push_str(&match part {
                            Part::Text(text) => text,
                            Part::Name(name) => self.shown(&name)?,
                            Part::Expression => return None,
                        });
                    }
                }
                _ => return self.stripped(Value::Text(whole)),
            }
            self.at += 1;
        }
    }

    fn shown(&self, name: &str) -> Option<String> {
        match self.known.get(name)? {
            Value::Text(text) => Some(text.clone()),
            Value::Integer(number) => Some(number.to_string()),
            _ => None,
        }
    }

    fn parenthesised(&mut self, depth: usize) -> Option<Value> {
        let before = self.at;
        self.at += 1;
        if let Some(value) = self.sum(depth + 1)
            && self.take_sign(')')
        {
            return Some(value);
        }
        self.at = before;
        self.list(')', depth)
    }

    fn list(&mut self, close: char, depth: usize) -> Option<Value> {
        self.at += 1;
        let mut values = Vec::new();
        while !self.take_sign(close) {
            values.push(self.element(depth, close)?);
            if !self.take_sign(',') && !self.is_sign(close) {
                return None;
            }
        }
        Some(Value::List(values))
    }

    fn table(&mut self, depth: usize) -> Option<Value> {
        self.at += 1;
        let mut entries: Vec<(String, Value)> = Vec::new();
        let mut is_set = None;
        while !self.take_sign('}') {
            let key = self.element(depth, '}')?;
            let has_value = self.take_sign(':');
            if *is_set.get_or_insert(!has_value) == has_value {
                return None;
            }
            let key = match key {
                Value::Text(text) => text,
                Value::Integer(number) => number.to_string(),
                _ => return None,
            };
            let value = if has_value { self.element(depth, '}')? } else { Value::None };
            entries.retain(|(other, _)| *other != key);
            entries.push((key, value));
            if !self.take_sign(',') && !self.is_sign('}') {
                return None;
            }
        }
        if is_set == Some(true) {
            return Some(Value::List(entries.into_iter().map(|(key, _)| Value::Text(key)).collect()));
        }
        Some(Value::Table(entries))
    }

    /// A part of a list or table. One that is more than a literal does not spoil the others.
    fn element(&mut self, depth: usize, close: char) -> Option<Value> {
        let (before, line) = (self.at, self.line());
        if let Some(value) = self.sum(depth + 1)
            && [',', ':', close].iter().any(|sign| self.is_sign(*sign))
        {
            return Some(value);
        }
        self.at = before;
        let mut open = 0_usize;
        while let Some(token) = self.peek() {
            match token {
                Token::Sign('(' | '[' | '{') => open += 1,
                Token::Sign(',') if open == 0 => return Some(Value::Unreadable(line)),
                Token::Sign(')' | ']' | '}') if open == 0 => return Some(Value::Unreadable(line)),
                Token::Sign(')' | ']' | '}') => open -= 1,
                _ => {}
            }
            self.at += 1;
        }
        None
    }

    fn named(&mut self, name: &str) -> Option<Value> {
        self.at += 1;
        match name {
            "True" | "true" => Some(Value::Boolean(true)),
            "False" | "false" => Some(Value::Boolean(false)),
            "None" | "null" => Some(Value::None),
            "os" => self.of_os(),
            "getenv" => self.variable(),
            "open" => self.file(),
            _ if self.is_sign('(') || self.is_sign('.') || self.is_sign('[') => None,
            _ => self.known.get(name).cloned(),
        }
    }

    /// `os.environ[…]`, `os.environ.get(…)`, `os.getenv(…)`, `os.path.join(…)`.
    fn of_os(&mut self) -> Option<Value> {
        if !self.take_sign('.') {
            return None;
        }
        if self.take_name("getenv") {
            return self.variable();
        }
        if self.take_name("environ") {
            if self.is_sign('[') {
                let Some(Value::List(name)) = self.list(']', 0) else { return None };
                return self.reference(&name);
            }
            return (self.take_sign('.') && self.take_name("get")).then(|| self.variable())?;
        }
        let is_join = self.take_name("path") && self.take_sign('.') && self.take_name("join") && self.is_sign('(');
        if !is_join {
            return None;
        }
        let Some(Value::List(folders)) = self.list(')', 0) else { return None };
        let texts: Option<Vec<String>> = folders
            .into_iter()
            .map(|folder| match folder {
                Value::Text(text) => Some(text),
                _ => None,
            })
            .collect();
        Some(Value::Text(texts?.join("/")))
    }

    fn variable(&mut self) -> Option<Value> {
        if !self.is_sign('(') {
            return None;
        }
        let Some(Value::List(arguments)) = self.list(')', 0) else { return None };
        self.reference(&arguments)
    }

    fn reference(&mut self, arguments: &[Value]) -> Option<Value> {
        match arguments.first()? {
            Value::Text(name) => self.stripped(Value::Variable(name.clone())),
            _ => None,
        }
    }

    /// `open(…).read()`.
    fn file(&mut self) -> Option<Value> {
        if !self.is_sign('(') {
            return None;
        }
        let Some(Value::List(arguments)) = self.list(')', 0) else { return None };
        let Some(Value::Text(path)) = arguments.first() else { return None };
        let is_read = self.take_sign('.') && self.take_name("read") && self.take_sign('(') && self.take_sign(')');
        let value = Value::File(path.clone());
        if is_read { self.stripped(value) } else { None }
    }

    /// With `.strip()` behind it, which changes nothing that matters.
    fn stripped(&mut self, value: Value) -> Option<Value> {
        if !self.is_sign('.') {
            return Some(value);
        }
        self.at += 1;
        let is_strip =
            (self.take_name("strip") || self.take_name("rstrip")) && self.take_sign('(') && self.take_sign(')');
        let value = match value {
            Value::Text(text) => Value::Text(text.trim().to_owned()),
            other => other,
        };
        is_strip.then_some(value)
    }
}

#[cfg(test)]
mod tests;
