//! psql's commands (`\d`, `\dt`, …), answered by SQL that runs on the session which asks, so that temporary tables and
//! the search path count.

mod describe;
mod known;
mod listings;
mod pattern;
mod rarer;

use crate::psql::{
    listings::{LISTINGS, Listing},
    rarer::RARER,
};
use crate::quote;
use crate::session::Column;

pub use self::describe::Relation;
pub use self::known::commands;

/// What answers a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Results, to be fetched in order.
    Results(Vec<Part>),
    /// A query that finds relations, each row a [`Relation`]; then [`describe()`] has the results.
    Lookup {
        /// Finds them.
        sql: String,
        /// What was asked for.
        pattern: String,
        /// Whether everything was asked for.
        plus: bool,
    },
    /// The columns of the statement before it, which is not run (`\\gdesc`); then [`columns()`] has the result.
    Columns,
    /// Words.
    Say(String),
    /// From here on a name stands for this text (`\\set`).
    Set {
        /// The name.
        name: String,
        /// The text.
        value: String,
    },
}

/// One result of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What it shows.
    pub title: String,
    /// One statement, without a semicolon.
    pub sql: String,
}

/// Why a command has no answer, and what to do instead: sentences for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotHere(String);

/// The answer to a command, which begins with its backslash.
///
/// # Errors
///
/// [`NotHere`] for commands that mean something to a terminal only, and for those that nobody knows.
pub fn answer(command: &str) -> Result<Answer, NotHere> {
    let (name, rest) = name_and_rest(command);
    let argument = first_argument(rest);
    if let Some(answer) = simple(name, rest, argument) {
        return Ok(answer);
    }
    if let Some(advice) = advice(name) {
        return Err(NotHere(format!("`\\{name}` is not understood here. {advice}")));
    }
    let (bare, plus, system) = modifiers(name);
    if bare == "d" {
        return Ok(match argument {
            Some(pattern) => Answer::Lookup { sql: describe::lookup(pattern), pattern: pattern.to_owned(), plus },
            None => results("Relations", listings::relations("tvmsE", plus, system, None)),
        });
    }
    if let Some(listing) = all_listings().find(|listing| listing.command == bare) {
        return Ok(results(listing.what, listing.sql(plus, system, argument)));
    }
    match bare.strip_prefix('d') {
        Some(letters) if letters.chars().all(|letter| "tvmisE".contains(letter)) => {
            Ok(results(relation_title(letters), listings::relations(letters, plus, system, argument)))
        }
        _ => Err(unknown(name)),
    }
}

fn all_listings() -> impl Iterator<Item = &'static Listing> {
    LISTINGS.iter().chain(RARER)
}

/// The results that describe relations which the lookup of an [`Answer::Lookup`] found.
#[must_use]
pub fn describe(relations: &[Relation], plus: bool) -> Vec<Part> {
    describe::parts(relations, plus)
}

/// The result that shows the columns of another one, as psql has it.
#[must_use]
pub fn columns(of: &[Column]) -> Part {
    let rows: Vec<String> = of
        .iter()
        .map(|Column { name, type_oid, type_modifier, .. }| {
            format!("({}, {type_oid}::pg_catalog.oid, {type_modifier}::pg_catalog.int4)", quote::literal(name))
        })
        .collect();
    let rows = rows.join(", ");
    Part {
        title: "Columns".to_owned(),
        sql: format!(
            "select name as \"Column\", pg_catalog.format_type(type, modifier) as \"Type\" \
             from (values {rows}) columns (name, type, modifier)"
        ),
    }
}

fn results(title: &str, sql: String) -> Answer {
    Answer::Results(vec![Part { title: title.to_owned(), sql }])
}

fn relation_title(letters: &str) -> &'static str {
    match letters {
        "t" => "Tables",
        "v" => "Views",
        "m" => "Materialized views",
        "i" => "Indexes",
        "s" => "Sequences",
        "E" => "Foreign tables",
        _ => "Relations",
    }
}

fn name_and_rest(command: &str) -> (&str, &str) {
    let command = command.strip_prefix('\\').unwrap_or(command);
    // `\!ls` and `\?x` need no blank.
    let first = command.chars().next().map_or(0, char::len_utf8);
    if command.starts_with(['!', '?']) {
        return command.split_at(first);
    }
    command.split_at(command.find(char::is_whitespace).unwrap_or(command.len()))
}

/// `dt+S` is `dt` with both.
fn modifiers(name: &str) -> (&str, bool, bool) {
    let bare = name.trim_end_matches(['+', 'S', 'x']);
    // `\dx` lists extensions; elsewhere an `x` at the end asks for expanded output, which is a matter of showing.
    let bare = if name.starts_with("dx") { "dx" } else { bare };
    let signs = &name[bare.len()..];
    (bare, signs.contains('+'), signs.contains('S'))
}

/// The first argument, up to a blank outside of double quotes, without a semicolon behind it.
fn first_argument(rest: &str) -> Option<&str> {
    let rest = rest.trim_start();
    let mut quoted = false;
    let end = rest.find(|character: char| {
        quoted ^= character == '"';
        character.is_whitespace() && !quoted
    });
    let argument = rest[..end.unwrap_or(rest.len())].trim_end_matches(';');
    let bare = argument.strip_prefix('\'').and_then(|inner| inner.strip_suffix('\'')).unwrap_or(argument);
    (!bare.is_empty()).then_some(bare)
}

/// The commands that are no lists.
fn simple(name: &str, rest: &str, argument: Option<&str>) -> Option<Answer> {
    let all = rest.trim().trim_end_matches(';').trim();
    Some(match (name, argument) {
        ("?", _) => results("Commands", known::help()),
        ("conninfo", _) => results("Connection", CONNECTION.to_owned()),
        ("encoding", None) => results("Encoding", "show client_encoding".to_owned()),
        ("sf" | "sf+", Some(_)) => {
            let kind = if all.contains('(') { "regprocedure" } else { "regproc" };
            let name = quote::literal(all);
            results(
                "Source",
                format!(
                    "select pg_catalog.pg_get_functiondef({name}::pg_catalog.{kind}::pg_catalog.oid) as \"Definition\""
                ),
            )
        }
        ("sv" | "sv+", Some(_)) => {
            let name = quote::literal(all);
            results(
                "Source",
                format!("select pg_catalog.pg_get_viewdef({name}::pg_catalog.regclass, true) as \"Definition\""),
            )
        }
        ("sf" | "sf+" | "sv" | "sv+", None) => Answer::Say(format!("Write a name behind it: \\{name} NAME.")),
        ("x", _) => Answer::Say(
            match argument {
                Some("off") => "Expanded display is off.",
                Some(_) => "Expanded display is on.",
                None => "Expanded display is switched.",
            }
            .to_owned(),
        ),
        ("timing", _) => Answer::Say(
            "Timing is always on: Messages has the time to the first row and to the last of every statement."
                .to_owned(),
        ),
        ("echo" | "qecho" | "warn", _) => Answer::Say(all.trim_matches('\'').to_owned()),
        ("gdesc", None) => Answer::Columns,
        ("g", None) => Answer::Say("The statement before it has run.".to_owned()),
        ("gx", None) => Answer::Say("The statement before it has run; its rows are shown as records.".to_owned()),
        ("set", Some(variable)) if !is_of_psql(variable) => {
            Answer::Set { name: variable.to_owned(), value: value_of_set(&all[variable.len()..]) }
        }
        _ => Answer::Say(format!("Passed over: {}", reason_to_pass_over(name, argument)?)),
    })
}

/// Why a command of psql means nothing here and yet may stand in a script.
fn reason_to_pass_over(name: &str, argument: Option<&str>) -> Option<&'static str> {
    Some(match (name, argument) {
        ("set" | "unset", Some("ON_ERROR_STOP")) => "a run stops at the first error in any case.",
        ("set" | "unset", Some("ON_ERROR_ROLLBACK")) => "the tab has “Savepoint for each statement” for that.",
        ("set" | "unset", Some("AUTOCOMMIT")) => "the tab has “Manual commit” for that.",
        ("set" | "unset", Some(_)) => "it sets something of psql's own.",
        ("a" | "f" | "H" | "html" | "pset" | "t" | "T" | "C", _) => {
            "it styles the output of a terminal; the grid has its own menus for that."
        }
        ("restrict" | "unrestrict", _) => "it keeps psql from running commands of its own; Howdah runs none.",
        _ => return None,
    })
}

/// psql's own variables are in capital letters.
fn is_of_psql(variable: &str) -> bool {
    variable.starts_with(|first: char| first.is_ascii_uppercase()) && !variable.contains(char::is_lowercase)
}

/// What `\set NAME` sets: its arguments without their quotes and one behind the other.
fn value_of_set(rest: &str) -> String {
    let mut value = String::new();
    let mut quoted = false;
    let mut characters = rest.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\'' if quoted && characters.peek() == Some(&'\'') => {
                characters.next();
                value.push('\'');
            }
            '\'' => quoted = !quoted,
            blank if blank.is_whitespace() && !quoted => {}
            other => value.push(other),
        }
    }
    value
}

const CONNECTION: &str = "select f.name as \"Parameter\", f.value as \"Value\" from (values \
    (1, 'Database', pg_catalog.current_database()::pg_catalog.text), (2, 'Session user', session_user::pg_catalog.text), \
    (3, 'Current user', current_user::pg_catalog.text), \
    (4, 'Server address', pg_catalog.host(pg_catalog.inet_server_addr())), \
    (5, 'Server port', pg_catalog.inet_server_port()::pg_catalog.text), \
    (6, 'Server version', pg_catalog.current_setting('server_version')), \
    (7, 'Backend process', pg_catalog.pg_backend_pid()::pg_catalog.text), \
    (8, 'TLS', (select case when s.ssl then s.version || ', ' || s.cipher else 'none' end \
    from pg_catalog.pg_stat_ssl s where s.pid = pg_catalog.pg_backend_pid())), \
    (9, 'Search path', pg_catalog.current_setting('search_path')), \
    (10, 'Read only', pg_catalog.current_setting('transaction_read_only'))) f (place, name, value) order by f.place";

/// What to do instead of a command that needs a terminal, files of the server, or a shell.
fn advice(name: &str) -> Option<&'static str> {
    Some(match name {
        "copy" => {
            "To get rows as a file use Download, or write \"COPY … TO STDOUT\" in psql; insert rows with INSERT … VALUES."
        }
        "i" | "ir" | "include" | "include_relative" => "Open the file in the editor with Ctrl+O and run it from there.",
        "!" => "Howdah runs no commands of the machine.",
        "c" | "connect" => "Choose another database in the bar above the editor.",
        "q" | "quit" => "Close the tab with Alt+W.",
        "e" | "edit" | "ef" | "ev" | "p" | "print" | "r" | "reset" => {
            "The editor holds the text; \\sf NAME and \\sv NAME show sources."
        }
        "o" | "out" | "w" | "write" => "Save the text with Ctrl+S, or get rows as a file with Download.",
        "h" | "help" => {
            "The manual of PostgreSQL has the syntax of every statement; Ctrl+Space completes while you type."
        }
        "password" => "Use ALTER ROLE … PASSWORD, and mind that servers may log it.",
        "gexec" => {
            "Run the statement without it, copy the statements that it answers from the grid into the editor, and run them \
             there: so you see what will run, and are asked about what destroys something."
        }
        "gset" => "Write \\set NAME VALUE, or a common table expression (WITH) that other parts of the statement use.",
        "crosstabview" => "Write a column for each value: count(*) filter (where kind = 'a') as a, and so on.",
        "watch" | "bind" | "parse" => "Run the statement by itself, and again as often as needed.",
        "prompt" | "getenv" | "setenv" | "if" | "elif" | "else" | "endif" => {
            "It belongs to scripts of psql: run those with psql."
        }
        "s" => "The results of the last run stay below the editor, and results can be pinned.",
        "set" => "Write a name and a value behind it: \\set NAME VALUE. Below it, :NAME stands for the value.",
        "unset" => "Write a name behind it.",
        "errverbose" => "Messages has all that PostgreSQL said of an error.",
        "cd" => "It means something to psql itself only.",
        _ if name.starts_with("lo_") => "Large objects are reached by functions: select lo_get(OID).",
        _ => return None,
    })
}

fn unknown(name: &str) -> NotHere {
    let nearest = commands().into_iter().map(|(known, _)| (strsim::damerau_levenshtein(name, &known), known)).min();
    let hint = match nearest {
        Some((distance, known)) if distance <= 2 => format!("Did you mean `\\{known}`? "),
        _ => String::new(),
    };
    NotHere(format!("There is no command `\\{name}` here. {hint}`\\?` lists those that there are."))
}

#[cfg(test)]
mod tests {
    use super::{Answer, answer};

    fn told(command: &str) -> String {
        match answer(command) {
            Ok(Answer::Results(parts)) => parts[0].title.clone(),
            Ok(Answer::Lookup { pattern, plus, .. }) => format!("lookup {pattern}{}", if plus { " plus" } else { "" }),
            Ok(Answer::Say(words)) => words,
            Ok(Answer::Columns) => "columns".to_owned(),
            Ok(Answer::Set { name, value }) => format!("{name} = {value}"),
            Err(why) => why.to_string(),
        }
    }

    #[test]
    fn commands_are_known_with_their_modifiers_and_arguments() {
        for (command, expected) in [
            ("\\d", "Relations"),
            ("\\d orders", "lookup orders"),
            ("\\d+ shop.\"Big Table\" more;", "lookup shop.\"Big Table\" plus"),
            ("\\d orders;", "lookup orders"),
            ("\\dt", "Tables"),
            ("\\dtS+ pg_*", "Tables"),
            ("\\dtv", "Relations"),
            ("\\dx", "Extensions"),
            ("\\dx+", "Extensions"),
            ("\\dnS", "Schemas"),
            ("\\dfp", "Procedures"),
            ("\\l+", "Databases"),
            ("\\?", "Commands"),
            ("\\echo 'hello there'", "hello there"),
            ("\\x off", "Expanded display is off."),
            ("\\sf", "Write a name behind it: \\sf NAME."),
            ("\\!ls", "`\\!` is not understood here. Howdah runs no commands of the machine."),
            (
                "\\i x.sql",
                "`\\i` is not understood here. Open the file in the editor with Ctrl+O and run it from there.",
            ),
            (
                "\\conifno",
                "There is no command `\\conifno` here. Did you mean `\\conninfo`? `\\?` lists those that there are.",
            ),
            ("\\gdesc", "columns"),
            (
                "\\gdecs",
                "There is no command `\\gdecs` here. Did you mean `\\gdesc`? `\\?` lists those that there are.",
            ),
            ("\\frobnicate", "There is no command `\\frobnicate` here. `\\?` lists those that there are."),
            ("\\dP+ shop.*", "Partitioned relations"),
            ("\\ddp", "Default privileges"),
            ("\\set ON_ERROR_STOP on", "Passed over: a run stops at the first error in any case."),
            ("\\restrict Ab12", "Passed over: it keeps psql from running commands of its own; Howdah runs none."),
            ("\\set name 'it''s' 5", "name = it's5"),
            ("\\set Table  shop.orders ;", "Table = shop.orders"),
            ("\\set empty", "empty = "),
        ] {
            assert_eq!(told(command), expected, "{command}");
        }
    }
}
