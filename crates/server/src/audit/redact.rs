//! Takes passwords out of SQL before it is written down, as psql and pgAudit advise: what stands behind the word
//! `password` (ALTER ROLE … PASSWORD '…', OPTIONS (password '…')) and in the connection strings of subscriptions, dblink
//! and foreign servers (`password=…`, `postgres://user:…@host`).
//!
//! It knows no more of SQL than where texts begin and end, and rather takes out too much. A secret that stands anywhere
//! else, such as a value of a row, is not recognised: see `docs/audit.md`.

use std::borrow::Cow;

/// Stands in the place of a password.
const REDACTED: &str = "***";
const WORD: &str = "password";
/// Texts within texts that are looked into.
const DEPTH: u8 = 3;

/// The statement without its passwords.
#[must_use]
pub(super) fn redact(sql: &str) -> Cow<'_, str> {
    if !contains_word(sql) && !sql.contains("://") {
        return Cow::Borrowed(sql);
    }
    Cow::Owned(within(sql, DEPTH))
}

fn contains_word(text: &str) -> bool {
    text.as_bytes().windows(WORD.len()).any(|window| window.eq_ignore_ascii_case(WORD.as_bytes()))
}

/// A piece of SQL.
enum Piece<'a> {
    /// A text in quotes: what opens it, its content, what closes it (nothing if it is not closed).
    Text { open: &'a str, content: &'a str, close: &'a str },
    /// A word or a number.
    Word(&'a str),
    /// A comment, blanks, or an `=` of an assignment: what may stand between `password` and its text.
    Between(&'a str),
    /// Everything else.
    Other(&'a str),
}

fn within(sql: &str, depth: u8) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut rest = sql;
    let mut behind_word = false;
    while let Some((piece, behind)) = next_piece(rest) {
        rest = behind;
        match piece {
            Piece::Text { open, close, .. } if behind_word => {
                out.extend([open, REDACTED, close]);
                behind_word = false;
            }
            Piece::Text { open, content, close } => {
                out.push_str(open);
                out.push_str(&inside_text(content, open, depth));
                out.push_str(close);
                behind_word = false;
            }
            Piece::Word(word) => {
                behind_word = word.eq_ignore_ascii_case(WORD) || (behind_word && word.eq_ignore_ascii_case("to"));
                out.push_str(word);
            }
            Piece::Between(text) => out.push_str(text),
            Piece::Other(text) => {
                behind_word = false;
                out.push_str(text);
            }
        }
    }
    out
}

/// A text's content: SQL of a function's body, a command to be executed, or a connection string.
fn inside_text(content: &str, open: &str, depth: u8) -> String {
    if !contains_word(content) && !content.contains("://") {
        return content.to_owned();
    }
    if open.starts_with('"') {
        // A name.
        return content.to_owned();
    }
    let content = connection_string(content);
    if open.starts_with('$') && depth > 0 {
        return within(&content, depth - 1);
    }
    // Here quotes are doubled or escaped: whatever is quoted behind the word goes, with all that follows.
    let lower = content.to_ascii_lowercase();
    for (at, _) in lower.match_indices(WORD) {
        let behind = at + WORD.len();
        let gap = lower[behind..].len() - lower[behind..].trim_start_matches([' ', '\t', '\n', '\r', '=']).len();
        if lower[behind + gap..].starts_with(['\'', '\\', '$', '"']) {
            return format!("{}{REDACTED}", &content[..behind + gap]);
        }
    }
    content
}

/// The values of `password=` and of `scheme://user:password@`.
fn connection_string(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    loop {
        let lower = rest.to_ascii_lowercase();
        let keyword = lower.find(WORD).and_then(|at| {
            let behind = at + WORD.len();
            let trimmed = lower[behind..].trim_start();
            let value = trimmed.strip_prefix('=')?.trim_start();
            (!value.is_empty()).then(|| (lower.len() - value.len(), value_length(value)))
        });
        let address = lower.find("://").and_then(|at| {
            let begin = at + "://".len();
            let end = lower[begin..]
                .find(|c: char| c.is_whitespace() || matches!(c, '/' | '?'))
                .unwrap_or(lower.len() - begin);
            let host = lower[begin..begin + end].rfind('@')?;
            let colon = lower[begin..begin + host].find(':')?;
            Some((begin + colon + 1, host - colon - 1))
        });
        let first = [keyword, address].into_iter().flatten().min();
        let Some((start, length)) = first else { break };
        out.push_str(&rest[..start]);
        out.push_str(REDACTED);
        rest = &rest[start + length..];
    }
    out.push_str(rest);
    out
}

/// Length of a value of a connection string (manual, 32.1.1.1). In SQL its quotes are doubled or escaped: then all that
/// follows counts as the value.
fn value_length(value: &str) -> usize {
    if value.starts_with(['\'', '\\', '"']) {
        return value.len();
    }
    value.find(|c: char| c.is_whitespace() || c == '&').unwrap_or(value.len())
}

fn next_piece(sql: &str) -> Option<(Piece<'_>, &str)> {
    let first = sql.chars().next()?;
    let cut = |length: usize| sql.split_at(length);
    let (piece, rest) = match first {
        '-' if sql.starts_with("--") => {
            let (comment, rest) = cut(sql.find('\n').unwrap_or(sql.len()));
            (Piece::Between(comment), rest)
        }
        '/' if sql.starts_with("/*") => {
            let (comment, rest) = cut(comment_length(sql));
            (Piece::Between(comment), rest)
        }
        '\'' => text(sql, 1, quoted_length(&sql[1..], '\'', false), 1),
        'e' | 'E' if sql[1..].starts_with('\'') => text(sql, 2, quoted_length(&sql[2..], '\'', true), 1),
        '"' => text(sql, 1, quoted_length(&sql[1..], '"', false), 1),
        '$' => match dollar_tag(sql) {
            Some(tag) => text(sql, tag.len(), sql[tag.len()..].find(tag), tag.len()),
            None => {
                let (sign, rest) = cut(1);
                (Piece::Other(sign), rest)
            }
        },
        // U&'…' is a word, a sign and a text here; the sign must not part them.
        '&' | '=' | ':' | '>' => {
            let (sign, rest) = cut(1);
            (Piece::Between(sign), rest)
        }
        c if c.is_whitespace() => {
            let (blanks, rest) = cut(sql.find(|c: char| !c.is_whitespace()).unwrap_or(sql.len()));
            (Piece::Between(blanks), rest)
        }
        c if is_word(c) => {
            let (word, rest) = cut(sql.find(|c: char| !is_word(c)).unwrap_or(sql.len()));
            // The U of U&'…'.
            let piece = if word.eq_ignore_ascii_case("u") { Piece::Between(word) } else { Piece::Word(word) };
            (piece, rest)
        }
        other => {
            let (sign, rest) = cut(other.len_utf8());
            (Piece::Other(sign), rest)
        }
    };
    Some((piece, rest))
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// A text whose content begins at `open` and is `length` long; without a length it goes on to the end.
fn text(sql: &str, open: usize, length: Option<usize>, close: usize) -> (Piece<'_>, &str) {
    let content = &sql[open..];
    let (content, behind) = content.split_at(length.unwrap_or(content.len()));
    let (close, rest) = behind.split_at(if length.is_some() { close } else { 0 });
    (Piece::Text { open: &sql[..open], content, close }, rest)
}

/// The length of a quoted text's content; `None` if the text is not closed.
fn quoted_length(content: &str, quote: char, escapes: bool) -> Option<usize> {
    let mut characters = content.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        if c == quote {
            if characters.peek().is_some_and(|(_, next)| *next == quote) {
                characters.next();
            } else {
                return Some(at);
            }
        } else if escapes && c == '\\' {
            characters.next();
        }
    }
    None
}

/// Comments nest (manual, 4.1.5).
fn comment_length(sql: &str) -> usize {
    let bytes = sql.as_bytes();
    let (mut at, mut depth) = (0, 0_usize);
    while at + 1 < bytes.len() {
        match (bytes[at], bytes[at + 1]) {
            (b'/', b'*') => {
                depth += 1;
                at += 2;
            }
            (b'*', b'/') => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    sql.len()
}

/// `$tag$` at the beginning of `sql`.
fn dollar_tag(sql: &str) -> Option<&str> {
    let end = sql[1..].find('$')? + 1;
    let tag = &sql[1..end];
    let is_tag = tag.chars().all(is_word) && !tag.starts_with(|c: char| c.is_ascii_digit());
    is_tag.then(|| &sql[..=end])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::redact;

    #[test]
    fn passwords_are_taken_out_and_all_else_stays() {
        for (sql, expected) in [
            ("select 'password'", "select 'password'"),
            ("select password from users where a = 'b'", "select password from users where a = 'b'"),
            ("alter role ada password 's3cret'", "alter role ada password '***'"),
            (
                "ALTER USER ada WITH ENCRYPTED PASSWORD E's3\\'cret' LOGIN",
                "ALTER USER ada WITH ENCRYPTED PASSWORD E'***' LOGIN",
            ),
            (
                "create role a password /* x */ $q$s3cret$q$; select 1",
                "create role a password /* x */ $q$***$q$; select 1",
            ),
            ("create role a password U&'s3cret'", "create role a password U&'***'"),
            (
                "create role a password -- here\n's3''cret' valid until 'x'",
                "create role a password -- here\n'***' valid until 'x'",
            ),
            ("alter role ada password null", "alter role ada password null"),
            ("alter role ada password 's3cret", "alter role ada password '***"),
            ("set my.password = 's3cret'", "set my.password = '***'"),
            ("set my.password to 's3cret'", "set my.password to '***'"),
            (
                "create user mapping for a server b options (user 'x', password 's3cret')",
                "create user mapping for a server b options (user 'x', password '***')",
            ),
            (
                "create subscription s connection 'host=h password=s3cret dbname=d' publication p",
                "create subscription s connection 'host=h password=*** dbname=d' publication p",
            ),
            (
                "select dblink_connect('host=h password = ''s3 cret'' x')",
                "select dblink_connect('host=h password = ***')",
            ),
            (
                "select dblink('postgresql://ada:s3cret@h/d?password=s3cret&x=y')",
                "select dblink('postgresql://ada:***@h/d?password=***&x=y')",
            ),
            ("do $$ begin alter role a password 's3cret'; end $$", "do $$ begin alter role a password '***'; end $$"),
            ("execute 'alter role a password ''s3cret'' login'", "execute 'alter role a password ***'"),
            ("select 'a password is needed', \"password\"", "select 'a password is needed', \"password\""),
            ("select 1 /* password 'x' */", "select 1 /* password 'x' */"),
        ] {
            assert_eq!(redact(sql), expected, "{sql}");
            assert!(!redact(sql).contains("s3"), "{sql}");
        }
    }

    proptest! {
        #[test]
        fn nothing_breaks_it(sql in "([ '\"$eE/*=:@-]|password|://|a|é|\\\\){0,30}") {
            let _ = redact(&sql).len();
        }

        #[test]
        fn a_text_without_the_word_is_left_alone(sql in "[ '\"$a-o/*=:-]{0,40}") {
            prop_assume!(!sql.contains("://"));
            prop_assert_eq!(&*redact(&sql), sql.as_str());
        }
    }
}
