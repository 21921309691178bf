//! PostgreSQL's lexical rules and psql's commands, as far as they show where statements begin and end.

use std::ops::Range;

use super::Strings;

/// A token of SQL.
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) range: Range<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// White space or a comment.
    Blank,
    Word,
    /// The name of a variable of psql, close behind its colon.
    Variable,
    Semicolon,
    Open,
    Close,
    /// A command of psql with its arguments.
    Backslash,
    /// A string, a quoted name, a number, an operator's character.
    Other,
}

/// What may stand in a string.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    /// Characters that a backslash escapes, and doubled quotes.
    Escapes,
    /// Doubled quotes.
    Letters,
    /// Not even these.
    Bits,
}

pub(crate) struct Scanner<'a> {
    text: &'a str,
    strings: Strings,
    at: usize,
    /// A lone colon was the last token: what follows closely is a variable's name, which has no dollar in it.
    colon: bool,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(text: &'a str, strings: Strings) -> Self {
        Self { text, strings, at: 0, colon: false }
    }

    pub(crate) fn next(&mut self) -> Option<Token> {
        let bytes = self.text.as_bytes();
        let start = self.at;
        let &first = bytes.get(start)?;
        let second = bytes.get(start + 1).copied();
        let behind_colon = std::mem::replace(&mut self.colon, first == b':' && second != Some(b':'));
        let (kind, end) = match (first, second) {
            (b'0'..=b'9', _) if behind_colon => (Kind::Other, self.end_of_run(start, is_word)),
            _ if behind_colon && begins_word(first) => (Kind::Variable, self.end_of_run(start, is_word)),
            _ if is_blank(first) => (Kind::Blank, start + 1),
            (b'-', Some(b'-')) => (Kind::Blank, self.end_of_line(start)),
            (b'/', Some(b'*')) => (Kind::Blank, self.end_of_comment(start)),
            (b';', _) => (Kind::Semicolon, start + 1),
            (b'(', _) => (Kind::Open, start + 1),
            (b')', _) => (Kind::Close, start + 1),
            (b'\\', Some(b';')) => (Kind::Semicolon, start + 2),
            (b'\\', Some(b':')) => (Kind::Other, start + 2),
            (b'\\', _) => return Some(self.command(start)),
            (b':', Some(b':')) => (Kind::Other, start + 2),
            (b'\'', _) if self.strings == Strings::Escaping => {
                (Kind::Other, self.end_of_string(start + 1, Inside::Escapes))
            }
            (b'\'', _) => (Kind::Other, self.end_of_quote(start + 1, b'\'')),
            (b'"', _) => (Kind::Other, self.end_of_quote(start + 1, b'"')),
            (b'e' | b'E', Some(b'\'')) => (Kind::Other, self.end_of_string(start + 2, Inside::Escapes)),
            // Backslashes mean nothing in these under either setting.
            (b'b' | b'B' | b'x' | b'X', Some(b'\'')) => (Kind::Other, self.end_of_string(start + 2, Inside::Bits)),
            (b'u' | b'U', Some(b'&')) if bytes.get(start + 2) == Some(&b'\'') => {
                (Kind::Other, self.end_of_string(start + 3, Inside::Letters))
            }
            // What a string or a quoted name begins with is no word.
            (b'n' | b'N', Some(b'\'')) | (b'u' | b'U', Some(b'&')) => (Kind::Other, start + 1),
            (b'$', _) => (Kind::Other, self.end_of_dollar(start)),
            (b'0'..=b'9', _) => (Kind::Other, self.end_of_number(start)),
            _ if begins_word(first) => (Kind::Word, self.end_of_word(start)),
            _ => (Kind::Other, start + 1),
        };
        self.at = end;
        Some(Token { kind, range: start..end })
    }

    fn end_of_run(&self, start: usize, belongs: impl Fn(u8) -> bool) -> usize {
        let rest = &self.text.as_bytes()[start..];
        start + rest.iter().position(|byte| !belongs(*byte)).unwrap_or(rest.len())
    }

    fn end_of_word(&self, start: usize) -> usize {
        self.end_of_run(start, |byte| is_word(byte) || byte == b'$')
    }

    /// Behind a number with letters that hang on to it: in `1a$x$` no dollar quote begins, and in `1e--` no comment.
    fn end_of_number(&self, start: usize) -> usize {
        let bytes = self.text.as_bytes();
        let mut end = self.end_of_run(start, |byte| byte.is_ascii_digit());
        if bytes.get(end) == Some(&b'.') && bytes.get(end + 1) != Some(&b'.') {
            end = self.end_of_run(end + 1, |byte| byte.is_ascii_digit());
        }
        if matches!(bytes.get(end..end + 2), Some([b'e' | b'E', b'+' | b'-'])) {
            let exponent = end + 2;
            end = self.end_of_run(exponent, |byte| byte.is_ascii_digit());
            if end == exponent {
                return end;
            }
        }
        self.end_of_letters(end)
    }

    /// Behind what hangs on to a number that ends at `end`.
    fn end_of_letters(&self, end: usize) -> usize {
        let hangs_on = self.text.as_bytes().get(end).is_some_and(|byte| begins_word(*byte));
        if hangs_on { self.end_of_word(end) } else { end }
    }

    fn end_of_line(&self, start: usize) -> usize {
        self.end_of_run(start, |byte| byte != b'\n' && byte != b'\r')
    }

    /// A command of psql: its name, and arguments up to the next backslash or the end of the line. `\\\\` parts it from
    /// SQL that follows. Some commands take whole lines.
    fn command(&mut self, start: usize) -> Token {
        let bytes = self.text.as_bytes();
        let line_end = self.end_of_line(start);
        let name_end = self.end_of_run(start + 1, |byte| !is_blank(byte) && byte != b'\\');
        let takes_line = bytes[start + 1..].starts_with(b"!") || &bytes[start + 1..name_end] == b"copy";
        let mut end = if takes_line { line_end } else { name_end };
        while end < line_end && bytes[end] != b'\\' {
            end = match bytes[end] {
                quote @ (b'\'' | b'"' | b'`') => self.end_of_argument(end + 1, quote, line_end),
                _ => end + 1,
            };
        }
        let separator = if bytes[end..].starts_with(b"\\\\") { 2 } else { 0 };
        self.at = end + separator;
        let text = &bytes[start..end];
        let length = text.len() - text.iter().rev().take_while(|byte| is_blank(**byte)).count();
        Token { kind: Kind::Backslash, range: start..start + length }
    }

    /// Behind a quoted argument, or at the end of its line; in single quotes a backslash escapes.
    fn end_of_argument(&self, start: usize, quote: u8, line_end: usize) -> usize {
        let bytes = self.text.as_bytes();
        let mut at = start;
        while at < line_end {
            match bytes[at] {
                b'\\' if quote == b'\'' => at += 2,
                byte if byte == quote => return at + 1,
                _ => at += 1,
            }
        }
        line_end
    }

    /// Comments nest.
    fn end_of_comment(&self, start: usize) -> usize {
        let bytes = self.text.as_bytes();
        let (mut at, mut depth) = (start + 2, 1);
        while depth > 0 {
            match bytes.get(at..at + 2) {
                Some(b"/*") => (depth, at) = (depth + 1, at + 2),
                Some(b"*/") => (depth, at) = (depth - 1, at + 2),
                Some(_) => at += 1,
                None => return bytes.len(),
            }
        }
        at
    }

    /// A doubled quote ends and begins again, which comes to the same.
    fn end_of_quote(&self, start: usize, quote: u8) -> usize {
        let rest = &self.text.as_bytes()[start..];
        memchr::memchr(quote, rest).map_or(self.text.len(), |length| start + length + 1)
    }

    /// Behind a string, with the strings on following lines that continue it.
    fn end_of_string(&self, start: usize, inside: Inside) -> usize {
        let bytes = self.text.as_bytes();
        let mut at = start;
        loop {
            match bytes.get(at) {
                None => return bytes.len(),
                // A backslash as the last byte has nothing to escape; an escaped character may be a long one.
                Some(b'\\') if inside == Inside::Escapes => {
                    at += 1 + self.text[at + 1..].chars().next().map_or(0, char::len_utf8)
                }
                Some(b'\'') if inside != Inside::Bits && bytes.get(at + 1) == Some(&b'\'') => at += 2,
                Some(b'\'') => match self.continuation(at + 1) {
                    Some(next) => at = next,
                    None => return at + 1,
                },
                Some(_) => at += 1,
            }
        }
    }

    /// Behind the quote that goes on with a string that ended at `at`: one on a later line (manual, 4.1.2.1).
    fn continuation(&self, at: usize) -> Option<usize> {
        let mut scanner = Self { text: self.text, strings: self.strings, at, colon: false };
        let mut newline = false;
        loop {
            let here = scanner.at;
            let bytes = self.text.as_bytes();
            match bytes.get(here)? {
                b'\'' => return newline.then_some(here + 1),
                b'\n' | b'\r' => newline = true,
                b' ' | b'\t' | 0x0b | 0x0c => {}
                b'-' if bytes.get(here + 1) == Some(&b'-') => {}
                _ => return None,
            }
            scanner.next()?;
        }
    }

    /// Behind a dollar quote, a parameter, or a lone `$`.
    fn end_of_dollar(&self, start: usize) -> usize {
        let bytes = self.text.as_bytes();
        if bytes.get(start + 1).is_some_and(u8::is_ascii_digit) {
            return self.end_of_letters(self.end_of_run(start + 1, |byte| byte.is_ascii_digit()));
        }
        let tag_end = match bytes.get(start + 1) {
            Some(byte) if begins_word(*byte) => self.end_of_run(start + 1, is_word),
            _ => start + 1,
        };
        if bytes.get(tag_end) != Some(&b'$') {
            return start + 1;
        }
        let tag = &bytes[start..=tag_end];
        let found = memchr::memmem::find(&bytes[tag_end + 1..], tag);
        found.map_or(bytes.len(), |length| tag_end + 1 + length + tag.len())
    }

    /// Skips the lines behind a `COPY … FROM STDIN` that are its data: those down to a line with `\.`, if there is one.
    pub(crate) fn skip_copy_data(&mut self) {
        let rest = &self.text[self.at..];
        let mut length = 0;
        for line in rest.split_inclusive('\n') {
            length += line.len();
            if line.trim_end() == "\\." {
                self.at += length;
                return;
            }
        }
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

fn begins_word(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn is_word(byte: u8) -> bool {
    begins_word(byte) || byte.is_ascii_digit()
}
