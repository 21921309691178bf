//! What came over, what did not, and why.

use std::io::Write;

/// How something came over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// As it was.
    Taken,
    /// There already, and left as it is.
    There,
    /// It means something else here, or somebody has to do something.
    Look,
    /// It has no place here.
    Left,
    /// It is open to attack as it stands.
    Danger,
}

impl Kind {
    fn words(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::There => "there already",
            Self::Look => "look at it",
            Self::Left => "not taken",
            Self::Danger => "DANGER",
        }
    }
}

/// Lines for the person who imports, in the order of what they brought.
#[derive(Debug, Default)]
pub(super) struct Report {
    lines: Vec<(Kind, String, String)>,
}

impl Report {
    /// Notes what became of something: `about` is where it stands, such as `config_local.py:12: MAIL_SERVER`.
    pub(super) fn note(&mut self, kind: Kind, about: impl Into<String>, words: impl Into<String>) {
        self.lines.push((kind, about.into(), words.into()));
    }

    /// Writes the whole, and how many of each kind there are.
    pub(super) fn write(&self, output: &mut impl Write) -> std::io::Result<()> {
        for (kind, about, words) in &self.lines {
            // What was imported is others' text: it stays on its line.
            let about: String = about.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
            let words: String = words.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
            writeln!(output, "{}: {about}{}{words}", kind.words(), if words.is_empty() { "" } else { ": " })?;
        }
        let count = |kind: Kind| self.lines.iter().filter(|(other, ..)| *other == kind).count();
        let kinds = [Kind::Taken, Kind::There, Kind::Look, Kind::Left, Kind::Danger];
        let counts: Vec<_> = kinds
            .into_iter()
            .filter(|kind| count(*kind) > 0)
            .map(|kind| format!("{} {}", count(kind), kind.words()))
            .collect();
        writeln!(output, "in all: {}", if counts.is_empty() { "nothing".to_owned() } else { counts.join(", ") })
    }

    #[cfg(test)]
    pub(super) fn lines(&self) -> Vec<String> {
        self.lines.iter().map(|(kind, about, words)| format!("{}: {about}: {words}", kind.words())).collect()
    }
}
