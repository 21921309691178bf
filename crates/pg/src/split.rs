//! Cuts a script into statements as psql does (`psqlscan.l`).
//!
//! A semicolon ends a statement unless it stands in a string, a quoted identifier, a comment, parentheses, or the
//! `BEGIN ATOMIC` body of an SQL-standard function.

use std::ops::Range;

/// A piece of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Where it stands, in bytes: from its first token to its last, without the semicolon and comments around it.
    pub range: Range<usize>,
    /// What keeps it from being sent as it is.
    pub special: Option<Special>,
}

/// Something that only psql can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Special {
    /// A psql meta-command: a backslash and all behind it on the line.
    MetaCommand,
    /// `COPY … FROM STDIN`, whose data would follow in the script.
    CopyFromStdin,
}

/// The statements of `script`, in order. Text without an end, such as an open string, belongs to the last one.
#[must_use]
pub fn split(script: &str) -> Vec<Statement> {
    let mut statements = Vec::new();
    let mut current = Current::default();
    for token in Tokens::new(script) {
        match token.kind {
            TokenKind::Symbol(b';') if current.is_outermost() => current.end(&mut statements),
            TokenKind::MetaCommand => {
                current.end(&mut statements);
                statements.push(Statement { range: token.range, special: Some(Special::MetaCommand) });
            }
            _ => current.take(&token, script),
        }
    }
    current.end(&mut statements);
    statements
}

/// The statement that a cursor at `byte` means: the last one that begins at or before it, else the first. `None` if
/// there is none at all.
#[must_use]
pub fn statement_at(statements: &[Statement], byte: usize) -> Option<usize> {
    let behind = statements.partition_point(|statement| statement.range.start <= byte);
    (!statements.is_empty()).then(|| behind.saturating_sub(1))
}

/// The first token of a statement if it is a word or a parenthesis, else nothing.
#[must_use]
pub fn first_keyword(statement: &str) -> &str {
    match Tokens::new(statement).next() {
        Some(Token { kind: TokenKind::Word | TokenKind::Symbol(b'('), range }) => &statement[range],
        _ => "",
    }
}

/// The statement being gathered.
#[derive(Default)]
struct Current {
    range: Option<Range<usize>>,
    parentheses: usize,
    blocks: usize,
    /// The first words, in lower case: they tell a function from everything else.
    words: Vec<String>,
    previous_word: String,
    copies_from_stdin: bool,
}

impl Current {
    fn is_outermost(&self) -> bool {
        self.parentheses == 0 && self.blocks == 0
    }

    fn take(&mut self, token: &Token, script: &str) {
        let start = self.range.as_ref().map_or(token.range.start, |range| range.start);
        self.range = Some(start..token.range.end);
        match token.kind {
            TokenKind::Symbol(b'(') => self.parentheses += 1,
            TokenKind::Symbol(b')') => self.parentheses = self.parentheses.saturating_sub(1),
            TokenKind::Word => self.word(&script[token.range.clone()]),
            _ => {}
        }
    }

    fn word(&mut self, text: &str) {
        let word = text.to_ascii_lowercase();
        if self.parentheses == 0 {
            if self.creates_routine() {
                match word.as_str() {
                    "begin" => self.blocks += 1,
                    // CASE … END inside a body.
                    "case" if self.blocks > 0 => self.blocks += 1,
                    "end" => self.blocks = self.blocks.saturating_sub(1),
                    _ => {}
                }
            }
            if word == "stdin" && self.previous_word == "from" && self.words.first().is_some_and(|first| first == "copy") {
                self.copies_from_stdin = true;
            }
        }
        if self.words.len() < 4 {
            self.words.push(word.clone());
        }
        self.previous_word = word;
    }

    fn creates_routine(&self) -> bool {
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        matches!(
            words.as_slice(),
            ["create", "function" | "procedure", ..] | ["create", "or", "replace", "function" | "procedure", ..]
        )
    }

    fn end(&mut self, statements: &mut Vec<Statement>) {
        let ended = std::mem::take(self);
        if let Some(range) = ended.range {
            let special = ended.copies_from_stdin.then_some(Special::CopyFromStdin);
            statements.push(Statement { range, special });
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TokenKind {
    /// A keyword or identifier without quotes.
    Word,
    /// A string, a quoted identifier or a number.
    Other,
    Symbol(u8),
    MetaCommand,
}

#[derive(Debug)]
struct Token {
    kind: TokenKind,
    range: Range<usize>,
}

/// The tokens of a text, without blanks and comments.
struct Tokens<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Tokens<'a> {
    fn new(text: &'a str) -> Self {
        Self { bytes: text.as_bytes(), at: 0 }
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn skip_blanks_and_comments(&mut self) {
        loop {
            match (self.peek(0), self.peek(1)) {
                (b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c, _) => self.at += 1,
                (b'-', b'-') => self.at = self.line_end(),
                (b'/', b'*') => self.skip_block_comment(),
                _ => return,
            }
        }
    }

    fn line_end(&self) -> usize {
        self.bytes[self.at..].iter().position(|&byte| byte == b'\n' || byte == b'\r').map_or(self.bytes.len(), |length| self.at + length)
    }

    /// Comments nest (manual, 4.1.5).
    fn skip_block_comment(&mut self) {
        let mut depth = 0_usize;
        while self.at < self.bytes.len() {
            match (self.peek(0), self.peek(1)) {
                (b'/', b'*') => {
                    depth += 1;
                    self.at += 2;
                }
                (b'*', b'/') => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        return;
                    }
                }
                _ => self.at += 1,
            }
        }
    }

    /// Past the closing `quote`; a doubled one, or in E'' strings one behind a backslash, does not close.
    fn skip_quoted(&mut self, quote: u8, backslash_escapes: bool) {
        self.at += 1;
        while self.at < self.bytes.len() {
            match self.peek(0) {
                b'\\' if backslash_escapes => self.at += 2,
                byte if byte == quote && self.peek(1) == quote => self.at += 2,
                byte if byte == quote => {
                    self.at += 1;
                    return;
                }
                _ => self.at += 1,
            }
        }
        self.at = self.bytes.len();
    }

    /// Past a dollar-quoted string, if one begins here.
    fn skip_dollar_quoted(&mut self) -> bool {
        let tag_end = self.bytes[self.at + 1..]
            .iter()
            .position(|&byte| !is_word_byte(byte) || byte == b'$')
            .map(|length| self.at + 1 + length)
            .filter(|&end| self.bytes[end] == b'$' && !self.peek(1).is_ascii_digit());
        let Some(tag_end) = tag_end else { return false };
        let delimiter = &self.bytes[self.at..=tag_end];
        let body = tag_end + 1;
        self.at = memchr::memmem::find(&self.bytes[body..], delimiter)
            .map_or(self.bytes.len(), |length| body + length + delimiter.len());
        true
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        self.skip_blanks_and_comments();
        let start = self.at;
        let kind = match *self.bytes.get(start)? {
            b'\'' => {
                self.skip_quoted(b'\'', false);
                TokenKind::Other
            }
            b'"' => {
                self.skip_quoted(b'"', false);
                TokenKind::Other
            }
            b'e' | b'E' if self.peek(1) == b'\'' => {
                self.at += 1;
                self.skip_quoted(b'\'', true);
                TokenKind::Other
            }
            b'$' if self.skip_dollar_quoted() => TokenKind::Other,
            b'\\' => {
                self.at = self.line_end();
                TokenKind::MetaCommand
            }
            first if is_word_start(first) => {
                while self.at < self.bytes.len() && is_word_byte(self.peek(0)) {
                    self.at += 1;
                }
                TokenKind::Word
            }
            first if first.is_ascii_digit() => {
                while self.at < self.bytes.len() && is_word_byte(self.peek(0)) {
                    self.at += 1;
                }
                TokenKind::Other
            }
            symbol => {
                self.at += 1;
                TokenKind::Symbol(symbol)
            }
        };
        Some(Token { kind, range: start..self.at.min(self.bytes.len()) })
    }
}

/// Letters, underscore, and all bytes of characters beyond ASCII (manual, 4.1.1).
fn is_word_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn is_word_byte(byte: u8) -> bool {
    is_word_start(byte) || byte.is_ascii_digit() || byte == b'$'
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(script: &str, expected: &[&str]) {
        let found: Vec<_> = split(script).into_iter().map(|statement| &script[statement.range]).collect();
        assert_eq!(found, expected, "{script}");
    }

    #[test]
    fn semicolons_end_statements_where_they_mean_to() {
        check("", &[]);
        check(" ; ;; -- x", &[]);
        check("select 1", &["select 1"]);
        check("select 1; select 2 ;", &["select 1", "select 2"]);
        check("/* a */ select 1 /* b */ -- c\n;\n-- d", &["select 1"]);
        check("select ';', \"a;b\", e'\\';', 'it''s;';x", &["select ';', \"a;b\", e'\\';', 'it''s;'", "x"]);
        check("select /* ; /* ; */ ; */ 1; 2", &["select /* ; /* ; */ ; */ 1", "2"]);
        check("do $$ begin; end $$; do $a$ ; $b$ ; $a$;", &["do $$ begin; end $$", "do $a$ ; $b$ ; $a$"]);
        check("select a$b$c;d$b$", &["select a$b$c", "d$b$"]);
        check("select $1; select 2$3", &["select $1", "select 2$3"]);
        check("create rule r as on insert to t do (select 1; select 2); x", &["create rule r as on insert to t do (select 1; select 2)", "x"]);
        check("select 'a\\'; select 'b'", &["select 'a\\'", "select 'b'"]);
        check("select 'open; x", &["select 'open; x"]);
        check("select typ'x;'; y", &["select typ'x;'", "y"]);
    }

    #[test]
    fn atomic_bodies_are_whole() {
        let body = "create function f() returns int language sql begin atomic select 1; select case when true then 2 end; end";
        check(&format!("{body}; select 3"), &[body, "select 3"]);
        let body = "create or replace procedure p() begin atomic insert into t values (1); end";
        check(&format!("{body};x"), &[body, "x"]);
        check("begin; select 1; end; select 2", &["begin", "select 1", "end", "select 2"]);
    }

    #[test]
    fn what_only_psql_does_is_marked() {
        let special = |script| split(script).into_iter().map(|statement| (statement.special, &script[statement.range])).collect::<Vec<_>>();
        assert_eq!(special("\\d t\nselect 1"), [(Some(Special::MetaCommand), "\\d t"), (None, "select 1")]);
        assert_eq!(special("select 1 \\gx"), [(None, "select 1"), (Some(Special::MetaCommand), "\\gx")]);
        assert_eq!(special("COPY t (a) FROM stdin with csv;"), [(Some(Special::CopyFromStdin), "COPY t (a) FROM stdin with csv")]);
        assert_eq!(special("copy t to stdout")[0].0, None);
        assert_eq!(special("select * from stdin")[0].0, None);
    }

    #[test]
    fn the_cursor_means_the_statement_it_is_in_or_behind() {
        let statements = split("select 1;\n\nselect 2;");
        let at = |byte| statement_at(&statements, byte);
        assert_eq!([at(0), at(8), at(9), at(11), at(40)], [Some(0), Some(0), Some(0), Some(1), Some(1)]);
        assert_eq!(statement_at(&split("  "), 1), None);
        assert_eq!(statement_at(&split("  select 1"), 0), Some(0));
    }

    #[test]
    fn the_first_keyword_is_found_behind_comments() {
        assert_eq!(first_keyword("/* x */ Select 1"), "Select");
        assert_eq!(first_keyword("(select 1)"), "(");
        assert_eq!(first_keyword("'x'"), "");
    }

    proptest! {
        #[test]
        fn any_text_is_cut_in_order_and_at_characters(script in "[a-eE$;'\"/*() \\\\\\n-]{0,60}|\\PC{0,40}") {
            let mut end = 0;
            for statement in split(&script) {
                prop_assert!(statement.range.start >= end && !statement.range.is_empty());
                prop_assert!(script.get(statement.range.clone()).is_some());
                end = statement.range.end;
            }
        }

        #[test]
        fn statements_joined_by_semicolons_come_apart_again(parts in prop::collection::vec("(select|x|'a;b'|\\$\\$;\\$\\$|\\(;\\)|\"c;\"|e'\\\\';')( (y|1|'z'))?", 1..8)) {
            let script = parts.join(";\n");
            let found: Vec<_> = split(&script).into_iter().map(|statement| script[statement.range].to_owned()).collect();
            prop_assert_eq!(found, parts);
        }
    }
}
