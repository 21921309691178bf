//! Rows as CSV, byte for byte as `COPY … TO STDOUT (FORMAT csv)` writes them (manual, COPY, "CSV Format").

use bytes::{BufMut, Bytes, BytesMut};

use crate::{
    Column, RowBatch,
    value::{Value, rows},
};

/// Writes the results of statements that COPY does not take.
#[derive(Debug)]
pub struct CsvWriter {
    header: bool,
}

impl CsvWriter {
    /// With or without a first line of the columns' names.
    #[must_use]
    pub fn new(header: bool) -> Self {
        Self { header }
    }

    /// The first line, if there is one. It is written once, in front of the first result.
    pub fn start(&mut self, columns: &[Column]) -> Option<Bytes> {
        if !std::mem::take(&mut self.header) {
            return None;
        }
        let mut line = BytesMut::new();
        let single = columns.len() == 1;
        for (place, column) in columns.iter().enumerate() {
            if place > 0 {
                line.put_u8(b',');
            }
            write_value(column.name.as_bytes(), single, &mut line);
        }
        line.put_u8(b'\n');
        Some(line.freeze())
    }

    /// The rows of a batch. Values that were cut are written as far as they were kept.
    pub fn write(&self, batch: &RowBatch, output: &mut BytesMut) {
        for row in rows(batch.bytes()) {
            let single = row.column_count() == 1;
            for (place, value) in row.values().enumerate() {
                if place > 0 {
                    output.put_u8(b',');
                }
                match value {
                    Value::Null => {}
                    Value::Text(text) | Value::Cut { kept: text, .. } => write_value(text, single, output),
                }
            }
            output.put_u8(b'\n');
        }
    }
}

/// Quotes what holds a comma, a quote or a line break; the empty text, so that it is not NULL; and a lone `\.` in a line
/// of its own, which would end the data.
fn write_value(text: &[u8], single: bool, output: &mut BytesMut) {
    let quoted = text.is_empty()
        || (single && text == b"\\.")
        || text.iter().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r'));
    if !quoted {
        output.extend_from_slice(text);
        return;
    }
    output.put_u8(b'"');
    for &byte in text {
        if byte == b'"' {
            output.put_u8(b'"');
        }
        output.put_u8(byte);
    }
    output.put_u8(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(values: &[Option<&str>]) -> String {
        let mut body = BytesMut::new();
        for value in values {
            match value {
                Some(text) => {
                    body.put_i32(i32::try_from(text.len()).expect("short"));
                    body.extend_from_slice(text.as_bytes());
                }
                None => body.put_i32(-1),
            }
        }
        let mut message = BytesMut::from(&b"D"[..]);
        message.put_i32(i32::try_from(body.len() + 6).expect("short"));
        message.put_u16(u16::try_from(values.len()).expect("few"));
        message.extend_from_slice(&body);
        let mut output = BytesMut::new();
        CsvWriter::new(false).write(&RowBatch::new(message.freeze(), 1), &mut output);
        String::from_utf8_lossy(&output).into_owned()
    }

    #[test]
    fn values_are_quoted_when_they_must_be() {
        assert_eq!(line(&[Some("a"), None, Some(""), Some("b,c")]), "a,,\"\",\"b,c\"\n");
        assert_eq!(line(&[Some("say \"hi\""), Some("two\nlines"), Some("\\.")]), "\"say \"\"hi\"\"\",\"two\nlines\",\\.\n");
        assert_eq!(line(&[Some("\\.")]), "\"\\.\"\n");
    }
}
