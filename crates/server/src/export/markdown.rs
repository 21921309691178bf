//! A table of GitHub's Markdown.

use bytes::{BufMut, Bytes, BytesMut};
use howdah_pg::Column;
use howdah_pg::copy_text::RowSink;
use howdah_pg::types::Meaning;

use super::format::{FileWriter, Shape, shapes};
use super::output;
use super::xlsx::XlsxError;

/// Writes rows as lines of a table; numbers stand to the right.
pub(super) struct MarkdownWriter {
    column: usize,
    has_begun: bool,
    out: BytesMut,
}

impl MarkdownWriter {
    pub(super) fn new(columns: &[Column]) -> Self {
        let mut writer = Self { column: 0, has_begun: false, out: BytesMut::new() };
        for column in columns {
            writer.text(column.name.as_bytes());
            writer.end_value();
        }
        writer.end_row();
        for shape in shapes(columns) {
            let is_number = shape == Shape::Single(Meaning::Number);
            writer.out.put_slice(if is_number { b"| ---: " } else { b"| --- " });
        }
        writer.out.put_slice(b"|\n");
        writer
    }

    fn begin_value(&mut self) {
        if !self.has_begun {
            self.has_begun = true;
            self.out.put_slice(b"| ");
        }
    }
}

impl RowSink for MarkdownWriter {
    fn text(&mut self, piece: &[u8]) {
        self.begin_value();
        for &byte in piece {
            match byte {
                b'|' | b'\\' | b'*' | b'`' => self.out.put_slice(&[b'\\', byte]),
                b'<' => self.out.put_slice(b"&lt;"),
                b'&' => self.out.put_slice(b"&amp;"),
                b'\n' => self.out.put_slice(b"<br>"),
                b'\r' => {}
                other => self.out.put_u8(other),
            }
        }
    }

    fn null(&mut self) {
        self.begin_value();
        self.out.put_slice(b"*NULL*");
    }

    fn end_value(&mut self) {
        self.begin_value();
        self.has_begun = false;
        self.column += 1;
        self.out.put_u8(b' ');
    }

    fn end_row(&mut self) {
        self.column = 0;
        self.out.put_slice(b"|\n");
    }
}

impl FileWriter for MarkdownWriter {
    fn finish(&mut self) {}

    fn take(&mut self, at_least: usize) -> Result<Bytes, XlsxError> {
        Ok(output::take(&mut self.out, at_least))
    }
}
