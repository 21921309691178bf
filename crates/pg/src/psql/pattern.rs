//! psql's patterns: `schema.name*` as conditions of SQL (manual, psql, "Patterns").

use std::fmt::Write as _;

use crate::quote;

/// Where the names that a pattern speaks of stand in a query.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names {
    /// The column with the name.
    pub(super) name: &'static str,
    /// The column with its schema, for objects in schemas.
    pub(super) schema: Option<&'static str>,
    /// True for what is found without naming its schema.
    pub(super) visible: Option<&'static str>,
}

/// The parts of a pattern as regular expressions, the object's name last.
///
/// Quotes keep case and make every character plain; outside of them `*` is any text, `?` any character, and the other
/// characters of regular expressions keep their meaning, but for `$`.
fn parts(pattern: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    let mut characters = pattern.chars().peekable();
    while let Some(character) = characters.next() {
        let last = parts.last_mut().expect("there is always one");
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                last.push('"');
            }
            '"' => quoted = !quoted,
            _ if quoted && "|*+?()[]{}.^\\$".contains(character) => last.extend(['\\', character]),
            _ if quoted => last.push(character),
            '*' => last.push_str(".*"),
            '?' => last.push('.'),
            '.' => parts.push(String::new()),
            '$' => last.push_str("\\$"),
            _ => last.extend(character.to_lowercase()),
        }
    }
    parts
}

/// What `pattern` asks of `names`, as a condition of SQL. A pattern of three parts names the database too.
pub(super) fn condition(pattern: &str, names: Names) -> String {
    let mut parts = parts(pattern);
    let mut conditions = Vec::new();
    let name = parts.pop().unwrap_or_default();
    conditions.extend(matching(names.name, &name));
    match (parts.pop(), names.schema) {
        (Some(schema), Some(column)) => conditions.extend(matching(column, &schema)),
        // Only objects in schemas have names with dots.
        (Some(_), None) => conditions.push("false".to_owned()),
        (None, _) => conditions.extend(names.visible.map(str::to_owned)),
    }
    if let Some(database) = parts.pop() {
        conditions.extend(matching("pg_catalog.current_database()", &database));
    }
    if !parts.is_empty() {
        conditions.push("false".to_owned());
    }
    if conditions.is_empty() { "true".to_owned() } else { conditions.join(" and ") }
}

fn matching(column: &str, regex: &str) -> Option<String> {
    if regex == ".*" {
        return None;
    }
    let mut condition = String::new();
    // Writing to a String cannot fail.
    let _ = write!(
        condition,
        "{column} operator(pg_catalog.~) {} collate pg_catalog.\"default\"",
        quote::literal(&format!("^({regex})$"))
    );
    Some(condition)
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn patterns_become_regular_expressions_as_in_psql() {
        for (pattern, expected) in [
            ("orders", &["orders"][..]),
            ("Orders", &["orders"]),
            ("\"Orders\"", &["Orders"]),
            ("shop.ord*", &["shop", "ord.*"]),
            ("*.orders_?", &[".*", "orders_."]),
            ("\"a.b\".c", &["a\\.b", "c"]),
            ("a\"\"\"b\"", &["a\"b"]),
            ("x$1", &["x\\$1"]),
            ("[a-c]+|d", &["[a-c]+|d"]),
            ("db.s.t", &["db", "s", "t"]),
        ] {
            assert_eq!(parts(pattern), expected, "{pattern}");
        }
    }
}
