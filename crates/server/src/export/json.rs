//! JSON and NDJSON. No digit of a number is lost: what PostgreSQL wrote stands there, as `to_json` would have it.

use bytes::{BufMut, Bytes, BytesMut};
use howdah_pg::Column;
use howdah_pg::copy_text::RowSink;
use howdah_pg::types::Meaning;

use super::format::{FileWriter, Shape, distinct_names, is_finite, shapes};
use super::json_array::ArrayReader;
use super::output;
use super::xlsx::XlsxError;

/// An object for each row.
pub(super) struct JsonWriter {
    /// One object a line, and nothing around them.
    lines: bool,
    /// Each with its quotes and its colon.
    keys: Vec<Bytes>,
    shapes: Vec<Shape>,
    column: usize,
    has_rows: bool,
    state: State,
    /// A short value of which it must be known whole how it is written.
    held: Vec<u8>,
    out: BytesMut,
}

/// How far the current value has been written.
enum State {
    Before,
    Null,
    Begun,
    Array(ArrayReader),
}

impl JsonWriter {
    /// An array with a line for each object.
    pub(super) fn array(columns: &[Column]) -> Self {
        let mut writer = Self::lines(columns);
        writer.lines = false;
        writer.out.put_slice(b"[");
        writer
    }

    /// NDJSON.
    pub(super) fn lines(columns: &[Column]) -> Self {
        let key = |name: String| {
            let mut key = BytesMut::new();
            key.put_u8(b'"');
            escape(name.as_bytes(), &mut key);
            key.put_slice(b"\":");
            key.freeze()
        };
        Self {
            lines: true,
            keys: distinct_names(columns).into_iter().map(key).collect(),
            shapes: shapes(columns),
            column: 0,
            has_rows: false,
            state: State::Before,
            held: Vec::new(),
            out: BytesMut::new(),
        }
    }

    fn shape(&self) -> Shape {
        self.shapes.get(self.column).copied().unwrap_or(Shape::Single(Meaning::Text))
    }

    /// What stands before a value: of the file, of the row, and its key.
    fn begin_value(&mut self) {
        if self.column == 0 {
            self.begin_row();
        } else {
            self.out.put_u8(b',');
        }
        if let Some(key) = self.keys.get(self.column) {
            self.out.put_slice(key);
        }
    }

    /// Begins a value that is not NULL, unless it has begun.
    fn open(&mut self) {
        if !matches!(self.state, State::Before) {
            return;
        }
        self.begin_value();
        self.state = match self.shape() {
            Shape::Array(_) => State::Array(ArrayReader::default()),
            Shape::Single(Meaning::Number | Meaning::Boolean | Meaning::Json) => State::Begun,
            Shape::Single(_) => {
                self.out.put_u8(b'"');
                State::Begun
            }
        };
    }

    fn begin_row(&mut self) {
        if !self.lines {
            self.out.put_slice(if self.has_rows { b",\n" } else { b"\n" });
        }
        self.has_rows = true;
        self.out.put_u8(b'{');
    }
}

impl RowSink for JsonWriter {
    fn text(&mut self, piece: &[u8]) {
        self.open();
        match (&mut self.state, self.shapes.get(self.column).copied()) {
            (State::Array(reader), Some(Shape::Array(element))) => reader.read(piece, element, &mut self.out),
            (_, Some(Shape::Single(Meaning::Number | Meaning::Boolean))) => self.held.extend_from_slice(piece),
            (_, Some(Shape::Single(Meaning::Json))) => raw(piece, &mut self.out),
            _ => escape(piece, &mut self.out),
        }
    }

    fn null(&mut self) {
        self.begin_value();
        self.out.put_slice(b"null");
        self.state = State::Null;
    }

    fn end_value(&mut self) {
        self.open();
        match (&self.state, self.shape()) {
            (State::Null, _) | (_, Shape::Array(_) | Shape::Single(Meaning::Json)) => {}
            (_, Shape::Single(meaning @ (Meaning::Number | Meaning::Boolean))) => {
                scalar(&self.held, meaning, &mut self.out);
                self.held.clear();
            }
            _ => self.out.put_u8(b'"'),
        }
        self.state = State::Before;
        self.column += 1;
    }

    fn end_row(&mut self) {
        if self.column == 0 {
            self.begin_row();
        }
        self.column = 0;
        self.out.put_slice(if self.lines { b"}\n" } else { b"}" });
    }
}

impl FileWriter for JsonWriter {
    fn finish(&mut self) {
        if !self.lines {
            self.out.put_slice(b"\n]\n");
        }
    }

    fn take(&mut self, at_least: usize) -> Result<Bytes, XlsxError> {
        Ok(output::take(&mut self.out, at_least))
    }
}

/// A number or a boolean, whole.
pub(super) fn scalar(text: &[u8], meaning: Meaning, out: &mut BytesMut) {
    match meaning {
        Meaning::Boolean => out.put_slice(if text == b"t" { b"true" } else { b"false" }),
        Meaning::Number if is_finite(text) => out.put_slice(text),
        _ => {
            out.put_u8(b'"');
            escape(text, out);
            out.put_u8(b'"');
        }
    }
}

/// JSON as it is, on one line: breaks are only ever between its tokens.
pub(super) fn raw(piece: &[u8], out: &mut BytesMut) {
    let begin = out.len();
    out.put_slice(piece);
    for byte in &mut out[begin..] {
        if matches!(byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
}

/// The inside of a string (RFC 8259, section 7).
pub(super) fn escape(piece: &[u8], out: &mut BytesMut) {
    let mut rest = piece;
    while let Some(at) = rest.iter().position(|&byte| byte < 0x20 || matches!(byte, b'"' | b'\\')) {
        out.put_slice(&rest[..at]);
        match rest[at] {
            b'\n' => out.put_slice(b"\\n"),
            b'\r' => out.put_slice(b"\\r"),
            b'\t' => out.put_slice(b"\\t"),
            byte @ (b'"' | b'\\') => out.put_slice(&[b'\\', byte]),
            control => out.put_slice(format!("\\u{control:04x}").as_bytes()),
        }
        rest = &rest[at + 1..];
    }
    out.put_slice(rest);
}
