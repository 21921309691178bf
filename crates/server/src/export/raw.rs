//! Values as they are, such as a picture out of a `bytea`.

use bytes::{BufMut, Bytes, BytesMut};
use howdah_pg::Column;
use howdah_pg::copy_text::RowSink;

use super::format::FileWriter;
use super::output;
use super::xlsx::XlsxError;

/// `bytea` in `pg_type`.
const BYTEA: u32 = 17;

/// Writes values with nothing between them. NULL is nothing.
pub(super) struct RawWriter {
    column: usize,
    is_bytes: Vec<bool>,
    /// The value's digits so far: what has come of `\\x`, and the half of a byte that waits for the other.
    digits: Digits,
    out: BytesMut,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Digits {
    /// So many bytes of `\\x` have come.
    Prefix(u8),
    Whole,
    Half(u8),
    /// `bytea_output` is `escape`: the text is handed on.
    Text,
}

impl RawWriter {
    pub(super) fn new(columns: &[Column]) -> Self {
        let is_bytes = columns.iter().map(|column| column.type_oid == BYTEA).collect();
        Self { column: 0, is_bytes, digits: Digits::Prefix(0), out: BytesMut::new() }
    }

    fn digit(&mut self, byte: u8) {
        let value = char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        self.digits = match (self.digits, byte, value) {
            (Digits::Prefix(0), b'\\', _) => Digits::Prefix(1),
            (Digits::Prefix(1), b'x', _) => Digits::Whole,
            (Digits::Whole, _, Some(high)) => Digits::Half(high),
            (Digits::Half(high), _, Some(low)) => {
                self.out.put_u8(high << 4 | low);
                Digits::Whole
            }
            (before, ..) => {
                if before == Digits::Prefix(1) {
                    self.out.put_u8(b'\\');
                }
                self.out.put_u8(byte);
                Digits::Text
            }
        };
    }
}

impl RowSink for RawWriter {
    fn text(&mut self, piece: &[u8]) {
        if self.is_bytes.get(self.column).is_some_and(|is| *is) {
            for &byte in piece {
                self.digit(byte);
            }
        } else {
            self.out.put_slice(piece);
        }
    }

    fn null(&mut self) {}

    fn end_value(&mut self) {
        self.column += 1;
        self.digits = Digits::Prefix(0);
    }

    fn end_row(&mut self) {
        self.column = 0;
    }
}

impl FileWriter for RawWriter {
    fn finish(&mut self) {}

    fn take(&mut self, at_least: usize) -> Result<Bytes, XlsxError> {
        Ok(output::take(&mut self.out, at_least))
    }
}
