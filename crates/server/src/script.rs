//! The text of a run: which statements of it run, and offsets between PostgreSQL's characters and the browser's.
//!
//! Offsets towards the browser count UTF-16 code units, as JavaScript strings do; PostgreSQL counts characters.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use howdah_pg::ServerError;
use howdah_pg::placeholders::{self, FillError, Filled, Given};
use howdah_pg::psql::{self, Answer, NotHere};
use howdah_pg::split::{self, Special, Strings};

use crate::error::{ApiError, Code};
use crate::wire::{DatabaseError, ParameterValue, StatementRange};

/// Statements that a run may hold.
const MAX_STATEMENTS: usize = 10_000;

/// A run's text cut into statements.
pub struct Script<'a> {
    sql: &'a str,
    statements: Vec<Statement<'a>>,
}

/// One statement of a run.
pub struct Statement<'a> {
    /// Its place in the run.
    pub index: u32,
    /// Its text, without blanks and comments around it.
    pub text: &'a str,
    /// Whether nothing runs behind it.
    pub is_last: bool,
    /// What a backslash is in its strings.
    pub strings: Strings,
    /// What answers it, where it is a command of psql.
    pub answer: Option<Answer>,
    /// What the text sets before it (`\\set`), also where that is not run.
    pub variables: Arc<BTreeMap<String, String>>,
    range: StatementRange,
    start_byte: usize,
    /// Where `\\gdesc` has ended what it describes, in `text`.
    described: Option<usize>,
}

impl<'a> Statement<'a> {
    /// Where it stands in the run's text.
    #[must_use]
    pub fn range(&self) -> StatementRange {
        self.range
    }

    /// The SQL in it: all of it, nothing of a command of psql, or what stands before `\\gdesc`.
    #[must_use]
    pub fn sql(&self) -> Option<&'a str> {
        match (&self.answer, self.described) {
            (None, _) => Some(self.text),
            (Some(_), Some(end)) => Some(&self.text[..end]),
            (Some(_), None) => None,
        }
    }

    /// It with what is given for its placeholders, and what `\\set` has put there; `None` where it has none.
    ///
    /// # Errors
    ///
    /// When something is missing or does not fit.
    pub fn fill(&self, parameters: &BTreeMap<String, ParameterValue>) -> Result<Option<Filled>, FillError> {
        let (Some(sql), given) = (self.sql(), self.given(parameters)) else { return Ok(None) };
        match self.answer {
            None => placeholders::fill(sql, self.strings, |name| given.get(name)),
            Some(_) => placeholders::write_out(sql, self.strings, |name| given.get(name)),
        }
    }

    /// As [`Self::fill`], with the values in the text.
    ///
    /// # Errors
    ///
    /// As [`Self::fill`].
    pub fn write_out(&self, parameters: &BTreeMap<String, ParameterValue>) -> Result<Option<Filled>, FillError> {
        let given = self.given(parameters);
        placeholders::write_out(self.text, self.strings, |name| given.get(name))
    }

    fn given<'b>(&'b self, parameters: &'b BTreeMap<String, ParameterValue>) -> BTreeMap<&'b str, Given> {
        let mut given = given(parameters);
        given.extend(self.variables.iter().map(|(name, value)| (name.as_str(), Given::Written(value.clone()))));
        given
    }
}

/// Why a text cannot be run.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScriptError {
    /// Nothing but blanks and comments.
    #[error("There is no statement to run here. Put the cursor on one, or select some text.")]
    Nothing,
    /// A command of psql that has no answer here.
    #[error(transparent)]
    MetaCommand(#[from] NotHere),
    /// `\\gdesc` with no statement open before it.
    #[error("`\\gdesc` stands behind a statement in place of its semicolon: select … \\gdesc")]
    NothingToDescribe,
    /// A command of psql where only PostgreSQL is asked.
    #[error("psql's commands are answered in a query tab alone. Write this in SQL.")]
    SqlAlone,
    /// COPY … FROM STDIN.
    #[error(
        "COPY … FROM STDIN needs data to follow, which a query tab cannot send. Insert the rows with INSERT … VALUES, or run this in psql."
    )]
    CopyFromStdin,
    /// A character that ends PostgreSQL's messages.
    #[error(
        "Line {line} holds the character U+0000, which PostgreSQL takes in no text. Remove it; a zero byte of a bytea is written as '\\x00'."
    )]
    ZeroCharacter {
        /// From 1.
        line: usize,
    },
    /// More statements than a run may hold.
    #[error("The text holds more than {MAX_STATEMENTS} statements. Select a part of it, or run it with psql.")]
    TooMany,
}

/// What a client gives for placeholders, by name.
fn given(parameters: &BTreeMap<String, ParameterValue>) -> BTreeMap<&str, Given> {
    let value = |value: &ParameterValue| match value {
        ParameterValue::Text { value } | ParameterValue::Date { value } => Given::Text(value.clone()),
        ParameterValue::Number { value } => Given::Number(value.trim().to_owned()),
        ParameterValue::Boolean { value } => Given::Boolean(*value),
        ParameterValue::Null {} => Given::Null,
    };
    parameters.iter().map(|(name, given)| (name.as_str(), value(given))).collect()
}

/// What is given does not fit.
pub fn unfillable(error: &FillError) -> ApiError {
    ApiError::new(
        Code::InvalidStatement,
        format!("The statement was not run: {error}. Run it again to give another value."),
    )
}

impl<'a> Script<'a> {
    /// Cuts `sql` as a session with these `strings` reads it; with `cursor`, only the statement there is kept.
    ///
    /// # Errors
    ///
    /// When there is nothing to run or something that cannot be.
    pub fn new(sql: &'a str, cursor: Option<u32>, strings: Strings) -> Result<Self, ScriptError> {
        let mut pieces = pieces_of(sql, strings)?;
        let mut variables = Arc::new(BTreeMap::new());
        if let Some(cursor) = cursor {
            let spans: Vec<_> = pieces.iter().map(|(piece, _)| piece.clone()).collect();
            let chosen = split::statement_at(sql, &spans, byte_offset(sql, cursor)).ok_or(ScriptError::Nothing)?;
            for piece in &spans[..chosen] {
                if piece.special == Some(Special::MetaCommand)
                    && let Ok(Answer::Set { name, value }) = psql::answer(&sql[piece.range.clone()])
                {
                    Arc::make_mut(&mut variables).insert(name, value);
                }
            }
            pieces = vec![pieces.swap_remove(chosen)];
        }
        if pieces.is_empty() {
            return Err(ScriptError::Nothing);
        }
        if pieces.len() > MAX_STATEMENTS {
            return Err(ScriptError::TooMany);
        }
        let last = pieces.len() - 1;
        let mut units = Utf16Offsets::new(sql);
        let mut statements = Vec::with_capacity(pieces.len());
        for (place, (piece, described)) in pieces.into_iter().enumerate() {
            let text = &sql[piece.range.clone()];
            if let Some(at) = text.find('\0') {
                let line = 1 + sql[..piece.range.start + at].matches('\n').count();
                return Err(ScriptError::ZeroCharacter { line });
            }
            let answer = match piece.special {
                Some(Special::MetaCommand) => Some(psql::answer(text)?),
                Some(Special::CopyFromStdin) => return Err(ScriptError::CopyFromStdin),
                None => described.map(|_| Answer::Columns),
            };
            if let Some(Answer::Set { name, value }) = &answer {
                Arc::make_mut(&mut variables).insert(name.clone(), value.clone());
            }
            let start = units.at(piece.range.start);
            let end = units.at(piece.range.end);
            statements.push(Statement {
                index: u32::try_from(place).unwrap_or(u32::MAX),
                text,
                is_last: place == last,
                strings,
                answer,
                variables: Arc::clone(&variables),
                range: StatementRange { start, end },
                start_byte: piece.range.start,
                described,
            });
        }
        Ok(Self { sql, statements })
    }

    /// As [`Self::new`] with all statements of SQL, of a text in which other commands of psql than `\\set` are errors.
    ///
    /// # Errors
    ///
    /// Also for a command of psql.
    pub fn of_sql(sql: &'a str, strings: Strings) -> Result<Self, ScriptError> {
        let mut script = Self::new(sql, None, strings)?;
        script.statements.retain(|statement| !matches!(statement.answer, Some(Answer::Set { .. })));
        if script.statements.iter().any(|statement| statement.answer.is_some()) {
            return Err(ScriptError::SqlAlone);
        }
        Ok(script)
    }

    /// What will run.
    #[must_use]
    pub fn statements(&self) -> &[Statement<'a>] {
        &self.statements
    }

    /// Where it stands.
    #[must_use]
    pub fn ranges(&self) -> Vec<StatementRange> {
        self.statements.iter().map(|statement| statement.range).collect()
    }

    /// PostgreSQL's `position` (characters of the statement, from 1) as an offset into the run's text.
    fn offset_of(&self, statement: &Statement<'_>, position: u32) -> Option<u32> {
        let characters = usize::try_from(position).ok()?.checked_sub(1)?;
        self.units_at(statement, nth_character(statement.text, characters))
    }

    /// A byte of the statement as an offset into the run's text.
    fn units_at(&self, statement: &Statement<'_>, byte: usize) -> Option<u32> {
        let units = self.sql[statement.start_byte..statement.start_byte + byte].encode_utf16().count();
        statement.range.start.checked_add(u32::try_from(units).ok()?)
    }

    /// Where in the code of a DO something failed while it ran. PostgreSQL tells no position then, only the line of the
    /// code, and of a query in it the text.
    fn offset_in_code(&self, statement: &Statement<'_>, error: &ServerError) -> Option<u32> {
        let code = split::code_of_do(statement.text, statement.strings)?;
        let line = line_of_code(error.context.as_deref()?)?;
        let lines = statement.text[code.clone()].split_inclusive('\n').map(str::len);
        let start = code.start + lines.take(line.checked_sub(1)?).sum::<usize>();
        let rest = statement.text.get(start..code.end).filter(|rest| !rest.is_empty())?;
        let byte = place_of_query(rest, error).unwrap_or_else(|| rest.len() - rest.trim_start().len());
        self.units_at(statement, start + byte)
    }
}

/// A text cut into statements. One with `\\gdesc` behind it is one with that, and comes with its length without.
fn pieces_of(sql: &str, strings: Strings) -> Result<Vec<(split::Statement, Option<usize>)>, ScriptError> {
    let mut pieces: Vec<(split::Statement, Option<usize>)> = Vec::new();
    for piece in split::split(sql, strings) {
        let describes = piece.special == Some(Special::MetaCommand)
            && psql::answer(&sql[piece.range.clone()]) == Ok(Answer::Columns);
        if !describes {
            pieces.push((piece, None));
            continue;
        }
        match pieces.last_mut() {
            Some((before, described @ None)) if before.special.is_none() && !sql[..before.end].ends_with(';') => {
                *described = Some(before.range.len());
                (before.range.end, before.end) = (piece.range.end, piece.end);
            }
            _ => return Err(ScriptError::NothingToDescribe),
        }
    }
    Ok(pieces)
}

/// An error or notice as the browser gets it. `place` tells what its position refers to.
#[must_use]
pub fn database_error(error: &ServerError, place: Option<(&Script<'_>, &Statement<'_>)>) -> DatabaseError {
    let position = match (error.position, place) {
        (Some(position), Some((script, statement))) => script.offset_of(statement, position),
        (None, Some((script, statement))) => script.offset_in_code(statement, error),
        _ => None,
    };
    DatabaseError {
        severity: error.severity.clone(),
        code: error.code.clone(),
        message: error.message.clone(),
        detail: error.detail.clone(),
        hint: error.hint.clone(),
        position,
        internal_position: error.internal_position,
        internal_query: error.internal_query.clone(),
        context: error.context.clone(),
        schema: error.schema.clone(),
        table: error.table.clone(),
        column: error.column.clone(),
        data_type: error.data_type.clone(),
        constraint: error.constraint.clone(),
        source: source_of(error),
    }
}

/// The line of a DO's code that a context names: `PL/pgSQL function inline_code_block line 3 at RAISE`, in whatever
/// language.
fn line_of_code(context: &str) -> Option<usize> {
    let (_, behind) = context.rsplit_once("inline_code_block ")?;
    let digits = behind.lines().next()?.trim_start_matches(|character: char| !character.is_ascii_digit());
    digits.split(|character: char| !character.is_ascii_digit()).next()?.parse().ok()
}

/// Where a query that failed stands in `code`, and in it what failed. PL/pgSQL writes SELECT for PERFORM.
fn place_of_query(code: &str, error: &ServerError) -> Option<usize> {
    let query = error.internal_query.as_deref()?;
    let characters = usize::try_from(error.internal_position?).ok()?.checked_sub(1)?;
    let failed = nth_character(query, characters);
    let bare = query.strip_prefix("SELECT ").unwrap_or(query);
    let cut = query.len() - bare.len();
    match code.find(query) {
        Some(at) => Some(at + failed),
        None => Some(code.find(bare)? + failed.checked_sub(cut)?),
    }
}

/// The byte at which the `count`th character begins, from 0; the end where there are fewer.
fn nth_character(text: &str, count: usize) -> usize {
    text.char_indices().nth(count).map_or(text.len(), |(byte, _)| byte)
}

fn source_of(error: &ServerError) -> Option<String> {
    let mut source = error.file.clone()?;
    if let Some(line) = error.line {
        // Writing to a String cannot fail.
        let _ = write!(source, ":{line}");
    }
    if let Some(routine) = &error.routine {
        let _ = write!(source, " {routine}");
    }
    Some(source)
}

/// The byte at which the `units`th UTF-16 code unit of `text` begins; the end where it has fewer.
fn byte_offset(text: &str, units: u32) -> usize {
    let mut seen = 0;
    for (byte, character) in text.char_indices() {
        if seen >= units {
            return byte;
        }
        seen += u32::try_from(character.len_utf16()).unwrap_or(1);
    }
    text.len()
}

/// Counts code units from front to back, so that a long script is walked once.
struct Utf16Offsets<'a> {
    text: &'a str,
    byte: usize,
    units: usize,
}

impl<'a> Utf16Offsets<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, byte: 0, units: 0 }
    }

    /// The offset at `byte`, which may not lie before an earlier one.
    fn at(&mut self, byte: usize) -> u32 {
        self.units += self.text[self.byte..byte].encode_utf16().count();
        self.byte = byte;
        u32::try_from(self.units).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use howdah_pg::ServerError;

    use super::{Script, ScriptError, Strings, database_error};

    #[test]
    fn ranges_count_utf16_code_units() {
        let script = Script::new("select '😀é';\nselect 2", None, Strings::Standard).expect("two statements");
        let ranges: Vec<_> = script.ranges().iter().map(|range| (range.start, range.end)).collect();
        assert_eq!(ranges, [(0, 12), (14, 22)]);
        assert!(!script.statements()[0].is_last);
        assert!(script.statements()[1].is_last);
    }

    #[test]
    fn positions_behind_astral_characters_are_converted() {
        let script = Script::new("select 1;\nselect '😀', x", None, Strings::Standard).expect("two statements");
        let statement = &script.statements()[1];
        // x is the 13th character of the statement, and the emoji is two code units.
        assert_eq!(script.offset_of(statement, 13), Some(10 + 13));
    }

    #[test]
    fn what_fails_while_a_do_runs_is_placed_in_its_code() {
        let sql = "select '😀';\ndo $$\nbegin\n  raise notice 'é';\n  perform nope\n  from t;\nend $$";
        let script = Script::new(sql, None, Strings::Standard).expect("two statements");
        let placed = |context: &str, query: Option<(&str, u32)>| {
            let error = ServerError {
                context: Some(context.to_owned()),
                internal_query: query.map(|(text, _)| text.to_owned()),
                internal_position: query.map(|(_, position)| position),
                ..ServerError::default()
            };
            let position = database_error(&error, Some((&script, &script.statements()[1]))).position;
            position
                .map(|at| String::from_utf16_lossy(&sql.encode_utf16().skip(at as usize).take(7).collect::<Vec<_>>()))
        };
        let runs = "PL/pgSQL function f(int) line 1 at RETURN\nPL/pgSQL function inline_code_block line 3 at RAISE";
        assert_eq!(placed(runs, None).as_deref(), Some("raise n"));
        let german = "PL/pgSQL-Funktion inline_code_block Zeile 4 bei PERFORM";
        assert_eq!(placed(german, None).as_deref(), Some("perform"));
        assert_eq!(placed(german, Some(("SELECT nope\n  from t", 8))).as_deref(), Some("nope\n  "));
        assert_eq!(placed(german, Some(("another", 3))).as_deref(), Some("perform"));
        assert_eq!(placed("PL/pgSQL function f() line 3 at RAISE", None), None);
        assert_eq!(placed("PL/pgSQL function inline_code_block line 99 at RAISE", None), None);
    }

    #[test]
    fn what_is_set_holds_for_what_stands_below() {
        let sql = "select :a;\n\\set a 1\nselect :a;\n\\set a 2\nselect :a";
        let known = |cursor: Option<u32>| {
            let script = Script::new(sql, cursor, Strings::Standard).expect("statements");
            script.statements().iter().map(|statement| statement.variables.get("a").cloned()).collect::<Vec<_>>()
        };
        let set = |value: &str| Some(value.to_owned());
        assert_eq!(known(None), [None, set("1"), set("1"), set("2"), set("2")]);
        assert_eq!(known(Some(24)), [set("1")]);
    }

    #[test]
    fn the_cursor_chooses_a_statement() {
        let sql = "select 1;\n\nselect 2;";
        let at = |cursor| {
            Script::new(sql, Some(cursor), Strings::Standard).map(|script| script.statements()[0].text.to_owned())
        };
        assert_eq!(at(3).as_deref(), Ok("select 1"));
        assert_eq!(at(9).as_deref(), Ok("select 1"));
        assert_eq!(at(10).as_deref(), Ok("select 2"));
        assert_eq!(at(13).as_deref(), Ok("select 2"));
        assert_eq!(Script::new("  -- nothing\n", None, Strings::Standard).err(), Some(ScriptError::Nothing));
    }
    #[test]
    fn a_zero_character_is_refused_where_it_would_run() {
        let sql = "select 1;\nselect 'a\0b'";
        let at = |cursor| Script::new(sql, Some(cursor), Strings::Standard).err();
        assert_eq!(at(0), None);
        assert_eq!(at(15), Some(ScriptError::ZeroCharacter { line: 2 }));
    }
}
