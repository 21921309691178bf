//! Walks through the tokens of a statement once. Strings, comments and dollar quotes are single tokens, so that nothing in
//! them counts; what stands in parentheses is a group of its own, so that a WHERE of a subquery does not count for the
//! statement around it.

use super::names::Names;
use super::{Block, Danger, DangerKind, Kind, Mode, Nature, block, mode};
use crate::split::{Kind as TokenKind, Scanner, Strings};

/// Words that [`block::of`] looks at.
const FIRST_WORDS: usize = 6;
/// PostgreSQL itself gives up on such nesting. Deeper groups are counted and not looked into.
const DEEPEST: usize = 1000;

/// What stands between two parentheses, or the whole statement.
#[derive(Default)]
struct Group {
    stage: Stage,
    /// The word or sign before, in lower case.
    before: String,
    /// The body of a WITH query, the only place in parentheses where something may be written.
    is_body: bool,
    has_where: bool,
    has_set: bool,
    has_from: bool,
    names: Names,
}

/// How far a group has come.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing has come.
    #[default]
    Begin,
    /// The list of a WITH.
    With,
    /// Behind EXPLAIN and its options.
    Explain,
    /// A command that is planned.
    Verb(Verb),
    Truncate,
    Drop,
    /// ALTER of something whose columns can be dropped.
    Alter,
    Other,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verb {
    Reads,
    Insert,
    Update,
    Delete,
    Merge,
}

impl Verb {
    fn of(word: &str) -> Option<Self> {
        Some(match word {
            "select" | "values" | "table" => Self::Reads,
            "insert" => Self::Insert,
            "update" => Self::Update,
            "delete" => Self::Delete,
            "merge" => Self::Merge,
            _ => return None,
        })
    }
}

/// Statements that change neither data nor definitions, but for those of [`Verb`].
const READING: [&str; 25] = [
    "show",
    "set",
    "reset",
    "begin",
    "start",
    "commit",
    "end",
    "rollback",
    "abort",
    "savepoint",
    "release",
    "declare",
    "fetch",
    "move",
    "close",
    "listen",
    "unlisten",
    "notify",
    "discard",
    "deallocate",
    "lock",
    "checkpoint",
    "load",
    "analyze",
    "explain",
];

/// What has been seen.
pub(super) struct Walk {
    groups: Vec<Group>,
    too_deep: usize,
    words: Vec<String>,
    writes: bool,
    danger: Option<Danger>,
    explains: Explains,
    /// Whether a setting of the transaction is named, also in a string.
    names_mode: bool,
}

/// Whether the statement is an EXPLAIN, and runs what it explains.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Explains {
    #[default]
    No,
    Plans,
    Runs,
}

impl Walk {
    pub(super) fn through(statement: &str, strings: Strings) -> Nature {
        let mut walk = Self {
            groups: vec![Group::default()],
            too_deep: 0,
            words: Vec::new(),
            writes: false,
            danger: None,
            explains: Explains::No,
            names_mode: false,
        };
        let mut scanner = Scanner::new(statement, strings);
        while let Some(token) = scanner.next() {
            let text = &statement[token.range];
            walk.names_mode |= mode::NAMES.iter().any(|name| text.trim_matches(['\'', '"']).eq_ignore_ascii_case(name));
            match token.kind {
                TokenKind::Blank => {}
                TokenKind::Open => walk.open(),
                TokenKind::Close => walk.close(),
                TokenKind::Word | TokenKind::Variable => walk.word(text),
                TokenKind::Semicolon | TokenKind::Backslash | TokenKind::Other => walk.other(text),
            }
        }
        walk.finish()
    }

    fn open(&mut self) {
        if self.groups.len() >= DEEPEST {
            self.too_deep += 1;
            return;
        }
        let mut is_body = false;
        if let Some(group) = self.groups.last_mut() {
            is_body = group.stage == Stage::With && ["as", "materialized"].contains(&group.before.as_str());
            group.names.other("(");
            "(".clone_into(&mut group.before);
            if group.stage == Stage::Begin {
                // A query in parentheses, such as the first of a UNION.
                group.stage = Stage::Verb(Verb::Reads);
            }
        }
        self.groups.push(Group { is_body, ..Group::default() });
    }

    fn close(&mut self) {
        if self.too_deep > 0 {
            self.too_deep -= 1;
        } else if self.groups.len() > 1
            && let Some(group) = self.groups.pop()
            && let Some(around) = self.groups.last_mut()
        {
            ")".clone_into(&mut around.before);
            if group.is_body {
                self.conclude(group);
            }
        }
    }

    fn other(&mut self, text: &str) {
        if self.too_deep > 0 {
            return;
        }
        if text.starts_with('"') {
            self.note_word(text);
        }
        let Some(group) = self.groups.last_mut() else { return };
        if text.starts_with('"') {
            group.names.word(text);
        } else {
            group.names.other(text);
        }
        if group.stage == Stage::Begin {
            group.stage = Stage::Other;
        }
        let sign = if text.len() == 1 { text } else { "'" };
        sign.clone_into(&mut group.before);
    }

    fn word(&mut self, text: &str) {
        if self.too_deep > 0 {
            return;
        }
        let word = text.to_ascii_lowercase();
        self.note_word(&word);
        self.explain_option(&word);
        let is_whole = self.groups.len() == 1;
        let explains = &mut self.explains;
        let Some(group) = self.groups.last_mut() else { return };
        match group.stage {
            Stage::Begin => group.begin(&word, is_whole, explains),
            Stage::With => {
                let is_name = ["with", "recursive", ","].contains(&group.before.as_str());
                if let (false, Some(verb)) = (is_name, Verb::of(&word)) {
                    group.enter(verb);
                }
            }
            Stage::Explain => group.begin_explained(&word, explains),
            Stage::Verb(verb) => group.follow(verb, &word, text),
            Stage::Truncate | Stage::Drop => group.names.word(text),
            Stage::Alter => {
                let of_columns = ["table", "foreign", "type"].contains(&self.words.get(1).map_or("", String::as_str));
                let drops = of_columns
                    && group.before == "drop"
                    && !["constraint", "default", "not", "expression", "identity"].contains(&word.as_str());
                group.names.word(text);
                if drops && self.danger.is_none() {
                    self.danger = Some(Danger { kind: DangerKind::DropColumn, objects: Vec::new() });
                }
            }
            Stage::Other => {}
        }
        if let Some(group) = self.groups.last_mut() {
            group.before = word;
        }
    }

    fn note_word(&mut self, word: &str) {
        if self.groups.len() == 1 && self.words.len() < FIRST_WORDS {
            self.words.push(word.to_owned());
        }
    }

    /// `EXPLAIN (ANALYZE off)`.
    fn explain_option(&mut self, word: &str) {
        let [around, options] = &self.groups[..] else { return };
        if around.stage != Stage::Explain {
            return;
        }
        let off = ["false", "off"].contains(&word);
        match (word, options.before.as_str()) {
            ("analyze" | "analyse", _) => self.explains = Explains::Runs,
            (_, "analyze" | "analyse") if off => self.explains = Explains::Plans,
            _ => {}
        }
    }

    /// What a statement, or a part of one that may write, has turned out to be.
    fn conclude(&mut self, group: Group) {
        let kind = match group.stage {
            Stage::Verb(Verb::Reads) => return,
            Stage::Verb(Verb::Update) if !group.has_set => return,
            Stage::Verb(Verb::Delete) if !group.has_from => return,
            Stage::Verb(Verb::Update) if !group.has_where => Some(DangerKind::UpdateAll),
            Stage::Verb(Verb::Delete) if !group.has_where => Some(DangerKind::DeleteAll),
            Stage::Verb(_) => None,
            Stage::Truncate => Some(DangerKind::Truncate),
            Stage::Drop => Some(DangerKind::Drop),
            _ => return,
        };
        self.writes = true;
        if let (None, Some(kind)) = (&self.danger, kind) {
            self.danger = Some(Danger { kind, objects: group.names.into_found() });
        }
    }

    fn finish(mut self) -> Nature {
        // What is not closed counts as if it were.
        while self.groups.len() > 1 {
            self.close();
        }
        let whole = self.groups.pop().unwrap_or_default();
        let stage = whole.stage;
        let selects_into = stage == Stage::Verb(Verb::Reads) && whole.has_set;
        let alters = stage == Stage::Alter;
        if alters {
            let objects = whole.names.into_found();
            self.danger = self.danger.map(|danger| Danger { objects, ..danger });
        } else {
            self.conclude(whole);
        }
        let first = self.words.first().map_or("", String::as_str);
        let is_planned = matches!(stage, Stage::Verb(_) | Stage::With);
        if !is_planned && !matches!(stage, Stage::Begin | Stage::Explain) {
            self.writes = self.writes_as_utility(first);
        }
        self.writes |= selects_into;
        match self.explains {
            Explains::Plans => (self.writes, self.danger) = (false, None),
            // EXPLAIN ANALYZE CREATE TABLE … AS, or EXECUTE of whatever was prepared.
            Explains::Runs if stage == Stage::Other => self.writes = true,
            Explains::No | Explains::Runs => {}
        }
        let kind = match self.explains {
            Explains::No if is_planned => Kind::Planned,
            Explains::No => Kind::Utility,
            Explains::Plans | Explains::Runs => Kind::Explain,
        };
        let (block, mode) = match self.explains {
            Explains::No => (block::of(&self.words), mode::of(&self.words, self.names_mode)),
            // EXPLAIN ANALYZE EXECUTE runs what was prepared.
            Explains::Runs => (Block::Inside, Mode::MayChange),
            Explains::Plans => (Block::Inside, Mode::Keeps),
        };
        Nature { writes: self.writes, danger: self.danger, block, mode, kind }
    }

    fn writes_as_utility(&self, first: &str) -> bool {
        match first {
            // A query in parentheses, or nothing that begins with a word.
            "" => false,
            "copy" => self.words.iter().any(|word| word == "from"),
            "prepare" => self.words.get(1).is_some_and(|word| word == "transaction"),
            first => !READING.contains(&first),
        }
    }
}

impl Group {
    fn enter(&mut self, verb: Verb) {
        self.stage = Stage::Verb(verb);
        if verb == Verb::Update {
            self.names.begin();
        }
    }

    fn begin(&mut self, word: &str, is_whole: bool, explains: &mut Explains) {
        if let Some(verb) = Verb::of(word) {
            return self.enter(verb);
        }
        self.stage = match word {
            "with" => Stage::With,
            "explain" if is_whole => {
                *explains = Explains::Plans;
                Stage::Explain
            }
            "truncate" if is_whole => Stage::Truncate,
            "drop" if is_whole => Stage::Drop,
            "alter" if is_whole => Stage::Alter,
            _ => Stage::Other,
        };
        if matches!(self.stage, Stage::Truncate | Stage::Drop | Stage::Alter) {
            self.names.begin();
        }
    }

    fn begin_explained(&mut self, word: &str, explains: &mut Explains) {
        match word {
            "analyze" | "analyse" => *explains = Explains::Runs,
            "verbose" => {}
            _ => self.begin(word, false, explains),
        }
    }

    /// A word of a planned command.
    fn follow(&mut self, verb: Verb, word: &str, text: &str) {
        // `t.where` and `AS where` are names.
        let is_name = [".", "as"].contains(&self.before.as_str());
        match word {
            "where" if !is_name => self.has_where = true,
            "set" if verb == Verb::Update && !is_name => self.has_set = true,
            // SELECT INTO makes a table.
            "into" if verb == Verb::Reads && !is_name => self.has_set = true,
            "from" if verb == Verb::Delete && !self.has_from => {
                self.has_from = true;
                return self.names.begin();
            }
            _ => {}
        }
        self.names.word(text);
    }
}
