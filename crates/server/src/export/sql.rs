//! INSERT statements.

use bytes::{BufMut, Bytes, BytesMut};
use howdah_pg::copy_text::RowSink;
use howdah_pg::types::Meaning;
use howdah_pg::{Column, quote};

use super::format::{FileWriter, Shape, distinct_names, is_finite, shapes};
use super::output;
use super::xlsx::XlsxError;

/// Rows of one statement: enough to be quick, and few enough for a person to look at.
const ROWS_PER_STATEMENT: u32 = 500;

/// Writes rows as INSERT statements.
pub(super) struct SqlWriter {
    head: String,
    shapes: Vec<Shape>,
    column: usize,
    /// Rows of the statement that is being written.
    rows: u32,
    is_null: bool,
    has_begun: bool,
    held: Vec<u8>,
    out: BytesMut,
}

impl SqlWriter {
    /// `table` is SQL.
    pub(super) fn new(columns: &[Column], table: &str) -> Self {
        let names: Vec<String> = distinct_names(columns).iter().map(|name| quote::identifier(name)).collect();
        Self {
            head: format!("INSERT INTO {table} ({}) VALUES\n", names.join(", ")),
            shapes: shapes(columns),
            column: 0,
            rows: 0,
            is_null: false,
            has_begun: false,
            held: Vec::new(),
            out: BytesMut::new(),
        }
    }

    fn is_held(&self) -> bool {
        matches!(self.shapes.get(self.column), Some(Shape::Single(Meaning::Number | Meaning::Boolean)))
    }

    fn begin_value(&mut self) {
        if self.has_begun {
            return;
        }
        self.has_begun = true;
        if self.column > 0 {
            self.out.put_slice(b", ");
        } else if self.rows == 0 {
            self.out.put_slice(self.head.as_bytes());
            self.out.put_u8(b'(');
        } else {
            self.out.put_slice(b",\n(");
        }
    }

    /// With the quotes doubled; a backslash is itself under `standard_conforming_strings`.
    fn quoted(&mut self, piece: &[u8]) {
        let mut rest = piece;
        while let Some(at) = memchr::memchr(b'\'', rest) {
            self.out.put_slice(&rest[..=at]);
            self.out.put_u8(b'\'');
            rest = &rest[at + 1..];
        }
        self.out.put_slice(rest);
    }
}

impl RowSink for SqlWriter {
    fn text(&mut self, piece: &[u8]) {
        if self.is_held() {
            self.held.extend_from_slice(piece);
            return;
        }
        if !self.has_begun {
            self.begin_value();
            self.out.put_u8(b'\'');
        }
        self.quoted(piece);
    }

    fn null(&mut self) {
        self.begin_value();
        self.is_null = true;
        self.out.put_slice(b"NULL");
    }

    fn end_value(&mut self) {
        if self.is_null {
        } else if self.is_held() {
            let held = std::mem::take(&mut self.held);
            self.begin_value();
            match held.as_slice() {
                b"t" => self.out.put_slice(b"true"),
                b"f" => self.out.put_slice(b"false"),
                number if is_finite(number) => self.out.put_slice(number),
                other => {
                    self.out.put_u8(b'\'');
                    self.out.put_slice(other);
                    self.out.put_u8(b'\'');
                }
            }
        } else {
            if !self.has_begun {
                self.begin_value();
                self.out.put_u8(b'\'');
            }
            self.out.put_u8(b'\'');
        }
        self.is_null = false;
        self.has_begun = false;
        self.column += 1;
    }

    fn end_row(&mut self) {
        if self.column == 0 {
            return;
        }
        self.column = 0;
        self.rows += 1;
        self.out.put_u8(b')');
        if self.rows == ROWS_PER_STATEMENT {
            self.rows = 0;
            self.out.put_slice(b";\n");
        }
    }
}

impl FileWriter for SqlWriter {
    fn finish(&mut self) {
        if self.rows > 0 {
            self.out.put_slice(b";\n");
        }
    }

    fn take(&mut self, at_least: usize) -> Result<Bytes, XlsxError> {
        Ok(output::take(&mut self.out, at_least))
    }
}
