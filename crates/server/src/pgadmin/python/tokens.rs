//! Cuts a Python file into what assignments of literals need, with the line of each piece.

/// A piece of a Python file.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A name or a keyword.
    Name(String),
    /// A text, its escapes resolved.
    Text(String),
    /// An f-string: parts that are text, and names between braces.
    Formatted(Vec<Part>),
    /// A whole number.
    Integer(i64),
    /// Another number.
    Float(f64),
    /// An operator or a bracket.
    Sign(char),
    /// Something that no literal holds, such as `==`.
    Other,
    /// The end of a logical line.
    End,
}

/// A part of an f-string.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Part {
    /// As it stands.
    Text(String),
    /// What the name stands for.
    Name(String),
    /// More than a name.
    Expression,
}

/// A token and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub(super) token: Token,
    /// From 1.
    pub(super) line: usize,
    /// Whether its line begins with blanks: it belongs to an `if`, a `def` or the like.
    pub(super) indented: bool,
}

/// Cuts the whole file. What cannot be a token is [`Token::Other`]; nothing fails.
pub(super) fn tokens(source: &str) -> Vec<Placed> {
    let mut lexer = Lexer { rest: source, line: 1, depth: 0, indented: false, placed: Vec::new() };
    lexer.begin_line();
    while lexer.step() {}
    lexer.place(Token::End);
    lexer.placed
}

struct Lexer<'a> {
    rest: &'a str,
    line: usize,
    depth: usize,
    indented: bool,
    placed: Vec<Placed>,
}

impl Lexer<'_> {
    fn step(&mut self) -> bool {
        let Some(first) = self.rest.chars().next() else { return false };
        match first {
            '\n' => {
                if self.depth == 0 {
                    self.place(Token::End);
                }
                self.advance(1);
                self.line += 1;
                if self.depth == 0 {
                    self.begin_line();
                }
            }
            '\\' if self.rest.starts_with("\\\n") || self.rest.starts_with("\\\r\n") => {
                let end = self.rest.find('\n').unwrap_or_default();
                self.advance(end + 1);
                self.line += 1;
            }
            '#' => self.advance(self.rest.find('\n').unwrap_or(self.rest.len())),
            _ if first.is_whitespace() || first == '\u{feff}' => self.advance(first.len_utf8()),
            _ if first.is_alphabetic() || first == '_' => self.name_or_text(),
            '"' | '\'' => self.text(""),
            _ if first.is_ascii_digit() => self.number(),
            _ => self.sign(first),
        }
        true
    }

    fn begin_line(&mut self) {
        self.indented = self.rest.starts_with([' ', '\t']);
    }

    fn advance(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
    }

    fn place(&mut self, token: Token) {
        self.placed.push(Placed { token, line: self.line, indented: self.indented });
    }

    fn name_or_text(&mut self) {
        let end = self.rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(self.rest.len());
        let (name, after) = self.rest.split_at(end);
        let is_prefix = name.len() <= 2 && name.chars().all(|letter| "rRbBuUfF".contains(letter));
        if is_prefix && after.starts_with(['"', '\'']) {
            let prefix = name.to_lowercase();
            self.advance(end);
            return self.text(&prefix);
        }
        self.place(Token::Name(name.to_owned()));
        self.advance(end);
    }

    fn text(&mut self, prefix: &str) {
        let quote = if self.rest.starts_with("\"\"\"") || self.rest.starts_with("'''") { 3 } else { 1 };
        let mark = &self.rest[..quote];
        let body = &self.rest[quote..];
        let Some((raw, whole)) = text_until(body, mark) else {
            // It never ends: the rest of the line is lost.
            self.place(Token::Other);
            return self.advance(self.rest.find('\n').unwrap_or(self.rest.len()));
        };
        let (raw, lines) = (raw.to_owned(), raw.matches('\n').count());
        let token = if prefix.contains('b') {
            Token::Other
        } else if prefix.contains('f') {
            Token::Formatted(parts(&raw, prefix.contains('r')))
        } else if prefix.contains('r') {
            Token::Text(raw)
        } else {
            Token::Text(unescape(&raw))
        };
        self.place(token);
        self.advance(quote + whole);
        self.line += lines;
    }

    fn number(&mut self) {
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '.' || letter == '_';
        let end = self.rest.find(|letter| !is_part(letter)).unwrap_or(self.rest.len());
        let digits = self.rest[..end].replace('_', "");
        let token = match digits.parse() {
            Ok(number) => Token::Integer(number),
            Err(_) => digits.parse().map_or(Token::Other, Token::Float),
        };
        self.place(token);
        self.advance(end);
    }

    fn sign(&mut self, first: char) {
        match first {
            '(' | '[' | '{' => self.depth += 1,
            ')' | ']' | '}' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        let doubled = ["==", "!=", "<=", ">=", "**", "//", ":=", "->", "+="];
        if doubled.iter().any(|sign| self.rest.starts_with(sign)) {
            self.place(Token::Other);
            return self.advance(2);
        }
        let known = "()[]{},:=+-.".contains(first);
        self.place(if known { Token::Sign(first) } else { Token::Other });
        self.advance(first.len_utf8());
    }
}

/// The text before the closing mark, and the bytes with the mark. `None` where it is not closed.
fn text_until<'a>(body: &'a str, mark: &str) -> Option<(&'a str, usize)> {
    let mut at = 0;
    while at < body.len() {
        let rest = &body[at..];
        if rest.starts_with(mark) {
            return Some((&body[..at], at + mark.len()));
        }
        let mut letters = rest.chars();
        let letter = letters.next()?;
        if letter == '\n' && mark.len() == 1 {
            return None;
        }
        at += letter.len_utf8();
        if letter == '\\' {
            at += letters.next()?.len_utf8();
        }
    }
    None
}

fn unescape(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut letters = raw.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            text.push(letter);
            continue;
        }
        match letters.next() {
            Some('n') => text.push('\n'),
            Some('t') => text.push('\t'),
            Some('r') => text.push('\r'),
            Some('0') => text.push('\0'),
            Some('\n') | None => {}
            Some(kind @ ('x' | 'u' | 'U')) => {
                let length = match kind {
                    'x' => 2,
                    'u' => 4,
                    _ => 8,
                };
                let digits: String = letters.by_ref().take(length).collect();
                text.push(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32).unwrap_or('\u{fffd}'));
            }
            Some(other) => {
                if !"\\'\"".contains(other) {
                    text.push('\\');
                }
                text.push(other);
            }
        }
    }
    text
}

fn parts(raw: &str, is_raw: bool) -> Vec<Part> {
    let text = |part: &str| Part::Text(if is_raw { part.to_owned() } else { unescape(part) });
    let mut parts = Vec::new();
    let mut rest = raw;
    while let Some(open) = rest.find(['{', '}']) {
        let after = &rest[open + 1..];
        if after.starts_with(&rest[open..=open]) {
            // A doubled brace is one.
            parts.push(text(&rest[..=open]));
            rest = &after[1..];
            continue;
        }
        parts.push(text(&rest[..open]));
        let Some(close) = after.find('}') else {
            parts.push(Part::Expression);
            return parts;
        };
        let name = after[..close].trim();
        let is_name = name.chars().all(|letter| letter.is_alphanumeric() || letter == '_') && !name.is_empty();
        parts.push(if is_name { Part::Name(name.to_owned()) } else { Part::Expression });
        rest = &after[close + 1..];
    }
    parts.push(text(rest));
    parts
}
