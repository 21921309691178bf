//! Cuts a script into statements as psql does (`psqlscan.l`).

mod scanner;

use std::ops::Range;

pub(crate) use scanner::{Kind, Scanner, Token};

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

/// What a backslash is in a string that says nothing of it itself, such as `'a\b'`: PostgreSQL's
/// `standard_conforming_strings`, which a session reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strings {
    /// Itself: the setting is on, as it is by default, and always from PostgreSQL 19 on.
    #[default]
    Standard,
    /// It escapes what follows, as in `E'…'`: the setting is off.
    Escaping,
}

/// Cuts `script` into its statements, in order. Empty statements are left out.
///
/// Semicolons inside quotes, comments, parentheses (`CREATE RULE`) and the body of an SQL function (`BEGIN ATOMIC … END`)
/// don't cut. As psql, it takes each `BEGIN` outside of parentheses in a CREATE FUNCTION or PROCEDURE for the beginning of
/// such a body. What is not closed reaches to the end of the script.
///
/// It is otherwise than psql in two things. `\;` cuts as a semicolon does; psql would keep both parts in one message. And
/// `E'a'` goes on with a string on a later line, as PostgreSQL has it; psql does not see that, since it reads line by
/// line.
///
/// `web/src/editor/statements.ts` does the same in the browser; `tests/split.json` holds both to it.
#[must_use]
pub fn split(script: &str, strings: Strings) -> Vec<Statement> {
    let mut statements = Vec::new();
    let mut scanner = Scanner::new(script, strings);
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
            Kind::Variable | Kind::Open | Kind::Close | Kind::Other => current.other(&token),
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
    // What stands in front of it is no string.
    let mut scanner = Scanner::new(statement, Strings::Standard);
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

/// The bytes of a DO's code, between its quotes; `None` of every other statement.
#[must_use]
pub fn code_of_do(statement: &str, strings: Strings) -> Option<Range<usize>> {
    if !first_keyword(statement).eq_ignore_ascii_case("do") {
        return None;
    }
    let mut scanner = Scanner::new(statement, strings);
    while let Some(Token { kind, range }) = scanner.next() {
        let text = &statement[range.clone()];
        let quote = match kind {
            Kind::Blank | Kind::Word => continue,
            Kind::Other if text.starts_with('\'') => 1,
            Kind::Other if text.starts_with('$') => text[1..].find('$')? + 2,
            _ => return None,
        };
        let code = text[quote..].strip_suffix(&text[..quote]).unwrap_or(&text[quote..]);
        return Some(range.start + quote..range.start + quote + code.len());
    }
    None
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
    /// Open `BEGIN` of a routine's body and, within, `CASE`.
    blocks: usize,
    routine: Routine,
    copy: Copy,
}

/// How far the statement has come as `CREATE [OR REPLACE] { FUNCTION | PROCEDURE }`. Only words count.
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
            if is("begin") || (is("case") && self.blocks > 0) {
                self.blocks += 1;
            } else if is("end") {
                self.blocks = self.blocks.saturating_sub(1);
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
        self.copy = match std::mem::take(&mut self.copy) {
            Copy::Nothing => Copy::No,
            // A quoted name behind FROM: a file.
            Copy::From => Copy::Begun,
            other => other,
        };
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(serde::Deserialize)]
    struct Vectors {
        split: Vec<(String, Vec<String>)>,
        /// With `standard_conforming_strings` off.
        split_escaping: Vec<(String, Vec<String>)>,
        cursor: Vec<(String, String)>,
    }

    fn vectors() -> Vectors {
        serde_json::from_str(include_str!("../tests/split.json")).expect("the vectors are readable")
    }

    #[test]
    fn statements_are_cut_where_psql_cuts_them() {
        let vectors = vectors();
        for (strings, list) in [(Strings::Standard, vectors.split), (Strings::Escaping, vectors.split_escaping)] {
            for (script, expected) in list {
                let statements = split(&script, strings).into_iter();
                let texts: Vec<_> = statements.map(|statement| &script[statement.range]).collect();
                assert_eq!(texts, expected, "{script} {strings:?}");
            }
        }
    }

    #[test]
    fn a_cursor_means_the_statement_beside_it() {
        for (marked, expected) in vectors().cursor {
            let offset = marked.find('|').expect("a cursor");
            let script = marked.replacen('|', "", 1);
            let statements = split(&script, Strings::Standard);
            let chosen = statement_at(&script, &statements, offset).map(|at| &script[statements[at].range.clone()]);
            assert_eq!(chosen, Some(expected.as_str()), "{marked}");
        }
        assert_eq!(statement_at("", &[], 0), None);
    }

    #[test]
    fn what_only_psql_can_do_is_marked() {
        let script = "select 1 \\gx\ncopy t (a) from stdin; a;b\n\\.\nselect 2";
        let special: Vec<_> = split(script, Strings::Standard).into_iter().map(|statement| statement.special).collect();
        assert_eq!(special, [None, Some(Special::MetaCommand), Some(Special::CopyFromStdin), None]);
    }

    #[test]
    fn the_first_keyword_is_found_behind_comments() {
        assert_eq!(first_keyword(" /* a */ -- b\n Select 1"), "Select");
        assert_eq!(first_keyword("(select 1)"), "(");
        assert_eq!(first_keyword("-- nothing"), "");
        assert_eq!(first_keyword("é"), "é");
    }

    #[test]
    fn the_code_of_a_do_is_found() {
        let code = |sql: &'static str| code_of_do(sql, Strings::Standard).map(|range| &sql[range]);
        assert_eq!(code("do $$ begin $$"), Some(" begin "));
        assert_eq!(code("/* a */ DO language plpgsql $a$x$a$"), Some("x"));
        assert_eq!(code("do 'x'"), Some("x"));
        assert_eq!(code("do $$ begin"), Some(" begin"));
        assert_eq!(code("create function f() returns int as $$ x $$ language sql"), None);
        assert_eq!(code("do"), None);
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
            ),
            strings in proptest::sample::select(vec![Strings::Standard, Strings::Escaping]),
        ) {
            let script = pieces.concat();
            let statements = split(&script, strings);
            let mut at = 0;
            for statement in &statements {
                prop_assert!(statement.range.start >= at && statement.range.end > statement.range.start);
                let text = &script[statement.range.clone()];
                // Each statement is one by itself.
                let alone: Vec<_> = split(text, strings).into_iter().map(|statement| statement.range).collect();
                prop_assert_eq!(alone, vec![0..text.len()]);
                at = statement.range.end;
            }
            // What lies between is no statement, unless it is the data of a COPY or parts a command from SQL.
            if statements.iter().all(|statement| statement.special.is_none()) {
                let mut at = 0;
                for statement in &statements {
                    prop_assert!(split(&script[at..statement.range.start], strings).is_empty());
                    at = statement.range.end;
                }
                prop_assert!(split(&script[at..], strings).is_empty());
            }
        }
    }
}
