//! Rows as PostgreSQL's `COPY … TO STDOUT WITH (FORMAT csv)` writes them, for statements that COPY cannot wrap.

use bytes::{BufMut, Bytes, BytesMut};

use crate::{
    Column, RowBatch,
    value::{Value, rows},
};

/// A value was longer than a row of a stream keeps ([`crate::Limits::row_bytes`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a value of {length} bytes is too long to be written")]
pub struct CsvError {
    /// How long the value is.
    pub length: usize,
}

/// Writes results as CSV, one after the other.
#[derive(Debug)]
pub struct CsvWriter {
    delimiter: u8,
    header: bool,
    single_column: bool,
}

impl CsvWriter {
    /// `delimiter` stands between values; `header`: whether each result begins with the names of its columns.
    #[must_use]
    pub fn new(delimiter: u8, header: bool) -> Self {
        Self { delimiter, header, single_column: false }
    }

    /// Begins a result. Returns its header, if it has one.
    pub fn start(&mut self, columns: &[Column]) -> Option<Bytes> {
        self.single_column = columns.len() == 1;
        if !self.header {
            return None;
        }
        let mut line = BytesMut::new();
        for (place, column) in columns.iter().enumerate() {
            self.separate(place, &mut line);
            self.value(column.name.as_bytes(), &mut line);
        }
        line.put_u8(b'\n');
        Some(line.freeze())
    }

    /// Appends the rows of a batch to `out`.
    ///
    /// # Errors
    ///
    /// When a value was cut. Whole rows before it have been appended.
    pub fn write(&self, batch: &RowBatch, out: &mut BytesMut) -> Result<(), CsvError> {
        for row in rows(batch.bytes()) {
            let begin = out.len();
            for (place, value) in row.values().enumerate() {
                self.separate(place, out);
                match value {
                    Value::Null => {}
                    Value::Text(text) => self.value(text, out),
                    Value::Cut { full_length, .. } => {
                        out.truncate(begin);
                        return Err(CsvError { length: full_length });
                    }
                }
            }
            out.put_u8(b'\n');
        }
        Ok(())
    }

    fn separate(&self, place: usize, out: &mut BytesMut) {
        if place > 0 {
            out.put_u8(self.delimiter);
        }
    }

    /// `CopyAttributeOutCSV`: quoted where it must be, and where it would read as NULL or as the end of the data.
    fn value(&self, text: &[u8], out: &mut BytesMut) {
        let special = |&byte: &u8| byte == self.delimiter || matches!(byte, b'"' | b'\n' | b'\r');
        let must_quote = text.is_empty() || (self.single_column && text == b"\\.") || text.iter().any(special);
        if !must_quote {
            out.put_slice(text);
            return;
        }
        out.put_u8(b'"');
        let mut rest = text;
        while let Some(length) = memchr::memchr(b'"', rest) {
            out.put_slice(&rest[..=length]);
            out.put_u8(b'"');
            rest = &rest[length + 1..];
        }
        out.put_slice(rest);
        out.put_u8(b'"');
    }
}
