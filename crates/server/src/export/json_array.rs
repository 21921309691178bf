//! PostgreSQL's arrays as JSON's, piece by piece (manual, 8.15.6).

use bytes::{BufMut, BytesMut};
use howdah_pg::types::Meaning;

use super::json::{escape, raw, scalar};

/// An element without quotes that is longer than this is no NULL and no number.
const LONG_WORD: usize = 1024;

/// Where in an array's text the reading stands.
#[derive(Debug, Default)]
pub(super) struct ArrayReader {
    place: Place,
    word: Vec<u8>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Bounds may stand before the first brace: `[0:2]={1,2,3}`.
    #[default]
    Bounds,
    Between,
    Word,
    /// A long word, of which the beginning has been written.
    OpenWord,
    Quoted,
    Escaped,
}

impl ArrayReader {
    /// Reads on and writes what it has understood.
    pub(super) fn read(&mut self, piece: &[u8], element: Meaning, out: &mut BytesMut) {
        for &byte in piece {
            self.place = match (self.place, byte) {
                (Place::Bounds, b'{') => {
                    out.put_u8(b'[');
                    Place::Between
                }
                (Place::Bounds, _) => Place::Bounds,
                (Place::Word | Place::OpenWord, b',' | b'}') => {
                    self.end_word(element, out);
                    between(byte, out)
                }
                (Place::Between, b'{' | b'}' | b',') => between(byte, out),
                (Place::Between, b'"') => {
                    if element != Meaning::Json {
                        out.put_u8(b'"');
                    }
                    Place::Quoted
                }
                (Place::Between | Place::Word, _) => self.word(byte, element, out),
                (Place::OpenWord, _) => {
                    escape(&[byte], out);
                    Place::OpenWord
                }
                (Place::Quoted, b'\\') => Place::Escaped,
                (Place::Quoted, b'"') => {
                    if element != Meaning::Json {
                        out.put_u8(b'"');
                    }
                    Place::Between
                }
                (Place::Quoted | Place::Escaped, _) => {
                    if element == Meaning::Json {
                        raw(&[byte], out);
                    } else {
                        escape(&[byte], out);
                    }
                    Place::Quoted
                }
            };
        }
    }

    fn word(&mut self, byte: u8, element: Meaning, out: &mut BytesMut) -> Place {
        self.word.push(byte);
        if self.word.len() < LONG_WORD || matches!(element, Meaning::Number | Meaning::Json) {
            return Place::Word;
        }
        out.put_u8(b'"');
        escape(&self.word, out);
        self.word.clear();
        Place::OpenWord
    }

    fn end_word(&mut self, element: Meaning, out: &mut BytesMut) {
        if self.place == Place::OpenWord {
            out.put_u8(b'"');
        } else if self.word.eq_ignore_ascii_case(b"null") {
            out.put_slice(b"null");
        } else if element == Meaning::Json {
            raw(&self.word, out);
        } else {
            scalar(&self.word, element, out);
        }
        self.word.clear();
    }
}

fn between(byte: u8, out: &mut BytesMut) -> Place {
    out.put_u8(match byte {
        b'{' => b'[',
        b'}' => b']',
        comma => comma,
    });
    Place::Between
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_become_json_wherever_they_are_cut() {
        for (array, element, json) in [
            ("{}", Meaning::Number, "[]"),
            ("{1,-2.50,NULL,NaN}", Meaning::Number, r#"[1,-2.50,null,"NaN"]"#),
            ("[0:1]={1,2}", Meaning::Number, "[1,2]"),
            ("{{1,2},{3,4}}", Meaning::Number, "[[1,2],[3,4]]"),
            ("{t,f,NULL}", Meaning::Boolean, "[true,false,null]"),
            (r#"{a,"b c","NULL","","q\"\\",null}"#, Meaning::Text, r#"["a","b c","NULL","","q\"\\",null]"#),
            (r#"{"{\"a\": 1}",2}"#, Meaning::Json, r#"[{"a": 1},2]"#),
        ] {
            for at in 0..=array.len() {
                let (mut reader, mut out) = (ArrayReader::default(), BytesMut::new());
                reader.read(&array.as_bytes()[..at], element, &mut out);
                reader.read(&array.as_bytes()[at..], element, &mut out);
                assert_eq!(str::from_utf8(&out), Ok(json), "{array} cut at {at}");
            }
        }
    }

    #[test]
    fn a_long_word_is_written_as_it_comes() {
        let (mut reader, mut out) = (ArrayReader::default(), BytesMut::new());
        let word = "x".repeat(LONG_WORD + 5);
        reader.read(format!("{{{word},y}}").as_bytes(), Meaning::Text, &mut out);
        assert_eq!(str::from_utf8(&out), Ok(format!("[\"{word}\",\"y\"]").as_str()));
    }
}
