//! How statements stand to transaction blocks: before which psql sends no BEGIN when AUTOCOMMIT is off (`command_no_begin`
//! in its `common.c`).

/// How a statement stands to transaction blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Block {
    /// It may run in one.
    Inside,
    /// It begins or ends one itself.
    Control,
    /// It ends one and begins the next: COMMIT AND CHAIN.
    Chain,
    /// PostgreSQL refuses it in one.
    Outside,
}

/// What the first words say. They are in lower case; of a longer statement the first six are enough.
pub(super) fn of(words: &[String]) -> Block {
    let word = |place: usize| words.get(place).map_or("", String::as_str);
    let (first, second) = (word(0), word(1));
    let outside = match first {
        "abort" | "commit" | "end" | "rollback" if chains(words) => return Block::Chain,
        "abort" | "begin" | "start" | "commit" | "end" | "rollback" => return Block::Control,
        "prepare" if second == "transaction" => return Block::Control,
        "vacuum" => true,
        // Without a table it takes all of them, one transaction each.
        "cluster" => second.is_empty() || (second == "verbose" && word(2).is_empty()),
        "create" => ["database", "tablespace"].contains(&second) || concurrent_index(words),
        "alter" => second == "system",
        "drop" => {
            ["database", "system", "tablespace"].contains(&second) || (second == "index" && word(2) == "concurrently")
        }
        "reindex" => ["database", "system"].contains(&second) || word(2) == "concurrently",
        "discard" => second == "all",
        _ => false,
    };
    if outside { Block::Outside } else { Block::Inside }
}

fn chains(words: &[String]) -> bool {
    words.windows(2).any(|pair| pair == ["and", "chain"])
}

fn concurrent_index(words: &[String]) -> bool {
    let rest = words.get(1..).unwrap_or_default();
    let rest = rest.strip_prefix(&["unique".to_owned()]).unwrap_or(rest);
    matches!(rest, [index, second, ..] if index == "index" && second == "concurrently")
}
