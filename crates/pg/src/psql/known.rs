//! The commands that are answered, by name: for `\?`, for completion, and to guess what a misspelt one may have meant.

use super::{all_listings, relation_title};
use crate::quote;

/// A command, or some that are told of together.
struct Known {
    /// Without their backslashes; none where `\?` tells of something that is no command by itself.
    names: &'static [&'static str],
    usage: &'static str,
    what: &'static str,
}

/// All but the lists. Lists of relations are told of together, and their letters combine.
const OTHERS: &[Known] = &[
    Known {
        names: &["d"],
        usage: "\\d [PATTERN]",
        what: "tables, views and sequences; with a name its columns, indexes, constraints and triggers",
    },
    Known {
        names: &[],
        usage: "\\dt, \\dv, \\dm, \\di, \\ds, \\dE [PATTERN]",
        what: "tables, views, materialized views, indexes, sequences, foreign tables; they combine: \\dtv",
    },
    Known { names: &["sf", "sv"], usage: "\\sf NAME, \\sv NAME", what: "the source of a function or view" },
    Known { names: &["conninfo"], usage: "\\conninfo", what: "who and where you are" },
    Known { names: &["x"], usage: "\\x [on|off]", what: "shows rows as records, one value a line" },
    Known { names: &["g", "gx"], usage: "\\g, \\gx", what: "ends a statement; \\gx shows its rows as records" },
    Known {
        names: &["gdesc"],
        usage: "\\gdesc",
        what: "behind a statement: the columns of its result and their types; it is not run",
    },
    Known { names: &["timing"], usage: "\\timing", what: "times are always shown, in Messages" },
    Known { names: &["encoding"], usage: "\\encoding", what: "the encoding of the session" },
    Known {
        names: &["set"],
        usage: "\\set NAME VALUE",
        what: "below it, :NAME stands for the text, :'NAME' for it as a literal, :\"NAME\" as an identifier",
    },
    Known { names: &["echo"], usage: "\\echo TEXT", what: "says it in Messages" },
    Known { names: &["?"], usage: "\\?", what: "this list" },
    Known { names: &[], usage: "+ and S", what: "behind a command: with more columns; with the objects of the system" },
    Known { names: &[], usage: "PATTERN", what: "schema.name with * and ?; in double quotes as it is written" },
];

/// The commands with what each shows, in the order of the alphabet; without backslashes.
#[must_use]
pub fn commands() -> Vec<(String, String)> {
    let relations = "tvmisE".chars().map(|letter| {
        let letter = letter.to_string();
        (format!("d{letter}"), relation_title(&letter).to_lowercase())
    });
    let lists = all_listings().map(|listing| (listing.command.to_owned(), listing.what.to_lowercase()));
    let others =
        OTHERS.iter().flat_map(|known| known.names.iter().map(|name| ((*name).to_owned(), known.what.to_owned())));
    let mut all: Vec<_> = relations.chain(lists).chain(others).collect();
    // `\dC` and `\dc` are two.
    all.sort_by_cached_key(|(name, _)| (name.to_lowercase(), name.clone()));
    all
}

/// What `\?` asks PostgreSQL for.
pub(super) fn help() -> String {
    let lists = all_listings().map(|listing| (format!("\\{} [PATTERN]", listing.command), listing.what.to_lowercase()));
    let others = OTHERS.iter().map(|known| (known.usage.to_owned(), known.what.to_owned()));
    let rows: Vec<String> = others
        .chain(lists)
        .map(|(command, what)| format!("({}, {})", quote::literal(&command), quote::literal(&what)))
        .collect();
    format!("select * from (values {}) commands (\"Command\", \"What it shows\")", rows.join(", "))
}
