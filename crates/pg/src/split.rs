//! Cuts a script into statements as psql does (`psqlscan.l`), with `standard_conforming_strings` on.

use std::ops::Range;

/// A statement of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its bytes, without blanks and comments around it and without its semicolon.
    pub range: Range<usize>,
    /// Behind its semicolon.
    pub end: usize,
    /// What a server alone cannot do with it.
    pub special: Option<Special>,
}

/// A statement that needs more than a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Special {
    /// A command of psql: from a backslash to the next one or the end of the line.
    MetaCommand,
    /// `COPY … FROM STDIN`. Its data, down to a line with `\.`, belongs to no statement.
    CopyFromStdin,
}

/// Cuts `script` into its statements, in order. Empty statements are left out.
///
/// Semicolons inside quotes, comments, parentheses (`CREATE RULE`) and `BEGIN ATOMIC … END` don't cut. What is not
/// closed reaches to the end of the script. `\;` cuts as a semicolon does; in psql it would keep both parts in one
/// message.
///
/// `web/src/editor/statements.ts` does the same in the browser; `tests/split.json` holds both to it.
#[must_use]
pub fn split(script: &str) -> Vec<Statement> {
    let mut statements = Vec::new();
    let mut scanner = Scanner::new(script);
    let mut current = Current::default();
    while let Some(token) = scanner.next() {
        match token.kind {
            Kind::Blank => {}
            Kind::Semicolon if current.is_open() => current.extend(&token),
            Kind::Semicolon => {
                let is_copy = current.copy == Copy::FromStdin;
                finish(&mut statements, &mut current, token.range.end);
                if is_copy {
                    scanner.skip_copy_data();
                }
            }
            Kind::Backslash => {
                finish(&mut statements, &mut current, token.range.start);
                let end = token.range.end;
                statements.push(Statement { range: token.range, end, special: Some(Special::MetaCommand) });
            }
            Kind::Word => current.word(&script[token.range.clone()], &token),
            Kind::Open | Kind::Close | Kind::Other => current.other(&token),
        }
    }
    finish(&mut statements, &mut current, script.len());
    statements
}

/// The statement of `script` that a cursor at byte `offset` means: the one that it stands in, directly behind, or on
/// whose last line; otherwise the one that follows, or else the last one.
#[must_use]
pub fn statement_at(script: &str, statements: &[Statement], offset: usize) -> Option<usize> {
    let begun = statements.partition_point(|statement| statement.range.start <= offset);
    let Some(before) = begun.checked_sub(1) else { return (!statements.is_empty()).then_some(0) };
    let between = script.get(statements[before].end..offset).unwrap_or_default();
    Some(if between.contains('\n') && begun < statements.len() { begun } else { before })
}

/// The first word of a statement behind blanks and comments, or its first character where that is no word; empty where
/// there is nothing.
#[must_use]
pub fn first_keyword(statement: &str) -> &str {
    let mut scanner = Scanner::new(statement);
    while let Some(token) = scanner.next() {
        match token.kind {
            Kind::Blank => {}
            Kind::Word => return &statement[token.range],
            _ => {
                let first = statement[token.range.start..].chars().next().map_or(0, char::len_utf8);
                return &statement[token.range.start..token.range.start + first];
            }
        }
    }
    ""
}

fn finish(statements: &mut Vec<Statement>, current: &mut Current, end: usize) {
    let current = std::mem::take(current);
    if let Some(range) = current.range {
        let special = (current.copy == Copy::FromStdin).then_some(Special::CopyFromStdin);
        statements.push(Statement { range, end, special });
    }
}

/// What is known of the statement being read.
#[derive(Default)]
struct Current {
    range: Option<Range<usize>>,
    parentheses: usize,
    /// Open `BEGIN ATOMIC` and, within, `CASE`.
    blocks: usize,
    routine: Routine,
    /// A `BEGIN` that `ATOMIC` may follow.
    begin: bool,
    copy: Copy,
}

/// How far the statement has come as `CREATE [OR REPLACE] { FUNCTION | PROCEDURE }`.
#[derive(Default, PartialEq)]
enum Routine {
    #[default]
    Nothing,
    Create,
    Or,
    Replace,
    Body,
    No,
}

/// How far the statement has come as `COPY … FROM STDIN`.
#[derive(Default, PartialEq)]
enum Copy {
    #[default]
    Nothing,
    Begun,
    From,
    FromStdin,
    No,
}

impl Current {
    fn is_open(&self) -> bool {
        self.parentheses > 0 || self.blocks > 0
    }

    fn extend(&mut self, token: &Token) {
        let start = self.range.as_ref().map_or(token.range.start, |range| range.start);
        self.range = Some(start..token.range.end);
    }

    fn word(&mut self, word: &str, token: &Token) {
        self.extend(token);
        let is = |keyword: &str| word.eq_ignore_ascii_case(keyword);
        self.routine = match std::mem::take(&mut self.routine) {
            Routine::Nothing if is("create") => Routine::Create,
            Routine::Create if is("or") => Routine::Or,
            Routine::Or if is("replace") => Routine::Replace,
            Routine::Create | Routine::Replace if is("function") || is("procedure") => Routine::Body,
            Routine::Body => Routine::Body,
            _ => Routine::No,
        };
        if self.routine == Routine::Body && self.parentheses == 0 {
            if self.blocks == 0 {
                self.blocks = usize::from(self.begin && is("atomic"));
                self.begin = is("begin");
            } else if is("case") {
                self.blocks += 1;
            } else if is("end") {
                self.blocks -= 1;
            }
        }
        if self.parentheses == 0 {
            self.copy = match std::mem::take(&mut self.copy) {
                Copy::Nothing if is("copy") => Copy::Begun,
                Copy::Begun | Copy::From if is("from") => Copy::From,
                Copy::From if is("stdin") => Copy::FromStdin,
                Copy::Nothing => Copy::No,
                Copy::From => Copy::Begun,
                other => other,
            };
        }
    }

    fn other(&mut self, token: &Token) {
        self.extend(token);
        match token.kind {
            Kind::Open => self.parentheses += 1,
            Kind::Close => self.parentheses = self.parentheses.saturating_sub(1),
            _ => {}
        }
        self.begin = false;
        if self.routine == Routine::Nothing {
            self.routine = Routine::No;
        }
        self.copy = match std::mem::take(&mut self.copy) {
            Copy::Nothing => Copy::No,
            // A quoted name behind FROM: a file.
            Copy::From => Copy::Begun,
            other => other,
        };
    }
}

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
    Semicolon,
    Open,
    Close,
    /// A command of psql with its arguments.
    Backslash,
    /// A string, a quoted name, a number, an operator's character.
    Other,
}

pub(crate) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    pub(crate) fn next(&mut self) -> Option<Token> {
        let bytes = self.text.as_bytes();
        let start = self.at;
        let &first = bytes.get(start)?;
        let second = bytes.get(start + 1).copied();
        let (kind, end) = match (first, second) {
            _ if is_blank(first) => (Kind::Blank, start + 1),
            (b'-', Some(b'-')) => (Kind::Blank, self.end_of_line(start)),
            (b'/', Some(b'*')) => (Kind::Blank, self.end_of_comment(start)),
            (b';', _) => (Kind::Semicolon, start + 1),
            (b'(', _) => (Kind::Open, start + 1),
            (b')', _) => (Kind::Close, start + 1),
            (b'\\', Some(b';')) => (Kind::Semicolon, start + 2),
            (b'\\', Some(b':')) => (Kind::Other, start + 2),
            (b'\\', _) => return Some(self.command(start)),
            (b'\'', _) => (Kind::Other, self.end_of_quote(start + 1, b'\'')),
            (b'"', _) => (Kind::Other, self.end_of_quote(start + 1, b'"')),
            (b'e' | b'E', Some(b'\'')) => (Kind::Other, self.end_of_escape_string(start + 2)),
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

    /// Behind digits and points, and letters that hang on to them: in `1a$x$` no dollar quote begins.
    fn end_of_number(&self, start: usize) -> usize {
        let end = self.end_of_run(start, |byte| byte.is_ascii_digit() || byte == b'.');
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

    /// Behind a string with backslash escapes, with the strings on following lines that continue it.
    fn end_of_escape_string(&self, start: usize) -> usize {
        let bytes = self.text.as_bytes();
        let mut at = start;
        loop {
            match bytes.get(at) {
                None => return bytes.len(),
                // A backslash as the last byte has nothing to escape; an escaped character may be a long one.
                Some(b'\\') => at += 1 + self.text[at + 1..].chars().next().map_or(0, char::len_utf8),
                Some(b'\'') if bytes.get(at + 1) == Some(&b'\'') => at += 2,
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
        let mut scanner = Self { text: self.text, at };
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
            return self.end_of_number(start + 1);
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
    fn skip_copy_data(&mut self) {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(serde::Deserialize)]
    struct Vectors {
        split: Vec<(String, Vec<String>)>,
        cursor: Vec<(String, String)>,
    }

    fn vectors() -> Vectors {
        serde_json::from_str(include_str!("../tests/split.json")).expect("the vectors are readable")
    }

    #[test]
    fn statements_are_cut_where_psql_cuts_them() {
        for (script, expected) in vectors().split {
            let texts: Vec<_> = split(&script).into_iter().map(|statement| &script[statement.range]).collect();
            assert_eq!(texts, expected, "{script}");
        }
    }

    #[test]
    fn a_cursor_means_the_statement_beside_it() {
        for (marked, expected) in vectors().cursor {
            let offset = marked.find('|').expect("a cursor");
            let script = marked.replacen('|', "", 1);
            let statements = split(&script);
            let chosen = statement_at(&script, &statements, offset).map(|at| &script[statements[at].range.clone()]);
            assert_eq!(chosen, Some(expected.as_str()), "{marked}");
        }
        assert_eq!(statement_at("", &[], 0), None);
    }

    #[test]
    fn what_only_psql_can_do_is_marked() {
        let script = "select 1 \\gx\ncopy t (a) from stdin; a;b\n\\.\nselect 2";
        let special: Vec<_> = split(script).into_iter().map(|statement| statement.special).collect();
        assert_eq!(special, [None, Some(Special::MetaCommand), Some(Special::CopyFromStdin), None]);
    }

    #[test]
    fn the_first_keyword_is_found_behind_comments() {
        assert_eq!(first_keyword(" /* a */ -- b\n Select 1"), "Select");
        assert_eq!(first_keyword("(select 1)"), "(");
        assert_eq!(first_keyword("-- nothing"), "");
        assert_eq!(first_keyword("é"), "é");
    }

    proptest! {
        #[test]
        fn ranges_are_in_order_and_leave_nothing_out(
            pieces in proptest::collection::vec(
                proptest::sample::select(vec![
                    "'", "''", "\"", "$$", "$a$", "$", "$1", "e'", "E'\\", "\\", "/*", "*/", "--", "\n", " ", ";", ";",
                    "(", ")", "create ", "function ", "begin ", "atomic ", "case ", "end ", "copy ", "from ", "stdin",
                    "a", "é", "😀", "1", ".", "U&'", "\\.\n",
                ]),
                0..24,
            )
        ) {
            let script = pieces.concat();
            let statements = split(&script);
            let mut at = 0;
            for statement in &statements {
                prop_assert!(statement.range.start >= at && statement.range.end > statement.range.start);
                let text = &script[statement.range.clone()];
                // Each statement is one by itself.
                let alone: Vec<_> = split(text).into_iter().map(|statement| statement.range).collect();
                prop_assert_eq!(alone, vec![0..text.len()]);
                at = statement.range.end;
            }
            // What lies between is no statement, unless it is the data of a COPY or parts a command from SQL.
            if statements.iter().all(|statement| statement.special.is_none()) {
                let mut at = 0;
                for statement in &statements {
                    prop_assert!(split(&script[at..statement.range.start]).is_empty());
                    at = statement.range.end;
                }
                prop_assert!(split(&script[at..]).is_empty());
            }
        }
    }
}
