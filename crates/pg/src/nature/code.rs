//! The statements within the code of a DO, as far as PL/pgSQL's own words do not stand between.

use super::{Danger, nature};
use crate::split::{Kind, Scanner, Strings};

/// Words of PL/pgSQL behind which a statement may begin, where they stand in no statement of SQL.
const OPENING: [&str; 4] = ["begin", "then", "else", "loop"];
/// Statements of SQL that [`Danger`] knows of. Up to its semicolon one of them is all SQL.
const SQL: [&str; 7] = ["update", "delete", "with", "truncate", "drop", "alter", "explain"];

/// What the code of a DO should be asked about. What it makes up and executes is not seen.
pub(super) fn danger(code: &str) -> Option<Danger> {
    // PL/pgSQL reads its strings as they were when the server began, which is as a rule this.
    let mut scanner = Scanner::new(code, Strings::Standard);
    let mut begun: Option<usize> = None;
    let mut is_sql = false;
    while let Some(token) = scanner.next() {
        let text = &code[token.range.clone()];
        match token.kind {
            Kind::Blank => {}
            Kind::Semicolon => {
                if let Some(start) = begun.take().filter(|_| is_sql)
                    && let Some(danger) = nature(&code[start..token.range.start], Strings::Standard).danger
                {
                    return Some(danger);
                }
                is_sql = false;
            }
            Kind::Word if !is_sql && OPENING.iter().any(|word| text.eq_ignore_ascii_case(word)) => begun = None,
            Kind::Word if begun.is_none() => {
                begun = Some(token.range.start);
                is_sql = SQL.iter().any(|word| text.eq_ignore_ascii_case(word));
            }
            _ => {
                begun.get_or_insert(token.range.start);
            }
        }
    }
    None
}
