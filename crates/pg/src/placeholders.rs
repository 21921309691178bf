//! `:name` in a statement, as psql has it (its manual, "SQL Interpolation"), and what comes in its place.
//!
//! `:name` is a value and travels as a parameter of the extended protocol where the statement takes some; elsewhere it is
//! written as a literal. `:'name'` is always a literal, `:"name"` an identifier. Nothing in strings, comments and dollar
//! quotes is one, nor are `::` and a colon that stands close behind something, such as in `a[1:n]` and `'key':value`.

use std::ops::Range;

use crate::nature::{self, Kind};
use crate::quote;
use crate::server_error::ServerError;
use crate::split::{Kind as TokenKind, Scanner, Strings};

/// `pg_type.oid` of boolean, integer, bigint and numeric.
const BOOLEAN: u32 = 16;
const INTEGER: u32 = 23;
const BIGINT: u32 = 20;
const NUMERIC: u32 = 1700;
/// Whatever the statement wants there.
const UNSPECIFIED: u32 = 0;
/// SQLSTATE `indeterminate_datatype`.
const INDETERMINATE_DATATYPE: &str = "42P18";
/// SQLSTATE `syntax_error`.
const SYNTAX_ERROR: &str = "42601";
/// More parameters than the protocol counts (manual, 54.7, Bind).
const MOST_PARAMETERS: usize = 65_535;

/// What stands for something that the person gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placeholder<'a> {
    /// Its name.
    pub name: &'a str,
    /// How it is written.
    pub form: Form,
    range: Range<usize>,
}

/// How a placeholder is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `:name`.
    Value,
    /// `:'name'`.
    Literal,
    /// `:"name"`.
    Identifier,
}

/// What is given for a placeholder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// A text, or whatever else PostgreSQL reads from one.
    Text(String),
    /// A number as it is written.
    Number(String),
    /// True or false.
    Boolean(bool),
    /// NULL.
    Null,
    /// A piece of the statement's text, as psql's `\\set` gives it.
    Written(String),
}

/// A statement with its values beside it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filled {
    /// The text to send.
    pub sql: String,
    /// `pg_type.oid` of the parameters; 0: as the statement wants it.
    pub types: Vec<u32>,
    /// Their values.
    pub values: Vec<Option<String>>,
    /// Their names.
    pub names: Vec<String>,
    /// Where pieces of the text begin: here, and in the statement as it was written; in characters.
    pieces: Vec<(usize, usize)>,
}

/// Why a statement cannot be filled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FillError {
    /// Nothing is given for this name.
    #[error("`{0}` has no value")]
    Missing(String),
    /// What is given as a number is none.
    #[error("`{0}` is no number")]
    NoNumber(String),
    /// NULL or nothing is no name of an object.
    #[error("`{0}` must name something")]
    NoName(String),
    /// A zero byte, which PostgreSQL takes nowhere.
    #[error("`{0}` holds a zero byte")]
    ZeroByte(String),
    /// More parameters than the protocol counts.
    #[error("a statement takes no more than {MOST_PARAMETERS} parameters")]
    TooMany,
}

/// The placeholders of a statement, in order.
#[must_use]
pub fn placeholders(statement: &str, strings: Strings) -> Vec<Placeholder<'_>> {
    let mut found = Vec::new();
    let mut scanner = Scanner::new(statement, strings);
    // Whether what stands directly in front takes a colon as its own.
    let mut is_close = false;
    while let Some(token) = scanner.next() {
        let text = &statement[token.range.clone()];
        if text != ":" {
            let ends = |text: &str| text.ends_with(['\'', '"', ']', '$', '.']) || text.ends_with(char::is_alphanumeric);
            is_close = match token.kind {
                TokenKind::Word | TokenKind::Variable | TokenKind::Close => true,
                TokenKind::Blank | TokenKind::Open | TokenKind::Semicolon | TokenKind::Backslash => false,
                TokenKind::Other => ends(text) || text.ends_with('_'),
            };
            continue;
        }
        let Some(next) = scanner.next() else { break };
        let content = &statement[next.range.clone()];
        let range = token.range.start..next.range.end;
        match (next.kind, form_of(content, next.kind)) {
            _ if is_close => {}
            // A doubled quote: the text goes on.
            (TokenKind::Other, _) if statement[range.end..].starts_with(['\'', '"']) => {}
            (_, Some((name, form))) => found.push(Placeholder { name, form, range }),
            _ => {}
        }
        // Behind `::` comes a type.
        is_close = next.kind != TokenKind::Blank && next.kind != TokenKind::Open;
    }
    found
}

fn form_of(text: &str, kind: TokenKind) -> Option<(&str, Form)> {
    let quoted = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    let (name, form) = match kind {
        TokenKind::Variable => (text, Form::Value),
        TokenKind::Other => match quoted('\'') {
            Some(name) => (name, Form::Literal),
            None => (quoted('"')?, Form::Identifier),
        },
        _ => return None,
    };
    let is_name = !name.is_empty() && name.chars().all(|character| character.is_alphanumeric() || character == '_');
    is_name.then_some((name, form))
}

/// Puts what is given in the place of the placeholders; `None` where the statement has none.
///
/// # Errors
///
/// When something is missing or does not fit.
pub fn fill<'a>(
    statement: &str,
    strings: Strings,
    given: impl Fn(&str) -> Option<&'a Given>,
) -> Result<Option<Filled>, FillError> {
    let binds = nature::nature(statement, strings).kind != Kind::Utility;
    put(statement, strings, given, if binds { Values::Beside } else { Values::InText })
}

/// As [`fill`], for a statement that is to stand where PostgreSQL takes no parameters, such as in `COPY ( … )`: values
/// are written into the text, as they would be typed beside it.
///
/// # Errors
///
/// When something is missing or does not fit.
pub fn write_out<'a>(
    statement: &str,
    strings: Strings,
    given: impl Fn(&str) -> Option<&'a Given>,
) -> Result<Option<Filled>, FillError> {
    let is_utility = nature::nature(statement, strings).kind == Kind::Utility;
    let values = if is_utility { Values::InText } else { Values::Typed };
    put(statement, strings, given, values)
}

/// Where values go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Values {
    /// Beside the statement, as parameters.
    Beside,
    /// Into its text.
    InText,
    /// Into its text with the type that they would have as parameters.
    Typed,
}

fn put<'a>(
    statement: &str,
    strings: Strings,
    given: impl Fn(&str) -> Option<&'a Given>,
    values: Values,
) -> Result<Option<Filled>, FillError> {
    let places = placeholders(statement, strings);
    if places.is_empty() {
        return Ok(None);
    }
    let mut filled = Filled {
        sql: String::with_capacity(statement.len()),
        types: Vec::new(),
        values: Vec::new(),
        names: Vec::new(),
        pieces: vec![(0, 0)],
    };
    let (mut at, mut written) = (0, Characters::default());
    for place in places {
        let value = given(place.name).ok_or_else(|| FillError::Missing(place.name.to_owned()))?;
        check(place.name, value)?;
        filled.sql.push_str(&statement[at..place.range.start]);
        let is_bound = place.form == Form::Value && values != Values::InText;
        let parameter = if is_bound { parameter(value) } else { None };
        if let (Some((kind, text)), Values::Beside) = (&parameter, values) {
            // A name that comes twice is one parameter.
            let number = match filled.names.iter().position(|name| name == place.name) {
                Some(number) => number,
                None if filled.names.len() == MOST_PARAMETERS => return Err(FillError::TooMany),
                None => {
                    filled.types.push(*kind);
                    filled.values.push(text.clone());
                    filled.names.push(place.name.to_owned());
                    filled.names.len() - 1
                }
            };
            filled.sql.push_str(&format!("${}", number + 1));
        } else if let Some((kind, text)) = parameter {
            filled.sql.push_str(&typed(kind, text));
        } else {
            filled.sql.push_str(&written_out(&place, value)?);
        }
        at = place.range.end;
        filled.pieces.push((filled.sql.chars().count(), written.up_to(statement, at)));
    }
    filled.sql.push_str(&statement[at..]);
    Ok(Some(filled))
}

impl Filled {
    /// What to do about an error that speaks of `$1`, which the person did not write: a sentence for people.
    #[must_use]
    pub fn hint(&self, error: &ServerError) -> Option<String> {
        let told = [Some(&error.message), error.context.as_ref()].into_iter().flatten();
        let number = told.filter_map(|text| parameter_number(text)).next()?;
        let name = self.names.get(number.checked_sub(1)?)?;
        let advice = match error.code.as_str() {
            INDETERMINATE_DATATYPE => format!(" Say which type it is, as in :{name}::text."),
            SYNTAX_ERROR => format!(" No value can stand here; :'{name}' writes it into the text."),
            _ => String::new(),
        };
        Some(format!("${number} is :{name}.{advice}"))
    }

    /// A position that PostgreSQL tells, in characters of the sent text from 1, in the statement as it was written.
    #[must_use]
    pub fn original_position(&self, position: u32) -> u32 {
        let Some(sent) = usize::try_from(position).ok().and_then(|position| position.checked_sub(1)) else {
            return position;
        };
        let piece = self.pieces.partition_point(|(start, _)| *start <= sent).saturating_sub(1);
        let Some((start, original)) = self.pieces.get(piece).copied() else { return position };
        let next = self.pieces.get(piece + 1).map_or(usize::MAX, |(_, original)| original.saturating_sub(1));
        let place = (original + (sent - start)).min(next);
        u32::try_from(place + 1).unwrap_or(position)
    }
}

/// The number behind the first `$` of a text that has one.
fn parameter_number(text: &str) -> Option<usize> {
    text.split('$').skip(1).find_map(|behind| {
        let end = behind.find(|character: char| !character.is_ascii_digit()).unwrap_or(behind.len());
        behind[..end].parse().ok()
    })
}

/// Counts characters from front to back.
#[derive(Default)]
struct Characters {
    byte: usize,
    count: usize,
}

impl Characters {
    fn up_to(&mut self, text: &str, byte: usize) -> usize {
        self.count += text[self.byte..byte].chars().count();
        self.byte = byte;
        self.count
    }
}

fn check(name: &str, value: &Given) -> Result<(), FillError> {
    match value {
        Given::Text(text) | Given::Written(text) if text.contains('\0') => Err(FillError::ZeroByte(name.to_owned())),
        Given::Number(text) if !is_number(text) => Err(FillError::NoNumber(name.to_owned())),
        _ => Ok(()),
    }
}

/// A number as PostgreSQL writes it (manual, 4.1.2.6), with a sign.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = digits.split_once(['e', 'E']).unwrap_or((digits, "0"));
    let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !(mantissa.is_empty() || mantissa == "." || exponent.is_empty())
        && [whole, fraction, exponent].into_iter().all(all_digits)
}

/// A value's type and text as a parameter; `None` for what is no value.
fn parameter(value: &Given) -> Option<(u32, Option<String>)> {
    Some(match value {
        Given::Written(_) => return None,
        Given::Text(text) => (UNSPECIFIED, Some(text.clone())),
        Given::Boolean(truth) => (BOOLEAN, Some(truth.to_string())),
        Given::Null => (UNSPECIFIED, None),
        // As PostgreSQL types a number that stands in the text.
        Given::Number(text) if text.parse::<i32>().is_ok() => (INTEGER, Some(text.clone())),
        Given::Number(text) if text.parse::<i64>().is_ok() => (BIGINT, Some(text.clone())),
        Given::Number(text) => (NUMERIC, Some(text.clone())),
    })
}

/// What stands for a parameter: an operator behind it takes it whole, which it would not take of a bare `-7`.
fn typed(kind: u32, text: Option<String>) -> String {
    let text = text.map_or_else(|| "NULL".to_owned(), |text| quote::literal(&text));
    match kind {
        BOOLEAN => format!("{text}::pg_catalog.bool"),
        INTEGER => format!("{text}::pg_catalog.int4"),
        BIGINT => format!("{text}::pg_catalog.int8"),
        NUMERIC => format!("{text}::pg_catalog.numeric"),
        _ => text,
    }
}

fn written_out(place: &Placeholder<'_>, value: &Given) -> Result<String, FillError> {
    let name = || place.name.to_owned();
    Ok(match (place.form, value) {
        (Form::Value, Given::Written(text)) => text.clone(),
        (Form::Identifier, Given::Text(text) | Given::Number(text) | Given::Written(text)) if !text.is_empty() => {
            quote::identifier(text)
        }
        (Form::Identifier, _) => return Err(FillError::NoName(name())),
        (_, Given::Null) => "NULL".to_owned(),
        // Apart from what stands before: a minus behind another begins a comment.
        (Form::Value, Given::Number(text)) => format!(" {text} "),
        (Form::Value, Given::Boolean(truth)) => truth.to_string(),
        (Form::Literal, Given::Boolean(truth)) => quote::literal(&truth.to_string()),
        (Form::Literal, Given::Written(text)) => quote::literal(text),
        (Form::Value | Form::Literal, Given::Text(text) | Given::Number(text)) => quote::literal(text),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn placeholders_are_found_where_psql_finds_them() {
        for (sql, expected) in [
            ("select :a, :'b', :\"c\", : d", &[("a", Form::Value), ("b", Form::Literal), ("c", Form::Identifier)][..]),
            ("select a from t where b=:b and (:c)", &[("b", Form::Value), ("c", Form::Value)]),
            ("select '2020-01-01'::date, x :: text, :a::date", &[("a", Form::Value)]),
            ("select ':a', e'\\':a', \":a\", $$:a$$, $b$ :a $b$ -- :a\n/* :a */", &[]),
            (
                "select a[1:n], a[i:n], a[:n], array[:x,:y]",
                &[("n", Form::Value), ("x", Form::Value), ("y", Form::Value)],
            ),
            ("select json_object('a':b, 'c' : d), f(a := 1)", &[]),
            ("select :é, :_x1", &[("é", Form::Value), ("_x1", Form::Value)]),
            ("select :'a b', :\"\", :'x''y'", &[]),
            ("select 1 :", &[]),
            ("select 1:::a", &[("a", Form::Value)]),
            ("insert into :\"s\".:\"t\" values(:v)", &[("s", Form::Identifier), ("v", Form::Value)]),
        ] {
            let found: Vec<_> =
                placeholders(sql, Strings::Standard).into_iter().map(|place| (place.name, place.form)).collect();
            assert_eq!(found, expected, "{sql}");
        }
    }

    #[test]
    fn an_error_that_speaks_of_a_parameter_is_explained() {
        let given = Given::Text("x".into());
        let filled = fill("select :a is null, date :b", Strings::Standard, |_| Some(&given)).expect("all is given");
        let hint = |code: &str, message: &str, context: Option<&str>| {
            let error = ServerError {
                code: code.into(),
                message: message.into(),
                context: context.map(str::to_owned),
                ..ServerError::default()
            };
            filled.as_ref().expect("placeholders").hint(&error)
        };
        let untyped = "could not determine data type of parameter $1";
        assert_eq!(hint("42P18", untyped, None).as_deref(), Some("$1 is :a. Say which type it is, as in :a::text."));
        assert_eq!(
            hint("42601", "syntax error at or near \"$2\"", None).as_deref(),
            Some("$2 is :b. No value can stand here; :'b' writes it into the text.")
        );
        let context = Some("unnamed portal parameter $2 = '...'");
        assert_eq!(hint("22P02", "invalid input", context).as_deref(), Some("$2 is :b."));
        assert_eq!(hint("22P02", "costs $9, or $", None), None);
    }

    #[test]
    fn what_a_script_sets_is_put_into_the_text() {
        let given = Given::Written("shop.Orders".into());
        for (sql, sent) in [
            ("select * from :t", "select * from shop.Orders"),
            ("select :'t', :\"t\"", "select 'shop.Orders', \"shop.Orders\""),
        ] {
            let filled = fill(sql, Strings::Standard, |_| Some(&given)).expect("all is given").expect("placeholders");
            assert_eq!((filled.sql.as_str(), filled.types.len()), (sent, 0));
        }
    }

    #[test]
    fn values_are_written_into_a_statement_that_takes_none_beside_it() {
        let text = Given::Text("it's \\ :n".into());
        let number = Given::Number("-7".into());
        let given = |name: &str| -> Option<&Given> {
            match name {
                "t" => Some(&text),
                "n" => Some(&number),
                "b" => Some(&Given::Boolean(true)),
                _ => Some(&Given::Null),
            }
        };
        for (sql, written) in [
            (
                "select :t, :n::text, :b, :nil, :'n' limit :n",
                Some(
                    "select E'it''s \\\\ :n', '-7'::pg_catalog.int4::text, 'true'::pg_catalog.bool, NULL, '-7' limit '-7'::pg_catalog.int4",
                ),
            ),
            ("show :\"n\"", Some("show \"-7\"")),
            ("select ':n'", None),
        ] {
            let filled = write_out(sql, Strings::Standard, given).expect("all is given");
            assert_eq!(filled.map(|filled| filled.sql).as_deref(), written, "{sql}");
        }
    }

    #[test]
    fn values_go_beside_the_statement_where_it_takes_some() {
        let given = |name: &str| -> Option<&'static Given> {
            let all: &'static [(&str, Given)] = Vec::leak(vec![
                ("t", Given::Text("it's".into())),
                ("n", Given::Number("-7".into())),
                ("big", Given::Number("3000000000".into())),
                ("num", Given::Number("1.5e3".into())),
                ("b", Given::Boolean(true)),
                ("nil", Given::Null),
                ("table", Given::Text("Order \"x\"".into())),
            ]);
            all.iter().find(|(known, _)| *known == name).map(|(_, given)| given)
        };
        for (sql, sent, types, values) in [
            ("select :t, :n, :t", "select $1, $2, $1", &[0, 23][..], &[Some("it's"), Some("-7")][..]),
            (
                "select :big, :num, :b, :nil",
                "select $1, $2, $3, $4",
                &[20, 1700, 16, 0],
                &[Some("3000000000"), Some("1.5e3"), Some("true"), None],
            ),
            ("explain select :n", "explain select $1", &[23], &[Some("-7")]),
            ("select :'t', :'n', :'nil'", "select 'it''s', '-7', NULL", &[], &[]),
            (
                "delete from :\"table\" where a = :n",
                "delete from \"Order \"\"x\"\"\" where a = $1",
                &[23],
                &[Some("-7")],
            ),
            ("set a = :t", "set a = 'it''s'", &[], &[]),
            ("create table t as select 1-:n, :b, :nil", "create table t as select 1- -7 , true, NULL", &[], &[]),
        ] {
            let filled = fill(sql, Strings::Standard, given).expect("all is given").expect("placeholders");
            assert_eq!(filled.sql, sent);
            assert_eq!(filled.types, types, "{sql}");
            let found: Vec<_> = filled.values.iter().map(Option::as_deref).collect();
            assert_eq!(found, values, "{sql}");
        }
        assert_eq!(fill("select 1", Strings::Standard, given), Ok(None));
        for (sql, error) in
            [("select :x", FillError::Missing("x".into())), ("select :\"nil\"", FillError::NoName("nil".into()))]
        {
            assert_eq!(fill(sql, Strings::Standard, given), Err(error), "{sql}");
        }
    }

    #[test]
    fn a_number_is_one() {
        for text in ["1", "-1", "+1.5", ".5", "1.", "1e5", "1.5E-3", "00"] {
            assert!(is_number(text), "{text}");
        }
        for text in ["", "-", ".", "1e", "0x1", "1 2", "1;drop", "--1", "1e5.5", "NaN", "1_000", "١"] {
            assert!(!is_number(text), "{text}");
        }
    }

    #[test]
    fn positions_are_told_in_the_statement_as_it_was_written() {
        let long = Given::Text("long".into());
        let sql = "select 'é', :'name' + :other, nothing";
        let filled = fill(sql, Strings::Standard, |_| Some(&long)).expect("given").expect("placeholders");
        assert_eq!(filled.sql, "select 'é', 'long' + $1, nothing");
        let position = |text: &str, of: &str| {
            u32::try_from(text[..text.find(of).expect("there")].chars().count() + 1).expect("small")
        };
        for (sent, original) in
            [("select", "select"), ("'long'", ":'name'"), ("+", "+"), ("$1", ":other"), ("nothing", "nothing")]
        {
            assert_eq!(filled.original_position(position(&filled.sql, sent)), position(sql, original), "{sent}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_given_stays_one_literal_or_name(text in "[ -~é'\"\\\\$;:-]{1,12}") {
            for sql in ["set a = :v", "select :'v'", "select :\"v\""] {
                let given = Given::Text(text.clone());
                let filled = fill(sql, Strings::Standard, |_| Some(&given)).expect("given").expect("a placeholder");
                prop_assert_eq!(crate::split::split(&filled.sql, Strings::Standard).len(), 1);
                let prefix = sql.find(':').expect("a placeholder");
                let mut scanner = Scanner::new(&filled.sql[prefix..], Strings::Standard);
                while let Some(token) = scanner.next() {
                    // Nothing of it stands outside of quotes, but for a name that needs none.
                    let is_quoted = token.kind == TokenKind::Other;
                    let is_plain = sql.contains('"') && quote::identifier(&text) == text;
                    prop_assert!(is_quoted || is_plain, "{}", filled.sql);
                }
            }
        }
    }
}
