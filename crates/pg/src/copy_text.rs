//! Reads what `COPY … TO STDOUT` writes in its text format, piece by piece, however long a value is (manual, COPY).

/// What is told of rows while they are read. Values come in order; none is gathered.
pub trait RowSink {
    /// The next piece of the current value. It may end inside a character.
    fn text(&mut self, piece: &[u8]);
    /// The current value is NULL. Nothing else is told of it but its end.
    fn null(&mut self);
    /// The current value is over.
    fn end_value(&mut self);
    /// The row is over.
    fn end_row(&mut self);
}

/// Takes COPY's data cut anywhere.
#[derive(Debug)]
pub struct CopyText {
    has_columns: bool,
    at_start: bool,
    after_backslash: bool,
}

impl CopyText {
    /// For a result of so many columns.
    #[must_use]
    pub fn new(columns: usize) -> Self {
        Self { has_columns: columns > 0, at_start: true, after_backslash: false }
    }

    /// Reads on.
    pub fn read(&mut self, mut data: &[u8], sink: &mut (impl RowSink + ?Sized)) {
        while let Some(&first) = data.first() {
            if self.after_backslash {
                self.after_backslash = false;
                match first {
                    b'N' if self.at_start => sink.null(),
                    _ => sink.text(&[unescaped(first)]),
                }
                self.at_start = false;
                data = &data[1..];
                continue;
            }
            let plain = memchr::memchr3(b'\t', b'\n', b'\\', data).unwrap_or(data.len());
            if plain > 0 {
                sink.text(&data[..plain]);
                self.at_start = false;
            }
            let Some(&special) = data.get(plain) else { return };
            match special {
                b'\\' => self.after_backslash = true,
                b'\t' => self.end_value(sink),
                _ => {
                    self.end_value(sink);
                    sink.end_row();
                }
            }
            data = &data[plain + 1..];
        }
    }

    /// A row without columns is an empty line, which is not an empty value.
    fn end_value(&mut self, sink: &mut (impl RowSink + ?Sized)) {
        self.at_start = true;
        if self.has_columns {
            sink.end_value();
        }
    }
}

fn unescaped(letter: u8) -> u8 {
    match letter {
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 0x0b,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::{CopyText, RowSink};

    #[derive(Default)]
    struct Seen(String);

    impl RowSink for Seen {
        fn text(&mut self, piece: &[u8]) {
            self.0.push_str(&String::from_utf8_lossy(piece));
        }
        fn null(&mut self) {
            self.0.push('∅');
        }
        fn end_value(&mut self) {
            self.0.push('|');
        }
        fn end_row(&mut self) {
            self.0.push('/');
        }
    }

    fn read(columns: usize, pieces: impl Iterator<Item = &'static str>) -> String {
        let (mut reader, mut seen) = (CopyText::new(columns), Seen::default());
        pieces.for_each(|piece| reader.read(piece.as_bytes(), &mut seen));
        seen.0
    }

    #[test]
    fn values_are_the_same_wherever_the_data_is_cut() {
        const DATA: &str = "1\t\\N\t\na\\tb\\\\N\tN\\nx\\r\\b\\f\\v\t\\\\N\n";
        let whole = "1|∅||/a\tb\\N|N\nx\r\u{8}\u{c}\u{b}|\\N|/";
        assert_eq!(read(3, std::iter::once(DATA)), whole);
        for at in 0..DATA.len() {
            let (left, right) = DATA.split_at(at);
            assert_eq!(read(3, [left, right].into_iter()), whole, "cut at {at}");
        }
    }

    #[test]
    fn rows_without_columns_have_no_values() {
        assert_eq!(read(0, std::iter::once("\n\n")), "//");
        assert_eq!(read(1, std::iter::once("\n\n")), "|/|/");
    }
}
